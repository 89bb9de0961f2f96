# SPDX-License-Identifier: MIT
"""Killed while a helper runs, or unable to write it down: the next command records.

What was installed is in pacman's database in any case; the record follows it.
"""

import os
import re
import signal
import subprocess
import time

import pytest

from pacman_kit import needs_root, on, package, read, recorded, runs, same_registry
from support import (DRIFT, FAILED, MUTATING, OK, REFUSED, TIMEOUT, Home, finish, kill,
                     needs_strace)

REGISTRY = "# mine\npackages: [git,  neovim]  # two\n"
CHANGING = [["sync", "-y"], ["ignore", "qux"], ["install", "-y", "bar"], ["capture", "-y"]]


@pytest.fixture
def machine(machine):
    machine.registry(REGISTRY)
    machine.kit.install("git", "neovim")
    return machine


def waiting(home, body=""):
    """A pacman that waits before and after its work, for files named go-1 and go-2."""
    home.kit.pacman_shim(
        "\ndef wait(n):\n    open(KIT + '/at-' + n, 'w').close()\n    end = time.time() + 20\n"
        "    while not os.path.exists(KIT + '/go-' + n) and time.time() < end: time.sleep(0.01)\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if not any(a in ('-S', '-Rs', '-U') for a in ARGV): os.execv(PACMAN, [PACMAN, *ARGV])\n"
        f"wait('1')\ncode = subprocess.run([PACMAN, *ARGV]).returncode\n{body}wait('2')\n"
        "open(KIT + '/ended', 'w').close()\nsys.exit(code)\n")


def comes(path):
    end = time.monotonic() + TIMEOUT
    while not path.exists():
        assert time.monotonic() < end, f"'{path}' never came"
        time.sleep(0.01)


def killed_at(home, stage, *args):
    """Lumina is killed before (1) or after (2) pacman's work; pacman goes on to its end."""
    waiting(home)
    top = home.kit.top
    process = home.start(*args)
    comes(top / "at-1")
    if stage == 1:
        kill(process)
    (top / "go-1").touch()
    comes(top / "at-2")
    if stage == 2:
        kill(process)
    (top / "go-2").touch()
    comes(top / "ended")
    process.communicate()
    home.kit.pacman_shim()
    home.kit.forget_calls()


def settled(home):
    """No trace of the interruption is left."""
    home.no_leftovers()
    pending = home.state / "pending"
    assert not pending.exists() or not list(pending.iterdir())


# --- Lumina is killed --------------------------------------------------------------------------

@pytest.mark.parametrize("command", CHANGING, ids=lambda c: c[0])
@pytest.mark.parametrize("stage", [1, 2])
def test_the_next_command_records_what_was_installed(machine, stage, command):
    killed_at(machine, stage, "install", "-y", "foo")
    assert "foo" in machine.kit.names()
    same_registry(machine, REGISTRY)
    result = machine.run(*command)
    assert "foo" in recorded(machine)
    assert "foo" in result.err + result.out
    settled(machine)


@pytest.mark.parametrize("group", [None, "desktop"])
def test_it_is_recorded_where_it_was_asked_for(machine, group):
    machine.registry("packages:\n  base: [git, neovim]\n  desktop: [waybar]\n")
    machine.kit.install("waybar")
    killed_at(machine, 2, "install", "-y", "foo", *(["-g", group] if group else []))
    machine.sync("-y")
    assert "foo" in recorded(machine)
    if group:
        assert "foo" in recorded(machine, group=group)


def test_status_shows_it_and_leaves_it(machine):
    killed_at(machine, 2, "install", "-y", "foo")
    before = machine.snapshot()
    result = machine.run("status", expect=None)
    assert "foo" in result.out + result.err
    assert machine.snapshot() == before
    same_registry(machine, REGISTRY)
    machine.sync("-y")
    assert "foo" in recorded(machine)


def test_what_was_not_installed_is_not_recorded(machine):
    """Killed, and pacman failed then."""
    machine.kit.pacman_shim(
        "\nif '-S' not in ARGV: os.execv(PACMAN, [PACMAN, *ARGV])\n"
        "open(KIT + '/at-1', 'w').close()\ntime.sleep(0.5)\nopen(KIT + '/ended', 'w').close()\n"
        "sys.exit(1)\n")
    process = machine.start("install", "-y", "foo")
    comes(machine.kit.top / "at-1")
    kill(process)
    process.communicate()
    comes(machine.kit.top / "ended")
    machine.kit.pacman_shim()
    machine.sync("-y")
    assert "foo" not in recorded(machine) and "foo" not in machine.kit.names()
    same_registry(machine, REGISTRY)
    settled(machine)


def test_what_was_removed_again_meanwhile_is_not_recorded(machine):
    killed_at(machine, 2, "install", "-y", "foo")
    machine.kit.remove("foo")
    machine.sync("-y")
    same_registry(machine, REGISTRY)
    assert "foo" not in machine.kit.names()
    settled(machine)


def test_what_the_person_recorded_meanwhile_is_there_once(machine):
    killed_at(machine, 2, "install", "-y", "foo")
    machine.registry(REGISTRY.replace("neovim", "neovim, foo"))
    machine.sync("-y")
    assert read(machine).decode() == REGISTRY.replace("neovim", "neovim, foo")
    settled(machine)


def test_a_killed_removal_is_taken_up_too(machine):
    killed_at(machine, 2, "remove", "-y", "neovim")
    assert "neovim" not in machine.kit.names()
    same_registry(machine, REGISTRY)
    machine.run("ignore", "qux")
    assert "neovim" not in recorded(machine)
    settled(machine)


def test_a_killed_sync_goes_on(machine):
    machine.registry("packages: [git, neovim, foo, bar]\nsymlinks: {~/.a: a}\n")
    machine.source("a")
    killed_at(machine, 2, "sync", "-y")
    machine.sync("-y")
    machine.assert_linked({"~/.a": "a"})
    assert {"foo", "bar"} <= machine.kit.explicit()
    machine.nothing_to_do()
    settled(machine)


def test_undo_after_a_killed_install_takes_back_just_that(machine):
    machine.run("ignore", "qux")
    after = read(machine)
    killed_at(machine, 2, "install", "-y", "foo")
    machine.run("undo", stdin=b"y\ny\n")
    assert read(machine) == after
    assert "foo" not in machine.kit.names()
    settled(machine)


def test_two_killed_installs_are_both_recorded(machine):
    for name in ("foo", "bar"):
        killed_at(machine, 2, "install", "-y", name)
        for path in machine.kit.top.glob("*-[12]"):
            path.unlink()
        (machine.kit.top / "ended").unlink()
    machine.sync("-y")
    assert {"foo", "bar"} <= recorded(machine)
    settled(machine)


def test_a_running_helper_is_nobodys_orphan(machine):
    """Another command meanwhile neither waits for it nor records for it."""
    waiting(machine)
    process = machine.start("install", "-y", "foo")
    comes(machine.kit.top / "at-1")
    machine.run("ignore", "qux")
    machine.run("status", expect=None)
    assert "foo" not in recorded(machine)
    (machine.kit.top / "go-1").touch()
    (machine.kit.top / "go-2").touch()
    result = finish(process)
    assert result.code == OK and "foo" in recorded(machine), repr(result)
    assert "qux" in read(machine).decode()
    settled(machine)


def test_two_installs_side_by_side_are_both_recorded(machine):
    processes = [machine.start("install", "-y", n) for n in ("foo", "bar", "baz")]
    results = [finish(p) for p in processes]
    installed = machine.kit.explicit() - {"git", "neovim"}
    assert recorded(machine) == {"git", "neovim", *installed}, results
    for name, result in zip(("foo", "bar", "baz"), results):
        assert (result.code == OK) == (name in installed)
    settled(machine)


@needs_root
def test_pacman_killed_in_the_middle(machine):
    """WR-012: its lock and half an entry are left; Lumina says how to look."""
    kit = machine.kit
    kit.gate()
    process = machine.start("install", "-y", "slow", "foo")
    kit.wait_at_gate()
    pacman, = kit.pacmans()
    os.kill(pacman, signal.SIGKILL)
    fd = kit.open_gate()
    result = finish(process)
    os.close(fd)
    assert result.code in (137, -9)
    assert recorded(machine) <= {"git", "neovim", *kit.explicit()}
    assert "foo" not in recorded(machine)
    # Its lock stays for the person to look at; Lumina removes none.
    assert kit.lock.exists()
    assert "db.lck" in result.err or "doctor" in result.err or "status" in result.err
    doctor = machine.run("doctor", expect=None)
    assert "lock" in doctor.out + doctor.err


# --- Lumina is killed at every call ------------------------------------------------------------

def calls_of(home, *args):
    """[(name, how many of it came so far)] of Lumina's own changing calls."""
    log = f"{home.root}/calls"
    names = ",".join([*MUTATING, "execve", "vfork", "clone", "clone3"])
    home.run(*args, prefix=("strace", "-o", log, "-e", f"trace={names}"))
    found, counts = [], {}
    for line in open(log, encoding="utf-8", errors="replace"):
        match = re.match(r"(\w+)\(", line)
        if match:
            counts[match[1]] = counts.get(match[1], 0) + 1
            found.append((match[1], counts[match[1]]))
    return found[1:]


@needs_strace
@pytest.mark.parametrize("args,name", [(["install", "-y", "foo"], "foo"),
                                       (["remove", "-y", "neovim"], "neovim")],
                         ids=["install", "remove"])
def test_killed_at_every_call_the_record_follows_the_database(root, args, name):
    def fresh(number):
        home = on(Home(f"{root}/{number}"), explicit=("git", "neovim"))
        home.registry(REGISTRY)
        return home
    calls = calls_of(fresh("first"), *args)
    assert len(calls) > 5
    wrong = []
    for i, (call, number) in enumerate(calls):
        home = fresh(i)
        done = subprocess.run(
            ["strace", "-o", "/dev/null", "-e", f"trace={call}", "-e",
             f"inject={call}:signal=KILL:when={number}", *home.argv(*args)],
            env=home.environment(), cwd=home.path, umask=0o022, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
        end = time.monotonic() + TIMEOUT
        while home.kit.pacmans() and time.monotonic() < end:
            time.sleep(0.01)
        try:
            home.run("ignore", "qux")
            assert (name in recorded(home)) == (name in home.kit.names())
            assert recorded(home) - {name} == {"git", "neovim"} - {name}
            settled(home)
        except AssertionError as error:
            wrong.append(f"killed at {call} {number} ({done.returncode}): {error}")
    assert not wrong, f"{len(wrong)} of {len(calls)}\n" + "\n".join(wrong)


# --- the registry can't be written -------------------------------------------------------------

@pytest.fixture
def closed(user_machine):
    """A registry that this user may not write."""
    if os.geteuid() != 0:
        pytest.skip("needs another user")
    home = user_machine
    home.registry(REGISTRY)
    home.kit.install("git", "neovim")
    home.give()
    shut(home, True)
    yield home
    shut(home, False)


def shut(home, yes):
    for path in (home.profile / "lumina.yaml", home.profile):
        if yes:
            os.chown(path, 0, 0)
        else:
            os.chown(path, home.user, home.user)
    home.profile.chmod(0o755)


def test_installed_but_not_recorded_is_one(closed):
    result = closed.run("install", "-y", "foo", expect=FAILED)
    assert "foo" in closed.kit.explicit() and "lumina.yaml" in result.err
    same_registry(closed, REGISTRY)


def test_status_shows_what_is_pending(closed):
    closed.run("install", "-y", "foo", expect=FAILED)
    result = closed.run("status", "--exit-code", expect=DRIFT)
    assert "foo" in result.out
    assert "foo" in str(closed.run("status", "--json").json)


@pytest.mark.parametrize("command", CHANGING, ids=lambda c: c[0])
def test_the_next_command_retries(closed, command):
    closed.run("install", "-y", "foo", "-g", "x", expect=None)
    closed.run("install", "-y", "foo", expect=None)
    shut(closed, False)
    closed.run(*command)
    assert "foo" in recorded(closed)
    settled(closed)


def test_while_it_still_fails_it_stays_pending(closed):
    closed.run("install", "-y", "foo", expect=FAILED)
    assert closed.run("ignore", "qux", expect=None).code in (FAILED, REFUSED)
    assert "foo" in closed.run("status").out
    shut(closed, False)
    closed.run("sync", "-y")
    assert "foo" in recorded(closed)


UNEDITABLE = {
    "alias": "packages: &p [git, neovim]\nhosts: {x: {packages: *p}}\n",
    "flow of odd form": "packages: [git,\n  neovim # here\n  , ]\n",
    "one line": "{packages: [git, neovim]}\n",
    "json": '{"packages": ["git", "neovim"], "symlinks": {}}',
    "tagged": "packages: !!seq [git, neovim]\n",
}


@pytest.mark.parametrize("text", UNEDITABLE.values(), ids=UNEDITABLE.keys())
def test_a_form_that_cant_be_edited_says_the_line_to_write(machine, text):
    machine.registry(text)
    if machine.run("status", expect=None).code == 2:
        pytest.skip("not a registry at all")
    result = machine.run("install", "-y", "foo", expect=None)
    assert "foo" in machine.kit.explicit()
    if result.code == OK:
        assert recorded(machine) == {"git", "neovim", "foo"}
        return
    assert result.code == FAILED and "lumina.yaml" in result.err and "foo" in result.err
    assert read(machine) == text.encode()
    assert "foo" in machine.run("status").out
    machine.registry(REGISTRY)
    machine.sync("-y")
    assert "foo" in recorded(machine)
    settled(machine)


def test_a_registry_broken_meanwhile_is_pending(machine):
    """An editor saved nonsense while pacman ran."""
    path = machine.profile / "lumina.yaml"
    waiting(machine, f"open({str(path)!r}, 'w').write('packages: [git')\n")
    (machine.kit.top / "go-1").touch()
    (machine.kit.top / "go-2").touch()
    result = machine.run("install", "-y", "foo", expect=None)
    assert result.code in (FAILED, 2)
    assert read(machine) == b"packages: [git" and "foo" in machine.kit.names()
    machine.kit.pacman_shim()
    machine.registry(REGISTRY)
    machine.sync("-y")
    assert "foo" in recorded(machine)
    settled(machine)


def test_a_partial_failure_records_what_is_there_after_a_kill(machine):
    machine.kit.in_aur(package("one"))
    machine.kit.shim("paru", "\nopen(KIT + '/at-1', 'w').close()\ntime.sleep(0.3)\n"
                             "subprocess.run(as_root([PACMAN, '--config', KIT + '/pacman.conf', "
                             "'-U', '--noconfirm', KIT + '/aur/one.pkg.tar']))\n"
                             "open(KIT + '/ended', 'w').close()\nsys.exit(1)\n")
    process = machine.start("install", "-y", "foo", "aur/one", "aur/two")
    comes(machine.kit.top / "at-1")
    kill(process)
    process.communicate()
    comes(machine.kit.top / "ended")
    machine.sync("-y")
    assert recorded(machine) == {"git", "neovim", "foo", "aur/one"}
    settled(machine)


def test_a_full_disk_is_said_and_nothing_is_run(machine):
    """What can't be written down beforehand is not begun."""
    if os.geteuid() == 0:
        machine.state.mkdir(parents=True, exist_ok=True)
        (machine.state / "pending").write_text("in the way")
        result = machine.run("install", "-y", "foo", expect=None)
        assert result.code in (OK, FAILED)
        assert ("foo" in machine.kit.names()) == (result.code == OK)
        assert ("foo" in recorded(machine)) == ("foo" in machine.kit.names())
        assert len(runs(machine.kit, "-S")) == (1 if result.code == OK else 0)


@pytest.mark.parametrize("data", [b"", b"lumina pending 1\n", b"\0" * 100, b"nonsense\n" * 999,
                                  b"lumina pending 99\nend\txxh3:0\n"])
def test_damaged_pending_records_are_survived(machine, data):
    folder = machine.state / "pending"
    machine.run("ignore", "qux")
    folder.mkdir(exist_ok=True)
    (folder / "1700000000-1").write_bytes(data)
    machine.run("status", expect=None)
    machine.sync("-y")
    assert recorded(machine) == {"git", "neovim"}
