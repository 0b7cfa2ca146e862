"""What a person sees of a running cloud: its addresses, its mails, its logs."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from typing import Any

import environments
import programs
from options import HERE, Options
from steps import say


class NotRunning(Exception):
    """No local cloud is running."""


def read(options: Options) -> dict[str, Any]:
    try:
        return json.loads(options.description.read_text())
    except OSError:
        raise NotRunning(
            f"no local cloud runs in {options.state}; `make run` or `make up` starts one"
        ) from None


def print_addresses(cloud: dict[str, Any]) -> None:
    base = cloud["base_url"]
    say(f"""
  API, through the CDN's stand-in   {base}
  API Gateway, for the stand-in only  {cloud["api_url"]}
  AWS                               {cloud["aws_endpoint_url"]}
  cache                             {cloud["redis_url"]}
  rate limits                       {cloud["limits"] or "those of the code, as on AWS"}

  Try these six commands, in this folder:
""")
    for command in to_try(base):
        say(command)
    say()


def to_try(base: str) -> list[str]:
    """Six commands to paste one after the other: register, confirm the address, sign in, look at a
    product, order, and read the mail."""
    body = "-H 'content-type: application/json' -d"
    person = '{"name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}'
    session = '{"email": "ada@example.com", "password": "correct horse battery"}'
    confirmed = '{\\"token\\": \\"${LINK##*#}\\"}'
    order = '{\\"items\\": [{\\"product_id\\": \\"$PRODUCT\\", \\"quantity\\": 2}]}'
    return [
        f"curl -s {base}/api/users {body} '{person}'",
        'until LINK=$(make -s mail | grep "/verify#"); do sleep 1; done; '
        f'curl -s {base}/api/verifications {body} "{confirmed}"',
        f"TOKEN=$(curl -s {base}/api/sessions {body} '{session}' | {pick('token')})",
        f"PRODUCT=$(curl -s '{base}/api/products?limit=3' | {pick('items', 0, 'id')}); "
        f"curl -s {base}/api/products/$PRODUCT",
        f'curl -s {base}/api/orders -H "authorization: Bearer $TOKEN" '
        f"-H 'idempotency-key: one' {body} \"{order}\"",
        "make mail",
    ]


def pick(*path: str | int) -> str:
    """A filter that prints one value of a JSON text. It needs only Python."""
    steps = "".join(f"[{step!r}]" for step in path).replace("'", '"')
    return f"python3 -c 'import json, sys; print(json.load(sys.stdin){steps})'"


def print_mail(options: Options) -> None:
    """Prints every mail that SES holds, oldest first."""
    cloud = read(options)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(
        f"{cloud['aws_endpoint_url']}/_ministack/ses/messages", timeout=10
    ) as response:
        messages = in_order(json.load(response)["messages"])
    for message in messages:
        print(as_text(message))
    if not messages:
        print("no mail yet")


def in_order(by_account: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return sorted(
        (each for held in by_account.values() for each in held), key=lambda each: each["Timestamp"]
    )


def as_text(message: dict[str, Any]) -> str:
    when = time.strftime("%H:%M:%S", time.localtime(message["Timestamp"]))
    head = f"{when}  to {', '.join(message['To'])}: {message['Subject']}"
    body = message["BodyText"] or message["BodyHtml"]
    return "\n".join([head, *(f"    {line}" for line in body.strip().splitlines()), ""])


def print_logs(options: Options, function: str) -> int:
    cloud = read(options)
    options.ports["emulator"] = int(cloud["aws_endpoint_url"].rsplit(":", 1)[1])
    name = function if function.startswith(f"{cloud['stack']}-") else f"{cloud['stack']}-{function}"
    command = [str(programs.find().tools_python), str(HERE / "aws_side.py"), "logs", name]
    return subprocess.run(command, env=environments.local_environment(options)).returncode
