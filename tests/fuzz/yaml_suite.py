# SPDX-License-Identifier: MIT
"""Reads the cases of yaml/yaml-test-suite (folder src/), for the test and the seed corpus."""

import os
import re
import sys
from pathlib import Path


def folder():
    """The suite's src/ folder, or None where it isn't present."""
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    shared = Path(os.environ.get("LUMINA_SHARED") or beside)
    src = shared / "data" / "yaml-test-suite" / "src"
    return src if src.is_dir() else None


def _visible(text):
    """Undoes the suite's signs for what is hard to see."""
    text = text.replace("␣", " ")
    text = re.sub("—*»", "\t", text)
    text = text.replace("⇔", "\ufeff").replace("←", "\r").replace("↵", "")
    return re.sub("∎\n$", "", text)


def cases():
    """(id, yaml bytes, is it invalid, events) of every case; a missing tree is the last one's."""
    import yaml

    for path in sorted(folder().glob("*.yaml")):
        tree = None
        for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            tree = case.get("tree", tree)
            name = path.stem if number == 0 else f"{path.stem}-{number:02}"
            text = _visible(case["yaml"]).encode("utf-8", "surrogatepass")
            yield name, text, bool(case.get("fail")), _visible(tree or "")


def write_corpus(target):
    """One file a case: seeds for the fuzzer."""
    target.mkdir(parents=True, exist_ok=True)
    count = 0
    for name, text, _, _ in cases():
        (target / name).write_bytes(text)
        count += 1
    return count


if __name__ == "__main__":
    if folder() is None:
        print("skipped: no yaml-test-suite (LUMINA_SHARED)", file=sys.stderr)
        sys.exit(77)
    print(write_corpus(Path(sys.argv[1])), "seeds")
