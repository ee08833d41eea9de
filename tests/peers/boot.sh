#!/bin/sh
# SPDX-License-Identifier: ISC
# Runs systemd as process 1 of new namespaces, with only the units in the directory UNITS: boot.sh CGROUP UNITS COMMAND
#
# CGROUP is a new directory in a mounted cgroup2 file system. COMMAND is copied to /run/fdpass. The mounts and files
# of this systemd are not visible outside the namespaces: this systemd has its own /run, /etc/systemd and control
# groups, and cannot write to /proc/sys.
set -e
if [ "${4-}" != inside ]; then
	echo $$ >"$1/cgroup.procs"
	exec unshare --mount --propagation private --pid --uts --ipc --cgroup --fork --kill-child sh "$0" "$@" inside
fi
mount -t proc proc /proc
mount --bind /proc/sys /proc/sys
mount -o remount,ro,bind /proc/sys
while mounted=$(awk '$2 ~ "^/sys/fs/cgroup" { last = $2 } END { print last }' /proc/mounts) && [ "$mounted" ]; do
	umount -l "$mounted"
done
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
cp "$3" /run/fdpass
units=/run/systemd/system
mkdir -p $units
cp "$2"/* $units
# Creates empty targets on which the tests' units depend.
for unit in boot sysinit basic sockets multi-user shutdown; do
	printf '[Unit]\nDefaultDependencies=no\n' >$units/$unit.target
done
for empty in /etc/systemd /lib/systemd/system /lib/systemd/system-generators; do
	mount -t tmpfs -o mode=755 tmpfs $empty
done
printf '[Manager]\nShowStatus=no\nDefaultTimeoutStopSec=20s\n' >/etc/systemd/system.conf
exec env -i container=other PATH="$PATH" /lib/systemd/systemd --unit=boot.target --log-target=console
