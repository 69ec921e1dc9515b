#!/usr/bin/env python3
"""boto3 against `elastiroll sim`: what the simulated cloud says for AWS is what AWS's own library reads.

    boto_sim_test.py ELASTIROLL

ELASTIROLL is the built command. Needs boto3.
"""

import datetime
import sys

import boto3
from botocore.exceptions import ClientError

from sim_server import sim_server

SCENARIO = {
    "start": "2026-03-02T08:00:00Z",
    "images": ["ami-plain",
               {"id": "ami-1", "name": "shop-1", "created": "48h", "tags": {"Service": "<web> & \"more\""}},
               {"id": "ami-2", "name": "shop-2", "created": "1h", "state": "pending", "owner": "999999999999"}],
    "parameters": {"/images/shop": ["ami-1", "ami-2"]},
    "load_balancers": [{
        "name": "shop",
        "target_groups": [{"name": "blue", "arn": "arn:blue"}, {"name": "green", "arn": "arn:green"}],
        "listeners": [{"port": 443, "arn": "arn:prod", "forward": "blue", "rules": [{
            "arn": "arn:rule", "conditions": [{"Field": "path-pattern", "Values": ["/shop/*"]}],
            "actions": [{"Type": "authenticate-oidc", "AuthenticateOidcConfig": {
                "Issuer": "https://id", "AuthorizationEndpoint": "https://id/a", "TokenEndpoint": "https://id/t",
                "UserInfoEndpoint": "https://id/u", "ClientId": "c", "ClientSecret": "s"}}],
            "forward": {"blue": 90, "green": 10}, "stickiness": "10m"}]}]}],
    "classic_load_balancers": ["old"],
    "groups": [{"name": "web", "capacity": "2/2/2", "document": {"compute": {"launchSpecification": {
        "loadBalancersConfig": {"loadBalancers": [{"type": "TARGET_GROUP", "name": "blue", "arn": "arn:blue"},
                                                  {"type": "CLASSIC", "name": "old"}]}}}}}],
}
failures = []


def check(what, got, expected):
    if got != expected:
        failures.append(what)
        print(f"boto sim: {what}:\n  expected {expected}\n  got      {got}", file=sys.stderr)


def code_of(call, **arguments):
    try:
        return f"no error but {call(**arguments)}"
    except ClientError as error:
        return error.response["Error"]["Code"]


def images(ec2):
    found = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": ["shop-*"]}])["Images"]
    check("images by filter", [(image["ImageId"], image["Name"], image["OwnerId"], image["State"]) for image in found],
          [("ami-1", "shop-1", "123456789012", "available")])
    check("an image's tags", found[0]["Tags"], [{"Key": "Service", "Value": "<web> & \"more\""}])
    check("an image's date", datetime.datetime.fromisoformat(found[0]["CreationDate"].replace("Z", "+00:00")),
          datetime.datetime(2026, 2, 28, 8, tzinfo=datetime.timezone.utc))
    check("images by id", [image["ImageId"] for image in ec2.describe_images(ImageIds=["ami-2"])["Images"]], ["ami-2"])
    check("all pages", len(list(ec2.get_paginator("describe_images").paginate())), 1)
    check("no such image", code_of(ec2.describe_images, ImageIds=["ami-0"]), "InvalidAMIID.NotFound")
    check("no such filter", code_of(ec2.describe_images, Filters=[{"Name": "colour", "Values": ["red"]}]),
          "InvalidParameterValue")


def parameters(ssm):
    check("the newest version", {key: ssm.get_parameter(Name="/images/shop")["Parameter"][key]
                                 for key in ("Name", "Type", "Value", "Version")},
          {"Name": "/images/shop", "Type": "String", "Value": "ami-2", "Version": 2})
    check("a version", ssm.get_parameter(Name="/images/shop:1")["Parameter"]["Value"], "ami-1")
    check("no such parameter", code_of(ssm.get_parameter, Name="/none"), "ParameterNotFound")
    check("no such version", code_of(ssm.get_parameter, Name="/images/shop:9"), "ParameterVersionNotFound")


def others(client):
    identity = client("sts").get_caller_identity()
    check("who asks", (identity["Account"], identity["Arn"]),
          ("123456789012", "arn:aws:iam::123456789012:user/simulated"))
    decisions = client("iam").simulate_principal_policy(PolicySourceArn=identity["Arn"],
                                                        ActionNames=["ec2:DescribeImages", "ec2:RunInstances"])
    check("what is permitted",
          [(one["EvalActionName"], one["EvalDecision"]) for one in decisions["EvaluationResults"]],
          [("ec2:DescribeImages", "allowed"), ("ec2:RunInstances", "allowed")])
    elb = client("elbv2")
    check("load balancers", [(one["LoadBalancerName"], one["Type"], one["State"]["Code"])
                             for one in elb.describe_load_balancers()["LoadBalancers"]],
          [("shop", "application", "active")])
    check("no such load balancer", code_of(elb.describe_load_balancers, Names=["x"]), "LoadBalancerNotFound")
    check("no such target group", code_of(elb.describe_target_groups, TargetGroupArns=["arn:x"]), "TargetGroupNotFound")
    check("an action that is unknown", code_of(client("ec2").describe_vpcs), "InvalidAction")


def traffic(elb, classic):
    balancer = elb.describe_load_balancers(Names=["shop"])["LoadBalancers"][0]["LoadBalancerArn"]
    listener = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"][0]
    single = [{"Type": "forward", "Order": 1, "TargetGroupArn": "arn:blue", "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": "arn:blue", "Weight": 1}],
        "TargetGroupStickinessConfig": {"Enabled": False}}}]
    check("a listener", (listener["Port"], listener["DefaultActions"]), (443, single))
    rules = [one for page in elb.get_paginator("describe_rules").paginate(
        ListenerArn="arn:prod", PaginationConfig={"PageSize": 1}) for one in page["Rules"]]
    check("rules, page by page", [(one["Priority"], one["IsDefault"]) for one in rules],
          [("1", False), ("default", True)])
    actions = rules[0]["Actions"]
    check("a login tells no secret", "ClientSecret" in actions[0]["AuthenticateOidcConfig"], False)
    check("a weighted forward", actions[1], {"Type": "forward", "Order": 2, "ForwardConfig": {
        "TargetGroups": [{"TargetGroupArn": "arn:blue", "Weight": 90}, {"TargetGroupArn": "arn:green", "Weight": 10}],
        "TargetGroupStickinessConfig": {"Enabled": True, "DurationSeconds": 600}}})
    check("a login that is sent back without its secret", code_of(elb.modify_rule, RuleArn="arn:rule", Actions=actions),
          "InvalidConfigurationRequest")
    actions[0]["AuthenticateOidcConfig"]["UseExistingClientSecret"] = True
    actions[1]["ForwardConfig"]["TargetGroups"][0]["Weight"] = 0
    changed = elb.modify_rule(RuleArn="arn:rule", Actions=actions)["Rules"][0]["Actions"]
    del actions[0]["AuthenticateOidcConfig"]["UseExistingClientSecret"]
    check("a rule that was changed", changed, actions)
    check("and stays so", elb.describe_rules(RuleArns=["arn:rule"])["Rules"][0]["Actions"], actions)
    check("the default rule", code_of(elb.modify_rule, RuleArn=rules[1]["RuleArn"], Actions=single),
          "OperationNotPermitted")
    check("target health", [one["TargetHealth"]["State"] for one in elb.describe_target_health(
        TargetGroupArn="arn:blue")["TargetHealthDescriptions"]], ["healthy", "healthy"])
    check("a delay", [one["Value"] for one in elb.describe_target_group_attributes(
        TargetGroupArn="arn:blue")["Attributes"] if one["Key"] == "deregistration_delay.timeout_seconds"], ["300"])
    check("a Classic load balancer", [one["State"] for one in classic.describe_instance_health(
        LoadBalancerName="old")["InstanceStates"]], ["InService", "InService"])


def main():
    with sim_server(sys.argv[1], SCENARIO) as url:
        def client(service):
            return boto3.client(service, endpoint_url=url, region_name="us-east-1", aws_access_key_id="a",
                                aws_secret_access_key="b")
        images(client("ec2"))
        parameters(client("ssm"))
        others(client)
        traffic(client("elbv2"), client("elb"))
    print("boto sim: every answer is as expected" if not failures else f"boto sim: {len(failures)} differences")
    return 1 if failures else 0


sys.exit(main())
