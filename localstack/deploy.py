"""Builds the functions and deploys `template.yaml`, with `sam deploy`, to the emulator or to AWS.

One `cargo lambda build` makes every binary; there is no `sam build`. A local build is for this
machine and shares its artifacts with `cargo test --profile local`, because both name the same
target.
"""

from __future__ import annotations

import json
import os
import subprocess

import pack
import steps
from binaries import architecture
from environments import aws_environment, local_environment, sam_environment
from options import HERE, HOST, REGION, ROOT, Options
from programs import Programs


def deploy(options: Options, programs: Programs) -> dict[str, str]:
    """Deploys to the emulator and returns the stack's outputs."""
    environment = local_environment(options)
    bucket = f"{options.stack}-code"
    python, script = str(programs.tools_python), str(HERE / "aws_side.py")
    with steps.step("pack functions"):
        if not pack.pack_all(ROOT / "target" / "lambda"):
            raise steps.StepFailed(
                "target/lambda holds no function; run `python3 localstack/cloud.py build` first"
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
    """The parameters of template.yaml for a local deploy."""
    return [
        f"Architecture={architecture()}",
        f"CacheUrl={options.cache_url or cache_url(options)}",
        f"SiteUrl={options.url('edge')}",
        f"PurgeUrl={options.url('edge')}/",
        f"OriginSecret={options.origin_secret}",
        f"LogLevel={options.log_level}",
        # The emulator's SES has no rate.
        "SesRate=1000",
        # SAM accepts no empty value. Empty is the parameter's default.
        *([f"Limits={options.limits}"] if options.limits else []),
        "DeletionProtection=false",
    ]


def ensure_signing_key(
    options: Options, programs: Programs, environment: dict[str, str], outputs: dict[str, str]
) -> None:
    """Makes the signing key after the stack, which makes the key's table.

    Until then a request that needs the key is answered with 503. A function starts without it.
    """
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
    """Builds for AWS and deploys with the credentials of your environment. It prints each step."""
    environment = {
        **aws_environment(options, region),
        **sam_environment(),
        # This stands first so that `python3` is the one with Zig, the linker for other machines.
        "PATH": os.pathsep.join([str(programs.cargo_lambda), os.environ["PATH"]]),
    }
    # cargo would take this for the target, and build for this machine.
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
    # Only on AWS is there a CloudFront to purge.
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


def lint(options: Options, programs: Programs) -> None:
    """Checks template.yaml and the nested stacks, without AWS."""
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
    """The address of the cache server. The functions may be given another one
    (`Options.cache_url`)."""
    return f"redis://{HOST}:{options.ports['redis']}"
