#!/bin/sh
# SPDX-License-Identifier: ISC
# Tests the installed library: the example programs build with the flags of pkg-config, in C and in C++, and pass a
# descriptor. The manual shows the same program. Prints TAP.
set -u
top=$(cd "${srcdir:-.}" && pwd) || exit 1
build=$(cd "${builddir:-.}" && pwd) || exit 1
count=0
status=0

result() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		[ -s "$root/log" ] && sed 's/^/# /' "$root/log"
		status=1
	fi
}

root=$(mktemp -d /tmp/fdp.XXXXXX) || exit 1
trap 'rm -rf "$root"' EXIT
trap 'exit 1' HUP INT TERM

sed -n '/^\.Bd -literal -offset indent -compact$/,/^\.Ed$/p' "$top/man/libfdpass.3" | sed -e '1d' -e '$d' -e 's/\\e/\\/g' \
    >"$root/shown.c"
sed -e '/^#include/,$!d' "$top/examples/receive.c" >"$root/receive.c"
diff "$root/shown.c" "$root/receive.c" >"$root/log" 2>&1
result $? "libfdpass(3) shows examples/receive.c"

if ! command -v pkg-config >"$root/log" 2>&1; then
	echo "ok 2 - the library as installed # SKIP no pkg-config"
	echo "1..2"
	exit $status
fi

(cd "$build" && "${MAKE:-make}" DESTDIR="$root/dest" install-libLTLIBRARIES install-includeHEADERS \
    install-pkgconfigDATA) >"$root/log" 2>&1
result $? "the library is installed"
directory=$(find "$root/dest" -name libfdpass.pc -exec dirname {} \;)
# With prefix /usr, the paths in the pkg-config file are absolute; otherwise, they are relative to the file.
if grep -q '^prefix=/' "$directory/libfdpass.pc"; then
	PKG_CONFIG_SYSROOT_DIR=$root/dest
	export PKG_CONFIG_SYSROOT_DIR
else
	mv "$root/dest" "$root/moved"
	directory=$root/moved${directory#"$root/dest"}
fi
PKG_CONFIG_PATH=$directory
export PKG_CONFIG_PATH
cflags=$(pkg-config --cflags libfdpass 2>"$root/log") && libs=$(pkg-config --libs libfdpass 2>"$root/log")
result $? "pkg-config finds the library"
# If the library was built with sanitizers or for another architecture, programs need the same flags.
flags="${CFLAGS:-} ${SAN_CFLAGS:-}"
for program in send receive; do
	# shellcheck disable=SC2086
	${CC:-cc} $flags $cflags -o "$root/$program" "$top/examples/$program.c" $libs >"$root/log" 2>&1
	result $? "examples/$program.c builds with the flags of pkg-config"
done

LD_LIBRARY_PATH=$(cd "$directory/.." && pwd)
export LD_LIBRARY_PATH
echo "contents of the file" >"$root/file"
"$root/send" "$root/socket" "$root/file" "$root/file" >"$root/log" 2>&1 &
tries=0
until "$root/receive" "$root/socket" >"$root/got" 2>"$root/log" || [ $tries -ge 600 ]; do
	tries=$((tries + 1))
	sleep 0.05
done
wait $!
result $? "the sender exits with status 0"
printf "%s\n" "5 bytes, 2 descriptors" "contents of the file" "contents of the file" >"$root/wanted"
diff "$root/wanted" "$root/got" >"$root/log" 2>&1
result $? "the receiver prints the contents of the received files"

if command -v "${CXX:-c++}" >/dev/null 2>&1; then
	cat >"$root/plus.cc" <<'PLUS'
#include <fdpass.h>

int main()
{
	fdpass_msg *msg = fdpass_msg_new(FDPASS_ANCBUFSIZE);
	fdpass_wait wait = { fdpass_deadline(0), nullptr, nullptr };
	char c;
	bool failed = fdpass_recvmsg(-1, msg, &c, 1, 0, &wait) == -1 && fdpass_msg_fd(msg, 0) == FDPASS_TAKEN;

	fdpass_msg_free(msg);
	return !failed;
}
PLUS
	# shellcheck disable=SC2086
	"${CXX:-c++}" -std=c++11 -Wall -Wextra -pedantic -Werror $flags $cflags -o "$root/plus" "$root/plus.cc" $libs \
	    >"$root/log" 2>&1 && "$root/plus" >>"$root/log" 2>&1
	result $? "a program in C++ builds and runs"
else
	count=$((count + 1))
	echo "ok $count - a program in C++ builds and runs # SKIP no C++ compiler"
fi

if command -v rustc >/dev/null 2>&1 && [ -z "${SAN_CFLAGS-}" ]; then
	# shellcheck disable=SC2086
	rustc --edition 2021 -o "$root/rust" "$top/tests/rust.rs" -L "$LD_LIBRARY_PATH" >"$root/log" 2>&1 &&
	    [ "$("$root/rust" "$root/file" 2>>"$root/log")" = "$(pkg-config --modversion libfdpass) contents of the file" ]
	result $? "a program in Rust builds and runs"
else
	count=$((count + 1))
	echo "ok $count - a program in Rust builds and runs # SKIP no rustc, or sanitizers are built in"
fi
echo "1..$count"
exit $status
