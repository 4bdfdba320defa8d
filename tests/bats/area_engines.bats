#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# urun as conmon, podman, containerd's shim, buildah and Slurm call it
# (engine-contracts.md sections 0, 2, 3, 5): tests/lib/engine is the caller.

load ../lib/common

setup() {
	setup_bundle sleep 1000
	edit_config "$BUNDLE" '.root.readonly = false'
	PIDFILE=$T/pidfile
	LOG=$T/log.json
}

teardown() {
	common_teardown
}

engine() {
	"$URUN_TEST_DIR/tests/lib/engine" "$@" 3>&-
}

# conmon ARGS...: in the background; its words go to $T/conmon.
conmon() {
	background "$URUN_TEST_DIR/tests/lib/engine" conmon "$@" >"$T/conmon" 2>&1 3>&- < <(:)
	conmon_pid=$!
}

said() {
	grep -qx -- "$1" "$T/conmon"
}

# bare COMMAND...: with XDG_RUNTIME_DIR alone in the environment, no PATH.
bare() {
	: | env -i "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR" "$URUN" "$@"
}

create_it() {
	urun create -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
}

one_object() {
	assert_eq "$(jq -s length "$LOG")" 1
	assert_eq "$(jq -r .level "$LOG")" error
	assert_has "$stderr" "$(jq -r .msg "$LOG")"
}

# ---- conmon

@test "0.6 0.8 0.9 as conmon: create, start, adopted, exit status, end of the pipes" {
	set_script "$BUNDLE" 'echo out; echo err >&2; exit 7'
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --systemd-cgroup --root "$ROOT" --log-format=json \
		--log "$LOG" create --bundle "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	said 'runtime 0'
	assert_match "$(cat "$PIDFILE")" '^[0-9]+$'
	assert_eq "$(pid_of "$ID")" "$(cat "$PIDFILE")"
	[ ! -s "$LOG" ]
	assert_eq "$(state_of "$ID")" created
	urun start "$ID"
	wait "$conmon_pid"
	said 'exit 7'
	assert_eq "$(cat "$T/output")" $'out\nerr'
	assert_eq "$(state_of "$ID")" stopped
	assert_eq "$(urun state "$ID" | jq .pid)" 0
}

@test "0.8 as conmon: killed by 9 is 137, and the pid vanishes" {
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	urun start "$ID"
	urun kill "$ID" 9
	wait "$conmon_pid"
	said 'exit 137'
}

@test "0.9 0.10 as conmon: no fd comes in, no signal stays ignored or blocked" {
	set_script "$BUNDLE" 'ls /proc/self/fd | xargs; exec grep -E "^Sig(Blk|Ign)" /proc/self/status'
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	urun start "$ID"
	wait "$conmon_pid"
	assert_eq "$(cat "$T/output")" '0 1 2 3
SigBlk:	0000000000000000
SigIgn:	0000000000000000'
}

@test "0.6 as conmon: the container is in no session or process group of the caller" {
	conmon -p "$PIDFILE" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	pid=$(cat "$PIDFILE")
	read -r _ _ _ _ group session _ <"/proc/$pid/stat"
	assert_eq "$group $session" "$pid $pid"
}

@test "0.7 as conmon: exec --process --detach, adopted, exit status" {
	create_it
	urun start "$ID"
	jq -n '{args: ["sh", "-c", "echo from exec; exit 9"], cwd: "/", env: ["PATH=/bin"],
		user: {uid: 0, gid: 0}}' >"$T/p.json"
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" --log-format=json --log "$LOG" \
		exec --pid-file "$PIDFILE" --process "$T/p.json" --detach "$ID"
	wait "$conmon_pid"
	said 'runtime 0'
	said 'adopted'
	said 'exit 9'
	assert_eq "$(cat "$T/output")" 'from exec'
	[ ! -s "$LOG" ]
}

@test "0.7 as conmon: an exec that fails leaves no pid file and one object in the log" {
	create_it
	urun start "$ID"
	jq -n '{args: ["nope"], cwd: "/", env: ["PATH=/bin"], user: {uid: 0, gid: 0}}' >"$T/p.json"
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" --log-format=json --log "$LOG" \
		exec --pid-file "$PIDFILE" --process "$T/p.json" --detach "$ID"
	wait "$conmon_pid"
	said 'no pid'
	said 'runtime 255'
	stderr=$(cat "$T/output")
	one_object
	assert_has "$(jq -r .msg "$LOG")" 'executable file not found in $PATH'
}

@test "0.3 0.8 as conmon: a create that fails: no pid, one object, the pipes end" {
	edit_config "$BUNDLE" '.mounts += [{destination: "/x", source: "/no/such/source", type: "bind", options: ["bind"]}]'
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" --log-format=json --log "$LOG" \
		create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait "$conmon_pid"
	said 'runtime 1'
	said 'no pid'
	stderr=$(cat "$T/output")
	one_object
	assert_eq "$(wc -l <"$T/output")" 1
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

# ---- argv as it comes

@test "0.1 podman's order: global options, FLAGS, log options, --cgroup-manager disabled" {
	run_urun --systemd-cgroup --debug=false --log-format=json --log "$LOG" --cgroup-manager disabled \
		create --bundle "$BUNDLE" --pid-file "$PIDFILE" --no-pivot --no-new-keyring --preserve-fds 0 "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
	[ -s "$PIDFILE" ]
}

@test "0.1 go-runc's order, containerd's and single-dash options" {
	run_urun --log "$LOG" --log-format json --systemd-cgroup create --bundle "$BUNDLE" \
		--pid-file "$PIDFILE" --no-new-keyring "$ID"
	assert_quiet
	urun delete --force "$ID"
	run_urun -log "$LOG" -log-format json create -bundle "$BUNDLE" -pid-file "$PIDFILE" "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
}

@test "0.1 Slurm's order: the id first" {
	run_urun create "$ID" -b "$BUNDLE"
	assert_quiet
	run_urun kill "$ID" --all KILL
	[ "$status" = 0 ] || run_urun kill --all "$ID" KILL
	assert_quiet
}

@test "0.2 a pid file is replaced in one step and no other file stays beside it" {
	mkdir "$T/pids"
	echo 99999999 >"$T/pids/pid"
	run_urun create -b "$BUNDLE" --pid-file "$T/pids/pid" "$ID"
	assert_quiet
	assert_eq "$(cat "$T/pids/pid")" "$(pid_of "$ID")"
	assert_eq "$(ls -A "$T/pids")" pid
}

# ---- the environment of kill, delete, start

@test "3 start, state, ps, kill, delete with XDG_RUNTIME_DIR alone: no PATH, no HOME" {
	export ROOT=$XDG_RUNTIME_DIR/urun
	bare create -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
	[ -d "$ROOT/$ID" ]
	run --separate-stderr bare start "$ID"
	assert_quiet
	run --separate-stderr bare ps "$ID"
	assert_quiet
	run --separate-stderr bare kill "$ID" 9
	assert_quiet
	wait_status "$ID" stopped
	run --separate-stderr bare delete --force "$ID"
	assert_quiet
	[ ! -e "$ROOT/$ID" ]
}

@test "0.10 delete with SIGUSR1 blocked and SIGPIPE ignored, as podman's cleanup" {
	create_it
	run engine conmon -m -e "$URUN" --root "$ROOT" delete --force "$ID"
	assert_success
	assert_output ''
	[ ! -e "$ROOT/$ID" ]
}

@test "0.11 delete, then delete --force twice more, silently" {
	create_it
	run_urun delete "$ID"
	assert_quiet
	for _ in 1 2; do
		run_urun --log "$LOG" --log-format json delete --force "$ID"
		assert_quiet
		assert_output ''
	done
	[ ! -s "$LOG" ]
	run_urun delete "$ID"
	assert_one_line_error "container \`$ID\` does not exist"
}

@test "0.11 delete --force after a create that failed" {
	set_args "$BUNDLE" /nope
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	run_urun delete --force "$ID"
	assert_quiet
}

# ---- stdout and stderr as one stream

@test "0.4 state, ps, list, features, --version merged with stderr parse, under --log, too" {
	create_it
	for global in '' "--log $LOG --log-format json"; do
		merged() { engine conmon -m "$URUN" --root "$ROOT" $global "$@"; }
		assert_eq "$(merged state "$ID" | jq -r .id)" "$ID"
		assert_eq "$(merged ps --format json "$ID" | jq -c .)" "[$(pid_of "$ID")]"
		assert_eq "$(merged list --format json | jq -r '.[].id')" "$ID"
		merged features | jq -e .ociVersionMin
		assert_match "$(merged --version | head -n 1)" '^urun version '
	done
	[ ! -s "$LOG" ]
}

@test "0.4 nothing on stderr or stdout through a whole life" {
	for words in "create -b $BUNDLE" start 'exec -d' 'kill' ; do
		case $words in
		exec*) run_urun exec -d "$ID" true ;;
		kill) run_urun kill "$ID" KILL ;;
		*) run_urun $words "$ID" ;;
		esac
		assert_quiet
		assert_output ''
	done
	wait_status "$ID" stopped
	run_urun delete "$ID"
	assert_quiet
}

# ---- the log

@test "0.3 the log has one object for each failure, appended; success adds nothing" {
	create_it
	run_urun --log "$LOG" --log-format json start "$ID"
	assert_quiet
	run_urun --log "$LOG" --log-format json exec "$ID" nope
	one_object
	run_urun --log "$LOG" --log-format json start "$ID"
	assert_failure 1
	assert_eq "$(jq -s length "$LOG")" 2
	assert_eq "$(jq -rs '.[-1].msg' "$LOG")" "${stderr#urun: }"
}

@test "0.3 warnings do not get into the log unless they are asked for" {
	edit_config "$BUNDLE" '.process.oomScoreAdj = -1000'
	run_urun --log "$LOG" --log-format json run -b "$BUNDLE" --detach "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
}

# ---- section 2: messages

@test "2 create: what the callers' users see of a missing or forbidden command" {
	expect() { # MESSAGE COMMAND
		set_args "$BUNDLE" "$2"
		run_urun create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
		assert_failure 1
		assert_one_line_error "$1"
		[ ! -e "$PIDFILE" ]
		[ ! -e "$ROOT/$ID" ]
	}
	expect 'exec: "nope": executable file not found in $PATH' nope
	expect 'exec: "/nope": stat /nope: no such file or directory' /nope
	expect 'exec: "/etc": is a directory: permission denied' /etc
	expect 'exec: "/etc/passwd": permission denied' /etc/passwd
}

@test "2 create: an id in use" {
	create_it
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "already exists"
	assert_has "$stderr" "$ID"
	assert_eq "$(state_of "$ID")" created
}

@test "2 kill and exec of what has ended: container not running" {
	set_args "$BUNDLE" true
	create_it
	urun start "$ID"
	wait_status "$ID" stopped
	run_urun kill "$ID" 15
	assert_one_line_error 'container not running'
	run_urun exec "$ID" true
	assert_one_line_error 'container not running'
	assert_has "$stderr" 'cannot exec in a stopped container'
	run_urun start "$ID"
	assert_one_line_error 'container not running'
}

@test "2 a host-side failure does not read like one of the user's command" {
	for change in '.mounts += [{destination: "/m", source: "/no/such", type: "bind", options: ["bind"]}]' \
		'.root.path = "nowhere"' '.linux.namespaces += [{type: "time", path: "/no/such/ns"}]' \
		'.hooks.createRuntime = [{path: "/no/such/hook"}]'; do
		cp "$BUNDLE/config.json" "$T/saved"
		edit_config "$BUNDLE" "$change"
		run_urun create -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error
		assert_no_engine_words
		mv "$T/saved" "$BUNDLE/config.json"
	done
	run_urun create -b "$T/none" "$ID"
	assert_one_line_error "$T/none"
	assert_no_engine_words
}

# ---- a caller that dies

@test "3 the caller dies during create: init goes with it, delete --force clears up" {
	edit_config "$BUNDLE" '.hooks.createContainer = [{path: "/bin/sh", args: ["sh", "-c", $s],
		env: ["PATH=/usr/bin:/bin"]}]' --arg s ": >$T/reached; sleep 7774"
	engine dying "$T/reached" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID" \
		>"$T/out" 2>&1 < <(:)
	wait_until 5 no_process_of "$BUNDLE"
	[ ! -e "$PIDFILE" ]
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -e "$ROOT/$ID" ]
}

# The container's init and hooks show this test's file systems.
no_process_of() {
	! grep -lqs -- "$1\|sleep.7774" /proc/[0-9]*/cmdline
}

@test "3 the caller dies during exec: the process does not stay half made" {
	create_it
	urun start "$ID"
	mkfifo "$T/fifo"
	# The process object never comes.
	engine dying "$T/fifo" "$URUN" --root "$ROOT" exec -p - --pid-file "$PIDFILE" "$ID" \
		>"$T/out" 2>&1 < <(sleep 0.3)
	[ ! -e "$PIDFILE" ]
	assert_eq "$(urun ps -f json "$ID" | jq length)" 1
}

@test "0.6 run --detach under a subreaper: it is init's parent at once" {
	conmon -p "$PIDFILE" "$URUN" --root "$ROOT" run -d -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	assert_eq "$(awk '/^PPid:/ { print $2 }' "/proc/$(cat "$PIDFILE")/status")" "$conmon_pid"
	urun kill "$ID" KILL
	wait "$conmon_pid"
	said 'exit 137'
}

@test "0.12 the CPU affinity of the caller is the container's" {
	need_command taskset
	set_script "$BUNDLE" 'grep Cpus_allowed_list /proc/self/status'
	cpu=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status | sed 's/[,-].*//')
	output=$(: | taskset -c "$cpu" "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 3>&-)
	assert_output "Cpus_allowed_list:	$cpu"
}
