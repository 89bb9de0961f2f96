# SPDX-License-Identifier: MIT
"""absorb: a program saved by rename over our link; one side is taken, none is lost."""

import os
import re
import socket
import tempfile
import time

import pexpect
import pytest

from support import FAILED, OK, REFUSED, USAGE, Home, assert_clean, facts, finish, rows, tree_of

BASE = "".join(f"line {i}\n" for i in range(1, 13))
LOCAL = BASE.replace("line 2\n", "line 2 by the program\n")
THEIRS = BASE.replace("line 11\n", "line 11 by the profile\n")
BOTH = LOCAL.replace("line 11\n", "line 11 by the profile\n")
HOUR = 3600


def ago(path, seconds):
    when = time.time_ns() - seconds * 10**9
    os.utime(path, ns=(when, when), follow_symlinks=False)
    return path


def save(home, target, data, mode=0o644, seconds=HOUR):
    """What an editor or program does: a new file, renamed over the link."""
    new = home.write(target + ".tmp", data, mode)
    os.rename(new, home.at(target))
    return ago(home.at(target), seconds)


def refused(home, *args, says=(), code=REFUSED, **more):
    before, generations = home.snapshot(), home.generations()
    result = home.run("absorb", *args, expect=code, **more)
    for text in says:
        assert text in result.err + result.out, f"no {text!r} in {result!r}"
    assert home.snapshot() == before and home.generations() == generations
    assert home.backups() == []
    home.no_leftovers()
    return result


@pytest.fixture
def linked(home):
    """Committed and synced two hours ago: ~/.a, ~/.b, a folder and a tree."""
    home.registry("# mine\nsymlinks:\n  ~/.a: a   # first\n  ~/.b: b\n  ~/.folder: folder\n"
                  "  ~/.tree: {tree: tree}\n")
    home.source("a", data=BASE)
    home.source("b", "folder/x", "folder/sub/y", "tree/t", "tree/sub/u")
    home.env["GIT_COMMITTER_DATE"] = f"{int(time.time()) - 2 * HOUR} +0000"
    home.commit()
    del home.env["GIT_COMMITTER_DATE"]
    for path in home.profile.glob("[a-z]*"):
        for one in [*path.rglob("*"), path]:
            ago(one, 2 * HOUR)
    home.sync()
    return home


# --- which side -------------------------------------------------------------------------------

def test_the_profiles_side_the_local_file_becomes_a_backup(linked):
    home = linked
    was = facts(save(home, "~/.a", LOCAL, 0o600))
    profile, before = tree_of(home.profile), home.snapshot()
    assert home.status() == {"~/.a": "detached"}
    result = home.run("absorb", "~/.a", "--take", "profile")
    assert "~/.a" in result.out and result.err == ""
    assert home.link("~/.a") == f"{home.profile}/a"
    (backup,) = home.backups()
    assert facts(backup) == was
    name = str(backup.relative_to(home.state / "backups"))
    assert re.fullmatch(r"000002-\d{8}T\d{6}Z?/\d+-\.?a", name)
    assert tree_of(home.profile) == profile and rows(before, home.snapshot()) == {".a"}
    assert home.generations() == ["000001", "000002"] and home.status() == {}
    home.no_leftovers()
    home.nothing_to_do()


def test_the_local_side_moves_into_the_profile_and_git_shows_it(linked):
    home = linked
    old, was = facts(home.profile / "a"), facts(save(home, "~/.a", LOCAL, 0o755))
    registry, before = facts(home.profile / "lumina.yaml"), home.snapshot()
    home.run("absorb", "--take=local", "~/.a")
    assert home.link("~/.a") == f"{home.profile}/a" and facts(home.profile / "a") == was
    (backup,) = home.backups()
    assert facts(backup) == old
    assert facts(home.profile / "lumina.yaml") == registry
    assert {n for n in rows(before, home.snapshot()) if ".git" not in n} == {".a", ".lumina/a"}
    assert home.git("status", "--porcelain") == " M a\n"
    assert "+line 2 by the program" in home.git("diff")
    home.nothing_to_do()


def test_merge_with_an_unchanged_source_takes_the_local_content(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    home.run("absorb", "--take", "merge", "~/.a")
    assert (home.profile / "a").read_text() == LOCAL and home.link("~/.a")
    assert BASE.encode() in [b.read_bytes() for b in home.backups()]
    home.nothing_to_do()


@pytest.mark.parametrize("committed", [True, False])
def test_merge_of_two_changes_has_both(linked, committed):
    home = linked
    save(home, "~/.a", LOCAL)
    time.sleep(1.1)
    home.source("a", data=THEIRS)
    if committed:
        home.commit("theirs")
    head = home.git("rev-parse", "HEAD")
    home.run("absorb", "--take", "merge", "~/.a")
    assert (home.profile / "a").read_text() == BOTH
    assert home.link("~/.a") == f"{home.profile}/a"
    kept = [b.read_text() for b in home.backups()]
    assert THEIRS in kept, "the replaced source is kept"
    assert LOCAL in kept, "and so is the local file"
    assert home.git("rev-parse", "HEAD") == head
    home.no_leftovers()
    home.nothing_to_do()


def test_a_merge_with_conflicts_changes_nothing(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    time.sleep(1.1)
    home.source("a", data=BASE.replace("line 2\n", "line 2 by the profile\n"))
    before = sorted(os.listdir(tempfile.gettempdir()))
    refused(home, "--take", "merge", "~/.a", says=["~/.a", "--take"])
    refused(home, "--take", "merge", "-n", "~/.a")
    assert [n for n in os.listdir(tempfile.gettempdir()) if n not in before and "lumina" in n and
            "e2e" not in n] == []
    home.run("absorb", "--take", "local", "~/.a")


def test_a_merge_without_a_base_is_refused(home):
    home.declare({"~/.a": "a"})
    home.sync()
    save(home, "~/.a", LOCAL)
    time.sleep(1.1)
    home.source("a", data=THEIRS)
    refused(home, "--take", "merge", "~/.a", says=["~/.a"])
    home.git("init", "-q")
    refused(home, "--take", "merge", "~/.a", says=["~/.a"])
    home.commit()  # this version is of later than the local file
    refused(home, "--take", "merge", "~/.a", says=["~/.a"])


def test_a_merge_of_binary_content_loses_nothing(linked):
    home = linked
    save(home, "~/.a", b"\0local\xff" * 99)
    time.sleep(1.1)
    home.source("a", data=b"\0profile\xff" * 99)
    refused(home, "--take", "merge", "~/.a")


def test_a_merge_keeps_line_ends_and_a_missing_last_newline(home):
    base = BASE.replace("\n", "\r\n").encode()[:-2]
    home.declare({"~/.a": "a"}, make=False)
    home.source("a", data=base)
    home.env["GIT_COMMITTER_DATE"] = f"{int(time.time()) - 2 * HOUR} +0000"
    home.commit()
    del home.env["GIT_COMMITTER_DATE"]
    home.sync()
    save(home, "~/.a", base.replace(b"line 2\r", b"LOCAL\r"))
    time.sleep(1.1)
    home.source("a", data=base.replace(b"line 9\r", b"THEIRS\r"))
    home.run("absorb", "--take", "merge", "~/.a")
    assert (home.profile / "a").read_bytes() == \
        base.replace(b"line 2\r", b"LOCAL\r").replace(b"line 9\r", b"THEIRS\r")


def test_the_callers_git_variables_and_configuration_do_not_matter(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    time.sleep(1.1)
    home.source("a", data=THEIRS)
    ran = home.root / "ran"
    for name, value in (("merge.conflictStyle", "diff3"), ("core.pager", f"touch {ran}"),
                        ("diff.external", f"touch {ran}"), ("color.ui", "always")):
        home.git("config", name, value)
    ran.unlink(missing_ok=True)
    home.run("absorb", "--take", "merge", "~/.a", env={
        "GIT_DIR": "/nowhere", "GIT_WORK_TREE": "/", "GIT_INDEX_FILE": "/nowhere/index"})
    assert (home.profile / "a").read_text() == BOTH
    assert not ran.exists()


def test_without_git_a_merge_fails_and_changes_nothing(linked):
    save(linked, "~/.a", LOCAL)
    time.sleep(1.1)
    linked.source("a", data=THEIRS)
    result = refused(linked, "--take", "merge", "~/.a", code=None, env={"PATH": "/nonexistent"})
    assert result.code not in (OK, USAGE) and "git" in result.err.lower(), repr(result)
    linked.run("absorb", "--take", "profile", "~/.a", env={"PATH": "/nonexistent"})


# --- without an answer ------------------------------------------------------------------------

def test_without_take_the_difference_is_shown_and_nothing_is_changed(linked):
    save(linked, "~/.a", LOCAL)
    result = refused(linked, "~/.a", says=["line 2 by the program", "--take"])
    assert "-line 2 by the program" in result.out + result.err
    refused(linked, "~/.a", stdin=b"p\n", says=["--take"])
    for bad in ("mine", "", "Profile"):
        refused(linked, "--take", bad, "~/.a", code=USAGE)
    refused(linked, code=USAGE)


@pytest.mark.parametrize("answer,content", [("p", BASE), ("l", LOCAL), ("m", LOCAL)])
def test_on_a_terminal_it_asks(linked, answer, content):
    save(linked, "~/.a", LOCAL)
    child = linked.terminal("absorb", "~/.a")
    child.expect(r"line 2 by the program[\s\S]*\? ?\S* ?$")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == OK
    assert linked.link("~/.a") and (linked.profile / "a").read_text() == content
    assert linked.generations() == ["000001", "000002"]


@pytest.mark.parametrize("answer", ["", "n", "x", "\x04", "yes"])
def test_any_other_answer_is_no(linked, answer):
    save(linked, "~/.a", LOCAL)
    before = linked.snapshot()
    child = linked.terminal("absorb", "~/.a")
    child.expect(r"line 2 by the program[\s\S]*\? ?\S* ?$")
    child.send(answer) if answer == "\x04" else child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == REFUSED
    assert linked.snapshot() == before and linked.backups() == []


def test_the_difference_shown_on_a_terminal_is_escaped(linked):
    save(linked, "~/.a", "evil \x1b]0;title\x07\x1b[2J\n" + BASE)
    child = linked.terminal("absorb", "~/.a")
    child.expect(r"\? ?\S* ?$")
    text = re.sub(r"\x1b\[[0-9;]*(m|K)", "", child.before.decode("utf-8", "replace"))
    child.sendline("n")
    child.expect(pexpect.EOF)
    assert "evil" in text
    assert_clean(text.replace("\r\n", "\n"))


# --- what stands there ------------------------------------------------------------------------

def test_many_are_one_transaction(linked):
    home = linked
    for target in ("~/.a", "~/.b", "~/.tree/t"):
        save(home, target, "local " + target)
    home.run("absorb", "--take", "local", "~/.a", str(home.at("~/.b")), "$HOME/.tree/t")
    assert [(home.profile / s).read_text() for s in ("a", "b", "tree/t")] == \
        ["local ~/.a", "local ~/.b", "local ~/.tree/t"]
    assert home.generations() == ["000001", "000002"] and len(home.backups()) == 3
    home.nothing_to_do()


def test_one_that_cannot_be_absorbed_stops_all(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    home.at("~/.b").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.at("~/.b")))
    refused(home, "--take", "local", "~/.a", "~/.b", says=["~/.b"])
    home.at("~/.b").unlink()
    os.symlink("/elsewhere", home.at("~/.b"))
    refused(home, "--take", "local", "~/.a", "~/.b", says=["~/.b", "/elsewhere"])
    refused(home, "--take", "local", "~/.a", "~/.nosuch", says=["~/.nosuch"], code=FAILED)
    refused(home, "--take", "local", "~/.a", "/etc/passwd", code=USAGE)


def test_a_target_in_place_or_missing_is_left_as_it_is(linked):
    before = linked.snapshot()
    for take in ("profile", "local"):
        result = linked.run("absorb", "--take", take, "~/.a", expect=None)
        assert result.code in (OK, FAILED, REFUSED), repr(result)
        assert linked.snapshot() == before and linked.generations() == ["000001"]
    linked.at("~/.a").unlink()
    linked.run("absorb", "--take", "local", "~/.a", expect=None)
    assert (linked.profile / "a").read_text() == BASE


@pytest.mark.parametrize("take", ["profile", "local"])
def test_a_folder_in_place_of_a_folder_link_moves_whole(linked, take):
    home = linked
    home.at("~/.folder").unlink()
    home.write("~/.folder/x", "new x", 0o600)
    home.write("~/.folder/more/z", "z")
    os.symlink("x", home.at("~/.folder/link"))
    local, old = tree_of(home.at("~/.folder")), tree_of(home.profile / "folder")
    home.run("absorb", "--take", take, "~/.folder")
    assert home.link("~/.folder") == f"{home.profile}/folder"
    (backup,) = home.backups()
    source = tree_of(home.profile / "folder")
    assert (source, tree_of(backup)) == ((old, local) if take == "profile" else (local, old))
    home.nothing_to_do()


@pytest.mark.parametrize("take", ["profile", "local"])
@pytest.mark.parametrize("target", ["~/.a", "~/.folder"])
def test_a_file_for_a_folder_and_a_folder_for_a_file(linked, take, target):
    home = linked
    home.at(target).unlink()
    if target == "~/.a":
        home.write("~/.a/inside", "x")
    else:
        home.write(target, "x")
    source = home.profile / target[3:]
    local, old = tree_of(home.at(target)), tree_of(source)
    result = home.run("absorb", "--take", take, target, expect=None)
    if result.code == OK:
        (backup,) = home.backups()
        assert (tree_of(source), tree_of(backup)) == \
            ((old, local) if take == "profile" else (local, old))
        home.nothing_to_do()
    else:
        assert result.code == REFUSED and take == "local"
        assert tree_of(home.at(target)) == local and tree_of(source) == old


def test_merge_of_folders_is_refused(linked):
    linked.at("~/.folder").unlink()
    linked.write("~/.folder/x", "new x")
    refused(linked, "--take", "merge", "~/.folder", says=["~/.folder"])


def test_a_foreign_file_that_was_never_a_link_can_be_absorbed_too(home):
    home.declare({"~/.a": "a"})
    was = facts(ago(home.write("~/.a", LOCAL), HOUR))
    assert home.status() == {"~/.a": "foreign"}
    home.run("absorb", "--take", "local", "~/.a")
    assert facts(home.profile / "a") == was and home.link("~/.a")
    home.nothing_to_do()


@pytest.mark.parametrize("take", ["profile", "local", "merge"])
def test_a_source_that_is_gone(linked, take):
    home = linked
    (home.profile / "a").unlink()
    was = facts(save(home, "~/.a", LOCAL))
    if take == "local":
        home.run("absorb", "--take", take, "~/.a")
        assert facts(home.profile / "a") == was and home.link("~/.a")
    else:
        refused(home, "--take", take, "~/.a", says=["a"])


def test_the_same_content_on_both_sides_links_again(linked):
    home = linked
    was = facts(save(home, "~/.a", BASE))
    home.run("absorb", "--take", "profile", "~/.a")
    assert home.link("~/.a") and was in [facts(b) for b in home.backups()]


@pytest.mark.parametrize("take", ["local", "merge"])
@pytest.mark.parametrize("targets", [["~/.a", "~/.b"], ["~/.t/x", "~/.x"], ["~/.f", "~/.fy"],
                                     ["~/.f"]])
def test_two_that_would_write_one_source_are_refused(home, take, targets):
    home.source("s", "t/x", "f/y")
    home.registry("symlinks:\n  ~/.a: s\n  ~/.b: s\n  ~/.t: {tree: t}\n  ~/.x: t/x\n"
                  "  ~/.f: f\n  ~/.fy: f/y\n")
    for source in ("s", "t/x", "f/y"):
        ago(home.profile / source, 2 * HOUR)
    home.sync()
    for target in targets:
        if target == "~/.f":
            home.at(target).unlink()
            home.write("~/.f/other", "new")
        else:
            save(home, target, "of " + target)
    refused(home, "--take", take, *targets, says=targets[:1])
    refused(home, "-n", "--take", take, *targets, says=targets[:1])


def test_a_hard_linked_local_file_keeps_its_other_name(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    os.link(home.at("~/.a"), home.at("~/other"))
    inode = home.at("~/other").stat().st_ino
    home.run("absorb", "--take", "profile", "~/.a")
    assert home.at("~/other").read_text() == LOCAL and home.backups()[0].stat().st_ino == inode


def test_a_save_while_absorb_waits_is_not_lost(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    with home.lock_held():
        process = home.start("absorb", "--take", "profile", "~/.a")
        home.wait_for_lock(process)
        save(home, "~/.a", "saved later")
    finish(process)
    everywhere = [home.at("~/.a").read_text(), *[b.read_text() for b in home.backups()]]
    assert "saved later" in everywhere, everywhere
    assert (home.profile / "a").read_text() == BASE


def test_a_source_saved_while_absorb_waits_is_not_lost(linked):
    home = linked
    save(home, "~/.a", LOCAL)
    with home.lock_held():
        process = home.start("absorb", "--take", "local", "~/.a")
        home.wait_for_lock(process)
        new = home.profile / "a.tmp"
        new.write_text("typed later")
        os.rename(new, home.profile / "a")
    finish(process)
    everywhere = [home.at("~/.a").read_text(), (home.profile / "a").read_text(),
                  *[b.read_text() for b in home.backups()]]
    assert {LOCAL, "typed later"} <= set(everywhere), everywhere


@pytest.mark.parametrize("what", ["file", "link", "no permission"])
@pytest.mark.parametrize("command", ["absorb --take profile ~/.a", "absorb --take local ~/.a",
                                     "sync --backup", "sync --adopt", "forget --delete ~/.c"])
def test_a_backups_folder_that_cannot_be_used_means_that_nothing_is_changed(
        user_home, shm, command, what):
    home = user_home
    home.declare({"~/.c": "c"})
    home.give()
    home.sync()
    home.declare({"~/.a": "a", "~/.c": "c"})
    home.write("~/.a", "precious")
    obstacle = home.state / "backups"
    if what == "link":
        os.symlink(shm, obstacle)
        os.chmod(shm, 0o777)
    elif what == "file":
        obstacle.write_text("in the way")
    else:
        obstacle.mkdir()
    home.give()
    if what == "no permission":
        obstacle.chmod(0o500)
    before, generations = home.snapshot(), home.generations()
    result = home.run(*command.split(), expect=None)
    if result.code != OK:
        assert home.snapshot() == before and home.generations() == generations, repr(result)
        assert str(obstacle) in result.err.replace("~", str(home.path)), repr(result)
    home.no_leftovers()
    if os.path.lexists(obstacle):
        os.rename(obstacle, home.root / "gone")
    home.run(*command.split()) if result.code != OK else home.sync()


# --- reports ----------------------------------------------------------------------------------

@pytest.mark.parametrize("take", ["profile", "local", "merge"])
def test_a_dry_run_and_json(linked, take):
    home = linked
    save(home, "~/.a", LOCAL)
    before, state = home.snapshot(), tree_of(home.state)
    assert "~/.a" in home.run("absorb", "-n", "--take", take, "~/.a").out
    document = home.run("absorb", "--dry-run", "--json", "--take", take, "~/.a").json
    assert (document["schema"], document["command"], document["result"],
            document["generation"]) == (1, "absorb", "planned", None)
    assert home.snapshot() == before and tree_of(home.state) == state
    document = home.run("absorb", "--json", "--take", take, "~/.a").json
    assert (document["result"], document["generation"]) == ("done", 2)
    assert "~/.a" in {c["target"] for c in document["changes"]}
    assert home.link("~/.a") == f"{home.profile}/a"


def test_status_tells_detached_from_foreign_and_names_the_program_the_second_time(home):
    home.declare({"~/.config/htop/htoprc": "htop/htoprc"})
    home.sync()
    save(home, "~/.config/htop/htoprc", "one")
    assert home.status() == {"~/.config/htop/htoprc": "detached"}
    home.run("absorb", "--take", "local", "~/.config/htop/htoprc")
    assert home.status() == {}
    save(home, "~/.config/htop/htoprc", "two")
    home.declare({"~/.config/htop/htoprc": "htop/htoprc", "~/.new": "new"})
    home.write("~/.new", "theirs")
    assert home.status() == {"~/.config/htop/htoprc": "detached", "~/.new": "foreign"}
    text = home.run("status").out
    assert re.search(r"htop\b(?!/|rc)", text), "the program"
    assert re.search(r"~/\.config/htop(?!/)", text), "its folder"


def test_undo_takes_it_back(linked):
    home = linked
    save(home, "~/.a", LOCAL, 0o600)
    home.at("~/.folder").unlink()
    home.write("~/.folder/z", "z")
    before = home.snapshot()
    for take in ("profile", "local"):
        home.run("absorb", "--take", take, "~/.a", "~/.folder")
        home.run("undo")
        assert {n for n in rows(before, home.snapshot()) if ".git" not in n} == set()
        assert home.status() == {"~/.a": "detached", "~/.folder": "detached"}


# --- names and places -------------------------------------------------------------------------

def test_strange_names_survive_to_the_byte(home):
    names = ["new\nline", "esc\x1b[31m", "--take", "-n", " lead", "it's", "rtl\u202ex", "a: b",
             "x" * 255, "%s", "back\\", ":(top)", "*", "HEAD:x"]
    pairs = {f"~/.d/{n}": f"d/{n}" for n in names}
    home.declare(pairs)
    home.commit()
    home.sync()
    for take in ("profile", "local", "merge"):
        for target, source in pairs.items():
            ago(home.profile / source, HOUR)
            new = home.write("~/tmp", f"{take} {target}")
            os.rename(new, home.at(target))
        result = home.run("absorb", "--take", take, "--", *[str(home.at(t)) for t in pairs])
        assert_clean(result.stdout), assert_clean(result.stderr)
        home.assert_linked(pairs)
        for target, source in pairs.items():
            assert (home.profile / source).read_text() == (
                source if take == "profile" else f"{take} {target}")
    home.nothing_to_do()


@pytest.mark.parametrize("take", ["profile", "local"])
@pytest.mark.parametrize("what", ["state", "profile", "both", "home link"])
def test_state_and_profile_elsewhere_and_home_through_a_link(root, shm, take, what):
    # FS-034
    home = Home(root, profile=shm / "dots" if what in ("profile", "both") else None)
    if what in ("state", "both"):
        home.env["XDG_STATE_HOME"] = str(shm / "state")
    if what == "home link":
        os.symlink(home.path, home.root / "alias")
        home.env["HOME"] = str(home.root / "alias")
    home.declare({"~/.a": "a", "~/.folder": "folder"}, make=False)
    home.source("a", "folder/x")
    home.sync()
    data = os.urandom(2 << 20)
    local, old = facts(save(home, "~/.a", data, 0o751)), facts(ago(home.profile / "a", 2 * HOUR))
    home.run("absorb", "--take", take, "~/.a")
    assert os.path.samefile(home.at("~/.a"), home.profile / "a") and home.at("~/.a").is_symlink()
    new_source, new_backup = (old, local) if take == "profile" else (local, old)
    assert facts(home.profile / "a")[1:] == new_source[1:]
    assert new_backup[1:] in [facts(backup)[1:] for backup in home.backups()]
    home.no_leftovers()
    assert not [n for n in os.listdir(home.profile) if n.startswith(".lumina-")]
    # A whole folder is moved by a rename, or not at all.
    home.at("~/.folder").unlink()
    home.write("~/.folder/y", "y")
    before, old = tree_of(home.at("~/.folder")), tree_of(home.profile / "folder")
    result = home.run("absorb", "--take", take, "~/.folder", expect=None)
    if what == "home link":
        assert result.code == OK
    if result.code != OK:
        assert result.code == REFUSED and "~/.folder" in result.err
        assert (tree_of(home.at("~/.folder")), tree_of(home.profile / "folder")) == (before, old)
