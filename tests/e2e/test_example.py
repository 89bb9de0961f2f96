# SPDX-License-Identifier: MIT
"""The example profile does what it says: both hosts, nothing to do afterwards, drift, mending."""

import itertools
import os
import re
import shutil
from pathlib import Path

import pytest
import yaml

from support import DRIFT, OK, REFUSED, REPO, Home, expected_links

EXAMPLE = REPO / "examples" / "profile"
HOSTS = ["thinkpad", "desktop", "some-other-machine"]


@pytest.fixture
def home(root):
    home = Home(root)
    home.profile.rmdir()
    shutil.copytree(EXAMPLE, home.profile, symlinks=True)
    home.commit("Start from the example")
    return home


def copy_of_the_example(root):
    return Path(shutil.copytree(EXAMPLE, Path(root) / "copy", symlinks=True))


def on(host):
    return {"LUMINA_HOST": host}


@pytest.mark.parametrize("host", HOSTS)
def test_the_example_is_linked_as_its_registry_says(home, host):
    expected = expected_links(home.profile, host)
    assert len(expected) > 30
    plan = home.sync("-n", "--json", env=on(host)).json
    assert {c["target"]: c["source"] for c in plan["changes"] if c["action"] == "link"} == expected
    home.sync(env=on(host))
    home.assert_linked(expected)
    home.env.update(on(host))
    home.nothing_to_do()
    home.run("status", "--exit-code")
    home.run("doctor", expect=OK)
    assert home.git("status", "--porcelain") == "", "the profile is not written to"


def test_each_host_has_files_of_its_own():
    registry = yaml.safe_load((EXAMPLE / "lumina.yaml").read_text())
    assert set(registry["hosts"]) == {"thinkpad", "desktop"}
    plain = expected_links(EXAMPLE, "nobody")
    for host in registry["hosts"]:
        own = expected_links(EXAMPLE, host)
        assert own != plain
        assert any(source.startswith(f"hosts/{host}/") for source in own.values())


def test_every_source_of_the_example_is_there_and_every_file_is_used(root):
    used = set()
    plain = copy_of_the_example(root)
    text = (plain / "lumina.yaml").read_text()
    (plain / "lumina.yaml").write_text(text.replace("  active:", "  # active:"))
    for profile, host in itertools.product((EXAMPLE, plain), HOSTS):
        for source in expected_links(profile, host).values():
            assert (EXAMPLE / source).exists(), source
            used.add(source)
    # Named in a comment: a template for a program that the example doesn't install.
    used.update(re.findall(r"templates/\S+\.mustache", text))
    files = {os.path.relpath(os.path.join(top, name), EXAMPLE)
             for top, _, names in os.walk(EXAMPLE) for name in names}
    unused = {f for f in files if not any(f == u or f.startswith(u + "/") for u in used)}
    assert {f for f in unused if not f.endswith(".yaml") and not f.startswith("themes/")} <= \
        {"README.md", ".gitignore"}


@pytest.mark.parametrize("theme", sorted(
    name.removesuffix(".yaml") for name in os.listdir(EXAMPLE / "themes")))
def test_each_theme_of_the_example_can_be_chosen_and_left(home, theme):
    home.env.update(on("thinkpad"))
    home.sync()
    home.run("theme", "set", theme)
    home.assert_linked(expected_links(home.profile, "thinkpad"))
    registry = home.profile / "lumina.yaml"
    registry.write_text(re.sub(r"^  active:.*\n", "", registry.read_text(), flags=re.M))
    home.sync()
    expected = expected_links(home.profile, "thinkpad")
    assert expected["~/.config/foot/theme.ini"] == "foot/theme.ini"
    home.assert_linked(expected)


def test_from_one_host_to_the_other_and_back(home):
    for host in ("thinkpad", "desktop", "thinkpad"):
        home.sync("-y", env=on(host))
        home.assert_linked(expected_links(home.profile, host))
    home.env.update(on("thinkpad"))
    home.nothing_to_do()
    assert home.generations() == ["000001", "000002", "000003"]


def test_drift_is_seen_in_each_direction_and_mended(home):
    home.env.update(on("thinkpad"))
    home.sync()
    expected = expected_links(home.profile, "thinkpad")
    # A program replaces a link, a person deletes one, another is declared no longer.
    home.at("~/.config/mimeapps.list").unlink()
    home.write("~/.config/mimeapps.list", "[Default Applications]\n")
    home.at("~/.zshrc").unlink()
    registry = home.profile / "lumina.yaml"
    text = registry.read_text()
    line = next(l for l in text.splitlines() if l.strip().startswith("~/.config/starship.toml:"))
    registry.write_text(text.replace(line + "\n", ""))
    assert home.status() == {"~/.config/mimeapps.list": "detached", "~/.zshrc": "missing",
                             "~/.config/starship.toml": "stale"}
    home.run("status", "--exit-code", expect=DRIFT)
    assert "[Default Applications]" in home.run("diff").out
    before = home.snapshot()
    home.sync(expect=REFUSED)
    assert home.snapshot() == before
    os.rename(home.at("~/.config/mimeapps.list"), home.profile / "xdg/mimeapps.list")
    home.sync()
    del expected["~/.config/starship.toml"]
    home.assert_linked(expected)
    home.nothing_to_do()


def test_an_existing_home_is_not_overrun(home):
    theirs = ["~/.zshrc", "~/.config/git/config", "~/.config/hypr/hyprland.lua"]
    for target in theirs:
        home.write(target, "mine since years")
    before = home.snapshot()
    result = home.sync(expect=REFUSED)
    for target in theirs:
        assert target in result.err
    assert home.snapshot() == before


def test_every_package_of_the_example_can_be_explained(home):
    for name in ("git", "hyprland", "aur/paru", "flatpak/org.signal.Signal", "gdb", "inter-font"):
        assert home.run("why", "--json", name).json["reasons"][0]["declared"]
