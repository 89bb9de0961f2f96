#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Length of files and functions: warns above 400 lines a file, fails above 600;
# fails for a function above 80 lines, those of its switches not counted. Tables
# are no functions.
#
# usage: size.sh [SOURCE-FOLDER]

set -eu

cd "${1:-$(dirname "$0")/../../src}"
files=$(find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort)
if [ -z "$files" ]; then
	echo "size.sh: no source files in $PWD" >&2
	exit 2
fi

# shellcheck disable=SC2086
exec awk -v file_warn=400 -v file_max=600 -v function_max=80 '
function end_file() {
	if (lines > file_max) {
		printf "%s: %d lines, at most %d\n", file, lines, file_max
		bad++
	} else if (lines > file_warn) {
		printf "%s: warning: %d lines, better below %d\n", file, lines, file_warn
	}
	if (inside) {
		printf "%s:%d: \"%s\" has no end\n", file, start, name
		bad++
	}
}

FNR == 1 {
	if (count++ > 0) {
		end_file()
	}
	file = FILENAME
	inside = 0
	head = ""
}

{ lines = FNR }

# The head of a function, over all its lines: begins in the first column, ends with "{".
!inside && /^[A-Za-z_]/ { head = ""; start = FNR }
!inside && /^[^#\/* ]/ {
	head = head " " $0
	if (/\{$/ && !/^}/) {
		# "name(...) {" is a function; "name[] = {", "struct x {" and macros are none.
		if (head ~ /\) *\{$/ && head !~ /=/) {
			inside = 1
			in_switch = switched = 0
			name = head
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
		}
		head = ""
	} else if (/[;}]$/) {
		head = ""
	}
	next
}

inside && /^\t+switch .*\{$/ && !in_switch {
	in_switch = FNR
	indent = $0
	sub(/[^\t].*/, "", indent)
}
inside && in_switch && $0 == indent "}" {
	switched += FNR - in_switch + 1
	in_switch = 0
}
inside && /^}/ {
	length_ = FNR - start + 1 - switched
	functions++
	if (length_ > function_max) {
		printf "%s:%d: %s has %d lines, at most %d\n", file, start, name, length_, function_max
		bad++
	}
	inside = 0
}

END {
	end_file()
	printf "%d files, %d functions, %d too long\n", count, functions, bad
	exit bad > 0
}
' $files
