"""The process that owns a cloud: it sets up, builds, starts, deploys, seeds, watches, and ends.

It has its own session, apart from the command that a person typed. That command may end in any way,
also by kill -9: the supervisor watches it, and ends the cloud when it is gone. If the supervisor
itself is killed, the kernel sends a signal to its servers, and the next start ends what is left
(see `processes`).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import threading
import time
from typing import IO

import binaries
import deploy
import ports
import processes
import programs
import report
import services
import steps
import tools
from options import REGION, Options


class Stop(Exception):
    """The cloud must end: after Ctrl-C, SIGTERM, or the end of a process that we watch."""


class AlreadyRunning(Exception):
    """Another supervisor owns the folder."""


def take_lock(options: Options) -> IO[str]:
    """Holds the folder as long as this process lives. The kernel releases it, in whatever way we
    end."""
    options.folder.mkdir(parents=True, exist_ok=True)
    lock = (options.folder / "lock").open("a+")
    began = time.monotonic()
    while not locked(lock):
        # A supervisor whose command was killed needs a moment to see that, and seconds to end.
        waited, serving = time.monotonic() - began, options.description.exists()
        if waited > (1.5 if serving else 10.0):
            lock.seek(0)
            raise AlreadyRunning(
                f"this local cloud runs already (process {lock.read().strip()}); "
                "`make down` ends it"
            )
        time.sleep(0.1)
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def owner_of(options: Options) -> int | None:
    """The process id of the supervisor that holds the folder now."""
    try:
        with (options.folder / "lock").open("r+") as lock:
            return None if locked(lock) else int(lock.read())
    except (OSError, ValueError):
        return None


def main(options: Options, ready: int, stay_on_terminal: bool) -> int:
    """Runs a cloud until it ends. Writes a line to the descriptor `ready` when the cloud serves.
    Returns the exit code."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        lock = take_lock(options)
    except AlreadyRunning as error:
        steps.say(str(error))
        return 1
    code = 0
    processes.adopt_orphans()
    try:
        watch(options.while_pids)
        cloud = Cloud(options)
        cloud.bring_up()
        os.write(ready, b"ready\n")
        os.close(ready)
        if not stay_on_terminal:
            leave_terminal(options)
        cloud.keep()
    except Stop:
        pass
    except (steps.StepFailed, ports.PortInUse, programs.Missing) as error:
        steps.say(f"\n{error}")
        code = 1
    finally:
        tear_down(options)
        lock.close()
    return code


def stop(number: int, frame: object) -> None:
    # The first signal ends the cloud, and no other may interrupt that.
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stop


def watch(pids: list[int]) -> None:
    """Sends SIGTERM to this process when one of the others is gone."""
    born = {pid: processes.start_time(pid) for pid in pids}

    def loop() -> None:
        while all(processes.alive(pid) and processes.start_time(pid) == born[pid] for pid in pids):
            time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)

    if pids:
        threading.Thread(target=loop, daemon=True).start()


class Cloud:
    """One cloud, from its first step until it serves."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.services: list[services.Service] = []

    def bring_up(self) -> None:
        options = self.options
        began = time.monotonic()
        forget_the_last(options)
        with steps.step("check programs"):
            found = programs.install(options.folder)
        if not options.free_ports:
            # This stands before the build, which takes minutes.
            ports.check(options.ports)
        if options.build:
            binaries.build(options, found)
        if options.free_ports:
            options.ports = ports.free(list(options.ports))
        else:
            # And again after it: by now another server may have taken a port of ours.
            ports.check(options.ports)
        with steps.step("start redis"):
            self.services.append(services.start_redis(options, found))
        with steps.step("start emulator"):
            self.services.append(services.start_emulator(options, found))
        outputs = deploy.deploy(options, found)
        with steps.step("start varnish"):
            self.services.append(
                services.start_edge(options, found, outputs["ApiId"], outputs["MediaBucket"])
            )
        with steps.step("first answer"):
            self.smoke_test()
        if options.products:
            tools.seed(options, outputs)
        description = describe(options, outputs)
        options.description.write_text(json.dumps(description, indent=2) + "\n")
        steps.say(f"{steps.dotted('all')} {steps.elapsed(time.monotonic() - began)}")
        report.print_addresses(description)

    def smoke_test(self) -> None:
        """Sends one request through everything, because a deploy can succeed and route nothing."""
        url = self.options.url("edge") + "/health"
        if (status := services.status(url, 30.0)) != 200:
            raise steps.StepFailed(
                f"GET {url} answers {status}; see {self.options.logs}/emulator.log"
            )

    def keep(self) -> None:
        """Serves until a signal arrives or a server ends."""
        while True:
            for service in self.services:
                if service.process.poll() is not None:
                    raise service.failure()
            time.sleep(0.5)


def forget_the_last(options: Options) -> None:
    """Ends what a killed supervisor left, and empties the folder. Only the lock stays."""
    if processes.members(options.folder):
        ended = processes.end_all(options.folder)
        steps.say(f"  ended {ended} processes of a run that was killed")
    options.description.unlink(missing_ok=True)
    for name in ("logs", "tmp", "varnish"):
        shutil.rmtree(options.folder / name, ignore_errors=True)


def describe(options: Options, outputs: dict[str, str]) -> dict[str, object]:
    emulator = options.url("emulator")
    return {
        "base_url": options.url("edge"),
        "api_url": f"{emulator}/_aws/execute-api/{outputs['ApiId']}/$default",
        "aws_endpoint_url": emulator,
        "redis_url": deploy.cache_url(options),
        "origin_secret": options.origin_secret,
        "region": REGION,
        "stack": options.stack,
        "limits": options.limits,
        "state": options.state,
        "pid": os.getpid(),
        "outputs": outputs,
    }


def leave_terminal(options: Options) -> None:
    """Writes to a log from here on, since the process that started us may read our output to its
    end."""
    log = os.open(options.logs / "supervisor.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def tear_down(options: Options) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    options.description.unlink(missing_ok=True)
    began = time.monotonic()
    ended = processes.end_all(options.folder)
    shutil.rmtree(options.folder / "tmp", ignore_errors=True)
    if ended:
        steps.say(f"  stopped {ended} processes in {time.monotonic() - began:.1f} s")
