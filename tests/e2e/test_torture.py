# SPDX-License-Identifier: MIT
"""Cases of the torture list that no other test covers, by their numbers.
"""

import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

import support
from changes import (backups, changing_calls, current, generations, in_the_way, kill_before, look,
                     make_synced, mark, old_file, places)
from support import FAILED, OK, REFUSED, USAGE, Home, finish, needs_strace, tree_of
from test_fs import mounts, needs_root  # noqa: F401  (a fixture)


def below(folder):
    """{path: content} of the regular files in it."""
    files = [p for p in Path(folder).rglob("*") if p.is_file() and not p.is_symlink()]
    return {p: p.read_bytes() for p in files}


@pytest.fixture
def synced(home):
    return make_synced(home)


# --- fs-target ------------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_FS_001_a_regular_file_in_the_way_moves_whole_and_is_named(home, option):
    home.declare({"~/.zshrc": "zsh/zshrc", "~/.b": "b"})
    was = mark(old_file(home, "~/.zshrc", "bytes X", 0o600))
    home.sync(option)
    home.assert_linked({"~/.zshrc": "zsh/zshrc", "~/.b": "b"})
    (backup,) = generations(home)[0]["backups"]
    assert backup["present"]
    if option == "--backup":
        assert backup["target"] == "~/.zshrc" and mark(backup["path"]) == was
        assert (home.profile / "zsh/zshrc").read_text() == "zsh/zshrc"
    else:
        assert mark(home.profile / "zsh/zshrc") == was
        assert Path(backup["path"]).read_text() == "zsh/zshrc", "the replaced source is kept"
    home.nothing_to_do()


def test_FS_002_a_missing_source_is_seen_before_a_backup_is_made(home):
    home.declare({"~/.b": "b"})
    home.registry("symlinks: {~/.b: b, ~/.zshrc: none}\n")
    was = mark(old_file(home, "~/.zshrc"))
    before = home.snapshot()
    assert "none" in home.sync("--backup", expect=REFUSED).err
    assert home.snapshot() == before and mark(home.at("~/.zshrc")) == was
    assert not home.state.exists() or not list(home.state.rglob("backups/*"))


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_FS_004_an_empty_folder_is_backed_up_like_a_full_one(home, option):
    home.declare({"~/.vim": "vim"})
    home.at("~/.vim").mkdir(mode=0o711)
    os.utime(home.at("~/.vim"), (1_500_000_000, 1_500_000_000))
    was = mark(home.at("~/.vim"))
    home.sync(option)
    home.assert_linked({"~/.vim": "vim"})
    home.run("undo")
    assert mark(home.at("~/.vim")) == was
    assert (home.profile / "vim").read_text() == "vim"


def test_FS_005_a_foreign_link_is_backed_up_as_a_link_and_never_adopted(home):
    outside = old_file(home, "~/elsewhere/file", "outside")
    home.declare({"~/.zshrc": "zsh/zshrc"})
    os.symlink(outside, home.at("~/.zshrc"))
    was = mark(home.at("~/.zshrc"))
    before = home.snapshot()
    for option in ([], ["--adopt"]):
        assert str(outside) in home.sync(*option, expect=REFUSED).err
        assert home.snapshot() == before
    home.sync("--backup")
    home.assert_linked({"~/.zshrc": "zsh/zshrc"})
    (path,) = backups(home)
    assert os.readlink(path) == str(outside) and outside.read_text() == "outside"
    home.run("undo")
    assert mark(home.at("~/.zshrc")) == was


@needs_root
@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_FS_034_backups_cross_file_systems_as_verified_copies(mounts, root, option):  # noqa: F811
    disks = [mounts(name, "-t", "tmpfs", "-o", "size=1m", "tmpfs") for name in ("h", "p", "s")]
    home = Home(root, path=disks[0] / "home", profile=disks[1] / "dots")
    home.env["XDG_STATE_HOME"] = str(disks[2] / "state")
    home.declare({"~/.a": "a", "~/.b": "b"})
    old_file(home, "~/.a", "mine" * 9999, 0o604)
    os.chown(home.at("~/.a"), 1234, 4321)
    old_file(home, "~/.b", "")
    was = {n: mark(home.at(n))[1:] for n in ("~/.a", "~/.b")}
    home.sync(option)
    home.assert_linked({"~/.a": "a", "~/.b": "b"})
    if option == "--backup":
        assert {b["target"]: mark(b["path"])[1:] for b in generations(home)[0]["backups"]} == was
    else:
        assert {n: mark(home.profile / n[-1])[1:] for n in was} == was
    home.no_leftovers()
    home.nothing_to_do()
    home.run("undo")
    assert {n: mark(home.at(n))[1:] for n in was} == was
    assert home.at("~/.a").read_text() == "mine" * 9999
    assert {n: (home.profile / n).read_text() for n in "ab"} == {"a": "a", "b": "b"}
    # A whole folder is no small copy: refused, and nothing is changed.
    home.declare({"~/.folder": "a"})
    old_file(home, "~/.folder/file", "in it")
    before = home.snapshot()
    assert "~/.folder" in home.sync(option, expect=REFUSED).err
    assert home.snapshot() == before


@needs_root
def test_FS_034_a_full_state_disk_leaves_the_original_where_it_is(mounts, root):  # noqa: F811
    disk = mounts("s", "-t", "tmpfs", "-o", "size=128k", "tmpfs")
    home = Home(root)
    home.env["XDG_STATE_HOME"] = str(disk / "state")
    home.declare({"~/.big": "big", "~/.a": "a"})
    was = mark(old_file(home, "~/.big", "x" * 300_000))
    before = look(home)
    result = home.sync("--backup", expect=None)
    assert result.code in (FAILED, REFUSED) and "~/.big" in result.err, repr(result)
    assert look(home) == before and mark(home.at("~/.big")) == was
    home.no_leftovers()
    assert [p for p, data in below(disk / "state").items() if len(data) > 99_999] == []


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_FS_035_a_file_with_three_names_keeps_them_all(home, option):
    home.declare({"~/.a": "a"})
    path = old_file(home, "~/.a", "three names")
    others = [home.at("~/second"), home.at("~/third")]
    for other in others:
        os.link(path, other)
    was = mark(path)
    home.sync(option)
    assert os.lstat(others[0]).st_nlink == 3 and mark(others[0]) == was
    home.run("undo")
    assert mark(path) == was and os.lstat(path).st_nlink == 3


def test_FS_036_a_link_with_two_names_leaves_no_temporary_one(synced):
    """rename(2) between two names of one inode does nothing, and says so with success."""
    link = synced.at("~/.zshrc")
    os.link(link, synced.at("~/.other-name"), follow_symlinks=False)
    synced.registry("symlinks: {~/.zshrc: other, ~/.config/kitty/kitty.conf: kitty/kitty.conf}\n")
    synced.source("other")
    synced.sync()
    assert synced.link("~/.zshrc") == f"{synced.profile}/other"
    assert synced.link("~/.other-name") == f"{synced.profile}/zsh/zshrc", "that name is not ours"
    synced.no_leftovers()
    synced.run("undo")
    assert synced.link("~/.zshrc") == f"{synced.profile}/zsh/zshrc"
    synced.no_leftovers()


# --- path-escape ----------------------------------------------------------------------------

@pytest.mark.parametrize("what", ["target's parent", "source's parent"])
@pytest.mark.parametrize("argv", [["add", "HOME/.d/file", "--as", "in/file"], ["sync", "--adopt"],
                                  ["sync", "--backup"]], ids=" ".join)
def test_PT_007_a_folder_swapped_for_a_link_after_the_plan_is_not_followed(home, what, argv):
    home.source("in/other")
    if argv[0] == "sync":
        home.source("in/file", data="source")
    home.registry("symlinks: {~/.d/file: in/file}\n" if argv[0] == "sync" else "symlinks:\n")
    old_file(home, "~/.d/file", "mine")
    outside = home.root / "outside"
    outside.mkdir()
    (outside / "file").write_text("outside")
    before = tree_of(outside)
    with home.lock_held():
        process = home.start(*[a.replace("HOME", str(home.path)) for a in argv])
        home.wait_for_lock(process)
        folder = home.at("~/.d") if what.startswith("target") else home.profile / "in"
        folder.rename(str(folder) + ".moved")
        os.symlink(outside, folder)
    result = finish(process)
    assert tree_of(outside) == before, repr(result)
    assert b"mine" in below(home.path).values()
    assert what == "source's parent" and argv[-1] == "--backup" or result.code != OK
    home.no_leftovers()


def test_PT_014_there_is_no_way_to_link_outside_the_home_folder(home):
    home.source("x")
    for target in ("/etc/sudoers.d/x", "/etc/ld.so.preload", "~/../../etc/x"):
        home.registry(f"symlinks: {{{target}: x}}\n")
        for argv in (["sync"], ["sync", "--adopt"], ["sync", "--backup"]):
            home.run(*argv, expect=USAGE)
    home.registry("symlinks:\n")
    home.sync("--system", expect=USAGE)
    for path in ("/etc/hostname", "/etc/passwd", str(home.root / "outside")):
        before = home.snapshot()
        result = home.run("add", path, expect=None)
        assert result.code in (FAILED, USAGE) and home.snapshot() == before


# --- concurrency ----------------------------------------------------------------------------

def test_CC_006_two_at_once_both_end_up_in_the_registry(synced):
    names = [f"~/.f{i}" for i in range(8)]
    for name in names:
        old_file(synced, name, name)
    results = [finish(p) for p in [synced.start("add", str(synced.at(n))) for n in names]]
    assert [r.code for r in results] == [OK] * 8, results
    for name in names:
        assert synced.link(name) and synced.at(name).read_text() == name
    assert (synced.profile / "lumina.yaml").read_bytes().count(b"~/.f") == 8
    assert [g["id"] for g in generations(synced)] == list(range(9, 0, -1))
    synced.nothing_to_do()
    synced.no_leftovers()


def test_CC_006_an_editors_save_in_between_survives(synced):
    path = synced.profile / "lumina.yaml"
    old_file(synced, "~/.vimrc")
    with synced.lock_held():
        process = synced.start("add", str(synced.at("~/.vimrc")))
        synced.wait_for_lock(process)
        new = path.with_name("lumina.yaml~")
        new.write_bytes(path.read_bytes().replace(b"# mine", b"# saved meanwhile"))
        os.rename(new, path)
    result = finish(process)
    text = path.read_bytes()
    assert b"# saved meanwhile" in text
    assert result.code == OK and b"vimrc" in text, "the edit is tried on the new text"
    synced.nothing_to_do()


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_CC_009_what_changed_after_the_plan_is_not_moved(home, option):
    home.declare({"~/.a": "a", "~/.b": "b"})
    old_file(home, "~/.a", "first")
    old_file(home, "~/.b", "b of mine")
    with home.lock_held():
        process = home.start("sync", option)
        home.wait_for_lock(process)
        new = home.write("~/.a~", "second, longer")
        os.rename(new, home.at("~/.a"))
    result = finish(process)
    kept = below(home.path).values()
    assert b"second, longer" in kept and b"b of mine" in kept
    if result.code == OK:  # looked at again, and moved with its new content
        assert home.link("~/.a") and home.link("~/.b")
        home.run("undo")
    assert home.at("~/.a").read_text() == "second, longer" and home.link("~/.b") is None
    home.no_leftovers()


def test_CC_010_readers_see_a_whole_state_at_every_moment(synced):
    """Many who read, and one who changes, adds, takes back, over and over."""
    old_file(synced, "~/.vimrc")
    stop, wrong = threading.Event(), []

    def read(argv):
        while not stop.is_set():
            result = synced.run(*argv, expect=None)
            if result.code not in (OK,) or "damaged" in result.err:
                wrong.append((argv, result))
    commands = [["status", "--json"], ["history", "--json"], ["why", "~/.zshrc"], ["diff"]]
    threads = [threading.Thread(target=read, args=(argv,)) for argv in commands]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            synced.run("add", str(synced.at("~/.vimrc")))
            synced.run("undo")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []


# --- crash ----------------------------------------------------------------------------------

def built(path):
    home = make_synced(Home(path))
    in_the_way(home)
    return home


MINE = {b"my one", b"my two", b"my other", b"one", b"two"}


@needs_strace
@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_CR_002_killed_at_every_call_every_byte_is_there_and_undo_restores(root, option):
    path = os.path.join(root, "h")
    home = built(path)
    calls = changing_calls(home, "sync", option)
    assert len(calls) > 10
    for call in calls[:places(calls)["at the end"] + 1]:
        shutil.rmtree(path)
        home = built(path)
        before = look(home)
        kill_before(home, call, "sync", option)
        assert MINE <= set(below(home.path).values()), call
        result = home.run("undo", expect=None)
        if current(home) == 0:  # killed before it began: the first sync was undone instead
            assert "interrupted" not in result.err
            continue
        assert look(home) == before, f"{call} {result!r}"
        home.no_leftovers()


@needs_strace
@pytest.mark.parametrize("error", ["ENOSPC", "EACCES", "EDQUOT", "EROFS", "EMFILE", "EINTR"])
@pytest.mark.parametrize("forever", [False, True], ids=["once", "from then on"])
def test_CR_006_and_CR_007_a_backup_that_fails_leaves_all_as_it_was(root, error, forever):
    if forever and error == "EINTR":
        pytest.skip("a call that is interrupted for ever is tried for ever")
    path = os.path.join(root, "h")
    home = built(path)
    calls = changing_calls(home, "sync", "--backup")
    wanted = look(home, inodes=False)
    step = places(calls)
    # Every third here; all of them are the crash tests' part.
    for call in calls[step["begun"] - 1:step["before the commit"]:3]:
        shutil.rmtree(path)
        home = built(path)
        before = look(home)
        name, number, text = call
        inject = f"inject={name}:error={error}:when={number}{'+' if forever else ''}"
        result = home.sync("--backup", expect=None,
                           prefix=("strace", "-o", "/dev/null", "-e", inject))
        assert MINE <= set(below(home.path).values()), call
        if result.code == OK:
            assert look(home, inodes=False) == wanted, f"{name} {text}"
            continue
        assert result.code in (FAILED, REFUSED), f"{name} {text} {result!r}"
        assert result.err or name == "write" and forever, "it says so, where it can still write"
        assert look(home) == before or (home.state / "journal").exists(), f"{name} {text}"
        home.sync("--backup")
        assert look(home, inodes=False) == wanted
        home.no_leftovers()


def test_CR_024_a_program_that_is_replaced_while_it_runs_ends_well(root, monkeypatch):
    program = Path(root) / "lumina"
    shutil.copy2(support.LUMINA, program)
    monkeypatch.setattr(support, "LUMINA", program)
    home = built(os.path.join(root, "h"))
    with home.lock_held():
        process = home.start("sync", "--backup")
        home.wait_for_lock(process)
        fresh = Path(root) / "fresh"
        shutil.copy2(program, fresh)
        program.unlink()
        os.rename(fresh, program)
    assert finish(process).code == OK
    home.nothing_to_do()
    home.run("undo")
    assert home.at("~/.one").read_text() == "my one"


@needs_strace
@pytest.mark.parametrize("name", ["ABRT", "SEGV", "BUS", "FPE"])
def test_CR_025_a_crash_of_the_program_is_like_a_kill_and_leaves_no_core(root, name):
    path = os.path.join(root, "h")
    home = built(path)
    calls = changing_calls(home, "sync", "--backup")
    shutil.rmtree(path)
    home = built(path)
    before = look(home)
    call, number, _text = calls[places(calls)["half"]]
    home.sync("--backup", expect=None, prefix=("strace", "-o", "/dev/null", "-e",
                                               f"inject={call}:signal={name}:when={number}"))
    assert (home.state / "journal").exists()
    assert [p for p in home.path.rglob("core*") if p.is_file()] == []
    home.run("undo")
    assert look(home) == before
    home.no_leftovers()


# --- registry -------------------------------------------------------------------------------

def test_RG_022_the_registrys_mode_owner_and_attributes_are_kept(synced):
    path = synced.profile / "lumina.yaml"
    path.chmod(0o640)
    if os.geteuid() == 0:
        os.chown(path, -1, 4321)
    attributes = True
    try:
        os.setxattr(path, "user.note", b"kept")
    except OSError:
        attributes = False
    was = os.stat(path)
    result = synced.run("add", str(old_file(synced, "~/.vimrc")))
    now = os.stat(path)
    assert (now.st_mode, now.st_uid, now.st_gid) == (was.st_mode, was.st_uid, was.st_gid)
    if attributes:
        kept = "user.note" in os.listxattr(path)
        assert kept or "attribute" in result.err


def test_RG_022_the_second_name_of_a_registry_keeps_the_old_text_whole(synced):
    path = synced.profile / "lumina.yaml"
    other = synced.root / "second-name.yaml"
    os.link(path, other)
    old = path.read_bytes()
    synced.run("add", str(old_file(synced, "~/.vimrc")))
    assert b"vimrc" in path.read_bytes() and other.read_bytes() in (old, path.read_bytes())
    synced.run("undo")
    assert path.read_bytes() == other.read_bytes() == old


@needs_root
def test_RG_022_another_users_registry_is_refused(root):
    home = Home(root, user=support.NOBODY)
    home.registry("symlinks:\n")
    old_file(home, "~/.vimrc")
    home.give()
    os.chown(home.profile / "lumina.yaml", 0, 0)
    before = home.snapshot()
    result = home.run("add", str(home.at("~/.vimrc")), expect=None)
    assert result.code in (FAILED, REFUSED) and "lumina.yaml" in result.err, repr(result)
    assert home.snapshot() == before


# --- roundtrip ------------------------------------------------------------------------------

ADDED = b"~/.vimrc: vimrc"
# name: (before, after); the line is for ~/.vimrc, taken in as vimrc.
TRIPS = {
    "RT_002 flow": (b"symlinks: {~/.a: a, ~/.b: b}\n", b"symlinks: {~/.a: a, ~/.b: b, %s}\n"),
    "RT_002 flow in blanks": (b"symlinks: { ~/.a: a }\n", b"symlinks: { ~/.a: a, %s }\n"),
    "RT_002 empty flow": (b"symlinks: {}  # none\n", b"symlinks: {%s}  # none\n"),
    "RT_002 lines of a flow": (b"symlinks: {\n  ~/.a: a,\n  ~/.b: b,\n  }\n",
                               b"symlinks: {\n  ~/.a: a,\n  ~/.b: b,\n  %s,\n  }\n"),
    "RT_005 no last newline": (b"symlinks:\n  ~/.a: a", b"symlinks:\n  ~/.a: a\n  %s"),
    "RT_005 blank lines at the end": (b"symlinks:\n  ~/.a: a\n\n\n",
                                      b"symlinks:\n  ~/.a: a\n  %s\n\n\n"),
    "RT_005 blanks at the end of lines": (b"symlinks:  \n  ~/.a: a  \n",
                                          b"symlinks:  \n  ~/.a: a  \n  %s\n"),
    "RT_005 document end": (b"symlinks:\n  ~/.a: a\n...\n", b"symlinks:\n  ~/.a: a\n  %s\n...\n"),
    "RT_006 CRLF": (b"symlinks:\r\n  ~/.a: a\r\nignore: [x]\r\n",
                    b"symlinks:\r\n  ~/.a: a\r\n  %s\r\nignore: [x]\r\n"),
    "RT_006 BOM": (b"\xef\xbb\xbfsymlinks:\n  ~/.a: a\n",
                   b"\xef\xbb\xbfsymlinks:\n  ~/.a: a\n  %s\n"),
    "RT_008 four blanks": (b"symlinks:\n    ~/.a: a\n", b"symlinks:\n    ~/.a: a\n    %s\n"),
    "RT_008 one blank": (b"symlinks:\n ~/.a: a\nignore: [x]\n",
                         b"symlinks:\n ~/.a: a\n %s\nignore: [x]\n"),
    "RT_011 text that looks like it": (
        b"missions:\n  m:\n    env:\n      X: |\n        symlinks:\nsymlinks:\n  ~/.a: a\n",
        b"missions:\n  m:\n    env:\n      X: |\n        symlinks:\nsymlinks:\n  ~/.a: a\n  %s\n"),
    "RT_013 not sorted": (b"symlinks:\n  ~/.z: a\n  ~/.a: a\n  ~/.m: a\n",
                          b"symlinks:\n  ~/.z: a\n  ~/.a: a\n  ~/.m: a\n  %s\n"),
}


@pytest.mark.parametrize("name", TRIPS)
def test_RT_the_line_goes_where_a_person_would_put_it(home, name):
    """And forget, or undo, gives back the identical file (RT-015)."""
    before, after = TRIPS[name]
    home.registry(before)
    home.source("a", "b")
    old_file(home, "~/.vimrc")
    path = home.profile / "lumina.yaml"
    home.run("add", str(home.at("~/.vimrc")), "--as", "vimrc")
    assert path.read_bytes() == after % ADDED
    home.run("undo")
    assert path.read_bytes() == before
    home.run("add", str(home.at("~/.vimrc")), "--as", "vimrc")
    home.run("forget", "~/.vimrc", "--delete")
    assert path.read_bytes() == before and home.at("~/.vimrc").read_text() == "mine"


@pytest.mark.parametrize("quote", ["'", '"'])
def test_RT_004_the_neighbours_quoting_is_kept(home, quote):
    home.registry(f"symlinks:\n  {quote}~/.a{quote}: {quote}a{quote}\n")
    home.source("a")
    home.run("add", str(old_file(home, "~/.vimrc")), "--as", "vimrc")
    text = (home.profile / "lumina.yaml").read_text()
    assert text.endswith(f"  {quote}~/.vimrc{quote}: {quote}vimrc{quote}\n")


@pytest.mark.parametrize("name", ["on", "1.0", "null", "a: b", "#x", "@scope", "{x}", "[x]", "a,b",
                                  "x #y", "*x", "&x", "!x", "%x", "`x", "'q'", '"q"', "back\\slash",
                                  "é ü", "tab\there", "new\nline", " lead", "trail ", "- x", "?x",
                                  "0x1f", "12:30", "~"])
@pytest.mark.parametrize("form", ["symlinks:\n  ~/.a: a\n", "symlinks: {~/.a: a}\n"],
                         ids=["block", "flow"])
def test_RT_004_any_name_reads_back_as_itself(home, form, name):
    home.registry(form)
    home.source("a")
    home.sync()
    old_file(home, f"~/{name}", "mine")
    home.run("add", "--as", f"d/{name}", "--", str(home.at(f"~/{name}")))
    home.assert_linked({"~/.a": "a", f"~/{name}": f"d/{name}"})
    home.nothing_to_do()
    assert home.status() == {}
    assert support.expected_links(home.profile, "none") == {"~/.a": "a", f"~/{name}": f"d/{name}"}
    home.run("undo")
    assert (home.profile / "lumina.yaml").read_text() == form


@pytest.mark.parametrize("spelling", ["~/.vimrc", "'~/.vimrc'", "$HOME/.vimrc", "~/./.vimrc"])
def test_RT_007_what_is_declared_already_leaves_the_file_alone(home, spelling):
    home.registry(f"symlinks:\n  ~/.a: a\n  {spelling}: vimrc\n")
    home.source("a", "vimrc")
    path = home.profile / "lumina.yaml"
    was = mark(path)
    old_file(home, "~/.vimrc", "mine")
    home.run("add", str(home.at("~/.vimrc")), expect=REFUSED)
    assert mark(path) == was and home.at("~/.vimrc").read_text() == "mine"


@pytest.mark.parametrize("text", [
    "# ~/.vimrc: vimrc\nsymlinks:\n  ~/.a: a\n", "symlinks:\n  ~/.vimrc.old: a\n",
    "symlinks:\n  ~/.a: a\nhosts:\n  other:\n    symlinks: {~/.vimrc: a}\n"])
def test_RT_007_a_comment_a_longer_name_or_another_host_does_not_count(home, text):
    home.registry(text)
    home.source("a")
    home.run("add", str(old_file(home, "~/.vimrc")), "--as", "vimrc")
    assert home.link("~/.vimrc") == f"{home.profile}/vimrc"
    home.run("undo")
    assert (home.profile / "lumina.yaml").read_text() == text


@pytest.mark.parametrize("text", [
    "symlinks: &all\n  ~/.a: a\nhosts:\n  other:\n    symlinks: *all\n",
    "hosts:\n  other:\n    symlinks: &all\n      ~/.a: a\nsymlinks: *all\n"])
def test_RT_010_an_anchored_or_aliased_section_is_refused_with_the_line_to_write(home, text):
    home.registry(text)
    home.source("a")
    was = mark(old_file(home, "~/.vimrc"))
    before = home.snapshot()
    result = home.run("add", str(home.at("~/.vimrc")), "--as", "vimrc", expect=FAILED)
    assert "lumina.yaml:" in result.err and "~/.vimrc: vimrc" in result.err
    assert home.snapshot() == before and mark(home.at("~/.vimrc")) == was


def test_RT_013_a_sorted_map_stays_sorted(home):
    home.registry("symlinks:\n  ~/.a: a\n  ~/.b: a\n  ~/.x: a\n  ~/.z: a\n")
    home.source("a")
    home.run("add", str(old_file(home, "~/.vimrc")), "--as", "vimrc")
    assert (home.profile / "lumina.yaml").read_text() == (
        "symlinks:\n  ~/.a: a\n  ~/.b: a\n  ~/.vimrc: vimrc\n  ~/.x: a\n  ~/.z: a\n")


# --- backup-rollback ------------------------------------------------------------------------

def test_BK_009_leaving_gives_the_home_back_as_it_was_before_the_first_sync(home):
    home.source("a", "b/x", "b/y", "c")
    home.registry("symlinks:\n  ~/.a: a\n  ~/.config/b: {tree: b}\n  ~/.new/deep/c: c\n")
    old_file(home, "~/.a", "my a", 0o600)
    old_file(home, "~/.config/b/x", "my x")
    before = look(home)
    home.sync("--backup")
    home.run("rollback", "0")
    assert look(home) == before and home.owned() == {}
    home.sync("--backup")
    result = home.run("eject")
    assert home.all_links() == {} and not (home.state / "owned").exists()
    kept = home.state / "backups"
    assert sorted(below(kept).values()) == [b"my a", b"my x"]
    assert str(kept) in result.out + result.err


def test_BK_011_no_option_of_any_command_deletes_without_a_backup(synced):
    """--force and --delete are the words to look for: what they leave is counted."""
    for command in ("sync", "forget", "absorb", "undo", "rollback", "eject", "history"):
        before = synced.snapshot()
        synced.run(command, "--force", *(["1"] if command == "rollback" else []), expect=USAGE)
        assert synced.snapshot() == before
    synced.run("forget", "--delete", "~/.zshrc")
    (path,) = backups(synced)
    assert Path(path).read_text() == synced.at("~/.zshrc").read_text() == "zsh/zshrc"
    secret = old_file(synced, "~/.key", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n", 0o600)
    was = mark(secret)
    synced.run("add", str(secret), expect=REFUSED)
    synced.run("add", "--force", str(secret), "--as", "key")
    assert mark(synced.profile / "key") == was


def test_BK_012_without_a_terminal_a_conflict_is_never_settled(synced):
    in_the_way(synced)
    synced.at("~/.zshrc").unlink()
    old_file(synced, "~/.zshrc", "detached")
    before = synced.snapshot()
    for stdin in (b"", b"y\n", b"l\np\nm\n", subprocess.DEVNULL):
        assert synced.sync(expect=REFUSED, stdin=stdin).err
        assert synced.run("absorb", "~/.zshrc", expect=REFUSED, stdin=stdin).err
        assert synced.snapshot() == before
