# SPDX-License-Identifier: MIT
"""The power goes at every step of add, forget, absorb, sync --adopt and --backup, and undo
(CR-013): what the kernel had not written is gone. See test_crash_power.py.

What a person's file becomes is what counts: a name that it has lost must never be gone
durably before the new one is there durably, and a copy must be whole before its original goes.
"""

import os
import shutil

import pytest

import change_kit as change
import crash_kit as kit
from test_crash_power import SYSTEMS, Disk, command

# What lies on the disk whose power goes; the rest is where nothing is lost.
SWEPT = {
    ("ext4", "all"): ["add-file", "backup-all", "undo-backup-all", "adopt-all", "forget-delete"],
    ("ext4", "home"): ["far-state-backup", "undo-far-state-adopt"],
    ("ext4", "far"): ["far-state-absorb-local", "far-profile-forget-delete"],
    ("xfs", "all"): ["add-several", "undo-add-tree", "absorb-local", "rollback-back"],
    ("xfs", "home"): ["undo-far-state-parent"],
    ("xfs", "far"): ["far-state-parent", "undo-far-state-backup"],
    ("btrfs", "all"): ["add-deep", "backup-file", "undo-adopt-file"],
}

MOST = 20
# btrfs replays a file's new names without its folder's other changes: a path may be absent
# until the next run, with its bytes under a temporary name.
BTRFS_GAP = False

pytestmark = pytest.mark.power


class Btrfs(Disk):
    """It can't be shut down (ENOTTY): what has reached the device by now is copied instead."""

    def cut_power(self):
        copy = self.image.with_suffix(".cut")
        done = command("cp", "--sparse=always", self.image, copy)
        assert done.returncode == 0, done.stderr
        self.unmount()
        os.replace(copy, self.image)
        done = command("mount", "-o", "loop", self.image, self.mounted)
        assert done.returncode == 0, f"mount: {done.stderr}"


SYSTEMS_HERE = {**SYSTEMS, "btrfs": (["mkfs.btrfs", "-q", "-f", "-M"], 128)}


@pytest.fixture(scope="module", params=SYSTEMS_HERE)
def disk(request, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("needs root: a loop device is mounted")
    kind = request.param
    for program in (SYSTEMS_HERE[kind][0][0], "xfs_io", "mount"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    SYSTEMS.setdefault(kind, SYSTEMS_HERE[kind])
    disk = (Btrfs if kind == "btrfs" else Disk)(tmp_path_factory.mktemp("power"), kind)
    yield disk
    disk.close()
    if kind == "btrfs":
        del SYSTEMS[kind]


def prepare(disk, layout, name):
    here = disk.mounted / f"change-{layout}"
    safe = kit.root_folder() / f"change-{disk.kind}-{layout}"
    folder, far = (safe, here) if layout == "far" else (here, safe)
    world = change.make(None, name, folder, far / "far")
    world.snapshot(first=True)
    disk.flush()
    return world


@pytest.mark.parametrize("disk, layout, name",
                         [(kind, layout, name) for (kind, layout), names in SWEPT.items()
                          for name in names], indirect=["disk"])
def test_power_cut_at_each_step(disk, layout, name):
    ref = change.reference(name)
    assert ref is not None, change.WHY[name]
    world = prepare(disk, layout, name)
    result = change.command(world, world.scenario.args)
    assert result.rc == 0, str(result)
    # With the flushes: before each, what it flushes is lost.
    points = [point for point in change.mutations(result.trace)
              if point.name not in ("openat", "write", "fchmod", "fchown", "utimensat")]
    points = points[4:]
    assert len(points) > 10, "no injection point found"
    # Each way of doing it is met in another scenario, too.
    points = points[::1 + len(points) // MOST]
    problems = []
    for i, point in enumerate(points):
        world = prepare(disk, layout, name)
        result = change.kill_at(world, point)
        disk.cut_power()
        try:
            if disk.kind != "btrfs" or not BTRFS_GAP:
                change.assert_at_rest(world, ref, result)
            lost = ref.contents - world.contents()
            assert not lost, f"lost: {lost}: {result}"
            change.assert_follow_up(world, ref, change.FOLLOW_UPS[i % 3], result)
        except AssertionError as error:
            problems.append(f"{disk.kind} {name} {point}: {error}")
    briefly = "\n".join(problem[:150] for problem in problems)
    assert not problems, f"{len(problems)} of {len(points)} steps:\n{briefly}\n\n" + \
        "\n\n".join(problems[:4])


@pytest.mark.parametrize("name", ["add-file", "add-tree", "forget-several", "absorb-local",
                                  "absorb-merge", "adopt-all", "backup-all", "undo-add-tree",
                                  "undo-forget-delete", "undo-backup-all", "rollback-forward"])
def test_power_cut_after_success(disk, name):
    """What it said was done is done."""
    ref = change.reference(name)
    assert ref is not None, change.WHY[name]
    world = prepare(disk, "all", name)
    result = world.run(*world.scenario.args, expect=0)
    disk.cut_power()
    wrong = differences(world, ref.new)
    assert not wrong, f"{disk.kind}: {result}\n" + "\n".join(wrong)


def differences(world, snapshot):
    found, wanted = change.without_origins(world.snapshot()), change.without_origins(snapshot)
    # That an empty folder of the backups goes needn't be durable.
    skip = change.empty_backups(found) + change.empty_backups(wanted)
    return change.differences(change.ignoring(found, skip), change.ignoring(wanted, skip))


@pytest.mark.parametrize("name", ["add-tree", "backup-all", "undo-adopt-all"])
def test_power_cut_after_recovery(disk, name):
    """Restoring is as durable as changing."""
    ref = change.reference(name)
    assert ref is not None, change.WHY[name]
    commit = next(i for i, point in enumerate(ref.points) if '"owned.new"' in point.text
                  and point.name == "renameat")
    point = [point for point in ref.points[:commit] if point.name == "renameat2"][-1]
    world = prepare(disk, "all", name)
    change.kill_at(world, point)
    result = world.run("sync", "-n")
    assert "interrupted" in result.err
    result = world.run("sync")
    disk.cut_power()
    wrong = differences(world, ref.after["old", "sync"].snapshot)
    assert not wrong, f"{disk.kind}: {result}\n" + "\n".join(wrong)
    assert not world.has_journal()
