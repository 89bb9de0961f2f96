# SPDX-License-Identifier: MIT
"""What the crash tests share: HOMEs, scenarios, strace, and the judging of results.

Vocabulary: a *scenario* is a HOME and a registry edit; `lumina sync -y` takes its
tree from OLD to NEW. A *point* is one system call of that run, named by the call's
name and how many of that name came before (this is how strace counts). A *slot* is
a folder that one thread uses; templates of the scenarios' HOMEs are kept per slot,
because links hold absolute paths.
"""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests"))

import isolated  # noqa: E402

LUMINA = os.path.abspath(os.environ.get("LUMINA") or REPO / "build" / "lumina")
WORKERS = int(os.environ.get("LUMINA_CRASH_WORKERS") or 2)
TIMEOUT = 30
STATE = ".local/state/lumina"
# What keeps a sweep from being enumerated: one test fails then, not the collection.
TROUBLE = (AssertionError, OSError, StopIteration, subprocess.SubprocessError)
# Temporary names beside targets.
TEMPORARY = re.compile(r"(^|/)\.lumina-[0-9a-f]{8}-\d+(-new|-was|-in)?(/|$)")

MUTATING = [
    "mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat", "rename", "renameat",
    "renameat2", "unlink", "unlinkat", "rmdir", "openat", "openat2", "creat", "write", "pwrite64",
    "writev", "ftruncate", "truncate", "fsync", "fdatasync", "syncfs", "sync", "fallocate",
    "fchmod", "fchmodat", "chmod", "fchown", "fchownat", "chown", "lchown", "utimensat",
    "setxattr", "fsetxattr", "copy_file_range", "sendfile", "mknod", "mknodat", "bind",
]
# Those of them that leave nothing behind but durability.
FLUSHING = {"fsync", "fdatasync", "syncfs", "sync"}
READING = ["openat", "openat2", "readlink", "readlinkat", "getdents64", "newfstatat", "statx",
           "read", "access", "faccessat2", "fcntl", "ioctl", "close", "getrandom"]


# --- running ---------------------------------------------------------------------------------


@dataclass
class Result:
    rc: int
    out: str
    err: str
    trace: str = ""

    def __str__(self):
        return f"rc {self.rc}\nstdout: {self.out}\nstderr: {self.err}\n{self.trace}"


def environment(home):
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C", "TERM": "dumb",
            "LUMINA_HOST": "here", **isolated.ENVIRONMENT}


def run(home, *args):
    done = subprocess.run([LUMINA, *args], env=environment(home), cwd="/", timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, capture_output=True)
    return Result(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"))


def run_limited(home, kilobytes, *args):
    """With that much address space only."""
    done = subprocess.run(["sh", "-c", f'ulimit -v {kilobytes} && ulimit -c 0 && exec "$@"', "sh",
                           LUMINA, *args],
                          env=environment(home), cwd="/", timeout=TIMEOUT,
                          stdin=subprocess.DEVNULL, capture_output=True)
    return Result(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"))


def strace_command(log, options, args):
    # No --seccomp-bpf: strace 6.1 doesn't inject signals with it.
    return ["strace", "-f", "-qq", "-s", "256", "-o", str(log), *options, LUMINA, *args]


def run_traced(slot, home, options, args=("sync", "-y")):
    log = slot.path / "trace"
    log.unlink(missing_ok=True)
    done = subprocess.run(strace_command(log, options, args), env=environment(home), cwd="/",
                          timeout=TIMEOUT, stdin=subprocess.DEVNULL, capture_output=True)
    trace = log.read_text(errors="replace") if log.exists() else ""
    return Result(done.returncode, done.stdout.decode(errors="replace"),
                  done.stderr.decode(errors="replace"), trace)


def inject(faults):
    """strace options for {name: "error=EIO:when=3"}."""
    options = ["-e", "trace=" + ",".join(faults)]
    for name, fault in faults.items():
        options += ["-e", f"inject={name}:{fault}"]
    return options


# --- points ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    name: str
    n: int          # 1 is the first call of that name
    text: str       # as strace shows it
    before: tuple   # ((name, calls before this point), …) of all names traced

    def __str__(self):
        return f"{self.name}-{self.n}"

    def count(self, name):
        return dict(self.before).get(name, 0)


CALL = re.compile(r"^\d+ +(\w+)\((.*)$")


def parse_points(trace):
    counts, points = {}, []
    for line in trace.splitlines():
        found = CALL.match(line)
        if not found:
            continue
        name = found.group(1)
        before = tuple(counts.items())
        counts[name] = counts.get(name, 0) + 1
        points.append(Point(name, counts[name], line.split(None, 1)[1], before))
    return points


def is_mutating(point):
    if point.name in ("openat", "openat2"):
        return "O_CREAT" in point.text or "O_TRUNC" in point.text
    if point.name in ("write", "writev"):
        return re.match(r"writev?\([012],", point.text) is None
    return point.name in MUTATING


def mutations(trace):
    return [point for point in parse_points(trace) if is_mutating(point)]


# --- looking at a HOME -----------------------------------------------------------------------


def signature(path):
    """What stands at a path, links not followed; None if nothing does."""
    try:
        info = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(info.st_mode):
        return ("link", os.readlink(path))
    mode = stat.S_IMODE(info.st_mode)
    if stat.S_ISDIR(info.st_mode):
        return ("folder", mode)
    if not stat.S_ISREG(info.st_mode):
        return ("other", info.st_mode)
    with open(path, "rb") as file:
        return ("file", mode, file.read())


def content(path):
    """What a program gets that opens the path."""
    try:
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            return "a folder" if stat.S_ISDIR(mode) else "other"
        with open(path, "rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None


def walk(home):
    todo = [""]
    while todo:
        folder = todo.pop()
        with os.scandir(os.path.join(home, folder)) as entries:
            for entry in entries:
                name = os.path.join(folder, entry.name)
                yield name
                if entry.is_dir(follow_symlinks=False):
                    todo.append(name)


def is_state(name):
    return name == STATE or name.startswith(STATE + "/")


def snapshot(home):
    """Everything but the state folder."""
    return {name: signature(os.path.join(home, name)) for name in walk(home)
            if not is_state(name)}


def stamps(home):
    """Changes with any write, state folder included."""
    result = {"": os.lstat(home).st_ctime_ns}
    for name in walk(home):
        info = os.lstat(os.path.join(home, name))
        result[name] = (info.st_ino, info.st_ctime_ns, info.st_mtime_ns, info.st_size)
    return result


def probe(home, names):
    return {name: (signature(os.path.join(home, name)), content(os.path.join(home, name)))
            for name in names}


def state_names(home):
    state = os.path.join(home, STATE)
    return sorted(walk(state)) if os.path.isdir(state) else []


def has_journal(home):
    return os.path.exists(os.path.join(home, STATE, "journal"))


def owned(home):
    """The record's lines without its checksum; None if there is none."""
    try:
        with open(os.path.join(home, STATE, "owned")) as file:
            return [line for line in file.read().splitlines() if not line.startswith("end\t")]
    except FileNotFoundError:
        return None


def without_numbers(lines):
    return [line.rsplit("\t", 1)[0] for line in lines or []]


# The state folder's own parents: made by the first run, before anything is planned.
STATE_PARENTS = (".local", ".local/state")


def differences(found, expected):
    """Readable; empty if equal."""
    lines = []
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) == expected.get(name):
            continue
        if name in STATE_PARENTS and (name not in expected or name not in found):
            continue
        lines.append(f"{name}: found {found.get(name)}, expected {expected.get(name)}")
    return lines


# --- scenarios -------------------------------------------------------------------------------

PROFILE = {
    "zsh/zshrc": "zshrc\n",
    "zsh/zshenv": "zshenv\n",
    "git/config": "gitconfig\n",
    "vim/vimrc": "vimrc\n",
    "vim/colors/dark.vim": "dark\n",
    "app/main.conf": "main\n",
    "app/keys.conf": "keys\n",
    "app/sub/deep.conf": "deep\n",
    "app2/main.conf": "main, second\n",
    "app2/sub2/new.conf": "new\n",
    "bin/tool": "#!/bin/sh\n",
    "alt/zshrc": "zshrc, second\n",
    "alt/gitconfig": "gitconfig, second\n",
    "alt/vim/vimrc": "vimrc, second\n",
    "notes.txt": "linked nowhere\n",
}

USER = {
    "letter.txt": "a user's file\n",
    ".config/other/settings": "of another program\n",
    ".bashrc": "not ours\n",
    "elsewhere/kept": "kept\n",
}

BASE = {
    "~/.zshrc": "zsh/zshrc",
    "~/.gitconfig": "git/config",
    "~/.vim": "vim",
    "~/.config/app": "{tree: app}",
    "~/.local/bin/tool": "bin/tool",
    "~/.config/one/two/deep": "zsh/zshenv",
}


def registry(links):
    if not links:
        return "symlinks: {}\n"
    return "symlinks:\n" + "".join(f"  {target}: {source}\n" for target, source in links.items())


def changed(links, **changes):
    result = dict(links)
    for target, source in changes.items():
        result[target] = source
    return {target: source for target, source in result.items() if source is not None}


def write(path, text, mode=None):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    if mode is not None:
        path.chmod(mode)


@dataclass
class Scenario:
    name: str
    new: dict
    old: dict = None            # None: never synced
    before: object = None       # called with the HOME before the first sync
    after: object = None        # … and after it
    must_have: tuple = ()       # names of calls that the run must make, or the sweep is hollow
    follow_up: dict = field(default_factory=dict)


def user_link(home):
    os.symlink(home / ".lumina/zsh/zshenv", home / ".zshenv")


def extension(home):
    """A common set-up: a folder of the HOME lies elsewhere."""
    os.symlink(home / "elsewhere", home / "ext")


def keep_in_one(home):
    write(home / ".config/one/mine", "put beside our link by the user\n")


def lose_state(home):
    shutil.rmtree(home / STATE)


def odd_modes(home):
    os.chmod(home / ".config/app", 0o750)
    os.chmod(home / ".config/app/sub", 0o700)


CHANGED = changed(BASE, **{
    "~/.zshrc": "alt/zshrc",
    "~/.gitconfig": "alt/gitconfig",
    "~/.config/app": "{tree: app2}",
    "~/.config/one/two/deep": None,
    "~/.config/fresh/thing": "bin/tool",
    "~/.profile": "zsh/zshenv",
})

MIXED_OLD = changed(BASE, **{
    "~/.config/folded": "app2",
    "~/.config/nested": "{tree: vim}",
    "~/ext/conf": "git/config",
})
MIXED_NEW = {
    "~/.zshrc": "alt/zshrc",
    "~/.gitconfig": "git/config",
    "~/.zshenv": "zsh/zshenv",            # the user's link, right already
    "~/.vim": "{tree: vim}",              # a folder link becomes a tree
    "~/.config/app": "app",               # a tree becomes a folder link
    "~/.config/folded": "{tree: app2}",
    "~/.config/nested": "alt/vim",
    "~/.config/fresh/thing": "bin/tool",
    "~/ext/conf": "alt/gitconfig",        # behind a link that is followed
    "~/ext/more/conf": "alt/gitconfig",
}

WIDE = {f"~/.wide/{i:02d}/link": "bin/tool" for i in range(70)}

SCENARIOS = {scenario.name: scenario for scenario in [
    Scenario("first", BASE,
             must_have=("mkdir", "mkdirat", "symlinkat", "openat", "write", "fsync", "renameat")),
    Scenario("changed", CHANGED, BASE,
             must_have=("mkdirat", "symlinkat", "renameat2", "unlinkat", "openat", "write",
                        "fsync", "renameat")),
    Scenario("removing", {}, BASE, after=keep_in_one,
             must_have=("renameat2", "unlinkat", "openat", "write", "fsync", "renameat")),
    Scenario("folder-to-tree", changed(BASE, **{"~/.vim": "{tree: vim}"}), BASE,
             must_have=("mkdirat", "symlinkat", "renameat2", "unlinkat", "fsync", "renameat")),
    Scenario("tree-to-folder", changed(BASE, **{"~/.config/app": "app"}), BASE, after=odd_modes,
             must_have=("symlinkat", "renameat2", "unlinkat", "fsync", "renameat")),
    Scenario("mixture", MIXED_NEW, MIXED_OLD,
             before=lambda home: (user_link(home), extension(home)),
             must_have=("mkdirat", "symlinkat", "renameat2", "unlinkat", "openat", "write",
                        "fsync", "renameat")),
    Scenario("record-only", BASE, BASE, after=lose_state,
             must_have=("openat", "write", "fsync", "renameat")),
    Scenario("wide", WIDE, changed(BASE, **{"~/.wide/00/old": "zsh/zshrc"}),
             must_have=("mkdirat", "symlinkat", "syncfs", "renameat")),
]}
SWEPT = [name for name in SCENARIOS if name != "wide"]


# --- slots and templates ---------------------------------------------------------------------


def copy_tree(source, target):
    os.mkdir(target)
    with os.scandir(source) as entries:
        for entry in entries:
            new = os.path.join(target, entry.name)
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), new)
            elif entry.is_dir():
                copy_tree(entry.path, new)
            else:
                with open(entry.path, "rb") as old, open(new, "wb") as file:
                    file.write(old.read())
                os.chmod(new, stat.S_IMODE(entry.stat().st_mode))
    os.chmod(target, stat.S_IMODE(os.stat(source).st_mode))


def remove_tree(path):
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        subprocess.run(["rm", "-rf", "--", str(path)], check=True)


class Prepared:
    """A scenario's HOME in one slot, ready to sync; with what it is before and after."""

    def __init__(self, slot, scenario):
        self.scenario = scenario
        self.home = slot.home
        self.stored = slot.path / "stored" / scenario.name
        self.stored_state = slot.path / "stored" / f"{scenario.name}.state"
        self.state_root = slot.state_root
        self.build()
        self.stored.parent.mkdir(exist_ok=True)
        self.store(self.home, self.stored)
        self.store(self.state_root, self.stored_state)
        self.old = snapshot(self.home)
        self.old_owned = owned(self.home)
        result = run(self.home, "sync", "-y")
        assert result.rc == 0, f"undisturbed run: {result}"
        self.new = snapshot(self.home)
        self.new_owned = owned(self.home)
        self.new_state = state_names(self.home)
        self.names = sorted(self.old.keys() | self.new.keys())
        self.new_probe = probe(self.home, self.names)
        self.reset()
        self.old_probe = probe(self.home, self.names)

    def build(self):
        scenario, home = self.scenario, self.home
        remove_tree(home)
        for name, text in PROFILE.items():
            write(home / ".lumina" / name, text, 0o755 if name.startswith("bin/") else 0o644)
        for name, text in USER.items():
            write(home / name, text)
        os.chmod(home / "letter.txt", 0o600)
        if self.state_root is not None:
            remove_tree(self.state_root)
            self.state_root.mkdir()
            (home / ".local").mkdir()
            os.symlink(self.state_root, home / ".local/state")
        if scenario.before is not None:
            scenario.before(home)
        if scenario.old is not None:
            self.set_registry(scenario.old)
            result = run(home, "sync", "-y")
            assert result.rc == 0, f"preparing {scenario.name}: {result}"
        if scenario.after is not None:
            scenario.after(home)
        self.set_registry(scenario.new)

    def set_registry(self, links):
        write(self.home / ".lumina/lumina.yaml", registry(links))

    @staticmethod
    def store(source, target):
        if source is not None:
            remove_tree(target)
            copy_tree(source, target)

    def reset(self):
        self.store(self.stored, self.home)
        if self.state_root is not None:
            self.store(self.stored_state, self.state_root)


class Slot:
    """`home` and `state_root` may lie elsewhere than the slot's own things."""

    def __init__(self, path, home=None, state_root=None):
        self.path = Path(path)
        self.home = home or self.path / "home"
        self.state_root = state_root
        self.prepared = {}

    def prepare(self, name):
        """The HOME of a scenario, fresh."""
        if name not in self.prepared:
            self.prepared[name] = Prepared(self, SCENARIOS[name])
        self.prepared[name].reset()
        return self.prepared[name]


ROOT = None
LOCAL = threading.local()
LOCK = threading.Lock()
MADE = []


def root_folder():
    global ROOT
    with LOCK:
        if ROOT is None:
            # In memory: thousands of HOMEs are made, and nothing here depends on the disk.
            memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
            ROOT = Path(tempfile.mkdtemp(prefix="lumina-crash-",
                                         dir=os.environ.get("LUMINA_CRASH_TMP") or memory))
        return ROOT


def thread_slot():
    if not hasattr(LOCAL, "slot"):
        path = root_folder() / f"slot-{threading.get_ident()}"
        # A number may have been another thread's before.
        path.mkdir(exist_ok=True)
        LOCAL.slot = Slot(path)
    return LOCAL.slot


def main_slot():
    return thread_slot()


def clean_up():
    for folder in (ROOT, *MADE):
        if folder is not None:
            remove_tree(folder)


# --- cases -----------------------------------------------------------------------------------


class Case:
    """One item of a sweep; subclasses judge in check(slot)."""

    future = None

    def check(self, slot):
        raise NotImplementedError

    def result(self):
        """Waits for the case, which conftest.py has queued."""
        if self.future is not None:
            self.future.result()
        else:
            run_in_slot(self)


class NoPoints(Case):
    """Stands for a sweep that could not even be enumerated."""

    def __init__(self, why):
        self.why = why

    def check(self, slot):
        raise AssertionError(f"no injection point found: {self.why}")

    def __str__(self):
        return "no-point"


def run_in_slot(case):
    case.check(thread_slot())


def enumerate_points(name, before=None, slot=None):
    """Mutating calls of a scenario's undisturbed run, in order."""
    slot = slot or main_slot()
    prepared = slot.prepare(name)
    if before is not None:
        before(slot, prepared)
    result = run_traced(slot, prepared.home, ["-e", "trace=" + ",".join(MUTATING)])
    assert result.rc == 0, f"{name}: {result}"
    return mutations(result.trace)


POINTS = {}


def points_of(name):
    """Cached; empty, with the reason in WHY, where the run itself fails."""
    if name not in POINTS:
        try:
            POINTS[name] = enumerate_points(name)
        except TROUBLE as error:
            POINTS[name] = []
            WHY[name] = str(error)
    return POINTS[name]


WHY = {}


def cases_for(names, make):
    """One list of pytest cases; a scenario without any gets one that fails."""
    cases = []
    for name in names:
        found = [case for point in points_of(name) for case in make(name, point)]
        cases += found or [NoPoints(WHY.get(name, f"{name}: the run changes nothing"))]
    return cases


# --- judging ---------------------------------------------------------------------------------


def assert_old_or_new(prepared):
    """At any instant: every path old or new, and complete; nothing else but temporaries."""
    now = probe(prepared.home, prepared.names)
    wrong = []
    for name in prepared.names:
        allowed = (prepared.old_probe[name], prepared.new_probe[name])
        if now[name] not in allowed and name not in STATE_PARENTS:
            wrong.append(f"{name}: {now[name]} is neither {allowed[0]} nor {allowed[1]}")
    extra = [name for name in walk(prepared.home)
             if name not in prepared.old and name not in prepared.new and not is_state(name)
             and not TEMPORARY.search(name) and name not in STATE_PARENTS]
    assert not wrong, "\n".join(wrong)
    assert not extra, f"unknown things appeared: {extra}"


READERS = [("status",), ("diff",), ("why", "~/.zshrc"), ("doctor",)]


def assert_readers_work(prepared):
    """Commands that read say that a run was interrupted, and leave it."""
    home = prepared.home
    interrupted = has_journal(home)
    before = stamps(home)
    for args in READERS:
        result = run(home, *args)
        assert 0 <= result.rc <= 4 and result.rc != 2, f"{args}: {result}"
        said = result.err + (result.out if args[0] == "doctor" else "")
        assert ("interrupted" in said) == interrupted, \
            f"{args}, {'a' if interrupted else 'no'} journal: {result}"
    assert stamps(home) == before, "a command that only reads wrote something"


def assert_converges(slot, prepared, tree=None, record=None):
    """A faultless sync gives what an undisturbed one would have given; then all is calm."""
    home = prepared.home
    result = run(home, "sync", "-y")
    assert result.rc == 0, f"the next sync: {result}"
    wrong = differences(snapshot(home), prepared.new)
    assert not wrong, f"the next sync: {result}\n" + "\n".join(wrong)
    assert state_names(home) == prepared.new_state, "the state folder's files"
    assert owned(home) == prepared.new_owned, "the ownership record"
    assert_calm(slot, home)


def assert_calm(slot, home):
    before = stamps(home)
    result = run_traced(slot, home, ["-e", "trace=" + ",".join(MUTATING)])
    assert result.rc == 0, f"a sync with nothing to do: {result}"
    assert mutations(result.trace) == [], "a sync with nothing to do writes"
    assert stamps(home) == before


def is_old(prepared):
    return not differences(snapshot(prepared.home), prepared.old)


def is_new(prepared):
    return not differences(snapshot(prepared.home), prepared.new)


def assert_new_but_for_cleaning(prepared, result):
    """Done and recorded; what was replaced may still stand aside, if the journal knows of it."""
    wrong = []
    for name in prepared.names:
        wanted, found = prepared.new_probe[name], (signature(prepared.home / name),
                                                   content(prepared.home / name))
        folder_to_go = wanted[0] is None and found[1] == "a folder"
        if found != wanted and not folder_to_go and name not in STATE_PARENTS:
            wrong.append(f"{name}: found {found}, expected {wanted}")
    assert not wrong, f"{result}\n" + "\n".join(wrong)
    assert owned(prepared.home) == prepared.new_owned, f"not recorded: {result}"
    if differences(snapshot(prepared.home), prepared.new):
        assert has_journal(prepared.home), f"nobody will clean up: {result}"


def kill_at(slot, prepared, point, args=("sync", "-y")):
    fault = {point.name: f"signal=KILL:when={point.n}"}
    result = run_traced(slot, prepared.home, inject(fault), args)
    assert result.rc == -signal.SIGKILL, f"not killed at {point.text}: {result}"
    return result


# --- stopping in the middle ------------------------------------------------------------------


def all_points(slot, prepared):
    """Every system call of the undisturbed run; the HOME is fresh again afterwards."""
    result = run_traced(slot, prepared.home, [])
    assert result.rc == 0, str(result)
    prepared.reset()
    return parse_points(result.trace)


def find_point(points, name, *words):
    """The first call of that name whose text has all the words: its index."""
    for i, point in enumerate(points):
        if point.name == name and all(word in point.text for word in words):
            return i
    raise AssertionError(f"no injection point found: {name} with {words}")


class Stopped:
    """A sync that was stopped right before a system call; resume() lets it end.

    strace delivers SIGSTOP with the call before: a call runs to its end before the
    process stops, so it stands between the two.
    """

    def __init__(self, slot, prepared, points, index, faults=None, args=("sync", "-y")):
        previous = points[index - 1]
        faults = {previous.name: f"signal=STOP:when={previous.n}", **(faults or {})}
        self.start(slot, prepared.home, previous.text, inject(faults), args)

    @classmethod
    def at_lock(cls, slot, home):
        """Stopped with its plan made, at the opening of the lock file; None if it ends before."""
        stopped = cls.__new__(cls)
        # The folders of the state are looked for right before the lock.
        options = ["-e", "trace=mkdir,openat", "-e", "inject=mkdir:signal=STOP:when=1"]
        stopped.start(slot, home, "mkdir", options, ("sync", "-y"), may_end=True)
        if stopped.process.returncode is None:
            return stopped
        assert '"lock"' not in stopped.read_log(), "no injection point found before the lock"
        return None

    log = env = None

    def command(self, log, options, args):
        return strace_command(log, options, args)

    def start(self, slot, home, where, options, args, may_end=False):
        self.log = self.log or slot.path / "trace"
        self.log.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command(self.log, options, args),
                                        env=self.env or environment(home), cwd="/",
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        deadline = time.monotonic() + TIMEOUT
        while "--- stopped by SIGSTOP ---" not in self.read_log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                out, err = self.process.communicate()
                if may_end and self.process.returncode == 0:
                    return
                raise AssertionError(f"did not stop after {where}: "
                                     f"{err.decode()} {self.read_log()}")
            time.sleep(0.002)

    def read_log(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def child(self):
        """The pid of lumina; only while it is stopped."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return int(children.read_text().split()[0])

    def resume(self, *signals):
        for number in (*signals, signal.SIGCONT):
            os.kill(self.child(), number)
        out, err = self.process.communicate(timeout=TIMEOUT)
        return Result(self.process.returncode, out.decode(errors="replace"),
                      err.decode(errors="replace"), self.read_log())

    def kill(self):
        os.kill(self.child(), signal.SIGKILL)
        self.process.communicate(timeout=TIMEOUT)
