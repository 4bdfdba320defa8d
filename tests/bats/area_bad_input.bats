#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Bad input, end to end, where no other file has it: what is unknown, ids that
# are not UTF-8 or too long, ids of mounts and devices. One line that names the
# JSON path or the object, and nothing is left. (Wrong types of all fields:
# unit/oci/test_wrong_types.c.)

load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
}

teardown() {
	common_teardown
}

# refuses_config JQ MESSAGE: run with this change fails with exactly this, and leaves nothing.
refuses_config() {
	cp "$BUNDLE/config.json" "$T/saved.json"
	edit_config "$BUNDLE" "$1" || return 1
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1 || return 1
	assert_eq "$stderr" "urun: $2" || return 1
	[ ! -e "$ROOT/$ID" ] || fail "a state folder is left" || return 1
	cp "$T/saved.json" "$BUNDLE/config.json"
}

@test "C36 C50 an unknown type of namespace, and one given twice" {
	local n
	n=$(jq '.linux.namespaces | length' "$BUNDLE/config.json")
	refuses_config '.linux.namespaces += [{type: "warp"}]' \
		"config.json: .linux.namespaces[$n].type: 'warp' is not a type of namespace"
	refuses_config '.linux.namespaces += [{type: "net"}]' \
		"config.json: .linux.namespaces[$n].type: 'net' is not a type of namespace"
	refuses_config '.linux.namespaces += [{type: "mount"}]' \
		"config.json: .linux.namespaces[$n].type: 'mount' is given twice"
}

@test "X01 X02 C50 unknown actions and operators of seccomp, by their paths" {
	refuses_config '.linux.seccomp = {defaultAction: "ALLOW"}' \
		"config.json: .linux.seccomp.defaultAction: 'ALLOW' is not a seccomp action"
	refuses_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["read"], action: "SCMP_ACT_LOG"}, {names: ["mkdir"], action: "SCMP_ACT_EXPLODE"}]}' \
		"config.json: .linux.seccomp.syscalls[1].action: 'SCMP_ACT_EXPLODE' is not a seccomp action"
	refuses_config '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mkdir"], action: "SCMP_ACT_LOG", args: [{index: 0, value: 1, op: "SCMP_CMP_EQ"},
			{index: 1, value: 1, op: "SCMP_CMP_LIKE"}]}]}' \
		"config.json: .linux.seccomp.syscalls[0].args[1].op: 'SCMP_CMP_LIKE' is not a seccomp operator"
}

# The spec: MUST be logged as a warning, SHOULD NOT fail.
@test "C46 C50 an unknown capability is left out with a warning" {
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_WARP"])
		| .process.capabilities.bounding += ["KILL"]'
	run_urun --log "$T/log" --log-level warning run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$(cat "$T/log")" ".process.capabilities.bounding: unknown capability 'CAP_WARP' is left out"
	assert_has "$(cat "$T/log")" ".process.capabilities.bounding: unknown capability 'KILL' is left out"
	assert_has "$(cat "$T/log")" ".process.capabilities.effective: unknown capability 'CAP_WARP' is left out"
}

@test "I04 M10 C50 overlapping maps of the container and of one mount, by their paths" {
	refuses_config '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: 0, size: 10}, {containerID: 20, hostID: 9, size: 2}]' \
		"config.json: .linux.gidMappings[1]: overlaps with [0] (hostID 0..9)"
	refuses_config '.mounts += [{destination: "/mnt", type: "bind", source: "/tmp", options: ["bind"],
		uidMappings: [{containerID: 0, hostID: 0, size: 10}, {containerID: 9, hostID: 50, size: 1}],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]}]' \
		"config.json: .mounts[$(jq '.mounts | length' "$BUNDLE/config.json")].uidMappings[1]: overlaps with [0] (containerID 0..9)"
}

@test "M12 C50 sources that are missing: a root, a mount's, a device's, a namespace's" {
	mkdir "$T/none"
	edit_config "$BUNDLE" '.root.path = "no-root"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error ".root.path"
	assert_has "$stderr" "no-root"
	edit_config "$BUNDLE" '.root.path = "rootfs"'
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "uts")) + [{type: "uts", path: "/proc/1/ns/none"}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error "/proc/1/ns/none"
	assert_no_engine_words
	edit_config "$BUNDLE" '.linux.namespaces |= map(del(.path))
		| .linux.devices = [{path: "/dev/no-such-node", type: "c", major: 240, minor: 77}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error "/dev/no-such-node"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "C39 C50 a node that is made for an owner who is not mapped" {
	local what
	for what in uid gid; do
		edit_config "$BUNDLE" '.linux.devices = [{path: "/dev/pipe", type: "p"} + {($w): 4000000}]' --arg w "$what"
		run_urun run -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error ".linux.devices[0].$what: 4000000 is not mapped: the map is 0..0 -> "
		[ ! -e "$ROOT/$ID" ]
	done
	# A node of the host's is the host's, whoever the config says owns it.
	edit_config "$BUNDLE" '.linux.devices = [{path: "/dev/null", type: "c", major: 1, minor: 3, uid: 4000000}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "G17 C50 ids of 300 characters and ids that are not UTF-8, by every command" {
	local id command
	for id in "$(printf 'a%.0s' {1..300})" $'a\xff' $'\xc3' / .. $'a\033[31m'; do
		for command in create run start state kill delete ps; do
			rm -f "$T/log"
			run_urun --log "$T/log" --log-format json "$command" -- "$id"
			assert_failure || return 1
			assert_one_line_error "container id '" || return 1
			assert_lacks "$stderr" $'\033' || return 1
			# A log that an engine can read, and nothing else in it.
			assert_eq "$(jq -rs 'length, .[0].code' "$T/log")" $'1\nURUN-E203' || return 1
		done
	done
	assert_eq "$(ls -A "$ROOT" 2>/dev/null)" ''
}

@test "C50 a config that is not UTF-8" {
	sed -i 's/"cwd"/"c\xffwd"/' "$BUNDLE/config.json"
	run_urun --log "$T/log" --log-format json run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'invalid UTF-8 (byte 0xff)'
	assert_match "$stderr" '^urun: config.json:[0-9]+:[0-9]+: '
	assert_eq "$(jq -s length "$T/log")" 1
}
