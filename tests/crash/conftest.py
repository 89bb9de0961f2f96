# SPDX-License-Identifier: MIT
"""Runs the cases of the sweeps side by side.

A sweep is thousands of short cases. Each is an ordinary pytest item with its own
id, but the work is done by a few threads, each with a HOME of its own; the item
only waits for its case. Whatever pytest selected (-k, a path) is what runs.
"""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.register_assert_rewrite("crash_kit", "change_kit")

import crash_kit  # noqa: E402

POOL = None


def pytest_configure(config):
    os.umask(0o022)
    # A job in the background is started with these ignored, and its children would be too.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler
                      if number == signal.SIGINT else signal.SIG_DFL)
    config.addinivalue_line("markers", "power: cuts the power of a file system (root, loop)")


def pytest_collection_finish(session):
    global POOL
    if session.config.option.collectonly:
        return
    cases = [item.callspec.params["case"] for item in session.items
             if hasattr(item, "callspec")
             and isinstance(item.callspec.params.get("case"), crash_kit.Case)]
    if cases:
        POOL = ThreadPoolExecutor(crash_kit.WORKERS)
        for case in cases:
            case.future = POOL.submit(crash_kit.run_in_slot, case)


def pytest_sessionfinish(session):
    if POOL is not None:
        POOL.shutdown(cancel_futures=True)
    crash_kit.clean_up()


@pytest.fixture
def slot():
    """A HOME of its own for tests that run in pytest's thread."""
    return crash_kit.main_slot()
