# SPDX-License-Identifier: MIT
"""undo and rollback with packages: what came goes, what went comes back, the rest is said."""

import os

import pytest

from changes import current, generations
from pacman_kit import on, package, read, recorded, runs, same_registry
from support import FAILED, OK, Home, dedent

REGISTRY = dedent("""
    # Mine.
    packages:
      base: [git,   'neovim']   # two
      desktop:
        - waybar     # the bar

    # The end.
    """)
YES = b"y\n" * 8


@pytest.fixture
def machine(root):
    return on(Home(root), explicit=("git", "neovim", "waybar"), registry=REGISTRY)


def undo(home, *args, expect=OK):
    return home.run("undo", *args, stdin=YES, expect=expect)


def rollback(home, number, expect=OK):
    return home.run("rollback", str(number), stdin=YES, expect=expect)


def state(home):
    """What undo has to bring back of packages: versions, reasons, the registry."""
    return home.kit.installed(), home.kit.explicit(), read(home)


def test_an_install_is_undone_whole(machine):
    before = state(machine)
    machine.run("install", "-y", "foo", "bar", "-g", "desktop")
    undo(machine)
    assert state(machine) == before
    machine.no_leftovers()
    machine.nothing_to_do()


def test_its_dependencies_go_too(machine):
    before = state(machine)
    machine.run("install", "-y", "top")
    undo(machine)
    assert state(machine) == before
    assert runs(machine.kit, "-R")[-1][0] == "-R"


def test_orphans_from_before_stay(machine):
    machine.kit.install("tool-lib", asdeps=True)
    machine.run("install", "-y", "top")
    undo(machine)
    assert "tool-lib" in machine.kit.names() and "top" not in machine.kit.names()


def test_what_was_there_before_stays(machine):
    """install only recorded it: undo only takes the record back."""
    machine.kit.install("foo")
    before = state(machine)
    machine.run("install", "-y", "foo")
    undo(machine)
    assert state(machine) == before


def test_what_another_package_needs_by_now_stays_and_is_said(machine):
    machine.run("install", "-y", "foo")
    machine.kit.install("needs-foo")
    result = undo(machine, expect=None)
    assert "foo" in machine.kit.names() and "needs-foo" in machine.kit.names()
    assert "foo" in result.out + result.err
    same_registry(machine, REGISTRY)


def test_a_dependency_that_another_needs_by_now_stays(machine):
    machine.run("install", "-y", "top")
    machine.kit.install("user-of-bottom")
    undo(machine)
    assert {"bottom", "user-of-bottom"} <= machine.kit.names()
    assert "top" not in machine.kit.names() and "middle" not in machine.kit.names()


def test_what_is_gone_by_itself_is_no_failure(machine):
    machine.run("install", "-y", "foo", "bar")
    machine.kit.remove("foo")
    undo(machine)
    assert "bar" not in machine.kit.names()
    same_registry(machine, REGISTRY)


def test_a_removal_is_undone_whole(machine):
    machine.run("install", "-y", "top")
    before = state(machine)
    machine.run("remove", "-y", "top", "git")
    undo(machine)
    assert state(machine) == before
    assert {"middle", "bottom"} <= machine.kit.dependencies()


def test_the_install_reason_comes_back(machine):
    machine.kit.install("foo")
    machine.run("remove", "-y", "foo")
    undo(machine)
    assert "foo" in machine.kit.explicit()


def test_the_cache_is_asked_first(machine):
    """The repository has a newer one, or none: what was there comes back."""
    machine.kit.publish(package("mine", "1.0-1"))
    machine.run("install", "-y", "mine")
    machine.kit.publish(package("mine", "2.0-1"))
    machine.run("remove", "-y", "mine")
    undo(machine)
    assert machine.kit.installed()["mine"] == "1.0-1"
    assert "mine" in machine.kit.explicit() and "mine" in recorded(machine)


def test_without_the_cache_it_comes_from_the_repository(machine):
    machine.run("install", "-y", "foo")
    machine.run("remove", "-y", "foo")
    for path in (machine.kit.root / "var/cache/pkg").iterdir():
        path.unlink()
    undo(machine)
    assert "foo" in machine.kit.explicit() and "foo" in recorded(machine)


def test_what_can_be_had_nowhere_is_said(machine):
    machine.kit.install_file(package("stranger"))
    machine.registry(REGISTRY.replace("git,", "git, stranger,"))
    machine.run("remove", "-y", "stranger", "git")
    result = undo(machine, expect=None)
    assert result.code not in (OK,) or "stranger" in result.err
    assert "stranger" in result.out + result.err
    assert "git" in machine.kit.names()
    assert "stranger" not in machine.kit.names()


def test_a_sync_is_undone_links_and_packages(machine):
    machine.source("a")
    machine.registry(REGISTRY + "symlinks: {~/.a: a}\n")
    machine.sync("-y", "--only", "symlinks")
    undo(machine)
    machine.kit.remove("git")
    machine.sync("-y")
    assert "git" in machine.kit.names() and machine.all_links()
    undo(machine)
    assert "git" not in machine.kit.names() and machine.all_links() == {}


def test_undo_of_prune_capture_and_ignore(machine):
    machine.kit.install("foo")
    before = state(machine)
    for args in (["capture", "-y"], ["ignore", "foo"], ["prune", "-y", "--force"]):
        machine.run(*args)
        assert state(machine) != before
        undo(machine)
        assert state(machine) == before, args


def test_further_back_and_forth(machine):
    states = [state(machine)]
    for args in (["install", "-y", "foo"], ["install", "-y", "top", "-g", "desktop"],
                 ["remove", "-y", "foo"], ["install", "-y", "tools"]):
        machine.run(*args)
        states.append(state(machine))
    for wanted in reversed(states[:-1]):
        undo(machine)
        assert state(machine) == wanted
    assert current(machine) == 0
    for number in (4, 1, 3, 0, 2):
        rollback(machine, number)
        assert state(machine) == states[number], number


def test_history_lists_what_changed(machine):
    machine.run("install", "-y", "foo")
    machine.run("remove", "-y", "git")
    newest, first = generations(machine)
    assert newest["current"] and newest["parent"] == first["id"]
    assert newest["command"].startswith("lumina remove")
    assert first["command"].startswith("lumina install")
    assert first["changes"] and newest["changes"]
    text = machine.run("history", "-v").out
    assert "foo" in text and "git" in text


def test_what_the_person_wrote_meanwhile_stays(machine):
    machine.run("install", "-y", "foo")
    text = read(machine).decode() + "# a note\n"
    machine.registry(text.replace("'neovim'", "'neovim', tlp"))
    undo(machine)
    assert read(machine).decode() == REGISTRY.replace("'neovim'", "'neovim', tlp") + "# a note\n"
    assert "foo" not in machine.kit.names()


def test_a_dry_run_tells_and_changes_nothing(machine):
    machine.run("install", "-y", "foo")
    before = state(machine)
    result = machine.run("undo", "-n")
    assert "foo" in result.out and state(machine) == before


def test_a_failing_pacman_leaves_the_generation_where_it_was(machine):
    machine.run("install", "-y", "foo")
    before = state(machine)
    machine.kit.lock.touch()
    result = undo(machine, expect=None)
    assert result.code != OK and "lock" in result.err
    assert machine.kit.installed() == before[0]
    machine.kit.lock.unlink()
    undo(machine, expect=None)
    assert "foo" not in machine.kit.names() or "foo" in recorded(machine)


def test_a_cancelled_pacman_changes_nothing(machine):
    machine.run("install", "-y", "foo")
    before = state(machine)
    machine.kit.pacman_shim(
        "\nif any(a[:2] in ('-R', '-S', '-U') and not a.startswith('-Sp') for a in ARGV):\n"
        "    sys.exit(130)\nos.execv(PACMAN, [PACMAN, *ARGV])\n")
    undo(machine, expect=130)
    assert state(machine) == before and current(machine) == 1


def test_an_upgrade_meanwhile_is_no_concern_of_undo(machine):
    machine.kit.publish(package("mine", "1.0-1"))
    machine.run("install", "-y", "mine")
    machine.kit.publish(package("mine", "2.0-1"))
    machine.kit.install("mine")
    undo(machine)
    assert "mine" not in machine.kit.names()
    same_registry(machine, REGISTRY)


def test_an_aur_package_is_removed_by_pacman(machine):
    machine.kit.in_aur(package("shader"))
    machine.run("install", "aur/shader")
    before = len(machine.kit.calls("paru"))
    undo(machine)
    assert "shader" not in machine.kit.names()
    assert len(machine.kit.calls("paru")) == before
    same_registry(machine, REGISTRY)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_the_user_machine_undoes_through_sudo(user_machine):
    user_machine.registry("packages: [git]\n")
    user_machine.kit.install("git")
    user_machine.run("install", "-y", "top")
    undo(user_machine)
    assert user_machine.kit.names() == {"git"}
    assert read(user_machine) == b"packages: [git]\n"
    assert "-R" in user_machine.kit.calls("sudo")[-1].argv


def test_eject_leaves_packages_alone(machine):
    machine.run("install", "-y", "foo")
    names, text = machine.kit.names(), read(machine)
    machine.run("eject")
    assert machine.kit.names() == names and read(machine) == text


def test_undo_of_an_older_link_change_needs_no_pacman(machine):
    """Only what the plan holds is done: no package, no process."""
    machine.source("a")
    machine.registry(REGISTRY + "symlinks: {~/.a: a}\n")
    machine.sync("-y")
    start = len(machine.kit.transactions())
    machine.run("undo")
    assert len(machine.kit.transactions()) == start and machine.all_links() == {}


def test_a_failed_undo_can_be_tried_again(machine):
    machine.run("install", "-y", "foo")
    machine.kit.install("needs-foo")
    undo(machine, expect=None)
    machine.kit.remove("needs-foo")
    result = machine.run("status", expect=None)
    assert result.code in (OK, FAILED)
    # Either it is drift that is shown, or the second undo takes it.
    assert "foo" in result.out
