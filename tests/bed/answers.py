"""Answers of MiniStack 1.5.33 that differ from those of AWS in a way that matters here."""

import json
import time
from xml.sax.saxutils import escape

from ministack.core import responses
from ministack.services import cloudwatch, eventbridge, sqs

_put_events = eventbridge._put_events
_describe_alarms = cloudwatch._describe_alarms


def install():
    eventbridge._put_events = put_events
    cloudwatch._describe_alarms = describe_alarms
    sqs._HANDLERS["StartMessageMoveTask"] = move_messages


def put_events(data, allow_aws_source=False):
    """AWS refuses an entry whose Detail is no JSON object, and takes the others."""
    entries = data.get("Entries", [])
    good = [entry for entry in entries if _is_object(entry.get("Detail", "{}"))]
    if len(good) == len(entries):
        return _put_events(data, allow_aws_source)
    taken = []
    if good:
        taken = json.loads(_put_events({**data, "Entries": good}, allow_aws_source)[2])["Entries"]
    refusal = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    results = [taken.pop(0) if _is_object(entry.get("Detail", "{}")) else refusal for entry in entries]
    failed = sum("ErrorCode" in result for result in results)
    return responses.json_response({"FailedEntryCount": failed, "Entries": results})


def _is_object(text):
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def move_messages(data, _queue_url):
    """Back to the queue that they came from, all at once.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
    """
    arn = data.get("SourceArn", "")
    dead = sqs._queue_by_arn(arn)
    sources = [
        queue
        for queue in sqs._queues.values()
        if json.loads(queue["attributes"].get("RedrivePolicy") or "{}").get("deadLetterTargetArn") == arn
    ]
    if not dead or len(sources) != 1:
        raise sqs._Err("ResourceNotFoundException", f"{arn} is no dead-letter queue of one queue", 404)
    for message in dead["messages"]:
        message.update(receive_count=0, visible_at=0, receipt_handle=None)
    sources[0]["messages"].extend(dead["messages"])
    dead["messages"].clear()
    return {"TaskHandle": "bed"}


def describe_alarms(params, cbor, is_cbor, is_json=False):
    """The query protocol, which Terraform's provider speaks, gets half of an alarm, so that every plan shows a change."""
    if is_cbor or is_json:
        return _describe_alarms(params, cbor, is_cbor, is_json)
    query = {}
    for name in ("AlarmNames", "AlarmTypes"):
        members = (cloudwatch._p(params, f"{name}.member.{index}") for index in range(1, 101))
        query[name] = [member for member in members if member]
    for name in ("AlarmNamePrefix", "StateValue", "NextToken"):
        if value := cloudwatch._p(params, name):
            query[name] = value
    status, _, body = _describe_alarms({}, query, False, True)[:3]
    if status != 200:
        return _describe_alarms(params, cbor, is_cbor, is_json)
    result = f"<DescribeAlarmsResult>{_xml(json.loads(body))}</DescribeAlarmsResult>"
    return cloudwatch._xml(200, "DescribeAlarmsResponse", result)


def _xml(value, name=""):
    if isinstance(value, dict):
        kept = {k: v for k, v in value.items() if not k.startswith("_") and v is not None and v != ""}
        return "".join(f"<{key}>{_xml(item, key)}</{key}>" for key, item in kept.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if name.endswith("Timestamp") and isinstance(value, (int, float)):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(value))
    return escape(str(value))
