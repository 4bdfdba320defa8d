#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Every step of create, run, start and exec fails once, dies once, and loses
# its parent once (C19, S4): what is left must be nothing, or go with
# delete --force. By urun-test: urun with tests/lib/test_hooks.c.

load ../lib/common
load ../lib/faults

setup() {
	setup_bundle
	faults_setup
	everything_bundle
}

teardown() {
	URUN=$REAL
	unset URUN_TEST_FAIL_AT URUN_TEST_DIE_AT URUN_TEST_ORPHAN_AT URUN_TEST_SEEN URUN_TEST_NO_HEAP URUN_TEST_HEAP_AT
	common_teardown
}

# A config that wants as many of the steps as one can.
everything_bundle() {
	edit_config "$BUNDLE" '.root.readonly = false | .hostname = "faulty" |
		.process.oomScoreAdj = 500 | .process.noNewPrivileges = true |
		.linux.sysctl = {"net.ipv4.ip_default_ttl": "65"} |
		.linux.namespaces |= (map(select(.type != "network")) + [{type: "network"}]) |
		.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls:
			[{names: ["acct"], action: "SCMP_ACT_ERRNO"}]} |
		.hooks = {prestart: [$t], createRuntime: [$t], createContainer: [$t],
			startContainer: [{path: "/bin/true"}], poststart: [$t], poststop: [$t]}' \
		--argjson t '{"path": "/bin/true"}'
	has_seccomp || edit_config "$BUNDLE" 'del(.linux.seccomp)'
	# A number of our own, to find it by.
	NAP=6$$
	set_args "$BUNDLE" sleep "$NAP"
}

# The same, where init is cloned by a stage.
staged_bundle() {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 100}}'
}

# Rows that no test here can come to, and why.
is_out_of_reach() {
	case $1 in
	*:compile-filter | *:receive-filter) return 0 ;; # the filter is cached by then
	*:console) return 0 ;; # area_terminal.bats: needs a terminal
	create:*-idmapped-binds) return 0 ;; # area_idmap.bats: in a user namespace only
	create:make-notify) return 0 ;; # area_notify.bats: needs a service manager
	create:*-network | init:show-network) return 0 ;; # area_network_faults.bats
	*:*net-devices) return 0 ;; # area_netdev.bats: needs a network of our own
	create:enter-resctrl | exec:join-resctrl) return 0 ;; # needs the hardware
	process:final-cpus) return 0 ;; # exec.bats: of exec alone
	create:raise-rlimits) return 0 ;; # real root with a user namespace only
	init:create-dirs) return 0 ;;
	# area_cgroup_faults.bats: needs a cgroup of its own
	create:make-cgroup | create:ask-scope | create:place-init | init:enter-cgroup) return 0 ;;
	exec:attach-process) return 0 ;; # area_cgroup_scope.bats
	esac
	return 1
}

# As test_processes of common.bash, but fast: some hundred calls are made.
our_processes() {
	pgrep -f "(^sleep $NAP|$T)" || :
}

no_process() {
	[ -z "$(our_processes)" ]
}

nothing_left() {
	[ ! -e "$ROOT/$ID" ] || fail "$1: the state is left: $(ls "$ROOT/$ID")" || return 1
	[ ! -e "$T/pid" ] || fail "$1: the pid file is left" || return 1
	wait_until 3 no_process || fail "$1: processes are left: $(our_processes)" || return 1
	[ "$(mount_lines)" = "$mounts_at_setup" ] || fail "$1: mounts are left"
}

# delete --force must always do, whatever came before.
force_cleans() {
	run_urun delete --force "$ID"
	[ "$status" = 0 ] || fail "$1: delete --force" || return 1
	rm -f "$T/pid"
	nothing_left "$1"
}

# Did the command of the last `faulty` come to this step?
was_reached() {
	grep -qx "$1" "$T/seen"
}

# What the failing step did to create, or to start if create had got past it.
after_failure() {
	local step=$1
	if [ "$status" = 0 ] && [[ $step == process:* ]]; then
		run_urun start "$ID"
		assert_failure 1 || fail "$step: start" || return 1
		assert_one_line_error "$step" || fail "$step: start" || return 1
		force_cleans "$step"
	elif [ "$status" = 0 ]; then
		! was_reached "$step" || fail "$step: create did not fail" || return 1
		force_cleans "$step"
	else
		assert_failure 1 || fail "$step" || return 1
		assert_one_line_error "$step" || fail "$step" || return 1
		nothing_left "$step"
	fi
}

fail_loop() {
	local step
	for step in $(steps "$@"); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_FAIL_AT=$step" create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
		after_failure "$step" || return 1
	done
}

@test "C19 every step of create fails once: one line, nothing left" {
	fail_loop create
}

@test "C19 every step of init fails once: one line, nothing left" {
	fail_loop init
}

@test "C19 every step of the process fails once, at create or at start" {
	fail_loop process
}

@test "C19 every step of create fails once with init cloned by a stage" {
	staged_bundle
	fail_loop create init
}

@test "C19 every step of run fails once, detached: nothing left" {
	for step in $(steps create init process); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_FAIL_AT=$step" run -d -b "$BUNDLE" --pid-file "$T/pid" "$ID"
		if [ "$status" = 0 ]; then
			! was_reached "$step" || fail "$step did not fail"
			force_cleans "$step"
			continue
		fi
		assert_one_line_error "$step" || fail "$step"
		nothing_left "$step"
	done
}

@test "C19 every step of run fails once, in the foreground" {
	set_args "$BUNDLE" true
	for step in $(steps create process); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_FAIL_AT=$step" run -b "$BUNDLE" "$ID"
		nothing_left "$step"
	done
}

@test "S4 urun is killed at every step of create: delete --force cleans" {
	for step in $(steps create); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_DIE_AT=$step" create -b "$BUNDLE" "$ID"
		case $status,$step in
		137,*) ;;
		0,create:receive-pid) ;;
		*) fail "$step" ;;
		esac
		# Without anybody's help no process of the container stays that never ran.
		case $status in 137) wait_until 3 no_process || fail "$step" ;; esac
		force_cleans "$step"
	done
}

# killed_loop VAR TABLE: urun is killed at each step of the table.
killed_loop() {
	local step
	for step in $(steps "$2"); do
		is_out_of_reach "$step" && continue
		faulty "$1=$step" create -b "$BUNDLE" "$ID"
		[ "$status" != 137 ] || wait_until 3 no_process || fail "$step"
		force_cleans "$step"
	done
}

@test "S4 urun is killed at every step of create, init cloned by a stage" {
	staged_bundle
	killed_loop URUN_TEST_DIE_AT create
}

@test "S4 init dies at every step of its own: create says so, nothing left" {
	for step in $(steps init process); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_DIE_AT=$step" create -b "$BUNDLE" "$ID"
		if [ "$status" = 0 ]; then
			# Behind the hand-over: start releases it, or finds it gone.
			run_urun start "$ID"
			wait_status "$ID" stopped 3 || fail "$step"
			force_cleans "$step"
			continue
		fi
		assert_failure 1
		assert_one_line_error || fail "$step"
		nothing_left "$step"
	done
}

@test "S4 urun is killed while init is at each of its steps: init goes, too" {
	for step in $(steps init process); do
		is_out_of_reach "$step" && continue
		case $step in process:wait-start | process:hooks-start-container | process:execve) continue ;; esac
		faulty "URUN_TEST_ORPHAN_AT=$step" create -b "$BUNDLE" "$ID"
		if [ "$status" = 0 ]; then
			# process:seccomp's second row is behind the hand-over.
			force_cleans "$step"
			continue
		fi
		[ "$status" = 137 ] || fail "$step"
		wait_until 3 no_process || fail "$step"
		force_cleans "$step"
	done
}

@test "S4 urun is killed while init is at its steps, init cloned by a stage" {
	staged_bundle
	killed_loop URUN_TEST_ORPHAN_AT init
}

# exec_left STEP: only the container's init is there.
exec_left() {
	local i n
	for ((i = 0; i < 40; i++)); do
		n=$(urun ps -f json "$ID" | jq length)
		[ "$n" != 1 ] || break
		sleep 0.05
	done
	[ "$n" = 1 ] || fail "$1: $n processes in the container" || return 1
	assert_eq "$(state_of "$ID")" running
}

@test "C19 every step of exec fails once: one line, no pid file, the container runs on" {
	urun run -d -b "$BUNDLE" "$ID"
	for step in $(steps exec join process); do
		is_out_of_reach "$step" && continue
		faulty "URUN_TEST_FAIL_AT=$step" exec -d --pid-file "$T/epid" "$ID" sleep "$NAP"
		if [ "$status" = 0 ]; then
			! was_reached "$step" || fail "$step did not fail"
			kill -KILL "$(cat "$T/epid")"
			rm "$T/epid"
		else
			assert_one_line_error "$step" || fail "$step"
			[ ! -e "$T/epid" ] || fail "$step: the pid file is left"
		fi
		exec_left "$step"
	done
}

@test "S4 exec dies at every step: nothing of it stays in the container" {
	urun run -d -b "$BUNDLE" "$ID"
	for step in $(steps exec join process); do
		is_out_of_reach "$step" && continue
		case $step in
		exec:release | exec:write-pid-file) continue ;; # the program runs by then
		esac
		rm -f "$T/epid"
		faulty "URUN_TEST_DIE_AT=$step" exec -d --pid-file "$T/epid" "$ID" sleep "$NAP"
		if [ "$status" = 0 ] && [ -s "$T/epid" ]; then
			kill -KILL "$(cat "$T/epid")" 2>/dev/null || :
		fi
		exec_left "$step"
	done
}

@test "S4 exec's runtime is killed while the process is at each of its steps" {
	urun run -d -b "$BUNDLE" "$ID"
	for step in $(steps join process); do
		is_out_of_reach "$step" && continue
		# Behind "ready" it is a process of the container's like any other.
		case $step in process:seccomp | process:repay-capabilities | process:execve) continue ;; esac
		rm -f "$T/epid"
		faulty "URUN_TEST_ORPHAN_AT=$step" exec -d --pid-file "$T/epid" "$ID" sleep "$NAP"
		if [ "$status" = 0 ]; then
			kill -KILL "$(cat "$T/epid")"
		fi
		exec_left "$step"
	done
}

@test "C19 the loops come to every step that the tables have" {
	export URUN_TEST_SEEN=$T/seen
	URUN=$FAULTY
	urun create -b "$BUNDLE" "$ID"
	urun start "$ID"
	urun exec "$ID" true
	urun delete --force "$ID"
	set_args "$BUNDLE" true
	urun run -b "$BUNDLE" "$ID"
	staged_bundle
	urun run -b "$BUNDLE" "$ID"
	URUN=$REAL
	# The last rows are come to when urun create has gone already.
	for step in $(steps create init process exec join); do
		case $step in process:wait-start) continue ;; esac
		is_out_of_reach "$step" || grep -qx "$step" "$T/seen" || missing+=" $step"
	done
	[ -z "${missing-}" ] || fail "never came to:$missing"
}

# ---- no heap between clone and exec (architecture.md, decision 7)

# no_heap ARGS...: urun-test whose child ends with 99 at the first malloc.
no_heap() {
	export URUN_TEST_NO_HEAP=1
	URUN=$FAULTY
	run_urun "$@"
	URUN=$REAL
	unset URUN_TEST_NO_HEAP
}

need_no_asan() {
	! grep -aq __asan_init "$FAULTY" || skip "AddressSanitizer has the heap for itself"
}

@test "C19 the child of create, run and exec allocates nothing" {
	need_no_asan
	no_heap create -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun start "$ID"
	assert_quiet
	no_heap exec "$ID" true
	assert_quiet
	urun delete --force "$ID"
	set_args "$BUNDLE" true
	no_heap run -b "$BUNDLE" "$ID"
	assert_quiet
	staged_bundle
	no_heap run -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "C19 the child allocates nothing with podman's own config" {
	need_no_asan
	need_subids
	jq --arg root "$BUNDLE/rootfs" '.root = {path: $root, readonly: false} |
		.process.args = ["sleep", "60"] | .process.terminal = false |
		.mounts |= map(select(.type != "bind")) | del(.hooks) |
		.linux.namespaces |= map(del(.path)) | del(.linux.cgroupsPath, .linux.resources)
		' "$URUN_TEST_DIR/tests/samples/podman-rootless-run.json" >"$BUNDLE/config.json"
	map_subids "$BUNDLE"
	no_heap create -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun start "$ID"
	assert_quiet
	no_heap exec "$ID" true
	assert_quiet
}

@test "C19 the child's way out of an error allocates nothing either" {
	need_no_asan
	export URUN_TEST_FAIL_AT=init:mounts
	no_heap create -b "$BUNDLE" "$ID"
	assert_one_line_error init:mounts
}

@test "C19 a child that allocates is noticed by this" {
	need_no_asan
	export URUN_TEST_HEAP_AT=init:mounts
	no_heap create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_has "$stderr" 'malloc: the child may not touch the heap'
	assert_has "$stderr" 'ended with status 99'
}
