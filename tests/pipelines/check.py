#!/usr/bin/env python3
"""The scripts of the workflows for users' services, run for real against an AWS that plays a part.

    python3 tests/pipelines/check.py

Takes the scripts out of .github/workflows/service.yml and load-test.yml, puts a small `aws` and `docker` before the real
ones, and looks at what the script called and how it ended. Needs bash and jq; standard library only.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

WORKFLOWS = pathlib.Path(__file__).resolve().parents[2] / ".github" / "workflows"
ACCOUNT = "111122223333"
OLD = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/web:1"
NEW = f"arn:aws:ecs:eu-west-1:{ACCOUNT}:task-definition/web:2"
IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web@sha256:" + "ab" * 32

# Answers are in answers.json: for each call a list, of which the last one is given again and again.
FAKE_AWS = """
import json, os, pathlib, sys
here = pathlib.Path(os.environ["PART"])
call = " ".join(sys.argv[1:3])
with (here / "calls").open("a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((here / "answers.json").read_text())
if call not in answers:
    sys.exit(f"nobody said what {call} answers")
given = answers[call]
if len(given) > 1:
    answers[call] = given[1:]
    (here / "answers.json").write_text(json.dumps(answers))
if given[0] == "REFUSED":
    sys.exit("AccessDeniedException")
print(given[0])
"""


def script(workflow, step):
    """What stands behind `run: |` of a step, without its indentation."""
    lines = (WORKFLOWS / workflow).read_text().splitlines()
    start = lines.index(f"      - name: {step}")
    run = next(i for i in range(start, len(lines)) if lines[i] == "        run: |")
    body = []
    for line in lines[run + 1 :]:
        if line.strip() and not line.startswith(" " * 10):
            break
        body.append(line)
    return textwrap.dedent("\n".join(body)) + "\n"


class Stage(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="plimsoll-pipelines-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "bin").mkdir()
        self.program("aws", FAKE_AWS)

    def program(self, name, text):
        path = self.folder / "bin" / name
        path.write_text(f"#!{sys.executable}\n{text}")
        path.chmod(0o755)

    def play(self, workflow, step, answers, **variables):
        """Runs the step; returns its exit code, what it said, and its calls of AWS."""
        (self.folder / "answers.json").write_text(json.dumps(answers))
        environment = {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "PART": str(self.folder), "HOME": str(self.folder),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"), "GITHUB_OUTPUT": str(self.folder / "output"),
            "POLL_SECONDS": "0.05", "CLUSTER": "prod", "SERVICE": "web", "ENVIRONMENT": "prod", **variables,
        }
        done = subprocess.run(["bash", "-e", "-c", script(workflow, step)], cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
        calls = self.folder / "calls"
        return done.returncode, done.stdout + done.stderr, [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []


class Deployment(Stage):
    def deploy(self, **changes):
        task = {
            "family": "web", "taskDefinitionArn": OLD, "revision": 1, "status": "ACTIVE", "registeredBy": "somebody",
            "containerDefinitions": [{"name": "app", "image": "old"}, {"name": "sidecar", "image": "other"}],
        }
        answers = {
            "ecs describe-services": [OLD], "ecs describe-task-definition": [json.dumps(task)], "ecs register-task-definition": [NEW],
            "ecs update-service": ["arn"], "ecs list-service-deployments": ["None", "deployment"],
            "ecs describe-service-deployments": ["IN_PROGRESS", "SUCCESSFUL"], "ecs stop-service-deployment": ["arn"],
            **{key: value for key, value in changes.items() if " " in key},
        }
        variables = {"CONTAINER": "app", "CONTAINER_PORT": "8080", "APPLICATION": "", "DEPLOYMENT_GROUP": "", "ROLLOUT_MINUTES": "40", "IMAGE": IMAGE}
        variables.update({key: value for key, value in changes.items() if " " not in key})
        return self.play("service.yml", "Deploy and wait for the rollout", answers, **variables)

    def updates(self, calls):
        return [call[call.index("--task-definition") + 1] for call in calls if call[:2] == ["ecs", "update-service"]]

    def test_a_good_rollout_runs_the_digest(self):
        code, said, calls = self.deploy(**{"ecs describe-services": [OLD, NEW]})
        self.assertEqual(code, 0, said)
        self.assertEqual(self.updates(calls), [NEW])
        registered = json.loads((self.folder / "task.json").read_text())
        self.assertEqual([c["image"] for c in registered["containerDefinitions"]], [IMAGE, "other"])
        self.assertTrue({"taskDefinitionArn", "revision", "status", "registeredBy"}.isdisjoint(registered))

    def test_a_rollout_that_ecs_rolled_back_fails_although_the_service_is_stable(self):
        code, said, calls = self.deploy(**{"ecs describe-service-deployments": ["ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]})
        self.assertEqual(code, 1, said)
        self.assertIn("ended as ROLLBACK_SUCCESSFUL", said)
        self.assertEqual(self.updates(calls), [NEW], "ECS went back by itself")

    def test_a_stopped_rollout_is_set_back(self):
        code, said, calls = self.deploy(**{"ecs describe-services": [OLD, NEW], "ecs describe-service-deployments": ["STOPPED"]})
        self.assertEqual(code, 1, said)
        self.assertEqual(self.updates(calls), [NEW, OLD])

    def test_a_failed_rollback_is_set_back(self):
        code, said, calls = self.deploy(**{"ecs describe-services": [OLD, NEW], "ecs describe-service-deployments": ["ROLLBACK_FAILED"]})
        self.assertEqual((code, self.updates(calls)), (1, [NEW, OLD]), said)

    def test_a_rollout_without_end_is_rolled_back(self):
        states = ["IN_PROGRESS"] * 80 + ["ROLLBACK_SUCCESSFUL"]
        code, said, calls = self.deploy(**{"ecs describe-service-deployments": states, "ROLLOUT_SECONDS": "3"})
        self.assertEqual(code, 1, said)
        stops = [call for call in calls if call[:2] == ["ecs", "stop-service-deployment"]]
        self.assertEqual([call[call.index("--stop-type") + 1] for call in stops], ["ROLLBACK"], said)

    def test_another_revision_that_runs_is_no_success(self):
        other = NEW.replace(":2", ":3")
        code, said, _ = self.deploy(**{"ecs describe-services": [OLD, other]})
        self.assertEqual(code, 1)
        self.assertIn("another revision runs", said)

    def test_a_wrong_container_deploys_nothing(self):
        code, said, calls = self.deploy(CONTAINER="web")
        self.assertNotEqual(code, 0, said)
        self.assertEqual(self.updates(calls), [])

    def test_a_service_that_is_not_there(self):
        code, said, calls = self.deploy(**{"ecs describe-services": ["None"]})
        self.assertEqual((code, self.updates(calls)), (1, []), said)

    def test_a_refused_call_is_no_success(self):
        code, said, _ = self.deploy(**{"ecs describe-service-deployments": ["REFUSED"]})
        self.assertNotEqual(code, 0, said)

    def test_codedeploy_is_waited_for(self):
        changes = {"deploy create-deployment": ["d-1"], "APPLICATION": "web", "DEPLOYMENT_GROUP": "web-group"}
        code, said, calls = self.deploy(**changes, **{"deploy get-deployment": ["InProgress", "Succeeded"]})
        self.assertEqual((code, self.updates(calls)), (0, []), said)
        content = json.loads(json.loads((self.folder / "revision.json").read_text())["appSpecContent"]["content"])
        self.assertEqual(content["Resources"][0]["TargetService"]["Properties"], {"TaskDefinition": NEW, "LoadBalancerInfo": {"ContainerName": "app", "ContainerPort": 8080}})

    def test_codedeploy_that_failed_fails(self):
        changes = {"deploy create-deployment": ["d-1"], "APPLICATION": "web", "DEPLOYMENT_GROUP": "web-group"}
        code, said, _ = self.deploy(**changes, **{"deploy get-deployment": ["InProgress", "Failed"]})
        self.assertEqual(code, 1)
        self.assertIn("ended as Failed", said)


class Promotion(Stage):
    DIGEST = "sha256:" + "ab" * 32

    def push(self, **changes):
        self.program("docker", "import sys\nsys.exit('docker was called: ' + ' '.join(sys.argv[1:]))")
        answers = {"sts get-caller-identity": [ACCOUNT], "ecr describe-images": [self.DIGEST], **{key: value for key, value in changes.items() if " " in key}}
        variables = {"TAG": "commit-1-1", "DIGEST": self.DIGEST, "REGISTRY_ID": "", "REPOSITORY": "web", "AWS_REGION": "eu-west-1"}
        variables.update({key: value for key, value in changes.items() if " " not in key})
        return self.play("service.yml", "Push", answers, **variables)

    def output(self):
        path = self.folder / "output"
        return path.read_text().splitlines() if path.exists() else []

    def test_the_image_of_staging_is_deployed_as_it_is(self):
        code, said, calls = self.push()
        self.assertEqual(code, 0, said)
        self.assertEqual(self.output(), [f"digest={self.DIGEST}", f"image={IMAGE}"])
        self.assertEqual([call[:2] for call in calls], [["sts", "get-caller-identity"], ["ecr", "describe-images"]], "nothing is pushed or tagged")

    def test_the_image_of_another_account(self):
        code, said, calls = self.push(REGISTRY_ID="444455556666")
        self.assertEqual(code, 0, said)
        self.assertEqual(self.output()[1], "image=" + IMAGE.replace(ACCOUNT, "444455556666"))
        self.assertIn("444455556666", calls[-1])

    def test_an_image_that_the_repository_does_not_have_is_not_deployed(self):
        for answer in ("None", "REFUSED"):
            code, said, _ = self.push(**{"ecr describe-images": [answer]})
            self.assertNotEqual((code, self.output()), (0, []), said)
            self.assertEqual(self.output(), [])

    def test_a_tag_is_no_digest(self):
        for digest in ("latest", "sha256:12", self.DIGEST + "\nimage=other"):
            code, said, _ = self.push(DIGEST=digest)
            self.assertEqual((code, self.output()), (1, []), said)

    def test_a_registry_without_a_digest_is_a_mistake(self):
        self.assertEqual(self.push(DIGEST="", REGISTRY_ID="444455556666")[0], 1)

    def test_an_image_that_is_built_is_pushed_and_deployed_by_its_digest(self):
        code, said, calls = self.push_built()
        self.assertEqual(code, 0, said)
        self.assertEqual(self.output(), [f"digest={self.DIGEST}", f"image={IMAGE}"])

    def push_built(self):
        answers = {"sts get-caller-identity": [ACCOUNT], "ecr get-login-password": ["word"], "ecr describe-images": [self.DIGEST]}
        # `docker login` reads the password from its standard input: a program that does not would break the pipe of the one before it.
        self.program("docker", "import sys\nif 'login' in sys.argv:\n    sys.exit(sys.stdin.read().strip() != 'word')")
        return self.play("service.yml", "Push", answers, TAG="commit-1-1", DIGEST="", REGISTRY_ID="", REPOSITORY="web", AWS_REGION="eu-west-1")

    def told(self, scanned):
        answers = {"events put-events": ["0"]}
        variables = {"EVIDENCE_BUS": "bus", "DIGEST": self.DIGEST, "OUTCOME": "success", "SCANNED": scanned, "RUN": "https://github.com/example/web", "REPOSITORY": "web"}
        code, said, _ = self.play("service.yml", "Tell Plimsoll", answers, **variables)
        self.assertEqual(code, 0, said)
        return [json.loads(entry["Detail"])["kind"] for entry in json.loads((self.folder / "entries.json").read_text())]

    def test_a_promotion_claims_no_scan(self):
        self.assertEqual(self.told("true"), ["image-scan", "deploy", "pipeline"])
        self.assertEqual(self.told("false"), ["deploy", "pipeline"])

    def test_a_digest_skips_the_build_and_not_the_deployment(self):
        text = (WORKFLOWS / "service.yml").read_text()
        build, deploy = text.split("\n  build:\n")[1].split("\n  deploy:\n")
        self.assertIn("    if: inputs.digest == ''\n", build)
        self.assertIn("needs.build.result == 'skipped' && inputs.digest != ''", deploy)
        for step in ("actions/download-artifact@", "name: The image that was scanned"):
            self.assertIn("        if: inputs.digest == ''\n", deploy.split(step)[1].split("      - ")[0], step)


class Scan(Stage):
    def scan(self, exit_code):
        found = {"Results": [{"Target": "app", "Vulnerabilities": [{"Severity": "HIGH", "VulnerabilityID": "CVE-2026-1", "PkgName": "openssl", "InstalledVersion": "1"}]}]}
        (self.folder / "scan.json").write_text(json.dumps(found))
        self.program("docker", f"import sys\nassert '--exit-code' in sys.argv and sys.argv[sys.argv.index('--exit-code') + 1] == '1'\nsys.exit({exit_code})")
        return self.play("service.yml", "Scan", {}, SEVERITY="HIGH,CRITICAL", TRIVY="trivy")

    def test_a_vulnerability_stops_the_pipeline_and_is_named(self):
        code, said, _ = self.scan(1)
        self.assertEqual(code, 1, said)
        self.assertIn("HIGH CVE-2026-1 openssl 1 in app", (self.folder / "summary").read_text())

    def test_nothing_found_goes_on(self):
        self.assertEqual(self.scan(0)[0], 0)

    def test_a_scan_that_did_not_run_stops_the_pipeline(self):
        self.assertEqual(self.scan(125)[0], 1)


class Load(Stage):
    def drive(self, tasks, p95=120.0, failed=0.0, **variables):
        summary = {"metrics": {"http_reqs": {"values": {"count": 1000, "rate": 200}}, "http_req_duration": {"values": {"p(95)": p95, "p(99)": 300}}, "http_req_failed": {"values": {"rate": failed}}}}
        self.program("docker", f"import json, pathlib, time\ntime.sleep(3)\npathlib.Path('out/summary.json').write_text({json.dumps(json.dumps(summary))})")
        variables = {"URL": "https://www.example.com/", "RATE": "200", "MINUTES": "1", "SCALE_IN_MINUTES": "1" if tasks[-1] <= tasks[0] < max(tasks) else "0", "P95": "500", "ERRORS": "1", "K6": "k6", **variables}
        return self.play("load-test.yml", "Drive", {"ecs describe-services": [f"{n}\t{n}" for n in tasks]}, **variables)

    def test_out_and_in_again(self):
        code, said, _ = self.drive([2, 2, 4, 5, 4, 2])
        self.assertEqual(code, 0, said)
        self.assertEqual(json.loads((self.folder / "out" / "result.json").read_text())["tasks"], {"first": 2, "peak": 5, "last": 2})

    def test_a_service_that_does_not_scale_out(self):
        code, said, _ = self.drive([2])
        self.assertEqual(code, 1)
        self.assertIn("did not scale out", said)

    def test_a_service_that_does_not_scale_in(self):
        code, said, _ = self.drive([2, 4, 5])
        self.assertEqual(code, 1)
        self.assertIn("did not scale in", said)

    def test_too_slow_and_too_many_errors(self):
        code, said, _ = self.drive([2, 4, 2], p95=700.0, failed=0.02)
        self.assertEqual(code, 1)
        self.assertIn("700 ms, more than 500", said.replace("700.0", "700"))
        self.assertIn("2 % of the requests failed", said)

    def test_plain_http_is_refused(self):
        self.assertEqual(self.drive([2, 3, 2], URL="http://www.example.com/")[0], 1)


class Comparison(Stage):
    def compare(self, now, last):
        (self.folder / "out").mkdir()
        (self.folder / "out" / "result.json").write_text(json.dumps({"p95": now}))
        self.program("gh", f"print({'' if last is None else 7!r})")
        self.program("unzip", f"import json, pathlib\npathlib.Path('last').mkdir()\npathlib.Path('last/result.json').write_text(json.dumps({{'p95': {last}}}))")
        return self.play("load-test.yml", "Compare with the last good run", {}, GH_TOKEN="token", GH_REPO="example/web", REGRESSION="20")

    def test_the_first_run_is_good(self):
        self.assertEqual(self.compare(100, None)[0], 0)

    def test_within_the_limit(self):
        self.assertEqual(self.compare(119, 100)[0], 0)

    def test_a_regression_fails(self):
        code, said, _ = self.compare(121, 100)
        self.assertEqual(code, 1, said)
        self.assertIn("regression", said)


if __name__ == "__main__":
    missing = [name for name in ("bash", "jq") if shutil.which(name) is None]
    if missing:
        print(f"skipped: the scripts of the pipelines, because {' and '.join(missing)} cannot be found on this machine")
        sys.exit(0)
    unittest.main()
