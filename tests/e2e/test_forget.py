# SPDX-License-Identifier: MIT
"""forget: a real file stands again, the line is gone; and there and back again gives the same."""

import json
import os
import re
import shutil
import stat
from pathlib import Path

import pytest
import yaml

from support import (FAILED, OK, REFUSED, USAGE, Home, assert_clean, dedent, finish, rows, traits,
                     tree_of)

REGISTRY = dedent("""
    # My machine.   Keep this line.
    packages: [git, 'neovim']   # two

    symlinks:\t# what goes where
      ~/.one:   one    # aligned
      # about the folder
      ~/.config/nvim: nvim
      ~/.config/hypr: {tree: hypr}   # a tree

      '~/.last':  "sub/last"

    # The end.
    """)
LINKS = {"~/.one": "one", "~/.config/nvim": "nvim", "~/.config/hypr/a": "hypr/a",
         "~/.config/hypr/sub/b": "hypr/sub/b", "~/.last": "sub/last"}
OLD = 1_500_000_000_123_456_789


@pytest.fixture
def synced(home):
    """A file, a folder, a tree and another file; generation 1."""
    home.registry(REGISTRY)
    home.source("one", "nvim/init.lua", "nvim/lua/a.lua", "hypr/a", "hypr/sub/b", "sub/last")
    (home.profile / "one").chmod(0o640)
    (home.profile / "nvim/lua/a.lua").chmod(0o755)
    (home.profile / "nvim/empty").mkdir(mode=0o700)
    os.symlink("init.lua", home.profile / "nvim/link")
    os.symlink("/nowhere", home.profile / "nvim/lua/dangling")
    for name in ("one", "nvim", "hypr", "sub"):
        top = home.profile / name
        for i, path in enumerate(sorted([top, *top.rglob("*")], reverse=True)):
            old(path, OLD + i)
    home.sync()
    home.assert_linked(LINKS)
    return home


def old(path, when=OLD):
    os.utime(path, ns=(when, when), follow_symlinks=False)
    return path


def copied(folder, times=False):
    """A whole folder without the inodes; times count for files, and for all if told so."""
    return {n: (row[0], row[1], *(row[3:] if times or row[0].startswith("-") else row[3:-1]))
            for n, row in tree_of(folder).items()}


def person(home, name, data="content\n", mode=0o644):
    path = old(home.write(name, data, mode))
    return path, traits(path)


def refused(home, *targets, says=(), code=REFUSED):
    before, generations = home.snapshot(), home.generations()
    result = home.run("forget", *targets, expect=code)
    for text in says:
        assert text in result.err, f"no {text!r} in {result!r}"
    assert home.snapshot() == before and home.generations() == generations
    home.no_leftovers()
    return result


def lines_gone(home, *needles, text=REGISTRY):
    """The registry is the old one less exactly the lines that hold these."""
    wanted = "".join(line for line in text.splitlines(keepends=True)
                     if not any(n in line for n in needles))
    assert (home.profile / "lumina.yaml").read_text() == wanted


# --- the link becomes real --------------------------------------------------------------------

def test_a_link_becomes_a_copy_of_its_source_and_the_line_goes(synced):
    home = synced
    before, was, profile = home.snapshot(), traits(home.profile / "one"), tree_of(home.profile)
    result = home.run("forget", "~/.one")
    assert "~/.one" in result.out and result.err == ""
    path = home.at("~/.one")
    assert traits(path) == was and path.stat().st_ino != (home.profile / "one").stat().st_ino
    assert rows(before, home.snapshot()) == {".one", ".lumina/lumina.yaml"}
    assert rows(profile, tree_of(home.profile)) == {"lumina.yaml"}
    lines_gone(home, "~/.one")
    home.assert_linked({t: s for t, s in LINKS.items() if t != "~/.one"})
    assert "~/.one" not in home.owned() and home.generations() == ["000001", "000002"]
    assert home.status() == {} and home.backups() == []
    home.no_leftovers()
    home.nothing_to_do()


def test_the_copy_is_its_own_and_the_source_is_never_written_through(synced):
    # dotdrop 45: de-linking wrote through the link and overwrote the source
    home = synced
    synced.run("forget", "~/.one", "~/.config/nvim")
    synced.at("~/.one").write_text("changed")
    synced.at("~/.config/nvim/init.lua").write_text("changed")
    assert (home.profile / "one").read_text() == "one"
    assert (home.profile / "nvim/init.lua").read_text() == "nvim/init.lua"


def test_a_folder_becomes_a_whole_copy(synced):
    home = synced
    was = copied(home.profile / "nvim", times=True)
    home.run("forget", "~/.config/nvim")
    assert not home.at("~/.config/nvim").is_symlink()
    assert copied(home.at("~/.config/nvim")) == copied(home.profile / "nvim")
    lines_gone(home, "~/.config/nvim")
    home.nothing_to_do()
    assert copied(home.profile / "nvim", times=True) == was
    assert copied(home.at("~/.config/nvim"), times=True) == was, "of folders and links too"


def test_a_whole_tree_becomes_real_file_by_file(synced):
    home = synced
    mine, _ = person(home, "~/.config/hypr/mine")
    inode = home.at("~/.config/hypr").stat().st_ino
    was = {n: traits(home.profile / "hypr" / n) for n in ("a", "sub/b")}
    home.run("forget", "~/.config/hypr")
    assert {n: traits(home.at(f"~/.config/hypr/{n}")) for n in was} == was
    assert mine.read_text() == "content\n" and home.at("~/.config/hypr").stat().st_ino == inode
    lines_gone(home, "~/.config/hypr")
    home.assert_linked({t: s for t, s in LINKS.items() if "hypr" not in t})
    home.nothing_to_do()


@pytest.mark.parametrize("name", ["a", "sub/b", "sub"])
def test_a_file_that_only_a_tree_declares_is_refused_and_the_tree_named(synced, name):
    result = refused(synced, f"~/.config/hypr/{name}", says=["~/.config/hypr"], code=None)
    assert result.code == REFUSED or (result.code == FAILED and name == "sub")
    assert name == "sub" or ("tree" in result.err and "lumina.yaml:8" in result.err)


def test_many_are_one_transaction(synced):
    home = synced
    home.run("forget", "~/.one", "~/.config/nvim", "~/.config/hypr", "~/.last")
    assert home.all_links() == {} and home.generations() == ["000001", "000002"]
    lines_gone(home, "~/.one", "nvim: nvim", "hypr", "~/.last")
    assert home.owned().keys() <= {"~/.config", "~/.config/hypr", "~/.config/hypr/sub"}
    home.nothing_to_do()


def test_what_is_not_declared_changes_nothing_at_all(synced):
    person(synced, "~/.mine")
    for name in ("~/.nosuch", "~/.mine", "~/.config"):
        assert name in refused(synced, "~/.one", name, code=FAILED).err
    result = refused(synced, "~/.one", "~/.config/nvim/init.lua", says=["~/.config"], code=None)
    assert result.code in (FAILED, REFUSED), "a file below a folder that is linked as one"
    refused(synced, "~/.one", "/etc/passwd", code=USAGE)
    for argv in ([], ["--bogus", "~/.one"], [""]):
        assert refused(synced, *argv, code=None).code in (FAILED, USAGE)


@pytest.mark.parametrize("spelling", ["$HOME/.one", "ABS/.one", ".one", "./.config/..//.one",
                                      "ALIAS/.one"])
def test_any_spelling_of_a_target_will_do(synced, spelling):
    os.symlink(synced.path, synced.root / "alias")
    synced.run("forget", spelling.replace("ABS", str(synced.path)).replace(
        "ALIAS", f"{synced.root}/alias"))
    lines_gone(synced, "~/.one")


def test_a_target_given_twice_goes_once(synced):
    synced.run("forget", "~/.one", str(synced.at("~/.one")))
    lines_gone(synced, "~/.one")
    assert not synced.at("~/.one").is_symlink()


@pytest.mark.parametrize("data", [b"", b"\0\xff" * 4096, b"x" * (9 << 20)],
                         ids=["empty", "binary", "9 MiB"])
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_content_mode_and_time_are_copied_whatever_the_umask(home, data, umask):
    home.declare({"~/.a": "a"})
    path = home.profile / "a"
    path.write_bytes(data)
    path.chmod(0o466)
    old(path)
    home.sync()
    home.run("forget", "~/.a", umask=umask)
    assert traits(home.at("~/.a")) == traits(path)


def test_a_source_that_is_a_link_in_the_profile_gives_a_real_file(home):
    home.source("real")
    os.symlink("real", home.profile / "alias")
    home.declare({"~/.a": "alias"})
    home.sync()
    home.run("forget", "~/.a")
    assert not home.at("~/.a").is_symlink() and home.at("~/.a").read_text() == "real"
    assert os.readlink(home.profile / "alias") == "real"


def test_a_source_that_is_gone_never_costs_anything_else(synced):
    home = synced
    (home.profile / "one").unlink()
    before = home.snapshot()
    result = home.run("forget", "~/.one", expect=None)
    if result.code != OK:
        assert result.code == REFUSED and "one" in result.err, repr(result)
        assert home.snapshot() == before
    else:
        lines_gone(home, "~/.one")
        assert rows(before, home.snapshot()) <= {".one", ".lumina/lumina.yaml"}
        home.nothing_to_do()


# --- targets that are not links of ours -------------------------------------------------------

@pytest.mark.parametrize("stands", ["file", "folder", "foreign link", "nothing", "other text"])
def test_what_is_no_link_of_ours_is_left_and_only_the_line_goes(synced, stands):
    home, path = synced, synced.at("~/.one")
    path.unlink()
    if stands == "file":
        new = old(home.write("~/.one.tmp", "saved by a program"))
        os.rename(new, path)
    elif stands == "folder":
        person(home, "~/.one/x")
    elif stands != "nothing":
        os.symlink("/elsewhere" if stands == "foreign link" else f"{home.profile}/sub/last", path)
    before = home.snapshot()
    home.run("forget", "~/.one")
    assert rows(before, home.snapshot()) == {".lumina/lumina.yaml"}
    lines_gone(home, "~/.one")
    assert "~/.one" not in home.owned()
    if stands != "other text":
        home.nothing_to_do()


def test_a_target_that_was_never_synced_loses_its_line_only(home):
    home.registry(REGISTRY)
    home.source(*LINKS.values())
    before = home.snapshot()
    home.run("forget", "~/.one")
    assert rows(before, home.snapshot()) == {".lumina/lumina.yaml"}
    lines_gone(home, "~/.one")


# --- where it is declared ---------------------------------------------------------------------

@pytest.mark.parametrize("where", ["part.yaml", "host", "flow host", "local.yaml"])
def test_the_line_leaves_the_file_and_the_block_that_holds_it(home, where):
    home.env["LUMINA_HOST"] = "box"
    main = "include: [part.yaml]  # more\nsymlinks:\n  ~/.m: s\n"
    main += {"host": "hosts:\n  box:\n    symlinks:\n      ~/.k: s  # k\n      ~/.a: s  # a\n",
             "flow host": "hosts: {box: {symlinks: {~/.k: s, ~/.a: s}}}\n"}.get(where, "")
    texts = {home.profile / "lumina.yaml": main,
             home.profile / "part.yaml": "symlinks:  # p\n  ~/.p: s\n",
             home.config / "local.yaml": "symlinks:  # l\n  ~/.l: s\n"}
    for path in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
        texts[path] += "  ~/.a: s  # a\n" if path.name == where else ""
        path.write_text(texts[path])
    home.source("s")
    home.sync()
    links = home.all_links()
    inodes = {p: p.stat().st_ino for p in texts}
    home.run("forget", "~/.a")
    for path, text in texts.items():
        now = path.read_text()
        assert now == re.sub(r", ~/\.a: s\b|^ +~/\.a: s  # a\n", "", text, flags=re.MULTILINE)
        assert now != text or path.stat().st_ino == inodes[path]
    links.pop("~/.a")
    assert home.all_links() == links and home.at("~/.a").read_text() == "s"
    home.nothing_to_do()


def test_a_target_declared_at_several_levels_is_declared_nowhere_afterwards(home):
    home.env["LUMINA_HOST"] = "box"
    home.registry("include: [part.yaml]\nsymlinks:\n  ~/.a: two\n  ~/.k: k\n"
                  "hosts:\n  box:\n    symlinks: {~/.a: three}\n"
                  "  other:\n    symlinks: {~/.a: four}\n")
    home.registry("symlinks: {~/.a: one}\n", "part.yaml")
    home.local("symlinks: {~/.a: five}\n")
    home.source("one", "two", "three", "four", "five", "k")
    home.sync()
    home.assert_linked({"~/.a": "five", "~/.k": "k"})
    result = home.run("forget", "~/.a", expect=None)
    if result.code != OK:  # a refusal that names the places is as good
        assert "local.yaml" in result.err and "lumina.yaml" in result.err, repr(result)
        return
    assert home.at("~/.a").read_text() == "five" and not home.at("~/.a").is_symlink()
    home.run("why", "~/.a", expect=FAILED)
    assert "~/.a: four" in (home.profile / "lumina.yaml").read_text(), "another host's stays"
    home.nothing_to_do()


def test_a_registry_that_cannot_be_edited_there_is_left_and_the_line_named(home):
    home.registry("missions: {}\nsymlinks: &all\n  ~/.k: k\nhosts: {other: {symlinks: *all}}\n")
    home.source("k")
    home.sync()
    result = refused(home, "~/.k", says=["~/.k"], code=FAILED)
    assert re.search(r"lumina\.yaml:[23]", result.err), repr(result)


def test_an_editors_save_while_forget_waits_survives(synced):
    home = synced
    with home.lock_held():
        process = home.start("forget", "~/.one")
        home.wait_for_lock(process)
        new = home.profile / "lumina.yaml.swp"
        new.write_text(REGISTRY.replace("git, ", "git, typed-by-hand, "))
        os.rename(new, home.profile / "lumina.yaml")
    assert finish(process).code == OK
    lines_gone(home, "~/.one", text=REGISTRY.replace("git, ", "git, typed-by-hand, "))
    assert home.at("~/.one").read_text() == "one" and not home.at("~/.one").is_symlink()


# --- --delete ---------------------------------------------------------------------------------

def test_delete_moves_the_source_to_a_backup(synced):
    home = synced
    source = home.profile / "one"
    was, inode = traits(source), source.stat().st_ino
    home.run("forget", "--delete", "~/.one")
    assert traits(home.at("~/.one")) == was and not os.path.lexists(source)
    (backup,) = home.backups()
    assert traits(backup) == was and backup.stat().st_ino == inode
    name = str(backup.relative_to(home.state / "backups"))
    assert re.fullmatch(r"000002-\d{8}T\d{6}Z?/\d+-one", name)
    (generation,) = [g for g in home.run("history", "--json").json["generations"] if g["id"] == 2]
    assert [b["path"] for b in generation["backups"]] == [str(backup)]
    assert generation["command"] == "lumina forget --delete ~/.one"
    lines_gone(home, "~/.one")


def test_delete_of_a_folder_and_a_tree(synced):
    home = synced
    nvim, hypr = tree_of(home.profile / "nvim"), copied(home.profile / "hypr")
    home.run("forget", "--delete", "~/.config/nvim", "~/.config/hypr")
    assert not os.path.lexists(home.profile / "nvim") and not list(home.profile.glob("hypr/**/*b"))
    assert nvim in [tree_of(b) for b in home.backups()]
    assert home.at("~/.config/hypr/sub/b").read_text() == "hypr/sub/b"
    kept = [copied(b) for b in home.backups()]
    assert hypr in kept or {k for t in kept for k in t if k != b"."} >= {b"sub/b"} or \
        len(kept) >= 3, kept
    home.nothing_to_do()


@pytest.mark.parametrize("other", [
    "symlinks:\n  ~/.one: one\n  ~/.two: one\n",
    "symlinks:\n  ~/.one: one\nhosts: {other: {symlinks: {~/.x: one}}}\n",
    "symlinks:\n  ~/.one: one\ninclude: [part.yaml]\n",
    "symlinks:\n  ~/.one: sub/one\n  ~/.t: {tree: sub}\n",
    "symlinks:\n  ~/.one: sub/one\n  ~/.t: sub\n",
    "symlinks:\n  ~/.one: sub\n  ~/.t: sub/one\n",
    "symlinks:\n  ~/.one: {tree: sub}\n  ~/.t: sub/one\n"])
def test_delete_is_refused_while_another_declaration_uses_the_source(home, other):
    home.registry(other)
    home.registry("symlinks: {~/.inc: one}\n", "part.yaml")
    home.source("one", "sub/one", "sub/two")
    home.sync()
    result = refused(home, "--delete", "~/.one", says=["one"])
    assert re.search(r"(lumina|part)\.yaml:\d+", result.err), repr(result)
    home.run("forget", "~/.one")


def test_delete_of_both_that_use_a_source_is_fine(home):
    home.declare({"~/.one": "one", "~/.two": "one"})
    home.sync()
    home.run("forget", "--delete", "~/.one", "~/.two")
    assert [home.at(t).read_text() for t in ("~/.one", "~/.two")] == ["one", "one"]
    assert not (home.profile / "one").exists() and len(home.backups()) == 1


def test_undo_brings_line_link_and_source_back(synced):
    home = synced
    before = home.snapshot()
    home.run("forget", "--delete", "~/.one", "~/.config/nvim")
    home.run("forget", "~/.config/hypr")
    home.run("undo")
    home.run("undo")
    assert (home.profile / "lumina.yaml").read_text() == REGISTRY
    home.assert_linked(LINKS)
    # The links are new ones, everything else is what it was, to the inode.
    assert rows(before, home.snapshot()) <= {t[2:] for t in LINKS} | {".lumina/lumina.yaml"}
    home.nothing_to_do()


# --- dry run, JSON, there and back again ------------------------------------------------------

def test_a_dry_run_and_json(synced):
    home = synced
    before, state = home.snapshot(), tree_of(home.state)
    for option in ("-n", "--dry-run"):
        assert "~/.one" in home.run("forget", option, "--delete", "~/.one").out
    document = home.run("forget", "-n", "--json", "~/.one").json
    assert (document["schema"], document["command"], document["result"],
            document["generation"]) == (1, "forget", "planned", None)
    assert home.run("forget", "-n", "~/.config/hypr/a", expect=REFUSED).err
    assert home.snapshot() == before and tree_of(home.state) == state
    document = home.run("forget", "--json", "~/.config/hypr/a", expect=REFUSED).json
    assert document["result"] == "refused"
    assert [c["target"] for c in document["conflicts"]] == ["~/.config/hypr/a"]
    document = home.run("forget", "--json", "~/.one").json
    assert (document["result"], document["generation"]) == ("done", 2)
    assert "~/.one" in {c["target"] for c in document["changes"]}


LAYOUTS = {
    "commented": REGISTRY.encode(), "empty": b"", "only comments": b"# none yet\n\n# but soon\n",
    "no last newline": b"symlinks:\n  ~/.k: known", "flow": b"symlinks: {~/.k: known}\n",
    "crlf": b"packages: []\r\nsymlinks:\r\n  ~/.k: known # x\r\n\r\n# end\r\n",
    "bom": b"\xef\xbb\xbfsymlinks:\n  ~/.k: known\n", "null": b"symlinks:\npackages: []\n",
    "quoted": b"symlinks:\n    '~/.k':  'known'\n    \"~/.z\": \"known\"\n\n\n",
    "flow lines": b"symlinks: {\n    ~/.k: known,\n    ~/.z: known,\n  }\npackages: [git]\n",
    "sorted": b"symlinks:\n  ~/.b: known\n  ~/.y: known\n  ~/.z: known\n", "braces": b"{}\n",
    "last": b"symlinks:\n  ~/.k: known\n  # what follows is a comment\n\n# \xe2\x98\x83\t\n",
    "hosts": b"hosts:\n  other:\n    symlinks: {~/.o: known}\nsymlinks:\n  ~/.k: known\n",
    "tabs": b"symlinks:   \t# tab\n  ~/.k: known\t# tab\n  \n...\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("linked", [False, True], ids=["plain", "through a link"])
def test_adding_and_forgetting_gives_the_identical_registry(home, layout, linked):
    data, registry = LAYOUTS[layout], home.profile / "lumina.yaml"
    real = home.registry(data, "real.yaml" if linked else "lumina.yaml")
    real.chmod(0o640)
    if linked:
        os.symlink("real.yaml", registry)
    home.source("known", *LINKS.values())
    home.sync()
    links = home.all_links()
    targets = {"~/.config/kitty/kitty.conf": "kitty/kitty.conf", "~/.a": "a", "~/.zz": "zz"}
    was = {t: person(home, t, t)[1] for t in targets}
    home.run("add", *targets)
    assert home.all_links() == {**links, **{t: f"{home.profile}/{s}" for t, s in targets.items()}}
    home.nothing_to_do()
    home.run("forget", "--delete", *targets)
    now = real.read_bytes()
    if b"symlinks" not in data:  # the bare section may stay
        assert not (yaml.safe_load(now) or {}).get("symlinks")
        now = re.sub(rb"symlinks: ?(\{\})?\n?", b"", now).strip()
        data = data.strip()
    assert now == data
    assert registry.is_symlink() == linked and stat.S_IMODE(real.stat().st_mode) == 0o640
    assert {t: traits(home.at(t)) for t in targets} == was
    assert home.all_links() == links
    home.nothing_to_do()


def test_adds_at_the_same_time_all_land_in_the_registry(home):  # CC-006
    registry = home.registry(REGISTRY)
    was = {f"~/.p{i}": person(home, f"~/.p{i}", str(i))[1] for i in range(8)}
    results = [finish(p) for p in [home.start("add", target) for target in was]]
    assert [r.code for r in results] == [OK] * 8, results
    assert len(home.all_links()) == 8
    home.run("forget", "--delete", *was)
    assert registry.read_text() == REGISTRY and {t: traits(home.at(t)) for t in was} == was


STRANGE = [
    "new\nline", "tab\there", "esc\x1b[31mred", "del\x7f", "-dash", "--json", " lead", "trail ",
    "star*", "it's", 'dou"ble', "back\\slash", "$var", "rtl\u202egnp", "emoji\U0001f600", "#hash",
    "a: b", "a #b", "{brace}", "[x]", "!bang", "&anchor", "*alias", "on", "1.0", "ünï", "c1\x9b31m",
    "x" * 255, "~", "%p", "@at", "`cmd`", "|", ">", "- x", "? y", "null", "a,b", "cr\r", ":"]


def test_strange_names_survive_to_the_byte(home):
    text = b"# top\nsymlinks: # here\n\n# end\n"
    registry = home.registry(text)
    was = {f"~/.d/{n}": person(home, f"~/.d/{n}", n)[1] for n in STRANGE}
    result = home.run("add", "--as", "d/", "--", *[str(home.at(t)) for t in was])
    assert_clean(result.stdout), assert_clean(result.stderr)
    home.assert_linked({t: "d/" + t[5:] for t in was})
    assert {t: traits(home.link(t)) for t in was} == was
    home.nothing_to_do()
    for part in (list(was)[::2], list(was)[1::2]):
        result = home.run("forget", "--delete", "--", *[str(home.at(t)) for t in part])
        assert_clean(result.stdout), assert_clean(result.stderr)
        json.loads(home.run("history", "--json").stdout)
    assert registry.read_bytes() == text and home.all_links() == {}
    assert {t: traits(home.at(t)) for t in was} == was
    assert sorted(os.listdir(home.at("~/.d"))) == sorted(STRANGE)


def test_a_home_that_is_reached_through_a_link(root):
    home = Home(root)
    os.symlink(home.path, home.root / "alias")
    home.env["HOME"] = str(home.root / "alias")
    registry = home.registry(REGISTRY)
    home.source(*LINKS.values())
    home.sync()
    was = {t: person(home, t, t)[1] for t in ("~/.a", "~/.b")}
    home.run("add", str(home.path / ".a"), f"{root}/alias/.b", cwd=home.root)
    assert {"  ~/.a: a\n", "  ~/.b: b\n"} <= {
        re.sub(": +", ": ", line) for line in registry.open()}
    for target in was:
        assert os.path.samefile(home.at(target), home.profile / target[3:])
        assert traits(home.profile / target[3:]) == was[target]
    assert home.sync().out.startswith("nothing to do")
    assert home.sync(env={"HOME": str(home.path)}).err == ""
    home.run("forget", "--delete", str(home.path / ".b"), "~/.a")
    assert registry.read_text() == REGISTRY
    assert {t: traits(home.at(t)) for t in was} == was


def test_a_parent_that_is_a_link_elsewhere_is_followed(home):
    (home.root / "cfg").mkdir()
    os.symlink(home.root / "cfg", home.at("~/.config"))
    home.registry("")
    _, was = person(home, "~/.config/kitty/k.conf")
    home.run("add", "~/.config/kitty/k.conf")
    assert os.readlink(home.root / "cfg/kitty/k.conf") == f"{home.profile}/kitty/k.conf"
    home.run("forget", "~/.config/kitty/k.conf", "--delete")
    assert traits(home.root / "cfg/kitty/k.conf") == was and home.at("~/.config").is_symlink()


def test_a_profile_in_another_place(root):
    home = Home(root, profile=Path(root) / "dots")
    registry = home.registry(REGISTRY)
    _, was = person(home, "~/.zshrc")
    home.run("add", "~/.zshrc")
    assert home.link("~/.zshrc") == f"{root}/dots/zsh/zshrc"
    assert traits(home.profile / "zsh/zshrc") == was
    assert not os.path.lexists(home.at("~/.lumina"))
    home.run("forget", "~/.zshrc", "--delete")
    assert registry.read_text() == REGISTRY and traits(home.at("~/.zshrc")) == was


@pytest.mark.parametrize("what", ["state", "profile", "both"])
def test_state_and_profile_on_another_file_system(root, shm, what):
    # FS-034
    home = Home(root, profile=shm / "dots" if what != "state" else None)
    if what != "profile":
        home.env["XDG_STATE_HOME"] = str(shm / "state")
    registry = home.registry(REGISTRY)
    home.source(*LINKS.values())
    home.sync()
    path, was = person(home, "~/.a", os.urandom(3 << 20), 0o751)
    inode = path.stat().st_ino
    home.run("add", "~/.a")
    assert traits(home.profile / "a") == was and home.link("~/.a") == f"{home.profile}/a"
    assert (home.profile / "a").stat().st_ino == inode or what != "state"
    home.nothing_to_do()
    person(home, "~/.dir/sub/x", "x", 0o600)
    os.symlink("x", home.at("~/.dir/sub/link"))
    inside = copied(home.at("~/.dir"))
    result = home.run("add", "~/.dir", expect=None)
    assert result.code in (OK, REFUSED), repr(result)
    assert copied(home.profile / "dir" if result.code == OK else home.at("~/.dir")) == inside
    home.run("forget", "--delete", "~/.a")
    assert traits(home.at("~/.a")) == was and not (home.profile / "a").exists()
    assert was in [traits(b) for b in home.backups()]
    home.run("forget", *(["~/.dir"] if result.code == OK else []), "~/.config/nvim")
    assert copied(home.at("~/.dir")) == inside
    lines_gone(home, "~/.config/nvim")
    assert not [n for n in os.listdir(home.profile) if n.startswith(".lumina-")]
    home.no_leftovers()
    shutil.rmtree(home.profile / "dir", ignore_errors=True)
