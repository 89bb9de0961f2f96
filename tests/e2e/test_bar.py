# SPDX-License-Identifier: MIT
"""`lumina bar`, `lumina hook waybar|hyprland`: the bar's side, without a bar."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flow_kit import project
from support import LUMINA, NOBODY, USAGE, needs_strace, traced, xxh3

REGISTRY = """
    missions:
      web:
        when: [package.json]
        waybar: {show: [network, custom/updates], hide: [mpris]}
      ops: {waybar: {show: [battery], hide: [custom/vpn, hyprland/window, "battery#two"]}}
    """
SLOW = {"LUMINA_TIMEOUT_SCALE": "100"}


def field(text):
    if text is None:
        return b"-"
    data = os.fsencode(text)
    if data == b"-":
        return b"\\x2d"
    return b"".join(b"\\\\" if c == 92 else b"\\x%02x" % c if c < 32 or c == 127 else bytes([c])
                    for c in data)


def line(*fields):
    return b"\t".join([fields[0].encode(), *(field(f) for f in fields[1:])]) + b"\n"


def desk(home, *workspaces, signature=None, failures=0):
    """Writes the desk's file. A workspace: id, output, mission, label, root, show, hide, hidden."""
    text = b"lumina desk 1\n" + line("instance", signature, "lua-repl") + line("failures", str(failures))
    for number, one in enumerate(workspaces):
        this = {"id": number + 1, "output": "DP-1", "mission": "web", "label": None, "root": None,
                "show": [], "hide": [], "hidden": False, **one}
        hidden = ["hidden"] if this["hidden"] else []
        text += line("workspace", str(this["id"]), this["output"], this["mission"], this["label"],
                     this["root"], str(100 + number), *hidden)
        for word in ("show", "hide"):
            for module in this[word]:
                text += line(word, str(this["id"]), module)
    text += b"end\txxh3:" + xxh3(text).encode() + b"\n"
    folder = Path(home.env["XDG_RUNTIME_DIR"], "lumina")
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / "desk"
    path.write_bytes(text)
    return path


@pytest.fixture
def home(home):
    project(home, "shop", REGISTRY, package="{}")
    home.run("mission", "list")  # makes the index
    return home


def bar(home, name, *args, output="DP-1", **more):
    result = home.run("bar", name, *args, env={"WAYBAR_OUTPUT_NAME": output, **SLOW, **more})
    assert result.err == ""
    return result


def said(home, name, **more):
    out = bar(home, name, **more).stdout
    if not out:
        return None
    assert out.endswith(b"\n") and out.count(b"\n") == 1
    return json.loads(out)


# --- what a module shows ---------------------------------------------------------------------

def test_nothing_known(home):
    assert said(home, "mission") is None
    assert said(home, "network") is None  # a mission's own
    assert said(home, "cpu") == {"text": "cpu"}


def test_mission(home):
    desk(home, {"label": "The shop", "root": "/home/u/shop", "show": ["network"]})
    assert said(home, "mission") == {"text": "The shop", "alt": "web", "class": "web",
                                     "tooltip": "web: The shop\n/home/u/shop"}
    assert said(home, "network")["text"] == "network"
    assert said(home, "battery") is None


def test_without_label(home):
    desk(home, {"mission": "web.app"})
    assert said(home, "mission") == {"text": "web.app", "alt": "web.app", "class": "web-app",
                                     "tooltip": "web.app"}


def test_output_decides(home):
    desk(home, {"output": "DP-1", "label": "one"}, {"output": "DP-2", "label": "two", "mission": "ops"})
    assert said(home, "mission", output="DP-1")["text"] == "one"
    assert said(home, "mission", output="DP-2")["text"] == "two"
    assert said(home, "mission", output="DP-3") is None
    assert said(home, "mission", output="") is None  # which one is meant?


def test_two_on_one_output_are_not_clear(home):
    desk(home, {"label": "one"}, {"label": "two"})
    assert said(home, "mission") is None
    desk(home, {"label": "one", "hidden": True}, {"label": "two"})
    assert said(home, "mission")["text"] == "two"
    desk(home, {"label": "one"}, {"label": "one"})
    assert said(home, "mission")["text"] == "one"


def test_custom_modules_go_by_either_name(home):
    desk(home, {"show": ["custom/updates"]})
    assert said(home, "updates")["text"] == "updates"
    assert said(home, "vpn")["text"] == "vpn"
    desk(home, {"mission": "ops", "hide": ["custom/vpn"]})
    assert said(home, "updates") is None and said(home, "vpn") is None


def test_own_command(home):
    desk(home, {"label": "L", "root": "/r", "show": ["custom/updates"]})
    script = 'echo "$1 $LUMINA_MISSION $LUMINA_LABEL $LUMINA_ROOT"; umask; exit 7'
    result = home.run("bar", "updates", "--", "sh", "-c", script, "x", "a b", expect=7,
                      env={"WAYBAR_OUTPUT_NAME": "DP-1", **SLOW})
    assert result.out == "a b web L /r\n0022\n"
    desk(home, {"mission": "ops", "hide": ["custom/vpn"]})
    assert bar(home, "vpn", "--", "sh", "-c", "echo no").out == ""


def test_own_command_has_no_deadline(home):
    desk(home, {"show": ["custom/updates"]})
    result = home.run("bar", "updates", "--", "sh", "-c", "sleep 0.3; echo late",
                      env={"WAYBAR_OUTPUT_NAME": "DP-1"})
    assert result.out in ("late\n", "")  # on a busy machine Lumina itself was late


HOSTILE = ["<b>&'\"\\", "</span>\x1b[31m", "a\nb\tc", "\udcff\udcc3(", "\u202e\u200babc\u0085",
           "{}{{0}} %s $(id) `id`", "-", "\\", "漢字 ä 🜁", "x" * 5000, "]]>", "\x7f\x01"]


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels(home, label):
    desk(home, {"label": label, "root": label, "mission": "web"})
    out = bar(home, "mission").stdout
    got = json.loads(out.decode("utf-8"))  # valid, whatever it was
    for text in (got["text"], got["tooltip"].replace("\n", "", 1)):
        assert all(c >= " " and c != "\x7f" for c in text)
        assert not set("\u202e\u200b\u0085") & set(text)
        assert not set("<>\"'") & set(text)
        plain = text
        for entity in ("&amp;", "&lt;", "&gt;", "&quot;", "&apos;"):
            plain = plain.replace(entity, "")
        assert "&" not in plain
    assert len(got["text"]) < 64 * 7


def test_hostile_classes(home):
    desk(home, {"mission": "a b.c\"<é"})
    assert said(home, "mission")["class"] == "a-b-c----"


# --- nothing when unsure ---------------------------------------------------------------------

def test_desk_cut_at_every_byte(home):
    path = desk(home, {"label": "one", "show": ["network"]}, {"id": 7, "output": "DP-2"})
    whole = path.read_bytes()
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert said(home, "mission") is None, size


@pytest.mark.parametrize("what", ["none", "file", "unreadable", "pipe", "folder", "unset"])
def test_odd_runtime_folders(user_home, what):
    home = user_home
    project(home, "shop", REGISTRY, package="{}")
    run = Path(home.env["XDG_RUNTIME_DIR"])
    more = {}
    if what == "none":
        run.rmdir()
    elif what == "file":
        run.rmdir()
        run.write_text("")
    elif what == "unreadable":
        run.chmod(0)
    elif what in ("pipe", "folder"):
        (run / "lumina").mkdir()
        (os.mkfifo if what == "pipe" else os.mkdir)(run / "lumina/desk")
    else:
        more = {"XDG_RUNTIME_DIR": None}
    home.give()
    assert said(home, "mission", **more) is None
    assert home.run("bar", "--json", env={**SLOW, **more}).json["workspaces"] == []
    assert home.run("bar", "--tell", env={**SLOW, **more}).out == ""
    if what == "unreadable":
        run.chmod(0o700)


def test_no_home(home):
    assert home.run("bar", "mission", env={"HOME": "relative"}).out == ""


def test_another_login(home):
    """What an earlier Hyprland's desk says holds no more; here there is none to ask."""
    desk(home, {"label": "one"}, signature="old_1_2")
    assert said(home, "mission", HYPRLAND_INSTANCE_SIGNATURE="new_3_4")["text"] == "one"


def test_rests_without_asking(home):
    desk(home, {"label": "one"}, failures=3)
    assert "hyprland" in home.run("doctor", expect=None).out


@needs_strace
def test_looks_into_no_project(home):
    (home.at("shop") / ".lumina.yaml").write_text("mission: web\nenv: {A: b}\n")
    desk(home, {"label": "one", "root": str(home.at("shop")), "show": ["network"]})
    result, calls = traced(home, "bar", "mission", env={"WAYBAR_OUTPUT_NAME": "DP-1", **SLOW})
    assert b"one" in result.stdout
    named = [call for call in calls if "shop" in call.args]
    assert all(call.name in ("read", "write") for call in named), named  # the desk's text
    assert not any(call.writes or call.name in ("fork", "vfork", "clone") for call in calls)


def test_deadline(home):
    """A desk that can't be read in time: nothing, and the bar isn't held up."""
    path = desk(home, {"label": "one"})
    start = time.monotonic()
    process = subprocess.Popen([str(LUMINA), "bar", "mission"], stdout=subprocess.PIPE,
                               env={**home.env, "WAYBAR_OUTPUT_NAME": "DP-1"})
    os.kill(process.pid, signal.SIGSTOP)
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGCONT)
    out = process.communicate(timeout=20)[0]
    assert process.returncode == 0 and (out == b"" or json.loads(out)["text"] == "one")
    assert time.monotonic() - start < 15 and path.exists()


@pytest.mark.parametrize("args", [[], ["a", "b"], ["--tell", "x"], ["--json", "x"], ["--tell", "--json"],
                                  ["--tell", "--", "true"]])
def test_wrong_usage(home, args):
    assert home.run("bar", *args, expect=USAGE).out == ""


def test_json(home):
    desk(home, {"label": "one", "root": "/r", "show": ["network"], "hide": ["mpris"]},
         {"id": 5, "output": None, "mission": None})
    got = home.run("bar", "--json").json
    assert got["schema"] == 1 and got["command"] == "bar"
    assert got["workspaces"] == [
        {"id": 1, "output": "DP-1", "mission": "web", "label": "one", "root": "/r",
         "show": ["network"], "hide": ["mpris"]},
        {"id": 5, "output": None, "mission": None, "label": None, "root": None, "show": [],
         "hide": []}]


# --- the style sheet -------------------------------------------------------------------------

def style(home):
    return home.at(".config/waybar/lumina.css")


def hidden(text):
    """The selectors that are hidden: those without " *"."""
    return [one.strip() for one in text.split("*/")[1].split("{")[0].split(",")
            if not one.strip().endswith("*")] if "{" in text else []


def test_style(home):
    home.run("hook", "waybar")
    assert hidden(style(home).read_text()) == [
        "window#waybar:not(#lumina) #network", "window#waybar:not(#lumina) #custom-updates",
        "window#waybar:not(#lumina) #battery"]
    desk(home, {"output": "DP-1", "show": ["network"], "hide": ["mpris"]},
         {"output": "eDP-1", "mission": "ops", "show": ["battery"],
          "hide": ["hyprland/window", "battery#two", "custom/vpn"]},
         {"output": "DP-1", "hide": ["hyprland/window"], "hidden": True})
    home.run("bar", "--tell", env=SLOW)
    assert hidden(style(home).read_text()) == [
        "window#waybar:not(.DP-1):not(#lumina) #network",
        "window#waybar:not(#lumina) #custom-updates",
        "window#waybar.DP-1:not(#lumina) #mpris",
        "window#waybar:not(.eDP-1):not(#lumina) #battery",
        "window#waybar.eDP-1:not(#lumina) #custom-vpn",
        "window#waybar.eDP-1:not(#lumina) #window",
        "window#waybar.eDP-1:not(#lumina) #battery.two"]


def test_style_is_written_only_where_it_differs(home):
    home.run("hook", "waybar")
    before = style(home).stat()
    home.run("hook", "waybar")
    home.sync()
    after = style(home).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_hostile_names_are_left_out(home):
    home.run("hook", "waybar")
    desk(home, {"output": "x{}", "hide": ["mpris"]},
         {"output": "DP-1", "hide": ["a b", "x}y", "#", "custom/", "1x", "a#b c", "é", "a/b/c", "good"]})
    home.run("bar", "--tell", env=SLOW)
    text = style(home).read_text()
    assert text.count("{") == text.count("}") == 1
    assert hidden(text)[-1] == "window#waybar.DP-1:not(#lumina) #good"
    assert [one.split("#")[-1] for one in hidden(text)] == [
        "network", "custom-updates", "battery", "good"]


def test_sync_makes_what_is_imported(home):
    """On a new machine style.css comes from the profile, and Waybar ends without the file."""
    home.write(".lumina/lumina.yaml", "symlinks: {~/.config/waybar/style.css: style.css}\n")
    home.write(".lumina/style.css", '@import "lumina.css";\n')
    home.sync("-n")
    assert not style(home).exists()
    home.sync()
    assert style(home).read_text().startswith("/* Made by Lumina") and not style(home).is_symlink()


@pytest.mark.parametrize("line, made", [
    ('@import "lumina.css";', True), ("@import 'lumina.css';", True),
    ('@import url("../waybar/lumina.css");', True), ("* {}\n/* x */ @import/**/\n\"./lumina.css\";", True),
    ('/* @import "lumina.css"; */', False), ('@import "other.css";', False),
    ('@import "notlumina.css";', False), ("@import url(lumina.css);", False), ("@import \"lumina.css", False),
    ("/* ", False), ("@", False), ("", False),
])
def test_imports(home, line, made):
    home.write(".lumina/lumina.yaml", "{}\n")
    home.write(".config/waybar/style.css", line)
    home.sync()
    assert style(home).exists() == made


def test_sync_leaves_others_alone(home):
    home.sync()
    assert not home.at(".config/waybar").exists()
    home.write(".lumina/lumina.yaml", "missions: {a: {when: [x]}}\n")
    home.at(".config/waybar").mkdir(parents=True)
    home.sync()
    assert not style(home).exists()


def test_a_file_that_is_not_ours_is_left(home):
    home.write(".config/waybar/lumina.css", "#clock { color: red; }\n")
    assert "not the one that Lumina makes" in home.run("hook", "waybar", expect=1).err
    assert "not the one that Lumina makes" in home.sync().err
    assert style(home).read_text() == "#clock { color: red; }\n"


def test_a_link_is_written_through(home):
    home.write("elsewhere/lumina.css", "")
    home.at(".config/waybar").mkdir(parents=True)
    style(home).symlink_to(home.at("elsewhere/lumina.css"))
    home.sync()
    assert style(home).is_symlink() and "Made by" in home.at("elsewhere/lumina.css").read_text()
    home.at("elsewhere/lumina.css").unlink()
    assert "leads nowhere" in home.sync().err
    assert style(home).is_symlink()


# --- hook ------------------------------------------------------------------------------------

def test_hook_waybar(home):
    out = home.run("hook", "waybar").out
    assert '@import "lumina.css";' in out and '"reload_style_on_change": true' in out
    assert out.count('"signal": 13') == 3
    assert 'lumina bar mission"' in out and "lumina bar updates -- " in out and "bar vpn -- " in out
    assert ".gitignore" not in out


def test_hook_waybar_in_the_profile(home):
    home.at(".config").mkdir(exist_ok=True)
    (home.profile / "waybar").mkdir()
    home.at(".config/waybar").symlink_to(home.profile / "waybar")
    assert ".gitignore" in home.run("hook", "waybar").out
    assert (home.profile / "waybar/lumina.css").exists()


def test_hook_waybar_without_a_profile(home):
    home.env["LUMINA_HOME"] = str(home.root / "none")
    assert '"signal": 13' in home.run("hook", "waybar").out


def test_hook_hyprland(home):
    out = home.run("hook", "hyprland").out
    assert 'hl.on("workspace.active"' in out and "bar --tell" in out
    home.write(".config/hypr/hyprland.conf")
    out = home.run("hook", "hyprland").out
    assert "hl.on" not in out and "\nbind = " in out
    home.write(".config/hypr/hyprland.lua")
    assert "hl.on" in home.run("hook", "hyprland").out


# --- doctor ----------------------------------------------------------------------------------

GOOD = """
// a comment with "exec": "lumina bar x" {
{
  "reload_style_on_change": true, /* { */
  "modules-left": ["custom/lumina-mission", "custom/a"],
  "custom/lumina-mission": {"exec": "lumina bar mission", "interval": "once", "signal": 13},
  "custom/a": {"signal": 13, "format": "} \\" {", "exec": "/usr/bin/lumina bar a -- sh -c 'x'"}
}
"""


def findings(home):
    rows = home.run("doctor", "--json", expect=None).json["findings"]
    return [(row["health"], row["text"], row["mend"]) for row in rows if row["subject"] == "waybar"]


def test_doctor(home):
    assert findings(home) == []
    home.run("hook", "waybar")
    home.write(".config/waybar/style.css", '@import "lumina.css";')
    home.write(".config/waybar/config.jsonc", GOOD)
    assert findings(home) == [("ok", "follows missions", None)]


@pytest.mark.parametrize("before, after, words", [
    ('"interval": "once", "signal": 13', '"interval": "once"', '"custom/lumina-mission" lacks "signal"'),
    ('{"signal": 13', '{"signal": 8', '"custom/a" lacks "signal"'),
    ("lumina bar", "lumina foo", "no module"),
    ('change": true', 'change": false', "reload_style_on_change"),
])
def test_doctor_finds(home, before, after, words):
    home.run("hook", "waybar")
    home.write(".config/waybar/style.css", '@import "lumina.css";')
    home.write(".config/waybar/config.jsonc", GOOD.replace(before, after))
    (health, text, mend), = findings(home)
    assert health == "warning" and words in text and mend == "lumina hook waybar"


def test_doctor_style(home):
    home.write(".config/waybar/style.css", "")
    home.write(".config/waybar/config", GOOD)
    assert "doesn't import" in findings(home)[0][1]
    home.write(".config/waybar/style.css", '@import "lumina.css";')
    assert findings(home)[0][0] == "problem"


def test_doctor_cut_configuration(home):
    home.run("hook", "waybar")
    for size in range(0, len(GOOD), 7):
        home.write(".config/waybar/config.jsonc", GOOD[:size] + "\0\xff}]{"[:size % 6])
        assert len(findings(home)) >= 1


# --- telling ---------------------------------------------------------------------------------

BAR = """
import ctypes, os, signal, sys, time
number = signal.SIGRTMIN + 13
name, log, handles, user = sys.argv[1:]
def told(*_):
    with open(log, "a") as file:
        file.write("told\\n")
if handles == "yes":
    signal.signal(number, told)
if user != "0":
    os.setuid(int(user))
ctypes.CDLL(None).prctl(15, name.encode(), 0, 0, 0)
open(log, "a").close()
os.chmod(log, 0o666) if os.geteuid() == os.stat(log).st_uid else None
open(log + ".up", "w").close()
while True:
    time.sleep(10)
"""


class Bar:
    """A process that is called like a bar, and notes each signal."""

    def __init__(self, home, name="waybar", handles="yes", user=0):
        folder = home.root / f"bar-{id(self)}"
        folder.mkdir(mode=0o777)
        folder.chmod(0o777)
        self.log = folder / "log"
        self.process = subprocess.Popen([sys.executable, "-c", BAR, name, str(self.log), handles,
                                         str(user)])
        self.wait(lambda: Path(f"{self.log}.up").exists())

    @staticmethod
    def wait(true):
        end = time.monotonic() + 20
        while not true():
            assert time.monotonic() < end
            time.sleep(0.01)

    def told(self):
        return self.log.read_text().count("told")

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def bars(home):
    made = []

    def make(*args, **more):
        made.append(Bar(home, *args, **more))
        return made[-1]
    yield make
    for one in made:
        one.close()


def test_tells_all_bars_and_nobody_else(home, bars):
    one, two = bars(), bars()
    others = [bars("waybar-helper"), bars("waybar", handles="no"), bars("Waybar"), bars("xwaybar")]
    desk(home, {"label": "one"})
    gone = bars()
    gone.close()
    home.run("bar", "--tell", env=SLOW)
    Bar.wait(lambda: one.told() == 1 and two.told() == 1)
    time.sleep(0.1)
    assert all(other.process.poll() is None and other.told() == 0 for other in others)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root for another user's process")
def test_tells_no_other_users_bar(home, bars):
    other, one = bars(user=NOBODY), bars()
    desk(home, {"label": "one"})
    home.run("bar", "--tell", env=SLOW)
    Bar.wait(lambda: one.told() == 1)
    assert other.told() == 0 and other.process.poll() is None


def test_nothing_to_tell(home, bars):
    one = bars()
    home.run("bar", "--tell", env=SLOW)
    time.sleep(0.1)
    assert one.told() == 0
