#!/usr/bin/env python3
"""Writes an answer to a list of 5,000 groups of real size (about 4 KB each) to the file it is given."""

import json
import sys


def group(i):
    tags = [{"tagKey": f"tag-{t}", "tagValue": f"value {t} of group {i}"} for t in range(20)]
    types = [f"{family}.{size}" for family in ("m5", "m5a", "m5n", "m6i", "c5", "r5") for size in ("large", "xlarge", "2xlarge")]
    policies = [{"policyName": f"policy-{p}", "metricName": "CPUUtilization", "namespace": "AWS/EC2", "statistic": "average",
                 "unit": "percent", "threshold": 60 + p, "adjustment": 1, "cooldown": 300, "period": 300,
                 "evaluationPeriods": 3, "operator": "gte", "dimensions": [{"name": "InstanceId"}]} for p in range(3)]
    return {
        "id": f"sig-{i:08x}", "name": f"shop__{i // 10}__{i % 10}", "region": "eu-west-1",
        "description": f"group {i} of the shop, with a description of usual length",
        "createdAt": "2026-01-02T03:04:05.000Z", "updatedAt": "2026-02-03T04:05:06.000Z",
        "capacity": {"minimum": 2, "maximum": 8, "target": 4, "unit": "instance"},
        "strategy": {"risk": 100, "availabilityVsCost": "balanced", "drainingTimeout": 120, "fallbackToOd": True,
                     "utilizeReservedInstances": False, "persistence": {"shouldPersistRootDevice": False}},
        "compute": {"instanceTypes": {"ondemand": "m5.large", "spot": types},
                    "availabilityZones": [{"name": f"eu-west-1{z}", "subnetIds": [f"subnet-{i:06x}{z}"]} for z in "abc"],
                    "product": "Linux/UNIX",
                    "launchSpecification": {"imageId": "ami-0123456789abcdef0", "monitoring": False, "ebsOptimized": True,
                                            "securityGroupIds": ["sg-1", "sg-2", "sg-3"], "keyPair": "shop",
                                            "userData": "IyEvYmluL3NoCg" * 60, "tags": tags}},
        "scaling": {"up": policies, "down": policies},
        "scheduling": {"tasks": [{"isEnabled": True, "taskType": "scale", "cronExpression": "0 9 * * 1-5", "scaleTargetCapacity": 4}]},
        "thirdPartiesIntegration": {},
    }


items = [group(i) for i in range(5000)]
answer = {"request": {"id": "r", "url": "/aws/ec2/group", "method": "GET", "timestamp": "2026-05-01T10:00:00.000Z"},
          "response": {"status": {"code": 200, "message": "OK"}, "kind": "spotinst:aws:ec2:group", "items": items, "count": 5000}}
with open(sys.argv[1], "w", encoding="utf-8") as file:
    json.dump(answer, file, separators=(",", ":"))
