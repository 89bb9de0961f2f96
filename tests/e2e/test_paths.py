# SPDX-License-Identifier: MIT
"""Paths: nothing escapes, strange names survive to the byte, HOME and XDG as they come."""

import json
import os
import pwd
import unicodedata

import pexpect
import pytest

from support import FAILED, OK, REFUSED, USAGE, Home, assert_clean, positions, tree_of


def declare(home, target, source="a", tree=False):
    value = {"tree": source} if tree else source
    home.registry(json.dumps({"symlinks": {target: value}}) + "\n")


# --- escapes --------------------------------------------------------------------------------

@pytest.mark.parametrize("target", [
    "/etc/x", "etc/x", "../../etc/x", "~/../other/.bashrc", "~/a/../../x", "~/..", "~", "~/", "~/.",
    "$HOME", "$HOME/", "$HOME/../x", "~root/.bashrc", "~other/x", "", ".", "..", "/", "$XDG/x",
    "${HOME}x/y", "$HOMEx/y", " ~/x", "./~/x"])
def test_a_target_outside_the_home_folder_is_refused_with_its_place(home, target):
    # PT-001, PT-009
    home.source("a")
    declare(home, target)
    before = tree_of(home.root)
    result = home.sync(expect=USAGE)
    assert positions(result.err), repr(result)
    assert tree_of(home.root) == before


@pytest.mark.parametrize("source", [
    "../secrets", "/etc/shadow", "a/../../b", "..", "", ".", "./", "a/..", "~/x", "$HOME/x",
    "~/.lumina/a", ".git/config", "a/.git/x", ".git"])
def test_a_source_outside_the_profile_is_refused_with_its_place(home, source):
    # PT-002
    home.source("a")
    for tree in (False, True):
        declare(home, "~/.x", source, tree)
        before = tree_of(home.root)
        result = home.sync(expect=USAGE)
        assert positions(result.err), repr(result)
        assert tree_of(home.root) == before


def test_a_source_path_with_dots_that_stays_inside_is_folded(home):
    home.source("a/b")
    declare(home, "~/x/./..//.y/", "a//./c/../b")
    home.sync()
    home.assert_linked({"~/.y": "a/b"})
    assert home.owned() == {"~/.y": f"{home.profile}/a/b"}
    home.nothing_to_do()
    declare(home, "~/.y", "a/b")
    home.nothing_to_do()


@pytest.mark.parametrize("tree", [False, True])
def test_a_source_behind_a_folder_link_that_leaves_the_profile_is_refused(home, tree):
    # PT-006
    evil = home.root / "evil/sub"
    evil.mkdir(parents=True)
    (evil / "secret").write_text("secret")
    os.symlink(home.root / "evil", home.profile / "cfg")
    declare(home, "~/.x", "cfg/sub" if tree else "cfg/sub/secret", tree)
    before = tree_of(home.root)
    result = home.sync(expect=REFUSED)
    assert "leaves the profile" in result.err, repr(result)
    assert tree_of(home.root) == before


@pytest.mark.parametrize("target", ["~/.lumina/x", "~/.lumina", "~/.lumina/lumina.yaml",
                                    "~/.lumina/.git/hooks/post-merge", "~/.local/state/lumina",
                                    "~/.local/state/lumina/owned", "~/.local/state", "~/.local"])
def test_no_target_lies_in_the_profile_or_the_state_or_hides_them(home, target):
    # FS-050, PT-011
    home.source("a")
    declare(home, target)
    before = tree_of(home.root)
    assert positions(home.sync(expect=USAGE).err)
    assert tree_of(home.root) == before


def test_no_file_of_a_tree_lands_in_the_profile_or_the_state(home):
    # FS-050
    home.source("t/.lumina/x")
    declare(home, "~", "t", tree=True)
    assert "~/.lumina/x" in home.sync(expect=USAGE).err
    os.rename(home.profile / "t/.lumina", home.profile / "t/.local")
    os.makedirs(home.profile / "t/.local/state/lumina")
    os.rename(home.profile / "t/.local/x", home.profile / "t/.local/state/lumina/owned")
    assert "~/.local/state/lumina/owned" in home.sync(expect=USAGE).err


def test_a_profile_reached_by_another_name_is_still_no_target(home):
    # FS-050
    real = home.path / "src/dots"
    home.path.joinpath("src").mkdir()
    os.rename(home.profile, real)
    os.symlink("src/dots", home.profile)
    home.source("a")
    declare(home, "~/src/dots/x")
    assert positions(home.sync(expect=USAGE).err)
    declare(home, "~/src")
    assert positions(home.sync(expect=USAGE).err)


def test_the_git_folder_in_a_tree_is_never_linked(home):
    # PT-011
    home.source("t/a", "t/.git/config", "t/sub/.git/hooks/x", "t/sub/b", "t/module/.git", "t/module/c")
    declare(home, "~/.t", "t", tree=True)
    home.sync()
    home.assert_linked({"~/.t/a": "t/a", "~/.t/sub/b": "t/sub/b", "~/.t/module/c": "t/module/c"})


def test_the_present_folder_never_matters(home):
    home.source("a")
    declare(home, "~/.x")
    other = home.root / "cwd"
    other.mkdir()
    home.sync(cwd=other)
    home.assert_linked({"~/.x": "a"})
    assert os.listdir(other) == []


# --- strange names --------------------------------------------------------------------------

STRANGE = [
    "new\nline", "tab\there", "esc\x1b[31mred\x1b[0m", "del\x7f", "cr\rback", "bell\x07", "-dash",
    "--json", " lead", "trail ", "star*", "que?", "[set]", "it's", 'dou"ble', "back\\slash", "$var",
    "`cmd`", "semi;colon", "a&b", "pipe|", "rtl\u202egnp.exe", "c1\x9b31m", "zero\u200bwidth",
    "emoji\U0001f600", "comb\u0301ining", "#hash", "~", "~tilde", "...", "a:b", "{brace}", "!bang",
    "%percent", "\u2028line", "nul\\x00", "\u00a0nbsp", "ünïcödé",
]


@pytest.mark.parametrize("output", ["pipe", "terminal"])
def test_strange_names_are_linked_to_the_byte_and_shown_without_control_bytes(home, output):
    # FS-030
    home.source(*[f"f/{name}" for name in STRANGE])
    pairs = {f"~/.s/{name}": f"f/{name}" for name in STRANGE}
    home.registry(json.dumps({"symlinks": pairs}) + "\n")
    for command in (["status"], ["sync", "-n"], ["sync"], ["status", "-v"]):
        if output == "pipe":
            result = home.run(*command)
            text = result.out
            assert result.err == ""
        else:
            child = home.terminal(*command, "--color=never", size=(200, 500))
            child.expect(pexpect.EOF)
            child.close()
            assert child.exitstatus == OK
            text = child.before.decode().replace("\r\n", "\n")
        assert_clean(text)
        # One line for each name, so that no name can make up a line.
        shown = [line for line in text.splitlines() if ".s/" in line]
        assert len(shown) == len(STRANGE), text
    home.assert_linked(pairs)
    home.nothing_to_do()
    listed = {link["target"] for link in home.run("status", "-v", "--json").json["links"]}
    assert listed == set(pairs)


def test_strange_names_of_a_tree_are_linked_and_taken_away_again(home):
    # FS-030
    home.source(*[f"t/{name}/in" for name in STRANGE], *[f"t/{name}.f" for name in STRANGE], "k")
    home.registry("symlinks: {~/.t: {tree: t}, ~/.k: k}\n")
    home.sync()
    assert len(home.all_links()) == 2 * len(STRANGE) + 1
    home.nothing_to_do()
    home.registry("symlinks: {~/.k: k}\n")
    assert_clean(home.sync("-y").out)
    home.assert_linked({"~/.k": "k"})
    assert not home.at("~/.t").exists()


def test_names_of_invalid_utf8_in_a_tree_are_linked_to_the_byte(home):
    # FS-030
    names = [b"\xff\xfe", b"latin1-\xe9", b"cut-\xe2\x82", b"\xc0\xaf", b"surrogate-\xed\xa0\x80"]
    folder = home.profile / "t"
    folder.mkdir()
    for name in names:
        open(os.path.join(os.fsencode(folder), name), "wb").close()
    home.registry("symlinks: {~/.t: {tree: t}}\n")
    result = home.sync()
    assert_clean(result.stdout)
    target = os.fsencode(home.at("~/.t"))
    assert sorted(os.listdir(target)) == sorted(names)
    for name in names:
        assert os.readlink(os.path.join(target, name)) == os.path.join(os.fsencode(folder), name)
    home.nothing_to_do()
    json.loads(home.run("status", "-v", "--json").stdout.decode("utf-8"))
    os.unlink(os.path.join(target, names[0]))
    open(os.path.join(target, names[0]), "wb").close()
    assert_clean(home.sync(expect=REFUSED).stderr)


def test_strange_names_in_conflicts_and_errors_are_shown_without_control_bytes(home):
    # FS-030
    home.source("a")
    for name in STRANGE:
        home.write(f"~/.s/{name}", "foreign")
    home.registry(json.dumps({"symlinks": {f"~/.s/{n}": "a" for n in STRANGE}}) + "\n")
    result = home.sync(expect=REFUSED)
    assert_clean(result.err)
    assert result.err.count("foreign:") == len(STRANGE)
    home.registry(json.dumps({name: 1 for name in STRANGE}) + "\n")
    assert_clean(home.sync(expect=USAGE).err)
    assert_clean(home.run("bo\x1b[31mgus\n", expect=USAGE).err)
    assert_clean(home.run("sync", "--bo\x1b[31mgus", expect=USAGE).err)
    assert_clean(home.run("why", "~/x\x1b]0;title\x07", expect=None).err)


def test_a_foreign_links_text_is_shown_without_control_bytes(home):
    home.source("a")
    declare(home, "~/.a")
    os.symlink("evil\x1b]0;owned\x07\n\u202e", home.at("~/.a"))
    for command, code in (("sync", REFUSED), ("status", OK)):
        result = home.run(command, expect=code)
        assert_clean(result.out)
        assert_clean(result.err)


def test_names_of_255_bytes_are_linked_changed_and_removed(home):
    # FS-028
    name, wide = "n" * 255, "ü" * 127
    home.declare({f"~/{name}": f"{name}", f"~/.d/{wide}": "one", "~/.k": "k"})
    home.sync()
    home.assert_linked({f"~/{name}": name, f"~/.d/{wide}": "one", "~/.k": "k"})
    home.declare({f"~/{name}": "other", f"~/.d/{wide}": "two", "~/.k": "k"})
    home.sync()
    home.assert_linked({f"~/{name}": "other", f"~/.d/{wide}": "two", "~/.k": "k"})
    home.declare({"~/.k": "k"})
    home.sync()
    home.assert_linked({"~/.k": "k"})
    home.no_leftovers()


def test_a_name_of_256_bytes_is_refused_with_its_place(home):
    home.source("a")
    declare(home, "~/" + "n" * 256)
    assert positions(home.sync(expect=USAGE).err)


def test_very_deep_targets_are_linked_and_removed(home):
    deep = "/".join(["d" * 100] * 30)
    home.declare({f"~/{deep}/x": "a", "~/.k": "k"})
    home.sync()
    home.assert_linked({f"~/{deep}/x": "a", "~/.k": "k"})
    home.nothing_to_do()
    home.declare({"~/.k": "k"})
    home.sync()
    assert not home.at("~/" + "d" * 100).exists()


def test_a_path_longer_than_the_system_takes_ends_in_a_clean_error(home):
    deep = "/".join(["d" * 200] * 40)
    home.source("a")
    declare(home, f"~/{deep}/x")
    before = home.snapshot()
    result = home.sync(expect=None)
    if result.code == OK:  # carried out step by step: then it has to be right, and stay so
        assert home.sync().out.startswith("nothing to do")
    else:
        assert result.code in (FAILED, USAGE, REFUSED) and result.err
        assert home.snapshot() == before


@pytest.mark.parametrize("name", ["dot files", "new\nline", "quo'te\"s", "-dash", "esc\x1b[31m",
                                  "\udcff\udcfelatin", "star*", "trail "])
def test_a_profile_of_any_name_works(root, name):
    home = Home(root, profile=os.path.join(root, "home", name))
    home.source("t/a", "t/b", "x y")
    home.registry("symlinks: {~/.t: {tree: t}, ~/.x: x y}\n")
    home.commit()
    result = home.sync()
    assert_clean(result.stdout)
    assert home.link("~/.x") == f"{home.profile}/x y"
    assert home.at("~/.t/a").read_text() == "t/a"
    home.nothing_to_do()
    for command in (["status"], ["status", "--json"], ["doctor"], ["doctor", "--json"],
                    ["why", "~/.x"], ["diff"], ["sync", "--json"]):
        assert_clean(home.run(*command).stdout)
    assert home.run("git", "rev-parse", "--is-inside-work-tree").out == "true\n"
    home.registry("symlinks: {~/.x: t/a}\n")
    home.sync("-y")
    home.assert_linked({"~/.x": "t/a"})


@pytest.mark.parametrize("name", ["my home", "new\nline", "\udcff"])
def test_a_home_of_any_name_works(root, name):
    home = Home(root, path=os.path.join(root, name))
    home.declare({"~/.x": "x", "~/.d/y": "y"})
    assert_clean(home.sync().stdout)
    home.assert_linked({"~/.x": "x", "~/.d/y": "y"})
    home.nothing_to_do()


# --- HOME and the XDG folders ---------------------------------------------------------------

def test_a_home_that_is_a_link_does_not_flip_between_its_spellings(root):
    # FS-038
    real = os.path.join(root, "data/u")
    os.makedirs(real)
    os.symlink(real, os.path.join(root, "u"))
    home = Home(root, path=os.path.join(root, "u"))
    home.declare({"~/.x": "x", "~/.d/y": "y"})
    home.sync()
    assert os.readlink(os.path.join(real, ".x")) == f"{root}/u/.lumina/x"
    home.nothing_to_do()
    before = tree_of(real)
    result = home.sync(env={"HOME": real})
    assert result.out.startswith("nothing to do"), repr(result)
    assert {k: v for k, v in tree_of(real).items() if b".local/state" not in k} == \
           {k: v for k, v in before.items() if b".local/state" not in k}
    # Removing under the other spelling works too: it is the same link.
    home.registry("symlinks: {~/.d/y: y}\n")
    home.sync(env={"HOME": real})
    assert not os.path.lexists(os.path.join(real, ".x"))


@pytest.mark.parametrize("value,code", [("relative/dir", FAILED), (".", FAILED), ("", FAILED),
                                        ("/", FAILED), ("//", FAILED), ("/.", FAILED),
                                        ("/tmp/../", FAILED), ("/nowhere/at/all", FAILED)])
def test_a_home_that_cannot_be_one_is_refused_and_nothing_is_made(home, value, code):
    # FS-039, FS-040
    home.source("a")
    declare(home, "~/x-must-not-be-made")
    before = tree_of(home.root)
    result = home.sync(expect=code, env={"HOME": value, "LUMINA_HOME": str(home.profile)})
    assert result.err.startswith("error:")
    assert tree_of(home.root) == before
    assert not os.path.lexists("/x-must-not-be-made")


def test_an_unset_home_is_taken_from_the_password_database(home):
    # FS-040
    home.source("a")
    declare(home, "~/x-must-not-be-made")
    result = home.sync("-n", expect=None, env={"HOME": None, "LUMINA_HOME": str(home.profile)})
    entry = pwd.getpwuid(os.getuid()).pw_dir
    checked = home.run("doctor", "--json", expect=None, env={"HOME": None}).json
    assert [f["text"] for f in checked["findings"] if f["subject"] == "home"] == [entry]
    if os.path.isdir(entry):
        assert "x-must-not-be-made" in result.out
    else:
        assert result.code == FAILED and entry in result.err
    assert not os.path.lexists("/x-must-not-be-made")


@pytest.mark.parametrize("value", ["", "relative", "./x", "~/state"])
def test_relative_and_empty_xdg_folders_are_ignored(home, value):
    home.declare({"~/.x": "x"})
    home.sync(env={name: value for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
                                            "XDG_RUNTIME_DIR")})
    assert (home.path / ".local/state/lumina/owned").is_file()
    assert sorted(os.listdir(home.path)) == [".local", ".lumina", ".x"]


def test_the_state_lies_where_xdg_state_home_says(home):
    home.env["XDG_STATE_HOME"] = str(home.root / "st ate")
    home.declare({"~/.x": "x"})
    home.sync()
    assert (home.root / "st ate/lumina/owned").is_file()
    assert os.listdir(home.path / ".local/state") == []
    home.nothing_to_do()


@pytest.mark.parametrize("value", ["relative", "/", "HOME", "HOME/.."])
def test_a_profile_folder_that_cannot_be_one_is_refused(home, value):
    before = home.snapshot()
    value = value.replace("HOME", str(home.path))
    assert home.sync(expect=FAILED, env={"LUMINA_HOME": value}).err.startswith("error:")
    assert home.snapshot() == before


def test_the_profile_may_lie_outside_the_home_folder(root):
    home = Home(root, profile=os.path.join(root, "elsewhere/dots"))
    home.declare({"~/.x": "x"})
    home.sync()
    assert home.link("~/.x") == f"{root}/elsewhere/dots/x"
    home.nothing_to_do()


def test_a_profile_that_moved_is_followed_by_the_next_sync(home):
    home.declare({"~/.x": "x", "~/.d/y": "y"})
    home.sync()
    new = home.path / "dots"
    os.rename(home.profile, new)
    home.profile = new
    home.sync("-y", env={"LUMINA_HOME": str(new)})
    home.assert_linked({"~/.x": "x", "~/.d/y": "y"})


def test_names_are_shown_in_the_form_they_have(home):
    """No normalisation: NFC and NFD are two names."""
    nfc, nfd = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")
    home.declare({f"~/{nfc}": "a", f"~/{nfd}": "b"})
    home.sync()
    home.assert_linked({f"~/{nfc}": "a", f"~/{nfd}": "b"})
