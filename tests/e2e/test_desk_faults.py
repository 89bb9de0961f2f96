# SPDX-License-Identifier: MIT
"""`lumina flow` while the compositor misbehaves: the shell has its answer, and nothing is left."""

import contextlib
import os
import re
import signal
import subprocess
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor

import pexpect
import pytest

from flow_kit import Answer, ask, flow_env, needs, project
from hypr_server import Compositor
from support import LUMINA, NOBODY, TIMEOUT, needs_strace

REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {MODE: web}
        hyprland: {layout: master, gaps_in: 3, border_size: 4}
      rust:
        when: [Cargo.toml]
        env: {MODE: rust}
        hyprland: {layout: scrolling}
    """
SCALE = 3
IPC, LIMIT = 0.150 * SCALE, 0.400 * SCALE
DIALECTS = ["repl", "eval", "keyword", "old"]

# Nothing of these may be believed, shown, or run.
GARBAGE = {
    "utf8": b"\xff\xfe\xc3(",
    "escapes": b"\x1b]0;PWNED\x07\x1b[2J\x1b[31mPWNED",
    "nul": b"o\0k",
    "ok": b"ok",
    "nothing": b"",
    "unknown": b"unknown request",
    "error": b"error: [Lua] execution timed out in hyprctl eval",
    "json": b'{"configProvider": "lua',
    "deep": b"[" * 100000,
    "command": b"$(touch PWNED)`touch PWNED`\n_lumina_set PWNED 1\n",
    "freed": b"\xf0\x91\x88V\x7f\x00",
}


@pytest.fixture
def home(user_home):
    """As root there is no desktop; the windows are this process's, which is the shell's parent."""
    project(user_home, "shop", REGISTRY, package="{}")
    project(user_home, "crate", **{"Cargo.toml": ""})
    user_home.at("shop/src/deep").mkdir(parents=True)
    user_home.give()
    return user_home


@pytest.fixture
def hypr(home):
    with Compositor(home) as compositor:
        compositor.set(windows=[{"pid": os.getpid(), "workspace": 3}])
        yield compositor


def children(home):
    """Processes of ours that are there, by their command line."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as line:
                if b"flow\0--dir\0" + os.fsencode(home.root) in line.read():
                    found.append(int(name))
        except OSError:
            pass
    return found


def settle(home, seconds=LIMIT + 10):
    """Until the child is gone: how long that took."""
    start = time.monotonic()
    while children(home):
        assert time.monotonic() - start < seconds, "the child is still there"
        time.sleep(0.005)
    return time.monotonic() - start


def runtime(home):
    folder = home.root / "run"
    return {str(path.relative_to(folder)) for path in folder.rglob("*")
            if not str(path.relative_to(folder)).startswith("hypr")}


def desk(home):
    """{word: fields} of the desk; workspaces by number."""
    path = home.root / "run/lumina/desk"
    rows = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        word, *fields = line.split("\t")
        rows[(word, fields[0]) if word == "workspace" else word] = fields
    return rows


def failures(home):
    return int(desk(home).get("failures", ["0"])[0])


def enter(home, hypr, folder, scale=SCALE, env=None, prefix=()):
    """What a shell gets there; the child is done afterwards."""
    got = Answer(ask(home, home.at(folder), "bash", prefix=prefix,
                     env=hypr.env({"LUMINA_TIMEOUT_SCALE": str(scale), **(env or {})})))
    settle(home, 0.4 * scale + 10)
    return got


def works(home, hypr, dialect="repl"):
    """A good compositor, and a mission that shows there."""
    hypr.behave("good")
    hypr.set(dialect=dialect)
    hypr.forget()
    assert enter(home, hypr, "crate", scale=40).values == {"MODE": b"rust"}
    assert enter(home, hypr, "shop", scale=40).values == {"MODE": b"web"}
    assert hypr.requests()
    assert failures(home) == 0 and desk(home)[("workspace", "3")][2] == "web", desk(home)


# --- every way of misbehaving --------------------------------------------------------------------

@pytest.mark.parametrize("dialect", DIALECTS)
def test_it_works(home, hypr, dialect):
    works(home, hypr, dialect)
    for request in hypr.requests():
        assert 0 < len(request.bytes) < 1023 and not request.hung_up
        assert request.held < 0.02 + 0.2 * bool(os.getloadavg()[0] > 3), request
    assert enter(home, hypr, "", scale=40).values == {}
    assert desk(home)[("workspace", "3")][2] in ("", "-", "\\-") or \
        "web" not in desk(home)[("workspace", "3")]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("how", ["full", "mute", "silent", "closes", "vanishes", "stays", "drip",
                                 "flood"])
def test_misbehaviour(home, hypr, how, dialect):
    """FL-001, FL-002: the shell's side is as without a desktop, and the child is gone in time."""
    hypr.set(dialect=dialect, behave=how)
    start = time.monotonic()
    assert enter(home, hypr, "shop").values == {"MODE": b"web"}
    assert time.monotonic() - start < LIMIT + 2, "late"
    assert failures(home) == 1
    assert runtime(home) == {"lumina", "lumina/desk", "lumina/desk.lock", "lumina/terminals",
                             *(n for n in runtime(home) if n.startswith("lumina/terminals/"))}
    # Its line is closed: the compositor doesn't wait for us.
    hypr.behave("good")
    for after in hypr.over():
        assert after < LIMIT + 1
    works(home, hypr, dialect)


@pytest.mark.parametrize("dialect", ["repl", "keyword"])
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage(home, hypr, name, dialect):
    """FL-004: nothing of a reply reaches the terminal, a file as it is, or a shell."""
    hypr.set(dialect=dialect)
    hypr.behave("garbage", GARBAGE[name])
    for folder, mode in (("shop", b"web"), ("crate", b"rust"), ("shop/src", b"web")):
        assert enter(home, hypr, folder).values == {"MODE": mode}
    shown = b"".join(getattr(home.run(*args, expect=None, env=flow_env(home, hypr.env()), cwd=cwd),
                             stream)
                     for args, cwd in ((("mission", "show"), home.at("shop")),
                                       (("doctor",), home.path), (("bar", "web"), home.path))
                     for stream in ("stdout", "stderr"))
    assert b"\x1b]" not in shown and b"\0" not in shown and b"\xff" not in shown
    assert not list(home.root.rglob("PWNED")) and not os.path.exists("PWNED")
    works_after_waking(home, hypr, dialect)


def works_after_waking(home, hypr, dialect="repl"):
    home.run("mission", "auto", env=flow_env(home, hypr.env()), cwd=home.path)
    works(home, hypr, dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_rests_after_three(home, hypr, dialect):
    """No more requests until it is woken; `doctor` names it, and the shell's side goes on."""
    hypr.set(dialect=dialect, behave="closes")
    for n, folder in enumerate(("shop", "crate", "shop"), 1):
        assert enter(home, hypr, folder).values["MODE"]
        assert failures(home) == n
    count = len(hypr.connections())
    hypr.behave("good")
    for folder, mode in (("crate", b"rust"), ("shop", b"web"), ("crate", b"rust")):
        assert enter(home, hypr, folder).values["MODE"] == mode
    assert len(hypr.connections()) == count
    told = home.run("doctor", expect=None, env=hypr.env())
    lines = [line for line in (told.out + told.err).splitlines() if "three failures" in line]
    assert len(lines) == 1 and "lumina mission auto" in told.out + told.err, repr(told)
    works_after_waking(home, hypr, dialect)
    told = home.run("doctor", expect=None, env=hypr.env())
    assert "three failures" not in told.out + told.err


def test_next_login_wakes(home, hypr):
    hypr.behave("closes")
    for folder in ("shop", "crate", "shop"):
        enter(home, hypr, folder)
    assert failures(home) == 3
    with Compositor(home, "1bb7_1700000001_2", windows=[{"pid": os.getpid(), "workspace": 3}]) as new:
        works(home, new)


# --- what holds the compositor up ----------------------------------------------------------------

@pytest.mark.parametrize("dialect", DIALECTS)
def test_never_a_step_full(home, hypr, dialect):
    """FL-007: whatever a mission wants, no request fills a step of 1,023 bytes."""
    hypr.set(dialect=dialect)
    lines = ["missions:"]
    for n in range(1, 12):
        gaps = " ".join(str(10 ** (n % 4) + n) for _ in range(4))
        lines += [f"  m{n}:", f"    when: [m{n}]", "    hyprland:", f"      gaps_in: {gaps}",
                  f"      gaps_out: {gaps}", f"      float_gaps: {gaps}",
                  f"      border_size: {n}", "      layout: master", "      layout_opts:",
                  f"        orientation: {'left' if n % 2 else 'right'}"]
        project(home, f"p{n}", **{f"m{n}": ""})
    home.registry("\n".join(lines) + "\n")
    home.give()
    for n in range(1, 12):
        enter(home, hypr, f"p{n}", scale=20)
    requests = hypr.requests()
    assert len(requests) > 8
    for request in requests:
        assert len(request.bytes) <= 1022, request
        assert request.held < 0.25, request


@needs_strace
@pytest.mark.parametrize("dialect", ["repl", "keyword"])
def test_killed_before_it_sends(home, hypr, dialect):
    """FL-009: the compositor sees the end at once, and isn't held up."""
    hypr.set(dialect=dialect)
    home.run("flow", "--dir", str(home.at("shop")), "--shell", "bash", expect=None,
             env=flow_env(home, hypr.env()), prefix=(
                 "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto",
                 "-e", "inject=sendto:signal=KILL:when=1"))
    settle(home)
    got = hypr.connections()
    assert len(got) == 1 and got[0].bytes == b"" and got[0].held < 0.5, got
    works(home, hypr, dialect)


@needs_strace
def test_slow_between_connect_and_send(home, hypr):
    """FL-010: its own deadline doesn't end it there: what is begun is sent whole."""
    hypr.set(dialect="keyword")
    home.run("flow", "--dir", str(home.at("shop")), "--shell", "bash", expect=None,
             env=flow_env(home, hypr.env({"LUMINA_TIMEOUT_SCALE": "5"})), prefix=(
                 "strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=sendto",
                 "-e", "inject=sendto:delay_enter=2500000:when=1"))
    settle(home)
    got = hypr.connections()
    assert got and got[0].bytes == b"j/status", got


@pytest.mark.parametrize("dialect", ["repl", "keyword"])
def test_hostile_words(home, hypr, dialect):
    """FL-011: a label, a folder or a name can't become a request."""
    hypr.set(dialect=dialect)
    words = ["x; dispatch exec touch PWNED", "x,layout:master", "[[BATCH]]dispatch exit",
             'x"})os.execute("touch PWNED")--', "x\x1b[31m", "x/eval 1", "x\ny"]
    for n, word in enumerate(words):
        name = re.sub(r"[/\n]", "_", word)
        project(home, f"all/{name}", package="{}",
                lumina=f"mission: {'web' if n % 2 else 'rust'}\nlabel: {word!r}\n")
        enter(home, hypr, f"all/{name}", scale=20)
        enter(home, hypr, "", scale=20)
    assert hypr.requests()
    for request in hypr.requests():
        for part in (b"PWNED", b"dispatch", b"BATCH", b"execute", b"\x1b"):
            assert part not in request.bytes, request
        assert re.match(rb"j/(status|clients|workspaces|workspacerules|getoption [a-z_:]+)$"
                        rb"|/repl |/keyword workspace r\[3-3\]", request.bytes), request
    assert not list(home.root.rglob("PWNED"))


# --- no more than needed -------------------------------------------------------------------------

def test_same_project_asks_nothing(home, hypr):
    """FL-018."""
    works(home, hypr)
    hypr.forget()
    for folder in ("shop/src", "shop/src/deep", "shop"):
        enter(home, hypr, folder, scale=40)
    assert hypr.connections() == []


def test_many_at_once(home, hypr):
    """FL-016: one connection at a time, the last directory wins, and few come so far."""
    folders = [f"many/p{n}" for n in range(100)]
    for n, folder in enumerate(folders):
        project(home, folder, **{("package.json" if n % 2 else "Cargo.toml"): "{}"})
    hypr.set(dialect="keyword")

    def go(folder):
        return ask(home, home.at(folder), "bash", env=hypr.env({"LUMINA_TIMEOUT_SCALE": "50"}))

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(go, folders))
    assert all(b"MODE" in text for text in answers)
    settle(home, 40)
    connections = hypr.connections()
    assert connections and not any(request.waiting for request in connections), connections
    assert not any(request.hung_up for request in connections)
    (terminal,) = (home.root / "run/lumina/terminals").iterdir()
    mission = re.search(r"^mission\t(\w+)", terminal.read_text(encoding="utf-8"), re.M)[1]
    assert desk(home)[("workspace", "3")][2] == mission, desk(home)
    works(home, hypr, "keyword")


# --- nobody, or somebody else --------------------------------------------------------------------

def quiet(home, hypr, env=None):
    """Nothing is done for the desktop, and nothing counts as a failure."""
    hypr.forget()
    for folder, mode in (("shop", b"web"), ("crate", b"rust"), ("shop", b"web")):
        assert enter(home, hypr, folder, env=env).values == {"MODE": mode}
    assert hypr.connections() == []
    assert failures(home) == 0


@pytest.mark.parametrize("name, value", [
    ("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22"), ("SSH_TTY", "/dev/pts/1"),
    ("SSH_CLIENT", "10.0.0.1 1 22"), ("HYPRLAND_INSTANCE_SIGNATURE", None),
    ("HYPRLAND_INSTANCE_SIGNATURE", ""), ("HYPRLAND_INSTANCE_SIGNATURE", "../hypr"),
    ("LUMINA_FLOW", "0")])
def test_nothing_there(home, hypr, name, value):
    if name == "LUMINA_FLOW":
        enter(home, hypr, "shop", env={name: value})
        assert hypr.connections() == []
    else:
        quiet(home, hypr, {name: value})


@needs_strace
def test_nothing_there_costs_nothing(home):
    """Not in Hyprland: the shell's side starts no process and looks for no compositor."""
    log = home.root / "calls"
    log.touch()
    log.chmod(0o666)
    ask(home, home.at("shop"), "bash", prefix=("strace", "-f", "-qq", "-o", str(log)))
    calls = log.read_text(errors="replace").rpartition("execve(")[2]
    assert "MODE" in calls
    assert not re.search(r"\b(clone3?|v?fork|socket|connect)\(", calls) and "/hypr" not in calls


def test_root_has_no_desktop(user_home, hypr):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    user_home.user = None
    log = ask(user_home, user_home.at("shop"), "bash", env=hypr.env())
    assert log is not None
    settle(user_home)
    assert hypr.connections() == []


def test_lock_of_the_dead(home, hypr):
    gone = subprocess.Popen(["true"])
    gone.wait()
    for text in (f"{gone.pid}\nwayland-1\n", "", "1\nwayland-1\n", "x\n", f"{hypr.pid}"):
        hypr.write_lock(text)
        quiet(home, hypr)
    hypr.write_lock(f"{hypr.pid}\nwayland-1\n")
    works(home, hypr)


@pytest.mark.parametrize("name", ["", "hypr", "hypr/SIGNATURE", "hypr/SIGNATURE/hyprland.lock",
                                  "hypr/SIGNATURE/.socket.sock"])
def test_somebody_elses_folder(home, hypr, name):
    """No byte is sent where one of these belongs to another user."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    path = home.root / "run" / name.replace("SIGNATURE", hypr.signature)
    os.chown(path, NOBODY - 1, -1)
    os.chmod(path, 0o777)
    for folder in ("shop", "crate"):
        assert enter(home, hypr, folder).values
    assert hypr.connections() == []


@contextlib.contextmanager
def all_files_given(home, other):
    """To the home's user, and the lock names a process of his."""
    with subprocess.Popen(["sleep", "1000"], user=home.user, group=home.user,
                          extra_groups=[]) as alive:
        try:
            other.write_lock(f"{alive.pid}\nwayland-1\n")
            home.give()
            (other.folder / ".socket.sock").chmod(0o777)
            yield
        finally:
            alive.kill()


def test_somebody_elses_process(home):
    """The file is ours, but who listens isn't: no byte goes there."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    (home.root / "run").chmod(0o755)
    with Compositor(home, user=NOBODY - 1) as other, all_files_given(home, other):
        enter(home, other, "shop", scale=20)
        connections = other.connections()
        assert all(c.bytes == b"" for c in connections), connections
        assert len(connections) == 1 and failures(home) == 1




def test_several(home, hypr):
    """A stale signature leads to the one that lives; one's own wins while it lives."""
    with Compositor(home, "1bb7_1700000001_2", windows=[{"pid": os.getpid(), "workspace": 3}]) as new:
        works(home, hypr)
        assert new.connections() == []
        os.kill(hypr.pid, signal.SIGKILL)
        hypr.process.wait()
        new.signature, own = hypr.signature, new.signature
        works(home, new)
        assert desk(home)["instance"][0] == own


# --- another bar ---------------------------------------------------------------------------------

@pytest.mark.parametrize("script", ["exec sleep 1000", "sleep 1000 & sleep 1000",
                                    "(setsid sleep 1000) & sleep 1000",
                                    "trap '' TERM INT HUP; while :; do sleep 0.1; done"])
def test_bar_command_that_stays(home, hypr, script):
    """It is gone with the child, and with it what it has started, however it takes that."""
    path = home.root / "bar.sh"
    path.write_text(f"#!/bin/sh\nset >{home.root}/set\n{script}\n", encoding="ascii")
    path.chmod(0o755)
    home.root.chmod(0o777)
    home.registry(textwrap.dedent(REGISTRY) + f"bar: {{command: [{path}]}}\n")
    home.give()
    mark = f"LUMINA_ROOT={home.at('shop')}".encode()
    assert enter(home, hypr, "shop").values == {"MODE": b"web"}
    assert "LUMINA_MISSION='web'" in (home.root / "set").read_text(encoding="utf-8")
    left = [pid for pid in filter(str.isdigit, os.listdir("/proc"))
            if mark in environment_of(pid)]
    assert not left, left


def environment_of(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as environ:
            return environ.read()
    except OSError:
        return b""


def test_bar_command_has_usual_signals(home, hypr):
    """A bar that it starts can be ended as any other."""
    home.root.chmod(0o777)
    home.registry(textwrap.dedent(REGISTRY) +
                  f"bar: {{command: [sh, -c, 'grep Sig /proc/self/status >{home.root}/sig']}}\n")
    home.give()
    enter(home, hypr, "shop", scale=20)
    rows = dict(re.findall(r"^(\w+):\s*(\w+)$",
                           (home.root / "sig").read_text(encoding="ascii"), re.M))
    for name in ("HUP", "INT", "QUIT", "PIPE", "TERM", "CHLD", "TSTP", "TTIN", "TTOU", "ALRM"):
        bit = 1 << (signal.Signals[f"SIG{name}"] - 1)
        assert not int(rows["SigIgn"], 16) & bit and not int(rows["SigBlk"], 16) & bit, name


# --- tmux ----------------------------------------------------------------------------------------

@needs("tmux")
def test_through_tmux(home, hypr):
    """By the client that shows the session; detached: nothing is done."""
    as_user = home.argv()[:-1]
    tmux = [*as_user, "tmux", "-S", str(home.root / "tmux"), "-f", "/dev/null"]
    env = home.environment(hypr.env({"LUMINA_TIMEOUT_SCALE": "40", "TERM": "xterm",
                                     "SHELL": "/bin/sh"}))

    def flow(folder):
        done = home.root / "done"
        done.unlink(missing_ok=True)
        line = f"{LUMINA} flow --dir {home.at(folder)} --shell bash >/dev/null; echo >{done}"
        subprocess.run([*tmux, "send-keys", line, "Enter"], env=env, check=True, timeout=TIMEOUT)
        end = time.monotonic() + TIMEOUT
        while not done.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        settle(home, 30)

    home.root.chmod(0o777)
    client = pexpect.spawn(tmux[0], [*tmux[1:], "new-session"], env=env, cwd=str(home.path),
                           timeout=TIMEOUT)
    try:
        client.expect_exact("$")
        hypr.set(windows=[{"pid": client.pid, "workspace": 5}])
        flow("shop")
        assert desk(home)[("workspace", "5")][2] == "web"
        client.close(force=True)
        hypr.forget()
        flow("crate")
        assert hypr.connections() == [] and failures(home) == 0
    finally:
        client.close(force=True)
        subprocess.run([*tmux, "kill-server"], env=env, check=False, timeout=TIMEOUT)


# --- the promises for the shell ------------------------------------------------------------------

def test_shell_never_waits(home, hypr):
    """The answer comes before anything is done for the desktop, however long that takes."""
    hypr.behave("silent")
    late = []
    for n in range(6):
        start = time.monotonic()
        ask(home, home.at(("shop", "crate")[n % 2]), "bash",
            env=hypr.env({"LUMINA_TIMEOUT_SCALE": "10"}))
        late.append(time.monotonic() - start)
        time.sleep(0.1)
    assert sorted(late)[2] < 1.0, late
    settle(home, 20)


def test_holds_nothing_of_the_shells(home, hypr):
    """The child has no descriptor of the shell's, and no process group: no Ctrl-C is for it."""
    hypr.behave("silent")
    ask(home, home.at("shop"), "bash", env=hypr.env({"LUMINA_TIMEOUT_SCALE": "20"}))
    end, seen = time.monotonic() + 5, False
    while time.monotonic() < end and not seen:
        for pid in children(home):
            try:
                targets = {os.readlink(f"/proc/{pid}/fd/{fd}")
                           for fd in os.listdir(f"/proc/{pid}/fd")}
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                    group = int(stat.read().rpartition(")")[2].split()[2])
            except OSError:
                continue
            if any(t.startswith("socket:") for t in targets):
                seen = True
                assert group == pid
                assert os.readlink(f"/proc/{pid}/cwd") == "/"
                for target in targets:
                    assert target == "/dev/null" or target.startswith("socket:") or \
                        target.endswith("desk.lock"), targets
        time.sleep(0.01)
    assert seen
    assert settle(home, 20) < 12
