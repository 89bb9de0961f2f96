# SPDX-License-Identifier: MIT
"""The safe linker: what each state of a target leads to, parents, trees, hosts, includes."""

import os
import shutil
import socket

import pytest

from support import DRIFT, REFUSED, USAGE, expected_links


@pytest.fixture
def three(home):
    """Three links, nothing synced yet."""
    home.declare({"~/.zshrc": "zsh/zshrc", "~/.config/kitty/kitty.conf": "kitty/kitty.conf",
                  "~/.config/hypr": "hypr/hyprland.conf"})
    return home


def refused(home, *needles):
    """A sync is refused, names all this, and changes nothing."""
    before = home.snapshot()
    result = home.sync(expect=REFUSED)
    for needle in needles:
        assert needle in result.err, repr(result)
    assert "nothing was changed" in result.err
    assert home.snapshot() == before
    home.no_leftovers()
    return result


# --- states ---------------------------------------------------------------------------------

def test_missing_links_are_made_absolute_and_a_second_sync_does_nothing(three):
    assert three.status() == {"~/.zshrc": "missing", "~/.config/kitty/kitty.conf": "missing",
                              "~/.config/hypr": "missing"}
    three.sync()
    three.assert_linked({"~/.zshrc": "zsh/zshrc", "~/.config/kitty/kitty.conf": "kitty/kitty.conf",
                         "~/.config/hypr": "hypr/hyprland.conf"})
    assert three.link("~/.zshrc") == str(three.profile / "zsh/zshrc")
    assert three.status() == {}
    assert three.generations() == ["000001"]
    three.nothing_to_do()
    three.no_leftovers()


def test_apply_is_another_name_for_sync(three):
    three.run("apply")
    assert len(three.all_links()) == 3


def test_dry_run_shows_the_plan_and_changes_nothing(three):
    before = three.snapshot()
    for option in ("-n", "--dry-run"):
        out = three.sync(option).out
        assert "~/.zshrc" in out and "3 links to make" in out
    assert three.snapshot() == before
    assert not three.state.exists()


def test_a_foreign_file_is_never_touched_and_nothing_else_is_linked(three):
    # FS-001
    path = three.write("~/.zshrc", b"my own bytes\n")
    inode = path.stat().st_ino
    refused(three, "~/.zshrc")
    assert path.read_bytes() == b"my own bytes\n" and path.stat().st_ino == inode
    assert three.all_links() == {}
    assert three.status()["~/.zshrc"] == "foreign"


def test_all_conflicts_are_listed_with_what_stands_there(three):
    three.write("~/.zshrc", "x" * 1234)
    three.write("~/.config/hypr/hyprland.conf", "theirs")
    three.at("~/.config/kitty").mkdir(parents=True)
    os.symlink("/nix/store/abc-kitty.conf", three.at("~/.config/kitty/kitty.conf"))
    result = refused(three, "~/.zshrc", "a file (1.2 kB)", "~/.config/hypr", "a folder",
                     "~/.config/kitty/kitty.conf", "/nix/store/abc-kitty.conf", "3 conflicts")
    assert result.err.count("foreign:") == 3


def test_an_empty_folder_at_the_target_is_a_conflict_like_a_full_one(three):
    # FS-004
    three.at("~/.zshrc").mkdir()
    refused(three, "~/.zshrc", "a folder")
    assert three.at("~/.zshrc").is_dir() and not three.at("~/.zshrc").is_symlink()


def test_a_foreign_link_keeps_its_text_and_the_message_shows_it(three):
    # FS-005
    os.symlink("/nix/store/zzz/zshrc", three.at("~/.zshrc"))
    refused(three, "~/.zshrc", "/nix/store/zzz/zshrc")
    assert three.link("~/.zshrc") == "/nix/store/zzz/zshrc"


@pytest.mark.parametrize("kind", ["fifo", "socket"])
def test_a_pipe_or_socket_at_the_target_is_refused_without_hanging(three, kind):
    path = three.at("~/.zshrc")
    if kind == "fifo":
        os.mkfifo(path)
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
    refused(three, "~/.zshrc")


def test_a_link_loop_at_the_target_is_foreign_and_never_followed(three):
    # FS-009
    os.symlink(".zshrc", three.at("~/.zshrc"))
    three.at("~/.config").mkdir()
    os.symlink("loop", three.at("~/.config/hypr"))
    os.symlink("hypr", three.at("~/.config/loop"))
    refused(three, "~/.zshrc", "~/.config/hypr")
    assert three.status()["~/.zshrc"] == "foreign"
    assert three.status()["~/.config/hypr"] == "foreign"


@pytest.mark.parametrize("spelling", ["absolute", "relative", "through a link", "dotted"])
def test_a_right_link_made_by_hand_is_taken_over_as_it_is(three, spelling):
    source = three.profile / "zsh/zshrc"
    os.symlink(three.profile, three.path / "dots")
    text = {"absolute": str(source), "relative": ".lumina/zsh/zshrc",
            "through a link": str(three.path / "dots/zsh/zshrc"),
            "dotted": f"{three.profile}/zsh/../zsh/./zshrc"}[spelling]
    os.symlink(text, three.at("~/.zshrc"))
    inode = os.lstat(three.at("~/.zshrc")).st_ino
    result = three.sync()
    assert three.link("~/.zshrc") == text
    assert os.lstat(three.at("~/.zshrc")).st_ino == inode
    assert three.owned()["~/.zshrc"] == text
    assert "warning" not in result.err
    three.nothing_to_do()
    # Ours from now on: it goes when it is declared no longer.
    three.declare({"~/.config/hypr": "hypr/hyprland.conf"})
    three.sync()
    assert not os.path.lexists(three.at("~/.zshrc"))


def test_taking_over_right_links_only_makes_no_generation_and_changes_no_path(home):
    home.declare({"~/.a": "a", "~/.b": "b"})
    for name in "ab":
        os.symlink(home.profile / name, home.at(f"~/.{name}"))
    before = home.snapshot()
    home.sync()
    assert home.snapshot() == before
    assert home.generations() == []
    assert set(home.owned()) == {"~/.a", "~/.b"}
    home.nothing_to_do()


def test_our_link_follows_the_registry_to_another_source(three):
    three.sync()
    three.source("zsh/other")
    three.registry(three.profile.joinpath("lumina.yaml").read_text()
                   .replace("zsh/zshrc", "zsh/other"))
    assert three.status() == {"~/.zshrc": "elsewhere"}
    three.sync()
    assert three.link("~/.zshrc") == str(three.profile / "zsh/other")
    assert three.owned()["~/.zshrc"] == str(three.profile / "zsh/other")
    three.nothing_to_do()


def test_our_link_goes_when_it_is_declared_no_longer(three):
    three.sync()
    three.declare({"~/.config/kitty/kitty.conf": "kitty/kitty.conf",
                   "~/.config/hypr": "hypr/hyprland.conf"})
    assert three.status() == {"~/.zshrc": "stale"}
    three.sync()
    assert not os.path.lexists(three.at("~/.zshrc"))
    assert "~/.zshrc" not in three.owned()
    assert (three.profile / "zsh/zshrc").exists()


def test_what_took_the_place_of_a_removed_entry_is_left_alone(three):
    # FS-006
    three.sync()
    three.at("~/.zshrc").unlink()
    os.symlink("/elsewhere", three.at("~/.zshrc"))
    three.at("~/.config/hypr").unlink()
    three.write("~/.config/hypr", "a file now")
    three.declare({"~/.config/kitty/kitty.conf": "kitty/kitty.conf"})
    three.sync("-y")
    assert three.link("~/.zshrc") == "/elsewhere"
    assert three.at("~/.config/hypr").read_text() == "a file now"
    assert set(three.owned()) & {"~/.zshrc", "~/.config/hypr"} == set()
    three.nothing_to_do()


def test_a_deleted_link_is_made_again(three):
    three.sync()
    three.at("~/.zshrc").unlink()
    assert three.status() == {"~/.zshrc": "missing"}
    three.sync()
    assert three.link("~/.zshrc") == str(three.profile / "zsh/zshrc")


def test_a_file_in_the_place_of_our_link_is_detached_and_refused(three):
    three.sync()
    three.at("~/.zshrc").unlink()
    three.write("~/.zshrc", "saved by a program")
    assert three.status() == {"~/.zshrc": "detached"}
    refused(three, "~/.zshrc", "detached", "in the place of our link")
    assert three.at("~/.zshrc").read_text() == "saved by a program"


def test_our_link_changed_by_hand_is_reported_and_not_overwritten(three):
    # FS-047
    three.sync()
    three.source("zsh/other")
    three.at("~/.zshrc").unlink()
    os.symlink(three.profile / "zsh/other", three.at("~/.zshrc"))
    refused(three, "~/.zshrc", "zsh/other")
    assert three.link("~/.zshrc") == str(three.profile / "zsh/other")
    assert "~/.zshrc" in three.status()


def test_a_missing_source_is_found_before_any_target_is_touched(three):
    # FS-002
    (three.profile / "zsh/zshrc").unlink()
    result = refused(three, "zsh/zshrc", "lumina.yaml:2:")
    assert three.all_links() == {}
    assert "source" in result.err


def test_a_source_gone_later_is_shown_but_a_sync_with_nothing_to_do_needs_no_source(three):
    # GT-008
    three.sync()
    (three.profile / "zsh/zshrc").unlink()
    three.nothing_to_do()
    assert three.status() == {"~/.zshrc": "broken"}
    assert three.link("~/.zshrc") == str(three.profile / "zsh/zshrc")
    assert three.run("status", "--exit-code", expect=DRIFT)


def test_a_source_may_be_a_link_inside_the_profile_and_keeps_its_own_path(home):
    home.source("real/file")
    os.symlink("real/file", home.profile / "alias")
    os.symlink("real", home.profile / "folder")
    home.declare({"~/.a": "alias", "~/.b": "folder/file", "~/.c": "folder"})
    home.sync()
    home.assert_linked({"~/.a": "alias", "~/.b": "folder/file", "~/.c": "folder"})
    home.nothing_to_do()


def test_every_config_works_without_the_binary_and_the_state(three):
    three.sync()
    shutil.rmtree(three.state)
    assert three.at("~/.zshrc").read_text() == "zsh/zshrc"
    assert three.at("~/.config/kitty/kitty.conf").read_text() == "kitty/kitty.conf"


# --- parents --------------------------------------------------------------------------------

def test_missing_parents_are_made_with_the_umask_and_removed_when_they_were_ours(home):
    # FS-016
    home.declare({"~/.foo/bar/baz": "f", "~/.stays": "g"})
    home.sync(umask=0o027)
    assert home.at("~/.foo").stat().st_mode & 0o7777 == 0o750
    assert home.owned() == {"~/.foo": None, "~/.foo/bar": None,
                            "~/.foo/bar/baz": f"{home.profile}/f", "~/.stays": f"{home.profile}/g"}
    home.declare({"~/.stays": "g"})
    home.sync()
    assert not home.at("~/.foo").exists()
    assert home.owned() == {"~/.stays": f"{home.profile}/g"}
    home.nothing_to_do()


def test_a_folder_that_was_there_before_is_never_removed(home):
    # FS-016
    home.at("~/.foo").mkdir()
    home.declare({"~/.foo/bar/baz": "f", "~/.stays": "g"})
    home.sync()
    home.declare({"~/.stays": "g"})
    home.sync()
    assert home.at("~/.foo").is_dir() and os.listdir(home.at("~/.foo")) == []


def test_a_folder_of_ours_with_something_else_in_it_stays(home):
    home.declare({"~/.foo/bar/baz": "f", "~/.stays": "g"})
    home.sync()
    home.write("~/.foo/bar/mine", "kept")
    home.declare({"~/.stays": "g"})
    home.sync()
    assert os.listdir(home.at("~/.foo/bar")) == ["mine"]
    assert home.at("~/.foo/bar/mine").read_text() == "kept"
    # Once it is empty it goes with a later sync, or stays: but sync settles.
    home.sync()
    home.nothing_to_do()


def test_the_home_folder_is_never_removed_even_when_it_is_empty(home):
    # FS-016
    home.env["XDG_STATE_HOME"] = str(home.root / "state")
    home.env["LUMINA_HOME"] = str(home.root / "profile")
    home.profile = home.root / "profile"
    for path in (home.path / ".local/state", home.path / ".local", home.path / ".lumina"):
        path.rmdir()
    home.declare({"~/.foo/x": "x"})
    home.sync()
    home.registry("symlinks:\n")
    home.sync("-y")
    assert home.path.is_dir() and os.listdir(home.path) == []


def test_a_parent_that_is_a_link_elsewhere_is_followed_and_kept(home):
    # FS-013
    fast = home.root / "fast/cfg"
    fast.mkdir(parents=True)
    os.symlink(fast, home.at("~/.config"))
    home.declare({"~/.config/kitty/kitty.conf": "k", "~/.config/one": "o"})
    home.sync()
    assert home.link("~/.config") == str(fast)
    assert os.readlink(fast / "kitty/kitty.conf") == f"{home.profile}/k"
    assert os.readlink(fast / "one") == f"{home.profile}/o"
    home.nothing_to_do()
    home.declare({"~/.config/one": "o"})
    home.sync()
    assert os.listdir(fast) == ["one"]
    assert home.link("~/.config") == str(fast)


@pytest.mark.parametrize("same", [True, False])
def test_two_targets_that_are_one_place_through_a_link_are_refused(home, same):
    # FS-033, through the file system
    home.at("~/cfg").mkdir()
    os.symlink("cfg", home.at("~/.config"))
    home.declare({"~/.config/x": "a", "~/cfg/x": "a" if same else "b"})
    result = refused(home, "~/.config/x", "~/cfg/x")
    assert "another program" not in result.err


@pytest.mark.parametrize("kind", ["file", "loop", "dangling", "profile", "profile by another link",
                                  "fifo"])
def test_a_parent_that_cannot_be_a_folder_is_a_conflict_that_names_it(home, kind):
    home.declare({"~/.config/kitty/kitty.conf": "k", "~/.config/one": "o", "~/.other": "x"})
    path = home.at("~/.config")
    (home.profile / "cfg").mkdir()
    if kind == "file":
        home.write("~/.config", "file")
    elif kind == "loop":
        os.symlink(".config", path)
    elif kind == "dangling":
        os.symlink("/nowhere/at/all", path)
    elif kind == "profile":
        os.symlink(home.profile / "cfg", path)
    elif kind == "profile by another link":
        os.symlink(home.profile, home.root / "dots")
        os.symlink(home.root / "dots/cfg", path)
    else:
        os.mkfifo(path)
    result = refused(home, "~/.config")
    assert result.err.count("~/.config:") == 1, "named once, not for each link below"
    assert os.listdir(home.profile / "cfg") == []
    assert "~/.other" not in home.all_links()


def test_a_parent_that_leads_to_the_profile_itself_is_a_conflict(home):
    home.declare({"~/dots/link": "k"})
    os.symlink(".lumina", home.at("~/dots"))
    refused(home, "~/dots", "into the profile")
    assert not (home.profile / "link").exists()


def test_folders_that_hold_the_state_too_are_used_but_never_owned(home):
    (home.path / ".local/state").rmdir()
    (home.path / ".local").rmdir()
    home.source("bin/x", "keep")
    home.registry("symlinks: {~/.local/bin: {tree: bin}, ~/.local/share/y: keep, ~/.k: keep}\n")
    home.sync()
    home.assert_linked({"~/.local/bin/x": "bin/x", "~/.local/share/y": "keep", "~/.k": "keep"})
    assert "~/.local" not in home.owned()
    home.nothing_to_do()
    home.registry("symlinks: {~/.k: keep}\n")
    home.sync()
    assert os.listdir(home.path / ".local") == ["state"]


# --- folders and trees ----------------------------------------------------------------------

def test_a_folder_is_linked_as_one(home):
    home.source("nvim/init.lua", "nvim/lua/a.lua")
    home.declare({"~/.config/nvim": "nvim"})
    home.sync()
    home.assert_linked({"~/.config/nvim": "nvim"})
    assert home.at("~/.config/nvim/lua/a.lua").read_text() == "nvim/lua/a.lua"


def test_a_tree_links_every_file_at_the_same_relative_path(home):
    home.source("hypr/a.conf", "hypr/sub/b.conf", "hypr/sub/deep/c.conf", "hypr/.hidden")
    (home.profile / "hypr/empty").mkdir()
    home.registry("""
        symlinks:
          ~/.config/hypr: {tree: hypr}
        """)
    home.sync()
    home.assert_linked(expected_links(home.profile, None))
    assert len(home.all_links()) == 4
    assert home.at("~/.config/hypr/sub/deep").is_dir()
    assert not home.at("~/.config/hypr/sub/deep").is_symlink()
    home.nothing_to_do()


def test_a_tree_follows_files_that_come_and_go(home):
    home.source("hypr/a", "hypr/sub/b", "keep")
    home.registry("""
        symlinks:
          ~/.keep: keep
          ~/.hypr: {tree: hypr}
        """)
    home.sync()
    home.source("hypr/new/c")
    (home.profile / "hypr/sub/b").unlink()
    (home.profile / "hypr/sub").rmdir()
    home.sync()
    home.assert_linked({"~/.keep": "keep", "~/.hypr/a": "hypr/a", "~/.hypr/new/c": "hypr/new/c"})
    assert not home.at("~/.hypr/sub").exists()
    home.nothing_to_do()


def test_a_tree_keeps_what_others_put_beside_its_links(home):
    home.source("hypr/a", "hypr/sub/b", "keep")
    home.registry("symlinks: {~/.hypr: {tree: hypr}, ~/.keep: keep}\n")
    home.sync()
    home.write("~/.hypr/mine", "mine")
    home.write("~/.hypr/sub/mine", "mine")
    home.registry("symlinks: {~/.keep: keep}\n")
    home.sync("-y")
    assert sorted(os.listdir(home.at("~/.hypr"))) == ["mine", "sub"]
    assert os.listdir(home.at("~/.hypr/sub")) == ["mine"]


def test_a_tree_may_stand_in_the_home_folder_itself(home):
    home.source("home/.zshrc", "home/.config/a/b")
    home.registry("symlinks: {~: {tree: home}}\n")
    home.sync()
    home.assert_linked({"~/.zshrc": "home/.zshrc", "~/.config/a/b": "home/.config/a/b"})
    home.nothing_to_do()


def test_an_explicit_link_wins_over_a_trees_file_and_folder(home):
    home.source("hypr/a", "hypr/b", "hypr/sub/c", "other/a", "other/sub/x")
    home.registry("""
        symlinks:
          ~/.hypr: {tree: hypr}
          ~/.hypr/a: other/a
          ~/.hypr/sub: other/sub
        """)
    home.sync()
    home.assert_linked({"~/.hypr/a": "other/a", "~/.hypr/b": "hypr/b", "~/.hypr/sub": "other/sub"})
    home.nothing_to_do()


def test_an_explicit_target_below_a_file_of_a_tree_is_an_error(home):
    # FS-011, of a tree
    home.source("hypr/file", "x")
    home.registry("""
        symlinks:
          ~/.hypr: {tree: hypr}
          ~/.hypr/file/below: x
        """)
    before = home.snapshot()
    result = home.sync(expect=USAGE)
    assert "lumina.yaml:3:3" in result.err and "~/.hypr/file" in result.err
    assert home.snapshot() == before


def test_a_folder_link_becomes_a_tree_and_back_without_losing_a_file(home):
    home.source("nvim/init.lua", "nvim/lua/a.lua")
    home.registry("symlinks: {~/.config/nvim: nvim}\n")
    home.sync()
    home.registry("symlinks: {~/.config/nvim: {tree: nvim}}\n")
    home.sync("-y")
    assert not home.at("~/.config/nvim").is_symlink()
    home.assert_linked({"~/.config/nvim/init.lua": "nvim/init.lua",
                        "~/.config/nvim/lua/a.lua": "nvim/lua/a.lua"})
    home.nothing_to_do()
    home.registry("symlinks: {~/.config/nvim: nvim}\n")
    home.sync("-y")
    home.assert_linked({"~/.config/nvim": "nvim"})
    assert sorted(os.listdir(home.profile / "nvim")) == ["init.lua", "lua"]
    home.no_leftovers()
    home.nothing_to_do()


def test_a_folder_link_gives_way_to_single_links_below_it_and_back(home):
    home.source("a/one", "a/deep/er/two", "b/x")
    home.registry("symlinks: {~/.a: a, ~/.b: b}\n")
    home.sync()
    home.registry("""
        symlinks:
          ~/.a/one: a/one
          ~/.a/deep/er/two: a/deep/er/two
          ~/.a/deep/other: b
          ~/.b: b
        """)
    home.sync()
    home.assert_linked({"~/.a/one": "a/one", "~/.a/deep/er/two": "a/deep/er/two",
                        "~/.a/deep/other": "b", "~/.b": "b"})
    home.nothing_to_do()
    home.registry("symlinks: {~/.a: b, ~/.b: a}\n")
    home.sync("-y")
    home.assert_linked({"~/.a": "b", "~/.b": "a"})
    assert sorted(os.listdir(home.profile / "a")) == ["deep", "one"]
    home.no_leftovers()
    home.nothing_to_do()


def test_switching_between_folder_link_and_tree_asks_nothing(home):
    home.source(*[f"nvim/{i}" for i in range(15)])
    home.registry("symlinks: {~/.nvim: {tree: nvim}}\n")
    home.sync()
    home.registry("symlinks: {~/.nvim: nvim}\n")
    home.sync()
    home.assert_linked({"~/.nvim": "nvim"})
    home.registry("symlinks: {~/.nvim: {tree: nvim}}\n")
    home.sync()
    assert len(home.all_links()) == 15


def test_a_tree_with_a_foreign_file_in_it_does_not_become_a_folder_link(home):
    home.source("nvim/init.lua")
    home.registry("symlinks: {~/.nvim: {tree: nvim}}\n")
    home.sync()
    home.write("~/.nvim/undo", "history")
    home.registry("symlinks: {~/.nvim: nvim}\n")
    refused(home, "~/.nvim")
    assert home.at("~/.nvim/undo").read_text() == "history"
    assert home.link("~/.nvim/init.lua") == f"{home.profile}/nvim/init.lua"


def test_a_tree_whose_folder_is_gone_removes_nothing(home):
    home.source("hypr/a", "hypr/b", "keep")
    home.registry("symlinks: {~/.hypr: {tree: hypr}, ~/.keep: keep}\n")
    home.sync()
    os.rename(home.profile / "hypr", home.profile / "hypr.moved")
    before = home.snapshot()
    result = home.sync(expect=None)
    assert home.snapshot() == before
    assert result.code == REFUSED and "hypr" in result.err, repr(result)


# --- merging --------------------------------------------------------------------------------

def test_includes_come_first_then_the_file_then_the_host_then_the_local_overlay(home):
    home.source("inc", "main", "host", "local")
    home.registry("symlinks: {~/.a: inc, ~/.b: inc, ~/.c: inc, ~/.d: inc}\n", "part.yaml")
    home.registry("""
        include: [part.yaml]
        symlinks: {~/.b: main, ~/.c: main, ~/.d: main}
        hosts:
          box:
            symlinks: {~/.c: host, ~/.d: host}
          other:
            symlinks: {~/.a: host, ~/.e: host}
        """)
    home.local("symlinks: {~/.d: local, ~/.f: local}")
    home.sync(env={"LUMINA_HOST": "box"})
    home.assert_linked({"~/.a": "inc", "~/.b": "main", "~/.c": "host", "~/.d": "local",
                        "~/.f": "local"})


def test_the_overlay_alone_follows_xdg_config_home(home):
    home.env["XDG_CONFIG_HOME"] = str(home.root / "cfg")
    home.source("a")
    home.registry("symlinks:\n")
    home.local("symlinks: {~/.a: a}")
    home.sync()
    home.assert_linked({"~/.a": "a"})


def test_the_overlay_may_include_and_may_have_hosts(home):
    home.source("a", "b")
    home.registry("symlinks: {~/.t: a, ~/.h: a}\n")
    home.registry("symlinks: {~/.i: b}\n", "part.yaml")
    home.local("include: [part.yaml]\nhosts: {box: {symlinks: {~/.h: b}}}\n")
    home.sync(env={"LUMINA_HOST": "box"})
    home.assert_linked({"~/.t": "a", "~/.i": "b", "~/.h": "b"})


def test_another_host_takes_its_links_away_again(home):
    home.source("common", "one", "two")
    home.registry("""
        symlinks: {~/.common: common}
        hosts:
          one: {symlinks: {~/.host: one, ~/.only-one: one}}
          two: {symlinks: {~/.host: two}}
        """)
    home.sync(env={"LUMINA_HOST": "one"})
    home.assert_linked({"~/.common": "common", "~/.host": "one", "~/.only-one": "one"})
    home.sync(env={"LUMINA_HOST": "two"})
    home.assert_linked({"~/.common": "common", "~/.host": "two"})


@pytest.mark.parametrize("name,matches", [
    ("box", True), ("BOX", True), ("box.example.org", True), ("other", False), ("bo", False),
    ("boxes", False), ("", None)])
def test_the_host_block_is_chosen_by_name(home, name, matches):
    # RG-018
    home.source("a", "b")
    home.registry("""
        symlinks: {~/.a: a}
        hosts: {box: {symlinks: {~/.b: b}}}
        """)
    home.sync(env={"LUMINA_HOST": name})
    if matches is not None:
        assert (home.link("~/.b") is not None) == matches
    assert home.link("~/.a") is not None


def test_a_dotted_or_unicode_host_name_is_matched_whole(home):
    # RG-018
    home.source("a", "b")
    home.registry("""
        hosts:
          box.example.org: {symlinks: {~/.a: a}}
          Büro: {symlinks: {~/.b: b}}
        """)
    home.sync(env={"LUMINA_HOST": "box.example.org"})
    home.assert_linked({"~/.a": "a"})
    home.sync("-y", env={"LUMINA_HOST": "Büro"})
    home.assert_linked({"~/.b": "b"})


def test_a_host_that_no_block_names_loses_nothing_of_the_body(home):
    # RG-018
    home.source("a")
    home.registry("""
        symlinks: {~/.a: a}
        hosts: {box: {symlinks: {~/.b: a}}}
        """)
    home.sync()
    before = home.snapshot()
    home.sync(env={"LUMINA_HOST": "somebody-else"})
    assert home.snapshot() == before


def test_an_explicit_link_of_an_include_wins_over_a_tree_of_the_host(home):
    home.source("t/x", "t/y", "exact")
    home.registry("symlinks: {~/.d/x: exact}\n", "part.yaml")
    home.registry("""
        include: [part.yaml]
        hosts: {box: {symlinks: {~/.d: {tree: t}}}}
        """)
    home.sync(env={"LUMINA_HOST": "box"})
    home.assert_linked({"~/.d/x": "exact", "~/.d/y": "t/y"})


def test_includes_may_be_nested_and_shared(home):
    home.source("a", "b", "c")
    home.registry("include: [one.yaml, two.yaml]\n")
    home.registry("include: [sub/deep.yaml]\nsymlinks: {~/.a: a}\n", "one.yaml")
    home.registry("include: [sub/deep.yaml]\nsymlinks: {~/.b: b}\n", "two.yaml")
    home.registry("symlinks: {~/.c: c}\n", "sub/deep.yaml")
    home.sync()
    home.assert_linked({"~/.a": "a", "~/.b": "b", "~/.c": "c"})


def test_home_variable_and_tilde_are_the_same_target(home):
    home.source("a")
    home.registry("symlinks: {$HOME/.a: a}\n")
    home.sync()
    home.registry("symlinks: {~/.a: a}\n")
    home.nothing_to_do()
    home.registry("symlinks: {'~//./x/../.a': a}\n")
    home.nothing_to_do()


def test_json_documents_of_sync_tell_what_was_done(three):
    plan = three.sync("-n", "--json").json
    assert (plan["schema"], plan["result"]) == (1, "planned")
    done = three.sync("--json").json
    assert (done["schema"], done["result"], done["generation"]) == (1, "done", 1)
    assert {c["target"]: c["action"] for c in done["changes"]} == {
        "~/.config": "make-folder", "~/.config/kitty": "make-folder", "~/.zshrc": "link",
        "~/.config/kitty/kitty.conf": "link", "~/.config/hypr": "link"}
    assert three.sync("--json").json["result"] == "nothing"
    three.at("~/.zshrc").unlink()
    three.write("~/.zshrc", "file")
    refusal = three.sync("--json", expect=REFUSED).json
    assert refusal["result"] == "refused"
    assert [(c["target"], c["state"]) for c in refusal["conflicts"]] == [("~/.zshrc", "detached")]


def test_only_symlinks_links_and_only_packages_leaves_links_alone(three):
    before = three.snapshot()
    three.sync("--only", "packages")
    three.sync("--only=themes")
    assert three.snapshot() == before
    three.sync("--only", "symlinks")
    assert len(three.all_links()) == 3


def test_sensitive_targets_are_marked_in_the_plan(home):
    # PT-011
    home.declare({"~/.ssh/config": "s", "~/.config/systemd/user/x.service": "u", "~/.plain": "p"})
    out = home.sync("-n").out
    for line in out.splitlines():
        if "->" in line:
            assert ("sensitive" in line) == ("~/.plain" not in line), line
