"""Checks the answers of routes."""

from __future__ import annotations

from typing import Any

from world import Reply


class Degraded(AssertionError):
    """A part of the answer is missing."""


def ok(reply: Reply, *statuses: int) -> Any:
    assert reply.status in statuses, f"{reply.status} {reply.body}"
    if missing := reply.headers.get("degraded"):
        raise Degraded(f"an answer without {missing}")
    return reply.body


def signed(reply: Reply, *statuses: int) -> Any:
    """The same for a write, whose answer carries a signed token."""
    body = ok(reply, *statuses)
    assert reply.headers.get("consistency-token"), "the answer carries no token"
    return body
