# SPDX-License-Identifier: MIT
"""The hooks of zsh, bash and fish, in real shells on a terminal; lumina itself is a stand-in."""

import os
import signal
import time
from pathlib import Path

import pytest

from hook_kit import BASH_TELL_ARRAY, END, SHELLS, Fake, Shell, has

SET = "_lumina_set X 'a b'\n"


@pytest.fixture
def fake(root):
    return Fake(root)


@pytest.fixture
def start(root, fake):
    shells = []

    def start_shell(name, **more):
        if not has(name):
            pytest.skip(f"no {name}")
        shells.append(Shell(name, root, fake, **more))
        return shells[-1]

    yield start_shell
    for shell in shells:
        shell.close()


@pytest.fixture
def folders(root):
    made = [Path(root) / name for name in ("one", "two")]
    for folder in made:
        (folder / "sub").mkdir(parents=True)
    return made


every_shell = pytest.mark.parametrize("name", SHELLS)
zsh_and_bash = pytest.mark.parametrize("name", ("zsh", "bash"))


# --- when it asks ------------------------------------------------------------------------------

@every_shell
def test_it_asks_at_the_first_prompt_and_where_the_folder_changes(start, fake, folders, name):
    shell = start(name)
    assert fake.asked() == [f"flow --dir {shell.home} --shell {name}"]
    assert fake.log.read_text().split("|")[1:] == [str(shell.pid), "\n"]
    shell.do("true")
    shell.do("cd .")
    assert len(fake.asked()) == 1
    shell.cd(folders[0])
    assert fake.asked()[1:] == [f"flow --dir {folders[0]} --shell {name}"]
    shell.do("true")
    assert len(fake.asked()) == 2
    shell.cd(shell.home)
    assert len(fake.asked()) == 3


@every_shell
def test_an_answer_is_used(start, fake, folders, name):
    shell = start(name)
    fake.answers(SET)
    assert shell.says(shell.cd(folders[0])) == []
    assert shell.value("X") == b"a b"
    fake.answers("_lumina_unset X\n")
    shell.cd(folders[1])
    assert shell.value("X") is None


LOOPS = {
    "zsh": ["for d in {0} {1} {0}; do cd $d; done; cd ~", "(cd {0})", "x=$(cd {0}; pwd)",
            "f() {{ cd {0}; cd ~ }}; f", "cat <(cd {0}; pwd)", "cd {0} | cat",
            "while cd {0}; do break; done; cd ~"],
    "bash": ["for d in {0} {1} {0}; do cd $d; done; cd ~", "(cd {0})", "x=$(cd {0}; pwd)",
             "f() {{ cd {0}; cd ~; }}; f", "cat <(cd {0}; pwd)", "cd {0} | cat",
             "while cd {0}; do break; done; cd ~"],
    "fish": ["for d in {0} {1} {0}; cd $d; end; cd ~", "set x (cd {0}; pwd; cd ~)",
             "function f; cd {0}; cd ~; end; f", "while cd {0}; break; end; cd ~"],
}


@pytest.mark.parametrize("name, line", [(name, line) for name in SHELLS for line in LOOPS[name]])
def test_never_in_loops_subshells_and_substitutions(start, fake, folders, name, line):
    shell = start(name)
    fake.forget()
    fake.answers(SET)
    shell.do(line.format(*folders))
    assert fake.asked() == []


def test_a_substitution_gets_nothing_of_ours(start, fake, folders):
    shell = start("zsh")
    fake.answers("_lumina_note hello\n")
    assert shell.do(f"x=$(cd {folders[0]} && pwd); print -r -- \"<$x>\"").strip() == \
        f"<{folders[0]}>"


@zsh_and_bash
def test_folders_of_a_project_are_asked_for_once(start, fake, folders, name):
    """FL-018."""
    shell = start(name)
    fake.answers(f"_lumina_project '{folders[0]}'\n")
    shell.cd(folders[0])
    fake.does(":")
    fake.forget()
    shell.cd("sub")
    assert len(fake.asked()) == 1
    for _ in range(3):
        shell.cd("..")
        shell.cd("sub")
    assert len(fake.asked()) == 1
    shell.cd(folders[1])
    shell.cd(folders[0])  # nothing has changed since, as far as the answers say
    assert len(fake.asked()) == 2
    fake.answers("_lumina_unset X\n")
    shell.cd(folders[1])  # left
    fake.forget()
    shell.cd(folders[0])
    shell.cd("sub")
    assert len(fake.asked()) == 2


@zsh_and_bash
def test_after_thirty_seconds_a_folder_is_asked_for_again(start, fake, folders, name):
    shell = start(name)
    fake.answers(f"_lumina_project '{folders[0]}'\n")
    shell.cd(folders[0])
    shell.cd("sub")
    fake.forget()
    shell.cd("..")
    assert fake.asked() == []
    shell.do(f'_lumina_seen[{folders[0]}/sub]=$(($(date +%s) - 31))')
    shell.cd("sub")
    assert len(fake.asked()) == 1
    shell.do(f'_lumina_seen[{folders[0]}]=$(($(date +%s) + 999))')  # the clock was put back
    shell.cd("..")
    assert len(fake.asked()) == 2


ODD = ["a]b", 'a"b', "a\\b", "a$(touch x)b", "(I)x", "a'b", "a`b", "*", "@", "a b", "[", "~", "!",
       "\u00e9\u4e2d", "-n", "a;b", "#x", "a\\", "x]=1", "$HOME"]


@every_shell
def test_odd_names(start, fake, folders, name):
    shell = start(name)
    fake.does(f"""
        cat <<'e'
_lumina_project '{folders[0]}'
#lumina:end
e
    """)
    for i, odd in enumerate(ODD):
        (folders[0] / "sub" / odd).mkdir()
        os.symlink(f"sub/{odd}", folders[0] / str(i))
    shell.cd(folders[0])
    for odd in ODD:
        fake.forget()
        told = shell.cd(folders[0] / "sub" / odd)
        assert "rror" not in told and "bad" not in told
        assert fake.asked() == [f"flow --dir {folders[0]}/sub/{odd} --shell {name}"]
        shell.cd(folders[0])
        shell.cd(folders[0] / "sub" / odd)
        if name != "fish":
            assert len(fake.asked()) == 1
    assert list(folders[0].rglob("x")) == []


@every_shell
def test_a_folder_that_is_gone(start, fake, folders, name):
    shell = start(name)
    shell.cd(folders[0] / "sub")
    fake.forget()
    os.rmdir(folders[0] / "sub")
    shown = shell.do("true")
    assert "lumina" not in shown and fake.asked() == []


# --- whose answers aren't used -------------------------------------------------------------------

BAD = {
    "half": (SET[:-1], ""),
    "no mark": (SET, ""),
    "a mark in the line": (SET + "x" + END, ""),
    "something behind the mark": (SET + END + "x\n", ""),
    "no newline behind the mark": (SET + END[:-1], ""),
    "exit 1": (SET + END, "exit 1"),
    "exit 127": (SET + END, "exit 127"),
    "exit 255": (SET + END, "exit 255"),
    "half, SIGSEGV": (SET[:-1], "kill -SEGV $$"),
    "whole, SIGSEGV": (SET + END, "kill -SEGV $$"),
    "SIGABRT": (SET + END, "kill -ABRT $$"),
    "SIGKILL": (SET + END, "kill -KILL $$"),
    "SIGTERM": (SET + END, "kill -TERM $$"),
    "no shell": (SET + "if ((\n" + END, ""),
    "a quote that stays open": (SET + "_lumina_set Y 'x\n" + END, ""),
    "HTML": ("<html><body onload='x'>&nbsp;</body></html>\n", ""),
    "rm": ("rm -rf ~\n", ""),
}


@every_shell
@pytest.mark.parametrize("case", BAD)
def test_nothing_of_a_bad_answer_is_used(start, fake, folders, name, case):
    """HK-002, HK-004."""
    data, then = BAD[case]
    shell = start(name)
    fds = shell.descriptors()
    shell.cd(folders[1])
    fake.answers(data.encode(), then)
    assert shell.says(shell.cd(folders[0])) == []
    assert shell.status() == 0
    assert shell.says(shell.do("true")) == []
    assert shell.value("X") is None
    assert shell.home.exists() and shell.descriptors() == fds
    fake.answers(SET)
    shell.cd(folders[1])
    assert shell.value("X") == b"a b"


@every_shell
def test_nul_bytes(start, fake, folders, name):
    shell = start(name)
    fake.answers(b"\0" * 1000)
    assert shell.says(shell.cd(folders[0])) == []
    if name == "bash":
        return  # it drops them as it reads: they can't be seen
    fake.answers(b"_lumina_set X \0a\n" + END.encode()[:-1] + b"\0\n")
    assert shell.says(shell.cd(folders[1])) == [] and shell.value("X") is None


@every_shell
def test_an_answer_cut_at_any_byte(start, fake, folders, name):
    """EV-010."""
    text = "_lumina_set X 'a'\n_lumina_set Y 'b'\n" + END
    shell = start(name)
    for n in range(0, len(text), 1 if name != "fish" else 3):
        fake.answers(text[:n].encode())
        shell.cd(folders[n % 2])
    env = shell.env_of()
    assert "X" not in env and "Y" not in env
    fake.answers(text.encode())
    shell.cd(shell.home)
    assert shell.value("Y") == b"b"


# --- how long it waits ---------------------------------------------------------------------------

@every_shell
@pytest.mark.parametrize("script", [
    "exec sleep 60", "trap '' TERM INT HUP; while :; do sleep 1; done",
    "cat answer; exec sleep 60", "cat answer; exec >&-; exec sleep 60", "kill -STOP $$",
    "exec >&-; exec sleep 60",
])
def test_a_program_that_hangs(start, fake, folders, name, script):
    shell = start(name, scale=2)
    fds = shell.descriptors()
    fake.answers(SET)
    fake.does(script)
    begin = time.monotonic()
    shown = shell.cd(folders[0])
    assert time.monotonic() - begin < 3
    assert "illed" not in shown and "erminated" not in shown
    shown = shell.do("jobs")
    assert "sleep" not in shown.replace("jobs", "") and "lumina" not in shown
    assert shell.value("X") is None
    assert shell.descriptors() == fds
    time.sleep(0.1)
    assert shell.children() == []
    shell.do("true")
    assert len(fake.asked()) == 2  # not again and again


@every_shell
@pytest.mark.parametrize("script", ["exec sleep 60", "exit 0", "exit 1"])
def test_late_on_leaving_is_asked_once_more(start, fake, folders, name, script):
    """What a project has set doesn't stay for good since one answer was late."""
    shell = start(name, scale=5)
    fake.answers(f"_lumina_set __LUMINA_FLOW 1\n_lumina_set X 1\n_lumina_project '{folders[0]}'\n")
    shell.cd(folders[0])
    fake.does(script)
    shell.cd(folders[0] / "sub")  # nothing has to go here
    shell.do("true")
    before = len(fake.asked())
    assert shell.value("X") == b"1"
    shell.cd(folders[1])
    fake.answers("_lumina_unset X\n_lumina_unset __LUMINA_FLOW\n")
    shell.do("true")
    assert shell.value("X") is None and len(fake.asked()) == before + 2
    fake.answers(f"_lumina_set __LUMINA_FLOW 1\n_lumina_project '{folders[0]}'\n")
    shell.cd(folders[0])
    fake.does(script)
    before = len(fake.asked())
    shell.cd(folders[1])
    for _ in range(4):
        shell.do("true")
    assert len(fake.asked()) == before + 2, "not again and again"
    shell.cd(folders[1] / "sub")
    shell.do("true")
    shell.do("true")
    assert len(fake.asked()) == before + 4


@every_shell
def test_a_hundred_milliseconds_by_default(start, fake, folders, name):
    shell = start(name)
    fake.does("exec sleep 60")
    # From within, so that the terminal's own slowness doesn't count.
    unscaled = {"fish": "set -e LUMINA_TIMEOUT_SCALE"}.get(name, "unset LUMINA_TIMEOUT_SCALE")
    shell.do(unscaled)
    begin = time.monotonic()
    shell.cd(folders[0])
    assert 0.1 <= time.monotonic() - begin < 1.5


@every_shell
@pytest.mark.parametrize("value", ["0", "101", "-1", "1e3", "x", "a[$(touch pwned)]", "010", ""])
def test_a_wrong_scale_is_one(start, fake, folders, name, value):
    shell = start(name, env={"LUMINA_TIMEOUT_SCALE": value})
    fake.does("exec sleep 60")
    begin = time.monotonic()
    shell.cd(folders[0])
    assert time.monotonic() - begin < 1.5
    assert not (shell.home / "pwned").exists() and not (folders[0] / "pwned").exists()


@every_shell
def test_a_hundred_megabytes(start, fake, folders, name):
    """HK-004."""
    shell = start(name, scale=5)
    fake.does("exec head -c 100000000 /dev/zero")
    begin = time.monotonic()
    shell.cd(folders[0])
    fake.does("exec yes lumina")
    shell.cd(folders[1])
    assert time.monotonic() - begin < 8
    # bash keeps what it has read too much, and would give it to the next.
    fake.answers(SET)
    shell.cd(folders[0])
    assert shell.value("X") == b"a b"
    if name == "bash":
        assert shell.do("read -N 3 x <<<abcdef; echo \"<$x>\"").strip() == "<abc>"


@every_shell
@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("has_folder", [True, False])
def test_a_child_that_keeps_the_output_open(start, fake, folders, name, answer, has_folder):
    """HK-005."""
    shell = start(name, scale=5)
    if has_folder:
        (shell.run_folder / "lumina").mkdir(mode=0o700)
    fake.answers(SET)
    fake.does("sleep 20 &" + (" cat answer" if answer else ""))
    begin = time.monotonic()
    shell.cd(folders[0])
    assert time.monotonic() - begin < 4
    if answer and (name != "fish" or has_folder):
        assert shell.value("X") == b"a b"


@every_shell
def test_control_c_while_it_waits(start, fake, folders, name):
    """HK-009."""
    shell = start(name, scale=100)
    fds = shell.descriptors()
    fake.does("exec sleep 60")
    fake.forget()
    shell.type(f"cd {folders[0]}")
    end = time.monotonic() + 10
    while not fake.asked():
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.1)
    begin = time.monotonic()
    shell.interrupt()
    assert time.monotonic() - begin < 3
    fake.answers(SET)
    shell.do("true")
    shell.do("true")
    assert len(fake.asked()) == 1 and shell.value("X") is None  # no restart
    assert shell.descriptors() == fds and shell.children() == []
    shell.cd(folders[1])
    assert shell.value("X") == b"a b"


@zsh_and_bash
def test_control_z_while_it_waits(start, fake, folders, name):
    shell = start(name, scale=10)
    fake.does("exec sleep 60")
    fake.forget()
    shell.type(f"cd {folders[0]}")
    end = time.monotonic() + 10
    while not fake.asked():
        assert time.monotonic() < end
        time.sleep(0.05)
    shell.child.send("\x1a")
    shell.wait()
    assert shell.do("jobs").strip() == ""
    fake.answers(SET)
    shell.cd(folders[1])
    assert shell.value("X") == b"a b"
    time.sleep(0.1)
    assert shell.children() == []


# --- the program goes, or is another ---------------------------------------------------------------

@every_shell
def test_a_removed_program_takes_the_hook_with_it(start, fake, folders, name):
    shell = start(name)
    fake.program.unlink()
    shown = shell.cd(folders[0])
    assert "lumina" not in shown.replace(str(fake.root.parent), "")
    for folder in (folders[1], folders[0]):
        assert "lumina" not in shell.cd(folder).replace(str(fake.root.parent), "")
    shell.do("false")
    assert shell.status() == 1
    loaded = {"zsh": "$precmd_functions $+functions[lumina]", "fish": '"$(functions lumina)"',
              "bash": '"${PROMPT_COMMAND[*]}$(declare -F lumina)"'}[name]
    if name != "fish":
        assert "lumina" not in shell.expand(loaded)
    shown = shell.do("lumina status")
    assert "ommand not found" in shown or "nknown command" in shown


@every_shell
def test_a_program_that_cannot_be_run(start, fake, folders, name):
    shell = start(name)
    fake.program.chmod(0o644)
    assert "ermission" not in shell.cd(folders[0])
    shell.do("false")
    assert shell.status() == 1


@every_shell
@pytest.mark.parametrize("content", [b"", b"\x7fELF garbage", b"#!/nowhere/at/all\n", b"\0\1\2"])
def test_a_program_that_is_none(start, fake, folders, name, content):
    shell = start(name)
    shell.cd(folders[1])
    new = fake.root / "new"
    new.write_bytes(content)
    new.chmod(0o755)
    new.rename(fake.program)
    assert shell.says(shell.cd(folders[0])) == []


@every_shell
def test_a_replaced_program_is_asked(start, fake, folders, name):
    shell = start(name)
    fake.write("printf '%s\\n' '_lumina_set X new' '#lumina:end'\n")
    shell.cd(folders[0])
    assert shell.value("X") == b"new"


# --- what it leaves alone ----------------------------------------------------------------------------

@every_shell
def test_the_status_is_kept(start, fake, folders, name):
    shell = start(name)
    fake.answers(SET)
    for folder, code in ((folders[0], 3), (folders[1], 0), (folders[0], 200)):
        shell.do(f"cd {folder}; " + ("" if name != "fish" else "command ") + f"sh -c 'exit {code}'")
        assert shell.status() == code
        word = "$status" if name == "fish" else "$?"
        shell.do(f"cd {shell.home}; sh -c 'exit {code}'")
        assert shell.expand(word) == str(code)


def test_zsh_keeps_more_than_the_status(start, fake, folders):
    shell = start("zsh")
    fake.answers(SET)
    shell.do("sleep 100 & x=$!")
    shell.do(f"cd {folders[0]}; true | false | sh -c 'exit 4'")
    assert shell.expand('"$pipestatus"') == "0 1 4"
    shell.cd(folders[1])
    assert shell.expand("$(( x == $! ))") == "1"
    assert "sleep" in shell.do("jobs") and "lumina" not in shell.do("jobs")
    shell.do("kill %1")


def test_bash_keeps_the_last_background_process(start, fake, folders):
    shell = start("bash")
    fake.answers(SET)
    shell.cd(folders[0])
    shell.do("sleep 100 & x=$!")
    for _ in range(2):
        shell.cd(folders[1])
        shell.cd(folders[0])
    assert shell.expand("$(( x == $! ))") == "1" and shell.value("X") == b"a b"
    assert len(fake.asked()) == 6
    shell.do(f"cd {folders[1]}; echo one two; true | false")
    assert shell.expand('"${PIPESTATUS[*]}"') == "0 1"
    shell.do("kill %1")


@every_shell
def test_nothing_is_left_behind(start, fake, folders, name):
    shell = start(name)
    fds = shell.descriptors()
    fake.answers(SET)
    before = shell.expand("(umask)" if name == "fish" else '"$(umask)"')
    for _ in range(5):
        for folder in folders:
            shell.cd(folder)
    assert shell.descriptors() == fds and shell.children() == []
    assert shell.expand("(umask)" if name == "fish" else '"$(umask)"') == before
    inner = shell.do("command ls /proc/self/fd")
    assert set(inner.split()) >= {"0", "1", "2", "3"}
    assert not {"4", "5", "10", "11", "12", "63"} & set(inner.split())
    assert [path for path in shell.run_folder.rglob("*") if "lumina" in path.name] == []


OPTIONS = {
    "zsh": ["set -u", "set -e", "set -o pipefail", "setopt noclobber", "IFS=/", "IFS=", "IFS=0123",
            "setopt ksh_arrays", "setopt sh_word_split", "emulate sh", "emulate ksh",
            "setopt warn_create_global warn_nested_var", "setopt print_exit_value",
            "setopt no_unset err_return", "setopt no_bang_hist glob_subst null_glob",
            "setopt no_multios ignore_braces", "setopt csh_null_glob", "unsetopt monitor",
            "setopt posix_builtins posix_identifiers", "setopt no_function_argzero no_equals",
            "setopt auto_pushd chase_links typeset_silent", "disable -r typeset; unsetopt glob",
            "setopt sh_file_expansion no_short_loops bsd_echo octal_zeroes",
            "trap 'echo err' ZERR", "setopt xtrace"],
    "bash": ["set -u", "set -e", "set -o pipefail", "set -o noclobber", "IFS=/", "IFS=",
             "IFS=0123", "set -f", "shopt -s nullglob failglob", "shopt -s extglob nocasematch",
             "set -o posix", "shopt -s lastpipe; set +m", "set -E; trap 'echo err' ERR",
             "set -T; trap ': x' DEBUG", "set -k", "set +B; set +H", "shopt -s compat43",
             "set -eu; set -o pipefail", "set -b"],
}


@pytest.mark.skipif(not has("bash"), reason="no bash")
def test_folders_that_differ_by_case(start, fake, root):
    """With nocasematch they are one to bash's patterns."""
    for name in ("shop", "SHOP"):
        (Path(root) / name).mkdir()
    shell = start("bash", after="shopt -s nocasematch")
    for name in ("shop", "SHOP", "shop"):
        fake.forget()
        shell.cd(Path(root) / name)
        assert len(fake.asked()) == 1, name


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("name, option",
                         [(name, option) for name in OPTIONS for option in OPTIONS[name]])
def test_whatever_is_set(start, fake, folders, name, option, late):
    if option == "set -o posix" and not late:
        return  # then there is no hook
    fake.answers("_lumina_set X 'a  b'\n_lumina_set Y 'c/d'\n_lumina_set IFSX '0 1'\n")
    shell = start(name, before="" if late else option)
    if late:
        shell.do(option)
        shell.cd(folders[1])
    env = shell.env_of()
    assert (env["X"], env["Y"], env["IFSX"]) == (b"a  b", b"c/d", b"0 1")
    fake.answers(f"_lumina_unset X\n_lumina_set Z 1\n_lumina_project '{folders[0]}'\n")
    shown = shell.cd(folders[0])
    if "xtrace" not in option:
        assert shown.strip() == ""
    fake.does(":")
    shell.cd("sub")
    fake.forget()
    shell.cd(f"{folders[0]}")
    shell.cd("sub")
    assert fake.asked() == []
    env = shell.env_of()
    assert "X" not in env and env["Z"] == b"1"


ALIASES = ["builtin", "eval", "local", "typeset", "declare", "export", "unset", "return", "case",
           "if", "read", "kill", "wait", "exec", "printf", "print", "set", "emulate", "zmodload",
           "sysread", "test", "command", "function", "_lumina_set", "echo", "cd", "shopt", "while"]
GLOBAL = ["X", "do", "then", "in", "esac", "--dir", "flow", "break"]


@zsh_and_bash
def test_aliases_named_like_builtins(start, fake, folders, name):
    words = [word for word in ALIASES if word not in ("case", "if", "echo")]
    before = "".join(f"alias {word}='echo BROKEN; false'\n" for word in words)
    before = "shopt -s expand_aliases\n" * (name == "bash") + before
    fake.answers("_lumina_set 'X' 'a'\n")
    # Its own file would suffer, too.
    undo = "'unalias' -m '*'\n" if name == "zsh" else "'unalias' -a\n"
    line = {"zsh": "'eval' \"$(lumina hook zsh)\"\n", "bash": "'eval' \"$(lumina hook bash)\"\n"}
    shell = start(name, before=before + line[name], hook=False, after=undo)
    assert "BROKEN" not in shell.first and shell.value("X") == b"a"
    for word in words[:6]:
        shell.do(f"alias {word}='echo BROKEN; false'")
    if name == "zsh":
        for word in GLOBAL:
            shell.do(f"alias -g -- {word}='echo BROKEN; false'")
    fake.answers("_lumina_set 'X' 'b'\n_lumina_unset 'Q'\n")
    shown = shell.do("'cd' " + str(folders[0]))
    assert "BROKEN" not in shown
    shell.do(undo.strip())
    assert shell.value("X") == b"b"
    if name == "bash":
        assert shell.do("shopt expand_aliases").split() == ["expand_aliases", "on"]


# --- variables ------------------------------------------------------------------------------------------

UNEXPORTED = {"zsh": "X=mine", "bash": "X=mine", "fish": "set -g X mine"}
READ_ONLY = {"zsh": "typeset -r R=1", "bash": "readonly R=1"}


@every_shell
def test_an_unexported_variable_comes_back_unexported(start, fake, folders, name):
    shell = start(name)
    shell.do(UNEXPORTED[name])
    for _ in range(2):
        fake.answers(SET)
        shell.cd(folders[0])
        fake.answers("_lumina_set X 'second'\n")
        shell.cd(folders[1])
        assert shell.value("X") == b"second"
        fake.answers("_lumina_unset X\n")
        shell.cd(shell.home)
        assert shell.value("X") is None and shell.expand('"$X"') == "mine"


@every_shell
def test_an_unexported_empty_variable(start, fake, folders, name):
    shell = start(name)
    shell.do({"fish": "set -g X ''"}.get(name, "X="))
    fake.answers(SET)
    shell.cd(folders[0])
    fake.answers("_lumina_unset X\n")
    shell.cd(folders[1])
    word = "(set -q X; and echo yes)" if name == "fish" else "${X+yes}"
    assert shell.value("X") is None and shell.expand(word) == "yes"


@every_shell
def test_what_was_kept_is_forgotten_with_the_variable(start, fake, folders, name):
    shell = start(name)
    shell.do(UNEXPORTED[name])
    fake.answers(SET)
    shell.cd(folders[0])
    shell.do({"fish": "set -e X"}.get(name, "unset X"))
    shell.cd(folders[1])
    fake.answers("_lumina_unset X\n")
    shell.cd(shell.home)
    word = "(set -q X; and echo yes)" if name == "fish" else "${X+yes}"
    assert shell.expand(word) == ""


@zsh_and_bash
def test_a_read_only_variable_is_passed_over(start, fake, folders, name):
    shell = start(name)
    shell.do(READ_ONLY[name])
    fake.answers("_lumina_set A 1\n_lumina_set R 2\n_lumina_set B 3\n")
    assert shell.cd(folders[0]).strip() == ""
    env = shell.env_of()
    assert (env["A"], env.get("R"), env["B"]) == (b"1", None, b"3")
    fake.answers("_lumina_unset A\n_lumina_unset R\n_lumina_unset B\n")
    assert shell.cd(folders[1]).strip() == ""
    env = shell.env_of()
    assert "A" not in env and "B" not in env and shell.expand('"$R"') == "1"


def test_fish_read_only(start, fake, folders):
    shell = start("fish")
    fake.answers("_lumina_set A 1\n_lumina_set status 2\n_lumina_set version 2\n_lumina_set B 3\n")
    assert "read-only" not in shell.cd(folders[0])
    env = shell.env_of()
    assert (env["A"], env["B"]) == (b"1", b"3")


@pytest.mark.parametrize("name, declare", [
    ("zsh", "integer V"), ("bash", "declare -i V"), ("bash", "declare -a V"),
    ("bash", "declare -A V=([a]=b)"), ("zsh", "typeset -A V"), ("zsh", "typeset -a V"),
    ("zsh", "typeset -F V"), ("zsh", "typeset -u V"), ("bash", "declare -u V=x"),
    ("bash", "declare -n V=W"),
])
def test_variables_that_evaluate_are_passed_over(start, fake, folders, name, declare):
    shell = start(name)
    shell.do(declare)
    if declare in ("declare -i V", "declare -a V"):
        shell.do("V=1")
    fake.answers("_lumina_set V 'a[$(touch pwned)]'\n_lumina_set X 1\n")
    assert shell.cd(folders[0]).strip() == ""
    assert not (folders[0] / "pwned").exists() and shell.value("X") == b"1"


@every_shell
def test_names_that_are_none(start, fake, folders, name):
    names = ["A B", "1X", "x;id", "A=B", "\u00e9", "", "a[$(touch pwned)]", "-x", "A\\nB"]
    shell = start(name)
    lines = "".join(f"_lumina_set '{n}' 'v'\n_lumina_unset '{n}'\n" for n in names)
    before = shell.env_of()
    fake.answers(lines + "_lumina_set X 1\n")
    shell.cd(folders[0])
    after = shell.env_of()
    assert after.pop("X") == b"1" and not (folders[0] / "pwned").exists()
    assert set(after) - {"OLDPWD"} == set(before) - {"OLDPWD"}


@every_shell
def test_a_value_of_a_hundred_kilobytes(start, fake, folders, name):
    shell = start(name)
    value = "x" * 100_000
    fake.answers(f"_lumina_set X '{value}'\n")
    shell.cd(folders[0])
    assert shell.value("X") == value.encode()


@every_shell
def test_a_note_is_said_once(start, fake, folders, name):
    shell = start(name)
    fake.answers("_lumina_note 'hello  there'\n")
    assert "lumina: hello  there" in shell.cd(folders[0])
    assert "hello" not in shell.cd(folders[1])


@every_shell
def test_slow_waits_as_long_as_it_takes(start, fake, folders, name):
    shell = start(name, scale=1)
    fake.does("""
        case $* in
        *--slow*) sleep 1; printf '%s\\n' "_lumina_set N 1" "#lumina:end" ;;
        *) printf '%s\\n' "_lumina_set X 1" "_lumina_slow" "#lumina:end" ;;
        esac
    """)
    shell.cd(folders[0])
    env = shell.env_of()
    assert (env["X"], env["N"]) == (b"1", b"1")
    assert fake.asked()[-1] == f"flow --dir {folders[0]} " + \
        (f"--shell {name} --slow" if name == "fish" else f"--slow --shell {name}")


@every_shell
def test_control_c_ends_the_slow_one(start, fake, folders, name):
    shell = start(name, scale=5)
    fake.does("""
        case $* in
        *--slow*) exec sleep 60 ;;
        *) printf '%s\\n' "_lumina_set X 1" "_lumina_slow" "#lumina:end" ;;
        esac
    """)
    shell.type(f"cd {folders[0]}")
    end = time.monotonic() + 10
    while not any("--slow" in line for line in fake.asked()):
        assert time.monotonic() < end
        time.sleep(0.05)
    time.sleep(0.1)
    shell.interrupt()
    shell.do("true")
    assert shell.value("X") == b"1" and sum("--slow" in one for one in fake.asked()) == 1


# --- LUMINA_FLOW=0, and asking again -------------------------------------------------------------------------

OFF = {"fish": "set -gx LUMINA_FLOW 0"}
ON = {"fish": "set -e LUMINA_FLOW"}


@every_shell
def test_switched_off_before(start, fake, folders, name):
    shell = start(name, env={"LUMINA_FLOW": "0"})
    shell.cd(folders[0])
    assert fake.asked() == []
    fake.answers(SET)
    shell.do(ON.get(name, "unset LUMINA_FLOW"))
    assert len(fake.asked()) == 1 and shell.value("X") == b"a b"


@every_shell
def test_switched_off_later_takes_back_once(start, fake, folders, name):
    shell = start(name)
    fake.answers(SET + "_lumina_set __LUMINA_FLOW 'state'\n")
    shell.cd(folders[0])
    fake.answers("_lumina_unset X\n_lumina_unset __LUMINA_FLOW\n")
    fake.forget()
    shell.do(OFF.get(name, "LUMINA_FLOW=0"))
    assert fake.asked() == [f"flow --off --shell {name}"] and shell.value("X") is None
    shell.cd(folders[1])
    shell.cd(folders[0])
    assert len(fake.asked()) == 1
    fake.answers(SET)
    shell.do(ON.get(name, "unset LUMINA_FLOW"))
    assert shell.value("X") == b"a b"


@every_shell
def test_lumina_makes_it_ask_again(start, fake, folders, name):
    shell = start(name)
    shell.cd(folders[0])
    fake.forget()
    shown = shell.do("lumina mission set web")
    assert f"real:mission set web:{name}:{shell.pid}" in shown
    assert len(fake.asked()) == 1
    if name != "fish":
        assert shell.status() == 7


def test_a_function_of_the_persons_own_stays(start, fake):
    for name, text in (("zsh", "lumina() { print mine }"), ("bash", "lumina() { echo mine; }")):
        shell = start(name, hook=False, before=text.replace("lumina", "x_lumina") + "\n" +
                      f'eval "$(command lumina hook {name} | sed "s/^zz//")"\n')
        shell.close()
        shell = start(name, hook=False,
                      before=f'x=$(lumina hook {name}); {text}\neval "$x"\n')
        assert "mine" in shell.do("lumina status")


# --- with others ------------------------------------------------------------------------------------------------

@every_shell
def test_twice_is_once(start, fake, folders, name):
    """HK-008."""
    line = {"fish": "lumina hook fish | source"}.get(name, f'eval "$(lumina hook {name})"')
    shell = start(name, before=line, after=line)
    shell.do(UNEXPORTED[name])
    fake.answers(SET)
    shell.cd(folders[0])
    shell.do(line)
    fake.forget()
    fake.answers("_lumina_unset X\n")
    shell.cd(folders[1])
    assert len(fake.asked()) == 1 and shell.expand('"$X"') == "mine"


PROMPT_COMMANDS = [
    ("PROMPT_COMMAND='o1'", None), ("PROMPT_COMMAND='o1;'", None), ("PROMPT_COMMAND='o1 ; '", None),
    ("PROMPT_COMMAND=$'o1\\n'", None), ("PROMPT_COMMAND='o1; o2'", None), ("PROMPT_COMMAND=''", None),
    ("PROMPT_COMMAND='o1 # why'", None), ("unset PROMPT_COMMAND", None),
    ("PROMPT_COMMAND=(o1 'o2;')", BASH_TELL_ARRAY), ("PROMPT_COMMAND=()", BASH_TELL_ARRAY),
    ("PROMPT_COMMAND=(o1)", BASH_TELL_ARRAY), ("declare -a PROMPT_COMMAND", BASH_TELL_ARRAY),
]


@pytest.mark.parametrize("options", ["", "set -e", "set -u", "set -eu"])
@pytest.mark.parametrize("given, tell", PROMPT_COMMANDS)
def test_prompt_command(start, fake, folders, root, given, tell, options):
    """HK-008."""
    log = Path(root) / "order"
    before = (f"o1() {{ echo \"o1 $?\" >>{log}; }}; o2() {{ echo o2 >>{log}; }}\n"
              f"{given}\n{options}\n")
    tell = tell or "PROMPT_COMMAND=${PROMPT_COMMAND%;*([[:space:]])}" + \
        "; PROMPT_COMMAND+=$'\\n_t_told'"
    shell = start("bash", before=before, tell="shopt -s extglob; " + tell)
    fake.answers(SET)
    log.write_text("")
    shown = shell.do(f"cd {folders[0]}; ! true")
    assert shown.strip() == "" and shell.value("X") == b"a b"
    if "o1" in given:
        first = log.read_text().splitlines()[0]
        assert first == ("o1 0" if "e" in options[4:] and "(" not in given else "o1 1")
    if "o2" in given:
        assert "o2" in log.read_text()
    fake.program.unlink()
    shell.cd(folders[1])
    log.write_text("")
    shown = shell.do("! true")
    assert shown.strip() == ""
    if "o1" in given:
        assert log.read_text().startswith("o1 ")


def test_precmd_functions(start, fake, folders, root):
    log = Path(root) / "order"
    before = f"o1() {{ print -r -- \"o1 $? $X\" >>{log} }}; precmd_functions=(o1)\n" \
             f"precmd() {{ print -r -- \"own $?\" >>{log} }}\n"
    after = f"o2() {{ print -r -- \"o2 $?\" >>{log} }}; precmd_functions+=(o2)\n" \
            f"chpwd() {{ print -r -- \"chpwd\" >>{log} }}\n"
    shell = start("zsh", before=before, after=after)
    fake.answers(SET)
    log.write_text("")
    shell.do(f"cd {folders[0]}; sh -c 'exit 5'")
    assert log.read_text().splitlines() == ["chpwd", "own 5", "o1 5 a b", "o2 5"]


DIRENV = {"zsh": 'eval "$(direnv hook zsh)"\n', "bash": 'eval "$(direnv hook bash)"\n',
          "fish": "direnv hook fish | source\n"}
ZOXIDE = {"zsh": 'eval "$(zoxide init zsh)"\n', "bash": 'eval "$(zoxide init bash)"\n',
          "fish": "zoxide init fish | source\n"}
STARSHIP = {"zsh": 'eval "$(starship init zsh)"\n', "bash": 'eval "$(starship init bash)"\n',
            # The prompt is the test's: starship's is made beside it.
            "fish": "starship init fish | source\nfunctions -c fish_prompt _t_starship\n"
                    "function _t_show --on-event fish_prompt; _t_starship >/dev/null; end\n"}


@every_shell
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("other, lines", [("direnv", DIRENV), ("zoxide", ZOXIDE),
                                          ("starship", STARSHIP)])
def test_beside_other_hooks(start, fake, folders, name, where, other, lines):
    """HK-008."""
    if not has(other):
        pytest.skip(f"no {other}")
    shell = start(name, **{where: lines[name]})
    fake.answers(SET)
    if other == "direnv":
        (folders[0] / ".envrc").write_text("export FROM_DIRENV=yes\n")
        shell.do(f"direnv allow {folders[0]}")
    shell.cd(folders[0])
    env = shell.env_of()
    assert env["X"] == b"a b"
    if other == "direnv":
        assert env["FROM_DIRENV"] == b"yes"
        assert fake.log.read_text().splitlines()[-1].endswith("|1")
    if other == "zoxide":
        assert str(folders[0]) in shell.do("zoxide query -l")
    shell.do("sh -c 'exit 9'")
    if other == "starship" and name != "fish":
        assert shell.expand('"$STARSHIP_CMD_STATUS"') == "9"
    else:
        assert shell.status() == 9 or (other, name) == ("zoxide", "bash")  # it loses it by itself
    fake.program.unlink()
    for folder in (folders[1], folders[0]):
        assert "lumina" not in shell.cd(folder).replace(str(fake.root.parent), "")


@every_shell
def test_direnv_without_a_hook_of_its_own(start, fake, folders, name):
    if not has("direnv"):
        pytest.skip("no direnv")
    shell = start(name, scale=50)
    (folders[0] / ".envrc").write_text("export FROM_DIRENV='a  b'\n")
    shell.do(f"direnv allow {folders[0]}")
    fake.answers("_lumina_direnv\n")
    shell.cd(folders[0])
    assert shell.value("FROM_DIRENV") == b"a  b"
    fake.answers("_lumina_direnv_off\n")
    shell.cd(folders[1])
    assert shell.value("FROM_DIRENV") is None
    assert shell.expand('"$PWD"') == str(folders[1])


# A short stand-in of what bash-preexec does at its core; the real one where it is installed.
PREEXEC = r"""
__bp_on=; __bp_trap() {
    [[ -n $__bp_on ]] || return 0
    local IFS=$'\n;' one
    for one in ${PROMPT_COMMAND[*]}; do
        one=${one#"${one%%[![:space:]]*}"}; one=${one%"${one##*[![:space:]]}"}
        [[ $one == "$BASH_COMMAND" ]] && { __bp_on=; return 0; }
    done
    __bp_on=; echo "PREEXEC:$BASH_COMMAND"
}
__bp_precmd() { __bp_status=$?; return $__bp_status; }
__bp_interactive() { __bp_on=on; }
trap __bp_trap DEBUG
"""


@pytest.mark.parametrize("late", [False, True])
def test_bash_preexec(start, fake, folders, late):
    install = "PROMPT_COMMAND=$'__bp_precmd\\n'\"${PROMPT_COMMAND:+$PROMPT_COMMAND;}_t_told\"" \
              "$'\\n__bp_interactive'\n"
    shell = start("bash", before=PREEXEC + ("" if late else install), tell=install if late else ":")
    fake.answers(SET)
    shown = shell.cd(folders[0])
    assert shown.split() == [f"PREEXEC:cd"] or shown.split()[0] == "PREEXEC:cd"
    assert "lumina" not in shown.replace(str(fake.root.parent), "")
    shown = shell.do("")
    assert "PREEXEC" not in shown
    shell.do("sh -c 'exit 6'")
    assert shell.status() == 6 and shell.value("X") == b"a b"


# Where distributions and people have them; other places by a variable.
OTHERS = {
    "bash-preexec": ("bash", ["/usr/share/bash-preexec/bash-preexec.sh", "/usr/share/bash-preexec.sh",
                              "/etc/profile.d/bash-preexec.sh", "~/.bash-preexec.sh"]),
    "oh-my-zsh": ("zsh", ["/usr/share/oh-my-zsh/oh-my-zsh.sh", "~/.oh-my-zsh/oh-my-zsh.sh"]),
    "zsh-autosuggestions": ("zsh", ["/usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh",
                                    "/usr/share/zsh/plugins/zsh-autosuggestions/zsh-autosuggestions.zsh"]),
    "zsh-syntax-highlighting": (
        "zsh", ["/usr/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh",
                "/usr/share/zsh/plugins/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh"]),
    "liquidprompt": ("bash zsh", ["/usr/share/liquidprompt/liquidprompt"]),
}
AROUND = {"bash-preexec": "preexec() { echo \"PREEXEC:$1\"; }\n",
          "oh-my-zsh": "ZSH_THEME=robbyrussell plugins=(git); zstyle ':omz:update' mode disabled\n"}


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("other, name", [(other, name) for other in OTHERS
                                         for name in OTHERS[other][0].split()])
def test_beside_what_changes_prompts(start, fake, folders, other, name, where):
    """HK-008: loaded before or after, both do their work, and $? is the command's."""
    files = [os.path.expanduser(path) for path in OTHERS[other][1]]
    files = [os.environ.get("TEST_" + other.upper().replace("-", "_"), "")] + files
    file = next((path for path in files if os.path.exists(path)), None)
    if file is None:
        pytest.skip(f"no {other}")
    text = AROUND.get(other, "") + (f"ZSH={os.path.dirname(file)}; " if other == "oh-my-zsh" else "") + \
        f". {file}\n"
    shell = start(name, **{where: text})
    fake.answers(SET)
    shown = shell.cd(folders[0])
    assert "lumina" not in shown.replace(str(fake.root.parent), "")
    assert shell.value("X") == b"a b"
    shown = shell.do("sh -c 'exit 9'")
    assert shell.status() == 9
    assert ("PREEXEC:sh" in shown) == (other == "bash-preexec") and "_lumina" not in shown
    fake.program.unlink()
    for folder in (folders[1], folders[0]):
        assert "lumina" not in shell.cd(folder).replace(str(fake.root.parent), "")


# --- shells that aren't meant ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("shell, text", [
    (["dash"], "bash"), (["dash"], "zsh"), (["sh"], "bash"), (["bash", "--posix"], "bash"),
    (["bash", "--norc", "-r"], "bash"), (["zsh", "-f"], "bash"), (["bash", "--norc"], "zsh"),
    (["bash", "--posix"], "zsh"), (["zsh", "-f", "-r"], "zsh"),
])
@pytest.mark.parametrize("interactive", [True, False])
def test_a_shell_that_it_is_not_for(fake, root, shell, text, interactive):
    """HK-014."""
    import subprocess  # pylint: disable=import-outside-toplevel
    if not has(shell[0]):
        pytest.skip(f"no {shell[0]}")
    argv = [*shell, *(["-i"] if interactive else []), "-c",
            f'eval "$(lumina hook {text})"; echo "then $?"; false; echo "$?"']
    env = {"HOME": str(root), "PATH": f"{fake.bin}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=20, check=False,
                          start_new_session=True, stdin=subprocess.DEVNULL)
    assert done.stdout == "then 0\n1\n"
    told = [line for line in done.stderr.splitlines() if line.startswith("lumina")]
    others = [line for line in done.stderr.splitlines()
              if not line.startswith("lumina") and "job control" not in line
              and "terminal process group" not in line]
    assert others == [] and len(told) == (1 if interactive else 0)
    assert fake.asked() == []


@every_shell
def test_a_script_gets_nothing(fake, root, name):
    import subprocess  # pylint: disable=import-outside-toplevel
    line = {"fish": "lumina hook fish | source"}.get(name, f'eval "$(lumina hook {name})"')
    env = {"HOME": str(root), "PATH": f"{fake.bin}:{os.environ['PATH']}", "LANG": "C.UTF-8"}
    done = subprocess.run([name, "-c", f"{line}; cd /; echo done"], env=env, capture_output=True,
                          text=True, timeout=20, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "") and fake.asked() == []


# --- shells in shells ---------------------------------------------------------------------------------------------------

@every_shell
def test_a_shell_in_a_shell(start, fake, folders, name):
    shell = start(name)
    fake.answers(SET)
    shell.cd(folders[0])
    fake.forget()
    inner = {"zsh": "zsh -i", "fish": "fish -i", "bash": f"bash --rcfile {shell.home}/.bashrc -i"}
    shell.do(inner[name])
    assert fake.asked() == [f"flow --dir {folders[0]} --shell {name}"]
    assert f"|{shell.pid}|" not in fake.log.read_text()
    shell.cd(folders[1])
    shell.do("exit")
    assert shell.value("X") == b"a b" and len(fake.asked()) == 2
    fake.forget()
    shell.do("exec " + inner[name])
    assert fake.asked() == [f"flow --dir {folders[0]} --shell {name}"]
    assert f"|{shell.pid}|" in fake.log.read_text()


@every_shell
def test_a_hang_up_leaves_no_file(start, fake, folders, name):
    shell = start(name)
    (shell.run_folder / "lumina").mkdir(mode=0o700)
    fake.answers(SET)
    shell.cd(folders[0])
    assert shell.value("X") == b"a b"
    shell.type("exit")
    end = time.monotonic() + 10
    while shell.child.isalive():
        shell.read(0.05)
        assert time.monotonic() < end
    assert list((shell.run_folder / "lumina").iterdir()) == []
    shell = start(name)
    shell.cd(folders[1])
    shell.child.kill(signal.SIGHUP)
    end = time.monotonic() + 10
    while shell.child.isalive():
        shell.read(0.05)
        assert time.monotonic() < end
    time.sleep(0.2)
    assert list((shell.run_folder / "lumina").iterdir()) == []
