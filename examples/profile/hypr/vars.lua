-- Programs and colours, used by the other parts: `local v = require("vars")`.

return {
    mod      = "SUPER",
    terminal = "foot",
    kitty    = "kitty",
    browser  = "firefox",
    files    = "thunar",
    menu     = "fuzzel",
    lock     = "loginctl lock-session", -- hypridle starts hyprlock

    colors = {
        bg      = "rgba(1b1d26ff)",
        surface = "rgba(313544ff)",
        shadow  = "rgba(0c0d12aa)",
        accent  = "rgba(7ea8e8ff)",
        accent2 = "rgba(bd93e0ff)",
        urgent  = "rgba(e2777aff)",
        text    = "rgba(d5d8e3ff)",
    },
}
