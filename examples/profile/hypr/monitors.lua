-- For a machine that has no file of its own below hosts/: every monitor as it
-- says of itself, one beside the other. `hyprctl monitors all` lists them.

hl.monitor({ output = "", mode = "preferred", position = "auto", scale = "auto" })
