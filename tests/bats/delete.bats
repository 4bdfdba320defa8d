#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# delete: what it refuses, what --force always does.

load ../lib/common

setup() {
	setup_bundle sleep 60
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

start_sleeper() {
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	urun start "$ID"
}

is_gone() {
	! grep -q '^State:.[^ZX]' "/proc/$1/status" 2>/dev/null
}

# force_cleans: delete --force is silent, ends the process and the state.
force_cleans() {
	run_urun delete --force "$ID"
	assert_quiet
	assert_output ''
	[ ! -e "$ROOT/$ID" ] || fail "the state is left"
	is_gone "$(cat "$T/pid")" || fail "process $(cat "$T/pid") is left"
}

@test "K10 delete of a stopped container is silent" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun delete "$ID"
	assert_quiet
	assert_output ''
	[ ! -e "$ROOT/$ID" ]
}

@test "K10 delete of a created container ends its init" {
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	run_urun delete "$ID"
	assert_quiet
	[ ! -e "$ROOT/$ID" ]
	is_gone "$(cat "$T/pid")"
}

@test "K10 delete of a running container is refused and harms nothing" {
	start_sleeper
	run_urun delete "$ID"
	assert_failure 1
	assert_one_line_error "not in \`created\` or \`stopped\` state"
	assert_eq "$(state_of "$ID")" running
}

@test "K10 delete of an unknown container: does not exist" {
	run_urun delete nope
	assert_failure 1
	assert_one_line_error 'container `nope` does not exist'
}

@test "K11 --force ends a running container" {
	start_sleeper
	force_cleans
}

@test "K11 --force of an unknown id, with and without a root: silent, status 0" {
	run_urun delete --force nope
	assert_quiet
	mkdir -m 0700 "$ROOT"
	run_urun delete -f nope
	assert_quiet
	assert_output ''
}

@test "K11 --force twice" {
	start_sleeper
	force_cleans
	force_cleans
}

@test "K11 --force ends a container that ignores everything" {
	set_script "$BUNDLE" 'trap "" 1 2 3 15; while :; do sleep 0.05; done'
	start_sleeper
	force_cleans
}

@test "K11 --force ends a stopped (SIGSTOP) container" {
	start_sleeper
	kill -STOP "$(cat "$T/pid")"
	force_cleans
}

@test "K11 --force ends children in a shared pid namespace" {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "pid")) |
		.mounts |= map(select(.destination != "/proc"))'
	set_script "$BUNDLE" 'sleep 61 & (setsid sleep 62 &); exec sleep 60'
	start_sleeper
	wait_until 5 eval '[ "$(urun ps -f json "$ID" | jq length)" = 3 ]'
	pids=$(urun ps -f json "$ID" | jq -r '.[]')
	force_cleans
	for pid in $pids; do
		wait_until 5 is_gone "$pid"
	done
}

@test "K11 --force of a container that run waits for: run gives 137, no error" {
	: | urun_stdin run -b "$BUNDLE" --pid-file "$T/pid" "$ID" >"$T/out" 2>&1 &
	runtime=$!
	wait_until 5 [ -s "$T/pid" ]
	wait_status "$ID" running
	force_cleans
	wait $runtime && status=0 || status=$?
	assert_eq "$status $(cat "$T/out")" '137 '
}

@test "K11 delete with signals blocked by the caller (podman's cleanup process)" {
	need_command python3
	start_sleeper
	python3 - "$URUN" --root "$ROOT" delete --force "$ID" <<-'END'
		import os, signal, sys
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
		os.execv(sys.argv[1], sys.argv[1:])
	END
	[ ! -e "$ROOT/$ID" ]
}

# ---- S3: --force with a broken state

@test "K11 S3 --force with state.json truncated, garbage, empty, removed, a directory, a FIFO" {
	for how in truncated garbage empty removed directory fifo; do
		start_sleeper
		f=$ROOT/$ID/state.json
		case $how in
		truncated) head -c 50 "$f" >"$T/x" && cp "$T/x" "$f" ;;
		garbage) head -c 400 /dev/urandom >"$f" ;;
		empty) : >"$f" ;;
		removed) rm "$f" ;;
		directory) rm "$f" && mkdir -p "$f/sub" ;;
		fifo) rm "$f" && mkfifo "$f" ;;
		esac
		force_cleans || fail "$how"
	done
}

@test "K11 S3 --force with a truncated state of a created container" {
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	echo '{' >"$ROOT/$ID/state.json"
	force_cleans
}

@test "K11 S3 --force with config.json removed" {
	start_sleeper
	rm "$ROOT/$ID/config.json"
	force_cleans
}

@test "K11 S3 --force with the init note removed or forged" {
	for target in '' 1 1:1:1 x "$$:1:$(cat /proc/sys/kernel/random/boot_id)"; do
		start_sleeper
		rm "$ROOT/$ID/init"
		[ -z "$target" ] || ln -s "$target" "$ROOT/$ID/init"
		force_cleans || fail "init '$target'"
	done
}

@test "K11 S3 --force with the whole folder closed (mode 0000)" {
	start_sleeper
	chmod 0 "$ROOT/$ID"
	force_cleans
}

@test "K11 S3 --force with everything but the init note removed" {
	start_sleeper
	rm -f "$ROOT/$ID"/*.json "$ROOT/$ID"/exec.*
	force_cleans
}

@test "K11 S3 an empty folder is cleaned, and the id can be used" {
	mkdir -m 0700 "$ROOT" "$ROOT/$ID"
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -e "$ROOT/$ID" ]
	start_sleeper
}

@test "K10 without --force a broken record of a running container is told, and the hint helps" {
	start_sleeper
	echo '{' >"$ROOT/$ID/state.json"
	run_urun delete "$ID"
	assert_failure 1
	assert_one_line_error state.json
	kill -0 "$(cat "$T/pid")"
	run_urun state "$ID"
	assert_failure 1
	assert_one_line_error state.json
	run_urun kill "$ID" KILL
	assert_quiet
	wait_until 5 is_gone "$(cat "$T/pid")"
	run_urun delete "$ID"
	assert_quiet
}

@test "K11 --force leaves folders that are not urun's alone (Slurm's root)" {
	mkdir -m 0700 "$ROOT"
	mkdir -p "$ROOT/systemd/private" "$ROOT/bundle/rootfs"
	cp "$BUNDLE/config.json" "$ROOT/bundle"
	for id in systemd bundle; do
		run_urun delete --force "$id"
		assert_quiet
		run_urun delete "$id"
		assert_failure 1
	done
	[ -d "$ROOT/systemd/private" ]
	[ -f "$ROOT/bundle/config.json" ]
	rm -r "$ROOT/systemd" "$ROOT/bundle"
}

@test "K11 --force does not follow a symlink in the id's place" {
	mkdir -m 0700 "$ROOT"
	mkdir "$T/elsewhere"
	: >"$T/elsewhere/config.json"
	ln -s "$T/elsewhere" "$ROOT/$ID"
	run_urun delete --force "$ID"
	[ -e "$T/elsewhere/config.json" ]
	rm "$ROOT/$ID"
}

# ---- K13 order and hooks

@test "K13 poststop hooks run at delete, once, with the state stopped and pid 0" {
	printf '#!/bin/sh\ncat >>%s\necho >>%s\n' "$T/in" "$T/in" >"$T/hook"
	chmod +x "$T/hook"
	edit_config "$BUNDLE" '.hooks.poststop = [{path: $h}]' --arg h "$T/hook"
	start_sleeper
	force_cleans
	assert_eq "$(jq -s -c 'map([.status, .pid // 0])' "$T/in")" '[["stopped",0]]'
}

@test "K13 a failing poststop hook does not keep the container" {
	edit_config "$BUNDLE" '.hooks.poststop = [{path: "/bin/false"}]'
	start_sleeper
	run_urun delete --force "$ID"
	assert_success
	[ ! -e "$ROOT/$ID" ]
}

# ---- C18, T04

@test "C18 the folder of another boot is reclaimed by create" {
	start_sleeper
	pid=$(cat "$T/pid")
	kill -KILL "$pid"
	wait_status "$ID" stopped
	boot=01234567-89ab-cdef-0123-456789abcdef
	ln -sfn "$pid:1:$boot" "$ROOT/$ID/init"
	jq -c --arg b "$boot" '.bootID = $b' "$ROOT/$ID/state.json" >"$T/new"
	cp "$T/new" "$ROOT/$ID/state.json"
	assert_eq "$(state_of "$ID")" stopped
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" created
}

@test "C18 eight creates over the folder of another boot: one wins" {
	boot=01234567-89ab-cdef-0123-456789abcdef
	mkdir -m 0700 "$ROOT"
	for round in 1 2 3; do
		mkdir -m 0700 "$ROOT/$ID"
		ln -s "77:1:$boot" "$ROOT/$ID/init"
		for i in 1 2 3 4 5 6 7 8; do
			(: | "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" >"$T/o$i" 2>&1 && echo 0 ||
				echo $?) >"$T/rc$i" &
		done
		wait
		assert_eq "$(cat "$T"/rc? | sort | tr '\n' ' ')" '0 1 1 1 1 1 1 1 '
		assert_eq "$(state_of "$ID")" created
		urun delete --force "$ID"
	done
}

@test "K21 a stopped container whose pid another process has: delete leaves that alone" {
	start_sleeper
	kill -KILL "$(cat "$T/pid")"
	wait_status "$ID" stopped
	background sleep 50
	other=$!
	init_is_now "$other" "$ID"
	run_urun delete "$ID"
	assert_quiet
	kill -0 "$other"
}

@test "T04 eight creates of one id: exactly one wins, and it works" {
	for round in 1 2 3; do
		for i in 1 2 3 4 5 6 7 8; do
			(: | "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" >"$T/o$i" 2>&1 && echo 0 ||
				echo $?) >"$T/rc$i" &
		done
		wait
		assert_eq "$(cat "$T"/rc? | sort | tr '\n' ' ')" '0 1 1 1 1 1 1 1 '
		assert_eq "$(cat "$T"/o? | grep -c 'already exists')" 7
		urun start "$ID"
		urun delete --force "$ID"
	done
}

@test "T04 sixteen deletes --force at once: all 0, all silent" {
	start_sleeper
	for i in $(seq 16); do
		(: | "$URUN" --root "$ROOT" delete --force "$ID" 2>&1 && echo 0 || echo $?) >"$T/o$i" &
	done
	wait
	assert_eq "$(cat "$T"/o* | sort -u)" 0
	[ ! -e "$ROOT/$ID" ]
	is_gone "$(cat "$T/pid")"
}

@test "T04 sixteen deletes of a stopped container: one or more 0, the others say why" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	for i in $(seq 16); do
		(: | "$URUN" --root "$ROOT" delete "$ID" 2>"$T/e$i" && echo 0 || echo $?) >"$T/o$i" &
	done
	wait
	assert_eq "$(cat "$T"/o* | grep -c 0)" 1
	assert_eq "$(cat "$T"/e* | grep -vc 'does not exist' || :)" 0
	[ ! -e "$ROOT/$ID" ]
}

@test "T04 create and delete of one id against each other" {
	for i in $(seq 12); do
		(: | "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" >"$T/c$i" 2>&1 || :) &
		(: | "$URUN" --root "$ROOT" delete --force "$ID" >"$T/d$i" 2>&1 || echo "rc $?" >>"$T/d$i") &
	done
	wait
	assert_eq "$(cat "$T"/d*)" ''
	assert_eq "$(cat "$T"/c* | grep -v 'already exists' || :)" ''
	run_urun delete --force "$ID"
	assert_quiet
	[ -z "$(test_processes)" ] || fail "processes are left"
}

@test "T04 delete killed at twenty moments: a second one cleans up" {
	for i in $(seq 1 20); do
		start_sleeper
		timeout -s KILL "$(printf '0.%04d' $((i * 3)))" "$URUN" --root "$ROOT" delete --force "$ID" \
			>"$T/out" 2>&1 || :
		force_cleans || fail "moment $i"
	done
}

@test "T04 kill killed at twenty moments harms nothing" {
	for i in $(seq 1 20); do
		start_sleeper
		timeout -s KILL "$(printf '0.%04d' $((i * 2)))" "$URUN" --root "$ROOT" kill --all "$ID" KILL \
			>"$T/out" 2>&1 || :
		force_cleans || fail "moment $i"
	done
}

# ---- K12

@test "K12 --regex deletes what matches" {
	for id in aa ab b; do
		urun create -b "$BUNDLE" "$id"
	done
	run_urun delete -r '^a'
	assert_quiet
	assert_eq "$(urun list -q)" b
}

@test "K12 --force --regex with running and broken ones; no match is no error" {
	for id in aa ab; do
		urun run -d -b "$BUNDLE" "$id"
	done
	echo '{' >"$ROOT/aa/state.json"
	run_urun delete -f -r .
	assert_success
	assert_eq "$(urun list -q)" ''
	run_urun delete -f -r .
	assert_quiet
}

@test "K12 --regex without --force: running ones fail, the others go" {
	urun run -d -b "$BUNDLE" aa
	urun create -b "$BUNDLE" ab
	run_urun delete -r a
	assert_failure 1
	assert_one_line_error aa
	assert_eq "$(urun list -q)" aa
}

@test "K12 --regex with nothing in it deletes nothing" {
	urun create -b "$BUNDLE" aa
	run_urun delete -f -r ''
	assert_failure 1
	assert_eq "$(urun list -q)" aa
}

# ---- K12: what has stopped

stopped_and_others() {
	set_args "$BUNDLE" true
	for id in "$ID.s1" "$ID.s2"; do
		urun run --keep -b "$BUNDLE" "$id"
	done
	set_args "$BUNDLE" sleep 60
	urun create -b "$BUNDLE" "$ID.c"
	start_sleeper
}

@test "K12 delete --stopped takes all that have stopped, and no created or running one" {
	stopped_and_others
	run_urun delete --stopped
	assert_quiet
	assert_output ''
	assert_eq "$(urun list -q | xargs)" "$ID $ID.c"
	assert_eq "$(state_of "$ID.c") $(state_of "$ID")" 'created running'
	urun delete -f "$ID.c"
}

@test "K12 prune is delete --stopped; with nothing to do it is silent" {
	stopped_and_others
	for _ in 1 2; do
		run_urun prune
		assert_quiet
		assert_output ''
		assert_eq "$(urun list -q | xargs)" "$ID $ID.c"
	done
	urun delete -f "$ID.c"
}

@test "K12 delete --stopped with an id or --regex takes these only" {
	stopped_and_others
	for id in "$ID" "$ID.c"; do
		run_urun delete --stopped "$id"
		assert_failure 1
		assert_one_line_error "is not in \`stopped\` state but \`$(state_of "$id")\`"
	done
	run_urun delete --stopped -r 's1$'
	assert_quiet
	assert_eq "$(urun list -q | xargs)" "$ID $ID.c $ID.s2"
	run_urun delete --stopped "$ID.s2"
	assert_quiet
	assert_eq "$(urun list -q | xargs)" "$ID $ID.c"
	urun delete -f "$ID.c"
}
