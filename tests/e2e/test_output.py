# SPDX-License-Identifier: MIT
"""What a person and a program see: exit codes, JSON, colour, streams, help, wrong usage."""

import ctypes
import json
import os
import re
import shutil
import signal
import stat
import subprocess

import pexpect
import pytest

from support import (DRIFT, FAILED, LUMINA, OK, REFUSED, USAGE, Result, assert_clean, finish,
                     kill, tree_of)

COMMANDS = ["completion", "diff", "doctor", "git", "help", "init", "status", "sync", "why"]
# Every command that has something to report, in a state where it does.
REPORTS = [["status"], ["sync", "-n"], ["diff"], ["doctor"], ["why", "~/.zshrc"]]
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def drifted(home):
    """One link in place, one missing, one detached, one stale."""
    home.declare({"~/.zshrc": "a", "~/.detached": "b", "~/.stale": "c"})
    home.sync()
    home.at("~/.detached").unlink()
    home.write("~/.detached", "local\n")
    home.declare({"~/.zshrc": "a", "~/.detached": "b", "~/.missing": "d"})
    return home


# --- exit codes -----------------------------------------------------------------------------

def test_exit_codes_tell_the_truth(drifted):
    drifted.run("status", expect=OK)
    drifted.run("status", "--exit-code", expect=DRIFT)
    drifted.run("status", "--exit-code", "--json", expect=DRIFT)
    drifted.run("status", "--exit-code", "--quiet", expect=DRIFT)
    drifted.sync(expect=REFUSED)
    drifted.sync("--dry-run", expect=REFUSED)
    drifted.at("~/.detached").unlink()
    drifted.sync(expect=OK)
    drifted.run("status", "--exit-code", expect=OK)
    drifted.registry("bogus: 1\n")
    drifted.sync(expect=USAGE)
    drifted.run("status", "--exit-code", expect=USAGE)


def test_a_missing_program_gives_127(home):
    home.source("a")
    home.run("git", "status", expect=127, env={"PATH": "/nowhere"})


@pytest.mark.parametrize("args", [
    ["bogus"], ["--bogus"], ["sync", "--bogus"], ["sync", "extra"], ["status", "extra"],
    ["sync", "--only"], ["sync", "--only", "bogus"], ["sync", "--only=bogus"], ["sync", "-x"],
    ["--color"], ["--color=sometimes", "status"], ["status", "--exit-code=yes"], ["why"],
    ["init", "a", "b"], ["init", "--branch"], ["init", "--branch", "x"], ["completion"],
    ["completion", "tcsh"], ["completion", "bash", "zsh"], ["help", "bogus"], ["doctor", "x"],
    ["help", "a", "b"], ["--json", "init"], ["--json", "completion", "bash"], ["-", "status"],
    ["sync", "-"], [""], ["sync", ""], ["--", "bogus"], ["-z"]])
def test_wrong_usage_is_2_with_a_line_on_stderr_and_changes_nothing(home, args):
    home.declare({"~/.a": "a"})
    before = tree_of(home.root)
    result = home.run(*args, expect=USAGE)
    assert result.err.startswith("error: "), repr(result)
    assert result.out == ""
    assert tree_of(home.root) == before


def test_no_command_is_wrong_usage_and_shows_what_there_is(home):
    result = home.run(expect=USAGE)
    assert result.out == ""
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", result.err, re.MULTILINE)


@pytest.mark.parametrize("word,nearest", [("snyc", "sync"), ("statsu", "status"), ("dif", "diff"),
                                          ("doctr", "doctor"), ("completions", "completion"),
                                          ("aply", "apply"), ("inti", "init")])
def test_a_mistyped_command_names_the_nearest(home, word, nearest):
    assert f"'{nearest}'" in home.run(word, expect=USAGE).err
    assert f"'{nearest}'" in home.run("help", word, expect=USAGE).err


@pytest.mark.parametrize("args,nearest", [
    (["sync", "--dryrun"], "--dry-run"), (["sync", "--onyl=x"], "--only"),
    (["status", "--exitcode"], "--exit-code"), (["--verison"], "--version"),
    (["status", "--jsn"], "--json"), (["--colour=never", "status"], "--color")])
def test_a_mistyped_option_names_the_nearest(home, args, nearest):
    assert f"'{nearest}'" in home.run(*args, expect=USAGE).err


# --- help and version -----------------------------------------------------------------------

@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_goes_to_stdout_and_needs_no_profile(home, command):
    home.env["LUMINA_HOME"] = str(home.root / "nothing")
    short = home.run("help", command)
    assert command in short.out and short.err == ""
    if command != "git":
        for option in ("-h", "--help"):
            result = home.run(command, option)
            assert f"lumina {command}" in result.out and result.err == ""
            assert "--color" in result.out


def test_help_and_version_need_no_home_and_no_registry(home):
    env = {"HOME": None, "LUMINA_HOME": None}
    assert re.fullmatch(r"lumina \d+\.\d+\.\d+\n", home.run("--version", env=env).out)
    assert "usage: lumina" in home.run("--help", env=env).out
    assert home.run("-h", env=env).out == home.run("help", env=env).out
    assert "usage" in home.run("sync", "--help", env={"HOME": "relative"}).out


def test_options_may_stand_before_and_after_the_command_and_end_with_two_dashes(drifted):
    want = drifted.run("status", "--json").out
    assert drifted.run("--json", "status").out == want
    assert drifted.run("--json", "--", "status").out == want
    assert drifted.run("status", "--json", "--").out == want
    assert drifted.run("sync", "-nq", expect=REFUSED).out == ""


# --- JSON -----------------------------------------------------------------------------------

@pytest.mark.parametrize("command", REPORTS, ids=" ".join)
def test_json_is_one_document_with_a_schema_and_nothing_else_on_stdout(drifted, command):
    if command == ["sync", "-n"]:
        drifted.at("~/.detached").unlink()
    for more in ([], ["-v"], ["-q"], ["--color=always"]):
        result = drifted.run(*command, "--json", *more)
        document = json.loads(result.stdout.decode("utf-8"))
        assert document["schema"] == 1
        assert document["command"] == command[0]
        assert result.out.endswith("}\n")
        assert_clean(result.out)


def test_a_refusal_in_json_is_a_whole_document_too(drifted):
    result = drifted.sync("--json", expect=REFUSED)
    document = result.json
    assert document["result"] == "refused" and document["schema"] == 1
    assert document["conflicts"][0]["target"] == "~/.detached"
    assert document["conflicts"][0]["path"] == str(drifted.at("~/.detached"))
    assert "error" in document and document["error"]


def test_status_in_json_names_each_state(drifted):
    assert drifted.status() == {"~/.missing": "missing", "~/.detached": "detached",
                                "~/.stale": "stale"}


def test_json_of_a_broken_registry_prints_nothing_half(home):
    home.registry("bogus: 1\n")
    for command in REPORTS:
        result = home.run(*command, "--json", expect=None)
        assert result.code in (FAILED, USAGE)
        if result.out:
            assert result.json["schema"] == 1


# --- colour ---------------------------------------------------------------------------------

@pytest.mark.parametrize("env,args,coloured", [
    ({}, [], False),
    ({"CLICOLOR_FORCE": "1"}, [], True),
    ({"CLICOLOR_FORCE": "0"}, [], False),
    ({"CLICOLOR_FORCE": ""}, [], False),
    ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, [], False),
    ({"NO_COLOR": "1"}, ["--color=always"], True),
    ({"CLICOLOR_FORCE": "1"}, ["--color=never"], False),
    ({"CLICOLOR_FORCE": "1"}, ["--color=auto"], True),
    ({}, ["--color", "always"], True),
])
def test_colour_of_a_pipe_is_as_asked(drifted, env, args, coloured):
    status = drifted.run("status", *args, env=env)
    refusal = drifted.sync(*args, env=env, expect=REFUSED)
    assert bool(SGR.search(status.out)) == coloured
    assert bool(SGR.search(refusal.err)) == coloured
    assert_clean(SGR.sub("", status.out))


@pytest.mark.parametrize("env,coloured", [
    ({"TERM": "xterm-256color"}, True), ({"TERM": "dumb"}, False), ({"TERM": None}, False),
    ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "xterm", "NO_COLOR": ""}, True)])
def test_colour_of_a_terminal_follows_its_kind_and_no_color(drifted, env, coloured):
    child = drifted.terminal("status", env=env)
    child.expect(pexpect.EOF)
    assert bool(re.search(rb"\x1b\[", child.before)) == coloured, child.before


def test_json_is_never_coloured(drifted):
    result = drifted.run("status", "--json", "--color=always", env={"CLICOLOR_FORCE": "1"})
    assert "\x1b" not in result.out


# --- streams --------------------------------------------------------------------------------

def test_results_go_to_stdout_and_everything_else_to_stderr(drifted):
    assert drifted.run("status").err == ""
    refusal = drifted.sync(expect=REFUSED)
    assert refusal.out == "" and "~/.detached" in refusal.err
    drifted.at("~/.detached").unlink()
    done = drifted.sync()
    assert "2 links made" in done.out and done.err == ""


def test_quiet_says_only_what_went_wrong(drifted):
    assert drifted.sync("-q", expect=REFUSED).err != ""
    drifted.at("~/.detached").unlink()
    done = drifted.sync("-q")
    assert (done.out, done.err) == ("", "")
    assert drifted.link("~/.missing")
    again = drifted.sync("--quiet")
    assert (again.out, again.err) == ("", "")
    status = drifted.run("status", "-q")
    assert (status.out, status.err) == ("", "")


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["help"], ["--version"],
                                     ["doctor"], ["completion", "zsh"], ["sync"], ["diff"],
                                     ["sync", "-n"], ["why", "~/.zshrc"]], ids=" ".join)
def test_a_full_disk_behind_stdout_is_an_error(drifted, command):
    # UI-002
    drifted.at("~/.detached").unlink()
    if command == ["diff"]:
        drifted.write("~/.detached", "local\n")
    before, state = drifted.snapshot(), tree_of(drifted.state)
    with open("/dev/full", "wb") as full:
        result = drifted.run(*command, expect=FAILED, stdout=full)
    assert "standard output" in result.err
    # What could not be told was not done either.
    assert drifted.snapshot() == before
    assert tree_of(drifted.state) == state


@pytest.mark.parametrize("command", [["status"], ["help"], ["doctor"], ["sync"], ["sync", "-q"]],
                         ids=" ".join)
def test_a_reader_that_is_gone_ends_the_command_quietly(drifted, command):
    drifted.at("~/.detached").unlink()
    before = drifted.snapshot()
    ends = os.pipe()
    os.close(ends[0])
    with os.fdopen(ends[1], "wb") as gone:
        result = drifted.run(*command, expect=None, stdout=gone)
    if "-q" in command:
        assert result.code == OK
        return
    assert result.code == 128 + signal.SIGPIPE, repr(result)
    assert result.err == ""
    assert drifted.snapshot() == before


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]], ids=str)
def test_closed_standard_streams_never_harm_a_file(drifted, closed):
    drifted.at("~/.detached").unlink()

    def close():
        for fd in closed:
            os.close(fd)
    sources = tree_of(drifted.profile)
    process = subprocess.Popen(drifted.argv("sync"), env=drifted.environment(), preexec_fn=close,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    assert process.wait(timeout=20) in (OK, FAILED)
    assert tree_of(drifted.profile) == sources
    drifted.no_leftovers()
    for name in ("owned", "generations/000001"):
        text = (drifted.state / name).read_bytes()
        assert text.startswith(b"lumina ") and b"\nend\txxh3:" in text
    assert drifted.sync().code == OK
    assert drifted.link("~/.missing") == f"{drifted.profile}/d"
    drifted.nothing_to_do()


def test_an_unwritable_stderr_changes_no_result(drifted):
    with open("/dev/full", "wb") as full:
        assert drifted.sync(expect=REFUSED, stderr=full).out == ""


# --- starting -------------------------------------------------------------------------------

def exec_with(argv, env):
    """execve(2) with exactly this vector, also an empty one."""
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    libc = ctypes.CDLL(None, use_errno=True)
    vector = (ctypes.c_char_p * (len(argv) + 1))(*[os.fsencode(a) for a in argv], None)
    names = [os.fsencode(f"{k}={v}") for k, v in env.items()]
    environ = (ctypes.c_char_p * (len(names) + 1))(*names, None)
    pid = os.fork()
    if pid == 0:
        os.dup2(out_write, 1)
        os.dup2(err_write, 2)
        libc.execve(os.fsencode(str(LUMINA)), vector, environ)
        os._exit(99)
    os.close(out_write)
    os.close(err_write)
    with os.fdopen(out_read, "rb") as out, os.fdopen(err_read, "rb") as err:
        texts = out.read(), err.read()
    _, status = os.waitpid(pid, 0)
    return Result(os.waitstatus_to_exitcode(status), *texts)


def test_an_empty_argument_vector_is_handled(home):
    # UI-006; newer kernels put one empty string there
    result = exec_with([], home.environment())
    assert result.code == USAGE
    assert "usage: lumina" in result.err and result.out == ""


def test_an_empty_environment_is_handled(home):
    result = exec_with(["lumina", "--version"], {})
    assert result.code == OK and result.out.startswith("lumina ")


def test_a_set_user_id_binary_refuses_to_run(home):
    # UI-006
    if os.geteuid() != 0:
        pytest.skip("needs root: a set-user-ID program of another user")
    copy = home.root / "lumina"
    shutil.copy(LUMINA, copy)
    copy.chmod(0o755 | stat.S_ISUID)
    home.declare({"~/.a": "a"})
    os.chmod(home.path, 0o777)
    before = home.snapshot()
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(copy),
                           "sync"], env=home.environment(), capture_output=True, check=False)
    result = Result(done.returncode, done.stdout, done.stderr)
    assert result.code == FAILED and "set-user-ID" in result.err, repr(result)
    assert home.snapshot() == before


def test_very_many_and_very_long_arguments_are_handled(home):
    home.declare({"~/.a": "a"})
    home.run("why", "~/" + "x" * 100000, expect=USAGE)
    home.run("why", "~" + "/x" * 50000, expect=FAILED)
    home.run("why", "~/.a", *["~/.a"] * 5000)
    home.run("sync", "-" + "n" * 100000)
    assert home.all_links() == {}


def test_no_process_and_no_listener_stays_behind(drifted):
    # UI-009: whoever stays in the group would keep the pipe open
    drifted.at("~/.detached").unlink()
    for command in (["sync"], ["status"], ["doctor"], ["diff"], ["git", "--version"]):
        process = drifted.start(*command, start_new_session=True)
        result = finish(process)
        assert result.code in (OK, 1), repr(result)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_waiting_ends_the_command_with_128_plus_its_number(home, signum):
    home.declare({"~/.a": "a"})
    with home.lock_held():
        process = home.start("sync", restore_signals=True)
        try:
            home.wait_for_lock(process)
            process.send_signal(signum)
            code = process.wait(timeout=5)
        finally:
            kill(process)
    # A shell shows a death by signal as 128+n as well.
    assert code in (-signum, 128 + signum)
    assert home.all_links() == {}
    home.sync()
    home.assert_linked({"~/.a": "a"})
