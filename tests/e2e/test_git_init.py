# SPDX-License-Identifier: MIT
"""init URL --sync: from nothing to a synced machine, and on from wherever that stopped."""

import http.server
import os
import shutil
import signal
import threading
import time

import pytest

from changes import changing_calls, kill_before, places
from git_kit import identity
from support import OK, REFUSED, USAGE, Home, finish, needs_strace, tree_of

REGISTRY = "symlinks:\n  ~/.a: a\n  ~/.b: b\n  ~/.d: d\n"


@pytest.fixture
def bare(home):
    """A bare repository of a profile with three links."""
    identity(home)
    work = home.root / "work"
    for name, data in (("lumina.yaml", REGISTRY), ("a", "a"), ("b", "b"), ("d/in", "d")):
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        (work / name).write_text(data)
    home.git("init", "-q", cwd=work)
    home.git("add", "-A", cwd=work)
    home.git("commit", "-q", "-m", "first", cwd=work)
    home.git("branch", "side", cwd=work)
    home.git("clone", "-q", "--bare", str(work), str(home.root / "bare.git"), cwd=home.root)
    home.profile.rmdir()
    return home.root / "bare.git"


LINKS = {"~/.a": "a", "~/.b": "b", "~/.d": "d"}


def in_the_way(home):
    home.write("~/.a", "my a", 0o640)
    home.write("~/.d/x", "my x")


def left_behind(home):
    return [n for n in os.listdir(home.path) if n.startswith(".lumina") and n != ".lumina"]


def test_all_conflicts_are_shown_at_once_and_the_second_try_goes_on(home, bare):
    in_the_way(home)
    result = home.run("init", str(bare), "--sync", expect=REFUSED)
    assert "foreign: ~/.a" in result.err and "foreign: ~/.d" in result.err
    assert home.all_links() == {} and left_behind(home) == []
    home.run("init", str(bare), "--sync", expect=REFUSED)
    result = home.run("init", str(bare), "--sync", "--take-profile")
    assert "going on with the sync" in result.err
    home.assert_linked(LINKS)
    home.run("init", str(bare), "--sync")
    home.nothing_to_do()
    home.run("undo")
    assert home.at("~/.a").read_text() == "my a" and home.at("~/.d/x").read_text() == "my x"


def test_take_profile_and_keep_local_at_once(home, bare):
    in_the_way(home)
    home.run("init", str(bare), "--sync", "--keep-local")
    home.assert_linked(LINKS)
    assert (home.profile / "a").read_text() == "my a" and (home.profile / "d/x").is_file()
    assert home.git("status", "--porcelain") != ""


@pytest.mark.parametrize("args", [["--take-profile"], ["--keep-local"],
                                  ["--sync", "--take-profile", "--keep-local"]])
def test_wrong_use_is_told(home, bare, args):
    home.run("init", str(bare), *args, expect=USAGE)
    assert not home.profile.exists()


def test_the_same_repository_in_other_words(home, bare):
    home.run("init", str(bare))
    for url in (f"file://{bare}", f"{bare}/", "./bare.git", str(bare)[:-4],
                f"{home.root}/./bare.git"):
        home.run("init", url, "--sync", cwd=home.root)
    home.assert_linked(LINKS)


def test_another_repository_is_refused(home, bare):
    home.run("init", str(bare))
    shutil.copytree(bare, home.root / "other.git")
    before = tree_of(home.root)
    for url in (home.root / "other.git", "https://example.org/bare.git", "/nowhere"):
        result = home.run("init", str(url), "--sync", expect=REFUSED)
        assert "not empty" in result.err
    home.run("init", str(bare), expect=REFUSED)
    home.run("init", "--sync", expect=REFUSED)
    assert tree_of(home.root) == before


def test_another_branch_is_refused(home, bare):
    home.run("init", str(bare), "--branch", "side")
    result = home.run("init", str(bare), "--branch", "main", "--sync", expect=REFUSED)
    assert "'side', not 'main'" in result.err and home.all_links() == {}
    home.run("init", str(bare), "--branch", "side", "--sync")
    home.assert_linked(LINKS)


def test_a_folder_with_files_of_somebody_elses_is_refused_without_git_too(home, bare):
    home.profile.mkdir()
    (home.profile / "mine").write_text("x")
    home.run("init", str(bare), "--sync", expect=REFUSED, env={"PATH": "/nowhere"})
    home.run("init", str(bare), "--sync", expect=REFUSED)
    assert os.listdir(home.profile) == ["mine"]


# --- cut off -----------------------------------------------------------------------------------

def slow_git(home, at):
    """A git that stops for good in the middle of a clone, and leaves what it has."""
    tools = home.root / "bin"
    tools.mkdir()
    (tools / "git").write_text(
        "#!/bin/sh\ncase \" $* \" in *' clone '*) ;; *) exec /usr/bin/git \"$@\";; esac\n"
        "for last; do :; done\nmkdir -p \"$last/.git\" && : > \"$last/half\"\n"
        f": > {at}\nexec sleep 60\n")
    (tools / "git").chmod(0o755)
    return {"PATH": f"{tools}:{home.env['PATH']}"}


@pytest.mark.parametrize("folder", [False, True])
def test_a_clone_that_was_killed_leaves_nothing_in_the_way(home, bare, folder):
    if folder:
        home.profile.mkdir()
    at = home.root / "at"
    process = home.start("init", str(bare), "--sync", env=slow_git(home, at),
                         start_new_session=True)
    end = time.monotonic() + 10
    while not at.exists() and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    assert home.profile.exists() == folder
    (left,) = left_behind(home)
    result = home.run("init", str(bare), "--sync")
    assert f"{left}' is left from a clone that was interrupted" in result.err
    home.assert_linked(LINKS)
    assert (home.path / left / "half").exists()


def test_ctrl_c_while_cloning_leaves_nothing(home, bare):
    class Silent(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802
            time.sleep(20)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    process = home.start("init", f"http://127.0.0.1:{server.server_port}/x.git", "--sync",
                         start_new_session=True)
    end = time.monotonic() + 10
    while not left_behind(home) and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.3)
    os.killpg(process.pid, signal.SIGINT)
    assert finish(process).code != OK
    end = time.monotonic() + 5
    while left_behind(home) and time.monotonic() < end:
        time.sleep(0.02)
    server.shutdown()
    assert left_behind(home) == [] and not home.profile.exists()


def test_a_clone_that_fails_leaves_an_empty_folder_as_it_was(home):
    home.profile.chmod(0o750)
    before = tree_of(home.path)
    result = home.run("init", "/nowhere/at/all.git", expect=None)
    assert result.code not in (OK, USAGE)
    after = tree_of(home.path)
    assert {p: r[:3] for p, r in after.items()} == {p: r[:3] for p, r in before.items()}


def test_an_empty_folder_keeps_its_mode_and_a_link_to_one_stays(home, bare):
    real = home.root / "real"
    real.mkdir(mode=0o700)
    home.profile.symlink_to(real)
    home.run("init", str(bare), "--sync")
    assert home.profile.is_symlink() and (real / "lumina.yaml").is_file()
    assert real.stat().st_mode & 0o777 == 0o700
    home.assert_linked(LINKS)


def test_folders_above_are_made(home, bare):
    env = {"LUMINA_HOME": str(home.path / "deep/er/dots")}
    home.run("init", str(bare), "--sync", env=env)
    assert os.listdir(home.path / "deep/er") == ["dots"]
    assert os.readlink(home.at("~/.a")) == f"{home.path}/deep/er/dots/a"


@needs_strace
def test_a_sync_that_was_killed_is_gone_on_with(home, bare):
    home.run("init", str(bare))
    twin = Home(home.root / "twin")
    twin.profile.rmdir()
    twin.run("init", str(bare))
    calls = changing_calls(twin, "sync")
    kill_before(home, calls[places(calls)["half"]], "sync")
    assert (home.state / "journal").exists()
    home.run("init", str(bare), "--sync")
    home.assert_linked(LINKS)
    home.no_leftovers()
