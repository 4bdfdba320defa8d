#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# ps: without a cgroup, by the container's namespaces.

load ../lib/common

setup() {
	setup_bundle
	set_script "$BUNDLE" 'sleep 61 & sleep 62 & exec sleep 60'
}

teardown() {
	common_teardown
}

count() {
	urun ps -f json "$1" | jq length
}

start_three() {
	urun run -d -b "$BUNDLE" "$ID"
	wait_until 5 eval '[ "$(count "$ID")" = 3 ]'
}

@test "K15 json: an array of pids as the host sees them" {
	start_three
	run_urun ps --format json "$ID"
	assert_quiet
	jq -e --argjson p "$(pid_of "$ID")" 'length == 3 and .[0] == $p and (sort == .)' <<<"$output" || fail
	for pid in $(jq -r '.[]' <<<"$output"); do
		assert_has "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 6'
	done
}

@test "K15 the table has a header with PID and a line per process" {
	start_three
	run_urun ps "$ID"
	assert_quiet
	assert_match "${lines[0]}" '(^| )PID( |$)'
	assert_eq "${#lines[@]}" 4
	assert_has "$output" 'sleep 62'
}

@test "K15 -o chooses columns" {
	start_three
	run_urun ps -o pid,nspid,comm "$ID"
	assert_quiet
	assert_match "${lines[0]}" '^ *PID +NSPID +COMM'
	assert_match "${lines[1]}" "^ *$(pid_of "$ID") +1 +sleep"
	run_urun ps -o nonsense "$ID"
	assert_failure 1
	assert_one_line_error nonsense
}

@test "K15 words behind the id go to ps(1), filtered" {
	need_command ps
	start_three
	run_urun ps "$ID" -ef
	assert_quiet
	assert_has "${lines[0]}" PID
	assert_eq "${#lines[@]}" 4
}

@test "K15 a created container has its init" {
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(urun ps -f json "$ID")" "[$(pid_of "$ID")]"
}

@test "K15 in the caller's pid namespace only the container's are shown" {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
	start_three
	assert_lacks "$(urun ps "$ID")" bats
	urun kill --all "$ID" KILL
}

@test "K15 ps of a stopped and of an unknown container" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun ps "$ID"
	assert_failure 1
	assert_one_line_error 'container not running'
	run_urun ps nope
	assert_failure 1
	assert_one_line_error 'container `nope` does not exist'
}

@test "K15 ps works when state.json is broken" {
	start_three
	echo '{' >"$ROOT/$ID/state.json"
	assert_eq "$(count "$ID")" 3
}
