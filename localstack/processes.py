"""Starting processes so that all of them can be found again and ended, whatever happened to who started them.

Every process of a cloud carries `TUESDAY_CLOUD=<its folder>` in its environment, and so do its children: the Lambda
environments that the emulator starts, the compiler that cargo starts. Whoever holds the folder's lock may end every
process with that mark, and no other. That needs no list of ids that could be stale, and cannot hit a stranger's process
that was given an id of ours.
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
"""What a service gets of our environment. The emulator hands its own to every function: nothing else may leak in."""


def marked(folder: Path, environment: dict[str, str]) -> dict[str, str]:
    return {**environment, MARK: str(folder)}


def service_environment(folder: Path, extra: dict[str, str]) -> dict[str, str]:
    own = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return marked(folder, {**own, **extra})


def start(command: list[str], environment: dict[str, str], log: Path, cwd: Path | None = None) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that a Ctrl-C in the terminal is ours alone to handle."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            command, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, preexec_fn=end_with_parent,
        )


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Asks the kernel to end this process when its parent is gone, which no handler can do after a kill -9."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has waited for does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rsplit(")", 1)[1].split()[0] not in "ZX"


def start_time(pid: int) -> str | None:
    """Clock ticks since boot at which the process started: with its id, a name that is never used twice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19]
    except OSError:
        return None


def members(folder: Path) -> list[int]:
    """Every process, this one aside, that was started for the cloud in this folder."""
    wanted = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        if pid == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0") and alive(pid):
            found.append(pid)
    return found


def send(pids: list[int], number: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def end_all(folder: Path, patience: float = 4.0) -> int:
    """Ends every process of the cloud: asked first, then killed. Returns how many there were."""
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
    return len(asked)


def collect() -> None:
    """Waits for children that have ended, so that no zombie is left to its fate."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
