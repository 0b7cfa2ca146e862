"""People, products and orders, written into the tables directly.

No function is used, because each function lacks some right at some time. The functions make one of
each at the start, and the others are copies of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from letters import Letters
from stack import Stack

PASSWORD = "correct horse battery"
READ, WRITE = TypeDeserializer(), TypeSerializer()
NOW = "2026-01-01T00:00:00Z"
HOUR = 3600
UNKNOWN_KEY = base64.urlsafe_b64encode(bytes(16) + b"nobody" + bytes([6])).decode().rstrip("=")
"""A consistency token whose key was never published. It proves nothing, but to check it a function
reads the signing keys."""


def new_id() -> str:
    """A UUID v7 (RFC 9562)."""
    bits = int(time.time() * 1000) << 80 | secrets.randbits(80)
    bits = bits & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=bits & ~(3 << 62) | 2 << 62))


def word() -> str:
    return "".join(secrets.choice("bcdfghjklmnpqrstvwxz") for _ in range(10))


@dataclass
class Reply:
    status: int
    headers: Any
    body: Any


@dataclass
class Person:
    id: str
    email: str
    token: str


class World:
    """What the tests find in the stack's tables, and how they reach it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        # The secrets of sessions and links, which no log may contain.
        self.secrets: list[str] = []
        email = address()
        signed_up = self.call(
            "POST", "/api/users", {"name": "Ada", "email": email, "password": PASSWORD}
        )
        assert signed_up.status == 201, signed_up
        self.user = self.held("UsersTable", pk=f"user#{signed_up.body['id']}")
        self.guard = self.held("UsersTable", pk=f"email#{email}")
        signed_in = self.call("POST", "/api/sessions", {"email": email, "password": PASSWORD})
        assert signed_in.status == 201, signed_in
        id, secret = opened(signed_in.body["token"])
        self.proof = signed_in.body["token"].split(".")[1][43:]
        self.row = self.held("SessionsTable", pk=f"user#{id}", sk=f"session#{digest(secret)}")
        ada = self.person()
        placed = self.call("POST", "/api/orders", order_of([self.product(), self.product()]), ada)
        assert placed.status == 201, placed
        self.order = self.held("OrdersTable", pk=f"user#{ada.id}", sk=f"order#{placed.body['id']}")
        self.letters = Letters(stack)

    # ---- HTTP, without the CDN, which would answer from its cache

    def call(
        self, method: str, path: str, body: Any = None, by: Person | None = None, **headers: str
    ) -> Reply:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent["x-origin-secret"] = self.stack.origin_secret
        if body is not None:
            sent["content-type"] = "application/json"
        if by:
            sent["authorization"] = f"Bearer {by.token}"
            if method == "GET":
                # A function that cannot read the keys refuses this.
                sent["consistency-token"] = UNKNOWN_KEY
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.stack.api + path, data, sent, method=method)
        reply = send(request)
        if isinstance(reply.body, dict) and "token" in reply.body:
            self.secrets.append(opened(reply.body["token"])[1])
        return reply

    # ---- Tables

    def item(self, table: str, **key: str) -> dict[str, Any] | None:
        found = self.stack.tables.get_item(
            TableName=self.stack.outputs[table],
            Key={name: {"S": value} for name, value in key.items()},
            ConsistentRead=True,
        )
        item = found.get("Item")
        return item and {name: READ.deserialize(value) for name, value in item.items()}

    def held(self, table: str, **key: str) -> dict[str, Any]:
        """An item that must be there."""
        item = self.item(table, **key)
        assert item, f"{table} does not hold {key}"
        return item

    def put(self, table: str, item: dict[str, Any]) -> dict[str, Any]:
        """Writes an item. Returns it as DynamoDB stores it."""
        raw = {name: WRITE.serialize(value) for name, value in item.items()}
        self.stack.tables.put_item(TableName=self.stack.outputs[table], Item=raw)
        return raw

    def delete(self, table: str, **key: str) -> None:
        self.stack.tables.delete_item(
            TableName=self.stack.outputs[table],
            Key={name: {"S": value} for name, value in key.items()},
        )

    def sessions(self, of: Person) -> int:
        found = self.stack.tables.query(
            TableName=self.stack.outputs["SessionsTable"],
            ConsistentRead=True,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"user#{of.id}"}},
        )
        return sum(item["sk"]["S"].startswith("session#") for item in found["Items"])

    # ---- Accounts, products and orders

    def person(self, admin: bool = False, **changed: Any) -> Person:
        id, email = new_id(), address()
        self.put(
            "UsersTable", {**self.user, "pk": f"user#{id}", "id": id, "email": email, **changed}
        )
        self.put("UsersTable", {**self.guard, "pk": f"email#{email}", "email": email, "user": id})
        person = Person(id, email, self.session(id))
        if admin:
            self.put(
                "SessionsTable",
                {
                    "pk": f"user#{id}",
                    "sk": "grant#admin",
                    "subject": id,
                    "granted_at": NOW,
                    "version": 1,
                },
            )
        return person

    def session(self, user: str) -> str:
        secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode().rstrip("=")
        stored = digest(secret)
        self.secrets.append(secret)
        # So long ago that the next use is recorded.
        used_at = moment(time.time() - 17 * HOUR)
        self.put(
            "SessionsTable",
            {
                **self.row,
                "pk": f"user#{user}",
                "sk": f"session#{stored}",
                "subject": user,
                "digest": stored,
                "used_at": used_at,
            },
        )
        return f"{user}.{secret}"

    def forged(self, of: Person) -> Person:
        """The same person with the proof of another token. Only a function that reads the signing
        keys sees that."""
        return Person(of.id, of.email, of.token + self.proof)

    def link(self, purpose: str, person: Person, state: str) -> str:
        """The token of a link, as the e-mail worker makes it. `state` is what the link changes."""
        ends_at = int(time.time() + HOUR).to_bytes(8, "big")
        message = (
            uuid.UUID(person.id).bytes
            + ends_at
            + hashlib.sha256(state.encode()).hexdigest()[:16].encode()
        )
        token = (
            base64.urlsafe_b64encode(message + self.signature(purpose, message))
            .decode()
            .rstrip("=")
        )
        self.secrets.append(token)
        return token

    def signature(self, purpose: str, message: bytes) -> bytes:
        """What follows a signed message: the MAC, the key's name, and the length of the name."""
        keys = self.held("SigningKeysTable", pk="signing-keys")
        name = keys["signs"]
        key = base64.b64decode(keys["keys"][name]["secret"])
        signed = len(purpose).to_bytes(8, "big") + purpose.encode() + message
        return (
            hmac.new(key, signed, hashlib.sha256).digest()[:16] + name.encode() + bytes([len(name)])
        )

    def product(self, name: str = "Tea", version: int = 1, id: str | None = None) -> str:
        id = id or new_id()
        self.put(
            "ProductsTable",
            {
                "pk": f"product#{id}",
                "id": id,
                "name": name,
                "description": "Test",
                "category": "test",
                "price_cents": 100,
                "updated_at": NOW,
                "version": version,
            },
        )
        return id

    def order_for(self, person: Person) -> dict[str, Any]:
        id = new_id()
        order = {
            **self.order,
            "pk": f"user#{person.id}",
            "sk": f"order#{id}",
            "id": id,
            "user_id": person.id,
        }
        self.put("OrdersTable", order)
        return order

    def picture(self, name: str) -> bool:
        """Whether the bucket holds a picture that is shown."""
        found = self.stack.objects.list_objects_v2(
            Bucket=self.stack.outputs["MediaBucket"], Prefix=f"media/{name}"
        )
        return found["KeyCount"] > 0


def moment(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))


def opened(token: str) -> tuple[str, str]:
    """The user that a session's token belongs to, and the secret, which the proof follows."""
    id, rest = token.split(".")
    return id, rest[:43]


def digest(secret: str) -> str:
    """What the table holds of a token's secret."""
    return hashlib.sha256(base64.urlsafe_b64decode(f"{secret}=")).hexdigest()


def send(request: urllib.request.Request) -> Reply:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as response:
            status, headers, text = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, headers, text = error.code, error.headers, error.read()
    try:
        return Reply(status, headers, json.loads(text))
    except ValueError:
        return Reply(status, headers, text)


def address() -> str:
    return f"success+{os.urandom(8).hex()}@simulator.amazonses.com"


def order_of(products: list[str]) -> dict[str, Any]:
    return {"items": [{"product_id": product, "quantity": 1} for product in products]}


Probe = Callable[[World], object]
"""Uses a function. Raises an `AssertionError` if the function does not do what it should."""
Reads = Callable[[World, float], None]
"""A probe that waits up to so many seconds until a message or a record is read. With all rights
this takes less than one."""
