# SPDX-License-Identifier: MIT
"""An AUR of the test's own on loopback, for the real paru.

One HTTP server answers /rpc as aurweb's version 5 does (info, search and multiinfo, by GET and
POST) and serves each package's Git repository as plain files, which git clones by its dumb
protocol: paru takes both from its AurUrl.
"""

import json
import os
import shutil
import subprocess
import threading
import urllib.parse
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from support import REPO, dedent

WHEN = 1_700_000_000


class Aur:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.packages, self.requests = {}, []
        aur = self

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *args):
                super().__init__(*args, directory=str(aur.folder))

            def log_message(self, *args):
                aur.requests.append(args[1] if len(args) > 1 else "")

            def do_GET(self):
                address = urllib.parse.urlsplit(self.path)
                if address.path.rstrip("/").startswith("/rpc"):
                    return self.answer(urllib.parse.parse_qs(address.query))
                return super().do_GET()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                self.answer(urllib.parse.parse_qs(body))

            def answer(self, query):
                data = json.dumps(aur.answer(query)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, query):
        kind = query.get("type", ["info"])[0]
        names = query.get("arg[]", []) + query.get("arg", [])
        if kind == "search":
            found = [p for n, p in self.packages.items() if any(word in n for word in names)]
        else:
            found = [self.packages[n] for n in names if n in self.packages]
        return {"version": 5, "type": "search" if kind == "search" else "multiinfo",
                "resultcount": len(found), "results": found}

    def add(self, name, version="1", depends=(), makedepends=(), build="true", body=None,
            provides=()):
        """A package whose package() installs one file."""
        def words(values):
            return " ".join(f"'{v}'" for v in values)
        work = self.folder / f".work-{name}"
        work.mkdir(exist_ok=True)
        (work / "PKGBUILD").write_text(body or dedent(f"""
            pkgname={name}
            pkgver={version}
            pkgrel=1
            pkgdesc='{name} for tests'
            arch=(any)
            license=(MIT)
            depends=({words(depends)})
            makedepends=({words(makedepends)})
            provides=({words(provides)})
            build() {{
              {build}
            }}
            package() {{
              install -Dm644 /dev/null "$pkgdir/usr/share/{name}/file"
            }}
            """))
        rows = [("pkgdesc", f"{name} for tests"), ("pkgver", version), ("pkgrel", "1"),
                ("arch", "any"), ("license", "MIT")]
        rows += [("depends", d) for d in depends] + [("makedepends", d) for d in makedepends]
        rows += [("provides", p) for p in provides]
        (work / ".SRCINFO").write_text(f"pkgbase = {name}\n" + "".join(
            f"\t{k} = {v}\n" for k, v in rows) + f"\npkgname = {name}\n")
        bare = self.folder / name
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "GIT_CONFIG_NOSYSTEM": "1"}

        def git(*args, cwd=work):
            subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.org",
                            "-c", "init.defaultBranch=master", *args], cwd=cwd, env=env,
                           check=True, capture_output=True)
        if not (work / ".git").exists():
            git("init", "-q")
        git("add", "-A")
        git("commit", "-q", "-m", version)
        shutil.rmtree(bare, ignore_errors=True)
        git("clone", "-q", "--bare", str(work), str(bare))
        git("update-server-info", cwd=bare)
        if not (self.folder / f"{name}.git").exists():
            os.symlink(name, self.folder / f"{name}.git")
        self.packages[name] = {
            "ID": len(self.packages) + 1, "Name": name, "PackageBaseID": len(self.packages) + 1,
            "PackageBase": name, "Version": f"{version}-1", "Description": f"{name} for tests",
            "URL": None, "NumVotes": 0, "Popularity": 0.0, "OutOfDate": None, "Maintainer": "t",
            "FirstSubmitted": WHEN, "LastModified": WHEN, "URLPath": "", "Depends": list(depends),
            "MakeDepends": list(makedepends), "Provides": list(provides), "License": ["MIT"],
            "Keywords": []}


def real_paru():
    """The real program's path; skips with the script's reason where there is none."""
    wanted = os.environ.get("LUMINA_TEST_PARU", "have")
    done = subprocess.run([REPO / "tests/paru/build", *(["--have"] if wanted == "have" else [])],
                          capture_output=True, check=False, timeout=1800)
    if done.returncode == 77:
        pytest.skip(done.stderr.decode().strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def makepkg_without_its_root(home):
    """makepkg asks the kit's pacman, whatever it asks; its settings are the test's."""
    kit = home.kit
    (kit.bin / "kit-pacman").write_text(
        f"#!/bin/sh\nexec {kit.template.pacman} --config {kit.top}/pacman.conf \"$@\"\n")
    (kit.bin / "kit-pacman").chmod(0o755)
    home.env["PACMAN"] = str(kit.bin / "kit-pacman")
    settings = kit.top / "makepkg.conf"
    settings.write_text(Path("/etc/makepkg.conf").read_text()
                        + f"\nPKGEXT=.pkg.tar\nOPTIONS=(!strip !debug)\n"
                          f"BUILDDIR={home.path}/build\nPACKAGER='Nobody <nobody@example.org>'\n")
    return settings


def configure(home, aur, paru, told=True):
    """paru on this home's PATH, knowing this AUR and, if told, the kit's pacman alone."""
    kit = home.kit
    (kit.bin / "paru").unlink()
    os.symlink(paru, kit.bin / "paru")
    makepkg = makepkg_without_its_root(home)
    conf = f"PacmanConf = {kit.top}/pacman.conf" if told else ""
    home.write("~/.config/paru/paru.conf", dedent(f"""
        [options]
        AurUrl = {aur.url}
        MakepkgConf = {makepkg}
        {conf}
        [bin]
        Pacman = {kit.bin / 'kit-pacman' if told else kit.template.pacman}
        Sudo = {home.env['LUMINA_SUDO']}
        Pager = cat
        """))
    home.give()
