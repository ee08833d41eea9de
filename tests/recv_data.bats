#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv with data that arrives in several writes, up to end of file or to a text, and with names that are sent
# with the descriptors.

load helpers

@test "--data=stdin,eof passes all data up to end of file to COMMAND" {
	start_ready r recv --data=stdin,eof "$dir/s" sh -c 'cat; echo "|$FDPASS_COUNT"'
	run peer "$dir/s" data=one null=1 send data=two send data=three send
	finish r
	assert_success
	assert_equal "$output" 'onetwothree|1'
	assert_equal "$stderr" ""
}

@test "--data=stdin,eof receives 66 kB in messages of 4096 bytes" {
	requires python3
	start_ready r recv --data=stdin,eof "$dir/s" wc -c
	python3 - "$dir/s" <<-'END'
		import socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		socket.send_fds(s, [b"x" * 4096], [0])
		for i in range(15):
		    s.sendall(b"x" * 4096)
		s.sendall(b"x" * 560)
	END
	finish r
	assert_success
	assert_equal "$output" 66096
}

@test "--data=file:PATH,eof does not include ,eof in the file name" {
	start_ready r recv --data="file:$dir/f,eof" "$dir/s" true
	run peer "$dir/s" data=a null=1 send data=b send
	finish r
	assert_success
	assert_equal "$(cat "$dir/f")" ab
}

@test "recv --data=DEST,eof fails if no descriptor has arrived at end of file" {
	start_ready r recv --data=stdin,eof "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=abc send
	finish r
	assert_error 125 'end of file after 0 of 1 descriptors'
	[[ ! -e $dir/ran ]]
}

@test "--data=DEST,eof is refused on a datagram socket" {
	run --separate-stderr fdpass recv -t dgram --data=stdin,eof "$dir/s" true
	assert_error 125 'a datagram socket has no end of file'
}

@test "--until=TEXT receives data up to TEXT, even if several writes deliver it" {
	expects_messages # a warning, if the surplus data arrives before recv exits
	local n=$'\n'
	start_ready r recv --data=env:LINE --until="END$n" "$dir/s" sh -c 'printf %s "$LINE"'
	run peer "$dir/s" data=one null=1 send data=E send data='ND' send 'data=\ntwo' send
	finish r
	assert_success
	assert_equal "$output" 'oneEND'
	assert_regex "$stderr" '3 unread bytes of data will be lost'
}

@test "--until=TEXT with --keep-socket leaves the data after TEXT for COMMAND" {
	start_ready r recv --until=$'\n' --data=env:LINE --keep-socket=5 "$dir/s" sh -c 'echo "$LINE|"; exec cat <&5'
	run peer "$dir/s" null=1 'data=first\nsecond\n' send
	finish r
	assert_success
	assert_equal "$output" $'first\n|\nsecond'
}

@test "recv --until=TEXT exits with 125 if the connection ends before TEXT" {
	start_ready r recv --until=$'\n' "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=abc null=1 send
	finish r
	assert_failure 125
	assert_regex "$stderr" 'refused: end of file before the text of --until'
	[[ ! -e $dir/ran ]]
}

@test "--until=TEXT without COMMAND makes recv exit when it has received TEXT" {
	receive r --until=stop "$dir/s"
	start p "$PEER" "$dir/s" data=go send data=st send data=op send wait
	finish r
	assert_success
	assert_equal "$(jq -r .data <<<"$output" | tr -d '\n')" gostop
}

@test "--names reads the names of the descriptors from the first line of the data, and removes the line" {
	start_ready r recv --names --data=stdin "$dir/s" sh -c 'echo "$LISTEN_FDNAMES|$(cat)"'
	run peer "$dir/s" null=2 'data=LISTEN_FDNAMES=web:log\nrest' send
	finish r
	assert_success
	assert_equal "$output" 'web:log|rest'
	assert_equal "$stderr" ""
}

@test "--names waits for as many descriptors as there are names" {
	start_ready r recv --names "$dir/s" sh -c 'echo "$LISTEN_FDNAMES $LISTEN_FDS"'
	run peer "$dir/s" null=1 'data=LISTEN_FDNAMES=a:b:c\n' send null=2 data=x send
	finish r
	assert_success
	assert_equal "$output" 'a:b:c 3'
}

@test "--names with --fd=N=NAME places the descriptor with that name, and other descriptors in order" {
	local show='for i in 7 8 9; do readlink /proc/self/fd/$i; done; echo $LISTEN_FDNAMES'
	start_ready r recv --names --fd=7=web --fd=8 --fd=9=log "$dir/s" sh -c "$show"
	run fdpass send --names "$dir/s" /etc/hosts=log /etc/passwd=other /dev/null=web
	finish r
	assert_success
	assert_equal "$stderr" ""
	assert_equal "${lines[*]:0:3}" '/dev/null /etc/passwd /etc/hosts'
	start_ready r recv --names --fd=7 --fd=8 "$dir/s" sh -c "$show"
	run fdpass send --names "$dir/s" /etc/hosts=log /dev/null=web
	finish r
	assert_equal "${lines[*]:0:2}" '/etc/hosts /dev/null'
}

@test "--names fails if no received descriptor has a name given with --fd" {
	start_ready r recv --names --fd=7=web --fd=8=log "$dir/s" touch "$dir/ran"
	run fdpass send --names "$dir/s" /etc/hosts=log /dev/null=wbe
	finish r
	assert_error 125 'no received descriptor has this name'
	[[ ! -e $dir/ran ]]
	start_ready r recv --names --fd=7 --fd=8=log "$dir/s" touch "$dir/ran"
	run fdpass send --names "$dir/s" /etc/hosts=log
	finish r
	assert_error 125 'refused: no received descriptor remains for --fd option 1'
	[[ ! -e $dir/ran ]]
}

@test "--names refuses a missing or malformed line, and a wrong number of names" {
	local data
	for data in x 'LISTEN_FDNAMES=web' 'XLISTEN_FDNAMES=web\n' 'LISTEN_FDNAMES=w\x01b\n' '\n'; do
		start_ready r recv --names "$dir/s" touch "$dir/ran"
		run peer "$dir/s" null=1 "data=$data" send wait
		finish r
		assert_error 125 'refused: .*--names'
	done
	start_ready r recv --names "$dir/s" touch "$dir/ran"
	run peer "$dir/s" null=2 'data=LISTEN_FDNAMES=web\n' send wait
	finish r
	assert_error 125 'refused: received 2 descriptors, but 1 names'
	[[ ! -e $dir/ran ]]
	run --separate-stderr fdpass recv --names "$dir/s"
	assert_error 125 'names needs a COMMAND'
}

@test "if too few descriptors arrive with a short text, the error contains the text" {
	start_ready r recv "$dir/s" touch "$dir/ran"
	run peer "$dir/s" 'data=ERRNO=2\nSTATUS=no descriptor is named "in"\x7f\n' send
	finish r
	assert_error 125 'end of file after 0 of 1 descriptors; the data was "ERRNO=2.nSTATUS=no descriptor is named ..in.*"$'
	refute_regex "$stderr" 'discarded'
	start_ready r recv "$dir/s" touch "$dir/ran"
	run peer "$dir/s" 'data=a\x01b' send
	finish r
	assert_failure 125
	assert_regex "$stderr" 'end of file after 0 of 1 descriptors
'
	assert_regex "$stderr" '3 bytes of data were discarded'
}

@test "recv does not report discarded data if the data is a line of descriptor names" {
	expects_messages
	start_ready r recv "$dir/s" true
	run fdpass send --names "$dir/s" /dev/null=web
	finish r
	assert_success
	assert_equal "$stderr" ""
	start_ready r recv "$dir/s" true
	run fdpass send --names -d rest "$dir/s" /dev/null=web
	finish r
	assert_regex "$stderr" 'bytes of data were discarded'
}

@test "recv --data=discard closes received descriptors while it waits for the next message" {
	mkfifo "$dir/fifo"
	cat "$dir/fifo" >"$dir/read" 3>&- 4>&- &
	reader=$!
	start_ready r recv -k --data=discard "$dir/s"
	exec 7>"$dir/fifo"
	run fdpass send -d x "$dir/s" 7 7 /dev/null
	exec 7>&-
	assert_success
	wait_until reader_ended
	kill -TERM "$(fdpass_pid r)"
	finish r
}

reader_ended()
{
	! kill -0 "$reader" 2>/dev/null
}
