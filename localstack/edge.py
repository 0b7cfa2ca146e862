"""The configuration and the command line of Varnish, the CDN's stand-in.

edge.py FOLDER PORT ORIGIN_PORT     becomes a Varnish on PORT in front of ORIGIN_PORT, for tests
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import programs
from options import HERE, HOST, Options


def configuration(
    template: str, emulator_port: int, api_id: str, media_bucket: str, origin_secret: str
) -> str:
    """The VCL for one deployed API and one bucket. Raises `ValueError` for a name with other
    characters than it may have, because the name becomes part of a program."""
    if not api_id.isalnum():
        raise ValueError(f"not an API id: {api_id!r}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", media_bucket):
        raise ValueError(f"not a bucket: {media_bucket!r}")
    if not origin_secret.isalnum():
        raise ValueError("not a secret that can be written into a program")
    filled = template
    values = {
        "EMULATOR_PORT": str(emulator_port),
        "API_ID": api_id,
        "MEDIA_BUCKET": media_bucket,
        "ORIGIN_SECRET": origin_secret,
    }
    for name, value in values.items():
        filled = filled.replace(f"@{name}@", value)
    return filled


def write_configuration(options: Options, api_id: str, media_bucket: str) -> Path:
    target = options.folder / "varnish.vcl"
    template = (HERE / "default.vcl").read_text()
    filled = configuration(
        template, options.ports["emulator"], api_id, media_bucket, options.origin_secret
    )
    target.write_text(filled)
    return target


def command(options: Options, varnish: Path, vmods: Path, vcl: Path) -> list[str]:
    settings = {
        "vmod_path": str(vmods),
        # CloudFront's minimum TTL is 0: it stores an answer only if the answer permits it.
        "default_ttl": "0",
        "default_grace": "0",
        # Few threads are enough on a laptop.
        "thread_pools": "1",
        "thread_pool_min": "20",
        "http_req_size": "64k",
        # Each correction of its spelling copies the query, which may be as long as a request.
        "workspace_client": "2m",
    }
    return [
        str(varnish),
        "-F",
        "-j",
        "none",
        "-T",
        "none",
        "-n",
        str(options.folder / "varnish"),
        "-a",
        f"{HOST}:{options.ports['edge']}",
        "-f",
        str(vcl),
        "-s",
        "malloc,64m",
        *(part for name, value in settings.items() for part in ("-p", f"{name}={value}")),
    ]


def become(folder: str, port: str, origin_port: str) -> None:
    """Turns this process into Varnish, so that its parent process controls Varnish itself."""
    varnish, vmods = programs.program("varnishd"), programs.vmod_folder()
    if not (varnish and vmods):
        raise SystemExit("varnishd and its module xkey are missing; `make run` installs them")
    options = Options(state=folder, ports={"edge": int(port), "emulator": int(origin_port)})
    arguments = command(options, varnish, vmods, write_configuration(options, "origin", "bucket"))
    os.execve(
        arguments[0],
        arguments,
        {"LD_LIBRARY_PATH": programs.unpacked_libraries(), "PATH": os.environ["PATH"]},
    )


if __name__ == "__main__":
    become(*sys.argv[1:])
