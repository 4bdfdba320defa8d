#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# run.oci.systemd.force_cgroup_v1: the host's cgroup v1 hierarchy name=systemd in the
# container. A directory of the test's own in it is given to a user, who stands in there.
load ../lib/common
load ../lib/process
load ../lib/cgroups

setup() {
	need_root
	V1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)name=systemd(,|$)/ { print $2; exit }' /proc/self/mounts)
	[ -n "$V1" ] || skip "needs a mounted cgroup v1 hierarchy name=systemd"
	USR_NAME=${URUN_TEST_SUBIDS_USER-}
	[ -n "$USR_NAME" ] || skip "needs the suite's throw-away users"
	BOX=$V1/urt-$$
	mkdir "$BOX" 2>/dev/null || skip "needs a cgroup v1 hierarchy that root may write to"
	setup_bundle sleep 1000
	W=$(mktemp -d "$URUN_TEST_DIR/w.XXXXXX")
	mv "$BUNDLE" "$W/bundle"
	BUNDLE=$W/bundle
	edit_config "$BUNDLE" '(.linux.namespaces |= (map(select(.type != "user")) + [{type: "user"}])) |
		del(.linux.resources) | .mounts |= map(if .type == "cgroup" then .options = ["nosuid", "noexec", "nodev"] else . end)'
	annotate run.oci.systemd.force_cgroup_v1 /sys/fs/cgroup
	chmod 0755 "$W"
	chown -R "$USR_NAME": "$W" "$BOX"
}

teardown() {
	local status=0
	[ -n "${BOX-}" ] || return 0
	if [ -n "${W-}" ]; then
		[ ! -d "$W/state/$ID" ] || user delete --force "$ID" || status=1
		rm -rf "$W"
		common_teardown || status=1
	fi
	v1_left || status=1
	find "$BOX" -depth -type d -exec rmdir {} \;
	[ ! -e "$BOX" ] || status=1
	return $status
}

v1_left() {
	local left
	left=$(find "$BOX" -mindepth 1 -type d)
	[ -z "$left" ] || fail "left: $left"
}

# v1_of PID: where it is, below $BOX.
v1_of() {
	sed -n "s|^[0-9]*:name=systemd:/urt-$$||p" "/proc/$1/cgroup"
}

# stand COMMAND...: as that user, in the test's directory of the hierarchy.
stand() {
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$BOX" setpriv --reuid "$USR_NAME" \
		--regid "$(id -g "$USR_NAME")" --init-groups --inh-caps=-all --reset-env "$@"
}

user() { stand "$URUN" --root "$W/state" "$@" < <(:); }

as_root() {
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$BOX" "$URUN" --root "$W/state" "$@" < <(:)
}

run_user() { run --separate-stderr user "$@"; }

# started [URUN-ARGS...]: the container runs; it must not hold the pipes of bats.
started() {
	user run -d "$@" -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" 3>&- || fail "$(<"$T/err")"
	[ ! -s "$T/err" ] || fail "$(<"$T/err")"
	INIT=$(user state "$ID" | jq .pid)
}

inside() { run_user exec "$ID" /bin/sh -c "$1"; }

@test "A08 the hierarchy is there, and its root is a directory of the container's own" {
	started
	assert_eq "$(v1_of "$INIT")" "/urun-$ID"
	inside 'grep name=systemd /proc/self/cgroup | cut -d: -f3; grep " /sys/fs/cgroup " /proc/self/mountinfo
		mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep name=systemd /proc/self/cgroup | cut -d: -f3'
	assert_success
	assert_eq "${lines[0]}" /
	assert_has "${lines[1]}" ' / /sys/fs/cgroup rw,nosuid,nodev,noexec'
	assert_has "${lines[1]}" name=systemd
	assert_eq "${lines[2]}" /x
	# What is in there is removed, too.
	run_user delete --force "$ID"
	assert_quiet
	v1_left
}

@test "A08 E19 exec joins it, and the container's cgroup as well" {
	started
	user exec -d --pid-file "$W/p" "$ID" sleep 1000 >"$T/out" 2>&1 3>&- || fail "$(<"$T/out")"
	assert_eq "$(v1_of "$(<"$W/p")")" "/urun-$ID"
	assert_eq "$(grep ^0: "/proc/$(<"$W/p")/cgroup")" "$(grep ^0: "/proc/$INIT/cgroup")"
	inside 'grep name=systemd /proc/self/cgroup | cut -d: -f3; wc -l </sys/fs/cgroup/cgroup.procs'
	assert_success
	assert_eq "${lines[0]}" /
}

@test "A08 container root of another id owns it, and may divide it" {
	line=$(grep "^$USR_NAME:" /etc/subuid | head -n 1) || skip "no sub-ids"
	first=$(cut -d: -f2 <<<"$line") gfirst=$(grep "^$USR_NAME:" /etc/subgid | head -n 1 | cut -d: -f2)
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1000}, {containerID: 1000, hostID: $uid, size: 1}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1000}, {containerID: 1000, hostID: $gid, size: 1}]' \
		--argjson u "$first" --argjson g "$gfirst" \
		--argjson uid "$(id -u "$USR_NAME")" --argjson gid "$(id -g "$USR_NAME")"
	started
	dir=$BOX/urun-$ID
	assert_eq "$(stat -c %u:%g "$dir")" "$first:$gfirst"
	assert_eq "$(find "$dir" -maxdepth 1 -type f -uid "$first" -printf '%f\n' | sort)" \
		$'cgroup.clone_children\ncgroup.procs\ntasks'
	inside 'mkdir -p /sys/fs/cgroup/x/y && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep name=systemd /proc/self/cgroup | cut -d: -f3'
	assert_success
	assert_output /x
	# Its directories are a sub-id's.
	run_user delete --force "$ID"
	assert_quiet
	v1_left
}

@test "A08 real root, with a user namespace in which root has no id" {
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: 700000, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 700005, size: 1000}]'
	chmod -R a+rX "$BUNDLE/rootfs"
	as_root --cgroup-manager=disabled run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- || fail "$(<"$T/out")"
	assert_eq "$(stat -c %u:%g "$BOX/urun-$ID")" 700000:700005
	run --separate-stderr as_root exec "$ID" sh -c \
		'mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep name=systemd /proc/self/cgroup | cut -d: -f3'
	assert_success
	assert_output /x
	run --separate-stderr as_root delete --force "$ID"
	assert_quiet
	v1_left
}

@test "A08 A10 E19 with a cgroup2 of its own, too: exec is cloned into that and moved in v1" {
	CGROUP2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -w "${CGROUP2:-/none}/cgroup.procs" ] || skip "needs a cgroup2 that root may write to"
	edit_config "$BUNDLE" 'del(.linux.uidMappings, .linux.gidMappings) |
		.linux.namespaces |= map(select(.type != "user"))'
	cgroups_path "/urt-$$-$ID"
	annotate run.oci.delegate-cgroup inner
	as_root run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- || fail "$(<"$T/out")"
	as_root exec -d --pid-file "$W/p" "$ID" sleep 1000 >"$T/out" 2>&1 3>&- || fail "$(<"$T/out")"
	for pid in "$(as_root state "$ID" | jq .pid)" "$(<"$W/p")"; do
		assert_eq "$(v1_of "$pid")" "/urun-$ID"
		assert_eq "$(grep ^0: "/proc/$pid/cgroup")" "0::/urt-$$-$ID/inner"
	done
	run --separate-stderr as_root delete --force "$ID"
	assert_quiet
	v1_left
	[ ! -e "$CGROUP2/urt-$$-$ID" ]
}

@test "A08 a caller at the top of the hierarchy has it there" {
	! grep -q 'name=systemd:/.' /proc/self/cgroup || skip "the suite is not at the top"
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "user"))'
	"$URUN" --root "$W/state" --cgroup-manager=disabled run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- < <(:) ||
		fail "$(<"$T/out")"
	dir=$V1/urun-$ID
	assert_eq "$(<"$dir/cgroup.procs")" "$("$URUN" --root "$W/state" state "$ID" < <(:) | jq .pid)"
	"$URUN" --root "$W/state" delete --force "$ID" < <(:)
	[ ! -e "$dir" ]
}

@test "A08 D09 a create that fails leaves no directory, and delete --force finds one of a killed create" {
	edit_config "$BUNDLE" '.hooks.createContainer = [{path: "/bin/false"}]'
	run_user run -b "$BUNDLE" "$ID"
	assert_failure
	v1_left
	edit_config "$BUNDLE" 'del(.hooks) | .mounts += [{destination: "/z", type: "bind", source: "/nowhere", options: ["bind"]}]'
	run_user run -b "$BUNDLE" "$ID"
	assert_failure
	v1_left
	edit_config "$BUNDLE" '.mounts |= map(select(.destination != "/z")) |
		.hooks.createContainer = [{path: "/bin/sleep", args: ["sleep", "1000"]}]'
	background stand "$URUN" --root "$W/state" run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- < <(:)
	wait_until 10 eval '[ "$(cat "$BOX/urun-$ID/cgroup.procs" 2>/dev/null | wc -l)" -gt 1 ]'
	kill -KILL "$(<"$BOX/cgroup.procs")"
	run_user delete --force "$ID"
	assert_quiet
	v1_left
}

@test "A08 a directory of that name that is there is an error, and stays" {
	mkdir "$BOX/urun-$ID"
	run_user run -b "$BUNDLE" "$ID"
	assert_one_line_error '.annotations["run.oci.systemd.force_cgroup_v1"]'
	assert_has "$stderr" "$BOX/urun-$ID"
	rmdir "$BOX/urun-$ID"
}

@test "A08 a hierarchy that is not the caller's, or none: the three commands as a hint" {
	commands="mkdir /sys/fs/cgroup/systemd; mount cgroup -t cgroup /sys/fs/cgroup/systemd -o none,name=systemd,xattr; chown -R $(id -u "$USR_NAME"):$(id -g "$USR_NAME") /sys/fs/cgroup/systemd"
	chown 0:0 "$BOX"
	run_user run -b "$BUNDLE" "$ID"
	assert_one_line_error '.annotations["run.oci.systemd.force_cgroup_v1"]'
	assert_has "$stderr" 'is not yours to change'
	assert_has "$stderr" "$commands"
	[ ! -e "$W/state/$ID" ]
	# Without the mount, in a mount namespace of the test's own.
	run --separate-stderr unshare -m sh -c 'umount "$1" && shift && exec "$@"' - "$V1" \
		setpriv --reuid "$USR_NAME" --regid "$(id -g "$USR_NAME")" --init-groups --inh-caps=-all \
		--reset-env "$URUN" --root "$W/state" run -b "$BUNDLE" "$ID" < <(:)
	assert_one_line_error "this host has no cgroup v1 hierarchy 'name=systemd' mounted"
	assert_has "$stderr" "$commands"
}

@test "A08 paths that are no mount's, and a cgroup namespace that is not its own, are refused by name" {
	for path in '' relative /nowhere /sys/fs /; do
		annotate run.oci.systemd.force_cgroup_v1 "$path"
		run_user run -b "$BUNDLE" "$ID"
		assert_one_line_error '.annotations["run.oci.systemd.force_cgroup_v1"]' || fail "$path"
	done
	annotate run.oci.systemd.force_cgroup_v1 /sys/fs/cgroup
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "cgroup"))'
	run_user run -b "$BUNDLE" "$ID"
	assert_one_line_error .linux.namespaces
	v1_left
}

@test "A08 --dry-run tells of it, and makes nothing" {
	run_user run --dry-run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" $'\ncgroup-v1 /sys/fs/cgroup\n'
	v1_left
}

@test "A08 a container whose init has a stage before it is in there, too" {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}]'
	started
	assert_eq "$(v1_of "$INIT")" "/urun-$ID"
	inside 'grep name=systemd /proc/self/cgroup | cut -d: -f3'
	assert_output /
}
