# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager hybrid
#
# The world of tests/lib/user_manager.sh where cgroup2 is mounted beside v1.
load ../lib/common
load ../lib/user_manager

setup() { manager_setup; }
teardown() { manager_teardown; }

@test "user manager: scopes and services where cgroup2 is beside v1" {
	assert_eq "$MANAGER_LAYOUT" hybrid
	assert_eq "$(stat -f -c %T /sys/fs/cgroup /sys/fs/cgroup/unified | tr '\n' ' ')" \
		'tmpfs cgroup2fs '
	run systemd-run --user --scope --quiet --collect -p Delegate=yes cat /proc/self/cgroup
	assert_success
	assert_has "$output" "0::/${MANAGER_WORLD##*/}/user@$UID.service/app.slice/run-"
	run at session systemd-run --user --pipe --wait --quiet cat /proc/self/cgroup
	assert_success
	assert_has "$output" "/user@$UID.service/app.slice/run-"
}
