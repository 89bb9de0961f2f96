# SPDX-License-Identifier: MIT
"""The completion scripts, in the real shells."""

import os
import shutil
import subprocess

import pexpect
import pytest

from support import LUMINA, OK

ALIASES = {"apply", "trust", "untrust"}
COMMANDS = ALIASES | {
    "absorb", "add", "allow", "alpm-hook", "bar", "capture", "completion", "deny", "diff", "doctor", "eject",
    "flow", "forget", "git", "help", "history", "hook", "ignore", "init", "install", "mission",
    "pacman", "paru", "prune", "remove", "rollback", "status", "sync", "theme", "undo", "why"}


def needs(shell):
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is missing")


@pytest.fixture
def home(home):
    """A home whose PATH has lumina, with each shell's script in a file."""
    tools = home.root / "bin"
    tools.mkdir()
    os.symlink(LUMINA, tools / "lumina")
    home.env["PATH"] = f"{tools}:{home.env['PATH']}"
    home.env["LUMINA_HOME"] = str(home.root / "nothing")  # completion needs no profile
    for shell in ("bash", "zsh", "fish"):
        (home.root / f"complete.{shell}").write_bytes(home.run("completion", shell).stdout)
    home.write("~/a file", "x")
    home.write("~/other", "x")
    return home


def script(home, shell):
    return str(home.root / f"complete.{shell}")


def output(home, *argv, stdin=None):
    done = subprocess.run(argv, env=home.environment(), cwd=home.path, capture_output=True,
                          timeout=25, check=False, input=stdin)
    assert done.stderr == b"", done.stderr.decode()
    return done.stdout.decode()


# --- all ------------------------------------------------------------------------------------

@pytest.mark.parametrize("shell,check", [("bash", ["bash", "-n"]), ("zsh", ["zsh", "-f", "-n"]),
                                         ("fish", ["fish", "-n"])])
def test_the_script_is_valid_in_its_shell(home, shell, check):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is missing")
    assert output(home, *check, script(home, shell)) == ""


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_names_every_command_and_option_of_the_help(home, shell):
    text = open(script(home, shell)).read()
    overview = home.run("help").out
    names = [line.split()[0] for line in overview.splitlines()
             if line.startswith("  ") and line.split()[0][0].isalpha()]
    assert set(names) == COMMANDS - ALIASES
    for command in names:
        assert command in text
        if command in ("git", "pacman", "paru"):
            continue
        for word in home.run(command, "--help").out.split():
            if word.startswith("--"):
                assert word.split("=")[0].lstrip("-") in text, (command, word)


# --- bash -----------------------------------------------------------------------------------

def bash(home, *words):
    """What bash would offer for the last word; words as readline splits them."""
    line = " ".join(words)
    code = ('source "$1"; shift; COMP_LINE=$1; COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); '
            'COMP_CWORD=$(($# - 1)); _lumina lumina "${COMP_WORDS[COMP_CWORD]}" '
            '"${COMP_WORDS[COMP_CWORD-1]}"; printf "%s\\n" "${COMPREPLY[@]}"')
    out = output(home, "bash", "--norc", "--noprofile", "-uc", code, "bash", script(home, "bash"),
                 line, *words)
    return {word.rstrip(" =") for word in out.split("\n") if word}


@needs("bash")
@pytest.mark.parametrize("words,offered", [
    (["lumina", ""], COMMANDS), (["lumina", "st"], {"status"}), (["lumina", "s"], {"status", "sync"}),
    (["lumina", "sync", "--dr"], {"--dry-run"}), (["lumina", "apply", "--dr"], {"--dry-run"}),
    (["lumina", "status", "--ex"], {"--exit-code"}), (["lumina", "--ver"], {"--version", "--verbose"}),
    (["lumina", "sync", "--only", ""], {"packages", "symlinks", "themes"}),
    (["lumina", "sync", "--only", "s"], {"symlinks"}),
    (["lumina", "sync", "--only", "=", "p"], {"packages"}),
    (["lumina", "sync", "--color", "=", ""], {"auto", "always", "never"}),
    (["lumina", "--color", "n"], {"never"}),
    (["lumina", "completion", ""], {"bash", "zsh", "fish"}),
    (["lumina", "help", "do"], {"doctor"}), (["lumina", "-q", "st"], {"status"}),
    (["lumina", "bogus"], set())], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_bash_completes(home, words, offered):
    assert bash(home, *words) == offered


@needs("bash")
def test_bash_at_a_terminal_completes_a_command_an_option_and_a_file(home):
    child = pexpect.spawn("bash", ["--norc", "--noprofile", "-i"], env=home.environment(
        {"TERM": "dumb", "PS1": "READY> "}), cwd=str(home.path), timeout=10)
    child.expect_exact("READY> ")
    child.sendline(f"source {script(home, 'bash')}; bind 'set bell-style none'")
    child.expect_exact("READY> ")
    child.send("lumina stat\t")
    child.expect_exact("lumina status ")
    child.send("--ex\t")
    child.expect_exact("--exit-code ")
    child.sendcontrol("u")
    child.send("lumina diff oth\t")
    child.expect_exact("lumina diff other")
    child.close(force=True)


# --- fish -----------------------------------------------------------------------------------

def fish(home, line):
    env = {"XDG_CONFIG_HOME": str(home.root / "fish"), "XDG_DATA_HOME": str(home.root / "fish"),
           "XDG_CACHE_HOME": str(home.root / "fish")}
    done = subprocess.run(["fish", "-N", "-c", 'source $argv[1]; complete -C $argv[2]',
                           script(home, "fish"), line], env=home.environment(env), cwd=home.path,
                          capture_output=True, timeout=25, check=False)
    assert done.returncode == OK and done.stderr == b"", done.stderr.decode()
    return {row.split("\t")[0] for row in done.stdout.decode().splitlines()}


@needs("fish")
@pytest.mark.parametrize("line,offered", [
    ("lumina st", {"status"}), ("lumina s", {"status", "sync"}),
    ("lumina sync --dr", {"--dry-run"}), ("lumina apply --dr", {"--dry-run"}),
    ("lumina status --ex", {"--exit-code"}),
    ("lumina sync --only=", {"--only=packages", "--only=symlinks", "--only=themes"}),
    ("lumina sync --only s", {"symlinks"}), ("lumina --color n", {"never"}),
    ("lumina completion ", {"bash", "zsh", "fish"}), ("lumina help do", {"doctor"}),
    ("lumina -q stat", {"status"}), ("lumina bogus", set())])
def test_fish_completes(home, line, offered):
    assert fish(home, line) == offered


@needs("fish")
def test_fish_offers_all_commands_with_a_description_and_files_for_targets(home):
    assert COMMANDS - ALIASES <= fish(home, "lumina ") <= COMMANDS
    assert "other" in fish(home, "lumina diff ")
    assert "other" not in fish(home, "lumina sync ")


# --- zsh ------------------------------------------------------------------------------------

@pytest.fixture
def zsh(home):
    """A function that types a line into a real zsh, presses Tab and returns the line."""
    if shutil.which("zsh") is None:
        pytest.skip("zsh is missing")
    home.env["ZDOTDIR"] = str(home.path)
    functions = home.root / "functions"
    functions.mkdir()
    shutil.copy(script(home, "zsh"), functions / "_lumina")
    home.write("~/.zshrc", f"""
        PS1='READY> '; unset zle_bracketed_paste
        fpath=({functions} $fpath)
        autoload -Uz compinit && compinit -u -D
        zstyle ':completion:*' list-prompt ''
        setopt no_beep no_auto_list no_auto_menu no_prompt_sp
        show() {{ print -r -- "LINE[$BUFFER]" > {home.root}/line; zle kill-whole-line; zle -R; }}
        zle -N show; bindkey '^X' show
        list() {{ BUFFER=$BUFFER; zle list-choices }}
        zle -N list; bindkey '^O' list
        """.replace("\n        ", "\n"))
    child = pexpect.spawn("zsh", ["-i"], env=home.environment({"TERM": "dumb"}),
                          cwd=str(home.path), timeout=10, dimensions=(50, 200))
    child.expect_exact("READY> ")

    def complete(line):
        result = home.root / "line"
        result.unlink(missing_ok=True)
        child.send(line + "\t\x18")
        for _ in range(400):
            if result.exists() and result.read_text().endswith("]\n"):
                return result.read_text()[5:-2].rstrip()
            try:
                child.expect(pexpect.TIMEOUT, timeout=0.02)
            except pexpect.EOF:
                break
        raise AssertionError(f"zsh never answered: {child.before!r}")
    yield complete
    child.close(force=True)


@pytest.mark.parametrize("typed,line", [
    ("lumina stat", "lumina status"), ("lumina sync --dr", "lumina sync --dry-run"),
    ("lumina apply --dr", "lumina apply --dry-run"),
    ("lumina status --ex", "lumina status --exit-code"),
    ("lumina sync --only=s", "lumina sync --only=symlinks"),
    ("lumina sync --only s", "lumina sync --only symlinks"),
    ("lumina --color=n", "lumina --color=never"), ("lumina completion f", "lumina completion fish"),
    ("lumina help do", "lumina help doctor"), ("lumina diff oth", "lumina diff other"),
    ("lumina diff a\\ f", "lumina diff a\\ file"), ("lumina -q stat", "lumina -q status"),
    ("lumina why oth", "lumina why other"), ("lumina sync oth", "lumina sync oth")])
def test_zsh_completes(zsh, typed, line):
    assert zsh(typed) == line


@needs("zsh")
def test_zsh_takes_the_script_by_eval_too(home):
    code = 'autoload -Uz compinit; compinit -u -D; eval "$(lumina completion zsh)"; ' \
           'print -r -- $_comps[lumina]'
    assert output(home, "zsh", "-f", "-c", code).strip() == "_lumina"
