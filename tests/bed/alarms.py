"""CloudWatch alarms as AWS has them where MiniStack has less.

MiniStack 1.5.33 forgets the metrics of an alarm on metric math, and publishes whatever the topic's policy says. That an
alarm changed its state is an event on the default bus, which MiniStack does not put there.
"""

import json
import time

from ministack.core import responses
from ministack.services import cloudwatch, eventbridge, sns
from permissions import resource_allows
from state import STATE

_put_metric_alarm = cloudwatch._put_metric_alarm
_evaluate_alarm = cloudwatch._evaluate_alarm
_dispatch_alarm_actions = cloudwatch._dispatch_alarm_actions

#: What an alarm lacks that reads several metrics.
_SINGLE = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Unit")
_COMBINE = {"SUM(METRICS())": sum, "MAX(METRICS())": max}
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create-alarm-on-metric-math-expression.html
_LARGEST = 10


def install():
    cloudwatch._put_metric_alarm = put_metric_alarm
    cloudwatch._evaluate_alarm = evaluate
    cloudwatch._dispatch_alarm_actions = changed


def put_metric_alarm(params, body, is_cbor, is_json=False):
    """Keeps what the query protocol loses, which Terraform's provider speaks: metric math, and who hears that data ends."""
    given = body if is_cbor or is_json else _from_form(params)
    name, queries = given.get("AlarmName", ""), given.get("Metrics") or []
    read = [query for query in queries if query.get("MetricStat")]
    if len(read) > _LARGEST or any(q["Expression"] not in _COMBINE for q in queries if q.get("Expression")):
        return cloudwatch._error("ValidationError", "the bed has no alarm like that", 400, use_json=is_json, use_cbor=is_cbor)
    # Before the alarm is evaluated for the first time, which the original does.
    _QUERIES[name] = queries
    answer = _put_metric_alarm(params, body, is_cbor, is_json)
    alarm = cloudwatch._alarms.get(name)
    if alarm:
        alarm["InsufficientDataActions"] = given.get("InsufficientDataActions") or []
    if alarm and queries:
        alarm["Metrics"] = queries
        for single in (*_SINGLE, "Period"):
            alarm.pop(single, None)
    return answer


def _from_form(params):
    def value(key):
        return cloudwatch._p(params, key)

    def members(prefix, read):
        found, number = [], 1
        while (one := read(f"{prefix}.member.{number}")) is not None:
            found.append(one)
            number += 1
        return found

    def dimension(at):
        return {"Name": value(f"{at}.Name"), "Value": value(f"{at}.Value")} if value(f"{at}.Name") else None

    def query(at):
        if not value(f"{at}.Id"):
            return None
        found = {"Id": value(f"{at}.Id"), "ReturnData": value(f"{at}.ReturnData") == "true"}
        found |= {key: value(f"{at}.{key}") for key in ("Expression", "Label") if value(f"{at}.{key}")}
        stat = f"{at}.MetricStat"
        if value(f"{stat}.Stat"):
            metric = f"{stat}.Metric"
            found["MetricStat"] = {
                "Metric": {
                    "Namespace": value(f"{metric}.Namespace"),
                    "MetricName": value(f"{metric}.MetricName"),
                    "Dimensions": members(f"{metric}.Dimensions", dimension),
                },
                "Period": int(value(f"{stat}.Period")),
                "Stat": value(f"{stat}.Stat"),
            }
        return found

    return {
        "AlarmName": value("AlarmName"),
        "InsufficientDataActions": members("InsufficientDataActions", lambda at: value(at) or None),
        "Metrics": members("Metrics", query),
    }


#: Name of an alarm -> its metric queries, until they are on the alarm itself.
_QUERIES = {}


def evaluate(alarm):
    """One value of all periods together, by the metric's dimensions, which MiniStack leaves out of an alarm on one metric."""
    queries = alarm.get("Metrics") or _QUERIES.get(alarm["AlarmName"])
    if not queries and (not alarm.get("MetricName") or alarm["ComparisonOperator"] != "GreaterThanOrEqualToThreshold"):
        return _evaluate_alarm(alarm)
    stats = [q["MetricStat"] for q in queries or [] if q.get("MetricStat")] or [_single(alarm)]
    expression = next((q["Expression"] for q in queries or [] if q.get("Expression")), "MAX(METRICS())")
    values = [value for stat in stats for value in _values(stat, alarm)]
    if not values:
        return None
    value = _COMBINE[expression](values)
    new = "ALARM" if value >= alarm["Threshold"] else "OK"
    old = alarm["StateValue"]
    if new == old:
        return None
    reason = f"Threshold Crossed: {expression} {value} {alarm['ComparisonOperator']} {alarm['Threshold']}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    return cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)


def _single(alarm):
    metric = {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")}
    return {"Metric": metric, "Stat": alarm["Statistic"], "Period": alarm["Period"]}


def _values(stat, alarm):
    """At most one value: the statistic of what was measured in time. A metric is its name and its dimensions."""
    metric = stat["Metric"]
    wanted = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    since = time.time() - int(stat["Period"]) * int(alarm.get("EvaluationPeriods", 1))
    points = [
        point
        for (namespace, name, _), found in cloudwatch._metrics.items()
        if (namespace, name) == (metric["Namespace"], metric["MetricName"])
        for point in found
        if point["Timestamp"] >= since and point.get("Dimensions", {}) == wanted
    ]
    if points:
        yield cloudwatch._stat_value(cloudwatch._calc_stats(points), stat["Stat"], points)


def changed(alarm, old_state, new_state, reason):
    """CloudWatch may publish where the topic's policy lets it; EventBridge hears of it in any case.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    """
    tell(alarm, old_state, new_state)
    for topic_arn in alarm.get("AlarmActions", []):
        policy = (sns._topics.get(topic_arn) or {}).get("attributes", {}).get("Policy")
        if not resource_allows(policy, "cloudwatch.amazonaws.com", "sns:Publish", topic_arn, alarm.get("AlarmArn", "")):
            return STATE.note("monitoring", "(undelivered)", alarm.get("AlarmName"), f"no permission to publish to {topic_arn}")
    return _dispatch_alarm_actions(alarm, old_state, new_state, reason)


def tell(alarm, old_state, new_state):
    if old_state == new_state:
        return
    detail = {"alarmName": alarm["AlarmName"], "state": {"value": new_state}, "previousState": {"value": old_state}}
    record = {
        "EventId": responses.new_uuid(),
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Detail": json.dumps(detail),
        "EventBusName": "default",
        "Time": time.time(),
        "Resources": [alarm["AlarmArn"]],
        "Account": responses.get_account_id(),
        "Region": responses.get_region(),
    }
    eventbridge._dispatch_event(record, eventbridge._pattern_event_view(record))
