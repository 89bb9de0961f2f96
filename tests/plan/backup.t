# sync --backup: what stands in the way goes to the backups.

case a file gives way
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc file
op link in-the-way ~/.zshrc = /p/zsh expect file keeps
count in-place=0 owned=0 removals=0 consent=no

case so does a foreign link
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc link /else
op link in-the-way ~/.zshrc = /p/zsh expect link:/else keeps

case a folder, whole
resolve backup
want ~/.config/foot foot
seen ~/.config/foot folder 3
op link in-the-way ~/.config/foot = /p/foot expect folder keeps

case a socket
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc other
op link in-the-way ~/.zshrc = /p/zsh expect other keeps

case what was our link once, and a file by now
resolve backup
want ~/.zshrc zsh
own link ~/.zshrc /p/zsh
seen ~/.zshrc file
op link in-the-way ~/.zshrc = /p/zsh expect file keeps was /p/zsh
count in-place=0 owned=1 removals=0 consent=no

case a link of ours still is replaced, and not kept
resolve backup
want ~/.zshrc zsh
own link ~/.zshrc /p/old
seen ~/.zshrc link /p/old
op link elsewhere ~/.zshrc = /p/zsh expect link:/p/old was /p/old

case without being asked it is a conflict
want ~/.zshrc zsh
seen ~/.zshrc file
conflict foreign ~/.zshrc

case what can't be looked at can't be moved
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc hidden EACCES
conflict hidden ~/.zshrc

case another file system: a file goes by a copy
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc file dev 2
op link in-the-way ~/.zshrc = /p/zsh expect file keeps far

case another file system: a link needs no copy
resolve backup
want ~/.zshrc zsh
seen ~/.zshrc link /else dev 2
op link in-the-way ~/.zshrc = /p/zsh expect link:/else keeps

case another file system: a folder stays, and so does a socket
resolve backup
want ~/.a a
want ~/.b b
seen ~/.a folder 1 dev 2
seen ~/.b other dev 2
conflict foreign ~/.a
conflict foreign ~/.b

case a folder with links of ours in it stays
resolve backup
want ~/.config/hypr hypr
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr folder 2
seen ~/.config/hypr/a link /p/a
op unlink stale ~/.config/hypr/a expect link:/p/a
conflict foreign ~/.config/hypr

case a file where a folder is needed
resolve backup
want ~/.config/foot/a a
want ~/.config/foot/b b
seen ~/.config file
op folder parent ~/.config expect file keeps
op folder parent ~/.config/foot expect absent
op link missing ~/.config/foot/a = /p/a expect absent
op link missing ~/.config/foot/b = /p/b expect absent

case a link that leads nowhere, where a folder is needed
resolve backup
want ~/.config/a a
seen ~/.config link /gone to nowhere
op folder parent ~/.config expect link:/gone keeps
op link missing ~/.config/a = /p/a expect absent

case a link into the profile, where a folder is needed
resolve backup
want ~/.config/a a
seen ~/.config link /p/config to profile
op folder parent ~/.config expect link:/p/config keeps
op link missing ~/.config/a = /p/a expect absent

case a link that can't be followed stays
resolve backup
want ~/.config/a a
seen ~/.config link /x to hidden EACCES
conflict parent ~/.config for ~/.config/a

case a link that is followed is no hindrance
resolve backup
want ~/.config/a a
seen ~/.config link /data/config to folder
op link missing ~/.config/a = /p/a expect absent
follow ~/.config

case a file on another file system, where a folder is needed
resolve backup
want ~/.config/a a
seen ~/.config file dev 2
op folder parent ~/.config expect file keeps far
op link missing ~/.config/a = /p/a expect absent

case what nobody wants any more is not moved
resolve backup
own link ~/.zshrc /p/zsh
seen ~/.zshrc file
op disown gone ~/.zshrc expect file

case found by a tree
resolve backup
tree ~/.config/hypr/a hypr/a
seen ~/.config/hypr/a file
op link in-the-way ~/.config/hypr/a = /p/hypr/a expect file keeps tree

case all of several
resolve backup
want ~/.a a
want ~/.b b
want ~/.c c
seen ~/.a file
seen ~/.b right
seen ~/.c hidden EIO
op link in-the-way ~/.a = /p/a expect file keeps
op own right ~/.b = /p/b expect link:/p/b
conflict hidden ~/.c
