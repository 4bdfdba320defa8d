#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# Root's podman with urun as its runtime (engine-contracts.md 3). Its containers
# have a limit of processes by default, which needs the host's controller on v2.

load engines

setup_file() {
	world_start
	[ -z "$WORLD_LACK" ] || return 0
	has_limits || world sh -c 'mkdir -p /etc/containers/containers.conf.d
		printf "[containers]\npids_limit = -1\n" >/etc/containers/containers.conf.d/limits.conf' < <(:)
	world podman import "/opt/urun/busybox.tar" bb < <(:)
}

teardown() {
	no_podman_left root
}

podman() {
	world podman --cgroup-manager cgroupfs --runtime "$URUN_THERE" "$@"
}

has_limits() {
	grep -qw pids /sys/fs/cgroup/cgroup.controllers 2>/dev/null
}

podman_run() {
	try podman run --network none "$@"
}

@test "EC3 root's podman run with its default limits" {
	has_limits || skip "the cgroup v2 of this host has no pids controller"
	podman_run --rm bb cat /sys/fs/cgroup/pids.max
	assert_success
	assert_output 2048
}

@test "EC3 root's podman run: output, exit status, 127, terminal" {
	podman_run --rm bb sh -c 'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_eq "$stderr" err
	podman_run --rm bb nope
	assert_failure 127
	podman_run --rm -t bb tty
	assert_match "$output" '^/dev/pts/0'
}

@test "EC3 root's podman: exec, kill, stop, rm" {
	podman_run -d --name "$C" --stop-timeout 0 bb sleep 1000
	assert_success
	try podman exec "$C" sh -c 'id -u; exit 5'
	assert_failure 5
	assert_output 0
	try_ok podman exec -t "$C" tty
	try_ok podman kill "$C"
	try_ok podman wait "$C"
	assert_output 137
	try_ok podman start "$C"
	try_ok podman stop -t 0 "$C"
	try_ok podman rm "$C"
}

@test "EC3 root's podman: user namespaces, devices, tmpfs, volumes" {
	podman_run --rm --userns auto:size=1000 -v v:/v bb sh -c 'awk "{ print \$3 }" /proc/self/uid_map; touch /v/f'
	assert_success
	assert_output 1000
	podman_run --rm --device /dev/fuse --tmpfs /x:size=1m -v v:/v bb \
		sh -c 'stat -c %t:%T /dev/fuse; df /x | awk "NR > 1 { print \$2 }"; ls /v'
	assert_output $'a:e5\n1024\nf'
	podman_run --rm --user 5:6 --cap-drop all bb sh -c 'id -u; grep CapBnd /proc/self/status'
	assert_output $'5\nCapBnd:\t0000000000000000'
	podman_run --rm --privileged bb sh -c 'test -c /dev/fuse'
	assert_success
}

@test "EC3 root's podman: the world's device nodes keep their owner and mode" {
	podman_run --rm --user 5:6 bb sh -c 'echo >/dev/null; echo x'
	assert_output x
	assert_eq "$(world stat -c '%u:%g %a' /dev/null /dev/zero < <(:))" $'0:0 666\n0:0 666'
}

@test "EC3 root's podman pods" {
	try_ok podman pod create --name pod --network none
	podman_run -d --pod pod --name "$C" bb sleep 1000
	assert_success
	try_ok podman exec "$C" hostname
	assert_output pod
	try_ok podman pod rm --force --time 0 pod
}
