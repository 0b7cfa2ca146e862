"""Starting processes so that all of them can be found again and ended, whatever happened to who started them.

Every process of a cloud carries `TUESDAY_CLOUD=<its folder>` in its environment, and so do its children: the Lambda
environments that the emulator starts, the compilers that cargo starts. What is started directly is also written down, with the
time of its start, since a program may overwrite its environment (redis-server does). Whoever holds the folder's lock may end
the processes found in one of these two ways, and no other: an id alone could be a stranger's by now.
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


def start(
    command: list[str], environment: dict[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """Starts a process in a session of its own, so that a Ctrl-C in the terminal is ours alone to handle."""
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
    """The processes on the list that are still the ones that were meant."""
    try:
        entries = [line.split() for line in (folder / "started").read_text().splitlines()]
    except OSError:
        return []
    return [int(pid) for pid, born in entries if start_time(int(pid)) == born]


_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def end_with_parent() -> None:
    """Asks the kernel to end this process when its parent is gone, which no handler can do after a kill -9."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Makes this process the parent of its descendants' orphans, so that it can wait for them: init may not."""
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1)


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
    """Every process that was started for the cloud in this folder; never the one that asks."""
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
    # A process with threads is dead before it is gone, and only then are its own children ours.
    deadline = time.monotonic() + 0.5
    while collect() and time.monotonic() < deadline:
        time.sleep(0.01)
    (folder / "started").unlink(missing_ok=True)
    return len(asked)


def collect() -> bool:
    """Waits for children that have ended, so that no zombie is left. Says whether there are others."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True
