#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Terminals: with a console socket, and in the foreground (features.md C05, C16,
# C41, S01, E06, E13; engine-contracts.md section 3).

load ../lib/common

setup() {
	setup_bundle sleep 1000
	edit_config "$BUNDLE" '.process.terminal = true | .root.readonly = false'
}

teardown() {
	common_teardown
}

# up SCRIPT: a detached container without a terminal, for exec.
up() {
	edit_config "$BUNDLE" '.process.terminal = false'
	urun run -d -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
}

tty() {
	"$URUN_TEST_DIR/tests/lib/tty" "$@" 3>&-
}

# The receiver of a console socket: its words and the terminal's go to $T/got.
# shellcheck disable=SC2120
receive() {
	local sock=${1:-$T/sock}
	background "$URUN_TEST_DIR/tests/lib/engine" console "$sock" >"$T/got" 2>&1 3>&- < <(:)
	receiver=$!
	wait_until 5 test -S "$sock"
}

got() {
	grep -qF -- "$1" "$T/got"
}

# on_tty COMMAND...: on a terminal of its own; $output without its carriage returns.
on_tty() {
	status=0
	stderr=
	: | tty run "$@" >"$T/tty.out" || status=$?
	output=$(tr -d '\r' <"$T/tty.out")
}

# ---- C05 S01 the console socket

@test "C05 S01 create sends one message with one fd, the terminal" {
	set_script "$BUNDLE" 'echo hello; sleep 1000'
	receive
	run_urun create --console-socket "$T/sock" -b "$BUNDLE" "$ID"
	assert_quiet
	wait_until 5 got 'terminal yes /dev/ptmx'
	urun start "$ID"
	wait_until 5 got hello
}

@test "C05 run -d, all spellings of the option" {
	for form in "--console-socket $T/sock" "--console-socket=$T/sock" "-console-socket $T/sock"; do
		rm -f "$T/sock"
		receive
		run_urun run -d $form -b "$BUNDLE" "$ID"
		assert_quiet
		wait_until 5 got 'terminal yes'
		urun delete --force "$ID"
		wait "$receiver"
	done
}

@test "C05 the terminal ends with the container" {
	set_script "$BUNDLE" 'echo last words'
	receive
	urun run -d --console-socket "$T/sock" -b "$BUNDLE" "$ID"
	wait "$receiver"
	got 'last words'
}

@test "C05 without a console socket: use --console-socket with create and run -d" {
	for form in create 'run -d'; do
		run_urun $form --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error 'use --console-socket with'
		assert_no_engine_words
		[ ! -e "$T/pid" ]
		[ ! -e "$ROOT/$ID" ]
	done
}

@test "C05 a socket path longer than a socket address" {
	dir=$T/$(printf 'd%.0s' {1..120})
	mkdir "$dir"
	receive "$dir/sock"
	run_urun run -d --console-socket "$dir/sock" -b "$BUNDLE" "$ID"
	assert_quiet
	wait_until 5 got 'terminal yes'
}

@test "C05 a socket path that is relative" {
	receive
	cd "$T"
	run_urun run -d --console-socket sock -b "$BUNDLE" "$ID"
	assert_quiet
	wait_until 5 got 'terminal yes'
}

@test "C05 a socket that is missing, refuses, or is none: named, and nothing stays" {
	: >"$T/file"
	receive
	kill "$receiver"
	wait "$receiver" || :
	for path in "$T/none" "$T/none/sock" "$T/file" "$T/sock"; do
		run_urun create --console-socket "$path" --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error "$path"
		assert_no_engine_words
		[ ! -e "$T/pid" ]
		[ ! -e "$ROOT/$ID" ]
	done
}

@test "C05 without a terminal the console socket is not used" {
	edit_config "$BUNDLE" '.process.terminal = false'
	run_urun run --console-socket= -b "$BUNDLE" "$ID" </dev/zero &
	runner=$!
	wait_status "$ID" running
	urun kill "$ID" KILL
	wait "$runner"
}

@test "C14 --pidfd-socket of create, run gets init's pidfd" {
	edit_config "$BUNDLE" '.process.terminal = false'
	for form in create 'run -d'; do
		rm -f "$T/sock"
		"$URUN_TEST_DIR/tests/lib/engine" pidfd "$T/sock" >"$T/got" 3>&- &
		receiver=$!
		wait_until 5 test -S "$T/sock"
		urun $form --pidfd-socket "$T/sock" -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
		wait "$receiver"
		assert_eq "$(cat "$T/got")" "$(pid_of "$ID")"
		urun delete --force "$ID"
	done
}

@test "A07 run.oci.pidfd_receiver gets init's pidfd, beside --pidfd-socket and not of exec" {
	edit_config "$BUNDLE" '.process.terminal = false | .annotations["run.oci.pidfd_receiver"] = $s' \
		--arg s "$T/sock"
	for form in create 'run -d' "run -d --pidfd-socket $T/second"; do
		rm -f "$T/sock" "$T/second"
		"$URUN_TEST_DIR/tests/lib/engine" pidfd "$T/sock" >"$T/got" 3>&- &
		receiver=$!
		"$URUN_TEST_DIR/tests/lib/engine" pidfd "$T/second" >"$T/got2" 3>&- &
		second=$!
		STARTED_PIDS+=($second)
		wait_until 5 test -S "$T/sock" -a -S "$T/second"
		urun $form -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
		wait "$receiver"
		assert_eq "$(cat "$T/got")" "$(pid_of "$ID")"
		case $form in *second)
			wait "$second"
			assert_eq "$(cat "$T/got2")" "$(pid_of "$ID")" ;;
		esac
		[ "$form" = create ] || urun exec "$ID" true
		urun delete --force "$ID"
	done
}

@test "A07 a receiver that is not there is named, and nothing runs" {
	edit_config "$BUNDLE" '.process.terminal = false | .annotations["run.oci.pidfd_receiver"] = "/nobody/here"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error "run.oci.pidfd_receiver socket '/nobody/here'"
	[ ! -e "$ROOT/$ID" ]
}

# ---- C16 C41 what the container sees

@test "C16 stdio is one terminal, the controlling one, in a session of its own" {
	set_script "$BUNDLE" 'tty; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all
		readlink /proc/self/fd/2; : </dev/tty && echo controlling; ps -o pid,tty | sed -n 2p'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" all
	assert_has "$output" /dev/pts/0
	assert_has "$output" controlling
	assert_has "$output" '136,0'
}

@test "C16 the terminal belongs to the process's user" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1001}'
	set_script "$BUNDLE" 'stat -c "%u %a" $(tty)'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_output '1000 620'
}

@test "C41 /dev/console is that terminal" {
	set_script "$BUNDLE" 'echo by-console >/dev/console; stat -c %t:%T /dev/console; stat -L -c %t:%T $(tty)'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_output $'by-console\n88:0\n88:0'
}

@test "C41 without a terminal there is no /dev/console" {
	edit_config "$BUNDLE" '.process.terminal = false'
	set_script "$BUNDLE" '[ -e /dev/console ] || echo none'
	run_urun run -b "$BUNDLE" "$ID"
	assert_output none
}

@test "C16 consoleSize is the size, by socket and in the foreground" {
	edit_config "$BUNDLE" '.process.consoleSize = {width: 101, height: 37}'
	set_script "$BUNDLE" 'stty size; sleep 1000'
	receive
	urun run -d --console-socket "$T/sock" -b "$BUNDLE" "$ID"
	wait_until 5 got '37 101'
	urun delete --force "$ID"
	set_script "$BUNDLE" 'stty size'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_output '37 101'
}

@test "C16 without consoleSize the size is the caller's terminal's" {
	set_script "$BUNDLE" 'stty size'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_output '24 80'
}

@test "C16 a config that wants a terminal without a devpts is told so" {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination != "/dev/pts"))'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_has "$output" '/dev/pts'
	assert_eq "$(wc -l <<<"$(grep -v '^hint' <<<"$output")")" 1
}

# ---- C16 the foreground

@test "C16 the exit status comes through, and a signal's" {
	set_script "$BUNDLE" 'exit 7'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_failure 7
	set_script "$BUNDLE" 'sh -c "kill -9 \$\$"; exit $?'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_failure 137
}

@test "C16 a megabyte of output is not lost" {
	set_script "$BUNDLE" 'head -c 1048576 /dev/zero | tr "\0" x; echo; echo end'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_eq "$(tr -cd x <"$T/tty.out" | wc -c)" 1048576
	assert_eq "$(tail -n 1 <<<"$output")" end
}

@test "C16 a megabyte of output to a slow pipe is not lost" {
	set_script "$BUNDLE" 'head -c 1048576 /dev/zero | tr "\0" x; echo; echo end'
	urun run -b "$BUNDLE" "$ID" 3>&- | { sleep 0.3; cat; } >"$T/out"
	assert_eq "$(tr -cd x <"$T/out" | wc -c)" 1048576
	assert_eq "$(tail -n 1 "$T/out" | tr -d '\r')" end
}

@test "C16 a reader that goes away does not stop the container" {
	set_script "$BUNDLE" 'head -c 300000 /dev/zero | tr "\0" x; : >/through; exit 3'
	{
		code=0
		urun run -b "$BUNDLE" "$ID" 2>"$T/err" 3>&- || code=$?
		echo $code >"$T/status"
	} | head -c 10 >"$T/out"
	assert_eq "$(cat "$T/status")" 3
	[ -e "$BUNDLE/rootfs/through" ]
}

@test "C16 input through a pipe arrives, and its end" {
	set_script "$BUNDLE" 'stty -echo; : >/ready; cat; echo end'
	(wait_until 5 test -e "$BUNDLE/rootfs/ready"; echo one; printf two) |
		urun_stdin run -b "$BUNDLE" "$ID" >"$T/out" 3>&-
	assert_eq "$(tr -d '\r' <"$T/out")" $'one\ntwoend'
}

@test "C16 the caller's terminal is raw meanwhile, and as before afterwards" {
	set_script "$BUNDLE" 'exit 0'
	cat >"$T/script" <<-EOF
		stty -g >$T/before
		: | $URUN --root $ROOT run -b $BUNDLE $ID-a
		$URUN --root $ROOT run -b $BUNDLE $ID
		stty -g >$T/after
		$URUN --root $ROOT run --bundle $T/none $ID
		stty -g >$T/after2
	EOF
	on_tty sh "$T/script"
	cmp "$T/before" "$T/after"
	cmp "$T/before" "$T/after2"
}

@test "C16 the caller's terminal is as before when urun is ended by a signal" {
	set_script "$BUNDLE" 'trap "exit 9" TERM; : >/ready; while :; do sleep 0.02; done'
	cat >"$T/script" <<-EOF
		stty -g >$T/before
		$URUN --root $ROOT run -b $BUNDLE $ID
		echo \$? >$T/status
		stty -g >$T/after
	EOF
	: | tty run sh "$T/script" >"$T/out" &
	wait_until 5 test -e "$BUNDLE/rootfs/ready"
	# To urun alone, which passes it on.
	kill -TERM "$(pgrep -u "$(id -u)" -f "$URUN --root $ROOT run" | head -n 1)"
	wait_until 5 test -e "$T/after"
	wait $!
	assert_eq "$(cat "$T/status")" 9
	cmp "$T/before" "$T/after"
}

@test "C16 ^C is the container's, not urun's" {
	set_script "$BUNDLE" 'trap "echo interrupted; exit 42" INT; : >/ready; while :; do sleep 0.02; done'
	(wait_until 5 test -e "$BUNDLE/rootfs/ready"; printf '\003'; sleep 0.3) |
		tty run "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" >"$T/out" || status=$?
	assert_eq "$status" 42
	assert_has "$(cat "$T/out")" interrupted
}

@test "C16 a new size of the caller's terminal reaches the container" {
	set_script "$BUNDLE" 'trap "stty size; exit 5" WINCH; : >/ready; while :; do sleep 0.02; done'
	background "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" \
		>"$T/out" 3>&- < <(:)
	wait_until 5 test -e "$BUNDLE/rootfs/ready"
	kill -USR1 $!
	status=0
	wait $! || status=$?
	assert_eq "$status" 5
	assert_has "$(cat "$T/out")" '43 132'
}

@test "C16 a process that closes its terminal for a moment keeps it" {
	set_script "$BUNDLE" 'exec <&- >&- 2>&-; sleep 0.1; exec </dev/tty >/dev/tty 2>&1; echo back'
	on_tty "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_output back
}

# ---- E06 E13 exec

@test "E13 exec -t has a terminal, exec without has none" {
	up
	run_urun exec "$ID" sh -c '[ -t 1 ] || echo none'
	assert_output none
	on_tty "$URUN" --root "$ROOT" exec -t "$ID" sh -c '[ -t 0 ] && tty; stty size; exit 6'
	assert_failure 6
	assert_output $'/dev/pts/0\n24 80'
	for form in --tty --tty=true --tty=yes; do
		on_tty "$URUN" --root "$ROOT" exec $form "$ID" tty
		assert_output /dev/pts/0
	done
	for form in --tty=false --tty=no '-t -t=false'; do
		run_urun exec $form "$ID" sh -c '[ -t 0 ] || echo none'
		assert_output none
	done
}

@test "E13 the terminal of a container is no reason for one of exec" {
	receive
	urun run -d --console-socket "$T/sock" -b "$BUNDLE" "$ID"
	run_urun exec "$ID" sh -c '[ -t 0 ] || echo none'
	assert_output none
}

@test "E13 a second terminal beside the container's own; /dev/console stays the container's" {
	receive
	urun run -d --console-socket "$T/sock" -b "$BUNDLE" "$ID"
	on_tty "$URUN" --root "$ROOT" exec -t "$ID" sh -c 'tty; stat -c %t:%T /dev/console'
	assert_output $'/dev/pts/1\n88:0'
}

@test "E13 exec -t as another user: the terminal is his" {
	up
	on_tty "$URUN" --root "$ROOT" exec -t -u 1000 "$ID" sh -c 'stat -c %u $(tty); : >/dev/tty && echo opened'
	assert_output $'1000\nopened'
}

@test "E13 exec -t: ^C is the process's" {
	up
	(wait_until 5 test -e "$BUNDLE/rootfs/ready"; printf '\003'; sleep 0.3) |
		tty run "$URUN" --root "$ROOT" exec -t "$ID" \
			sh -c ': >/ready; sleep 1000' >"$T/out" || status=$?
	assert_eq "$status" 130
}

@test "E13 exec -t: a megabyte is not lost" {
	up
	on_tty "$URUN" --root "$ROOT" exec -t "$ID" sh -c 'head -c 1048576 /dev/zero | tr "\0" x'
	assert_eq "$(tr -cd x <"$T/tty.out" | wc -c)" 1048576
}

@test "E06 exec -d -t: use --console-socket with; with one it gets the terminal" {
	up
	run_urun exec -d -t --pid-file "$T/pid" "$ID" true
	assert_failure 255
	assert_one_line_error 'use --console-socket with'
	[ ! -e "$T/pid" ]
	receive
	run_urun exec -d -t --console-socket "$T/sock" "$ID" sh -c 'tty; sleep 1000'
	assert_quiet
	wait_until 5 got 'terminal yes'
	wait_until 5 got /dev/pts/0
}

@test "E06 exec --process with a terminal, as podman does, with its size" {
	up
	jq -n '{terminal: true, consoleSize: {height: 11, width: 22}, cwd: "/", user: {uid: 0, gid: 0},
		args: ["sh", "-c", "stty size; sleep 1000"], env: ["PATH=/bin"]}' >"$T/p.json"
	receive
	run_urun exec --pid-file "$T/pid" --process "$T/p.json" --detach --console-socket "$T/sock" "$ID"
	assert_quiet
	wait_until 5 got '11 22'
	[ -e "$T/pid" ]
}

@test "E06 exec: a console socket that is missing is named; no pid file" {
	up
	run_urun exec -d -t --console-socket "$T/none" --pid-file "$T/pid" "$ID" true
	assert_failure 255
	assert_one_line_error "$T/none"
	assert_no_engine_words
	[ ! -e "$T/pid" ]
}

@test "C16 the environment's TERM is the config's, not the caller's" {
	edit_config "$BUNDLE" '.process.env = ["PATH=/bin", "TERM=xterm-config"]'
	set_script "$BUNDLE" 'echo $TERM'
	on_tty env TERM=vt52 "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_output xterm-config
}
