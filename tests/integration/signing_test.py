#!/usr/bin/env python3
"""Compares our Signature V4 with others' signatures.

    signing_test.py DRIVER [VECTORS]

DRIVER is the built sign-driver. VECTORS is a file of AWS's published vectors (aws-c-auth's
tests/aws-signing-test-suite/v4 as one JSON document); without it only botocore is compared with.
SIGNING_COUNT (10000) random requests from SIGNING_SEED (1) are signed by botocore and by us.
"""

import base64
import json
import os
import random
import subprocess
import sys
import urllib.parse
from datetime import datetime, timezone


def sign_all(driver, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    run = subprocess.run([driver], input=text, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line)["authorization"] for line in run.stdout.splitlines()]


def compare(kind, lines, expected, driver):
    ours = sign_all(driver, lines)
    wrong = [i for i in range(len(lines)) if i >= len(ours) or ours[i] != expected[i]]
    for i in wrong[:5]:
        print(f"{kind} {lines[i].get('name', i)}:\n  request {lines[i]}\n  theirs {expected[i]}\n"
              f"  ours   {ours[i] if i < len(ours) else '-'}", file=sys.stderr)
    print(f"{kind}: {len(lines) - len(wrong)} of {len(lines)} signatures agree")
    return not wrong


def vectors(path):
    lines, expected = [], []
    for vector in json.load(open(path, encoding="utf-8"))["vectors"]:
        host = next(value for name, value in vector["headers"] if name.lower() == "host")
        query = "?" + vector["query"] if vector["query"] else ""
        credentials = vector["credentials"]
        lines.append({
            "name": vector["name"],
            "method": vector["method"],
            "url": f"https://{host}{vector['path']}{query}",
            "headers": vector["headers"],
            "body": base64.b64encode(vector["body"].encode()).decode(),
            "access_key_id": credentials["access_key_id"],
            "secret": credentials["secret_access_key"],
            "token": credentials["session_token"] or "",
            "region": vector["region"],
            "service": vector["service"],
            "time": vector["timestamp"],
            "normalises_path": vector["normalize"],
            "sends_body_hash": vector["sign_body"],
            "signs_session_token": not vector["omit_session_token"],
        })
        expected.append(vector["authorization"])
    return lines, expected


WORDS = ["a", "Z9", "é", "ሴ", "𝄞", "~", "-._~", "%", "%41", "a b", "+", "=", "&", "?", "'\"", "*", "", "x" * 40]


def word(draw):
    return "".join(draw.choice(WORDS) for _ in range(draw.randint(0, 3)))


def random_request(draw):
    """A request in the form in which it goes over the wire: everything is escaped once."""
    segments = [draw.choice([word(draw), ".", "..", ""]) for _ in range(draw.randint(0, 4))]
    path = "/" + urllib.parse.quote("/".join(segments), safe="/~")
    names = [word(draw) for _ in range(draw.randint(0, 3))]
    pairs = [(draw.choice(names), word(draw)) for _ in range(draw.randint(0, 5) if names else 0)]
    query = "&".join(f"{urllib.parse.quote(n, safe='-_.~')}={urllib.parse.quote(v, safe='-_.~')}"
                     for n, v in pairs)
    spaces = ["", " ", "  ", "\t", " \t "]
    headers = []
    for name in draw.sample(["X-One", "x-two", "X-THREE", "Content-Type", "User-Agent", "X-Amz-Target", "Expect"],
                            draw.randint(0, 5)):
        value = draw.choice(spaces).join(draw.choice(["v", "w,x", "a=b;c", "q"]) for _ in range(draw.randint(0, 4)))
        headers.append([name, draw.choice(spaces) + value + draw.choice(spaces)])
    return {
        "method": draw.choice(["GET", "POST", "PUT", "DELETE"]),
        "url": f"https://{draw.choice(['ec2.eu-west-1.amazonaws.com', 'localhost:5000', 'sts.amazonaws.com:443'])}"
               f"{path}{'?' + query if query else ''}",
        "headers": headers,
        "body": base64.b64encode(word(draw).encode()).decode(),
        "access_key_id": "AKID" + str(draw.randint(0, 9)),
        "secret": "secret/" + str(draw.randint(0, 9)) + "x" * draw.choice([0, 33, 80]),
        "token": draw.choice(["", "token+/=="]),
        "region": draw.choice(["eu-west-1", "cn-north-1", "us-gov-west-1"]),
        "service": draw.choice(["ec2", "elasticloadbalancing", "sts", "ssm"]),
        "time": datetime.fromtimestamp(draw.randint(0, 4_000_000_000), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def sign_with_botocore(line):
    from unittest import mock

    import botocore.auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method=line["method"], url=line["url"], data=base64.b64decode(line["body"]))
    for name, value in line["headers"]:
        request.headers[name] = value
    now = datetime.strptime(line["time"], "%Y-%m-%dT%H:%M:%SZ")
    auth = botocore.auth.SigV4Auth(Credentials(line["access_key_id"], line["secret"], line["token"] or None),
                                   line["service"], line["region"])
    # The clock is all that is replaced; newer versions ask a function, older ones the class.
    if hasattr(botocore.auth, "get_current_datetime"):
        patch = mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: now)
    else:
        patch = mock.patch("botocore.auth.datetime.datetime", mock.Mock(wraps=datetime, utcnow=lambda: now))
    with patch:
        auth.add_auth(request)
    return request.headers["Authorization"]


def main():
    driver = sys.argv[1]
    good = True
    if len(sys.argv) > 2:
        good = compare("AWS's vectors", *vectors(sys.argv[2]), driver)
    seed, count = int(os.environ.get("SIGNING_SEED", 1)), int(os.environ.get("SIGNING_COUNT", 10_000))
    draw = random.Random(seed)
    lines = [random_request(draw) for _ in range(count)]
    expected = [sign_with_botocore(line) for line in lines]
    good = compare(f"botocore, seed {seed}", lines, expected, driver) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
