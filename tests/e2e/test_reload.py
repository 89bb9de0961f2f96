# SPDX-License-Identifier: MIT
"""What running programs are told after a switch: real tmux, Neovim, btop and gsettings, and a
compositor's socket. t_reload.c is about who is told; tests/rig has those that need a screen."""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import pytest

from flow_kit import needs
from hypr_server import Compositor
from support import LUMINA, TIMEOUT

RELOAD_NOW = Path(os.environ.get("LUMINA_RELOAD_NOW", LUMINA.parent / "tests/reload/reload-now"))
NORD, DUSK = "nord-0123456789abcdef", "dusk-0123456789abcdef"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples/profile"
LATE = 1.0  # a program's time, unscaled
SESSION = {"WAYLAND_DISPLAY": "wayland-none"}


@pytest.fixture
def home(user_home):
    assert RELOAD_NOW.exists(), f"{RELOAD_NOW} isn't built: meson setup -Dtests=enabled"
    # Its user may not be able to reach the build folder.
    user_home.tool = user_home.root / "reload-now"
    shutil.copy(RELOAD_NOW, user_home.tool)
    user_home.root.chmod(0o755)
    user_home.env.update({"TMUX_TMPDIR": str(user_home.root / "run"), "SHELL": "/bin/sh", "TERM": "xterm"})
    theme(user_home, NORD, "")
    return user_home


def as_user(home):
    return home.argv()[:-1]


def theme(home, folder, text, name="tmux-theme.conf"):
    """A rendered theme, shown from now on."""
    path = home.state / "themes" / folder
    path.mkdir(parents=True, exist_ok=True)
    if name is not None:
        (path / name).write_text(text)
    link = home.state / "themes/current"
    new = link.with_name(".current")
    new.symlink_to(folder)
    new.rename(link)
    home.give()
    return path


def tell(home, *words, env=None, scale=20):
    """{name: (what, detail)} in order."""
    extra = {"LUMINA_TIMEOUT_SCALE": str(scale), **(env or {})}
    done = subprocess.run([*as_user(home), str(home.tool), *words], env=home.environment(extra),
                          cwd=home.path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=TIMEOUT, check=True)
    assert done.stderr == ""
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    return {line[0]: (line[1], line[2]) for line in lines}


def wait(what, true):
    end = time.monotonic() + TIMEOUT
    while not (value := true()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return value


# --- tmux ----------------------------------------------------------------------------------------

class Tmux:
    """A server of the person's."""

    def __init__(self, home, *where):
        self.home, self.argv = home, [*as_user(home), "tmux", *where, "-f", "/dev/null"]
        self.run("new-session", "-d", "-x", "80", "-y", "24", "cat")
        self.pid = int(self.run("display-message", "-p", "#{pid}"))

    def run(self, *words):
        return subprocess.run([*self.argv, *words], env=self.home.environment(), cwd=self.home.path,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT,
                              check=True).stdout.strip()

    def style(self):
        return self.run("show-options", "-gv", "status-style")


@pytest.fixture
def tmux(home):
    made = []

    def make(*where):
        made.append(Tmux(home, *where))
        return made[-1]
    yield make
    for one in made:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGKILL)


@needs("tmux")
def test_tmux(home, tmux):
    """Each server reads the theme's file, and the new one after the next switch; without a session, too."""
    servers = tmux(), tmux("-L", "other")
    for folder, style in ((NORD, "bg=#102030"), (DUSK, "bg=#a0b0c0")):
        theme(home, folder, f"set -g status-style {style}\n")
        assert tell(home, "dark", "tmux") == {"tmux": ("told", "2 of them")}
        assert [one.style() for one in servers] == [style, style]


@needs("tmux")
def test_tmux_that_is_gone(home, tmux):
    assert tell(home, "dark", "tmux") == {"tmux": ("not running", "")}
    one = tmux()
    os.kill(one.pid, signal.SIGKILL)
    socket_path = next((home.root / "run").glob("tmux-*/default"))
    assert stat.S_ISSOCK(socket_path.lstat().st_mode)
    wait("the server's end", lambda: not Path(f"/proc/{one.pid}/exe").exists())
    assert tell(home, "dark", "tmux") == {"tmux": ("not running", "")}


@needs("tmux")
def test_tmux_of_its_own_socket(home, tmux):
    """One that only $TMUX tells of, in a home whose name is a pattern."""
    home.state.joinpath("themes").rename(home.root / "themes")
    home.env["XDG_STATE_HOME"] = str(home.root / "a [b] * \\ ?")
    home.state.mkdir(parents=True)
    (home.root / "themes").rename(home.state / "themes")
    theme(home, NORD, "set -g status-style bg=#123456\n")
    path = home.root / "run/elsewhere"
    one = tmux("-S", str(path))
    assert tell(home, "dark", "tmux") == {"tmux": ("not running", "")}
    assert tell(home, "dark", "tmux", env={"TMUX": f"{path},{one.pid},0"}) == {"tmux": ("told", "")}
    assert one.style() == "bg=#123456"


@needs("tmux")
def test_tmux_of_somebody_else(home):
    """A socket that isn't the person's, or in a folder that others may enter: nobody talks to it."""
    folder = home.root / "run" / f"tmux-{home.user if os.geteuid() == 0 else os.getuid()}"
    folder.mkdir(mode=0o700)
    home.give()
    with socket.socket(socket.AF_UNIX) as theirs:
        theirs.bind(str(folder / "theirs"))
        theirs.listen()
        theirs.setblocking(False)
        if os.geteuid() == 0:
            assert tell(home, "dark", "tmux") == {"tmux": ("not running", "")}
        home.give()
        folder.chmod(0o777)
        assert tell(home, "dark", "tmux") == {"tmux": ("not running", "")}
        with pytest.raises(BlockingIOError):
            theirs.accept()


@needs("tmux")
def test_tmux_that_refuses(home, tmux):
    tmux()
    theme(home, NORD, "set -g no-such-option 1\n")
    what, why = tell(home, "dark", "tmux")["tmux"]
    assert what == "failed" and "no-such-option" in why


@needs("tmux")
def test_tmux_that_hangs(home, tmux):
    """It is late, and the other one is told all the same."""
    theme(home, NORD, "set -g status-style bg=#102030\n")
    stuck, good = tmux("-L", "stuck"), tmux("-L", "good")
    os.kill(stuck.pid, signal.SIGSTOP)
    start = time.monotonic()
    assert tell(home, "dark", "tmux", scale=2) == {"tmux": ("late", "1 of 2")}
    assert LATE * 2 <= time.monotonic() - start < LATE * 2 + 5
    os.kill(stuck.pid, signal.SIGCONT)
    assert good.style() == "bg=#102030"


def test_tmux_without_a_file(home):
    """A theme that has nothing for it: it isn't in the list."""
    theme(home, DUSK, "", name=None)
    assert tell(home, "dark", "tmux") == {}


# --- programs of terminals -----------------------------------------------------------------------

def state(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as text:
        return text.read().rpartition(")")[2].split()[0]


@needs("tmux", "nvim")
def test_neovim(home, tmux):
    """An autocommand hears of it; one without lives on."""
    theme(home, NORD, "", name="nvim.lua")
    said = home.root / "run/said"
    init = home.write("init.vim", f"autocmd Signal SIGUSR1 call writefile(['told'], '{said}')\n")
    home.give()
    one = tmux()
    one.run("new-window", f"exec nvim -u {init}")
    one.run("new-window", "exec nvim -u NONE")

    def ready():
        pids = one.run("list-panes", "-s", "-F", "#{pane_pid}").split()[1:]
        caught = [int(line.split()[1], 16) for pid in pids for line in Path(f"/proc/{pid}/status").read_text(
            encoding="utf-8").splitlines() if line.startswith("SigCgt:")]
        return pids if len(pids) == 2 and all(c & 1 << (signal.SIGUSR1 - 1) for c in caught) else None
    pids = wait("two of them", ready)
    assert tell(home, "dark", "Neovim") == {"Neovim": ("told", "2 of them")}
    wait("the autocommand", said.exists)
    assert all(state(pid) in "RS" for pid in pids)


@needs("tmux", "nvim")
def test_neovim_of_the_example(home, tmux):
    """It shows the next theme's colours, without a key being pressed."""
    site = home.path / ".local/share/nvim/site"
    (site / "colors").mkdir(parents=True)
    (site / "colors/lumina.lua").symlink_to(home.state / "themes/current/nvim.lua")
    shutil.copytree(EXAMPLE / "nvim/lua", site / "lua")
    form = "vim.o.termguicolors = true vim.cmd('highlight clear | highlight EndOfBuffer guifg={}')\n"
    theme(home, NORD, form.format("#102030"), name="nvim.lua")
    one = tmux()
    one.run("set", "-ga", "terminal-overrides", ",*:Tc")
    one.run("new-window", "-n", "nvim", "exec nvim -u NONE -i NONE -c 'lua require(\"my.colors\")'")

    def shows(color):
        return lambda: color in one.run("capture-pane", "-e", "-p", "-t", "nvim")
    wait("the first theme", shows("38;2;16;32;48m"))
    theme(home, DUSK, form.format("#a0b0c0"), name="nvim.lua")
    assert tell(home, "dark", "Neovim") == {"Neovim": ("told", "")}
    wait("the second theme", shows("38;2;160;176;192m"))


@needs("tmux", "btop")
def test_btop(home, tmux):
    """Told if it takes the signal; a version that doesn't would die of it, and isn't."""
    one = tmux()
    one.run("set", "-g", "default-terminal", "screen-256color")
    one.run("new-window", "exec btop --utf-force")
    pid = one.run("list-panes", "-s", "-F", "#{pane_pid}").split()[-1]
    wait("btop", lambda: Path(f"/proc/{pid}/comm").read_text(encoding="utf-8") == "btop\n")
    time.sleep(0.5)
    what, _ = tell(home, "dark", "btop")["btop"]
    assert what in ("told", "later")
    time.sleep(0.3)
    assert state(pid) in "RSD"


# --- the desktop ---------------------------------------------------------------------------------

@pytest.mark.parametrize("how, what", [("good", "told"), ("garbage", "failed"), ("closes", "failed"),
                                       ("silent", "late"), ("mute", "late")])
def test_hyprland(home, how, what):
    theme(home, NORD, "", name="hyprland.lua")
    with Compositor(home) as hypr:
        hypr.behave(how, b"unknown request\x1b[31m" if how == "garbage" else None)
        start = time.monotonic()
        got = tell(home, "dark", "Hyprland", env=hypr.env(), scale=20 if what != "late" else 1)
        assert got["Hyprland"][0] == what
        assert what != "late" or time.monotonic() - start < LATE + 5
        asked = [one.bytes for one in hypr.requests()]
        assert how in ("closes", "mute") or asked[0].startswith(b"/repl ")
        assert asked[1:] == ([b"/reload"] if how in ("good", "garbage") else [])


def test_hyprland_that_is_gone(home):
    theme(home, NORD, "", name="hyprland.lua")
    assert tell(home, "dark", "Hyprland", env={"HYPRLAND_INSTANCE_SIGNATURE": "x_1_1"}) == {
        "Hyprland": ("not running", "")}


@needs("gsettings")
@pytest.mark.parametrize("variant", ["light", "dark"])
def test_gtk(home, variant):
    settings = home.path / ".config/glib-2.0/settings/keyfile"
    got = tell(home, variant, "GTK", env={**SESSION, "GSETTINGS_BACKEND": "keyfile"})["GTK"]
    if got[0] == "not running":
        pytest.skip(f"no schema here: {got[1]}")
    assert got == ("told", "")
    assert f"color-scheme='prefer-{variant}'" in settings.read_text(encoding="utf-8")


@needs("gsettings")
def test_gtk_without_schema(home):
    """Where the schema, or the key in it, is of another age; or the libraries find none."""
    got = tell(home, "dark", "GTK", env={**SESSION, "XDG_DATA_DIRS": "/nowhere",
                                         "GSETTINGS_SCHEMA_DIR": "/nowhere"})["GTK"]
    assert got[0] == "not running" and got[1].startswith("No ")


def test_without_a_session(home):
    """Nothing that belongs to a desktop is even looked for, no command is run, and that is no error."""
    made = home.root / "run/made"
    assert set(tell(home, "dark", "--", "touch", str(made))) == {"btop", "Helix", "Neovim", "tmux"}
    assert not made.exists()
    assert tell(home, "dark", "tmux", "--", "touch", str(made), env=SESSION)["touch"] == ("told", "")
    assert made.exists()


def test_commands(home):
    got = tell(home, "dark", "tmux", "--", "no-such-program", "--", "sh", "-c", "echo why >&2; exit 4",
               "--", "true", env=SESSION)
    assert list(got) == ["tmux", "no-such-program", "sh", "true"]
    assert got["no-such-program"][0] == "failed" and got["sh"] == ("failed", "why")
    assert got["true"] == ("told", "")


def test_interrupted(home):
    """Ctrl-C ends what is run, and what that has started, at once."""
    pid_file = home.root / "run/pid"
    process = subprocess.Popen([*as_user(home), str(home.tool), "dark", "tmux", "--", "sh", "-c",
                                f"sleep 60 & echo $! >{pid_file}; wait"],
                               env=home.environment({**SESSION, "LUMINA_TIMEOUT_SCALE": "100"}),
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True)
    pid = int(wait("the child", lambda: pid_file.exists() and pid_file.read_text(encoding="utf-8")))
    os.killpg(process.pid, signal.SIGINT)
    out = process.communicate(timeout=TIMEOUT)[0]
    assert "sh\tfailed\tinterrupted\n" in out
    wait("the child's end", lambda: not Path(f"/proc/{pid}/exe").exists())
