#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of tty, which receives a pseudo-terminal and connects it to the user's terminal.

load helpers

CONSOLE=${PEER%/*}/console
KEYBOARD=${PEER%/*}/keyboard

# console ARG...: runs tests/peers/console, which sends a pseudo-terminal and runs a command on its slave side.
console() {
	timeout --foreground -s KILL "$FDPASS_LIMIT" "$CONSOLE" "$@" 3>&- 4>&-
}

# keyboard ARG...: runs tests/peers/keyboard, which types at a terminal, with a time limit. Fails if an action fails.
keyboard() {
	timeout --foreground -s KILL 60 "$KEYBOARD" "$@" 3>&- 4>&-
}

# at_terminal ACTION... -- OPTION...: runs fdpass tty at a terminal. Saves the terminal modes in $dir/before and
# $dir/after, the exit status in $dir/status, and the process ID in $dir/pid.
at_terminal() {
	local -a actions=()
	while [[ $1 != -- ]]; do
		actions+=("$1")
		shift
	done
	shift
	keyboard -s 31x97 "${actions[@]}" -- sh -c '
		stty -g >"$0/before"; "$@" 9>"$0/ready"; echo $? >"$0/status"; stty -g >"$0/after"' \
	    "$dir" "$FDPASS" tty --ready-fd=9 --pid-file="$dir/pid" "$@" "$dir/s"
}

assert_restored() { # STATUS
	assert_equal "$(cat "$dir/status")" "$1" "fdpass's own status" || return 1
	assert_equal "$(cat "$dir/after")" "$(cat "$dir/before")" "the terminal's modes"
}

# is_connected PATH: succeeds if a connection to PATH exists, accepted or not.
is_connected() {
	(($(grep -c " $1\$" /proc/net/unix) > 1))
}

# silence: opens descriptor 7 on a FIFO from which a reader gets neither data nor end of file.
silence() {
	mkfifo "$dir/silence"
	exec 7<>"$dir/silence"
}

# --- pipes

@test "tty: input from a pipe is written to the pseudo-terminal, and tty exits with the program" {
	start_ready t tty "$dir/s" < <(printf 'abc\n')
	run console "$dir/s" sh -c 'stty -echo; echo ready; read -r x; echo "got $x"'
	assert_success
	finish t
	assert_success
	assert_regex "$output" $'got abc\r$'
	assert_equal "$stderr" ""
	[[ ! -e $dir/s ]]
}

@test "tty: end of file on standard input is sent as the end-of-file character" {
	start_ready t tty "$dir/s" < <(printf 'one\ntwo\n')
	run console "$dir/s" cat
	assert_success
	finish t
	assert_success
	assert_regex "$output" $'two\r\n.*two\r\n?$'
}

@test "tty: end of file after an incomplete line is also end of file for the program" {
	start_ready t tty "$dir/s" < <(printf half)
	run console "$dir/s" sh -c 'stty -echo; cat; echo "|end"'
	assert_success
	finish t
	assert_success
	assert_regex "$output" 'half\|end'
}

@test "tty: sends the end-of-file character again if the program has discarded it" {
	start_ready t tty "$dir/s" < <(printf 'x')
	run console "$dir/s" sh -c '
		until [ -e "$0/typed" ]; do sleep 0.02; done
		stty -icanon -echo min 1; stty icanon; cat >/dev/null; echo ended' "$dir" &
	local pid=$!
	# The text and the end-of-file character are queued in the terminal before the program changes the terminal
	# modes.
	wait_until fdpass_has_line "$dir/t.out" 'x'
	: >"$dir/typed"
	wait "$pid"
	finish t
	assert_success
	assert_regex "$output" 'ended'
}

@test "tty: a shell with line editing reads commands from a pipe" {
	requires bash
	start_ready t tty "$dir/s" < <(printf 'echo $((6*7))\n')
	run console "$dir/s" env TERM=dumb bash --norc -i
	finish t
	assert_success
	assert_regex "$output" $'\n42\r'
}

@test "tty: no output is lost if the reader of standard output is slow" {
	seq 1 60000 >"$dir/expected"
	start_ready t tty --no-stdin "$dir/s"
	run console "$dir/s" sh -c 'stty -opost; seq 1 60000'
	assert_success
	finish t
	assert_success
	cmp "$dir/expected" "$dir/t.out"
	start t sh -c '"$0" tty --no-stdin --ready-fd=9 "$1" 9>"$2" |
		while n=$(dd bs=7000 count=1 2>&1 >&3) && case $n in 0+0*) false ;; esac; do :; done 3>&1' \
	    "$FDPASS" "$dir/s" "$dir/ready"
	wait_until test -s "$dir/ready"
	run console "$dir/s" sh -c 'stty -opost; seq 1 60000'
	finish t
	assert_success
	cmp "$dir/expected" "$dir/t.out"
}

@test "tty: input is held back until the program has written its output" {
	seq 1 60000 >"$dir/input"
	mkfifo "$dir/fifo"
	start in sh -c 'exec >"$0/fifo"; until grep -q ready "$0/t.out"; do sleep 0.02; done; cat "$0/input"' "$dir"
	start_ready t tty "$dir/s" <"$dir/fifo"
	run console "$dir/s" sh -c 'stty -echo -opost; echo ready; sleep 0.2; cat "$0"; cat' "$dir/input"
	finish t
	assert_success
	cmp <(echo ready; cat "$dir/input" "$dir/input") "$dir/t.out"
}

@test "tty: --no-stdin reads no input and sends no end-of-file character" {
	start_ready t tty --no-stdin "$dir/s" < <(printf 'must not be read\n')
	run console "$dir/s" sh -c 'stty -echo -icanon min 0 time 3; got=$(dd bs=99 count=1 2>/dev/null); echo "got [$got]"'
	finish t
	assert_success
	assert_regex "$output" $'got \[\]'
}

@test "tty: a closed standard input is treated as --no-stdin" {
	start t sh -c '"$0" tty --ready-fd=9 "$1" 9>"$2" <&-' "$FDPASS" "$dir/s" "$dir/ready"
	wait_until test -s "$dir/ready"
	run console "$dir/s" sh -c 'echo said'
	assert_success
	finish t
	assert_success
	assert_regex "$output" said
}

@test "tty: an error on standard output makes tty fail, and the program receives SIGHUP" {
	start t sh -c '"$0" tty --no-stdin --ready-fd=9 "$1" 9>"$2" >/dev/full' "$FDPASS" "$dir/s" "$dir/ready"
	wait_until test -s "$dir/ready"
	run console "$dir/s" sh -c 'echo said; exec sleep 30'
	assert_failure 129
	finish t
	assert_error 125 'cannot write to standard output: No space left'
}

# --- valid and invalid messages

@test "tty: refuses a message that does not contain exactly one descriptor, the master of a pseudo-terminal" {
	expects_messages
	local what
	for what in open=/etc/passwd open=/dev/ptmx rw=/dev/null 'rw=/dev/ptmx rw=/dev/ptmx' 'rw=/dev/ptmx null=252' tcp-listen ''; do
		start_ready t tty "$dir/s"
		# shellcheck disable=SC2086 # word splitting is intended
		run peer "$dir/s" data=x $what send wait
		assert_success
		finish t
		assert_error 125 'refused: .*(master of a pseudo-terminal|for reading and writing)'
		[[ ! -e $dir/s ]]
	done
}

@test "tty: refuses the slave side of a pseudo-terminal" {
	start_ready t tty "$dir/s"
	run keyboard -- sh -c '"$0" "$1" data=x fds=0 send wait' "$PEER" "$dir/s"
	assert_success
	finish t
	assert_error 125 'got the slave end'
}

@test "tty: closes refused descriptors" {
	start_ready t tty "$dir/s"
	run peer "$dir/s" data=x rw=/dev/ptmx held send released
	assert_success
	assert_regex "$output" released
	finish t
	assert_error 125 'refused: the message contains 2 descriptors'
}

@test "tty: end of file before a message makes tty fail" {
	start_ready t tty "$dir/s"
	run peer "$dir/s"
	finish t
	assert_error 125 'end of file before a pseudo-terminal arrived'
}

@test "tty: --timeout limits only the wait for the pseudo-terminal" {
	run fdpass tty --timeout=0.05 "$dir/s"
	assert_error 124 'timed out after'
	[[ ! -e $dir/s ]]
	start_ready t tty --timeout=0.3 "$dir/s"
	run peer "$dir/s" wait
	finish t
	assert_error 124 'timed out after'
	start_ready t tty --timeout=10 --no-stdin "$dir/s"
	run console "$dir/s" sh -c 'echo said'
	finish t
	assert_success
}

@test "tty: --allow-uid prints a warning when it refuses a sender of another user" {
	requires_root
	start_ready t tty --allow-uid=65534 "$dir/s"
	run peer "$dir/s" wait
	wait_until grep -q refused "$dir/t.err"
	stop t
	assert_error 143 'refused: the sender .*uid 0'
	start_ready t tty --allow-uid=65534,0 --no-stdin "$dir/s"
	run console "$dir/s" echo said
	finish t
	assert_success
	assert_regex "$output" said
}

@test "tty: --connect with --wait retries until a sender listens, and --connect with --keep is refused" {
	start t "$FDPASS" tty -c --wait=20 "$dir/s"
	start c "$CONSOLE" -l "$dir/s" echo said
	finish t
	assert_success
	assert_regex "$output" said
	finish c
	assert_success
	run fdpass tty -k -c "$dir/s"
	assert_error 125 ''
}

@test "tty: refuses --type=dgram" {
	run fdpass tty --type=dgram "$dir/s"
	assert_error 125 'type=dgram cannot be used with tty'
	start_ready t tty -t seqpacket "$dir/s"
	run peer -t seqpacket "$dir/s" data=x open=/dev/null send
	finish t
	assert_error 125 'refused'
}

@test "tty: --verbose prints the received data in escaped form" {
	expects_messages
	start_ready t tty -v --no-stdin "$dir/s"
	run console -n $'/dev/\e[31mptmx\n' "$dir/s" echo said
	finish t
	assert_success
	assert_regex "$stderr" 'received pseudo-terminal [0-9]+ from process [0-9]+ \(uid [0-9]+, gid [0-9]+\), named "/dev/'
	refute_regex "$stderr" $'\e'
	assert_regex "$stderr" 'was closed'
}

# --- a terminal

@test "tty: the terminal is in raw mode while tty runs, and is restored afterwards" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'stty -echo; echo ready; read -r x; echo got $x'
	run at_terminal expect=ready until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' \
	    sh='stty -a <"$TERMINAL" | grep -q -e "-isig"' type='hello\r' expect='got hello' --
	assert_success
	assert_restored 0
	[[ ! -e $dir/pid ]]
}

@test "tty: the window size is set at the start and when it changes" {
	# The program polls the window size, because a shell may miss a SIGWINCH that arrives while its trap runs.
	start c "$CONSOLE" -w -s 5x5 "$dir/s" bash -c 'echo set
	    until read -rt 0.1 x; do
		size=$(stty size)
		[[ $size == "$old" ]] || echo "$size"
		old=$size
	    done; stty size'
	run at_terminal expect=set until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' resize=40x120 expect='40 120' \
	    resize=41x121 expect='41 121' type='\r' --
	assert_success
	assert_restored 0
	start c "$CONSOLE" -w -s 5x5 "$dir/s" sh -c 'read -r x; stty size'
	run at_terminal until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='\r' expect='31 97' --
	assert_success
}

@test "tty: raw mode sets MIN to 1 and TIME to 0, so that each byte is read at once" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'stty -echo; echo ready; read -r x; echo "got $x"'
	run keyboard expect=ready until='stty -a <"$TERMINAL" | grep -q -e "min = 1; time = 0"' type='x\r' expect='got x' -- \
	    sh -c 'stty min 3 time 7; stty -g >"$1/before"; "$0" tty "$1/s"; stty -g >"$1/after"' "$FDPASS" "$dir"
	assert_success
	assert_equal "$(cat "$dir/after")" "$(cat "$dir/before")" "the terminal's modes"
}

@test "tty: a window size of 0x0, which means unknown, is not forwarded" {
	start c "$CONSOLE" -w -s 5x6 "$dir/s" sh -c 'stty -echo; echo ready; read -r x; stty size'
	run keyboard -s 0x0 expect=ready until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' sh='kill -WINCH "$(cat '"$dir"'/pid)"' \
	    type='\r' expect='5 6' -- "$FDPASS" tty --pid-file="$dir/pid" "$dir/s"
	assert_success
}

@test "tty: if SIGTSTP is ignored, it stays ignored" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'stty -echo; echo ready; read -r x; echo "got $x"'
	run keyboard expect=ready until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' sh='kill -TSTP "$(cat '"$dir"'/pid)"' \
	    sh='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='x\r' expect='got x' -- \
	    sh -c 'set -m; (trap "" TSTP; exec "$0" tty --pid-file="$1/pid" "$1/s")' "$FDPASS" "$dir"
	assert_success
}

@test "tty: control characters are sent to the program" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'trap "echo interrupted" INT; echo ready; while ! read -r x; do :; done'
	run at_terminal expect=ready type='\x03' expect=interrupted type='\r' --
	assert_success
	assert_restored 0
}

@test "tty: restores the terminal and removes its socket and PID file at every signal that terminates tty" {
	local signal
	for signal in TERM INT HUP QUIT USR1 ALRM ABRT; do
		start c "$CONSOLE" -w "$dir/s" sh -c 'echo ready; exec sleep 30'
			run at_terminal expect=ready until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' \
		    sh="ulimit -c 0; kill -s $signal \$(cat $dir/pid)" until="test -s $dir/after" --
		assert_success
		assert_restored $((128 + $(kill -l "$signal")))
		[[ ! -e $dir/pid && ! -e $dir/s ]]
		finish c
		assert_failure 129
		rm "$dir/after" "$dir/before" "$dir/status"
	done
}

@test "tty: exits when the program on the pseudo-terminal is killed" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'echo pid $$ >$0/box; echo ready; exec sleep 30' "$dir"
	run at_terminal expect=ready sh="kill -KILL \$(sed 's/pid //' $dir/box)" --
	assert_success
	assert_restored 0
	finish c
	assert_failure 137
}

@test "tty: exits when the terminal hangs up" {
	start c "$CONSOLE" -w "$dir/s" sh -c 'echo ready; exec sleep 30'
	run at_terminal expect=ready hangup --
	finish c
	assert_failure 129
	[[ ! -e $dir/pid && ! -e $dir/s ]]
}

@test "tty: --no-stdin keeps the mode of the terminal, and forwards the window size" {
	start c "$CONSOLE" -w -s 5x5 "$dir/s" sh -c 'until [ -e $0/go ]; do sleep 0.02; done; stty size' "$dir"
	run at_terminal until="grep -q . $dir/pid" sh='stty -a <"$TERMINAL" | grep -q -e " icanon"' sh=": >$dir/go" \
	    expect='31 97' -- --no-stdin
	assert_success
	assert_restored 0
}

# shell_session ACTION...: starts tty in an interactive shell with job control, types a line, and then performs the
# actions.
shell_session() {
	start c "$CONSOLE" -w "$dir/s" sh -c 'stty -echo; echo behind; while read -r x; do echo "<$x>"; stty size; done'
	run keyboard -s 31x97 expect='$ ' type='stty -g >before\r' expect='$ ' \
	    type="$FDPASS tty --pid-file=pid s\\r" expect=behind \
	    until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='one\r' expect='<one>' \
	    "$@" -- env -C "$dir" PS1='$ ' PS2= TERM=dumb bash --norc --noediting -i
	assert_success
	assert_equal "$(cat "$dir/after")" "$(cat "$dir/before")" "the terminal's modes"
}

@test "tty: the terminal is restored at SIGTSTP and set to raw mode at SIGCONT" {
	not_under valgrind "does not stop a process at SIGTSTP"
	requires bash
	shell_session sh='kill -TSTP $(cat '"$dir"'/pid)' expect=Stopped expect='$ ' \
	    type='stty -g >stopped\r' expect='$ ' resize=32x98 \
	    type='fg\r' until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' expect='32 98' \
	    type='\x04' expect='$ ' type='stty -g >after; exit 0\r'
	assert_equal "$(cat "$dir/stopped")" "$(cat "$dir/before")" "the terminal's modes while it was stopped"
}

@test "tty: the terminal is restored at SIGTSTP even if no interactive shell does so" {
	not_under valgrind "does not stop a process at SIGTSTP"
	start c "$CONSOLE" -w "$dir/s" sh -c 'stty -echo; echo behind; read -r x; echo "<$x>"'
	run keyboard -s 31x97 expect=behind until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' \
	    sh='kill -TSTP $(cat '"$dir"'/pid)' until="test -s $dir/stopped" \
	    until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' -- \
	    sh -c 'set -m; cd "$1"; stty -g >before; "$0" tty --pid-file=pid s; stty -g >stopped; fg; stty -g >after' \
	    "$FDPASS" "$dir"
	assert_success
	assert_equal "$(cat "$dir/stopped")" "$(cat "$dir/before")" "the terminal's modes while it was stopped"
	assert_equal "$(cat "$dir/after")" "$(cat "$dir/before")" "the terminal's modes"
}

@test "tty: the terminal is set to raw mode again after SIGSTOP and SIGCONT" {
	requires bash
	shell_session sh='kill -STOP $(cat '"$dir"'/pid)' expect=Stopped expect='$ ' \
	    type='fg\r' until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' \
	    type='\x04' expect='$ ' type='stty -g >after; exit 0\r'
}

@test "tty: in the background, does not change the terminal modes, continues to copy output, and can be killed" {
	not_under valgrind "does not stop a process at SIGTSTP"
	requires bash
	shell_session sh='kill -TSTP $(cat '"$dir"'/pid)' expect=Stopped expect='$ ' type='bg\r' expect='$ ' \
	    type='stty -g >background\r' expect='$ ' \
	    type='kill %1; wait; echo gone\r' expect=$'gone\r' expect='$ ' type='stty -g >after; exit 0\r'
	assert_equal "$(cat "$dir/background")" "$(cat "$dir/before")" "the terminal's modes meanwhile"
	[[ ! -e $dir/pid ]]
}

@test "tty: sets raw mode when it returns to the foreground, whether or not it was stopped" {
	not_under valgrind "does not stop a process at SIGTSTP"
	requires bash
	shell_session sh='kill -TSTP $(cat '"$dir"'/pid)' expect=Stopped expect='$ ' type='bg\r' expect='$ ' resize=33x99 \
	    type='fg\r' until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' expect='33 99' \
	    type='\x04' expect='$ ' type='stty -g >after; exit 0\r'
	start c "$CONSOLE" -l "$dir/s" sh -c 'echo behind; stty -echo; read -r x; echo "<$x>"'
	wait_until fdpass_has_line "$dir/c.out" listening
	run keyboard expect='$ ' type='stty -g >before\r' expect='$ ' type="$FDPASS tty -c s &\\r" expect=behind \
	    type='fg\r' until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' expect='$ ' \
	    type='stty -g >after; exit 0\r' -- env -C "$dir" PS1='$ ' PS2= TERM=dumb bash --norc --noediting -i
	assert_success
	assert_equal "$(cat "$dir/after")" "$(cat "$dir/before")" "the terminal's modes"
}

@test "tty: keeps changes to the terminal modes that were made while tty was stopped" {
	requires bash
	local signal
	for signal in TSTP STOP; do
		# valgrind does not stop a process at SIGTSTP.
		[[ $signal != TSTP || ${FDPASS_WORLD-} != valgrind ]] || continue
		shell_session sh="kill -$signal \$(cat $dir/pid)" expect=Stopped expect='$ ' \
		    type='stty -ixon; stty -g >before\r' expect='$ ' \
		    type='fg\r' until='stty -a <"$TERMINAL" | grep -q -e "-icanon"' type='two\r' expect='<two>' \
		    type='\x04' expect='$ ' type='stty -g >after; exit 0\r'
	done
}

# --- --pid-file

@test "tty: the PID file is complete when tty is ready, and is removed at exit" {
	start_ready t tty --pid-file="$dir/pid" --no-stdin "$dir/s"
	assert_equal "$(cat "$dir/pid")" "$(pid_of t)"
	assert_equal "$(stat -c %a "$dir/pid")" 644
	run console "$dir/s" echo said
	finish t
	assert_success
	[[ ! -e $dir/pid ]]
	start_ready t tty --pid-file="$dir/pid" "$dir/s"
	stop t
	assert_failure 143
	[[ ! -e $dir/pid && ! -e $dir/s ]]
	assert_equal "$(compgen -G "$dir/pid*" || true)" ""
}

@test "tty: --pid-file replaces only regular files, and removes only its own file" {
	echo old >"$dir/pid"
	start_ready t tty --pid-file="$dir/pid" "$dir/s"
	assert_equal "$(cat "$dir/pid")" "$(pid_of t)"
	rm "$dir/pid"
	echo other >"$dir/pid"
	stop t
	assert_equal "$(cat "$dir/pid")" other
	mkfifo "$dir/fifo"
	run fdpass tty --pid-file="$dir/fifo" "$dir/s"
	assert_error 125 'pid-file=.*not a regular file'
	[[ -p $dir/fifo && ! -e $dir/s ]]
	run fdpass tty --pid-file="$dir/none/pid" "$dir/s"
	assert_error 125 'pid-file=.*No such file'
	[[ ! -e $dir/s ]]
}

# --- --detach-keys

@test "tty: --detach-keys exits with 0 and leaves the pseudo-terminal open for other processes" {
	start c "$CONSOLE" -l "$dir/s" sh -c "stty -echo; echo ready; read -r x; echo \"got \$x\" >'$dir/got'"
	at_terminal expect=ready type='abx\x10' type='\x11' -- -c --wait=20 --detach-keys=x,ctrl-p,ctrl-q
	assert_restored 0
	[[ ! -e $dir/got ]]
}

@test "tty: keys of an incomplete detach sequence are sent to the program" {
	start c "$CONSOLE" -l "$dir/s" sh -c "stty -echo raw; echo ready; head -c 6 | od -An -tx1 >'$dir/got'"
	at_terminal expect=ready type='\x10a\x10\x10bc' until="test -s '$dir/got'" -- -c --wait=20 --detach-keys=ctrl-p,ctrl-q
	assert_regex "$(cat "$dir/got")" '10 61 10 10 62 63'
}

@test "tty: --detach-keys refuses invalid keys" {
	local keys
	for keys in ctrl- ctrl-1 ctrl-pp ab a,,b shift-a; do
		run --separate-stderr fdpass tty --detach-keys="$keys" "$dir/s"
		assert_error 125 'detach-keys'
	done
}

# --- senders that keep a duplicate

# lend MODE: starts a Python program that opens a pseudo-terminal, sets it up according to MODE, sends the master side
# to $dir/s, keeps a duplicate, prints text, and exits when fdpass has written the text to $dir/t.out.
lend() {
	python3 - "$dir/s" "$1" "$dir/t.out" <<-'END'
		import fcntl, os, pty, socket, struct, sys, time
		def wait_for(text):
		    end = time.monotonic() + 30
		    while text not in open(sys.argv[3], "rb").read():
		        assert time.monotonic() < end
		        time.sleep(0.002)
		m, t = pty.openpty()
		if sys.argv[2] == "packet":
		    fcntl.ioctl(m, 0x5420, struct.pack("i", 1))
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		socket.send_fds(s, [b"x"], [m])
		if sys.argv[2] == "repacket":
		    for i in range(20):
		        fcntl.ioctl(m, 0x5420, struct.pack("i", 1))
		        os.write(t, b"line %d\n" % i)
		        wait_for(b"line %d\r\n" % i)
		if sys.argv[2] == "reads":
		    s.recv(1)
		    os.set_blocking(m, True)
		    for i in range(200):
		        os.write(t, b"line\n")
		        os.set_blocking(m, True)
		        import select
		        if select.select([m], [], [], 0)[0]:
		            os.set_blocking(m, False)
		            try:
		                os.read(m, 100)
		            except BlockingIOError:
		                pass
		            os.set_blocking(m, True)
		os.write(t, b"shown\n")
		wait_for(b"shown")
	END
}

@test "tty: disables packet mode if the sender has enabled it" {
	requires python3
	start_ready t tty --no-stdin "$dir/s"
	lend packet
	finish t
	assert_success
	assert_equal "$(od -An -c "$dir/t.out" | tr -d ' ')" 'shown\r\n'
}

@test "tty: packet mode that the sender enables again while tty runs does not change the output" {
	requires python3
	local keep
	for keep in '' -k; do
		# shellcheck disable=SC2086 # word splitting is intended
		start_ready t tty $keep --no-stdin "$dir/s"
		lend repacket
		wait_until fdpass_has_line "$dir/t.out" shown
		stop t || true
		assert_equal "$(tr -cd '\0' <"$dir/t.out" | wc -c)" 0
		rm -f "$dir/s"
	done
}

@test "tty -k --no-stdin: a sender that reads from its own pseudo-terminal does not delay other senders" {
	requires python3
	start_ready t tty -k --no-stdin "$dir/s"
	lend reads
	start c "$CONSOLE" "$dir/s" echo other
	wait_until fdpass_has_line "$dir/t.out" other
	stop t
	assert_failure 143
}

# --- --keep

@test "tty: --keep serves one pseudo-terminal after another" {
	silence
	start_ready t tty --keep "$dir/s" <&7
	run console "$dir/s" echo first
	run peer "$dir/s" data=x open=/dev/null send wait
	run peer "$dir/s"
	run console "$dir/s" echo second
	run console "$dir/s" echo third
	assert_success
	wait_until fdpass_has_line "$dir/t.out" third
	stop t
	assert_failure 143
	assert_equal "$(tr -d '\r' <"$dir/t.out")" $'first\nsecond\nthird'
	assert_regex "$stderr" refused
	assert_regex "$stderr" 'before a pseudo-terminal arrived'
	[[ ! -e $dir/s ]]
}

@test "tty: --keep is not delayed by an idle connection" {
	silence
	start_ready t tty --keep --timeout=1 "$dir/s" <&7
	start p "$PEER" "$dir/s" data=x send wait
	wait_until fdpass_has_line "$dir/t.err" 'refused: the message contains no descriptor'
	start p2 "$PEER" "$dir/s" wait
	wait_until is_connected "$dir/s"
	start p3 "$CONSOLE" "$dir/s" echo said
	wait_until fdpass_has_line "$dir/t.out" said
	finish t
	assert_failure 124
	finish p2
}

@test "tty: --keep --no-stdin serves many pseudo-terminals concurrently" {
	start_ready t tty --keep --no-stdin "$dir/s"
	start p "$PEER" "$dir/s" wait
	start c1 "$CONSOLE" "$dir/s" sh -c "echo one; until [ -e $dir/go ]; do sleep 0.02; done; echo four"
	wait_until fdpass_has_line "$dir/t.out" one
	start c2 "$CONSOLE" "$dir/s" sh -c "echo two; until [ -e $dir/go ]; do sleep 0.02; done"
	wait_until fdpass_has_line "$dir/t.out" two
	run console "$dir/s" echo three
	wait_until fdpass_has_line "$dir/t.out" three
	run peer "$dir/s" data=x open=/dev/null send wait
	wait_until fdpass_has_line "$dir/t.err" 'connection 5: refused'
	: >"$dir/go"
	finish c1
	finish c2
	wait_until fdpass_has_line "$dir/t.out" four
	stop t
	assert_failure 143
}

@test "tty: --keep --no-stdin exits with 124 if it receives no pseudo-terminal within the time of --timeout" {
	start_ready t tty --keep --no-stdin --timeout=0.5 "$dir/s"
	run console "$dir/s" echo said
	finish t
	assert_error 124 'timed out after'
	assert_regex "$output" said
	[[ ! -e $dir/s ]]
}

# --- containers

# container_answers RUNTIME...: starts a shell in a container with RUNTIME, types at its terminal, and checks the
# output.
container_answers() {
	start box sh -c 'd=$1; shift; cd "$d/box"; until [ -s "$d/ready" ]; do sleep 0.02; done
		exec env --default-signal "$@" --root "$d/state" run -d --console-socket "$d/s" "fdp-$$"' sh "$dir" "$@"
	run at_terminal expect='# ' type='echo $((6*7))\r' expect=$'42\r' type='stty size\r' expect='31 97' \
	    type='(echo rea""dy; cat)\r' expect=$'ready\r\n' type='mirror\r' expect=$'mirror\r\nmirror' type='\x03' expect='# ' type='exit\r' --
	local answered=$status answer=$output
	finish box
	"$1" --root "$dir/state" delete -f "$(ls "$dir/state")" >/dev/null 2>&1 || true
	assert_equal "$answered" 0 "$answer"
	assert_success
	assert_restored 0
}

@test "tty: attaches to a shell in a container of runc" {
	make_bundle runc
	container_answers runc
}

@test "tty: attaches to a shell in a container of crun" {
	requires crun
	# crun fails on a system with both versions of control groups mounted, so version 2 is unmounted for crun.
	cat >"$dir/crun" <<-'EOF'
		#!/bin/sh
		[ -d /sys/fs/cgroup/unified ] || exec crun "$@"
		exec unshare -m sh -c 'umount /sys/fs/cgroup/unified; exec crun "$@"' crun "$@"
	EOF
	chmod +x "$dir/crun"
	make_bundle "$dir/crun"
	container_answers "$dir/crun"
}
