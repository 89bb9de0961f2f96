# SPDX-License-Identifier: MIT
"""status and packages: drift in both directions, seen from the database, with its story."""

import os
import re
import time

import pytest

from pacman_kit import on, package, read
from support import (DRIFT, FAILED, OK, REFUSED, Home, assert_clean, dedent, needs_strace, traced,
                     tree_of)


@pytest.fixture
def machine(machine):
    machine.registry("packages:\n  base: [foo, bar]\n  rest:\n    - top # the chain\n")
    machine.kit.install("foo", "bar", "top")
    return machine


def drift(home, **more):
    """What is said; and that it is drift."""
    return home.run("status", "--exit-code", expect=DRIFT, **more).out


def no_drift(home):
    return home.run("status", "--exit-code").out


def test_all_in_place_is_no_drift(machine):
    before, state = machine.snapshot(), tree_of(machine.state)
    no_drift(machine)
    assert machine.snapshot() == before and tree_of(machine.state) == state


def test_a_missing_package_is_drift(machine):
    machine.kit.remove("bar")
    out = drift(machine)
    assert "bar" in out and "foo" not in out and "top" not in out


def test_an_install_outside_lumina_shows_with_when_and_by_which_command(machine):
    machine.kit.install("waybar")
    out = drift(machine)
    assert "waybar" in out
    assert time.strftime("%Y-%m-%d") in out or "today" in out or "ago" in out or \
        "just now" in out or re.search(r"\d\d:\d\d", out), out
    everything = out + machine.run("status", "-v").out
    assert "-S" in everything and "pacman" in everything, everything


def test_a_dependency_is_no_drift(machine):
    machine.kit.install("tool-lib", asdeps=True)
    no_drift(machine)


def test_a_recorded_package_removed_outside_shows_with_when(machine):
    machine.kit.remove("bar")
    assert "removed bar" in machine.kit.pacman_log.read_text()
    out = machine.run("status", "-v").out
    assert "bar" in out and ("removed" in out or "gone" in out)


def test_what_lumina_installed_and_somebody_removed(machine):
    machine.run("install", "-y", "baz")
    no_drift(machine)
    machine.kit.remove("baz")
    assert "baz" in drift(machine)


def test_a_foreign_package_is_shown_as_such(machine):
    machine.kit.install_file(package("from-afar"))
    out = drift(machine)
    assert "from-afar" in out


def test_a_replaced_package_names_both(machine):
    """Declared by its old name; another package has taken its place."""
    machine.registry("packages: [foo, bar, top, oldname]\n")
    machine.kit.install_file(package("newname", replaces=["oldname"], conflicts=["oldname"]))
    out = drift(machine)
    assert "oldname" in out and "newname" in out


def test_a_renamed_package_that_provides_the_old_name(machine):
    machine.registry("packages: [foo, bar, top, oldname]\n")
    machine.kit.install_file(package("newname", replaces=["oldname"], provides=["oldname"],
                                     conflicts=["oldname"]))
    result = machine.run("status", "--exit-code", expect=None)
    assert result.code in (OK, DRIFT)
    assert result.code == OK or "newname" in result.out
    machine.sync("-y")
    assert "newname" in machine.kit.names()


def test_ignored_packages_are_no_drift(machine):
    machine.kit.install("qux")
    drift(machine)
    machine.run("ignore", "qux")
    no_drift(machine)


def test_a_flatpak_that_is_missing(machine):
    machine.registry("packages: [foo, bar, top, flatpak/org.example.App]\n")
    machine.env["FLATPAK_SYSTEM_DIR"] = str(machine.root) + "/flatpak"
    assert "org.example.App" in drift(machine)
    app = machine.at("~/.local/share/flatpak/app/org.example.App")
    (app / "x86_64/stable").mkdir(parents=True)
    os.symlink("x86_64/stable", app / "current")
    no_drift(machine)


def test_an_aur_package_that_is_missing(machine):
    machine.registry("packages: [foo, bar, top, aur/shader]\n")
    assert "shader" in drift(machine)
    machine.kit.install_file(package("shader"))
    no_drift(machine)


def test_json_names_them(machine):
    machine.kit.remove("bar")
    machine.kit.install("waybar")
    document = machine.run("status", "--json").json
    assert document["schema"] == 1
    text = str(document)
    assert "bar" in text and "waybar" in text
    assert not any(d.get("target") in ("bar", "waybar") for d in document["drift"])


def test_packages_and_links_are_grouped(machine):
    machine.registry(read(machine).decode() + "symlinks: {~/.a: a}\n")
    machine.source("a")
    machine.kit.remove("bar")
    out = drift(machine)
    assert "bar" in out and "~/.a" in out


def test_the_command_that_mends_it_is_named(machine):
    machine.kit.remove("bar")
    machine.kit.install("waybar")
    out = machine.run("status").out
    assert "lumina" in out and ("sync" in out or "capture" in out or "install" in out)


# --- readers never wait, write or run ----------------------------------------------------------

@needs_strace
def test_status_runs_nothing_and_writes_nothing(machine):
    machine.kit.install("waybar")
    machine.kit.remove("bar")
    machine.run("status")
    before = tree_of(machine.path)
    _, calls = traced(machine, "status")
    assert not [c for c in calls if c.name in ("clone", "clone3", "fork", "vfork")]
    assert len([c for c in calls if c.name == "execve"]) == 1
    assert tree_of(machine.path) == before


def test_status_waits_for_no_lock(machine):
    machine.kit.lock.touch()
    with machine.lock_held():
        no_drift(machine)


def test_sync_asks_nobody_for_names_that_are_there(machine):
    start = len(machine.kit.transactions())
    machine.sync()
    assert len(machine.kit.transactions()) == start


# --- the log -----------------------------------------------------------------------------------

def test_without_a_log_status_is_the_same(machine):
    machine.kit.install("waybar")
    machine.kit.pacman_log.unlink()
    assert "waybar" in drift(machine)


@pytest.mark.parametrize("data", [
    b"\0" * 4096, b"\xff\xfe garbage", b"[2026-11-23T10:11:12+0100] [ALPM] installed waybar",
    b"[2026-11-23 10:11] [PACMAN] Running 'pacman -S waybar'\n[2026-11-23 10:11] [ALPM] installed "
    b"waybar (1.0-1)\n", b"[not a date] [ALPM] installed waybar (1)\n", b"x" * (1 << 20)],
    ids=["NULs", "garbage", "cut off", "old times", "no date", "one long line"])
def test_any_log_is_survived(machine, data):
    machine.kit.install("waybar")
    machine.kit.pacman_log.write_bytes(data)
    out = drift(machine)
    assert "waybar" in out
    assert_clean(out)


def test_the_old_form_of_times_is_read(machine):
    machine.kit.install("waybar")
    machine.kit.pacman_log.write_text(
        "[2019-03-04 10:11] [PACMAN] Running 'pacman -S --the-one waybar'\n"
        "[2019-03-04 10:11] [ALPM] installed waybar (1.0-1)\n")
    assert "--the-one" in machine.run("status", "-v").out


def test_when_it_was_installed_is_not_when_it_was_upgraded(machine):
    """The database has the time of the last upgrade only; the log has both."""
    machine.kit.install("waybar")
    machine.kit.pacman_log.write_text(
        "[2019-03-04T10:11:12+0000] [PACMAN] Running 'pacman -S waybar'\n"
        "[2019-03-04T10:11:13+0000] [ALPM] installed waybar (0.9-1)\n"
        "[2026-03-04T10:11:12+0000] [PACMAN] Running 'pacman -Syu'\n"
        "[2026-03-04T10:11:13+0000] [ALPM] upgraded waybar (0.9-1 -> 1.0-1)\n")
    out = machine.run("status", "-v").out
    assert "2019" in out and "-Syu" not in out


def test_control_characters_of_the_log_stay_in_it(machine):
    machine.kit.install("waybar")
    machine.kit.pacman_log.write_text(
        "[2026-03-04T10:11:12+0000] [PACMAN] Running 'pacman -S \x1b[31m\u202ewaybar'\n"
        "[2026-03-04T10:11:12+0000] [ALPM] installed waybar (1.0-1)\n")
    for args in (["status"], ["status", "-v"], ["why", "waybar"]):
        assert_clean(machine.run(*args, expect=None).out)
    assert "\x1b" not in machine.run("status", "--json").out


def test_the_log_is_the_configured_one(machine):
    kit = machine.kit
    kit.install("waybar")
    moved = machine.path / "elsewhere.log"
    moved.write_text("[2018-01-02T03:04:05+0000] [PACMAN] Running 'pacman -S --here waybar'\n"
                     "[2018-01-02T03:04:05+0000] [ALPM] installed waybar (1.0-1)\n")
    conf = kit.top / "pacman.conf"
    conf.write_text(conf.read_text().replace(f"LogFile = {kit.pacman_log}", f"LogFile = {moved}"))
    assert "--here" in machine.run("status", "-v").out


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make it unreadable")
def test_an_unreadable_log_is_no_failure(user_machine):
    user_machine.kit.install("waybar")
    os.chown(user_machine.kit.pacman_log, 0, 0)
    user_machine.kit.pacman_log.chmod(0o600)
    assert "waybar" in user_machine.run("status").out


# --- which database ----------------------------------------------------------------------------

def test_included_configuration_files_are_followed(machine):
    kit = machine.kit
    part = kit.top / "part.conf"
    text = (kit.top / "pacman.conf").read_text()
    line = f"DBPath = {kit.db}/\n"
    assert line in text
    part.write_text(f"[options]\n{line}")
    (kit.top / "pacman.conf").write_text(text.replace(line, f"Include = {kit.top}/pa*t.conf\n"))
    no_drift(machine)


def test_a_root_without_a_database_path_is_enough(machine):
    kit = machine.kit
    text = (kit.top / "pacman.conf").read_text()
    (kit.top / "pacman.conf").write_text(
        text.replace(f"DBPath = {kit.db}/\n", "").replace(f"LogFile = {kit.pacman_log}\n", ""))
    no_drift(machine)


def test_what_pacman_conf_says_is_what_is_read(machine):
    """A pacman-conf that is a script: run, and believed."""
    path = machine.kit.bin / "conf"
    path.write_text("#!/bin/sh\nprintf '%s\\n' '[options]' 'RootDir = /nowhere/' "
                    "'DBPath = /nowhere/db/' 'LogFile = /nowhere/log'\n")
    path.chmod(0o755)
    machine.env["LUMINA_PACMAN_CONF"] = str(path)
    machine.env["LUMINA_PACMAN"] = f"{machine.kit.template.pacman}"
    result = machine.run("status", "--exit-code", expect=None)
    assert result.code in (DRIFT, FAILED)
    assert "foo" in result.out or "/nowhere/db" in result.err


def test_an_empty_or_missing_local_folder_is_an_empty_machine(home):
    home = on(home)
    home.registry("packages: [foo]\n")
    assert "foo" in drift(home)
    for name in ("ALPM_DB_VERSION",):
        (home.kit.db / "local" / name).unlink()
    (home.kit.db / "local").rmdir()
    assert "foo" in drift(home)


def test_a_conflict_beside_drift_keeps_its_meaning(machine):
    machine.registry(read(machine).decode() + "symlinks: {~/.a: a}\n")
    machine.source("a")
    machine.write("~/.a", "mine")
    machine.kit.remove("bar")
    assert "bar" in drift(machine)
    machine.sync("-y", expect=REFUSED)
    assert "bar" not in machine.kit.names()


# --- why ---------------------------------------------------------------------------------------

def test_why_names_each_place(machine):
    machine.env["LUMINA_HOST"] = "here"
    machine.registry("include: [more.yaml]\npackages:\n  rest:\n    - top # the chain\n"
                     "hosts: {here: {packages: [tlp]}}\n")
    machine.registry("packages: [foo]\n", "more.yaml")
    assert "lumina.yaml:4" in machine.run("why", "top").out
    assert "rest" in machine.run("why", "top").out
    out = machine.run("why", "tlp").out
    assert "lumina.yaml:5" in out and "here" in out
    assert "more.yaml:1" in machine.run("why", "foo").out


def test_why_says_when_it_came(machine):
    machine.run("install", "-y", "baz")
    for name in ("foo", "baz"):
        assert time.strftime("%Y") in machine.run("why", name).out


def test_why_of_a_dependency_and_of_an_unrecorded_one(machine):
    machine.kit.install("waybar")
    for name in ("middle", "waybar"):
        result = machine.run("why", name, expect=None)
        assert result.code in (OK, FAILED) and name in result.out + result.err


def test_why_of_nothing(machine):
    result = machine.run("why", "no-such-package", expect=FAILED)
    assert "no-such-package" in result.err


def test_many_packages_are_listed_once_each(root):
    home = on(Home(root), explicit=("foo", "bar", "baz", "qux", "waybar", "git", "neovim"))
    home.registry(dedent("""
        packages: [foo]
        """))
    out = drift(home)
    first = [line.split()[0] for line in out.splitlines() if line.strip()]
    for name in ("bar", "baz", "qux", "waybar", "git", "neovim"):
        assert first.count(name) == 1
    assert "foo" not in first
