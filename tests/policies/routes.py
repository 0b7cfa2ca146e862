"""What each route does, requested over HTTP.

A probe passes when the function does all of it. It uses every grant of the function's role: a grant
that no probe misses is a grant that nobody needs.
"""

from __future__ import annotations

import urllib.request
from typing import Any

from replies import ok, signed
from world import PASSWORD, UNKNOWN_KEY, Person, Probe, World, address, new_id, order_of, send, word

NEW_PASSWORD = "a whole new horse"
NOWHERE = "redis://127.0.0.1:1"
"""An address without a cache."""
NOBODY = {"name": "", "email": "nobody", "password": PASSWORD}
"""A body that every route refuses."""
PICTURE = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0:~\x9bU"
    b"\0\0\0\nIDATx\x9cch\0\0\0\x82\0\x81w\xcdr\xb6\0\0\0\0IEND\xaeB`\x82"
)
"""A grey dot."""


def users_create(world: World) -> None:
    ok(
        world.call("POST", "/api/users", {"name": "Ada", "email": address(), "password": PASSWORD}),
        201,
    )


def sessions_create(world: World) -> None:
    """Signs in twice, the second time with a cookie of the first session, which ends."""
    ada = world.person()
    cookie = f"__Host-session={ada.token}"
    session = ok(
        world.call(
            "POST", "/api/sessions", {"email": ada.email, "password": PASSWORD}, cookie=cookie
        ),
        201,
    )
    assert len(session["token"].split(".")[1]) > 43, "the token has no proof"
    assert world.sessions(ada) == 1


def counts_without_l2(route: str, path: str, body: Any = None) -> Probe:
    """A limit that guards a password or sends a mail is counted in the table when there is no L2,
    and when L2 does not answer.

    A person calls a route that has no body.
    """

    def probe(world: World) -> None:
        table = world.stack.variables(route)["LIMITS_TABLE"]
        by = None if body else world.person()

        def counts() -> list[Any]:
            rows = world.stack.tables.scan(TableName=table, ConsistentRead=True)["Items"]
            return sorted(str(row) for row in rows if f":{route}" in row["pk"]["S"])

        for url in (None, NOWHERE):
            with world.stack.with_variables(route, CACHE_URL=url):
                before = counts()
                reply = world.call("POST", path, body, by)
                assert reply.status in (202, 400, 401), f"{reply.status} {reply.body}"
                assert counts() != before, f"the request was not counted with CACHE_URL={url}"

    return probe


def users_get(world: World) -> None:
    ok(world.call("GET", f"/api/users/{world.person().id}"), 200)


def sessions_get(world: World) -> None:
    ada = world.person()
    ok(world.call("GET", "/api/sessions/current", by=ada), 200)
    ok(world.call("GET", "/api/sessions/current", by=world.forged(ada)), 401)


def sessions_end(world: World) -> None:
    ada = world.person()
    ok(world.call("DELETE", "/api/sessions/current", by=world.forged(ada)), 204)
    assert world.sessions(ada) == 1, "a forged token ended a session"
    ok(world.call("DELETE", "/api/sessions/current", by=ada), 204)
    assert world.sessions(ada) == 0


def sessions_revoke(world: World) -> None:
    ada = world.person()
    world.session(ada.id)
    ok(world.call("DELETE", "/api/sessions", by=world.forged(ada)), 401)
    ok(world.call("DELETE", "/api/sessions", by=ada), 204)
    assert world.sessions(ada) == 0


def me_get(world: World) -> None:
    ok(world.call("GET", "/api/me", by=world.person()), 200)


def me_export(world: World) -> None:
    ada = world.person()
    order = world.order_for(ada)
    taken = ok(world.call("GET", "/api/me/export", by=ada), 200)
    assert [each["id"] for each in taken["orders"]] == [order["id"]] and taken["account"][
        "email"
    ] == ada.email


def me_update(world: World) -> None:
    signed(world.call("PATCH", "/api/me", {"name": "Countess"}, world.person()), 200)


def me_delete(world: World) -> None:
    photo = f"{word()}.png"
    world.stack.objects.put_object(
        Bucket=world.stack.outputs["MediaBucket"], Key=f"media/{photo}", Body=PICTURE
    )
    ada = world.person(photo=photo)
    signed(world.call("DELETE", "/api/me", by=ada), 204)
    tombstone = world.item("UsersTable", pk=f"user#{ada.id}")
    assert tombstone and "deleted_at" in tombstone
    assert world.item("UsersTable", pk=f"email#{ada.email}") is None, "the address is still taken"
    assert world.sessions(ada) == 0 and not world.picture(photo)


def me_photo(world: World) -> None:
    ada = world.person()
    first = shown(world, ada)
    shown(world, ada)
    assert not world.picture(first), "the former picture stays"


def shown(world: World, ada: Person) -> str:
    offer = ok(
        world.call(
            "PUT", "/api/me/photo", {"content_type": "image/png", "size": len(PICTURE)}, ada
        ),
        200,
    )
    confirm = {"photo": offer["photo"]}
    assert world.call("PUT", "/api/me/photo", confirm, ada).status == 400, "nothing was uploaded"
    upload = offer["upload"]
    ok(send(urllib.request.Request(upload["url"], PICTURE, upload["headers"], method="PUT")), 200)
    photo = ok(world.call("PUT", "/api/me/photo", confirm, ada), 200)["photo_url"].rsplit("/", 1)[1]
    assert world.picture(photo)
    return photo


def asked(world: World, purpose: str, about: str) -> bool:
    return world.item("UsersTable", pk=f"asked#{purpose}#{about}") is not None


def me_verification(world: World) -> None:
    ada = world.person()
    signed(world.call("POST", "/api/me/verification", by=ada), 202)
    assert asked(world, "verification", ada.id)


def verifications_create(world: World) -> None:
    ada = world.person()
    token = world.link("verification link 1", ada, f"false {ada.email}")
    ok(world.call("POST", "/api/verifications", {"token": token}), 204)
    assert world.held("UsersTable", pk=f"user#{ada.id}")["email_verified"]


def resets_create(world: World) -> None:
    ada = world.person()
    ok(world.call("POST", "/api/resets", {"email": ada.email}), 202)
    assert asked(world, "reset", ada.id)


def passwords_create(world: World) -> None:
    ada = world.person()
    token = world.link("reset link 1", ada, world.user["password_hash"])
    ok(world.call("POST", "/api/passwords", {"token": token, "password": NEW_PASSWORD}), 204)
    assert world.sessions(ada) == 0


def catalog_list(world: World) -> None:
    ok(world.call("GET", f"/api/products?category={word()}"), 200)
    ok(world.call("GET", "/api/products?limit=2"), 200)
    ok(world.call("GET", f"/api/products?cursor={UNKNOWN_KEY}"), 400)


def catalog_get(world: World) -> None:
    product, partner = world.product(), world.product()
    world.put(
        "CountersTable",
        {
            "pk": f"together#{product}",
            "sk": "top",
            "product_id": product,
            "version": 1,
            "partners": [{"product_id": partner, "orders": 1}],
        },
    )
    shown = ok(world.call("GET", f"/api/products/{product}"), 200)
    assert [row["id"] for row in shown["recommendations"]] == [partner]


def catalog_search(world: World) -> None:
    ok(world.call("GET", f"/api/search?q={word()}+{word()}"), 200)
    ok(world.call("GET", f"/api/search?q={word()}&cursor={UNKNOWN_KEY}"), 400)


def orders_create(world: World) -> None:
    ada, product, key = world.person(), world.product(), word()
    signed(world.call("POST", "/api/orders", order_of([product]), ada), 201)
    order = order_of([product])
    placed = ok(world.call("POST", "/api/orders", order, ada, idempotency_key=key), 201)
    # The second time, the product is gone, and the answer is the same as before.
    world.delete("ProductsTable", pk=f"product#{product}")
    again = world.call("POST", "/api/orders", order, ada, idempotency_key=key)
    assert ok(again, 201)["id"] == placed["id"] and again.headers["idempotency-replayed"] == "true"


def orders_list(world: World) -> None:
    ok(world.call("GET", "/api/orders", by=world.person()), 200)


def orders_get(world: World) -> None:
    ada = world.person()
    ok(world.call("GET", f"/api/orders/{world.order_for(ada)['id']}", by=ada), 200)


def admin_products(world: World) -> None:
    admin, id = world.person(admin=True), new_id()
    product: dict[str, Any] = {
        "name": "Tea",
        "description": "Green",
        "category": "test",
        "price_cents": 100,
    }
    for _ in range(2):
        signed(world.call("PUT", f"/api/admin/products/{id}", product, admin), 200, 201)
        product["price_cents"] += 1


def admin_users(world: World) -> None:
    admin = world.person(admin=True)
    ok(world.call("GET", "/api/admin/users?limit=1", by=admin), 200)
    found = ok(world.call("GET", f"/api/admin/users?ids={admin.id}", by=admin), 200)
    assert [user["id"] for user in found["items"]] == [admin.id]


PROBES: dict[str, list[Probe]] = {
    "users-create": [users_create, counts_without_l2("users-create", "/api/users", NOBODY)],
    "sessions-create": [
        sessions_create,
        counts_without_l2("sessions-create", "/api/sessions", NOBODY),
    ],
    "users-get": [users_get],
    "sessions-get": [sessions_get],
    "sessions-end": [sessions_end],
    "sessions-revoke": [sessions_revoke],
    "me-get": [me_get],
    "me-export": [me_export],
    "me-update": [me_update],
    "me-delete": [me_delete],
    "me-photo": [me_photo],
    "me-verification": [
        me_verification,
        counts_without_l2("me-verification", "/api/me/verification"),
    ],
    "verifications-create": [verifications_create],
    "resets-create": [resets_create, counts_without_l2("resets-create", "/api/resets", NOBODY)],
    "passwords-create": [
        passwords_create,
        counts_without_l2("passwords-create", "/api/passwords", NOBODY),
    ],
    "catalog-list": [catalog_list],
    "catalog-get": [catalog_get],
    "catalog-search": [catalog_search],
    "orders-create": [orders_create],
    "orders-list": [orders_list],
    "orders-get": [orders_get],
    "admin-products": [admin_products],
    "admin-users": [admin_users],
}
