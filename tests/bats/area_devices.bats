# SPDX-License-Identifier: Apache-2.0
# Device nodes, the links of /dev and stdio, without real root.
load ../lib/common
load ../lib/rootfs

setup() { setup_bundle; }
teardown() { common_teardown; }

# add_device JSON: as the last row of .linux.devices.
add_device() {
	edit_config "$BUNDLE" '.linux.devices += [$d]' --argjson d "$1"
}

# ---- the defaults

@test "C40 the default nodes are there, of the right kind and number" {
	runs 'cd /dev; stat -c "%n %F %t:%T %a" null zero full tty random urandom'
	assert_output "null character special file 1:3 666
zero character special file 1:5 666
full character special file 1:7 666
tty character special file 5:0 666
random character special file 1:8 666
urandom character special file 1:9 666"
}

@test "C40 the default nodes work" {
	runs 'echo x >/dev/null; head -c 4 /dev/zero | wc -c; head -c 4 /dev/urandom | wc -c
		(echo x >/dev/full) 2>/dev/null || echo full'
	assert_output $'4\n4\nfull'
}

@test "C40 the nodes are nosuid and noexec" {
	runs 'awk "\$5 ~ \"^/dev/(null|zero|full|tty|random|urandom)\$\" { print \$6 }" \
		/proc/self/mountinfo | sort | uniq -c'
	assert_match "$output" '6 rw,nosuid,noexec'
}

@test "C40 the links fd, stdin, stdout, stderr, core" {
	runs 'cd /dev; for l in fd stdin stdout stderr core; do readlink $l; done'
	assert_output $'/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n/proc/kcore'
}

@test "C40 ptmx leads to the container's own devpts" {
	runs 'readlink /dev/ptmx; stat -c %t:%T /dev/pts/ptmx; ls /dev/pts'
	assert_output $'pts/ptmx\n5:2\nptmx'
}

@test "C40 no ptmx where there is no devpts" {
	drop_mount /dev/pts
	runs 'ls /dev/ptmx 2>/dev/null || echo none'
	assert_output none
}

@test "C40 M16 a config without any /dev mount works" {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	runs 'echo x >/dev/null; stat -c %t:%T /dev/zero; readlink /dev/fd'
	assert_output $'1:5\n/proc/self/fd'
}

@test "C40 an image without /dev" {
	rmdir "$BUNDLE/rootfs/dev"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	runs 'echo x >/dev/null; stat -c %t:%T /dev/zero'
	assert_output 1:5
}

@test "C40 the same bundle again, without a /dev mount: what is there is taken" {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	runs 'stat -c %t:%T /dev/zero'
	ID=$ID-2 runs 'stat -c %t:%T /dev/zero'
	assert_output 1:5
}

@test "C40 files of the image's in /dev stay under the nodes" {
	echo image >"$BUNDLE/rootfs/dev/null"
	echo mine >"$BUNDLE/rootfs/dev/stdin"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	runs 'stat -c %t:%T /dev/null; cat /dev/stdin'
	assert_output $'1:3\nmine'
	assert_eq "$(cat "$BUNDLE/rootfs/dev/null")" image
}

@test "C40 /dev as a bind of the host's (singularity) is left alone" {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .mounts += [{destination: "/dev", type: "bind", source: "/dev",
			options: ["rbind", "nosuid"]}]'
	runs 'echo x >/dev/null; stat -c %t:%T /dev/null'
	assert_output 1:3
}

@test "C40 a /dev of the caller's own folder: nothing is made in it" {
	mkdir "$T/dev"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .mounts += [{destination: "/dev", type: "bind", source: $d, options: ["bind"]}]' \
		--arg d "$T/dev"
	runs 'ls -A /dev'
	assert_output ''
}

@test "C40 a read-only tmpfs on /dev gets its nodes first" {
	set_mount_options /dev nosuid ro mode=755
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev/") | not))'
	runs 'echo x >/dev/null; touch /dev/x 2>/dev/null || echo ro'
	assert_output ro
}

# ---- .linux.devices

@test "C39 a device of the host's is bound" {
	add_device '{"path": "/dev/kmsg2", "type": "c", "major": 1, "minor": 11}'
	refuses "'/dev/kmsg2'"
	edit_config "$BUNDLE" '.linux.devices = []'
	add_device '{"path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11}'
	ID=$ID-2 runs 'stat -c %t:%T /dev/kmsg'
	assert_output 1:b
}

@test "C39 type u is a character device" {
	add_device '{"path": "/dev/kmsg", "type": "u", "major": 1, "minor": 11}'
	runs 'stat -c %F /dev/kmsg'
	assert_output "character special file"
}

@test "C39 a default node that the config lists, too" {
	add_device '{"path": "/dev/null", "type": "c", "major": 1, "minor": 3, "fileMode": 438}'
	runs 'stat -c %t:%T /dev/null'
	assert_output 1:3
}

@test "C39 a FIFO is made, with its mode and owner" {
	add_device '{"path": "/dev/pipes/one", "type": "p", "fileMode": 416, "uid": 3, "gid": 4}'
	need_subids
	umask 077
	runs 'stat -c "%F %a %u:%g" /dev/pipes/one; stat -c %a /dev/pipes'
	assert_output $'fifo 640 3:4\n755'
}

@test "C39 the host's node is another one: both numbers are named" {
	add_device '{"path": "/dev/zero", "type": "c", "major": 1, "minor": 9}'
	refuses "'/dev/zero'" 1:5 1:9
}

@test "C39 a node that the host lacks is named, with what to do" {
	add_device '{"path": "/dev/nothing-of-this-name", "type": "c", "major": 240, "minor": 7}'
	refuses "'/dev/nothing-of-this-name'"
	assert_has "$stderr" hint:
}

@test "C39 an unknown type is named" {
	add_device '{"path": "/dev/x", "type": "x", "major": 1, "minor": 3}'
	refuses ".linux.devices[0].type"
}

@test "C39 CVE-2026-47766 a parent of a node that is a symlink is not followed" {
	mkdir -p "$BUNDLE/rootfs/etc/real"
	ln -s ../etc/real "$BUNDLE/rootfs/dev/sub"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	add_device '{"path": "/dev/sub/pipe", "type": "p"}'
	refuses "'/dev/sub/pipe'"
	assert_eq "$(ls -A "$BUNDLE/rootfs/etc/real")" ''
}

@test "C39 a node that is a symlink in the image is not followed" {
	echo passwd >"$BUNDLE/rootfs/etc/target"
	ln -s ../etc/target "$BUNDLE/rootfs/dev/null"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	refuses "'/dev/null'"
	assert_eq "$(cat "$BUNDLE/rootfs/etc/target")" passwd
}

# ---- stdio

@test "C25 stdin that is the host's /dev/null is the container's" {
	set_script "$BUNDLE" 'a=$(sed -n "s/^mnt_id:[^0-9]*//p" /proc/self/fdinfo/0)
		b=$(awk "\$5 == \"/dev/null\" { print \$1 }" /proc/self/mountinfo)
		[ "$a" = "$b" ] && echo own'
	# As a user without privilege nothing can happen to the host's node.
	[ "$(id -u)" != 0 ] || skip "not with root: the owner of the host's node is at stake"
	run --separate-stderr urun_stdin run -b "$BUNDLE" "$ID" </dev/null
	assert_quiet
	assert_output own
}

@test "C25 stdout and stderr, too" {
	set_script "$BUNDLE" 'b=$(awk "\$5 == \"/dev/null\" { print \$1 }" /proc/self/mountinfo)
		for fd in 1 2; do
			a=$(sed -n "s/^mnt_id:[^0-9]*//p" /proc/$$/fdinfo/$fd)
			[ "$a" = "$b" ] || exit 3
		done; exit 7'
	[ "$(id -u)" != 0 ] || skip "not with root: the owner of the host's node is at stake"
	run urun_stdin run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1
	status=0
	urun_stdin run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || status=$?
	assert_failure 7
}

@test "C25 a file that is not the null device stays what it is" {
	echo text >"$T/in"
	set_args "$BUNDLE" cat
	run --separate-stderr urun_stdin run -b "$BUNDLE" "$ID" <"$T/in"
	assert_quiet
	assert_output text
}

@test "C24 stdio belongs to the process's user where it can be given" {
	need_subids
	edit_config "$BUNDLE" '.process.user.uid = 1000 | .process.user.gid = 1000'
	set_script "$BUNDLE" 'stat -L -c %u /proc/self/fd/1 >&2'
	: | "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 2>"$T/err" | cat
	assert_eq "$(cat "$T/err")" 1000
}

@test "C24 stdout on a read-only or foreign file is no error" {
	set_args "$BUNDLE" true
	run --separate-stderr urun_stdin run -b "$BUNDLE" "$ID" </etc/passwd
	assert_quiet
}

# ---- /dev/console

@test "C41 /dev/console is the terminal" {
	edit_config "$BUNDLE" '.process.terminal = true'
	set_script "$BUNDLE" 'stat -c %t:%T /dev/console; tty; [ -c /dev/console ] && echo ok'
	run --separate-stderr "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run \
		-b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" /dev/pts/0
	assert_has "$output" ok
	assert_match "$output" '88:0'
}

@test "C41 no /dev/console without a terminal" {
	runs 'ls /dev/console 2>/dev/null || echo none'
	assert_output none
}

# ---- C38

@test "C38 a net device that is not there is named" {
	edit_config "$BUNDLE" '.linux.netDevices = {"eth9": {"name": "eth0"}}'
	refuses ".linux.netDevices[\"eth9\"]: there is no network interface 'eth9' here"
}

# ---- C21

@test "C21 a missing cwd is made, 0755" {
	edit_config "$BUNDLE" '.process.cwd = "/made/here" | .root.readonly = false'
	umask 077
	runs pwd
	assert_output /made/here
	assert_eq "$(stat -c %a "$BUNDLE/rootfs/made" "$BUNDLE/rootfs/made/here")" $'755\n755'
}

@test "C21 a cwd that only the process's user may enter" {
	need_subids
	edit_config "$BUNDLE" '.process.cwd = "/mnt" | .process.user.uid = 1000
		| .process.capabilities = {}'
	add_mount /mnt tmpfs tmpfs mode=700 uid=1000
	runs pwd
	assert_output /mnt
}

@test "C21 a cwd that only root may enter, for another user" {
	need_subids
	edit_config "$BUNDLE" '.process.cwd = "/mnt" | .process.user.uid = 1000
		| .process.capabilities = {}'
	add_mount /mnt tmpfs tmpfs mode=700
	runs pwd
	assert_output /mnt
}

@test "C21 a cwd that is a file" {
	edit_config "$BUNDLE" '.process.cwd = "/etc/passwd"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error "/etc/passwd"
}
