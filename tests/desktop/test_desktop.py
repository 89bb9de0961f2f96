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
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/rig"))

import rig  # noqa: E402  pylint: disable=wrong-import-position

LUMINA = Path(os.environ.get("LUMINA", ROOT / "build/lumina"))


def scripts():
    """(machine, script), as the scripts' own texts say."""
    for folder, machines in (("hypr", [name for name in rig.MACHINES if name != "sway"]),
                             ("waybar", ["sway"])):
        for script in sorted((ROOT / "tests/rig" / folder).glob("*.py")):
            text = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
            only = re.search(r"^machines: (.*)$", text, re.MULTILINE)
            for machine in only[1].split() if only else machines:
                yield pytest.param(machine, script, id=f"{machine}-{folder}/{script.stem}",
                                   marks=pytest.mark.xdist_group(machine))


@pytest.fixture(scope="module")
def sessions():
    """By machine: scripts share one, until one of them fails."""
    running = {}
    yield running
    for session in running.values():
        end(session)


def begin(machine):
    share = Path(tempfile.mkdtemp(prefix="lumina-rig-"))
    share.chmod(0o755)
    return rig.Session(machine, LUMINA, share)


def end(session):
    session.close()
    shutil.rmtree(session.share)


@pytest.mark.parametrize("machine, script", scripts())
def test_session(machine, script, sessions):
    if reason := rig.missing(machine):
        pytest.skip(f"{machine}: {reason}")
    session = sessions.get(machine) or begin(machine)
    sessions[machine] = session
    code = None
    try:
        code, out = session.run(script, {"RIG_AGAIN": "1"}, 600)
        print(out)
        if "\nonce more: " in out:
            warnings.warn(f"{machine}, {script.stem}:\n{out}")  # shown though the test passes
        assert code == 0, f"{script.name} on {machine} exited with {code}"
    finally:
        keep_shots(session, f"{machine}-{script.stem}")
        if code != 0:
            for log in ("session.log", "hyprland.out"):
                if (session.inner / log).exists():
                    print(f"--- {log}:\n{(session.inner / log).read_text(errors='replace')[-1500:]}")
            end(sessions.pop(machine))


def keep_shots(session, name):
    shots, kept = session.share / "shots", os.environ.get("RIG_SHOTS")
    if kept and shots.is_dir():
        shutil.copytree(shots, Path(kept, name), dirs_exist_ok=True)
    shutil.rmtree(shots, ignore_errors=True)


def test_missions_are_those_of_the_page():
    page = (ROOT / "doc/lumina-flow.7.scd").read_text(encoding="utf-8")
    tree = ast.parse((ROOT / "tests/rig/hypr/missions.py").read_text(encoding="utf-8"))
    texts = {node.targets[0].id: node.value.value for node in tree.body
             if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)}
    assert texts["REGISTRY"] in page
    assert f"missions:\n{texts['WEB']}" in page
