# SPDX-License-Identifier: MIT
"""Shells in shells: what is inherited is consistent, and taken back by whoever leaves."""

import os
import subprocess
import time

import pytest

from flow_kit import (SHELLS, STATE, Shell, each_shell, needs, needs_root, project, shell_home)
from support import TIMEOUT

REGISTRY = """
    missions:
      web: {when: [package.json], env: {MODE: web, ONLY_WEB: w}, path: [bin]}
      rust: {env: {MODE: rust}, path: [target]}
    """


@pytest.fixture
def home(home):
    project(home, "web", REGISTRY, package="{}")
    project(home, "rust", **{"Cargo.toml": ""})
    return shell_home(home)


def same(one, other):
    """The environments but for the record, which names its shell."""
    return {**one, STATE: b""} == {**other, STATE: b""}


@each_shell
@pytest.mark.parametrize("inner", [pytest.param(s, marks=needs(s)) for s in SHELLS])
def test_a_shell_inside(home, shell, inner):
    with Shell(home, shell, env={"MODE": "mine"}) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        inside = sh.clean_env()
        nested = sh.nested(inner)
        assert sh.get("MODE") == b"web"
        assert sh.get("PATH").count(b"web/bin") == 1
        sh.quiet_cd("/")
        left = sh.env()
        assert left["MODE"] == b"mine" and "ONLY_WEB" not in left and STATE not in left
        assert left["PATH"] == before["PATH"]
        sh.quiet_cd(home.at("rust"))
        assert sh.get("MODE") == b"rust"
        sh.leave(nested)
        assert sh.clean_env() == inside, "the outer shell has what it had"
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_exec(home, shell):
    with Shell(home, shell, env={"MODE": "mine"}) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        for _ in range(3):
            sh.number = 0
            sh.type(f"exec {shell}")
            sh.prompt(1)
            assert sh.get("MODE") == b"web" and sh.get("PATH").count(b"web/bin") == 1
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_exec_elsewhere(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        sh.number = 0
        sh.type(f"cd /; exec {shell}")
        sh.prompt(1)
        assert sh.clean_env() == before


@each_shell
def test_three_deep(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        one = sh.nested(shell)
        sh.quiet_cd(home.at("rust"))
        two = sh.nested(shell)
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"web" and sh.get("PATH").count(b"/target") == 0
        sh.quiet_cd("/")
        assert {**sh.clean_env()} == before
        sh.leave(two)
        assert sh.get("MODE") == b"rust"
        sh.leave(one)
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_start_up_files_that_set_the_same(home, shell):
    """They run in the nested shell again: what they set is what was there before, there."""
    line = {"fish": "set -gx MODE rc\nset -gx PATH /rc $PATH\n"}.get(
        shell, "export MODE=rc PATH=/rc:$PATH\n")
    shell_home(home, before={shell: line})
    with Shell(home, shell) as sh:
        assert sh.get("MODE") == b"rc"
        sh.quiet_cd(home.at("web"))
        nested = sh.nested(shell)
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        got = sh.env()
        assert got["MODE"] == b"rc" and b"web/bin" not in got["PATH"]
        sh.leave(nested)


@each_shell
@pytest.mark.parametrize("state", ["", "x", "1:0000000000000000:",
                                   "1:" + "f" * 16 + ":i/x;vMODE=0-;", "\x1b[31m", "A" * 100000, "';touch PWNED;'"])
def test_a_record_from_elsewhere(home, shell, state):
    """EV-008: inherited state is anybody's."""
    with Shell(home, shell, env={STATE: state, "MODE": "mine"}) as sh:
        assert sh.get("MODE") == b"mine"
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert sh.get("MODE") == b"mine"
    assert not home.at("PWNED").exists()


# --- tmux ----------------------------------------------------------------------------------------

class Tmux:
    """A server of its own, started from inside a shell."""

    def __init__(self, home, shell):
        self.home, self.socket = home, home.root / "tmux"
        self.conf = home.write(".tmux.conf", f"set -g default-command '{shell} -i'\n"
                                             "set -g history-limit 5000\n")
        self.command = f"tmux -S {self.socket} -f {self.conf}"

    def run(self, *args):
        return subprocess.run(["tmux", "-S", str(self.socket), *args], env=self.home.environment(),
                              capture_output=True, check=True, timeout=TIMEOUT).stdout.decode()

    def env(self, window):
        """Types a command that writes the pane's environment."""
        name = self.home.root / f"pane.{window}"
        self.run("send-keys", "-t", f"s:{window}",
                 f"command env -0 >{name}.new; mv {name}.new {name}", "Enter")
        end = time.monotonic() + TIMEOUT
        while not name.exists() and time.monotonic() < end:
            time.sleep(0.05)
        pairs = name.read_bytes().split(b"\0")[:-1]
        name.unlink()
        return {os.fsdecode(k): v for k, _, v in (p.partition(b"=") for p in pairs)}

    def close(self):
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"],
                       capture_output=True, check=False)


@each_shell
@needs("tmux")
def test_tmux_started_inside_a_project(home, shell):
    """Its server keeps the project's variables: panes elsewhere start clean all the same."""
    tmux = Tmux(home, shell)
    try:
        with Shell(home, shell, env={"MODE": "mine"}) as sh:
            before = sh.env()
            sh.quiet_cd(home.at("web"))
            sh.run(f"{tmux.command} new-session -d -s s -x 200 -y 50")
            assert sh.status == 0
            assert tmux.env(0)["MODE"] == b"web"
            tmux.run("new-window", "-t", "s:1", "-c", "/")
            got = tmux.env(1)
            assert got["MODE"] == b"mine" and "ONLY_WEB" not in got and STATE not in got
            assert got["PATH"] == before["PATH"]
            tmux.run("new-window", "-t", "s:2", "-c", str(home.at("rust")))
            got = tmux.env(2)
            assert got["MODE"] == b"rust" and "ONLY_WEB" not in got
            tmux.run("send-keys", "-t", "s:2", "cd /", "Enter")
            assert tmux.env(2)["MODE"] == b"mine"
    finally:
        tmux.close()


# --- other users ---------------------------------------------------------------------------------

@needs_root
@needs("su", "runuser")
@pytest.mark.parametrize("command", ["su", "runuser"])
@pytest.mark.parametrize("login", [False, True])
def test_su_starts_clean(home, command, login):
    """The other user's shell gets nothing of the project; ours has it all back."""
    rc = home.write("rc.other", (home.at(".bashrc")).read_text().replace(
        "lumina hook", f"{home.root}/bin/lumina hook"))
    with Shell(home, "bash") as sh:
        sh.quiet_cd(home.at("web"))
        inside = sh.clean_env()
        flag = "-" if login else ""
        nested = sh.nested("bash", f"{command} {flag} nobody -s /bin/bash -c "
                                   f"'exec bash --rcfile {rc} -i'")
        sh.type("env | grep -c '^\\(MODE\\|ONLY_WEB\\|__LUMINA_FLOW\\)='")
        assert "0" in sh.prompt().split()
        sh.run("cd /")
        sh.type("env | grep -c '^\\(MODE\\|ONLY_WEB\\|__LUMINA_FLOW\\)='")
        assert "0" in sh.prompt().split()
        sh.leave(nested)
        assert sh.clean_env() == inside
