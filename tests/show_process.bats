#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of show pid:PID, and of selectors (pid:PID:SELECTOR) of show, run and send.

load helpers

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	exec </dev/null
	not_under valgrind "does not support pidfd_getfd"
	not_under qemu "does not support pidfd_getfd"
}

# start_holder: starts a process that has a file, both ends of a pipe, and sockets open, from number 30 up. Its child
# runs sleep(1). Sets $holder, $child and $port.
start_holder() {
	requires python3
	cat >"$dir/holder.py" <<-'X'
	import os, socket, subprocess, sys
	d = sys.argv[1]
	os.closerange(3, 1000)
	os.chdir(d)
	def place(fd, n):
	    os.dup2(fd, n, False)
	    os.close(fd)
	place(os.open(d + "/file", os.O_RDWR | os.O_CREAT, 0o600), 30)
	r, w = os.pipe()
	place(r, 31)
	place(w, 32)
	tcp = socket.socket(); tcp.bind(("127.0.0.1", 0)); tcp.listen(5)
	port = tcp.getsockname()[1]
	place(tcp.detach(), 33)
	udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", port))
	place(udp.detach(), 34)
	unix = socket.socket(socket.AF_UNIX); unix.bind("relative"); unix.listen(5)
	place(unix.detach(), 35)
	abstract = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); abstract.bind("\0" + d); abstract.listen(5)
	place(abstract.detach(), 36)
	a, b = socket.socketpair()
	place(a.detach(), 37)
	place(b.detach(), 38)
	child = subprocess.Popen(["sleep", "60"], pass_fds=(31,), stdin=subprocess.DEVNULL)
	open("port.new", "w").write("%d %d\n" % (port, child.pid))
	os.rename("port.new", "port")
	try:
	    child.wait()
	finally:
	    child.kill()
	X
	start holder python3 "$dir/holder.py" "$dir"
	wait_until test -e "$dir/port"
	read -r port child <"$dir/port"
	holder=$(pid_of holder)
}

# fdpass_teardown kills only $holder, so its child is killed here.
teardown() {
	[[ -z ${child-} ]] || kill "$child" 2>/dev/null || true
	fdpass_teardown
}

# selected SELECTOR FD...: checks that show pid:PID:SELECTOR prints exactly these descriptors of $holder.
selected() {
	local selector=$1
	shift
	run --separate-stderr fdpass show --json "pid:$holder:$selector"
	assert_success || return 1
	assert_equal "$(jq -r .fd <<<"$output" | tr '\n' ' ')" "$(printf '%s ' "$@")" "$selector"
}

@test "a selector selects descriptors of a process by their properties" {
	start_holder
	selected listening 33 35 36
	selected "tcp-listen:$port" 33
	selected "tcp-listen:127.0.0.1:$port" 33
	selected "tcp-listen:[127.0.0.1]:$port" 33
	selected "udp-listen:$port" 34
	selected "unix-listen:$dir/relative" 35
	selected "unix-listen:@$dir" 36
	selected "file:$dir/file" 30
	rm "$dir/file"
	selected "file:$dir/file" 30
	selected kind:pipe 31 32
	selected kind:pipe:w 32
	selected kind:socket:seqpacket:listening 36
	run --separate-stderr fdpass show --json "pid:$holder:all" "pid:$holder"
	assert_success
	assert_equal "$(jq -s '[.[].fd] | (length, (unique | length) * 2)' <<<"$output" | uniq | wc -l)" 1
	assert_regex "$(jq -r .fd <<<"$output" | tr '\n' ' ')" '^0 1 2 .*30 31 32 33 34 35 36 37 38 0 1 2 '
}

@test "run and send pass the descriptors that a selector matches, with their names" {
	start_holder
	run --separate-stderr fdpass run "pid:$holder:tcp-listen:$port=web" "pid:$holder:kind:pipe=p" -- sh -c 'echo "$LISTEN_FDS $LISTEN_FDNAMES"'
	assert_success
	assert_equal "$output" '3 web:p:p'
	receive r -n 3 "$dir/s"
	run --separate-stderr fdpass send "$dir/s" "pid:$holder:listening"
	assert_success
	finish r
	assert_kinds socket socket socket
}

@test "show and run fail for a process that has no open descriptors" {
	requires_root # only root may read /proc/PID/fd of a zombie
	requires python3
	not_under valgrind "does not support pidfd_open"
	start parent python3 -c '
import os, signal
pid = os.fork()
if pid == 0:
    os._exit(0)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
print(pid, flush=True)
signal.pause()'
	wait_until test -s "$dir/parent.out"
	local zombie
	zombie=$(<"$dir/parent.out")
	run --separate-stderr fdpass show "pid:$zombie"
	assert_error 125 "pid:$zombie: process $zombie \\(python3\\) has no open descriptors"
	run --separate-stderr fdpass run "pid:$zombie:listening" -- true
	assert_error 125 "pid:$zombie:listening: process $zombie \\(python3\\) has no open descriptors"
}

@test "the error for a selector without a match lists the descriptors of the process" {
	start_holder
	run --separate-stderr fdpass run "pid:$holder:tcp-listen:1" -- true
	assert_error 125 "pid:$holder:tcp-listen:1: no descriptor of process $holder \\(python3\\) matches; its descriptors are .*30 regular $dir/file, 31 pipe pipe:\\[[0-9]+\\], .*33 socket 127.0.0.1:$port, .*35 socket relative, 36 socket @$dir, 37 socket socket:\\[[0-9]+\\]"
	run --separate-stderr fdpass show "pid:$holder:kind:epoll"
	assert_error 125 'matches; its descriptors are'
	run --separate-stderr fdpass run "pid:$holder:kind:nonsense" -- true
	assert_error 125 "unknown kind 'nonsense'"
	run --separate-stderr fdpass run "pid:$holder:nonsense" -- true
	assert_error 125 'expected a descriptor number, all, listening, tcp-listen:\[HOST:\]PORT, .* after pid:PID:'
	run --separate-stderr fdpass run "pid:$holder:tcp-listen:" -- true
	assert_error 125 'missing port: expected \[HOST:\]PORT'
	run --separate-stderr fdpass run "pid:$holder" -- true
	assert_error 125 'expected pid:PID:FD or pid:PID:SELECTOR; pid:PID:all means all descriptors'
}

@test "show pid:PID prints the process in each line and in JSON" {
	start_holder
	run --separate-stderr fdpass show "pid:$holder"
	assert_success
	assert_equal "$(grep -cv "^pid $holder (python3): fd [0-9]*: " <<<"$output")" 0
	assert_regex "$output" "pid $holder \\(python3\\): fd 30: regular file \"$dir/file\", read-write"
	run --separate-stderr fdpass show --json "pid:$holder:30" 0
	assert_json '[.fd, .pid, .comm, .holders]' "[30,$holder,\"python3\",null]"$'\n[0,null,null,null]'
	local last="same_as pid comm comm_base64 holders peer_holders same_as_pid same_file_as same_file_as_pid"
	assert_json 'keys_unsorted[-9:] | join(" ")' "$last"$'\n'"$last"
}

@test "show --tree includes descendants, and --only selects kinds" {
	start_holder
	run --separate-stderr fdpass show --tree --json --only=pipe "pid:$holder"
	assert_success
	assert_json '[.pid, .comm, .fd, .kind]' "[$holder,\"python3\",31,\"pipe\"]
[$holder,\"python3\",32,\"pipe\"]
[$child,\"sleep\",31,\"pipe\"]"
	run --separate-stderr fdpass show --only=socket:listening,pipe:w --json "pid:$holder"
	assert_json '.fd' $'32\n33\n35\n36'
	run --separate-stderr fdpass show --tree 0
	assert_success
	run --separate-stderr fdpass show --tree
	assert_error 125 '--tree needs a DESCRIPTOR of the form pid:PID'
	run --separate-stderr fdpass show --only=nonsense
	assert_error 125 "unknown kind 'nonsense': fdpass\\(5\\) lists the kinds"
	run --separate-stderr fdpass show --only=listening
	assert_error 125 "unknown kind 'listening'; did you mean socket:listening[?]"
	run --separate-stderr fdpass show --only=sockets
	assert_error 125 "unknown kind 'sockets'; did you mean socket[?]"
	run --separate-stderr fdpass show --only=regular,file
	assert_error 125 "unknown kind 'file'; did you mean regular[?]"
	run --separate-stderr fdpass show "pid:$holder:18432"
	assert_error 125 "no descriptor 18432; a socket that listens on port 18432 is pid:$holder:tcp-listen:18432"
}

@test "show --peers lists the other holders of a descriptor and the holders of its other end" {
	start_holder
	run --separate-stderr fdpass show --peers --json "pid:$holder:31" "pid:$holder:32" "pid:$holder:37" "pid:$holder:33"
	assert_success
	assert_json '[.fd, [.holders[] | "\(.pid) \(.comm) \(.fd)"], [.peer_holders | sort_by(.comm)[] | "\(.pid) \(.comm) \(.fd)"]]' \
	    "[31,[\"$child sleep 31\"],[\"$holder python3 32\"]]
[32,[],[\"$holder python3 31\",\"$child sleep 31\"]]
[37,[],[\"$holder python3 38\"]]
[33,[],[]]"
	run --separate-stderr fdpass show --peers "pid:$holder:31"
	assert_regex "$output" ", also held by pid $child \\(sleep\\) fd 31, other end held by pid $holder \\(python3\\) fd 32\$"
	# show --peers finds the ends of a pseudo-terminal even while TCP and Unix connections exist.
	start client python3 -c "
import os, pty, socket, time
a = socket.create_connection(('127.0.0.1', $port)); os.dup2(a.fileno(), 40)
u = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET); u.connect('\0$dir')
m, s = pty.openpty(); os.dup2(m, 41); os.dup2(s, 42); os.close(m); os.close(s)
open('$dir/up', 'w'); time.sleep(60)"
	wait_until test -e "$dir/up"
	client=$(pid_of client)
	run --separate-stderr fdpass show --peers --json "pid:$client:41" "pid:$client:42"
	assert_json '[.peer_holders[] | "\(.pid) \(.fd)"]' "[\"$client 42\"]"$'\n'"[\"$client 41\"]"
}

@test "show --table prints aligned columns" {
	start_holder
	run --separate-stderr fdpass show --table "pid:$holder:listening"
	assert_success
	assert_regex "${lines[0]}" '^ *PID  COMMAND  FD  KIND    ACCESS  NAME$'
	assert_regex "${lines[1]}" "^ *$holder  python3  33  socket  rw      listening on 127.0.0.1:$port\$"
	assert_regex "${lines[2]}" "^ *$holder  python3  35  socket  rw      listening on relative\$"
	assert_regex "${lines[3]}" "^ *$holder  python3  36  socket  rw      listening on @$dir\$"
	run --separate-stderr fdpass show --table 0
	assert_regex "${lines[1]}" '^  -  -         0  char-device  r       /dev/null$'
	run --separate-stderr fdpass run "$dir/file=web" -- "$FDPASS" show --table 3 0=in
	assert_regex "${lines[1]}" "  3  regular      r       \"web\" $dir/file\$"
	assert_regex "${lines[2]}" '  0  char-device  r       "in" /dev/null$'
	run --separate-stderr fdpass show --table --json 0
	assert_error 125 'mutually exclusive'
	# --peers adds a column for the holders of a descriptor, and a column for the holders of its other end.
	run --separate-stderr fdpass show --table --peers "pid:$holder:31" "pid:$holder:37"
	assert_success
	assert_regex "${lines[0]}" '^ *PID  COMMAND  FD  KIND    ACCESS  HOLDERS +PEERS +NAME$'
	assert_regex "${lines[1]}" "^ *$holder  python3  31  pipe    r       $child:31\\(sleep\\)  $holder:32\\(python3\\)  pipe:"
	assert_regex "${lines[2]}" "^ *$holder  python3  37  socket  rw      - +$holder:38\\(python3\\)  "
	requires script
	run script -qec "stty cols 40; '$FDPASS' show --table pid:$holder:file:$dir/file" /dev/null
	[ "$(awk '{ sub(/\r$/, "") } length > 40' <<<"$output")" = "" ]
}

@test "show --table --peers lists three holders of a descriptor and the number of further holders" {
	local i
	exec 9<"$dir"
	for i in {1..5}; do
		start "s$i" sleep 60
	done
	run --separate-stderr fdpass show --table --peers "pid:$(pid_of s1):9"
	exec 9<&-
	assert_regex "${lines[1]}" '  [0-9]+:9[(][^ ]*[)],[0-9]+:9[(][^ ]*[)],[0-9]+:9[(][^ ]*[)],[+][1-9][0-9]*  -'
}

@test "show --tree omits fdpass itself" {
	run --separate-stderr bash -c '"$FDPASS" show --tree --table pid:$$; exit $?'
	assert_success
	assert_regex "$output" '  bash '
	refute_regex "$output" '  (lt-)?fdpass '
}

@test "show reports a missing descriptor, shows the others, and exits with 125" {
	start_holder
	run --separate-stderr fdpass show --json 0 77 "pid:$holder:99" "pid:$holder:30" /nonexistent /etc/passwd
	assert_failure 125
	assert_json .fd "$(jq -r .fd <<<"$output")"
	assert_json .kind $'char-device\nregular\nregular'
	assert_equal "$(wc -l <<<"$stderr")" 3
	assert_regex "$stderr" 'descriptor 77 is not open'
	assert_regex "$stderr" "process $holder has no descriptor 99"
	assert_regex "$stderr" '/nonexistent: .*No such file'
}

@test "show reports no error for a process that opens and closes descriptors continuously" {
	start busy bash -c 'while :; do exec 9</etc/passwd 8<&9; exec 9<&- 8<&-; done'
	local i
	for i in {1..20}; do
		run --separate-stderr fdpass show --only=regular "pid:$(pid_of busy)"
		assert_success
		assert_equal "$stderr" ''
	done
}
