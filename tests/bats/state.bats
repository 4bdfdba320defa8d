#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# state: the document that Slurm, buildah and go-runc read.

load ../lib/common

setup() {
	setup_bundle
	set_script "$BUNDLE" 'exec sleep 60'
}

teardown() {
	common_teardown
}

@test "K02 the document of a created container" {
	edit_config "$BUNDLE" '.annotations = {"a.b": "c", "d": ""}'
	urun create -b "$BUNDLE" "$ID"
	run_urun state "$ID"
	assert_quiet
	jq -e --arg id "$ID" --arg b "$(realpath "$BUNDLE")" '
		.ociVersion == "1.3.0" and .id == $id and .pid > 1 and .status == "created" and
		.bundle == $b and .rootfs == $b + "/rootfs" and .owner != "" and
		.annotations == {"a.b": "c", "d": ""}' <<<"$output" || fail
}

@test "K02 created is RFC 3339 in UTC, of now" {
	urun create -b "$BUNDLE" "$ID"
	created=$(urun state "$ID" | jq -r .created)
	assert_match "$created" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{1,9}Z$'
	age=$(($(date +%s) - $(date -d "$created" +%s)))
	[ "$age" -ge -1 ] && [ "$age" -lt 20 ]
}

@test "K02 state right after create is created, after start running (Slurm polls)" {
	for i in 1 2 3 4 5; do
		urun create -b "$BUNDLE" "$ID.$i"
		assert_eq "$(state_of "$ID.$i")" created
		urun start "$ID.$i"
		assert_eq "$(state_of "$ID.$i")" running
		urun delete --force "$ID.$i"
	done
}

@test "K02 pid is that of the container's process in the caller's namespace" {
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_eq "$(pid_of "$ID")" "$(cat "$T/pid")"
	urun start "$ID"
	assert_eq "$(pid_of "$ID")" "$(cat "$T/pid")"
	assert_has "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" 'sleep 60'
}

@test "K02 a stopped container has pid 0" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun state "$ID"
	assert_quiet
	jq -e '.status == "stopped" and .pid == 0' <<<"$output" || fail
}

@test "K02 exitStatus of a stopped container where run --keep has waited for it" {
	for code in 0 7 255; do
		set_script "$BUNDLE" "exit $code"
		urun run --keep -b "$BUNDLE" "$ID" || :
		run_urun state "$ID"
		jq -e --argjson s "$code" '.status == "stopped" and .exitStatus == $s' <<<"$output" || fail
		jq -e --argjson s "$code" '.[0].exitStatus == $s' <<<"$(urun list -f json)" || fail
		urun delete "$ID"
	done
	set_script "$BUNDLE" 'kill -9 $$'
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
	urun run --keep -b "$BUNDLE" "$ID" || :
	assert_eq "$(urun state "$ID" | jq .exitStatus)" 137
}

@test "K02 no exitStatus while it runs, and none that nobody could know" {
	set_script "$BUNDLE" 'exec sleep 60'
	urun create -b "$BUNDLE" "$ID"
	urun start "$ID"
	assert_eq "$(urun state "$ID" | jq 'has("exitStatus")')" false
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	assert_eq "$(urun state "$ID" | jq 'has("exitStatus")')" false
}

# counts_memory PATH: does this cgroup say what was killed in it?
counts_memory() {
	[ -e "/sys/fs/cgroup$1/memory.events" ] || [ -e "/sys/fs/cgroup/unified$1/memory.events" ]
}

@test "K02 oom of a stopped container only where its own cgroup counted, and run --keep waited" {
	local path counts=false
	set_script "$BUNDLE" 'while [ ! -e /go ]; do sleep 0.05; done'
	edit_config "$BUNDLE" '.root.readonly = false'
	background "$URUN" --root "$ROOT" run --keep -b "$BUNDLE" "$ID" </dev/null >"$T/out" 2>&1 3>&-
	wait_status "$ID" running
	assert_eq "$(urun state "$ID" | jq 'has("oom")')" false
	path=$(urun state "$ID" | jq -r '.cgroup // ""')
	[ -z "$path" ] || ! counts_memory "$path" || counts=true
	: >"$BUNDLE/rootfs/go"
	wait_status "$ID" stopped
	# Its note comes a moment after the end.
	wait_until 5 has_exit_status
	if $counts; then
		assert_eq "$(urun state "$ID" | jq .oom)" false
	else
		assert_eq "$(urun state "$ID" | jq 'has("oom")')" false
	fi
	assert_eq "$(urun list -f json | jq '.[0] | has("oom")')" "$counts"
	urun delete "$ID"
	# Without a cgroup of its own nothing is known, whatever the caller's counts.
	urun --cgroup-manager=disabled run --keep -b "$BUNDLE" "$ID"
	jq -e '.exitStatus == 0 and (has("oom") | not)' <<<"$(urun state "$ID")" || fail
}

has_exit_status() {
	urun state "$ID" | jq -e 'has("exitStatus")' >/dev/null
}

@test "K02 oom is what the record says, true or false, once it has stopped" {
	local said
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	for said in true false; do
		edit_record "$ID" '.hasOOM = true | .oom = $o' --argjson o "$said"
		assert_eq "$(urun state "$ID" | jq .oom)" "$said"
		assert_eq "$(urun list -f json | jq '.[0].oom')" "$said"
	done
}

# edit_record ID JQ...
edit_record() {
	local file=$ROOT/$1/state.json
	shift
	jq -c "$@" "$file" >"$T/record"
	cat "$T/record" >"$file"
}

@test "K02 stdout and stderr together are still JSON" {
	urun create -b "$BUNDLE" "$ID"
	urun state "$ID" 2>&1 | jq -e .status
}

@test "K02 without XDG_RUNTIME_DIR and HOME nothing is said on stderr" {
	urun create -b "$BUNDLE" "$ID"
	run --separate-stderr env -u XDG_RUNTIME_DIR -u HOME "$URUN" --root "$ROOT" state "$ID"
	assert_quiet
	assert_eq "$(jq -r .status <<<"$output")" created
}

@test "K02 state is creating while a createRuntime hook runs" {
	cat >"$T/hook" <<-END
		#!/bin/sh
		cat >$T/stdin
		: | "$URUN" --root "$ROOT" state "$ID" >"$T/seen" 2>"$T/seen.err"
	END
	chmod +x "$T/hook"
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: $h}]' --arg h "$T/hook"
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(cat "$T/seen.err")" ''
	assert_eq "$(jq -r .status "$T/seen")" creating
	assert_eq "$(jq -r .pid "$T/seen")" "$(pid_of "$ID")"
	assert_eq "$(state_of "$ID")" created
}

@test "T03 an unknown id: one line that says so, status 1" {
	run_urun state nope
	assert_failure 1
	assert_output ''
	assert_one_line_error 'container `nope` does not exist'
	mkdir -m 0700 "$ROOT"
	run_urun state nope
	assert_failure 1
	assert_one_line_error 'container `nope` does not exist'
}

@test "T03 a folder of somebody else's below the root is no container" {
	mkdir -m 0700 "$ROOT"
	mkdir -p "$ROOT/systemd/private"
	run_urun state systemd
	assert_failure 1
	assert_one_line_error 'container `systemd` does not exist'
	: >"$ROOT/bus"
	run_urun state bus
	assert_failure 1
	assert_one_line_error 'container `bus` does not exist'
	rm -r "$ROOT/systemd"
}

@test "K21 a killed init is stopped at once, also as a zombie" {
	need_command python3
	# A parent that never reaps: the init stays a zombie.
	python3 - "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" <<-'END' &
		import ctypes, subprocess, sys, time
		ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
		subprocess.run(sys.argv[1:], stdin=subprocess.PIPE, check=True)
		time.sleep(30)
	END
	STARTED_PIDS+=($!)
	wait_status "$ID" created
	pid=$(pid_of "$ID")
	kill -KILL "$pid"
	wait_status "$ID" stopped 5
	assert_has "$(cat "/proc/$pid/stat")" ') Z '
	run_urun kill "$ID" KILL
	assert_failure 1
	assert_one_line_error 'container not running'
	urun delete "$ID"
}

@test "K21 another process with the pid of the state is not the container's" {
	urun create -b "$BUNDLE" "$ID"
	kill -KILL "$(pid_of "$ID")"
	wait_status "$ID" stopped
	background sleep 50
	other=$!
	init_is_now "$other" "$ID"
	run_urun state "$ID"
	assert_quiet
	jq -e '.status == "stopped" and .pid == 0' <<<"$output" || fail
}

@test "T02 state files are private and whole" {
	umask 0
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(stat -c %a "$ROOT" "$ROOT/$ID" "$ROOT/$ID/state.json" "$ROOT/$ID/config.json" | tr '\n' ' ')" \
		'700 700 600 600 '
	jq -e '.format == 1 and .startTime > 0 and (.bootID | length) == 36' "$ROOT/$ID/state.json"
	assert_eq "$(find "$ROOT/$ID" -name '*.*.*' | wc -l)" 0
}

@test "T02 a state file of a later format is refused by its number" {
	urun create -b "$BUNDLE" "$ID"
	jq -c '.format = 99' "$ROOT/$ID/state.json" >"$T/new"
	cp "$T/new" "$ROOT/$ID/state.json"
	run_urun state "$ID"
	assert_failure 1
	assert_one_line_error 'format 99'
	urun delete --force "$ID"
}

@test "T02 unknown keys in the state file are ignored" {
	urun create -b "$BUNDLE" "$ID"
	jq -c '.later = {"x": 1}' "$ROOT/$ID/state.json" >"$T/new"
	cp "$T/new" "$ROOT/$ID/state.json"
	assert_eq "$(state_of "$ID")" created
}
