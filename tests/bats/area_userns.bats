#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# User namespaces and id maps of a user with sub-ids (features.md 1.10: I01-I16,
# A06, A19, P01, P06). Without sub-ids: area_userns_single.bats; with the host's
# files changed: area_userns_root.bats.

load ../lib/common
load ../lib/process

setup() {
	need_subids
	setup_bundle
	UIDS=$(subid_line /etc/subuid)
	GIDS=$(subid_line /etc/subgid)
	U0=${UIDS% *}
	G0=${GIDS% *}
}

teardown() {
	delete_held
	common_teardown
}

# A map as the kernel prints it, without the padding.
maps='for f in uid_map gid_map; do awk "{ print \$1, \$2, \$3 }" /proc/self/$f; done'

# keep_id [ID]: as podman --userns=keep-id: 0 is the first sub-id, ID the caller.
keep_id() {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u0, size: $id},
			{containerID: $id, hostID: $uid, size: 1},
			{containerID: ($id + 1), hostID: ($u0 + $id), size: 60000}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g0, size: $id},
			{containerID: $id, hostID: $gid, size: 1},
			{containerID: ($id + 1), hostID: ($g0 + $id), size: 60000}] |
		.process.user = {uid: $id, gid: $id}' \
		--argjson id "${1:-1000}" --argjson uid "$(id -u)" --argjson gid "$(id -g)" \
		--argjson u0 "$U0" --argjson g0 "$G0"
}

# single ID: a map of the caller's id alone.
single() {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: $id, hostID: $uid, size: 1}] |
		.linux.gidMappings = [{containerID: $id, hostID: $gid, size: 1}] |
		.process.user = {uid: $id, gid: $id}' \
		--argjson id "$1" --argjson uid "$(id -u)" --argjson gid "$(id -g)"
}

# A folder that a sub-id may enter by the caller's supplementary group only.
group_folder() {
	GROUP=$(id -G | tr ' ' '\n' | grep -vx "$(id -g)" | head -n 1)
	[ -n "$GROUP" ] || skip "user '$(id -un)' has no supplementary group"
	mkdir "$T/shared"
	echo secret >"$T/shared/file"
	chgrp "$GROUP" "$T/shared"
	chmod 0750 "$T/shared"
	map_subids "$BUNDLE"
	edit_config "$BUNDLE" '.process.user = {uid: 7, gid: 7} |
		.mounts += [{destination: "/tmp", type: "bind", source: $s, options: ["rbind"]}]' \
		--arg s "$T/shared"
}

keep_groups() {
	edit_config "$BUNDLE" '.annotations["run.oci.keep_original_groups"] = "1"'
}

# The groups of the container's first process, as the host sees them.
host_groups() {
	sed -n 's/^Groups:[[:space:]]*//p' "/proc/$(pid_of "$ID")/status"
}

# ---- I01, I02: what a config without a word of it gives

@test "I01 a user gets a user namespace that the config does not ask for" {
	drop_namespace user
	run_script "$maps"
	assert_quiet
	assert_match "$output" "^0 $(id -u) 1"
}

@test "I02 the default map: 0 is the caller, the sub-ids follow" {
	in_both "$maps"
	assert_output "0 $(id -u) 1
1 ${UIDS}
0 $(id -g) 1
1 ${GIDS}"
}

@test "I02 the default map of uid 1000: the caller is 1000" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	in_both "id -u; id -g; $maps"
	assert_output "1000
1000
0 $U0 1000
1000 $(id -u) 1
1001 $((U0 + 1000)) $((${UIDS#* } - 1000))
0 $G0 1000
1000 $(id -g) 1
1001 $((G0 + 1000)) $((${GIDS#* } - 1000))"
}

@test "I02 uid and gid have places of their own" {
	edit_config "$BUNDLE" '.process.user = {uid: 7, gid: 0}'
	run_script "id -u; id -g; $maps"
	assert_quiet
	assert_match "$output" "7 $(id -u) 1"
	assert_match "$output" "0 $(id -g) 1"
}

@test "I02 files that the process makes belong to the caller" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000} | .root.readonly = false'
	chmod 0777 "$BUNDLE/rootfs/tmp"
	run_script 'echo x >/tmp/mine; stat -c %u:%g /tmp/mine'
	assert_quiet
	assert_output 1000:1000
	assert_eq "$(stat -c %u:%g "$BUNDLE/rootfs/tmp/mine")" "$(id -u):$(id -g)"
}

@test "I02 files of other ids belong to the sub-ids" {
	edit_config "$BUNDLE" '.root.readonly = false |
		.process.capabilities |= map_values(. + ["CAP_CHOWN"])'
	run_script 'echo x >/tmp/theirs; chown 33:44 /tmp/theirs'
	assert_quiet
	assert_eq "$(stat -c %u:%g "$BUNDLE/rootfs/tmp/theirs")" "$((U0 + 32)):$((G0 + 43))"
}

# ---- I04: maps of the config

@test "I04 nine ranges are nine ranges" {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] +
			[range(8) | {containerID: (1 + . * 10), hostID: ($u0 + . * 100), size: 5}] |
		.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}] +
			[range(8) | {containerID: (1 + . * 10), hostID: ($g0 + . * 100), size: 5}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)" --argjson u0 "$U0" --argjson g0 "$G0"
	in_both "$maps"
	assert_eq "$(printf '%s\n' "$output" | wc -l)" 18
	assert_has "$output" "71 $((U0 + 700)) 5"
	assert_has "$output" "71 $((G0 + 700)) 5"
}

@test "I04 ninety ranges fit, too" {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1}] +
			[range(90) | {containerID: (1 + . * 10), hostID: ($u0 + . * 100), size: 5}]' \
		--argjson uid "$(id -u)" --argjson u0 "$U0"
	edit_config "$BUNDLE" '.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]' \
		--argjson gid "$(id -g)"
	run_script 'wc -l </proc/self/uid_map'
	assert_quiet
	assert_output 91
}

@test "I04 overlapping, empty and too many ranges are refused by key" {
	edit_config "$BUNDLE" '.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}] |
		.linux.uidMappings = [{containerID: 0, hostID: 0, size: 10},
			{containerID: 5, hostID: 100, size: 1}]'
	run_script true
	assert_one_line_error 'inux.uidMappings[1]: overlaps with [0]'
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 0}]'
	run_script true
	assert_one_line_error 'inux.uidMappings[0]'
	edit_config "$BUNDLE" '.linux.uidMappings = [range(341) | {containerID: ., hostID: (. * 2), size: 1}]'
	run_script true
	assert_one_line_error 341
}

@test "I05 P01 a range that is not granted is named with the remedy" {
	map_subids "$BUNDLE"
	edit_config "$BUNDLE" '.linux.uidMappings[1].hostID = 5 | .linux.uidMappings[1].size = 10'
	run_script true
	assert_one_line_error 'newuidmap: user ids 5..14 are not granted to '
	assert_has "$stderr" "in '/etc/subuid'"
	assert_match "$stderr" 'hint: .*usermod --add-subuids 5-14 '
	assert_no_engine_words
}

@test "I05 P01 the same for group ids" {
	map_subids "$BUNDLE"
	edit_config "$BUNDLE" '.linux.gidMappings[1].hostID = 5 | .linux.gidMappings[1].size = 10'
	run_script true
	assert_one_line_error 'newgidmap: group ids 5..14 are not granted to '
	assert_has "$stderr" "in '/etc/subgid'"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "I05 a map without the caller's ids works with a root that all may read" {
	chmod -R a+rX "$BUNDLE/rootfs"
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u0, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g0, size: 1000}]' \
		--argjson u0 "$U0" --argjson g0 "$G0"
	in_both "id -u; $maps"
	assert_output "0
0 $U0 1000
0 $G0 1000"
}

# ---- I07, I08, I13: maps without 0, and of one id

@test "I07 a map without 0 runs as the process's user" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000} |
		.linux.uidMappings = [{containerID: 1000, hostID: $uid, size: 1},
			{containerID: 1001, hostID: $u0, size: 100}] |
		.linux.gidMappings = [{containerID: 1000, hostID: $gid, size: 1},
			{containerID: 1001, hostID: $g0, size: 100}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)" --argjson u0 "$U0" --argjson g0 "$G0"
	in_both 'id -u; id -g; hostname'
	assert_output $'1000\n1000\nurun'
}

@test "I07 a terminal without 0 in the map" {
	single 1234
	set_script "$BUNDLE" 'tty; id -u; stat -c %u /dev/console'
	edit_config "$BUNDLE" '.process.terminal = true'
	run --separate-stderr "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" /dev/pts/0
	assert_has "$output" 1234
}

@test "I08 any uid can be the caller's alone" {
	single 1234
	in_both 'id -u; id -g; cat /proc/self/setgroups'
	assert_output $'1234\n1234\ndeny'
}

@test "I13 a lone id is written without a helper, setgroups denied" {
	single 0
	in_both "$maps; cat /proc/self/setgroups; id -u"
	assert_output "0 $(id -u) 1
0 $(id -g) 1
deny
0"
}

@test "I13 C48 additional gids with a lone id are left out with one warning" {
	single 0
	edit_config "$BUNDLE" '.process.user.additionalGids = [5]'
	run_loud 'grep ^Groups /proc/self/status'
	assert_success
	assert_lacks "$output" ' 5'
	assert_eq "$(printf '%s\n' "$stderr" | grep -c 'additional gids')" 1
	assert_no_engine_words
	set_args "$BUNDLE" sleep 1000
	start_container
	exec_script true
	assert_quiet
}

@test "I13 setgroups stays allowed where newgidmap writes a map" {
	run_script 'cat /proc/self/setgroups'
	assert_output allow
}

# ---- I11, A06, P06: groups that are kept

@test "I11 A06 P06 without the annotation the caller's groups are gone" {
	group_folder
	run_script 'cat /tmp/file'
	assert_failure
	assert_has "$stderr" 'ermission denied'
}

@test "I11 A06 P06 keep_original_groups keeps access, in run and exec" {
	group_folder
	keep_groups
	in_both 'cat /tmp/file; grep ^Groups /proc/self/status'
	assert_match "$output" $'^secret\nGroups:\t.*65534'
}

@test "A19 the old name of the annotation works" {
	group_folder
	edit_config "$BUNDLE" '.annotations["io.crun.keep_original_groups"] = "1"'
	in_both 'cat /tmp/file'
	assert_output secret
}

@test "A06 the annotation with the value 0 keeps nothing" {
	group_folder
	edit_config "$BUNDLE" '.annotations["run.oci.keep_original_groups"] = "0"'
	run_script 'cat /tmp/file'
	assert_failure
}

@test "E20 P06 keep-id with keep_original_groups, in run and exec (crun 2224)" {
	group_folder
	keep_id 1000
	keep_groups
	in_both 'id -u; grep ^Groups /proc/self/status'
	assert_match "$output" $'^1000\nGroups:\t.*65534'
	assert_has " $(host_groups) " " $GROUP "
	exec_script 'cat /tmp/file' --user 7:7
	assert_output secret
}

@test "I11 --keep-groups keeps access as the annotation does, in run and in exec" {
	group_folder
	set_script "$BUNDLE" 'cat /tmp/file; grep ^Groups /proc/self/status'
	run_urun run --keep-groups -b "$BUNDLE" "$ID"
	assert_success
	assert_match "$output" $'^secret\nGroups:\t.*65534'
	set_args "$BUNDLE" sleep 1000
	start_container "$BUNDLE" "$ID" --keep-groups
	assert_has " $(host_groups) " " $GROUP "
	exec_script 'cat /tmp/file; grep ^Groups /proc/self/status'
	assert_success
	assert_match "$output" $'^secret\nGroups:\t.*65534'
	urun delete --force "$ID"
	rm -f "$T/out.$ID" # a sub-id's by now
	start_container
	exec_script 'cat /tmp/file'
	assert_failure
}

@test "I11 a lone id keeps its groups with the annotation" {
	group_folder
	single 0
	keep_groups
	start_container
	assert_eq "$(urun state "$ID" | jq -c .keptGroups)" "[$(host_groups | xargs | tr ' ' ,)]"
	assert_has " $(host_groups) " " $GROUP "
	exec_script 'cat /tmp/file'
	assert_output secret
}

# The caller's groups, sorted, and those that the state and the list say are kept.
assert_kept() {
	assert_eq "$(urun state "$ID" | jq -c '.keptGroups | sort')" \
		"$(sed -n 's/^Groups://p' /proc/self/status | jq -cs sort)"
	assert_eq "$(urun list -f json | jq -c '.[0].keptGroups')" "$(urun state "$ID" | jq -c .keptGroups)"
}

@test "I11 state lists the groups that are kept, by flag and by annotation" {
	group_folder
	set_args "$BUNDLE" sleep 1000
	urun create --keep-groups -b "$BUNDLE" "$ID" >"$T/out" 2>&1
	[ "$(state_of "$ID")" = created ]
	assert_kept
	urun start "$ID"
	assert_kept
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	assert_eq "$(urun state "$ID" | jq -c 'has("keptGroups")')" false
	urun delete "$ID"
	keep_groups
	start_container
	assert_kept
	urun delete --force "$ID"
	rm -f "$T/out.$ID" # a sub-id's by now
	edit_config "$BUNDLE" 'del(.annotations)'
	start_container
	assert_eq "$(urun state "$ID" | jq -c 'has("keptGroups")')" false
}

@test "I11 the caller's own group is mapped, by urun's maps and where groups are kept" {
	edit_config "$BUNDLE" '.process.user = {uid: 3, gid: 5}'
	set_script "$BUNDLE" 'cat /proc/self/gid_map; id -g; stat -c %g /etc'
	run_urun run --keep-groups -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(awk -v g="$(id -g)" '$2 == g { print $1, $3 }' <<<"$output")" '5 1'
	assert_match "$output" $'\n5\n5$'
}

@test "I12 --map-groups: without a line in /etc/subgid it is given, dry run or not" {
	group_folder
	for dry in --dry-run --strict; do
		run_urun run "$dry" --map-groups="$GROUP" -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error "--map-groups: group '$GROUP' (gid $GROUP) is not granted to '$(id -un)'"
		assert_has "$stderr" "the line '$(id -un):$GROUP:1' in '/etc/subgid'"
		assert_no_engine_words
	done
	run_urun run --dry-run --map-groups="$(id -g)" -b "$BUNDLE" "$ID"
	assert_quiet # mapped already: as 0, which the process is not
	assert_has "$output" 'user 7:7 umask=0022 groups=0'
}

@test "I02 keep-id: the caller is 1000, 0 is a sub-id" {
	keep_id 1000
	in_both "id -u; id -g; $maps"
	assert_has "$output" "1000 $(id -u) 1"
	assert_match "$output" "0 $U0 1000"
	exec_script 'id -u' --user 0
	assert_output 0
	assert_quiet
}

@test "I02 keep-id: what was not made for others is still opened by the caller" {
	keep_id 1000
	chmod 0700 "$BUNDLE" "$BUNDLE/rootfs"
	run_script 'cat /etc/passwd >/dev/null && echo readable'
	assert_quiet
	assert_output readable
}

# ---- I02 --userns

# userns_run MODE SCRIPT: as a process of uid and gid 0, unless $USER_IDS says.
userns_run() {
	edit_config "$BUNDLE" '.process.user = {uid: $i, gid: $i}' --argjson i "${USER_IDS:-0}"
	set_script "$BUNDLE" "$2"
	run_urun run --userns="$1" -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "I02 --userns=host-root: the caller is 0, whoever the process is" {
	USER_IDS=1000 userns_run host-root "id -u; $maps"
	assert_match "$output" $'^1000\n0 '"$(id -u)"$' 1\n1 '"$U0 "
	assert_has "$output" "0 $(id -g) 1"
}

@test "I02 --userns=auto: the caller is the process's user, instead of the config's maps" {
	map_subids "$BUNDLE"
	USER_IDS=1000 userns_run auto "id -u; $maps"
	assert_match "$output" $'^1000\n0 '"$U0"$' 1000\n1000 '"$(id -u) 1"
}

@test "I02 --userns=keep-id: the caller is himself, 0 is a sub-id" {
	userns_run keep-id "id -u; $maps"
	assert_match "$output" $'^0\n0 '"$U0 $(id -u)"$'\n'"$(id -u) $(id -u) 1"
	USER_IDS=$(id -u) userns_run keep-id 'id -u; stat -c %u /'
	assert_output "$(id -u)"$'\n'"$(id -u)"
}

@test "I02 --userns=nomap: all ids are sub-ids, the caller's files are nobody's; exec too" {
	userns_run nomap "id -u; stat -c %u /; $maps"
	assert_match "$output" $'^0\n65534\n0 '"$U0 "
	assert_lacks " $output " " $(id -u) "
	set_args "$BUNDLE" sleep 1000
	start_container "$BUNDLE" "$ID" --userns=nomap
	assert_eq "$(awk '/^Uid:/ { print $2 }' "/proc/$(pid_of "$ID")/status")" "$U0"
	exec_script 'id -u; stat -c %u /'
	assert_output $'0\n65534'
}

@test "I02 --userns with a joined user namespace, and another word, is refused" {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "user")) + [{type: "user", path: "/proc/self/ns/user"}]'
	run_urun run --userns=keep-id -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error "--userns: .linux.namespaces["
	run_urun run --userns=host -b "$BUNDLE" "$ID"
	assert_one_line_error "'host'"
	[ ! -e "$ROOT/$ID" ]
}

# ---- I15, I16

@test "I15 a uid or gid that is not mapped is refused with the map" {
	map_subids "$BUNDLE"
	edit_config "$BUNDLE" '.process.user = {uid: 100000, gid: 0}'
	run_script true
	assert_one_line_error ".process.user.uid: 100000 is not mapped: the map is 0..0 -> $(id -u), 1..65536 -> $U0"
	[ ! -e "$ROOT/$ID" ]
	edit_config "$BUNDLE" '.process.user = {uid: 0, gid: 100000}'
	run_script true
	assert_one_line_error ".process.user.gid: 100000 is not mapped"
}

@test "I15 exec as a user who is not mapped is refused with the map" {
	single 0
	start_container
	exec_script true --user 12
	assert_one_line_error ".process.user.uid: 12 is not mapped: the map is 0..0 -> $(id -u)"
	assert_no_engine_words
}

@test "I16 the state names the owner" {
	start_container
	assert_eq "$(urun state "$ID" | jq -r .owner)" "$(id -un)"
}

@test "I15 mappings without a user namespace are refused" {
	hold_userns
	drop_namespace user
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}] |
		.linux.gidMappings = .linux.uidMappings'
	run_held run -b "$BUNDLE" "$ID"
	assert_one_line_error ".linux.uidMappings: given, but no new 'user' namespace"
}

# ---- I09: inside another user namespace (podman, buildah)

@test "I09 in podman's namespace: none of its own, in run and exec" {
	hold_userns
	drop_namespace user
	set_script "$BUNDLE" "$maps; grep ^Groups /proc/self/status"
	run_held run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" "^0 $(id -u) 1
1 $U0 .*
Groups:[[:space:]]*$"
	set_args "$BUNDLE" sleep 1000
	held_urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_held exec "$ID" sh -c 'id -u; grep ^NSpid /proc/self/status'
	assert_quiet
	assert_match "$output" '^0'
	run_held exec --user 1000:1000 "$ID" id -u
	assert_output 1000
}

@test "I09 in podman's namespace: uid 1000 with groups" {
	hold_userns
	drop_namespace user
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 100, additionalGids: [10, 20]}'
	set_script "$BUNDLE" 'id -u; id -g; grep ^Groups /proc/self/status'
	run_held run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" $'^1000\n100\nGroups:\t10 20'
}

@test "I09 in podman's namespace: one of its own with the outer's ids" {
	hold_userns
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: 1, size: 1000},
			{containerID: 1000, hostID: 0, size: 1}, {containerID: 1001, hostID: 1001, size: 64000}] |
		.linux.gidMappings = .linux.uidMappings | .process.user = {uid: 1000, gid: 1000}'
	set_script "$BUNDLE" "id -u; $maps"
	run_held run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_has "$output" $'1000\n0 1 1000\n1000 0 1\n1001 1001 64000'
	set_args "$BUNDLE" sleep 1000
	held_urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_held exec "$ID" id -u
	assert_quiet
	assert_output 1000
}

@test "I09 in podman's namespace: a user namespace without mappings has them all" {
	hold_userns
	set_script "$BUNDLE" "$maps"
	run_held run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" '^0 0 '
}

@test "I09 in podman's namespace: an id that it lacks is named" {
	hold_userns
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: 0, size: 200000}] |
		.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1}]'
	run_held run -b "$BUNDLE" "$ID"
	assert_one_line_error "write 'uid_map': user ids 0..199999 do not exist in the user namespace we run in"
	assert_no_engine_words
}

@test "I09 from outside, exec and kill reach what was made in podman's namespace" {
	hold_userns
	drop_namespace user
	set_args "$BUNDLE" sleep 1000
	held_urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun exec "$ID" id -u
	assert_quiet
	assert_output 0
	run_urun kill "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped
}

@test "I09 I13 in a namespace of one id (unshare -r), with and without an own one" {
	need_userns
	run --separate-stderr unshare --user --map-root-user --mount \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	drop_namespace user
	set_script "$BUNDLE" "id -u; cat /proc/self/setgroups"
	run --separate-stderr unshare --user --map-root-user --mount \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output $'0\ndeny'
}

@test "I09 as another user than root of podman's namespace" {
	hold_userns
	chmod -R a+rX "$BUNDLE"
	chmod a+x "$T" "$HOME" "$TMPDIR"
	run --separate-stderr nsenter -t "$HOLDER" -U -m -S 1000 -G 1000 -- \
		"$URUN" --root "/tmp/t2-$$" run -b "$BUNDLE" "$ID" < <(:)
	chmod 0700 "$HOME" "$TMPDIR"
	nsenter -t "$HOLDER" -U -m -S 0 -G 0 -- rm -rf "/tmp/t2-$$"
	assert_success
}

# ---- urun in urun

# The programs and libraries of the host, for a urun inside.
host_programs() {
	edit_config "$BUNDLE" '.mounts += [$d[] | {destination: ., source: ., type: "bind",
			options: ["rbind", "ro"]}] | .root.readonly = false |
		del(.linux.maskedPaths, .linux.readonlyPaths) | .process.noNewPrivileges = false' \
		--argjson d "$(for d in /lib /lib64 /usr/lib; do [ -e $d ] && echo "$d"; done | jq -Rn '[inputs]')"
	cp "$URUN" "$BUNDLE/rootfs/bin/urun"
	mkdir -p "$BUNDLE/rootfs/tmp/inner/rootfs"
	jq '.root.path = "/" | .root.readonly = true | .process.args = ["id", "-u"] |
		.mounts |= map(select(.type != "bind"))' \
		"$BUNDLE/config.json" >"$BUNDLE/rootfs/tmp/inner/config.json"
}

@test "I09 urun in urun, inside as a user without capabilities" {
	host_programs
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	run_script ': | urun --root /tmp/state run -b /tmp/inner inner'
	assert_success
	assert_output 0
}

@test "I09 urun in urun, inside as root without CAP_SETFCAP: says what is lacking" {
	host_programs
	run_script ': | urun --root /tmp/state run -b /tmp/inner inner'
	assert_failure 1
	assert_has "$stderr" "user id 0 can be mapped with CAP_SETFCAP only"
	assert_has "$stderr" "--cap-add setfcap"
	assert_no_engine_words
}

@test "I09 urun in urun, inside with all capabilities and no user namespace" {
	host_programs
	edit_config "$BUNDLE/rootfs/tmp/inner" '.linux.namespaces |= map(select(.type != "user"))'
	edit_config "$BUNDLE" '.process.capabilities = ($c | {bounding: ., permitted: ., effective: .})' \
		--argjson c '["CAP_SYS_ADMIN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_CHOWN",
			"CAP_DAC_OVERRIDE", "CAP_NET_ADMIN", "CAP_MKNOD", "CAP_KILL", "CAP_AUDIT_WRITE",
			"CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE"]'
	run_script ': | urun --root /tmp/state run -b /tmp/inner inner'
	assert_success
	assert_output 0
}
