"""What builds and deploys are told by their environment."""

from __future__ import annotations

import argparse
import unittest
from pathlib import Path
from unittest import mock

import binaries
import deploy
import environments
import options as settings
import programs
import tools
from options import Options


class Environment(unittest.TestCase):
    def test_a_local_deploy_knows_no_credentials_of_yours(self) -> None:
        yours = {
            "AWS_PROFILE": "work",
            "AWS_ACCESS_KEY_ID": "AKIA",
            "AWS_SECRET_ACCESS_KEY": "your secret",
            "AWS_SESSION_TOKEN": "your token",
            "AWS_REGION": "eu-west-1",
        }
        with mock.patch.dict("os.environ", yours):
            environment = environments.local_environment(Options())
        self.assertEqual(environment["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566")
        self.assertEqual(
            (environment["AWS_ACCESS_KEY_ID"], environment["AWS_REGION"]), ("test", "us-east-1")
        )
        self.assertFalse({"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environment))
        self.assertFalse(set(yours.values()) & set(environment.values()))

    def test_a_build_within_cargo_test_is_the_same_build(self) -> None:
        found = mock.create_autospec(programs.Programs, instance=True)
        found.cargo_lambda = Path("/tools")
        outer = {
            "CARGO_MANIFEST_DIR": "/tests",
            "CARGO_PKG_NAME": "tests",
            "CARGO_TARGET_DIR": "/t",
            "CARGO_HOME": "/h",
        }
        with mock.patch.object(binaries, "host_target", return_value="some-triple"):
            with mock.patch.dict("os.environ", outer):
                environment = binaries.build_environment(Options(), found)
        self.assertFalse({"CARGO_MANIFEST_DIR", "CARGO_PKG_NAME"} & set(environment))
        self.assertEqual((environment["CARGO_TARGET_DIR"], environment["CARGO_HOME"]), ("/t", "/h"))
        self.assertEqual(environment["CARGO_BUILD_TARGET"], "some-triple")

    def test_the_local_cloud_has_the_limits_of_aws_when_it_is_told_to(self) -> None:
        def limits(*arguments: str) -> list[str]:
            parser = argparse.ArgumentParser()
            settings.add_arguments(parser)
            args = parser.parse_args(arguments, argparse.Namespace(state="."))
            given = deploy.parameters(settings.from_arguments(args))
            return [each for each in given if each.startswith("Limits=")]

        self.assertEqual(limits(), [f"Limits={settings.GENEROUS}"])
        # The template's default is empty, which is the code's own.
        self.assertEqual(limits("--limits", ""), [])
        self.assertEqual(
            limits("--limits", "users-create:5/60;*:x2"), ["Limits=users-create:5/60;*:x2"]
        )

    def test_functions_find_cache_and_aws_where_they_are_told_to(self) -> None:
        def given(*arguments: str) -> Options:
            parser = argparse.ArgumentParser()
            settings.add_arguments(parser)
            return settings.from_arguments(
                parser.parse_args(arguments, argparse.Namespace(state="."))
            )

        def cache(options: Options) -> list[str]:
            return [each for each in deploy.parameters(options) if each.startswith("CacheUrl=")]

        plain, proxy = given(), "http://127.0.0.1:9"
        self.assertEqual(cache(plain), ["CacheUrl=redis://127.0.0.1:6390"])
        self.assertEqual(plain.functions_variables(), {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"})
        led = given(
            "--cache-url", "redis://127.0.0.1:8", "--functions-endpoint", f"dynamodb={proxy}"
        )
        self.assertEqual(cache(led), ["CacheUrl=redis://127.0.0.1:8"])
        self.assertEqual(
            Options.from_json(led.to_json()).functions_variables(),
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566", "AWS_ENDPOINT_URL_DYNAMODB": proxy},
        )
        self.assertEqual(
            given("--functions-endpoint", proxy).functions_variables(), {"AWS_ENDPOINT_URL": proxy}
        )
        # Deploys, the seed and the tests use the emulator itself.
        self.assertEqual(
            environments.local_environment(led)["AWS_ENDPOINT_URL"], "http://127.0.0.1:4566"
        )
        for bad in ("dynamodb", "dynamodb=", "=", "a b=http://x"):
            with self.assertRaises(argparse.ArgumentTypeError):
                settings.endpoint(bad)

    def test_an_output_has_the_name_of_the_variable_that_functions_read(self) -> None:
        for output, variable in [
            ("UsersTable", "USERS_TABLE"),
            ("EmailDeadLettersUrl", "EMAIL_DEAD_LETTERS_URL"),
        ]:
            self.assertEqual(tools.capitals(output), variable)


if __name__ == "__main__":
    unittest.main()
