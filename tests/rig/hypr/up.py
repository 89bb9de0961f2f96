# SPDX-License-Identifier: MIT
"""The session itself: it is up, and the kit works in it."""

import kit


def test_compositor_answers():
    kit.check(kit.hypr("version").startswith("Hyprland"), kit.hypr("version"))
    kit.equal(kit.hypr_json("activeworkspace")["id"], 1)
    kit.equal(kit.is_lua(), not kit.MACHINE.endswith("-conf"))


def test_terminal_opens():
    terminal = kit.Terminal("bash")
    kit.equal(terminal.window()["workspace"]["id"], 1)
    kit.equal(terminal.run("echo $((20 + 22))"), "42\n")
    kit.check(terminal.run("lumina --version").startswith("lumina"))


def test_workspaces():
    kit.go_to(3)
    first, second = kit.Terminal("zsh"), kit.Terminal("fish")
    kit.equal([first.window()["workspace"]["id"], second.window()["workspace"]["id"]], [3, 3])
    kit.equal(first.run("echo $ZSH_VERSION >/dev/null; pwd"), "/home/rig\n")
    kit.equal(second.run("pwd"), "/home/rig\n")
    kit.equal(kit.workspace(3)["windows"], 2)


if __name__ == "__main__":
    kit.main()
