# SPDX-License-Identifier: MIT
"""capture, ignore, install and the undo of an install, killed before and failed at every system
call of Lumina's that changes something, with the real pacman on a root of the test's own.

The registry is old or new to the byte; the package database decides what is recorded; the next
command finishes or restores, and nothing stays pending. (Kills of install and remove are in
tests/e2e/test_package_crash.py.)
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import crash_kit as kit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
pytest.register_assert_rewrite("pacman_kit")

import pacman_kit  # noqa: E402
from support import Home, Result  # noqa: E402

REGISTRY = "# mine\npackages: [git,  neovim]  # two\n"
ERRORS = ("ENOSPC", "EIO", "EACCES")
# "Installed, but not recorded" is said by this.
TRIES_AGAIN = "not recorded; the next command tries again"


class World:
    def __init__(self, top, name):
        self.scenario = SCENARIOS[name]
        self.home = pacman_kit.on(Home(top), explicit=("git", "neovim", "bar"))
        self.kit = self.home.kit
        self.home.registry(REGISTRY)
        for args in self.scenario.before:
            self.home.run(*args)

    def trace(self, options, args):
        log = Path(self.home.root) / "trace"
        log.unlink(missing_ok=True)
        done = subprocess.run(["strace", "-qq", "-s", "256", "-o", str(log), *options,
                               *self.home.argv(*args)], env=self.home.environment(),
                              cwd=self.home.path, umask=0o022, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=kit.TIMEOUT, check=False)
        end = time.monotonic() + kit.TIMEOUT
        while self.kit.pacmans() and time.monotonic() < end:
            time.sleep(0.01)
        self.log = log.read_text(errors="replace") if log.exists() else ""
        return Result(done.returncode, done.stdout, done.stderr)

    def registry(self):
        return pacman_kit.read(self.home).decode()

    def has(self, name):
        return any((self.kit.db / "local").glob(f"{name}-[0-9]*"))

    def declares(self, name):
        return name in pacman_kit.recorded(self.home)

    def journal(self):
        return (self.home.state / "journal").exists()

    def pending(self):
        folder = self.home.state / "pending"
        return sorted(os.listdir(folder)) if folder.exists() else []

    def settled(self):
        self.home.no_leftovers()
        assert self.pending() == [], "something is pending still"


class Scenario:
    def __init__(self, *args, before=(), package=None, must_have=()):
        self.args, self.before = args, before
        self.package = package      # its line follows the database
        self.must_have = must_have  # calls without which the sweep would be hollow


EDITING = ("openat", "write", "fsync", "renameat", "renameat2")
SCENARIOS = {
    "capture": Scenario("capture", "-y", must_have=EDITING),
    "ignore": Scenario("ignore", "bar", must_have=EDITING),
    "install": Scenario("install", "-y", "foo", package="foo", must_have=(*EDITING, "mkdir",
                                                                         "unlink", "rmdir")),
    "remove": Scenario("remove", "-y", "neovim", package="neovim", must_have=EDITING),
    "prune": Scenario("prune", "-y", "--force", before=[("ignore", "qux")], must_have=("openat",)),
    "undo-install": Scenario("undo", before=[("install", "-y", "foo", "bar")], package="foo",
                             must_have=EDITING),
}


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    yield
    pacman_kit.clean_up()
    pacman_kit.TEMPLATES.clear()


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="packages-", dir=kit.root_folder())
    os.chmod(path, 0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Reference:
    """The registry before and after, and where each change comes."""

    def __init__(self, folder, name):
        if shutil.which("strace") is None:
            pytest.skip("no strace")
        world = World(f"{folder}/reference", name)
        self.old = world.registry()
        result = world.trace(["-e", "trace=" + ",".join(kit.MUTATING)], world.scenario.args)
        assert result.code == 0, repr(result)
        self.new = world.registry()
        assert self.old != self.new or name == "prune"
        world.settled()
        lines = "".join(f"1 {line}\n" for line in world.log.splitlines())
        self.points = [p for p in kit.parse_points(lines) if kit.is_mutating(p)]
        missing = set(world.scenario.must_have) - {p.name for p in self.points}
        assert not missing - {"renameat", "renameat2"}, f"no {missing}"


def assert_next_command_mends(world, ref):
    """Whatever happened: one faultless command later it is all one again."""
    scenario, now = world.scenario, world.registry()
    undoing = scenario.args == ("undo",)
    again = undoing and (world.journal() or now != ref.new)
    result = world.home.run(*(scenario.args if again else ("ignore", "tlp")))
    world.settled()
    if scenario.package is not None:
        assert world.declares(scenario.package) == world.has(scenario.package), repr(result)
    after = re.sub(r"(ignore:\n)?  - tlp\n", "", world.registry())
    if undoing:
        assert not world.has("foo") and after == ref.new, repr(result)
    else:
        assert after in (ref.old, ref.new), after
    world.settled()


def sweep(folder, name, points, check):
    """Every point in a world of its own; all problems at once."""
    ref = Reference(folder, name)
    chosen = points(ref.points)

    def one(numbered):
        number, point = numbered
        top = f"{folder}/{number}"
        try:
            check(World(top, name), ref, point, number)
        except (AssertionError, subprocess.SubprocessError) as error:
            return f"{point} ({point.text}): {error}"
        finally:
            shutil.rmtree(top, ignore_errors=True)
        return None
    with ThreadPoolExecutor(kit.WORKERS) as pool:
        problems = [p for p in pool.map(one, enumerate(chosen)) if p is not None]
    assert not problems, f"{len(problems)} of {len(chosen)}:\n" + "\n\n".join(problems[:6])


def killed(world, ref, point, _):
    result = world.trace(kit.inject({point.name: f"signal=KILL:when={point.n}"}),
                         world.scenario.args)
    assert result.code == -9, f"not killed: {result!r}"
    assert world.registry() in (ref.old, ref.new), world.registry()
    assert_next_command_mends(world, ref)


def failed(world, ref, point, number, lasting=False):
    error = ERRORS[number % len(ERRORS)]
    plus = "+" if lasting else ""
    result = world.trace(kit.inject({point.name: f"error={error}:when={point.n}{plus}"}),
                         world.scenario.args)
    assert "(INJECTED)" in world.log, "nothing was injected"
    now, package = world.registry(), world.scenario.package
    assert now in (ref.old, ref.new), now
    assert 0 <= result.code < 126, f"crashed: {result!r}"
    if result.code == 0:
        assert now == ref.new or "warning" in result.err, f"claims success: {result!r}"
    elif "write(2, " not in world.log:  # unless it is the very message that can't be written
        assert "error:" in result.err, f"says nothing: {result!r}"
    if world.scenario.args[0] in ("install", "remove") and \
            world.has(package) != world.declares(package):
        assert result.code == 1, repr(result)
        assert TRIES_AGAIN in result.err or "write(2, " in world.log, repr(result)
        assert world.pending(), f"installed, and nobody knows: {result!r}"
        assert package in world.home.run("status").out
    assert_next_command_mends(world, ref)


def failed_for_good(world, ref, point, number):
    failed(world, ref, point, number + 1, lasting=True)


def not_flushing(points):
    """A kill before a flush is one behind the change before it."""
    return [p for p in points if p.name not in kit.FLUSHING]


@pytest.mark.parametrize("name", ["capture", "ignore", "prune", "undo-install"])
def test_killed_at_every_call(folder, name):
    sweep(folder, name, not_flushing, killed)


@pytest.mark.parametrize("name", SCENARIOS)
def test_failed_at_every_call(folder, name):
    sweep(folder, name, list, failed)


@pytest.mark.parametrize("name", SCENARIOS)
def test_failed_from_a_call_on(folder, name):
    """The same call fails from then on, also while that is mended."""
    sweep(folder, name, not_flushing, failed_for_good)


# --- what was cut off is recorded by the next command, and that is cut off, too ---------------


def left_behind(top, name, ref):
    """A world in which pacman did its work, and Lumina died before it wrote that down."""
    world = World(top, name)
    first = next(p for p in ref.points if p.name == "openat" and '"journal.new"' in p.text)
    result = world.trace(kit.inject({first.name: f"signal=KILL:when={first.n}"}),
                         world.scenario.args)
    assert result.code == -9 and world.pending() and world.registry() == ref.old, repr(result)
    return world


@pytest.mark.parametrize("name", ["install", "remove"])
def test_the_recording_killed_at_every_call(folder, name):
    ref = Reference(folder, name)
    world = left_behind(f"{folder}/first", name, ref)
    assert world.trace(["-e", "trace=" + ",".join(kit.MUTATING)], ("ignore", "qux")).code == 0
    assert world.declares(SCENARIOS[name].package) == world.has(SCENARIOS[name].package)
    lines = "".join(f"1 {line}\n" for line in world.log.splitlines())
    points = not_flushing(p for p in kit.parse_points(lines) if kit.is_mutating(p))
    assert len(points) > 20
    problems = []
    for number, point in enumerate(points):
        world = left_behind(f"{folder}/{number}", name, ref)
        result = world.trace(kit.inject({point.name: f"signal=KILL:when={point.n}"}),
                             ("ignore", "qux"))
        try:
            assert result.code == -9, repr(result)
            world.home.run("ignore", "waybar")
            world.settled()
            package = world.scenario.package
            assert world.declares(package) == world.has(package) == (name == "install")
        except AssertionError as error:
            problems.append(f"{point} ({point.text}): {error}")
        shutil.rmtree(f"{folder}/{number}", ignore_errors=True)
    assert not problems, f"{len(problems)} of {len(points)}:\n" + "\n\n".join(problems[:6])
