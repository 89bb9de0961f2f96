# One generation, taken back or done again.

case a new link goes
back 1
op link ~/.zshrc = /home/u/.lumina/zsh expect absent
plan
op unlink ~/.zshrc expect link:/home/u/.lumina/zsh

case done again
forth 1
op link ~/.zshrc = /home/u/.lumina/zsh expect absent
plan
op link ~/.zshrc = /home/u/.lumina/zsh expect absent

case a link that led elsewhere leads there again
back 1
op link ~/.zshrc = /home/u/.lumina/new expect link:/home/u/.lumina/old
plan
op link ~/.zshrc = /home/u/.lumina/old expect link:/home/u/.lumina/new

case a link that went comes again
back 1
op unlink ~/.zshrc expect link:/home/u/.lumina/zsh
plan
op link ~/.zshrc = /home/u/.lumina/zsh expect absent

case programs are started by what is in it: said so
back 1
op link ~/.ssh/config = /home/u/.lumina/ssh expect absent
plan
op unlink ~/.ssh/config expect link:/home/u/.lumina/ssh sensitive

case folders made for a link go with it
back 1
op folder ~/.config expect absent
op folder ~/.config/foot expect absent
op link ~/.config/foot/foot.ini = /home/u/.lumina/foot expect absent
plan
op rmdir ~/.config expect folder:901
op rmdir ~/.config/foot expect folder:902
op unlink ~/.config/foot/foot.ini expect link:/home/u/.lumina/foot

case a folder with something else in it by now stays
back 1
op folder ~/.config expect absent
op link ~/.config/a = /p/a expect absent
plan
seen ~/.config folder:5 more 1
op unlink ~/.config/a expect link:/p/a

case and so do those above it
back 1
op folder ~/.config expect absent
op folder ~/.config/d expect absent
op link ~/.config/d/a = /p/a expect absent
plan
seen ~/.config/d folder:5 more 1
op unlink ~/.config/d/a expect link:/p/a

case folders that went come again
back 1
op rmdir ~/.config expect folder:5
op unlink ~/.config/a expect link:/p/a
plan
op folder ~/.config expect absent
op link ~/.config/a = /p/a expect absent

case the person removed the link: left, without a word, and let go
back 1
op link ~/.zshrc = /p/zsh expect absent
plan
seen ~/.zshrc absent
op disown ~/.zshrc expect link:/p/zsh was /p/zsh
left ~/.zshrc

case the person put a file in the link's place: left
back 1
op link ~/.zshrc = /p/zsh expect absent
plan
seen ~/.zshrc file:7
left ~/.zshrc

case another link in its place: left
back 1
op link ~/.zshrc = /p/zsh expect link:/p/old
plan
seen ~/.zshrc link:/else
left ~/.zshrc

case what is left in a folder keeps the folder
back 1
op folder ~/.config expect absent
op link ~/.config/a = /p/a expect absent
op link ~/.config/b = /p/b expect absent
plan
seen ~/.config/a file:7
op unlink ~/.config/b expect link:/p/b
left ~/.config/a

case a folder of ours that became a link: its links come again
back 1
op link ~/.config/hypr = /p/hypr expect folder:5
op unlink ~/.config/hypr/a expect link:/p/a inside
op unlink ~/.config/hypr/b expect link:/p/b inside
plan
op folder ~/.config/hypr expect link:/p/hypr
op link ~/.config/hypr/a = /p/a expect absent
op link ~/.config/hypr/b = /p/b expect absent

case done again: its links go inside it
forth 1
op link ~/.config/hypr = /p/hypr expect folder:5
op unlink ~/.config/hypr/a expect link:/p/a inside
op unlink ~/.config/hypr/b expect link:/p/b inside
plan
op link ~/.config/hypr = /p/hypr expect folder:901
op unlink ~/.config/hypr/a expect link:/p/a inside
op unlink ~/.config/hypr/b expect link:/p/b inside

case a link that became a folder of links
back 1
op folder ~/.config/hypr expect link:/p/hypr
op link ~/.config/hypr/a = /p/hypr/a expect absent
plan
op link ~/.config/hypr = /p/hypr expect folder:901
op unlink ~/.config/hypr/a expect link:/p/hypr/a inside

case somebody's file in a folder that a link would replace: the folder stays
back 1
op folder ~/.config/hypr expect link:/p/hypr
op link ~/.config/hypr/a = /p/hypr/a expect absent
plan
seen ~/.config/hypr folder:5 more 1
left ~/.config/hypr

case taken over: given up again
back 1
op own ~/.zshrc = ../x/zsh expect link:../x/zsh
plan
op disown ~/.zshrc expect link:../x/zsh was ../x/zsh

case taken over, done again: taken over again
forth 1
op own ~/.zshrc = ../x/zsh expect link:../x/zsh
plan
op own ~/.zshrc = ../x/zsh expect link:../x/zsh

case taken over, and edited lines in the other order
back 1
op edit ~/.lumina/lumina.yaml expect file:3 keeps 1/0-lumina.yaml first
edit add ~/.a a
edit remove ~/.b b
plan
edit add ~/.b b
edit remove ~/.a a

case edits done again keep their order
forth 1
op edit ~/.lumina/lumina.yaml expect file:3 keeps 1/0-lumina.yaml first
edit add ~/.a a
edit remove ~/.b b
plan
edit add ~/.a a
edit remove ~/.b b

case what was let go is in the record again
back 1
op disown ~/.zshrc expect absent was /p/zsh
plan
op own ~/.zshrc = /p/zsh expect link:/p/zsh

case let go, done again
forth 1
op disown ~/.zshrc expect absent was /p/zsh
plan
op disown ~/.zshrc expect link:/p/zsh was /p/zsh
