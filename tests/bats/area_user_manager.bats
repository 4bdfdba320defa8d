# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# The world of tests/lib/user_manager.sh itself: what other files rely on.
load ../lib/common
load ../lib/user_manager

setup() { manager_setup; }
teardown() { manager_teardown; }

# sleeper UNIT [SYSTEMD-RUN-OPTION...]: a scope with one process; sets $PID.
sleeper() {
	local unit=$1
	shift
	background systemd-run --user --scope --quiet --collect --unit="$unit" "$@" \
		sleep 1000 >/dev/null 2>&1 3>&- < <(:)
	PID=$!
	wait_until 10 is_in "$PID" "$unit"
}

# is_in PID UNIT
is_in() {
	[ "$(unit_name_of "$1")" = "$2" ] && [ "$(<"/proc/$1/comm")" = sleep ]
}

ends() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

@test "user manager: it is a true one, of this user, in a cgroup of this user" {
	assert_eq "$(systemctl --user is-system-running)" running
	assert_eq "$(stat -c %u "/proc/$MANAGER_PID")" "$UID"
	assert_eq "$(<"/proc/$MANAGER_PID/comm")" systemd
	assert_eq "$(cgroup_of "$MANAGER_PID")" "$MANAGER_CGROUP/init.scope"
	assert_eq "$(unit_cgroup init.scope)" "$MANAGER_CGROUP/init.scope"
	assert_eq "$(stat -c %u "$MANAGER_CGROUP" "$MANAGER_CGROUP/cgroup.procs" |
		sort -u)" "$UID"
	assert_eq "$(stat -c %u "$MANAGER_WORLD" "$MANAGER_CGROUP/cgroup.kill" | sort -u)" 0
	[ -d /run/systemd/system ]
	[ -S "$XDG_RUNTIME_DIR/bus" ]
}

@test "user manager: the layout is the one the file asks for" {
	assert_eq "$MANAGER_LAYOUT" unified
	assert_eq "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
	assert_eq "$(cgroup2_mount)" "$MANAGER_CGROUP2"
	assert_eq "$(unit_property urun-caller.scope ControlGroup)" \
		"$(sed -n 's/^0:://p' /proc/self/cgroup)"
}

@test "user manager: a scope starts, has its process, and goes with it" {
	sleeper urt-scope.scope
	assert_eq "$(unit_property urt-scope.scope ActiveState)" active
	assert_eq "$(cgroup_of "$PID")" "$(unit_cgroup urt-scope.scope)"
	assert_eq "$(<"$(unit_cgroup urt-scope.scope)/cgroup.procs")" "$PID"
	kill -KILL "$PID"
	wait_until 10 ends "$PID"
	wait_until 10 eval '! unit_exists urt-scope.scope'
}

@test "user manager: the check at the end of a test finds a unit and a cgroup" {
	sleeper urt-left.scope -p Delegate=yes
	mkdir "$(unit_cgroup urt-left.scope)/mine"
	run systemd_left
	assert_failure
	assert_has "$output" urt-left.scope
	assert_has "$output" urt-left.scope/mine
	wait_until 10 ends "$PID"
	! unit_exists urt-left.scope
	systemd_left
}

@test "user manager: a delegated scope may have cgroups below, with their own limits" {
	local dir
	has_controller hugetlb "$MANAGER_CGROUP" || skip "the host's cgroup2 has no hugetlb"
	sleeper urt-delegated.scope -p Delegate=yes
	dir=$(unit_cgroup urt-delegated.scope)
	mkdir "$dir/container"
	echo "$PID" >"$dir/container/cgroup.procs"
	enable_controller hugetlb "$MANAGER_CGROUP" "$dir/container"
	echo 4M >"$dir/container/hugetlb.2MB.max"
	assert_eq "$(<"$dir/container/hugetlb.2MB.max")" $((4 << 20))
	systemctl --user daemon-reload
	assert_eq "$(<"$dir/container/hugetlb.2MB.max")" $((4 << 20))
	assert_eq "$(cgroup_of "$PID")" "$dir/container"
}

@test "user manager: a scope can be frozen, thawed and killed by its files" {
	local dir
	sleeper urt-frozen.scope -p Delegate=yes
	dir=$(unit_cgroup urt-frozen.scope)
	mkdir "$dir/container"
	echo "$PID" >"$dir/container/cgroup.procs"
	echo 1 >"$dir/container/cgroup.freeze"
	wait_until 10 eval '[ "$(key "'"$dir"'/container/cgroup.events" frozen)" = 1 ]'
	echo 0 >"$dir/container/cgroup.freeze"
	wait_until 10 eval '[ "$(key "'"$dir"'/container/cgroup.events" frozen)" = 0 ]'
	echo 1 >"$dir/container/cgroup.kill"
	wait_until 10 ends "$PID"
}

@test "user manager: callers stand inside, in a session, in a batch job" {
	run at session cat /proc/self/cgroup
	assert_has "$output" "${MANAGER_WORLD##*/}/session-1.scope"
	run at batch cat /proc/self/cgroup
	assert_has "$output" "${MANAGER_WORLD##*/}/job_1/step_0"
	# What was moved out cannot come back by itself, nor bring its child.
	run at session sh -c 'echo $$ >"$0/start/cgroup.procs"' "$MANAGER_CGROUP"
	assert_failure
	run at session systemd-run --user --scope --quiet true
	assert_failure
	systemctl --user reset-failed
	run at session systemd-run --user --pipe --wait --quiet cat /proc/self/cgroup
	assert_success
	assert_has "$output" "/user@$UID.service/app.slice/"
	run at service cat /proc/self/cgroup
	assert_match "$output" "0::/${MANAGER_WORLD##*/}/user@$UID.service/app.slice/run-[^/]*\.scope"
}

@test "user manager: a scope that failed keeps its name" {
	failed_unit urt-stale.scope
	assert_eq "$(unit_property urt-stale.scope Result)" timeout
	run systemd-run --user --scope --quiet --unit=urt-stale.scope true
	assert_failure
	systemctl --user reset-failed urt-stale.scope
	systemd-run --user --scope --quiet --collect --unit=urt-stale.scope true
}

@test "user manager: stopped, it does not answer; continued, it does" {
	manager_stop
	run timeout 0.5 systemctl --user show --property Version
	assert_failure 124
	manager_continue
	systemctl --user show --property Version
}

@test "user manager: the bus is found, lacking, dead, forbidden, another's, or new" {
	ask() { timeout 20 busctl --user list --no-pager; }
	ask >/dev/null
	run with_bus none ask
	assert_failure
	assert_has "$output" "No such file"
	run with_bus refused ask
	assert_failure
	assert_has "$output" "Connection refused"
	run with_bus denied ask
	assert_failure
	assert_has "$output" "Permission denied"
	run with_bus foreign ask
	assert_failure
	with_bus address ask >/dev/null
	bus_kill
	ask >/dev/null
	assert_eq "$(stat -c %u "$MANAGER_FOREIGN" "$MANAGER_FOREIGN/bus" | sort -u)" 0
}

@test "user manager: nothing of the host's is to be seen in its units" {
	run systemctl --user list-units --plain --no-legend --type=service,socket,scope,timer
	assert_success
	output=$(awk '{ print $1 }' <<<"$output" | grep -vE '^dbus\.' | sort | tr '\n' ' ')
	assert_output 'init.scope urun-caller.scope '
}
