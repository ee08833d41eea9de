#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of show: inherited descriptors, given descriptors, and descriptors of another process.

load helpers

MKFD=${MKFD:-$builddir/tests/peers/mkfd}

@test "show lists all inherited descriptors, and none of its own" {
	keep="9 12" run clean "$FDPASS" show --json 9</etc/passwd 12>/dev/null
	assert_success
	assert_json .fd $'0\n1\n2\n9\n12'
	assert_json 'select(.fd == 9) | [.path, .access, .cloexec]' '["/etc/passwd","r",false]'
}

@test "show does not list standard streams that are closed" {
	run clean bash -c 'exec "$FDPASS" show --json <&- 2>&-'
	assert_success
	assert_json .fd 1
}

@test "show w:PATH does not truncate the file" {
	echo content >"$dir/f"
	run clean "$FDPASS" show "w:$dir/f"
	assert_success
	assert_equal "$(cat "$dir/f")" content
}

@test "if LISTEN_FDS is 0, the error for listen:0 reports this" {
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=0 exec "$FDPASS" show listen:0 2>&1'
	assert_failure 125
	assert_regex "$output" 'LISTEN_FDS is 0'
}

@test "show prints one line per descriptor" {
	keep="9" run clean "$FDPASS" show 9</etc/passwd
	assert_success
	assert_equal "${#lines[@]}" 4
	assert_regex "${lines[3]}" '^fd 9: regular file "/etc/passwd", read-only, offset 0, [0-9]+ bytes, device [0-9]+:[0-9]+, inode [0-9]+'
}

@test "show accepts a LISTEN_PIDFDID that refers to its parent shell" {
	run --separate-stderr clean "$FDPASS" run r:/etc/passwd=web -- sh -c '"$FDPASS" show 3; true'
	assert_success
	assert_equal "$stderr" ''
	assert_regex "$output" '^fd 3 "web": '
}

@test "show prints the names in LISTEN_FDNAMES" {
	keep="3 5" run clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:log exec "$FDPASS" show --json 5</etc/passwd 3<&5'
	assert_success
	assert_json 'select(.fd >= 3) | [.fd, .name]' $'[3,"web"]\n[5,null]'
	keep="3 5" run clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=web:log exec "$FDPASS" show 5</etc/passwd 3<&5'
	assert_regex "${lines[3]}" '^fd 3 "web": regular file'
}

@test "show uses the LISTEN_FDNAMES of its parent shell" {
	keep="3" run clean bash -c 'export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web; "$FDPASS" show --json; true' 3</etc/passwd
	assert_json 'select(.fd == 3).name' web
	keep="3" run clean bash -c 'export LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=web; "$FDPASS" show --json; true' 3</etc/passwd
	assert_json 'select(.fd == 3).name' null
}

@test "show reports an invalid LISTEN_FDS after it has shown all descriptors" {
	keep="3" run --separate-stderr clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=x exec "$FDPASS" show --json' 3</etc/passwd
	assert_error 125 'LISTEN_FDS'
	assert_json .fd $'0\n1\n2\n3'
}

@test "show describes the given descriptors in the given order" {
	run fdpass show --json /etc/passwd 1 pipe:
	assert_success
	assert_json '[.kind, .access]' $'["regular","r"]\n["pipe","w"]\n["pipe","r"]\n["pipe","w"]'
}

@test "show closes a unix-listen: socket and removes its path" {
	for address in "$dir/l" "@$dir/l"; do
		run --separate-stderr fdpass show --json "unix-listen:$address"
		assert_success
		assert_equal "$stderr" ''
		assert_json .socket.listening true
	done
	[ ! -e "$dir/l" ]
}

@test "show prints the name given with =NAME" {
	run fdpass show --json /etc/passwd=users
	assert_json .name users
}

@test "show fails for a descriptor number that is not open, and suggests pid:PID for a process ID" {
	run --separate-stderr fdpass show 77
	assert_error 125 '77.*not open'
	assert_equal "$output" ""
	run --separate-stderr fdpass show $$
	assert_error 125 "descriptor $$ is not open; process $$ is pid:$$"
}

@test "show pid:PID:FD prints the number, flags and offset of the other process's descriptor" {
	not_under qemu "does not support helper processes, which inspect other processes"
	not_under valgrind "does not support pidfd_open"
	start holder "$MKFD" file=/etc/passwd 9 unix-abstract="$dir" 11 -- bash -c 'read -rN 7 _ <&9; exec sleep 60'
	wait_until sleeps_behind_offset "$(pid_of holder)" 9
	run fdpass show --json "pid:$(pid_of holder):9" "pid:$(pid_of holder):11"
	assert_success
	assert_json '[.fd, .kind, .cloexec]' $'[9,"regular",false]\n[11,"socket",false]'
	assert_json 'select(.fd == 9).offset > 0' true
	assert_json 'select(.fd == 11).socket.listening' true
}

# sleeps_behind_offset PID FD: succeeds if the shell has read from FD and then executed sleep.
sleeps_behind_offset() {
	[[ $(cat "/proc/$1/comm") == sleep && $(sed -n 's/^pos:\t//p' "/proc/$1/fdinfo/$2") -gt 0 ]]
}

@test "show pid:PID:FD describes the other process's descriptor even if its duplicate gets the same number" {
	not_under qemu "does not support helper processes, which inspect other processes"
	not_under valgrind "does not support pidfd_open"
	local fd pid
	local -a words=()
	for fd in {3..24}; do
		words+=(pipe-read "$fd")
	done
	start holder "$MKFD" "${words[@]}" -- sleep 60
	pid=$(pid_of holder)
	wait_until is_sleeping "$pid"
	for fd in {3..24}; do
		run fdpass show --json "pid:$pid:$fd"
		assert_json '[.fd, .pid, .comm, .cloexec]' "[$fd,$pid,\"sleep\",false]"
	done
}

is_sleeping() {
	[[ $(cat "/proc/$1/comm") == sleep ]]
}

@test "show pid:PID:FD shows the close-on-exec flag of the other process's descriptor" {
	not_under qemu "does not support helper processes, which inspect other processes"
	not_under valgrind "does not support pidfd_open"
	requires python3
	start holder python3 -c 'import os,time; os.dup2(os.open("/etc/passwd", 0), 9, inheritable=False); open("'"$dir"'/up", "w"); time.sleep(60)'
	wait_until test -e "$dir/up"
	run fdpass show --json "pid:$(pid_of holder):9"
	assert_json '[.fd, .cloexec]' '[9,true]'
}

@test "show pid:PID:FD fails without permission to inspect the other process" {
	requires_user
	run --separate-stderr fdpass show pid:1:0
	assert_error 125 'pid:1:0'
}

@test "show opens and describes a FIFO without waiting for its other end" {
	mkfifo "$dir/f"
	run fdpass show --json "$dir/f"
	assert_success
	assert_json .kind fifo
}

@test "show fails if standard output cannot be written to" {
	run --separate-stderr bash -c '"$FDPASS" show 0 >/dev/full'
	assert_error 125 'standard output'
	run --separate-stderr bash -c '"$FDPASS" show 0 >&-'
	assert_error 125 'standard output'
}

@test "show uses colour on a terminal or with --color=always, and not if NO_COLOR is set" {
	run fdpass show --color=always /etc/passwd
	assert_regex "$output" $'\033'
	run fdpass show /etc/passwd
	refute_regex "$output" $'\033'
	requires script
	run script -qec "'$FDPASS' show /etc/passwd" /dev/null
	assert_regex "$output" $'\033'
	NO_COLOR=1 run script -qec "'$FDPASS' show /etc/passwd" /dev/null
	refute_regex "$output" $'\033'
}

@test "show does not change the offsets, pending bytes, queued descriptors or counters of descriptors" {
	not_under qemu "does not support helper processes, which read fdinfo"
	run clean "$MKFD" file=/etc/passwd 9 pipe-read 10 unix-loaded 11 eventfd 12 tcp-connected 13 timerfd 14 -- \
	    bash -c '"$FDPASS" show >/dev/null; "$FDPASS" show --json'
	assert_success
	assert_json 'select(.fd == 9).offset' 0
	assert_json 'select(.fd == 10).pipe.pending' 3
	assert_json 'select(.fd == 11).socket | [.pending_fds, .receive_queue]' '[2,5]'
	assert_json 'select(.fd == 12).eventfd.count' 20
	assert_json 'select(.fd == 13).socket.receive_queue' 5
}

@test "show makes only system calls without side effects on the described descriptors" {
	requires strace
	clean "$MKFD" file=/etc/passwd 59 pipe-read 60 unix-loaded 61 eventfd 62 tcp-connected 63 epoll 64 pidfd 65 \
	    directory=/ 66 file-write=/dev/null 67 -- strace -f -o "$dir/trace" "$FDPASS" show 59 60 61 62 63 64 65 66 67 >/dev/null ||
	    skip "strace cannot trace here"
	assert_regex "$(cat "$dir/trace")" 'statx\(59, '
	# Selects calls whose first argument is a described descriptor and that are not on the list of harmless calls.
	# F_DUPFD_CLOEXEC occurs if a query takes long.
	run bash -c "grep -oE '^[0-9]+ +[a-z_0-9]+\((59|6[0-7])[,)].*' '$dir/trace' | grep -vE \
	    'fcntl(64)?\([0-9]+, F_(GETFD|GETFL|GETPIPE_SZ|GET_SEALS|DUPFD_QUERY|DUPFD_CLOEXEC)|fcntl(64)?\([0-9]+, 0x403|getsockopt\(|get(sock|peer)name\(|statx\(|close\(' |
	    grep -vE 'mq_getsetattr\([0-9]+, NULL,|ioctl\((60|61|63), (FIONREAD|TIOCOUTQ)|ioctl\(65, (PIDFD_GET_INFO|_IOC)'"
	assert_equal "$output" ""
	run grep -E 'SO_ERROR|F_SETFL|(fstat|newfstatat)\((59|6[0-7])[,)]|"/proc/self/fd/[0-9]+", O_R' "$dir/trace"
	assert_equal "$output" ""
}

@test "show prints the paths of files in a chroot that contains no mount point except /proc" {
	requires unshare chroot readelf
	requires_root
	not_under valgrind "is not installed in the test environment"
	not_under qemu "is not installed in the test environment"
	unshare -m true || skip "mount namespaces cannot be created here"
	mkdir -p "$dir/root/proc"
	echo >"$dir/root/file"
	# readelf is used instead of ldd, because fdpass may have been built for another C library.
	local library loader
	loader=$(readelf -l "$FDPASS" | sed -n 's/.*interpreter: \(.*\)]$/\1/p')
	for library in "$FDPASS" $loader $("${loader:-true}" --list "$FDPASS" | grep -o '/[^ ]*'); do
		cp -L --parents "$library" "$dir/root"
	done
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run --separate-stderr unshare -m sh -c 'mount -t proc proc "$1/proc" && exec chroot "$@"' sh "$dir/root" "$FDPASS" \
	    show --json /file 3>&- 4>&-
	assert_success
	assert_json '[.path, .problems]' '["/file",[]]'
}

@test "without /proc, show describes the available properties and reports the missing properties" {
	not_under valgrind "does not start without /proc"
	requires unshare
	requires_root
	[[ -z ${SAN_CFLAGS-} ]] || skip "the sanitizers need /proc"
	unshare -m true || skip "mount namespaces cannot be created here"
	run --separate-stderr clean "$MKFD" file=/etc/passwd 9 eventfd 10 -- unshare -m --propagation private \
	    sh -c 'while umount -l /proc 2>/dev/null; do :; done; exec "$FDPASS" show --json 9 10'
	assert_success
	assert_json '[.kind, .access, .path, .size > 0, .problems]' \
	    $'["regular","r",null,true,["its path is unknown: /proc is not mounted"]]\n["unknown","rw",null,false,["its path is unknown: /proc is not mounted"]]'
	run --separate-stderr clean unshare -m --propagation private \
	    sh -c 'while umount -l /proc 2>/dev/null; do :; done; exec "$FDPASS" show'
	assert_error 125 '/proc/self/fd'
}

@test "recv describes a received descriptor completely even if no descriptor number is free" {
	not_under qemu "does not support helper processes, which read fdinfo"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	start r bash -c 'ulimit -n 24; exec "$FDPASS" recv --json "$1"' - "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd null=60 send
	finish r
	assert_json '.ancdata[0].fds | length > 3' true
	assert_json '.ancdata[0].fds[0] | [.path, .offset, .regular.locks, .problems]' '["/etc/passwd",0,[],[]]'
	assert_json '[.ancdata[0].fds[1:][] | [.path, .kind, .problems]] | unique' '[["/dev/null","char-device",[]]]'
}

@test "a descriptor number that fdpass did not inherit is reported as not open, even if fdpass uses the number itself" {
	local n
	for n in 0 3 4 5 fd:3; do
		run --separate-stderr bash -c 'exec 0<&- 3>&- 4>&- 5>&-; exec "$FDPASS" show "$0"' "$n"
		assert_error 125 "^fdpass: show: $n: descriptor [0-5] is not open"
	done
	run --separate-stderr bash -c 'exec 0<&-; exec "$FDPASS" run 0 -- true'
	assert_error 125 'descriptor 0 is not open'
}
