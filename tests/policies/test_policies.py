"""Each function may do what it needs, and not one action more.

Every function of `template.yaml` with a policy has probes, which use it as people and queues do.
They all pass with the whole policy. Then each action on each resource is taken away, one at a time.
Some probe must fail: otherwise nobody needs the action, and it must leave the template. In the end,
with the whole policy again, all probes pass again.

Roles are independent of each other, so functions are tested at the same time.
"""

from __future__ import annotations

import sys
import time
import traceback
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext

import grants
import replies
import routes
import workers
from routes import NEW_PASSWORD
from stack import Stack, start
from world import PASSWORD, Probe, World

PROBES: dict[str, list[Probe]] = {**workers.PROBES, **routes.PROBES}
"""Slow ones come first."""
SIDE_BY_SIDE = 16
ELSEWHERE = {worker: ["cloudfront:CreateInvalidation"] for worker in ("forget", "index")}
"""What a policy allows only under a parameter that is not set here: there is no CloudFront."""

PATIENCE, IMPATIENCE = 20.0, 3.0
"""The seconds that reading a queue or a stream may take, with all rights and without one."""
ATTEMPTS, PAUSE = 6, 5.0
"""How often a function with all its rights is tried, and the seconds between."""
TIMEOUT = 3
"""The timeout of a worker here, in seconds. A worker that may not send tries until its timeout."""


def failure(
    world: World,
    function: str,
    reading: bool = True,
    working: bool = True,
    patience: float = PATIENCE,
) -> str | None:
    """What is wrong with how a function works, or how its source is read. `None` when its probes
    pass."""
    try:
        for probe in PROBES[function] if working else []:
            whole(probe, world)
        if reading and function in workers.READS:
            workers.READS[function](world, patience)
    except AssertionError as error:
        return str(error) or traceback.format_exc(limit=-1)
    except Exception:
        return traceback.format_exc(limit=-1)
    return None


def whole(probe: Probe, world: World) -> None:
    """Passes when a probe does. A degraded answer is requested again.

    When the machine is busy, a part of an answer may be missing because it took too long. Without
    the right to read it, the part is always missing.
    """
    for left in reversed(range(8)):
        try:
            probe(world)
            return
        except replies.Degraded:
            if not left:
                raise
            time.sleep(0.3)


def failure_when_whole(world: World, function: str) -> str | None:
    """The failure that stays of a function with all its rights.

    Sixteen functions are probed at the same time. On a small machine one of them is too late now
    and then, which says nothing about its rights.
    """
    for left in reversed(range(ATTEMPTS)):
        broken = failure(world, function)
        if broken is None or not left:
            return broken
        print(f"{function}, with all its rights, is tried again: {broken}", file=sys.stderr)
        time.sleep(PAUSE)
    return None


def examine(world: World, function: str) -> list[str]:
    """What is wrong with a function's policy."""
    began = time.monotonic()
    if function in workers.PROBES:
        world.stack.limit(function, TIMEOUT)
    if broken := failure_when_whole(world, function):
        return [f"{function} does not work with its whole policy: {broken}"]
    granted = grants.of(world.stack, function)
    wrong = [f"nobody needs {grant}" for grant in granted if not needed(world, grant)]
    if broken := failure_when_whole(world, function):
        wrong.append(f"{function} does not work with its policy put back: {broken}")
    print(
        f"{time.monotonic() - began:6.1f} s  {function}: "
        f"{len(granted)} actions, {len(wrong)} wrong",
        file=sys.stderr,
    )
    return wrong


def needed(world: World, grant: grants.Grant) -> bool:
    if grant.is_for_reading:
        with grants.without(world.stack, grant):
            seen = failure(world, grant.function, working=False, patience=IMPATIENCE)
    else:
        with (
            feed_paused(world, grant.function),
            grants.without(world.stack, grant),
            restarted(world, grant),
        ):
            seen = failure(world, grant.function, reading=False)
    return seen is not None


def feed_paused(world: World, function: str) -> AbstractContextManager[None]:
    """Pauses the source of a relay. A relay that cannot send tries until its timeout, and here one
    reader serves all streams and would wait for it."""
    return world.stack.paused(function) if function.startswith("relay-") else nullcontext()


@contextmanager
def restarted(world: World, grant: grants.Grant) -> Iterator[None]:
    """Replaces the environments before and after: they use an attached policy when they start."""
    if grant.attached:
        world.stack.restart(grant.function, world.stack.variables(grant.function))
    try:
        yield
    finally:
        if grant.attached:
            world.stack.restart(grant.function, world.stack.variables(grant.function))


class Policies(unittest.TestCase):
    maxDiff = None
    stack: Stack
    world: World

    @classmethod
    def setUpClass(cls) -> None:
        cls.stack = start()

    def test_1_the_stack_grants_what_the_template_says_and_nothing_else(self) -> None:
        for function, properties in grants.functions().items():
            here, elsewhere = grants.written(properties)
            granted = grants.of(self.stack, function)
            with self.subTest(function):
                self.assertEqual(sorted(grant.action for grant in granted), here)
                self.assertEqual(elsewhere, ELSEWHERE.get(function, []))
                self.assertEqual(
                    bool(here),
                    function in PROBES,
                    "a function with a policy has probes, and no other has",
                )
                self.assertEqual(
                    [grant for grant in granted if grant.action.endswith("*")],
                    [],
                    "an action is one action",
                )

    def test_2_no_function_can_do_an_action_more_than_it_needs(self) -> None:
        world = type(self).world = World(self.stack)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            found = list(threads.map(lambda function: examine(world, function), PROBES))
        self.assertEqual([wrong for function in found for wrong in function], [])

    def test_3_no_log_holds_a_secret_an_address_or_a_body(self) -> None:
        """Reads the logs of everything above, also of what failed without a right: secrets slip out
        in errors."""
        world = self.world
        told = {
            "a session's or a link's secret": world.secrets,
            "a password": [PASSWORD, NEW_PASSWORD],
            "an address": ["@simulator.amazonses.com"],
            "a body": ["Countess"],
        }
        self.assertGreater(len(world.secrets), 50)
        for function in PROBES:
            logged = self.stack.logged(function)
            with self.subTest(function):
                self.assertIn(
                    '"request_id"' if function in routes.PROBES else "{",
                    logged,
                    "nothing was logged",
                )
                for what, texts in told.items():
                    slips = [
                        line for line in logged.splitlines() if any(text in line for text in texts)
                    ]
                    self.assertEqual(slips[:3], [], f"{function} logs {what}")


if __name__ == "__main__":
    unittest.main()
