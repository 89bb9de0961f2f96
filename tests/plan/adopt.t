# sync --adopt: what stands in the way becomes the source.

case the source isn't there yet
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file
source ~/.zshrc absent
op adopt in-the-way ~/.zshrc = /p/zsh expect file with /p/zsh absent
count in-place=0 owned=0 removals=0 consent=no

case the source is replaced, and kept
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file
source ~/.zshrc file
op adopt in-the-way ~/.zshrc = /p/zsh expect file keeps with /p/zsh file

case two names of one file: one of them goes to the backups
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file 7
source ~/.zshrc file 7
op link in-the-way ~/.zshrc = /p/zsh expect file keeps

case the same number on another file system is another file
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file 7
source ~/.zshrc file 7 dev 2
op file in-the-way /p/zsh expect file keeps copy /home/u/.zshrc first far
op link in-the-way ~/.zshrc = /p/zsh expect file keeps tree

case a folder in the place of a folder
resolve adopt
want ~/.config/foot foot
seen ~/.config/foot folder 2
source ~/.config/foot folder
op adopt in-the-way ~/.config/foot = /p/foot expect folder keeps with /p/foot folder

case a file in the place of a link in the profile
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file
source ~/.zshrc link other
op adopt in-the-way ~/.zshrc = /p/zsh expect file keeps with /p/zsh link

case a foreign link stays a conflict, and so does a socket
resolve adopt
want ~/.a a
want ~/.b b
seen ~/.a link /else
seen ~/.b other
source ~/.a file
source ~/.b file
conflict foreign ~/.a
conflict foreign ~/.b

case a socket as the source stays
resolve adopt
want ~/.a a
seen ~/.a file
source ~/.a other
conflict foreign ~/.a

case a source that can't be looked at stays
resolve adopt
want ~/.a a
own link ~/.a /p/a
seen ~/.a file
source ~/.a hidden EACCES
conflict detached ~/.a

case the program's file in our link's place
resolve adopt
want ~/.zshrc zsh
own link ~/.zshrc /p/zsh
seen ~/.zshrc file
source ~/.zshrc file
op adopt in-the-way ~/.zshrc = /p/zsh expect file keeps with /p/zsh file was /p/zsh

case a target that is missing is linked as ever
resolve adopt
want ~/.zshrc zsh
op link missing ~/.zshrc = /p/zsh expect absent

case a link of ours to another source is led there
resolve adopt
want ~/.zshrc zsh
own link ~/.zshrc /p/old
seen ~/.zshrc link /p/old
source ~/.zshrc file
op link elsewhere ~/.zshrc = /p/zsh expect link:/p/old was /p/old

case folders above are not moved by adopting
resolve adopt
want ~/.config/a a
seen ~/.config file
conflict parent ~/.config for ~/.config/a

case the profile on another file system: a copy, and the file itself is kept
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file
source ~/.zshrc absent dev 2
op file in-the-way /p/zsh expect absent copy /home/u/.zshrc first
op link in-the-way ~/.zshrc = /p/zsh expect file keeps tree

case the same with an old source: that is kept by a copy
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file
source ~/.zshrc file dev 2
op file in-the-way /p/zsh expect file keeps copy /home/u/.zshrc first far
op link in-the-way ~/.zshrc = /p/zsh expect file keeps tree

case the target on another file system than profile and state
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file dev 2
source ~/.zshrc file
op file in-the-way /p/zsh expect file keeps copy /home/u/.zshrc first
op link in-the-way ~/.zshrc = /p/zsh expect file keeps far tree

case target and profile on one, the state elsewhere
resolve adopt
want ~/.zshrc zsh
seen ~/.zshrc file dev 2
source ~/.zshrc file dev 2
op adopt in-the-way ~/.zshrc = /p/zsh expect file keeps with /p/zsh file far

case a folder can't go to another file system
resolve adopt
want ~/.config/foot foot
seen ~/.config/foot folder 2
source ~/.config/foot absent dev 2
conflict foreign ~/.config/foot

case a folder in the profile can't be kept on another file system
resolve adopt
want ~/.a a
want ~/.b b
seen ~/.a folder 2 dev 2
seen ~/.b folder 2 dev 2
source ~/.a folder dev 2
source ~/.b absent dev 2
op adopt in-the-way ~/.b = /p/b expect folder with /p/b absent
conflict foreign ~/.a

case copies come before all else
resolve adopt
want ~/.a a
want ~/.b b
want ~/.c/d d
seen ~/.a file
seen ~/.b file
source ~/.a absent dev 2
source ~/.b absent
op file in-the-way /p/a expect absent copy /home/u/.a first
op link in-the-way ~/.a = /p/a expect file keeps tree
op adopt in-the-way ~/.b = /p/b expect file with /p/b absent
op link missing ~/.c/d = /p/d expect absent

case a folder with links of ours in it stays
resolve adopt
want ~/.config/hypr hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr/a link /p/a
source ~/.config/hypr absent
op unlink stale ~/.config/hypr/a expect link:/p/a
conflict foreign ~/.config/hypr

case two files that would become one source: the first only
resolve adopt
want ~/.a s
want ~/.b s
seen ~/.a file
seen ~/.b file
source ~/.a absent
source ~/.b absent
op adopt in-the-way ~/.a = /p/s expect file with /p/s absent
conflict foreign ~/.b

case another target of the same source, in place, is no hindrance
resolve adopt
want ~/.a s
want ~/.b s
own link ~/.a /p/s
seen ~/.a right
seen ~/.b file
source ~/.b file
op adopt in-the-way ~/.b = /p/s expect file keeps with /p/s file
count in-place=1 owned=1 removals=0 consent=no

case one source in another that is replaced
resolve adopt
want ~/.config/foot foot
want ~/.foot.ini foot/foot.ini
seen ~/.config/foot folder 2
seen ~/.foot.ini file
source ~/.config/foot folder
source ~/.foot.ini file
op adopt in-the-way ~/.config/foot = /p/foot expect folder keeps with /p/foot folder
conflict foreign ~/.foot.ini

case a name that only begins like it is another source
resolve adopt
want ~/.a foot
want ~/.b foot.d/x
seen ~/.a folder 2
seen ~/.b file
source ~/.a folder
source ~/.b absent
op adopt in-the-way ~/.a = /p/foot expect folder keeps with /p/foot folder
op adopt in-the-way ~/.b = /p/foot.d/x expect file with /p/foot.d/x absent

case programs are started by what is in it: said so
resolve adopt
want ~/.ssh/config ssh
seen ~/.ssh/config file
source ~/.ssh/config absent
op adopt in-the-way ~/.ssh/config = /p/ssh expect file with /p/ssh absent sensitive
