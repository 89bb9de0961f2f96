# SPDX-License-Identifier: MIT
"""What `lumina flow` answers: to good questions, and to impossible ones."""

import os
import subprocess

import pytest

from flow_kit import (END, NASTY, SHELLS, STATE, Answer, allow, answer, ask, check_answer,
                      flow_env, project, yaml_text)
from support import LUMINA, NOBODY, Home

WEB = """
    missions:
      web:
        when: [package.json]
        env: {NODE_ENV: development, EMPTY: ""}
        path: [bin, node_modules/.bin]
    """


@pytest.fixture
def web(home):
    project(home, "work/shop", WEB, package="{}")
    home.at("work/shop/src/deep").mkdir(parents=True)
    return home


# --- the answer's form ---------------------------------------------------------------------------

@pytest.mark.parametrize("shell", SHELLS)
def test_entering_a_project(web, shell):
    text = ask(web, web.at("work/shop/src"), shell).decode()
    lines = text.splitlines()
    assert lines[-1] == "#lumina:end"
    assert f"_lumina_project '{web.path}/work/shop'" in lines
    assert "_lumina_set NODE_ENV 'development'" in lines
    assert "_lumina_set EMPTY ''" in lines
    functions = {line.split()[0] for line in lines[:-1]}
    assert functions == {"_lumina_set", "_lumina_project"}


def test_what_is_set_and_how_path_is_ordered(web):
    got = answer(web, web.at("work/shop/src/deep"))
    shop = f"{web.path}/work/shop"
    assert got.root == shop and got.notes == [] and got.unset == set()
    assert got.values == {
        "NODE_ENV": b"development", "EMPTY": b"",
        "PATH": os.fsencode(f"{shop}/bin:{shop}/node_modules/.bin:{web.env['PATH']}")}
    assert got.calls[0][:2] == ("_lumina_set", STATE.encode()), "the record comes first"


def test_the_answer_is_one_write(web):
    log = web.root / "log"
    ask(web, web.at("work/shop"), prefix=("strace", "-e", "trace=write,writev", "-o", str(log)))
    writes = [line for line in log.read_text().splitlines() if line.startswith("write(1")]
    assert len(writes) == 1


def test_no_project_no_answer_but_the_end(web):
    got = answer(web, web.path)
    assert got.calls == [] and got.text in (b"", END)


def test_leaving_restores_what_was_there(web):
    before = flow_env(web, {"NODE_ENV": "mine"})
    inside = answer(web, web.at("work/shop"), env={"NODE_ENV": "mine"}).applied_to(before)
    assert inside["NODE_ENV"] == "development"
    assert answer(web, web.path, env=inside).applied_to(inside) == before


def test_inside_again_nothing_is_set(web):
    inside = answer(web, web.at("work/shop")).applied_to(flow_env(web))
    again = answer(web, web.at("work/shop/src"), env=inside)
    assert again.values == {} and again.root == f"{web.path}/work/shop"


def test_off_takes_back(web):
    before = flow_env(web)
    inside = answer(web, web.at("work/shop")).applied_to(before)
    done = check_answer(web.run("flow", "--off", "--dir", str(web.at("work/shop")), "--shell",
                                "bash", env=inside, expect=None))
    assert Answer(done.stdout).applied_to(inside) == before
    off = answer(web, web.at("work/shop"), env={"LUMINA_FLOW": "0"})
    assert off.values == {}


# --- a folder that is none (FL-019) --------------------------------------------------------------

ODD = {
    "missing": "/nowhere/at/all",
    "file": "/etc/passwd",
    "below a file": "/etc/passwd/x",
    "empty": "",
    "4096": "/" + "a" * 4096,
    "many parts": "/a" * 4000,
    "long name": "/tmp/" + "n" * 300,
    "newline": "/tmp/no\nwhere",
    "escape": "/tmp/no\x1b[31mwhere",
    "not utf-8": os.fsdecode(b"/tmp/\xff\xfe"),
    "quotes": "/tmp/'\"`$(id)",
    "device": "/dev/null",
    "proc": "/proc/self/fd/0",
    "option": "--help",
    "dash": "-",
}


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_no_folder(web, name, shell):
    assert Answer(ask(web, ODD[name], "bash")).calls == []
    assert b"_lumina_set" not in ask(web, ODD[name], shell)


@pytest.mark.parametrize("name", ODD)
def test_from_a_project_to_what_is_no_folder(web, name):
    """Nothing changes, or all is taken back: never a half."""
    before = flow_env(web)
    inside = answer(web, web.at("work/shop")).applied_to(before)
    after = answer(web, ODD[name], env=inside).applied_to(inside)
    assert after in (before, inside)


def test_a_removed_present_folder(web):
    gone = web.at("gone")
    gone.mkdir()
    done = subprocess.run(
        ["bash", "-c", 'cd "$1" && rmdir "$1" && exec "$2" flow --dir "$1" --shell bash', "-",
         str(gone), str(LUMINA)], env=flow_env(web), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"") and b"_lumina_set" not in done.stdout
    done = subprocess.run(
        ["bash", "-c", 'mkdir "$1"; cd "$1" && rmdir "$1" && exec "$2" flow --dir . --shell bash',
         "-", str(gone), str(LUMINA)], env=flow_env(web), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"") and b"_lumina_set" not in done.stdout


@pytest.mark.parametrize("args", [
    [], ["--dir", "/"], ["--shell", "zsh"], ["--dir", "/", "--shell", "tcsh"],
    ["--dir", "/", "--shell", ""], ["--dir"], ["--shell"], ["--dir", "/", "--nonsense"],
    ["--dir", "/", "--shell", "zsh", "more", "words"], ["--dir=/", "--shell=zsh"],
    ["--dir", "/", "--dir", "/tmp", "--shell", "zsh"],
])
def test_odd_calls_end_well(web, args):
    """Typed by hand a wrong call may be told so; never an answer that is half of one."""
    done = web.run("flow", *args, expect=None, env=flow_env(web))
    assert done.code in (0, 2), repr(done)
    assert done.stdout == b"" or done.stdout.endswith(END)
    assert done.code == 2 or done.stderr == b""


# --- names of folders ----------------------------------------------------------------------------

NAMES = [b"with blank", b"a'b", b'a"b', b"a$(touch PWNED)b", b"a`id`b", b"new\nline", b"\n",
         b"esc\x1b[31m", b"\xff\xfe", b"-n", b"~", b"a:b", b"*", b"back\\slash", b"tab\there",
         b"cr\rcr", "漢字".encode(), "\u202ertl".encode(), b"x" * 255, b" ", b"#lumina:end\n",
         b"a;b", b"a&b", b"!!", b"%s%n"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_a_project(web, name):
    folder = os.fsencode(web.path) + b"/work/" + name
    os.makedirs(folder + b"/sub")
    open(folder + b"/package.json", "w").close()
    got = answer(web, folder + b"/sub")
    assert got.root == os.fsdecode(folder)
    assert got.values["NODE_ENV"] == b"development"
    entries = os.fsencode(web.env["PATH"])
    if b":" in name:
        assert got.values.get("PATH", entries) == entries, "a ':' can't be in PATH's entry"
    else:
        assert got.values["PATH"] == folder + b"/bin:" + folder + b"/node_modules/.bin:" + entries
    inside = got.applied_to(flow_env(web))
    assert answer(web, web.path, env=inside).applied_to(inside) == flow_env(web)


def deep(start, total, leaf):
    """A folder whose path has at least `total` bytes, made step by step."""
    os.chdir(start)
    path = os.fsencode(start)
    while len(path) + len(leaf) + 1 < total:
        name = b"d" * min(200, max(1, total - len(path) - len(leaf) - 2))
        os.mkdir(name)
        os.chdir(name)
        path += b"/" + name
    os.mkdir(leaf)
    return path + b"/" + leaf


@pytest.mark.parametrize("length", [1000, 4000, 4090])
def test_long_paths(web, length):
    here = os.getcwd()
    try:
        folder = deep(web.at("work"), length, b"p'\n")
        os.chdir(b"p'\n")
        open(b"package.json", "w").close()
    finally:
        os.chdir(here)
    got = answer(web, folder)
    assert got.root in (os.fsdecode(folder), None)
    if length == 1000:
        assert got.values["NODE_ENV"] == b"development"


@pytest.mark.parametrize("levels", [39, 41, 100, 1500])
def test_deep_trees(web, levels):
    """FL-026: the walk ends after 40 levels, and is quick."""
    here = os.getcwd()
    try:
        os.chdir(web.at("work/shop"))
        for _ in range(levels):
            os.mkdir("d")
            os.chdir("d")
    finally:
        os.chdir(here)
    folder = f"{web.path}/work/shop" + "/d" * levels
    got = answer(web, folder)
    subprocess.run(["rm", "-rf", web.at("work/shop/d")], check=True)  # too deep for shutil
    assert bool(got.values) == (levels < 40)


def test_links_on_the_way(web):
    """FL-026: what counts is where a folder really is; a loop is no folder."""
    os.symlink(web.at("work/shop/src"), web.at("short"))
    assert answer(web, web.at("short")).root == f"{web.path}/work/shop"
    os.symlink(web.at("round"), web.at("round"))
    assert answer(web, web.at("round")).calls == []
    os.symlink("..", web.at("work/shop/src/up"))
    assert answer(web, f"{web.path}/work/shop/src/up/src/up").root == f"{web.path}/work/shop"
    os.symlink("/nowhere", web.at("dangling"))
    assert answer(web, web.at("dangling")).calls == []


def test_the_folder_counts_not_what_pwd_says(web):
    """TR-015."""
    got = answer(web, web.at("work/shop"), cwd="/", env={"PWD": "/tmp"})
    assert got.root == f"{web.path}/work/shop"
    got = answer(web, "/", cwd=web.at("work/shop"), env={"PWD": str(web.at("work/shop"))})
    assert got.values == {}


# --- values --------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", NASTY)
def test_any_value_of_the_registry(home, kind):
    try:
        value = NASTY[kind].decode()
    except UnicodeDecodeError:
        pytest.skip("no UTF-8: YAML can't hold it")
    project(home, "p", f"missions: {{m: {{when: [mark], env: {{V: {yaml_text(value)}}}}}}}\n",
            mark="")
    got = answer(home, home.at("p"))
    assert got.values["V"] == NASTY[kind]


@pytest.mark.parametrize("kind", NASTY)
def test_any_value_of_a_dotenv_file(home, kind):
    value = NASTY[kind]
    folder = project(home, "p", "missions: {m: {when: [mark], dotenv: true}}\n", mark="")
    if b"'" in value:
        text = b'V="' + b"".join(b"\\" + bytes([b]) if b in b'"\\$`' else bytes([b])
                                 for b in value) + b'"\n'
    else:
        text = b"V='" + value + b"'\n"
    home.write("p/.env", text)
    allow(home, folder)
    # In quotes, CRLF gives LF; a lone CR is a CR.
    assert answer(home, folder).values["V"] == value


@pytest.mark.parametrize("name", ["A B", "1X", "x;id", "A=B", "Ä", "", "a[$(id)]", "A-B", "a.b",
                                  "A\n"])
def test_names_that_are_none(home, name):
    """EV-003: the registry says what is wrong; the flow sets nothing."""
    project(home, "p", f"missions: {{m: {{when: [mark], env: {{{yaml_text(name)}: x, OK: y}}}}}}\n",
            mark="")
    got = answer(home, home.at("p"))
    assert set(got.values) <= {"OK"}


REFUSED = ["LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND", "PS1",
           "PS4", "PROMPT", "RPROMPT", "IFS", "SHELLOPTS", "BASHOPTS", "HOME", "USER", "PWD",
           "OLDPWD", "SHELL", "PATH", "GLIBC_TUNABLES", "LUMINA_HOME", "LUMINA_FLOW", STATE,
           "XDG_RUNTIME_DIR", "HISTFILE", "fish_function_path", "fish_user_paths", "LD_AUDIT"]


@pytest.mark.parametrize("name", REFUSED)
def test_variables_that_nobody_may_set(home, name):
    """TR-017, in the person's own registry, too."""
    project(home, "p", f"missions: {{m: {{when: [mark], env: {{{name}: evil}}}}}}\n", mark="")
    got = answer(home, home.at("p"))
    assert b"evil" not in got.set.get(name, b"")
    assert name in (STATE,) or name not in got.set or name == "PATH"


# --- nothing to go by ----------------------------------------------------------------------------

def test_home_unset(web):
    assert b"_lumina_set NODE_ENV" not in ask(web, "/", env={"HOME": None})
    ask(web, web.at("work/shop"), env={"HOME": None})


@pytest.mark.parametrize("home_is", ["", "relative", "/", "/nowhere", "/etc/passwd", "/dev/null",
                                     "/\n", "/" + "h" * 5000])
def test_homes_that_are_none(web, home_is):
    got = answer(web, web.at("work/shop"), env={"HOME": home_is})
    assert "NODE_ENV" not in got.set


@pytest.mark.parametrize("name", ["XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR",
                                  "XDG_CONFIG_HOME"])
@pytest.mark.parametrize("value", [None, "", "relative", "/etc/passwd/x", "/etc/passwd",
                                   "/proc/self", "/dev/full"])
def test_base_folders_that_are_none(web, name, value):
    """FL-034: works without; quiet."""
    for _ in range(2):
        got = answer(web, web.at("work/shop"), env={name: value})
        assert got.values["NODE_ENV"] == b"development"
    assert not os.path.exists(web.path / "relative")


def test_empty_environment(web):
    done = subprocess.run([LUMINA, "flow", "--dir", "/", "--shell", "zsh"], env={},
                          capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"") and b"_lumina_set" not in done.stdout


def test_no_profile_no_registry(home):
    project(home, "p", package="{}")
    home.profile.rmdir()
    assert answer(home, home.at("p")).values == {}
    home.profile.mkdir()
    assert answer(home, home.at("p")).values == {}


def test_closed_and_full_standard_output(web):
    """Nobody is there to read: no message, exit 0."""
    for out in ("/dev/full", None):
        command = '"$1" flow --dir "$2" --shell zsh ' + (f">{out}" if out else ">&-")
        done = subprocess.run(["sh", "-c", command, "-", str(LUMINA), str(web.at("work/shop"))],
                              env=flow_env(web), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b""), (out, done)
    done = subprocess.run(["sh", "-c", '"$1" flow --dir "$2" --shell zsh <&- 2>&-; echo $?', "-",
                           str(LUMINA), str(web.at("work/shop"))], env=flow_env(web),
                          capture_output=True, check=False)
    assert done.stdout.endswith(END + b"0\n")


def test_as_another_user(user_home):
    """Nothing that needs root."""
    project(user_home, "work/shop", WEB, package="{}")
    assert answer(user_home, user_home.at("work/shop")).values["NODE_ENV"] == b"development"


def test_a_project_of_another_user(root):
    """The walk stops at folders of others: their markers don't count."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    home = Home(root, user=NOBODY)
    project(home, "theirs", WEB, package="{}")
    home.at("theirs/mine").mkdir()
    os.chown(home.at("theirs/mine"), NOBODY, NOBODY)
    os.chown(home.at("theirs"), 1234, 1234)
    home.at("theirs").chmod(0o755)
    assert answer(home, home.at("theirs")).values == {}
    assert answer(home, home.at("theirs/mine")).values == {}


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_folders_that_others_may_write(web, mode):
    if mode == 0o775 and os.geteuid() != 0:
        pytest.skip("needs root")
    if mode == 0o775:
        os.chown(web.at("work/shop"), -1, 4711)  # not the person's own group
    web.at("work/shop").chmod(mode)
    assert answer(web, web.at("work/shop/src")).values == {}


def test_unreadable_parents(user_home):
    project(user_home, "work/shop", WEB, package="{}")
    user_home.at("work/shop/a/b").mkdir(parents=True)
    user_home.give()
    for mode in (0o000, 0o111, 0o444):
        user_home.at("work/shop/a").chmod(mode)
        ask(user_home, user_home.at("work/shop/a/b"))
        ask(user_home, user_home.at("work/shop/a"))
    user_home.at("work/shop").chmod(0o000)
    ask(user_home, user_home.at("work/shop"))
    ask(user_home, user_home.at("work/shop/a/b"))
    user_home.at("work/shop").chmod(0o755)
    user_home.at("work/shop/a").chmod(0o755)
