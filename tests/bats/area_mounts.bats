# SPDX-License-Identifier: Apache-2.0
# .mounts, the root, masks and propagation: what the container finds in its mountinfo.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	SRC=$T/src
	mkdir -p "$SRC"
	echo data >"$SRC/file"
}
teardown() { common_teardown; }

INFO='cat /proc/self/mountinfo'

# run_inside TEXT: shell text in a user and mount namespace of the test's own,
# where it may mount, with `urun` as in the tests. stderr is in $stderr.
run_inside() {
	printf 'set -e\nurun() { : | "$URUN" --root "$ROOT" "$@"; }\n%s\n' "$1" >"$T/inside.sh"
	export URUN ROOT BUNDLE ID SRC T
	run --separate-stderr in_userns sh "$T/inside.sh"
}

# ---- options

@test "M01 flags of a tmpfs: the restricting ones" {
	add_mount /mnt tmpfs tmpfs ro nosuid nodev noexec noatime nodiratime
	runs "$INFO"
	assert_eq "$(mount_options "$output" /mnt)" ro,nosuid,nodev,noexec,noatime,nodiratime
}

@test "M01 flags of a tmpfs: a later word wins" {
	add_mount /mnt tmpfs tmpfs ro nosuid nodev noexec noatime nodiratime \
		rw suid dev exec atime diratime
	runs "$INFO"
	assert_eq "$(mount_options "$output" /mnt)" rw,relatime
}

@test "M01 access times: strictatime, relatime, and back" {
	add_mount /mnt/a tmpfs tmpfs strictatime
	add_mount /mnt/b tmpfs tmpfs noatime relatime
	add_mount /mnt/c tmpfs tmpfs strictatime nostrictatime
	add_mount /mnt/d tmpfs tmpfs relatime norelatime
	runs "$INFO"
	assert_eq "$(mount_options "$output" /mnt/a)" rw
	assert_eq "$(mount_options "$output" /mnt/b)" rw,relatime
	assert_eq "$(mount_options "$output" /mnt/c)" rw,relatime
	assert_eq "$(mount_options "$output" /mnt/d)" rw,relatime
}

@test "M01 flags of the file system: sync dirsync lazytime, and words that ask for nothing" {
	add_mount /mnt tmpfs tmpfs defaults sync dirsync lazytime remount iversion mand
	add_mount /opt tmpfs tmpfs async nolazytime noiversion nomand silent loud
	runs "$INFO"
	assert_match "$(super_options "$output" /mnt)" 'sync.*dirsync.*lazytime'
	assert_lacks "$(super_options "$output" /opt)" sync
}

@test "M01 an unknown word goes to the file system; what it says is shown" {
	add_mount /mnt tmpfs tmpfs size=12k nr_inodes=7
	runs "$INFO"
	assert_match "$(super_options "$output" /mnt)" 'size=12k.*nr_inodes=7'
	add_mount /opt tmpfs tmpfs nonsense=1
	refuses ".mounts" "'/opt'" "nonsense=1"
}

@test "M01 an unknown word on a bind is named" {
	add_mount /mnt bind "$SRC" bind nonsense
	refuses ".mounts[7].options" "'nonsense'"
}

@test "M01 flags of a bind" {
	add_mount /mnt bind "$SRC" bind ro nosuid nodev noexec noatime
	runs "$INFO; cat /mnt/file; (echo x >/mnt/file) 2>/dev/null || echo refused"
	# The access time of a host's mount is locked in a user namespace.
	assert_match "$(mount_options "$output" /mnt)" '^ro,nosuid,nodev,noexec'
	assert_has "$output" data
	assert_match "$output" 'refused$'
	assert_eq "$(cat "$SRC/file")" data
}

@test "M01 noexec on a bind: a program does not run" {
	cp "$URUN_TEST_ROOTFS/bin/busybox" "$SRC/true"
	add_mount /mnt bind "$SRC" bind noexec
	add_mount /opt bind "$SRC" bind
	runs '/mnt/true 2>/dev/null; echo $?; /opt/true; echo $?'
	assert_output $'126\n0'
}

@test "M02 nosymfollow and symfollow" {
	ln -s file "$SRC/link"
	add_mount /mnt/a bind "$SRC" bind nosymfollow
	add_mount /mnt/b bind "$SRC" bind nosymfollow symfollow
	runs 'cat /mnt/a/link 2>/dev/null || echo refused; cat /mnt/b/link'
	assert_output $'refused\ndata'
}

@test "M02 lazytime nolazytime iversion noiversion silent loud are words of every mount" {
	add_mount /mnt bind "$SRC" bind lazytime nolazytime iversion noiversion silent loud
	runs 'cat /mnt/file'
	assert_output data
}

@test "M02 rnosymfollow and rsymfollow" {
	ln -s file "$SRC/link"
	add_mount /mnt/a bind "$SRC" rbind rnosymfollow
	add_mount /mnt/b bind "$SRC" rbind rnosymfollow rsymfollow
	runs 'cat /mnt/a/link 2>/dev/null || echo refused; cat /mnt/b/link'
	assert_output $'refused\ndata'
}

@test "M03 shared, private, unbindable show in mountinfo" {
	add_mount /mnt/a tmpfs a shared
	add_mount /mnt/b tmpfs b rshared
	add_mount /mnt/c tmpfs c private
	add_mount /mnt/d tmpfs d unbindable
	add_mount /mnt/e tmpfs e runbindable
	add_mount /mnt/f tmpfs f shared rprivate
	runs "$INFO | cut -d ' ' -f 5,7"
	assert_match "$output" '/mnt/a shared:'
	assert_match "$output" '/mnt/b shared:'
	assert_has "$output" '/mnt/c -'
	assert_has "$output" '/mnt/d unbindable'
	assert_has "$output" '/mnt/e unbindable'
	assert_has "$output" '/mnt/f -'
}

@test "M03 slave: a shared source of the host's is followed" {
	need_subids
	add_mount /mnt/a bind "$SRC" rbind rslave
	add_mount /mnt/b bind "$SRC" rbind rprivate
	drop_namespace user
	set_script "$BUNDLE" "while [ ! -e /mnt/a/sub/new ]; do sleep 0.02; done
		[ ! -e /mnt/b/sub/new ] && cut -d ' ' -f 5,7 /proc/self/mountinfo"
	mkdir "$SRC/sub"
	run_inside 'mount -t tmpfs src "$SRC"; mount --make-shared "$SRC"; mkdir "$SRC/sub"
		urun run -b "$BUNDLE" "$ID" & pid=$!
		until urun state "$ID" 2>/dev/null | grep -q running; do sleep 0.02; done
		mount -t tmpfs sub "$SRC/sub"; : >"$SRC/sub/new"; wait $pid'
	assert_quiet
	assert_match "$output" '/mnt/a master:'
	assert_has "$output" '/mnt/b -'
}

@test "M03 slave: what the container mounts does not come out" {
	need_subids
	add_mount /mnt bind "$SRC" rbind rslave
	drop_namespace user
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	set_script "$BUNDLE" 'mount -t tmpfs in /mnt/sub && echo in >/mnt/sub/x'
	run_inside 'mount -t tmpfs src "$SRC"; mount --make-shared "$SRC"; mkdir "$SRC/sub"
		urun run -b "$BUNDLE" "$ID"; ls "$SRC/sub"'
	assert_quiet
	assert_output ''
}

@test "M03 C44 rootfsPropagation rshared: a shared bind takes mounts out, the rest does not" {
	need_subids
	add_mount /mnt bind "$SRC" rbind rshared
	drop_namespace user
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])
		| .linux.rootfsPropagation = "rshared" | .root.readonly = false'
	set_script "$BUNDLE" 'mount -t tmpfs in /mnt/sub && echo in >/mnt/sub/x &&
		mount -t tmpfs leak /tmp'
	run_inside 'mount --make-rshared /; mount -t tmpfs src "$SRC"; mkdir "$SRC/sub"
		cut -d " " -f 5 /proc/self/mountinfo >"$T/before"
		urun run -b "$BUNDLE" "$ID"; cat "$SRC/sub/x"
		cut -d " " -f 5 /proc/self/mountinfo | diff "$T/before" - | grep "^[<>]"'
	assert_success
	assert_output "in
> $SRC/sub"
}

# ---- rootfsPropagation

root_propagation() {
	edit_config "$BUNDLE" '.linux.rootfsPropagation = $p' --arg p "$1"
	runs "$INFO | awk '\$5 == \"/\" || \$5 == \"/proc\" { print \$5, \$7 }'"
}

@test "C44 rootfsPropagation private and rprivate" {
	root_propagation private
	assert_output $'/ -\n/proc -'
	ID=$ID-2 root_propagation rprivate
	assert_output $'/ -\n/proc -'
}

@test "C44 rootfsPropagation shared is of / alone, rshared of all" {
	root_propagation shared
	assert_match "$output" '/ shared:[0-9]+'
	assert_has "$output" '/proc -'
	ID=$ID-2 root_propagation rshared
	assert_match "$output" '/ shared:[0-9]+'
	assert_match "$output" '/proc shared:[0-9]+'
}

@test "C44 rootfsPropagation slave and rslave" {
	root_propagation slave
	assert_lacks "$output" shared
	ID=$ID-2 root_propagation rslave
	assert_lacks "$output" shared
}

@test "C44 rootfsPropagation unbindable and runbindable" {
	root_propagation unbindable
	assert_output $'/ unbindable\n/proc -'
	ID=$ID-2 root_propagation runbindable
	assert_output $'/ unbindable\n/proc unbindable'
}

@test "C44 rootfsPropagation: an unknown value is named" {
	edit_config "$BUNDLE" '.linux.rootfsPropagation = "sharing"'
	refuses .linux.rootfsPropagation "'sharing'"
}

# ---- root.readonly

@test "C45 a read-only root" {
	edit_config "$BUNDLE" '.root.readonly = true'
	runs 'touch /new 2>/dev/null || echo ro; touch /dev/new /dev/shm/new && echo rw'
	assert_output $'ro\nrw'
	[ ! -e "$BUNDLE/rootfs/new" ]
}

@test "C45 a writable root" {
	edit_config "$BUNDLE" '.root.readonly = false'
	runs 'touch /new'
	[ -e "$BUNDLE/rootfs/new" ]
}

@test "C45 a read-only root leaves binds on it as they are" {
	edit_config "$BUNDLE" '.root.readonly = true'
	add_mount /mnt bind "$SRC" bind
	mkdir "$BUNDLE/rootfs/mnt"
	runs 'touch /mnt/new'
	[ -e "$SRC/new" ]
}

# ---- tmpcopyup

@test "M05 tmpcopyup: content, modes, links and the root's own mode" {
	local d=$BUNDLE/rootfs/data
	mkdir -p "$d/sub"
	echo one >"$d/one"
	chmod 0640 "$d/one"
	echo two >"$d/sub/two"
	chmod 0750 "$d/sub"
	ln -s sub/two "$d/link"
	chmod 1777 "$d"
	add_mount /data tmpfs tmpfs tmpcopyup
	runs 'cd /data; cat one link; stat -c "%a %n" . one sub; readlink link; echo new >one'
	assert_output $'one\ntwo\n1777 .\n640 one\n750 sub\nsub/two'
	assert_eq "$(cat "$d/one")" one
}

@test "M05 tmpcopyup with ro is read-only after the copy" {
	mkdir "$BUNDLE/rootfs/data"
	echo one >"$BUNDLE/rootfs/data/one"
	add_mount /data tmpfs tmpfs tmpcopyup ro
	runs 'cat /data/one; (echo x >/data/x) 2>/dev/null || echo refused'
	assert_output $'one\nrefused'
}

@test "M05 tmpcopyup of a directory that is not there: an empty tmpfs" {
	add_mount /fresh/deep tmpfs tmpfs tmpcopyup
	runs 'ls -A /fresh/deep; touch /fresh/deep/x'
	assert_output ''
}

@test "M05 tmpcopyup is refused on the root, and on a bind" {
	add_mount / tmpfs tmpfs tmpcopyup
	refuses "destination"
	drop_mount /
	add_mount /mnt bind "$SRC" bind tmpcopyup
	refuses "'tmpcopyup'" tmpfs
}

# ---- binds

@test "M12 a bind of a directory and of a file" {
	add_mount /mnt bind "$SRC" bind
	add_mount /etc/one bind "$SRC/file" bind
	runs 'cat /mnt/file /etc/one; echo more >>/etc/one'
	assert_output $'data\ndata'
	assert_eq "$(cat "$SRC/file")" $'data\nmore'
}

@test "M12 a bind by options alone, and by the type alone" {
	add_mount /mnt/a '' "$SRC" bind
	add_mount /mnt/b bind "$SRC"
	add_mount /mnt/c none "$SRC" rbind
	runs 'cat /mnt/?/file'
	assert_output $'data\ndata\ndata'
}

@test "M12 a source relative to the bundle" {
	mkdir "$BUNDLE/vol"
	echo here >"$BUNDLE/vol/x"
	add_mount /mnt bind vol bind
	runs 'cat /mnt/x'
	assert_output here
}

@test "M12 a source that is a symlink is followed on the host" {
	ln -s "$SRC" "$T/link"
	add_mount /mnt bind "$T/link" bind
	runs 'cat /mnt/file'
	assert_output data
}

@test "M12 a source that is missing is named" {
	add_mount /mnt bind "$T/nothing" bind
	refuses ".mounts[7]" "'/mnt'" "'$T/nothing'"
}

@test "M12 a source that only the caller can reach, for a root with another id" {
	local sub
	need_subids
	sub=$(subid_line /etc/subuid)
	chmod 0700 "$T" "$SRC"
	chmod 0755 "$SRC"
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $s, size: 1000}]
		| .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}]
		| .root.readonly = true' --argjson s "${sub% *}" \
		--argjson g "$(subid_line /etc/subgid | cut -d ' ' -f 1)"
	mkdir "$BUNDLE/rootfs/mnt"
	add_mount /mnt bind "$SRC" bind
	runs 'cat /mnt/file; id -u'
	assert_output $'data\n0'
}

# Podman's layers with --userns=keep-id are such: nobody but the maps opens them.
@test "M12 a root and a source behind closed directories of the user's and of a sub-id's" {
	need_subids
	map_subids "$BUNDLE"
	mkdir -p "$T/closed/sub/src"
	echo data >"$T/closed/sub/src/file"
	mv "$BUNDLE/rootfs" "$T/closed/rootfs"
	edit_config "$BUNDLE" '.root.path = $p' --arg p "$T/closed/rootfs"
	add_mount /mnt bind "$T/closed/sub/src" bind
	unshare --map-auto --map-root-user sh -c "chown 5:6 '$T/closed'; chmod 0700 '$T/closed'"
	run ! ls "$T/closed"
	runs 'cat /mnt/file'
	assert_success
	assert_output data
	unshare --map-auto --map-root-user chown 0:0 "$T/closed"
	chmod 0000 "$T/closed/sub"
	runs 'cat /mnt/file'
	assert_success
	assert_output data
}

@test "M12 a bind without a source, and a mount without a type" {
	add_mount /mnt bind ''
	refuses ".mounts[7].source"
	drop_mount /mnt
	add_mount /mnt '' tmpfs
	refuses ".mounts[7].type"
}

@test "M12 the target is resolved inside the root" {
	mkdir -p "$BUNDLE/rootfs/real"
	ln -s /real "$BUNDLE/rootfs/abs"
	ln -s ../../../../real "$BUNDLE/rootfs/rel"
	add_mount /abs/one bind "$SRC" bind
	add_mount /rel/two bind "$SRC" bind
	runs 'cat /real/one/file /real/two/file'
	assert_output $'data\ndata'
}

@test "M13 missing targets are made: directories 0755, files, whatever the umask" {
	edit_config "$BUNDLE" '.root.readonly = false'
	add_mount /new/dir/a bind "$SRC" bind
	add_mount /new/file/b bind "$SRC/file" bind
	umask 077
	runs 'cat /new/dir/a/file /new/file/b'
	assert_output $'data\ndata'
	assert_eq "$(stat -c %a "$BUNDLE/rootfs/new" "$BUNDLE/rootfs/new/dir/a" \
		"$BUNDLE/rootfs/new/file/b")" $'755\n755\n644'
}

@test "M13 a file cannot lie over a directory: the mount is named" {
	add_mount /etc bind "$SRC/file" bind
	refuses ".mounts[7]" "'/etc'"
}

@test "M13 a directory cannot lie over a file" {
	add_mount /etc/passwd bind "$SRC" bind
	refuses ".mounts[7]" "'/etc/passwd'"
}

@test "M13 a target through a file" {
	add_mount /etc/passwd/x tmpfs tmpfs
	refuses ".mounts[7]" "'/etc/passwd/x'"
}

@test "M13 M22 proc over a symlink is refused" {
	rmdir "$BUNDLE/rootfs/proc"
	ln -s /tmp "$BUNDLE/rootfs/proc"
	refuses ".mounts[0]" "'/proc'"
}

@test "M13 sysfs over a symlink is refused" {
	rmdir "$BUNDLE/rootfs/sys"
	ln -s tmp "$BUNDLE/rootfs/sys"
	refuses "'/sys'"
}

@test "M13 proc elsewhere over a symlink is refused" {
	ln -s tmp "$BUNDLE/rootfs/p"
	add_mount /p proc proc
	refuses ".mounts[7]" "'/p'"
}

@test "M14 M23 locked flags: a bind with rw of a source that is ro stays ro" {
	need_subids
	add_mount /mnt bind "$SRC" rbind rw suid dev exec
	set_script "$BUNDLE" "$INFO; touch /mnt/x 2>/dev/null || echo refused"
	run_inside 'mount -t tmpfs -o ro,nosuid,nodev,noexec src "$SRC"
		urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_match "$(mount_options "$output" /mnt)" '^ro,nosuid,nodev,noexec'
	assert_match "$output" 'refused$'
}

@test "M14 locked flags: a bind with ro of a nosuid source keeps nosuid" {
	need_subids
	add_mount /mnt bind "$SRC" bind ro
	set_script "$BUNDLE" "$INFO"
	run_inside 'mount -t tmpfs -o nosuid,nodev,noatime src "$SRC"
		urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_eq "$(mount_options "$output" /mnt)" ro,nosuid,nodev,noatime
}

@test "M14 submounts of a source are locked: bind takes them along, rbind too" {
	need_subids
	mkdir "$SRC/sub"
	add_mount /mnt/a bind "$SRC" bind
	add_mount /mnt/b bind "$SRC" rbind ro
	set_script "$BUNDLE" 'cat /mnt/a/sub/x /mnt/b/sub/x; touch /mnt/b/y 2>/dev/null || echo ro'
	run_inside 'mount -t tmpfs sub "$SRC/sub"; echo under >"$SRC/sub/x"
		urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_output $'under\nunder\nro'
}

@test "M14 rro: submounts are read-only, too" {
	need_subids
	mkdir "$SRC/sub"
	add_mount /mnt bind "$SRC" rbind rro
	set_script "$BUNDLE" 'touch /mnt/sub/y 2>/dev/null || echo ro'
	run_inside 'mount -t tmpfs sub "$SRC/sub"; urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_output ro
}

@test "M12 distrobox: the host's whole tree as an rslave bind" {
	add_mount /run/host bind / rbind rslave
	runs "cat /run/host$SRC/file; [ -d /run/host/proc/1 ] && echo proc"
	assert_output $'data\nproc'
}

# ---- tmpfs and defaults

@test "M15 a tmpfs has the mode of the directory that it hides" {
	mkdir -m 0710 "$BUNDLE/rootfs/closed"
	add_mount /closed tmpfs tmpfs
	add_mount /tmp tmpfs tmpfs
	add_mount /new tmpfs tmpfs
	runs 'stat -c %a /closed /tmp /new'
	assert_output $'710\n1777\n1777'
}

@test "M15 mode= is as given" {
	mkdir -m 0710 "$BUNDLE/rootfs/closed"
	add_mount /closed tmpfs tmpfs mode=0751
	runs 'stat -c %a /closed'
	assert_output 751
}

@test "M16 without options: /dev, /dev/shm, /dev/pts, /dev/mqueue, /sys, cgroup" {
	edit_config "$BUNDLE" '.mounts |= map(del(.options))'
	runs "$INFO; stat -c '%a' /dev /dev/shm"
	assert_match "$(mount_options "$output" /dev)" '^rw,nosuid,noexec'
	assert_match "$(super_options "$output" /dev)" 'size=65536k.*mode=755'
	assert_eq "$(mount_options "$output" /dev/shm)" rw,nosuid,nodev,noexec,relatime
	assert_match "$(mount_options "$output" /dev/pts)" '^rw,nosuid,noexec'
	assert_match "$(super_options "$output" /dev/pts)" 'mode=620,ptmxmode=666'
	assert_match "$(mount_options "$output" /dev/mqueue)" '^rw,nosuid,nodev,noexec'
	assert_match "$(mount_options "$output" /sys)" '^r[ow],nosuid,nodev,noexec'
	assert_match "$(mount_options "$output" /sys/fs/cgroup)" '^ro,nosuid,nodev,noexec'
	assert_match "$output" $'755\n1777$'
}

@test "M16 P23 devpts: gid=5 is kept where it is mapped, and dropped where not" {
	need_subids
	set_mount_options /dev/pts nosuid newinstance ptmxmode=0666 mode=0620 gid=5
	runs 'stat -c %g /dev/pts/ptmx >/dev/null; grep devpts /proc/self/mountinfo'
	assert_has "$output" gid=
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}]
		| .linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]' \
		--argjson u "$(id -u)" --argjson g "$(id -g)"
	ID=$ID-2 runs 'grep devpts /proc/self/mountinfo'
	assert_lacks "$output" gid=
}

# ---- sysfs, proc, mqueue, cgroup

@test "M17 sysfs without a network namespace of its own: the host's, read-only" {
	drop_namespace network
	runs "$INFO; ls /sys/class/net | grep -c lo; ls -d /sys/fs/cgroup"
	assert_match "$(mount_options "$output" /sys)" '^ro'
	assert_has "$output" /sys/fs/cgroup
}

@test "M17 sysfs with one is the container's own" {
	runs 'ls /sys/class/net'
	assert_output lo
}

@test "M17 mqueue without an ipc namespace of its own: the reason is named" {
	drop_namespace ipc
	refuses "'/dev/mqueue'"
	assert_has "$stderr" "hint: mqueue needs an ipc namespace"
}

@test "M17 an ipc namespace of the host's works without mqueue" {
	drop_namespace ipc
	drop_mount /dev/mqueue
	runs 'readlink /proc/self/ns/ipc'
	assert_output "$(readlink /proc/self/ns/ipc)"
}

@test "M18 proc where the host's is partly masked: the remedy is named" {
	need_subids
	set_args "$BUNDLE" true
	run_inside ': >"$T/empty"; mount --bind "$T/empty" /proc/keys
		urun run -b "$BUNDLE" "$ID"'
	assert_one_line_error "'/proc'"
	assert_no_engine_words
	assert_has "$stderr" unmask=ALL
}

@test "M19 cgroup with a cgroup namespace: cgroup2, its own root, read-only" {
	runs "$INFO; cat /proc/self/cgroup | grep '^0:'; cat /sys/fs/cgroup/cgroup.procs >/dev/null
		(echo 0 >/sys/fs/cgroup/cgroup.procs) 2>/dev/null || echo refused"
	assert_match "$(super_options "$output" /sys/fs/cgroup)" '^cgroup2'
	assert_match "$(mount_options "$output" /sys/fs/cgroup)" '^ro'
	assert_has "$output" '0::/'
	assert_match "$output" 'refused$'
}

@test "M19 CVE-2023-25809 cgroup without a cgroup namespace: never writable" {
	drop_namespace cgroup
	set_mount_options /sys/fs/cgroup nosuid noexec nodev rw
	runs "$INFO; find /sys/fs/cgroup -name cgroup.procs | while read -r f; do
		(echo 0 >\$f) 2>/dev/null && echo \"wrote \$f\"; done; echo end"
	assert_match "$(mount_options "$output" /sys/fs/cgroup)" '^ro'
	assert_lacks "$output" wrote
	# All of it: the controllers' own mounts, too.
	assert_eq "$(awk '$5 ~ /^\/sys\/fs\/cgroup/ { print substr($6, 1, 2) }' <<<"$output" | sort -u)" ro
}

@test "M19 type cgroup2 is the same" {
	edit_config "$BUNDLE" '.mounts |= map(if .type == "cgroup" then .type = "cgroup2" else . end)'
	runs "$INFO"
	assert_match "$(super_options "$output" /sys/fs/cgroup)" '^cgroup2'
}

@test "M22 a relative destination is relative to the root" {
	add_mount some/where bind "$SRC" bind
	runs 'cat /some/where/file'
	assert_output data
}

@test "M22 a destination with dots and slashes is made clean" {
	add_mount '/some//./x/../where/' bind "$SRC" bind
	runs 'cat /some/where/file'
	assert_output data
}

@test "M22 a destination that leads out of the root stays inside" {
	edit_config "$BUNDLE" '.root.readonly = false'
	add_mount '../../outside' bind "$SRC" bind
	runs 'cat /outside/file'
	assert_output data
	[ ! -e "$T/outside" ] && [ ! -e "$BUNDLE/outside" ]
}

@test "M25 uid= and gid= of an id that is not mapped are named" {
	need_subids
	add_mount /mnt tmpfs tmpfs uid=4000000
	refuses ".mounts[7].options" "uid=4000000" "not mapped"
	drop_mount /mnt
	add_mount /mnt tmpfs tmpfs gid=4000001
	refuses "gid=4000001"
}

@test "M25 uid= and gid= are ids of the container" {
	need_subids
	add_mount /mnt tmpfs tmpfs uid=7 gid=8 mode=700
	runs 'stat -c %u:%g /mnt'
	assert_output 7:8
}

@test "M01 a file system type that is unknown is named" {
	add_mount /mnt nosuchfs none
	refuses ".mounts[7]" "'/mnt'" "'nosuchfs'"
}

@test "M01 a file system that needs real root: the reason is named" {
	add_mount /mnt ext4 /dev/null
	refuses ".mounts[7]" "'/mnt'" ext4
	assert_has "$stderr" hint:
}

# ---- M10

# map_mount FS-ID HOST-ID SIZE: both maps of the last mount.
map_mount() {
	edit_config "$BUNDLE" '.mounts[-1] += {
			uidMappings: [{containerID: $f, hostID: $u, size: $n}],
			gidMappings: [{containerID: $f, hostID: $g, size: $n}]}' \
		--argjson f "$1" --argjson u "$2" --argjson g "$3" --argjson n "$4"
}

first_subuid() { subid_line /etc/subuid | cut -d ' ' -f 1; }
first_subgid() { subid_line /etc/subgid | cut -d ' ' -f 1; }

@test "M10 uidMappings of a tmpfs: its id 0 is shown as another" {
	need_subids
	map_subids "$BUNDLE"
	add_mount /mnt tmpfs tmpfs mode=755
	# Container id 6 is the fifth of the sub-ids (0 is the caller).
	map_mount 0 $(($(first_subuid) + 5)) $(($(first_subgid) + 5)) 10
	runs 'stat -c %u:%g /mnt'
	assert_output 6:6
}

@test "M10 uidMappings of a tmpfs with tmpcopyup: the copy's ids are shifted" {
	need_subids
	map_subids "$BUNDLE"
	mkdir "$BUNDLE/rootfs/data"
	: >"$BUNDLE/rootfs/data/x"
	add_mount /data tmpfs tmpfs tmpcopyup mode=755
	map_mount 0 $(($(first_subuid) + 5)) $(($(first_subgid) + 5)) 10
	runs 'stat -c %u:%g /data/x'
	assert_output 6:6
}

@test "M10 uidMappings that are the container's own change nothing" {
	need_subids
	map_subids "$BUNDLE"
	add_mount /mnt tmpfs tmpfs mode=755 uid=3
	edit_config "$BUNDLE" '.mounts[-1] += {uidMappings: .linux.uidMappings,
		gidMappings: .linux.gidMappings}
		| .process.capabilities |= map_values(. + ["CAP_CHOWN"])'
	runs 'stat -c %u:%g /mnt; chown 2:2 /mnt && stat -c %u:%g /mnt'
	assert_output $'3:0\n2:2'
}

@test "M10 uidMappings to a host id that the container lacks: named" {
	need_subids
	map_subids "$BUNDLE"
	add_mount /mnt tmpfs tmpfs
	map_mount 0 4000000 4000000 1
	refuses ".mounts[7].uidMappings[0]" 4000000
}

@test "M10 the word idmap beside uidMappings" {
	need_subids
	map_subids "$BUNDLE"
	add_mount /mnt tmpfs tmpfs mode=755 idmap
	map_mount 0 "$(first_subuid)" "$(first_subgid)" 1
	runs 'stat -c %u:%g /mnt'
	assert_output 1:1
}

@test "M10 a range of host ids that lies in two ranges of the container" {
	need_subids
	local u g
	u=$(first_subuid) g=$(first_subgid)
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 4},
			{containerID: 100, hostID: ($u + 4), size: 50}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 4},
			{containerID: 100, hostID: ($g + 4), size: 50}]' \
		--argjson u "$u" --argjson g "$g"
	mkdir -p "$BUNDLE"/rootfs/mnt/a "$BUNDLE"/rootfs/mnt/b
	edit_config "$BUNDLE" '.root.readonly = true'
	add_mount /mnt/a tmpfs tmpfs mode=755
	map_mount 0 $((u + 2)) $((g + 2)) 6
	runs 'stat -c %u:%g /mnt/a'
	assert_output 2:2
	edit_config "$BUNDLE" '.mounts[-1].options += ["uid=3", "gid=3"]'
	ID=$ID-2 runs 'stat -c %u:%g /mnt/a'
	assert_output 101:101
}

@test "M10 in a user namespace of the caller's, as podman starts it" {
	need_subids
	drop_namespace user
	add_mount /mnt tmpfs tmpfs mode=755
	map_mount 0 20 30 5
	set_script "$BUNDLE" 'stat -c %u:%g /mnt'
	run_inside 'urun run -b "$BUNDLE" "$ID"'
	assert_quiet
	assert_output 20:30
}

@test "M10 nothing of the helper is left: no process, no fd" {
	need_subids
	map_subids "$BUNDLE"
	add_mount /mnt tmpfs tmpfs
	map_mount 0 "$(first_subuid)" "$(first_subgid)" 1
	runs 'ls /proc/self/fd | tr "\n" " "; ls -d /proc/[0-9]* | wc -l'
	assert_match "$output" '^0 1 2 3 '
}

# ---- masked and read-only paths

masks() {
	edit_config "$BUNDLE" '.linux.maskedPaths = $ARGS.positional' --args -- "$@"
}

readonly_paths() {
	edit_config "$BUNDLE" '.linux.readonlyPaths = $ARGS.positional' --args -- "$@"
}

@test "C42 maskedPaths: a file is empty, a directory is empty and read-only" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	mkdir "$BUNDLE/rootfs/data"
	echo secret >"$BUNDLE/rootfs/data/x"
	masks /etc/secret /data
	runs 'cat /etc/secret; ls -A /data; touch /data/y 2>/dev/null || echo ro
		stat -c %F /etc/secret'
	assert_output $'ro\ncharacter special file'
}

@test "C42 maskedPaths: what a symlink leads to is masked" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	ln -s ../etc/secret "$BUNDLE/rootfs/tmp/link"
	masks /tmp/link
	runs 'cat /etc/secret /tmp/link'
	assert_output ''
}

@test "C42 maskedPaths: missing ones, dangling links and duplicates are no error" {
	ln -s /nowhere "$BUNDLE/rootfs/tmp/dangling"
	mkdir "$BUNDLE/rootfs/data"
	masks /nowhere /etc/passwd/x /tmp/dangling /data /data /etc/group /etc/group /var
	runs 'ls -A /data /var | grep -v :; cat /etc/group'
	assert_output ''
}

@test "C42 maskedPaths: the defaults hold in /proc and /sys" {
	runs 'cat /proc/keys /proc/timer_list 2>/dev/null; ls -A /proc/acpi /sys/firmware | grep -v :
		echo end'
	assert_match "$output" $'^\n*end$'
}

@test "C42 maskedPaths: a masked file swallows what is written" {
	echo secret >"$BUNDLE/rootfs/etc/secret"
	edit_config "$BUNDLE" '.root.readonly = false'
	masks /etc/secret
	runs 'echo x >/etc/secret; cat /etc/secret'
	assert_output ''
	assert_eq "$(cat "$BUNDLE/rootfs/etc/secret")" secret
}

@test "C43 readonlyPaths: a file and a tree, whatever mounts are below" {
	edit_config "$BUNDLE" '.root.readonly = false'
	mkdir "$BUNDLE/rootfs/data"
	add_mount /data/sub tmpfs tmpfs
	readonly_paths /data /etc/passwd
	runs 'for f in /data/x /data/sub/x /etc/passwd; do (echo >$f) 2>/dev/null || echo ro; done
		touch /etc/other && echo rw'
	assert_output $'ro\nro\nro\nrw'
}

@test "C43 readonlyPaths: locked flags stay" {
	add_mount /data tmpfs tmpfs nosuid nodev noexec
	readonly_paths /data
	runs "$INFO"
	assert_eq "$(mount_options "$output" /data)" ro,nosuid,nodev,noexec,relatime
}

@test "C43 readonlyPaths: missing ones, links and duplicates" {
	ln -s /etc "$BUNDLE/rootfs/tmp/link"
	edit_config "$BUNDLE" '.root.readonly = false'
	readonly_paths /nowhere /tmp/link /etc /etc
	runs '(echo >/etc/x) 2>/dev/null || echo ro'
	assert_output ro
}

@test "C43 readonlyPaths: /proc/sys cannot be written" {
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN"])'
	runs '(echo x >/proc/sys/kernel/hostname) 2>/dev/null || echo ro
		mount -o remount,rw /proc/sys 2>/dev/null; grep " /proc/sys " /proc/self/mountinfo'
	assert_match "$output" '^ro'
}

# ---- M21, A01: SELinux

@test "M21 A01 a mount label where there is no SELinux, and a word that is no context type" {
	[ ! -e /sys/fs/selinux/enforce ] || skip "needs a host without SELinux"
	edit_config "$BUNDLE" '.linux.mountLabel = "system_u:object_r:container_file_t:s0"'
	refuses ".linux.mountLabel: 'system_u:object_r:container_file_t:s0'" 'SELinux is not enabled'
	edit_config "$BUNDLE" '.linux.mountLabel = "" | .annotations["run.oci.mount_context_type"] = "fscontext"'
	runs 'echo fine'
	assert_output fine
	edit_config "$BUNDLE" '.annotations["run.oci.mount_context_type"] = "other"'
	refuses 'run.oci.mount_context_type' "'other'"
}
