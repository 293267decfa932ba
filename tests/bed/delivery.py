"""From a rule, a schedule, a topic or a queue to its target, as AWS does it.

MiniStack 1.5.33 delivers once, whatever the permissions, and forgets what it could not deliver.
"""

import contextvars
import json
import os
import time

from ministack.core import responses
from ministack.services import eventbridge, kms, lambda_svc, scheduler, sns, sqs
from permissions import policy_allows, resource_allows, role_allows
from state import STATE

#: (target, rule or schedule) that is being delivered to.
_TARGET = contextvars.ContextVar("bed_target", default=None)

_invoke_target = eventbridge._invoke_target
_send_to_queue = eventbridge._dispatch_to_sqs
_publish = eventbridge._dispatch_to_sns
_topic_to_function = sns._deliver_to_lambda
_create_mapping = lambda_svc._create_esm
_put_permission = eventbridge._put_permission


def install():
    eventbridge._invoke_target = invoke_target
    eventbridge._dispatch_to_lambda = to_function
    eventbridge._dispatch_to_sqs = to_queue
    eventbridge._dispatch_to_sns = to_topic
    eventbridge._dispatch_to_event_bus = to_bus
    eventbridge._put_permission = put_permission
    sns._deliver_to_lambda = topic_to_function
    lambda_svc._create_esm = create_mapping


def deliver(envelope, account=None):
    """Puts one envelope on a bus as AWS would, with nothing changed in it. Returns the names of the rules it met."""
    responses.set_request_account_id(account or os.environ.get("MINISTACK_ACCOUNT_ID", "000000000000"))
    responses.set_request_region(envelope.get("region"))
    record = {
        "EventId": envelope["id"],
        "Source": envelope["source"],
        "DetailType": envelope["detail-type"],
        "Detail": json.dumps(envelope.get("detail", {})),
        "EventBusName": envelope.get("_bus", "default"),
        "Time": envelope["time"],
        "Resources": envelope.get("resources", []),
        "Account": envelope["account"],
        "Region": envelope["region"],
        "Version": envelope.get("version", "0"),
    }
    view = eventbridge._pattern_event_view(record)
    matched = [
        rule["Name"]
        for rule in eventbridge._rules.values()
        if rule.get("EventPattern")
        and rule.get("State") == "ENABLED"
        and rule.get("EventBusName", "default") == record["EventBusName"]
        and eventbridge._matches_pattern_view(rule["EventPattern"], view, rule["Name"])
    ]
    eventbridge._dispatch_event(record, view)
    return matched


def fire(name, group="default", at=None):
    """Runs a schedule of the EventBridge Scheduler now, whatever its expression says. False if there is none."""
    for (account, region, _), schedule in list(scheduler._schedules._data.items()):
        if schedule.get("Name") != name or schedule.get("GroupName", "default") != group:
            continue
        responses.set_request_account_id(account)
        responses.set_request_region(region)
        event = {
            "EventId": responses.new_uuid(),
            "Source": "aws.scheduler",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "Time": int(at or time.time()),
            "Resources": [schedule.get("Arn", "")],
            "Account": account,
            "Region": region,
        }
        eventbridge._invoke_target(schedule["Target"], event, schedule)
        return True
    return False


def invoke_target(target, event, rule, view=None):
    """Fills in the Scheduler's context attributes, which MiniStack leaves as they stand.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    token = _TARGET.set((target, rule))
    if event.get("Source") == "aws.scheduler" and target.get("Input"):
        attributes = {
            "schedule-arn": rule.get("Arn", ""),
            "scheduled-time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(event["Time"])),
            "execution-id": responses.new_uuid(),
            "attempt-number": "1",
        }
        text = target["Input"]
        for name, value in attributes.items():
            text = text.replace(f"<aws.scheduler.{name}>", value)
        target = {**target, "Input": text}
    try:
        if event.get("Source") == "aws.scheduler" and target.get("EventBridgeParameters"):
            put_scheduled_event(target, event)
        else:
            _invoke_target(target, event, rule, view)
    finally:
        _TARGET.reset(token)


def put_scheduled_event(target, event):
    """A schedule whose target is a bus puts an event of the user's own on it, by leave of its role.
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """
    arn = target["Arn"]
    if not role_allows(target.get("RoleArn", ""), "events:PutEvents", arn):
        STATE.note("events", "(undelivered)", target.get("RoleArn"), f"no permission to put events on {arn}")
        return
    kind = target["EventBridgeParameters"]
    record = {
        **event,
        "Source": kind["Source"],
        "DetailType": kind["DetailType"],
        "Detail": target.get("Input") or "{}",
        "EventBusName": arn.split(":event-bus/", 1)[1],
        "Resources": [],
    }
    eventbridge._dispatch_event(record, eventbridge._pattern_event_view(record))


def to_function(arn, payload):
    """Asynchronous as on AWS: two retries, then the function's on-failure destination."""
    function, config, name = lambda_svc._get_func_record_for_ref(arn)
    if not function or not config:
        return undelivered(f"no function {name}", payload)
    unqualified = ":".join(arn.split(":")[:7])
    if not _may_reach(unqualified, "lambda:InvokeFunction", function.get("policy")):
        return undelivered(f"no permission to invoke {name}", payload)
    record = lambda_svc._execution_record_for_config(function, config)
    return lambda_svc.invoke_async_with_retry(record, json.loads(payload))


def to_queue(spec, payload, params=None):
    queue = sqs._queue_by_arn(str(spec))
    if not queue:
        return undelivered(f"no queue {spec}", payload)
    if not _may_reach(str(spec), "sqs:SendMessage", queue["attributes"].get("Policy")):
        return undelivered(f"no permission to send to {spec}", payload)
    return _send_to_queue(spec, payload, params)


def to_topic(arn, payload):
    """By leave of the topic's policy and, where it is encrypted, of its key's."""
    topic = sns._topics.get(arn)
    if not topic:
        return undelivered(f"no topic {arn}", payload)
    if not _may_reach(arn, "sns:Publish", topic["attributes"].get("Policy")):
        return undelivered(f"no permission to publish to {arn}", payload)
    key = kms._resolve_key(topic["attributes"].get("KmsMasterKeyId") or "")
    if key and not _may_reach(key["Arn"], "kms:GenerateDataKey", key.get("Policy")):
        return undelivered(f"no permission to use the key of {arn}", payload)
    return _publish(arn, payload)


def to_bus(spec, event, rule, event_path, target_input_payload=None):
    """To a bus of another region or account: with the target's role, and by leave of the bus's policy."""
    target, _ = _TARGET.get() or ({}, {})
    arn = f"arn:aws:events:{spec.region}:{spec.account_id}:{spec.resource}"
    role = target.get("RoleArn", "")
    if not role_allows(role, "events:PutEvents", arn):
        return undelivered(f"no permission to put events on {arn}", json.dumps(event))
    name = spec.resource.split("/", 1)[1]
    account, region = responses.get_account_id(), responses.get_region()
    try:
        responses.set_request_account_id(spec.account_id)
        responses.set_request_region(spec.region)
        if name not in eventbridge._event_buses:
            problem = f"no bus {arn}"
        elif spec.account_id != account and not policy_allows(
            eventbridge._event_bus_policies.get(name), role, account, "events:PutEvents", arn
        ):
            problem = f"no permission of the bus {arn}"
        else:
            # The event keeps its account and region, as on AWS.
            path = [*event_path, eventbridge._rule_key(rule.get("Name"), rule.get("EventBusName", "default"))]
            return eventbridge._dispatch_event({**event, "EventBusName": name, "_DispatchPath": path})
    finally:
        responses.set_request_account_id(account)
        responses.set_request_region(region)
    return undelivered(problem, json.dumps(event))


def put_permission(data):
    """A whole policy at once, which MiniStack takes for one statement for everybody."""
    if not data.get("Policy"):
        return _put_permission(data)
    eventbridge._event_bus_policies[data.get("EventBusName", "default")] = json.loads(data["Policy"])
    return responses.json_response({})


def undelivered(why, payload):
    """EventBridge and the Scheduler put what they cannot hand over on the target's own dead-letter queue."""
    target, rule = _TARGET.get() or ({}, {})
    STATE.note("events", "(undelivered)", rule.get("Name"), why)
    arn = (target.get("DeadLetterConfig") or {}).get("Arn")
    queue = arn and sqs._queue_by_arn(arn)
    if not queue:
        return
    _send_to_queue(eventbridge.parse_arn(arn), payload)
    attributes = {
        "ERROR_CODE": "NO_PERMISSIONS" if "permission" in why else "NO_RESOURCE",
        "ERROR_MESSAGE": why,
        "RULE_ARN": rule.get("Arn", ""),
        "TARGET_ARN": target.get("Arn", ""),
    }
    queue["messages"][-1]["message_attributes"] = {
        name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
    }


def topic_to_function(endpoint, envelope, topic_arn, *rest, **named):
    function, _, name = lambda_svc._get_func_record_for_ref(endpoint)
    policy = function and function.get("policy")
    if function and not resource_allows(policy, "sns.amazonaws.com", "lambda:InvokeFunction", endpoint, topic_arn):
        return STATE.note("sns", "(undelivered)", topic_arn, f"no permission to invoke {name}")
    return _topic_to_function(endpoint, envelope, topic_arn, *rest, **named)


def create_mapping(data):
    """AWS refuses an event source mapping whose function may not read the queue."""
    arn = data.get("EventSourceArn", "")
    _, config, _ = lambda_svc._get_func_record_for_ref(data.get("FunctionName", ""))
    if config and ":sqs:" in arn:
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
            if not role_allows(config.get("Role", ""), f"sqs:{action}", arn):
                words = f"The function execution role does not have permissions to call {action} on SQS"
                return responses.error_response_json("InvalidParameterValueException", words, 400)
    return _create_mapping(data)


def _may_reach(arn, action, policy):
    """A schedule acts by its role, a rule by the target's policy."""
    target, rule = _TARGET.get() or ({}, {})
    if "ScheduleExpressionTimezone" in rule or ":schedule/" in rule.get("Arn", ""):
        return role_allows(target.get("RoleArn", ""), action, arn)
    return resource_allows(policy, "events.amazonaws.com", action, arn, rule.get("Arn", ""))
