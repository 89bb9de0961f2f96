# SPDX-License-Identifier: MIT
"""A profile of files that nobody wrote for a test: what the packages of this machine ship."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from support import REFUSED, Home, expected_links, make_root, remove_root

SOURCES = ["/etc/xdg", "/usr/share/doc", "/etc", "/usr/share/fish", "/usr/share/git-core",
           "/usr/share/zsh", "/usr/share/perl5", "/usr/share/X11", "/usr/share/vim",
           "/usr/share/bash-completion", "/usr/share"]
WANTED, SIZE_MAX = 1200, 256 * 1024


def wanted(path):
    parts = path.parts
    if parts[:4] == ("/", "usr", "share", "doc"):
        return "examples" in parts
    return "ssl" not in parts


def collect(folder):
    """Copies up to WANTED small readable files, with the links among them, as /a/b → a/b."""
    count = 0
    for source in SOURCES:
        for top, folders, files in os.walk(source):
            folders.sort()
            for name in sorted(files):
                path = Path(top, name)
                target = Path(folder, *path.parts[1:])
                if count >= WANTED or target.exists() or not wanted(path):
                    continue
                try:
                    info = path.lstat()
                    small = stat.S_ISREG(info.st_mode) and info.st_size <= SIZE_MAX
                    # Nothing secret: only what everybody may read.
                    if not (path.is_symlink() or (small and info.st_mode & stat.S_IROTH)):
                        continue
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, target, follow_symlinks=False)
                    count += 1
                except (OSError, shutil.SpecialFileError):
                    continue
    return count


@pytest.fixture(scope="module")
def strangers():
    """The files, copied once for all tests here."""
    root = make_root()
    folder = Path(root, "files")
    count = collect(folder)
    if count < 500:
        remove_root(root)
        pytest.skip(f"only {count} files of other packages on this machine; 500 are needed")
    yield folder
    remove_root(root)


@pytest.fixture
def home(root, strangers):
    home = Home(root)
    shutil.rmtree(home.profile)
    shutil.copytree(strangers, home.profile, symlinks=True)
    return home


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def broken_links(folder):
    return {os.path.join(top, name) for top, folders, files in os.walk(folder)
            for name in files + folders if not os.path.exists(os.path.join(top, name))}


def check_readable(home):
    """Through each link stands the very file of the profile."""
    for target, text in home.all_links().items():
        if os.path.isfile(text):
            assert os.path.samefile(home.at(target), text)


def test_as_a_tree_it_is_linked_mended_and_taken_away(home):
    home.registry("symlinks:\n  ~/.strangers: {tree: etc}\n  ~/.others/deep: {tree: usr}\n")
    expected = expected_links(home.profile, None)
    assert len(expected) >= 500
    home.sync("-q")
    home.assert_linked(expected)
    check_readable(home)
    home.nothing_to_do()
    gone = {f"~/{os.path.relpath(p, home.path)}" for p in broken_links(home.path / ".strangers")
            } | {f"~/{os.path.relpath(p, home.path)}" for p in broken_links(home.path / ".others")}
    # Some shipped links lead nowhere in a copy; nothing else differs.
    assert {t: s for t, s in home.status().items() if t not in gone} == {}

    # Break every seventh: deleted, turned elsewhere by the registry's own files moving.
    links = sorted(home.all_links())
    for target in links[::7]:
        home.at(target).unlink()
    moved = [t for t in links[3::50] if t not in links[::7]]
    for target in moved:
        source = Path(home.profile, expected[target])
        source.rename(source.with_name(source.name + ".moved"))
    home.sync("-q")
    home.assert_linked(expected_links(home.profile, None))
    home.nothing_to_do()

    home.registry("symlinks:\n")
    home.sync("-q", "-y")
    home.assert_linked({})
    assert not home.at("~/.strangers").exists() and not home.at("~/.others").exists()
    home.no_leftovers()


def test_as_single_links_it_is_linked_changed_and_mended(home):
    files = [os.path.relpath(os.path.join(top, name), home.profile)
             for top, _, names in os.walk(home.profile) for name in names]
    files = sorted(f for f in files if os.path.exists(home.profile / f))
    pairs = {f"~/.single/{name}": name for name in files}
    assert len(pairs) >= 500

    def declare(pairs):
        home.registry("symlinks:\n" + "".join(f"  {quoted(t)}: {quoted(s)}\n"
                                              for t, s in pairs.items()))
    declare(pairs)
    assert expected_links(home.profile, None) == pairs
    home.sync("-q")
    home.assert_linked(pairs)
    check_readable(home)
    home.nothing_to_do()
    assert home.status() == {}

    # A program writes over one: nothing is changed until that is settled.
    target = sorted(pairs)[17]
    home.at(target).unlink()
    home.at(target).write_text("local change")
    declare({t: files[0] if i % 9 == 0 else s for i, (t, s) in enumerate(sorted(pairs.items()))})
    before = home.snapshot()
    home.sync("-q", expect=REFUSED)
    assert home.snapshot() == before
    home.at(target).unlink()
    home.sync("-q")
    home.assert_linked(expected_links(home.profile, None))
    home.nothing_to_do()


def test_from_single_links_to_a_tree_and_back_keeps_every_right_link(home):
    files = sorted(os.path.relpath(os.path.join(top, name), home.profile / "etc")
                   for top, _, names in os.walk(home.profile / "etc") for name in names)
    single = {f"~/.x/{name}": f"etc/{name}" for name in files
              if os.path.lexists(home.profile / "etc" / name)
              and os.path.exists(home.profile / "etc" / name)}
    home.registry("symlinks:\n" + "".join(f"  {quoted(t)}: {quoted(s)}\n"
                                          for t, s in single.items()))
    home.sync("-q")
    inodes = {t: os.lstat(home.at(t)).st_ino for t in single}
    home.registry("symlinks: {~/.x: {tree: etc}}\n")
    home.sync("-q")
    home.assert_linked(expected_links(home.profile, None))
    assert {t: os.lstat(home.at(t)).st_ino for t in single} == inodes


def test_git_may_take_files_away_and_bring_them_back(home):
    home.registry("symlinks: {~/.x: {tree: etc}}\n")
    home.commit()
    home.sync("-q")
    whole = home.all_links()
    taken = home.git("ls-files", "etc").splitlines()[::5]
    home.git("rm", "-q", "--", *[name for name in taken if not name.startswith('"')])
    home.git("commit", "-q", "-m", "less")
    home.sync("-q")
    less = home.all_links()
    assert less == {t: f"{home.profile}/{s}" for t, s in
                    expected_links(home.profile, None).items()}
    assert 0 < len(less) < len(whole)
    home.git("checkout", "-q", "HEAD~1")
    home.sync("-q")
    assert home.all_links() == whole
    home.nothing_to_do()
