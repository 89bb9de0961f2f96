# SPDX-License-Identifier: MIT
"""Ctrl-C and its like at every system call: everything as before, and 128 + n; or all done."""

import signal

import pytest

import crash_kit as kit

SIGNALS = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "HUP": signal.SIGHUP}


def assert_undone_or_done(prepared, result, number):
    home = prepared.home
    left = [name for name in kit.state_names(home) if name == "journal" or name.endswith(".new")]
    if result.rc == 0:
        # It came too late to stop anything.
        assert kit.is_new(prepared), f"claims success: {result}"
    else:
        # By exit code, or by the signal itself where nothing had begun.
        assert result.rc in (128 + number, -number), f"neither done nor interrupted: {result}"
        assert kit.is_old(prepared), f"interrupted, but changed: {result}\n" + \
            "\n".join(kit.differences(kit.snapshot(home), prepared.old))
    assert not left, f"{left}: {result}"


class Interrupt(kit.Case):
    def __init__(self, scenario, point, name):
        self.scenario, self.point, self.name = scenario, point, name

    def __str__(self):
        return f"{self.scenario}-{self.point}-{self.name}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        fault = {self.point.name: f"signal={self.name}:when={self.point.n}"}
        result = kit.run_traced(slot, prepared.home, kit.inject(fault))
        assert f"--- SIG{self.name} " in result.trace, f"no signal: {result}"
        assert_undone_or_done(prepared, result, SIGNALS[self.name])
        if result.rc == 128 + SIGNALS[self.name]:
            assert "interrupted" in result.err, str(result)
        kit.assert_converges(slot, prepared)


CASES = kit.cases_for(["changed", "tree-to-folder", "folder-to-tree", "mixture"],
                      lambda name, point: [Interrupt(name, point, "INT")])
CASES += kit.cases_for(["first", "removing"],
                       lambda name, point: [Interrupt(name, point, "TERM"),
                                            Interrupt(name, point, "HUP")])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_signal(case):
    case.result()


def test_something_is_interrupted_midway(slot):
    """The sweep above would pass if every signal came too late."""
    prepared = slot.prepare("changed")
    points = kit.points_of("changed")
    middle = next(point for point in points if point.name == "renameat2" and point.n == 3)
    result = kit.run_traced(slot, prepared.home, kit.inject({"renameat2": "signal=INT:when=3"}))
    assert result.rc == 128 + signal.SIGINT, f"{middle.text}: {result}"
    assert kit.is_old(prepared)


def test_two_signals(slot):
    """An impatient person."""
    prepared = slot.prepare("mixture")
    points = kit.all_points(slot, prepared)
    stopped = kit.Stopped(slot, prepared, points, kit.find_point(points, "renameat2", '"folded"'),
                          {"unlinkat": "signal=INT:when=3"})
    result = stopped.resume(signal.SIGINT)
    assert result.rc == 128 + signal.SIGINT, str(result)
    assert kit.is_old(prepared), str(result)
    kit.assert_converges(slot, prepared)


class InterruptRecovery(kit.Case):
    """During a recovery: it ends, and nothing new is begun."""

    def __init__(self, scenario, first, point):
        self.scenario, self.first, self.point = scenario, first, point

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-INT"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        kit.kill_at(slot, prepared, self.first)
        fault = {self.point.name: f"signal=INT:when={self.point.n}"}
        result = kit.run_traced(slot, prepared.home, kit.inject(fault))
        assert "--- SIGINT " in result.trace, f"no signal: {result}"
        assert result.rc in (128 + signal.SIGINT, -signal.SIGINT), f"goes on: {result}"
        kit.assert_old_or_new(prepared)
        # Put right one way or the other, or still to be put right.
        assert kit.is_old(prepared) or kit.is_new(prepared) or kit.has_journal(prepared.home), \
            str(result)
        kit.assert_converges(slot, prepared)


def recovery_cases():
    from test_crash_kill import first_kills, recovery_points
    try:
        found = [InterruptRecovery("mixture", first, point)
                 for first in first_kills("mixture", 3)
                 for point in recovery_points("mixture", first)
                 if point.name not in kit.FLUSHING]
    except kit.TROUBLE as error:
        found = [kit.NoPoints(repr(error))]
    return found or [kit.NoPoints("recovering changes nothing")]


@pytest.mark.parametrize("case", recovery_cases(), ids=str)
def test_signal_while_recovering(case):
    case.result()
