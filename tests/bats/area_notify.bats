#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The NOTIFY_SOCKET proxy (features.md 1.14: S02; P32).

load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	NOTIFY=$URUN_TEST_DIR/tests/lib/notify
	HEARD=$T/heard
	put_notify
}

teardown() {
	common_teardown
}

# The sender, with the libraries that it is linked with, into the root.
put_notify() {
	local lib
	cp "$NOTIFY" "$BUNDLE/rootfs/bin/notify"
	for lib in $(ldd "$NOTIFY" 2>/dev/null | grep -o '/[^ ]*'); do
		mkdir -p "$BUNDLE/rootfs$(dirname "$lib")"
		cp -L "$lib" "$BUNDLE/rootfs$lib"
	done
}

# listen ADDRESS: the service manager; what it hears is in $HEARD.
listen() {
	: >"$HEARD"
	"$NOTIFY" recv "$1" >"$HEARD" 3>&- &
	STARTED_PIDS+=($!)
	export NOTIFY_SOCKET=$1
	case $1 in @*) wait_until 5 grep -q "$1" /proc/net/unix ;; *) wait_until 5 test -S "$1" ;; esac
}

heard() {
	cat "$HEARD"
}

@test "S02 run passes READY and STATUS on, as long as it waits" {
	listen "$T/manager"
	set_script "$BUNDLE" 'echo $NOTIFY_SOCKET
		notify send "STATUS=getting up" "READY=1\nSTATUS=up" "WATCHDOG=1" "STOPPING=1"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output /run/notify/notify.sock
	assert_eq "$(heard)" $'STATUS=getting up\nREADY=1|STATUS=up\nWATCHDOG=1\nSTOPPING=1'
}

@test "S02 nothing but allow-listed keys reaches the manager, and no fd" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send "FDSTORE=1\nFDNAME=x" "NOTIFYACCESS=all\nREADY=1" "MAINPID=99999"
		notify fds "FDSTORE=1"
		notify fds "STATUS=with an fd"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(heard)" $'READY=1\nSTATUS=with an fd'
}

@test "S02 MAINPID is the pid of the host" {
	listen "$T/manager"
	set_script "$BUNDLE" 'sleep 1000 & notify send "MAINPID=$!\nREADY=1"; wait'
	urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	read -r line <"$HEARD"
	assert_match "$line" '^MAINPID=[0-9]+\|READY=1$'
	pid=${line#MAINPID=} pid=${pid%|*}
	assert_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
	[ "$pid" != "$(pid_of "$ID")" ]
}

@test "S02 a barrier waits for the manager, in order" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send STATUS=before; notify barrier; notify send STATUS=behind READY=1'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output passed
	assert_eq "$(heard)" $'STATUS=before\nBARRIER=1 [fds=1]\nSTATUS=behind\nREADY=1'
}

@test "S02 a reload has the time of the host's clock" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send "RELOADING=1\nMONOTONIC_USEC=7"'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	now=$(cut -d. -f1 /proc/uptime)
	assert_match "$(heard)" '^RELOADING=1\|MONOTONIC_USEC=[0-9]+$'
	told=$(heard)
	told=${told##*=}
	[ "$((told / 1000000))" -le "$((now + 1))" ] && [ "$((told / 1000000))" -gt "$((now - 60))" ]
}

@test "S02 start waits for READY=1, and names init as the main process" {
	listen "$T/manager"
	set_script "$BUNDLE" 'until test -e /tmp/go; do sleep 0.05; done
		notify send "STATUS=nearly" "READY=1"; sleep 1000'
	add_mount /tmp bind "$T/shared" bind rw
	mkdir "$T/shared"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	assert_eq "$(heard)" ''
	urun start "$ID" >"$T/start" 2>&1 3>&- &
	starter=$!
	STARTED_PIDS+=($starter)
	wait_status "$ID" running
	sleep 0.3
	kill -0 $starter
	: >"$T/shared/go"
	wait $starter
	assert_eq "$(cat "$T/start")" ''
	assert_eq "$(heard)" $'STATUS=nearly\nREADY=1|MAINPID='"$(pid_of "$ID")"$'\nBARRIER=1 [fds=1]'
}

@test "S02 start uses what create was given, if its own environment has none" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send READY=1; sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	unset NOTIFY_SOCKET
	urun start "$ID" 3>&-
	assert_has "$(heard)" "READY=1|MAINPID=$(pid_of "$ID")"
}

@test "S02 P32 start of a process that ends without READY=1 returns" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send "STATUS=going"'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun --log "$T/log" --log-level warning start "$ID"
	assert_quiet
	assert_has "$(cat "$T/log")" "has ended without READY=1"
	assert_eq "$(heard)" 'STATUS=going'
}

@test "S02 start --ready-timeout: without READY=1 the container is killed and deleted" {
	listen "$T/manager"
	set_script "$BUNDLE" 'while notify send STATUS=busy; do sleep 0.05; done'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	pid=$(pid_of "$ID")
	SECONDS=0
	run_urun --log "$T/log" --log-format json start --ready-timeout=1 "$ID"
	assert_failure 1
	assert_one_line_error "container \`$ID\` has not sent READY=1 within 1 s"
	assert_eq "$(jq -r .code "$T/log")" URUN-E413
	[ "$SECONDS" -le 5 ]
	[ ! -e "$ROOT/$ID" ]
	wait_until 5 [ ! -e "/proc/$pid" ]
	assert_has "$(heard)" STATUS=busy
}

@test "S02 start --ready-timeout harms nothing once READY=1 has come" {
	listen "$T/manager"
	set_script "$BUNDLE" 'notify send READY=1; sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun start --ready-timeout=30 "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" running
	assert_has "$(heard)" READY=1
}

@test "S02 run --ready-timeout, in the foreground and detached" {
	listen "$T/manager"
	set_script "$BUNDLE" 'while notify send STATUS=busy; do sleep 0.05; done'
	for how in --detach --keep; do
		run_urun run $how --ready-timeout 1 --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error 'has not sent READY=1 within 1 s'
		[ ! -e "$ROOT/$ID" ]
		[ ! -e "$T/pid" ]
	done
	set_script "$BUNDLE" 'notify send READY=1; sleep 1.5; exit 7'
	run_urun run --ready-timeout 1 -b "$BUNDLE" "$ID"
	assert_failure 7
}

@test "S02 --ready-timeout: a poststop hook runs; one deleted meanwhile stays deleted" {
	listen "$T/manager"
	printf '#!/bin/sh\ncat >%s\n' "$T/stop.in" >"$T/stop"
	chmod +x "$T/stop"
	edit_config "$BUNDLE" '.hooks.poststop = [{path: $h}]' --arg h "$T/stop"
	set_args "$BUNDLE" sleep 1000
	run_urun run -d --ready-timeout 1 -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_eq "$(jq -r .status "$T/stop.in")" stopped
	rm "$T/stop.in"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start --ready-timeout 60 "$ID" >"$T/start" 2>&1 3>&- &
	starter=$!
	STARTED_PIDS+=($starter)
	wait_status "$ID" running
	urun delete --force "$ID"
	wait $starter
	assert_eq "$(cat "$T/start")" ''
}

@test "S02 --ready-timeout of no service manager is no limit; a bad value is refused" {
	set_script "$BUNDLE" 'sleep 1.5'
	run_urun run --ready-timeout 1 -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun start --ready-timeout=soon "$ID"
	assert_failure 1
	assert_one_line_error ready-timeout
}

@test "S02 the others get at a container that start still waits for" {
	listen "$T/manager"
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start "$ID" >"$T/start" 2>&1 3>&- &
	starter=$!
	STARTED_PIDS+=($starter)
	wait_status "$ID" running
	urun kill "$ID" KILL
	wait $starter
	wait_status "$ID" stopped
	urun delete "$ID"
}

@test "S02 abstract address, and one too long for a sockaddr" {
	listen "@urun-test-$$-$BATS_TEST_NUMBER"
	set_script "$BUNDLE" 'notify send READY=1'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(heard)" READY=1
	long=$T/$(printf '%080d' 0)/$(printf '%080d' 0)
	mkdir -p "$long"
	(cd "$long" && exec "$NOTIFY" recv manager >"$HEARD" 3>&-) &
	STARTED_PIDS+=($!)
	wait_until 5 test -S "$long/manager"
	NOTIFY_SOCKET=$long/manager run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(heard)" READY=1
}

@test "S02 a variable that leads nowhere is warned of, and not passed on" {
	export NOTIFY_SOCKET=$T/nobody
	set_script "$BUNDLE" 'echo ${NOTIFY_SOCKET-none}; grep -c notify /proc/self/mountinfo'
	run_urun --log "$T/log" --log-level warning run -b "$BUNDLE" "$ID"
	assert_output $'none\n0'
	assert_has "$(cat "$T/log")" "NOTIFY_SOCKET '$T/nobody' is not passed on"
}

@test "S02 a socket of the config's own stays; one that is the caller's is replaced" {
	listen "$T/manager"
	edit_config "$BUNDLE" '.process.env += ["NOTIFY_SOCKET=/own"]'
	set_script "$BUNDLE" 'echo $NOTIFY_SOCKET; grep -c notify /proc/self/mountinfo'
	run_urun run -b "$BUNDLE" "$ID"
	assert_output $'/own\n0'
	edit_config "$BUNDLE" '.process.env |= map(select(startswith("NOTIFY") | not)) + ["NOTIFY_SOCKET=" + $s]' \
		--arg s "$T/manager"
	run_urun run -b "$BUNDLE" "$ID"
	assert_output $'/run/notify/notify.sock\n1'
}

@test "S02 the container cannot write into the directory of its socket" {
	listen "$T/manager"
	set_script "$BUNDLE" 'touch /run/notify/x; rm -f /run/notify/notify.sock; ls /run/notify; notify send READY=1'
	run_urun run -b "$BUNDLE" "$ID"
	assert_success
	assert_output notify.sock
	assert_has "$stderr" 'Read-only file system'
	assert_eq "$(heard)" READY=1
}

@test "S02 another user of the container may send, too" {
	need_subids
	listen "$T/manager"
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	set_args "$BUNDLE" notify send READY=1
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(heard)" READY=1
}

@test "S02 without NOTIFY_SOCKET there is no directory, mount or process for it" {
	set_script "$BUNDLE" 'echo ${NOTIFY_SOCKET-none}; grep -c notify /proc/self/mountinfo; sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	[ ! -e "$ROOT/$ID/notify" ]
	assert_lacks "$(cat "$ROOT/$ID/state.json")" notifySocket
	urun start "$ID" 3>&-
	wait_until 5 grep -q '^0$' "$T/out"
	assert_eq "$(cat "$T/out")" $'none\n0'
}

@test "S02 C19 a failure at the making of the socket leaves nothing" {
	listen "$T/manager"
	export URUN_TEST_FAIL_AT=create:make-notify
	URUN=$URUN_TEST_DIR/tests/lib/urun-test run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error create:make-notify
	[ ! -e "$ROOT/$ID" ]
	export URUN_TEST_FAIL_AT=create:serve-init
	URUN=$URUN_TEST_DIR/tests/lib/urun-test run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error create:serve-init
	[ ! -e "$ROOT/$ID" ]
}
