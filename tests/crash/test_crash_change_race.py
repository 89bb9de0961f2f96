# SPDX-License-Identifier: MIT
"""Another program is at work on the same files while add, forget, absorb, sync --adopt and
--backup or undo carry out their plan (PT-007, CC-009, CC-011).

"If another program changed it meanwhile, it is left alone and reported"; "an editor's save
that lands in between survives".
"""

import os

import pytest

import change_kit as change
import crash_kit as kit

MINE = b"saved by another program meanwhile\n"


class Stopped(kit.Stopped):
    """One of the commands, stopped before a system call."""

    def __init__(self, world, points, index, faults=None):
        previous = points[index - 1]
        faults = {previous.name: f"signal=STOP:when={previous.n}", **(faults or {})}
        self.log = world.folder / "trace"
        self.env, self.args = world.env, world.spell(world.scenario.args)
        self.start(None, None, previous.text, kit.inject(faults), None)

    def command(self, _log, options, _args):
        return ["strace", "-qq", "-s", "256", "-o", str(self.log), *options, kit.LUMINA,
                *self.args]


def all_points(slot, name):
    """Every system call of the undisturbed run."""
    world = change.make(slot, name)
    result = world.trace([], world.scenario.args, whole=True)
    assert result.rc == 0, str(result)
    return change.parse_points(result.trace)


POINTS = {}


def stop_at(slot, name, index_of, faults=None):
    """(the world, the command in it, stopped). `index_of` finds the call to stop before."""
    if name not in POINTS:
        POINTS[name] = all_points(slot, name)
    points = POINTS[name]
    world = change.make(slot, name)
    world.snapshot(first=True)
    index = index_of(points)
    if faults is not None:
        faults = faults(points, index)
    return world, Stopped(world, points, index, faults)


def save_by_rename(path):
    beside = f"{path}.beside"
    with open(beside, "wb") as file:
        file.write(MINE)
    os.replace(beside, path)


def save_in_place(path):
    with open(path, "r+b") as file:
        file.truncate()
        file.write(MINE)


def append(path):
    with open(path, "ab") as file:
        file.write(b"  ~/.by-hand: zsh/zshrc\n")


def everything(world):
    """Contents of all files, backups and temporary names included; the registry too."""
    return world.contents()


def assert_nothing_is_lost(world, ref, result, more=()):
    lost = (ref.contents | set(more)) - everything(world)
    assert not lost, f"lost: {lost}: {result}"


def finish(world, tries=3):
    """The next runs put right what was left to them; the last one's result."""
    result = None
    for _ in range(tries):
        result = world.run("sync")
        if not world.has_journal():
            break
    assert not world.has_journal(), f"the journal stays: {result}"
    left = [name for name, _ in world.walk() if kit.TEMPORARY.search(name)]
    return result, left


# --- what stands at the target, or at the source ---------------------------------------------

# name: (scenario, what the other program changes)
PLACES = {
    "added": ("add-file", ".exrc"),
    "added-in-tree": ("add-in-tree", ".config/app/extra.conf"),
    "added-to-tree": ("add-tree", ".config/tool/one"),
    "absorbed": ("absorb-local", ".zshrc"),
    "absorbed-profile": ("absorb-profile", ".zshrc"),
    "absorbed-source": ("absorb-local", ".lumina/zsh/zshrc"),
    "merged": ("absorb-merge", ".zshrc"),
    "merged-source": ("absorb-merge", ".lumina/zsh/zshrc"),
    "adopted": ("adopt-file", ".one"),
    "adopted-source": ("adopt-file", ".lumina/one"),
    "adopted-new": ("adopt-new", ".two"),
    "backed-up": ("backup-file", ".one"),
    "backed-up-parent": ("backup-parent", ".config/x"),
    "forgotten": ("forget-file", ".zshrc"),
    "forgotten-source": ("forget-delete", ".lumina/zsh/zshrc"),
    "returned": ("undo-add-file", ".exrc"),
    "returned-source": ("undo-add-file", ".lumina/exrc"),
    "returned-over": ("undo-adopt-file", ".one"),
    "brought-back": ("undo-backup-file", ".one"),
    "linked-again": ("undo-forget-file", ".zshrc"),
    "far-backed-up": ("far-state-backup", ".one"),
    "far-adopted-source": ("far-state-adopt", ".lumina/one"),
}
# Before which of the calls that change something there.
WHEN = ["first", "second", "last"]
# Written in place while its inode moves, a file simply keeps what was written; where it
# is copied to another file system the copy would be old.
DEEDS = {"rename": save_by_rename, "in-place": save_in_place}
KINDS = ["goes-on", "is-killed-next", "is-killed-after-two"]


def is_link(path):
    return os.path.islink(path)


def changes_of(points, target):
    """Indexes of the calls between journal and commit that name what they change."""
    name = f'"{os.path.basename(target)}"'
    begin = kit.find_point(points, "renameat", '"journal.new"')
    end = kit.find_point(points, "renameat", '"owned.new"')
    return [i for i in range(begin, end) if name in points[i].text and points[i].name in
            ("linkat", "renameat2", "renameat", "symlinkat", "unlinkat")]


@pytest.mark.parametrize("then", KINDS)
@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("place", PLACES)
def test_saved_between_plan_and_change(slot, place, when, deed, then):
    name, target = PLACES[place]
    if change.SCENARIOS[name].far and not change.has_far():
        pytest.skip("no second file system")
    ref = change.reference(name)
    assert ref is not None, change.WHY[name]

    def find(points):
        found = changes_of(points, target)
        assert found, "no injection point found"
        return found[min(WHEN.index(when), len(found) - 1)] if when != "last" else found[-1]

    def faults(points, index):
        if then == "goes-on":
            return {}
        later = [point for point in points[index + 1:] if kit.is_mutating(point)
                 and point.name != points[index - 1].name]
        point = later[0 if then == "is-killed-next" else 2]
        return {point.name: f"signal=KILL:when={point.n}"}

    if name not in POINTS:
        POINTS[name] = all_points(slot, name)
    if when != "first" and len(changes_of(POINTS[name], target)) <= WHEN.index(when):
        return  # there is no more than one, or two
    world, stopped = stop_at(slot, name, find, faults)
    path = world.at(target)
    if not os.path.exists(path):
        stopped.kill()
        return  # it isn't there just now: there is nothing to save over
    if deed == "in-place" and is_link(path):
        path = os.path.realpath(path)
    with open(path, "rb") as file:
        before = file.read()
    DEEDS[deed](path)
    result = stopped.resume()
    assert result.rc in (0, 1, 3, -9), str(result)
    # The version of before is the other program's to replace.
    expected = (ref.contents - {before}) | {MINE}
    assert not expected - everything(world), \
        f"lost: {expected - everything(world)}: {result}"
    if then == "goes-on" and deed == "rename" and when == "first":
        assert result.rc in (1, 3), f"says nothing: {result}"
        assert os.path.basename(target) in result.err, f"doesn't name it: {result}"
    after, left = finish(world)
    assert not expected - everything(world), \
        f"lost: {expected - everything(world)}: {result}\n{after}"
    readable = {kit.content(world.at(target)), kit.content(path)}
    at_its_path = MINE in readable
    kept = any(MINE == kit.content(p) for n, p in world.walk() if n.startswith(kit.STATE))
    assert at_its_path or kept, f"neither at its path nor in the backups: {result}\n{after}"
    assert not left, f"temporary names: {left}: {result}\n{after}"


# --- the registry ----------------------------------------------------------------------------

EDITS = {"rename": save_by_rename, "in-place": save_in_place, "append": append}
EDITED = ["add-file", "add-several", "add-tree", "forget-file", "forget-several", "undo-add-file",
          "undo-forget-file", "rollback-back"]


def registry_points(name):
    """Calls from the plan (the registry was read) to the end of the clean-up."""
    points = change.points_of(name)
    return [point for point in points if point.name not in kit.FLUSHING
            and point.name not in ("fchown", "fchmod", "utimensat")]


class SaveRegistry(kit.Case):
    """An editor saves lumina.yaml right before a system call of the change."""

    def __init__(self, scenario, point, deed):
        self.scenario, self.point, self.deed = scenario, point, deed

    def __str__(self):
        return f"{self.scenario}-{self.point}-saved-{self.deed}"

    def check(self, slot):
        def find(points):
            return next(i for i, point in enumerate(points)
                        if (point.name, point.n) == (self.point.name, self.point.n))
        ref = change.reference(self.scenario)
        world, stopped = stop_at(slot, self.scenario, find)
        path = world.profile / "lumina.yaml"
        before = path.read_bytes()
        assert before, "the registry is empty"
        EDITS[self.deed](path)
        saved = path.read_bytes()
        result = stopped.resume()
        assert 0 <= result.rc <= 3, f"crashed: {result}"
        assert_nothing_is_lost(world, ref, result)
        after, left = finish(world)
        assert_nothing_is_lost(world, ref, f"{result}\n{after}")
        assert not left, f"temporary names: {left}: {result}\n{after}"
        now = path.read_bytes()
        if self.deed == "append":
            # Both changes, or the editor's; a line of the person's is never missing.
            assert b"~/.by-hand" in now or saved in everything(world), \
                f"the edit is gone: {now}: {result}\n{after}"
            assert now != before, f"the edit is gone: {result}\n{after}"
        else:
            assert now == MINE or MINE in everything(world), \
                f"the edit is gone: {now}: {result}\n{after}"
        if now not in (saved, MINE):
            # Lumina's version came last: then the editor's is in the backups, and named.
            assert "backups" in result.err + after.err or b"~/.by-hand" in now, \
                f"nobody says where the edit is: {result}\n{after}"


def registry_cases():
    cases = []
    for name in EDITED:
        points = registry_points(name)
        for i, point in enumerate(points):
            deeds = list(EDITS)
            # Around the exchange of the registry itself all three, elsewhere in turn.
            near = any('"lumina.yaml"' in other.text for other in points[max(0, i - 1):i + 2])
            cases += [SaveRegistry(name, point, deed) for j, deed in enumerate(deeds)
                      if near or j == i % 3]
    return cases or [kit.NoPoints("no change of the registry")]


@pytest.mark.parametrize("case", registry_cases(), ids=str)
def test_an_editors_save_survives(case):
    case.result()
