# SPDX-License-Identifier: MIT
"""What the crash tests of add, forget, absorb, sync --adopt and --backup, undo, rollback and
eject share: scenarios, worlds, and the judging of what is found.

These commands move a person's own files, so a *world* (HOME, profile and state) is made
anew for each case instead of being copied: its files keep the inodes that history knows.
An undisturbed run of the same scenario is the *reference*. A snapshot says of each file
where it came from (the name that its inode had before), so that a copy and the file
itself can be told apart.

Rest states have names: OLD and NEW are before and after the undisturbed command; from
each, the reference also knows what `sync`, `undo` and the same command once more give.
"""

import errno
import os
import re
import stat
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path, PurePath

import crash_kit as kit

# A time that nothing here makes by accident.
LONG_AGO = 1_500_000_000
STAMP = re.compile(r"^(\d{6})-\d{8}T\d{6}Z$")
UNBORN = ("journal.new", "owned.new")
FOLLOW_UPS = ("again", "sync", "undo")
# Empty folders below the backups are litter, too.
CHANGE_STRICT = False

PROFILE = {
    "zsh/zshrc": "zshrc of the profile\n",
    "git/config": "[user]\n\tname = of the profile\n",
    "vim/vimrc": "vimrc of the profile\n",
    "vim/colors/dark.vim": "dark of the profile\n",
    "app/main.conf": "main of the profile\n",
    "app/sub/deep.conf": "deep of the profile\n",
}

# Comments and blanks: an edit must keep them all.
REGISTRY = """# mine
packages: [git,   neovim]   # two
symlinks:
  ~/.zshrc:    zsh/zshrc   # the shell
  ~/.gitconfig: git/config
  ~/.vim: vim
  ~/.config/app: {tree: app}   # each for itself
"""


# --- worlds ----------------------------------------------------------------------------------


class World:
    """`far`: what lies on another file system, "profile" or "state" or both."""

    def __init__(self, folder, far_folder=None, far=()):
        self.folder, self.far_folder, self.far = Path(folder), far_folder, far
        self.home = self.folder / "home"
        self.profile = Path(far_folder) / "profile" if "profile" in far else self.home / ".lumina"
        self.state = Path(far_folder) / "state" / "lumina" if "state" in far \
            else self.home / kit.STATE
        self.env = kit.environment(self.home)
        if "profile" in far:
            self.env["LUMINA_HOME"] = str(self.profile)
        if "state" in far:
            self.env["XDG_STATE_HOME"] = str(self.state.parent)
        self.origins = {}
        self.device = None
        self.memory = True      # False: on a disk, where numbers of inodes are used again

    def clear(self):
        for folder in (self.home, self.far_folder):
            if folder is not None and os.path.lexists(folder):
                kit.remove_tree(folder)
        self.home.mkdir(parents=True)
        self.device = os.stat(self.home).st_dev
        if self.far_folder is not None:
            Path(self.far_folder).mkdir(parents=True)
        self.state.parent.mkdir(parents=True, exist_ok=True)
        self.profile.mkdir(parents=True)

    # --- making things ---

    def at(self, name):
        if name.startswith(".lumina/"):
            return self.profile / name[len(".lumina/"):]
        return self.home / name

    def put(self, name, text=None, mode=0o640):
        path = self.at(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"the person's {name}\n" if text is None else text)
        os.chmod(path, mode)
        os.utime(path, (LONG_AGO, LONG_AGO))

    def replace(self, name, text=None):
        """As a program that saves by rename."""
        os.unlink(self.at(name))
        self.put(name, text)

    def declare(self, text):
        with open(self.profile / "lumina.yaml", "a", encoding="utf-8") as file:
            file.write(text)

    # --- running ---

    def run(self, *args, expect=None):
        done = subprocess.run([kit.LUMINA, *self.spell(args)], env=self.env, cwd="/",
                              timeout=kit.TIMEOUT, stdin=subprocess.DEVNULL, capture_output=True)
        result = kit.Result(done.returncode, done.stdout.decode(errors="replace"),
                            done.stderr.decode(errors="replace"))
        assert expect is None or result.rc == expect, f"{args}: {result}"
        return result

    def spell(self, args):
        return [arg.replace("HOME", str(self.home)) for arg in args]

    def trace(self, options, args, whole=False):
        log = self.folder / "trace"
        log.unlink(missing_ok=True)
        # Not the children: git's calls are its own.
        done = subprocess.run(["strace", "-qq", "-s", "256", "-o", str(log), *options,
                               kit.LUMINA, *self.spell(args)],
                              env=self.env, cwd="/", timeout=kit.TIMEOUT,
                              stdin=subprocess.DEVNULL, capture_output=True)
        trace = log.read_text(errors="replace") if log.exists() else ""
        if not whole:
            lines = trace.splitlines()
            trace = "\n".join([*[line for line in lines if "(INJECTED)" in line][:6], *lines[-2:]])
        return kit.Result(done.returncode, done.stdout.decode(errors="replace"),
                          done.stderr.decode(errors="replace"), trace)

    def has_journal(self):
        return os.path.exists(self.state / "journal")

    # --- looking ---

    def walk(self):
        """(name, path): names as if profile and state were in their usual places."""
        inside = {str(self.profile): ".lumina", str(self.state): kit.STATE}
        todo = [("", str(self.home)), *((name, path) for path, name in inside.items()
                                        if os.path.isdir(path))]
        while todo:
            above, folder = todo.pop()
            with os.scandir(folder) as entries:
                for entry in entries:
                    name = f"{above}/{entry.name}" if above else entry.name
                    if above == "" and entry.path in inside or entry.path == str(self.state):
                        continue
                    yield name, entry.path
                    if entry.is_dir(follow_symlinks=False) and entry.path != str(self.profile):
                        todo.append((name, entry.path))

    def words(self, text):
        for path, word in ((self.profile, "PROFILE"), (self.state, "STATE"), (self.home, "HOME")):
            text = text.replace(str(path), word)
        return text

    def look_at(self, path):
        """What stands there: (what compares, inode)."""
        try:
            info = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None, None
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            return "a link to itself", None
        if stat.S_ISLNK(info.st_mode):
            return ("link", self.words(os.readlink(path))), None
        identity = (info.st_dev, info.st_ino)
        mode = stat.S_IMODE(info.st_mode)
        if stat.S_ISDIR(info.st_mode):
            return ("folder", mode), identity
        if not stat.S_ISREG(info.st_mode):
            return ("other", info.st_mode), identity
        time = info.st_mtime_ns if info.st_mtime_ns <= LONG_AGO * 10**9 else "now"
        with open(path, "rb") as file:
            return ("file", mode, time, file.read()), identity

    def theme(self, current):
        """What is shown: its name without the hash, in which there are paths, and all that is in it."""
        name, _, number = os.readlink(current).rpartition("-")
        assert len(number) == 16
        with os.scandir(current) as entries:
            return ("theme", name, sorted((e.name, self.look_at(e.path)[0][-1]) for e in entries))

    def snapshot(self, first=False):
        """{name: what stands there and where it came from}, records of the state folder too."""
        found = {}
        if first:
            self.origins = {}
        for name, path in self.walk():
            if kit.is_state(name):
                part = name[len(kit.STATE) + 1:].split("/")
                if part[0] == "themes":
                    # What isn't shown may be left: the next switch removes it.
                    if part[1:] == ["current"]:
                        found[name] = self.theme(path)
                    continue
                if part[0] != "backups":
                    found[name] = ("record",)
                    continue
                if len(part) > 1:
                    part[1] = STAMP.sub(r"\1", part[1])
                name = f"{kit.STATE}/" + "/".join(part)
            thing, identity = self.look_at(path)
            if identity is not None and identity[0] != self.device:
                identity = (None, None)   # an inode's number may be used again there
            if first and identity is not None and identity[0] is not None:
                self.origins[identity] = (name, thing)
            before, then = self.origins.get(identity, (None, None))
            same = before is not None and thing[0] == then[0] and thing[3:] == then[3:]
            if kit.is_state(name) and thing[0] == "folder" and len(part) <= 2:
                identity = None   # made and removed as needed
            found[name] = (*thing, before if same else None) if identity is not None else thing
        found["the record"] = self.record()
        return found

    def record(self):
        try:
            text = (self.state / "owned").read_text()
        except (FileNotFoundError, NotADirectoryError):
            return None
        lines = text.splitlines()
        assert lines and lines[-1].startswith("end\t"), f"torn record: {text!r}"
        return tuple(self.words(line) for line in lines[:-1])

    def probe(self, name):
        """What a program meets at that name; without the origin."""
        path = str(self.at(name))
        thing, _ = self.look_at(path)
        if thing is None or thing == "a link to itself" or thing[0] != "link":
            return thing
        if name.startswith(".lumina/") and thing[1] == "PROFILE" + name[len(".lumina"):]:
            return "a link to itself"
        return (*thing, kit.content(path))

    def contents(self):
        """Of every file outside the records."""
        found = set()
        for name, path in self.walk():
            part = name[len(kit.STATE) + 1:] if kit.is_state(name) else "backups/"
            if part.startswith("backups/") and os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    found.add(file.read())
        return found


def differences(found, expected):
    lines = []
    for name in sorted(found.keys() | expected.keys()):
        if found.get(name) != expected.get(name):
            lines.append(f"{name}: found {found.get(name)}, expected {expected.get(name)}")
    return lines


# --- scenarios -------------------------------------------------------------------------------


@dataclass
class Scenario:
    name: str
    prepare: object             # called with the world, synced already
    args: tuple
    far: tuple = ()
    synced: bool = True         # once before it is prepared
    steps: bool = False         # one generation after the other
    must_have: tuple = ()       # calls that the run must make, or its sweep is hollow
    exchange: bool = True       # False: a file system without flags for renames

    @property
    def moves(self):
        return self.args[0] in ("undo", "rollback")

    @property
    def erases(self):
        """The record itself goes in the end."""
        return self.args[0] == "eject"


def nothing(_world):
    pass


def dot_file(world):
    world.put(".exrc")


def deep_file(world):
    world.put(".config/foo/bar.conf", mode=0o600)


def folder(world, name=".config/tool"):
    world.put(f"{name}/one")
    world.put(f"{name}/sub/two", mode=0o600)
    os.symlink("one", world.at(f"{name}/link"))
    os.chmod(world.at(f"{name}/sub"), 0o700)


def three(world):
    world.put(".one")
    world.put(".two", mode=0o600)
    folder(world)


def below_tree(world):
    world.put(".config/app/extra.conf")


def detached(world):
    world.replace(".zshrc", "zshrc, saved by a program\n")


def detached_two(world):
    detached(world)
    world.replace(".config/app/main.conf", "main, saved by a program\n")


LINES = "".join(f"line {i}\n" for i in range(12))


def mergeable(world):
    """Both sides have changed since: the source later, so Git must know what it was."""
    world.put(".lumina/zsh/zshrc", LINES, 0o644)
    world.replace(".zshrc", LINES.replace("line 1\n", "line one of the person\n"))


def detached_folder(world):
    os.unlink(world.at(".vim"))
    folder(world, ".vim")


def file_in_the_way(world):
    world.declare("  ~/.one: one\n")
    world.put(".lumina/one", mode=0o644)
    world.put(".one")


def file_without_source(world):
    world.declare("  ~/.two: new/er/two\n")
    world.put(".two", mode=0o600)


def folder_in_the_way(world):
    world.declare("  ~/.config/tool: tool\n")
    world.put(".lumina/tool/of-the-profile", mode=0o644)
    folder(world)


def folder_without_source(world):
    world.declare("  ~/.config/tool: tool\n")
    folder(world)


def foreign_link(world):
    world.declare("  ~/.one: one\n")
    world.put(".lumina/one", mode=0o644)
    os.symlink("/nowhere/of/the/person", world.at(".one"))


def file_as_parent(world):
    world.declare("  ~/.config/x/deep/y: one\n")
    world.put(".lumina/one", mode=0o644)
    world.put(".config/x")


def all_in_the_way(world):
    """And with it links that are new, changed, and not wanted any more."""
    text = (world.profile / "lumina.yaml").read_text()
    text = text.replace("zsh/zshrc ", "other ").replace("  ~/.gitconfig: git/config\n", "")
    (world.profile / "lumina.yaml").write_text(text)
    world.put(".lumina/other", mode=0o644)
    foreign_link(world)
    folder_in_the_way(world)
    world.declare("  ~/.config/x/deep/y: one\n  ~/.local/t: {tree: t}\n  ~/.fresh/link: one\n"
                  "  ~/.three: one\n")
    world.put(".config/x")
    world.put(".lumina/t/one", "t one of the profile\n", 0o644)
    world.put(".lumina/t/sub/two", "t two of the profile\n", 0o644)
    world.put(".local/t/sub/two")
    world.put(".local/t/own")
    world.put(".three")


def all_adoptable(world):
    file_in_the_way(world)
    world.declare("  ~/.two: new/er/two\n  ~/.config/tool: tool\n  ~/.fresh/link: one\n"
                  "  ~/.config/fresh: fresh\n")
    world.put(".two", mode=0o600)
    world.put(".lumina/tool/of-the-profile", mode=0o644)
    folder(world)
    folder(world, ".config/fresh")


def history_of_many(world):
    """Generations 1 to 5, each of another kind."""
    dot_file(world)
    world.run("add", "HOME/.exrc", expect=0)
    folder_in_the_way(world)
    world.run("sync", "--backup", expect=0)
    world.run("forget", "~/.gitconfig", expect=0)
    file_in_the_way(world)
    world.run("sync", "--adopt", expect=0)


def gone_back(world):
    history_of_many(world)
    world.run("rollback", "1", expect=0)


def with_backups(world):
    all_in_the_way(world)
    world.run("sync", "--backup", expect=0)


def themed(world):
    """A theme is shown; each has two files and a picture."""
    world.declare("themes:\n  active: one   # for now\n  templates:\n"
                  "    ~/.config/bar/theme.css: templates/bar.css.mustache\n"
                  "    ~/.foot: templates/foot.mustache\n"
                  "  wallpaper: {file: one.png, files: {two: two.png}}\n")
    world.put(".lumina/one.png", "one", 0o644)
    world.put(".lumina/two.png", "two", 0o644)
    for name, digit in (("one", "1"), ("two", "2")):
        world.put(f".lumina/themes/{name}.yaml", "name: x\nauthor: y\n" + "".join(
            f'base0{d}: "{digit * 6}"\n' for d in "0123456789ABCDEF"), 0o644)
    for name in ("bar.css", "foot"):
        world.put(f".lumina/templates/{name}.mustache", name + " {{red}} {{blue}}\n", 0o644)


def shown(world):
    themed(world)
    world.run("sync", expect=0)


def theme_of_others(world):
    world.put("rain/colors.toml", "".join(
        f'{name} = "#112233"\n'
        for name in ("background", "foreground", *(f"color{n}" for n in range(1, 7)))))
    world.put("rain/bar.css")


CHANGE = ("openat", "write", "fsync", "renameat", "renameat2")
MADE = [
    Scenario("add-file", dot_file, ("add", "HOME/.exrc"), must_have=CHANGE + ("symlinkat",)),
    Scenario("add-deep", deep_file, ("add", "HOME/.config/foo/bar.conf", "--as", "deep/er/bar"),
             must_have=CHANGE + ("symlinkat", "mkdirat")),
    Scenario("add-folder", folder, ("add", "HOME/.config/tool"), must_have=CHANGE),
    Scenario("add-tree", folder, ("add", "--tree", "HOME/.config/tool"),
             must_have=CHANGE + ("symlinkat", "mkdirat")),
    Scenario("add-several", three, ("add", "HOME/.one", "HOME/.two", "HOME/.config/tool"),
             must_have=CHANGE),
    Scenario("add-in-tree", below_tree, ("add", "HOME/.config/app/extra.conf"),
             must_have=("renameat2",)),
    Scenario("forget-file", nothing, ("forget", "~/.zshrc"), must_have=CHANGE + ("unlinkat",)),
    Scenario("forget-several", nothing, ("forget", "~/.gitconfig", "~/.vim"),
             must_have=CHANGE + ("unlinkat", "mkdirat")),
    Scenario("forget-delete", nothing, ("forget", "~/.zshrc", "--delete"), must_have=CHANGE),
    Scenario("forget-delete-folder", nothing, ("forget", "~/.vim", "--delete"),
             must_have=CHANGE + ("mkdirat",)),
    Scenario("forget-tree", nothing, ("forget", "~/.config/app"), must_have=CHANGE),
    Scenario("absorb-profile", detached_two,
             ("absorb", "~/.zshrc", "~/.config/app/main.conf", "--take", "profile"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("absorb-local", detached_two,
             ("absorb", "~/.zshrc", "~/.config/app/main.conf", "--take", "local"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("absorb-merge", mergeable, ("absorb", "~/.zshrc", "--take", "merge"),
             must_have=("symlinkat", "renameat2", "write")),
    Scenario("absorb-folder-profile", detached_folder, ("absorb", "~/.vim", "--take", "profile"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("absorb-folder-local", detached_folder, ("absorb", "~/.vim", "--take", "local"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("adopt-file", file_in_the_way, ("sync", "--adopt"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("adopt-new", file_without_source, ("sync", "--adopt"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("adopt-folder", folder_in_the_way, ("sync", "--adopt"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("adopt-folder-new", folder_without_source, ("sync", "--adopt"),
             must_have=("symlinkat", "renameat2")),
    Scenario("adopt-all", all_adoptable, ("sync", "--adopt"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("backup-file", file_in_the_way, ("sync", "--backup"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("backup-folder", folder_in_the_way, ("sync", "--backup"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("backup-link", foreign_link, ("sync", "--backup"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("backup-parent", file_as_parent, ("sync", "--backup"),
             must_have=("symlinkat", "renameat2", "mkdirat")),
    Scenario("theme-first", themed, ("theme", "set", "two"), must_have=CHANGE + ("symlinkat", "mkdirat")),
    Scenario("theme-set", shown, ("theme", "set", "two"), must_have=CHANGE + ("symlinkat", "mkdirat")),
    Scenario("theme-import", theme_of_others, ("theme", "import", "HOME/rain"),
             must_have=CHANGE + ("mkdirat",)),
    Scenario("backup-all", all_in_the_way, ("sync", "--backup"),
             must_have=("symlinkat", "renameat2", "mkdirat", "unlinkat")),
]


def undone(scenario, **changes):
    def prepare(world):
        scenario.prepare(world)
        world.run(*scenario.args, expect=0)
    return Scenario(f"undo-{scenario.name}", prepare, ("undo",), **{"far": scenario.far, **changes})


BACK = [undone(scenario) for scenario in MADE]
FURTHER = [
    Scenario("rollback-back", history_of_many, ("rollback", "1"), must_have=CHANGE),
    Scenario("rollback-to-2", history_of_many, ("rollback", "2"), must_have=("renameat2",)),
    Scenario("rollback-forward", gone_back, ("rollback", "5"), must_have=CHANGE),
    Scenario("rollback-to-0", history_of_many, ("rollback", "0"), must_have=CHANGE,
             steps=True),
    Scenario("eject", with_backups, ("eject",), must_have=("openat", "write", "renameat2")),
]


def elsewhere(name, original, far):
    base = next(scenario for scenario in MADE if scenario.name == original)
    return Scenario(name, base.prepare, base.args, far=far, must_have=("renameat2",))


FAR = [
    # A file of the person's goes to another file system, or comes from there: copies.
    elsewhere("far-state-backup", "backup-file", ("state",)),
    elsewhere("far-state-parent", "backup-parent", ("state",)),
    elsewhere("far-state-link", "backup-link", ("state",)),
    elsewhere("far-state-adopt", "adopt-file", ("state",)),
    elsewhere("far-state-absorb-profile", "absorb-profile", ("state",)),
    elsewhere("far-state-absorb-local", "absorb-local", ("state",)),
    elsewhere("far-state-absorb-merge", "absorb-merge", ("state",)),
    elsewhere("far-state-forget-delete", "forget-delete", ("state",)),
    elsewhere("far-profile-forget", "forget-several", ("profile",)),
    elsewhere("far-profile-forget-delete", "forget-delete", ("profile",)),
    elsewhere("far-profile-absorb-local", "absorb-local", ("profile",)),
    elsewhere("far-profile-absorb-merge", "absorb-merge", ("profile",)),
    elsewhere("far-both-absorb-local", "absorb-local", ("profile", "state")),
]
FAR_BACK = [undone(scenario) for scenario in FAR]


def without_exchange(original):
    base = next(scenario for scenario in [*MADE, *BACK] if scenario.name == original)
    return Scenario(f"plain-{original}", base.prepare, base.args, exchange=False)


PLAIN = [without_exchange(name) for name in (
    "forget-file", "forget-several", "absorb-profile", "absorb-merge",
    "backup-file", "backup-folder", "backup-parent", "backup-all", "undo-forget-file",
    "undo-absorb-profile", "undo-backup-file", "undo-backup-folder", "undo-backup-all")]


def one_change(world):
    path = world.profile / "lumina.yaml"
    path.write_text(path.read_text().replace("zsh/zshrc ", "other "))
    world.put(".lumina/other", mode=0o644)


# Swept elsewhere (test_crash_kill.py); for the other tests.
SHORT = [Scenario("sync-first", nothing, ("sync",), synced=False),
            Scenario("sync-one-change", one_change, ("sync",))]
SWEPT = [scenario.name for scenario in [*MADE, *BACK, *FURTHER, *FAR, *FAR_BACK, *PLAIN]]
SCENARIOS = {scenario.name: scenario for scenario in [*MADE, *BACK, *FURTHER, *FAR, *FAR_BACK,
                                                      *PLAIN, *SHORT]}


def swept():
    """Names of the scenarios; fewer while one of them is looked into."""
    return os.environ.get("LUMINA_CRASH_ONLY", "").split() or SWEPT


# --- making a world --------------------------------------------------------------------------

LOCAL = threading.local()
FAR_ROOT = None


def far_root():
    """A folder on another file system than the HOMEs; None if there is none."""
    global FAR_ROOT
    with kit.LOCK:
        if FAR_ROOT is None:
            FAR_ROOT = Path(tempfile.mkdtemp(prefix="lumina-far-",
                                             dir=os.environ.get("LUMINA_CRASH_FAR")))
            kit.MADE.append(FAR_ROOT)
    return FAR_ROOT if os.stat(FAR_ROOT).st_dev != os.stat(kit.root_folder()).st_dev else None


def has_far():
    kit.root_folder()
    return far_root() is not None


def make(slot, name, folder=None, far_folder=None):
    """The world of a scenario, right before its command. `slot` or `folder` says where."""
    scenario = SCENARIOS[name]
    if scenario.far and far_folder is None:
        far_folder = far_root() / slot.path.name
    world = World(folder or slot.path / "change", far_folder, scenario.far)
    world.clear()
    world.memory = folder is None
    for name, text in PROFILE.items():
        world.put(f".lumina/{name}", text, 0o644)
    world.put(".lumina/lumina.yaml", REGISTRY, 0o644)
    world.put("letter.txt", mode=0o600)
    if scenario.synced:
        world.run("sync", "-y", expect=0)
    scenario.prepare(world)
    world.scenario = scenario
    return world


# --- references ------------------------------------------------------------------------------


@dataclass
class Rest:
    snapshot: dict
    rc: int
    err: str = ""


@dataclass
class Reference:
    old: dict
    new: dict
    old_probe: dict
    new_probe: dict
    contents: set
    folders: list   # targets of folders that are exchanged with their sources
    steps: list     # (probe, the record) of the generations on the way
    after: dict     # {("old" or "new", follow-up): Rest}
    points: list


def command(world, args):
    """All of a command's changes, on the scenario's kind of file system."""
    options = TRACED if world.scenario.exchange else [*TRACED, *WITHOUT_FLAGS]
    return world.trace(options, args, whole=True)


TRACED = ["-e", "trace=" + ",".join(kit.MUTATING)]
WITHOUT_FLAGS = ["-e", "inject=renameat2:error=EINVAL"]
POINT = re.compile(r"^(\w+)\((.*)$")


def parse_points(trace):
    """Without the pid, as strace shows it of one process."""
    return kit.parse_points("\n".join(f"1 {line}" for line in trace.splitlines()))


def mutations(trace):
    return [point for point in parse_points(trace) if kit.is_mutating(point)]


def make_reference(slot, name):
    scenario = SCENARIOS[name]
    world = make(slot, name)
    old = world.snapshot(first=True)
    contents = world.contents() - {(world.profile / "lumina.yaml").read_bytes()}
    result = command(world, scenario.args)
    assert result.rc == 0, f"undisturbed: rc {result.rc}: {result.out}{result.err}"
    points = mutations(result.trace)
    new = world.snapshot()
    names = sorted(name for name in old.keys() | new.keys()
                   if not kit.is_state(name) and name != "the record")
    new_probe = {name: world.probe(name) for name in names}
    assert not contents - world.contents(), f"{name}, undisturbed: loses something"
    after = {}
    for start in ("old", "new"):
        for how in FOLLOW_UPS:
            world = make(slot, name)
            world.snapshot(first=True)
            if start == "new":
                world.run(*scenario.args)
            result = world.run(*follow_up_args(scenario, how))
            after[start, how] = Rest(world.snapshot(), result.rc, result.err)
            if (start, how) == ("old", "again"):
                # The points were found with strace: the same run without it.
                wrong = differences(world.snapshot(), new)
                assert not wrong or not scenario.exchange, f"{name}: {wrong}"
    folders = [name for name in names if is_traded(old, new, name) or is_traded(new, old, name)]
    world = make(slot, name)
    world.snapshot(first=True)
    old_probe = {name: world.probe(name) for name in names}
    return Reference(old, new, old_probe, new_probe, contents, folders,
                     steps_of(slot, name, names, new["the record"]), after, points)


def steps_of(slot, name, names, last):
    """What `undo` by `undo` comes by on the way of a rollback over several generations."""
    steps = []
    if not SCENARIOS[name].steps:
        return steps
    world = make(slot, name)
    while world.record() != last and len(steps) < 20:
        world.run("undo", expect=0)
        steps.append(({name: world.probe(name) for name in names}, world.record()))
    return steps


def is_traded(one, other, name):
    """A folder on one side; on the other a link to a source that was a folder as well."""
    if one.get(name, ("",))[0] != "folder" or other.get(name, ("",))[0] != "link":
        return False
    source = ".lumina" + other[name][1].removeprefix("PROFILE")
    return one.get(source, ("",))[0] == "folder" == other.get(source, ("",))[0]


def follow_up_args(scenario, how):
    return {"again": scenario.args, "sync": ("sync",), "undo": ("undo",)}[how]


REFERENCES, WHY = {}, {}


def reference(name):
    """Cached; None, with the reason in WHY, where the undisturbed run itself fails."""
    if name not in REFERENCES:
        try:
            REFERENCES[name] = make_reference(kit.main_slot(), name)
        except kit.TROUBLE as error:
            REFERENCES[name] = None
            WHY[name] = f"{name}: {error}"
    return REFERENCES[name]


def points_of(name):
    found = reference(name)
    return found.points if found is not None else []


def cases_for(names, make_cases):
    """One list of cases; a scenario without any gets one that fails."""
    cases = []
    for name in names:
        scenario = SCENARIOS[name]
        if scenario.far and not has_far():
            continue
        points = points_of(name)
        found = [case for i, point in enumerate(points) for case in make_cases(name, i, point)
                 if scenario.exchange or point.name != "renameat2"]
        cases += found or [kit.NoPoints(WHY.get(name, f"{name}: the run changes nothing"))]
    return cases


def published(points):
    """Index of the first point at which the journal is there."""
    for i, point in enumerate(points):
        if point.name.startswith("rename") and '"journal.new"' in point.text:
            return i + 1
    return len(points)


# --- judging ---------------------------------------------------------------------------------


def fault_options(world, faults):
    if not world.scenario.exchange and "renameat2" not in faults:
        faults = {**faults, "renameat2": "error=EINVAL"}
    return kit.inject(faults)


def is_committed(world, ref):
    """True, False; the record itself must be one of both."""
    record = world.record()
    if world.scenario.erases:
        return record != ref.old["the record"]
    if any(record == step[1] for step in ref.steps[:-1]):
        return "partly"
    assert record in (ref.old["the record"], ref.new["the record"]), \
        f"the record is neither old nor new: {record}"
    return record == ref.new["the record"] and record != ref.old["the record"]


def assert_at_rest(world, ref, result):
    """At any instant: every path old or new, and complete; every byte of the person's there."""
    wrong = []
    for name in ref.old_probe:
        found, old, new = world.probe(name), ref.old_probe[name], ref.new_probe[name]
        if found in (old, new) or any(found == step[0][name] for step in ref.steps):
            continue
        if not may_be(world, name, found, old, new, ref):
            wrong.append(f"{name}: {found} is neither {old} nor {new}")
    assert not wrong, f"{result}\n" + "\n".join(wrong)
    lost = ref.contents - world.contents()
    assert not lost, f"lost: {lost}: {result}"
    known = ref.old.keys() | ref.new.keys()
    extra = [name for name, _ in world.walk() if not kit.is_state(name) and name not in known
             and not kit.TEMPORARY.search(name)
             and not any(name.startswith(folder + "/") for folder in ref.folders)]
    assert not extra, f"unknown things appeared: {extra}: {result}"


def may_be(world, name, found, old, new, ref):
    """What can't be done in one step."""
    # A source that comes or goes, or is a folder, holds the target's link until both trade places.
    if found == "a link to itself":
        return None in (old, new) or "folder" in (old[0], new[0])
    # A folder can't take a file's place in one step where names can't be exchanged.
    if found is None and not world.scenario.exchange:
        return any("folder" in {probe.get(above, " ")[0] for probe in
                                (ref.old_probe, ref.new_probe) if probe.get(above)}
                   for above in (name, *(str(path) for path in PurePath(name).parents))
                   if above != "." and ref.old_probe.get(above) != ref.new_probe.get(above))
    # The link is right; what it leads to is changing, and is judged by its own name.
    if found is not None and found[0] == "link":
        texts = [thing[:2] for thing in (old, new, *(step[0][name] for step in ref.steps))
                 if thing is not None]
        return found[:2] in texts
    # Two folders trade places in one step, and a third then: all of the other one.
    return any(name == target or name.startswith(target + "/") for target in ref.folders)


def expected_after(world, ref, how, committed, journal):
    """The rest state that a follow-up leads to."""
    scenario = world.scenario
    start = "new" if committed else "old"
    takes_back = how == "undo" or (how == "again" and scenario.args == ("undo",))
    if journal and takes_back and not committed:
        return Rest(ref.old, 0)     # takes back just that
    if journal and takes_back and scenario.moves:
        return Rest(ref.new, 0)     # it is taken back, now to the end
    return ref.after[start, how]


def ignoring(snapshot, names):
    return {name: thing for name, thing in snapshot.items() if name not in names}


def assert_follow_up(world, ref, how, before):
    """A faultless command later, the world is as if nothing had gone wrong."""
    scenario = world.scenario
    committed, journal = is_committed(world, ref), world.has_journal()
    if scenario.steps:
        how = "again"   # from wherever it is by now
        wanted = ref.after["old", "again"]
        wanted = Rest(wanted.snapshot, 0)
    else:
        wanted = expected_after(world, ref, how, committed, journal)
    args = follow_up_args(scenario, how)
    result = world.run(*args) if scenario.exchange else command(world, args)
    text = f"{before}\n--- then {how}, {'committed' if committed else 'not committed'}" \
        f"{', journal' if journal else ''}: {result}"
    if journal:
        assert "interrupted" in result.err, f"doesn't say that something was interrupted: {text}"
    found = world.snapshot()
    if scenario.erases and committed:
        # As much of the state folder as was left; the person's things are what counts.
        found, wanted = persons(found), persons(wanted.snapshot)
        if how == "undo" and found.get(".vim") != wanted[".vim"]:
            wanted = persons(ref.old)   # it was still known
        wrong = differences(found, wanted)
        assert not wrong, f"{text}\n" + "\n".join(wrong)
        return
    assert result.rc == wanted.rc, f"wanted {wanted.rc}: {text}"
    # What was never published is overwritten by the next change.
    expected = wanted.snapshot
    if not world.memory:
        found, expected = without_origins(found), without_origins(expected)
    unborn = [] if journal else [f"{kit.STATE}/{name}" for name in UNBORN]
    if not scenario.synced:
        # The first run makes the state folder, whatever becomes of it.
        unborn += [kit.STATE, *(f"{kit.STATE}/{name}" for name in ("generations", "lock"))]
    unborn += [] if CHANGE_STRICT else empty_backups(found) + empty_backups(expected)
    wrong = differences(ignoring(found, unborn), ignoring(expected, unborn))
    assert not wrong, f"{text}\n" + "\n".join(wrong)


def empty_backups(snapshot):
    """Folders of the backups that hold nothing."""
    top = f"{kit.STATE}/backups"
    return [name for name, thing in snapshot.items() if thing is not None
            and thing[0] == "folder" and (name == top or os.path.dirname(name) == top)
            and all(other == name or not other.startswith(name + "/")
                    or (snapshot[other][0] == "folder" and os.path.dirname(other) == top)
                    for other in snapshot)]


def without_origins(snapshot):
    return {name: thing[:-1] if thing is not None and thing[0] in ("file", "folder") else thing
            for name, thing in snapshot.items()}


def persons(snapshot):
    """Without the records, and without telling the copy of a folder from the folder."""
    return {name: thing for name, thing in without_origins(snapshot).items()
            if name != "the record" and not kit.is_state(name)}


def kill_at(world, point, args=None):
    fault = {point.name: f"signal=KILL:when={point.n}"}
    result = world.trace(fault_options(world, fault), args or world.scenario.args)
    assert result.rc == -9, f"not killed at {point.text}: {result}"
    return result


# --- recoveries ------------------------------------------------------------------------------


def first_kills(name, wanted):
    """Points with a journal on disk, spread over the run."""
    points = points_of(name)
    inner = [point for point in points[published(points):] if point.name not in kit.FLUSHING
             and (SCENARIOS[name].exchange or point.name != "renameat2")]
    step = max(1, len(inner) / wanted)
    return [inner[int(i * step)] for i in range(min(wanted, len(inner)))]


def recovery_points(slot, name, first):
    """What the recovery by a sync changes, up to the moment where the journal is gone."""
    world = make(slot, name)
    kill_at(world, first)
    result = command(world, ("sync",))
    points = mutations(result.trace)
    for i, point in enumerate(points):
        if '"journal"' in point.text and point.name in ("unlinkat", "renameat", "renameat2"):
            rest = points[i + 1:]
            flushes = next((j for j, later in enumerate(rest)
                            if later.name not in kit.FLUSHING), len(rest))
            return points[:i + 1 + flushes]
    return []


RECOVERY_POINTS = {}


def recovery_cases(wanted, make_cases):
    cases = []
    for name, count in wanted.items():
        if name not in swept():
            continue
        if SCENARIOS[name].far and not has_far():
            continue
        found = []
        try:
            for first in first_kills(name, count):
                if (name, first) not in RECOVERY_POINTS:
                    RECOVERY_POINTS[name, first] = recovery_points(kit.main_slot(), name, first)
                for i, point in enumerate(RECOVERY_POINTS[name, first]):
                    if point.name == "renameat2" and not SCENARIOS[name].exchange:
                        continue
                    found += make_cases(name, first, point, i)
        except kit.TROUBLE as error:
            found = [kit.NoPoints(f"{name}: {error}")]
        cases += found or [kit.NoPoints(WHY.get(name, f"{name}: recovering changes nothing"))]
    return cases
