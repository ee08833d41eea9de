# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# Helpers for bats tests of programs that pass descriptors. Load them with
#
#	bats_load_library fdpass
#
# and call fdpass_setup in setup() and fdpass_teardown in teardown(). The functions never sleep for a fixed time: they
# wait for a readiness notification (--ready-fd) or for a condition, with a time limit. The assertions are about received
# messages; assert_success, assert_equal and other general ones are in bats-support and bats-assert.
#
# FDPASS         the command under test; by default the one in PATH
# FDPASS_LIMIT   the time limit for each command and each wait, in seconds; by default 20
# FDPASS_DIR     a temporary directory with a short name for each test; fdpass_teardown removes it
#
# Bats uses descriptors 3 and 4 itself; they are not passed to the commands that these functions start. Use numbers
# from 5 up for your own descriptors, as in "run fdpass send /run/x.sock 5 5</etc/passwd".

# An absolute path, because the function fdpass() below has the same name as the command.
FDPASS=${FDPASS:-$(type -P fdpass || echo fdpass-is-not-in-PATH)}
FDPASS_LIMIT=${FDPASS_LIMIT:-20}
declare -gA FDPASS_PIDS=()

# --- setup and teardown

fdpass_setup() {
	FDPASS_DIR=$(mktemp -d /tmp/fdp.XXXXXX)
	FDPASS_PIDS=()
}

# Kills the processes that the test started and removes its directory. If the test failed, prints what they wrote to
# standard error.
fdpass_teardown() {
	local pid
	if [[ -z ${BATS_TEST_COMPLETED-} && -z ${BATS_TEST_SKIPPED-} && -n ${FDPASS_DIR-} ]]; then
		_fdpass_report_errors
	fi
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

# --- running programs

# fdpass ARG...: runs the command under test; kills it (status 137) when the time limit expires.
fdpass() {
	timeout --foreground -s KILL "$FDPASS_LIMIT" "$FDPASS" "$@" 3>&- 4>&-
}

# fdpass_start NAME COMMAND [ARG]...: runs a command in the background. Its standard output and standard error go to
# $FDPASS_DIR/NAME.out and NAME.err.
fdpass_start() {
	local name=$1
	shift
	# Remove the output of an earlier command with this name.
	rm -f -- "$FDPASS_DIR/$name.out" "$FDPASS_DIR/$name.err"
	"$@" <&0 >"$FDPASS_DIR/$name.out" 2>"$FDPASS_DIR/$name.err" 3>&- 4>&- &
	FDPASS_PIDS[$name]=$!
}

# fdpass_start_ready NAME [VERB] ARG...: runs fdpass in the background and returns when clients can connect to it.
fdpass_start_ready() {
	local name=$1 fifo=$FDPASS_DIR/$1.ready
	local -a verb=()
	shift
	case ${1-} in
	recv | send | relay | run | show | tty | hold | watch)
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
		fdpass_report "$name did not become ready: fdpass ${verb[*]} $*" \
		    "standard error" "$(fdpass_text "$FDPASS_DIR/$name.err")"
		return 1
	fi
}

# fdpass_receive NAME ARG...: runs "fdpass recv --json" in the background and returns when clients can connect to it.
fdpass_receive() {
	local name=$1
	shift
	fdpass_start_ready "$name" recv --json "$@"
}

# fdpass_pid NAME: prints the process ID of the background command NAME.
fdpass_pid() {
	_fdpass_is_known fdpass_pid "$1" || return 1
	printf '%s\n' "${FDPASS_PIDS[$1]}"
}

# fdpass_finish NAME: waits until the background command has exited, and sets status, output (its standard output),
# lines and stderr, as run does.
# shellcheck disable=SC2034 # used by the tests
fdpass_finish() {
	_fdpass_is_known fdpass_finish "$1" || return 1
	local name=$1 pid=${FDPASS_PIDS[$1]}
	if ! _fdpass_wait _fdpass_is_gone "$pid"; then
		fdpass_report "$name did not exit within $FDPASS_LIMIT seconds: $(tr '\0' ' ' <"/proc/$pid/cmdline")" \
		    "standard output" "$(fdpass_text "$FDPASS_DIR/$name.out")" \
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

# fdpass_stop NAME [SIGNAL]: sends a signal (by default TERM), then does the same as fdpass_finish.
fdpass_stop() {
	_fdpass_is_known fdpass_stop "$1" || return 1
	kill -s "${2:-TERM}" "${FDPASS_PIDS[$1]}"
	fdpass_finish "$1"
}

_fdpass_is_known() {
	[[ -n ${2-} && -n ${FDPASS_PIDS[$2]-} ]] || {
		fdpass_report "$1: no background command is named '${2-}'" "background commands" "${!FDPASS_PIDS[*]}"
		return 1
	}
}

# --- waiting

# fdpass_wait_until COMMAND [ARG]...: waits until the command succeeds; fails when the time limit expires.
fdpass_wait_until() {
	_fdpass_wait "$@" || {
		fdpass_report "timed out after $FDPASS_LIMIT seconds: $*"
		return 1
	}
}

# The same as fdpass_wait_until, but without a failure report.
_fdpass_wait() {
	local end=$((SECONDS + FDPASS_LIMIT))
	until "$@"; do
		((SECONDS <= end)) || return 1
		sleep 0.02
	done
}

# fdpass_has_line FILE REGEX: succeeds if FILE has a line that matches REGEX; for use with fdpass_wait_until.
fdpass_has_line() {
	[[ -e $1 ]] && grep -Eq -e "$2" -- "$1"
}

_fdpass_is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# --- reporting failures

# fdpass_report HEADLINE [TITLE TEXT]...: prints a failure report on standard error, which bats shows below the test.
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

_fdpass_report_errors() {
	local file name text
	local -a report=()
	for file in "$FDPASS_DIR"/*.err; do
		text=$(fdpass_text "$file")
		name=${file##*/}
		[[ -z $text ]] || report+=("${name%.err}" "$text")
	done
	[[ -z ${stderr-} ]] || report+=("the last command" "$stderr")
	((${#report[@]} == 0)) || fdpass_report "standard error" "${report[@]}"
}

# fdpass_text FILE: prints the contents of FILE without NUL bytes, which shell variables cannot contain.
fdpass_text() {
	[[ ! -e $1 ]] || tr -d '\0' <"$1"
}

# --- assertions about received messages, in output as set by run or fdpass_finish

# _fdpass_differ WHAT EXPECTED GOT: reports how two values differ. If they have several lines, only the differing lines
# are shown.
_fdpass_differ() {
	if [[ $2 == *$'\n'* || $3 == *$'\n'* ]]; then
		fdpass_report "$1" "difference (< expected, > got)" "$(diff <(printf '%s\n' "$2") <(printf '%s\n' "$3") || true)" \
		    ${stderr:+"standard error" "$stderr"}
	else
		fdpass_report "$1" expected "$2" got "$3" ${stderr:+"standard error" "$stderr"}
	fi
	return 1
}

# assert_json FILTER EXPECTED [TEXT]: compares the output of jq's FILTER, applied to TEXT or to $output, with EXPECTED.
# Strings have no quotes; other values are on one line each.
assert_json() {
	local text=${3-${output-}} got
	got=$(jq -rc "$1" <<<"$text" 2>&1) || true
	[[ $got == "$2" ]] || _fdpass_differ "jq '$1'" "$2" "$got"
}

# assert_kinds KIND...: compares the kinds of all received descriptors, in order.
assert_kinds() {
	local got
	got=$(jq -rs '[.[].ancdata[].fds | select(. != null)[].kind] | join(" ")' <<<"${output-}" 2>&1) || true
	[[ $got == "$*" ]] || _fdpass_differ descriptors "$*" "$got"
}

# assert_data TEXT: compares the concatenated data of all messages, including trailing newlines.
assert_data() {
	local got
	got=$(jq -js '[.[] | .data // (.data_base64 | @base64d)] | join("")' <<<"${output-}" 2>&1 && printf .) || got+=.
	[[ $got == "$1." ]] || _fdpass_differ data "$(printf %q "$1")" "$(printf %q "${got%.}")"
}

# assert_credentials PID UID GID: compares the credentials in the first message that contains some.
assert_credentials() {
	local got
	got=$(jq -rs 'first(.[].ancdata[].credentials | select(. != null)) | "\(.pid) \(.uid) \(.gid)"' \
	    <<<"${output-}" 2>&1) || true
	[[ $got == "$1 $2 $3" ]] || {
		_fdpass_differ "credentials (PID UID GID)" "$1 $2 $3" \
		    "${got:-none: fdpass requests the credentials of each message with --creds}"
	}
}
