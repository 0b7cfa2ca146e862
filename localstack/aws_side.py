"""What a deploy needs from AWS besides CloudFormation. Runs with the tools' Python, which has boto3.

The same code speaks to AWS and to the emulator: only AWS_ENDPOINT_URL differs.

    aws_side.py prepare STACK [BUCKET]   the signing key; for the emulator also the code's bucket and the mails' sender
    aws_side.py admit_edge BUCKET        lets the CDN's stand-in read what the site serves from a bucket
    aws_side.py outputs STACK            the stack's outputs, as JSON
    aws_side.py logs FUNCTION            what a function has logged
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
import time
from collections.abc import Callable

import boto3
from botocore.exceptions import ClientError

LOCAL_SENDER = "tuesday.example"
"""The domain of the template's MailFrom. On AWS somebody has to prove that a domain is theirs; the emulator believes us."""


def prepare(stack: str, bucket: str | None = None) -> None:
    ensure_signing_key(f"/{stack}/signing-key")
    if bucket:
        boto3.client("s3").create_bucket(Bucket=bucket)
        boto3.client("sesv2").create_email_identity(EmailIdentity=LOCAL_SENDER)


def ensure_signing_key(name: str) -> None:
    """Makes the key if there is none. One that exists is never replaced: every token signed with it would be void."""
    ssm = boto3.client("ssm")
    try:
        ssm.get_parameter(Name=name)
        return
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    try:
        ssm.put_parameter(Name=name, Type="SecureString", Value=key, Overwrite=False)
    except ssm.exceptions.ParameterAlreadyExists:
        return  # another deploy was faster, and its key is as good
    print(f"made the signing key {name}", file=sys.stderr)


def admit_edge(bucket: str) -> None:
    """On AWS CloudFront signs what it asks of S3. Varnish cannot, so it is known by its address. The bucket stays private:
    S3 does not call a policy public that names a private range."""
    statement = {
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/media/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)


def outputs(stack: str) -> None:
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    print(json.dumps({each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}))


def logs(function: str) -> None:
    client = boto3.client("logs")
    group = f"/aws/lambda/{function}"
    try:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
        events = [event for page in pages for event in page["events"]]
    except client.exceptions.ResourceNotFoundException:
        sys.exit(f"there is no log group {group}")
    for event in sorted(events, key=lambda each: each["timestamp"]):
        when = time.strftime("%H:%M:%S", time.localtime(event["timestamp"] / 1000))
        print(when, event["message"].rstrip())


COMMANDS: dict[str, Callable[..., None]] = {
    "prepare": prepare, "admit_edge": admit_edge, "outputs": outputs, "logs": logs,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
