# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What the bats files share: `load ../lib/common`. Each test has its own folder
# $T with XDG_RUNTIME_DIR, state root and bundles below, and common_teardown
# checks that nothing of it outlives the test. See tests/README.md.

bats_require_minimum_version 1.5.0

PROCESSES=$URUN_TEST_DIR/tests/lib/processes

# ---- set up and tear down

common_setup() {
	T=$(mktemp -d "${TMPDIR:-/tmp}/t.XXXXXX")
	export XDG_RUNTIME_DIR=$T/xdg
	ROOT=$T/state
	BUNDLE=$T/bundle
	mkdir -m 0700 "$XDG_RUNTIME_DIR"
	ID=t$BATS_TEST_NUMBER-$$
	STARTED_PIDS=()
	mounts_at_setup=$(mount_lines)
	"$PROCESSES" note >"$T/.noted"
	unset LISTEN_FDS LISTEN_PID NOTIFY_SOCKET
	# The test's own output must stay writable when urun gives it to a sub-id.
	[ -z "${BATS_OUT-}" ] || chmod 0666 "$BATS_OUT"
}

# Tests with containers: as common_setup, and a bundle in $BUNDLE.
setup_bundle() {
	common_setup
	make_bundle "$BUNDLE" "$@"
}

common_teardown() {
	local id pid left=
	# setup has skipped the test before there was anything.
	[ -n "${T-}" ] || return 0
	for pid in ${STARTED_PIDS[@]+"${STARTED_PIDS[@]}"}; do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	if [ -d "$ROOT" ]; then
		for id in "$ROOT"/*/; do
			id=$(basename "$id")
			[ "$id" = '*' ] || urun delete --force "$id" || left+="cannot delete '$id'; "
		done
		for id in "$ROOT"/*/; do
			[ -d "$id" ] && left+="state folder $(basename "$id"); "
		done
	fi
	# What was killed a moment ago may need another to go.
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ -n "$(test_processes)" ] || break
		sleep 0.1
	done
	for pid in $(test_processes || echo unknown); do
		left+="process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null)); "
		kill -KILL "$pid" 2>/dev/null || :
	done
	[ "$(mount_lines)" = "$mounts_at_setup" ] || left+="mounts changed; "
	remove_tree "$T" || left+="$T cannot be removed; "
	if [ -n "$left" ]; then
		echo "left behind: $left"
		return 1
	fi
}

# Mounts that this test may have made or undone: root's could be any, a user's
# only where it has a folder (others on the machine mount things, too).
mount_lines() {
	if [ "$UID" = 0 ]; then
		cut -d ' ' -f 3- /proc/self/mountinfo
	else
		grep -F "/${T##*/}/" /proc/self/mountinfo || :
	fi
}

# Processes that this test started and that are still there (see processes.c).
# Where the user is no throw-away, or root, others of it may come and go.
test_processes() {
	if [ "$URUN_TEST_USERS" = made ] && [ "$UID" != 0 ]; then
		"$PROCESSES" left "$T" "$T/.noted"
	else
		"$PROCESSES" left "$T"
	fi
}

# Files of sub-ids can be removed in a user namespace that maps them only.
remove_tree() {
	chmod -R u+rwX "$1" 2>/dev/null
	rm -rf "$1" 2>/dev/null && return 0
	has_subids && unshare --map-auto --map-root-user rm -rf "$1" 2>/dev/null
	[ ! -e "$1" ]
}

# ---- urun

# urun ARGS...: with this test's state root. stdin is an empty pipe, unless the
# test gives one with urun_stdin.
urun() {
	: | "$URUN" --root "$ROOT" "$@"
}

urun_stdin() {
	"$URUN" --root "$ROOT" "$@"
}

# run_urun ARGS...: sets $status, $output and $lines (stdout), $stderr and
# $stderr_lines, as bats' run does. By files, not pipes, so that a container which
# keeps its stdio does not hold the test; files that all may use, because urun
# gives its stdio to the container's user.
run_urun() {
	rm -f "$T/.stdout" "$T/.stderr"
	: >"$T/.stdout"
	: >"$T/.stderr"
	chmod 0666 "$T/.stdout" "$T/.stderr"
	status=0
	urun "$@" >"$T/.stdout" 2>"$T/.stderr" || status=$?
	output=$(<"$T/.stdout")
	stderr=$(<"$T/.stderr")
	mapfile -t lines < <(grep . "$T/.stdout")
	mapfile -t stderr_lines < <(grep . "$T/.stderr")
}

# background COMMAND...: its pid is in $! and is ended with the test.
background() {
	"$@" &
	STARTED_PIDS+=($!)
}

state_of() {
	urun state "$1" | jq -r .status
}

pid_of() {
	urun state "$1" | jq -r .pid
}

# wait_until SECONDS COMMAND...: polls until the command is true.
wait_until() {
	local end=$(($(date +%s%N) + $1 * 1000000000))
	shift
	while ! "$@"; do
		[ "$(date +%s%N)" -lt "$end" ] || {
			echo "timed out waiting for: $*"
			return 1
		}
		sleep 0.02
	done
}

is_status() {
	[ "$(state_of "$1" 2>/dev/null)" = "$2" ]
}

# init_is_now PID ID: ROOT/ID names PID as init, with the start time of the old one.
init_is_now() {
	local start boot
	IFS=: read -r _ start boot <<<"$(readlink "$ROOT/$2/init")"
	ln -sfn "$1:$start:$boot" "$ROOT/$2/init"
	jq -c --argjson p "$1" '.pid = $p' "$ROOT/$2/state.json" >"$T/new" &&
		cp "$T/new" "$ROOT/$2/state.json"
}

wait_status() {
	wait_until "${3:-10}" is_status "$1" "$2"
}

# ---- bundles

# make_rootfs DIR: a busybox root of the test's own. The hundreds of links in
# bin are hard ones to the user's copy of it; no test can change a symlink.
make_rootfs() {
	cp -al "$URUN_TEST_ROOTFS" "$1" &&
		cp --remove-destination "$URUN_TEST_ROOTFS/bin/busybox" "$1/bin/" &&
		cp --remove-destination "$URUN_TEST_ROOTFS"/etc/* "$1/etc/"
}

# make_bundle DIR [COMMAND...]: a busybox root and the default config, without
# a terminal, that runs COMMAND (default: true).
make_bundle() {
	local dir=$1
	shift
	mkdir -p "$dir"
	make_rootfs "$dir/rootfs"
	if [ "$(id -u)" = 0 ]; then
		(cd "$dir" && urun spec)
	else
		(cd "$dir" && urun spec --rootless)
	fi
	[ $# -gt 0 ] || set -- true
	edit_config "$dir" '.process.terminal = false | .process.args = $ARGS.positional' \
		--args -- "$@"
}

# edit_config DIR JQ-FILTER [JQ-OPTIONS...]
edit_config() {
	local dir=$1 filter=$2
	shift 2
	jq "$filter" "$dir/config.json" "$@" >"$dir/config.new" &&
		mv "$dir/config.new" "$dir/config.json"
}

# set_args DIR COMMAND...
set_args() {
	local dir=$1
	shift
	edit_config "$dir" '.process.args = $ARGS.positional' --args -- "$@"
}

# set_script DIR TEXT: the container runs this shell text.
set_script() {
	set_args "$1" /bin/sh -c "$2"
}

# map_subids DIR: root in the container is the caller, the rest its sub-ids.
map_subids() {
	local u g
	u=$(subid_line /etc/subuid) || return 1
	g=$(subid_line /etc/subgid) || return 1
	edit_config "$1" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1},
			{containerID: 1, hostID: $u0, size: $un}] |
		.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1},
			{containerID: 1, hostID: $g0, size: $gn}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)" \
		--argjson u0 "${u% *}" --argjson un "${u#* }" \
		--argjson g0 "${g% *}" --argjson gn "${g#* }"
}

# The caller's first range in a sub-id file: "FIRST COUNT".
subid_line() {
	awk -F: -v n="$(id -un)" -v u="$(id -u)" \
		'$1 == n || $1 == u { print $2, $3; found = 1; exit } END { exit !found }' "$1"
}

has_subids() {
	subid_line /etc/subuid >/dev/null && subid_line /etc/subgid >/dev/null
}

# ---- skips: each names what is missing

need_root() {
	[ "$(id -u)" = 0 ] || skip "needs root"
}

need_subids() {
	has_subids || skip "user '$(id -un)' has no lines in /etc/subuid and /etc/subgid"
}

need_command() {
	local c
	for c; do
		command -v "$c" >/dev/null || skip "needs the program '$c'"
	done
}

# What the program says of itself decides: it may have been built with --disable-seccomp.
has_seccomp() {
	"$URUN" features | jq -e .linux.seccomp.enabled >/dev/null
}

need_seccomp() {
	has_seccomp || skip "this urun was built without libseccomp"
}

# ---- asserts: all say what they saw

fail() {
	printf '%s\n' "$@"
	show_run
	return 1
}

show_run() {
	printf 'status: %s\nstdout: %s\nstderr: %s\n' "${status-}" "${output-}" "${stderr-}"
}

assert_success() {
	[ "$status" = 0 ] || fail "expected success"
}

# assert_failure [STATUS]
assert_failure() {
	if [ $# -gt 0 ]; then
		[ "$status" = "$1" ] || fail "expected exit status $1"
	else
		[ "$status" != 0 ] || fail "expected a failure"
	fi
}

assert_eq() {
	[ "$1" = "$2" ] || fail "got:  $1" "want: $2"
}

# assert_has TEXT PART
assert_has() {
	case $1 in *"$2"*) ;; *) fail "text:  $1" "lacks: $2" ;; esac
}

assert_lacks() {
	case $1 in *"$2"*) fail "text: $1" "has:  $2" ;; esac
}

assert_match() {
	[[ $1 =~ $2 ]] || fail "text: $1" "does not match: $2"
}

assert_output() {
	[ "$output" = "$1" ] || fail "expected stdout: $1"
}

# Engines merge stderr into what they parse: silent on success.
assert_quiet() {
	assert_success && [ -z "$stderr" ] || fail "expected nothing on stderr"
}

# One line that starts with the program's name and ends without a full stop.
assert_one_line_error() {
	assert_failure || return 1
	[ "$(printf '%s' "$stderr" | grep -vc '^hint: ')" = 1 ] ||
		fail "expected exactly one error line"
	assert_match "$stderr" '^urun: '
	assert_lacks "${stderr}$" '.$'
	if [ $# -gt 0 ]; then
		assert_has "$stderr" "$1"
	fi
}

# A host-side error must not be taken for a missing or forbidden command
# (podman makes 127 and 126 of such texts).
assert_no_engine_words() {
	if printf '%s\n' "$stderr" | grep -qiE \
		'permission denied|operation not permitted|no such file or directory|executable file not found'; then
		fail "the error reads like one about the user's command"
	fi
}

# library_path SONAME: the file that programs of this machine get.
library_path() {
	/sbin/ldconfig -p | awk -v n="$1" '$1 == n && /x86-64|AArch64|libc6\)/ { print $NF; exit }'
}

# with_library COMMAND...: what is in $T/lib is found before the machine's libraries.
with_library() {
	local -x LD_LIBRARY_PATH=$T/lib
	"$@"
}

# fails PART...: the last command failed with one line that holds the parts.
fails() {
	local part
	assert_one_line_error || return 1
	assert_no_engine_words || return 1
	for part; do
		assert_has "$stderr" "$part" || return 1
	done
}
