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

import check

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What breaks, in which file, what is replaced by what, and which folder's checks should notice.
MUTATIONS = [
    ("closing events are filtered out", "suite/patterns/guardduty-finding.json", '"source": ["aws.guardduty"],', '"source": ["aws.guardduty"], "detail": { "severity": [{ "numeric": [">=", 4] }] },', "suite"),
    ("a rule lets every account in", "modules/function/queue.tf", 'merge(jsondecode(var.trigger.event_pattern), { account = var.common.event_accounts })', "jsondecode(var.trigger.event_pattern)", "modules/function"),
    ("messages are seen again too early", "modules/function/queue.tf", "6 * var.timeout_seconds", "2 * var.timeout_seconds", "modules/function"),
    ("failed messages are deleted with their batch", "modules/function/main.tf", 'function_response_types = ["ReportBatchItemFailures"]', "function_response_types = []", "modules/function"),
    ("any rule of the account may send", "modules/function/queue.tf", '      ArnEquals            = { "aws:SourceArn" = sender.arn }\n', "", "modules/function"),
    ("identities of the account may forge events", "modules/function/queue.tf", 'Sid       = "DenySendingByOthers"\n          Effect    = "Deny"', 'Sid       = "DenySendingByOthers"\n          Effect    = "Allow"', "modules/function"),
    ("undelivered events are gone", "modules/function/queue.tf", "  dead_letter_config {\n    arn = var.failures.undelivered_queue_arn\n  }\n", "", "suite"),
    ("a source may delete findings", "suite/main.tf", '"dynamodb:PutItem", "dynamodb:Query"]', '"dynamodb:PutItem", "dynamodb:Query", "dynamodb:DeleteItem"]', "suite"),
    ("the notifier may not read what is due", "suite/alert_notifier.tf", '      { sid = "ReadWhatIsDue", actions = ["dynamodb:Query"], resources = ["${local.table_arn}/index/${index}"] },\n', "", "suite"),
    ("the notifier does not know its channel", "suite/alert_notifier.tf", "{ PLIMSOLL_CHANNEL = each.key },", "{},", "suite"),
    ("nobody notices dead letters", "suite/alarms.tf", 'name = "ApproximateNumberOfMessagesVisible", on = { QueueName = w.dead }', 'name = "NumberOfMessagesSent", on = { QueueName = w.dead }', "suite"),
    ("a silent notifier is no news", "modules/function/alarms.tf", 'treat_missing_data        = "missing"', 'treat_missing_data        = "notBreaching"', "modules/function"),
    ("every alarm speaks when it is made", "suite/alarms.tf", 'ok_actions                = var.operations.ok_topic_arns', 'ok_actions                = local.alarm_topic_arns', "suite"),
    ("direct notices never arrive", "modules/topic/main.tf", ' if publisher.service != local.eventbridge', ' if true', "suite"),
    ("the key lets EventBridge deliver to no topic", "modules/encryption-key/main.tf", 'Principal = { Service = "events.amazonaws.com" }\n          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]\n          Resource  = "*"\n', 'Principal = { Service = "events.amazonaws.com" }\n          Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]\n          Resource  = "*"\n          Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }\n', "modules/encryption-key"),
    ("one forwarding rule answers for another", "modules/forwarding/main.tf", 'detail = { rule = [name] }', 'detail = { rule = keys(local.patterns) }', "modules/forwarding"),
    ("administrators are locked out of the dead letters", "modules/function/queue.tf", 'named     = length(var.common.operators) > 0', 'named     = true', "modules/function"),
    ("the table can be deleted by accident", "suite/state.tf", "deletion_protection_enabled = var.deletion_protection", "deletion_protection_enabled = false", "suite"),
    ("the scheduler's placeholders stay escaped", "modules/function/schedule.tf", 'replace(replace(each.value.input, "\\\\u003c", "<"), "\\\\u003e", ">")', "each.value.input", "modules/function"),
    ("the key does not let SNS deliver", "modules/encryption-key/main.tf", '["sns.amazonaws.com", "cloud', '["cloud', "modules/encryption-key"),
    ("events are forwarded by a role for anybody", "modules/forwarding/main.tf", '          StringEquals = { "aws:SourceAccount" = var.location.account_id }\n          ArnEquals    =', "          ArnEquals    =", "modules/forwarding"),
]


def run(number, says, path, old, new, folder):
    with tempfile.TemporaryDirectory(prefix="plimsoll-mutation-") as scratch:
        copy = pathlib.Path(scratch)
        shutil.copytree(ROOT / "infra", copy / "infra", ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
        shutil.copytree(ROOT / "tests" / "terraform", copy / "tests" / "terraform", ignore=shutil.ignore_patterns("__pycache__"))
        (copy / check.REGISTRY).parent.mkdir(parents=True)
        shutil.copy(ROOT / check.REGISTRY, copy / check.REGISTRY)
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
