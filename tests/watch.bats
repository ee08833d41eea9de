#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of watch, which shows the messages of programs that it starts or attaches to, without affecting the programs.

load helpers

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	not_under valgrind "executes the command, which is then traced"
	not_under qemu "does not support ptrace"
}

# LeakSanitizer does not work in a traced process.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

PASSER=$top/tests/peers/passer.py
MKFD=${MKFD:-$builddir/tests/peers/mkfd}

# program: starts tests/peers/passer.py, which executes the orders of order(), and sets $program to its process ID.
program() {
	mkfifo "$dir/orders"
	python3 "$PASSER" <"$dir/orders" >"$dir/answers" 2>&1 3>&- 4>&- &
	program=$!
	exec 7>"$dir/orders"
	answers=0
	wait_until fdpass_has_line "$dir/answers" '^ready$'
}

has_answers() {
	[[ $(grep -c '^done' "$dir/answers") -ge $1 ]]
}

# order ORDER: sends ORDER to $program, waits until the program reports "done", and sets $answer to its reply.
order() {
	echo "$*" >&7
	answers=$((answers + 1))
	wait_until has_answers "$answers"
	answer=$(grep '^done' "$dir/answers" | sed -n "${answers}s/^done *//p")
}

# attach OPTION...: attaches watch to $program.
attach() {
	start_ready watch watch --json "$@" "$program"
}

# has_messages N: succeeds if watch has shown at least N messages.
has_messages() {
	[[ $(grep -c . "$dir/watch.out") -ge $1 ]]
}

# detach: terminates watch, and sets $output to its output.
detach() {
	stop watch TERM
	assert_failure 143
	assert_equal "$stderr" ""
}

# state PID: prints the state of process PID in /proc/PID/stat, such as R, S, T, t or Z.
state() {
	sed 's/.*) //; s/ .*//' "/proc/$1/stat"
}

is_in_state() {
	[[ $(state "$1") == [$2] ]]
}

is_untraced() {
	[[ $(awk '/^TracerPid:/ { print $2 }' "/proc/$1/status") == 0 ]]
}

# started OPTION... -- ORDER...: runs passer.py under watch. Sets $output to the output of watch, and $answer to the
# output of passer.py.
started() {
	local -a options=()
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	rm -f "$dir/shown"
	run --separate-stderr fdpass watch --json --output="$dir/shown" "${options[@]}" -- python3 "$PASSER" "$@"
	answer=$output
	output=$(<"$dir/shown")
}

teardown() {
	exec 7>&- || true
	[[ -z ${program-} ]] || kill -KILL "$program" 2>/dev/null || true
	fdpass_teardown
}

@test "watch shows messages of a started program on standard error, and keeps the program's output and exit status" {
	run --separate-stderr fdpass watch -- python3 "$PASSER" "send /etc/hosts" "exit 7"
	assert_failure 7
	assert_equal "$output" ""
	assert_regex "$stderr" '^message 1 sent by process [0-9]+ \(python3\): 5 bytes, 1 descriptor'
	assert_regex "$stderr" 'data "hello"'
	assert_regex "$stderr" 'fd [0-9]+: regular file "/etc/hosts", read-only, offset 7'
	assert_regex "$stderr" 'through fd [0-9]+: socket AF_UNIX SOCK_STREAM'
	assert_regex "$stderr" 'message 2 received by process [0-9]+ \(python3\): 5 bytes, 1 descriptor'
}

@test "watch shows a message when it is sent and when it is received, with the descriptor numbers of the program" {
	started -- "send /etc/hosts"
	assert_success
	assert_json '[.direction, .comm, .nbytes, .data, .errno, .connection] | join(",")' $'sent,python3,5,hello,,\nreceived,python3,5,hello,,'
	# passer.py first creates the socket pair, at the lowest free numbers, and then opens the file at the next
	# number.
	local first
	first=$(head -n 1 <<<"$output" | jq .socket.fd)
	((first >= 3))
	assert_json '.ancdata[0].fds[0] | [.fd, .kind, .path, .access, .offset, .cloexec] | join(",")' \
	    "$((first + 2)),regular,/etc/hosts,r,7,true"$'\n'"$((first + 2)),regular,/etc/hosts,r,7,false"
	assert_json '.socket.fd' "$first"$'\n'"$((first + 1))"
	assert_json '.pid == .peer.pid' $'true\ntrue'
	assert_json 'keys_unsorted[-7:] | join(",")' "$(printf 'problems,pid,comm,comm_base64,errno,errno_value,socket,peer_inode\n%.0s' 1 2 | sed 's/^problems,//')"
}

@test "watch --only=KIND omits messages that contain no descriptor of KIND" {
	started --only=char-device,socket:listening -- "send /etc/hosts" "send /dev/null" bad plain
	assert_json '[.ancdata[0].fds[0].kind, .message] | join(",")' $'char-device,1\nchar-device,2'
	run --separate-stderr fdpass watch --only=regular,nothing -- true
	assert_error 125 'unknown kind .nothing.'
}

@test "--max-data and --only-fds limit the output of watch" {
	started --max-data=4 -- "text äöü" "send /etc/hosts"
	assert_json '[.data, .data_omitted, .nbytes] | join(",")' $'äö,2,6\näö,2,6\nhell,1,5\nhell,1,5'
	started --all --only-fds -- plain "send /etc/hosts"
	assert_json '[.message, .data] | join(",")' $'1,hello\n2,hello'
	started -- "text $(printf '%0100000d' 7)"
	assert_json 'select(.direction == "sent") | [.nbytes, (.data | length), .data_omitted] | join(",")' 100000,100000,0
}

@test "job control stops and continues a program under watch as without watch" {
	local program='echo begun; read x; exit 9'
	run --separate-stderr timeout -s KILL "$FDPASS_LIMIT" "$top/tests/peers/jobcontrol.py" sh -c "$program"
	assert_success
	assert_equal "$output" $'SIGTSTP\ncontinued\nSIGSTOP\ncontinued\nexit 9'
	local expected=$output
	run --separate-stderr timeout -s KILL "$FDPASS_LIMIT" "$top/tests/peers/jobcontrol.py" \
	    "$FDPASS" watch --output="$dir/shown" -- sh -c "$program"
	assert_equal "$output" "$expected"
}

@test "watch cannot trace a program that another watch traces, and its error contains the reason" {
	run --separate-stderr fdpass watch -- "$FDPASS" watch -- true
	assert_error 125 'process [0-9]+ is already traced by process [0-9]+ \(fdpass\)'
}

@test "watch shows the offset that a file had when it was sent, before the receiver reads the file" {
	started --no-follow -- "reader /etc/hosts 50"
	assert_equal "$(jq -r '[.direction, .ancdata[0].fds[0].offset] | join(",")' <<<"$output" | sort | uniq -c | xargs)" "50 sent,7"
}

@test "watch shows messages without control messages only with --all" {
	started -- plain
	assert_equal "$output" ""
	started --all -- plain
	assert_json '[.direction, .data, (.ancdata | length)] | join(",")' $'sent,plain,0\nreceived,plain,0'
}

@test "watch shows a failed sendmsg(2) with its error" {
	started -- bad
	assert_equal "$answer" 9
	assert_json '[.direction, .nbytes, .errno, .errno_value] | join(",")' sent,,EBADF,9
	assert_json '.ancdata[0].fds[0] | .fd, .problems[0]' $'999\nnot open'
}

@test "watch describes all 253 descriptors of one message" {
	started -- "many 253"
	assert_json '.ancdata[0].fds | length' $'253\n253'
	assert_json '[.ancdata[0].fds[].path] | unique | join(",")' $'/dev/null\n/dev/null'
}

@test "watch shows each message of sendmmsg(2) and recvmmsg(2)" {
	started -- "batch 5"
	assert_equal "$answer" "5 5"
	assert_json '[.direction, .data] | join(",")' "$(for d in sent received; do for i in 0 1 2 3 4; do echo $d,$i; done; done)"
}

@test "watch parses a control message with an invalid length as the kernel does" {
	started -- lie
	assert_equal "$answer" 22
	assert_json '.errno' EINVAL
	assert_json '.ancdata[0] | .truncated, .length' $'true\n8'
}

@test "watch reports control data that it cannot read as a problem of the message" {
	started -- unreadable
	assert_equal "$answer" 14
	assert_json '.errno' EFAULT
	assert_json '.problems[0]' 'the control data cannot be read: Bad address'
}

@test "watch shows messages of a 32-bit program, with and without socketcall(2)" {
	[[ $(uname -m) == x86_64 ]] || skip "needs x86-64"
	${CC:-cc} -m32 -O1 -nostdlib -static -ffreestanding -fno-pic -fno-stack-protector -o "$dir/passer32" \
	    "$top/tests/peers/passer32.c" 2>/dev/null || skip "the compiler does not support 32-bit programs"
	run --separate-stderr "$dir/passer32" </etc/hosts
	[[ $status == 32 ]] || skip "the kernel does not support 32-bit programs"
	run --separate-stderr fdpass watch --json -- "$dir/passer32" </etc/hosts
	assert_failure 32
	output=$stderr
	assert_json '[.direction, .data, .ancdata[-1].fds[0].path] | join(",")' \
	    $'sent,32,/etc/hosts\nreceived,32,/etc/hosts\nsent,32,/etc/hosts\nreceived,32,/etc/hosts'
	assert_json '.problems | length' $'0\n0\n0\n0'
	assert_json 'select(.message == 4).ancdata[0] | [.type, .timestamp.time[:2]] | join(",")' 'SCM_TIMESTAMP,20'
}

@test "watch shows each end of a socket pair with the inode of the other end" {
	started -- "send /etc/hosts"
	assert_equal "$(jq -s '.[0].socket.inode == .[1].peer_inode and .[1].socket.inode == .[0].peer_inode' <<<"$output")" true
}

@test "watch shows the new peer of a datagram socket after the program has connected the socket to another peer" {
	started -- reconnect
	assert_equal "$(jq -r .peer_inode <<<"$output" | xargs)" "$answer"
}

@test "watch does not fail if another thread changes headers and control data during the system call" {
	started -- "races 200" "send /etc/hosts"
	assert_success
	jq -e . <<<"$output" >/dev/null
	assert_json 'select(.data == "hello").ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts'
	[[ $(jq -s length <<<"$output") -gt 100 ]]
}

@test "watch traces children, executed programs and threads of a started program" {
	started -- "fork /etc/hosts" "vfork /etc/hosts" "thread /etc/hosts"
	assert_success
	assert_json '.direction' $'sent\nreceived\nsent\nreceived\nsent\nreceived'
	# shellcheck disable=SC2086 # word splitting is intended
	assert_json '.pid' "$(set -- $answer; printf '%s\n' "$1" "$1" "$2" "$2"; jq -r 'select(.message > 4).pid' "$dir/shown")"
}

@test "watch --no-follow does not trace children of a started program" {
	started --no-follow -- "fork /etc/hosts" "vfork /etc/hosts" "send /etc/passwd"
	assert_success
	assert_json '.ancdata[0].fds[0].path' $'/etc/passwd\n/etc/passwd'
}

@test "watch exits with 127 if COMMAND is not found, and with 126 if COMMAND cannot be executed" {
	run -127 --separate-stderr fdpass watch -- "$dir/nothing"
	assert_error 127 "watch: cannot run $dir/nothing: No such file or directory"
	touch "$dir/file"
	run --separate-stderr fdpass watch -- "$dir/file"
	assert_error 126 "watch: cannot run $dir/file: Permission denied"
}

@test "watch is terminated by the signal that killed a started program" {
	run --separate-stderr fdpass watch -- python3 "$PASSER" kill
	assert_failure 137
}

@test "a program under watch has the same parent, descriptors and signals as without watch" {
	local report='echo $PPID; ls /proc/self/fd; grep -E "Sig(Blk|Ign|Cgt)" /proc/self/status'
	run --separate-stderr clean sh -c 'echo $$; trap "" USR1; exec "$@"' sh "$FDPASS" watch --output=/dev/null -- sh -c "$report"
	assert_success
	local watched=$output
	run --separate-stderr clean sh -c 'echo $$; trap "" USR1; exec "$@"' sh sh -c "$report"
	assert_equal "$(sed 1,2d <<<"$watched")" "$(sed 1,2d <<<"$output")"
}

@test "watch attaches to a running program and leaves it running" {
	program
	attach
	order send /etc/hosts
	wait_until has_messages 2
	detach
	assert_json '.ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts'
	assert_json '.pid' "$program"$'\n'"$program"
	is_untraced "$program"
	order send /etc/hosts
}

@test "watch -v reports that messages without control messages are omitted, unless --all is given" {
	program
	attach -v
	stop watch
	assert_regex "$stderr" 'attached to 1 process, .*; only messages with control messages are shown [(]--all shows all[)]'
	attach -v --all
	stop watch
	refute_regex "$stderr" 'only messages'
}

@test "watch traces threads and children of a running program" {
	program
	attach
	order thread /etc/hosts
	order fork /etc/hosts
	wait_until has_messages 4
	detach
	assert_json '.direction' $'sent\nreceived\nsent\nreceived'
	assert_json '.pid' "$(printf '%s\n' "$program" "$program" "$answer" "$answer")"
}

@test "watch closes its descriptors for processes and threads that have exited" {
	program
	attach
	order send /etc/hosts
	wait_until has_messages 2
	local before i
	before=$(find "/proc/$(pid_of watch)/fd" -type l | wc -l)
	for i in {1..10}; do
		order fork /etc/hosts
		order thread /etc/hosts
	done
	order send /etc/hosts
	wait_until has_messages 44
	wait_until eval '(($(find "/proc/$(pid_of watch)/fd" -type l | wc -l) <= '"$before"'))'
	detach
}

@test "--no-follow detaches from children of a running program" {
	program
	attach --no-follow
	# ptrace(2) reports this child like a thread (PTRACE_EVENT_CLONE), because it sends no signal when it exits.
	order nap
	local child=$answer
	((child > 0))
	wait_until is_untraced "$child"
	kill -KILL "$child"
	order fork /etc/hosts
	order vfork /etc/hosts
	order thread /etc/passwd
	wait_until has_messages 2
	detach
	assert_json '.ancdata[0].fds[0].path' $'/etc/passwd\n/etc/passwd'
}

@test "watch continues to trace a running program when one of its threads executes another program" {
	program
	attach
	order exec
	order send /etc/hosts
	wait_until has_messages 2
	order thread-exec
	order send /etc/passwd
	wait_until has_messages 4
	detach
	assert_json '.ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts\n/etc/passwd\n/etc/passwd'
}

@test "watch traces a program whose first thread has exited" {
	program
	attach
	order leader-exit /etc/hosts
	wait_until has_messages 4
	detach
	assert_json 'select(.message < 3).ancdata[0].fds[0] | [.path, .offset] | join(",")' $'/etc/hosts,7\n/etc/hosts,7'
	assert_json 'select(.message == 1) | .pid, .socket.cloexec' "$program"$'\ntrue'
	# watch can also attach to a program whose first thread has exited.
	attach
	wait_until has_messages 2
	detach
}

@test "no signal to a traced program is lost or duplicated" {
	program
	attach
	order signals 200
	detach
	assert_equal "$answer" 200
	started -- "signals 200"
	assert_equal "$answer" 200
}

@test "a stopped program stays stopped when watch attaches, runs and detaches" {
	program
	attach
	echo stop >&7
	wait_until is_in_state "$program" Tt
	detach
	is_in_state "$program" T
	attach
	is_in_state "$program" Tt
	kill -CONT "$program"
	answers=$((answers + 1))
	wait_until has_answers "$answers"
	order send /etc/hosts
	wait_until has_messages 2
	detach
	is_untraced "$program"
}

@test "SIGINT terminates watch, and the running program continues" {
	program
	start watch env --default-signal=INT "$FDPASS" watch --json --ready-fd=2 "$program"
	wait_until fdpass_has_line "$dir/watch.err" '^$'
	order send /etc/hosts
	stop watch INT
	assert_failure 130
	is_untraced "$program"
	order send /etc/hosts
}

@test "SIGTERM, SIGHUP and SIGKILL terminate watch, and the running program continues" {
	local signal
	program
	for signal in TERM HUP KILL; do
		attach
		order send /etc/hosts
		stop watch $signal
		is_untraced "$program"
		order send /etc/hosts
	done
}

@test "watch exits when the running program that it traces exits" {
	program
	attach
	echo "exit 3" >&7
	finish watch
	assert_success
	assert_equal "$stderr" ""
}

@test "watch exits when the traced programs have exited, even if it inherited a child" {
	program
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start watch bash -c 'sleep 100 3>&- 4>&- & echo $! >"$2"; exec "$0" watch --json --ready-fd=2 "$1"' "$FDPASS" "$program" "$dir/child"
	wait_until fdpass_has_line "$dir/watch.err" '^$'
	order fork /etc/hosts
	order orphan /etc/passwd
	echo "exit 3" >&7
	finish watch
	kill "$(<"$dir/child")"
	assert_success
	assert_json '.ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts\n/etc/passwd\n/etc/passwd'
}

@test "data in memory that another thread must supply first (userfaultfd) delays neither the program nor watch" {
	program
	attach
	order lazy
	[[ $answer != none ]] || skip "userfaultfd is not available"
	wait_until has_messages 2
	detach
	assert_json '[.direction, .nbytes, .data, .problems[0]] | join(",")' \
	    $'sent,5,,the data cannot be read: timed out\nreceived,5,hello,'
}

@test "the memory of watch does not grow with each system call that a signal interrupts" {
	local ASAN_OPTIONS=${ASAN_OPTIONS-}:quarantine_size_mb=1
	export ASAN_OPTIONS
	started -- "interrupted 300"
	assert_success
	# 10 MB, while the 300 interrupted calls have 200 KB of data each.
	((answer < 10000))
}

@test "if a process cannot be traced, the error of watch contains the reason" {
	run --separate-stderr fdpass watch 2147483647
	assert_error 125 'process 2147483647: no such process'
	run --separate-stderr fdpass watch x
	assert_error 125 "invalid process ID 'x'"
	run --separate-stderr fdpass watch pid:1
	assert_error 125 "invalid process ID 'pid:1': write 1, without pid:"
	run --separate-stderr fdpass watch
	assert_error 125 'missing PID'
	run --separate-stderr fdpass watch --
	assert_error 125 'missing COMMAND'
	run --separate-stderr fdpass watch 1 -- true
	assert_error 125 'PID and COMMAND are mutually exclusive'
	program
	attach
	run --separate-stderr fdpass watch "$program"
	assert_error 125 "process $program is already traced by process $(pid_of watch) \(fdpass\)"
	detach
	run --separate-stderr fdpass watch "$program" "$program"
	assert_error 125 "process $program: specified twice"
	order send /etc/hosts
	sh -c 'exit 0 & exec sleep 100' 3>&- 4>&- &
	local parent=$! zombie=
	wait_until eval "zombie=\$(ps -o pid= -o stat= --ppid $parent | awk '\$2 ~ /Z/ { print \$1 }'); [[ -n \$zombie ]]"
	run --separate-stderr fdpass watch "$zombie"
	kill "$parent"
	assert_error 125 "process $zombie: has already exited"
}

@test "watch needs CAP_SYS_PTRACE for a process of another user" {
	requires_root
	requires setpriv
	program
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$FDPASS" watch "$program"
	assert_error 125 "process $program: cannot be traced: it belongs to uid 0; tracing it needs CAP_SYS_PTRACE"
}

@test "if tracing is not permitted, the error of watch contains ptrace_scope or CAP_SYS_PTRACE" {
	requires_root
	requires setpriv unshare
	unshare --mount true 2>/dev/null || skip "mount namespaces are not available"
	local nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups) scope
	"${nobody[@]}" /usr/bin/python3 -c 'import ctypes, time
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
print("not dumpable", flush=True)
time.sleep(1000)' >"$dir/undumpable" 3>&- 4>&- &
	program=$!
	wait_until test -s "$dir/undumpable"
	local -A reasons=(
		[none]='it is not dumpable, has more privileges, or is in another user namespace; tracing it needs CAP_SYS_PTRACE in its user namespace'
		[1]='kernel.yama.ptrace_scope is 1; attaching needs CAP_SYS_PTRACE'
		[2]='kernel.yama.ptrace_scope is 2; attaching needs CAP_SYS_PTRACE'
		[3]='kernel.yama.ptrace_scope is 3, which forbids all tracing'
	)
	for scope in "${!reasons[@]}"; do
		# A tmpfs replaces /proc/sys/kernel, because the running kernel may lack Yama.
		# shellcheck disable=SC2016 # the inner shell expands the variables
		run --separate-stderr unshare --mount sh -c '
			mount -t tmpfs none /proc/sys/kernel || exit 99
			[ "$0" = none ] || { mkdir /proc/sys/kernel/yama && echo "$0" >/proc/sys/kernel/yama/ptrace_scope; }
			exec "$@"' "$scope" "${nobody[@]}" "$FDPASS" watch "$program"
		[[ $status != 99 ]] || skip "file systems cannot be mounted here"
		assert_equal "$status $stderr" "125 fdpass: watch: process $program: cannot be traced: ${reasons[$scope]}"
	done
	kill "$program"
	program
	run --separate-stderr setpriv --bounding-set=-sys_ptrace "$FDPASS" watch "$program"
	assert_error 125 "process $program: cannot be traced: ${reasons[none]}"
}

@test "an unprivileged user can start and trace a program with watch" {
	requires_root
	requires setpriv
	chmod 777 "$dir"
	# The user may be unable to read passer.py in the source tree.
	install -m 644 "$PASSER" "$dir/passer.py"
	run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups "$FDPASS" watch --json -- \
	    python3 "$dir/passer.py" "send /etc/hosts"
	assert_success
	assert_json '.ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts' "$stderr"
}

@test "watch handles many execs, forks, exiting threads and io_uring calls" {
	expects_messages
	started -- "storm 50" "threads 50" uring
	assert_success
	assert_equal "$(jq -s length <<<"$output")" 100
	[[ $answer != *0 ]] || assert_regex "$stderr" 'process [0-9]+ \(python3\) uses io_uring; messages sent or received with io_uring are not shown'
}

@test "watch reports once that a running program uses io_uring" {
	program
	order uring
	[[ $answer == 0 ]] || skip "io_uring is not available"
	attach
	stop watch
	assert_regex "$stderr" "^fdpass: watch: process $program \(python3\) uses io_uring; messages sent or received with io_uring are not shown\$"
}

@test "watch handles a signal every millisecond, many forks, and threads that are killed while sending" {
	started -- "ticks 200"
	assert_success
	assert_equal "$answer" 200
	assert_equal "$(jq -s '[.[] | .direction] | group_by(.) | map(length) | join(",")' -r <<<"$output")" 200,200
	started -- "bomb 5"
	assert_success
	assert_equal "$(jq -s 'length, ([.[].pid] | unique | length)' <<<"$output" | xargs)" "126 63"
	started -- suicide
	assert_failure 137
	[[ $(grep -c . <<<"$output") -gt 0 ]]
	jq -e . <<<"$output" >/dev/null
	program
	attach
	order ticks 200
	order bomb 5
	wait_until has_messages 526
	echo suicide >&7
	finish watch
	assert_success
	jq -e . <<<"$output" >/dev/null
}

@test "a program that installs a seccomp filter behaves under watch as without watch" {
	local answers action
	for action in 95 trace; do
		run --separate-stderr python3 "$PASSER" "seccomp $action" "send /etc/hosts"
		answers=$output
		[[ $answers != unfiltered* ]] || skip "seccomp is not available"
		started -- "seccomp $action" "send /etc/hosts"
		assert_success
		if [[ $action == 95 ]] || kernel_is_at_least 6 16; then
			assert_equal "$answer" "$answers"
		fi
		assert_json '.ancdata[0].fds[0].path' $'/etc/hosts\n/etc/hosts'
	done
	program
	attach
	order seccomp trace
	order send /etc/hosts
	assert_equal "$answer" ""
	wait_until has_messages 2
	detach
}

kernel_is_at_least() { # MAJOR MINOR
	local major minor
	IFS=.- read -r major minor _ < <(uname -r)
	((major > $1 || (major == $1 && minor >= $2)))
}

@test "the tracer process of watch applies the sandbox to itself, and COMMAND is not restricted" {
	[[ $("$FDPASS" --version | grep -c 'seccomp yes') == 2 ]] || skip "seccomp is not available"
	local report='t=$(sed -n "s/^TracerPid:.//p" /proc/$$/status); grep -h ^Seccomp: /proc/$t/status; grep NoNewPrivs /proc/$$/status'
	local privileges
	privileges=$(grep NoNewPrivs /proc/self/status)
	# For users other than root, watch must set no_new_privs for COMMAND, too, to install its filter.
	((EUID == 0)) || privileges=$'NoNewPrivs:\t1'
	run --separate-stderr fdpass watch -- sh -c "$report"
	assert_equal "$output" $'Seccomp:\t2\n'"$privileges"
	run --separate-stderr fdpass watch --no-sandbox -- sh -c "$report"
	assert_equal "$output" "$(grep ^Seccomp: /proc/self/status)"$'\n'"$privileges"
}

@test "with the sandbox, watch describes descriptors of many kinds, and COMMAND continues" {
	requires_root
	local kind n=9 format
	local -a made=() numbers=()
	for kind in eventfd epoll timerfd signalfd inotify pidfd memfd-sealed pipe-read pty-master namespace mqueue tcp-connected \
	    tcp-listen udp-bound raw unix-loaded netlink packet directory file-write tmpfile opath bpf-map; do
		"$MKFD" "$kind" 9 -- true 2>/dev/null || continue
		made+=("$kind" "$n")
		numbers+=($((n++)))
	done
	cat >"$dir/pass.py" <<-'END'
	import os, socket, sys
	a, b = socket.socketpair()
	for number in map(int, sys.argv[1:]):
	    socket.send_fds(a, [b"x"], [number])
	    os.close(socket.recv_fds(b, 1, 1)[1][0])
	END
	for format in json text; do
		run --separate-stderr clean "$MKFD" "${made[@]}" -- "$FDPASS" watch --dump-cmsg=$format --output="$dir/shown.$format" -- \
		    /usr/bin/python3 "$dir/pass.py" "${numbers[@]}"
		assert_success
		assert_equal "$stderr" ""
	done
	assert_equal "$(jq -s length "$dir/shown.json")" $((2 * ${#numbers[@]}))
	assert_equal "$(grep -c '^message ' "$dir/shown.text")" $((2 * ${#numbers[@]}))
	assert_equal "$(jq -r '.ancdata[0].fds[0] | select(.kind == "unknown" or (.problems | length) > 0) | .kind' "$dir/shown.json")" ""
}

@test "watch shows a program in another PID namespace with its process ID in watch's own namespace" {
	requires_root
	unshare --pid --fork true 2>/dev/null || skip "PID namespaces are not available"
	run --separate-stderr fdpass watch --json --output="$dir/shown" -- unshare --pid --fork python3 "$PASSER" "send /etc/hosts"
	assert_success
	output=$(<"$dir/shown")
	assert_json '[.ancdata[0].fds[0].path, .pid > 10] | join(",")' $'/etc/hosts,true\n/etc/hosts,true'
}

@test "a program under watch continues if the reader of watch's output exits" {
	run --separate-stderr bash -c '"$0" watch -- python3 "$1" "threads 20" "send /etc/hosts" "exit 5" 2> >(exec true)' "$FDPASS" "$PASSER"
	assert_failure 5
}

@test "SIGPIPE terminates watch if the reader of its output exits, and the traced running program continues" {
	program
	mkfifo "$dir/pipe"
	exec 8<>"$dir/pipe"
	"$FDPASS" watch --ready-fd=8 "$program" 2>"$dir/err" > >(exec true) 3>&- 4>&- &
	local watch=$!
	read -r -u 8
	order threads 20
	run wait_for "$watch"
	assert_equal "$(<"$dir/err")" ""
	order send /etc/hosts
	is_untraced "$program"
}

wait_for() {
	wait "$1"
}

@test "watch reports an error if it cannot write its output, and the program continues" {
	run --separate-stderr fdpass watch --output=/dev/full -- python3 "$PASSER" "send /etc/hosts" "send /etc/hosts" "exit 5"
	assert_failure 5
	assert_equal "$stderr" "fdpass: watch: cannot write to /dev/full: No space left on device"
	program
	start_ready watch watch --output=/dev/full "$program"
	order send /etc/hosts
	finish watch
	assert_failure 125
	assert_regex "$stderr" 'cannot write to /dev/full: No space left on device'
	order send /etc/hosts
}

# talker: writes a program that passes 1000 descriptors, and reports SIGUSR1.
talker() {
	cat >"$dir/talker.py" <<-'END'
		import os, signal, socket, sys
		d = sys.argv[1]
		def report(name):
		    open(d + "/" + name, "a").write("x")
		signal.signal(signal.SIGUSR1, lambda *_: report("usr1"))
		a, b = socket.socketpair()
		null = os.open("/dev/null", os.O_RDONLY)
		report("begun")
		for i in range(1000):
		    socket.send_fds(a, [b"x" * 200], [null])
		    for fd in socket.recv_fds(b, 1000, 5)[1]:
		        os.close(fd)
		report("done")
	END
}

# is_stopped NAME: succeeds if process NAME is stopped by its tracer.
is_stopped() {
	[[ $(cut -d ' ' -f 3 "/proc/$(pid_of "$1")/stat") == t ]]
}

# is_stalled NAME: succeeds if process NAME is stopped in each of 20 checks.
is_stalled() {
	local i
	for ((i = 0; i < 20; i++)); do
		is_stopped "$1" || return 1
	done
}

@test "watch: the program gets signals immediately even if the reader of watch's output does not read" {
	requires python3
	talker
	mkfifo "$dir/fifo"
	exec 7<>"$dir/fifo"
	start w "$FDPASS" watch --output="$dir/fifo" -- python3 "$dir/talker.py" "$dir" 7>&-
	wait_until test -e "$dir/begun"
	wait_until is_stalled w
	kill -USR1 "$(pid_of w)"
	wait_until test -e "$dir/usr1"
	wait_until is_stalled w
	[ ! -e "$dir/done" ]
	kill -TERM "$(pid_of w)"
	finish w
	assert_failure 143

	rm "$dir/begun"
	start v "$FDPASS" watch --output="$dir/fifo" -- python3 "$dir/talker.py" "$dir" 7>&-
	wait_until test -e "$dir/begun"
	wait_until is_stalled v
	exec 7>&-
	finish v
	assert_success
	[ -e "$dir/done" ]
}

@test "watch: a slow reader of the output gets every message" {
	requires python3
	talker
	mkfifo "$dir/fifo"
	exec 7<>"$dir/fifo"
	start w "$FDPASS" watch --output="$dir/fifo" -- python3 "$dir/talker.py" "$dir" 7>&-
	wait_until test -e "$dir/begun"
	wait_until is_stalled w
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start c sh -c 'exec <"$0"; echo open; exec cat' "$dir/fifo" 7>&-
	wait_until fdpass_has_line "$dir/c.out" '^open$'
	exec 7>&-
	finish w
	assert_success
	finish c
	assert_equal "$(grep -c '^message' "$dir/c.out")" 2000
}

@test "watch: a traced program that itself reads the output of watch does not deadlock with watch" {
	requires python3
	cat >"$dir/reader.py" <<-'END'
		import os, socket, sys
		a, b = socket.socketpair()
		for i in range(150):
		    sys.stdin.readline()
		    for j in range(5):
		        socket.send_fds(a, [b"x" * 300], [0])
		        os.close(socket.recv_fds(b, 1000, 1)[1][0])
		    # Each call would take up to 20 ms if fdpass, while waiting for space in the pipe, did not handle
		    # stops of the program.
		    for j in range(300):
		        os.getppid()
		print("ended")
	END
	mkfifo "$dir/fifo"
	exec 7<>"$dir/fifo"
	start r python3 "$dir/reader.py" <"$dir/fifo" 7>&-
	start_ready w watch --output="$dir/fifo" "$(pid_of r)" 7>&-
	echo >&7
	exec 7>&-
	finish r
	assert_success
	assert_equal "$output" ended
	stop w TERM || true
}
