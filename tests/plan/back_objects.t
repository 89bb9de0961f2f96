# A person's objects: back to where they were.

case backup: the file comes back from its slot
back 1
op link ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zshrc
plan
op file ~/.zshrc expect link:/home/u/.lumina/zsh take 1/0-zshrc file:5

case backup, done again: into the same slot
forth 1
op link ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zshrc
plan
op link ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zshrc

case a foreign link and a folder as well
back 1
op link ~/.a = /p/a expect link:/else keeps 1/0-a
op link ~/.b = /p/b expect folder:7 keeps 1/1-b
op link ~/.c = /p/c expect other:8 keeps 1/2-c
plan
op file ~/.a expect link:/p/a take 1/0-a link:/else
op file ~/.b expect link:/p/b take 1/1-b folder:7
op file ~/.c expect link:/p/c take 1/2-c other:8

case what stands in the place of our link says so, for the record
back 1
op link ~/.zshrc = /p/new expect file:5 was /p/old keeps 1/0-zshrc
plan
op file ~/.zshrc = /p/old expect link:/p/new take 1/0-zshrc file:5

case its backup was purged: the link stays
back 1
op link ~/.a = /p/a expect file:5 keeps 1/0-a
op link ~/.b = /p/b expect file:6 keeps 1/1-b
plan
seen 1/0-a absent
op file ~/.b expect link:/p/b take 1/1-b file:6
left ~/.a

case from another file system: by a copy, without an inode
back 1
op link ~/.zshrc = /p/zsh expect file:5 keeps 1/0-zshrc
plan
far ~/.zshrc
op file ~/.zshrc expect link:/p/zsh take 1/0-zshrc file:0 far

case a file where a folder was needed
back 1
op folder ~/.config expect file:5 keeps 1/0-.config
op link ~/.config/a = /p/a expect absent
plan
op file ~/.config expect folder:901 take 1/0-.config file:5
op unlink ~/.config/a expect link:/p/a inside

case adopted without an old source: back by one exchange
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
op return ~/.zshrc expect link:/home/u/.lumina/zsh with ~/.lumina/zsh file:5

case adopted, done again
forth 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent

case adopted in the place of an old source: that one comes from its slot
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zsh with ~/.lumina/zsh file:6
plan
op return ~/.zshrc expect link:/home/u/.lumina/zsh take 1/0-zsh file:6 with ~/.lumina/zsh file:5

case the same, done again
forth 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zsh with ~/.lumina/zsh file:6
plan
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zsh with ~/.lumina/zsh file:6

case adopted: the source was edited since, it goes back as it is by now
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
seen ~/.lumina/zsh file:5+1
op return ~/.zshrc expect link:/home/u/.lumina/zsh with ~/.lumina/zsh file:5

case saved anew by an editor: another inode, as good
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
seen ~/.lumina/zsh file:12
op return ~/.zshrc expect link:/home/u/.lumina/zsh with ~/.lumina/zsh file:12

case the person put a file in the link's place: neither moves
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
seen ~/.zshrc file:7
left ~/.lumina/zsh
left ~/.zshrc

case the source is gone: the link stays
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with ~/.lumina/zsh absent
plan
seen ~/.lumina/zsh absent
left ~/.lumina/zsh
left ~/.zshrc

case the old source's backup was purged: nothing moves
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/0-zsh with ~/.lumina/zsh file:6
plan
seen 1/0-zsh absent
left ~/.lumina/zsh
left ~/.zshrc

case a folder that was adopted goes as a whole
back 1
op adopt ~/.config/foot = /home/u/.lumina/foot expect folder:5 with ~/.lumina/foot absent
plan
op return ~/.config/foot expect link:/home/u/.lumina/foot with ~/.lumina/foot folder:5

case folders made in the profile for it go last, if nothing else is in them
back 1
op folder ~/.lumina/zsh expect absent first
op adopt ~/.zshrc = /home/u/.lumina/zsh/zshrc expect file:5 with ~/.lumina/zsh/zshrc absent
plan
op return ~/.zshrc expect link:/home/u/.lumina/zsh/zshrc with ~/.lumina/zsh/zshrc file:5
op rmdir ~/.lumina/zsh expect folder:901 last

case they stay with something else in them
back 1
op folder ~/.lumina/zsh expect absent first
op adopt ~/.zshrc = /home/u/.lumina/zsh/zshrc expect file:5 with ~/.lumina/zsh/zshrc absent
plan
seen ~/.lumina/zsh folder:9 more 1
op return ~/.zshrc expect link:/home/u/.lumina/zsh/zshrc with ~/.lumina/zsh/zshrc file:5

case added from another file system: the copy goes to a slot, the file comes from its own
back 1
op file ~/.lumina/zsh expect absent copy /home/u/.zshrc file:0 first
op link ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/1-zshrc
plan
op file ~/.zshrc expect link:/home/u/.lumina/zsh take 1/1-zshrc file:5
op unlink ~/.lumina/zsh expect file:901 keeps 1/0-new-zsh last

case forgotten: the copy goes to a slot, the link comes again
back 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
plan
op link ~/.zshrc = /home/u/.lumina/zsh expect file:901 keeps 1/0-new-.zshrc

case done again: the copy comes from that slot
forth 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
plan
op file ~/.zshrc expect link:/home/u/.lumina/zsh take 1/0-new-.zshrc file:901

case the person changed the copy: left
back 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
plan
seen ~/.zshrc file:8
left ~/.zshrc

case a forgotten folder goes with all that is in it
back 1
op folder ~/.config/foot expect link:/home/u/.lumina/foot theirs
op file ~/.config/foot/a expect absent copy /home/u/.lumina/foot/a file:0 inside
op folder ~/.config/foot/d expect absent theirs inside
op link ~/.config/foot/l = a expect absent theirs inside
plan
op link ~/.config/foot = /home/u/.lumina/foot expect folder:901 keeps 1/0-new-foot

case on another file system than the backups it can't go there: left
back 1
op folder ~/.config/foot expect link:/home/u/.lumina/foot theirs
plan
far ~/.config/foot
left ~/.config/foot

case a copy of a file can: by a copy
back 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
plan
far ~/.zshrc
op link ~/.zshrc = /home/u/.lumina/zsh expect file:901 keeps 1/0-new-.zshrc far

case home and profile on one, the backups elsewhere: a folder trades places all the same
back 1
op adopt ~/.config/foot = /home/u/.lumina/foot expect folder:5 with ~/.lumina/foot absent
plan
far ~/.config/foot
far ~/.lumina/foot
op return ~/.config/foot expect link:/home/u/.lumina/foot with ~/.lumina/foot folder:5 far

case forgotten and deleted: the source comes back first
back 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
op unlink ~/.lumina/zsh expect file:6 keeps 1/1-zsh last
plan
op file ~/.lumina/zsh expect absent take 1/1-zsh file:6 first
op link ~/.zshrc = /home/u/.lumina/zsh expect file:901 keeps 1/0-new-.zshrc

case somebody put a new source there meanwhile: left, the link comes all the same
back 1
op file ~/.zshrc expect link:/home/u/.lumina/zsh copy /home/u/.lumina/zsh file:0
op unlink ~/.lumina/zsh expect file:6 keeps 1/1-zsh last
plan
seen ~/.lumina/zsh file:9
op link ~/.zshrc = /home/u/.lumina/zsh expect file:901 keeps 1/0-new-.zshrc
left ~/.lumina/zsh

case absorbed, the profile's side: the local file comes back in the link's place
back 1
op link ~/.zshrc = /p/zsh expect file:5 was /p/zsh keeps 1/0-zshrc
plan
op file ~/.zshrc = /p/zsh expect link:/p/zsh take 1/0-zshrc file:5

case absorbed, the local side
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 was /home/u/.lumina/zsh keeps 1/0-zsh with ~/.lumina/zsh file:6
plan
op return ~/.zshrc = /home/u/.lumina/zsh expect link:/home/u/.lumina/zsh take 1/0-zsh file:6 with ~/.lumina/zsh file:5

case absorbed, merged: both come from their slots
back 1
op file ~/.lumina/zsh expect file:6 keeps 1/0-zsh copy /proc/self/fd/9 file:0 first
op link ~/.zshrc = /home/u/.lumina/zsh expect file:5 keeps 1/1-zshrc
plan
op file ~/.lumina/zsh expect file:901 keeps 1/0-new-zsh take 1/0-zsh file:6 first
op file ~/.zshrc expect link:/home/u/.lumina/zsh take 1/1-zshrc file:5

case a slot that an earlier way could not empty is not used again
forth 1
op unlink ~/.lumina/k expect file:6 keeps 1/0-k last
plan
seen 1/0-k file:6
seen ~/.lumina/k file:9
op unlink ~/.lumina/k expect file:9 keeps new last

case a profile elsewhere: absolute paths
back 1
op adopt ~/.zshrc = /home/u/.lumina/zsh expect file:5 with /mnt/p/zsh absent
plan
op return ~/.zshrc expect link:/home/u/.lumina/zsh with /mnt/p/zsh file:5
