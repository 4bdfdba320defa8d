# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# Device nodes made with mknod(2).
load ../lib/common
load ../lib/rootfs

setup() { setup_bundle; }
teardown() { common_teardown; }

@test "C39 C40 nodes are made with their modes, whatever the umask" {
	edit_config "$BUNDLE" '.linux.devices = [{path: "/dev/sub/one", type: "c", major: 1, minor: 3,
			fileMode: 432, uid: 5, gid: 6},
		{path: "/dev/two", type: "u", major: 1, minor: 5},
		{path: "/dev/three", type: "b", major: 7, minor: 200}]'
	umask 077
	runs 'cd /dev; stat -c "%n %F %t:%T %a %u:%g" sub/one two three null tty; stat -c %a sub
		grep -c " /dev/null " /proc/self/mountinfo || :'
	assert_output "sub/one character special file 1:3 660 5:6
two character special file 1:5 666 0:0
three block special file 7:c8 666 0:0
null character special file 1:3 666 0:0
tty character special file 5:0 666 0:0
755
0"
}

@test "C39 a symlink in the place of a node: nothing is followed" {
	echo keep >"$T/host"
	chmod 0600 "$T/host"
	ln -s "$T/host" "$BUNDLE/rootfs/dev/null"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
	refuses "'/dev/null'"
	assert_eq "$(stat -c %a "$T/host") $(cat "$T/host")" '600 keep'
}

@test "C44 rootfsPropagation shared does not touch the host's mounts" {
	need_command unshare
	edit_config "$BUNDLE" '.linux.rootfsPropagation = "rshared"'
	set_args "$BUNDLE" true
	# In a mount namespace of the test's own: were it wrong, the host would pay.
	cat >"$T/inside.sh" <<-'EOF'
		set -e
		mount --make-rprivate /
		mount --make-rshared /
		cut -d ' ' -f 5- /proc/self/mountinfo >"$T/before"
		: | "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
		cut -d ' ' -f 5- /proc/self/mountinfo >"$T/after"
	EOF
	export URUN ROOT BUNDLE ID T
	run --separate-stderr unshare -m sh "$T/inside.sh"
	assert_quiet
	assert_eq "$(cat "$T/after")" "$(cat "$T/before")"
}
