# SPDX-License-Identifier: MIT
"""Fixtures. The binary is $LUMINA, else build/lumina of this checkout; helpers are in support.py."""

import os
import sys
import signal
import tempfile
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

import pacman_kit
from support import LUMINA, NOBODY, Home, make_root, remove_root


def pytest_configure(config):
    # A job in the background is started with these ignored, and its children would be too.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler
                      if number == signal.SIGINT else signal.SIG_DFL)
    if not os.access(LUMINA, os.X_OK):
        raise pytest.UsageError(f"no binary at '{LUMINA}': build it, or set LUMINA")
    # A container's runner may be in a session of outside, which isn't any terminal's here.
    if os.getsid(0) == 0:
        os.setsid()


def pytest_unconfigure(config):
    pacman_kit.clean_up()


@pytest.fixture
def root():
    """A folder of this test's own."""
    folder = make_root()
    yield folder
    remove_root(folder)


@pytest.fixture
def home(root):
    """An empty home with an empty profile."""
    return Home(root)


@pytest.fixture
def user_home(root):
    """The same for a user whom permissions bind: root passes them all by."""
    return Home(root, user=NOBODY if os.geteuid() == 0 else None)


@pytest.fixture
def machine(home):
    """A home with a pacman of its own on an empty root: machine.kit."""
    return pacman_kit.on(home)


@pytest.fixture
def user_machine(user_home):
    """The same for an unprivileged user, with a sudo that logs."""
    return pacman_kit.on(user_home)


@pytest.fixture
def shm():
    """A folder on another file system."""
    if not os.access("/dev/shm", os.W_OK) or \
            os.stat("/dev/shm").st_dev == os.stat(tempfile.gettempdir()).st_dev:
        pytest.skip("/dev/shm is no file system of its own")
    folder = tempfile.mkdtemp(prefix="lumina-e2e-", dir="/dev/shm")
    os.chmod(folder, 0o755)
    yield Path(folder)
    remove_root(folder)


# Shells on pseudo-terminals with deadlines of 100 ms: on a busy machine a prompt may be late. Such a
# test has a second try, and the run says so.
LATE = {"test_hook.py", "test_hook_processes.py", "test_flow_shells.py", "test_flow_nested.py",
        "test_direnv.py", "test_package_terminal.py", "test_desk_faults.py", "test_desk_shells.py"}


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if item.path.name not in LATE:
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    if any(report.failed for report in reports):
        sys.stderr.write(f"once more: {item.nodeid}\n")
        item._initrequest()  # pylint: disable=protected-access  # fixtures are made anew
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
