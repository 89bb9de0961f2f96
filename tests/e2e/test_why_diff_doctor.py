# SPDX-License-Identifier: MIT
"""Looking only: who declares it, how it differs, and what is wrong with this machine."""

import os
import re
import subprocess

import pexpect
import pytest

from support import CONTROL, FAILED, OK, USAGE, tree_of


@pytest.fixture
def profile(home):
    """Every way to declare something."""
    home.source("zsh/zshrc", "nvim/init.lua", "nvim/lua/a.lua", "hypr/a", "hypr/sub/b", "h", "i", "o")
    home.registry("""
        include: [part.yaml]
        packages:
          base: [git, neovim]
          desktop:
            - aur/hyprshade
        symlinks:
          ~/.zshrc: zsh/zshrc
          ~/.config/nvim: nvim
          ~/.config/hypr: {tree: hypr}
        hosts:
          box:
            packages: [tlp]
            symlinks: {~/.host: h}
        """)
    home.registry("packages: [inter-font]\nsymlinks: {~/.inc: i}\n", "part.yaml")
    home.local("symlinks:\n  ~/.over: o\n")
    home.env["LUMINA_HOST"] = "box"
    home.sync()
    return home


def why(home, *names, **more):
    document = home.run("why", "--json", *names, **more).json
    assert document["schema"] == 1
    return document["reasons"]


# --- why ------------------------------------------------------------------------------------

@pytest.mark.parametrize("target,declared,source,host", [
    ("~/.zshrc", "lumina.yaml:7:3", "zsh/zshrc", None),
    ("~/.config/nvim", "lumina.yaml:8:3", "nvim", None),
    ("~/.host", "lumina.yaml:13:16", "h", "box"),
    ("~/.inc", "part.yaml:2:12", "i", None),
])
def test_why_names_file_line_and_host_of_a_link(profile, target, declared, source, host):
    (reason,) = why(profile, target)
    assert (reason["kind"], reason["name"], reason["declared"], reason["source"], reason["host"],
            reason["state"], reason["generation"]) == ("symlink", target, declared, source, host,
                                                       "ok", 1)
    text = profile.run("why", target).out
    assert declared in text and source in text and "generation 1" in text


def test_why_names_the_overlay_by_its_path(profile):
    (reason,) = why(profile, "~/.over")
    assert reason["declared"] == f"{profile.config}/local.yaml:2:3"


def test_why_names_the_tree_or_the_folder_link_above_a_file(profile):
    (reason,) = why(profile, "~/.config/hypr/sub/b")
    assert reason["declared"] == "lumina.yaml:9:3" and "tree" in reason["by"]
    assert reason["source"] == "hypr/sub/b"
    (reason,) = why(profile, "~/.config/nvim/lua/a.lua")
    assert reason["declared"] == "lumina.yaml:8:3" and "~/.config/nvim" in reason["by"]


@pytest.mark.parametrize("name,declared,group,host", [
    ("git", "lumina.yaml:3:10", "base", None), ("neovim", "lumina.yaml:3:15", "base", None),
    ("aur/hyprshade", "lumina.yaml:5:7", "desktop", None),
    ("hyprshade", "lumina.yaml:5:7", "desktop", None),
    ("inter-font", "part.yaml:1:12", None, None), ("tlp", "lumina.yaml:12:16", None, "box")])
def test_why_names_file_line_group_and_host_of_a_package(profile, name, declared, group, host):
    (reason,) = why(profile, name)
    assert (reason["kind"], reason["declared"], reason["group"] or None, reason["host"]) == \
        ("package", declared, group, host)
    assert declared in profile.run("why", name).out


@pytest.mark.parametrize("spelling", ["$HOME/.zshrc", "~/./.config/../.zshrc", "ABSOLUTE/.zshrc",
                                      ".zshrc", "./.zshrc"])
def test_why_takes_any_spelling_of_a_target(profile, spelling):
    (reason,) = why(profile, spelling.replace("ABSOLUTE", str(profile.path)))
    assert reason["name"] == "~/.zshrc"


def test_why_takes_a_target_through_a_link_to_the_home_folder(profile):
    os.symlink(profile.path, profile.root / "alias")
    (reason,) = why(profile, f"{profile.root}/alias/.zshrc")
    assert reason["name"] == "~/.zshrc"


def test_why_says_when_it_came_and_what_state_it_is_in(profile):
    profile.at("~/.host").unlink()
    assert why(profile, "~/.host")[0]["state"] == "missing"
    profile.write("~/.host", "file")
    assert why(profile, "~/.host")[0]["state"] == "detached"
    profile.local("symlinks: {~/.other: o}")
    assert why(profile, "~/.over")[0]["state"] == "stale"
    assert why(profile, "~/.over")[0]["declared"] is None
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d", profile.run("why", "~/.zshrc").out)


def test_why_of_something_undeclared_fails(profile):
    for name in ("nosuchpackage", "~/.nosuch", "/etc/passwd", "~/.config"):
        result = profile.run("why", name, expect=None)
        if name == "~/.config":  # a folder that Lumina made, or nothing: but never a crash
            assert result.code in (OK, FAILED)
        else:
            assert result.code in (FAILED, USAGE) and name in result.err, repr(result)


def test_why_of_several_reports_all(profile):
    assert [r["name"] for r in why(profile, "git", "~/.zshrc")] == ["git", "~/.zshrc"]


# --- diff -----------------------------------------------------------------------------------

def detach(home, target, data):
    home.at(target).unlink()
    return home.write(target, data)


def test_diff_shows_what_a_program_wrote_in_the_place_of_our_link(profile):
    (profile.profile / "zsh/zshrc").write_text("one\ntwo\nthree\n")
    detach(profile, "~/.zshrc", "one\n2\nthree\n")
    out = profile.run("diff").out
    assert "@@ -1,3 +1,3 @@" in out
    assert "\n-2\n" in out and "\n+two\n" in out and "\n one\n" in out
    old, new = (next(line for line in out.splitlines() if line.startswith(sign))
                for sign in ("--- ", "+++ "))
    assert ".zshrc" in old and "zsh/zshrc" in new


def test_diff_is_a_patch_that_turns_the_one_into_the_other(profile):
    (profile.profile / "zsh/zshrc").write_bytes(b"a\nb\x1b[31m\xff\nc\n")
    target = detach(profile, "~/.zshrc", b"a\nB\nc\nno newline")
    patch = profile.run("diff", "~/.zshrc").stdout
    subprocess.run(["patch", "-p0", "-s", str(target)], input=patch, check=True) \
        if os.path.exists("/usr/bin/patch") else pytest.skip("patch is missing")
    assert target.read_bytes() == (profile.profile / "zsh/zshrc").read_bytes()


def test_diff_on_a_terminal_shows_control_bytes_escaped(profile):
    (profile.profile / "zsh/zshrc").write_bytes(b"plain\n")
    detach(profile, "~/.zshrc", b"evil \x1b]0;title\x07 \x1b[2J \x9b31m \xc2\x9b31m\n")
    child = profile.terminal("diff")
    child.expect(pexpect.EOF)
    text = re.sub(r"\x1b\[[0-9;]*(m|K)", "", child.before.decode("utf-8", "replace"))
    text = text.replace("\r\n", "\n")
    assert "evil" in text
    assert not CONTROL.search(text), repr(text)


def test_diff_of_the_same_content_is_empty_and_of_nothing_detached_too(profile):
    assert profile.run("diff").out == ""
    detach(profile, "~/.zshrc", (profile.profile / "zsh/zshrc").read_text())
    assert profile.run("diff").out == ""


def test_diff_of_named_targets_shows_these_only(profile):
    detach(profile, "~/.zshrc", "X\n")
    detach(profile, "~/.host", "Y\n")
    assert "-X" in profile.run("diff").out and "-Y" in profile.run("diff").out
    out = profile.run("diff", "~/.host").out
    assert "-Y" in out and "-X" not in out
    out = profile.run("diff", "~/.host", str(profile.at("~/.zshrc"))).out
    assert "-Y" in out and "-X" in out


def test_diff_of_a_folder_compares_the_files_in_it(profile):
    profile.at("~/.config/nvim").unlink()
    profile.write("~/.config/nvim/init.lua", "changed\n")
    profile.write("~/.config/nvim/new.lua", "new\n")
    out = profile.run("diff").out
    assert "-changed" in out and "-new" in out


def test_diff_of_a_binary_file_says_so(profile):
    detach(profile, "~/.zshrc", b"\0\1\2")
    out = profile.run("diff").out
    assert "differ" in out and "\0" not in out


def test_diff_of_an_undeclared_target_fails(profile):
    assert "~/.nosuch" in profile.run("diff", "~/.nosuch", expect=FAILED).err
    profile.run("diff", "/etc/passwd", expect=USAGE)


def test_diff_in_json_holds_the_text_for_each_target(profile):
    detach(profile, "~/.zshrc", "X\n")
    document = profile.run("diff", "--json").json
    assert document["schema"] == 1
    (entry,) = document["diffs"]
    assert entry["target"] == "~/.zshrc" and entry["path"] == str(profile.at("~/.zshrc"))
    assert "-X\n" in entry["diff"]


def test_diff_changes_nothing(profile):
    detach(profile, "~/.zshrc", "X\n")
    before = tree_of(profile.root)
    profile.run("diff")
    assert tree_of(profile.root) == before


# --- doctor ---------------------------------------------------------------------------------

def findings(home, expect=None):
    document = home.run("doctor", "--json", expect=expect).json
    assert document["schema"] == 1
    return document["healthy"], document["findings"]


def bad(home):
    return [f for f in findings(home)[1] if f["health"] != "ok"]


def test_doctor_finds_nothing_wrong_with_a_synced_profile(profile):
    profile.commit()
    healthy, found = findings(profile, expect=OK)
    assert healthy and not [f for f in found if f["health"] == "problem"]
    out = profile.run("doctor").out
    assert str(profile.profile) in out and "in place" in out


@pytest.mark.parametrize("harm,subject,expect", [
    ("no profile", "profile", FAILED), ("broken registry", "registry", FAILED),
    ("source gone", "links", FAILED), ("drift", "links", OK), ("open state", "state", OK),
    ("no repository", "git", OK), ("stale git lock", "git", OK)])
def test_doctor_names_what_is_wrong_and_the_command_that_mends_it(profile, harm, subject, expect):
    if harm != "no repository":
        profile.commit()
    if harm == "no profile":
        os.rename(profile.profile, profile.root / "gone")
    elif harm == "broken registry":
        profile.registry("bogus: 1\n")
    elif harm == "source gone":
        (profile.profile / "zsh/zshrc").unlink()
    elif harm == "drift":
        profile.at("~/.zshrc").unlink()
    elif harm == "open state":
        profile.state.chmod(0o755)
    elif harm == "stale git lock":
        (profile.profile / ".git/index.lock").touch()
    found = [f for f in bad(profile) if f["subject"] == subject]
    assert len(found) == 1, findings(profile)
    assert found[0]["mend"]
    result = profile.run("doctor", expect=expect)
    assert found[0]["mend"] in result.out


def test_what_doctor_says_mends_it(profile):
    profile.commit()
    (profile.profile / "zsh/zshrc").unlink()
    profile.state.chmod(0o755)
    (profile.profile / ".git/index.lock").touch()
    profile.at("~/.host").unlink()
    tools = profile.root / "bin"
    tools.mkdir()
    os.symlink(profile.argv()[0], tools / "lumina")
    for _ in range(3):
        for finding in bad(profile):
            if finding["mend"] and not finding["mend"].startswith("pacman"):
                subprocess.run(["sh", "-c", finding["mend"]], cwd=profile.path,
                               env=profile.environment({"PATH": f"{tools}:{profile.env['PATH']}"}),
                               stdout=subprocess.DEVNULL, check=True, timeout=25)
    assert [f for f in bad(profile) if not (f["mend"] or "").startswith("pacman")] == []
    assert profile.status() == {}


def test_doctor_changes_nothing(profile):
    profile.at("~/.zshrc").unlink()
    (profile.state / "journal").write_bytes(b"damaged")
    before = tree_of(profile.root)
    profile.run("doctor", expect=None)
    profile.run("doctor", "--json", expect=None)
    assert tree_of(profile.root) == before
