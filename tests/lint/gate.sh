#!/bin/sh
# SPDX-License-Identifier: MIT
#
# A project's content is used behind one gate, flow/trust.c: nothing else can make a
# `struct approved`, or reads a project's own file.
#
# usage: gate.sh [SOURCE-FOLDER]

set -eu

cd "${1:-$(dirname "$0")/../../src}"
wrong=0

# only WHAT PATTERN FILES...: lines that match it stand in these files, nowhere else.
only() {
	what=$1 pattern=$2
	shift 2
	allowed=$(printf '%s\n' "$@")
	found=$(grep -rnE --include='*.[ch]' "$pattern" . | sed 's|^\./||' |
		awk -F : -v allowed="$allowed" '
			BEGIN { n = split(allowed, file, "\n"); for (i = 1; i <= n; i++) may[file[i]] = 1 }
			!($1 in may)')
	if [ -n "$found" ]; then
		echo "$what:"
		printf '%s\n' "$found"
		wrong=1
	fi
}

# count N WHAT PATTERN: so many lines of flow/trust.c match.
count() {
	found=$(grep -cE "$3" flow/trust.c || true)
	if [ "$found" != "$1" ]; then
		echo "flow/trust.c: $2: $found lines, not $1"
		wrong=1
	fi
}

only 'the inside of struct approved is known outside of flow/trust.c' \
	'struct approved( )*\{|sizeof\(( )*struct approved' flow/trust.c
count 1 'struct approved is defined' '^struct approved \{'
count 1 'struct approved is made' 'alloc\(.*sizeof\(\*?(struct )?approved'
count 2 'its maker, and the one call of it' 'check_record\('
only 'a cast makes struct approved of something else' '\((const )?struct approved \*+\)[^;,)]' -
only 'what a project proposes goes to the person only' 'project_propose\(' \
	flow/project.c flow/project.h cmd/allow.c
only 'a project is read past its consent' 'project_parse\(' \
	flow/project.c flow/project_keep.c flow/project_parts.h
only "a project's own file is named outside of the gate and of the markers" \
	'"(.*/)?\.lumina\.yaml"' flow/trust.h flow/trust_store.c flow/markers.c \
	flow/detect_parts.h

[ "$wrong" -ne 0 ] || echo 'one gate'
exit "$wrong"
