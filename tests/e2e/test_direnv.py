# SPDX-License-Identifier: MIT
"""Projects with .envrc, by the real direnv: with and without direnv's own hook in the shell."""

import os
import shutil
import time

import pytest

from flow_kit import Shell, answer, each_shell, needs, project, shell_home
from support import needs_strace
from test_hook_processes import Trace

pytestmark = needs("direnv")

REGISTRY = """
    missions:
      web: {when: [package.json], env: {MODE: web, ONLY_WEB: w}, path: [bin]}
      off: {when: [off.mark], env: {MODE: off}, direnv: false}
    """
DIRENV_HOOK = {"zsh": 'eval "$(direnv hook zsh)"\n', "bash": 'eval "$(direnv hook bash)"\n',
               "fish": "direnv hook fish | source\n"}


@pytest.fixture
def home(home):
    home.env["DIRENV_LOG_FORMAT"] = ""
    project(home, "d", REGISTRY, envrc="export FROM_DIRENV=d MODE=direnv\nPATH_add tools\n")
    project(home, "e", envrc="export FROM_DIRENV=e ONLY_E=1\n")
    project(home, "both", package="{}", envrc="export FROM_DIRENV=both MODE=direnv\n")
    project(home, "web", package="{}")
    project(home, "off", envrc="export FROM_DIRENV=off\n", **{"off.mark": ""})
    home.at("d/sub").mkdir()
    return shell_home(home)


def consent(sh, *folders):
    for folder in folders:
        sh.run(f"direnv allow {folder}")
        assert sh.status == 0


def without_direnv(env):
    """direnv may leave DIRENV_* behind, emptied; what it set must be gone."""
    return {n: v for n, v in env.items() if not (n.startswith("DIRENV_") and v == b"")}


def own(sh):
    return without_direnv(sh.clean_env())


@pytest.fixture(params=["without", "before", "after"])
def hooked(request, home):
    """direnv's own hook: not there, before Lumina's, or after it."""
    if request.param == "before":
        shell_home(home, before=DIRENV_HOOK)
    elif request.param == "after":
        shell_home(home, after=DIRENV_HOOK)
    return home


@each_shell
def test_not_allowed(home, shell):
    """direnv's own rules hold: it says so, and nothing is set."""
    with Shell(home, shell) as sh:
        before = own(sh)
        shown = sh.cd(home.at("d"))
        assert "direnv allow" in shown or "is blocked" in shown, shown
        assert "FROM_DIRENV" not in sh.env()
        sh.cd("/")
        assert own(sh) == before


@each_shell
def test_enter_and_leave(hooked, shell):
    home = hooked
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"))
        before = own(sh)
        sh.cd(home.at("d"))
        got = sh.env()
        assert got["FROM_DIRENV"] == b"d" and got["MODE"] == b"direnv"
        assert got["PATH"].startswith(os.fsencode(f"{home.path}/d/tools:"))
        sh.cd("sub")
        assert sh.get("FROM_DIRENV") == b"d"
        sh.cd("/")
        assert own(sh) == before


@each_shell
def test_switching_between_two(hooked, shell):
    home = hooked
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"), home.at("e"))
        before = own(sh)
        for _ in range(2):
            sh.cd(home.at("d"))
            assert sh.get("FROM_DIRENV") == b"d"
            sh.cd(home.at("e"))
            got = sh.env()
            assert got["FROM_DIRENV"] == b"e" and got["ONLY_E"] == b"1" and "MODE" not in got
            assert not got["PATH"].startswith(os.fsencode(f"{home.path}/d/tools"))
        sh.cd("/")
        assert own(sh) == before


@each_shell
@pytest.mark.parametrize("start", [None, "mine"])
def test_switching_between_direnv_and_a_mission(hooked, shell, start):
    home = hooked
    with Shell(home, shell, env={"MODE": start} if start else None) as sh:
        consent(sh, home.at("d"))
        before = own(sh)
        for _ in range(2):
            sh.cd(home.at("d"))
            assert sh.get("MODE") == b"direnv"
            sh.cd(home.at("web"))
            got = sh.env()
            assert got["MODE"] == b"web" and "FROM_DIRENV" not in got
            assert got["PATH"].startswith(os.fsencode(f"{home.path}/web/bin:"))
            assert b"d/tools" not in got["PATH"]
            sh.cd(home.at("d"))
            got = sh.env()
            assert got["MODE"] == b"direnv" and "ONLY_WEB" not in got
            assert b"web/bin" not in got["PATH"]
            sh.cd("/")
            assert own(sh) == before


@each_shell
def test_both_in_one_project(hooked, shell):
    home = hooked
    with Shell(home, shell) as sh:
        consent(sh, home.at("both"))
        before = own(sh)
        for _ in range(2):
            sh.cd(home.at("both"))
            got = sh.env()
            assert got["FROM_DIRENV"] == b"both" and got["ONLY_WEB"] == b"w"
            assert got["MODE"] in (b"web", b"direnv")
            assert os.fsencode(f"{home.path}/both/bin") in got["PATH"].split(b":")
            sh.cd("/")
            assert own(sh) == before
        sh.cd(home.at("both"))
        sh.cd(home.at("web"))
        sh.cd(home.at("both"))
        sh.cd("/")
        assert own(sh) == before


@each_shell
def test_switched_off_by_the_mission(home, shell):
    with Shell(home, shell) as sh:
        consent(sh, home.at("off"))
        sh.quiet_cd(home.at("off"))
        got = sh.env()
        assert got["MODE"] == b"off" and "FROM_DIRENV" not in got


@each_shell
def test_a_changed_envrc_is_not_loaded(home, shell):
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"))
        sh.cd(home.at("d"))
        assert sh.get("FROM_DIRENV") == b"d"
        sh.cd("/")
        home.write("d/.envrc", "export FROM_DIRENV=evil\n")
        sh.cd(home.at("d"))
        assert sh.get("FROM_DIRENV") != b"evil"


@each_shell
def test_allowed_denied_and_changed_in_place(home, shell):
    """Without leaving the folder, and without a word of Lumina's."""
    with Shell(home, shell) as sh:
        before = own(sh)
        os.utime(home.at("both/.envrc"), (1, 1))
        sh.cd(home.at("both"))
        assert sh.get("MODE") == b"web" and "FROM_DIRENV" not in sh.env()
        for value in ("one", "two"):
            time.sleep(1.1)  # direnv knows whole seconds
            home.write("both/.envrc", f"export FROM_DIRENV={value} MODE=direnv\n")
            sh.run("true")
            assert "FROM_DIRENV" not in sh.env(), "direnv's own rules hold"
            sh.run("direnv allow")
            got = sh.env()
            assert got["FROM_DIRENV"] == value.encode() and got["MODE"] == b"web"
            assert got["ONLY_WEB"] == b"w"
        sh.cd("..")
        assert own(sh) == before
        sh.cd("both")
        assert sh.get("FROM_DIRENV") == b"two"
        sh.run("direnv deny")
        assert "FROM_DIRENV" not in sh.env()
        sh.run("direnv allow")
        assert sh.get("FROM_DIRENV") == b"two"
        home.at("both/.envrc").unlink()
        sh.run("true")
        assert "FROM_DIRENV" not in sh.env() and sh.get("ONLY_WEB") == b"w"
        sh.cd("..")
        assert own(sh) == before


@needs_strace
@each_shell
def test_a_prompt_where_nothing_has_changed_costs_no_process(home, shell):
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"), home.at("e"))
        os.utime(home.at("e/.envrc"), (1 << 32, 1 << 32))  # in the future, it is newer for ever
        for folder in ("d", "e"):
            sh.cd(home.at(folder))
            assert sh.get("FROM_DIRENV") == folder.encode()
            trace = Trace(sh.tty.pid, home.root / f"trace.{folder}")
            for _ in range(3):
                sh.run("true")
            assert trace.stop() == (0, [])


@each_shell
@pytest.mark.parametrize("end", ["exit 2", "kill -9 $$"])
def test_half_an_answer_of_direnv(home, shell, end):
    """What it prints counts if it comes to a good end."""
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"))
        fake = home.root / "bin/direnv"
        line = "set -x -g HALF 1;" if shell == "fish" else "export HALF=1;"
        fake.write_text(f"#!/bin/sh\necho '{line}'\n{end}\n")
        fake.chmod(0o755)
        sh.cd(home.at("d"))
        assert "HALF" not in sh.env()
        assert sh.run("echo fine").strip() == "fine"


@each_shell
def test_what_direnv_says_is_said_once(hooked, shell):
    """A file that isn't allowed, in a folder with a mission."""
    with Shell(hooked, shell) as sh:
        shown = sh.cd(hooked.at("both"))
        assert shown.count("is blocked") == 1, shown
        assert sh.get("MODE") == b"web" and "FROM_DIRENV" not in sh.env()
        assert "blocked" not in sh.run("true")


@each_shell
@pytest.mark.parametrize("text", ["exit 1\n", "export A=1\nfalse\n", "if then\n", "kill -9 $$\n"])
def test_an_envrc_that_fails(home, shell, text):
    project(home, "f", envrc=text)
    with Shell(home, shell) as sh:
        consent(sh, home.at("f"))
        before = own(sh)
        sh.cd(home.at("f"))
        assert sh.run("echo fine").strip() == "fine"
        sh.cd("/")
        assert own(sh) == before


@each_shell
@pytest.mark.parametrize("value", ["it's \"x\" \\$y `z`", "two\nlines", "ä漢", ""])
def test_values_of_all_kinds(home, shell, value):
    with open(home.at("e/.envrc"), "w", encoding="utf-8") as handle:
        handle.write("export VALUE='" + value.replace("'", "'\\''") + "'\n")
    with Shell(home, shell) as sh:
        consent(sh, home.at("e"))
        sh.cd(home.at("e"))
        assert sh.get("VALUE") == value.encode()


@each_shell
def test_no_direnv_installed(home, shell):
    tools = home.root / "few"
    tools.mkdir()
    for name in ("env", "sh", "bash", "zsh", "fish", "timeout", "cat", "rm", "ls"):
        path = shutil.which(name)
        if path:
            (tools / name).symlink_to(path)
    with Shell(home, shell, env={"PATH": f"{home.root}/bin:{tools}"}) as sh:
        before = own(sh)
        sh.quiet_cd(home.at("d"))
        assert "FROM_DIRENV" not in sh.env()
        sh.quiet_cd(home.at("both"))
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert own(sh) == before


@each_shell
def test_a_nested_shell(hooked, shell):
    home = hooked
    with Shell(home, shell) as sh:
        consent(sh, home.at("d"))
        sh.cd(home.at("d"))
        nested = sh.nested(shell)
        assert sh.get("FROM_DIRENV") == b"d"
        sh.cd("/")
        got = sh.env()
        assert "FROM_DIRENV" not in got and "MODE" not in got and b"d/tools" not in got["PATH"]
        sh.leave(nested)
        assert sh.get("FROM_DIRENV") == b"d"


def test_the_flow_itself_never_runs_direnv(home):
    """Nor anything of .envrc: it only tells the shell to."""
    project(home, "d", envrc=f"touch {home.root}/PWNED\n")
    got = answer(home, home.at("d"))
    assert got.named("_lumina_direnv") == [(os.fsencode(f"{home.path}/d/.envrc"),)]
    home.run("mission", "show", cwd=home.at("d"))
    home.run("mission", "list", cwd=home.at("d"))
    assert not (home.root / "PWNED").exists()
    got = answer(home, home.at("d"), env={"_LUMINA_DIRENV": "1"})
    assert not got.named("_lumina_direnv")
