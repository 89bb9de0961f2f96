# SPDX-License-Identifier: MIT
"""Only what changed: a sync with nothing to do does nothing; one change touches one path."""

import os
import re

import pytest

from support import SANITIZED, SPAWNING, needs_strace, traced, tree_of


@pytest.fixture
def many(home):
    """500 links in 10 folders, synced."""
    home.source(*[f"s{i}" for i in range(500)], "other")
    home.registry("symlinks:\n" + "".join(f"  ~/.many/d{i // 50}/f{i}: s{i}\n"
                                          for i in range(500)))
    home.sync("-q")
    assert len(home.all_links()) == 500
    return home


@needs_strace
def test_a_sync_with_nothing_to_do_writes_nothing_and_starts_nothing(many):
    state = tree_of(many.state)
    before = many.snapshot()
    _, calls = traced(many, "sync")
    assert [call for call in calls if call.writes] == []
    assert [call for call in calls[1:] if call.name in SPAWNING] == []
    assert tree_of(many.state) == state
    assert many.snapshot() == before
    assert many.generations() == ["000001"]


@needs_strace
def test_a_sync_with_nothing_to_do_costs_one_readlink_for_each_link_and_looks_at_no_source(many):
    _, calls = traced(many, "sync")
    links = [call for call in calls if call.name in ("readlink", "readlinkat")]
    assert len([call for call in links if ".many" in call.args]) == 500
    looks = [call for call in calls if re.search(r'"(\./)?s\d+"', call.args)
             and call.name not in ("readlink", "readlinkat")]
    assert looks == []
    opened = [call for call in calls if call.name.startswith("open") and "/.many" in call.args
              and int(call.result) >= 0]
    assert len(opened) <= 12
    assert SANITIZED or len(calls) < 500 + 200


@needs_strace
@pytest.mark.parametrize("command", [["status"], ["why", "~/.many/d0/f1"], ["sync", "-n"],
                                     ["diff"], ["status", "--json"]], ids=" ".join)
def test_commands_that_only_read_write_nothing(many, command):
    many.at("~/.many/d0/f1").unlink()
    _, calls = traced(many, *command)
    assert [call for call in calls if call.writes] == []


@needs_strace
def test_one_of_500_changed_touches_one_path_by_one_rename(many):
    # FS-049
    before = many.snapshot()
    text = (many.profile / "lumina.yaml").read_text()
    many.registry(text.replace("f123: s123\n", "f123: other\n"))
    _, calls = traced(many, "sync", "-q")
    outside = [call for call in calls if call.writes and f"{many.state}" not in call.args]
    names = [call.name for call in outside]
    renames = [call for call in outside if call.name.startswith("rename")]
    assert len(renames) == 1 and renames[0].name == "renameat2", outside
    assert names.count("fsync") == 1, outside
    flushed = next(call for call in outside if call.name == "fsync")
    assert f"<{many.at('~/.many/d2')}>" in flushed.args
    assert sorted(names) == sorted(["symlinkat", "renameat2", "unlinkat", "fsync"]), outside
    after = many.snapshot()
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {b".many/d2", b".many/d2/f123", b".lumina/lumina.yaml"}, changed
    assert set(before) == set(after)
    inodes = [name for name in after if b".many/d" in name and name.count(b"/") == 2
              and after[name][2] == before[name][2]]
    assert len(inodes) == 499
    assert many.link("~/.many/d2/f123") == f"{many.profile}/other"


@needs_strace
def test_one_new_link_is_made_at_its_name_at_once(many):
    text = (many.profile / "lumina.yaml").read_text()
    many.registry(text + "  ~/.many/d3/new: other\n")
    _, calls = traced(many, "sync", "-q")
    outside = [call for call in calls if call.writes and f"{many.state}" not in call.args]
    assert [call.name for call in outside] == ["symlinkat", "fsync"], outside


@needs_strace
def test_the_journal_is_durable_before_the_first_change(many):
    text = (many.profile / "lumina.yaml").read_text()
    many.registry(text.replace("f123: s123\n", "f123: other\n"))
    _, calls = traced(many, "sync", "-q")
    first = next(i for i, call in enumerate(calls)
                 if call.writes and str(many.state) not in call.args)
    earlier = [call for call in calls[:first] if str(many.state) in call.args]
    flushed = [i for i, call in enumerate(earlier) if call.name == "fsync"]
    published = [i for i, call in enumerate(earlier)
                 if call.name.startswith("rename") and '"journal"' in call.args]
    assert published and flushed[0] < published[0] < flushed[-1], earlier


@needs_strace
def test_no_reader_ever_takes_the_lock(many):
    for command in (["status"], ["sync"], ["sync", "-n"], ["diff"]):
        _, calls = traced(many, *command)
        assert not [call for call in calls if call.name == "fcntl" and "F_SETLK" in call.args]


def test_a_touched_registry_or_source_is_nothing_to_do(many):
    os.utime(many.profile / "lumina.yaml")
    os.utime(many.profile / "s1")
    many.nothing_to_do()


def test_a_registry_in_another_order_and_dress_is_nothing_to_do(many):
    lines = [f"  '$HOME/.many/d{i // 50}//f{i}': \"s{i}\"" for i in reversed(range(500))]
    many.registry("# new\nsymlinks: {\n" + ",\n".join(lines) + "}\n")
    many.nothing_to_do()
