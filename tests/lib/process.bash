# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For tests that look at a process from inside its container: load it after
# ../lib/common.

# run_script TEXT [URUN-RUN-OPTIONS...]: runs this shell text to its end.
run_script() {
	local text=$1
	shift
	set_script "$BUNDLE" "$text"
	run_urun run "$@" -b "$BUNDLE" "$ID"
}

# As run_script, with warnings on stderr.
run_loud() {
	local text=$1
	shift
	set_script "$BUNDLE" "$text"
	run_urun --log-level=warning run "$@" -b "$BUNDLE" "$ID"
}

# start_container [DIR [ID [OPTIONS...]]]: in the background; it sleeps until
# the test ends, or does what the config says if it is no longer `true`.
start_container() {
	local dir=${1:-$BUNDLE} id=${2:-$ID}
	shift $(($# < 2 ? $# : 2))
	[ "$(jq -r '.process.args[0]' "$dir/config.json")" != true ] ||
		set_args "$dir" sleep 1000
	urun run "$@" -d -b "$dir" "$id" >"$T/out.$id" 2>&1 3>&- || {
		cat "$T/out.$id"
		return 1
	}
}

# exec_script TEXT [OPTIONS...]: in the container $ID.
exec_script() {
	local text=$1
	shift
	run_urun exec "$@" "$ID" /bin/sh -c "$text"
}

# in_both TEXT: the text as the container's process and in an exec; the answers
# must be the same. $output has it.
in_both() {
	local first
	run_script "$1"
	assert_success || return 1
	first=$output
	set_args "$BUNDLE" sleep 1000
	start_container || return 1
	exec_script "$1"
	assert_success || return 1
	assert_eq "$output" "$first"
}

# field NAME TEXT: a line of /proc/PID/status.
field() {
	printf '%s\n' "$2" | sed -n "s/^$1:[[:space:]]*//p"
}

# A second bundle that shares the root of the first.
second_bundle() {
	OTHER=$T/other
	mkdir "$OTHER"
	cp "$BUNDLE/config.json" "$OTHER/config.json"
	edit_config "$OTHER" '.root.path = $r' --arg r "$BUNDLE/rootfs"
}

# drop_namespace TYPE...: from the config of $BUNDLE.
drop_namespace() {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type | IN($ARGS.positional[]) | not))' \
		--args -- "$@"
}

# join DIR TYPE PATH: the namespace of that type is joined.
join_namespace() {
	edit_config "$1" '.linux.namespaces |= map(select(.type != $t)) + [{type: $t, path: $p}]' \
		--arg t "$2" --arg p "$3"
}

# can_become_root_of_userns: is unshare of a mapped user namespace possible here?
need_userns() {
	unshare --user --map-root-user true 2>/dev/null || skip "needs user namespaces"
}

# ---- a user namespace as podman makes one, that lives as long as the test

# hold_userns: its process is $HOLDER.
hold_userns() {
	need_userns
	background unshare --user --map-auto --map-root-user --mount sleep 1000 >/dev/null 3>&-
	HOLDER=$!
	wait_until 10 is_held
}

is_held() {
	[ "$(cat "/proc/$HOLDER/comm" 2>/dev/null)" = sleep ]
}

# held_urun ARGS...: urun as root of it.
held_urun() {
	: | nsenter -t "$HOLDER" -U -m -S 0 -G 0 -- "$URUN" --root "$ROOT" "$@"
}

run_held() {
	run --separate-stderr held_urun "$@"
}

# Before common_teardown, which is outside.
delete_held() {
	local dir
	[ -n "${HOLDER-}" ] || return 0
	for dir in "$ROOT"/*/; do
		[ -d "$dir" ] && held_urun delete --force "$(basename "$dir")"
	done
	return 0
}
