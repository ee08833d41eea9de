#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the bats library that fdpass installs: starting programs, waiting, assertions, and failure reports.

load helpers

# fails_with REGEX COMMAND...: checks that the command fails with a report that matches REGEX.
fails_with() {
	local regex=$1 printed rc=0
	shift
	printed=$("$@" 2>&1) || rc=$?
	[[ $rc != 0 ]] || {
		echo "succeeds: $*"
		return 1
	}
	[[ $printed =~ $regex ]] || {
		printf 'does not print "%s": %s\n' "$regex" "$printed"
		return 1
	}
}

@test "fdpass_receive returns when the receiver is ready, and assertions apply to the received messages" {
	fdpass_receive r --creds "$FDPASS_DIR/sock"
	[[ -S $FDPASS_DIR/sock ]]
	fdpass send -d hello "$FDPASS_DIR/sock" /etc/hosts pipe:
	fdpass_finish r
	assert_success
	assert_data hello
	assert_kinds regular pipe pipe
	assert_json '.ancdata | length' 2
	assert_json '.peer.uid' "$(id -u)"
	assert_credentials "$(jq '.peer.pid' <<<"$output")" "$(id -u)" "$(id -g)"
}

@test "a failed assertion prints the expected and the actual value" {
	status=3 output='{"data":"abc","data_base64":null,"ancdata":[{"fds":[{"kind":"pipe"}],"credentials":null}]}'
	stderr='fdpass: something'
	fails_with 'expected:.*regular.*got:.*pipe' assert_kinds regular
	fails_with 'expected:.*xyz.*got:.*abc' assert_data xyz
	fails_with 'expected:.*1.*got:.*null' assert_json .nothing 1
	fails_with 'descriptors' assert_kinds
	fails_with 'fdpass: something' assert_kinds
	assert_kinds pipe
	assert_data abc
	assert_json '.ancdata[0].fds[0].kind' pipe
}

@test "a failed assert_credentials prints both credentials, or, without credentials, the option that requests them" {
	output='{"ancdata":[]}'$'\n''{"ancdata":[{"credentials":null},{"credentials":{"pid":1,"uid":2,"gid":3}}]}'
	assert_credentials 1 2 3
	fails_with 'credentials .PID UID GID.*expected:.*1 2 4.*got:.*1 2 3' assert_credentials 1 2 4
	output='{"ancdata":[{"credentials":null}]}'
	fails_with 'expected:.*1 2 3.*got:.*none: .* --creds' assert_credentials 1 2 3
	output='not JSON'
	fails_with 'credentials.*got:.*parse error' assert_credentials 1 2 3
}

@test "assertions fail for output that is not JSON" {
	status=0 output='not JSON'
	fails_with 'jq' assert_json .data abc
	fails_with 'descriptors' assert_kinds regular
	fails_with 'data' assert_data abc
}

@test "assert_data compares data that is not UTF-8" {
	fdpass_receive r "$FDPASS_DIR/sock"
	printf 'a\377b' >"$FDPASS_DIR/data"
	fdpass send -d "@$FDPASS_DIR/data" "$FDPASS_DIR/sock"
	fdpass_finish r
	assert_json .data null
	assert_json .data_base64 Yf9i
}

@test "fdpass_start_ready prints the output of a program that exits before it is ready" {
	FDPASS_LIMIT=5
	fails_with 'did not become ready.*no-such' fdpass_receive r "$FDPASS_DIR/no-such/sock"
}

@test "fdpass_finish and fdpass_wait_until fail after the time limit" {
	fdpass_receive r "$FDPASS_DIR/sock"
	FDPASS_LIMIT=0
	fails_with 'r did not exit within .* seconds: .*fdpass recv' fdpass_finish r
	fails_with 'timed out after .* seconds: false' fdpass_wait_until false
}

@test "fdpass_stop terminates the program with a signal, and the program removes its path" {
	fdpass_receive r -k "$FDPASS_DIR/sock"
	kill -0 "$(fdpass_pid r)"
	fdpass_stop r
	assert_failure 143
	[[ ! -e $FDPASS_DIR/sock ]]
}

@test "fdpass_start runs any command, and fdpass_has_line waits for a line of its output" {
	fdpass_start other sh -c 'echo one; echo two words; echo bad >&2; exit 7'
	fdpass_wait_until fdpass_has_line "$FDPASS_DIR/other.out" '^two words$'
	fdpass_finish other
	assert_failure 7
	assert_equal "${lines[0]}" one
	assert_equal "$stderr" bad
}

@test "started programs do not inherit the descriptors of bats" {
	fdpass_start other sh -c 'ls /proc/$$/fd'
	fdpass_finish other
	refute_regex "$output" $'(^|\n)[34]($|\n)'
}

@test "bats_load_library finds the installed library" {
	mkdir "$dir/lib"
	ln -s "$top/bats" "$dir/lib/fdpass"
	printf '%s\n' 'bats_load_library fdpass' 'setup() { fdpass_setup; }' 'teardown() { fdpass_teardown; }' \
	    '@test "x" { echo "$FDPASS_DIR" >"$WHERE"; [[ -d $FDPASS_DIR ]]; }' >"$dir/x.bats"
	WHERE=$dir/where BATS_LIB_PATH=$dir/lib run bats --tap "$dir/x.bats" 3>&- 4>&-
	assert_success
	assert_regex "$output" 'ok 1 x'
	# The inner test must have removed its temporary directory.
	[[ ! -e $(cat "$dir/where") ]]
}

@test "if FDPASS is unset, the library finds fdpass in PATH and can start it in the background" {
	mkdir "$dir/bin"
	ln -s "$FDPASS" "$dir/bin/fdpass"
	# shellcheck disable=SC2016 # the inner shell expands the variables
	run env -u FDPASS PATH="$dir/bin:$PATH" bash -c '. "$1"; fdpass_setup
		fdpass_start r "$FDPASS" recv -k "$2/s"; fdpass_wait_until test -S "$2/s"
		tr "\0" " " <"/proc/$(fdpass_pid r)/cmdline"; fdpass_stop r; [[ ! -e $2/s ]]; fdpass_teardown' \
	    bash "$top/bats/fdpass.bash" "$dir" 3>&- 4>&-
	assert_success
	assert_regex "$output" '/fdpass recv -k'
}

@test "assert_data compares trailing newlines" {
	status=0 output='{"data":"OK\n","data_base64":null,"ancdata":[]}'
	assert_data $'OK\n'
	fails_with "expected:.*OK.*got:.*'OK.n'" assert_data OK
	output='{"data":"OK","data_base64":null,"ancdata":[]}'
	assert_data OK
	fails_with "expected:.*'OK.n'.*got:.*OK" assert_data $'OK\n'
	fdpass_receive r "$FDPASS_DIR/sock"
	echo OK | fdpass send -d @- "$FDPASS_DIR/sock"
	fdpass_finish r
	assert_data $'OK\n'
}

@test "an assertion or function fails if no background command has the given name" {
	fails_with "fdpass_finish: no background command is named 'nobody'" fdpass_finish nobody
	fails_with "fdpass_stop: no background command is named 'nobody'" fdpass_stop nobody
	fails_with "fdpass_pid: no background command is named 'nobody'" fdpass_pid nobody
	fails_with "fdpass_finish: no background command is named ''" fdpass_finish ''
	fdpass_start somebody true
	fdpass_finish somebody
	fails_with "no background command is named 'somebody'" fdpass_finish somebody
}

@test "the report of a failed assertion contains only the differences" {
	fdpass_receive r "$FDPASS_DIR/sock"
	fdpass send -d hello "$FDPASS_DIR/sock" /etc/hosts pipe:
	fdpass_finish r
	printed=$(assert_kinds regular 2>&1) && return 1
	((${#printed} < 120))
	printed=$(assert_json '[.ancdata[0].fds[].kind] | length' 2 2>&1) && return 1
	((${#printed} < 120))
	printed=$(assert_json '.ancdata[0].fds[].kind' $'regular\npipe\nfifo' 2>&1) && return 1
	[[ $printed == *'< fifo'* && $printed == *'> pipe'* && $printed != *regular* ]]
}

@test "fdpass_teardown prints the standard error of background commands if the test has failed" {
	printf '%s\n' "source '$top/bats/fdpass.bash'" 'setup() { fdpass_setup; }' 'teardown() { fdpass_teardown; }' \
	    '@test "fails" { fdpass_start one sh -c "echo why >&2"; fdpass_finish one; false; }' \
	    '@test "passes" { fdpass_start two sh -c "echo quiet >&2"; fdpass_finish two; }' \
	    '@test "is skipped" { fdpass_start two sh -c "echo quiet >&2"; fdpass_finish two; skip; }' >"$dir/x.bats"
	run bats --tap "$dir/x.bats" 3>&- 4>&-
	assert_regex "$output" $'standard error --\n# one:\n#     why\n'
	refute_regex "$output" quiet
}

@test "the library can be used together with bats-support and bats-assert" {
	mkdir "$dir/lib"
	ln -s "$top/bats" "$dir/lib/fdpass"
	# The line must not begin with @test, because bats would treat it as a test of this file.
	sed 's/^TEST/@test/' >"$dir/x.bats" <<-'X'
	bats_require_minimum_version 1.5.0
	bats_load_library bats-support
	bats_load_library bats-assert
	bats_load_library fdpass
	setup() { fdpass_setup; }
	teardown() { fdpass_teardown; }
	TEST "both" {
	    fdpass_receive r "$FDPASS_DIR/sock"
	    run --separate-stderr fdpass send -d hello "$FDPASS_DIR/sock" /etc/hosts
	    assert_success
	    refute_output
	    fdpass_finish r
	    assert_success
	    assert_kinds regular
	    assert_data hello
	    assert_output --partial '"kind":"regular"'
	    run ! assert_failure
	    run ! assert_kinds pipe
	    assert_output --partial 'descriptors'
	    run --separate-stderr fdpass send "$FDPASS_DIR/nowhere"
	    assert_failure 125
	    assert_regex "$stderr" 'No such file'
	    assert_equal "$(fdpass --version | head -n 1)" "$(fdpass --version | sed -n 1p)"
	}
	X
	BATS_LIB_PATH=$dir/lib:$BATS_LIB_PATH run bats --tap "$dir/x.bats" 3>&- 4>&-
	assert_regex "$output" 'ok 1 both'
	assert_success
}
