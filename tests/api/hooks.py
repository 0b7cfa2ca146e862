"""Signs the requests of a schema run: as a person, or as an administrator if the document says so.

Some requests end their session. So each secured DELETE has its own session, and a session that
turns out to have ended is replaced.
"""

from __future__ import annotations

import json
import os
import threading
import urllib.request
import uuid

import schemathesis

BASE = os.environ["API_BASE_URL"]
ADMIN = os.environ["API_ADMIN_TOKEN"]
PASSWORD = "correct horse battery"
LOCK = threading.Lock()
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
shared: list[str] = []


def post(path: str, body: dict[str, str]) -> dict[str, str]:
    request = urllib.request.Request(
        BASE + path, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with OPENER.open(request, timeout=40) as response:
        return json.load(response)


def new_session() -> str:
    email = f"success+{uuid.uuid4().hex}@simulator.amazonses.com"
    post("/api/users", {"name": "Ada Lovelace", "email": email, "password": PASSWORD})
    return post("/api/sessions", {"email": email, "password": PASSWORD})["token"]


@schemathesis.auth(refresh_interval=None)
class Session:
    def get(self, case: schemathesis.Case, context: object) -> str | None:
        operation = case.operation.definition.raw
        if not operation["security"]:
            return None
        if "admin" in operation.get("x-roles", []):
            return ADMIN
        if case.method.upper() == "DELETE":
            return new_session()
        with LOCK:
            if not shared:
                shared.append(new_session())
            return shared[0]

    def set(self, case: schemathesis.Case, data: str | None, context: object) -> None:
        if data:
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def after_call(context: object, case: schemathesis.Case, response: schemathesis.Response) -> None:
    sent = (case.headers or {}).get("Authorization", "").removeprefix("Bearer ")
    if response.status_code == 401:
        with LOCK:
            if sent in shared:
                shared.remove(sent)
