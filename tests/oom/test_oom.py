# SPDX-License-Identifier: MIT
"""Every allocation fails, one after the other (CR-022).

Lumina ends there and then. That must leave the machine as a kill does: every path old or
new, nothing lost, and the next command finishes or restores. See fail_alloc.c.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "crash"))
pytest.register_assert_rewrite("crash_kit", "change_kit")

import change_kit as change  # noqa: E402
import crash_kit as kit  # noqa: E402

# It says so, and aborts; or what could not be had is reported as any error. libfyaml doesn't
# look at all of its own allocations: that is while the registry is read, with nothing begun, or
# once all is done (what is to be committed with Git is read behind an undo).
ENDS = (-signal.SIGABRT, -signal.SIGSEGV, 0, 1, 2, 3)
COMMANDS = ["sync-first", "sync-one-change", "add-file", "add-tree", "forget-several",
            "absorb-local", "adopt-all", "backup-all", "undo-add-file", "undo-forget-several",
            "undo-adopt-all", "undo-backup-all", "rollback-forward", "eject", "theme-first", "theme-set",
            "theme-import"]


@pytest.fixture(scope="module", autouse=True)
def sandbox():
    os.umask(0o022)
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, limits)
    kit.clean_up()


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    compiler = os.environ.get("CC") or "cc"
    if shutil.which(compiler) is None:
        pytest.skip(f"no compiler '{compiler}'")
    library = tmp_path_factory.mktemp("oom") / "fail_alloc.so"
    done = subprocess.run([compiler, "-O1", "-Wall", "-fPIC", "-shared", "-o", str(library),
                           str(FOLDER / "fail_alloc.c")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return library


def run(world, shim, args, **variables):
    # The answer of a pacman-conf that had to be asked may be kept: elsewhere.
    world.env["XDG_CACHE_HOME"] = str(world.folder / "cache")
    world.env.update(LD_PRELOAD=str(shim), **{k: str(v) for k, v in variables.items()})
    try:
        return world.run(*args)
    finally:
        for name in ("LD_PRELOAD", *variables):
            del world.env[name]


def allocations(world, shim, args):
    log = world.folder / "count"
    log.unlink(missing_ok=True)
    result = run(world, shim, args, OOM_COUNT=log)
    assert result.rc in (0, 4), str(result)
    return int(log.read_text())


def judge(world, ref, result, number):
    """True if the world is no longer as it was."""
    assert result.rc in ENDS, f"crashed: {result}"
    if result.rc == -signal.SIGABRT:
        assert "out of memory" in result.err, f"says nothing: {result}"
    change.assert_at_rest(world, ref, result)
    committed, journal = change.is_committed(world, ref), world.has_journal()
    assert result.rc != -signal.SIGSEGV or not journal, f"crashed: {result}"
    if result.rc == 0:
        assert committed or "warning" in result.err, f"claims success: {result}"
    elif result.rc > 0:
        assert result.err, f"says nothing: {result}"
    if journal or committed:
        change.assert_follow_up(world, ref, change.FOLLOW_UPS[number % 3], result)
        return True
    found = world.snapshot()
    left = {name for name in found.keys() - ref.old.keys() if not kit.is_state(name)}
    assert not left, f"left behind: {left}: {result}"
    changed = any((world.state / name).exists() for name in change.UNBORN)
    if changed or number % 25 == 0:
        change.assert_follow_up(world, ref, change.FOLLOW_UPS[number % 3], result)
        return True
    return False


def sweep(name, shim, numbers, lasting):
    """Problems, each with its number. Worlds that nothing changed are used again."""
    ref, problems, world = change.reference(name), [], None
    more = {"OOM_LASTING": 1} if lasting else {}
    for number in numbers:
        if world is None:
            world = change.make(kit.thread_slot(), name)
            world.snapshot(first=True)
        result = run(world, shim, world.scenario.args, OOM_AT=number, **more)
        try:
            used = judge(world, ref, result, number)
        except AssertionError as error:
            problems.append(f"allocation {number}: {error}")
            used = True
        if used:
            world = None
    return problems


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("name", COMMANDS)
def test_each_allocation_fails(shim, name, lasting):
    assert change.reference(name) is not None, change.WHY[name]
    world = change.make(kit.main_slot(), name)
    total = allocations(world, shim, world.scenario.args)
    assert total > 20, "the shim isn't in effect"
    numbers = range(1, total + 1, 3 if lasting else 1)
    with ThreadPoolExecutor(kit.WORKERS) as pool:
        parts = [numbers[i::kit.WORKERS] for i in range(kit.WORKERS)]
        found = pool.map(lambda part: sweep(name, shim, part, lasting), parts)
        problems = [problem for part in found for problem in part]
    briefly = "\n".join(problem.splitlines()[0] for problem in problems)
    assert not problems, f"{len(problems)} of {len(numbers)}:\n{briefly}\n\n" + \
        "\n\n".join(problems[:5])


@pytest.mark.parametrize("args", [("status",), ("status", "--json"), ("history",), ("doctor",)],
                         ids=" ".join)
def test_those_who_read_change_nothing(shim, args):
    world = change.make(kit.main_slot(), "backup-all")
    total = allocations(world, shim, args) if args != ("doctor",) else 60
    before = kit.stamps(world.home)
    for number in range(1, total + 1):
        result = run(world, shim, args, OOM_AT=number)
        assert result.rc in (*ENDS, 4), f"allocation {number}: {result}"
        assert kit.stamps(world.home) == before, f"allocation {number}: {result}"
