# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the files in tests/vm share: `load vm`. They run in the emulated machine,
# as the user of $URUN_VM_STREAM where that stands: `service` is below
# user@1000.service, `session` in a login session's scope; see tests/vm/guest.sh.
#
# Every command takes twenty times as long as on the host, and the other stream
# runs at the same time: wait with wait_until, count, and never judge by a clock.

load ../lib/common
load ../lib/systemd

# vm_setup [COMMAND...]: behind common_setup, or setup_bundle and the like; the
# machine's own XDG_RUNTIME_DIR stays.
vm_setup() {
	local runtime=${XDG_RUNTIME_DIR-}
	"${@:-common_setup}"
	export XDG_RUNTIME_DIR=$runtime
}

vm_teardown() {
	local status=0
	[ -n "${T-}" ] || return 0
	common_teardown || status=1
	# The other stream has units too; ours carry the test's name.
	systemd_left "$ID" || status=1
	return $status
}

# USER_CGROUP: the folder of what is delegated to this user.
USER_CGROUP=/sys/fs/cgroup/user.slice/user-$UID.slice/user@$UID.service

# with_image: `bb` is a busybox in the user's podman, made once per machine.
with_image() {
	(
		flock 9
		podman image exists bb 2>/dev/null ||
			tar -C "$URUN_TEST_ROOTFS" --owner=0 --group=0 -c . | podman import --quiet - bb
	) 9>"$HOME/.image.lock" >/dev/null
}

# at_service COMMAND...: below user@UID.service, by its manager, wherever we are.
at_service() {
	systemd-run --user --pipe --wait --quiet --collect --service-type=exec \
		--setenv=PATH="$PATH" -- "$@"
}
