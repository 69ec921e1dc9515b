#!/usr/bin/env python3
"""Every request that our Spot client sends in all scenarios, against Spot's official OpenAPI.

    openapi_test.py SCENARIO-TESTS API-FOLDER

SCENARIO-TESTS is the built scenario-tests. API-FOLDER is the folder `api` of Spot's OpenAPI
(github.com/spotinst/spotinst-openapi), with services/elastigroup/aws/paths. Needs jsonschema and
PyYAML.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

import jsonschema
import yaml

# The route below /aws/ec2/group, and the file that describes it.
ROUTES = {
    "": "groups", "/{groupId}": "group", "/{groupId}/status": "status",
    "/{groupId}/instanceHealthiness": "instanceHealthiness", "/{groupId}/capacity": "capacity",
    "/{groupId}/suspension": "suspension", "/{groupId}/roll": "elastigroup-deployments",
    "/{groupId}/logs": "logs",
}

# Findings that are no mistakes of the client: a pattern and the reason. Templates are the user's
# documents, which are passed on as they are; those of the scenarios leave out or bend what is not
# ours to judge, nulls and fractions to show that they arrive unchanged.
TEMPLATE = "of the scenarios' templates, passed on unchanged"
KNOWN = [
    (r"POST /\{groupId\}/suspension: .* is valid under each of",
     "oneOf of two schemas without required members: every body fits both"),
    (r"POST /: \$\.group\.compute\.product: 'Linux/UNIX'",
     "the enumeration lacks the value that Spot's SDKs and console use"),
    (r"POST /: \$\.group\.strategy: 'availabilityVsCost' is a required", TEMPLATE),
    (r"POST /: \$\.group\.compute\.launchSpecification: 'monitoring' is a required", TEMPLATE),
    (r"POST /: \$\.group\.compute\.launchSpecification\.healthCheckType: None", TEMPLATE),
    (r"POST /: \$\.group\.strategy\.onDemandCount: None", TEMPLATE),
    (r"POST /: \$\.group\.compute\.elasticIps: None", TEMPLATE),
    (r"POST /: \$\.group\.scaling\.up\[0\]", TEMPLATE),
    (r"POST /: \$\.group\.scheduling\.tasks\[0\]\.taskType: 'setCapacity'", TEMPLATE),
]


def load(path):
    """A file of the description with every reference in it resolved."""
    def resolved(node, folder):
        if isinstance(node, dict):
            if "$ref" in node:
                target = (folder / node["$ref"].split("#")[0]).resolve()
                return load(target)
            return {key: resolved(value, folder) for key, value in node.items()}
        if isinstance(node, list):
            return [resolved(value, folder) for value in node]
        return node

    return resolved(yaml.safe_load(path.read_text(encoding="utf-8")), path.parent)


def record(tests):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "requests"
        environment = dict(os.environ, ELASTIROLL_RECORD_REQUESTS=str(file))
        subprocess.run([tests], env=environment, stdout=subprocess.DEVNULL, check=True)
        seen = set()
        for line in file.open(encoding="utf-8"):
            seen.add(line)
        return [json.loads(line) for line in sorted(seen)]


def findings(request, operation, query):
    parameters = {p["name"]: p for p in operation.get("parameters", [])}
    for name, values in query.items():
        if name not in parameters:
            yield f"query parameter {name} is not described"
        elif len(values) > 1:
            yield f"query parameter {name} is sent {len(values)} times"
        else:
            kind = parameters[name].get("schema", {}).get("type")
            if kind in ("integer", "number") and not re.fullmatch(r"-?\d+", values[0]):
                yield f"query parameter {name} is no number: {values[0]}"
    for name, parameter in parameters.items():
        if parameter.get("required") and parameter["in"] == "query" and name not in query:
            yield f"query parameter {name} is required"
    body = operation.get("requestBody")
    if not request["body"]:
        if body and body.get("required"):
            yield "a body is required"
        return
    if not body:
        yield "no body is described"
        return
    if request["content_type"].split(";")[0] != "application/json":
        yield f"content type {request['content_type']}"
    schema = body["content"]["application/json"]["schema"]
    validator = jsonschema.Draft7Validator(schema)
    for error in validator.iter_errors(json.loads(request["body"])):
        yield f"{error.json_path}: {error.message[:160]}"


def main():
    tests, api = sys.argv[1], pathlib.Path(sys.argv[2])
    paths = api / "services" / "elastigroup" / "aws" / "paths"
    described = {route: load((paths / f"{name}.yaml").resolve()) for route, name in ROUTES.items()}
    counts, wrong, known = collections.Counter(), collections.Counter(), collections.Counter()
    for request in record(tests):
        url = urllib.parse.urlsplit(request["url"])
        rest = url.path.removeprefix("/aws/ec2/group")
        route = re.sub(r"^/[^/]+", "/{groupId}", rest)
        method = request["method"].lower()
        operation = described.get(route, {}).get(method)
        counts[f"{method.upper()} {route or '/'}"] += 1
        if operation is None:
            wrong[f"{method.upper()} {route}: is not described"] += 1
            continue
        for finding in findings(request, operation, urllib.parse.parse_qs(url.query, keep_blank_values=True)):
            text = f"{method.upper()} {route or '/'}: {finding}"
            why = next((k for k in KNOWN if re.search(k[0], text)), None)
            (known if why else wrong)[text if not why else f"{why[0]} ({why[1]})"] += 1
    for name, count in sorted(counts.items()):
        print(f"openapi: {count:6} different requests {name}")
    for text, count in known.most_common():
        print(f"openapi: known, {count} times: {text}")
    for text, count in wrong.most_common(40):
        print(f"openapi: {count} times: {text}", file=sys.stderr)
    if not wrong:
        print("openapi: every request is as Spot describes it")
    return 1 if wrong else 0


sys.exit(main())
