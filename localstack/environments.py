"""The environments of programs that use the emulator or AWS."""

from __future__ import annotations

import os

import processes
from options import HOST, LOCAL, REGION, Options

SPEAKS_TO_AWS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)


def local_environment(options: Options) -> dict[str, str]:
    """The environment of every program that uses the emulator.

    It holds none of your own credentials, so no mistake can ever deploy to AWS.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in SPEAKS_TO_AWS}
    return processes.marked(
        options.folder,
        {
            **inherited,
            "AWS_ENDPOINT_URL": options.url("emulator"),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": HOST,
            "no_proxy": HOST,
            **sam_environment(),
        },
    )


def aws_environment(options: Options, region: str) -> dict[str, str]:
    """The environment of a program that uses AWS, with your own credentials."""
    return processes.marked(
        options.folder, {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    )


def sam_environment() -> dict[str, str]:
    """Settings of the SAM CLI: no telemetry, quick polling, and its own files below `.local/`."""
    return {
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(LOCAL / "sam"),
    }
