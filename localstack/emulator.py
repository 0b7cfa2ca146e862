"""Starts MiniStack, the AWS emulator, with the corrections that this project needs.

MiniStack's own environment variables configure everything. This file runs in the virtual
environment of the emulator. Besides it and `corrections/`, only a test imports `ministack`
(`tests/stream_in_emulator.py`).
"""

from __future__ import annotations

from ministack import app

from corrections import apis, gateway, permissions, sources, speed, table_streams

speed.answer_without_delay()
speed.read_logs_without_delay()
speed.parse_policies_once()
speed.serve_with_uvicorn()
apis.correct_apis()
gateway.correct_requests()
permissions.correct_actions()
permissions.correct_senders()
permissions.correct_absence()
sources.correct_readers()
sources.correct_windows()
table_streams.correct_streams()

if __name__ == "__main__":
    app.main()
