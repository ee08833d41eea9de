#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds with gcc --coverage in DIRECTORY, runs the tests there, and prints the number of lines and branches of src/lib,
# src/inspect, src/describe and src/base that were executed, for each file:
#
#	tests/coverage.sh DIRECTORY [TEST...]
#
# Without TEST arguments, all tests run. DIRECTORY/lines.txt lists the lines that were never executed. A process that is
# killed by a signal writes no counters. The remaining lines are:
#
#	lib/msg.c, lib/send.c             malloc(3) fails
#	lib/wait.c                        a signal interrupts a wait of a few milliseconds
#	base/helper*.c                    fork or mmap fails; /proc is not mounted; a helper hangs and the descriptors
#	                                  cannot be listed
#	base/outbuf.c, base/stdfds.c      short writes; 0, 1 or 2 are closed (recv_bad.bats and show.bats test this)
#	inspect/proc.c, mountinfo.c       /proc is not mounted, or contains a malformed line
#	inspect/kind_memory.c             a dma-buf, which needs a graphics driver
#	inspect/kind_tty.c                a terminal that is not a pseudo-terminal
#	inspect/probe.c, fdinfo.c         a file system does not respond in time (held.bats and fuse.bats test this)
#	inspect/kind_sock.c               address families that the kernel lacks: Bluetooth, CAN, vsock
#	describe/problems.c, cmsg.c       control data that no kernel creates (the fuzzer does)
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
# Replaces _exit(2), because a child that calls _exit(2) must also write its counters.
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
# Tests also run fdpass as other users, who must be able to write the same files with counters.
./fdpass --version >/dev/null
find . -name '*.gcda' -exec chmod a+rw {} +
status=0
make -s -k -j"$(($(nproc) * 2))" check TESTS="$*" CFLAGS="-O0 -g --coverage" >tests.log 2>&1 || {
	grep -E '^(FAIL|ERROR):' tests.log
	status=1
}
set -- --root "$top" --object-directory "$dir" --filter "$top/src/(lib|inspect|describe|base)/" --exclude-throw-branches
gcovr "$@" --txt lines.txt --json-summary summary.json . 2>gcovr.log || {
	tail -n 5 gcovr.log
	exit 1
}
echo "lines:"
sed -n '6,$p' lines.txt
echo "branches:"
gcovr "$@" --branches . 2>/dev/null | sed -n '/^TOTAL/p'
exit $status
