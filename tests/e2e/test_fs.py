# SPDX-License-Identifier: MIT
"""File systems that say no: attributes, full and read-only file systems, mounts, other owners.

Most of this needs root for a file system of its own; what the machine can't do is skipped by name.
"""

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from support import FAILED, NOBODY, OK, REFUSED, Home, needs_strace, traced, tree_of

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts and attributes")


def call(*argv):
    return subprocess.run(argv, capture_output=True, check=False)


@pytest.fixture
def mounts(root):
    """mount(kind, size…) → a folder with a file system of its own; gone with the test."""
    if os.geteuid() != 0:
        pytest.skip("needs root to mount")
    made = []

    def mount(name, *argv):
        folder = Path(root) / name
        folder.mkdir(exist_ok=True)
        done = call("mount", *argv, str(folder))
        if done.returncode != 0:
            pytest.skip(f"cannot mount {' '.join(argv)}: {done.stderr.decode().strip()}")
        made.append(folder)
        folder.chmod(0o755)
        return folder
    yield mount
    for folder in reversed(made):
        call("umount", "-l", str(folder))


@pytest.fixture
def ext4(mounts, root):
    """A home on a small ext4 of its own: it has attributes."""
    image = Path(root) / "ext4.img"
    with open(image, "wb") as handle:
        handle.truncate(16 << 20)
    if call("mkfs.ext4", "-q", "-F", str(image)).returncode != 0:
        pytest.skip("mkfs.ext4 is missing or fails")
    folder = mounts("disk", "-o", "loop", str(image))
    home = Home(root, path=folder / "home")
    home.declare({"~/.d/one": "s1", "~/.d/two": "s2", "~/.e/three": "s3"})
    return home


@contextlib.contextmanager
def attribute(path, letter):
    """chattr +i or +a, taken away again."""
    if call("chattr", f"+{letter}", str(path)).returncode != 0:
        pytest.skip(f"chattr +{letter} doesn't work here")
    try:
        yield
    finally:
        call("chattr", f"-{letter}", str(path))


def timeless(snapshot):
    """Without the times: a name that came and went again leaves a trace there."""
    return {path: tuple(x for x in row if not isinstance(x, int) or x < 10**15)
            for path, row in snapshot.items()}


def refused(home, *needles, code=REFUSED):
    before = home.snapshot()
    result = home.sync(expect=code)
    for needle in needles:
        assert needle in result.err, f"no {needle!r} in {result!r}"
    assert home.snapshot() == before
    home.no_leftovers()
    return result


# --- attributes -----------------------------------------------------------------------------

@pytest.mark.parametrize("state", ["new", "change", "remove"])
def test_an_immutable_folder_is_named_before_anything_is_changed(ext4, state):
    # FS-025
    ext4.at("~/.d").mkdir()
    if state != "new":
        ext4.sync()
        ext4.declare({"~/.d/one": "s9", "~/.d/two": "s2", "~/.e/three": "s8"} if state == "change"
                     else {"~/.d/two": "s2", "~/.e/three": "s8"})
    with attribute(ext4.at("~/.d"), "i"):
        refused(ext4, "~/.d", "immutable")
    ext4.sync()
    ext4.nothing_to_do()


def test_new_links_are_made_in_an_append_only_folder_at_their_names(ext4):
    # FS-026
    ext4.at("~/.d").mkdir()
    with attribute(ext4.at("~/.d"), "a"):
        ext4.sync()
        ext4.assert_linked({"~/.d/one": "s1", "~/.d/two": "s2", "~/.e/three": "s3"})
        assert sorted(os.listdir(ext4.at("~/.d"))) == ["one", "two"]
        ext4.nothing_to_do()


@pytest.mark.parametrize("state", ["change", "remove"])
def test_replacing_in_an_append_only_folder_is_refused_without_a_stray_name(ext4, state):
    # FS-026
    ext4.sync()
    ext4.declare({"~/.d/one": "s9", "~/.d/two": "s2", "~/.e/three": "s3"} if state == "change"
                 else {"~/.d/two": "s2", "~/.e/three": "s3"})
    with attribute(ext4.at("~/.d"), "a"):
        refused(ext4, "~/.d", "append-only")
        assert sorted(os.listdir(ext4.at("~/.d"))) == ["one", "two"]
    ext4.sync()
    ext4.nothing_to_do()


def test_an_immutable_state_folder_means_that_nothing_is_changed(ext4):
    ext4.sync()
    ext4.declare({"~/.d/one": "s9", "~/.d/two": "s2", "~/.e/three": "s3"})
    with attribute(ext4.state, "i"):
        refused(ext4, str(ext4.state), code=FAILED)
    ext4.sync()
    assert ext4.link("~/.d/one") == f"{ext4.profile}/s9"


# --- permissions ----------------------------------------------------------------------------

@pytest.mark.parametrize("mode", [0o555, 0o500, 0o000, 0o444])
def test_a_folder_that_the_user_cannot_change_stops_all(user_home, mode):
    # FS-017
    home = user_home
    home.declare({"~/.a": "a", "~/.locked/x": "x", "~/.z": "z"})
    home.at("~/.locked").mkdir()
    home.give()
    home.at("~/.locked").chmod(mode)
    before = home.snapshot() if os.geteuid() == 0 else None
    result = home.sync(expect=REFUSED)
    assert "~/.locked" in result.err, repr(result)
    assert home.all_links() == {} and before in (None, home.snapshot())
    home.no_leftovers()
    home.at("~/.locked").chmod(0o755)
    home.sync()
    assert len(home.all_links()) == 3


def test_a_home_folder_that_the_user_cannot_change_stops_all(user_home):
    # FS-017
    home = user_home
    home.declare({"~/.a": "a", "~/.d/x": "x"})
    home.give()
    home.path.chmod(0o555)
    result = home.sync(expect=REFUSED)
    assert "~" in result.err and home.all_links() == {}
    home.path.chmod(0o755)
    home.sync()


def test_an_unreadable_registry_is_an_error_not_an_empty_one(user_home):
    home = user_home
    home.declare({"~/.a": "a"})
    home.give()
    home.sync()
    (home.profile / "lumina.yaml").chmod(0)
    result = home.sync(expect=2)
    assert "lumina.yaml" in result.err and home.link("~/.a")


def test_an_unreadable_folder_of_a_tree_removes_nothing(user_home):
    home = user_home
    home.source("t/sub/x", "t/y", "k")
    home.registry("symlinks: {~/.t: {tree: t}, ~/.k: k}\n")
    home.give()
    home.sync()
    (home.profile / "t/sub").chmod(0)
    before = home.snapshot() if os.geteuid() == 0 else None
    result = home.sync(expect=None)
    (home.profile / "t/sub").chmod(0o755)
    assert result.code == REFUSED and "t" in result.err, repr(result)
    assert home.link("~/.t/sub/x") and home.link("~/.t/y")
    assert before is None or set(before) == set(home.snapshot())


def test_an_unreadable_ownership_record_stops_a_sync_that_would_need_it(user_home):
    home = user_home
    home.declare({"~/.a": "a", "~/.b": "b"})
    home.give()
    home.sync()
    (home.state / "owned").chmod(0)
    home.declare({"~/.a": "a"})
    result = home.sync(expect=FAILED)
    assert "ownership record" in result.err
    assert len(home.all_links()) == 2


@needs_root
def test_root_leaves_another_users_home_alone(user_home):
    # FS-041
    home = user_home
    home.declare({"~/.a": "a"})
    home.give()
    before = tree_of(home.root)
    home.user = None
    for command in (["sync"], ["sync", "-y"]):
        result = home.run(*command, expect=REFUSED)
        assert "root" in result.err and str(NOBODY) in result.err
        assert tree_of(home.root) == before
    assert not home.state.exists()
    home.run("status")
    home.run("doctor", expect=FAILED)
    assert tree_of(home.root) == before


@needs_root
def test_root_makes_no_profile_in_another_users_home(user_home):
    # FS-041
    home = user_home
    home.profile.rmdir()
    before = tree_of(home.root)
    home.user = None
    home.run("init", expect=REFUSED)
    assert tree_of(home.root) == before


# --- mounts ---------------------------------------------------------------------------------

@needs_root
def test_a_target_that_is_a_mount_point_is_refused_and_stays_mounted(mounts, home):
    # FS-024
    home.declare({"~/.a": "a", "~/.file": "f"})
    file = home.write("~/.file", "mounted over")
    over = home.root / "over"
    over.write_text("over")
    if call("mount", "--bind", str(over), str(file)).returncode != 0:
        pytest.skip("cannot bind-mount a file")
    try:
        refused(home, "~/.file")
        assert file.read_text() == "over"
    finally:
        call("umount", str(file))
    assert file.read_text() == "mounted over"


@needs_root
def test_a_folder_of_ours_that_became_a_mount_point_is_reported_and_nothing_is_changed(mounts, home):
    # FS-024
    home.source("t/x", "k")
    home.registry("symlinks: {~/.t: {tree: t}, ~/.k: k}\n")
    home.sync()
    other = home.root / "other"
    other.mkdir()
    if call("mount", "--bind", str(other), str(home.at("~/.t"))).returncode != 0:
        pytest.skip("cannot bind-mount a folder")
    try:
        home.registry("symlinks: {~/.t: t, ~/.k: k}\n")
        before = home.snapshot()
        result = home.sync(expect=None)
        assert result.code in (FAILED, REFUSED) and "~/.t" in result.err, repr(result)
        assert timeless(home.snapshot()) == timeless(before)
        home.no_leftovers()
    finally:
        call("umount", str(home.at("~/.t")))
    home.sync()
    home.assert_linked({"~/.t": "t", "~/.k": "k"})


@needs_root
def test_a_read_only_folder_is_refused_before_anything_is_changed(mounts, home):
    home.declare({"~/.a": "a", "~/.ro/x": "x"})
    home.at("~/.ro").mkdir()
    folder = str(home.at("~/.ro"))
    if call("mount", "--bind", folder, folder).returncode != 0:
        pytest.skip("cannot bind-mount")
    try:
        if call("mount", "-o", "remount,bind,ro", folder).returncode != 0:
            pytest.skip("cannot remount read-only")
        refused(home, "~/.ro", "Read-only")
    finally:
        call("umount", folder)
    home.sync()
    home.nothing_to_do()


@needs_root
def test_a_read_only_profile_is_enough(mounts, home):
    home.declare({"~/.a": "a", "~/.d/x": "x"})
    folder = str(home.profile)
    if call("mount", "--bind", folder, folder).returncode != 0:
        pytest.skip("cannot bind-mount")
    try:
        call("mount", "-o", "remount,bind,ro", folder)
        home.sync()
        home.nothing_to_do()
    finally:
        call("umount", folder)


@needs_root
def test_home_profile_and_state_may_lie_on_three_file_systems(mounts, root):
    # FS-034
    disks = [mounts(name, "-t", "tmpfs", "-o", "size=1m", "tmpfs") for name in ("h", "p", "s")]
    home = Home(root, path=disks[0] / "home", profile=disks[1] / "dots")
    home.env["XDG_STATE_HOME"] = str(disks[2] / "state")
    home.declare({"~/.a": "a", "~/.d/x": "x"})
    home.sync()
    home.nothing_to_do()
    home.declare({"~/.a": "b", "~/.n": "n"})
    home.sync()
    home.assert_linked({"~/.a": "b", "~/.n": "n"})
    home.no_leftovers()


@needs_root
def test_exhausted_inodes_end_in_an_error_with_every_old_link_in_place(mounts, root):
    # FS-019
    disk = mounts("disk", "-t", "tmpfs", "-o", "size=1m,nr_inodes=40", "tmpfs")
    home = Home(root, profile=Path(root) / "dots")
    os.symlink(disk, home.at("~/.d"))
    home.declare({"~/.d/0": "a", "~/.d/1": "b", "~/.z": "z"})
    home.sync()
    filler = 0
    with contextlib.suppress(OSError):
        while True:
            (disk / f"fill{filler}").touch()
            filler += 1
    assert filler > 0
    # Leaves room for one link, and the plan needs two more.
    (disk / "fill0").unlink()
    home.declare({"~/.d/0": "a", "~/.d/1": "b", "~/.d/2": "c", "~/.d/3": "d", "~/.y": "y",
                  "~/.z": "z"})
    before, there = home.snapshot(), sorted(os.listdir(disk))
    result = home.sync(expect=FAILED)
    assert "No space left" in result.err and "~/.d/" in result.err
    after = home.snapshot()
    assert sorted(os.listdir(disk)) == there
    assert timeless(after) == timeless(before)
    home.no_leftovers()
    # A change of an existing link needs an inode too; then it is refused just the same.
    (disk / "fill0").touch()
    home.declare({"~/.d/0": "other", "~/.d/1": "b", "~/.z": "z"})
    home.sync(expect=FAILED)
    assert os.readlink(disk / "0") == f"{home.profile}/a"
    assert sorted(os.listdir(disk)) == sorted(there + ["fill0"])
    for i in range(filler):
        (disk / f"fill{i}").unlink()
    home.sync()
    assert os.readlink(disk / "0") == f"{home.profile}/other"
    home.nothing_to_do()


@needs_root
@pytest.mark.parametrize("first", [True, False], ids=["first sync", "later sync"])
def test_a_full_state_file_system_means_that_nothing_is_changed(mounts, root, first):
    # FS-020
    disk = mounts("state", "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    home = Home(root)
    home.env["XDG_STATE_HOME"] = str(disk)
    home.declare({f"~/.d/{i}": "a" for i in range(200)})
    if not first:
        home.declare({"~/.d/0": "b"})
        home.sync()
        home.declare({f"~/.d/{i}": "a" for i in range(200)})
    fill = os.open(disk / "fill", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(fill, b"x" * 4096)
    os.close(fill)
    before = home.snapshot()
    result = home.sync(expect=FAILED)
    assert "No space left" in result.err, repr(result)
    assert home.snapshot() == before
    assert not (home.state / "journal").exists()
    (disk / "fill").unlink()
    call("mount", "-o", "remount,size=1m", str(disk))
    home.sync()
    assert len(home.all_links()) == 200
    home.nothing_to_do()


@needs_strace
@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS"])
def test_a_file_system_without_exchange_gets_the_same_result(home, error):
    """What some network and FUSE file systems answer to RENAME_EXCHANGE."""
    home.declare({f"~/.d/{i}": f"s{i}" for i in range(5)})
    home.sync()
    home.declare({f"~/.d/{i}": "other" for i in range(3)})
    home.sync("-y", prefix=("strace", "-o", "/dev/null", "-e",
                            f"inject=renameat2:error={error}"))
    home.assert_linked({f"~/.d/{i}": "other" for i in range(3)})
    home.no_leftovers()
    home.nothing_to_do()


@needs_strace
def test_a_profile_can_be_made_on_such_a_file_system_too(home):
    home.profile.rmdir()
    home.run("init", prefix=("strace", "-o", "/dev/null", "-e", "inject=renameat2:error=EINVAL"))
    assert (home.profile / "lumina.yaml").is_file()
    home.no_leftovers()


@needs_strace
@pytest.mark.parametrize("error", ["EINVAL", "ENOSYS"])
def test_without_exchange_a_folder_link_becomes_a_tree_or_nothing_changes(home, error):
    home.source("n/a", "n/sub/b")
    prefix = ("strace", "-o", "/dev/null", "-e", f"inject=renameat2:error={error}")
    one, other = "symlinks: {~/.n: n}\n", "symlinks: {~/.n: {tree: n}}\n"
    want = [{"~/.n": "n"}, {"~/.n/a": "n/a", "~/.n/sub/b": "n/sub/b"}]
    home.registry(one)
    home.sync()
    for text, before, after in ((other, *want), (one, *reversed(want))):
        home.registry(text)
        result = home.sync("-y", expect=None, prefix=prefix)
        home.assert_linked(after if result.code == OK else before)
        home.no_leftovers()
        if result.code != OK:
            assert "~/.n" in result.err, repr(result)
            home.sync("-y")
        home.assert_linked(after)


@needs_strace
def test_no_system_call_leaves_the_home_or_follows_a_link_blindly(home):
    """Every change is made relative to a folder that was opened step by step."""
    home.declare({"~/.d/e/x": "x", "~/.y": "y"})
    _, calls = traced(home, "sync")
    for one in calls:
        if one.name in ("symlinkat", "renameat2", "unlinkat", "mkdirat") \
                and str(home.state) not in one.args:
            assert "AT_FDCWD" not in one.args, one
            assert f"<{home.path}" in one.args, one
