#!/bin/sh
# SPDX-License-Identifier: ISC
# handover.sh SOCKET HOST:PORT SERVER [ARG]...
#
# One generation of a server that takes its listening socket from LISTEN_FDS and ends in good order at SIGTERM. Run it
# again, with a newer SERVER: that one takes the socket over, and this one finishes what it has begun and ends. The
# socket is never closed, so no connection is ever refused. SOCKET is where the generations meet; it is its owner's alone.
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
wait $offer	# until the next generation has the socket, or a signal
kill $server
wait
