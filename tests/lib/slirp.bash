# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For bats files about the built-in network, which root runs: each test's script runs as the
# user in a host of its own (slirp_world.sh).

setup() {
	SLIRP=$URUN_TEST_DIR/urun-slirp
	[ -x "$SLIRP" ] || skip "this build has no urun-slirp (needs libslirp)"
	need_command python3
	need_command ip
	common_setup
	export SLIRP URUN
	WHO=${URUN_TEST_SUBIDS_USER:-nobody}
}

teardown() { common_teardown; }

# world SCRIPT: all its words are in $output.
world() {
	run timeout -k 5 100 "$URUN_TEST_DIR/tests/lib/slirp_world.sh" "$WHO" "$1"
}

# One that must succeed.
good_world() {
	world "$1"
	[ "$status" = 0 ] || { echo "$output"; return 1; }
}
