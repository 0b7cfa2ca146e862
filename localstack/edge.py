"""Varnish, the CDN's stand-in: its configuration and its command line."""

from __future__ import annotations

from pathlib import Path

from options import HERE, HOST, Options
from programs import Programs

def configuration(template: str, emulator_port: int, api_id: str) -> str:
    """The VCL for one deployed API. Raises `ValueError` for an id that is no id: it ends up in a program."""
    if not api_id.isalnum():
        raise ValueError(f"not an API id: {api_id!r}")
    filled = template
    for name, value in {"EMULATOR_PORT": str(emulator_port), "API_ID": api_id}.items():
        filled = filled.replace(f"@{name}@", value)
    return filled


def write_configuration(options: Options, api_id: str) -> Path:
    target = options.folder / "varnish.vcl"
    target.write_text(configuration((HERE / "default.vcl").read_text(), options.ports["emulator"], api_id))
    return target


def command(options: Options, programs: Programs, vcl: Path) -> list[str]:
    settings = {
        "vmod_path": str(programs.vmods),
        # CloudFront's minimum TTL is 0: what does not say that it may be stored is not stored.
        "default_ttl": "0",
        "default_grace": "0",
        # Small, for a laptop.
        "thread_pools": "1",
        "thread_pool_min": "20",
        "http_req_size": "64k",
    }
    return [
        str(programs.varnish), "-F", "-j", "none", "-T", "none",
        "-n", str(options.folder / "varnish"),
        "-a", f"{HOST}:{options.ports['edge']}",
        "-f", str(vcl),
        "-s", "malloc,64m",
        *(part for name, value in settings.items() for part in ("-p", f"{name}={value}")),
    ]
