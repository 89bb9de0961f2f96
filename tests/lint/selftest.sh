#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The lints must fail on what they forbid, each on its own, and pass without it: tried
# on a tree of nearly empty files.

set -eu

lint=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
count=0

# try WORD SCRIPT WANTED-TEXT: the script must fail and say the text, or pass if that is empty.
try() {
	count=$((count + 1))
	if out=$("$lint/$2" "$work/src" 2>&1); then
		failed=no
	else
		failed=yes
	fi
	case $failed$3 in
	no) ;;
	no*) echo "not noticed: $1"; wrong=1 ;;
	yes) echo "complains without reason: $1"; echo "$out"; wrong=1 ;;
	*)
		if ! printf '%s\n' "$out" | grep -qF "$3"; then
			echo "says something else: $1"
			echo "$out"
			wrong=1
		fi
		;;
	esac
	fresh
}

fresh() {
	rm -rf "$work/src"
	for file in base/buf.c base/str.h text/node.c sys/file.c reg/load.c reg/schema.c \
			state/look.c plan/plan.c plan/plan.h exec/act.c report/text.c theme/scheme.c cmd/sync.c \
			main.c; do
		mkdir -p "$work/src/$(dirname "$file")"
		printf '/* x */\n\nint f(int a) {\n\treturn a;\n}\n' > "$work/src/$file"
	done
	mkdir -p "$work/src/flow"
	cat > "$work/src/flow/trust.c" <<-'END'
	struct approved {
	};
	static int check_record(void) {
		struct approved *approved = arena_zalloc(arena, sizeof(*approved));
		return 0;
	}
	int trust_check(void) {
		return check_record();
	}
	END
}

# include FILE LINE TEXT
include() {
	printf '#include %s\n' "$2" >> "$work/src/$1"
	try "$1 includes $2" layers.sh "$3"
}

lines() {
	i=0
	while [ "$i" -lt "$1" ]; do
		echo "$2"
		i=$((i + 1))
	done
}

fresh
try "the tree as it is" layers.sh ''
try "the tree as it is" size.sh ''

try "the tree as it is" gate.sh ''

# gate FILE LINE TEXT
gate() {
	printf '%s\n' "$2" >> "$work/src/$1"
	try "$1: $2" gate.sh "$3"
}

gate cmd/sync.c 'struct approved {' 'the inside of struct approved'
gate cmd/sync.c 'p = malloc(sizeof(struct approved));' 'the inside of struct approved'
gate cmd/sync.c 'p = (const struct approved *)bytes;' 'a cast makes struct approved'
gate cmd/sync.c 'f((struct approved *) bytes);' 'a cast makes struct approved'
gate cmd/sync.c 'int f(const struct approved *, int);' ''
gate flow/visit.c 'project_propose(&project, source, arena, diags);' 'what a project proposes'
gate flow/visit.c 'project_parse(&project, source, true, arena, diags);' 'read past its consent'
gate cmd/sync.c 'file_read(dir, ".lumina.yaml", …);' 'own file is named outside'
gate cmd/sync.c 'file_read(dir, "a/.lumina.yaml", …);' 'own file is named outside'
gate flow/trust.c '	p = arena_zalloc(arena, sizeof(struct approved));' 'struct approved is made: 2 lines'
gate flow/trust.c '	return check_record();' 'the one call of it: 3 lines'

include plan/plan.c '"sys/file.h"' 'plan may not include sys'
include plan/plan.h '"sys/facts.h"' 'plan may not include sys'
include plan/plan.c '"exec/act.h"' 'plan may not include exec'
include base/buf.c '"reg/load.h"' 'base may not include reg'
include text/node.c '"sys/file.h"' 'text may not include sys'
include sys/file.c '"text/node.h"' 'sys may not include text'
include reg/load.c '"state/want.h"' 'reg may not include state'
include state/look.c '"text/node.h"' 'state may not include text'
include exec/act.c '"report/report.h"' 'exec may not include report'
include exec/act.c '"reg/load.h"' 'exec may not include reg'
include report/text.c '"sys/file.h"' 'report may not include sys'
include report/text.c '"cmd/cmd.h"' 'report may not include cmd'
include theme/scheme.c '"sys/file.h"' 'theme may not include sys'
include theme/scheme.c '"text/node.h"' ''
include base/buf.c '"buf.h"' 'names no layer'
include base/buf.c '<base/str.h>' 'use quotes'
include reg/schema.c '<libfyaml.h>' 'libfyaml.h may be named in text/fyaml.h only'
include base/buf.c '<xxhash.h>' 'xxhash.h may be named in base/hash.c only'
include exec/act.c '<sys/stat.h>' ''
include exec/act.c '"plan/plan.h"' ''
include cmd/sync.c '"text/node.h"' ''

mkdir "$work/src/extra"
echo > "$work/src/extra/a.c"
try "a folder that is no layer" layers.sh 'in no layer'
echo > "$work/src/a.c"
try "a file outside the layers" layers.sh 'in no layer'

lines 610 '/* x */' > "$work/src/base/long.c"
try "a long file" size.sh 'base/long.c: 610 lines'
lines 595 '/* x */' > "$work/src/base/long.c"
try "a file that is nearly too long" size.sh ''
{
	printf 'static int long_one(const char *a,\n\t\tint b) {\n'
	lines 80 '	x();'
	echo '}'
} > "$work/src/base/long.c"
try "a long function" size.sh 'long_one has 83 lines'
{
	echo 'static const struct key keys[] = {'
	lines 100 '	{"x", f(1)},'
	echo '};'
} > "$work/src/base/long.c"
try "a long table" size.sh ''
{
	printf 'int f(int a) {\n\tswitch (a) {\n'
	lines 100 '	case X:'
	printf '\t}\n\treturn 0;\n}\n'
} > "$work/src/base/long.c"
try "a long switch" size.sh ''
{
	printf 'int f(int a) {\n\tswitch (a) {\n\t}\n'
	lines 80 '	x();'
	printf '}\n'
} > "$work/src/base/long.c"
try "a long function with a short switch" size.sh 'f has 82 lines'

echo "$count tries"
exit "$wrong"
