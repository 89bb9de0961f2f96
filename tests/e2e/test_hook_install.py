# SPDX-License-Identifier: MIT
"""`lumina hook`, `lumina hook --install`, and what `lumina doctor` says of it."""

import os
import shutil
import stat

import pexpect
import pytest

from support import FAILED, LUMINA, OK, REFUSED, USAGE

LINE = {"zsh": 'eval "$(lumina hook zsh)"', "bash": 'eval "$(lumina hook bash)"',
        "fish": "lumina hook fish | source"}
FILE = {"zsh": ".zshrc", "bash": ".bashrc", "fish": ".config/fish/config.fish"}
every_shell = pytest.mark.parametrize("shell", LINE)


@every_shell
def test_printed_with_the_programs_own_path(home, shell):
    text = home.run("hook", shell).out
    assert text.count(f"_lumina_bin{' ' if shell == 'fish' else '='}'{LUMINA}'\n") == 1
    assert not home.state.exists()


@every_shell
@pytest.mark.parametrize("name", ["a b", "a'b", "a\\b", "a$(x)\"b", "\u00e9"])
def test_the_path_is_quoted(home, root, shell, name):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    program = home.path / name / "lumina"
    program.parent.mkdir()
    shutil.copy(LUMINA, program)
    code = {"fish": f"$argv[1] hook fish | source; echo $_lumina_bin"}.get(
        shell, 'eval "$("$1" hook ' + shell + ')"; printf "%s\\n" "$_lumina_bin"')
    argv = {"fish": ["-i", "-c", code, str(program)]}.get(shell, ["-i", "-c", code, "x", str(program)])
    env = dict(home.env, HOME=str(root), TERM="dumb")
    child = pexpect.spawn(shell, argv, env=env, timeout=20, encoding="utf-8", dimensions=(20, 500))
    child.expect(pexpect.EOF)
    assert str(program) in child.before


@pytest.mark.parametrize("args, code, words", [
    (["hook"], USAGE, "bash, fish, zsh"), (["hook", "tcsh"], USAGE, "bash, fish, zsh"),
    (["hook", "zsh", "bash"], USAGE, "bash, fish, zsh"), (["--json", "hook", "zsh"], USAGE, "--json"),
    (["hook", "-n", "zsh"], USAGE, "--dry-run"), (["hook", "--install", "waybar"], USAGE, "only prints"),
    (["hook", "-n", "hyprland"], USAGE, "--dry-run"), (["--json", "hook", "waybar"], USAGE, "--json"),
    (["hook", "--install", "tcsh"], USAGE, "bash, fish, zsh"),
    (["hook", "--install"], USAGE, "$SHELL"),
])
def test_wrong_usage(home, args, code, words):
    result = home.run(*args, expect=code)
    assert words in result.err and result.out == ""


@every_shell
def test_a_new_file(home, shell):
    result = home.run("hook", "--install", shell)
    path = home.at(FILE[shell])
    assert path.read_text() == LINE[shell] + "\n" and FILE[shell] in result.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert "already" in home.run("hook", "--install", shell).err
    assert path.read_text() == LINE[shell] + "\n"
    assert len(home.run("history", "--json").json["generations"]) == 1
    home.run("undo")
    assert not path.exists()
    if shell == "fish":
        home.run("rollback", "1")
        assert path.read_text() == LINE[shell] + "\n"


def test_a_new_file_has_the_persons_umask(home):
    home.run("hook", "--install", "zsh", umask=0o077)
    assert stat.S_IMODE(home.at(".zshrc").stat().st_mode) == 0o600


@every_shell
@pytest.mark.parametrize("text, between", [("# mine\nset -o vi\n", ""), ("last", "\n"), ("", ""),
                                           ("a\r\nb\r\n", ""), ("\xff\xfe\n\n\n", "")])
def test_a_file_that_is_there(home, shell, text, between):
    data = text.encode("latin-1")
    home.write(FILE[shell], data, mode=0o640)
    before = home.at(FILE[shell]).stat()
    home.run("hook", "--install", shell)
    after = home.at(FILE[shell]).stat()
    assert home.at(FILE[shell]).read_bytes() == data + between.encode() + LINE[shell].encode() + b"\n"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    home.run("undo")
    assert home.at(FILE[shell]).read_bytes() == data
    assert home.at(FILE[shell]).stat().st_mtime_ns == before.st_mtime_ns
    assert home.at(FILE[shell]).stat().st_ino == before.st_ino


@pytest.mark.parametrize("line, is_it", [
    ('eval "$(lumina hook zsh)"', True), ("  eval \"$(lumina hook zsh)\"", True),
    ("source <(lumina hook zsh)", True), ("eval \"$(/opt/x/lumina  hook   zsh)\"", True),
    ("eval \"$('/opt/x y/lumina' hook zsh)\"", True), ("\teval `lumina hook zsh`", True),
    ("# eval \"$(lumina hook zsh)\"", False), ("eval \"$(lumina hook zshx)\"", False),
    ("eval \"$(lumina hook bash)\"", False), ("eval \"$(lumina completion zsh)\"", False),
    ("eval \"$(luminahook zsh)\"", False), ("x=lumina; y=hook", False), ("lumina hook", False),
    ("lumina hook zsh", True), ("lumina", False), ("lumina lumina hook zsh", True),
])
def test_once(home, line, is_it):
    home.write(".zshrc", line)
    home.run("hook", "--install", "zsh")
    text = home.at(".zshrc").read_text()
    assert text == (line if is_it else line + "\n" + LINE["zsh"] + "\n")


def test_dry_run(home):
    home.write(".zshrc", "x\n")
    result = home.run("hook", "--install", "-n", "zsh")
    assert "~/.zshrc" in result.out
    assert home.at(".zshrc").read_text() == "x\n" and not home.state.exists()


def test_json(home):
    change = home.run("--json", "hook", "--install", "zsh").json
    assert change["result"] == "done" and change["command"] == "hook"
    assert [(c["target"], c["reason"]) for c in change["changes"]] == [("~/.zshrc", "hooked")]


def test_by_shell_variable(home):
    home.run("hook", "--install", env={"SHELL": "/usr/bin/bash"})
    assert home.at(".bashrc").exists() and not home.at(".zshrc").exists()


def test_zdotdir_and_config_home(home):
    home.run("hook", "--install", "zsh", env={"ZDOTDIR": str(home.at(".config/zsh"))})
    assert home.at(".config/zsh/.zshrc").read_text() == LINE["zsh"] + "\n"
    home.run("hook", "--install", "fish", env={"XDG_CONFIG_HOME": str(home.at("conf"))})
    assert home.at("conf/fish/config.fish").read_text() == LINE["fish"] + "\n"
    home.run("undo")
    home.run("undo")
    assert not home.at(".config/zsh/.zshrc").exists() and not home.at("conf/fish/config.fish").exists()


def test_a_link_into_the_profile(home):
    home.declare({"~/.zshrc": "zsh/zshrc"})
    home.source("zsh/zshrc", data=b"mine\n")
    home.run("sync")
    result = home.run("hook", "--install", "zsh")
    assert "into the profile" in result.err
    assert home.at(".zshrc").is_symlink()
    assert (home.profile / "zsh/zshrc").read_text() == "mine\n" + LINE["zsh"] + "\n"
    assert home.run("status", "--exit-code").code == OK
    home.run("undo")
    assert (home.profile / "zsh/zshrc").read_text() == "mine\n" and home.at(".zshrc").is_symlink()


def test_a_folder_link_into_the_profile(home):
    home.source("fish/config.fish", data=b"mine\n")
    home.declare({"~/.config/fish": "fish"}, make=False)
    home.run("sync")
    home.run("hook", "--install", "fish")
    assert (home.profile / "fish/config.fish").read_text() == "mine\n" + LINE["fish"] + "\n"
    home.run("undo")
    assert (home.profile / "fish/config.fish").read_text() == "mine\n"
    assert home.at(".config/fish").is_symlink()


def test_a_new_file_behind_a_folder_link(home):
    home.source("fish/functions/x.fish")
    home.declare({"~/.config/fish": "fish"}, make=False)
    home.run("sync")
    home.run("hook", "--install", "fish")
    assert (home.profile / "fish/config.fish").read_text() == LINE["fish"] + "\n"
    home.run("undo")
    assert not (home.profile / "fish/config.fish").exists()


def test_the_profiles_commit(home):
    home.registry("git: {commit: true}\nsymlinks: {~/.zshrc: zsh/zshrc}\n")
    home.source("zsh/zshrc", data=b"mine\n")
    home.env.update({f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER")
                     for what in ("NAME", "EMAIL")})
    home.run("git", "init", "-q")
    home.run("git", "add", "-A")
    home.run("git", "commit", "-qm", "start")
    home.run("sync")
    home.run("hook", "--install", "zsh")
    assert home.run("git", "status", "--porcelain").out == ""
    assert home.run("git", "rev-list", "--count", "HEAD").out == "2\n"


def test_without_a_profile(home):
    shutil.rmtree(home.profile)
    home.run("hook", "--install", "bash")
    assert home.at(".bashrc").read_text() == LINE["bash"] + "\n"


def test_a_link_elsewhere(home):
    home.write("dots/zshrc", "mine\n")
    os.symlink("dots/zshrc", home.at(".zshrc"))
    home.run("hook", "--install", "zsh")
    assert home.at(".zshrc").is_symlink()
    assert home.at("dots/zshrc").read_text() == "mine\n" + LINE["zsh"] + "\n"
    home.run("undo")
    assert home.at("dots/zshrc").read_text() == "mine\n"


@pytest.mark.parametrize("make", ["dangling", "folder", "fifo", "outside", "loop"])
def test_refused(home, root, make):
    path = home.at(".zshrc")
    if make == "dangling":
        os.symlink("nowhere", path)
    elif make == "folder":
        path.mkdir()
    elif make == "fifo":
        os.mkfifo(path)
    elif make == "loop":
        os.symlink(".zshrc", path)
    else:
        (home.root / "zshrc").write_text("x\n")
        os.symlink(home.root / "zshrc", path)
    result = home.run("hook", "--install", "zsh", expect=None)
    assert result.code == REFUSED, result
    assert LINE["zsh"] in result.err
    if make == "outside":
        assert (home.root / "zshrc").read_text() == "x\n"


def test_changed_since(home):
    home.write(".zshrc", "x\n")
    home.run("hook", "--install", "zsh")
    with open(home.at(".zshrc"), "a", encoding="utf-8") as file:
        file.write("more\n")
    result = home.run("undo", expect=FAILED)
    assert ".zshrc" in result.out + result.err
    assert home.at(".zshrc").read_text() == "x\n" + LINE["zsh"] + "\nmore\n"


# --- doctor ------------------------------------------------------------------------------------

def row(result):
    return [line for line in result.out.splitlines() if " hook " in line]


def test_doctor_without_a_shell_that_has_one(home):
    assert row(home.run("doctor", env={"SHELL": "/bin/tcsh"}, expect=None)) == []


def test_doctor(home):
    env = {"SHELL": "/bin/zsh"}
    result = home.run("doctor", env=env, expect=None)
    assert "warning" in row(result)[0] and "lumina hook --install zsh" in result.out
    home.run("hook", "--install", env=env)
    assert "not seen" in row(home.run("doctor", env=env, expect=None))[0]
    env["LUMINA_HOOK"] = f"zsh:{os.getpid()}"
    assert "loaded in this zsh" in row(home.run("doctor", env=env, expect=None))[0]
    env["LUMINA_HOOK"] = "zsh:1"
    assert "not seen" in row(home.run("doctor", env=env, expect=None))[0]
    env["LUMINA_HOOK"] = "x" * 5000
    home.run("doctor", env=env, expect=None)


@every_shell
def test_doctor_in_a_shell_that_has_it(home, shell):
    if not shutil.which(shell):
        pytest.skip(f"no {shell}")
    home.run("hook", "--install", shell)
    folder = home.root / "bin"
    folder.mkdir()
    os.symlink(LUMINA, folder / "lumina")
    env = dict(home.env, PATH=f"{folder}:{home.env['PATH']}", TERM="dumb", SHELL=f"/bin/{shell}")
    child = pexpect.spawn(shell, ["-i", "-c", "lumina doctor"], env=env, timeout=20,
                          encoding="utf-8", dimensions=(50, 500), cwd=str(home.path))
    child.expect(pexpect.EOF)
    assert f"loaded in this {shell}" in child.before
