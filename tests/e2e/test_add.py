# SPDX-License-Identifier: MIT
"""add: what stands at home moves into the profile, a link stands there, one line tells."""

import os
import re
import socket
import stat

import pytest

from support import (FAILED, NOBODY, OK, REFUSED, USAGE, Home, assert_clean, dedent, facts, finish,
                     rows, tree_of)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make another user's file")

REGISTRY = dedent("""
    # My machine.   Keep this line.
    packages: [git, 'neovim']   # two

    symlinks:\t# what goes where
      ~/.known:   known    # aligned

    # The end.
    """)
OLD = 1_500_000_000_123_456_789


@pytest.fixture
def home(root):
    """A home whose profile has an empty registry."""
    made = Home(root)
    made.registry("")
    return made


@pytest.fixture
def prepared(home):
    """A commented registry with one link, synced; generation 1."""
    home.registry(REGISTRY)
    home.source("known")
    home.sync()
    return home


def old(path, when=OLD):
    os.utime(path, ns=(when, when), follow_symlinks=False)
    return path


def person(home, name, data="content\n", mode=0o644):
    """A file with a time of its own; what lstat and its bytes say."""
    path = old(home.write(name, data, mode))
    return path, facts(path)


def refused(home, *paths, says=(), code=REFUSED):
    """An add that is refused: everything stays to the byte, inode and time."""
    before, state = home.snapshot(), tree_of(home.state)
    result = home.run("add", *[str(p) for p in paths], expect=code)
    for text in says:
        assert text in result.err, f"no {text!r} in {result!r}"
    assert home.snapshot() == before
    assert {k for k in tree_of(home.state) if k not in (b".", b"lock")} == \
        {k for k in state if k not in (b".", b"lock")}
    home.no_leftovers()
    assert_clean(result.err)
    return result


def symlinks(home, name="lumina.yaml"):
    """The lines of a registry that name a target."""
    return [line.strip() for line in (home.profile / name).read_text().splitlines() if "~/" in line]


# --- one file ---------------------------------------------------------------------------------

def test_a_file_moves_a_link_stands_there_and_one_line_is_added(prepared):
    home = prepared
    path, was = person(home, "~/.zshrc", "export A=1\n", 0o640)
    before, registry = home.snapshot(), (home.profile / "lumina.yaml").read_text()
    result = home.run("add", str(path))
    assert "~/.zshrc" in result.out and result.err == "", repr(result)
    assert facts(home.profile / "zsh/zshrc") == was
    home.assert_linked({"~/.known": "known", "~/.zshrc": "zsh/zshrc"})
    assert rows(before, home.snapshot()) == {
        ".zshrc", ".lumina/lumina.yaml", ".lumina/zsh", ".lumina/zsh/zshrc"}
    # Exactly one line more, among the links, in the form of its neighbour.
    lines = (home.profile / "lumina.yaml").read_text().splitlines(keepends=True)
    added = [line for line in lines if line not in registry.splitlines(keepends=True)]
    assert len(added) == 1 and re.fullmatch(r"  ~/\.zshrc: +zsh/zshrc\n", added[0]), added
    lines.remove(added[0])
    assert "".join(lines) == registry
    assert home.owned()["~/.zshrc"] == f"{home.profile}/zsh/zshrc"
    assert home.generations() == ["000001", "000002"]
    assert home.status() == {}
    home.no_leftovers()
    home.nothing_to_do()


@pytest.mark.parametrize("target,source", [
    ("~/.config/kitty/kitty.conf", "kitty/kitty.conf"), ("~/.config/a/b/c/d", "a/b/c/d"),
    ("~/.config/starship.toml", "starship.toml"), ("~/.zshrc", "zsh/zshrc"),
    ("~/.zshenv", "zsh/zshenv"), ("~/.zprofile", "zsh/zprofile"), ("~/.zlogin", "zsh/zlogin"),
    ("~/.bashrc", "bash/bashrc"), ("~/.gitconfig", "git/gitconfig"), ("~/.foorc", "foorc"),
    ("~/.foo.d", "foo.d"), ("~/notes.txt", "notes.txt")])
def test_the_source_gets_a_sensible_name(home, target, source):
    path, was = person(home, target)
    home.run("add", str(path))
    home.assert_linked({target: source})
    assert facts(home.profile / source) == was
    home.nothing_to_do()


@pytest.mark.parametrize("target", ["~/.local/bin/tool", "~/.ssh/config", "~/a/b/.c/d"])
def test_a_file_in_another_folder_gets_a_source_too(home, target):
    path, was = person(home, target, "Host x\n", 0o700)
    home.run("add", str(path))
    assert facts(home.link(target)) == was
    home.nothing_to_do()


@pytest.mark.parametrize("spelling", ["~/.c/x", "$HOME/.c/x", "ABS/.c/x", ".c/x", "./.c/../.c//x",
                                      "ABS/./.c/y/../x"])
def test_any_spelling_of_a_path_is_the_same_target(home, spelling):
    person(home, "~/.c/x")
    home.at("~/.c/y").mkdir()
    home.run("add", spelling.replace("ABS", str(home.path)))
    assert home.all_links().keys() == {"~/.c/x"}
    assert len(symlinks(home)) == 1 and symlinks(home)[0].startswith("~/.c/x:")


def test_a_path_is_taken_from_the_present_folder(home):
    person(home, "~/.config/app/rc")
    home.run("add", "rc", cwd=home.at("~/.config/app"))
    home.assert_linked({"~/.config/app/rc": "app/rc"})


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o755, 0o666, 0o4711, 0o444])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_mode_and_time_stay_whatever_the_umask(home, mode, umask):
    path, was = person(home, "~/.a", mode=mode)
    path.chmod(mode)
    home.run("add", "~/.a", umask=umask)
    assert facts(home.profile / "a") == was
    assert stat.S_IMODE((home.profile / "lumina.yaml").stat().st_mode) & 0o600 == 0o600


@pytest.mark.parametrize("data", [b"", b"\0\xff" * 4096, b"no newline", b"x" * (9 << 20)],
                         ids=["empty", "binary", "short", "9 MiB"])
def test_any_content_moves_as_it_is(home, data):
    path, was = person(home, "~/.a", data)
    home.run("add", str(path))
    assert facts(home.profile / "a") == was


def test_hard_links_and_attributes_stay(home):
    path, _ = person(home, "~/.a")
    os.link(path, home.at("~/other"))
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("no attributes on this file system")
    was = facts(path)
    home.run("add", "~/.a")
    assert facts(home.profile / "a") == was == facts(home.at("~/other"))
    assert os.getxattr(home.profile / "a", "user.note") == b"mine"


# --- folders and trees ------------------------------------------------------------------------

def folder(home, name="~/.config/nvim"):
    """A folder with all that a folder may hold; {name in it: facts}."""
    home.write(f"{name}/init.lua", "one")
    home.write(f"{name}/lua/a.lua", "two", 0o600)
    home.write(f"{name}/bin/run", "three", 0o755)
    home.at(f"{name}/empty").mkdir(mode=0o700)
    os.symlink("init.lua", home.at(f"{name}/link"))
    os.symlink("/nowhere", home.at(f"{name}/bin/dangling"))
    top = home.at(name)
    for i, path in enumerate(sorted([top, *top.rglob("*")], reverse=True)):
        old(path, OLD + i)
    return tree_of(top)


def test_a_folder_moves_whole_and_is_linked_as_one(prepared):
    home = prepared
    inside = folder(home)
    home.run("add", "~/.config/nvim")
    home.assert_linked({"~/.known": "known", "~/.config/nvim": "nvim"})
    assert tree_of(home.profile / "nvim") == inside
    assert any(re.fullmatch(r"~/\.config/nvim: +nvim", line) for line in symlinks(home))
    home.nothing_to_do()


def test_with_tree_the_folder_stays_and_each_file_moves(prepared):
    home = prepared
    path = home.at("~/.config/hypr")
    was = {n: person(home, f"~/.config/hypr/{n}", n, m)[1]
           for n, m in (("hyprland.conf", 0o644), ("sub/deep/x", 0o600), ("run", 0o755))}
    inode = path.stat().st_ino
    home.run("add", "--tree", "~/.config/hypr")
    home.assert_linked({"~/.known": "known",
                        **{f"~/.config/hypr/{n}": f"hypr/{n}" for n in was}})
    assert {n: facts(home.profile / "hypr" / n) for n in was} == was
    assert path.stat().st_ino == inode and path.is_dir() and not path.is_symlink()
    assert any(re.fullmatch(r"~/\.config/hypr: +\{ ?tree: hypr ?\}", s) for s in symlinks(home))
    assert home.generations() == ["000001", "000002"]
    home.nothing_to_do()


def test_tree_with_a_source_name(home):
    person(home, "~/.config/hypr/a")
    home.run("add", "--tree", "--as", "desk/hypr", "~/.config/hypr")
    home.assert_linked({"~/.config/hypr/a": "desk/hypr/a"})


def test_a_file_below_a_tree_joins_it_without_a_line(home):
    home.source("hypr/a")
    registry = home.registry("symlinks:\n  ~/.config/hypr: {tree: hypr}\n")
    home.sync()
    was = {n: person(home, f"~/.config/hypr/{n}", n)[1] for n in ("new.conf", "sub/deep")}
    lines = facts(registry)
    home.run("add", *[f"~/.config/hypr/{n}" for n in was])
    assert {n: facts(home.profile / "hypr" / n) for n in was} == was
    assert facts(registry) == lines
    home.assert_linked({f"~/.config/hypr/{n}": f"hypr/{n}" for n in ("a", *was)})
    home.nothing_to_do()


def test_tree_of_a_file_is_refused(home):
    person(home, "~/.file")
    assert refused(home, "--tree", "~/.file", code=None).code in (USAGE, REFUSED)
    home.run("add", "~/.file")


# --- many, and their names --------------------------------------------------------------------

def test_many_paths_are_one_transaction(prepared):
    home = prepared
    was = {t: person(home, t, t)[1] for t in ("~/.zshrc", "~/.foorc", "~/.config/kitty/k.conf")}
    inside = folder(home)
    home.run("add", *was, "~/.config/nvim")
    home.assert_linked({"~/.known": "known", "~/.zshrc": "zsh/zshrc", "~/.foorc": "foorc",
                        "~/.config/kitty/k.conf": "kitty/k.conf", "~/.config/nvim": "nvim"})
    assert all(facts(home.link(t)) == f for t, f in was.items())
    assert tree_of(home.profile / "nvim") == inside
    assert home.generations() == ["000001", "000002"] and len(symlinks(home)) == 5
    home.nothing_to_do()


def test_as_names_the_source(home):
    _, was = person(home, "~/.foorc")
    home.run("add", "--as", "editors/foo/rc", "~/.foorc")
    home.assert_linked({"~/.foorc": "editors/foo/rc"})
    assert facts(home.profile / "editors/foo/rc") == was


def test_as_a_folder_takes_several(home):
    for name in ("~/.foorc", "~/.tmux.conf"):
        person(home, name, name)
    refused(home, "--as", "misc", "~/.foorc", "~/.tmux.conf", code=USAGE)
    home.run("add", "~/.foorc", "~/.tmux.conf", "--as=misc/")
    assert sorted(os.listdir(home.profile / "misc")) == sorted(
        os.path.basename(home.link(t)) for t in ("~/.foorc", "~/.tmux.conf"))
    home.nothing_to_do()


@pytest.mark.parametrize("name", ["../out", "/etc/x", "a/../../b", "..", "", ".git/hooks/x",
                                  "a/.git/b", "lumina.yaml", "~/x"])
def test_a_source_name_that_is_none_is_refused(home, name):
    person(home, "~/.a")
    home.registry("packages: []\n")
    result = refused(home, "--as", name, "~/.a", code=None)
    assert result.code in (USAGE, REFUSED), repr(result)
    home.run("add", "--as", "fine", "~/.a")


def test_two_that_want_one_source_are_refused(home):
    person(home, "~/.foorc", "one")
    person(home, "~/foorc", "two")
    refused(home, "~/.foorc", "~/foorc", says=["foorc"])


def test_a_path_given_twice_is_added_once(home):
    _, was = person(home, "~/.foorc")
    home.run("add", "~/.foorc", str(home.at("~/.foorc")), "./.foorc")
    assert facts(home.profile / "foorc") == was and len(symlinks(home)) == 1
    home.nothing_to_do()


@pytest.mark.parametrize("order", [1, -1])
def test_a_folder_and_a_file_in_it_are_refused_together(home, order):
    person(home, "~/.config/app/rc")
    refused(home, *["~/.config/app", "~/.config/app/rc"][::order], says=["~/.config/app"])


# --- the registry -----------------------------------------------------------------------------

@pytest.mark.parametrize("text,where", [
    ("include: [part.yaml]\n", "part.yaml:2:3"), ("symlinks:\n  ~/.a: s\n", "lumina.yaml:2:3"),
    ("symlinks:\n  $HOME/.a: s\n", "lumina.yaml:2:3"),
    ("hosts: {box: {symlinks: {~/.a: s}}}\n", "lumina.yaml:1:"),
    ("packages: []\n", "local.yaml:2:3")])
def test_what_is_declared_somewhere_is_refused_with_the_place(home, text, where):
    home.env["LUMINA_HOST"] = "box"
    home.registry(text)
    home.registry("symlinks:\n  ~/.a: s\n", "part.yaml")
    if "local" in where:
        home.local("symlinks:\n  ~/.a: s\n")
    home.source("s")
    home.sync()
    refused(home, "~/.a", says=["~/.a", where])
    # It is the same when a program has replaced the link.
    home.at("~/.a").unlink()
    person(home, "~/.a")
    refused(home, "~/.a", says=["~/.a", where])


def test_what_another_host_declares_can_be_added_here(home):
    home.env["LUMINA_HOST"] = "box"
    home.registry("hosts: {other: {symlinks: {~/.a: s}}}\n")
    home.source("s")
    person(home, "~/.a")
    home.run("add", "--as", "mine", "~/.a")
    home.assert_linked({"~/.a": "mine"})
    home.nothing_to_do()


def test_a_registry_with_includes_hosts_and_an_overlay_gets_the_line_in_its_main_file(home):
    home.env["LUMINA_HOST"] = "box"
    files = [home.registry("symlinks: {~/.i: s}\n", "part.yaml"),
             home.local("symlinks: {~/.l: s}\n")]
    rest = "hosts:\n  box:\n    symlinks:\n      ~/.h: s\n"
    home.registry("include: [part.yaml]\nsymlinks:\n  ~/.m: s\n" + rest)
    home.source("s")
    home.sync()
    kept = [facts(f) for f in files]
    person(home, "~/.new")
    home.run("add", "~/.new")
    assert [facts(f) for f in files] == kept
    assert (home.profile / "lumina.yaml").read_text() == (
        "include: [part.yaml]\nsymlinks:\n  ~/.m: s\n  ~/.new: new\n" + rest)
    assert len(home.all_links()) == 5
    home.nothing_to_do()


@pytest.mark.parametrize("where", ["profile", "outside"])
def test_a_registry_that_is_a_link_is_written_through_it(home, where):
    real = home.profile / "real/main.yaml" if where == "profile" else home.root / "main.yaml"
    real.parent.mkdir(exist_ok=True)
    real.write_text("symlinks: # here\n  ~/.known: known\n")
    text = os.path.relpath(real, home.profile)
    (home.profile / "lumina.yaml").unlink()
    os.symlink(text, home.profile / "lumina.yaml")
    home.source("known")
    home.sync()
    person(home, "~/.new")
    home.run("add", "~/.new")
    assert os.readlink(home.profile / "lumina.yaml") == text and not real.is_symlink()
    assert real.read_text() == "symlinks: # here\n  ~/.known: known\n  ~/.new: new\n"
    home.nothing_to_do()


def test_a_registry_that_cannot_be_edited_there_is_left_with_the_line_to_write(home):
    home.registry("missions: {}\nsymlinks: &all\n  ~/.k: k\nhosts: {other: {symlinks: *all}}\n")
    home.source("k")
    person(home, "~/.a")
    refused(home, "~/.a", says=["lumina.yaml:", "~/.a: a"], code=FAILED)


def test_an_editors_save_while_add_waits_survives(prepared):
    home = prepared
    person(home, "~/.a")
    with home.lock_held():
        process = home.start("add", "~/.a")
        home.wait_for_lock(process)
        new = home.profile / "lumina.yaml.swp"
        new.write_text(REGISTRY.replace("git, ", "git, typed-by-hand, "))
        os.rename(new, home.profile / "lumina.yaml")
    assert finish(process).code == OK
    text = (home.profile / "lumina.yaml").read_text()
    assert "typed-by-hand" in text and "~/.a:" in text
    home.assert_linked({"~/.known": "known", "~/.a": "a"})


def test_git_sees_a_new_file_and_nothing_is_staged_or_committed(prepared):
    home = prepared
    home.commit()
    head = home.git("rev-parse", "HEAD")
    person(home, "~/.a")
    home.run("add", "~/.a")
    assert home.git("status", "--porcelain").split("\n")[:-1] == [" M lumina.yaml", "?? a"]
    assert home.git("rev-parse", "HEAD") == head


# --- refusals ---------------------------------------------------------------------------------

def test_links_and_what_lies_below_our_links_are_refused(home):
    # rcm 144: a link that is moved into the profile over its own source loses the file
    home.source("z", "nvim/init.lua")
    home.registry("symlinks: {~/.z: z, ~/.config/nvim: nvim}\n")
    home.sync()
    home.write("~/real", "x")
    os.symlink("real", home.at("~/.foreign"))
    os.symlink("/nowhere", home.at("~/.dangling"))
    os.symlink(".loop", home.at("~/.loop"))
    os.symlink(home.profile / "z", home.at("~/.byhand"))
    for name in ("~/.foreign", "~/.dangling", "~/.loop", "~/.byhand"):
        refused(home, name, says=[name, "link"])
    refused(home, "~/.z", says=["~/.z", "lumina.yaml:1:"])
    refused(home, "~/.config/nvim/init.lua", says=["~/.config/nvim"])


def test_the_profile_the_state_and_what_is_above_them_are_refused(prepared):
    home = prepared
    for name in ("~/.lumina", "~/.lumina/lumina.yaml", "~/.lumina/known", "~/.local/state/lumina",
                 "~/.local/state/lumina/owned", "~/.local", "~/.local/state"):
        refused(home, name, says=[name])
    assert refused(home, "~", code=None).code in (USAGE, REFUSED)
    refused(home, "--tree", "~/.local")


def test_sockets_pipes_and_devices_are_refused_also_in_a_folder(home):
    os.mkfifo(home.write("~/.d/file").parent / "pipe")
    os.mkfifo(home.at("~/.pipe"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(home.at("~/.socket")))
    if os.geteuid() == 0:
        os.mknod(home.at("~/.device"), stat.S_IFCHR | 0o600, os.makedev(1, 3))
        refused(home, "~/.device", says=["~/.device"])
    refused(home, "~/.pipe", "~/.socket", says=["~/.pipe", "~/.socket"])
    refused(home, "~/.d", says=["~/.d/pipe"])
    refused(home, "--tree", "~/.d", says=["~/.d/pipe"])
    refused(home, "--force", "~/.pipe")


@needs_root
def test_another_users_file_is_refused_also_in_a_folder(home):
    path, _ = person(home, "~/.d/sub/file")
    os.chown(path, NOBODY, NOBODY)
    refused(home, "~/.d/sub/file", says=["~/.d/sub/file"])
    refused(home, "~/.d", says=["~/.d/sub/file"])


def test_a_source_that_is_there_is_never_written_over(home):
    home.source("foorc", "dir/keep")
    person(home, "~/.foorc")
    person(home, "~/.tmux")
    refused(home, "~/.foorc", says=["foorc", "--as"])
    refused(home, "--force", "~/.foorc")
    refused(home, "--as", "dir", "~/.tmux")
    refused(home, "--as", "foorc/below", "~/.tmux")


def test_missing_and_outside_paths_have_their_own_codes(home):
    person(home, "~/.a")
    refused(home, "~/.a", "~/.nosuch", says=["~/.nosuch"], code=FAILED)
    for outside in ("/etc/hostname", str(home.root / "run"), "~/../x"):
        refused(home, "~/.a", outside, code=USAGE)
    for argv in ([], ["--bogus", "~/.a"], ["--as"], ["", "~/.a"]):
        assert refused(home, *argv, code=None).code in (FAILED, USAGE)


def test_all_reasons_are_listed_and_nothing_is_changed(prepared):
    home = prepared
    person(home, "~/.fine")
    os.symlink("x", home.at("~/.link"))
    os.mkfifo(home.at("~/.pipe"))
    person(home, "~/.key", "-----BEGIN OPENSSH PRIVATE KEY-----\n")
    result = refused(home, "~/.fine", "~/.link", "~/.pipe", "~/.key", "~/.known",
                     says=["~/.link", "~/.pipe", "~/.key", "~/.known", "nothing was changed"])
    assert "~/.fine" not in result.err


def secret(kind):
    word = "PRIV" + "ATE KEY"
    return {
        "openssh": f"-----BEGIN OPENSSH {word}-----", "rsa": f"-----BEGIN RSA {word}-----",
        "pkcs8": f"-----BEGIN {word}-----", "pgp": f"-----BEGIN PGP {word} BLOCK-----",
        "github": "token = ghp" + "_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dE3fG5",
        "aws": "aws_access_key_id = AKIA" + "Q3EGRJ7XKPL2MNTV",
        "gitlab": "url: glpat" + "-" + "aB3dE5gH7jK9mN1pQ3sT", "crlf": f"-----BEGIN {word}-----\r",
    }[kind]


@pytest.mark.parametrize("kind", ["openssh", "rsa", "pkcs8", "pgp", "github", "aws", "gitlab",
                                  "crlf"])
def test_a_private_key_or_token_is_refused_with_its_line_and_not_shown(home, kind):
    path, was = person(home, "~/.conf/app/rc", f"# one\n# two\n{secret(kind)}\nrest\n")
    for target in ("~/.conf/app/rc", "~/.conf"):
        result = refused(home, target, says=["~/.conf/app/rc:3", "--force"])
        assert "KEY" in secret(kind) or secret(kind).split()[-1] not in result.err + result.out
    home.run("add", "--force", str(path))
    assert facts(home.link("~/.conf/app/rc")) == was


@pytest.mark.parametrize("text", [
    "-----BEGIN CERTIFICATE-----\n", "-----BEGIN PUBLIC KEY-----\n", "password = ask\n",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me\n",
    "IdentityFile ~/.ssh/id_ed25519\n", "sha256 = " + "0123456789abcdef" * 4 + "\n"])
def test_what_only_looks_a_little_like_it_is_no_secret(home, text):
    person(home, "~/.a", text)
    home.run("add", "~/.a")


def test_a_repository_is_refused_unless_forced(home):
    home.write("~/.config/nvim/init.lua", "x")
    home.git("init", "-q", str(home.at("~/.config/nvim")))
    refused(home, "~/.config/nvim", says=["~/.config/nvim", "Git", "--force"])
    refused(home, "--tree", "~/.config/nvim", says=["Git"])
    person(home, "~/.config/deep/sub/f")
    home.write("~/.config/deep/sub/.git", "gitdir: /elsewhere\n")
    refused(home, "~/.config/deep", says=["~/.config/deep/sub"])
    home.run("add", "--force", "~/.config/nvim")
    home.assert_linked({"~/.config/nvim": "nvim"})
    assert (home.profile / "nvim/.git/HEAD").exists()


def test_without_a_profile_there_is_a_hint(home):
    person(home, "~/.a")
    (home.profile / "lumina.yaml").unlink()
    home.profile.rmdir()
    refused(home, "~/.a", says=["lumina init"], code=FAILED)


# --- dry run, JSON, names, places -------------------------------------------------------------

@pytest.mark.parametrize("option", ["-n", "--dry-run"])
def test_a_dry_run_says_it_all_and_touches_nothing(home, option):
    home.registry("symlinks:\n")
    person(home, "~/.zshrc")
    before = home.snapshot()
    out = home.run("add", option, "~/.zshrc").out
    assert "~/.zshrc" in out and "zsh/zshrc" in out
    document = home.run("add", option, "--json", "~/.zshrc").json
    assert document["command"] == "add" and document["result"] == "planned"
    assert document["generation"] is None
    assert home.snapshot() == before and not home.state.exists()
    home.write("~/.key", secret("rsa"))
    assert home.run("add", option, "~/.key", expect=REFUSED).err
    home.run("add", option, "~/.nosuch", expect=FAILED)


def test_json_tells_what_was_done_and_what_stands_in_the_way(prepared):
    home = prepared
    person(home, "~/.zshrc")
    document = home.run("add", "--json", "~/.zshrc").json
    assert (document["schema"], document["command"], document["result"],
            document["generation"]) == (1, "add", "done", 2)
    assert document["conflicts"] == [] and document["error"] is None
    changes = [c for c in document["changes"] if c["target"] == "~/.zshrc"]
    assert any(c["source"] == "zsh/zshrc" for c in changes), document
    assert {c["path"] for c in changes} == {str(home.at("~/.zshrc"))}
    os.mkfifo(home.at("~/.pipe"))
    person(home, "~/.fine")
    document = home.run("add", "--json", "~/.pipe", "~/.known", "~/.fine", expect=REFUSED).json
    assert document["result"] == "refused" and document["generation"] is None
    assert {c["target"] for c in document["conflicts"]} == {"~/.pipe", "~/.known"}


def test_a_name_that_a_registry_cannot_hold_is_refused(home):
    name = b"~/.bad\xff\xfe"
    path, was = person(home, name)
    before = home.snapshot()
    result = home.run("add", str(path), expect=None)
    assert_clean(result.err), assert_clean(result.out)
    if result.code == OK:
        home.nothing_to_do()
        assert facts(os.readlink(path)) == was
    else:
        assert result.code in (FAILED, REFUSED) and home.snapshot() == before


def test_undo_puts_it_all_back(prepared):
    home = prepared
    inside, (_, was) = folder(home), person(home, "~/.zshrc")
    before = home.snapshot()
    home.run("add", "~/.zshrc", "~/.config/nvim")
    home.run("undo")
    assert rows(before, home.snapshot()) <= {".lumina/lumina.yaml"}
    assert (home.profile / "lumina.yaml").read_text() == REGISTRY
    assert facts(home.at("~/.zshrc")) == was and tree_of(home.at("~/.config/nvim")) == inside
    home.nothing_to_do()
