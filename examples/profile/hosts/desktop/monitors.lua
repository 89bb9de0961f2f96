-- Two monitors: the large one in the middle, the other one upright to its left.

local main = "DP-1"
local side = "HDMI-A-1"

hl.monitor({ output = main, mode = "2560x1440@144", position = "0x0", scale = 1, vrr = 2 })
hl.monitor({ output = side, mode = "1920x1080@60", position = "-1080x-240", scale = 1, transform = 1 })
hl.monitor({ output = "", mode = "preferred", position = "auto", scale = 1 })

-- Workspaces 1 to 8 belong to the large one, mail and chat to the other.
for i = 1, 8 do
    hl.workspace_rule({ workspace = tostring(i), monitor = main, default = i == 1 })
end
hl.workspace_rule({ workspace = "9", monitor = side, default = true, layout_opts = { orientation = "top" } })
