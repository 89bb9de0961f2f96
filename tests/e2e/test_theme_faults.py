# SPDX-License-Identifier: MIT
"""Themes among hostile people, files, disks and repositories: whole, or as before, and said so."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import changes
from support import FAILED, OK, REFUSED, USAGE, Home
from test_theme import BAR_PATH, COLORS, FOOT_PATH, NORD, PAPER, REGISTRY, bar, everything, fill, \
    registry, shown


@pytest.fixture
def themed(home):
    return fill(home)


def unchanged(home, *args, expect=FAILED, **more):
    """It fails, says why, and nothing is other than it was; returns what it said."""
    def look():
        found = changes.look(home)
        return {k: v for k, v in found.items() if not k.startswith(b".cache")}, everything(home)[1], registry(home)

    before = look()
    done = home.run(*args, expect=expect, **more)
    assert done.err and look() == before
    return done.err


def themes(home):
    return sorted(p.name for p in (home.state / "themes").iterdir())


# --- templates -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["..mustache", "...mustache", ".files.mustache", ".new", "a\nb.mustache",
                                  "a\x1b[31m.mustache", "/".join(["a" * 100] * 3)])
def test_names_that_no_file_may_have(themed, name):
    themed.source(f"templates/{name}", data="{{red}}\n")
    themed.sync()
    themed.registry(REGISTRY + f"    ~/.t: {json.dumps(f'templates/{name}')}\n")
    err = unchanged(themed, "theme", "set", "paper")
    assert "lumina.yaml:7:" in err and "whose name" in err and "\x1b" not in err


HOSTILE = {
    "pipe": os.mkfifo,
    "link": lambda path: path.symlink_to("/etc/hostname"),
    "folder": lambda path: path.mkdir(),
    "large": lambda path: path.write_text("x" * (1024 * 1024 + 1)),
    "loop": lambda path: path.symlink_to(path.name),
}


@pytest.mark.parametrize("kind", list(HOSTILE))
@pytest.mark.parametrize("which", ["templates/shades.mustache", "themes/tokyo/foot.ini"])
def test_what_is_there_and_cannot_be_read(themed, which, kind):
    """A partial may be missing, and a theme's own file; one that can't be read isn't."""
    themed.sync()
    path = themed.profile / which
    path.unlink()
    HOSTILE[kind](path)
    err = unchanged(themed, "theme", "set", "tokyo" if "tokyo" in which else "paper")
    assert which in err and "lumina.yaml:6:" in err


def test_all_that_is_wrong_is_named(themed):
    """The 7th and the 11th of 12 templates."""
    themed.sync()
    lines = "".join(f"    ~/.t/{n}: templates/t{n}.mustache\n" for n in range(12))
    for n in range(12):
        themed.source(f"templates/t{n}.mustache", data="{{red}}" if n not in (6, 10) else "x{{nope}}")
    themed.registry(REGISTRY + lines)
    err = unchanged(themed, "theme", "set", "paper")
    assert "templates/t6.mustache:1:2" in err and "templates/t10.mustache:1:2" in err


@pytest.mark.parametrize("text", [
    "{{>a}}{{>a}}", "  {{>a}}\n", "{{#red}}{{>a}}{{/red}}", "{{^nope}}{{>a}}{{/nope}}",
    "{{>b}}" * 5000], ids=["twice", "indented", "within", "unknown", "wide"])
def test_templates_that_never_end(themed, text):
    themed.sync()
    themed.source("templates/a.mustache", data=text)
    themed.source("templates/b.mustache", data="{{>c}}" * 5000)
    themed.source("templates/c.mustache", data="x" * 5000)
    themed.source("templates/foot.ini.mustache", data="{{>a}}")
    start = time.monotonic()
    unchanged(themed, "theme", "set", "paper", prefix=(
        () if os.environ.get("LUMINA_SANITIZED") else ("prlimit", "--as=1000000000")))
    assert time.monotonic() - start < 20


def test_a_theme_without_end(themed):
    """Each template within its bounds, but all of them are not."""
    themed.sync()
    themed.source("templates/a.mustache", data="x" * 5000 + "{{red}}")
    for n in range(40):
        themed.source(f"templates/t{n}.mustache", data="{{>a}}" * 2000)
    themed.registry(REGISTRY + "".join(f"    ~/.t/{n}: templates/t{n}.mustache\n" for n in range(40)))
    assert unchanged(themed, "theme", "set", "paper").count("64 MiB") == 1


def test_ten_thousand_templates(themed):
    (themed.profile / "templates").mkdir(exist_ok=True)
    count = 1000 if os.environ.get("LUMINA_SANITIZED") else 10000
    for n in range(count):
        (themed.profile / f"templates/t{n}").write_text("{{red}}\n")
    themed.registry(REGISTRY + "".join(f"    ~/.t/{n}: templates/t{n}\n" for n in range(count)))
    start = time.monotonic()
    themed.run("theme", "set", "paper", "-n")
    assert time.monotonic() - start < 10


# --- what is shown -------------------------------------------------------------------------------

@pytest.mark.parametrize("how", ["a file gone", "edited", "all gone", "the folder gone", "a link", "a file"])
def test_rendered_files_changed_by_hand(themed, how):
    """Seen, and mended with the folder of before left as it is; undo needs what it goes back to."""
    themed.sync()
    before, text = everything(themed)[0], bar(themed)
    folder = themed.state / "themes" / os.readlink(themed.state / "themes/current")
    if how in ("a file gone", "all gone"):
        (folder / "waybar.css").unlink()
    if how == "all gone":
        (folder / "foot.ini").unlink()
    if how == "edited":
        (folder / "waybar.css").write_text("mine\n")
    if how in ("the folder gone", "a link", "a file"):
        shutil.rmtree(folder)
    if how == "a link":
        folder.symlink_to("/etc")
    if how == "a file":
        folder.write_text("mine\n")
    assert "'nord' " in themed.run("status", "--exit-code", expect=4).out
    assert "theme" in themed.run("doctor", expect=None).out
    themed.run("theme", "set", "nord")
    assert (everything(themed)[0], bar(themed), shown(themed)) == (before, text, "nord")
    assert how != "edited" or (folder / "waybar.css").read_text() == "mine\n"
    themed.nothing_to_do()
    themed.run("theme", "set", "paper")
    themed.run("theme", "set", "nord")
    assert bar(themed) == text
    themed.nothing_to_do()


@pytest.mark.parametrize("args", [("eject",), ("forget", BAR_PATH)], ids=" ".join)
def test_what_can_be_made_again_is_said_so(themed, args):
    """No file can be made of a link that leads nowhere; what was rendered needn't be put back by hand."""
    themed.sync()
    shutil.rmtree(themed.state / "themes")
    assert "lumina sync --only themes" in unchanged(themed, *args, expect=REFUSED)
    themed.sync("--only", "themes")
    themed.run(*args)
    assert "000000" in bar(themed) and not themed.at(BAR_PATH).is_symlink()


def test_undo_over_what_was_changed_by_hand(themed):
    themed.run("theme", "set", "nord")
    themed.run("theme", "set", "paper")
    (next((themed.state / "themes").glob("nord-*")) / "waybar.css").unlink()
    assert "lumina theme set nord" in unchanged(themed, "undo")
    themed.run("theme", "set", "nord")
    assert shown(themed) == "nord" and "000000" in bar(themed)


@pytest.mark.parametrize("text", ["nowhere", "..", "/etc", "nord-0123456789abcdef"])
def test_current_leads_elsewhere(themed, text):
    """A link is replaced; undo puts back what was there, where that can be."""
    themed.sync()
    current = themed.state / "themes/current"
    current.unlink()
    current.symlink_to(text)
    themed.run("theme", "set", "paper")
    assert shown(themed) == "paper"
    themed.nothing_to_do()
    if text.startswith("nord-"):
        unchanged(themed, "undo")
    else:
        themed.run("undo")
        assert os.readlink(current) == text
    themed.run("theme", "set", "nord")
    assert "000000" in bar(themed)


def test_current_has_a_name_that_no_theme_has(themed):
    """It is a link on the disk: whoever made it says what is in it."""
    themed.sync()
    current = themed.state / "themes/current"
    current.unlink()
    current.symlink_to("\x1b[31mev\nil\u009b-0123456789abcdef")
    for args in (("status",), ("doctor",), ("status", "--json"), ("sync", "-n"), ("theme", "set", "paper"),
                 ("history", "-v"), ("history", "--json"), ("undo", "-n"), ("undo",)):
        done = themed.run(*args, expect=None)
        assert not [c for c in done.out + done.err if ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160], args


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_current_is_something_else(themed, kind):
    themed.sync()
    current = themed.state / "themes/current"
    current.unlink()
    if kind == "folder":
        themed.write(current / "mine", "x")
    else:
        themed.write(current, "mine")
    assert "move it away" in unchanged(themed, "theme", "set", "paper", expect=REFUSED)


def test_after_a_purge(themed):
    """Undo has nothing to go back to; what is shown stays, and what is left over goes."""
    for name in ("nord", "paper", "tokyo", "nord", "paper"):
        themed.run("theme", "set", name)
    text = bar(themed)
    themed.run("history", "--purge", "--yes", expect=None)
    assert bar(themed) == text and shown(themed) == "paper"
    themed.run("theme", "set", "tokyo")
    themed.run("theme", "set", "nord")
    themed.run("rollback", "0", expect=None)
    themed.sync()
    themed.run("theme", "set", "paper")
    assert bar(themed) == text
    themed.no_leftovers()


# --- disks ---------------------------------------------------------------------------------------

@pytest.fixture(params=["state", "home"])
def small_disk(root, request):
    """A home, and a function that leaves so many bytes of the disk that has its state, or all of it."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    disk = Path(root) / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "t", disk],
                             capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("may not mount")
    if request.param == "home":
        home = Home(disk)
    else:
        home = Home(root)
        home.env["XDG_STATE_HOME"] = str(disk)
    ballast = disk / "ballast"

    def leave(blocks):
        ballast.unlink(missing_ok=True)
        if blocks is not None:
            free = os.statvfs(disk)
            ballast.write_bytes(b"x" * (free.f_bavail * free.f_frsize))
            os.truncate(ballast, ballast.stat().st_size - blocks * free.f_frsize)

    yield fill(home), leave
    subprocess.run(["umount", "-l", disk], check=True)


def test_a_full_disk(small_disk):
    """Wherever the room ends: the theme of before, whole, and no litter; with room, it goes on."""
    home, leave = small_disk
    home.run("theme", "set", "nord")
    ballast = (b"ballast", b".local/state/lumina/ballast")

    def look():
        return {k: v for k, v in changes.look(home).items() if k not in ballast}

    before = look(), bar(home), themes(home)
    codes = []
    for blocks in range(40):
        leave(blocks)
        done = home.run("theme", "set", "paper", expect=None)
        codes.append(done.code)
        if done.code == OK:
            assert shown(home) == "paper" and "fafafa" in bar(home)
            break
        assert done.code == FAILED and "No space left on device" in done.err, repr(done)
        leave(None)
        assert (look(), bar(home), themes(home)) == before, blocks
    assert len(codes) > 3 and codes[-1] == OK
    leave(None)
    home.run("undo")
    assert (look(), bar(home)) == before[:2]
    home.no_leftovers()


def test_a_state_folder_that_cannot_be_written(themed):
    themed.run("theme", "set", "nord")
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount")
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", script, "-", str(themed.state))
    before = everything(themed), registry(themed)
    done = themed.run("theme", "set", "paper", expect=None, prefix=prefix)
    if "unshare" in done.err or "mount:" in done.err:
        pytest.skip("may not mount")
    assert done.code in (FAILED, REFUSED) and "Read-only" in done.err
    assert (everything(themed), registry(themed)) == before
    assert themed.run("theme", "list", prefix=prefix).out and themed.run("status", prefix=prefix).out


# --- side by side --------------------------------------------------------------------------------

def test_many_at_once(themed):
    """Each waits for its turn; each is recorded; in the end one theme is shown, as the registry says."""
    themed.run("theme", "set", "nord")
    running = [themed.start("theme", "set", ("paper", "tokyo", "nord")[n % 3]) for n in range(12)]
    for process in running:
        out, err = process.communicate(timeout=60)
        assert process.returncode == OK, (out, err)
    assert f"active:   {shown(themed)} ".encode() in registry(themed)
    themed.nothing_to_do()
    themed.no_leftovers()


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_umask(themed, umask):
    themed.run("theme", "set", "paper", umask=umask)
    folder = (themed.state / "themes/current").resolve()
    modes = {p.stat().st_mode & 0o7777 for p in folder.iterdir()}
    assert folder.stat().st_mode & 0o022 == 0 and all(mode & 0o022 == 0 for mode in modes)
    assert umask == 0o777 or "fafafa" in bar(themed)


def test_json_whatever_comes(themed):
    """One document in each outcome."""
    themed.write("~/dl/new.yaml", PAPER)
    themed.source("themes/broken.yaml", data="name: x\n")
    for args in (("set", "nope"), ("set", "broken"), ("set", "../x"), ("set", "paper", "-n"), ("set", "paper"),
                 ("set", "paper"), ("next",), ("list",), ("show",), ("show", "nope"), ("show", "broken"),
                 ("import", "/nowhere"), ("import", f"{themed.path}/dl/new.yaml"),
                 ("import", f"{themed.path}/dl/new.yaml")):
        done = themed.run("theme", *args, "--json", expect=None)
        if done.code == OK or done.code == REFUSED:
            assert done.json["schema"] == 1, args
        else:
            assert done.out == "" or done.json["result"] == "failed", args
    themed.at(BAR_PATH).unlink()
    themed.write(BAR_PATH, "mine\n")
    done = themed.run("theme", "set", "nord", "--json", expect=REFUSED)
    assert done.json["conflicts"]


def test_a_reader_that_is_gone(themed):
    themed.run("theme", "set", "nord")
    process = themed.start("theme", "list")
    process.stdout.close()
    assert process.wait(timeout=20) >= 0
    process.stderr.close()
    read, write = os.pipe()
    os.close(read)
    before = everything(themed), registry(themed)
    done = subprocess.run(themed.argv("theme", "set", "paper"), stdout=write, stderr=subprocess.PIPE,
                          env=themed.environment(), check=False)
    os.close(write)
    assert done.returncode != OK and (everything(themed), registry(themed)) == before


# --- names ---------------------------------------------------------------------------------------

def test_names_on_a_terminal(themed):
    themed.source("themes/\x1b[31mevil\nname.yaml", data=NORD)
    themed.source("themes/a b.yaml", data=NORD)
    themed.source("themes/loud.yaml", data=NORD.replace('"Nord"', r'"\e]0;x\a\u009b31m"'))
    for args in (("list",), ("show", "\x1b[31mevil\nname"), ("show", "loud"), ("set", "\x1b[31m"),
                 ("import", "/\x1b[31m")):
        done = themed.run("theme", *args, expect=None)
        assert not [c for c in done.out + done.err if ord(c) < 32 and c != "\n" or 127 <= ord(c) < 160], args
    assert themed.run("theme", "list").out.count("can't be named so") == 2
    assert "\x1b" not in themed.run("theme", "list", env={"NO_COLOR": "1", "COLORTERM": "truecolor"}).out


def test_a_scheme_that_explodes(themed):
    """Aliases of aliases, depth, size: refused at once, with the place, and listed beside the others."""
    laugh = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
    for name, text in {"laugh": laugh, "deep": "d: " + "[" * 100000, "self": "d: &d [*d]\n",
                       "big": "#" * 300000}.items():
        themed.source(f"themes/x-{name}.yaml", data=NORD + text)
    start = time.monotonic()
    listed = themed.run("theme", "list").out
    for name in ("laugh", "deep", "self", "big"):
        assert f"themes/x-{name}.yaml:" in listed
        assert f"themes/x-{name}.yaml:" in unchanged(themed, "theme", "set", f"x-{name}")
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("code", ["\\n", "\\r", "\\x0b", "\\x0c", "\\e[31m", "\\N", "\\L", "\\P", "\\x9b", "\\x7f"])
@pytest.mark.parametrize("key", ["name", "author", "description"])
def test_texts_of_a_scheme_are_one_line(themed, key, code):
    """Behind a comment's sign in a rendered file, any of them would begin a line of that file."""
    text = NORD.replace('author: "arcticicestudio"', f'{key}: "a{code}os.execute"')
    if key == "name":
        text = text.replace('name: "Nord"\n', "")
    themed.source("themes/nord.yaml", data=text)
    themed.source("templates/waybar.css.mustache", data="-- {{{scheme-%s}}}\n" % key)
    themed.run("theme", "set", "nord")
    made = themed.at(BAR_PATH).read_bytes().decode()
    assert made.count("\n") == 1 and len(made.splitlines()) == 1
    assert not [c for c in made[:-1] if ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u2028\u2029"]


def test_next_passes_over_what_cannot_be_shown(themed):
    themed.source("themes/nordic.yaml", data="name: x\n")
    themed.source("themes/o o.yaml", data=NORD)
    themed.sync()
    done = themed.run("theme", "next")
    assert shown(themed) == "paper" and "'nordic' is passed over" in done.err
    for name in ("nord", "paper"):
        (themed.profile / f"themes/{name}.yaml").unlink()
    (themed.profile / "themes/tokyo/colors.toml").unlink()
    themed.run("theme", "next", expect=FAILED)


# --- the registry --------------------------------------------------------------------------------

STYLES = {
    "flow": "themes: {active: nord, templates: {~/.a: templates/waybar.css.mustache}}\n",
    "quoted": "\"themes\":\n  'active': \"nord\"\n  templates: {~/.a: templates/waybar.css.mustache}\n",
    "CRLF": "themes:\r\n  active: nord # c\r\n  templates:\r\n    ~/.a: templates/waybar.css.mustache\r\n",
    "comments": "# a\nthemes: # b\n  # c\n  active: # d\n    nord # e\n  # f\n  templates:\n    # g\n"
                "    ~/.a: templates/waybar.css.mustache # h\n# i\n",
    "anchor": "themes:\n  active: &t nord\n  templates: {~/.a: templates/waybar.css.mustache}\n",
    "empty": "themes:\n  active:\n  templates: {~/.a: templates/waybar.css.mustache}\n",
    "null": "themes:\n  active: ~\n  templates: {~/.a: templates/waybar.css.mustache}\n",
    "no end": "themes:\n  templates: {~/.a: templates/waybar.css.mustache}\n  active: nord",
    "host": "themes:\n  templates: {~/.a: templates/waybar.css.mustache}\nhosts:\n  box: {themes: {active: nord}}\n",
    "include": "include: [more.yaml]\nthemes:\n  templates: {~/.a: templates/waybar.css.mustache}\n",
    "alias": "themes:\n  active: *t\n  templates: {~/.a: templates/waybar.css.mustache}\n"
             "ignore: []\n",
    "aliased map": "hosts:\n  box:\n    themes: &all\n      active: nord\n"
                   "      templates: {~/.a: templates/waybar.css.mustache}\n",
}


@pytest.mark.parametrize("host", [False, True], ids=["here", "host"])
@pytest.mark.parametrize("style", list(STYLES))
def test_styles_of_a_registry(themed, style, host):
    """The line is changed, all else stays; or nothing is, with the place."""
    themed.env["LUMINA_HOST"] = "box"
    text = STYLES[style]
    if style == "alias":
        text = "hosts: {other: {themes: {active: &t nord}}}\n" + text
    themed.registry(text.encode())
    themed.source("more.yaml", data="themes: {active: nord}\n")
    before = {n: (themed.profile / n).read_bytes() for n in ("lumina.yaml", "more.yaml")}
    done = themed.run("theme", "set", "paper", *(["--host"] if host else []), expect=None)
    after = {n: (themed.profile / n).read_bytes() for n in before}
    if done.code != OK:
        assert done.code == FAILED and "lumina.yaml:" in done.err and after == before, repr(done)
        return
    assert "fafafa" in themed.at("~/.a").read_text()
    gone = [line for n in before for line in before[n].splitlines() if line not in after[n].splitlines()]
    assert len(gone) <= 1, gone
    assert themed.run("theme", "list", "--json").json["active"] == "paper"
    themed.run("undo")
    assert {n: (themed.profile / n).read_bytes() for n in before} == before


def test_one_target_of_two(themed):
    themed.sync()
    for place in (REGISTRY + "symlinks: {~/.config/waybar/theme.css: w}\n",
                  "symlinks: {~/.config/waybar/theme.css: w}\n" + REGISTRY):
        themed.registry(place)
        themed.source("w")
        before = everything(themed)
        assert "declared at lumina.yaml:" in themed.run("theme", "set", "paper", expect=USAGE).err
        assert everything(themed) == before


@pytest.mark.parametrize("target", ["~/.lumina/x", "~/.lumina/themes/nord.yaml", "~/.local/state/lumina/themes/current",
                                    "~/.local/state/lumina/themes/x", "~/.local/state/lumina", "~",
                                    "~/.config/waybar/theme.css/x", "~/.config", "~/linked/x"])
def test_targets_that_cannot_be(themed, target):
    themed.sync()
    (themed.path / "linked").symlink_to(themed.profile)
    before = everything(themed)
    themed.registry(REGISTRY + f"    {target}: templates/shades.mustache\n")
    done = themed.run("theme", "set", "paper", expect=None)
    assert done.code in (FAILED, USAGE, REFUSED) and done.err, repr(done)
    assert everything(themed)[1] == before[1] and shown(themed) == "nord"


# --- import --------------------------------------------------------------------------------------

def repository(home, name, files):
    folder = home.at(f"~/dl/{name}")
    for path, data in files.items():
        home.write(folder / path, data)
    for argv in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        home.git(*argv, cwd=folder)
    return folder


@pytest.mark.parametrize("left", ["nothing", "a file", "no HEAD", "no objects"])
def test_half_a_clone_is_never_taken_for_the_repository_above(themed, left):
    """Of a run that was killed; people have their home folder under Git."""
    folder = repository(themed, "rain", {"colors.toml": COLORS})
    themed.write("~/precious", "committed\n")
    for argv in (["init", "-q"], ["add", "precious"], ["commit", "-qm", "x"]):
        themed.git(*argv, cwd=themed.path)
    themed.write("~/precious", "not committed\n")
    place = themed.at("~/.cache/lumina/themes/rain")
    if left.startswith("no "):
        subprocess.run(["git", "clone", "-q", str(folder), str(place)], check=True,
                       env=themed.environment())
        if left == "no HEAD":
            (place / ".git/HEAD").unlink()
        else:
            shutil.rmtree(place / ".git/objects")
    else:
        (place / ".git").mkdir(parents=True)
        if left == "a file":
            themed.write(place / ".git/config", "")
    head = themed.git("rev-parse", "HEAD", cwd=themed.path)
    themed.run("theme", "import", f"file://{folder}")
    assert themed.at("~/precious").read_text() == "not committed\n"
    assert themed.git("rev-parse", "HEAD", cwd=themed.path) == head
    assert not themed.at("~/colors.toml").exists()
    assert (themed.profile / "themes/rain/colors.toml").read_text() == COLORS


def test_the_environment_names_no_repository(themed):
    folder = repository(themed, "rain", {"colors.toml": COLORS})
    other = repository(themed, "other", {"a": "1"})
    head = themed.git("rev-parse", "HEAD", cwd=other)
    themed.write(other / "a", "2")
    themed.run("theme", "import", f"file://{folder}", env={
        "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git/index")})
    assert (other / "a").read_text() == "2" and themed.git("rev-parse", "HEAD", cwd=other) == head


def test_nothing_of_a_repository_is_run(themed):
    folder = repository(themed, "rain", {"colors.toml": COLORS})
    pwned = themed.at("~/PWNED")
    for hook in ("post-checkout", "post-update", "reference-transaction"):
        themed.write(folder / f".git/hooks/{hook}", f"#!/bin/sh\ntouch {pwned}\n", 0o755)
    themed.write(folder / ".gitattributes", "* filter=x\n")
    themed.write(folder / ".gitmodules", f'[submodule "a"]\n\tpath = a\n\turl = {themed.at("~/dl/other")}\n')
    other = repository(themed, "other", {"b": "1"})
    head = themed.git("rev-parse", "HEAD", cwd=other).strip()
    themed.git("update-index", "--add", "--cacheinfo", f"160000,{head},a", cwd=folder)
    themed.git("add", "-A", ":!a", cwd=folder, check=False)
    themed.git("commit", "-qm", "y", cwd=folder)
    pwned.unlink(missing_ok=True)
    for n in range(2):
        themed.run("theme", "import", f"file://{folder}", "--as", f"rain{n}")
    assert not pwned.exists() and not list((themed.profile / "themes").rglob("b"))


@pytest.mark.parametrize("kind", list(HOSTILE))
def test_a_folder_whose_scheme_is_no_file(themed, kind):
    folder = themed.at("~/dl/leak")
    themed.write("~/elsewhere.toml", COLORS)
    folder.mkdir(parents=True)
    if kind == "link":
        (folder / "colors.toml").symlink_to("../../elsewhere.toml")
    else:
        HOSTILE[kind](folder / "colors.toml")
    unchanged(themed, "theme", "import", str(folder))


@pytest.mark.parametrize("where", ["out", "in"])
def test_themes_are_a_link(themed, where):
    place = themed.path / "out" if where == "out" else themed.profile / "in"
    shutil.move(themed.profile / "themes", place)
    (themed.profile / "themes").symlink_to(place)
    themed.write("~/dl/new.yaml", NORD)
    assert "a link" in unchanged(themed, "theme", "import", f"{themed.path}/dl/new.yaml", expect=REFUSED)


def test_a_server_that_never_answers(themed):
    """Ctrl-C ends it, and what is left of it is in nobody's way."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        process = themed.start("theme", "import", f"git://127.0.0.1:{server.getsockname()[1]}/rain",
                               start_new_session=True)
        connection, _ = server.accept()
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=20)
        connection.close()
    assert process.returncode in (130, -signal.SIGINT)
    folder = repository(themed, "rain", {"colors.toml": COLORS})
    themed.run("theme", "import", f"file://{folder}")
    assert (themed.profile / "themes/rain/colors.toml").read_text() == COLORS


def test_strange_names_in_a_folder(themed):
    folder = themed.at("~/dl/strange")
    themed.write(folder / "colors.toml", COLORS)
    names = [b"-rf", b"a\nb", b"\x1b[31mred", b"bad\xff", b"..x", b" ", b"~x"]
    for name in names:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(name)
    themed.write(folder / "deep/.git/config", "x")
    os.mkfifo(folder / "pipe")
    before = changes.look(themed)
    done = themed.run("theme", "import", "-v", str(folder))
    assert "\x1b" not in done.out + done.err
    made = os.fsencode(themed.profile / "themes/strange")
    assert sorted(os.listdir(made)) == sorted([*names, b"colors.toml", b"deep"])
    assert os.listdir(made + b"/deep") == []
    themed.run("undo")
    assert changes.look(themed) == before


@pytest.mark.parametrize("url", ["file:///nowhere/x", "http://127.0.0.1:1/x.git", "ssh://-oProxyCommand=touch%20PWNED/x"])
def test_git_failing(themed, url):
    assert "could not fetch" in unchanged(themed, "theme", "import", url)
    assert not list(themed.root.rglob("PWNED"))


def test_kinds_of_one_name(themed):
    themed.write("~/dl/tokyo.yaml", NORD)
    themed.write("~/dl/nord/colors.toml", COLORS)
    (themed.profile / "themes/ghost").mkdir()
    for path, name in (("dl/tokyo.yaml", "tokyo"), ("dl/nord", "nord"), ("dl/nord", "ghost")):
        unchanged(themed, "theme", "import", "--as", name, str(themed.path / path), expect=REFUSED)


def test_not_into_itself(themed):
    themed.write(themed.profile / "themes/colors.toml", COLORS)
    themed.run("theme", "import", str(themed.profile / "themes"), "--as", "all", expect=None)
    assert not (themed.profile / "themes/all/all").exists()
    assert changes.look(themed)
