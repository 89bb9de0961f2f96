# SPDX-License-Identifier: MIT
"""Fakes for the error cases: programs that note what they were given, then do as they are told.

Each is the recorder and a body in Python: sudo that becomes (what looks like) root, one that asks
for a password, an AUR helper that "builds" what lies ready, flatpak with a folder as its state.
Bodies find ARGV, KIT (the kit's folder), PACMAN (the real one), as_root() and die() there.
"""

import os
import sys

INTERPRETER = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable


class Call:
    """One run of a fake: what it was given."""

    def __init__(self, row):
        self.__dict__.update(row)   # name, argv, env, uid, cwd, tty, fds, pid, pgid

    def __repr__(self):
        return f"{self.name} {self.argv}"

    @property
    def options(self):
        """What stands before the last "--"."""
        return self.argv[:self._end()]

    @property
    def names(self):
        return self.argv[self._end() + 1:]

    def _end(self):
        return len(self.argv) - 1 - self.argv[::-1].index("--") if "--" in self.argv \
            else len(self.argv)


RECORDER = r'''#!{interpreter} -ISE
import json, os, re, signal, subprocess, sys, time
KIT, LOG, ROOT = {kit!r}, {log!r}, {root!r}
PACMAN = {pacman!r}
ARGV = [os.fsdecode(os.fsencode(a)) for a in sys.argv[1:]]
def fds():
    found = {{}}
    for fd in os.listdir("/proc/self/fd"):
        try: found[int(fd)] = os.readlink("/proc/self/fd/" + fd)
        except OSError: pass
    return found
def note(name):
    row = dict(name=name, argv=ARGV, env=dict(os.environ), uid=os.geteuid(), cwd=os.getcwd(),
               tty=[os.isatty(n) for n in (0, 1, 2)], fds=fds(), pid=os.getpid(),
               pgid=os.getpgrp())
    with open(LOG, "a") as handle:
        handle.write(json.dumps(row) + "\n")
def as_root(command):
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/bin:/bin:/usr/sbin:/sbin"
    return command if os.geteuid() == 0 else ["fakeroot", "--", *command]
def die(number):
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    import resource
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), number)
    time.sleep(5)
NAME = {name!r}
note(NAME)
'''

# Runs what stands behind "--", or behind the options; as root, or what looks like root.
SUDO = r'''
rest = list(ARGV)
while rest and rest[0].startswith("-"):
    option = rest.pop(0)
    if option == "--":
        break
    if option in ("-u", "-g", "-p", "--user", "--group", "--prompt", "--description", "-C"):
        rest.pop(0)
while rest and re.match(r"\w+=", rest[0]):
    name, _, value = rest.pop(0).partition("=")
    os.environ[name] = value
command = as_root(rest)
os.execvpe(command[0], command, os.environ)
'''

# Asks for a password on the terminal, as sudo does: "secret" is right.
ASKING_SUDO = r'''
tries = 0
try:
    terminal = open("/dev/tty", "r+b", buffering=0)
except OSError:
    sys.stderr.write("sudo: a terminal is required to read the password\n")
    sys.exit(1)
while True:
    terminal.write(b"[sudo] password for tester: ")
    line = terminal.readline()
    if line.strip() == b"secret":
        break
    tries += 1
    if tries == 3 or not line:
        sys.stderr.write("sudo: 3 incorrect password attempts\n")
        sys.exit(1)
    terminal.write(b"Sorry, try again.\n")
''' + SUDO

# An AUR helper: "builds" what lies in the kit's aur folder, and lets the kit's pacman install it.
HELPER = r'''
names = [a.rpartition("/")[2] for a in ARGV[len(ARGV) - ARGV[::-1].index("--"):]] \
    if "--" in ARGV else [a.rpartition("/")[2] for a in ARGV if not a.startswith("-")]
failed, built = [], []
for name in names:
    path = os.path.join(KIT, "aur", name + ".pkg.tar")
    if os.path.exists(path):
        print("==> Making package: " + name, flush=True)
        built.append(path)
    else:
        sys.stderr.write("error: failed to build '" + name + "'\n")
        failed.append(name)
code = 0
if built:
    command = as_root([PACMAN, "--config", KIT + "/pacman.conf", "-U", "--noconfirm", "--",
                       *built])
    code = subprocess.run(command).returncode
sys.exit(code or (1 if failed else 0))
'''

FLATPAK = r'''
home = os.environ.get("FLATPAK_USER_DIR") or os.path.join(
    os.environ.get("XDG_DATA_HOME") or os.environ["HOME"] + "/.local/share", "flatpak")
verb = next((a for a in ARGV if not a.startswith("-")), "")
names = [a for a in ARGV if "." in a and not a.startswith("-")]
import shutil
for name in names:
    path = os.path.join(home, "app", name)
    if os.path.exists(KIT + "/flatpak-fails"):
        sys.stderr.write("error: nothing matches " + name + "\n")
        sys.exit(1)
    if verb == "install":
        os.makedirs(path + "/x86_64/stable/0/files", exist_ok=True)
        if not os.path.lexists(path + "/current"):
            os.symlink("x86_64/stable", path + "/current")
    elif verb in ("uninstall", "remove"):
        shutil.rmtree(path, ignore_errors=True)
'''
