# SPDX-License-Identifier: MIT
"""git: {push: true}: after a commit, without a question, and never for long."""

import os
import socket
import threading
import time

import pexpect
import pytest

from git_kit import changed, hook, make_bare, make_repo, porcelain, subjects
from support import OK, finish

PUSHING = """
    git: {commit: true, push: true}
    symlinks:
      ~/.one: one
    """


@pytest.fixture
def repo(home):
    return make_repo(home, PUSHING)


def add(repo, name="~/.a", **more):
    repo.write(name, "x")
    return repo.run("add", str(repo.at(name)), **more)


@pytest.fixture
def silent():
    """A listener that accepts and never says a word; (port, connections)."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(8)
    taken = []

    def accept():
        while True:
            try:
                taken.append(server.accept()[0])
            except OSError:
                return
    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], taken
    server.close()
    for connection in taken:
        connection.close()


def processes_of(text):
    """Command lines of all processes that hold a text."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as handle:
                line = handle.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and int(pid) != os.getpid():
            found.append(line)
    return found


def test_a_commit_is_pushed(repo):
    bare = make_bare(repo)
    assert add(repo).err == ""
    assert subjects(repo, cwd=bare)[0] == "lumina: add ~/.a"
    repo.run("undo")
    assert subjects(repo, cwd=bare)[0] == "lumina: undo ~/.a"


def test_without_a_commit_nothing_is_pushed(home):
    make_repo(home, PUSHING.replace("commit: true, ", ""))
    bare = make_bare(home)
    assert add(home).err == ""
    assert subjects(home, cwd=bare) == ["first"]


def test_commit_alone_does_not_push(home):
    make_repo(home, PUSHING.replace("push: true", "push: false"))
    bare = make_bare(home)
    assert add(home).err == ""
    assert subjects(home) == ["lumina: add ~/.a", "first"]
    assert subjects(home, cwd=bare) == ["first"]


def test_other_commits_of_the_branch_go_along_and_other_branches_do_not(repo):
    bare = make_bare(repo)
    repo.git("branch", "side")
    add(repo)
    assert repo.git("branch", "--format=%(refname:short)", cwd=bare).split() == ["main"]


def test_without_a_remote_a_hint_says_what_to_do(repo):
    result = add(repo)
    assert result.code == OK and "not pushed: the profile has no remote" in result.err
    assert "lumina git remote add origin" in result.err
    assert subjects(repo)[0] == "lumina: add ~/.a"


def test_without_an_upstream_a_hint_says_what_to_do(repo):
    make_bare(repo)
    repo.git("branch", "--unset-upstream")
    repo.git("config", "push.default", "simple")
    result = add(repo)
    assert "not pushed" in result.err and "lumina git push -u origin HEAD" in result.err
    repo.run("git", "push", "-q", "-u", "origin", "HEAD")
    assert add(repo, "~/.b").err == ""


def test_a_rejected_push_is_a_warning(repo):
    bare = make_bare(repo)
    hook(repo, "pre-receive", "echo 'nothing today'; exit 1", folder=bare)
    result = add(repo)
    assert "not pushed" in result.err and "hint: lumina git push" in result.err
    assert repo.link("~/.a") and porcelain(repo) == {}


def test_a_remote_that_is_not_there_is_a_warning(repo):
    make_bare(repo)
    repo.git("remote", "set-url", "origin", "/nowhere/at/all.git")
    result = add(repo)
    assert "not pushed" in result.err and "lumina git push" in result.err


def bound(repo, url):
    make_bare(repo)
    repo.git("remote", "set-url", "origin", url)
    start = time.monotonic()
    result = add(repo)
    return result, time.monotonic() - start


def test_a_remote_that_never_answers_is_waited_for_ten_seconds(repo, silent):
    port, taken = silent
    result, spent = bound(repo, f"http://127.0.0.1:{port}/x.git")
    assert "no answer within 10 seconds" in result.err and "lumina git push" in result.err
    assert 9 < spent < 14 and result.code == OK and taken
    assert repo.link("~/.a") and changed(repo) == {"lumina.yaml": "M", "a": "A"}
    assert processes_of(f"127.0.0.1:{port}") == []


def test_an_unreachable_remote_does_not_block(repo):
    result, spent = bound(repo, "http://10.255.255.1:81/x.git")
    assert "not pushed" in result.err and spent < 14 and repo.link("~/.a")
    assert processes_of("10.255.255.1") == []


def test_whatever_it_started_is_killed_too(repo):
    """A transport that ignores SIGTERM and leaves a process of its own session behind."""
    make_bare(repo)
    hook(repo, "pre-push", """
        trap '' TERM
        setsid sh -c 'trap "" TERM HUP; sleep 4321' &
        sleep 4321
        sleep 4321
        """)
    start = time.monotonic()
    result = add(repo)
    assert "no answer within 10 seconds" in result.err and time.monotonic() - start < 15
    assert processes_of("sleep 4321") == []


@pytest.mark.parametrize("how", ["plain", "GIT_SSH_COMMAND", "core.sshCommand"])
def test_ssh_asks_nothing_unless_the_person_has_chosen_a_command(repo, how):
    make_bare(repo)
    repo.git("remote", "set-url", "origin", "ssh://host.invalid/x.git")
    tools = repo.root / "bin"
    tools.mkdir()
    for name in ("ssh", "myssh"):
        (tools / name).write_text(
            f'#!/bin/sh\necho "{name} $*" >> {repo.root}/log\n'
            f'env | grep -E "^(GIT_TERMINAL_PROMPT|GIT_ASKPASS|SSH_ASKPASS)" >> {repo.root}/log\n'
            f'(: < /dev/tty) 2> /dev/null && echo has-tty >> {repo.root}/log\nexit 255\n')
        (tools / name).chmod(0o755)
    env = {"PATH": f"{tools}:{repo.env['PATH']}"}
    if how == "GIT_SSH_COMMAND":
        env[how] = "myssh -x"
    elif how == "core.sshCommand":
        repo.git("config", "core.sshCommand", "myssh -x")
    repo.write("~/.a", "x")
    child = repo.terminal("add", str(repo.at("~/.a")), env=env)
    child.expect("not pushed")
    child.expect(pexpect.EOF)
    log = (repo.root / "log").read_text()
    line = next(x for x in log.splitlines() if "git-receive-pack" in x)
    assert line.startswith("ssh -o BatchMode=yes" if how == "plain" else "myssh -x")
    assert "GIT_TERMINAL_PROMPT=0" in log and "has-tty" not in log
    assert "SSH_ASKPASS_REQUIRE=never" in log


def test_no_password_is_asked_for(repo, silent):
    """Neither on the terminal nor by a window."""
    asked = repo.root / "asked"
    (repo.root / "ask").write_text(f"#!/bin/sh\n: > {asked}\necho x\n")
    (repo.root / "ask").chmod(0o755)
    make_bare(repo)
    port, _ = silent
    server = threading.Thread(target=answer_401, args=(silent[1],), daemon=True)
    server.start()
    repo.git("remote", "set-url", "origin", f"http://127.0.0.1:{port}/x.git")
    repo.git("config", "core.askPass", str(repo.root / "ask"))
    repo.write("~/.a", "x")
    child = repo.terminal("add", str(repo.at("~/.a")),
                          env={"SSH_ASKPASS": str(repo.root / "ask"), "DISPLAY": ":77"})
    child.expect("not pushed")
    child.expect(pexpect.EOF)
    assert b"Username for" not in child.before.replace(b"could not read Username for", b"")
    assert not asked.exists()


def answer_401(taken):
    done = set()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for connection in list(taken):
            if connection not in done:
                done.add(connection)
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic "
                                   b"realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                connection.close()
        time.sleep(0.02)


@pytest.mark.parametrize("url", [
    "https://github.com/me/dots.git", "git@github.com:me/dots.git", "ssh://git@gitlab.com/me/dots",
    "https://user:secret@codeberg.org/me/dots", "https://GitHub.com/me/dots",
    "ssh://git@ssh.github.com:443/me/dots.git"])
def test_a_public_forge_is_named_once(repo, url):
    bare = make_bare(repo)
    repo.git("remote", "set-url", "origin", url)
    repo.git("config", f"url.{bare}.insteadOf", url)
    result = add(repo)
    assert "warning:" in result.err and "private" in result.err and "secret" not in result.err
    assert subjects(repo, cwd=bare)[0] == "lumina: add ~/.a"
    assert add(repo, "~/.b").err == ""
    assert subjects(repo, cwd=bare)[0] == "lumina: add ~/.b"


@pytest.mark.parametrize("url", ["https://git.example.org/github.com/x.git", "me@nas:github.com",
                                 "/mnt/github.com/x.git", "https://github.com.example.org/x"])
def test_a_remote_of_ones_own_is_not_taken_for_a_forge(repo, url):
    bare = make_bare(repo)
    repo.git("remote", "set-url", "origin", url)
    repo.git("config", f"url.{bare}.insteadOf", url)
    assert add(repo).err == ""


def test_the_lock_is_not_held_while_the_network_is_waited_for(repo):
    make_bare(repo)
    hook(repo, "pre-push", ": > \"$HOME/pushing\"; sleep 3")
    repo.write("~/.a", "x")
    process = repo.start("add", str(repo.at("~/.a")))
    end = time.monotonic() + 10
    while not repo.at("pushing").exists() and time.monotonic() < end:
        time.sleep(0.005)
    start = time.monotonic()
    repo.sync()
    assert time.monotonic() - start < 1.5 and process.poll() is None
    assert finish(process).code == OK


def test_what_was_done_is_said_before_the_network_is_waited_for(repo):
    make_bare(repo)
    hook(repo, "pre-push", "sleep 3")
    repo.write("~/.a", "x")
    process = repo.start("add", str(repo.at("~/.a")))
    lines = []
    while True:
        line = process.stdout.readline()
        lines.append(line)
        if not line or b"generation 2" in line:
            break
    assert lines[-1] and process.poll() is None
    assert finish(process).code == OK


def test_ctrl_c_while_pushing_ends_the_push_and_not_the_change(repo):
    make_bare(repo)
    hook(repo, "pre-push", ": > \"$HOME/pushing\"; sleep 4322")
    repo.write("~/.a", "x")
    child = repo.terminal("add", str(repo.at("~/.a")))
    end = time.monotonic() + 10
    while not repo.at("pushing").exists() and time.monotonic() < end:
        time.sleep(0.005)
    child.sendintr()
    child.expect("not pushed: interrupted")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == OK and processes_of("sleep 4322") == []
    assert subjects(repo)[0] == "lumina: add ~/.a" and repo.link("~/.a")
