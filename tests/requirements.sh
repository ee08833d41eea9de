#!/bin/sh
# SPDX-License-Identifier: ISC
# The programs that the tests need are installed. Most tests would be skipped without them, so this test fails. TAP.
set -u
count=0

requires()
{
	count=$((count + 1))
	if command -v "$1" >/dev/null 2>&1; then
		echo "ok $count - $1 is installed"
	else
		echo "not ok $count - $1 is installed"
		echo "# missing: $1, $2; tools/install-deps --tests installs it"
	fi
}

requires bats "the test runner"
requires jq "which the tests read JSON with"
requires python3 "which peers of the tests are written in"
requires mandoc "which checks the manual"
echo "1..$count"
