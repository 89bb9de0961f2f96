# SPDX-License-Identifier: MIT
"""install and remove: which program does it, with what arguments, environment and rights."""

import os
import shutil

import pytest

from fakes import FLATPAK, HELPER, SUDO
from pacman_kit import on, package, read, recorded, runs
from support import FAILED, OK, Home

NO_PROGRAM = 127


@pytest.fixture
def machine(machine):
    machine.registry("packages: [git]\n")
    return machine


@pytest.fixture
def user(user_machine):
    user_machine.registry("packages: [git]\n")
    user_machine.give()
    return user_machine


def unchanged(home):
    assert read(home) == b"packages: [git]\n"
    assert home.kit.names() == set() and home.generations() == []


# --- rights ------------------------------------------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="about root")
def test_root_needs_no_sudo(machine):
    for name in ("sudo", "doas", "run0"):
        machine.kit.shim(name, code=1)
    machine.run("install", "-y", "foo")
    assert recorded(machine) == {"git", "foo"}
    assert not [c for c in machine.kit.calls() if c.name in ("sudo", "doas", "run0")]


@pytest.mark.parametrize("name", ["sudo", "doas", "run0"])
def test_whichever_is_there_is_taken(user, name):
    user.env.pop("LUMINA_SUDO", None)
    user.kit.without("sudo")
    user.kit.only("git", "sh", "pacman-conf")
    user.kit.shim(name, SUDO)
    user.run("install", "-y", "foo")
    call, = [c for c in user.kit.calls() if c.name in ("sudo", "doas", "run0")]
    assert call.name == name and call.names == ["foo"]
    assert "--" in call.argv[:-2], call
    assert recorded(user) == {"git", "foo"}


def test_lumina_sudo_overrides_with_arguments(user):
    path = user.kit.shim("becoming", SUDO)
    user.kit.shim("sudo", code=1)
    user.env["LUMINA_SUDO"] = f"{path} -n -u root"
    user.run("install", "-y", "foo")
    call, = [c for c in user.kit.calls() if c.name in ("sudo", "becoming")]
    assert call.name == "becoming" and call.argv[:3] == ["-n", "-u", "root"]
    assert recorded(user) == {"git", "foo"}


def test_sudo_gets_the_whole_vector_behind_dashes(user):
    user.run("install", "-y", "foo", "--", "--overwrite", "*; touch /tmp/x $(id)")
    call, = user.kit.calls("sudo")
    dashes = call.argv.index("--")
    words = call.argv[dashes + 1:]
    assert words[:3] == [user.kit.template.pacman, "--config", f"{user.kit.top}/pacman.conf"]
    assert os.path.isabs(words[0])
    assert words[3:5] == ["-S", "--needed"] and words[-2:] == ["--", "foo"]
    assert words[words.index("--overwrite") + 1] == "*; touch /tmp/x $(id)"


def test_without_any_way_to_root_it_says_so(user):
    # WR-014
    user.env.pop("LUMINA_SUDO", None)
    user.kit.without("sudo")
    user.kit.only("git", "sh", "pacman-conf")
    result = user.run("install", "-y", "foo", expect=NO_PROGRAM)
    assert "sudo" in result.err
    unchanged(user)


def test_a_lumina_sudo_that_is_not_there(user):
    user.env["LUMINA_SUDO"] = "/nowhere/sudo"
    assert "/nowhere/sudo" in user.run("install", "-y", "foo", expect=NO_PROGRAM).err
    unchanged(user)


def test_a_refusing_sudo_records_nothing(user):
    user.kit.sudo("\nsys.stderr.write('tester is not in the sudoers file\\n')\nsys.exit(1)\n")
    result = user.run("install", "-y", "foo", expect=FAILED)
    assert "sudoers" in result.err
    unchanged(user)


# --- which program -----------------------------------------------------------------------------

def test_no_pacman_anywhere(machine):
    # WR-014
    machine.env["LUMINA_PACMAN"] = "/nowhere/pacman"
    result = machine.run("install", "-y", "foo", expect=NO_PROGRAM)
    assert "pacman" in result.err
    unchanged(machine)


def test_no_pacman_on_path(machine):
    machine.env.pop("LUMINA_PACMAN")
    machine.kit.only("git", "sh")
    result = machine.run("install", "-y", "foo", expect=NO_PROGRAM)
    assert "pacman" in result.err
    unchanged(machine)


def test_pacman_is_found_on_path_past_empty_and_relative_entries(machine):
    """PK-011: a program of the present folder never becomes root's."""
    kit = machine.kit
    trap = machine.path / "project"
    (trap / "bin").mkdir(parents=True)
    for path in (trap / "pacman", trap / "bin/pacman", trap / "sudo", trap / "pacman-conf"):
        path.write_text(f"#!/bin/sh\ntouch {machine.path}/trapped\n")
        path.chmod(0o755)
    real = machine.root / "real"
    real.mkdir()
    os.symlink(kit.template.pacman, f"{real}/pacman")
    os.symlink(kit.template.conf, f"{real}/pacman-conf")
    machine.env["LUMINA_PACMAN"] = f"pacman --config {kit.top}/pacman.conf"
    machine.env["PATH"] = f":.:bin::{real}:{machine.env['PATH']}:"
    machine.run("install", "-y", "foo", cwd=trap)
    assert not machine.at("trapped").exists()
    assert recorded(machine) == {"git", "foo"} and kit.explicit() == {"foo"}


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a program that only root can have put there")
@pytest.mark.parametrize("conf", [False, True], ids=["pacman", "pacman and pacman-conf"])
def test_a_persons_own_pacman_never_becomes_roots(user, conf):
    """PK-011: the one that is run as root is also the one whose database is read."""
    kit = user.kit
    trap, trusted = user.path / "bin", user.root / "trusted"
    for folder in (trap, trusted):
        folder.mkdir()
    for name, program in (("pacman", kit.template.pacman), ("pacman-conf", kit.template.conf)):
        (trusted / name).write_text(
            f"#!/bin/sh\nexec {program} --config {kit.top}/pacman.conf \"$@\"\n")
    (trap / "pacman").write_text(f"#!/bin/sh\nid -u >> {user.path}/trapped\nexit 1\n")
    if conf:
        (trap / "pacman-conf").write_text(
            f"#!/bin/sh\nprintf '%s\\n' '[options]' 'DBPath = {trap}/db/'\n")
    for path in (*trap.iterdir(), *trusted.iterdir()):
        path.chmod(0o755)
    user.give()
    for path in (trusted, *trusted.iterdir()):
        os.chown(path, 0, 0)
    user.env.pop("LUMINA_PACMAN")
    user.env["PATH"] = f"{trap}:{kit.bin}:{trusted}:/usr/bin:/bin"
    result = user.run("install", "-y", "foo", expect=None)
    assert not user.at("trapped").exists() or "0" not in user.at("trapped").read_text().split()
    for call in kit.calls("sudo"):
        assert str(trap) not in " ".join(call.argv)
    if result.code == OK:
        assert kit.explicit() == {"foo"} and recorded(user) == {"git", "foo"}
    else:
        # Refused, and said why: nothing may be done on one root and looked up in another.
        assert kit.calls("sudo") == [] and str(trap) in result.err, repr(result)
        unchanged(user)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a program that only root can have put there")
def test_the_pacman_on_path_and_the_configuration_beside_it(machine):
    """Programs that are scripts, and know a root by themselves."""
    kit = machine.kit
    for name, program in (("pacman", kit.template.pacman), ("pacman-conf", kit.template.conf)):
        path = kit.bin / name
        path.write_text(f"#!/bin/sh\nexec {program} --config {kit.top}/pacman.conf \"$@\"\n")
        path.chmod(0o755)
    machine.env.pop("LUMINA_PACMAN")
    machine.run("install", "-y", "foo")
    assert recorded(machine) == {"git", "foo"} and kit.explicit() == {"foo"}
    kit.install("bar")
    assert "bar" in machine.run("status").out


def test_lumina_pacman_conf_overrides(machine):
    kit = machine.kit
    machine.env["LUMINA_PACMAN"] = f"{kit.pacman_shim()}"
    kit.shim("pacman", "\nos.execv(PACMAN, [PACMAN, '--config', KIT + '/pacman.conf', *ARGV])\n")
    machine.env["LUMINA_PACMAN_CONF"] = f"{kit.template.conf} --config {kit.top}/pacman.conf"
    machine.run("install", "-y", "foo")
    assert recorded(machine) == {"git", "foo"}


def test_explicit_folders_win_over_the_configuration(machine):
    kit = machine.kit
    other = machine.path / "other.conf"
    text = (kit.top / "pacman.conf").read_text()
    other.write_text(text.replace(f"DBPath = {kit.db}/", "DBPath = /nowhere/"))
    machine.env["LUMINA_PACMAN"] = f"{kit.template.pacman} --config {other} --dbpath {kit.db}"
    machine.run("install", "-y", "foo")
    assert recorded(machine) == {"git", "foo"}


def test_root_gets_a_minimal_environment(user):
    """PK-011: what steers programs stays with the person; what pacman needs comes along."""
    bad = {"PACMAN": "/evil", "PACMAN_AUTH": "/evil", "LD_LIBRARY_PATH": "/nowhere",
           "BASH_ENV": "/evil", "ENV": "/evil", "PYTHONPATH": "/evil", "GIT_DIR": "/evil"}
    user.run("install", "-y", "foo", env={**bad, "TERM": "xterm", "LC_ALL": "C.UTF-8",
                                          "http_proxy": "http://127.0.0.1:9"})
    call, = user.kit.calls("sudo")
    for name in ("PACMAN", "PACMAN_AUTH", "LD_LIBRARY_PATH", "BASH_ENV"):
        assert name not in call.env, name
    assert call.env["TERM"] == "xterm" and call.env["LC_ALL"] == "C.UTF-8"
    assert call.env["http_proxy"] == "http://127.0.0.1:9"


def test_no_open_files_leak_into_the_helper(user):
    user.run("install", "-y", "foo")
    call, = user.kit.calls("sudo")
    for fd, path in call.fds.items():
        assert int(fd) < 3 or path.startswith("/proc/") or ".lumina" not in path \
            and "/lumina" not in path.removeprefix(str(user.root)), (fd, path)


def test_signals_are_as_they_were(machine):
    """No blocked or ignored signal is left to the helper."""
    machine.kit.pacman_shim("\nstatus = open('/proc/self/status').read()\n"
                            "open(KIT + '/signals', 'w').write(status)\nsys.exit(1)\n")
    machine.run("install", "-y", "foo", expect=FAILED)
    rows = dict(line.split(":\t", 1) for line in
                (machine.kit.top / "signals").read_text().splitlines() if ":\t" in line)
    assert int(rows["SigBlk"], 16) == 0
    # Python itself ignores SIGPIPE and SIGXFSZ; those from 32 on are the C library's.
    assert int(rows["SigIgn"], 16) & 0x7fffffff & ~((1 << 12) | (1 << 24)) == 0


# --- the AUR -----------------------------------------------------------------------------------

def test_aur_packages_are_parus_and_recorded_so(user):
    user.kit.in_aur(package("shader"))
    user.run("install", "aur/shader")
    call, = user.kit.calls("paru")
    assert {n.rpartition("/")[2] for n in call.names} == {"shader"}
    assert "-S" in call.options and "--needed" in call.options
    # As the person, and with its own questions.
    assert call.uid == (user.user if user.user is not None else os.geteuid())
    assert "--noconfirm" not in call.argv
    assert recorded(user) == {"git", "aur/shader"}


def test_yes_is_not_passed_to_paru(machine):
    machine.kit.in_aur(package("shader"))
    machine.run("install", "-y", "aur/shader")
    call, = machine.kit.calls("paru")
    assert "--noconfirm" not in call.argv
    assert recorded(machine) == {"git", "aur/shader"}


def test_noconfirm_of_the_person_is(machine):
    machine.kit.in_aur(package("shader"))
    machine.run("install", "aur/shader", "--", "--noconfirm", "--skipreview")
    call, = machine.kit.calls("paru")
    assert call.options[-2:] == ["--noconfirm", "--skipreview"]


def test_paru_gets_pacmans_configuration(machine):
    """Another root than the machine's must be paru's too."""
    machine.kit.in_aur(package("shader"))
    machine.run("install", "aur/shader")
    call, = machine.kit.calls("paru")
    assert f"{machine.kit.top}/pacman.conf" in " ".join(call.argv)


def test_yay_stands_in_for_paru(machine):
    machine.kit.without("paru")
    machine.kit.shim("yay", HELPER)
    machine.env["PATH"] = f"{machine.kit.bin}:/usr/bin:/bin"
    if shutil.which("paru", path="/usr/bin:/bin"):
        pytest.skip("paru is installed here")
    machine.kit.in_aur(package("shader"))
    machine.run("install", "aur/shader")
    assert len(machine.kit.calls("yay")) == 1
    assert recorded(machine) == {"git", "aur/shader"}


def test_paru_goes_before_yay(machine):
    machine.kit.shim("yay", code=1)
    machine.kit.in_aur(package("shader"))
    machine.run("install", "aur/shader")
    assert machine.kit.calls("yay") == []


def test_no_helper_for_the_aur(machine):
    # WR-014
    machine.kit.without("paru")
    machine.kit.only("git", "sh", "pacman-conf")
    result = machine.run("install", "aur/shader", expect=NO_PROGRAM)
    assert "paru" in result.err
    unchanged(machine)


def test_a_failing_build_doesnt_stop_the_rest(machine):
    machine.kit.in_aur(package("shader"))
    result = machine.run("install", "-y", "foo", "aur/shader", "aur/unbuildable", expect=FAILED)
    assert recorded(machine) == {"git", "foo", "aur/shader"}
    assert "unbuildable" in result.out + result.err
    assert len(machine.generations()) == 1


def test_paru_returning_success_without_installing(machine):
    """As helpers have after Ctrl-C."""
    machine.kit.shim("paru", code=0)
    result = machine.run("install", "aur/shader", expect=None)
    assert recorded(machine) == {"git"} and machine.generations() == []
    assert "shader" in result.err + result.out


@pytest.mark.parametrize("code", [1, 2, 101, 130])
def test_parus_exit_code_is_luminas(machine, code):
    machine.kit.shim("paru", code=code)
    machine.run("install", "aur/shader", expect=code)
    unchanged(machine)


# --- flatpak -----------------------------------------------------------------------------------

@pytest.fixture
def flat(machine):
    machine.kit.shim("flatpak", FLATPAK)
    machine.env["FLATPAK_SYSTEM_DIR"] = str(machine.kit.top / "flatpak-system")
    return machine


def test_flatpaks_are_flatpaks_and_recorded_so(flat):
    flat.run("install", "-y", "flatpak/org.example.App")
    call, = [c for c in flat.kit.calls("flatpak") if c.argv[0] == "install"]
    assert call.argv[-1] == "org.example.App"
    assert recorded(flat) == {"git", "flatpak/org.example.App"}
    flat.registry("packages: [flatpak/org.example.App]\n")
    flat.nothing_to_do()


def test_a_flatpak_goes_again(flat):
    flat.run("install", "-y", "flatpak/org.example.App")
    flat.run("remove", "-y", "flatpak/org.example.App")
    assert len([c for c in flat.kit.calls("flatpak")
                if c.argv[0] in ("uninstall", "remove")]) == 1
    assert recorded(flat) == {"git"}


def test_a_failing_flatpak_is_not_recorded(flat):
    (flat.kit.top / "flatpak-fails").touch()
    flat.run("install", "-y", "flatpak/org.example.App", expect=FAILED)
    unchanged(flat)


def test_no_flatpak(machine):
    machine.kit.only("git", "sh", "pacman-conf")
    result = machine.run("install", "-y", "flatpak/org.example.App", expect=NO_PROGRAM)
    assert "flatpak" in result.err
    unchanged(machine)


# --- together ----------------------------------------------------------------------------------

def test_each_kind_goes_to_its_own_program_in_one_call(flat):
    flat.kit.in_aur(package("shader"), package("other"))
    flat.run("install", "-y", "foo", "aur/shader", "bar", "flatpak/org.example.App", "aur/other")
    assert [c[c.index("--") + 1:] for c in runs(flat.kit, "-S")] == [["foo", "bar"]]
    call, = flat.kit.calls("paru")
    assert [n.rpartition("/")[2] for n in call.names] == ["shader", "other"]
    assert len([c for c in flat.kit.calls("flatpak") if c.argv[0] == "install"]) == 1
    assert recorded(flat) == {"git", "foo", "bar", "aur/shader", "aur/other",
                              "flatpak/org.example.App"}
    assert len(flat.generations()) == 1


def test_a_failing_pacman_lets_the_others_go_on_or_stops_them_honestly(flat):
    flat.kit.in_aur(package("shader"))
    result = flat.run("install", "-y", "corrupt", "aur/shader", expect=FAILED)
    assert "corrupt" in result.out + result.err
    assert ("shader" in flat.kit.names()) == ("aur/shader" in recorded(flat))


def test_never_a_partial_upgrade(root):
    """No call of ours refreshes the databases without upgrading."""
    home = on(Home(root))
    home.kit.forget_calls()
    start = len(home.kit.transactions())
    home.run("install", "-y", "foo", expect=OK)
    home.run("sync", "-y")
    home.run("remove", "-y", "foo")
    for line in home.kit.transactions()[start:]:
        assert " -Sy" not in line and "--refresh" not in line
