"""A cloud for tests. It has its own folder and ports, and uses the functions that are built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from options import HERE, LOCAL, ROOT


def start(name: str, *options: str) -> dict[str, Any]:
    """Starts the cloud of this name with these options of `up`, and returns its description. It
    ends when this process ends, in whatever way."""
    command = [
        sys.executable,
        str(HERE / "cloud.py"),
        "up",
        "--state",
        str(LOCAL / name),
        "--free-ports",
        "--no-build",
        "--json",
        "--while-pid",
        str(os.getpid()),
        *options,
    ]
    started = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    if started.returncode:
        raise SystemExit("the local cloud did not start; it says why above")
    return json.loads(started.stdout)
