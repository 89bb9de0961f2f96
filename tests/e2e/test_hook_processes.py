# SPDX-License-Identifier: MIT
"""How many processes the hooks make, counted by strace: none where nothing has changed."""

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from hook_kit import SHELLS, Fake, Shell, has
from support import needs_strace

CALLS = "clone,clone3,fork,vfork,execve"


class Trace:
    """Looks at what a shell does, from outside."""

    def __init__(self, pid, out):
        self.pid, self.out = pid, Path(out)
        self.strace = subprocess.Popen(
            ["strace", "-ff", "-qq", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", out, "-p",
             str(pid)], stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while "TracerPid:\t0" in Path(f"/proc/{pid}/status").read_text():
            assert time.monotonic() < end and self.strace.poll() is None
            time.sleep(0.02)

    def stop(self):
        """(processes made by the shell and its children, programs started)"""
        self.strace.send_signal(signal.SIGINT)
        self.strace.wait(10)
        # A file for each process, so that no call is torn apart.
        texts = [path.read_text(errors="replace")
                 for path in sorted(self.out.parent.glob(f"{self.out.name}.*"))]
        for path in self.out.parent.glob(f"{self.out.name}.*"):
            path.unlink()
        made = [line for text in texts for line in text.splitlines()
                if re.match(r"(clone3?|v?fork)\(.*= \d+", line) and "CLONE_THREAD" not in line]
        started = [name for text in texts for name in re.findall(r'execve\("([^"]*)".*= 0', text)]
        return len(made), sorted(Path(name).name for name in started)


@pytest.fixture
def fake(root):
    return Fake(root)


@pytest.fixture
def start(root, fake):
    shells = []

    def start_shell(name, **more):
        if not has(name):
            pytest.skip(f"no {name}")
        shells.append(Shell(name, root, fake, **more))
        return shells[-1]

    yield start_shell
    for shell in shells:
        shell.close()


def count(shell, root, lines):
    trace = Trace(shell.pid, f"{root}/trace")
    for line in lines:
        shell.do(line)
    return trace.stop()


def become_a_program(fake, answer):
    """In lumina's place stands one that is no script: it alone is counted."""
    program = Path(fake.root) / "answer.c"
    text = answer.replace("\n", "\\n").replace('"', '\\"')
    program.write_text(f'#include <unistd.h>\n#include <string.h>\nint main(void) {{ '
                       f'const char *t = "{text}"; return write(1, t, strlen(t)) < 0; }}\n')
    subprocess.run([shutil.which("cc") or "gcc", "-o", fake.root / "new", program], check=True)
    (fake.root / "new").rename(fake.program)


@needs_strace
@pytest.mark.parametrize("name", SHELLS)
def test_an_unchanged_folder_costs_no_process(start, root, name):
    shell = start(name)
    assert count(shell, root, ["true", "cd .", "true", ""]) == (0, [])


@needs_strace
@pytest.mark.parametrize("name", ("zsh", "bash"))
def test_a_project_costs_none_for_folders_seen(start, fake, root, name):
    top = Path(root) / "p"
    (top / "sub/deep").mkdir(parents=True)
    shell = start(name)
    become_a_program(fake, f"_lumina_project '{top}'\n#lumina:end\n")
    for folder in (top, top / "sub", top / "sub/deep"):
        shell.cd(folder)
    assert count(shell, root, ["cd ..", "cd ..", "cd sub/deep", "true"]) == (0, [])


@needs_strace
@pytest.mark.parametrize("name", ("zsh", "bash"))
@pytest.mark.parametrize("answer", ["#lumina:end\n", "_lumina_set X 'a'\n#lumina:end\n", ""])
def test_a_change_costs_one(start, fake, root, name, answer):
    (Path(root) / "p").mkdir()
    shell = start(name)
    become_a_program(fake, answer)
    assert count(shell, root, [f"cd {root}/p", "true"]) == (1, ["lumina"])
    assert count(shell, root, [f"cd {root}", f"cd {root}/p"]) == (2, ["lumina"] * 2)


@needs_strace
@pytest.mark.parametrize("has_folder", [True, False])
def test_fish_has_timeout_between(start, fake, root, has_folder):
    (Path(root) / "p").mkdir()
    shell = start("fish")
    if has_folder:
        (shell.run_folder / "lumina").mkdir(mode=0o700)
    become_a_program(fake, "_lumina_set X a\n#lumina:end\n")
    assert count(shell, root, [f"cd {root}/p", "true"]) == (
        (2, ["lumina", "timeout"]) if has_folder else (4, ["cat", "lumina", "timeout", "timeout"]))


@needs_strace
def test_bash_keeps_a_persons_last_process_by_one_more(start, fake, root):
    (Path(root) / "p").mkdir()
    shell = start("bash")
    become_a_program(fake, "#lumina:end\n")
    shell.do("sleep 1000 &")
    assert count(shell, root, [f"cd {root}/p"]) == (2, ["lumina"])
    shell.do("kill %1")


@needs_strace
@pytest.mark.parametrize("name", SHELLS)
def test_switched_off_costs_none(start, root, name):
    shell = start(name, env={"LUMINA_FLOW": "0"})
    assert count(shell, root, [f"cd {root}", "cd /"]) == (0, [])
