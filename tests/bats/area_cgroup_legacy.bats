#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# A host without cgroup v2: a folder for controllers of v1 is all that is to be seen.
load ../lib/common
load ../lib/process

setup() {
	setup_bundle
	unshare --user --map-current-user --mount true || skip "needs a user namespace with a mount namespace"
}

teardown() { common_teardown; }

# on_v1 ARGS...: urun where /sys/fs/cgroup is as on such a host.
on_v1() {
	run --separate-stderr unshare --user --map-current-user --keep-caps --mount sh -c '
		mount -t tmpfs tmpfs /sys/fs/cgroup && mkdir /sys/fs/cgroup/memory &&
		exec setpriv --inh-caps=-all --ambient-caps=-all "$@"' sh \
		"$URUN" --root "$ROOT" "$@" </dev/null
	mapfile -t stderr_lines <<<"$stderr"
}

@test "C55 V24 cgroup v1 alone: a container runs without a cgroup, which is no word to a user" {
	set_script "$BUNDLE" 'echo in'
	on_v1 run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output in
	on_v1 --log-level=debug run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" 'no cgroup for the container: this host has cgroup v1 alone'
}

@test "C55 V24 D02 cgroup v1 alone: a limit or a manager by name is refused, with what the host would need" {
	local manager
	for manager in auto systemd cgroupfs; do
		edit_config "$BUNDLE" '.linux.resources = {memory: {limit: 67108864}}'
		on_v1 --cgroup-manager=$manager run -b "$BUNDLE" "$ID"
		assert_one_line_error '.linux.resources.memory.limit: no cgroup to put this limit on: this host has cgroup v1 alone'
		assert_has "$stderr" 'hint: boot the host with systemd.unified_cgroup_hierarchy=1'
		assert_no_engine_words
		edit_config "$BUNDLE" 'del(.linux.resources)'
		[ $manager = auto ] && continue
		on_v1 --cgroup-manager=$manager run -b "$BUNDLE" "$ID"
		assert_one_line_error 'this host has cgroup v1 alone'
	done
	[ ! -e "$ROOT/$ID" ]
}
