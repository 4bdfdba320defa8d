#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# containerd's own client with urun behind the shim (engine-contracts.md 5): a
# daemon with its state and socket in the world.

load engines

setup_file() {
	world_start
	[ -z "$WORLD_LACK" ] || return 0
	world sh -c 'podman import --quiet /opt/urun/busybox.tar bb >/dev/null 2>&1 &&
		podman save --quiet --format oci-archive -o /tmp/bb.oci bb' < <(:)
	world sh -c 'mkdir /run/ctd && cat >/run/ctd/config.toml' <<'CONFIG'
version = 2
root = "/var/lib/ctd"
state = "/run/ctd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "/run/ctd/sock"
CONFIG
	# No time limit: its end is the world's.
	world sh -c 'setsid containerd --config /run/ctd/config.toml >/run/ctd/log 2>&1 &' < <(:)
	wait_until 20 world test -S /run/ctd/sock
	ctr image import /tmp/bb.oci >/dev/null < <(:)
}

teardown() {
	[ -z "$WORLD_LACK" ] || return 0
	world sh -c 'for id in $(ctr -a /run/ctd/sock task ls -q); do ctr -a /run/ctd/sock task rm -f $id; done
		for id in $(ctr -a /run/ctd/sock container ls -q); do ctr -a /run/ctd/sock container rm $id; done' \
		>/dev/null 2>&1 < <(:)
	assert_eq "$(world sh -c 'ls /run/containerd/runc/default 2>/dev/null' < <(:))" ''
}

ctr() {
	world ctr --address /run/ctd/sock "$@"
}

ctr_run() {
	try ctr run --snapshotter native --runc-binary "$URUN_THERE" "$@"
}

IMAGE=localhost/bb:latest

@test "EC5 ctr run: output, exit status" {
	ctr_run --rm "$IMAGE" "$C" sh -c 'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_has "$stderr" err
}

@test "EC5 ctr run: the last error of the log is the message, and nothing stays" {
	ctr_run --rm "$IMAGE" "$C" nope
	assert_failure
	assert_has "$stderr" 'OCI runtime create failed: exec: "nope": executable file not found in $PATH'
	ctr_run --rm --cwd /none "$IMAGE" "$C" /nope
	assert_failure
	assert_has "$stderr" 'no such file or directory'
}

@test "EC5 ctr run -d, task exec, ps, kill, rm" {
	ctr_run -d "$IMAGE" "$C" sleep 1000
	assert_success
	try_ok ctr task ls
	assert_match "$output" "$C +[0-9]+ +RUNNING"
	try ctr task exec --exec-id e1 "$C" sh -c 'echo in; exit 4'
	assert_failure 4
	assert_output in
	try ctr task exec --exec-id e2 "$C" nope
	assert_failure
	assert_has "$stderr" 'OCI runtime exec failed: exec: "nope": executable file not found in $PATH'
	try_ok ctr task ps "$C"
	assert_eq "$(wc -l <"$BATS_TEST_TMPDIR/stdout")" 2
	try_ok ctr task kill -s TERM "$C"
	try_ok ctr task kill -s KILL "$C"
	wait_until 10 stopped
	try ctr task kill -s KILL "$C"
	try ctr task rm "$C"
	assert_lacks "$stderr" 'failed'
	try_ok ctr container rm "$C"
}

stopped() {
	world ctr --address /run/ctd/sock task ls < <(:) | grep -q "$C .*STOPPED"
}

@test "EC5 ctr run -t and task exec -t: the console socket" {
	try world script -qec "ctr --address /run/ctd/sock run --rm -t --snapshotter native \
		--runc-binary $URUN_THERE $IMAGE $C tty" /dev/null
	assert_success
	assert_has "$output" /dev/pts/0
	ctr_run -d "$IMAGE" "$C.d" sleep 1000
	try world script -qec "ctr --address /run/ctd/sock task exec -t --exec-id e1 $C.d tty" /dev/null
	assert_success
	assert_match "$output" '/dev/pts/[0-9]'
}

@test "EC5 ctr run: user, environment, mounts, read-only root, host network, privileged" {
	ctr_run --rm --user 5:6 --env A=b --cwd /tmp --mount type=bind,src=/opt/urun,dst=/v,options=rbind:ro \
		"$IMAGE" "$C" sh -c 'id -u; echo $A; pwd; test -x /v/urun && ! touch /v/x 2>/dev/null && echo ro'
	assert_output $'5\nb\n/tmp\nro'
	ctr_run --rm --read-only --net-host "$IMAGE" "$C" sh -c '! touch /f 2>/dev/null; readlink /proc/self/ns/net'
	assert_output "$(world readlink /proc/self/ns/net < <(:))"
	ctr_run --rm --privileged "$IMAGE" "$C" grep CapEff /proc/self/status
	assert_match "$output" '1ff[ef]+$'
}

@test "EC5 ctr task pause and resume" {
	urun_has pause || skip "this urun has no command 'pause' yet"
	ctr_run -d "$IMAGE" "$C" sleep 1000
	assert_success
	try_ok ctr task pause "$C"
	try_ok ctr task ls
	assert_match "$output" "$C +[0-9]+ +PAUSED"
	try_ok ctr task resume "$C"
}

@test "EC5 ctr plugins inspect-runtime: features" {
	try ctr plugins inspect-runtime --help
	[ "$status" = 0 ] || skip "this ctr cannot inspect a runtime"
	try_ok ctr plugins inspect-runtime --runtime io.containerd.runc.v2 --runc-binary "$URUN_THERE"
	assert_has "$output" mountOptions
}
