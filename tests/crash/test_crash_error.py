# SPDX-License-Identifier: MIT
"""Every system call that changes something fails, once or from then on (CR-006, CR-007).

"All or nothing: an error midway restores what was done." The exit code tells the
truth, the message says what and why, and the next faultless sync puts all right.
"""

import errno
import os
import signal

import pytest

import crash_kit as kit

# A file system that turns bad: what fails then. Reads and the program's own output still work.
STORAGE = ["mkdir", "mkdirat", "symlinkat", "renameat", "renameat2", "unlinkat", "fsync", "syncfs"]
# What a full disk refuses. The rest needs no room.
SPACE = ["mkdir", "mkdirat", "symlinkat"]


def reason(error):
    return os.strerror(getattr(errno, error))


def assert_truthful(prepared, result, error, lasting):
    """The exit code, the message and the tree say the same."""
    home = prepared.home
    kit.assert_old_or_new(prepared)
    if result.rc == 0:
        kit.assert_new_but_for_cleaning(prepared, result)
        assert kit.is_new(prepared) and not kit.has_journal(home) or "warning" in result.err, \
            f"claims success: {result}"
        return
    assert 0 < result.rc < 126, f"crashed: {result}"
    # Unless what fails is the very write of the message.
    if '(INJECTED)' not in "".join(line for line in result.trace.splitlines()
                                   if " write(2," in line):
        assert "error: " in result.err, f"says nothing: {result}"
        assert reason(error) in result.err, f"doesn't say why ({reason(error)}): {result}"
        assert "/" in result.err or "'~'" in result.err, f"doesn't say where: {result}"
    if kit.is_old(prepared):
        taken_back = kit.owned(home) == prepared.old_owned
        assert taken_back or kit.is_new(prepared), f"taken back, but recorded: {result}"
        assert lasting or not [name for name in kit.state_names(home)
                               if name == "journal" or name.endswith(".new")], \
            f"leaves {kit.state_names(home)}: {result}"
        return
    if "everything is changed" in result.err:
        kit.assert_new_but_for_cleaning(prepared, result)
        return
    assert lasting, "one failure, and neither old nor new: " + \
        "\n".join([str(result), *kit.differences(kit.snapshot(home), prepared.old)])
    assert kit.has_journal(home), f"half done and no journal: {result}"
    assert "restore" in result.err or "warning" in result.err, \
        f"doesn't say that it is half done: {result}"


class Failure(kit.Case):
    def __init__(self, scenario, point, error, how):
        self.scenario, self.point, self.error, self.how = scenario, point, error, how

    def __str__(self):
        return f"{self.scenario}-{self.point}-{self.error}-{self.how}"

    def faults(self):
        point, error = self.point, f"error={self.error}"
        if self.how == "once":
            return {point.name: f"{error}:when={point.n}"}
        if self.how == "lasting":
            return {point.name: f"{error}:when={point.n}+"}
        # From here on, a whole class of calls.
        names = SPACE if self.how == "disk-full" else STORAGE
        faults = {name: f"{error}:when={point.count(name) + 1}+" for name in names}
        if self.how == "disk-full" and point.name not in SPACE:
            # The call itself fails, for whatever reason; then there is no room to mend it.
            faults[point.name] = f"error=EIO:when={point.n}"
        return faults

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        result = kit.run_traced(slot, prepared.home, kit.inject(self.faults()))
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        error = self.error
        if self.how == "disk-full" and self.point.name not in SPACE:
            # Either reason will do.
            error = error if reason(error) in result.err else "EIO"
        self.judge(slot, prepared, result, error)

    def judge(self, slot, prepared, result, error):
        assert_truthful(prepared, result, error, self.how != "once")
        kit.assert_converges(slot, prepared)


def failures(name, point):
    cases = [Failure(name, point, error, how) for error in ("ENOSPC", "EIO", "EACCES")
             for how in ("once", "lasting")]
    if point.name in STORAGE:
        cases += [Failure(name, point, "EROFS", "read-only"),
                  Failure(name, point, "EIO", "dying"),
                  Failure(name, point, "ENOSPC", "disk-full")]
    if name in ("mixture", "first"):
        cases += [Failure(name, point, error, "once")
                  for error in ("EDQUOT", "EROFS", "ENOMEM", "EMFILE")]
    return cases


class Interrupted(Failure):
    """EINTR may be tried again, or fail the run; the truth is all that counts."""

    def judge(self, slot, prepared, result, error):
        assert_truthful(prepared, result, error, False)
        kit.assert_converges(slot, prepared)


CASES = kit.cases_for(kit.SWEPT, failures)
CASES += kit.cases_for(["mixture", "first", "record-only"],
                       lambda name, point: [Interrupted(name, point, "EINTR", "once")])
CASES += kit.cases_for(["wide"], lambda name, point: [
    Failure(name, point, error, how) for error in ("ENOSPC", "EIO") for how in ("once", "lasting")]
    if point.count("syncfs") > 0 or point.name == "syncfs" else [])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_failing_change(case):
    case.result()


# --- short writes ----------------------------------------------------------------------------


class ShortWrite(Failure):
    """The kernel takes some bytes only; the file must be whole all the same."""

    def __str__(self):
        return f"{self.scenario}-{self.point}-short"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        # A return value of 0 without the call: nothing was written, and no error either.
        log = kit.run_traced(slot, prepared.home,
                             kit.inject({"write": f"retval=0:when={self.point.n}"}))
        assert "(INJECTED)" in log.trace, str(log)
        assert log.rc == 0, str(log)
        kit.assert_converges(slot, prepared)


SHORT = kit.cases_for(["first", "mixture"],
                      lambda name, point: [ShortWrite(name, point, "", "")]
                      if point.name == "write" else [])


@pytest.mark.parametrize("case", SHORT, ids=str)
def test_short_write(case):
    case.result()


# --- failures while recovering ---------------------------------------------------------------


class FailingRecovery(kit.Case):
    def __init__(self, scenario, first, point, error, how):
        self.scenario, self.first, self.point = scenario, first, point
        self.error, self.how = error, how

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-{self.error}-{self.how}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        kit.kill_at(slot, prepared, self.first)
        plus = "+" if self.how == "lasting" else ""
        fault = {self.point.name: f"error={self.error}:when={self.point.n}{plus}"}
        result = kit.run_traced(slot, prepared.home, kit.inject(fault))
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        kit.assert_old_or_new(prepared)
        if result.rc == 0:
            assert kit.is_new(prepared) or "warning" in result.err, f"claims success: {result}"
            kit.assert_new_but_for_cleaning(prepared, result)
        else:
            assert 0 < result.rc < 126 and reason(self.error) in result.err, str(result)
            assert kit.is_old(prepared) or kit.is_new(prepared) or \
                kit.has_journal(prepared.home), f"half restored and no journal: {result}"
        kit.assert_converges(slot, prepared)


def recovery_failures():
    from test_crash_kill import first_kills, recovery_points
    cases = []
    for name, wanted in (("mixture", 4), ("tree-to-folder", 2), ("folder-to-tree", 2)):
        found = []
        try:
            for first in first_kills(name, wanted):
                found += [FailingRecovery(name, first, point, error, how)
                          for point in recovery_points(name, first)
                          for error, how in (("EIO", "once"), ("ENOSPC", "lasting"))]
        except kit.TROUBLE as error:
            found = [kit.NoPoints(repr(error))]
        cases += found or [kit.NoPoints(f"{name}: recovering changes nothing")]
    return cases


@pytest.mark.parametrize("case", recovery_failures(), ids=str)
def test_failing_recovery(case):
    case.result()


class BlindRecovery(kit.Case):
    """The recovery can't read something for once: it must not take that for an answer."""

    def __init__(self, scenario, first, point, error):
        self.scenario, self.first, self.point, self.error = scenario, first, point, error

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-{self.error}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        kit.kill_at(slot, prepared, self.first)
        fault = {self.point.name: f"error={self.error}:when={self.point.n}"}
        result = kit.run_traced(slot, prepared.home, kit.inject(fault))
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        kit.assert_old_or_new(prepared)
        assert result.rc < 126, str(result)
        if result.rc == 0:
            assert kit.is_new(prepared) or "warning" in result.err, f"claims success: {result}"
        kit.assert_converges(slot, prepared)


def blind_cases():
    from test_crash_kill import first_kills
    cases = []
    for name, wanted in (("mixture", 3), ("tree-to-folder", 2), ("folder-to-tree", 2)):
        found = []
        try:
            for first in first_kills(name, wanted):
                slot = kit.main_slot()
                prepared = slot.prepare(name)
                kit.kill_at(slot, prepared, first)
                points = kit.all_points(slot, prepared)
                start = next(i for i, point in enumerate(points)
                             if str(prepared.home) in point.text and point.name != "execve")
                end = next((i for i, point in enumerate(points)
                            if '"journal"' in point.text and point.name == "unlinkat"),
                           len(points))
                found += [BlindRecovery(name, first, point, "EIO")
                          for point in points[start:end] if point.name in kit.READING
                          and point.name != "close" and not kit.is_mutating(point)]
        except kit.TROUBLE as error:
            found = [kit.NoPoints(repr(error))]
        cases += found or [kit.NoPoints(f"{name}: recovering reads nothing")]
    return cases


@pytest.mark.parametrize("case", blind_cases(), ids=str)
def test_blind_recovery(case):
    case.result()


# --- reads and everything else ---------------------------------------------------------------


class FailingRead(kit.Case):
    """Calls that only look. A run may fail, or do without; it may not do half."""

    def __init__(self, scenario, point, error):
        self.scenario, self.point, self.error = scenario, point, error

    def __str__(self):
        return f"{self.scenario}-{self.point}-{self.error}"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        fault = {self.point.name: f"error={self.error}:when={self.point.n}"}
        result = kit.run_traced(slot, prepared.home, kit.inject(fault))
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        kit.assert_old_or_new(prepared)
        if result.rc == 0:
            # What can't be looked at may be left, but not without a word.
            assert kit.is_new(prepared) or "warning" in result.err, \
                f"claims success: {result}\n" + \
                "\n".join(kit.differences(kit.snapshot(prepared.home), prepared.new))
        else:
            assert 0 < result.rc < 126, f"crashed: {result}"
            assert "lumina" in result.err or "error" in result.err, str(result)
            if "everything is changed" in result.err:
                kit.assert_new_but_for_cleaning(prepared, result)
            else:
                assert kit.is_old(prepared), f"half done: {result}\n" + \
                    "\n".join(kit.differences(kit.snapshot(prepared.home), prepared.old))
        kit.assert_converges(slot, prepared)


def read_points(name):
    """From the first look at the HOME on: what comes before is the loader's."""
    slot = kit.main_slot()
    prepared = slot.prepare(name)
    points = kit.all_points(slot, prepared)
    home = str(prepared.home)
    start = next(i for i, point in enumerate(points) if home in point.text
                 and point.name != "execve")
    return [point for point in points[start:] if point.name in kit.READING
            and not kit.is_mutating(point)]


def read_cases():
    cases = []
    for name, errors in (("mixture", ("EIO", "EACCES")), ("first", ("EIO", "EMFILE")),
                         ("removing", ("EIO",)), ("record-only", ("EIO", "EACCES"))):
        try:
            found = [FailingRead(name, point, error) for point in read_points(name)
                     for error in errors
                     if point.name != "close"]
        except kit.TROUBLE as error:
            found = [kit.NoPoints(repr(error))]
        cases += found or [kit.NoPoints(f"{name}: reads nothing")]
    return cases


@pytest.mark.parametrize("case", read_cases(), ids=str)
def test_failing_read(case):
    case.result()


# --- memory ----------------------------------------------------------------------------------


class LittleMemory(kit.Case):
    """At worst as bad as a kill (CR-022). The limit is set for real: a failing brk(2) gives
    back the old end, which strace can't."""

    def __init__(self, scenario, kilobytes):
        self.scenario, self.kilobytes = scenario, kilobytes

    def __str__(self):
        return f"{self.scenario}-{self.kilobytes}kB-ENOMEM"

    def check(self, slot):
        prepared = slot.prepare(self.scenario)
        result = kit.run_limited(prepared.home, self.kilobytes, "sync", "-y")
        kit.assert_old_or_new(prepared)
        assert result.rc != -signal.SIGSEGV, str(result)
        if result.rc == 0:
            assert kit.is_new(prepared), str(result)
        kit.assert_converges(slot, prepared)


def memory_cases():
    """From what is too little to start, to what is enough."""
    try:
        home = kit.main_slot().prepare("mixture").home
        enough = 1 << 20
        while enough > 1 and kit.run_limited(home, enough // 2, "--version").rc == 0:
            enough //= 2
        low, high = enough // 2, enough
        while high - low > 4:
            middle = (low + high) // 2
            if kit.run_limited(home, middle, "--version").rc == 0:
                high = middle
            else:
                low = middle
        return [LittleMemory("mixture", low + step) for step in range(0, 400, 8)]
    except kit.TROUBLE as error:
        return [kit.NoPoints(repr(error))]


@pytest.mark.parametrize("case", memory_cases(), ids=str)
def test_little_memory(case):
    case.result()
