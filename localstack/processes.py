"""Starts processes so that all of them can be found and ended later, whatever ended their parent.

Every process of a cloud has `TUESDAY_CLOUD=<its folder>` in its environment, and its children
inherit it: the Lambda environments that the emulator starts, and the compilers that cargo starts. A
program may overwrite its environment (redis-server does), so a file also lists the processes that
we started ourselves, with the time of their start. The holder of the folder's lock may end the
processes that are found in one of these two ways, and no others: an id alone may belong to a
stranger by now.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

MARK = "TUESDAY_CLOUD"
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "TZ")
"""The variables of ours that a service gets. The emulator passes its own to every function, so no
others may reach it."""


def marked(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, MARK: str(folder)}


def service_environment(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return marked(folder, {**own, **extra})


def start(
    command: list[str], environment: dict[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts a process in its own session, so that a Ctrl-C in the terminal reaches only us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_parent,
        )
    write_down(Path(environment[MARK]), process.pid)
    return process


def write_down(folder: Path, pid: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "started").open("a") as list_:
        list_.write(f"{pid} {start_time(pid)}\n")


def written_down(folder: Path) -> list[int]:
    """The listed processes that still run. An id with another start time belongs to a stranger."""
    try:
        entries = [line.split() for line in (folder / "started").read_text().splitlines()]
    except OSError:
        return []
    return [int(pid) for pid, born in entries if start_time(int(pid)) == born]


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end_with_parent() -> None:
    """Lets the kernel end this process when its parent ends. No handler can do that after a kill
    -9."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants' orphans, so that it can wait for them. Not
    every init does."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def alive(pid: int) -> bool:
    """Whether the process runs. A process that has ended and is not yet waited for does not run."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in "ZX"


def start_time(pid: int) -> str | None:
    """The clock ticks from boot to the start of the process. Together with its id, this names it
    uniquely."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def members(folder: Path) -> list[int]:
    """Every process that was started for the cloud in this folder, except this process."""
    found = set(written_down(folder)) | set(carrying_mark(folder))
    return [pid for pid in found if pid != os.getpid() and alive(pid)]


def carrying_mark(folder: Path) -> list[int]:
    wanted = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def send(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_all(folder: Path, patience: float = 4.0) -> int:
    """Ends every process of the cloud: by SIGTERM, then by SIGKILL. Returns how many there were."""
    asked = members(folder)
    send(asked, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and members(folder):
        collect()
        time.sleep(0.05)
    while left := members(folder):
        send(left, signal.SIGKILL)
        collect()
        time.sleep(0.05)
    # A process with threads is dead before it is gone. Its children become ours when it is gone.
    deadline = time.monotonic() + 0.5
    while collect() and time.monotonic() < deadline:
        time.sleep(0.01)
    (folder / "started").unlink(missing_ok=True)
    return len(asked)


def collect() -> bool:
    """Waits for children that have ended, so that none stays a zombie. Returns whether others still
    run."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
