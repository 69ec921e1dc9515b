#!/usr/bin/env python3
"""The published schema accepts every example scenario.

usage: scenario_schema.py SCHEMA EXAMPLE...
"""
import json
import sys

try:
    import jsonschema
    validator_of = jsonschema.Draft202012Validator
except (ImportError, AttributeError):
    print("python3-jsonschema is not installed or too old")
    sys.exit(77)  # Meson: skipped


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def main():
    schema, examples = read(sys.argv[1]), sys.argv[2:]
    validator_of.check_schema(schema)
    validator = validator_of(schema)
    failures = [f"{path}: {'/'.join(map(str, error.path))}: {error.message}"
                for path in examples for error in validator.iter_errors(read(path))]
    print("\n".join(failures) or f"{len(examples)} examples")
    return 1 if failures else 0


sys.exit(main())
