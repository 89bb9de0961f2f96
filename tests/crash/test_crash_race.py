# SPDX-License-Identifier: MIT
"""Another program changes a path while sync is at work on it (PT-007, CC-009, FS-003).

"What is about to be replaced or removed is compared with what the plan saw; if
another program changed it meanwhile, it is left alone and reported."
"""

import os
import shutil

import pytest

import crash_kit as kit

MINE = "the user's own bytes\n"


# --- what the other program does -------------------------------------------------------------


def put_file(path):
    beside = f"{path}.beside"
    kit.write(beside, MINE)
    os.replace(beside, path)


def put_link(path):
    beside = f"{path}.beside"
    os.symlink("/nowhere/of/the/user", beside)
    os.replace(beside, path)


def put_folder(path):
    if os.path.islink(path):
        os.unlink(path)
    kit.write(os.path.join(path, "mine"), MINE)


def put_empty_folder(path):
    if os.path.islink(path):
        os.unlink(path)
    os.mkdir(path)


def put_pipe(path):
    if os.path.lexists(path):
        os.unlink(path)
    os.mkfifo(path)


OBJECTS = {
    "file": (put_file, lambda path: kit.content(path) == MINE.encode()
             and not os.path.islink(path)),
    "link": (put_link, lambda path: os.readlink(path) == "/nowhere/of/the/user"),
    "folder": (put_folder, lambda path: kit.content(f"{path}/mine") == MINE.encode()),
    "empty-folder": (put_empty_folder, os.path.isdir),
    "pipe": (put_pipe, lambda path: not os.path.islink(path) and not os.path.isdir(path)
             and os.path.exists(path)),
}

# name: scenario, target, and the system call that is about to act on it
PLACES = {
    "relinked": ("changed", ".zshrc", "renameat2", ('".zshrc"', "EXCHANGE")),
    "created": ("changed", ".profile", "symlinkat", ('".profile"',)),
    "removed": ("changed", ".config/one/two/deep", "renameat2", ('"deep"',)),
    "in-a-tree": ("changed", ".config/app/main.conf", "renameat2", ('"main.conf"', "EXCHANGE")),
    "folder-made": ("changed", ".config/fresh", "mkdirat", ('"fresh"',)),
    "folder-link": ("folder-to-tree", ".vim", "renameat2", ('".vim"', "EXCHANGE")),
}


def without(tree, name):
    return {key: value for key, value in tree.items()
            if key != name and not key.startswith(name + "/")}


def leftovers(home):
    found = [name for name in kit.walk(home) if kit.TEMPORARY.search(name)]
    return found + [name for name in kit.state_names(home)
                    if name == "journal" or name.endswith(".new")]


def assert_only_this_differs(prepared, target, tree):
    found = without(kit.snapshot(prepared.home), target)
    wrong = kit.differences(found, without(tree, target))
    assert not wrong, "\n".join(wrong)
    assert not leftovers(prepared.home)


def assert_rest_is_new(prepared, target, result):
    """Everything but the target, and the folders that hold it."""
    found = without(kit.snapshot(prepared.home), target)
    wanted = without(prepared.new, target)
    above = {name for name in found if target.startswith(name + "/")}
    wrong = kit.differences({name: sign for name, sign in found.items() if name not in above},
                            {name: sign for name, sign in wanted.items() if name not in above})
    assert not wrong, f"{result}\n" + "\n".join(wrong)
    assert not leftovers(prepared.home), str(result)


@pytest.mark.parametrize("thing", OBJECTS)
@pytest.mark.parametrize("place", PLACES)
def test_swapped_before_the_change(slot, place, thing):
    scenario, target, call, words = PLACES[place]
    put, is_there = OBJECTS[thing]
    prepared = slot.prepare(scenario)
    points = kit.all_points(slot, prepared)
    stopped = kit.Stopped(slot, prepared, points, kit.find_point(points, call, *words))
    path = str(prepared.home / target)
    put(path)
    result = stopped.resume()
    assert is_there(path), f"the user's {thing} is gone: {result}"
    assert result.rc in (1, 3), str(result)
    assert os.path.basename(target) in result.err, str(result)
    assert_only_this_differs(prepared, target, prepared.old)
    # Once the user has moved it away, everything goes its way.
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)
    result = kit.run(prepared.home, "sync", "-y")
    assert result.rc == 0 and kit.is_new(prepared), str(result)


@pytest.mark.parametrize("thing", OBJECTS)
@pytest.mark.parametrize("place", ["relinked", "removed", "in-a-tree", "folder-link"])
def test_swapped_then_killed_in_the_middle_of_the_step(slot, place, thing):
    """The user's object is already under the temporary name; the run dies before it is back."""
    scenario, target, call, words = PLACES[place]
    put, is_there = OBJECTS[thing]
    prepared = slot.prepare(scenario)
    points = kit.all_points(slot, prepared)
    index = kit.find_point(points, call, *words)
    # The look at what came out.
    look = next(point for point in points[index + 1:]
                if point.name in ("readlinkat", "newfstatat", "statx"))
    stopped = kit.Stopped(slot, prepared, points, index,
                          {look.name: f"signal=KILL:when={look.n}"})
    path = str(prepared.home / target)
    put(path)
    result = stopped.resume()
    assert result.rc == -9, f"not killed: {result}"
    result = kit.run(prepared.home, "sync", "-y")
    assert is_there(path), f"the user's {thing} is not back at its path: {result}\n" \
        f"{leftovers(prepared.home)}"
    # Where the user's object is in nobody's way, the rest is done.
    assert result.rc in (0, 1, 3), str(result)
    if result.rc == 0:
        assert_rest_is_new(prepared, target, result)
    else:
        assert_only_this_differs(prepared, target, prepared.old)


# --- folders ---------------------------------------------------------------------------------


def swap_folder(home, folder):
    """A folder of the HOME becomes a link that leads elsewhere; the folder itself moves."""
    os.rename(home / folder, home / "moved")
    os.symlink(home / "elsewhere", home / folder)


class SwapParent(kit.Case):
    """Before each call of the change: a folder above the targets becomes a link (PT-007)."""

    def __init__(self, scenario, folder, name, n):
        self.scenario, self.folder, self.name, self.n = scenario, folder, name, n

    def __str__(self):
        return f"{self.scenario}-{self.name}-{self.n}-swap-{os.path.basename(self.folder)}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        home = prepared.home
        points = kit.all_points(slot, prepared)
        index = next(i for i, point in enumerate(points)
                     if point.name == self.name and point.n == self.n)
        stopped = kit.Stopped(slot, prepared, points, index)
        before = kit.snapshot(home / "elsewhere")
        swap = os.path.isdir(home / self.folder) and not os.path.islink(home / self.folder)
        if swap:
            swap_folder(home, self.folder)
        result = stopped.resume()
        assert kit.snapshot(home / "elsewhere") == before, f"wrote through the link: {result}"
        assert result.rc in (0, 1, 3), str(result)
        if swap:
            os.unlink(home / self.folder)
            if os.path.lexists(home / "moved"):
                os.rename(home / "moved", home / self.folder)
        kit.assert_old_or_new(prepared)
        kit.assert_converges(slot, prepared)


def swap_cases():
    cases = []
    for scenario, folder in (("changed", ".config"), ("changed", ".config/app"),
                             ("tree-to-folder", ".config")):
        cases += [SwapParent(scenario, folder, point.name, point.n)
                  for point in kit.points_of(scenario)
                  if point.name in ("symlinkat", "renameat2", "mkdirat", "unlinkat")]
    return cases or [kit.NoPoints("no change to swap a folder under")]


@pytest.mark.parametrize("case", swap_cases(), ids=str)
def test_parent_becomes_a_link(case):
    case.result()


@pytest.mark.parametrize("when, then", [("before", "goes-on"), ("aside", "goes-on"),
                                        ("before", "is-killed-before-exchanging-back"),
                                        ("before", "is-killed-after-exchanging-back"),
                                        ("aside", "is-killed-after-exchanging-back")])
def test_file_put_into_a_folder_that_becomes_a_link(slot, when, then):
    prepared = slot.prepare("tree-to-folder")
    home = prepared.home
    points = kit.all_points(slot, prepared)
    index = kit.find_point(points, "renameat2", '"app"', "EXCHANGE")
    faults = {}
    if then == "is-killed-before-exchanging-back":
        faults = {"renameat2": f"signal=KILL:when={points[index].n + 1}"}
    elif then == "is-killed-after-exchanging-back":
        # When it takes away the new link, aside again.
        faults = {"unlinkat": f"signal=KILL:when={points[index].count('unlinkat') + 1}"}
    folder = os.open(home / ".config/app", os.O_RDONLY | os.O_DIRECTORY)
    stopped = kit.Stopped(slot, prepared, points, index + (1 if when == "aside" else 0), faults)
    # By descriptor, as a program whose working folder it is would do it.
    new = os.open("mine", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=folder)
    os.write(new, MINE.encode())
    os.close(new)
    os.close(folder)
    result = stopped.resume()
    if then == "goes-on":
        assert result.rc == 1, str(result)
    else:
        assert result.rc == -9, str(result)
        result = kit.run(home, "sync", "-y")
        assert result.rc in (1, 3), str(result)
    assert kit.content(home / ".config/app/mine") == MINE.encode(), str(result)
    assert_only_this_differs(prepared, ".config/app/mine", prepared.old)


def test_file_put_into_a_folder_that_would_be_removed(slot):
    prepared = slot.prepare("removing")
    home = prepared.home
    points = kit.all_points(slot, prepared)
    stopped = kit.Stopped(slot, prepared, points,
                          kit.find_point(points, "unlinkat", '"sub"', "AT_REMOVEDIR"))
    kit.write(home / ".config/app/sub/mine", MINE)
    result = stopped.resume()
    assert result.rc == 0, str(result)
    assert kit.content(home / ".config/app/sub/mine") == MINE.encode()
    if leftovers(home):
        # To be tried once more by the next run, which then leaves it at that.
        assert "warning" in result.err, str(result)
        result = kit.run(home, "sync", "-y")
        assert result.rc == 0, str(result)
    assert kit.content(home / ".config/app/sub/mine") == MINE.encode()
    assert not leftovers(home), str(result)
    kit.assert_calm(slot, home)


# --- between the crash and the recovery ------------------------------------------------------


class EditsBeforeRecovery(kit.Case):
    """After the kill the user replaces, or removes, every link of ours; then comes the recovery."""

    def __init__(self, scenario, point, deed):
        self.scenario, self.point, self.deed = scenario, point, deed

    def __str__(self):
        return f"{self.scenario}-{self.point}-KILL-links-{self.deed}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        home = prepared.home
        kit.kill_at(slot, prepared, self.point)
        # A journal that was never published is written anew by the next change only.
        unborn = [] if kit.has_journal(home) else leftovers(home)
        profile = str(home / ".lumina")
        links = [name for name in kit.walk(home)
                 if not name.startswith(".lumina/") and not kit.TEMPORARY.search(name)
                 and os.path.islink(home / name)
                 and os.readlink(home / name).startswith(profile)]
        for name in links:
            if self.deed == "removed":
                os.unlink(home / name)
            else:
                put_file(str(home / name))
        result = kit.run(home, "sync", "-y")
        if self.deed == "removed":
            assert result.rc == 0, str(result)
        else:
            assert result.rc in (0, 1, 3), str(result)
            lost = [name for name in links if kit.content(home / name) != MINE.encode()]
            assert not lost, f"the user's files are gone: {lost}: {result}"
        left = [name for name in leftovers(home) if name not in unborn]
        assert not left, f"{left}: {result}"
        for name in links:
            if self.deed == "replaced":
                os.unlink(home / name)
        result = kit.run(home, "sync", "-y")
        assert result.rc == 0, str(result)
        for name, (_, wanted) in prepared.new_probe.items():
            if wanted is not None:
                assert kit.content(home / name) == wanted, f"{name}: {result}"
        kit.assert_calm(slot, home)


EDITS = kit.cases_for(["changed", "removing", "folder-to-tree", "tree-to-folder", "mixture"],
                      lambda name, point: [EditsBeforeRecovery(name, point, deed)
                                           for deed in ("replaced", "removed")]
                      if point.name not in kit.FLUSHING else [])


@pytest.mark.parametrize("case", EDITS, ids=str)
def test_edits_between_crash_and_recovery(case):
    case.result()


# --- two runs --------------------------------------------------------------------------------


class PlanWhileAnotherDies(kit.Case):
    """One run has made its plan and is about to take the lock; another dies midway."""

    def __init__(self, scenario, point):
        self.scenario, self.point = scenario, point

    def __str__(self):
        return f"{self.scenario}-{self.point}-KILL"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        home = prepared.home
        # A plan that sees what is half changed: made while the other run is stopped there.
        points = kit.all_points(slot, prepared)
        index = next(i for i, point in enumerate(points)
                     if (point.name, point.n) == (self.point.name, self.point.n))
        other = kit.Slot(slot.path / "other")
        other.path.mkdir(exist_ok=True)
        dying = kit.Stopped(other, prepared, points, index)
        # Without the journal's being there at the first look, as if the other began just then.
        journal = home / kit.STATE / "journal"
        aside = home / kit.STATE / "journal.test"
        os.rename(journal, aside)
        second = None
        try:
            second = kit.Stopped.at_lock(slot, home)
        finally:
            os.rename(aside, journal)
            dying.kill()
        if second is None:
            return  # all was in place already: nothing to take the lock for
        result = second.resume()
        assert result.rc == 0, str(result)
        wrong = kit.differences(kit.snapshot(home), prepared.new)
        assert not wrong, f"claims success: {result}\n" + "\n".join(wrong)
        assert not leftovers(home)
        assert kit.owned(home) == prepared.new_owned
        kit.assert_calm(slot, home)


def dying_points():
    cases = []
    for name in ("changed", "tree-to-folder", "folder-to-tree"):
        points = kit.points_of(name)
        cases += [PlanWhileAnotherDies(name, point) for point in points
                  if point.name in ("renameat2", "symlinkat") or
                  (point.name == "unlinkat" and point.count("renameat2") > 0)]
    return cases or [kit.NoPoints("no change to die in")]


@pytest.mark.parametrize("case", dying_points(), ids=str)
def test_plan_made_while_another_run_dies(case):
    case.result()
