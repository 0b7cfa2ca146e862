"""A stream's events survive a function that fails, in part or as a whole: what AWS documents, and
MiniStack does not do."""

from __future__ import annotations

import json
import subprocess
import unittest
from collections.abc import Callable
from typing import Any

from options import HERE, LOCAL, ROOT
from streams import AGE_EXCEEDED, RETRIES_EXHAUSTED, Limits, Reader, Record

NOW = 1_000_000.0
PARTIAL = Limits(partial=True)


def record(number: int, age: float = 0.0) -> Record:
    return {
        "dynamodb": {"SequenceNumber": f"{number:021}", "ApproximateCreationDateTime": NOW - age}
    }


def numbers(records: list[Record]) -> list[int]:
    return [int(each["dynamodb"]["SequenceNumber"]) for each in records]


def failing(*sequence_numbers: Any) -> dict[str, Any]:
    return {"body": {"batchItemFailures": [{"itemIdentifier": each} for each in sequence_numbers]}}


ERROR = {"error": True, "body": {"errorMessage": "panicked"}}
OK: dict[str, Any] = {"body": {"batchItemFailures": []}}


class Stream(unittest.TestCase):
    """A mapping on ten records, and a function that is a list of answers or a rule."""

    def setUp(self) -> None:
        self.stream = [record(number) for number in range(10)]
        self.reader = Reader(0)
        self.handed: list[list[int]] = []
        self.given_up: list[tuple[list[int], str]] = []

    def step(
        self, limits: Limits, answer: dict[str, Any] | Callable[[list[int]], dict[str, Any]]
    ) -> str:
        def invoke(records: list[Record]) -> dict[str, Any]:
            self.handed.append(numbers(records))
            return answer(numbers(records)) if callable(answer) else answer

        return self.reader.step(
            limits,
            lambda position, count: self.stream[position : position + count],
            invoke,
            lambda records, why: self.given_up.append((numbers(records), why)),
            lambda: NOW,
        )

    def run_until_idle(self, limits: Limits, answer: Any) -> None:
        for _ in range(200):
            if self.step(limits, answer) == "idle":
                return
        self.fail("the stream never ends")

    def test_the_lowest_number_that_is_reported_is_where_the_batch_comes_again(self) -> None:
        self.assertEqual(self.step(PARTIAL, failing(f"{7:021}", f"{4:021}", f"{9:021}")), "failed")
        self.assertEqual(self.reader.position, 4)
        self.assertEqual(self.step(PARTIAL, OK), "done")
        self.assertEqual(self.handed, [list(range(10)), list(range(4, 10))])
        self.assertEqual(self.step(PARTIAL, OK), "idle")

    def test_numbers_are_compared_by_their_place_and_not_as_text(self) -> None:
        self.stream = [{"dynamodb": {"SequenceNumber": each}} for each in ("9", "10", "11")]
        self.step(PARTIAL, failing("11", "9"))
        self.assertEqual(self.reader.position, 0)

    def test_an_answer_that_is_not_understood_fails_the_whole_batch(self) -> None:
        bodies: tuple[Any, ...] = (
            failing("")["body"],
            failing(None)["body"],
            failing("77")["body"],
            {"batchItemFailures": [{"id": "4"}]},
            "{",
            [1],
        )
        for body in bodies:
            self.reader = Reader(0)
            self.assertEqual(self.step(PARTIAL, {"body": body}), "failed", body)
            self.assertEqual(self.reader.position, 0, body)

    def test_what_aws_calls_a_success_is_one(self) -> None:
        bodies: tuple[Any, ...] = (
            {"batchItemFailures": []},
            {"batchItemFailures": None},
            {},
            None,
            "",
            json.dumps(OK["body"]),
        )
        for body in bodies:
            self.reader = Reader(0)
            self.assertEqual(self.step(PARTIAL, {"body": body}), "done", body)
            self.assertEqual(self.reader.position, 10, body)

    def test_without_the_response_type_the_answer_is_not_looked_at(self) -> None:
        self.assertEqual(self.step(Limits(), failing(f"{4:021}")), "done")
        self.assertEqual(self.reader.position, 10)

    def test_nothing_is_lost_when_everything_fails_for_a_while(self) -> None:
        for _ in range(50):
            self.step(PARTIAL, ERROR)
        self.assertEqual((self.reader.position, self.given_up), (0, []))
        self.run_until_idle(PARTIAL, OK)
        self.assertEqual(self.handed[-1], list(range(10)))

    def test_a_batch_that_fails_by_an_error_is_halved_until_the_poison_stands_alone(self) -> None:
        limits = Limits(bisect=True, retries=2)
        self.run_until_idle(limits, lambda batch: ERROR if 6 in batch else OK)
        self.assertEqual(self.given_up, [([6], RETRIES_EXHAUSTED)])
        self.assertEqual(self.handed.count([6]), 3, "one try and two more")
        done = [number for batch in self.handed if 6 not in batch for number in batch]
        self.assertEqual(sorted(done), [0, 1, 2, 3, 4, 5, 7, 8, 9], "each of the others once")

    def test_a_batch_that_is_reported_to_have_failed_is_not_halved(self) -> None:
        self.step(Limits(bisect=True, partial=True), failing(f"{0:021}"))
        self.step(Limits(bisect=True, partial=True), OK)
        self.assertEqual(self.handed, [list(range(10))] * 2)

    def test_retries_end_and_the_stream_goes_on(self) -> None:
        self.run_until_idle(Limits(batch=5, retries=1), lambda batch: ERROR if 0 in batch else OK)
        self.assertEqual(self.given_up, [([0, 1, 2, 3, 4], RETRIES_EXHAUSTED)])
        self.assertEqual(self.handed, [[0, 1, 2, 3, 4]] * 2 + [[5, 6, 7, 8, 9]])

    def test_a_checkpoint_that_moves_counts_anew(self) -> None:
        limits = Limits(partial=True, retries=1)
        for at in range(10):
            self.step(limits, failing(f"{at:021}"))
        self.assertEqual(self.given_up, [])

    def test_a_function_that_could_not_be_started_has_not_failed(self) -> None:
        for _ in range(5):
            self.step(Limits(bisect=True, retries=0), {"throttle": True, "error": True})
        self.assertEqual((self.reader.position, self.given_up), (0, []))
        self.assertEqual(self.handed, [list(range(10))] * 5)

    def test_what_is_too_old_is_given_up_before_it_is_tried(self) -> None:
        self.stream = [record(0, age=90), record(1, age=61), record(2, age=59), record(3)]
        self.run_until_idle(Limits(partial=True, age=60), OK)
        self.assertEqual(self.given_up, [([0, 1], AGE_EXCEEDED)])
        self.assertEqual(self.handed, [[2, 3]])

    def test_what_is_being_tried_again_grows_too_old(self) -> None:
        self.stream = [record(0, age=59), record(1)]
        limits = Limits(partial=True, age=60)
        self.step(limits, ERROR)
        self.stream[0]["dynamodb"]["ApproximateCreationDateTime"] -= 5
        self.assertEqual(self.step(limits, OK), "done")
        self.assertEqual(self.given_up, [([0], AGE_EXCEEDED)])
        self.assertEqual(self.handed[-1], [1])

    def test_the_template_s_own_words_are_read(self) -> None:
        mapping = {
            "BatchSize": 100,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "BisectBatchOnFunctionError": True,
            "MaximumRetryAttempts": -1,
            "MaximumRecordAgeInSeconds": 72000,
        }
        self.assertEqual(
            Limits.of(mapping), Limits(batch=100, bisect=True, partial=True, retries=-1, age=72000)
        )
        self.assertEqual(Limits.of({}), Limits())


class Emulator(unittest.TestCase):
    """The same through MiniStack's own table, mapping and poller, in the emulator's Python."""

    def test_what_a_function_reports_comes_again(self) -> None:
        python = LOCAL / "emulator" / "bin" / "python"
        if not python.exists():
            self.skipTest("the emulator is not installed; `make run` does that")
        ran = subprocess.run(
            [str(python), "-B", str(HERE / "tests" / "stream_in_emulator.py")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(ran.returncode, 0, ran.stderr[-3000:])
        handed, letters = json.loads(ran.stdout.splitlines()[-1])
        self.assertEqual(handed, [["a", "b", "c"], ["b", "c"], ["b", "c"], ["d"]])
        self.assertEqual(
            [
                (each["requestContext"]["condition"], each["DDBStreamBatchInfo"]["batchSize"])
                for each in letters
            ],
            [(RETRIES_EXHAUSTED, 2)],
        )


if __name__ == "__main__":
    unittest.main()
