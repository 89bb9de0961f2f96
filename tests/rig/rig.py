# SPDX-License-Identifier: MIT
"""Live sessions of the real compositors, without a graphics device; tests/rig/build makes them.

A machine is saved with Hyprland up and idle: its memory is a file that each start maps privately, so a
session begins in a second or two. qemu emulates, on Debian's own kernel: virtio-gpu, Mesa's llvmpipe,
seatd. Its image is read-only below a tmpfs, so every start is the same. The host's folder comes
with 9p, mounted only after the start: qemu doesn't save a machine that has it. sway needs no
device (headless, pixman) and runs in the tree itself, in namespaces of its own.
"""

import argparse
import gzip
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = Path(os.environ.get("LUMINA_TEST_CACHE", "/var/cache/lumina-tests"), "rig")
TOOLS = TOP / "tools"
# Name: which release, and which configuration; none: sway in the tree.
MACHINES = {
    "sid-lua": ("sid", "hyprland.lua"),
    "testing-lua": ("testing", "hyprland.lua"),
    "testing-conf": ("testing", "hyprland.conf"),
    "sway": ("sid", None),
}
LIBS = "usr/lib/x86_64-linux-gnu"
MEMORY = "1536M"


class Unable(Exception):
    """The session did not come up, or went away."""


def folder_of(machine):
    return TOP / MACHINES[machine][0]


def missing(machine):
    """Why a machine can't be used; None if it can."""
    release, config = MACHINES[machine]
    if not (folder_of(machine) / "made-by").exists():
        return f"not built (tests/rig/build {release})"
    if config is None:
        return None if os.geteuid() == 0 else "it takes root"
    reason = folder_of(machine) / machine / "reason"
    return reason.read_text(encoding="utf-8").strip() if reason.exists() else None


def archive(folder):
    """What Linux takes as a further piece of its initial file system."""
    names = subprocess.run(["find", "."], cwd=folder, stdout=subprocess.PIPE, check=True).stdout
    done = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "-R", "0:0"], cwd=folder, input=names,
                          stdout=subprocess.PIPE, check=True)
    return gzip.compress(done.stdout)


class Qemu:
    """A virtual machine: `control` is its second serial line, monitor() its own."""

    def __init__(self, image, share, memory, extra):
        self.folder = Path(tempfile.mkdtemp(prefix="lumina-rig-"))
        self.console = self.folder / "console"
        self.log = self.folder / "log"
        libs = TOOLS / LIBS
        words = [libs / "ld-linux-x86-64.so.2", "--library-path", libs, TOOLS / "usr/bin/qemu-system-x86_64",
                 "-L", TOOLS / "usr/share/qemu", "-L", TOOLS / "usr/share/seabios",
                 "-L", TOOLS / "usr/lib/ipxe/qemu",
                 "-machine", "q35,memory-backend=ram", "-smp", "2", "-m", MEMORY,
                 "-accel", os.environ.get("RIG_ACCEL", "tcg,thread=multi"), "-cpu", "max",
                 "-object", f"memory-backend-file,id=ram,size={MEMORY},{memory}",
                 "-nodefaults", "-no-reboot", "-display", "none",
                 "-serial", f"file:{self.console}",
                 "-chardev", f"socket,id=tty,path={self.folder}/tty,server=on,wait=off",
                 "-serial", "chardev:tty",
                 "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off",
                 "-drive", f"file={image},format=raw,if=virtio,readonly=on",
                 "-device", "virtio-gpu-pci", "-device", "virtio-rng-pci",
                 "-device", "virtio-keyboard-pci", "-device", "virtio-tablet-pci",
                 "-fsdev", f"local,id=rig,path={share},security_model=none",
                 "-device", "virtio-9p-pci,fsdev=rig,mount_tag=rig", *extra]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": os.environ["PATH"], "QEMU_MODULE_DIR": str(libs / "qemu")})
        self.control = self.connect("tty")
        self.replies = self.connect("qmp").makefile("rw", encoding="utf-8")
        self.replies.readline()
        self.monitor("qmp_capabilities")

    def connect(self, name):
        end = time.monotonic() + 20
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.folder / name))
                return connection
            except OSError as error:
                connection.close()
                if time.monotonic() > end or self.process.poll() is not None:
                    raise Unable(f"qemu: {error}\n{self.log.read_text(errors='replace')}") from error
                time.sleep(0.02)

    def monitor(self, command, **arguments):
        self.replies.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.replies.flush()
        for line in self.replies:
            reply = json.loads(line)
            if "error" in reply:
                raise Unable(f"qemu: {command}: {reply['error']['desc']}")
            if "return" in reply:
                return reply["return"]
        raise Unable(f"qemu ended: {self.log.read_text(errors='replace')}")

    def until_migrated(self):
        end = time.monotonic() + 120
        while (state := self.monitor("query-migrate").get("status")) != "completed":
            if state == "failed" or time.monotonic() > end:
                raise Unable(f"qemu: migration {state}: {self.log.read_text(errors='replace')}")
            time.sleep(0.02)

    def hear(self, seconds):
        """The next line that the machine says."""
        line, end = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            if not select.select([self.control], [], [], max(0, end - time.monotonic()))[0]:
                raise Unable(f"the machine said nothing for {seconds} s\n{self.tail()}")
            byte = self.control.recv(1)
            if not byte:
                raise Unable(f"the machine ended\n{self.tail()}")
            line += byte
        return line.decode().strip()

    def tail(self):
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in (self.console, self.log)
                         if path.exists())

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def save(machine, folder):
    """Boots, and saves the machine below `folder`, where the release's image is."""
    config = MACHINES[machine][1]
    target = Path(folder, machine)
    target.mkdir()
    with tempfile.TemporaryDirectory(prefix="lumina-rig-") as temporary:
        home = Path(temporary, "first/guest/home/.config/hypr")
        home.mkdir(parents=True)
        shutil.copy(HERE / "guest" / config, home / config)
        for name in ("init", "session"):
            shutil.copy(HERE / "guest" / name, Path(temporary, "first/guest"))
        initrd = Path(temporary, "initrd")
        initrd.write_bytes((TOOLS / "initrd.gz").read_bytes() + archive(Path(temporary, "first")))
        Path(temporary, "share").mkdir()
        qemu = Qemu(Path(folder, "root.ext4"), Path(temporary, "share"),
                    f"mem-path={target}/memory,share=on",
                    ["-kernel", str(TOOLS / "vmlinuz"), "-initrd", str(initrd),
                     "-append", "console=ttyS0 quiet panic=-1 mitigations=off nokaslr"])
        try:
            said = qemu.hear(600).split()
            if said[:2] == ["ready", "lua"] and config.endswith(".conf"):
                (target / "memory").unlink()
                (target / "reason").write_text("this Hyprland no longer reads hyprland.conf\n",
                                               encoding="utf-8")
                return
            if said[:1] != ["ready"] or said[1] == "failed":
                raise Unable(f"{machine} did not come up: {said}\n{qemu.tail()}")
            qemu.monitor("stop")
            set_ignore_shared(qemu)
            qemu.monitor("migrate", uri=f"file:{target}/state")
            qemu.until_migrated()
        finally:
            qemu.close()
    # Pages that hold nothing take no room, and no time to write.
    subprocess.run(["fallocate", "--dig-holes", str(target / "memory")], check=False)
    print(f"       {machine}: saved, up after {said[2]} s", flush=True)


def set_ignore_shared(qemu):
    """The memory stays in its file: neither written nor read as a whole."""
    qemu.monitor("migrate-set-capabilities",
                 capabilities=[{"capability": "x-ignore-shared", "state": True}])


class Session:
    """A session for one script or several, one after the other: `share` is a folder of the host and the
    session's /rig. What scripts leave there stays; logs are in share/.rig."""

    def __init__(self, machine, program, share):
        self.machine = machine
        self.share = Path(share).resolve()
        self.inner = self.share / ".rig"
        self.folder = folder_of(machine)
        self.count = 0
        self.qemu = None
        shutil.rmtree(self.inner, ignore_errors=True)
        (self.share / "bin").mkdir(parents=True, exist_ok=True)
        self.inner.mkdir()
        for folder in (self.share, self.inner):
            folder.chmod(0o777)
        for module in ("agent.py", "kit.py"):
            shutil.copy(HERE / module, self.share)
        shutil.copy(program, self.share / "bin/lumina")
        shutil.copytree(HERE.parents[1] / "examples/profile", self.share / "profile", dirs_exist_ok=True)
        (self.inner / "now").write_text(f"{time.time():.3f}\n", encoding="utf-8")

    def run(self, script, env=None, seconds=300):
        """A script of kit.py's form: (exit code, what it printed)."""
        self.count += 1
        shutil.copy(script, self.inner / f"{self.count}.py")
        lines = [f"export {name}='{value}'"
                 for name, value in {"RIG_MACHINE": self.machine, **(env or {})}.items()]
        (self.inner / f"{self.count}.env").write_text("\n".join([f"seconds={seconds}", *lines, ""]),
                                                      encoding="utf-8")
        code = (self.run_hyprland if MACHINES[self.machine][1] else self.run_sway)(seconds + 60)
        out = self.inner / f"{self.count}.out"
        return code, out.read_text(errors="replace") if out.exists() else ""

    def run_hyprland(self, seconds):
        if self.qemu is None:
            self.qemu = self.start()
        self.qemu.control.sendall(b"go %d\n" % self.count)
        while not (said := self.qemu.hear(seconds).split())[0] == "done":
            pass
        return int(said[1])

    def start(self):
        saved = self.folder / self.machine
        qemu = Qemu(self.folder / "root.ext4", self.share,
                    f"mem-path={saved}/memory,share=off,readonly=on,rom=off", ["-incoming", "defer"])
        try:
            set_ignore_shared(qemu)
            qemu.monitor("migrate-incoming", uri=f"file:{saved}/state")
            qemu.until_migrated()
            qemu.monitor("cont")
        except Unable:
            qemu.close()
            raise
        return qemu

    def run_sway(self, seconds):
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh",
                 HERE / "guest/sway-start", self.folder / "tree", self.share, self.count]
        shutil.copy(HERE / "guest/sway-session", self.inner / "session")
        with open(self.inner / "session.log", "wb") as log:
            done = subprocess.run([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log,
                                  stderr=log, timeout=seconds, check=False)
        if done.returncode == 97:
            raise Unable(f"no session: {(self.inner / 'session.log').read_text(errors='replace')[-3000:]}")
        return done.returncode

    def close(self):
        if self.qemu is not None:
            shutil.copy(self.qemu.console, self.inner / "console")
            self.qemu.close()
            self.qemu = None


def main():
    parser = argparse.ArgumentParser(description="Runs scripts in the rig's sessions.")
    parser.add_argument("--machines", metavar="RELEASE", help="print the names to save of a release")
    parser.add_argument("--save", nargs=2, metavar=("MACHINE", "FOLDER"), help="for tests/rig/build")
    parser.add_argument("--share", help="the session's /rig; else a fresh folder, removed at the end")
    parser.add_argument("--seconds", type=int, default=300, help="the limit of one script")
    parser.add_argument("--lumina", default=os.environ.get("LUMINA", HERE.parents[1] / "build/lumina"))
    parser.add_argument("--cases", default="", help="names of functions test_*; else all")
    parser.add_argument("machine", nargs="?", choices=MACHINES)
    parser.add_argument("script", nargs="*")
    given = parser.parse_args()
    # Whatever ends this ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if given.machines:
        print(*[name for name, (release, config) in MACHINES.items()
                if release == given.machines and config])
        return 0
    if given.save:
        save(*given.save)
        return 0
    if not given.script:
        parser.error("MACHINE and SCRIPT")
    if reason := missing(given.machine):
        print(f"{given.machine}: {reason}", file=sys.stderr)
        return 77
    share = given.share or tempfile.mkdtemp(prefix="lumina-rig-")
    os.chmod(share, 0o755)
    session = Session(given.machine, given.lumina, share)
    worst = 0
    try:
        for script in given.script:
            code, out = session.run(script, {"RIG_CASES": given.cases} if given.cases else {},
                                    given.seconds)
            print(out, end="", flush=True)
            worst = worst or code
    finally:
        session.close()
        if not given.share:
            shutil.rmtree(share, ignore_errors=True)
    return worst


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unable as failure:
        print(failure, file=sys.stderr)
        sys.exit(97)
