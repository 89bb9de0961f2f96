# SPDX-License-Identifier: MIT
"""Who shows the theme's picture is told of another one: a real swaybg in a real sway, what stands in for
hyprpaper's two protocols, and a command of the registry."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from flow_kit import needs
from hypr_server import Compositor
from support import TIMEOUT
from test_reload import DUSK, NORD, as_user, home, tell, theme, wait  # noqa: F401
from test_theme import fill

SESSION = {"WAYLAND_DISPLAY": "wayland-none"}
# Like what is tried by people; the picture needn't be one for what only hands its path on.
PICTURE = "/pictures/the first.png"
assert home


@pytest.fixture(autouse=True)
def alone():
    """All that run are told: none of another test may be there."""
    with open(Path(tempfile.gettempdir()) / "lumina-e2e-pictures.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def picture(home, folder, path):
    """The theme is shown, with that picture."""
    link = home.state / "themes" / folder / "wallpaper"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(path)
    theme(home, folder, "")


def spawn(home, argv, env=None, **more):
    return subprocess.Popen([*as_user(home), *argv], env=home.environment(env), cwd=home.path,
                            stdin=subprocess.DEVNULL, **more)


# --- swaybg --------------------------------------------------------------------------------------

PIXEL = b"P6 2 2 255\n" + b"\x20\x40\x60" * 4


@pytest.fixture
def sway(home):
    """A session without a screen: what programs in it have in their environment."""
    if shutil.which("sway") is None or shutil.which("swaybg") is None:
        pytest.skip("missing: sway, swaybg")
    home.write("~/sway.conf", "output * resolution 320x200\n")
    home.give()
    more = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
    with open(home.root / "sway.log", "wb") as log:
        process = spawn(home, ["sway", "-c", str(home.path / "sway.conf")], more, stdout=log, stderr=log)

    def display():
        assert process.poll() is None, (home.root / "sway.log").read_text()
        return next((p.name for p in (home.root / "run").glob("wayland-[0-9]") if p.is_socket()), None)
    yield {"WAYLAND_DISPLAY": wait("sway", display)}
    process.kill()
    process.wait()


def swaybgs(home):
    """{pid: words} of those that run."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")[:-1]
            if words and Path(os.fsdecode(words[0])).name == "swaybg" and \
                    str(home.root).encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = [os.fsdecode(w) for w in words]
        except OSError:
            continue
    return found


def is_at_rest(pid):
    """It is connected, and waits."""
    proc = Path(f"/proc/{pid}")
    links = [os.readlink(fd) for fd in (proc / "fd").iterdir()]
    return any(link.startswith("socket:") for link in links) and \
        (proc / "stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.fixture
def swaybg(home, sway):
    made = []

    def make(*words, env=None):
        made.append(spawn(home, ["swaybg", *words], {**sway, **(env or {})}))
        wait("swaybg", lambda: any(is_at_rest(p) for p, w in swaybgs(home).items() if w[1:] == list(words)))
        return made[-1]
    home.write("~/a.ppm", PIXEL)
    picture(home, NORD, home.path / "a.ppm")
    yield make
    for pid in swaybgs(home):
        os.kill(pid, signal.SIGKILL)
    for process in made:
        process.wait()


def shown(home):
    return str(home.state / "themes/current/wallpaper")


def test_swaybg_is_started_anew(home, sway, swaybg):
    words = ["-o", "*", "-i", shown(home), "-m", "fill", "-c", "#102030"]
    old = swaybg(*words, env={"LUMINA_TEST_MARK": "a b"})
    picture(home, DUSK, home.path / "a.ppm")
    start = time.monotonic()
    assert tell(home, "dark", "swaybg", env=sway) == {"swaybg": ("told", "")}
    assert time.monotonic() - start < 10
    assert old.wait(TIMEOUT) in (-signal.SIGTERM, 0), "it was asked to end"
    (new, argv), = swaybgs(home).items()
    assert argv == ["swaybg", *words] and new != old.pid
    proc = Path(f"/proc/{new}")
    assert b"LUMINA_TEST_MARK=a b" in (proc / "environ").read_bytes().split(b"\0")
    assert [os.readlink(proc / f"fd/{n}") for n in range(3)] == ["/dev/null"] * 3
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    assert int(fields[3]) == new, "it leads a session"
    assert int(fields[4]) == 0, "without a terminal"
    assert os.readlink(proc / "cwd") == str(home.path)


def test_each_swaybg_that_shows_the_themes(home, sway, swaybg):
    """With a picture of its own, and of the compositor's own, it is left alone."""
    theirs = (swaybg("-o", "a", "--image=.local/state/lumina/themes/current/wallpaper"),
              swaybg("-o", "b", "-i", f"{home.path}/../home/.local/state/lumina/themes/current/wallpaper"))
    own = swaybg("--image=a.ppm")
    assert tell(home, "dark", "swaybg", env=sway)["swaybg"] == (
        "later", "1 of 3: at its next start: it shows a picture of its own, not themes/current/wallpaper")
    assert [one.wait(TIMEOUT) for one in theirs] and own.poll() is None
    assert len(swaybgs(home)) == 3


@needs("swaybg")
def test_swaybg_that_a_compositor_has_started(home):
    """By a socket that is gone when it is started anew."""
    picture(home, NORD, PICTURE)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        one = spawn(home, ["swaybg", "-i", shown(home)], {"WAYLAND_SOCKET": str(theirs.fileno())},
                    pass_fds=[theirs.fileno()])
        wait("swaybg", lambda: swaybgs(home))
        got = tell(home, "dark", "swaybg", env=SESSION)["swaybg"]
        alive = one.poll() is None
        one.kill()
        one.wait()
    assert alive and got == ("later", "when the compositor is reloaded, which has started it")


def test_swaybg_whose_new_one_ends_at_once(home, sway, swaybg):
    """As where the picture can't be shown: the old one stays."""
    old = swaybg("-i", shown(home))
    (home.root / "run").joinpath(sway["WAYLAND_DISPLAY"]).rename(home.root / "run/elsewhere")
    got = tell(home, "dark", "swaybg", env=sway)["swaybg"]
    (home.root / "run/elsewhere").rename(home.root / "run" / sway["WAYLAND_DISPLAY"])
    assert got == ("failed", "a new one ended at once; the old one stays")
    assert old.poll() is None and list(swaybgs(home)) == [old.pid]


def test_no_picture_no_line(home):
    assert tell(home, "dark", "swaybg", "hyprpaper", env=SESSION) == {}
    picture(home, NORD, PICTURE)
    assert tell(home, "dark", "swaybg", "hyprpaper") == {}, "no session"
    assert tell(home, "dark", "swaybg", "hyprpaper", env=SESSION) == {
        "hyprpaper": ("not running", ""), "swaybg": ("not running", "")}


# --- hyprpaper -----------------------------------------------------------------------------------

SERVER = """
import mmap, socket, sys, time
path, replies, library = sys.argv[1], sys.argv[2].split(","), sys.argv[3]
if library:
    file = open(library, "r+b")
    kept = mmap.mmap(file.fileno(), 4096)
if path:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
print(1, flush=True)
while path:
    peer, _ = listener.accept()
    print(repr(peer.recv(1024).decode()), flush=True)
    reply = replies.pop(0) if len(replies) > 1 else replies[0]
    if reply == "silence":
        time.sleep(60)
    peer.sendall(reply.encode())
    peer.close()
time.sleep(600)
"""


class Hyprpaper:
    """A process of that name: it notes what it is asked."""

    def __init__(self, home, hypr, replies="ok", wired=False, deaf=False):
        program = home.root / "hyprpaper"
        shutil.copy(os.path.realpath("/usr/bin/python3" if os.path.exists("/usr/bin/python3")
                                     else sys.executable), program)
        library = home.root / "libhyprwire.so.3"
        library.write_bytes(b"\0" * 4096)
        home.give()
        self.process = spawn(home, [str(program), "-c", SERVER,
                                    "" if deaf else str(hypr.folder / ".hyprpaper.sock"), replies,
                                    str(library) if wired else ""],
                             {"PYTHONHOME": "/usr"}, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "1\n"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.asked()

    def asked(self):
        self.process.kill()
        self.process.wait()
        with self.process.stdout as lines:
            return [] if lines.closed else [eval(line) for line in lines]  # of our own making


@pytest.fixture
def hypr(home):
    picture(home, NORD, PICTURE)
    with Compositor(home) as server:
        yield server


ORDER = [f"preload {PICTURE}", f"wallpaper ,{PICTURE}", f"wallpaper Virtual-1,{PICTURE}",
         f"wallpaper DP-2,{PICTURE}", "unload unused"]


def test_hyprpaper_by_texts(home, hypr):
    one = Hyprpaper(home, hypr)
    assert tell(home, "dark", "hyprpaper", env=hypr.env()) == {"hyprpaper": ("told", "")}
    assert one.asked() == ORDER
    assert [r.bytes for r in hypr.requests()] == [b"/monitors"]


@pytest.mark.parametrize("replies, want, count", [
    ("preload failed (no such file)", ("failed", "preload failed (no such file)"), 1),
    ("ok,wallpaper failed (not preloaded)", ("failed", "wallpaper failed (not preloaded)"), 2),
    ("ok,ok,", ("failed", ""), 3),
])
def test_hyprpaper_that_refuses(home, hypr, replies, want, count):
    one = Hyprpaper(home, hypr, replies)
    assert tell(home, "dark", "hyprpaper", env=hypr.env())["hyprpaper"] == want
    assert one.asked() == ORDER[:count]


def test_hyprpaper_that_is_late(home, hypr):
    with Hyprpaper(home, hypr, "silence"):
        start = time.monotonic()
        assert tell(home, "dark", "hyprpaper", env=hypr.env(), scale=1)["hyprpaper"] == ("late", "")
        assert time.monotonic() - start < 5


def test_hyprpaper_without_a_socket(home, hypr):
    with Hyprpaper(home, hypr, deaf=True):
        assert tell(home, "dark", "hyprpaper", env=hypr.env())["hyprpaper"] == (
            "later", "it takes no requests: ipc is off")


@pytest.mark.parametrize("body, want", [
    ("", ("told", "")),
    ("echo error: failed to set wallpaper, code 0; exit 1",
     ("failed", "3 of 3: error: failed to set wallpaper, code 0")),
    ('case "$3" in DP-2*) echo bad; exit 1;; esac', ("failed", "1 of 2: bad")),
])
def test_hyprpaper_by_hyprctl(home, hypr, body, want):
    """From 0.8 on. No byte of ours goes to its socket."""
    home.write(home.root / "bin/hyprctl",
               f'#!/bin/sh\necho "$HYPRLAND_INSTANCE_SIGNATURE: $*" >> {home.path}/asked\n{body}\n', 0o755)
    home.env["PATH"] = f"{home.root}/bin:{home.env['PATH']}"
    one = Hyprpaper(home, hypr, wired=True)
    assert tell(home, "dark", "hyprpaper", env=hypr.env())["hyprpaper"] == want
    assert one.asked() == []
    assert sorted((home.path / "asked").read_text().splitlines()) == sorted(
        f"{hypr.signature}: hyprpaper {words}" for words in ORDER[1:4])


def test_hyprctl_and_a_comma(home, hypr):
    picture(home, NORD, "/a,b.png")
    with Hyprpaper(home, hypr, wired=True):
        assert tell(home, "dark", "hyprpaper", env=hypr.env())["hyprpaper"] == (
            "failed", "hyprctl takes no path with a comma in it")


# --- a command -----------------------------------------------------------------------------------

def test_command(root, home):
    """In place of these; with the picture's path last, as one argument."""
    fill(home, "themes:\n  active: nord\n  wallpaper:\n    file: pictures/a b.png\n"
               "    command: [sh, -c, 'echo \"$0 $LUMINA_THEME\" >> ~/told', ]\n")
    home.source("pictures/a b.png")
    home.give()
    home.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=/nonexistent"
    home.sync()
    assert not (home.path / "told").exists(), "no session"
    document = home.run("theme", "set", "paper", "--json", env=SESSION).json
    lines = {line["name"]: line["state"] for line in document["reload"]}
    assert lines["sh"] == "told" and "swaybg" not in lines and "hyprpaper" not in lines
    home.run("undo", env=SESSION)
    assert (home.path / "told").read_text().splitlines() == \
        [f"{home.profile}/pictures/a b.png {name}" for name in ("paper", "nord")]
