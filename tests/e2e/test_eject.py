# SPDX-License-Identifier: MIT
"""eject: every link becomes real, the state goes, the profile stays as it is."""

import os
import re
import shutil
from pathlib import Path

import pytest

from support import FAILED, OK, REFUSED, USAGE, Home, assert_clean, finish, rows, traits, tree_of

OLD = 1_500_000_000_123_456_789
REGISTRY = """\
# mine, with comments
symlinks:
  ~/.one: one            # a file
  ~/.config/nvim: nvim   # a folder
  ~/.config/hypr: {tree: hypr}
"""
LINKS = {"~/.one": "one", "~/.config/nvim": "nvim", "~/.config/hypr/a": "hypr/a",
         "~/.config/hypr/sub/b": "hypr/sub/b"}


def old(path, when=OLD):
    os.utime(path, ns=(when, when), follow_symlinks=False)
    return path


def copied(folder):
    """A whole folder without the inodes; times count for files."""
    return {n: (row[0], row[1], *(row[3:] if row[0].startswith("-") else row[3:-1]))
            for n, row in tree_of(folder).items()}


def real(home, pairs):
    """Each target is a copy of its source, of its own."""
    for target, source in pairs.items():
        path, source = home.at(target), home.profile / source
        assert not path.is_symlink(), target
        assert os.lstat(path).st_ino != os.stat(source).st_ino
        if source.is_dir():
            assert copied(path) == copied(source), target
        else:
            assert traits(path) == traits(source), target


def refused(home, *args, says=(), code=REFUSED):
    before, state = home.snapshot(), tree_of(home.state)
    result = home.run("eject", *args, expect=code)
    for text in says:
        assert text in result.err, f"no {text!r} in {result!r}"
    assert home.snapshot() == before
    assert set(tree_of(home.state)) - {b"lock"} == set(state) - {b"lock"}
    home.no_leftovers()
    return result


@pytest.fixture
def synced(home):
    """A file, a folder and a tree with modes and times of their own."""
    home.registry(REGISTRY)
    home.source("one", "nvim/init.lua", "nvim/lua/a.lua", "hypr/a", "hypr/sub/b")
    (home.profile / "one").chmod(0o640)
    (home.profile / "hypr/a").chmod(0o755)
    (home.profile / "nvim/empty").mkdir(mode=0o700)
    os.symlink("init.lua", home.profile / "nvim/link")
    os.symlink("/nowhere", home.profile / "nvim/lua/dangling")
    for name in ("one", "nvim", "hypr"):
        top = home.profile / name
        for i, path in enumerate(sorted([top, *top.rglob("*")], reverse=True)):
            old(path, OLD + i)
    home.write("~/.config/hypr/mine", "not ours")
    home.sync()
    home.assert_linked(LINKS)
    return home


# --- what it does -----------------------------------------------------------------------------

def test_every_link_becomes_real_and_the_state_goes(synced):
    home = synced
    profile, before = tree_of(home.profile), home.snapshot()
    result = home.run("eject")
    assert result.err == ""
    real(home, LINKS)
    assert home.all_links() == {} and not os.path.lexists(home.state)
    assert tree_of(home.profile) == profile
    changed = {n for n in rows(before, home.snapshot()) if not n.startswith(".config/nvim/")}
    assert changed == {t[2:] for t in LINKS}
    assert home.at("~/.config/hypr/mine").read_text() == "not ours"
    home.no_leftovers()


def test_the_home_is_as_if_it_had_never_been_linked(home):
    # BK-009
    for name, mode in (("~/.a", 0o600), ("~/.config/kitty/k.conf", 0o644), ("~/.d/x", 0o755)):
        old(home.write(name, name, mode))
    def look():
        return {n: row for n, row in copied(home.path).items()
                if not n.startswith((b".lumina", b".local")) and not row[0].startswith("d")}
    before = look()
    home.registry("")
    home.run("add", "~/.a", "~/.config/kitty/k.conf")
    home.run("add", "--tree", "~/.d")
    assert len(home.all_links()) == 3
    home.run("eject")
    assert look() == before and not os.path.lexists(home.state)


def test_the_copies_are_independent_of_the_profile(synced):
    home = synced
    home.run("eject")
    wanted = {t: copied(home.at(t)) for t in LINKS}
    shutil.rmtree(home.profile)
    assert {t: copied(home.at(t)) for t in LINKS} == wanted


def test_it_does_not_ask(synced):
    child = synced.terminal("eject")
    child.expect("\\Z|$")
    child.wait()
    assert child.exitstatus == OK and synced.all_links() == {}


def test_what_is_declared_but_not_linked_is_left_alone(synced):
    home = synced
    home.at("~/.one").unlink()
    home.write("~/.one", "detached")
    home.registry(REGISTRY + "  ~/.missing: one\n  ~/.foreign: one\n")
    home.write("~/.foreign", "foreign")
    os.symlink("/elsewhere", home.at("~/.link"))
    os.symlink(home.profile / "one", home.at("~/by-hand"))
    before = home.snapshot()
    home.run("eject")
    real(home, {t: s for t, s in LINKS.items() if t != "~/.one"})
    for name in (".one", ".foreign", ".link", "by-hand"):
        assert home.snapshot()[name.encode()] == before[name.encode()]
    assert not os.path.lexists(home.at("~/.missing"))
    assert not os.path.lexists(home.state)


def test_links_of_ours_that_are_declared_no_longer_become_real_too(synced):
    home = synced
    home.registry("symlinks:\n  ~/.new: one\n")
    home.run("eject")
    real(home, LINKS)
    assert not os.path.lexists(home.at("~/.new")) and not os.path.lexists(home.state)


def test_a_right_link_made_by_hand_that_was_taken_over_becomes_real(home):
    home.source("a")
    home.declare({"~/.a": "a"})
    os.symlink(".lumina/a", home.at("~/.a"))
    home.sync()
    home.run("eject")
    real(home, {"~/.a": "a"})


def test_edits_in_the_profile_that_nobody_committed_are_in_the_copies(synced):
    synced.commit()
    synced.source("one", data="edited since")
    synced.run("eject")
    assert synced.at("~/.one").read_text() == "edited since"
    assert synced.git("status", "--porcelain") == " M one\n"


def test_a_source_that_is_a_link_in_the_profile_gives_a_real_file(home):
    home.source("real/f")
    os.symlink("real/f", home.profile / "file")
    os.symlink("real", home.profile / "folder")
    home.declare({"~/.file": "file", "~/.folder": "folder"})
    home.sync()
    home.run("eject")
    assert not home.at("~/.file").is_symlink() and home.at("~/.file").read_text() == "real/f"
    assert not home.at("~/.folder").is_symlink()
    assert home.at("~/.folder/f").read_text() == "real/f"


@pytest.mark.parametrize("data", [b"", b"\0\xff" * 4096, b"x" * (9 << 20)],
                         ids=["empty", "binary", "9 MiB"])
@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_content_mode_and_time_are_copied_whatever_the_umask(home, data, umask):
    home.declare({"~/.a": "a"})
    home.source("a", data=data)
    (home.profile / "a").chmod(0o466)
    old(home.profile / "a")
    home.sync()
    home.run("eject", umask=umask)
    real(home, {"~/.a": "a"})


def test_folders_that_we_made_stay_with_what_is_in_them(home):
    home.declare({"~/.deep/er/a": "a"})
    home.sync()
    home.run("eject")
    real(home, {"~/.deep/er/a": "a"})


# --- refused, and nothing to do ---------------------------------------------------------------

def test_a_link_whose_source_is_gone_stops_all(synced):
    (synced.profile / "one").unlink()
    refused(synced, says=["~/.one"])
    (synced.profile / "hypr/a").unlink()
    refused(synced, says=["~/.one", "~/.config/hypr/a"])


def test_a_profile_that_is_gone_stops_all(synced):
    os.rename(synced.profile, synced.root / "moved")
    result = refused(synced, code=None)
    assert result.code in (FAILED, REFUSED), repr(result)


def test_nothing_linked_is_nothing_to_do(home):
    home.declare({"~/.a": "a"})
    before = home.snapshot()
    home.run("eject")
    assert home.snapshot() == before and not os.path.lexists(home.state)


def test_twice_is_nothing_to_do(synced):
    synced.run("eject")
    before = synced.snapshot()
    synced.run("eject")
    assert synced.snapshot() == before and not os.path.lexists(synced.state)


def test_an_empty_state_goes_too(home):
    home.declare({"~/.a": "a"})
    home.sync()
    home.declare({})
    home.sync("-y")
    assert home.state.exists() and home.all_links() == {}
    home.run("eject")
    assert not os.path.lexists(home.state)


def test_wrong_usage_changes_nothing(synced):
    for argv in (["~/.one"], ["--bogus"]):
        refused(synced, *argv, code=USAGE)
    synced.run("eject")


def test_afterwards_undo_has_nothing_and_a_sync_finds_files_in_the_way(synced):
    home = synced
    home.run("eject")
    before = home.snapshot()
    assert home.run("history", "--json").json["generations"] == []
    home.run("undo")
    home.sync(expect=REFUSED)
    assert home.snapshot() == before
    assert set(home.status().values()) == {"foreign"}
    home.sync("--backup")
    home.assert_linked(LINKS)


def test_the_lock_is_kept_to(synced):
    home = synced
    with home.lock_held():
        process = home.start("eject")
        home.wait_for_lock(process)
        home.at("~/.one").unlink()
        home.write("~/.one", "put there meanwhile")
    finish(process)
    assert home.at("~/.one").read_text() == "put there meanwhile"
    home.no_leftovers()
    home.run("eject")
    assert home.all_links() == {} and not os.path.lexists(home.state)


# --- backups ----------------------------------------------------------------------------------

def test_backups_with_the_persons_files_stay_and_it_says_where(home):
    home.declare({"~/.a": "a", "~/.b": "b"})
    home.write("~/.a", "precious")
    inode = home.at("~/.a").stat().st_ino
    home.sync("--backup")
    (backup,) = home.backups()
    result = home.run("eject")
    assert backup.read_text() == "precious" and backup.stat().st_ino == inode
    assert str(home.state / "backups") in result.out + result.err, repr(result)
    left = {p for p in home.state.rglob("*") if not p.is_dir()}
    assert left == {backup}, "nothing else of the state stays"
    real(home, {"~/.a": "a", "~/.b": "b"})
    # It is no state that a later start would stumble over.
    home.status()
    home.sync("--backup")
    assert backup.read_text() == "precious" and len(home.backups()) == 3


def test_empty_backup_folders_go(home):
    home.declare({"~/.a": "a"})
    home.write("~/.a", "precious")
    home.sync("--backup")
    home.run("undo")
    assert home.at("~/.a").read_text() == "precious"
    home.run("eject")
    assert not os.path.lexists(home.state) and home.at("~/.a").read_text() == "precious"


# --- dry run, JSON, names, places -------------------------------------------------------------

def test_a_dry_run_and_json(synced):
    home = synced
    before, state = home.snapshot(), tree_of(home.state)
    for option in ("-n", "--dry-run"):
        out = home.run("eject", option).out
        assert all(t in out for t in ("~/.one", "~/.config/nvim")), out
    dry = home.run("eject", "-n", "--json").json
    assert (dry["schema"], dry["command"], dry["result"]) == (1, "eject", "planned")
    (home.profile / "one").unlink()
    document = home.run("eject", "-n", "--json", expect=REFUSED).json
    assert document["result"] == "refused"
    assert [c["target"] for c in document["conflicts"]] == ["~/.one"]
    assert home.link("~/.one") and tree_of(home.state) == state
    home.source("one")
    assert set(home.snapshot()) == set(before)
    document = home.run("eject", "--json").json
    assert document["result"] == "done" and document["conflicts"] == []
    assert set(LINKS) <= {c["target"] for c in document["changes"]}


def test_strange_names_survive_to_the_byte(home):
    names = ["new\nline", "tab\t", "esc\x1b[31m", "-n", " lead", "trail ", "*", "it's", 'dou"ble',
             "back\\", "rtl\u202ex", "a: b", "x" * 255, "%s", "~", "..."]
    pairs = {f"~/.d/{n}": f"s/{n}" for n in names}
    home.declare(pairs)
    home.source(*[f"t/{n}" for n in names])
    with open(home.profile / "lumina.yaml", "a") as registry:
        registry.write("  ~/.t: {tree: t}\n  ~/.folder: t\n")
    home.sync()
    for argv in (["-n"], []):
        result = home.run("eject", *argv)
        assert_clean(result.stdout), assert_clean(result.stderr)
    real(home, {**pairs, **{f"~/.t/{n}": f"t/{n}" for n in names}, "~/.folder": "t"})
    assert not os.path.lexists(home.state)


def test_a_name_that_is_no_text_survives_in_a_folder_and_a_tree(home):
    name = b"bad\xff\xfe\xc3"
    home.registry("symlinks:\n  ~/.folder: f\n  ~/.t: {tree: t}\n")
    for folder in ("f", "t"):
        home.source(folder + "/ok")
        Path(os.fsdecode(os.fsencode(home.profile / folder) + b"/" + name)).write_text("odd")
    home.sync()
    result = home.run("eject")
    assert_clean(result.stdout), assert_clean(result.stderr)
    for folder in (".folder", ".t"):
        path = os.fsencode(home.at("~/" + folder)) + b"/" + name
        assert not os.path.islink(path) and Path(os.fsdecode(path)).read_text() == "odd"


@pytest.mark.parametrize("what", ["state", "profile", "both", "home link", "state link"])
def test_state_and_profile_elsewhere_and_home_through_a_link(root, shm, what):
    # FS-034, FS-038
    home = Home(root, profile=shm / "dots" if what in ("profile", "both") else None)
    if what in ("state", "both"):
        home.env["XDG_STATE_HOME"] = str(shm / "state")
    if what == "home link":
        os.symlink(home.path, home.root / "alias")
        home.env["HOME"] = str(home.root / "alias")
    if what == "state link":
        (shm / "elsewhere").mkdir()
        (shm / "elsewhere/kept").write_text("not of lumina")
        home.state.parent.rmdir()
        os.symlink(shm / "elsewhere", home.state.parent)
    home.registry(REGISTRY)
    home.source("one", "nvim/init.lua", "nvim/lua/a.lua", "hypr/a", "hypr/sub/b")
    old(home.profile / "one")
    home.sync()
    before, profile = home.snapshot(), tree_of(home.profile)
    home.run("eject")
    real(home, LINKS)
    assert not os.path.lexists(home.state) and tree_of(home.profile) == profile
    assert {n for n in rows(before, home.snapshot()) if not n.startswith(".config/nvim/")} == {
        t[2:] for t in LINKS}
    if what == "state link":
        assert home.state.parent.is_symlink() and os.listdir(shm / "elsewhere") == ["kept"]


def test_files_in_the_state_folder_that_are_not_ours_are_not_deleted(synced):
    note = synced.state / "note-to-self.txt"
    note.write_text("mine")
    synced.run("eject", expect=None)
    assert note.read_text() == "mine", "only what Lumina made goes"
    assert not (synced.state / "owned").exists() and synced.all_links() == {}


def test_after_a_change_with_includes_hosts_and_an_overlay(home):
    home.env["LUMINA_HOST"] = "box"
    home.registry("include: [part.yaml]\nsymlinks: {~/.m: m}\n"
                  "hosts: {box: {symlinks: {~/.h: h}}, other: {symlinks: {~/.o: o}}}\n")
    home.registry("symlinks: {~/.p: p}\n", "part.yaml")
    local = home.local("symlinks: {~/.l: l}\n")
    home.source("m", "h", "p", "l", "o")
    home.sync()
    home.run("eject")
    real(home, {"~/.m": "m", "~/.h": "h", "~/.p": "p", "~/.l": "l"})
    assert local.read_text() == "symlinks: {~/.l: l}\n"
    assert not os.path.lexists(home.state) and not re.search("lumina-", str(list(home.snapshot())))


# --- undo and rollback between the commands that move files -----------------------------------
# Found by random walks over add, forget, absorb, sync --backup, --adopt, undo and rollback.

def save(home, target, data):
    os.rename(home.write("~/tmp", data), home.at(target))


def everywhere(home):
    """The contents of all files that a person can find again."""
    return {p.read_text() for top in (home.path, home.state / "backups") if top.exists()
            for p in top.rglob("*") if p.is_file() and not p.is_symlink()
            and (top != home.path or home.state not in p.parents)
            and not any(part.startswith(".lumina-") for part in p.parts)}


def test_a_slot_that_an_undo_could_not_empty_is_not_used_again(home):
    home.declare({"~/.k": "k"})
    home.sync()
    save(home, "~/.k", "one")
    home.run("absorb", "--take", "local", "~/.k")
    home.run("forget", "--delete", "~/.k")
    home.run("undo")
    save(home, "~/.k", "two")
    home.run("forget", "--delete", "~/.k")
    home.run("undo")
    home.run("undo", expect=FAILED)
    before = everywhere(home)
    newest = home.run("history", "--json").json["generations"][0]["id"]
    home.run("rollback", str(newest), expect=None)
    assert before - everywhere(home) <= {(home.profile / "lumina.yaml").read_text(),
                                         'symlinks:\n  "~/.k": "k"\n'}
    home.no_leftovers()


def test_a_rollback_over_a_file_that_the_person_saved_leaves_nothing_ownerless(home):
    home.registry("symlinks:\n")
    home.write("~/.config/nvim/init", "one")
    home.run("add", "~/.config/nvim")
    home.run("undo")
    home.run("add", "--tree", "~/.config/nvim")
    save(home, "~/.config/nvim/init", "two")
    home.run("rollback", "1", expect=None)
    home.no_leftovers()
    assert {"one", "two"} <= everywhere(home)
