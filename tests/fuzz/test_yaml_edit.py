# SPDX-License-Identifier: MIT
"""
Edits around every valid document of the yaml-test-suite: it stands in a registry as the
value of a key, before and behind `packages`, and not a byte of it may change.

LUMINA_YAML_EDIT is the driver (yaml_edit.c). Run alone, it skips with 77 for Meson.
"""

import os
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

EDIT = os.environ.get("LUMINA_YAML_EDIT")
HAVE_SUITE = yaml_suite.folder() is not None

# What the suite's cases leave to edit once they are wrapped: most.
ACCEPTED_MIN = 2500

# `packages` as it stands, with another item, and with none of its first.
FORMS = {
    "block": (b"packages:\n  - a\n  - b\n", b"packages:\n  - a\n  - b\n  - foo\n",
              b"packages:\n  - b\n"),
    "same column": (b"packages:\n- a # c\n", b"packages:\n- a # c\n- foo\n", b"packages:\n"),
    "flow": (b"packages: [a, b]\n", b"packages: [a, b, foo]\n", b"packages: [b]\n"),
}


def cases():
    return [(name, text) for name, text, invalid, _ in yaml_suite.cases() if not invalid]


def wrap(text):
    """The document without its markers, two columns further in, as the value of a key."""
    lines = [line for line in text.split(b"\n")
             if line not in (b"---", b"...") and not line.startswith(b"%")]
    body = b"\n".join(b"  " + line if line else line for line in lines)
    return b"x-value:\n" + body + (b"" if text.endswith(b"\n") else b"\n")


def run(records):
    """[(verb, item, text)] → [(result, bytes)]"""
    data = b"".join(b"%s %s %d\n%s" % (verb, item, len(text), text)
                    for verb, item, text in records)
    result = subprocess.run([EDIT], input=data, capture_output=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    out, results = result.stdout, []
    while out:
        head, out = out.split(b"\n", 1)
        word, size = head.split()
        results.append((word.decode(), out[: int(size)]))
        out = out[int(size):]
    assert len(results) == len(records)
    return results


def edits(text):
    """(verb, item, before, after) for each place and form."""
    value = wrap(text)
    for before, added, removed in FORMS.values():
        for head, tail in ((b"", value), (value, b"")):
            yield b"add", b"foo", head + before + tail, head + added + tail
            yield b"remove", b"a", head + before + tail, head + removed + tail


def check(text):
    """How many edits were done: those that weren't, were refused with a reason."""
    todo = list(edits(text))
    done = 0
    results = run([row[:3] for row in todo] + [(b"add", b"foo", text)])
    word, bytes_ = results.pop()  # the document itself, which may take it or not
    assert word in ("done", "refused"), text
    for (verb, _, before, after), (word, bytes_) in zip(todo, results):
        if word == "refused":
            assert bytes_.startswith(b"lumina.yaml:"), bytes_
            continue
        assert word == "done", before
        assert bytes_ == after, f"{verb}: {before!r}"
        done += 1
    return done


NEEDED = [
    pytest.mark.skipif(not HAVE_SUITE, reason="no yaml-test-suite (LUMINA_SHARED)"),
    pytest.mark.skipif(not EDIT, reason="LUMINA_YAML_EDIT is not set"),
]
pytestmark = NEEDED


@pytest.mark.parametrize(
    "name,text", [pytest.param(*case, id=case[0]) for case in (cases() if HAVE_SUITE else [])]
)
def test_case(name, text):
    check(text)


def test_most_are_edited():
    assert sum(check(text) for _, text in cases()) >= ACCEPTED_MIN


if __name__ == "__main__":
    if not HAVE_SUITE:
        print("skipped: no yaml-test-suite (LUMINA_SHARED)")
        sys.exit(77)
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", __file__]))
