"""Builds the functions and the tools for this machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import processes
import steps
from options import ROOT, Options
from programs import Programs

PROFILE = os.environ.get("BUILD_PROFILE", "local")
"""Cargo's profile for the functions. Benchmarks use `measure`, which optimises and takes longer."""


# Each build selects the tests too. Cargo then gives the dependencies the features that the tests
# need, and compiles them once.
WITH_TESTS = ["-p", "tests"]


def host_target() -> str:
    """This machine's target triple, as rustc calls it."""
    said = subprocess.run(
        ["rustc", "-vV"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return next(line.split()[1] for line in said.splitlines() if line.startswith("host:"))


def architecture() -> str:
    """What Lambda calls this machine's architecture."""
    return {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]


def build_environment(options: Options, programs: Programs) -> dict[str, str]:
    """Our environment, without the variables that an outer cargo has set.

    Tests start a cloud from within `cargo test`, which sets CARGO_MANIFEST_DIR and the like. When
    these change, ring's build script runs again, and after it every SDK is compiled again, for
    minutes.
    """
    inherited = {name: value for name, value in os.environ.items() if not is_from_cargo(name)}
    path = os.pathsep.join([os.environ["PATH"], str(programs.cargo_lambda)])
    return processes.marked(
        options.folder, {**inherited, "PATH": path, "CARGO_BUILD_TARGET": host_target()}
    )


def is_from_cargo(name: str) -> bool:
    return name in ("CARGO", "LD_LIBRARY_PATH") or name.startswith(
        (
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
            "CARGO_PRIMARY_",
            "CARGO_CFG_",
        )
    )


def build(options: Options, programs: Programs) -> None:
    """Builds the functions and the tools for this machine. Plain cargo builds them, so the tests
    use the same artifacts."""
    environment = build_environment(options, programs)
    steps.run(
        "build functions",
        [
            "cargo",
            "lambda",
            "build",
            "--profile",
            PROFILE,
            "--compiler",
            "cargo",
            "-p",
            "functions",
            *WITH_TESTS,
        ],
        environment,
        options.logs / "build.log",
        ROOT,
    )
    steps.run(
        "build tools",
        [
            "cargo",
            "build",
            "--profile",
            PROFILE,
            "-p",
            "ops",
            *WITH_TESTS,
        ],
        environment,
        options.logs / "build-ops.log",
        ROOT,
    )


def tool(name: str) -> Path:
    """A program of `tools/`, as `build` leaves it."""
    return target_folder() / host_target() / PROFILE / name


def target_folder() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
