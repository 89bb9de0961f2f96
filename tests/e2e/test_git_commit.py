# SPDX-License-Identifier: MIT
"""git: {commit: true}: one commit a command, of exactly what it changed, and of nothing else."""

import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from git_kit import (REGISTRY, body, changed, committed, hook, identity, make_repo, no_locks,
                     porcelain, staged, subjects)
from support import (OK, PATH, REFUSED, Home, assert_clean, dedent, finish, needs_strace, traced,
                     tree_of)


@pytest.fixture
def repo(home):
    return make_repo(home)


# --- each command ---------------------------------------------------------------------------

def test_add_commits_the_file_and_the_line(repo):
    repo.write("~/.zshrc", "mine\n")
    result = repo.run("add", str(repo.at("~/.zshrc")))
    assert result.err == ""
    assert subjects(repo) == ["lumina: add ~/.zshrc", "first"]
    assert body(repo) == ["lumina.yaml: add ~/.zshrc: zsh/zshrc", "zsh/zshrc: from ~/.zshrc"]
    assert changed(repo) == {"lumina.yaml": "M", "zsh/zshrc": "A"}
    assert committed(repo, "zsh/zshrc") == "mine\n"
    assert porcelain(repo) == {}
    no_locks(repo)


def test_forget_and_forget_delete(repo):
    repo.write("~/.two", "2")
    repo.run("add", str(repo.at("~/.two")))
    repo.run("forget", "~/.one")
    assert changed(repo) == {"lumina.yaml": "M"} and (repo.profile / "one").exists()
    repo.run("forget", "--delete", "~/.two")
    assert changed(repo) == {"lumina.yaml": "M", "two": "D"}
    assert subjects(repo)[:2] == ["lumina: forget ~/.two", "lumina: forget ~/.one"]
    assert porcelain(repo) == {}


def test_absorb_commits_what_was_taken(repo):
    repo.at("~/.one").unlink()
    repo.write("~/.one", "changed by a program\n")
    repo.run("absorb", "~/.one", "--take", "local")
    assert changed(repo) == {"one": "M"} and subjects(repo)[0] == "lumina: absorb ~/.one"
    assert committed(repo, "one") == "changed by a program\n"
    repo.at("~/.one").unlink()
    repo.write("~/.one", "again\n")
    repo.run("absorb", "~/.one", "--take", "profile")
    assert subjects(repo)[0] == "lumina: absorb ~/.one" and len(subjects(repo)) == 2
    assert porcelain(repo) == {}


def test_absorb_merge_commits_the_merged_text(repo):
    text = "".join(f"{n}\n" for n in range(10))
    (repo.profile / "one").write_text(text)
    repo.commit("text")
    time.sleep(1.1)  # the base is the version of the time before the local file
    repo.at("~/.one").unlink()
    repo.write("~/.one", text.replace("1\n", "local\n"))
    time.sleep(1.1)
    (repo.profile / "one").write_text(text.replace("8\n", "profile\n"))
    repo.commit("profile's side")
    repo.run("absorb", "~/.one", "--take", "merge")
    assert committed(repo, "one") == text.replace("1\n", "local\n").replace("8\n", "profile\n")
    assert porcelain(repo) == {}


def test_absorb_merge_over_uncommitted_edits_commits_nothing(repo):
    text = "".join(f"{n}\n" for n in range(10))
    (repo.profile / "one").write_text(text)
    repo.commit("text")
    time.sleep(1.1)
    repo.at("~/.one").unlink()
    repo.write("~/.one", text.replace("1\n", "local\n"))
    (repo.profile / "one").write_text(text.replace("8\n", "not yet committed\n"))
    result = repo.run("absorb", "~/.one", "--take", "merge")
    assert "'one' is not committed" in result.err
    assert len(subjects(repo)) == 2 and porcelain(repo) == {"one": " M"}


def test_sync_adopt_commits_what_moved_in(repo):
    (repo.profile / "lumina.yaml").write_text(dedent(REGISTRY) + "  ~/.two: two\n  ~/.d: d\n")
    repo.source("two", "d/inside")
    repo.commit("more")
    repo.write("~/.two", "local two")
    repo.write("~/.d/a", "a")
    repo.write("~/.d/sub/b", "b")
    repo.sync("--adopt")
    assert changed(repo) == {"two": "M", "d/inside": "D", "d/a": "A", "d/sub/b": "A"}
    assert subjects(repo)[0] == "lumina: adopt ~/.d, ~/.two"
    assert porcelain(repo) == {}
    repo.run("undo")
    assert changed(repo) == {"two": "M", "d/inside": "A", "d/a": "D", "d/sub/b": "D"}
    assert porcelain(repo) == {}
    assert repo.git("diff", "HEAD~2", "HEAD") == ""


def test_a_plain_sync_changes_no_file_of_the_profile_and_commits_nothing(repo):
    with open(repo.profile / "lumina.yaml", "a", encoding="utf-8") as registry:
        registry.write("  ~/.two: two\n")
    repo.source("two")
    repo.sync()
    assert subjects(repo) == ["first"]
    assert porcelain(repo) == {"lumina.yaml": " M", "two": "??"}


def test_undo_and_rollback_are_commits_too(repo):
    repo.write("~/.zshrc", "mine\n")
    repo.run("add", str(repo.at("~/.zshrc")))
    repo.run("undo")
    assert subjects(repo)[0] == "lumina: undo ~/.zshrc"
    assert repo.git("diff", "HEAD~2", "HEAD") == "" and porcelain(repo) == {}
    repo.run("rollback", "2")
    assert subjects(repo)[0] == "lumina: rollback ~/.zshrc"
    assert repo.git("diff", "HEAD~2", "HEAD") == "" and porcelain(repo) == {}
    repo.run("rollback", "0")
    assert porcelain(repo) == {} and "zsh" not in repo.git("ls-files")


def test_a_tree_is_committed_file_by_file(repo):
    repo.write("~/.config/app/a", "a")
    repo.write("~/.config/app/s/b", "b")
    repo.run("add", "--tree", str(repo.at("~/.config/app")))
    assert changed(repo) == {"lumina.yaml": "M", "app/a": "A", "app/s/b": "A"}
    repo.write("~/.config/app/c", "c")
    repo.run("add", str(repo.at("~/.config/app/c")))
    assert changed(repo) == {"app/c": "A"} and porcelain(repo) == {}


def test_a_dry_run_a_refusal_and_nothing_to_do_commit_nothing(repo):
    repo.write("~/.zshrc", "x")
    repo.run("add", "-n", str(repo.at("~/.zshrc")))
    repo.run("add", str(repo.at("~/.one")), expect=REFUSED)
    repo.run("undo", "-n")
    assert subjects(repo) == ["first"] and porcelain(repo) == {}


def test_a_command_that_fails_and_is_taken_back_commits_nothing(repo):
    repo.write("~/.zshrc", "x")
    with open(repo.profile / ".git/index.lock", "x", encoding="utf-8"):
        repo.run("add", str(repo.at("~/.zshrc")), expect=1)
    assert subjects(repo) == ["first"]
    (repo.profile / ".git/index.lock").unlink()
    assert porcelain(repo) == {}


# --- never other edits ----------------------------------------------------------------------

def test_staged_and_unstaged_edits_in_other_paths_stay_as_they_are(repo):
    repo.source("staged", "unstaged", "both", "deleted", "renamed")
    repo.commit("more")
    for name in ("staged", "both"):
        (repo.profile / name).write_text("staged text")
    repo.git("add", "staged", "both")
    (repo.profile / "both").write_text("later text")
    (repo.profile / "unstaged").write_text("unstaged text")
    repo.git("rm", "-q", "deleted")
    repo.git("mv", "renamed", "moved")
    repo.source("untracked", "new")
    repo.git("add", "new")
    before = porcelain(repo)
    index = repo.git("ls-files", "-s")
    repo.write("~/.zshrc", "mine")
    repo.run("add", str(repo.at("~/.zshrc")))
    assert changed(repo) == {"lumina.yaml": "M", "zsh/zshrc": "A"}
    assert porcelain(repo) == before
    assert {line for line in index.splitlines() if "lumina.yaml" not in line} <= \
        set(repo.git("ls-files", "-s").splitlines())
    assert staged(repo, "both") == "staged text"


MINE = dedent(REGISTRY).replace("~/.one: one", "~/.one: one   # mine") + "packages: [git]\n"


@pytest.mark.parametrize("how", ["unstaged", "staged", "both"])
def test_of_a_registry_with_edits_of_ones_own_only_lumina_s_edit_is_committed(repo, how):
    path = repo.profile / "lumina.yaml"
    head = path.read_text()
    path.write_text(MINE)
    if how != "unstaged":
        repo.git("add", "lumina.yaml")
    if how == "both":
        path.write_text(MINE + "ignore: [linux]\n")
    index, work = staged(repo, "lumina.yaml"), path.read_text()
    repo.write("~/.two", "2")
    repo.run("add", str(repo.at("~/.two")))

    def with_line(text):
        return re.sub("(  ~/.one: .*\n)", "\\1  ~/.two: two\n", text)
    assert committed(repo, "lumina.yaml") == with_line(head)
    assert staged(repo, "lumina.yaml") == with_line(index)
    assert path.read_text() == with_line(work)
    assert changed(repo) == {"lumina.yaml": "M", "two": "A"}
    repo.run("forget", "~/.two")
    assert committed(repo, "lumina.yaml") == head
    assert staged(repo, "lumina.yaml") == index and path.read_text() == work


def test_an_edit_that_depends_on_an_uncommitted_one_is_left_with_a_note(repo):
    path = repo.profile / "lumina.yaml"
    head = path.read_text()
    path.write_text(head + "  ~/.two: two\n")
    repo.source("two")
    repo.sync()
    result = repo.run("forget", "~/.two")
    # HEAD has no such line: there is nothing to commit, and the person's edit is gone from disk.
    assert result.code == OK and subjects(repo) == ["first"]
    assert path.read_text() == head
    path.write_text(head.replace("symlinks:", "symlinks: &a"))
    repo.commit("anchored")
    path.write_text(head)
    repo.write("~/.three", "3")
    result = repo.run("add", str(repo.at("~/.three")))
    assert "'lumina.yaml' is not committed" in result.err
    assert changed(repo) == {"three": "A"}
    assert porcelain(repo) == {"lumina.yaml": " M"}


def test_an_editors_save_right_after_the_change_is_not_committed(repo):
    """The hook stands for the editor: it saves while the commit is made."""
    hook(repo, "pre-commit", "echo '# later' >> lumina.yaml; echo later >> two")
    repo.write("~/.two", "2\n")
    repo.run("add", str(repo.at("~/.two")))
    assert "# later" not in committed(repo, "lumina.yaml") and committed(repo, "two") == "2\n"
    assert porcelain(repo) == {"lumina.yaml": " M", "two": " M"}


def test_a_registry_that_git_does_not_know_yet_is_added_as_a_whole(home):
    identity(home)
    home.git("init", "-q")
    home.registry("git: {commit: true}\n")
    home.write("~/.zshrc", "x")
    home.run("add", str(home.at("~/.zshrc")))
    assert changed(home) == {"lumina.yaml": "A", "zsh/zshrc": "A"}
    assert porcelain(home) == {}


def test_a_registry_that_is_staged_but_was_never_committed_is_left_to_the_person(home):
    identity(home)
    home.git("init", "-q")
    home.registry("git: {commit: true}\n")
    home.git("add", "lumina.yaml")
    home.write("~/.zshrc", "x")
    result = home.run("add", str(home.at("~/.zshrc")))
    assert "'lumina.yaml' is not committed: it is staged" in result.err
    assert changed(home) == {"zsh/zshrc": "A"} and porcelain(home) == {"lumina.yaml": "AM"}


def test_ignored_files_are_left_out_and_named(repo):
    (repo.profile / ".gitignore").write_text("*.log\nsecret/\n")
    repo.commit("ignore")
    repo.write("~/.config/app/a", "a")
    repo.write("~/.config/app/x.log", "log")
    repo.write("~/.my.log", "log")
    result = repo.run("add", str(repo.at("~/.config/app")), str(repo.at("~/.my.log")))
    assert "'my.log' is not committed" in result.err
    assert changed(repo) == {"lumina.yaml": "M", "app/a": "A"}
    assert porcelain(repo) == {}
    assert "my.log: from" not in "\n".join(body(repo))


def test_a_file_that_is_ignored_but_tracked_is_committed(repo):
    (repo.profile / ".gitignore").write_text("one\n")
    repo.commit("ignore")
    repo.at("~/.one").unlink()
    repo.write("~/.one", "new")
    repo.run("absorb", "~/.one", "--take", "local")
    assert changed(repo) == {"one": "M"}


def test_included_files_and_hosts(home):
    home.registry("symlinks:\n  ~/.x: x\n", "registry/a.yaml")
    home.source("x")
    make_repo(home, "git: {commit: true}\ninclude: [registry/a.yaml]\n")
    home.run("forget", "~/.x")
    assert changed(home) == {"registry/a.yaml": "M"}
    assert body(home) == ["registry/a.yaml: remove ~/.x: x"]


def test_the_machines_own_overlay_is_nobodys_commit(repo):
    repo.local("symlinks:\n  ~/.mine: mine\n")
    repo.source("mine")
    repo.commit("mine")
    repo.sync()
    repo.run("forget", "~/.mine")
    assert subjects(repo)[0] == "mine" and porcelain(repo) == {}


STRANGE = ["with space", "quo'te", 'dou"ble', "ünïcode", "*", "[a]", ":(top)x", "-dash",
           "tab\there", "new\nline", "back\\slash", "!bang", "#hash"]


def test_strange_names_are_committed_as_they_are(repo):
    for name in STRANGE:
        repo.write(f"~/.s/{name}", name)
    repo.source("a", "aside")  # what a pattern would match
    repo.run("add", "--as", "d/", "--", *[str(repo.at(f"~/.s/{n}")) for n in STRANGE])
    assert changed(repo) == {"lumina.yaml": "M", **{f"d/{n}": "A" for n in STRANGE}}
    assert porcelain(repo) == {"a": "??", "aside": "??"}
    assert_clean(repo.git("log", "-1", "--format=%B"))
    repo.run("forget", "--delete", "--", *[str(repo.at(f"~/.s/{n}")) for n in STRANGE])
    assert changed(repo) == {"lumina.yaml": "M", **{f"d/{n}": "D" for n in STRANGE}}


# --- the message ----------------------------------------------------------------------------

def test_the_subject_is_72_characters_at_most(repo):
    names = [f"~/.config/a-rather-long-name-{n}" for n in range(12)]
    for name in names:
        repo.write(name, name)
    repo.run("add", *[str(repo.at(n)) for n in names])
    subject = subjects(repo)[0]
    assert re.fullmatch(r"lumina: add ~/\.config/a-rather-long-name-\d+.* and \d+ more", subject)
    assert len(subject) <= 72 and len(body(repo)) == 13
    named = subject.count("~/")
    assert f" and {12 - named} more" in subject


@pytest.mark.parametrize("name", ["~/." + "x" * 90, "~/.config/" + "y" * 70 + "/z",
                                  "~/." + "ö" * 80])
def test_a_name_longer_than_the_line_is_cut(repo, name):
    repo.write(name, "x")
    repo.run("add", str(repo.at(name)), "--as", "short")
    subject = subjects(repo)[0]
    assert len(subject) <= 72 and subject.startswith("lumina: add ")


def test_the_commit_says_nothing_of_itself_unless_asked(repo):
    repo.write("~/.a", "x")
    repo.write("~/.b", "x")
    assert repo.run("add", str(repo.at("~/.a"))).err == ""
    result = repo.run("-v", "add", str(repo.at("~/.b")))
    assert "lumina: add ~/.b" in result.err
    assert repo.git("rev-parse", "--short=10", "HEAD").strip() in result.err


def test_json_stays_one_document(repo):
    repo.write("~/.a", "x")
    document = repo.run("add", "--json", str(repo.at("~/.a"))).json
    assert document["schema"] == 1 and len(subjects(repo)) == 2
    repo.run("undo", "--json").json["schema"]
    assert len(subjects(repo)) == 3


# --- off, and where there is no Git ------------------------------------------------------------

@needs_strace
@pytest.mark.parametrize("registry", ["git: {commit: false}\n", "git: {push: true, sync: true}\n",
                                      ""])
def test_off_no_process_is_run_for_it(home, registry):
    make_repo(home, registry)
    home.write("~/.a", "x")
    _, calls = traced(home, "add", str(home.at("~/.a")))
    programs = [c.args for c in calls if c.name == "execve" and c.result == "0"]
    assert len(programs) <= 2 and subjects(home) == ["first"], programs


def test_local_yaml_and_hosts_decide_too(home):
    make_repo(home, "git: {commit: true}\nhosts: {box: {git: {commit: false}}}\n")
    home.write("~/.a", "x")
    home.write("~/.b", "x")
    home.run("add", str(home.at("~/.a")), env={"LUMINA_HOST": "box"})
    assert subjects(home) == ["first"]
    home.local("git: {commit: true}\n")
    home.run("add", str(home.at("~/.b")), env={"LUMINA_HOST": "box"})
    assert subjects(home)[0] == "lumina: add ~/.b"
    # Its own edit only: what was left before is still there to be committed.
    assert "~/.a" not in committed(home, "lumina.yaml")
    assert porcelain(home) == {"lumina.yaml": " M", "a": "??"}


def test_a_profile_that_is_no_repository_is_changed_all_the_same(home):  # GT-015
    identity(home)
    home.registry("git: {commit: true}\n")
    home.write("~/.a", "x")
    result = home.run("add", str(home.at("~/.a")))
    assert "no Git repository" in result.err and home.link("~/.a")


def test_a_repository_around_the_home_is_none_of_ours(home):
    home.git("init", "-q", cwd=home.path)
    home.registry("git: {commit: true}\n")
    home.write("~/.a", "x")
    result = home.run("add", str(home.at("~/.a")))
    assert "no Git repository" in result.err
    assert not (home.path / ".git/index").exists()


def test_without_git_the_change_is_done_and_a_warning_says_so(repo):  # GT-015
    repo.write("~/.a", "x")
    result = repo.run("add", str(repo.at("~/.a")), env={"PATH": "/nowhere"})
    assert "not committed" in result.err and "git" in result.err and repo.link("~/.a")


def test_a_poisoned_environment_leads_no_commit_elsewhere(repo):
    other = repo.root / "other"
    other.mkdir()
    repo.git("init", "-q", cwd=other)
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")), env={
        "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_PREFIX": "x/",
        "GIT_INDEX_FILE": str(other / "index"), "GIT_OBJECT_DIRECTORY": str(other / "o"),
        "GIT_LITERAL_PATHSPECS": "0", "GIT_GLOB_PATHSPECS": "1", "GIT_ICASE_PATHSPECS": "1"})
    assert changed(repo) == {"lumina.yaml": "M", "a": "A"} and porcelain(repo) == {}
    assert sorted(os.listdir(other)) == [".git"]


def test_a_profile_in_another_place_and_behind_a_link(root):
    home = Home(root, profile=os.path.join(root, "dots"))
    make_repo(home)
    home.write("~/.a", "x")
    home.run("add", str(home.at("~/.a")))
    assert changed(home) == {"lumina.yaml": "M", "a": "A"}
    link = os.path.join(root, "link")
    os.symlink(home.profile, link)
    home.write("~/.b", "x")
    home.run("add", str(home.at("~/.b")), env={"LUMINA_HOME": link})
    assert changed(home) == {"lumina.yaml": "M", "b": "A"} and porcelain(home) == {}


def test_a_work_tree_of_another_repository(root):
    home = Home(root)
    make_repo(home)
    home.git("worktree", "add", "-q", f"{root}/tree", "-b", "side")
    tree = {"LUMINA_HOME": f"{root}/tree"}
    home.write("~/.a", "x")
    home.sync("--backup", env=tree)
    home.run("add", str(home.at("~/.a")), env=tree)
    assert home.git("log", "--format=%s", "side").splitlines()[0] == "lumina: add ~/.a"
    assert subjects(home) == ["first"]


# --- in the middle of something: GT-004 ---------------------------------------------------------

def conflict(home):
    home.source("two", data="base\n")
    home.commit("base")
    home.git("checkout", "-q", "-b", "side")
    home.source("two", data="side\n")
    home.commit("side")
    home.git("checkout", "-q", "main")
    home.source("two", data="main\n")
    home.commit("main")


IN_PROGRESS = {
    "merge": ["merge", "side"],
    "rebase": ["rebase", "side"],
    "rebase --apply": ["rebase", "--apply", "side"],
    "cherry-pick": ["cherry-pick", "side"],
    "revert": ["revert", "--no-edit", "HEAD~1"],
    "stash": None,
    "bisect": None,
    "merge without a conflict": None,
}


def begin(repo, what):
    conflict(repo)
    if what == "stash":
        repo.source("two", data="stashed\n")
        repo.git("stash", "-q")
        repo.source("two", data="other\n")
        repo.commit("other")
        repo.git("stash", "pop", check=False)
    elif what == "bisect":
        repo.git("bisect", "start")
    elif what == "merge without a conflict":
        repo.git("checkout", "-q", "-b", "third", "HEAD~1")
        repo.source("three")
        repo.commit("three")
        repo.git("checkout", "-q", "main")
        repo.git("merge", "--no-commit", "--no-ff", "third")
    else:
        repo.git(*IN_PROGRESS[what], check=False)


@pytest.mark.parametrize("what", IN_PROGRESS)
def test_nothing_is_committed_into_the_middle_of_something(repo, what):
    begin(repo, what)
    before = repo.git("ls-files", "-s"), repo.git("rev-parse", "HEAD"), porcelain(repo)
    repo.write("~/.zshrc", "x")
    result = repo.run("add", str(repo.at("~/.zshrc")))
    assert "not committed" in result.err and "hint: lumina git" in result.err
    assert what.split()[0] in result.err or what == "stash" and "unmerged" in result.err
    assert repo.link("~/.zshrc") and "~/.zshrc" in (repo.profile / "lumina.yaml").read_text()
    assert (repo.git("ls-files", "-s"), repo.git("rev-parse", "HEAD")) == before[:2]
    assert porcelain(repo) == {**before[2], "lumina.yaml": " M", "zsh/zshrc": "??"}
    no_locks(repo)


def test_a_registry_with_conflict_markers_is_refused(repo):  # GT-004
    path = repo.profile / "lumina.yaml"
    path.write_text("<<<<<<< HEAD\n" + path.read_text() + "=======\n>>>>>>> side\n")
    before = tree_of(repo.root)
    repo.sync(expect=2)
    repo.write("~/.zshrc", "x")
    repo.run("add", str(repo.at("~/.zshrc")), expect=2)
    repo.at("~/.zshrc").unlink()
    after = tree_of(repo.root)
    assert {p: r[:-1] for p, r in after.items()} == {p: r[:-1] for p, r in before.items()}


def test_a_detached_head_is_committed_to(repo):
    repo.git("checkout", "-q", "--detach")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert subjects(repo)[0] == "lumina: add ~/.a" and porcelain(repo) == {}


# --- who, hooks, signing ------------------------------------------------------------------------

def test_without_an_identity_the_change_stays_and_a_hint_says_what_to_do(repo):
    repo.write("~/.gitconfig", "[user]\n\tuseConfigOnly = true\n")
    repo.write("~/.a", "x")
    result = repo.run("add", str(repo.at("~/.a")))
    assert "not committed" in result.err and "lumina git config user.name" in result.err
    assert repo.link("~/.a") and subjects(repo) == ["first"]
    identity(repo)
    # What is done is staged: nothing else is needed.
    assert porcelain(repo) == {"lumina.yaml": "M ", "a": "A "}
    repo.run("git", "commit", "-q", "-m", "by hand")
    assert porcelain(repo) == {}


def test_hooks_run_and_see_what_is_committed(repo):
    repo.source("other")
    repo.git("add", "other")
    hook(repo, "pre-commit", 'git diff --cached --name-only > "$HOME/seen"')
    hook(repo, "commit-msg", 'echo "Signed-off-by: hook" >> "$1"')
    hook(repo, "post-commit", 'git log -1 --format=%s > "$HOME/after"')
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert repo.at("seen").read_text().split() == ["a", "lumina.yaml"]
    assert body(repo)[-1] == "Signed-off-by: hook"
    assert repo.at("after").read_text() == "lumina: add ~/.a\n"
    assert porcelain(repo) == {"other": "A "}


def test_a_hook_that_says_no_is_a_warning_with_its_words(repo):
    hook(repo, "pre-commit", "echo 'the linter: \\033[31mno\\033[0m'; echo more >&2; exit 1")
    repo.write("~/.a", "x")
    result = repo.run("add", str(repo.at("~/.a")))
    assert "not committed" in result.err and "the linter" in result.err and "more" in result.err
    assert "\n  the linter" in result.err and "\n  more" in result.err
    assert "\033" not in result.err and "hint: " in result.err
    assert subjects(repo) == ["first"] and repo.link("~/.a")
    assert porcelain(repo) == {"lumina.yaml": "M ", "a": "A "}
    no_locks(repo)
    # The next change is committed without it, and leaves it staged.
    (repo.profile / ".git/hooks/pre-commit").unlink()
    repo.write("~/.b", "x")
    repo.run("add", str(repo.at("~/.b")))
    assert changed(repo) == {"lumina.yaml": "M", "b": "A"}
    assert "~/.a" not in committed(repo, "lumina.yaml")
    assert porcelain(repo) == {"lumina.yaml": "M ", "a": "A "}
    repo.run("git", "commit", "-q", "-m", "by hand")
    assert porcelain(repo) == {}


def test_undo_of_what_a_hook_kept_from_being_committed_unstages_it(repo):
    hook(repo, "pre-commit", "exit 1")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    repo.run("undo")
    assert subjects(repo) == ["first"] and porcelain(repo) == {}


def test_what_a_hook_adds_to_the_commit_is_in_it(repo):
    hook(repo, "pre-commit", "echo formatted > a; git add a")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert committed(repo, "a") == "formatted\n"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is missing")
def test_commits_are_signed_where_the_person_signs(repo):
    key = repo.root / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    identity(repo, more=f"[gpg]\n\tformat = ssh\n[user]\n\tsigningKey = {key}\n"
                        "[commit]\n\tgpgSign = true\n")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert "BEGIN SSH SIGNATURE" in repo.git("cat-file", "commit", "HEAD")
    assert subjects(repo)[0] == "lumina: add ~/.a"
    key.unlink()
    repo.write("~/.b", "x")
    result = repo.run("add", str(repo.at("~/.b")))
    assert "not committed" in result.err and len(subjects(repo)) == 2 and repo.link("~/.b")


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is missing")
def test_commits_are_signed_by_gpg(repo):
    env = {"GNUPGHOME": str(repo.root / "gpg")}
    os.mkdir(env["GNUPGHOME"], 0o700)
    made = subprocess.run(["gpg", "--batch", "--passphrase", "", "--quick-gen-key",
                           "t@example.org", "ed25519", "sign", "never"],
                          env=repo.environment(env), capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("gpg can't make a key here: " + made.stderr.decode()[-200:])
    try:
        repo.git("config", "commit.gpgSign", "true")
        repo.git("config", "user.signingKey", "t@example.org")
        repo.write("~/.a", "x")
        result = repo.run("add", str(repo.at("~/.a")), env=env)
        assert result.err == ""
        assert "BEGIN PGP SIGNATURE" in repo.git("cat-file", "commit", "HEAD")
    finally:
        subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=repo.environment(env), check=False)


# --- filters ----------------------------------------------------------------------------------

def test_line_ends_that_git_converts(repo):
    """CRLF in the work tree, LF in the commits, and edits of one's own in between."""
    repo.git("config", "core.autocrlf", "true")
    path = repo.profile / "lumina.yaml"
    text = dedent(REGISTRY).replace("\n", "\r\n")
    path.write_bytes(text.encode())
    repo.git("add", "--renormalize", ".")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert repo.git("cat-file", "blob", "HEAD:lumina.yaml") == dedent(REGISTRY) + "  ~/.a: a\n"
    assert b"~/.a: a\r\n" in path.read_bytes() and porcelain(repo) == {}
    path.write_bytes(path.read_bytes() + b"packages: [mine]\r\n")
    repo.run("forget", "~/.a")
    assert repo.git("cat-file", "blob", "HEAD:lumina.yaml") == dedent(REGISTRY)
    assert porcelain(repo) == {"lumina.yaml": " M"}


def test_a_filter_that_encrypts(repo):
    (repo.profile / ".gitattributes").write_text("*.yaml filter=rot\none filter=rot\n")
    repo.git("config", "filter.rot.clean", "tr a-zA-Z n-za-mN-ZA-M")
    repo.git("config", "filter.rot.smudge", "tr a-zA-Z n-za-mN-ZA-M")
    repo.git("add", "--renormalize", ".")
    repo.commit("encrypted")
    assert "flzyvaxf" in repo.git("cat-file", "blob", "HEAD:lumina.yaml")
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")))
    assert repo.git("cat-file", "--filters", "HEAD:lumina.yaml") == dedent(REGISTRY) + \
        "  ~/.a: a\n"
    assert porcelain(repo) == {}


# --- at the same time, and cut off ---------------------------------------------------------------

def test_two_commands_at_once_make_two_commits(repo):
    names = [f"~/.f{n}" for n in range(6)]
    for name in names:
        repo.write(name, name)
    results = [finish(p) for p in [repo.start("add", str(repo.at(n))) for n in names]]
    assert [r.code for r in results] == [OK] * 6, results
    assert sorted(subjects(repo)) == sorted([f"lumina: add {n}" for n in names] + ["first"])
    assert porcelain(repo) == {}
    no_locks(repo)


def test_a_commit_of_the_persons_at_the_same_time_is_never_reverted(repo):
    hook(repo, "pre-commit", 'test -z "$SLOW" || sleep 1')
    repo.write("~/.a", "x")
    process = repo.start("add", str(repo.at("~/.a")), env={"SLOW": "1"})
    lock = repo.profile / ".git/index.lock"
    end = time.monotonic() + 10
    while not lock.exists() and time.monotonic() < end:
        time.sleep(0.005)
    repo.source("mine")
    refused = subprocess.run(["git", "add", "mine"], cwd=repo.profile, env=repo.environment(),
                             capture_output=True, check=False)
    assert refused.returncode != 0 and b"index.lock" in refused.stderr
    assert finish(process).code == OK
    repo.git("add", "mine")
    assert changed(repo) == {"lumina.yaml": "M", "a": "A"}


def test_git_at_work_elsewhere_is_waited_for(repo):
    repo.write("~/.a", "x")
    lock = repo.profile / ".git/index.lock"
    hook(repo, "pre-commit", "exit 0")
    process = repo.start("add", str(repo.at("~/.a")), prefix=("sh", "-c", f": > {lock}; "
                         f"(sleep 0.5; rm {lock}) & exec \"$0\" \"$@\""))
    assert finish(process).code == OK
    assert subjects(repo)[0] == "lumina: add ~/.a"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_hook_runs_leaves_no_lock_behind(repo, number):
    hook(repo, "pre-commit", ": > \"$HOME/in-hook\"; sleep 2")
    repo.write("~/.a", "x")
    process = repo.start("add", str(repo.at("~/.a")), start_new_session=True)
    end = time.monotonic() + 10
    while not repo.at("in-hook").exists() and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, number)
    result = finish(process)
    assert result.code == OK and "not committed" in result.err
    assert repo.link("~/.a") and subjects(repo) == ["first"]
    no_locks(repo)
    assert porcelain(repo) == {"lumina.yaml": "M ", "a": "A "}


def test_a_lock_that_a_killed_run_left_is_removed_by_the_next(repo):
    hook(repo, "pre-commit", ": > \"$HOME/in-hook\"; sleep 30")
    repo.write("~/.a", "x")
    process = repo.start("add", str(repo.at("~/.a")), start_new_session=True)
    end = time.monotonic() + 10
    while not repo.at("in-hook").exists() and time.monotonic() < end:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    finish(process)
    assert (repo.profile / ".git/index.lock").exists()
    hook(repo, "pre-commit", "exit 0")
    repo.write("~/.b", "x")
    repo.run("add", str(repo.at("~/.b")))
    assert changed(repo) == {"lumina.yaml": "M", "b": "A"}
    # What the killed one had done is staged, and nothing of it is lost.
    assert porcelain(repo) == {"lumina.yaml": "M ", "a": "A "}
    no_locks(repo)


def test_gits_own_lock_is_left_alone(repo):
    lock = repo.profile / ".git/index.lock"
    lock.write_bytes(b"DIRC")
    repo.write("~/.a", "x")
    result = repo.run("add", str(repo.at("~/.a")), expect=1)
    assert "Git is changing the profile" in result.err and lock.read_bytes() == b"DIRC"


def test_without_room_for_the_commit_the_change_is_done(repo):
    (repo.profile / ".git/objects").rename(repo.profile / ".git/objects-away")
    (repo.profile / ".git/objects").write_text("no folder")
    repo.write("~/.a", "x")
    result = repo.run("add", str(repo.at("~/.a")))
    assert "not committed" in result.err and repo.link("~/.a")
    no_locks(repo)


def test_the_persons_path_finds_git(repo):
    tools = repo.root / "bin"
    tools.mkdir()
    (tools / "git").write_text(f'#!/bin/sh\necho "$3" >> {repo.root}/log\n'
                               f'PATH={PATH} exec git "$@"\n')
    (tools / "git").chmod(0o755)
    repo.write("~/.a", "x")
    repo.run("add", str(repo.at("~/.a")), env={"PATH": f"{tools}:{PATH}"})
    assert "commit" in (repo.root / "log").read_text().split()


# --- what comes back ------------------------------------------------------------------------------

def test_what_comes_back_is_committed_as_far_as_it_was_committed_before(repo):
    """Edits of one's own that adopt put aside are not committed by the way back."""
    (repo.profile / "lumina.yaml").write_text(dedent(REGISTRY) + "  ~/.two: two\n  ~/.d: d\n")
    repo.source("two", "d/tracked", "d/edited")
    repo.commit("more")
    repo.source("two", data="not committed")
    repo.source("d/edited", data="not committed either")
    repo.source("d/untracked")
    repo.write("~/.two", "local two")
    repo.write("~/.d/a", "a")
    repo.sync("--adopt")
    assert changed(repo) == {"two": "M", "d/tracked": "D", "d/edited": "D", "d/a": "A"}
    assert porcelain(repo) == {}
    result = repo.run("undo")
    assert "'two' is not committed" in result.err and "2 of its files" in result.err
    assert changed(repo) == {"d/tracked": "A", "d/a": "D"}
    assert (repo.profile / "two").read_text() == "not committed"
    assert porcelain(repo) == {"two": " M", "d/edited": "??", "d/untracked": "??"}
    repo.run("rollback", "2")
    assert changed(repo) == {"d/tracked": "D", "d/a": "A"} and porcelain(repo) == {}
