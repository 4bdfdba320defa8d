# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# Real root with all of its capabilities and the system's manager.
load vm
load ../lib/process

setup() { setup_bundle; }
teardown() { common_teardown; }

system_property() {
	systemctl show --property "$2" --value -- "$1"
}

@test "D01 D04 D06 V01 V12 root has a scope of the system's manager, or the cgroup /ID" {
	local dir
	edit_config "$BUNDLE" '.linux.resources = {memory: {limit: 33554432}, pids: {limit: 7}}'
	set_args "$BUNDLE" sleep 1000
	run_urun --systemd-cgroup create -b "$BUNDLE" "$ID"
	assert_quiet
	dir=$(cgroup_of "$(pid_of "$ID")")
	assert_match "$dir" "^/sys/fs/cgroup/system\.slice/.*$ID\.scope/container$"
	dir=${dir%/container}
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max")" '33554432 7'
	assert_eq "$(system_property "${dir##*/}" MemoryMax) $(system_property "${dir##*/}" TasksMax)" \
		'33554432 7'
	run_urun delete --force "$ID"
	assert_quiet
	wait_until 30 test ! -d "$dir"

	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	dir=$(cgroup_of "$(pid_of "$ID")")
	assert_eq "$dir" "/sys/fs/cgroup/$ID"
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max")" '33554432 7'
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -d "$dir" ]
}

@test "C26 C27 root raises a hard limit and lowers oom_score_adj, without and with a user namespace" {
	local hard=$(($(ulimit -H -n) - 1)) script i
	script="awk '/open files/ { print \$4, \$5 }' /proc/self/limits; cat /proc/self/oom_score_adj"
	ulimit -n "$((hard - 1))"
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: $h}] |
		.process.oomScoreAdj = -321' --argjson h "$hard"
	for i in host user; do
		in_both "$script"
		assert_output "64 $hard"$'\n-321'
		urun delete --force "$ID"
		edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}] |
			.linux.uidMappings = [{containerID: 0, hostID: 300000, size: 1000}] |
			.linux.gidMappings = .linux.uidMappings'
		chmod -R a+rX "$BUNDLE/rootfs"
	done
}

@test "V22 D06 in a scope of the system's manager device rules hold, over a daemon-reload and an update" {
	local new='[{"allow": false}, {"allow": true, "type": "c", "major": 120, "access": "r"}]' dir
	edit_config "$BUNDLE" '.linux.resources = {devices: [{allow: false, access: "rwm"}]} |
		.process.capabilities |= with_entries(.value += ["CAP_MKNOD"])'
	set_args "$BUNDLE" sleep 1000
	run_urun --systemd-cgroup run -d -b "$BUNDLE" "$ID"
	assert_quiet
	dir=$(cgroup_of "$(pid_of "$ID")")
	assert_match "$dir" "^/sys/fs/cgroup/system\.slice/.*$ID\.scope/container$"
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" null
	run_urun exec "$ID" sh -c 'mknod /dev/n c 120 77; : </dev/null && : </dev/n'
	assert_failure
	assert_has "$stderr" 'Operation not permitted'
	systemctl daemon-reload
	run_urun exec "$ID" sh -c ': </dev/n'
	assert_has "$stderr" 'Operation not permitted'
	echo "{\"devices\": $new}" | urun_stdin update -r - "$ID"
	systemctl daemon-reload
	# Behind the filter there is no driver; and writing is not allowed.
	run_urun exec "$ID" sh -c ': </dev/n'
	assert_has "$stderr" 'No such device or address'
	run_urun exec "$ID" sh -c ': >/dev/n'
	assert_has "$stderr" 'Operation not permitted'
}
