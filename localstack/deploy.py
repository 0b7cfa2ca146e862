"""Builds the functions and deploys the stack: `template.yaml`, by `sam deploy`, to the emulator or to AWS.

One `cargo lambda build` makes every binary; there is no `sam build`. Locally the build is for this machine and shares its
artifacts with `cargo test --profile local`, because both name the same target.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from pathlib import Path

import pack
import processes
import programs
import steps
from options import HERE, HOST, LOCAL, REGION, ROOT, Options
from programs import Programs

PROFILE = os.environ.get("BUILD_PROFILE", "local")
"""Cargo's profile of the functions. What is measured is built with `measure`, which optimises and takes longer."""
# Chosen beside what is built, so that dependencies have the features that the tests want too, and are compiled once.
WITH_TESTS = ["-p", "tests"]
SPEAKS_TO_AWS = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)


def host_target() -> str:
    """This machine's target triple, as rustc calls it."""
    said = subprocess.run(
        ["rustc", "-vV"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return next(line.split()[1] for line in said.splitlines() if line.startswith("host:"))


def architecture() -> str:
    """What Lambda calls this machine's architecture."""
    return {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]


def local_environment(options: Options) -> dict[str, str]:
    """The environment of every program that speaks to the emulator. None of your own credentials are in it, so that no
    slip could ever deploy to AWS."""
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


def sam_environment() -> dict[str, str]:
    """Quiet, quick, and with its own files under `.local/`."""
    return {
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",
        "__SAM_CLI_APP_DIR": str(LOCAL / "sam"),
    }


def build_environment(options: Options, programs: Programs) -> dict[str, str]:
    """Ours, less what an outer cargo has told us.

    Tests start a cloud from within `cargo test`, which sets CARGO_MANIFEST_DIR and the like; ring's build script runs anew
    when these change, and every SDK is compiled anew after it, for minutes, each time.
    """
    inherited = {name: value for name, value in os.environ.items() if not is_from_cargo(name)}
    path = os.pathsep.join([os.environ["PATH"], str(programs.cargo_lambda)])
    return processes.marked(
        options.folder, {**inherited, "PATH": path, "CARGO_BUILD_TARGET": host_target()}
    )


def is_from_cargo(name: str) -> bool:
    return name in ("CARGO", "LD_LIBRARY_PATH") or name.startswith(
        (
            "CARGO_PKG_",
            "CARGO_MANIFEST_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
            "CARGO_PRIMARY_",
            "CARGO_CFG_",
        )
    )


def build(options: Options, programs: Programs) -> None:
    """Builds the functions and the seed program for this machine, with plain cargo: its artifacts serve the tests too."""
    environment = build_environment(options, programs)
    steps.run(
        "build functions",
        [
            "cargo",
            "lambda",
            "build",
            "--profile",
            PROFILE,
            "--compiler",
            "cargo",
            "-p",
            "functions",
            *WITH_TESTS,
        ],
        environment,
        options.logs / "build.log",
        ROOT,
    )
    steps.run(
        "build tools",
        [
            "cargo",
            "build",
            "--profile",
            PROFILE,
            "-p",
            "seed",
            "-p",
            "admin",
            "-p",
            "jobs",
            *WITH_TESTS,
        ],
        environment,
        options.logs / "build-seed.log",
        ROOT,
    )


def deploy(options: Options, programs: Programs) -> dict[str, str]:
    """Deploys to the emulator and returns the stack's outputs."""
    environment = local_environment(options)
    bucket = f"{options.stack}-code"
    python, script = str(programs.tools_python), str(HERE / "aws_side.py")
    with steps.step("pack functions"):
        if not pack.pack_all(ROOT / "target" / "lambda"):
            raise steps.StepFailed(
                "target/lambda holds no function; build them first: python3 localstack/cloud.py build"
            )
    steps.run(
        "prepare deploy",
        [python, script, "prepare", bucket],
        environment,
        options.logs / "prepare.log",
        ROOT,
    )
    steps.run(
        "deploy stack",
        [
            str(programs.sam),
            *sam_deploy(options.stack, REGION, ["--s3-bucket", bucket], parameters(options)),
        ],
        environment,
        options.logs / "deploy.log",
        ROOT,
    )
    outputs = read_outputs(options, programs, environment)
    ensure_signing_key(options, programs, environment, outputs)
    steps.run(
        "admit edge",
        [python, script, "admit_edge", outputs["MediaBucket"]],
        environment,
        options.logs / "admit-edge.log",
        ROOT,
    )
    return outputs


def parameters(options: Options) -> list[str]:
    """What template.yaml is given locally."""
    return [
        f"Architecture={architecture()}",
        f"CacheUrl={options.cache_url or cache_url(options)}",
        f"SiteUrl={options.url('edge')}",
        f"PurgeUrl={options.url('edge')}/",
        f"OriginSecret={options.origin_secret}",
        f"LogLevel={options.log_level}",
        # The emulator's SES has no rate.
        "SesRate=1000",
        # SAM takes no empty value; empty is the parameter's default.
        *([f"Limits={options.limits}"] if options.limits else []),
        "DeletionProtection=false",
    ]


def ensure_signing_key(
    options: Options, programs: Programs, environment: dict[str, str], outputs: dict[str, str]
) -> None:
    """After the stack, which makes the key's table. Until then what needs the key answers 503; init
    does not need it."""
    steps.run(
        "ensure signing key",
        [
            str(programs.tools_python),
            str(HERE / "aws_side.py"),
            "ensure_signing_key",
            outputs["SigningKeysTable"],
        ],
        environment,
        options.logs / "signing-key.log",
        ROOT,
    )


def read_outputs(
    options: Options, programs: Programs, environment: dict[str, str]
) -> dict[str, str]:
    command = [str(programs.tools_python), str(HERE / "aws_side.py"), "outputs", options.stack]
    said = subprocess.run(command, env=environment, capture_output=True, text=True)
    if said.returncode:
        raise steps.StepFailed(f"cannot read the stack's outputs: {said.stderr}")
    return json.loads(said.stdout)


def sam_deploy(stack: str, region: str, bucket: list[str], parameters: list[str]) -> list[str]:
    return [
        "deploy",
        "--template-file",
        str(ROOT / "template.yaml"),
        "--stack-name",
        stack,
        "--region",
        region,
        *bucket,
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        *(["--parameter-overrides", *parameters] if parameters else []),
    ]


def deploy_to_aws(options: Options, programs: Programs, region: str, parameters: list[str]) -> None:
    """Builds for AWS and deploys with the credentials of your environment. Says what it does; changes nothing else."""
    environment = {
        **aws_environment(options, region),
        **sam_environment(),
        # First, so that `python3` is the one that has Zig, the linker for other machines.
        "PATH": os.pathsep.join([str(programs.cargo_lambda), os.environ["PATH"]]),
    }
    # Without this a build for another machine would be told to be one for ours.
    environment.pop("CARGO_BUILD_TARGET", None)
    machine = "--x86-64" if "Architecture=x86_64" in parameters else "--arm64"
    build = [
        "cargo",
        "lambda",
        "build",
        "--release",
        machine,
        "--output-format",
        "zip",
        "-p",
        "functions",
    ]
    # Only there is a CloudFront to speak to.
    steps.run(
        "build functions for AWS",
        [*build, "--features", "cloudfront"],
        environment,
        options.logs / "build-aws.log",
        ROOT,
    )
    steps.run(
        "deploy stack to AWS",
        [str(programs.sam), *sam_deploy(options.stack, region, ["--resolve-s3"], parameters)],
        environment,
        options.logs / "deploy-aws.log",
        ROOT,
    )
    outputs = read_outputs(options, programs, environment)
    ensure_signing_key(options, programs, environment, outputs)
    for name, value in outputs.items():
        print(f"{name}={value}")


def aws_environment(options: Options, region: str) -> dict[str, str]:
    """The environment of a program that speaks to AWS, with your own credentials."""
    return processes.marked(
        options.folder, {**os.environ, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    )


def lint(options: Options, programs: Programs) -> None:
    """Checks template.yaml and the nested stacks without any AWS."""
    environment = local_environment(options)
    steps.run(
        "lint template.yaml",
        [str(programs.sam), "validate", "--lint", "--template", str(ROOT / "template.yaml")],
        environment,
        options.logs / "lint.log",
        ROOT,
    )
    nested = sorted(str(path) for path in (ROOT / "infra").glob("*.yaml"))
    steps.run(
        "lint nested stacks",
        [str(programs.sam.parent / "cfn-lint"), *nested],
        environment,
        options.logs / "lint-nested.log",
        ROOT,
    )


def cache_url(options: Options) -> str:
    """The cache server itself. The functions may be given another address (`Options.cache_url`)."""
    return f"redis://{HOST}:{options.ports['redis']}"


def seed(options: Options, outputs: dict[str, str]) -> None:
    """Fills the stack with products, and with people and orders if asked to."""
    environment = {
        **local_environment(options),
        "PRODUCTS_TABLE": outputs["ProductsTable"],
        "PRODUCT_SHARDS": outputs["ProductShards"],
        "USERS_TABLE": outputs["UsersTable"],
        "USER_SHARDS": outputs["UserShards"],
        "ORDERS_TABLE": outputs["OrdersTable"],
        "SEARCH_TABLE": outputs["SearchTable"],
    }
    counts = {"products": options.products, "users": options.users, "orders": options.orders}
    wanted = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    command = [
        str(tool("seed")),
        *(word for what, count in counts.items() for word in (f"--{what}", str(count))),
    ]
    steps.run(f"seed {wanted}", command, environment, options.logs / "seed.log", ROOT)


def admin(environment: dict[str, str], outputs: dict[str, str], verb: str, email: str) -> int:
    """Makes a person an administrator, or takes that away."""
    tables = {"USERS_TABLE": outputs["UsersTable"], "SESSIONS_TABLE": outputs["SessionsTable"]}
    return subprocess.run(
        [str(tool("admin")), verb, email], env={**environment, **tables}
    ).returncode


def tool(name: str) -> Path:
    """A program of `tools/`, as `build` leaves it."""
    return target_folder() / host_target() / PROFILE / name


def target_folder() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


def jobs(environment: dict[str, str], outputs: dict[str, str], words: list[str]) -> int:
    """The program of tools/jobs, with the stack's outputs in its environment."""
    named = {capitals(name): value for name, value in outputs.items()}
    return subprocess.run(
        [str(tool("jobs")), *words],
        env={**environment, **named, "RELAY_DLQ_URL": outputs["RelayDeadLettersUrl"]},
    ).returncode


def jobs_on_aws(options: Options, region: str, words: list[str]) -> int:
    environment = aws_environment(options, region)
    return jobs(environment, read_outputs(options, programs.find(), environment), words)


def capitals(name: str) -> str:
    """`EmailQueueUrl` as `EMAIL_QUEUE_URL`."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).upper()
