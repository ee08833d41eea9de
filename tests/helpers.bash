# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Functions of this test suite, in addition to those of the bats library that fdpass installs (bats/fdpass.bash).
#
# $dir      a private directory of the test, whose path is short
# $FDPASS   the command under test, which make sets
# $PEER     tests/peers/peer, a peer that does not use libfdpass
# $top      the source tree

bats_require_minimum_version 1.5.0

top=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
builddir=${builddir:-$top/build}
export FDPASS=${FDPASS:-$builddir/fdpass}
export PEER=${PEER:-$builddir/tests/peers/peer}
export PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C TZ=UTC
umask 022
unset LISTEN_FDS LISTEN_PID LISTEN_PIDFDID LISTEN_FDNAMES NOTIFY_SOCKET WAYLAND_SOCKET REMOTE_ADDR REMOTE_PORT
# Tests use descriptor numbers up to 300, so the soft limit on open files must be higher. Tests that need a lower limit
# set the limit themselves.
(($(ulimit -S -n) >= 1024)) 2>/dev/null || ulimit -S -n 1024 2>/dev/null || true

# Libraries with general assertions. Debian's bats finds them; other versions of bats may need BATS_LIB_PATH.
for library in bats-support bats-assert; do
	bats_load_library "$library" || {
		echo "The tests need bats-support and bats-assert: run tools/install-deps --tests, or set BATS_LIB_PATH." >&2
		exit 1
	}
done
unset library

# shellcheck source=bats/fdpass.bash
source "$top/bats/fdpass.bash"

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
}

teardown() {
	fdpass_teardown
}

# requires PROGRAM...: skips the test if a program is missing. tools/install-deps --tests installs all these programs.
requires() {
	local program
	for program in "$@"; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

# not_under WORLD REASON: skips the test if the command runs under valgrind (tests/valgrind.sh) or qemu (tools/worlds).
not_under() {
	[[ ${FDPASS_WORLD-} != "$1" ]] || skip "$1 $2"
}

# kernel_has FEATURE: skips the test if, according to --version, the kernel does not support FEATURE.
kernel_has() {
	"$FDPASS" --version | grep -q "here:.* $1 yes" || skip "this kernel does not support $1"
}

# The size of struct cmsghdr: the length, which is as wide as a pointer, the level, and the type.
header_size=16
[[ $(od -An -tu1 -j4 -N1 "$builddir/fdpass" 2>/dev/null) -ne 1 ]] || header_size=12

# requires_root skips the test for users other than root, and requires_user skips it for root.
requires_root() {
	[[ $(id -u) == 0 ]] || skip "only root can run this test"
}

requires_user() {
	[[ $(id -u) != 0 ]] || skip "root is not restricted"
}

peer() {
	timeout --foreground -s KILL "$FDPASS_LIMIT" "$PEER" "$@" 3>&- 4>&-
}

# start_peer NAME ARG...: starts tests/peers/peer in the background. With -l, the peer listens when the function
# returns.
start_peer() {
	local name=$1
	shift
	fdpass_start "$name" "$PEER" "$@"
	case $1 in
	-l*) wait_until fdpass_has_line "$dir/$name.out" '^listening$' ;;
	esac
}

# clean COMMAND...: runs COMMAND with only descriptors 0, 1, 2 and the numbers in $keep open.
clean() (
	# The shell cannot close the descriptor from which it reads the script, but COMMAND does not inherit it.
	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		if ((fd > 2 && fd != 255)) && [[ " ${keep-} " != *" $fd "* ]]; then
			eval "exec $fd>&-"
		fi
	done
	exec timeout --foreground -s KILL "$FDPASS_LIMIT" "$@"
)

# assert_error STATUS [REGEX]: checks the exit status, and that the error is one line that starts with the program's
# name and matches REGEX.
assert_error() { # STATUS [REGEX]
	assert_equal "$status" "$1" || return 1
	local text=${stderr:-$output}
	[[ $(grep -c . <<<"$text") == 1 ]] || {
		fdpass_report "an error is one line" got "$text"
		return 1
	}
	assert_regex "$text" '^fdpass: ' || return 1
	[[ -z ${2-} ]] || assert_regex "$text" "$2"
}

# refused REGEX ARG...: checks that "fdpass $refused_verb ARG..." exits with 125 and an error that matches REGEX.
refused() {
	local why=$1
	shift
	run --separate-stderr fdpass "$refused_verb" "$@"
	assert_error 125 "$why"
}

# expects_messages: for the rest of the test, fdpass may print messages although it succeeds.
expects_messages() {
	messages=expected
}

# expects_of ARG...: calls expects_messages if --verbose is one of the arguments.
expects_of() {
	case " $* " in
	*" -v "* | *" --verbose "*) expects_messages ;;
	esac
}

# quiet TEXT: checks that TEXT, the standard error of fdpass, is empty. assert_success, finish and stop call this
# function in all tests.
quiet() {
	[[ -n ${messages-} ]] || ! grep -q '^fdpass: ' <<<"$1" || {
		fdpass_report "a message after success" "standard error" "$1"
		return 1
	}
}

eval "library_$(declare -f assert_success)"
assert_success() {
	library_assert_success || return 1
	quiet "${stderr-}"
}

finish() {
	fdpass_finish "$@" || return 1
	[[ $status != 0 ]] || quiet "$stderr"
}

stop() {
	fdpass_stop "$@" || return 1
	[[ $status != 0 ]] || quiet "$stderr"
}

# listens PATH: succeeds if a process listens on PATH. A PATH that exists may not accept connections yet, because
# listen(2) follows bind(2).
listens() {
	awk -v path="$1" '$8 == path && $4 == "00010000" { found = 1 } END { exit !found }' /proc/net/unix
}

# fd_count PID: prints the number of open descriptors of PID, without the directory in /proc that fdpass keeps open.
fd_count() {
	local -a open
	mapfile -t open < <(find "/proc/$1/fd" -mindepth 1 ! -lname "/proc/$1")
	echo "${#open[@]}"
}

# is_asleep PID: succeeds if process PID sleeps in a system call.
is_asleep() {
	[[ $(sed 's/.*) //; s/ .*//' "/proc/$1/stat") == S ]]
}

# idle_fd_count PID: waits until PID sleeps, and prints the same as fd_count. After the readiness notification, fdpass
# has more descriptors open until it has applied its sandbox.
idle_fd_count() {
	wait_until is_asleep "$1"
	fd_count "$1"
}

# lends NAME PEER COMMAND...: stops process NAME, starts COMMAND as PEER, and continues NAME when PEER has sent a
# lingering socket to NAME and closed its own duplicate.
lends() {
	local pid name=$2
	pid=$(pid_of "$1")
	shift 2
	kill -STOP "$pid"
	start "$name" "$@"
	wait_until fdpass_has_line "$dir/$name.out" '^let go$'
	kill -CONT "$pid"
}

# relay OPTION...: starts a relay from $dir/front to $dir/back and returns when it is ready.
relay() {
	start_ready relay relay "$@" "$dir/front" "$dir/back"
	before=$(idle_fd_count "$(pid_of relay)")
}

# relay_is_clean: succeeds if the relay has as many descriptors open as before its first client.
relay_is_clean() {
	[[ $(fd_count "$(pid_of relay)") == "$before" ]]
}

# keeper OPTION...: starts "fdpass hold -v" at $dir/store and returns when it is ready. Tests wait for events in the log
# that -v prints.
keeper() {
	start_ready keeper hold -v "$@" "$dir/store"
}

# done_requests N: succeeds if tests/peers/load has received at least N answers.
done_requests() {
	[[ $(tail -n 1 "$dir/load.out") =~ ^([0-9]+) ]] && ((BASH_REMATCH[1] >= $1))
}

# has_no_children PID: succeeds if process PID has no child.
has_no_children() {
	! pgrep -P "$1" >/dev/null
}

# expect_fds NUMBER...: checks that exactly these descriptors were open in COMMAND, according to the output of "peer
# fds" or "peer inherited" in $output.
expect_fds() {
	assert_equal "$(grep -E '^[0-9]+ ' <<<"$output" | cut -d ' ' -f 1 | paste -sd ' ')" "$*" \
	    "descriptors open in the command"
}

# variable NAME: prints the value of NAME in the output of "peer env".
variable() {
	sed -n "s/^$1=//p" <<<"$output"
}

# own_address: prints a loopback address that no concurrent test uses.
own_address() {
	echo "127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2))"
}

# get URL: prints the body of the response from URL.
get() {
	curl -s -m 5 --noproxy '*' "$@" 3>&- 4>&-
}

# answers URL TEXT: succeeds if the body of the response from URL is TEXT.
answers() {
	[[ $(get "$1") == "$2" ]]
}

# make_bundle RUNTIME: creates an OCI bundle with a shell in $dir/box, and skips the test if RUNTIME cannot run it here.
make_bundle() {
	local name
	requires_root
	requires busybox jq "$1"
	mkdir -p "$dir/box/rootfs/bin" "$dir/box/rootfs/proc" "$dir/box/rootfs/dev" "$dir/box/rootfs/sys"
	cp "$(command -v busybox)" "$dir/box/rootfs/bin/busybox"
	"$dir/box/rootfs/bin/busybox" true || skip "busybox does not run"
	for name in sh stty cat true; do
		ln -s busybox "$dir/box/rootfs/bin/$name"
	done
	(cd "$dir/box" && "$1" spec) >"$dir/probe" 2>&1 || skip "$1 cannot run here: $(tail -n 1 "$dir/probe")"
	cp "$dir/box/config.json" "$dir/config.json"
	jq '.process.terminal = false | .process.args = ["true"]' "$dir/config.json" >"$dir/box/config.json"
	(cd "$dir/box" && timeout 20 "$1" --root "$dir/state" run "fdp-$$") >"$dir/probe" 2>&1 3>&- 4>&- ||
		skip "$1 cannot run here: $(tail -n 1 "$dir/probe")"
	jq '.process.terminal = true | .process.args = ["sh"]' "$dir/config.json" >"$dir/box/config.json"
}

# Short names for functions and paths of the library that every test uses.
start() {
	expects_of "$@"
	fdpass_start "$@"
}
start_ready() {
	expects_of "$@"
	fdpass_start_ready "$@"
}
receive() { fdpass_receive "$@"; }
wait_until() { fdpass_wait_until "$@"; }
pid_of() { fdpass_pid "$@"; }
