"""Whether a service may reach a target: by the target's resource policy, or by the role that it was given.

MiniStack asks neither when EventBridge, the Scheduler, SNS or an event source mapping calls a function or a queue.
"""

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core import responses
from state import STATE


def resource_allows(policy, service, action, resource, source_arn):
    """Does the resource's own policy let `service` do `action` on behalf of `source_arn`?"""
    if not STATE.auth:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=responses.get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": responses.get_account_id()},
    )
    return iam_evaluator.evaluate_resource_policy(policy or "", context, service=service).decision == "Allow"


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
