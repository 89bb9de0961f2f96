# SPDX-License-Identifier: MIT
"""Themes: rendered, shown by one link, recorded on one line, taken back."""

import json
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

import pytest

import changes
from support import FAILED, OK, REFUSED, USAGE, Home, tree_of

NORD = """\
system: "base16"
name: "Nord"
author: "arcticicestudio"
variant: "dark"
palette:
""" + "".join(f'  base0{d}: "{d * 6}"\n' for d in "0123456789") + \
    "".join(f'  base0{d}: "{d.lower() * 6}"\n' for d in "ABCDEF")
PAPER = NORD.replace("Nord", "Paper").replace("dark", "light").replace('base00: "000000"',
                                                                       'base00: "fafafa"')
COLORS = "".join(f'{name} = "#{value}"\n' for name, value in [
    ("accent", "7aa2f7"), ("cursor", "c0caf5"), ("foreground", "a9b1d6"), ("background", "1a1b26"),
    *((f"color{n}", f"{n:02x}2233") for n in range(16))])
BAR = "/* {{{scheme-name}}} */\n@define-color bg {{background}};\n@define-color fg {{foreground}};\n"
FOOT = "[colors]\nbackground={{base00-hex}}\nforeground={{base05-hex}}\n{{>shades}}"
SHADES = "{{#scheme-is-dark-variant}}regular0={{base01-hex}}\n{{/scheme-is-dark-variant}}"
REGISTRY = """\
# mine
themes:
  active:   nord     # the one of this winter
  templates:
    ~/.config/waybar/theme.css: templates/waybar.css.mustache
    ~/.config/foot/theme.ini: templates/foot.ini.mustache
"""
BAR_PATH, FOOT_PATH = "~/.config/waybar/theme.css", "~/.config/foot/theme.ini"


def fill(home, text=REGISTRY):
    home.registry(text.encode())
    for name, data in {"themes/nord.yaml": NORD, "themes/paper.yaml": PAPER,
                       "themes/tokyo/colors.toml": COLORS, "themes/tokyo/foot.ini": "own\n",
                       "templates/waybar.css.mustache": BAR, "templates/foot.ini.mustache": FOOT,
                       "templates/shades.mustache": SHADES}.items():
        home.write(home.profile / name, data)
    return home


@pytest.fixture
def themed(home):
    return fill(home)


def bar(home):
    return home.at(BAR_PATH).read_text(encoding="utf-8")


def shown(home):
    """The name of the theme; None where none is."""
    current = home.state / "themes/current"
    return re.fullmatch(r"(.*)-[0-9a-f]{16}", os.readlink(current))[1] \
        if current.is_symlink() else None


def everything(home):
    return home.snapshot(), tree_of(home.state / "themes") if (home.state / "themes").exists() else None


def registry(home):
    return (home.profile / "lumina.yaml").read_bytes()


# --- set -----------------------------------------------------------------------------------------

def test_sync_renders_the_active_one(themed):
    themed.sync()
    assert bar(themed) == "/* Nord */\n@define-color bg #000000;\n@define-color fg #555555;\n"
    assert themed.at(FOOT_PATH).read_text() == \
        "[colors]\nbackground=000000\nforeground=555555\nregular0=111111\n"
    assert registry(themed) == REGISTRY.encode()
    themed.nothing_to_do()


def test_set_changes_one_line(themed):
    done = themed.run("theme", "set", "paper")
    assert "theme" in done.out and "paper" in done.out
    assert registry(themed) == REGISTRY.replace("nord ", "paper ").encode()
    assert "bg #fafafa" in bar(themed) and shown(themed) == "paper"
    assert "regular0" not in themed.at(FOOT_PATH).read_text()
    before = everything(themed)
    assert "nothing to do" in themed.run("theme", "set", "paper").out
    assert everything(themed) == before
    themed.nothing_to_do()


def test_links_lead_through_one(themed):
    themed.run("theme", "set", "paper")
    links = {t: themed.link(t) for t in (BAR_PATH, FOOT_PATH)}
    inodes = [os.lstat(themed.at(t)).st_ino for t in links]
    themed.run("theme", "set", "nord")
    assert {t: themed.link(t) for t in links} == links
    assert [os.lstat(themed.at(t)).st_ino for t in links] == inodes
    assert set(links.values()) == {f"{themed.state}/themes/current/{n}"
                                   for n in ("waybar.css", "foot.ini")}


def test_json(themed):
    document = themed.run("theme", "set", "paper", "--json").json
    switch = [c for c in document["changes"] if c["kind"] == "theme"]
    assert [(c["action"], c["theme"], c["theme_before"]) for c in switch] == [("switch", "paper", None)]
    switch = [c for c in themed.run("theme", "next", "--json").json["changes"] if c["kind"] == "theme"]
    assert (switch[0]["theme"], switch[0]["theme_before"]) == ("tokyo", "paper")


def test_dry_run(themed):
    themed.run("theme", "set", "paper")
    before = everything(themed), registry(themed)
    assert "was paper" in themed.run("theme", "set", "nord", "-n").out
    assert (everything(themed), registry(themed)) == before


def test_undo_goes_back(themed):
    themed.run("theme", "set", "nord")
    before = changes.look(themed)
    text = bar(themed)
    themed.run("theme", "set", "paper")
    themed.run("undo")
    assert (changes.look(themed), bar(themed), shown(themed)) == (before, text, "nord")
    themed.run("rollback", "2")
    assert shown(themed) == "paper" and "fafafa" in bar(themed)
    assert registry(themed) == REGISTRY.replace("nord ", "paper ").encode()
    themed.run("rollback", "0")
    assert registry(themed) == REGISTRY.encode()
    assert shown(themed) is None and not themed.at(BAR_PATH).is_symlink()


def test_undo_brings_what_was_rendered(themed):
    """Not what the templates would make of it by now."""
    themed.run("theme", "set", "nord")
    text = bar(themed)
    themed.source("templates/waybar.css.mustache", data="other {{red}}\n")
    themed.run("theme", "set", "paper")
    themed.run("undo")
    assert bar(themed) == text
    assert "rendered" in themed.run("status").out


def test_undo_without_what_was_rendered(themed):
    themed.run("theme", "set", "nord")
    themed.run("theme", "set", "paper")
    for folder in (themed.state / "themes").glob("nord-*"):
        shutil.rmtree(folder)
    before = themed.snapshot()
    done = themed.run("undo", expect=FAILED)
    assert "theme set nord" in done.err and themed.snapshot() == before and shown(themed) == "paper"


def test_what_nobody_needs_is_cleaned(themed):
    for name in ("nord", "paper", "tokyo", "nord"):
        themed.run("theme", "set", name)
    assert len(list((themed.state / "themes").glob("*-*"))) == 3
    shutil.rmtree(themed.state / "generations")
    themed.run("theme", "set", "paper")
    left = {p.name.rpartition("-")[0] for p in (themed.state / "themes").glob("*-*")}
    assert left == {"paper", "nord"}, "what is shown, and what was before"


def test_next_goes_round(themed):
    themed.sync()
    assert [themed.run("theme", "next") and shown(themed) for _ in range(4)] == \
        ["paper", "tokyo", "nord", "paper"]


def test_for_this_machine(themed):
    themed.env["LUMINA_HOST"] = "box"
    themed.run("theme", "set", "paper", "--host")
    assert registry(themed).startswith(REGISTRY.encode()) and b"box:" in registry(themed)
    assert shown(themed) == "paper"
    themed.run("theme", "set", "nord")
    assert b"paper" not in registry(themed) and registry(themed).startswith(REGISTRY.encode())
    themed.env["LUMINA_HOST"] = "other"
    themed.run("theme", "set", "tokyo")
    assert registry(themed).startswith(REGISTRY.replace("nord ", "tokyo ").encode())


def test_local_file_is_in_force(themed):
    themed.local("themes: {active: paper}\n")
    themed.run("theme", "set", "tokyo")
    assert registry(themed) == REGISTRY.encode()
    assert (themed.config / "local.yaml").read_text() == "themes: {active: tokyo}\n"


def test_without_a_line_yet(themed):
    themed.registry(REGISTRY.replace("  active:   nord     # the one of this winter\n", ""))
    themed.nothing_to_do()
    themed.run("theme", "set", "nord")
    assert b"active: nord" in registry(themed) and shown(themed) == "nord"
    themed.run("undo")
    assert registry(themed).decode() == \
        REGISTRY.replace("  active:   nord     # the one of this winter\n", "")


def test_line_taken_out(themed):
    themed.sync()
    themed.registry("symlinks:\n")
    assert "2 links removed" in themed.sync("-y").out
    assert shown(themed) is None and not themed.at(BAR_PATH).is_symlink()
    themed.nothing_to_do()


def test_light_by_a_file(themed):
    """As Omarchy marks its light themes."""
    assert themed.run("theme", "show", "tokyo", "--json").json["themes"][0]["variant"] == "dark"
    themed.source("themes/tokyo/light.mode", data="")
    assert themed.run("theme", "show", "tokyo", "--json").json["themes"][0]["variant"] == "light"
    themed.source("templates/waybar.css.mustache", data="{{scheme-variant}}\n")
    themed.run("theme", "set", "tokyo")
    assert bar(themed) == "light\n"


def test_a_themes_own_file_wins(themed):
    themed.run("theme", "set", "tokyo")
    assert themed.at(FOOT_PATH).read_text() == "own\n"
    assert "bg #1a1b26" in bar(themed)


@pytest.mark.parametrize("kind", ["elsewhere", "by a link", "below a link", "folded"])
def test_state_anywhere(root, kind):
    """The state folder needn't be below the home folder, nor the home folder where it says."""
    home = Home(root)
    root = Path(root)
    if kind == "by a link":
        (root / "link").symlink_to(home.path)
        home = Home(root, path=root / "link")
    elif kind == "below a link":
        shutil.rmtree(home.path / ".local")
        (root / "local").mkdir()
        (home.path / ".local").symlink_to(root / "local")
    elif kind == "elsewhere":
        home.env["XDG_STATE_HOME"] = str(root / "elsewhere")
    else:
        home.env["XDG_STATE_HOME"] = f"{home.path}/deep/../deep/state"
    fill(home)
    home.run("theme", "set", "paper")
    assert "fafafa" in bar(home)
    home.run("theme", "set", "nord")
    home.run("undo")
    assert "fafafa" in bar(home)
    home.run("undo")
    assert not home.at(BAR_PATH).is_symlink()


# --- drift ---------------------------------------------------------------------------------------

def test_status_and_doctor(themed):
    assert "none is shown" in themed.run("status").out
    themed.sync()
    assert themed.run("status", "--exit-code").code == OK
    themed.source("templates/waybar.css.mustache", data="{{red}}\n")
    done = themed.run("status", "--exit-code", expect=4)
    assert "'nord' was rendered from what has changed since" in done.out
    drift = themed.run("status", "--json").json["drift"]
    assert [(d["kind"], d["state"]) for d in drift] == [("theme", "elsewhere")]
    assert "theme" in themed.run("doctor", expect=None).out
    assert "rendered anew" in themed.sync().out and bar(themed) == "#888888\n"
    themed.source("templates/waybar.css.mustache", data="{{rod}}\n")
    done = themed.run("status")
    assert "templates/waybar.css.mustache:1:1: unknown variable 'rod'" in done.out


@pytest.mark.parametrize("kind", ["themes", "symlinks", "packages"])
def test_only(themed, kind):
    themed.registry(REGISTRY + "symlinks: {~/.zshrc: zshrc, ~/.config/waybar/config: config}\n")
    themed.source("zshrc", "config")
    themed.sync("--only", kind)
    assert (shown(themed) == "nord") == (kind == "themes") == themed.at(BAR_PATH).exists()
    assert themed.at("~/.config/foot").exists() == (kind == "themes")
    assert themed.at("~/.zshrc").is_symlink() == themed.at("~/.config/waybar/config").is_symlink() \
        == (kind == "symlinks")
    themed.sync()
    themed.nothing_to_do()


# --- what is wrong -------------------------------------------------------------------------------

def deep(text):
    return "".join(f"{{{{>p{n}}}}}" for n in range(3)) + text


BAD = {
    "no colour": ({"themes/paper.yaml": PAPER.replace('"fafafa"', '"fafafg"')}, "themes/paper.yaml:6:"),
    "a colour missing": ({"themes/paper.yaml": PAPER.replace('  base0E: "eeeeee"\n', "")}, "base0E"),
    "no palette": ({"themes/paper.yaml": "name: x\n"}, "themes/paper.yaml"),
    "no YAML": ({"themes/paper.yaml": "a: [\n"}, "themes/paper.yaml:"),
    "unknown variable": ({"templates/foot.ini.mustache": "a\n b {{base0-hex}}"},
                         "templates/foot.ini.mustache:2:4: unknown variable 'base0-hex'; did you mean 'base0"),
    "unclosed section": ({"templates/foot.ini.mustache": "x {{#red}}\n"}, "templates/foot.ini.mustache:1:3"),
    "wrong closing tag": ({"templates/foot.ini.mustache": "{{#red}}{{/blue}}"}, "foot.ini.mustache:1:9"),
    "in a partial": ({"templates/shades.mustache": "\n{{rod}}"}, "templates/shades.mustache:2:1"),
    "recursion": ({"templates/shades.mustache": "{{>shades}}"}, "shades"),
    "a folder": ({"templates/foot.ini.mustache/x": ""}, "lumina.yaml:6:"),
    "no template": ({"templates/foot.ini.mustache": None}, "templates/foot.ini.mustache"),
    "one file of two": ({"lumina.yaml": REGISTRY + "    ~/.x: templates/a/b.mustache\n"
                         "    ~/.y: templates/a-b.mustache\n", "templates/a/b.mustache": "1",
                         "templates/a-b.mustache": "2"}, "same file 'a-b'"),
}


@pytest.mark.parametrize("name", list(BAD))
def test_bad_input(themed, name):
    """Named with its place; the old theme stays, whole."""
    themed.sync()
    files, message = BAD[name]
    for path, text in files.items():
        place = themed.profile / path
        if place.is_file():
            place.unlink()
        if path.endswith("/x"):
            place.parent.unlink()
        if text is not None:
            themed.write(place, text)
    before = everything(themed), registry(themed)
    done = themed.run("theme", "set", "paper", expect=None)
    assert done.code in (FAILED, REFUSED) and message in done.err, repr(done)
    assert (everything(themed), registry(themed)) == before


@pytest.mark.parametrize("name, code", [
    ("foo/../../bar", USAGE), ("-x", USAGE), ("", USAGE), ("a" * 300, USAGE), (".hidden", USAGE),
    ("../themes/paper", USAGE), ("papier", FAILED)])
def test_bad_names(themed, name, code):
    done = themed.run("theme", "set", "--", name, expect=code) if name.startswith("-") else \
        themed.run("theme", "set", name, expect=code)
    assert name != "papier" or "did you mean 'paper'?" in done.err
    assert registry(themed) == REGISTRY.encode()


def test_out_of_the_profile(themed):
    """No link in the profile leads to a scheme or template elsewhere."""
    secret = themed.write("~/secret.yaml", PAPER.replace("Paper", "SECRET"))
    (themed.profile / "themes/leak.yaml").symlink_to(secret)
    (themed.profile / "templates/waybar.css.mustache").unlink()
    (themed.profile / "templates/waybar.css.mustache").symlink_to(secret)
    done = themed.run("theme", "set", "leak", expect=FAILED)
    assert "SECRET" not in done.out + done.err
    done = themed.run("theme", "set", "paper", expect=None)
    assert done.code in (FAILED, REFUSED) and "leaves the profile" in done.err


def test_conflict(themed):
    """A file of the person's at a target: nothing is done, or it is kept."""
    path = themed.write(BAR_PATH, "mine\n", 0o600)
    mark = changes.mark(path)
    before = everything(themed)
    done = themed.run("theme", "set", "paper", expect=REFUSED)
    assert "--backup" in done.err and everything(themed) == before
    themed.run("theme", "set", "paper", "--backup")
    assert "fafafa" in bar(themed)
    themed.run("undo")
    assert changes.mark(path) == mark and path.read_text() == "mine\n"


def test_why(themed):
    themed.sync()
    out = themed.run("why", BAR_PATH).out
    assert "lumina.yaml:5:5" in out and "templates/waybar.css.mustache" in out and "theme 'nord'" in out


def test_replaced_by_a_program(themed):
    themed.sync()
    themed.at(BAR_PATH).unlink()
    themed.write(BAR_PATH, "a program's\n")
    assert themed.status() == {BAR_PATH: "detached"}
    themed.run("theme", "set", "paper", expect=REFUSED)
    done = themed.run("absorb", "--take", "local", BAR_PATH, expect=REFUSED)
    assert "rendered from the template" in done.err
    themed.run("absorb", "--take", "profile", BAR_PATH)
    assert "bg #000000" in bar(themed)


def test_forget(themed):
    themed.sync()
    text = bar(themed)
    themed.run("forget", BAR_PATH)
    assert not themed.at(BAR_PATH).is_symlink() and bar(themed) == text
    assert b"waybar" not in registry(themed)
    themed.sync()
    assert bar(themed) == text
    themed.run("rollback", "1")
    assert registry(themed) == REGISTRY.encode() and themed.at(BAR_PATH).is_symlink()


def test_eject(themed):
    themed.sync()
    text = bar(themed)
    themed.run("eject")
    assert bar(themed) == text and not themed.at(BAR_PATH).is_symlink()
    assert not themed.state.exists()


# --- whole, at any moment ------------------------------------------------------------------------

def test_readers_see_whole_themes(themed):
    """While it is switched again and again, whoever opens the folder sees one theme, whole."""
    themed.run("theme", "set", "nord")
    seen, problems, over = set(), [], threading.Event()
    expected = {}
    for name in ("nord", "paper"):
        themed.run("theme", "set", name)
        expected[bar(themed)] = themed.at(FOOT_PATH).read_text()

    def read():
        while not over.is_set():
            try:
                fd = os.open(themed.state / "themes/current", os.O_RDONLY | os.O_DIRECTORY)
                try:
                    texts = []
                    for name in ("waybar.css", "foot.ini"):
                        with open(os.open(name, os.O_RDONLY, dir_fd=fd), encoding="utf-8") as file:
                            texts.append(file.read())
                finally:
                    os.close(fd)
                if expected.get(texts[0]) != texts[1] or bar(themed) not in expected:
                    problems.append(texts)
                seen.add(texts[0])
            except OSError as problem:
                problems.append(problem)

    switches = 100 if os.environ.get("LUMINA_SANITIZED") else 1000
    reader = threading.Thread(target=read)
    reader.start()
    done = subprocess.run(
        ["sh", "-c", 'n=0; while [ $n -lt $1 ]; do "$2" theme set nord -q && "$2" theme set paper -q || exit; '
         "n=$((n + 2)); done", "-", str(switches), themed.argv()[0]],
        env=themed.environment(), capture_output=True, check=False)
    over.set()
    reader.join()
    assert done.returncode == OK, done.stderr
    assert not problems and len(seen) == 2


@pytest.mark.parametrize("where", changes.PLACES)
def test_killed(root, where):
    """The theme of before or the new one; undo and sync finish either way."""
    root = Path(root)

    def prepare():
        home = fill(Home(root / "killed"))
        home.run("theme", "set", "nord")
        return home

    home = prepare()
    calls = changes.changing_calls(home, "theme", "set", "paper")
    shutil.rmtree(root / "killed")
    home = prepare()
    before = changes.look(home)
    changes.kill_before(home, calls[changes.places(calls)[where]], "theme", "set", "paper")
    assert bar(home)[:8] in ("/* Nord ", "/* Paper")
    home.run("undo")
    assert changes.look(home) == before and shown(home) == "nord"
    home.run("theme", "set", "paper")
    assert shown(home) == "paper"
    home.no_leftovers()


# --- list, show ----------------------------------------------------------------------------------

def test_list(themed):
    themed.source("themes/broken.yaml", data="name: x\n")
    themed.source("themes/notes.txt", "themes/empty/readme")
    rows = themed.run("theme").out.splitlines()
    assert [row[:2] + row[2:].split()[0] for row in rows] == \
        ["  broken", "* nord", "  paper", "  tokyo"]
    assert "light" in rows[2] and "\x1b" not in "".join(rows)
    assert "\x1b[48;5;" in themed.run("--color=always", "theme").out
    assert "\x1b[48;2;250;250;250m" in \
        themed.run("--color=always", "theme", env={"COLORTERM": "truecolor"}).out
    document = themed.run("theme", "list", "--json").json
    assert document["schema"] == 1 and document["active"] == "nord"
    assert {t["name"]: t["variant"] for t in document["themes"]} == \
        {"broken": None, "nord": "dark", "paper": "light", "tokyo": "dark"}
    assert document["themes"][0]["problem"] and document["themes"][2]["colors"]["base00"] == "#fafafa"


def test_show(themed):
    assert "Nord" in themed.run("theme", "show").out
    assert "#fafafa" in themed.run("theme", "show", "paper").out
    assert json.loads(themed.run("theme", "show", "tokyo", "--json").stdout)["themes"][0]["folder"] == \
        "themes/tokyo"
    themed.run("theme", "show", "papier", expect=FAILED)


# --- import --------------------------------------------------------------------------------------

def test_import_a_file(themed):
    path = themed.write("~/dl/solar.yaml", PAPER)
    themed.run("theme", "import", str(path))
    assert (themed.profile / "themes/solar.yaml").read_text() == PAPER
    assert themed.run("theme", "import", str(path), expect=REFUSED).err.count("--as") == 1
    themed.run("theme", "import", "--as", "other", str(path))
    themed.run("theme", "set", "other")
    for _ in range(3):
        themed.run("undo")
    assert not (themed.profile / "themes/solar.yaml").exists()


def test_import_a_folder(themed):
    folder = themed.at("~/dl/omarchy-osaka-jade-theme")
    themed.write(folder / "colors.toml", COLORS)
    themed.write(folder / "waybar.css", "own {}\n")
    themed.write(folder / "backgrounds/1.jpg", b"\xff\xd8")
    themed.write(folder / ".git/config", "")
    (folder / "passwd").symlink_to("/etc/passwd")
    done = themed.run("theme", "import", str(folder))
    assert "left out" in done.err
    made = themed.profile / "themes/osaka-jade"
    assert sorted(str(p.relative_to(made)) for p in made.rglob("*")) == \
        ["backgrounds", "backgrounds/1.jpg", "colors.toml", "waybar.css"]
    themed.run("theme", "set", "osaka-jade")
    assert bar(themed) == "own {}\n"
    themed.run("theme", "import", str(folder / "colors.toml"), "--as", "jade")
    assert (themed.profile / "themes/jade/colors.toml").read_text() == COLORS


def test_import_from_a_repository(themed):
    folder = themed.at("~/dl/omarchy-rain-theme")
    themed.write(folder / "colors.toml", COLORS)
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        themed.git(*argv, cwd=folder)
    bare = themed.at("~/dl/bare/omarchy-rain-theme.git")
    subprocess.run(["git", "clone", "-q", "--bare", str(folder), str(bare)], check=True,
                   env=themed.environment())
    themed.run("theme", "import", f"file://{bare}")
    assert (themed.profile / "themes/rain/colors.toml").read_text() == COLORS
    assert not list((themed.profile / "themes/rain").glob(".git*"))
    themed.run("theme", "import", f"file://{bare}", expect=REFUSED)
    themed.run("undo")
    themed.write(folder / "colors.toml", COLORS.replace("1a1b26", "2a2b26"))
    themed.git("commit", "-qam", "y", cwd=folder)
    themed.git("push", "-q", str(bare), "HEAD", cwd=folder)
    themed.run("theme", "import", f"file://{bare}")
    assert "2a2b26" in (themed.profile / "themes/rain/colors.toml").read_text()


@pytest.mark.parametrize("what, code", [
    ("ext::sh -c touch% PWNED", USAGE), ("--upload-pack=touch PWNED", USAGE), ("/nowhere/at/all", FAILED),
    ("HOME/dl/bad.yaml", FAILED), ("HOME/dl/empty", FAILED), ("HOME/dl/a b.yaml", USAGE)])
def test_import_refuses(themed, what, code):
    themed.write("~/dl/bad.yaml", "name: x\n")
    themed.write("~/dl/a b.yaml", PAPER)
    themed.at("~/dl/empty").mkdir()
    before = changes.look(themed)
    done = themed.run("theme", "import", "--", what.replace("HOME", str(themed.path)), expect=code)
    assert done.code != OK and done.err
    assert not list(themed.root.rglob("PWNED"))
    assert {k: v for k, v in changes.look(themed).items() if b".cache" not in k} == before


def test_commits(themed):
    """Exactly what was changed in the profile."""
    themed.registry(REGISTRY + "git: {commit: true}\n")
    themed.commit()
    themed.git("config", "user.name", "t")
    themed.git("config", "user.email", "t@example.org")
    path = themed.write("~/dl/solar.yaml", PAPER)
    themed.run("theme", "import", str(path))
    assert themed.git("show", "--name-only", "--format=").split() == ["themes/solar.yaml"]
    themed.run("theme", "set", "solar")
    assert themed.git("show", "--name-only", "--format=").split() == ["lumina.yaml"]
    assert themed.git("status", "--porcelain") == ""


def test_import_and_set(themed):
    """One command; a step back each."""
    themed.write(themed.path / "rain/colors.toml", COLORS)
    themed.sync()
    before = registry(themed)
    document = themed.run("theme", "import", "rain", "--set", "--json").json
    assert document["result"] == "done" and shown(themed) == "rain"
    assert b"active:   rain     # the one of this winter" in registry(themed)
    themed.run("undo")
    assert shown(themed) == "nord" and (themed.profile / "themes/rain").exists()
    themed.run("undo")
    assert not (themed.profile / "themes/rain").exists()
    themed.run("theme", "import", "rain", "--set", "-n")
    assert shown(themed) == "nord" and not (themed.profile / "themes/rain").exists()
    assert registry(themed) == before


def test_import_and_set_of_what_cant_be(themed):
    themed.write(themed.path / "rain/colors.toml", "accent = 1\n")
    result = themed.run("theme", "import", "rain", "--set", "--json", expect=FAILED)
    assert "colors.toml:1:" in result.err and shown(themed) is None
