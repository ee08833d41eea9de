# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What "bats_load_library fdpass" finds.
# shellcheck source=bats/fdpass.bash
source "${BASH_SOURCE[0]%/*}/fdpass.bash"
