-- The panel, and whatever is plugged in: to the right of it, unscaled.

hl.monitor({ output = "eDP-1", mode = "1920x1200@60", position = "0x0", scale = 1.25 })
hl.monitor({ output = "", mode = "preferred", position = "auto", scale = 1 })

-- The projector in the meeting room shows what the panel shows.
hl.monitor({ output = "desc:Seiko Epson Corporation EPSON PJ", mode = "1920x1080@60", position = "auto", scale = 1, mirror = "eDP-1" })

-- Closing the lid locks; logind suspends when nothing is plugged in.
hl.bind("switch:on:Lid Switch", hl.dsp.exec_cmd("loginctl lock-session"), { locked = true, description = "Lid closed: lock" })
