# SPDX-License-Identifier: MIT
"""The example profile in a session: its bar and its windows in a theme that was made for Omarchy, and
in one of tinted-theming's, each by one command; and pictures of both.

machines: sid-lua
"""

import os
import shutil
import subprocess

import kit

# Of the rig alone: a screen of a known size, and nothing that is slow to draw.
SCRATCH = """
hl.monitor({ output = "", mode = "%s", position = "auto", scale = 1 })
hl.config({ animations = { enabled = false }, decoration = { blur = { enabled = false },
	shadow = { enabled = false } }, xwayland = { enabled = false }, ecosystem = { no_donation_nag = true } })
"""
# There are no fonts of that kind in the rig, but a picture's maker may have put some into the share.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><alias binding="same">
<family>JetBrainsMono Nerd Font</family><prefer><family>JetBrains Mono</family><family>DejaVu Sans Mono</family>
</prefer></alias></fontconfig>
"""
MODE = os.environ.get("RIG_MODE", "800x450")
WIDTH, HEIGHT = (int(n) for n in MODE.split("x"))
TOKYO, LATTE = (0x1a, 0x1b, 0x26), (0xef, 0xf1, 0xf5)
# The bar lets a little of what is behind it through: that has the same colour, but for the rounding.
NEAR = 2


def given(name, own):
    """What a picture's maker has put into the share (Omarchy's Tokyo Night, tinted-theming's Catppuccin
    Latte), else what the profile has of the same colours."""
    path = kit.SHARE / name
    return path if path.exists() else kit.HOME / ".lumina/themes" / own


def prepare():
    shutil.copytree(kit.SHARE / "profile", kit.HOME / ".lumina")
    shutil.copytree(given("omarchy-night-theme", "tokyo-night"), kit.HOME / "omarchy-night-theme")
    shutil.copy(given("day.yaml", "catppuccin-latte.yaml"), kit.HOME / "day.yaml")
    if (kit.SHARE / "fonts").exists():
        shutil.copytree(kit.SHARE / "fonts", kit.HOME / ".local/share/fonts")
    kit.write(".config/fontconfig/conf.d/99-rig.conf", FONTS)
    kit.lumina("sync", "--backup", "--yes")
    kit.write(".config/hypr/scratch.lua", SCRATCH % MODE)
    kit.equal(kit.hypr("/reload"), "ok")
    kit.wait_for("the screen", lambda: kit.screen().width == WIDTH)
    kit.equal(kit.hypr("j/configerrors").strip("[]\n\t\" "), "", "errors of the configuration")


def start(*words):
    # reset() ends it.
    with open("/tmp/started.log", "ab") as log:
        return subprocess.Popen(words, cwd=kit.HOME, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def windows(*commands):
    for command in commands:
        before = len(kit.hypr_json("clients"))
        start("foot", "sh", "-c", f"{command}; sleep 1000")
        kit.wait_for(command, lambda: len(kit.hypr_json("clients")) > before)  # pylint: disable=cell-var-from-loop


def is_near(got, wanted):
    return got is not None and all(abs(a - b) <= NEAR for a, b in zip(got, wanted))


def bar():
    """Of its background, between the workspaces and the clock; None while it shows no text."""
    shown = kit.screen()
    here = shown.pixel(WIDTH // 3, 28)
    return here if shown.count(here, (0, 0, WIDTH, 30)) < 30 * WIDTH - 400 else None


def terminal():
    """Most of the screen is a window's, and empty."""
    shown = kit.screen()
    return [shown.pixel(WIDTH // 2 - 40, HEIGHT - 40), shown.pixel(WIDTH - 40, HEIGHT - 40)]


def in_theme(color):
    return is_near(bar(), color) and all(one == color for one in terminal())


def told(result, name):
    kit.check(any(line.split() == [name, "told"] for line in result.stdout.splitlines()), result.stdout)


def test_a_theme_of_each_kind():
    prepare()
    start("waybar")
    for source, name, color in (("omarchy-night-theme", "night", TOKYO), ("day.yaml", "day", LATTE)):
        result = kit.lumina("theme", "import", source, "--set")
        told(result, "Hyprland")
        windows("lumina theme list", "ls -l --color ~/.lumina")
        kit.wait_for(f"{name} on the screen", lambda: in_theme(color), 120)  # pylint: disable=cell-var-from-loop
        kit.screenshot(f"theme-{name}")
        for window in kit.hypr_json("clients"):
            os.kill(window["pid"], 15)
        kit.wait_for("no window", lambda: not kit.hypr_json("clients"))
    kit.lumina("undo")
    kit.wait_for("the theme of before", lambda: is_near(bar(), TOKYO))


if __name__ == "__main__":
    kit.main()
