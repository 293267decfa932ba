#!/usr/bin/env python3
"""Policy checks over a deployed suite: what must hold so that nothing is lost and nobody else is let in.

    terraform show -json | python3 tests/terraform/policies.py -

reads the state of a root that calls infra/suite, or the state that `terraform test -json -verbose` prints. Prints one
sentence for each fault and exits 1 if there is one. Standard library only.
"""

import json
import pathlib
import re
import sys

INFRA = pathlib.Path(__file__).resolve().parents[2] / "infra"
PATTERNS = INFRA / "suite" / "patterns"
SECONDS_PER_DAY = 86_400
VISIBILITY_FACTOR = 6  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
EVENTBRIDGE = "events.amazonaws.com"
LARGEST_ALARM = 10  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
NEW_ACCOUNT = 10  # functions that may run at once: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENVIRONMENT = {"PLIMSOLL_TABLE", "PLIMSOLL_METRICS_NAMESPACE"}
# Actions that know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/
WITHOUT_RESOURCE = {
    "dynamodb:ListStreams", "xray:PutTraceSegments", "xray:PutTelemetryRecords", "inspector2:BatchGetAccountStatus",
    "inspector2:ListFindings", "ecr:GetRegistryScanningConfiguration", "guardduty:ListDetectors",
    "config:GetComplianceDetailsByResource", "backup:ListBackupJobs", "backup:ListCopyJobs",
    "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
}
# What the collector reads: it finds what there is and cannot know the names, so it asks about every resource.
READS = json.loads((INFRA / "suite" / "evidence_reads.json").read_text())
QUEUE_SENDERS = re.compile(r"events\.amazonaws\.com|sns\.([a-z0-9-]+\.)?amazonaws\.com")


class Suite:
    """The resources of a state, by type and by module."""

    def __init__(self, state):
        self.resources = list(self._walk(state.get("values", state)["root_module"], ""))

    def _walk(self, module, address):
        for resource in module.get("resources", []):
            if resource.get("mode") == "managed":
                yield {**resource, "module": module.get("address", address)}
        for child in module.get("child_modules", []):
            yield from self._walk(child, child["address"])

    def of(self, kind, module=None, name=None):
        return [
            r for r in self.resources
            if r["type"] == kind and (module is None or r["module"] == module) and (name is None or r["name"] == name)
        ]


def statements(policy):
    found = json.loads(policy)["Statement"]
    return found if isinstance(found, list) else [found]


def listed(value):
    return value if isinstance(value, list) else [value]


def condition(statement, key):
    """The values of a condition key, whatever the operator."""
    for keys in statement.get("Condition", {}).values():
        for name, value in keys.items():
            if name.lower() == key.lower():
                return listed(value)
    return []


def refused(statement, sent):
    """Whether a condition of the statement needs a key that is not sent. `...IfExists` asks for none."""
    keys = {key.lower() for operator, keys in statement.get("Condition", {}).items() if not operator.endswith("IfExists") for key in keys}
    return keys - {key.lower() for key in sent}


def services(statement):
    principal = statement["Principal"]
    return listed(principal.get("Service", [])) if isinstance(principal, dict) else []


def rule_arn(rule):
    """rule/NAME on the default bus, rule/BUS/NAME on another."""
    bus = rule["values"].get("event_bus_name") or "default"
    return "rule/" + "/".join(part for part in [None if bus == "default" else bus, rule["values"]["name"]] if part)


def queues(suite):
    # Dead letters are read by operators and the root user alone, if operators are named at all.
    reading = [s for queue in suite.of("aws_sqs_queue", name="dead") for s in statements(queue["values"]["policy"]) if s["Sid"] == "DenyReadingByOthers"]
    named = any(not arn.endswith(":root") for s in reading for arn in condition(s, "aws:PrincipalArn"))
    for queue in suite.of("aws_sqs_queue"):
        at, values = queue["address"], queue["values"]
        found = statements(values["policy"])
        if not values.get("kms_master_key_id") and not values.get("sqs_managed_sse_enabled"):
            yield f"{at}: it is not encrypted"
        if not any(s["Effect"] == "Deny" and condition(s, "aws:SecureTransport") == ["false"] for s in found):
            yield f"{at}: plain text is not refused"
        for statement in found:
            if statement["Effect"] != "Allow":
                continue
            service = statement["Principal"].get("Service") if isinstance(statement["Principal"], dict) else statement["Principal"]
            if not QUEUE_SENDERS.fullmatch(str(service)):
                yield f"{at}: {service} may use it"
            # AWS documents the ARN of the rule or topic, and no more: docs/aws-conditions.md.
            if refused(statement, ["aws:SourceArn"]):
                yield f"{at}: {service} is asked for a key that AWS does not document for a queue, so nothing may arrive"
            if listed(statement["Action"]) != ["sqs:SendMessage"]:
                yield f"{at}: {service} may do more than send"
            if not condition(statement, "aws:SourceArn") or not condition(statement, "aws:SourceAccount"):
                yield f"{at}: {service} may send for anybody: SourceArn or SourceAccount is missing"
        ours = queue["name"] in ("events", "dead", "undelivered", "unstarted") and "forwarding" not in queue["module"]
        sids = {s["Sid"] for s in found}
        if ours and "DenySendingByOthers" not in sids and (named or queue["name"] != "events"):
            yield f"{at}: every identity of the account with sqs:SendMessage may forge messages"
        if ours and named and "DenyReadingByOthers" not in sids:
            yield f"{at}: everybody in the account may read it, though operators are named"
        if ours and not named and "DenyReadingByOthers" in sids:
            yield f"{at}: no operator is named, so its Deny locks out the administrators who must redrive"


def functions(suite):
    for function in suite.of("aws_lambda_function"):
        at, values, module = function["address"], function["values"], function["module"]
        name = values["function_name"]
        if values.get("reserved_concurrent_executions") not in (None, -1):
            yield f"{at}: reserved concurrency sends healthy messages to the dead-letter queue"
        variables = set((values["environment"] or [{}])[0].get("variables", {}))
        wanted = ENVIRONMENT | ({"PLIMSOLL_CHANNEL", "PLIMSOLL_HEARTBEATS"} if "alert-notifier" in name else {"PLIMSOLL_COLLECT"} if "evidence-collector" in name else set())
        if variables != wanted:
            yield f"{at}: its environment is {sorted(variables)}, not {sorted(wanted)}"
        if values["logging_config"][0]["log_format"] != "JSON":
            yield f"{at}: it does not log JSON"
        logs = suite.of("aws_cloudwatch_log_group", module)
        if not logs or not logs[0]["values"]["retention_in_days"]:
            yield f"{at}: its logs are kept for ever"

        for queue in suite.of("aws_sqs_queue", module, "events"):
            if queue["values"]["visibility_timeout_seconds"] < VISIBILITY_FACTOR * values["timeout"]:
                yield f"{queue['address']}: a message is seen again while the function may still work on it"
            for dead in suite.of("aws_sqs_queue", module, "dead"):
                if dead["values"]["message_retention_seconds"] <= queue["values"]["message_retention_seconds"]:
                    yield f"{dead['address']}: dead letters are gone as soon as they arrive"
            redrive = json.loads(queue["values"]["redrive_policy"] or "{}")
            if redrive.get("maxReceiveCount", 0) < 100:
                yield f"{queue['address']}: a dependency that is down for an hour fills the dead-letter queue"
            if queue["values"]["message_retention_seconds"] < 4 * SECONDS_PER_DAY:
                yield f"{queue['address']}: a long weekend loses events"
            mappings = suite.of("aws_lambda_event_source_mapping", module, "queue")
            if not mappings:
                yield f"{queue['address']}: nothing reads it"
            for mapping in mappings:
                if mapping["values"]["function_response_types"] != ["ReportBatchItemFailures"]:
                    yield f"{mapping['address']}: messages that failed are deleted with the rest of the batch"
                if mapping["values"].get("scaling_config", [{}])[0].get("maximum_concurrency", 0) < 2:
                    yield f"{mapping['address']}: it has no maximum concurrency"
    for mapping in suite.of("aws_lambda_event_source_mapping"):
        if mapping["values"].get("filter_criteria"):
            yield f"{mapping['address']}: a filter deletes what it does not match"


def rules(suite):
    known = [json.loads(path.read_text()) for path in [*PATTERNS.glob("*.json"), *PATTERNS.glob("direct/*.json")]]
    for rule in suite.of("aws_cloudwatch_event_rule"):
        at, module = rule["address"], rule["module"]
        pattern = json.loads(rule["values"]["event_pattern"])
        accounts = pattern.pop("account", [])
        if rule["name"] == "recovered":
            # Ours to the last word: what an alarm says that is over, and no other alarm of the account.
            if pattern["detail"] != {"state": {"value": ["OK"]}, "previousState": {"value": ["ALARM"]}} or len(pattern["resources"]) != 1:
                yield f"{at}: it says more than that an alarm of the suite is over"
            continue
        if not accounts or not all(isinstance(a, str) and re.fullmatch(r"\d{12}", a) for a in accounts):
            yield f"{at}: it lets events of any account in"
        if pattern not in known:
            yield f"{at}: its pattern is none of those in infra/suite/patterns"
        targets = [t for t in suite.of("aws_cloudwatch_event_target", module) if t.get("index") == rule.get("index") and t["values"]["rule"] == rule["values"]["name"]]
        if not targets:
            yield f"{at}: it has no target"
        for target in targets:
            values = target["values"]
            if values.get("role_arn") and ":event-bus/" not in values["arn"]:
                yield f"{target['address']}: a role on such a target can break delivery"
            if not (values.get("dead_letter_config") or [{}])[0].get("arn"):
                yield f"{target['address']}: what cannot be delivered is gone"
            retry = (values.get("retry_policy") or [{}])[0]
            if (retry.get("maximum_event_age_in_seconds"), retry.get("maximum_retry_attempts")) != (SECONDS_PER_DAY, 185):
                yield f"{target['address']}: EventBridge gives up before 24 hours and 185 attempts"
        for queue in suite.of("aws_sqs_queue", module, "events"):
            senders = [arn for s in statements(queue["values"]["policy"]) if s["Effect"] == "Allow" for arn in condition(s, "aws:SourceArn")]
            if not any(arn.endswith(":" + rule_arn(rule)) for arn in senders):
                yield f"{at}: the queue does not let it in"
    for path in PATTERNS.glob("*.json"):
        text = json.loads(path.read_text())
        for part in text.get("$or", [text]):
            if set(part) != {"source", "detail-type"}:
                yield f"{path.name}: it filters by more than the kind of event, so a closing event may be missed"


def roles(suite, golden):
    found = {}
    for policy in suite.of("aws_iam_role_policy"):
        calls = set()
        collects = "evidence_collector" in policy["address"]
        for statement in statements(policy["values"]["policy"]):
            for action in listed(statement["Action"]):
                reads = collects and action in READS["actions"]
                if "*" in action:
                    yield f"{policy['address']}: {action} has a wildcard"
                if action.split(":")[0] in ("iam", "sts") and not reads:
                    yield f"{policy['address']}: {action} lets it become somebody else"
                if "*" in listed(statement["Resource"]) and action not in WITHOUT_RESOURCE and not reads:
                    yield f"{policy['address']}: {action} on every resource"
                calls |= {f"{action} {kind(resource)}" for resource in listed(statement["Resource"])}
        role = function_of(suite, policy)
        if role:
            found[role] = sorted(calls)
    for role in sorted(set(golden) | set(found)):
        missing = sorted(set(golden.get(role, [])) - set(found.get(role, [])))
        extra = sorted(set(found.get(role, [])) - set(golden.get(role, [])))
        if missing or extra:
            yield f"role of {role}: missing {missing}, too much {extra}, compared with infra/suite/golden/roles.json"


def kind(resource):
    """`index` of `arn:aws:dynamodb:...:table/T/index/I`, as in infra/modules/function/role.tf."""
    if resource == "*":
        return "*"
    if "/index/" in resource:
        return "index"
    if "/stream/" in resource:
        return "stream"
    service = resource.split(":")[2]
    return {"dynamodb": "table", "kms": "key", "logs": "log-group", "secretsmanager": "secret", "sns": "topic", "sqs": "queue", "ssm": "parameter", "lambda": "function", "events": "event-bus"}.get(service, service)


def function_of(suite, policy):
    if policy["name"] == "schedule":
        return "schedule"
    functions_here = suite.of("aws_lambda_function", policy["module"])
    if not functions_here:
        return None
    prefix = next((s["values"]["name"] for s in suite.of("aws_scheduler_schedule_group")), "")
    name = functions_here[0]["values"]["function_name"].removeprefix(prefix + "-")
    return name


def schedules(suite):
    for schedule in suite.of("aws_scheduler_schedule"):
        at, values = schedule["address"], schedule["values"]
        if values["flexible_time_window"][0]["mode"] != "OFF":
            yield f"{at}: it is late on purpose"
        if not (values["target"][0].get("dead_letter_config") or [{}])[0].get("arn"):
            yield f"{at}: a run that could not be started leaves no trace"
    for role in suite.of("aws_iam_role"):
        for statement in statements(role["values"]["assume_role_policy"]):
            service = statement["Principal"]["Service"]
            if service != "lambda.amazonaws.com" and not (condition(statement, "aws:SourceArn") and condition(statement, "aws:SourceAccount")):
                yield f"{role['address']}: {service} may use it for anybody: SourceArn or SourceAccount is missing"


def topics(suite):
    for topic in suite.of("aws_sns_topic"):
        if (topic["values"].get("kms_master_key_id") or "").startswith("alias/aws/"):
            yield f"{topic['address']}: with AWS's own key EventBridge and CloudWatch fail in silence"
        published = {t["values"]["arn"] for t in suite.of("aws_cloudwatch_event_target") if ":sns:" in t["values"]["arn"]}
        for statement in statements(topic["values"]["policy"]):
            if statement["Effect"] != "Allow":
                continue
            if EVENTBRIDGE in services(statement):
                # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
                if statement.get("Condition") or services(statement) != [EVENTBRIDGE]:
                    yield f"{topic['address']}: EventBridge sends no condition keys to a topic, so its statement allows nothing"
                if statement["Resource"] == "*" or listed(statement["Action"]) != ["sns:Publish"]:
                    yield f"{topic['address']}: EventBridge may do more than publish here"
            elif not condition(statement, "aws:SourceAccount"):
                yield f"{topic['address']}: {statement['Principal']} may publish for anybody"
        if topic["values"]["arn"] in published and "operations" in topic["values"]["name"] and not any(EVENTBRIDGE in services(s) for s in statements(topic["values"]["policy"])):
            yield f"{topic['address']}: a rule publishes to it and may not"


def keys(suite):
    for key in suite.of("aws_kms_key"):
        services = {s for statement in statements(key["values"]["policy"]) if statement["Effect"] == "Allow" and isinstance(statement["Principal"], dict) for s in listed(statement["Principal"].get("Service", []))}
        for service in ("events.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com"):
            if service not in services:
                yield f"{key['address']}: {service} may not use it, and fails to deliver in silence"
        for statement in statements(key["values"]["policy"]):
            # https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
            if EVENTBRIDGE in services(statement) and statement.get("Condition"):
                yield f"{key['address']}: for encrypted topics AWS supports no condition on EventBridge, which delivers nothing"


def table(suite, protected):
    for item in suite.of("aws_dynamodb_table"):
        at, values = item["address"], item["values"]
        if protected and not values["deletion_protection_enabled"]:
            yield f"{at}: it can be deleted by accident"
        if not values["point_in_time_recovery"][0]["enabled"]:
            yield f"{at}: no second of it can be restored"
        if not values["stream_enabled"]:
            yield f"{at}: notifiers get no hint"
        if any(t.get("enabled") and t.get("attribute_name") != "expires_at" for t in values.get("ttl") or []):
            yield f"{at}: findings may expire"
        notifiers = [f["values"] for f in suite.of("aws_lambda_function") if "alert-notifier" in f["values"]["function_name"]]
        channels = {f["environment"][0]["variables"].get("PLIMSOLL_CHANNEL", "?") for f in notifiers}
        indexes = {i["name"] for i in values["global_secondary_index"]}
        if indexes != {"open"} | {"due_" + channel.replace("-", "_") for channel in channels}:
            yield f"{at}: its indexes are {sorted(indexes)}, its channels {sorted(channels)}"


def metrics(alarm):
    """(metric, dimensions) of all that an alarm reads, by metric math or alone."""
    values = alarm["values"]
    if values.get("metric_name"):
        return [(values["metric_name"], values.get("dimensions") or {})]
    return [(m["metric_name"], m.get("dimensions") or {}) for q in values.get("metric_query") or [] for m in q.get("metric") or []]


def alarms(suite):
    found = suite.of("aws_cloudwatch_metric_alarm")
    watched = {(metric, value) for a in found for metric, dimensions in metrics(a) for value in dimensions.values()}
    for alarm in found:
        at, values = alarm["address"], alarm["values"]
        if not values["alarm_actions"]:
            yield f"{at}: nobody hears it"
        if set(values["ok_actions"] or []) & set(values["alarm_actions"]):
            yield f"{at}: who hears alarms hears of it when it is made, though nothing happened"
        if values["treat_missing_data"] == "breaching":
            yield f"{at}: it goes off when it is made, before there can be data"
        if len(metrics(alarm)) > LARGEST_ALARM:
            yield f"{at}: an alarm reads at most {LARGEST_ALARM} metrics"
        if not re.search(r"Runbook: docs/runbooks/alarms\.md#[a-z-]+$", values["alarm_description"]):
            yield f"{at}: it names no runbook"
    for queue in suite.of("aws_sqs_queue"):
        if queue["name"] != "events" and ("ApproximateNumberOfMessagesVisible", queue["values"]["name"]) not in watched:
            yield f"{queue['address']}: nobody would notice a message in it"
    for queue in suite.of("aws_sqs_queue", name="events"):
        if ("ApproximateAgeOfOldestMessage", queue["values"]["name"]) not in watched:
            yield f"{queue['address']}: nobody would notice that events wait"
    for rule in suite.of("aws_cloudwatch_event_rule"):
        if ("FailedInvocations", rule["values"]["name"]) not in watched:
            yield f"{rule['address']}: nobody would notice failed deliveries"
    for function in suite.of("aws_lambda_function"):
        name = function["values"]["function_name"]
        for metric in ("Errors", "Throttles"):
            if (metric, name) not in watched:
                yield f"{function['address']}: nobody would notice {metric.lower()}"
        scheduled = suite.of("aws_scheduler_schedule", function["module"])
        silent = [a for a in found if a["module"] == function["module"] and a["name"] == "silent"]
        if scheduled and not any(a["values"]["insufficient_data_actions"] and a["values"]["treat_missing_data"] == "missing" for a in silent):
            yield f"{function['address']}: nobody would notice that it does not run"


def faults(state, golden, protected=True):
    """Sentences, one for each fault, in the order of the resources."""
    suite = Suite(state)
    if not suite.of("aws_lambda_function"):
        return ["the state holds no function: there is nothing to check"]
    checks = (queues(suite), functions(suite), rules(suite), roles(suite, golden) if golden else (), schedules(suite), topics(suite), keys(suite), table(suite, protected), alarms(suite))
    return [fault for check in checks for fault in check]


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
    if len(arguments) != 1:
        sys.exit("usage: policies.py [--golden] [--unprotected] STATE.json|-")
    text = sys.stdin.read() if arguments[0] == "-" else pathlib.Path(arguments[0]).read_text()
    golden = json.loads((INFRA / "suite" / "golden" / "roles.json").read_text()) if "--golden" in sys.argv else None
    found = faults(json.loads(text), golden, protected="--unprotected" not in sys.argv)
    print("\n".join(found) if found else "every policy holds")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
