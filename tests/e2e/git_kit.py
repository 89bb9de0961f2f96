# SPDX-License-Identifier: MIT
"""A profile under version control, and what the tests of the Git side ask it."""

import os

from support import dedent

REGISTRY = """
    git: {commit: true}
    symlinks:
      ~/.one: one
    """


def identity(home, name="Tester", more=""):
    home.write("~/.gitconfig", f"[user]\n\tname = {name}\n\temail = t@example.org\n"
               f"[init]\n\tdefaultBranch = main\n{more}")


def make_repo(home, registry=REGISTRY, **sources):
    """One commit, one link; commits of Lumina's are on."""
    identity(home)
    home.registry(registry)
    home.source("one", **sources)
    home.commit("first")
    home.sync()
    return home


def subjects(home, cwd=None):
    """Newest first."""
    return home.git("log", "--format=%s", cwd=cwd).splitlines()


def body(home):
    return home.git("log", "-1", "--format=%b").strip().splitlines()


def changed(home, commit="HEAD"):
    """{path: A, M or D} of one commit."""
    out = home.git("show", "--format=", "--name-status", "--no-renames", "-z", commit).split("\0")
    return dict(zip(out[1::2], out[0::2]))


def porcelain(home):
    """{path: XY} of what isn't committed."""
    out = home.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
    return {row[3:]: row[:2] for row in out.split("\0") if row}


def staged(home, path):
    return home.git("show", f":{path}")


def committed(home, path, commit="HEAD"):
    return home.git("show", f"{commit}:{path}")


def hook(home, name, text, folder=None):
    path = (folder or home.profile / ".git") / "hooks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + dedent(text))
    path.chmod(0o755)
    return path


def no_locks(home):
    """Nothing of Lumina's or Git's is left in the repository's folder."""
    for name in os.listdir(home.profile / ".git"):
        assert not name.startswith("lumina-index") and not name.endswith(".lock"), name


def make_bare(home, name="bare.git"):
    """A bare repository beside the home, with the profile's commits; the profile follows it."""
    path = home.root / name
    home.git("init", "-q", "--bare", str(path), cwd=home.root)
    home.git("remote", "add", "origin", str(path))
    home.git("push", "-q", "-u", "origin", "main")
    return path


def advance(home, bare, files, message="elsewhere", branch="main"):
    """A commit that another machine pushed: {path: content, None to remove it}."""
    work = home.root / "other"
    if not work.exists():
        home.git("clone", "-q", str(bare), str(work), cwd=home.root)
    home.git("pull", "-q", "--ff-only", cwd=work, check=False)  # there may be nothing yet
    for name, data in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if data is None:
            path.unlink()
        else:
            path.write_text(data)
    home.git("add", "-A", "-f", cwd=work)
    home.git("commit", "-q", "-m", message, cwd=work)
    home.git("push", "-q", "origin", f"HEAD:{branch}", cwd=work)
    return work
