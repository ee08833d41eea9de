#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of control messages that the kernel delivers on sockets of all address families: recv receives the messages on
# an inherited socket and shows them.

load helpers

# traffic CASE ARG...: receives one message of the case CASE of tests/peers/traffic.py as JSON.
traffic() {
	local case=$1
	shift
	requires python3 jq
	run --separate-stderr timeout --foreground -s KILL "$FDPASS_LIMIT" python3 "$top/tests/peers/traffic.py" "$case" \
	    "$FDPASS" recv --json --timeout=10 --messages=1 --ready-fd=6 "$@" fd:5 3>&- 4>&-
	if [[ $status == 77 ]]; then
		skip "$output"
	fi
	assert_success || return 1
	assert_equal "$stderr" "" || return 1
}

# assert_cmsg TYPE FILTER EXPECTED: compares the output of jq's FILTER for the only control message of this type.
assert_cmsg() {
	assert_json "[.ancdata[] | select(.type == \"$1\")] | length" 1 || return 1
	assert_json ".ancdata[] | select(.type == \"$1\") | $2" "$3"
}

# assert_recent TYPE KEY: checks that the time KEY in the control message TYPE is within the last minute.
assert_recent() {
	assert_cmsg "$1" "($2.seconds | now - . | . > -5 and . < 60)" true || return 1
	assert_cmsg "$1" "$2 | (.time[0:19] + \"Z\" | fromdate) == .seconds" true || return 1
	assert_cmsg "$1" "$2.clock" CLOCK_REALTIME
}

@test "UDP: IP_PKTINFO, IP_TTL, IP_TOS and IP_ORIGDSTADDR are shown" {
	not_under qemu "does not support IP_RECVORIGDSTADDR"
	traffic udp4 --setsockopt=SOL_IP:IP_PKTINFO --setsockopt=SOL_IP:IP_RECVTTL --setsockopt=SOL_IP:IP_RECVTOS \
	    --setsockopt=IPPROTO_IP:IP_RECVORIGDSTADDR=1
	assert_json .data hello
	assert_json .address.host 127.0.0.1
	assert_cmsg IP_PKTINFO .pktinfo '{"ifindex":1,"interface":"lo","spec_dst":"127.0.0.1","addr":"127.0.0.1"}'
	assert_cmsg IP_TTL .ttl 9
	assert_cmsg IP_TOS '[.tos, .length, .truncated]' '[16,1,false]'
	assert_cmsg IP_ORIGDSTADDR .origdstaddr.host 127.0.0.1
	assert_json .problems '[]'
}

@test "UDP: SO_MARK and SO_PRIORITY are shown" {
	not_under qemu "does not support SO_RCVMARK"
	requires_root
	local -a ask=(--setsockopt=SOL_SOCKET:SO_RCVMARK --setsockopt=SOL_SOCKET:SO_RCVPRIORITY)
	run fdpass run udp-listen:127.0.0.1:0 -- "$FDPASS" recv --timeout=0 "${ask[@]}" fd:3
	[[ $output != *'SO_RCVPRIORITY: Protocol not available'* ]] || unset 'ask[1]'
	traffic udp4-marked "${ask[@]}"
	assert_cmsg SO_MARK .mark 77
	[[ -z ${ask[1]-} ]] || assert_cmsg SO_PRIORITY .priority 5
}

@test "UDP: IP options are shown by name" {
	traffic udp4-options --setsockopt=SOL_IP:IP_RECVOPTS --setsockopt=0:7
	assert_cmsg IP_RECVOPTS .options '[{"option":"IPOPT_RA","option_value":148,"hex":"0000"}]'
	assert_cmsg IP_RETOPTS .options '[]'
}

@test "UDP: SO_RXQ_OVFL counts dropped datagrams" {
	not_under qemu "does not support SO_RXQ_OVFL"
	traffic udp4-flood --setsockopt=SOL_SOCKET:SO_RXQ_OVFL
	assert_json .data hello
	assert_cmsg SO_RXQ_OVFL '.rxq_ovfl > 0' true
}

@test "UDP over IPv6: PKTINFO, HOPLIMIT, TCLASS, FLOWINFO and ORIGDSTADDR are shown" {
	not_under qemu "does not support IPV6_FLOWINFO"
	traffic udp6 --setsockopt=SOL_IPV6:IPV6_RECVPKTINFO --setsockopt=SOL_IPV6:IPV6_RECVHOPLIMIT \
	    --setsockopt=SOL_IPV6:IPV6_RECVTCLASS --setsockopt=41:11 --setsockopt=SOL_IPV6:IPV6_RECVORIGDSTADDR
	assert_cmsg IPV6_PKTINFO .pktinfo '{"ifindex":1,"interface":"lo","addr":"::1"}'
	assert_cmsg IPV6_HOPLIMIT .hoplimit 9
	assert_cmsg IPV6_TCLASS .tclass 184
	assert_cmsg IPV6_FLOWINFO .flowinfo.tclass 184
	assert_cmsg IPV6_ORIGDSTADDR .origdstaddr.host ::1
}

@test "UDP over IPv6: extension headers of RFC 2292 and RFC 3542 are shown" {
	traffic udp6-headers --setsockopt=SOL_IPV6:IPV6_RECVHOPOPTS --setsockopt=SOL_IPV6:IPV6_RECVDSTOPTS \
	    --setsockopt=SOL_IPV6:IPV6_2292HOPOPTS
	assert_cmsg IPV6_HOPOPTS '[.hopopts | .next_header, .header_length, .options[0].option]' \
	    '["IPPROTO_DSTOPTS",8,"IP6OPT_ROUTER_ALERT"]'
	assert_cmsg IPV6_2292HOPOPTS .hopopts.header_length 8
	assert_cmsg IPV6_DSTOPTS .dstopts.next_header IPPROTO_UDP
}

@test "an IPv6 socket gets control messages of both levels for IPv4 traffic" {
	traffic udp46 --setsockopt=SOL_IPV6:IPV6_RECVPKTINFO --setsockopt=SOL_IP:IP_PKTINFO --setsockopt=SOL_IP:IP_RECVTTL
	assert_json '[.ancdata[].level] | unique' '["IPPROTO_IP","IPPROTO_IPV6"]'
	assert_cmsg IPV6_PKTINFO .pktinfo.addr ::ffff:127.0.0.1
	assert_cmsg IP_PKTINFO .pktinfo.addr 127.0.0.1
}

@test "recv shows an ICMP error from the error queue, and the host that sent the error" {
	traffic refused4 --flags=errqueue
	assert_json .msg_flags '["MSG_ERRQUEUE"]'
	assert_json .data hello
	assert_cmsg IP_RECVERR '.error | [.origin, .errno, .type, .code, .icmp, .mtu, .offender.host]' \
	    '["SO_EE_ORIGIN_ICMP","ECONNREFUSED",3,3,"destination unreachable: port unreachable",null,"127.0.0.1"]'
}

@test "recv shows an ICMPv6 error from the error queue, and the host that sent the error" {
	traffic refused6 --flags=errqueue
	assert_cmsg IPV6_RECVERR '.error | [.origin, .errno, .type, .code, .icmp, .offender.host]' \
	    '["SO_EE_ORIGIN_ICMP6","ECONNREFUSED",1,4,"destination unreachable: port unreachable","::1"]'
}

@test "UDP_GRO shows the size of the merged datagrams" {
	not_under qemu "keeps unknown control messages in the byte order of the host"
	traffic gro --setsockopt=SOL_UDP:UDP_GRO
	assert_json .nbytes 300
	assert_cmsg UDP_GRO .gro_size 100
}

@test "TCP_INQ shows the number of unread bytes" {
	not_under qemu "keeps unknown control messages in the byte order of the host"
	traffic tcp --bufsize=5 --setsockopt=SOL_TCP:TCP_INQ
	assert_json .data hello
	assert_cmsg TCP_CM_INQ .inq 7
}

@test "the statistics that accompany a TCP transmit timestamp are shown by name" {
	not_under qemu "keeps unknown control messages in the byte order of the host"
	traffic tcp-stats --flags=errqueue
	assert_recent SCM_TIMESTAMPING .timestamping.software
	assert_cmsg SCM_TIMESTAMPING_OPT_STATS '[.stats[] | select(.name == "TCP_NLA_DATA_SEGS_OUT") | .value]' '[1]'
	assert_cmsg SCM_TIMESTAMPING_OPT_STATS '.stats | map(select(.name == null)) | length' 0
	assert_cmsg IP_RECVERR '.error | [.origin, .timestamp, .id]' '["SO_EE_ORIGIN_TIMESTAMPING","SCM_TSTAMP_ACK",4]'
}

@test "TCP zero-copy completions are shown as a range" {
	traffic tcp-zerocopy --flags=errqueue
	assert_cmsg IP_RECVERR '.error | [.origin, .errno, .errno_value, .zerocopy]' \
	    '["SO_EE_ORIGIN_ZEROCOPY",null,0,{"first":0,"last":0,"copied":true}]'
}

@test "UDP: transmit timestamps are shown" {
	not_under qemu "keeps unknown control messages in the byte order of the host"
	traffic udp-stamped --flags=errqueue
	assert_recent SCM_TIMESTAMPING .timestamping.software
	assert_cmsg IP_RECVERR '.error | [.errno, .timestamp, .id, .offender]' '["ENOMSG","SCM_TSTAMP_SND",0,null]'
}

@test "receive timestamps of every type are shown" {
	not_under qemu "does not support SO_TIMESTAMPNS"
	local row option type key try
	for row in SO_TIMESTAMP_OLD=1:SCM_TIMESTAMP:.timestamp SO_TIMESTAMPNS_OLD=1:SCM_TIMESTAMPNS:.timestamp \
	    SO_TIMESTAMP_NEW=1:SO_TIMESTAMP_NEW:.timestamp SO_TIMESTAMPNS_NEW=1:SO_TIMESTAMPNS_NEW:.timestamp \
	    'SO_TIMESTAMPING_OLD=RX_SOFTWARE|SOFTWARE:SCM_TIMESTAMPING:.timestamping.software' \
	    'SO_TIMESTAMPING_NEW=RX_SOFTWARE|SOFTWARE:SO_TIMESTAMPING_NEW:.timestamping.software'; do
		IFS=: read -r option type key <<<"$row"
		# The kernel enables timestamps with a delay, so the first message may not contain a timestamp.
		for try in 1 2 3 4 5; do
			traffic udp4-timed --setsockopt="SOL_SOCKET:$option"
			[[ $(jq '.ancdata | length' <<<"$output") == 0 ]] || break
		done
		assert_recent "$type" "$key"
	done
	traffic udp4-timed --timestamps
	assert_recent SCM_TIMESTAMPNS .timestamp
}

@test "PACKET_AUXDATA of a packet socket is shown" {
	not_under qemu "does not support PACKET_AUXDATA"
	requires_root
	traffic packet --setsockopt=SOL_PACKET:PACKET_AUXDATA
	assert_json .address.family AF_PACKET
	assert_cmsg PACKET_AUXDATA '.auxdata | [.status[0], .len, .snaplen]' '["TP_STATUS_USER",5,5]'
}

@test "NETLINK_PKTINFO of a netlink socket is shown" {
	traffic netlink --setsockopt=SOL_NETLINK:NETLINK_PKTINFO
	assert_json .address.family AF_NETLINK
	assert_cmsg NETLINK_PKTINFO .pktinfo '{"group":0}'
}

@test "for a netlink message from the kernel, no invisible sender process is reported" {
	traffic netlink --creds
	assert_json .address.pid 0
	assert_cmsg SCM_CREDENTIALS '.credentials | [.pid, .uid, .gid]' '[0,0,0]'
	assert_json .problems '[]'
}

@test "control messages are decoded as strace decodes them" {
	not_under qemu "does not support SO_TIMESTAMPNS"
	requires strace python3 jq
	run --separate-stderr timeout --foreground -s KILL "$FDPASS_LIMIT" python3 "$top/tests/peers/traffic.py" udp4 \
	    strace -e trace=recvmsg -o "$dir/trace" "$FDPASS" recv --json --messages=1 --timeout=10 --ready-fd=6 \
	    --setsockopt=SOL_IP:IP_PKTINFO --setsockopt=SOL_IP:IP_RECVTTL --timestamps fd:5 3>&- 4>&-
	[[ $status != 1 ]] || skip "strace cannot trace here"
	assert_success
	local seen
	seen=$(grep -F 'IP_PKTINFO' "$dir/trace")
	[[ -n $seen ]] || skip "this strace does not decode control messages"
	assert_regex "$seen" "cmsg_type=IP_TTL, cmsg_data=\\[$(jq '.ancdata[] | select(.type == "IP_TTL").ttl' <<<"$output")\\]"
	assert_regex "$seen" "tv_sec=$(jq '.ancdata[] | .timestamp | select(. != null).seconds' <<<"$output")"
	assert_regex "$seen" "tv_nsec=$(jq '.ancdata[] | .timestamp | select(. != null).nanoseconds' <<<"$output")"
	assert_regex "$seen" 'ipi_ifindex=if_nametoindex\("lo"\), ipi_spec_dst=inet_addr\("127.0.0.1"\)'
}

# --- lost descriptors and the sender's pidfd

@test "descriptors that were lost because of a small control buffer are reported" {
	not_under qemu "enlarges the control buffer"
	receive r --ancbufsize=$((header_size + 4)) "$dir/s"
	run peer "$dir/s" data=x null=3 send
	finish r
	assert_json '.msg_flags' '["MSG_CTRUNC"]'
	assert_json '.ancdata[0] | [.truncated, (.fds | length)]' '[true,1]'
	assert_json '.problems | length' 1
	assert_regex "$output" 'the control buffer of '"$((header_size + 4))"' bytes was too small'
}

@test "the open file limit is reported if descriptors are lost, and the errno value if a pidfd is lost" {
	not_under valgrind "reserves some descriptor numbers"
	not_under qemu "does not support SO_PASSPIDFD"
	kernel_has --pidfd
	printf '#!/bin/sh\nulimit -n 20\nexec "%s" "$@"\n' "$FDPASS" >"$dir/limited"
	chmod +x "$dir/limited"
	FDPASS=$dir/limited receive r --pidfd "$dir/s"
	run peer "$dir/s" data=x null=40 send
	finish r
	assert_json '.msg_flags' '["MSG_CTRUNC"]'
	assert_cmsg SCM_RIGHTS '[.truncated, .fds[0].kind]' '[true,"char-device"]'
	assert_json '.problems[0]' 'descriptors were lost: the open file limit was reached (RLIMIT_NOFILE is 20)'
	assert_cmsg SCM_PIDFD '.pidfd | [.fd, .errno]' '[null,"EMFILE"]'
	assert_json '.problems[1]' 'the pidfd was refused: EMFILE, RLIMIT_NOFILE is 20'
}

@test "the pidfd in a control message is described as a pidfd of the sender's process" {
	not_under qemu "does not support SO_PASSPIDFD"
	kernel_has --pidfd
	receive r --pidfd "$dir/s"
	start_peer p "$dir/s" data=x send wait
	wait_until fdpass_has_line "$dir/r.out" SCM_PIDFD
	stop r
	assert_cmsg SCM_PIDFD '.pidfd.kind' pidfd
	assert_cmsg SCM_PIDFD '.pidfd.pidfd.pid' "$(jq .peer.pid <<<"$output")"
}
