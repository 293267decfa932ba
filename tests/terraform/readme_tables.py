#!/usr/bin/env python3
"""Writes the tables of inputs and outputs into the README of each Terraform module, from its .tf files.

    python3 tests/terraform/readme_tables.py            write them
    python3 tests/terraform/readme_tables.py --check    exit 1 and name the READMEs that are out of date

The tables stand between BEGIN_TF_DOCS and END_TF_DOCS; the rest of a README is written by hand. Reads what
`terraform fmt` leaves: blocks start in the first column, their arguments are indented by two. Standard library only.
"""

import pathlib
import re
import sys

INFRA = pathlib.Path(__file__).resolve().parents[2] / "infra"
BEGIN, END = "<!-- BEGIN_TF_DOCS -->", "<!-- END_TF_DOCS -->"
BLOCK = re.compile(r'^(variable|output) "([^"]+)" \{\n(.*?)^\}', re.MULTILINE | re.DOTALL)
ARGUMENT = re.compile(r"^  (description|type|default) += (.*?)(?=^  \w+ +=|^  \w+ \{|^\n|^  #|\Z)", re.MULTILINE | re.DOTALL)


def blocks(folder):
    """`variable` and `output` blocks as (kind, name, {argument: text})."""
    for path in sorted(folder.glob("*.tf")):
        for kind, name, body in BLOCK.findall(path.read_text()):
            yield kind, name, {key: value.strip() for key, value in ARGUMENT.findall(body)}


def cell(text):
    return text.replace("|", "\\|").replace("\n", " ")


def code(text):
    """A type or a default in one cell: short ones in backticks, long ones as preformatted HTML."""
    text = re.sub(r" +", " ", text) if "\n" not in text else text
    if "\n" not in text:
        return f"`{cell(text)}`"
    return "<pre>" + text.replace("|", "&#124;").replace("\n", "<br>") + "</pre>"


def tables(folder):
    found = list(blocks(folder))
    versions = (folder / "versions.tf").read_text()
    terraform = re.search(r'required_version = "([^"]+)"', versions)[1]
    provider = re.search(r'version = "(>= [^"]+)"', versions.split("aws =", 1)[1])[1]
    lines = ["## Requirements", "", "| Name | Version |", "|---|---|", f"| terraform | `{terraform}` |", f"| aws | `{provider}` |", "", "## Inputs", "", "| Name | Description | Type | Default | Required |", "|---|---|---|---|:---:|"]
    for _, name, says in sorted((b for b in found if b[0] == "variable"), key=lambda b: ("default" in b[2], b[1])):
        default = code(says["default"]) if "default" in says else "n/a"
        lines.append(f"| `{name}` | {cell(says['description'].strip(chr(34)))} | {code(says['type'])} | {default} | {'no' if 'default' in says else 'yes'} |")
    lines += ["", "## Outputs", "", "| Name | Description |", "|---|---|"]
    for _, name, says in sorted((b for b in found if b[0] == "output"), key=lambda b: b[1]):
        lines.append(f"| `{name}` | {cell(says['description'].strip(chr(34)))} |")
    return "\n".join(lines)


def modules():
    return [INFRA / "suite", *sorted(p.parent for kind in ("modules", "remediation") for p in (INFRA / kind).glob("*/versions.tf"))]


def stale(write):
    """READMEs whose tables differ from the .tf files, as sentences; writes them if asked to."""
    for folder in modules():
        readme = folder / "README.md"
        text = readme.read_text() if readme.exists() else ""
        if BEGIN not in text or END not in text:
            yield f"{readme.relative_to(INFRA.parent)}: it has no {BEGIN} and {END}"
            continue
        head, rest = text.split(BEGIN, 1)
        tail = rest.split(END, 1)[1]
        fresh = f"{head}{BEGIN}\n\n{tables(folder)}\n\n{END}{tail}"
        if fresh != text:
            if write:
                readme.write_text(fresh)
            else:
                yield f"{readme.relative_to(INFRA.parent)}: its tables are out of date; run python3 tests/terraform/readme_tables.py"


if __name__ == "__main__":
    problems = list(stale(write="--check" not in sys.argv))
    print("\n".join(problems) if problems else "the tables are up to date")
    sys.exit(1 if problems else 0)
