#!/bin/sh
# SPDX-License-Identifier: ISC
# handover.sh SOCKET HOST:PORT SERVER [ARG]...
#
# Starts SERVER, which takes its listening socket from LISTEN_FDS and terminates gracefully on SIGTERM. To replace it,
# run this script again with a newer SERVER: the new server takes over the listening socket, and the old one completes
# its pending work and exits. The socket is never closed, so no connection is refused. SOCKET is the path at which the
# two scripts meet; only its owner can connect to it.
if [ "${LISTEN_PID-}" != $$ ]; then
	[ ! -S "$1" ] ||
	    exec fdpass recv -c --wait=10 --fd=3=web "$1" "$0" "$@"
	exec fdpass run "tcp-listen:$2=web" -- "$0" "$@"
fi
socket=$1
shift 2
fdpass run 3=web -- "$@" & server=$!
fdpass send -l "$socket" 3 & offer=$!
trap 'kill $offer' HUP INT TERM
wait $offer	# until the next server has the socket, or a signal
kill $server
wait
