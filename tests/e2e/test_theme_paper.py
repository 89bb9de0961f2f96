# SPDX-License-Identifier: MIT
"""The picture of a theme: which one, where it shows, and what is wrong with one."""

import os
import shutil
from pathlib import Path

import pytest

from support import FAILED, OK, USAGE
from test_theme import everything, fill, registry, shown

REGISTRY = """\
themes:
  active: nord
  templates:
    ~/.config/bg: templates/bg.mustache
"""
PICTURE = "{{#wallpaper}}{{{wallpaper}}}{{/wallpaper}}{{^wallpaper}}none{{/wallpaper}}\n"


@pytest.fixture
def themed(home):
    fill(home, REGISTRY)
    home.write(home.profile / "templates/bg.mustache", PICTURE)
    home.source("pictures/all.png", "pictures/nord.png", data="picture")
    return home


def declare(home, wallpaper, text=REGISTRY):
    home.registry(text + f"  wallpaper: {wallpaper}\n")


def paper(home):
    """What the link says, relative to the profile, and that the template says so, too."""
    link = home.state / "themes/current/wallpaper"
    text = os.readlink(link) if link.is_symlink() else None
    assert home.at("~/.config/bg").read_text() == f"{text or 'none'}\n"
    assert text is None or text.startswith(f"{home.profile}/")
    return text and text[len(f"{home.profile}/"):]


# --- which one -----------------------------------------------------------------------------------

def test_none(themed):
    themed.sync()
    assert paper(themed) is None
    themed.nothing_to_do()


def test_for_all(themed):
    declare(themed, "pictures/all.png")
    themed.sync()
    assert paper(themed) == "pictures/all.png"
    themed.nothing_to_do()
    themed.run("theme", "set", "paper")
    assert paper(themed) == "pictures/all.png" and (themed.state / "themes/current/wallpaper").exists()
    themed.nothing_to_do()


def test_the_registrys_of_a_theme_then_its_own_then_that_of_all(themed):
    declare(themed, "{file: pictures/all.png, files: {nord: pictures/nord.png}}")
    for name in ("nord", "tokyo"):  # of a scheme's file, and of a folder
        themed.source(f"themes/{name}/backgrounds/2-b.png", f"themes/{name}/backgrounds/10-a.jpg",
                      f"themes/{name}/backgrounds/.hidden", f"themes/{name}/backgrounds/0/x.png")
    (themed.profile / "themes/tokyo/backgrounds/00-out.png").symlink_to("/etc/passwd")
    (themed.profile / "themes/tokyo/backgrounds/01-nowhere.png").symlink_to("nothing")
    got = {}
    for name in ("nord", "tokyo", "paper"):
        themed.run("theme", "set", name)
        got[name] = paper(themed)
        themed.nothing_to_do()
    assert got == {"nord": "pictures/nord.png", "tokyo": "themes/tokyo/backgrounds/10-a.jpg",
                   "paper": "pictures/all.png"}
    declare(themed, "pictures/all.png")
    themed.run("theme", "set", "nord")
    assert paper(themed) == "themes/nord/backgrounds/10-a.jpg"


def test_a_link_within_the_profile(themed):
    (themed.profile / "themes/tokyo/backgrounds").mkdir()
    (themed.profile / "themes/tokyo/backgrounds/a.png").symlink_to("../../../pictures/nord.png")
    themed.run("theme", "set", "tokyo")
    assert paper(themed) == "themes/tokyo/backgrounds/a.png"


def test_levels(themed):
    """The highest counts as a whole."""
    declare(themed, "{file: pictures/all.png, files: {nord: pictures/nord.png}}")
    themed.local("themes: {wallpaper: pictures/all.png}\n")
    themed.sync()
    assert paper(themed) == "pictures/all.png"
    themed.local("themes: {wallpaper: }\n")
    themed.sync()
    assert paper(themed) is None


# --- changes -------------------------------------------------------------------------------------

def test_another_picture_is_another_theme(themed):
    declare(themed, "pictures/all.png")
    themed.sync()
    before = os.readlink(themed.state / "themes/current")
    declare(themed, "pictures/nord.png")
    assert "rendered" in themed.run("status", "--exit-code", expect=4).out
    assert "rendered anew" in themed.sync().out
    assert os.readlink(themed.state / "themes/current") != before
    themed.run("undo")
    assert os.readlink(themed.state / "themes/current") == before


def test_a_new_first_one_shows(themed):
    themed.source("themes/nord/backgrounds/b.png")
    themed.sync()
    themed.source("themes/nord/backgrounds/a.png")
    themed.sync()
    assert paper(themed) == "themes/nord/backgrounds/a.png"


def test_what_nobody_needs_is_cleaned(themed):
    declare(themed, "pictures/all.png")
    for name in ("nord", "paper", "tokyo"):
        themed.run("theme", "set", name)
    shutil.rmtree(themed.state / "generations")
    themed.run("theme", "set", "paper")
    left = sorted(p.name.rpartition("-")[0] for p in (themed.state / "themes").glob("*-*"))
    assert left == ["paper", "tokyo"]
    assert (themed.profile / "pictures/all.png").read_text() == "picture"


def test_pictures_are_not_read(themed):
    """However large: nothing is read, nothing is copied."""
    declare(themed, "pictures/all.png")
    os.truncate(themed.profile / "pictures/all.png", 1 << 40)
    themed.sync()
    assert "nothing to do" in themed.sync().out
    themed.run("theme", "set", "paper")
    assert paper(themed) == "pictures/all.png"
    assert not [p for p in (themed.state / "themes").rglob("*") if p.is_file() and not p.is_symlink()
                and p.stat().st_size > 1 << 20]


# --- what is wrong -------------------------------------------------------------------------------

def out(home):
    (home.profile / "out.png").symlink_to("/etc/passwd")


def out_by_folder(home):
    (home.profile / "dir").symlink_to("/etc")


BAD = {
    "missing": ("pictures/none.png", None, "lumina.yaml:5:14: cannot use the picture 'pictures/none.png': "
                                           "No such file or directory", FAILED),
    "a folder": ("pictures", None, "lumina.yaml:5:14: cannot use the picture 'pictures': it is no regular",
                 FAILED),
    "for this theme": ("{files: {paper: none.png}}", None, "lumina.yaml:5:30: cannot use", FAILED),
    "a link out": ("out.png", out, "a link in its path leaves the profile", FAILED),
    "a folder out": ("dir/passwd", out_by_folder, "a link in its path leaves the profile", FAILED),
    "a pipe": ("pipe", lambda home: os.mkfifo(home.profile / "pipe"), "it is no regular file", FAILED),
    "absolute": ("/etc/passwd", None, "picture '/etc/passwd' must be relative", USAGE),
    "dots": ("a/../../x", None, "leads out of the profile", USAGE),
    "unknown key": ("{fil: a}", None, "did you mean 'file'?", USAGE),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad(themed, kind):
    wallpaper, prepare, message, code = BAD[kind]
    themed.sync()
    if prepare:
        prepare(themed)
    declare(themed, wallpaper)
    before = everything(themed), registry(themed)
    done = themed.run("theme", "set", "paper", expect=code)
    assert message in done.err
    assert (everything(themed), registry(themed)) == before and shown(themed) == "nord"


def test_of_another_theme(themed):
    """It isn't in the way until it is wanted."""
    declare(themed, "{files: {paper: none.png}}")
    themed.sync()
    assert themed.run("theme", "set", "tokyo").code == OK


def test_missing_shows_in_status(themed):
    declare(themed, "pictures/nord.png")
    themed.sync()
    (themed.profile / "pictures/nord.png").unlink()
    assert "lumina.yaml:5:14: cannot use the picture" in themed.run("status").out


def test_no_template_makes_it(themed):
    themed.registry(REGISTRY + "    ~/.config/wallpaper: templates/wallpaper.mustache\n")
    themed.source("templates/wallpaper.mustache")
    assert "would make the file 'wallpaper'" in themed.sync(expect=FAILED).err


# --- with the theme ------------------------------------------------------------------------------

def test_import_brings_backgrounds(themed, root):
    theme = Path(root) / "omarchy-fog-theme"
    shutil.copytree(themed.profile / "themes/tokyo", theme)
    themed.write(theme / "backgrounds/1-fog.png", "fog")
    themed.write(theme / "backgrounds/2-mist.png", "mist")
    themed.run("theme", "import", str(theme))
    themed.run("theme", "set", "fog")
    assert paper(themed) == "themes/fog/backgrounds/1-fog.png"
    assert (themed.profile / "themes/fog/backgrounds/2-mist.png").read_text() == "mist"


def test_of_a_light_one_too(themed):
    declare(themed, "pictures/all.png")
    themed.run("theme", "set", "paper")
    names = sorted(p.name for p in (themed.state / "themes/current").iterdir())
    assert names == [".files", "bg", "light.mode", "wallpaper"]
