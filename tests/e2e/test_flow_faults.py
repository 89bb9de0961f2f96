# SPDX-License-Identifier: MIT
"""The flow while everything fails: each system call, with each error, and a mount that hangs."""

import os
import re
import subprocess
import time

import pytest

from flow_kit import (END, Answer, HangingMount, Shell, allow, answer, ask, can_fuse, check_answer,
                      each_shell, flow_env, project, shell_home)
from support import SANITIZED, needs_strace

REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {MODE: web}
        path: [bin]
        dotenv: true
    """

pytestmark = [needs_strace,
              pytest.mark.skipif(SANITIZED, reason="the sanitizers' own calls would fail")]

# What can't fail on Linux, or fails the program's loader before it is ours.
NOT_OURS = {"execve", "exit_group", "brk", "arch_prctl", "set_tid_address", "set_robust_list",
            "rseq", "prlimit64", "mprotect", "munmap", "rt_sigreturn", "getrandom"}
ERRORS = ["ENOSPC", "EIO", "EACCES", "EMFILE", "ENOMEM"]


@pytest.fixture
def web(home):
    folder = project(home, "work/shop", REGISTRY, package="{}", dotenv="SECRET=s\n",
                     lumina="env: {THEIRS: t}\nlabel: L\n")
    allow(home, folder)
    return home


def own_calls(home, folder, env):
    """[(name, when)]: the calls behind the loader's, with their number as strace counts."""
    log = home.root / "calls"
    ask(home, folder, "bash", env=env, prefix=("strace", "-o", str(log)))
    lines = log.read_text(errors="surrogateescape").splitlines()
    # The loader is done soon after it has found libc; what follows is ours.
    start = max((n for n, line in enumerate(lines) if re.match(r"openat\(.*/libc\.so", line)),
                default=0)
    start = next(n for n in range(start, len(lines)) if lines[n].startswith(("prlimit64", "munmap",
                                                                             "getrandom")))
    seen, found = {}, []
    for n, line in enumerate(lines):
        name = line.partition("(")[0]
        seen[name] = seen.get(name, 0) + 1
        if n > start and re.fullmatch(r"[a-z0-9_]+", name) and name not in NOT_OURS:
            found.append((name, seen[name]))
    return found


def prepare(home, state):
    if state == "first time":
        subprocess.run(["rm", "-rf", home.path / ".cache/lumina", home.root / "run/lumina"],
                       check=True)
        return
    answer(home, home.at("work/shop"))
    if state == "stale index":
        os.utime(home.profile / "lumina.yaml")


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("state", ["first time", "everything there", "stale index"])
def test_each_call_fails(web, error, state):
    """FL-033: exit 0, silent; the answer is right, or none, or has less in it: never wrong."""
    env = {"XDG_CACHE_HOME": str(web.path / ".cache")}
    prepare(web, state)
    whole = answer(web, web.at("work/shop"), env=env)
    wanted = {**whole.values}
    prepare(web, state)
    calls = own_calls(web, web.at("work/shop"), env)
    assert 10 < len(calls) < 400, calls
    for name, when in calls:
        prepare(web, state)
        log = web.root / "inject"
        text = ask(web, web.at("work/shop"), "bash", env=env, prefix=(
            "strace", "-qq", "-o", str(log), "-e", f"trace={name}",
            "-e", f"inject={name}:error={error}:when={when}"))
        got = Answer(text)
        assert set(got.values.items()) <= set(wanted.items()), (name, when, got.calls)
        assert not got.notes or "lumina allow" in got.notes[0], (name, when, got.notes)
    # And it has left nothing broken behind.
    assert answer(web, web.at("work/shop"), env=env).values == wanted


@pytest.mark.parametrize("error", ERRORS)
def test_leaving_while_each_call_fails(web, error):
    """Back to what was before, all of it, or nothing is changed."""
    before = flow_env(web)
    inside = answer(web, web.at("work/shop")).applied_to(before)
    log = web.root / "inject"
    for name, when in own_calls(web, web.path, inside):
        text = ask(web, web.path, "bash", env=inside, prefix=(
            "strace", "-qq", "-o", str(log), "-e", f"trace={name}",
            "-e", f"inject={name}:error={error}:when={when}"))
        assert Answer(text).applied_to(inside) in (before, inside), (name, when)


@pytest.mark.parametrize("error", ERRORS)
def test_every_call_of_a_kind_fails(web, error):
    """From the very first on: the loader's, too, where it takes that."""
    for name in ("write", "read", "pread64", "newfstatat", "fstat", "statx", "getdents64", "mkdir",
                 "mkdirat", "rename", "renameat", "fcntl", "readlink", "getcwd", "faccessat",
                 "faccessat2", "openat2", "setitimer", "rt_sigaction", "ftruncate", "fchmod",
                 "unlink", "unlinkat", "fsync", "fstatfs", "statfs", "uname", "getsid"):
        done = web.run("flow", "--dir", str(web.at("work/shop")), "--shell", "bash", expect=None,
                       env=flow_env(web), prefix=(
                           "strace", "-qq", "-o", str(web.root / "log"), "-e", f"trace={name}",
                           "-e", f"inject={name}:error={error}"))
        if done.code in (1, 127) and b"error while loading" in done.stderr:
            continue  # the loader's
        check_answer(done)


@pytest.mark.parametrize("signal", ["KILL", "SEGV", "TERM"])
def test_killed_at_each_call(web, signal):
    """No answer, or a whole one; and the next answer is right."""
    prepare(web, "first time")
    for name, when in own_calls(web, web.at("work/shop"), {})[::3]:
        prepare(web, "first time")
        done = subprocess.run(
            ["sh", "-c", 'strace -qq -o /dev/null -e trace=$1 -e inject=$1:signal=$2:when=$3 "$4" '
             'flow --dir "$5" --shell bash', "-", name, signal, str(when), web.argv()[-1],
             str(web.at("work/shop"))], env=flow_env(web), capture_output=True, check=False)
        assert done.stdout == b"" or done.stdout.endswith(END), (name, when)
    assert answer(web, web.at("work/shop")).values["THEIRS"] == b"t"


@pytest.mark.parametrize("kilobytes", [2000, 4000, 6000, 10000, 20000])
def test_hardly_any_memory(web, kilobytes):
    done = subprocess.run(["sh", "-c", f'ulimit -v {kilobytes}; "$1" flow --dir "$2" --shell bash',
                           "-", web.argv()[-1], str(web.at("work/shop"))], env=flow_env(web),
                          capture_output=True, check=False)
    if b"error while loading" in done.stderr or done.returncode in (126, 127, 139, 137):
        pytest.skip("not even the loader has enough")
    assert done.stdout == b"" or done.stdout.endswith(END)
    assert (done.returncode, done.stderr) == (0, b""), done


@pytest.mark.parametrize("files", [3, 4, 5, 8])
def test_hardly_any_descriptors(web, files):
    script = f'ulimit -n {files}; exec "$1" flow --dir "$2" --shell bash'
    done = subprocess.run(["bash", "-c", script, "-", web.argv()[-1], str(web.at("work/shop"))], env=flow_env(web),
                          capture_output=True, check=False)
    if b"error while loading" in done.stderr:
        pytest.skip("not even the loader has enough")
    assert (done.returncode, done.stderr) == (0, b""), done


def test_no_files_may_grow(web):
    done = subprocess.run(["bash", "-c", 'ulimit -f 0; exec "$1" flow --dir "$2" --shell bash', "-",
                           web.argv()[-1], str(web.at("work/shop"))],
                          env=flow_env(web, {"XDG_CACHE_HOME": str(web.root / "new")}),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (0, b""), done
    assert Answer(done.stdout).values["MODE"] == b"web"


# --- a mount that hangs (FL-021) -----------------------------------------------------------------

@pytest.fixture
def hanging(web):
    if not can_fuse():
        pytest.skip("FUSE can't be mounted here")
    folder = web.at("work/shop/net")
    folder.mkdir()
    mount = HangingMount(folder)
    yield web, folder, mount
    mount.close()


def test_a_mount_that_hangs_is_not_touched(hanging):
    home, folder, mount = hanging
    for path in (folder, f"{folder}/proj", f"{folder}/a/b/c", f"{folder}/../net"):
        start = time.monotonic()
        assert answer(home, path, env={"LUMINA_TIMEOUT_SCALE": "1"}, timeout=5).values == {}
        assert time.monotonic() - start < 2
    assert mount.requests == []


def test_a_link_into_a_mount_that_hangs(hanging):
    """The folder's spelling doesn't show it."""
    home, folder, _ = hanging
    home.at("shortcut").symlink_to(f"{folder}/proj")
    start = time.monotonic()
    process = home.start("flow", "--dir", str(home.at("shortcut")), "--shell", "bash",
                         env=flow_env(home, {"LUMINA_TIMEOUT_SCALE": "1"}))
    try:
        out, err = process.communicate(timeout=2)
        assert (out in (b"", END), err) == (True, b"") and time.monotonic() - start < 2
    except subprocess.TimeoutExpired:
        process.kill()   # the hook would: what a signal ends is no harm to the shell
        process.communicate(timeout=5)


@each_shell
def test_the_prompt_comes_back_beside_a_mount_that_hangs(hanging, shell):
    home, folder, _ = hanging
    shell_home(home)
    with Shell(home, shell, env={"LUMINA_TIMEOUT_SCALE": "1"}) as sh:
        start = time.monotonic()
        sh.cd(home.at("work/shop"))
        sh.cd("/")
        assert time.monotonic() - start < 10


def test_beside_a_mount_that_hangs_all_is_well(hanging):
    home, _, _ = hanging
    assert answer(home, home.at("work/shop")).values["MODE"] == b"web"


def test_mounts_of_the_network_by_their_type(web):
    """A table in place of /proc/self/mountinfo: a mount of that name is hard to have."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    table = web.root / "mountinfo"
    folder = web.at("work/shop")
    for kind in ("nfs4", "cifs", "fuse.sshfs", "autofs", "9p", "ceph"):
        table.write_text(f"20 1 0:20 / / rw - ext4 /dev/x rw\n"
                         f"21 20 0:21 / {folder} rw - {kind} host:/x rw\n")
        done = web.run("flow", "--dir", str(folder), "--shell", "bash", env=flow_env(web),
                       expect=None, prefix=(
                           "unshare", "-m", "sh", "-c",
                           'mount --bind "$1" /proc/$$/mountinfo || exit 77; shift; exec "$@"',
                           "-", str(table)))
        if done.code == 77 or b"unshare" in done.stderr:
            pytest.skip("may not mount over it")
        assert Answer(check_answer(done).stdout).values == {}, kind
