#!/usr/bin/env python3
"""Our AWS clients against a moto server with strict authentication; boto3 reads back what we wrote.

    moto_test.py DRIVER

DRIVER is the built aws-driver. Needs boto3 and moto[server].
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import boto3

REGION = "eu-west-1"
failures = []


def check(what, got, expected):
    if got != expected:
        failures.append(what)
        print(f"moto: {what}:\n  expected {expected}\n  got      {got}", file=sys.stderr)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_server(port):
    # Every call after the ones that make the user is checked: signature and policy.
    environment = dict(os.environ, INITIAL_NO_AUTH_ACTION_COUNT="100000")
    server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
                              env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/moto-api/data.json", timeout=1).read()
            return server
        except OSError:
            if server.poll() is not None:
                sys.exit("moto: the server has ended")
            time.sleep(0.1)  # until it listens; it has no other way to tell
    sys.exit("moto: the server does not answer")


def be_strict(url, is_strict):
    """From now on requests are authenticated and authorised, or not."""
    body = b"0" if is_strict else b"100000"
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset-auth", data=body, method="POST",
                                                  headers={"Content-Type": "text/plain"})).read()


class Driver:
    def __init__(self, path, url, key, secret):
        environment = {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret, "AWS_REGION": REGION,
                       "AWS_ENDPOINT_URL": url, "HOME": "/nonexistent", "PATH": os.environ["PATH"]}
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        env=environment)

    def __call__(self, call, **members):
        self.process.stdin.write(json.dumps({"call": call, **members}) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def reply(self, call, **members):
        answer = self(call, **members)
        if "reply" not in answer:
            failures.append(call)
            print(f"moto: {call}: {answer}", file=sys.stderr)
            return []
        return answer["reply"]

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)


def fixtures(client):
    """A user, two images, load balancers of both kinds, a rule with weights, a parameter."""
    iam, ec2, elb, classic, ssm = (client(s) for s in ("iam", "ec2", "elbv2", "elb", "ssm"))
    iam.create_user(UserName="deployer")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_user_policy(UserName="deployer", PolicyName="all", PolicyDocument=json.dumps(everything))
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    iam.create_user(UserName="reader")
    identity = {"Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="reader", PolicyName="few", PolicyDocument=json.dumps(identity))
    poor = iam.create_access_key(UserName="reader")["AccessKey"]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}")
               ["Subnet"]["SubnetId"] for i, zone in enumerate("ab")]
    base = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    instance = ec2.run_instances(ImageId=base, MinCount=1, MaxCount=1, SubnetId=subnets[0])["Instances"][0]["InstanceId"]
    images = [ec2.create_image(InstanceId=instance, Name=f"shop-{i}")["ImageId"] for i in range(2)]
    ec2.create_tags(Resources=[images[1]], Tags=[{"Key": "Service", "Value": "shop & co"}])

    balancer = elb.create_load_balancer(Name="shop", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    groups = [elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")
              ["TargetGroups"][0]["TargetGroupArn"] for name in ("prod", "stage")]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[
        {"Type": "forward", "TargetGroupArn": groups[0]}])["Listeners"][0]["ListenerArn"]
    rule = elb.create_rule(ListenerArn=listener, Priority=7, Conditions=[
        {"Field": "path-pattern", "Values": ["/shop/*"]}], Actions=[{
            "Type": "forward", "Order": 1, "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": groups[0], "Weight": 90}, {"TargetGroupArn": groups[1], "Weight": 10}],
                "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 3600}}}])["Rules"][0]["RuleArn"]
    elb.register_targets(TargetGroupArn=groups[0], Targets=[{"Id": instance, "Port": 80}])
    many = [elb.create_target_group(Name=f"many-{i}", Protocol="HTTP", Port=80, VpcId=vpc)
            ["TargetGroups"][0]["TargetGroupName"] for i in range(5)]
    classic.create_load_balancer(LoadBalancerName="old", AvailabilityZones=[f"{REGION}a"], Listeners=[
        {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}])
    classic.register_instances_with_load_balancer(LoadBalancerName="old", Instances=[{"InstanceId": instance}])
    ssm.put_parameter(Name="/images/shop", Value=images[0], Type="String")
    ssm.put_parameter(Name="/secret", Value="x", Type="SecureString")
    return locals()


def read_everything(driver, f):
    check("who", driver.reply("get_caller_identity")["arn"].split(":")[-1], "user/deployer")
    check("image by id", [i["id"] for i in driver.reply("describe_images", ids=[f["images"][0]])], f["images"][:1])
    check("images by tag", [(i["id"], i["name"], i["state"]) for i in driver.reply(
        "describe_images", owners=["self"], filter="tag:Service", values=["shop & co"])],
        [(f["images"][1], "shop-1", "available")])
    check("images by name", sorted(i["name"] for i in driver.reply(
        "describe_images", owners=["self"], filter="name", values=["shop-*"])), ["shop-0", "shop-1"])
    check("no such image", driver("describe_images", ids=["ami-0123456789abcdef0"])["category"], "not_found")
    check("balancer", driver.reply("describe_load_balancers", names=["shop"])[0]["arn"], f["balancer"])
    check("no such balancer", driver("describe_load_balancers", names=["nobody"])["category"], "not_found")
    check("listener port", driver.reply("describe_listeners", arn=f["balancer"])[0]["port"], 80)
    rules = driver.reply("describe_rules", arn=f["listener"])
    check("rules", sorted(r["priority"] for r in rules), ["7", "default"])
    check("target groups", sorted(g["name"] for g in driver.reply("describe_target_groups", names=["prod", "stage"])),
          ["prod", "stage"])
    check("all target groups", len(driver.reply("describe_target_groups")), 2 + len(f["many"]))
    check("target", driver.reply("describe_target_health", arn=f["groups"][0])[0]["target"], f["instance"])
    attributes = {a["key"]: a["value"] for a in driver.reply("describe_target_group_attributes", arn=f["groups"][0])}
    check("deregistration delay", attributes["deregistration_delay.timeout_seconds"], "300")
    check("classic", driver.reply("describe_classic_load_balancers", names=["old"])[0]["instances"], [f["instance"]])
    check("classic health", driver.reply("describe_instance_health", name="old")[0]["state"], "InService")
    check("instances", f["instance"] in [i["id"] for i in driver.reply("describe_instances")], True)
    check("parameter", driver.reply("get_parameter", name="/images/shop")["value"], f["images"][0])
    check("no such parameter", driver("get_parameter", name="/nothing")["category"], "not_found")
    check("encrypted parameter", driver("get_parameter", name="/secret")["category"], "rejected")
    return next(r for r in rules if r["priority"] == "7")


def write_and_read_back(driver, client, f, rule):
    elb = client("elbv2")

    def actions_of_rule():
        return elb.describe_rules(RuleArns=[f["rule"]])["Rules"][0]["Actions"]

    def actions_of_listener():
        return elb.describe_listeners(ListenerArns=[f["listener"]])["Listeners"][0]["DefaultActions"]

    before = actions_of_rule()
    driver.reply("modify_rule", arn=f["rule"], actions=rule["actions"])
    check("a rule that was written back as it was read", actions_of_rule(), before)
    for weights in ((50, 50), (0, 100), (90, 10)):
        for group, weight in zip(rule["actions"][0]["ForwardConfig"]["TargetGroups"], weights):
            group["Weight"] = weight
        driver.reply("modify_rule", arn=f["rule"], actions=rule["actions"])
        written = actions_of_rule()[0]["ForwardConfig"]
        check(f"weights {weights}", [g["Weight"] for g in written["TargetGroups"]], list(weights))
        check("stickiness", written["TargetGroupStickinessConfig"], before[0]["ForwardConfig"]["TargetGroupStickinessConfig"])
    check("a rule that was put back", actions_of_rule(), before)

    listener_before = actions_of_listener()
    actions = driver.reply("describe_listeners", arn=f["balancer"])[0]["actions"]
    stage = [{"Type": "forward", "TargetGroupArn": f["groups"][1]}]
    driver.reply("modify_listener", arn=f["listener"], actions=stage)
    check("a listener that was swapped", actions_of_listener()[0]["TargetGroupArn"], f["groups"][1])
    driver.reply("modify_listener", arn=f["listener"], actions=actions)
    check("a listener that was put back", actions_of_listener(), listener_before)
    check("no such rule", driver("modify_rule", arn=f["rule"] + "0", actions=rule["actions"])["category"], "not_found")


def main():
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = start_server(port)
    try:
        def client(service):
            return boto3.client(service, region_name=REGION, endpoint_url=url, aws_access_key_id="x",
                                aws_secret_access_key="y")

        f = fixtures(client)
        be_strict(url, True)
        driver = Driver(sys.argv[1], url, f["key"]["AccessKeyId"], f["key"]["SecretAccessKey"])
        rule = read_everything(driver, f)
        wrong = Driver(sys.argv[1], url, f["key"]["AccessKeyId"], "wrong" + f["key"]["SecretAccessKey"])
        check("a wrong secret", wrong("get_caller_identity")["category"], "unauthenticated")
        wrong.close()
        unknown = Driver(sys.argv[1], url, "AKIAUNKNOWN", "x")
        check("an unknown key", unknown("get_caller_identity")["category"], "unauthenticated")
        unknown.close()
        poor = Driver(sys.argv[1], url, f["poor"]["AccessKeyId"], f["poor"]["SecretAccessKey"])
        check("no permission", poor("describe_load_balancers")["category"], "permission_denied")
        poor.close()
        be_strict(url, False)
        write_and_read_back(driver, client, f, rule)
        driver.close()
    finally:
        server.terminate()
        server.wait(10)
    print("moto: every answer is as expected" if not failures else f"moto: {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
