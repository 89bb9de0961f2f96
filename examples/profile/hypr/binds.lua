-- `hyprctl binds` lists them with their descriptions.

local v = require("vars")
local dsp = hl.dsp

local function bind(keys, action, description, flags)
    flags = flags or {}
    flags.description = description
    return hl.bind(keys, action, flags)
end

local function super(keys, action, description, flags)
    return bind(v.mod .. " + " .. keys, action, description, flags)
end

-- Programs
super("Return", dsp.exec_cmd(v.terminal), "Terminal")
super("SHIFT + Return", dsp.exec_cmd(v.kitty), "The other terminal")
super("D", dsp.exec_cmd("pkill -x fuzzel || " .. v.menu), "Start a program")
super("B", dsp.exec_cmd(v.browser), "Browser")
super("E", dsp.exec_cmd(v.files), "Files")
super("C", dsp.exec_cmd("clip"), "Clipboard history")
super("N", dsp.exec_cmd("makoctl dismiss"), "Dismiss the notification")
super("SHIFT + N", dsp.exec_cmd("makoctl restore"), "Bring the last notification back")
super("Escape", dsp.exec_cmd(v.lock), "Lock")
super("SHIFT + E", dsp.exec_cmd("powermenu"), "Log out, restart, switch off")

-- Screenshots, into the clipboard and ~/Pictures
bind("Print", dsp.exec_cmd("shot area"), "Screenshot of an area")
bind("SHIFT + Print", dsp.exec_cmd("shot window"), "Screenshot of the window")
bind("CTRL + Print", dsp.exec_cmd("shot screen"), "Screenshot of the screen")

-- Windows
super("Q", dsp.window.close(), "Close")
super("F", dsp.window.fullscreen({ mode = "fullscreen" }), "Whole screen")
super("M", dsp.window.fullscreen({ mode = "maximized" }), "Maximise")
super("V", dsp.window.float({ action = "toggle" }), "Float, or not")
super("P", dsp.window.pin(), "Pin to all workspaces")
super("T", dsp.group.toggle(), "Group of tabs")
super("Tab", dsp.group.next(), "Next tab")
super("S", dsp.layout("togglesplit"), "Split the other way (dwindle)")
super("U", dsp.focus({ urgent_or_last = true }), "Where something wants attention")

for key, direction in pairs({ H = "left", J = "down", K = "up", L = "right" }) do
    super(key, dsp.focus({ direction = direction }), "Focus " .. direction)
    super("SHIFT + " .. key, dsp.window.move({ direction = direction }), "Move " .. direction)
end
for _, direction in ipairs({ "left", "down", "up", "right" }) do
    super(direction, dsp.focus({ direction = direction }), "Focus " .. direction)
    super("SHIFT + " .. direction, dsp.window.move({ direction = direction }), "Move " .. direction)
end

-- Workspaces: go there, or take the window along
for i = 1, 10 do
    local key = tostring(i % 10)
    super(key, dsp.focus({ workspace = i }), "Workspace " .. i)
    super("SHIFT + " .. key, dsp.window.move({ workspace = i, follow = false }), "Window to workspace " .. i)
end
super("bracketleft", dsp.focus({ workspace = "e-1" }), "Workspace before")
super("bracketright", dsp.focus({ workspace = "e+1" }), "Next workspace")
super("mouse_up", dsp.focus({ workspace = "e-1" }), "Workspace before")
super("mouse_down", dsp.focus({ workspace = "e+1" }), "Next workspace")
super("O", dsp.focus({ monitor = "+1" }), "Next monitor")
super("SHIFT + O", dsp.workspace.move({ monitor = "+1" }), "Workspace to the next monitor")

-- A terminal that comes and goes
super("grave", dsp.workspace.toggle_special("term"), "Drop-down terminal")

-- Mouse
super("mouse:272", dsp.window.drag(), "Move", { mouse = true })
super("mouse:273", dsp.window.resize(), "Resize", { mouse = true })

-- Resizing: SUPER+R, then h j k l; Escape or Return to leave
super("R", dsp.submap("resize"), "Resize")
hl.define_submap("resize", function()
    local by = { H = { -40, 0 }, J = { 0, 40 }, K = { 0, -40 }, L = { 40, 0 } }
    for key, d in pairs(by) do
        bind(key, dsp.window.resize({ x = d[1], y = d[2], relative = true }), "Resize", { repeating = true })
    end
    bind("Escape", dsp.submap("reset"), "Leave")
    bind("Return", dsp.submap("reset"), "Leave")
end)

-- Media keys, on the lock screen too
local media = { locked = true }
local held = { locked = true, repeating = true }

local function keys(name, command, description, flags)
    local own = {}
    for k, f in pairs(flags) do own[k] = f end
    bind("XF86" .. name, dsp.exec_cmd(command), description, own)
end

keys("AudioRaiseVolume", "wpctl set-volume -l 1.0 @DEFAULT_AUDIO_SINK@ 5%+", "Louder", held)
keys("AudioLowerVolume", "wpctl set-volume @DEFAULT_AUDIO_SINK@ 5%-", "Quieter", held)
keys("AudioMute", "wpctl set-mute @DEFAULT_AUDIO_SINK@ toggle", "Mute", media)
keys("AudioMicMute", "wpctl set-mute @DEFAULT_AUDIO_SOURCE@ toggle", "Mute the microphone", media)
keys("MonBrightnessUp", "brightnessctl -e4 -n2 set 5%+", "Brighter", held)
keys("MonBrightnessDown", "brightnessctl -e4 -n2 set 5%-", "Darker", held)
keys("AudioPlay", "playerctl play-pause", "Play or pause", media)
keys("AudioPause", "playerctl play-pause", "Play or pause", media)
keys("AudioNext", "playerctl next", "Next track", media)
keys("AudioPrev", "playerctl previous", "Previous track", media)
