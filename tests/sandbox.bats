#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the sandbox: a verb that executes no command opens its sockets, and then restricts itself to the system calls
# and files that it needs. The other test files run with the sandbox, too, which verifies that it permits all
# necessary calls.

load helpers

HOLDFD=${HOLDFD:-$builddir/tests/peers/holdfd}

setup_file() {
	# shellcheck disable=SC2086 # word splitting is intended
	# The sanitizers make additional system calls.
	[[ -n ${SAN_CFLAGS-} ]] ||
		${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o "$BATS_FILE_TMPDIR/forbidden.so" "$top/tests/peers/forbidden.c" ||
		true
}

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	mkdir "$dir/run" "$dir/files"
	cd "$dir/files" || return
	echo 12345 >there
	built=$(fdpass --version)
}

# has FEATURE: succeeds if FEATURE was compiled in and the kernel supports it.
has() {
	[[ $(grep -c "$1 yes" <<<"$built") == 2 ]]
}

needs() {
	local what
	not_under valgrind "does not support seccomp filters"
	not_under qemu "does not support seccomp filters"
	[[ -e $BATS_FILE_TMPDIR/forbidden.so ]] || skip "there is no compiler, or sanitizers are compiled in"
	for what in "$@"; do
		has "$what" || skip "this build or this kernel does not support $what"
	done
}

# attempt CALL VERB [ARG]...: runs VERB, and simulates an attacker who makes the system call CALL in this process while
# it waits for a client.
attempt() {
	local call=$1
	shift
	# Preloads the library into fdpass only, because other programs may have another architecture.
	FORBIDDEN=$call run --separate-stderr timeout -s KILL "$FDPASS_LIMIT" \
	    bash -c 'export LD_PRELOAD=$0; exec "$@"' "$BATS_FILE_TMPDIR/forbidden.so" "$FDPASS" "$@" 3>&- 4>&-
	rm -f "$dir"/run/*
}

# attempts CALL [OPTION]: runs attempt for each verb, and stores one line with the result of each in $results.
attempts() {
	local call=$1 verb
	shift
	results=
	for verb in "recv $dir/run/s" "recv -t seqpacket $dir/run/s" "send -l $dir/run/s 0" "relay $dir/run/s ./b" \
	    "tty $dir/run/s" "show 0"; do
		# shellcheck disable=SC2086 # word splitting is intended
		attempt "$call" ${verb%% *} "$@" ${verb#* }
		results+="${verb%% *} $status ${stderr##*"$call: "}"$'\n'
	done
}

# confinement STATUS: prints the values of NoNewPrivs and Seccomp in STATUS, the text of a /proc/PID/status.
confinement() {
	awk '/^NoNewPrivs:|^Seccomp:/ { print $2 }' <<<"$1" | paste -sd' '
}

died=$'recv 159 \nrecv 159 \nsend 159 \nrelay 159 \ntty 159 \nshow 159 \n'
did=$'recv 0 0\nrecv 0 0\nsend 0 0\nrelay 0 0\ntty 0 0\nshow 0 0\n'

@test "every verb that executes no command applies seccomp and no_new_privs" {
	needs seccomp
	for verb in "recv $dir/run/s" "send -l $dir/run/s 0" "send -l --reply $dir/run/s 0" "relay $dir/run/s ./b" \
	    "tty $dir/run/s" "show" "show 0"; do
		# shellcheck disable=SC2086 # word splitting is intended
		attempt status $verb
		assert_success
		assert_equal "$verb: $(confinement "$stderr")" "$verb: 1 2"
	done
}

@test "a verb that executes a command, the command, and a verb with --no-sandbox are not restricted" {
	needs
	ours=$(confinement "$(cat /proc/self/status)")
	for verb in "recv $dir/run/s true" "recv --spawn $dir/run/s true" "send -l --reply $dir/run/s 0 -- true" \
	    "recv --no-sandbox $dir/run/s" "send --no-sandbox -l $dir/run/s 0" "relay --no-sandbox $dir/run/s ./b" \
	    "tty --no-sandbox $dir/run/s" "show --no-sandbox"; do
		# shellcheck disable=SC2086 # word splitting is intended
		attempt status $verb
		assert_success
		assert_equal "$verb: $(confinement "$stderr")" "$verb: $ours"
	done
	run fdpass run pipe: -- cat /proc/self/status
	assert_equal "$(confinement "$output")" "$ours"
	start_ready r recv "$dir/run/s" cat /proc/self/status
	fdpass send "$dir/run/s" 0
	finish r
	assert_equal "$(confinement "$output")" "$ours"
}

@test "a system call that the filter does not allow kills the process" {
	needs seccomp
	for call in execve execveat fork thread ptrace process_vm_readv process_vm_writev pidfd_open pidfd_getfd steal kill tgkill \
	    mount unshare setns setown setsig async fioasync chroot init_module kexec_load bpf perf_event_open io_uring_setup userfaultfd keyctl setuid capset \
	    socket_inet socket_netlink mmap_exec mprotect_exec tiocsti open_truncate chmod rename mkdir symlink truncate \
	    settimeofday; do
		attempt "$call" recv "$dir/run/s"
		assert_equal "$call $status $stderr" "$call 159 "
	done
	# For all verbs, fewer system calls are forbidden: for example, show duplicates descriptors of other processes.
	for call in execve fork ptrace kill setown async mmap_exec chmod open_truncate open_create socketpair_dgram; do
		attempts "$call"
		assert_equal "$call $results" "$call $died"
	done
}

@test "a system call of another architecture kills the process" {
	needs seccomp
	attempt 32bit recv "$dir/run/s"
	[[ $status != 99 ]] || skip "no other architecture is supported here"
	for call in 32bit x32; do
		attempts "$call"
		assert_equal "$call $results" "$call $died"
	done
}

@test "the same system calls succeed with --no-sandbox" {
	needs
	for call in fork tgkill setown async mmap_exec socket_inet chmod truncate unlink look open_read; do
		echo 12345 >there
		attempt "$call" recv --no-sandbox "$dir/run/s"
		assert_equal "$call $status $stderr" "$call 0 $call: 0"
	done
	attempts socket_inet --no-sandbox
	assert_equal "$results" "$did"
}

@test "system calls that only one verb needs are denied to the other verbs" {
	needs seccomp
	attempts setresuid
	# Only the filter of a privileged relay permits changes of the user and group ID.
	if [[ $(id -u) == 0 ]]; then
		assert_equal "$results" "${died/relay 159 /relay 0 0}"
	else
		assert_equal "$results" "$died"
	fi
	attempts socket
	assert_equal "$results" "${died/relay 159 /relay 0 0}"
	attempt open_create send -l --reply=- "$dir/run/s" 0
	assert_equal "$status" 159
	attempt open_create send -l --reply=file:"$dir/run/reply" "$dir/run/s" 0
	assert_equal "$status" 0
	attempt open_write tty "$dir/run/s"
	assert_equal "$status" 159
}

@test "relay may call connect(2) only if it connects, and change user IDs only if it is privileged" {
	needs seccomp
	local call
	for call in setresuid socket; do
		attempt "$call" run unix-listen:"$dir/run/s" socketpair: -- "$FDPASS" relay fd:3 fd:4
		assert_equal "$call $status" "$call 159"
	done
	requires_root
	requires setpriv
	results=
	for call in setresuid socket; do
		attempt "$call" run 0 -- setpriv --bounding-set=-setuid "$FDPASS" relay "$dir/run/s" ./b
		results+="$call $status "
	done
	assert_equal "$results" "setresuid 159 socket 0 "
}

@test "watch can read the memory of other processes, but cannot write to it or attach to other processes" {
	needs seccomp
	sleep 1000 3>&- 4>&- &
	target=$!
	results=
	for call in execve fork ptrace process_vm_writev kill setown async mmap_exec chmod open_write unlink \
	    socketpair_dgram socket_inet socket_route; do
		attempt "$call" watch "$target"
		results+="$call ${stderr##*: } "
	done
	assert_equal "$results" "$(printf '%s ENOSYS ' execve fork ptrace process_vm_writev kill setown async mmap_exec \
	    chmod open_write unlink socketpair_dgram socket_inet socket_route)"
	for call in process_vm_readv pidfd_open socket_netlink; do
		attempt "$call" watch "$target"
		refute_regex "$call $stderr" "ENOSYS|EPERM"
	done
	attempt status watch "$target"
	assert_equal "$(confinement "$stderr")" "1 2"
	attempt status watch --no-sandbox "$target"
	assert_equal "$(confinement "$stderr")" "$(confinement "$(cat /proc/self/status)")"
	kill "$target"
}

@test "the filter permits the file status flags other than O_ASYNC" {
	needs seccomp
	attempts nonblock
	assert_equal "$results" "$did"
}

@test "system calls that the filter of hold does not allow fail with ENOSYS, even in a program that hold executes" {
	needs seccomp
	local call wanted=
	results=
	for call in fork ptrace process_vm_readv kill setown setsig async fioasync setresuid chmod rename open_create \
	    open_write socketpair_dgram socket socket_inet; do
		attempt "$call" hold "$dir/run/s"
		results+="$call ${stderr##*: } "
		wanted+="$call ENOSYS "
	done
	assert_equal "$results" "$wanted"
	attempt nonblock hold "$dir/run/s"
	assert_equal "$status $stderr" "0 nonblock: 0"
	attempt status hold "$dir/run/s"
	assert_equal "$(confinement "$stderr")" "1 2"
	attempt program hold "$dir/run/s"
	assert_equal "$(confinement "$output")" "1 2"
	attempt status hold --no-sandbox "$dir/run/s"
	assert_equal "$(confinement "$stderr")" "$(confinement "$(cat /proc/self/status)")"
}

@test "Landlock denies access to files that the verb does not need" {
	needs Landlock
	for call in open_read unlink look; do
		attempts "$call"
		assert_equal "$call $results" "$call ${did// 0 0/ 0 EACCES}"
		[ -e there ]
	done
	attempt open_create send -l --reply=file:"$dir/run/reply" "$dir/run/s" 0
	assert_regex "$stderr" 'EACCES'
	[ ! -e made ]
	attempt steal show 0
	assert_equal "$stderr" "steal: EPERM"
	# hold can read other files, because at SIGUSR1 it executes fdpass again.
	attempt open_read hold "$dir/run/s"
	assert_equal "$stderr" "open_read: 0"
	for call in unlink look; do
		attempt "$call" hold "$dir/run/s"
		assert_equal "$stderr" "$call: EACCES"
		[ -e there ]
	done
}

@test "system calls that are newer than the filter fail with ENOSYS" {
	needs seccomp
	for call in clone3 newest; do
		attempts "$call"
		assert_equal "$call $results" "$call ${did// 0 0/ 0 ENOSYS}"
	done
}

# helper_of PID: succeeds if PID has a helper process, and sets $helper to its process ID.
helper_of() {
	helper=$(pgrep -P "$1" | head -n 1)
	[[ -n $helper ]]
}

@test "the sandbox also applies to a stuck helper process" {
	needs seccomp
	run clean "$HOLDFD" pipe-read 9 -- true
	[[ $status == 0 ]] || skip "$output"
	start_ready r recv -k "$dir/run/s"
	start sender "$HOLDFD" pipe-read 9 -- "$PEER" "$dir/run/s" data=x fds=9 send wait
	wait_until helper_of "$(pid_of r)"
	assert_equal "$(confinement "$(cat "/proc/$helper/status")")" "1 2"
	stop sender
	stop r
}

# shown VERB [OPTION]: prints how VERB shows non-ASCII data, or a file name, in the locale $locale.
shown() {
	local verb=$1 text=$'\303\251t\303\251 \244\242'
	shift
	# Callers use a command substitution, so this subshell must terminate its background processes.
	trap 'kill -KILL "${FDPASS_PIDS[@]}" 2>/dev/null || :' EXIT
	case $verb in
	recv)
		LC_ALL=$locale start_ready r recv "$@" "$dir/run/s"
		peer "$dir/run/s" data="$text" send
		finish r
		;;
	send)
		LC_ALL=$locale start_ready r send -l --reply "$@" "$dir/run/s" 0
		peer "$dir/run/s" recv data="$text" send
		finish r
		;;
	relay)
		rm -f "$dir/run/b"
		start_peer server -l "$dir/run/b" drain
		LC_ALL=$locale start_ready r relay --dump-cmsg --connections=1 "$@" "$dir/run/s" "$dir/run/b"
		peer "$dir/run/s" data="$text" send
		finish r
		finish server
		output=$(cat "$dir/r.out")
		;;
	show)
		: >"$text"
		output=$(LC_ALL=$locale fdpass show "$@" "r:$text" | sed 's/^/data /')
		;;
	watch)
		start_ready r recv --data=discard "$dir/run/s"
		LC_ALL=$locale fdpass watch --all --output="$dir/shown" "$@" -- "$PEER" "$dir/run/s" data="$text" send
		finish r
		output=$(cat "$dir/shown")
		;;
	esac
	grep -a data <<<"$output" || echo "no data: $output"
}

@test "in each locale, a verb prints the same text with and without the sandbox" {
	needs seccomp Landlock
	local verb locale expected
	for locale in C.UTF-8 ja_JP.EUC-JP; do
		if [[ $locale == *EUC* ]]; then
			# For EUC-JP, the C library loads a conversion module (gconv), which must happen before
			# confinement.
			requires localedef
			mkdir "$dir/locales"
			localedef -c -f EUC-JP -i ja_JP "$dir/locales/$locale" || true
			export LOCPATH=$dir/locales
			[[ $(LC_ALL=$locale locale charmap) == EUC-JP ]] || skip "$locale is unknown"
		fi
		for verb in recv send relay show watch; do
			expected=$(shown "$verb" --no-sandbox)
			assert_regex "$expected" $'\303\251t\303\251'
			assert_equal "$verb: $(shown "$verb")" "$verb: $expected"
		done
	done
}

# kernel_without CALLS ERROR ARG...: runs fdpass as if the kernel lacked the system calls CALLS.
kernel_without() {
	local calls=$1 error=$2
	shift 2
	run --separate-stderr strace -f -o "$dir/trace" -e "trace=$calls" -e "inject=$calls:error=$error" "$FDPASS" "$@" 3>&- 4>&-
	assert_regex "$(cat "$dir/trace")" INJECTED
}

@test "fdpass runs without seccomp and Landlock, and --verbose lists the missing mechanisms" {
	expects_messages
	requires strace
	needs seccomp Landlock
	kernel_without seccomp,landlock_create_ruleset ENOSYS show 0
	assert_success
	assert_equal "$stderr" ""
	kernel_without seccomp,landlock_create_ruleset ENOSYS show -v 0
	assert_success
	assert_equal "$stderr" "fdpass: show: this process is not confined by seccomp or Landlock"
	kernel_without landlock_add_rule ENOMEM show -v 0
	assert_success
	assert_equal "$stderr" "fdpass: show: this process is not confined by Landlock"
	kernel_without landlock_restrict_self EPERM show -v 0
	assert_equal "$stderr" "fdpass: show: this process is not confined by Landlock"
	kernel_without seccomp EINVAL show -v 0
	assert_equal "$stderr" "fdpass: show: this process is not confined by seccomp"
	kernel_without prctl EINVAL show -v 0
	assert_equal "$stderr" "fdpass: show: this process is not confined by seccomp or Landlock"
	run --separate-stderr fdpass show -v 0
	assert_equal "$stderr" ""
}

@test "with the sandbox, files named by options can be read, written and removed" {
	mkdir "$dir/other"
	printf question >"$dir/other/q"
	start_peer p -l "$dir/run/a" recv
	fdpass recv -c --send=@"$dir/other/q" "$dir/run/a"
	finish p
	assert_regex "$output" question
	# Writes the data of a reply to an existing file, to a new file, and through symbolic links.
	echo old >"$dir/other/old"
	ln -s "$dir/other/old" "$dir/other/link"
	ln -s "$dir/other/nothing" "$dir/other/dangling"
	for file in old new link dangling; do
		start_peer p -l "$dir/run/$file" recv data="answer $file" send
		fdpass send --reply="file:$dir/other/$file" "$dir/run/$file" 0
		finish p
		assert_equal "$(cat "$dir/other/$file")" "answer $file"
	done
	# tty must be able to create and remove the file of --pid-file.
	start t "$FDPASS" tty --pid-file="$dir/other/pid" "$dir/run/t"
	wait_until test -S "$dir/run/t" -a -s "$dir/other/pid"
	kill -TERM "$(pid_of t)"
	finish t
	[ ! -e "$dir/other/pid" ]
	[ ! -e "$dir/run/t" ]
}

@test "with the sandbox, send removes a file that it created if the receiver refuses the descriptor" {
	kernel_has --no-rights
	mkdir "$dir/other"
	start_ready r recv --no-rights "$dir/run/s"
	run --separate-stderr fdpass send "$dir/run/s" "w:$dir/other/w"
	assert_error 125 refuses
	finish r
	[ ! -e "$dir/other/w" ]
}

@test "show pid:PID:FD, which runs without Landlock, describes all properties" {
	needs
	exec 7</dev/null
	run --separate-stderr fdpass show --json "pid:$$:7"
	exec 7<&-
	assert_success
	assert_json '[.fd, .cloexec]' '[7,false]'
}
