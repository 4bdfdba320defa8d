# SPDX-License-Identifier: Apache-2.0
# urun-test-position: service
#
# Limits by the user's systemd: as files, as properties of the scope, and felt.
# Judged by the kernel's counters, never by a clock.
load vm

setup() {
	vm_setup setup_bundle
}

teardown() { vm_teardown; }

# limits JSON: .linux.resources
limits() {
	edit_config "$BUNDLE" '.linux.resources = $r' --argjson r "$1"
}

# up: the container runs, with its output in $T/out; its cgroup is $DIR of the unit $UNIT.
up() {
	run_to_file create -b "$BUNDLE" "$ID"
	run_urun start "$ID"
	assert_quiet
	DIR=$(cgroup_of "$(pid_of "$ID")")
	assert_eq "${DIR##*/}" container
	DIR=${DIR%/container}
	UNIT=${DIR##*/}
	assert_match "$DIR" "^$USER_CGROUP/.*\.scope$"
}

run_to_file() {
	status=0
	output='' stderr=''
	: >"$T/out"
	chmod 0666 "$T/out"
	urun --cgroup-manager=systemd "$@" >"$T/out" 2>&1 || status=$?
	stderr=$(<"$T/out")
	assert_quiet
}

# counted FILE KEY MINIMUM
counted() {
	[ "$(key "$DIR/$1" "$2")" -ge "$3" ]
}

said() {
	grep -q -- "$1" "$T/out"
}

# The disk of the test's folder, as MAJOR:MINOR.
disk() {
	stat -c %Hd:%Ld "$T"
}

# ---- all of them, twice

# What the files and the properties say, a line for each.
files_now() {
	local f
	for f in memory.max memory.swap.max memory.low memory.high memory.oom.group cpu.weight cpu.max \
		cpu.max.burst cpuset.cpus cpuset.mems pids.max io.max hugetlb.2MB.max hugetlb.2MB.rsvd.max; do
		echo "$f $(<"$DIR/$f")"
	done
	cat "$DIR/io.bfq.weight" 2>/dev/null || cat "$DIR/io.weight"
}

# V13: blockIO.weight 500 in the file that there is.
weight_of_500() {
	if [ -e "$DIR/io.bfq.weight" ]; then
		echo default 500
	else
		echo default 4950
	fi
}

properties_now() {
	systemctl --user show -p MemoryMax,MemorySwapMax,MemoryLow,MemoryHigh,OOMPolicy,CPUWeight \
		-p CPUQuotaPerSecUSec,CPUQuotaPeriodUSec,AllowedCPUs,AllowedMemoryNodes,TasksMax \
		-p IOReadBandwidthMax,IOWriteBandwidthMax,IOReadIOPSMax,IOWriteIOPSMax,Delegate "$UNIT" | sort
}

@test "V01 V02 V03 V06 V07 V08 V11 V12 V13 V15 V17 V20 D06 every limit is in its file and its property, also after a daemon-reload" {
	local before inside
	limits '{
		"memory": {"limit": 67108864, "swap": 100663296, "reservation": 16777216},
		"cpu": {"shares": 512, "quota": 30000, "period": 100000, "burst": 10000, "cpus": "0-1", "mems": "0"},
		"pids": {"limit": 9},
		"blockIO": {"weight": 500},
		"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}],
		"unified": {"memory.high": "50331648", "memory.oom.group": "1"}}'
	edit_config "$BUNDLE" '($d | split(":") | map(tonumber)) as [$major, $minor] |
		.linux.resources.blockIO.throttleReadBpsDevice = [{$major, $minor, rate: 1048576}] |
		.linux.resources.blockIO.throttleWriteIOPSDevice = [{$major, $minor, rate: 50}] |
		.linux.resources.unified["io.max"] = "\($d) wbps=2097152\n\($d) riops=77"' --arg d "$(disk)"
	inside='cd /sys/fs/cgroup && cat memory.max memory.swap.max cpu.max cpu.weight pids.max cpuset.cpus hugetlb.2MB.max'
	set_script "$BUNDLE" "($inside) | tr '\n' ' '; echo; exec sleep 1000"
	up
	before=$(files_now)
	assert_eq "$before" "memory.max 67108864
memory.swap.max 33554432
memory.low 16777216
memory.high 50331648
memory.oom.group 1
cpu.weight 59
cpu.max 30000 100000
cpu.max.burst 10000
cpuset.cpus 0-1
cpuset.mems 0
pids.max 9
io.max $(disk) rbps=1048576 wbps=2097152 riops=77 wiops=50
hugetlb.2MB.max 4194304
hugetlb.2MB.rsvd.max 4194304
$(weight_of_500)"
	assert_eq "$(properties_now | sed 's,/dev/block/[0-9:]*,DISK,')" "AllowedCPUs=0-1
AllowedMemoryNodes=0
CPUQuotaPerSecUSec=300ms
CPUQuotaPeriodUSec=100ms
CPUWeight=59
Delegate=yes
IOReadBandwidthMax=DISK 1048576
IOReadIOPSMax=DISK 77
IOWriteBandwidthMax=DISK 2097152
IOWriteIOPSMax=DISK 50
MemoryHigh=50331648
MemoryLow=16777216
MemoryMax=67108864
MemorySwapMax=33554432
OOMPolicy=kill
TasksMax=9"
	# What the container sees of itself is what programs take their sizes from.
	wait_until 60 said '^67108864 '
	assert_eq "$(<"$T/out")" '67108864 33554432 30000 100000 59 9 0-1 4194304 '
	before+=$(properties_now)
	systemctl --user daemon-reload
	assert_eq "$(files_now)$(properties_now)" "$before"
}

# ---- felt

@test "K02 P29 V01 V02 V20 V26 memory beyond the limit and its swap is killed, with memory.oom.group all of it" {
	limits '{"memory": {"limit": 33554432, "swap": 50331648}}'
	set_script "$BUNDLE" 'for m in 40 64; do
		dd if=/dev/zero of=/dev/null bs=${m}M count=1 2>/dev/null
		echo "$m: $?"
	done
	exec sleep 1000'
	up
	wait_until 120 said '^64:'
	# What has no room in memory goes to the swap, which has room for 16M.
	assert_eq "$(<"$T/out")" $'40: 0\n64: 137'
	counted memory.events oom_kill 1
	[ "$(<"$DIR/memory.swap.peak")" -gt 0 ]
	[ "$(<"$DIR/memory.swap.peak")" -le 16777216 ]
	[ "$(<"$DIR/memory.peak")" -le 33554432 ]
	is_status "$ID" running
	urun delete --force "$ID"

	limits '{"memory": {"limit": 33554432, "swap": 33554432}, "unified": {"memory.oom.group": "1"}}'
	set_script "$BUNDLE" 'dd if=/dev/zero of=/dev/null bs=40M count=1 2>/dev/null; echo lives'
	run_urun --cgroup-manager=systemd run --keep -b "$BUNDLE" "$ID"
	assert_failure 137
	assert_output ''
	assert_has "$stderr" 'was killed by the OOM killer: memory.max of the cgroup'
	assert_has "$stderr" 'is 33554432 bytes; memory.peak there is 33554432'
	run_urun state "$ID"
	assert_eq "$(jq -c '[.exitStatus, .oom]' <<<"$output")" '[137,true]'
}

@test "V09 V12 pids.max refuses a fork; a limit of 0 refuses the first, also for exec; cpu.idle has its property" {
	limits '{"pids": {"limit": 4}}'
	set_script "$BUNDLE" 'for i in 1 2 3; do sleep 1000 & done; echo three; sleep 1000 & echo four'
	run_urun --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_failure 2
	assert_output three
	assert_has "$stderr" "can't fork"

	limits '{"pids": {"limit": 0}, "cpu": {"idle": 1}}'
	set_args "$BUNDLE" sleep 1000
	up
	assert_eq "$(<"$DIR/pids.max") $(unit_property "$UNIT" TasksMax)" '0 1'
	assert_eq "$(<"$DIR/cpu.idle") $(unit_property "$UNIT" CPUWeight)" '1 idle'
	run_urun exec "$ID" true
	assert_one_line_error pids.max
	assert_no_engine_words
	counted pids.events max 1
}

@test "V07 V11 cpu.max throttles, cpuset.cpus is what sched_getaffinity says" {
	local periods throttled
	limits '{"cpu": {"quota": 20000, "period": 100000, "cpus": "1"}}'
	set_script "$BUNDLE" 'grep Cpus_allowed_list /proc/self/status; nproc; while :; do :; done'
	up
	wait_until 120 counted cpu.stat nr_throttled 8
	assert_eq "$(<"$T/out")" $'Cpus_allowed_list:\t1\n1'
	throttled=$(key "$DIR/cpu.stat" nr_throttled)
	periods=$(key "$DIR/cpu.stat" nr_periods)
	# Of a busy loop with a fifth of a cpu nearly every period ends throttled.
	[ $((throttled * 2)) -ge "$periods" ] || fail "$(<"$DIR/cpu.stat")"
	[ "$(key "$DIR/cpu.stat" usage_usec)" -le $((periods * 40000 + 200000)) ] ||
		fail "$(<"$DIR/cpu.stat")"
}

# ios WORD: of the disk, as io.stat counts them
ios() {
	awk -v d="$(disk)" -v w="$1=" '$1 == d { for (i = 2; i <= NF; i++)
		if (index($i, w) == 1) n = substr($i, length(w) + 1) } END { print n + 0 }' "$DIR/io.stat"
}

has_read() {
	[ "$(ios rios)" -ge "$1" ]
}

@test "V15 io.max holds writes back and not reads, on the disk, as io.stat counts" {
	mkdir -m 0777 "$T/io"
	dd if=/dev/zero of="$T/io/r" bs=4k count=300 conv=fsync 2>/dev/null
	: >"$T/io/w"
	limits '{"blockIO": {}}'
	edit_config "$BUNDLE" '($d | split(":") | map(tonumber)) as [$major, $minor] |
		.linux.resources.blockIO.throttleWriteIOPSDevice = [{$major, $minor, rate: 2}] |
		.mounts += [{destination: "/io", type: "bind", source: $io, options: ["bind", "rw"]}]' \
		--arg d "$(disk)" --arg io "$T/io"
	set_script "$BUNDLE" 'dd if=/dev/zero of=/io/w bs=4k count=300 oflag=direct 2>/dev/null &
		dd if=/io/r of=/dev/null bs=4k iflag=direct 2>/dev/null; exec sleep 1000'
	up
	wait_until 120 has_read 300
	[ $(($(ios wios) * 4)) -le "$(ios rios)" ] || fail "$(<"$DIR/io.stat")"
	assert_has "$(<"$DIR/io.max")" 'wiops=2'
}

@test "V17 a huge page beyond the limit is refused, one below it is not" {
	ln -s usr/lib usr/lib64 "$BUNDLE/rootfs/"
	edit_config "$BUNDLE" '.mounts += [{destination: "/usr", type: "bind", source: "/usr", options: ["bind", "ro"]}]'
	limits '{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	# mmap(2) of private anonymous memory with MAP_HUGETLB.
	set_args "$BUNDLE" /usr/bin/perl -e \
		'print syscall(9, 0, $_ << 21, 3, 0x40022, -1, 0) == -1 ? "$_ no " : "$_ yes " for 3, 2, 1'
	run_urun --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output '3 no 2 yes 1 no '
	[ "$(awk '/^HugePages_Free/ { print $2 }' /proc/meminfo)" -ge 3 ]
}

# ---- what cannot be

# refused LIMITS TEXT
refused() {
	limits "$1"
	run_urun --cgroup-manager=systemd run -b "$BUNDLE" "$ID"
	assert_one_line_error "$2"
	assert_no_engine_words
	assert_output ''
	[ ! -e "$ROOT/$ID" ]
}

@test "V02 V11 V15 V17 V18 V20 V21 limits that cannot be are refused by name" {
	refused '{"memory": {"limit": 33554432, "swap": 16777216}}' '.linux.resources.memory.swap:'
	refused '{"cpu": {"quota": 10000, "burst": 20000}}' '.linux.resources.cpu.burst:'
	refused '{"cpu": {"cpus": "7"}}' ".linux.resources.cpu.cpus: '7' is more than the cgroup above offers"
	refused '{"unified": {"foo.max": "1"}}' "the controller 'foo' is not available"
	refused '{"unified": {"memory.foo": "1"}}' 'this kernel offers no memory.foo'
	refused '{"unified": {"misc.max": "sev 1"}}' "the kernel does not take 'sev 1' for misc.max"
	refused '{"rdma": {"mlx5_0": {"hcaHandles": 1}}}' '.linux.resources.rdma["mlx5_0"]'
	refused '{"hugepageLimits": [{"pageSize": "3MB", "limit": 1}]}' '.linux.resources.hugepageLimits[0]'
	refused '{"blockIO": {"throttleReadBpsDevice": [{"major": 99, "minor": 0, "rate": 1}]}}' \
		'.linux.resources.blockIO.throttleReadBpsDevice[0]'
}
