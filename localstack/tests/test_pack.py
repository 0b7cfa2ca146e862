"""Functions are packed once, executable, and anew when they change."""

from __future__ import annotations

import os
import tempfile
import unittest
import zipfile
from pathlib import Path

import pack


class Pack(unittest.TestCase):
    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.binary = Path(temporary.name) / "users-get" / "bootstrap"
        self.binary.parent.mkdir()
        self.build(b"first" * 1000, at=100)
        self.zip = self.binary.with_name("bootstrap.zip")

    def build(self, content: bytes, at: float) -> None:
        self.binary.write_bytes(content)
        os.utime(self.binary, (at, at))

    def pack(self) -> bytes:
        self.assertEqual(pack.pack_all(self.binary.parent.parent), 1)
        with zipfile.ZipFile(self.zip) as archive:
            self.assertEqual(archive.infolist()[0].external_attr >> 16, 0o100755)
            return archive.read("bootstrap")

    def test_what_was_built_is_packed(self) -> None:
        self.assertEqual(self.pack(), b"first" * 1000)

    def test_the_same_binary_makes_the_same_file(self) -> None:
        self.pack()
        before = self.zip.read_bytes()
        self.zip.unlink()
        self.pack()
        self.assertEqual(self.zip.read_bytes(), before)

    def test_what_is_current_is_left_alone(self) -> None:
        self.pack()
        before = self.zip.stat().st_mtime_ns
        self.pack()
        self.assertEqual(self.zip.stat().st_mtime_ns, before)

    def test_a_newer_binary_is_packed_anew(self) -> None:
        self.pack()
        self.build(b"second", at=self.zip.stat().st_mtime + 1)
        self.assertEqual(self.pack(), b"second")

    def test_a_compressed_file_made_for_aws_is_replaced(self) -> None:
        with zipfile.ZipFile(self.zip, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bootstrap", b"other machine" * 100)
        self.assertEqual(self.pack(), b"first" * 1000)


if __name__ == "__main__":
    unittest.main()
