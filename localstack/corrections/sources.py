"""Holds an event source mapping to its function's role, and lets it collect a batch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_evaluator
from ministack.services import lambda_svc, sqs

READS = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}
"""The actions that reading a source requires. A stream requires also `ListStreams` on all streams.
"""

VERDICTS: dict[tuple[str, str], tuple[list[Any], bool]] = {}
"""For a function and a source: the policies when they were last checked, and whether they allow to
read. Kept because every poll of every mapping checks them."""


class Polled(threading.local):
    """The mapping that the thread of the poller is reading for."""

    mapping: dict[str, Any] = {}


POLLED = Polled()


def correct_readers() -> None:
    """Reads a source for a function only if the function's role permits it.

    AWS checks these actions when the mapping is made and at every read ("Using Lambda with Amazon
    SQS", "with Amazon DynamoDB": execution role permissions). MiniStack checks nothing.
    """
    original = lambda_svc._iter_all_esms

    def iter_all_esms() -> Iterator[tuple[str, str, dict[str, Any]]]:
        for account, region, mapping in original():
            if may_read(account, region, mapping):
                POLLED.mapping = mapping
                yield account, region, mapping

    lambda_svc._iter_all_esms = iter_all_esms


def may_read(account: str, region: str, mapping: dict[str, Any]) -> bool:
    source = mapping.get("EventSourceArn", "")
    service = source.split(":")[2]
    function = mapping.get("FunctionName", "").rsplit(":", 1)[-1]
    held = lambda_svc._functions._data.get((account, region, function))
    if service not in READS or held is None:
        return True
    role = held["config"]["Role"].rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(role, account)
    found, verdict = VERDICTS.get((function, source), ([], False))
    if found == policies:
        return verdict
    wanted = [(f"{service}:{action}", source) for action in READS[service]]
    if service == "dynamodb":
        wanted.append(("dynamodb:ListStreams", "*"))

    def allows(action: str, resource: str) -> bool:
        context = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{function}",
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=resource,
            region=region,
        )
        return iam_evaluator.evaluate(context, policies).decision == "Allow"

    verdict = all(allows(*each) for each in wanted)
    VERDICTS[function, source] = policies, verdict
    return verdict


def correct_windows() -> None:
    """Lets a mapping wait until its batch is full or `MaximumBatchingWindowInSeconds` have passed.

    The window begins with the first message ("Batching behavior", AWS Lambda Developer Guide).
    MiniStack hands out the messages that are there at once, and ten at most.
    """
    original = sqs._receive_messages_for_esm
    since: dict[str, float] = {}

    def receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
        window, now = POLLED.mapping.get("MaximumBatchingWindowInSeconds") or 0, time.monotonic()
        count = waiting(queue_url) if window else 0
        if count and count < batch_size and now - since.setdefault(queue_url, now) < window:
            return []
        since.pop(queue_url, None)
        batch = original(queue_url, batch_size)
        while (
            window
            and len(batch) < batch_size
            and (more := original(queue_url, batch_size - len(batch)))
        ):
            batch += more
        return batch

    def waiting(queue_url: str) -> int:
        with sqs._queues_lock:
            return sum(
                message.get("visible_at", 0) <= time.time()
                for message in sqs._get_q(queue_url)["messages"]
            )

    sqs._receive_messages_for_esm = receive
