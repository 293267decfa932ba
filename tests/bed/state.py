"""What the bed remembers between two resets: calls, faults, canned answers, webhooks."""

import json
import pathlib


class State:
    def __init__(self):
        self.auth = False
        self.port = 0
        self._fixtures = None
        self.clear()

    def start(self, auth, fixtures, port):
        self.auth, self._fixtures, self.port = auth, fixtures, port
        self.clear()

    def clear(self):
        #: Every AWS call, in order: service, op, who, status, ms.
        self.calls = []
        #: What goes wrong next; see README.md.
        self.faults = []
        #: (service, operation) -> canned answers, the newest first.
        self.stubs = {}
        #: Name of a webhook -> what it received.
        self.hooks = {}
        #: Name of a webhook -> its next answers.
        self.plans = {}
        if self._fixtures:
            for file in pathlib.Path(self._fixtures).glob("*/*.json"):
                self.stub({"service": file.parent.name, "op": file.stem, "body": json.loads(file.read_text())})

    def stub(self, stub):
        self.stubs.setdefault((stub["service"], stub["op"]), []).insert(0, stub)

    def note(self, service, op, who, why):
        """Something that AWS would have done silently."""
        self.calls.append({"service": service, "op": op, "who": who, "status": 0, "why": why})


STATE = State()
