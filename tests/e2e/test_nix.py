# SPDX-License-Identifier: MIT
"""`nix: develop`, by the real Nix without a network: cached, and never in the way."""

import os
import shutil
import subprocess
import time

import pytest

from flow_kit import (Shell, allow, answer, each_shell, flow_calls, flow_env, needs,
                      needs_root, project, shell_home)
from support import NOBODY, needs_strace

NIX_CONFIG = ("sandbox = false\nbuild-users-group =\nsubstituters =\nwarn-dirty = false\n"
              "experimental-features = nix-command flakes\n")

FLAKE = """
    {
      outputs = { self }: {
        devShells.%s-linux.default = derivation {
          name = "shell"; system = "%s-linux"; builder = "/bin/bash"; stdenv = ./stdenv;
          outputs = [ "out" ];
          FROM_NIX = "%s"; NASTY = "it's \\"nix\\" $x `id` \\\\ \\n*";
        };
      };
    }
    """
SETUP = """
    export PATH=/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-tool/bin:/usr/bin:/bin
    export SETUP_RAN=1
    export LD_PRELOAD= EDITOR=evil GIT_SSH_COMMAND=evil
    """
TOOL = b"/nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-tool/bin"


def nix_works():
    """A store that this user may write, and the command."""
    if shutil.which("nix") is None or os.geteuid() != 0:
        return False
    done = subprocess.run(["nix", "eval", "--expr", "1"], env={
        **os.environ, "NIX_CONFIG": NIX_CONFIG}, capture_output=True, check=False)
    return done.returncode == 0


pytestmark = [needs("nix", "git"), needs_root,
              pytest.mark.skipif(not nix_works(), reason="nix does not work here")]


def flake(value="one"):
    machine = os.uname().machine
    return FLAKE % (machine, machine, value)


def with_flake(home, name="p", value="one", commit=True, **files):
    """A project with a flake, in Git's index, as Nix wants it."""
    folder = project(home, name, flake=flake(value), **{"stdenv/setup": SETUP, **files})
    home.git("init", "-q", cwd=folder)
    if commit:
        home.git("add", "-A", cwd=folder)
        home.git("commit", "-q", "-m", "x", cwd=folder)
    return folder


@pytest.fixture
def home(home):
    """A nix in front of PATH that counts how often it is started."""
    home.env["NIX_CONFIG"] = NIX_CONFIG
    tools = home.root / "counting"
    tools.mkdir()
    (tools / "nix").write_text(f'#!/bin/sh\necho "$PWD $*" >>{home.root}/nix.log\n'
                               f'exec {shutil.which("nix")} "$@"\n')
    (tools / "nix").chmod(0o755)
    home.env["PATH"] = f"{tools}:{home.env['PATH']}"
    home.registry("missions:\n  dev: {when: [flake.nix], nix: develop, env: {OWN: mine}}\n")
    return home


def starts(home):
    log = home.root / "nix.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def slowly(home, folder, **more):
    """What the shell does: asked, told that it takes long, asked again; (answer, messages)."""
    first = answer(home, folder, **more)
    if not first.named("_lumina_slow"):
        return first
    env = first.applied_to(flow_env(home, more.get("env")))
    done = home.run("flow", "--dir", str(folder), "--shell", "bash", "--slow", env=env, timeout=120)
    second = type(first)(done.stdout)
    second.first = first
    return second


# --- by itself --------------------------------------------------------------------------------

def test_without_consent_nix_is_not_started(home):
    folder = with_flake(home)
    got = answer(home, folder)
    assert not got.named("_lumina_slow") and got.values == {"OWN": b"mine"}
    assert len(got.notes) == 1 and "lumina allow" in got.notes[0]
    home.run("flow", "--dir", str(folder), "--shell", "bash", "--slow", env=flow_env(home))
    assert starts(home) == 0


def test_entered(home):
    folder = with_flake(home)
    allow(home, folder)
    got = slowly(home, folder)
    assert got.values["FROM_NIX"] == b"one" and got.values["SETUP_RAN"] == b"1"
    assert got.values["NASTY"] == b"it's \"nix\" $x `id` \\ \n*"
    assert got.values["PATH"] == TOOL + b":" + os.fsencode(home.env["PATH"])
    assert starts(home) == 1


def test_what_is_not_taken_over(home):
    """The build's own variables, and what no project may set."""
    folder = with_flake(home)
    allow(home, folder)
    got = slowly(home, folder).values
    for name in ("HOME", "TMP", "TMPDIR", "TEMP", "TEMPDIR", "NIX_BUILD_TOP", "NIX_BUILD_CORES",
                 "NIX_LOG_FD", "SHELL", "TERM", "OLDPWD", "PWD", "IFS", "BASH", "PS4", "LD_PRELOAD",
                 "EDITOR", "GIT_SSH_COMMAND", "HOSTTYPE"):
        assert name not in got, name
    assert b"/usr/bin" not in got["PATH"].split(b":")[:1]


def test_a_derivations_attributes_that_are_nobodys_business(home):
    """Nix exports `name`, `out`, `system`, `builder` …; nix develop sets them, too."""
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)   # whichever it is, leaving takes them back: below


@needs_strace
def test_entering_again_starts_no_nix(home):
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)
    for _ in range(3):
        got = answer(home, folder)
        assert got.values["FROM_NIX"] == b"one" and not got.named("_lumina_slow")
    calls = flow_calls(home, folder)
    assert sum(name == "execve" for name, _, _ in calls) <= 2
    assert not [name for name, _, _ in calls if name in ("fork", "vfork", "clone", "clone3")]
    assert starts(home) == 1


def test_leaving_restores(home):
    folder = with_flake(home)
    allow(home, folder)
    env = {"FROM_NIX": "mine", "name": "me"}
    before = flow_env(home, env)
    got = slowly(home, folder, env=env)
    inside = got.applied_to(got.first.applied_to(before))
    assert inside["FROM_NIX"] == "one"
    assert answer(home, home.path, env=inside).applied_to(inside) == before


def test_a_changed_flake_is_asked_for_and_evaluated_again(home):
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)
    home.write("p/flake.nix", flake("two").lstrip())
    home.git("add", "-A", cwd=folder)
    got = answer(home, folder)
    assert "FROM_NIX" not in got.values and not got.named("_lumina_slow")
    assert "changed" in got.notes[0]
    allow(home, folder)
    assert slowly(home, folder).values["FROM_NIX"] == b"two"
    assert starts(home) == 2


def test_a_lock_that_comes_or_changes(home):
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)
    home.write("p/flake.lock", '{"nodes": {"root": {}}, "root": "root", "version": 7}')
    home.git("add", "-A", cwd=folder)
    assert "FROM_NIX" not in answer(home, folder).values
    allow(home, folder)
    assert slowly(home, folder).values["FROM_NIX"] == b"one"
    assert starts(home) == 2


def test_nothing_is_written_into_the_project(home):
    folder = with_flake(home)
    allow(home, folder)
    before = sorted(os.listdir(folder))
    slowly(home, folder)
    assert sorted(os.listdir(folder)) == before
    assert home.git("status", "--porcelain", cwd=folder) == ""


# --- failing ------------------------------------------------------------------------------------

@pytest.mark.parametrize("text", ["{ outputs = { self }: throw \"no\"; }", "{ not nix", "{}", ""])
def test_a_failing_evaluation(home, text):
    """The environment stays as it was; it is said once; not tried again until it changes."""
    folder = with_flake(home)
    home.write("p/flake.nix", text)
    home.git("add", "-A", cwd=folder)
    allow(home, folder)
    got = slowly(home, folder)
    assert set(got.values) <= {"OWN"} and len(got.notes) == 1 and str(folder) in got.notes[0]
    for _ in range(3):
        again = slowly(home, folder)
        assert again.notes == [] and not again.named("_lumina_slow")
    assert starts(home) == 1
    home.write("p/flake.nix", flake("mended").lstrip())
    home.git("add", "-A", cwd=folder)
    allow(home, folder)
    assert slowly(home, folder).values["FROM_NIX"] == b"mended"


def test_a_changed_and_failing_flake_takes_back_the_old_one(home):
    folder = with_flake(home)
    allow(home, folder)
    before = flow_env(home)
    got = slowly(home, folder)
    inside = got.applied_to(got.first.applied_to(before))
    home.write("p/flake.nix", "{ not nix")
    home.git("add", "-A", cwd=folder)
    allow(home, folder)
    got = answer(home, folder, env=inside)
    assert "FROM_NIX" not in got.applied_to(inside)


def test_no_nix_at_all(home):
    folder = with_flake(home)
    allow(home, folder)
    env = {"PATH": "/nowhere"}
    got = slowly(home, folder, env=env)
    assert set(got.values) <= {"OWN"} and len(got.notes) <= 1
    assert slowly(home, folder).values["FROM_NIX"] == b"one", "it is there now"


@pytest.mark.parametrize("output", ["", "not json", "{}", "[]", '{"variables": []}',
                                    '{"variables": {"A": {"type": "exported", "value": [1]}}}',
                                    '{"variables": {"A": {"type": "exported"', "\\000",
                                    '{"variables": {"A B": {"type": "exported", "value": "x"}}}',
                                    '{"variables": {"LD_PRELOAD": {"type": "exported", '
                                    '"value": "/x"}}}'])
def test_a_nix_that_prints_something_else(home, output):
    folder = with_flake(home)
    allow(home, folder)
    (home.root / "counting/nix").write_text(f"#!/bin/sh\nprintf '{output}'\n")
    got = slowly(home, folder)
    assert set(got.values) <= {"OWN"} and len(got.notes) <= 1


def test_a_nix_that_prints_without_end(home):
    folder = with_flake(home)
    allow(home, folder)
    (home.root / "counting/nix").write_text("#!/bin/sh\nyes | head -c 300000000\n")
    start = time.monotonic()
    assert set(slowly(home, folder).values) <= {"OWN"}
    assert time.monotonic() - start < 60


def test_a_damaged_cache(home):
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)
    kept, = (home.path / ".cache/lumina/nix").iterdir()
    data = kept.read_bytes()
    for damaged in (b"", data[:-1], data[:len(data) // 2], data.replace(b"one", b"two"),
                    b"\0" * 500):
        kept.write_bytes(damaged)
        assert "FROM_NIX" not in answer(home, folder).values
    kept.write_bytes(data)
    assert answer(home, folder).values["FROM_NIX"] == b"one"
    kept.chmod(0o666)
    assert "FROM_NIX" not in answer(home, folder).values
    kept.unlink()
    assert slowly(home, folder).values["FROM_NIX"] == b"one"


@pytest.mark.parametrize("kind", ["owner", "link"])
def test_a_cache_of_somebody_else(home, kind):
    folder = with_flake(home)
    allow(home, folder)
    slowly(home, folder)
    kept, = (home.path / ".cache/lumina/nix").iterdir()
    if kind == "owner":
        os.chown(kept, NOBODY, NOBODY)
    else:
        kept.rename(home.root / "elsewhere")
        kept.symlink_to(home.root / "elsewhere")
    assert "FROM_NIX" not in answer(home, folder).values
    assert slowly(home, folder).values["FROM_NIX"] == b"one"
    assert answer(home, folder).values["FROM_NIX"] == b"one"
    assert kept.stat(follow_symlinks=False).st_uid == 0 and not kept.is_symlink()


# --- whose flake (the path is no URL) ------------------------------------------------------------

@pytest.mark.parametrize("name", ["p#q", "p?dir=sub", "p#default", "p%23q", "with blank", "a'b"])
def test_a_projects_name_can_not_name_another_flake(home, name):
    """Consent is for this flake: Nix reads `#`, `?` and `%` in a reference as its own."""
    evil = with_flake(home, "p", "evil")
    text = (evil / "flake.nix").read_text()
    text = text.replace("devShells", "devShells.%s-linux.q = self.devShells.%s-linux.default;\n"
                        "devShells" % ((os.uname().machine,) * 2))
    home.write("p/flake.nix", text)
    home.write("p/sub/flake.nix", text)
    home.git("add", "-A", cwd=evil)
    folder = with_flake(home, name, "good")
    allow(home, folder)
    got = slowly(home, folder)
    assert got.values.get("FROM_NIX") in (b"good", None), got.values
    if name in ("with blank", "a'b"):
        assert got.values.get("FROM_NIX") == b"good" or len(got.notes) == 1


def test_nested_below_a_repository(home):
    """A flake in a folder of a repository."""
    outer = with_flake(home, "outer", "outer")
    project(home, "outer/inner", flake=flake("inner"), **{"stdenv/setup": SETUP})
    home.git("add", "-A", cwd=outer)
    inner = home.at("outer/inner")
    allow(home, inner)
    got = slowly(home, inner)
    assert got.values["FROM_NIX"] == b"inner" and got.root == str(inner)


def test_by_the_projects_own_file(home):
    folder = with_flake(home, lumina="nix: develop\n")
    home.registry("missions: {}\n")
    assert not answer(home, folder).named("_lumina_slow")
    allow(home, folder)
    assert slowly(home, folder).values["FROM_NIX"] == b"one"


# --- in the shells -------------------------------------------------------------------------------

@each_shell
def test_in_a_shell(home, shell):
    folder = with_flake(home)
    shell_home(home)
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        assert "lumina allow" in sh.cd(folder)
        sh.run("lumina allow -y")
        got = sh.env()
        assert got["FROM_NIX"] == b"one" and got["PATH"].startswith(TOOL + b":")
        sh.quiet_cd("/")
        assert sh.clean_env() == before
        sh.quiet_cd(folder)
        assert sh.get("FROM_NIX") == b"one"
        sh.quiet_cd("stdenv")
        assert sh.get("FROM_NIX") == b"one"
        sh.quiet_cd("/")
        assert sh.clean_env() == before
    assert starts(home) == 1


@each_shell
def test_a_failing_flake_in_a_shell(home, shell):
    folder = with_flake(home)
    home.write("p/flake.nix", "{ not nix")
    home.git("add", "-A", cwd=folder)
    shell_home(home)
    allow(home, folder)
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        assert str(folder) in sh.cd(folder)
        assert "FROM_NIX" not in sh.env()
        sh.quiet_cd("/")
        assert sh.clean_env() == before
        sh.quiet_cd(folder)
    assert starts(home) == 1


# Nix itself, that takes it for an error; a program that dies of it.
@each_shell
@pytest.mark.parametrize("how", ["nix", "fails", "dies"])
def test_ctrl_c_means_not_now(home, shell, how):
    """The shell has its prompt back, the environment is as it was; tried at the next visit."""
    stays = home.root / "stays"
    stays.touch()
    folder = with_flake(home, **{"stdenv/setup": f"{SETUP}\nwhile [ -e {stays} ]; do sleep 0.1; done\n",
                                 "sub/x": ""})
    allow(home, folder)
    real = (home.root / "counting/nix").read_text()
    if how != "nix":
        trap = "trap 'exit 1' INT\n" if how == "fails" else ""
        real = real.replace("exec", f"{trap}while [ -e {stays} ]; do sleep 0.1; done\nexec")
        (home.root / "counting/nix").write_text(real)
    shell_home(home)
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.type(f"cd {folder}")
        end = time.monotonic() + 20
        while starts(home) == 0 and time.monotonic() < end:
            time.sleep(0.05)
        assert starts(home) == 1
        time.sleep(1)
        start = time.monotonic()
        sh.tty.sendintr()
        sh.tty.expect(rb"<\d+:\d+> ")
        sh.number = int(sh.tty.match[0][1:].split(b":")[0])
        assert time.monotonic() - start < 10
        stays.unlink()
        for place in (".", "sub", "..", "stdenv"):
            assert "isn't tried again" not in sh.run(f"cd {place}")
            got = sh.env()
            assert "FROM_NIX" not in got and got["OWN"] == b"mine"
        assert starts(home) == 1
        sh.cd("/")
        assert sh.clean_env() == before
        sh.cd(folder)
        assert sh.get("FROM_NIX") == b"one" and starts(home) == 2
        sh.cd("/")
        assert sh.clean_env() == before
