#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs tests under valgrind, which checks memory accesses, leaks and open descriptors:
#
#	tests/valgrind.sh BUILD TEST...
#
# A unit test itself runs under valgrind. For the other tests, the command under test is a wrapper that runs fdpass
# under valgrind. Each process under valgrind writes a report to BUILD/valgrind. Fails if a test fails, or if a report
# contains an error, leaked memory, or a descriptor that was opened, not inherited, and is open at the end. Allowed are
# the directory /proc/self and the socket for queries, which inspect/proc.c and inspect/unix_diag.c keep open, and the
# descriptors of a process that was killed by a signal, or that failed to execute a command. Prints the number of
# reports at the end. BUILD must have been configured without sanitizers, and preferably without hardening, because
# hardening initializes variables and so hides the use of uninitialized variables.
set -u
build=$(cd "$1" && pwd -P) || exit 1
shift
top=$(cd "$(dirname "$0")/.." && pwd)
reports=$build/valgrind
command -v valgrind >/dev/null || {
	echo "valgrind is not installed"
	exit 77
}
rm -rf "$reports"
mkdir -p "$reports"
chmod 1777 "$reports" # tests also run fdpass as other users, who write reports
# Builds the library that closes the descriptors that valgrind leaves open in the program.
${CC:-cc} -shared -fPIC -DREPORTS="\"$reports\"" -o "$reports/valgrind.so" "$top/tests/valgrind.c" || exit 1
# Without --vgdb=no, each process that is killed would leave files in /tmp.
common="--vgdb=no --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
common="$common --suppressions=$top/tests/valgrind.supp --log-file=$reports/%p"
# The name of a report also contains the time, because process IDs are reused.
cat >"$reports/fdpass" <<END
#!/bin/sh
read -r now rest </proc/uptime
LD_PRELOAD='$reports/valgrind.so'\${LD_PRELOAD:+:\$LD_PRELOAD} exec valgrind $common --log-file='$reports'/%p-"\$now" --track-fds=yes '$build/fdpass' "\$@"
END
chmod +x "$reports/fdpass"

status=0
FDPASS_WORLD=valgrind FDPASS_LIMIT=${FDPASS_LIMIT:-120} \
	make -s -C "$build" -j"${VALGRIND_JOBS:-$(($(nproc) * 2))}" check VERBOSE=1 TEST_LIMIT=2400 TESTS="$*" \
	FDPASS_COMMAND="$reports/fdpass" LOG_COMPILER="valgrind $common --child-silent-after-fork=yes" || status=1

# Ignores leaks of processes that could not release their memory: killed by a signal, after a failed execve(2), or after
# a deadline while reading standard input (tests/send.bats).
ends='Process terminating with default action of signal|: handover_exec |Command: .* --timeout=0\.2 .*(@|/fifo|memfd:)|Command: .* hold .* -- /tmp/fdp\.[^ /]*(/nothing)?$'

# A report has one paragraph per open descriptor. Only a descriptor with a stack trace was opened by the process itself.
total=0 bad=0
for report in "$reports"/[0-9]*; do
	total=$((total + 1))
	ended=0
	! grep -Eq "$ends" "$report" || ended=1
	found=$(sed -E 's/^(==|--|\*\*)[0-9]+(==|--|\*\*) ?//' "$report" | awk -v RS= -v ended=$ended '
		/Open (file descriptor|AF_)/ && /\n *at / { if (!ended && !/proc_directory|unix_diag_prepare/) print; next }
		/ERROR SUMMARY: [1-9]/ { wrong = 1 }
		!/^(Memcheck|HEAP SUMMARY|All heap|LEAK SUMMARY|For |FILE DESC|Open |ERROR SUMMARY: 0)/ { report = report $0 "\n" }
		END { if (wrong) print report }')
	[ -z "$found" ] || {
		printf '%s: %s\n%s\n' "$report" "$(sed -n 's/.*Command: //p' "$report")" "$found"
		bad=$((bad + 1))
	}
done
echo "$total processes under valgrind, $bad with defects"
[ "$bad" = 0 ] || status=1
exit $status
