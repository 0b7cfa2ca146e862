"""A port that is taken is named, with its holder and the option that moves ours."""

from __future__ import annotations

import os
import socket
import unittest

import ports


class Ports(unittest.TestCase):
    def test_a_taken_port_is_named_with_its_holder_and_the_option(self) -> None:
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            with self.assertRaises(ports.PortInUse) as raised:
                ports.check({"edge": port})
        said = str(raised.exception)
        self.assertIn(f"port {port}", said)
        self.assertIn(f"process {os.getpid()} (", said)
        self.assertIn("--edge-port", said)

    def test_every_taken_port_gets_a_line(self) -> None:
        with socket.socket() as one, socket.socket() as two:
            for server in (one, two):
                server.bind(("127.0.0.1", 0))
                server.listen()
            with self.assertRaises(ports.PortInUse) as raised:
                ports.check({"redis": one.getsockname()[1], "edge": two.getsockname()[1]})
        self.assertEqual(len(str(raised.exception).splitlines()), 2)

    def test_free_ports_are_free_and_differ(self) -> None:
        found = ports.free(["emulator", "redis", "edge"])
        self.assertEqual(len(set(found.values())), 3)
        ports.check(found)


if __name__ == "__main__":
    unittest.main()
