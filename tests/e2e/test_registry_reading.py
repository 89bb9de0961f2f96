# SPDX-License-Identifier: MIT
"""What a registry says is what another YAML reader says; places stay right in long files."""

import json
import random

import pytest
import yaml

from support import OK, USAGE, _Loader, positions


def links(home, text):
    """{target: source} as Lumina reads it."""
    home.registry(text)
    changes = home.sync("-n", "--json").json["changes"]
    return {c["target"]: c["source"] for c in changes if c["action"] == "link"}


def other(text):
    """The same by PyYAML."""
    return yaml.load(text, _Loader)["symlinks"]


@pytest.fixture
def home(home):
    home.source(*[f"s{i}" for i in range(40)], "with space", "-dash", "a:b", "it's", "#x", "null",
                "~x", "{y}", "ü")
    return home


# --- any way to write it --------------------------------------------------------------------

SOURCES = ["s1", "s2", "'s3'", '"s4"', "s5   ", "s6 # comment", "with space", "'it''s'", '"\\x73\\x37"',
           "\n      s8", "'-dash'", "a:b", ">-\n      s9", "|-\n      s10", "&anchor s11", "ü",
           '"s\\\n      12"', "'#x'", "'null'", "'{y}'"]
BETWEEN = ["", "  ", "# comment", "  # comment: s1", "      # ~/.x: s1"]


def written(rng):
    """A registry of plain runs with every other way to write a pair strewn in."""
    lines, count = ["# head", "symlinks:"], rng.randint(1, 40)
    for i in range(count):
        key = f"~/.t/{i}"
        if rng.random() < 0.15:
            key = rng.choice([f"'{key}'", f'"{key}"', f"? {key}\n  ", f"$HOME/.t/{i}", f"~/.t//{i}"])
        source = rng.choice(SOURCES) if rng.random() < 0.12 else f"s{rng.randint(0, 39)}"
        space = rng.choice(["", "", "", "   "]) if not key.startswith("?") else ""
        lines.append(f"  {key}{space}: {source}")
        if rng.random() < 0.15:
            lines.append(rng.choice(BETWEEN))
    if rng.random() < 0.3:
        lines += ["packages: [git]", "ignore:", "  - x"]
    end = rng.choice(["\n", "\n", "\r\n"])
    text = end.join("\n".join(lines).split("\n")) + rng.choice(["", end])
    return rng.choice(["", "", "\ufeff"]) + text


@pytest.mark.parametrize("seed", range(5))
def test_any_way_to_write_a_registry_is_read_as_another_reader_reads_it(home, seed):
    # RG-024
    rng, refused = random.Random(seed), 0
    for _ in range(60):
        text = written(rng)
        try:  # a comment behind a folded text may be one text too many for any reader
            expected = {key.replace("$HOME", "~").replace("//", "/"): value
                        for key, value in other(text.lstrip("\ufeff")).items()}
        except yaml.YAMLError:
            refused += 1
            continue
        expected = {key: value.rstrip("\n") for key, value in expected.items()}
        home.source(*expected.values())
        home.registry(text.encode())
        result = home.sync("-n", "--json", expect=None)
        assert result.code == OK, f"{text}\n{result!r}"
        found = {c["target"]: c["source"] for c in result.json["changes"] if c["action"] == "link"}
        assert found == expected, text
    assert refused < 20


@pytest.mark.parametrize("before", [3, 30])
@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85"], ids=["LS", "PS", "NEL"])
def test_a_comment_ends_at_the_line_end_only(home, mark, before):
    """These end a line in YAML 1.1, but not in 1.2."""
    lines = long(f"  # comment{mark}  ~/.no: s1", before=before)
    assert set(links(home, "\n".join(lines) + "\n")) == {
        line.split(":")[0].strip() for line in lines[1:] if "#" not in line}


@pytest.mark.parametrize("before", [3, 30])
def test_a_lone_carriage_return_ends_a_line(home, before):
    lines = long("  # comment\r  ~/.yes: s1", before=before)
    found = links(home, ("\n".join(lines) + "\n").encode())
    assert found["~/.yes"] == "s1" and len(found) == before + 31


# --- places in long files -------------------------------------------------------------------

def run(start, count, indent="  "):
    return [f"{indent}~/.r/{i}: s{i % 40}" for i in range(start, start + count)]


def long(*middle, head=("symlinks:",), before=30, after=30):
    return [*head, *run(0, before), *middle, *run(1000, after)]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize("line,column", [
    ("  ~/.x: /abs", 9), ("  /abs: s1", 3), ("  ~/.x:   ../out   # c", 11), ("  ~/.x: [s1]", 9),
    ("  ~/.x: {tree: }", None), ("  ~/.x: *no", None), ("  ~/.x: !t s1", None),
    ("  ~/.r/7: s1", 3), ("  '~/.r/7': s1", 3), ("  ~/.r//7: s1", 3), ("  ~/.r/7/below: s1", 3),
    ("  ~/.r/1007: s1", 0), ("  ~/.ü€: /abs", 10)])
def test_an_error_between_long_runs_is_reported_at_its_place(home, line, column, mark, end):
    lines = long(line)
    home.registry((mark + end.join(lines) + end).encode())
    result = home.sync(expect=USAGE)
    number = lines.index(line) + 1
    if column == 0:  # the twin further down is the one that is too much
        number, column = lines.index("  ~/.r/1007: s7") + 1, 3
    places = positions(result.err)
    assert len(set(places)) == 1 and places[0].startswith(f"lumina.yaml:{number}:"), repr(result)
    if column is not None:
        assert places[0] == f"lumina.yaml:{number}:{column}"


@pytest.mark.parametrize("before,after", [(1, 30), (7, 7), (8, 8), (9, 9), (30, 1), (300, 300)])
def test_errors_before_in_and_behind_runs_are_all_reported(home, before, after):
    lines = ["wrong: 1", *long("  ~/.a: /a", "  ~/.b: /b", before=before, after=after),
             "  ~/.c: /c", "hosts:", "  box:", "    symlinks:", *run(0, 20, "      "),
             "      ~/.d: /d", "alsowrong: 1"]
    home.registry("\n".join(lines) + "\n")
    want = [(lines.index(text) + 1, column) for text, column in
            (("wrong: 1", 1), ("  ~/.a: /a", 9), ("  ~/.b: /b", 9), ("  ~/.c: /c", 9),
             ("      ~/.d: /d", 13), ("alsowrong: 1", 1))]
    assert positions(home.sync(expect=USAGE).err) == [f"lumina.yaml:{l}:{c}" for l, c in want]


def test_why_names_the_line_of_each_link_of_a_long_registry(home):
    lines = long("  # a comment", "", "  ~/.q: 's1'", "  ~/.m:", "    s2")
    home.registry("\n".join(lines) + "\n")
    targets = [line.split(":")[0].strip() for line in lines[1:] if ": " in line or line.endswith(":")]
    reasons = home.run("why", "--json", *targets).json["reasons"]
    assert len(reasons) == len(targets) == 62
    for reason in reasons:
        line = int(reason["declared"].split(":")[1])
        assert lines[line - 1].strip().startswith(reason["name"] + ":"), reason
        assert reason["declared"].endswith(":3")


# --- what only looks like pairs -------------------------------------------------------------

PAIRS = "\n".join(f"    ~/.no/{i}: s{i}" for i in range(20))


@pytest.mark.parametrize("text", [
    f"missions: {{}}\nthemes:\n  wallpaper: |\n    a\n{PAIRS}\nsymlinks:\n  ~/.yes: s1\n",
    f"themes:\n  wallpaper: >-\n    a\n{PAIRS}\nsymlinks:\n  ~/.yes: s1\n",
    f"themes:\n  wallpaper: '\n{PAIRS}\n    '\nsymlinks:\n  ~/.yes: s1\n",
    f"themes:\n  wallpaper: \"\n{PAIRS}\n    \"\nsymlinks:\n  ~/.yes: s1\n",
], ids=["literal", "folded", "single quotes", "double quotes"])
def test_pairs_inside_a_longer_text_are_text(home, text):
    assert links(home, text) == {"~/.yes": "s1"}


@pytest.mark.parametrize("text", [
    f"symlinks: text\n{PAIRS}\n", f"symlinks: {{\n{PAIRS}\n  }}\n", f"symlinks: [\n{PAIRS}\n  ]\n",
    f"symlinks:\n{PAIRS}\n   ~/.x: s1\n", f"symlinks:\n{PAIRS}\n     ~/.x: s1\n",
    f"symlinks:\n{PAIRS}\n\t~/.x: s1\n", f"symlinks:\n  - a\n{PAIRS}\n",
    f"symlinks: &a\n{PAIRS}\npackages: *a\n", f"version: 1\n{PAIRS}\n"])
def test_runs_in_wrong_places_are_errors(home, text):
    home.registry(text)
    assert positions(home.sync(expect=USAGE).err)


def test_a_value_continued_on_the_next_line_is_one_value_wherever_it_stands(home):
    home.source("two words", "three word s")
    lines = long("  ~/.x: two", "    words", "  ~/.y: three", "", "    word", "    # no", )
    text = "\n".join(lines).replace("    # no", "    s") + "\n"
    text = text.replace("three\n\n    word\n    s", "three\n    word\n    s")
    want = {k: v for k, v in other(text).items()}
    assert links(home, text) == want and want["~/.x"] == "two words"


def test_a_document_end_inside_a_run_ends_the_document(home):
    lines = long("...")
    home.registry("\n".join(lines) + "\n")
    assert positions(home.sync(expect=USAGE).err)
    home.registry("\n".join(lines[:31]) + "\n...\n")
    home.sync("-n")


def test_an_alias_of_a_long_block_counts_and_says_the_same(home):
    block = "\n".join(run(0, 20, "      "))
    text = (f"hosts:\n  one:\n    symlinks: &same\n{block}\n  two:\n    symlinks: *same\n")
    home.registry(text)
    found = {}
    for host in ("one", "two"):
        changes = home.sync("-n", "--json", env={"LUMINA_HOST": host}).json["changes"]
        found[host] = {c["target"]: c["source"] for c in changes if c["action"] == "link"}
    assert found["one"] == found["two"] == {f"~/.r/{i}": f"s{i}" for i in range(20)}


def test_numbers_dates_and_words_of_a_run_stay_text(home):
    names = ["on", "yes", "null", "1e3", "0x1f", "2024-01-01", "~", ".5", "true", "$a", "/", "a=b"]
    text = "missions:\n  m:\n    env:\n" + "".join(f"      V{i}: {name}\n"
                                                    for i, name in enumerate(names))
    home.registry(text)
    home.sync("-n")
    home.registry(text.replace("V3: 1e3", "V2: 1e3"))
    assert positions(home.sync(expect=USAGE).err) == ["lumina.yaml:7:7"]
    assert json.loads(home.run("status", "--json", expect=None).out or "{}") == {}
