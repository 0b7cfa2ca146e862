"""Puts the built functions into zip files, as Lambda requires.

`sam deploy` would compress half a gigabyte of debug binaries on one core, which takes 14 s. Nobody
downloads these files, so they are stored without compression, which takes 1 s. (For AWS
cargo-lambda writes compressed zip files.)
"""

from __future__ import annotations

import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The time of every entry, so that the same binary always makes the same zip file."""


def pack_all(folder: Path) -> int:
    """Packs each function below `folder` whose zip file is not current. Returns the number of
    functions."""
    binaries = sorted(folder.glob("*/bootstrap"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(pack, binaries))
    return len(binaries)


def pack(binary: Path) -> None:
    target = binary.with_name("bootstrap.zip")
    if is_current(binary, target):
        return
    # Another cloud may be reading the old file, so the new one replaces it when it is complete.
    draft = target.with_name(f"bootstrap.zip.{os.getpid()}")
    entry = zipfile.ZipInfo("bootstrap", EARLIEST)
    entry.external_attr = 0o100755 << 16
    entry.file_size = binary.stat().st_size
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive, binary.open("rb") as source:
        with archive.open(entry, "w") as stored:
            while block := source.read(1 << 20):
                stored.write(block)
    draft.replace(target)


def is_current(binary: Path, target: Path) -> bool:
    """Whether the zip file is younger than the binary and not smaller. A smaller one is compressed,
    for AWS."""
    try:
        packed, built = target.stat(), binary.stat()
    except OSError:
        return False
    return packed.st_mtime > built.st_mtime and packed.st_size >= built.st_size
