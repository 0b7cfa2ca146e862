"""How Lambda reads one table's stream for one event source mapping: what it tries again, from
where, and what it gives up.

MiniStack ignores the answer of a function that reads a stream: a batch with `batchItemFailures`
counts as done, and its events are lost. This follows AWS's documentation ("Configuring partial
batch response with DynamoDB and Lambda" and "Retain discarded records for a DynamoDB event source
in Lambda", AWS Lambda Developer Guide):

- The lowest sequence number that is reported is the checkpoint: the records before it are done, and
  the batch comes again from there.
- An error of the function, an identifier that is empty or not in the batch, and an answer that
  cannot be read fail the whole batch.
- `BisectBatchOnFunctionError` halves a batch that failed by an error. The split itself uses up no
  try of either half.
- `MaximumRetryAttempts` and `MaximumRecordAgeInSeconds` limit the tries (-1: no limit). What is
  given up goes to the on-failure destination, as metadata, and the stream continues after it.

AWS does not document what happens to the count of tries when a checkpoint moves. Here the rest of
the batch starts again at zero, as a half does.

Nothing here depends on MiniStack: `corrections/table_streams.py` passes the records, the function
and the destination.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
AGE_EXCEEDED = "MaximumRecordAgeExceeded"


@dataclass(frozen=True)
class Limits:
    """The mapping's settings for retries."""

    batch: int = 100
    bisect: bool = False
    partial: bool = False
    """Whether the mapping's response types contain `ReportBatchItemFailures`. Without it the answer
    of the function is ignored."""
    retries: int = -1
    age: int = -1

    @classmethod
    def of(cls, mapping: dict[str, Any]) -> Limits:
        def number(name: str, default: int) -> int:
            value = mapping.get(name)
            return default if value is None else int(value)

        return cls(
            batch=number("BatchSize", 100),
            bisect=str(mapping.get("BisectBatchOnFunctionError", False)).lower() == "true",
            partial="ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or []),
            retries=number("MaximumRetryAttempts", -1),
            age=number("MaximumRecordAgeInSeconds", -1),
        )


@dataclass
class Part:
    """A part of the stream that is tried again: records that failed together."""

    records: list[Record]
    failures: int = 0


@dataclass
class Reader:
    """The progress of a mapping in its stream. `position` is the checkpoint, as a number of
    records."""

    position: int
    again: list[Part] = field(default_factory=list)
    """The parts that failed and are not yet done or given up, in the stream's order. They begin at
    `position`; later records wait until there are none."""

    def step(
        self,
        limits: Limits,
        read: Callable[[int, int], list[Record]],
        invoke: Callable[[list[Record]], dict[str, Any]],
        give_up: Callable[[list[Record], str], None],
        now: Callable[[], float] = time.time,
    ) -> str:
        """Sends one batch to the function and handles the answer.

        Returns `idle` (there was no batch), `done`, or `failed` (to try again after a pause).
        `invoke` returns what MiniStack returns: `throttle` if the function was not started, `error`
        if it failed, or else its answer in `body`.
        """
        if not self.again:
            records = read(self.position, limits.batch)
            if not records:
                return "idle"
            self.again = [Part(records)]
        self.drop_old(limits, give_up, now())
        if not self.again:
            return "done"
        part = self.again[0]
        answer = invoke(part.records)
        if answer.get("throttle"):
            return "failed"  # not started, so this counts as no try; only the age limits it
        done = self.done_of(part.records, answer, limits)
        if done == len(part.records):
            self.pass_over(part, done)
            return "done"
        if done:
            self.pass_over(part, done)
            part.failures = 0
            return "failed"
        if answer.get("error") and limits.bisect and len(part.records) > 1:
            half = len(part.records) // 2
            self.again[0:1] = [
                Part(part.records[:half], part.failures),
                Part(part.records[half:], part.failures),
            ]
            return "failed"
        part.failures += 1
        if 0 <= limits.retries < part.failures:
            give_up(part.records, RETRIES_EXHAUSTED)
            self.pass_over(part, len(part.records))
        return "failed"

    def done_of(self, records: list[Record], answer: dict[str, Any], limits: Limits) -> int:
        """How many of the first records are done according to this answer."""
        if answer.get("error"):
            return 0
        if not limits.partial:
            return len(records)
        return done_by(records, answer.get("body"))

    def drop_old(
        self, limits: Limits, give_up: Callable[[list[Record], str], None], now: float
    ) -> None:
        """Gives up the records that are older than the mapping allows, tried or not. The oldest
        records come first."""
        while limits.age >= 0 and self.again:
            part = self.again[0]
            old = [record for record in part.records if now - created(record, now) > limits.age]
            if not old:
                return
            give_up(old, AGE_EXCEEDED)
            self.pass_over(part, len(old))

    def pass_over(self, part: Part, count: int) -> None:
        """Moves the checkpoint past the first `count` records of the first part."""
        self.position += count
        part.records = part.records[count:]
        if not part.records:
            self.again.pop(0)


def done_by(records: list[Record], body: Any) -> int:
    """How many of the first records the function's own answer declares to be done."""
    if isinstance(body, str):
        try:
            body = json.loads(body) if body.strip() else None
        except ValueError:
            return 0
    if body is None:
        return len(records)
    failures = body.get("batchItemFailures") if isinstance(body, dict) else [None]
    if not failures:
        return len(records)
    places = {sequence_number(record): place for place, record in enumerate(records)}
    named = [
        failure.get("itemIdentifier", "") if isinstance(failure, dict) else ""
        for failure in failures
    ]
    if any(name not in places for name in named):
        return 0
    return min(places[name] for name in named)


def sequence_number(record: Record) -> str:
    return str(record.get("dynamodb", {}).get("SequenceNumber", ""))


def created(record: Record, now: float) -> float:
    return float(record.get("dynamodb", {}).get("ApproximateCreationDateTime", now))
