"""Installs what the local cloud needs, once, and finds it quickly afterwards.

Python packages go into three virtual environments under `.local/`: the emulator's pins, the SAM CLI's and those of what tries
and shows the API exclude each other. The cache server and the CDN's stand-in are system programs: used if they are there, installed by apt-get if we may,
else unpacked under `.local/root`, which needs no rights at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import processes
import steps
from options import HERE, LOCAL

UNPACKED = LOCAL / "root"
ENVIRONMENTS = {
    "emulator": HERE / "requirements.txt",
    "tools": HERE / "requirements-tools.txt",
    "api": HERE / "requirements-api.txt",
}
PACKAGES = ["redis-server", "varnish", "varnish-modules"]
XKEY = "libvmod_xkey.so"


class Missing(Exception):
    """Something that we cannot install ourselves; the message says how to get it."""


@dataclass
class Programs:
    """Where everything is that gets started."""

    python: Path
    """Runs the emulator."""
    sam: Path
    tools_python: Path
    """Has boto3."""
    cargo_lambda: Path
    """The folder with cargo-lambda and its linker for other architectures."""
    redis: Path
    varnish: Path
    vmods: Path
    """The folder with Varnish's modules."""
    libraries: str
    """LD_LIBRARY_PATH for what was unpacked; empty for installed programs."""


def install(folder: Path) -> Programs:
    """Makes sure that everything is there. Takes milliseconds when it is. `folder` is the cloud's, for marks and logs."""
    if platform.system() != "Linux":
        raise Missing(
            f"the local cloud runs on Linux (WSL 2 and virtual machines included), not on {platform.system()}; "
            "localstack/compose.yaml is the way for Docker with a LocalStack token"
        )
    if sys.version_info < (3, 10):
        raise Missing(f"Python 3.10 or newer is needed, this is {platform.python_version()}")
    for program, source in {
        "cargo": "https://rustup.rs",
        "cc": "apt-get install build-essential",
    }.items():
        if not shutil.which(program):
            raise Missing(f"{program} is missing; get it from: {source}")
    with one_at_a_time():
        install_packages(folder)
        install_programs(folder)
    return find()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two clouds that start at once share `.local/`: the second one waits, and finds everything there."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- Python packages


def install_packages(folder: Path) -> None:
    """All environments at once: most of the time goes into downloading."""
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


def install_command(name: str) -> list[str]:
    """One shell command: a fresh environment, then all packages in one pip call (a second call would undo pins)."""
    target, requirements = LOCAL / name, ENVIRONMENTS[name]
    script = (
        'rm -rf "$1" && "$2" -m venv "$1" && '
        '"$1/bin/python" -m pip install --disable-pip-version-check --progress-bar off -r "$3"'
    )
    return ["sh", "-c", script, "install", str(target), sys.executable, str(requirements)]


def is_installed(name: str) -> bool:
    return stamp(name).exists() and stamp(name).read_text() == fingerprint(name)


def stamp(name: str) -> Path:
    """Written last, so that an interrupted installation is begun again."""
    return LOCAL / name / "installed"


def fingerprint(name: str) -> str:
    """Changes with the requirements, with this Python, and when the folder is moved (scripts in it hold its path)."""
    parts = (ENVIRONMENTS[name].read_text(), platform.python_version(), str(LOCAL))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


# ---- System programs


def install_programs(folder: Path) -> None:
    if missing := missing_packages():
        get(missing, folder)
    if still := missing_packages():
        raise Missing(how_to_get(still))


def get(missing: list[str], folder: Path) -> None:
    """Installs packages if we may, else unpacks them."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Missing(how_to_get(missing))
    rights = administrator()
    if rights is None:
        unpack(missing, folder)
    else:
        steps.run(
            "install system programs",
            ["sh", "-ec", INSTALL, "install", rights, *missing],
            environment(folder),
            folder / "logs" / "install-programs.log",
            HERE,
        )


def chromium(folder: Path) -> tuple[Path, str]:
    """The browser, for the tests that need one, and its LD_LIBRARY_PATH."""
    with one_at_a_time():
        if not browser():
            get(["chromium"], folder)
    found = browser()
    if not found:
        raise Missing(how_to_get(["chromium"]))
    return found, unpacked_libraries() if found.is_relative_to(UNPACKED) else ""


def browser() -> Path | None:
    """Past Debian's wrapper where it was unpacked: that one knows one place only."""
    unpacked = UNPACKED / "usr/lib/chromium/chromium"
    names = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next((Path(name) for name in names if name), unpacked if unpacked.exists() else None)


INSTALL = """
rights=$1; shift
$rights apt-get update -q
$rights env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
# Debian starts what it installs, now and at every boot; we start our own, when they are needed.
for package in "$@"; do
  if [ -f "/lib/systemd/system/$package.service" ] && [ -d /run/systemd/system ]; then
    $rights systemctl disable --now "$package" || true
  fi
done
"""

UNPACK = """
apt=$1; root=$2; shift 2
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
options="-o Dir::State::lists=$apt/lists -o Dir::Cache=$apt -o Dir::Cache::archives=$apt/archives -o Debug::NoLocking=1"
apt-get $options update -q
apt-get $options install -y -q --download-only --no-install-recommends "$@"
for package in "$apt"/archives/*.deb; do dpkg -x "$package" "$root"; done
rm -rf "$apt"
"""


def unpack(missing: list[str], folder: Path) -> None:
    """Downloads the packages and what they need that this machine lacks, and unpacks them without installing."""
    steps.run(
        "unpack system programs",
        ["sh", "-ec", UNPACK, "unpack", str(LOCAL / "apt"), str(UNPACKED), *missing],
        environment(folder),
        folder / "logs" / "install-programs.log",
        HERE,
    )


def administrator() -> str | None:
    """The prefix of a command that may install packages: nothing as root, `sudo -n` if it asks no password."""
    if os.geteuid() == 0:
        return ""
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
    ):
        return "sudo -n"
    return None


def missing_packages() -> list[str]:
    present = {
        "redis-server": program("valkey-server") or program("redis-server"),
        "varnish": program("varnishd"),
        "varnish-modules": vmod_folder(),
    }
    return [name for name in PACKAGES if not present[name]]


def how_to_get(missing: list[str]) -> str:
    names = " ".join(missing)
    others = (
        ""
        if names == "chromium"
        else (
            "; Fedora: dnf install redis varnish varnish-modules; Arch: pacman -S valkey varnish varnish-modules"
        )
    )
    return f"missing: {names}. Get them from your system's package manager (Debian, Ubuntu: apt-get install {names}{others})"


def program(name: str) -> Path | None:
    """An installed program (sbin is not on everybody's PATH), or the one that we unpacked."""
    path = os.pathsep.join(
        [
            os.environ.get("PATH", ""),
            "/usr/local/sbin",
            "/usr/sbin",
            str(UNPACKED / "usr/bin"),
            str(UNPACKED / "usr/sbin"),
        ]
    )
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def vmod_folder() -> Path | None:
    """Varnish's module folder lies below a folder named after the machine: /usr/lib/x86_64-linux-gnu/varnish/vmods."""
    for base in (
        Path("/usr/lib"),
        Path("/usr/lib64"),
        Path("/usr/local/lib"),
        UNPACKED / "usr/lib",
    ):
        for pattern in (f"varnish/vmods/{XKEY}", f"*/varnish/vmods/{XKEY}"):
            for found in base.glob(pattern):
                return found.parent
    return None


def unpacked_libraries() -> str:
    """Folders with shared libraries below `.local/root`, for LD_LIBRARY_PATH."""
    library = UNPACKED / "usr/lib"
    folders = [
        *library.glob("*-linux-gnu*"),
        *library.glob("*-linux-gnu*/varnish"),
        *(UNPACKED / "lib").glob("*-linux-gnu*"),
    ]
    return os.pathsep.join(str(folder) for folder in folders)


def environment(folder: Path) -> dict[str, str]:
    """Ours, with the cloud's mark, so that an interrupted installation is ended like everything else."""
    return processes.marked(folder, dict(os.environ))


def find() -> Programs:
    redis, varnish, vmods = (
        program("valkey-server") or program("redis-server"),
        program("varnishd"),
        vmod_folder(),
    )
    if not (redis and varnish and vmods):
        raise Missing(how_to_get(missing_packages()))
    emulator, tools = LOCAL / "emulator" / "bin", LOCAL / "tools" / "bin"
    return Programs(
        python=emulator / "python",
        sam=tools / "sam",
        tools_python=tools / "python",
        cargo_lambda=tools,
        redis=redis,
        varnish=varnish,
        vmods=vmods,
        libraries=unpacked_libraries(),
    )
