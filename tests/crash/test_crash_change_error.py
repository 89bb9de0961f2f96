# SPDX-License-Identifier: MIT
"""In add, forget, absorb, sync --adopt and --backup, undo, rollback and eject, every system call
that changes something fails, once or from then on (CR-006, CR-007).

"All or nothing: an error midway restores what was done." The exit code tells the truth, the
message says what and why, and the next faultless command is as if nothing had gone wrong.
The errors take turns from call to call: over all scenarios, each call meets each of them.
"""

import pytest

import change_kit as change
import crash_kit as kit
from test_crash_change_kill import RECOVERED, WHOLE
from test_crash_error import SPACE, STORAGE, reason

ONCE = ("ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE", "EDQUOT", "ENOMEM")
LASTING = (("ENOSPC", "lasting"), ("EIO", "dying"), ("EACCES", "lasting"), ("EROFS", "read-only"),
           ("EIO", "lasting"), ("ENOSPC", "disk-full"), ("EDQUOT", "lasting"))
UNFINISHED = "everything is changed"


class Failure(kit.Case):
    def __init__(self, scenario, point, error, how, then):
        self.scenario, self.point, self.error = scenario, point, error
        self.how, self.then = how, then

    def __str__(self):
        return f"{self.scenario}-{self.point}-{self.error}-{self.how}-{self.then}"

    def faults(self):
        point, error = self.point, f"error={self.error}"
        if self.how in ("once", "lasting"):
            return {point.name: f"{error}:when={point.n}{'+' if self.how == 'lasting' else ''}"}
        names = SPACE if self.how == "disk-full" else STORAGE
        faults = {name: f"{error}:when={point.count(name) + 1}+" for name in names}
        if point.name not in names:
            # The call itself fails, for whatever reason; then there is no way to mend it.
            faults[point.name] = f"error=EIO:when={point.n}"
        return faults

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        result = world.trace(change.fault_options(world, self.faults()), world.scenario.args)
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        change.assert_at_rest(world, ref, result)
        assert_truthful(world, ref, result, {self.error, "EIO"}, self.how != "once")
        change.assert_follow_up(world, ref, self.then, result)


def is_as(world, snapshot, *besides):
    found = world.snapshot()
    unborn = [f"{kit.STATE}/{name}" for name in ("lock", *change.UNBORN, *besides)]
    unborn += change.empty_backups(found) + change.empty_backups(snapshot)
    return not change.differences(change.ignoring(found, unborn),
                                  change.ignoring(snapshot, unborn))


def assert_truthful(world, ref, result, errors, lasting):
    """The exit code, the message and the world say the same."""
    committed, journal = change.is_committed(world, ref), world.has_journal()
    if result.rc == 0:
        assert is_as(world, ref.new) or "warning" in result.err, f"claims success: {result}"
        assert committed is True, f"claims success, and no record says so: {result}"
        return
    assert 0 < result.rc < 126, f"crashed: {result}"
    # Unless what fails is the very write of the message.
    if "write(2, " not in result.trace:
        assert "error: " in result.err, f"says nothing: {result}"
        assert any(reason(error) in result.err for error in errors), f"doesn't say why: {result}"
        assert "/" in result.err or "'~'" in result.err, f"doesn't say where: {result}"
    if committed and not world.scenario.steps:
        # Behind the commit nothing is taken back.
        erasing = world.scenario.erases
        assert UNFINISHED in result.err or erasing, f"fails, but is recorded: {result}"
        return
    if world.scenario.steps:
        return  # at rest somewhere on the way: assert_at_rest() has looked
    if is_as(world, ref.old, "journal"):
        assert lasting or not journal, f"taken back, but a journal stays: {result}"
        assert lasting or not any((world.state / name).exists() for name in change.UNBORN), \
            f"taken back, but something stays: {result}"
        return
    wrong = "\n".join(change.differences(world.snapshot(), ref.old))
    assert lasting, f"one failure, and not as it was before: {result}\n{wrong}"
    assert journal, f"half done and no journal: {result}\n{wrong}"
    assert "restore" in result.err or "warning" in result.err, \
        f"doesn't say that it is half done: {result}"


def failures(name, i, point):
    points = change.points_of(name)
    if i < change.published(points) and name not in WHOLE:
        return []
    salt = list(change.SCENARIOS).index(name) + i
    then = change.FOLLOW_UPS[salt % 3]
    cases = [Failure(name, point, ONCE[salt % len(ONCE)], "once", then)]
    if salt % 2 == 0:
        cases.append(Failure(name, point, *LASTING[salt // 2 % len(LASTING)], then))
    if salt % 7 == 0 or name in WHOLE:
        cases.append(Interrupted(name, point, "EINTR", "once", then))
    return cases


class Interrupted(Failure):
    """EINTR may be tried again, or fail the run; the truth is all that counts."""


CASES = change.cases_for(change.swept(), failures)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_failing_change(case):
    case.result()


# --- failures while recovering ---------------------------------------------------------------


class FailingRecovery(kit.Case):
    def __init__(self, scenario, first, point, error, how, then):
        self.scenario, self.first, self.point = scenario, first, point
        self.error, self.how, self.then = error, how, then

    def __str__(self):
        return f"{self.scenario}-{self.first}-then-{self.point}-{self.error}-{self.how}-{self.then}"

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        change.kill_at(world, self.first)
        plus = "+" if self.how == "lasting" else ""
        fault = {self.point.name: f"error={self.error}:when={self.point.n}{plus}"}
        result = world.trace(change.fault_options(world, fault), ("sync",))
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        change.assert_at_rest(world, ref, result)
        committed = change.is_committed(world, ref)
        start = ref.after["new" if committed else "old", "sync"]
        if result.rc == 0:
            assert is_as(world, start.snapshot) or "warning" in result.err, \
                f"claims success: {result}"
        else:
            assert 0 < result.rc < 126, f"crashed: {result}"
            assert reason(self.error) in result.err or result.rc == start.rc, \
                f"doesn't say why: {result}"
            assert world.has_journal() or is_as(world, ref.old) or is_as(world, ref.new), \
                f"half restored and no journal: {result}"
        change.assert_follow_up(world, ref, self.then, result)


def recovery_failures(name, first, point, i):
    salt = list(change.SCENARIOS).index(name) + i
    if salt % 2:
        return []
    error, how = (("EIO", "once"), ("ENOSPC", "lasting"), ("EACCES", "once"),
                  ("EIO", "lasting"))[salt // 2 % 4]
    return [FailingRecovery(name, first, point, error, how, change.FOLLOW_UPS[salt % 3])]


@pytest.mark.parametrize("case", change.recovery_cases(RECOVERED, recovery_failures), ids=str)
def test_failing_recovery(case):
    case.result()


# --- calls that only look --------------------------------------------------------------------


class FailingRead(kit.Case):
    """A command may fail then, or do without; it may not take that for an answer."""

    def __init__(self, scenario, point, error, then, killed=None):
        self.scenario, self.point, self.error, self.then = scenario, point, error, then
        self.killed = killed        # before: where the run was killed that is recovered from

    def __str__(self):
        killed = f"-{self.killed}-then" if self.killed else ""
        return f"{self.scenario}{killed}-{self.point}-{self.error}-{self.then}"

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        args = world.scenario.args
        if self.killed is not None:
            change.kill_at(world, self.killed)
            args = ("sync",)
        before = change.is_committed(world, ref)
        fault = {self.point.name: f"error={self.error}:when={self.point.n}"}
        result = world.trace(change.fault_options(world, fault), args)
        assert "(INJECTED)" in result.trace, f"nothing was injected: {result}"
        assert 0 <= result.rc < 126, f"crashed: {result}"
        change.assert_at_rest(world, ref, result)
        committed, journal = change.is_committed(world, ref), world.has_journal()
        if self.killed is not None:
            wanted = ref.after["new" if before else "old", "sync"].snapshot
        else:
            wanted = ref.new if committed else ref.old
        if world.scenario.erases and committed and not journal and self.killed is None:
            # As much of the state folder as could be removed; it says so.
            wrong = change.differences(change.persons(world.snapshot()), change.persons(wanted))
            assert not wrong, f"{result}\n" + "\n".join(wrong)
        elif not journal:
            found = world.snapshot()
            assert is_as(world, wanted) or (self.killed is not None and is_as(
                world, ref.new if before else ref.old)), f"neither old nor new: {result}\n" + \
                "\n".join(change.differences(found, wanted))
        if result.rc == 0 and self.killed is None:
            assert committed and (is_as(world, ref.new) or "warning" in result.err), \
                f"claims success: {result}"
        elif result.rc != 0:
            assert result.err, f"says nothing: {result}"
        change.assert_follow_up(world, ref, self.then, result)


# name: every how manieth call that looks fails
READ = {"add-tree": 3, "add-deep": 3, "forget-several": 3, "forget-delete-folder": 3,
        "absorb-local": 2, "adopt-all": 3, "backup-all": 3, "undo-backup-all": 2,
        "undo-adopt-all": 2, "undo-add-deep": 2, "undo-forget-several": 3, "rollback-back": 3,
        "rollback-forward": 3, "eject": 4, "far-state-adopt": 2, "undo-far-state-adopt": 2}
RECOVERY_READ = {"add-tree": 2, "forget-delete-folder": 2, "absorb-local": 3, "adopt-all": 3,
                 "backup-all": 3, "undo-backup-all": 3, "undo-adopt-all": 3, "rollback-back": 2,
                 "far-state-absorb-local": 2}


def looks(slot, name, killed=None):
    """From the first look at the HOME on: what comes before is the loader's."""
    world = change.make(slot, name)
    args = world.scenario.args
    if killed is not None:
        change.kill_at(world, killed)
        args = ("sync",)
    points = change.parse_points(world.trace([], args, whole=True).trace)
    start = next((i for i, point in enumerate(points) if point.name != "execve"
                  and (str(world.home) in point.text or str(world.profile) in point.text)),
                 len(points))
    return [point for point in points[start:] if point.name in kit.READING
            and point.name != "close" and not kit.is_mutating(point)]


def failing_reads():
    cases = []
    for name, step in READ.items():
        if name not in change.swept() or change.SCENARIOS[name].far and not change.has_far():
            continue
        try:
            found = looks(kit.main_slot(), name)[::step]
        except kit.TROUBLE as error:
            found = []
            change.WHY.setdefault(name, str(error))
        cases += [FailingRead(name, point, ("EIO", "EACCES", "EMFILE")[i % 3],
                              change.FOLLOW_UPS[i % 3]) for i, point in enumerate(found)] \
            or [kit.NoPoints(change.WHY.get(name, f"{name}: reads nothing"))]
    for name, count in RECOVERY_READ.items():
        if name not in change.swept() or change.SCENARIOS[name].far and not change.has_far():
            continue
        for killed in change.first_kills(name, count):
            # Without a look at the backups an empty folder stays there, and its number is used up.
            found = [point for point in looks(kit.main_slot(), name, killed)
                     if '"backups"' not in point.text][::3]
            cases += [FailingRead(name, point, "EIO", change.FOLLOW_UPS[i % 3], killed)
                      for i, point in enumerate(found)]
    return cases


@pytest.mark.parametrize("case", failing_reads(), ids=str)
def test_failing_read(case):
    case.result()


# --- EINTR, short writes, no exchange --------------------------------------------------------


class ShortWrite(kit.Case):
    """The kernel takes nothing for once, without an error; the file must be whole all the same."""

    def __init__(self, scenario, point):
        self.scenario, self.point = scenario, point

    def __str__(self):
        return f"{self.scenario}-{self.point}-short"

    def check(self, slot):
        ref = change.reference(self.scenario)
        world = change.make(slot, self.scenario)
        world.snapshot(first=True)
        fault = {"write": f"retval=0:when={self.point.n}"}
        result = world.trace(change.fault_options(world, fault), world.scenario.args)
        assert "(INJECTED)" in result.trace, str(result)
        assert result.rc == 0, str(result)
        assert is_as(world, ref.new), f"{result}\n" + \
            "\n".join(change.differences(world.snapshot(), ref.new))


def short_writes(name, _i, point):
    return [ShortWrite(name, point)] if point.name == "write" else []


SHORT = [case for case in change.cases_for(change.swept(), short_writes)
         if isinstance(case, ShortWrite)]


@pytest.mark.parametrize("case", SHORT, ids=str)
def test_short_write(case):
    case.result()


@pytest.mark.parametrize("name", ["add-file", "add-folder", "add-tree", "adopt-file", "adopt-new",
                                  "adopt-folder", "absorb-local", "undo-add-file",
                                  "undo-adopt-file", "undo-adopt-folder"])
def test_without_an_exchange_nothing_moves_into_the_profile(slot, name):
    """Where two names can't trade places in one step, it is refused, and all is as before."""
    ref = change.reference(name)
    world = change.make(slot, name)
    world.snapshot(first=True)
    result = world.trace(["-e", "trace=renameat2", *change.WITHOUT_FLAGS], world.scenario.args)
    if result.rc == 0:
        assert is_as(world, ref.new), str(result)
        return
    assert result.rc in (1, 3), str(result)
    assert "exchange" in result.err and "hint: " in result.err, str(result)
    assert is_as(world, ref.old), f"{result}\n" + \
        "\n".join(change.differences(world.snapshot(), ref.old))
    assert not world.has_journal()
