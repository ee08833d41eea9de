#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that each header compiles alone and when it is included twice, and that the public header also compiles as C++.
# Prints TAP.
set -u
src=${srcdir:-.}/src
cc=${CC:-cc}
count=0

# compile NAME HEADER FLAG...: includes HEADER twice.
compile()
{
	_name=$1
	_header=$2
	shift 2
	count=$((count + 1))
	# shellcheck disable=SC2086 # word splitting is intended
	if _out=$(printf '#include "%s"\n#include "%s"\nextern int here;\n' "$_header" "$_header" |
	    $cc ${CPPFLAGS-} "-I$src" "$@" -fsyntax-only - 2>&1); then
		echo "ok $count - $_name"
	else
		echo "not ok $count - $_name"
		echo "$_out" | sed 's/^/# /'
	fi
}

# shellcheck disable=SC2086 # word splitting is intended
for file in "$src"/*/*.h; do
	[ -f "$file" ] || continue
	header=${file#"$src"/}
	compile "$header compiles alone" "$header" -x c -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	    ${LIBBSD_CFLAGS-}
done
compile "fdpass.h compiles as C99 without GNU extensions" lib/fdpass.h -x c -std=c99 -D_POSIX_C_SOURCE=200809L \
    -Wall -Wextra -Wpedantic -Werror
if printf 'int here;\n' | $cc -x c++ -fsyntax-only - 2>/dev/null; then
	compile "fdpass.h compiles as C++" lib/fdpass.h -x c++ -Wall -Wextra -Wpedantic -Werror
else
	count=$((count + 1))
	echo "ok $count - fdpass.h compiles as C++ # SKIP $cc cannot compile C++"
fi
echo "1..$count"
