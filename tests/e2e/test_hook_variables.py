# SPDX-License-Identifier: MIT
"""Variables as the shells know them: leaving a project gives back exactly what was declared."""

import pytest

from flow_kit import Shell, needs, project, shell_home

BASH = [
    "unset V", "V=mine", "V=", "export V=mine", "export V=", "export V", "declare V", "declare -i V",
    "declare -ix V", "declare -i V=3", "declare -ix V=3", "declare -u V", "declare -u V=x",
    "declare -l V", "declare -lx V=x", "declare -a V", "declare -a V=()", "declare -a V=(a b)",
    "declare -A V", "declare -A V=([a]=b)", "declare -n V", "declare -n V=W", "declare -n V=W; W=1",
    "declare -r V", "declare -r V=1", "declare -t V", "declare -t V=x", "declare -tx V=x",
]
ZSH = [
    "unset V", "V=mine", "V=", "export V=mine", "export V=", "typeset V", "integer V",
    "integer -x V", "integer V=3", "float V=3", "typeset -u V=x", "typeset -l V", "typeset -a V",
    "V=(a b)", "typeset -A V", "typeset -A V=(a b)", "typeset -r V=1", "typeset -L 3 V=abcd",
    "typeset -T V v; v=(a b)", "typeset -xT V v; v=(a b)", "setopt typeset_to_unset; integer V",
]
FISH = [
    "set -eg V", "set -g V mine", "set -g V", "set -g V a b", "set -gx V mine", "set -gx V",
    "set -gx V a b", "set -g --path V a b", "set -gx --path V a b", "set -gx --path V", "set -U V u",
    "set -Ux V u", "set -Ux V a b", "set -Ux V", "set -Ux --path V a b", "set -U V u; set -gx V g",
    "set -Ux V u; set -g V g h", "set -Ux V u; set -gx V g",
]
SHOW = {"bash": "declare -p V 2>&1", "zsh": "typeset -p V v 2>&1; echo ${(t)V}",
        "fish": "set --show V"}
CASES = [pytest.param(shell, line, marks=needs(shell), id=f"{shell}-{line}")
         for shell, lines in (("bash", BASH), ("zsh", ZSH), ("fish", FISH)) for line in lines]


@pytest.mark.parametrize("shell,line", CASES)
def test_it_comes_back_as_it_was(home, shell, line):
    """An integer's value would be evaluated: nothing of that is run either."""
    project(home, "web", "missions: {web: {when: [package.json], env: "
            "{V: 'a[$(touch /tmp/x >PWNED)]', W: w}}, py: {when: [x.py], env: {V: two}}}\n",
            package="{}", **{"sub/x.py": ""})
    shell_home(home)
    with Shell(home, shell) as sh:
        sh.run(line)
        before, env = sh.run(SHOW[shell]), sh.get("V")
        for _ in range(2):
            sh.quiet_cd(home.at("web"))
            assert sh.get("W") == b"w"
            sh.quiet_cd(home.at("web/sub"))
            sh.quiet_cd(home.at("web"))
            sh.quiet_cd(home.path)
            assert sh.run(SHOW[shell]) == before and sh.get("V") == env
    assert not list(home.path.rglob("PWNED"))


@needs("fish")
def test_fish_a_path_that_a_project_sets(home):
    project(home, "web", "missions: {web: {when: [package.json], path: [bin], env: {V: '1'}}}\n",
            package="{}")
    shell_home(home)
    with Shell(home, "fish") as sh:
        before = sh.run("set --show PATH")
        sh.quiet_cd(home.at("web"))
        assert sh.run("echo $PATH[1]").strip() == f"{home.path}/web/bin"
        sh.quiet_cd("/")
        assert sh.run("set --show PATH") == before
