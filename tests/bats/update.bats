# SPDX-License-Identifier: Apache-2.0
# urun-test-world: user-manager unified
#
# update: hugetlb is the controller that the test's world has; what the others
# would get is said by name. tests/vm feels the rest.
load ../lib/common
load ../lib/rootfs
load ../lib/user_manager

setup() {
	manager_setup setup_bundle
	set_args "$BUNDLE" sleep 1000
}
teardown() { manager_teardown; }

# start [GLOBAL-OPTION...]: a running container; $SCOPE and $DIR, its cgroup.
start() {
	run_urun "$@" run -d -b "$BUNDLE" "$ID"
	assert_quiet || return 1
	SCOPE=urun-$ID.scope
	DIR=$MANAGER_CGROUP2$(urun limits --json "$ID" | jq -r .cgroup)
}

huge() { # BYTES
	jq -nc '{hugepageLimits: [{pageSize: "2MB", limit: $n}]}' --argjson n "$1"
}

asked() { # KEY: what limits says
	urun limits --json "$ID" | jq -r --arg k "$1" '.limits[] | select(.key == $k) | .asked'
}

@test "U01 update --resources: a file and the standard input, all of it in the files" {
	need_hugetlb
	start
	huge $((4 << 20)) >"$T/r.json"
	run_urun update -r "$T/r.json" "$ID"
	assert_quiet
	assert_eq "$(cat "$DIR/hugetlb.2MB.max" "$DIR/hugetlb.2MB.rsvd.max" | tr '\n' ' ')" \
		"4194304 4194304 "
	huge $((2 << 20)) | urun_stdin update --resources=- "$ID"
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 2097152
	huge $((6 << 20)) | urun_stdin update --resources - "$ID"
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 6291456
}

@test "U01 update: {} succeeds, with a cgroup and without one" {
	start
	for doc in '{}' '{"devices": [{"allow": false, "access": "rwm"}]}' \
		'{"memory": {"limit": -1}, "cpu": {}, "pids": {"limit": -1}}'; do
		echo "$doc" | urun_stdin update --resources=- "$ID"
	done
	urun delete --force "$ID"
	start --cgroup-manager=disabled
	echo '{}' | urun_stdin update --resources=- "$ID"
	echo '{"memory": {"limit": -1}}' | urun_stdin update --resources=- "$ID"
	[ ! -e "$ROOT/$ID/limits.json" ]
}

@test "U02 update: without a cgroup of its own a limit is refused by name" {
	start --cgroup-manager=disabled
	run_urun update --pids-limit 5 "$ID"
	fails ".linux.resources.pids.limit: container \`$ID\` has no cgroup of its own" \
		'hint: make it with --systemd-cgroup'
}

@test "U02 U04 U05 update: every option names its key, and the controller that lacks" {
	local pair option key
	start
	for pair in '--blkio-weight=100 blockIO.weight' '--cpu-period=50000 --cpu-quota=5000 cpu.quota' \
		'--cpu-quota 20000 cpu.quota' '--cpu-share=512 cpu.shares' '--cpu-burst=1000 cpu.burst' \
		'--cpu-idle=1 cpu.idle' '--cpuset-cpus=0 cpu.cpus' '--cpuset-mems=0 cpu.mems' \
		'--memory=512M memory.limit' '--memory-reservation=1g memory.reservation' \
		'--memory=64M --memory-swap=0 memory.limit' '--pids-limit=0 pids.limit' \
		'--unified memory.high=1G unified["memory.high"]'; do
		key=${pair##* }
		# shellcheck disable=SC2086
		run_urun update ${pair% *} "$ID"
		fails ".linux.resources.$key: the controller '" 'is not available' 'hint: as root'
	done
	for pair in '--kernel-memory=1M memory.kernel' '--kernel-memory-tcp=1M memory.kernelTCP' \
		'--cpu-rt-runtime=5 cpu.realtimeRuntime'; do
		# shellcheck disable=SC2086
		run_urun update ${pair% *} "$ID"
		fails ".linux.resources.${pair##* }: cgroup v2"
	done
	# These ask for nothing, and are taken with a word in the log.
	run_urun --log-level=warning update --kernel-memory -1 --cpu-rt-period 1000 "$ID"
	assert_success
	assert_has "$stderr" memory.kernel
	[ ! -e "$DIR/memory.max" ]
}

@test "U02 update: max and -1 are unlimited; what is no number is refused" {
	start
	run_urun update --memory max --memory-swap -1 --pids-limit=max --cpu-quota -1 "$ID"
	assert_quiet
	for option in --memory=12Q --memory-swap=-5 --pids-limit=many --cpu-share=-1 \
		--blkio-weight=70000 --cpu-quota=1.5 --cpuset-cpus=x; do
		run_urun update "$option" "$ID"
		fails .linux.resources "'${option#*=}'"
	done
	run_urun update --unified memory.high "$ID"
	fails "--unified 'memory.high'"
	run_urun update --unified cgroup.procs=1 "$ID"
	fails 'unified["cgroup.procs"]'
	run_urun update "$ID"
	fails "'update' needs a limit"
	run_urun update --memory-swap=100M --memory=200M "$ID"
	fails 'less than memory.limit'
}

@test "U05 update --unified: any file, again and again; lines are writes" {
	need_hugetlb
	start
	run_urun update --unified hugetlb.2MB.max=2M --unified cgroup.max.depth=7 \
		--unified cgroup.max.descendants=9 "$ID"
	assert_quiet
	assert_eq "$(cat "$DIR/hugetlb.2MB.max" "$DIR/cgroup.max.depth" \
		"$DIR/cgroup.max.descendants" | tr '\n' ' ')" '2097152 7 9 '
	# A key of its own, later, is the last word on that file.
	huge $((4 << 20)) | urun_stdin update -r - "$ID"
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 4194304
	assert_eq "$(asked 'unified["hugetlb.2MB.max"]')" ''
	assert_eq "$(asked 'unified["cgroup.max.depth"]')" 7
	run_urun update --unified nothing.max=1 "$ID"
	fails 'unified["nothing.max"]' "the controller 'nothing'"
}

@test "U01 update: options are laid over the document" {
	start
	echo '{"unified": {"cgroup.max.depth": "3", "cgroup.max.descendants": "4"}}' |
		urun_stdin update --resources - --unified cgroup.max.depth=5 "$ID"
	assert_eq "$(cat "$DIR/cgroup.max.depth" "$DIR/cgroup.max.descendants" | tr '\n' ' ')" '5 4 '
}

@test "U07 update: a failure in the middle names its key, and takes back the rest" {
	need_hugetlb
	start
	urun update --unified cgroup.max.depth=7 "$ID"
	huge 4194304 | jq '.unified = {"cgroup.max.depth": "9", "cgroup.max.descendants": "x"}' \
		>"$T/r.json"
	run_urun update -r "$T/r.json" "$ID"
	fails '.linux.resources.unified["cgroup.max.descendants"]: the kernel does not take'
	assert_eq "$(cat "$DIR/hugetlb.2MB.max" "$DIR/cgroup.max.depth" | tr '\n' ' ')" 'max 7 '
	assert_eq "$(asked 'unified["cgroup.max.depth"]')" 7
	assert_eq "$(asked 'hugepageLimits[0]')" ''
	# A controller that lacks is seen before anything is written.
	run_urun update --unified cgroup.max.depth=9 --memory 64M "$ID"
	fails .linux.resources.memory.limit
	assert_eq "$(<"$DIR/cgroup.max.depth")" 7
	assert_eq "$(unit_property "$SCOPE" MemoryMax)" infinity
}

@test "U07 update: what cannot be kept is taken back, too" {
	start
	urun update --unified cgroup.max.depth=7 "$ID"
	chmod 0500 "$ROOT/$ID"
	run_urun update --unified cgroup.max.depth=9 "$ID"
	chmod 0700 "$ROOT/$ID"
	fails "keep the limits of container \`$ID\`"
	assert_eq "$(<"$DIR/cgroup.max.depth")" 7
}

@test "U07 update: limits hold over a daemon-reload, in a paused and a created one, too" {
	need_hugetlb
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	DIR=$MANAGER_CGROUP2$(urun limits --json "$ID" | jq -r .cgroup)
	huge 4194304 | urun_stdin update -r - "$ID"
	systemctl --user daemon-reload
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 4194304
	urun start "$ID"
	urun pause "$ID"
	huge 2097152 | urun_stdin update -r - "$ID"
	assert_eq "$(urun state "$ID" | jq -r .status)" paused
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 2097152
	urun resume "$ID"
}

@test "U07 update: an unlimited memory becomes a property; a manager that is gone is said" {
	start
	# What asks for nothing has its property without its controller.
	systemctl --user set-property --runtime "$SCOPE" MemoryMax=1G TasksMax=50
	urun update --memory max --pids-limit -1 "$ID"
	assert_eq "$(unit_property "$SCOPE" MemoryMax)" infinity
	assert_eq "$(unit_property "$SCOPE" TasksMax)" infinity
	# The bus may be gone: the manager has a socket of its own.
	with_bus none urun update --memory max "$ID"
	bus_break none
	mv "$MANAGER_RUNTIME/systemd/private" "$MANAGER_RUNTIME/systemd/private.away"
	# What has no property needs nobody to ask.
	urun update --unified cgroup.max.depth=5 "$ID"
	run_urun update --memory max "$ID"
	mv "$MANAGER_RUNTIME/systemd/private.away" "$MANAGER_RUNTIME/systemd/private"
	bus_restore
	fails 'bus unreachable'
	assert_eq "$(<"$DIR/cgroup.max.depth")" 5
}

@test "U07 update: below a delegated cgroup without systemd" {
	need_hugetlb
	start --cgroup-manager=cgroupfs
	huge 4194304 | urun_stdin update -r - "$ID"
	assert_eq "$(<"$DIR/hugetlb.2MB.max")" 4194304
	with_bus none urun update --memory max "$ID"
}

@test "U01 update: a stopped container, none, and one in the making" {
	start
	urun kill "$ID" KILL
	wait_until 10 eval '[ "$(urun state "$ID" | jq -r .status)" = stopped ]'
	run_urun update --memory 64M "$ID"
	fails "cannot update container \`$ID\`: container not running"
	run_urun update --memory 64M nobody
	fails 'container `nobody` does not exist'
}

@test "U01 update: a document that cannot be right" {
	start
	for doc in '[]' '{' '{"memory": {"limit": "1G"}}' '{"pids": {}}' '{"cpu": {"idle": 3}}'; do
		echo "$doc" >"$T/r.json"
		run_urun update -r "$T/r.json" "$ID"
		fails r.json
	done
	run_urun update -r "$T/nothing.json" "$ID"
	fails "read '$T/nothing.json'"
}

@test "U03 update: schemata need a resctrl group" {
	start
	run_urun update --l3-cache-schema L3:0=f "$ID"
	fails ".linux.intelRdt: container \`$ID\` has no resctrl group"
	urun delete --force "$ID"
	[ -e /sys/fs/resctrl/schemata ] && skip "this host has resctrl"
	edit_config "$BUNDLE" '.linux.intelRdt = {"closID": "x", "schemata": ["L3:0=f"]}'
	run_urun run -b "$BUNDLE" "$ID"
	fails .linux.intelRdt
}
