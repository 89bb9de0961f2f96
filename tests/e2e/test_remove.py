# SPDX-License-Identifier: MIT
"""remove: pacman -Rs, and out of the registry, wherever it stands there."""

import pytest

from pacman_kit import on, package, read, recorded, runs, same_registry
from support import FAILED, OK, USAGE, Home, dedent

REGISTRY = dedent("""
    # Mine.
    packages:
      base: [foo,   'bar']   # two
      desktop:
        # a word on top
        - top            # the chain
        - "baz"
    hosts:
      here: {packages: [qux, foo]}
    """)


@pytest.fixture
def machine(root):
    home = on(Home(root), explicit=("foo", "bar", "top", "baz", "qux"), registry=REGISTRY)
    home.env["LUMINA_HOST"] = "here"
    return home


def remove(home, *args, expect=OK, **more):
    return home.run("remove", "-y", *args, expect=expect, **more)


@pytest.mark.parametrize("name,gone", [("bar", b",   'bar'"), ("baz", b'    - "baz"\n'),
                                       ("top", b"    - top            # the chain\n"),
                                       ("qux", b"qux, ")])
def test_a_package_goes_and_so_does_its_item(machine, name, gone):
    result = remove(machine, name)
    assert name in result.out + result.err
    assert name not in machine.kit.names()
    assert read(machine) == REGISTRY.encode().replace(gone, b"", 1)
    machine.no_leftovers()
    machine.nothing_to_do()


def test_what_only_it_needed_goes_too(machine):
    remove(machine, "top")
    assert machine.kit.names() == {"foo", "bar", "baz", "qux"}
    call, = runs(machine.kit, "-R")
    assert call[0] == "-Rs" and call[-2:] == ["--", "top"]


def test_what_another_needs_stays(machine):
    machine.kit.install("user-of-bottom")
    remove(machine, "top")
    assert {"bottom", "user-of-bottom"} <= machine.kit.names()


def test_every_place_that_declares_it_loses_it(machine):
    remove(machine, "foo")
    assert "foo" not in recorded(machine) | recorded(machine, host="here")
    assert recorded(machine) == {"bar", "top", "baz"}


def test_in_an_included_file_and_the_local_one(machine):
    machine.registry("include: [more.yaml]\npackages: [foo]\n")
    machine.registry("packages: {fonts: [baz, top]} # here\n", "more.yaml")
    main = read(machine)
    remove(machine, "baz")
    assert read(machine) == main
    assert read(machine, "more.yaml") == b"packages: {fonts: [top]} # here\n"


def test_several_are_one_call_and_one_generation(machine):
    remove(machine, "foo", "baz", "top")
    call, = runs(machine.kit, "-R")
    assert call[-4:] == ["--", "foo", "baz", "top"]
    assert recorded(machine) == {"bar"} and len(machine.generations()) == 1


def test_what_was_never_recorded_is_only_uninstalled(machine):
    machine.kit.install("waybar")
    remove(machine, "waybar")
    assert "waybar" not in machine.kit.names()
    same_registry(machine, REGISTRY)


def test_what_is_not_installed_is_only_taken_out(machine):
    machine.kit.remove("baz")
    remove(machine, "baz")
    assert "baz" not in recorded(machine) and runs(machine.kit, "-Rs") == []


def test_what_is_neither_is_said(machine):
    result = remove(machine, "no-such-package", expect=None)
    assert result.code in (FAILED, USAGE) and "no-such-package" in result.err
    same_registry(machine, REGISTRY)


def test_one_of_them_not_installed(machine):
    machine.kit.remove("baz")
    remove(machine, "foo", "baz")
    assert {"foo", "baz"}.isdisjoint(recorded(machine) | machine.kit.names())


def test_what_another_package_needs_is_refused_by_pacman(machine):
    machine.kit.install("needs-foo")
    database = machine.kit.database()
    result = remove(machine, "foo", expect=FAILED)
    assert "needs-foo" in result.out + result.err
    same_registry(machine, REGISTRY)
    assert machine.kit.database() == database and machine.generations() == []


def test_a_no_at_the_prompt_changes_nothing(machine):
    database = machine.kit.database()
    for answer in (b"n\n", b""):
        machine.run("remove", "foo", stdin=answer, expect=FAILED)
    same_registry(machine, REGISTRY)
    assert machine.kit.database() == database and machine.generations() == []


def test_yes_at_the_prompt(machine):
    machine.run("remove", "baz", stdin=b"y\n")
    assert "baz" not in recorded(machine) and "baz" not in machine.kit.names()


def test_arguments_behind_the_dashes_are_pacmans(machine):
    remove(machine, "baz", "--", "--nosave")
    call, = runs(machine.kit, "-R")
    assert "--nosave" in call and call.index("--nosave") < call.index("--")


def test_a_locked_database(machine):
    machine.kit.lock.touch()
    result = remove(machine, "foo", expect=FAILED)
    assert "lock" in result.err and machine.kit.lock.exists()
    same_registry(machine, REGISTRY)


@pytest.mark.parametrize("code", [1, 2, 130])
def test_pacmans_exit_code_is_luminas(machine, code):
    machine.kit.pacman_shim(code=code)
    remove(machine, "foo", expect=code)
    same_registry(machine, REGISTRY)


def test_a_partial_success_takes_out_what_is_gone(machine):
    machine.kit.pacman_shim("\nif '-Rs' in ARGV:\n"
                            "    subprocess.run([PACMAN, *ARGV[:-1]])\n    sys.exit(7)\n"
                            "os.execv(PACMAN, [PACMAN, *ARGV])\n")
    result = remove(machine, "bar", "baz", expect=7)
    assert "baz" in recorded(machine) and "bar" not in recorded(machine)
    assert "baz" in result.err + result.out


def test_an_aur_package_goes_by_any_of_its_names(machine):
    for name in ("aur/shader", "shader"):
        machine.registry("packages: [aur/shader, foo]\n")
        machine.kit.install_file(package("shader"))
        remove(machine, name)
        assert read(machine) == b"packages: [foo]\n" and "shader" not in machine.kit.names()


def test_a_package_group_is_its_members(machine):
    machine.registry("packages: [foo, tool-a, tool-b, tool-c]\n")
    machine.kit.install("tools")
    remove(machine, "tools")
    assert "tool-a" not in machine.kit.names() and recorded(machine) == {"foo"}


def test_it_comes_and_goes_with_an_identical_file(machine):
    machine.run("install", "-y", "waybar", "tlp")
    remove(machine, "waybar", "tlp")
    same_registry(machine, REGISTRY)


def test_a_dependency_that_stays_is_no_failure(machine):
    """Recorded, installed, and now wanted as a dependency only: pacman refuses, nothing changes."""
    machine.registry("packages: [top, bottom]\n")
    result = remove(machine, "bottom", expect=FAILED)
    assert read(machine) == b"packages: [top, bottom]\n" and "bottom" in machine.kit.names()
    assert "bottom" in result.out + result.err


def test_history_tells_of_it(machine):
    remove(machine, "baz")
    assert "lumina remove" in machine.run("history").out


def test_links_are_left_alone(machine):
    machine.registry(REGISTRY + "symlinks: {~/.a: a}\n")
    machine.source("a")
    remove(machine, "baz")
    assert machine.all_links() == {}


def test_the_user_machine_removes_through_sudo(user_machine):
    user_machine.registry("packages: [foo]\n")
    user_machine.kit.install("foo")
    user_machine.run("remove", "-y", "foo")
    call, = user_machine.kit.calls("sudo")
    assert "-Rs" in call.argv and call.names == ["foo"]
    assert recorded(user_machine) == set() and user_machine.kit.names() == set()
