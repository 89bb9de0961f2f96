# SPDX-License-Identifier: MIT
"""The AUR by the real paru, against an AUR of the test's own (aur.py)."""

import os

import pexpect
import pytest

from aur import Aur, configure, real_paru
from pacman_kit import read, recorded
from support import OK, TIMEOUT

REGISTRY = "# mine\npackages:\n  base: [git]  # one\n"
QUIETLY = ["--", "--noconfirm", "--skipreview"]
SLOW = 90


@pytest.fixture
def machine(user_machine):
    if os.environ.get("PACMAN_KIT") == "7":
        pytest.skip("this paru is made for the other libalpm")
    paru = real_paru()
    home = user_machine
    home.aur = Aur(f"{home.root}/aur")
    home.registry(REGISTRY)
    home.kit.install("git")
    configure(home, home.aur, paru)
    home.kit.forget_calls()
    yield home
    home.aur.close()


def test_a_package_is_built_installed_and_recorded(machine):
    machine.aur.add("one")
    machine.run("install", "aur/one", *QUIETLY, timeout=SLOW)
    assert machine.kit.explicit() == {"git", "one"}
    assert recorded(machine) == {"git", "aur/one"}
    assert len(machine.generations()) == 1
    machine.run("status", "--exit-code")
    machine.nothing_to_do()


def test_paru_works_on_the_root_that_lumina_pacman_names(machine):
    """Its own configuration says nothing of it."""
    configure(machine, machine.aur, real_paru(), told=False)
    machine.aur.add("one", depends=["foo"])
    machine.run("install", "aur/one", *QUIETLY, timeout=SLOW)
    assert machine.kit.explicit() == {"git", "one"}
    assert recorded(machine) == {"git", "aur/one"}


def test_its_own_dependencies_are_not_recorded(machine):
    machine.aur.add("lib")
    machine.aur.add("app", depends=["lib", "foo"])
    machine.run("install", "aur/app", *QUIETLY, timeout=SLOW)
    assert {"app", "lib", "foo"} <= machine.kit.names()
    assert {"lib", "foo"} <= machine.kit.dependencies()
    assert recorded(machine) == {"git", "aur/app"}


def test_a_failing_build_is_parus_code_and_not_recorded(machine):
    machine.aur.add("broken", build="false")
    result = machine.run("install", "aur/broken", *QUIETLY, expect=None, timeout=SLOW)
    assert result.code not in (OK, 3)
    assert read(machine) == REGISTRY.encode() and machine.kit.names() == {"git"}


def test_one_failing_build_doesnt_stop_the_others(machine):
    for name in ("one", "two"):
        machine.aur.add(name)
    machine.aur.add("broken", build="false")
    machine.registry("packages: [git, foo, aur/one, aur/broken, aur/two]\n"
                     "symlinks: {~/.a: a}\n")
    machine.source("a")
    machine.give()
    # Its own questions: whether to go on, to review, to accept.
    result = machine.sync("-y", stdin=b"\n" * 50, expect=None, timeout=SLOW)
    assert result.code not in (OK, 3)
    assert machine.kit.explicit() == {"git", "foo", "one", "two"}, repr(result)
    machine.assert_linked({"~/.a": "a"})
    assert "broken" in machine.run("status").out


def test_a_name_that_the_aur_lacks(machine):
    result = machine.run("install", "aur/no-such-thing", *QUIETLY, expect=None, timeout=SLOW)
    assert result.code not in (OK, 3) and "no-such-thing" in result.out + result.err
    assert read(machine) == REGISTRY.encode()


def test_pacmans_and_parus_packages_together(machine):
    machine.aur.add("one")
    machine.run("install", "-y", "foo", "aur/one", *QUIETLY[:1], "--noconfirm", timeout=SLOW)
    assert recorded(machine) == {"git", "foo", "aur/one"}
    assert len(machine.generations()) == 1


def test_remove_and_undo(machine):
    machine.aur.add("lib")
    machine.aur.add("app", depends=["lib"])
    machine.run("install", "aur/app", *QUIETLY, timeout=SLOW)
    recording = read(machine)
    machine.run("remove", "-y", "app")
    assert machine.kit.names() == {"git"} and read(machine) == REGISTRY.encode()
    # It was built here, and no cache of pacman's has it: brought back, or said honestly.
    result = machine.run("undo", stdin=b"y\n" * 9, expect=None, timeout=SLOW)
    assert ("app" in machine.kit.names()) == (result.code == OK) or "app" in result.err
    machine.run("sync", "-y", "--only", "symlinks")
    assert read(machine) in (recording, REGISTRY.encode())


def test_undo_of_an_install(machine):
    machine.aur.add("one")
    machine.run("install", "aur/one", *QUIETLY, timeout=SLOW)
    machine.run("undo", stdin=b"y\n")
    assert machine.kit.names() == {"git"} and read(machine) == REGISTRY.encode()


def test_the_review_is_the_persons_and_ctrl_c_records_nothing(machine):
    machine.aur.add("one")
    child = machine.terminal("install", "aur/one")
    child.expect(r"\[[Yy]/[Nn]\]", timeout=SLOW)
    child.sendintr()
    child.expect(pexpect.EOF, timeout=TIMEOUT)
    child.close()
    assert child.exitstatus not in (OK, 3)
    assert read(machine) == REGISTRY.encode() and machine.kit.names() == {"git"}


def test_ctrl_c_in_a_build_records_nothing(machine):
    machine.aur.add("long", build="echo BUILDING; sleep 60")
    child = machine.terminal("install", "aur/long", *QUIETLY)
    child.expect("BUILDING", timeout=SLOW)
    child.sendintr()
    child.expect(pexpect.EOF, timeout=TIMEOUT)
    child.close()
    assert child.exitstatus == 130 or child.exitstatus not in (OK, 3)
    assert read(machine) == REGISTRY.encode() and machine.kit.names() == {"git"}


def test_paru_by_itself_is_passed_through_and_offered(machine):
    machine.aur.add("one")
    result = machine.run("paru", "-S", "--aur", "--noconfirm", "--skipreview", "one",
                         timeout=SLOW)
    assert "one" in machine.kit.explicit() and read(machine) == REGISTRY.encode()
    assert [line for line in result.err.splitlines() if "lumina" in line and "one" in line]


def test_capture_knows_that_it_is_from_the_aur(machine):
    machine.aur.add("one")
    machine.run("paru", "--no-record", "-S", "--aur", "--noconfirm", "--skipreview", "one",
                timeout=SLOW)
    machine.run("capture", "-y")
    assert recorded(machine) == {"git", "aur/one"}


def test_an_upgrade_by_paru_is_no_drift(machine):
    machine.aur.add("one", "1")
    machine.run("install", "aur/one", *QUIETLY, timeout=SLOW)
    machine.aur.add("one", "2")
    machine.run("paru", "-Sua", "--noconfirm", "--skipreview", timeout=SLOW)
    assert machine.kit.installed()["one"] == "2-1"
    machine.run("status", "--exit-code")
