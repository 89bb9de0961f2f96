# SPDX-License-Identifier: MIT
"""The state folder: damaged, cut off, deleted, of another version; and who may read it."""

import os
import shutil
import stat
import subprocess

import pytest

from support import FAILED, OK, REFUSED, needs_strace, tree_of, xxh3


@pytest.fixture
def synced(home):
    """Six links, two generations, one entry that is stale by now."""
    home.declare({f"~/.l/{i}": f"s{i}" for i in range(5)})
    home.sync()
    home.declare({f"~/.l/{i}": f"s{i}" for i in range(6)})
    home.sync()
    assert home.generations() == ["000001", "000002"]
    return home


FILES = ["owned", "lock", "generations/000001", "generations/000002"]


def harmed(home):
    """After damage: no command fails for ever, nothing of the person's or ours is removed."""
    before = home.snapshot()
    for command in (["status"], ["doctor"], ["diff"], ["why", "~/.l/1"], ["status", "--json"]):
        home.run(*command, expect=None)
        assert home.snapshot() == before
    result = home.sync()
    assert home.snapshot() == before, repr(result)
    home.no_leftovers()
    home.nothing_to_do()
    assert home.status() == {}
    assert set(home.owned()) >= {f"~/.l/{i}" for i in range(6)}
    return result


@pytest.mark.parametrize("length", ["empty", "one byte", "header", "half", "all but one"])
@pytest.mark.parametrize("name", FILES)
def test_a_state_file_cut_off_at_any_length_is_noticed_and_mended(synced, name, length):
    # CR-016
    path = synced.state / name
    data = path.read_bytes()
    keep = {"empty": 0, "one byte": 1, "header": len(data.split(b"\n")[0]) + 1,
            "half": len(data) // 2, "all but one": max(0, len(data) - 1)}[length]
    path.write_bytes(data[:keep])
    result = harmed(synced)
    if name == "owned":
        assert "damaged" in result.err


@pytest.mark.parametrize("name", ["owned", "generations/000002"])
def test_a_flipped_bit_anywhere_is_noticed(synced, name):
    # CR-016
    path = synced.state / name
    data = path.read_bytes()
    for at in range(0, len(data), max(1, len(data) // 12)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1:])
        before = synced.snapshot()
        result = synced.sync()
        assert synced.snapshot() == before
        if name == "owned":
            assert "damaged" in result.err, at
        path.write_bytes(data)


def test_a_damaged_record_is_never_taken_for_nothing_is_ours(synced):
    # CR-016: what is stale by a damaged record stays
    synced.declare({"~/.l/0": "s0"})
    (synced.state / "owned").write_bytes(b"")
    before = synced.snapshot()
    synced.sync("-y")
    assert synced.snapshot() == before
    assert len(synced.all_links()) == 6


@pytest.mark.parametrize("data", [b"", b"lumina journal 1\n", b"\0" * 4096, b"garbage"])
def test_a_damaged_journal_is_set_aside_and_said(synced, data):
    # CR-016
    (synced.state / "journal").write_bytes(data)
    before = synced.snapshot()
    synced.run("status")
    assert (synced.state / "journal").exists(), "a reader leaves it"
    result = synced.sync()
    assert "journal" in result.err and "damaged" in result.err
    assert synced.snapshot() == before
    kept = [name for name in os.listdir(synced.state) if name.startswith("journal.")]
    assert len(kept) == 1 and (synced.state / kept[0]).read_bytes() == data
    synced.nothing_to_do()


@pytest.mark.parametrize("name", ["journal.new", "owned.new"])
def test_a_file_that_a_crash_left_half_written_is_no_obstacle(synced, name):
    (synced.state / name).write_bytes(b"half")
    synced.declare({f"~/.l/{i}": f"s{i}" for i in range(7)})
    synced.sync()
    assert len(synced.all_links()) == 7
    synced.no_leftovers()


def test_deleted_state_costs_nothing_right_links_are_ours_again(synced):
    # CR-017
    foreign = synced.write("~/.foreign", "x")
    shutil.rmtree(synced.state)
    before = synced.snapshot()
    result = synced.sync()
    assert result.err == "" and synced.snapshot() == before
    assert foreign.read_text() == "x"
    assert set(synced.owned()) >= {f"~/.l/{i}" for i in range(6)}
    synced.nothing_to_do()
    synced.declare({f"~/.l/{i}": f"s{i}" for i in range(4)})
    synced.sync()
    assert set(synced.all_links()) == {f"~/.l/{i}" for i in range(4)}


def test_deleted_state_never_means_remove_what_is_declared_no_longer(synced):
    # CR-017
    shutil.rmtree(synced.state)
    synced.declare({"~/.l/0": "s0"})
    synced.sync()
    assert len(synced.all_links()) == 6, "no record, so not ours to remove"


def test_a_lost_record_never_reuses_a_generations_number(synced):
    (synced.state / "owned").unlink()
    kept = (synced.state / "generations/000002").read_bytes()
    synced.declare({f"~/.l/{i}": f"s{i}" for i in range(8)})
    synced.sync()
    assert synced.generations() == ["000001", "000002", "000003"]
    assert (synced.state / "generations/000002").read_bytes() == kept


def test_deleted_generations_are_no_obstacle(synced):
    shutil.rmtree(synced.state / "generations")
    synced.declare({f"~/.l/{i}": f"s{i}" for i in range(7)})
    synced.sync()
    assert len(synced.all_links()) == 7
    synced.run("why", "~/.l/0")


def newer(text, kind):
    """The same record as a later version would write it, with a right checksum."""
    body = text.replace(f"lumina {kind} 2\n".encode(), f"lumina {kind} 99\n".encode(), 1)
    assert body != text
    body = body[:body.rindex(b"end\t")]
    return body + b"end\txxh3:" + xxh3(body).encode() + b"\n"


def test_the_checksum_is_the_one_this_test_forges(synced):
    data = (synced.state / "owned").read_bytes()
    body = data[:data.rindex(b"end\t")]
    assert data.endswith(f"end\txxh3:{xxh3(body)}\n".encode())


@pytest.mark.parametrize("kind", ["owned", "journal"])
def test_a_record_of_a_newer_version_is_left_alone(synced, kind):
    source = synced.state / ("owned" if kind == "owned" else "generations/000002")
    path = synced.state / kind
    path.write_bytes(newer(source.read_bytes(), kind))
    synced.declare({f"~/.l/{i}": f"s{i}" for i in range(7)})
    before, state = synced.snapshot(), tree_of(synced.state)
    result = synced.sync(expect=FAILED)
    assert "newer" in result.err
    assert synced.snapshot() == before
    assert tree_of(synced.state) == state


def test_a_state_folder_that_is_a_file_fails_cleanly(home):
    home.declare({"~/.a": "a"})
    home.state.write_text("not a folder")
    before = home.snapshot()
    assert "state" in home.sync(expect=FAILED).err
    assert home.snapshot() == before and home.all_links() == {}


def test_a_lock_that_is_a_link_is_not_followed(home):
    home.declare({"~/.a": "a"})
    victim = home.write("~/victim", "precious")
    home.state.mkdir()
    os.symlink(victim, home.state / "lock")
    home.sync(expect=FAILED)
    assert victim.read_text() == "precious" and home.all_links() == {}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777])
def test_state_is_private_whatever_the_umask(home, mask):
    # FS-043
    (home.path / ".local/state").rmdir()
    (home.path / ".local").rmdir()
    home.declare({"~/.made/a": "a"})
    home.sync(umask=mask)
    for top, folders, files in os.walk(home.path / ".local"):
        assert stat.S_IMODE(os.stat(top).st_mode) & 0o077 == 0, top
        assert stat.S_IMODE(os.stat(top).st_mode) == 0o700, top
        for name in files:
            assert stat.S_IMODE(os.stat(os.path.join(top, name)).st_mode) == 0o600, name
    assert stat.S_IMODE(home.at("~/.made").stat().st_mode) == (0o777 & ~mask) | 0o700
    home.nothing_to_do()
    home.declare({"~/.made/a": "b"})
    home.sync(umask=mask)
    home.assert_linked({"~/.made/a": "b"})


def test_a_new_profile_is_private_and_its_registry_follows_the_umask(home):
    home.profile.rmdir()
    home.run("init", umask=0o022)
    assert stat.S_IMODE(home.profile.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.profile / "lumina.yaml").stat().st_mode) == 0o644


# --- killed -----------------------------------------------------------------------------------

def interrupted(home, call, when):
    """A sync killed at the n-th such call; it has to be interrupted midway."""
    done = subprocess.run(
        ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={when}",
         *home.argv("sync", "-y")], env=home.environment(), capture_output=True, check=False)
    assert done.returncode != OK
    return done


@needs_strace
@pytest.mark.parametrize("when", [2, 5])
def test_after_a_kill_readers_say_so_and_the_next_sync_puts_it_right_first(synced, when):
    synced.declare({f"~/.l/{i}": "other" for i in range(6)})
    interrupted(synced, "renameat2", when)
    assert (synced.state / "journal").exists()
    before, state = synced.snapshot(), tree_of(synced.state)
    for command in (["status"], ["doctor"], ["diff"], ["why", "~/.l/1"]):
        result = synced.run(*command, expect=None)
        assert "interrupted" in result.err + result.out, command
    assert synced.run("status", "--json").json["interrupted"] == "lumina sync -y"
    synced.sync("-n", expect=None)
    assert synced.snapshot() == before and tree_of(synced.state) == state
    result = synced.sync()
    assert "interrupted" in result.err
    synced.assert_linked({f"~/.l/{i}": "other" for i in range(6)})
    synced.no_leftovers()
    synced.nothing_to_do()


@needs_strace
def test_an_interrupted_run_whose_registry_is_broken_by_now_is_restored_all_the_same(synced):
    synced.declare({f"~/.l/{i}": "other" for i in range(6)})
    interrupted(synced, "renameat2", 4)
    synced.registry("bogus: 1\n")
    result = synced.sync(expect=2)
    assert "interrupted" in result.err
    synced.assert_linked({f"~/.l/{i}": f"s{i}" for i in range(6)})
    synced.no_leftovers()


@needs_strace
def test_what_a_person_put_there_after_a_kill_survives_the_recovery(synced):
    synced.declare({f"~/.l/{i}": "other" for i in range(6)})
    interrupted(synced, "renameat2", 6)
    synced.at("~/.l/0").unlink()
    synced.write("~/.l/0", "written after the crash")
    synced.sync(expect=REFUSED)
    assert synced.at("~/.l/0").read_text() == "written after the crash"
    synced.no_leftovers()


@needs_strace
@pytest.mark.parametrize("signal,code", [("INT", 130), ("TERM", 143), ("HUP", 129)])
@pytest.mark.parametrize("call,when", [("symlinkat", 1), ("renameat2", 3), ("renameat2", 6)])
def test_a_signal_in_the_middle_restores_everything_and_says_so(synced, signal, code, call, when):
    synced.declare({f"~/.l/{i}": "other" for i in range(6)})
    before, generations = synced.all_links(), synced.generations()
    result = synced.sync(expect=None, prefix=(
        "strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal={signal}:when={when}"))
    if result.code == OK:  # it came when all was done already
        assert when == 6
        synced.assert_linked({f"~/.l/{i}": "other" for i in range(6)})
    else:
        assert result.code in (code, code - 256, -(code - 128)), repr(result)
        assert "interrupted" in result.err
        assert synced.all_links() == before and synced.generations() == generations
    synced.no_leftovers()
    synced.sync()
    synced.assert_linked({f"~/.l/{i}": "other" for i in range(6)})


@pytest.mark.parametrize("what", ["state", "lumina"])
def test_the_state_may_lie_behind_a_link(home, what):
    elsewhere = home.root / "elsewhere"
    elsewhere.mkdir()
    link = home.state.parent if what == "state" else home.state
    if what == "state":
        link.rmdir()
    os.symlink(elsewhere, link)
    home.declare({"~/.a": "a"})
    home.sync()
    home.declare({"~/.a": "b"})
    home.sync()
    home.assert_linked({"~/.a": "b"})
    assert link.is_symlink() and home.generations() == ["000001", "000002"]
    home.nothing_to_do()
