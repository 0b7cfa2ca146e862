"""Corrections of MiniStack, the AWS emulator.

MiniStack 1.5.33 is close to AWS, and wrong or slow in places that this project uses. The docstring
of each correction says what goes wrong without it. Drop a correction when a newer version no longer
needs it. The tests in `tests/` run against the corrected emulator, so they fail when a correction
stops working.
"""
