# SPDX-License-Identifier: MIT
"""Hyprland and Waybar, as a person has them who has followed lumina-flow(7): the bar follows a change
of directory, and of the workspace.

machines: sid-lua
"""

import kit

REGISTRY = """
missions:
  web:
    when: [package.json]
    label: The shop
    hyprland: {layout: master}
    waybar: {show: [custom/updates], hide: [idle_inhibitor]}
"""
STYLE = """@import "lumina.css";
* { font-family: "DejaVu Sans Mono"; font-size: 12px; border: none; }
window#waybar { background: #103050; color: #103050; }
#custom-lumina-mission { background: #ffdd00; min-width: 40px; }
#idle_inhibitor { background: #ff00ff; min-width: 40px; }
"""
YELLOW, PINK, BLUE = (0xff, 0xdd, 0), (0xff, 0, 0xff), (0x10, 0x30, 0x50)


def seen():
    shown = kit.screen()
    if shown.pixel(400, 28) != BLUE:
        return None
    names = {"mission": YELLOW, "awake": PINK}
    return {name for name, color in names.items() if shown.count(color, (0, 0, 800, 34)) > 50}


def wait_seen(wanted):
    kit.wait_for(f"{sorted(wanted)} on the bar", lambda: seen() == wanted, 120)


def test_bar_follows():
    kit.write(".lumina/lumina.yaml", REGISTRY)
    kit.write("shop/package.json", "{}")
    kit.write(".bashrc", 'eval "$(lumina hook bash)"\n')
    modules = kit.lumina("hook", "waybar").stdout.partition("beside these lists")[2].partition("// 2.")[0]
    event = kit.lumina("hook", "hyprland").stdout.splitlines()[-1]
    kit.equal(kit.hypr("/eval " + event), "ok", event)
    bar = kit.Waybar('{"layer": "top", "height": 34, "modules-left": ["custom/lumina-mission"],\n'
                     '"modules-right": ["idle_inhibitor"], "idle_inhibitor": {"format": "awake"},\n'
                     + modules + "}", STYLE)
    wait_seen({"awake"})
    terminal = kit.Terminal("bash")
    terminal.run("cd ~/shop")
    wait_seen({"mission"})
    kit.equal(kit.workspace(1)["tiledLayout"], "master", "layout")
    kit.go_to(2)
    wait_seen({"awake"})
    kit.go_to(1)
    wait_seen({"mission"})
    terminal.run("cd")
    wait_seen({"awake"})
    kit.check(bar.alive(), bar.log())


if __name__ == "__main__":
    kit.main()
