#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that fdpass(5) lists exactly the JSON keys and the kinds that the sources can emit. Prints TAP.
set -u
src=${srcdir:-.}
page=$src/man/fdpass.5
work=$(mktemp -d /tmp/fdk.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
failed=0

# emitted FILE...: prints the constant keys that these sources emit, directly or through a table.
emitted()
{
	# Writes one statement per line, so that each form in which a key is emitted can be found.
	cat "$@" | tr '\n\t' '  ' | sed 's/[;{}]/&\n/g' >"$work/statements"
	grep -oE '(emit_(object|array|[iu]64|bool|string|bytes|hex|null)|describe_(number|bool|holders|same|slot|field|events|bits|cookie|device_field)|cmsg_describe_address|sockaddr_describe(_host)?)\( *e, "[a-z0-9_]+"' \
	    "$work/statements" | sed 's/.*"\(.*\)"/\1/'
	grep -oE 'describe_name\( *e, "[a-z_]+", "[a-z_]+"' "$work/statements" | grep -oE '"[a-z_]+"' | tr -d '"'
	cat "$@" | grep -oE '\.key = "[a-z0-9_]+"' | sed 's/.*"\(.*\)"/\1/'
	cat "$@" | grep -oE '\{ "[a-z0-9_]+", SOCK_[A-Z_]+, (true|false)' | sed 's/{ "\([^"]*\)".*/\1/'
	cat "$@" | grep -oE 'EXTENSION\([0-9]+, "[^"]*", "[a-z]+"' | sed 's/.*"\(.*\)"/\1/'
	# Finds keys in arrays of keys, and in tables whose first column is a key.
	cat "$@" | tr '\n' ' ' | grep -oE '(number_keys|derived|keys)\[[A-Z]*\] = \{[^}]*\}' | grep -oE '"[a-z_]+"' | tr -d '"'
	cat "$@" | grep -oE '\{ "[a-z]+", "[^"]*", "[^"]*" \}' | sed 's/{ "\([^"]*\)".*/\1/'
}

kinds()
{
	cat "$@" | grep -oE '(\.word = |(PLAIN|DRIVER)\()"[a-z0-9_-]+"' | sed 's/.*"\(.*\)"/\1/'
}

# named: prints the words that follow the macro Cm in the manual page.
named()
{
	awk '/^\./ { sub(/^\.Cm \( /, ".Cm "); for (i = 1; i < NF; i++) if ($i == "Cm" || $i == ".Cm") print $(i + 1) }' "$page" | sort -u
}

# headings: prints the headings of list items in the manual page.
headings()
{
	awk '/^\.It Cm/ { for (i = 1; i < NF; i++) if ($i == "Cm") print $(i + 1) }' "$page" | sort -u
}

# missing WHAT FILE1 FILE2 NUMBER: test NUMBER: checks that FILE2 contains all lines of FILE1.
missing()
{
	comm -23 "$2" "$3" | sed 's/^/# /' >"$work/missing"
	if [ -s "$work/missing" ]; then
		cat "$work/missing"
		failed=1
		echo "not ok $4 - $1"
	else
		echo "ok $4 - $1"
	fi
}

{
	emitted "$src"/src/describe/*.c
	kinds "$src"/src/inspect/*.c
} | sort -u >"$work/emitted"
named >"$work/named"
headings | grep -vx unknown >"$work/headings"
count=$(wc -l <"$work/emitted")
missing "fdpass(5) contains all keys and kinds in the sources" "$work/emitted" "$work/named" 1
missing "fdpass(5) contains only keys and kinds in the sources" "$work/headings" "$work/emitted" 2
if [ "$count" -gt 250 ]; then
	echo "ok 3 - $count keys and kinds were found in the sources"
else
	failed=1
	echo "not ok 3 - only $count keys and kinds were found in the sources"
fi
echo "1..3"
[ $failed -eq 0 ]
