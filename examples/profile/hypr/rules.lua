-- What opens where and how. `hyprctl clients` shows class and title.

local function rule(match, effects)
    effects.match = match
    return hl.window_rule(effects)
end

-- Windows may not maximise themselves: the layout decides.
rule({ class = ".*" }, { suppress_event = "maximize" })

-- XWayland's invisible windows take no focus while something is dragged.
rule({
    class = "^$", title = "^$",
    xwayland = true, float = true, fullscreen = false, pin = false,
}, { no_focus = true })

-- Small tools float in the middle.
for _, class in ipairs({
    "org.pulseaudio.pavucontrol",
    "nm-connection-editor",
    "blueman-manager",
    "xdg-desktop-portal-gtk",
    "imv",
}) do
    rule({ class = "^(" .. class .. ")$" }, { float = true, center = true, size = "(monitor_w*0.5) (monitor_h*0.6)" })
end

-- A password is asked for here and now.
rule({ class = "^(hyprpolkitagent|gcr-prompter|pinentry-.*)$" }, { float = true, center = true, stay_focused = true, dim_around = true })

-- A video out of the browser stays in the corner, on every workspace.
rule({ title = "^(Picture-in-Picture)$" }, {
    float = true,
    pin   = true,
    size  = "(monitor_w*0.25) (monitor_h*0.25)",
    move  = "(monitor_w*0.74) (monitor_h*0.72)",
})

-- Nothing locks the screen during a film.
rule({ class = "^(mpv|firefox)$" }, { idle_inhibit = "fullscreen" })

-- Not for screen sharing.
rule({ class = "^(org.keepassxc.KeePassXC|signal)$" }, { no_screen_share = true })

-- Programs with a place of their own.
rule({ class = "^(thunderbird)$" }, { workspace = "9 silent" })
rule({ class = "^(signal|org.signal.Signal)$" }, { workspace = "9 silent" })
rule({ class = "^(dropterm)$" }, { float = true, center = true, size = "(monitor_w*0.7) (monitor_h*0.6)" })

-- Workspaces. What a project wants from its own comes from the missions in
-- lumina.yaml, beside these rules.
hl.workspace_rule({ workspace = "9", layout = "master" })
hl.workspace_rule({ workspace = "special:term", on_created_empty = "foot --app-id=dropterm" })

-- A single window needs no frame.
hl.window_rule({ match = { float = false, workspace = "w[tv1]s[false]" }, border_size = 0, rounding = 0 })

-- Blur behind what is half transparent.
for _, namespace in ipairs({ "waybar", "notifications", "launcher" }) do
    hl.layer_rule({ match = { namespace = "^" .. namespace .. "$" }, blur = true, ignore_alpha = 0.3 })
end
hl.layer_rule({ match = { namespace = "^selection$" }, no_anim = true })
