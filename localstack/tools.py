"""Runs the programs of `tools/` against a stack, with its outputs in their environment."""

from __future__ import annotations

import re
import subprocess

import deploy
import programs
import steps
from binaries import tool
from environments import aws_environment, local_environment
from options import ROOT, Options


def seed(options: Options, outputs: dict[str, str]) -> None:
    """Fills the stack with products, and with people and orders if asked to."""
    environment = {
        **local_environment(options),
        "PRODUCTS_TABLE": outputs["ProductsTable"],
        "PRODUCT_SHARDS": outputs["ProductShards"],
        "USERS_TABLE": outputs["UsersTable"],
        "USER_SHARDS": outputs["UserShards"],
        "ORDERS_TABLE": outputs["OrdersTable"],
        "SEARCH_TABLE": outputs["SearchTable"],
    }
    counts = {"products": options.products, "users": options.users, "orders": options.orders}
    wanted = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    command = [
        str(tool("seed")),
        *(word for what, count in counts.items() for word in (f"--{what}", str(count))),
    ]
    steps.run(f"seed {wanted}", command, environment, options.logs / "seed.log", ROOT)


def admin(environment: dict[str, str], outputs: dict[str, str], verb: str, email: str) -> int:
    """Makes a person an administrator, or takes that away."""
    tables = {"USERS_TABLE": outputs["UsersTable"], "SESSIONS_TABLE": outputs["SessionsTable"]}
    return subprocess.run(
        [str(tool("admin")), verb, email], env={**environment, **tables}
    ).returncode


def jobs(environment: dict[str, str], outputs: dict[str, str], words: list[str]) -> int:
    """The program of tools/jobs, with the stack's outputs in its environment."""
    named = {capitals(name): value for name, value in outputs.items()}
    return subprocess.run(
        [str(tool("jobs")), *words],
        env={**environment, **named, "RELAY_DLQ_URL": outputs["RelayDeadLettersUrl"]},
    ).returncode


def jobs_on_aws(options: Options, region: str, words: list[str]) -> int:
    environment = aws_environment(options, region)
    return jobs(environment, deploy.read_outputs(options, programs.find(), environment), words)


def capitals(name: str) -> str:
    """`EmailQueueUrl` as `EMAIL_QUEUE_URL`."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).upper()
