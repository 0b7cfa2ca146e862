"""Removes waits and repeated work from MiniStack."""

from __future__ import annotations

import asyncio
import functools
import gc
import json
import socketserver
from typing import Any

import hypercorn.asyncio
import uvicorn
import uvloop
from ministack.core import iam_evaluator
from ministack.core.lambda_runtime import Worker


def answer_without_delay() -> None:
    """Sends the second half of an answer at once.

    The Lambda Runtime API answers in two small writes. Nagle's algorithm delays the second one by
    40 ms, at every warm invoke.
    """
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def read_logs_without_delay() -> None:
    """Waits 5 ms, and not 50 ms, for the first log line of an invoke.

    Our functions flush a line a request before they answer, so it is there by then. The values are
    the seconds to wait for the first line, for the next line, and for all lines.
    """
    Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.002, 0.25)


def parse_policies_once() -> None:
    """Keeps parsed policies, and lets the garbage collector run less often.

    With every request MiniStack parses the JSON of the caller's policies twice, and each run of the
    garbage collector goes through everything that was imported and deployed.
    """
    original = iam_evaluator.parse_policy_document
    parsed = functools.lru_cache(maxsize=1024)(original)

    def parse_policy_document(document: str | dict[str, Any]) -> list[Any]:
        return list(parsed(document if isinstance(document, str) else json.dumps(document)))

    iam_evaluator.parse_policy_document = parse_policy_document
    gc.set_threshold(50_000, 50, 100)


def serve_with_uvicorn() -> None:
    """Serves with uvicorn, which has a parser and an event loop in C.

    MiniStack serves with Hypercorn, which is written in Python. At 20 orders a second the calls of
    an order wait there behind those of the workers (`make test-jobs` measures it).
    """

    async def serve(application: Any, config: Any) -> None:
        host, _, port = config.bind[0].rpartition(":")
        await uvicorn.Server(
            uvicorn.Config(
                application,
                host=host,
                port=int(port),
                http="httptools",
                ws="none",
                lifespan="on",
                log_level="warning",
                access_log=False,
                timeout_keep_alive=config.keep_alive_timeout,
                timeout_graceful_shutdown=1,
                # The application sets these header fields, and must see the caller's own address.
                server_header=False,
                date_header=False,
                proxy_headers=False,
            )
        ).serve()

    hypercorn.asyncio.serve, asyncio.run = serve, uvloop.run
