# SPDX-License-Identifier: MIT
"""The real Hyprland and Waybar: each script of tests/rig/hypr and tests/rig/waybar in each session that
it is for. The rig must have been built (tests/rig/build); what is missing of it is skipped.

The binary is $LUMINA, else build/lumina of this checkout. Screenshots that scripts take are kept in
$RIG_SHOTS, if set. A script alone: tests/rig/run."""

import ast
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/rig"))

import rig  # noqa: E402  pylint: disable=wrong-import-position

LUMINA = Path(os.environ.get("LUMINA", ROOT / "build/lumina"))


def sessions():
    """(machine, script), as the scripts' own texts say."""
    for folder, machines in (("hypr", [name for name in rig.MACHINES if name != "sway"]),
                             ("waybar", ["sway"])):
        for script in sorted((ROOT / "tests/rig" / folder).glob("*.py")):
            text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
            only = re.search(r"^machines: (.*)$", text, re.MULTILINE)
            for machine in only[1].split() if only else machines:
                yield pytest.param(machine, script, id=f"{machine}-{folder}/{script.stem}")


@pytest.fixture
def share():
    """The session's /rig, with a way to it for everyone: the session's person is nobody here."""
    folder = Path(tempfile.mkdtemp(prefix="lumina-rig-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("machine, script", sessions())
def test_session(machine, script, share):
    if reason := rig.missing(machine):
        pytest.skip(f"{machine}: {reason}")
    code, out = rig.run(machine, script, LUMINA, share)
    shots = os.environ.get("RIG_SHOTS")
    if shots and (share / "shots").is_dir():
        shutil.copytree(share / "shots", Path(shots, f"{machine}-{script.stem}"), dirs_exist_ok=True)
    print(out)
    if code != 0:
        inner = share / ".rig"
        for log in ("session.log", "hyprland.out", "console"):
            if (inner / log).exists():
                print(f"--- {log}:\n{(inner / log).read_text(errors='replace')[-1500:]}")
    assert code == 0, f"{script.name} on {machine} exited with {code}"
