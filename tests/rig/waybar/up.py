# SPDX-License-Identifier: MIT
"""The session itself: it is up, and the kit works in it."""

import kit

CONFIG = {"layer": "top", "height": 34, "modules-left": ["custom/one"],
          "custom/one": {"exec": "cat /tmp/one.txt", "interval": "once", "signal": 13}}
STYLE = """
* { font-family: "DejaVu Sans Mono"; font-size: 12px; }
window#waybar { background: #103050; }
#custom-one { background: #ffdd00; min-width: 40px; }
"""
YELLOW, BLUE = (0xff, 0xdd, 0x00), (0x10, 0x30, 0x50)


def test_bar_shows_a_module():
    with open("/tmp/one.txt", "w", encoding="utf-8") as file:
        file.write("one")
    kit.Waybar(CONFIG, STYLE)
    kit.wait_for("the bar's color", lambda: kit.screen().pixel(700, 10) == BLUE)
    kit.wait_for("the module", lambda: kit.screen().count(YELLOW, (0, 0, 800, 34)) > 100)


def test_terminal_opens():
    terminal = kit.Terminal("bash")
    kit.equal(terminal.run("echo $((20 + 22))"), "42\n")
    kit.check(terminal.run("lumina --version").startswith("lumina"))


if __name__ == "__main__":
    kit.main()
