# SPDX-License-Identifier: MIT
"""A pacman of the test's own: the real program on a private root, with file:// repositories.

`Template` is made once a session: packages (plain tar archives, written here), repositories (by
the real repo-add), a root with a shell for scriptlets, and one with a system installed. A `Kit`
is a copy of that below the test's home root (about 20 ms), with a pacman.conf that names nothing
outside it but the read-only repositories. Lumina is pointed at it by LUMINA_PACMAN.

PACMAN_KIT=7 takes the pacman that tests/pacman7/fetch has fetched.
"""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from fakes import HELPER, INTERPRETER, RECORDER, SUDO, Call
from support import REPO, TIMEOUT, dedent, make_root

WHEN = 1_700_000_000
# Marks the kit's own calls in pacman's log.
OURS = ["--noprogressbar"]


# --- packages ----------------------------------------------------------------------------------

@dataclass
class Package:
    name: str
    version: str = "1.0-1"
    desc: str = ""
    depends: list = field(default_factory=list)
    optdepends: list = field(default_factory=list)
    provides: list = field(default_factory=list)
    conflicts: list = field(default_factory=list)
    replaces: list = field(default_factory=list)
    groups: list = field(default_factory=list)
    files: dict = field(default_factory=dict)
    install: str = ""       # a scriptlet
    corrupt: bool = False   # another content than the repository's checksum says
    gone: bool = False      # in the repository's database only

    @property
    def filename(self):
        return f"{self.name}-{self.version}-any.pkg.tar"

    def info(self):
        rows = [("pkgname", self.name), ("pkgbase", self.name), ("pkgver", self.version),
                ("pkgdesc", self.desc or f"{self.name} for tests"), ("url", "file:///"),
                ("builddate", WHEN), ("packager", "Nobody <nobody@example.org>"), ("size", 4096),
                ("arch", "any"), ("license", "MIT")]
        for key, values in (("group", self.groups), ("conflict", self.conflicts),
                            ("provides", self.provides), ("replaces", self.replaces),
                            ("depend", self.depends), ("optdepend", self.optdepends)):
            rows += [(key, value) for value in values]
        return "".join(f"{key} = {value}\n" for key, value in rows)

    def write(self, folder):
        files = self.files or {f"usr/share/{self.name}/{self.name}.txt": f"{self.name}\n"}
        folders = sorted({str(p) for n in files for p in Path(n).parents if str(p) != "."})
        path = Path(folder) / self.filename
        with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
            def add(name, data=None, mode=0o644):
                member = tarfile.TarInfo(name)
                member.mtime, member.mode, member.uname, member.gname = WHEN, mode, "root", "root"
                if data is None:
                    member.type, member.mode = tarfile.DIRTYPE, 0o755
                    return tar.addfile(member)
                member.size = len(data)
                return tar.addfile(member, io.BytesIO(data))
            add(".PKGINFO", self.info().encode())
            if self.install:
                add(".INSTALL", self.install.encode())
            for name in folders:
                add(name)
            for name, data in sorted(files.items()):
                data = data.encode() if isinstance(data, str) else data
                add(name, data, 0o755 if "/bin/" in name else 0o644)
        return path


def package(name, version="1.0-1", **more):
    return Package(name, version, **more)


SYSTEM = [
    package("filesystem"), package("glibc", depends=["filesystem"]),
    package("bash", provides=["sh"], depends=["glibc"], files={"usr/bin/bash": "bash\n"}),
    package("pacman", "6.1.0-3", depends=["glibc", "bash"], files={"usr/bin/pacman": "pacman\n"}),
    package("systemd", depends=["glibc"]),
    package("base", "3-2", depends=["filesystem", "glibc", "bash", "pacman", "systemd"]),
]
CORE = [
    *SYSTEM,
    package("linux", "6.9.1-1", files={"usr/lib/modules/6.9.1/vmlinuz": "x",
                                      "usr/lib/modules/6.9.1/pkgbase": "linux\n"}),
    package("linux-lts", "6.6.1-1", files={"usr/lib/modules/6.6.1/vmlinuz": "x",
                                          "usr/lib/modules/6.6.1/pkgbase": "linux-lts\n"}),
    package("grub", "2:2.12-2", files={"usr/bin/grub-install": "x"}),
    package("zsh", depends=["glibc"], files={"usr/bin/zsh": "zsh\n"}),
    package("fish", depends=["glibc"], files={"usr/bin/fish": "fish\n"}),
    package("sudo", depends=["glibc"], files={"usr/bin/sudo": "sudo\n"}),
]
BLOCKING = "post_install() {\n\techo at the gate\n\tread line < /gate\n}\n"
EXTRA = [
    package("foo"), package("bar", "2.0-1"), package("baz", "3:1.0-1"), package("qux"),
    package("neovim", "0.10-1"), package("git", "2.45-1"), package("waybar"), package("tlp"),
    # Names with every character that is allowed.
    package("a@b.c_d+e-f"), package("9lives"), package("_underscore"),
    # A chain; what else needs its end; and an orphan's dependency.
    package("top", depends=["middle"]), package("middle", depends=["bottom"]), package("bottom"),
    package("user-of-bottom", depends=["bottom"]),
    package("needs-foo", depends=["foo"]),
    package("opt-app", optdepends=["qux: for more", "not-there: for nothing"]),
    # A group.
    package("tool-a", groups=["tools"]), package("tool-b", groups=["tools"]),
    package("tool-c", groups=["tools"], depends=["tool-lib"]), package("tool-lib"),
    # What provides a name: one alone, and two to choose from.
    package("nano-editor", provides=["editor"]),
    package("cronie", provides=["cron"]), package("fcron", provides=["cron"]),
    package("lib-new", "2.0-1", provides=["lib-virtual=2.0"]),
    package("left", conflicts=["right"]), package("right", conflicts=["left"]),
    # Hyprland's desktop, for prune.
    package("hyprland", "0.41-1", depends=["glibc"], files={"usr/bin/Hyprland": "x"}),
    package("lumina", depends=["lumina-dep"], files={"usr/bin/lumina": "x"}),
    package("lumina-dep"), package("paru", "2.0-1", depends=["pacman"],
                                   files={"usr/bin/paru": "x"}),
    # What goes wrong.
    package("corrupt", corrupt=True), package("gone", gone=True),
    package("broken-dep", depends=["no-such-thing"]),
    package("script-fails", install="post_install() {\n\techo failing >&2\n\treturn 1\n}\n"),
    package("pre-fails", install="pre_install() {\n\treturn 1\n}\n"),
    package("slow", install=BLOCKING),
    package("slow-dep", install=BLOCKING), package("after-slow", depends=["slow-dep"]),
    package("clash-a", files={"usr/share/clash": "a"}),
    package("clash-b", files={"usr/share/clash": "b"}),
    package("hooked", files={"usr/share/hooked/x": "x"}),
]


def write_repository(folder, name, packages):
    """Package files and, by the real repo-add, the repository's database."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [p.write(folder) for p in packages]
    database = folder / f"{name}.db.tar.gz"
    done = subprocess.run(["repo-add", "-q", str(database), *map(str, paths)], check=False,
                          capture_output=True, env={"PATH": os.environ["PATH"], "LC_ALL": "C",
                                                    "HOME": str(folder)})
    assert done.returncode == 0, done.stderr.decode()
    for p in packages:
        if p.corrupt:
            data = (folder / p.filename).read_bytes()
            (folder / p.filename).write_bytes(data.replace(b"for tests", b"FOR TESTS"))
        if p.gone:
            (folder / p.filename).unlink()
    for path in folder.iterdir():
        if not path.is_symlink():
            path.chmod(0o644)


# --- which pacman ------------------------------------------------------------------------------

def real_pacman():
    """(pacman, pacman-conf) as absolute paths; skips visibly."""
    if os.environ.get("PACMAN_KIT") == "7":
        done = subprocess.run([REPO / "tests/pacman7/fetch"], capture_output=True, check=False,
                              timeout=300)
        if done.returncode == 77:
            pytest.skip(done.stderr.decode().strip().splitlines()[-1])
        assert done.returncode == 0, done.stderr.decode()
        folder = Path(done.stdout.decode().strip()) / "bin"
        return str(folder / "pacman"), str(folder / "pacman-conf")
    found = [shutil.which(n, path="/usr/bin:/bin:/usr/local/bin") for n in
             ("pacman", "pacman-conf", "repo-add", "bsdtar")]
    if None in found:
        pytest.skip("pacman, repo-add or bsdtar is not installed")
    return found[0], found[1]


# --- once a session ----------------------------------------------------------------------------

class Template:
    def __init__(self, version):
        self.pacman, self.conf = real_pacman()
        self.version = version
        self.folder = Path(make_root())
        write_repository(self.folder / "core", "core", CORE)
        write_repository(self.folder / "extra", "extra", EXTRA)
        self.installed, self.made = {}, 0
        bare = self.folder / "bare"
        make_tree(bare)
        add_shell(bare / "root")
        self.installed[()] = bare
        self._run(bare, "-Sy")

    def _run(self, top, *args):
        write_conf(top, self.folder, self.version)
        command = [self.pacman, "--config", str(top / "pacman.conf"), "--noconfirm", *args]
        if args[0] != "-D":
            command += OURS
        if os.geteuid() != 0:
            command = ["fakeroot", "--", *command]
        done = subprocess.run(command, capture_output=True, check=False, timeout=60,
                              env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"})
        assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()

    def having(self, explicit=(), dependencies=()):
        """A tree in which these are installed; made at the first call, kept for the next."""
        key = (tuple(explicit), tuple(dependencies)) if explicit or dependencies else ()
        if key not in self.installed:
            self.made += 1
            top = self.folder / f"having-{self.made}"
            copy_tree(self.installed[()], top)
            if dependencies:
                self._run(top, "-S", "--asdeps", *dependencies)
            if explicit:
                self._run(top, "-S", *explicit)
                self._run(top, "-D", "--asexplicit", *explicit)
            self.installed[key] = top
        return self.installed[key]


TEMPLATES = {}


def template():
    version = os.environ.get("PACMAN_KIT", "6")
    if version not in TEMPLATES:
        TEMPLATES[version] = Template(version)
    return TEMPLATES[version]


def clean_up():
    for made in TEMPLATES.values():
        shutil.rmtree(made.folder, ignore_errors=True)


def make_tree(top):
    for name in ("root/var/lib/pacman/local", "root/var/lib/pacman/sync", "root/var/cache/pkg",
                 "root/var/log", "root/etc", "root/usr/share", "root/tmp", "root/dev", "hooks",
                 "gpg", "test"):
        (top / name).mkdir(parents=True, exist_ok=True)
    (top / "root/var/log/pacman.log").touch()
    (top / "root/var/lib/pacman/local/ALPM_DB_VERSION").write_text("9\n")
    write_repository(top / "test", "test", [package("published-nothing")])


def add_shell(root):
    """A /bin/sh in the root, with its libraries: scriptlets and hooks run in there."""
    shell = os.path.realpath("/bin/dash" if os.path.exists("/bin/dash") else "/bin/sh")
    wanted = {shell: "bin/sh"}
    listing = subprocess.run(["ldd", shell], capture_output=True, check=False).stdout.decode()
    for path in re.findall(r"(/\S+) \(0x", listing):
        wanted[os.path.realpath(path)] = path[1:]
    for source, name in wanted.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, root / name)
        (root / name).chmod(0o755)
    if not (root / "bin/bash").exists():
        os.link(root / "bin/sh", root / "bin/bash")


def copy_tree(source, target):
    """A copy; the shell and its libraries, which nobody changes, are hard links."""
    def copy(old, new):
        if "/root/lib" in old or "/root/bin" in old or "/root/usr/lib/x86" in old:
            try:
                os.link(old, new, follow_symlinks=False)
                return
            except OSError:
                pass
        shutil.copy2(old, new, follow_symlinks=False)
    shutil.copytree(source, target, symlinks=True, copy_function=copy, dirs_exist_ok=True)


def write_conf(top, repositories, version, options="", xfer=None):
    root = top / "root"
    text = f"""
        # A configuration of a test's own.
        [options]
        RootDir = {root}
        DBPath = {root}/var/lib/pacman/
        CacheDir = {root}/var/cache/pkg/
        LogFile = {root}/var/log/pacman.log
        HookDir = {top}/hooks/
        GPGDir = {top}/gpg/
        HoldPkg = pacman glibc
        Architecture = auto
        SigLevel = Never
        LocalFileSigLevel = Never
        """
    text = dedent(text)
    if version == "7":
        text += "DisableSandbox\n"
    if xfer:
        text += f"XferCommand = {xfer}\n"
    text += options
    for name, folder in (("core", repositories), ("extra", repositories), ("test", top)):
        text += f"\n[{name}]\nServer = file://{folder}/{name}\n"
    (top / "pacman.conf").write_text(text)


# --- a test's own ------------------------------------------------------------------------------

class Kit:
    def __init__(self, home, explicit=(), dependencies=()):
        self.home, self.template = home, template()
        self.top = home.root / "kit" if isinstance(home.root, Path) else Path(home.root) / "kit"
        self.root = self.top / "root"
        self.db = self.root / "var/lib/pacman"
        self.bin = self.top / "bin"
        self.log = self.top / "calls"
        self.pacman_log = self.root / "var/log/pacman.log"
        copy_tree(self.template.having(explicit, dependencies), self.top)
        for name in ("bin", "aur"):
            (self.top / name).mkdir()
        self.log.touch()
        self.log.chmod(0o666)
        self.configure()
        home.env["PATH"] = f"{self.bin}:{home.env['PATH']}"
        home.env["LUMINA_PACMAN"] = f"{self.template.pacman} --config {self.top}/pacman.conf"
        self.shim("paru", HELPER)
        if home.user is not None or os.geteuid() != 0:
            self.sudo()
        home.give()

    @property
    def major(self):
        return self.template.version

    def configure(self, options="", xfer=None):
        write_conf(self.top, self.template.folder, self.template.version, options, xfer)

    # --- fakes ---

    def shim(self, name, body="", code=None, death=None):
        """A recording fake at the front of PATH; returns its path."""
        text = RECORDER.format(interpreter=INTERPRETER, kit=str(self.top), log=str(self.log),
                               root=str(self.root), pacman=self.template.pacman, name=name) + body
        if code is not None:
            text += f"\nsys.exit({code})\n"
        if death is not None:
            text += f"\ndie({int(death)})\n"
        path = self.bin / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def sudo(self, body=SUDO, name="sudo"):
        """A sudo that logs, and becomes (what looks like) root."""
        path = self.shim(name, body)
        self.home.env["LUMINA_SUDO"] = str(path)
        return path

    def pacman_shim(self, body="", code=None, death=None):
        """LUMINA_PACMAN is a fake that behaves so; without either it goes on to the real one."""
        if code is None and death is None and not body:
            body = "\nos.execv(PACMAN, [PACMAN, *ARGV])\n"
        path = self.shim("pacman", body, code, death)
        self.home.env["LUMINA_PACMAN"] = f"{path} --config {self.top}/pacman.conf"
        self.home.env["LUMINA_PACMAN_CONF"] = \
            f"{self.template.conf} --config {self.top}/pacman.conf"
        return path

    def only(self, *programs):
        """PATH holds nothing but the kit's fakes and these programs of the machine."""
        for name in ("setpriv", *programs):
            found = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
            if found and not (self.bin / name).exists():
                os.symlink(found, self.bin / name)
        self.home.env["PATH"] = str(self.bin)

    def without(self, name):
        (self.bin / name).unlink(missing_ok=True)

    def calls(self, name=None):
        rows = [Call(json.loads(line)) for line in self.log.read_text().splitlines()]
        return [c for c in rows if name is None or c.name == name]

    def forget_calls(self):
        self.log.write_text("")

    # --- pacman without Lumina ---

    def environment(self):
        return {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C", "HOME": str(self.top)}

    def argv(self, *args):
        ours = OURS if args[0].startswith(("-S", "-U", "-R")) else []
        command = [self.template.pacman, "--config", str(self.top / "pacman.conf"), *ours, *args]
        return command if os.geteuid() == 0 else ["fakeroot", "--", *command]

    def pacman(self, *args, check=True, stdin=subprocess.DEVNULL):
        done = subprocess.run(self.argv(*args), capture_output=True, check=False, stdin=stdin,
                              env=self.environment(), timeout=TIMEOUT)
        assert not check or done.returncode == 0, \
            f"{args}: {done.returncode}\n{done.stdout.decode()}\n{done.stderr.decode()}"
        self.home.give()
        done.text = done.stdout.decode()
        return done

    def install(self, *names, asdeps=False):
        self.pacman("-S", "--noconfirm", *(["--asdeps"] if asdeps else []), "--", *names)

    def remove(self, *names, how="-R"):
        self.pacman(how, "--noconfirm", "--", *names)

    def install_file(self, package, asdeps=False):
        """A package from no repository."""
        path = package.write(self.top / "aur")
        self.pacman("-U", "--noconfirm", *(["--asdeps"] if asdeps else []), "--", str(path))
        path.unlink()

    def in_aur(self, *packages):
        """What the fake AUR helper can build."""
        for p in packages:
            path = p.write(self.top / "aur")
            path.rename(self.top / "aur" / f"{p.name}.pkg.tar")
        self.home.give()

    def publish(self, *packages, refresh=True):
        """Packages of the test's own repository, known to pacman."""
        write_repository(self.top / "test", "test", packages)
        if refresh:
            self.pacman("-Syy")
        self.home.give()

    # --- what is installed, by the real pacman ---

    def query(self, *args):
        done = self.pacman("-Q" + "".join(args), check=False)
        return dict(line.split() for line in done.text.splitlines())

    def installed(self):
        return self.query()

    def names(self):
        return set(self.query())

    def explicit(self):
        return set(self.query("e"))

    def dependencies(self):
        return set(self.query("d"))

    def database(self):
        """Every byte of the local database."""
        return {str(p.relative_to(self.db)): p.read_bytes()
                for p in sorted((self.db / "local").rglob("*")) if p.is_file()}

    def transactions(self):
        """The lines of pacman's log that tell what was run."""
        return re.findall(r"\[PACMAN\] Running '(.*)'", self.pacman_log.read_text())

    # --- trouble ---

    @property
    def lock(self):
        return self.db / "db.lck"

    def hook(self, name, command, when="PreTransaction", abort=False, operation="Install"):
        (self.top / "hooks" / f"{name}.hook").write_text(dedent(f"""
            [Trigger]
            Operation = {operation}
            Type = Package
            Target = *

            [Action]
            When = {when}
            Exec = /bin/sh -c '{command}'
            """) + ("AbortOnFail\n" if abort else ""))

    def gate(self):
        """The scriptlet of "slow" waits here until open_gate()."""
        path = self.root / "gate"
        os.mkfifo(path)
        path.chmod(0o666)
        self.home.give()
        return path

    def open_gate(self):
        fd = os.open(self.root / "gate", os.O_RDWR)
        os.write(fd, b"go\n")
        return fd

    def wait_at_gate(self, process=None):
        """Until the scriptlet waits: pacman is in the middle of its transaction."""
        wanted = os.fsencode(self.root / "gate")
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            for pid in self.processes():
                try:
                    call = Path(f"/proc/{pid}/syscall").read_text().split()
                    command = Path(f"/proc/{pid}/wchan").read_text()
                except OSError:
                    continue
                if call[0] in ("2", "257", "56") or "fifo" in command:
                    return pid
            time.sleep(0.01)
        raise AssertionError(f"nothing ever waited at {wanted!r}")

    def processes(self):
        """Processes whose root is the kit's: scriptlets and hooks."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{pid}/root") == str(self.root):
                    found.append(int(pid))
            except OSError:
                continue
        return found

    def pacmans(self):
        """Running pacmans of this kit."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if os.fsencode(self.top / "pacman.conf") in words and \
                    os.path.basename(words[0]) == b"pacman":
                found.append(int(pid))
        return found


def on(home, explicit=(), dependencies=(), registry=""):
    """Gives a home a machine with these packages: home.kit."""
    home.registry(registry)
    home.kit = Kit(home, explicit, dependencies)
    return home


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="scriptlets and hooks need chroot(2)")


# --- what the registry says --------------------------------------------------------------------

def insertion(before, after):
    """The bytes that were put in at one place; all the others are as they were."""
    start = len(os.path.commonprefix([before, after]))
    rest = before[start:]
    assert len(after) >= len(before) and after.endswith(rest), \
        f"more than an insertion:\n{before.decode()}\n---\n{after.decode()}"
    return after[start:len(after) - len(rest)]


def deletion(before, after):
    """The bytes that were taken out at one place."""
    return insertion(after, before)


def read(home, name="lumina.yaml"):
    return (home.profile / name).read_bytes()


def _flat(node):
    if isinstance(node, dict):
        return {n for value in node.values() for n in _flat(value)}
    return {n for value in node for n in _flat(value)} if isinstance(node, list) else \
        {node} if node is not None else set()


def document(home, name="lumina.yaml"):
    return yaml.safe_load(read(home, name)) or {}


def recorded(home, name="lumina.yaml", group=None, host=None):
    """Names that a registry file declares, by another reader of YAML."""
    data = document(home, name)
    data = ((data.get("hosts") or {}).get(host) or {}) if host else data
    packages = data.get("packages") or []
    return _flat(packages if group is None else packages.get(group))


def same_registry(home, text):
    """The file is what it was, to the byte; no generation, no pending record."""
    assert read(home) == (dedent(text) if isinstance(text, str) else text.decode()).encode()


def runs(kit, *verbs):
    """Transactions of Lumina's pacman whose first option is one of these, as lists of words."""
    found = []
    for line in kit.transactions():
        words = line.split()
        if OURS[0] in words:
            continue
        while words and not re.match(r"-[SURDQ]", words[0]):
            words.pop(0)
        if words and (not verbs or words[0].startswith(verbs)):
            found.append(words)
    return found
