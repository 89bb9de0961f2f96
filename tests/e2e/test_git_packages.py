# SPDX-License-Identifier: MIT
"""git: {commit: true} where the real pacman installs and removes: what is recorded is committed."""

import pytest

from git_kit import body, identity, porcelain, subjects

pytest.importorskip("pacman_kit")


@pytest.fixture
def repo(machine):
    identity(machine)
    machine.registry("git: {commit: true}\npackages:\n  base: [git]\n")
    machine.commit("first")
    return machine


def test_install_remove_undo_and_ignore(repo):
    repo.run("install", "-y", "foo")
    assert subjects(repo)[0] == "lumina: install foo"
    assert body(repo) == ["lumina.yaml: add foo to packages.base"]
    repo.run("remove", "-y", "foo")
    assert subjects(repo)[0] == "lumina: remove foo"
    repo.run("undo")
    assert subjects(repo)[0] == "lumina: undo foo"
    repo.run("ignore", "foo")
    assert subjects(repo)[0] == "lumina: ignore foo"
    assert porcelain(repo) == {} and len(subjects(repo)) == 5


def test_what_is_installed_but_recorded_already_is_no_commit(repo):
    repo.registry("git: {commit: true}\npackages:\n  base: [foo]\n")
    repo.commit("declared")
    repo.run("install", "-y", "foo")
    assert subjects(repo)[0] == "declared"


def test_no_packages_only_names_them(repo):
    repo.registry("git: {commit: true}\npackages: [foo]\nsymlinks: {~/.one: one}\n")
    repo.source("one")
    result = repo.sync("--no-packages")
    assert repo.link("~/.one") and "foo" in result.err
    assert "foo" not in repo.kit.explicit()


def test_a_helper_that_fails_commits_nothing(repo):
    repo.run("install", "-y", "no-such-package", expect=None)
    assert subjects(repo) == ["first"] and porcelain(repo) == {}
