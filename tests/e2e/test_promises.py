# SPDX-License-Identifier: MIT
"""The public promises, each proved by the test of its name, over every command that changes.

Nothing is lost. All or nothing. Only what is ours. Only what changed. Works without the binary.
No daemon. (The same under a kill at every system call: tests/crash.)
"""

import contextlib
import os
import re
import shutil
import subprocess

import pytest

from changes import (CHANGES, PLACES, RETURNS, argv_of, backups, changing_calls, look, make_synced,
                     old_file, places, prepare, run_change)
from support import FAILED, OK, REFUSED, TIMEOUT, Home, finish, needs_strace, traced, tree_of

ALL = [*CHANGES, *RETURNS]
EVERY = pytest.mark.parametrize("name", ALL)


@pytest.fixture
def synced(home):
    return make_synced(home)


def files_below(path):
    """{(content, mode, owner)} of the regular files at or below a path, links not followed."""
    found = set()
    rows = tree_of(path) if os.path.isdir(path) and not os.path.islink(path) else {}
    for row in rows.values():
        if row[0][0] == "-":
            found.add((row[3], row[0], row[1]))
    if not rows and os.path.isfile(path):
        folder, name = os.path.split(path)
        row = tree_of(folder)[os.fsencode(name)]
        found.add((row[3], row[0], row[1]))
    return found


def persons_files(home):
    """Files at their places or in the profile; the registry is a matter of its own."""
    return {(row[3], row[0], row[1]) for path, row in home.snapshot().items()
            if row[0][0] == "-" and path != b".lumina/lumina.yaml"}


# --- nothing is lost ------------------------------------------------------------------------

@EVERY
def test_nothing_is_lost(synced, name):
    """Every file that was there is there, or in the profile, or in a backup that history names."""
    prepare(synced, name)
    before = persons_files(synced)
    kept = synced.state / "backups"
    before |= files_below(kept) if kept.exists() else set()
    result = run_change(synced, name)
    after = persons_files(synced)
    if name == "eject":
        after |= files_below(kept)
        assert not kept.exists() or str(kept) in result.out + result.err, "it says where"
    else:
        for path, present in backups(synced).items():
            assert not present or os.path.lexists(path)
            after |= files_below(path) if present else set()
    assert before <= after


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("option", ["--backup", "--adopt"])
def test_nothing_is_lost_when_the_sync_goes_over_what_a_person_made_of_it(synced, first, option):
    """After a change every target is replaced by a new file, as careless programs do; then sync."""
    prepare(synced, first)
    run_change(synced, first)
    links = synced.all_links()
    for number, target in enumerate(sorted(links)):
        path = synced.at(target)
        path.unlink()
        old_file(synced, target, f"new file {number}", 0o604)
    before = persons_files(synced)
    if option == "--adopt" and any(f"{synced.state}/themes/" in text for text in links.values()):
        # What comes of a template has no source that could be made of it.
        synced.sync(option, expect=REFUSED)
        assert persons_files(synced) == before
        option = "--backup"
    synced.sync(option)
    after = persons_files(synced)
    for path in backups(synced):
        after |= files_below(path)
    assert before <= after
    synced.nothing_to_do()


# --- all or nothing -------------------------------------------------------------------------

@needs_strace
@EVERY
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EACCES"])
def test_all_or_nothing(root, name, error):
    """A step that fails takes back all of them; a second run without the failure does all."""
    path = os.path.join(root, "h")
    home = make_synced(Home(path))
    prepare(home, name)
    calls = changing_calls(home, *argv_of(home, name))
    done = look(home, inodes=False)
    for where in PLACES[:3]:
        shutil.rmtree(path)
        home = make_synced(Home(path))
        prepare(home, name)
        before = look(home)
        call, number, text = calls[places(calls)[where]]
        if call in ("fsync", "close"):
            continue
        fault = ("strace", "-o", "/dev/null", "-e", f"inject={call}:error={error}:when={number}")
        result = home.run(*argv_of(home, name), expect=None, prefix=fault)
        if result.code == OK:  # another way was found
            assert look(home, inodes=False) == done, f"{where}: {call} {text}"
            continue
        assert result.code == FAILED and result.err, repr(result)
        assert look(home) == before, f"{where}: {call} {text} {result!r}"
        home.no_leftovers()
        run_change(home, name)
        assert look(home, inodes=False) == done


@pytest.mark.parametrize("case", ["add", "add tree", "forget", "absorb", "backup", "adopt"])
def test_all_or_nothing_when_one_of_several_is_refused(synced, case):
    """One that can't be done among many that can: none is done, and the one is named."""
    bad = "~/.bad"
    for i in range(3):
        old_file(synced, f"~/.f{i}", f"f{i}")
    files = [str(synced.at(f"~/.f{i}")) for i in range(3)]
    code = REFUSED
    if case.startswith("add"):
        os.symlink("/elsewhere", synced.at(bad))
        argv = ["add", *(["--tree"] if "tree" in case else []), *files, str(synced.at(bad))]
    elif case == "forget":
        argv, code = ["forget", "~/.zshrc", "~/.config/kitty/kitty.conf", bad], FAILED
    elif case == "absorb":
        synced.at("~/.zshrc").unlink()
        old_file(synced, "~/.zshrc", "detached")
        argv = ["absorb", "--take", "local", "~/.zshrc", bad]
        code = None
    else:
        synced.source("s")
        lines = "".join(f"\r\n  ~/.f{i}: s" for i in range(3))
        synced.registry((synced.profile / "lumina.yaml").read_bytes() + lines.encode() +
                        b"\r\n  ~/.bad: s\r\n")
        os.mkfifo(synced.at(bad))
        if case == "backup":
            synced.at(bad).unlink()
            (synced.profile / "s").unlink()
        argv = ["sync", f"--{case}"]
    before, state = synced.snapshot(), tree_of(synced.state)
    result = synced.run(*argv, expect=code)
    assert result.code in (FAILED, REFUSED) and ".bad" in result.err, repr(result)
    assert synced.snapshot() == before and tree_of(synced.state) == state


# --- only what is ours ----------------------------------------------------------------------

def strangers(home):
    """Things of others, beside everything that is ours."""
    for folder in ("~", "~/.config", "~/.config/kitty", "~/.config/app", "~/.two", "~/.lumina",
                   "~/.lumina/zsh", "~/.config/new"):
        if not home.at(folder).is_symlink() and home.at(folder).is_dir():
            old_file(home, f"{folder}/stranger", "a stranger's")
            os.symlink("/nowhere/at/all", home.at(f"{folder}/dangling"))
            os.symlink(home.profile / "zsh/zshrc", home.at(f"{folder}/by-hand"))
            os.mkfifo(home.at(f"{folder}/pipe"))
    (home.path / "empty/folder").mkdir(parents=True)


@EVERY
def test_only_what_is_ours(synced, name):
    """Beside the paths that the command names in its report, nothing changes: not a byte, not an
    inode, not a time."""
    prepare(synced, name)
    if name not in ("add a folder", "add --tree", "sync --backup", "sync --adopt"):
        strangers(synced)
    else:  # there the folder itself is what moves
        old_file(synced, "~/.config/stranger", "a stranger's")
        os.symlink("/nowhere", synced.at("~/.config/dangling"))
    before = synced.snapshot()
    document = run_change(synced, name, "--json").json
    after = synced.snapshot()
    ours = {os.fsencode(os.path.relpath(c["path"], synced.path)) for c in document["changes"]}
    ours |= {b".lumina/" + os.fsencode(c["source"]) for c in document["changes"] if c["source"]}
    ours |= {os.fsencode(os.path.relpath(c["before"], synced.path)) for c in document["changes"]
             if c["action"] == "return"}
    ours |= {b".lumina/lumina.yaml"}
    for path in before.keys() | after.keys():
        if any(path == one or path.startswith(one + b"/") for one in ours):
            continue
        old, new = before.get(path), after.get(path)
        if any(one.startswith(path + b"/") for one in ours) or path == b".":
            # A folder in which something changed: its time did, too.
            assert old is None or new is None or old[:3] == new[:3], path
            continue
        assert old == new, f"{path} was not ours"
    for path in synced.path.rglob("*"):
        if path.name in ("stranger", "dangling", "by-hand", "pipe"):
            assert os.fsencode(os.path.relpath(path, synced.path)) in before


@EVERY
def test_only_what_is_ours_is_ever_named_in_a_system_call(synced, name):
    """No changing call has a path outside HOME, and none follows a link out of it."""
    if shutil.which("strace") is None:
        pytest.skip("strace is missing")
    prepare(synced, name)
    _result, calls = traced(synced, *argv_of(synced, name))
    allowed = (str(synced.path), str(synced.root / "run"), "/dev/null", "/dev/tty")
    for call in calls:
        if not call.writes or call.result.startswith("-"):
            continue
        folders = re.findall(r"<(/[^>]*)>", call.args)
        names = re.findall(r'"(/[^"]*)"', call.args)[-1:]
        # What a link says is no name in this sense.
        for path in folders + ([] if call.name.startswith("symlink") else names):
            assert path.startswith(allowed), repr(call)


# --- only what changed ----------------------------------------------------------------------

@pytest.mark.parametrize("name", ["add", "forget", "absorb local", "absorb profile", "sync new",
                                  "sync --backup", "undo", "undo of add"])
def test_only_what_changed(synced, name):
    """Among 300 links no other one is touched: same inode, same times, same folder's time."""
    lines = b"".join(b"\r\n  ~/.many/%03d: many" % i for i in range(300))
    synced.registry((synced.profile / "lumina.yaml").read_bytes() + lines)
    synced.source("many")
    synced.sync()
    prepare(synced, name)
    before = {p: r for p, r in synced.snapshot().items() if p.startswith(b".many")}
    assert len(before) == 301
    run_change(synced, name)
    after = {p: r for p, r in synced.snapshot().items() if p.startswith(b".many")}
    assert after == before


@needs_strace
@pytest.mark.parametrize("argv", [["sync"], ["sync", "--backup"], ["sync", "--adopt"],
                                  ["rollback", "1"], ["history"], ["undo", "-n"]], ids=" ".join)
def test_only_what_changed_so_nothing_when_nothing_did(synced, argv):
    before, state = synced.snapshot(), tree_of(synced.state)
    _result, calls = traced(synced, *argv)
    written = [c for c in calls if c.writes and "/dev/null" not in c.args
               and not (argv[0] == "rollback" and '"lock"' in c.args)]
    assert written == []
    assert synced.snapshot() == before and tree_of(synced.state) == state


def test_only_what_changed_in_the_registry(synced):
    """An edit of the registry is one line more, or one line less."""
    was = (synced.profile / "lumina.yaml").read_bytes().split(b"\r\n")
    old_file(synced, "~/.vimrc")
    synced.run("add", str(synced.at("~/.vimrc")))
    now = (synced.profile / "lumina.yaml").read_bytes().split(b"\r\n")
    added = [line for line in now if line not in was]
    assert len(added) == 1 and b"vimrc" in added[0]
    assert [line for line in now if line in was] == was
    synced.run("forget", "~/.vimrc")
    assert (synced.profile / "lumina.yaml").read_bytes().split(b"\r\n") == was


# --- works without the binary ---------------------------------------------------------------

@EVERY
def test_works_without_the_binary(synced, name):
    """Take the program and all its state away: every configuration reads as before."""
    prepare(synced, name)
    run_change(synced, name)

    def read_all():
        found = {}
        for path in sorted(synced.path.rglob("*")):
            if synced.state not in path.parents and path.is_file():
                found[path] = subprocess.run(["cat", "--", path], env={"PATH": "/usr/bin:/bin"},
                                             capture_output=True, check=True).stdout
        return found
    before = read_all()
    for path in synced.state.iterdir():
        if path.name != "themes":   # what was rendered is there only
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert read_all() == before
    for target, text in synced.all_links().items():
        rendered = text.startswith(f"{synced.state}/themes/current/")
        assert text.startswith(f"{synced.profile}/") and "/state/" not in text or rendered, target
        assert synced.at(target).exists(), f"{target} leads nowhere"
    for path, data in before.items():
        assert b"lumina hook" not in data, path


def test_works_without_the_binary_and_without_the_profile_after_eject(synced):
    """After `eject` HOME is free of Lumina: the profile may go as well."""
    prepare(synced, "sync --adopt")
    synced.sync("--adopt")
    wanted = {t: synced.at(t).read_bytes() for t in ("~/.zshrc", "~/.one", "~/.two/in/it",
                                                     "~/.config/kitty/kitty.conf")}
    profile = tree_of(synced.profile)
    synced.run("eject")
    assert tree_of(synced.profile) == profile, "the profile is untouched"
    shutil.rmtree(synced.profile)
    assert {t: synced.at(t).read_bytes() for t in wanted} == wanted
    assert [p for p in synced.path.rglob("*") if p.is_symlink()] == []


# --- no daemon ------------------------------------------------------------------------------

def listeners(home):
    """Sockets, but for those of other tests."""
    with contextlib.suppress(OSError), open("/proc/net/unix", encoding="utf-8") as handle:
        return {line.split()[-1] for line in handle
                if "lumina" in line and ("lumina-e2e-" not in line or str(home.root) in line)}
    return set()


@EVERY
def test_no_daemon(synced, name):
    """When a command has ended, nothing of it runs, listens, or waits to be started."""
    prepare(synced, name)
    before = listeners(synced)
    process = synced.start(*argv_of(synced, name), start_new_session=True)
    result = finish(process)  # ends when the last holder of its pipes has ended
    assert result.code == OK, repr(result)
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert listeners(synced) == before
    assert list((synced.root / "run").iterdir()) == []
    for folder in ("~/.config/systemd", "~/.config/autostart", "~/.local/share/systemd"):
        assert not synced.at(folder).exists()
    with contextlib.suppress(subprocess.TimeoutExpired):
        synced.run("status", timeout=TIMEOUT)
