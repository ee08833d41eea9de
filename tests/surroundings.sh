#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the tests do not depend on the environment, by running tests in several unusual environments. This check
# is part of .ci/run, and not of "make check", because it runs tests itself. Prints TAP.
#
#	tests/surroundings.sh [TEST.bats]...	by default tests/recv.bats, run.bats, activate.bats, hold.bats and show.bats
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
builddir=${builddir:-$PWD/build}
export builddir
export FDPASS="${FDPASS:-$builddir/fdpass}" PEER="${PEER:-$builddir/tests/peers/peer}"
[ $# -gt 0 ] || set -- tests/recv.bats tests/run.bats tests/activate.bats tests/hold.bats tests/show.bats
work=$(mktemp -d /tmp/fdp.XXXXXX) || exit 1
export work
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# The number of environments in which tests run concurrently.
jobs=${JOBS:-$(($(nproc) * 2))}
started=0
reported=0
failed=0

# report: waits for the started tests, and prints their results in the order of their start.
report()
{
	wait
	while [ $reported -lt $started ]; do
		reported=$((reported + 1))
		file=$work/$reported
		if [ -e "$file.skip" ]; then
			echo "ok $reported - $(cat "$file.name") # SKIP $(cat "$file.skip")"
		elif [ -e "$file.passed" ] && grep -q '^ok' "$file.log" && ! grep -q '^not ok' "$file.log"; then
			echo "ok $reported - $(cat "$file.name"): $(grep -c '^ok' "$file.log") tests pass"
		else
			failed=1
			echo "not ok $reported - $(cat "$file.name")"
			sed -n '/^not ok/,/^ok/p' "$file.log" | grep -v '^ok' | head -n 100 | sed 's/^/# /'
			tail -n 3 "$file.log" | sed 's/^/# /'
		fi
	done
}

# under NAME COMMAND...: starts COMMAND with the test files as further arguments; the check NAME passes if COMMAND
# succeeds.
under()
{
	[ $((started - reported)) -lt "$jobs" ] || report
	started=$((started + 1))
	file=$work/$started
	echo "$1" >"$file.name"
	shift
	(! "$@" >"$file.log" 2>&1 </dev/null || : >"$file.passed") &
}

skipped()
{
	started=$((started + 1))
	echo "$1" >"$work/$started.name"
	echo "$2" >"$work/$started.skip"
}

# with SCRIPT TEST...: runs SCRIPT in a shell, which changes its environment, and then the test files in this shell.
with()
{
	script=$1
	shift
	sh -c "$script"'; exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
}

under "SIGHUP and SIGINT ignored" with 'trap "" HUP INT' "$@"
under "umask 077" with 'umask 077' "$@"
under "64 open files at most" with 'ulimit -S -n 64' "$@"
under "as many open files as are allowed" with \
    'ulimit -n "$(cat /proc/sys/fs/nr_open)" 2>/dev/null || ulimit -n "$(ulimit -H -n)"' "$@"
under "no locale" with 'unset LANG LC_ALL LC_CTYPE' "$@"
under "an unknown locale" with 'export LC_ALL=xx_XX.unknown' "$@"
if localedef -i en_US -f ISO-8859-1 "$work/en_US.ISO-8859-1" >/dev/null 2>&1; then
	under "a locale with another encoding" with 'export LOCPATH=$work LC_ALL=en_US.ISO-8859-1' "$@"
else
	skipped "a locale with another encoding" "localedef or the sources of locales are not installed"
fi
under "a long TMPDIR" with 'TMPDIR=$work/$(printf %0120d 0); mkdir "$TMPDIR"; export TMPDIR' "$@"
under "descriptors from a service manager" with \
    'export LISTEN_FDS=3 LISTEN_PID=$$ LISTEN_FDNAMES=a:b:c LISTEN_PIDFDID=5 NOTIFY_SOCKET=/nowhere REMOTE_ADDR=outer' "$@"
under "open descriptors" with 'exec 5</dev/null 6</dev/null 7</dev/null 9</dev/null' "$@"
if ! command -v ip >/dev/null; then
	skipped "no IPv6" "ip is not installed"
elif unshare -n true 2>/dev/null; then
	# shellcheck disable=SC2016 # the inner shell expands the variables
	under "no IPv6" unshare -n sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up &&
	    exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
else
	skipped "no IPv6" "only root can create namespaces"
fi
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016
	under "/proc mounted twice" unshare -m sh -c 'mkdir "$work/proc" && mount -t proc proc "$work/proc" &&
	    exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
else
	skipped "/proc mounted twice" "only root can mount /proc"
fi
report
echo "1..$started"
exit $failed
