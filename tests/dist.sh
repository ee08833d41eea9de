#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks a release: the tarball is reproducible and complete, and "make uninstall" removes all installed files. Prints
# TAP. This check takes a long time, so it is not part of "make check". Usage: tests/dist.sh BUILD-DIRECTORY.
set -u
src=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
work=$(mktemp -d /tmp/fdd.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
count=0
failed=0

result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=1
		echo "not ok $count - $2"
		[ ! -s "$work/log" ] || tail -n 20 "$work/log" | sed 's/^/# /'
	fi
}

# tarball DIRECTORY UMASK: creates the tarball in a separate build directory.
tarball()
{
	mkdir "$work/$1"
	(umask "$2" && cd "$work/$1" && "$src/configure" -q --disable-warnings && ${MAKE:-make} -s dist) >"$work/log" 2>&1
}

SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1790000000}
export SOURCE_DATE_EPOCH
tarball one 022 && tarball two 077
result $? "two tarballs can be created"
[ $failed -eq 0 ] || exit 1
cmp "$work"/one/fdpass-*.tar.xz "$work"/two/fdpass-*.tar.xz >"$work/log" 2>&1
result $? "the two tarballs are identical"
name=$(basename "$work"/one/fdpass-*.tar.xz .tar.xz)
tar -C "$work" -xf "$work/one/$name.tar.xz" && mkdir "$work/build" && (cd "$work/build" &&
    "../$name/configure" -q --prefix=/usr && ${MAKE:-make} -s -j2) >"$work/log" 2>&1
result $? "the contents of the tarball can be built"
(cd "$work/build" && ${MAKE:-make} -s DESTDIR="$work/dest" install) >"$work/log" 2>&1
result $? "the contents of the tarball can be installed"
for file in bin/fdpass include/fdpass.h lib/libfdpass.so.1 lib/pkgconfig/libfdpass.pc lib/bats/fdpass/load.bash \
    share/man/man1/fdpass-recv.1 share/man/man5/fdpass.5 share/man/man7/fdpass.7 share/man/man3/libfdpass.3 \
    share/bash-completion/completions/fdpass share/zsh/site-functions/_fdpass \
    share/fish/vendor_completions.d/fdpass.fish share/doc/fdpass/examples/handover.sh \
    share/doc/fdpass/examples/receive.c share/doc/fdpass/examples/systemd/fdpass-relay.socket; do
	[ -f "$work/dest/usr/$file" ]
	result $? "$file is installed"
done
"$work/dest/usr/bin/fdpass" --version >"$work/log" 2>&1
result $? "the installed command runs"
(cd "$work/build" && ${MAKE:-make} -s DESTDIR="$work/dest" uninstall) >"$work/log" 2>&1
result $? "make uninstall succeeds"
find "$work/dest" ! -type d >"$work/log"
[ ! -s "$work/log" ]
result $? "make uninstall leaves no file"
echo "1..$count"
[ $failed -eq 0 ]
