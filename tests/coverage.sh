#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds with gcc --coverage in DIRECTORY, runs the tests there and prints for each file of src/lib, src/describe and
# src/base how many lines and branches ran, and which did not:
#
#	tests/coverage.sh DIRECTORY [TEST...]
#
# Without tests, all run. DIRECTORY/lines.txt has each line that never ran; HACKING says what they are. A process that a
# signal ends writes nothing: what only such a one runs is missing here.
set -u
dir=$1
shift
top=$(cd "$(dirname "$0")/.." && pwd)
command -v gcovr >/dev/null || {
	echo "gcovr is not installed"
	exit 77
}
rm -rf "$dir"
mkdir -p "$dir" && cd "$dir" || exit 1
[ $# -gt 0 ] || set -- "\$(UNIT_TESTS)" "\$(BATS_TESTS)"
# A fork that leaves by _exit(2) has run something, too.
cat >counted.h <<'END'
#include <unistd.h>
void __gcov_dump(void);
static inline __attribute__((noreturn, unused)) void
counted_exit(int status)
{
	__gcov_dump();
	_exit(status);
}
#define _exit counted_exit
END
"$top/configure" -q --disable-hardening CFLAGS='-O0 -g --coverage' >/dev/null &&
	make -s -j"$(nproc)" CFLAGS="-O0 -g --coverage -include $dir/counted.h" >/dev/null || exit 1
# Tests run the command as other users, too, who add their counts to the same files.
./fdpass --version >/dev/null
find . -name '*.gcda' -exec chmod a+rw {} +
status=0
make -s -k -j"$(($(nproc) * 2))" check TESTS="$*" CFLAGS="-O0 -g --coverage" >tests.log 2>&1 || {
	grep -E '^(FAIL|ERROR):' tests.log
	status=1
}
set -- --root "$top" --object-directory "$dir" --filter "$top/src/(lib|describe|base)/" --exclude-throw-branches
gcovr "$@" --txt lines.txt --json-summary summary.json . 2>gcovr.log || {
	tail -n 5 gcovr.log
	exit 1
}
echo "lines:"
sed -n '6,$p' lines.txt
echo "branches:"
gcovr "$@" --branches . 2>/dev/null | sed -n '/^TOTAL/p'
exit $status
