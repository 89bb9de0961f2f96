# SPDX-License-Identifier: MIT
"""The power goes at every step (CR-013): what the kernel had not written is gone.

HOME and state lie on a file system of its own in a loop device. The run is killed
before a system call, the file system is shut down at once without flushing its log
(xfs_io -x -c shutdown), and mounted anew: as after a power cut.

One fsync flushes the whole log of such a file system, which would hide that another
is missing. So this is done with both on it, and with either alone: the other then
lies where nothing is lost.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import crash_kit as kit

SYSTEMS = {"ext4": (["mkfs.ext4", "-q", "-F"], 64), "xfs": (["mkfs.xfs", "-q", "-f"], 320)}
# What is swept at each step.
SWEPT = {
    ("ext4", "together"): ["mixture", "removing"],
    ("ext4", "home-only"): ["mixture", "first"],
    ("ext4", "state-only"): ["mixture"],
    ("xfs", "together"): ["mixture"],
    ("xfs", "home-only"): ["folder-to-tree", "tree-to-folder"],
    ("xfs", "state-only"): ["changed"],
}

pytestmark = pytest.mark.power


def command(*args):
    return subprocess.run([str(arg) for arg in args], capture_output=True, text=True,
                          timeout=kit.TIMEOUT, check=False)


class Disk:
    def __init__(self, folder, kind):
        self.kind = kind
        self.slots = {}
        self.image = folder / f"{kind}.img"
        self.mounted = folder / kind
        self.mounted.mkdir()
        mkfs, megabytes = SYSTEMS[kind]
        with open(self.image, "wb") as file:
            file.truncate(megabytes << 20)
        done = command(*mkfs, self.image)
        if done.returncode != 0:
            pytest.skip(f"{mkfs[0]} fails: {done.stderr}")
        done = command("mount", "-o", "loop", self.image, self.mounted)
        if done.returncode != 0:
            pytest.skip(f"no loop device: {done.stderr}")

    def cut_power(self):
        done = command("xfs_io", "-x", "-c", "shutdown", self.mounted)
        assert done.returncode == 0, f"shutdown: {done.stderr}"
        self.unmount()
        done = command("mount", "-o", "loop", self.image, self.mounted)
        assert done.returncode == 0, f"mount: {done.stderr}"

    def unmount(self):
        """Really: a mount namespace that somebody has made meanwhile holds the file system, and
        mounting it again would be the one that was shut down."""
        done = command("umount", self.mounted)
        assert done.returncode == 0, f"umount: {done.stderr}"
        end = time.monotonic() + kit.TIMEOUT
        while command("losetup", "-j", self.image).stdout:
            if time.monotonic() > end:
                pytest.skip("another mount namespace holds the loop device")
            time.sleep(0.01)

    def flush(self):
        fd = os.open(self.mounted, os.O_RDONLY)
        done = command("sync", "-f", self.mounted)
        os.close(fd)
        assert done.returncode == 0

    def close(self):
        command("umount", self.mounted)
        self.image.unlink(missing_ok=True)


@pytest.fixture(scope="module", params=SYSTEMS)
def disk(request, tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("needs root: a loop device is mounted")
    for program in (SYSTEMS[request.param][0][0], "xfs_io", "mount"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")
    # Beside the other HOMEs, but on a disk: a tmpfs can't hold a loop file everywhere.
    disk = Disk(tmp_path_factory.mktemp("power"), request.param)
    yield disk
    disk.close()


LAYOUTS = ["together", "home-only", "state-only"]


@pytest.fixture(params=LAYOUTS)
def layout(request):
    return request.param


def prepare(disk, layout, name):
    if layout not in disk.slots:
        folder = Path(disk.mounted) / layout
        safe = kit.root_folder() / f"{disk.kind}-{layout}"
        kit.remove_tree(safe)
        folder.mkdir()
        safe.mkdir()
        disk.slots[layout] = {
            "together": lambda: kit.Slot(safe, folder / "home"),
            "home-only": lambda: kit.Slot(safe, folder / "home", safe / "state"),
            "state-only": lambda: kit.Slot(safe, None, folder / "state"),
        }[layout]()
    slot = disk.slots[layout]
    prepared = slot.prepare(name)
    disk.flush()
    return slot, prepared


def steps(disk, layout, name):
    """With the flushes: before each, what it flushes is lost."""
    slot, _ = prepare(disk, layout, name)
    return [point for point in kit.enumerate_points(name, slot=slot)
            if point.name not in ("openat", "write")]


@pytest.mark.parametrize("disk, layout, name",
                         [(kind, layout, name) for (kind, layout), names in SWEPT.items()
                          for name in names], indirect=["disk"])
def test_power_cut_at_each_step(disk, layout, name):
    points = steps(disk, layout, name)
    assert points, "no injection point found"
    problems = []
    for point in points:
        slot, prepared = prepare(disk, layout, name)
        kit.kill_at(slot, prepared, point)
        disk.cut_power()
        try:
            kit.assert_old_or_new(prepared)
            kit.assert_converges(slot, prepared)
        except AssertionError as error:
            problems.append(f"{disk.kind} {name} {point}: {error}")
    assert not problems, f"{len(problems)} of {len(points)} steps:\n" + "\n\n".join(problems[:5])


@pytest.mark.parametrize("name", kit.SWEPT)
def test_power_cut_after_success(disk, layout, name):
    slot, prepared = prepare(disk, layout, name)
    result = kit.run(prepared.home, "sync", "-y")
    assert result.rc == 0
    disk.cut_power()
    wrong = kit.differences(kit.snapshot(prepared.home), prepared.new)
    assert not wrong, f"{disk.kind}: sync had said that it was done:\n" + "\n".join(wrong)
    assert kit.owned(prepared.home) == prepared.new_owned, "the record"
    assert not kit.has_journal(prepared.home)
    kit.assert_converges(slot, prepared)


def test_power_cut_after_recovery(disk, layout):
    """Restoring is as durable as changing."""
    slot, prepared = prepare(disk, layout, "mixture")
    # The last change before the record is in force.
    points = kit.enumerate_points("mixture", slot=slot)
    commit = kit.find_point(points, "renameat", '"owned.new"')
    point = [point for point in points[:commit] if point.name == "renameat2"][-1]
    prepared.reset()
    disk.flush()
    kit.kill_at(slot, prepared, point)
    prepared.set_registry(prepared.scenario.old)
    result = kit.run(prepared.home, "sync", "-y")
    assert result.rc == 0, str(result)
    disk.cut_power()
    found = kit.snapshot(prepared.home)
    found[".lumina/lumina.yaml"] = prepared.old[".lumina/lumina.yaml"]
    wrong = kit.differences(found, prepared.old)
    assert not wrong, "\n".join(wrong)
    assert not kit.has_journal(prepared.home)
