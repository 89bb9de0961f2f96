#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the desktop's part of a change of directory costs: README.md tells how to read it.

Beside a compositor of the tests' own, which answers at once: so the figures are Lumina's, not
Hyprland's. Prints a table; --quick for a rough one. LUMINA is the program."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

TESTS = Path(__file__).resolve().parents[1] / "tests/e2e"
sys.path.insert(0, str(TESTS))

from flow_kit import flow_env, project  # noqa: E402  pylint: disable=wrong-import-position
from hypr_server import Compositor  # noqa: E402  pylint: disable=wrong-import-position
from support import LUMINA, NOBODY, Home  # noqa: E402  pylint: disable=wrong-import-position

SETTLE_MS = 60
REGISTRY = """
    missions:
      web:
        when: [package.json]
        env: {MODE: web}
        hyprland: {layout: master, gaps_in: 3, border_size: 4}
      rust:
        when: [Cargo.toml]
        env: {MODE: rust}
        hyprland: {layout: scrolling}
    """


def change(home, hypr, folder):
    """One change, as a shell sees it: seconds until its answer was whole, and the time of that."""
    env = {**flow_env(home, hypr.env() if hypr else None), **home.env}
    env.update(hypr.env() if hypr else {})
    more = {"user": home.user, "group": home.user, "extra_groups": []} if home.user else {}
    start = time.time()
    with subprocess.Popen([LUMINA, "flow", "--dir", str(home.at(folder)), "--shell", "bash"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=env, cwd="/",
                          start_new_session=True, **more) as process:
        answer = process.stdout.read()
        end = time.time()
    assert answer.endswith(b"#lumina:end\n"), answer
    return end - start, end


def child_of(home):
    """The child that works behind the shell's back, if there is one."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            line = Path("/proc", name, "cmdline").read_bytes()
            if line.startswith(os.fsencode(LUMINA) + b"\0flow\0") and os.fsencode(home.root) in line:
                return name
        except OSError:
            pass
    return None


def peak(pid):
    """KiB, of its own: what it shares with the program's file doesn't count."""
    try:
        status = dict(row.split(":", 1) for row in Path("/proc", pid, "status").read_text().splitlines())
        return int(status["RssAnon"].split()[0])
    except (OSError, KeyError, ValueError):
        return 0


def wait_gone(home, memory):
    while pid := child_of(home):
        memory.append(peak(pid))
        time.sleep(0.001)
    return time.time()


def measure(home, hypr, count):
    plain, beside, until, whole, held, memory = [], [], [], [], [], []
    for number in range(count):
        folder = ("shop", "crate")[number % 2]
        # Another terminal's change, outside of Hyprland: the same work for the shell.
        plain.append(change(home, None, folder)[0])
        hypr.forget()
        took, answered = change(home, hypr, folder)
        gone = wait_gone(home, memory)
        beside.append(took)
        requests = hypr.requests()
        if number < 2:
            continue                          # the first ones ask what there is
        assert len(requests) <= 1, requests
        if not requests:
            continue                          # too late, on a busy machine: it has given up
        until.append(requests[0].start - answered)
        held.append(requests[0].held)
        whole.append(gone - answered)
    return plain, beside, until, whole, held, memory


def row(name, values, unit=1000.0, mark="ms"):
    late = quantiles(values, n=100)[98] if len(values) > 1 else values[0]
    print(f"| {name} | {median(values) * unit:.2f} {mark} | {late * unit:.2f} {mark} |")


def main():
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--quick", action="store_true")
    count = 20 if ask.parse_args().quick else 300
    with tempfile.TemporaryDirectory(prefix="lumina-bench-") as folder:
        os.chmod(folder, 0o755)
        home = Home(Path(folder), user=NOBODY if os.geteuid() == 0 else None)
        project(home, "shop", REGISTRY, package="{}")
        project(home, "crate", **{"Cargo.toml": ""})
        home.give()
        with Compositor(home) as hypr:
            hypr.set(windows=[{"pid": os.getpid(), "workspace": 3}])
            plain, beside, until, whole, held, memory = measure(home, hypr, count)
    print("| what | median | 99 of 100 within |\n| --- | --- | --- |")
    row("the shell's answer, without a desktop", plain)
    row("the shell's answer, with one", beside)
    row(f"from that answer to the compositor's request ({SETTLE_MS} ms of it are a pause)", until)
    row("the compositor held: from the connection to the whole request", held)
    row("from the answer until the child is gone", whole)
    row("memory of the child's own, at most", [max(memory)], 1.0, "KiB")
    print(f"\n{len(held)} requests at {count - 2} changes; shell with / without a desktop: {median(beside) / median(plain):.2f}")


if __name__ == "__main__":
    main()
