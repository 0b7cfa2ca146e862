"""`test_streams.py` runs this in the emulator's Python.

It has a table, a mapping and a poller of MiniStack, and a function that follows a list of answers.
It prints the batches that the function received, and what the on-failure queue holds, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ.update(
    MINISTACK_REGION="us-east-1", MINISTACK_ACCOUNT_ID="000000000000", LOG_LEVEL="ERROR"
)
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ministack.services import dynamodb, lambda_svc, sqs

import emulator  # noqa: F401
from corrections import sources

TABLE, QUEUE = "orders", "letters"


def answered(reply: tuple[Any, ...]) -> dict[str, Any]:
    status, body = reply[0], reply[2]
    if status >= 300:
        sys.exit(f"{status} {body}")
    return json.loads(body)


def main() -> None:
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    made = answered(
        dynamodb._create_table(
            {
                "TableName": TABLE,
                "KeySchema": key,
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
            }
        )
    )
    queue_url = sqs._act_create_queue({"QueueName": QUEUE}, "")["QueueUrl"]
    handed: list[list[str]] = []

    def execute(function: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
        records = event["Records"]
        handed.append([record["dynamodb"]["Keys"]["pk"]["S"] for record in records])
        # The first record succeeds, and those after it always fail.
        from_b = [
            record["dynamodb"]["SequenceNumber"]
            for record in records
            if "b" <= record["dynamodb"]["Keys"]["pk"]["S"] < "d"
        ]
        return {
            "body": {
                "batchItemFailures": [{"itemIdentifier": number} for number in reversed(from_b)]
            }
        }

    lambda_svc._execute_function = execute
    lambda_svc._ESM_BACKOFF_SECONDS = 0.05
    lambda_svc._functions["relay"] = {
        "config": {"FunctionName": "relay", "Role": "none"},
        "versions": {},
        "aliases": {},
    }
    sources.may_read = lambda *_: True
    for pk in "abc":
        answered(dynamodb._put_item({"TableName": TABLE, "Item": {"pk": {"S": pk}}}))
    answered(
        lambda_svc._create_esm(
            {
                "FunctionName": "relay",
                "EventSourceArn": made["TableDescription"]["LatestStreamArn"],
                "BatchSize": 100,
                "StartingPosition": "TRIM_HORIZON",
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
                "MaximumRetryAttempts": 1,
                "DestinationConfig": {
                    "OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:000000000000:{QUEUE}"}
                },
            }
        )
    )
    letters = sqs._queues.get(queue_url)["messages"]
    until(lambda: letters)
    answered(dynamodb._put_item({"TableName": TABLE, "Item": {"pk": {"S": "d"}}}))
    until(lambda: handed[-1] == ["d"])
    print(json.dumps([handed, [json.loads(letter["body"]) for letter in letters]]))


def until(so: Any) -> None:
    end = time.monotonic() + 30
    while not so():
        if time.monotonic() > end:
            sys.exit("it does not happen")
        time.sleep(0.02)


main()
