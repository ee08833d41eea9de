#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the manual pages have no mandoc warnings, refer only to existing pages, and are installed. Prints TAP.
set -u
src=${srcdir:-.}
mandoc=${MANDOC:-mandoc}
count=0
failed=0

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

if ! command -v "$mandoc" >/dev/null; then
	echo "1..1"
	echo "not ok 1 - mandoc is installed"
	exit 1
fi

# Manual pages of other packages may be missing on this system, so references to them are not checked. A page that only
# includes another one (.so) contains its installed path.
lint()
{
	if grep -q '^\.so ' "$1"; then
		[ -f "$src/man/$(sed -n 's,^\.so man[1-8]/,,p' "$1")" ] || echo "the included page does not exist"
		return
	fi
	# groff 1.23 uses the apostrophe as a delimiter when it measures the -width of a list.
	! grep "^\.Bl .*'" "$1" || echo "the width of a list contains an apostrophe"
	"$mandoc" -T lint -W style "$1" 2>/dev/null | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db'
}

# dangling: prints references to manual pages of fdpass that do not exist.
dangling()
{
	sed -n 's/^\.Xr \([a-z-]*fdpass[a-z_-]*\) \([1-8]\).*/\1.\2/p; s/^\.Xr \(fdpass[a-z_-]*\) \([1-8]\).*/\1.\2/p' "$1" |
	    sort -u | while read -r page; do
		[ -f "$src/man/$page" ] || echo "$page"
	done
}

for page in "$src"/man/*.[1-8]; do
	name=${page##*/}
	report=$(lint "$page")
	[ -z "$report" ] || printf '%s\n' "$report" | sed 's/^/# /'
	[ -z "$report" ]
	result $? "mandoc prints no warnings for $name"
	report=$(dangling "$page")
	[ -z "$report" ] || printf '%s\n' "$report" | sed 's/^/# missing: /'
	[ -z "$report" ]
	result $? "all references of $name to pages of fdpass exist"
	grep -q "man/$name" "$src/man/Makemodule.am"
	result $? "make install installs $name"
done
echo "1..$count"
[ $failed -eq 0 ] && [ $count -gt 0 ]
