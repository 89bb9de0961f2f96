# A single target in each state it can be in.

case nothing asked for, nothing owned: nothing to do
count in-place=0 owned=0 removals=0 consent=no

case missing: the link is made
want ~/.zshrc zsh/zshrc
op link missing ~/.zshrc = /p/zsh/zshrc expect absent
count in-place=0 owned=0 removals=0 consent=no

case missing, but in the record: made again
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/zsh/zshrc
op link missing ~/.zshrc = /p/zsh/zshrc expect absent was /p/zsh/zshrc
count in-place=0 owned=1 removals=0 consent=no

case missing, the record knows another source
want ~/.zshrc new
own link ~/.zshrc /p/old
op link missing ~/.zshrc = /p/new expect absent was /p/old

case ok: in place and recorded
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc right
count in-place=1 owned=1 removals=0 consent=no

case ok, but not in the record: taken over silently
want ~/.zshrc zsh/zshrc
seen ~/.zshrc right
op own right ~/.zshrc = /p/zsh/zshrc expect link:/p/zsh/zshrc
count in-place=1 owned=0 removals=0 consent=no

case a foreign link that leads to the right source keeps its text
want ~/.zshrc zsh/zshrc
seen ~/.zshrc right ../profile/zsh/zshrc
op own right ~/.zshrc = ../profile/zsh/zshrc expect link:../profile/zsh/zshrc
count in-place=1 owned=0 removals=0 consent=no

case a link taken over with another text is in place from then on
want ~/.zshrc zsh/zshrc
own link ~/.zshrc ../profile/zsh/zshrc
seen ~/.zshrc right ../profile/zsh/zshrc
count in-place=1 owned=1 removals=0 consent=no

case right, but the record says another text: recorded anew
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/old
seen ~/.zshrc right
op own right ~/.zshrc = /p/zsh/zshrc expect link:/p/zsh/zshrc was /p/old

case right, recorded as a folder once
want ~/.config/hypr hypr
own folder ~/.config/hypr
seen ~/.config/hypr right
op own right ~/.config/hypr = /p/hypr expect link:/p/hypr

case the recorded text only begins like the profile's
want ~/.a b
own link ~/.a /pp/b
seen ~/.a right
op own right ~/.a = /p/b expect link:/p/b was /pp/b

case elsewhere: our link leads to another source
want ~/.zshrc new
own link ~/.zshrc /p/old
seen ~/.zshrc link /p/old
op link elsewhere ~/.zshrc = /p/new expect link:/p/old was /p/old
count in-place=0 owned=1 removals=0 consent=no

case elsewhere, dangling: it is still ours
want ~/.zshrc new
own link ~/.zshrc /gone/old
seen ~/.zshrc link /gone/old
op link elsewhere ~/.zshrc = /p/new expect link:/gone/old was /gone/old

case stale: ours, and declared no longer
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc link /p/zsh/zshrc
op unlink stale ~/.zshrc expect link:/p/zsh/zshrc
count in-place=0 owned=1 removals=1 consent=yes

case gone: in the record, but not there, and declared no longer
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc absent
op disown gone ~/.zshrc expect absent
count in-place=0 owned=0 removals=0 consent=no

case replaced by a file, declared no longer: no longer ours
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc file
op disown gone ~/.zshrc expect file
count in-place=0 owned=0 removals=0 consent=no

case changed by hand, declared no longer: no longer ours
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc link /elsewhere
op disown gone ~/.zshrc expect link:/elsewhere

case replaced by a folder, declared no longer
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc folder
op disown gone ~/.zshrc expect folder

case can't be looked at, declared no longer: can't be told whether it is ours still
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc hidden EACCES
conflict hidden ~/.zshrc
count in-place=0 owned=1 removals=0 consent=no

case foreign: a file
want ~/.zshrc zsh/zshrc
seen ~/.zshrc file
conflict foreign ~/.zshrc

case foreign: a folder
want ~/.config/nvim nvim
seen ~/.config/nvim folder 3
conflict foreign ~/.config/nvim

case foreign: an empty folder is not ours either
want ~/.config/nvim nvim
seen ~/.config/nvim folder 0
conflict foreign ~/.config/nvim

case foreign: a link elsewhere
want ~/.zshrc zsh/zshrc
seen ~/.zshrc link /other/zshrc
conflict foreign ~/.zshrc

case foreign: a link into the profile, to another source
want ~/.zshrc zsh/zshrc
seen ~/.zshrc link /p/zsh/other
conflict foreign ~/.zshrc

case foreign: a socket, pipe or device
want ~/.zshrc zsh/zshrc
seen ~/.zshrc other
conflict foreign ~/.zshrc

case our link was changed by hand
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc link /other/zshrc
conflict foreign ~/.zshrc

case detached: a program replaced our link by a file
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc file
conflict detached ~/.zshrc
count in-place=0 owned=1 removals=0 consent=no

case detached: a folder in the place of our link
want ~/.config/nvim nvim
own link ~/.config/nvim /p/nvim
seen ~/.config/nvim folder 2
conflict detached ~/.config/nvim

case our link was replaced by a socket
want ~/.zshrc zsh/zshrc
own link ~/.zshrc /p/zsh/zshrc
seen ~/.zshrc other
conflict foreign ~/.zshrc

case hidden: it can't be looked at
want ~/.zshrc zsh/zshrc
seen ~/.zshrc hidden EACCES
conflict hidden ~/.zshrc

case one conflict does not keep the rest from being planned
want ~/.a a
want ~/.b b
want ~/.c c
own link ~/.d /p/d
seen ~/.b file
seen ~/.d link /p/d
op link missing ~/.a = /p/a expect absent
op link missing ~/.c = /p/c expect absent
op unlink stale ~/.d expect link:/p/d
conflict foreign ~/.b

case every conflict is listed, in the order of the paths
want ~/.c c
want ~/.a a
want ~/.b b
seen ~/.a file
seen ~/.b link /x
seen ~/.c hidden EIO
conflict foreign ~/.a
conflict foreign ~/.b
conflict hidden ~/.c

case sensitive places are marked, with the folders made for them
want ~/.ssh/config ssh/config
want ~/.sshx x
seen ~/.ssh absent
op folder parent ~/.ssh expect absent sensitive
op link missing ~/.ssh/config = /p/ssh/config expect absent sensitive
op link missing ~/.sshx = /p/x expect absent

case links found by a tree are marked
tree ~/.config/hypr/a hypr/a
want ~/.config/b b
op link missing ~/.config/b = /p/b expect absent
op link missing ~/.config/hypr/a = /p/hypr/a expect absent tree
