# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# Id-mapped binds of the host's file systems, which only real root can map.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	chmod 0755 "$T" "$BUNDLE" "$SRC"
	for i in 0 1 5 12; do
		: >"$SRC/$i"
		chown "$i:$i" "$SRC/$i"
	done
	case $(stat -f -c %T "$SRC") in
	ext2/ext3 | xfs | btrfs | tmpfs | f2fs) ;;
	*) skip "cannot map ids of $(stat -f -c %T "$SRC")" ;;
	esac
}
teardown() { common_teardown; }

two_ranges() {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}]
		| .linux.uidMappings = [{containerID: 0, hostID: 200000, size: 10},
			{containerID: 10, hostID: 300000, size: 50}]
		| .linux.gidMappings = .linux.uidMappings'
	mkdir -p "$BUNDLE/rootfs/mnt"
}

@test "M08 idmap without a user namespace: a bind of the host's file system" {
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-1000-10;gids=0-2000-10'
	runs 'cd /mnt; stat -c %u:%g 0 5 12'
	assert_output $'1000:2000\n1005:2005\n65534:65534'
}

@test "M08 idmap alone with a user namespace: files keep their ids" {
	two_ranges
	add_mount /mnt bind "$SRC" rbind idmap
	runs 'cd /mnt; stat -c %u:%g 0 5 12; : >new'
	assert_output $'0:0\n5:5\n12:12'
	assert_eq "$(stat -c %u:%g "$SRC/new")" 0:0
}

@test "M08 idmap relative triplets over two ranges of the container's map" {
	two_ranges
	add_mount /mnt bind "$SRC" bind 'idmap=uids=@0-5-20;gids=@0-9-20'
	runs 'cd /mnt; stat -c %u:%g 0 1 5 12'
	assert_output $'5:9\n6:10\n10:14\n17:21'
}

@test "M10 podman-root-uidmap-idmapped-volume: uidMappings that are the container's" {
	two_ranges
	add_mount /mnt bind "$SRC" rprivate rbind ro
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: .linux.uidMappings,
		gidMappings: .linux.gidMappings}'
	runs 'cd /mnt; stat -c %u:%g 0 12; (: >new) 2>/dev/null || echo ro'
	assert_output $'0:0\n12:12\nro'
}

@test "M08 idmap alone with a user namespace that is joined" {
	two_ranges
	set_args "$BUNDLE" sleep 100
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_quiet
	make_bundle "$T/second"
	BUNDLE=$T/second
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user", path: $p}]' \
		--arg p "/proc/$(pid_of "$ID")/ns/user"
	mkdir -p "$BUNDLE/rootfs/mnt"
	chown -R 200000:200000 "$BUNDLE/rootfs"
	add_mount /mnt bind "$SRC" bind idmap
	ID=$ID-2 runs 'cd /mnt; stat -c %u:%g 0 12'
	assert_output $'0:0\n12:12'
}

@test "M10 a tmpfs without a user namespace" {
	add_mount /mnt tmpfs tmpfs mode=755
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 7, size: 1}],
		gidMappings: [{containerID: 0, hostID: 8, size: 1}]}'
	runs 'stat -c %u:%g /mnt'
	assert_output 7:8
}

@test "M10 P07 a type that no kernel can map" {
	add_mount /mnt bind /sys/class bind 'idmap=uids=0-1000-1;gids=0-1000-1'
	refuses ".mounts[" "no id maps for sysfs"
}
