"""What a person sees of a running cloud: its addresses, its mails, its logs."""

from __future__ import annotations

import json
import shlex
import subprocess
import urllib.request
from typing import Any

import deploy
import programs
from options import HERE, Options
from steps import say


class NotRunning(Exception):
    """There is no cloud to speak of."""


def read(options: Options) -> dict[str, Any]:
    try:
        return json.loads(options.description.read_text())
    except OSError:
        raise NotRunning(f"no local cloud runs in {options.state}; `make run` or `make up` starts one") from None


def print_addresses(cloud: dict[str, Any]) -> None:
    base = cloud["base_url"]
    say(f"""
  The API, through the CDN's stand-in   {base}
  The API, past it                      {cloud['api_url']}
  AWS                                   {cloud['aws_endpoint_url']}
  Cache                                 {cloud['redis_url']}

  Try, in another terminal:

{chr(10).join(to_try(base))}
""")


def to_try(base: str) -> list[str]:
    """Five commands that work when they are pasted, one after the other."""
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}
    session = {key: person[key] for key in ("email", "password")}
    json_type = "-H 'content-type: application/json'"
    first_id = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"items\"][0][\"id\"])'"
    token = "python3 -c 'import json,sys; print(json.load(sys.stdin)[\"token\"])'"
    return [
        f"curl -s {base}/api/users {json_type} -d {shlex.quote(json.dumps(person))}",
        f"TOKEN=$(curl -s {base}/api/sessions {json_type} -d {shlex.quote(json.dumps(session))} | {token})",
        f"PRODUCT=$(curl -s '{base}/api/products?limit=5' | tee /dev/stderr | {first_id})",
        f"curl -s {base}/api/orders -H \"authorization: Bearer $TOKEN\" {json_type} -H 'idempotency-key: first' "
        "-d \"{\\\"items\\\": [{\\\"product_id\\\": \\\"$PRODUCT\\\", \\\"quantity\\\": 2}]}\"",
        "make mail",
    ]


def print_mail(options: Options) -> None:
    """Every mail that SES holds, oldest first."""
    cloud = read(options)
    with urllib.request.urlopen(f"{cloud['aws_endpoint_url']}/_ministack/ses/messages", timeout=10) as response:
        held = json.load(response)
    messages = held["messages"] if isinstance(held, dict) else held
    for message in messages:
        print(as_text(message))
    if not messages:
        print("no mail yet")


def as_text(message: dict[str, Any]) -> str:
    return json.dumps(message, indent=2)


def print_logs(options: Options, function: str) -> int:
    cloud = read(options)
    options.ports["emulator"] = int(cloud["aws_endpoint_url"].rsplit(":", 1)[1])
    name = function if function.startswith(f"{cloud['stack']}-") else f"{cloud['stack']}-{function}"
    command = [str(programs.find().tools_python), str(HERE / "aws_side.py"), "logs", name]
    return subprocess.run(command, env=deploy.local_environment(options)).returncode
