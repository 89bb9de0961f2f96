# SPDX-License-Identifier: MIT
"""The flow under load, and beside a project in which every file leaves a trace if it is run."""

import shutil
import subprocess
import time

import pytest

from flow_kit import (END, SHELLS, Shell, answer, ask, check_answer, each_shell, flow_env,
                      needs, project, shell_home)
from support import SANITIZED, TIMEOUT, tree_of


# --- many at once --------------------------------------------------------------------------------

MANY = 100


@pytest.fixture
def many(home):
    home.registry("missions:\n" + "".join(
        f"  m{n}: {{when: [mark{n}], env: {{V: v{n}}}, path: [bin]}}\n" for n in range(MANY)))
    for n in range(MANY):
        project(home, f"p{n}", **{f"mark{n}": ""}, lumina=f"label: L{n}\n")
    return home


@pytest.mark.parametrize("index", ["none", "there"])
def test_a_hundred_at_once(many, index):
    """FL-016: each with its own answer; the index is whole afterwards."""
    if index == "there":
        answer(many, many.at("p0"))
    running = [many.start("flow", "--dir", str(many.at(f"p{n}")), "--shell", "bash",
                          env=flow_env(many)) for n in range(MANY)]
    for n, process in enumerate(running):
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, b"")
        assert b"_lumina_set V 'v%d'\n" % n in out and out.endswith(END)
    names = {p.name for p in (many.path / ".cache/lumina").iterdir()}
    assert names <= {"index", "index.new", "projects"}, names
    assert answer(many, many.at("p7")).values["V"] == b"v7"


@pytest.mark.skipif(SANITIZED, reason="takes too long")
@pytest.mark.parametrize("shell", [pytest.param(s, marks=needs(s)) for s in ("zsh", "bash")])
def test_a_hundred_shells_changing_folders_at_once(many, shell):
    """With the hook, each through five projects and out again. fish has no prompt without a
    terminal: below."""
    shell_home(many)
    steps = "".join(f"cd {many.at(f'p{n}')}\ncommand env | command grep -E '^(V|PATH)=' "
                    f">>{many.root}/out.$ME\n" for n in (3, 14, 15, 92, 65))
    many.write("steps", steps + "cd /\ncommand env | command grep -cE '^V=' "
               f">>{many.root}/out.$ME\nexit\n")
    shells = []
    try:
        for n in range(MANY):
            with open(many.at("steps"), "rb") as stdin:
                shells.append(subprocess.Popen(
                    Shell.ARGV[shell], stdin=stdin, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, cwd=many.path, start_new_session=True,
                    env=many.environment({"ME": str(n), "TERM": "dumb",
                                          "LUMINA_TIMEOUT_SCALE": "100"})))
        for process in shells:
            process.wait(timeout=300)
    finally:
        for process in shells:
            if process.poll() is None:
                process.kill()
                process.wait()
    texts = {(many.root / f"out.{n}").read_text() for n in range(MANY)}
    assert len(texts) == 1, texts
    text, = texts
    assert [line for line in text.splitlines() if line.startswith("V=")] == [
        "V=v3", "V=v14", "V=v15", "V=v92", "V=v65"]
    assert text.splitlines()[-1] == "0" and text.count("/bin:") >= 5


@pytest.mark.skipif(SANITIZED, reason="takes too long")
@needs("fish")
def test_twenty_fish_on_terminals_at_once(many):
    shell_home(many)
    shells = [Shell(many, "fish") for _ in range(20)]
    try:
        for n in (3, 14, 92):
            for sh in shells:
                sh.type(f"cd {many.at(f'p{n}')}")
            for sh in shells:
                sh.prompt()
            for sh in shells:
                assert sh.get("V") == f"v{n}".encode()
    finally:
        for sh in shells:
            sh.close()


def test_no_process_is_left_behind(many):
    shell_home(many)
    with Shell(many, "bash") as sh:
        for n in range(20):
            sh.quiet_cd(many.at(f"p{n}"))
        shown = sh.run("jobs; ps -o pid=,stat=,comm= --ppid $$")
        assert "lumina" not in shown and "Z" not in shown.replace("ZSH", ""), shown


@pytest.mark.skipif(SANITIZED, reason="measures")
def test_quick(many):
    """FL-016, FL-019: far below what the hook waits for, even here."""
    answer(many, many.at("p0"))
    times = []
    for n in range(100):
        start = time.monotonic()
        ask(many, many.at(f"p{n}"))
        times.append(time.monotonic() - start)
    assert sorted(times)[50] < 0.08, times


def test_the_deadline(many):
    """Stopped on the way: nothing is said, and it has ended by itself."""
    if shutil.which("strace") is None:
        pytest.skip("strace is missing")
    done = many.run("flow", "--dir", str(many.at("p1")), "--shell", "bash", expect=None,
                    env={"LUMINA_TIMEOUT_SCALE": "1"}, prefix=(
                        "strace", "-qq", "-o", "/dev/null",
                        "-e", "trace=openat,open,statx,newfstatat", "-e", "inject=openat,open,statx,newfstatat:delay_enter=60000"))
    check_answer(done)
    assert done.stdout == b""


def test_the_present_folder_removed_under_a_hundred(many):
    gone = many.at("p1/gone")
    for _ in range(20):
        gone.mkdir()
        process = many.start("flow", "--dir", str(gone), "--shell", "bash", env=flow_env(many))
        gone.rmdir()
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, err) == (0, b"")
        assert out in (b"", END) or b"v1" in out


def test_a_project_that_comes_and_goes(many):
    """Names change while they are looked at: an answer is one or the other."""
    mark, text = many.at("p1/mark1"), many.at("p1/.lumina.yaml")
    for n in range(40):
        running = [many.start("flow", "--dir", str(many.at("p1")), "--shell", "bash",
                              env=flow_env(many)) for _ in range(3)]
        if n % 2:
            mark.write_text("")
            text.write_text("label: x\n")
        else:
            mark.unlink()
            text.write_text("env: {EVIL: x}\n")
        for process in running:
            out, err = process.communicate(timeout=TIMEOUT)
            assert (process.returncode, err) == (0, b"")
            assert b"_lumina_set EVIL" not in out


# --- nothing of a project is run (TR-011) --------------------------------------------------------

# Each would touch a file named TRACE if it were run, sourced or evaluated.
def trap(home):
    trace = home.root / "TRACE"
    touch = f"touch {trace}"
    folder = project(home, "evil", **{
        ".lumina.yaml": f"env: {{EVIL: '$({touch})', PROMPT_COMMAND: '{touch}', "
                        "BASH_ENV: ./.envrc}\n"
                        "path: [bin]\ndotenv: true\nnix: develop\ndirenv: true\nmission: evil\n"
                        "label: '$(touch TRACE)'\n",
        ".env": f"EVIL2=`{touch}`\nEVIL3=$({touch})\n{touch}\n",
        ".envrc": f"{touch}\n",
        ".envrc.local": f"{touch}\n",
        "flake.nix": f'{{ outputs = _: builtins.exec ["sh" "-c" "{touch}"]; }}',
        "flake.lock": "{}",
        "shell.nix": f'builtins.exec ["sh" "-c" "{touch}"]',
        "default.nix": f'builtins.exec ["sh" "-c" "{touch}"]',
        "package.json": '{"scripts": {"preinstall": "%s", "prepare": "%s"}}' % (touch, touch),
        "Makefile": f"X := $(shell {touch})\nall:\n\t{touch}\n",
        "Cargo.toml": "[package]\nbuild = \"build.rs\"\n",
        "setup.py": f"import os; os.system('{touch}')\n",
        "pyproject.toml": "[build-system]\n",
        "conftest.py": f"import os; os.system('{touch}')\n",
        "go.mod": "module x\n",
        "PKGBUILD": f"{touch}\n",
        "meson.build": f"run_command('sh', '-c', '{touch}')\n",
        "CMakeLists.txt": f"execute_process(COMMAND {touch})\n",
        "Gemfile": f"system('{touch}')\n",
        "Vagrantfile": f"system('{touch}')\n",
        ".tool-versions": f"nodejs ref:$({touch})\n",
        ".mise.toml": f'[env]\nX = "{{{{exec(command=\'{touch}\')}}}}"\n',
        ".autoenv.zsh": f"{touch}\n", ".autoenv": f"{touch}\n",
        ".bashrc": f"{touch}\n", ".zshrc": f"{touch}\n", ".zshenv": f"{touch}\n",
        ".profile": f"{touch}\n", "config.fish": f"{touch}\n", ".inputrc": "",
        ".lumina/lumina.yaml": f"themes: {{reload: [[sh, -c, '{touch}']]}}\n",
        "lumina.yaml": f"themes: {{reload: [[sh, -c, '{touch}']]}}\n",
        "index": "", "LS_COLORS": "",
    })
    home.git("init", "-q", cwd=folder)
    with open(folder / ".git/config", "a", encoding="utf-8") as handle:
        handle.write(f"[core]\n\tfsmonitor = {touch}\n\tpager = {touch}\n\tsshCommand = {touch}\n"
                     f"\thooksPath = {folder}/bin\n\teditor = {touch}\n"
                     f"[alias]\n\tstatus = !{touch}\n[diff]\n\texternal = {touch}\n"
                     f"[credential]\n\thelper = !{touch}\n")
    # Programs that somebody might look for, in the folders that come to mind.
    for place in ("bin", "node_modules/.bin", ".", "sub", ".git/hooks", "target/debug"):
        for name in ("git", "direnv", "nix", "sh", "bash", "lumina", "pacman", "paru", "less",
                     "cat", "env", "timeout", "hyprctl", "man", "post-checkout", "pre-commit", "fsmonitor",
                     "flatpak", "ls", "stty"):
            home.write(f"evil/{place}/{name}", f"#!/bin/sh\n{touch}\n", mode=0o755)
    home.give()
    return folder, trace


ENTRIES = [
    ["flow", "--dir", "@", "--shell", "zsh"], ["flow", "--dir", "@", "--shell", "bash"],
    ["flow", "--dir", "@", "--shell", "fish"], ["flow", "--dir", "@", "--shell", "bash", "--slow"],
    ["flow", "--off", "--dir", "@", "--shell", "bash"],
    ["mission"], ["mission", "show"], ["mission", "show", "--explain"],
    ["mission", "show", "--json"], ["mission", "list"], ["mission", "list", "--json"],
    ["mission", "set", "web"], ["mission", "auto"],
    ["allow"], ["allow", "--json"], ["allow", "--list"], ["allow", "--list", "--json"],
    ["allow", "--revoke"], ["deny"], ["status"], ["status", "--json"], ["doctor"],
    ["doctor", "--json"],
    ["diff"], ["history"], ["why", "@/package.json"], ["sync", "-n"], ["sync"], ["hook", "zsh"],
    ["hook", "bash"], ["hook", "fish"], ["hook", "--install", "bash", "-n"], ["completion", "bash"],
    ["completion", "zsh"], ["completion", "fish"], ["help"], ["--version"], ["capture", "-n"],
    ["help", "flow"],
]


@pytest.fixture
def evil(home):
    home.registry("missions:\n  web: {when: [package.json], env: {OWN: mine}, dotenv: true, "
                  "nix: develop}\n")
    home.profile.joinpath("x").write_text("")
    folder, trace = trap(home)
    return home, folder, trace


def test_no_entry_runs_anything_without_consent(evil):
    home, folder, trace = evil
    env = {"TERM": "dumb", "LUMINA_TIMEOUT_SCALE": "100"}
    before = tree_of(folder)
    for entry in ENTRIES:
        args = [a.replace("@", str(folder)) for a in entry]
        home.run(*args, expect=None, cwd=folder, env=env)
        assert not trace.exists(), args
    assert tree_of(folder) == before


def test_what_is_said_without_consent(evil):
    home, folder, trace = evil
    for shell in SHELLS:
        text = ask(home, folder, shell)
        for word in (b"EVIL", b"PROMPT_COMMAND", b"BASH_ENV"):
            assert word not in text
        text = ask(home, folder, shell, "--slow")
        for word in (b"EVIL", b"_lumina_slow", b"PROMPT_COMMAND", b"BASH_ENV"):
            assert word not in text
    assert answer(home, folder, env={"_LUMINA_DIRENV": "1"}).values == {"OWN": b"mine"}
    assert not trace.exists()


@each_shell
def test_in_a_shell_without_consent(evil, shell):
    """The answers are evaluated by a real shell, with prompts and completion."""
    home, folder, trace = evil
    shell_home(home)
    with Shell(home, shell) as sh:
        sh.cd(folder)
        sh.run("true")
        sh.cd("sub")
        sh.run("lumina mission show")
        sh.run("lumina status")
        sh.tty.send("lumina allow \t\t")
        time.sleep(0.5)
        sh.tty.sendintr()
        sh.type("")
        time.sleep(0.3)
    assert not trace.exists()


@pytest.mark.parametrize("shell", [pytest.param(s, marks=needs(s)) for s in SHELLS])
def test_completion_runs_nothing(evil, shell):
    home, folder, trace = evil
    script = home.run("completion", shell).stdout
    (home.root / "complete").write_bytes(script)
    line = {
        "bash": f"source {home.root}/complete; cd {folder}; COMP_WORDS=(lumina mission set ''); "
                "COMP_CWORD=3 COMP_LINE='lumina mission set ' COMP_POINT=19; "
                "_lumina lumina '' set; COMP_WORDS=(lumina allow ''); COMP_CWORD=2; _lumina lumina '' allow",
        "zsh": f"autoload -Uz compinit; compinit -u -D; cd {folder}; source {home.root}/complete",
        "fish": f"source {home.root}/complete; cd {folder}; complete -C 'lumina mission set '; "
                "complete -C 'lumina allow '; complete -C 'lumina '",
    }[shell]
    shell_home(home, hook=False)
    subprocess.run([shell, "-c", line], env=home.environment(), cwd=folder, capture_output=True,
                   check=False, timeout=TIMEOUT, stdin=subprocess.DEVNULL)
    assert not trace.exists()


def test_what_allow_shows_is_only_shown(evil):
    home, folder, trace = evil
    done = home.run("allow", expect=None, cwd=folder)
    assert done.code != 0 and not trace.exists()
    assert not (home.state / "trust").exists() or not list((home.state / "trust").iterdir())


def test_even_allowed_nothing_is_evaluated(home):
    """Values are text, whatever is in them; in all shells."""
    trace = home.root / "TRACE"
    folder = project(home, "p", lumina=f"env: {{A: '$(touch {trace})', B: '`touch {trace}`', "
                                       f"C: \"';touch {trace};'\", "
                                       f"D: \"\\n#lumina:end\\ntouch {trace}\\n\"}}\n"
                                       "path: ['a b;c']\ndotenv: true\n",
                     dotenv=f"E=$(touch {trace})\n")
    home.registry("missions: {}\n")
    home.run("allow", "-y", str(folder))
    shell_home(home)
    for shell in SHELLS:
        if shutil.which(shell) is None:
            continue
        with Shell(home, shell) as sh:
            sh.quiet_cd(folder)
            assert sh.get("A") == f"$(touch {trace})".encode()
            assert sh.get("E") == f"$(touch {trace})".encode()
            assert sh.get("D") == f"\n#lumina:end\ntouch {trace}\n".encode()
            sh.quiet_cd("/")
    assert not trace.exists()
