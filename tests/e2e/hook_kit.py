# SPDX-License-Identifier: MIT
"""A real shell in a pseudo-terminal with the real hook, and a program of ours in place of lumina.

The hook's text comes from the real program; `lumina` on PATH is a script that prints it, and that
answers `flow` with whatever a test says. After each prompt the shell writes a line into a file:
so a test knows when the next one may be typed, and with which $? it came.
"""

import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import pexpect

from support import LUMINA, PATH

SHELLS = ("zsh", "bash", "fish")
END = "#lumina:end\n"

# How each shell tells that it is at its prompt; behind what the person's own file says.
TELL = {
    "zsh": "_t_told() {{ print -r -- \"$?\" >>{0}; }}; precmd_functions+=(_t_told); "
           "PS1='> '; unsetopt prompt_sp prompt_cr\n",
    "bash": "PS1='> '; bind 'set enable-bracketed-paste off' 2>/dev/null; _t_told() {{ "
            "builtin echo \"$?\" >>{0}; }}; {1}\n",
    "fish": "function fish_prompt; echo $status >>{0}; echo -n '> '; end; "
            "function fish_right_prompt; end; function fish_greeting; end\n",
}
BASH_TELL = "PROMPT_COMMAND+=${PROMPT_COMMAND:+;}_t_told"
BASH_TELL_ARRAY = "PROMPT_COMMAND+=(_t_told)"
LINE = {"zsh": 'eval "$(lumina hook zsh)"\n', "bash": 'eval "$(lumina hook bash)"\n',
        "fish": "lumina hook fish | source\n"}
EXECUTABLE = 0o755


def quote(shell, text):
    if shell == "fish":
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return shlex.quote(text)


class Fake:
    """The program in lumina's place."""

    def __init__(self, root):
        self.root = Path(root) / "fake"
        self.bin = self.root / "bin"
        self.bin.mkdir(parents=True)
        self.program = self.bin / "lumina"
        self.log = self.root / "log"
        self.log.touch()
        for shell in SHELLS:
            text = subprocess.run([LUMINA, "hook", shell], capture_output=True, check=True).stdout
            assert text.count(os.fsencode(LUMINA)) == 1
            text = text.replace(os.fsencode(LUMINA), os.fsencode(self.program))
            (self.root / f"hook.{shell}").write_bytes(text)
        self.write(f"""
            case $1 in
            hook) exec cat "{self.root}/hook.$2" ;;
            flow) ;;
            *) echo "real:$*:${{LUMINA_HOOK-}}"; exit 7 ;;
            esac
            printf '%s|%s|%s\\n' "$*" "$LUMINA_SHELL_PID" "${{_LUMINA_DIRENV-}}" >>"{self.log}"
            cd "{self.root}"
            . ./do
        """)
        self.does(":")

    def write(self, text, program=None):
        new = self.root / "new"
        new.write_text("#!/bin/sh\n" + text)
        new.chmod(EXECUTABLE)
        new.rename(program or self.program)

    def does(self, script):
        new = self.root / "do.new"
        new.write_text(script + "\n")
        new.rename(self.root / "do")

    def answers(self, text, then=""):
        """What flow prints, as bytes or text, in one piece; the end mark is added to text."""
        data = text if isinstance(text, bytes) else (text + END).encode()
        (self.root / "answer").write_bytes(data)
        self.does(f"cat answer\n{then}")

    def asked(self):
        """Arguments of each question so far."""
        return [line.split("|")[0] for line in self.log.read_text().splitlines()
                if line.startswith("flow ")]

    def forget(self):
        self.log.write_text("")


class Shell:
    """An interactive shell. `before` and `after` are what its file says around the hook's line."""

    def __init__(self, name, root, fake, before="", after="", hook=True, env=None, args=(),
                 tell=None, scale=30, program=None):
        self.name, self.fake = name, fake
        self.home = Path(root) / "home"
        self.run_folder = Path(root) / "run"
        self.told = Path(root) / f"told.{time.monotonic_ns()}"
        self.told.touch()
        # fish makes completions of all manual pages, where it has none.
        completions = self.home / ".local/share/fish/generated_completions"
        for folder in (self.home / ".config/fish", completions, self.run_folder):
            folder.mkdir(parents=True, exist_ok=True)
        self.run_folder.chmod(0o700)
        tell = TELL[name].format(self.told, tell or BASH_TELL)
        text = before + "\n" + (LINE[name] if hook else "") + after + "\n" + tell
        argv = {"zsh": ["zsh", "-i"], "fish": ["fish", "-i"],
                "bash": ["bash", "--rcfile", str(self.home / ".bashrc"), "-i"]}[name]
        rc = {"zsh": ".zshrc", "bash": ".bashrc", "fish": ".config/fish/config.fish"}[name]
        (self.home / rc).write_text(text)
        (self.home / ".zshenv").write_text("unsetopt global_rcs\n")
        self.env = {"HOME": str(self.home), "PATH": f"{fake.bin}:{PATH}", "LANG": "C.UTF-8",
                    "TERM": "dumb", "XDG_RUNTIME_DIR": str(self.run_folder),
                    "LUMINA_TIMEOUT_SCALE": str(scale)}
        self.env.update(env or {})
        self.prompts = 0
        self.child = pexpect.spawn(program or argv[0], [*argv[1:], *args], env=self.env,
                                   cwd=self.home, timeout=20, encoding="utf-8",
                                   codec_errors="replace", dimensions=(50, 2000))
        self.child.delaybeforesend = None
        self.first = self.wait()

    @property
    def pid(self):
        return self.child.pid

    def statuses(self):
        return self.told.read_text().split()

    def wait(self, timeout=15):
        """Until there is a new prompt; what was shown since the last."""
        shown, end = "", time.monotonic() + timeout
        while len(self.statuses()) <= self.prompts:
            assert time.monotonic() < end, f"no prompt; shown: {shown!r}"
            shown += self.read(0.02)
        self.prompts = len(self.statuses())
        while not shown.endswith("> "):
            assert time.monotonic() < end, f"no prompt; shown: {shown!r}"
            shown += self.read(0.05)
        return shown + self.read(0.05)

    def read(self, seconds):
        try:
            return re.sub(r"\x1b\[\?2004[hl]", "", self.child.read_nonblocking(100000, seconds))
        except (pexpect.TIMEOUT, pexpect.EOF):
            return ""

    def interrupt(self):
        """Ctrl-C; zsh shows its next prompt without what comes before prompts."""
        shown, end = "", time.monotonic() + 15
        self.child.send("\x03")
        while not shown.endswith("> "):
            assert time.monotonic() < end, f"no prompt; shown: {shown!r}"
            shown += self.read(0.05)
        self.read(0.2)
        return shown

    def type(self, line):
        self.prompts = len(self.statuses())  # fish may draw one again
        self.child.send(line + "\n")

    def do(self, line, timeout=15):
        """Types a line, and gives what is shown until the prompt, but for the line itself."""
        assert "\n" not in line
        self.type(line)
        shown = self.wait(timeout)
        lines = shown.replace("\r", "").split("\n")
        # The line as it was typed, echoed once or more while it is edited.
        return "\n".join(one for one in lines[1 if self.name != "fish" else 0:]).removesuffix("> ")

    def says(self, shown):
        """What was shown beside the line that was typed: fish draws that again and again."""
        if self.name == "fish":
            words = ("lumina:", "ermission", "egmentation", "abort", "signal", "illed", "rror",
                     "erminated", "Job ", "fish:", "nknown")
            return [word for word in words if word in shown]
        return [line for line in shown.split("\n") if line.strip()]

    def status(self):
        return int(self.statuses()[-1])

    def cd(self, folder):
        return self.do(f"cd {quote(self.name, str(folder))}")

    def env_of(self):
        """What a program gets."""
        out = self.fake.root / "env.out"
        self.do(f"env -0 >{'' if self.name == 'fish' else '|'}{out}")
        pairs = (pair.split(b"=", 1) for pair in out.read_bytes().split(b"\0") if b"=" in pair)
        return {os.fsdecode(name): value for name, value in pairs}

    def value(self, name):
        return self.env_of().get(name)

    def expand(self, words):
        """What the shell itself makes of words, through a builtin."""
        out = self.fake.root / "expand.out"
        self.do(f"printf '%s' {words} >{'' if self.name == 'fish' else '|'}{out}")
        return out.read_text()

    def descriptors(self):
        folder = Path(f"/proc/{self.pid}/fd")
        found = {}
        for name in os.listdir(folder):
            try:
                found[name] = os.readlink(folder / name)
            except FileNotFoundError:
                pass
        if self.name == "fish":  # it has its folder open, by changing numbers
            return sorted(text for text in found.values() if not os.path.isdir(text))
        return sorted(found)

    def children(self):
        text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(word) for word in text.split()]

    def close(self):
        self.child.close(force=True)


def has(program):
    return shutil.which(program) is not None
