#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The units in examples/systemd: systemd finds nothing wrong with them, and what they run does what they say.

load helpers

# command_of UNIT: the words of its ExecStart, one a line, our command in place of the installed one.
command_of() {
	awk '/^ExecStart=/ { open = 1; sub(/^ExecStart=/, "") }
	open { more = sub(/\\$/, ""); for (i = 1; i <= NF; i++) print $i; open = more }' "$top/examples/systemd/$1" |
	    sed "s,^/usr/bin/fdpass\$,$FDPASS,"
}

@test "systemd-analyze verifies the units" {
	requires systemd-analyze
	cp "$top"/examples/systemd/* "$dir"
	sed -i "s,/usr/bin/fdpass,$FDPASS," "$dir"/*.service
	run systemd-analyze verify --man=no "$dir"/fdpass-*.service "$dir"/fdpass-*.socket
	assert_status 0
	assert_no_match "$output" 'fdpass-'
}

@test "the keeper unit stores descriptors in the service manager" {
	requires systemd-socket-activate
	fdpass_receive manager -t dgram -k --messages=2 "$dir/notify"
	mapfile -t keeper < <(command_of fdpass-keeper.service)
	NOTIFY_SOCKET=$dir/notify fdpass_start keeper systemd-socket-activate -E NOTIFY_SOCKET -l "$dir/keeper" --fdname=in \
	    "${keeper[@]}"
	run fdpass send --wait=10 "$dir/keeper" /etc/hosts
	assert_status 0
	fdpass_finish manager
	fdpass_stop keeper
	output=$(cat "$dir/manager.out")
	assert_json 'select(.message == 1).data' 'READY=1'
	assert_json 'select(.message == 2) | .data, .ancdata[].fds[]?.path' $'FDSTORE=1\n/etc/hosts'
}

@test "the relay unit gets its socket from the service manager and notifies readiness" {
	requires systemd-socket-activate
	fdpass_receive manager -t dgram --messages=1 "$dir/notify"
	fdpass_receive service "$dir/service"
	mapfile -t relay < <(command_of fdpass-relay.service | sed "s,^/run/service.sock\$,$dir/service,")
	NOTIFY_SOCKET=$dir/notify fdpass_start relay systemd-socket-activate -E NOTIFY_SOCKET -l "$dir/front" --fdname=front \
	    "${relay[@]}"
	run fdpass send --wait=10 --data=through "$dir/front" /etc/hosts
	assert_status 0
	fdpass_finish manager
	assert_data READY=1
	fdpass_finish service
	assert_data through
	assert_kinds regular
	wait_until fdpass_has_line "$dir/relay.out" '"data":"through"'
	fdpass_stop relay
	assert_status 0
}
