#!/usr/bin/env python3
"""The published schema accepts every example and refuses what it can of the bad documents.

usage: spec_schema.py SCHEMA BAD_DOCUMENTS EXAMPLE...
"""
import copy
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


def changed(base, row):
    document = copy.deepcopy(base)
    place = document
    for key in row["at"][:-1]:
        place = place[key]
    if "set" in row:
        place[row["at"][-1]] = row["set"]
    else:
        del place[row["at"][-1]]
    return document


def main():
    schema, table, examples = read(sys.argv[1]), read(sys.argv[2]), sys.argv[3:]
    validator_of.check_schema(schema)
    validator = validator_of(schema)
    failures = []
    for path in examples:
        failures += [f"{path}: {error.json_path}: {error.message}"
                     for error in validator.iter_errors(read(path))]
    failures += [f"base: {error.json_path}: {error.message}"
                 for error in validator.iter_errors(table["base"])]
    for row in table["rows"]:
        is_refused = not validator.is_valid(changed(table["base"], row))
        if is_refused != row["schema"]:
            failures.append(f"{row['why']}: {'refused' if is_refused else 'accepted'}")
    print("\n".join(failures) or f"{len(examples)} examples, {len(table['rows'])} bad documents")
    return 1 if failures else 0


sys.exit(main())
