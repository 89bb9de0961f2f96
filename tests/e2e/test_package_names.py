# SPDX-License-Identifier: MIT
"""Names that are none: refused with the rule before anything is run, from wherever they come."""

import os
import re

import pytest

from pacman_kit import read, runs
from support import REFUSED, USAGE, assert_clean, needs_strace, traced

BAD = {
    "option": "-Syu", "long option": "--root=/x", "config": "--config=/x", "dash": "-",
    "dashes": "---", "semicolon": "a;b", "parent": "../x", "absolute": "/etc/passwd",
    "empty": "", "blank": " ", "a blank": "a b", "newline": "a\nb", "long": "a" * 300,
    "homoglyph": "f\u03bfo", "leading dot": ".hidden", "dot": ".", "dots": "..",
    "dollar": "$(id)", "backtick": "`id`", "quote": "a'b", "double": 'a"b', "star": "a*",
    "question": "a?", "pipe": "a|b", "and": "a&b", "redirect": "a>b", "version": "foo>=1",
    "equals": "foo=1", "colon": "a:b", "comma": "a,b", "hash": "a#b", "percent": "a%b",
    "backslash": "a\\b", "escape": "a\x1b[31mb", "two slashes": "a/b/c", "trailing": "extra/",
    "leading": "/foo", "option in repository": "extra/-Syu", "dot in repository": "extra/.x",
    "parent repository": "../foo", "repository of a dash": "-x/foo", "rtl": "a\u202eb",
    "aur option": "aur/-Syu", "aur empty": "aur/", "aur parent": "aur/../x",
    "flatpak option": "flatpak/--user", "flatpak empty": "flatpak/",
    "url": "https://example.org/x.pkg.tar", "file": "./x.pkg.tar.zst", "braces": "{a,b}",
    "bytes": b"a\xffb",
}


@pytest.fixture
def machine(machine):
    machine.registry("packages: [git]\n")
    machine.kit.pacman_shim()
    for name in ("sudo", "doas", "run0", "yay", "flatpak", "makepkg"):
        machine.kit.shim(name, code=0)
    machine.kit.forget_calls()
    return machine


def refused(home, *args, code=USAGE):
    before, database, start = home.snapshot(), home.kit.database(), len(home.kit.transactions())
    result = home.run(*args, expect=code)
    assert home.snapshot() == before and home.kit.database() == database
    assert home.kit.calls() == [], home.kit.calls()
    assert len(home.kit.transactions()) == start
    assert_clean(result.err)
    return result


@pytest.mark.parametrize("name", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("command", ["install", "remove", "ignore"])
def test_a_bad_name_is_refused_and_nothing_is_run(machine, command, name):
    # PK-004
    # Behind the dashes everything is the helper's: a bad name stands before them.
    result = refused(machine, command, name)
    if not (isinstance(name, str) and name.startswith("-")):
        assert re.search(r"package name|A-Z ?a-z ?0-9", result.err), repr(result)


@pytest.mark.parametrize("name", ["a;b", "../x", "", "f\u03bfo", ".x", "a" * 300])
def test_one_bad_name_among_good_ones_stops_all(machine, name):
    refused(machine, "install", "foo", name, "bar")
    refused(machine, "remove", "git", name)


def test_a_bad_name_is_named(machine):
    assert "a;b" in refused(machine, "install", "foo", "a;b").err


@needs_strace
def test_no_child_process_for_a_bad_name(machine):
    _, calls = traced(machine, "install", "a;b", expect=USAGE)
    assert [c for c in calls if c.name in ("clone", "clone3", "fork", "vfork")] == []
    assert len([c for c in calls if c.name == "execve"]) == 1


@pytest.mark.parametrize("name", [n for n in BAD.values() if isinstance(n, str) and n.isprintable()
                                  and n not in ("", " ")])
@pytest.mark.parametrize("section", ["packages", "ignore"])
def test_a_bad_name_in_the_registry_is_an_error_with_its_place(machine, name, section):
    quoted = name.replace("'", "''")
    machine.registry(f"{section}:\n  - git\n  - '{quoted}'\n")
    result = refused(machine, "sync", "-y")
    assert "lumina.yaml:3:5" in result.err


@pytest.mark.parametrize("group", ["", "a b", "a: b", "a\nb", "[x]", "#x", "x" * 300, "\x1b[1m"])
def test_a_group_name_never_breaks_the_file(machine, group):
    """Refused, or quoted: in either case the registry can still be read."""
    result = machine.run("install", "-y", "foo", "-g", group, expect=None)
    assert result.code in (0, 1, 2)
    assert_clean(result.err)
    machine.run("status")
    if result.code == USAGE:
        assert read(machine) == b"packages: [git]\n"


@pytest.mark.parametrize("args", [
    ["install", "-Syu"], ["install", "--root=/x", "foo"], ["install", "--dbpath", "/x", "foo"],
    ["install", "-g"], ["install", "--no-such"], ["remove", "-Rdd", "foo"], ["capture", "foo"],
    ["prune", "foo"], ["install", "--", "foo"], ["remove", "--", "foo"], ["ignore"],
    ["install", "--host=x", "foo"], ["prune", "--cascade"]])
def test_wrong_usage_runs_nothing(machine, args):
    refused(machine, *args)


def test_what_stands_behind_the_dashes_is_never_a_name(machine):
    """`install foo -- bar` gives bar to pacman as an argument, before its own dashes."""
    machine.run("install", "-y", "foo", "--", "--asexplicit")
    call, = [c for c in runs(machine.kit, "-S")]
    assert call.index("--asexplicit") < call.index("--") and call[-1] == "foo"


@pytest.mark.parametrize("name", ["-Syu", "--root=/x", "a;b", "../x"])
def test_a_hostile_profile_gets_nothing_run(machine, name):
    """A registry of somebody else's, synced as it came."""
    machine.registry(f"packages: [{name!r}, foo]\nsymlinks: {{~/.a: a}}\n")
    machine.source("a")
    for args in (["sync", "-y"], ["status"], ["prune", "-y"], ["capture", "-y"]):
        assert machine.run(*args, expect=None).code in (USAGE, REFUSED)
    assert machine.kit.calls() == [] and not os.path.lexists(machine.at("~/.a"))
