#!/usr/bin/env python3
"""Blue/green deployments with moto for AWS and the simulated cloud for Spot; boto3 compares.

    moto_blue_green_test.py SIM-HOST ELASTIROLL-UNDER-TEST

The command runs in the simulated cloud's time. What it asks of AWS goes to a moto server, in whose
target groups the simulated instances are registered. Two listeners are swapped and a rule is shifted
10/50/100, then all is rolled back, at once or after a kill; boto3 reads the actions before and after.
Needs boto3 and moto[server].
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree

import boto3

from kill_test import Host
from moto_test import REGION, check, failures, free_port, start_server


class Splitter(threading.Thread):
    """Stands between the command and sim-host, and sends what is for AWS to moto."""

    def __init__(self, host, folder, url, elb):
        super().__init__(daemon=True)
        self.host_path, self.url, self.elb = host.socket_path, url, elb
        self.path = str(folder / "split")
        os.symlink(self.host_path + ".time", self.path + ".time")
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.path)
        self.listener.listen()

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            try:
                self.serve(connection)
            except OSError:
                pass  # it was killed
            connection.close()

    def serve(self, connection):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as host:
            host.connect(self.host_path)
            answers = host.makefile("r", encoding="utf-8")
            answered = []
            for line in connection.makefile("r", encoding="utf-8"):
                message = json.loads(line)
                request = message.get("start")
                if request and "amazonaws.com" in request["url"]:
                    answered.append(self.ask_moto(request))
                elif "poll" in message and answered:
                    # Of AWS nobody waits in the simulated cloud's time.
                    connection.sendall(json.dumps({"completions": answered}).encode() + b"\n")
                    answered = []
                else:
                    host.sendall(line.encode())
                    if not request:
                        connection.sendall(answers.readline().encode())

    def ask_moto(self, request):
        form = urllib.parse.parse_qs(request["body"])
        if form.get("Action") == ["DescribeTargetHealth"]:
            self.register(request, form["TargetGroupArn"][0])
        headers = dict(request["headers"])
        headers["Host"] = urllib.parse.urlsplit(request["url"]).netloc
        call = urllib.request.Request(self.url, data=request["body"].encode(), method="POST", headers=headers)
        try:
            with urllib.request.urlopen(call, timeout=20) as answer:
                status, body = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        return {"id": request["id"], "status": status, "headers": [["Content-Type", "text/xml"]], "body": body.decode()}

    def register(self, request, target_group):
        """The instances that the simulated cloud has in that target group are moto's targets too."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as host:
            host.connect(self.host_path)
            host.sendall(json.dumps({"start": request}).encode() + b"\n")
            host.sendall(b'{"poll": 1000}\n')
            completion = json.loads(host.makefile("r", encoding="utf-8").readline())["completions"][0]
        name = "{http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/}"
        states = {one.find(f"{name}Target/{name}Id").text: one.find(f"{name}TargetHealth/{name}State").text
                  for one in ElementTree.fromstring(completion["body"]).iter(f"{name}member")}
        healthy = {one for one, state in states.items() if state in ("healthy", "unused")}
        known = {one["Target"]["Id"] for one in self.elb.describe_target_health(TargetGroupArn=target_group)
                 ["TargetHealthDescriptions"]}
        for call, ids in ((self.elb.register_targets, healthy - known), (self.elb.deregister_targets, known - healthy)):
            if ids:
                call(TargetGroupArn=target_group, Targets=[{"Id": one} for one in sorted(ids)])


LOGIN = {"Type": "authenticate-oidc", "Order": 1, "AuthenticateOidcConfig": {
    "Issuer": "https://id.example.com", "AuthorizationEndpoint": "https://id.example.com/a",
    "TokenEndpoint": "https://id.example.com/t", "UserInfoEndpoint": "https://id.example.com/u",
    "ClientId": "shop", "ClientSecret": "secret", "Scope": "openid", "SessionTimeout": 3600}}


class Aws:
    """Two listeners that are swapped, and a rule with a login, weights and stickiness."""

    def __init__(self, client):
        ec2, self.elb = client("ec2"), client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=f"{REGION}{zone}")
                   ["Subnet"]["SubnetId"] for i, zone in enumerate("ab")]
        self.image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.groups = {name: self.elb.create_target_group(
            Name=name, Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance")
            ["TargetGroups"][0]["TargetGroupArn"] for name in ("blue", "green", "api-blue", "api-green")}
        self.balancers = {name: self.elb.create_load_balancer(Name=name, Subnets=subnets)
                          ["LoadBalancers"][0]["LoadBalancerArn"] for name in ("shop", "api")}
        self.listeners = [self.listen("shop", port, [{"Type": "forward", "TargetGroupArn": self.groups[name]}])
                          for port, name in ((80, "blue"), (8080, "green"))]
        api = self.listen("api", 80, [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}])
        self.rule = self.elb.create_rule(
            ListenerArn=api, Priority=7, Conditions=[{"Field": "path-pattern", "Values": ["/v1/*"]}],
            Actions=[LOGIN, {"Type": "forward", "Order": 2, "ForwardConfig": {
                "TargetGroups": [{"TargetGroupArn": self.groups["api-blue"], "Weight": 100},
                                 {"TargetGroupArn": self.groups["api-green"], "Weight": 0}],
                "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 60}}}])["Rules"][0]["RuleArn"]

    def listen(self, balancer, port, actions):
        return self.elb.create_listener(LoadBalancerArn=self.balancers[balancer], Protocol="HTTP", Port=port,
                                        DefaultActions=actions)["Listeners"][0]["ListenerArn"]

    def actions(self):
        """Of every route, without what no answer tells of a login."""
        lists = {arn: self.elb.describe_listeners(ListenerArns=[arn])["Listeners"][0]["DefaultActions"]
                 for arn in self.listeners}
        lists[self.rule] = self.elb.describe_rules(RuleArns=[self.rule])["Rules"][0]["Actions"]
        for actions in lists.values():
            for action in actions:
                action.get("AuthenticateOidcConfig", {}).pop("ClientSecret", None)
                action.get("AuthenticateOidcConfig", {}).pop("UseExistingClientSecret", None)
        return lists


def forwards(actions):
    """Where a list leads: its target groups and their weights, however they are written."""
    last = actions[-1]
    tuples = last.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": last["TargetGroupArn"]}]
    return {one["TargetGroupArn"].split("/")[1]: one.get("Weight", 1) for one in tuples}


def rest(actions):
    """All of a list but where it leads."""
    forward = dict(actions[-1])
    forward.pop("TargetGroupArn", None)
    config = {key: value for key, value in forward.pop("ForwardConfig", {}).items() if key != "TargetGroups"}
    # moto tells of a single target group in one form only, without what AWS adds: no stickiness.
    sticky = config.get("TargetGroupStickinessConfig", {})
    return actions[:-1], forward.get("Type"), sticky if sticky.get("Enabled") in (True, "true") else {}


def scenario(aws):
    return {
        "start": "2026-03-02T10:00:00Z", "seed": 1, "account": "act-demo1234", "region": REGION,
        "launch": {"fulfilled": "15s", "healthy": "45s"}, "draining": "30s",
        "load_balancers": [{"name": name, "target_groups": [
            {"name": one, "arn": arn} for one, arn in aws.groups.items() if one.startswith("api") == (name == "api")]}
            for name in ("shop", "api")],
        "groups": [{"name": "app", "capacity": "2/3/6", "document": attached(aws, "blue", "api-blue")}]}


def attached(aws, *names):
    return {"compute": {"launchSpecification": {"loadBalancersConfig": {"loadBalancers": [
        {"type": "TARGET_GROUP", "name": name, "arn": aws.groups[name]} for name in names]}}}}


def spec(aws):
    group = attached(aws, "blue", "api-blue")
    group.update({"strategy": {"risk": 100}, "capacity": {"unit": "instance"}})
    group["compute"]["launchSpecification"]["securityGroupIds"] = ["sg-1"]
    group["compute"].update({"product": "Linux/UNIX", "instanceTypes": {"ondemand": "m5.large", "spot": ["m5.large"]},
                             "availabilityZones": [{"name": f"{REGION}a", "subnetIds": ["subnet-1"]}]})
    return {
        "application": {"name": "shop"}, "services": [{"name": "web", "image": {"id": aws.image}}],
        "environments": [{"name": "production"}],
        "infrastructures": [{"name": "ireland", "environment": "production", "region": REGION,
                             "account": "act-demo1234", "elastigroup": {"group": group}}],
        "workflows": [{
            "name": "deploy", "strategy": "blue_green", "service": "web", "infrastructure": "ireland",
            "group_prefix": "app", "instances": "same_as_running", "drain": "1m",
            "load_balancers": [
                {"name": "shop", "prod": {"listener": 80}, "stage": {"listener": 8080}},
                {"name": "api", "traffic": "weighted", "prod": {"rule": aws.rule}}],
            "weights": [{"weight": 10, "bake": "1m"}, {"weight": 50, "bake": "1m"}, {"weight": 100}]}]}


class Trial:
    def __init__(self, programs, client, url):
        self.aws = Aws(client)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="elastiroll-moto-"))
        self.host = Host(programs[0], self.folder, scenario(self.aws))
        self.splitter = Splitter(self.host, self.folder, url, self.aws.elb)
        self.splitter.start()
        self.command = programs[1]
        (self.folder / "spec.json").write_text(json.dumps(spec(self.aws)), encoding="utf-8")
        self.before = self.aws.actions()

    def start(self, *arguments):
        environment = {"ELASTIROLL_SIM_SOCKET": self.splitter.path, "SPOTINST_TOKEN": "simulated",
                       "AWS_ACCESS_KEY_ID": "SIMULATED", "AWS_SECRET_ACCESS_KEY": "simulated",
                       "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        return subprocess.Popen([self.command, *arguments, "--state", f"sqlite:{self.folder}/journal",
                                 "--output", "json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                stdin=subprocess.DEVNULL, env=environment, text=True)

    def run(self, *arguments):
        process = self.start(*arguments)
        out, _ = process.communicate(timeout=120)
        self.last = out.splitlines()[-1] if out else ""
        return process.returncode, [json.loads(line) for line in out.splitlines() if line.startswith("{")]

    def deploy_arguments(self):
        return "deploy", "--spec", str(self.folder / "spec.json"), "--workflow", "deploy", "--yes"

    def check_restored(self, what):
        after = self.aws.actions()
        check(f"{what}: where routes lead", {arn: forwards(one) for arn, one in after.items()},
              {arn: forwards(one) for arn, one in self.before.items()})
        check(f"{what}: the rest", {arn: rest(one) for arn, one in after.items()},
              {arn: rest(one) for arn, one in self.before.items()})


def swap_shift_and_undo(trial):
    status, events = trial.run(*trial.deploy_arguments())
    check("deploy", (status, "" if status == 0 else trial.last), (0, ""))
    after = trial.aws.actions()
    check("routes", [forwards(after[arn]) for arn in (*trial.aws.listeners, trial.aws.rule)],
          [{"green": 1}, {"blue": 1}, {"api-blue": 0, "api-green": 100}])
    check("the rest", {arn: rest(one) for arn, one in after.items()},
          {arn: rest(one) for arn, one in trial.before.items()})
    changes = [event["detail"] for event in events if event.get("event") == "call" and "modify" in event["call"]]
    check("changes of routes", len(changes), 5)
    deployment = trial.run("history")[1][0]["deployment"]
    status, _ = trial.run("rollback", deployment, "--yes")
    check("rollback", (status, "" if status == 1 else trial.last), (1, ""))
    trial.check_restored("undone")


def kill_and_roll_back(trial, lines):
    process = trial.start(*trial.deploy_arguments())
    modified = 0
    for line in process.stdout:
        event = json.loads(line)
        modified += event.get("event") == "call" and event["call"].startswith("modify")
        if modified == lines:
            process.send_signal(signal.SIGKILL)
            break
    process.stdout.close()
    check("killed", process.wait(60), -signal.SIGKILL)
    trial.host.advance(60_000)
    deployment = trial.run("history")[1][0]["deployment"]
    status, _ = trial.run("rollback", deployment, "--yes")
    check("rollback after a kill", (status, "" if status == 1 else trial.last), (1, ""))
    trial.check_restored(f"killed after {lines} changes")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    server = start_server(port)

    def client(service):
        return boto3.client(service, region_name=REGION, endpoint_url=url, aws_access_key_id="test",
                            aws_secret_access_key="test")
    try:
        for act in (swap_shift_and_undo, lambda one: kill_and_roll_back(one, 2), lambda one: kill_and_roll_back(one, 4)):
            urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", data=b"", method="POST")).read()
            trial = Trial(sys.argv[1:], client, url)
            try:
                act(trial)
            finally:
                trial.host.close()
                shutil.rmtree(trial.folder)
    finally:
        server.terminate()
        server.wait(10)
    if failures:
        sys.exit(f"moto blue/green: {len(failures)} failed")
    print("moto blue/green: a swap, a shift, an undo and rollbacks after kills; boto3 finds every list as it was")


if __name__ == "__main__":
    main()
