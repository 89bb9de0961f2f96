# SPDX-License-Identifier: MIT
"""A compositor's socket without a compositor: speaks as Hyprland does, and misbehaves when told.

`with Compositor(home) as hypr:` starts it in a process of its own, as the home's user, with a
lock file and a socket in the home's runtime folder. `hypr.env()` is what a terminal in it has in
its environment, `hypr.requests()` what it was asked, byte for byte, `hypr.behave(HOW)` how it
answers from now on:

    good          as Hyprland
    full          accepts nobody; the backlog is full
    mute          accepts, never reads
    silent        reads, never answers
    closes        accepts, and closes without having read
    vanishes      reads, and closes without an answer
    stays         answers, and never closes
    drip          a byte of the answer every 10 ms
    flood         2 MiB
    garbage       `reply`, whatever it was asked

Dialects: "repl" (0.57), "eval" (0.55), "keyword" (0.56 with hyprland.conf), "old" (before 0.54).
All but the first serve the socket as Hyprland up to 0.56 did: one after the other, in steps of
1,023 bytes, while nothing is drawn; `held` of a request says how long.

What this file does as a program is at its end: it is run by itself there, so it imports nothing of
the tests'.
"""

import contextlib
import errno
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

STEP = 1023
PATIENCE = 5.0  # Hyprland's own, for whoever connects and says nothing
FLOOD = 2 * 1024 * 1024

STATUS = '\n{\n    "configProvider": "%s",\n    "backend": "drm"\n}\n'
OPTIONS = {"general:gaps_in": "5 5 5 5", "general:gaps_out": "20 20 20 20",
           "general:float_gaps": "0 0 0 0", "general:border_size": "2", "decoration:rounding": "0",
           "decoration:shadow:enabled": "true", "general:layout": "dwindle"}


# --- answers -------------------------------------------------------------------------------------

class Answers:
    """What a compositor with some windows says."""

    def __init__(self):
        self.dialect = "repl"
        self.windows = []      # {"pid", "workspace", "focus", "floating"}
        self.layouts = {}      # by workspace; dwindle otherwise
        self.rules = {}        # by selector: {keyword: value}
        self.parts = set()     # of Lumina's functions
        self.asked = {}

    def answer(self, request):
        flags, slash, rest = request.partition("/")
        if not slash or not rest or " " in flags:
            return "unknown request"
        command, _, args = rest.partition(" ")
        known = {"status": self.status, "clients": self.clients, "workspaces": self.workspaces,
                 "workspacerules": self.workspacerules, "monitors": self.monitors,
                 "getoption": self.getoption, "keyword": self.keyword, "eval": self.eval,
                 "reload": self.reload, "repl": self.repl}.get(command)
        if known is None or (command not in ("getoption", "keyword", "eval", "repl") and args):
            return "unknown request"
        if command == "monitors" and not flags:
            return "".join(f"Monitor {name} (ID {n}):\n\t800x450@60.00000 at 0x0\n\tdescription: \n\n"
                           for n, name in enumerate(["Virtual-1", "DP-2"]))
        return known(args)

    def reload(self, _):
        self.rules = {}
        return "ok"

    def status(self, _):
        if self.dialect == "old":
            return "unknown request"
        return STATUS % ("hyprlang" if self.dialect == "keyword" else "lua")

    def layout(self, workspace):
        return self.layouts.get(workspace, "dwindle")

    def clients(self, _):
        return json.dumps([{
            "address": hex(0x5600 + n), "mapped": True, "hidden": False, "at": [22, 22],
            "size": [371, 406], "workspace": {"id": w["workspace"], "name": str(w["workspace"])},
            "floating": w.get("floating", False), "monitor": 0, "class": "foot", "title": "one",
            "pid": w["pid"], "focusHistoryID": w.get("focus", n)}
            for n, w in enumerate(self.windows)], indent=4)

    def workspaces(self, _):
        ids = sorted({w["workspace"] for w in self.windows})
        return json.dumps([{
            "id": n, "name": str(n), "monitor": "Virtual-1", "monitorID": 0,
            "windows": sum(w["workspace"] == n for w in self.windows), "hasfullscreen": False,
            "lastwindow": "0x5600", "lastwindowtitle": "one", "ispersistent": False,
            "tiledLayout": self.layout(n)} for n in ids], indent=4)

    def workspacerules(self, _):
        names = {"gapsin": "gapsIn", "gapsout": "gapsOut"}
        rows = []
        for selector, rule in self.rules.items():
            row = {"workspaceString": selector, "enabled": True}
            for name, value in rule.items():
                if name in names:
                    row[names[name]] = [int(n) for n in (value.split() * 4)[:4]]
                elif name == "bordersize":
                    row["borderSize"] = int(value)
                elif name in ("border", "rounding", "shadow", "decorate"):
                    row[name] = value == "true"
            rows.append(row)
        return json.dumps(rows, indent=4)

    def monitors(self, _):
        shown = min((w["workspace"] for w in self.windows), default=1)
        return json.dumps([{"id": 0, "name": "Virtual-1", "focused": True,
                            "activeWorkspace": {"id": shown, "name": str(shown)}}], indent=4)

    def getoption(self, name):
        if name not in OPTIONS:
            return "no such option"
        return '{"option": "%s", "custom": "%s", "set": true }' % (name, OPTIONS[name])

    def keyword(self, args):
        name, _, value = args.partition(" ")
        if self.dialect not in ("keyword", "old"):
            return "unknown request"
        if name != "workspace" or not value:
            return f"config option <{name}> does not exist."
        selector, *parts = value.split(",")
        rule = self.rules.setdefault(selector, {})
        rule.update(part.split(":", 1) for part in parts)
        match = re.match(r"r\[(\d+)-\d+\]", selector)
        if match and "layout" in rule:
            self.layouts[int(match[1])] = rule["layout"] or "dwindle"
        return "ok"

    def eval(self, code):
        if self.dialect in ("keyword", "old"):
            return "eval is only supported with the lua config manager"
        if not re.fullmatch(r"hl\.workspace_rule\(\{.*\}\)", code):
            return f"error: return {code};:1: syntax error"
        return "ok"

    def repl(self, code):
        """Not Lua, but what is sent of it."""
        if self.dialect != "repl":
            return "unknown request"
        part = re.search(r'return "lumina (\d)"$', code)
        if part:
            self.parts.add(int(part[1]))
            return f"lumina {part[1]}"
        call = re.search(r"__lumina\.f\((\d+),.*\{([\d,]*)\}\) or \"lumina new\"$", code)
        if not call:
            return "1"
        if len(self.parts) < 4:
            return "lumina new"
        pids = [int(pid) for pid in call[2].split(",")]
        found = next((w for pid in pids for w in self.windows if w["pid"] == pid), None)
        if found is None:
            return "lumina 0 none - 0 - ok"
        number, asked = found["workspace"], int(call[1])
        layout = re.search(r'layout="((?:\\\d{3})*)"', code)
        name = "".join(chr(int(n)) for n in layout[1].split("\\")[1:]) if layout else "-"
        if asked < self.asked.get(number, 0):
            return f"lumina {number} late {name} 0 Virtual-1 ok"
        self.asked[number] = asked
        word = "off" if ",nil,nil,nil,{" in code else "set"
        self.layouts[number] = name if layout else "dwindle"
        return f"lumina {number} {word} {name} 0 Virtual-1 ok"


# --- the socket ----------------------------------------------------------------------------------

class Server:
    def __init__(self, path):
        self.answers = Answers()
        self.how, self.reply, self.fillers = "good", b"", []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.path = path
        self.listener.bind(path)
        self.listener.listen(10)
        self.lock = threading.Lock()

    def say(self, **event):
        with self.lock:
            sys.stdout.write(json.dumps(event) + "\n")
            sys.stdout.flush()

    def fill(self):
        while True:
            other = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            other.setblocking(False)
            try:
                other.connect(self.path)
            except BlockingIOError:
                other.close()
                return
            self.fillers.append(other)

    def set(self, behave=None, reply=None, **answers):
        if reply is not None:
            self.reply = reply.encode("latin-1")
        for name, value in answers.items():
            setattr(self.answers, name, value)
        if behave is not None:
            self.how = behave
            if behave == "full":
                self.fill()
            else:
                for filler in self.fillers:
                    filler.close()
                self.fillers = []

    def serve(self):
        while True:
            if self.how == "full":
                time.sleep(0.005)
                continue
            if not select.select([self.listener], [], [], 0.02)[0] or self.how == "full":
                continue
            peer, _ = self.listener.accept()
            with peer:
                self.one(peer, self.how)

    def read(self, peer):
        """(request, seconds that the compositor waited for it)."""
        start, data = time.monotonic(), b""
        if not select.select([peer], [], [], PATIENCE)[0]:
            return data, time.monotonic() - start
        with contextlib.suppress(OSError):
            if self.answers.dialect == "repl":
                peer.setblocking(False)
                while chunk := peer.recv(4096):
                    data += chunk
            else:
                while len(chunk := peer.recv(STEP)) == STEP:
                    data += chunk
                data += chunk
        peer.setblocking(True)
        return data, time.monotonic() - start

    def one(self, peer, how):
        data, held, start = b"", 0.0, time.time()
        if how not in ("mute", "closes"):
            data, held = self.read(peer)
        gone = select.poll()
        gone.register(peer, select.POLLRDHUP)
        hung_up = bool(gone.poll(0))
        # Whoever is in line now has not waited for the one before it.
        waiting = bool(select.select([self.listener], [], [], 0)[0])
        self.say(bytes=data.decode("latin-1"), held=held, hung_up=hung_up, waiting=waiting,
                 start=start, how=how)
        if how == "closes" or not data and how != "mute":
            return
        text = self.answers.answer(data.decode("latin-1")).encode("latin-1")
        text = self.reply if how == "garbage" else text
        with contextlib.suppress(OSError):
            if how in ("good", "garbage", "stays"):
                peer.sendall(text)
            elif how == "flood":
                peer.sendall(b"x" * FLOOD)
            for byte in text * 100 if how == "drip" else b"":
                peer.sendall(bytes([byte]))
                time.sleep(0.01)
            if how in ("mute", "silent", "stays"):
                gone.poll(PATIENCE * 1000)
                self.say(over=how, after=time.time() - start)


def main(path):
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with open("/proc/self/comm", "w", encoding="ascii") as comm:
        comm.write("Hyprland")
    server = Server(path)
    threading.Thread(target=server.serve, daemon=True).start()
    server.say(ready=os.getpid())
    for line in sys.stdin:
        server.set(**json.loads(line))
        server.say(done=True)


# --- for the tests -------------------------------------------------------------------------------

class Request:
    def __init__(self, event):
        self.bytes = event["bytes"].encode("latin-1")
        self.held, self.hung_up, self.waiting = event["held"], event["hung_up"], event["waiting"]
        self.start, self.how = event["start"], event["how"]

    def __repr__(self):
        return f"<{self.bytes!r} {self.how} held {1000 * self.held:.1f} ms>"


class Compositor:
    """An instance in the home's runtime folder. `user`: who serves it; the home's otherwise."""

    def __init__(self, home, signature="0aa6_1700000000_1", display="wayland-1", user=None,
                 **settings):
        self.signature, self.display = signature, display
        self.user = home.user if user is None else user
        self.top = home.root / "run" / "hypr"
        self.folder = self.top / signature
        self.folder.mkdir(parents=True)
        home.give()
        self.events, self.changed = [], threading.Condition()
        self.settings = settings

    def __enter__(self):
        more = {}
        if self.user is not None and os.geteuid() == 0:
            more = {"user": self.user, "group": self.user, "extra_groups": []}
            os.chown(self.folder, self.user, self.user)
        # Its text, not its path: this user may not be able to read the checkout.
        with open(__file__, encoding="utf-8") as source:
            text = source.read()
        self.process = subprocess.Popen(
            ["/usr/bin/python3", "-c", text, "serve", str(self.folder / ".socket.sock")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/", **more)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        self._await("ready")
        self.pid = self.process.pid
        self.write_lock(f"{self.pid}\n{self.display}\n")
        if self.settings:
            self.set(**self.settings)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()

    def write_lock(self, text):
        path = self.folder / "hyprland.lock"
        path.write_text(text, encoding="ascii")
        if self.user is not None and os.geteuid() == 0:
            os.chown(path, self.user, self.user)

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    def _await(self, name, count=1, seconds=10):
        with self.changed:
            assert self.changed.wait_for(lambda: sum(name in e for e in self.events) >= count,
                                         seconds), (name, self.events)

    def set(self, **settings):
        before = sum("done" in e for e in self.events)
        self.process.stdin.write(json.dumps(settings) + "\n")
        self.process.stdin.flush()
        self._await("done", before + 1)

    def behave(self, how, reply=None):
        self.set(behave=how, **({} if reply is None else {"reply": reply.decode("latin-1")}))

    def env(self, more=None):
        return {"HYPRLAND_INSTANCE_SIGNATURE": self.signature, "WAYLAND_DISPLAY": self.display,
                **(more or {})}

    def connections(self):
        """All there were since the last forget()."""
        time.sleep(0.05)  # what has been sent is being read
        with self.changed:
            return [Request(e) for e in self.events if "bytes" in e and e["how"] != "full"]

    def requests(self):
        return [r for r in self.connections() if r.bytes]

    def over(self):
        """How long those took that it never answered, in seconds."""
        with self.changed:
            return [e["after"] for e in self.events if "over" in e]

    def forget(self):
        time.sleep(0.05)
        with self.changed:
            self.events = [e for e in self.events if "done" in e]


if __name__ == "__main__" and len(sys.argv) == 3 and sys.argv[1] == "serve":
    try:
        main(sys.argv[2])
    except OSError as problem:
        sys.exit(f"{os.strerror(problem.errno or errno.EIO)}: {sys.argv[2]}")
