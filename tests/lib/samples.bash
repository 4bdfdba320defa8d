# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs configs that engines wrote (tests/samples): `load ../lib/samples` after
# common. Rewritten are the paths that only the engine's host had (the root, the
# sources of binds, namespaces to join); all else is as the engine sent it.

# sample_bundle NAME: $BUNDLE from tests/samples/NAME.json.
sample_bundle() {
	local i=0 src new
	mkdir -p "$BUNDLE" "$T/sources/folder"
	[ -d "$BUNDLE/rootfs" ] || make_rootfs "$BUNDLE/rootfs"
	cp "$URUN_TEST_DIR/tests/samples/$1.json" "$BUNDLE/config.json"
	chmod u+w "$BUNDLE/config.json"
	if jq -e .linux.seccomp "$BUNDLE/config.json" >/dev/null; then
		need_seccomp
	fi
	echo volume >"$T/sources/folder/content"
	edit_config "$BUNDLE" '.root.path = $p' --arg p "$BUNDLE/rootfs"
	while read -r i src; do
		new=$(sample_source "$src") || return 1
		printf '%s %s\n' "$i" "$new"
	done < <(jq -r '.mounts | to_entries[] | select((.value.options // []) |
			index("bind") or index("rbind")) | "\(.key) \(.value.source)"' \
		"$BUNDLE/config.json") >"$T/rewritten"
	edit_config "$BUNDLE" 'reduce ($new | split("\n")[] | select(. != "") | split(" ")) as $r
		(.; .mounts[$r[0] | tonumber].source = $r[1])' --rawfile new "$T/rewritten"
}

# What stands in for a source of the engine's host.
sample_source() {
	local name
	name=$(basename "$1")
	case $1 in
	/proc | /sys) echo "$1" ;;
	# A node that this host lacks, too, is a node.
	/dev/*) [ -e "$1" ] && echo "$1" || echo /dev/null ;;
	/tmp | /home/user) echo "$T/sources/folder" ;;
	*/catatonit)
		# Its two uses: the pause of a pod, and an init before the program.
		cat >"$T/sources/catatonit" <<-'EOF'
			#!/bin/sh
			case $1 in
			-P) echo pause; sleep 1000 ;;
			--) shift; exec "$@" ;;
			esac
		EOF
		chmod 0755 "$T/sources/catatonit"
		echo "$T/sources/catatonit"
		;;
	*/shm)
		mkdir -p "$T/sources/shm"
		chmod 1777 "$T/sources/shm"
		echo "$T/sources/shm"
		;;
	*)
		echo "engine's $name" >"$T/sources/$name"
		echo "$T/sources/$name"
		;;
	esac
}

# as_podman TEXT: shell text as podman and buildah run their runtime: root of a
# user namespace with the caller's sub-ids, and of a mount namespace. `urun` is
# the tests' one, `run` runs the bundle, `own_rootfs` gives its root to the first
# sub-id. $status, $output, $stderr are set.
as_podman() {
	cat >"$T/inside.sh" <<-'EOF'
		set -e
		urun() { : | "$URUN" --root "$ROOT" "$@"; }
		run() { urun run -b "$BUNDLE" "$ID"; }
		# Symlinks stay: make_rootfs shares them among the tests.
		own_rootfs() { find "$BUNDLE/rootfs" ! -type l -exec chown 1:1 {} +; }
	EOF
	printf '%s\n' "$1" >>"$T/inside.sh"
	export URUN ROOT BUNDLE ID T
	run --separate-stderr in_podman_userns sh "$T/inside.sh"
}

# The maps are podman's: 0 is the caller, 1.. the sub-ids, all of them.
in_podman_userns() {
	local u g pid status=0
	u=$(subid_line /etc/subuid) g=$(subid_line /etc/subgid)
	mkfifo "$T/go"
	# shellcheck disable=SC2016
	unshare --user --mount sh -c 'read -r _ <"$T/go"; exec "$@"' sh "$@" &
	pid=$!
	wait_until 10 own_userns "$pid"
	newuidmap "$pid" 0 "$(id -u)" 1 1 "${u% *}" "${u#* }"
	newgidmap "$pid" 0 "$(id -g)" 1 1 "${g% *}" "${g#* }"
	echo >"$T/go"
	wait "$pid" || status=$?
	rm -f "$T/go"
	return "$status"
}

own_userns() {
	[ "$(readlink "/proc/$1/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}
