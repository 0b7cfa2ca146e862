"""A deploy makes a signing key once, after the stack with its table, and prints it nowhere."""

from __future__ import annotations

import base64
import contextlib
import io
import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import mock

import deploy
import pack
import programs
import steps
from options import Options

BOTO3 = mock.MagicMock()
with mock.patch.dict(sys.modules, {"boto3": BOTO3}):
    import aws_side


class Refused(Exception):
    pass


class Tables:
    """DynamoDB, as far as a conditional PutItem goes."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.exceptions = mock.Mock(ConditionalCheckFailedException=Refused)

    def put_item(self, *, TableName: str, Item: dict[str, Any], ConditionExpression: str) -> None:
        assert (TableName, ConditionExpression) == ("keys", "attribute_not_exists(pk)")
        if self.items:
            raise Refused
        self.items.append(Item)


class SigningKey(unittest.TestCase):
    def test_the_first_deploy_makes_a_key_and_no_later_one_replaces_it(self) -> None:
        tables, told = Tables(), io.StringIO()
        with (
            mock.patch.object(BOTO3, "client", return_value=tables),
            contextlib.redirect_stderr(told),
        ):
            aws_side.ensure_signing_key("keys")
            aws_side.ensure_signing_key("keys")
        (item,) = tables.items
        name = item["signs"]["S"]
        secret = item["keys"]["M"][name]["M"]["secret"]["S"]
        self.assertEqual((item["pk"]["S"], item["version"]["N"]), ("signing-keys", "1"))
        self.assertRegex(name, "^[a-z0-9]{1,8}$")
        self.assertEqual(len(base64.b64decode(secret, validate=True)), 32)
        self.assertNotIn(secret, told.getvalue())

    def test_two_stacks_have_two_keys(self) -> None:
        secrets = set()
        for _ in range(2):
            tables = Tables()
            with (
                mock.patch.object(BOTO3, "client", return_value=tables),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                aws_side.ensure_signing_key("keys")
            secrets.add(str(tables.items[0]["keys"]))
        self.assertEqual(len(secrets), 2)

    def test_the_key_follows_the_stack_that_makes_its_table(self) -> None:
        found = mock.create_autospec(programs.Programs, instance=True)
        found.cargo_lambda = found.tools_python = found.sam = Path("/tools")
        outputs = {"SigningKeysTable": "keys", "MediaBucket": "media"}

        def deployed(deploying: Any) -> list[str]:
            ran: list[str] = []
            with (
                mock.patch.object(steps, "run", side_effect=lambda label, *_: ran.append(label)),
                mock.patch.object(deploy, "read_outputs", return_value=outputs),
                mock.patch.object(pack, "pack_all", return_value=True),
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                deploying()
            return ran

        local = deployed(lambda: deploy.deploy(Options(), found))
        aws = deployed(lambda: deploy.deploy_to_aws(Options(), found, "eu-central-1", []))
        self.assertLess(local.index("deploy stack"), local.index("ensure signing key"))
        self.assertLess(aws.index("deploy stack to AWS"), aws.index("ensure signing key"))


if __name__ == "__main__":
    unittest.main()
