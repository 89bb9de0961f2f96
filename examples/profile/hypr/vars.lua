-- Programs and colours, used by the other parts: `local v = require("vars")`.

local colors = {
    bg      = "rgba(1b1d26ff)",
    raised  = "rgba(242733ff)",
    surface = "rgba(313544ff)",
    shadow  = "rgba(0c0d12aa)",
    accent  = "rgba(7ea8e8ff)",
    accent2 = "rgba(bd93e0ff)",
    urgent  = "rgba(e2777aff)",
    text    = "rgba(d5d8e3ff)",
}

-- The theme's, if there is one (themes: in lumina.yaml).
local theme = package.searchpath("theme", package.path) and require("theme")
for name, color in pairs(type(theme) == "table" and theme or {}) do
    colors[name] = color
end

return {
    mod      = "SUPER",
    terminal = "foot",
    kitty    = "kitty",
    browser  = "firefox",
    files    = "thunar",
    menu     = "fuzzel",
    lock     = "loginctl lock-session", -- hypridle starts hyprlock

    colors   = colors,
}
