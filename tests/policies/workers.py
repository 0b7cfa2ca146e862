"""What each relay and worker does.

A probe invokes it with a batch, and Lambda answers at once how that went. Or it puts a message
where the worker reads, to see that Lambda reads it at all.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from relays import (
    gives_up,
    order_records,
    product_records,
    reads_stream,
    relays,
    user_records,
)
from world import NOW, Probe, Reads, World, new_id, word

BACK_IN = 7
"""The seconds in which a message comes back whose first attempt has failed. It waits for five at
most, and not for the minutes of the queue's visibility timeout."""


def envelope(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    # The older a message is, the longer is its pause.
    now = datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {
        "id": word(),
        "kind": kind,
        "schema": 1,
        "occurred_at": now,
        "body": {"event": kind, **body},
    }


def batch(world: World, worker: str, *bodies: str, receipt: str = "none") -> dict[str, Any]:
    """Messages as Lambda sends them."""
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
    """Lambda reads the worker's queue, and the worker sends an unreadable message to the dead
    letters."""

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
    """Sends a poison message to the dead letters."""

    def probe(world: World) -> None:
        again = world.stack.invoke(function, batch(world, function, f"poison {word()}"))
        assert not again, "poison is to come again"

    return probe


def waits(function: str, message: Callable[[World], dict[str, Any]], **broken: str) -> Probe:
    """Lets a failed message come back after its own pause. A wrong variable makes it fail."""

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
    """Sends one mail, and none when the event comes again. Then sends one with a link, which is
    signed."""
    placed = order_placed(world)
    done(world, "email", placed)
    done(world, "email", placed)
    done(world, "email", envelope("account_opened", {"user_id": world.person().id}))


def forget(world: World) -> None:
    """Deletes a picture that its account no longer shows."""
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
    """Writes the rows of a product, replaces them when its name changes, and sometimes counts a
    term."""
    first, second = word(), word()
    product = next(id for id in iter(new_id, None) if is_counted(first, id))
    with world.stack.paused("index"):  # or the product's own events come first
        for version, name in enumerate((first, second), 1):
            world.product(name, version, product)
            done(world, "index", changed(product, version))


def index_in_parts(world: World) -> None:
    """Indexes a product with more rows than fit into a transaction."""
    with world.stack.paused("index"):
        product = world.product(" ".join(word() for _ in range(12)))
        done(world, "index", changed(product))


def is_counted(name: str, product: str) -> bool:
    """Whether one of the terms of a name is chosen to be counted, as `search/index.rs` chooses."""
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
        waits("analytics", order_placed, IDEMPOTENCY_TABLE="none"),
    ],
}
READS: dict[str, Reads] = {
    "relay-orders": reads_stream("OrdersTable", {"pk": "user#", "sk": "order#"}),
    "relay-users": reads_stream("UsersTable", {"pk": "user#"}),
    "relay-products": reads_stream("ProductsTable", {"pk": "product#"}),
    **{worker: reads_queue(worker) for worker in ("email", "index", "forget", "analytics")},
}
