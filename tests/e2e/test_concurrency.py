# SPDX-License-Identifier: MIT
"""One writer at a time, readers never wait, and nobody's change in between is lost.

Where a test has to act between the plan and the first change it holds the lock: a sync makes its
plan, waits at the lock, and what happens now is exactly what it must notice.
"""

import os
import random
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from support import FAILED, OK, REFUSED, USAGE, finish, kill, needs_strace


@pytest.fixture
def ten(home):
    home.declare({f"~/.l/{i}": f"s{i}" for i in range(10)})
    return home


def waiting(home, *args):
    """A sync that has its plan and waits at the lock."""
    process = home.start("sync", *args)
    try:
        home.wait_for_lock(process)
    except BaseException:
        kill(process)
        raise
    return process


# --- the lock -------------------------------------------------------------------------------

def test_many_syncs_at_once_make_each_link_once(home):
    home.declare({f"~/.l/{i % 7}/{i}": f"s{i}" for i in range(150)})
    processes = [home.start("sync") for _ in range(8)]
    results = [finish(process) for process in processes]
    assert [r.code for r in results] == [OK] * 8, results
    assert sum("150 links made" in r.out for r in results) == 1
    assert sum("nothing to do" in r.out for r in results) == 7
    home.assert_linked({f"~/.l/{i % 7}/{i}": f"s{i}" for i in range(150)})
    assert home.generations() == ["000001"]
    home.no_leftovers()
    home.nothing_to_do()


def test_a_second_sync_waits_for_the_first(ten):
    with ten.lock_held():
        process = waiting(ten)
        assert ten.all_links() == {}
    result = finish(process)
    assert result.code == OK and len(ten.all_links()) == 10


def test_a_second_sync_gives_up_after_ten_seconds_and_names_the_others_pid(ten):
    with ten.lock_held():
        start = time.monotonic()
        result = ten.sync(expect=FAILED)
        took = time.monotonic() - start
    assert str(os.getpid()) in result.err, repr(result)
    assert 9.5 < took < 13
    assert ten.all_links() == {}
    ten.sync()
    assert len(ten.all_links()) == 10


def test_readers_never_wait(ten):
    ten.sync()
    ten.at("~/.l/3").unlink()
    with ten.lock_held():
        start = time.monotonic()
        assert ten.status() == {"~/.l/3": "missing"}
        for command in (["diff"], ["doctor"], ["why", "~/.l/3"], ["sync", "-n"],
                        ["git", "--version"], ["status", "--json"]):
            ten.run(*command)
        assert time.monotonic() - start < 3


def test_a_sync_with_nothing_to_do_does_not_wait_either(ten):
    ten.sync()
    with ten.lock_held():
        start = time.monotonic()
        ten.sync()
        assert time.monotonic() - start < 2


def test_a_killed_holder_leaves_nothing_to_remove(ten):
    # CC-003
    code = textwrap.dedent(f"""
        import fcntl, os, time
        os.makedirs({str(ten.state)!r}, exist_ok=True)
        handle = open({str(ten.state / 'lock')!r}, "a+b")
        fcntl.lockf(handle, fcntl.LOCK_EX)
        print("held", flush=True)
        time.sleep(60)
        """)
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        process = waiting(ten)
    finally:
        kill(holder)
    assert finish(process).code == OK
    assert len(ten.all_links()) == 10
    ten.nothing_to_do()


def test_a_lock_file_that_stays_behind_locks_nobody_out(ten):
    # CC-003
    ten.state.mkdir()
    (ten.state / "lock").write_text("12345\n")
    start = time.monotonic()
    ten.sync()
    assert time.monotonic() - start < 2


# --- the registry changes meanwhile ---------------------------------------------------------

def test_a_registry_saved_between_plan_and_change_is_the_one_that_counts(ten):
    with ten.lock_held():
        process = waiting(ten)
        new = ten.profile / ".lumina.yaml.swp"
        new.write_text("symlinks: {~/.l/new: s1}\n")
        os.rename(new, ten.profile / "lumina.yaml")
    assert finish(process).code == OK
    ten.assert_linked({"~/.l/new": "s1"})


def test_a_registry_saved_broken_between_plan_and_change_stops_the_sync(ten):
    with ten.lock_held():
        process = waiting(ten)
        ten.registry("symlinks: {~/.l/new: s1\n")
    assert finish(process).code == USAGE
    assert ten.all_links() == {}


@pytest.mark.parametrize("what", ["include", "overlay changed", "overlay made", "tree"])
def test_every_part_of_the_registry_is_looked_at_again(home, what):
    home.source("a", "b", "t/x")
    home.registry("""
        include: [part.yaml]
        symlinks: {~/.a: a, ~/.t: {tree: t}}
        """)
    home.registry("symlinks: {~/.i: a}\n", "part.yaml")
    if what == "overlay changed":
        home.local("symlinks: {~/.o: a}")
    want = {"~/.a": "a", "~/.i": "a", "~/.t/x": "t/x"}
    with home.lock_held():
        process = waiting(home)
        if what == "include":
            home.registry("symlinks: {~/.i: b}\n", "part.yaml")
            want["~/.i"] = "b"
        elif what == "tree":
            os.rename(home.profile / "t/x", home.profile / "t/y")
            want["~/.t/y"] = want.pop("~/.t/x").replace("x", "y")
        else:
            home.local("symlinks: {~/.o: b}")
            want["~/.o"] = "b"
    assert finish(process).code == OK
    home.assert_linked(want)
    home.nothing_to_do()


def test_two_registries_at_once_end_in_one_of_them_whole(ten):
    """An editor saves while syncs run: every run ends at a state that was saved."""
    states = [{f"~/.l/{i}": f"s{i}" for i in range(10)},
              {f"~/.l/{i}": f"s{9 - i}" for i in range(5, 15) if i < 15}]
    ten.source(*[s for state in states for s in state.values()])
    texts = ["symlinks:\n" + "".join(f"  {t}: {s}\n" for t, s in state.items())
             for state in states]
    ten.source(*{s for state in states for s in state.values()})
    stop = threading.Event()

    def edit():
        turn = 0
        while not stop.is_set():
            new = ten.profile / "new.tmp"
            new.write_text(texts[turn % 2])
            os.rename(new, ten.profile / "lumina.yaml")
            turn += 1
            stop.wait(random.uniform(0.001, 0.02))
    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for _ in range(40):
            result = ten.sync("-y", expect=None)
            assert result.code == OK or "changed again and again" in result.err, repr(result)
            found = {t: s.removeprefix(f"{ten.profile}/") for t, s in ten.all_links().items()}
            assert found in ([{}] if result.code else []) + states, found
    finally:
        stop.set()
        editor.join()
    ten.sync("-y")
    ten.no_leftovers()


# --- targets change meanwhile ---------------------------------------------------------------

REPLACE = {
    "file": lambda path: (path.unlink(), path.write_text("theirs")),
    "renamed file": lambda path: (path.with_name("tmp~").write_text("theirs"),
                                  os.rename(path.with_name("tmp~"), path)),
    "other link": lambda path: (path.unlink(), os.symlink("/theirs", path)),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "nothing": lambda path: path.unlink(),
}


@pytest.mark.parametrize("how", REPLACE)
@pytest.mark.parametrize("change", ["replace", "remove"])
def test_what_another_program_put_there_meanwhile_is_left_alone(ten, how, change):
    # CC-009
    ten.sync()
    before = ten.all_links()
    if change == "replace":
        ten.declare({f"~/.l/{i}": "other" for i in range(10)})
    else:
        ten.declare({f"~/.l/{i}": f"s{i}" for i in range(4)})
    path = ten.at("~/.l/7")
    with ten.lock_held():
        process = waiting(ten)
        REPLACE[how](path)
        seen = os.lstat(path) if os.path.lexists(path) else None
    result = finish(process)
    if (how, change) == ("nothing", "remove") and result.code == OK:
        return ten.assert_linked({f"~/.l/{i}": f"s{i}" for i in range(4)})
    assert result.code == FAILED, repr(result)
    assert "~/.l/7" in result.err and "changed by another program" in result.err
    del before["~/.l/7"]
    if how == "other link":
        assert ten.link("~/.l/7") == "/theirs"
    assert ten.all_links() == before, "all or nothing"
    if seen is None:
        assert not os.path.lexists(path)
    else:
        assert os.lstat(path).st_ino == seen.st_ino
    if "file" in how:
        assert path.read_text() == "theirs"
    ten.no_leftovers()


def test_a_failure_is_a_whole_json_document_too(ten):
    ten.sync()
    ten.declare({f"~/.l/{i}": "other" for i in range(10)})
    with ten.lock_held():
        process = waiting(ten, "--json")
        REPLACE["file"](ten.at("~/.l/7"))
    result = finish(process)
    assert result.code == FAILED
    assert result.json["result"] == "failed" and "~/.l/7" in result.json["error"]
    assert result.json["generation"] is None


def test_a_file_that_appears_where_a_link_is_to_be_made_is_left_alone(ten):
    ten.at("~/.l").mkdir()
    with ten.lock_held():
        process = waiting(ten)
        ten.write("~/.l/7", "theirs")
    result = finish(process)
    assert result.code in (FAILED, REFUSED) and "~/.l/7" in result.err, repr(result)
    assert ten.at("~/.l/7").read_text() == "theirs"
    assert ten.all_links() == {}
    ten.no_leftovers()


@pytest.mark.parametrize("content", [[], ["mine"]], ids=["empty", "filled"])
def test_a_folder_that_another_program_makes_meanwhile_is_kept(ten, content):
    with ten.lock_held():
        process = waiting(ten)
        ten.at("~/.l").mkdir(mode=0o700)
        inode = ten.at("~/.l").stat().st_ino
        for name in content:
            ten.write(f"~/.l/{name}", "mine")
    result = finish(process)
    assert ten.at("~/.l").stat().st_ino == inode, repr(result)
    if result.code == OK:  # planned anew, or simply used; but then it isn't ours
        assert "~/.l" not in ten.owned() and len(ten.all_links()) == 10
    else:
        assert "~/.l" in result.err and os.listdir(ten.at("~/.l")) == content
    ten.no_leftovers()


@pytest.mark.parametrize("where", ["outside", "profile"])
def test_a_parent_swapped_for_a_link_meanwhile_is_not_followed(home, where):
    # PT-007
    home.declare({"~/.d/sub/x": "x", "~/.d/sub/y": "y", "~/.e": "e"})
    home.at("~/.d/sub").mkdir(parents=True)
    elsewhere = home.root / "elsewhere" if where == "outside" else home.profile / "elsewhere"
    elsewhere.mkdir()
    with home.lock_held():
        process = waiting(home)
        os.rename(home.at("~/.d/sub"), home.at("~/.d/old"))
        os.symlink(elsewhere, home.at("~/.d/sub"))
    result = finish(process)
    assert result.code != OK and "~/.d/sub" in result.err, repr(result)
    assert os.listdir(elsewhere) == []
    assert home.all_links() == ({"~/.d/sub": str(elsewhere)} if where == "profile" else {})
    home.no_leftovers()


def test_a_followed_parent_that_leads_elsewhere_meanwhile_is_noticed(home):
    # PT-007: ~/.config -> disk, and then -> the profile
    disk = home.root / "disk"
    disk.mkdir()
    (home.profile / "trap").mkdir()
    os.symlink(disk, home.at("~/.config"))
    home.declare({"~/.config/x": "x"})
    with home.lock_held():
        process = waiting(home)
        home.at("~/.config").unlink()
        os.symlink(home.profile / "trap", home.at("~/.config"))
    result = finish(process)
    assert result.code != OK, repr(result)
    assert os.listdir(home.profile / "trap") == [] and os.listdir(disk) == []


def test_a_folder_filled_meanwhile_is_not_removed(home):
    home.source("n/a", "n/b")
    home.registry("symlinks: {~/.n: {tree: n}}\n")
    home.sync()
    home.registry("symlinks: {~/.n: n}\n")
    with home.lock_held():
        process = waiting(home)
        home.write("~/.n/mine", "mine")
    result = finish(process)
    assert result.code == FAILED, repr(result)
    assert home.at("~/.n/mine").read_text() == "mine"
    home.assert_linked({"~/.n/a": "n/a", "~/.n/b": "n/b"})
    home.no_leftovers()


def test_a_racer_never_loses_a_file_and_never_sees_a_gap(ten):
    # CC-009, in a loop: the target is never absent, and each file of the racer survives
    ten.sync()
    target, stop = ten.at("~/.l/5"), threading.Event()
    lost, absent, turn = [], [], 0
    ten.source("odd", "even")

    def watch():
        while not stop.is_set():
            try:
                os.lstat(target)
            except FileNotFoundError:
                absent.append(time.monotonic())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        end = time.monotonic() + 4
        while time.monotonic() < end:
            turn += 1
            ten.declare({f"~/.l/{i}": ("odd" if turn % 2 else "even") for i in range(10)})
            process = ten.start("sync")
            time.sleep(random.uniform(0, 0.004))
            mine = ten.root / "mine"
            mine.write_text(f"turn {turn}")
            os.rename(mine, target)
            result = finish(process)
            assert result.code in (OK, FAILED, REFUSED), repr(result)
            if target.is_symlink() or target.read_text() != f"turn {turn}":
                lost.append((turn, repr(result)))
            # Back to a link, without a gap, for the next turn.
            link = ten.root / "link"
            os.symlink(ten.owned()["~/.l/5"], link)
            os.rename(link, target)
            ten.sync("-y")
            ten.no_leftovers()
    finally:
        stop.set()
        watcher.join()
    assert turn > 10 and lost == [] and absent == []


@needs_strace
def test_a_target_is_complete_at_every_system_call(ten):
    """Between any two calls of a sync the changed target is the old or the new link."""
    ten.sync()
    ten.declare({f"~/.l/{i}": "other" for i in range(10)})
    seen, stop = set(), threading.Event()

    def watch():
        while not stop.is_set():
            for i in range(10):
                try:
                    seen.add((i, os.readlink(ten.at(f"~/.l/{i}")).rsplit("/", 1)[1]))
                except FileNotFoundError:
                    seen.add((i, None))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        ten.sync(prefix=("strace", "-o", "/dev/null", "-e",
                         "inject=symlinkat,renameat2,unlinkat:delay_enter=3ms:delay_exit=3ms"))
    finally:
        stop.set()
        watcher.join()
    assert seen == {(i, text) for i in range(10) for text in (f"s{i}", "other")}


# --- Git --------------------------------------------------------------------------------------

def test_switching_branches_during_syncs_ends_at_one_branch_or_a_clean_error(home):
    # CC-007
    def state(name):
        for i in range(25):
            home.source(f"t/{name}{i}", f"t/sub/{name}{i}", data=name)
        home.source("t/common", f"e/{name}", data=name)
        home.registry(f"symlinks:\n  ~/.t: {{tree: t}}\n  ~/.e: e/{name}\n  ~/.{name}: e/{name}\n")
        home.commit(name)
        links = {f"~/.t/{n}{s}": f"t/{n}{s}" for n in ("", "sub/") for s in
                 [f"{name}{i}" for i in range(25)]}
        return {**links, "~/.t/common": "t/common", "~/.e": f"e/{name}", f"~/.{name}": f"e/{name}"}

    home.source(".keep")
    home.registry("symlinks:\n")
    home.commit("root")
    home.git("checkout", "-q", "-b", "a")
    states = [state("a")]
    home.git("checkout", "-q", "main")
    home.git("checkout", "-q", "-b", "b")
    states.append(state("b"))
    home.sync()
    stop, ends = threading.Event(), []

    def switch():
        turn = 0
        while not stop.is_set():
            home.git("checkout", "-q", "ab"[turn % 2])
            turn += 1
            stop.wait(random.uniform(0, 0.03))
        ends.append(turn)
    switcher = threading.Thread(target=switch)
    switcher.start()
    codes, last = [], states[1]
    try:
        for _ in range(60):
            result = home.sync("-y", expect=None)
            codes.append(result.code)
            found = {t: s.removeprefix(f"{home.profile}/") for t, s in home.all_links().items()}
            if result.code == OK:
                assert found in states, sorted(set(found) ^ set(states[0]))
                last = found
            else:
                assert result.code in (FAILED, USAGE, REFUSED) and result.err, repr(result)
                assert found == last, "a refused sync changes nothing"
    finally:
        stop.set()
        switcher.join()
    assert codes.count(OK) > 5 and ends[0] > 5, codes
    home.sync("-y")
    home.no_leftovers()
    home.nothing_to_do()


def test_a_git_that_is_at_work_is_waited_for_and_then_named(home):
    # CC-007
    home.source("a")
    home.registry("symlinks: {~/.a: a}\n")
    home.commit()
    lock = home.profile / ".git/index.lock"
    lock.write_text("")
    result = home.sync(expect=FAILED)
    assert "Git" in result.err and "index.lock" in result.err
    assert home.all_links() == {}
    process = home.start("sync")
    time.sleep(0.2)
    lock.unlink()
    assert finish(process).code == OK
    home.assert_linked({"~/.a": "a"})
