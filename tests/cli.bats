#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the command line: verbs, options and help.

load helpers

verbs() {
	fdpass --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

@test "--help lists every verb, fits on a screen, and is written to standard output" {
	run --separate-stderr fdpass --help
	assert_success
	assert_equal "$stderr" ""
	assert_regex "$output" '^Usage: fdpass '
	((${#lines[@]} <= 30))
	[ "$(verbs | wc -l)" -ge 2 ]
}

@test "every verb prints help for --help and -h, with an example and lines that fit on a terminal" {
	local verb
	for verb in $(verbs); do
		run --separate-stderr fdpass "$verb" --help
		assert_success
		assert_regex "$output" "^Usage: fdpass $verb"
		assert_regex "$output" $'\n  fdpass '
		assert_equal "$(awk 'length > 120' <<<"$output")" ""
		run --separate-stderr fdpass "$verb" -h
		assert_success
	done
}

@test "--version and -V print the version" {
	run --separate-stderr fdpass --version
	assert_success
	assert_regex "$output" '^fdpass [0-9]+\.[0-9]+'
	run --separate-stderr fdpass -V
	assert_success
}

@test "fdpass without operands reports a usage error" {
	run --separate-stderr fdpass
	assert_error 125 '--help'
	run --separate-stderr fdpass recv
	assert_error 125 "fdpass recv --help"
}

@test "the error for an unknown option contains the option and the nearest valid option" {
	run --separate-stderr fdpass recv --timout=3 "$dir/s"
	assert_error 125 '--timout.*--timeout'
	run --separate-stderr fdpass recv --jsno "$dir/s"
	assert_error 125 '--jsno.*--json'
	run --separate-stderr fdpass recv --something-else-entirely "$dir/s"
	assert_error 125 '--something-else-entirely.*--help'
	run --separate-stderr fdpass recv -Z "$dir/s"
	assert_error 125 'Z'
	[ ! -e "$dir/s" ]
}

@test "a word that is neither a verb nor clearly an ADDRESS is an error that lists the verbs" {
	cd "$dir"
	for word in list:show version:--version recieve:recv receive:recv sned:send relya:relay rec:recv listen:recv helpp:help hepl:help; do
		run --separate-stderr fdpass -w 0 "${word%%:*}" ./s
		assert_error 125 "unrecognized verb '${word%%:*}'; did you mean '${word#*:}'\? Verbs are recv, send, .* and help; .* \./${word%%:*}"
		[ ! -e "${word%%:*}" ]
	done
	run --separate-stderr fdpass -w 0 --json qqqqqq
	assert_error 125 "unrecognized verb 'qqqqqq'; verbs are recv, send"
	run --separate-stderr fdpass -w 0 -- qqqqqq
	assert_error 125 "unrecognized verb 'qqqqqq'"
	# Even if a file with this name exists, the word is not parsed as a path.
	: >x.sock
	run --separate-stderr fdpass -w 0 x.sock
	assert_error 125 "unrecognized verb 'x.sock'; .*\./x.sock"
}

@test "without a verb, an ADDRESS selects recv, and after a verb, a plain name is a path" {
	cd "$dir"
	for address in ./sned "@fdpass-cli-$$" unix:other abns@fdpass-cli-$$ sub/../s; do
		mkdir -p sub
		run --separate-stderr fdpass -w 0 "$address"
		assert_failure 124
	done
	run --separate-stderr fdpass recv -w 0 plain
	assert_failure 124
}

@test "a prefix that is not an ADDRESS form is an error that suggests the correct form, and creates no socket" {
	cd "$dir"
	for verb in "" recv "send -l" "tty"; do
		# shellcheck disable=SC2086 # word splitting is intended
		run --separate-stderr fdpass $verb -w 0 pid:2678:3
		assert_error 125 "pid:2678:3: is a DESCRIPTOR, not an ADDRESS; .*fdpass run pid:2678:3 -- fdpass ${verb:-recv} ?fd:3.*\./pid:2678:3" ||
		    assert_error 125 "fdpass run pid:2678:3 -- fdpass send fd:3.*\./pid:2678:3"
	done
	run --separate-stderr fdpass -w 0 pid:2678
	assert_error 125 "pid:2678: is a DESCRIPTOR, not an ADDRESS; .*write 'fdpass show pid:2678'; .*\./pid:2678"
	run --separate-stderr fdpass relay ./w pid:2678:3
	assert_error 125 'fdpass run pid:2678:3 -- fdpass relay fd:3'
	run --separate-stderr fdpass recv -w 0 tcp-listen::80
	assert_error 125 'is a DESCRIPTOR'
	run --separate-stderr fdpass -w 0 UNIX-LISTEN:./x,fork
	assert_error 125 'write \./x with --listen'
	run --separate-stderr fdpass recv UNIX-CONNECT:/run/x
	assert_error 125 'write /run/x with --connect'
	run --separate-stderr fdpass send UNIX:/run/x
	assert_error 125 'write /run/x with --connect'
	# relay and hold do not have --listen and --connect, so the error does not suggest these options.
	run --separate-stderr fdpass relay UNIX-LISTEN:./x,fork UNIX-CONNECT:/run/x
	assert_error 125 'write \./x$'
	run --separate-stderr fdpass hold ABSTRACT-RECV:x
	assert_error 125 'write @x with --type=dgram$'
	run --separate-stderr fdpass recv -w 0 foo:bar
	assert_error 125 "'foo:' is not an ADDRESS prefix; .*\./foo:bar"
	assert_equal "$(ls)" ""
	run --separate-stderr fdpass recv -w 0 ./pid:2678:3
	assert_failure 124
}

@test "fdpass help prints the same as --help, and fdpass help VERB prints the help of the verb" {
	assert_equal "$(fdpass help)" "$(fdpass --help)"
	assert_equal "$(fdpass help send)" "$(fdpass send --help)"
	assert_equal "$(fdpass help help)" "$(fdpass --help)"
	run --separate-stderr fdpass help sned
	assert_error 125 "did you mean 'send'"
	run --separate-stderr fdpass help foo
	assert_error 125 "^fdpass: unrecognized verb 'foo'; verbs are recv, .* and help \(see fdpass --help\)$"
	run --separate-stderr fdpass help version
	assert_error 125 "^fdpass: unrecognized verb 'version'; verbs are recv"
	run --separate-stderr fdpass help send ./x
	assert_error 125 "unexpected operand './x'"
	assert_regex "$(fdpass --help)" $'\n +fdpass help \\[VERB\\]'
}

@test "with -v, a verb that waits for connections prints its address once" {
	expects_messages
	cd "$dir"
	run --separate-stderr fdpass recv -v -w 0.05 ./s
	assert_equal "$(grep -c 'fdpass: recv: listening on ./s$' <<<"$stderr")" 1
	run --separate-stderr fdpass send -lv -w 0.05 ./s
	assert_equal "$(grep -c 'fdpass: send: listening on ./s$' <<<"$stderr")" 1
	run --separate-stderr fdpass tty -v -w 0.05 ./s
	assert_equal "$(grep -c 'fdpass: tty: listening on ./s$' <<<"$stderr")" 1
	run --separate-stderr fdpass recv -v -t dgram -w 0.05 ./s
	assert_equal "$(grep -c 'fdpass: recv: listening on ./s$' <<<"$stderr")" 1
	run --separate-stderr fdpass recv -cv --wait=0.05 ./s
	assert_equal "$(grep -c 'fdpass: recv: waiting until a process listens on ./s$' <<<"$stderr")" 1
	start_ready r relay -v ./s ./t
	stop r
	assert_equal "$(grep -c 'fdpass: relay: listening on ./s$' <<<"$stderr")" 1
	run --separate-stderr fdpass recv -w 0.05 ./s
	refute_regex "$stderr" listening
}

@test "-v reports that send waits for a reply, and that any verb waits for the other end of a FIFO" {
	expects_messages
	cd "$dir"
	start_ready r recv -l ./s
	run --separate-stderr fdpass send -v -w 0.05 --reply ./s -d x
	assert_equal "$(grep -c 'fdpass: send: waiting for a reply from ./s$' <<<"$stderr")" 1
	mkfifo ./f
	run --separate-stderr fdpass send -v -w 0.05 ./s ./f
	assert_equal "$(grep -c 'fdpass: send: waiting until another process opens ./f for writing$' <<<"$stderr")" 1
	fdpass_start w "$FDPASS" run -v w:./f -- sh -c 'echo written >&3'
	wait_until fdpass_has_line w.err 'fdpass: run: waiting until another process opens w:./f for reading'
	assert_equal "$(cat ./f)" written
	finish w
	assert_success
	run --separate-stderr fdpass send -w 0.05 ./s ./f
	assert_failure 124
	refute_regex "$stderr" waiting
}

@test "if standard error is a terminal, a verb that waits for connections prints its address without -v" {
	requires script
	run script -qec "'$FDPASS' recv -w 0.05 $dir/s" /dev/null
	assert_regex "$output" "fdpass: recv: listening on $dir/s"
}

@test "--help of every verb begins with examples, and --version lists the compiled-in features" {
	for verb in recv send relay run show tty hold watch; do
		run --separate-stderr fdpass $verb --help
		assert_success
		assert_regex "${lines[2]}" "^  fdpass $verb "
	done
	run --separate-stderr fdpass --version
	assert_success
	assert_regex "${lines[0]}" '^fdpass [0-9]+\.[0-9]+\.[0-9]+$'
	assert_regex "${lines[1]}" 'recv send relay run show tty hold watch; libbsd (static|shared)'
	assert_regex "${lines[2]}" '^Linux .*--pidfd (yes|no), '
}

@test "the error for an option of another verb contains the option" {
	run --separate-stderr fdpass recv --reply "$dir/s"
	assert_error 125 'reply'
	run --separate-stderr fdpass recv --pid-file=x "$dir/s"
	assert_error 125 'pid-file'
}

@test "an argument given to an option that takes no argument is refused" {
	run --separate-stderr fdpass recv --json=yes "$dir/s"
	assert_error 125 'json'
	run --separate-stderr fdpass recv --listen=x "$dir/s"
	assert_error 125 'listen'
}

@test "words after COMMAND are not parsed as options, and -- ends the options before the ADDRESS" {
	start_ready r recv "$dir/s" echo --help --version
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_success
	assert_equal "$output" "--help --version"
	cd "$dir"
	start_ready r recv --json -- -odd
	run peer ./-odd data=hello send
	finish r
	assert_data hello
}

@test "short options can be combined, and arguments can be attached to them" {
	start_ready r recv -kw0.2 "$dir/s"
	finish r
	assert_failure 124
	start_ready r recv -k -w 0.2 "$dir/s"
	finish r
	assert_failure 124
}

@test "every option listed by --help is accepted, in its long and short form" {
	local verb option
	for verb in $(verbs); do
		for option in $(fdpass "$verb" --help | grep -v '^  runc' | grep -oE '(^ *-[a-zA-Z]\b|--[a-z][a-z-]+)' | sort -u); do
			case $option in
			--help | --version | -h | -V) continue ;;
			esac
			run --separate-stderr fdpass "$verb" "$option" --help </dev/null
			refute_regex "$stderr" "(unknown|no such|unrecognized|invalid) option"
		done
	done
}

@test "an ambiguous abbreviation is an error that lists the options" {
	run --separate-stderr fdpass recv --time=0 "$dir/s"
	assert_error 125 "option '--time' is ambiguous: --timeout, --timestamps"
	run --separate-stderr fdpass recv --timeo=0 "$dir/s"
	assert_failure 124
}

@test "suggestions and ambiguous abbreviations are limited to the options of the verb" {
	# show has neither --pid-file nor --pidfd, so neither is suggested.
	run --separate-stderr fdpass show --pid 1
	assert_error 125 "unrecognized option '--pid' [(]"
	# relay has no --timeout, so the error does not suggest --timeout.
	run --separate-stderr fdpass relay --tmeout=1 "$dir/a" "$dir/b"
	assert_error 125 "unrecognized option '--tmeout' [(]"
	# run has no --keep-socket, so --kee is not ambiguous.
	run --separate-stderr fdpass run --kee tcp-listen::80 -- true
	assert_error 125 "unrecognized option '--kee'; did you mean '--keep'[?]"
	run --separate-stderr fdpass --pid 1
	assert_error 125 "option '--pid' is ambiguous: --pidfd, --pid-file"
}

@test "an argument after an option with an optional argument is not parsed as the ADDRESS" {
	cd "$dir"
	run --separate-stderr fdpass send --wait 5 ./s 0
	assert_error 125 'write --wait=5; .*\./5'
	run --separate-stderr fdpass recv -w 0 --keep-socket 5 true
	assert_error 125 'write --keep-socket=5'
	[ ! -e 5 ]
	run --separate-stderr fdpass recv -w 0 --dump-cmsg json ./s
	assert_error 125 'write --dump-cmsg=json; .*\./json'
	run --separate-stderr fdpass recv -w 0 --color never ./s
	assert_error 125 'write --color=never'
	[ ! -e json ] && [ ! -e never ]
	run --separate-stderr fdpass recv -w 0 --dump-cmsg ./json
	assert_failure 124
	# After the ADDRESS, a number is a DESCRIPTOR.
	start_ready r recv ./s
	run --separate-stderr fdpass send ./s --wait 0
	assert_success
	finish r
}

@test "--timeout accepts units, and --mode accepts symbolic modes" {
	cd "$dir"
	for time in 0.01s 10ms 10000us 0.0001m 0.0001min; do
		run --separate-stderr fdpass recv --timeout=$time ./s
		assert_failure 124
	done
	for mode in u=rw:600 a=rw:666 g+rw:660 u=rwx,go=rx:755 640:640 o=:600; do
		start_ready r recv -m "${mode%:*}" ./s
		assert_equal "$(stat -c %a s)" "${mode#*:}" "$mode"
		stop r
	done
	run --separate-stderr fdpass recv --timeout=1x ./s
	assert_error 125 "invalid argument '1x' for --timeout: has an unknown unit [(]expected us, ms, s, m, min, h or d[)]"
	run --separate-stderr fdpass recv -m u=q ./s
	assert_error 125 "invalid argument 'u=q' for --mode: is neither an octal number nor a symbolic mode"
}

# closed_output ARGS [COMMAND]: runs the shell command COMMAND, and then fdpass. The standard output of fdpass is a pipe
# without a reader.
closed_output() {
	[ -p pipe ] || mkfifo pipe
	bash -c "${2-:}; : <pipe & exec 8>pipe; wait; exec '$FDPASS' $1 >&8"
}

# sent_in_vain NAME: sends another message to $dir/s, and succeeds if NAME has exited. Called repeatedly, because the
# first write of NAME to the closed pipe may still succeed.
sent_in_vain() {
	"$FDPASS" send -d hello "$dir/s" 0 2>/dev/null || true
	_fdpass_is_gone "$(pid_of "$1")"
}

@test "SIGPIPE terminates every verb, without a message, when the reader of standard output has exited" {
	cd "$dir"
	local args
	for args in "show" "show --json" "--help" "recv --help" "--version"; do
		run --separate-stderr closed_output "$args"
		assert_failure 141
		assert_equal "$stderr" ""
	done
	# When SIGPIPE terminates recv, recv must remove its path. The path is absolute, because "listens" would also
	# find another program's ./s. With exec, fdpass is the background command, which teardown terminates.
	start r bash -c "exec '$FDPASS' recv -k --json $dir/s > >(head -c 10)"
	wait_until listens "$dir/s"
	wait_until sent_in_vain r
	finish r
	assert_failure 141
	assert_equal "$stderr" ""
	[ ! -e s ]
	start r bash -c "exec '$FDPASS' relay --json $dir/s $dir/t > >(head -c 10)"
	wait_until listens "$dir/s"
	start_ready t recv -k "$dir/t"
	wait_until sent_in_vain r
	finish r
	assert_failure 141
	assert_equal "$stderr" ""
	[ ! -e s ]
	stop t
	# If SIGPIPE is ignored, a closed pipe is an error.
	run --separate-stderr closed_output show "trap '' PIPE"
	assert_error 125 'cannot write to standard output: Broken pipe'
}

@test "the error for a missing or mutually exclusive option contains both options" {
	cd "$dir"
	run --separate-stderr fdpass recv --max-children=2 ./s
	assert_error 125 '--max-children needs --spawn'
	run --separate-stderr fdpass recv --spawn ./s
	assert_error 125 '--spawn needs a COMMAND'
	run --separate-stderr fdpass send --json ./s
	assert_error 125 '--json needs --reply'
	run --separate-stderr fdpass send --fd=3 ./s
	assert_error 125 '--fd needs --reply and a COMMAND'
	run --separate-stderr fdpass send --reply --fd=3 ./s
	assert_error 125 '--fd needs a COMMAND'
	run --separate-stderr fdpass run -k 0 -- true
	assert_error 125 '--keep needs --on-demand or --accept'
	run --separate-stderr fdpass run --accept --on-demand 0 -- true
	assert_error 125 '--accept and --on-demand are mutually exclusive'
	run --separate-stderr fdpass recv --listen --connect ./s
	assert_error 125 '--listen and --connect are mutually exclusive'
	run --separate-stderr fdpass recv --bufsize=1 --buffers=1 ./s
	assert_error 125 '--buffers and --bufsize are mutually exclusive'
}
