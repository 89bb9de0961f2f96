# SPDX-License-Identifier: MIT
"""The terminal is the helper's: prompts, colours, Ctrl-C, Ctrl-Z, window size, and none at all."""

import os
import re
import signal
import subprocess
import time

import pexpect
import pytest

from fakes import ASKING_SUDO
from pacman_kit import needs_root, package, read, recorded, runs, same_registry
from support import FAILED, OK, REFUSED, TIMEOUT, finish, needs_strace

REGISTRY = "# mine\npackages: [git,  neovim]  # two\n"
# A fake sudo relays no signal to what it runs; and the passthrough adds no rights.
relayed = pytest.mark.skipif(os.geteuid() != 0, reason="there is a sudo in between")


@pytest.fixture
def machine(machine):
    machine.registry(REGISTRY)
    machine.kit.install("git", "neovim")
    return machine


@pytest.fixture
def user(user_machine):
    user_machine.registry(REGISTRY)
    user_machine.give()
    return user_machine


def end(child, timeout=TIMEOUT):
    """What was shown until the end; the exit code as a shell has it."""
    child.expect(pexpect.EOF, timeout=timeout)
    child.close()
    code = child.exitstatus if child.exitstatus is not None else 128 + child.signalstatus
    return code, child.before.decode("utf-8", "replace")


def nothing_done(home, names=("git", "neovim")):
    same_registry(home, REGISTRY)
    assert home.kit.names() == set(names)
    assert home.generations() == []
    home.no_leftovers()
    pending = home.state / "pending"
    assert not pending.exists() or not list(pending.iterdir())


# --- prompts -----------------------------------------------------------------------------------

def test_pacmans_question_is_the_persons(machine):
    child = machine.terminal("install", "foo")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.sendline("y")
    code, _ = end(child)
    assert code == OK and "foo" in recorded(machine)


def test_no_is_no(machine):
    # WR-002
    child = machine.terminal("install", "foo")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.sendline("n")
    assert end(child)[0] == FAILED
    nothing_done(machine)


def test_a_choice_of_providers_is_the_persons(machine):
    child = machine.terminal("install", "cron")
    child.expect(r"Enter a number")
    child.sendline("2")
    child.expect(r"Proceed with installation")
    child.sendline("y")
    assert end(child)[0] == OK
    name, = machine.kit.explicit() - {"git", "neovim"}
    assert name in recorded(machine)


def test_colours_and_progress_pass_through(machine):
    machine.kit.configure(options="Color\n")
    child = machine.terminal("install", "-y", "foo")
    code, shown = end(child)
    assert code == OK and "\x1b[" in shown
    assert re.search(r"installing foo.*100%", shown, re.DOTALL), shown


def test_the_helper_has_the_terminal_itself(machine):
    machine.kit.pacman_shim(
        "\nprint('TTY', [os.isatty(n) for n in (0, 1, 2)], os.tcgetpgrp(0) == os.getpgrp(),"
        " os.get_terminal_size(0), flush=True)\nsys.exit(3)\n")
    child = machine.terminal("install", "foo", size=(33, 111))
    code, shown = end(child)
    assert code == 3
    assert "TTY [True, True, True] True" in shown and "columns=111, lines=33" in shown


def test_a_new_window_size_reaches_the_helper(machine):
    machine.kit.pacman_shim(
        "\nsizes = []\nsignal.signal(signal.SIGWINCH, lambda n, f: sizes.append("
        "os.get_terminal_size(0)))\nprint('READY', flush=True)\n"
        "end = time.time() + 15\nwhile not sizes and time.time() < end: time.sleep(0.02)\n"
        "print(sizes, flush=True)\nsys.exit(3)\n")
    child = machine.terminal("install", "foo")
    child.expect("READY")
    child.setwinsize(22, 77)
    child.expect("columns=77, lines=22")
    assert end(child)[0] == 3


# --- sudo --------------------------------------------------------------------------------------

def test_a_password_is_asked_for_on_the_terminal(user):
    user.kit.sudo(ASKING_SUDO)
    child = user.terminal("install", "foo")
    child.expect("password for tester:")
    child.sendline("secret")
    child.expect("Proceed with installation")
    child.sendline("y")
    assert end(child)[0] == OK
    assert recorded(user) == {"git", "neovim", "foo"}


def test_a_wrong_password_three_times(user):
    user.kit.sudo(ASKING_SUDO)
    child = user.terminal("install", "foo")
    for _ in range(3):
        child.expect("password for tester:")
        child.sendline("wrong")
    code, shown = end(child)
    assert code == 1 and "incorrect" in shown
    nothing_done(user, names=())


def test_ctrl_c_at_the_password(user):
    user.kit.sudo(ASKING_SUDO)
    child = user.terminal("install", "foo")
    child.expect("password for tester:")
    child.sendintr()
    assert end(child)[0] == 130
    nothing_done(user, names=())


def test_no_terminal_for_the_password(user):
    user.kit.sudo(ASKING_SUDO)
    process = user.start("install", "-y", "foo", start_new_session=True)
    result = finish(process)
    assert result.code == 1 and "terminal is required" in result.err
    nothing_done(user, names=())


# --- Ctrl-C at every stage ---------------------------------------------------------------------

def test_ctrl_c_at_pacmans_question(machine):
    child = machine.terminal("install", "foo")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.sendintr()
    assert end(child)[0] == 130
    nothing_done(machine)
    assert not machine.kit.lock.exists()


def test_ctrl_c_while_downloading(machine):
    slow = machine.kit.shim("fetch", "\nprint('FETCHING', flush=True)\ntime.sleep(20)\n")
    machine.kit.configure(xfer=f"{slow} %u %o")
    child = machine.terminal("install", "-y", "foo")
    child.expect("FETCHING")
    child.sendintr()
    code, _ = end(child)
    assert code not in (OK, REFUSED)
    nothing_done(machine)


@needs_root
def test_ctrl_c_in_the_middle_of_a_transaction(machine):
    """WR-005: pacman finishes its package and stops; the database decides what is recorded."""
    kit = machine.kit
    kit.gate()
    child = machine.terminal("install", "-y", "slow", "foo", "bar")
    child.expect("at the gate")
    kit.wait_at_gate()
    child.sendintr()
    time.sleep(0.2)
    fd = kit.open_gate()
    code, _ = end(child)
    os.close(fd)
    assert recorded(machine) == kit.explicit()
    assert code != REFUSED and kit.pacmans() == []
    assert not kit.lock.exists()
    # What pacman itself says of such a run is what is handed on.
    assert (code == OK) == ({"slow", "foo", "bar"} <= kit.explicit()) or code in (0, 1, 130)


def test_ctrl_c_reaches_the_helper_once(machine):
    machine.kit.pacman_shim(
        "\nseen = []\nsignal.signal(signal.SIGINT, lambda n, f: seen.append(n))\n"
        "print('READY', flush=True)\nend = time.time() + 15\n"
        "while not seen and time.time() < end: time.sleep(0.02)\ntime.sleep(0.5)\n"
        "print('SEEN', len(seen), flush=True)\nsys.exit(9)\n")
    child = machine.terminal("install", "foo")
    child.expect("READY")
    child.sendintr()
    child.expect("SEEN 1")
    # Lumina waited for it, whatever it took.
    assert end(child)[0] == 9


def test_ctrl_c_during_a_build(machine):
    machine.kit.shim("paru", "\nprint('==> Making', flush=True)\ntime.sleep(20)\n")
    child = machine.terminal("install", "aur/shader")
    child.expect("==> Making")
    child.sendintr()
    assert end(child)[0] == 130
    nothing_done(machine)


def test_ctrl_c_in_one_of_several_calls_stops_the_rest(machine):
    machine.kit.shim("paru", code=0)
    child = machine.terminal("install", "foo", "aur/shader")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.sendintr()
    assert end(child)[0] == 130
    assert machine.kit.calls("paru") == []
    nothing_done(machine)


def test_ctrl_c_at_our_own_question(machine):
    machine.kit.install("foo")
    child = machine.terminal("capture")
    child.expect(r"\[[yY]/[nN]\]")
    child.sendintr()
    assert end(child)[0] in (130, REFUSED)
    same_registry(machine, REGISTRY)


def test_ctrl_c_in_sync_makes_no_links(machine):
    machine.registry("packages: [foo]\nsymlinks: {~/.a: a}\n")
    machine.source("a")
    child = machine.terminal("sync")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.sendintr()
    assert end(child)[0] == 130
    assert machine.all_links() == {} and machine.generations() == []
    machine.sync("-y")
    machine.assert_linked({"~/.a": "a"})


def test_ctrl_backslash_is_the_helpers(machine):
    machine.kit.pacman_shim("\nprint('READY', flush=True)\nimport resource\n"
                            "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\ntime.sleep(20)\n")
    child = machine.terminal("install", "foo")
    child.expect("READY")
    child.sendcontrol("\\")
    assert end(child)[0] == 128 + signal.SIGQUIT
    nothing_done(machine)


# --- Ctrl-Z ------------------------------------------------------------------------------------

def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as handle:
        return handle.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("args", [["install", "foo"], pytest.param(
    ["pacman", "-S", "foo"], marks=relayed)], ids=["install", "passthrough"])
def test_ctrl_z_stops_both_and_fg_goes_on(machine, args):
    """Under a shell with job control."""
    shell = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], env=machine.environment(
        {"TERM": "dumb", "PS1": "SHELL> "}), cwd=str(machine.path), timeout=TIMEOUT, echo=False)
    shell.expect_exact("SHELL> ")
    shell.sendline(" ".join([machine.argv()[0], *args]) + '; echo "CODE=$?"')
    shell.expect(r"Proceed with installation\? \[Y/n\]")
    shell.sendcontrol("z")
    shell.expect("Stopped")
    pacman, = machine.kit.pacmans()
    assert state_of(pacman) == "T"
    shell.sendline("fg")
    time.sleep(0.3)
    shell.sendline("y")
    shell.expect(r"installing foo|foo.*\[[yYnN]/[yYnN]\]")
    shell.sendline("")
    shell.sendline("exit")
    shell.expect(pexpect.EOF)
    shell.close()
    assert "foo" in machine.kit.explicit()
    if args[0] == "install":
        assert "foo" in recorded(machine)


# --- the terminal goes away --------------------------------------------------------------------

@needs_root
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_a_transaction_is_forwarded_once_and_waited_for(machine, number):
    """WR-006: no lock of pacman's is left, and no pacman runs on without us."""
    kit = machine.kit
    kit.gate()
    process = machine.start("install", "-y", "slow")
    kit.wait_at_gate()
    process.send_signal(number)
    time.sleep(0.3)
    assert process.poll() is None or kit.pacmans() == []
    fd = kit.open_gate()
    result = finish(process)
    os.close(fd)
    assert kit.pacmans() == []
    assert not kit.lock.exists(), repr(result)
    assert ("slow" in recorded(machine)) == ("slow" in kit.explicit())


@relayed
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_helper_gets_the_signal_once(machine, number):
    """WR-006. Another one for SIGTERM, by which the real pacman dies and leaves its lock."""
    machine.kit.pacman_shim(
        "\nseen = []\nfor number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):\n"
        "    signal.signal(number, lambda n, f: seen.append(n))\n"
        "open(KIT + '/ready', 'w').close()\nend = time.time() + 15\n"
        "while not seen and time.time() < end: time.sleep(0.02)\ntime.sleep(0.5)\n"
        "open(KIT + '/seen', 'w').write(str(len(seen)))\nsys.exit(9)\n")
    process = machine.start("install", "foo")
    limit = time.monotonic() + TIMEOUT
    while not (machine.kit.top / "ready").exists():
        assert time.monotonic() < limit
        time.sleep(0.01)
    process.send_signal(number)
    result = finish(process)
    assert (machine.kit.top / "seen").read_text() == "1"
    assert result.code in (9, 128 + number, -number)
    nothing_done(machine)


@relayed
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_pacmans_question_leaves_no_lock(machine, number):
    # WR-006
    child = machine.terminal("install", "foo")
    child.expect(r"Proceed with installation\? \[Y/n\]")
    child.kill(number)
    code, _ = end(child)
    assert code not in (OK, REFUSED)
    assert not machine.kit.lock.exists() and machine.kit.pacmans() == []
    nothing_done(machine)


@needs_strace
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_may_not_be_handed_on_is_waited_out(machine, number):
    """sudo belongs to root: a person's program may not signal it, and must not run away."""
    machine.kit.pacman_shim(
        "\nif '-S' not in ARGV: os.execv(PACMAN, [PACMAN, *ARGV])\n"
        "open(KIT + '/ready', 'w').close()\nend = time.time() + 15\n"
        "while not os.path.exists(KIT + '/go') and time.time() < end: time.sleep(0.02)\n"
        "sys.exit(subprocess.run(as_root([PACMAN, *ARGV])).returncode)\n")
    calls = "kill,tkill,tgkill,pidfd_send_signal"
    process = machine.start("install", "-y", "foo", prefix=(
        "strace", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:error=EPERM"))
    limit = time.monotonic() + TIMEOUT
    while not (machine.kit.top / "ready").exists():
        assert time.monotonic() < limit
        time.sleep(0.01)
    with open(f"/proc/{process.pid}/task/{process.pid}/children", encoding="ascii") as handle:
        lumina = int(handle.read().split()[0])
    os.kill(lumina, number)
    time.sleep(0.5)
    assert process.poll() is None, process.communicate()
    (machine.kit.top / "go").touch()
    result = finish(process)
    assert result.code in (OK, 128 + number, -number), repr(result)
    assert "foo" in machine.kit.explicit() and "foo" in recorded(machine)


def test_a_closed_terminal_ends_it(machine):
    child = machine.terminal("install", "foo")
    child.expect("Proceed with installation")
    child.close(force=False)
    limit = time.monotonic() + TIMEOUT
    while machine.kit.pacmans():
        assert time.monotonic() < limit
        time.sleep(0.05)
    machine.run("status", expect=None)
    assert machine.kit.names() == {"git", "neovim"} and read(machine) == REGISTRY.encode()


# --- no terminal at all ------------------------------------------------------------------------

def test_without_any_terminal_it_works(machine):
    process = machine.start("install", "-y", "foo", start_new_session=True)
    assert finish(process).code == OK
    assert "foo" in recorded(machine)


def test_closed_standard_streams(machine):
    done = subprocess.run(["sh", "-c", '"$0" install -y foo <&- >&- 2>&-', machine.argv()[0]],
                          env=machine.env, cwd=machine.path, timeout=TIMEOUT, check=False)
    assert done.returncode in (OK, FAILED)
    assert ("foo" in recorded(machine)) == ("foo" in machine.kit.explicit())
    machine.run("status")


def test_no_progress_where_there_is_no_terminal(machine):
    machine.registry("packages: [foo, bar, aur/one]\n")
    machine.kit.in_aur(package("one"))
    result = machine.sync("-y")
    assert "\x1b" not in result.out and "\r" not in result.err + result.out


def test_quiet_is_quiet_but_for_the_helper(machine):
    result = machine.run("-q", "install", "-y", "foo")
    assert "lumina" not in result.err
    assert "installing foo" in result.out


def test_several_parts_say_which_of_how_many(machine):
    machine.registry("packages: [foo, aur/one]\n")
    machine.kit.in_aur(package("one"))
    child = machine.terminal("sync", "-y")
    code, shown = end(child)
    assert code == OK and runs(machine.kit, "-S")
    assert re.search(r"[(\[]?1\s*(/|of)\s*2", shown), shown
