# What is removed, what is kept, and when a person is asked.

case the last link of a folder of ours takes the folder along
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr/a link /p/a
op rmdir stale ~/.config/hypr expect folder
op unlink stale ~/.config/hypr/a expect link:/p/a

case folders of ours above one another
own folder ~/.a
own folder ~/.a/b
own folder ~/.a/b/c
own link ~/.a/b/c/d /p/d
seen ~/.a/b/c/d link /p/d
op rmdir stale ~/.a expect folder
op rmdir stale ~/.a/b expect folder
op rmdir stale ~/.a/b/c expect folder
op unlink stale ~/.a/b/c/d expect link:/p/d

case a folder with something else in it stays, and stays ours
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr folder 2
seen ~/.config/hypr/a link /p/a
op unlink stale ~/.config/hypr/a expect link:/p/a

case a folder with something else in it keeps those above
own folder ~/.a
own folder ~/.a/b
own link ~/.a/b/c /p/c
seen ~/.a/b folder 2
seen ~/.a/b/c link /p/c
op unlink stale ~/.a/b/c expect link:/p/c

case a folder that was not made by us stays
own link ~/.config/a /p/a
seen ~/.config/a link /p/a
op unlink stale ~/.config/a expect link:/p/a

case a folder in which another link is wanted stays
want ~/.config/hypr/b b
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
own link ~/.config/hypr/b /p/b
seen ~/.config/hypr/a link /p/a
seen ~/.config/hypr/b right
op unlink stale ~/.config/hypr/a expect link:/p/a
count in-place=1 owned=2 removals=1 consent=no

case an empty folder of ours that nothing is wanted in
own folder ~/.config/hypr
seen ~/.config/hypr folder 0
op rmdir stale ~/.config/hypr expect folder

case a folder of ours that can't be read
own folder ~/.config/hypr
own link ~/.zshrc /p/z
seen ~/.config/hypr hidden EACCES
seen ~/.zshrc link /p/z
op unlink stale ~/.zshrc expect link:/p/z
conflict hidden ~/.config/hypr

case what can't be looked at is listed in the order of the paths
own link ~/.a /p/a
own link ~/.b /p/b
seen ~/.a hidden EACCES
seen ~/.b hidden EACCES
conflict hidden ~/.a
conflict hidden ~/.b

case a folder of ours that is gone
own folder ~/.config/hypr
seen ~/.config/hypr absent
op disown gone ~/.config/hypr expect absent

case a folder of ours that a file replaced
own folder ~/.config/hypr
seen ~/.config/hypr file
op disown gone ~/.config/hypr expect file

case a detached link in it keeps the folder
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/a
seen ~/.config/hypr/a file
op disown gone ~/.config/hypr/a expect file

case moved: one goes, another comes
want ~/.new a
own link ~/.old /p/a
seen ~/.old link /p/a
op link missing ~/.new = /p/a expect absent
op unlink stale ~/.old expect link:/p/a
count in-place=0 owned=1 removals=1 consent=yes

case a record of paths that no Lumina made is not acted on
own link /etc/passwd /p/x
own link relative /p/x
own folder ~
want ~/.a a
op link missing ~/.a = /p/a expect absent

# --- trees that can't be listed

case lost: what the tree declared once is left alone
lost ~/.config/hypr hypr ENOENT
own folder ~/.config/hypr
own link ~/.config/hypr/a /p/hypr/a
own link ~/.config/hypr/b /p/hypr/b
own link ~/.zshrc /p/z
seen ~/.config/hypr/a link /p/hypr/a
seen ~/.config/hypr/b file
seen ~/.zshrc link /p/z
op unlink stale ~/.zshrc expect link:/p/z
conflict no-source hypr for ~/.config/hypr

case lost: only below its own target
lost ~/.config/hypr hypr EACCES
own link ~/.config/hypr.old /p/x
own link ~/.config/hyp /p/y
seen ~/.config/hypr.old link /p/x
seen ~/.config/hyp link /p/y
op unlink stale ~/.config/hyp expect link:/p/y
op unlink stale ~/.config/hypr.old expect link:/p/x
conflict no-source hypr for ~/.config/hypr

case lost: a tree onto home itself holds everything
lost ~ home ENOTDIR
own link ~/.zshrc /p/z
seen ~/.zshrc link /p/z
conflict no-source home for ~

case lost: two trees, and a link elsewhere
lost ~/.a a ENOENT
lost ~/.b b EXDEV
want ~/.c c
own link ~/.b/x /p/b/x
seen ~/.b/x link /p/b/x
op link missing ~/.c = /p/c expect absent
conflict no-source a for ~/.a
conflict no-source b for ~/.b

# --- consent

case all links of ours: asked
want ~/.c c
own link ~/.a /p/a
own link ~/.b /p/b
seen ~/.a link /p/a
seen ~/.b link /p/b
op unlink stale ~/.a expect link:/p/a
op unlink stale ~/.b expect link:/p/b
op link missing ~/.c = /p/c expect absent
count in-place=0 owned=2 removals=2 consent=yes

case all links of ours that are left: asked as well
own link ~/.a /p/a
own link ~/.b /p/b
own link ~/.c /p/c
seen ~/.a link /p/a
seen ~/.b link /p/b
op unlink stale ~/.a expect link:/p/a
op unlink stale ~/.b expect link:/p/b
op disown gone ~/.c expect absent
count removals=2 consent=yes

case most, but fewer than ten: not asked
want ~/.d d
own link ~/.a /p/a
own link ~/.b /p/b
own link ~/.c /p/c
own link ~/.d /p/d
seen ~/.a link /p/a
seen ~/.b link /p/b
seen ~/.c link /p/c
seen ~/.d right
op unlink stale ~/.a expect link:/p/a
op unlink stale ~/.b expect link:/p/b
op unlink stale ~/.c expect link:/p/c
count in-place=1 owned=4 removals=3 consent=no

case ten of nineteen: more than half, asked
want ~/k00 k00
want ~/k01 k01
want ~/k02 k02
want ~/k03 k03
want ~/k04 k04
want ~/k05 k05
want ~/k06 k06
want ~/k07 k07
want ~/k08 k08
own link ~/g00 /p/g00
own link ~/g01 /p/g01
own link ~/g02 /p/g02
own link ~/g03 /p/g03
own link ~/g04 /p/g04
own link ~/g05 /p/g05
own link ~/g06 /p/g06
own link ~/g07 /p/g07
own link ~/g08 /p/g08
own link ~/g09 /p/g09
own link ~/k00 /p/k00
own link ~/k01 /p/k01
own link ~/k02 /p/k02
own link ~/k03 /p/k03
own link ~/k04 /p/k04
own link ~/k05 /p/k05
own link ~/k06 /p/k06
own link ~/k07 /p/k07
own link ~/k08 /p/k08
seen ~/g00 link /p/g00
seen ~/g01 link /p/g01
seen ~/g02 link /p/g02
seen ~/g03 link /p/g03
seen ~/g04 link /p/g04
seen ~/g05 link /p/g05
seen ~/g06 link /p/g06
seen ~/g07 link /p/g07
seen ~/g08 link /p/g08
seen ~/g09 link /p/g09
seen ~/k00 right
seen ~/k01 right
seen ~/k02 right
seen ~/k03 right
seen ~/k04 right
seen ~/k05 right
seen ~/k06 right
seen ~/k07 right
seen ~/k08 right
op unlink stale ~/g00 expect link:/p/g00
op unlink stale ~/g01 expect link:/p/g01
op unlink stale ~/g02 expect link:/p/g02
op unlink stale ~/g03 expect link:/p/g03
op unlink stale ~/g04 expect link:/p/g04
op unlink stale ~/g05 expect link:/p/g05
op unlink stale ~/g06 expect link:/p/g06
op unlink stale ~/g07 expect link:/p/g07
op unlink stale ~/g08 expect link:/p/g08
op unlink stale ~/g09 expect link:/p/g09
count in-place=9 owned=19 removals=10 consent=yes

case ten of twenty: exactly half, not asked
want ~/k00 k00
want ~/k01 k01
want ~/k02 k02
want ~/k03 k03
want ~/k04 k04
want ~/k05 k05
want ~/k06 k06
want ~/k07 k07
want ~/k08 k08
want ~/k09 k09
own link ~/g00 /p/g00
own link ~/g01 /p/g01
own link ~/g02 /p/g02
own link ~/g03 /p/g03
own link ~/g04 /p/g04
own link ~/g05 /p/g05
own link ~/g06 /p/g06
own link ~/g07 /p/g07
own link ~/g08 /p/g08
own link ~/g09 /p/g09
own link ~/k00 /p/k00
own link ~/k01 /p/k01
own link ~/k02 /p/k02
own link ~/k03 /p/k03
own link ~/k04 /p/k04
own link ~/k05 /p/k05
own link ~/k06 /p/k06
own link ~/k07 /p/k07
own link ~/k08 /p/k08
own link ~/k09 /p/k09
seen ~/g00 link /p/g00
seen ~/g01 link /p/g01
seen ~/g02 link /p/g02
seen ~/g03 link /p/g03
seen ~/g04 link /p/g04
seen ~/g05 link /p/g05
seen ~/g06 link /p/g06
seen ~/g07 link /p/g07
seen ~/g08 link /p/g08
seen ~/g09 link /p/g09
seen ~/k00 right
seen ~/k01 right
seen ~/k02 right
seen ~/k03 right
seen ~/k04 right
seen ~/k05 right
seen ~/k06 right
seen ~/k07 right
seen ~/k08 right
seen ~/k09 right
op unlink stale ~/g00 expect link:/p/g00
op unlink stale ~/g01 expect link:/p/g01
op unlink stale ~/g02 expect link:/p/g02
op unlink stale ~/g03 expect link:/p/g03
op unlink stale ~/g04 expect link:/p/g04
op unlink stale ~/g05 expect link:/p/g05
op unlink stale ~/g06 expect link:/p/g06
op unlink stale ~/g07 expect link:/p/g07
op unlink stale ~/g08 expect link:/p/g08
op unlink stale ~/g09 expect link:/p/g09
count in-place=10 owned=20 removals=10 consent=no

case nine of ten: fewer than ten, not asked
want ~/k00 k00
own link ~/g00 /p/g00
own link ~/g01 /p/g01
own link ~/g02 /p/g02
own link ~/g03 /p/g03
own link ~/g04 /p/g04
own link ~/g05 /p/g05
own link ~/g06 /p/g06
own link ~/g07 /p/g07
own link ~/g08 /p/g08
own link ~/k00 /p/k00
seen ~/g00 link /p/g00
seen ~/g01 link /p/g01
seen ~/g02 link /p/g02
seen ~/g03 link /p/g03
seen ~/g04 link /p/g04
seen ~/g05 link /p/g05
seen ~/g06 link /p/g06
seen ~/g07 link /p/g07
seen ~/g08 link /p/g08
seen ~/k00 right
op unlink stale ~/g00 expect link:/p/g00
op unlink stale ~/g01 expect link:/p/g01
op unlink stale ~/g02 expect link:/p/g02
op unlink stale ~/g03 expect link:/p/g03
op unlink stale ~/g04 expect link:/p/g04
op unlink stale ~/g05 expect link:/p/g05
op unlink stale ~/g06 expect link:/p/g06
op unlink stale ~/g07 expect link:/p/g07
op unlink stale ~/g08 expect link:/p/g08
count in-place=1 owned=10 removals=9 consent=no
