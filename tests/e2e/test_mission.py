# SPDX-License-Identifier: MIT
"""`lumina mission list|show|set|auto`: what holds here, and why."""

import json
import os
import subprocess

import pytest

from flow_kit import answer, allow, project
from support import FAILED, OK, USAGE, assert_clean

REGISTRY = """
    missions:
      web:
        when: [package.json, deno.json]
        env: {MODE: web}
        label: The web
      work:
        in: [~/work]
        env: {MODE: work}
      rust: {env: {MODE: rust}}
      deep: {when: [package.json], in: [~/work/deep], env: {MODE: deep}}
    """


@pytest.fixture
def home(home):
    project(home, "shop", REGISTRY, package="{}")
    project(home, "crate", **{"Cargo.toml": ""})
    home.at("shop/src").mkdir()
    home.at("work/any").mkdir(parents=True)
    return home


def show(home, folder, *args, **more):
    return home.run("mission", "show", *args, cwd=home.at(folder), **more)


def document(home, folder, verb="show"):
    got = home.run("mission", verb, "--json", cwd=home.at(folder)).json
    assert got["schema"] == 1 and got["command"] == f"mission {verb}"
    return got


# --- list ------------------------------------------------------------------------------------

def test_list(home):
    out = home.run("mission", "list", cwd=home.at("shop")).out
    rows = out.splitlines()
    assert [row[2:].split()[0] for row in rows] == ["web", "work", "rust", "deep"]
    assert [row[0] for row in rows] == ["*", " ", " ", " "]


def test_list_json(home):
    rows = document(home, "shop/src", "list")["missions"]
    assert [row["name"] for row in rows] == ["web", "work", "rust", "deep"]
    assert [row["current"] for row in rows] == [True, False, False, False]
    assert rows[0]["label"] == "The web" and rows[1]["label"] is None


def test_list_of_nothing_and_of_a_broken_registry(home):
    home.registry("packages: []\n")
    assert "no missions" in home.run("mission", "list").out
    assert document(home, "shop", "list")["missions"] == []
    home.registry("missions: [\n")
    done = home.run("mission", "list", expect=None)
    assert "error" in done.out + done.err and document(home, "shop", "list")["missions"] == []


# --- show ------------------------------------------------------------------------------------

def test_show(home):
    got = document(home, "shop/src")
    assert (got["mission"], got["label"], got["root"], got["marker"]) == (
        "web", "The web", str(home.at("shop")), "package.json")
    assert got["pinned"] is None
    text = show(home, "shop/src").out
    for word in ("web", "The web", str(home.at("shop")), "package.json"):
        assert word in text


def test_a_kind_without_a_mission(home):
    project(home, "gopher", **{"go.mod": ""})
    got = document(home, "gopher")
    assert got["mission"] == "go" and got["root"] == str(home.at("gopher"))
    assert answer(home, home.at("gopher")).values == {}


def test_a_kind_whose_name_a_mission_has(home):
    got = document(home, "crate")
    assert got["mission"] == "rust" and got["marker"] == "Cargo.toml"


def test_in(home):
    got = document(home, "work/any")
    assert got["mission"] == "work" and got["marker"] is None
    assert answer(home, home.at("work/any")).values["MODE"] == b"work"


def test_the_deeper_in_wins(home):
    project(home, "work/deep/p", package="{}")
    assert document(home, "work/deep/p")["mission"] == "deep"
    project(home, "work/flat", package="{}")
    assert document(home, "work/flat")["mission"] == "web"


def test_nothing_here(home):
    got = document(home, ".")
    assert (got["mission"], got["root"]) == (None, None)
    assert "no project" in show(home, ".").out


def test_show_is_the_default(home):
    assert home.run("mission", cwd=home.at("shop")).out == show(home, "shop").out


def test_explain(home):
    """What won and why, and what didn't."""
    project(home, "shop/inner", **{"Cargo.toml": ""})
    out = show(home, "shop/inner", "--explain").out
    won = [line for line in out.splitlines() if line.strip().startswith("*")]
    assert len(won) == 1 and "Cargo.toml" in won[0]
    lost = [line for line in out.splitlines() if line.strip().startswith("-")]
    assert any("package.json" in line for line in lost)
    got = document(home, "shop/inner")["candidates"]
    assert [c["won"] for c in got].count(True) == 1
    assert all(c["reason"] for c in got)
    assert any(c["marker"] == "package.json" and not c["won"] for c in got)


def test_explain_says_why_the_walk_ended(home):
    home.at("shop/src").chmod(0o777)
    out = show(home, "shop/src", "--explain").out
    assert "write" in out, out


@pytest.mark.parametrize("repository", ["git", "worktree", "submodule"])
def test_inside_a_repository_the_nearest_manifest_wins(home, repository):
    project(home, "repo/web", package="{}")
    project(home, "repo/docs", **{"x": ""})
    if repository == "git":
        home.git("init", "-q", cwd=home.at("repo"))
    else:
        home.write("repo/.git", "gitdir: /nowhere\n")
    got = document(home, "repo/web")
    assert got["mission"] == "web" and got["root"] == str(home.at("repo/web"))
    assert document(home, "repo/docs")["root"] == str(home.at("repo"))


def test_a_real_worktree_and_submodule(home):
    main = project(home, "main", package="{}")
    home.git("init", "-q", cwd=main)
    home.git("add", "-A", cwd=main)
    home.git("commit", "-q", "-m", "x", cwd=main)
    home.git("worktree", "add", "-q", str(home.at("tree")), cwd=main)
    assert document(home, "tree")["root"] == str(home.at("tree"))
    super_ = project(home, "super", **{"Cargo.toml": ""})
    home.git("init", "-q", cwd=super_)
    home.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(main), "sub",
             cwd=super_)
    assert document(home, "super/sub")["mission"] == "web"
    assert document(home, "super")["mission"] == "rust"


# --- .lumina.yaml --------------------------------------------------------------------------------

def test_a_project_selects(home):
    project(home, "p", lumina="mission: web\nlabel: Mine\n")
    got = document(home, "p")
    assert (got["mission"], got["label"]) == ("web", "Mine")
    assert ".lumina.yaml" in got["chosen"]
    assert answer(home, home.at("p")).values["MODE"] == b"web"


def test_a_project_selects_what_there_is_not(home):
    project(home, "p", lumina="mission: nonsense\n", **{"Cargo.toml": ""})
    got = document(home, "p")
    assert got["mission"] in ("rust", None, "nonsense")
    assert answer(home, home.at("p")).values.get("MODE") in (b"rust", None)
    assert "nonsense" in show(home, "p").out + show(home, "p", expect=None).err


def test_consent_is_shown(home):
    folder = project(home, "p", lumina="env: {A: x}\n")
    assert document(home, "p")["trust"] == "none"
    allow(home, folder)
    assert document(home, "p")["trust"] == "allowed" and "allowed" in show(home, "p").out
    home.write("p/.lumina.yaml", "env: {A: y}\n")
    assert document(home, "p")["trust"] == "changed" and "changed" in show(home, "p").out
    home.run("deny", str(folder))
    assert document(home, "p")["trust"] == "denied" and "denied" in show(home, "p").out


def test_show_does_not_use_up_the_note(home):
    folder = project(home, "p", lumina="env: {A: x}\n")
    show(home, "p")
    assert len(answer(home, folder).notes) == 1


def test_a_wrong_file_is_named(home):
    project(home, "p", lumina="nonsense: 1\n")
    done = show(home, "p", expect=None)
    assert ".lumina.yaml" in done.out + done.err


@pytest.mark.parametrize("label", ["a\\e[31mb", "a\\nb", "a\\u202eb"])
def test_labels_can_not_hold_control_characters(home, label):
    project(home, "p", lumina=f'label: "{label}"\nmission: web\n')
    for args in ([], ["--explain"]):
        done = show(home, "p", *args, expect=None)
        assert_clean(done.stdout)
    assert_clean(json.dumps(document(home, "p")))


@pytest.mark.parametrize("name", [b"esc\x1b[31m", b"new\nline", b"\xff", "\u202e".encode()])
def test_names_of_folders_are_shown_clean(home, name):
    folder = os.fsencode(home.path) + b"/" + name
    os.mkdir(folder)
    with open(folder + b"/package.json", "wb"):
        pass
    for args in (["show"], ["show", "--explain"], ["list"]):
        done = subprocess.run(home.argv("mission", *args), cwd=folder, env=home.environment(),
                              capture_output=True, check=True)
        assert_clean(done.stdout)
    done = subprocess.run(home.argv("mission", "show", "--json"), cwd=folder,
                          env=home.environment(), capture_output=True, check=True)
    assert json.loads(done.stdout)["mission"] == "web"


# --- set, auto -----------------------------------------------------------------------------------

def in_terminal(home, script, folder="shop"):
    """Commands in one session, as in one terminal; what they print."""
    done = subprocess.run(["setsid", "-w", "bash", "-c", script], cwd=home.at(folder),
                          env=home.environment({"L": home.argv()[-1], "H": str(home.path),
                                                "LUMINA_TIMEOUT_SCALE": "100"}),
                          capture_output=True, check=False, timeout=60)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


FLOW = '"$L" flow --dir "$PWD" --shell bash | grep -o "MODE .*"; '


def test_pin_and_release(home):
    out, err, _ = in_terminal(home, '"$L" mission set rust -q; ' + FLOW + 'cd "$H/crate"; ' + FLOW +
                              '"$L" mission auto -q; cd "$H/shop"; ' + FLOW)
    assert out.splitlines() == ["MODE 'rust'", "MODE 'rust'", "MODE 'web'"], (out, err)


def test_a_pin_is_the_terminals(home):
    out, _, _ = in_terminal(home, '"$L" mission set rust; setsid -w bash -c \'' +
                            FLOW.replace('"MODE .*"', "MODE..*") + "'")
    assert "web" in out and "rust" not in out.splitlines()[-1], out
    assert document(home, "shop")["pinned"] is None


def test_a_session_without_its_leader(home):
    """A launcher that ended: its terminal is remembered all the same."""
    body = 'while [ -e "/proc/$$" ]; do sleep 0.01; done; "$L" mission set rust -q; ' + FLOW
    script = f"setsid bash -c '({body}) & exit 0'; true"
    done = subprocess.run(["bash", "-c", script], cwd=home.at("shop"),
                          env=home.environment({"L": home.argv()[-1]}),
                          capture_output=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == (b"MODE 'rust'\n", b"")


def test_a_pin_is_shown(home):
    out, _, _ = in_terminal(home, '"$L" mission set rust -q; "$L" mission show --json')
    got = json.loads(out)
    assert got["pinned"] == "rust" and got["mission"] == "rust" and "pinned" in got["chosen"]


def test_a_pin_of_a_mission_that_is_gone(home):
    out, _, _ = in_terminal(home, '"$L" mission set rust -q; printf "missions: {web: {when: '
                            '[package.json], env: {MODE: new}}}\n" >"$H/.lumina/lumina.yaml"; ' +
                            FLOW)
    assert out.splitlines() == ["MODE 'new'"], out


def test_the_end_of_a_name(home):
    home.registry("missions: {js: {when: ['*.config.js']}}\n")
    home.write("shop/vite.config.js", "")
    home.write("crate/vite.config.ts", "")
    home.give()
    assert document(home, "shop")["mission"] == "js" and document(home, "shop")["marker"] == "vite.config.js"
    assert document(home, "crate")["mission"] != "js"
    home.registry("missions: {make: {when: [Makefile.*]}}\n")
    assert "Makefile.*" in home.run("status", expect=USAGE).err


def test_what_a_pinned_mission_reads_can_be_allowed(home):
    """In a project of another kind, and in a folder that is no project."""
    home.registry("""
        missions:
          web: {when: [package.json], dotenv: [.web]}
          rust: {when: [Cargo.toml], dotenv: true}
        """)
    home.write("shop/.env", "MODE=allowed\n")
    home.write("shop/.web", "MODE=web\n")
    home.write("plain/.env", "MODE=plain\n")
    home.give()
    out, err, _ = in_terminal(home, '"$L" mission set rust -q; ' + FLOW + '"$L" allow -y >&2; ' +
                              FLOW + '"$L" mission auto -q; ' + FLOW)
    assert out.splitlines() == ["MODE 'allowed'", "MODE 'web'"], (out, err)
    assert "your mission 'rust' as long as it is pinned" in err and "mission 'web' here" in err
    out, err, _ = in_terminal(home, '"$L" mission set rust -q; ' + FLOW + '"$L" allow -y -q; ' + FLOW +
                              '"$L" deny -q; ' + FLOW + '"$L" allow --revoke -q; ' + FLOW, "plain")
    assert out.splitlines() == ["MODE 'plain'"], (out, err)
    _, err, code = in_terminal(home, '"$L" allow -y', "plain")
    assert code == FAILED and "nothing to allow" in err


def test_wrong_names(home):
    out, err, code = in_terminal(home, '"$L" mission set wbe')
    assert code == USAGE and "did you mean 'web'" in err and out == ""
    for args in (["set"], ["set", "a", "b"], ["nonsense"], ["list", "x"], ["auto", "x"],
                 ["show", "x"]):
        assert home.run("mission", *args, expect=None).code == USAGE, args


@pytest.mark.parametrize("name", ["", "../x", "a\nb", "\x1b[31m", "x" * 5000, "-n"])
def test_odd_names(home, name):
    done = home.run("mission", "set", "--", name, expect=None)
    assert done.code in (USAGE, FAILED)
    assert_clean(done.stderr)


def test_auto_without_a_pin(home):
    assert in_terminal(home, '"$L" mission auto')[2] == OK


@pytest.mark.parametrize("kind", ["garbage", "empty", "truncated", "link", "folder", "other"])
def test_a_damaged_session_file(home, kind):
    """No pin is in force then; and it mends itself."""
    spoil = {
        "garbage": 'echo x >"$f"', "empty": ': >"$f"', "truncated": 'truncate -s -3 "$f"',
        "link": 'rm "$f"; ln -s /etc/passwd "$f"', "folder": 'rm "$f"; mkdir "$f"',
        "other": 'chmod 666 "$f"'}[kind]
    out, err, _ = in_terminal(home, '"$L" mission set rust -q; f=$(echo "$XDG_RUNTIME_DIR"/lumina/'
                              'terminals/*); ' + spoil + "; " + FLOW)
    assert out.splitlines() in (["MODE 'web'"], ["MODE 'rust'"]), (out, err)
    if kind != "other":
        assert out.splitlines() == ["MODE 'web'"]


def test_the_present_folder_is_gone(home):
    _, err, code = in_terminal(home, 'mkdir x; cd x; rmdir ../x; "$L" mission show')
    assert code in (OK, FAILED), err


def test_outside_of_home(home):
    got = home.run("mission", "show", "--json", cwd="/").json
    assert got["mission"] is None
