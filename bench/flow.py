# SPDX-License-Identifier: MIT
"""What a shell pays for its hook: the rows of the flow in bench/run. README.md tells what and how."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from statistics import median, quantiles
from typing import NamedTuple

MISSIONS = 10
REGISTRY = """version: 1
missions:
  web:
    when: [package.json, deno.json]
    env: {FLOW_BENCH: web, FLOW_OTHER: "a value"}
    path: [node_modules/.bin]
"""
MORE = """  m{0}:
    when: [marker-{0}.toml]
    in: [~/elsewhere/{0}]
    env: {{NAME_{0}: "value {0}"}}
    path: [bin]
"""

# _b_prompt does what the shell does before a prompt. _b_run N FROM TO A B goes to FROM and TO, and
# then N times to both; it counts how often $FLOW_BENCH was A and B there. _b_late notes the clock.
BOTH = r"""
_b_stay() {
	local i=0
	while ((i++ < $1)); do _b_prompt; done
}
_b_run() {
	local i=0 good=0
	cd "$2" && _b_prompt; cd "$3" && _b_prompt
	while ((i++ < $1)); do
		cd "$2" && _b_prompt; [[ ${FLOW_BENCH-} != "$4" ]] || ((good += 1))
		cd "$3" && _b_prompt; [[ ${FLOW_BENCH-} != "$5" ]] || ((good += 1))
	done
	echo "$good" >"$BENCH_OUT"
}
_b_late() {
	local i=0 a b t=
	cd "$2" && _b_prompt; cd "$3" && _b_prompt
	while ((i++ < $1)); do
		a=$EPOCHREALTIME; cd "$2" && _b_prompt; b=$EPOCHREALTIME; t+="$a $b "
		a=$EPOCHREALTIME; cd "$3" && _b_prompt; b=$EPOCHREALTIME; t+="$a $b "
	done
	echo "$t" >"$BENCH_OUT"
}
"""
PROMPT = {
    "zsh": BOTH + r"""
zmodload zsh/datetime
PROMPT='> '
_b_prompt() {
	local f
	for f in $precmd_functions; do $f; done
	: "${(%%)PROMPT}"
}
""",
    "bash": BOTH + r"""
unset HISTFILE PROMPT_COMMAND
PS1='> '
_b_prompt() {
	local f
	for f in "${PROMPT_COMMAND[@]}"; do eval "$f"; done
	: "${PS1@P}"
}
""",
    "fish": r"""
function fish_prompt; echo '> '; end
for name in fish_greeting fish_right_prompt fish_title
    function $name; end
end
function _b_prompt
    emit fish_prompt
    fish_prompt >/dev/null
end
function _b_stay
    for i in (seq $argv[1])
        _b_prompt
    end
end
function _b_run
    set -l good 0
    cd $argv[2]; and _b_prompt
    cd $argv[3]; and _b_prompt
    for i in (seq $argv[1])
        cd $argv[2]; and _b_prompt; test "$FLOW_BENCH" = "$argv[4]"; and set good (math $good + 1)
        cd $argv[3]; and _b_prompt; test "$FLOW_BENCH" = "$argv[5]"; and set good (math $good + 1)
    end
    echo $good >$BENCH_OUT
end
""",
}

# The floors. "compare": a function that compares $PWD. "nothing": Lumina's own hook, with a program
# in lumina's place that does nothing. "plain": the shortest that there is, with the same program.
COMPARE = {
    "zsh": '_f() { [[ $PWD == "$_at" ]] || _at=$PWD; }; precmd_functions+=(_f)\n',
    "bash": '_f() { [[ $PWD == "$_at" ]] || _at=$PWD; }; PROMPT_COMMAND=_f\n',
    "fish": 'function _f --on-event fish_prompt; test "$PWD" = "$_at"; or set -g _at "$PWD"; end\n',
}
_PLAIN = ('_f() { [[ $PWD == "$_at" ]] && return; _at=$PWD; local o; '
          'o=$(@PROGRAM@ flow --dir "$PWD" </dev/null 2>/dev/null) && eval "$o"; }; ')
PLAIN = {
    "zsh": _PLAIN + "precmd_functions+=(_f)\n",
    "bash": _PLAIN + "PROMPT_COMMAND=_f\n",
    "fish": 'function _f --on-event fish_prompt; test "$PWD" = "$_at"; and return; '
            'set -g _at "$PWD"; @PROGRAM@ flow --dir "$PWD" </dev/null 2>/dev/null | source; end\n',
}
FLOORS = {"compare": "compares $PWD", "nothing": "hook, nothing", "plain": "$(nothing)"}
PEERS = {"direnv": "direnv hook {}", "zoxide": "zoxide init {}", "starship": "starship init {}"}
# Interactive, with a file of our own in place of everybody's.
ARGV = {"zsh": ["zsh", "-d", "-i"], "bash": ["bash", "--noprofile", "--rcfile", ".bashrc", "-i"],
        "fish": ["fish", "-i"]}
FILE = {"zsh": ".zshrc", "bash": ".bashrc", "fish": ".config/fish/config.fish"}


class Work(NamedTuple):
    name: str
    line: str       # what is typed: {n} times, {home}
    each: int       # what one time counts as
    wanted: str     # what _b_run's $FLOW_BENCH has to be


STAY = Work("prompt, unchanged folder", "_b_stay {n}", 1, "")
INSIDE = Work("folder of the same project", "_b_run {n} {home}/shop/src {home}/shop/lib web web", 2,
              "web")
CROSS = Work("entering and leaving a project", "_b_run {n} {home}/shop {home} web ''", 2, "web")


class Flow:
    """The rows. `bench` runs programs and shows rows: it is bench/run's Bench."""

    def __init__(self, bench, failed):
        self.bench, self.failed = bench, failed
        self.count, self.nothing = 0, bench.bin / "floor_nothing"
        # As /run/user is: in memory.
        self.runtime = tempfile.mkdtemp(prefix="lb", dir="/dev/shm")

    def hook(self, shell):
        done = subprocess.run([self.bench.args.lumina, "hook", shell], capture_output=True, text=True,
                              check=True)
        return done.stdout

    def make_home(self, missions=MISSIONS):
        """A home with a registry, a project of its, and one for direnv."""
        self.count += 1
        home = self.bench.work / f"f{self.count}"
        for folder in (".lumina", ".config/fish", "shop/src", "shop/lib", "envrc", "tmp",
                       ".local/share/fish/generated_completions", "run"):
            (home / folder).mkdir(parents=True)
        (home / "run").chmod(0o700)
        (home / "shop/package.json").touch()
        (home / "shop/.git").mkdir()
        (home / "envrc/.envrc").write_text("export FLOW_BENCH=web FLOW_OTHER='a value'\n"
                                           "PATH_add node_modules/.bin\n")
        (home / ".lumina/lumina.yaml").write_text(
            REGISTRY + "".join(MORE.format(i) for i in range(1, missions)))
        return home

    def environment(self, home):
        env = self.bench.environment(home, None)
        env.update(PATH=f"{self.bench.args.lumina.parent}:{env['PATH']}", TERM="xterm-256color", ZDOTDIR=str(home),
                   XDG_RUNTIME_DIR=self.runtime, LUMINA_TIMEOUT_SCALE="100",
                   BENCH_OUT=str(home / "out"))
        return env

    def configure(self, shell, variant, home):
        """The shell's file: the loop, and what of a variant a person's file would have."""
        text = PROMPT[shell]
        if variant == "compare":
            text += COMPARE[shell]
        elif variant == "plain":
            text += PLAIN[shell].replace("@PROGRAM@", str(self.nothing))
        elif variant == "nothing":
            text += self.hook(shell).replace(str(self.bench.args.lumina), str(self.nothing))
        elif variant in PEERS or variant == "lumina":
            line = PEERS.get(variant, "lumina hook {}").format(shell)
            text += f"{line} | source\n" if shell == "fish" else f'eval "$({line})"\n'
        (home / FILE[shell]).write_text(text + "echo >$BENCH_OUT\n")

    def typed(self, shell, variant, home, line, prefix=()):
        """Processor time in ms of an interactive shell on a terminal, and of all that it waited for,
        that is typed one line."""
        self.configure(shell, variant, home)
        out = home / "out"
        out.unlink(missing_ok=True)
        argv, env = [*prefix, *ARGV[shell]], self.environment(home)
        pid, terminal = os.forkpty()
        if pid == 0:
            try:
                os.chdir(home)
                os.execvpe(argv[0], argv, env)
            finally:
                os._exit(127)
        end, sent, shown = time.monotonic() + 120, False, b""
        while True:
            # Quiet, behind its file: it waits for somebody to type.
            ready = select.select([terminal], [], [], 0.05)[0]
            if ready:
                try:
                    shown += os.read(terminal, 65536)
                except OSError:
                    break
            elif not sent and out.exists():
                os.write(terminal, f" {line}; exit\r".encode())
                sent = True
            if time.monotonic() > end:
                os.kill(pid, signal.SIGKILL)
                break
        _, status, used = os.wait4(pid, 0)
        os.close(terminal)
        if status != 0 or not sent:
            raise self.failed(f"{shell} with {variant}: '{line}' ended with {status}: {shown[-500:]!r}")
        return (used.ru_utime + used.ru_stime) * 1000

    def cost(self, shell, variant, home, work, times):
        """Processor time in ms that one prompt costs, the shell's start left out."""
        went = []
        for n in (0, times):
            line = work.line.format(n=n, home=home)
            if variant == "direnv":
                line = line.replace(f"{home}/shop", f"{home}/envrc")
            went.append(self.typed(shell, variant, home, line))
            good = (home / "out").read_text().strip()
            if n and work.wanted and variant in ("lumina", "direnv") and good != str(2 * n):
                raise self.failed(f"{shell} with {variant}: right {good} times of {2 * n}: {line}")
        return (went[1] - went[0]) / times / work.each

    def measure(self, shell, work, plan, rounds):
        """{variant: [ms a prompt, beyond the same without any hook]}; plan: {variant: times}."""
        home = self.make_home()
        if "direnv" in plan:
            subprocess.run(["direnv", "allow", home / "envrc"], env=self.environment(home), check=True)
        found = {variant: [] for variant in plan}
        for i in range(-1, rounds):
            bare = self.cost(shell, "bare", home, work, plan["compare"])
            for variant, times in plan.items():
                cost = self.cost(shell, variant, home, work, times) - bare
                if i >= 0:
                    found[variant].append(cost)
        return found

    @staticmethod
    def short(us):
        return f"{us / 1000:.2f} ms" if us >= 1000 else f"{us:.1f} µs" if us < 100 else f"{us:.0f} µs"

    def row(self, shell, work, found, variant, floor, limit=None):
        pairs = list(zip(found[variant], found[floor]))
        ratio = median(a / b for a, b in pairs)
        title = f"{work.name}, {shell}" + ("" if variant == "lumina" else f", {variant}")
        self.bench.raw[f"{title}, {floor}"] = {
            "us": [a * 1000 for a, _ in pairs], "floor_us": [b * 1000 for _, b in pairs],
            "ratio": ratio, "limit": limit}
        mine, least = (self.short(median(found[name]) * 1000) for name in (variant, floor))
        self.bench.show(title, mine, f"{FLOORS[floor]} {least}", f"{ratio:.2f}×",
                        limit and f"{limit}×", limit is None or ratio <= limit)

    def shell(self, shell):
        quick, fish = self.bench.args.quick, shell == "fish"
        rounds = 2 if quick else 5
        many = (20_000 if fish else 100_000) // (10 if quick else 1)
        calls = 50 if quick else 200
        peers = {} if quick else {p: calls // 8 for p in PEERS if shutil.which(p)}

        idle = {peer: 2000 if peer == "zoxide" else n for peer, n in peers.items()}
        found = self.measure(shell, STAY, {"lumina": many, "compare": many, **idle}, rounds)
        self.row(shell, STAY, found, "lumina", "compare", 1.5)
        for peer in peers:
            self.row(shell, STAY, found, peer, "compare")
        self.processes(shell, STAY)
        if not fish:  # it asks for each folder
            found = self.measure(shell, INSIDE, {"lumina": many // 4, "compare": many // 4}, rounds)
            self.row(shell, INSIDE, found, "lumina", "compare", 5)
            self.processes(shell, INSIDE)
        found = self.measure(shell, CROSS, {"lumina": calls, "nothing": calls, "plain": calls,
                                            "compare": calls, **peers}, rounds)
        self.row(shell, CROSS, found, "lumina", "nothing", 1.5)
        for variant in ("lumina", *peers):
            self.row(shell, CROSS, found, variant, "plain")
        if not fish:  # it has no clock
            self.late(shell)

    def processes(self, shell, work, times=50):
        """Processes made by the shell and all below it, a prompt; fish starts with one more or less."""
        if not shutil.which("strace"):
            return
        home, made = self.make_home(), []
        trace = home / "trace"
        for n in (0, times):
            self.typed(shell, "lumina", home, work.line.format(n=n, home=home),
                       ["strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-e",
                        "signal=none", "-o", str(trace)])
            made.append(sum("CLONE_THREAD" not in line and "resumed>" not in line
                            for line in trace.read_text(errors="replace").splitlines()))
        each = (made[1] - made[0]) / times / work.each
        self.bench.show(f"processes, {work.name}, {shell}", f"{abs(each):.1f}", limit="0",
                        held=abs(each) < 0.05)

    def late(self, shell, changes=1000, rounds=10):
        """How long a person waits, by the clock: the slowest hundredth of the changes."""
        home, took = self.make_home(), {"lumina": [], "nothing": []}
        for _ in range(2 if self.bench.args.quick else rounds):
            for variant, times in took.items():
                line = f"_b_late {changes // rounds // 2} {home}/shop {home}"
                self.typed(shell, variant, home, line)
                clock = [float(word) for word in (home / "out").read_text().split()]
                times += [(b - a) * 1e6 for a, b in zip(clock[::2], clock[1::2])]
        p99 = {variant: quantiles(times, n=100)[98] for variant, times in took.items()}
        middle = median(took["lumina"])
        work = f"slowest of 100 changes (p99), by the clock, {shell}"
        self.bench.raw[work] = {"us": took["lumina"], "floor_us": took["nothing"]}
        self.bench.show(work, f"{self.short(p99['lumina'])}, {p99['lumina'] / middle:.2f}× its median",
                        f"{FLOORS['nothing']} {self.short(p99['nothing'])}",
                        f"{p99['lumina'] / p99['nothing']:.2f}×")

    def instructions(self):
        """Of one `lumina flow` that enters a project, as valgrind counts them."""
        if not shutil.which("valgrind"):
            print("  no valgrind: instructions are not counted", file=sys.stderr)
            return
        counts = {}
        for missions in (MISSIONS, 500):
            home = self.make_home(missions)
            for argv in ([self.nothing], [self.bench.args.lumina, "flow", "--dir", home / "shop",
                                          "--shell", "zsh"]):
                for _ in range(2):  # the first time it compiles the missions
                    done = subprocess.run(
                        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *argv],
                        env=self.environment(home), capture_output=True, text=True, check=True)
                if len(argv) > 1 and "FLOW_BENCH" not in done.stdout:
                    raise self.failed(f"flow with {missions} missions: {done.stdout}")
                counts[missions, len(argv) > 1] = int(re.search(r"Collected : (\d+)", done.stderr)[1])
        for missions in (MISSIONS, 500):
            mine, floor = counts[missions, True], counts[missions, False]
            self.bench.raw[f"instructions, {missions} missions"] = {"count": mine, "floor": floor}
            self.bench.show(f"instructions of `lumina flow`, {missions} missions", f"{mine:,}",
                            f"nothing {floor:,}", f"{mine / floor:.2f}×")

    def all(self):
        try:
            for name in PEERS:
                if not shutil.which(name):
                    print(f"  no {name}: left out", file=sys.stderr)
            for shell in ARGV:
                if shutil.which(shell):
                    self.shell(shell)
                else:
                    print(f"  no {shell}: left out", file=sys.stderr)
            self.instructions()
        finally:
            shutil.rmtree(self.runtime)
