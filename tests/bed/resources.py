"""Everything that exists on the bed, so that a test can say that nothing was left behind."""

from ministack.services import (
    cloudwatch,
    cloudwatch_logs,
    dynamodb,
    eventbridge,
    iam,
    kms,
    lambda_svc,
    s3,
    scheduler,
    secretsmanager,
    sns,
    sqs,
)

#: Kind -> where MiniStack keeps it, by name.
STORES = {
    "alarm": cloudwatch._alarms,
    "bucket": s3._buckets,
    "dashboard": cloudwatch._dashboards,
    "event bus": eventbridge._event_buses,
    "event source mapping": lambda_svc._esms,
    "function": lambda_svc._functions,
    "key": kms._keys,
    "log group": cloudwatch_logs._log_groups,
    "queue": sqs._queues,
    "role": iam._roles,
    "rule": eventbridge._rules,
    "schedule": scheduler._schedules,
    "schedule group": scheduler._schedule_groups,
    "secret": secretsmanager._secrets,
    "subscription": sns._sub_arn_to_topic,
    "table": dynamodb._tables,
    "topic": sns._topics,
}
#: What every account has.
GIVEN = {("event bus", "default"), ("schedule group", "default")}


def resources():
    """`kind name`, sorted, of every account and region. A key that waits for its deletion is gone."""
    return sorted(
        f"{kind} {scoped[-1]}"
        for kind, store in STORES.items()
        for scoped, value in list(store._data.items())
        if (kind, scoped[-1]) not in GIVEN
        and not (kind == "key" and isinstance(value, dict) and value.get("KeyState") == "PendingDeletion")
    )
