"""Whether a service may reach a target: by the target's resource policy, or by the role that it was given.

MiniStack asks neither when EventBridge, the Scheduler, SNS or an event source mapping calls a function or a queue.
"""

import json
import re

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core import responses
from ministack.services import sts
from state import STATE

_SESSION = re.compile(r"arn:([^:]+):sts::(\d+):assumed-role/([^/]+)/")

_condition_value = iam_evaluator._resolve_condition_key


def install():
    iam_evaluator._resolve_condition_key = condition_value


def condition_value(key, context):
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    name = key.lower()
    if name == "aws:securetransport":
        # AWS is spoken to over TLS, the bed is not: what denies plain text must not deny everything.
        return "true"
    value = _condition_value(key, context)
    if name == "aws:principalarn" and isinstance(value, str):
        return _role_of(value) or value
    return value


def role_name(access_key_id):
    """The name of the role that a session with this key has; None for a key that is no session."""
    session = sts._sessions.get(access_key_id) or {}
    found = _SESSION.match(session.get("Arn", ""))
    return found and found[3]


def _role_of(arn):
    """AWS compares with the role, not with its session."""
    found = _SESSION.match(arn)
    return found and f"arn:{found[1]}:iam::{found[2]}:role/{found[3]}"


def resource_allows(policy, service, action, resource, source_arn):
    """Does the resource's own policy let `service` do `action` on behalf of `source_arn`?

    EventBridge sends no condition keys when it publishes to a topic, and none to the topic's key.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
    """
    if not STATE.auth:
        return True
    sends_none = service == "events.amazonaws.com" and action.split(":")[0] in ("sns", "kms")
    sent = {} if sends_none else {"aws:sourcearn": source_arn, "aws:sourceaccount": responses.get_account_id()}
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context=sent,
    )
    return iam_evaluator.evaluate_resource_policy(policy or "", context, service=service).decision == "Allow"


def policy_allows(policy, role_arn, account, action, resource):
    """Does the resource's own policy let that role of another account do `action`?"""
    if not STATE.auth:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=role_arn,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={},
    )
    document = json.dumps(policy or {})
    return iam_evaluator.evaluate_resource_policy(document, context, service=action.split(":")[0]).decision == "Allow"


def role_allows(role_arn, action, resource):
    """Do the role's identity policies allow it?"""
    if not STATE.auth:
        return True
    region, account = responses.get_region(), responses.get_account_id()
    credentials = lambda_runtime.execution_credentials(
        {
            "FunctionName": "bed-check",
            "Role": role_arn,
            "FunctionArn": f"arn:aws:lambda:{region}:{account}:function:bed-check",
        }
    )
    service = action.split(":")[0]
    refusal = iam_evaluator.enforce(credentials["AWS_ACCESS_KEY_ID"], action, service, region, resource_arn=resource)
    return refusal is None
