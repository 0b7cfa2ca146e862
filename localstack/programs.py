"""Installs what the local cloud needs, once, and finds it quickly afterwards.

The cache server and the CDN's stand-in are system programs. They are used if they are there.
Otherwise apt-get installs them if it may, or they are unpacked below `.local/root`, which needs no
rights at all. `packages` installs the Python packages.
"""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import packages
import steps
from options import HERE, LOCAL

UNPACKED = LOCAL / "root"
PACKAGES = ["redis-server", "varnish", "varnish-modules"]
XKEY = "libvmod_xkey.so"


class Missing(Exception):
    """The local cloud cannot install this itself. The message says how to get it."""


@dataclass
class Programs:
    """Where each program is."""

    python: Path
    """The Python that runs the emulator."""
    sam: Path
    tools_python: Path
    """The Python that has boto3."""
    cargo_lambda: Path
    """The folder with cargo-lambda and its linker for other architectures."""
    redis: Path
    varnish: Path
    vmods: Path
    """The folder with Varnish's modules."""
    libraries: str
    """LD_LIBRARY_PATH for unpacked programs. Empty for installed ones."""


def install(folder: Path) -> Programs:
    """Makes sure that everything is installed. This takes milliseconds when it is. `folder` is the
    cloud's folder, for its mark and its logs."""
    if platform.system() != "Linux":
        raise Missing(
            "the local cloud runs on Linux (also in WSL 2 and in virtual machines), "
            f"not on {platform.system()}; with Docker and a LocalStack token, "
            "use localstack/compose.yaml"
        )
    if sys.version_info < (3, 10):  # noqa: UP036 - this is what the message is for
        raise Missing(
            f"the local cloud needs Python 3.10 or newer; this is {platform.python_version()}"
        )
    for program, source in {
        "cargo": "https://rustup.rs",
        "cc": "apt-get install build-essential",
    }.items():
        if not shutil.which(program):
            raise Missing(f"{program} is missing; get it from: {source}")
    with one_at_a_time():
        packages.install_packages(folder)
        install_programs(folder)
    return find()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Holds a lock. Two clouds that start at once share `.local/`, so the second one waits for the
    first."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- System programs


def install_programs(folder: Path) -> None:
    if missing := missing_packages():
        get(missing, folder)
    if still := missing_packages():
        raise Missing(how_to_get(still))


def get(missing: list[str], folder: Path) -> None:
    """Installs packages, or unpacks them if this user may not install."""
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        raise Missing(how_to_get(missing))
    rights = administrator()
    if rights is None:
        unpack(missing, folder)
    else:
        steps.run(
            "install system programs",
            ["sh", "-ec", INSTALL, "install", rights, *missing],
            packages.environment(folder),
            folder / "logs" / "install-programs.log",
            HERE,
        )


def chromium(folder: Path) -> tuple[Path, str]:
    """The browser for the tests that need one, and its LD_LIBRARY_PATH."""
    with one_at_a_time():
        if not browser():
            get(["chromium"], folder)
    found = browser()
    if not found:
        raise Missing(how_to_get(["chromium"]))
    return found, unpacked_libraries() if found.is_relative_to(UNPACKED) else ""


def browser() -> Path | None:
    """The browser itself where it was unpacked: Debian's wrapper knows only one place."""
    unpacked = UNPACKED / "usr/lib/chromium/chromium"
    names = map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))
    return next((Path(name) for name in names if name), unpacked if unpacked.exists() else None)


INSTALL = """
rights=$1; shift
$rights apt-get update -q
$rights env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
# Debian starts an installed server at once and at every boot. The local cloud starts its own.
for package in "$@"; do
  if [ -f "/lib/systemd/system/$package.service" ] && [ -d /run/systemd/system ]; then
    $rights systemctl disable --now "$package" || true
  fi
done
"""

UNPACK = """
apt=$1; root=$2; shift 2
mkdir -p "$apt/lists/partial" "$apt/archives/partial"
options="-o Dir::State::lists=$apt/lists -o Dir::Cache=$apt"
options="$options -o Dir::Cache::archives=$apt/archives -o Debug::NoLocking=1"
apt-get $options update -q
apt-get $options install -y -q --download-only --no-install-recommends "$@"
for package in "$apt"/archives/*.deb; do dpkg -x "$package" "$root"; done
rm -rf "$apt"
"""


def unpack(missing: list[str], folder: Path) -> None:
    """Downloads the packages and their dependencies that this machine lacks, and unpacks them
    without installing."""
    steps.run(
        "unpack system programs",
        ["sh", "-ec", UNPACK, "unpack", str(LOCAL / "apt"), str(UNPACKED), *missing],
        packages.environment(folder),
        folder / "logs" / "install-programs.log",
        HERE,
    )


def administrator() -> str | None:
    """The prefix of a command that may install packages: empty for root, `sudo -n` if sudo needs no
    password."""
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
            "; Fedora: dnf install redis varnish varnish-modules"
            "; Arch: pacman -S valkey varnish varnish-modules"
        )
    )
    return (
        f"missing: {names}. Install with your system's package manager "
        f"(Debian, Ubuntu: apt-get install {names}{others})"
    )


def program(name: str) -> Path | None:
    """An installed program (not every PATH contains sbin), or the unpacked one."""
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
    """Varnish's folder of modules. Its path names the machine:
    /usr/lib/x86_64-linux-gnu/varnish/vmods."""
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
    """The folders with shared libraries below `.local/root`, for LD_LIBRARY_PATH."""
    library = UNPACKED / "usr/lib"
    folders = [
        *library.glob("*-linux-gnu*"),
        *library.glob("*-linux-gnu*/varnish"),
        *(UNPACKED / "lib").glob("*-linux-gnu*"),
    ]
    return os.pathsep.join(str(folder) for folder in folders)


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
