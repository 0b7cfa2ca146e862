"""What a deploy needs from AWS besides CloudFormation. Runs with the tools' Python, which has
boto3.

The same code runs against AWS and against the emulator: only AWS_ENDPOINT_URL differs.

    aws_side.py prepare BUCKET           for the emulator: makes the code's bucket and the sender
    aws_side.py ensure_signing_key TABLE puts a signing key into the stack's table, if it holds none
    aws_side.py admit_edge BUCKET        lets the CDN's stand-in read the public part of a bucket
    aws_side.py outputs STACK            prints the stack's outputs, as JSON
    aws_side.py logs FUNCTION            prints what a function has logged
"""

from __future__ import annotations

import base64
import json
import secrets
import sys
import time
from collections.abc import Callable

import boto3

LOCAL_SENDER = "tuesday.example"
"""The domain of the template's MailFrom. AWS wants a proof that a domain is ours; the emulator does
not."""


def prepare(bucket: str) -> None:
    boto3.client("s3").create_bucket(Bucket=bucket)
    boto3.client("sesv2").create_email_identity(EmailIdentity=LOCAL_SENDER)


def ensure_signing_key(table: str) -> None:
    """Makes the first key if there is none (`shared/src/signing_keys.rs` says how it is stored).

    It neither replaces nor reads a key that exists: without its key, every token that the key
    signed would be void.
    """
    name = f"k{secrets.token_hex(3)}"
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    key = {
        "secret": {"S": base64.b64encode(secrets.token_bytes(32)).decode()},
        "published_at": {"S": now},
    }
    item = {
        "pk": {"S": "signing-keys"},
        "version": {"N": "1"},
        "signs": {"S": name},
        "keys": {"M": {name: {"M": key}}},
    }
    tables = boto3.client("dynamodb")
    try:
        tables.put_item(TableName=table, Item=item, ConditionExpression="attribute_not_exists(pk)")
    except tables.exceptions.ConditionalCheckFailedException:
        return
    print(f"made the signing key {name}", file=sys.stderr)


def admit_edge(bucket: str) -> None:
    """Lets Varnish read the pictures of a bucket, by its address.

    On AWS CloudFront signs its requests to S3, and Varnish cannot. The bucket stays private: S3
    does not call a policy public that names a private range.
    """
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/media/*",
        "Condition": {"IpAddress": {"aws:SourceIp": "127.0.0.1/32"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)


def outputs(stack: str) -> None:
    described = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    print(
        json.dumps(
            {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
        )
    )


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
    "prepare": prepare,
    "ensure_signing_key": ensure_signing_key,
    "admit_edge": admit_edge,
    "outputs": outputs,
    "logs": logs,
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
