"""The one command of the local cloud: `python3 localstack/cloud.py --help`. The Makefile calls it.

It needs only Python's standard library. README.md, in this folder, describes what it starts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import apidocs
import arguments
import binaries
import deploy
import environments
import options as settings
import ports
import processes
import programs
import report
import steps
import supervisor
import tools
from options import Options

STOP_PATIENCE = 20.0


def main() -> int:
    args = arguments.parse()
    try:
        return COMMANDS[args.command](args)
    except (steps.StepFailed, ports.PortInUse, programs.Missing, report.NotRunning) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def setup(args: argparse.Namespace) -> int:
    return alone(lambda options, found: None)


def build(args: argparse.Namespace) -> int:
    return alone(binaries.build)


def lint(args: argparse.Namespace) -> int:
    return alone(deploy.lint)


def deploy_to_aws(args: argparse.Namespace) -> int:
    def work(options: Options, found: programs.Programs) -> None:
        options.stack = args.stack
        deploy.deploy_to_aws(options, found, args.region, args.parameters)

    return alone(work)


def alone(work: Callable[[Options, programs.Programs], None]) -> int:
    """Does work that needs no running cloud. It has its own folder, so it never disturbs a cloud
    that runs."""
    options = Options(state=str(settings.LOCAL / f"work-{os.getpid()}"))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        work(options, programs.install(options.folder))
        shutil.rmtree(options.folder, ignore_errors=True)
    finally:
        processes.end_all(options.folder)
    return 0


def run(args: argparse.Namespace) -> int:
    """Serves until it is told to stop. Returns 0 also after Ctrl-C, which is the normal end."""
    return Foreground(settings.from_arguments(args)).run()


def up(args: argparse.Namespace) -> int:
    options = settings.from_arguments(args)
    command = Foreground(options)
    code = command.start()
    if command.stopping:
        return 130
    if code == 0 and args.json:
        print(options.description.read_text(), end="")
    return code


class Foreground:
    """The command that a person typed: it starts the supervisor, passes signals on, and makes sure
    that everything ends."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.stopping = False
        self.supervisor: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        self.options.while_pids.append(os.getpid())
        code = self.start(stay=True)
        if code == 0 and not self.stopping:
            steps.say("  Serving. Ctrl-C stops everything.")
            code = self.wait_for_end()
        return 0 if self.stopping else code

    def start(self, stay: bool = False) -> int:
        """Starts the supervisor and waits until its cloud serves. Returns the supervisor's exit
        code if it ended before that."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.hand_on)
        read, write = os.pipe()
        command = [
            sys.executable,
            os.path.abspath(__file__),
            "supervise",
            self.options.to_json(),
            str(write),
        ]
        self.supervisor = subprocess.Popen(
            [*command, *(["--stay"] if stay else [])],
            pass_fds=[write],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            ready = pipe.readline() == "ready\n"
        return 0 if ready else self.wait_for_end()

    def hand_on(self, number: int, frame: object) -> None:
        if not self.stopping:
            steps.say("\n  Stopping ...")
        self.stopping = True
        if self.supervisor:
            self.supervisor.terminate()

    def wait_for_end(self) -> int:
        assert self.supervisor is not None
        code = self.supervisor.wait()
        if code < 0:
            steps.say(f"the supervisor was killed by signal {-code}; ending what it started")
            processes.end_all(self.options.folder)
        return abs(code)


def supervise(args: argparse.Namespace) -> int:
    return supervisor.main(Options.from_json(args.options), args.ready, args.stay)


def down(args: argparse.Namespace) -> int:
    """Tells the supervisor to end its cloud. Ends also what is left of a cloud whose supervisor was
    killed."""
    options = Options(state=str(folder_of(args)))
    owner, left = supervisor.owner_of(options), processes.members(options.folder)
    if owner:
        os.kill(owner, signal.SIGTERM)
        deadline = time.monotonic() + STOP_PATIENCE
        while processes.alive(owner) and time.monotonic() < deadline:
            time.sleep(0.05)
    if left:
        processes.end_all(options.folder)
    print("stopped" if owner or left else "nothing was running")
    return 0


def status(args: argparse.Namespace) -> int:
    options = Options(state=str(folder_of(args)))
    report.read(options)
    print(options.description.read_text(), end="")
    return 0


def mail(args: argparse.Namespace) -> int:
    report.print_mail(Options(state=str(folder_of(args))))
    return 0


def logs(args: argparse.Namespace) -> int:
    return report.print_logs(Options(state=str(folder_of(args))), args.function)


def seed(args: argparse.Namespace) -> int:
    options = Options(
        state=str(folder_of(args)), products=args.products, users=args.users, orders=args.orders
    )
    tools.seed(options, of_running(options)[1])
    return 0


def admin(args: argparse.Namespace) -> int:
    options = Options(state=str(folder_of(args)))
    environment, outputs = of_aws(options, args) if args.aws else of_running(options)
    verb = "revoke" if args.revoke else "grant"
    return tools.ops(environment, outputs, ["admin", verb, args.email])


def of_aws(options: Options, args: argparse.Namespace) -> tuple[dict[str, str], dict[str, str]]:
    """The environment for programs that use a stack on AWS, and the stack's outputs."""
    options.stack = args.stack
    environment = environments.aws_environment(options, args.region)
    return environment, deploy.read_outputs(options, programs.find(), environment)


def of_running(options: Options) -> tuple[dict[str, str], dict[str, str]]:
    """The environment for programs that use the running cloud, and the cloud's outputs."""
    cloud = report.read(options)
    options.ports["emulator"] = int(cloud["aws_endpoint_url"].rsplit(":", 1)[1])
    options.ports["redis"] = int(cloud["redis_url"].rsplit(":", 1)[1])
    return environments.local_environment(options), cloud["outputs"]


def ops(args: argparse.Namespace) -> int:
    """Runs `tools/ops` on the local cloud, or on a stack on AWS."""
    options = Options(state=str(folder_of(args)))
    environment, outputs = of_aws(options, args) if args.stack else of_running(options)
    return tools.ops(environment, outputs, args.words)


def docs(args: argparse.Namespace) -> int:
    setup(args)
    return apidocs.serve(args.docs_port)


def clean(args: argparse.Namespace) -> int:
    down(args)
    shutil.rmtree(settings.LOCAL, ignore_errors=True)
    return 0


def folder_of(args: argparse.Namespace) -> Path:
    return Path(args.state).resolve()


COMMANDS = {
    "setup": setup,
    "run": run,
    "up": up,
    "down": down,
    "status": status,
    "mail": mail,
    "logs": logs,
    "seed": seed,
    "admin": admin,
    "ops": ops,
    "build": build,
    "lint": lint,
    "deploy": deploy_to_aws,
    "docs": docs,
    "clean": clean,
    "supervise": supervise,
}

if __name__ == "__main__":
    sys.exit(main())
