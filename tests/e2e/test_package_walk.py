# SPDX-License-Identifier: MIT
"""Random walks: installs, removals, captures, undo and rollback in any order give known states."""

import random

import pytest

from changes import current
from pacman_kit import on, read, recorded
from support import OK, Home, dedent

REGISTRY = dedent("""
    # Mine.
    packages:
      base: [git,   'neovim']   # two
      desktop:
        - waybar     # the bar
    ignore: [tlp]   # left out

    # The end.
    """)
NAMES = ("foo", "bar", "baz", "qux", "top", "tools", "nano-editor", "user-of-bottom", "middle",
         "opt-app", "lib-new", "9lives")
YES = b"y\n" * 12


def state(home):
    return home.kit.installed(), home.kit.explicit(), read(home)


def step(home, dice):
    """One command that changes something, if it can."""
    installed = sorted(home.kit.explicit())
    kind = dice.choice(["install", "install", "install", "remove", "remove", "ignore", "prune",
                        "capture"])
    if kind == "install":
        where = dice.choice([[], ["-g", "base"], ["-g", "desktop"], ["--host"], ["-g", "new"]])
        args = ["install", "-y", *where, *dice.sample(NAMES, dice.randint(1, 3))]
    elif kind == "remove" and installed:
        args = ["remove", "-y", *dice.sample(installed, min(len(installed), dice.randint(1, 2)))]
    elif kind == "prune":
        args = ["prune", "-y", "--force"]
    elif kind == "capture":
        args = ["capture", "-y"]
    else:
        args = ["ignore", dice.choice(NAMES[:8])]
    return args, home.run(*args, stdin=YES, expect=None)


@pytest.mark.parametrize("seed", range(8))
def test_every_generation_can_be_had_back(root, seed):
    dice = random.Random(seed)
    home = on(Home(root), explicit=("git", "neovim", "waybar"), registry=REGISTRY)
    home.env["LUMINA_HOST"] = "here"
    states, log = {0: state(home)}, []
    for _ in range(9):
        args, result = step(home, dice)
        log.append((args, result.code, current(home)))
        assert result.code in (OK, 1, 2, 3), (log, result)
        number = current(home)
        if number in states:
            assert state(home) == states[number], (log, "changed without a generation", result)
        states[number] = state(home)
        everything = recorded(home) | recorded(home, host="here")
        assert everything <= home.kit.names(), log
        home.no_leftovers()
    for _ in range(8):
        number = dice.choice(sorted(states))
        result = home.run("rollback", str(number), stdin=YES, expect=None)
        assert result.code == OK, (log, number, result)
        assert state(home) == states[number], (log, number, result)
        assert current(home) == number
    while current(home):
        assert home.run("undo", stdin=YES, expect=None).code == OK, log
        assert state(home) == states[current(home)], log
    assert state(home) == states[0]
    home.no_leftovers()
