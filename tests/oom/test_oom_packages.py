# SPDX-License-Identifier: MIT
"""Every allocation fails while packages are installed, recorded, pruned and taken back (CR-022).

The registry is old or new to the byte, and with the next command what was installed is recorded:
the package database decides. pacman is a script here that keeps a small database of its own.
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

import crash_kit as kit  # noqa: E402

ENDS = (-signal.SIGABRT, -signal.SIGSEGV, 0, 1, 2, 3)
REGISTRY = "# mine\npackages: [git,  'neovim']  # two\nignore:\n  - linux   # the kernel\n"

PACMAN = """#!/bin/sh
pool=%(top)s/pool local=%(top)s/root/local
verb= names=
while [ $# -gt 0 ]; do
	case $1 in
	--) shift; names=$*; break ;;
	--config|--root|--dbpath|--logfile|--cachedir) shift ;;
	-[SRDU]*) verb=$1 ;;
	esac
	shift
done
for name in $names; do
	case $verb in
	-S) cp -R "$pool/$name-1-1" "$local/" ;;
	-R*) rm -r "$local/$name-1-1" ;;
	esac
done
"""


class World:
    def __init__(self, top):
        self.top, self.home = Path(top), Path(top) / "home"
        self.local = self.top / "root/local"
        self.state = self.home / kit.STATE
        for folder in (self.home / ".lumina", self.home / ".local/state", self.local,
                       self.top / "pool"):
            folder.mkdir(parents=True)
        (self.local / "ALPM_DB_VERSION").write_text("9\n")
        self.pacman = self.top / "pacman"
        self.pacman.write_text(PACMAN % {"top": self.top})
        self.pacman.chmod(0o755)
        for name in ("git", "neovim", "linux", "other"):
            self.package(self.local, name)
        for name in ("foo", "bar"):
            self.package(self.top / "pool", name)
        self.package(self.local, "lib", reason=1)
        (self.home / ".lumina/lumina.yaml").write_text(REGISTRY)
        self.env = {**kit.environment(self.home), "LUMINA_SUDO": "", "LUMINA_PACMAN":
                    f"{self.pacman} --config /dev/null --root {self.top}/root "
                    f"--dbpath {self.top}/root --logfile /dev/null --cachedir {self.top}/none"}

    def package(self, folder, name, reason=0):
        (folder / f"{name}-1-1").mkdir()
        (folder / f"{name}-1-1/desc").write_text(
            f"%NAME%\n{name}\n\n%VERSION%\n1-1\n\n%REASON%\n{reason}\n\n%VALIDATION%\npgp\n\n")

    def run(self, *args, **more):
        env = {**self.env, **{name: str(value) for name, value in more.items()}}
        done = subprocess.run([kit.LUMINA, *args], env=env, cwd="/", timeout=kit.TIMEOUT,
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return kit.Result(done.returncode, done.stdout.decode(errors="replace"),
                          done.stderr.decode(errors="replace"))

    def registry(self):
        return (self.home / ".lumina/lumina.yaml").read_text()

    def declares(self, name):
        return name in self.registry().split("ignore:")[0]

    def has(self, name):
        return (self.local / f"{name}-1-1").exists()

    def settled(self):
        """No trace of what was cut off."""
        left = [name for name in kit.walk(self.home) if kit.TEMPORARY.search(name) or
                name.endswith((".new", "/journal"))]
        pending = self.state / "pending"
        return not left and (not pending.exists() or not list(pending.iterdir()))


# Commands that change something: their arguments, what is done before, and the package whose
# line follows the database; None: there is none.
CHANGING = {
    "install": (("install", "-y", "foo"), (), "foo"),
    "remove": (("remove", "-y", "neovim"), (), "neovim"),
    "capture": (("capture", "-y"), (), None),
    "ignore": (("ignore", "other"), (), None),
    "undo-install": (("undo",), (("install", "-y", "foo"),), "foo"),
}
READING = [("status",), ("status", "--json"), ("prune", "-n"), ("prune", "-n", "--json"),
           ("install", "-n", "foo"), ("why", "git")]


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
                           str(FOLDER / "fail_alloc.c")], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return library


def make(before=()):
    """A fresh world in this thread's folder."""
    top = kit.thread_slot().path / "packages"
    kit.remove_tree(top)
    world = World(top)
    for args in before:
        result = world.run(*args)
        assert result.rc == 0, str(result)
    return world


def allocations(world, shim, args):
    log = world.top / "count"
    result = world.run(*args, LD_PRELOAD=shim, OOM_COUNT=log)
    assert result.rc in (0, 4), str(result)
    return int(log.read_text())


def judge(name, world, old, new, result):
    args, _, package = CHANGING[name]
    assert result.rc in ENDS, "crashed"
    assert result.rc != -signal.SIGABRT or "out of memory" in result.err, "says nothing"
    assert result.rc <= 0 or result.err, "says nothing"
    now = world.registry()
    assert now in (old, new), f"the registry is neither old nor new: {now!r}"
    if result.rc == 0:
        assert now == new or "warning" in result.err, "claims success"
    # The next command finishes or restores; an undo is asked for again, unless it was done.
    again = args == ("undo",) and ((world.state / "journal").exists() or now != new)
    then = world.run(*(args if again else ("ignore", "bar")))
    assert then.rc == 0, f"then: {then}"
    assert world.settled(), f"left behind: {then}"
    if package is not None:
        assert world.declares(package) == world.has(package), \
            f"the record doesn't follow the database: {then}"
    if package is None or args == ("undo",):
        assert world.registry().replace("  - bar\n", "") in (old, new), str(then)
    if args == ("undo",):
        assert not world.has(package), f"still there: {then}"


def sweep(name, shim, numbers, lasting, old, new):
    more = {"OOM_LASTING": 1} if lasting else {}
    args, before, _ = CHANGING[name]
    problems = []
    for number in numbers:
        world = make(before)
        result = world.run(*args, LD_PRELOAD=shim, OOM_AT=number, **more)
        try:
            judge(name, world, old, new, result)
        except AssertionError as error:
            problems.append(f"allocation {number}: {error}\n{result}")
    return problems


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "lasting"])
@pytest.mark.parametrize("name", CHANGING)
def test_each_allocation_fails(shim, name, lasting):
    args, before, _ = CHANGING[name]
    world = make(before)
    old = world.registry()
    total = allocations(world, shim, args)
    new = world.registry()
    assert total > 20 and old != new and world.settled(), "the shim isn't in effect"
    numbers = range(1, total + 1, 3 if lasting else 1)
    with ThreadPoolExecutor(kit.WORKERS) as pool:
        parts = [numbers[i::kit.WORKERS] for i in range(kit.WORKERS)]
        found = pool.map(lambda part: sweep(name, shim, part, lasting, old, new), parts)
        problems = [problem for part in found for problem in part]
    assert not problems, f"{len(problems)} of {len(numbers)}:\n" + "\n\n".join(problems[:5])


def stamps(world):
    """But for the cache: what pacman-conf answered may be kept, where it had to be asked."""
    cache = ("", "home", "home/.cache")
    return {name: stamp for name, stamp in kit.stamps(world.top).items()
            if name not in cache and not name.startswith("home/.cache/")}


@pytest.mark.parametrize("args", READING, ids=" ".join)
def test_those_who_read_change_nothing(shim, args):
    world = make()
    total = allocations(world, shim, args)
    before = stamps(world)
    for number in range(1, total + 1):
        result = world.run(*args, LD_PRELOAD=shim, OOM_AT=number)
        assert result.rc in (*ENDS, 4), f"allocation {number}: {result}"
        assert stamps(world) == before, f"allocation {number}: {result}"
