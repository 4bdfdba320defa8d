#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# start: the program begins, or one line says why not.

load ../lib/common

setup() {
	setup_bundle
	edit_config "$BUNDLE" '.root.readonly = false'
	set_args "$BUNDLE" sleep 60
}

teardown() {
	common_teardown
}

@test "K01 start is silent and the container runs" {
	urun create -b "$BUNDLE" "$ID"
	run_urun start "$ID"
	assert_quiet
	assert_output ''
	assert_eq "$(state_of "$ID")" running
}

@test "K01 start returns when the program is executed, not before" {
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	urun start "$ID"
	assert_has "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" 'sleep 60'
}

@test "K01 a second start is an error and harms nothing" {
	urun create -b "$BUNDLE" "$ID"
	urun start "$ID"
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error "\`$ID\`"
	assert_eq "$(state_of "$ID")" running
}

@test "K01 start of a stopped container: container not running" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error 'container not running'
}

@test "K01 start after init was killed: container not running" {
	urun create -b "$BUNDLE" "$ID"
	kill -KILL "$(pid_of "$ID")"
	wait_status "$ID" stopped
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error 'container not running'
}

@test "K01 start of an unknown container" {
	run_urun start nope
	assert_failure 1
	assert_one_line_error 'container `nope` does not exist'
}

@test "K01 start in another directory and with another environment" {
	urun create -b "$BUNDLE" "$ID"
	cd /
	run --separate-stderr env -i "$URUN" --root "$ROOT" start "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" running
}

@test "K01 ER03 a program that the kernel cannot run: start names it" {
	printf '\177ELFgarbage' >"$BUNDLE/rootfs/bin/bad"
	chmod +x "$BUNDLE/rootfs/bin/bad"
	set_args "$BUNDLE" /bin/bad
	run_urun create -b "$BUNDLE" "$ID"
	[ "$status" != 0 ] || run_urun start "$ID"
	assert_failure 1
	assert_one_line_error /bin/bad
}

@test "K01 ER03 a program removed between create and start: start says so, the container is stopped" {
	cp "$BUNDLE/rootfs/bin/busybox" "$BUNDLE/rootfs/bin/gone" || skip "no busybox binary"
	set_args "$BUNDLE" /bin/gone sleep 1
	urun create -b "$BUNDLE" "$ID"
	rm "$BUNDLE/rootfs/bin/gone"
	run_urun start "$ID"
	[ "$status" = 0 ] || assert_one_line_error gone
	wait_status "$ID" stopped
	urun delete "$ID"
}

@test "K01 four starts at once: one wins, the program runs once" {
	for round in 1 2 3; do
		set_script "$BUNDLE" 'echo x >>/count; exec sleep 60'
		rm -f "$BUNDLE/rootfs/count"
		urun create -b "$BUNDLE" "$ID"
		for i in 1 2 3 4; do
			(: | "$URUN" --root "$ROOT" start "$ID" >"$T/out$i" 2>&1 && echo 0 || echo $?) \
				>"$T/rc$i" &
		done
		wait
		assert_eq "$(cat "$T"/rc? | sort | tr '\n' ' ')" '0 1 1 1 '
		assert_eq "$(cat "$T"/out? | wc -l)" 3
		wait_until 5 [ -s "$BUNDLE/rootfs/count" ]
		assert_eq "$(cat "$BUNDLE/rootfs/count")" x
		urun delete --force "$ID"
	done
}

@test "K01 poststart hooks run at start, with the state running" {
	cat >"$T/hook" <<-END
		#!/bin/sh
		cat >$T/stdin
	END
	chmod +x "$T/hook"
	edit_config "$BUNDLE" '.hooks.poststart = [{path: $h}]' --arg h "$T/hook"
	urun create -b "$BUNDLE" "$ID"
	[ ! -e "$T/stdin" ]
	urun start "$ID"
	assert_eq "$(jq -r .status "$T/stdin")" running
}

@test "K01 a failing poststart hook stops and deletes the container, poststop runs" {
	printf '#!/bin/sh\ncat >%s\n' "$T/stop.in" >"$T/stop"
	chmod +x "$T/stop"
	edit_config "$BUNDLE" '.hooks.poststart = [{path: "/bin/false"}] |
		.hooks.poststop = [{path: $h}]' --arg h "$T/stop"
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error poststart
	[ ! -e "$ROOT/$ID" ]
	assert_eq "$(jq -r .status "$T/stop.in")" stopped
	! kill -0 "$(cat "$T/pid")" 2>/dev/null || assert_has "$(cat "/proc/$(cat "$T/pid")/stat")" ' Z '
	run_urun delete --force "$ID"
	assert_quiet
}

@test "C17 start killed at forty moments: delete --force cleans up" {
	for i in $(seq 1 40); do
		urun create -b "$BUNDLE" "$ID"
		timeout -s KILL "$(printf '0.%04d' $((i * 3)))" "$URUN" --root "$ROOT" start "$ID" \
			>"$T/out" 2>&1 </proc/self/fd/0 || :
		run_urun delete --force "$ID"
		assert_quiet
		[ ! -e "$ROOT/$ID" ] || fail "moment $i"
	done
	[ -z "$(test_processes)" ]
}
