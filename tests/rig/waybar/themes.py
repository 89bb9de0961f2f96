# SPDX-License-Identifier: MIT
"""Themes on the screen: the real Waybar takes another one's colours and stays where it is, new windows
of foot have them, and undo brings back what was there. One theme as Omarchy has them, one of base16."""

import kit

REGISTRY = """
themes:
  active: sea
  templates:
    ~/.config/waybar/theme.css: templates/waybar.css.mustache
    ~/.config/foot/theme.ini: templates/foot.ini.mustache
"""
BAR = "@define-color background {{background}};\n@define-color accent {{accent}};\n"
FOOT = "[colors-dark]\nbackground={{background-hex}}\nforeground={{foreground-hex}}\n"
DIGITS = "0123456789ABCDEF"
# base0D is the accent.
SEA = 'system: "base16"\nname: "Sea"\nauthor: "me"\nvariant: "dark"\npalette:\n' + "".join(
    f'  base0{d}: "{c}"\n' for d, c in zip(DIGITS, ["102030"] + ["c0d0e0"] * 12 + ["00ffff"] + ["c0d0e0"] * 2))
CLAY = "".join(f'{name} = "#{color}"\n' for name, color in [
    ("accent", "ffdd00"), ("foreground", "e0d0c0"), ("background", "301810"), ("cursor", "e0d0c0"),
    *((f"color{n}", "c08060") for n in range(16))])
SEA_COLORS, CLAY_COLORS = ((0x10, 0x20, 0x30), (0, 0xff, 0xff)), ((0x30, 0x18, 0x10), (0xff, 0xdd, 0))

CONFIG = {"layer": "top", "height": 34, "modules-left": ["custom/one"], "reload_style_on_change": True,
          "custom/one": {"exec": "echo one", "interval": "once"}}
STYLE = """@import "theme.css";
* { font-family: "DejaVu Sans Mono"; font-size: 12px; border: none; }
window#waybar { background: @background; }
#custom-one { background: @accent; color: @background; min-width: 40px; }
"""


def prepare():
    for name, text in {"lumina.yaml": REGISTRY, "templates/waybar.css.mustache": BAR,
                       "templates/foot.ini.mustache": FOOT, "themes/sea.yaml": SEA}.items():
        kit.write(f".lumina/{name}", text)
    kit.write("omarchy-clay-theme/colors.toml", CLAY)
    kit.write(".config/foot/foot.ini", "include=~/.config/foot/theme.ini\n")
    kit.lumina("sync")


def bar():
    """(its background, whether the module has the accent of that theme) on the screen."""
    shown = kit.screen()
    for colors in (SEA_COLORS, CLAY_COLORS):
        if shown.pixel(700, 10) == colors[0] and shown.count(colors[1], (0, 0, 200, 34)) > 100:
            return colors
    return None


def terminal():
    """A window's background, which is all of the screen below the bar; the window stays."""
    kit.Terminal("bash")
    return kit.screen().pixel(700, 420)


def line(result, name):
    return next((text.split(None, 1)[1] for text in result.stdout.splitlines()
                 if text.strip().startswith(name)), None)


def made(one):
    """How often the bar was: Waybar's own reload takes it down and up again."""
    return one.log().count("Bar configured")


def test_another_theme():
    prepare()
    one = kit.Waybar(CONFIG, STYLE)
    kit.wait_for("the first theme", lambda: bar() == SEA_COLORS)
    kit.equal(terminal(), SEA_COLORS[0], "a terminal's background")
    kit.lumina("theme", "import", "omarchy-clay-theme")
    result = kit.lumina("theme", "set", "clay")
    kit.equal(line(result, "Waybar"), "told")
    kit.check("new windows" in line(result, "foot"), result.stdout)
    kit.wait_for("the other theme", lambda: bar() == CLAY_COLORS)
    kit.equal(kit.screen().pixel(700, 420), SEA_COLORS[0], "the old terminal's background")
    kit.equal(made(one), 1, "bars made")
    kit.Terminal.opened[-1].close()
    kit.equal(terminal(), CLAY_COLORS[0], "a new terminal's background")
    kit.screenshot("clay")
    kit.lumina("undo")
    kit.wait_for("the first theme again", lambda: bar() == SEA_COLORS)
    kit.check(one.alive(), one.log())


def test_many_changes():
    """The last one wins, whatever is on its way."""
    prepare()
    kit.lumina("theme", "import", "omarchy-clay-theme")
    one = kit.Waybar(CONFIG, STYLE)
    kit.wait_for("the first theme", lambda: bar() == SEA_COLORS)
    for _ in range(20):
        kit.lumina("theme", "set", "clay")
        kit.lumina("theme", "set", "sea")
    kit.lumina("theme", "set", "clay")
    kit.wait_for("the last theme", lambda: bar() == CLAY_COLORS)
    kit.check(one.alive() and made(one) == 1, one.log())


def test_a_bar_that_watches_nothing():
    """It stays as it is, and that is said."""
    prepare()
    kit.lumina("theme", "import", "omarchy-clay-theme")
    one = kit.Waybar({**CONFIG, "reload_style_on_change": False}, STYLE)
    kit.wait_for("the first theme", lambda: bar() == SEA_COLORS)
    result = kit.lumina("theme", "set", "clay")
    kit.check("at its next start" in line(result, "Waybar"), result.stdout)
    kit.check(one.alive() and bar() == SEA_COLORS, one.log())
    one.close()
    kit.Waybar(CONFIG, STYLE)
    kit.wait_for("the other theme", lambda: bar() == CLAY_COLORS)


if __name__ == "__main__":
    kit.main()
