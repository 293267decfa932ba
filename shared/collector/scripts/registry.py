"""Writes registry.json: for each type of CloudFormation's registry that `shared/evidence/src/reads.rs` names, what its
handlers want. The registry's schemas come with cfn-lint:

    python3 -m venv venv && venv/bin/pip install cfn-lint
    venv/bin/python shared/collector/scripts/registry.py
"""

import json
import pathlib
import re

import cfnlint

SCHEMAS = pathlib.Path(cfnlint.__file__).parent / "data" / "schemas"
CRATE = pathlib.Path(__file__).resolve().parent.parent


def names(handler):
    """The permissions of a handler, each with its service in lower case and its action with a capital letter."""
    for permission in (handler or {}).get("permissions", []):
        service, action = permission.split(":", 1)
        yield f"{service.lower()}:{action[0].upper()}{action[1:]}"


def wanted(handler):
    """The properties of which a list wants one set, as lists of alternatives."""
    schema = (handler or {}).get("handlerSchema", {})
    ways = [schema] + schema.get("oneOf", []) + schema.get("anyOf", [])
    return [way["required"] for way in ways if way.get("required")]


def main():
    text = (CRATE.parent / "evidence" / "src" / "reads.rs").read_text()
    kinds = sorted(set(re.findall(r'"(AWS::[A-Za-z0-9:]+)"', text)))
    hashes = json.loads((SCHEMAS / "providers" / "us-east-1.json").read_text())
    registry = {}
    for kind in kinds:
        schema = json.loads((SCHEMAS / "resources" / f"{hashes[kind]}.json").read_text())
        handlers = schema.get("handlers", {})
        registry[kind] = {
            "id": [path.rsplit("/", 1)[-1] for path in schema["primaryIdentifier"]],
            "read": sorted(set(names(handlers.get("read")))),
            "list": sorted(set(names(handlers.get("list")))),
            "lists": "list" in handlers,
            "input": wanted(handlers.get("list")),
        }
    text = json.dumps(registry, indent=1)
    # One list a line is enough.
    text = re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text)
    (CRATE / "src" / "registry.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
