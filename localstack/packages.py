"""Installs the Python packages that the local cloud needs, and the npm packages of `make lint-api`.

The Python packages go into three virtual environments below `.local/`. The emulator, the SAM CLI,
and the programs that test and show the API need different versions of the same packages. The last
of these environments has Node.js, which installs the npm packages.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from pathlib import Path

import processes
import steps
from options import HERE, LOCAL

ENVIRONMENTS = {
    "emulator": HERE / "requirements.txt",
    "tools": HERE / "requirements-tools.txt",
    "api": HERE / "requirements-api.txt",
}


NPM = HERE / "lint-api"
"""Names and locks the npm packages."""

# npm runs no script of a package: what is installed here needs none.
NPM_INSTALL = """
rm -rf "$1" && mkdir "$1" && cp "$2"/package.json "$2"/package-lock.json "$1" && cd "$1"
"$3" ci --ignore-scripts --no-audit --no-fund --no-update-notifier
"""


def install_packages(folder: Path) -> None:
    """Installs all environments at once, because downloading takes most of the time."""
    running = [
        steps.Running(
            f"install {name} packages",
            install_command(name),
            environment(folder),
            folder / "logs" / f"install-{name}.log",
            HERE,
        )
        for name in ENVIRONMENTS
        if not is_installed(name)
    ]
    for each in running:
        each.wait()
    for name in ENVIRONMENTS:
        stamp(name).write_text(fingerprint(name))
    install_npm_packages(folder)


def install_npm_packages(folder: Path) -> None:
    if is_installed(NPM.name):
        return
    npm = LOCAL / "api" / "bin" / "npm"
    steps.run(
        "install npm packages",
        ["sh", "-ec", NPM_INSTALL, "install", str(LOCAL / NPM.name), str(NPM), str(npm)],
        environment(folder),
        folder / "logs" / "install-npm.log",
        HERE,
    )
    stamp(NPM.name).write_text(fingerprint(NPM.name))


def install_command(name: str) -> list[str]:
    """One shell command: it makes a new environment and installs all packages in one pip call. A
    second call would change the versions that the first one chose."""
    target, requirements = LOCAL / name, ENVIRONMENTS[name]
    script = (
        'rm -rf "$1" && "$2" -m venv "$1" && '
        '"$1/bin/python" -m pip install --disable-pip-version-check --progress-bar off -r "$3"'
    )
    return ["sh", "-c", script, "install", str(target), sys.executable, str(requirements)]


def is_installed(name: str) -> bool:
    return stamp(name).exists() and stamp(name).read_text() == fingerprint(name)


def stamp(name: str) -> Path:
    """This file is written last, so that an interrupted installation starts again."""
    return LOCAL / name / "installed"


def fingerprint(name: str) -> str:
    """A digest of the requirements, the version of this Python, and the folder. Scripts hold the
    path of their folder, so a moved folder is installed again."""
    locked = ENVIRONMENTS.get(name, NPM / "package-lock.json")
    parts = (locked.read_text(), platform.python_version(), str(LOCAL))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def environment(folder: Path) -> dict[str, str]:
    """Our environment with the cloud's mark, so that `end_all` also ends an interrupted
    installation."""
    return processes.marked(folder, dict(os.environ))
