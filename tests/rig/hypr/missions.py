# SPDX-License-Identifier: MIT
"""The missions of lumina-flow(7), in the session of a person who has followed that page: what each does
to the workspace and the bar, and pictures of a change from one to the next.

machines: sid-lua
"""

import kit

# As the page has them; tests/desktop compares.
REGISTRY = """
missions:
  writing:                                    # one window, and nothing beside it
    when: [main.tex, typst.toml, mkdocs.yml]
    hyprland: {layout: monocle, gaps_in: 0, gaps_out: 48, no_shadow: true}
    waybar: {hide: [network, cpu, memory]}
  data:                                       # notebooks side by side
    when: ["*.ipynb", dvc.yaml]
    hyprland: {layout: scrolling, layout_opts: {direction: right}}
    waybar: {show: [cpu, memory]}
  ops:                                        # look twice
    when: ["*.tf", ansible.cfg]
    hyprland: {border_size: 4}
    waybar: {hide: [battery]}
"""
WEB = """  web:
    when: [package.json]
    hyprland: {layout: master, layout_opts: {orientation: left}, gaps_in: 4}
    waybar: {show: [network], hide: [mpris]}
"""
MARKERS = {"web": "package.json", "writing": "main.tex", "data": "a.ipynb", "ops": "main.tf"}
CONFIG = """{"layer": "top", "height": 34, "spacing": 4, "modules-left": ["custom/lumina-mission"],
"modules-right": ["cpu", "memory"], "cpu": {"format": "cpu"}, "memory": {"format": "memory"},
"""
STYLE = """@import "lumina.css";
* { font-family: "DejaVu Sans Mono"; font-size: 13px; border: none; }
window#waybar { background: #1e1e2e; color: #cdd6f4; }
#cpu, #memory, #custom-lumina-mission { padding: 0 10px; }
#custom-lumina-mission { background: #a6e3a1; color: #1e1e2e; }
#custom-lumina-mission.writing { background: #f9e2af; }
#custom-lumina-mission.ops { background: #f38ba8; }
#memory { background: #313244; }
"""
GREEN, YELLOW, RED, GREY = (0xa6, 0xe3, 0xa1), (0xf9, 0xe2, 0xaf), (0xf3, 0x8b, 0xa8), (0x31, 0x32, 0x44)
BAR = (0, 0, 800, 34)


def shows(color):
    return kit.screen().count(color, BAR) > 50


def at(shell):
    """Whether the window begins and ends where a rule has it: its place, and its size."""
    window = shell.window()
    return [*window["at"], *window["size"]]


def enter(shell, name, what, predicate):
    shell.run(f"cd ~/{name}" if name else "cd")
    kit.wait_for(f"{what} in {name}", predicate, 120)
    kit.screenshot(name or "home")


def layout():
    return kit.workspace(1)["tiledLayout"]


def test_missions_that_people_want():
    kit.write(".lumina/lumina.yaml", REGISTRY + WEB)
    for name, marker in MARKERS.items():
        kit.write(f"{name}/{marker}", "")
    kit.write(".bashrc", 'eval "$(lumina hook bash)"\n')
    modules = kit.lumina("hook", "waybar").stdout.partition("beside these lists")[2].partition("// 2.")[0]
    kit.Waybar(CONFIG + modules + "}", STYLE)
    shell = kit.Terminal("bash")
    before = at(shell)
    kit.check(not shows(GREY), "cpu and memory are the data mission's")
    kit.screenshot("before")
    enter(shell, "web", "the layout", lambda: layout() == "master" and shows(GREEN))
    enter(shell, "writing", "one window with wide gaps",
          lambda: layout() == "monocle" and shows(YELLOW) and at(shell)[2] < before[2] - 40)
    enter(shell, "data", "columns, and what the machine does",
          lambda: layout() == "scrolling" and shows(GREY) and not shows(YELLOW))
    enter(shell, "ops", "a wide border",
          lambda: layout() == "dwindle" and shows(RED) and at(shell)[0] == before[0] + 4 - border())
    enter(shell, None, "all as before",
          lambda: layout() == "dwindle" and at(shell) == before and not shows(RED) and not shows(GREY))


def border():
    """Of the configuration, in pixels: a wider one moves the window's inside."""
    return kit.hypr_json("getoption general:border_size")["int"]


if __name__ == "__main__":
    kit.main()
