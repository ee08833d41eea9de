#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests with files on a FUSE server that does not reply. Some system calls on these files block. fdpass makes system
# calls that can block only in helper processes.

load helpers

STUCKFS=${STUCKFS:-$builddir/tests/peers/stuckfs}

# FUSE opcodes of the requests that the kernel sends when a file is closed, and when a signal interrupts a wait for a
# reply.
FLUSH=25 INTERRUPT=36
# The server delays its replies by SILENT seconds. An action that takes TIME_LIMIT ms or more has waited for the server.
SILENT=20 TIME_LIMIT=10000

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	not_under valgrind "does not support helper processes, which wait for the server"
	requires_root
	[[ -c /dev/fuse ]] || skip "/dev/fuse does not exist"
	unshare -m true || skip "mount namespaces cannot be created here"
}

# stuck OPTION... -- COMMAND: runs COMMAND with descriptor 9, a file on a FUSE server that does not reply. Sets $took to
# the duration of COMMAND in ms, and $requests to the opcodes of the requests that the server received.
stuck() {
	local -a options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	mkdir -p "$dir/m"
	status=0
	"$STUCKFS" -t "$SILENT" "${options[@]}" "$dir/m" 9 -- "$@" >"$dir/out" 2>"$dir/err" 3>&- 4>&- || status=$?
	[[ $status != 77 ]] || skip "$(cat "$dir/err")"
	output=$(cat "$dir/out")
	took=$(sed -n 's/^stuckfs: \([0-9]*\) ms.*/\1/p' "$dir/err")
	requests=$(sed -n 's/^stuckfs: .*requests://p' "$dir/err")
	stderr=$(grep -v '^stuckfs: ' "$dir/err" || true)
}

# hold NAME [SECONDS]: opens a FUSE file in a process that sleeps, and sets $holder to the ID of this process.
hold() {
	mkdir -p "$dir/m"
	start "$1" "$STUCKFS" -t "${2-$SILENT}" "$dir/m" 9 -- sleep 60
	wait_until holder_runs "$(pid_of "$1")" || skip "$(cat "$dir/$1.err")"
}

holder_runs() {
	holder=$(pgrep -P "$1" -x sleep)
}

assert_prompt() {
	((took < TIME_LIMIT)) || {
		fdpass_report "it waited for the server: $took ms" output "$output" "standard error" "$stderr"
		return 1
	}
}

# assert_prompt_stop SENDER: stops r by SIGTERM. Checks that r exits within TIME_LIMIT, while SENDER still runs.
assert_prompt_stop() {
	local begin=$EPOCHREALTIME took
	stop r TERM
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	kill -0 "$(pid_of "$1")"
	assert_failure 143
	output="" stderr="" assert_prompt
}

# Checks that the FUSE server has received no requests except those that the closing of files causes.
assert_no_requests() {
	local opcode
	for opcode in $requests; do
		[[ $opcode == "$FLUSH" || $opcode == "$INTERRUPT" ]] || {
			fdpass_report "the server received requests" opcodes "$requests"
			return 1
		}
	done
}

@test "for comparison, a program that exits with a FUSE file open hangs until the server replies" {
	SILENT=2 stuck -- true
	((took >= 1500))
}

@test "for comparison, lsfd hangs when it inspects a FUSE file" {
	requires lsfd
	local begin=$EPOCHREALTIME
	hold h 3
	timeout -s KILL 2 lsfd -p "$holder" >"$dir/out" 2>&1 3>&- 4>&- || true
	local took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	((took >= 1900)) || skip "this lsfd does not hang"
}

@test "for comparison, strace -yy hangs when it describes a received FUSE file, but recv alone does not" {
	requires strace
	mkdir -p "$dir/m"
	start_ready r recv --json "$dir/s"
	start sender "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x fds=9 send close
	finish r
	assert_success
	assert_json '.ancdata[0].fds[0].kind' regular
	stop sender
	local begin=$EPOCHREALTIME
	SILENT=3
	start tracer timeout -s KILL 10 strace -f -yy -e trace=recvmsg -o "$dir/trace" "$FDPASS" recv --json --wait=5 "$dir/t"
	wait_until listens "$dir/t"
	start sender "$STUCKFS" -t 3 "$dir/m" 9 -- "$PEER" "$dir/t" data=x fds=9 send close
	finish tracer
	((${EPOCHREALTIME/./} - ${begin/./} >= 2500000)) || skip "this strace does not hang"
}

@test "show describes a FUSE file immediately, without a request to the FUSE server" {
	stuck -- "$FDPASS" show 9
	assert_success
	assert_prompt
	assert_no_requests
	assert_regex "$output" '^fd 9: regular file ".*/m/file", read-only, offset 0, 5 bytes, device .*, on fuse.stuckfs$'
}

@test "show describes all inherited descriptors immediately, even if one is a FUSE file" {
	stuck -- "$FDPASS" show --json
	assert_success
	assert_prompt
	assert_no_requests
	assert_json 'select(.fd == 9) | [.kind, .size, .regular.filesystem]' '["regular",5,"fuse.stuckfs"]'
}

@test "show describes a FUSE file of another process immediately" {
	hold h
	local begin=$EPOCHREALTIME took
	run fdpass show "pid:$holder:9"
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	assert_success
	assert_regex "$output" "^pid $holder \\(sleep\\): fd 9: regular file \".*/m/file\""
	assert_regex "$output" 'its path is not in this mount namespace'
	((took < TIME_LIMIT))
	kill -0 "$holder"
}

@test "show does not hang if standard input is a FUSE file" {
	mkdir -p "$dir/m"
	"$STUCKFS" -t "$SILENT" "$dir/m" 0 -- "$FDPASS" show 0 >"$dir/out" 2>"$dir/err" 3>&- 4>&-
	took=$(sed -n 's/^stuckfs: \([0-9]*\) ms.*/\1/p' "$dir/err")
	assert_regex "$(cat "$dir/out")" '^fd 0: regular file'
	output="" stderr="" assert_prompt
}

@test "recv shows a FUSE file and exits, while a helper process is still closing the file" {
	mkdir -p "$dir/m"
	start_ready r recv --json "$dir/s"
	start sender "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x fds=9,9,9 send close
	finish r
	kill -0 "$(pid_of sender)" # the sender exits only when the server stops delaying
	assert_success
	assert_kinds regular regular regular
	assert_json '.ancdata[0].fds[0].problems' '["its path is not in this mount namespace"]'
}

@test "the reader of recv's output gets end of file, while a helper process is still closing a FUSE file" {
	mkdir -p "$dir/m"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start reader bash -c '"$FDPASS" recv "$1/s" | cat >"$1/copy"; echo over >"$1/over"' - "$dir"
	wait_until listens "$dir/s"
	start sender "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x fds=9 send close
	finish reader
	kill -0 "$(pid_of sender)"
	assert_regex "$(cat "$dir/copy")" 'regular file'
	assert_equal "$(cat "$dir/over")" over
}

@test "recv exits after refusing a message, without waiting until the message's FUSE files are closed" {
	mkdir -p "$dir/m"
	start_ready r recv -n 1 "$dir/s" true
	start sender "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x fds=9,9 send close
	finish r
	kill -0 "$(pid_of sender)"
	assert_failure 125
}

@test "COMMAND gets a FUSE file immediately at any number, while a helper process closes the duplicates" {
	local place
	mkdir -p "$dir/m"
	for place in 20 0 3; do
		# The shell would hang at its exit, so the shell waits until the server is stopped, and the test kills
		# the shell.
		start_ready r recv --fd="$place" "$dir/s" sh -c 'echo ran; read -r _ <"$1"' - "$dir/never"
		mkfifo "$dir/never"
		start sender "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x fds=9 send close
		wait_until fdpass_has_line "$dir/r.out" ran
		kill -0 "$(pid_of sender)"
		stop sender || true
		kill -KILL "$(pid_of r)"
		finish r
		rm "$dir/never"
	done
}

@test "an epoll instance is shown without its targets while another process holds its lock" {
	stuck -e -- "$FDPASS" show --json 9
	assert_success
	assert_prompt
	assert_json '[.kind, .epoll.targets, .problems]' \
	    '["epoll",null,["some properties are missing: a query timed out, probably because another process holds a kernel lock"]]'
}

# lend NAME COUNT [TYPE [DATA [ACTION]]]: sends COUNT descriptors of a FUSE file to $dir/s, and then closes the
# connection.
lend() {
	local -a many
	mapfile -t many < <(yes 9 | head -n "$2")
	mkdir -p "$dir/m"
	start "$1" "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" -t "${3-stream}" "$dir/s" data="${4-x}" \
	    fds="$(IFS=, && echo "${many[*]}")" send "${5-close}"
}

@test "a signal terminates recv -k, and the reader of its output gets end of file, while a close hangs in a helper" {
	local signal begin took
	for signal in TERM KILL; do
		# shellcheck disable=SC2016 # the inner shell expands the variables
		start reader bash -c '{ echo "$BASHPID" >"$1/pid"; exec "$FDPASS" recv -k "$1/s"; } |
		    { cat >"$1/copy"; echo over >"$1/over"; }' - "$dir"
		wait_until listens "$dir/s"
		lend sender 1
		wait_until has_stuck_helper "$dir/copy"
		begin=$EPOCHREALTIME
		kill -"$signal" "$(cat "$dir/pid")"
		wait_until test -e "$dir/over"
		took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
		kill -0 "$(pid_of sender)"
		output="" stderr="" assert_prompt
		kill -KILL "$(pid_of sender)"
		finish sender
		finish reader
		rm -f "$dir/over" "$dir/copy" "$dir/s" "$dir/pid"
	done
}

# The message was shown, and at least three processes exist: recv, the process that closes descriptors, and a process
# that hangs. recv may not have detected the hang yet.
has_stuck_helper() {
	[[ -s $1 ]] && (($(pgrep -c -f "^$FDPASS recv -k $dir/s") >= 3))
}

@test "a signal terminates recv immediately even if it has received a file whose close hangs" {
	start_ready r recv -n 2 "$dir/s" true
	lend sender 1 stream x wait
	wait_until has_stuck_file "$(pid_of r)"
	assert_prompt_stop sender
}

has_stuck_file() {
	[[ -n $(find "/proc/$1/fd" -lname '*/m/file' 2>/dev/null) ]]
}

@test "250 files whose close hangs do not delay another client of recv -k" {
	local begin took
	start_ready r recv -k "$dir/s"
	lend sender 250
	wait_until fdpass_has_line "$dir/r.out" 'regular file'
	begin=$EPOCHREALTIME
	peer "$dir/s" data=another send
	wait_until fdpass_has_line "$dir/r.out" another
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	kill -0 "$(pid_of sender)"
	# One after another, the closes would take 20 ms each, 5 s in total.
	((took < 4000))
	stop r
}

@test "SIGTERM terminates hold promptly even if it stores 250 files whose close hangs" {
	local begin took
	start_ready r hold --max-fds=300 "$dir/s"
	lend sender 250 dgram $'FDSTORE=1\nFDPOLL=0'
	wait_until has_stuck_file "$(pid_of r)"
	begin=$EPOCHREALTIME
	stop r TERM
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	kill -0 "$(pid_of sender)"
	assert_failure 143
	((took < 2500))
}

@test "750 files whose close hangs, more than can be closed concurrently, delay neither --timeout nor a signal" {
	local begin took
	start_ready r recv -n 751 -w 6 "$dir/s" true
	lend_many sender
	wait_until holds_files "$(pid_of r)" 750
	begin=$EPOCHREALTIME
	finish r
	took=$(((${EPOCHREALTIME/./} - ${begin/./}) / 1000))
	kill -0 "$(pid_of sender)"
	assert_failure 124
	output="" stderr="" assert_prompt
	start_ready r recv -n 751 "$dir/s" true
	lend_many sender2
	wait_until holds_files "$(pid_of r)" 750
	assert_prompt_stop sender2
}

# lend_many NAME: sends three messages with 250 descriptors of a FUSE file each.
lend_many() {
	local -a many
	mapfile -t many < <(yes 9 | head -n 250)
	mkdir -p "$dir/m"
	start "$1" "$STUCKFS" -t "$SILENT" "$dir/m" 9 -- "$PEER" "$dir/s" data=x \
	    fds="$(IFS=, && echo "${many[*]}")" send=3 wait
}

holds_files() {
	(($(find "/proc/$1/fd" -lname '*/m/file' 2>/dev/null | wc -l) == $2))
}
