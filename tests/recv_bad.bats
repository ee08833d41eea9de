#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of recv with invalid input: options with missing, empty, huge, negative, non-numeric and repeated values, and
# standard streams that are closed or full. Each error must be one line with the object and the reason, have the correct
# exit status, and leave no files behind.

load helpers

# Prints the options of recv that require an argument, according to --help.
options_with_argument() {
	fdpass recv --help | sed -n '/^  -l/,$p' | grep -oE -e '--[a-z-]+=' | tr -d = | sort -u
}

# refused PATTERN ARG...: checks that recv prints one line that matches PATTERN, exits with 125, and creates no socket.
refused() {
	local pattern=$1
	shift
	run --separate-stderr fdpass recv "$@" "$dir/s"
	assert_error 125 "$pattern" || {
		echo "# with: $*" >&2
		return 1
	}
	assert_equal "$output" "" "standard output" || return 1
	[[ -z $(ls -A "$dir") ]] || {
		fdpass_report "left behind by $*" files "$(ls -A "$dir")"
		return 1
	}
}

@test "every option that requires an argument reports a missing argument" {
	local option
	[ "$(options_with_argument | wc -l)" -gt 20 ]
	for option in $(options_with_argument); do
		run --separate-stderr fdpass recv "$option"
		assert_error 125 "$option.*--help"
	done
}

@test "every option that requires an argument reports an empty argument" {
	local option
	for option in $(options_with_argument); do
		case $option in
		--data) continue ;; # a separate test below tests --data
		esac
		refused "$option" "$option="
	done
	refused -- '--data|data' --data=
}

@test "recv refuses numbers that are negative, too large, not numeric or have trailing characters" {
	local option value
	for option in --messages --bufsize --ancbufsize --ready-fd --max-children --fds --timeout --wait; do
		for value in -1 99999999999999999999999 x 1x 0x10 ' 1' '1 ' 1e3 +1 '' NaN inf; do
			case $option$value in
			--timeout1e3 | --wait1e3) continue ;;
			esac
			refused "${option#--}" "$option=$value" -c
		done
	done
}

@test "--messages=0 and --max-children=0 are refused" {
	refused messages --messages=0
	refused max-children --max-children=0 --spawn -k
	refused 'max-children needs --spawn' --max-children=2
}

@test "-n refuses every invalid range" {
	local value
	for value in 3-2 -3 3- - + 1-2-3 1,2 ++ 1++ 99999999999+ 1-99999999999999999999; do
		refused 'fds|-n' -n "$value"
	done
}

@test "--buffers refuses every invalid list, and more than IOV_MAX buffers" {
	local value
	for value in ',' '1,' ',1' '1,,2' -1 1,-1 x 1,x 99999999999999999999 4:7; do
		refused buffers --buffers="$value"
	done
	refused 'buffers.*1024' --buffers="$(printf '1,%.0s' {1..1024})1"
}

@test "--flags refuses unknown and empty flags" {
	refused 'flags.*bogus' --flags=bogus
	refused 'flags' --flags=peek,,trunc
	refused 'flags.*-1' --flags=-1
}

@test "--type, --mode, --dump-cmsg, --color and --require refuse unknown words" {
	refused 'type.*packet' --type=packet
	refused 'type' -t 1
	local value
	for value in 8 abc 0o600 77777 -1 99999999999999999999 rw-------; do
		refused mode --mode="$value"
	done
	refused "'xml' for --dump-cmsg" --dump-cmsg=xml
	refused 'require.*nothing-like-this' --require=nothing-like-this
	refused 'require' --require=regular,
}

@test "--owner, --group, --allow-uid and --allow-gid refuse unknown names and numbers out of range" {
	local option value
	for option in --owner --group --allow-uid --allow-gid; do
		for value in no-such-name-here -1 99999999999999999999 4294967295 4294967296; do
			refused "${option#--}" "$option=$value"
		done
		value=$(printf '%0200d' 0)x
		refused "$value" "$option=$value"
	done
}

@test "--fd refuses invalid numbers, numbers above the limit, empty names and invalid variable names" {
	local value
	for value in x -1 99999999999999999999 3= '$' '$1x' '$A-B' 3=a:b $'3=a\nb' 5x; do
		run --separate-stderr fdpass recv --fd="$value" "$dir/s" true
		assert_error 125 'fd' || {
			echo "# --fd=$value" >&2
			false
		}
		[ ! -e "$dir/s" ]
	done
	(
		ulimit -n 64
		run --separate-stderr fdpass recv --fd=64 "$dir/s" true
		assert_error 125 '64'
	)
	[ ! -e "$dir/s" ]
}

@test "--inherit refuses invalid numbers and descriptors that are not open" {
	local value
	for value in x -1 '3,' ',3' 99999999999999999999 77; do
		run --separate-stderr fdpass recv --inherit="$value" "$dir/s" true
		assert_error 125 'inherit' || {
			echo "# --inherit=$value" >&2
			false
		}
		[ ! -e "$dir/s" ]
	done
	run --separate-stderr fdpass recv --inherit=0,x "$dir/s" true
	assert_error 125 "invalid argument '0,x' for --inherit: item 2 is not a number"
}

@test "--keep-socket refuses a number that is in use or invalid" {
	run --separate-stderr fdpass recv --fd=5 --keep-socket=5 "$dir/s" true
	assert_error 125 '5'
	run --separate-stderr fdpass recv --keep-socket=x "$dir/s" true
	assert_error 125 'keep-socket'
	[ ! -e "$dir/s" ]
}

@test "--data refuses unknown destinations, files that cannot be created, and destinations that require a command" {
	refused 'bogus.*--data' --data=bogus
	refused 'data' --data=fd:x
	refused 'data' --data=env:
	refused 'data' --data=env:A-B
	refused 'data|file' --data=file:
	refused 'none/f' --data="file:$dir/none/f"
	refused 'stdin|COMMAND|command' --data=stdin
	refused 'env|COMMAND|command' --data=env:X
}

@test "--send reports a missing file" {
	start_peer p -l "$dir/peer" wait
	run --separate-stderr fdpass recv -c --send="@$dir/none" "$dir/peer"
	assert_error 125 "$dir/none.*No such file"
}

@test "--setenv refuses an invalid name" {
	local value
	for value in x =x 1A=x 'A B=x'; do
		run --separate-stderr fdpass recv --setenv="$value" "$dir/s" true
		assert_error 125 'setenv'
		[ ! -e "$dir/s" ]
	done
}

@test "recv refuses mutually exclusive options, and options that require a missing COMMAND" {
	refused 'listen.*connect|connect.*listen' -l -c
	refused 'COMMAND|command|spawn' --spawn
	refused 'COMMAND|command|fd' --fd=3
	refused 'COMMAND|command|stdin' -i
	refused 'COMMAND|command|keep-socket' --keep-socket
	refused 'bufsize|buffers' --bufsize=10 --buffers=1,2
}

@test "recv refuses an option that is given twice, unless the option forms a list" {
	local option
	for option in --messages=1 --type=stream --timeout=1 --json --listen -k --data=discard --bufsize=9; do
		refused "${option%%=*}|${option#-}|keep.*twice" $option $option
	done
	start_ready r recv --fd=5 --fd=6 --setenv=A=1 --setenv=B=2 "$dir/s" true
	stop r
}

@test "recv refuses a missing, empty, too long or otherwise invalid ADDRESS" {
	run --separate-stderr fdpass recv
	assert_error 125 'ADDRESS.*--help'
	run --separate-stderr fdpass recv ''
	assert_error 125 ''
	run --separate-stderr fdpass recv unix:
	assert_error 125 'unix:'
	run --separate-stderr fdpass recv @
	assert_error 125 '@'
	run --separate-stderr fdpass recv "$dir/$(printf 'x%.0s' {1..256})"
	assert_error 125 'File name too long|too long|at most'
	run --separate-stderr fdpass recv "@$(printf 'x%.0s' {1..108})"
	assert_error 125 'too long|107'
	run --separate-stderr fdpass recv "abns@$(printf 'x%.0s' {1..108})"
	assert_error 125 'too long|107'
	run --separate-stderr fdpass recv "/$(printf 'x/%.0s' {1..5000})"
	assert_error 125 'File name too long|too long|at most'
	local address
	for address in fd: fd:x fd:-1 fd:99999999999999999999 fd:1x listen: env: env:A=B; do
		run --separate-stderr fdpass recv "$address"
		assert_error 125 "$address"
	done
}

@test "error messages show an invalid argument without its control characters" {
	run --separate-stderr fdpass recv --type=$'\033[31mred\n' "$dir/s"
	assert_error 125 'type'
	refute_regex "$stderr" $'\033'
	run --separate-stderr fdpass recv -c "$dir/"$'no\033such\nfile'
	assert_error 125 'No such file'
	refute_regex "$stderr" $'\033'
}

# --- standard streams

@test "recv fails if standard output is a file on a full disk" {
	start r sh -c 'exec "$FDPASS" recv "$0" >/dev/full' "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd send
	finish r
	assert_error 125 '([Ss]tandard output|stdout).*No space left'
	[ ! -e "$dir/s" ]
	start r sh -c 'exec "$FDPASS" recv --data=- "$0" >/dev/full' "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x send
	finish r
	assert_error 125 '([Ss]tandard output|stdout).*No space left'
	for what in --help --version; do
		run --separate-stderr sh -c '"$FDPASS" "$0" >/dev/full' $what
		assert_error 125 'No space left'
	done
}

@test "recv fails and removes its path if standard output is a pipe without a reader" {
	start r sh -c '{ "$FDPASS" recv "$0"; echo "status $?" >&2; } | true' "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd send
	finish r
	assert_regex "$stderr" 'status [1-9]'
	[ ! -e "$dir/s" ]
}

@test "recv works with closed standard streams, unless it needs the closed stream" {
	local closed
	for closed in '<&-' '2>&-' '<&- 2>&-'; do
		start r sh -c "exec \"\$FDPASS\" recv --json \"\$0\" $closed" "$dir/s"
		wait_until listens "$dir/s"
		run peer "$dir/s" data=x open=/etc/passwd send
		finish r
		assert_success
		assert_kinds regular
		assert_json '.ancdata[0].fds[0].fd > 2' true
	done
	start r sh -c 'exec "$FDPASS" recv --json "$0" >&-' "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x open=/etc/passwd send
	finish r
	assert_error 125 '[Ss]tandard output|stdout'
	start r sh -c 'exec "$FDPASS" recv "$0" sh -c "cat <&3 >$0.out" <&- >&- 2>&-' "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x open=/etc/hostname send
	finish r
	assert_success
	cmp "$dir/s.out" /etc/hostname
}

@test "recv fails and does not execute COMMAND if it cannot write to the file of --data=file: because the disk is full" {
	start_ready r recv --data=file:/dev/full "$dir/s" touch "$dir/ran"
	run peer "$dir/s" data=0123456789 null=1 send
	finish r
	assert_error 125 '/dev/full.*No space left'
	[ ! -e "$dir/ran" ]
}

@test "recv fails if it cannot write to the descriptor of --ready-fd" {
	run --separate-stderr sh -c '"$FDPASS" recv --ready-fd=9 "$0" 9>/dev/full' "$dir/s"
	assert_error 125 'ready-fd|9.*No space left'
	[ ! -e "$dir/s" ]
}

@test "with a very low limit on open files, recv works or reports the error, and leaves no socket file" {
	not_under qemu "uses some descriptor numbers itself"
	not_under valgrind "does not start with such a low limit on open files"
	local limit
	# LeakSanitizer itself needs descriptors at exit.
	export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}detect_leaks=0
	for limit in 4 5 6 7 8; do
		run --separate-stderr bash -c 'exec 3>&- 4>&- 10<&- 11>&- 12>&- 13>&-; ulimit -n "$1"; exec timeout 5 "$FDPASS" recv -w 0.1 "$0"' \
		    "$dir/s" $limit
		[ "$status" -eq 124 ] || assert_error 125 'Too many open files|No file descriptors available' || {
			echo "# ulimit -n $limit" >&2
			false
		}
		[ ! -e "$dir/s" ]
	done
}

@test "recv refuses a --ready-fd that it did not inherit, even if it has opened this number itself" {
	local n
	for n in 3 4 5 6; do
		run --separate-stderr bash -c 'exec 3>&- 4>&- 5>&- 6>&-; exec timeout 5 "$FDPASS" recv -w 0.1 --data=file:"$1" --ready-fd='"$n"' "$0"' \
		    "$dir/s" "$dir/data"
		assert_error 125 "ready-fd=$n: descriptor $n is not open"
		[[ ! -s $dir/data && ! -e $dir/s ]]
	done
}

@test "recv refuses a buffer of 0 bytes on a stream socket, unless another option limits the number of messages" {
	run --separate-stderr fdpass recv --bufsize=0 "$dir/s"
	assert_error 125 '--bufsize=0: .* 0 bytes .* --messages=N'
	[ ! -e "$dir/s" ]
	run --separate-stderr fdpass recv --buffers=0,0 "$dir/s"
	assert_error 125 '--buffers: .* 0 bytes .* --messages=N'
	receive r --bufsize=0 --messages=1 "$dir/s"
	run peer "$dir/s" data=hello send
	finish r
	assert_success
	assert_json '[.nbytes, .data]' '[0,""]'
	receive r -t seqpacket --bufsize=0 "$dir/s"
	run peer -t seqpacket "$dir/s" data=hello send
	finish r
	assert_success
	assert_json '[.nbytes, .msg_flags]' '[0,["MSG_TRUNC"]]'
}

@test "--data=file:PATH keeps the previous content of the file until data is written" {
	echo precious >"$dir/kept"
	run --separate-stderr fdpass recv -w 0.1 --data=file:"$dir/kept" "$dir/s" true
	assert_error 124 'timed out'
	assert_equal "$(cat "$dir/kept")" precious
	start_ready r recv --require=socket --data=file:"$dir/kept" "$dir/s" true
	run peer "$dir/s" data=new null=1 send
	finish r
	assert_error 125 refused
	assert_equal "$(cat "$dir/kept")" precious
	start_ready r recv --data=file:"$dir/kept" "$dir/s" true
	run peer "$dir/s" data=new null=1 send
	finish r
	assert_success
	assert_equal "$(cat "$dir/kept")" new
	start_ready r recv --data=file:"$dir/kept" "$dir/s"
	run peer "$dir/s"
	finish r
	assert_success
	assert_equal "$(cat "$dir/kept")" ""
}

@test "two options that use the same descriptor number are reported before recv waits" {
	local option
	for option in --data=fd:3 --keep-socket=3 --inherit=5 --keep-socket=4; do
		run --separate-stderr fdpass recv "$option" --fds=3 "$dir/s" true 5</dev/null
		assert_error 125 "$option: a received descriptor needs this number"
	done
	start_ready r recv --data=fd:4 "$dir/s" sh -c 'cat <&4'
	run peer "$dir/s" data=content null=1 send
	finish r
	assert_success
	assert_equal "$output" content
}

@test "a missing file for --send is reported before recv waits" {
	local keep
	for keep in '' -k; do
		# shellcheck disable=SC2086 # word splitting is intended
		run --separate-stderr fdpass recv $keep --send=@"$dir/missing" "$dir/s"
		assert_error 125 'missing: No such file'
		[ ! -e "$dir/s" ]
	done
}

@test "if descriptors are lost while recv shows messages, one line on standard error reports the loss" {
	not_under valgrind "reserves some descriptor numbers"
	start r bash -c 'ulimit -n 20; exec "$FDPASS" recv --json "$1"' - "$dir/s"
	wait_until listens "$dir/s"
	run peer "$dir/s" data=x null=60 send data=y null=60 send
	finish r
	assert_error 125 'message 1: descriptors were lost.*RLIMIT_NOFILE is 20'
}
