"""The session's cookie, `__Host-session`, in a real browser, which takes it from a secure origin
only.

Chromium counts http://127.0.0.1 as one (it is "potentially trustworthy", W3C Secure Contexts), so
the cookie works on a laptop without TLS.
"""

from __future__ import annotations

import os
import unittest
from typing import Any
from urllib.parse import urlsplit

import programs
import test_cloud
from chromium import Chromium
from options import LOCAL

NAME = "__Host-session"
CURRENT = "/api/sessions/current"
CREDENTIALS = {
    "email": f"success+{os.urandom(8).hex()}@simulator.amazonses.com",
    "password": "correct horse battery",
}


class Cookie(unittest.TestCase):
    maxDiff = None
    site: str
    browser: Chromium
    account: dict[str, Any]

    @classmethod
    def setUpClass(cls) -> None:
        program, libraries = programs.chromium(LOCAL / "browser")
        cls.site = test_cloud.start("browser")["base_url"]
        cls.browser = Chromium(program, libraries)
        cls.addClassCleanup(cls.browser.close)
        cls.browser.open(f"{cls.site}/health")
        status, cls.account = cls.browser.fetch(
            "POST", "/api/users", {"name": "Ada", **CREDENTIALS}
        )
        assert status == 201, (status, cls.account)

    def setUp(self) -> None:
        self.browser.call("Network.clearBrowserCookies")
        self.token = self.sign_in(self.site)

    def sign_in(self, site: str) -> str:
        self.browser.open(f"{site}/health")
        status, session = self.browser.fetch("POST", "/api/sessions", CREDENTIALS)
        self.assertEqual(status, 201, session)
        token: str = session["token"]
        return token

    def by_another_name(self) -> str:
        """The same server under another name, which a browser takes for another site."""
        return f"http://localhost:{urlsplit(self.site).port}"

    def test_signing_in_leaves_a_cookie_that_signs_the_next_request(self) -> None:
        cookie = self.browser.cookies(self.site)[NAME]
        kept = {
            name: cookie.get(name)
            for name in ("value", "domain", "path", "httpOnly", "secure", "sameSite", "session")
        }
        self.assertEqual(
            kept,
            {
                "value": self.token,
                "domain": "127.0.0.1",
                "path": "/",
                "httpOnly": True,
                "secure": True,
                "sameSite": "Lax",
                "session": False,
            },
        )
        status, current = self.browser.fetch("GET", CURRENT)
        self.assertEqual((status, current["user"]["id"]), (200, self.account["id"]))
        self.browser.open(self.site + CURRENT)
        self.assertIn(
            self.account["id"],
            self.browser.run("document.body.innerText"),
            "an address that is opened",
        )

    def test_localhost_will_do_too(self) -> None:
        site = self.by_another_name()
        token = self.sign_in(site)
        self.assertEqual(self.browser.cookies(site)[NAME]["value"], token)
        self.assertEqual(self.browser.fetch("GET", CURRENT)[0], 200)

    def test_no_script_reads_it_or_replaces_it(self) -> None:
        self.assertEqual(self.browser.run("document.cookie"), "")
        for flags in ("Path=/; Secure", "Path=/; Secure; Max-Age=0", "Path=/"):
            self.browser.run(f"document.cookie = '{NAME}=another; {flags}'")
        self.assertEqual(self.browser.cookies(self.site)[NAME]["value"], self.token)
        self.assertEqual(self.browser.fetch("GET", CURRENT)[0], 200)

    def test_another_site_does_not_send_it(self) -> None:
        self.browser.open(f"{self.by_another_name()}/health")
        self.assertEqual(
            self.browser.fetch("GET", CURRENT)[0], 401, "a host's own cookie came to another name"
        )
        self.browser.events.clear()
        request = "{method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}'}"
        # The browser sends it, and hides the answer from the page (`cross-origin-resource-policy`).
        self.assertEqual(
            self.browser.run(
                f"fetch('{self.site}/api/orders', {request}).then(() => 'read', () => 'kept')"
            ),
            "kept",
        )
        sent = [
            event["params"]
            for event in self.browser.events
            if event.get("method") == "Network.requestWillBeSentExtraInfo"
        ]
        named = [
            each
            for params in sent
            for each in params["associatedCookies"]
            if each["cookie"]["name"] == NAME
        ]
        (blocked,) = (each["blockedReasons"] for each in named)
        self.assertTrue({"SameSiteLax", "SchemefulSameSiteLax"} & set(blocked), blocked)

    def test_signing_out_removes_it(self) -> None:
        self.assertEqual(self.browser.fetch("DELETE", CURRENT)[0], 204)
        self.assertEqual(self.browser.cookies(self.site), {})
        self.assertEqual(self.browser.fetch("GET", CURRENT)[0], 401)


if __name__ == "__main__":
    unittest.main()
