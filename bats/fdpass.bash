# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Helpers for bats tests of programs that pass descriptors. Load them with
#
#	bats_load_library fdpass
#
# and call fdpass_setup from setup(), fdpass_teardown from teardown(). Nothing here sleeps for a guessed time: a started
# program says that it is ready (--ready-fd), everything else is a condition waited for with a limit.
#
# FDPASS         the command; by default the one in PATH
# FDPASS_LIMIT   seconds that anything may take before the test fails; 20 by default
# FDPASS_DIR     a directory for the test alone, with a short name; removed by fdpass_teardown
#
# Descriptors 3 and 4 are bats's own: what is started here gets neither. Give your own numbers from 5 up, as in
# "run fdpass send /run/x.sock 5 5</etc/passwd".

# A path, as the function below has the same name.
FDPASS=${FDPASS:-$(type -P fdpass || echo fdpass-is-not-in-PATH)}
FDPASS_LIMIT=${FDPASS_LIMIT:-20}
declare -gA FDPASS_PIDS=()

# --- setup and teardown

fdpass_setup() {
	FDPASS_DIR=$(mktemp -d /tmp/fdp.XXXXXX)
	FDPASS_PIDS=()
}

# Ends what the test started and removes its directory.
fdpass_teardown() {
	local pid
	for pid in "${FDPASS_PIDS[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
	done
	for pid in "${FDPASS_PIDS[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	FDPASS_PIDS=()
	if [[ -n ${FDPASS_DIR-} ]]; then
		rm -rf -- "$FDPASS_DIR"
	fi
}

# --- running

# fdpass ARG...: the command under test, killed (status 137) if it takes longer than the limit.
fdpass() {
	timeout --foreground -s KILL "$FDPASS_LIMIT" "$FDPASS" "$@" 3>&- 4>&-
}

# fdpass_start NAME COMMAND [ARG]...: runs a command in the background. Its output goes to $FDPASS_DIR/NAME.out and
# NAME.err.
fdpass_start() {
	local name=$1
	shift
	# What was started under this name before has said nothing yet.
	rm -f -- "$FDPASS_DIR/$name.out" "$FDPASS_DIR/$name.err"
	"$@" <&0 >"$FDPASS_DIR/$name.out" 2>"$FDPASS_DIR/$name.err" 3>&- 4>&- &
	FDPASS_PIDS[$name]=$!
}

# fdpass_start_ready NAME [VERB] ARG...: runs fdpass in the background and returns once peers can connect to it.
fdpass_start_ready() {
	local name=$1 fifo=$FDPASS_DIR/$1.ready
	local -a verb=()
	shift
	case ${1-} in
	recv | send | relay | run | show | tty)
		verb=("$1")
		shift
		;;
	esac
	rm -f -- "$fifo" "$FDPASS_DIR/$name.out" "$FDPASS_DIR/$name.err"
	mkfifo -- "$fifo"
	"$FDPASS" "${verb[@]}" --ready-fd=19 "$@" <&0 >"$FDPASS_DIR/$name.out" 2>"$FDPASS_DIR/$name.err" \
	    19>"$fifo" 3>&- 4>&- &
	FDPASS_PIDS[$name]=$!
	if ! IFS= read -r -t "$FDPASS_LIMIT" _ <"$fifo"; then
		fdpass_report "$name was never ready: fdpass ${verb[*]} $*" \
		    "standard error" "$(fdpass_text "$FDPASS_DIR/$name.err")"
		return 1
	fi
}

# fdpass_receive NAME ARG...: a receiver that reports in JSON, ready when this returns.
fdpass_receive() {
	local name=$1
	shift
	fdpass_start_ready "$name" recv --json "$@"
}

# fdpass_pid NAME: the process id of what was started under this name.
fdpass_pid() {
	printf '%s\n' "${FDPASS_PIDS[$1]}"
}

# fdpass_finish NAME: waits until it ended; sets status, output (what it wrote to standard output), lines and stderr, as
# bats's run does.
# shellcheck disable=SC2034 # they are for the test
fdpass_finish() {
	local name=$1 pid=${FDPASS_PIDS[$1]}
	if ! fdpass_wait_until _fdpass_is_gone "$pid"; then
		fdpass_report "$name did not end" "standard output" "$(fdpass_text "$FDPASS_DIR/$name.out")" \
		    "standard error" "$(fdpass_text "$FDPASS_DIR/$name.err")"
		return 1
	fi
	status=0
	wait "$pid" || status=$?
	unset "FDPASS_PIDS[$name]"
	output=$(fdpass_text "$FDPASS_DIR/$name.out")
	stderr=$(fdpass_text "$FDPASS_DIR/$name.err")
	mapfile -t lines <<<"$output"
}

# fdpass_stop NAME [SIGNAL]: ends it by a signal (TERM) and takes its status, output and stderr.
fdpass_stop() {
	kill -s "${2:-TERM}" "${FDPASS_PIDS[$1]}"
	fdpass_finish "$1"
}

# --- waiting

# fdpass_wait_until COMMAND [ARG]...: until the command is true, within the limit.
fdpass_wait_until() {
	local end=$((SECONDS + FDPASS_LIMIT))
	until "$@"; do
		if ((SECONDS > end)); then
			fdpass_report "waited for $FDPASS_LIMIT seconds in vain: $*"
			return 1
		fi
		sleep 0.02
	done
}

# fdpass_has_line FILE REGEX: whether FILE has a line that matches; for fdpass_wait_until.
fdpass_has_line() {
	[[ -e $1 ]] && grep -Eq -e "$2" -- "$1"
}

_fdpass_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# --- saying what came

# fdpass_report HEADLINE [TITLE TEXT]...: on standard error, as bats shows it below a failed test.
fdpass_report() {
	printf -- '-- %s --\n' "$1" >&2
	shift
	while (($# > 1)); do
		printf '%s:\n' "$1" >&2
		printf '%s\n' "$2" | sed 's/^/    /' >&2
		shift 2
	done
	printf -- '--\n' >&2
}

# fdpass_text FILE: its content without NULs, which no shell variable holds.
fdpass_text() {
	[[ ! -e $1 ]] || tr -d '\0' <"$1"
}

# --- asserting, on what bats's run or fdpass_finish left in status, output and stderr

# assert_eq GOT EXPECTED [WHAT]
assert_eq() {
	[[ $1 == "$2" ]] || {
		fdpass_report "${3:-the values differ}" expected "$2" got "$1" "standard error" "${stderr-}"
		return 1
	}
}

# assert_match TEXT REGEX: extended regular expression, anywhere in TEXT.
assert_match() {
	[[ $1 =~ $2 ]] || {
		fdpass_report "no match" expected "$2" got "$1"
		return 1
	}
}

# assert_no_match TEXT REGEX
assert_no_match() {
	[[ ! $1 =~ $2 ]] || {
		fdpass_report "matches what it should not" "not expected" "$2" got "$1"
		return 1
	}
}

# assert_status N
assert_status() {
	[[ ${status-} == "$1" ]] || {
		fdpass_report "exit status ${status-}, expected $1" output "${output-}" "standard error" "${stderr-}"
		return 1
	}
}

# assert_json FILTER EXPECTED [TEXT]: what jq's FILTER makes of TEXT (by default $output), strings without their quotes,
# everything else on one line.
assert_json() {
	local text=${3-${output-}} got
	got=$(jq -rc "$1" <<<"$text" 2>&1) || true
	[[ $got == "$2" ]] || {
		fdpass_report "jq '$1'" expected "$2" got "$got" from "$text" "standard error" "${stderr-}"
		return 1
	}
}

# assert_kinds KIND...: the kinds of all descriptors that came, in order.
assert_kinds() {
	local got
	got=$(jq -rs '[.[].ancdata[].fds | select(. != null)[].kind] | join(" ")' <<<"${output-}" 2>&1) || true
	[[ $got == "$*" ]] || {
		fdpass_report "descriptors" expected "$*" got "$got" from "${output-}" "standard error" "${stderr-}"
		return 1
	}
}

# assert_data TEXT: the data of all messages, one after the other.
assert_data() {
	local got
	got=$(jq -rs '[.[] | .data // (.data_base64 | @base64d)] | join("")' <<<"${output-}" 2>&1) || true
	[[ $got == "$1" ]] || {
		fdpass_report "data" expected "$1" got "$got" from "${output-}" "standard error" "${stderr-}"
		return 1
	}
}

# assert_credentials PID UID GID: of the first message that has some.
assert_credentials() {
	assert_json 'first(.ancdata[].credentials | select(. != null)) | "\(.pid) \(.uid) \(.gid)"' "$1 $2 $3"
}
