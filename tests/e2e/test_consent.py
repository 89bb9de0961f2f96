# SPDX-License-Identifier: MIT
"""Consent: a sync that would remove all links, or most of many, asks; silence means no."""

import os
import subprocess

import pexpect
import pytest

from support import OK, REFUSED


def synced(home, count):
    home.declare({f"~/.l/{i:03}": f"s{i}" for i in range(count)})
    home.sync("-q")
    assert len(home.all_links()) == count


def keep(home, count):
    home.declare({f"~/.l/{i:03}": f"s{i}" for i in range(count)})


def refused(home, *args, **more):
    before, generations = home.snapshot(), home.generations()
    result = home.sync(*args, expect=REFUSED, **more)
    assert home.snapshot() == before and home.generations() == generations
    home.no_leftovers()
    return result


@pytest.mark.parametrize("had,left,asks", [
    (1, 0, True), (3, 0, True), (9, 0, True), (50, 10, True), (20, 9, True), (21, 10, True),
    (20, 10, False), (19, 10, False), (18, 9, False), (17, 8, False), (10, 1, False),
    (12, 2, True), (11, 1, True)])
def test_removing_all_or_more_than_half_and_at_least_ten_asks(home, had, left, asks):
    # RG-019
    synced(home, had)
    keep(home, left)
    if asks:
        result = refused(home)
        assert f"{had - left} of the {had}" in result.err and "--yes" in result.err
        home.sync("-n")
    else:
        home.sync()
        assert len(home.all_links()) == left


def test_the_links_to_be_removed_are_listed(home):
    # RG-019
    synced(home, 12)
    keep(home, 0)
    out = refused(home).out
    for i in range(12):
        assert f"~/.l/{i:03}" in out


@pytest.mark.parametrize("option", ["-y", "--yes"])
def test_yes_says_yes(home, option):
    synced(home, 12)
    home.registry("")
    home.sync(option)
    assert home.all_links() == {} and not home.at("~/.l").exists()
    home.nothing_to_do()


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, b"", b"y\n", b"yes\n"], ids=str)
def test_no_terminal_means_no_whatever_is_piped_in(home, stdin):
    # BK-012
    synced(home, 12)
    home.registry("symlinks:\n")
    refused(home, stdin=stdin)


def test_no_is_told_in_json_too(home):
    synced(home, 12)
    home.registry("symlinks:\n")
    document = refused(home, "--json").json
    assert (document["result"], document["generation"]) == ("refused", None)
    assert len([c for c in document["changes"] if c["action"] == "remove"]) == 12
    assert "12 of the 12" in document["error"]


@pytest.mark.parametrize("answer,goes", [("y", True), ("Y", True), ("yes", True), ("n", False),
                                         ("", False), ("no", False), ("q", False), (" ", False)])
def test_at_a_terminal_only_a_yes_goes_on(home, answer, goes):
    synced(home, 12)
    home.registry("symlinks:\n")
    child = home.terminal("sync")
    child.expect(r"12 of the 12 .*\[y/N\] ")
    assert len(home.all_links()) == 12
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (OK if goes else REFUSED)
    assert len(home.all_links()) == (0 if goes else 12)
    home.no_leftovers()


def test_the_end_of_input_at_a_terminal_means_no(home):
    synced(home, 12)
    home.registry("symlinks:\n")
    child = home.terminal("sync")
    child.expect(r"\[y/N\] ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == REFUSED
    assert len(home.all_links()) == 12


def test_ctrl_c_at_the_question_means_no(home):
    synced(home, 12)
    home.registry("symlinks:\n")
    child = home.terminal("sync")
    child.expect(r"\[y/N\] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == 2 or child.exitstatus == 130
    assert len(home.all_links()) == 12
    home.no_leftovers()


def test_others_may_read_and_the_plan_stays_right_while_the_question_is_open(home):
    """What changes while the person thinks is seen before anything is done."""
    synced(home, 12)
    home.registry("symlinks:\n")
    child = home.terminal("sync")
    child.expect(r"\[y/N\] ")
    assert len(home.status()) == 12
    home.at("~/.l/003").unlink()
    home.write("~/.l/003", "mine now")
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1, child.before
    assert home.at("~/.l/003").read_text() == "mine now"
    assert len(home.all_links()) == 11, "all or nothing"
    home.no_leftovers()


def test_a_registry_edited_while_the_question_is_open_is_not_overruled(home):
    synced(home, 12)
    home.registry("symlinks:\n")
    child = home.terminal("sync")
    child.expect(r"\[y/N\] ")
    keep(home, 12)
    child.sendline("y")
    child.expect([pexpect.EOF, r"\[y/N\] "])
    child.close()
    assert len(home.all_links()) == 12, "the registry declares all twelve again"


def test_plain_linking_and_changing_never_asks(home):
    synced(home, 12)
    home.declare({f"~/.l/{i:03}": "same" for i in range(12)})
    home.sync()
    assert set(home.all_links().values()) == {f"{home.profile}/same"}


def test_an_emptied_registry_file_is_more_often_an_accident(home):
    synced(home, 1)
    home.registry("")
    refused(home)
    (home.profile / "lumina.yaml").unlink()
    result = home.sync(expect=1)
    assert "no profile" in result.err
    assert len(home.all_links()) == 1


def test_links_that_are_gone_already_do_not_count(home):
    synced(home, 12)
    for i in range(12):
        os.unlink(home.at(f"~/.l/{i:03}"))
    home.registry("symlinks:\n")
    home.sync()
    assert home.owned() == {}
