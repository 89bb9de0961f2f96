# SPDX-License-Identifier: MIT
"""A pacman for tests that are not about packages: the machine's own is never reached.

Its database has what those tests and the example profile declare, as dependencies of something:
so nothing is missing, and nothing is there that a registry lacks. The programs fail: none may run.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import yaml

EXAMPLE = Path(__file__).resolve().parents[1] / "examples/profile"
INSTALLED = {"git", "neovim", "a", "flatpak/org.mozilla.firefox"}
REFUSED = 99


def _names(node):
    """Every package below a registry's `packages`, with its prefix."""
    if isinstance(node, dict):
        return {n for value in node.values() for n in _names(value)}
    return {n for value in node for n in _names(value)} if isinstance(node, list) else {node}


def _declared():
    found = set()
    for path in [EXAMPLE / "lumina.yaml", *EXAMPLE.glob("registry/*.yaml")]:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for part in (data, *(data.get("hosts") or {}).values()):
            found |= _names(part.get("packages") or [])
    return found


def _desc(name):
    rows = {"NAME": name, "VERSION": "1-1", "BASE": name, "DESC": name, "ARCH": "any",
            "BUILDDATE": 1500000000, "INSTALLDATE": 1500000000, "REASON": 1,
            "VALIDATION": "sha256"}
    return "".join(f"%{key}%\n{value}\n\n" for key, value in rows.items())


def _make():
    folder = os.path.realpath(tempfile.mkdtemp(prefix="lumina-isolated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    local = f"{folder}/root/var/lib/pacman/local"
    os.makedirs(local)
    os.makedirs(f"{folder}/root/var/cache")
    os.makedirs(f"{folder}/bin")
    files = {f"{local}/ALPM_DB_VERSION": "9\n", f"{folder}/log": ""}
    declared = INSTALLED | _declared()
    for name in (n.partition("/")[2] for n in declared if n.startswith("flatpak/")):
        os.makedirs(f"{folder}/flatpak/app/{name}/x86_64/stable/1/files")
        os.symlink("x86_64/stable", f"{folder}/flatpak/app/{name}/current")
    for name in (n.rpartition("/")[2] for n in declared if not n.startswith("flatpak/")):
        os.mkdir(f"{local}/{name}-1-1")
        files[f"{local}/{name}-1-1/desc"] = _desc(name)
        files[f"{local}/{name}-1-1/files"] = ""
    for name in ("pacman", "paru", "yay", "flatpak"):
        files[f"{folder}/bin/{name}"] = (
            f"#!/bin/sh\necho \"{name} $* : no test here may run it\" >&2\nexit {REFUSED}\n")
    for path, text in files.items():
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
    for top, folders, names in os.walk(folder):
        for name in [top, *(os.path.join(top, n) for n in folders + names)]:
            os.chmod(name, 0o755 if os.path.isdir(name) or "/bin/" in name else 0o644)
    return folder


FOLDER = _make()
PACMAN = f"{FOLDER}/bin/pacman"
ENVIRONMENT = {
    "LUMINA_PACMAN": f"{PACMAN} --config /dev/null --root {FOLDER}/root "
                     f"--dbpath {FOLDER}/root/var/lib/pacman --logfile {FOLDER}/log "
                     f"--cachedir {FOLDER}/root/var/cache",
    "FLATPAK_SYSTEM_DIR": f"{FOLDER}/flatpak",
    "LUMINA_AUR_URL": f"file://{FOLDER}/no-aur",
    "LUMINA_QUEUE": f"{FOLDER}/queue",
}
