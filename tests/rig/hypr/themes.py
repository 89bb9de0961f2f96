# SPDX-License-Identifier: MIT
"""Themes in Hyprland: the borders of its windows follow, and so does what missions have set.

machines: sid-lua testing-lua
"""

import re

import kit

REGISTRY = """
themes:
  active: sea
  templates: {~/.config/hypr/theme.lua: templates/hyprland.lua.mustache}
missions:
  web:
    when: [package.json]
    hyprland: {layout: master, gaps_out: 60, layout_opts: {orientation: right}}
  data:
    when: [data.csv]
    hyprland: {layout: scrolling, border_size: 6}
"""
LUA = 'return { accent = "rgba({{accent-hex}}ff)" }\n'
LINES = """
local theme = dofile(os.getenv("HOME") .. "/.config/hypr/theme.lua")
hl.config({ general = { col = { active_border = theme.accent } } })
"""
DIGITS = "0123456789ABCDEF"
SCHEME = 'system: "base16"\nname: "{}"\nauthor: "me"\nvariant: "dark"\npalette:\n' + "".join(
    f'  base0{d}: "{{}}"\n' if d == "D" else f'  base0{d}: "c0d0e0"\n' for d in DIGITS)


def prepare():
    for name, text in {"lumina.yaml": REGISTRY, "templates/hyprland.lua.mustache": LUA,
                       "themes/sea.yaml": SCHEME.format("sea", "00ffff"),
                       "themes/clay.yaml": SCHEME.format("clay", "ffdd00")}.items():
        kit.write(f".lumina/{name}", text)
    kit.write("web/package.json", "")
    kit.write("data/data.csv", "")
    kit.write(".bashrc", 'eval "$(lumina hook bash)"\n')
    kit.lumina("sync")
    path = kit.HOME / ".config/hypr/hyprland.lua"
    kit.write(path, path.read_text() + LINES)
    kit.equal(kit.hypr("/reload"), "ok")
    kit.wait_for("the first theme", lambda: border("00ffff"))


def border(color):
    return f"ff{color}" in kit.hypr("getoption general:col.active_border").replace(" ", "").lower()


def layout(number=1):
    return (kit.workspace(number) or {}).get("tiledLayout")


def wide():
    """The workspaces that have a rule of a mission which is on."""
    found = []
    for rule in kit.hypr_json("workspacerules"):
        match = re.match(r"r\[(\d+)-\d+\]s\[false\]$", rule["workspaceString"])
        if match and rule.get("enabled", True):
            found.append(int(match[1]))
    return found


def test_borders():
    prepare()
    result = kit.lumina("theme", "set", "clay")
    kit.check("Hyprland  told" in result.stdout, result.stdout)
    kit.wait_for("the other theme", lambda: border("ffdd00"))
    kit.lumina("undo")
    kit.wait_for("the first theme again", lambda: border("00ffff"))
    kit.equal(kit.hypr("j/configerrors").strip().replace('"', "").strip("[]\n\t "), "", "errors")


def test_missions_stay():
    """On the workspace that is shown, and on another one; with several windows, too."""
    prepare()
    kit.go_to(2)
    for _ in range(2):
        away = kit.Terminal("bash")
    away.run("cd ~/data")
    kit.wait_for("a border there", lambda: kit.hypr_json("workspacerules"))
    kit.go_to(1)
    shell = kit.Terminal("bash")
    other = kit.wait_for("its place", lambda: shell.window()["at"][0])
    shell.run("cd ~/web")
    kit.wait_for("the mission", lambda: layout() == "master" and shell.window()["at"][0] > other + 20)
    shell.run("lumina theme set clay")
    kit.wait_for("the other theme", lambda: border("ffdd00"))
    kit.wait_for("the mission, still", lambda: layout() == "master" and shell.window()["at"][0] > other + 20)
    kit.wait_for("both rules", lambda: sorted(wide()) == [1, 2])
    shell.run("cd")
    kit.wait_for("all as before", lambda: layout() == "dwindle" and shell.window()["at"][0] == other)
    away.run("cd")
    kit.wait_for("there, too", lambda: not wide())


if __name__ == "__main__":
    kit.main()
