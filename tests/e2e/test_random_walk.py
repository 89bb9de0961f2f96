# SPDX-License-Identifier: MIT
"""Any registry after any other: a simple model says what must stand there, sync must get there.

Each walk is a fixed sequence of random registries over a few targets that nest in each other, with
links deleted and foreign files put down in between. Nothing of this may ever lose a file, leave a
stray folder or name behind, or need a second sync.
"""

import json
import os
import random

import pytest

from support import OK, REFUSED, USAGE

FILES = ["f0", "f1", "f2", "d0/a", "d0/b", "d0/sub/c", "d1/a", "d1/sub/d", "d1/sub/e/f",
         "d2/deep/deeper/z", "d2/a"]
FOLDERS = ["d0", "d1", "d2", "d0/sub", "d1/sub", "d2/deep"]
TARGETS = ["~/p", "~/p/a", "~/p/sub", "~/p/sub/c", "~/p/sub/e", "~/p/deep/deeper", "~/x", "~/x/y",
           "~/x/y/sub", "~/x/y/sub/e/f", "~/z"]


def below(path, folder):
    return path == folder or path.startswith(folder + "/")


def meaning(registry):
    """{target: source}, or None where the registry contradicts itself."""
    exact = {t: s for t, s in registry.items() if isinstance(s, str)}
    trees = {t: s["tree"] for t, s in registry.items() if not isinstance(s, str)}
    for target in registry:
        if any(target != other and below(target, other) for other in exact):
            return None
    found = dict(exact)
    for target, folder in trees.items():
        for file in FILES:
            if not file.startswith(folder + "/"):
                continue
            path = target + file[len(folder):]
            if any(below(path, other) for other in exact):
                continue
            if path in found:
                return None
            found[path] = file
    for path in found:
        if any(path != other and below(path, other) for other in found):
            return None
    return found


def choose(rng):
    registry = {}
    for target in rng.sample(TARGETS, rng.randint(0, 5)):
        registry[target] = rng.choice([rng.choice(FILES), rng.choice(FOLDERS),
                                       {"tree": rng.choice(FOLDERS)}])
    return registry


class Walk:
    def __init__(self, home, seed):
        self.home, self.rng, self.foreign = home, random.Random(seed), {}
        home.source(*FILES)

    def folders(self):
        """Real folders below HOME, those of the profile and the state left out."""
        found = [""]
        for top, folders, _ in os.walk(self.home.path):
            folders[:] = [f for f in folders if f not in (".lumina", ".local")]
            found += [os.path.relpath(os.path.join(top, f), self.home.path) for f in folders
                      if not os.path.islink(os.path.join(top, f))]
        return found

    def disturb(self):
        """A person or program at work between two syncs."""
        for target in self.home.all_links():
            if self.rng.random() < 0.1:
                self.home.at(target).unlink()
        for path in [p for p in self.foreign if self.rng.random() < 0.6]:
            self.home.at(path).unlink()
            del self.foreign[path]
        if self.rng.random() < 0.4:
            folder = self.rng.choice(self.folders())
            name = self.rng.choice(["a", "sub", "foreign", "y", "deep", "e"])
            path = os.path.join("~", folder, name)
            if not os.path.lexists(self.home.at(path)):
                self.foreign[path] = f"foreign {self.rng.random()}"
                self.home.write(path, self.foreign[path])

    def in_the_way(self, links):
        """A foreign file at a wanted place, above one, or in a folder that is to be a link."""
        return any(below(link, path) or below(path, link) for path in self.foreign
                   for link in links)

    def check(self, links):
        self.home.assert_linked(links)
        for path, text in self.foreign.items():
            assert self.home.at(path).read_text() == text
        for folder in self.folders()[1:]:
            assert os.listdir(self.home.at(folder)), f"stray folder {folder}"
        for name in FILES:
            assert (self.home.profile / name).read_text() == name
        self.home.no_leftovers()

    def step(self):
        registry = choose(self.rng)
        links = meaning(registry)
        self.disturb()
        self.home.registry(json.dumps({"symlinks": registry}))
        before = self.home.snapshot()
        result = self.home.sync("-y", expect=None)
        if links is None:
            assert result.code == USAGE, (registry, result)
        elif self.in_the_way(links):
            assert result.code == REFUSED, (registry, self.foreign, result)
        else:
            assert result.code == OK, (registry, self.foreign, result)
            self.check(links)
            self.home.nothing_to_do()
            assert self.home.status() == {}
            return
        assert self.home.snapshot() == before, "refused, and yet something changed"
        self.home.no_leftovers()


@pytest.mark.parametrize("seed", range(12))
def test_any_registry_after_any_other_is_reached_in_one_sync(home, seed):
    walk = Walk(home, seed)
    for _ in range(40):
        walk.step()


def test_the_walks_meet_every_kind_of_step():
    """The model is worth something only if the walks get around."""
    rng, kinds = random.Random(1), {"wrong": 0, "empty": 0, "links": 0}
    for _ in range(500):
        links = meaning(choose(rng))
        kinds["wrong" if links is None else "links" if links else "empty"] += 1
    assert min(kinds.values()) > 20, kinds
