# SPDX-License-Identifier: MIT
"""Environments in real shells: any bytes arrive as they are, and everything is put back.

The pure half of the flow (src/flow/environ.h, shell.h, dotenv.h) is driven by a small program,
tests/flow/flow_env.c; the hook's functions are the plainest ones that do what is told.
"""

import os
import random
import shutil
import subprocess

import pytest

from flow_shells import FLOW_ENV, SHELLS, STATE, Shell, parse_env

LOCALES = ["C", "C.UTF-8"]

# What has gone wrong elsewhere: quotes, line ends, half characters, codes shells use themselves.
NASTY = [
    b"", b" ", b"  ", b"\n", b"\n\n\n", b"a\n", b"\na", b"\ta\t", b"\r", b"a\r\nb\r\n",
    b"\x1b[31m", b"'", b"''", b"'''", b'"', b"\\", b"\\\\", b"a\\", b"\\n", b"\\'", b"'\\''",
    b"\\\n", b"$'x'", b"$HOME", b"${HOME}", b"$(id)", b"`id`", b"!!", b"!$", b"!", b"*", b"?",
    b"[a]", b"{a,b}", b"{1..3}", b"~", b"~root", b"=ls", b"#x", b"a #x", b"a;b", b"a&b", b"a|b",
    b"a<b>c", b"(a)", b"-n", b"--", b"-e x", b"%s%n", b"%41", b"\x01", b"\x7f",
    b"\x01\x01\x7f\x7f", b"\x01'\x7f\\", b"\xff", b"\xfe\xff", b"\x80", b"\xc3", b"\xc3'",
    b"\xc3\\", b"\xe6\x97'", b"\xc3\xa9", b"\xc3\xa9\\'", "日本語'\\".encode(), b"\xf0\x9f\x98\x80",
    b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xef\xbf\xbe", b"\xef\xb7\x90",
    b"\xef\xbb\xbf",
    # Private use and non-characters, which fish uses itself.
    *(chr(code).encode() for code in (0xE000, 0xF500, 0xF600, 0xF601, 0xF6FF, 0xF700, 0xF8FF,
                                      0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF, 0xF0000, 0x10FFFF)),
    b"#lumina:end", b"\n#lumina:end\n", b"x\n#lumina:end\n#lumina:end\n", bytes(range(1, 256)),
    bytes(range(255, 0, -1)), b"'" * 1000, b"\\" * 1001, b"\n" * 1000, b"a\n'\\" * 500,
]


@pytest.fixture(params=SHELLS)
def shell_name(request):
    return request.param


@pytest.fixture
def shell(shell_name, root):
    return Shell(shell_name, root)


def values_of(seed, count):
    """Random bytes but NUL, of kinds that differ in what they are made of."""
    rng = random.Random(seed)
    some = [b"'", b"\\", b"\n", b" ", b"$", b"a", b"\xc3", b"\xa9", b"\xff", b'"', b"`", b"\x01",
            b"\x7f", b"#"]
    for _ in range(count):
        length = rng.choice([1, 2, 3, 5, 8, 20, 100])
        kind = rng.randrange(4)
        if kind == 0:
            yield bytes(rng.randrange(1, 256) for _ in range(length))
        elif kind == 1:
            yield b"".join(rng.choice(some) for _ in range(length))
        elif kind == 2:
            yield bytes(rng.randrange(32, 127) for _ in range(length))
        else:
            yield "".join(chr(rng.choice([rng.randrange(1, 0x800), rng.randrange(0xE000, 0x10000),
                                          rng.randrange(0x10000, 0x110000)]))
                          for _ in range(length)).encode()


def entered(shell, pairs, path=(), prelude=""):
    """The environment after entering a project that wants these, and after leaving it."""
    wanted = shell.wanted(b"/p web", pairs, path)
    out = shell.run(f"{prelude}\nask 1 {wanted}\nenv -0\necho :cut:\nask 1\nenv -0")
    inside, outside = out.split(b":cut:\n")
    return parse_env(inside), parse_env(outside)


# --- any bytes ------------------------------------------------------------------------------

@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_any_bytes_arrive(shell_name, root, locale, seed):
    """Byte for byte what was wanted, and nothing of it is left afterwards."""
    shell = Shell(shell_name, root, locale)
    values = NASTY if seed is None else list(values_of(seed, 400))
    pairs = [(f"V{i}".encode(), value) for i, value in enumerate(values)]
    inside, outside = entered(shell, pairs)
    for name, value in pairs:
        assert inside.get(name) == value, (name, value)
    assert STATE in inside and STATE not in outside
    assert not [name for name in outside if name.startswith(b"V")]


@pytest.mark.parametrize("charset", ["GBK", "BIG5"])
def test_half_a_character_swallows_no_quote(shell_name, root, charset):
    """In some locales the second byte of a character may be a backslash."""
    language = {"GBK": "zh_CN", "BIG5": "zh_TW"}[charset]
    locale = f"{language}.{charset}"
    made = shutil.which("localedef") and subprocess.run(
        ["localedef", "-i", language, "-f", charset, f"{root}/{locale}"], capture_output=True)
    if not made or not os.path.exists(f"{root}/{locale}"):
        pytest.skip(f"no locale {locale} can be made here")
    shell = Shell(shell_name, root, locale)
    shell.env[b"LOCPATH"] = str(root).encode()
    assert shell.run("locale charmap").strip() == charset.encode()
    pairs = [(f"V{i}".encode(), value) for i, value in enumerate([*NASTY, *values_of(6, 300)])]
    wanted = shell.wanted(b"/p", pairs)
    out = parse_env(shell.run(f"ask 1 {wanted}\nenv -0"))
    if shell_name != "fish":  # which decodes and encodes all text, lossy outside of UTF-8
        assert {name: out.get(name) for name, _ in pairs} == dict(pairs)
    assert {name for name in out if name.startswith(b"V")} == {name for name, _ in pairs}
    assert STATE in out


@pytest.mark.parametrize("name, options", [
    ("zsh", "setopt rc_quotes csh_junkie_quotes csh_junkie_history bang_hist extended_glob"
            " glob_subst sh_word_split ksh_arrays ignore_braces glob_assign magic_equal_subst"),
    ("zsh", "emulate sh"), ("zsh", "emulate ksh"), ("zsh", "emulate csh"),
    ("zsh", "unsetopt multibyte"), ("zsh", "setopt no_unset warn_create_global"),
    ("bash", "set -o posix"), ("bash", "set -H -u; shopt -s extglob nullglob dotglob"),
    ("bash", "set -e -o pipefail; IFS=_l"), ("bash", "shopt -s compat44; set -k"),
])
def test_no_option_changes_the_quoting(root, name, options):
    shell = Shell(name, root)
    values = [*NASTY, *values_of(5, 100)]
    pairs = [(f"V{i}".encode(), value) for i, value in enumerate(values)]
    wanted = shell.wanted(b"/p", pairs)
    answer = shell.file(shell.run(f"$FLOW_ENV {name} 1 {wanted}"))
    # Evaluated with the option, but nothing else done with it.
    inside = parse_env(shell.run(f"_answer=$(<{answer})\n{options}\neval \"$_answer\"\nenv -0"))
    assert {pair: inside.get(pair) for pair, _ in pairs} == dict(pairs)


@pytest.mark.parametrize("locale", LOCALES)
def test_any_bytes_come_back(shell_name, root, locale):
    """What was there before the project is there again, whatever bytes it has."""
    shell = Shell(shell_name, root, locale)
    before = {f"V{i}".encode(): value for i, value in enumerate([*NASTY, *values_of(4, 200)])}
    # What the shell itself makes of its environment, and hands on, counts.
    start = parse_env(shell.run("env -0", before))
    if (shell_name, locale) != ("fish", "C"):
        assert {name: start.get(name) for name in before} == before
    wanted = shell.wanted(b"/p", [(name, b"other") for name in before])
    out = shell.run(f"ask 1 {wanted}\nenv -0\necho :cut:\nask 1\nenv -0", before)
    inside, outside = out.split(b":cut:\n")
    assert {parse_env(inside)[name] for name in before} == {b"other"}
    assert parse_env(outside) == start


@pytest.mark.parametrize("kind", ["text", "bytes", "lines"])
def test_values_of_100_kilobytes(shell, kind):
    rng = random.Random(7)
    value = {"text": b"a'b\\ " * 20480,
             "bytes": bytes(rng.randrange(1, 256) for _ in range(102400)),
             "lines": b"\n" * 102400}[kind]
    inside, outside = entered(shell, [(b"BIG", value), (b"SMALL", b"1")])
    assert inside[b"BIG"] == value and inside[b"SMALL"] == b"1"
    assert b"BIG" not in outside and b"SMALL" not in outside


def test_names(shell):
    """Only names are names; what would be code for a shell isn't set, the rest is."""
    good = [b"A", b"_a", b"a1", b"A" * 255, b"_9", b"NODE_ENV", b"e", b"i", b"name", b"value"]
    bad = [b"A B", b"1X", b"x;id", "ä".encode(), b"", b"a[$(id)]", b"a-b", b"$A", b"A\n",
           b"A" * 256, b"A'", b"A=B", b"PATH", b"LD_PRELOAD", b"IFS", b"PS1", b"UID",
           b"__LUMINA_FLOW", b"fish_x"]
    wanted = shell.wanted(b"/p", [(name, b"v") for name in good + bad])
    out = parse_env(shell.run(f"ask 1 {wanted}\nenv -0", skips=True))
    assert shell.stderr.count(b"\n") == len(bad) + bad.count(b"A\n")
    start = parse_env(shell.run("env -0"))
    assert {name for name, value in out.items() if value == b"v"} == set(good)
    for name in set(out) - set(good) - {STATE}:
        assert out[name] == start[name]


# zsh ties arrays to some names, fish makes lists of names that end in PATH.
@pytest.mark.parametrize("value", [
    b"", b"/a", b"/a:/b", b":/a", b"/a:", b"/a::/b", b":", b"a b:c\nd"])
def test_lists_stay_texts(shell, value):
    names = [b"PYTHONPATH", b"MANPATH", b"GOPATH", b"XDG_DATA_DIRS", b"PKG_CONFIG_PATH", b"XPATH"]
    inside, outside = entered(shell, [(name, value) for name in names])
    assert {name: inside.get(name) for name in names} == {name: value for name in names}
    assert not set(outside) & set(names)


def test_dotenv_arrives(shell):
    path = shell.file(b"\xef\xbb\xbf# c\r\nexport A='$HOME `id`\n $(id)'\r\n"
                      b"B=\"x\\ny\\\\\\\"\" # d\n"
                      b"C = it's $5 \xff\nLD_PRELOAD=/evil.so\nEDITOR=evil\n", ".env")
    wanted = shell.wanted(b"/p", [(b"D", b"1")])
    out = parse_env(shell.run(f"ask 1 {path} {wanted}\nenv -0", skips=True))
    assert out[b"A"] == b"$HOME `id`\n $(id)"
    assert out[b"B"] == b'x\ny\\"'
    assert out[b"C"] == b"it's $5 \xff"
    assert out[b"D"] == b"1"
    assert b"LD_PRELOAD" not in out and b"EDITOR" not in out
    assert [line.split()[0] for line in shell.stderr.splitlines()] == [b"LD_PRELOAD", b"EDITOR"]


# --- back again -----------------------------------------------------------------------------

def test_unset_empty_and_unexported_come_back(shell):
    wanted = shell.wanted(b"/p", [(name, b"p") for name in (b"UNSET", b"EMPTY", b"FULL", b"HERE")])
    show = "echo \"<$HERE>\""
    out = shell.run("\n".join([
        shell.export("EMPTY", ""), shell.export("FULL", "a b"), shell.assign("HERE", "only here"),
        f"ask 1 {wanted}", "env -0", "echo :cut:", "ask 1", "env -0", "echo :cut:", show]))
    inside, outside, here = out.split(b":cut:\n")
    inside, outside = parse_env(inside), parse_env(outside)
    assert [inside[name] for name in (b"UNSET", b"EMPTY", b"FULL", b"HERE")] == [b"p"] * 4
    assert b"UNSET" not in outside and b"HERE" not in outside
    assert outside[b"EMPTY"] == b"" and outside[b"FULL"] == b"a b"
    assert here == b"<only here>\n"


def test_a_persons_path_stays(shell):
    a = shell.wanted(b"/a", path=[b"/a/bin", b"/usr/bin"])
    b = shell.wanted(b"/b", path=[b"/b bin/'x"])
    out = shell.run("\n".join([
        f"ask 1 {a}", "printenv PATH", shell.prepend("/mine"), f"ask 1 {a}", "printenv PATH",
        f"ask 1 {b}", "printenv PATH", "ask 1", "printenv PATH"]))
    assert out.decode().splitlines() == [
        "/a/bin:/usr/bin:/usr/bin:/bin", "/mine:/a/bin:/usr/bin:/usr/bin:/bin",
        "/b bin/'x:/mine:/usr/bin:/bin", "/mine:/usr/bin:/bin"]


def test_zsh_that_keeps_each_folder_once(root):
    shell = Shell("zsh", root)
    shell.env[b"PATH"] = b"/x:/a/bin:/usr/bin:/bin"
    a = shell.wanted(b"/a", path=[b"/a/bin", b"/bin"])
    out = shell.run(f"typeset -U path PATH\nask 1 {a}\nprintenv PATH\nask 1\nprintenv PATH\n"
                    f"ask 1 {a}\nPATH=/mine:$PATH\nask 1\nprintenv PATH")
    assert out.decode().splitlines() == [
        "/a/bin:/bin:/x:/usr/bin", "/x:/a/bin:/usr/bin:/bin", "/mine:/x:/a/bin:/usr/bin:/bin"]


def test_a_nested_shell_inherits_and_leaves(shell):
    """It leaves what it inherited exactly once, and the outer one still can."""
    wanted = shell.wanted(b"/p", [(b"A", b"p"), (b"B", b"p")], [b"/p/bin"])
    inner = shell.script_file("\n".join([
        shell.export("A", "start-up"), f"ask 2 {wanted}", "printenv A B PATH", "ask 2",
        "env | grep -aE '^(A|B|PATH|__LUMINA_FLOW)=' | sort", "ask 2"]))
    out = shell.run("\n".join([
        shell.export("A", "before"), f"ask 1 {wanted}", f"nest {inner}", "echo :cut:", "ask 1",
        "env | grep -aE '^(A|B|PATH|__LUMINA_FLOW)=' | sort"]))
    inside, outside = out.decode().split(":cut:\n")
    assert inside.splitlines() == [
        "p", "p", "/p/bin:/usr/bin:/bin", "A=start-up", "PATH=/usr/bin:/bin"]
    assert outside.splitlines() == ["A=before", "PATH=/usr/bin:/bin"]


def test_a_broken_record_is_none(shell):
    """Whatever was inherited as record: nothing of it is run or printed, and it goes away."""
    for state in (b"", b"1:", b"garbage; id", b"\xff\n", b"$(touch /tmp/x)", b"x" * 70000,
                  b"1:0123456789abcdef:i/p;s1;vHOME=0000000000000001+x;"):
        out = parse_env(shell.run("ask 1\nenv -0", {STATE: state, b"A": b"1"}))
        assert STATE not in out and out[b"A"] == b"1"


def test_no_part_of_an_answer_is_one(shell):
    """Cut anywhere, an answer doesn't end as a whole one does."""
    pairs = [(b"A", b"x\n#lumina:end\n"), (b"B", b"'\n#lumina:end\n")]
    wanted = shell.wanted(b"/p", pairs, [b"/p"])
    answer = shell.run(f"$FLOW_ENV {shell.name} 1 {wanted}")
    end = b"\n#lumina:end\n"
    assert answer.endswith(end)
    for length in range(len(answer)):
        assert not answer[:length].endswith(end) and answer[:length] != end[1:]


# --- random walks ---------------------------------------------------------------------------

NAMES = ["A", "B_2", "c", "_D"]


class Walk:
    """A script of random changes, with what the environment has to be at every mark."""

    def __init__(self, shell, seed):
        self.shell, self.rng, self.values = shell, random.Random(seed), 0
        self.lines, self.expected = [], []
        self.person = {}   # what the person has set
        self.project, self.wanted, self.theirs = None, {}, set()
        self.files = {}
        for name in ("/a", "/b", "/c\n'"):
            pairs = {n: f"{name} {n}" for n in NAMES if self.rng.random() < 0.7}
            encoded = [(n.encode(), v.encode()) for n, v in pairs.items()]
            path = f"{name.strip(chr(10) + chr(39))}/bin"
            self.files[name] = (shell.wanted(name.encode(), encoded, [path.encode()]), pairs, path)
        self.path = "/usr/bin:/bin"

    def change(self):
        name = self.rng.choice(NAMES)
        self.values += 1
        if self.rng.random() < 0.3:
            if self.now(name) is None:
                return
            self.lines.append(self.shell.unset(name))
            self.person.pop(name, None)
        else:
            value = self.rng.choice([f"v{self.values}", f"v{self.values}\n", f"v '{self.values}\\"])
            if self.shell.name == "fish":
                value = value.replace("\\", "/")
            self.lines.append(self.shell.export(name, value))
            self.person[name] = value
        self.theirs.add(name)

    def now(self, name):
        mine = name in self.wanted and name not in self.theirs
        return self.wanted[name] if mine else self.person.get(name)

    def ask(self, project):
        if project != self.project:
            self.theirs = set()
        self.project = project
        self.wanted = self.files[project][1] if project else {}
        self.theirs &= set(self.wanted)
        self.lines.append(f"ask 1 {self.files[project][0]}" if project else "ask 1")

    def mark(self):
        self.lines.append("env -0; echo :cut:")
        path = f"{self.files[self.project][2]}:" if self.project else ""
        expected = {name: self.now(name) for name in NAMES if self.now(name) is not None}
        self.expected.append({**expected, "PATH": path + self.path})

    def run(self, steps):
        for _ in range(steps):
            if self.rng.random() < 0.5:
                self.change()
            else:
                self.ask(self.rng.choice([None, self.project, *self.files]))
            self.mark()
        self.ask(None)
        self.mark()
        parts = self.shell.run("\n".join(self.lines)).split(b":cut:\n")[:-1]
        assert len(parts) == len(self.expected)
        for number, (part, expected) in enumerate(zip(parts, self.expected)):
            got = {name.decode(): value.decode() for name, value in parse_env(part).items()
                   if name.decode() in [*NAMES, "PATH"]}
            assert got == expected, f"step {number}: {self.lines}"
        assert STATE not in parse_env(parts[-1])


@pytest.mark.parametrize("seed", range(5))
def test_random_walk(shell, seed):
    Walk(shell, seed).run(40)


def test_the_program_is_there():
    assert FLOW_ENV.exists()
