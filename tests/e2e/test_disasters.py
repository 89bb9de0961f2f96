# SPDX-License-Identifier: MIT
"""What went wrong in other dotfile managers, each as a test that it doesn't happen here.

Each docstring says what happened there. The numbers are those of the projects' issues.
"""

import os
import shutil

import pytest

from changes import backups, changing_calls, kill_before, mark, old_file, places
from support import FAILED, NOBODY, OK, REFUSED, USAGE, Home, needs_strace, tree_of


def contents(home):
    """Every regular file's bytes below HOME, state folder included."""
    found = {}
    for top, folders, files in os.walk(home.path):
        folders[:] = [f for f in folders if not os.path.islink(os.path.join(top, f))]
        for name in files:
            path = os.path.join(top, name)
            if not os.path.islink(path) and os.path.isfile(path):
                with open(path, "rb") as handle:
                    found.setdefault(handle.read(), []).append(path)
    return found


def unchanged(home, *argv, expect=REFUSED, **how):
    """The command says no, and nothing at all is changed; its result."""
    before = home.snapshot()
    result = home.run(*argv, expect=expect, **how)
    assert home.snapshot() == before, repr(result)
    home.no_leftovers()
    return result


# --- stow -----------------------------------------------------------------------------------

@needs_strace
@pytest.mark.parametrize("where", ["begun", "half", "before the commit", "after the commit"])
def test_stow_139_interrupted_refold_loses_nothing(root, where):
    """stow folds a folder into one link. To add a second package it removed that link first and
    made the folder after; interrupted in between, the first package was out of reach."""
    path = os.path.join(root, "h")

    def build():
        home = Home(path)
        home.source("a/one", "a/two", "b/three")
        home.registry("symlinks:\n  ~/.bin: a\n")
        home.sync()
        home.registry("symlinks:\n  ~/.bin/one: a/one\n  ~/.bin/two: a/two\n"
                      "  ~/.bin/three: b/three\n")
        return home
    home = build()
    calls = changing_calls(home, "sync")
    shutil.rmtree(path)
    home = build()
    kill_before(home, calls[places(calls)[where]], "sync")
    assert home.at("~/.bin/one").read_text() == "a/one", "reachable, before anything is put right"
    assert home.at("~/.bin/two").read_text() == "a/two"
    home.sync()
    home.assert_linked({"~/.bin/one": "a/one", "~/.bin/two": "a/two", "~/.bin/three": "b/three"})
    home.no_leftovers()


# --- chezmoi --------------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_chezmoi_2076_no_option_deletes_a_home(home, option):
    """`chezmoi apply --force` removed the whole home: force meant delete. Here no option deletes:
    the strongest ones move what stands in the way, and nothing declares the home itself."""
    for name in ("~/.ssh/id", "~/Documents/thesis", "~/.config/app/data"):
        old_file(home, name, name)
    before = contents(home)
    for target in ("~", "~/", "~/.", "$HOME", "~/.config/.."):
        home.registry(f"symlinks: {{{target}: all}}\n")
        home.source("all/file")
        unchanged(home, "sync", option, expect=USAGE)
    home.registry("symlinks: {~/.config: all}\n")
    assert home.sync(option, expect=None).code in (OK, REFUSED)
    assert contents(home).keys() >= before.keys()
    assert home.at("~/Documents/thesis").read_text() == "~/Documents/thesis"
    for wrong in ("--force", "-f"):
        unchanged(home, "sync", wrong, expect=USAGE)


def test_chezmoi_1551_the_first_run_overwrites_no_bashrc(home):
    """The quick start's first apply took an existing `.bashrc` for its own, and overwrote it:
    no backup, no undo. Here it is refused, and with --backup it can be taken back."""
    home.declare({"~/.bashrc": "bash/bashrc"})
    path = old_file(home, "~/.bashrc", "years of aliases")
    was = mark(path)
    assert "~/.bashrc" in unchanged(home, "sync").err
    home.sync("--backup")
    assert home.link("~/.bashrc") == f"{home.profile}/bash/bashrc"
    assert b"years of aliases" in contents(home)
    home.run("undo")
    assert mark(path) == was and path.read_text() == "years of aliases"


@pytest.mark.parametrize("option", [[], ["--backup"], ["--adopt"]], ids=str)
def test_chezmoi_4101_a_parent_that_is_a_link_stays_one(home, option):
    """A symlinked `~/bin` was silently replaced by a folder: parents weren't seen as the
    person's. Here the link is followed, whatever the option."""
    disk = home.root / "disk"
    disk.mkdir()
    (disk / "mine").write_text("mine")
    os.symlink(disk, home.at("~/bin"))
    was = mark(home.at("~/bin"))
    home.declare({"~/bin/tool": "tool", "~/bin/sub/more": "more"})
    (disk / "tool").write_text("in the way")
    result = home.sync(*option, expect=None)
    assert result.code == (OK if option else REFUSED)
    assert mark(home.at("~/bin")) == was and os.readlink(home.at("~/bin")) == str(disk)
    assert (disk / "mine").read_text() == "mine"
    if option:
        assert os.readlink(disk / "tool") == f"{home.profile}/tool"
        home.run("undo")
        assert (disk / "tool").read_text() == "in the way"
    assert mark(home.at("~/bin")) == was


# --- yadm -----------------------------------------------------------------------------------

def test_yadm_236_links_of_other_programs_stay(home):
    """yadm removed links that it had not made (home-manager's): what is stale was decided by the
    path. Here only a link whose text is recorded goes."""
    home.declare({"~/.vimrc": "vimrc", "~/.zshrc": "zshrc"})
    home.sync()
    home.at("~/.vimrc").unlink()
    os.symlink("/nix/store/x-home-manager-files/.vimrc", home.at("~/.vimrc"))
    os.symlink(home.profile / "zshrc", home.at("~/.made-by-hand"))
    home.registry("symlinks: {~/.zshrc: zshrc}\n")
    was = {n: mark(home.at(n)) for n in ("~/.vimrc", "~/.made-by-hand", "~/.zshrc")}
    for argv in (["sync", "-y"], ["sync", "--backup"], ["sync", "--adopt"], ["undo"]):
        assert home.run(*argv, expect=None).code != USAGE
        assert {n: mark(home.at(n)) for n in list(was)[:2]} == {n: was[n] for n in list(was)[:2]}
    home.run("eject")
    assert home.link("~/.vimrc") == "/nix/store/x-home-manager-files/.vimrc"
    assert home.link("~/.made-by-hand") == f"{home.profile}/zshrc"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to be another user")
def test_yadm_473_sudo_diff_changes_nothing(root):
    """`sudo -E yadm diff` removed all links: as root the person was another one, and a command
    that reads changed things. Here root leaves a home alone that isn't root's."""
    home = Home(root, user=NOBODY)
    home.declare({"~/.a": "a", "~/.b": "b"})
    home.give()
    home.sync()
    home.at("~/.b").unlink()
    home.write("~/.b", "detached")
    home.give()
    home.user = None
    before, state = home.snapshot(), tree_of(home.state)
    for argv in (["diff"], ["status"], ["why", "~/.a"], ["history"], ["doctor"], ["sync"],
                 ["sync", "--backup"], ["add", str(home.at("~/.b"))], ["forget", "~/.a"],
                 ["absorb", "--take", "local", "~/.b"], ["undo"], ["rollback", "0"], ["eject"],
                 ["history", "--purge", "-y"]):
        assert home.run(*argv, expect=None).code != USAGE
        assert home.snapshot() == before and tree_of(home.state) == state, argv


# --- home-manager ---------------------------------------------------------------------------

def test_home_manager_4566_backups_never_share_a_name(home):
    """One backup name for each path (`.backup`): with one there already, activation was stuck, or
    would have written over it. Here each backup has a place of its own."""
    home.declare({"~/.htoprc": "htoprc"})
    home.write("~/.htoprc.backup", "somebody else's")
    for i in range(4):
        old_file(home, "~/.htoprc", f"version {i}")
        home.sync("--backup")
        home.at("~/.htoprc").unlink()
    found = contents(home)
    assert {f"version {i}".encode() for i in range(4)} <= found.keys()
    assert len(backups(home)) == 4 and all(backups(home).values())
    assert home.at("~/.htoprc.backup").read_text() == "somebody else's"


@pytest.mark.parametrize("argv", [["sync", "-y"], ["forget", "--delete", "~/.foo/bar"], ["undo"],
                                  ["rollback", "0"], ["eject"]], ids=" ".join)
def test_home_manager_25_the_home_folder_is_never_removed(root, argv):
    """After the last file it tried `rmdir` upwards as far as $HOME. Here only folders go that
    Lumina made, and that are empty; an empty home stays."""
    outside = os.path.join(root, "profile")
    home = Home(root, profile=outside)
    home.env["XDG_STATE_HOME"] = os.path.join(root, "state")
    shutil.rmtree(home.path)
    home.path.mkdir()
    home.declare({"~/.foo/bar": "bar"})
    home.sync()
    if argv[0] == "sync":
        home.registry("symlinks:\n")
    home.run(*argv)
    assert home.path.is_dir()
    assert [p for p in home.path.rglob("*") if p.is_symlink()] == []
    if argv[0] in ("forget", "eject"):
        assert home.at("~/.foo/bar").read_text() == "bar", "a real file by now"
    else:
        assert list(home.path.iterdir()) == []


@pytest.mark.parametrize("number", [0, 1, 2])
def test_home_manager_4199_a_file_in_the_way_blocks_no_way_back(home, number):
    """A file in the way blocked the switch to the new generation, and the one back to any old one
    too. Here it is left and named, and all the rest is done."""
    home.declare({"~/.a": "a", "~/.b": "b"})
    home.sync()
    home.declare({"~/.a": "a", "~/.b": "b2", "~/.c": "c"})
    home.sync()
    home.declare({"~/.a": "a3", "~/.b": "b3", "~/.c": "c3"})
    home.sync()
    home.at("~/.b").unlink()
    home.write("~/.b", "in the way")
    result = home.run("rollback", str(number), expect=FAILED)
    assert "~/.b" in result.err
    assert home.at("~/.b").read_text() == "in the way" and not home.at("~/.b").is_symlink()
    expected = [{}, {"~/.a": "a"}, {"~/.a": "a", "~/.c": "c"}][number]
    home.assert_linked(expected)


def test_home_manager_4947_a_program_that_saves_by_rename_blocks_nothing_for_ever(home):
    """htop replaced its link by a file, and every later activation failed. Here the state has a
    name, both sides can be seen, and one command settles it."""
    home.declare({"~/.config/htop/htoprc": "htoprc", "~/.z": "z"})
    home.sync()
    path = home.at("~/.config/htop/htoprc")
    saved = path.with_name("htoprc.tmp")
    saved.write_text("set by htop\n")
    os.rename(saved, path)
    assert home.status() == {"~/.config/htop/htoprc": "detached"}
    assert "+set by htop" in home.run("diff").out or "-set by htop" in home.run("diff").out
    assert "absorb" in unchanged(home, "sync").err
    home.run("absorb", "~/.config/htop/htoprc", "--take", "local")
    assert (home.profile / "htoprc").read_text() == "set by htop\n"
    assert home.status() == {}
    home.nothing_to_do()


# --- dotbot ---------------------------------------------------------------------------------

@pytest.mark.parametrize("option", [[], ["--backup"], ["--adopt"], ["-y"]], ids=str)
def test_dotbot_360_from_a_folder_link_to_file_links_keeps_the_sources(home, option):
    """The configuration moved from one link of a folder to links of the files in it: the files
    were removed through the folder's own link, so the sources were gone."""
    home.source("nvim/init.lua", "nvim/lua/plugins.lua")
    home.registry("symlinks: {~/.config/nvim: nvim}\n")
    home.sync()
    was = {p: mark(home.profile / p) for p in ("nvim/init.lua", "nvim/lua/plugins.lua")}
    home.registry("symlinks:\n  ~/.config/nvim/init.lua: nvim/init.lua\n"
                  "  ~/.config/nvim/lua/plugins.lua: nvim/lua/plugins.lua\n")
    home.sync(*option)
    assert {p: mark(home.profile / p) for p in was} == was
    home.assert_linked({"~/.config/nvim/init.lua": "nvim/init.lua",
                        "~/.config/nvim/lua/plugins.lua": "nvim/lua/plugins.lua"})
    home.run("undo")
    home.assert_linked({"~/.config/nvim": "nvim"})
    assert {p: mark(home.profile / p) for p in was} == was


@pytest.mark.parametrize("option", [[], ["--backup"]], ids=str)
def test_dotbot_103_a_missing_source_is_found_before_a_file_is_moved(home, option):
    """`force` removed the file first, and found then that the source was missing."""
    home.declare({"~/.a": "a"})
    home.registry("symlinks: {~/.a: a, ~/.vimrc: not/there}\n")
    path = old_file(home, "~/.vimrc", "the only copy")
    was = mark(path)
    assert ("not/there" if option else "~/.vimrc") in unchanged(home, "sync", *option).err
    assert mark(path) == was and home.link("~/.a") is None
    # With --adopt the file becomes the source.
    home.sync("--adopt")
    assert mark(home.profile / "not/there") == was and home.link("~/.vimrc")


def test_dotbot_85_links_that_are_right_are_not_made_again(home):
    """Each run made every link again: relative text was compared with absolute text."""
    home.declare({f"~/.l/{i}": f"s{i}" for i in range(9)})
    home.at("~/.l").mkdir()
    os.symlink("../.lumina/s3", home.at("~/.l/3"))
    home.sync()
    before, state = home.snapshot(), tree_of(home.state)
    for argv in (["sync"], ["sync", "--backup"], ["sync", "--adopt"], ["sync", "-y"]):
        home.run(*argv)
        assert home.snapshot() == before and tree_of(home.state) == state
    assert home.link("~/.l/3") == "../.lumina/s3"


# --- dotdrop --------------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_dotdrop_196_what_a_dry_run_shows_is_what_is_done(home, option):
    """The dry run showed three links; the real run removed all of `~/.mozilla`. Here both are the
    same plan."""
    for i in range(30):
        old_file(home, f"~/.mozilla/firefox/p/{i}", f"precious {i}")
    home.source("mozilla/firefox/p/user.js", "mozilla/firefox/p/3")
    home.registry("symlinks: {~/.mozilla: {tree: mozilla}}\n")
    before = home.snapshot()
    dry = home.sync(option, "-n", "--json").json
    assert home.snapshot() == before
    done = home.sync(option, "--json").json

    def told(document):
        return [(c["action"], c["target"], c["source"]) for c in document["changes"]]
    assert told(dry) == told(done) and dry["result"] == "planned"
    after = home.snapshot()
    touched = {p for p in before if after.get(p) != before[p] and before[p][0][0] != "d"}
    assert {os.fsdecode(p) for p in touched} <= {".mozilla/firefox/p/3",
                                                 ".lumina/mozilla/firefox/p/3"}
    assert {os.fsencode(f"precious {i}") for i in range(30)} <= contents(home).keys()
    home.run("undo")
    assert home.at("~/.mozilla/firefox/p/3").read_text() == "precious 3"


@pytest.mark.parametrize("stdin", [b"", b"y\ny\ny\n"])
def test_dotdrop_174_a_parent_is_never_removed_to_make_a_link(home, stdin):
    """It removed `~/.config` to make a link below it, then asked whether to remove `~` too; people
    who answer y to everything lost their home. Here there is no such question."""
    old_file(home, "~/.config/app/settings", "precious")
    old_file(home, "~/.cache", "a file where a folder is needed")
    home.declare({"~/.config/new/file": "file"})
    home.sync(stdin=stdin)
    home.declare({"~/.cache/x": "x", "~/.config/new/file": "file"})
    assert "~/.cache" in unchanged(home, "sync", stdin=stdin).err
    for option in ("--backup", "--adopt"):
        assert home.sync(option, expect=None, stdin=stdin).code in (OK, REFUSED)
        assert b"a file where a folder is needed" in contents(home)
        assert home.at("~/.config/app/settings").read_text() == "precious"
        assert home.profile.is_dir() and home.path.is_dir()


@pytest.mark.parametrize("argv", [["forget", "~/.a"], ["forget", "~/.d"], ["eject"]], ids=" ".join)
def test_dotdrop_45_turning_links_into_files_writes_nothing_through_them(home, argv):
    """Turning links back into files wrote through the link, and emptied the source."""
    home.source("a", data="the source")
    home.source("d/x", "d/y")
    home.registry("symlinks: {~/.a: a, ~/.d: d}\n")
    home.sync()
    sources = ("a", "d/x", "d/y", "d")
    was = {n: mark(home.profile / n) for n in sources}
    home.run(*argv)
    assert {n: mark(home.profile / n) for n in sources} == was
    target = home.at("~/.d" if "~/.d" in argv else "~/.a")
    assert not target.is_symlink()
    assert home.at("~/.a").read_text() == "the source" and home.at("~/.d/x").read_text() == "d/x"
    if not home.at("~/.a").is_symlink():
        home.write("~/.a", "changed now")
        assert (home.profile / "a").read_text() == "the source", "a copy, not a second name"


# --- dotter ---------------------------------------------------------------------------------

@pytest.mark.parametrize("option", [[], ["--backup"], ["--adopt"]], ids=str)
def test_dotter_218_a_target_that_is_its_own_source_is_refused(home, option):
    """A parent of the target was a link into the repository, so source and target were one file;
    --force removed it from the repository."""
    home.source("config/app/rc", data="the only copy")
    os.symlink(home.profile / "config", home.at("~/.config"))
    home.registry("symlinks: {~/.config/app/rc: config/app/rc}\n")
    source = home.profile / "config/app/rc"
    was = mark(source)
    unchanged(home, "add", str(home.at("~/.config/app/rc")))
    if option != ["--backup"]:
        assert "~/.config" in unchanged(home, "sync", *option).err
    else:  # asked to, it moves the link above to the backups; never what is behind it
        home.sync(*option)
        assert home.link("~/.config/app/rc") == str(source)
        assert mark(source) == was and source.read_text() == "the only copy"
        home.run("undo")
        assert home.link("~/.config") == f"{home.profile}/config"
    assert mark(source) == was and source.read_text() == "the only copy"


@pytest.mark.parametrize("argv", [["sync", "-y"], ["undo"], ["rollback", "0"], ["forget", "~/.b"]],
                         ids=" ".join)
def test_dotter_55_a_link_goes_though_its_source_is_gone(home, argv):
    """A link could not be taken away once its source was gone. Here a record says what is ours."""
    home.declare({"~/.a": "a", "~/.b": "b"})
    home.sync()
    (home.profile / "b").unlink()
    if argv[0] == "sync":
        home.registry("symlinks: {~/.a: a}\n")
    result = home.run(*argv, expect=None)
    if argv[0] == "forget":
        assert result.code in (OK, REFUSED), repr(result)
        if result.code == REFUSED:
            assert "b" in result.err and home.link("~/.b")
        return
    assert result.code == OK, repr(result)
    assert home.link("~/.b") is None and home.status(expect=None).get("~/.b") != "stale"


# --- rcm ------------------------------------------------------------------------------------

def test_rcm_144_adding_a_known_file_is_refused(home):
    """`mkrc` on a file that it had linked already moved the link over its own target: what was
    left was a link to itself, and the file was lost."""
    home.declare({})
    home.write("~/.vimrc", "the only copy")
    home.run("add", str(home.at("~/.vimrc")))
    source = next(p for p in home.profile.rglob("vimrc"))
    was = mark(source)
    for path in ("~/.vimrc", "~/./.vimrc", "~/.lumina/" + str(source.relative_to(home.profile))):
        unchanged(home, "add", str(home.path) + path[1:], expect=REFUSED)
    unchanged(home, "add", "--tree", str(home.at("~/.vimrc")))
    unchanged(home, "add", "--force", str(home.at("~/.vimrc")))
    unchanged(home, "add", "--as", "else/where", str(home.at("~/.vimrc")))
    assert mark(source) == was and source.read_text() == "the only copy"
    # A folder that is linked as one: its files are known, too.
    home.write("~/.config/app/rc", "rc")
    home.run("add", str(home.at("~/.config/app")))
    unchanged(home, "add", str(home.at("~/.config/app/rc")))
    assert home.at("~/.config/app/rc").read_text() == "rc"


def test_rcm_169_clearing_up_stops_at_the_home_folder(home):
    """`rcdn` tried to remove /home: it went up from folder to folder without a stop."""
    home.declare({"~/a/b/c/d/e": "e"})
    home.at("~/a").mkdir()
    home.sync()
    before = sorted(os.listdir(home.root))
    result, calls = home_calls(home)
    assert result.code == OK
    removed = [line for line in calls if "rmdir" in line or "AT_REMOVEDIR" in line]
    assert all(str(home.path) in line or '"/' not in line for line in removed)
    assert home.at("~/a").is_dir(), "that one was the person's"
    assert not home.at("~/a/b").exists()
    assert sorted(os.listdir(home.root)) == before and home.path.is_dir()


def home_calls(home):
    """A sync that removes the last link, with its calls."""
    home.registry("symlinks:\n")
    if shutil.which("strace") is None:
        return home.sync("-y"), []
    log = home.root / "log"
    result = home.sync("-y", prefix=("strace", "-y", "-o", str(log)))
    lines = log.read_text(errors="replace").splitlines()
    log.unlink()
    return result, lines


# --- homesick, dotfiles ---------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_homesick_120_untracked_files_of_a_folder_survive(home, option):
    """Saying yes to "overwrite .ssh" replaced the folder as a whole: keys that nothing tracked
    were gone."""
    home.source("ssh/config")
    home.registry("symlinks: {~/.ssh: ssh}\n")
    keys = {n: old_file(home, f"~/.ssh/{n}", f"key {n}", 0o600) for n in ("id", "id.pub", "known")}
    home.at("~/.ssh").chmod(0o700)
    was = {n: mark(p) for n, p in keys.items()}
    unchanged(home, "sync")
    home.sync(option)
    assert {f"key {n}".encode() for n in keys} | {b"ssh/config"} <= contents(home).keys()
    home.run("undo")
    assert {n: mark(p) for n, p in keys.items()} == was
    assert (home.profile / "ssh/config").read_text() == "ssh/config"
    # As a tree the folder stays, and nothing needs to move.
    home.registry("symlinks: {~/.ssh: {tree: ssh}}\n")
    home.sync()
    assert {n: mark(p) for n, p in keys.items()} == was
    home.assert_linked({"~/.ssh/config": "ssh/config"})


def test_jbernard_dotfiles_62_forcing_and_removing_lose_nothing(home):
    """`sync --force` replaced `~/.config` as a whole, and `--remove` deleted the file where it
    should have put it back. The author took force out."""
    for name in ("~/.config/a/x", "~/.config/b/y"):
        old_file(home, name, name)
    home.source("config/a/x", data="from the profile")
    home.registry("symlinks: {~/.config: config}\n")
    unchanged(home, "sync")
    home.sync("--backup")
    assert {b"~/.config/a/x", b"~/.config/b/y"} <= contents(home).keys()
    home.run("forget", "~/.config")
    assert home.at("~/.config/a/x").read_text() == "from the profile"
    assert (home.profile / "config/a/x").read_text() == "from the profile"
    home.run("undo")
    home.run("undo")
    assert home.at("~/.config/b/y").read_text() == "~/.config/b/y"
    home.declare({})
    home.run("add", str(home.at("~/.config/b")), "--as", "b")
    home.run("forget", "--delete", "~/.config/b")
    assert home.at("~/.config/b/y").read_text() == "~/.config/b/y", "put back, not deleted"


# --- Tuckr ----------------------------------------------------------------------------------

@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_tuckr_44_no_step_empties_a_file(home, option):
    """"Data loss possible at nearly every step": adding from inside a folder, with the option that
    moves files out of the way, left empty files and a link that led to itself."""
    names = ("init.lua", "lua/a.lua", "lua/b.lua")
    lines = {f"~/.config/nvim/{n}": f"-- {n}\n" * 50 for n in names}
    for name, text in lines.items():
        old_file(home, name, text)
    here = home.at("~/.config/nvim")

    def whole():
        return all(home.at(n).read_text() == t for n, t in lines.items())
    home.registry("symlinks:\n")
    home.run("add", ".", cwd=here)
    assert whole()
    home.run("add", ".", cwd=here, expect=None)
    home.run("add", "init.lua", cwd=here, expect=None)
    home.sync(option)
    assert whole()
    for path in home.path.rglob("*"):
        assert not path.is_symlink() or os.readlink(path) != str(path)
        assert not path.is_symlink() or path.exists(), f"{path} leads nowhere"
    home.run("forget", "~/.config/nvim")
    assert whole() and not here.is_symlink()
    home.sync(option)
    assert whole()


def test_tuckr_122_a_second_run_turns_no_file_into_a_folder(home):
    """A file was added to a group and the command run again: the first file's link had become an
    empty folder."""
    home.source("test/one.txt")
    home.registry("symlinks: {~/.t: {tree: test}}\n")
    home.sync()
    home.source("test/two.txt")
    was = mark(home.at("~/.t/one.txt"))
    for option in ([], ["--backup"], ["--adopt"]):
        home.sync(*option)
        assert mark(home.at("~/.t/one.txt")) == was
        home.assert_linked({"~/.t/one.txt": "test/one.txt", "~/.t/two.txt": "test/two.txt"})
    home.write("~/.t/three.txt", "three")
    home.run("add", str(home.at("~/.t/three.txt")))
    assert mark(home.at("~/.t/one.txt")) == was
    assert home.at("~/.t/three.txt").read_text() == "three" and home.link("~/.t/three.txt")


@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_tuckr_127_what_stands_in_the_way_gives_way_to_a_link_not_to_a_folder(home, option):
    """--force and --adopt removed the file, and made an empty folder in its place; --adopt removed
    the source as well where nothing stood at the target."""
    home.declare({"~/.vimrc": "all/vimrc", "~/.not-there": "all/other", "~/.config/x/y": "all/y"})
    old_file(home, "~/.vimrc", "mine")
    old_file(home, "~/.config/x/y", "my y")
    home.sync(option)
    home.assert_linked({"~/.vimrc": "all/vimrc", "~/.not-there": "all/other",
                        "~/.config/x/y": "all/y"})
    adopted = option == "--adopt"
    assert home.at("~/.vimrc").read_text() == ("mine" if adopted else "all/vimrc")
    assert home.at("~/.config/x/y").read_text() == ("my y" if adopted else "all/y")
    assert home.at("~/.not-there").read_text() == "all/other"
    assert {b"mine", b"my y", b"all/vimrc", b"all/y"} <= contents(home).keys()


# --- aconfmgr -------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["-1", "--help", "-rf", "-", "- x"])
def test_aconfmgr_183_a_name_with_a_dash_is_a_name(home, name):
    """The text `-1` of a link was read as an option of ln. Here no program is started for it."""
    old_file(home, f"~/{name}", "mine")
    home.registry("symlinks:\n")
    home.run("add", "--as", f"d/{name}", "--", name)
    assert home.link(f"~/{name}") == f"{home.profile}/d/{name}"
    home.at(f"~/{name}").unlink()
    old_file(home, f"~/{name}", "theirs")
    assert "theirs" in home.run("diff", expect=None).out
    home.sync("--backup")
    home.run("undo")
    home.run("absorb", "--take", "local", "--", f"~/{name}")
    assert (home.profile / f"d/{name}").read_text() == "theirs"
    home.run("forget", "--", f"~/{name}")
    assert home.at(f"~/{name}").read_text() == "theirs" and home.link(f"~/{name}") is None
    home.no_leftovers()
