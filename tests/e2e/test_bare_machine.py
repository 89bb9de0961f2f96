# SPDX-License-Identifier: MIT
"""From one Git URL to packages, links and the AUR's helper: init URL --sync on a bare machine."""

import os
import shutil

import pexpect
import pytest

from aur import Aur, makepkg_without_its_root
from pacman_kit import HELPER, package, recorded, runs
from support import OK, REFUSED, TIMEOUT, dedent

REGISTRY = dedent("""
    packages:
      base: [foo, top]
      aur: [aur/one]
    symlinks:
      ~/.zshrc: zsh/zshrc
    """)


@pytest.fixture
def bare(user_machine):
    """A machine with nothing, and a profile that lies somewhere else."""
    home = user_machine
    # This process makes the repositories, and another user clones them.
    home.write("~/.gitconfig", "[safe]\n\tdirectory = *\n")
    home.source("zsh/zshrc")
    home.registry(REGISTRY)
    home.commit("first")
    origin = home.root / "origin.git"
    home.git("clone", "-q", "--bare", str(home.profile), str(origin))
    shutil.rmtree(home.profile)
    home.origin = str(origin)
    home.give()
    return home


def test_one_command_brings_all(bare):
    bare.kit.in_aur(package("one"))
    bare.run("init", bare.origin, "--sync", "-y")
    assert bare.kit.explicit() == {"foo", "top", "one"}
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})
    assert len(runs(bare.kit, "-S")) == 1 and len(bare.kit.calls("paru")) == 1
    bare.nothing_to_do()


def test_a_failing_pacman_leaves_a_profile_that_goes_on(bare):
    bare.kit.in_aur(package("one"))
    bare.kit.lock.touch()
    assert bare.run("init", bare.origin, "--sync", "-y", expect=None).code != OK
    bare.kit.lock.unlink()
    bare.run("init", bare.origin, "--sync", "-y")
    assert bare.kit.explicit() == {"foo", "top", "one"}
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})


def test_all_conflicts_are_shown_and_nothing_is_installed(bare):
    bare.write("~/.zshrc", "mine")
    bare.give()
    result = bare.run("init", bare.origin, "--sync", "-y", expect=REFUSED)
    assert "~/.zshrc" in result.err and bare.kit.names() == set()


@pytest.mark.parametrize("option,content", [("--take-profile", "zsh/zshrc"),
                                            ("--keep-local", "mine")])
def test_conflicts_are_decided_by_an_option(bare, option, content):
    bare.kit.in_aur(package("one"))
    bare.write("~/.zshrc", "mine")
    bare.give()
    bare.run("init", bare.origin, "--sync", "-y", option)
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})
    assert bare.at("~/.zshrc").read_text() == content
    assert bare.kit.explicit() == {"foo", "top", "one"}


# --- a missing helper is built -----------------------------------------------------------------

@pytest.fixture
def without_paru(bare):
    """Neither paru nor yay; the AUR has a package named paru."""
    if shutil.which("makepkg") is None:
        pytest.skip("makepkg is not installed")
    for name in ("paru", "yay"):
        if shutil.which(name, path="/usr/local/bin:/usr/bin:/bin"):
            pytest.skip(f"{name} is installed here")
    bare.aur = Aur(f"{bare.root}/aur")
    helper = bare.kit.shim("helper", HELPER)
    bare.kit.without("paru")
    conf = makepkg_without_its_root(bare)
    bare.env["MAKEPKG_CONF"] = str(conf)
    # What is installed into the kit's root is on PATH; what refuses paru isn't.
    bare.env["PATH"] = f"{bare.kit.bin}:{bare.kit.root}/usr/bin:/usr/bin:/bin"
    bare.env["LUMINA_AUR_URL"] = bare.aur.url
    bare.kit.in_aur(package("one"))
    recipe = dedent(f"""
        pkgname=paru
        pkgver=9
        pkgrel=1
        arch=(any)
        package() {{
          touch {bare.path}/recipe-was-run
          install -Dm755 {helper} "$pkgdir/usr/bin/paru"
        }}
        """)
    bare.aur.add("paru", body=recipe)
    bare.give()
    yield bare
    bare.aur.close()


def test_a_missing_paru_is_built_when_the_person_agrees(without_paru):
    bare = without_paru
    bare.run("init", bare.origin, "--sync", "-y", timeout=60)
    assert (bare.kit.root / "usr/bin/paru").exists() and "paru" in bare.kit.names()
    assert {"foo", "top", "one"} <= bare.kit.explicit()
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})
    # It is installed for the AUR's packages, not asked for: no line of its own.
    assert recorded(bare) == {"foo", "top", "aur/one"}


@pytest.mark.parametrize("answer", ["y", "n"])
def test_the_person_is_asked_before_anything_of_it_is_run(without_paru, answer):
    bare = without_paru
    child = bare.terminal("init", bare.origin, "--sync")
    # pacman's own question comes before, or after.
    while True:
        seen = child.expect([r"Proceed with installation\? \[Y/n\]", r"paru.*\[y/N\]",
                             pexpect.EOF], timeout=60)
        if seen == 2:
            break
        if seen == 1:
            assert not bare.at("recipe-was-run").exists()
            child.sendline(answer)
        else:
            child.sendline("y")
    child.close()
    assert bare.at("recipe-was-run").exists() == (answer == "y")
    assert ("one" in bare.kit.names()) == (answer == "y")
    assert {"foo", "top"} <= bare.kit.explicit()
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})
    assert (child.exitstatus == OK) == (answer == "y")


def test_nobody_to_ask_builds_nothing(without_paru):
    bare = without_paru
    result = bare.run("init", bare.origin, "--sync", stdin=b"y\n", expect=None, timeout=TIMEOUT)
    # What builds from the AUR wants a terminal or --yes: refused before anything is changed.
    assert result.code == REFUSED and "one" in result.err and "--yes" in result.err
    assert not bare.at("recipe-was-run").exists()
    assert bare.kit.names() == set() and bare.all_links() == {}


def test_an_aur_that_cant_be_reached_is_said_and_the_rest_goes_on(without_paru):
    bare = without_paru
    bare.env["LUMINA_AUR_URL"] = "http://127.0.0.1:9"
    result = bare.run("init", bare.origin, "--sync", "-y", expect=None)
    assert result.code not in (OK, REFUSED) and "paru" in result.err
    assert {"foo", "top"} <= bare.kit.explicit()
    bare.assert_linked({"~/.zshrc": "zsh/zshrc"})


def test_without_aur_packages_no_helper_is_missed(without_paru):
    bare = without_paru
    bare.run("init", bare.origin, "--sync", "-y", expect=None)
    shutil.rmtree(bare.profile)
    for name in os.listdir(bare.state):
        path = bare.state / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    bare.registry("packages: [foo]\n")
    bare.give()
    asked = len(bare.aur.requests)
    bare.sync("-y")
    assert len(bare.aur.requests) == asked
