#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs a sample of the fault injections of "make proof", and checks that the fault injection detects the defects of
# tests/proof/defect.c. Prints TAP.
set -u
log=$(mktemp /tmp/fdp.XXXXXX) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
faults=${srcdir:-.}/tests/proof/faults.sh

"${SHELL:-sh}" "$faults" -n "${FAULTS_COUNT:-300}" >"$log" 2>&1 </dev/null
status=$?
if [ "$status" -eq 77 ]; then
	echo "1..0 # SKIP $(tail -n 1 "$log")"
	exit 0
fi
echo 1..5
sed 's/^/# /' "$log"
result='not ok'
[ "$status" -eq 0 ] && result=ok
echo "$result 1 - every system call can fail: $(tail -n 1 "$log")"

number=1
for defect in keeps stops drops silent; do
	number=$((number + 1))
	result='not ok' found=0
	"${SHELL:-sh}" "$faults" -d "$defect" -n 1500 -s recv_command -s recv_json -s relay_stream -s send_files \
	    >"$log" 2>&1 </dev/null || found=$?
	if [ "$found" -eq 77 ]; then
		echo "ok $number # SKIP $(tail -n 1 "$log")"
		continue
	elif [ "$found" -ne 0 ] && grep -q '^[1-9][0-9]* injections, [1-9]' "$log"; then
		result=ok
	else
		status=1
		sed 's/^/# /' "$log"
	fi
	echo "$result $number - a planted defect ($defect) is detected: $(tail -n 1 "$log")"
done
exit "$status"
