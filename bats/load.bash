# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The file that "bats_load_library fdpass" loads.
# shellcheck source=bats/fdpass.bash
source "${BASH_SOURCE[0]%/*}/fdpass.bash"
