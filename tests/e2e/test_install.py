# SPDX-License-Identifier: MIT
"""install: pacman's own run and terminal; what is then there, explicitly, is recorded."""

import os
import re

import pytest

from pacman_kit import (document, insertion, needs_root, on, package, read, recorded, runs,
                        same_registry)
from support import FAILED, OK, USAGE, Home, assert_clean, dedent

REGISTRY = dedent("""
    # My machine.   Keep this line.
    packages:            # what is on it
      base: [git,   'neovim']   # two
      desktop:
        - waybar         # the bar

    hosts:
      here:
        packages: [tlp]

    # The end.
    """)


@pytest.fixture
def grouped(machine):
    machine.registry(REGISTRY)
    machine.env["LUMINA_HOST"] = "here"
    return machine


def install(home, *args, expect=OK, **more):
    return home.run("install", "-y", *args, expect=expect, **more)


def not_recorded(home, before, *args, code=FAILED, names=(), says=(), **more):
    """An install that comes to nothing: neither the database nor the registry changes."""
    database, history = home.kit.database(), home.generations()
    result = install(home, *args, expect=code, **more)
    assert read(home) == before.encode(), repr(result)
    assert home.kit.database() == database
    assert home.generations() == history
    for text in (*names, *says):
        assert text in result.err + result.out, f"no {text!r} in {result!r}"
    home.no_leftovers()
    return result


# --- what is recorded, and where ---------------------------------------------------------------

def test_what_is_installed_is_recorded(machine):
    result = install(machine, "foo")
    assert machine.kit.explicit() == {"foo"}
    assert recorded(machine) == {"foo"}
    assert "foo" in result.out + result.err
    machine.no_leftovers()
    machine.nothing_to_do()


@pytest.mark.parametrize("text,added", [
    ("packages:\n  - bar\n", "  - foo\n"), ("packages:\n- bar\n", "- foo\n"),
    ("packages: [bar]\n", ", foo"), ("packages: [ bar ]\n", ", foo"),
    ("packages:\r\n    - bar\r\n# end\r\n", "    - foo\r\n"),
    ("packages:\n  - bar # the bar\n\n# end", "  - foo\n"),
    ("packages:\n  - \"bar\"\n", None), ("packages:\n  - bar", None),
    ("# none yet\nsymlinks:\n  ~/.a: a\n", None), ("packages: []\n", "foo"),
    ("packages:\n", None), ("\ufeffpackages: [bar]\n", ", foo")])
def test_one_item_is_put_in_and_every_other_byte_stays(machine, text, added):
    machine.source("a")
    machine.registry(text.encode())
    machine.kit.install("bar")
    before = read(machine)
    install(machine, "foo")
    put = insertion(before, read(machine)).decode()
    assert put == added if added is not None else "foo" in put
    assert "foo" in recorded(machine)


def test_without_a_group_it_goes_to_the_end_of_what_is_there(grouped):
    install(grouped, "foo")
    assert insertion(REGISTRY.encode(), read(grouped)).strip() in (b"foo", b"- foo", b", foo")
    assert "foo" in recorded(grouped)


@pytest.mark.parametrize("group", ["base", "desktop"])
def test_it_is_recorded_in_the_group_asked_for(grouped, group):
    install(grouped, "foo", "-g", group)
    assert "foo" in recorded(grouped, group=group)
    assert insertion(REGISTRY.encode(), read(grouped)).split() in ([b",", b"foo"], [b"-", b"foo"])


def test_a_group_that_is_not_there_is_made(grouped):
    install(grouped, "-g", "games", "foo", "bar")
    assert recorded(grouped, group="games") == {"foo", "bar"}
    assert b"games" in insertion(REGISTRY.encode(), read(grouped))


def test_with_host_it_is_recorded_for_this_machine(grouped):
    install(grouped, "--host", "foo")
    assert recorded(grouped, host="here") == {"tlp", "foo"}
    assert insertion(REGISTRY.encode(), read(grouped)) == b", foo"


def test_with_host_and_no_block_yet_one_is_made(machine):
    machine.env["LUMINA_HOST"] = "here"
    machine.registry("packages: [bar]\n")
    install(machine, "--host", "foo")
    assert recorded(machine, host="here") == {"foo"}
    assert read(machine).startswith(b"packages: [bar]\n")


def test_a_group_of_an_included_file_is_found_there(machine):
    machine.registry("include: [more.yaml]\npackages: {base: [bar]}\n")
    machine.registry("packages:\n  fonts: [baz] # in here\n", "more.yaml")
    main = read(machine)
    install(machine, "-g", "fonts", "foo")
    assert read(machine) == main
    assert read(machine, "more.yaml") == b"packages:\n  fonts: [baz, foo] # in here\n"


def test_several_are_one_call_one_edit_and_one_generation(grouped):
    install(grouped, "foo", "bar", "baz", "-g", "desktop")
    assert recorded(grouped, group="desktop") == {"waybar", "foo", "bar", "baz"}
    call, = runs(grouped.kit, "-S")
    assert call[-4:] == ["--", "foo", "bar", "baz"] and "--needed" in call
    assert len(grouped.generations()) == 1
    insertion(REGISTRY.encode(), read(grouped))


def test_history_and_why_tell_of_it(grouped):
    install(grouped, "foo", "-g", "desktop")
    assert "lumina install" in grouped.run("history").out
    why = grouped.run("why", "foo").out
    line = read(grouped).decode().splitlines().index("    - foo") + 1
    assert f"lumina.yaml:{line}" in why and "desktop" in why


def test_removing_it_again_gives_the_identical_file(grouped):
    for where in ([], ["-g", "base"], ["-g", "desktop"], ["--host"]):
        install(grouped, "foo", "bar", *where)
        assert read(grouped) != REGISTRY.encode()
        grouped.run("remove", "-y", "foo", "bar")
        same_registry(grouped, REGISTRY)
    assert grouped.kit.names() == set()


def test_a_packages_dependencies_are_not_recorded(machine):
    install(machine, "top")
    assert recorded(machine) == {"top"}
    assert machine.kit.dependencies() == {"middle", "bottom"}


def test_a_group_is_recorded_as_its_members(machine):
    install(machine, "tools")
    assert recorded(machine) == {"tool-a", "tool-b", "tool-c"}
    assert len(runs(machine.kit, "-S")) == 1
    machine.nothing_to_do()


def test_of_a_group_only_what_was_chosen_is_recorded(machine):
    machine.run("install", "tools", stdin=b"1 3\ny\n")
    assert machine.kit.explicit() == {"tool-a", "tool-c"}
    assert recorded(machine) == {"tool-a", "tool-c"}


def test_a_provided_name_is_recorded_as_the_package(machine):
    install(machine, "editor")
    assert recorded(machine) == {"nano-editor"}
    machine.nothing_to_do()


def test_of_several_providers_the_chosen_one_is_recorded(machine):
    machine.run("install", "cron", stdin=b"2\ny\n")
    name, = machine.kit.explicit()
    assert name in ("cronie", "fcron") and recorded(machine) == {name}


def test_a_repository_may_be_named(machine):
    install(machine, "extra/foo")
    assert machine.kit.explicit() == {"foo"}
    assert {n.rpartition("/")[2] for n in recorded(machine)} == {"foo"}
    machine.nothing_to_do()


def test_what_was_installed_before_is_recorded_all_the_same(machine):
    machine.kit.install("foo")
    database = machine.kit.database()
    install(machine, "foo")
    assert recorded(machine) == {"foo"}
    assert machine.kit.database() == database


def test_what_is_a_dependency_only_is_recorded_if_it_becomes_explicit(machine):
    machine.kit.install("top")
    install(machine, "bottom", expect=None)
    assert ("bottom" in recorded(machine)) == ("bottom" in machine.kit.explicit())


def test_a_second_time_changes_nothing(grouped):
    install(grouped, "foo")
    before, history = read(grouped), grouped.generations()
    install(grouped, "foo")
    assert read(grouped) == before and grouped.generations() == history


def test_arguments_behind_the_dashes_are_pacmans(machine):
    install(machine, "foo", "--", "--asdeps")
    call, = runs(machine.kit, "-S")
    assert call[-3:] == ["--asdeps", "--", "foo"]
    # It is then no explicit package.
    assert machine.kit.dependencies() == {"foo"} and recorded(machine) == set()


def test_only_what_was_asked_for_is_recorded(machine):
    """Something else that came meanwhile, or with it, is drift and not ours."""
    machine.kit.install("qux")
    install(machine, "foo")
    assert recorded(machine) == {"foo"}


@pytest.mark.parametrize("name", ["a@b.c_d+e-f", "9lives", "_underscore"])
def test_every_legal_name_goes_there_and_back(machine, name):
    machine.registry("packages:\n  - git # one\n")
    before = read(machine)
    install(machine, name)
    assert recorded(machine) == {"git", name} and name in machine.kit.explicit()
    machine.run("remove", "-y", name)
    assert read(machine) == before and machine.kit.names() == set()


# --- what goes wrong ---------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["corrupt", "gone", "broken-dep", "no-such-package"])
def test_a_broken_or_unknown_package_is_pacmans_error(grouped, name):
    not_recorded(grouped, REGISTRY, name, names=[name])


def test_one_unknown_name_stops_pacman_and_nothing_is_recorded(grouped):
    not_recorded(grouped, REGISTRY, "foo", "no-such-package", names=["no-such-package"])


def test_conflicting_packages(grouped):
    not_recorded(grouped, REGISTRY, "left", "right", names=["left"])
    install(grouped, "left")
    assert "left" in recorded(grouped)


def test_files_that_exist_stop_it(grouped):
    target = grouped.kit.root / "usr/share/foo/foo.txt"
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    not_recorded(grouped, REGISTRY, "foo")
    assert target.read_text() == "mine"


def test_a_no_at_the_prompt_records_nothing(grouped):
    # WR-002
    result = grouped.run("install", "foo", stdin=b"n\n", expect=FAILED)
    assert "Proceed" in result.out + result.err
    same_registry(grouped, REGISTRY)
    assert grouped.kit.names() == set() and grouped.generations() == []


def test_no_answer_at_the_prompt_records_nothing(grouped):
    grouped.run("install", "foo", expect=FAILED)
    same_registry(grouped, REGISTRY)
    assert grouped.kit.names() == set()


def test_yes_is_passed_on(machine):
    install(machine, "foo")
    machine.run("install", "bar", stdin=b"y\n")
    first, second = runs(machine.kit, "-S")
    assert "--noconfirm" in first and "--noconfirm" not in second
    assert recorded(machine) == {"foo", "bar"}


def test_a_locked_database(grouped):
    grouped.kit.lock.touch()
    not_recorded(grouped, REGISTRY, "foo", says=["lock"])
    assert grouped.kit.lock.exists()


@needs_root
def test_a_failing_scriptlet_is_no_failure_of_pacmans(grouped):
    result = install(grouped, "script-fails")
    assert "script-fails" in recorded(grouped)
    assert "failed to execute" in result.err


@needs_root
def test_a_hook_that_aborts_leaves_nothing_recorded(grouped):
    # WR-013
    grouped.kit.hook("no", "echo not today; exit 1", abort=True)
    not_recorded(grouped, REGISTRY, "foo", says=["not today"])


@needs_root
def test_a_hook_that_fails_afterwards_is_only_shown(grouped):
    # WR-013
    grouped.kit.hook("no", "echo out of luck; exit 1", when="PostTransaction")
    result = install(grouped, "foo")
    assert "foo" in recorded(grouped)
    assert "out of luck" in result.out + result.err


@pytest.mark.parametrize("code", [1, 2, 127, 130, 137, 139, 143])
def test_pacmans_exit_code_is_luminas(grouped, code):
    # WR-001
    grouped.kit.pacman_shim(code=code)
    not_recorded(grouped, REGISTRY, "foo", code=code)


@pytest.mark.parametrize("number", [9, 11, 15])
def test_a_killed_pacman_gives_the_shells_code(grouped, number):
    # WR-001
    grouped.kit.pacman_shim(death=number)
    result = not_recorded(grouped, REGISTRY, "foo", code=None)
    assert result.code in (128 + number, -number)


def test_a_pacman_that_lies_about_success_records_nothing(grouped):
    # WR-001
    grouped.kit.pacman_shim(code=0)
    result = not_recorded(grouped, REGISTRY, "foo", code=None)
    assert result.code in (OK, FAILED)


def test_a_partial_success_is_recorded_and_the_exit_code_is_pacmans(grouped):
    """As the contract has it: the database decides."""
    grouped.kit.pacman_shim("\nif '-S' in ARGV:\n"
                            "    subprocess.run([PACMAN, *ARGV[:-1]])\n    sys.exit(7)\n"
                            "os.execv(PACMAN, [PACMAN, *ARGV])\n")
    result = install(grouped, "foo", "bar", expect=7)
    assert "foo" in recorded(grouped) and "bar" not in recorded(grouped)
    assert "bar" in result.err + result.out


def test_without_a_profile_nothing_is_run(machine):
    (machine.profile / "lumina.yaml").unlink()
    machine.profile.rmdir()
    assert "lumina init" in install(machine, "foo", expect=FAILED).err
    assert machine.kit.names() == set()


def test_with_a_broken_registry_nothing_is_run(machine):
    machine.registry("packages: [git\n")
    install(machine, "foo", expect=USAGE)
    assert machine.kit.names() == set() and runs(machine.kit, "-S") == []


def test_without_a_name_it_is_wrong_usage(machine):
    machine.run("install", expect=USAGE)
    machine.run("install", "-g", "x", expect=USAGE)


def test_a_database_of_an_unknown_format_is_refused(grouped):
    (grouped.kit.db / "local/ALPM_DB_VERSION").write_text("12\n")
    result = install(grouped, "foo", expect=None)
    assert result.code not in (OK, 3) and "foo" not in recorded(grouped)
    assert "12" in result.err and str(grouped.kit.db) in result.err


def test_a_read_only_system(grouped):
    """pacman's own error; nothing is recorded."""
    grouped.kit.pacman_shim("\nsys.stderr.write('error: could not create db.lck: "
                            "Read-only file system\\n')\nsys.exit(1)\n")
    not_recorded(grouped, REGISTRY, "foo", says=["Read-only file system"])


@pytest.mark.parametrize("locale", ["C", "de_DE.UTF-8", "zh_CN.UTF-8"])
def test_no_output_is_read_whatever_the_language(machine, locale):
    # WR-015
    env = {"LC_ALL": locale, "LANG": locale, "LANGUAGE": locale[:2]}
    install(machine, "top", env=env)
    assert recorded(machine) == {"top"}
    machine.run("remove", "-y", "top", env=env)
    assert recorded(machine) == set()


def test_output_is_clean_whatever_a_description_says(machine):
    machine.kit.publish(package("odd", desc="\x1b[31mred \u202e evil"))
    install(machine, "odd")
    assert_clean(machine.run("status").out)
    assert_clean(machine.run("why", "odd").out)


def test_an_install_leaves_the_links_alone(machine):
    machine.registry("symlinks: {~/.a: a}\n")
    machine.source("a")
    install(machine, "foo")
    assert machine.all_links() == {}
    assert document(machine)["symlinks"] == {"~/.a": "a"}


def test_a_registry_edited_meanwhile_keeps_that_edit(machine):
    """The helper takes its time; what an editor saves in between survives."""
    machine.registry("packages: [git]\n")
    machine.kit.pacman_shim(
        "\nif '-S' in ARGV:\n"
        f"    open('{machine.profile}/lumina.yaml', 'w').write('packages: [git, zsh]\\n')\n"
        "os.execv(PACMAN, [PACMAN, *ARGV])\n")
    install(machine, "foo")
    assert read(machine) == b"packages: [git, zsh, foo]\n"


def test_the_user_machine_installs_through_sudo(user_machine):
    user_machine.run("install", "-y", "foo")
    call, = user_machine.kit.calls("sudo")
    assert re.search(r"^--$", call.argv[0]) or "--" in call.argv
    assert call.names == ["foo"] and os.path.isabs(call.argv[call.argv.index("--") + 1])
    assert user_machine.kit.explicit() == {"foo"} and recorded(user_machine) == {"foo"}


def test_machines_are_apart(root):
    home = on(Home(root), explicit=("foo",))
    assert home.kit.names() == {"foo"} and recorded(home) == set()
