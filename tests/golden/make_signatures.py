#!/usr/bin/env python3
"""Writes signatures.json beside it: 48 requests with the signatures that botocore makes for them.

    pip install botocore && python3 tests/golden/make_signatures.py
"""

import json
import pathlib
import random
import sys

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "integration"))
import signing_test  # noqa: E402

draw = random.Random(2026)
lines = [signing_test.random_request(draw) for _ in range(48)]
for line in lines:
    line["authorization"] = signing_test.sign_with_botocore(line)
(here / "signatures.json").write_text(
    "[\n" + ",\n".join(json.dumps(line) for line in lines) + "\n]\n", encoding="utf-8")
