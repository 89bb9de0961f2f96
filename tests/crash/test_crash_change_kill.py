# SPDX-License-Identifier: MIT
"""add, forget, absorb, sync --adopt and --backup, undo, rollback and eject, killed before every
system call that changes something (CR-001, CR-024).

"Each path is old or new and complete, nothing is lost or ownerless, the next command says so
and finishes or restores; `lumina sync` then gives exactly what an undisturbed run would have
given, `lumina undo` exactly what was before."
"""

import pytest

import change_kit as change
import crash_kit as kit

# Before the journal is published, all commands do the same.
WHOLE = ("add-file", "backup-file", "undo-add-file", "far-state-backup")
READERS = (("status",), ("doctor",), ("history",))


class Kill(kit.Case):
    def __init__(self, scenario, point, how, readers):
        self.scenario, self.point, self.how, self.readers = scenario, point, how, readers

    def __str__(self):
        return f"{self.scenario}-{self.point}-KILL-{self.how}"

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        result = change.kill_at(world, self.point)
        change.assert_at_rest(world, ref, result)
        if self.readers:
            assert_readers_work(world)
        change.assert_follow_up(world, ref, self.how, result)


def assert_readers_work(world):
    before, interrupted = kit.stamps(world.home), world.has_journal()
    for args in READERS:
        result = world.run(*args)
        assert 0 <= result.rc <= 4 and result.rc != 2, f"{args}: {result}"
        said = "interrupted" in result.err + (result.out if args[0] == "doctor" else "")
        assert said == interrupted, f"{args}, {'a' if interrupted else 'no'} journal: {result}"
    assert kit.stamps(world.home) == before, "a command that only reads wrote something"


def kills(name, i, point):
    points = change.points_of(name)
    first = change.published(points)
    if i < first and name not in WHOLE:
        return []
    every = name in WHOLE and i >= first
    return [Kill(name, point, how, readers=i % 7 == 0)
            for j, how in enumerate(change.FOLLOW_UPS) if every or j == i % 3]


CASES = change.cases_for(change.swept(), kills)


@pytest.mark.parametrize("name", change.swept())
def test_every_kind_of_call_is_met(name):
    """A sweep without the calls that it is about would prove nothing."""
    scenario = change.SCENARIOS[name]
    if scenario.far and not change.has_far():
        pytest.skip("no second file system")
    found = {point.name for point in change.points_of(name)}
    missing = set(scenario.must_have) - found
    assert not missing, f"{change.WHY.get(name, '')} no {missing} among {sorted(found)}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_kill(case):
    case.result()


# --- the recovery is killed too --------------------------------------------------------------


class KillRecovery(kit.Case):
    def __init__(self, scenario, first, point, how):
        self.scenario, self.first, self.point, self.how = scenario, first, point, how

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-KILL-{self.how}"

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        change.kill_at(world, self.first)
        result = change.kill_at(world, self.point, ("sync",))
        change.assert_at_rest(world, ref, result)
        change.assert_follow_up(world, ref, self.how, result)


RECOVERED = {"add-several": 4, "add-tree": 4, "add-deep": 3, "forget-several": 5,
             "forget-delete-folder": 4, "absorb-local": 5, "absorb-folder-local": 4,
             "adopt-all": 6, "backup-all": 7, "undo-backup-all": 7, "undo-adopt-all": 6,
             "undo-forget-delete": 4, "undo-add-tree": 3, "rollback-back": 6,
             "rollback-forward": 6, "eject": 4, "far-state-absorb-local": 4,
             "undo-far-state-absorb-local": 4, "far-profile-absorb-local": 3,
             "undo-far-profile-absorb-local": 3, "plain-backup-all": 4,
             "plain-undo-backup-all": 4}


@pytest.mark.parametrize("case", change.recovery_cases(
    RECOVERED, lambda name, first, point, i: [
        KillRecovery(name, first, point, change.FOLLOW_UPS[i % 3])]), ids=str)
def test_kill_recovery(case):
    case.result()
