# SPDX-License-Identifier: MIT
"""The compiled missions: never wrong, whatever happens to the registry or to the file."""

import os
import subprocess
import time

import pytest

from flow_kit import answer, flow_calls, flow_env, project
from support import NOBODY, needs_strace, xxh3

REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {NODE_ENV: %s}
    """


@pytest.fixture
def web(home):
    project(home, "shop", REGISTRY % "one", package="{}")
    return home


def index(home):
    return home.path / ".cache/lumina/index"


def now(home, **more):
    return answer(home, home.at("shop"), **more).values.get("NODE_ENV")


def test_the_flow_makes_it_and_uses_it(web):
    assert not index(web).exists()
    assert now(web) == b"one"
    made = index(web).stat()
    assert made.st_mode & 0o777 == 0o600
    assert now(web) == b"one"
    again = index(web).stat()
    assert (again.st_mtime_ns, again.st_ino) == (made.st_mtime_ns, made.st_ino)


@needs_strace
def test_with_it_no_yaml_is_read(web):
    now(web)
    calls = flow_calls(web, web.at("shop"))
    opened = " ".join(args for name, args, _ in calls if name in ("open", "openat", "openat2"))
    assert "/index" in opened
    assert "lumina.yaml\"" not in opened and "libfyaml" not in opened
    assert not [name for name, _, _ in calls if name in ("fork", "vfork", "clone", "clone3")]
    assert sum(name == "execve" for name, _, _ in calls) <= 2  # strace's, and the program's


def test_changed_between_two_prompts(web):
    """As fast as a machine can write: the answer is the registry's, each time."""
    for n in range(60):
        web.registry(REGISTRY % f"v{n % 7}")   # the same size, often within one clock tick
        assert now(web) == f"v{n % 7}".encode(), n


def test_changed_and_the_time_put_back(web):
    now(web)
    path = web.profile / "lumina.yaml"
    info = path.stat()
    path.write_text(path.read_text().replace("one", "two"))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    got = now(web)
    # Device, inode, size, time of the content: the contract's identity can't see this one;
    # a changed status time could.
    assert got in (b"one", b"two")


def test_replaced_by_an_editor(web):
    now(web)
    path = web.profile / "lumina.yaml"
    info = path.stat()
    new = path.with_name("new")
    new.write_text(path.read_text().replace("one", "two"))
    os.utime(new, ns=(info.st_atime_ns, info.st_mtime_ns))
    new.rename(path)
    assert now(web) == b"two"


def test_local_overlay_comes_and_goes(web):
    assert now(web) == b"one"
    web.local("missions: {web: {env: {NODE_ENV: local}}}\n")
    assert now(web) == b"local"
    (web.config / "local.yaml").unlink()
    assert now(web) == b"one"


def test_an_include_changes(web):
    web.registry("include: [more.yaml]\n")
    web.registry(REGISTRY % "a", "more.yaml")
    assert now(web) == b"a"
    web.registry(REGISTRY % "b", "more.yaml")
    assert now(web) == b"b"
    (web.profile / "more.yaml").unlink()
    assert now(web) is None
    web.registry(REGISTRY % "c", "more.yaml")
    assert now(web) == b"c"


def test_hosts(web):
    web.registry("""
        missions: {web: {when: [package.json], env: {NODE_ENV: all}}}
        hosts: {here: {missions: {web: {env: {NODE_ENV: here}}}}}
        """)
    assert now(web, env={"LUMINA_HOST": "there"}) == b"all"
    assert now(web, env={"LUMINA_HOST": "here"}) == b"here"
    assert now(web, env={"LUMINA_HOST": "there"}) == b"all"


def test_another_profile_and_another_home(web):
    assert now(web) == b"one"
    other = web.root / "other"
    other.mkdir()
    (other / "lumina.yaml").write_text(
        "missions: {web: {when: [package.json], env: {NODE_ENV: x}}}")
    assert now(web, env={"LUMINA_HOME": str(other)}) == b"x"
    assert now(web) == b"one"


BROKEN = ["missions: [", "missions: {web: {when: 3}}\n", "nonsense: 1\n", "\0", "a: &a [*a]\n",
          "missions: {web: {env: {LD_PRELOAD: x}}}\n", "missions: 7\n", "- list\n", "\xff\xfe",
          "missions: {web: {unknown: 1}}\n", "missions: {web: {when: [package.json]}}\n" * 2]


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_registry_means_no_missions(web, text):
    assert now(web) == b"one"
    web.registry(text.encode("latin-1"))
    for _ in range(2):
        got = answer(web, web.at("shop"))
        assert got.values == {} and got.notes == []
    web.registry(REGISTRY % "two")
    assert now(web) == b"two"


def test_a_broken_registry_takes_back_what_was_set(web):
    inside = answer(web, web.at("shop")).applied_to(flow_env(web))
    web.registry("missions: [")
    assert answer(web, web.at("shop"), env=inside).applied_to(inside) == flow_env(web)


def test_no_registry_any_more(web):
    assert now(web) == b"one"
    (web.profile / "lumina.yaml").unlink()
    assert now(web) is None
    web.registry(REGISTRY % "back")
    assert now(web) == b"back"


def test_truncated_at_every_length(web):
    """And never a crash, or an old or a half mission."""
    web.registry(REGISTRY % "two")
    now(web)
    whole = index(web).read_bytes()
    for length in range(len(whole)):
        index(web).write_bytes(whole[:length])
        index(web).chmod(0o600)
        assert now(web) == b"two", length


def test_every_byte_changed(web):
    now(web)
    whole = index(web).read_bytes()
    for at in range(0, len(whole), 3):
        for change in (0xff, 0x01):
            index(web).write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1:])
            assert now(web) == b"one", (at, change)


def test_damaged_with_a_good_checksum(web):
    """The checksum is no protection against somebody who can compute it; bounds are."""
    now(web)
    whole = index(web).read_bytes()
    sums = int(xxh3(whole[16:]), 16).to_bytes(8, "little")
    if whole[8:16] != sums:
        pytest.skip("the checksum is elsewhere")
    for at in range(16, len(whole), 4):
        for value in (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\1\0\0\0"):
            body = whole[16:at] + value + whole[at + 4:]
            body = body[:len(whole) - 16]
            index(web).write_bytes(whole[:8] + int(xxh3(body), 16).to_bytes(8, "little") + body)
            answer(web, web.at("shop"))
    index(web).unlink()
    assert now(web) == b"one"


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "dangling", "writable", "unreadable",
                                  "device", "other", "huge", "sparse"])
def test_something_else_in_its_place(web, kind):
    now(web)
    path = index(web)
    whole = path.read_bytes()
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        (web.root / "elsewhere").write_bytes(whole)
        path.symlink_to(web.root / "elsewhere")
    elif kind == "dangling":
        path.symlink_to("/nowhere")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind in ("huge", "sparse"):
        path.write_bytes(b"" if kind == "sparse" else whole)
        os.truncate(path, 1 << (33 if kind == "sparse" else 27))
    else:
        path.write_bytes(whole)
        if kind == "other":
            if os.geteuid() != 0:
                pytest.skip("needs root")
            os.chown(path, NOBODY, NOBODY)
        else:
            path.chmod({"writable": 0o666, "unreadable": 0}[kind])
    start = time.monotonic()
    assert now(web) == b"one"
    web.registry(REGISTRY % "two")
    assert now(web) == b"two"
    assert time.monotonic() - start < 20
    if kind == "link":
        assert (web.root / "elsewhere").read_bytes() == whole, "never written through"


def test_a_forged_one_of_another_user_is_not_used(web):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    web.registry(REGISTRY % "evil")
    now(web)
    forged = index(web).read_bytes().replace(b"evil", b"EVIL")
    web.registry(REGISTRY % "good")
    now(web)
    index(web).write_bytes(forged)
    os.chown(index(web), NOBODY, NOBODY)
    assert now(web) == b"good"


def test_no_cache_folder_and_none_can_be_made(user_home):
    project(user_home, "shop", REGISTRY % "one", package="{}")
    cache = user_home.path / ".cache"
    cache.mkdir()
    cache.chmod(0o555)
    if os.geteuid() == 0:
        os.chown(cache, 0, 0)
    for _ in range(3):
        assert now(user_home) == b"one"
    assert list(cache.iterdir()) == []


def test_a_full_disk_leaves_no_half_index(web, shm):
    """A file system without a byte to spare."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    full = web.root / "full"
    full.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=3", "t", full],
                          capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("may not mount")
    try:
        for _ in range(3):
            assert now(web, env={"XDG_CACHE_HOME": str(full), "XDG_STATE_HOME": str(full),
                                 "XDG_RUNTIME_DIR": str(full)}) == b"one"
    finally:
        subprocess.run(["umount", full], check=True)


def test_everything_read_only(web):
    """No folder can be written; in a mount namespace of its own."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    script = ('mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"')
    for _ in range(2):
        done = web.run("flow", "--dir", str(web.at("shop")), "--shell", "bash", env=flow_env(web),
                       expect=None, prefix=("unshare", "-m", "sh", "-c", script, "-",
                                            str(web.root)))
        if b"unshare" in done.stderr or b"mount" in done.stderr:
            pytest.skip("may not mount")
        assert done.code == 0 and done.stderr == b"" and b"NODE_ENV" in done.stdout
        assert b"_lumina_note" not in done.stdout


def test_other_commands_make_a_stale_one_again(web):
    now(web)
    web.registry(REGISTRY % "two")
    web.run("status", expect=None)
    made = index(web).stat()
    assert now(web) == b"two"
    assert index(web).stat().st_mtime_ns == made.st_mtime_ns, "status had made it"


def test_a_registry_too_large_for_a_prompt(web):
    """More than 256 KiB: no YAML at the prompt; any other command makes the index."""
    big = "symlinks:\n" + "".join(f"  ~/.none/{n:06}: none\n" for n in range(15000))
    path = web.profile / "lumina.yaml"
    path.write_text(big + "missions: {web: {when: [package.json], env: {NODE_ENV: big}}}\n")
    inside = now(web)
    assert inside is None
    web.run("status", expect=None)
    assert now(web) == b"big"
    path.write_text(path.read_text().replace("big", "new"))
    assert now(web) is None, "a stale index is never used"


def test_five_hundred_missions(home):
    lines = "".join(f"  m{n}: {{when: [mark{n}], env: {{V: v{n}}}}}\n" for n in range(500))
    project(home, "p", "missions:\n" + lines, mark499="")
    assert answer(home, home.at("p")).values["V"] == b"v499"


def test_many_at_once_while_the_registry_changes(web):
    """Each answer is the old or the new registry's."""
    running = []
    for n in range(6):
        web.registry(REGISTRY % f"v{n}")
        running += [(n, web.start("flow", "--dir", str(web.at("shop")), "--shell", "zsh",
                                  env=flow_env(web))) for _ in range(5)]
    for n, process in running:
        out, err = process.communicate(timeout=25)
        assert process.returncode == 0 and err == b""
        got = {v for v in range(6) if b"NODE_ENV 'v%d'" % v in out}
        # While it was being written the registry may have been empty for a moment.
        assert not got or min(got) >= n, (n, out)
    assert now(web) == b"v5"
    assert sorted(p.name for p in index(web).parent.iterdir() if p.name != "projects") in (
        ["index"], ["index", "index.new"])
