"""What a local cloud consists of: its ports, its folder, its stack, and where the programs are.

A cloud is a folder (`--state`). Two folders are two clouds that share only the installed programs,
so tests can run while `make run` does.
"""

from __future__ import annotations

import argparse
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "localstack"
LOCAL = ROOT / ".local"
"""What is installed or made at run time. git ignores it."""

HOST = "127.0.0.1"
REGION = "us-east-1"
ACCOUNT = "000000000000"
PORTS = {"emulator": 4566, "redis": 6390, "edge": 8080}
"""The default ports. The cache has 6390 and not 6379, to leave a Redis of your own alone."""

PRODUCTS = 240
GENEROUS = "*:x1000;me-update:x1"
"""Tests make dozens of accounts from one address. One route keeps its limit, so that a test can
reach one."""


@dataclass
class Options:
    """The settings of one local cloud. Its supervisor gets them as JSON."""

    state: str = str(LOCAL / "cloud")
    stack: str = "tuesday"
    ports: dict[str, int] = field(default_factory=lambda: dict(PORTS))
    free_ports: bool = False
    while_pids: list[int] = field(default_factory=list)
    build: bool = True
    products: int = PRODUCTS
    users: int = 0
    orders: int = 0
    log_level: str = "info"
    limits: str = GENEROUS
    """The parameter `Limits` of template.yaml. Empty means the limits of the code, as on AWS."""
    cache_url: str = ""
    """Where the functions find the cache. Empty means the server that this cloud starts."""
    functions_endpoints: dict[str, str] = field(default_factory=dict)
    """Where the functions find AWS: the key is a service in capitals (`DYNAMODB`), or empty for all
    others. The default is the emulator."""
    origin_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    """The secret that the CDN's stand-in sends with each request. Each cloud has its own."""

    @property
    def folder(self) -> Path:
        return Path(self.state)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def description(self) -> Path:
        """Where the running cloud describes itself. The file is absent unless the cloud serves."""
        return self.folder / "cloud.json"

    def url(self, port: str) -> str:
        return f"http://{HOST}:{self.ports[port]}"

    def functions_variables(self) -> dict[str, str]:
        """The variables that tell the SDKs in the functions where AWS is ("Service-specific
        endpoints", AWS SDKs and Tools Reference Guide)."""
        named = {"": self.url("emulator"), **self.functions_endpoints}
        return {
            "_".join(filter(None, ("AWS_ENDPOINT_URL", service))): url
            for service, url in named.items()
        }

    def to_json(self) -> str:
        return json.dumps(self.__dict__)

    @classmethod
    def from_json(cls, text: str) -> Options:
        return cls(**json.loads(text))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that `run` and `up` share."""
    parser.add_argument("--stack", default="tuesday", help="name of the stack (default: tuesday)")
    for name, port in PORTS.items():
        parser.add_argument(
            f"--{name}-port", type=int, default=port, metavar="PORT", help=f"default: {port}"
        )
    parser.add_argument("--free-ports", action="store_true", help="take whatever ports are free")
    parser.add_argument(
        "--while-pid",
        type=int,
        action="append",
        default=[],
        metavar="PID",
        help="stop the cloud when this process is gone; may be repeated",
    )
    parser.add_argument("--no-build", action="store_true", help="deploy what target/lambda holds")
    parser.add_argument(
        "--products",
        type=int,
        default=PRODUCTS,
        help=f"size of the catalogue (default: {PRODUCTS})",
    )
    parser.add_argument(
        "--log-level", default="info", help="RUST_LOG of the functions (default: info)"
    )
    parser.add_argument(
        "--limits",
        default=GENEROUS,
        metavar="LIMITS",
        help="rate limits, written as template.yaml's parameter; '' means those of the code "
        f"(default: {GENEROUS})",
    )
    parser.add_argument(
        "--cache-url",
        default="",
        metavar="URL",
        help="where the functions find the cache, redis://host:port "
        "(default: the one that this cloud starts)",
    )
    parser.add_argument(
        "--functions-endpoint",
        type=endpoint,
        action="append",
        default=[],
        metavar="[SERVICE=]URL",
        help="where the functions find AWS, or one service of it: dynamodb=http://host:port; "
        "may be repeated "
        "(default: the emulator)",
    )


def endpoint(text: str) -> tuple[str, str]:
    """Reads `dynamodb=http://host:port`, or an address alone, which is that of all services."""
    service, _, url = text.rpartition("=") if not text.startswith("http") else ("", "", text)
    if not url.startswith(("http://", "https://")) or (
        not service.replace("_", "").isalnum() and service
    ):
        raise argparse.ArgumentTypeError(f"{text!r} is not [SERVICE=]http://host:port")
    return service.upper(), url


def from_arguments(args: argparse.Namespace) -> Options:
    return Options(
        state=str(Path(args.state).resolve()),
        stack=args.stack,
        ports={name: getattr(args, f"{name}_port") for name in PORTS},
        free_ports=args.free_ports,
        while_pids=args.while_pid,
        build=not args.no_build,
        products=args.products,
        log_level=args.log_level,
        limits=args.limits,
        cache_url=args.cache_url,
        functions_endpoints=dict(args.functions_endpoint),
    )
