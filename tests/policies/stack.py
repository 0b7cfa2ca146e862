"""The stack under test: a local cloud of its own, since taking rights away would disturb other
tests.

`POLICIES_STATE` names the folder of a cloud that runs already (`.local/cloud` is that of `make
up`), for work on these tests.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

import test_cloud
from options import ROOT


class Stack:
    """A deployed stack, and clients of its emulator with all rights."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.name: str = described["stack"]
        self.api: str = described["api_url"]
        self.origin_secret: str = described["origin_secret"]
        self.outputs: dict[str, str] = described["outputs"]
        session = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name=described["region"]
        )
        config = Config(max_pool_connections=64, retries={"max_attempts": 1}, proxies={})

        def client(service: str) -> Any:
            # The types of boto3 know names that are literals only.
            make: Any = session.client
            return make(service, endpoint_url=described["aws_endpoint_url"], config=config)

        self.iam, self.functions, self.tables = client("iam"), client("lambda"), client("dynamodb")
        self.queues, self.objects = client("sqs"), client("s3")
        self.log_events = client("logs")
        self.restarts = 0
        self.counting = threading.Lock()

    def function(self, name: str) -> str:
        return f"{self.name}-{name}"

    def role(self, function: str) -> str:
        held = self.functions.get_function_configuration(FunctionName=self.function(function))
        return held["Role"].rsplit("/", 1)[-1]

    def variables(self, function: str) -> dict[str, str]:
        held = self.functions.get_function_configuration(FunctionName=self.function(function))
        return held.get("Environment", {}).get("Variables", {})

    def limit(self, function: str, seconds: int) -> None:
        self.functions.update_function_configuration(
            FunctionName=self.function(function), Timeout=seconds
        )

    def restart(self, function: str, variables: dict[str, str]) -> None:
        """Replaces a function's environments: a changed configuration ends those that run."""
        with self.counting:
            self.restarts += 1
        self.functions.update_function_configuration(
            FunctionName=self.function(function),
            Environment={"Variables": {**variables, "RESTARTS": str(self.restarts)}},
        )

    @contextmanager
    def with_variables(self, function: str, **changed: str | None) -> Iterator[None]:
        """The function with other variables. `None` removes one."""
        before = self.variables(function)
        self.restart(
            function,
            {name: value for name, value in {**before, **changed}.items() if value is not None},
        )
        try:
            yield
        finally:
            self.restart(function, before)

    def invoke(self, function: str, event: dict[str, Any]) -> list[str]:
        """Invokes a worker with a batch. Returns the messages, or records, that must come again."""
        answer = self.functions.invoke(
            FunctionName=self.function(function), Payload=json.dumps(event).encode()
        )
        body = json.loads(answer["Payload"].read() or b"null")
        if answer.get("FunctionError"):
            raise AssertionError(f"{function} failed: {body}")
        return [failure["itemIdentifier"] for failure in (body or {}).get("batchItemFailures", [])]

    def logged(self, function: str) -> str:
        """Everything that a function has logged."""
        group = f"/aws/lambda/{self.function(function)}"
        pages = self.log_events.get_paginator("filter_log_events").paginate(logGroupName=group)
        return "\n".join(event["message"] for page in pages for event in page["events"])

    # ---- Queues of workers

    def queue(self, worker: str) -> str:
        return self.outputs[f"{worker.title()}QueueUrl"]

    def source(self, worker: str) -> dict[str, Any]:
        (mapping,) = self.functions.list_event_source_mappings(FunctionName=self.function(worker))[
            "EventSourceMappings"
        ]
        return mapping

    @contextmanager
    def paused(self, worker: str) -> Iterator[None]:
        """The worker's queue, which nothing reads for a while."""
        mapping = self.source(worker)["UUID"]
        self.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
        try:
            yield
        finally:
            self.functions.update_event_source_mapping(UUID=mapping, Enabled=True)

    def received(self, worker: str, body: str, patience: float) -> Iterator[str]:
        """The receipts of a message, each time that it is received. Other messages are released at
        once."""
        url, deadline = self.queue(worker), time.monotonic() + patience
        while time.monotonic() < deadline:
            for message in self.queues.receive_message(QueueUrl=url, WaitTimeSeconds=1).get(
                "Messages", []
            ):
                if message["Body"] == body:
                    yield message["ReceiptHandle"]
                else:
                    self.queues.change_message_visibility(
                        QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=30
                    )


def start() -> Stack:
    running = os.environ.get("POLICIES_STATE")
    return Stack(
        json.loads((ROOT / running / "cloud.json").read_text())
        if running
        else test_cloud.start("policies")
    )
