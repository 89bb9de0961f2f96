# SPDX-License-Identifier: MIT
"""After a switch, running programs are told: when, by which commands, and what is reported. Who is told,
and how, is test_reload.py's."""

import json
import os
import shutil
import signal
import subprocess
import time

import pytest

import changes
from flow_kit import needs
from support import OK, TIMEOUT, Home
from test_theme import REGISTRY, fill, shown

SESSION = {"WAYLAND_DISPLAY": "wayland-none"}
NOTE = """["sh", "-c", "echo $LUMINA_THEME $LUMINA_VARIANT >> $HOME/told"]"""


def reload(home, *commands):
    """A registry with these."""
    fill(home, REGISTRY.replace("themes:\n", f"themes:\n  reload: [{', '.join(commands)}]\n"))
    home.env.update(SESSION)
    home.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    return home


def told(home):
    path = home.path / "told"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def lines(document):
    return {line["name"]: (line["state"], line["detail"]) for line in document["reload"]}


@pytest.fixture
def noted(home):
    return reload(home, NOTE)


def test_each_way_to_another_theme_tells(noted):
    noted.sync()
    noted.run("theme", "set", "paper")
    noted.run("theme", "next")
    noted.run("undo")
    noted.run("rollback", "1")
    assert told(noted) == ["nord dark", "paper light", "tokyo dark", "paper light", "nord dark"]


def test_none_where_no_theme_was_switched(noted):
    noted.sync()
    noted.sync()
    noted.sync("-n")
    noted.run("theme", "set", "paper", "-n")
    noted.write(noted.path / ".zshrc", "x\n")
    noted.run("add", "~/.zshrc")
    noted.run("undo")
    assert told(noted) == ["nord dark"]


def test_set_tells_again(noted):
    """Whoever asks for the theme that is shown wants to see it: a program may have missed it."""
    noted.sync()
    result = noted.run("theme", "set", "nord")
    assert told(noted) == ["nord dark"] * 2 and "nothing to do" in result.out
    assert noted.generations() == ["000001"]


def test_a_switch_to_no_theme_tells(noted):
    noted.sync()
    fill(noted, noted.profile.joinpath("lumina.yaml").read_text().replace("active:   nord", "active: null"))
    noted.sync("--yes")
    assert told(noted) == ["nord dark", "dark"] and shown(noted) is None


def test_without_a_session_no_command_is_run_and_nothing_is_said(home):
    reload(home, NOTE)
    for name in SESSION:
        home.env.pop(name)
    result = home.sync()
    assert told(home) == [] and result.err == "" and "told" not in result.out


def test_lines(home):
    """One fails, the others are told all the same, and the command is done."""
    reload(home, NOTE, '["sh", "-c", "echo no such luck >&2; exit 3"]', '["/nonexistent/program"]', '["true"]')
    result = home.run("theme", "set", "paper")
    at = result.out.index("theme switched")
    rows = [line.split(None, 1) for line in result.out[at:].splitlines()[1:]]
    rows = [row for row in rows if row[0] not in ("GTK",)]
    assert [row[0] for row in rows] == ["sh", "sh", "/nonexistent/program", "true"]
    assert rows[0][1] == rows[3][1] == "told"
    assert rows[1][1] == "failed: no such luck"
    assert rows[2][1].startswith("failed: ") and "/nonexistent/program" in rows[2][1]
    assert told(home) == ["paper light"] and shown(home) == "paper"


def test_escapes_are_shown_not_sent(home):
    reload(home, r'["sh", "-c", "printf \"\\033]0;x\\007\\n\" >&2; exit 1"]')
    assert "\033" not in home.run("theme", "set", "paper").out


def test_json_is_one_document(home):
    reload(home, NOTE, '["false"]')
    document = home.run("theme", "set", "paper", "--json").json
    got = lines(document)
    assert got["sh"] == ("told", None) and got["false"] == ("failed", "it exited with 1")
    assert got["Waybar"][0] in ("not running", "later") and list(got)[-2:] == ["sh", "false"]
    assert document["result"] == "done" and document["error"] is None
    again = home.run("theme", "set", "paper", "--json").json
    assert again["result"] == "nothing" and lines(again)["sh"] == ("told", None)
    assert home.run("theme", "set", "nord", "--json", "-n").json["reload"] == []
    assert home.sync("--json").json["reload"] == []


def test_quiet_and_verbose(noted):
    assert "told" not in noted.run("theme", "set", "paper", "-q").out
    verbose = noted.run("theme", "set", "nord", "-v").out
    assert "not running" in verbose and told(noted) == ["paper light", "nord dark"]


def test_a_slow_one_is_ended_with_what_it_started(home):
    reload(home, '["sh", "-c", "sleep 987654 & echo $! > $HOME/child; wait"]', NOTE)
    home.env.pop("LUMINA_TIMEOUT_SCALE", None)
    result = home.run("theme", "set", "paper", "--json")
    assert [line["state"] for line in result.json["reload"][-2:]] == ["late", "told"]
    child = int((home.path / "child").read_text())
    end = time.monotonic() + TIMEOUT
    while os.path.exists(f"/proc/{child}") and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{child}") or \
        open(f"/proc/{child}/stat", encoding="utf-8").read().split()[2] == "Z"


def test_they_run_side_by_side(home):
    """Each waits for the other one."""
    script = "mkfifo $HOME/pipe 2> /dev/null; "
    reload(home, f'["sh", "-c", "{script} echo x > $HOME/pipe"]', f'["sh", "-c", "{script} read x < $HOME/pipe"]')
    document = home.run("theme", "set", "paper", "--json").json
    assert [line["state"] for line in document["reload"][-2:]] == ["told", "told"]


def test_a_command_may_be_ours(home):
    """The lock is free by then."""
    program = json.dumps(str(home.argv()[-1]))
    reload(home, f'[{program}, "sync"]', f'[{program}, "forget", "~/.zshrc"]')
    document = home.run("theme", "set", "paper", "--json").json
    first, second = document["reload"][-2:]
    assert first["state"] == "told", first
    assert second["state"] == "failed" and "zshrc" in second["detail"], second


def test_ctrl_c_ends_the_telling_not_the_switch(home):
    reload(home, '["sh", "-c", "echo > $HOME/begun; sleep 987654"]')
    process = home.start("theme", "set", "paper", start_new_session=True, env={"LUMINA_TIMEOUT_SCALE": "60"})
    end = time.monotonic() + TIMEOUT
    while not (home.path / "begun").exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=TIMEOUT)
    assert shown(home) == "paper" and home.generations() == ["000001"]
    assert home.run("theme", "set", "paper", env={**SESSION, "WAYLAND_DISPLAY": None}).code == OK


def test_a_reader_that_is_gone(noted):
    """What can't be said isn't done."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(noted.argv("theme", "set", "paper"), env=noted.environment(), cwd=noted.path,
                          stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE,
                          timeout=TIMEOUT, check=False)
    os.close(write)
    # The plan is shown before.
    assert done.returncode == 141 and shown(noted) is None and told(noted) == []


@pytest.mark.parametrize("where, first", [("before the commit", "nord dark"), ("after the commit", "paper light")])
def test_what_an_interrupted_run_has_shown_is_told_by_the_next(root, where, first):
    """Programs may have read what is taken back by now; or nothing of what was switched."""
    place = os.path.join(root, "killed")

    def prepare():
        home = reload(Home(place), NOTE)
        home.sync()
        (home.path / "told").unlink()
        return home
    home = prepare()
    calls = changes.changing_calls(home, "theme", "set", "paper")
    shutil.rmtree(place)
    home = prepare()
    changes.kill_before(home, calls[changes.places(calls)[where]], "theme", "set", "paper")
    assert told(home) == []
    home.sync(expect=None)
    assert told(home)[0] == first


@needs("tmux")
def test_a_real_tmux_in_a_profile(home):
    """As a person has it: the target is sourced by tmux.conf, and theme set colours the running server."""
    fill(home, REGISTRY + "    ~/.config/tmux/theme.conf: templates/tmux-theme.conf.mustache\n")
    home.write(home.profile / "templates/tmux-theme.conf.mustache",
               "set -g status-style 'bg={{background}},fg={{foreground}}'\n")
    home.sync()
    home.write(home.path / ".tmux.conf", "source-file -q ~/.config/tmux/theme.conf\n")

    def tmux(*words):
        return subprocess.run(["tmux", *words], env=home.environment({"SHELL": "/bin/sh", "TERM": "xterm"}),
                              cwd=home.path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=TIMEOUT, check=True).stdout.strip()
    tmux("new-session", "-d", "-x", "80", "-y", "24", "cat")
    try:
        assert tmux("show-options", "-gv", "status-style") == "bg=#000000,fg=#555555"
        result = home.run("theme", "set", "paper")
        assert "tmux  told" in result.out
        assert tmux("show-options", "-gv", "status-style") == "bg=#fafafa,fg=#555555"
        home.run("undo")
        assert tmux("show-options", "-gv", "status-style") == "bg=#000000,fg=#555555"
    finally:
        tmux("kill-server")
