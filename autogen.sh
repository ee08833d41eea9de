#!/bin/sh
# SPDX-License-Identifier: ISC
# Makes configure and Makefile.in from their sources; needed in a git checkout, not in a release.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
