"""Which AWS call a request is: service, operation, access key. Read from its signature and its form."""

import functools
import re

import botocore.session

_SESSION = botocore.session.get_session()
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4")
#: Services whose name in the signature is not their name in botocore.
_MODELS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "email": "sesv2"}


def identify(scope, headers, body):
    """(service, operation, access key id); three times None for what is not signed."""
    signed = _CREDENTIAL.search(headers.get("authorization", ""))
    if not signed:
        return None, None, None
    who, _region, service = signed.groups()
    return service, _operation(service, scope, headers, body), who


def _operation(service, scope, headers, body):
    if "x-amz-target" in headers:
        return headers["x-amz-target"].rsplit(".", 1)[-1]
    if headers.get("content-type", "").startswith("application/x-www-form"):
        action = re.search(rb"(?:^|&)Action=(\w+)", body)
        return action and action.group(1).decode()
    if "/operation/" in scope["path"]:
        return scope["path"].rsplit("/", 1)[-1]
    for method, pattern, operation in _rest_operations(service):
        if method == scope["method"] and pattern.match(scope["path"]):
            return operation
    return None


@functools.cache
def _rest_operations(service):
    """(method, pattern of the path, operation), those with the longest fixed text first."""
    try:
        model = _SESSION.get_service_model(_MODELS.get(service, service))
    except Exception:  # botocore has many ways to say that it knows no such service
        return []
    operations = []
    for name in model.operation_names:
        http = model.operation_model(name).http
        # Some models end a path with a slash; not every SDK sends it.
        path = http.get("requestUri", "/").split("?")[0].rstrip("/")
        pattern = re.sub(
            r"\\\{[^}]*?(\\\+)?\\\}", lambda hole: "(.+)" if hole.group(1) else "([^/]+)", re.escape(path)
        )
        fixed = len(re.sub(r"\{[^}]*\}", "", path))
        operations.append((fixed, http.get("method"), re.compile(f"^{pattern}/?$"), name))
    operations.sort(key=lambda it: -it[0])
    return [it[1:] for it in operations]
