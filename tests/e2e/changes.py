# SPDX-License-Identifier: MIT
"""Every kind of change that Lumina makes, on one small home; and how to cut each of them off."""

import os
import re
import shutil
import signal
import subprocess

from support import MUTATING, OK, TIMEOUT, Home, Result

# A time that no test makes by accident.
LONG_AGO = 1_500_000_000

# Comments, CRLF and no last newline: an edit must keep them all.
REGISTRY = (b"# mine\r\npackages: [git,   neovim]   # two\r\nsymlinks:\r\n"
            b"  ~/.zshrc:    zsh/zshrc   # the shell\r\n"
            b"  \"~/.config/kitty/kitty.conf\": kitty/kitty.conf")


def generations(home, *args):
    document = home.run("history", "--json", *args).json
    assert document["schema"] == 1
    return document["generations"]


def current(home):
    """The number of the present generation; 0 before the first."""
    found = [g["id"] for g in generations(home) if g["current"]]
    assert len(found) <= 1
    return found[0] if found else 0


def backups(home):
    """{path: is it there} of every backup that history knows."""
    return {b["path"]: b["present"] for g in generations(home) for b in g["backups"]}


def look(home, inodes=True):
    """What undo has to bring back. Links, folders and the registry are made anew; files move."""
    found = {}
    for path, row in home.snapshot().items():
        kind = row[0][0]
        if path == b"." or path.startswith(b".lumina/.git/"):
            continue
        if kind == "l" or path == b".lumina/lumina.yaml":
            found[path] = (row[0], row[1], row[3])
        elif kind == "-":
            found[path] = row if inodes else (*row[:2], *row[3:])
        else:
            found[path] = row[:2]
    return found


def old_file(home, name, data="mine", mode=0o640):
    """A file of the person's with a mode and times of its own."""
    path = home.write(name, data, mode)
    os.utime(path, (LONG_AGO, LONG_AGO))
    return path


def old_source(home, *names):
    for name in names:
        os.utime(home.write(home.profile / name, name), (LONG_AGO, LONG_AGO))


def mark(path):
    info = os.lstat(path)
    return info.st_ino, info.st_mode, info.st_uid, info.st_gid, info.st_mtime_ns


def make_synced(home):
    """Two links, one generation."""
    home.registry(REGISTRY)
    old_source(home, "zsh/zshrc", "kitty/kitty.conf")
    home.sync()
    return home


def declare_too(home, text):
    path = home.profile / "lumina.yaml"
    path.write_bytes(path.read_bytes() + text)


def file_of_ones_own(home):
    old_file(home, "~/.vimrc")


def folder_of_ones_own(home):
    old_file(home, "~/.config/app/one", "1")
    old_file(home, "~/.config/app/sub/two", "2", 0o600)
    os.symlink("one", home.at("~/.config/app/link"))


def detached(home):
    """A program saved by rename."""
    home.at("~/.zshrc").unlink()
    old_file(home, "~/.zshrc", "changed by a program\n")


def in_the_way(home):
    declare_too(home, b"\r\n  ~/.one: one\r\n  ~/.two: two\r\n")
    old_source(home, "one", "two")
    old_file(home, "~/.one", "my one")
    old_file(home, "~/.two/in/it", "my two")
    old_file(home, "~/.two/other", "my other", 0o600)
    home.at("~/.two/in").chmod(0o700)


def new_link(home):
    declare_too(home, b"\r\n  ~/.config/new/deep/file: new\r\n")
    old_source(home, "new")


def changed_and_stale(home):
    home.registry(b"symlinks: {~/.zshrc: other}\n")
    old_source(home, "other")


SCHEME = "name: x\nauthor: y\n" + "".join(f'base0{d}: "{d}0{d}0{d}0"\n' for d in "0123456789ABCDEF")


def themed(home):
    """There are themes, and none is shown."""
    declare_too(home, b"\r\nthemes:\r\n  templates: # of all\r\n"
                      b"    ~/.config/bar/theme.css: templates/bar.css.mustache\r\n")
    files = {f"themes/{name}.yaml": SCHEME for name in ("one", "two")}
    for name, text in {**files, "templates/bar.css.mustache": "{{{scheme-slug}}} {{red}}\n"}.items():
        os.utime(home.write(home.profile / name, text), (LONG_AGO, LONG_AGO))


def theme_to_import(home):
    old_file(home, "~/rain/colors.toml", "".join(
        f'{name} = "#112233"\n' for name in ("background", "foreground", *(f"color{n}" for n in range(1, 7)))))
    old_file(home, "~/rain/bar.css", "own")


def nothing(_home):
    pass


# name: (what the person does before, the command)
CHANGES = {
    "sync new": (new_link, ["sync"]),
    "sync changed and removed": (changed_and_stale, ["sync", "-y"]),
    "sync --backup": (in_the_way, ["sync", "--backup"]),
    "sync --adopt": (in_the_way, ["sync", "--adopt"]),
    "add": (file_of_ones_own, ["add", "HOME/.vimrc"]),
    "add --as": (file_of_ones_own, ["add", "HOME/.vimrc", "--as", "deep/er/vimrc"]),
    "add a folder": (folder_of_ones_own, ["add", "HOME/.config/app"]),
    "add --tree": (folder_of_ones_own, ["add", "--tree", "HOME/.config/app"]),
    "forget": (nothing, ["forget", "~/.zshrc"]),
    "forget --delete": (nothing, ["forget", "--delete", "~/.zshrc"]),
    "forget two": (nothing, ["forget", "~/.zshrc", "~/.config/kitty/kitty.conf"]),
    "absorb local": (detached, ["absorb", "~/.zshrc", "--take", "local"]),
    "absorb profile": (detached, ["absorb", "~/.zshrc", "--take", "profile"]),
    "theme set": (themed, ["theme", "set", "two"]),
    "theme import": (theme_to_import, ["theme", "import", "HOME/rain"]),
}


def backed_up(home):
    in_the_way(home)
    home.sync("--backup")


def added_twice(home):
    for name in ("~/.vimrc", "~/.exrc"):
        home.run("add", str(old_file(home, name, name)))


# Those that go back, or away: no generation comes of them.
RETURNS = {
    "undo": (backed_up, ["undo"]),
    "undo of add": (added_twice, ["undo"]),
    "rollback": (added_twice, ["rollback", "0"]),
    "eject": (backed_up, ["eject"]),
}


def argv_of(home, name):
    return [a.replace("HOME", str(home.path)) for a in {**CHANGES, **RETURNS}[name][1]]


def prepare(home, name):
    {**CHANGES, **RETURNS}[name][0](home)


def run_change(home, name, *more, expect=OK, **how):
    return home.run(*argv_of(home, name), *more, expect=expect, **how)


# --- cutting off ------------------------------------------------------------------------------

CALL = re.compile(r"^(\w+)\((.*)$")


def changing_calls(home, *argv):
    """[(name, how many of that name came before and with it, text)] of a run to its end."""
    log = home.root / "calls"
    names = ",".join([*MUTATING, "openat", "write"])
    home.run(*argv, prefix=("strace", "-s", "300", "-o", str(log), "-e", f"trace={names}"))
    counts, calls = {}, []
    for line in log.read_text(errors="replace").splitlines():
        match = CALL.match(line)
        if not match:
            continue
        name, text = match[1], match[2]
        counts[name] = counts.get(name, 0) + 1
        if name == "openat" and "O_CREAT" not in text or re.match(r"[0-2],", text):
            continue
        calls.append((name, counts[name], text))
    log.unlink()
    return calls


def renames_to(call, name):
    target = rf'"(?:[^"]*/)?{name}"(?:, |\))[^"]*$'
    return call[0].startswith("rename") and re.search(target, call[2])


PLACES = ["begun", "half", "before the commit", "after the commit", "at the end"]


def places(calls):
    """{where: index of the call before which the run is cut off}."""
    begun = next(i for i, call in enumerate(calls) if renames_to(call, "journal"))
    commit = next(i for i, call in enumerate(calls) if renames_to(call, "owned"))
    end = max(i for i, call in enumerate(calls) if re.search(r'"(?:[^"]*/)?journal"', call[2]))
    assert begun < commit < end
    return {"begun": begun + 1, "half": (begun + 1 + commit) // 2, "before the commit": commit,
            "after the commit": commit + 1, "at the end": end}


def kill_before(home, call, *argv):
    name, number, text = call
    done = subprocess.run(
        ["strace", "-o", "/dev/null", "-e", f"trace={name}", "-e",
         f"inject={name}:signal=KILL:when={number}", *home.argv(*argv)],
        env=home.environment(), cwd=home.path, umask=0o022, capture_output=True,
        stdin=subprocess.DEVNULL, timeout=TIMEOUT, check=False)
    assert done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), \
        f"not killed before {name} {text}: {Result(done.returncode, done.stdout, done.stderr)!r}"


def cut_off(root, name, where):
    """A home in which the change was killed there; (home, look before, look had it ended)."""
    path = os.path.join(root, "cut")
    home = make_synced(Home(path))
    prepare(home, name)
    calls = changing_calls(home, *argv_of(home, name))
    done = look(home, inodes=False)
    shutil.rmtree(path)
    home = make_synced(Home(path))
    prepare(home, name)
    before = look(home)
    kill_before(home, calls[places(calls)[where]], *argv_of(home, name))
    assert (home.state / "journal").exists()
    return home, before, done


def without_inodes(found):
    return {p: (*row[:2], *row[3:]) if len(row) == 5 else row for p, row in found.items()}
