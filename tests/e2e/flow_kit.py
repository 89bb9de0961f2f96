# SPDX-License-Identifier: MIT
"""The flow, for tests: asking it, reading its answers, and the three shells on terminals.

ask() holds what is true of every call: exit code 0, nothing on standard error, nothing on
standard output or an answer with its end mark. Shell types as a person does.
"""

import contextlib
import ctypes
import os
import re
import shutil
import signal
import struct
import subprocess
import threading
from pathlib import Path

import pexpect
import pytest

from support import LUMINA, OK, TIMEOUT, dedent

SHELLS = ("zsh", "bash", "fish")
END = b"#lumina:end\n"
STATE = "__LUMINA_FLOW"
SLOW_MACHINE = "40"
NO_PID = "4194305"  # more than any process has (proc(5), pid_max)

# What any command line may hold, one kind of nastiness each.
NASTY = {
    "quotes": b"'\"`$(touch PWNED)${x}\\",
    "words": b"* ? ~ {a,b} [a-z] # ; & | < > ( ) ! ^ %",
    "ends": b"\n\n lines \n\n",
    "controls": b"\x01\x07\x08\t\r\x1b[31m\x7f",
    "bytes": b"\xff\xfe\xc3(\xe2\x82 \xf0\x9f\x98",
    "letters": "ä ß 漢字 \u202e \u200b 🜁".encode(),
    "empty": b"",
    "backslash": b"\\",
    "quote": b"'",
    "options": b"-n --help",
    "long": bytes(range(1, 256)) * 400,
}


def needs(*programs):
    missing = [p for p in programs if shutil.which(p) is None]
    return pytest.mark.skipif(bool(missing), reason=f"missing: {', '.join(missing)}")


each_shell = pytest.mark.parametrize("shell", [pytest.param(s, marks=needs(s)) for s in SHELLS])
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def yaml_text(value):
    """A double-quoted YAML scalar; bytes that are no UTF-8 can't be written in YAML."""
    out = []
    for c in value:
        code = ord(c)
        if c in '"\\':
            out.append("\\" + c)
        elif 32 <= code < 127:
            out.append(c)
        else:
            out.append(f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


# --- asking ------------------------------------------------------------------------------------

def flow_env(home, env=None):
    """What a shell's hook has in its environment; deadlines stretched, for busy machines."""
    return home.environment({"LUMINA_TIMEOUT_SCALE": "100", "LUMINA_SHELL_PID": NO_PID,
                             **(env or {})})


def check_answer(result):
    """What holds for each and every call."""
    assert result.code == OK, repr(result)
    assert result.stderr == b"", repr(result)
    if result.stdout:
        assert result.stdout.endswith(b"\n" + END) or result.stdout == END, repr(result)
        assert result.stdout.count(b"\n" + END) <= 1, repr(result)
    return result


def ask(home, folder, shell="zsh", *args, env=None, **more):
    """The answer for a folder, as bytes."""
    return check_answer(home.run("flow", "--dir", os.fsdecode(folder), "--shell", shell, *args,
                                 expect=None, env=flow_env(home, env), **more)).stdout


_DECODE = r"""
for f in _lumina_set _lumina_unset _lumina_project _lumina_slow _lumina_direnv _lumina_direnv_off \
		_lumina_note; do
	eval "$f() { printf '%s\0' $f \"\$#\" \"\$@\"; }"
done
eval "$(cat "$1")"
"""


class Answer:
    """An answer for bash, taken apart by bash."""

    def __init__(self, data):
        self.text = data
        self.calls = []
        if data:
            done = subprocess.run(["bash", "-c", _DECODE, "-", "/dev/stdin"], input=data,
                                  capture_output=True, check=True, timeout=TIMEOUT)
            assert done.stderr == b"", done.stderr
            words = done.stdout.split(b"\0")[:-1]
            while words:
                count = int(words[1])
                self.calls.append((words[0].decode(), *words[2:2 + count]))
                words = words[2 + count:]

    def named(self, function):
        return [call[1:] for call in self.calls if call[0] == function]

    @property
    def set(self):
        return {name.decode(): value for name, value in self.named("_lumina_set")}

    @property
    def values(self):
        """What is set, without Lumina's own variable."""
        return {n: v for n, v in self.set.items() if n != STATE}

    @property
    def unset(self):
        return {name.decode() for name, in self.named("_lumina_unset")}

    @property
    def notes(self):
        return [os.fsdecode(text) for text, in self.named("_lumina_note")]

    @property
    def root(self):
        roots = self.named("_lumina_project")
        return os.fsdecode(roots[0][0]) if roots else None

    def applied_to(self, env):
        """The environment that a shell has afterwards."""
        after = {k: v for k, v in env.items() if k not in self.unset}
        after.update({n: os.fsdecode(v) for n, v in self.set.items()})
        return after


def answer(home, folder, *args, **more):
    return Answer(ask(home, folder, "bash", *args, **more))


def project(home, name, registry=None, **files):
    """A project's folder below the home: {file name: content}, "lumina" is .lumina.yaml."""
    folder = home.at(name)
    folder.mkdir(parents=True, exist_ok=True)
    for file, data in files.items():
        file = {"lumina": ".lumina.yaml", "dotenv": ".env", "envrc": ".envrc",
                "flake": "flake.nix", "lock": "flake.lock",
                "package": "package.json"}.get(file, file)
        home.write(f"{name}/{file}", dedent(data) if isinstance(data, str) else data)
    if registry is not None:
        home.registry(registry)
    home.give()
    return folder


def allow(home, folder, *args, **more):
    return home.run("allow", "-y", str(folder), *args, **more)


# --- shells on terminals -------------------------------------------------------------------------

HOOK = {
    "zsh": 'eval "$(lumina hook zsh)"',
    "bash": 'eval "$(lumina hook bash)"',
    "fish": "lumina hook fish | source",
}
RC = {"zsh": ".zshrc", "bash": ".bashrc", "fish": ".config/fish/config.fish"}

# The prompt counts, so that each is told from the one before, and shows $?.
PROMPT = {
    "zsh": """
        unsetopt prompt_sp prompt_cr zle beep
        setopt prompt_subst
        _n=0
        _count() { _n=$((_n + 1)); }
        precmd_functions+=(_count)
        PROMPT='<$_n:%?> '
        """,
    "bash": """
        bind 'set enable-bracketed-paste off' 2>/dev/null
        _n=0
        PROMPT_COMMAND='_n=$((_n + 1))'
        PS1='<${_n}:$?> '
        """,
    "fish": """
        set -g fish_greeting
        set -g fish_autosuggestion_enabled 0
        set -g _n 0
        function _count --on-event fish_prompt
            set -g _n (math $_n + 1)
        end
        function fish_prompt
            echo -n "<$_n:$status> "
        end
        function fish_right_prompt
        end
        function fish_title
        end
        """,
}

ESCAPES = re.compile(r"\x1b(?:\[[0-9;?>=]*[a-zA-Z]|[()][A-Z0-9]|\][^\x07\x1b]*(?:\x07|\x1b\\)|"
                     r"[=>])")


def shell_home(home, before=None, after=None, hook=True):
    """Start-up files with the hook, and {shell: text} before and after it; lumina on PATH."""
    tools = home.root / "bin"
    if not tools.exists():
        tools.mkdir()
        os.symlink(LUMINA, tools / "lumina")
        home.env["PATH"] = f"{tools}:{home.env['PATH']}"
    home.env["LUMINA_TIMEOUT_SCALE"] = SLOW_MACHINE
    for shell in SHELLS:
        text = dedent(PROMPT[shell]) + dedent((before or {}).get(shell, ""))
        text += (HOOK[shell] if hook else "") + "\n" + dedent((after or {}).get(shell, ""))
        home.write(RC[shell], text)
    home.write(".bash_profile", ". ~/.bashrc\n")
    home.give()
    return home


class Shell:
    """An interactive shell. run() types a line and returns what the terminal showed for it."""

    ARGV = {"zsh": ["zsh", "-i"], "bash": ["bash", "-i"], "fish": ["fish", "-i"]}

    def __init__(self, home, shell, cwd=None, env=None, argv=None):
        self.home, self.shell = home, shell
        self.number = self.status = 0
        argv = argv or self.ARGV[shell]
        if home.user is not None and os.geteuid() == 0:
            argv = ["setpriv", f"--reuid={home.user}", f"--regid={home.user}", "--clear-groups",
                    "--", *argv]
        self.dump = home.root / f"environ.{os.getpid()}.{id(self)}"
        environment = home.environment({"TERM": "xterm", "COLUMNS": "250", **(env or {})})
        self.tty = pexpect.spawn(argv[0], argv[1:], env=environment,
                                 cwd=str(cwd or home.path), timeout=TIMEOUT,
                                 dimensions=(50, 250))
        self.tty.delaybeforesend = None
        self.greeting = self.prompt()

    def prompt(self, number=None):
        """Waits for the next prompt (or the one of a number), returns what came before it."""
        self.number = number if number is not None else self.number + 1
        self.tty.expect(f"<{self.number}:([0-9]+)> ".encode())
        self.status = int(self.tty.match[1])
        text = ESCAPES.sub("", self.tty.before.decode("utf-8", "replace"))
        return re.sub(r"⏎ +(?:\r?⏎ *)?\r*", "", text)  # fish: the line before was whole

    def type(self, line):
        self.tty.send(os.fsencode(line) + b"\r")

    def run(self, line):
        self.type(line)
        shown = self.prompt()
        # The line as it was echoed is no output.
        rest = shown.replace("\r", "").split("\n")
        return "\n".join(rest[1:])

    def cd(self, folder):
        """Changes the folder, and asserts that nothing whatever is shown for it."""
        shown = self.run(f"cd {quote(folder, self.shell)}")
        assert self.status == 0, shown
        return shown.strip()

    def quiet_cd(self, folder):
        shown = self.cd(folder)
        assert shown == "", repr(shown)

    def env(self):
        """The exported environment, as bytes: what a program gets."""
        self.run(f"command env -0 >{self.dump}")
        assert self.status == 0
        pairs = self.dump.read_bytes().split(b"\0")[:-1]
        return {os.fsdecode(k): v for k, _, v in (p.partition(b"=") for p in pairs)}

    def get(self, name):
        return self.env().get(name)

    def clean_env(self):
        """Without what changes with every command."""
        return {n: v for n, v in self.env().items()
                if n not in ("_", "PWD", "OLDPWD", "SHLVL", "LINES", "COLUMNS")}

    def nested(self, shell=None, line=None):
        """Another shell inside; its prompts count anew."""
        outer, self.number = self.number, 0
        self.type(line or shell)
        self.shell, before = shell or self.shell, self.shell
        shown = self.prompt(1)
        return outer, before, shown

    def leave(self, nested):
        self.type("exit")
        self.shell = nested[1]
        return self.prompt(nested[0] + 1)

    def export(self, name, value):
        self.run(f"set -gx {name} {quote(value, 'fish')}" if self.shell == "fish"
                 else f"export {name}={quote(value, self.shell)}")

    def set_plain(self, name, value):
        self.run(f"set -g {name} {quote(value, 'fish')}" if self.shell == "fish"
                 else f"{name}={quote(value, self.shell)}")

    def unset(self, name):
        self.run(f"set -e {name}" if self.shell == "fish" else f"unset {name}")

    def close(self):
        with contextlib.suppress(OSError, pexpect.ExceptionPexpect):
            os.killpg(self.tty.pid, signal.SIGKILL)
        self.tty.close(force=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def quote(word, shell):
    """For typing: no control character reaches the line editor."""
    data = os.fsencode(word) if not isinstance(word, bytes) else word
    if re.fullmatch(rb"[A-Za-z0-9_./:~=,+-]+", data):
        return data.decode()
    if shell == "fish":
        return "".join(chr(b) if chr(b).isalnum() and b < 128 else f"\\X{b:02x}" for b in data)
    return "$'" + "".join(f"\\x{b:02x}" if not (32 <= b < 127 and chr(b) not in "'\\!")
                          else chr(b) for b in data) + "'"


# --- strace ------------------------------------------------------------------------------------

def flow_calls(home, folder, shell="zsh", *args, env=None):
    """[(name, arguments, result)] of one `lumina flow`, the program's own start left out."""
    log = home.root / "flow.strace"
    ask(home, folder, shell, *args, env=env,
        prefix=("strace", "-f", "-qq", "-s", "4096", "-o", str(log)))
    calls = []
    for line in log.read_text(errors="surrogateescape").splitlines():
        match = re.match(r"^(?:\d+ +)?(\w+)\((.*)\)\s+= (-?\d+|\?|0x[0-9a-f]+)(.*)$", line)
        if match:
            calls.append((match[1], match[2], match[3] + match[4]))
    log.unlink()
    return calls


# --- a mount that hangs ------------------------------------------------------------------------

class HangingMount:
    """A FUSE file system that says hello, and then answers nothing any more."""

    MNT_DETACH = 2

    def __init__(self, folder, fstype="fuse"):
        self.folder = str(folder)
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={self.fd},rootmode=40000,user_id=0,group_id=0,allow_other".encode()
        if self.libc.mount(b"hang", os.fsencode(self.folder), fstype.encode(), 0, options) != 0:
            error = ctypes.get_errno()
            os.close(self.fd)
            raise OSError(error, os.strerror(error))
        self.requests = []
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            data = os.read(self.fd, 1 << 20)
            _, opcode, unique = struct.unpack_from("IIQ", data)
            assert opcode == 26, opcode  # FUSE_INIT
            body = struct.pack("IIIIHHIIHHI7I", 7, 31, 65536, 0, 16, 12, 65536, 1, 0, 0, 0,
                               *[0] * 7)
            os.write(self.fd, struct.pack("IiQ", 16 + len(body), 0, unique) + body)
            while True:
                data = os.read(self.fd, 1 << 20)
                self.requests.append(struct.unpack_from("II", data)[1])

    def close(self):
        self.libc.umount2(os.fsencode(self.folder), self.MNT_DETACH)
        os.close(self.fd)


def can_fuse(tmp="/tmp"):
    if os.geteuid() != 0 or not os.access("/dev/fuse", os.W_OK):
        return False
    folder = Path(tmp) / f"lumina-fuse-{os.getpid()}"
    folder.mkdir()
    try:
        HangingMount(folder).close()
    except OSError:
        return False
    finally:
        folder.rmdir()
    return True
