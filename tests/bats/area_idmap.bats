# SPDX-License-Identifier: Apache-2.0
# Id-mapped binds, without real root: what a user namespace has mounted itself
# can be mapped in it, what the host has mounted cannot, and the error says so.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	INFO='cat /proc/self/mountinfo'
}
teardown() { common_teardown; }

# run_inside TEXT: shell text as root of a user and mount namespace of the test's
# own, with a tmpfs at $SRC that belongs to it, and `urun` as in the tests.
run_inside() {
	need_subids
	printf 'set -e\nurun() { : | "$URUN" --root "$ROOT" "$@"; }
		mount -t tmpfs -o mode=755 src "$SRC"\n%s\n' "$1" >"$T/inside.sh"
	export URUN ROOT BUNDLE ID SRC T
	run --separate-stderr in_userns sh "$T/inside.sh"
}

# A file of each of the ids from 0 to 14.
OWNED='for i in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
	: >"$SRC/$i"; chown "$i:$i" "$SRC/$i"; done;'

# Own maps in two ranges: 0..9 are 100.. of the caller's, 10..59 are 500...
two_ranges() {
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: 100, size: 10},
			{containerID: 10, hostID: 500, size: 50}]
		| .linux.gidMappings = .linux.uidMappings | .root.readonly = true'
	mkdir -p "$BUNDLE/rootfs/mnt"
}

# ---- M08, in the caller's own user namespace, as podman starts a container

@test "M08 idmap=uids=...;gids=...: ids of a bind are shown as others" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-20-5#10-40-2;gids=0-30-15'
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 4 5 11'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	# What no range holds is nobody's.
	assert_output $'20:30\n24:34\n65534:35\n41:41'
}

@test "M08 what is made in the container gets the id of the file system" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind 'idmap=uids=7-0-1;gids=8-0-1'
	set_script "$BUNDLE" ': >/mnt/new; stat -c %u:%g /mnt/new'
	run_inside 'chown 7:8 "$SRC"; urun run -b "$BUNDLE" "$ID"; stat -c %u:%g "$SRC/new"'
	assert_quiet
	assert_output $'0:0\n7:8'
}

@test "M08 idmap alone without a user namespace of the container's own changes nothing" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind idmap
	set_script "$BUNDLE" 'stat -c %u:%g /mnt/3; grep -c idmapped /proc/self/mountinfo'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID || :"
	assert_output $'3:3\n0'
}

@test "M08 an id that the caller lacks on the right side is named" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-4000000-1;gids=0-0-1'
	set_args "$BUNDLE" true
	run_inside 'urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error ".mounts[7]: user id 4000000"
}

# ---- M08, with a user namespace of the container's own

@test "M08 idmap alone: by the container's map" {
	two_ranges
	add_mount /mnt bind "$SRC" bind idmap
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 9 10 14'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'0:0\n9:9\n10:10\n14:14'
}

@test "M08 without the word the same files are nobody's" {
	two_ranges
	add_mount /mnt bind "$SRC" bind
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 14'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'65534:65534\n65534:65534'
}

@test "M08 idmap absolute triplets are the caller's ids" {
	two_ranges
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-102-1#1-503-1;gids=0-100-5'
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 1 2'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'2:0\n13:1\n65534:2'
}

@test "M08 idmap relative triplets over two ranges of the container's map" {
	two_ranges
	add_mount /mnt bind "$SRC" bind 'idmap=uids=@0-5-15;gids=@0-20-5#@5-0-10'
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 4 5 14'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'5:20\n9:24\n10:0\n19:9'
}

@test "M08 idmap relative triplets of a tmpfs" {
	two_ranges
	add_mount /mnt tmpfs tmpfs mode=755 'idmap=uids=@0-12-1;gids=@0-3-1'
	set_script "$BUNDLE" 'stat -c %u:%g /mnt'
	run_inside 'urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_output 12:3
}

@test "M08 idmap with an option nobody knows, and with half a triplet" {
	add_mount /mnt bind "$SRC" bind 'idmap=pids=0-1-1'
	refuses ".mounts[7].options" "'pids=0-1-1'" uids
	set_mount_options /mnt bind 'idmap=uids=0-1'
	refuses ".mounts[7].options" "'0-1'"
	set_mount_options /mnt bind 'idmap=uids=0-1-5#3-10-1'
	refuses ".mounts[7].options" uids overlaps
}

@test "M08 the mount says that it is mapped, and its other flags hold" {
	two_ranges
	add_mount /mnt bind "$SRC" bind idmap ro nosuid nodev noexec
	set_script "$BUNDLE" "$INFO; (echo x >/mnt/0) 2>/dev/null || echo refused"
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_match "$(mount_options "$output" /mnt)" '^ro,nosuid,nodev,noexec.*idmapped'
	assert_match "$output" 'refused$'
}

@test "M08 a file, and a link itself" {
	two_ranges
	add_mount /etc/one bind "$SRC/3" bind idmap
	add_mount /etc/group bind "$SRC/link" bind idmap src-nofollow
	set_script "$BUNDLE" 'stat -c %u:%g:%F /etc/one /etc/group'
	: >"$BUNDLE/rootfs/etc/one"
	run_inside "$OWNED ln -s x \$SRC/link; chown -h 12:12 \$SRC/link; urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'3:3:regular empty file\n12:12:symbolic link'
}

# ---- M09

tree() {
	two_ranges
	add_mount /mnt bind "$SRC" rbind "$1"
	set_script "$BUNDLE" 'stat -c %u:%g /mnt /mnt/sub'
	run_inside 'mkdir "$SRC/sub"; mount -t tmpfs -o uid=4,gid=4 sub "$SRC/sub"
		urun run -b "$BUNDLE" "$ID"'
	assert_quiet
}

@test "M09 idmap is of one mount, ridmap of all below it" {
	tree idmap
	assert_output $'0:0\n65534:65534'
	drop_mount /mnt
	umount -l "$SRC" 2>/dev/null || :
	ID=$ID-2 tree ridmap
	assert_output $'0:0\n4:4'
}

@test "M09 ridmap with numbers" {
	tree 'ridmap=uids=@0-1-10;gids=@0-2-10'
	assert_output $'1:2\n5:6'
}

@test "M09 ridmap where a mount below cannot be mapped: named" {
	two_ranges
	add_mount /mnt bind "$SRC" rbind ridmap
	set_args "$BUNDLE" true
	run_inside 'mkdir "$SRC/sub"; mount -t proc proc "$SRC/sub" 2>/dev/null ||
			mount --rbind /proc "$SRC/sub"
		urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error ".mounts[7] '/mnt': its ids cannot be mapped"
	assert_no_engine_words
}

# ---- M10

@test "M10 uidMappings of a bind, as podman's :idmap writes them" {
	need_subids
	drop_namespace user
	add_mount /mnt bind "$SRC" rprivate rbind
	edit_config "$BUNDLE" '.mounts[-1] += {
		uidMappings: [{containerID: 0, hostID: 1, size: 10}, {containerID: 10, hostID: 11, size: 10}],
		gidMappings: [{containerID: 0, hostID: 100, size: 10}]}'
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 9 10'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'1:100\n10:109\n11:65534'
}

@test "M10 uidMappings of a bind beside a user namespace of the container's own" {
	two_ranges
	add_mount /mnt bind "$SRC" rbind
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: .linux.uidMappings,
		gidMappings: .linux.gidMappings}'
	set_script "$BUNDLE" 'cd /mnt; stat -c %u:%g 0 12; id -u'
	run_inside "$OWNED urun run -b \$BUNDLE \$ID"
	assert_quiet
	assert_output $'0:0\n12:12\n0'
}

@test "M10 idmap=... beside uidMappings is refused" {
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-0-1'
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 0, size: 1}],
		gidMappings: [{containerID: 0, hostID: 0, size: 1}]}'
	refuses ".mounts[7]" uidMappings
}

@test "M10 M03 what the container mounts below does not come out, slave or not" {
	drop_namespace user
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	add_mount /mnt bind "$SRC" rbind 'idmap=uids=0-0-100;gids=0-0-100'
	set_script "$BUNDLE" 'mount -t tmpfs in /mnt/sub && echo in >/mnt/sub/x && cat /mnt/sub/x'
	run_inside 'mount --make-shared "$SRC"; mkdir "$SRC/sub"
		urun run -b "$BUNDLE" "$ID"; ls "$SRC/sub"'
	assert_quiet
	assert_output in
}

@test "M10 M03 rslave: a mount of the caller's comes in" {
	drop_namespace user
	add_mount /mnt bind "$SRC" rbind rslave 'idmap=uids=0-5-100;gids=0-5-100'
	set_script "$BUNDLE" 'while [ ! -e /mnt/sub/new ]; do sleep 0.02; done; stat -c %u /mnt'
	run_inside 'mount --make-shared "$SRC"; mkdir "$SRC/sub"
		urun run -b "$BUNDLE" "$ID" & pid=$!
		until urun state "$ID" 2>/dev/null | grep -q running; do sleep 0.02; done
		mount -t tmpfs sub "$SRC/sub"; : >"$SRC/sub/new"; wait $pid'
	assert_quiet
	assert_output 5
}

@test "M10 nothing is left: no process, no fd in the container" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-0-1;gids=0-0-1'
	set_script "$BUNDLE" 'ls /proc/self/fd | tr "\n" " "; ls -d /proc/[0-9]* | wc -l'
	run_inside 'urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_match "$output" '^0 1 2 3 '
}

@test "M10 run in the foreground keeps no fd of the tree" {
	drop_namespace user
	set_script "$BUNDLE" 'while [ ! -e /mnt/go ]; do sleep 0.02; done'
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-0-1;gids=0-0-1'
	cp "$BUNDLE/config.json" "$T/idmap.json"
	set_mount_options /mnt bind
	cp "$BUNDLE/config.json" "$T/plain.json"
	run_inside 'for f in plain idmap; do
		"$URUN" --root "$ROOT" run -b "$BUNDLE" -f "$T/$f.json" "$ID" <"$T/inside.sh" & pid=$!
		until urun state "$ID" 2>/dev/null | grep -q running; do sleep 0.02; done
		ls /proc/$pid/fd | wc -l; : >"$SRC/go"; wait $pid; rm "$SRC/go"; done'
	assert_quiet
	assert_eq "${lines[0]}" "${lines[1]}"
	[ "${lines[0]}" -gt 2 ]
}

@test "C19 M10 the steps of idmapped binds fail once, and urun is killed at them" {
	drop_namespace user
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-0-1;gids=0-0-1'
	set_args "$BUNDLE" sleep 100
	export FAULTY=$URUN_TEST_DIR/tests/lib/urun-test
	run_inside 'set +e
		for step in create:open-idmapped-binds create:close-idmapped-binds; do
			: | URUN_TEST_FAIL_AT=$step "$FAULTY" --root "$ROOT" create -b "$BUNDLE" "$ID" 2>&1
			echo "$?"; ls -A "$ROOT"
			: | URUN_TEST_DIE_AT=$step "$FAULTY" --root "$ROOT" create -b "$BUNDLE" "$ID" 2>/dev/null
			echo "$?"; urun delete --force "$ID"; ls -A "$ROOT"
		done'
	assert_match "${lines[0]}" create:open-idmapped-binds
	assert_match "${lines[3]}" create:close-idmapped-binds
	assert_eq "${lines[*]:1:2} ${lines[*]:4:2} ${#lines[@]}" '1 137 1 137 6'
}

# ---- M11

@test "M11 P07 a bind from the host's file system: who could map it is said" {
	[ "$(stat -f -c %T "$SRC")" != tmpfs ] || skip "the test's folder is a tmpfs"
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-1-1;gids=0-1-1'
	refuses ".mounts[7] '/mnt'" "'$SRC'" "cannot be mapped" "not mounted in the user namespace"
	assert_has "$stderr" 'hint: only real root'
}

@test "M11 P07 the same in a user namespace of the caller's, with uidMappings" {
	drop_namespace user
	mkdir "$T/other"
	add_mount /mnt bind "$T/other" rbind
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: [{containerID: 0, hostID: 1, size: 1}],
		gidMappings: [{containerID: 0, hostID: 1, size: 1}]}'
	set_args "$BUNDLE" true
	run_inside 'urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error ".mounts[7] '/mnt': its ids cannot be mapped"
	assert_no_engine_words
	assert_has "$stderr" 'hint: only real root'
}

@test "M11 systemd-mountfsd, where it runs, is said to be no way around it" {
	drop_namespace user
	mkdir "$T/other"
	add_mount /mnt bind "$T/other" bind 'idmap=uids=0-1-1;gids=0-1-1'
	set_args "$BUNDLE" true
	export SOCKET=/run/systemd/io.systemd.MountFileSystem NOTIFY=$URUN_TEST_DIR/tests/lib/notify
	run_inside 'mount -t tmpfs none /run && mkdir /run/systemd
		"$NOTIFY" recv "$SOCKET" >/dev/null 2>&1 & listener=$!
		until test -S "$SOCKET"; do sleep 0.05; done
		r=0; urun run -b "$BUNDLE" "$ID" || r=$?
		kill $listener; exit $r'
	assert_failure 1
	assert_one_line_error 'systemd-mountfsd is no way around it'
	assert_has "$stderr" systemd-nsresourced
	assert_no_engine_words
	run_inside 'mount -t tmpfs none /run; urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error "cannot be mapped"
	assert_lacks "$stderr" mountfsd
}

@test "M11 P07 a file system that no kernel can map" {
	drop_namespace user
	mkdir "$T/lower" "$T/upper" "$T/work" "$T/merged"
	add_mount /mnt bind "$T/merged" rbind 'idmap=uids=0-1-1;gids=0-1-1'
	set_args "$BUNDLE" true
	run_inside 'mkdir "$SRC/u" "$SRC/w"
		mount -t overlay -o "lowerdir=$T/lower,upperdir=$SRC/u,workdir=$SRC/w" o "$T/merged"
		urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error "no id maps for overlay"
	assert_no_engine_words
}

@test "M11 a source that is missing is named as for any bind" {
	add_mount /mnt bind "$T/nothing" bind idmap
	refuses ".mounts[7] '/mnt'" "source '$T/nothing'"
}

@test "M11 a map that changes nothing is a plain bind, and needs no power" {
	: >"$SRC/file"
	add_mount /mnt bind "$SRC" bind 'idmap=uids=0-0-4294967294;gids=0-0-4294967294' ro
	runs "stat -c %u:%g /mnt/file; $INFO"
	assert_match "$output" '^0:0'
	assert_match "$(mount_options "$output" /mnt)" '^ro'
}
