# SPDX-License-Identifier: MIT
"""The real Waybar: modules that follow missions, native ones hidden by the style sheet, and signals
that no bar dies of. The desk's file is written here; who writes it else is tried with Hyprland."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

import kit

REGISTRY = """
missions:
  web:
    when: [package.json]
    waybar: {show: [custom/updates], hide: [idle_inhibitor, sway/workspaces]}
"""
CONFIG = {
    "layer": "top", "height": 34, "reload_style_on_change": True, "spacing": 4,
    "modules-left": ["sway/workspaces", "custom/lumina-mission"],
    "modules-right": ["custom/updates", "idle_inhibitor"],
    "idle_inhibitor": {"format": "awake"},  # a native module that never changes by itself
    "custom/lumina-mission": {"exec": "lumina bar mission", "return-type": "json", "interval": "once",
                              "signal": 13},
    "custom/updates": {"exec": "lumina bar updates -- echo 7 $WAYBAR_OUTPUT_NAME", "interval": "once",
                       "signal": 13},
}
STYLE = """@import "lumina.css";
* { font-family: "DejaVu Sans Mono"; font-size: 12px; border: none; border-radius: 0; }
window#waybar { background: #103050; color: #103050; }
#custom-lumina-mission { background: #ffdd00; min-width: 40px; }
#custom-lumina-mission.ops { background: #ff0000; }
#custom-updates { background: #00ff00; min-width: 40px; padding: 0 6px; }
window#waybar #idle_inhibitor { background: #ff00ff; min-width: 40px; padding: 0 6px; margin: 2px; }
#workspaces button { background: #00ffff; }
"""
YELLOW, RED, GREEN = (0xff, 0xdd, 0), (0xff, 0, 0), (0, 0xff, 0)
PINK, CYAN, BLUE = (0xff, 0, 0xff), (0, 0xff, 0xff), (0x10, 0x30, 0x50)
COLORS = {"mission": YELLOW, "ops": RED, "updates": GREEN, "awake": PINK, "workspaces": CYAN}
WEB = {"mission": "web", "label": "The shop", "show": ["custom/updates"],
       "hide": ["idle_inhibitor", "sway/workspaces"]}


def desk(*workspaces):
    """What a change of directory leaves behind, and the bars told of it."""
    text = b"lumina desk 1\ninstance\t-\tnone\nfailures\t0\n"
    for number, one in enumerate(workspaces):
        fields = ["workspace", str(number + 1), one.get("output", "HEADLESS-1"),
                  one.get("mission", "-"), one.get("label", "-"), "-", str(number + 1)]
        text += "\t".join(fields).encode() + b"\n"
        for word in ("show", "hide"):
            for module in one.get(word, []):
                text += f"{word}\t{number + 1}\t{module}\n".encode()
    function = ctypes.CDLL("libxxhash.so.0").XXH3_64bits
    function.restype, function.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]
    text += f"end\txxh3:{function(text, len(text)):016x}\n".encode()
    folder = kit.RUNTIME / "lumina"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "desk.new").write_bytes(text)
    (folder / "desk.new").rename(folder / "desk")


def follow(*workspaces):
    desk(*workspaces)
    kit.lumina("bar", "--tell")


def prepare():
    kit.write(".lumina/lumina.yaml", REGISTRY)
    kit.lumina("hook", "waybar")


def seen(output="HEADLESS-1"):
    """The modules on the bar of an output, by their colors."""
    shown = kit.screen(output)
    if shown.pixel(600, 17) != BLUE:
        return None
    box = (0, 0, shown.width, 34)
    return {name for name, color in COLORS.items() if shown.count(color, box) > 50}


def wait_seen(wanted, output="HEADLESS-1"):
    kit.wait_for(f"{sorted(wanted)} on {output}", lambda: seen(output) == wanted, 20)


USUAL = {"awake", "workspaces"}
IN_WEB = {"mission", "updates"}


def test_before_during_after():
    prepare()
    bar = kit.Waybar(CONFIG, STYLE)
    wait_seen(USUAL)
    before = kit.screen()
    follow(WEB)
    wait_seen(IN_WEB)
    during = kit.screen()
    kit.check(before != during)
    follow({"mission": "ops"})
    wait_seen(USUAL | {"ops"})
    follow({})
    wait_seen(USUAL)
    kit.wait_for("the same bar as before", lambda: kit.screen() == before)
    kit.equal(bar.log().count("Bar configured"), 1, "bars made")  # never taken down and up again


def test_the_printed_lines():
    """What `lumina hook waybar` prints can be pasted."""
    prepare()
    printed = kit.lumina("hook", "waybar").stdout
    kit.check('@import "lumina.css";' in printed)
    modules = printed.partition("beside these lists")[2].partition("// 2.")[0]
    modules = modules.replace("YOUR-COMMAND", "echo 7")
    bar = kit.Waybar('{"layer": "top", "height": 34, "modules-left": ["sway/workspaces",\n'
                     '"custom/lumina-mission"], "modules-right": ["custom/updates", "idle_inhibitor"],\n'
                     '"idle_inhibitor": {"format": "awake"},\n' + modules + "}", STYLE)
    wait_seen(USUAL)
    follow(WEB)
    wait_seen(IN_WEB)
    kit.check(bar.alive())


def test_hidden_modules_leave_no_gap():
    prepare()
    kit.Waybar(CONFIG, STYLE)
    follow({**WEB, "show": []})
    wait_seen({"mission"})
    shown = kit.screen()
    row = [shown.pixel(x, 17) for x in range(60)]
    kit.check(YELLOW in row[:12], "the first module stands where the hidden ones were", row[:20])
    kit.equal({shown.pixel(x, 17) for x in range(700, 800)}, {BLUE}, "where the others were")


def test_bar_started_afterwards():
    prepare()
    follow(WEB)
    kit.Waybar(CONFIG, STYLE)
    wait_seen(IN_WEB)


def test_bar_restarted():
    prepare()
    first = kit.Waybar(CONFIG, STYLE)
    follow(WEB)
    wait_seen(IN_WEB)
    first.close()
    follow({})  # nobody there to be told
    second = kit.Waybar(CONFIG, STYLE)
    wait_seen(USUAL)
    second.process.kill()
    follow(WEB)
    kit.Waybar(CONFIG, STYLE)
    wait_seen(IN_WEB)


def test_two_outputs():
    prepare()
    kit.run("swaymsg", "create_output")
    kit.run("swaymsg", "output", "HEADLESS-2", "resolution", "800x450")
    try:
        kit.Waybar(CONFIG, STYLE)
        wait_seen(USUAL)
        wait_seen(USUAL, "HEADLESS-2")
        follow(WEB)
        wait_seen(IN_WEB)
        wait_seen(USUAL, "HEADLESS-2")
        follow(WEB, {"mission": "ops", "output": "HEADLESS-2"})
        wait_seen(IN_WEB)
        wait_seen(USUAL | {"ops"}, "HEADLESS-2")
        follow({}, {**WEB, "output": "HEADLESS-2"})
        wait_seen(USUAL)
        wait_seen(IN_WEB, "HEADLESS-2")
    finally:
        kit.run("swaymsg", "output", "HEADLESS-2", "unplug")


def test_two_bars():
    prepare()
    one = kit.Waybar(CONFIG, STYLE)
    two = kit.Waybar(CONFIG, STYLE)
    follow(WEB)
    wait_seen(IN_WEB)
    kit.wait_for("both say the same", lambda: {
        kit.screen().pixel(2, y) for y in (17, 51)} and kit.screen().count(YELLOW, (0, 34, 800, 68)) > 50)
    one.process.kill()
    follow({})
    wait_seen(USUAL)
    kit.check(two.alive(), two.log())


def test_signals_from_the_first_moment():
    """A real-time signal kills a Waybar that hasn't its handlers yet: it must not get one."""
    prepare()
    desk(WEB)
    for _ in range(6):
        bar = kit.Waybar(CONFIG, STYLE, wait=False)
        end = time.monotonic() + 0.4
        told = 0
        while time.monotonic() < end:
            kit.lumina("bar", "--tell")
            told += 1
        kit.wait_for("the bar", lambda: "Bar configured" in bar.log() or not bar.alive())
        kit.check(bar.alive() and told > 3, told, bar.log())
        wait_seen(IN_WEB)
        bar.close()


def test_a_storm_of_signals():
    prepare()
    bar = kit.Waybar(CONFIG, STYLE)
    for number in range(40):
        follow(*([WEB] if number % 2 else [{}]))
    wait_seen(IN_WEB)
    kit.check(bar.alive())


def test_others_of_a_similar_name_live():
    prepare()
    program = ("import ctypes, sys, time\nctypes.CDLL(None).prctl(15, sys.argv[1].encode(), 0, 0, 0)\n"
               "print(flush=True)\ntime.sleep(600)")
    others = [subprocess.Popen([sys.executable, "-c", program, name], stdout=subprocess.PIPE)
              for name in ("waybar", "waybar-helper", "waybar_auto_hid")]
    for one in others:
        one.stdout.readline()
    kit.Waybar(CONFIG, STYLE)
    follow(WEB)
    wait_seen(IN_WEB)
    kit.check(all(one.poll() is None for one in others))
    for one in others:
        one.kill()


def test_a_plain_signal_would_kill():
    """What the care is for: the same signal, sent at once, is the end of this Waybar."""
    prepare()
    bar = kit.Waybar(CONFIG, STYLE, wait=False)
    os.kill(bar.pid, signal.SIGRTMIN + 13)
    kit.wait_for("its end", lambda: not bar.alive(), 10)


def test_hostile_labels():
    prepare()
    bar = kit.Waybar(CONFIG, STYLE)
    for label in ("<b>&'\"", "</span>", "<span size='1000000'>", "{}{0}%s", "x" * 3000, "\\x1b[31m"):
        follow({"mission": "web", "label": label.replace("\\", "\\\\")})
        kit.wait_for("the label", lambda: "mission" in (seen() or ()), 20)
        follow({})
        wait_seen(USUAL)
    kit.check(bar.alive())
    kit.check("markup" not in bar.log().lower(), bar.log())


def test_without_lumina():
    """The binary is gone: the modules are hidden, the bar stands as the style sheet last said."""
    prepare()
    follow(WEB)
    gone = json.loads(json.dumps(CONFIG).replace("lumina bar", "/nonexistent/lumina bar"))
    bar = kit.Waybar(gone, STYLE)
    wait_seen(set())
    kit.check(bar.alive())


if __name__ == "__main__":
    kit.main()
