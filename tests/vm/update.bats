# SPDX-License-Identifier: Apache-2.0
# urun-test-position: session
#
# A container in use, with every controller: its limits change, what it uses and
# what becomes of it is told, and it ends however it fights.
load vm

setup() {
	vm_setup setup_bundle
}

teardown() { vm_teardown; }

# up: the container runs; its cgroup is $DIR of the unit $UNIT.
up() {
	run_urun --cgroup-manager=systemd create -b "$BUNDLE" "$ID"
	assert_quiet
	run_urun start "$ID"
	assert_quiet
	DIR=$(cgroup_of "$(pid_of "$ID")")
	DIR=${DIR%/container}
	UNIT=${DIR##*/}
}

limits() {
	edit_config "$BUNDLE" '.linux.resources = $r' --argjson r "$1"
}

updated() {
	run_urun update "$@" "$ID"
	assert_quiet
}

# now FILE...: their texts, a word each.
now() {
	local f
	for f; do
		printf '%s ' "$(tr ' ' , <"$DIR/$f")"
	done
}

properties() {
	local p
	for p; do
		printf '%s ' "$(unit_property "$UNIT" "$p")"
	done
}

@test "U01 U02 U04 U06 U07 update changes files and properties, and a daemon-reload keeps them" {
	limits '{"memory": {"limit": 67108864, "swap": 100663296}, "cpu": {"quota": 20000, "period": 100000}, "pids": {"limit": 20}}'
	set_args "$BUNDLE" sleep 1000
	up
	updated --memory 96M --memory-swap 128M --memory-reservation 16M --pids-limit 30 \
		--cpu-share 512 --cpuset-cpus 0 --unified memory.high=64M
	assert_eq "$(now memory.max memory.swap.max memory.low memory.high pids.max cpu.weight cpuset.cpus)" \
		'100663296 33554432 16777216 67108864 30 59 0 '
	# Half of cpu.max: the other half stays.
	updated --cpu-quota 50000
	assert_eq "$(now cpu.max)" 50000,100000' '
	assert_eq "$(properties MemoryMax MemorySwapMax MemoryHigh TasksMax CPUWeight CPUQuotaPerSecUSec)" \
		'100663296 33554432 67108864 30 59 500ms '
	systemctl --user daemon-reload
	assert_eq "$(now memory.max memory.high pids.max cpu.max)" '100663296 67108864 30 50000,100000 '
	# What the container sees of itself has changed, too.
	assert_eq "$(<"$DIR/container/memory.max") $(<"$DIR/container/pids.max")" '100663296 30'
	updated --memory -1 --memory-swap -1 --pids-limit -1 --cpu-quota -1
	assert_eq "$(now memory.max memory.swap.max pids.max cpu.max)" 'max max max max,100000 '
	run_urun limits "$ID"
	assert_quiet
	assert_match "$output" $'cpu\\.shares +59'
}

@test "U01 V04 a memory limit below what is used is refused where that is asked for, and nothing has changed" {
	local before
	limits '{"memory": {"limit": 100663296, "swap": 100663296}}'
	edit_config "$BUNDLE" '.mounts += [{destination: "/fill", type: "tmpfs", source: "tmpfs", options: ["size=64m"]}]'
	set_script "$BUNDLE" 'dd if=/dev/zero of=/fill/x bs=1M count=40 2>/dev/null; echo full; exec sleep 1000'
	run_to_file
	wait_until 60 grep -q full "$T/out"
	before=$(now memory.max pids.max)
	echo '{"memory": {"limit": 33554432, "swap": 33554432, "checkBeforeUpdate": true}, "pids": {"limit": 7}}' \
		>"$T/less"
	run_urun update --resources "$T/less" "$ID"
	assert_one_line_error '.linux.resources.memory.limit'
	assert_eq "$(now memory.max pids.max)" "$before"
	is_status "$ID" running
}

run_to_file() {
	status=0
	: >"$T/out"
	chmod 0666 "$T/out"
	urun --cgroup-manager=systemd create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 || status=$?
	assert_success
	urun start "$ID"
	DIR=$(cgroup_of "$(pid_of "$ID")")
	DIR=${DIR%/container}
}

# of_stats FILTER
of_stats() {
	urun events --stats "$ID" | jq -e "$1"
}

@test "K19 V26 P29 events: what each controller counts, an OOM kill and the end" {
	limits '{"memory": {"limit": 33554432, "swap": 33554432}, "pids": {"limit": 20}, "cpu": {"shares": 512}}'
	set_script "$BUNDLE" 'dd if=/dev/zero of=/dev/null bs=48M count=1; sleep 1000 & wait; exit 3'
	run_urun --cgroup-manager=systemd create -b "$BUNDLE" "$ID"
	assert_quiet
	background "$URUN" --root "$ROOT" events --interval 2s "$ID" >"$T/events" 2>"$T/errors" </dev/null 3>&-
	wait_until 60 grep -q '"type":"stats"' "$T/events"
	run_urun start "$ID"
	wait_until 120 grep -q '"type":"oom"' "$T/events"
	of_stats '.type == "stats" and .data.memory.usage.limit == 33554432 and .data.memory.usage.usage > 0 and
		.data.pids.limit == 20 and .data.pids.current >= 1 and .data.cpu.usage.total > 0 and
		.data.memory.raw.anon >= 0'
	run_urun kill "$ID" KILL
	wait_until 60 grep -q '"type":"exit"' "$T/events"
	assert_eq "$(<"$T/errors")" ''
	jq -e . "$T/events" >/dev/null
}

forks_refused() {
	[ "$(key "$DIR/container/pids.events" max)" -ge 5 ]
}

@test "V12 N30 K08 V27 a fork bomb under pids.max is frozen, killed and deleted" {
	local dir
	limits '{"pids": {"limit": 40}, "cpu": {"quota": 50000, "period": 100000}}'
	# A shell that cannot fork ends: others go on, and init is none of them.
	set_script "$BUNDLE" 'b() { while :; do b & sleep 0.1; done; }; b 2>/dev/null & exec sleep 1000'
	run_to_file
	dir=$DIR
	wait_until 120 forks_refused
	run_urun pause "$ID"
	assert_quiet
	[ "$(wc -l <"$dir/container/cgroup.procs")" -gt 3 ]
	run_urun kill --all "$ID" KILL
	assert_quiet
	wait_status "$ID" stopped 60
	run_urun delete "$ID"
	assert_quiet
	wait_until 30 test ! -d "$dir"
}

@test "V23 M20 a thousand cgroups deep in the container's own go with delete" {
	local dir
	edit_config "$BUNDLE" '(.mounts[] | select(.type == "cgroup").options) |= (. // [] | map(select(. != "ro")) + ["rw"])'
	set_script "$BUNDLE" 'cd /sys/fs/cgroup; i=0
		while [ $i -lt 1000 ] && mkdir d && cd d; do i=$((i + 1)); done; echo "deep $i"; exec sleep 1000'
	run_to_file
	dir=$DIR
	wait_until 200 grep -q deep "$T/out"
	assert_eq "$(<"$T/out")" 'deep 1000'
	run_urun delete --force "$ID"
	assert_quiet
	[ ! -d "$dir" ]
}
