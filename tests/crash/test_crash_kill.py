# SPDX-License-Identifier: MIT
"""Killed before every system call that changes something (CR-001, CR-024).

"After a kill or power loss at any point, each path is old or new and complete,
nothing is lost or ownerless, the next command says so and finishes or restores;
`lumina sync` then gives exactly what an undisturbed run would have given."
"""

import pytest

import crash_kit as kit


class Kill(kit.Case):
    def __init__(self, scenario, point):
        self.scenario, self.point = scenario, point

    def __str__(self):
        return f"{self.scenario}-{self.point}-KILL"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        kit.kill_at(slot, prepared, self.point)
        kit.assert_old_or_new(prepared)
        kit.assert_readers_work(prepared)
        kit.assert_converges(slot, prepared)


class KillAndReturn(Kill):
    """Killed, then the person puts the old registry back: what was before is there again."""

    def __str__(self):
        return f"{self.scenario}-{self.point}-KILL-return"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        scenario = prepared.scenario
        kit.kill_at(slot, prepared, self.point)
        committed = kit.owned(prepared.home) == prepared.new_owned
        prepared.set_registry(scenario.old or {})
        result = kit.run(prepared.home, "sync", "-y")
        assert result.rc == 0, f"with the old registry: {result}"
        assert not kit.has_journal(prepared.home)
        temporary = [name for name in kit.walk(prepared.home) if kit.TEMPORARY.search(name)]
        assert not temporary
        if not committed:
            found = kit.snapshot(prepared.home)
            found[".lumina/lumina.yaml"] = prepared.old[".lumina/lumina.yaml"]
            wrong = kit.differences(found, prepared.old)
            assert not wrong, "\n".join(wrong)
            assert kit.owned(prepared.home) == prepared.old_owned
        kit.assert_calm(slot, prepared.home)


def of_wide(name, point):
    """Of a run with many folders: its flushes and what follows."""
    return [Kill(name, point)] if point.count("syncfs") > 0 or point.name == "syncfs" else []


CASES = kit.cases_for(kit.SWEPT, lambda name, point: [Kill(name, point)])
CASES += kit.cases_for(["wide"], of_wide)
RETURNS = kit.cases_for(["first", "changed", "removing", "folder-to-tree", "tree-to-folder",
                         "mixture"],
                        lambda name, point: [KillAndReturn(name, point)]
                        if point.name not in kit.FLUSHING else [])


@pytest.mark.parametrize("name", kit.SCENARIOS)
def test_every_kind_of_call_is_met(name):
    """A sweep without the calls that it is about would prove nothing."""
    found = {point.name for point in kit.points_of(name)}
    missing = set(kit.SCENARIOS[name].must_have) - found
    assert not missing, f"{kit.WHY.get(name, '')} no {missing} among {sorted(found)}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_kill(case):
    case.result()


@pytest.mark.parametrize("case", RETURNS, ids=str)
def test_kill_and_return(case):
    case.result()


# --- the recovery is killed too --------------------------------------------------------------


class KillRecovery(kit.Case):
    def __init__(self, scenario, first, point):
        self.scenario, self.first, self.point = scenario, first, point

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-KILL"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        kit.kill_at(slot, prepared, self.first)
        kit.kill_at(slot, prepared, self.point)
        kit.assert_old_or_new(prepared)
        kit.assert_readers_work(prepared)
        kit.assert_converges(slot, prepared)


def first_kills(name, wanted):
    """Points with a journal on disk, spread over the run."""
    points = kit.points_of(name)
    journal = [i for i, point in enumerate(points) if '"journal.new"' in point.text
               and point.name.startswith("rename")]
    inner = [point for point in points[journal[0] + 1:] if point.name not in kit.FLUSHING] \
        if journal else []
    step = max(1, len(inner) / wanted)
    return [inner[int(i * step)] for i in range(min(wanted, len(inner)))]


def recovery_points(name, first):
    """What the recovery does, up to the moment where the journal is gone."""
    points = kit.enumerate_points(name, lambda slot, prepared: kit.kill_at(slot, prepared, first))
    for i, point in enumerate(points):
        if '"journal"' in point.text and point.name in ("unlinkat", "renameat", "renameat2"):
            rest = points[i + 1:]
            flushes = next((j for j, later in enumerate(rest)
                            if later.name not in kit.FLUSHING), len(rest))
            return points[:i + 1 + flushes + 1]
    return []


def recovery_cases():
    cases = []
    for name, wanted in (("mixture", 14), ("changed", 4), ("tree-to-folder", 6),
                         ("folder-to-tree", 5), ("removing", 4), ("first", 4)):
        found = []
        try:
            for first in first_kills(name, wanted):
                found += [KillRecovery(name, first, point)
                          for point in recovery_points(name, first)]
        except kit.TROUBLE as error:
            found = [kit.NoPoints(repr(error))]
        cases += found or [kit.NoPoints(f"{name}: recovering changes nothing")]
    return cases


@pytest.mark.parametrize("case", recovery_cases(), ids=str)
def test_kill_recovery(case):
    case.result()
