"""Whatever is started can be found and ended, and nothing else is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable
from pathlib import Path

import processes
from options import HERE


class Folder(unittest.TestCase):
    """A test with a cloud's folder, empty of processes at the end."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name).resolve()
        self.addCleanup(processes.end_all, self.folder)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        environment = processes.service_environment(self.folder, {})
        process = processes.start(list(command), environment, self.folder / "log")
        self.addCleanup(process.wait)
        self.addCleanup(processes.end_all, self.folder)
        return process

    def eventually(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), deadline, "it did not happen in time")
            time.sleep(0.02)


class Members(Folder):
    def test_a_grandchild_in_a_session_of_its_own_is_found_and_ended(self) -> None:
        self.start("sh", "-c", "setsid sleep 60 & wait")
        self.eventually(lambda: len(processes.members(self.folder)) >= 2)
        processes.end_all(self.folder)
        self.assertEqual(processes.members(self.folder), [])

    def test_one_that_ignores_sigterm_is_killed(self) -> None:
        process = self.start("sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.1; done")
        self.eventually(lambda: (self.folder / "log").read_text() == "ready\n")
        processes.end_all(self.folder, patience=0.3)
        self.assertFalse(processes.alive(process.pid))

    def test_one_that_dropped_the_mark_is_known_from_the_list(self) -> None:
        process = self.start("env", "-i", "/bin/sleep", "60")
        self.eventually(lambda: Path(f"/proc/{process.pid}/environ").read_bytes() == b"")
        self.assertEqual(processes.members(self.folder), [process.pid])

    def test_an_id_on_the_list_that_is_a_strangers_by_now_is_left_alone(self) -> None:
        with subprocess.Popen(["sleep", "60"]) as stranger:
            (self.folder / "started").write_text(f"{stranger.pid} 1\n")
            self.assertEqual(processes.members(self.folder), [])
            processes.end_all(self.folder)
            self.assertTrue(processes.alive(stranger.pid))
            stranger.kill()

    def test_a_process_of_another_cloud_is_left_alone(self) -> None:
        process = self.start("sleep", "60")
        self.eventually(lambda: processes.members(self.folder) == [process.pid])
        processes.end_all(self.folder / "other")
        self.assertTrue(processes.alive(process.pid))


# A supervisor without a cloud: it watches a process, starts a server that has a child, and ends
# them as the real one does.
SUPERVISOR = """
import sys, time
sys.path.insert(0, sys.argv[1])
import processes, supervisor
from options import Options

class Cloud:
    def __init__(self, options):
        self.options = options
    def bring_up(self):
        environment = processes.service_environment(self.options.folder, {})
        processes.start(["sh", "-c", "sleep 60 & wait"], environment, self.options.folder / "log")
    def keep(self):
        time.sleep(60)

supervisor.Cloud = Cloud
options = Options(state=sys.argv[2], while_pids=[int(sys.argv[3])])
sys.exit(supervisor.main(options, 1, True))
"""


class Supervised(Folder):
    def supervise(self, watched: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SUPERVISOR, str(HERE), str(self.folder), str(watched)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
        assert process.stdout is not None
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        self.eventually(lambda: len(processes.members(self.folder)) == 2)
        return process

    def test_all_is_gone_after_kill_9_of_the_process_that_is_watched(self) -> None:
        with subprocess.Popen(["sleep", "60"]) as watched:
            supervisor = self.supervise(watched.pid)
            os.kill(watched.pid, signal.SIGKILL)
        self.assertEqual(supervisor.wait(10), 0)
        self.assertEqual(processes.members(self.folder), [])

    def test_all_is_gone_after_ctrl_c(self) -> None:
        supervisor = self.supervise(os.getpid())
        supervisor.send_signal(signal.SIGINT)
        self.assertEqual(supervisor.wait(10), 0)
        self.assertEqual(processes.members(self.folder), [])

    def test_after_kill_9_of_the_supervisor_the_next_one_ends_what_is_left(self) -> None:
        supervisor = self.supervise(os.getpid())
        before = processes.members(self.folder)
        supervisor.kill()
        supervisor.wait()
        processes.end_all(self.folder)
        self.assertFalse([pid for pid in before if processes.alive(pid)])

    def test_a_second_supervisor_of_the_same_folder_is_refused(self) -> None:
        self.supervise(os.getpid())
        (self.folder / "cloud.json").write_text("{}")
        command = [sys.executable, "-c", SUPERVISOR, str(HERE), str(self.folder), str(os.getpid())]
        second = subprocess.run(command, capture_output=True, text=True, timeout=20)
        self.assertEqual(second.returncode, 1)
        self.assertIn("runs already", second.stderr)


if __name__ == "__main__":
    unittest.main()
