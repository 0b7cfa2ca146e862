"""The three servers of a local cloud: how each one starts, and how we know that it serves."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import edge
import processes
import steps
from options import ACCOUNT, HERE, HOST, REGION, Options
from programs import Programs


@dataclass
class Service:
    """A server that runs until the cloud stops."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def wait_until(self, ready: Callable[[], bool], patience: float = 30.0) -> None:
        """Waits until the server answers. Raises if it ends first or takes too long, after printing
        the end of its log."""
        deadline = time.monotonic() + patience
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise self.failure()
            time.sleep(0.05)
        # Something answered. If our server has ended, it was another one.
        if self.process.poll() is not None:
            raise self.failure()

    def failure(self) -> steps.StepFailed:
        steps.say(steps.tail(self.log))
        code = self.process.poll()
        what = "did not start in time" if code is None else f"ended with code {code}"
        return steps.StepFailed(f"{self.name} {what}; its whole log is {self.log}")


def start(options: Options, name: str, command: list[str], extra: dict[str, str]) -> Service:
    log = options.logs / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(b"")
    environment = processes.service_environment(options.folder, extra)
    return Service(name, processes.start(command, environment, log, options.folder), log)


def start_redis(options: Options, programs: Programs) -> Service:
    """Starts the cache. It writes nothing to disk."""
    service = start(
        options,
        "redis",
        [
            str(programs.redis),
            "--port",
            str(options.ports["redis"]),
            "--bind",
            HOST,
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
            "--maxmemory",
            "256mb",
            "--maxmemory-policy",
            "allkeys-lru",
        ],
        {"LD_LIBRARY_PATH": programs.libraries},
    )
    service.wait_until(lambda: accepts(options.ports["redis"]))
    return service


def start_emulator(options: Options, programs: Programs) -> Service:
    temporary = options.folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    url = options.url("emulator")
    service = start(
        options,
        "emulator",
        [str(programs.python), "-B", str(HERE / "emulator.py")],
        {
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(options.ports["emulator"]),
            "MINISTACK_HOST": HOST,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            # Each function has only the rights of its role, so a missing right shows up here.
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(temporary),
            # The emulator passes its environment to every function. These variables tell a
            # function where AWS is: the emulator, or a proxy in front of it.
            **options.functions_variables(),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
    )
    service.wait_until(lambda: status(f"{url}/_ministack/ready") == 200)
    return service


def start_edge(options: Options, programs: Programs, api_id: str, media_bucket: str) -> Service:
    vcl = edge.write_configuration(options, api_id, media_bucket)
    service = start(
        options,
        "varnish",
        edge.command(options, programs.varnish, programs.vmods, vcl),
        {"LD_LIBRARY_PATH": programs.libraries},
    )
    service.wait_until(lambda: accepts(options.ports["edge"]))
    return service


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port)) == 0


def status(url: str, timeout: float = 10.0) -> int:
    """The status of a GET, or 0 if there is no answer."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
