# SPDX-License-Identifier: MIT
"""The flow in real shells on terminals: entering, leaving, and what people do meanwhile."""

import os
import subprocess

import pytest

from flow_kit import NASTY, STATE, Shell, allow, each_shell, needs, project, shell_home

REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {MODE: web, ONLY_WEB: w, EMPTY: ""}
        path: [bin]
      rust:
        env: {MODE: rust, ONLY_RUST: r}
        path: [target/debug]
      shared:
        when: [shared.mark]
        dotenv: true
    """


@pytest.fixture
def home(home):
    project(home, "web", REGISTRY, package="{}")
    project(home, "rust", **{"Cargo.toml": ""})
    project(home, "web/crate", **{"Cargo.toml": ""})
    home.at("web/src/deep").mkdir(parents=True)
    return shell_home(home)


@each_shell
def test_enter_and_leave(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        inside = sh.clean_env()
        assert inside["MODE"] == b"web" and inside["EMPTY"] == b"" and inside["ONLY_WEB"] == b"w"
        assert inside["PATH"] == os.fsencode(f"{home.path}/web/bin:") + before["PATH"]
        assert set(inside) - set(before) == {"MODE", "EMPTY", "ONLY_WEB", STATE}
        sh.quiet_cd(home.at("web/src/deep"))
        assert sh.clean_env() == inside
        sh.quiet_cd(home.path)
        assert sh.clean_env() == before


@each_shell
def test_a_shell_that_starts_inside(home, shell):
    with Shell(home, shell, cwd=home.at("web/src")) as sh:
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert "MODE" not in sh.env()


@each_shell
def test_switch_directly(home, shell):
    """EV-007: leaving B restores the value from before A."""
    with Shell(home, shell, env={"MODE": "mine"}) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        sh.quiet_cd(home.at("rust"))
        inside = sh.clean_env()
        assert inside["MODE"] == b"rust" and inside["ONLY_RUST"] == b"r"
        assert "ONLY_WEB" not in inside
        assert inside["PATH"] == os.fsencode(f"{home.path}/rust/target/debug:") + before["PATH"]
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_nested_projects(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        web = sh.clean_env()
        sh.quiet_cd("crate")
        assert sh.get("MODE") == b"rust"
        sh.quiet_cd("..")
        # The record names whoever asked last; all else is as it was.
        assert {**sh.clean_env(), STATE: b""} == {**web, STATE: b""}
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_there_and_back_many_times(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        for _ in range(6):
            sh.quiet_cd(home.at("web"))
            sh.quiet_cd(home.at("rust"))
            sh.quiet_cd(home.at("web/crate"))
            sh.quiet_cd(home.at("web/src"))
            sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_pushd_popd_and_cd_minus(home, shell):
    with Shell(home, shell) as sh:
        sh.quiet_cd(home.at("web"))
        sh.run("cd -")
        assert "MODE" not in sh.env()
        sh.run(f"pushd {home.at('rust')}")
        assert sh.get("MODE") == b"rust"
        sh.run("popd")
        assert "MODE" not in sh.env()


@each_shell
def test_only_the_prompt_counts(home, shell):
    """Loops, substitutions and subshells that change folders do nothing."""
    web = home.at("web")
    inner = {"fish": f"fish -c 'cd {web}; env'"}.get(shell, f"(cd {web}; env)")
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        assert "MODE=" not in sh.run(inner)
        loop = (f"for d in {web} {home.at('rust')} /; cd $d; env | grep MODE=; end"
                if shell == "fish" else
                f"for d in {web} {home.at('rust')} /; do cd $d; env | grep MODE=; done")
        assert "MODE=web" not in sh.run(loop) and "MODE=rust" not in sh.run("true")
        assert sh.clean_env() == before


@each_shell
@pytest.mark.parametrize("code", [0, 1, 3, 127])
def test_the_exit_status_stays(home, shell, code):
    with Shell(home, shell) as sh:
        call = f"cd {home.at('web')}; " + {"fish": f"sh -c 'exit {code}'"}.get(
            shell, f"(exit {code})")
        sh.run(call)
        assert sh.status == code
        # In fish `echo $status` is its own command: the prompt has shown what counts.
        if shell != "fish":
            sh.run(f"cd /; (exit {code})")
            assert sh.run('echo "x$?x"').strip() == f"x{code}x"


# --- what is there already -----------------------------------------------------------------------

@each_shell
@pytest.mark.parametrize("value", ["mine", "", "with 'quotes' $x `id` \\", "two\nlines"])
def test_values_from_before_come_back(home, shell, value):
    """EV-005: what was set, empty or exported before."""
    with Shell(home, shell, env={"MODE": value, "EMPTY": value}) as sh:
        before = sh.clean_env()
        assert before["MODE"] == value.encode()
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"web" and sh.get("EMPTY") == b""
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_unexported_variables(home, shell):
    """EV-005."""
    with Shell(home, shell) as sh:
        sh.set_plain("MODE", "plain")
        before = sh.clean_env()
        assert "MODE" not in before
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"web"
        sh.quiet_cd(home.at("rust"))
        assert sh.get("MODE") == b"rust"
        sh.quiet_cd("/")
        assert sh.clean_env() == before
        assert sh.run('echo "x$MODE"').strip() == "xplain"


@pytest.mark.parametrize("shell", [pytest.param(s, marks=needs(s)) for s in ("zsh", "bash")])
def test_read_only_variables(home, shell):
    with Shell(home, shell) as sh:
        sh.run("readonly MODE=fixed")
        sh.quiet_cd(home.at("web"))
        got = sh.env()
        assert got["ONLY_WEB"] == b"w" and got.get("MODE") in (None, b"fixed")
        sh.quiet_cd("/")
        assert "ONLY_WEB" not in sh.env()
        assert sh.run('echo "x$MODE"').strip() == "xfixed"


@each_shell
def test_what_the_person_changes_is_kept(home, shell):
    """EV-005."""
    with Shell(home, shell) as sh:
        sh.quiet_cd(home.at("web"))
        sh.export("MODE", "changed")
        sh.quiet_cd("src")
        assert sh.get("MODE") == b"changed", "kept inside"
        sh.unset("ONLY_WEB")
        sh.export("NEW", "new")
        sh.quiet_cd("/")
        got = sh.env()
        assert got["MODE"] == b"changed" and got["NEW"] == b"new" and "ONLY_WEB" not in got


@each_shell
def test_the_persons_path_changes_are_kept(home, shell):
    with Shell(home, shell) as sh:
        before = sh.get("PATH")
        sh.quiet_cd(home.at("web"))
        if shell == "fish":
            sh.run("set -gx PATH /front $PATH /back")
        else:
            sh.run("export PATH=/front:$PATH:/back")
        assert sh.get("PATH") == os.fsencode(f"/front:{home.path}/web/bin:") + before + b":/back"
        sh.quiet_cd("/")
        assert sh.get("PATH") == b"/front:" + before + b":/back"


# --- any bytes (EV-001) --------------------------------------------------------------------------

@each_shell
@pytest.mark.parametrize("kind", NASTY)
@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
def test_any_value(home, shell, kind, locale):
    value = NASTY[kind]
    folder = project(home, "any", **{"shared.mark": ""})
    if b"'" in value:
        body = b"".join(b"\\" + bytes([b]) if b in b'"\\$`\'' else bytes([b]) for b in value)
        home.write("any/.env", b'VALUE="' + body + b'"\n')
    else:
        home.write("any/.env", b"VALUE='" + value + b"'\n")
    allow(home, folder)
    with Shell(home, shell, env={"LC_ALL": locale}) as sh:
        before = sh.clean_env()
        sh.quiet_cd(folder)
        assert sh.get("VALUE") == value
        sh.quiet_cd("/")
        assert sh.clean_env() == before
    assert not home.at("PWNED").exists() and not home.at("any/PWNED").exists()


@each_shell
@pytest.mark.parametrize("name", [b"with blank", b"a'b\"c", b"$(touch PWNED)", b"new\nline",
                                  b"esc\x1b[31m", b"\xff\xfe", b"-n", b"\\", "漢字".encode(),
                                  b"#end", b"a;b&c"])
def test_any_folder_name(home, shell, name):
    folder = os.fsencode(home.path) + b"/names/" + name
    os.makedirs(folder + b"/sub")
    with open(folder + b"/package.json", "wb"):
        pass
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        if shell == "fish" and b"\xff" in name:
            sh.run(f"cd {home.path}/names/*/sub")
        elif name == b"-n":
            sh.quiet_cd(home.at("names/-n/sub"))
        else:
            sh.cd(folder + b"/sub")
        assert sh.get("MODE") == b"web"
        assert sh.get("PATH").startswith(folder + b"/bin:")
        sh.quiet_cd("/")
        assert sh.clean_env() == before
    assert not home.at("PWNED").exists()


# --- consent -------------------------------------------------------------------------------------

@each_shell
def test_allow_change_deny(home, shell):
    folder = project(home, "p", lumina="env: {P: one}\npath: [tools]\n")
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        shown = sh.cd(folder)
        assert shown.count("lumina allow") == 1 and str(folder) in shown, shown
        assert "P" not in sh.env()
        sh.quiet_cd("/")
        sh.quiet_cd(folder)   # it is said once
        shown = sh.run("lumina allow -y")
        assert "allowed" in shown and sh.status == 0
        assert sh.get("P") == b"one", "the next prompt has it"
        assert sh.get("PATH").startswith(os.fsencode(f"{folder}/tools:"))
        sh.quiet_cd("/")
        assert sh.clean_env() == before
        home.write("p/.lumina.yaml", "env: {P: two}\n")
        assert "changed" in sh.cd(folder)
        assert "P" not in sh.env()
        sh.quiet_cd("/")
        sh.quiet_cd(folder)
        sh.run("lumina allow -y")
        assert sh.get("P") == b"two"
        sh.run("lumina deny")
        assert "P" not in sh.env()
        sh.quiet_cd("/")
        sh.quiet_cd(folder)
        assert "P" not in sh.env()
        sh.run("lumina allow -y")
        assert sh.get("P") == b"two"
        sh.run("lumina allow --revoke")
        assert "P" not in sh.env()


@each_shell
def test_dotenv_of_a_mission(home, shell):
    folder = project(home, "p", dotenv="SECRET='s p'\nexport MORE=m\n", **{"shared.mark": ""})
    with Shell(home, shell) as sh:
        assert "lumina allow" in sh.cd(folder)
        assert "SECRET" not in sh.env()
        assert "SECRET" in sh.run("lumina allow -y")
        assert sh.get("SECRET") == b"s p" and sh.get("MORE") == b"m"
        home.write("p/.env", "SECRET=other\n")
        sh.quiet_cd("/")
        assert "changed" in sh.cd(folder)
        assert "SECRET" not in sh.env() and "MORE" not in sh.env()


@each_shell
def test_asked_at_the_terminal(home, shell):
    folder = project(home, "p", lumina="env: {P: one}\n")
    with Shell(home, shell) as sh:
        sh.cd(folder)
        sh.type("lumina allow")
        sh.tty.expect(r"\[y/N\]")
        sh.type("n")
        sh.prompt()
        assert "P" not in sh.env()
        sh.type("lumina allow")
        sh.tty.expect(r"\[y/N\]")
        sh.type("y")
        sh.prompt()
        assert sh.get("P") == b"one"


# --- switched off, pinned, gone ------------------------------------------------------------------

@each_shell
def test_switched_off_and_on(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        sh.export("LUMINA_FLOW", "0")
        assert {k: v for k, v in sh.clean_env().items() if k != "LUMINA_FLOW"} == before
        sh.quiet_cd(home.at("rust"))
        assert "MODE" not in sh.env()
        sh.unset("LUMINA_FLOW")
        assert sh.get("MODE") == b"rust"


@each_shell
def test_off_from_the_start(home, shell):
    with Shell(home, shell, env={"LUMINA_FLOW": "0"}) as sh:
        sh.quiet_cd(home.at("web"))
        assert "MODE" not in sh.env()


@each_shell
def test_pinned_in_a_terminal(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        sh.run("lumina mission set rust")
        assert sh.status == 0
        assert sh.get("MODE") == b"rust"
        sh.run("lumina mission auto")
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_a_changed_registry_counts_at_the_next_change(home, shell):
    with Shell(home, shell) as sh:
        sh.quiet_cd(home.at("web"))
        home.registry(REGISTRY.replace("MODE: web", "MODE: other"))
        sh.quiet_cd(home.at("rust"))
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"other"
        home.registry("missions: [")
        sh.quiet_cd("/")
        sh.quiet_cd(home.at("web"))
        assert "MODE" not in sh.env()


@each_shell
def test_the_folder_is_removed(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        home.at("web/gone").mkdir()
        sh.quiet_cd(home.at("web/gone"))
        home.at("web/gone").rmdir()
        sh.run("true")
        sh.run("true")
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_the_project_is_removed(home, shell):
    with Shell(home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(home.at("web"))
        subprocess.run(["rm", "-rf", home.at("web")], check=True)
        sh.run("true")
        sh.quiet_cd("/")
        assert sh.clean_env() == before


@each_shell
def test_the_program_is_removed(home, shell):
    """Nothing is shown, everything works; what is set stays."""
    copy = home.root / "copy"
    subprocess.run(["cp", home.argv()[-1], copy], check=True)
    (home.root / "bin/lumina").unlink()
    (home.root / "bin/lumina").symlink_to(copy)
    with Shell(home, shell) as sh:
        sh.quiet_cd(home.at("web"))
        assert sh.get("MODE") == b"web"
        copy.unlink()
        sh.quiet_cd("/")
        sh.quiet_cd(home.at("rust"))
        assert sh.run("echo fine").strip() == "fine"
        assert sh.status == 0


# --- other users ---------------------------------------------------------------------------------

@each_shell
def test_as_an_unprivileged_user(user_home, shell):
    project(user_home, "web", REGISTRY, package="{}")
    shell_home(user_home)
    with Shell(user_home, shell) as sh:
        before = sh.clean_env()
        sh.quiet_cd(user_home.at("web"))
        assert sh.get("MODE") == b"web"
        sh.quiet_cd("/")
        assert sh.clean_env() == before
