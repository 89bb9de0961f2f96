# SPDX-License-Identifier: MIT
"""The desktop follows real shells with the real hook, typed into; beside the tests' own compositor."""

import time

import pexpect
import pytest

from flow_kit import needs, project
from hypr_server import Compositor
from support import LUMINA, TIMEOUT
from test_desk_faults import desk, failures, settle

REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {MODE: web}
        path: [bin]
        hyprland: {layout: master, gaps_in: 3}
        waybar: {show: [network]}
    """
LINE = {"zsh": f'eval "$({LUMINA} hook zsh)"', "bash": f'eval "$({LUMINA} hook bash)"',
        "fish": f"{LUMINA} hook fish | source"}
SHELLS = [pytest.param(name, marks=needs(name)) for name in LINE]


@pytest.fixture
def home(user_home):
    project(user_home, "shop", REGISTRY, package="{}")
    project(user_home, "shop2", package="{}")
    user_home.at("shop/bin").mkdir()
    user_home.root.chmod(0o777)
    user_home.give()
    return user_home


@pytest.fixture
def hypr(home):
    with Compositor(home) as compositor:
        yield compositor


class Shell:
    """An interactive one; its window is this test's child, on workspace 3."""

    def __init__(self, name, home, hypr, env=None, program=None):
        words = {"zsh": ["zsh", "-f", "-i"], "bash": ["bash", "--norc", "-i"],
                 "fish": ["fish", "--no-config", "-i"]}[name]
        more = {"LUMINA_TIMEOUT_SCALE": "40", "TERM": "dumb", "SHELL": "/bin/sh", "PS1": "$ ",
                "fish_greeting": "", **(env or {})}
        argv = [*home.argv()[:-1], *(program or words)]
        self.home, self.count = home, 0
        self.child = pexpect.spawn(argv[0], argv[1:], env=home.environment(hypr.env(more)),
                                   cwd=str(home.path), timeout=TIMEOUT, dimensions=(40, 200))
        hypr.set(windows=[{"pid": self.child.pid, "workspace": 3}])
        self.do(LINE[name])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.close(force=True)

    def do(self, line):
        """Types it, and waits until the next prompt, and for what works behind it."""
        self.count += 1
        done = self.home.root / f"done{self.count}"
        self.child.sendline(line)
        self.child.sendline(f"true >{done}")
        end = time.monotonic() + TIMEOUT
        while not done.exists():
            assert time.monotonic() < end, line
            time.sleep(0.02)
        settle(self.home, 40)

    def wait_for(self, mission):
        end = time.monotonic() + TIMEOUT
        while self.mission() != mission:
            assert time.monotonic() < end, desk(self.home)
            time.sleep(0.02)

    def mission(self):
        return desk(self.home).get(("workspace", "3"), [None] * 3)[2]


@pytest.mark.parametrize("name", SHELLS)
def test_enter_and_leave(home, hypr, name):
    with Shell(name, home, hypr) as shell:
        shell.do(f"cd {home.at('shop')}")
        assert shell.mission() == "web", desk(home)
        shell.do(f"cd {home.root}")
        assert shell.mission() == "-"


@needs("bash")
def test_after_a_job_in_the_background(home, hypr):
    """With a $! of the person's, bash asks in a subshell, which is gone when the child looks."""
    with Shell("bash", home, hypr) as shell:
        shell.do("sleep 0.1 &")
        shell.do(f"cd {home.at('shop')}")
        assert shell.mission() == "web"


@pytest.mark.parametrize("name", SHELLS)
def test_switched_off(home, hypr, name):
    """LUMINA_FLOW=0 takes it back, and leaves the bar what it knows of other missions."""
    style = home.at(".config/waybar/lumina.css")
    style.parent.mkdir(parents=True, exist_ok=True)
    home.give()
    with Shell(name, home, hypr) as shell:
        shell.do(f"cd {home.at('shop')}")
        shown = style.read_bytes()
        assert shell.mission() == "web" and b"#network" in shown
        shell.do("set -gx LUMINA_FLOW 0" if name == "fish" else "LUMINA_FLOW=0")
        shell.wait_for("-")           # `flow --off` names no folder: settle() doesn't see it
        end = time.monotonic() + TIMEOUT
        while style.read_bytes() == shown and time.monotonic() < end:
            time.sleep(0.02)
        assert b"#network" in style.read_bytes() != shown


@pytest.mark.parametrize("how", ["show", "auto"])
@needs("zsh")
def test_a_leave_that_failed(home, hypr, how):
    with Shell("zsh", home, hypr) as shell:
        shell.do(f"cd {home.at('shop')}")
        hypr.behave("closes")
        shell.do(f"cd {home.root}")
        assert shell.mission() == "web" and failures(home) == 1
        hypr.behave("good")
        shell.do(f"{LUMINA} mission {how}")
        if how == "auto":
            shell.do(f"cd {home.root}/run")
        assert shell.mission() == "-" and failures(home) == 0


@needs("zsh")
def test_next_change_makes_up_for_a_failure(home, hypr):
    with Shell("zsh", home, hypr) as shell:
        hypr.behave("closes")
        shell.do(f"cd {home.at('shop')}")
        assert shell.mission() in (None, "-")
        hypr.behave("good")
        shell.do(f"cd {home.at('shop2')}")
        assert shell.mission() == "web"


@needs("zsh")
def test_same_wish_of_another_project(home, hypr):
    """No request, but the bar says which project it is."""
    with Shell("zsh", home, hypr) as shell:
        shell.do(f"cd {home.at('shop')}")
        hypr.forget()
        shell.do(f"cd {home.at('shop2')}")
        assert hypr.requests() == [] and shell.mission() == "web"
        assert desk(home)[("workspace", "3")][4] == str(home.at("shop2"))


@needs("zsh")
def test_same_wish_in_quick_succession(home, hypr):
    """The first one is overtaken before it was carried out: then the second one has to be."""
    with Shell("zsh", home, hypr) as shell:
        shell.child.sendline(f"cd {home.at('shop')}")
        shell.do(f"cd {home.at('shop2')}")
        shell.wait_for("web")
        assert desk(home)[("workspace", "3")][4] == str(home.at("shop2"))


@needs("zsh", "tmux")
def test_project_is_not_asked_what_tmux_is(home, hypr):
    """Its `bin` is in front of PATH, by the person's own mission, when it is left."""
    evil = home.at("shop/bin/tmux")
    evil.write_text(f"#!/bin/sh\necho evil >>{home.root}/evil\n")
    evil.chmod(0o755)
    home.give()
    program = ["tmux", "-S", str(home.root / "tmux"), "-f", "/dev/null", "new-session",
               "zsh -f -i"]
    with Shell("zsh", home, hypr, env={"TERM": "xterm"}, program=program) as shell:
        try:
            shell.do(f"cd {home.at('shop')}")
            assert shell.mission() == "web"
            shell.do(f"cd {home.root}")
            assert not (home.root / "evil").exists()
            assert shell.mission() == "-"
        finally:
            shell.child.sendline("tmux kill-server")


def test_what_a_killed_process_left(home, hypr):
    """The number of a process comes again; its temporary file must not be in the way for good."""
    with Shell("bash", home, hypr) as shell:
        shell.do(f"cd {home.at('shop')}")
        shell.do(f"cd {home.root}")
        folder = home.root / "run/lumina/terminals"
        name = next(path.name for path in folder.iterdir() if not path.name.startswith("."))
        shell.do(f"for i in {{1..3000}}; do : >{folder}/.{name}.$(($$ + i)); done")
        shell.do(f"cd {home.at('shop')}")
        assert shell.mission() == "web"
