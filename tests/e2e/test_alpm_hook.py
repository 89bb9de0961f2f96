# SPDX-License-Identifier: MIT
"""The alpm hook that ships with the package: it queues, never fails, and writes into no home."""

import os
import re
import subprocess

import pytest

from pacman_kit import needs_root
from support import LUMINA, OK, REPO, TIMEOUT, tree_of

TEMPLATE = REPO / "data/lumina.hook.in"


def hook(home, names=b"foo\nbar\n", env=None, **more):
    return home.run("alpm-hook", stdin=names, env={"LUMINA_QUEUE": str(home.root / "queue"),
                                                   **(env or {})}, **more)


def lines(home):
    path = home.root / "queue/queue"
    return path.read_text().splitlines() if path.exists() else []


def test_the_file_is_a_hook_that_can_stop_nothing():
    text = TEMPLATE.read_text()
    assert "When = PostTransaction" in text and "AbortOnFail" not in text
    for key in ("[Trigger]", "[Action]", "Type = Package", "Target = *", "NeedsTargets"):
        assert key in text
    assert re.search(r"^Exec = @bindir@/lumina alpm-hook$", text, re.MULTILINE)


def test_names_are_queued_with_their_time(home):
    hook(home)
    hook(home, b"baz\n")
    first, second = lines(home)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ foo bar", first)
    assert second.endswith("Z baz")


def test_it_writes_into_no_home(home):
    before = tree_of(home.path)
    hook(home)
    assert tree_of(home.path) == before and not home.state.exists()


@pytest.mark.parametrize("names", [b"", b"\n", b"-Syu\n../x\na;b\n\x1b[31m\n", b"\0" * 4096,
                                   b"x" * (1 << 20), b"foo" * 100000 + b"\n", b"\xff\xfe\n"])
def test_any_input_is_taken(home, names):
    result = hook(home, names)
    assert result.out == result.err == ""
    for line in lines(home):
        assert re.fullmatch(r"\S+Z[A-Za-z0-9@._+ -]*", line)


def test_no_home_and_no_environment(home):
    done = subprocess.run([LUMINA, "alpm-hook"], input=b"foo\n", capture_output=True, cwd="/",
                          env={"LUMINA_QUEUE": str(home.root / "queue"), "PATH": "/usr/bin"},
                          check=False, timeout=TIMEOUT)
    assert (done.returncode, done.stdout, done.stderr) == (OK, b"", b"")
    assert len(lines(home)) == 1


@pytest.mark.parametrize("trouble", ["a file in the way", "a link", "a folder of that name",
                                     "a fifo", "no space", "a relative queue"])
def test_no_trouble_is_a_failure(home, trouble):
    queue = home.root / "queue"
    env = {}
    other = home.path / "precious"
    other.write_text("mine")
    if trouble == "a file in the way":
        queue.write_text("mine")
    elif trouble == "a relative queue":
        env["LUMINA_QUEUE"] = str(queue / "no/such/folder")
    else:
        queue.mkdir()
        if trouble == "a link":
            os.symlink(other, queue / "queue")
        elif trouble == "a folder of that name":
            (queue / "queue").mkdir()
        elif trouble == "a fifo":
            os.mkfifo(queue / "queue")
        else:
            os.symlink("/dev/full", queue / "queue")
    result = hook(home, env=env, timeout=5)
    assert result.out == result.err == ""
    assert other.read_text() == "mine"


def test_the_queue_never_grows_without_end(home):
    for _ in range(40):
        hook(home, b"a-rather-long-package-name\n" * 200)
    assert (home.root / "queue/queue").stat().st_size <= 128 * 1024


def test_side_by_side_no_line_is_torn(home):
    env = home.environment({"LUMINA_QUEUE": str(home.root / "queue")})
    processes = [subprocess.Popen([LUMINA, "alpm-hook"], stdin=subprocess.PIPE, env=env)
                 for _ in range(16)]
    for i, process in enumerate(processes):
        process.communicate(b"package-%d\n" % i * 50)
    assert sorted({line.split()[1] for line in lines(home)}) == \
        sorted(f"package-{i}" for i in range(16))
    assert len(lines(home)) == 16


@needs_root
def test_the_real_pacman_runs_it(machine):
    """With a static stand-in in the root, which hands on to the real program's arguments."""
    text = TEMPLATE.read_text().replace("@bindir@/lumina alpm-hook",
                                        "/bin/sh -c 'cat=; while read l; do cat=\"$cat $l\"; done; "
                                        "echo \"$cat\" >> /queue'")
    (machine.kit.top / "hooks/lumina.hook").write_text(text)
    machine.kit.install("foo", "top")
    machine.kit.remove("foo")
    queued = (machine.kit.root / "queue").read_text().split("\n")
    assert set(queued[0].split()) == {"foo", "top", "middle", "bottom"}
    assert queued[1].split() == ["foo"]


@needs_root
def test_a_failing_one_fails_no_transaction(machine):
    text = re.sub(r"Exec = .*", "Exec = /nowhere/lumina alpm-hook", TEMPLATE.read_text())
    (machine.kit.top / "hooks/lumina.hook").write_text(text)
    machine.kit.install("foo")
    machine.run("install", "-y", "bar")
    assert machine.kit.explicit() == {"foo", "bar"}
