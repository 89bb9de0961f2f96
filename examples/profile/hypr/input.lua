hl.config({
    input = {
        kb_layout    = "us",
        kb_options   = "compose:ralt,caps:escape",
        repeat_rate  = 40,
        repeat_delay = 280,

        follow_mouse  = 1,
        accel_profile = "flat",

        touchpad = {
            natural_scroll       = true,
            tap_to_click         = true,
            clickfinger_behavior = true,
            disable_while_typing = true,
            scroll_factor        = 0.6,
        },
    },

    cursor = {
        inactive_timeout  = 8,
        hide_on_key_press = true,
    },

    gestures = {
        workspace_swipe_create_new = false,
    },
})

-- Three fingers sideways: workspaces.
hl.gesture({ fingers = 3, direction = "horizontal", action = "workspace" })
