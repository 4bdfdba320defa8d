# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# limits: asked, applied, inherited, and why; and what state says of device rules.
load ../lib/common
load ../lib/rootfs
load ../lib/user_manager

setup() {
	manager_setup setup_bundle
	set_args "$BUNDLE" sleep 1000
}
teardown() { manager_teardown; }

start() {
	run_urun "$@" run -d -b "$BUNDLE" "$ID"
	assert_quiet || return 1
	DIR=$MANAGER_CGROUP2$(urun limits --json "$ID" | jq -r .cgroup)
}

# row KEY: asked, applied, reason.
row() {
	urun limits --json "$ID" | jq -r --arg k "$1" '.limits[] | select(.key == $k) |
		"\(.asked // "-") \(.applied // "-") \(.reason // "-")"'
}

@test "N08 limits: a container without any has none, and its pressure" {
	edit_config "$BUNDLE" 'del(.linux.resources)'
	start
	run_urun limits --json "$ID"
	assert_quiet
	assert_eq "$(jq -c .limits <<<"$output")" '[]'
	assert_eq "$(jq -r .id <<<"$output")" "$ID"
	assert_has "$(jq -r '.["memory.pressure"]' <<<"$output")" 'some avg10='
	run_urun limits "$ID"
	assert_quiet
	assert_match "$output" '^LIMIT +ASKED +APPLIED +ABOVE +REASON'
	assert_match "$output" 'cpu.pressure +- +some avg10='
}

@test "N08 limits: what was asked and is so, by the config and by updates" {
	need_hugetlb
	edit_config "$BUNDLE" '.linux.resources = {
		hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"cgroup.max.depth": "5"}}'
	start
	assert_eq "$(row 'hugepageLimits[0]' | head -n 1)" '4194304 4194304 -'
	assert_eq "$(row 'unified["cgroup.max.depth"]')" '5 5 -'
	urun update --unified cgroup.max.depth=6 "$ID"
	assert_eq "$(row 'unified["cgroup.max.depth"]')" '6 6 -'
	assert_eq "$(row 'hugepageLimits[0]' | head -n 1)" '4194304 4194304 -'
	run_urun limits "$ID"
	assert_match "$output" $'\nhugepageLimits\\[0\\] +4194304 +4194304 +- +-'
}

@test "N08 limits: a value that somebody else has changed, and one that another overrides" {
	need_hugetlb
	edit_config "$BUNDLE" '.linux.resources = {
		hugepageLimits: [{pageSize: "2MB", limit: 4194304}],
		unified: {"cgroup.max.depth": "5", "hugetlb.2MB.max": "2097152"}}'
	start
	assert_eq "$(row 'hugepageLimits[0]' | head -n 1)" \
		'4194304 2097152 unified["hugetlb.2MB.max"] overrides it'
	echo 9 >"$DIR/cgroup.max.depth"
	assert_eq "$(row 'unified["cgroup.max.depth"]')" '5 9 something else has changed it'
}

@test "N08 limits: of a stopped container what was asked" {
	edit_config "$BUNDLE" '.linux.resources = {unified: {"cgroup.max.depth": "5"}}'
	start
	urun kill "$ID" KILL
	wait_until 10 eval '[ "$(urun state "$ID" | jq -r .status)" = stopped ]'
	assert_eq "$(row 'unified["cgroup.max.depth"]')" '5 - the container is not running'
	run_urun limits nobody
	assert_one_line_error 'container `nobody` does not exist'
}

@test "V22 N08 device rules are shown as not enforced, by limits and by state" {
	edit_config "$BUNDLE" '.linux.resources = {devices: [{allow: false, access: "rwm"},
		{allow: true, type: "c", major: 1, minor: 3, access: "rw"}]}'
	start
	assert_match "$(row devices)" '^2 rules - not enforced: '
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" '["linux.resources.devices"]'
	assert_eq "$(urun list -f json | jq -c '.[0].unenforced')" '["linux.resources.devices"]'
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.linux.resources = {devices: [{allow: true, access: "rwm"}]}'
	start
	assert_eq "$(row devices)" ''
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" null
	echo '{"devices": [{"allow": false}, {"allow": true, "type": "c"}]}' |
		urun_stdin update -r - "$ID"
	assert_match "$(row devices)" '^2 rules - not enforced: '
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" '["linux.resources.devices"]'
	echo '{"devices": [{"allow": true}]}' | urun_stdin update -r - "$ID"
	assert_eq "$(row devices)$(urun state "$ID" | jq -c .unenforced)" null
	urun delete --force "$ID"
	# Who keeps its exit status does not keep what was so before an update.
	background urun run --keep -b "$BUNDLE" "$ID"
	wait_status "$ID" running
	echo '{"devices": [{"allow": false}]}' | urun_stdin update -r - "$ID"
	urun kill "$ID" KILL
	wait_until 10 eval '[ "$(urun state "$ID" | jq -r .exitStatus)" = 137 ]'
	assert_eq "$(urun state "$ID" | jq -c .unenforced)" '["linux.resources.devices"]'
	urun delete --force "$ID"
	# Without a cgroup it is the same.
	edit_config "$BUNDLE" '.linux.resources = {devices: [{allow: false}]}'
	start --cgroup-manager=disabled
	assert_match "$(row devices)" 'not enforced'
}

@test "V22 a node that the config does not give is not there to be opened" {
	edit_config "$BUNDLE" '.linux.resources = {devices: [{allow: false, access: "rwm"}]}'
	set_script "$BUNDLE" 'ls /dev; mknod /tmp/sda b 8 0 || echo refused; : >/dev/null && echo null'
	run_urun run -b "$BUNDLE" "$ID"
	assert_has "$output" refused
	assert_has "$output" null
	assert_lacks "$output" sda
}
