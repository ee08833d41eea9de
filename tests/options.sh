#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that --help, the manual page and the completions of each verb contain exactly its options, and that each --help
# fits on a screen. Prints TAP.
set -u
src=${srcdir:-.}
build=${builddir:-$src/build}
fdpass=${FDPASS:-$build/fdpass}
count=0
failed=0
work=$(mktemp -d /tmp/fdo.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT

result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=1
		echo "not ok $count - $2"
	fi
}

# same WHAT FILE1 FILE2: checks that the lists in the two files are equal.
same()
{
	diff "$2" "$3" >"$work/diff"
	bad=$?
	[ $bad -eq 0 ] || sed -n 's/^[<>]/# &/p' "$work/diff"
	result $bad "$1"
}

verbs()
{
	"$fdpass" --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

# helped: prints the long and short options in --help.
helped()
{
	"$fdpass" "$1" --help | awk '
	/^Usage/ { next }
	/^  +(-|More)/ || more {
		more = more || /^  More/
		line = $0
		if (!more)
			line = substr($0, 1, 29)
		while (match(line, /--?[a-zA-Z][a-z-]*/)) {
			print substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
			sub(/^\[?=[^ ]*/, "", line)
		}
	}
	/^$/ { more = 0 }' | sort -u
}

# documented: prints the long options that a manual page contains, as headings or in its text.
documented()
{
	sed -n '/^\.Sh DESCRIPTION/,/^\.Sh EXIT/p' "$1" | awk '
	/^\.(It|Fl|Op|Pq|Po)/ && / Fl |^\.Fl / {
		for (i = 1; i <= NF; i++)
			if ($i ~ /^-[a-z][a-z-]*$/)
				print "-" $i
	}' | sort -u
}

# explained: prints the long and short options in the headings of the option lists of a manual page.
explained()
{
	awk '/^\.It Fl/ { for (i = 2; i < NF; i++) if ($i == "Fl") print "-" $(i + 1) }' "$@" | sort -u
}

explained "$src"/man/fdpass*.1 >"$work/explained"
: >"$work/all"
for verb in $(verbs); do
	helped "$verb" >"$work/help"
	cat "$work/help" >>"$work/all"
	grep '^--' "$work/help" >"$work/long"
	documented "$src/man/fdpass-$verb.1" >"$work/page"
	same "$verb: the page names the options that --help names" "$work/long" "$work/page"
	for shell in bash zsh fish; do
		command -v $shell >/dev/null || continue
		sh "$src/tests/completed" "$shell" "$build/completions/fdpass.$shell" "$verb" | sort -u >"$work/completion"
		same "$verb: the completion for $shell has the options that --help names" "$work/help" "$work/completion"
	done
	"$fdpass" "$verb" --help | awk 'length($0) > 80 { print "# too wide: " $0; bad = 1 } END { exit bad || NR > 45 }'
	result $? "$verb: --help fits on a screen"
done
sort -u "$work/all" | while IFS= read -r option; do
	grep -qxe "$option" "$work/explained" || echo "# not explained: $option"
done >"$work/missing"
cat "$work/missing"
[ ! -s "$work/missing" ]
result $? "every option is described in a manual page"
echo "1..$count"
[ $failed -eq 0 ] && [ $count -gt 1 ]
