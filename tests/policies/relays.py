"""What each relay does: it sends events to its queues, and unreadable records to dead letters."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from world import Probe, Reads, World, new_id, word


def record(name: str, item: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A stream record as Lambda sends it."""

    def image(of: dict[str, Any]) -> dict[str, Any]:
        return {key: TypeSerializer().serialize(value) for key, value in of.items()}

    keys = {key: {"S": item[key]} for key in ("pk", "sk") if key in item}
    change = {
        "Keys": keys,
        "NewImage": image(item),
        "SequenceNumber": "100",
        "SizeBytes": 100,
        "ApproximateCreationDateTime": int(time.time()),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    if before:
        change["OldImage"] = image(before)
    return {
        "eventID": new_id(),
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
    }


def relays(function: str, records: Callable[[World], list[dict[str, Any]]]) -> Probe:
    """Sends to each of the relay's queues."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, {"Records": records(world)})
        assert not again, "events were not sent"

    return probe


def gives_up(function: str, **key: str) -> Probe:
    """Sends an unreadable record to the dead letters."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, {"Records": [record("INSERT", key)]})
        assert not again, "a record that nobody can read is to come again"

    return probe


def reads_stream(table: str, key: dict[str, str]) -> Reads:
    """Lambda reads the table's stream, and the relay sends an unreadable record to the dead
    letters."""

    def probe(world: World, patience: float) -> None:
        marker = word()
        world.put(table, {name: f"{prefix}{marker}" for name, prefix in key.items()})
        assert world.letters.wait("RelayDeadLettersUrl", marker, patience), (
            "the stream was not read"
        )

    return probe


def order_records(world: World) -> list[dict[str, Any]]:
    return [record("INSERT", world.order_for(world.person()))]


def user_records(world: World) -> list[dict[str, Any]]:
    user = world.held("UsersTable", pk=f"user#{world.person().id}")
    return [record("INSERT", user), record("MODIFY", {**user, "version": 2}, user)]


def product_records(world: World) -> list[dict[str, Any]]:
    product = world.held("ProductsTable", pk=f"product#{world.product()}")
    return [record("INSERT", product), record("MODIFY", {**product, "version": 2}, product)]
