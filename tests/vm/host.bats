# SPDX-License-Identifier: Apache-2.0
#
# The machine itself: what other files rely on, in both positions.
load vm

setup() { vm_setup; }
teardown() { vm_teardown; }

@test "machine: systemd runs it, with cgroup2 alone, and a manager of the user's" {
	assert_eq "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
	[ -d /run/systemd/system ]
	assert_eq "$(</proc/1/comm)" systemd
	assert_match "$(systemctl --user is-system-running || :)" '^(running|degraded)$'
	[ -S "/run/user/$UID/bus" ]
	assert_eq "$XDG_RUNTIME_DIR" "/run/user/$UID"
}

@test "machine: all controllers are delegated to the user" {
	local controller
	assert_eq "$(stat -c %u "$USER_CGROUP" "$USER_CGROUP/cgroup.subtree_control" | sort -u)" 1000
	for controller in cpuset cpu io memory pids hugetlb rdma misc; do
		assert_has " $(<"$USER_CGROUP/cgroup.controllers") " " $controller "
	done
}

@test "machine: the caller stands where its stream says" {
	case $URUN_VM_STREAM in
	service) assert_match "$(cgroup_of $$)" "^$USER_CGROUP/app.slice/urun-caller.service" ;;
	session)
		assert_match "$(cgroup_of $$)" '/user-1000\.slice/session-c?[0-9]+\.scope$'
		assert_eq "$(stat -c %u "$(cgroup_of $$)")" 0 ;;
	*) fail "an unknown stream: $URUN_VM_STREAM" ;;
	esac
}

@test "machine: the user has sub-ids and another group, plain has none" {
	assert_eq "$(id -un) $UID" 'user 1000'
	assert_eq "$(subid_line /etc/subuid) $(subid_line /etc/subgid)" '100000 65536 100000 65536'
	assert_has " $(id -Gn) " ' extra '
	assert_eq "$(id -u plain)" 1001
	! grep -q plain /etc/subuid /etc/subgid
	assert_eq "$(unshare --user --map-auto --map-root-user cat /proc/self/uid_map | wc -l)" 2
}

@test "machine: the built urun runs there" {
	setup_here
	assert_quiet
	assert_output "$(printf 'in\n0')"
}

setup_here() {
	make_bundle "$BUNDLE" /bin/sh -c 'echo in; id -u'
	run_urun --cgroup-manager=disabled run -b "$BUNDLE" "$ID"
}

@test "machine: a unit of the user's manager has the files of its limits" {
	local dir
	background systemd-run --user --pipe --wait --quiet --collect --unit="urt-$ID" \
		-p MemoryMax=32M -p TasksMax=7 -p CPUQuota=30% -p AllowedCPUs=0 -p IOWeight=50 \
		sleep 1000 >/dev/null 2>&1 3>&-
	wait_until 60 unit_is "urt-$ID.service" active
	dir=$(unit_cgroup "urt-$ID.service")
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max") $(<"$dir/cpu.max") $(<"$dir/cpuset.cpus")" \
		"$((32 << 20)) 7 30000 100000 0"
	assert_eq "$(<"$dir/io.weight")" 'default 50'
	systemctl --user stop "urt-$ID.service"
}
