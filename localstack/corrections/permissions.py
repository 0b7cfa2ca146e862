"""Asks for the permissions that AWS asks for, where MiniStack asks for others."""

from __future__ import annotations

import json
import uuid
from typing import Any

from ministack import app
from ministack.core import iam_actions
from ministack.core.responses import get_account_id
from ministack.core.router import extract_access_key_id
from ministack.services import s3

SENDING = "/v2/email/outbound-emails"
"""The path of SES v2's SendEmail."""


def correct_actions() -> None:
    """Lets the permission for one message permit a batch too.

    SQS has no separate actions for batches: `sqs:SendMessage` permits SendMessageBatch, and so on
    ("Amazon SQS API permissions: Actions and resource reference"). MiniStack requires
    `sqs:SendMessageBatch`.
    """
    original = iam_actions.extract_iam_action

    def extract_iam_action(*args: Any, **kwargs: Any) -> str | None:
        action = original(*args, **kwargs)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = extract_iam_action


def correct_senders() -> None:
    """Checks the permission to send a mail on the sender's identity, as SES v2 does. MiniStack
    checks it on `*`.

    When the identity has a default configuration set, AWS requires the permission on that too.
    Identities that the console of SES makes have one, so here every identity has one.
    """
    original = iam_actions._ses_v2_resource_arn
    enforce = app._enforce_ses_v2

    def resource_arn(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        if path.rstrip("/") == SENDING:
            domain = json.loads(body).get("FromEmailAddress", "").rstrip(">").rpartition("@")[2]
            return f"arn:aws:ses:{region}:{account_id}:identity/{domain}"
        return original(method, path, body, region, account_id)

    def enforce_both(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        request_id: str,
    ) -> Any:
        denied = enforce(method, path, headers, body, query_params, request_id)
        if denied or path.rstrip("/") != SENDING:
            return denied
        region = app.extract_region(headers, query_params)
        arn = f"arn:aws:ses:{region}:{get_account_id()}:configuration-set/default"
        return app._enforce_data_plane(
            "sesv2", "ses:SendEmail", headers, query_params, request_id, resource_arn=arn
        )

    iam_actions._ses_v2_resource_arn = resource_arn
    app._enforce_ses_v2 = enforce_both


def correct_absence() -> None:
    """Answers 404 for a missing object only to callers that may list the bucket.

    To other callers AWS answers 403 ("HeadObject": permissions), and MiniStack answers 404 to all.
    Nothing changes for a caller without credentials, which here is Varnish.
    """
    original = s3.handle_request

    async def handle_request(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        *rest: Any,
        **named: Any,
    ) -> Any:
        reply = await original(method, path, headers, body, query_params, *rest, **named)
        bucket, _, key = path.lstrip("/").partition("/")
        if (
            reply[0] == 404
            and method in ("GET", "HEAD")
            and key
            and extract_access_key_id(headers, query_params)
        ):
            denied = app._enforce_data_plane(
                "s3",
                "s3:ListBucket",
                headers,
                query_params,
                uuid.uuid4().hex,
                resource_arn=f"arn:aws:s3:::{bucket}",
            )
            return denied or reply
        return reply

    s3.handle_request = handle_request
