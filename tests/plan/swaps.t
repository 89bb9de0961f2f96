# A folder of links becomes one link, and the other way round.

case a folder of ours becomes a link: its links go inside it
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/hypr/a
own link ~/.config/hypr/b /p/hypr/b
seen ~/.config/hypr/a link /p/hypr/a
seen ~/.config/hypr/b link /p/hypr/b
op link elsewhere ~/.config/hypr = /p/hypr expect folder
op unlink stale ~/.config/hypr/a expect link:/p/hypr/a inside
op unlink stale ~/.config/hypr/b expect link:/p/hypr/b inside
count in-place=0 owned=2 removals=0 consent=no

case folders within it go with it
want ~/.config/hypr hypr
own folder ~/.config/hypr
own folder ~/.config/hypr/d
own folder ~/.config/hypr/d/e
own link ~/.config/hypr/d/e/f /p/f
seen ~/.config/hypr/d/e/f link /p/f
op link elsewhere ~/.config/hypr = /p/hypr expect folder
op rmdir stale ~/.config/hypr/d expect folder inside
op rmdir stale ~/.config/hypr/d/e expect folder inside
op unlink stale ~/.config/hypr/d/e/f expect link:/p/f inside
count in-place=0 owned=1 removals=0 consent=no

case an empty folder of ours becomes a link
want ~/.config/hypr hypr
own folder ~/.config/hypr
seen ~/.config/hypr folder 0
op link elsewhere ~/.config/hypr = /p/hypr expect folder

case what we recorded in it is gone already
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr folder 0
op link elsewhere ~/.config/hypr = /p/hypr expect folder
op disown gone ~/.config/hypr/a expect absent

case something of somebody else's is in it
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr folder 2
seen ~/.config/hypr/a link /p/a
op unlink stale ~/.config/hypr/a expect link:/p/a
conflict foreign ~/.config/hypr

case one of our links in it was replaced by a file
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
own link ~/.config/hypr/b /p/b
seen ~/.config/hypr/a file
seen ~/.config/hypr/b link /p/b
op disown gone ~/.config/hypr/a expect file
op unlink stale ~/.config/hypr/b expect link:/p/b
conflict foreign ~/.config/hypr

case somebody else's folder with only our links in it stays
want ~/.config/hypr hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr/a link /p/a
op unlink stale ~/.config/hypr/a expect link:/p/a
conflict foreign ~/.config/hypr

case the folder is a link already, right as it is
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/hypr/a
seen ~/.config/hypr right
op own right ~/.config/hypr = /p/hypr expect link:/p/hypr
op disown gone ~/.config/hypr/a expect absent

case a link of ours becomes a folder of links
want ~/.config/hypr/a hypr/a
want ~/.config/hypr/b hypr/b
own link ~/.config/hypr /p/hypr
seen ~/.config/hypr link /p/hypr
op folder parent ~/.config/hypr expect link:/p/hypr was /p/hypr
op link missing ~/.config/hypr/a = /p/hypr/a expect absent
op link missing ~/.config/hypr/b = /p/hypr/b expect absent
count in-place=0 owned=1 removals=0 consent=no

case the same with folders in between
want ~/.config/hypr/d/e/f f
own link ~/.config/hypr /p/hypr
seen ~/.config/hypr link /p/hypr
op folder parent ~/.config/hypr expect link:/p/hypr was /p/hypr
op folder parent ~/.config/hypr/d expect absent
op folder parent ~/.config/hypr/d/e expect absent
op link missing ~/.config/hypr/d/e/f = /p/f expect absent

case a link of ours, replaced by a real folder since
want ~/.config/hypr/a hypr/a
own link ~/.config/hypr /p/hypr
seen ~/.config/hypr folder
op disown gone ~/.config/hypr expect folder
op link missing ~/.config/hypr/a = /p/hypr/a expect absent

case a folder above is blocked: neither swap nor removal
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config link /gone to nowhere
op disown gone ~/.config/hypr/a expect absent
conflict parent ~/.config for ~/.config/hypr
