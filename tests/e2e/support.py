# SPDX-License-Identifier: MIT
"""What the end-to-end tests share: a home of its own, the real binary, snapshots, an oracle."""

import contextlib
import ctypes
import ctypes.util
import fcntl
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import pexpect
import pytest
import yaml

REPO = Path(__file__).resolve().parents[2]
LUMINA = Path(os.environ.get("LUMINA", REPO / "build" / "lumina")).resolve()
TIMEOUT = 25

sys.path.insert(0, str(REPO / "tests"))
import isolated  # noqa: E402

PATH = f"{isolated.FOLDER}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
NOBODY = 65534

OK, FAILED, USAGE, REFUSED, DRIFT = 0, 1, 2, 3, 4

# A binary built with sanitizers is told so by their options in the environment.
SANITIZED = "ASAN_OPTIONS" in os.environ

# System calls that change something on disk.
MUTATING = (
    "rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat rmdir "
    "mknod mknodat creat truncate ftruncate fallocate fsync fdatasync sync syncfs chmod fchmod "
    "fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat setxattr lsetxattr "
    "fsetxattr removexattr lremovexattr fremovexattr mount umount2"
).split()
SPAWNING = "clone clone3 fork vfork execve execveat".split()


def dedent(text):
    return textwrap.dedent(text).lstrip("\n")


def to_bytes(data):
    return data if isinstance(data, bytes) else os.fsencode(data)


class Result:
    """Exit code, standard output and standard error of one command."""

    def __init__(self, code, out, err):
        self.code = code
        self.stdout, self.stderr = out, err
        self.out = out.decode("utf-8", "surrogateescape")
        self.err = err.decode("utf-8", "surrogateescape")

    def __repr__(self):
        return f"exit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"

    @property
    def json(self):
        return json.loads(self.stdout)


class Home:
    """A home folder with a profile at ~/.lumina; the environment holds what is named here only."""

    def __init__(self, root, path=None, profile=None, user=None):
        self.root = Path(root)
        self.path = Path(path) if path else self.root / "home"
        self.profile = Path(profile) if profile else self.path / ".lumina"
        self.user = user
        self.env = {
            "HOME": str(self.path),
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "XDG_RUNTIME_DIR": str(self.root / "run"),
            "GIT_CONFIG_NOSYSTEM": "1",
            "TMUX_TMPDIR": str(self.root / "run"),  # no server of whoever runs the tests
            **isolated.ENVIRONMENT,
        }
        self.env.update({n: v for n, v in os.environ.items()
                         if n in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")})
        if profile:
            self.env["LUMINA_HOME"] = str(self.profile)
        for folder, mode in ((self.path, 0o755), (self.root / "run", 0o700),
                             (self.path / ".local/state", 0o755), (self.profile, 0o755)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)
        if user is not None:
            self.give()

    def give(self):
        """Everything below the root belongs to the unprivileged user."""
        if self.user is not None and os.geteuid() == 0:
            for top, folders, files in os.walk(self.root):
                for name in [top] + [os.path.join(top, n) for n in folders + files]:
                    os.chown(name, self.user, self.user, follow_symlinks=False)

    # --- files ----------------------------------------------------------------------------

    @property
    def state(self):
        base = self.env.get("XDG_STATE_HOME") or str(self.path / ".local/state")
        return Path(base) / "lumina"

    @property
    def config(self):
        return Path(self.env.get("XDG_CONFIG_HOME") or self.path / ".config") / "lumina"

    def at(self, name):
        """A path below HOME; "~/x" and "x" are the same."""
        name = os.fsdecode(name)
        return self.path / (name[2:] if name.startswith("~/") else name)

    def write(self, name, data="", mode=0o644):
        return self._put(self.at(name), data, mode)

    def source(self, *names, data=None):
        """Files of the profile, with their own name as content unless told otherwise."""
        for name in names:
            self._put(self.profile / os.fsdecode(name), to_bytes(name) if data is None else data)

    def registry(self, text, name="lumina.yaml"):
        if isinstance(text, str):
            text = dedent(text)
        return self._put(self.profile / name, text)

    def local(self, text):
        return self._put(self.config / "local.yaml", dedent(text))

    def _put(self, path, data, mode=0o644):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_bytes(data))
        path.chmod(mode)
        return path

    def declare(self, pairs, make=True):
        """A registry of plain links: {target: source}; the sources are made."""
        lines = [f"  {json.dumps(t)}: {json.dumps(s)}\n" for t, s in pairs.items()]
        self.registry("symlinks:\n" + "".join(lines) if lines else "symlinks:\n")
        if make:
            self.source(*[s for s in pairs.values() if not (self.profile / s).exists()])

    # --- running --------------------------------------------------------------------------

    def environment(self, extra=None):
        env = dict(self.env)
        for name, value in (extra or {}).items():
            env.pop(name, None)
            if value is not None:
                env[name] = value
        return env

    def argv(self, *args):
        argv = [str(LUMINA), *args]
        if self.user is not None and os.geteuid() == 0:
            argv = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups",
                    "--", *argv]
        return argv

    def run(self, *args, expect=OK, env=None, cwd=None, stdin=subprocess.DEVNULL, umask=0o022,
            prefix=(), timeout=TIMEOUT, **more):
        """Runs the binary; `expect` is its exit code, None for any."""
        kw = {"input": stdin} if isinstance(stdin, bytes) else {"stdin": stdin}
        done = subprocess.run([*prefix, *self.argv(*args)], env=self.environment(env),
                              cwd=cwd or self.path, umask=umask, timeout=timeout,
                              stdout=more.pop("stdout", subprocess.PIPE),
                              stderr=more.pop("stderr", subprocess.PIPE), **kw, **more)
        result = Result(done.returncode, done.stdout or b"", done.stderr or b"")
        assert expect is None or result.code == expect, f"{args}: wanted {expect}, got {result!r}"
        return result

    def sync(self, *args, expect=OK, **more):
        return self.run("sync", *args, expect=expect, **more)

    def start(self, *args, env=None, prefix=(), **more):
        """The binary in the background."""
        return subprocess.Popen([*prefix, *self.argv(*args)], env=self.environment(env),
                                cwd=self.path, stdin=subprocess.DEVNULL, umask=0o022,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)

    def terminal(self, *args, env=None, size=(40, 200)):
        """The binary on a terminal, through pexpect."""
        argv = self.argv(*args)
        return pexpect.spawn(argv[0], list(argv[1:]), env=self.environment(
            {"TERM": "xterm-256color", **(env or {})}), cwd=str(self.path), timeout=TIMEOUT,
            echo=False, dimensions=size)

    def status(self, **more):
        """{target: state} of the drift."""
        document = self.run("status", "--json", **more).json
        assert document["schema"] == 1
        return {drift["target"]: drift["state"] for drift in document["drift"]}

    def nothing_to_do(self):
        """A second sync changes nothing at all."""
        before, state = self.snapshot(), tree_of(self.state)
        result = self.sync()
        assert result.out.startswith("nothing to do"), repr(result)
        assert self.snapshot() == before
        assert tree_of(self.state) == state

    def git(self, *args, cwd=None, check=True):
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.org",
             "-c", "init.defaultBranch=main", *args], cwd=cwd or self.profile,
            env=self.environment(), capture_output=True, timeout=TIMEOUT, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.decode()

    def commit(self, message="state"):
        if not (self.profile / ".git").exists():
            self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    # --- looking --------------------------------------------------------------------------

    def snapshot(self):
        """lstat, link text and content of everything below HOME but Lumina's state."""
        return tree_of(self.path, skip=[self.state], vague=[self.state.parent])

    def link(self, target):
        """The text of a link; None where there is none."""
        path = self.at(target)
        return os.readlink(path) if path.is_symlink() else None

    def all_links(self):
        """{"~/target": text} of every link below HOME that leads into the profile or a theme."""
        found = {}
        inside = (f"{self.profile}/", f"{self.state}/themes/")
        for top, folders, files in os.walk(self.path):
            if Path(top) in (self.profile, self.state):
                folders[:] = []
                continue
            for name in folders + files:
                path = os.path.join(top, name)
                if os.path.islink(path) and os.readlink(path).startswith(inside):
                    found["~/" + os.path.relpath(path, self.path)] = os.readlink(path)
        return found

    def assert_linked(self, pairs):
        """Exactly these links lead into the profile, and to what is made of its templates."""
        shown = f"{self.state}/themes/current"
        assert self.all_links() == {
            t: f"{shown}/{Path(s).name.removesuffix('.mustache')}" if s.endswith(".mustache")
            else f"{self.profile}/{s}" for t, s in pairs.items()}

    def owned(self):
        """The ownership record: {target: text, or None for a folder}."""
        path, record = self.state / "owned", {}
        for line in path.read_text(errors="surrogateescape").splitlines() if path.exists() else []:
            field = line.split("\t")
            if field[0] in ("link", "folder"):
                record[field[1]] = field[2] if field[0] == "link" else None
        return record

    def generations(self):
        folder = self.state / "generations"
        return sorted(os.listdir(folder)) if folder.exists() else []

    def backups(self):
        """Every object in the backups, generation by generation."""
        return sorted((self.state / "backups").glob("*/*"))

    def no_leftovers(self):
        """No temporary name and no open journal is left behind."""
        for top, folders, files in os.walk(self.path):
            for name in folders + files:
                assert not name.startswith(".lumina-"), os.path.join(top, name)
                assert not name.endswith(".new"), os.path.join(top, name)
        assert not (self.state / "journal").exists()
        assert not (self.state / "journal.new").exists()
        assert not (self.state / "owned.new").exists()

    # --- the lock -------------------------------------------------------------------------

    @contextlib.contextmanager
    def lock_held(self):
        """Another writer is at work: this process holds the lock."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        with open(self.state / "lock", "a+b") as handle:
            os.chmod(handle.fileno(), 0o600)
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield handle

    def wait_for_lock(self, process):
        """Until the process has the lock file open: its plan is made, and it waits."""
        wanted = str(self.state / "lock")
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            assert process.poll() is None, process.communicate()
            with contextlib.suppress(OSError):
                folder = f"/proc/{process.pid}/fd"
                for fd in os.listdir(folder):
                    if os.readlink(f"{folder}/{fd}") == wanted:
                        return
            time.sleep(0.002)
        raise AssertionError("the process never came to the lock")


def finish(process):
    out, err = process.communicate(timeout=TIMEOUT)
    return Result(process.returncode, out, err)


def tree_of(folder, skip=(), vague=()):
    """{relative path: what lstat, readlink and the content say}. Times of `vague` don't count."""
    found = {}
    skip = {os.fsencode(p) for p in skip}
    vague = {os.fsencode(p) for p in vague}
    folder = os.fsencode(folder)

    def add(path):
        info = os.lstat(path)
        row = [stat.filemode(info.st_mode), info.st_uid, info.st_ino]
        if stat.S_ISLNK(info.st_mode):
            row.append(os.readlink(path))
        elif stat.S_ISREG(info.st_mode):
            with open(path, "rb") as handle:
                row.append(hashlib.sha256(handle.read()).hexdigest())
        if path not in vague:
            row.append(info.st_mtime_ns)
        found[os.path.relpath(path, folder)] = tuple(row)

    if not os.path.lexists(folder):
        return found
    add(folder)
    for top, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(top, name) not in skip]
        for name in folders + files:
            add(os.path.join(top, name))
    return found


def rows(before, after):
    """Names that came, went or changed between two trees; a folder's times don't count."""
    def plain(row):
        return row[:3] if row and row[0].startswith("d") else row
    return {os.fsdecode(n) for n in {*before, *after}
            if plain(before.get(n)) != plain(after.get(n))}


def facts(path):
    """What a rename keeps of an object."""
    info = os.lstat(path)
    return (info.st_ino, stat.filemode(info.st_mode), info.st_uid, info.st_nlink, info.st_size,
            info.st_mtime_ns, Path(path).read_bytes() if stat.S_ISREG(info.st_mode) else None)


def traits(path):
    """What a copy keeps: all but the inode."""
    kept = facts(path)
    return (*kept[1:3], *kept[4:])


# --- the oracle: what a registry means, by another reader -----------------------------------

class _Loader(yaml.SafeLoader):
    """Plain scalars stay text."""


_Loader.yaml_implicit_resolvers = {}


def _entries(data, profile):
    exact, trees = {}, {}
    for target, source in (data.get("symlinks") or {}).items():
        target = re.sub(r"^\$HOME/", "~/", target)
        if isinstance(source, dict):
            base = os.path.join(profile, source["tree"])
            for top, folders, files in os.walk(base):
                names = files + [n for n in folders if os.path.islink(os.path.join(top, n))]
                for name in names:
                    rel = os.path.relpath(os.path.join(top, name), base)
                    trees[f"{target}/{rel}"] = f"{source['tree']}/{rel}"
        else:
            exact[target] = source
    return exact, trees


def _templates(data):
    return {re.sub(r"^\$HOME/", "~/", target): source
            for target, source in ((data.get("themes") or {}).get("templates") or {}).items()}


def expected_links(profile, host):
    """{target: source} by PyYAML, and the contract's order of merging."""
    exact, trees, rendered, active = {}, {}, {}, [None]

    def merge(data):
        more_exact, more_trees = _entries(data, profile)
        exact.update(more_exact)
        trees.update(more_trees)
        rendered.update(_templates(data))
        active.append((data.get("themes") or {}).get("active") or active[-1])

    def read(name):
        data = yaml.load((Path(profile) / name).read_text(), _Loader) or {}
        hosts = []
        for include in data.get("include") or []:
            hosts += read(include)
        merge(data)
        hosts.append((data.get("hosts") or {}).get(host) or {})
        return hosts

    for block in read("lumina.yaml"):
        merge(block)
    if active[-1] is not None:
        exact.update(rendered)
    links = {t: s for t, s in trees.items()
             if not any(t == e or t.startswith(e + "/") for e in exact)}
    return {**links, **exact}


# --- strace ---------------------------------------------------------------------------------

class Call:
    """One line of strace -f -y."""

    PATTERN = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\)\s+= (-?\d+|\?)(.*)$")

    def __init__(self, name, args, result):
        self.name, self.args, self.result = name, args, result

    def __repr__(self):
        return f"{self.name}({self.args}) = {self.result}"

    @property
    def writes(self):
        if self.name in MUTATING:
            return True
        if self.name in ("open", "openat", "openat2"):
            return bool(re.search(r"O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)", self.args))
        if self.name in ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile",
                         "copy_file_range"):
            return not re.match(r"[12]<", self.args)
        return False


def can_strace():
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return done.returncode == 0


needs_strace = pytest.mark.skipif(not can_strace(), reason="strace is missing, or may not trace")


def traced(home, *args, expect=OK, env=None):
    """Runs the binary under strace; (result, calls)."""
    log = home.root / "strace.log"
    result = home.run(*args, expect=expect, env=env,
                      prefix=("strace", "-f", "-y", "-s", "4096", "-o", str(log)))
    calls = []
    for line in log.read_text(errors="surrogateescape").splitlines():
        match = Call.PATTERN.match(line)
        if match:
            calls.append(Call(match[1], match[2], match[3]))
    log.unlink()
    assert calls and calls[0].name == "execve"
    return result, calls


# --- small things -----------------------------------------------------------------------------

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def assert_clean(text):
    """No control character, bidirectional override or undecodable byte gets out raw."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    found = CONTROL.search(text)
    assert not found, f"raw {found[0]!r} in {text!r}"


def positions(err):
    """Every file:line:column that is reported as an error, in order."""
    return re.findall(r"^error: ((?:[^\s:]+):\d+:\d+): ", err, re.MULTILINE)


def xxh3(data):
    """The state files' checksum; skips visibly without libxxhash."""
    name = ctypes.util.find_library("xxhash")
    if name is None:
        pytest.skip("libxxhash is not installed: no way to forge a checksum")
    function = ctypes.CDLL(name).XXH3_64bits
    function.restype = ctypes.c_uint64
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
    return f"{function(data, len(data)):016x}"


def make_root():
    """A short folder that other users may enter."""
    root = tempfile.mkdtemp(prefix="lumina-e2e-")
    os.chmod(root, 0o755)
    return os.path.realpath(root)


def remove_root(root):
    def again(_function, path, _error):
        with contextlib.suppress(OSError):
            os.chmod(os.path.dirname(path), 0o700)
            os.chmod(path, 0o700, follow_symlinks=True)
        with contextlib.suppress(OSError):
            shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
    shutil.rmtree(os.fsencode(root), onerror=again)


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGKILL)
    process.wait()
