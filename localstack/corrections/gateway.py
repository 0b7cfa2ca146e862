"""Lets requests and failures pass through API Gateway as they do on AWS."""

from __future__ import annotations

import json
import os
from typing import Any

from ministack.services import apigateway


def correct_requests() -> None:
    """Sends requests to functions, and failures to clients, as API Gateway does.

    API Gateway appends the caller's address to X-Forwarded-For and sets the scheme and the port.
    MiniStack leaves these fields as they came. When a function crashes or times out, API Gateway
    answers 500 with a fixed body. MiniStack answers 502 and shows the error.
    """
    original = apigateway.handle_execute

    async def handle_execute(
        api_id: str,
        stage: str,
        path: str,
        method: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        raw_query_string: str | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        forwarded = headers.get("x-forwarded-for")
        headers = {
            **headers,
            "x-forwarded-for": f"{forwarded}, 127.0.0.1" if forwarded else "127.0.0.1",
            "x-forwarded-proto": headers.get("x-forwarded-proto", "http"),
            "x-forwarded-port": headers.get(
                "x-forwarded-port", os.environ.get("GATEWAY_PORT", "4566")
            ),
        }
        status, reply_headers, reply = await original(
            api_id, stage, path, method, headers, body, query_params, raw_query_string
        )
        if status == 502 and is_function_error(reply):
            status, reply = 500, b'{"message":"Internal Server Error"}'
        return status, reply_headers, reply

    apigateway.handle_execute = handle_execute


def is_function_error(reply: bytes) -> bool:
    try:
        return "errorMessage" in json.loads(reply)
    except (ValueError, TypeError):
        return False
