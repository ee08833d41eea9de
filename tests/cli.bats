#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The command line itself: verbs, options, help.

load helpers

verbs() {
	fdpass --help | sed -n 's/^  \([a-z]*\)  .*/\1/p'
}

@test "--help names every verb, fits a screen, and goes to standard output" {
	run --separate-stderr fdpass --help
	assert_status 0
	assert_eq "$stderr" ""
	assert_match "$output" '^Usage: fdpass '
	((${#lines[@]} <= 30))
	[ "$(verbs | wc -l)" -ge 2 ]
}

@test "every verb has --help and -h, with an example, no line wider than a terminal" {
	local verb
	for verb in $(verbs); do
		run --separate-stderr fdpass "$verb" --help
		assert_status 0
		assert_match "$output" "^Usage: fdpass $verb"
		assert_match "$output" $'\n  fdpass '
		assert_eq "$(awk 'length > 120' <<<"$output")" ""
		run --separate-stderr fdpass "$verb" -h
		assert_status 0
	done
}

@test "--version names the version; -V too" {
	run --separate-stderr fdpass --version
	assert_status 0
	assert_match "$output" '^fdpass [0-9]+\.[0-9]+'
	run --separate-stderr fdpass -V
	assert_status 0
}

@test "no operand at all is a usage error" {
	run --separate-stderr fdpass
	assert_error 125 '--help'
	run --separate-stderr fdpass recv
	assert_error 125 "fdpass recv --help"
}

@test "an unknown option is named, and the nearest suggested" {
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

@test "a mistyped verb is not taken for a socket: the nearest verb is named" {
	cd "$dir"
	run --separate-stderr fdpass sned ./s /etc/hosts
	assert_error 125 'no verb sned.*mean send.*\./sned'
	run --separate-stderr fdpass relya a b
	assert_error 125 'mean relay'
	run --separate-stderr fdpass --json rec ./s
	assert_error 125 'mean recv'
	[ ! -e sned ]
	# What is there, is written as a path, or is far from any verb is a socket.
	: >rec
	run --separate-stderr fdpass rec
	assert_error 125 'not a socket'
	for name in ./sned other @sned; do
		run --separate-stderr fdpass -w 0 "$name"
		assert_status 124
	done
}

@test "--help of every verb has examples first; --version names what is built in" {
	for verb in recv send relay run show tty; do
		run --separate-stderr fdpass $verb --help
		assert_status 0
		assert_match "${lines[2]}" "^  fdpass $verb "
	done
	run --separate-stderr fdpass --version
	assert_status 0
	assert_match "${lines[0]}" '^fdpass [0-9]+\.[0-9]+\.[0-9]+$'
	assert_match "${lines[1]}" 'recv send relay run show tty; libbsd (static|shared)'
	assert_match "${lines[2]}" '^Linux .*--pidfd (yes|no), '
}

@test "an option of another verb is refused by name" {
	run --separate-stderr fdpass recv --reply "$dir/s"
	assert_error 125 'reply'
	run --separate-stderr fdpass recv --pid-file=x "$dir/s"
	assert_error 125 'pid-file'
}

@test "an argument to an option that takes none is refused" {
	run --separate-stderr fdpass recv --json=yes "$dir/s"
	assert_error 125 'json'
	run --separate-stderr fdpass recv --listen=x "$dir/s"
	assert_error 125 'listen'
}

@test "options end at the command; -- ends them before the address" {
	start_ready r recv "$dir/s" echo --help --version
	run peer "$dir/s" data=x null=1 send
	finish r
	assert_status 0
	assert_eq "$output" "--help --version"
	cd "$dir"
	start_ready r recv --json -- -odd
	run peer ./-odd data=hello send
	finish r
	assert_data hello
}

@test "options may be bundled and abbreviated arguments joined" {
	start_ready r recv -kw0.2 "$dir/s"
	finish r
	assert_status 124
	start_ready r recv -k -w 0.2 "$dir/s"
	finish r
	assert_status 124
}

@test "a mistyped verb is a path; where none listens, and it looks like a verb, that is said" {
	cd "$dir"
	run --separate-stderr fdpass recv -c sned
	assert_status 125
	assert_match "$stderr" 'sned'
}

@test "every option that --help shows exists, every short one too" {
	local verb option
	for verb in $(verbs); do
		for option in $(fdpass "$verb" --help | grep -oE '(^ *-[a-zA-Z]\b|--[a-z][a-z-]+)' | sort -u); do
			case $option in
			--help | --version | -h | -V) continue ;;
			esac
			run --separate-stderr fdpass "$verb" "$option" --help </dev/null
			assert_no_match "$stderr" "(unknown|no such|unrecognized|invalid) option"
		done
	done
}
