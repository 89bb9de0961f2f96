# SPDX-License-Identifier: MIT
"""sync --backup and --adopt: what stands in the way moves, whole, and is found again."""

import os
import re
import socket
import stat
from pathlib import Path

import pytest

from support import (NOBODY, OK, REFUSED, USAGE, Home, assert_clean, facts, finish, needs_strace,
                     rows, traced, tree_of)

OLD = 1_500_000_000_123_456_789
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away")


def old(path, when=OLD):
    os.utime(path, ns=(when, when), follow_symlinks=False)
    return path


def person(home, name, data="mine\n", mode=0o644):
    return facts(old(home.write(name, data, mode)))


def listed(home):
    """{target: path} of the backups that history knows, newest generation only."""
    newest = home.run("history", "--json").json["generations"][0]
    assert all(b["present"] is True and os.path.lexists(b["path"]) for b in newest["backups"])
    return {b["target"]: Path(b["path"]) for b in newest["backups"]}


def refused(home, *args, says=(), code=REFUSED):
    before, generations = home.snapshot(), home.generations()
    result = home.sync(*args, expect=code)
    for text in says:
        assert text in result.err, f"no {text!r} in {result!r}"
    assert home.snapshot() == before and home.generations() == generations
    assert home.backups() == []
    home.no_leftovers()
    return result


def folder(home, name):
    home.write(f"{name}/one", "one", 0o600)
    home.write(f"{name}/sub/two", "two", 0o755)
    home.at(f"{name}/empty").mkdir(mode=0o700)
    os.symlink("one", home.at(f"{name}/link"))
    top = home.at(name)
    for path in sorted([top, *top.rglob("*")], reverse=True):
        old(path)
    return tree_of(top)


@pytest.fixture
def three(home):
    home.registry("# mine\nsymlinks:\n  ~/.zshrc: zsh/zshrc  # z\n  ~/.config/nvim: nvim\n"
                  "  ~/.config/kitty/kitty.conf: kitty.conf\n")
    home.source("zsh/zshrc", "nvim/init.lua", "kitty.conf")
    for name in ("zsh/zshrc", "kitty.conf"):
        old(home.profile / name, OLD - 10**9)
    return home


LINKS = {"~/.zshrc": "zsh/zshrc", "~/.config/nvim": "nvim",
         "~/.config/kitty/kitty.conf": "kitty.conf"}


# --- --backup ---------------------------------------------------------------------------------

def test_a_file_a_folder_and_a_link_in_the_way_become_backups(three):
    # FS-001, FS-003, FS-005
    home = three
    file, inside = person(home, "~/.zshrc", mode=0o640), folder(home, "~/.config/nvim")
    home.at("~/.config/kitty").mkdir()
    os.symlink("/nix/store/x", home.at("~/.config/kitty/kitty.conf"))
    link = facts(home.at("~/.config/kitty/kitty.conf"))
    profile, before = tree_of(home.profile), home.snapshot()
    result = home.sync("--backup")
    home.assert_linked(LINKS)
    kept = listed(home)
    assert kept.keys() == LINKS.keys() and sorted(kept.values()) == home.backups()
    assert facts(kept["~/.zshrc"]) == file and tree_of(kept["~/.config/nvim"]) == inside
    assert os.readlink(kept["~/.config/kitty/kitty.conf"]) == "/nix/store/x"
    assert facts(kept["~/.config/kitty/kitty.conf"]) == link
    assert tree_of(home.profile) == profile
    assert {n for n in rows(before, home.snapshot()) if "nvim/" not in n} == {
        t[2:] for t in LINKS}
    assert all(target in result.out for target in LINKS)
    home.no_leftovers()
    home.nothing_to_do()


def test_a_backup_is_named_by_generation_time_and_number_and_is_private(three):
    home = three
    person(home, "~/.zshrc", mode=0o644)
    home.sync("--backup", umask=0)
    (backup,) = home.backups()
    name = str(backup.relative_to(home.state / "backups"))
    assert re.fullmatch(r"000001-\d{8}T\d{6}Z?/\d+-\.zshrc", name)
    for path in (backup.parent, backup.parent.parent):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_later_backup_never_takes_the_place_of_an_earlier_one(three):
    # BK-001, home-manager 4566
    home, wanted = three, []
    for i in range(4):
        if i:
            home.at("~/.zshrc").unlink()
        wanted.append(person(home, "~/.zshrc", f"edition {i}"))
        home.sync("--backup")
    assert sorted(map(facts, home.backups())) == sorted(wanted)
    assert home.generations() == [f"{i:06}" for i in range(1, 5)]


def test_two_of_one_name_have_a_place_each(home):
    home.declare({"~/.one/rc": "a", "~/.two/rc": "b", "~/.three/rc": "c"})
    was = {t: person(home, t, t) for t in ("~/.one/rc", "~/.two/rc", "~/.three/rc")}
    home.sync("--backup")
    assert {t: facts(p) for t, p in listed(home).items()} == was


def test_an_empty_folder_a_loop_and_a_dangling_link_are_backed_up_as_they_are(home):
    # FS-004, FS-009
    home.declare({"~/.a": "a", "~/.b": "b", "~/.c": "c"})
    home.at("~/.c").mkdir(mode=0o750)
    os.symlink(".a", home.at("~/.a"))
    os.symlink("/nowhere", home.at("~/.b"))
    was = {t: facts(home.at(t)) for t in ("~/.a", "~/.b", "~/.c")}
    home.sync("--backup")
    assert {t: facts(p) for t, p in listed(home).items()} == was
    home.assert_linked({"~/.a": "a", "~/.b": "b", "~/.c": "c"})


def test_hard_links_stay_hard_links_and_come_back(three):
    # FS-035
    home = three
    person(home, "~/.zshrc")
    for name in ("~/h1", "~/h2"):
        os.link(home.at("~/.zshrc"), home.at(name))
    was, before = facts(home.at("~/.zshrc")), home.snapshot()
    home.sync("--backup")
    assert facts(listed(home)["~/.zshrc"]) == was == facts(home.at("~/h1"))
    home.run("undo")
    assert rows(before, home.snapshot()) == set() and facts(home.at("~/.zshrc")) == was


def test_nothing_is_removed_when_a_source_is_missing(three):
    # FS-002, dotbot 103: the file was removed first, then the source found missing
    person(three, "~/.zshrc")
    folder(three, "~/.config/nvim")
    (three.profile / "zsh/zshrc").unlink()
    refused(three, "--backup", says=["~/.zshrc", "zsh/zshrc"])


def test_without_the_option_nothing_moves_and_the_options_are_named(three):
    # FS-001, chezmoi 1551: the first apply took what was there
    person(three, "~/.zshrc")
    result = refused(three, says=["~/.zshrc"])
    assert "--backup" in result.err and "--adopt" in result.err
    refused(three, "--force", code=USAGE)


def test_a_parent_that_is_a_file_is_a_conflict_still_or_the_backup(three):
    home = three
    was = person(home, "~/.config")
    refused(home, says=["~/.config"])
    refused(home, "--adopt", says=["~/.config"])
    before = home.snapshot()
    if home.sync("--backup", expect=None).code == OK:
        assert [facts(b) for b in home.backups()] == [was]
        home.assert_linked(LINKS)
        home.run("undo")
        assert facts(home.at("~/.config")) == was
    assert rows(before, home.snapshot()) == set()


def test_a_detached_link_is_backed_up_too(three):
    home = three
    home.sync()
    home.at("~/.zshrc").unlink()
    was = person(home, "~/.zshrc")
    home.sync("--backup")
    assert facts(listed(home)["~/.zshrc"]) == was
    home.assert_linked(LINKS)


def test_files_of_a_tree_are_backed_up_one_by_one(home):
    home.source("t/a", "t/sub/b")
    home.registry("symlinks: {~/.t: {tree: t}}\n")
    was, other = person(home, "~/.t/a"), person(home, "~/.t/other")
    person(home, "~/.t/sub")
    before = home.snapshot()
    result = home.sync("--backup", expect=None)  # a file stands where the tree has a folder
    if result.code != OK:
        assert result.code == REFUSED and "~/.t/sub" in result.err
        assert home.snapshot() == before
        home.at("~/.t/sub").unlink()
        home.sync("--backup")
    assert facts(listed(home)["~/.t/a"]) == was and facts(home.at("~/.t/other")) == other
    home.assert_linked({"~/.t/a": "t/a", "~/.t/sub/b": "t/sub/b"})


def test_with_nothing_in_the_way_it_is_a_plain_sync(three):
    for option in ("--backup", "--adopt"):
        three.sync(option)
        three.assert_linked(LINKS)
        assert three.generations() == ["000001"] and three.backups() == []
    before = tree_of(three.root)
    assert three.sync("--backup").out.startswith("nothing to do")
    assert tree_of(three.root) == before


def test_it_gives_no_consent_to_remove_all_links(home):
    home.declare({f"~/.l/{i}": "s" for i in range(12)})
    home.sync()
    home.declare({"~/.other": "other"})
    person(home, "~/.other")
    refused(home, "--backup")
    assert len(home.all_links()) == 12


# --- --adopt ----------------------------------------------------------------------------------

def test_a_file_and_a_folder_take_the_place_of_their_source(three):
    home = three
    home.commit()
    file, inside = person(home, "~/.zshrc", mode=0o600), folder(home, "~/.config/nvim")
    source, nvim = facts(home.profile / "zsh/zshrc"), tree_of(home.profile / "nvim")
    registry = facts(home.profile / "lumina.yaml")
    home.sync("--adopt")
    home.assert_linked(LINKS)
    assert facts(home.profile / "zsh/zshrc") == file and tree_of(home.profile / "nvim") == inside
    kept = listed(home)
    assert [facts(b) for b in kept.values() if b.is_file()] == [source]
    assert [tree_of(b) for b in kept.values() if b.is_dir()] == [nvim] and len(kept) == 2
    assert facts(home.profile / "lumina.yaml") == registry
    status = home.git("status", "--porcelain")
    assert " M zsh/zshrc" in status and " D nvim/init.lua" in status
    home.no_leftovers()
    home.nothing_to_do()


def test_a_source_that_does_not_exist_yet_is_made_by_adopting(home):
    home.declare({"~/.zshrc": "zsh/zshrc", "~/.config/nvim": "deep/er/nvim"}, make=False)
    file, inside = person(home, "~/.zshrc"), folder(home, "~/.config/nvim")
    home.sync("--adopt")
    assert facts(home.profile / "zsh/zshrc") == file
    assert tree_of(home.profile / "deep/er/nvim") == inside
    assert home.backups() == []
    home.assert_linked({"~/.zshrc": "zsh/zshrc", "~/.config/nvim": "deep/er/nvim"})
    home.nothing_to_do()


def test_a_source_missing_on_both_sides_is_refused(home):
    home.declare({"~/.a": "a", "~/.b": "b"}, make=False)
    person(home, "~/.a")
    refused(home, "--adopt", says=["~/.b"])


def test_links_and_odd_things_stay_conflicts(three):
    home = three
    person(home, "~/.zshrc")
    home.at("~/.config/kitty").mkdir(parents=True)
    os.symlink("/nix/store/x", home.at("~/.config/kitty/kitty.conf"))
    refused(home, "--adopt", says=["~/.config/kitty/kitty.conf", "/nix/store/x"])
    home.at("~/.config/kitty/kitty.conf").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.at("~/.config/kitty/kitty.conf")))
    refused(home, "--adopt", says=["~/.config/kitty/kitty.conf"])
    home.at("~/.config/kitty/kitty.conf").unlink()
    os.mkfifo(home.at("~/.config/kitty/kitty.conf"))
    refused(home, "--adopt", says=["~/.config/kitty/kitty.conf"])


def test_two_files_that_would_become_one_source_lose_neither(home):
    home.declare({"~/.a": "s", "~/.b": "s"})
    old(home.profile / "s")
    person(home, "~/.a", "of a")
    person(home, "~/.b", "of b")
    before = home.snapshot()
    result = home.sync("--adopt", expect=None)
    if result.code != OK:
        assert result.code == REFUSED and "~/.a" in result.err and "~/.b" in result.err
        assert home.snapshot() == before
    else:
        everywhere = {(home.profile / "s").read_text(), *[b.read_text() for b in home.backups()]}
        assert everywhere == {"s", "of a", "of b"}


@pytest.mark.parametrize("target", ["~/.zshrc", "~/.config/nvim"])
def test_adopting_another_kind_than_the_source_loses_neither(three, target):
    home = three
    if target == "~/.zshrc":
        folder(home, target)
    else:
        person(home, target)
    local, source = tree_of(home.at(target)), tree_of(home.profile / LINKS[target])
    result = home.sync("--adopt", expect=None)
    if result.code == OK:
        assert tree_of(home.profile / LINKS[target]) == local
        assert [tree_of(b) for b in home.backups()] == [source]
    else:
        assert result.code == REFUSED and target in result.err
        assert tree_of(home.at(target)) == local
        assert tree_of(home.profile / LINKS[target]) == source


def test_files_of_a_tree_are_adopted_into_it(home):
    home.source("t/a", "t/sub/b")
    home.registry("symlinks: {~/.t: {tree: t}}\n")
    was = {n: person(home, f"~/.t/{n}", n * 3) for n in ("a", "sub/b")}
    other = person(home, "~/.t/other")
    home.sync("--adopt")
    assert {n: facts(home.profile / "t" / n) for n in was} == was
    assert facts(home.at("~/.t/other")) == other and len(home.backups()) == 2
    home.assert_linked({"~/.t/a": "t/a", "~/.t/sub/b": "t/sub/b"})


@pytest.mark.parametrize("inner", ["missing", "linked", "a file"])
def test_sources_that_nest_are_not_adopted_apart(home, inner):
    home.declare({"~/.t": "t", "~/.t2": "t2", "~/.x": "t/x"}, make=False)
    home.source("t/x", "t2/y")
    if inner == "linked":
        os.symlink(home.profile / "t/x", home.at("~/.x"))
    elif inner == "a file":
        person(home, "~/.x")
    person(home, "~/.t/other")
    refused(home, "--adopt", says=["~/.t", "~/.x"])


@needs_root
def test_another_users_file_keeps_its_owner_or_is_refused(three):
    home = three
    person(home, "~/.zshrc")
    os.chown(home.at("~/.zshrc"), NOBODY, NOBODY)
    before, was = home.snapshot(), facts(home.at("~/.zshrc"))
    result = home.sync("--backup", expect=None)
    if result.code == OK:
        assert facts(listed(home)["~/.zshrc"]) == was
    else:
        assert result.code == REFUSED and home.snapshot() == before


def test_adopt_and_backup_together_lose_nothing(three):
    home = three
    was = person(home, "~/.zshrc")
    home.at("~/.config").mkdir()
    os.symlink("/nix/store/x", home.at("~/.config/nvim"))
    before = home.snapshot()
    result = home.sync("--adopt", "--backup", expect=None)
    if result.code == OK:
        assert was in [facts(p) for p in (home.profile / "zsh/zshrc", *home.backups())]
        assert "/nix/store/x" in [os.readlink(b) for b in home.backups() if b.is_symlink()]
    else:
        assert result.code in (USAGE, REFUSED) and home.snapshot() == before
        assert "unknown option" not in result.err


# --- one step each, and races -----------------------------------------------------------------

@needs_strace
@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_a_folder_moves_by_one_rename_and_is_never_walked_or_removed(three, option):
    # FS-003, dotfiles 1018: a folder was deleted file by file to become a link
    home = three
    folder(home, "~/.config/nvim")
    _, calls = traced(home, "sync", option)
    inner = [c for c in calls if c.writes and re.search(r"nvim/|\"(one|two|empty|link)\"", c.args)]
    assert inner == []
    assert not [c for c in calls if c.name in ("unlinkat", "rmdir", "unlink") and "nvim" in c.args]
    assert any(c.name == "renameat2" and '"nvim"' in c.args for c in calls)


@needs_strace
@pytest.mark.parametrize("option", ["--backup", "--adopt"])
@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS"])
def test_a_file_system_without_exchange_gets_the_same_result_or_nothing(three, option, error):
    home = three
    was = person(home, "~/.zshrc")
    source = facts(home.profile / "zsh/zshrc")
    result = home.sync(option, expect=None, prefix=(
        "strace", "-o", "/dev/null", "-e", f"inject=renameat2:error={error}"))
    if result.code != OK:
        assert facts(home.at("~/.zshrc")) == was and facts(home.profile / "zsh/zshrc") == source
        home.no_leftovers()
        home.sync(option)
    kept = [facts(b) for b in home.backups()]
    stays = facts(home.profile / "zsh/zshrc")
    assert (stays, kept) == ((source, [was]) if option == "--backup" else (was, [source]))
    home.assert_linked(LINKS)
    home.no_leftovers()


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_what_is_saved_while_it_waits_is_not_lost(three, option):
    home = three
    person(home, "~/.zshrc", "first")
    with home.lock_held():
        process = home.start("sync", option)
        home.wait_for_lock(process)
        os.rename(home.write("~/.tmp", "saved later"), home.at("~/.zshrc"))
    finish(process)
    everywhere = [home.at("~/.zshrc"), home.profile / "zsh/zshrc", *home.backups()]
    assert "saved later" in [p.read_text() for p in everywhere]


# --- dry run, JSON, undo ----------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_a_dry_run_and_json_say_what_is_done(three, option):
    # BK-010: what the dry run shows is what happens
    home = three
    person(home, "~/.zshrc")
    folder(home, "~/.config/nvim")
    before = home.snapshot()
    text = home.sync("-n", option).out
    assert "~/.zshrc" in text and "~/.config/nvim" in text
    dry = home.sync("-n", option, "--json").json
    assert (dry["schema"], dry["command"], dry["result"], dry["generation"]) == (
        1, "sync", "planned", None)
    assert home.snapshot() == before and not home.state.exists()
    real = home.sync(option, "--json").json
    assert (real["result"], real["generation"], real["conflicts"]) == ("done", 1, [])
    assert [(c["action"], c["target"]) for c in real["changes"]] == \
        [(c["action"], c["target"]) for c in dry["changes"]]
    assert {"~/.zshrc", "~/.config/nvim"} <= {c["target"] for c in real["changes"]}


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_undo_brings_all_of_it_back(three, option):
    home = three
    person(home, "~/.zshrc", mode=0o600)
    folder(home, "~/.config/nvim")
    before = home.snapshot()
    home.sync(option)
    home.run("undo")
    assert rows(before, home.snapshot()) == set()
    assert home.backups() == []
    assert home.all_links() == {} and home.status()["~/.zshrc"] == "foreign"
    home.no_leftovers()
    home.run("rollback", "1")
    home.assert_linked(LINKS)
    home.run("undo")
    assert rows(before, home.snapshot()) == set()


def test_undo_leaves_what_the_person_put_there_since_and_the_backup(three):
    # BK-003
    home = three
    was, nvim = person(home, "~/.zshrc"), folder(home, "~/.config/nvim")
    home.sync("--backup")
    home.at("~/.zshrc").unlink()
    new = person(home, "~/.zshrc", "newer")
    result = home.run("undo", expect=1)
    assert "~/.zshrc" in result.err
    assert facts(home.at("~/.zshrc")) == new and was in [facts(b) for b in home.backups()]
    assert tree_of(home.at("~/.config/nvim")) == nvim


# --- names and places -------------------------------------------------------------------------

STRANGE = ["new\nline", "tab\t", "esc\x1b[31m", "-n", " lead", "trail ", "*", "it's", 'dou"ble',
           "back\\", "rtl\u202ex", "a: b", "x" * 255, "%s", "~", "\u00fc", "..."]


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_strange_names_survive_to_the_byte(home, option):
    # FS-028, FS-030: the backup of a name of 255 bytes has one that fits
    pairs = {f"~/.d/{n}": f"s/{n}" for n in STRANGE}
    home.declare(pairs)
    was = {t: person(home, t, t) for t in pairs}
    before = home.snapshot()
    for argv in (["-n"], []):
        result = home.sync(option, *argv)
        assert_clean(result.stdout), assert_clean(result.stderr)
    home.assert_linked(pairs)
    kept = listed(home)
    assert len(home.backups()) == len(pairs)
    if option == "--backup":
        assert {t: facts(p) for t, p in kept.items()} == was
    else:
        assert {t: facts(home.profile / s) for t, s in pairs.items()} == was
        assert sorted(p.read_text() for p in kept.values()) == sorted(pairs.values())
    assert_clean(home.run("history", "-v").stdout)
    home.run("undo")
    assert rows(before, home.snapshot()) == set()


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
@pytest.mark.parametrize("what", ["state", "profile", "both"])
def test_across_file_systems_files_are_copied_and_folders_refused(root, shm, option, what):
    # FS-034
    home = Home(root, profile=shm / "dots" if what != "state" else None)
    if what != "profile":
        home.env["XDG_STATE_HOME"] = str(shm / "state")
    home.declare({"~/.a": "a", "~/.dir": "dir"}, make=False)
    home.source("a", "dir/x")
    mine, theirs = person(home, "~/.a", os.urandom(3 << 20), 0o751), facts(old(home.profile / "a"))
    inside, source = folder(home, "~/.dir"), tree_of(home.profile / "dir")
    if option == "--backup" and what == "profile":  # nothing has to cross
        home.sync(option)
        assert tree_of(listed(home)["~/.dir"]) == inside and facts(listed(home)["~/.a"]) == mine
        return
    refused(home, option, says=["~/.dir"])
    assert tree_of(home.at("~/.dir")) == inside and tree_of(home.profile / "dir") == source
    os.rename(home.at("~/.dir"), home.at("~/aside"))
    before, profile = home.snapshot(), tree_of(home.profile)
    home.sync(option)
    home.assert_linked({"~/.a": "a", "~/.dir": "dir"})
    stays, kept = (theirs, mine) if option == "--backup" else (mine, theirs)
    assert facts(home.profile / "a")[1:] == stays[1:]
    assert kept[1:] in [facts(b)[1:] for b in home.backups()]
    home.no_leftovers()
    home.nothing_to_do()
    home.run("undo")
    assert facts(home.at("~/.a"))[1:] == mine[1:] and facts(home.profile / "a")[1:] == theirs[1:]
    assert {n.split("/")[-1] for n in rows(before, home.snapshot())} <= {"a", ".a"}
    assert {n for n in rows(profile, tree_of(home.profile))} <= {"a"}


@needs_strace
def test_a_copy_is_durable_before_the_original_goes(root, shm):
    # FS-034: copy, flush, verify, only then the original moves
    home = Home(root)
    home.env["XDG_STATE_HOME"] = str(shm / "state")
    home.declare({"~/.a": "a"})
    person(home, "~/.a", "precious" * 1000)
    _, calls = traced(home, "sync", "--backup")
    def at(test):
        return [i for i, c in enumerate(calls) if test(c)]
    flushed = at(lambda c: c.name in ("fsync", "fdatasync") and f"{home.state}/backups" in c.args)
    gone = at(lambda c: c.writes and '".a"' in c.args and c.name.startswith(("rename", "unlink")))
    assert flushed and gone and flushed[0] < gone[0], calls


@needs_strace
@pytest.mark.parametrize("call", ["write", "pwrite64", "copy_file_range", "sendfile", "ftruncate",
                                  "fsync"])
def test_a_copy_that_fails_changes_nothing(root, shm, call):
    home = Home(root)
    home.env["XDG_STATE_HOME"] = str(shm / "state")
    home.declare({"~/.a": "a", "~/.b": "b"})
    was = person(home, "~/.a", "precious" * 100000)
    home.sync("-n", "--backup")
    before = home.snapshot()
    result = home.sync("--backup", expect=None, prefix=(
        "strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error=ENOSPC:when=1+"))
    if result.code != OK:
        assert home.snapshot() == before
        home.sync("--backup")
    assert [facts(b)[1:] for b in home.backups()] == [was[1:]]
    home.assert_linked({"~/.a": "a", "~/.b": "b"})


def test_a_home_that_is_reached_through_a_link(root):
    home = Home(root)
    os.symlink(home.path, home.root / "alias")
    home.env["HOME"] = str(home.root / "alias")
    home.declare({"~/.a": "a", "~/.b": "b"})
    was = [person(home, "~/.a"), person(home, "~/.b")]
    home.sync("--backup")
    assert sorted(facts(b) for b in home.backups()) == sorted(was)
    assert home.sync().out.startswith("nothing to do")
    home.run("undo", env={"HOME": str(home.path)})
    assert [facts(home.at("~/.a")), facts(home.at("~/.b"))] == was
