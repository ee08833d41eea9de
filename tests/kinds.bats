#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the descriptions of every kind of descriptor in text and in JSON, compared with tests/golden/kinds.text and
# kinds.json. In the golden files, asterisks replace values that vary. After an intended change, run
# "FDPASS_GOLDEN=write bats tests/kinds.bats" and check the difference.

load helpers

bats_require_minimum_version 1.5.0

MKFD=${MKFD:-$builddir/tests/peers/mkfd}

# Replaces values in text output that vary between runs, kernels or machines by "*".
stars() {
	sed -E -e "s|$dir|DIR|g" -e 's/inode [0-9]+/inode */g' -e 's/device [0-9]+:[0-9]+/device */g' \
	    -e 's/on [0-9]+:[0-9]+ for/on * for/g' -e 's/(127\.0\.0\.1|\[::1\]):[0-9]+/\1:*/g' -e 's/any:[0-9]+/any:*/' \
	    -e 's/, child of [0-9]+, uid [0-9]+, gid [0-9]+//' -e 's/(process|thread|netlink port|mount|id|program) [0-9]+/\1 */g' \
	    -e 's|/proc/[0-9]+|/proc/*|' -e 's/uid [0-9]+/uid */g' -e 's/gid [0-9]+/gid */g' -e 's|/dev/pts/[0-9]+|/dev/pts/*|g' -e 's/tag [0-9a-f]+/tag */' \
	    -e 's/fires in [0-9.]+ s/fires in * s/' -e 's|/mkfd-[0-9]+|/mkfd-*|g' -e 's/, on (overlay|tmpfs|[a-z0-9.]+)$//' \
	    -e 's/FLOCK WRITE by process \*/FLOCK WRITE by */' -e 's/interface "fdptest[0-9]+"/interface "fdptest*"/'
}

# Replaces the same values in JSON output. stars() replaces every value; numbers() keeps null, the value of these keys
# on older kernels.
json_stars='
def stars($keys): with_entries(if (.key | IN($keys[])) then .value = "*" else . end);
def numbers($keys): with_entries(if (.key | IN($keys[])) and .value != null then .value = "*" else . end);
walk(if type == "object" then
	numbers(["inode", "netns_inode", "device", "text", "tgid", "mount_id", "port", "hex", "number", "slave", "id", "prog_id", "uid", "gid", "tag", "prog_tag",
	    "filesystem", "remaining_ns", "owner_uid", "pid", "rcvbuf", "sndbuf", "interface", "memory", "send_queue", "links"])
	| stars(["cookie", "netns_cookie", "passrights", "passpidfd", "ppid", "nspid", "exit_status", "exit_signal", "comm",
	    "backlog", "backlog_used", "link", "link_base64", "bind_interface", "users", "jited", "tcp_state"])
	| if .kind == "directory" then .size = "*" elif .kind == "pidfd" then .mode = "*" else . end
	else . end)'

# Adapts the expected JSON to older kernels, which do not report some values, or report passcred and passsec for all
# sockets.
older_json='
reduce (["eventfd", "semaphore"], ["pidfd", "uid"], ["pidfd", "gid"]) as $path (.;
	if $got | has($path[0]) and getpath($path) == null then setpath($path; null) else . end)
| reduce (["socket", "passcred"], ["socket", "passsec"]) as $path (.;
	if has("socket") and getpath($path) == null and ($got | getpath($path)) == false then setpath($path; false) else . end)'

# golden KIND[=ARGUMENT]...: creates a descriptor of each kind, and compares its description with the golden files.
# Prints the kinds that this system cannot create.
golden() {
	local spec text json bad="" left_out="" made=0
	refill
	for spec; do
		if ! text=$(clean "$MKFD" "$spec" 9 -- "$FDPASS" show 9 2>"$dir/err"); then
			# "Bad file descriptor" is a fault of mkfd; other errors of mkfd mean a missing feature of the
			# system.
			if grep -q '^mkfd: ' "$dir/err" && ! grep -q 'Bad file descriptor' "$dir/err"; then
				left_out="$left_out $spec ($(cut -d: -f3- "$dir/err"))"
				continue
			fi
			fdpass_report "$spec cannot be shown" "standard error" "$(cat "$dir/err")"
			return 1
		fi
		refill
		made=$((made + 1))
		json=$(clean "$MKFD" "$spec" 9 -- "$FDPASS" show --json 9)
		refill
		text=$(stars <<<"$text")
		json=$(jq -cS . <<<"$json" | sed -E -e "s|$dir|DIR|g" -e 's,/(mkfd-|proc/|pts/)[0-9]+,/\1*,g' | jq -c "$json_stars")
		if [[ ${FDPASS_GOLDEN-} == write ]]; then
			replace "$top/tests/golden/kinds.text" "${spec/$dir/DIR}" "$text"
			replace "$top/tests/golden/kinds.json" "${spec/$dir/DIR}" "$json"
			continue
		fi
		compare kinds.text "${spec/$dir/DIR}" "$text" || bad="$bad $spec"
		compare kinds.json "${spec/$dir/DIR}" "$json" || bad="$bad $spec"
	done
	assert_equal "$bad" "" "not as in tests/golden"
	[[ -z $left_out ]] || echo "# not here:$left_out" >&3
	((made > 0)) || skip "none of these descriptors can be created here:$left_out"
}

# Removes everything from $dir, and creates the file f again.
refill() {
	rm -rf -- "${dir:?}"/*
	echo "hello, world" >"$dir/f"
}

# replace FILE KIND OUTPUT: sets the line of KIND in the golden file: KIND, a tab, and the expected output.
replace() {
	touch "$1"
	{
		awk -F'\t' -v made="$2" '$1 != made' "$1"
		printf '%s\t%s\n' "$2" "$3"
	} | sort >"$1.new"
	mv "$1.new" "$1"
}

compare() {
	local want
	want=$(awk -F'\t' -v made="$2" '$1 == made { print $2 }' "$top/tests/golden/$1")
	case $1 in
	*.json) want=$(jq -cS --argjson got "$3" "$older_json" <<<"$want") ;;
	*.text) [[ $json != *'"semaphore":null'* ]] || want=${want%, a semaphore} ;;
	esac
	assert_equal "$3" "$want" "$2"
}

@test "show describes regular files with path and offset, even if they are deleted" {
	golden file="$dir/f" directory=/ opath=/ opath=/proc/self/exe tmpfile="$dir" deleted="$dir/gone" half-deleted="$dir/half"
}

@test "show describes the locks of a file" {
	golden flock="$dir/f" ofd-lock="$dir/f"
}

@test "show reports a path that is too long to be read" {
	golden deep="$dir"
}

@test "show describes memfds with names and seals, and recognizes secret memory" {
	golden memfd memfd-sealed memfd-path secret-memory
}

@test "show describes POSIX message queues" {
	golden mqueue
}

@test "show describes pipes and FIFOs" {
	golden pipe-read pipe-write pipe-packets fifo="$dir/fifo"
}

@test "show describes terminals and both ends of a pseudo-terminal" {
	((header_size == 16)) || skip "a 32-bit C library opens terminals without O_LARGEFILE"
	golden pty-master pty-slave
}

@test "show describes devices, including TUN devices" {
	golden file-write=/dev/null tun
}

@test "show describes namespaces of every type" {
	golden namespace=net namespace=user namespace=mnt
}

@test "show describes detached mounts, files on them, and file system contexts" {
	golden fscontext mount mount-clone=/proc detached
}

@test "show describes eventfd, epoll, timerfd and signalfd descriptors" {
	golden eventfd semaphore epoll timerfd timerfd=unset signalfd
}

@test "show abbreviates an epoll instance with many targets in text, but not in JSON" {
	run clean "$MKFD" epoll=20 9 -- "$FDPASS" show 9
	assert_success
	assert_regex "$output" ' and 12 more$'
	run clean "$MKFD" epoll=20 9 -- "$FDPASS" show --json 9
	assert_json '.epoll.targets | length' 20
	assert_json '[.epoll.targets[].fd] | sort' "[$(seq -s, 100 119)]"
}

@test "show describes inotify and fanotify descriptors" {
	golden inotify=/ fanotify=/
}

@test "show prints all fanotify marks in JSON, and the first eight in text" {
	requires_root
	cd "$dir"
	run clean "$MKFD" fanotify-files=20 9 -- "$FDPASS" show 9
	[[ $status != 77 ]] || skip "$output"
	assert_regex "$output" ' and 12 more$'
	assert_equal "$(grep -o 'inode [0-9]*' <<<"$output" | sort -u | wc -l)" 8
	run clean "$MKFD" fanotify-files=20 9 -- "$FDPASS" show --json 9
	assert_json '.fanotify.marks | length' 20
	assert_json '[.fanotify.marks[].inode] | sort' "[$(stat -c %i marked* | sort -n | paste -sd,)]"
	assert_json '[.fanotify.marks[] | keys_unsorted | join(" ")] | unique | length' 1
}

@test "show describes a pidfd with the state of its process or thread" {
	not_under valgrind "is shown as the name of the process"
	golden pidfd pidfd-thread
	if clean "$MKFD" pidfd-reaped 9 -- "$FDPASS" show --json 9 | jq -e '.pidfd.exit_status == null' >/dev/null; then
		skip "this kernel does not report the exit status of a pidfd"
	fi
	golden pidfd-reaped=3 pidfd-reaped=-15
}

@test "show reports that the process of a pidfd has been reaped" {
	run clean "$MKFD" pidfd-reaped 9 -- "$FDPASS" show --json 9
	assert_json '[.pidfd.pid, .pidfd.reaped]' '[null,true]'
}

@test "the exit status in the description of a pidfd is null if the kernel does not report it" {
	requires strace
	not_under valgrind "is not traced by watch"
	# LeakSanitizer does not work in a traced process.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	local -a old=(strace -f -o "$dir/trace" -e trace=ioctl -e inject=ioctl:error=ENOTTY "$FDPASS")
	run clean "$MKFD" pidfd-reaped=3 9 -- "${old[@]}" show --json 9
	assert_json '.pidfd | [.reaped, .exit_status, .exit_signal, .uid]' '[true,null,null,null]'
	run clean "$MKFD" pidfd-reaped=3 9 -- "${old[@]}" show 9
	assert_equal "$output" 'fd 9: pidfd of a process that has ended, read-write'
	assert_regex "$(cat "$dir/trace")" INJECTED
}

@test "show reports that the process of a pidfd is outside this PID namespace" {
	requires unshare
	requires_root
	clean unshare -pf --mount-proc true || skip "PID namespaces cannot be created here"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run clean "$MKFD" pidfd=$$ 9 -- unshare -pf --mount-proc "$FDPASS" show 9
	assert_success
	assert_regex "$output" 'pidfd of a process outside this pid namespace'
	run clean "$MKFD" pidfd=$$ 9 -- unshare -pf --mount-proc "$FDPASS" show --json 9
	assert_json '[.pidfd.pid, .pidfd.reaped]' '[null,false]'
}

@test "show describes userfaultfd, io_uring, perf event, Landlock, seccomp and KVM descriptors" {
	golden userfaultfd io_uring perf-event landlock-ruleset seccomp-notify kvm kvm=3
}

@test "show describes BPF maps, programs, links and type information" {
	golden bpf-map bpf-prog btf
	requires unshare
	clean unshare -n true || skip "network namespaces cannot be created here"
	golden bpf-link
}

@test "show describes IPv4 and IPv6 sockets in each state" {
	golden tcp tcp-listen tcp6-listen tcp-connected tcp-connected=closed tcp-linger tcp-listen=mptcp udp udp-bound raw
}

@test "show describes Unix domain sockets in each state" {
	golden unix unix-pair unix-pair=seqpacket unix-loaded unix-listen="$dir/s" unix-dgram="$dir/d" unix-abstract
}

@test "show describes sockets of other address families" {
	golden netlink netlink=unbound packet vsock vsock=listen xdp
}

@test "the JSON object of every descriptor has all keys, in the same order" {
	local keys last
	keys='["fd","kind","name","name_base64","path","path_base64","link","link_base64","access","status_flags","cloexec","offset",'
	keys+='"size","device","inode","mode","deleted","problems"'
	last='"same_as","pid","comm","comm_base64","holders","peer_holders","same_as_pid","same_file_as","same_file_as_pid"'
	run clean "$MKFD" file 9 eventfd 10 unix 11 landlock-ruleset 12 -- "$FDPASS" show --json
	[[ $status == 0 ]] || skip "not all of these descriptors can be created here"
	local line kind
	while read -r line; do
		kind=$(jq -r .kind <<<"$line")
		case $kind in
		landlock-ruleset) assert_json keys_unsorted "$keys,$last]" "$line" ;;
		*) assert_json keys_unsorted "$keys,\"$kind\",$last]" "$line" ;;
		esac
	done <<<"$output"
	assert_json .fd "$(printf '%s\n' 0 1 2 9 10 11 12)" "$(grep -v '"fd":100' <<<"$output")"
}

@test "all sockets have the same JSON keys, and all addresses have the same JSON keys" {
	local specs=(tcp tcp-listen tcp6-listen tcp-connected udp unix unix-pair unix-abstract netlink) spec want="" got
	for spec in "${specs[@]}"; do
		got=$(clean "$MKFD" "$spec" 9 -- "$FDPASS" show --json 9 | jq -c '[.socket | keys_unsorted] +
		    [.socket.local | select(. != null) | keys_unsorted]')
		want=${want:-$got}
		assert_equal "$got" "$want" "$spec"
	done
}
