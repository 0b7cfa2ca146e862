"""Reads the streams of tables as Lambda does (see `streams`)."""

from __future__ import annotations

import time
from typing import Any

from ministack.services import dynamodb, lambda_svc

import streams

READERS: dict[str, streams.Reader] = {}
"""For each mapping, how far it has read the stream of its table."""


def correct_streams() -> None:
    """Lets a function that reads a table's stream report the records that failed, and sends these
    again (see `streams`).

    MiniStack takes every batch as done that the function answered. It also waits for each batch in
    the one thread of its poller, so one relay that hangs delays all queues and streams. Here each
    mapping has a batch of its own under way, as each shard has on AWS.
    """
    backoff = lambda_svc._esm_backoff_until

    def poll() -> bool:
        busy = False
        for account, region, mapping in lambda_svc._iter_all_esms():
            account_token, region_token = (
                lambda_svc._request_account_id.set(account),
                lambda_svc._request_region.set(region),
            )
            try:
                busy |= look(mapping)
            finally:
                lambda_svc._request_account_id.reset(account_token)
                lambda_svc._request_region.reset(region_token)
        return busy

    def look(mapping: dict[str, Any]) -> bool:
        """Starts the next batch of the mapping, if there is one and no other is under way."""
        source, name = mapping.get("EventSourceArn", ""), mapping["UUID"]
        if ":dynamodb:" not in source or not mapping.get("Enabled", True):
            return False
        table = source.split("/stream/")[0].rpartition("/")[2]
        function, _ = lambda_svc._get_func_record_for_qualifier(
            mapping["FunctionName"], mapping.get("Qualifier")
        )
        if function is None or (dynamodb._tables.get(table) or {}).get("LatestStreamArn") != source:
            return False
        if lambda_svc._esm_inflight.get(name) or backoff.get(name, 0) > time.time():
            return False
        reader = READERS.setdefault(
            name, streams.Reader(lambda_svc._dynamodb_stream_positions.get(name, 0))
        )
        if not reader.again:
            reader.position = max(reader.position, dynamodb.stream_start_position(table))
            if reader.position >= dynamodb.stream_end_position(table):
                return False
        lambda_svc._dispatch_esm_batch(name, step, reader, mapping, function, table)
        return True

    def step(
        reader: streams.Reader, mapping: dict[str, Any], function: dict[str, Any], table: str
    ) -> None:
        def invoke(records: list[streams.Record]) -> dict[str, Any]:
            wanted = lambda_svc._apply_filter_criteria(records, mapping)
            return lambda_svc._execute_function(function, {"Records": wanted}) if wanted else {}

        def give_up(records: list[streams.Record], why: str) -> None:
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, records, mapping["EventSourceArn"], {}, why
            )

        def read(position: int, count: int) -> list[streams.Record]:
            return list(dynamodb.stream_records_since(table, position, count))

        if reader.step(streams.Limits.of(mapping), read, invoke, give_up) == "failed":
            backoff[mapping["UUID"]] = time.time() + lambda_svc._ESM_BACKOFF_SECONDS

    lambda_svc._poll_dynamodb_streams = poll
