#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs every example of the manual's sections 1, 5 and 7, each in an empty directory, as a user would type it. Prints
# TAP.
#
# Examples are the ".Bd -literal" blocks of the EXAMPLES sections. Comments before a block describe how to run it:
#	.\" test: prints REGEX	its output must match (grep -E)
#	.\" test: needs PROGRAM	skipped if PROGRAM is missing
#	.\" test: root		skipped unless run as root
#	.\" test: skip REASON	never run
# An example that exits with a status other than 0 has failed.
set -u
src=${srcdir:-.}
command=${FDPASS:-$src/build/fdpass}
limit=${FDPASS_LIMIT:-20}
unset LISTEN_FDS LISTEN_PID LISTEN_PIDFDID LISTEN_FDNAMES NOTIFY_SOCKET
count=0
failed=0
work=$(mktemp -d /tmp/fdx.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin"
ln -s "$(realpath "$command")" "$work/bin/fdpass"
mkdir "$work/lib"
ln -s "$(realpath "$src/bats")" "$work/lib/fdpass"
BATS_LIB_PATH=$work/lib:${BATS_LIB_PATH-/usr/lib/bats}
PATH=$work/bin:$PATH:/usr/sbin:/sbin
export PATH BATS_LIB_PATH

# extract PAGE: writes each example of the manual page PAGE to a file, and the comments before it to another file.
extract()
{
	awk -v dir="$work/examples" '
	/^\.Sh / { inside = $2 == "EXAMPLES" }
	/^\.\\" test: / { comments = comments substr($0, 11) "\n" }
	inside && /^\.Bd -literal/ { file = sprintf("%s/%02d", dir, ++n); printf "" >file; printf "%s", comments >(file ".given"); next }
	/^\.Ed/ { if (file != "") { close(file); close(file ".given") } file = comments = "" }
	file != "" { gsub(/\\\(aq/, "\047"); gsub(/\\\(ga/, "`"); gsub(/\\&/, ""); gsub(/\\-/, "-"); gsub(/\\e/, "\\"); print >file }
	' "$1"
}

result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		printf 'ok %s - %s\n' "$count" "$2"
	else
		failed=1
		printf 'not ok %s - %s\n' "$count" "$2"
	fi
}

# reason FILE: prints the reason why the example in FILE cannot run here, or nothing if the example can run.
reason()
{
	while read -r word rest; do
		case $word in
		needs) command -v "$rest" >/dev/null || echo "$rest is not installed" ;;
		root) [ "$(id -u)" -eq 0 ] || echo "only root can do that" ;;
		skip) echo "$rest" ;;
		esac
	done <"$1" | head -n 1
}

# run_one NAME FILE
run_one()
{
	why=$(reason "$2.given")
	if [ -n "$why" ]; then
		count=$((count + 1))
		printf 'ok %s - %s # SKIP %s\n' "$count" "$1" "$why"
		return
	fi
	rm -rf "$work/run"
	mkdir "$work/run"
	# Runs the example in a process group, so that its background processes can be killed.
	(cd "$work/run" && timeout -s KILL "$limit" sh -eu "$2" </dev/null >"$work/out" 2>&1)
	status=$?
	bad=0
	[ $status -eq 0 ] || bad=1
	sed -n 's/^prints //p' "$2.given" >"$work/wanted"
	while IFS= read -r wanted; do
		grep -Eq -e "$wanted" "$work/out" || {
			bad=1
			echo "# does not print: $wanted"
		}
	done <"$work/wanted"
	if [ $bad -ne 0 ]; then
		echo "# status $status"
		sed 's/^/# $ /' "$2"
		sed 's/^/# /' "$work/out"
	fi
	result $bad "$1"
}

for page in ${EXAMPLES:-"$src"/man/*.[1578]}; do
	rm -rf "$work/examples"
	mkdir "$work/examples"
	extract "$page"
	for file in "$work"/examples/[0-9][0-9]; do
		[ -f "$file" ] || continue
		run_one "${page##*/}, example ${file##*/}: $(head -n 1 "$file")" "$file"
	done
done
echo "1..$count"
[ $failed -eq 0 ] && [ $count -gt 0 ]
