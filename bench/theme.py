#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a theme costs: README.md tells how to read it.

Switches between themes that were not rendered before, with twelve templates, beside a program that
writes and flushes the same bytes and renames one link; a sync with nothing to do, with and without a
theme; and each of the schemes that are at hand with all templates. Prints a table; --quick for a
rough one. LUMINA is the program."""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests/e2e"))

from support import LUMINA, Home  # noqa: E402  pylint: disable=wrong-import-position

TEMPLATES = 12
LINES = 80


def scheme(number):
    digits = f"{number % 256:02x}{number * 7 % 256:02x}"
    colours = "".join(f'base0{d}: "{digits}{d}{d}"\n' for d in "0123456789ABCDEF")
    return f"name: n{number}\nauthor: a\n{colours}"


def template(number):
    names = ("background", "base08-hex", "red-rgb-r", "accent", "base0D-dec-b", "foreground-hex")
    return "".join(f"# {number} {n}\nsome_key_{n} = {{{{{names[n % len(names)]}}}}}\n" for n in range(LINES))


def fill(home, themes):
    rows = "".join(f"    ~/.config/app{n}/theme: templates/t{n}.mustache\n" for n in range(TEMPLATES))
    home.registry(f"themes:\n  active: s0\n  templates:\n{rows}symlinks:\n  ~/.zshrc: zshrc\n".encode())
    home.source("zshrc")
    for n in range(TEMPLATES):
        home.write(home.profile / f"templates/t{n}.mustache", template(n))
    for name, text in themes.items():
        home.write(home.profile / f"themes/{name}.yaml", text)


def timed(argv, env):
    start = time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, check=False)
    took = time.perf_counter() - start
    assert done.returncode == 0, (argv, done.stdout, done.stderr)
    return took, done.stdout


def pairs(count, mine, floor):
    """Both in turn: their medians, and the median of the ratios."""
    times = [(mine(n), floor(n)) for n in range(count)]
    return (median(t[0] for t in times), median(t[1] for t in times),
            median(t[0] / t[1] for t in times))


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--quick", action="store_true")
    count = 5 if ask.parse_args().quick else 40
    with tempfile.TemporaryDirectory(prefix="lumina-bench-", dir="/var/tmp") as folder:
        work = Path(folder)
        subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", work / "floor_write",
                        HERE / "floor_write.c"], check=True)
        home = Home(work)
        fill(home, {f"s{n}": scheme(n) for n in range(count + 1)})
        env = home.environment()
        timed([LUMINA, "sync"], env)
        (work / "floor").mkdir()

        def switch(number):
            took, out = timed([LUMINA, "theme", "set", f"s{number + 1}"], env)
            assert b"theme switched" in out
            return took

        def write(number):
            took, out = timed([work / "floor_write", work / "floor", f"s{number}",
                               home.state / "themes/current"], env)
            assert int(out) in (TEMPLATES, TEMPLATES + 1)  # light.mode
            return took

        print("| what | median | beside | ratio |\n| --- | --- | --- | --- |")

        def row(name, mine, floor, ratio):
            print(f"| {name} | {mine * 1000:.2f} ms | {floor * 1000:.2f} ms | {ratio:.2f}× |")

        row(f"switch, {TEMPLATES} templates, beside writing the same bytes", *pairs(count, switch, write))

        def again(_number):
            took, out = timed([LUMINA, "sync"], env)
            assert out.startswith(b"nothing to do"), out
            return took

        plain = Home(work / "plain")
        plain.declare({f"~/.config/app{n}/theme": f"t{n}" for n in range(TEMPLATES)})
        timed([LUMINA, "sync"], plain.environment())
        row("`sync` with nothing to do, beside the same number of links",
            *pairs(count, again, lambda n: timed([LUMINA, "sync"], plain.environment())[0]))

        shared = Path(os.environ.get("LUMINA_SHARED", HERE.parents[1] / "shared"))
        files = sorted((shared / "data/base16-schemes").rglob("*.yaml"))
        for number, path in enumerate(files):
            shutil.copy(path, home.profile / f"themes/x{number}.yaml")
        if files:
            timed([LUMINA, "theme", "list"], env)
            took = [timed([LUMINA, "theme", "set", "-n", f"x{n}"], env)[0] for n in range(len(files))]
            nothing = [timed([LUMINA, "--version"], env)[0] for _ in range(40)]
            row(f"one of {len(files)} schemes rendered ({TEMPLATES} templates, `-n`), beside `--version`",
                median(took), median(nothing), median(took) / median(nothing))


if __name__ == "__main__":
    main()
