"""What each relay and worker is good for: handed to it by Lambda's Invoke, which says at once how it went, or put where it
reads, to see that it is read at all."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from world import NOW, World, new_id, word

BACK_IN = 7
"""Seconds in which a message whose first attempt has failed comes back (it waits for five at most), and not the minutes of
the queue's visibility timeout."""

Probe = Callable[[World], None]
Reads = Callable[[World, float], None]
"""A probe that waits so many seconds for what lies in a queue or a stream to be read. Here that takes less than one."""


# ---- Relays


def record(name: str, item: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A stream record as Lambda hands it out."""

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
    """Tells the workers, by each of its queues."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, {"Records": records(world)})
        assert not again, "events were not sent"

    return probe


def gives_up(function: str, **key: str) -> Probe:
    """Sends a record that nobody can read to the dead letters."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, {"Records": [record("INSERT", key)]})
        assert not again, "a record that nobody can read is to come again"

    return probe


def reads_stream(table: str, key: dict[str, str]) -> Reads:
    """Lambda reads the table's stream, and the relay sends what it cannot read to the dead letters."""

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


# ---- Workers


def envelope(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    # What waits pauses for longer, the older it is.
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "id": word(),
        "kind": kind,
        "schema": 1,
        "occurred_at": now,
        "body": {"event": kind, **body},
    }


def batch(world: World, worker: str, *bodies: str, receipt: str = "none") -> dict[str, Any]:
    """Messages as Lambda hands them out."""
    source = world.stack.source(worker)["EventSourceArn"]

    def message(body: str) -> dict[str, Any]:
        attributes = {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": str(int(time.time() * 1000)),
            "SenderId": "test",
            "ApproximateFirstReceiveTimestamp": str(int(time.time() * 1000)),
        }
        return {
            "messageId": new_id(),
            "receiptHandle": receipt,
            "body": body,
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": hashlib.md5(body.encode()).hexdigest(),
            "eventSource": "aws:sqs",
            "awsRegion": "us-east-1",
            "eventSourceARN": source,
        }

    return {"Records": [message(body) for body in bodies]}


def done(world: World, function: str, *messages: dict[str, Any]) -> None:
    again = world.stack.invoke(
        function, batch(world, function, *(json.dumps(each) for each in messages))
    )
    assert not again, "a message is to come again"


def reads_queue(function: str) -> Reads:
    """Lambda reads the worker's queue, and the worker sends what it cannot read to the dead letters."""

    def probe(world: World, patience: float) -> None:
        marker = word()
        world.stack.queues.send_message(
            QueueUrl=world.stack.queue(function), MessageBody=f"poison {marker}"
        )
        assert world.letters.wait(f"{function.title()}DeadLettersUrl", marker, patience), (
            "the queue was not read"
        )

    return probe


def buries(function: str) -> Probe:
    """Sends a message that is poison to the dead letters."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, batch(world, function, f"poison {word()}"))
        assert not again, "poison is to come again"

    return probe


def waits(function: str, message: Callable[[World], dict[str, Any]], **broken: str) -> Probe:
    """Lets a message that failed come back after a pause of its own. It fails because of a variable that is wrong."""

    def probe(world: World) -> None:
        queues, url = world.stack.queues, world.stack.queue(function)
        with world.stack.paused(function), world.stack.with_variables(function, **broken):
            body = json.dumps(message(world))
            queues.send_message(QueueUrl=url, MessageBody=body, DelaySeconds=0)
            receipt = next(world.stack.received(function, body, patience=10))
            event = batch(world, function, body, receipt=receipt)
            assert world.stack.invoke(function, event), "the message was to fail"
            back = next(world.stack.received(function, body, patience=BACK_IN), None)
            if back:
                queues.delete_message(QueueUrl=url, ReceiptHandle=back)
            assert back, "it did not come back"

    return probe


def order_placed(world: World) -> dict[str, Any]:
    order = world.order
    lines = [
        {
            **line,
            "product_id": new_id(),
            "quantity": int(line["quantity"]),
            "unit_price_cents": int(line["unit_price_cents"]),
            "product_version": 1,
        }
        for line in order["items"]
    ]
    return envelope(
        "order_placed",
        {
            "order_id": new_id(),
            "user_id": world.person(email_verified=True).id,
            "created_at": NOW,
            "items": lines,
            "total_cents": int(order["total_cents"]),
        },
    )


def product_changed(world: World) -> dict[str, Any]:
    return changed(new_id())


def changed(product: str, version: int = 1) -> dict[str, Any]:
    return envelope(
        "product_changed",
        {"product_id": product, "version": version, "category": "test", "category_before": None},
    )


def email(world: World) -> None:
    """Sends one mail, and none when the event comes again; and one with a link, which is signed."""
    placed = order_placed(world)
    done(world, "email", placed)
    done(world, "email", placed)
    done(world, "email", envelope("account_opened", {"user_id": world.person().id}))


def forget(world: World) -> None:
    """Deletes the picture that an account has ceased to show."""
    photo = f"{word()}.png"
    world.stack.objects.put_object(
        Bucket=world.stack.outputs["MediaBucket"], Key=f"media/{photo}", Body=b"a picture"
    )
    done(
        world,
        "forget",
        envelope("account_changed", {"user_id": new_id(), "version": 2, "photo_before": photo}),
    )
    assert not world.picture(photo), "the picture stays"


def analytics(world: World) -> None:
    done(world, "analytics", order_placed(world))


def index(world: World) -> None:
    """Writes the rows of a product, replaces them when its name changes, and counts a term now and then."""
    first, second = word(), word()
    product = next(id for id in iter(new_id, None) if is_counted(first, id))
    with world.stack.paused(
        "index"
    ):  # else the product's own events come first, and nothing is left to be done
        for version, name in enumerate((first, second), 1):
            world.product(name, version, product)
            done(world, "index", changed(product, version))


def index_in_parts(world: World) -> None:
    """A product with more rows than a transaction takes."""
    with world.stack.paused("index"):
        product = world.product(" ".join(word() for _ in range(12)))
        done(world, "index", changed(product))


def is_counted(name: str, product: str) -> bool:
    """Whether one of the terms of a name is drawn to be counted, as `search/index.rs` draws them."""
    terms = (name[:length] for length in range(2, len(name) + 1))
    return any(
        int(hashlib.sha256(f"{term} {product} 1".encode()).hexdigest()[:8], 16) % 32 == 0
        for term in terms
    )


PROBES: dict[str, list[Probe]] = {
    "relay-orders": [
        relays("relay-orders", order_records),
        gives_up("relay-orders", pk="user#?", sk="order#?"),
    ],
    "relay-users": [relays("relay-users", user_records), gives_up("relay-users", pk="user#?")],
    "relay-products": [
        relays("relay-products", product_records),
        gives_up("relay-products", pk="product#?"),
    ],
    "email": [email, buries("email"), waits("email", order_placed, USERS_TABLE="none")],
    "index": [
        index,
        index_in_parts,
        buries("index"),
        waits("index", product_changed, PRODUCTS_TABLE="none"),
    ],
    "forget": [
        forget,
        buries("forget"),
        waits("forget", product_changed, CACHE_URL="redis://127.0.0.1:1"),
    ],
    "analytics": [
        analytics,
        buries("analytics"),
        waits("analytics", order_placed, ONCE_TABLE="none"),
    ],
}
READS: dict[str, Reads] = {
    "relay-orders": reads_stream("OrdersTable", {"pk": "user#", "sk": "order#"}),
    "relay-users": reads_stream("UsersTable", {"pk": "user#"}),
    "relay-products": reads_stream("ProductsTable", {"pk": "product#"}),
    **{worker: reads_queue(worker) for worker in ("email", "index", "forget", "analytics")},
}
