#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SCMP_ACT_NOTIFY answered by plugins (X10, A03), copies of
# tests/lib/seccomp_plugin.so, whose name says what it does.

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
	need_seccomp
	PLUGIN=$URUN_TEST_DIR/tests/lib/seccomp_plugin.so
	[ -e "$PLUGIN" ] || fail "tests/lib/seccomp_plugin.so is not built"
	LOG=$BUNDLE/plugin.log
	edit_config "$BUNDLE" '.root.readonly = false | .linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY"}]}'
}

teardown() {
	common_teardown
}

# plugins NAME...: run.oci.seccomp.plugins has these, in this order.
plugins() {
	local name list=
	for name; do
		cp "$PLUGIN" "$T/$name.so"
		list+=${list:+:}$T/$name.so
	done
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.plugins"] = $l' --arg l "$list"
}

# makes NAME... TEXT: with these plugins mkdir says TEXT.
makes() {
	plugins "${@:1:$# - 1}"
	rm -f "$LOG"
	run_script 'mkdir /tmp/d 2>&1 && rmdir /tmp/d && echo made'
	assert_has "$output" "${*: -1}"
}

# monitor N: pid of the Nth monitor that was started.
monitor() {
	wait_until 10 test -s "$LOG" || return 1
	awk -v n="$1" '$1 == "start" && ++i == n { print $NF }' "$LOG"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null || grep -q '^State:.*Z' "/proc/$1/status"
}

has_stopped() {
	[ "$(grep -c '^stop$' "$LOG")" = "$1" ]
}

@test "X10 a plugin's answers: an errno, its own sending, and the call goes on" {
	makes errno 'No space left'
	makes later 'No space left'
	makes go made
}

@test "X10 the plugins are asked in order; what none handles is ENOTSUP" {
	makes skip errno 'No space left'
	assert_eq "$(grep -c ^call "$LOG")" 2
	makes go errno made
	assert_eq "$(grep -c ^call "$LOG")" 1
	makes skip 'not supported'
}

@test "X10 a plugin that fails, answers nonsense or crashes leaves no call hanging" {
	makes fail 'Input/output error'
	makes odd 'Input/output error'
	makes broken 'Input/output error'
	makes crash 'not implemented'
}

@test "X10 the plugin is told whose calls they are, and hears of the end" {
	makes errno 'No space left'
	wait_until 10 has_stopped 1
	assert_eq "$(sed -n 's/^start \(.*\) [0-9]*$/\1/p' "$LOG")" \
		"$ID $ROOT $BUNDLE $ROOT/$ID/config.json"
}

@test "X10 detached: the monitor lives as long as the container, and outside of it" {
	local pid ns
	plugins errno
	set_script "$BUNDLE" 'until mkdir /tmp/d 2>>/tmp/log; do sleep 0.1; done'
	start_container
	pid=$(monitor 1)
	wait_until 10 test -s "$BUNDLE/rootfs/tmp/log"
	assert_eq "$(cat "/proc/$pid/comm")" urun-seccomp
	# Not its namespaces: it is no process of the container's.
	run_urun ps "$ID"
	assert_lacks "$output" "$pid"
	exec_script 'mkdir /tmp/e 2>&1; :'
	assert_has "$output" 'No space left'
	# A second one was exec's, and went with its process.
	wait_until 10 is_gone "$(monitor 2)"
	! is_gone "$pid" || fail "the container's monitor is gone"
	# It has the null device and the listener, nothing of the caller's.
	assert_eq "$(sed -n '/^call/{s/call [0-9]* [0-9]* //p;q}' "$LOG")" \
		'/dev/null /dev/null /dev/null anon_inode:seccomp notify'
	urun delete --force "$ID"
	wait_until 10 is_gone "$pid"
	assert_eq "$(tail -n 1 "$LOG")" stop
}

@test "X10 create: it is there from the start, and gone with delete before it" {
	local pid
	plugins errno
	set_script "$BUNDLE" 'mkdir /tmp/d 2>/tmp/log; exec sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	pid=$(monitor 1)
	! is_gone "$pid"
	urun start "$ID"
	wait_until 10 grep -q 'No space left' "$BUNDLE/rootfs/tmp/log"
	urun delete --force "$ID"
	wait_until 10 is_gone "$pid"
	rm "$LOG"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	pid=$(monitor 1)
	urun delete "$ID"
	wait_until 10 is_gone "$pid"
	assert_eq "$(tail -n 1 "$LOG")" stop
}

@test "X10 the monitor stays for what outlives init in a shared pid namespace" {
	local pid
	plugins errno
	drop_namespace pid
	edit_config "$BUNDLE" '.mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end) |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	set_script "$BUNDLE" '{ sleep 1; mkdir /tmp/d 2>/tmp/log; } & :'
	start_container
	pid=$(monitor 1)
	wait_until 10 grep -q 'No space left' "$BUNDLE/rootfs/tmp/log"
	wait_until 10 is_gone "$pid"
}

@test "A03 what cannot be loaded is an error by its name, and nothing is left" {
	local row name want
	while IFS='|' read -r name want; do
		plugins "$name"
		run_script true
		assert_one_line_error '.annotations["run.oci.seccomp.plugins"]: ' || return 1
		assert_has "$stderr" "$want" || return 1
		[ ! -e "$ROOT/$ID" ] || return 1
	done <<-END
	v2|v2.so' is for version 2 of the interface, not 1
	nostart|start '$T/nostart.so': no space left
	die|a plugin ended the process that loaded it
	END
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.plugins"] = "/nonexistent/x.so"'
	run_script true
	assert_one_line_error "load '/nonexistent/x.so'"
	assert_no_engine_words
	echo text >"$T/text.so"
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.plugins"] = $p' --arg p "$T/text.so"
	run_script true
	assert_one_line_error "load '$T/text.so'"
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.plugins"] = "libc.so.6"'
	run_script true
	assert_one_line_error "'libc.so.6' has no 'run_oci_seccomp_notify_handle_request'"
}

@test "A03 a plugin that does not come to an end of its start is not waited for" {
	plugins slow
	run_script true
	assert_one_line_error 'the plugins did not start within 10 s'
}

@test "A03 A02 an agent and plugins do not go together, a relative path is refused" {
	plugins errno
	RUN_OCI_SECCOMP_RECEIVER=/run/x run_script true
	assert_one_line_error 'does not go with RUN_OCI_SECCOMP_RECEIVER'
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.plugins"] = "lib/x.so"'
	run_script true
	assert_one_line_error "'lib/x.so' is neither an absolute path nor a bare name"
}

@test "A03 without SCMP_ACT_NOTIFY no plugin is loaded" {
	plugins die
	edit_config "$BUNDLE" '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_quiet
	assert_has "$output" 'not permitted'
}
