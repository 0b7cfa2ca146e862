"""Runs `tools/ops` on a stack, with the stack's outputs in its environment."""

from __future__ import annotations

import re
import subprocess

import steps
from binaries import tool
from environments import local_environment
from options import ROOT, Options


def seed(options: Options, outputs: dict[str, str]) -> None:
    """Fills the local stack with products, users and orders, as many as the options say."""
    counts = {"products": options.products, "users": options.users, "orders": options.orders}
    wanted = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    words = [word for what, count in counts.items() for word in (f"--{what}", str(count))]
    environment = of_stack(local_environment(options), outputs)
    command = [str(tool("ops")), "seed", *words]
    steps.run(f"seed {wanted}", command, environment, options.logs / "seed.log", ROOT)


def ops(environment: dict[str, str], outputs: dict[str, str], words: list[str]) -> int:
    """Runs a command on the stack with these outputs, and returns its exit code."""
    command = [str(tool("ops")), *words]
    return subprocess.run(command, env=of_stack(environment, outputs)).returncode


def of_stack(environment: dict[str, str], outputs: dict[str, str]) -> dict[str, str]:
    """The environment with the stack's outputs, under the names that `tools/ops` reads."""
    named = {capitals(name): value for name, value in outputs.items()}
    return {**environment, **named, "RELAY_DLQ_URL": outputs["RelayDeadLettersUrl"]}


def capitals(name: str) -> str:
    """`EmailQueueUrl` as `EMAIL_QUEUE_URL`."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).upper()
