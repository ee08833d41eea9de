#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the library's binary interface is compatible with the last release: no symbol, type or signature has
# changed (abidiff with the dump in tests/abi). New symbols are allowed. Prints TAP.
#
# tests/abi.sh --update writes a new dump, for a release that adds symbols.
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
for reason in "$(command -v abidiff >/dev/null || echo "abidiff is not installed")" \
    "$([ -e "$dump" ] || echo "no dump for this architecture")" \
    "$([ -n "$library" ] || echo "no shared library was built")" \
    "$([ -z "${SAN_CFLAGS-}" ] || echo "sanitizers are built in")" \
    "$(readelf -S "$library" 2>/dev/null | grep -q '\.debug_info' || echo "built without debugging information")"; do
	if [ -n "$reason" ]; then
		echo "1..0 # SKIP $reason"
		exit 0
	fi
done

echo 1..1
if changes=$(abidiff --no-added-syms "$dump" "$library" 2>&1); then
	echo "ok 1 - the binary interface is that of the release"
else
	echo "not ok 1 - the binary interface is that of the release"
	echo "$changes" | sed 's/^/# /'
fi
