#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the library's binary interface is compatible with the last release: no symbol, type, signature or constant
# may have changed (tests/abi/interface.c, and abidiff with the dump in tests/abi). New symbols are allowed. Prints TAP.
#
# tests/abi.sh --update writes a new dump, for a release that adds symbols. Add new public symbols to
# tests/abi/interface.c.
set -u
top=${srcdir:-.}
build=${builddir:-build}
dump=$top/tests/abi/libfdpass.$(uname -m).abi

library=
for file in "$build"/src/lib/.libs/libfdpass.so.*.*; do
	[ ! -e "$file" ] || library=$file
done

if [ "${1-}" = --update ]; then
	exec abidw --headers-dir "$top/src/lib" --no-corpus-path --no-comp-dir-path --no-show-locs --drop-private-types \
		--out-file "$dump" "$library"
fi

count=0
result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		printf '%s\n' "$3" | sed 's/^/# /'
	fi
}

echo 1..3
errors=$(${CC:-cc} -std=c11 -D_GNU_SOURCE -fsyntax-only -Werror -I "$top/src/lib" "$top/tests/abi/interface.c" 2>&1)
result $? "the functions, structures and constants of the header are those of the release" "$errors"
exported=$(sed -n 's/^\t\(fdpass_[a-z_]*\);$/\1/p' "$top/src/lib/libfdpass.sym" | LC_ALL=C sort)
declared=$(sed -n 's/^[a-z].*[ *]\(fdpass_[a-z_]*\)(.*/\1/p' "$top/tests/abi/interface.c" | LC_ALL=C sort)
[ -n "$exported" ] && [ "$exported" = "$declared" ]
result $? "tests/abi/interface.c declares each exported function" "$exported"
for reason in "$(command -v abidiff >/dev/null || echo "abidiff is not installed")" \
    "$([ -e "$dump" ] || echo "no dump for this architecture")" \
    "$([ -n "$library" ] || echo "no shared library was built")" \
    "$([ -z "${SAN_CFLAGS-}" ] || echo "sanitizers are built in")" \
    "$(readelf -S "$library" 2>/dev/null | grep -q '\.debug_info' || echo "built without debugging information")"; do
	if [ -n "$reason" ]; then
		echo "ok 3 - abidiff finds no incompatible change # SKIP $reason"
		exit 0
	fi
done

changes=$(abidiff --no-added-syms "$dump" "$library" 2>&1)
result $? "abidiff finds no incompatible change" "$changes"
