"""Which ports are free, and which process holds the others.

"Address already in use" in a log helps nobody. So ports are checked before anything starts, and the
message names the port, the server that needs it, the process that has it, and the option for
another port.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path

from options import HOST

OWNERS = {
    "emulator": "the AWS emulator",
    "redis": "the cache server",
    "edge": "the CDN's stand-in",
    "docs": "the API's page",
}


class PortInUse(Exception):
    """Another process holds a port that we need."""


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now. Connections in TIME_WAIT do not prevent it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def check(ports: dict[str, int]) -> None:
    """Raises `PortInUse` with one line for each port that is taken."""
    lines = [describe(name, port) for name, port in ports.items() if not is_free(port)]
    if lines:
        raise PortInUse("\n".join(lines))


def describe(name: str, port: int) -> str:
    holder = holder_of(port)
    by = f" by {holder}" if holder else ""
    return (
        f"port {port}, which {OWNERS[name]} needs, is in use{by}; "
        f"choose another one with --{name}-port PORT"
    )


def free(names: list[str]) -> dict[str, int]:
    """Finds a free port for each name. It holds all of them until the end, so that no two are the
    same."""
    probes = {name: socket.socket() for name in names}
    try:
        for probe in probes.values():
            probe.bind((HOST, 0))
        return {name: probe.getsockname()[1] for name, probe in probes.items()}
    finally:
        for probe in probes.values():
            probe.close()


def holder_of(port: int) -> str | None:
    """The holder of a port, as `process 4711 (nginx)`, if /proc shows it to us."""
    inodes = listening_inodes(port)
    if not inodes:
        return None
    targets = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        if holds_one_of(process, targets):
            return f"process {process.name} ({command_of(process)})"
    return "a process of another user"


def listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, rows):
            listening = fields[3] == "0A"
            if listening and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def holds_one_of(process: Path, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(fd) in sockets for fd in (process / "fd").iterdir())
    except OSError:
        return False


def command_of(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "ended meanwhile"
