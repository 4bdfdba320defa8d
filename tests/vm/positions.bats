# SPDX-License-Identifier: Apache-2.0
# urun-test-position: session
#
# The container is made in one position, and used from the other.
load vm

setup() { vm_setup setup_bundle sleep 1000; }
teardown() { vm_teardown; }

# there ARGS...: urun with the same state root below user@UID.service. By files: a
# container that keeps its stdio does not hold the test.
there() {
	: >"$T/out"
	chmod 0666 "$T/out"
	status=0
	at_service "$URUN" --root "$ROOT" "$@" >"$T/out" 2>&1 < <(:) || status=$?
	output=$(<"$T/out")
}

@test "E19 D10 exec from a session into a container of the service's, and the other way round" {
	local place
	there --cgroup-manager=systemd create -b "$BUNDLE" "$ID"
	assert_success
	place=$(sed -n 's/^0:://p' "/proc/$(pid_of "$ID")/cgroup")
	run_urun start "$ID"
	assert_quiet
	run_urun exec "$ID" cat /proc/self/cgroup
	assert_quiet
	assert_output 0::/
	run_urun exec --detach --pid-file "$T/pid" "$ID" sleep 1000
	assert_quiet
	assert_eq "$(sed -n 's/^0:://p' "/proc/$(<"$T/pid")/cgroup")" "$place"
	run_urun delete --force "$ID"
	assert_quiet

	run_urun --cgroup-manager=systemd create -b "$BUNDLE" "$ID"
	assert_quiet
	there start "$ID"
	assert_success
	there exec "$ID" cat /proc/self/cgroup
	assert_success
	assert_output 0::/
	there kill "$ID" KILL
	assert_success
	wait_status "$ID" stopped 60
	there delete "$ID"
	assert_success
}
