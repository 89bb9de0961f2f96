# SPDX-License-Identifier: MIT
"""The rule of a mission on the shell's workspace: entered, left, and everything in between."""

import shutil
import subprocess

import kit

PROFILE = """
missions:
  web:
    when: [package.json]
    hyprland: {layout: master, gaps_out: 60}
  data:
    when: [data.csv]
    hyprland: {layout: scrolling, border_size: 9, no_rounding: true}
  forced:
    when: [forced]
    hyprland: {layout: monocle, force: true}
  plain:
    when: [plain]
    hyprland: {gaps_out: 40, gaps_in: [1, 2], layout_opts: {orientation: top}}
"""
MARKERS = {"web": "package.json", "data": "data.csv", "forced": "forced", "plain": "plain"}


def prepare():
    kit.write(".lumina/lumina.yaml", PROFILE)
    for name, marker in MARKERS.items():
        kit.write(f"w/{name}/{marker}", "")
        kit.write(f"w/{name}/below/file", "")
    kit.write(".bashrc", 'eval "$(lumina hook bash)"\n')


def terminal(**options):
    return kit.Terminal("bash", **options)


def enter(shell, name):
    shell.run(f"cd ~/w/{name}" if name else "cd ~")


def layout(number=1):
    return (kit.workspace(number) or {}).get("tiledLayout")


def has_layout(wanted, number=1):
    kit.wait_for(f"layout {wanted} on {number}, not {layout(number)}", lambda: layout(number) == wanted)


def corner(shell):
    return shell.window()["at"][0]


def has_corner(shell, wanted):
    kit.wait_for(f"a window at {wanted}, not {corner(shell)}", lambda: corner(shell) == wanted)


def stays(what, predicate):
    """Waits until the desktop side has come to rest, and then."""
    kit.run("sleep", "2")
    kit.check(predicate(), what)


def own_rule(number, lua, conf):
    """The person's own, made at run time."""
    kit.hypr_do(f'eval hl.workspace_rule({{ workspace = "{number}", {lua} }})',
                f"keyword workspace {number},{conf}")


def move(shell, number):
    kit.hypr_do(f'dispatch hl.dsp.window.move({{ workspace = "{number}", follow = false, '
                f'window = "pid:{shell.pid}" }})', f"dispatch movetoworkspacesilent {number},pid:{shell.pid}")
    kit.wait_for("the move", lambda: shell.window()["workspace"]["id"] == number)


def test_enter_and_leave():
    prepare()
    shell = terminal()
    before = corner(shell)
    enter(shell, "web")
    has_layout("master")
    has_corner(shell, before + 40)
    enter(shell, "web/below")
    enter(shell, "data")
    has_layout("scrolling")
    enter(shell, None)
    has_layout("dwindle")
    has_corner(shell, before)
    enter(shell, "plain")
    has_corner(shell, before + 20)
    enter(shell, None)
    has_corner(shell, before)


def test_two_workspaces():
    prepare()
    first = terminal()
    enter(first, "web")
    has_layout("master", 1)
    kit.go_to(2)
    second = terminal()
    kit.equal(layout(2), "dwindle")
    enter(second, "data")
    has_layout("scrolling", 2)
    enter(first, "data")          # from afar: its own workspace, not the one that is shown
    has_layout("scrolling", 1)
    enter(second, None)
    has_layout("dwindle", 2)
    kit.equal(layout(1), "scrolling")


def test_window_moved():
    prepare()
    shell = terminal()
    enter(shell, "web")
    has_layout("master", 1)
    move(shell, 2)
    enter(shell, "data")
    has_layout("scrolling", 2)
    if kit.is_lua():              # where it was, it has been left
        other = terminal()
        kit.equal(layout(1), "dwindle")
        other.close()
    enter(shell, None)
    has_layout("dwindle", 2)


def test_configuration_reloaded():
    prepare()
    shell = terminal()
    before = corner(shell)
    enter(shell, "web")
    has_layout("master")
    kit.equal(kit.hypr("/reload"), "ok")
    has_layout("dwindle")
    shell.run("lumina mission show")
    has_layout("master")
    has_corner(shell, before + 40)
    kit.equal(kit.hypr("/reload"), "ok")
    has_layout("dwindle")
    enter(shell, None)
    enter(shell, "web")
    has_layout("master")
    enter(shell, None)
    has_layout("dwindle")
    has_corner(shell, before)


def test_arrangement_is_kept():
    prepare()
    first, second = terminal(), terminal()
    before = corner(first)
    enter(first, "web")
    has_corner(first, before + 40)
    stays("an arrangement was changed", lambda: layout() == "dwindle")
    enter(second, "forced")
    has_layout("monocle")
    enter(second, None)
    has_layout("dwindle")
    # One that has grown within a mission is kept beyond it, until it is gone.
    second.close()
    kit.wait_for("one window", lambda: kit.workspace(1)["windows"] == 1)
    enter(first, "data")
    has_layout("scrolling")
    third = terminal()
    enter(first, None)
    stays("an arrangement was changed", lambda: layout() == "scrolling")
    third.close()
    if not kit.is_lua():
        enter(first, "plain")
        enter(first, None)
    has_layout("dwindle")


def test_own_rule():
    prepare()
    shell = terminal()
    own_rule(1, 'layout = "monocle", gaps_out = 33', "layout:monocle,gapsout:33")
    has_layout("monocle")
    inside = shell.window()["at"][0]
    enter(shell, "web")
    has_layout("master")
    enter(shell, None)
    has_layout("monocle")
    enter(shell, "web")
    has_layout("master")
    own_rule(1, "gaps_out = 44", "gapsout:44")   # meanwhile
    enter(shell, None)
    has_layout("monocle")
    kit.wait_for("his gaps", lambda: corner(shell) == inside + 11 or corner(shell) == 46)


def test_own_choice_is_left():
    prepare()
    shell = terminal()
    enter(shell, "web")
    has_layout("master")
    own_rule(1, 'layout = "monocle"', "layout:monocle")
    has_layout("monocle")
    enter(shell, "data")
    stays("the person's layout was changed", lambda: layout() == "monocle")
    enter(shell, None)
    stays("the person's layout was changed", lambda: layout() == "monocle")


def test_hostile_texts():
    prepare()
    evil = """x\\"]] .. os.execute(\\"touch ~/PWN\\") .. [["""
    kit.write("w/x]]; dispatch exec touch PWN;[[BATCH]]/package.json", "")
    kit.write("w/evil/.lumina.yaml", f'mission: web\nlabel: "{evil}"\n')
    shell = terminal()
    shell.run("cd ~/w/x*")
    has_layout("master")
    enter(shell, None)
    has_layout("dwindle")
    enter(shell, "evil")
    has_layout("master")
    enter(shell, None)
    has_layout("dwindle")
    kit.check(not list(kit.HOME.rglob("PWN")), "something was run")
    kit.check("layout" in kit.hypr("j/getoption general:layout"), "the compositor is there")


def test_window_closed():
    if not kit.is_lua():          # hyprland.conf has nothing that would notice
        return
    prepare()
    first, second = terminal(), terminal()
    enter(first, "web")
    kit.wait_for("the rule", lambda: '"enabled": true' in kit.hypr("j/workspacerules"))
    enter(second, "web")
    kit.run("sleep", "2")
    second.close()
    kit.wait_for("one window", lambda: kit.workspace(1)["windows"] == 1)
    kit.check('"enabled": true' in kit.hypr("j/workspacerules"), "another window wishes it")
    first.close()
    kit.wait_for("no rule", lambda: '"enabled": true' not in kit.hypr("j/workspacerules"))


def move_window(window, number):
    kit.hypr_do(f'dispatch hl.dsp.window.move({{ workspace = "{number}", follow = false, '
                f'window = "address:{window["address"]}" }})',
                f"dispatch movetoworkspacesilent {number},address:{window['address']}")


def test_one_process_with_many_windows():
    prepare()
    with subprocess.Popen(["foot", "--server"], stdin=subprocess.DEVNULL) as server:
        kit.wait_for("the server", lambda: list(kit.RUNTIME.glob("foot-*.sock")))
        shells = []
        for count in (1, 2):
            shells.append(terminal(program=("footclient",)))
            kit.wait_for("a window", lambda: len(kit.hypr_json("clients")) == count)
        windows = kit.hypr_json("clients")
        kit.equal({window["pid"] for window in windows}, {server.pid})
        move_window(windows[0], 2)
        kit.wait_for("two workspaces", lambda: kit.workspace(2) and kit.workspace(2)["windows"] == 1)
        kit.go_to(1)
        enter(shells[1], "web")
        has_layout("master", 1)       # the one with the focus
        kit.equal(layout(2), "dwindle")
        kit.go_to(3)
        other = terminal()
        enter(shells[0], "data")      # none of them has it, and they are apart: not clear
        stays("a guess", lambda: (layout(1), layout(2), layout(3)) == ("master", "dwindle", "dwindle"))
        other.close()
        server.terminate()


def test_tmux():
    if shutil.which("tmux") is None:
        print("test_tmux: no tmux here")
        return
    prepare()
    shell = terminal()
    shell.type("tmux -f /dev/null -L rig new-session 'bash -i'\n")
    kit.wait_for("tmux", lambda: subprocess.run(["tmux", "-L", "rig", "has-session"], check=False,
                                                capture_output=True).returncode == 0)
    kit.run("tmux", "-L", "rig", "send-keys", "cd ~/w/web", "Enter")
    has_layout("master")
    kit.run("tmux", "-L", "rig", "send-keys", "cd", "Enter")
    has_layout("dwindle")
    kit.run("tmux", "-L", "rig", "detach-client")
    kit.run("tmux", "-L", "rig", "send-keys", "cd ~/w/web", "Enter")
    stays("a session that nobody sees has no workspace", lambda: layout() == "dwindle")
    kit.run("tmux", "-L", "rig", "kill-server")


def test_many_at_once():
    prepare()
    shells = [terminal() for _ in range(3)]
    move(shells[1], 2)
    move(shells[2], 3)
    for number in range(3):
        for shell in shells:
            shell.type(f"cd ~/w/{('web', 'data', 'forced')[number]}\n")
    for number in (1, 2, 3):
        has_layout("monocle", number)
    for shell in shells:
        shell.type("cd\n")
    for number in (1, 2, 3):
        has_layout("dwindle", number)


if __name__ == "__main__":
    kit.main()
