# SPDX-License-Identifier: MIT
"""Consent, as the flow sees it: without it, of a project its choice of a mission counts only."""

import os
import re
import shutil

import pytest

from flow_kit import STATE, allow, answer, flow_calls, flow_env, needs_root, project
from support import NOBODY, REFUSED, assert_clean, needs_strace, tree_of

REGISTRY = """
    missions:
      web: {when: [package.json], env: {MODE: web}}
      data: {env: {MODE: data}, label: Data}
      secrets: {when: [secrets.mark], dotenv: true, env: {OWN: mine}}
    """


@pytest.fixture
def home(home):
    home.registry(REGISTRY)
    return home


def values(home, folder, **more):
    return answer(home, folder, **more).values


# --- without it --------------------------------------------------------------------------------

FULL = """
    mission: data
    label: A label
    env: {EVIL: "1", MODE: evil}
    path: [bin]
    dotenv: true
    direnv: true
    nix: develop
    hyprland: {layout: master}
    waybar: {show: [network]}
    """


def test_not_allowed(home):
    """TR-001: the choice of a mission counts, the rest doesn't; one note, exit 0."""
    folder = project(home, "p", lumina=FULL, dotenv="EVIL2=1\n", flake="{}")
    got = answer(home, folder)
    assert got.values == {"MODE": b"data"} and got.root == str(folder)
    assert len(got.notes) == 1 and "lumina allow" in got.notes[0]
    assert not got.named("_lumina_slow")
    for _ in range(3):
        assert answer(home, folder).notes == [], "not at every prompt"
    # Other content is something else to decide on.
    home.write("p/.lumina.yaml", "env: {EVIL: two}\n")
    assert len(answer(home, folder).notes) == 1 and answer(home, folder).notes == []


def test_what_is_harmless_is_not_noted(home):
    folder = project(home, "p", lumina="mission: data\nlabel: Mine\n")
    got = answer(home, folder)
    assert got.values == {"MODE": b"data"} and got.notes == []


def test_allowed(home):
    folder = project(home, "p", lumina="env: {A: '1', MODE: theirs}\nmission: data\n"
                                       "dotenv: [.env, sub/more]\npath: [bin]\n",
                     dotenv="B=2\n", **{"sub/more": "C=3\n"})
    allow(home, folder)
    got = answer(home, folder)
    assert got.notes == [] and {n: v for n, v in got.values.items() if n != "PATH"} == {
        "A": b"1", "B": b"2", "C": b"3", "MODE": b"theirs"}
    assert got.values["PATH"].startswith(os.fsencode(f"{folder}/bin:"))


@pytest.mark.parametrize("file", [".lumina.yaml", ".env"])
def test_one_byte_changed(home, file):
    """TR-002: everything is taken back, and it is said once."""
    folder = project(home, "p", lumina="env: {A: one}\ndotenv: true\n", dotenv="B=two\n")
    allow(home, folder)
    before = flow_env(home)
    inside = answer(home, folder).applied_to(before)
    assert inside["A"] == "one" and inside["B"] == "two"
    path = folder / file
    info = path.stat()
    path.write_text(path.read_text().replace("o", "0", 1))
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    got = answer(home, folder, env=inside)
    assert got.applied_to(inside) == before
    assert len(got.notes) == 1 and "changed" in got.notes[0]
    assert answer(home, folder).notes == []
    path.write_text(path.read_text().replace("0", "o", 1))
    assert values(home, folder)["A"] == b"one", "what was allowed holds again"


@pytest.mark.parametrize("change", ["removed", "added", "emptied", "link", "folder", "appended"])
def test_a_file_that_was_allowed_is_another(home, change):
    folder = project(home, "p", lumina="env: {A: one}\ndotenv: [.env, late]\n", dotenv="B=two\n")
    allow(home, folder)
    assert values(home, folder) == {"A": b"one", "B": b"two"}
    path = folder / ".env"
    text = path.read_text()
    if change == "added":
        (folder / "late").write_text("LATE=evil\n")
    elif change == "appended":
        path.write_text(text + "\n")
    else:
        path.unlink()
        if change == "emptied":
            path.write_text("")
        elif change == "folder":
            path.mkdir()
        elif change == "link":
            (folder / "elsewhere").write_text(text)
            path.symlink_to("elsewhere")
    assert values(home, folder) == {}


def test_denied(home):
    folder = project(home, "p", lumina="env: {A: one}\nmission: data\n")
    allow(home, folder)
    home.run("deny", str(folder))
    got = answer(home, folder)
    assert "A" not in got.values and got.notes == []
    home.write("p/.lumina.yaml", "env: {A: two}\n")
    assert answer(home, folder).notes == [], "a denied project isn't asked about again"


def test_denied_wins_over_a_missions_dotenv(home):
    folder = project(home, "p", dotenv="S=1\n", **{"secrets.mark": ""})
    allow(home, folder)
    assert values(home, folder)["S"] == b"1"
    home.run("deny", str(folder))
    assert "S" not in values(home, folder)


# --- whose, and where (TR-004, TR-007) -----------------------------------------------------------

def test_another_folder_in_its_place(home):
    """TR-004: with the same file, and another .env."""
    folder = project(home, "p", lumina="env: {A: one}\ndotenv: true\n", dotenv="B=good\n")
    evil = project(home, "evil", lumina="env: {A: one}\ndotenv: true\n", dotenv="B=evil\n")
    allow(home, folder)
    folder.rename(home.at("away"))
    evil.rename(folder)
    assert values(home, folder) == {}
    assert values(home, home.at("away")) == {}, "the consent is the place's"


def test_what_the_consent_did_not_cover_is_not_used(home):
    """The mission in force comes to read more than was allowed: that isn't used either."""
    folder = project(home, "p", lumina="env: {A: one}\n", dotenv="B=evil\n", **{"secrets.mark": ""})
    home.registry("missions: {other: {when: [nothing]}}\n")
    allow(home, folder)
    assert values(home, folder) == {"A": b"one"}
    home.registry(REGISTRY)
    got = values(home, folder)
    assert "B" not in got and got["OWN"] == b"mine"


@pytest.mark.parametrize("what", ["p/.lumina.yaml", "p/.env", "p", "p/sub/more", "p/sub"])
@pytest.mark.parametrize("mode", [0o666, 0o664])
def test_what_others_can_write(home, what, mode):
    """TR-007."""
    folder = project(home, "p", lumina="env: {A: one}\ndotenv: [.env, sub/more]\n",
                     dotenv="B=two\n", **{"sub/more": "C=3\n"})
    allow(home, folder)
    assert values(home, folder)["C"] == b"3"
    path = home.at(what)
    if os.geteuid() == 0:
        os.chown(path, -1, 4711)
    path.chmod(mode | (0o111 if path.is_dir() else 0))
    assert values(home, folder) == {}
    done = home.run("allow", "-y", str(folder), expect=None)
    assert done.code in (REFUSED, 1), repr(done)
    assert values(home, folder) == {}


@needs_root
@pytest.mark.parametrize("what", ["p/.lumina.yaml", "p/.env", "p", "p/sub/more"])
def test_what_belongs_to_others(user_home, what):
    folder = project(user_home, "p", lumina="env: {A: one}\ndotenv: [.env, sub/more]\n",
                     dotenv="B=two\n", **{"sub/more": "C=3\n"})
    allow(user_home, folder)
    assert values(user_home, folder)["C"] == b"3"
    os.chown(user_home.at(what), 1234, 1234)
    assert values(user_home, folder) == {}


# --- nested (TR-016) -----------------------------------------------------------------------------

def test_nested_projects_inherit_nothing(home):
    outer = project(home, "p", lumina="env: {OUTER: '1'}\n")
    inner = project(home, "p/inner", lumina="env: {INNER: '1'}\n")
    allow(home, outer)
    assert values(home, outer) == {"OUTER": b"1"}
    got = answer(home, inner)
    assert "INNER" not in got.values and len(got.notes) == 1
    allow(home, inner)
    assert values(home, inner).get("INNER") == b"1"
    home.run("deny", str(outer))
    assert values(home, inner).get("INNER") == b"1" and values(home, outer) == {}


def test_pwd_lies(home):
    """TR-015: a link into an untrusted project has the trust of where it leads."""
    good = project(home, "good", lumina="env: {A: good}\n")
    evil = project(home, "evil", lumina="env: {A: good}\n")
    allow(home, good)
    (home.at("good/link")).symlink_to(evil)
    got = answer(home, home.at("good/link"), env={"PWD": str(good)})
    assert got.values == {} and got.root in (str(evil), None)


# --- the file itself (TR-010) --------------------------------------------------------------------

@pytest.mark.parametrize("text", [
    "trusted_paths: [/]\n", "trusted_paths: [/]\nenv: {A: evil}\n", "env: {A: evil}\nallow: true\n",
    "missions: {x: {env: {A: evil}}}\n", "include: [/etc/passwd]\nenv: {A: evil}\n",
    "deadline: 99\nenv: {A: evil}\n", "shell: evil\n", "env: {A: evil}\nenv: {A: evil}\n",
    "env: [A]\n", "env: {A: [x]}\n", "env: {LD_PRELOAD: /x}\n", "mission: {a: b}\n",
    "path: [../../evil]\nenv: {A: evil}\n", "path: [/evil]\nenv: {A: evil}\n", "path: [~/evil]\n",
    "dotenv: [../x]\nenv: {A: evil}\n", "dotenv: [/etc/passwd]\n", "nix: shell\n",
    "label: \"a\\eb\"\nenv: {A: evil}\n", "env: &x {A: evil, B: *x}\n", "\0", "{", "%YAML 9.9\n",
    "env: {A: evil}\n---\nenv: {B: evil}\n", "!!python/object/apply:os.system [id]\n",
    "a: " * 80, "mission: " + "m" * 70000, "x" * 70000, "env: {'A B': evil}\n",
])
def test_files_that_are_wrong(home, text):
    """Nothing of them is used, `allow` refuses, and no file is touched."""
    folder = project(home, "p", lumina=text.encode("latin-1"))
    before = tree_of(folder)
    assert values(home, folder) == {}
    done = home.run("allow", "-y", str(folder), expect=None)
    assert done.code != 0, repr(done)
    assert_clean(done.out.replace("\t", ""))
    assert values(home, folder) == {}
    assert tree_of(folder) == before


@pytest.mark.parametrize("kind", ["folder", "fifo", "link", "dangling", "device", "huge",
                                  "unreadable"])
def test_something_else_in_its_place(user_home, kind):
    home = user_home
    folder = project(home, "p", lumina="env: {A: one}\n")
    path = folder / ".lumina.yaml"
    if kind != "unreadable":
        path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "link":
        home.write("elsewhere", "env: {A: one}\n")
        path.symlink_to(home.at("elsewhere"))
    elif kind == "dangling":
        path.symlink_to("/nowhere")
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "huge":
        path.write_bytes(b"")
        os.truncate(path, 1 << 34)
    else:
        path.chmod(0)
    home.give()
    assert values(home, folder) == {}
    assert home.run("allow", "-y", str(folder), expect=None).code != 0
    assert values(home, folder) == {}


FROM_PROJECTS = ["LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "ZDOTDIR", "PROMPT_COMMAND",
                 "PS1", "PROMPT", "IFS", "SHELLOPTS", "BASH_FUNC_x", "GIT_SSH_COMMAND", "GIT_CONFIG_COUNT",
                 "GIT_EXTERNAL_DIFF", "EDITOR", "SSH_AUTH_SOCK", "HOME", "XDG_CONFIG_HOME",
                 "XDG_RUNTIME_DIR", "PYTHONSTARTUP", "NODE_OPTIONS", "fish_function_path", "PATH",
                 "LUMINA_HOME", STATE, "PERL5OPT", "RUBYOPT", "JAVA_TOOL_OPTIONS", "PAGER",
                 "LESSOPEN", "MANPAGER", "BROWSER", "VISUAL", "GCONV_PATH", "TERMINFO"]


@pytest.mark.parametrize("route", ["env", "dotenv", "mission"])
def test_variables_that_projects_may_not_set(home, route):
    """TR-017: whatever was allowed."""
    if route == "env":
        for name in FROM_PROJECTS:
            folder = project(home, f"p{name}", lumina=f"env: {{{name}: evil}}\n")
            home.run("allow", "-y", str(folder), expect=None)
            assert b"evil" not in values(home, folder).get(name, b""), name
        return
    text = "".join(f"{name}=evil\n" for name in FROM_PROJECTS) + "FINE=1\n"
    if route == "mission":
        folder = project(home, "p", dotenv=text, **{"secrets.mark": ""})
    else:
        folder = project(home, "p", lumina="dotenv: true\n", dotenv=text)
    home.run("allow", "-y", str(folder), expect=None)
    got = answer(home, folder)
    assert not [n for n in FROM_PROJECTS if b"evil" in got.set.get(n, b"")]
    assert got.values.get("FINE") in (b"1", None)


def test_path_only_inside_the_project(home):
    folder = project(home, "p", lumina="path: [a, ./b/../c, .]\n")
    allow(home, folder)
    got = values(home, folder)["PATH"].decode().split(":")
    mine = [p for p in got if p not in home.env["PATH"].split(":")]
    assert mine and all(p == str(folder) or p.startswith(f"{folder}/") for p in mine)
    assert not [p for p in mine if ".." in p.split("/")]


def test_a_broken_dotenv_file_is_said_and_not_used(home):
    folder = project(home, "p", dotenv="GOOD=1\nthis is no line\n", **{"secrets.mark": ""})
    home.run("allow", "-y", str(folder), expect=None)
    got = answer(home, folder)
    assert got.values == {"OWN": b"mine"}
    assert all(".env" in note for note in got.notes)


# --- notes are clean -----------------------------------------------------------------------------

@pytest.mark.parametrize("name", [b"a\x1b[31mb", b"a\nb", b"a\rb", "a\u202eb".encode(), b"a\x07b",
                                  b"\xff", b"a\x9bb"])
def test_notes_show_no_control_characters(home, name):
    folder = os.fsencode(home.path) + b"/" + name
    os.mkdir(folder)
    with open(folder + b"/.lumina.yaml", "wb") as handle:
        handle.write(b"env: {A: x}\n")
    got = answer(home, folder)
    assert len(got.notes) == 1
    assert_clean(os.fsencode(got.notes[0]).decode("utf-8", "backslashreplace"))
    assert not re.search("[\n\udc80-\udcff]", got.notes[0])


def test_notes_of_dotenv_errors_are_clean(home):
    folder = project(home, "p", dotenv=b"GOOD=1\n\x1b[31mX\x07 y\n", **{"secrets.mark": ""})
    home.run("allow", "-y", str(folder), expect=None)
    for note in answer(home, folder).notes:
        assert_clean(note)


# --- the store (TR-012) --------------------------------------------------------------------------

def store(home):
    return home.state / "trust"


STORES = ["empty", "garbage", "writable", "group", "other", "link", "folder", "truncated", "bit",
          "store writable", "store link", "store other", "store file", "moved"]


@pytest.mark.parametrize("kind", STORES)
def test_a_store_that_is_no_good(home, kind):
    folder = project(home, "p", lumina="env: {A: one}\n")
    other = project(home, "q", lumina="env: {A: one}\n")
    allow(home, folder)
    assert values(home, folder) == {"A": b"one"}
    path, = store(home).iterdir()
    data = path.read_bytes()
    if kind in ("other", "store other") and os.geteuid() != 0:
        pytest.skip("needs root")
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "garbage":
        path.write_bytes(os.urandom(300))
    elif kind == "writable":
        path.chmod(0o666)
    elif kind == "group":
        path.chmod(0o660)
    elif kind == "other":
        os.chown(path, NOBODY, NOBODY)
    elif kind == "link":
        path.rename(home.at("record"))
        path.symlink_to(home.at("record"))
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "truncated":
        path.write_bytes(data[:-5])
    elif kind == "bit":
        at = data.index(b"one")
        path.write_bytes(data[:at] + b"two" + data[at + 3:])
        home.write("p/.lumina.yaml", "env: {A: two}\n")
    elif kind == "store writable":
        store(home).chmod(0o777)
    elif kind == "store link":
        store(home).rename(home.at("store"))
        store(home).symlink_to(home.at("store"))
    elif kind == "store other":
        os.chown(store(home), NOBODY, NOBODY)
    elif kind == "store file":
        shutil.rmtree(store(home))
        store(home).write_text("")
    elif kind == "moved":   # the record of p as if it were q's
        allow(home, other)
        mine, = [p for p in store(home).iterdir() if p != path]
        mine.write_bytes(data)
        home.write("q/.lumina.yaml", "env: {A: one}\n")
        assert values(home, other) == {}
        return
    got = answer(home, folder)
    assert got.values == {}
    assert answer(home, folder).values == {}
    if kind == "folder":   # whatever that is, it isn't Lumina's to remove
        assert home.run("allow", "-y", str(folder), expect=None).code in (0, 1)
        return
    home.run("allow", "-y", str(folder))
    assert values(home, folder)["A"] in (b"one", b"two")


def test_a_record_truncated_at_every_length(home):
    folder = project(home, "p", lumina="env: {A: one}\n")
    allow(home, folder)
    path, = store(home).iterdir()
    data = path.read_bytes()
    for length in range(len(data)):
        path.write_bytes(data[:length])
        assert values(home, folder) == {}, length


@pytest.mark.parametrize("name", ["XDG_STATE_HOME"])
def test_another_state_folder_knows_nothing(home, name):
    folder = project(home, "p", lumina="env: {A: one}\n")
    allow(home, folder)
    assert values(home, folder, env={name: str(home.root / "elsewhere")}) == {}


# --- no code is run, nothing is opened that needn't be -------------------------------------------

@needs_strace
def test_without_a_file_of_its_own_nothing_of_a_project_is_opened(home):
    folder = project(home, "p", package="{}", dotenv="A=1\n", envrc="touch PWNED\n", flake="{}")
    answer(home, folder)
    opened = [args for name, args, result in flow_calls(home, folder)
              if name in ("open", "openat", "openat2") and not result.startswith("-")]
    for file in ("package.json", ".env", ".envrc", "flake.nix"):
        assert not [args for args in opened if re.search(rf'[/"]{re.escape(file)}"', args)], file


@needs_strace
def test_a_file_is_opened_without_following_links(home):
    folder = project(home, "p", lumina="env: {A: one}\n", package="{}")
    allow(home, folder)
    answer(home, folder)
    calls = [args for name, args, _ in flow_calls(home, folder)
             if name in ("open", "openat", "openat2") and ".lumina.yaml" in args]
    assert calls
    for args in calls:
        assert "NOFOLLOW" in args or "NO_SYMLINKS" in args, args
