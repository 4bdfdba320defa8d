# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# For tests of the container's file systems: `load ../lib/rootfs` after common.

# add_mount DESTINATION TYPE SOURCE [OPTION...]: as the last row of .mounts; an
# empty TYPE or SOURCE is left out.
add_mount() {
	local dest=$1 type=$2 source=$3
	shift 3
	edit_config "$BUNDLE" '.mounts += [{destination: $d}
			+ (if $t == "" then {} else {type: $t} end)
			+ (if $s == "" then {} else {source: $s} end)
			+ (if ($ARGS.positional | length) == 0 then {}
				else {options: $ARGS.positional} end)]' \
		--arg d "$dest" --arg t "$type" --arg s "$source" --args -- "$@"
}

# drop_mount DESTINATION: takes rows of .mounts away.
drop_mount() {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination != $d))' --arg d "$1"
}

# set_mount_options DESTINATION [OPTION...]
set_mount_options() {
	local dest=$1
	shift
	edit_config "$BUNDLE" '.mounts |= map(if .destination == $d
			then .options = $ARGS.positional else . end)' --arg d "$dest" --args -- "$@"
}

# drop_namespace TYPE
drop_namespace() {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != $t))' --arg t "$1"
}

# runs TEXT: the container runs this shell text and succeeds without a word on
# stderr; $output is what it printed.
runs() {
	set_script "$BUNDLE" "$1" && run_urun run -b "$BUNDLE" "$ID" && assert_quiet
}

# refuses PART...: run fails with one line that holds the parts and does not
# read like an error about the user's command.
refuses() {
	local part
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error || return 1
	assert_no_engine_words || return 1
	for part; do
		assert_has "$stderr" "$part" || return 1
	done
}

# mount_options TEXT DESTINATION: the per-mount options of the last mount there,
# out of the text of a mountinfo.
mount_options() {
	awk -v d="$2" '$5 == d { o = $6 } END { print o; exit o == "" }' <<<"$1"
}

# super_options TEXT DESTINATION: type and options of its file system.
super_options() {
	awk -v d="$2" '$5 == d { sub(/.* - /, ""); o = $0 } END { print o; exit o == "" }' <<<"$1"
}

# in_userns COMMAND...: root of a user and mount namespace that maps all of the
# caller's ids, as podman and buildah start their runtime.
in_userns() {
	unshare --user --map-auto --map-root-user --mount "$@"
}
