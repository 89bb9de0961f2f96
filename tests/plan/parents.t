# The folders above a target.

case missing folders are made, each once
want ~/.config/hypr/a a
want ~/.config/hypr/b b
want ~/.config/x/y/z z
seen ~/.config absent
op folder parent ~/.config expect absent
op folder parent ~/.config/hypr expect absent
op link missing ~/.config/hypr/a = /p/a expect absent
op link missing ~/.config/hypr/b = /p/b expect absent
op folder parent ~/.config/x expect absent
op folder parent ~/.config/x/y expect absent
op link missing ~/.config/x/y/z = /p/z expect absent

case a folder that is there is left as it is
want ~/.config/a a
op link missing ~/.config/a = /p/a expect absent

case a folder of ours that is gone is made again
want ~/.config/hypr/a a
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr absent
op folder parent ~/.config/hypr expect absent
op link missing ~/.config/hypr/a = /p/a expect absent was /p/a

case a folder that is not needed is not made
own link ~/.config/a /p/a
seen ~/.config absent
op disown gone ~/.config/a expect absent

case a file above
want ~/.config/hypr/a a
want ~/.config/hypr/b b
want ~/.zshrc z
seen ~/.config/hypr file
op link missing ~/.zshrc = /p/z expect absent
conflict parent ~/.config/hypr for ~/.config/hypr/a

case a socket above
want ~/.config/a a
seen ~/.config other
conflict parent ~/.config for ~/.config/a

case a file further above, reported once for all below
want ~/.config/a/b/c c
want ~/.config/d d
seen ~/.config file
conflict parent ~/.config for ~/.config/a/b/c

case a folder above that can't be read
want ~/.config/a a
want ~/.config/b b
seen ~/.config hidden EACCES
conflict parent ~/.config for ~/.config/a

case a link above that leads to a folder is followed
want ~/.config/a a
want ~/.config/b/c c
seen ~/.config link /data/config to folder
seen ~/.config/b absent
op link missing ~/.config/a = /p/a expect absent
op folder parent ~/.config/b expect absent
op link missing ~/.config/b/c = /p/c expect absent
follow ~/.config

case two links above, one below the other
want ~/.config/hypr/a a
seen ~/.config link /data/config to folder
seen ~/.config/hypr link /data/hypr to folder
op link missing ~/.config/hypr/a = /p/a expect absent
follow ~/.config
follow ~/.config/hypr

case what is in place below a followed link
want ~/.config/a a
own link ~/.config/a /p/a
own link ~/.config/b /p/b
seen ~/.config link /data/config to folder
seen ~/.config/a right
seen ~/.config/b link /p/b
op unlink stale ~/.config/b expect link:/p/b
follow ~/.config
count in-place=1 owned=2 removals=1 consent=no

case a link above that leads into the profile
want ~/.config/a a
seen ~/.config link /p/config to profile
conflict parent ~/.config for ~/.config/a

case a link above that is a loop
want ~/.config/a a
seen ~/.config link .config to loop
conflict parent ~/.config for ~/.config/a

case a link above that leads nowhere
want ~/.config/a a
seen ~/.config link /gone to nowhere
conflict parent ~/.config for ~/.config/a

case a link above that leads to a file
want ~/.config/a a
seen ~/.config link /etc/passwd to file
conflict parent ~/.config for ~/.config/a

case a link above that can't be followed
want ~/.config/a a
seen ~/.config link /secret/x to hidden EACCES
conflict parent ~/.config for ~/.config/a

case what is owned below a link that can't be followed is not forgotten
own link ~/.config/a /p/a
seen ~/.config link /secret/x to hidden EACCES
conflict hidden ~/.config/a

case what is owned below a folder that can't be read is not forgotten
own link ~/.config/a /p/a
seen ~/.config hidden EACCES
conflict hidden ~/.config for ~/.config/a

case the parent of one target blocked, its neighbours not
want ~/.a/b b
want ~/.c/d d
seen ~/.a link /gone to nowhere
seen ~/.c absent
op folder parent ~/.c expect absent
op link missing ~/.c/d = /p/d expect absent
conflict parent ~/.a for ~/.a/b

case a folder of ours became a link of the person's, and is followed
want ~/.config/hypr/a a
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr link /data/hypr to folder
seen ~/.config/hypr/a right
op disown gone ~/.config/hypr expect link:/data/hypr
follow ~/.config/hypr

# --- one place under two names

case two targets that are one place by way of a link
want ~/a/x x
want ~/b/x y
seen ~/a link /home/u/b to folder
op link missing ~/a/x = /p/x expect absent
conflict parent ~/b/x
follow ~/a

case two names, further below and by two links
want ~/a/d/x x
want ~/b/x y
seen ~/a link /data/a to folder
seen ~/a/d folder
seen ~/b link /data/a/d to folder
op link missing ~/a/d/x = /p/x expect absent
conflict parent ~/b/x
follow ~/a
follow ~/b

case two names that only look alike
want ~/a/x x
want ~/b/x y
seen ~/a link /home/u/bb to folder
op link missing ~/a/x = /p/x expect absent
op link missing ~/b/x = /p/y expect absent
follow ~/a

case taken out under one name, still wanted under the other
want ~/a/x x
own link ~/a/x /p/x
own link ~/b/x /p/x
seen ~/a link /home/u/b to folder
seen ~/a/x right
seen ~/b/x link /p/x
op disown gone ~/b/x expect link:/p/x
follow ~/a
count in-place=1 removals=0 consent=no

case moved to the other name
want ~/a/x x
own link ~/b/x /p/x
seen ~/a link /home/u/b to folder
seen ~/a/x right
seen ~/b/x link /p/x
op own right ~/a/x = /p/x expect link:/p/x
op disown gone ~/b/x expect link:/p/x
follow ~/a

case moved to the other name: the folder that it stands in stays
want ~/a/d/x x
own folder ~/b/d
own link ~/b/d/x /p/x
seen ~/a link /home/u/b to folder
seen ~/a/d folder
seen ~/a/d/x right
seen ~/b/d/x link /p/x
op own right ~/a/d/x = /p/x expect link:/p/x
op disown gone ~/b/d/x expect link:/p/x
follow ~/a

case recorded under both names, wanted under none: removed once
own link ~/a/x /p/x
own link ~/b/x /p/x
own link ~/c /p/c
seen ~/a link /home/u/b to folder
seen ~/a/x link /p/x
seen ~/b/x link /p/x
seen ~/c link /p/c
op disown gone ~/a/x expect link:/p/x
op unlink stale ~/b/x expect link:/p/x
op unlink stale ~/c expect link:/p/c
follow ~/a
