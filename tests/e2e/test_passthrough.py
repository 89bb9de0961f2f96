# SPDX-License-Identifier: MIT
"""lumina pacman, lumina paru: as they would run alone; afterwards, an offer to record."""

import os
import signal
import subprocess
import time

import pexpect
import pytest

from pacman_kit import package, read, recorded, runs, same_registry
from support import FAILED, OK, TIMEOUT, finish

REGISTRY = "# mine\npackages:\n  base: [git,  neovim]  # two\n"


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="pacman itself wants to be root")


@pytest.fixture
def machine(machine):
    machine.registry(REGISTRY)
    machine.kit.install("git", "neovim")
    return machine


ARGUMENTS = [["-Q"], ["-Ss", "a b", ""], ["--", "-Syu"], ["-h"], ["--help"], ["--version"], ["-v"],
             ["-q", "--json"], ["-Qi", "x;y", "$(id)", "*", "\u00e9"], ["--color", "always", "-Q"],
             ["-S", "--", "a", "--"], []]


@pytest.mark.parametrize("args", ARGUMENTS, ids=[" ".join(a) or "none" for a in ARGUMENTS])
def test_arguments_are_as_they_were(machine, args):
    for name in ("pacman", "paru"):
        machine.kit.forget_calls()
        if name == "pacman":
            machine.kit.pacman_shim(code=0)
        else:
            machine.kit.shim("paru", code=0)
        machine.run(name, *args)
        call, = machine.kit.calls(name)
        own = 2 if name == "pacman" else len(call.argv) - len(args)
        assert call.argv[own:] == args, call
        if name == "pacman":
            assert call.argv[:2] == ["--config", f"{machine.kit.top}/pacman.conf"]


@pytest.mark.parametrize("name", ["pacman", "paru"])
@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 77, 127, 130, 137, 255])
def test_the_exit_code_is_the_programs(machine, name, code):
    machine.kit.pacman_shim(code=code)
    machine.kit.shim("paru", code=code)
    machine.run(name, "-Q", expect=code)
    same_registry(machine, REGISTRY)


@pytest.mark.parametrize("name", ["pacman", "paru"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGTERM])
def test_a_death_by_signal_is_a_shells_code(machine, name, number):
    machine.kit.pacman_shim(death=number)
    machine.kit.shim("paru", death=number)
    assert machine.run(name, "-Q", expect=None).code in (128 + number, -number)


def test_output_is_untouched_to_the_byte(machine):
    for args in (["-Q"], ["-Qi", "git"], ["-Ss", "foo"], ["-Q", "no-such"], ["-Sii", "top"]):
        plain = machine.kit.pacman(*args, check=False)
        result = machine.run("pacman", *args, expect=plain.returncode, env={"LC_ALL": "C"})
        assert (result.stdout, result.stderr) == (plain.stdout, plain.stderr)


def test_standard_input_is_the_programs(machine):
    result = machine.run("pacman", "-Q", "-", stdin=b"git\nneovim\n")
    assert result.out.splitlines() == ["git 2.45-1", "neovim 0.10-1"]


def test_folder_and_environment_are_the_callers(machine):
    machine.kit.pacman_shim(code=0)
    machine.kit.shim("paru", code=0)
    folder = machine.path / "some where"
    folder.mkdir()
    for name in ("pacman", "paru"):
        machine.run(name, "-Q", cwd=folder, umask=0o077,
                    env={"FOO": "bar baz", "LANG": "de_DE.UTF-8"})
        call, = machine.kit.calls(name)
        assert call.cwd == str(folder) and call.env["FOO"] == "bar baz"
        assert call.env["LANG"] == "de_DE.UTF-8"


def test_no_rights_are_added(user_machine):
    """As it would run alone: pacman says itself that it wants root."""
    user_machine.registry(REGISTRY)
    result = user_machine.run("pacman", "-S", "--noconfirm", "foo", expect=FAILED)
    assert "root" in result.err
    assert user_machine.kit.calls("sudo") == [] and user_machine.kit.names() == set()


@pytest.mark.parametrize("name,args", [("pacman", ["-Q"]), ("paru", ["-Q"])])
def test_a_missing_program(machine, name, args):
    machine.env["LUMINA_PACMAN"] = "/nowhere/pacman"
    machine.kit.without("paru")
    machine.kit.only("git", "sh")
    result = machine.run(name, *args, expect=127)
    assert name in result.err


@as_root
@pytest.mark.parametrize("text", ["packages: [git\n", "nonsense: 1\n", "\0"])
def test_a_broken_registry_doesnt_hinder_it(machine, text):
    machine.registry(text.encode())
    assert "git" in machine.run("pacman", "-Q").out
    machine.run("pacman", "-S", "--noconfirm", "foo")
    assert "foo" in machine.kit.names() and read(machine) == text.encode()


@as_root
def test_without_a_profile_it_runs_too(machine):
    (machine.profile / "lumina.yaml").unlink()
    machine.profile.rmdir()
    assert "git" in machine.run("pacman", "-Q").out
    machine.run("pacman", "-S", "--noconfirm", "foo")
    assert not machine.profile.exists()


# --- the offer ---------------------------------------------------------------------------------

def install(home, *options, expect=OK, **more):
    return home.run("pacman", *options, "-S", "--noconfirm", "foo", expect=expect, **more)


@as_root
def test_what_was_installed_is_offered_in_one_line(machine):
    result = install(machine)
    plain = machine.kit
    same_registry(machine, REGISTRY)
    assert "foo" in plain.explicit()
    ours = [line for line in result.err.splitlines() if "lumina" in line]
    assert len(ours) == 1 and "foo" in ours[0], repr(result)
    assert len(ours[0]) <= 120


@as_root
def test_what_was_removed_is_offered_too(machine):
    result = machine.run("pacman", "-R", "--noconfirm", "neovim")
    assert "neovim" in " ".join(line for line in result.err.splitlines() if "lumina" in line)
    same_registry(machine, REGISTRY)


@as_root
def test_record_records(machine):
    install(machine, "--record")
    assert recorded(machine) == {"git", "neovim", "foo"}
    assert len(machine.generations()) == 1
    machine.run("pacman", "--record", "-R", "--noconfirm", "foo")
    same_registry(machine, REGISTRY)


@as_root
def test_no_record_says_nothing(machine):
    result = install(machine, "--no-record")
    assert "lumina" not in result.err
    same_registry(machine, REGISTRY)
    assert "foo" in machine.run("status").out


@as_root
@pytest.mark.parametrize("setting,after", [("always", True), ("never", False), ("ask", False)])
def test_a_setting_decides_for_good(machine, setting, after):
    machine.registry(REGISTRY + f"record: {setting}\n")
    result = install(machine)
    assert ("foo" in recorded(machine)) == after
    assert ("lumina" in result.err) == (setting != "never")


@as_root
def test_an_option_goes_before_the_setting(machine):
    machine.registry(REGISTRY + "record: never\n")
    install(machine, "--record")
    assert "foo" in recorded(machine)
    machine.registry(REGISTRY + "record: always\n")
    machine.run("pacman", "--no-record", "-S", "--noconfirm", "bar")
    assert "bar" not in recorded(machine)


def test_only_behind_the_name_are_they_ours(machine):
    """pacman --record further on is pacman's own error."""
    machine.run("pacman", "-Q", "--record", expect=FAILED)


@as_root
def test_dependencies_and_upgrades_are_not_offered(machine):
    result = machine.run("pacman", "-S", "--noconfirm", "--asdeps", "foo")
    assert "lumina" not in result.err
    result = machine.run("pacman", "-S", "--noconfirm", "git")
    assert "lumina" not in result.err
    result = machine.run("pacman", "-S", "--noconfirm", "top")
    line, = [x for x in result.err.splitlines() if "lumina" in x]
    assert "top" in line and "middle" not in line


@as_root
def test_ignored_ones_are_not_offered(machine):
    machine.registry(REGISTRY + "ignore: [foo]\n")
    assert "lumina" not in install(machine).err


@as_root
def test_a_change_of_reason_is_seen(machine):
    """-D --asexplicit changes no folder's time."""
    machine.kit.install("foo", asdeps=True)
    result = machine.run("pacman", "-D", "--asexplicit", "foo")
    assert "foo" in result.err + result.out


def test_a_failed_run_offers_nothing(machine):
    result = machine.run("pacman", "-S", "--noconfirm", "corrupt", expect=FAILED)
    assert "lumina" not in result.err
    same_registry(machine, REGISTRY)


@as_root
def test_a_partly_failed_run_keeps_its_code_and_offers_what_is_there(machine):
    machine.kit.pacman_shim("\nsubprocess.run([PACMAN, *ARGV])\nsys.exit(9)\n")
    result = machine.run("pacman", "--record", "-S", "--noconfirm", "foo", expect=9)
    assert "foo" in recorded(machine), repr(result)


def test_paru_is_offered_as_from_the_aur(machine):
    machine.kit.in_aur(package("shader"))
    machine.run("paru", "--record", "-S", "shader")
    assert "aur/shader" in recorded(machine)


@as_root
def test_it_asks_on_a_terminal_and_records_on_yes(machine):
    for answer, after in (("n", False), ("y", True)):
        child = machine.terminal("pacman", "-S", "--noconfirm", "foo")
        child.expect(r"foo.*\[[yYnN]/[yYnN]\]")
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == OK
        assert ("foo" in recorded(machine)) == after
        machine.kit.remove("foo")


@as_root
def test_a_registry_that_cant_be_read_afterwards_changes_no_exit_code(machine):
    machine.kit.pacman_shim(
        f"\nopen({str(machine.profile / 'lumina.yaml')!r}, 'w').write('packages: [git')\n"
        "os.execv(PACMAN, [PACMAN, *ARGV])\n")
    install(machine, expect=OK)
    assert "foo" in machine.kit.names()


@as_root
def test_quiet_is_quiet(machine):
    result = machine.run("-q", "pacman", "-S", "--noconfirm", "foo")
    assert "lumina" not in result.err


def test_it_works_while_another_lumina_holds_the_lock(machine):
    with machine.lock_held():
        assert "git" in machine.run("pacman", "-Q").out


# --- signals -----------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_reaches_the_program_and_is_waited_for(machine, number):
    machine.kit.pacman_shim(
        "\ndef caught(n, frame):\n    open(KIT + '/caught', 'a').write(str(int(n)) + '\\n')\n"
        "    sys.exit(42)\n"
        f"signal.signal({int(number)}, caught)\nopen(KIT + '/ready', 'w').close()\n"
        "time.sleep(20)\n")
    process = machine.start("pacman", "-Q")
    wait_for(machine.kit.top / "ready")
    process.send_signal(number)
    result = finish(process)
    assert (machine.kit.top / "caught").read_text() == f"{int(number)}\n"
    assert result.code == 42


def wait_for(path):
    end = time.monotonic() + TIMEOUT
    while not path.exists():
        assert time.monotonic() < end, f"'{path}' never came"
        time.sleep(0.01)


def test_a_closed_reader_is_the_programs_affair(machine):
    done = subprocess.run(["bash", "-c", '"$0" pacman -Ss | head -n 1; exit "${PIPESTATUS[0]}"',
                           machine.argv()[0]], env=machine.env, cwd=machine.path,
                          capture_output=True, timeout=TIMEOUT, check=False)
    assert done.stdout.count(b"\n") == 1


def test_processes_are_in_the_terminals_foreground(machine):
    machine.kit.pacman_shim("\nprint('FG', os.tcgetpgrp(0) == os.getpgrp(), "
                            "os.get_terminal_size(0))\nsys.exit(5)\n")
    child = machine.terminal("pacman", "-Q", size=(33, 111))
    child.expect("FG True")
    child.expect("columns=111, lines=33")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 5


def test_a_query_is_no_generation_and_no_child_more(machine):
    machine.run("pacman", "-Q")
    assert machine.generations() == [] and runs(machine.kit, "-S")[1:] == []
    assert not os.path.exists(machine.state / "pending")
