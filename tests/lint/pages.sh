#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Compares the manual with the program's table of commands:
#
#   pages.sh LUMINA SOURCE_ROOT
#
# Every command has its page, every command's page its command, every long
# option is named in its page, and every page that is referred to exists.

set -eu
export LC_ALL=C NO_COLOR=1

if [ $# -ne 2 ]; then
	echo "usage: $0 LUMINA SOURCE_ROOT" >&2
	exit 2
fi
lumina=$1
doc=$2/doc
wrong=0

complain() {
	echo "pages: $*"
	wrong=1
}

# The indented lines below a heading of help text, up to an empty line.
block() {
	sed -n "/^$1:\$/,/^\$/s/^  *//p"
}

# "-n, --dry-run   show …" → --dry-run
long_options() {
	sed -n 's/^\(-[A-Za-z0-9], \)\{0,1\}\(--[a-z][a-z0-9-]*\).*/\2/p'
}

# Every option of standard input must be named in the page.
check_options() {
	while read -r option; do
		grep -Eq -- "(^|[^a-z0-9-])$option([^a-z0-9-]|\$)" "$doc/$1" ||
				echo "$option is not in doc/$1"
	done
}

overview=$("$lumina" help)
commands=$(printf '%s\n' "$overview" | block commands | cut -d ' ' -f 1)
globals=$(printf '%s\n' "$overview" | block 'global options' | long_options)

# Silence must not pass.
[ -n "$commands" ] || complain "'lumina help' lists no commands"
[ -n "$globals" ] || complain "'lumina help' lists no global options"
[ -e "$doc/lumina.1.scd" ] || { complain "doc/lumina.1.scd is missing"; exit 1; }

problems=$(
	printf '%s\n' "$globals" | check_options lumina.1.scd
	for command in $commands; do
		page=lumina-$command.1.scd
		if [ ! -e "$doc/$page" ]; then
			echo "command '$command' has no page doc/$page"
			continue
		fi
		# In front, for commands that hand their own --help on.
		"$lumina" --help "$command" | block options | long_options | check_options "$page"
		grep -q "lumina-$command\*(1)" "$doc/lumina.1.scd" ||
				echo "doc/lumina.1.scd does not refer to lumina-$command(1)"
	done

	for path in "$doc"/lumina-*.1.scd; do
		page=${path##*/}
		name=${page#lumina-}
		name=${name%.1.scd}
		printf '%s\n' "$commands" | grep -Fqx -- "$name" ||
				echo "doc/$page is about no command"
	done

	for path in "$doc"/*.scd; do
		page=${path##*/}
		name=${page%.scd}
		section=${name##*.}
		read -r title <"$path" || title=
		[ "$title" = "${name%.*}($section)" ] || echo "doc/$page begins with '$title'"
		grep -Fq "'$name'" "$doc/meson.build" || echo "doc/$page is not in doc/meson.build"
		grep -q '^# SEE ALSO$' "$path" || echo "doc/$page has no SEE ALSO"
		# In the whole page, SEE ALSO among it.
		grep -o '\*lumina[a-z.-]*\*([0-9])' "$path" | sort -u |
				sed 's/^\*\(.*\)\*(\(.\))$/\1.\2.scd/' |
				while read -r other; do
			[ -e "$doc/$other" ] || echo "doc/$page refers to doc/$other, which is missing"
		done || true
	done

	sed -n "s/^ *'\(.*\.[0-9]\)',*\$/\1/p" "$doc/meson.build" | while read -r name; do
		[ -e "$doc/$name.scd" ] || echo "doc/meson.build names $name, which is missing"
	done
)
if [ -n "$problems" ]; then
	printf '%s\n' "$problems" | sed 's/^/pages: /'
	wrong=1
fi
exit $wrong
