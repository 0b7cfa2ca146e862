"""Starts MiniStack, the AWS emulator, with the corrections that this project needs.

MiniStack 1.5.33 is close to AWS, and wrong or slow in places on our path. Each correction below says what goes wrong
without it; drop it when a newer version no longer needs it. The tests in `tests/` run against the result, so a
correction that stops working is seen. Everything is configured by MiniStack's own environment variables.

This file runs in the emulator's virtual environment. Beside it only a test of it imports
`ministack` (`tests/stream_in_emulator.py`). """

from __future__ import annotations

import asyncio
import functools
import gc
import json
import os
import re
import socketserver
import threading
import time
import uuid
from typing import Any

import hypercorn.asyncio
import uvicorn
import uvloop

# Before any server is made: the Lambda Runtime API answers in two small writes, and Nagle's algorithm holds the second
# one back for 40 ms, on every warm invoke.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

from ministack import app  # noqa: E402
from ministack.core import iam_actions, iam_evaluator  # noqa: E402
from ministack.core.lambda_runtime import Worker  # noqa: E402
from ministack.core.responses import get_account_id  # noqa: E402
from ministack.core.router import extract_access_key_id  # noqa: E402
from ministack.services import apigateway, dynamodb, lambda_svc, s3, sqs  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

import streams  # noqa: E402

# After an invoke that logged nothing MiniStack waits 50 ms for a first line. Our functions flush a line a request before
# they answer, so 5 ms find it. (First line, next line, all lines: seconds.)
Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.002, 0.25)


def import_body(api_id: str, body: dict[str, Any]) -> None:
    """Makes routes and integrations from an OpenAPI body.

    SAM expands an HttpApi to an Api with a Body, which MiniStack ignores: the deploy succeeds and every route is 404.
    """
    apigateway._routes[api_id] = {}
    apigateway._integrations[api_id] = {}
    for path, operations in (body.get("paths") or {}).items():
        for verb, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration") if isinstance(operation, dict) else None
            if integration:
                add_route(api_id, route_key(path, verb), integration)


def route_key(path: str, verb: str) -> str:
    """`GET /api/users/{id}`, or `$default` for the route that takes the rest."""
    if path.lstrip("/") == "$default":
        return "$default"
    return f"{'ANY' if verb == 'x-amazon-apigateway-any-method' else verb.upper()} {path}"


def add_route(api_id: str, key: str, integration: dict[str, Any]) -> None:
    uri = integration.get("uri", "")
    function = re.search(r"functions/(.+)/invocations$", uri)
    integration_id, route_id = uuid.uuid4().hex[:8], uuid.uuid4().hex[:8]
    apigateway._integrations[api_id][integration_id] = {
        "integrationId": integration_id,
        **provisioners._apigw_v2_integration_props({
            "IntegrationType": integration.get("type", "aws_proxy").upper(),
            "IntegrationUri": function.group(1) if function else uri,
            "IntegrationMethod": integration.get("httpMethod", "POST"),
            "PayloadFormatVersion": str(integration.get("payloadFormatVersion", "2.0")),
            "TimeoutInMillis": integration.get("timeoutInMillis", 30000),
        }),
    }
    apigateway._routes[api_id][route_id] = {
        "routeId": route_id,
        **provisioners._apigw_v2_route_props({"RouteKey": key, "Target": f"integrations/{integration_id}"}),
    }


def named(props: dict[str, Any]) -> dict[str, Any]:
    """The properties with the name that an API with a Body carries inside of it."""
    return {**props, "Name": props.get("Name") or (props.get("Body") or {}).get("info", {}).get("title")}


def correct_apis() -> None:
    """Lets CloudFormation's Api resource import its Body."""
    handler = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
    original_create, original_update = handler["create"], handler["update"]

    def create(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
        api_id, attributes = original_create(logical_id, named(props), stack_name)
        if props.get("Body"):
            import_body(api_id, props["Body"])
        return api_id, attributes

    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, logical_id: str | None = None
    ) -> tuple[str, dict[str, Any]]:
        api_id, attributes = original_update(physical_id, named(old), named(new), stack_name, logical_id=logical_id)
        if new.get("Body"):
            import_body(api_id, new["Body"])
        return api_id, attributes

    handler.update(create=create, update=update)


def correct_requests() -> None:
    """Makes requests reach the function as API Gateway sends them, and failures reach the client likewise.

    API Gateway appends the caller to X-Forwarded-For and sets the scheme and the port; MiniStack passes on what came.
    A function that crashes or times out is a 500 with a fixed body on AWS; MiniStack answers 502 and shows the error.
    """
    original = apigateway.handle_execute

    async def handle_execute(api_id, stage, path, method, headers, body, query_params, raw_query_string=None):
        forwarded = headers.get("x-forwarded-for")
        headers = {
            **headers,
            "x-forwarded-for": f"{forwarded}, 127.0.0.1" if forwarded else "127.0.0.1",
            "x-forwarded-proto": headers.get("x-forwarded-proto", "http"),
            "x-forwarded-port": headers.get("x-forwarded-port", os.environ.get("GATEWAY_PORT", "4566")),
        }
        status, reply_headers, reply = await original(
            api_id, stage, path, method, headers, body, query_params, raw_query_string
        )
        if status == 502 and is_function_error(reply):
            status, reply = 500, b'{"message":"Internal Server Error"}'
        return status, reply_headers, reply

    apigateway.handle_execute = handle_execute


def is_function_error(reply: bytes) -> bool:
    try:
        return "errorMessage" in json.loads(reply)
    except (ValueError, TypeError):
        return False


def correct_actions() -> None:
    """Lets the permission for one message stand for its batch.

    SQS has no actions of its own for batches: `sqs:SendMessage` permits SendMessageBatch, and so on ("Amazon SQS API
    permissions: Actions and resource reference"). MiniStack asks for `sqs:SendMessageBatch`.
    """
    original = iam_actions.extract_iam_action

    def extract_iam_action(*args: Any, **kwargs: Any) -> str | None:
        action = original(*args, **kwargs)
        return action.removesuffix("Batch") if action and action.startswith("sqs:") else action

    iam_actions.extract_iam_action = extract_iam_action


SENDING = "/v2/email/outbound-emails"
"""The path of SES v2's SendEmail."""


def correct_senders() -> None:
    """Lets a policy on identities permit SES v2 to send: AWS asks for the sender's identity,
    MiniStack for `*`.

    AWS asks for the identity's default configuration set, too, when it has one, as identities that
    SES' console makes do. Here each has one.
    """
    original = iam_actions._ses_v2_resource_arn
    enforce = app._enforce_ses_v2

    def resource_arn(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        if path.rstrip("/") == SENDING:
            domain = json.loads(body).get("FromEmailAddress", "").rstrip(">").rpartition("@")[2]
            return f"arn:aws:ses:{region}:{account_id}:identity/{domain}"
        return original(method, path, body, region, account_id)

    def enforce_both(
            method: str, path: str, headers: dict, body: bytes, query_params: dict, request_id: str) -> Any:
        denied = enforce(method, path, headers, body, query_params, request_id)
        if denied or path.rstrip("/") != SENDING:
            return denied
        region = app.extract_region(headers, query_params)
        arn = f"arn:aws:ses:{region}:{get_account_id()}:configuration-set/default"
        return app._enforce_data_plane("sesv2", "ses:SendEmail", headers, query_params, request_id, resource_arn=arn)

    iam_actions._ses_v2_resource_arn = resource_arn
    app._enforce_ses_v2 = enforce_both


def correct_readers() -> None:
    """Holds an event source mapping to the function's role: what the role may not read, Lambda does not read for it.

    AWS asks for these actions when the mapping is made and with every read ("Using Lambda with Amazon SQS", "with Amazon
    DynamoDB": execution role permissions); MiniStack reads on its own authority.
    """
    original = lambda_svc._iter_all_esms

    def iter_all_esms():
        for account, region, mapping in original():
            if may_read(account, region, mapping):
                POLLED.mapping = mapping
                yield account, region, mapping

    lambda_svc._iter_all_esms = iter_all_esms


READS = {
    "sqs": ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes"),
    "dynamodb": ("DescribeStream", "GetRecords", "GetShardIterator"),
}
"""What reading a source takes; `ListStreams` beside these, on all streams."""

VERDICTS: dict[tuple[str, str], tuple[list[Any], bool]] = {}
"""Function and source: the policies last seen, and whether they allow the reading. Asked before every poll of every mapping."""


def may_read(account: str, region: str, mapping: dict[str, Any]) -> bool:
    source = mapping.get("EventSourceArn", "")
    service = source.split(":")[2]
    function = mapping.get("FunctionName", "").rsplit(":", 1)[-1]
    held = lambda_svc._functions._data.get((account, region, function))
    if service not in READS or held is None:
        return True
    role = held["config"]["Role"].rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(role, account)
    found, verdict = VERDICTS.get((function, source), ([], False))
    if found == policies:
        return verdict
    wanted = [(f"{service}:{action}", source) for action in READS[service]]
    if service == "dynamodb":
        wanted.append(("dynamodb:ListStreams", "*"))

    def allows(action: str, resource: str) -> bool:
        context = iam_evaluator.EvalContext(
            principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{function}", principal_type="AssumedRole",
            principal_account=account, action=action, resource_arn=resource, region=region)
        return iam_evaluator.evaluate(context, policies).decision == "Allow"

    verdict = all(allows(*each) for each in wanted)
    VERDICTS[function, source] = policies, verdict
    return verdict


class Polled(threading.local):
    """What the poller's thread is looking at."""

    mapping: dict[str, Any] = {}


POLLED = Polled()


def correct_windows() -> None:
    """Lets a mapping collect a batch until it is full or `MaximumBatchingWindowInSeconds` are over since its first message
    ("Batching behavior", AWS Lambda Developer Guide); MiniStack hands out at once what
    there is, and ten messages at most.
    """
    original = sqs._receive_messages_for_esm
    since: dict[str, float] = {}

    def receive(queue_url: str, batch_size: int) -> list[dict[str, Any]]:
        window, now = POLLED.mapping.get("MaximumBatchingWindowInSeconds") or 0, time.monotonic()
        count = waiting(queue_url) if window else 0
        if count and count < batch_size and now - since.setdefault(queue_url, now) < window:
            return []
        since.pop(queue_url, None)
        batch = original(queue_url, batch_size)
        while window and len(batch) < batch_size and (more := original(queue_url, batch_size - len(batch))):
            batch += more
        return batch

    def waiting(queue_url: str) -> int:
        with sqs._queues_lock:
            return sum(message.get("visible_at", 0) <= time.time() for message in sqs._get_q(queue_url)["messages"])

    sqs._receive_messages_for_esm = receive


READERS: dict[str, streams.Reader] = {}
"""How far each mapping has read its table's stream."""


def correct_streams() -> None:
    """Lets a function that reads a table's stream say which records failed, and tries these again
    (`streams`). MiniStack counts every batch that was answered as done. It also waits for each
    batch in its poller's one thread, so that one relay that hangs holds up all queues and streams;
    here each mapping has its own batch under way, as the shards of AWS do. """
    backoff = lambda_svc._esm_backoff_until

    def poll() -> bool:
        busy = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            account_token, region_token = (
                lambda_svc._request_account_id.set(account), lambda_svc._request_region.set(region))
            try:
                busy |= look(mapping)
            finally:
                lambda_svc._request_account_id.reset(account_token)
                lambda_svc._request_region.reset(region_token)
        return busy

    def look(mapping: dict[str, Any]) -> bool:
        """Starts the mapping's next batch, if there is one and none is under way."""
        source, name = mapping.get("EventSourceArn", ""), mapping["UUID"]
        if ":dynamodb:" not in source or not mapping.get("Enabled", True):
            return False
        table = source.split("/stream/")[0].rpartition("/")[2]
        function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
        if function is None or (dynamodb._tables.get(table) or {}).get("LatestStreamArn") != source:
            return False
        if lambda_svc._esm_inflight.get(name) or backoff.get(name, 0) > time.time():
            return False
        reader = READERS.setdefault(name, streams.Reader(lambda_svc._dynamodb_stream_positions.get(name, 0)))
        if not reader.again:
            reader.position = max(reader.position, dynamodb.stream_start_position(table))
            if reader.position >= dynamodb.stream_end_position(table):
                return False
        lambda_svc._dispatch_esm_batch(name, step, reader, mapping, function, table)
        return True

    def step(reader: streams.Reader, mapping: dict[str, Any], function: dict[str, Any], table: str) -> None:
        def invoke(records: list[streams.Record]) -> dict[str, Any]:
            wanted = lambda_svc._apply_filter_criteria(records, mapping)
            return lambda_svc._execute_function(function, {"Records": wanted}) if wanted else {}

        def give_up(records: list[streams.Record], why: str) -> None:
            lambda_svc._send_ddb_stream_failure_record(mapping, function, records, mapping["EventSourceArn"], {}, why)

        def read(position: int, count: int) -> list[streams.Record]:
            return list(dynamodb.stream_records_since(table, position, count))

        if reader.step(streams.Limits.of(mapping), read, invoke, give_up) == "failed":
            backoff[mapping["UUID"]] = time.time() + lambda_svc._ESM_BACKOFF_SECONDS

    lambda_svc._poll_dynamodb_streams = poll


def correct_absence() -> None:
    """Says that an object is not there only to callers who may list the bucket. To others AWS says 403 ("HeadObject":
    permissions); MiniStack says 404 to all. Callers without credentials, which is Varnish, stay as they are.
    """
    original = s3.handle_request

    async def handle_request(method, path, headers, body, query_params, *rest, **named):
        reply = await original(method, path, headers, body, query_params, *rest, **named)
        bucket, _, key = path.lstrip("/").partition("/")
        if reply[0] == 404 and method in ("GET", "HEAD") and key and extract_access_key_id(headers, query_params):
            denied = app._enforce_data_plane(
                "s3", "s3:ListBucket", headers, query_params, uuid.uuid4().hex, resource_arn=f"arn:aws:s3:::{bucket}")
            return denied or reply
        return reply

    s3.handle_request = handle_request


def hurry() -> None:
    """Spares what MiniStack does again with every request: each reads the caller's policies from their JSON, twice, and each
    sweep of the garbage collector goes through all that was imported and deployed.
    """
    original = iam_evaluator.parse_policy_document
    parsed = functools.lru_cache(maxsize=1024)(original)

    def parse_policy_document(document: str | dict[str, Any]) -> list[Any]:
        return list(parsed(document if isinstance(document, str) else json.dumps(document)))

    iam_evaluator.parse_policy_document = parse_policy_document
    gc.set_threshold(50_000, 50, 100)


def serve_faster() -> None:
    """Lets uvicorn take the requests, with a parser and an event loop in C. MiniStack's Hypercorn is Python down to the socket, and
    at 20 orders a second an order's calls wait there behind those of the workers (`tests/storefront/cross/throughput.rs`).
    """

    async def serve(application: Any, config: Any) -> None:
        host, _, port = config.bind[0].rpartition(":")
        await uvicorn.Server(uvicorn.Config(
            application, host=host, port=int(port), http="httptools", ws="none", lifespan="on", log_level="warning",
            access_log=False, timeout_keep_alive=config.keep_alive_timeout, timeout_graceful_shutdown=1,
            # The application sets what AWS answers, and sees the caller's own address.
            server_header=False, date_header=False, proxy_headers=False)).serve()

    hypercorn.asyncio.serve, asyncio.run = serve, uvloop.run


hurry()
serve_faster()
correct_apis()
correct_requests()
correct_actions()
correct_senders()
correct_readers()
correct_windows()
correct_streams()
correct_absence()

if __name__ == "__main__":
    app.main()
