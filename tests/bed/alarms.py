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
_describe_alarms = cloudwatch._describe_alarms

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
    """Keeps the metrics of metric math. The AWS provider speaks CBOR or JSON here."""
    queries = (body or {}).get("Metrics") or []
    read = [query for query in queries if query.get("MetricStat")]
    if len(read) > _LARGEST or any(q["Expression"] not in _COMBINE for q in queries if q.get("Expression")):
        return responses.error_response_json("ValidationError", "the bed has no alarm like that", 400)
    if queries:
        # Before the alarm is evaluated for the first time, which the original does.
        _QUERIES[body["AlarmName"]] = queries
    else:
        _QUERIES.pop((body or {}).get("AlarmName"), None)
    answer = _put_metric_alarm(params, body, is_cbor, is_json)
    alarm = cloudwatch._alarms.get((body or {}).get("AlarmName", ""))
    if queries and alarm:
        alarm["Metrics"] = queries
        for name in (*_SINGLE, "Period"):
            alarm.pop(name, None)
    return answer


#: Name of an alarm -> its metric queries, until they are on the alarm itself.
_QUERIES = {}


def evaluate(alarm):
    queries = alarm.get("Metrics") or _QUERIES.get(alarm["AlarmName"])
    if not queries:
        return _evaluate_alarm(alarm)
    expression = next(q["Expression"] for q in queries if q.get("Expression"))
    values = [value for q in queries if q.get("MetricStat") for value in _values(q["MetricStat"], alarm)]
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
