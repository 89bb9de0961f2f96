local c = require("vars").colors

hl.config({
    general = {
        layout      = "dwindle",
        gaps_in     = 4,
        gaps_out    = 8,
        border_size = 2,

        col = {
            active_border   = { colors = { c.accent, c.accent2 }, angle = 45 },
            inactive_border = c.surface,
        },

        resize_on_border = true,
        snap = { enabled = true },
    },

    decoration = {
        rounding     = 8,
        dim_inactive = false,

        shadow = {
            enabled      = true,
            range        = 12,
            render_power = 3,
            color        = c.shadow,
        },

        blur = {
            enabled = true,
            size    = 6,
            passes  = 2,
            popups  = true,
        },
    },

    animations = { enabled = true },

    dwindle = { preserve_split = true },
    master = { new_status = "slave", mfact = 0.6 },
    scrolling = { column_width = 0.5, fullscreen_on_one_column = true },

    group = {
        col = {
            border_active   = c.accent2,
            border_inactive = c.surface,
        },
        groupbar = {
            font_size  = 11,
            height     = 18,
            gradients  = true,
            text_color = c.text,
            col = {
                active   = c.raised,
                inactive = c.bg,
            },
        },
    },

    misc = {
        disable_hyprland_logo    = true,
        disable_splash_rendering = true,
        background_color         = c.bg,
        font_family              = "Inter",
        focus_on_activate        = true,
        key_press_enables_dpms   = true,
        mouse_move_enables_dpms  = true,
    },

    ecosystem = { no_update_news = true },
})

-- Short and without bouncing: done before the eye waits for it.
hl.curve("settle", { type = "bezier", points = { { 0.2, 0.9 }, { 0.3, 1 } } })
hl.curve("even", { type = "bezier", points = { { 0, 0 }, { 1, 1 } } })

hl.animation({ leaf = "windows", enabled = true, speed = 2.5, bezier = "settle", style = "popin 90%" })
hl.animation({ leaf = "fade", enabled = true, speed = 2, bezier = "even" })
hl.animation({ leaf = "border", enabled = true, speed = 3, bezier = "even" })
hl.animation({ leaf = "layers", enabled = true, speed = 2, bezier = "settle", style = "fade" })
hl.animation({ leaf = "workspaces", enabled = true, speed = 2.5, bezier = "settle", style = "slide" })
