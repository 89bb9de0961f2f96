#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Who may include whom. A folder is a layer; data flows one way, so a layer sees
# earlier ones only. A new edge needs a line here and a reason in its commit.
#
# usage: layers.sh [SOURCE-FOLDER]

set -eu

src=${1:-$(dirname "$0")/../../src}

# The layers, and what each may include.
rules='
base    base
text    base text
sys     base sys
reg     base text sys reg
state   base reg sys state
plan    base state reg plan
exec    base sys state plan exec
report  base plan state exec report
flow    base text sys reg state flow
desk    base text sys state flow desk
theme   base text theme
cmd     base text sys reg state plan exec report flow desk theme cmd
main    base text sys reg state plan exec report flow desk theme cmd
'

# A library's header, and the one file that may name it.
libraries='
libfyaml.h  text/fyaml.h
xxhash.h    base/hash.c
'

export rules libraries
cd "$src"
files=$(find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort)
if [ -z "$files" ]; then
	echo "layers.sh: no source files in $PWD" >&2
	exit 2
fi

# shellcheck disable=SC2086
exec awk '
function fail(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why
	bad++
}

BEGIN {
	for (i = 1; i < ARGC; i++) {
		ours[ARGV[i]] = 1
	}
	n = split(ENVIRON["rules"], lines, "\n")
	for (i = 1; i <= n; i++) {
		words = split(lines[i], word)
		for (j = 2; j <= words; j++) {
			may[word[1], word[j]] = 1
		}
		if (words > 0) {
			layers[word[1]] = 1
		}
	}
	n = split(ENVIRON["libraries"], lines, "\n")
	for (i = 1; i <= n; i++) {
		if (split(lines[i], word) == 2) {
			only[word[1]] = word[2]
		}
	}
}

FNR == 1 {
	count++
	layer = FILENAME
	if (!sub("/.*", "", layer)) {
		layer = FILENAME == "main.c" ? "main" : ""
	}
	if (!(layer in layers)) {
		fail("in no layer")
	}
}

/^[ \t]*#[ \t]*include/ {
	name = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	quoted = name ~ /^"/
	sub(/^["<]/, "", name)
	sub(/[">].*/, "", name)
	other = name
	local = sub("/.*", "", other) && (other in layers)
	if (quoted && !local) {
		fail("\"" name "\" names no layer")
	} else if (!quoted && name in ours) { # <sys/stat.h> is none of ours
		fail("<" name "> is our own: use quotes")
	} else if (quoted && !((layer, other) in may)) {
		fail(layer " may not include " other ": \"" name "\"")
	}
	base = name
	sub(".*/", "", base)
	if (base in only && FILENAME != only[base]) {
		fail(base " may be named in " only[base] " only")
	}
}

END {
	printf "%d files, %d wrong includes\n", count, bad
	exit bad > 0
}
' $files
