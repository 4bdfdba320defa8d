#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# list: table, ids, JSON; broken and foreign folders below the root.

load ../lib/common

setup() {
	setup_bundle sleep 60
}

teardown() {
	common_teardown
}

@test "K03 the columns, one line per container, sorted" {
	urun create -b "$BUNDLE" b.2
	urun create -b "$BUNDLE" a-1
	urun start a-1
	run_urun list
	assert_quiet
	assert_match "${lines[0]}" '^ID +PID +STATUS +BUNDLE +CREATED +OWNER *$'
	assert_match "${lines[1]}" "^a-1 +$(pid_of a-1) +running +$(realpath "$BUNDLE") +[0-9T:.-]+Z +[^ ]+ *$"
	assert_match "${lines[2]}" "^b.2 +$(pid_of b.2) +created "
	assert_eq "${#lines[@]}" 3
}

@test "K03 OWNER is the user's name" {
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(urun list | awk 'NR == 2 { print $6 }')" "$(id -un)"
}

@test "K04 -q prints ids only" {
	urun create -b "$BUNDLE" b
	urun create -b "$BUNDLE" a
	run_urun list -q
	assert_quiet
	assert_output $'a\nb'
	run_urun list --quiet
	assert_output $'a\nb'
}

@test "K05 --format json has runc's keys" {
	edit_config "$BUNDLE" '.annotations.x = "y"'
	urun create -b "$BUNDLE" "$ID"
	run_urun list --format json
	assert_quiet
	jq -e --arg id "$ID" 'length == 1 and .[0].id == $id and .[0].status == "created" and
		.[0].pid > 0 and .[0].annotations.x == "y" and (.[0] | has("ociVersion") and
		has("bundle") and has("rootfs") and has("created") and has("owner"))' <<<"$output" || fail
	assert_eq "$(urun list -f json)" "$output"
}

@test "K05 an unknown format is refused" {
	run_urun list --format yaml
	assert_failure 1
	assert_one_line_error yaml
}

@test "K06 without a root: nothing, [] and no error; the root is not made" {
	run_urun list
	assert_quiet
	assert_eq "${#lines[@]}" 1
	run_urun list -q
	assert_quiet
	assert_output ''
	run_urun list -f json
	assert_quiet
	assert_output '[]'
	[ ! -e "$ROOT" ]
}

@test "K06 foreign files and folders are passed over in silence" {
	urun create -b "$BUNDLE" "$ID"
	mkdir -p "$ROOT/systemd/private" "$ROOT/empty" "$ROOT/.hidden" "$ROOT/with space"
	mkdir -m 0 "$ROOT/closed"
	: >"$ROOT/bus"
	ln -s /nonexistent "$ROOT/link"
	mkfifo "$ROOT/fifo"
	run_urun list -q
	assert_quiet
	assert_output "$ID"
	chmod 700 "$ROOT/closed"
	rm -r "$ROOT/systemd" "$ROOT/empty" "$ROOT/.hidden" "$ROOT/with space" "$ROOT/closed"
}

@test "K06 one broken container does not hide the others" {
	for id in a b c; do
		urun create -b "$BUNDLE" "$id"
	done
	printf '{"format":1,' >"$ROOT/b/state.json"
	run_urun list -q
	assert_success
	assert_output $'a\nb\nc'
	run_urun --log-level=warning list
	assert_success
	assert_has "$stderr" '`b`'
	run_urun list -f json
	assert_quiet
	jq -e 'map(.id) == ["a", "b", "c"]' <<<"$output" || fail
	urun delete --force b
	assert_eq "$(urun list -q | tr '\n' ' ')" 'a c '
}

@test "K06 a list while containers come and go never fails" {
	urun create -b "$BUNDLE" stays
	(for i in 1 2 3 4 5 6; do
		"$URUN" --root "$ROOT" create -b "$BUNDLE" "x$i" < <(:) >/dev/null 2>&1
		"$URUN" --root "$ROOT" delete --force "x$i" < <(:)
	done) &
	while kill -0 $! 2>/dev/null; do
		run_urun list -f json
		assert_quiet
		jq -e 'map(.id) | contains(["stays"])' <<<"$output" >/dev/null || fail
	done
	wait
}

@test "K03 thirty containers" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" c0
	for i in $(seq 1 29); do
		cp -R "$ROOT/c0" "$ROOT/c$i"
	done
	assert_eq "$(urun list -q | wc -l)" 30
	assert_eq "$(urun list | awk '$3 == "stopped"' | wc -l)" 30
}

# ---- G06 P09 which root

@test "G06 without --root it is \$XDG_RUNTIME_DIR/urun, made with 0700" {
	[ "$(id -u)" != 0 ] || skip "root keeps /run/urun"
	: | "$URUN" create -b "$BUNDLE" "$ID"
	assert_eq "$(stat -c %a "$XDG_RUNTIME_DIR/urun")" 700
	assert_eq "$("$URUN" list -q)" "$ID"
	"$URUN" delete --force "$ID"
}

@test "P09 a foreign XDG_RUNTIME_DIR is passed over" {
	[ "$(id -u)" != 0 ] || skip "root keeps /run/urun"
	XDG_RUNTIME_DIR=/run run --separate-stderr "$URUN" --version
	assert_quiet
	assert_lacks "$output" 'rundir: /run/urun'
}

@test "P09 XDG_RUNTIME_DIR unset, empty, relative or missing: a place of one's own" {
	[ "$(id -u)" != 0 ] || skip "root keeps /run/urun"
	export HOME=$T/home
	mkdir "$HOME"
	for dir in '' relative "$T/none"; do
		rundir=$(XDG_RUNTIME_DIR=$dir "$URUN" --version | sed -n 's/^rundir: //p')
		[ "$rundir" = "/run/user/$(id -u)/urun" ] || [ "$rundir" = "$HOME/.local/state/urun" ] ||
			fail "rundir '$rundir' for '$dir'"
	done
	unset XDG_RUNTIME_DIR
	: | "$URUN" create -b "$BUNDLE" "$ID"
	assert_eq "$("$URUN" list -q)" "$ID"
	"$URUN" delete --force "$ID"
	[ -d "/run/user/$(id -u)" ] || assert_eq "$(stat -c %a "$HOME/.local/state/urun")" 700
}

@test "G06 the state directory below HOME comes with a warning, any other without" {
	[ "$(id -u)" != 0 ] || skip "root keeps /run/urun"
	[ ! -d "/run/user/$(id -u)" ] || skip "needs a user without /run/user/UID"
	export HOME=$T/home
	mkdir "$HOME"
	run --separate-stderr env -u XDG_RUNTIME_DIR "$URUN" --log-level=warning list -q
	assert_success
	assert_eq "$(printf '%s\n' "$stderr" | wc -l)" 1
	assert_has "$stderr" "containers are kept in '$HOME/.local/state/urun'"
	run --separate-stderr env -u XDG_RUNTIME_DIR "$URUN" list -q
	assert_quiet
	run --separate-stderr env -u XDG_RUNTIME_DIR "$URUN" --log-level=warning --root "$ROOT" list -q
	assert_quiet
	run --separate-stderr "$URUN" --log-level=warning list -q
	assert_quiet
}

@test "G06 a root that others may write to is refused (S1)" {
	mkdir -m 0777 "$ROOT"
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error "'$ROOT'"
	assert_no_engine_words
	run_urun list
	assert_failure 1
	chmod 700 "$ROOT"
}

@test "G06 a root of another user's is refused, also for delete --force" {
	[ "$(id -u)" != 0 ] || skip "root owns /"
	for verb in 'state x' 'kill x' 'delete --force x' list "create -b $BUNDLE x"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr "$URUN" --root /usr $verb
		assert_failure 1
		assert_one_line_error "'/usr'"
		assert_no_engine_words
	done
}

@test "G06 a root deep in nothing is made, each part with 0700" {
	ROOT=$T/a/b/c
	umask 0
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(stat -c %a "$T/a" "$T/a/b" "$T/a/b/c" | tr '\n' ' ')" '700 700 700 '
	urun delete --force "$ID"
}

@test "G06 a root that is a file, or below one, is named" {
	: >"$T/file"
	for root in "$T/file" "$T/file/x"; do
		run --separate-stderr "$URUN" --root "$root" create -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error "'$root'"
		assert_no_engine_words
	done
}
