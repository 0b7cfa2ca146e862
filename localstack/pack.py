"""Puts the built functions into zip files, as Lambda wants them.

`sam deploy` would do it, and compress half a gigabyte of debug binaries on one core: 14 s. Nobody downloads these, so they are
stored as they are: 1 s. (For AWS cargo-lambda writes the zip files, compressed.)
"""

from __future__ import annotations

import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The same binary makes the same zip file, whenever it is packed."""


def pack_all(folder: Path) -> int:
    """Packs every function below `folder` whose zip file is not current. Returns how many there are in all."""
    binaries = sorted(folder.glob("*/bootstrap"))
    with ThreadPoolExecutor() as pool:
        list(pool.map(pack, binaries))
    return len(binaries)


def pack(binary: Path) -> None:
    target = binary.with_name("bootstrap.zip")
    if is_current(binary, target):
        return
    # Renamed when it is whole: another cloud may be reading.
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
    """A zip file that is younger, and no smaller: a compressed one was made for AWS."""
    try:
        packed, built = target.stat(), binary.stat()
    except OSError:
        return False
    return packed.st_mtime > built.st_mtime and packed.st_size >= built.st_size
