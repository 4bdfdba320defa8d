#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# SCMP_ACT_NOTIFY: agents behind a socket (X09, A02). tests/lib/seccomp_agent
# answers.

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
	edit_config "$BUNDLE" '.root.readonly = false'
	need_seccomp
	SOCK=$T/agent
	AGENT=$URUN_TEST_DIR/tests/lib/seccomp_agent
}

teardown() {
	common_teardown
}

# agent [ERRNO]: listens at $SOCK; what it gets is in $T/state.N and calls.N.
agent() {
	background "$AGENT" "${AGENT_SOCKET-$SOCK}" "$T" "$@" 3>&- >"$T/agent.out" 2>&1
	wait_until 10 test -S "${AGENT_SOCKET-$SOCK}"
}

# ask NAMES: these calls, in JSON, are the agent's at $SOCK.
ask() {
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $p,
		listenerMetadata: "for the agent", syscalls: [{names: '"$1"', action: "SCMP_ACT_NOTIFY"}]}' \
		--arg p "$SOCK"
}

mkdirs='["mkdir", "mkdirat"]'

# state N JQ: of what the agent got with its Nth listener.
state() {
	wait_until 10 test -e "$T/state.$1" && jq -r "$2" "$T/state.$1"
}

# ---- X09: who is told what

@test "X09 run: the agent answers, and knows whose calls they are" {
	agent 28
	ask "$mkdirs"
	edit_config "$BUNDLE" '.annotations["org.example"] = "\"pid\":2147483647"'
	set_script "$BUNDLE" 'mkdir /tmp/d 2>&1; exec sleep 1000'
	start_container
	wait_until 10 grep -q 'No space left' "$T/out.$ID"
	assert_eq "$(state 1 '[.fds, .metadata, .state.id, .state.status, .state.bundle] | @json')" \
		"$(jq -nc '[["seccompFd"], "for the agent", $i, "creating", $b]' --arg i "$ID" --arg b "$BUNDLE")"
	assert_eq "$(state 1 .pid)" "$(pid_of "$ID")"
	assert_eq "$(state 1 .state.pid)" "$(pid_of "$ID")"
	assert_eq "$(state 1 '.state.annotations["org.example"]')" '"pid":2147483647'
	assert_eq "$(state 1 .ociVersion)" "$(state 1 .state.ociVersion)"
	# The call is that of a child of init, by its number out here.
	assert_eq "$(ls "$T"/state.*)" "$T/state.1"
	[ "$(wc -l <"$T/calls.1")" = 1 ]
}

@test "X09 no metadata and no annotations: the keys are left out" {
	agent
	ask "$mkdirs"
	edit_config "$BUNDLE" 'del(.linux.seccomp.listenerMetadata, .annotations)'
	run_script 'mkdir /tmp/d && echo made'
	assert_quiet
	assert_output made
	assert_eq "$(state 1 'keys | @json')" '["fds","ociVersion","pid","state"]'
	assert_eq "$(state 1 '.state | keys | @json')" '["bundle","id","ociVersion","pid","status"]'
}

@test "X09 create and start: the listener comes with start" {
	agent 28
	ask "$mkdirs"
	set_script "$BUNDLE" 'mkdir /tmp/d; echo $? >/tmp/result; exec sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	wait_status "$ID" created
	[ ! -e "$T/state.1" ]
	urun start "$ID"
	wait_until 10 test -s "$BUNDLE/rootfs/tmp/result"
	assert_eq "$(cat "$BUNDLE/rootfs/tmp/result")" 1
	assert_eq "$(state 1 .pid)" "$(pid_of "$ID")"
}

@test "X09 exec: a listener of its own, with the process and its container" {
	agent 28
	ask "$mkdirs"
	start_container
	exec_script 'mkdir /tmp/d 2>&1; echo $?'
	assert_quiet
	assert_has "$output" 'No space left'
	assert_eq "$(state 2 .state.status)" running
	assert_eq "$(state 2 .state.pid)" "$(pid_of "$ID")"
	[ "$(state 2 .pid)" != "$(pid_of "$ID")" ]
	# As the agent sees the caller of mkdir: a child of that process, or it.
	[ "$(cut -d ' ' -f 1 "$T/calls.2")" -ge "$(state 2 .pid)" ]
}

@test "X09 a detached exec as another user, and its pid file" {
	need_subids
	agent
	ask "$mkdirs"
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	start_container
	urun exec -d -u 1000 --pid-file "$T/pid" "$ID" sleep 1000 >"$T/out" 2>&1 3>&-
	assert_eq "$(state 2 .pid)" "$(cat "$T/pid")"
}

@test "X09 a container in the caller's pid namespace" {
	agent 28
	ask "$mkdirs"
	drop_namespace pid
	edit_config "$BUNDLE" '.mounts |= map(if .destination == "/proc" then
		{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end) |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	run_script 'mkdir /tmp/d 2>&1; echo $$'
	assert_has "$output" 'No space left'
	assert_eq "$(state 1 .pid)" "${lines[1]}"
}

@test "X09 init made by a stage" {
	agent 28
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}] | .linux.timeOffsets = {boottime: {secs: 100}}'
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
}

# ---- crun #1002: the filter cannot stop its own listener

@test "X09 a filter that asks about all that sends a listener does not deadlock" {
	agent
	ask '["sendmsg", "sendto", "write", "close", "shutdown", "clone", "clone3", "wait4", "waitid", "nanosleep",
		"clock_nanosleep", "futex", "exit_group", "exit", "rt_sigreturn", "rt_sigprocmask", "rt_sigaction",
		"execve", "execveat", "capset", "prctl", "mmap", "munmap", "poll", "ppoll", "recvmsg"]'
	in_both 'echo alive'
	assert_output alive
}

@test "X09 SCMP_ACT_NOTIFY as the default: every call is asked about" {
	agent
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY" |
		.linux.seccomp.syscalls = [{names: ["getpid"], action: "SCMP_ACT_ALLOW"}]'
	in_both 'echo alive'
	assert_output alive
}

@test "X09 what kills the sender of a message kills no listener" {
	agent 28
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.syscalls += [
		{names: ["sendmsg", "sendto", "shutdown", "close_range", "nanosleep", "rt_sigreturn", "sched_yield", "futex"],
		action: "SCMP_ACT_KILL_PROCESS"}]'
	set_args "$BUNDLE" mkdir /tmp/d
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_has "$stderr" 'No space left'
}

@test "X09 without no_new_privs" {
	agent 28
	ask "$mkdirs"
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	run_script 'mkdir /tmp/d 2>&1; grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_has "$output" 'No space left'
	assert_has "$output" $'NoNewPrivs:\t0\nSeccomp:\t2'
}

# ---- what the container has of it

@test "X09 the container has neither the socket nor the listener, and no zombie" {
	agent
	ask "$mkdirs"
	# Not in a pipe, whose ends the shell may still have.
	in_both 'ls /proc/$$/fd; grep -h "^State:.*Z" /proc/[0-9]*/status; :'
	assert_output $'0\n1\n2'
}

@test "X09 SIGCHLD is as ever: not blocked, not ignored, not caught" {
	agent
	ask "$mkdirs"
	set_args "$BUNDLE" grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output $'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000'
}

# ---- flags

@test "X09 X04 TSYNC and WAIT_KILLABLE_RECV go with a listener" {
	agent 28
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG"]'
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_quiet
	assert_has "$output" 'No space left'
	"$URUN" features | jq -e '.linux.seccomp.supportedFlags | index("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")' \
		>/dev/null || skip "this kernel has no SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"
	edit_config "$BUNDLE" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]'
	run_loud 'mkdir /tmp/d 2>&1; :'
	assert_quiet
	assert_has "$output" 'No space left'
}

@test "X04 WAIT_KILLABLE_RECV where nobody is asked is left out with a warning" {
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW",
		flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}'
	run_loud 'grep ^Seccomp: /proc/self/status'
	assert_success
	assert_output $'Seccomp:\t2'
	assert_has "$stderr" "'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' is for filters with SCMP_ACT_NOTIFY"
}

# ---- nobody there

@test "X09 SCMP_ACT_NOTIFY with nobody to ask is refused by its place" {
	ask "$mkdirs"
	edit_config "$BUNDLE" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata) |
		.linux.seccomp.syscalls = [{names: ["acct"], action: "SCMP_ACT_ERRNO"}] + .linux.seccomp.syscalls'
	run_script true
	assert_one_line_error '.linux.seccomp.syscalls[1].action: SCMP_ACT_NOTIFY: there is nobody to ask'
	assert_has "$stderr" 'hint: '
	edit_config "$BUNDLE" '.linux.seccomp.defaultAction = "SCMP_ACT_NOTIFY"'
	run_script true
	assert_one_line_error '.linux.seccomp.defaultAction: SCMP_ACT_NOTIFY'
	[ ! -e "$ROOT/$ID" ]
}

@test "X09 nobody listens: an error that names the key, the path and the remedy" {
	ask "$mkdirs"
	run_script true
	assert_one_line_error ".linux.seccomp.listenerPath: connect to the seccomp agent at '$SOCK'"
	assert_has "$stderr" 'hint: start the agent'
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
	edit_config "$BUNDLE" '.linux.seccomp.listenerPath = "agent"'
	run_script true
	assert_one_line_error 'not an absolute path'
}

@test "X09 an agent that leaves closes the door: ENOSYS" {
	agent leave
	ask "$mkdirs"
	in_both 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'not implemented'
}

@test "X09 an agent that never accepts costs 5 seconds, then an error" {
	local before after
	background "$AGENT" deaf "$SOCK" 3>&- >"$T/agent.out" 2>&1
	wait_until 10 grep -q full "$T/agent.out"
	ask "$mkdirs"
	before=$(date +%s%N)
	run_script true
	after=$(date +%s%N)
	assert_one_line_error "$SOCK"
	assert_has "$stderr" 'timed out'
	[ $((after - before)) -ge 4900000000 ] && [ $((after - before)) -lt 9000000000 ] ||
		fail "took $(((after - before) / 1000000)) ms"
	[ ! -e "$ROOT/$ID" ]
}

@test "X09 an agent that hangs up: run, start and exec fail, and the program does not run" {
	background "$AGENT" rude "$SOCK" 3>&- >"$T/agent.out" 2>&1
	wait_until 10 test -S "$SOCK"
	ask "$mkdirs"
	run_script 'echo it ran'
	assert_one_line_error 'send the listener to the seccomp agent'
	assert_output ''
	[ ! -e "$ROOT/$ID" ]
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun start "$ID"
	assert_one_line_error 'send the listener to the seccomp agent'
	wait_status "$ID" stopped
	# What went wrong, as start has told it (ER03), and no word of the program.
	assert_match "$(cat "$T/out")" '^urun: .*send the listener to the seccomp agent[^
]*$'
}

@test "X09 the same where the filter stops all that init could say then" {
	background "$AGENT" rude "$SOCK" 3>&- >"$T/agent.out" 2>&1
	wait_until 10 test -S "$SOCK"
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.syscalls += [{names: ["exit_group", "exit", "sendmsg", "close"],
		action: "SCMP_ACT_NOTIFY"}]'
	run_script 'echo it ran'
	assert_one_line_error 'send the listener to the seccomp agent'
	assert_output ''
	edit_config "$BUNDLE" '.linux.seccomp.syscalls += [{names: ["exit_group", "exit"], action: "SCMP_ACT_ERRNO"}]' \
		&& edit_config "$BUNDLE" '.linux.seccomp.syscalls[1].names = ["sendmsg", "close"]'
	run_script 'echo it ran'
	assert_one_line_error 'send the listener to the seccomp agent'
	assert_output ''
}

@test "X09 a text larger than a socket's buffer arrives whole" {
	agent 28
	ask "$mkdirs"
	head -c 1000000 /dev/zero | tr '\0' x >"$T/long"
	edit_config "$BUNDLE" '.annotations["org.example"] = $l' --rawfile l "$T/long"
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
	assert_eq "$(state 1 '.state.annotations["org.example"] | length')" 1000000
}

@test "X09 without SCMP_ACT_NOTIFY nobody is connected to" {
	ask "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.syscalls[0].action = "SCMP_ACT_ERRNO"'
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_quiet
	assert_has "$output" 'not permitted'
}

@test "X08 X09 the cached filter asks as well as the compiled one" {
	agent 28
	ask "$mkdirs"
	run_script 'mkdir /tmp/d 2>&1; :'
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
	assert_eq "$(state 2 .state.id)" "$ID"
}

# ---- A02: where the agent is named

@test "A02 run.oci.seccomp.receiver and RUN_OCI_SECCOMP_RECEIVER, and their order" {
	agent 28
	AGENT_SOCKET=$T/second agent 95
	ask "$mkdirs"
	# The annotation alone.
	edit_config "$BUNDLE" 'del(.linux.seccomp.listenerPath, .linux.seccomp.listenerMetadata) |
		.annotations["run.oci.seccomp.receiver"] = $s' --arg s "$SOCK"
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
	# The environment does not win over it,
	export RUN_OCI_SECCOMP_RECEIVER=$T/second
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
	# it does over nothing,
	edit_config "$BUNDLE" 'del(.annotations["run.oci.seccomp.receiver"])'
	in_both 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'not supported'
	urun delete --force "$ID"
	# and listenerPath wins over both.
	export RUN_OCI_SECCOMP_RECEIVER=/nonexistent
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp.receiver"] = "/nonexistent" |
		.linux.seccomp.listenerPath = $s' --arg s "$SOCK"
	run_script 'mkdir /tmp/d 2>&1; :'
	assert_has "$output" 'No space left'
}

@test "A02 a relative path, and one where nobody is, are named by where they stand" {
	ask "$mkdirs"
	edit_config "$BUNDLE" 'del(.linux.seccomp.listenerPath) | .annotations["run.oci.seccomp.receiver"] = "x/y"'
	run_script true
	assert_one_line_error ".annotations[\"run.oci.seccomp.receiver\"]: 'x/y' is not an absolute path"
	edit_config "$BUNDLE" 'del(.annotations["run.oci.seccomp.receiver"])'
	export RUN_OCI_SECCOMP_RECEIVER=$T/none
	run_script true
	assert_one_line_error "RUN_OCI_SECCOMP_RECEIVER: connect to the seccomp agent at '$T/none'"
	export RUN_OCI_SECCOMP_RECEIVER=none
	run_script true
	assert_one_line_error "RUN_OCI_SECCOMP_RECEIVER: 'none' is not an absolute path"
}
