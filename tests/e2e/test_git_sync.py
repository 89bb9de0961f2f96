# SPDX-License-Identifier: MIT
"""git: {sync: true}: `lumina git` is Git still, and a sync follows what it changed."""

import signal
import subprocess
import time

import pexpect
import pytest

from git_kit import advance, make_bare, make_repo
from support import LUMINA, OK, dedent, finish
from test_git import POISON

SYNCING = """
    git: {sync: true}
    symlinks:
      ~/.one: one
      ~/.tree: {tree: tree}
    """
MORE = dedent(SYNCING) + "  ~/.two: two\n"


@pytest.fixture
def repo(home):
    home.source("tree/a")
    make_repo(home, SYNCING)
    home.git("checkout", "-q", "-b", "more")
    home.registry(MORE)
    home.source("two", "tree/b")
    home.commit("more")
    home.git("checkout", "-q", "main")
    return home


def test_a_change_of_branch_is_followed_by_a_sync(repo):
    result = repo.run("git", "checkout", "-q", "more")
    repo.assert_linked({"~/.one": "one", "~/.two": "two", "~/.tree/a": "tree/a",
                        "~/.tree/b": "tree/b"})
    assert result.out == "" and "2 links made" in result.err
    repo.run("git", "checkout", "-q", "main")
    repo.assert_linked({"~/.one": "one", "~/.tree/a": "tree/a"})


def test_a_pull_is_followed_by_a_sync(repo):
    bare = make_bare(repo)
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    result = repo.run("git", "pull", "-q", "--ff-only")
    assert repo.link("~/.two") and "1 link made" in result.err


def test_reset_stash_and_clean_are_seen_too(repo):
    repo.run("git", "reset", "-q", "--hard", "more")
    assert repo.link("~/.two")
    repo.run("git", "reset", "-q", "--hard", "HEAD~1")
    assert not repo.link("~/.two")
    repo.source("tree/new")
    repo.sync()
    assert repo.link("~/.tree/new")
    repo.run("git", "clean", "-q", "-fd")
    assert not repo.link("~/.tree/new")


@pytest.mark.parametrize("args", [["status"], ["log", "--oneline"], ["diff"], ["rev-parse", "HEAD"],
                                  ["branch", "aside"], ["commit", "-q", "--allow-empty", "-m", "x"],
                                  ["config", "a.b", "c"], ["fetch", "-q", "."]])
def test_where_there_is_nothing_to_do_nothing_is_said(repo, args):
    plain = subprocess.run(["git", "-C", str(repo.profile), *args], env=repo.environment(),
                           capture_output=True, check=False)
    if args[0] in ("branch",):
        repo.git("branch", "-D", "aside")
    result = repo.run("git", *args)
    assert result.stdout == plain.stdout and result.err == plain.stderr.decode()
    assert repo.generations() == ["000001"]


def test_standard_output_holds_gits_output_and_nothing_else(repo):
    result = repo.run("git", "checkout", "more")
    assert "2 links made" in result.err and "2 links made" not in result.out


@pytest.mark.parametrize("code", [0, 1, 2, 3, 42, 128, 129, 130, 255])
def test_the_exit_code_is_gits_own(repo, code):
    script = f"!git checkout -q more; exit {code}"
    result = repo.run("git", "-c", f"alias.end={script}", "end", expect=code)
    assert repo.link("~/.two"), repr(result)


def test_a_conflict_of_the_sync_is_said_and_the_exit_code_stays_gits(repo):
    repo.write("~/.two", "mine")
    result = repo.run("git", "checkout", "-q", "more")
    assert "foreign: ~/.two" in result.err and result.code == OK
    assert repo.at("~/.two").read_text() == "mine" and not repo.link("~/.tree/b")


def test_a_registry_that_git_breaks_hinders_nobody(repo):
    repo.git("checkout", "-q", "-b", "broken")
    repo.registry("symlinks: [\n")
    repo.commit("broken")
    repo.git("checkout", "-q", "main")
    result = repo.run("git", "checkout", "-q", "broken")
    assert result.code == OK and "lumina.yaml" in result.err
    assert repo.run("git", "status", "--porcelain").out == ""
    repo.run("git", "checkout", "-q", "main")
    (repo.profile / "lumina.yaml").unlink()
    assert repo.run("git", "status", "--porcelain").out == " D lumina.yaml\n"
    repo.run("git", "checkout", "-q", "--", "lumina.yaml")
    repo.nothing_to_do()


def test_in_the_middle_of_a_merge_nothing_is_synced(repo):
    repo.registry(MORE.replace("two: two", "three: one"))
    repo.commit("other")
    result = repo.run("git", "merge", "-q", "more", expect=1)
    assert "a merge is in progress" in result.err and not repo.link("~/.two")
    repo.registry(MORE)
    repo.run("git", "-c", "user.name=t", "-c", "user.email=t@e", "commit", "-q", "-a", "-m", "m")
    assert repo.link("~/.two")


@pytest.mark.parametrize("poison", [[name] for name in POISON] + [list(POISON)], ids=",".join)
def test_a_poisoned_environment_does_not_lead_git_elsewhere(repo, poison):
    env = {name: POISON[name] for name in poison}
    if any(p.startswith("GIT_CONFIG_") for p in poison):
        env = {**env, **{n: v for n, v in POISON.items() if n.startswith("GIT_CONFIG_")}}
    assert repo.run("git", "rev-parse", "--show-toplevel", env=env).out == f"{repo.profile}\n"


def test_a_profile_that_is_no_repository_never_uses_one_around_it(home):
    home.git("init", "-q", cwd=home.path)
    home.registry("git: {sync: true}\n")
    result = home.run("git", "log", expect=128)
    assert "not a git repository" in result.err


def test_input_and_arguments_are_gits_own(repo):
    blob = bytes(range(256)) * 100
    name = repo.run("git", "hash-object", "-w", "--stdin", stdin=blob).out.strip()
    assert repo.run("git", "cat-file", "blob", name).stdout == blob
    want = ["--version", "-v", "--json", "-h", "--", "a b", "", "x\ny", "$HOME", "*"]
    shown = repo.run("git", "-c", "alias.show-args=!printf '<%s>'", "show-args", *want).out
    assert shown == "".join(f"<{word}>" for word in want)


def test_no_git_is_127(repo):
    result = repo.run("git", "status", expect=127, env={"PATH": "/nowhere"})
    assert "git" in result.err


# --- terminal and signals -----------------------------------------------------------------------

def test_the_terminal_is_gits_own(repo):
    child = repo.terminal("git", "-c", "color.ui=auto", "-c", "core.pager=cat", "log", "--oneline")
    child.expect(pexpect.EOF)
    assert b"\x1b[" in child.before
    child = repo.terminal("git", "-c", "alias.tty=!test -t 0 && test -t 1 && test -t 2 && "
                                       "read x < /dev/tty && echo \"got $x\" && stty size", "tty",
                          size=(33, 111))
    child.sendline("word")
    child.expect("got word")
    child.expect("33 111")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT, signal.SIGQUIT,
                                    signal.SIGHUP, signal.SIGSEGV])
def test_a_signal_that_ends_git_ends_us_by_the_same(repo, number):
    """`kill $PPID` in an alias ends git itself."""
    process = repo.start("git", "-c", f"alias.x=!kill -{number.value} $PPID; sleep 1", "x")
    assert finish(process).code == -number


def waiting_alias(repo, more=""):
    return ["git", "-c", f"alias.w=!{more} : > {repo.root}/up; exec sleep 4323", "w"]


def until_up(repo):
    end = time.monotonic() + 10
    while not (repo.root / "up").exists() and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_for_us_alone_is_handed_on(repo, number):
    log = repo.root / "log"
    tools = repo.root / "bin"
    tools.mkdir()
    (tools / "git").write_text(
        f"#!/bin/sh\ntrap 'echo got >> {log}; exit 7' TERM HUP\n: > {repo.root}/up\n"
        "while :; do sleep 0.05; done\n")
    (tools / "git").chmod(0o755)
    process = repo.start("git", "x", env={"PATH": f"{tools}:{repo.env['PATH']}"})
    until_up(repo)
    process.send_signal(number)
    assert finish(process).code == 7 and log.read_text() == "got\n"


def test_ctrl_c_is_gits(repo):
    child = repo.terminal(*waiting_alias(repo))
    until_up(repo)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == signal.SIGINT or child.exitstatus == 130


def test_ctrl_c_that_git_survives_does_not_end_us(repo):
    child = repo.terminal("git", "-c", "alias.w=!trap 'echo caught; exit 9' INT; "
                          f": > {repo.root}/up; while :; do sleep 0.05; done", "w")
    until_up(repo)
    child.sendintr()
    child.expect("caught")
    child.expect(pexpect.EOF)
    child.close()
    # Git itself dies of it, whatever its alias says: the same as when it runs alone.
    alone = pexpect.spawn("git", ["-C", str(repo.profile), "-c",
                                  f"alias.w=!trap 'echo caught; exit 9' INT; : > {repo.root}/up2;"
                                  " while :; do sleep 0.05; done", "w"],
                          env=repo.environment({"TERM": "xterm"}), echo=False)
    end = time.monotonic() + 10
    while not (repo.root / "up2").exists() and time.monotonic() < end:
        time.sleep(0.005)
    time.sleep(0.05)
    alone.sendintr()
    alone.expect(pexpect.EOF)
    alone.close()
    assert (child.exitstatus, child.signalstatus) == (alone.exitstatus, alone.signalstatus)


def test_ctrl_z_stops_both_and_fg_goes_on(repo):
    shell = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], echo=False, timeout=15,
                          env=repo.environment({"TERM": "dumb", "PS1": "PROMPT> "}))
    shell.expect("PROMPT> ")
    shell.sendline(f"{LUMINA} git -c alias.w='!: > {repo.root}/up; sleep 1.5; echo done-here' w")
    until_up(repo)
    shell.send("\x1a")
    shell.expect("Stopped")
    shell.expect("PROMPT> ")
    shell.sendline("fg")
    shell.expect("done-here")
    shell.expect("PROMPT> ")
    shell.sendline("echo code $?")
    shell.expect("code 0")
    shell.close(force=True)


def test_in_the_background_ctrl_c_stays_ignored(repo):
    """`lumina git … &` of a script: SIGINT is ignored, and git inherits that."""
    tools = repo.root / "bin"
    tools.mkdir()
    (tools / "git").write_text("#!/bin/sh\nexec grep SigIgn /proc/self/status\n")
    (tools / "git").chmod(0o755)
    out = subprocess.run(["sh", "-c", f"trap '' INT; {LUMINA} git x"], capture_output=True,
                         env=repo.environment({"PATH": f"{tools}:{repo.env['PATH']}"}), check=False)
    assert int(out.stdout.split()[1], 16) & 1 << (signal.SIGINT - 1) and out.returncode == 0
