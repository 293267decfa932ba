#!/usr/bin/env python3
"""Every check of the Terraform code that needs no account: layout, tables, validity, tests, policies.

    python3 tests/terraform/check.py                     everything, some twenty minutes
    python3 tests/terraform/check.py --quick             layout, tables, validity of the suite, its policies: one minute
    python3 tests/terraform/check.py suite modules/topic these folders only
    python3 tests/terraform/check.py remediation/waf     a folder and every folder below it
    python3 tests/terraform/check.py --provider "~> 6.0"  with that version of the AWS provider, in the copy alone

Works on a copy, so that nothing is left behind in infra/. Uses `terraform` (or what TERRAFORM names) and the registry;
without a registry, TERRAFORM_MIRROR names a folder with an unpacked provider (HOST/NAMESPACE/TYPE/VERSION/OS_ARCH), which
is also looked for in the usual folders. A folder that asks for a newer provider than the unpacked one is skipped by name. Without Terraform or the provider it says what it skipped and succeeds, unless
--require is given. Standard library only.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import policies
import readme_tables

ROOT = pathlib.Path(__file__).resolve().parents[2]
INFRA = ROOT / "infra"
# What the Terraform code reads outside of infra/: the registry of sources.
REGISTRY = "functions/sources/sources.json"
TERRAFORM = os.environ.get("TERRAFORM", "terraform")
SUITE_TESTS = "tests/suite.tftest.hcl"
FULL_RUN = "everything"
PROVIDER = re.compile(r'(source += "hashicorp/aws"\n +version += ")[^"]+"')


class Check:
    def __init__(self, copy, environment):
        self.copy, self.environment, self.failures = copy, environment, []

    def terraform(self, folder, *arguments):
        return subprocess.run([TERRAFORM, f"-chdir={self.copy / folder}", *arguments], env=self.environment, capture_output=True, text=True, check=False)

    def step(self, name, action):
        started = time.monotonic()
        problem = action()
        print(f"{'ok  ' if problem is None else 'FAIL'} {name}  ({time.monotonic() - started:.1f} s)", flush=True)
        if problem is not None:
            print("     " + problem.strip().replace("\n", "\n     "), flush=True)
            self.failures.append(name)

    def run(self, name, folder, *arguments):
        def action():
            done = self.terraform(folder, *arguments)
            return None if done.returncode == 0 else done.stdout + done.stderr
        self.step(name, action)

    def layout(self):
        self.run("fmt", ".", "fmt", "-check", "-recursive", "-no-color")

    def tables(self):
        self.step("README tables", lambda: "\n".join(readme_tables.stale(write=False)) or None)

    def validate(self, folder):
        def action():
            for arguments in (("init", "-backend=false", "-input=false", "-no-color"), ("validate", "-no-color")):
                done = self.terraform(folder, *arguments)
                if done.returncode != 0:
                    return done.stdout + done.stderr
            return None
        self.step(f"validate {folder}", action)

    def test(self, folder, *arguments):
        """Runs the folder's tests; returns the state of the run that deploys everything, if it is among them."""
        state = None

        def action():
            nonlocal state
            done = self.terraform(folder, "test", "-json", "-verbose", *arguments)
            said, failed = [], []
            for line in done.stdout.splitlines():
                try:
                    message = json.loads(line)
                except ValueError:
                    continue
                if message["type"] == "diagnostic":
                    said.append(f"{message.get('@testrun', '')}: {message['diagnostic']['summary']}: {message['diagnostic']['detail']}")
                elif message["type"] == "test_state" and message.get("@testrun") == FULL_RUN:
                    state = message["test_state"]
                elif message["type"] == "test_summary":
                    failed = message["test_summary"]
            return None if done.returncode == 0 else "\n".join(said) or f"{failed} {done.stderr}"
        self.step(f"test {folder}", action)
        return state

    def policies(self, state):
        golden = json.loads((INFRA / "suite" / "golden" / "roles.json").read_text())
        self.step("policies of the suite", lambda: "\n".join(policies.faults(state, golden)) or None)


def mirror():
    """The folder with an unpacked AWS provider, if there is one."""
    named = os.environ.get("TERRAFORM_MIRROR")
    if named:
        return named
    usual = ["/opt", "/usr/share/terraform", "/usr/local/share/terraform", os.path.expanduser("~/.terraform.d")]
    found = (host for folder in usual for host in pathlib.Path(folder).glob("*/*/hashicorp/aws"))
    provider = next(found, None)
    return provider and str(provider.parents[2])


def folders(copy):
    return sorted({p.parent.relative_to(copy).as_posix() for p in copy.rglob("*.tf")})


def below(copy, chosen):
    """The chosen folders and every folder with Terraform files below them, for example the examples of a module."""
    return [folder for folder in folders(copy) if any(folder == name or folder.startswith(name + "/") for name in chosen)]


def version(text):
    return tuple(int(part) for part in text.split("."))


def too_new(copy, folder, provider):
    """The least provider version that the folder asks for, if the unpacked provider is older; None otherwise."""
    if not provider:
        return None
    unpacked = max(version(p.name) for p in pathlib.Path(provider).glob("*/hashicorp/aws/*") if re.fullmatch(r"[0-9.]+", p.name))
    asked = [wanted for path in (copy / folder).glob("*.tf") for wanted in re.findall(r'source += "hashicorp/aws"\s+version += ">= ([0-9.]+)', path.read_text())]
    return next((wanted for wanted in asked if version(wanted) > unpacked), None)


def main():
    arguments = sys.argv[1:]
    provider_version = None
    if "--provider" in arguments:
        at = arguments.index("--provider")
        provider_version = arguments[at + 1]
        del arguments[at:at + 2]
    options = {a for a in arguments if a.startswith("--")}
    chosen = [a.rstrip("/") for a in arguments if not a.startswith("--")]
    if shutil.which(TERRAFORM) is None:
        print(f"skipped: every check of infra/ but the README tables, because there is no `{TERRAFORM}` on this machine")
        problems = list(readme_tables.stale(write=False))
        print("\n".join(problems) or "ok   README tables")
        sys.exit(1 if problems or "--require" in options else 0)

    with tempfile.TemporaryDirectory(prefix="plimsoll-infra-") as scratch:
        copy = pathlib.Path(scratch) / "infra"
        shutil.copytree(INFRA, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", ".terraform.lock.hcl"))
        (pathlib.Path(scratch) / REGISTRY).parent.mkdir(parents=True)
        shutil.copy(ROOT / REGISTRY, pathlib.Path(scratch) / REGISTRY)
        if provider_version:
            for path in copy.rglob("*.tf"):
                path.write_text(PROVIDER.sub(lambda found: found[1] + provider_version + '"', path.read_text()))
        environment = {**os.environ, "TF_IN_AUTOMATION": "1", "AWS_EC2_METADATA_DISABLED": "true"}
        provider = mirror()
        if provider:
            settings = pathlib.Path(scratch) / "terraform.rc"
            settings.write_text(f'disable_checkpoint = true\nprovider_installation {{\n  filesystem_mirror {{\n    path = "{provider}"\n  }}\n}}\n')
            environment["TF_CLI_CONFIG_FILE"] = str(settings)

        check = Check(copy, environment)
        check.layout()
        check.tables()
        if check.terraform("suite", "init", "-backend=false", "-input=false").returncode != 0 and "--require" not in options:
            print("skipped: everything else, because the AWS provider cannot be had on this machine (TERRAFORM_MIRROR)")
            sys.exit(f"{len(check.failures)} failed: {', '.join(check.failures)}" if check.failures else 0)
        for folder in below(copy, chosen) or (["suite"] if "--quick" in options else folders(copy)):
            newer = too_new(copy, folder, provider)
            if newer:
                print(f"skipped: {folder} asks for provider {newer}, which is not on this machine")
                continue
            check.validate(folder)
            if not (copy / folder / "tests").is_dir():
                continue
            state = check.test(folder, *([f"-filter={SUITE_TESTS}"] if "--quick" in options else []))
            if state is not None:
                check.policies(state)
        if check.failures:
            sys.exit(f"{len(check.failures)} failed: {', '.join(check.failures)}")


if __name__ == "__main__":
    main()
