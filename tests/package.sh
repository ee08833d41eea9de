#!/bin/sh
# SPDX-License-Identifier: ISC
# Builds and tests the packages from a copy of this tree. The Debian packages are checked by lintian, and are installed,
# used and purged in a temporary copy of this system. The RPM packages are built if rpmbuild is installed. The APKBUILD
# for Alpine is only parsed. Prints TAP. This check takes a long time, so it is not part of "make check".
# The check changes nothing outside the copies.
set -u
src=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd) || exit 1
work=$(mktemp -d /tmp/fdp-package.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
version=$(sed -n 's/^AC_INIT(\[fdpass\], \[\([0-9.]*\)\])/\1/p' "$src/configure.ac")
jobs=$(nproc)
count=0
failed=0
log=$work/log

result()
{
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		failed=1
		echo "not ok $count - $2"
		[ ! -s "$log" ] || tail -n 30 "$log" | sed 's/^/# /'
	fi
	: >"$log"
}

skip()
{
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

has()
{
	command -v "$1" >/dev/null 2>&1
}

# Uses the installed packages as a new user would, as root in the copy of the system.
cat >"$work/use" <<'X'
set -eu
cd "$(mktemp -d)"
dpkg -i "$1"/*.deb
fdpass --version | head -n 1
fdpass recv --fd=3=hosts ./x.sock sh -c 'echo "$LISTEN_FDNAMES"; cat <&3' >got &
fdpass send --wait ./x.sock /etc/hosts
wait
grep -qx hosts got
grep -q 127.0.0.1 got
verbs=$(fdpass --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
[ "$(echo "$verbs" | wc -l)" -ge 8 ]
for page in 1/fdpass $(echo "$verbs" | sed '/^help$/d; s,^,1/fdpass-,') 5/fdpass 7/fdpass 3/fdpass_recvmsg 3/fdpass_recv_fds; do
	zcat "/usr/share/man/man${page%/*}/${page#*/}.${page%/*}.gz" >/dev/null
done
for program in send receive; do
	cc -o $program /usr/share/doc/libfdpass-dev/examples/$program.c $(pkg-config --cflags --libs libfdpass)
done
cc -static -o static /usr/share/doc/libfdpass-dev/examples/send.c $(pkg-config --static --cflags --libs libfdpass)
./static z.sock /etc/hosts &
until ./receive z.sock 2>/dev/null | grep -q 127.0.0.1; do :; done
./send y.sock /etc/hosts &
until ./receive y.sock 2>/dev/null | grep -q 127.0.0.1; do :; done
wait
bash -c '. /usr/share/bash-completion/completions/fdpass; _fdpass_options relay' | grep -qx -e --max-connections
fdpass hold --ready-fd=1 ./store -- sh -c 'fdpass send env:NOTIFY_SOCKET -d FDSTORE=1 /etc/hosts'
fdpass watch --output=watched -- fdpass send ./nobody /etc/hosts && exit 1
if command -v bats >/dev/null; then
	cat >t.bats <<'T'
bats_load_library fdpass
setup() { fdpass_setup; }
teardown() { fdpass_teardown; }
@test "a descriptor is received" {
	fdpass_receive r "$FDPASS_DIR/s"
	fdpass send "$FDPASS_DIR/s" /etc/hosts
	fdpass_finish r
	assert_kinds regular
}
T
	BATS_LIB_PATH=/usr/lib/bats bats t.bats
fi
dpkg -L fdpass libfdpass1 libfdpass-dev | sort -u >files
dpkg --purge libfdpass-dev libfdpass1 fdpass
while IFS= read -r file; do
	[ -d "$file" ] || [ ! -e "$file" ] || { echo "left behind: $file"; exit 1; }
done <files
X

# in_a_copy COMMAND...: runs COMMAND in a copy of this system, a writable overlay whose changes are discarded.
in_a_copy()
{
	unshare -m -p -f sh -eu -c '
	mount -t tmpfs tmpfs "$1"
	mkdir "$1/upper" "$1/work" "$1/root"
	mount -t overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" overlay "$1/root"
	mount -t proc proc "$1/root/proc"
	mount --bind /dev "$1/root/dev"
	mkdir -p "$1/root$2"
	mount --bind "$2" "$1/root$2"
	root=$1/root
	shift 2
	exec chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"' - "$work/mnt" "$work/debs" "$@"
}

debian()
{
	if ! has dpkg-buildpackage || ! has dh; then
		skip "Debian's packages" "dpkg-dev and debhelper are not installed"
		return
	fi
	mkdir "$work/debs" "$work/mnt"
	(cd "$tree" && DEB_BUILD_OPTIONS="nocheck parallel=$jobs" dpkg-buildpackage -us -uc -b -d) >"$log" 2>&1
	result $? "the Debian packages are built"
	cp "$work"/*.deb "$work/debs/" 2>/dev/null
	rm -f "$work"/debs/*dbgsym*
	for package in fdpass libfdpass1 libfdpass-dev; do
		[ -f "$work/debs/${package}_$version-1_$(dpkg --print-architecture).deb" ]
		result $? "the package $package is built"
	done
	if has lintian; then
		lintian --allow-root --fail-on error,warning "$work"/*.changes >"$log" 2>&1
		result $? "lintian reports neither errors nor warnings"
	else
		skip "lintian reports neither errors nor warnings" "lintian is not installed"
	fi
	if [ "$(id -u)" -ne 0 ] || ! in_a_copy true >"$log" 2>&1; then
		skip "the Debian packages can be installed, used and removed" "an overlay cannot be mounted here"
		return
	fi
	cp "$work/use" "$work/debs/use"
	in_a_copy timeout 120 sh "$work/debs/use" "$work/debs" >"$log" 2>&1
	result $? "the Debian packages can be installed, used and removed without a trace"
}

rpm_packages()
{
	if ! has rpmspec; then
		skip "RPM's description" "rpm is not installed"
		return
	fi
	rpmspec -P "$src/packaging/fdpass.spec" >"$log" 2>&1
	result $? "rpm can parse the spec file"
	if ! has rpmbuild; then
		skip "RPM's packages" "rpmbuild is not installed"
		return
	fi
	rpmbuild --define "_topdir $work/rpm" --nodeps --nocheck -bb "$src/packaging/fdpass.spec" >"$log" 2>&1
	result $? "the RPM packages are built"
	for package in fdpass libfdpass libfdpass-devel; do
		find "$work/rpm/RPMS" -name "$package-$version-*.rpm" | grep -q .
		result $? "the package $package is built"
	done
}

alpine()
{
	# shellcheck disable=SC2016 # the inner shell expands the variables
	sh -eu -c 'CBUILD= CHOST= pkgdir=; . "$1"; for f in build check package _lib _dev; do type $f >/dev/null; done
	    [ "$pkgname-$pkgver" = "fdpass-$2" ]' - "$src/packaging/APKBUILD" "$version" >"$log" 2>&1
	result $? "APKBUILD can be parsed, and has the version of this tree"
}

# Makes a clean copy of the source tree, with the files that autoreconf generates.
tree=$work/fdpass-$version
mkdir "$tree"
if [ -d "$src/.git" ]; then
	(cd "$src" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - 2>/dev/null) | tar -C "$tree" -xf -
else
	tar -C "$src" -cf - . | tar -C "$tree" -xf -
fi
(cd "$tree" && autoreconf -fi) >"$log" 2>&1 &&
    mkdir -p "$work/rpm/SOURCES" &&
    tar -C "$work" -cJf "$work/rpm/SOURCES/fdpass-$version.tar.xz" --exclude=debian "fdpass-$version" >>"$log" 2>&1
result $? "a copy of the tree can be prepared"
if [ $failed -eq 0 ]; then
	debian
	rpm_packages
	alpine
fi
echo "1..$count"
[ $failed -eq 0 ]
