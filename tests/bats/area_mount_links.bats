# SPDX-License-Identifier: Apache-2.0
# Mounts and symlinks, and flags that go to all mounts of a tree.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	echo data >"$SRC/file"
	ln -s to-nowhere "$SRC/link"
	ln -s file "$SRC/good"
}
teardown() { common_teardown; }

INFO='cat /proc/self/mountinfo'

# ---- M04

@test "M04 rsync rdirsync rmand and their opposites are flags of a new file system" {
	add_mount /mnt tmpfs tmpfs rsync rdirsync rmand
	add_mount /opt tmpfs tmpfs rasync rnomand
	runs "$INFO"
	assert_match "$(super_options "$output" /mnt)" 'sync.*dirsync'
	assert_lacks "$(super_options "$output" /opt)" sync
}

@test "M04 rsync rasync rdirsync rmand rnomand leave the file system of a bind as it is" {
	add_mount /mnt bind "$SRC" rbind rsync rasync rdirsync rmand rnomand
	runs "cat /mnt/file; $INFO"
	assert_match "$output" '^data'
	# crun gives their numbers to mount_setattr(2), to which they mean noatime and such.
	assert_lacks "$(super_options "$output" /mnt)" sync
	assert_lacks "$(mount_options "$output" /mnt)" noatime
	assert_lacks "$(mount_options "$output" /mnt)" nodiratime
}

@test "M04 every r-flag and its opposite on a tree" {
	mkdir "$SRC/sub"
	add_mount /mnt bind "$SRC" rbind rro rnosuid rnodev rnoexec rnoatime rnodiratime
	runs "$INFO"
	assert_match "$(mount_options "$output" /mnt)" '^ro,nosuid,nodev,noexec'
	set_mount_options /mnt rbind rro rnosuid rnodev rnoexec rnoatime rnodiratime \
		rrw rsuid rdev rexec ratime rdiratime rrelatime rnorelatime rstrictatime rnostrictatime
	ID=$ID-2 runs "$INFO; touch /mnt/new"
	assert_match "$(mount_options "$output" /mnt)" '^rw'
	[ -e "$SRC/new" ]
}

# ---- M06

@test "M06 copy-symlink makes the link again" {
	add_mount /etc/made bind "$SRC/link" bind copy-symlink
	runs "readlink /etc/made; $INFO"
	assert_match "$output" '^to-nowhere'
	assert_lacks "$output" /etc/made
}

@test "M06 copy-symlink: the same link is there already" {
	ln -s to-nowhere "$BUNDLE/rootfs/etc/made"
	add_mount /etc/made bind "$SRC/link" bind copy-symlink
	runs 'readlink /etc/made'
	assert_output to-nowhere
}

@test "M06 copy-symlink: something else is there" {
	ln -s elsewhere "$BUNDLE/rootfs/etc/made"
	add_mount /etc/made bind "$SRC/link" bind copy-symlink
	refuses ".mounts[7]" "'/etc/made'"
	[ "$(readlink "$BUNDLE/rootfs/etc/made")" = elsewhere ]
}

@test "M06 copy-symlink of what is no link is a bind" {
	add_mount /etc/made bind "$SRC/file" bind copy-symlink ro
	runs "cat /etc/made; $INFO"
	assert_match "$output" '^data'
	assert_match "$(mount_options "$output" /etc/made)" '^ro'
}

@test "M06 copy-symlink reads the source as the caller, for a root with another id" {
	need_subids
	chmod 0700 "$T" "$SRC"
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $s, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}]' \
		--argjson s "$(subid_line /etc/subuid | cut -d ' ' -f 1)" \
		--argjson g "$(subid_line /etc/subgid | cut -d ' ' -f 1)"
	add_mount /tmp tmpfs tmpfs
	add_mount /tmp/made bind "$SRC/link" bind copy-symlink
	runs 'readlink /tmp/made'
	assert_output to-nowhere
}

@test "M06 copy-symlink: a missing source is named" {
	add_mount /mnt bind "$SRC/nothing" bind copy-symlink
	refuses ".mounts[7]" "'$SRC/nothing'"
}

@test "M06 M07 copy-symlink goes with neither nofollow, and needs a bind" {
	add_mount /mnt bind "$SRC/link" bind copy-symlink src-nofollow
	refuses "'copy-symlink'" "'src-nofollow'"
	drop_mount /mnt
	add_mount /mnt tmpfs tmpfs copy-symlink
	refuses "'copy-symlink' needs a bind"
}

# ---- M07

@test "M07 src-nofollow binds the link itself" {
	add_mount /etc/made bind "$SRC/link" bind src-nofollow
	runs "readlink /etc/made; $INFO"
	assert_match "$output" '^to-nowhere'
	assert_has "$output" ' /etc/made '
}

@test "M07 without it the source is followed" {
	add_mount /etc/made bind "$SRC/good" bind
	runs 'readlink /etc/made || cat /etc/made'
	assert_output data
}

@test "M07 src-nofollow of a directory and of a file is a bind like any" {
	add_mount /mnt bind "$SRC" bind src-nofollow
	add_mount /etc/one bind "$SRC/file" bind src-nofollow
	runs 'cat /mnt/file /etc/one'
	assert_output $'data\ndata'
}

@test "M07 dest-nofollow mounts on the link, with the source followed or not" {
	ln -s point-to-nowhere "$BUNDLE/rootfs/target"
	add_mount /target bind "$SRC/good" bind dest-nofollow
	runs 'cat /target'
	assert_output data
	set_mount_options /target bind dest-nofollow src-nofollow
	ID=$ID-2 runs 'readlink /target'
	assert_output file
	[ "$(readlink "$BUNDLE/rootfs/target")" = point-to-nowhere ]
	[ ! -e "$BUNDLE/rootfs/point-to-nowhere" ]
}

@test "M07 dest-nofollow: links in front of the last part are followed, in the root" {
	mkdir "$BUNDLE/rootfs/real"
	ln -s /real "$BUNDLE/rootfs/abs"
	ln -s nowhere "$BUNDLE/rootfs/real/target"
	add_mount /abs/target bind "$SRC/file" bind dest-nofollow
	runs 'cat /real/target'
	assert_output data
}

@test "M07 dest-nofollow: a target that is missing is named, and not made" {
	add_mount /target bind "$SRC/file" bind dest-nofollow
	refuses ".mounts[7]" "'/target'" dest-nofollow
	[ ! -e "$BUNDLE/rootfs/target" ]
}

@test "M07 dest-nofollow: a directory does not lie over a link" {
	ln -s nowhere "$BUNDLE/rootfs/target"
	add_mount /target tmpfs tmpfs dest-nofollow
	refuses ".mounts[7]" "'/target'"
}

@test "M07 dest-nofollow is refused inside of procfs, sysfs and devpts" {
	local d
	for d in /proc/self /sys/class /dev/pts/ptmx; do
		add_mount "$d" bind "$SRC/good" bind dest-nofollow
		refuses "'$d'" dest-nofollow
		drop_mount "$d"
	done
}
