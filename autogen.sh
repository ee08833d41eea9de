#!/bin/sh
# SPDX-License-Identifier: ISC
# Generates configure and Makefile.in. Needed in a git checkout, but not in a release.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
