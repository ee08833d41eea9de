#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of the completions for bash, zsh and fish.

load helpers

# in_bash LINE: prints the candidates that bash offers for the command line LINE.
in_bash() {
	bash --norc -c '
	. "$1/completions/fdpass.bash"
	COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=${3-}
	_fdpass
	printf "%s\n" "${COMPREPLY[@]}"' - "$builddir" "$@"
}

in_fish() {
	fish -N -c 'source $argv[1]/completions/fdpass.fish; complete -C $argv[2]' "$builddir" "$1" | cut -f 1
}

# offers WORD TEXT: checks that WORD is one of the lines of TEXT.
offers() {
	grep -qxFe "$1" <<<"$2" || {
		fdpass_report "not offered: $1" offered "$2"
		return 1
	}
}

offers_not() {
	! grep -qxFe "$1" <<<"$2" || {
		fdpass_report "offered: $1" offered "$2"
		return 1
	}
}

@test "each shell can load its completion" {
	bash -n "$builddir/completions/fdpass.bash"
	requires zsh fish
	zsh -n "$builddir/completions/fdpass.zsh"
	fish -n "$builddir/completions/fdpass.fish"
}

@test "bash: completes verbs and sockets first" {
	cd "$dir"
	"$PEER" -l ./one.sock >/dev/null 2>&1 3>&- 4>&- &
	FDPASS_PIDS[peer]=$!
	wait_until test -S one.sock
	: >file
	mkdir way
	run in_bash 'fdpass '
	offers recv "$output"
	offers relay "$output"
	offers one.sock "$output"
	offers way/ "$output"
	offers_not file "$output"
	run in_bash 'fdpass send o'
	assert_equal "$output" one.sock
	run in_bash 'fdpass relay one.sock o'
	assert_equal "$output" one.sock
}

@test "bash: completes the options of the verb, or the options of recv if there is no verb" {
	run in_bash 'fdpass --sp'
	assert_equal "$output" --spawn
	run in_bash 'fdpass tty --no-st'
	assert_equal "$output" --no-stdin
	run in_bash 'fdpass run --rep'
	assert_equal "$output" ''
}

@test "bash: completes arguments of options with and without =" {
	run in_bash 'fdpass recv --type='
	assert_equal "$output" "$(printf -- '--type=%s\n' dgram seqpacket stream)"
	run in_bash 'fdpass recv -t s'
	assert_equal "$output" "$(printf 'seqpacket\nstream')"
	run in_bash 'fdpass recv --flags=peek,wait'
	assert_equal "$output" --flags=peek,waitall
	run in_bash 'fdpass recv --require=mem'
	assert_equal "$output" --require=memfd
	run in_bash 'fdpass recv --require=memfd,socket:in'
	offers --require=memfd,socket:inet "$output"
	offers --require=memfd,socket:inet6 "$output"
	run in_bash 'fdpass hold --restart=o'
	assert_equal "$output" --restart=on-failure
	run in_bash 'fdpass recv --color a'
	offers_not always "$output"
}

@test "bash: handles words that readline splits at = and :" {
	run in_bash 'fdpass recv --require=socket:list' "$(printf ' \t\n"=:')"
	assert_equal "$output" listening
	run in_bash 'fdpass run tcp-l' "$(printf ' \t\n"=:')"
	assert_equal "$output" tcp-listen:
}

@test "bash: completes descriptors by number and by name, and descriptors of other processes" {
	run env LISTEN_FDNAMES=web:admin bash --norc -c '
	. "$1/completions/fdpass.bash"
	exec 7</dev/null
	COMP_LINE="fdpass send x.sock " COMP_POINT=19 COMP_WORDBREAKS=
	_fdpass
	printf "%s\n" "${COMPREPLY[@]}"' - "$builddir"
	offers 7 "$output"
	offers listen:admin "$output"
	offers socketpair: "$output"
	run in_bash "fdpass show pid:$$:"
	offers "pid:$$:0" "$output"
}

@test "bash: completes the selectors of another process" {
	not_under valgrind "does not support pidfd_open"
	local address
	start_ready web run --on-demand tcp-listen:127.0.0.1:0 -- true
	address=$("$FDPASS" show --table --only=socket:listening "pid:$(pid_of web)" | sed -n 's/.*listening on //p')
	run in_bash "${FDPASS} run pid:$(pid_of web):"
	offers "pid:$(pid_of web):listening" "$output"
	offers "pid:$(pid_of web):tcp-listen:" "$output"
	run in_bash "$FDPASS run pid:$(pid_of web):tcp-listen:"
	assert_equal "$output" "pid:$(pid_of web):tcp-listen:$address"
	run in_bash "$FDPASS run pid:$(pid_of web):kind:memf"
	assert_equal "$output" "pid:$(pid_of web):kind:memfd"
	run in_bash "$FDPASS run pid:$(pid_of web):kind:memfd,socket:list"
	assert_equal "$output" "pid:$(pid_of web):kind:memfd,socket:listening"
	: >"$dir/log"
	run in_bash "$FDPASS run pid:$(pid_of web):file:$dir/l"
	assert_equal "$output" "pid:$(pid_of web):file:$dir/log"
}

@test "fish: completes the selectors of another process" {
	not_under valgrind "does not support pidfd_open"
	requires fish
	local address
	PATH=${FDPASS%/*}:$PATH
	start_ready web run --on-demand tcp-listen:127.0.0.1:0 -- true
	address=$("$FDPASS" show --table --only=socket:listening "pid:$(pid_of web)" | sed -n 's/.*listening on //p')
	run in_fish "fdpass run pid:$(pid_of web):l"
	offers "pid:$(pid_of web):listening" "$output"
	run in_fish "fdpass run pid:$(pid_of web):tcp-listen:"
	offers "pid:$(pid_of web):tcp-listen:$address" "$output"
	run in_fish "fdpass run pid:$(pid_of web):kind:socket:list"
	offers "pid:$(pid_of web):kind:socket:listening" "$output"
	run in_fish "fdpass run pid:$(pid_of web):kind:memfd,soc"
	offers "pid:$(pid_of web):kind:memfd,socket" "$output"
}

@test "bash: completes a command after the address of recv and after -- of run" {
	run in_bash 'fdpass recv x.sock sle'
	offers sleep "$output"
	run in_bash 'fdpass run 3 -- sle'
	offers sleep "$output"
	cd "$dir"
	: >argument
	run in_bash 'fdpass recv x.sock cat arg'
	assert_equal "$output" argument
}

@test "fish: completes verbs, options, arguments, sockets and commands" {
	requires fish
	cd "$dir"
	"$PEER" -l ./one.sock >/dev/null 2>&1 3>&- 4>&- &
	FDPASS_PIDS[peer]=$!
	wait_until test -S one.sock
	run in_fish 'fdpass '
	offers relay "$output"
	offers one.sock "$output"
	run in_fish 'fdpass tty --no-s'
	offers --no-stdin "$output"
	run in_fish 'fdpass recv --type='
	offers --type=stream "$output"
	run in_fish 'fdpass run pipe: -- sle'
	offers sleep "$output"
	run in_fish 'fdpass show '
	offers pid: "$output"
	offers socketpair: "$output"
	run in_fish "fdpass show pid:$$"
	offers "pid:$$" "$output"
	run in_fish "fdpass watch $$"
	offers "$$" "$output"
	run in_fish "fdpass watch -- $$"
	offers_not "$$" "$output"
}

@test "zsh: completes verbs, options, arguments and process IDs" {
	requires zsh
	# Runs the completion system in a pseudo-terminal and sends it tabs.
	mkdir "$dir/fpath"
	cp "$builddir/completions/fdpass.zsh" "$dir/fpath/_fdpass"
	cat >"$dir/rc" <<-X
	PS1= RPS1=
	unsetopt prompt_cr prompt_sp always_last_prompt list_beep
	unset zle_bracketed_paste
	fpath=($dir/fpath \$fpath)
	autoload -U compinit
	compinit -u -d $dir/dump
	bindkey '^I' complete-word
	stty columns 200
	print -r -- rea""dy
	X
	cat >"$dir/ask" <<-'X'
	zmodload zsh/zpty
	zpty z TERM=dumb zsh -f -i
	zpty -w z ". $1/rc"
	zpty -r z line "*ready*" || exit 9
	zpty -w -n z "$2"$'\t'
	zpty -r z line "*$3*" && print -r -- completed
	zpty -d z
	X
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" 'fdpass tty --no-s' 'no-stdin'
	assert_equal "$output" completed
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" 'fdpass rel' 'relay'
	assert_equal "$output" completed
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" 'fdpass recv --type=seq' 'seqpacket'
	assert_equal "$output" completed
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" "fdpass run pid:$$:liste" 'listening'
	assert_equal "$output" completed
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" "fdpass run pid:$$:kind:memf" 'memfd'
	assert_equal "$output" completed
	# The process ID to complete is that of a process outside the pseudo-terminal. zsh adds a space after a complete
	# process ID.
	requires ps
	start other sleep 60
	local pid
	pid=$(pid_of other)
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" "fdpass watch --no-follow $pid" "$pid "
	assert_equal "$output" completed
	run timeout -s KILL "$FDPASS_LIMIT" zsh -f "$dir/ask" "$dir" "fdpass show pid:$pid" "pid:$pid "
	assert_equal "$output" completed
}
