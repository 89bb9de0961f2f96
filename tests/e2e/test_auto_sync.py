# SPDX-License-Identifier: MIT
"""sync --pull: fetch and fast-forward, never more; and two machines kept the same."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time

import pexpect
import pytest

from changes import changing_calls, kill_before, places
from git_kit import advance, identity, make_bare, make_repo, porcelain, subjects
from support import FAILED, LUMINA, OK, REFUSED, REPO, USAGE, Home, finish, needs_strace
from test_git_commit import begin
from test_git_push import answer_401, processes_of, silent  # noqa: F401

REGISTRY = "symlinks:\n  ~/.one: one\n"
MORE = REGISTRY + "  ~/.two: two\n"


@pytest.fixture
def repo(home):
    return make_repo(home, REGISTRY)


@pytest.fixture
def bare(repo):
    return make_bare(repo)


def head(home):
    return home.git("rev-parse", "HEAD")


def untouched(home):
    """Everything but what a fetch writes."""
    return {p: r[:-1] for p, r in home.snapshot().items() if not p.startswith(b".lumina/.git")}


# --- what a pull does -----------------------------------------------------------------------

def test_pull_fetches_fast_forwards_and_syncs(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    result = repo.sync("--pull")
    assert "pulled 1 commit from 'origin/main'" in result.err and "1 link made" in result.out
    repo.assert_linked({"~/.one": "one", "~/.two": "two"})
    assert repo.git("status", "-sb").startswith("## main...origin/main\n")
    result = repo.sync("--pull")
    assert result.out.startswith("nothing to do") and result.err == ""


def test_apply_pull_is_the_same(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    repo.run("apply", "--pull")
    assert repo.link("~/.two")


def test_pull_follows_the_branch_that_is_checked_out(repo, bare):
    repo.git("push", "-q", "origin", "main:work")
    repo.git("checkout", "-q", "-b", "work")
    repo.git("branch", "-q", "--set-upstream-to=origin/main")
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    repo.sync("--pull")
    assert repo.link("~/.two") and repo.git("rev-parse", "main") != head(repo)


def test_local_edits_that_are_not_in_the_way_are_kept(repo, bare):
    repo.source("mine", "staged", "three")
    repo.commit("more")
    repo.git("push", "-q")
    repo.source("mine", data="edited")
    repo.source("staged", data="staged edit")
    repo.git("add", "staged")
    repo.source("untracked")
    before = porcelain(repo)
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2", "three": "3"})
    repo.sync("--pull")
    assert repo.link("~/.two") and porcelain(repo) == before
    assert (repo.profile / "mine").read_text() == "edited"


def test_commits_that_are_not_pushed_are_no_obstacle(repo, bare):
    repo.source("mine")
    repo.commit("mine")
    result = repo.sync("--pull")
    assert result.err == "" and subjects(repo)[0] == "mine"


def test_a_dry_run_pulls_nothing(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    before, was = untouched(repo), head(repo)
    result = repo.sync("--pull", "-n")
    assert "1 commit of 'origin/main' would be pulled" in result.err
    assert untouched(repo) == before and head(repo) == was


def test_json_is_one_document(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    assert repo.sync("--pull", "--json").json["schema"] == 1
    assert repo.link("~/.two")


def test_a_cloned_profile_without_a_commit_gets_the_first(home):
    identity(home)
    bare = home.root / "bare.git"
    home.git("init", "-q", "--bare", str(bare), cwd=home.root)
    home.profile.rmdir()
    home.run("init", str(bare))
    advance(home, bare, {"lumina.yaml": REGISTRY, "one": "1"})
    home.sync("--pull")
    assert home.link("~/.one") and subjects(home) == ["elsewhere"]


@needs_strace
def test_a_change_that_was_cut_off_is_put_right_first(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    repo.write("~/.new", "x")
    argv = ["add", str(repo.at("~/.new"))]
    other = make_repo(Home(os.path.join(repo.root, "o")), REGISTRY)
    other.write("~/.new", "x")
    calls = changing_calls(other, "add", str(other.at("~/.new")))
    kill_before(repo, calls[places(calls)["half"]], *argv)
    assert (repo.state / "journal").exists()
    result = repo.sync("--pull")
    assert "interrupted" in result.err and repo.at("~/.new").read_text() == "x"
    repo.assert_linked({"~/.one": "one", "~/.two": "two"})
    assert porcelain(repo) == {}


# --- what it refuses -------------------------------------------------------------------------

def refused(repo, bare, *says):
    before, was, index = untouched(repo), head(repo), repo.git("ls-files", "-s")
    links = repo.all_links()
    result = repo.sync("--pull", expect=REFUSED)
    assert "nothing was changed" in result.err and "hint: " in result.err and "lumina" in result.err
    for text in says:
        assert text in result.err, result.err
    assert untouched(repo) == before and head(repo) == was and repo.all_links() == links
    assert repo.git("ls-files", "-s") == index
    assert repo.git("stash", "list") == ""
    return result


def test_what_has_diverged_is_refused(repo, bare):
    repo.source("mine")
    repo.commit("mine")
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    advance(repo, bare, {"three": "3"})
    refused(repo, bare, "diverged", "1 commit here, 2 there", "lumina git rebase")
    repo.run("git", "rebase", "-q", "@{upstream}")
    repo.sync("--pull")
    assert repo.link("~/.two")


@pytest.mark.parametrize("config", [[], ["pull.rebase", "true"], ["pull.ff", "false"],
                                    ["merge.ff", "false"], ["merge.autoStash", "true"],
                                    ["rebase.autoStash", "true"]], ids=" ".join)
def test_local_edits_that_would_be_lost_are_refused(repo, bare, config):
    if config:
        repo.git("config", *config)
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2", "one": "theirs"})
    repo.source("one", data="mine")
    refused(repo, bare, "'one'", "lumina git stash")


def test_staged_edits_that_would_be_lost_are_refused(repo, bare):
    advance(repo, bare, {"one": "theirs"})
    repo.source("one", data="mine")
    repo.git("add", "one")
    refused(repo, bare, "'one'")


@pytest.mark.parametrize("ignored", [False, True])
def test_files_that_git_does_not_know_are_not_overwritten(repo, bare, ignored):
    if ignored:
        (repo.profile / ".git/info/exclude").write_text("two\n")
    advance(repo, bare, {"lumina.yaml": MORE, "two": "theirs"})
    repo.source("two", data="mine, and nowhere else")
    refused(repo, bare, "'two'")
    assert (repo.profile / "two").read_text() == "mine, and nowhere else"


def test_what_the_hint_says_helps(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2", "one": "theirs"})
    repo.source("one", data="mine")
    result = refused(repo, bare)
    hint = next(x for x in result.err.splitlines() if x.startswith("hint: "))
    for command in hint.split(": ", 2)[-1].split(" && ")[:2]:
        assert command.startswith("lumina ")
        repo.run(*command.split()[1:])
    assert repo.link("~/.two") and (repo.profile / "one").read_text() == "theirs"
    assert repo.git("stash", "list") != ""


@pytest.mark.parametrize("what", ["merge", "rebase"])
def test_in_the_middle_of_something_nothing_is_pulled(repo, bare, what):  # GT-004
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    begin(repo, what)
    status = porcelain(repo)
    result = repo.sync("--pull", expect=REFUSED)
    assert f"a {what} is in progress" in result.err
    assert porcelain(repo) == status and not repo.link("~/.two")


def test_a_registry_that_is_pulled_broken_changes_no_link(repo, bare):
    advance(repo, bare, {"lumina.yaml": "symlinks: [\n"})
    links = repo.all_links()
    repo.sync("--pull", expect=USAGE)
    assert repo.all_links() == links


def test_a_conflict_of_links_after_the_pull_changes_no_link(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    repo.write("~/.two", "mine")
    result = repo.sync("--pull", expect=REFUSED)
    assert "foreign: ~/.two" in result.err and repo.at("~/.two").read_text() == "mine"
    repo.sync("--pull", "--backup")
    assert repo.link("~/.two")


# --- where it can't: the sync goes on -----------------------------------------------------------

def goes_on(repo, *says, **more):
    repo.registry(MORE)
    repo.source("two")
    result = repo.sync("--pull", **more)
    assert repo.link("~/.two") and "made (generation" in result.out
    for text in says:
        assert text in result.err, result.err
    return result


def test_a_profile_that_is_no_repository(home):  # GT-015
    home.registry(REGISTRY)
    home.source("one")
    goes_on(home, "no Git repository")


def test_no_git(repo, bare):  # GT-015
    goes_on(repo, "not pulled", env={"PATH": "/nowhere"})


def test_no_remote(repo):
    goes_on(repo, "not pulled: the profile has no remote", "lumina git remote add")


def test_no_upstream(repo, bare):
    repo.git("branch", "--unset-upstream")
    goes_on(repo, "not pulled", "lumina git branch --set-upstream-to=origin/")


def test_no_branch(repo, bare):
    repo.git("checkout", "-q", "--detach")
    goes_on(repo, "not pulled")


def test_the_remote_is_gone(repo, bare):
    shutil.rmtree(bare)
    goes_on(repo, "warning: not pulled: ")


def test_no_network(repo, bare):
    repo.git("remote", "set-url", "origin", "https://host.invalid/x.git")
    goes_on(repo, "warning: not pulled: ", "host.invalid")


def test_a_remote_that_never_answers_is_given_up(repo, bare, silent):  # noqa: F811
    port, _ = silent
    repo.git("remote", "set-url", "origin", f"http://127.0.0.1:{port}/x.git")
    start = time.monotonic()
    goes_on(repo, "no answer within 30 seconds", timeout=50)
    assert 29 < time.monotonic() - start < 40
    assert processes_of(f"127.0.0.1:{port}") == []


def test_no_password_is_asked_for_without_a_terminal(repo, bare, silent):  # noqa: F811
    asked = repo.root / "asked"
    (repo.root / "ask").write_text(f"#!/bin/sh\n: > {asked}\necho x\n")
    (repo.root / "ask").chmod(0o755)
    threading.Thread(target=answer_401, args=(silent[1],), daemon=True).start()
    repo.git("remote", "set-url", "origin", f"http://127.0.0.1:{silent[0]}/x.git")
    goes_on(repo, "not pulled", env={"SSH_ASKPASS": str(repo.root / "ask"), "DISPLAY": ":77",
                                     "GIT_ASKPASS": str(repo.root / "ask")})
    assert not asked.exists()


def test_on_a_terminal_a_password_may_be_asked_for(repo, bare, silent):  # noqa: F811
    threading.Thread(target=answer_401, args=(silent[1],), daemon=True).start()
    repo.git("remote", "set-url", "origin", f"http://127.0.0.1:{silent[0]}/x.git")
    child = repo.terminal("sync", "--pull")
    child.expect("Username for")
    child.sendline("me")
    child.expect("Password for")
    child.sendline("secret")
    child.expect("not pulled")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == OK


def test_ctrl_c_while_fetching_ends_the_command(repo, bare, silent):  # noqa: F811
    repo.git("remote", "set-url", "origin", f"http://127.0.0.1:{silent[0]}/x.git")
    repo.registry(MORE)
    repo.source("two")
    child = repo.terminal("sync", "--pull")
    end = time.monotonic() + 10
    while not silent[1] and time.monotonic() < end:
        time.sleep(0.01)
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130 or child.signalstatus == signal.SIGINT
    assert not repo.link("~/.two") and processes_of(f"127.0.0.1:{silent[0]}") == []


def test_git_at_work_in_the_profile_is_waited_for(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    lock = repo.profile / ".git/index.lock"
    lock.touch()
    threading.Timer(0.6, lock.unlink).start()
    repo.sync("--pull")
    assert repo.link("~/.two")
    lock.touch()
    advance(repo, bare, {"three": "3"})
    was = head(repo)
    repo.sync("--pull", expect=FAILED)
    assert head(repo) == was


def test_never_while_another_change_is_under_way(repo, bare):
    advance(repo, bare, {"lumina.yaml": MORE, "two": "2"})
    was = head(repo)
    with repo.lock_held():
        process = repo.start("sync", "--pull")
        repo.wait_for_lock(process)
        time.sleep(0.2)
        assert head(repo) == was
    assert finish(process).code == OK and repo.link("~/.two")


def test_submodules_are_left_alone(repo, bare):  # GT-013
    inner = repo.root / "inner"
    inner.mkdir()
    repo.git("init", "-q", cwd=inner)
    repo.git("commit", "-q", "--allow-empty", "-m", "x", cwd=inner)
    work = advance(repo, bare, {"x": "x"})
    repo.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add",
             str(inner), "sub", cwd=work)
    repo.git("config", "-f", str(work / ".gitmodules"), "submodule.sub.url",
             f"ext::sh -c 'touch {repo.root}/mark'", cwd=work)
    repo.git("commit", "-q", "-a", "-m", "sub", cwd=work)
    repo.git("push", "-q", "origin", "HEAD:main", cwd=work)
    for key in ("submodule.recurse", "fetch.recurseSubmodules"):
        repo.git("config", "--global", key, "true")
    env = {"GIT_ALLOW_PROTOCOL": "ext:file"}
    repo.sync("--pull", env=env)
    assert not (repo.root / "mark").exists() and os.listdir(repo.profile / "sub") == []
    other = Home(repo.root / "second")
    other.profile.rmdir()
    identity(other, more="[submodule]\n\trecurse = true\n")
    other.run("init", str(bare), "--sync", env=env)
    assert not (repo.root / "mark").exists() and other.link("~/.one")


# --- two machines ----------------------------------------------------------------------------

TWO = """
    git: {commit: true, push: true, sync: true}
    symlinks:
      ~/.zshrc: zsh/zshrc
    hosts:
      left:
        symlinks:
          ~/.left: left
    """


@pytest.fixture
def machines(root):
    """Two homes, kept the same over one bare repository."""
    left, right = Home(os.path.join(root, "l")), Home(os.path.join(root, "r"))
    for home, host in ((left, "left"), (right, "right")):
        home.env["LUMINA_HOST"] = host
        identity(home, host)
    bare = os.path.join(root, "bare.git")
    left.git("init", "-q", "--bare", bare, cwd=root)
    left.registry(TWO)
    left.source("zsh/zshrc", "left")
    left.commit("first")
    left.git("remote", "add", "origin", bare)
    left.git("push", "-q", "-u", "origin", "main")
    left.sync()
    right.profile.rmdir()
    right.run("init", bare, "--sync")
    return left, right


def same(left, right):
    assert left.git("rev-parse", "HEAD") == right.git("rev-parse", "HEAD")
    for home in (left, right):
        assert porcelain(home) == {} and home.status() == {}


def test_two_machines_stay_the_same(machines):
    left, right = machines
    right.assert_linked({"~/.zshrc": "zsh/zshrc"})
    left.assert_linked({"~/.zshrc": "zsh/zshrc", "~/.left": "left"})
    # A file that is added here is there after the next pull, …
    left.write("~/.vimrc", "set nocompatible\n")
    assert left.run("add", str(left.at("~/.vimrc"))).err == ""
    right.sync("--pull")
    assert right.at("~/.vimrc").read_text() == "set nocompatible\n"
    same(left, right)
    # … an edit through the link too, …
    right.at("~/.vimrc").write_text("set list\n")
    right.run("git", "commit", "-q", "-a", "-m", "list")
    right.run("git", "push", "-q")
    left.run("git", "pull", "-q", "--ff-only")
    assert left.at("~/.vimrc").read_text() == "set list\n"
    same(left, right)
    # … and what is forgotten there goes here, by 'lumina git pull'.
    right.run("forget", "--delete", "~/.vimrc")
    left.run("git", "pull", "-q", "--ff-only")
    assert not os.path.lexists(left.at("~/.vimrc")) and right.at("~/.vimrc").is_file()
    assert left.git("rev-parse", "HEAD") == right.git("rev-parse", "HEAD")


def test_both_change_something_and_nothing_is_lost(machines):
    left, right = machines
    left.write("~/.a", "a")
    left.run("add", str(left.at("~/.a")))
    right.write("~/.b", "b")
    result = right.run("add", str(right.at("~/.b")))
    assert "not pushed" in result.err and right.link("~/.b")
    result = right.sync("--pull", expect=REFUSED)
    assert "diverged" in result.err and "lumina git rebase" in result.err
    result = right.run("git", "rebase", "-q", "@{upstream}", expect=None)
    if result.code != 0:  # both added a line at the same place
        path = right.profile / "lumina.yaml"
        lines = [x for x in path.read_text().splitlines(True) if x[:7] not in
                 ("<<<<<<<", "=======", ">>>>>>>")]
        path.write_text("".join(lines))
        right.run("git", "add", "lumina.yaml")
        right.run("git", "-c", "core.editor=true", "rebase", "--continue")
    assert right.link("~/.a") and right.link("~/.b")
    right.run("git", "push", "-q")
    left.sync("--pull")
    assert left.at("~/.b").read_text() == "b"
    same(left, right)


def test_an_undo_travels(machines):
    left, right = machines
    left.write("~/.a", "a")
    left.run("add", str(left.at("~/.a")))
    right.sync("--pull")
    assert right.link("~/.a")
    left.run("undo")
    right.sync("--pull")
    assert not os.path.lexists(right.at("~/.a")) and left.at("~/.a").read_text() == "a"
    same(left, right)


def test_machines_that_pull_and_push_at_the_same_time(machines):
    left, right = machines
    for n in range(4):
        one, two = (left, right) if n % 2 else (right, left)
        one.write(f"~/.f{n}", str(n))
        process = two.start("sync", "--pull")
        one.run("add", str(one.at(f"~/.f{n}")))
        assert finish(process).code == OK
        two.sync("--pull")
        same(left, right)
    assert len(subjects(left)) == 5


# --- the units of systemd ----------------------------------------------------------------------

UNITS = ["lumina-pull.service", "lumina-sync.path", "lumina-sync.service", "lumina-sync.timer"]


def units(folder):
    """As they are installed, but with this binary."""
    os.makedirs(folder, exist_ok=True)
    for name in UNITS:
        path = REPO / "data/systemd/user" / name
        source = path if path.exists() else path.with_name(name + ".in")
        text = source.read_text().replace("@bindir@/lumina", str(LUMINA))
        assert "@" not in text
        with open(os.path.join(folder, name), "w", encoding="utf-8") as unit:
            unit.write(text)
    return [os.path.join(folder, name) for name in UNITS]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing")
def test_the_units_are_valid(home):
    paths = units(home.path / ".config/systemd/user")
    for name in ("lumina.yaml", ):
        (home.profile / name).touch()
    done = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", *paths],
                          env=home.environment(), capture_output=True, check=False)
    assert done.returncode == 0 and done.stdout + done.stderr == b"", done
    # The check is one: a key that isn't known is told.
    with open(paths[1], "a", encoding="utf-8") as unit:
        unit.write("[Path]\nPathChange=%h/x\n")
    done = subprocess.run(["systemd-analyze", "verify", "--user", "--man=no", paths[1]],
                          env=home.environment(), capture_output=True, check=False)
    assert b"PathChange" in done.stderr


def test_the_units_are_installed_and_off(home):
    text = {os.path.basename(p): open(p, encoding="utf-8").read()
            for p in units(home.root / "units")}
    build = (REPO / "data/meson.build").read_text()
    for name in UNITS:
        assert name in build
    assert "preset" not in build
    assert "WantedBy=default.target" in text["lumina-sync.path"]
    assert "WantedBy=timers.target" in text["lumina-sync.timer"]
    assert "lumina sync --pull" in text["lumina-pull.service"]
    for key in ("OnCalendar=daily", "RandomizedDelaySec=", "Persistent=true",
                "Unit=lumina-pull.service"):
        assert key in text["lumina-sync.timer"]


# The manager refuses where the machine was not booted with systemd, and wants a cgroup of its
# own: both are given to it in namespaces that end with it.
MANAGER = """
    mount -t tmpfs none /run && mkdir -p /run/systemd/system || exit 77
    mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 77
    group=/sys/fs/cgroup/lumina-test-$$
    mkdir "$group" || exit 77
    sh -c 'echo $$ > "$1/cgroup.procs" && exec "$2" --user --log-target=console' \\
        sh "$group" "$1" > "$HOME/log" 2>&1 &
    manager=$!
    cat > /dev/null
    kill "$manager"
    wait "$manager"
    find "$group" -depth -type d -exec rmdir {} \\;
    """


class Manager:
    """A user manager of systemd, of this home's own."""

    def __init__(self, home):
        self.home = home
        program = next((p for p in ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
                        if os.access(p, os.X_OK)), None)
        if program is None or shutil.which("unshare") is None or os.geteuid() != 0:
            pytest.skip("no user manager of systemd can be started here")
        script = home.root / "manager"
        script.write_text("#!/bin/sh\n" + MANAGER)
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--cgroup", "--propagation", "private", "sh", str(script),
             program], env=home.environment(), stdin=subprocess.PIPE)
        end = time.monotonic() + 15
        while self.ask("is-system-running").stdout.strip() not in (b"running", b"degraded"):
            if self.process.poll() is not None or time.monotonic() > end:
                log = (home.path / "log").read_text() if (home.path / "log").exists() else ""
                self.close()
                pytest.skip("no user manager of systemd can be started here: " + log[-200:])
            time.sleep(0.05)

    def ask(self, *args):
        inside = ["nsenter", f"--target={self.process.pid}", "--mount", "--"]
        return subprocess.run([*inside, "systemctl", "--user", *args], env=self.home.environment(),
                              capture_output=True, check=False)

    def wait(self, done, why):
        end = time.monotonic() + 15
        while not done():
            assert time.monotonic() < end, (why, self.ask("status", "--no-pager").stdout,
                                            (self.home.path / "log").read_text())
            time.sleep(0.02)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=20)


@pytest.fixture
def manager(repo):
    units(repo.path / ".config/systemd/user")
    running = Manager(repo)
    yield running
    running.close()


def test_under_a_real_user_manager(manager, repo, bare):
    run = manager.ask
    assert run("is-enabled", "lumina-sync.path").stdout.strip() == b"disabled"
    assert run("is-active", "lumina-sync.path").stdout.strip() == b"inactive"
    assert run("enable", "--now", "lumina-sync.path", "lumina-sync.timer").returncode == 0
    # An editor that writes in place, one that saves by rename, and Git.
    repo.source("two", "three", "four")
    def until(target, why):
        manager.wait(lambda: repo.link(target), why)
        manager.wait(lambda: run("is-active", "lumina-sync.service").stdout != b"activating\n", why)
        time.sleep(0.1)
    repo.registry(MORE)
    until("~/.two", "saved in place")
    new = repo.registry(MORE + "  ~/.three: three\n", "lumina.yaml.new")
    os.rename(new, repo.profile / "lumina.yaml")
    until("~/.three", "saved by rename")
    for n in range(40):  # more often than a unit may start by default
        repo.registry(MORE if n % 2 else REGISTRY)
        time.sleep(0.05)
    time.sleep(1)
    repo.registry(MORE + "  ~/.four: four\n")
    until("~/.four", "saved often")
    repo.assert_linked({"~/.one": "one", "~/.two": "two", "~/.four": "four"})
    assert run("is-active", "lumina-sync.path").stdout.strip() == b"active"
    repo.local("symlinks:\n  ~/.five: three\n")
    until("~/.five", "the overlay")
    # The timer has its time, and what it starts pulls.
    assert b"lumina-pull.service" in run("list-timers", "--all").stdout
    repo.commit("more")
    repo.git("push", "-q")
    advance(repo, bare, {"lumina.yaml": REGISTRY})
    assert run("start", "lumina-pull.service").returncode == 0
    assert not repo.link("~/.two") and subjects(repo)[0] == "elsewhere"
    # A conflict is a failed unit, and the next save is seen all the same.
    repo.write("~/.six", "mine")
    repo.registry(REGISTRY + "  ~/.six: one\n")
    manager.wait(lambda: run("is-failed", "lumina-sync.service").returncode == 0, "a conflict")
    assert repo.at("~/.six").read_text() == "mine"
    time.sleep(0.1)
    repo.registry(REGISTRY + "  ~/.seven: one\n")
    until("~/.seven", "after a conflict")
