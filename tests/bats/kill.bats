#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# kill: signals by name and number, to the very process and to all of them.

load ../lib/common

setup() {
	setup_bundle
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

# A container that writes the number of each signal it gets to /got.
start_trapper() {
	# shellcheck disable=SC2016 # the container's
	set_script "$BUNDLE" 'for s in 1 2 3 10 12 15 28 34 35 37 63 64; do trap "echo $s >>/got" $s; done
		echo ready >/got; while :; do sleep 0.01; done'
	urun run -d -b "$BUNDLE" "$ID"
	wait_until 10 grep -q ready "$BUNDLE/rootfs/got"
}

start_sleeper() {
	set_args "$BUNDLE" sleep 60
	urun create -b "$BUNDLE" "$ID"
	urun start "$ID"
}

got() {
	wait_until 5 grep -qx "$1" "$BUNDLE/rootfs/got" && sed -i "/^$1\$/d" "$BUNDLE/rootfs/got"
}

# Without a pid namespace of its own.
share_pids() {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
}

processes_of() {
	urun ps -f json "$1" | jq length
}

@test "K07 the default is TERM" {
	start_trapper
	run_urun kill "$ID"
	assert_quiet
	assert_output ''
	got 15
}

@test "K07 names with and without SIG, in any case, and numbers" {
	start_trapper
	for s in TERM SIGTERM sigterm Term 15; do
		run_urun kill "$ID" "$s"
		assert_quiet
		got 15
	done
	for s in HUP:1 SIGINT:2 QUIT:3 USR1:10 SIGUSR2:12 WINCH:28; do
		run_urun kill "$ID" "${s%:*}"
		assert_quiet
		got "${s#*:}"
	done
}

@test "K07 real-time signals: RTMIN, RTMIN+n, RTMAX-n, numbers" {
	start_trapper
	for s in RTMIN:34 SIGRTMIN+1:35 RTMIN+3:37 RTMAX:64 SIGRTMAX-1:63 37:37; do
		run_urun kill "$ID" "${s%:*}"
		assert_quiet
		got "${s#*:}"
	done
}

@test "K07 KILL ends it" {
	start_sleeper
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
}

@test "K07 signal 0 asks only" {
	start_sleeper
	run_urun kill "$ID" 0
	assert_quiet
	assert_eq "$(state_of "$ID")" running
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	run_urun kill "$ID" 0
	assert_failure 1
}

@test "K07 unknown signals are refused before anything is signalled" {
	start_sleeper
	for s in FOO SIG '' 65 999 15x RTMIN+99 'TERM '; do
		run_urun kill "$ID" "$s"
		assert_failure 1
		assert_one_line_error 'unknown signal'
	done
	assert_eq "$(state_of "$ID")" running
}

@test "K07 a created container can be killed" {
	set_args "$BUNDLE" sleep 60
	urun create -b "$BUNDLE" "$ID"
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
}

@test "K07 kill of a stopped container: container not running" {
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun kill "$ID" KILL
	assert_failure 1
	assert_one_line_error 'container not running'
	assert_no_engine_words
}

@test "K07 kill of an unknown container: does not exist" {
	run_urun kill nope KILL
	assert_failure 1
	assert_one_line_error 'container `nope` does not exist'
}

@test "K08 kill --all of a stopped container is no error (Slurm polls with it)" {
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun kill --all "$ID" KILL
	assert_quiet
}

@test "K08 kill -a before the id and without a signal (Slurm)" {
	set_args "$BUNDLE" sh -c 'sleep 60 & sleep 60 & trap "exit 0" TERM; while :; do sleep 0.01; done'
	urun run -d -b "$BUNDLE" node-1.alice.7.0.0
	wait_status node-1.alice.7.0.0 running
	run_urun kill -a node-1.alice.7.0.0
	assert_quiet
	wait_status node-1.alice.7.0.0 stopped
	urun delete node-1.alice.7.0.0
}

@test "K08 kill --all reaches children that init's end would not (shared pid namespace)" {
	share_pids
	set_script "$BUNDLE" 'sleep 61 & sleep 62 & (setsid sleep 63 &) ; exec sleep 60'
	urun run -d -b "$BUNDLE" "$ID"
	wait_until 5 eval '[ "$(processes_of "$ID")" = 4 ]'
	pids=$(urun ps -f json "$ID" | jq -r '.[]')
	run_urun kill --all "$ID" KILL
	assert_quiet
	for pid in $pids; do
		wait_until 5 eval '! grep -q "State:.[RSD]" /proc/'"$pid"'/status 2>/dev/null'
	done
}

@test "K08 kill --all TERM reaches all members but nobody else" {
	share_pids
	set_script "$BUNDLE" 'for i in 1 2; do
			(trap "echo c >>/got; exit" TERM; echo r >>/ready; while :; do sleep 0.01; done) &
		done
		trap "echo init >>/got" TERM; echo r >>/ready; while :; do sleep 0.01; done'
	urun run -d -b "$BUNDLE" "$ID"
	wait_until 5 eval '[ "$(wc -l <"$BUNDLE/rootfs/ready" 2>/dev/null)" = 3 ]'
	background sleep 55
	other=$!
	run_urun kill --all "$ID" TERM
	assert_quiet
	wait_until 5 eval '[ "$(wc -l <"$BUNDLE/rootfs/got" 2>/dev/null)" = 3 ]'
	kill -0 "$other"
}

@test "K08 kill --all in a pod: members of a joined pid namespace are not ours" {
	set_args "$BUNDLE" sleep 60
	urun run -d -b "$BUNDLE" pause
	pause=$(pid_of pause)
	cp -a "$BUNDLE" "$T/second"
	edit_config "$T/second" '(.linux.namespaces[] | select(.type == "pid" or .type == "user") | .path) = "x" |
		.linux.namespaces |= map(if .path then .path = "/proc/" + $p + "/ns/" + .type else . end) |
		del(.linux.uidMappings, .linux.gidMappings)' --arg p "$pause"
	set_script "$T/second" 'sleep 61 & exec sleep 62'
	: | urun_stdin run -d -b "$T/second" "$ID"
	wait_until 5 eval '[ "$(processes_of "$ID")" = 2 ]'
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
	assert_eq "$(state_of pause)" running
	assert_eq "$(processes_of pause)" 1
	urun delete "$ID"
	urun delete --force pause
}

@test "K21 kill refuses a process that has only the pid of the state" {
	start_sleeper
	kill -KILL "$(pid_of "$ID")"
	wait_status "$ID" stopped
	background sleep 50
	other=$!
	IFS=: read -r _ start boot <<<"$(readlink "$ROOT/$ID/init")"
	ln -sfn "$other:$start:$boot" "$ROOT/$ID/init"
	run_urun kill "$ID" KILL
	assert_failure 1
	assert_one_line_error 'container not running'
	run_urun kill --all "$ID" KILL
	run_urun delete --force "$ID"
	assert_quiet
	kill -0 "$other"
	[ ! -e "$ROOT/$ID" ]
}

@test "K21 kill finds init by the other note when one is forged (S2)" {
	start_sleeper
	IFS=: read -r pid _ boot <<<"$(readlink "$ROOT/$ID/init")"
	ln -sfn "$pid:1:$boot" "$ROOT/$ID/init"
	assert_eq "$(state_of "$ID")" running
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
}

@test "K07 sixteen kills at once" {
	start_sleeper
	for i in $(seq 16); do
		(: | "$URUN" --root "$ROOT" kill "$ID" KILL >"$T/out$i" 2>&1 && echo 0 || echo $?) \
			>>"$T/rcs" &
	done
	wait
	wait_status "$ID" stopped
	assert_eq "$(grep -vc '^[01]$' "$T/rcs" || :)" 0
	grep -q 0 "$T/rcs"
	for i in $(seq 16); do
		[ ! -s "$T/out$i" ] || assert_has "$(cat "$T/out$i")" 'container not running'
	done
}

@test "K09 --regex signals all that match" {
	set_args "$BUNDLE" sleep 60
	for id in aa ab b; do
		urun run -d -b "$BUNDLE" "$id"
	done
	run_urun kill --regex '^a' KILL
	assert_quiet
	wait_status aa stopped
	wait_status ab stopped
	assert_eq "$(state_of b)" running
}

@test "K09 --regex with an invalid, an empty, a matchless expression" {
	start_sleeper
	for re in '(' '' 'nothing-like-this'; do
		run_urun kill -r "$re" KILL
		assert_failure 1
		assert_one_line_error
	done
	assert_eq "$(state_of "$ID")" running
}

@test "K09 --regex goes on after a failure and tells of it" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" a1
	set_args "$BUNDLE" sleep 60
	urun run -d -b "$BUNDLE" a2
	run_urun kill -r a KILL
	assert_failure 1
	assert_one_line_error 1
	wait_status a2 stopped
}
