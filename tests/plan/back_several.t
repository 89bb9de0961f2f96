# Several generations in one plan, or one after another.

case made, changed, changed: what was before the first
back 3
op link ~/.a = /p/3 expect link:/p/2
back 2
op link ~/.a = /p/2 expect link:/p/1
back 1
op link ~/.a = /p/1 expect absent
plan
op unlink ~/.a expect link:/p/3

case forward: only the last counts
forth 1
op link ~/.a = /p/1 expect absent
forth 2
op link ~/.a = /p/2 expect link:/p/1
plan
op link ~/.a = /p/2 expect absent

case made and removed again: nothing
back 2
op unlink ~/.a expect link:/p/1
back 1
op link ~/.a = /p/1 expect absent
plan

case nothing, but the person put something there: not even looked at
back 2
op unlink ~/.a expect link:/p/1
back 1
op link ~/.a = /p/1 expect absent
plan
seen ~/.a file:7

case back by one way, forward by another
back 2
op link ~/.a = /p/2 expect link:/p/1
forth 3
op link ~/.a = /p/3 expect link:/p/1
op link ~/.b = /p/b expect absent
plan
op link ~/.a = /p/3 expect link:/p/2
op link ~/.b = /p/b expect absent

case the same on both: nothing to do
back 2
op link ~/.a = /p/2 expect link:/p/1
forth 3
op link ~/.a = /p/2 expect link:/p/1
plan

case a folder made by one, a link in it by the next
back 2
op link ~/.d/b = /p/b expect absent
back 1
op folder ~/.d expect absent
op link ~/.d/a = /p/a expect absent
plan
op rmdir ~/.d expect folder:901
op unlink ~/.d/a expect link:/p/a
op unlink ~/.d/b expect link:/p/b

case objects of different places are no hindrance
back 2
op link ~/.b = /p/b expect file:6 keeps 2/0-b
back 1
op link ~/.a = /p/a expect file:5 keeps 1/0-a
plan
op file ~/.a expect link:/p/a take 1/0-a file:5
op file ~/.b expect link:/p/b take 2/0-b file:6

case one object, moved twice: one after another
back 2
op adopt ~/.a = /home/u/.lumina/a expect file:5 with ~/.lumina/a absent
back 1
op file ~/.a expect link:/home/u/.lumina/x copy /home/u/.lumina/x file:0
plan
several

case a link at a path that an object was at: one after another
back 2
op link ~/.a = /p/2 expect link:/p/1
back 1
op link ~/.a = /p/1 expect file:5 keeps 1/0-a
plan
several

case something below a folder that moved: one after another
back 2
op link ~/.d/x = /p/x expect absent
back 1
op adopt ~/.d = /home/u/.lumina/d expect folder:5 with ~/.lumina/d absent
plan
several

case below the source of one that moved: one after another
back 2
op adopt ~/.x = /home/u/.lumina/d/x expect file:6 with ~/.lumina/d/x absent
back 1
op adopt ~/.d = /home/u/.lumina/d expect folder:5 with ~/.lumina/d absent
plan
several

case a name that only begins like it is another place
back 2
op link ~/.d.x = /p/x expect absent
back 1
op adopt ~/.d = /home/u/.lumina/d expect folder:5 with ~/.lumina/d absent
plan
op return ~/.d expect link:/home/u/.lumina/d with ~/.lumina/d folder:5
op unlink ~/.d.x expect link:/p/x

case edits of several are no hindrance, the newest first
back 2
op edit ~/.lumina/lumina.yaml expect file:4 keeps 2/0-lumina.yaml first
edit add ~/.b b
back 1
op edit ~/.lumina/lumina.yaml expect file:3 keeps 1/0-lumina.yaml first
edit add ~/.a a
plan
edit remove ~/.b b
edit remove ~/.a a

case taken over by one, led elsewhere by the next
back 2
op link ~/.a = /p/2 expect link:../x/1
back 1
op own ~/.a = ../x/1 expect link:../x/1
plan
op link ~/.a = ../x/1 expect link:/p/2 theirs

case taken over twice, with the record lost in between: given up once
back 3
op own ~/.a = ../x/1 expect link:../x/1
back 1
op own ~/.a = ../x/1 expect link:../x/1
plan
op disown ~/.a expect link:../x/1 was ../x/1

case back over one that took it over, forward over another: it stays ours
back 2
op own ~/.a = ../x/1 expect link:../x/1
forth 3
op own ~/.a = ../x/1 expect link:../x/1
plan
op own ~/.a = ../x/1 expect link:../x/1

case made by one, gone by the next: it isn't made again
forth 1
op link ~/.z = /p/z expect absent
forth 2
op disown ~/.z expect absent was /p/z
plan
op disown ~/.z expect link:/p/z was /p/z

case made by one, replaced by the person before the next: neither
forth 1
op link ~/.z = /p/z expect absent
forth 2
op disown ~/.z expect file:7 was /p/z
plan
op disown ~/.z expect link:/p/z was /p/z
