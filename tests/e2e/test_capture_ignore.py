# SPDX-License-Identifier: MIT
"""capture and ignore: what is installed and unrecorded is recorded, or left out for good."""

import os

import pexpect
import pytest

from pacman_kit import insertion, on, package, read, recorded, runs, same_registry
from support import DRIFT, FAILED, OK, REFUSED, USAGE, Home, dedent, needs_strace, traced

REGISTRY = dedent("""
    # Mine.
    packages:
      base: [foo,   'bar']   # two
      desktop:
        - waybar     # the bar
    ignore: [tlp]

    # The end.
    """)


@pytest.fixture
def machine(root):
    home = on(Home(root), explicit=("foo", "bar", "waybar", "tlp", "git", "top"), registry=REGISTRY)
    home.env["LUMINA_HOST"] = "here"
    return home


# --- capture -----------------------------------------------------------------------------------

def test_without_a_terminal_it_lists_and_changes_nothing(machine):
    result = machine.run("capture", expect=REFUSED)
    text = result.out + result.err
    assert "git" in text and "top" in text and "middle" not in text
    same_registry(machine, REGISTRY)
    assert machine.generations() == []


def test_yes_records_every_explicit_one(machine):
    result = machine.run("capture", "-y")
    assert recorded(machine) == {"foo", "bar", "waybar", "git", "top"}
    assert "git" in result.out + result.err
    machine.run("status", "--exit-code")
    machine.no_leftovers()


def test_every_other_byte_stays(machine):
    machine.run("capture", "-y")
    put = insertion(REGISTRY.encode(), read(machine)).decode()
    assert "git" in put and "top" in put


def test_into_a_group(machine):
    machine.run("capture", "-y", "-g", "desktop")
    assert recorded(machine, group="desktop") == {"waybar", "git", "top"}
    machine.run("undo")
    same_registry(machine, REGISTRY)


def test_into_a_new_group(machine):
    machine.run("capture", "-y", "-g", "found")
    assert recorded(machine, group="found") == {"git", "top"}


def test_into_an_empty_registry(machine):
    machine.registry("")
    machine.run("capture", "-y")
    assert recorded(machine) == {"foo", "bar", "waybar", "git", "top", "tlp"}


def test_it_installs_and_removes_nothing(machine):
    database, start = machine.kit.database(), len(machine.kit.transactions())
    machine.run("capture", "-y")
    assert machine.kit.database() == database
    assert len(machine.kit.transactions()) == start


def test_nothing_to_capture(machine):
    machine.run("capture", "-y")
    before, history = read(machine), machine.generations()
    for args in ([], ["-y"]):
        result = machine.run("capture", *args)
        assert "nothing" in result.out + result.err
    assert read(machine) == before and machine.generations() == history


def test_foreign_packages_are_recorded_for_the_aur(machine):
    machine.kit.install_file(package("shader"))
    machine.run("capture", "-y")
    assert "aur/shader" in recorded(machine) and "shader" not in recorded(machine)
    machine.nothing_to_do()


def test_ignored_ones_and_dependencies_stay_out(machine):
    machine.kit.install("tool-lib", asdeps=True)
    text = machine.run("capture", expect=REFUSED)
    for name in ("tlp", "tool-lib", "middle", "bottom"):
        assert name not in text.out + text.err
    machine.run("capture", "-y")
    assert recorded(machine).isdisjoint({"tlp", "tool-lib", "middle", "bottom"})


def test_what_the_hosts_block_declares_is_recorded_already(machine):
    machine.registry(REGISTRY + "hosts: {here: {packages: [git, top]}}\n")
    result = machine.run("capture", "-y")
    assert "nothing" in result.out + result.err


def test_it_asks_on_a_terminal(machine):
    for answer, code in (("n", REFUSED), ("y", OK)):
        child = machine.terminal("capture")
        child.expect(r"\[[yY]/[nN]\]")
        assert read(machine) == REGISTRY.encode()
        child.sendline(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == code
    assert recorded(machine) >= {"git", "top"}


def test_one_generation_which_undo_takes_back(machine):
    machine.run("capture", "-y")
    assert len(machine.generations()) == 1
    database = machine.kit.database()
    machine.run("undo")
    same_registry(machine, REGISTRY)
    assert machine.kit.database() == database, "capture installed nothing, undo removes nothing"


def test_a_registry_that_cant_be_edited(machine):
    text = "packages: &p [foo, bar, waybar, tlp]\nignore: []\nhosts: {x: {packages: *p}}\n"
    machine.registry(text)
    result = machine.run("capture", "-y", expect=None)
    if result.code == OK:
        assert recorded(machine) >= {"git", "top"}
    else:
        assert result.code == FAILED and "lumina.yaml" in result.err
        same_registry(machine, text)


def test_a_broken_registry(machine):
    machine.registry("packages: [git\n")
    machine.run("capture", "-y", expect=USAGE)


@needs_strace
def test_it_runs_nothing(machine):
    """The database is read directly."""
    _, calls = traced(machine, "capture", "-y")
    assert not [c for c in calls if c.name == "execve"
                and "pacman" in c.args and "LUMINA" not in c.args][1:]


# --- ignore ------------------------------------------------------------------------------------

def test_an_ignored_package_is_no_drift(machine):
    machine.run("ignore", "git", "top")
    insertion(REGISTRY.encode(), read(machine))
    machine.run("status", "--exit-code")
    assert "git" in machine.kit.names()


@pytest.mark.parametrize("text,after", [
    ("ignore: [tlp]\n", "ignore: [tlp, git]\n"),
    ("ignore:\n  - tlp # x\npackages: [foo]\n", "ignore:\n  - tlp # x\n  - git\npackages: [foo]\n"),
    ("ignore:\r\n  - tlp\r\n", "ignore:\r\n  - tlp\r\n  - git\r\n")])
def test_ignore_is_one_item_more(machine, text, after):
    machine.registry(text.encode())
    machine.run("ignore", "git")
    assert read(machine) == after.encode()


def test_ignore_without_the_key_yet(machine):
    machine.registry("packages: [foo] # x\n")
    machine.run("ignore", "git")
    assert read(machine).startswith(b"packages: [foo] # x\n") and b"git" in read(machine)
    machine.run("undo")
    assert read(machine).startswith(b"packages: [foo] # x\n") and b"git" not in read(machine)


def test_twice_is_once(machine):
    machine.run("ignore", "git")
    before, history = read(machine), machine.generations()
    machine.run("ignore", "git")
    assert read(machine) == before and machine.generations() == history


def test_what_is_declared_and_ignored(machine):
    """Said, or allowed; never a crash, and never an uninstall."""
    result = machine.run("ignore", "foo", expect=None)
    assert result.code in (OK, FAILED, REFUSED)
    machine.sync("-y")
    assert "foo" in machine.kit.names()


def test_what_is_not_installed_may_be_ignored(machine):
    machine.run("ignore", "qux")
    assert "qux" in read(machine).decode()


def test_ignore_runs_nothing(machine):
    start = len(machine.kit.transactions())
    machine.run("ignore", "git")
    assert len(machine.kit.transactions()) == start and runs(machine.kit, "-R") == []


def test_an_ignored_package_is_never_pruned(machine):
    machine.run("ignore", "git", "top")
    result = machine.run("prune", "-y")
    assert "nothing" in result.out + result.err
    assert {"git", "top"} <= machine.kit.names()


def test_ignore_is_a_generation_and_undone(machine):
    machine.run("ignore", "git")
    machine.run("undo")
    same_registry(machine, REGISTRY)
    machine.run("status", "--exit-code", expect=DRIFT)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_a_read_only_registry(user_machine):
    user_machine.registry("packages: [foo]\n")
    user_machine.profile.chmod(0o555)
    (user_machine.profile / "lumina.yaml").chmod(0o444)
    assert user_machine.run("ignore", "git", expect=None).code in (FAILED, REFUSED)
    assert read(user_machine) == b"packages: [foo]\n"
    user_machine.profile.chmod(0o755)
