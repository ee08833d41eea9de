#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of run, which opens the descriptors named on the command line, and executes a command with them as recv does.

load helpers

refused_verb=run

# run_clean ARG...: runs "fdpass run ARG..." with only descriptors 0, 1, 2 and the numbers in $keep open.
run_clean() {
	run ${expected+"$expected"} --separate-stderr clean "$FDPASS" run "$@"
}

# --- places and names

@test "run places descriptors from number 3 up and announces them as sd_listen_fds(3) requires" {
	run_clean /etc/passwd=web tcp-listen:127.0.0.1:0 r:/dev/zero=null -- "$PEER" inherited
	assert_success
	expect_fds 0 1 2 3 4 5
	assert_regex "$output" '3 /etc/passwd'
	assert_regex "$output" '4 socket:'
	assert_regex "$output" '5 /dev/zero'
	assert_equal "$(variable LISTEN_FDS)" 3
	assert_regex "$output" 'LISTEN_PID is mine'
	assert_equal "$(variable LISTEN_FDNAMES)" web:unknown:null
	assert_equal "$(variable FDPASS_COUNT)" 3
	assert_equal "$(variable FDPASS_FD_0) $(variable FDPASS_FD_2)" "3 5"
	assert_equal "$(variable FDPASS_PEER_PID)" ""
}

@test "run sets the same variables as recv, except those about the sender" {
	start_ready r recv --fd=3=a --fd=4=b --setenv='X={fd:b}' "$dir/s" "$PEER" env
	run peer "$dir/s" data=x open=/etc/passwd open=/etc/group send
	finish r
	local received
	received=$(grep -v PEER <<<"$output" | sed "s/^LISTEN_PIDFDID=.*/LISTEN_PIDFDID/")
	run_clean --fd=3=a --fd=4=b --setenv='X={fd:b}' /etc/passwd /etc/group -- "$PEER" env
	assert_equal "$(grep -v "^LISTEN_PIDFDID=" <<<"$output")" "$(grep -v "^LISTEN_PIDFDID" <<<"$received")"
	[ -n "$output" ]
}

@test "--fd=N, =NAME, -i, -o, -e and \$VAR place descriptors in the order of the options" {
	printf 'in\n' >"$dir/in"
	run_clean -i -o -e --fd=9 --fd='$WHERE' "$dir/in" "w:$dir/out" "w:$dir/err" /etc/passwd /etc/group -- \
	    sh -c 'cat; echo err >&2; readlink /proc/self/fd/9; readlink "/proc/self/fd/$WHERE"; echo "[$LISTEN_FDS]"'
	assert_success
	assert_equal "$output$stderr" ""
	assert_equal "$(cat "$dir/out")" $'in\n/etc/passwd\n/etc/group\n[]'
	assert_equal "$(cat "$dir/err")" err
}

@test "run places descriptors at the given numbers, in any order, and replaces descriptors that are open there" {
	local order
	for order in '3 4 5' '5 4 3' '4 5 3' '5 3 4' '4 3 5' '9 3 8'; do
		local -a places options=()
		read -ra places <<<"$order"
		local place want=""
		for place in "${places[@]}"; do
			options+=(--fd="$place")
		done
		exec 5</etc/passwd 6</etc/group
		keep="5 6" run_clean "${options[@]}" 5 6 /dev/zero -- "$PEER" fds
		exec 5<&- 6<&-
		assert_success
		want=$(printf '%s\n' "${places[0]} /etc/passwd" "${places[1]} /etc/group" "${places[2]} /dev/zero" | sort -n)
		assert_equal "$(grep -vE '^[012] ' <<<"$output")" "$want" "order $order"
	done
}

@test "run accepts a descriptor that is given twice, and a descriptor that is already at its target number" {
	exec 5</etc/passwd
	keep=5 run_clean 5 5 --fd=5 --fd=3 -- "$PEER" fds
	exec 5<&-
	assert_success
	assert_equal "$(grep -vE '^[012] ' <<<"$output")" $'3 /etc/passwd\n5 /etc/passwd'
}

@test "run --fd=N=NAME overrides the name given with the DESCRIPTOR" {
	run_clean --fd=3=outer --fd=4 /etc/passwd=inner /etc/group=kept -- "$PEER" env
	assert_equal "$(variable LISTEN_FDNAMES)" outer:kept
}

@test "listen:all passes all descriptors from LISTEN_FDS with their names" {
	run_clean /etc/passwd=a tcp-listen:127.0.0.1:0=b -- "$FDPASS" run /dev/zero=c listen:all -- "$PEER" inherited
	assert_success
	expect_fds 0 1 2 3 4 5
	assert_equal "$(variable LISTEN_FDNAMES)" c:a:b
	assert_regex "$output" 'LISTEN_PID is mine'
}

@test "sd_listen_fds_with_names(3) finds the descriptors that run passed" {
	requires python3
	python3 - <<-'END' || skip "libsystemd is not installed"
		import ctypes
		ctypes.CDLL("libsystemd.so.0")
	END
	run_clean tcp-listen:127.0.0.1:0=web udp-listen:127.0.0.1:0 "unix-listen:$dir/s=ctl" -- python3 -c '
import ctypes
sd = ctypes.CDLL("libsystemd.so.0")
names = ctypes.POINTER(ctypes.c_char_p)()
n = sd.sd_listen_fds_with_names(0, ctypes.byref(names))
print(n, *[names[i].decode() for i in range(n)])
print(sd.sd_is_socket_inet(3, 2, 1, 1, 0), sd.sd_is_socket_inet(4, 2, 2, -1, 0), sd.sd_is_socket_unix(5, 1, 1, None, 0))'
	assert_equal "$output" $'3 web unknown ctl\n1 1 1'
}

@test "run without a descriptor passes only the standard streams" {
	exec 7</etc/passwd
	LISTEN_FDS=3 run --separate-stderr fdpass run -- "$PEER" inherited
	exec 7<&-
	assert_success
	expect_fds 0 1 2
	assert_equal "$(variable LISTEN_FDS)" ""
	assert_equal "$(variable FDPASS_COUNT)" 0
}

# --- variables

@test "run w:PATH truncates an existing file only if COMMAND has been found" {
	echo content >"$dir/f"
	expected=-127 run_clean "w:$dir/f" -- no-such-command-anywhere
	assert_equal "$(cat "$dir/f")" content
	run_clean "w:$dir/f" -- true
	assert_equal "$(cat "$dir/f")" ''
}

@test "--setenv replaces {fd}, {fd:I} and {fd:NAME} by numbers, and leaves other braces unchanged" {
	run_clean --setenv='NGINX={fd};' --setenv='B={fd:1}' --setenv='C=x{fd:web}y{fd}z' --setenv='D={fdx} {' --setenv=E= \
	    /etc/passwd tcp-listen:127.0.0.1:0=web -- sh -c 'printf "%s\n" "$NGINX" "$B" "$C" "$D" "${E-unset}"'
	assert_success
	assert_equal "$output" $'3;\n4\nx4y3z\n{fdx} {'
	run_clean --fd=7 --setenv='WAYLAND_SOCKET={fd}' socketpair:=w -- true
	assert_error 125 'cannot place 2 descriptors with 1 option '
	run_clean --fd=7 --setenv='WAYLAND_SOCKET={fd}' /dev/null -- sh -c 'echo "$WAYLAND_SOCKET"'
	assert_equal "$output" 7
}

@test "--setenv fails if {fd} does not match a descriptor or = is missing" {
	refused '--setenv=A=[{]fd[}]: [{]fd[}] does not match any descriptor' --setenv='A={fd}' -- true
	refused '[{]fd:web[}] does not match any descriptor' --setenv='A={fd:web}' 0 -- true
	refused '[{]fd:7[}] does not match any descriptor' --setenv='A={fd:7}' 0 -- true
	local bad
	for bad in A =x 1A=x 'A B=x' '' 'Ä=x'; do
		refused 'invalid argument .* for --setenv: expected NAME=VALUE' --setenv="$bad" 0 -- true
	done
}

@test "run removes FDPASS_ variables that it inherited" {
	export LISTEN_FDS=7 LISTEN_PID=1 LISTEN_FDNAMES=a:b LISTEN_PIDFDID=5 FDPASS_FD_5=9 FDPASS_PEER_UID=4
	run_clean --fd=8 /etc/passwd -- "$PEER" env
	assert_equal "$(grep -E '^(LISTEN|FDPASS_FD_5|FDPASS_PEER)' <<<"$output")" ""
	assert_equal "$(variable FDPASS_FD_0)" 8
}

# --- opening DESCRIPTORs

@test "run tcp-listen:HOST:0 selects a free port, which --verbose prints" {
	start s "$FDPASS" run --verbose tcp-listen:127.0.0.1:0=web -- sh -c 'exec sleep 60'
	wait_until fdpass_has_line "$dir/s.err" ':'
	assert_regex "$(cat "$dir/s.err")" '^fdpass: run: tcp-listen:127.0.0.1:0=web: 127.0.0.1:[0-9]+$'
	local port
	port=$(sed 's/.*://' "$dir/s.err")
	: 5<>"/dev/tcp/127.0.0.1/$port"
	stop s
}

@test "unix-listen: creates a path with the given mode, owner and type, which is kept for COMMAND" {
	run_clean --mode=0640 "unix-listen:$dir/s" -- stat -c '%F %a' "$dir/s"
	assert_equal "$output" 'socket 640'
	[ -S "$dir/s" ]
	run_clean -t seqpacket "unix-listen:@$dir/abstract" -- "$FDPASS" show --json 3
	assert_json '.socket | [.type, .listening]' '["SOCK_SEQPACKET",true]' || assert_json '.socket.type' SOCK_SEQPACKET
}

@test "pid:PID:FD passes the socket of a running server" {
	not_under valgrind "does not support pidfd_open"
	start s "$FDPASS" run --verbose tcp-listen:127.0.0.1:0=web -- sleep 60
	wait_until fdpass_has_line "$dir/s.err" ':'
	run_clean "pid:$(pid_of s):3=web" -- "$PEER" inherited
	assert_equal "$(grep '^3 ' <<<"$output")" "3 $(readlink "/proc/$(pid_of s)/fd/3")"
	assert_equal "$(variable LISTEN_FDNAMES)" web
	stop s
}

@test "run pipe: passes both ends of a pipe, and run memfd: passes a memfd" {
	run_clean pipe:=p -- sh -c 'echo through >&4; head -n 1 <&3'
	assert_equal "$output" through
	run --separate-stderr sh -c 'printf "all of it" | "$0" run memfd:m -- cat /proc/self/fd/3 3>&- 4>&-' "$FDPASS"
	assert_equal "$output" "all of it"
}

# --- leaks

@test "run passes only the given descriptors and the descriptors that --inherit selects" {
	not_under valgrind "does not support pidfd_open"
	exec 5</etc/passwd 6</etc/group 77</dev/null
	run --separate-stderr fdpass run /dev/zero -- "$PEER" fds
	expect_fds 0 1 2 3
	run --separate-stderr fdpass run --inherit=5,77 /dev/zero -- "$PEER" fds
	expect_fds 0 1 2 3 5 77
	keep="5 6 77" run_clean --inherit=all /dev/zero "unix-listen:$dir/s" "pid:$$:5" "pidfd:$$" -- "$PEER" fds
	exec 5<&- 6<&- 77<&-
	# Some of the opened DESCRIPTORs would be placed at 5 and 6, where --inherit=all keeps inherited descriptors.
	assert_error 125 'descriptor 5 is kept by --inherit'
}

@test "--inherit=all passes inherited descriptors, but no other descriptors that run opened" {
	not_under valgrind "does not support pidfd_open"
	exec 15</etc/passwd 16</etc/group
	keep="15 16" run_clean --inherit=all "unix-listen:$dir/s" "pid:$$:0" "pidfd:$$" "w:$dir/w" localhost= "tcp-listen:localhost:0" -- true
	assert_error 125 'localhost'
	keep="15 16" run_clean --inherit=all "unix-listen:$dir/s" "pid:$$:0" "pidfd:$$" "w:$dir/w" "tcp-listen:localhost:0" pipe: \
	    socketpair: memfd:m --fd=30 --fd=31 --fd=32 --fd=33 --fd=34 --fd=35 --fd=36 --fd=37 --fd=38 --fd=39 -- "$PEER" fds
	exec 15<&- 16<&-
	assert_success
	expect_fds 0 1 2 15 16 30 31 32 33 34 35 36 37 38 39
}

@test "run passes an inherited DESCRIPTOR only at its new number, and closes the old number" {
	exec 9</etc/passwd
	keep=9 run_clean 9 -- "$PEER" fds
	exec 9<&-
	expect_fds 0 1 2 3
	assert_regex "$output" '3 /etc/passwd'
}

@test "run passes exactly 200 given descriptors" {
	local -a fds=()
	local i
	for ((i = 0; i < 200; i++)); do
		fds+=(/etc/passwd)
	done
	run_clean "${fds[@]}" -- sh -c '"$0" fds | wc -l; echo "$LISTEN_FDS $FDPASS_FD_199"' "$PEER"
	assert_equal "$(tr -d ' ' <<<"${lines[0]}") ${lines[1]}" "203 200 202"
}

@test "standard streams that are closed when run starts stay closed in COMMAND" {
	run --separate-stderr sh -c '"$0" run /etc/passwd -- "$1" fds <&- 2>&- 3>&- 4>&-' "$FDPASS" "$PEER"
	assert_success
	expect_fds 1 3
	assert_regex "$output" '3 /etc/passwd'
}

@test "COMMAND of run has the signal actions and the signal mask that fdpass inherited" {
	not_under qemu "uses a real-time signal itself"
	run_clean 0 -- grep -E '^Sig(Blk|Ign)' /proc/self/status
	local ours
	ours=$(clean grep -E '^Sig(Blk|Ign)' /proc/self/status)
	assert_equal "$output" "$ours"
}

@test "COMMAND replaces run in the same process, so the exit status is that of COMMAND" {
	start s "$FDPASS" run 0 -- sh -c 'echo $$; exit 7'
	local pid
	pid=$(pid_of s)
	finish s
	assert_failure 7
	assert_equal "$output" "$pid"
}

# --- errors

@test "run fails without --, without COMMAND, and with an empty COMMAND" {
	refused "missing '--' between" 0 true
	refused "missing '--' between"
	refused 'missing COMMAND' 0 --
	refused 'missing COMMAND' --
	refused 'missing COMMAND' 0 -- ''
	run_clean 0 -- printf '%s' ''
	assert_success
	run_clean 0 -- sh -c 'echo "$#"' sh -- --verbose ''
	assert_equal "$output" 3
}

@test "run exits with 127 or 126 if COMMAND is missing or not executable, and leaves no path" {
	expected=-127 run_clean "unix-listen:$dir/u" "w:$dir/w" -- no-such-command-anywhere
	assert_error 127 'cannot run no-such-command-anywhere: No such file'
	assert_equal "$(ls "$dir")" ""
	: >"$dir/plain"
	run_clean "unix-listen:$dir/u" -e "w:$dir/w" -i -- "$dir/plain"
	assert_error 126 "cannot run $dir/plain: Permission denied"
	assert_equal "$(ls "$dir")" plain
}

@test "run removes the path of unix-listen: if COMMAND cannot be executed" {
	not_under valgrind "executes the command"
	local number
	printf '#!%s/no-such-interpreter\n' "$dir" >"$dir/script"
	chmod 755 "$dir/script"
	for number in {3..9}; do
		run -127 --separate-stderr fdpass run --fd="$number" --fd=20 "unix-listen:$dir/u" "unix-listen:$dir/v" -- "$dir/script"
		assert_error 127 "cannot run $dir/script: No such file"
		assert_equal "$number: $(ls "$dir")" "$number: script"
	done
}

@test "the error for a DESCRIPTOR contains the DESCRIPTOR as written, and COMMAND is not executed" {
	refused '/nope=x: cannot open for reading: No such file' "unix-listen:$dir/u" "w:$dir/w" tcp-listen:127.0.0.1:0 /nope=x -- \
	    touch "$dir/ran"
	assert_equal "$(ls "$dir")" ""
	refused '99: descriptor 99 is not open' 99 -- true
	refused 'socketpair:nonsense: ' socketpair:nonsense -- true
	start s "$FDPASS" run --verbose tcp-listen:127.0.0.1:0 -- sleep 60
	wait_until fdpass_has_line "$dir/s.err" ':'
	local at
	at=$(grep -oE '127.0.0.1:[0-9]+$' "$dir/s.err")
	refused "tcp-listen:$at: listen on $at: Address (already )?in use" "tcp-listen:$at" -- true
	stop s
}

@test "run fails if the number of --fd options does not match the DESCRIPTORs" {
	refused 'cannot place 2 descriptors with 1 option ' --fd=5 0 0 -- true
	refused 'cannot place 1 descriptor with 2 options' --fd=5 --fd=6 0 -- true
	refused 'descriptor number 5 is used twice' --fd=5 --fd=5 0 0 -- true
	refused 'descriptor number 0 is used twice' -i --fd=0 0 0 -- true
	refused 'cannot place 1 descriptor with 2 options' -i -o "w:$dir/w" -- true
	[ ! -e "$dir/w" ]
}

@test "run reports invalid option arguments" {
	local option
	for option in --type= --type=raw --mode= --mode=x --mode=9 --owner= --owner=no-such-user --group=no-such-group --fd= \
	    --fd=x --fd=-1 --fd=99999999999 --fd='$' --fd='$1' --fd='$A-B' --fd=3=a:b --fd=3= --inherit= --inherit=x \
	    --inherit=99 --inherit=-1 --inherit=3,,4 --inherit=99999999999 --setenv= --setenv=x; do
		run --separate-stderr fdpass run "$option" "w:$dir/w" -- touch "$dir/ran"
		assert_error 125 '' || {
			echo "$option"
			return 1
		}
		assert_equal "$(ls "$dir")" ""
	done
	refused 'type was specified twice' -t stream -t dgram 0 -- true
	refused 'json is not an option of run' --json 0 -- true
	refused 'unrecognized option' --nonsense 0 -- true
}

@test "a signal that terminates run while it waits to open a FIFO removes the files that it has created" {
	mkfifo "$dir/fifo"
	start s "$FDPASS" run "unix-listen:$dir/u" "w:$dir/w" "$dir/fifo" -- touch "$dir/ran"
	wait_until test -e "$dir/w"
	stop s
	assert_failure 143
	[ ! -e "$dir/u" ]
	[ ! -e "$dir/w" ]
	[ ! -e "$dir/ran" ]
}
