"""A headless Chromium, controlled by the DevTools protocol through two pipes.

The protocol (https://chromedevtools.github.io/devtools-protocol/) sends JSON messages, each
followed by a zero byte. This needs only Python's standard library.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE = 30.0


class Chromium:
    """One browser with one page, and a profile that is deleted afterwards."""

    def __init__(self, program: Path, libraries: str) -> None:
        self.profile = tempfile.TemporaryDirectory(prefix="chromium-")
        read, self.commands = os.pipe()
        self.answers, write = os.pipe()
        # The child has them as 3 and 4. They move away first, since they could be 3 or 4 now.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read, write)]

        def arrange() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        command = [
            str(program),
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={self.profile.name}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            # The sandbox needs rights that containers and root lack. Only our own pages run here.
            "--no-sandbox",
        ]
        environment = {**os.environ, **({"LD_LIBRARY_PATH": libraries} if libraries else {})}
        self.process = subprocess.Popen(
            command,
            preexec_fn=arrange,
            pass_fds=(3, 4),
            env=environment,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in (read, write, *ends):
            os.close(end)
        self.waiting, self.sent, self.session = b"", 0, None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Network", "Runtime"):
            self.call(f"{domain}.enable")
        # The pages here are answers of the API. Their policy (`default-src 'none'`) forbids
        # scripts to send requests. The pages of a shop have their own policy.
        self.call("Page.setBypassCSP", enabled=True)

    def close(self) -> None:
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(10)
        except (OSError, EOFError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.profile.cleanup()

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The browser's answer to a command. Events that arrive before it are kept."""
        self.sent += 1
        message: dict[str, Any] = {"id": self.sent, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.commands, json.dumps(message).encode() + b"\0")
        answer = self.until(lambda message: message.get("id") == self.sent)
        if "error" in answer:
            raise AssertionError(f"{method}: {answer['error']}")
        return answer["result"]

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            while b"\0" not in self.waiting:
                more = os.read(self.answers, 1 << 16)
                if not more:
                    raise EOFError(f"the browser has ended with code {self.process.poll()}")
                self.waiting += more
            text, self.waiting = self.waiting.split(b"\0", 1)
            message = json.loads(text)
            if wanted(message):
                return message
            self.events.append(message)

    # ---- The page

    def open(self, url: str) -> None:
        self.events.clear()
        failed = self.call("Page.navigate", url=url).get("errorText")
        assert not failed, f"{url}: {failed}"
        if not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.until(lambda event: event.get("method") == "Page.loadEventFired")

    def run(self, script: str) -> Any:
        """The value of a script in the page. If it is a promise, the value that it resolves to."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def fetch(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of a request that the page sends, with the header fields of a browser."""
        options: dict[str, Any] = {"method": method}
        if body is not None:
            options |= {"headers": {"content-type": "application/json"}, "body": json.dumps(body)}
        status, text = self.run(
            f"fetch({json.dumps(path)}, {json.dumps(options)})"
            ".then(async r => [r.status, await r.text()])"
        )
        return status, json.loads(text or "null")

    def cookies(self, url: str) -> dict[str, dict[str, Any]]:
        return {
            cookie["name"]: cookie
            for cookie in self.call("Network.getCookies", urls=[url])["cookies"]
        }
