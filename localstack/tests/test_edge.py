"""The configuration of the CDN's stand-in is complete, and compiles. Other tests run against it."""

from __future__ import annotations

import subprocess
import tempfile
import unittest
from pathlib import Path

import edge
import programs
from options import HERE

TEMPLATE = (HERE / "default.vcl").read_text()
SECRET = "0123456789abcdef"


class Configuration(unittest.TestCase):
    def test_nothing_is_left_to_fill_in(self) -> None:
        filled = edge.configuration(TEMPLATE, 4711, "a1b2c3d4", "shop-media", SECRET)
        self.assertNotRegex(filled, r"@[A-Z_]+@")
        self.assertIn('.port = "4711"', filled)
        self.assertIn("/_aws/execute-api/a1b2c3d4/$default", filled)
        self.assertIn('"/shop-media"', filled)
        self.assertIn(f'X-Origin-Secret = "{SECRET}"', filled)

    def test_an_id_that_is_none_is_refused(self) -> None:
        for bad in ("", "a/b", 'a"; return (fail); "'):
            with self.assertRaises(ValueError):
                edge.configuration(TEMPLATE, 4711, bad, "shop-media", SECRET)
            with self.assertRaises(ValueError):
                edge.configuration(TEMPLATE, 4711, "a1b2c3d4", bad, SECRET)
            with self.assertRaises(ValueError):
                edge.configuration(TEMPLATE, 4711, "a1b2c3d4", "shop-media", bad)

    def test_varnish_accepts_it(self) -> None:
        varnish, vmods = programs.program("varnishd"), programs.vmod_folder()
        if not (varnish and vmods):
            self.skipTest("varnish is not installed; `make run` does that")
        with tempfile.TemporaryDirectory() as folder:
            vcl = Path(folder) / "test.vcl"
            vcl.write_text(edge.configuration(TEMPLATE, 4711, "a1b2c3d4", "shop-media", SECRET))
            compiled = subprocess.run(
                [
                    str(varnish),
                    "-j",
                    "none",
                    "-C",
                    "-f",
                    str(vcl),
                    "-n",
                    folder,
                    "-p",
                    f"vmod_path={vmods}",
                ],
                env={"LD_LIBRARY_PATH": programs.unpacked_libraries(), "PATH": "/usr/bin:/bin"},
                capture_output=True,
                text=True,
            )
        self.assertEqual(compiled.returncode, 0, compiled.stderr[-2000:])


if __name__ == "__main__":
    unittest.main()
