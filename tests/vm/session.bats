# SPDX-License-Identifier: Apache-2.0
#
# A container's life from both positions of the caller: systemd makes the scope and
# moves init into it, wherever the caller stands.
load vm

setup() { vm_setup setup_bundle; }
teardown() { vm_teardown; }

scope_of() {
	cgroup_of "$(pid_of "$1")"
}

@test "D05 D08 D09 D10 N07 create, start, exec, pause, kill and delete from here" {
	local dir
	edit_config "$BUNDLE" '.linux.resources = {memory: {limit: 67108864}, pids: {limit: 20}}'
	set_args "$BUNDLE" sleep 1000
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	dir=$(scope_of "$ID")
	# Below the user's manager, whatever the caller's own cgroup is.
	assert_match "$dir" "^$USER_CGROUP/.*$ID\.scope/container$"
	assert_eq "$(stat -c %u "$dir")" 1000
	dir=${dir%/container}
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max")" '67108864 20'
	run_urun start "$ID"
	assert_quiet
	run_urun exec "$ID" cat /proc/self/cgroup /sys/fs/cgroup/pids.max
	assert_quiet
	assert_output $'0::/\n20'

	run_urun pause "$ID"
	assert_quiet
	is_status "$ID" paused
	assert_eq "$(key "$dir/cgroup.events" frozen)" 1
	run_urun exec "$ID" true
	assert_one_line_error paused
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped 60
	run_urun delete "$ID"
	assert_quiet
	wait_until 30 test ! -d "$dir"
	! unit_exists "${dir##*/}"
}

@test "D05 D09 run from here leaves nothing; a paused one is deleted by force" {
	local dir
	set_script "$BUNDLE" 'cat /proc/self/cgroup; exit 5'
	run_urun --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_failure 5
	assert_output 0::/
	set_args "$BUNDLE" sleep 1000
	run_urun --cgroup-manager=systemd create -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun start "$ID"
	dir=$(scope_of "$ID")
	run_urun pause "$ID"
	assert_quiet
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -d "$dir" ]
}
