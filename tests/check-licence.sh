#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that every source file states its licence in its first lines. Prints TAP.
set -u
top=${srcdir:-.}
bad=0
seen=0

echo 1..1
cd "$top" || exit 1
for file in src/*/*.[ch] src/*.[ch] src/lib/*.sym src/*.am tests/*.am tests/*.sh tests/*.bats tests/*.bash tests/*/*.[ch] \
    tests/*/*.sh tests/*/*.py bats/*.bash bats/*.bats bench/*.[ch] bench/*.sh fuzz/*.[ch] fuzz/*.sh man/*.[1-8] man/*.am \
    m4/fdp_*.m4 configure.ac Makefile.am autogen.sh tools/* completion/* .ci/run; do
	[ -f "$file" ] || continue
	seen=$((seen + 1))
	if ! head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC'; then
		echo "# $file lacks its SPDX line"
		bad=1
	fi
done
[ $seen -gt 20 ] || bad=1
[ $bad -eq 0 ] || printf 'not '
echo "ok 1 - all $seen source files begin with an SPDX line"
