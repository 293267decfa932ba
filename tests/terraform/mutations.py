#!/usr/bin/env python3
"""Breaks infra/ in ways that would hurt in production, one at a time, and asks whether check.py notices.

    python3 tests/terraform/mutations.py           every mutation, some fifteen minutes
    python3 tests/terraform/mutations.py 3 7       the third and the seventh

Works on a copy. Exits 1 if a mutation survives. Uses Terraform as check.py does.
"""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What breaks, in which file, what is replaced by what, and which folder's checks should notice.
MUTATIONS = [
    ("closing events are filtered out", "suite/patterns/guardduty-finding.json", '"source": ["aws.guardduty"],', '"source": ["aws.guardduty"], "detail": { "severity": [{ "numeric": [">=", 4] }] },', "suite"),
    ("a rule lets every account in", "modules/function/queue.tf", 'merge(jsondecode(var.trigger.event_pattern), { account = var.common.event_accounts })', "jsondecode(var.trigger.event_pattern)", "modules/function"),
    ("messages are seen again too early", "modules/function/queue.tf", "6 * var.timeout_seconds", "2 * var.timeout_seconds", "modules/function"),
    ("failed messages are deleted with their batch", "modules/function/main.tf", 'function_response_types = ["ReportBatchItemFailures"]', "function_response_types = []", "modules/function"),
    ("any rule of the account may send", "modules/function/queue.tf", '{ ArnEquals = { "aws:SourceArn" = sender.arn } },', "{},", "modules/function"),
    ("identities of the account may forge events", "modules/function/queue.tf", 'Sid       = "DenySendingByOthers"\n        Effect    = "Deny"\n        Principal = "*"\n        Action    = "sqs:SendMessage"\n        Resource  = "${local.arn_of.queues}:${local.name}"', 'Sid       = "DenySendingByOthers"\n        Effect    = "Allow"\n        Principal = "*"\n        Action    = "sqs:SendMessage"\n        Resource  = "${local.arn_of.queues}:${local.name}"', "modules/function"),
    ("undelivered events are gone", "modules/function/queue.tf", "  dead_letter_config {\n    arn = aws_sqs_queue.undelivered[each.key].arn\n  }\n", "", "suite"),
    ("a source may delete findings", "suite/main.tf", '"dynamodb:PutItem", "dynamodb:Query"]', '"dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"]', "suite"),
    ("the notifier may not read what is due", "suite/alert_notifier.tf", '      { sid = "ReadWhatIsDue", actions = ["dynamodb:Query"], resources = ["${local.table_arn}/index/${index}"] },\n', "", "suite"),
    ("the notifier does not know its channel", "suite/alert_notifier.tf", "merge(local.environment, { PLIMSOLL_CHANNEL = each.key })", "local.environment", "suite"),
    ("nobody notices dead letters", "modules/function/alarms.tf", 'metric = "ApproximateNumberOfMessagesVisible"', 'metric = "NumberOfMessagesSent"', "suite"),
    ("a silent notifier is no news", "modules/function/alarms.tf", 'treat_missing_data = "breaching"', 'treat_missing_data = "notBreaching"', "modules/function"),
    ("the table can be deleted by accident", "suite/state.tf", "deletion_protection_enabled = var.deletion_protection", "deletion_protection_enabled = false", "suite"),
    ("the scheduler's placeholders stay escaped", "modules/function/schedule.tf", 'replace(replace(each.value.input, "\\\\u003c", "<"), "\\\\u003e", ">")', "each.value.input", "modules/function"),
    ("the key does not let EventBridge deliver", "modules/encryption-key/main.tf", '    "events.amazonaws.com",\n', "", "modules/encryption-key"),
    ("events are forwarded by a role for anybody", "modules/forwarding/main.tf", '        StringEquals = { "aws:SourceAccount" = var.location.account_id }\n        ArnEquals    =', "        ArnEquals    =", "modules/forwarding"),
]


def run(number, says, path, old, new, folder):
    with tempfile.TemporaryDirectory(prefix="plimsoll-mutation-") as scratch:
        copy = pathlib.Path(scratch)
        shutil.copytree(ROOT / "infra", copy / "infra", ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        shutil.copytree(ROOT / "tests" / "terraform", copy / "tests" / "terraform", ignore=shutil.ignore_patterns("__pycache__"))
        target = copy / "infra" / path
        text = target.read_text()
        if old not in text:
            return f"{number:2} STALE    {says}: {path} no longer holds the text to replace"
        target.write_text(text.replace(old, new, 1))
        started = time.monotonic()
        done = subprocess.run([sys.executable, str(copy / "tests/terraform/check.py"), *(["--quick"] if folder == "suite" else []), folder], capture_output=True, text=True, check=False)
        lines = [line.strip() for line in done.stdout.splitlines()]
        caught = next((lines[i + 1] for i, line in enumerate(lines[:-1]) if line.startswith("FAIL") and not line.startswith("FAIL fmt")), None)
        verdict = f"caught    {says}: {caught}" if caught else f"SURVIVED  {says}"
        return f"{number:2} {verdict}  ({time.monotonic() - started:.0f} s)"


def main():
    chosen = [int(a) for a in sys.argv[1:]] or range(1, len(MUTATIONS) + 1)
    results = []
    for number in chosen:
        results.append(run(number, *MUTATIONS[number - 1]))
        print(results[-1], flush=True)
    sys.exit(1 if any(word in r for r in results for word in ("SURVIVED", "STALE")) else 0)


if __name__ == "__main__":
    main()
