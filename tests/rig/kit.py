# SPDX-License-Identifier: MIT
"""What scripts of the rig's sessions (tests/rig/run) use: the compositor, terminals, the bar, the screen.

A script is a Python file whose functions test_* are the cases; it ends with

    if __name__ == "__main__":
        kit.main()

A docstring's line "machines: NAME ..." says which sessions it is for (tests/rig/run lists them); else
it is all of its folder's. After each case windows are closed, the configuration is loaded again and
the home folder is as it was. A machine of the rig is 20 to 50 times slower than a desktop: wait for a
state with wait_for(), never for a time. The program under test is on PATH as `lumina`, with
LUMINA_TIMEOUT_SCALE=100 where the machine is emulated.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LUMINA = os.environ.get("LUMINA", "lumina")
MACHINE = os.environ.get("RIG_MACHINE", "")
SHARE = Path(os.environ.get("RIG_SHARE", "/rig"))  # what is put here, the host has too
HOME = Path(os.environ["HOME"])
RUNTIME = Path(os.environ["XDG_RUNTIME_DIR"])
PROMPT = "@@ "


class Failed(Exception):
    """A case does not hold."""


def check(true, *what):
    """Fails the case, saying what, unless `true`."""
    if not true:
        raise Failed(" ".join(str(word) for word in what) or "not so")


def equal(got, wanted, what="value"):
    if got != wanted:
        raise Failed(f"{what}:\n  got    {got!r}\n  wanted {wanted!r}")


def wait_for(what, predicate, seconds=60):
    """The first true value of predicate(); fails, with `what`, when there is none in time."""
    end = time.monotonic() + seconds
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"after {seconds} s still not: {what} (last: {value!r})")
        time.sleep(0.1)


def write(path, text):
    """A file below the home folder (or absolute), by rename; its folders are made."""
    path = HOME / path
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.rename(path)
    return path


def run(*words, cwd=None, env=None, check_code=True, seconds=60):
    """A program's completed process, with text output; fails unless it exits with 0."""
    done = subprocess.run([str(word) for word in words], cwd=cwd or HOME, capture_output=True, text=True,
                          env={**os.environ, **(env or {})}, timeout=seconds, check=False,
                          stdin=subprocess.DEVNULL)
    if check_code and done.returncode != 0:
        raise Failed(f"{words} exited with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def lumina(*words, **options):
    return run(LUMINA, *words, **options)


# The compositor

def hypr_folder():
    return RUNTIME / "hypr" / os.environ["HYPRLAND_INSTANCE_SIGNATURE"]


def hypr(request, seconds=30):
    """Hyprland's reply to a request as it goes over the socket ("j/clients", "/keyword …")."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(seconds)
        connection.connect(str(hypr_folder() / ".socket.sock"))
        connection.sendall(request.encode())
        reply = b""
        while part := connection.recv(65536):
            reply += part
    return reply.decode(errors="replace")


def hypr_json(request):
    """The same as a value: hypr_json("clients")."""
    text = hypr("j/" + request)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Failed(f"no JSON in reply to {request}: {text!r}") from error


def is_lua():
    """Whether this Hyprland's configuration is Lua; else it is the older language."""
    return "lua" in hypr("j/status")


def hypr_do(lua, conf):
    """One of two requests, by the configuration's language; the reply must be "ok"."""
    request = lua if is_lua() else conf
    equal(hypr(request), "ok", request)


def go_to(workspace):
    """Shows a workspace, as a person's key does."""
    hypr_do(f'dispatch hl.dsp.focus({{ workspace = "{workspace}" }})', f"dispatch workspace {workspace}")
    wait_for(f"workspace {workspace}", lambda: hypr_json("activeworkspace")["id"] == workspace)


def workspace(number):
    """What Hyprland says of a workspace, or None."""
    return next((item for item in hypr_json("workspaces") if item["id"] == number), None)


def swaymsg(*words):
    """sway's answer as a value: swaymsg("-t", "get_tree")."""
    return json.loads(run("swaymsg", "-r", *words).stdout)


# Terminals

class Terminal:
    """A terminal window with a shell, typed into as a person would.

    Between the terminal and the shell stands agent.py, as a wrapper may; the shell has a real
    terminal of its own."""

    opened = []

    def __init__(self, shell="bash", cwd=None, env=None, program=("foot",), wait=True):
        self.folder = Path(tempfile.mkdtemp(prefix="terminal-"))
        os.mkfifo(self.folder / "in")
        self.out = self.folder / "out"
        self.out.touch()
        words = [*program, sys.executable, "-SE", Path(__file__).with_name("agent.py"), self.folder,
                 *shell_words(shell)]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in words], cwd=cwd or HOME, env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.pid = self.process.pid
        Terminal.opened.append(self)
        if wait:
            wait_for("a prompt in the terminal", self.prompts)

    def shell_pid(self):
        return int(wait_for("the shell", lambda: read(self.folder / "pid")))

    def text(self):
        """All that the shell has shown, without control sequences."""
        data = self.out.read_bytes().decode(errors="replace")
        data = re.sub(r"\x1b(\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|P[^\x1b]*\x1b\\|[()].|.)"
                      r"|\r|\x07|\x0f|\x0e", "", data)
        # fish's mark of a line without an end, which there was none of.
        return re.sub(r"\u23ce *(\u23ce )?", "", data)

    def prompts(self):
        return self.text().count(PROMPT)

    def type(self, text):
        with open(self.folder / "in", "w", encoding="utf-8") as pipe:
            pipe.write(text)

    def run(self, command, seconds=60):
        """Types a command, waits for the next prompt, and returns what came in between."""
        before = len(self.text())
        self.type(command + "\n")
        wait_for(f"a prompt after: {command}",
                 lambda: self.text()[before:].rstrip("\n").endswith(PROMPT), seconds)
        shown = self.text()[before:]
        return shown.partition("\n")[2].rpartition(PROMPT)[0]

    def window(self, seconds=60):
        """What Hyprland says of its window (of the newest, if the process has several)."""
        return wait_for("the window", lambda: next(
            (item for item in reversed(hypr_json("clients"))
             if item["pid"] == self.pid and item["mapped"]), None), seconds)

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
        if self in Terminal.opened:
            Terminal.opened.remove(self)
        shutil.rmtree(self.folder, ignore_errors=True)


def read(path):
    try:
        return Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def shell_words(shell):
    """The command for a shell, whose own files are made to show PROMPT, where the test made none."""
    if not isinstance(shell, str):
        return shell
    for path, line in ((".bashrc", f"PS1='{PROMPT}'"), (".zshrc", f"PS1='{PROMPT}'; unsetopt prompt_cr"),
                       (".config/fish/config.fish",
                        f"set -g fish_greeting; function fish_prompt; echo -n '{PROMPT}'; end")):
        if PROMPT not in read(HOME / path):
            write(path, read(HOME / path) + line + "\n")
    return [shell, "-i"]


# The bar and the screen

class Waybar:
    """A Waybar with a configuration of the test's own; `pid`, and `log()`."""

    opened = []

    def __init__(self, config, style="", wait=True):
        folder = HOME / ".config/waybar"
        write(folder / "config.jsonc", config if isinstance(config, str) else json.dumps(config))
        write(folder / "style.css", style)
        self.path = Path(tempfile.mkdtemp(prefix="waybar-")) / "log"
        with open(self.path, "wb") as log:
            self.process = subprocess.Popen(["waybar"], cwd=HOME, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)
        self.pid = self.process.pid
        Waybar.opened.append(self)
        if wait:
            wait_for("the bar", lambda: "Bar configured" in self.log() or not self.alive())
            check(self.alive(), "waybar ended:", self.log())

    def log(self):
        return self.path.read_text(encoding="utf-8", errors="replace")

    def alive(self):
        return self.process.poll() is None

    def close(self):
        if self.alive():
            self.process.terminate()
            self.process.wait(30)
        if self in Waybar.opened:
            Waybar.opened.remove(self)


class Screen:
    """What an output shows: rows of (red, green, blue)."""

    def __init__(self, data):
        kind, width, height, depth = data.split(maxsplit=4)[:4]
        check((kind, depth) == (b"P6", b"255"), "grim's image:", data[:20])
        self.width, self.height = int(width), int(height)
        self.data = data[-3 * self.width * self.height:]

    def pixel(self, x, y):
        at = 3 * (y * self.width + x)
        return tuple(self.data[at:at + 3])

    def count(self, color, box=None):
        """How many pixels of exactly this color there are, in (left, top, right, bottom) or all."""
        left, top, right, bottom = box or (0, 0, self.width, self.height)
        return sum(self.pixel(x, y) == color for y in range(top, bottom) for x in range(left, right))

    def __eq__(self, other):
        return (self.width, self.height, self.data) == (other.width, other.height, other.data)


def screen(output=None):
    """What is on the screen (of one output, if named)."""
    which = ["-o", output] if output else []
    done = subprocess.run(["grim", *which, "-t", "ppm", "-"], capture_output=True, timeout=60, check=False)
    check(done.returncode == 0, "grim:", done.stderr)
    return Screen(done.stdout)


def screenshot(name, output=None):
    """The same as a PNG file for people: shots/NAME.png in the share."""
    folder = SHARE / "shots"
    folder.mkdir(exist_ok=True)
    which = ["-o", output] if output else []
    run("grim", *which, folder / f"{name}.png")


# Running the cases

def processes():
    """The person's processes: (pid, name)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if entry.stat().st_uid == os.getuid():
                found.append((int(entry.name), (entry / "comm").read_text().strip()))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def snapshot(folder):
    return {path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}


def restore(folder, before):
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder) not in before:
            path.unlink()
    for name, data in before.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != data:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).unlink(missing_ok=True)  # a link, perhaps, that leads nowhere by now
            (folder / name).write_bytes(data)


def reset(home, alive):
    """Everything as it was before the first case."""
    for thing in [*Terminal.opened, *Waybar.opened]:
        thing.close()
    for pid, _ in processes():
        if pid not in alive and pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    restore(HOME, home)
    shutil.rmtree(RUNTIME / "lumina", ignore_errors=True)
    if "HYPRLAND_INSTANCE_SIGNATURE" in os.environ:
        wait_for("no window", lambda: not hypr_json("clients"))
        go_to(1)
        hypr("/reload")
        wait_for("no rule", lambda: not hypr_json("workspacerules"))


def lines_of(error):
    """Where it came from, outermost first."""
    trace = error.__traceback__.tb_next
    while trace is not None:
        yield f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"
        trace = trace.tb_next


def print_state():
    """What Lumina has noted, and what Hyprland says, for whoever looks into a failure."""
    for path in [*sorted((RUNTIME / "lumina").rglob("*")), HOME / ".config/waybar/lumina.css"]:
        if path.is_file():
            print(f"--- {path}:\n{path.read_text(errors='replace')[-2000:]}")
    for pid, name in processes():
        if name == Path(LUMINA).name:
            print(f"--- process {pid}: {name}")
    if "HYPRLAND_INSTANCE_SIGNATURE" in os.environ:
        for request in ("workspacerules", "workspaces", "clients"):
            print(f"--- {request}: {hypr('j/' + request)}")


def run_case(name, case):
    start = time.monotonic()
    try:
        case()
        result = "ok"
    except Exception as error:  # pylint: disable=broad-exception-caught  # a report, whatever it is
        result = "FAILED"
        kind = "" if isinstance(error, Failed) else f"{type(error).__name__}: "
        print(f"{name} ({' '.join(lines_of(error))}): {kind}{error}")
        print_state()
        for terminal in Terminal.opened:
            print(f"--- terminal {terminal.pid}:\n{terminal.text()[-3000:]}")
        for bar in Waybar.opened:
            print(f"--- waybar {bar.pid}:\n{bar.log()[-2000:]}")
    print(f"{result:6} {time.monotonic() - start:5.1f}s  {name}", flush=True)
    return result == "ok"


def main():
    """Runs the calling script's cases (only those whose names are in RIG_CASES, if set). One that fails
    is run once more where RIG_AGAIN is set: the machine may have been too busy."""
    wanted = os.environ.get("RIG_CASES", "").split()
    cases = [(name, case) for name, case in vars(sys.modules["__main__"]).items()
             if name.startswith("test_") and (not wanted or name in wanted)]
    home, alive = snapshot(HOME), {pid for pid, _ in processes()}
    results = []
    for name, case in cases:
        held = run_case(name, case)
        reset(home, alive)
        if not held and "RIG_AGAIN" in os.environ:
            print(f"once more: {name}")
            held = run_case(name, case)
            reset(home, alive)
        results.append(held)
    sys.exit(0 if results and all(results) else 1)

