#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: nosubids
#
# A user without sub-ids: one user, one group (features.md I05, I08, I13, P02).

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
}

teardown() {
	delete_held
	common_teardown
}

@test "P02 it works, and says nothing unless asked" {
	in_both 'id -u; id -g; cat /proc/self/setgroups; wc -l </proc/self/uid_map'
	assert_output $'0\n0\ndeny\n1'
	exec_script true
	assert_quiet
}

@test "P02 a warning names the user and the command that gives him sub-ids" {
	run_loud true
	assert_success
	assert_has "$stderr" "'$(id -un)' (uid $(id -u)) has no sub-ids in subuid and subgid"
	assert_has "$stderr" 'one user and one group only'
	assert_match "$stderr" "usermod --add-subuids [0-9]+-[0-9]+ --add-subgids [0-9]+-[0-9]+ $(id -un)"
	assert_eq "$(printf '%s\n' "$stderr" | wc -l)" 1
	assert_no_engine_words
}

@test "I08 I11 the process's uid and gid are the caller's, whatever they are" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 100}'
	in_both 'id -u; id -g; awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map /proc/self/gid_map'
	assert_output "1000
100
1000 $(id -u) 1
100 $(id -g) 1"
}

@test "I08 nobody's files belong to nobody, the caller's to root" {
	run_script 'stat -c %u /etc/passwd; stat -c %u /proc/sys/kernel/panic'
	assert_quiet
	assert_output $'0\n65534'
}

@test "I13 C48 additional gids are left out with one warning, no error" {
	edit_config "$BUNDLE" '.process.user.additionalGids = [10, 20]'
	run_loud 'grep ^Groups /proc/self/status'
	assert_success
	assert_lacks "$output" 20
	assert_eq "$(printf '%s\n' "$stderr" | grep -c 'additional gids')" 1
	assert_no_engine_words
}

@test "I15 exec as another user is refused with the map" {
	start_container
	exec_script true --user 5
	assert_one_line_error '.process.user.uid: 5 is not mapped'
}

@test "I05 P02 mappings of more than the own id say how to get sub-ids" {
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $uid, size: 1},
			{containerID: 1, hostID: 100000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: $gid, size: 1}]' \
		--argjson uid "$(id -u)" --argjson gid "$(id -g)"
	run_script true
	assert_one_line_error "newuidmap: '$(id -un)' (uid $(id -u)) has no sub-ids in "
	assert_has "$stderr" 'usermod --add-subuids '
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "I09 inside unshare -r, with and without an own namespace" {
	need_userns
	set_script "$BUNDLE" 'id -u'
	run --separate-stderr unshare --user --map-root-user --mount \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output 0
	drop_namespace user
	run --separate-stderr unshare --user --map-root-user --mount \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output 0
}

@test "I11 keep_original_groups with one id, in run and exec" {
	edit_config "$BUNDLE" '.annotations["run.oci.keep_original_groups"] = "1"'
	in_both 'id -u'
	assert_output 0
}

@test "I12 --map-groups: the own group takes no grant, another its line" {
	run_script 'grep ^Groups /proc/self/status; awk "{ print \$1, \$2, \$3 }" /proc/self/gid_map' \
		"--map-groups=$(id -g)"
	assert_quiet
	assert_match "$output" $'\n0 '"$(id -g) 1\$"
	run_script true --map-groups=0
	assert_one_line_error "--map-groups: you are not in the group '0' (gid 0)"
	edit_config "$BUNDLE" '.process.user = {uid: 5, gid: 5}'
	run_script 'id -g' "--map-groups=$(id -gn)"
	assert_quiet
	assert_output 5
}

@test "I02 P02 --userns: nomap needs sub-ids, the others have the caller alone" {
	run_script true --userns=nomap
	assert_one_line_error "has no sub-ids in subuid and subgid"
	assert_has "$stderr" 'usermod --add-subuids'
	[ ! -e "$ROOT/$ID" ]
	run_script 'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map' --userns=host-root
	assert_quiet
	assert_output "0 $(id -u) 1"
	edit_config "$BUNDLE" '.process.user = {uid: $u, gid: $g}' \
		--argjson u "$(id -u)" --argjson g "$(id -g)"
	run_script 'awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map' --userns=keep-id
	assert_quiet
	assert_output "$(id -u) $(id -u) 1"
}

# P15: limits of a user namespace bind those below it.
@test "P15 max_user_namespaces of 0 is named with its remedy" {
	need_userns
	run --separate-stderr unshare --user --map-root-user sh -c '
		echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' - \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_one_line_error "this host allows no user namespaces: user.max_user_namespaces is 0"
	assert_has "$stderr" 'sysctl -w user.max_user_namespaces='
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "P15 max_net_namespaces of 0 is named" {
	need_userns
	run --separate-stderr unshare --user --map-root-user --mount sh -c '
		echo 0 >/proc/sys/user/max_net_namespaces && exec "$@"' - \
		"$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_one_line_error "user.max_net_namespaces is 0"
}

@test "N10 unshare maps the caller's own ids alone" {
	run_urun unshare sh -c 'id -u; id -g; wc -l </proc/self/uid_map; touch "$0"' "$T/f"
	assert_quiet
	assert_output $'0\n0\n1'
	assert_eq "$(stat -c %u "$T/f")" "$(id -u)"
}
