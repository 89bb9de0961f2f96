# SPDX-License-Identifier: MIT
"""A change that was cut off: what those who read say and leave, what those who change put right.

The runs are killed by strace, before a system call: with the journal written, half way, on both
sides of the commit, and at the end of the cleaning up.
"""

import itertools
import os
import re
import signal
import subprocess

import pytest

from changes import (CHANGES, PLACES, RETURNS, argv_of, changing_calls, current, cut_off,
                     generations, in_the_way, kill_before, look, make_synced, old_file, places,
                     without_inodes)
from support import FAILED, OK, REFUSED, TIMEOUT, Home, needs_strace, tree_of

pytestmark = needs_strace

ALL = {**CHANGES, **RETURNS}
COMMITTED = ("after the commit", "at the end")
# Every system call is the crash tests' part.
EACH = [(name, where) for name in ALL for where in PLACES]
DATE = r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"


def assert_says_so(home, name, result, text=None):
    """What was interrupted, when, and by which command."""
    text = result.err if text is None else text
    assert "interrupted" in text, repr(result)
    line = next(line for line in text.splitlines() if "interrupted" in line)
    assert " ".join(["lumina", *argv_of(home, name)]) in line, repr(result)
    assert re.search(DATE, line), repr(result)


def readers(home):
    path = str(home.write("~/.never/added"))
    return [["status"], ["status", "--json"], ["diff"], ["why", "~/.zshrc"], ["doctor"],
            ["history"], ["history", "--json"], ["sync", "-n"], ["undo", "-n"],
            ["rollback", "-n", "0"], ["add", "-n", path], ["forget", "-n", "~/.zshrc"],
            ["absorb", "-n", "--take", "local", "~/.zshrc"], ["eject", "-n"]]


# --- those who read -------------------------------------------------------------------------

@pytest.mark.parametrize("where", ["half", "after the commit"])
@pytest.mark.parametrize("name", ALL)
def test_those_who_read_say_so_and_touch_nothing(root, name, where):
    home, _before, _done = cut_off(root, name, where)
    commands = readers(home)
    before, state = home.snapshot(), tree_of(home.state)
    for argv in commands:
        result = home.run(*argv, expect=None)
        assert 0 <= result.code <= 4, repr(result)
        assert "interrupted" in result.err + result.out, f"{argv}: {result!r}"
        assert home.snapshot() == before and tree_of(home.state) == state, argv


@pytest.mark.parametrize("name", ["add", "sync --backup", "undo", "eject"])
def test_status_and_doctor_name_the_command(root, name):
    home, _before, _done = cut_off(root, name, "half")
    line = " ".join(["lumina", *argv_of(home, name)])
    assert home.run("status", "--json").json["interrupted"] == line
    for argv in (["status"], ["doctor"]):
        result = home.run(*argv, expect=None)
        assert line in result.out + result.err, repr(result)
    doctor = home.run("doctor", expect=FAILED)
    assert re.search(DATE, doctor.out + doctor.err), repr(doctor)
    assert re.search(r"lumina (sync|undo)", doctor.out), "what mends it"
    home.run("doctor", "--json", expect=FAILED)


def test_doctor_is_content_again_when_it_is_put_right(root):
    home, _before, _done = cut_off(root, "add", "half")
    home.sync()
    result = home.run("doctor", expect=None)
    assert "interrupted" not in result.out + result.err


# --- those who change -----------------------------------------------------------------------

@pytest.mark.parametrize("name,where", EACH)
def test_the_next_sync_puts_it_right_first_and_says_so(root, name, where):
    home, before, done = cut_off(root, name, where)
    before = without_inodes(before)
    result = home.sync(expect=None)
    if not (name == "eject" and where in COMMITTED):
        assert_says_so(home, name, result)
    found = look(home, inodes=False)
    if name.startswith("sync ") and "--" not in name:
        assert found == done and result.code == OK, "and then it does what it would do anyway"
    elif name in RETURNS:
        # Declared as before, so a sync may link again what was taken back.
        assert found.keys() >= before.keys() & done.keys()
    else:
        assert found == (done if where in COMMITTED else before)
    home.no_leftovers()
    if result.code == OK and name != "eject":
        home.nothing_to_do()


@pytest.mark.parametrize("name,where", [(n, w) for n in CHANGES for w in PLACES])
def test_undo_takes_back_just_what_was_interrupted(root, name, where):
    home, before, _done = cut_off(root, name, where)
    result = home.run("undo")
    assert_says_so(home, name, result)
    assert look(home) == before
    assert current(home) == 1, "and nothing more"
    assert len(generations(home)) == (2 if where in COMMITTED else 1)
    home.no_leftovers()


@pytest.mark.parametrize("name,where", [(n, w) for n in ("undo", "undo of add", "rollback")
                                        for w in PLACES[:3]])
def test_an_interrupted_undo_is_taken_back_by_undo(root, name, where):
    home, before, _done = cut_off(root, name, where)
    number = len(generations(home))
    result = home.run("undo")
    assert_says_so(home, name, result)
    assert look(home) == before
    assert current(home) == number
    home.no_leftovers()


@pytest.mark.parametrize("name,where", [("undo", "after the commit"), ("rollback", "at the end"),
                                        ("undo of add", "half")])
def test_an_interrupted_undo_is_finished_by_doing_it_again(root, name, where):
    home, _before, done = cut_off(root, name, where)
    number = 0 if name == "rollback" else len(generations(home)) - 1
    home.run("rollback", str(number))
    assert look(home, inodes=False) == done
    assert current(home) == number
    home.no_leftovers()


@pytest.mark.parametrize("where", PLACES)
def test_an_interrupted_eject_is_finished_by_doing_it_again(root, where):
    home, before, done = cut_off(root, "eject", where)
    assert without_inodes(before) != done
    home.run("eject")
    assert look(home, inodes=False) == done
    assert home.all_links() == {} and home.generations() == []
    home.no_leftovers()


NEXT = [["sync"], ["apply"], ["sync", "--backup"], ["sync", "--adopt"], ["add", "HOME/.n"],
        ["forget", "~/.zshrc"], ["absorb", "--take", "local", "~/.kept"], ["undo"],
        ["rollback", "0"], ["eject"], ["history", "--purge", "-y"]]


@pytest.mark.parametrize("where", ["half", "after the commit"])
@pytest.mark.parametrize("argv", NEXT, ids=" ".join)
def test_every_command_that_changes_puts_it_right_first(root, argv, where):
    """Whatever comes next: first the old work, then its own."""
    home, before, _done = cut_off(root, "sync --backup", where)
    old_file(home, "~/.n")
    result = home.run(*[a.replace("HOME", str(home.path)) for a in argv], expect=None)
    assert_says_so(home, "sync --backup", result)
    assert result.code != 2
    home.no_leftovers()
    if argv[0] != "history":
        del before[b".lumina/lumina.yaml"]
        kept = {row[3] for row in tree_of(home.path).values() if row[0][0] == "-"}
        assert kept >= {row[3] for row in before.values() if row[0][0] == "-"}, "nothing is lost"


def test_what_needs_no_lock_still_waits_for_what_was_interrupted(root):
    """A sync that finds nothing to do at first sight puts the old work right all the same."""
    home, before, _done = cut_off(root, "forget", "half")
    result = home.sync()
    assert_says_so(home, "forget", result)
    assert look(home) == before


# --- the person in between ------------------------------------------------------------------

@pytest.mark.parametrize("name", ["add", "sync --backup", "sync --adopt", "absorb local", "forget"])
@pytest.mark.parametrize("where", ["half", "before the commit", "after the commit"])
def test_what_a_person_writes_after_the_kill_survives_the_recovery(root, name, where):
    home, _before, _done = cut_off(root, name, where)
    target = {"add": "~/.vimrc", "sync --backup": "~/.one", "sync --adopt": "~/.one"}.get(
        name, "~/.zshrc")
    path = home.at(target)
    new = path.with_name("saved~")
    new.write_text("written after the crash")
    os.rename(new, path)  # as an editor does it
    contents = {p.read_bytes() for p in home.path.rglob("*") if p.is_file()}
    home.sync(expect=None)
    home.run("undo", expect=None)
    left = {p.read_bytes() for p in home.path.rglob("*") if p.is_file()}
    assert b"written after the crash" in left
    mine = {b"mine", b"my one", b"my two", b"my other", b"changed by a program\n", b"zsh/zshrc"}
    assert left >= contents & mine, "and what was there before, too"
    assert path.read_text() == "written after the crash" and not path.is_symlink()


def test_a_registry_edited_after_the_kill_keeps_the_edit(root):
    home, _before, _done = cut_off(root, "add", "before the commit")
    path = home.profile / "lumina.yaml"
    edited = path.read_bytes().replace(b"# mine", b"# mine, edited after the crash")
    path.write_bytes(edited)
    home.sync(expect=None)
    left = path.read_bytes()
    assert b"edited after the crash" in left
    assert home.at("~/.vimrc").read_text() == "mine"
    assert (b"vimrc" in left) == home.at("~/.vimrc").is_symlink()
    home.no_leftovers()


def test_a_registry_that_cannot_be_read_does_not_keep_the_old_work_from_being_put_right(root):
    home, before, _done = cut_off(root, "sync --backup", "half")
    home.registry("bogus: 1\n")
    assert "interrupted" in home.sync(expect=2).err
    found = look(home)
    for table in (found, before):
        del table[b".lumina/lumina.yaml"]
    assert found == before
    home.no_leftovers()


# --- the recovery itself --------------------------------------------------------------------

@pytest.mark.parametrize("name", ["add", "forget", "sync --backup", "absorb local", "undo"])
@pytest.mark.parametrize("where", ["before the commit", "after the commit"])
def test_a_recovery_that_is_cut_off_is_gone_on_with_by_the_next(root, name, where):
    """Killed again and again, one call further each time; the end is the same."""
    home, before, done = cut_off(root, name, where)
    wanted = done if where in COMMITTED else without_inodes(before)
    kills = 0
    for call, number in itertools.product(RECOVERING, range(1, 5)):
        if not (home.state / "journal").exists():
            break
        kills += killed(home, call, number)
    assert kills > 0
    home.sync(expect=None)
    assert look(home, inodes=False) == wanted
    home.no_leftovers()


RECOVERING = ("renameat2", "renameat", "rename", "symlinkat", "unlinkat", "mkdirat", "fsync")


def killed(home, call, number):
    done = subprocess.run(
        ["strace", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={number}",
         *home.argv("sync")], env=home.environment(), cwd=home.path, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def test_a_kill_before_the_journal_is_written_leaves_nothing_to_say(root):
    home = make_synced(Home(os.path.join(root, "cut")))
    in_the_way(home)
    argv = ["sync", "--backup"]
    calls = changing_calls(home, *argv)
    home.run("undo")
    before = look(home)
    first = places(calls)["begun"] - 1
    kill_before(home, calls[first], *argv)
    assert look(home) == before
    result = home.run("status", expect=None)
    assert "interrupted" not in result.out + result.err
    home.sync("--backup")
    home.no_leftovers()


def test_a_refused_command_after_an_interrupted_one_still_tells_the_truth(root):
    home, before, _done = cut_off(root, "absorb local", "half")
    result = home.sync(expect=REFUSED)
    assert_says_so(home, "absorb local", result)
    assert look(home) == before
    again = home.run("absorb", "~/.zshrc", "--take", "local")
    assert "interrupted" not in again.err
