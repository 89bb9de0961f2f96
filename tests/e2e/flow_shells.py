# SPDX-License-Identifier: MIT
"""Real shells for the tests of the flow's pure half, with the least hook that applies answers."""

import os
import subprocess
from pathlib import Path

from support import LUMINA, TIMEOUT

FLOW_ENV = Path(os.environ.get("LUMINA_FLOW_ENV", LUMINA.parent / "tests" / "flow" / "flow-env"))
SHELLS = ["zsh", "bash", "fish"]
STATE = b"__LUMINA_FLOW"
# What shells set by themselves.
OWN = {b"_", b"SHLVL", b"PWD", b"OLDPWD", b"LC_ALL"}

COMMANDS = {
    "zsh": ["zsh", "-f"],
    "bash": ["bash", "--norc", "--noprofile"],
    "fish": ["fish", "--no-config"],
}

# The functions of the hook, as plain as can be; _unexported: what was set but not exported.
HOOKS = {
    "zsh": r"""
typeset -A _unexported
_lumina_set() {
    # MANPATH and others are always there, unexported: that is what being unset is to zsh.
    if [[ ${parameters[$1]-} == scalar* && ${parameters[$1]} != *(export|special)* ]]; then
        _unexported[$1]=${(P)1}
    fi
    export "$1=$2"
}
_lumina_unset() {
    unset "$1"
    if (( ${+_unexported[$1]} )); then
        typeset -g "$1=${_unexported[$1]}"
        unset "_unexported[$1]"
    fi
}
ask() {
    local _answer=$("$FLOW_ENV" zsh "$@")
    [[ $_answer == *'#lumina:end' ]] && eval "$_answer"
}
nest() { zsh -f "$1"; }
""",
    "bash": r"""
declare -A _unexported
_lumina_set() {
    local _flags=$(declare -p "$1" 2>/dev/null)
    if [[ $_flags == 'declare -- '* ]]; then
        _unexported[$1]=${!1}
    fi
    export "$1=$2"
}
_lumina_unset() {
    unset "$1"
    if [[ ${_unexported[$1]+x} ]]; then
        printf -v "$1" %s "${_unexported[$1]}"
        unset "_unexported[$1]"
    fi
}
ask() {
    local _answer=$("$FLOW_ENV" bash "$@")
    [[ $_answer == *'#lumina:end' ]] && eval "$_answer"
}
nest() { bash --norc --noprofile "$1"; }
""",
    "fish": r"""
function _lumina_set
    if set -q $argv[1]; and not set -qx $argv[1]
        set -g _unexported_$argv[1] $$argv[1]
    end
    set -gx $argv[1] $argv[2]
end
function _lumina_unset
    set -e $argv[1]
    if set -q _unexported_$argv[1]
        set -l _kept _unexported_$argv[1]
        set -g $argv[1] $$_kept
        set -e $_kept
    end
end
function ask
    set -l _answer ($FLOW_ENV fish $argv | string collect)
    string match -q '*#lumina:end' -- $_answer; and eval $_answer
end
function nest
    fish --no-config $argv[1]
end
""",
}


def parse_env(data):
    """The output of `env -0`; what the shell keeps for itself is left out."""
    pairs = (entry.partition(b"=") for entry in data.split(b"\0") if entry)
    return {name: value for name, _, value in pairs if name not in OWN}


class Shell:
    """Runs scripts in one shell and locale, in a folder of the test's own."""

    def __init__(self, name, folder, locale="C.UTF-8"):
        assert FLOW_ENV.exists(), f"{FLOW_ENV} isn't built: meson setup -Dtests=enabled"
        self.name = name
        self.folder = Path(folder)
        self.env = {b"PATH": b"/usr/bin:/bin", b"HOME": os.fsencode(self.folder),
                    b"LC_ALL": locale.encode(), b"FLOW_ENV": os.fsencode(FLOW_ENV),
                    b"TERM": b"dumb", b"XDG_RUNTIME_DIR": os.fsencode(self.folder)}
        for variable in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if variable in os.environ:
                self.env[variable.encode()] = os.fsencode(os.environ[variable])
        self.files = 0
        self.stderr = b""

    def file(self, data, suffix=""):
        """A new file's path; safe to write into a script as it is."""
        self.files += 1
        path = self.folder / f"{self.files}{suffix}"
        path.write_bytes(data)
        return str(path)

    def wanted(self, identity, pairs=(), path=()):
        words = [identity, *path, b"", *(word for pair in pairs for word in pair)]
        return self.file(b"".join(word + b"\0" for word in words))

    def run(self, script, env=None, skips=False):
        """The script behind the hook's functions; its standard output, once it has ended well.

        What was skipped is in self.stderr, if something may be.
        """
        hook = HOOKS[self.name].encode()
        script = script if isinstance(script, bytes) else script.encode()
        path = self.file(hook + script + b"\n")
        result = subprocess.run([*COMMANDS[self.name], path], env={**self.env, **(env or {})},
                                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                                timeout=4 * TIMEOUT)
        self.stderr = result.stderr
        assert result.returncode == 0 and (skips or not result.stderr), \
            f"{self.name}: {result.returncode}\n{result.stderr[:4000]}"
        return result.stdout

    def script_file(self, script):
        """For nest(): a script with the functions before it."""
        return self.file(HOOKS[self.name].encode() + script.encode() + b"\n")

    # What a person types, in each of the languages.

    def export(self, name, value):
        quoted = "'" + value.replace("'", "'\\''") + "'"
        return f"set -gx {name} {quoted}" if self.name == "fish" else f"export {name}={quoted}"

    def assign(self, name, value):
        return f"set -g {name} '{value}'" if self.name == "fish" else f"{name}='{value}'"

    def unset(self, name):
        return f"set -e {name}" if self.name == "fish" else f"unset {name}"

    def prepend(self, folder):
        return f"set -gx PATH {folder} $PATH" if self.name == "fish" else f"PATH={folder}:$PATH"
