#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Tests of names that contain arbitrary bytes: the text output must escape all control characters, and the JSON output
# must preserve every byte.

load helpers

MKFD=${MKFD:-$builddir/tests/peers/mkfd}

# Two file names that together contain every byte that a name can contain.
every_byte_1=$(printf '%b' "$(printf '\\x%02x' {1..46} {48..127})")
every_byte_2=$(printf '%b' "$(printf '\\x%02x' {128..255})")
escapes=$'\e[31m\e]0;title\a\e[2J\r\n\b\x7f\xc2\x9b31m\xe2\x80\xae\xe2\x80\xa8\xff\xc3'

# assert_printable TEXT [N]: checks that TEXT is one line, or N lines, of printable ASCII.
assert_printable() {
	LC_ALL=C grep -q '[^ -~]' <<<"$1" && {
		fdpass_report "text has what no terminal should see" got "$(cat -v <<<"$1")"
		return 1
	}
	[[ $(wc -l <<<"$1") == "${2-1}" ]]
}

# assert_bytes JSON KEY BYTES: checks that either KEY or its base64 counterpart contains exactly BYTES, and the other is
# null.
assert_bytes() {
	requires python3
	local got
	got=$(python3 -c '
import base64, json, sys

def no(constant):
    raise ValueError(constant)

def once(pairs):
    keys = [key for key, value in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key twice")
    return dict(pairs)

value = json.loads(sys.stdin.buffer.read().decode("utf-8"), parse_constant=no, object_pairs_hook=once)
*path, key = sys.argv[1].split(".")
for step in path:
    value = value[step]
plain, twin = value[key], value[key + "_base64"]
if (plain is None) == (twin is None):
    raise ValueError("not exactly one of the two")
data = plain.encode() if twin is None else base64.b64decode(twin, validate=True)
if twin is not None:
    try:
        data.decode("utf-8")
        raise SystemExit("base64 of what is UTF-8")
    except UnicodeDecodeError:
        pass
sys.stdout.write(data.hex())' "$2" <<<"$1" 2>&1)
	assert_equal "$got" "$(printf %s "$3" | od -An -vtx1 | tr -d ' \n')" "$2"
	jq -e . <<<"$1" >/dev/null
}

@test "show escapes every unprintable byte of a path, and JSON contains every byte" {
	local name
	for name in "$every_byte_1" "$every_byte_2" "$escapes"; do
		: >"$dir/$name"
		for locale in C C.UTF-8; do
			output=$(LC_ALL=$locale fdpass show "r:$dir/$name=n")
			[[ $locale == C ]] || output=$(LC_ALL=C.UTF-8 tr -d '\200-\377' <<<"$output")
			assert_printable "$output"
		done
		output=$(fdpass show --json "r:$dir/$name=n")
		assert_bytes "$output" path "$dir/$name"
		assert_bytes "$output" link "$dir/$name"
	done
}

@test "in a UTF-8 locale, show prints printable characters of a path and escapes control characters" {
	not_under qemu "finds no locale of UTF-8 for the other machine"
	: >"$dir/é日本$escapes"
	output=$(LC_ALL=C.UTF-8 fdpass show "r:$dir/é日本$escapes=n")
	iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	assert_regex "$output" 'é日本'
	refute_regex "$output" $'\e|\a|\b|\r|\x7f|\xc2\x9b|\xe2\x80\xae|\xe2\x80\xa8'
	[[ $(wc -l <<<"$output") == 1 ]]
}

@test "show escapes the names of memfds" {
	local name
	for name in "$every_byte_1" "${every_byte_2:0:120}" "$escapes" ""; do
		output=$(LC_ALL=C clean "$MKFD" "memfd=$name" 9 -- "$FDPASS" show 9)
		assert_printable "$output"
		output=$(clean "$MKFD" "memfd=$name" 9 -- "$FDPASS" show --json 9)
		assert_json .kind memfd
		assert_bytes "$output" memfd.name "$name"
	done
}

@test "a regular file with the name of a memfd is not shown as a memfd" {
	requires unshare
	requires_root
	unshare -m true || skip "mount namespaces cannot be created here"
	clean unshare -m --propagation private sh -c 'mkdir "$1/root" && mount -t tmpfs none "$1/root" && cd "$1/root" &&
	    : >"memfd:x (deleted)" && exec "$2" file="memfd:x (deleted)" 9 -- "$3" show --json 9' - "$dir" "$MKFD" "$FDPASS" >"$dir/out"
	output=$(cat "$dir/out")
	assert_json .kind regular
}

@test "show escapes the names of AF_UNIX sockets" {
	output=$(LC_ALL=C clean "$MKFD" unix-abstract 9 -- "$FDPASS" show 9)
	assert_printable "$output"
	output=$(clean "$MKFD" unix-abstract 9 -- "$FDPASS" show --json 9)
	assert_json '.socket.local | [.path, .abstract, .abstract_base64]' '[null,null,"bWtmZAAKG1szMW3/Ig=="]'
	assert_json '.socket.local.hex[4:]' 006d6b6664000a1b5b33316dff22
	cd "$dir"
	output=$(LC_ALL=C clean "$MKFD" "unix-listen=${escapes}s" 9 -- "$FDPASS" show 9)
	assert_printable "$output"
	rm -f -- "${escapes}s"
	output=$(clean "$MKFD" "unix-listen=${escapes}s" 9 -- "$FDPASS" show --json 9)
	assert_bytes "$output" socket.local.path "${escapes}s"
}

@test "the path of a socket is shown completely if it has the maximum length, 107 bytes" {
	local name
	name=$(printf 'x%.0s' {1..107})
	cd "$dir"
	output=$(clean "$MKFD" "unix-dgram=$name" 9 -- "$FDPASS" show --json 9)
	assert_json .socket.local.path "$name"
}

@test "show escapes the names of processes" {
	requires python3
	output=$(clean python3 -c '
import ctypes, os, sys
if os.fork() == 0:
    ctypes.CDLL(None).prctl(15, b"\x1b[31m\n\xff\"\\x")
    os.close(1)
    import time
    time.sleep(60)
import signal, time
child = int(open("/proc/self/task/%d/children" % os.getpid()).read())
while b"\x1b" not in open("/proc/%d/comm" % child, "rb").read():
    time.sleep(0.01)
os.dup2(os.pidfd_open(child), 9)
for form in ([], ["--json"]):
    os.spawnv(os.P_WAIT, sys.argv[1], [sys.argv[1], "show"] + form + ["9"])
os.kill(child, 9)' "$FDPASS")
	assert_printable "$(sed 1q <<<"$output")"
	assert_regex "$output" 'pidfd of process [0-9]+ "'
	assert_bytes "$(sed -n 2p <<<"$output")" pidfd.comm $'\e[31m\n\xff"\\x'
}

@test "show escapes names from LISTEN_FDNAMES" {
	export escapes
	# shellcheck disable=SC2016 # the inner shell expands the variables
	output=$(keep=3 LC_ALL=C clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=${escapes//:/} exec "$FDPASS" show' 3</etc/passwd)
	assert_printable "$output" 4
	# shellcheck disable=SC2016 # the inner shell expands the variables
	output=$(keep=3 clean bash -c 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=${escapes//:/} exec "$FDPASS" show --json' 3</etc/passwd)
	assert_bytes "$(sed -n 4p <<<"$output")" name "${escapes//:/}"
}

@test "a path of 4095 bytes is shown, and a longer path is reported as too long" {
	local name
	name=$(printf 'd%.0s' {1..200})
	(
		cd "$dir" || exit
		for ((i = 0; i < 25; i++)); do
			mkdir -p "$name" && cd -P "$name" 2>/dev/null || cd "$name" || exit
			: >f
		done
	)
	output=$(clean "$MKFD" "deep=$dir" 9 -- "$FDPASS" show --json 9)
	assert_json '[.kind, .path, .problems]' '["regular",null,["its path is longer than 4095 bytes"]]'
	local path=$dir i
	for ((i = 0; i < 20; i++)); do
		path=$path/$name
	done
	mkdir -p "$path"
	path=$path/$(printf 'f%.0s' $(seq $((4094 - ${#path}))))
	(cd "${path%/*}" && : >"${path##*/}")
	assert_equal "${#path}" 4095
	output=$(fdpass show --json "$path")
	assert_json '.path | length' 4095
	output=$(fdpass show "$path")
	assert_regex "$output" 'f", read-only'
}

@test "a file whose name ends in \" (deleted)\" is distinguished from a deleted file" {
	: >"$dir/x (deleted)"
	output=$(fdpass show --json "$dir/x (deleted)")
	assert_json '[.path, .deleted]' "[\"$dir/x (deleted)\",null]"
	assert_json '.problems | length' 1
	output=$(clean "$MKFD" "deleted=$dir/y (deleted)" 9 -- "$FDPASS" show --json 9)
	assert_json '[.path, .deleted, .problems]' "[\"$dir/y (deleted)\",true,[]]"
}
