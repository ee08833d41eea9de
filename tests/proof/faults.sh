#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes each system call of fdpass fail once: runs faults.py with the arguments of this script. Prints "N injections,
# M bad" at the end. If faults cannot be injected on this machine, prints a reason and exits with 77.
set -u
export FDPASS="${FDPASS:-${builddir:-build}/fdpass}" PEER="${PEER:-${builddir:-build}/tests/peers/peer}"

cannot() {
	echo "faults: $1"
	exit 77
}

python=
for candidate in "${PYTHON:-}" /usr/bin/python3 python3; do
	if [ -n "$candidate" ] && "$candidate" -c 'import os; os.pidfd_open, os.posix_spawnp' 2>/dev/null; then
		python=$candidate
		break
	fi
done
[ -n "$python" ] || cannot 'there is no python3 of version 3.9 or later'
command -v strace >/dev/null || cannot 'strace is not installed'
strace -qq -f -b execve -e trace=getppid -e inject=getppid:error=EPERM:when=1 true 2>/dev/null ||
    cannot 'strace cannot trace here, or is older than 5.6'
case $("$FDPASS" --version 2>/dev/null) in
*anitize*) cannot 'sanitizers are built in, and cannot be traced' ;;
esac
exec "$python" "${0%/*}/faults.py" "$@"
