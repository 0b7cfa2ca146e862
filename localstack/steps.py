"""Shows progress: one line a step, with its time, and the log of a step that fails.

On a terminal the line of a long step counts the seconds and shows the last line of the program's
log. Elsewhere (CI, a file) the line is repeated every 20 seconds, so that a reader sees that the
step still runs.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import processes

WIDTH = 34
REPEAT = 20.0
TAIL = 25


class StepFailed(Exception):
    """The program of a step failed. The message is for a person, and the log has been shown."""


def say(line: str = "", end: str = "\n") -> None:
    """Prints, and ignores a closed pipe, which must not keep us from stopping what we started."""
    try:
        print(line, end=end, file=sys.stderr, flush=True)
    except OSError:
        pass


def dotted(label: str) -> str:
    return f"  {label} ".ljust(WIDTH, ".")


def elapsed(seconds: float) -> str:
    return f"{seconds:5.1f} s" if seconds < 10 else f"{seconds:5.0f} s"


@contextmanager
def step(label: str) -> Iterator[None]:
    """A short step that runs in this process."""
    began = time.monotonic()
    yield
    say(f"{dotted(label)} {elapsed(time.monotonic() - began)}")


class Running:
    """A program that runs as a step."""

    def __init__(
        self, label: str, command: list[str], environment: dict[str, str], log: Path, cwd: Path
    ) -> None:
        self.label, self.log = label, log
        self.began = self.said = time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        self.process = processes.start(command, environment, log, cwd)

    def wait(self) -> None:
        """Updates the line until the program ends. Raises `StepFailed` if it failed."""
        while True:
            try:
                code = self.process.wait(0.2)
                break
            except subprocess.TimeoutExpired:
                self.tick()
        self.clear()
        took = elapsed(time.monotonic() - self.began)
        if code == 0:
            say(f"{dotted(self.label)} {took}")
            return
        say(f"{dotted(self.label)} failed after {took.strip()}")
        say(tail(self.log))
        raise StepFailed(f"{self.label} failed; its whole log is {self.log}")

    def tick(self) -> None:
        now = time.monotonic()
        line = f"{dotted(self.label)} {elapsed(now - self.began)}  {last_line(self.log)[:60]}"
        if sys.stderr.isatty():
            say(f"\r\x1b[2K{line}", end="")
        elif now - self.said > REPEAT:
            self.said = now
            say(line)

    def clear(self) -> None:
        if sys.stderr.isatty():
            say("\r\x1b[2K", end="")


def run(label: str, command: list[str], environment: dict[str, str], log: Path, cwd: Path) -> None:
    Running(label, command, environment, log, cwd).wait()


def tail(log: Path, lines: int = TAIL) -> str:
    text = log.read_text(errors="replace").splitlines()
    return "\n".join(f"    {line}" for line in text[-lines:])


def last_line(log: Path) -> str:
    """The last line of a log, without what was written over on a terminal."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 2000))
        text = file.read().decode(errors="replace").replace("\r", "\n")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
