#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# run: in the foreground the container's status and signals, detached nothing
# of urun stays.

load ../lib/common

setup() {
	setup_bundle
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

# in_subreaper PROGRAM ARGS...: a python that adopts orphans runs urun with
# $OPTIONS, then $CHECK with `urun` (its status) and `pid` (of the pid file).
in_subreaper() {
	cat >"$T/reaper.py" <<-'END'
		import ctypes, os, subprocess, sys
		if ctypes.CDLL(None).prctl(36, 1, 0, 0, 0):
		    sys.exit("no subreaper")
		pidfile, urun = sys.argv[1], sys.argv[2:]
		p = subprocess.Popen(urun, stdin=subprocess.PIPE, stdout=open(pidfile + ".out", "w"), stderr=subprocess.STDOUT)
		status = p.wait()
		pid = int(open(pidfile).read())
		stat = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
		children = open("/proc/self/task/%d/children" % os.getpid()).read().split()
		print(status, int(stat[1]) == os.getpid(), int(stat[3]) == pid, children == [str(pid)])
	END
	python3 "$T/reaper.py" "$@"
}

@test "C02 the exit status of run is the container's: 0 to 255" {
	for n in 0 1 2 42 125 126 127 128 200 254 255; do
		set_script "$BUNDLE" "exit $n"
		run_urun run -b "$BUNDLE" "$ID"
		[ "$status" = "$n" ] || fail "want $n"
		assert_eq "$stderr" ''
		[ ! -e "$ROOT/$ID" ]
	done
}

@test "C02 killed by a signal: 128 + its number" {
	# As process 1 of a namespace it would not notice most of them.
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
	for n in 1 2 9 15 34; do
		set_script "$BUNDLE" "kill -$n \$\$; sleep 5"
		run_urun run -b "$BUNDLE" "$ID"
		assert_failure $((128 + n))
		assert_eq "$stderr" ''
	done
}

@test "C02 killed as process 1: 137" {
	set_args "$BUNDLE" sleep 60
	: | "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" >"$T/out" 2>&1 &
	runtime=$!
	wait_status "$ID" running
	kill -KILL "$(pid_of "$ID")"
	wait "$runtime" && status=0 || status=$?
	assert_eq "$status" 137
	assert_eq "$(cat "$T/out")" ''
}

@test "C02 stdin and stdout are the container's" {
	set_args "$BUNDLE" cat
	assert_eq "$(echo hello | urun_stdin run -b "$BUNDLE" "$ID")" hello
}

@test "C02 stderr of the container is not mixed into stdout" {
	set_script "$BUNDLE" 'echo out; echo err >&2'
	run_urun run -b "$BUNDLE" "$ID"
	assert_output out
	assert_eq "$stderr" err
}

@test "C02 a large output is whole" {
	set_script "$BUNDLE" 'head -c 3000000 /dev/zero'
	assert_eq "$(urun run -b "$BUNDLE" "$ID" | wc -c)" 3000000
}

@test "C02 run deletes the container at its end, without a word" {
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output ''
	run_urun state "$ID"
	assert_failure 1
	assert_one_line_error 'does not exist'
}

@test "C02 a missing command: one line, the engines' words, nothing left" {
	set_args "$BUNDLE" nope
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'exec: "nope": executable file not found in $PATH'
	[ ! -e "$ROOT/$ID" ]
}

@test "C02 state says running while run waits" {
	set_args "$BUNDLE" sleep 60
	: | urun_stdin run -b "$BUNDLE" "$ID" >"$T/out" 2>&1 &
	wait_status "$ID" running
	urun kill "$ID" KILL
	wait $! && status=0 || status=$?
	assert_eq "$status" 137
}

@test "C02 a run whose container somebody else deletes still gives its status" {
	set_args "$BUNDLE" sleep 60
	: | urun_stdin run -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" &
	wait_status "$ID" running
	urun delete --force "$ID"
	wait $! && status=0 || status=$?
	assert_eq "$status" 137
	assert_eq "$(cat "$T/err")" ''
}

@test "C13 --keep keeps the stopped container until delete" {
	set_script "$BUNDLE" 'exit 3'
	run_urun run --keep -b "$BUNDLE" "$ID"
	assert_failure 3
	assert_eq "$(state_of "$ID")" stopped
	run_urun delete "$ID"
	assert_quiet
	[ ! -e "$ROOT/$ID" ]
}

@test "C10 run -d returns when the program runs, nothing of urun stays" {
	set_args "$BUNDLE" sleep 60
	need_command python3
	run in_subreaper "$T/pid" "$URUN" --root "$ROOT" run -d -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_output '0 True True True'
	assert_eq "$(state_of "$ID")" running
	assert_eq "$(pid_of "$ID")" "$(cat "$T/pid")"
}

@test "C01 C10 create: init's parent is the caller's subreaper, nothing of urun stays" {
	set_args "$BUNDLE" sleep 60
	need_command python3
	run in_subreaper "$T/pid" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_output '0 True True True'
}

@test "C01 C10 the same with a joined namespace, where init is cloned by a stage" {
	set_args "$BUNDLE" sleep 60
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "time"}] |
		.linux.timeOffsets = {boottime: {secs: 100}}'
	need_command python3
	run in_subreaper "$T/pid" "$URUN" --root "$ROOT" create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_output '0 True True True'
}

@test "C10 run -d holds no pipe of the caller's open but the container's stdio" {
	set_script "$BUNDLE" 'exec sleep 60 <&- >&- 2>&-'
	SECONDS=0
	out=$(: | urun_stdin run -d -b "$BUNDLE" "$ID" 2>&1)
	[ "$SECONDS" -lt 10 ]
	assert_eq "$out" ''
	assert_eq "$(state_of "$ID")" running
}

@test "C10 run -d of a missing command fails, with no pid file and nothing left" {
	set_args "$BUNDLE" /nope
	run_urun run -d -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_failure 1
	assert_one_line_error 'no such file or directory'
	[ ! -e "$T/pid" ]
	[ ! -e "$ROOT/$ID" ]
}

@test "C10 run -d of a terminal without --console-socket is refused" {
	edit_config "$BUNDLE" '.process.terminal = true'
	run_urun run -d -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '--console-socket'
}

# ---- C15 signals

@test "C15 run passes TERM, INT, HUP, USR1, USR2, QUIT and real-time signals on" {
	set_script "$BUNDLE" '
		for s in HUP INT QUIT USR1 USR2 TERM 34 40 64; do trap "echo $s" $s; done
		trap "exit 7" CONT
		echo ready
		while :; do sleep 0.01; done'
	: | "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" &
	runtime=$!
	wait_until 10 grep -q ready "$T/out"
	# $! is the pipe's last process: urun itself.
	for s in HUP INT QUIT USR1 USR2 TERM 34 40 64; do
		kill -s "$s" "$runtime"
		wait_until 5 grep -qx "$s" "$T/out"
	done
	kill -CONT "$runtime"
	wait "$runtime" && status=0 || status=$?
	assert_eq "$status" 7
	assert_eq "$(cat "$T/err")" ''
}

@test "C15 a signal that comes while the container is made is not lost" {
	set_script "$BUNDLE" 'trap "exit 9" TERM; while :; do sleep 0.01; done'
	cat >"$T/hook" <<-END
		#!/bin/sh
		kill -TERM "\$PPID"
	END
	chmod +x "$T/hook"
	edit_config "$BUNDLE" '.hooks.poststart = [{path: $h}]' --arg h "$T/hook"
	run_urun run -b "$BUNDLE" "$ID"
	# In time for the trap or before it, where process 1 does not notice.
	[ "$status" = 9 ] || fail
}

@test "C15 children of the container do not confuse run" {
	set_script "$BUNDLE" 'for i in 1 2 3 4 5 6 7 8; do (sleep 0.05 &) ; done; sleep 0.1; exit 4'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 4
}

@test "C15 in the caller's pid namespace orphans are reaped and the status is right" {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
	set_script "$BUNDLE" 'for i in 1 2 3 4 5; do (sleep 0.05 &) ; done; sleep 0.2; exit 5'
	run_urun run -b "$BUNDLE" "$ID"
	[ "$status" = 5 ] || fail
}

@test "C15 the caller's ignored SIGCHLD does not lose the exit status" {
	need_command python3
	set_script "$BUNDLE" 'exit 6'
	python3 - "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" <<-'END' && status=0 || status=$?
		import os, signal, sys
		signal.signal(signal.SIGCHLD, signal.SIG_IGN)
		r, w = os.pipe()
		os.dup2(r, 0)
		os.execv(sys.argv[1], sys.argv[1:])
	END
	assert_eq "$status" 6
}

@test "C07 C08 run passes LISTEN_FDS through run -d" {
	set_script "$BUNDLE" 'cat <&3 >/got; echo $LISTEN_FDS >>/got; exec sleep 60'
	echo three >"$T/3"
	: | LISTEN_FDS=1 urun_stdin run -d -b "$BUNDLE" "$ID" 3<"$T/3"
	wait_until 5 grep -q 1 "$BUNDLE/rootfs/got"
	assert_eq "$(cat "$BUNDLE/rootfs/got")" $'three\n1'
}

@test "C02 run -b is refused for an id in use, the container stays" {
	set_args "$BUNDLE" sleep 60
	urun run -d -b "$BUNDLE" "$ID"
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'already exists'
	assert_eq "$(state_of "$ID")" running
}

@test "G10 C11 --no-pivot, before the command or behind it: the root is the container's, without a way back" {
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_CHROOT"])'
	set_script "$BUNDLE" 'ls /; readlink /proc/1/cwd
		ls -d /../boot /proc/1/root/boot /proc/1/root/../boot 2>/dev/null
		chroot /proc/1/root ls -d /boot 2>/dev/null; :'
	for form in '--no-pivot run' 'run --no-pivot'; do
		# shellcheck disable=SC2086
		run_urun $form -b "$BUNDLE" "$ID"
		assert_eq "$stderr" ''
		assert_eq "$output" "$(ls "$BUNDLE/rootfs")"$'\n/'
	done
	set_script "$BUNDLE" 'cut -d " " -f 5 /proc/self/mountinfo'
	run_urun run --no-pivot -b "$BUNDLE" "$ID"
	assert_lacks "$output" "$T"
}

@test "G01 --debug is --log-level=debug: the plan and each step with its time" {
	for form in --debug --log-level=debug; do
		run_urun $form run -b "$BUNDLE" "$ID"
		assert_success
		assert_match "$stderr" 'plan: '
		assert_match "$stderr" 'step write-state: [0-9]+ us'
		assert_match "$stderr" 'step [a-z-]+: [0-9]+ us'
	done
}

@test "G07 G08 without a systemd of the user: asked for by name an error, else a notice for --debug" {
	run_urun --systemd-cgroup run -b "$BUNDLE" "$ID"
	assert_failure
	assert_one_line_error
	assert_has "$stderr" 'the user bus unreachable'
	run_urun --debug run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$stderr" 'no cgroup for the container: '
}

# ---- N16 --dry-run

@test "N16 run --dry-run prints the plan, makes nothing, and may be repeated" {
	for _ in 1 2; do
		run_urun run --dry-run -b "$BUNDLE" "$ID"
		assert_quiet
		assert_has "$output" "id $ID"
		assert_has "$output" "bundle $(realpath "$BUNDLE")"
		assert_has "$output" "namespace user new"
		assert_match "$output" $'\nroot [^\n]*/rootfs '
		assert_match "$output" $'\nargs '
		assert_lacks "$output" $'PATH=/'
	done
	[ ! -e "$ROOT" ]
}

@test "N16 run --dry-run runs no hook, connects to no socket and writes no pid file" {
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: "/bin/sh", args: ["sh", "-c", $f]}]
		| .process.terminal = true' --arg f "touch $T/hook"
	run_urun run --dry-run -d -b "$BUNDLE" --pid-file "$T/pid" --console-socket "$T/none" "$ID"
	assert_quiet
	assert_has "$output" 'hook createRuntime[0] /bin/sh'
	assert_has "$output" 'terminal yes'
	[ ! -e "$T/hook" ]
	[ ! -e "$T/pid" ]
	[ ! -e "$ROOT" ]
}

@test "N16 --dry-run refuses what run and create refuse, with the same words" {
	edit_config "$BUNDLE" '.process.terminal = true'
	for verb in create 'run -d'; do
		run_urun $verb --dry-run -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_output ''
		assert_one_line_error '.process.terminal'
		dry=$stderr
		run_urun $verb -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_eq "$dry" "$stderr"
	done
	# In the foreground the terminal is ours.
	run_urun run --dry-run -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun run --dry-run -b "$BUNDLE" a/b
	assert_failure 1
	edit_config "$BUNDLE" '.process.terminal = false | .mounts[0].type = 3'
	run_urun create --dry-run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.mounts[0].type'
}

@test "N16 C04 -f - with --dry-run, create --dry-run, and run" {
	mv "$BUNDLE/config.json" "$T/c.json"
	for verb in create run; do
		run --separate-stderr urun_stdin "$verb" --dry-run -b "$BUNDLE" -f - "$ID" <"$T/c.json"
		assert_quiet
		assert_has "$output" "id $ID"
	done
	jq '.process.args = ["sh", "-c", "cat; exit 6"]' "$T/c.json" >"$T/d.json"
	run --separate-stderr urun_stdin run -b "$BUNDLE" -f - "$ID" <"$T/d.json"
	assert_failure 6
	assert_output ''
	run --separate-stderr urun_stdin run -b "$BUNDLE" -f - "$ID" <<<'{"ociVersion": 1}'
	assert_failure 1
	assert_one_line_error '(stdin)'
	assert_has "$stderr" '.ociVersion'
}
