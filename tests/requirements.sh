#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the programs that the tests need are installed, because most tests would be skipped without them. Prints
# TAP.
set -u
count=0
work=$(mktemp -d /tmp/fdq.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT

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
for library in bats-support bats-assert; do
	count=$((count + 1))
	# bats can count this test only if it finds the library in BATS_LIB_PATH or its default.
	printf 'bats_load_library %s\n@test "x" { :; }\n' $library >"$work/x.bats"
	if bats --tap "$work/x.bats" >/dev/null 2>&1; then
		echo "ok $count - $library is installed"
	else
		echo "not ok $count - $library is installed"
		echo "# missing: $library in BATS_LIB_PATH, assertions of the tests; tools/install-deps --tests installs it"
	fi
done
requires jq "which the tests use to read JSON"
requires python3 "which runs peers of the tests"
requires mandoc "which checks the manual pages"
echo "1..$count"
