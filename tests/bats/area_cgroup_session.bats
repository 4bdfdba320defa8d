# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# Callers outside of their systemd's cgroup: a login's session, a batch job. Nothing of
# theirs can be moved into it (root owns what is common), so systemd starts the same
# command once more (src/run/relay.h).
load ../lib/common
load ../lib/user_manager

setup() { manager_setup setup_bundle; }
teardown() { manager_teardown; }

# A cgroup namespace would hide where it is.
host_cgroup() {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "cgroup"))'
}

# run_at POSITION ARGUMENT...: urun there; sets $status, $output, $stderr.
run_at() {
	local position=$1
	shift
	run --separate-stderr at "$position" "$URUN" --root "$ROOT" "$@"
}

@test "N07 D10 from a session: the container is in a scope of the user's systemd" {
	host_cgroup
	set_script "$BUNDLE" 'grep ^0:: /proc/self/cgroup'
	run_at session run -b "$BUNDLE" "$ID"
	assert_eq "$status" 0
	assert_eq "$stderr" ''
	assert_eq "$output" "0::${MANAGER_CGROUP#"$MANAGER_CGROUP2"}/app.slice/urun-$ID.scope/container"
}

@test "N07 D10 from a batch job: the same" {
	host_cgroup
	set_script "$BUNDLE" 'grep ^0:: /proc/self/cgroup'
	run_at batch run -b "$BUNDLE" "$ID"
	assert_eq "$status" 0
	assert_match "$output" "/app.slice/urun-$ID.scope/container\$"
}

@test "N07 from a service: nothing is started once more" {
	set_script "$BUNDLE" 'true'
	run_at service --debug run -b "$BUNDLE" "$ID"
	assert_eq "$status" 0
	assert_lacks "$stderr" 'urun-relay'
	assert_has "$stderr" "step place-init"
}

@test "N07 from a session: stdio, exit status, environment of hooks, working folder" {
	set_script "$BUNDLE" 'cat; echo to-stderr >&2; exit 7'
	cd "$BUNDLE"
	echo from-stdin >"$T/in"
	run --separate-stderr at session "$URUN" --root "$ROOT" run "$ID" <"$T/in"
	assert_eq "$status" 7
	assert_eq "$output" from-stdin
	assert_eq "$stderr" to-stderr
}

@test "N07 from a session: the signal that ends the container is in the status" {
	set_script "$BUNDLE" 'echo up; sleep 1000'
	background at session "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local status=0 waited=$!
	wait_until 20 grep -q up "$T/out"
	urun kill "$ID" KILL
	wait "$waited" || status=$?
	assert_eq "$status" 137
}

@test "N07 from a session: umask, limits, affinity and ignored signals are the caller's" {
	edit_config "$BUNDLE" 'del(.process.rlimits)'
	set_script "$BUNDLE" 'grep -E "Max open files|Max core" /proc/self/limits; grep ^Cpus_allowed: /proc/self/status'
	cat >"$T/caller" <<-'SCRIPT'
		ulimit -Sn 333; ulimit -c 0; umask 0077
		taskset -p 1 $$ >/dev/null
		exec "$@"
	SCRIPT
	run --separate-stderr at session bash "$T/caller" "$URUN" --root "$ROOT" run --pid-file "$T/pid" \
		-b "$BUNDLE" "$ID"
	assert_eq "$status" 0
	assert_match "$output" 'Max open files +333 '
	assert_match "$output" 'Max core file size +0 '
	assert_match "$output" 'Cpus_allowed:.0*1$'
}

@test "N07 from a session: descriptors that are passed, and no other" {
	set_script "$BUNDLE" 'cat <&3; ls /proc/self/fd | wc -l'
	echo through-3 >"$T/three"
	run --separate-stderr at session "$URUN" --root "$ROOT" run --preserve-fds 1 -b "$BUNDLE" "$ID" \
		3<"$T/three" 4<"$T/three"
	assert_eq "$status" 0
	assert_eq "${lines[0]}" through-3
	# 0, 1, 2, 3 and that of the folder itself
	assert_eq "${lines[1]}" 5
}

@test "N07 from a session: signals reach the container" {
	set_script "$BUNDLE" 'trap "exit 42" USR1; echo up; while :; do sleep 0.1; done'
	# shellcheck disable=SC2016
	background at session bash -c 'echo $$ >"$0"; exec "$@"' "$T/pid" "$URUN" --root "$ROOT" \
		run -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	local status=0 waited=$!
	wait_until 20 grep -q up "$T/out"
	assert_eq "$(state_of "$ID")" running
	kill -USR1 "$(<"$T/pid")"
	wait "$waited" || status=$?
	assert_eq "$status" 42
}

@test "N07 from a session: an error is the caller's to see, once" {
	set_args "$BUNDLE" /nope
	run_at session run -b "$BUNDLE" "$ID"
	assert_eq "$status" 1
	assert_has "$stderr" 'no such file or directory'
	assert_eq "$(wc -l <<<"$stderr")" 1
	run_at session run -b "$T/nowhere" "$ID"
	assert_eq "$status" 1
	assert_eq "$(wc -l <<<"$stderr")" 1
}

@test "N07 another mount namespace is no place for systemd's help: the caller goes on himself" {
	set_script "$BUNDLE" 'echo ran'
	run --separate-stderr at session unshare -rm "$URUN" --root "$ROOT" --debug run -b "$BUNDLE" "$ID"
	assert_eq "$status" 0
	assert_eq "$output" ran
	assert_has "$stderr" 'no cgroup for the container'
	# Who wants one must hear of it.
	run --separate-stderr at session unshare -rm "$URUN" --root "$ROOT" --systemd-cgroup run \
		-b "$BUNDLE" "$ID"
	assert_eq "$status" 1
	assert_has "$stderr" "urun-$ID.scope"
}

@test "N07 from a session, with a cgroup manager that is not systemd: nothing is started once more" {
	set_script "$BUNDLE" 'echo ran'
	run_at session --cgroup-manager disabled run -b "$BUNDLE" "$ID"
	assert_eq "$output" ran
	run_at session --cgroup-manager cgroupfs run -b "$BUNDLE" "$ID"
	assert_eq "$status" 1
	assert_has "$stderr" 'is not yours to change'
}
