# SPDX-License-Identifier: MIT
"""The sessions of lumina-flow(7) and of the README's part on the flow, typed into real shells.

A block that begins with `# ~/FILE` is that file; one that begins with `$ ` is typed, and has to come
out as it stands there, from top to bottom in one shell. Other blocks show something else.
"""

import re

import pytest

from flow_kit import ESCAPES, Shell, each_shell, shell_home
from support import REPO

# What the page's sh is in fish.
FISH = [
    (r'eval "\$\(lumina hook zsh\)"', "lumina hook fish | source"),
    (r"\b(?:LUMINA_FLOW)=0$", "set -gx LUMINA_FLOW 0"),
    (r"\bunset (\w+)", r"set -e \1"),
    (r"(?:\$\w+)+", r'"\g<0>"'),
]
OUTSIDE_OF_HOME = "/home/u"
ASKS = re.compile(r"\[y/N\] (\w*)$", re.M)
COMMENT = re.compile(r" {3,}# .*$")  # zsh takes none where people type


def blocks(path, begin=None, end=None):
    """The text of each block, and the line that it begins at."""
    text = (REPO / path).read_text(encoding="utf-8")
    start = text.index(begin) if begin else 0
    stop = text.index(end, start) if end else len(text)
    for match in re.finditer(r"^```[a-z]*\n(.*?)^```$", text[start:stop], re.M | re.S):
        block = match[1]
        if path.endswith(".scd"):
            block = re.sub(r"\\(.)", r"\1", block)
        yield text.count("\n", 0, start + match.start(1)) + 1, block


def translate(command, shell):
    command = COMMENT.sub("", command)
    if shell != "fish":
        return command.replace("hook zsh", f"hook {shell}")
    for pattern, text in FISH:
        command = re.sub(pattern, text, command)
    return command


def typed(sh, command, answers):
    """What the terminal shows for a command that asks, and for what is answered."""
    if not answers:
        return sh.run(command)
    sh.type(command)
    for answer in answers:
        sh.tty.expect_exact(b"[y/N] ")
        sh.tty.send(answer.encode() + b"\r")
        asked = sh.tty.before + b"[y/N] "
    shown = (ESCAPES.sub("", asked.decode()) + sh.prompt()).replace("\r", "")
    return shown.split("\n", 1)[1]


def play(sh, home, path, found):
    """Runs a page's blocks; how many commands were typed."""
    count = 0
    for line, block in found:
        first = block.split("\n", 1)[0]
        file = re.fullmatch(r"# ~/(\S+)", first)
        if file:
            home.write(file[1], block)
        if not block.startswith("$ "):
            continue
        for step in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, wanted = step.partition("\n")
            got = typed(sh, translate(command, sh.shell), ASKS.findall(wanted))
            got = got.replace(str(home.path), OUTSIDE_OF_HOME)
            # A blank line may part two commands.
            assert got == wanted or got + "\n" == wanted, \
                f"{path}, session at line {line}: {command}\n--- wanted\n{wanted}--- got\n{got}"
            count += 1
    return count


@pytest.fixture
def typist(home):
    """A home of somebody who has Lumina, and neither a hook nor a mission yet."""
    shell_home(home, hook=False)
    home.env.update(NO_COLOR="1", GIT_CONFIG_GLOBAL="/dev/null", GIT_TEMPLATE_DIR="")
    return home


@each_shell
def test_lumina_flow_7(typist, shell):
    page = "doc/lumina-flow.7.scd"
    with Shell(typist, shell) as sh:
        assert play(sh, typist, page, blocks(page)) > 30


@each_shell
def test_the_readmes_part_on_the_flow(typist, shell):
    for name in ("work/shop/package.json", "work/engine/Cargo.toml", "work/shop/src/index.js"):
        typist.write(name)
    typist.at("work/shop/.git").mkdir()
    found = list(blocks("README.md", "### A shell that follows the project", "\n### "))
    with Shell(typist, shell) as sh:
        assert play(sh, typist, "README.md", found) > 8
