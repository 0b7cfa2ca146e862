"""The dead-letter queues of the stack under test."""

from __future__ import annotations

import threading
import time

from stack import Stack


class Letters:
    """The messages in the dead-letter queues. One object reads for all that wait, so that none
    takes another's."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.seen: dict[str, str] = {}
        self.lock = threading.Lock()

    def wait(self, output: str, marker: str, patience: float) -> bool:
        deadline = time.monotonic() + patience
        while True:
            with self.lock:
                self.collect(self.stack.outputs[output])
                if any(marker in body for body in self.seen.values()):
                    return True
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)

    def collect(self, url: str) -> None:
        while letters := self.stack.queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10
        ).get("Messages"):
            for letter in letters:
                self.seen[letter["MessageId"]] = letter["Body"]
                self.stack.queues.delete_message(
                    QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"]
                )
