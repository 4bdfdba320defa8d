#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# buildah run with urun as its runtime, without root and as root
# (engine-contracts.md 4): create, start, state every 100 ms, delete.

load engines

setup_file() {
	local who
	world_start
	[ -z "$WORLD_LACK" ] || return 0
	for who in world_user world; do
		$who buildah from --name b scratch < <(:)
		$who buildah add b /opt/urun/busybox.tar / < <(:)
	done
}

# buildah_run WHO OPTION... b COMMAND...
buildah_run() {
	local who=$1
	shift
	try "$who" buildah run --runtime "$URUN_THERE" --isolation oci --network none "$@"
	assert_eq "$(world_states "${who/world_/}" < <(:))" ''
}

# shellcheck disable=SC2016
lives() {
	buildah_run "$1" b -- sh -c 'echo out; echo err >&2; exit 7'
	assert_failure 7
	assert_output out
	assert_has "$stderr" err
	buildah_run "$1" b -- sh -c 'echo kept >/kept; sleep 0.3'
	assert_success
	buildah_run "$1" b -- cat /kept
	assert_output kept
	buildah_run "$1" --terminal b -- tty
	assert_success
	assert_has "$output" /dev/pts/0
	buildah_run "$1" --cap-drop all --hostname foo --user 3:4 --env A=b --workingdir /tmp b -- \
		sh -c 'grep CapEff /proc/self/status; hostname; id -u; echo $A; pwd'
	assert_output $'CapEff:\t0000000000000000\nfoo\n3\nb\n/tmp'
	buildah_run "$1" --volume /opt/urun:/v:ro b -- sh -c 'test -x /v/urun && ! touch /v/x 2>/dev/null'
	assert_success
	buildah_run "$1" b -- nope
	assert_failure
	assert_has "$stderr" 'exec: "nope": executable file not found in $PATH'
}

@test "EC4 rootless buildah run" {
	lives world_user
}

@test "EC4 root's buildah run" {
	lives world
}
