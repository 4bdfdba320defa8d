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

@test "EC0.6 EC0.8 EC0.9 as conmon: create, start, adopted, exit status, end of the pipes" {
	set_script "$BUNDLE" 'echo out; echo err >&2; exit 7'
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" --log-format=json \
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

@test "EC0.8 as conmon: killed by 9 is 137, and the pid vanishes" {
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	urun start "$ID"
	urun kill "$ID" 9
	wait "$conmon_pid"
	said 'exit 137'
}

@test "EC0.9 EC0.10 as conmon: no fd comes in, no signal stays ignored or blocked" {
	set_script "$BUNDLE" 'ls /proc/self/fd | xargs; exec grep -E "^Sig(Blk|Ign)" /proc/self/status'
	conmon -p "$PIDFILE" -o "$T/output" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	urun start "$ID"
	wait "$conmon_pid"
	assert_eq "$(cat "$T/output")" '0 1 2 3
SigBlk:	0000000000000000
SigIgn:	0000000000000000'
}

@test "EC0.6 as conmon: the container is in no session or process group of the caller" {
	conmon -p "$PIDFILE" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	pid=$(cat "$PIDFILE")
	read -r _ _ _ _ group session _ <"/proc/$pid/stat"
	assert_eq "$group $session" "$pid $pid"
}

@test "EC0.7 as conmon: exec --process --detach, adopted, exit status" {
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

@test "EC0.7 as conmon: an exec that fails leaves no pid file and one object in the log" {
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

@test "EC0.3 EC0.8 as conmon: a create that fails: no pid, one object, the pipes end" {
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

@test "EC0.1 podman's order: global options, FLAGS, log options, --cgroup-manager disabled" {
	run_urun --systemd-cgroup --debug=false --log-format=json --log "$LOG" --cgroup-manager disabled \
		create --bundle "$BUNDLE" --pid-file "$PIDFILE" --no-pivot --no-new-keyring --preserve-fds 0 "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
	[ -s "$PIDFILE" ]
}

@test "EC0.1 go-runc's order, containerd's and single-dash options" {
	run_urun --log "$LOG" --log-format json create --bundle "$BUNDLE" \
		--pid-file "$PIDFILE" --no-new-keyring "$ID"
	assert_quiet
	urun delete --force "$ID"
	run_urun -log "$LOG" -log-format json create -bundle "$BUNDLE" -pid-file "$PIDFILE" "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
}

@test "EC0.1 Slurm's order: the id first" {
	run_urun create "$ID" -b "$BUNDLE"
	assert_quiet
	run_urun kill "$ID" --all KILL
	[ "$status" = 0 ] || run_urun kill --all "$ID" KILL
	assert_quiet
}

@test "EC0.2 a pid file is replaced in one step and no other file stays beside it" {
	mkdir "$T/pids"
	echo 99999999 >"$T/pids/pid"
	run_urun create -b "$BUNDLE" --pid-file "$T/pids/pid" "$ID"
	assert_quiet
	assert_eq "$(cat "$T/pids/pid")" "$(pid_of "$ID")"
	assert_eq "$(ls -A "$T/pids")" pid
}

# ---- the environment of kill, delete, start

@test "EC3 start, state, ps, kill, delete with XDG_RUNTIME_DIR alone: no PATH, no HOME" {
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

@test "EC0.10 delete with SIGUSR1 blocked and SIGPIPE ignored, as podman's cleanup" {
	create_it
	run engine conmon -m -e "$URUN" --root "$ROOT" delete --force "$ID"
	assert_success
	assert_output ''
	[ ! -e "$ROOT/$ID" ]
}

@test "EC0.11 delete, then delete --force twice more, silently" {
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

@test "EC0.11 delete --force after a create that failed" {
	set_args "$BUNDLE" /nope
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	run_urun delete --force "$ID"
	assert_quiet
}

# ---- stdout and stderr as one stream

@test "EC0.4 state, ps, list, features, --version merged with stderr parse, under --log, too" {
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

@test "EC0.4 nothing on stderr or stdout through a whole life" {
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

@test "EC0.3 the log has one object for each failure, appended; success adds nothing" {
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

@test "EC0.3 warnings do not get into the log unless they are asked for" {
	edit_config "$BUNDLE" '.process.oomScoreAdj = -1000'
	run_urun --log "$LOG" --log-format json run -b "$BUNDLE" --detach "$ID"
	assert_quiet
	[ ! -s "$LOG" ]
}

# ---- section 2: messages

@test "EC2 create: what the callers' users see of a missing or forbidden command" {
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

@test "EC2 create: an id in use" {
	create_it
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "already exists"
	assert_has "$stderr" "$ID"
	assert_eq "$(state_of "$ID")" created
}

@test "EC2 kill and exec of what has ended: container not running" {
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

@test "EC2 a host-side failure does not read like one of the user's command" {
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

@test "EC3 the caller dies during create: init goes with it, delete --force clears up" {
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

@test "EC3 the caller dies during exec: the process does not stay half made" {
	create_it
	urun start "$ID"
	mkfifo "$T/fifo"
	# The process object never comes.
	engine dying "$T/fifo" "$URUN" --root "$ROOT" exec -p - --pid-file "$PIDFILE" "$ID" \
		>"$T/out" 2>&1 < <(sleep 0.3)
	[ ! -e "$PIDFILE" ]
	assert_eq "$(urun ps -f json "$ID" | jq length)" 1
}

@test "EC0.6 run --detach under a subreaper: it is init's parent at once" {
	conmon -p "$PIDFILE" "$URUN" --root "$ROOT" run -d -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	assert_eq "$(awk '/^PPid:/ { print $2 }' "/proc/$(cat "$PIDFILE")/status")" "$conmon_pid"
	urun kill "$ID" KILL
	wait "$conmon_pid"
	said 'exit 137'
}

@test "EC0.12 the CPU affinity of the caller is the container's" {
	need_command taskset
	set_script "$BUNDLE" 'grep Cpus_allowed_list /proc/self/status'
	cpu=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status | sed 's/[,-].*//')
	output=$(: | taskset -c "$cpu" "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 3>&-)
	assert_output "Cpus_allowed_list:	$cpu"
}

# ---- section 0, point by point: what no test above shows

@test "EC0.1 every global option that engines pass, in both forms" {
	create_it
	for form in "--log $LOG --log-format json --cgroup-manager disabled --criu /nope" \
		"--log=$LOG --log-format=json --cgroup-manager=cgroupfs --criu=/nope" \
		--systemd-cgroup --debug=false --rootless --rootless=true --rootless=false --rootless=auto; do
		run_urun $form list -q
		assert_quiet
		assert_output "$ID"
	done
	[ ! -s "$LOG" ]
}

@test "EC0.1 the options of create and run, short, long and behind the id" {
	for form in "-b $BUNDLE --no-pivot --no-new-keyring --preserve-fds 0 --no-subreaper $ID" \
		"$ID --bundle=$BUNDLE --pid-file=$PIDFILE --preserve-fds=0"; do
		run_urun create $form
		assert_quiet
		run_urun delete -f "$ID"
		assert_quiet
	done
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun list -f json
	assert_eq "$(jq -r '.[].id' <<<"$output")" "$ID"
	run_urun kill -a "$ID"
	assert_quiet
}

@test "EC0.1 exec takes options up to the id; the rest is the command's" {
	create_it
	urun start "$ID"
	run_urun exec -e A=b -u 0 --cwd=/tmp "$ID" sh -c 'echo "$A $PWD $0 $*"' -u --cwd -d
	assert_quiet
	assert_output 'b /tmp -u --cwd -d'
}

@test "EC0.2 the pid file holds the number of the caller's pid namespace" {
	unshare --user --map-root-user --pid --fork --mount-proc true 2>/dev/null ||
		skip "a user namespace may not mount a procfs here"
	set_args "$BUNDLE" true
	# Seen from here it is another one: it is pid 1 of it that ends with the shell.
	run unshare --user --map-root-user --pid --fork --mount-proc --kill-child sh -c '
		: | "$0" --root "$1" create -b "$2" --pid-file "$3" c1 >/dev/null 2>"$4" || cat "$4"
		test "$(tr "\0" " " <"/proc/$(cat "$3")/comm" | cut -c1-4)" = urun && echo same
		: | "$0" --root "$1" delete --force c1' "$URUN" "$T/state2" "$BUNDLE" "$PIDFILE" "$T/err"
	assert_output same
	[ "$(cat "$PIDFILE")" -lt 200 ]
}

@test "EC0.3 the log's time is RFC 3339, and --debug does not spoil its last object" {
	run_urun --log "$LOG" --log-format json start "$ID"
	assert_match "$(jq -r .time "$LOG")" \
		'^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$'
	run_urun --debug --log "$LOG" --log-format json start "$ID"
	assert_failure 1
	assert_eq "$(jq -rs '.[-1].level' "$LOG")" error
	assert_has "$(jq -rs '.[-1].msg' "$LOG")" 'does not exist'
}

@test "EC0.7 exec and run in the foreground: the code, and 128 + the signal" {
	set_script "$BUNDLE" 'sh -c "kill -9 \$\$"; exit $?'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 137
	set_args "$BUNDLE" sleep 1000
	create_it
	urun start "$ID"
	run_urun exec "$ID" sh -c 'exit 9'
	assert_failure 9
	run_urun exec "$ID" sh -c 'kill -15 $$'
	assert_failure 143
	run_urun exec --detach --pid-file "$PIDFILE" "$ID" sh -c 'exit 9'
	assert_quiet
	[ -s "$PIDFILE" ]
}

@test "EC0.8 exec --detach holds nothing of the caller's open" {
	create_it
	urun start "$ID"
	# The end of the pipe is that of all who have it.
	output=$(engine conmon -m "$URUN" --root "$ROOT" exec --detach "$ID" \
		sh -c 'exec >/dev/null 2>&1; sleep 1000' | cat)
	assert_output ''
	assert_eq "$(urun ps -f json "$ID" | jq length)" 2
}

@test "EC0.9 among leaked descriptors exactly 3 to 2+N come in" {
	set_script "$BUNDLE" 'cat <&3; cat <&4; ls /proc/self/fd | xargs'
	echo three >"$T/3"
	echo four >"$T/4"
	output=$("$URUN_TEST_DIR/tests/lib/engine" conmon -m "$URUN" --root "$ROOT" run --preserve-fds 2 \
		-b "$BUNDLE" "$ID" 3<"$T/3" 4<"$T/4")
	# 5 is ls's own.
	assert_output $'three\nfour\n0 1 2 3 4 5'
}

@test "EC0.9 EC0.10 exec as conmon: no fd comes in, no signal stays ignored or blocked" {
	create_it
	urun start "$ID"
	run engine conmon -m "$URUN" --root "$ROOT" exec "$ID" \
		sh -c 'ls /proc/self/fd | xargs; exec grep -E "^Sig(Blk|Ign)" /proc/self/status'
	assert_success
	assert_output '0 1 2 3
SigBlk:	0000000000000000
SigIgn:	0000000000000000'
}

@test "EC0.10 the caller's alarm, personality and umask are not the container's" {
	need_command setarch python3
	set_script "$BUNDLE" 'cat /proc/self/personality; umask; sleep 1.2; echo alive'
	output=$(: | bash -c 'umask 0077; exec setarch --addr-no-randomize "$@"' bash \
		python3 -c 'import os, signal, sys; signal.alarm(1); os.execv(sys.argv[1], sys.argv[1:])' \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 3>&-)
	assert_match "$output" '^0+'$'\n''0022'$'\n''alive$'
	set_args "$BUNDLE" sleep 1000
	create_it
	urun start "$ID"
	run urun_pipe setarch --addr-no-randomize "$URUN" --root "$ROOT" exec "$ID" grep -c '^0*$' /proc/self/personality
	assert_output 1
}

urun_pipe() {
	: | "$@" 3>&-
}

@test "EC0.12 exec, too, keeps the caller's CPU affinity" {
	need_command taskset
	create_it
	urun start "$ID"
	cpu=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status | sed 's/.*[,-]//')
	output=$(: | taskset -c "$cpu" "$URUN" --root "$ROOT" exec "$ID" grep Cpus_allowed_list /proc/self/status 3>&-)
	assert_output "Cpus_allowed_list:	$cpu"
}

# ---- section 2, row by row: what no test above shows

@test "EC2 run and exec: what the callers' users see of a missing or forbidden command" {
	create_it
	urun start "$ID"
	expect() { # MESSAGE COMMAND
		run_urun exec "$ID" "$2"
		assert_failure 255
		assert_one_line_error "$1"
		set_args "$BUNDLE" "$2"
		run_urun run -b "$BUNDLE" "$ID.run"
		assert_failure
		assert_one_line_error "$1"
		[ ! -e "$ROOT/$ID.run" ]
	}
	expect 'exec: "nope": executable file not found in $PATH' nope
	expect 'exec: "/nope": stat /nope: no such file or directory' /nope
	expect 'exec: "/etc": is a directory: permission denied' /etc
	expect 'exec: "/etc/passwd": permission denied' /etc/passwd
}

@test "EC2 an unknown container: every command says that it does not exist" {
	for words in start state kill delete ps 'exec nope true'; do
		[ "${words#* }" != "$words" ] || words+=' nope'
		run_urun $words
		assert_one_line_error 'container `nope` does not exist'
		# containerd and CRI-O read it from the log or in lower case.
		assert_eq "$(tr '[:upper:]' '[:lower:]' <<<"$stderr")" "$stderr"
	done
}

@test "EC2 a zombie init is stopped: kill says 'container not running', delete works" {
	conmon -z "$T/reap" -p "$PIDFILE" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$PIDFILE" "$ID"
	wait_until 10 said adopted
	urun start "$ID"
	run_urun kill "$ID" KILL
	assert_quiet
	wait_until 5 is_zombie "$(cat "$PIDFILE")"
	assert_eq "$(state_of "$ID")" stopped
	assert_eq "$(urun state "$ID" | jq .pid)" 0
	run_urun kill "$ID" KILL
	assert_one_line_error 'container not running'
	run_urun exec "$ID" true
	assert_one_line_error 'container not running'
	is_zombie "$(cat "$PIDFILE")"
	run_urun delete "$ID"
	assert_quiet
	: >"$T/reap"
	wait "$conmon_pid"
	said 'exit 137'
}

is_zombie() {
	grep -q '^State:.Z' "/proc/$1/status"
}

@test "EC2 an option without its argument: podman's probe" {
	for words in 'create --bundle' 'exec -u' 'restore --lsm-mount-context' --log; do
		case $words in
		restore*) : | "$URUN" restore --help >/dev/null 2>&1 || continue ;;
		esac
		run_urun $words
		assert_one_line_error 'requires an argument'
	done
}
