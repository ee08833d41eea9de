#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests each option with each verb whose --help, which is generated from the option table, lists the option. The tests
# fail for a new option or verb until it is added to the lists in this file.

load helpers

setup() {
	fdpass_setup
	dir=$FDPASS_DIR
	cd "$dir" || return
	exec </dev/null
	mapfile -t verbs < <("$FDPASS" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
	((${#verbs[@]} >= 8))
}

# options VERB: prints the options of VERB in the format of --help: --name, --name=ARG or --name[=ARG].
options() {
	"$FDPASS" "$1" --help | awk '
	/^  +-/ || /^  More:/ || more {
		more = more || /^  More:/
		line = more ? $0 : substr($0, 1, 29) (length($0) > 29 && substr($0, 29, 1) != " " ? substr($0, 30) : "")
		if (/^$/)
			exit
		while (match(line, /--[a-z][a-z-]*(\[?=[^ ]*)?/)) {
			print substr(line, RSTART, RLENGTH)
			line = substr(line, RSTART + RLENGTH)
		}
	}' | sort -u
}

# with_option NAME: prints the verbs that accept --NAME.
with_option() {
	local verb
	for verb in "${verbs[@]}"; do
		! options "$verb" | grep -Eq -e "^--$1(\[?=|\$)" || echo "$verb"
	done
}

# operands VERB: sets $operands so that VERB listens at $dir/s, if it can listen, or exits soon. Sets $before to the
# words that must precede the operands.
operands() {
	before=()
	case $1 in
	recv | tty | hold) operands=("$dir/s") ;;
	send)
		before=(-l)
		operands=("$dir/s" 0)
		;;
	relay) operands=("$dir/s" "$dir/b") ;;
	run)
		before=(--accept)
		operands=("unix-listen:$dir/s" -- cat)
		;;
	show) operands=("unix-listen:$dir/s") ;;
	watch) operands=(-- sleep 60) ;;
	*)
		echo "# $1 has no operands here" >&2
		return 1
		;;
	esac
}

# is_refused PATTERN VERB OPTION...: checks for a usage error that matches PATTERN, and that no files are left.
is_refused() {
	local pattern=$1 verb=$2
	shift 2
	operands "$verb"
	run --separate-stderr timeout -s KILL "$FDPASS_LIMIT" "$FDPASS" "$verb" "$@" "${operands[@]}" 3>&- 4>&-
	if ! { assert_error 125 "$pattern" && assert_equal "$output" "" && assert_equal "$(ls -A)" ""; }; then
		echo "# fdpass $verb $*" >&2
		return 1
	fi
}

@test "each option that requires an argument reports a missing or empty argument, with each verb" {
	local verb option
	for verb in "${verbs[@]}"; do
		for option in $(options "$verb" | sed -n 's/^\(--[a-z-]*\)=.*/\1/p'); do
			run --separate-stderr "$FDPASS" "$verb" "$option"
			assert_error 125 "^fdpass: $verb: .*$option"
			case $verb$option in
			# The argument of --data may be empty.
			send--data) continue ;;
			esac
			is_refused "${option#--}" "$verb" "$option="
		done
	done
}

@test "each option without an argument refuses an argument, with each verb" {
	local verb option
	for verb in "${verbs[@]}"; do
		for option in $(options "$verb" | grep -v =); do
			is_refused "$option" "$verb" "$option=x"
		done
	done
}

@test "each verb refuses the options of other verbs" {
	local verb option all
	all=$(for verb in "${verbs[@]}"; do options "$verb"; done | sed 's/\[*=.*//' | sort -u)
	for verb in "${verbs[@]}"; do
		for option in $(comm -13 <(options "$verb" | sed 's/\[*=.*//' | sort -u) <(echo "$all")); do
			is_refused "$option" "$verb" "$option"
		done
	done
}

# wrong OPTION VERB: prints invalid arguments for OPTION.
wrong() {
	case $1$2 in
	--credssend) echo '1:2 x:1:1 1:1:1:1 -1:0:0 4294967296:0:0' ;;
	--datarecv) echo 'bogus fd:x fd: env:' ;;
	--datasend) echo '@/no/such/file' ;;
	*)
		case $1 in
		--allow-uid | --allow-gid | --owner | --group) echo 'no-such-name-here -1 4294967295 4294967296' ;;
		--bufsize | --ancbufsize | --max-data) echo '-1 99999999999999999999 x 1x 0x10 +1' ;;
		--buffers) echo '1, ,1 -1 x 1,,2 99999999999999999999' ;;
		--busy-poll | --timeout | --wait) echo '-1 x 1x 0x10 +1 NaN inf 99999999999999999999999' ;;
		--color) echo 'sometimes 1' ;;
		--connections | --max-children | --max-connections | --messages) echo '0 -1 x 1x 0x10 99999999999999999999' ;;
		--detach-keys) echo 'ctrl- ctrl-1,, ab' ;;
		--dump-cmsg) echo 'xml 1' ;;
		--fd) echo 'x -1 99999999999999999999 $1x $A-B 3=a:b' ;;
		--fds) echo '3-2 -3 3- + 1-2-3 1,2 99999999999+' ;;
		--flags) echo 'bogus -1 peek,,trunc' ;;
		--inherit) echo 'x -1 3, ,3 77 99999999999999999999' ;;
		--keep-socket) echo 'x -1 99999999999999999999' ;;
		--max-fds) echo 'x -1 a: a:x 99999999999999999999' ;;
		--mode) echo '8 abc 0o600 77777 -1 u=q 99999999999999999999' ;;
		--only | --require) echo 'nothing-like-this regular, ,regular socket:no-such-property' ;;
		--output | --pid-file) echo '/no/such/directory/file' ;;
		--ready-fd) echo 'x -1 1x 77 99999999999999999999' ;;
		--reply) echo 'bogus' ;;
		--restart) echo 'sometimes 1' ;;
		--send) echo '@/no/such/file' ;;
		--setenv) echo '=x NAME A=B={' | cut -d ' ' -f 1-2 ;;
		--setsockopt) echo 'x SOL_SOCKET SOL_SOCKET:NO_SUCH_OPTION 1:2:3=x -1:-1' ;;
		--type) echo 'packet 1' ;;
		--until) ;;
		*)
			echo "# $1 of $2 has no invalid arguments here" >&2
			return 1
			;;
		esac
		;;
	esac
}

@test "each verb refuses an invalid argument of each option, and the error contains the option or the argument" {
	local verb option value words
	for verb in "${verbs[@]}"; do
		for option in $(options "$verb" | sed -n 's/^\(--[a-z-]*\)\[*=.*/\1/p'); do
			[[ $verb$option != recv--creds ]] || continue
			words=$(wrong "$option" "$verb")
			for value in $words; do
				is_refused "${option#--}|${value//[^a-z0-9]/.}" "$verb" "$option=$value"
			done
		done
	done
}

@test "each verb refuses a repeated option, unless the option can be given more than once" {
	local verb option value
	for verb in "${verbs[@]}"; do
		# shellcheck disable=SC2209 # the words are not commands
		for option in $(options "$verb" | sed 's/\[=.*//'); do
			value=
			case ${option%%=*} in
			--fd | --setenv | --setsockopt | --max-fds | --verbose | --help | --version) continue ;;
			--type) value='=stream' ;;
			--mode) value='=600' ;;
			--owner | --group | --allow-uid | --allow-gid) value='=0' ;;
			--ready-fd) value='=2' ;;
			--timeout | --messages | --bufsize | --ancbufsize | --buffers | --fds | --max-data | --connections | \
			    --max-connections | --max-children | --busy-poll) value='=1' ;;
			--data) [[ $verb == recv ]] && value='=discard' || value='=x' ;;
			--send | --until | --output | --pid-file) value='=x' ;;
			--flags) value='=peek' ;;
			--require | --only) value='=regular' ;;
			--inherit) value='=all' ;;
			--detach-keys) value='=ctrl-p,ctrl-q' ;;
			--restart) value='=no' ;;
			*=*)
				echo "# $option of $verb has no valid argument here" >&2
				false
				;;
			esac
			is_refused "${option%%=*}.*twice" "$verb" "${option%%=*}$value" "${option%%=*}$value"
		done
	done
}

# listening VERB OPTION...: starts VERB, and waits until it listens at $dir/s.
listening() {
	local verb=$1
	shift
	operands "$verb"
	start_ready "$verb" "$verb" "${before[@]}" "$@" "${operands[@]}"
	listens "$dir/s" || test -S s
}

# ended VERB: terminates VERB with a signal, and checks that its path was removed.
ended() {
	kill -TERM "$(pid_of "$1")"
	finish "$1"
	assert_equal "$1: $(find . -mindepth 1 ! -name '*ready' ! -name '*out' ! -name '*err')" "$1: "
}

@test "--mode, --owner and --group apply to the socket path of each verb that accepts these options" {
	local verb
	for verb in $(with_option mode); do
		# show opens a DESCRIPTOR, describes it, and closes it. LeakSanitizer does not work under ptrace(2).
		if [[ $verb == show ]]; then
			run --separate-stderr env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -e trace=fchmod,fchmodat -o trace "$FDPASS" show --mode=640 "unix-listen:$dir/s"
			[[ $status == 127 ]] || {
				assert_success
				assert_regex "$(cat trace)" '0640'
			}
			rm -f trace
			continue
		fi
		listening "$verb" --mode=640
		assert_equal "$verb $(stat -c %a s)" "$verb 640"
		ended "$verb"
		listening "$verb"
		assert_equal "$verb $(stat -c %a s)" "$verb 600"
		ended "$verb"
		[[ $(id -u) == 0 ]] || continue
		listening "$verb" --owner=65534 --group=65533 --mode=604
		assert_equal "$verb $(stat -c '%a %u %g' s)" "$verb 604 65534 65533"
		ended "$verb"
	done
}

@test "each verb with the option --type creates a socket of the given type" {
	local verb type number
	for verb in $(with_option type); do
		for type in stream:0001 seqpacket:0005 dgram:0002; do
			case $verb:$type in
			tty:dgram* | send:dgram* | run:dgram* | show:*) continue ;;
			esac
			number=${type#*:}
			listening "$verb" --type="${type%:*}"
			assert_equal "$verb $(awk -v path="$dir/s" '$8 == path { print $5 }' /proc/net/unix | sort -u)" "$verb $number"
			ended "$verb"
		done
	done
}

@test "each verb with the option --timeout exits with 124 when the time expires, and removes its socket" {
	local verb
	for verb in $(with_option timeout); do
		operands "$verb"
		run --separate-stderr "$FDPASS" "$verb" "${before[@]}" --timeout=0.01 "${operands[@]}"
		assert_error 124 "^fdpass: $verb: .*timed out"
		assert_equal "$(ls -A)" ""
	done
}

@test "each verb with the option --wait=SECONDS exits with 124 if no process listens within that time" {
	local verb seconds
	for verb in $(with_option wait); do
		case $verb in
		# relay waits for the server separately for each client, and does not exit.
		relay) continue ;;
		esac
		operands "$verb"
		# 0.000001 s has already expired after the first attempt to connect.
		for seconds in 0.01 0.000001; do
			run --separate-stderr "$FDPASS" "$verb" -c --wait=$seconds "${operands[@]}"
			assert_error 124 "^fdpass: $verb: connect to $dir/s: timed out: No such file"
			assert_equal "$(ls -A)" ""
		done
	done
}

# warned NAME REGEX: checks that NAME has printed a matching warning and still runs.
warned() {
	grep -Eq "$2" "$1.err" && kill -0 "$(pid_of "$1")"
}

@test "each verb with --allow-uid and --allow-gid refuses peers that are not listed, with one warning" {
	local verb option
	for verb in $(with_option allow-uid); do
		for option in --allow-uid=64999 --allow-gid=64999; do
			listening "$verb" "$option"
			case $verb in
			hold) start_peer p -t dgram "$dir/s" data=FDSTORE=1 fds=0 send ;;
			*) start_peer p "$dir/s" data=x fds=0 send ;;
			esac
			wait_until warned "$verb" "^fdpass: $verb: .*(uid|gid|user|group)"
			assert_equal "$verb $(grep -c . "$verb.err")" "$verb 1"
			kill -TERM "$(pid_of "$verb")"
			fdpass_finish "$verb"
			fdpass_finish p || true
			rm -f s
		done
	done
}
