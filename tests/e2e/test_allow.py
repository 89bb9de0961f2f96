# SPDX-License-Identifier: MIT
"""allow and deny: shown whole, asked for, stored as shown; the store, and what can't be allowed."""

import json
import os
import re
import stat
import subprocess

import pexpect
import pytest

from support import FAILED, OK, REFUSED, USAGE, tree_of

NO_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def project(home, text="env: {A: b}\n", name="work/shop", **files):
    root = home.at(name)
    for folder in (root, *(p for p in root.parents if home.path in p.parents)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
    if text is not None:
        home.write(f"{name}/.lumina.yaml", text)
    for file, data in files.items():
        home.write(f"{name}/{file.replace('_', '.')}", data)
    return root


def listed(home):
    rows = home.run("allow", "--list", "--json").json["projects"]
    return {row["path"]: row["state"] for row in rows}


def why(home, root):
    rows = home.run("allow", "--list", "--json").json["projects"]
    return [row["why"] for row in rows if row["path"] == str(root)][0]


def store(home):
    return home.state / "trust"


def records(home):
    return sorted(store(home).iterdir()) if store(home).exists() else []


def answer(home, root, text, *args, before=None, size=(60, 100)):
    child = home.terminal("allow", *args, str(root), size=size)
    child.expect_exact("[y/N] ")
    seen = child.before.decode("utf-8", "surrogateescape")
    if before is not None:
        before()
    if text is None:
        child.sendeof()
    else:
        child.sendline(text)
    child.expect(pexpect.EOF)
    seen_after = child.before.decode("utf-8", "surrogateescape")
    child.close()
    return child.exitstatus, seen, seen_after


# --- asking ---------------------------------------------------------------------------------

@pytest.mark.parametrize("text,goes", [("y", True), ("Y", True), ("yes", True), ("n", False),
                                       ("", False), ("no", False), ("q", False), (None, False)])
def test_only_a_yes_allows(home, text, goes):
    root = project(home)
    code, seen, _ = answer(home, root, text)
    assert code == (OK if goes else REFUSED)
    assert "env: {A: b}" in seen and str(root) in seen
    assert listed(home) == ({str(root): "allowed"} if goes else {})


def test_ctrl_c_at_the_question_means_no(home):
    root = project(home)
    child = home.terminal("allow", str(root))
    child.expect_exact("[y/N] ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.signalstatus == 2 or child.exitstatus == 130
    assert listed(home) == {} and not records(home)


@pytest.mark.parametrize("stdin", [subprocess.DEVNULL, b"", b"y\n", b"yes\n"], ids=str)
@pytest.mark.parametrize("args", [[], ["--json"], ["-q"]], ids=str)
def test_no_terminal_means_no_whatever_is_piped_in(home, stdin, args):
    root = project(home)
    before = tree_of(home.root)
    result = home.run("allow", *args, str(root), expect=REFUSED, stdin=stdin)
    assert "--yes" in result.err
    after = tree_of(home.root)
    assert {n: v for n, v in after.items() if b".cache" not in n and n != b"home"} == \
        {n: v for n, v in before.items() if b".cache" not in n and n != b"home"}


@pytest.mark.parametrize("args", [["-y"], ["--yes"], ["-y", "-q"], ["-y", "--json"]], ids=str)
def test_yes_says_yes(home, args):
    root = project(home)
    result = home.run("allow", *args, str(root))
    assert ("env: {A: b}" in result.out) == (args in (["-y"], ["--yes"]))
    assert listed(home) == {str(root): "allowed"}
    if "--json" in args:
        assert result.json == {"schema": 1, "command": "allow", "path": str(root),
                               "result": "allowed", "files": [".lumina.yaml"]}


def test_what_is_not_seen_is_not_asked_for(home):
    """The answer comes from a terminal, but the text went elsewhere."""
    root = project(home)
    child = pexpect.spawn("sh", ["-c", f"{' '.join(home.argv('allow', str(root)))} >/dev/null"],
                          env=home.environment({"TERM": "xterm"}), timeout=20)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == REFUSED and listed(home) == {}


def test_what_is_allowed_already_is_not_asked_for_again(home):
    root = project(home)
    home.run("allow", "-y", str(root))
    before = tree_of(home.state)
    result = home.run("allow", str(root))
    assert result.out == f"allowed already: {root}\n"
    assert tree_of(home.state) == before


def test_the_folder_is_the_present_one_and_the_project_is_found_upwards(home):
    root = project(home)
    below = root / "a/b"
    below.mkdir(parents=True)
    home.run("allow", "-y", cwd=below)
    assert listed(home) == {str(root): "allowed"}
    home.run("allow", "--revoke", "a", cwd=root)
    assert listed(home) == {}
    home.run("allow", "-y", ".lumina.yaml", cwd=root)
    assert listed(home) == {str(root): "allowed"}
    home.run("trust", str(below))
    home.run("untrust", str(below))
    assert listed(home) == {str(root): "denied"}


def test_files_that_ones_own_mission_reads_are_asked_for(home):
    home.registry("missions: {web: {when: [package.json], dotenv: [.env], nix: develop}, "
                  "node: {env: {A: b}}, rust: {env: {A: b}}}\n")
    root = project(home, None, **{"package_json": "{}", "_env": "A=1\n"})
    (root / "src").mkdir()
    out = home.run("allow", "-y", "src", cwd=root).out
    assert "--- .lumina.yaml: isn't there" in out and "--- .env: 1 line" in out
    assert "your mission 'web'" in out
    assert listed(home) == {str(root): "allowed"}
    home.write(root / ".lumina.yaml", "label: x\n")
    assert why(home, root) == "'.lumina.yaml' is new"
    # a mission that reads nothing of the project, with a project around that has a file
    inner = project(home, None, name="work/shop/crate", **{"Cargo_toml": ""})
    home.run("allow", "-y", cwd=inner)
    assert listed(home) == {str(root): "allowed"}
    home.run("deny", cwd=inner)
    assert listed(home) == {str(root): "denied"}
    (root / ".lumina.yaml").unlink()
    home.registry("missions: {web: {when: [package.json], env: {A: b}}}\n")
    home.run("allow", "-y", str(root), expect=FAILED)


def test_a_project_inside_comes_before_the_one_around_it(home):
    home.registry("missions: {rust: {dotenv: true}}\n")
    outer = project(home)
    inner = project(home, None, name="work/shop/crate", **{"Cargo_toml": "", "_env": "A=1\n"})
    home.run("allow", "-y", cwd=inner)
    home.run("allow", "-y", cwd=outer)
    assert listed(home) == {str(outer): "allowed", str(inner): "allowed"}


def test_a_path_through_a_link_is_the_real_one(home):
    root = project(home)
    home.at("link").symlink_to("work/shop")
    home.run("allow", "-y", "link")
    assert listed(home) == {str(root): "allowed"}
    assert home.run("allow", str(root)).out.startswith("allowed already")


def test_nothing_to_allow_is_1(home):
    home.at("empty").mkdir()
    result = home.run("allow", "-y", "empty", expect=FAILED)
    assert "nothing to allow" in result.err
    home.run("allow", "-y", "none", expect=FAILED)
    home.run("allow", "--revoke", "empty", expect=FAILED)
    assert not home.state.exists()


@pytest.mark.parametrize("args", [["a", "b"], ["--list", "a"], ["--list", "--revoke"], ["--nope"]])
def test_wrong_usage(home, args):
    project(home, name="a")
    home.run("allow", *args, expect=USAGE)


# --- showing --------------------------------------------------------------------------------

def test_nothing_can_hide(home):
    # TR-008
    env = "A=1\x1b[2A\rB=2\bC\u202e\u200b\x9b3m\xad\u2066\x7f\nE=\ufe0f\u3164\n"
    root = project(home, "dotenv: true\n# x\u202ey\n" + "\n" * 500 + "env: {Z: z}\n",
                   _env=env)
    code, seen, _ = answer(home, root, "n")
    assert code == REFUSED
    for char in "\x1b\b\u202e\u200b\x9b\xad\u2066\x7f\ufe0f\u3164":
        assert char not in re.sub(r"\x1b\[[0-9;]*m", "", seen), ascii(char)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen).replace("\r\n", "\n")
    assert "\r" not in plain
    assert "    1 ! A=1\\e[2A\\rB=2\\x08C\\u{202e}\\u{200b}\\u{9b}3m\\u{ad}\\u{2066}\\x7f\n" in plain
    assert "    2 ! E=\\u{fe0f}\\u{3164}\n" in plain
    assert "12 characters that can't be seen" in plain and "3 lines marked" in plain
    assert "  503 | env: {Z: z}\n" in plain and len(re.findall(r"(?m)^ +\d+ \| $", plain)) == 500


def test_content_cannot_pass_for_what_lumina_says(home):
    """Lines have a number in front, and are folded before the terminal would."""
    width = 60
    trick = "x" * (width - 8) + "--- .env: isn't there; when it is, this is asked again"
    root = project(home, "label: a\n# " + trick + "\n# " + "é" * 100 + "\n")
    _, seen, _ = answer(home, root, "n", size=(60, width))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", seen).replace("\r\n", "\n")
    content = plain.split("\n\n")[0].splitlines()
    assert content[0].startswith("--- .lumina.yaml: 3 lines")
    for line in content[1:]:
        assert re.match(r" +\d+ [|!] |      > ", line) and len(line) <= width, line
    joined = "".join(line[8:] for line in content[2:])
    assert joined == "# " + trick + "# " + "é" * 100


def test_long_files_are_whole(home):
    lines = [f"V{i}=" + "x" * (i % 300) for i in range(5000)]
    root = project(home, "dotenv: [.env]\n", _env="\n".join(lines))
    out = home.run("allow", str(root), expect=REFUSED).out
    assert [line[8:] for line in out.splitlines() if re.match(r" *\d+ \| V", line)] == lines
    assert "no newline at the end" in out


def test_what_it_will_do_is_summed_up(home):
    root = project(home, "env: {FOO: x, BAR: y}\npath: [bin, node_modules/.bin]\n"
                   "dotenv: [.env, conf/.env]\nnix: develop\ndirenv: true\nmission: web\n")
    home.registry("missions: {web: {dotenv: [.env.web]}}\n")
    out = home.run("allow", str(root), expect=REFUSED).out
    for words in ("FOO", "runs programs first from bin, node_modules/.bin",
                  "sets what is in .env, conf/.env", "nix print-dev-env", "direnv",
                  "and your mission 'web' here\n  sets what is in .env.web"):
        assert words in out
    for name in (".env", "conf/.env", "flake.nix", "flake.lock", ".env.web"):
        assert f"--- {name}: isn't there" in out


@pytest.mark.parametrize("text", [
    "trusted_paths: [/]\n", "deadline: 1\n", "shell: bash\n", "allow: true\n", "missions: {}\n",
    "include: [x]\n", "env: {LD_PRELOAD: x}\n", "path: [/bin]\n", "dotenv: [../x]\n",
    "dotenv: [/etc/passwd]\n", "label: \"\x1b[2A\"\n", "a: &a [*a]\n", "- x\n", "{"])
def test_a_wrong_file_is_shown_and_never_allowed(home, text):
    # TR-010
    root = project(home, text)
    result = home.run("allow", "-y", str(root), expect=USAGE)
    assert ".lumina.yaml:" in result.err and "--- .lumina.yaml" in result.out
    assert "\x1b" not in result.out + result.err
    assert listed(home) == {}


# --- what was shown is what is stored -------------------------------------------------------

@pytest.mark.parametrize("how", ["write", "replace"])
@pytest.mark.parametrize("name", [".lumina.yaml", ".env"])
def test_a_file_swapped_before_the_answer(home, name, how):
    # TR-009
    root = project(home, "env: {A: b}\ndotenv: true\n", _env="GOOD=1\n")
    original = (root / name).read_bytes()

    def swap():
        if how == "replace":
            (root / "new").write_bytes(b"dotenv: true\nenv: {EVIL: x}\n")
            (root / "new").rename(root / name)
        else:
            (root / name).write_bytes(b"EVIL: x\n")

    code, _, after = answer(home, root, "y", before=swap)
    assert code == OK and "has changed meanwhile" in after
    text = records(home)[0].read_text()
    assert "EVIL" not in text and "GOOD=1" in text
    assert listed(home) == {str(root): "changed"}
    home.write(root / name, original)
    assert listed(home) == {str(root): "allowed"}


@pytest.mark.parametrize("name", [".lumina.yaml", ".env", "conf/.env", "flake.nix", "flake.lock"])
def test_every_file_is_bound(home, name):
    # TR-002, TR-004
    root = project(home, "dotenv: [.env, conf/.env]\nnix: develop\n")
    for file in (".env", "conf/.env", "flake.nix", "flake.lock"):
        home.write(root / file, f"{file}\n")
    (root / "conf").chmod(0o755)
    home.run("allow", "-y", "-q", str(root))
    data = (root / name).read_bytes()
    for other in (data + b"#", data[:-1], bytes([data[0] ^ 1]) + data[1:], b""):
        (root / name).write_bytes(other)
        assert listed(home) == {str(root): "changed"}
        assert why(home, root) == f"'{name}' has changed"
    (root / name).unlink()
    assert listed(home) == {str(root): "changed"} and why(home, root) == f"'{name}' is gone"
    home.write(root / name, data)
    assert listed(home) == {str(root): "allowed"}
    # others aren't
    home.write(root / "other", "x")
    assert listed(home) == {str(root): "allowed"}


def test_a_file_that_was_not_there_is_asked_for_when_it_comes(home):
    root = project(home, "dotenv: true\n")
    home.run("allow", "-y", str(root))
    home.write(root / ".env", "")
    assert why(home, root) == "'.env' is new"
    code, seen, _ = answer(home, root, "y")
    assert code == OK and "--- .env: 0 lines" in seen
    assert listed(home) == {str(root): "allowed"}


def test_copies_moves_and_projects_inside_have_no_consent(home):
    # TR-004, TR-016
    root = project(home)
    home.run("allow", "-y", str(root))
    inner = project(home, name="work/shop/inner")
    copy = project(home, name="work/copy")
    for other in (inner, copy):
        assert answer(home, other, "n")[0] == REFUSED
    root.rename(home.at("work/away"))
    copy.rename(root)
    assert listed(home) == {str(root): "allowed"}, "the same bytes at the same place"
    home.run("allow", str(home.at("work/away")), expect=REFUSED)
    home.write(root / ".lumina.yaml", "env: {A: c}\n")
    assert listed(home) == {str(root): "changed"}
    home.run("allow", str(home.at("work/away/inner")), expect=REFUSED)


# --- deny, list, revoke ---------------------------------------------------------------------

def test_deny_wins_and_allow_lifts_it(home):
    root = project(home)
    home.run("allow", "-y", str(root))
    assert home.run("deny", str(root)).out == f"denied: {root}\n"
    assert listed(home) == {str(root): "denied"}
    home.run("allow", str(root), expect=REFUSED)
    assert listed(home) == {str(root): "denied"}
    home.run("allow", "-y", str(root))
    assert listed(home) == {str(root): "allowed"}
    assert home.run("deny", "--json", str(root)).json == {
        "schema": 1, "command": "deny", "path": str(root), "result": "denied"}
    root.chmod(0o777)
    assert listed(home) == {str(root): "denied"}


def test_deny_needs_no_question_and_no_project(home):
    home.at("later").mkdir()
    home.run("deny", "later")
    home.run("deny", "never/was")
    assert listed(home) == {str(home.at("later")): "denied", str(home.at("never/was")): "denied"}
    home.run("allow", "--revoke", "never/was")
    project(home, name="later")
    assert listed(home) == {str(home.at("later")): "denied"}


def test_the_list(home):
    assert home.run("allow", "--list").out == ""
    one, two = project(home, name="b\x1b[2A"), project(home, name="a")
    for root in (one, two):
        home.run("allow", "-y", "-q", str(root))
    home.write(two / ".lumina.yaml", "label: x\n")
    gone = project(home, name="c")
    home.run("allow", "-y", "-q", str(gone))
    (gone / ".lumina.yaml").unlink()
    gone.rmdir()
    rows = home.run("allow", "-l").out.splitlines()
    assert [row.split()[0] for row in rows] == ["changed", "allowed", "gone"]
    assert rows[1].endswith("/b\\e[2A") and "'.lumina.yaml' has changed" in rows[0]
    assert set(listed(home).values()) == {"changed", "allowed", "gone"}
    home.run("allow", "--revoke", str(gone))
    assert len(listed(home)) == 2


def test_revoke(home):
    root = project(home)
    home.run("allow", "-y", str(root))
    assert home.run("allow", "--revoke", str(root)).out == f"revoked: {root}\n"
    assert listed(home) == {} and records(home) == []
    assert "nothing was decided" in home.run("allow", "-r", str(root), expect=FAILED).err


def test_eject_forgets_all(home):
    project(home)
    home.run("allow", "-y", "work/shop")
    home.declare({"~/.a": "a"})
    home.sync()
    home.run("eject")
    assert not home.state.exists()


# --- what can't be allowed ------------------------------------------------------------------

@pytest.mark.parametrize("mode", [0o020, 0o002])
@pytest.mark.parametrize("name", [".", ".lumina.yaml", ".env", "conf", "conf/.env"])
def test_what_others_can_write(home, name, mode):
    # TR-007
    root = project(home, "dotenv: [.env, conf/.env]\n", _env="A=1\n")
    home.write(root / "conf/.env", "B=2\n")
    (root / "conf").chmod(0o755)
    home.run("allow", "-y", "-q", str(root))
    path = root / name
    bits = stat.S_IMODE(path.stat().st_mode)
    path.chmod(bits | mode)
    result = home.run("allow", "-y", str(root), expect=REFUSED)
    assert "can be written by others" in result.err and "hint: chmod go-w '" in result.err
    assert listed(home) == {str(root): "unfit"}
    hint = re.search(r"hint: (.*)", result.err)[1]
    subprocess.run(["sh", "-c", hint], check=True)
    assert listed(home) == {str(root): "allowed"}


@NO_ROOT
@pytest.mark.parametrize("name", [".", ".lumina.yaml", ".env"])
def test_what_belongs_to_another(home, name):
    # TR-007
    root = project(home, "dotenv: true\n", _env="A=1\n")
    home.run("allow", "-y", "-q", str(root))
    os.chown(root / name, 12345, 12345)
    result = home.run("allow", "-y", str(root), expect=REFUSED)
    assert "belongs to another user (uid 12345)" in result.err
    assert listed(home) == {str(root): "unfit"}


def test_links_pipes_and_folders_are_no_files(home):
    root = project(home, "dotenv: true\n")
    secret = home.write("secret", "KEY=1\n", mode=0o600)
    for make in (lambda p: p.symlink_to(secret), os.mkfifo, lambda p: p.mkdir()):
        make(root / ".env")
        result = home.run("allow", "-y", str(root), expect=REFUSED)
        assert "KEY" not in result.out
        (root / ".env").rmdir() if (root / ".env").is_dir() else (root / ".env").unlink()
    (root / ".lumina.yaml").unlink()
    (root / ".lumina.yaml").symlink_to(secret)
    home.run("allow", "-y", str(root), expect=REFUSED)
    assert listed(home) == {}


@NO_ROOT
def test_root_does_not_decide_for_a_person(user_home):
    project(user_home)
    user_home.give()
    root_run = subprocess.run([user_home.argv()[-1], "allow", "-y", str(user_home.at("work/shop"))],
                              env=user_home.environment(), capture_output=True, check=False)
    assert root_run.returncode == REFUSED and b"without sudo" in root_run.stderr
    user_home.run("allow", "-y", "work/shop")
    assert listed(user_home) == {str(user_home.at("work/shop")): "allowed"}


# --- the store ------------------------------------------------------------------------------

@pytest.mark.parametrize("umask", [0o000, 0o777, 0o022])
def test_modes_of_the_store(home, umask):
    # FS-043
    root = project(home)
    home.run("allow", "-y", str(root), umask=umask)
    assert stat.S_IMODE(store(home).stat().st_mode) == 0o700
    assert [stat.S_IMODE(r.stat().st_mode) for r in records(home)] == [0o600]


def spoil_empty(path):
    path.write_bytes(b"")


def spoil_garbage(path):
    path.write_bytes(os.urandom(300))


def spoil_byte(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def spoil_mode(path):
    path.chmod(0o666)


def spoil_link(path):
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def spoil_owner(path):
    os.chown(path, 12345, 12345)


def spoil_folder_mode(path):
    path.parent.chmod(0o777)


def spoil_folder_link(path):
    path.parent.rename(path.parent.parent / "elsewhere")
    path.parent.symlink_to("elsewhere")


def spoil_folder_file(path):
    path.unlink()
    path.parent.rmdir()
    path.parent.write_text("x")


@pytest.mark.parametrize("spoil", [
    spoil_empty, spoil_garbage, spoil_byte, spoil_mode, spoil_link, spoil_folder_mode,
    spoil_folder_link, spoil_folder_file, pytest.param(spoil_owner, marks=NO_ROOT)])
def test_a_store_that_is_no_good_trusts_nothing_until_allow_mends_it(home, spoil):
    # TR-012
    root = project(home)
    home.run("allow", "-y", "-q", str(root))
    spoil(records(home)[0])
    result = home.run("allow", "--list", "--json")
    assert result.json["projects"] == []
    assert len(result.err.splitlines()) == 1 and result.err.startswith("warning: ")
    home.run("allow", str(root), expect=REFUSED)
    home.run("allow", "-y", "-q", str(root))
    result = home.run("allow", "--list")
    assert result.err == "" and result.out.startswith("allowed ")


def test_a_folder_in_place_of_a_record(home):
    """Its content isn't ours: it is moved aside."""
    root = project(home)
    home.run("allow", "-y", "-q", str(root))
    record, = records(home)
    for word in (["deny"], ["allow", "-y"]):
        record.unlink()
        record.mkdir(mode=0o700)
        (record / "x").write_text("mine")
        result = home.run(*word, "-q", str(root))
        assert result.err.count("it is now ") == 1 and f"{record}.damaged" in result.err
        assert record.is_file()
    assert listed(home) == {str(root): "allowed"}
    assert sorted(path.name for path in store(home).glob("*.damaged*/x")) == ["x", "x"]
    record.unlink()
    record.mkdir()
    home.run("allow", "--revoke", "-q", str(root))
    assert not record.exists() and listed(home) == {}


def test_a_full_disk_leaves_the_old_decision(home):
    root = project(home)
    home.run("deny", str(root))
    before = tree_of(store(home))
    store(home).joinpath(".new").mkdir()
    home.run("allow", "-y", str(root), expect=FAILED)
    store(home).joinpath(".new").rmdir()
    assert {n: v[0] for n, v in tree_of(store(home)).items()} == {n: v[0] for n, v in before.items()}
    assert listed(home) == {str(root): "denied"}


def test_many_at_once(home):
    # CC-010
    roots = [project(home, name=f"work/p{i}") for i in range(12)]
    running = [home.start("allow", "-y", "-q", str(root)) for root in roots]
    for process in running:
        assert process.wait(timeout=30) == OK, process.stderr.read()
    assert listed(home) == {str(root): "allowed" for root in roots}
    assert not list(store(home).glob(".new*"))


def test_paths_of_all_kinds(home):
    for name in ("a b", "new\nline", "tab\there", "esc\x1b[2A", "quo'te", "uml\u00e4ut", "-y",
                 "x" * 200):
        root = project(home, name=name)
        home.run("allow", "-y", "--", f"./{name}")
        assert listed(home)[str(root)] == "allowed"
    raw = os.fsencode(home.path) + b"/\xff\xfe"
    os.mkdir(raw, 0o755)
    with open(raw + b"/.lumina.yaml", "wb") as file:
        file.write(b"label: x\n")
    os.chmod(raw + b"/.lumina.yaml", 0o644)
    home.run("allow", "-y", os.fsdecode(raw))
    document = json.loads(home.run("allow", "--list", "--json").stdout)
    assert os.fsdecode(raw) in [row["path"] for row in document["projects"]]
