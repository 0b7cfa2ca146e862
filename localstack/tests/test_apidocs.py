"""The API's page is whole and loads nothing from elsewhere."""

from __future__ import annotations

import http.client
import json
import re
import threading
import unittest
from pathlib import Path
from unittest import mock

import apidocs


class Page(unittest.TestCase):
    def test_the_page_has_all_that_it_loads_and_loads_nothing_from_elsewhere(self) -> None:
        files = {"swagger-ui.css": "css", "swagger-ui-bundle.js": "js"}
        folder = mock.MagicMock()
        folder.__truediv__.side_effect = lambda name: mock.Mock(
            read_bytes=lambda: files[name].encode()
        )
        with (
            mock.patch.object(Path, "glob", return_value=iter([folder])),
            apidocs.server(0) as page,
        ):
            threading.Thread(target=page.serve_forever, daemon=True).start()
            self.addCleanup(page.shutdown)
            text = self.get(page.server_address[1], "/")
            loaded = re.findall(r'(?:src|href)="([^"]+)"', text)
            self.assertEqual(len(loaded), 3)
            for name in [*loaded, "openapi.json"]:
                self.assertNotIn(":", name)
                self.assertTrue(self.get(page.server_address[1], f"/{name}"))
            self.assertEqual(
                json.loads(self.get(page.server_address[1], "/openapi.json"))["openapi"][:3], "3.1"
            )
            page.shutdown()

    def get(self, port: int, path: str) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        response = connection.getresponse()
        self.assertEqual(response.status, 200, path)
        self.assertIn("default-src 'self'", response.getheader("Content-Security-Policy", ""))
        text = response.read().decode()
        connection.close()
        return text
