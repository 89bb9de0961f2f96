# SPDX-License-Identifier: MIT
"""The example's templates: each of 288 schemes renders, and the programs themselves take it.

What a program can't check without a screen is held against the keys that its manual lists.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest
import yaml

from support import OK, REPO, Home, make_root, remove_root

EXAMPLE = REPO / "examples" / "profile"
TEMPLATES = sorted(path.name.removesuffix(".mustache")
                   for path in (EXAMPLE / "templates").iterdir())
SCHEMES = Path(os.environ.get("LUMINA_SHARED", REPO.parent / "shared")) / "data/base16-schemes"
RIG = Path(os.environ.get("LUMINA_TEST_CACHE", "/var/cache/lumina-tests")) / "rig/sid/tree"
HEX, ALPHA = "[0-9a-f]{6}", "[0-9a-f]{8}"
COLOR = f"#{HEX}"
READABLE = 4.5  # what WCAG asks of text

DARK, LIGHT, NASTY = "catppuccin-mocha", "catppuccin-latte", "nasty"
NASTY_NAME = r"""A "q" 'q' \ */ @define-color red; ]] -- {{x}} # theme[main_bg]="#ff0000" $(id) %s é\ """


# --- What is rendered -------------------------------------------------------------------------

class Gallery:
    """A home whose profile has the example's templates and themes, and any others."""

    def __init__(self, root):
        self.home = Home(root)
        for folder in ("templates", "themes"):
            shutil.copytree(EXAMPLE / folder, self.home.profile / folder)
        dark = yaml.safe_load((EXAMPLE / "themes" / f"{DARK}.yaml").read_text())
        dark.update(name=NASTY_NAME.strip(), author="\\")
        self.add(NASTY, yaml.safe_dump(dark, allow_unicode=True))
        links = {f"~/out/{name}": f"templates/{name}.mustache" for name in TEMPLATES}
        self.home.registry(yaml.safe_dump({"themes": {"active": DARK, "templates": links}}))
        self.home.sync()
        self.folder = self.home.state / "themes/current"

    def add(self, name, text):
        self.home.write(self.home.profile / "themes" / f"{name}.yaml", text)

    def show(self, name):
        """{template: what is made of it}"""
        self.home.run("theme", "set", name, expect=OK)
        files = {path.name: path.read_text() for path in self.folder.iterdir()
                 if path.name[0] != "." and path.name != "light.mode"}
        assert sorted(files) == TEMPLATES
        return files


@pytest.fixture(scope="module")
def gallery():
    root = make_root()
    yield Gallery(root)
    remove_root(root)


def pairs_of_ini(text):
    section = ""
    for line in text.splitlines():
        if match := re.fullmatch(r"\[([^]]+)\]", line):
            section = match[1] + "."
        elif line and not line.startswith("#"):
            key, value = re.fullmatch(r"([^ =]+) ?= ?(.+)", line).groups()
            if key == "palette":  # Ghostty: palette = 0=#rrggbb
                key, value = f"palette {value.partition('=')[0]}", value.partition("=")[2]
            yield section + key, value


def pairs_of_lines(pattern):
    def pairs(text):
        for line in text.splitlines():
            if line and line[:1] != "#" and line[:2] not in ("/*", "--"):
                yield re.fullmatch(pattern, line).groups()
    return pairs


def pairs_of_fzf(text):
    for line in text.splitlines():
        if not line.startswith("#"):
            for item in line.removeprefix("--color=").split(","):
                yield item.split(":", 1)


def pairs_of_lua(text):
    inside = re.search(r"^return \{\n(.*)^\}\n\Z", text, re.S | re.M)[1]
    for line in inside.splitlines():
        yield re.fullmatch(r' +(\w+) += "([^"]*)",', line).groups()


def pairs_of_toml(text):
    def walk(path, node):
        for key, value in node.items():
            if isinstance(value, dict) and not {"fg", "bg", "modifiers", "underline"} & set(value):
                yield from walk(path + (key,), value)
            else:
                yield ".".join(path + (key,)), value
    yield from walk((), tomllib.loads(text))


def words(text):
    return set(text.split())


def numbered(*stems, count):
    return {f"{stem}{n}" for stem in stems for n in range(count)}


ANSI = words("black red green yellow blue magenta cyan white")

# What each manual lists, of the version named, as far as it is about colours.
FOOT = numbered("regular", "bright", "dim", count=8) | words(  # foot.ini(5), 1.28
    "foreground background cursor selection-foreground selection-background urls jump-labels "
    "scrollback-indicator search-box-match search-box-no-match flash")
FUZZEL = words(  # fuzzel.ini(5), 1.15
    "background text message prompt placeholder input match selection selection-text "
    "selection-match counter border")
KITTY = numbered("color", count=256) | words(  # kitty.conf(5), 0.48
    "foreground background selection_foreground selection_background cursor cursor_text_color "
    "url_color active_border_color inactive_border_color bell_border_color active_tab_foreground "
    "active_tab_background inactive_tab_foreground inactive_tab_background tab_bar_background")
GHOSTTY = {f"palette {n}" for n in range(256)} | words(  # ghostty(5), 1.2
    "foreground background cursor-color cursor-text selection-foreground selection-background")
ALACRITTY = {f"colors.{table}.{name}" for table in ("normal", "bright", "dim") for name in ANSI} | {
    f"colors.{table}.{name}" for table in ("search.matches", "search.focused_match", "hints.start",
                                           "hints.end", "line_indicator", "footer_bar", "primary")
    for name in ("foreground", "background")} | words(  # alacritty(5), 0.17
    "colors.cursor.text colors.cursor.cursor colors.vi_mode_cursor.text colors.selection.text "
    "colors.vi_mode_cursor.cursor colors.selection.background")
MAKO = words("background-color text-color border-color progress-color")  # mako(5), 1.11
BTOP = words(  # the themes that come with btop 1.4
    "main_bg main_fg title hi_fg selected_bg selected_fg inactive_fg graph_text meter_bg proc_misc "
    "cpu_box mem_box net_box proc_box div_line") | {
    f"{what}_{end}" for what in words("temp cpu free cached available used download upload process")
    for end in ("start", "mid", "end")}
TMUX = words(  # tmux(1), 3.2
    "status-style status-left status-right window-status-current-format pane-border-style "
    "pane-active-border-style message-style message-command-style mode-style clock-mode-colour")
FZF = words(  # fzf(1); 0.38 knows these
    "fg bg preview-fg preview-bg hl fg+ bg+ gutter hl+ query info border prompt pointer marker "
    "spinner header")
GTK = {f"{what}_{end}" for what in words(  # libadwaita's "named colors", 1.0 to 1.7; adw-gtk3 has them
    "window view accent destructive error warning success headerbar sidebar secondary_sidebar card "
    "dialog popover thumbnail") for end in ("bg_color", "fg_color")} | {
    f"{what}_{end}_color" for what in words("headerbar sidebar secondary_sidebar")
    for end in ("border", "backdrop", "shade")} | words(
    "accent_color destructive_color error_color warning_color success_color card_shade_color "
    "popover_shade_color shade_color scrollbar_outline_color")
HELIX_UI = words(  # themes.md of Helix 25.07
    "background text text.focus text.inactive text.directory window gutter linenr linenr.selected "
    "cursorline.primary selection selection.primary cursor cursor.primary cursor.match highlight "
    "statusline statusline.inactive statusline.normal statusline.insert statusline.select "
    "bufferline bufferline.active menu menu.selected menu.scroll popup help virtual.whitespace "
    "virtual.indent-guide virtual.ruler virtual.wrap virtual.inlay-hint virtual.jump-label")
HELIX = {f"ui.{name}" for name in HELIX_UI} | words(
    "comment attribute constant constant.character.escape constructor function keyword label "
    "namespace operator punctuation special string tag type variable variable.builtin "
    "variable.other.member diff.plus diff.delta diff.minus error warning info hint") | {
    f"markup.{name}" for name in words("heading list bold italic strikethrough link.url link.text "
                                       "quote raw")} | {
    f"diagnostic.{name}" for name in words("error warning info hint unnecessary deprecated")}
WAYBAR = ANSI | words("background foreground accent orange")
HYPRLAND = words("bg raised surface shadow accent accent2 urgent text")
SHADE = rf"{COLOR}|mix\({COLOR}, {COLOR}, 0\.\d+\)|alpha\(({COLOR}|black), 0\.\d+\)"

# template: (how it is read, its keys, what values are)
FORMS = {
    "foot.ini": (pairs_of_ini, {f"colors-{v}.{k}" for v in ("dark", "light") for k in FOOT} |
                 {"main.initial-color-theme"}, f"{HEX}( {HEX})?|light"),
    "fuzzel.ini": (pairs_of_ini, {f"colors.{k}" for k in FUZZEL}, ALPHA),
    "mako-theme.ini": (pairs_of_ini, MAKO | {f"urgency=critical.{k}" for k in MAKO},
                       f"{COLOR}|over #{ALPHA}"),
    "ghostty.conf": (pairs_of_ini, GHOSTTY, COLOR),
    "kitty.conf": (pairs_of_lines(r"(\w+) +(\S+)"), KITTY, COLOR),
    "btop.theme": (pairs_of_lines(r'theme\[(\w+)\]="([^"]*)"'), BTOP, f"({COLOR})?"),
    "tmux-theme.conf": (pairs_of_lines(r'setw? -g ([a-z-]+) "([^"]*)"'), TMUX,
                        rf"(?:{COLOR}|#[\[{{SIWFh]|[^#])*"),
    "fzf.conf": (pairs_of_fzf, FZF, f"{COLOR}(:bold|:dim|:underline)*"),
    "gtk.css": (pairs_of_lines(r"@define-color (\w+) ([^;]+);"), GTK, SHADE),
    "waybar-theme.css": (pairs_of_lines(r"@define-color (\w+) +([^;]+);"), WAYBAR, COLOR),
    "hyprland.lua": (pairs_of_lua, HYPRLAND, rf"rgba\({ALPHA}\)"),
    "alacritty.toml": (pairs_of_toml, ALACRITTY, COLOR),
    "helix.toml": (pairs_of_toml, HELIX, None),
}

# Text on what is behind it: as readable as the scheme's own is.
TEXT = {
    "foot.ini": [("colors-*.foreground", "colors-*.background")],
    "fuzzel.ini": [(f"colors.{text}", "colors.background")
                   for text in ("text", "input", "placeholder", "counter")],
    "mako-theme.ini": [("text-color", "background-color")],
    "ghostty.conf": [("foreground", "background"), ("cursor-text", "cursor-color")],
    "kitty.conf": [("foreground", "background"),
                   ("inactive_tab_foreground", "inactive_tab_background")],
    "btop.theme": [("main_fg", "main_bg"), ("title", "main_bg"), ("graph_text", "main_bg"),
                   ("inactive_fg", "main_bg")],
    "fzf.conf": [("fg", "bg"), ("query", "bg"), ("header", "bg"), ("info", "bg"), ("preview-fg", "preview-bg")],
    "gtk.css": [("window_fg_color", "window_bg_color"), ("view_fg_color", "view_bg_color")],
    "waybar-theme.css": [("foreground", "background")],
    "hyprland.lua": [("text", "bg")],
    "alacritty.toml": [("colors.primary.foreground", "colors.primary.background"),
                       ("colors.footer_bar.foreground", "colors.footer_bar.background")],
    "helix.toml": [("palette.foreground", "palette.background"),
                   ("palette.muted", "palette.background")],
}


def luminance(text):
    digits = re.search(HEX, text)[0]
    parts = [int(digits[n:n + 2], 16) / 255 for n in (0, 2, 4)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def check_helix(pairs):
    """Its values are names of the palette, or tables of them."""
    palette = {k: pairs.pop(k) for k in list(pairs) if k.startswith("palette.")}
    assert all(re.fullmatch(COLOR, color) for color in palette.values())
    named = set()
    for value in pairs.values():
        style = value if isinstance(value, dict) else {"fg": value}
        assert set(style) <= {"fg", "bg", "modifiers", "underline"}
        assert set(style.get("modifiers", [])) <= words("bold dim italic reversed crossed_out")
        line = style.get("underline", {})
        assert set(line) <= {"color", "style"} and line.get("style", "line") in ("line", "curl")
        named |= {c for c in (style.get("fg"), style.get("bg"), line.get("color")) if c}
    assert {f"palette.{name}" for name in named} == set(palette), "none unknown, none unused"


def check_form(name, text):
    """Returns {key: value}."""
    read, keys, values = FORMS[name]
    pairs = list(read(text))
    found = dict(pairs)
    assert len(found) == len(pairs), "a key stands there twice"
    if values is None:
        check_helix(dict(found))
        unknown = {key for key in found if not key.startswith("palette.")} - keys
    else:
        wrong = {k: v for k, v in found.items() if not re.fullmatch(values, v)}
        assert not wrong
        unknown = set(found) - keys
    assert not unknown
    return found


def check_contrast(name, found):
    for text, behind in TEXT.get(name, []):
        variant = "dark" if "colors-dark.foreground" in found else "light"
        fore, back = (found[key.replace("*", variant)] for key in (text, behind))
        assert contrast(fore, back) >= READABLE, (text, behind)


def check_all(files, readable):
    for name, text in files.items():
        assert "{{" not in text and "}}" not in text, name
        for digits in re.findall(r"#([0-9a-f]{2,})", text):
            assert len(digits) == 6 or (len(digits) == 8 and name == "mako-theme.ini"), name
        if name in FORMS:
            found = check_form(name, text)
            if readable:
                check_contrast(name, found)


def test_every_template_is_looked_at():
    assert set(FORMS) | {"nvim.lua"} == set(TEMPLATES)
    assert set(TEXT) | {"nvim.lua", "tmux-theme.conf"} == set(TEMPLATES)


def test_no_text_of_a_scheme_gets_into_a_configuration():
    """A line break in a name would be a line of it: a program to be started, in most."""
    for path in (EXAMPLE / "templates").iterdir():
        names = set(re.findall(r"\{\{[#^/&{]?\s*([\w-]+)", path.read_text()))
        assert names
        assert not [n for n in names if n.startswith("scheme-") and not n.startswith("scheme-is-")]


def test_a_name_of_any_kind_changes_nothing(gallery):
    assert gallery.show(NASTY) == gallery.show(DARK)


@pytest.mark.parametrize("theme", [DARK, LIGHT, "gruvbox-dark", "tokyo-night"])
def test_the_themes_of_the_example_are_readable(gallery, theme):
    files = gallery.show(theme)
    check_all(files, readable=True)
    colors = dict(pairs_of_lines(r"(\w+) +(\S+)")(files["kitty.conf"]))
    assert contrast(colors["selection_foreground"], colors["selection_background"]) >= READABLE


def test_light_themes_say_so(gallery):
    assert "initial-color-theme=light" in gallery.show(LIGHT)["foot.ini"]
    assert 'vim.o.background = "light"' in gallery.show(LIGHT)["nvim.lua"]
    assert "initial-color-theme" not in gallery.show(DARK)["foot.ini"]


@pytest.fixture(scope="module")
def all_schemes(gallery):
    """{name: (is its own text readable, {template: text})}"""
    if not SCHEMES.is_dir():
        pytest.skip(f"no schemes at '{SCHEMES}'")
    rendered = {}
    for path in sorted(SCHEMES.glob("base*/*.yaml")):
        palette = yaml.load(path.read_text(), yaml.BaseLoader)["palette"]
        name = f"{path.parent.name}-{path.stem}"
        gallery.add(name, path.read_text())
        own = contrast(palette["base05"].lower(), palette["base00"].lower())
        rendered[name] = (own >= READABLE, gallery.show(name))
    return rendered


def test_every_scheme_renders_well(all_schemes):
    assert len(all_schemes) >= 280
    assert sum(readable for readable, _ in all_schemes.values()) > 250
    for name, (readable, files) in all_schemes.items():
        try:
            check_all(files, readable)
        except AssertionError as error:
            raise AssertionError(f"scheme '{name}'") from error


# --- The programs themselves ------------------------------------------------------------------

@cache
def program(name, *, at_least=(), version=("--version",), stored=False):
    """Its argument vector; skips without it. `stored`: the tree of the desktop tests may have it."""
    loader = RIG / "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
    choices = [[path]] if (path := shutil.which(name)) else []
    if stored and (RIG / "usr/bin" / name).exists():
        choices.append([loader, "--library-path", loader.parent, RIG / "usr/bin" / name])
    seen = ""
    for choice in choices:
        answer = subprocess.run([*choice, *version], capture_output=True, text=True, timeout=30,
                                check=False)
        seen = re.search(r"\d+(?:\.\d+)+", answer.stdout + answer.stderr)
        if not at_least or (seen and tuple(map(int, seen[0].split("."))) >= at_least):
            return choice
    wanted = ".".join(map(str, at_least))
    pytest.skip(f"{name} is {seen[0]}, not {wanted}" if seen else f"no {name} here")


def run(home, *argv, stdin="", **env):
    done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True,
                          timeout=60, env={**home.env, "XDG_CONFIG_HOME": str(home.at("~/.config")),
                                           **env}, cwd=home.path, check=False)
    return done.returncode, done.stdout, done.stderr


def foot(home, path):
    code, out, err = run(home, *program("foot", at_least=(1, 26), stored=True), "--check-config",
                         "-c", path)
    return code == 0, out + err


def fuzzel(home, path):
    code, out, err = run(home, *program("fuzzel", at_least=(1, 11)), "--check-config", "--config",
                         path)
    return code == 0, out + err


def mako(home, path):
    """There is no bus: that is what it fails for next."""
    code, out, err = run(home, *program("mako", version=("--help",)), "-c", path)
    assert code != 0
    return "Failed to parse" not in err and "bus" in err, out + err


def kitty(home, path):
    code, out, err = run(home, *program("kitty"), "+runpy", "import json, sys\n"
                         "from kitty.config import load_config\n"
                         "bad = []\n"
                         f"c = load_config({str(path)!r}, accumulate_bad_lines=bad)\n"
                         "print(json.dumps([[b.line for b in bad], c.background.red]))")
    assert code == 0, err
    return json.loads(out)[0] == [] and "ignoring" not in err.lower(), out + err


def fzf(home, path):
    options = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    code, out, err = run(home, *program("fzf"), *options, "--filter", "b", stdin="abc\n")
    return code == 0 and out == "abc\n", err


def fzf_file(home, path):
    code, out, err = run(home, *program("fzf", at_least=(0, 48)), "--filter", "b", stdin="abc\n",
                         FZF_DEFAULT_OPTS_FILE=str(path))
    return code == 0 and out == "abc\n", err


def luac(home, path):
    code, out, err = run(home, *program("luac", version=("-v",)), "-p", path)
    return code == 0, out + err


def tmux(home, path):
    argv = [*program("tmux", version=("-V",), at_least=(3, 2)), "-S", home.root / "tmux", "-f",
            "/dev/null"]
    run(home, *argv, "new-session", "-d", "sleep 60", TERM="xterm")
    try:
        code, out, err = run(home, *argv, "source-file", path)
        shown = run(home, *argv, "show-options", "-gv", "status-style")[1]
        assert code != 0 or shown.strip() in path.read_text()
        # What it drew with the styles: a colour that isn't one is found there only.
        for option in ("status-left", "status-right"):
            for style in re.findall(r"#\[([^]]*)\]", run(home, *argv, "show-options", "-gv",
                                                         option)[1]):
                code |= run(home, *argv, "set", "-g", "status-left-style", style)[0]
        return code == 0, out + err
    finally:
        run(home, *argv, "kill-server")


GTK_CHECK = """
import sys, gi
gi.require_version("Gtk", sys.argv[1])
from gi.repository import Gtk
provider, errors = Gtk.CssProvider(), []
provider.connect("parsing-error", lambda *a: errors.append(a[2].message))
try:
    provider.load_from_path(sys.argv[2])
except Exception as error:
    errors.append(str(error))
print("; ".join(errors))
sys.exit(1 if errors else 0)
"""


@cache
def python_with_gtk(version):
    for python in ("/usr/bin/python3", sys.executable):
        code = f"import gi; gi.require_version('Gtk', '{version}'); from gi.repository import Gtk"
        if os.access(python, os.X_OK) and subprocess.run(
                [python, "-c", code], capture_output=True, check=False).returncode == 0:
            return python
    return pytest.skip(f"no GTK {version} for Python here")


def gtk(version):
    def check(home, path):
        code, out, err = run(home, python_with_gtk(version), "-c", GTK_CHECK, version, path)
        return code == 0, out + err
    return check


NVIM_CHECK = """
local out = {}
for _, path in ipairs(vim.fn.readfile(vim.env.LIST)) do
  local ok, why = pcall(vim.cmd, "source " .. path)
  local shown = { ok = ok, why = tostring(why), name = vim.g.colors_name, ground = vim.o.background }
  for _, group in ipairs({ "Normal", "Comment", "String", "Statement", "Function", "LineNr", "Visual",
                           "PmenuSel", "CurSearch", "StatusLine", "TabLineSel", "DiagnosticError" }) do
    local style = ok and vim.api.nvim_get_hl_by_name(group, true) or {}
    shown[group] = { style.foreground or -1, style.background or -1 }
  end
  out[#out + 1] = shown
end
vim.fn.writefile({ vim.fn.json_encode(out) }, vim.env.OUT)
"""


def nvim_all(home, paths):
    """What each of the files made of a real Neovim."""
    listed, script, out = (home.root / name for name in ("list", "check.lua", "out.json"))
    listed.write_text("".join(f"{path}\n" for path in paths))
    script.write_text(NVIM_CHECK)
    code, _, err = run(home, *program("nvim", at_least=(0, 7)), "--headless", "-i", "NONE", "-u",
                       "NONE", "-c", f"luafile {script}", "-c", "qa!", LIST=str(listed),
                       OUT=str(out), XDG_STATE_HOME=str(home.root / "state"))
    assert code == 0 and not err.strip(), err
    return json.loads(out.read_text())


def nvim(home, path):
    (shown,) = nvim_all(home, [path])
    return shown["ok"] and shown["name"] == "lumina" and shown["Normal"][1] >= 0, shown["why"]


def bad_color(text):
    return re.sub(rf"(?<=[\"=: #(]){HEX}", "zzzzzz", text, count=1)


def no_color(text):
    """kitty takes any six characters behind a # for digits."""
    return re.sub(COLOR, "nonesuch", text, count=1)


def cut_off(text):
    return text[:-4]


CHECKS = {
    "foot": ("foot.ini", foot, bad_color),
    "fuzzel": ("fuzzel.ini", fuzzel, bad_color),
    "mako": ("mako-theme.ini", mako, bad_color),
    "kitty": ("kitty.conf", kitty, no_color),
    "fzf": ("fzf.conf", fzf, bad_color),
    "fzf, by its file": ("fzf.conf", fzf_file, bad_color),
    "luac, of hyprland.lua": ("hyprland.lua", luac, cut_off),
    "luac, of nvim.lua": ("nvim.lua", luac, cut_off),
    "nvim": ("nvim.lua", nvim, bad_color),
    "tmux": ("tmux-theme.conf", tmux, bad_color),
    "GTK 3": ("gtk.css", gtk("3.0"), bad_color),
    "GTK 4": ("gtk.css", gtk("4.0"), bad_color),
    "GTK 3, of waybar-theme.css": ("waybar-theme.css", gtk("3.0"), bad_color),
}


@pytest.mark.parametrize("name", CHECKS)
def test_the_program_itself_takes_it(gallery, name):
    template, check, spoil = CHECKS[name]
    for theme in (DARK, LIGHT, NASTY):
        gallery.show(theme)
        accepted, said = check(gallery.home, gallery.folder / template)
        assert accepted, said
    broken = gallery.home.write("~/broken" + Path(template).suffix,
                                spoil((gallery.folder / template).read_text()))
    assert not check(gallery.home, broken)[0], "the check would notice"


def test_neovim_has_text_that_can_be_read_in_every_scheme(gallery, all_schemes):
    paths = [gallery.home.write(f"~/nvim/{name}.lua", files["nvim.lua"])
             for name, (_, files) in all_schemes.items()]
    for (name, (readable, _)), shown in zip(all_schemes.items(), nvim_all(gallery.home, paths)):
        assert shown["ok"] and shown["name"] == "lumina", (name, shown["why"])
        ground = shown["Normal"][1]
        for group, pair in shown.items():
            if readable and isinstance(pair, list):
                fore, back = (f"#{c:06x}" for c in (pair[0], pair[1] if pair[1] >= 0 else ground))
                # Raised by a few percent of the text: a little less than on the ground itself.
                least = READABLE if group != "StatusLine" else 3
                assert contrast(fore, back) >= least, (name, group)


# --- The example, with a theme and without ----------------------------------------------------

@pytest.fixture(params=["with a theme", "without one"])
def example(root, request):
    """A home with the example linked; .themed says whether a theme is active."""
    home = Home(root)
    shutil.copytree(EXAMPLE, home.profile, dirs_exist_ok=True)
    home.themed = request.param == "with a theme"
    registry = home.profile / "lumina.yaml"
    if not home.themed:
        registry.write_text(re.sub(r"^  active:.*\n", "", registry.read_text(), flags=re.M))
    home.env["LUMINA_HOST"] = "thinkpad"
    home.sync()
    assert os.path.lexists(home.at("~/.config/kitty/theme.conf")) == home.themed
    return home


BACKGROUND, OWN = "1e1e2e", "1b1d26"  # the theme's, and the configurations' own


def test_foot_reads_the_example(example):
    accepted, said = foot(example, example.at("~/.config/foot/foot.ini"))
    assert accepted, said


def test_fuzzel_reads_the_example(example):
    accepted, said = fuzzel(example, example.at("~/.config/fuzzel/fuzzel.ini"))
    assert accepted, said


def test_mako_reads_the_example(example):
    if not mako(example, example.write("~/include", f"include={example.write('~/empty')}\n"))[0]:
        pytest.skip("this mako has no include=")
    accepted, said = mako(example, example.at("~/.config/mako/config"))
    assert accepted, said


def test_kitty_reads_the_example(example):
    accepted, said = kitty(example, example.at("~/.config/kitty/kitty.conf"))
    bad, red = json.loads(said.splitlines()[0])
    assert not bad and f"{red:02x}" == (BACKGROUND if example.themed else OWN)[:2]
    assert accepted == example.themed, "kitty says which file it misses, and goes on"


def test_waybar_would_read_the_example(example):
    """A missing @import, or a mistake, and it doesn't start."""
    accepted, said = gtk("3.0")(example, example.at("~/.config/waybar/style.css"))
    assert accepted, said


def test_colors_of_the_bar_are_all_defined():
    text = "".join((EXAMPLE / "waybar" / name).read_text() for name in ("colors.css", "style.css"))
    defined = set(re.findall(r"@define-color (\w+)", text))
    assert set(re.findall(r"@(\w+)\b", text)) - {"define", "import"} <= defined


def test_hyprland_gets_the_colors(example):
    folder = example.at("~/.config/hypr")
    code, out, err = run(example, *program("lua", version=("-v",)), "-e",
                         f"package.path = '{folder}/?.lua'\n"
                         "for k, v in pairs(require('vars').colors) do print(k, v) end")
    assert code == 0, err
    colors = dict(line.split() for line in out.splitlines())
    assert set(colors) == HYPRLAND
    assert colors["bg"] == f"rgba({BACKGROUND if example.themed else OWN}ff)"
    used = re.findall(r"\bc\.(\w+)", (EXAMPLE / "hypr/look.lua").read_text())
    assert used and set(used) <= HYPRLAND


def test_hyprland_keeps_its_own_colors_beside_a_strange_file(example):
    if example.themed:
        folder = example.write("~/strange/theme.lua", "return true\n").parent
        code, out, err = run(example, *program("lua", version=("-v",)), "-e",
                             f"package.path = '{folder}/?.lua;{example.at('~/.config/hypr')}/?.lua'\n"
                             "print(require('vars').colors.bg)")
        assert (code, out) == (0, f"rgba({OWN}ff)\n"), err


def test_tmux_reads_the_example(example):
    argv = [*program("tmux", version=("-V",), at_least=(3, 2)), "-S", example.root / "tmux"]
    run(example, *argv, "-f", example.at("~/.config/tmux/tmux.conf"), "new-session", "-d",
        "sleep 60", TERM="xterm")
    try:
        style = run(example, *argv, "show-options", "-gv", "status-style")[1]
        assert f"bg=#{BACKGROUND if example.themed else '242733'}" in style
    finally:
        run(example, *argv, "kill-server")


def test_neovim_finds_the_colors(example):
    code, _, err = run(example, *program("nvim", at_least=(0, 7)), "--headless", "-i", "NONE", "-u",
                       "NONE", "-c", "verbose echo 1", "-c",
                       "try | colorscheme lumina | catch | cquit 7 | endtry", "-c", "qa!",
                       XDG_STATE_HOME=str(example.root / "state"))
    assert code == (0 if example.themed else 7), err


def test_neovim_reads_the_example(example):
    code, _, err = run(example, *program("nvim", at_least=(0, 11)), "--headless", "-i", "NONE", "-c",
                       "echo g:colors_name", "-c", "qa!")
    assert code == 0
    assert err.strip() == ("lumina" if example.themed else "habamax")
