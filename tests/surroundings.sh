#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the tests do not depend on the environment: runs tests in several unusual environments. Not part of "make
# check", because it runs tests itself; .ci/run runs it. Prints TAP.
#
#	tests/surroundings.sh [TEST.bats]...	by default tests/recv.bats, run.bats, activate.bats, hold.bats and show.bats
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
builddir=${builddir:-$PWD/build}
export builddir
export FDPASS="${FDPASS:-$builddir/fdpass}" PEER="${PEER:-$builddir/tests/peers/peer}"
[ $# -gt 0 ] || set -- tests/recv.bats tests/run.bats tests/activate.bats tests/hold.bats tests/show.bats
log=$(mktemp /tmp/fdp.XXXXXX) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
count=0
failed=0

# under NAME COMMAND...: checks that the tests pass if COMMAND, with the tests as further arguments, runs them.
under()
{
	count=$((count + 1))
	name=$1
	shift
	if "$@" >"$log" 2>&1 </dev/null && ! grep -q '^not ok' "$log"; then
		echo "ok $count - $name: $(grep -c '^ok' "$log") tests pass"
	else
		failed=1
		echo "not ok $count - $name"
		sed -n '/^not ok/,/^ok/p' "$log" | grep -v '^ok' | head -n 100 | sed 's/^/# /'
	fi
}

skipped()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

# with SCRIPT TEST...: runs SCRIPT in a shell and then the tests; $0 in SCRIPT is the program that starts tests.
with()
{
	script=$1
	shift
	sh -c "$script"'; exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
}

under "SIGHUP and SIGINT ignored" with 'trap "" HUP INT' "$@"
under "umask 077" with 'umask 077' "$@"
under "64 open files at most" with 'ulimit -S -n 64' "$@"
under "as many open files as are allowed" with 'ulimit -n "$(ulimit -H -n)"' "$@"
under "no locale" with 'unset LANG LC_ALL LC_CTYPE' "$@"
under "an unknown locale" with 'export LC_ALL=xx_XX.unknown' "$@"
under "a long TMPDIR" with 'TMPDIR=$(mktemp -d)/$(printf %0120d 0); mkdir -p "$TMPDIR"; export TMPDIR' "$@"
under "descriptors from a service manager" with \
    'export LISTEN_FDS=3 LISTEN_PID=$$ LISTEN_FDNAMES=a:b:c LISTEN_PIDFDID=5 NOTIFY_SOCKET=/nowhere REMOTE_ADDR=outer' "$@"
under "open descriptors" with 'exec 5</dev/null 6</dev/null 7</dev/null 9</dev/null' "$@"
if unshare -n true 2>/dev/null; then
	# shellcheck disable=SC2016 # for the shell in there
	under "no IPv6" unshare -n sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up &&
	    exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
	# shellcheck disable=SC2016
	under "/proc mounted twice" unshare -m sh -c 'dir=$(mktemp -d) && mount -t proc proc "$dir" &&
	    exec sh tests/default-signals bats --formatter tap "$@"' sh "$@"
else
	skipped "no IPv6" "only root can create namespaces"
	skipped "/proc mounted twice" "only root can mount /proc"
fi
echo "1..$count"
exit $failed
