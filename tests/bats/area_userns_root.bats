#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
#
# Real root, with and without a user namespace; and users on a host whose
# /etc/subuid or newuidmap is changed, in a mount namespace of the test's own
# (features.md I03-I06, I09, I11, I12, I14, I15, P01, P02, P06, C26, C27).

load ../lib/common
load ../lib/process

setup() {
	need_root
	setup_bundle
}

teardown() {
	if [ -n "${W-}" ]; then
		# By its owner: root may not use another's state root.
		[ ! -d "$W/state/$ID" ] || before=: as_user_bare delete --force "$ID"
		rm -rf "$W"
	fi
	common_teardown
}

maps='for f in uid_map gid_map; do awk "{ print \$1, \$2, \$3 }" /proc/self/$f; done'

userns() {
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}]'
}

userns_of() {
	userns
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $f, size: 1000}] |
		.linux.gidMappings = [{containerID: 0, hostID: ($f + 5), size: 1000}]' --argjson f "$1"
	chmod -R a+rX "$BUNDLE/rootfs"
}

# ---- root

@test "I06 root without a user namespace, in run and exec" {
	in_both "id -u; $maps"
	assert_output "0
0 0 4294967295
0 0 4294967295"
}

@test "I06 C48 root's container as user 1000 with groups, in run and exec" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 100, additionalGids: [10, 20]}'
	in_both 'id -u; id -g; grep ^Groups /proc/self/status; grep ^CapEff /proc/self/status'
	assert_match "$output" $'^1000\n100\nGroups:\t10 20 ?\nCapEff:\t0000000000000000'
}

@test "H06 root's hooks in the container's user namespace: its root's ids; refused where it has none" {
	edit_config "$BUNDLE" '.annotations = {"urun.hooks.userns": "1"} |
		.annotations["run.oci.hooks.stdout"] = $o | .hooks.createRuntime = [{path: "/bin/sh",
			args: ["sh", "-c", "id -u; id -g; awk \"{ print \\$2 }\" /proc/self/uid_map /proc/self/gid_map"],
			env: ["PATH=/usr/bin:/bin"]}]' --arg o "$T/hooks.out"
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.annotations["urun.hooks.userns"]'
	[ ! -e "$T/hooks.out" ]
	userns_of 300000
	set_args "$BUNDLE" true
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(xargs <"$T/hooks.out")" '0 0 300000 300005'
}

@test "I06 I02 root's --userns=keep-id makes a user namespace with all his ids" {
	edit_config "$BUNDLE" 'del(.linux.namespaces[] | select(.type == "user"), .linux.uidMappings, .linux.gidMappings)'
	run_script 'readlink /proc/self/ns/user; awk "{ print \$1, \$2, \$3 }" /proc/self/uid_map' --userns=keep-id
	assert_quiet
	[ "${lines[0]}" != "$(readlink /proc/self/ns/user)" ]
	assert_eq "${lines[*]:1}" "$(awk '{ print $1, $1, $3 }' /proc/self/uid_map)"
}

@test "I06 I02 a user namespace without mappings has all of root's ids" {
	userns
	in_both "$maps"
	assert_output '0 0 4294967295
0 0 4294967295'
}

@test "I06 root with a user namespace of far ids, in run and exec" {
	userns_of 300000
	in_both "id -u; hostname; cat /proc/self/setgroups; $maps"
	assert_output "0
urun
allow
0 300000 1000
0 300005 1000"
}

@test "I06 C48 groups in a far user namespace" {
	userns_of 300000
	edit_config "$BUNDLE" '.process.user = {uid: 33, gid: 44, additionalGids: [10]}'
	in_both 'id -u; id -g; grep ^Groups /proc/self/status'
	assert_match "$output" $'^33\n44\nGroups:\t10 ?$'
	exec_script 'id -u' --user 0
	assert_output 0
}

@test "I04 I06 three hundred ranges" {
	userns
	edit_config "$BUNDLE" '.linux.uidMappings = [range(200) | {containerID: (. * 2), hostID: (300000 + . * 9), size: 1}] |
		.linux.gidMappings = .linux.uidMappings'
	chmod -R a+rX "$BUNDLE/rootfs"
	run_script 'wc -l </proc/self/uid_map'
	assert_quiet
	assert_output 200
}

@test "I15 an id that root's map lacks" {
	userns_of 300000
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 0}'
	run_script true
	assert_one_line_error '.process.user.uid: 1000 is not mapped: the map is 0..999 -> 300000'
}

# need_resource_power: an outer container may have kept CAP_SYS_RESOURCE (bit 24).
need_resource_power() {
	local caps
	caps=$(awk '/^CapEff/ { print $2 }' /proc/self/status)
	[ $((0x$caps >> 24 & 1)) = 1 ] || skip "root has no CAP_SYS_RESOURCE here"
}

@test "C26 root raises a hard limit, without and with a user namespace, in exec too" {
	local hard
	need_resource_power
	hard=$(($(ulimit -H -n) + 1))
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: $h}]' \
		--argjson h "$hard"
	[ "$hard" -le "$(cat /proc/sys/fs/nr_open)" ] || skip "the hard limit is fs.nr_open already"
	in_both "awk '/open files/ { print \$4, \$5 }' /proc/self/limits"
	assert_output "64 $hard"
	urun delete --force "$ID"
	userns_of 300000
	in_both "awk '/open files/ { print \$4, \$5 }' /proc/self/limits"
	assert_output "64 $hard"
}

@test "C27 root lowers oom_score_adj, without and with a user namespace" {
	need_resource_power
	edit_config "$BUNDLE" '.process.oomScoreAdj = -321'
	in_both 'cat /proc/self/oom_score_adj'
	assert_output -321
	urun delete --force "$ID"
	userns_of 300000
	in_both 'cat /proc/self/oom_score_adj'
	assert_output -321
}

@test "C31 C32 root's real-time classes" {
	edit_config "$BUNDLE" '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 3}'
	run_script 'ionice -p $$'
	assert_output 'realtime: prio 3'
}

@test "C46 root's container has no capability beyond the config, in run and exec" {
	in_both "grep -E '^Cap(Prm|Eff|Bnd)' /proc/self/status | cut -f 2 | sort -u"
	assert_output 0000000020000420
}

@test "I16 root owns root's container" {
	start_container
	assert_eq "$(urun state "$ID" | jq -r .owner)" root
}

# ---- users on a host of another shape

# prepare_user: a bundle that $USR_NAME can read, and a state root of its own.
prepare_user() {
	USR_NAME=$URUN_TEST_NOSUBIDS_USER
	[ -n "$USR_NAME" ] || skip "needs the suite's throw-away users"
	USR_UID=$(id -u "$USR_NAME")
	USR_GID=$(id -g "$USR_NAME")
	W=$(mktemp -d "$URUN_TEST_DIR/w.XXXXXX")
	mv "$BUNDLE" "$W/bundle"
	BUNDLE=$W/bundle
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user"}] | del(.linux.resources)'
	mkdir "$W/xdg"
	chmod 0755 "$W"
	chmod 0700 "$W/xdg"
	chown -R "$USR_UID:$USR_GID" "$W"
	before=
	first=700000
}

# as_user_bare URUN-ARGS...: after the shell text $before, run by root in a mount
# namespace of its own, as that user.
as_user_bare() {
	# shellcheck disable=SC2016
	unshare --mount --propagation private bash -c '
		set -e
		eval "$1"
		shift
		exec "$@"' - "$before" setpriv ${setpriv[@]+"${setpriv[@]}"} --reuid "${uid:-$USR_UID}" \
		--regid "$USR_GID" --init-groups --inh-caps=-all \
		env "XDG_RUNTIME_DIR=$W/xdg" "$URUN" --root "$W/state" "$@" < <(:)
}

as_user() {
	run --separate-stderr as_user_bare "$@"
}

# start_as_user [OPTIONS...]: `run -d`; the container must not hold the pipes of bats.
start_as_user() {
	as_user_bare run "$@" -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&- || {
		cat "$T/out"
		return 1
	}
}

run_as_user() {
	set_script "$BUNDLE" "$1"
	chown -R "$USR_UID:$USR_GID" "$BUNDLE/config.json"
	as_user --log-level=warning run -b "$BUNDLE" "$ID"
}

# sub_ids LINE...: these are /etc/subuid and /etc/subgid.
sub_ids() {
	printf '%s\n' "$@" >"$W/subids"
	before+="mount --bind '$W/subids' /etc/subuid; mount --bind '$W/subids' /etc/subgid;"
}

@test "I03 P02 a line with the number of the user" {
	prepare_user
	sub_ids "$USR_UID:700000:1000"
	run_as_user "$maps"
	assert_quiet
	assert_output "0 $USR_UID 1
1 700000 1000
0 $USR_GID 1
1 700000 1000"
}

@test "I03 P02 all lines count, by name and number, in any order" {
	prepare_user
	sub_ids "$USR_NAME:800000:500" "other:1:2" "# comment" "$USR_UID:700000:1000"
	run_as_user "$maps"
	assert_quiet
	assert_output "0 $USR_UID 1
1 700000 1000
1001 800000 500
0 $USR_GID 1
1 700000 1000
1001 800000 500"
}

@test "I03 P02 more than six lines" {
	local lines=() i
	prepare_user
	for i in {0..11}; do
		lines+=("$USR_NAME:$((700000 + i * 100)):50")
	done
	sub_ids "${lines[@]}"
	run_as_user 'wc -l </proc/self/uid_map; tail -n 1 /proc/self/uid_map | awk "{ print \$1, \$2, \$3 }"'
	assert_quiet
	assert_output $'13\n551 701100 50'
}

@test "I03 a range that holds the user's own id" {
	prepare_user
	sub_ids "$USR_NAME:$USR_UID:10"
	run_as_user 'cat /proc/self/uid_map | wc -l; id -u'
	assert_success
	assert_has "$output" 0
}

@test "I03 P02 a line that cannot be read is named" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"$'\r'
	run_as_user 'wc -l </proc/self/uid_map'
	assert_success
	assert_output 1
	assert_has "$stderr" "has a line in 'subuid' of '/etc' that cannot be read"
	assert_no_engine_words
}

@test "I14 a user without a passwd entry: his number counts" {
	prepare_user
	sub_ids "$USR_UID:700000:1000"
	sed "/^$USR_NAME:/d" /etc/passwd >"$W/passwd"
	chmod 0644 "$W/passwd"
	before+="mount --bind '$W/passwd' /etc/passwd;"
	set_script "$BUNDLE" "$maps"
	run --separate-stderr unshare --mount --propagation private bash -c "$before"'exec "$@"' - \
		setpriv --reuid "$USR_UID" --regid "$USR_GID" --clear-groups --inh-caps=-all \
		env "XDG_RUNTIME_DIR=$W/xdg" "$URUN" --log-level=warning --root "$W/state" \
		run -b "$BUNDLE" "$ID" < <(:)
	assert_success
	# shadow's newuidmap asks for a passwd entry; without one there is one id.
	assert_match "$output" "^0 $USR_UID 1"
	assert_no_engine_words
}

@test "I11 state lists the groups of root that are kept: two, and none" {
	set_args "$BUNDLE" sleep 1000
	for groups in --groups=44,4294967294 --clear-groups; do
		setpriv "$groups" "$URUN" --root "$ROOT" run -d --keep-groups -b "$BUNDLE" "$ID" \
			>"$T/out" 2>&1 3>&- < <(:)
		urun state "$ID" | jq -c .keptGroups >>"$T/kept"
		urun delete --force "$ID"
	done
	assert_eq "$(cat "$T/kept")" $'[44,4294967294]\n[]'
}

# ---- I12: groups under their own numbers

# in_groups GID:COUNT...: the user is in the groups urtproj (27001) and urtdata (44), whatever
# this host has there, and has sub-ids, in /etc/subgid these besides. A folder that
# the first alone may enter is /tmp of the container.
in_groups() {
	prepare_user
	sed -E '/^[^:]*:[^:]*:44:/d' /etc/group >"$W/group"
	printf '%s\n' "urtproj:x:27001:$USR_NAME" "urtdata:x:44:$USR_NAME" "urtother:x:27002:" >>"$W/group"
	chmod 0644 "$W/group"
	sub_ids "$USR_NAME:700000:65536"
	printf '%s\n' "${@/#/$USR_NAME:}" "$USR_NAME:700000:65536" >"$W/subgid"
	before+="mount --bind '$W/subgid' /etc/subgid; mount --bind '$W/group' /etc/group;"
	mkdir "$W/shared"
	echo secret >"$W/shared/file"
	chgrp -R 27001 "$W/shared"
	chmod 02770 "$W/shared"
	edit_config "$BUNDLE" '.mounts += [{destination: "/tmp", type: "bind", source: $s, options: ["rbind"]}]' \
		--arg s "$W/shared"
}

gid_map='awk "{ print \$1, \$2, \$3 }" /proc/self/gid_map'
groups='grep ^Groups /proc/self/status | xargs'

# run_groups OPTION SCRIPT
run_groups() {
	set_script "$BUNDLE" "$2"
	chown -R "$USR_UID:$USR_GID" "$BUNDLE/config.json"
	as_user --log-level=warning run "$1" -b "$BUNDLE" "$ID"
}

@test "I12 P06 --map-groups: a granted group is itself inside, with its access; exec too" {
	in_groups 27001:1 44:1
	edit_config "$BUNDLE" '.process.user = {uid: 7, gid: 7, additionalGids: [10]}'
	script="$groups; cat /tmp/file; stat -c %g /tmp; $gid_map"
	run_groups --map-groups=urtproj,44 "$script"
	assert_quiet
	assert_output "Groups: 44 27001 10
secret
27001
0 700000 7
7 $USR_GID 1
8 700007 36
44 44 1
45 700044 26956
27001 27001 1
27002 727001 38535"
	first=$output
	set_args "$BUNDLE" sleep 1000
	start_as_user --map-groups=urtproj,44
	as_user exec "$ID" sh -c "$script"
	assert_quiet
	assert_output "$first"
	as_user exec --user 33:33 "$ID" sh -c "$groups; touch /tmp/made; stat -c %g /tmp/made"
	assert_output "Groups: 44 27001 10
27001"
	assert_eq "$(stat -c %u:%g "$W/shared/made")" 700032:27001
}

@test "I12 --map-groups: without it the groups are gone; what is not asked for too" {
	in_groups 27001:1
	edit_config "$BUNDLE" '.process.user = {uid: 7, gid: 7}'
	run_as_user "$groups; cat /tmp/file"
	assert_failure
	assert_output 'Groups:'
	run_groups --map-groups=urtproj "$groups"
	assert_output 'Groups: 27001'
}

@test "I12 I11 --map-groups with --keep-groups: all stay, the mapped one by its number" {
	in_groups 27001:1
	set_script "$BUNDLE" "$groups"
	chown "$USR_UID:$USR_GID" "$BUNDLE/config.json"
	as_user run --map-groups=urtproj --keep-groups -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" '^Groups: .*65534'
	assert_has "$output" 27001
}

@test "I12 --map-groups in the config's own map, where it is missing and where it is there" {
	in_groups 27001:1
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] |
		.linux.gidMappings = [{containerID: 27000, hostID: 700000, size: 3}, {containerID: 0, hostID: $g, size: 1}]' \
		--argjson u "$USR_UID" --argjson g "$USR_GID"
	run_groups --map-groups=27001 "$groups; $gid_map"
	assert_quiet
	assert_output "Groups: 27001
27000 700000 1
27001 27001 1
27002 700002 1
0 $USR_GID 1"
	edit_config "$BUNDLE" '.linux.gidMappings[0] = {containerID: 5, hostID: 27001, size: 1}'
	run_groups --map-groups=27001 "$groups; $gid_map"
	assert_quiet
	assert_output "Groups: 5
5 27001 1
0 $USR_GID 1"
}

@test "I12 --map-groups with --userns, and with no other sub-ids" {
	in_groups 27001:1
	run_groups --userns=nomap "$gid_map" # with the line, at a place of no meaning
	assert_has "$output" '0 27001 1'
	set_script "$BUNDLE" "$groups; $gid_map"
	as_user run --userns=nomap --map-groups=urtproj -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output "Groups: 27001
0 700000 27001
27001 27001 1
27002 727002 38534"
	echo "$USR_NAME:27001:1" >"$W/subgid"
	: >"$W/subids"
	as_user run --map-groups=urtproj -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output "Groups: 27001
0 $USR_GID 1
27001 27001 1"
}

@test "I12 I05 --map-groups: one that is not granted is named with its line, and nothing is made" {
	in_groups 44:1
	for verb in "run -b $BUNDLE $ID" "create -b $BUNDLE $ID" 'unshare true'; do
		# shellcheck disable=SC2086
		as_user ${verb/ / --map-groups=44,urtproj }
		assert_failure 1
		assert_one_line_error "--map-groups: group 'urtproj' (gid 27001) is not granted to '$USR_NAME'"
		assert_has "$stderr" "takes the line '$USR_NAME:27001:1' in '/etc/subgid'"
		assert_has "$stderr" "type 'sudo usermod --add-subgids 27001-27001 $USR_NAME'"
		assert_has "$stderr" URUN-E303
		assert_no_engine_words
		[ ! -e "$W/state/$ID" ]
	done
	echo "$USR_NAME:27001:1" >>"$W/subgid"
	as_user run --map-groups=44,urtproj -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "I12 --map-groups: no member, no such group, a joined user namespace, the own place" {
	in_groups 27001:2 44:1
	set_script "$BUNDLE" true
	as_user run --map-groups=urtother -b "$BUNDLE" "$ID"
	assert_one_line_error "--map-groups: you are not in the group 'urtother' (gid 27002)"
	as_user run --map-groups=urtproj,urt-none -b "$BUNDLE" "$ID"
	assert_one_line_error "--map-groups: there is no group 'urt-none' on this host"
	as_user run --map-groups=urtproj, -b "$BUNDLE" "$ID"
	assert_one_line_error "--map-groups: '' is no name and no number of a group"
	edit_config "$BUNDLE" '.process.user = {uid: 0, gid: 44}'
	as_user run --map-groups=44 -b "$BUNDLE" "$ID"
	assert_one_line_error "group '44' cannot be gid 44 of the container: there your own group is ($USR_GID)"
	edit_config "$BUNDLE" '.linux.namespaces |= map(if .type == "user" then .path = "/proc/self/ns/user" else . end)'
	as_user run --map-groups=urtproj -b "$BUNDLE" "$ID"
	assert_one_line_error '--map-groups: .linux.namespaces['
}

@test "I12 --map-groups where newgidmap fails: no container with one group in its place" {
	in_groups 27001:1
	before+="mount --bind /dev/full '$(command -v newgidmap)';"
	as_user run --map-groups=urtproj -b "$BUNDLE" "$ID"
	assert_one_line_error 'newgidmap: not installed'
	as_user unshare --map-groups=urtproj true
	assert_failure 1
	assert_one_line_error 'newgidmap: not installed'
}

@test "I12 N10 unshare --map-groups shows the group by its number" {
	in_groups 27001:1
	as_user unshare sh -c "$groups; $gid_map"
	assert_match "$output" $'\n1 27001 1\n'
	as_user unshare --map-groups=urtproj sh -c "id -g; $groups; $gid_map; stat -c %g '$W/shared'"
	assert_quiet
	assert_has "${lines[1]}" 27001
	assert_eq "${lines[0]} ${lines[*]:2}" "0 0 $USR_GID 1 1 700000 27000 27001 27001 1 27002 727001 38535 27001"
}

@test "I12 I06 root's --map-groups: into his maps, and without any" {
	userns_of 300000
	edit_config "$BUNDLE" '.linux.uidMappings[0].size = 70000 | .linux.gidMappings[0].size = 10'
	set_script "$BUNDLE" "$groups; $gid_map"
	run --separate-stderr setpriv --groups 4,20 "$URUN" --root "$ROOT" run --map-groups=4 -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output $'Groups: 4\n0 300005 4\n4 4 1\n5 300010 5'
	edit_config "$BUNDLE" 'del((.linux.namespaces[] | select(.type == "user")), .linux.uidMappings, .linux.gidMappings)'
	run --separate-stderr setpriv --groups 4,20 "$URUN" --root "$ROOT" run --map-groups=4 -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output $'Groups: 4\n0 0 4294967295'
}

# helper TEXT: a copy of newuidmap, treated by this text, in its place.
helper() {
	cp "$(command -v newuidmap)" "$W/newuidmap"
	before+="$1 mount --bind '$W/newuidmap' '$(command -v newuidmap)';"
}

granted() {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	edit_config "$BUNDLE" '
		.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1},
			{containerID: 1, hostID: 700000, size: 65536}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1},
			{containerID: 1, hostID: 700000, size: 65536}]' \
		--argjson u "$USR_UID" --argjson g "$USR_GID"
}

@test "P01 the granted ranges work (the tests below change one thing each)" {
	granted
	helper "chmod 4755 '$W/newuidmap';"
	run_as_user 'wc -l </proc/self/uid_map'
	assert_quiet
	assert_output 2
}

@test "I05 P01 newuidmap is not installed" {
	granted
	before+="mount --bind /dev/full '$(command -v newuidmap)';"
	run_as_user true
	assert_one_line_error 'newuidmap: not installed'
	assert_has "$stderr" 'apt install uidmap'
	assert_no_engine_words
}

@test "I05 P01 newuidmap has lost its setuid bit" {
	granted
	helper "chmod 0755 '$W/newuidmap';"
	run_as_user true
	assert_one_line_error "has neither the setuid bit nor the file capability cap_setuid"
	assert_has "$stderr" 'setcap cap_setuid=ep'
	assert_no_engine_words
}

@test "I05 P01 newuidmap belongs to a user" {
	granted
	helper "chown $((USR_UID + 1)) '$W/newuidmap'; chmod 4755 '$W/newuidmap';"
	run_as_user true
	assert_one_line_error "is setuid, but belongs to uid $((USR_UID + 1))"
	assert_no_engine_words
}

@test "I05 P01 newuidmap has the bit and the file capability" {
	need_command setcap
	granted
	helper "chmod 4755 '$W/newuidmap'; setcap cap_setuid=ep '$W/newuidmap';"
	run_as_user true
	if [ "$status" = 0 ]; then
		skip "this newuidmap works with both"
	fi
	assert_one_line_error "has both the setuid bit and the file capability"
	assert_no_engine_words
}

@test "I05 P01 newuidmap lies on a file system mounted nosuid" {
	granted
	helper "chmod 4755 '$W/newuidmap';"
	before+="mount -o remount,bind,nosuid '$(command -v newuidmap)';"
	run_as_user true
	assert_one_line_error "lies on a file system mounted nosuid"
	assert_no_engine_words
}

@test "I05 P01 no_new_privs is set on the caller" {
	granted
	setpriv=(--no-new-privs)
	run_as_user true
	assert_one_line_error "no_new_privs is set on this process"
	assert_has "$stderr" 'NoNewPrivileges='
	assert_no_engine_words
}

@test "I05 P01 CAP_SETUID is not in the bounding set" {
	granted
	setpriv=(--bounding-set=-setuid)
	run_as_user true
	assert_one_line_error "cap_setuid is not in our capability bounding set"
	assert_no_engine_words
}

@test "I05 P01 the default map falls back to one id, with the reason as a warning" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	before+="mount --bind /dev/full '$(command -v newuidmap)'; mount --bind /dev/full '$(command -v newgidmap)';"
	run_as_user "$maps; cat /proc/self/setgroups"
	assert_success
	assert_output "0 $USR_UID 1
0 $USR_GID 1
deny"
	assert_has "$stderr" 'newuidmap: not installed'
	assert_has "$stderr" 'the container has one user only'
	assert_no_engine_words
}

@test "I05 after the fall-back exec works and knows of it" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	before+="mount --bind /dev/full '$(command -v newuidmap)'; mount --bind /dev/full '$(command -v newgidmap)';"
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000, additionalGids: [7]}'
	set_args "$BUNDLE" sleep 1000
	start_as_user
	as_user exec "$ID" id -u
	assert_quiet
	assert_output 1000
	as_user delete --force "$ID"
	assert_quiet
}

@test "P01 only newgidmap is missing: users are there, one group" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	before+="mount --bind /dev/full '$(command -v newgidmap)';"
	run_as_user "$maps"
	assert_success
	assert_output "0 $USR_UID 1
1 700000 65536
0 $USR_GID 1"
	assert_has "$stderr" 'newgidmap: not installed'
}

@test "P25 a folder that the user's ids may not pass is named" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	mkdir -p "$W/closed/inner"
	chmod 0700 "$W/closed"
	chown 0:0 "$W/closed"
	edit_config "$BUNDLE" '.mounts += [{destination: "/mnt", type: "bind", source: $s, options: ["rbind"]}]' \
		--arg s "$W/closed/inner"
	run_as_user true
	assert_failure
	assert_has "$stderr" "mode 0700) does not let this user pass: chmod o+x '$W/closed'"
	assert_no_engine_words
	mv "$BUNDLE/rootfs" "$W/closed/rootfs"
	edit_config "$BUNDLE" '.root.path = $p' --arg p "$W/closed/rootfs"
	run_as_user true
	assert_failure
	assert_has "$stderr" .root.path
	assert_has "$stderr" "does not let this user pass: chmod o+x '$W/closed'"
	mv "$W/closed/rootfs" "$BUNDLE/rootfs"
}

@test "L05 another user cannot exec, and is told why" {
	prepare_user
	sub_ids "$USR_NAME:700000:65536"
	set_args "$BUNDLE" sleep 1000
	start_as_user
	chmod -R a+rX "$W/state"
	uid=$((USR_UID + 1000)) as_user exec "$ID" true
	assert_failure
	assert_no_engine_words
	as_user delete --force "$ID"
	assert_quiet
}
