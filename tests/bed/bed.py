#!/usr/bin/env python3
"""The test bed: AWS on this machine, in one process behind one port of 127.0.0.1.

MiniStack answers the AWS APIs and runs functions; this launcher adds what an end-to-end test needs and MiniStack lacks:
real event envelopes, refused permissions, faults on demand, a journal of calls and a sink for webhooks. README.md has
the control API. Nothing of the caller's AWS configuration reaches MiniStack or a function.
"""

import argparse
import asyncio
import json
import os
import pathlib
import socket
import sys
import threading
from importlib.metadata import version

# Private functions of this very version are replaced: check them one by one before another is used.
MINISTACK = "1.5.33"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--ready-file", help="written when the bed answers: port, pid, url as JSON")
    parser.add_argument("--fixtures", help="folder of <service>/<Operation>.json: canned answers")
    parser.add_argument("--auth", action="store_true", help="enforce IAM: a function may what its role allows")
    parser.add_argument("--exit-on-eof", action="store_true", help="end when standard input closes: no orphans")
    parser.add_argument("--log-level", default="WARNING")
    return parser.parse_args()


def bind(port):
    """Bound before anything starts, so that no two beds race for a port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(512)
    return listener


def isolate(options, url, port):
    """MiniStack reads its settings from the environment, and functions inherit it."""
    proxies = ("http_proxy", "https_proxy", "all_proxy")
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower() in proxies:
            del os.environ[name]
    os.environ.update(
        AUTH=str(options.auth).lower(),
        AWS_ACCESS_KEY_ID="test",
        AWS_EC2_METADATA_DISABLED="true",
        AWS_ENDPOINT_URL=url,
        AWS_SECRET_ACCESS_KEY="test",
        GATEWAY_PORT=str(port),
        IOT_MTLS_ENABLED="0",
        LOG_LEVEL=options.log_level,
        MINISTACK_ACCOUNT_ID="111122223333",
        MINISTACK_HOST="localhost",
        PERSIST_STATE="0",
        S3_PERSIST="0",
        SFTP_ENABLED="0",
    )
    os.environ.setdefault("LAMBDA_ASYNC_RETRY_BASE_SECONDS", "0.1")
    os.environ.setdefault("MINISTACK_REGION", "us-east-1")


async def serve(options, listener, url, front):
    from hypercorn.asyncio import serve as answer
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.loglevel = options.log_level
    ready = json.dumps({"port": listener.getsockname()[1], "pid": os.getpid(), "url": url})
    if options.ready_file:
        # Renamed into place, so that nobody reads half of it.
        half = pathlib.Path(options.ready_file + ".half")
        half.write_text(ready)
        half.replace(options.ready_file)
    print(ready, flush=True)
    if options.exit_on_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    await answer(front, config)


def main():
    options = arguments()
    if version("ministack") != MINISTACK:
        sys.exit(f"the bed needs ministack {MINISTACK} and found {version('ministack')}; see requirements.txt")
    listener = bind(options.port)
    port = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    isolate(options, url, port)

    # Only now: MiniStack reads the environment when it is imported.
    from state import STATE

    STATE.start(auth=options.auth, fixtures=options.fixtures, port=port)
    import alarms
    import answers
    import delivery
    import functions
    import permissions

    alarms.install()
    answers.install()
    delivery.install()
    functions.install()
    permissions.install()
    from front import front

    try:
        asyncio.run(serve(options, listener, url, front))
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
