# SPDX-License-Identifier: MIT
"""Git: `lumina git` is Git inside the profile; init makes or clones a profile and harms none."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pexpect
import pytest

from support import FAILED, OK, PATH, REFUSED, USAGE, dedent, finish, tree_of

POISON = {"GIT_DIR": "/nowhere/.git", "GIT_WORK_TREE": "/nowhere", "GIT_INDEX_FILE": "/nowhere/i",
          "GIT_OBJECT_DIRECTORY": "/nowhere/o", "GIT_COMMON_DIR": "/nowhere/c", "GIT_PREFIX": "x/",
          "GIT_CEILING_DIRECTORIES": "/", "GIT_NAMESPACE": "evil", "GIT_CONFIG_COUNT": "1",
          "GIT_CONFIG_KEY_0": "core.bare", "GIT_CONFIG_VALUE_0": "true"}


@pytest.fixture
def repo(home):
    """A profile under version control, with one link synced."""
    home.declare({"~/.zshrc": "zsh/zshrc"})
    home.commit("first")
    home.sync()
    return home


@pytest.fixture
def bare(home):
    """A bare repository with the branches main and work, as a path."""
    work = home.root / "work"
    work.mkdir()
    for branch in ("main", "work"):
        (work / "lumina.yaml").write_text(f"symlinks: {{~/.{branch}: {branch}}}\n")
        (work / branch).write_text(branch)
        if branch == "main":
            home.git("init", "-q", cwd=work)
        else:
            home.git("checkout", "-q", "-b", branch, cwd=work)
        home.git("add", "-A", cwd=work)
        home.git("commit", "-q", "-m", branch, cwd=work)
    home.git("checkout", "-q", "main", cwd=work)
    home.git("clone", "-q", "--bare", str(work), str(home.root / "bare.git"), cwd=home.root)
    home.profile.rmdir()
    return home.root / "bare.git"


# --- lumina git -----------------------------------------------------------------------------

def test_git_runs_inside_the_profile_wherever_one_stands(repo):
    for folder in (repo.path, repo.root, "/"):
        assert repo.run("git", "rev-parse", "--show-toplevel", cwd=folder).out == \
            f"{repo.profile}\n"
    assert repo.run("git", "log", "--format=%s").out == "first\n"


def test_arguments_are_passed_as_they_are(repo):
    want = ["--version", "-v", "--json", "-h", "--", "a b", "", "x\ny", "$HOME", "*", "--color=never"]
    shown = repo.run("git", "-c", "alias.show-args=!printf '<%s>'", "show-args", *want).out
    assert shown == "".join(f"<{word}>" for word in want)
    assert repo.run("git", "--version").out.startswith("git version")
    assert "usage: git" in repo.run("git", "--help").out or repo.run("git", "--help").out


@pytest.mark.parametrize("code", [0, 1, 2, 3, 42, 128, 129, 255])
def test_the_exit_code_is_gits_own(repo, code):
    assert repo.run("git", "-c", f"alias.end=!exit {code}", "end", expect=code).code == code


def test_a_signal_that_ends_git_is_passed_on(repo):
    process = repo.start("git", "-c", "alias.x=!kill -TERM $PPID", "x")
    assert finish(process).code in (-signal.SIGTERM, 128 + signal.SIGTERM)


def test_input_and_output_are_gits_own_to_the_byte(repo):
    blob = bytes(range(256)) * 100
    name = repo.run("git", "hash-object", "-w", "--stdin", stdin=blob).out.strip()
    assert repo.run("git", "cat-file", "blob", name).stdout == blob


def test_the_terminal_is_gits_own(repo):
    child = repo.terminal("git", "-c", "color.ui=auto", "-c", "core.pager=cat", "log", "--oneline")
    child.expect(pexpect.EOF)
    assert b"\x1b[" in child.before
    child = repo.terminal("git", "-c", "alias.tty=!test -t 0 && test -t 1 && echo yes", "tty")
    child.expect("yes")


@pytest.mark.parametrize("poison", [[name] for name in POISON] + [list(POISON)], ids=",".join)
def test_a_poisoned_environment_does_not_lead_git_elsewhere(repo, poison):
    env = {name: POISON[name] for name in poison}
    if "GIT_CONFIG_COUNT" in env or any(p.startswith("GIT_CONFIG_") for p in poison):
        env = {**env, **{n: v for n, v in POISON.items() if n.startswith("GIT_CONFIG_")}}
    result = repo.run("git", "rev-parse", "--show-toplevel", env=env)
    assert result.out == f"{repo.profile}\n"
    assert repo.run("git", "log", "--format=%s", env=env).out == "first\n"


@pytest.mark.parametrize("env", [
    {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "evil.x", "GIT_CONFIG_VALUE_0": "1"},
    {"GIT_CONFIG_PARAMETERS": "'evil.x'='1'"}, {"GIT_CONFIG": "/nowhere"}], ids=" ".join)
def test_another_commands_git_options_do_not_leak_in(repo, env):
    assert repo.run("git", "config", "--get", "evil.x", expect=1, env=env).out == ""
    assert repo.run("git", "config", "--get", "core.bare", env=env).out == "false\n"


def test_a_hook_of_another_repository_can_use_lumina_git(repo):
    """Inside a hook Git sets GIT_DIR and more for its own repository."""
    other = repo.root / "other"
    other.mkdir()
    repo.git("init", "-q", cwd=other)
    hook = other / ".git/hooks/pre-commit"
    hook.write_text(f"#!/bin/sh\n{' '.join(repo.argv('git', 'rev-parse', '--show-toplevel'))}"
                    f" > {repo.root}/out\n")
    hook.chmod(0o755)
    repo.git("commit", "-q", "--allow-empty", "-m", "x", cwd=other)
    assert (repo.root / "out").read_text() == f"{repo.profile}\n"


def test_a_profile_that_is_no_repository_never_uses_one_around_it(home):
    home.git("init", "-q", cwd=home.path)
    home.git("commit", "-q", "--allow-empty", "-m", "outer", cwd=home.path)
    home.source("a")
    home.registry("symlinks: {~/.a: a}\n")
    result = home.run("git", "log", expect=128)
    assert "outer" not in result.out and "not a git repository" in result.err
    home.run("git", "add", "-A", expect=128)
    assert home.git("status", "--porcelain", cwd=home.path) != ""


def test_a_profile_behind_a_link_never_uses_a_repository_around_it(home):
    real = home.path / "src/dots"
    real.parent.mkdir()
    os.rename(home.profile, real)
    os.symlink(real, home.profile)
    home.git("init", "-q", cwd=home.path / "src")
    home.run("git", "log", expect=128)


def test_git_init_makes_the_profile_a_repository(home):
    home.registry("symlinks:\n")
    home.run("git", "init", "-q")
    assert (home.profile / ".git").is_dir()
    home.run("git", "status")


def test_git_without_a_profile_fails_with_a_hint(home):
    home.profile.rmdir()
    result = home.run("git", "status", expect=FAILED)
    assert "no profile" in result.err and "lumina init" in result.err


def test_git_keeps_the_umask_of_the_person(repo):
    out = repo.run("git", "-c", "alias.mask=!sh -c umask", "mask", umask=0o027).out
    assert out == "0027\n"


def test_links_work_without_git(home):
    # GT-015
    home.declare({"~/.a": "a", "~/.d/b": "b"})
    env = {"PATH": "/nowhere"}
    home.sync(env=env)
    home.assert_linked({"~/.a": "a", "~/.d/b": "b"})
    home.run("status", env=env)
    checked = home.run("doctor", "--json", env=env, expect=None).json
    assert any(f["subject"] == "git" and f["health"] != "ok" for f in checked["findings"])


def test_clean_and_reset_in_the_profile_cannot_harm_the_state_or_links_of_others(repo):
    # GT-008
    repo.source("untracked", "t/new")
    repo.registry("symlinks: {~/.zshrc: zsh/zshrc, ~/.u: untracked, ~/.t: {tree: t}}\n")
    repo.sync()
    state = tree_of(repo.state)
    repo.run("git", "clean", "-fdxq")
    repo.run("git", "stash", "-q", "-u", env={"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t",
                                              "GIT_COMMITTER_NAME": "t",
                                              "GIT_COMMITTER_EMAIL": "t@t"})
    assert tree_of(repo.state) == state
    assert len(repo.all_links()) == 3, "nothing is removed by itself"
    # The registry of the commit again: what it doesn't name is stale, not gone.
    assert repo.status() == {"~/.u": "stale", "~/.t/new": "stale"}
    repo.git("checkout", "-q", "HEAD", ".")
    (repo.profile / "zsh/zshrc").unlink()
    assert repo.status()["~/.zshrc"] == "broken"


# --- init -----------------------------------------------------------------------------------

def test_init_makes_a_profile_with_a_commented_registry_and_a_repository(home):
    home.profile.rmdir()
    result = home.run("init")
    assert result.out == ""
    assert sorted(os.listdir(home.profile)) == [".git", "lumina.yaml"]
    text = (home.profile / "lumina.yaml").read_text()
    assert text.count("#") > 5 and "symlinks:" in text
    assert home.sync().out.startswith("nothing to do")
    home.run("git", "status")


def test_init_uses_an_empty_folder_that_is_there_and_a_fresh_repository(home):
    home.run("init")
    assert (home.profile / ".git").is_dir()
    shutil.rmtree(home.profile)
    home.profile.mkdir()
    home.git("init", "-q")
    config = (home.profile / ".git/config").read_bytes()
    home.run("init")
    assert (home.profile / "lumina.yaml").is_file()
    assert (home.profile / ".git/config").read_bytes() == config


@pytest.mark.parametrize("content", ["lumina.yaml", "other", ".hidden", "folder/"])
def test_init_never_touches_a_profile_that_is_not_empty(home, content):
    path = home.profile / content
    if content.endswith("/"):
        path.mkdir()
    else:
        path.write_text("mine")
    before = tree_of(home.root)
    for args in ([], ["/some/path"], ["--sync"], ["https://example.org/x.git"]):
        result = home.run("init", *args, expect=REFUSED)
        assert "not empty" in result.err
        assert tree_of(home.root) == before


def test_init_makes_a_profile_where_lumina_home_says(home):
    home.profile.rmdir()
    home.run("init", env={"LUMINA_HOME": str(home.path / "dots")})
    assert (home.path / "dots/lumina.yaml").is_file()
    assert not home.profile.exists()


def test_init_without_git_makes_a_profile_and_says_what_is_missing(home):
    home.profile.rmdir()
    result = home.run("init", env={"PATH": "/nowhere"})
    assert "git" in result.err
    assert os.listdir(home.profile) == ["lumina.yaml"]


def test_init_is_not_led_elsewhere_by_a_poisoned_environment(home):
    home.profile.rmdir()
    home.run("init", env=POISON)
    assert (home.profile / ".git/HEAD").is_file()


def test_init_clones_from_a_path(home, bare):
    home.run("init", str(bare))
    assert (home.profile / "lumina.yaml").read_text() == "symlinks: {~/.main: main}\n"
    assert home.git("rev-parse", "--abbrev-ref", "HEAD") == "main\n"
    assert home.all_links() == {}
    home.sync()
    home.assert_linked({"~/.main": "main"})


def test_init_clones_a_path_relative_to_the_present_folder(home, bare):
    home.run("init", "./bare.git", cwd=home.root)
    assert (home.profile / "main").is_file()


def test_init_with_branch_clones_that_branch(home, bare):
    home.run("init", "--branch", "work", str(bare))
    assert (home.profile / "lumina.yaml").read_text() == "symlinks: {~/.work: work}\n"
    shutil.rmtree(home.profile)
    home.run("init", str(bare), "--branch=work")
    assert home.git("rev-parse", "--abbrev-ref", "HEAD") == "work\n"


def test_init_with_sync_goes_on_to_link(home, bare):
    result = home.run("init", str(bare), "--sync")
    home.assert_linked({"~/.main": "main"})
    assert "1 link made" in result.out
    home.nothing_to_do()


def test_init_with_sync_and_a_conflict_keeps_the_clone_and_changes_nothing_else(home, bare):
    home.write("~/.main", "mine")
    home.run("init", str(bare), "--sync", expect=REFUSED)
    assert home.at("~/.main").read_text() == "mine"
    assert (home.profile / "lumina.yaml").is_file()


def test_a_clone_that_fails_leaves_no_half_profile(home, bare):
    for args in (["/nowhere/at/all.git"], ["--branch", "nosuch", str(bare)]):
        result = home.run("init", *args, expect=None)
        assert result.code not in (OK, USAGE) and result.err
        assert not home.profile.exists()
    home.run("init", str(bare))


@pytest.mark.parametrize("url", [
    "--upload-pack=touch /tmp/x", "-u/tmp/x", "ext::sh -c touch% {mark}", "", "fd::17", "foo::bar",
    "ext::sh -c 'touch {mark}'", "javascript://x", "ftp://example.org/x", "FILE::x",
    "transport::address"])
def test_a_url_that_reads_as_an_option_or_runs_a_command_is_refused(home, url):
    # GT-013
    home.profile.rmdir()
    mark = home.root / "mark"
    before = tree_of(home.root)
    result = home.run("init", "--", url.replace("{mark}", str(mark)), expect=USAGE,
                      env={"GIT_ALLOW_PROTOCOL": "ext:file:https", "GIT_PROTOCOL_FROM_USER": "1"})
    assert result.err.startswith("error:")
    assert tree_of(home.root) == before


def test_a_branch_that_reads_as_an_option_is_refused(home, bare):
    home.run("init", "--branch=--upload-pack=touch x", str(bare), expect=USAGE)
    assert not home.profile.exists()


def test_a_clone_runs_no_hook_or_filter_of_the_cloned_repository(home, bare):
    mark = home.root / "mark"
    work = home.root / "work"
    (work / ".gitattributes").write_text("* filter=evil\n")
    (work / ".lumina.yaml").write_text(f"env: {{X: '$(touch {mark})'}}\n")
    (work / "lumina.yaml").write_text(dedent(f"""
        symlinks: {{~/.main: main}}
        themes: {{reload: [[touch, {mark}]]}}
        bar: {{command: [touch, {mark}]}}
        """))
    home.git("add", "-A", cwd=work)
    home.git("commit", "-q", "-m", "evil", cwd=work)
    home.git("push", "-q", str(bare), "main", cwd=work)
    home.run("init", str(bare), "--sync")
    home.run("doctor", expect=None)
    home.run("diff")
    home.assert_linked({"~/.main": "main"})
    assert not mark.exists()


def test_diff_runs_no_program_that_the_profile_or_the_environment_names(repo):
    mark = repo.root / "mark"
    (repo.profile / ".gitattributes").write_text("* diff=evil\n")
    for key in ("diff.evil.textconv", "diff.evil.command", "diff.external", "core.fsmonitor",
                "core.pager"):
        repo.git("config", key, f"touch {mark}; cat")
    repo.at("~/.zshrc").unlink()
    repo.write("~/.zshrc", "local\n")
    out = repo.run("diff", env={"GIT_EXTERNAL_DIFF": f"touch {mark}",
                                "PAGER": f"touch {mark}"}, cwd=repo.profile).out
    assert "-local" in out
    assert not mark.exists()


def test_the_path_is_searched_for_git_as_the_shell_does(repo):
    tools = repo.root / "bin"
    tools.mkdir()
    (tools / "git").write_text("#!/bin/sh\necho fake \"$@\"\n")
    (tools / "git").chmod(0o755)
    out = repo.run("git", "status", env={"PATH": f"{tools}:{PATH}"}).out
    assert out == f"fake -C {repo.profile} status\n"
    assert Path(tools / "git").exists()
    assert subprocess.run(["git", "--version"], check=True, capture_output=True)
