#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# urun events: what a container uses and what happens to it. Here hugetlb is the only
# controller; what others count is looked at in the machine of tests/vm.
load ../lib/common
load ../lib/process
load ../lib/user_manager

setup() {
	manager_setup setup_bundle
	SCOPE=urun-$ID.scope
}

teardown() { manager_teardown; }

# stats [JQ-OPTION...] FILTER: of one line of --stats.
stats() {
	urun events --stats "$ID" | jq -e "$@"
}

# cgroup_file NAME: of the container's cgroup.
cgroup_file() {
	cat "$(unit_cgroup "$SCOPE")/$1"
}

# has_file NAME
has_file() {
	[ -e "$(unit_cgroup "$SCOPE")/$1" ]
}

# stream [OPTION...]: `urun events` in the background; its lines are in $T/events.
stream() {
	background "$URUN" --root "$ROOT" events "$@" "$ID" >"$T/events" 2>"$T/errors" </dev/null 3>&-
	STREAM=$!
	wait_until 10 lines_at_least 1
}

lines_at_least() {
	[ "$(wc -l <"$T/events")" -ge "$1" ]
}

is_gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# ended_with STATUS: the stream (or the run in the background).
ended_with() {
	local status=0
	wait_until 10 is_gone "$STREAM" || return 1
	wait "$STREAM" || status=$?
	assert_eq "$status" "$1"
}

@test "K19 events --stats is one line of runc's kinds" {
	start_container
	run_urun events --stats "$ID"
	assert_quiet_but_stdout
	assert_eq "$(wc -l <"$T/.stdout")" 1
	jq -e --arg id "$ID" '.type == "stats" and .id == $id' <<<"$output"
	# All members that runc writes and this host counts have runc's kinds.
	jq -e --slurpfile runc "$BATS_TEST_DIRNAME/../samples/events-stats-runc.json" '
		def leaves: [paths as $p | {p: $p, t: (getpath($p) | type)}];
		. as $ours | [$runc[0] | leaves[] | .t as $t | .p as $p |
			($ours | try getpath($p) catch null) as $o |
			select($o != null and ($o | type) != $t) | .p | join(".")] == []' <<<"$output"
	jq -e '.data | (.cpu.usage | .total, .kernel, .user | type == "number") and
		.pids.current == 1 and .intel_rdt == {} and has("network_interfaces")' <<<"$output"
}

# As assert_quiet, where there is an answer on stdout.
assert_quiet_but_stdout() {
	assert_success && assert_eq "$stderr" '' && [ -n "$output" ]
}

@test "K19 V26 the CPU is the kernel's own count, in nanoseconds" {
	local before after now
	set_args "$BUNDLE" sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done; sleep 1000'
	start_container
	sleep 0.2
	before=$(cgroup_file cpu.stat | sed -n 's/^usage_usec //p')
	now=$(stats .data.cpu.usage.total)
	after=$(cgroup_file cpu.stat | sed -n 's/^usage_usec //p')
	[ "$before" -gt 0 ]
	[ "$now" -ge "${before}000" ]
	[ "$now" -le "${after}000" ]
	assert_eq "$(stats '.data.cpu.usage | .total - .kernel - .user | fabs < 1000000')" true
}

@test "K19 V26 what has no controller is absent, what has one is what its file says" {
	local size
	start_container
	for size in $(cd "$(unit_cgroup "$SCOPE")" && ls | sed -n 's/^hugetlb\.\([0-9A-Z]*\)\.current$/\1/p'); do
		assert_eq "$(stats --arg s "$size" -c '.data.hugetlb[$s]')" \
			"{\"usage\":$(cgroup_file "hugetlb.$size.current"),\"limit\":$(cgroup_file "hugetlb.$size.max" |
				sed s/max/18446744073709551615/),\"failcnt\":0}"
	done
	assert_eq "$(stats '.data.hugetlb | length')" \
		"$(cd "$(unit_cgroup "$SCOPE")" && ls | grep -c '^hugetlb\.[0-9A-Z]*\.current$')"
	if has_file memory.current; then
		stats '.data.memory.usage | .limit, .usage | type == "number"'
	else
		stats '.data.memory | has("usage") or has("swap") or has("raw") or has("cache") | not'
	fi
	has_file pids.max || stats '.data.pids | has("limit") | not'
	has_file cpu.max || stats '.data.cpu.throttling == {}'
	has_file io.stat || stats '.data.blkio | has("ioServiceBytesRecursive") | not'
	has_file cpuset.cpus.effective || stats '.data | has("cpuset") | not'
	if cgroup_file cpu.pressure >"$T/psi" 2>/dev/null; then
		stats '.data.cpu.psi.some | .avg10, .avg60, .avg300, .total | type == "number"'
	fi
}

@test "K19 V26 without the pids controller all processes are counted, below it too" {
	set_args "$BUNDLE" sh -c 'sleep 1000 & sleep 1000 & sleep 1000'
	start_container
	wait_until 10 eval '[ "$(urun ps -f json "$ID" | jq length)" = 4 ]' ||
		assert_eq "$(urun ps -f json "$ID" | jq length)" 3
	assert_eq "$(stats .data.pids.current)" "$(urun ps -f json "$ID" | jq length)"
}

@test "K19 events streams stats each interval, and ends with the container" {
	local begin
	start_container
	begin=$(date +%s%N)
	stream --interval=200ms
	wait_until 10 lines_at_least 4
	# The first comes at once, three more have taken three intervals.
	[ $(($(date +%s%N) - begin)) -ge 600000000 ]
	local pid
	pid=$(pid_of "$ID")
	urun kill "$ID" KILL
	ended_with 0
	assert_eq "$(<"$T/errors")" ''
	jq -es --arg id "$ID" 'all(.id == $id) and (.[:-1] | all(.type == "stats"))' "$T/events"
	jq -es --argjson pid "$pid" '.[-1] | .type == "exit" and .data.pid == $pid' "$T/events"
	# Without a memory controller nobody knows of the OOM killer.
	jq -es '.[-1].data | has("oomKilled") | not' "$T/events"
	# Which the kernel tells from 6.15 on, of a process that has been reaped.
	jq -es '.[-1].data | (has("status") | not) or (.status == 137 and .signal == 9)' "$T/events"
}

@test "K19 the exit event has the status where the kernel tells it" {
	printf '6.15\n%s\n' "$(uname -r)" | sort -CV || skip "Linux before 6.15"
	set_script "$BUNDLE" 'read -r _ </fifo; exit 7'
	mkfifo "$BUNDLE/rootfs/fifo"
	background "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 3>&-
	wait_status "$ID" running
	stream
	echo >"$BUNDLE/rootfs/fifo"
	ended_with 0
	jq -es '.[-1] | .type == "exit" and .data.status == 7 and (.data | has("signal") | not)' \
		"$T/events"
}

@test "K19 SIGINT and SIGTERM end the stream, the container stays" {
	start_container
	for signal in INT TERM; do
		: >"$T/events"
		# bash lets what is in the background ignore SIGINT.
		background env --default-signal=INT "$URUN" --root "$ROOT" events "$ID" \
			>"$T/events" 2>"$T/errors" </dev/null 3>&-
		STREAM=$!
		wait_until 10 lines_at_least 1
		kill -"$signal" "$STREAM"
		ended_with $((128 + $(kill -l "$signal")))
		assert_eq "$(<"$T/errors")" ''
	done
	is_status "$ID" running
}

@test "K19 a reader that goes ends the stream" {
	start_container
	run timeout 10 bash -c '"$0" --root "$1" events --interval=20ms "$2" | head -n 1' \
		"$URUN" "$ROOT" "$ID"
	assert_success
	jq -e '.type == "stats"' <<<"$output"
}

@test "K19 of a created and of a paused container, too" {
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >/dev/null 2>&1
	stats '.data.pids.current == 1'
	urun start "$ID"
	urun pause "$ID"
	stats '.data.pids.current == 1'
	urun resume "$ID"
}

@test "K19 a stopped container, one that is not, one without a cgroup: refused in one line" {
	run_urun events --stats nope
	assert_one_line_error 'container `nope` does not exist'
	for option in --stats --interval=1s; do
		set_args "$BUNDLE" sleep 1000
		urun --cgroup-manager=disabled run -d -b "$BUNDLE" "$ID" >/dev/null 2>&1 3>&-
		run_urun events "$option" "$ID"
		assert_failure
		assert_has "$stderr" 'has no cgroup of its own: nothing counts what it uses'
		assert_has "$stderr" --systemd-cgroup
		assert_eq "$output" ''
		urun kill "$ID" KILL
		wait_status "$ID" stopped
		run_urun events "$option" "$ID"
		assert_one_line_error 'container not running'
		urun delete "$ID"
	done
}

@test "K19 --interval is a time as Go writes it" {
	start_container
	for text in 5 s -1s 1d '1 s' 5s5 0x1s; do
		run_urun events --interval="$text" "$ID"
		assert_one_line_error "--interval: '$text' is not a time such as 5s, 500ms or 1m30s"
	done
	for text in 0 0s 999us 1000h; do
		run_urun events --interval="$text" "$ID"
		assert_one_line_error "--interval: '$text' is not between 1ms and"
	done
	for text in 1m30s 1.5h 500ms +5s; do
		run_urun events --stats --interval="$text" "$ID"
		assert_success
	done
}

@test "K19 Y01 the Python module has the same stats and events" {
	[ -e "$URUN_TEST_DIR/liburun.so.0" ] || skip "no liburun.so.0 is built"
	need_command python3
	start_container
	run env PYTHONPATH="$BATS_TEST_DIRNAME/../../python" PYTHONDONTWRITEBYTECODE=1 \
		URUN_LIBRARY="$URUN_TEST_DIR/liburun.so.0" timeout 30 python3 - "$ROOT" "$ID" <<-'END'
		import sys
		import urun

		box = urun.Runtime(root=sys.argv[1]).container(sys.argv[2])
		assert box.stats()["pids"]["current"] == 1
		seen = []

		def add(event):
		    seen.append(event)
		    return len(seen) < 3

		box.events(add, 0.02)
		assert [event["type"] for event in seen] == ["stats"] * 3, seen
		try:
		    box.events(lambda event: 1 / 0)
		    raise SystemExit("not raised")
		except ZeroDivisionError:
		    pass
		try:
		    box.events(add, 0)
		    raise SystemExit("not refused")
		except ValueError:
		    pass

		def kill(event):
		    seen.append(event)
		    if event["type"] == "stats":
		        box.kill("KILL")

		box.events(kill)
		assert seen[-1]["type"] == "exit", seen
	END
	assert_success
}

@test "K02 P29 a container that is killed without a memory controller: nothing is made up" {
	set_args "$BUNDLE" sleep 1000
	background "$URUN" --root "$ROOT" run --keep -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>"$T/errors" 3>&-
	STREAM=$!
	wait_status "$ID" running
	has_file memory.events && skip "a memory controller is here"
	urun kill "$ID" KILL
	ended_with 137
	assert_eq "$(<"$T/errors")" ''
	jq -e '.exitStatus == 137 and (has("oom") | not)' <<<"$(urun state "$ID")" || fail
}
