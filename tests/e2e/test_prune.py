# SPDX-License-Identifier: MIT
"""prune: what the registry lacks goes, after all is shown and asked; much is protected."""

import os
import re

import pexpect
import pytest

from pacman_kit import on, package, runs
from support import FAILED, OK, REFUSED, USAGE, Home, needs_strace, traced

# Enough that one or two are within the fifth that needs no --force.
KEPT = ("foo", "bar", "baz", "qux", "waybar", "git", "neovim", "tlp", "opt-app", "nano-editor")
RECORD = "packages: [" + ", ".join(KEPT) + "]\n"


@pytest.fixture
def machine(root):
    return on(Home(root), explicit=KEPT, registry=RECORD)


def with_more(home, *names):
    home.kit.install(*names)
    return home


def prune(home, *args, expect=OK, **more):
    return home.run("prune", "-y", *args, expect=expect, **more)


def survives(home, *names, **more):
    """A prune leaves these; each is there afterwards, and so is the record."""
    database = {n: v for n, v in home.kit.installed().items() if n in names}
    assert set(database) == set(names)
    result = prune(home, expect=None, **more)
    assert result.code in (OK, REFUSED), repr(result)
    assert set(names) <= home.kit.names(), repr(result)
    for call in runs(home.kit, "-R"):
        assert set(names).isdisjoint(call)
    return result


# --- what goes ---------------------------------------------------------------------------------

def test_exactly_what_the_registry_lacks_goes(machine):
    with_more(machine, "lib-new", "left")
    result = prune(machine)
    assert machine.kit.explicit() == set(KEPT)
    assert "lib-new" in result.out + result.err and "left" in result.out + result.err
    call, = runs(machine.kit, "-R")
    assert call[0] == "-Rs" and sorted(call[call.index("--") + 1:]) == ["left", "lib-new"]


def test_its_own_dependencies_go_and_other_orphans_stay(machine):
    """tool-lib is an orphan already: nobody asked about it."""
    machine.kit.install("tool-lib", asdeps=True)
    with_more(machine, "top")
    prune(machine)
    assert machine.kit.names() == {*KEPT, "tool-lib"}


def test_dependencies_that_others_need_stay(machine):
    machine.registry(RECORD.replace("]", ", user-of-bottom]"))
    with_more(machine, "top", "user-of-bottom")
    prune(machine)
    assert machine.kit.names() == {*KEPT, "user-of-bottom", "bottom"}
    assert machine.kit.dependencies() == {"bottom"}


def test_what_a_recorded_package_needs_stays_and_is_explained(machine):
    # PK-009
    machine.registry(RECORD.replace("]", ", top]"))
    with_more(machine, "bottom", "top")
    assert "bottom" in machine.kit.explicit()
    result = survives(machine, "top", "middle", "bottom")
    assert "bottom" in result.out + result.err and "middle" in result.out + result.err


def test_never_by_cascade_or_against_dependencies(machine):
    # PK-009
    with_more(machine, "top", "bottom")
    prune(machine, expect=None)
    for call in machine.kit.transactions():
        assert not re.search(r" -R\w*[cd]", call) and "--cascade" not in call
        assert "--nodeps" not in call


def test_nothing_to_prune(machine):
    for args in ([], ["-y"]):
        result = machine.run("prune", *args)
        assert "nothing" in result.out + result.err
    assert runs(machine.kit, "-R") == []


def test_ignored_packages_stay(machine):
    machine.registry(RECORD + "ignore: [left]\n")
    with_more(machine, "left")
    survives(machine, "left")


def test_what_another_host_declares_is_not_kept_for_that(machine):
    machine.env["LUMINA_HOST"] = "here"
    machine.registry(RECORD + "hosts: {here: {packages: [left]}, there: {packages: [lib-new]}}\n")
    with_more(machine, "left", "lib-new")
    prune(machine)
    assert "left" in machine.kit.names() and "lib-new" not in machine.kit.names()


def test_what_fulfils_a_declared_name_stays(machine):
    """The registry says editor, cron, and a group."""
    machine.registry(RECORD.replace("nano-editor", "editor").replace("]", ", cron, tools]"))
    with_more(machine, "cronie", "tools")
    survives(machine, "nano-editor", "cronie", "tool-a", "tool-b", "tool-c", "tool-lib")


def test_an_aur_package_that_is_declared_stays(machine):
    machine.registry(RECORD.replace("]", ", aur/shader]"))
    machine.kit.install_file(package("shader"))
    survives(machine, "shader")


def test_foreign_packages_that_are_not_declared_go_too(machine):
    machine.kit.install_file(package("stranger"))
    prune(machine)
    assert "stranger" not in machine.kit.names()


# --- what is protected -------------------------------------------------------------------------

SYSTEM = ("base", "linux", "linux-lts", "grub", "pacman", "systemd", "glibc", "bash")


@pytest.fixture
def system(root):
    """A whole machine, of which the registry says nothing."""
    return on(Home(root), explicit=(*KEPT, *SYSTEM), registry=RECORD)


def test_the_system_itself_stays(system):
    # PK-010
    result = survives(system, *SYSTEM, "filesystem")
    assert runs(system.kit, "-R") == [], repr(result)


def test_with_force_too(system):
    prune(system, "--force", expect=None)
    assert set(SYSTEM) <= system.kit.names()


@pytest.mark.parametrize("name", SYSTEM)
def test_each_of_them_alone(root, name):
    home = on(Home(root), explicit=(*KEPT, name), registry=RECORD)
    survives(home, name)


@pytest.mark.parametrize("names", [["lumina", "lumina-dep"], ["paru"], ["sudo"]],
                         ids=["lumina", "the helper", "sudo"])
def test_lumina_and_its_helpers_stay(machine, names):
    with_more(machine, *names)
    survives(machine, *names)


@pytest.mark.parametrize("shell", ["zsh", "fish", "bash"])
def test_the_running_shells_package_stays(machine, shell):
    with_more(machine, shell)
    result = survives(machine, shell, env={"SHELL": f"/usr/bin/{shell}"})
    assert runs(machine.kit, "-R") == [], repr(result)


def test_another_shell_may_go(system):
    with_more(system, "fish")
    prune(system, env={"SHELL": "/usr/bin/zsh"})
    assert "fish" not in system.kit.names()


@pytest.mark.parametrize("desktop", ["Hyprland", "hyprland", "GNOME:Hyprland"])
def test_the_running_desktops_package_stays(machine, desktop):
    with_more(machine, "hyprland")
    survives(machine, "hyprland", env={"XDG_CURRENT_DESKTOP": desktop})


def test_another_desktop_may_go(system):
    with_more(system, "hyprland")
    prune(system, env={"XDG_CURRENT_DESKTOP": "GNOME"})
    assert "hyprland" not in system.kit.names()


def test_what_would_take_the_system_along_stays(machine):
    """zsh's only dependency here is glibc, which -Rs would remove with it."""
    with_more(machine, "zsh")
    survives(machine, "glibc", "filesystem")


def test_a_kernel_is_known_by_its_files(machine):
    """Whatever it is called."""
    machine.kit.install_file(package("my-own-build", files={
        "usr/lib/modules/6.9.9/vmlinuz": "x", "usr/lib/modules/6.9.9/pkgbase": "my-own-build\n"}))
    survives(machine, "my-own-build")


def test_what_is_protected_is_said(system):
    system.kit.install("left")
    result = prune(system)
    text = result.out + result.err
    assert "left" not in system.kit.names() and "linux" in text, text


# --- asking ------------------------------------------------------------------------------------

def test_without_a_terminal_it_shows_all_and_changes_nothing(machine):
    with_more(machine, "left", "top")
    database = machine.kit.database()
    for stdin in (b"", b"y\n"):
        result = machine.run("prune", stdin=stdin, expect=REFUSED)
        text = result.out + result.err
        # Also what goes with them.
        assert all(n in text for n in ("left", "top", "middle", "bottom"))
    assert machine.kit.database() == database and machine.generations() == []


@pytest.mark.parametrize("answer,code", [("n", REFUSED), ("", REFUSED)])
def test_no_on_a_terminal(machine, answer, code):
    with_more(machine, "left")
    database = machine.kit.database()
    child = machine.terminal("prune")
    child.expect(r"\[[yY]/[nN]\]")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code and machine.kit.database() == database


def test_a_cancelled_pacman_leaves_install_reasons_exactly(machine):
    """Our yes, then pacman's own question: no."""
    with_more(machine, "left", "top", "lib-new")
    machine.registry(RECORD.replace("]", ", top]"))
    database = machine.kit.database()
    child = machine.terminal("prune")
    child.expect(r"\[[yY]/[nN]\]")
    child.sendline("y")
    child.expect(r"remove these packages\? \[Y/n\]")
    child.sendline("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == FAILED
    assert machine.kit.database() == database and machine.generations() == []


@pytest.mark.parametrize("code", [1, 130])
def test_a_failing_pacman_leaves_install_reasons_exactly(machine, code):
    with_more(machine, "left", "top")
    database = machine.kit.database()
    machine.kit.pacman_shim(f"\nif any(a.startswith('-R') for a in ARGV): sys.exit({code})\n"
                            "os.execv(PACMAN, [PACMAN, *ARGV])\n")
    prune(machine, expect=code)
    assert machine.kit.database() == database


def test_a_locked_database(machine):
    with_more(machine, "left")
    machine.kit.lock.touch()
    result = prune(machine, expect=FAILED)
    assert "lock" in result.err and "left" in machine.kit.names()


# --- too much ----------------------------------------------------------------------------------

def test_more_than_a_fifth_needs_force(machine):
    with_more(machine, "left", "lib-new", "fcron", "top")
    database = machine.kit.database()
    result = prune(machine, expect=REFUSED)
    assert "--force" in result.err
    assert machine.kit.database() == database
    prune(machine, "--force")
    assert machine.kit.explicit() == set(KEPT)


def test_an_emptied_registry_is_an_accident(machine):
    machine.registry("")
    database = machine.kit.database()
    result = prune(machine, expect=REFUSED)
    assert "--force" in result.err and machine.kit.database() == database


def test_a_broken_registry_prunes_nothing(machine):
    machine.registry("packages: [git\n")
    prune(machine, expect=USAGE)
    prune(machine, "--force", expect=USAGE)
    assert machine.kit.explicit() == set(KEPT)


def test_a_missing_include_prunes_nothing(machine):
    machine.registry("include: [gone.yaml]\n" + RECORD)
    prune(machine, "--force", expect=USAGE)
    assert machine.kit.explicit() == set(KEPT)


# --- the rest ----------------------------------------------------------------------------------

def test_it_is_never_the_default(machine):
    with_more(machine, "left")
    for args in (["sync", "-y"], ["sync", "-y", "--only", "packages"], ["status"]):
        machine.run(*args)
    assert "left" in machine.kit.names()


def test_sync_prune_is_a_sync_and_a_prune(machine):
    machine.registry(RECORD.replace("]", ", zsh]"))
    with_more(machine, "left")
    machine.run("sync", "--prune", expect=REFUSED)
    assert "left" in machine.kit.names()
    machine.run("sync", "--prune", "-y")
    assert machine.kit.explicit() == {*KEPT, "zsh"}


def test_undo_brings_them_back(machine):
    with_more(machine, "left", "top")
    before, explicit = machine.kit.installed(), machine.kit.explicit()
    prune(machine)
    assert len(machine.generations()) == 1 and "lumina prune" in machine.run("history").out
    machine.run("undo", stdin=b"y\ny\n")
    assert machine.kit.installed() == before and machine.kit.explicit() == explicit


def test_the_registry_is_not_touched(machine):
    with_more(machine, "left")
    prune(machine)
    assert (machine.profile / "lumina.yaml").read_text() == RECORD


def test_a_dry_look_by_status_says_the_same(machine):
    with_more(machine, "left")
    assert "left" in machine.run("status").out


@needs_strace
def test_asking_runs_nothing(machine):
    with_more(machine, "left")
    _, calls = traced(machine, "prune", expect=REFUSED)
    assert not [c for c in calls if c.name in ("clone", "clone3", "fork", "vfork")]


def test_the_user_machine_prunes_through_sudo(user_machine):
    user_machine.registry(RECORD)
    user_machine.kit.install(*KEPT, "left")
    user_machine.run("prune", "-y")
    call, = user_machine.kit.calls("sudo")
    assert call.names == ["left"] and os.path.isabs(call.argv[call.argv.index("--") + 1])
