#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# What real root's container has of cgroups: a directory of cgroup2, below one of the
# test's own.
load ../lib/common
load ../lib/process
load ../lib/systemd
load ../lib/cgroups

setup() {
	need_root
	CGROUP2=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$CGROUP2" ] || skip "needs a mounted cgroup2"
	case $CGROUP2 in
	/sys/fs/cgroup | /sys/fs/cgroup/unified) ;;
	*) skip "cgroup2 is at '$CGROUP2'" ;;
	esac
	mkdir "$CGROUP2/urt-$$" 2>/dev/null || skip "needs a cgroup2 that root may write to"
	BOX=$CGROUP2/urt-$$
	setup_bundle sleep 1000
	cgroups_path "/urt-$$/$ID"
}

teardown() {
	local status=0
	[ -n "${BOX-}" ] || return 0
	common_teardown || status=1
	rmdir "$BOX" || status=1
	return $status
}

# mapped FIRST: a user namespace in which root has no id.
mapped() {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}] |
		.linux.uidMappings = [{containerID: 0, hostID: $f, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: ($f + 5), size: 1000}]' --argjson f "$1"
	chmod -R a+rX "$BUNDLE/rootfs"
	chmod 0755 "$T" "$BUNDLE"
}

@test "M20 a writable cgroup is that of the container's root, also where root has no id in there" {
	mapped 700000
	writable_cgroup
	created
	assert_quiet
	assert_eq "$(init_cgroup)" "$BOX/$ID"
	assert_eq "$(stat -c %u:%g "$BOX/$ID")" 700000:700005
	assert_eq "$(owned_files 700000 "$BOX/$ID")" "$(delegate_files "$BOX/$ID")"
	exec_script 'mkdir /sys/fs/cgroup/x && echo $$ >/sys/fs/cgroup/x/cgroup.procs && grep ^0: /proc/self/cgroup'
	assert_output 0::/x
	urun delete --force "$ID"
	[ ! -e "$BOX/$ID" ]
}

@test "A10 root gives it to a user namespace in which root has no id" {
	mapped 700000
	writable_cgroup
	annotate run.oci.delegate-cgroup inner
	created
	assert_quiet
	dir=$BOX/$ID/inner
	assert_eq "$(init_cgroup)" "$dir"
	assert_eq "$(stat -c %u:%g "$dir")" 700000:700005
	assert_eq "$(owned_files 700000 "$dir")" "$(delegate_files "$dir")"
	assert_eq "$(stat -c %u "$BOX/$ID")" 0
	exec_script 'grep ^0: /proc/self/cgroup; mkdir /sys/fs/cgroup/inner/x && echo $$ >/sys/fs/cgroup/inner/x/cgroup.procs && grep ^0: /proc/self/cgroup'
	assert_success
	assert_eq "${lines[*]}" '0::/inner 0::/inner/x'
	urun delete --force "$ID"
	[ ! -e "$BOX/$ID" ]
}

@test "A10 root, without a user namespace: it is root's own" {
	annotate run.oci.delegate-cgroup inner
	created
	assert_eq "$(init_cgroup)" "$BOX/$ID/inner"
	assert_eq "$(stat -c %u "$BOX/$ID/inner")" 0
	urun delete --force "$ID"
	[ ! -e "$BOX/$ID" ]
}
