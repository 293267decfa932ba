"""What answers on the port: the control API first, then faults and canned answers, then MiniStack. README.md has both."""

import asyncio
import json
import re
import time
from importlib.metadata import version
from urllib.parse import parse_qsl

import ministack.app as ministack
from calls import identify
from delivery import deliver, fire
from permissions import role_name
from resources import resources
from state import STATE

#: Services by the name in a signature. Others would fall through to S3, which says nothing that helps.
KNOWN = (
    set(ministack.SERVICE_HANDLERS)
    | set(ministack.SERVICE_NAME_ALIASES)
    | {"ses", "execute-api", "elasticloadbalancing", "monitoring", "cognito-identity"}
)


async def front(scope, receive, send):
    if scope["type"] != "http":
        await ministack.app(scope, receive, send)
        return
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            return
        body += event.get("body", b"")
        more = event.get("more_body", False)
    headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if scope["path"].startswith("/_bed/"):
        await control(scope, headers, body, send)
    else:
        await call(scope, headers, body, receive, send)


async def call(scope, headers, body, receive, send):
    """One AWS call: noted, then faulty, canned, refused or real."""
    service, op, who = identify(scope, headers, body)
    note = {"service": service, "op": op, "who": who, "role": role_name(who)}
    started = time.monotonic()

    async def noted(event):
        if event["type"] == "http.response.start":
            note["status"] = event["status"]
            note["ms"] = round((time.monotonic() - started) * 1000, 1)
        elif note.get("status", 0) >= 400:
            note["code"] = _code(event.get("body", b"")) or note.get("code")
        await send(event)

    async def once():
        if sent:
            return await receive()
        sent.append(True)
        return {"type": "http.request", "body": body, "more_body": False}

    sent = []
    if not service:
        await ministack.app(scope, once, noted)
        return
    STATE.calls.append(note)
    if service == "dynamodb" and op == "Query":
        note["index"] = json.loads(body).get("IndexName")
    fault = _next_fault(service, op, who)
    if fault:
        note["fault"] = True
        await asyncio.sleep(fault.get("delay_ms", 0) / 1000)
        if fault.get("drop"):
            note["status"] = "dropped"
            raise ConnectionResetError
        if fault.get("lose_answer"):
            await ministack.app(scope, once, _nowhere)
            note["status"] = "answer lost"
            raise ConnectionResetError
        if fault.get("status"):
            await _error(noted, service, headers, fault["status"], fault.get("code", "InternalFailure"), "by the bed")
            return
    for stub in STATE.stubs.get((service, op), ()):
        asked = json.loads(body) if body[:1] == b"{" else {}
        if _holds(asked, stub.get("match", {})):
            note["stub"] = True
            await _reply(noted, stub.get("status", 200), stub["body"])
            return
    if service not in KNOWN:
        await _error(noted, service, headers, 501, "BedNotStubbed", f"nobody answers {service}.{op}: add a stub")
        return
    await ministack.app(scope, once, noted)


async def control(scope, headers, body, send):
    path, method = scope["path"], scope["method"]
    query = dict(parse_qsl(scope.get("query_string", b"").decode()))
    what, _, name = path.removeprefix("/_bed/").partition("/")
    name = name.split("/")[0]
    given = json.loads(body) if body and what != "hook" else None
    if what == "health":
        answer = {"port": STATE.port, "ministack": version("ministack"), "auth": STATE.auth}
    elif what == "deliver":
        envelopes = given if isinstance(given, list) else [given]
        answer = {"matched": [deliver(envelope, query.get("account")) for envelope in envelopes]}
    elif what == "fire":
        answer = {"fired": fire(given["name"], given.get("group", "default"), given.get("at"))}
    elif what == "faults":
        if method == "POST":
            STATE.faults.extend(given)
        elif method == "DELETE":
            STATE.faults.clear()
        answer = STATE.faults
    elif what == "calls":
        if method == "DELETE":
            STATE.calls.clear()
        answer = [it for it in STATE.calls if all(str(it.get(key)) == value for key, value in query.items())]
    elif what == "resources":
        answer = resources()
    elif what == "stub":
        STATE.stub(given)
        answer = {}
    elif what == "reset":
        await asyncio.to_thread(ministack._reset_all_state)
        STATE.clear()
        answer = {}
    elif what == "hook-plan":
        STATE.plans.setdefault(name, []).extend(given)
        answer = {}
    elif what == "hooks":
        answer = STATE.hooks.get(name, [])
    elif what == "hook":
        await _hook(name, path, headers, body, send)
        return
    else:
        await _reply(send, 404, {"error": f"the bed has no {path}"})
        return
    await _reply(send, 200, answer)


async def _hook(name, path, headers, body, send):
    """A webhook: keeps what it gets and answers as planned, else 200 `ok` as Slack does."""
    plans = STATE.plans.get(name)
    plan = plans.pop(0) if plans else {}
    status = plan.get("status", 200)
    received = {"path": path, "headers": headers, "body": body.decode(errors="replace"), "answered": status}
    STATE.hooks.setdefault(name, []).append({**received, "at": time.time()})
    await asyncio.sleep(plan.get("delay_ms", 0) / 1000)
    more = [(key.lower().encode(), value.encode()) for key, value in plan.get("headers", {}).items()]
    await _reply(send, status, plan.get("body", "ok").encode(), more)


def _code(body):
    """The code of an error, in whichever protocol."""
    found = re.search(rb'"__type": *"(?:[^"#]*#)?(\w+)"|<Code>(\w+)</Code>', body)
    return found and (found[1] or found[2]).decode()


def _next_fault(service, op, who):
    """The first fault that fits and is not used up."""
    for fault in STATE.faults:
        fits = all(fault.get(key, value) == value for key, value in (("service", service), ("op", op), ("who", who)))
        if fits and fault.get("times", 1) != 0:
            if "times" in fault:
                fault["times"] -= 1
            return fault
    return None


def _holds(have, want):
    """Whether `have` holds all of `want`, at any depth."""
    if isinstance(want, dict):
        return isinstance(have, dict) and all(key in have and _holds(have[key], value) for key, value in want.items())
    return have == want


async def _nowhere(_event):
    pass


async def _error(send, service, headers, status, code, message):
    """An error in the protocol that the caller speaks."""
    if service == "s3" or headers.get("content-type", "").startswith("application/x-www-form"):
        error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        if service != "s3":
            error = f"<ErrorResponse>{error}<RequestId>bed</RequestId></ErrorResponse>"
        await _reply(send, status, error.encode(), [(b"content-type", b"text/xml")])
        return
    await _reply(send, status, {"__type": code, "message": message}, [(b"x-amzn-errortype", code.encode())])


async def _reply(send, status, body, headers=()):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = dict([(b"content-type", b"application/json"), *headers])
    head[b"content-length"] = str(len(content)).encode()
    await send({"type": "http.response.start", "status": status, "headers": list(head.items())})
    await send({"type": "http.response.body", "body": content})
