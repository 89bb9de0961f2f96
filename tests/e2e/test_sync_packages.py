# SPDX-License-Identifier: MIT
"""sync with packages: what is missing comes in one call, and nothing is ever removed."""

import os

import pytest

from pacman_kit import Kit, on, package, read, runs
from support import (DRIFT, FAILED, OK, REFUSED, USAGE, Home, dedent, needs_strace, traced, tree_of)

REGISTRY = dedent("""
    packages:
      base: [foo, bar]
      chain:
        - top
    symlinks:
      ~/.a: a
    """)


@pytest.fixture
def machine(machine):
    machine.registry(REGISTRY)
    machine.source("a")
    return machine


def children(calls):
    return [c for c in calls if c.name in ("clone", "clone3", "fork", "vfork")] + \
        [c for c in calls if c.name.startswith("execve")][1:]


def test_all_missing_ones_come_in_one_call(machine):
    result = machine.sync("-y")
    assert machine.kit.explicit() == {"foo", "bar", "top"}
    call, = runs(machine.kit, "-S")
    assert sorted(call[call.index("--") + 1:]) == ["bar", "foo", "top"] and "--needed" in call
    machine.assert_linked({"~/.a": "a"})
    assert "foo" in result.out + result.err
    machine.no_leftovers()


def test_links_and_packages_are_one_generation(machine):
    machine.sync("-y")
    assert len(machine.generations()) == 1


def test_a_second_sync_has_nothing_to_do(machine):
    machine.sync("-y")
    machine.nothing_to_do()
    assert len(runs(machine.kit, "-S")) == 1


@needs_strace
@pytest.mark.parametrize("command", [["sync"], ["status"], ["sync", "-n"], ["why", "foo"]])
def test_nothing_missing_no_child_process(machine, command):
    machine.sync("-y")
    machine.sync("-y")
    before = tree_of(machine.state)
    _, calls = traced(machine, *command)
    assert children(calls) == []
    if command == ["sync"]:
        assert tree_of(machine.state) == before


@needs_strace
def test_status_with_drift_has_no_child_process_either(machine):
    _, calls = traced(machine, "status")
    assert children(calls) == []


def test_only_what_is_missing_is_asked_for(machine):
    machine.kit.install("foo", "top")
    machine.sync("-y")
    call = runs(machine.kit, "-S")[-1]
    assert call[call.index("--") + 1:] == ["bar"]


def test_nothing_is_ever_removed(root):
    """PK-008: three declared, many more installed."""
    home = on(Home(root), explicit=("foo", "bar", "baz", "qux", "tool-c", "waybar", "git"))
    home.registry("packages: [foo, zsh, neovim]\n")
    before = home.kit.names()
    home.sync("-y")
    assert home.kit.names() >= before | {"zsh", "neovim"}
    assert runs(home.kit, "-R") == []
    home.registry("")
    home.sync("-y")
    assert home.kit.names() >= before and runs(home.kit, "-R") == []


def test_what_leaves_the_registry_stays_installed(machine):
    machine.sync("-y")
    machine.registry(REGISTRY.replace("foo, ", ""))
    machine.sync("-y")
    assert "foo" in machine.kit.names()


def test_a_dry_run_changes_nothing_and_names_all(machine):
    before, database = machine.snapshot(), machine.kit.database()
    result = machine.sync("-n")
    assert all(name in result.out for name in ("foo", "bar", "top", "~/.a"))
    assert machine.snapshot() == before and machine.kit.database() == database
    assert runs(machine.kit, "-S") == [] and machine.generations() == []


def test_only_packages_and_only_symlinks(machine):
    machine.sync("-y", "--only", "packages")
    assert machine.kit.explicit() == {"foo", "bar", "top"} and machine.all_links() == {}
    machine.sync("--only", "symlinks")
    machine.assert_linked({"~/.a": "a"})


def test_only_symlinks_runs_no_pacman(machine):
    machine.sync("--only", "symlinks")
    assert machine.kit.names() == set() and runs(machine.kit, "-S") == []


def test_a_conflict_of_a_link_stops_the_packages_too(machine):
    machine.write("~/.a", "mine")
    before = machine.snapshot()
    result = machine.sync("-y", expect=REFUSED)
    assert "~/.a" in result.err
    assert machine.kit.names() == set() and runs(machine.kit, "-S") == []
    assert machine.snapshot() == before


def test_an_unknown_name_is_reported_with_its_place_and_skipped(machine):
    machine.registry(REGISTRY.replace("    - top", "    - top\n    - no-such-package"))
    result = machine.sync("-y", expect=None)
    assert result.code == FAILED
    assert "no-such-package" in result.err and "lumina.yaml:5" in result.err
    assert machine.kit.explicit() == {"foo", "bar", "top"}
    machine.assert_linked({"~/.a": "a"})


def test_a_misspelt_name_stays_drift(machine):
    machine.registry("packages: [no-such-package]\n")
    machine.sync("-y", expect=FAILED)
    assert "no-such-package" in machine.run("status", "--exit-code", expect=DRIFT).out


def test_a_failing_pacman_doesnt_stop_the_links(machine):
    machine.kit.pacman_shim("\nif '-S' in ARGV: sys.exit(7)\nos.execv(PACMAN, [PACMAN, *ARGV])\n")
    machine.sync("-y", expect=7)
    machine.assert_linked({"~/.a": "a"})
    assert machine.kit.names() == set()


def test_a_corrupt_package_is_pacmans_failure_and_the_links_stand(machine):
    machine.registry(REGISTRY.replace("top", "corrupt"))
    result = machine.sync("-y", expect=FAILED)
    assert "corrupt" in result.out + result.err
    machine.assert_linked({"~/.a": "a"})


def test_a_cancelled_pacman_stops_all(machine):
    machine.kit.pacman_shim("\nif '-S' in ARGV: sys.exit(130)\nos.execv(PACMAN, [PACMAN, *ARGV])\n")
    machine.sync("-y", expect=130)
    assert machine.all_links() == {} and machine.generations() == []


def test_a_no_at_the_prompt(machine):
    machine.sync(stdin=b"n\n", expect=FAILED)
    assert machine.kit.names() == set()
    machine.sync("-y")
    machine.assert_linked({"~/.a": "a"})


def test_a_locked_database(machine):
    machine.kit.lock.touch()
    result = machine.sync("-y", expect=FAILED)
    assert "lock" in result.err and machine.kit.names() == set() and machine.kit.lock.exists()


# --- what counts as installed ------------------------------------------------------------------

def test_a_group_counts_as_pacman_says(machine):
    machine.registry("packages: [tools]\n")
    machine.sync("-y")
    assert machine.kit.explicit() == {"tool-a", "tool-b", "tool-c"}
    machine.nothing_to_do()
    machine.run("status", "--exit-code")


def test_a_provided_name_counts(machine):
    machine.registry("packages: [editor, lib-virtual, sh]\n")
    machine.kit.install("nano-editor", "lib-new", "bash")
    machine.nothing_to_do()
    assert "missing" not in machine.run("status").out


def test_a_provided_name_that_is_missing_is_installed(machine):
    machine.registry("packages: [editor]\n")
    machine.sync("-y")
    assert machine.kit.explicit() == {"nano-editor"}
    machine.nothing_to_do()


def test_a_dependency_counts_as_installed(machine):
    machine.kit.install("top")
    machine.registry("packages: [top, bottom]\n")
    machine.sync("-y")
    machine.nothing_to_do()


def test_a_name_with_its_repository(machine):
    machine.registry("packages: [extra/foo, core/zsh]\n")
    machine.sync("-y")
    assert machine.kit.explicit() == {"foo", "zsh"}
    machine.nothing_to_do()


def test_a_renamed_package_counts_by_what_it_replaces(machine):
    machine.kit.install_file(package("newname", provides=["oldname"], replaces=["oldname"],
                                     conflicts=["oldname"]))
    machine.registry("packages: [oldname]\n")
    machine.nothing_to_do()


def test_ignored_and_declared_packages(machine):
    machine.registry("packages: [foo]\nignore: [qux]\n")
    machine.kit.install("qux")
    machine.sync("-y")
    assert machine.kit.explicit() == {"foo", "qux"}
    assert "qux" not in machine.run("status").out


def test_host_includes_and_local_add_up(machine):
    machine.env["LUMINA_HOST"] = "here"
    machine.registry("include: [more.yaml]\npackages: [foo]\n"
                     "hosts: {here: {packages: [bar]}, there: {packages: [waybar]}}\n")
    machine.registry("packages: {x: [baz]}\n", "more.yaml")
    machine.local("packages: [qux]\n")
    machine.sync("-y")
    assert machine.kit.explicit() == {"foo", "bar", "baz", "qux"}


def test_the_same_package_twice_is_asked_for_once(machine):
    machine.env["LUMINA_HOST"] = "here"
    machine.registry("packages: {a: [foo], b: [bar, foo]}\nhosts: {here: {packages: [foo]}}\n")
    machine.sync("-y", expect=None)
    for call in runs(machine.kit, "-S"):
        assert call.count("foo") == 1


# --- the AUR -----------------------------------------------------------------------------------

AUR = "packages: [foo, aur/one, aur/two, aur/broken]\nsymlinks: {~/.a: a}\n"


def test_aur_packages_are_one_call_and_one_failing_stops_nothing(machine):
    machine.registry(AUR)
    machine.kit.in_aur(package("one"), package("two"))
    result = machine.sync("-y", expect=FAILED)
    call, = machine.kit.calls("paru")
    assert {n.rpartition("/")[2] for n in call.names} == {"one", "two", "broken"}
    assert "--noconfirm" not in call.argv
    assert machine.kit.explicit() == {"foo", "one", "two"}
    machine.assert_linked({"~/.a": "a"})
    # A summary: what failed, and how to try again.
    assert "broken" in result.out + result.err and "lumina" in result.err + result.out


def test_the_summary_is_gone_when_all_is_well(machine):
    machine.registry(AUR.replace(", aur/broken", ""))
    machine.kit.in_aur(package("one"), package("two"))
    machine.sync("-y")
    machine.nothing_to_do()


def test_without_a_helper_for_the_aur_the_rest_goes_on(machine):
    machine.registry(AUR)
    machine.kit.without("paru")
    machine.kit.only("git", "sh", "pacman-conf")
    result = machine.sync("-y", expect=None)
    assert result.code not in (OK, REFUSED) and "paru" in result.err
    assert machine.kit.explicit() == {"foo"}
    machine.assert_linked({"~/.a": "a"})


def test_a_hostile_profile_builds_nothing_from_the_aur_unasked(machine):
    """PK-012: the helper's own questions stand: nothing answers them for the person."""
    machine.registry("packages: [aur/one]\n")
    machine.kit.shim("paru", "\nprint(':: Proceed to review? [Y/n]:', flush=True)\n"
                             "sys.exit(0 if sys.stdin.readline() else 1)\n")
    machine.sync("-y", expect=FAILED)
    for call in machine.kit.calls("paru"):
        assert "--noconfirm" not in call.argv and "--skipreview" not in call.argv


def test_without_a_terminal_the_aurs_packages_are_listed_and_want_a_yes(machine):
    # PK-012
    machine.registry(AUR)
    machine.kit.in_aur(package("one"), package("two"))
    result = machine.sync(expect=REFUSED)
    assert all(name in result.err + result.out for name in ("one", "two", "broken"))
    assert "--yes" in result.err
    assert machine.kit.calls("paru") == [] and machine.kit.names() == set()
    assert machine.all_links() == {}


def test_a_foreign_package_counts_for_an_aur_name(machine):
    machine.registry("packages: [aur/one]\n")
    machine.kit.install_file(package("one"))
    machine.nothing_to_do()


# --- odd machines ------------------------------------------------------------------------------

def test_on_a_machine_without_pacman_the_links_are_made(home):
    home.registry(REGISTRY)
    home.source("a")
    home.env["LUMINA_PACMAN"] = "/nowhere/pacman --dbpath /nowhere/db"
    result = home.sync()
    home.assert_linked({"~/.a": "a"})
    assert "pacman" in result.err
    home.sync()


def test_a_database_of_an_unknown_format_is_an_error_with_its_path(machine):
    (machine.kit.db / "local/ALPM_DB_VERSION").write_text("12\n")
    for args in (["sync", "-y"], ["status"]):
        result = machine.run(*args, expect=None)
        assert result.code != OK
        assert "12" in result.err and "ALPM_DB_VERSION" in result.err or str(machine.kit.db) \
            in result.err
    assert runs(machine.kit, "-S") == []


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make it unreadable")
def test_an_unreadable_database_is_an_error_with_its_path(user_machine):
    user_machine.registry("packages: [foo]\n")
    local = user_machine.kit.db / "local"
    os.chown(local, 0, 0)
    local.chmod(0o700)
    result = user_machine.run("status", expect=FAILED)
    assert str(user_machine.kit.db) in result.err
    local.chmod(0o755)


@pytest.mark.parametrize("damage", ["empty desc", "no desc", "cut desc", "no files", "a file",
                                    "odd folder", "binary"])
def test_a_damaged_database_crashes_nothing(machine, damage):
    machine.kit.install("foo", "bar", "top")
    local = machine.kit.db / "local"
    entry = next(local.glob("foo-*"))
    if damage == "empty desc":
        (entry / "desc").write_bytes(b"")
    elif damage == "no desc":
        (entry / "desc").unlink()
    elif damage == "cut desc":
        data = (entry / "desc").read_bytes()
        (entry / "desc").write_bytes(data[:len(data) // 2])
    elif damage == "no files":
        (entry / "files").unlink()
    elif damage == "a file":
        (local / "stray-1-1").write_text("x")
    elif damage == "odd folder":
        (local / "nodashes").mkdir()
    else:
        (entry / "desc").write_bytes(bytes(range(256)) * 64)
    for args in (["status"], ["sync", "-n"], ["doctor"]):
        assert machine.run(*args, expect=None).code in (OK, FAILED)


def test_doctor_names_what_a_killed_pacman_left_behind(machine):
    # WR-012
    machine.kit.install("foo", "bar", "top")
    entry = next((machine.kit.db / "local").glob("foo-*"))
    (entry / "desc").write_bytes(b"")
    (entry / "files").write_bytes(b"")
    assert "foo" in (lambda r: r.out + r.err)(machine.run("doctor", expect=None))


def test_a_bad_name_in_the_registry_runs_nothing(machine):
    machine.registry("packages: [foo, -Syu]\n")
    machine.sync("-y", expect=USAGE)
    assert machine.kit.names() == set()


def test_a_registry_of_another_root_is_never_the_machines(root):
    """Two roots, one home: each says what it has."""
    home = on(Home(root), explicit=("foo",))
    home.registry("packages: [foo]\n")
    home.nothing_to_do()
    other = Home(root + "/other")
    other.registry("packages: [foo]\n")
    other.kit = Kit(other)
    assert "foo" in other.run("status").out
    other.sync("-y")
    assert other.kit.names() == {"foo"} and read(other) == b"packages: [foo]\n"
