-- Once, when the session starts; not when this file is read again.

local programs = {
    "hyprpaper",
    "hypridle",
    "waybar",
    "mako",
    "nm-applet --indicator",
    "wl-paste --type text --watch cliphist store",
    "wl-paste --type image --watch cliphist store",
    "systemctl --user start hyprpolkitagent.service",
}

hl.on("hyprland.start", function()
    for _, command in ipairs(programs) do
        hl.exec_cmd(command)
    end
end)
