#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs tests under valgrind, which watches memory and descriptors:
#
#	tests/valgrind.sh BUILD TEST...
#
# Unit tests run under it themselves; to the others it is given in place of the command, of which every process writes a
# report of its own into BUILD/valgrind. Fails if a test does, or if a report tells an error, memory that is lost, or a
# descriptor that was opened, not inherited, and is still there at the end. Some may be: the directory /proc/self, which
# describe/proc.c keeps as long as it runs, what a process had when a signal ended it, and what was laid out for a
# command that then could not be run. Ends with a count of the reports. BUILD must be without sanitizers, and is best without hardening, which clears what nobody has set.
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
chmod 1777 "$reports" # tests run the command as other users, too
# Hides descriptors that valgrind leaves open from the command.
${CC:-cc} -shared -fPIC -DREPORTS="\"$reports\"" -o "$reports/valgrind.so" "$top/tests/valgrind.c" || exit 1
# --vgdb would leave files in /tmp for each process that is killed.
common="--vgdb=no --leak-check=full --show-leak-kinds=definite,indirect --errors-for-leak-kinds=definite,indirect"
common="$common --suppressions=$top/tests/valgrind.supp --log-file=$reports/%p"
# A number may come again: the report has the time in its name, too.
cat >"$reports/fdpass" <<END
#!/bin/sh
read -r now rest </proc/uptime
LD_PRELOAD='$reports/valgrind.so'\${LD_PRELOAD:+:\$LD_PRELOAD} exec valgrind $common --log-file='$reports'/%p-"\$now" --track-fds=yes '$build/fdpass' "\$@"
END
chmod +x "$reports/fdpass"

status=0
FDPASS_WORLD=valgrind FDPASS_LIMIT=${FDPASS_LIMIT:-120} \
	make -s -C "$build" -j"${VALGRIND_JOBS:-$(($(nproc) * 2))}" check VERBOSE=1 TESTS="$*" \
	FDPASS_COMMAND="$reports/fdpass" LOG_COMPILER="valgrind $common --child-silent-after-fork=yes" || status=1

# In the last words of who had no time to close: a signal, a command that could not be run, a deadline while input was
# waited for (tests/send.bats).
ends='Process terminating with default action of signal|: handover_exec |Command: .* --timeout=0\.2 .*(@|/fifo|memfd:)|Command: .* hold .* -- /tmp/fdp\.[^ /]*(/nothing)?$'

# One paragraph per descriptor. A descriptor with a stack was not inherited.
total=0 bad=0
for report in "$reports"/[0-9]*; do
	total=$((total + 1))
	ended=0
	! grep -Eq "$ends" "$report" || ended=1
	found=$(sed -E 's/^(==|--|\*\*)[0-9]+(==|--|\*\*) ?//' "$report" | awk -v RS= -v ended=$ended '
		/Open (file descriptor|AF_)/ && /\n *at / { if (!ended && !/proc_directory/) print; next }
		/ERROR SUMMARY: [1-9]/ { wrong = 1 }
		!/^(Memcheck|HEAP SUMMARY|All heap|LEAK SUMMARY|For |FILE DESC|Open |ERROR SUMMARY: 0)/ { told = told $0 "\n" }
		END { if (wrong) print told }')
	[ -z "$found" ] || {
		printf '%s: %s\n%s\n' "$report" "$(sed -n 's/.*Command: //p' "$report")" "$found"
		bad=$((bad + 1))
	}
done
echo "$total processes under valgrind, $bad with defects"
[ "$bad" = 0 ] || status=1
exit $status
