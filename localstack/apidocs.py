"""Shows `docs/openapi.json` as a page.

The page is Swagger UI from `.local/api`, served on this machine. It loads nothing from elsewhere.
The package that carries Swagger UI is made for Django; this uses only its files.
"""

from __future__ import annotations

import http.server

import ports
import steps
from options import HOST, LOCAL, ROOT

PORT = 8090
DOCUMENT = ROOT / "docs" / "openapi.json"
PACKAGE = "drf_spectacular_sidecar"
FILES = f"lib/python3*/site-packages/{PACKAGE}/static/{PACKAGE}/swagger-ui-dist"
# With this policy the browser refuses everything that comes from another host.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tuesday's API</title>
<link rel="stylesheet" href="swagger-ui.css">
<div id="page"></div>
<script src="swagger-ui-bundle.js"></script>
<script src="start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#page", supportedSubmitMethods: [], validatorUrl: null,
});
"""


def contents() -> dict[str, tuple[str, bytes]]:
    """The media type and the bytes for each address of the page."""
    folder = next((LOCAL / "api").glob(FILES))
    return {
        "/": ("text/html; charset=utf-8", PAGE.encode()),
        "/start.js": ("text/javascript", START.encode()),
        "/openapi.json": ("application/json", DOCUMENT.read_bytes()),
        "/swagger-ui.css": ("text/css", (folder / "swagger-ui.css").read_bytes()),
        "/swagger-ui-bundle.js": (
            "text/javascript",
            (folder / "swagger-ui-bundle.js").read_bytes(),
        ),
    }


class Handler(http.server.BaseHTTPRequestHandler):
    files: dict[str, tuple[str, bytes]] = {}

    def do_GET(self) -> None:
        found = self.files.get(self.path)
        media_type, body = found or ("text/plain", b"There is nothing here\n")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing: requests for a page are not worth a line."""


def server(port: int) -> http.server.ThreadingHTTPServer:
    if port and not ports.is_free(port):
        raise ports.PortInUse(ports.describe("docs", port))
    handler = type("Page", (Handler,), {"files": contents()})
    return http.server.ThreadingHTTPServer((HOST, port), handler)


def serve(port: int) -> int:
    """Serves until Ctrl-C, which is the normal end."""
    with server(port) as page:
        steps.say(
            f"  The API, as a page: http://{HOST}:{page.server_address[1]}/   Ctrl-C stops it."
        )
        try:
            page.serve_forever()
        except KeyboardInterrupt:
            steps.say("")
    return 0
