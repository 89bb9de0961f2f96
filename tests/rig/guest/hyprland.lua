-- The distribution's example without eye candy.
hl.monitor({ output = "", mode = "800x450", position = "auto", scale = 1 })
hl.config({
	general = { gaps_in = 5, gaps_out = 20, border_size = 2, layout = "dwindle" },
	decoration = { rounding = 10, shadow = { enabled = false }, blur = { enabled = false } },
	animations = { enabled = false },
	misc = { disable_hyprland_logo = true, disable_splash_rendering = true },
	xwayland = { enabled = false },
	ecosystem = { no_update_news = true, no_donation_nag = true },
})
