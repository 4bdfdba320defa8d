#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# The state root where it is full, read-only or wrong, and what is in it.

load ../lib/common

setup() {
	setup_bundle sleep 60
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

# on_tmpfs OPTIONS SCRIPT: SCRIPT with $ROOT on a tmpfs, as root of a user
# namespace; it may call `u` for urun with that root.
on_tmpfs() {
	need_command unshare
	mkdir -p -m 0700 "$ROOT"
	edit_config "$BUNDLE" '(.linux.uidMappings, .linux.gidMappings) =
		[{containerID: 0, hostID: 0, size: 1}]'
	cat >"$T/script" <<-END
		mount -t tmpfs -o "mode=0700,$1" tmpfs "$ROOT" || exit 99
		u() { : | "$URUN" --root "$ROOT" "\$@"; }
		$2
	END
	unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc \
		bash "$T/script" >"$T/out" 2>"$T/err" || :
}

@test "C19 T02 a full state root: one line, nothing left, at each size" {
	for opt in size=4k size=8k size=12k nr_inodes=2 nr_inodes=3 nr_inodes=4 nr_inodes=5 nr_inodes=6 \
		nr_inodes=7 nr_inodes=8; do
		on_tmpfs "$opt" "
			u create -b '$BUNDLE' --pid-file '$T/pid' '$ID'; rc=\$?
			[ \$rc != 0 ] || u delete --force '$ID'
			ls -A '$ROOT' | grep -v '^.cache\$'; echo rc \$rc"
		stderr=$(cat "$T/err")
		case $(cat "$T/out") in
		'rc 0') [ -z "$stderr" ] || fail "$opt" ;;
		'rc 1')
			status=1
			assert_one_line_error || fail "$opt"
			assert_no_engine_words || fail "$opt"
			[ ! -e "$T/pid" ] || fail "$opt: the pid file is left"
			;;
		*) fail "$opt: $(cat "$T/out")" ;;
		esac
		rm -f "$T/pid"
	done
	# The smallest cannot work, the check would be blind otherwise.
	on_tmpfs nr_inodes=2 "u create -b '$BUNDLE' '$ID'; echo rc \$?"
	assert_eq "$(cat "$T/out")" 'rc 1'
}

@test "C19 a read-only state root: one line that names it" {
	on_tmpfs size=1m "
		u run -d -b '$BUNDLE' x
		mount -o remount,bind,ro '$ROOT' || exit
		u create -b '$BUNDLE' '$ID' 2>&1; echo rc \$?
		u state x | jq -r .status
		u list -q
		mount -o remount,bind,rw '$ROOT'
		u delete --force x"
	assert_eq "$(tail -n 3 "$T/out")" $'rc 1\nrunning\nx'
	status=1 stderr=$(head -n 1 "$T/out")
	assert_one_line_error "\`$ID\`"
	assert_no_engine_words
	assert_eq "$(cat "$T/err")" ''
}

@test "C19 a full root at start and delete does not matter" {
	on_tmpfs size=64k "
		u create -b '$BUNDLE' '$ID' || exit
		cat /dev/zero >'$ROOT/fill' 2>/dev/null
		u start '$ID' && u state '$ID' | grep -c running
		u delete --force '$ID'; echo rc \$?
		ls '$ROOT'"
	assert_eq "$(cat "$T/out")" $'1\nrc 0\nfill'
	assert_eq "$(cat "$T/err")" ''
}

@test "T01 the layout of a created container" {
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(ls -A "$ROOT/$ID" | tr '\n' ' ')" 'config.json exec.error exec.fifo init state.json '
	assert_match "$(readlink "$ROOT/$ID/init")" "^$(pid_of "$ID"):[0-9]+:[0-9a-f-]{36}$"
	cmp "$BUNDLE/config.json" "$ROOT/$ID/config.json"
	urun start "$ID"
	assert_eq "$(ls -A "$ROOT/$ID" | tr '\n' ' ')" 'config.json init state.json '
}

@test "T01 the container cannot see the state root, but by name" {
	urun create -b "$BUNDLE" "$ID"
	pid=$(pid_of "$ID")
	run ls -l "/proc/$pid/fd"
	# init waits on these two, and they go with the program.
	assert_eq "$(grep -c "$ROOT" <<<"$output")" "$(grep -cE 'exec\.(fifo|error)$' <<<"$output")"
	urun start "$ID"
	run ls -l "/proc/$pid/fd"
	assert_lacks "$output" "$ROOT"
}

@test "T02 a killed write of state.json does no harm" {
	urun create -b "$BUNDLE" "$ID"
	head -c 20 "$ROOT/$ID/state.json" >"$ROOT/$ID/.state.json.123.0"
	head -c 20 "$ROOT/$ID/state.json" >"$ROOT/$ID/state.json.123.0"
	assert_eq "$(state_of "$ID")" created
	urun start "$ID"
	urun delete --force "$ID"
	[ ! -e "$ROOT/$ID" ]
}

@test "T03 ids of two roots are apart" {
	urun create -b "$BUNDLE" "$ID"
	: | "$URUN" --root "$T/other" create -b "$BUNDLE" "$ID"
	assert_eq "$("$URUN" --root "$T/other" state "$ID" | jq -r .status)" created
	"$URUN" --root "$T/other" delete --force "$ID"
	assert_eq "$(state_of "$ID")" created
}

# hold_lock ID: another command has the container for half a second.
hold_lock() {
	(
		flock -x 9
		: >"$T/held"
		sleep 0.5
	) 9<"$ROOT/$1" &
	wait_until 5 [ -e "$T/held" ]
}

@test "T04 a command waits for another that works on the container" {
	urun create -b "$BUNDLE" "$ID"
	hold_lock "$ID"
	assert_eq "$(state_of "$ID")" created
	run_urun start "$ID"
	assert_quiet
	wait
}

@test "T04 a status that others hold a lock on is still read" {
	urun create -b "$BUNDLE" "$ID"
	hold_lock "$ID"
	assert_eq "$(state_of "$ID")" created
	assert_eq "$(urun list -q)" "$ID"
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	wait
}

@test "G06 Slurm: root is /run/user/UID with folders of others" {
	mkdir -m 0700 "$ROOT"
	mkdir -p "$ROOT/systemd/units" "$ROOT/containers" "$ROOT/libpod/tmp" "$ROOT/dbus-1"
	mkfifo "$ROOT/pipe"
	: >"$ROOT/bus"
	id=node1.alice.123.4294967294.0
	run_urun --rootless=true create "$id" -b "$BUNDLE"
	assert_quiet
	assert_eq "$(urun --rootless=true state "$id" 2>&1 | jq -r .status)" created
	run_urun start "$id"
	assert_quiet
	assert_eq "$(urun list -q)" "$id"
	run_urun kill -a "$id" KILL
	assert_quiet
	wait_status "$id" stopped
	run_urun delete --force "$id"
	assert_quiet
	assert_eq "$(ls "$ROOT" | tr '\n' ' ')" 'bus containers dbus-1 libpod pipe systemd '
	rm -rf "${ROOT:?}"/*
}
