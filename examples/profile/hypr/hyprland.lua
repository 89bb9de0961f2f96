-- Hyprland 0.55 or later. This file only says which parts there are; an error
-- in one of them leaves the others in force.
--
-- All of it is linked from the profile. Save a file and Hyprland reads it again.

require("env")
require("monitors")  -- each host has its own, see hosts/ in the profile
require("input")
require("look")
require("rules")
require("binds")
require("autostart")

-- Not in the profile, if you want to try something out: ~/.config/hypr/scratch.lua
if package.searchpath("scratch", package.path) then
    require("scratch")
end
