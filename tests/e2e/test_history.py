# SPDX-License-Identifier: MIT
"""History, undo, rollback and purge: every change is a generation, and can be taken back."""

import os
import random
import re
import shutil
import time
from datetime import datetime

import pexpect
import pytest

from changes import (CHANGES, REGISTRY, argv_of, backups, current, detached, generations,
                     in_the_way, look, make_synced, mark, new_link, old_file, prepare, run_change)
from support import FAILED, OK, REFUSED, USAGE, assert_clean, tree_of


@pytest.fixture
def synced(home):
    return make_synced(home)


# --- history --------------------------------------------------------------------------------

def test_a_home_without_changes_has_no_history_and_none_is_made(home):
    home.declare({})
    assert generations(home) == []
    assert home.run("history").code == OK
    assert home.run("undo").out + home.run("undo").err != ""
    assert not (home.state / "generations").exists() and home.generations() == []


@pytest.mark.parametrize("name", CHANGES)
def test_every_changing_command_is_one_generation_with_time_and_command_line(synced, name):
    prepare(synced, name)
    before = time.time()
    run_change(synced, name)
    newest, first = generations(synced)
    assert (newest["id"], newest["parent"], newest["current"]) == (2, 1, True)
    assert (first["id"], first["parent"], first["current"]) == (1, 0, False)
    assert newest["command"] == " ".join(["lumina", *argv_of(synced, name)])
    assert first["command"] == "lumina sync"
    assert newest["changes"]
    # Whole seconds, by a clock that may be a tick behind.
    assert before - 2 <= datetime.fromisoformat(newest["time"]).timestamp() <= time.time()
    synced.no_leftovers()


def test_what_changes_nothing_is_no_generation(synced):
    state = tree_of(synced.state)
    detached(synced)
    for argv, code in ((["sync"], REFUSED), (["sync", "-n"], REFUSED),
                       (["absorb", "~/.zshrc"], REFUSED), (["absorb", "-n", "--take", "local",
                                                            "~/.zshrc"], OK),
                       (["forget", "-n", "~/.zshrc"], OK), (["forget", "~/.nope"], FAILED),
                       (["add", "-n", str(synced.write("~/.x"))], OK),
                       (["sync", "--backup", "-n"], OK), (["sync", "--adopt", "-n"], OK),
                       (["undo", "-n"], None), (["rollback", "0", "-n"], None)):
        before = synced.snapshot()
        synced.run(*argv, expect=code)
        assert synced.snapshot() == before, argv
    assert tree_of(synced.state) == state
    assert [g["id"] for g in generations(synced)] == [1]


def test_the_newest_comes_first_and_the_present_one_is_marked_in_the_text_too(synced):
    for name in ("~/.a", "~/.b"):
        synced.run("add", str(synced.write(name)))
    lines = [line for line in synced.run("history").out.splitlines() if "lumina " in line]
    assert [re.search(r"lumina (\w+)", line)[1] for line in lines] == ["add", "add", "sync"]
    synced.run("undo")
    marked = synced.run("history").out.splitlines()
    assert len(marked) >= 3
    assert [g["current"] for g in generations(synced)] == [False, True, False]
    assert synced.run("history").out != "\n".join(lines) + "\n", "the mark moved"


def test_verbose_lists_each_change_and_each_backup(synced):
    in_the_way(synced)
    synced.sync("--backup")
    out = synced.run("history", "-v").out
    for needle in ("~/.one", "~/.two", "~/.zshrc"):
        assert needle in out
    backups = generations(synced)[0]["backups"]
    assert {b["target"] for b in backups} == {"~/.one", "~/.two"}
    for backup in backups:
        assert backup["present"] is True and os.path.lexists(backup["path"])
        assert os.path.basename(backup["path"]) in out


def test_the_profiles_commit_is_named_only_when_nothing_else_was_changed_in_it(synced):
    assert generations(synced)[0]["commit"] is None
    new_link(synced)
    synced.commit("all of it")
    head = synced.git("rev-parse", "HEAD").strip()
    synced.sync()
    assert generations(synced)[0]["commit"] == head
    synced.source("zsh/zshrc", data="edited, and not committed")
    synced.at("~/.zshrc").unlink()
    synced.sync()
    assert generations(synced)[0]["commit"] is None


def test_history_only_reads_and_shows_control_characters_escaped(synced):
    name = "~/.a\x1b[31m\u202eb"
    synced.run("add", str(synced.write(name)))
    before, state = synced.snapshot(), tree_of(synced.state)
    for argv in (["history"], ["history", "-v"], ["history", "--json"]):
        result = synced.run(*argv)
        if "--json" not in argv:
            assert_clean(result.out.replace("\n", ""))
    assert "\x1b[31m" in generations(synced)[0]["command"]
    assert synced.snapshot() == before and tree_of(synced.state) == state


def test_history_needs_no_registry(synced):
    synced.registry("bogus: [\n")
    assert [g["id"] for g in generations(synced)] == [1]


# --- undo -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", CHANGES)
def test_undo_gives_back_what_was_before_each_kind_of_change(synced, name):
    prepare(synced, name)
    before, owned = look(synced), synced.owned()
    run_change(synced, name)
    assert look(synced) != before
    synced.run("undo")
    assert look(synced) == before
    assert synced.owned() == owned
    assert current(synced) == 1
    assert [g["id"] for g in generations(synced)] == [2, 1], "undo makes no generation"
    synced.no_leftovers()


@pytest.mark.parametrize("name", CHANGES)
def test_after_undo_the_same_command_does_the_same_again(synced, name):
    prepare(synced, name)
    run_change(synced, name)
    done = look(synced, inodes=False)
    synced.run("undo")
    run_change(synced, name)
    assert look(synced, inodes=False) == done
    assert [g["parent"] for g in generations(synced)] == [1, 1, 0]
    ids = [g["id"] for g in generations(synced)]
    assert ids == sorted(ids, reverse=True) and ids[1:] == [2, 1], "no number is used twice"


@pytest.mark.parametrize("name", CHANGES)
def test_rollback_to_the_later_one_takes_the_undo_back(synced, name):
    prepare(synced, name)
    run_change(synced, name)
    done, owned = look(synced, inodes=False), synced.owned()
    synced.run("undo")
    synced.run("rollback", "2")
    assert look(synced, inodes=False) == done
    assert synced.owned() == owned and current(synced) == 2
    synced.run("undo")
    assert current(synced) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_dry_run_of_undo_shows_its_plan_and_changes_nothing(synced, name):
    prepare(synced, name)
    run_change(synced, name)
    before, state = synced.snapshot(), tree_of(synced.state)
    text, document = synced.run("undo", "-n").out, synced.run("undo", "-n", "--json").json
    assert synced.snapshot() == before and tree_of(synced.state) == state
    assert text.count("\n") >= 1
    assert document["schema"] == 1 and document["result"] == "planned" and document["changes"]


def test_undo_brings_a_file_back_with_inode_mode_owner_and_times(synced):
    in_the_way(synced)
    paths = ["~/.one", "~/.two", "~/.two/in", "~/.two/in/it", "~/.two/other"]
    if os.geteuid() == 0:
        os.chown(synced.at("~/.two/other"), 1234, 4321)
    before = {p: mark(synced.at(p)) for p in paths}
    synced.sync("--backup")
    for backup in generations(synced)[0]["backups"]:
        info = mark(backup["path"])
        assert info == before[backup["target"]], "a backup is the file itself"
    synced.run("undo")
    assert {p: mark(synced.at(p)) for p in paths} == before


def test_undo_goes_further_back_each_time_and_ends_calmly(synced):
    for i in range(3):
        old_file(synced, f"~/.f{i}", str(i))
    looks = []
    for i in range(3):
        looks.append(look(synced))
        synced.run("add", str(synced.at(f"~/.f{i}")))
    for i in (2, 1, 0):
        synced.run("undo")
        assert look(synced) == looks[i]
        assert current(synced) == i + 1
    synced.run("undo")
    assert current(synced) == 0 and synced.all_links() == {} and synced.owned() == {}
    before, state = synced.snapshot(), tree_of(synced.state)
    result = synced.run("undo")
    assert "nothing to undo" in result.out + result.err
    assert synced.snapshot() == before and tree_of(synced.state) == state


def test_after_undo_of_a_sync_the_registry_still_declares_what_the_person_wrote(synced):
    new_link(synced)
    text = (synced.profile / "lumina.yaml").read_bytes()
    synced.sync()
    synced.run("undo")
    assert (synced.profile / "lumina.yaml").read_bytes() == text
    assert synced.status() == {"~/.config/new/deep/file": "missing"}
    assert not synced.at("~/.config/new").exists(), "folders of ours go too"
    synced.sync()
    assert synced.link("~/.config/new/deep/file") == f"{synced.profile}/new"


def test_undo_takes_back_our_line_and_leaves_those_written_by_hand_since(synced):
    synced.run("add", str(old_file(synced, "~/.vimrc")))
    path = synced.profile / "lumina.yaml"
    text = path.read_bytes().replace(b"# mine", b"# mine, and more")
    text = text.replace(b"symlinks:\r\n", b"symlinks:\r\n  ~/.hand: hand\r\n")
    path.write_bytes(text)
    synced.source("hand")
    synced.run("undo")
    left = path.read_bytes()
    assert b"vimrc" not in left
    assert left == REGISTRY.replace(b"# mine", b"# mine, and more").replace(
        b"symlinks:\r\n", b"symlinks:\r\n  ~/.hand: hand\r\n")
    assert synced.at("~/.vimrc").read_text() == "mine" and not synced.at("~/.vimrc").is_symlink()
    assert synced.status() == {"~/.hand": "missing"}


def test_undo_leaves_and_names_what_was_changed_since_and_does_the_rest(synced):
    # BK-003
    in_the_way(synced)
    synced.sync("--backup")
    synced.at("~/.one").unlink()
    synced.write("~/.one", "newer than all")
    result = synced.run("undo", expect=FAILED)
    assert "~/.one" in result.err
    assert synced.at("~/.one").read_text() == "newer than all"
    assert (synced.at("~/.two/in/it").read_text(), synced.link("~/.two")) == ("my two", None)
    kept = [b for g in generations(synced) for b in g["backups"] if b["target"] == "~/.one"]
    assert kept[0]["present"] and open(kept[0]["path"]).read() == "my one", "nothing is lost"
    synced.no_leftovers()


@pytest.mark.parametrize("what", ["edited", "gone", "a folder"])
def test_undo_of_forget_leaves_the_real_file_that_was_changed_since(synced, what):
    synced.run("forget", "~/.zshrc", "~/.config/kitty/kitty.conf")
    path = synced.at("~/.zshrc")
    path.unlink()
    if what == "edited":
        path.write_text("edited since")
    elif what == "a folder":
        synced.write("~/.zshrc/file", "in it")
    result = synced.run("undo", expect=None)
    assert synced.link("~/.config/kitty/kitty.conf") == f"{synced.profile}/kitty/kitty.conf"
    if what == "gone":
        return
    assert result.code == FAILED and "~/.zshrc" in result.err
    assert not path.is_symlink()
    assert what == "a folder" or path.read_text() == "edited since"


def test_undo_of_add_leaves_a_source_that_was_replaced_since(synced):
    synced.run("add", str(old_file(synced, "~/.vimrc")))
    source = next(p for p in synced.profile.rglob("vimrc"))
    source.unlink()
    synced.run("undo", expect=FAILED)
    assert not os.path.lexists(source)
    synced.no_leftovers()


def test_edits_of_an_added_file_come_home_with_it(synced):
    path = old_file(synced, "~/.vimrc")
    inode = os.lstat(path).st_ino
    synced.run("add", str(path))
    with open(path, "a", encoding="ascii") as handle:  # through the link, as a program does it
        handle.write(" and more")
    synced.run("undo")
    assert path.read_text() == "mine and more" and os.lstat(path).st_ino == inode


def test_undo_never_touches_git_history(synced):
    # BK-004
    synced.commit("one")
    synced.run("add", str(old_file(synced, "~/.vimrc")))
    synced.commit("two")
    synced.git("checkout", "-q", "HEAD~1")
    head, log = synced.git("rev-parse", "HEAD"), synced.git("reflog")
    synced.run("undo", expect=None)
    synced.run("rollback", "0", expect=None)
    assert (synced.git("rev-parse", "HEAD"), synced.git("reflog")) == (head, log)
    assert synced.git("stash", "list") == ""


def test_undo_works_while_the_registry_cannot_be_read(synced):
    new_link(synced)
    synced.sync()
    synced.registry("bogus: [\n")
    synced.run("undo")
    assert not os.path.lexists(synced.at("~/.config/new"))
    assert (synced.profile / "lumina.yaml").read_bytes() == b"bogus: [\n"


@pytest.mark.parametrize("damage", ["empty", "gone", "garbage"])
def test_a_damaged_generation_is_said_and_nothing_is_changed(synced, damage):
    new_link(synced)
    synced.sync()
    path = synced.state / "generations/000002"
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else b"garbage\n" * 99)
    before = synced.snapshot()
    result = synced.run("undo", expect=FAILED)
    assert result.err and synced.snapshot() == before
    synced.run("history")
    synced.no_leftovers()
    synced.nothing_to_do()


def test_lost_state_means_nothing_to_undo_and_nothing_is_removed(synced):
    shutil.rmtree(synced.state)
    before = synced.snapshot()
    result = synced.run("undo")
    assert "nothing to undo" in result.out + result.err
    assert synced.snapshot() == before


# --- rollback -------------------------------------------------------------------------------

@pytest.mark.parametrize("seed", range(6))
def test_any_generation_is_reached_from_any_other(home, seed):
    """A walk over commands that change; then every generation in any order, as it was."""
    rng = random.Random(seed)
    home.registry("symlinks:\n  ~/.base: base  # stays\n")
    home.source("base")
    for i in range(4):
        old_file(home, f"~/.f{i}", f"f{i}", rng.choice([0o600, 0o644, 0o755]))
        old_file(home, f"~/.config/d{i}/sub/x", f"d{i}")
    looks = {0: look(home, inodes=False)}
    home.sync()
    looks[1] = look(home, inodes=False)
    added = []
    while len(looks) < 9:
        step = rng.choice(["add", "add", "tree", "forget", "delete", "undo"])
        free = [f"~/.f{i}" for i in range(4)] + [f"~/.config/d{i}" for i in range(4)]
        free = [t for t in free if home.link(t) is None and t not in added]
        if step in ("add", "tree") and free:
            target = rng.choice(free)
            folder = home.at(target).is_dir()
            more = ["--tree"] if step == "tree" and folder else []
            # A source that a forget left in the profile is never written over.
            home.run("add", str(home.at(target)), "--as", f"g{len(looks)}", *more)
            added.append(target)
        elif step in ("forget", "delete") and added:
            target = added.pop(rng.randrange(len(added)))
            home.run("forget", target, *(["--delete"] if step == "delete" else []))
        else:
            continue
        looks[current(home)] = look(home, inodes=False)
    ids = list(looks) * 2
    rng.shuffle(ids)
    for number in ids:
        home.run("rollback", str(number))
        assert look(home, inodes=False) == looks[number], f"at {number}, of {ids}"
        assert current(home) == number
        home.no_leftovers()
    assert len(generations(home)) == len(looks) - 1


def test_rollback_crosses_from_one_branch_of_history_to_another(synced):
    synced.run("add", str(old_file(synced, "~/.left")))
    left = look(synced)
    synced.run("undo")
    synced.run("add", str(old_file(synced, "~/.right")))
    synced.run("rollback", "2")
    found = look(synced)
    assert {p for p in found if b"left" in p} == {p for p in left if b"left" in p}
    assert not synced.at("~/.right").is_symlink() and synced.at("~/.right").read_text() == "mine"
    assert synced.link("~/.left")
    assert [g["parent"] for g in generations(synced)] == [1, 1, 0]


def test_rollback_to_the_present_one_does_nothing(synced):
    before, state = synced.snapshot(), tree_of(synced.state)
    synced.run("rollback", "1")
    assert synced.snapshot() == before and tree_of(synced.state) == state


@pytest.mark.parametrize("name,codes", [("7", [FAILED]), ("x", [USAGE, FAILED]),
                                        ("-1", [USAGE, FAILED]), ("", [USAGE, FAILED]),
                                        ("99999999999999999999999", [USAGE, FAILED]),
                                        ("1x", [USAGE, FAILED])])
def test_rollback_to_what_is_not_there_fails_and_changes_nothing(synced, name, codes):
    before, state = synced.snapshot(), tree_of(synced.state)
    result = synced.run("rollback", name, expect=None)
    assert result.code in codes and result.err, repr(result)
    assert synced.snapshot() == before and tree_of(synced.state) == state
    synced.run("rollback", expect=USAGE)


# --- purge ----------------------------------------------------------------------------------

@pytest.fixture
def backed_up(synced):
    """Two generations with backups: a file, a folder with a link out of it; then the file again."""
    in_the_way(synced)
    os.symlink(synced.write("~/outside/precious", "outside").parent, synced.at("~/.two/out"))
    synced.sync("--backup")
    synced.at("~/.one").unlink()
    old_file(synced, "~/.one", "again")
    synced.sync("--backup")
    return synced


def test_backups_are_dated_and_never_share_a_name(backed_up):
    found = list(backups(backed_up))
    assert len(set(found)) == 3
    pattern = re.compile(r"/lumina/backups/0*\d+-\d{8}T\d{6}Z?/\d+-[^/]+$")
    assert all(pattern.search(path) for path in found), found
    assert sorted(open(p).read() for p in found if os.path.isfile(p)) == ["again", "my one"]
    assert os.stat(backed_up.state / "backups").st_mode & 0o777 == 0o700


def test_purge_without_a_terminal_is_refused(backed_up):
    state = tree_of(backed_up.state)
    for stdin in (b"", b"y\n"):
        result = backed_up.run("history", "--purge", expect=REFUSED, stdin=stdin)
        assert "-y" in result.err or "--yes" in result.err
    assert tree_of(backed_up.state) == state


@pytest.mark.parametrize("answer,goes", [("y", True), ("n", False), ("", False)])
def test_purge_asks_at_a_terminal(backed_up, answer, goes):
    child = backed_up.terminal("history", "--purge")
    child.expect(r"\[y/N\]")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == (OK if goes else REFUSED)
    assert set(backups(backed_up).values()) == {not goes}


def test_purge_removes_backups_and_nothing_else(backed_up):
    outside = backed_up.snapshot()
    stray = backed_up.state / "backups/not-ours"
    stray.write_text("a file that a person put here")
    backed_up.run("history", "--purge", "-y")
    assert backed_up.snapshot() == outside, "not even through a link in a backup"
    assert set(backups(backed_up).values()) == {False}
    assert [p for p in backups(backed_up) if os.path.lexists(p)] == []
    assert stray.read_text() == "a file that a person put here"
    assert [g["id"] for g in generations(backed_up)] == [3, 2, 1]
    backed_up.run("history", "--purge", "-y")
    backed_up.nothing_to_do()


def test_purge_of_one_generation_keeps_the_others(backed_up):
    newest, middle, _first = generations(backed_up)
    backed_up.run("history", "--purge", "-y", str(middle["id"]))
    found = backups(backed_up)
    assert [found[b["path"]] for b in middle["backups"]] == [False, False]
    assert [found[b["path"]] for b in newest["backups"]] == [True]
    assert backed_up.run("history", "--purge", "-y", "77", expect=None).code in (FAILED, USAGE)


def test_undo_after_a_purge_says_what_it_cannot_bring_back_and_loses_nothing_more(backed_up):
    backed_up.run("history", "--purge", "-y")
    before = backed_up.snapshot()
    result = backed_up.run("undo", expect=FAILED)
    assert "~/.one" in result.err
    assert backed_up.link("~/.one") == f"{backed_up.profile}/one", "better a link than nothing"
    assert backed_up.snapshot().keys() == before.keys()


def test_no_other_command_removes_a_backup(backed_up):
    kept = backups(backed_up)
    for argv in (["sync"], ["sync", "--backup"], ["forget", "~/.zshrc"], ["doctor"], ["status"],
                 ["history"], ["add", str(backed_up.write("~/.n"))], ["sync", "--adopt"]):
        backed_up.run(*argv, expect=None)
        assert {p: os.path.lexists(p) for p in kept} == kept, argv
    backed_up.run("rollback", "0", expect=None)
    contents = [p.read_text() for p in backed_up.path.rglob("*") if p.is_file()]
    assert {"my one", "my two", "my other", "again"} <= set(contents)
