# SPDX-License-Identifier: MIT
"""Light and dark: the partner of a theme, by its name or as the registry pairs it."""

import pytest

from support import FAILED, REFUSED, USAGE
from test_theme import NORD, PAPER, bar, everything, fill, registry, shown

REGISTRY = """\
themes:
  active: {}
  templates:
    ~/.config/waybar/theme.css: templates/waybar.css.mustache
"""


@pytest.fixture
def themed(home):
    fill(home, REGISTRY.format("nord"))
    for name, text in {"nord-light": PAPER, "box-dark-hard": NORD, "box-light-hard": PAPER,
                       "twin-dark": NORD, "twin-light": NORD, "mocha": NORD, "latte": PAPER,
                       "broken-light": "a: [\n"}.items():
        home.write(home.profile / f"themes/{name}.yaml", text)
    return home


def activate(home, name, more=""):
    home.registry(REGISTRY.format(name) + more)
    home.sync()


def turn(home, word, *options, **more):
    done = home.run("theme", word, *options, **more)
    return shown(home), done


# --- by name -------------------------------------------------------------------------------------

@pytest.mark.parametrize("dark, light", [("nord", "nord-light"), ("box-dark-hard", "box-light-hard")])
def test_by_name(themed, dark, light):
    activate(themed, dark)
    assert turn(themed, "light")[0] == light
    assert registry(themed).decode() == REGISTRY.format(light) and "fafafa" in bar(themed)
    assert "nothing to do" in themed.run("theme", "light").out and shown(themed) == light
    assert turn(themed, "toggle")[0] == dark
    assert "nothing to do" in themed.run("theme", "dark").out
    assert turn(themed, "toggle")[0] == light
    assert turn(themed, "dark")[0] == dark
    themed.nothing_to_do()
    themed.run("undo")
    assert shown(themed) == light


def test_already_there_but_not_shown_is_shown(themed):
    assert turn(themed, "dark")[0] == "nord"


@pytest.mark.parametrize("word", ["light", "toggle"])
@pytest.mark.parametrize("name", ["mocha", "twin-dark"])
def test_no_partner(themed, name, word):
    activate(themed, name)
    before = everything(themed), registry(themed)
    done = themed.run("theme", word, expect=FAILED)
    assert f"the theme '{name}' has no light partner" in done.err
    assert f"'pairs: {{{name}: NAME}}' below 'themes:'" in done.err
    assert (everything(themed), registry(themed)) == before
    line = f"  pairs: {{{name}: latte}}\n"
    activate(themed, name, line)
    assert turn(themed, word)[0] == "latte", "what the hint says helps"


def test_no_theme_yet(themed):
    themed.registry("themes:\n")
    assert "names no theme" in themed.run("theme", "toggle", expect=FAILED).err
    themed.registry("themes: {active: nrd}\n")
    assert "did you mean 'nord'?" in themed.run("theme", "toggle", expect=FAILED).err
    themed.registry("themes: {active: broken-light}\n")
    assert "themes/broken-light.yaml:2" in themed.run("theme", "toggle", expect=FAILED).err


# --- by the registry -----------------------------------------------------------------------------

@pytest.mark.parametrize("pair", ["mocha: latte", "latte: mocha"])
def test_by_the_registry(themed, pair):
    pairs = f"  pairs:\n    {pair}\n    nord: paper\n"
    activate(themed, "mocha", pairs)
    assert turn(themed, "light")[0] == "latte"
    assert turn(themed, "dark")[0] == "mocha"
    activate(themed, "nord", pairs)
    assert turn(themed, "toggle")[0] == "paper", "it counts more than the name"
    assert turn(themed, "toggle")[0] == "nord"


@pytest.mark.parametrize("pairs, message", [
    ("{nord: paperr}", "the partner of 'nord': there is no theme 'paperr'"),
    ("{nord: mocha}", "the theme 'nord' and its partner 'mocha' are both dark"),
    ("{nord: broken-light}", "the partner of 'nord': themes/broken-light.yaml:2"),
])
def test_wrong_partner(themed, pairs, message):
    activate(themed, "nord", f"  pairs: {pairs}\n")
    before = everything(themed), registry(themed)
    assert message in themed.run("theme", "toggle", expect=FAILED).err
    assert (everything(themed), registry(themed)) == before
    assert themed.run("theme", "show", "nord", "--json").json["themes"][0]["pair"] is None


def test_hint_where_there_are_pairs(themed):
    activate(themed, "mocha", "  pairs: {nord: paper}\n")
    assert "'mocha: NAME' below 'pairs:'" in themed.run("theme", "light", expect=FAILED).err


# --- options -------------------------------------------------------------------------------------

def test_for_this_machine(themed):
    themed.env["LUMINA_HOST"] = "box"
    activate(themed, "nord")
    assert turn(themed, "light", "--host")[0] == "nord-light"
    assert registry(themed).decode().startswith(REGISTRY.format("nord"))
    assert "box" in registry(themed).decode()
    assert turn(themed, "toggle")[0] == "nord"
    assert "nord-light" not in registry(themed).decode()


def test_dry_run(themed):
    activate(themed, "nord")
    before = everything(themed), registry(themed)
    assert "nord-light" in themed.run("theme", "toggle", "-n").out
    assert (everything(themed), registry(themed)) == before


def test_backup(themed):
    themed.write("~/.config/waybar/theme.css", "mine")
    assert themed.run("theme", "light", expect=REFUSED)
    assert turn(themed, "light", "--backup")[0] == "nord-light"


# --- list ----------------------------------------------------------------------------------------

def listed(home, *options):
    return [one["name"] for one in home.run("theme", "list", *options, "--json").json["themes"]]


def test_list(themed):
    dark = ["box-dark-hard", "mocha", "nord", "tokyo", "twin-dark", "twin-light"]
    light = ["box-light-hard", "latte", "nord-light", "paper"]
    assert listed(themed, "--dark") == dark and listed(themed, "--light") == light
    assert listed(themed) == sorted([*dark, *light, "broken-light"])
    text = themed.run("theme", "list", "--light").out
    assert [line.split() for line in text.splitlines()] == [[name, "light"] for name in light]
    assert themed.run("theme", "--light").out == text
    assert "together" in themed.run("theme", "list", "--light", "--dark", expect=USAGE).err
    assert "theme list" in themed.run("theme", "toggle", "--light", expect=USAGE).err


def test_pairs_in_json(themed):
    activate(themed, "nord", "  pairs: {latte: mocha, twin-dark: twin-light}\n")
    themes = themed.run("theme", "list", "--json").json["themes"]
    assert {one["name"]: one["pair"] for one in themes if one["pair"]} == {
        "nord": "nord-light", "nord-light": "nord", "box-dark-hard": "box-light-hard",
        "box-light-hard": "box-dark-hard", "mocha": "latte", "latte": "mocha"}
    assert themed.run("theme", "show", "latte", "--json").json["themes"][0]["pair"] == "mocha"
