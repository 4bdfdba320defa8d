# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# mounts add and remove as real root: with and without a user namespace, ids of host mounts.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	: >"$SRC/file"
	chown 3:4 "$SRC/file"
	chmod 0755 "$T" "$BUNDLE" "$SRC"
	edit_config "$BUNDLE" '.root.readonly = false'
	set_args "$BUNDLE" sleep 1000
}
teardown() { common_teardown; }

map_ids() {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 1000}]
		| .linux.gidMappings = .linux.uidMappings'
	chown -R 200000:200000 "$BUNDLE/rootfs"
}

add_and_look() {
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_quiet
	jq -n '[{destination: "/mnt/a", type: "bind", source: $s, options: ["bind", "ro"]},
		{destination: "/mnt/i", type: "bind", source: $s, options: ["bind", "idmap=uids=@3-7-1;gids=@4-8-1"]},
		{destination: "/mnt/t", type: "tmpfs", source: "t", options: ["mode=755"]}]' \
		--arg s "$SRC" >"$T/mounts.json"
	run_urun mounts add "$ID" "$T/mounts.json"
	assert_quiet
	run_urun exec "$ID" stat -c %u:%g /mnt/a/file /mnt/i/file /mnt/t
	assert_quiet
}

@test "K18 mounts add as root, without a user namespace" {
	add_and_look
	assert_output $'3:4\n7:8\n0:0'
	run_urun mounts remove "$ID" "$T/mounts.json"
	assert_quiet
	run_urun exec "$ID" grep -c /mnt /proc/self/mountinfo
	assert_output 0
}

@test "K18 mounts add as root, into a user namespace" {
	map_ids
	add_and_look
	assert_output $'65534:65534\n7:8\n0:0'
	run_urun mounts remove "$ID" "$T/mounts.json"
	assert_quiet
	run_urun exec "$ID" grep -c /mnt /proc/self/mountinfo
	assert_output 0
}
