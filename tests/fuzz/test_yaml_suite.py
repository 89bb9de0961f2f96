# SPDX-License-Identifier: MIT
"""
Differential test of src/text/node.c against the yaml-test-suite: what it calls invalid
is refused; what we accept has the very tree of its events; what we refuse although it
is valid is refused for a reason that its events show.

LUMINA_YAML_DUMP is the dumper (yaml_dump.c). Run alone, it skips with 77 for Meson.
"""

import json
import os
import re
import subprocess
import sys

try:
    import pytest
    import yaml  # noqa: F401 (for yaml_suite)
except ImportError as error:
    if __name__ != "__main__":
        raise
    print(f"skipped: {error}")
    sys.exit(77)

import yaml_suite

DUMP = os.environ.get("LUMINA_YAML_DUMP")
HAVE_SUITE = yaml_suite.folder() is not None

# Invalid, but libfyaml takes it: none in 0.7.12.
TAKEN = {
    "9C9N": "lines of a flow list in the first column: every other parser takes them",
    "QB6E": "the same within a quoted text",
    "VJP3": "the same in a flow map",
    "Y79Y-03": "a tab before a flow list",
}

# Valid, but libfyaml 0.7.12 refuses it.
LIMITS = {
    "ZYU8-02": "a word behind the version of %YAML; the suite itself says to skip this file",
    "ZYU8-03": "%YAML 1.12345; the same",
}

# A reason to refuse valid YAML, and how the message begins.
MESSAGES = {
    "tag": "tags are not supported",
    "documents": "a file is one YAML document",
    "key": "a key must be text",
    "duplicate": "duplicate key",
    "merge": "merge keys",
}


def unescape(text):
    names = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "\\": "\\"}
    return re.sub(r"\\(.)", lambda m: names.get(m[1], m[0]), text)


class Events:
    """The suite's events as a tree: str, list, or ("map", [key, value, …])."""

    def __init__(self, text):
        self.lines = [line.lstrip(" ") for line in text.splitlines()]
        self.at = 0
        self.anchors = {}
        self.reasons = set()
        self.roots = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line[:4] in ("+STR", "-STR", "+DOC", "-DOC", ""):
                self.at += 1
            else:
                self.roots.append(self.node())
        if sum(line.startswith("+DOC") for line in self.lines) > 1:
            self.reasons.add("documents")

    def node(self):
        line = self.lines[self.at]
        self.at += 1
        if line.startswith("=ALI"):
            return self.anchors.get(line[6:])
        match = re.match(r"(=VAL|\+SEQ|\+MAP)((?: (?:\[\]|\{\}|&\S+|<[^>]*>))*)(?: (.*))?$",
                         line, re.DOTALL)
        assert match, line
        kind, properties, value = match.groups()
        if any(word.startswith("<") for word in properties.split()):
            self.reasons.add("tag")
        if kind == "=VAL":
            node = unescape(value[1:])
        else:
            items = []
            while self.lines[self.at] != "-" + kind[1:]:
                items.append(self.node())
            self.at += 1
            node = items
            if kind == "+MAP":
                self.check_keys(items[::2])
                node = ("map", items)
        anchor = re.search(r"&(\S+)", properties)
        if anchor:
            self.anchors[anchor[1]] = node
        return node

    def check_keys(self, keys):
        if any(not isinstance(key, str) for key in keys):
            self.reasons.add("key")
        texts = [key for key in keys if isinstance(key, str)]
        if len(texts) > len(set(texts)):
            self.reasons.add("duplicate")
        if "<<" in texts:
            self.reasons.add("merge")


def ours(value):
    """The dumper's JSON in the same form."""
    if isinstance(value, dict):
        return ("map", [ours(item) for item in value["map"]])
    if len(value) == 2 and isinstance(value[0], str):
        return value[0]
    return [ours(item) for item in value[0]]


def dump(text):
    result = subprocess.run([DUMP], input=text, capture_output=True, timeout=20, check=False)
    assert result.returncode in (0, 1), result.stderr
    if result.returncode == 1:
        return None, result.stderr.decode("utf-8", "replace")
    return json.loads(result.stdout), ""


@pytest.mark.skipif(not HAVE_SUITE, reason="no yaml-test-suite (LUMINA_SHARED)")
@pytest.mark.skipif(not DUMP, reason="LUMINA_YAML_DUMP is not set")
@pytest.mark.parametrize(
    "name,text,invalid,tree",
    [pytest.param(*case, id=case[0]) for case in (yaml_suite.cases() if HAVE_SUITE else [])],
)
def test_case(name, text, invalid, tree):
    value, problems = dump(text)
    if invalid:
        if name in TAKEN:
            assert value is not None, "refused by now: take it off TAKEN"
        else:
            assert problems, f"taken as {value}"
        return
    events = Events(tree)
    if name in LIMITS:
        assert "not valid YAML" in problems, "taken by now: take it off LIMITS"
        return
    if events.reasons:
        assert problems, f"taken in spite of {events.reasons}: {value}"
        assert any(MESSAGES[reason] in problems for reason in events.reasons), problems
        return
    assert not problems, problems
    if not events.roots:
        assert value is None
    else:
        assert ours(value) == events.roots[0]


if __name__ == "__main__":
    if not HAVE_SUITE:
        print("skipped: no yaml-test-suite (LUMINA_SHARED)")
        sys.exit(77)
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", __file__]))
