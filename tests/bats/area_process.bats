#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Attributes of the container's process, seen from inside (features.md 1.3:
# C20-C36, C46-C48; P10, P20, P28, P30).

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
}

teardown() {
	common_teardown
}

# ---- C21, C22, C23: cwd, HOME, umask

@test "C21 cwd is made where it is missing, mode 0755" {
	edit_config "$BUNDLE" '.process.cwd = "/tmp/a/b" | .root.readonly = false'
	run_script 'umask 077; pwd; stat -c %a /tmp/a /tmp/a/b'
	assert_quiet
	assert_output $'/tmp/a/b\n755\n755'
}

@test "C21 cwd of a link that leads out stays in the container" {
	ln -s ../../../../../../home "$BUNDLE/rootfs/out"
	edit_config "$BUNDLE" '.process.cwd = "/out"'
	run_script 'pwd -P'
	assert_quiet
	assert_output /home
}

@test "C22 HOME is the passwd entry of the process's uid, unless it is given" {
	edit_config "$BUNDLE" '.process.env = ["PATH=/bin"]'
	in_both 'echo $HOME'
	assert_output /root
	urun delete --force "$ID"
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	in_both 'echo $HOME'
	assert_output /home
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.process.env += ["HOME=/given"]'
	in_both 'echo $HOME'
	assert_output /given
}

@test "C22 HOME is / for a uid without an entry" {
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 4242, gid: 7}'
	in_both 'echo $HOME'
	assert_output /
}

@test "C23 umask is 0022, or what the config says, also in exec" {
	in_both umask
	assert_output 0022
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.process.user.umask = 55' # 067
	in_both umask
	assert_output 0067
}

# ---- C26, P10: rlimits

@test "C26 limits below the caller's are set exactly, also in exec" {
	edit_config "$BUNDLE" '.process.rlimits = [
		{type: "RLIMIT_NOFILE", soft: 100, hard: 200},
		{type: "RLIMIT_CORE", soft: 0, hard: 4096}]'
	in_both "awk '/open files/ { print \$4, \$5 } /core file/ { print \$5, \$6 }' /proc/self/limits"
	assert_output $'0 4096\n100 200'
}

@test "C26 P10 a limit above the caller's hard one is clamped with a warning" {
	local hard
	hard=$(ulimit -H -n)
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: ($h | tonumber + 1)}]' \
		--arg h "$hard"
	run_loud "awk '/open files/ { print \$4, \$5 }' /proc/self/limits"
	assert_success
	assert_output "64 $hard"
	assert_has "$stderr" "RLIMIT_NOFILE is 64:$hard instead of 64:$((hard + 1))"
	assert_no_engine_words
}

@test "C26 P10 --strict-rlimits makes that an error with a hint" {
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: ($h | tonumber + 1)}]' \
		--arg h "$(ulimit -H -n)"
	run_script true --strict-rlimits
	assert_one_line_error "set RLIMIT_NOFILE to 64:"
	assert_has "$stderr" 'hint: '
	assert_no_engine_words
}

@test "C26 RLIMIT_MEMLOCK is never touched where the config has none" {
	local want
	want=$(awk '/locked memory/ { print $4, $5 }' /proc/self/limits)
	run_script "awk '/locked memory/ { print \$4, \$5 }' /proc/self/limits"
	assert_output "$want"
}

@test "C26 an unknown limit and a soft one above the hard one are refused by name" {
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_BOGUS", soft: 1, hard: 1}]'
	run_script true
	assert_one_line_error RLIMIT_BOGUS
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 9, hard: 8}]'
	run_script true
	assert_one_line_error ".process.rlimits[0]: RLIMIT_NOFILE: soft limit 9 is above the hard limit 8"
}

# ---- C27: oom_score_adj

@test "C27 oomScoreAdj is raised without privilege, also in exec" {
	edit_config "$BUNDLE" '.process.oomScoreAdj = 321'
	in_both 'cat /proc/self/oom_score_adj'
	assert_output 321
}

@test "C27 a lower score than the caller's stays, with one warning" {
	local now
	now=$(cat /proc/self/oom_score_adj)
	edit_config "$BUNDLE" '.process.oomScoreAdj = -999'
	run_loud 'cat /proc/self/oom_score_adj'
	assert_success
	assert_output "$now"
	assert_eq "$(printf '%s\n' "$stderr" | grep -c oom_score_adj)" 1
	assert_no_engine_words
}

@test "C27 a score out of range is refused" {
	edit_config "$BUNDLE" '.process.oomScoreAdj = 1001'
	run_script true
	assert_one_line_error oomScoreAdj
}

# ---- C28, P28: sysctls

@test "C28 sysctls of own namespaces are set" {
	edit_config "$BUNDLE" '.linux.sysctl = {"net.ipv4.ip_forward": "1", "kernel.msgmax": "4096",
		"kernel.shm_rmid_forced": "1"}'
	run_script 'cd /proc/sys; cat net/ipv4/ip_forward kernel/msgmax kernel/shm_rmid_forced'
	assert_quiet
	assert_output $'1\n4096\n1'
}

@test "C28 fs.mqueue, kernel.domainname and user sysctls are set" {
	edit_config "$BUNDLE" '.linux.sysctl = {"fs.mqueue.queues_max": "17",
		"kernel.domainname": "exam.ple", "user.max_uts_namespaces": "11"}'
	run_script 'cat /proc/sys/fs/mqueue/queues_max /proc/sys/kernel/domainname /proc/sys/user/max_uts_namespaces'
	assert_quiet
	assert_output $'17\nexam.ple\n11'
}

@test "C28 sysctls of the host are refused" {
	local key
	for key in vm.swappiness kernel.panic fs.file-max kernel.core_pattern kernel.hostname \
		net/../kernel/panic net.ipv4..x net/ipv4/ip_forward; do
		edit_config "$BUNDLE" '.linux.sysctl = {($k): "1"}' --arg k "$key"
		run_script true
		assert_one_line_error ".linux.sysctl: '$key'" || return 1
	done
}

@test "C28 net sysctls with the host's network are refused" {
	drop_namespace network
	edit_config "$BUNDLE" '.linux.sysctl = {"net.ipv4.ip_forward": "1"}
		| .mounts |= map(select(.type != "sysfs"))'
	run_script true
	assert_one_line_error "'net.ipv4.ip_forward' needs an own 'network' namespace"
}

@test "C28 a sysctl that does not exist is named" {
	edit_config "$BUNDLE" '.linux.sysctl = {"net.ipv4.no_such_key": "1"}'
	run_script true
	assert_one_line_error "net/ipv4/no_such_key"
	assert_no_engine_words
}

@test "C28 P28 ping_group_range is narrowed to the gids that exist" {
	edit_config "$BUNDLE" '.linux.sysctl = {"net.ipv4.ping_group_range": "0 2147483647"}'
	run_loud 'cat /proc/sys/net/ipv4/ping_group_range'
	assert_success
	assert_match "$output" '^0[[:space:]]+[0-9]+$'
	assert_has "$stderr" ping_group_range
	assert_no_engine_words
}

# ---- C29: hostname and domainname

@test "C29 hostname and domainname are set, and the host keeps its own" {
	local before
	before=$(cat /proc/sys/kernel/hostname)
	edit_config "$BUNDLE" '.hostname = "box" | .domainname = "exam.ple"'
	in_both 'hostname; cat /proc/sys/kernel/domainname'
	assert_output $'box\nexam.ple'
	assert_eq "$(cat /proc/sys/kernel/hostname)" "$before"
}

@test "C29 .domainname and the sysctl must not differ" {
	edit_config "$BUNDLE" '.domainname = "a.b" | .linux.sysctl = {"kernel.domainname": "c.d"}'
	run_script true
	assert_one_line_error ".linux.sysctl: 'kernel.domainname' is 'c.d', but .domainname is 'a.b'"
	edit_config "$BUNDLE" '.linux.sysctl = {"kernel.domainname": "a.b"}'
	run_script 'cat /proc/sys/kernel/domainname'
	assert_quiet
	assert_output a.b
}

@test "C29 a hostname without an own uts namespace is refused" {
	drop_namespace uts
	run_script true
	assert_one_line_error ".hostname: needs a 'uts' namespace"
	edit_config "$BUNDLE" 'del(.hostname) | .domainname = "x"'
	run_script true
	assert_one_line_error ".domainname: needs a 'uts' namespace"
}

# ---- C30: personality

@test "C30 personality LINUX32 shows another machine, also in exec" {
	[ "$(uname -m)" = x86_64 ] || skip "needs an x86_64 kernel"
	edit_config "$BUNDLE" '.linux.personality = {domain: "LINUX32"}'
	in_both 'uname -m'
	assert_output i686
}

@test "C30 an unknown personality and a flag are refused" {
	edit_config "$BUNDLE" '.linux.personality = {domain: "BSD"}'
	run_script true
	assert_one_line_error "'BSD'"
	edit_config "$BUNDLE" '.linux.personality = {domain: "LINUX", flags: ["X"]}'
	run_script true
	assert_one_line_error "'X'"
}

# ---- C31, C32: scheduler and I/O priority

@test "C31 SCHED_BATCH with a nice value, also in exec" {
	edit_config "$BUNDLE" '.process.scheduler = {policy: "SCHED_BATCH", nice: 7}'
	in_both "awk '{ print \$19, \$41 }' /proc/self/stat"
	assert_output '7 3'
}

@test "C31 SCHED_IDLE" {
	edit_config "$BUNDLE" '.process.scheduler = {policy: "SCHED_IDLE"}'
	run_script "awk '{ print \$41 }' /proc/self/stat"
	assert_quiet
	assert_output 5
}

@test "C31 SCHED_FLAG_RESET_ON_FORK: the child is an ordinary one again" {
	edit_config "$BUNDLE" '.process.scheduler = {policy: "SCHED_OTHER", nice: 0,
		flags: ["SCHED_FLAG_RESET_ON_FORK"]}'
	run_script true
	assert_quiet
}

@test "C31 a real-time policy without the limit for it says which one" {
	[ "$(ulimit -r)" = 0 ] || skip "this user may use real-time policies"
	edit_config "$BUNDLE" '.process.scheduler = {policy: "SCHED_FIFO", priority: 5}'
	run_script true
	assert_one_line_error "scheduler"
	assert_has "$stderr" RLIMIT_RTPRIO
	assert_no_engine_words
}

@test "C31 wrong words and numbers are refused by their key" {
	local pair
	for pair in '{policy:"SCHED_ISO"}=.process.scheduler.policy' \
		'{policy:"SCHED_OTHER",nice:20}=.process.scheduler.nice' \
		'{policy:"SCHED_OTHER",flags:["X"]}=.process.scheduler.flags[0]' \
		'{policy:"SCHED_FIFO",priority:0}=.process.scheduler.priority' \
		'{policy:"SCHED_OTHER",priority:1}=.process.scheduler.priority' \
		'{policy:"SCHED_DEADLINE",runtime:1,deadline:2000,period:3000}=runtime'; do
		edit_config "$BUNDLE" ".process.scheduler = ${pair%%=*}"
		run_script true
		assert_one_line_error "${pair#*=}" || return 1
		assert_no_engine_words || return 1
	done
}

@test "C32 I/O priority of class best effort and idle, also in exec" {
	edit_config "$BUNDLE" '.process.ioPriority = {class: "IOPRIO_CLASS_BE", priority: 6}'
	in_both 'ionice -p $$'
	assert_output 'best-effort: prio 6'
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.process.ioPriority = {class: "IOPRIO_CLASS_IDLE"}'
	run_script 'ionice -p $$'
	assert_match "$output" '^idle'
}

@test "C32 the real-time class without privilege names the remedy" {
	edit_config "$BUNDLE" '.process.ioPriority = {class: "IOPRIO_CLASS_RT", priority: 1}'
	run_script true
	assert_one_line_error "I/O priority"
	assert_has "$stderr" IOPRIO_CLASS_BE
	assert_no_engine_words
}

# ---- C34: memory policy

@test "C34 memory policy of nodes is set, also in exec" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "0"}'
	in_both "awk '{ print \$2; exit }' /proc/self/numa_maps"
	assert_output bind:0
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_INTERLEAVE", nodes: "0",
		flags: ["MPOL_F_STATIC_NODES"]}'
	run_script "awk '{ print \$2; exit }' /proc/self/numa_maps"
	assert_quiet
	assert_output interleave=static:0
}

@test "C34 MPOL_DEFAULT without nodes is taken; a node that is not there is an error" {
	[ -e /proc/self/numa_maps ] || skip "needs a kernel with NUMA"
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_DEFAULT"}'
	run_script true
	assert_quiet
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "900"}'
	run_script true
	assert_one_line_error "memory policy"
	assert_has "$stderr" online
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_BIND", nodes: "1-"}'
	run_script true
	assert_one_line_error .linux.memoryPolicy.nodes
	edit_config "$BUNDLE" '.linux.memoryPolicy = {mode: "MPOL_X"}'
	run_script true
	assert_one_line_error "'MPOL_X'"
}

# ---- P20: session keyring

# with_caller_key URUN...: the caller has a session keyring that only processes
# with that keyring can see (KEYCTL_JOIN_SESSION_KEYRING, KEYCTL_SETPERM).
with_caller_key() {
	need_command perl
	[ "$(uname -m)" = x86_64 ] || skip "needs an x86_64 kernel"
	run --separate-stderr perl -e '
		my $k = syscall(250, 1, my $name = "callers-keys");
		$k > 0 && syscall(250, 5, $k, 0x3f000000) == 0 or die "keyctl: $!";
		exec @ARGV' "$URUN" --root "$ROOT" "$@" < <(:)
}

@test "C06 P20 the container has a session keyring of its own" {
	edit_config "$BUNDLE" 'del(.linux.maskedPaths)'
	run_script 'cat /proc/keys'
	assert_success
	assert_has "$output" " $ID: "
}

@test "C06 P20 neither run nor exec have the caller's session keyring" {
	edit_config "$BUNDLE" 'del(.linux.maskedPaths)'
	set_script "$BUNDLE" 'cat /proc/keys'
	with_caller_key run --no-new-keyring -b "$BUNDLE" "$ID"
	assert_has "$output" callers-keys # the test tests something
	with_caller_key run -b "$BUNDLE" "$ID"
	assert_success
	assert_has "$output" " $ID: "
	assert_lacks "$output" callers-keys
	set_args "$BUNDLE" sleep 1000
	start_container
	with_caller_key exec "$ID" cat /proc/keys
	assert_success
	assert_lacks "$output" callers-keys
	# Joined, not made anew.
	assert_eq "$(printf '%s\n' "$output" | grep -c " $ID: ")" 1
}

@test "C06 P20 --no-new-keyring makes none" {
	edit_config "$BUNDLE" 'del(.linux.maskedPaths)'
	run_script 'cat /proc/keys' --no-new-keyring
	assert_success
	assert_lacks "$output" " $ID: "
}

# ---- C46: capabilities

@test "C46 the five sets are exactly those of the config" {
	edit_config "$BUNDLE" '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW"],
		permitted: ["CAP_CHOWN", "CAP_KILL"], effective: ["CAP_KILL"],
		inheritable: ["CAP_CHOWN"], ambient: []}'
	need_subids
	# A uid other than 0: execve computes nothing new from the file.
	edit_config "$BUNDLE" '.process.user = {uid: 7, gid: 7} |
		.process.capabilities.ambient = ["CAP_CHOWN"]'
	run_script 'cat /proc/self/status'
	assert_quiet
	assert_eq "$(field CapBnd "$output")" 0000000000002021
	assert_eq "$(field CapInh "$output")" 0000000000000001
	assert_eq "$(field CapPrm "$output")" 0000000000000001
	assert_eq "$(field CapEff "$output")" 0000000000000001
	assert_eq "$(field CapAmb "$output")" 0000000000000001
}

@test "C46 root has what bounding and inheritable allow, also in exec" {
	edit_config "$BUNDLE" '.process.capabilities = {
		bounding: ["CAP_CHOWN", "CAP_KILL"], permitted: ["CAP_CHOWN", "CAP_KILL"],
		effective: ["CAP_CHOWN", "CAP_KILL"], inheritable: [], ambient: []}'
	in_both "grep ^Cap /proc/self/status"
	assert_eq "$(field CapBnd "$output")" 0000000000000021
	assert_eq "$(field CapPrm "$output")" 0000000000000021
	assert_eq "$(field CapEff "$output")" 0000000000000021
	assert_eq "$(field CapInh "$output")" 0000000000000000
	assert_eq "$(field CapAmb "$output")" 0000000000000000
}

@test "C46 without capabilities in the config there are none" {
	edit_config "$BUNDLE" 'del(.process.capabilities)'
	in_both "grep ^Cap /proc/self/status | cut -f 2 | sort -u"
	assert_output 0000000000000000
}

@test "C46 all capabilities can be had in the user namespace" {
	need_command capsh
	edit_config "$BUNDLE" '[range(41)] as $all | .process.capabilities = ([$c[] | select(length > 0)] as $n |
		{bounding: $n, permitted: $n, effective: $n, inheritable: $n, ambient: $n})' \
		--argjson c "$(capability_names)"
	in_both "grep ^Cap /proc/self/status | cut -f 2 | sort -u"
	assert_output "$(grep ^CapBnd /proc/self/status | cut -f 2)"
}

# A JSON list of the names of what is in our bounding set.
capability_names() {
	capsh --decode="$(grep ^CapBnd /proc/self/status | cut -f 2)" |
		sed 's/.*=//' | tr ',' '\n' | jq -R 'ascii_upcase' | jq -sc .
}

@test "C46 a capability that nobody knows is left out with a warning" {
	edit_config "$BUNDLE" '.process.capabilities.bounding += ["CAP_TELEPORT"]'
	run_loud true
	assert_success
	assert_eq "$(printf '%s\n' "$stderr" | grep -c CAP_TELEPORT)" 1
	assert_has "$stderr" .process.capabilities.bounding
}

@test "C46 --strict refuses a capability that nobody knows, in each set, by its path" {
	local set
	for set in bounding effective permitted inheritable ambient; do
		setup_config=$(<"$BUNDLE/config.json")
		edit_config "$BUNDLE" '.process.capabilities[$s] = ["CAP_KILL", "CAP_TELEPORT"]' --arg s "$set"
		run_script true --strict
		assert_one_line_error ".process.capabilities.$set[1]: unknown capability 'CAP_TELEPORT'"
		[ ! -e "$ROOT/$ID" ]
		printf '%s\n' "$setup_config" >"$BUNDLE/config.json"
	done
	run_script 'echo $((1 + 1))' --strict
	assert_quiet
	assert_output 2
}

@test "C46 C26 --strict is --strict-rlimits, too" {
	edit_config "$BUNDLE" '.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 64, hard: ($h | tonumber + 1)}]' \
		--arg h "$(ulimit -H -n)"
	run_script true --strict
	assert_one_line_error "set RLIMIT_NOFILE to 64:"
}

@test "C46 ambient is kept by a user other than 0, in exec too" {
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000} |
		.process.capabilities |= (.bounding += ["CAP_NET_RAW"] | .permitted += ["CAP_NET_RAW"] |
			.inheritable = ["CAP_NET_RAW"] | .ambient = ["CAP_NET_RAW"])'
	in_both "grep -E '^Cap(Eff|Amb)' /proc/self/status"
	assert_eq "$(field CapAmb "$output")" 0000000000002000
	assert_eq "$(field CapEff "$output")" 0000000000002000
}

@test "C46 a user other than 0 has no capability that is not ambient" {
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	in_both "grep -E '^Cap(Prm|Eff|Amb)' /proc/self/status | cut -f 2 | sort -u"
	assert_output 0000000000000000
}

# ---- C47: no_new_privs

@test "C47 noNewPrivileges is set, and not set where it is false" {
	in_both 'grep NoNewPrivs /proc/self/status'
	assert_output $'NoNewPrivs:\t1'
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	in_both 'grep NoNewPrivs /proc/self/status'
	assert_output $'NoNewPrivs:\t0'
}

@test "C47 exec --no-new-privs adds it" {
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	start_container
	exec_script 'grep NoNewPrivs /proc/self/status' --no-new-privs
	assert_output $'NoNewPrivs:\t1'
}

# ---- C48: additional gids

@test "C48 additional gids are set, and none of the caller's stay" {
	need_subids
	edit_config "$BUNDLE" '.process.user.additionalGids = [10, 20]'
	in_both 'grep ^Groups /proc/self/status'
	assert_match "$output" '^Groups:[[:space:]]+10 20 ?$'
	urun delete --force "$ID"
	edit_config "$BUNDLE" 'del(.process.user.additionalGids)'
	in_both 'grep ^Groups /proc/self/status'
	assert_match "$output" '^Groups:[[:space:]]*$'
}

@test "C48 an additional gid that is not mapped is refused before anything is made" {
	need_subids
	edit_config "$BUNDLE" '.process.user.additionalGids = [4000000000]'
	run_script true
	assert_one_line_error ".process.user.additionalGids: 4000000000 is not mapped"
	[ ! -e "$ROOT/$ID" ]
}

# ---- C24, C25, L06: fds

@test "C24 stdio belongs to the process's user" {
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	run_script 'stat -L -c %u /proc/self/fd/1; echo again >>/proc/self/fd/1'
	assert_quiet
	assert_output $'1000\nagain'
}

@test "L06 no fd of the runtime's reaches the program" {
	in_both 'cd /proc/self/fd; echo *'
	# The shell itself opens one for the glob.
	assert_match "$output" '^0 1 2( 3)?$'
}

@test "L06 a leaked fd of the caller's does not reach the program" {
	set_script "$BUNDLE" 'cd /proc/self/fd; echo *; for f in *; do readlink $f; done; true'
	exec 9<"$BUNDLE/config.json"
	run_urun run -b "$BUNDLE" "$ID"
	exec 9<&-
	assert_success
	assert_lacks "$output" config.json
}

# ---- L03, L05

@test "L03 a container whose /proc is a fake one still gets its attributes" {
	mkdir -p "$BUNDLE/rootfs/proc/self/attr" "$BUNDLE/rootfs/proc/sys/net/ipv4"
	echo fake >"$BUNDLE/rootfs/proc/self/oom_score_adj"
	edit_config "$BUNDLE" '.mounts |= map(select(.destination != "/proc")) |
		.process.oomScoreAdj = 123 | .linux.sysctl = {"net.ipv4.ip_forward": "1"} |
		del(.linux.maskedPaths, .linux.readonlyPaths)'
	start_container
	assert_eq "$(cat "/proc/$(pid_of "$ID")/oom_score_adj")" 123
	assert_eq "$(cat "$BUNDLE/rootfs/proc/self/oom_score_adj")" fake
}

@test "L05 an exec that waits cannot be traced by the container" {
	start_container
	# The program itself is an ordinary one again.
	exec_script 'ls -l /proc/self/exe >/dev/null && echo seen'
	assert_output seen
}

# ---- C20, P30: the program

@test "C20 a program that is not there is named, with and without a slash" {
	set_args "$BUNDLE" nothere
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error 'exec: "nothere": executable file not found in $PATH'
	set_args "$BUNDLE" /bin/nothere
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error 'exec: "/bin/nothere": stat /bin/nothere: no such file or directory'
}

@test "C20 a directory or a file without the x bit is refused as such" {
	set_args "$BUNDLE" /etc
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error '/etc'
	set_args "$BUNDLE" /etc/passwd
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error '/etc/passwd'
	assert_match "${stderr,,}" 'permission denied'
}

@test "C20 the program is looked up in the PATH of process.env" {
	mkdir "$BUNDLE/rootfs/opt"
	printf '#!/bin/sh\necho mine\n' >"$BUNDLE/rootfs/opt/tool"
	chmod 755 "$BUNDLE/rootfs/opt/tool"
	edit_config "$BUNDLE" '.process.env = ["PATH=/bin:/opt"]'
	set_args "$BUNDLE" tool
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output mine
}

@test "P30 a script without its interpreter, and a foreign program, are explained" {
	printf '#!/no/such/shell\n' >"$BUNDLE/rootfs/bin/bad"
	chmod 755 "$BUNDLE/rootfs/bin/bad"
	set_args "$BUNDLE" bad
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error /no/such/shell
	# An ELF header of another machine (EM_S390, big endian).
	printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\26\0\0\0\1' >"$BUNDLE/rootfs/bin/bad"
	head -c 100 /dev/zero >>"$BUNDLE/rootfs/bin/bad"
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error bad
	assert_match "$stderr" '[Ss]390'
}

# ---- B01: resctrl

@test "B01 intelRdt without a resctrl file system is an error with the remedy" {
	[ "$(stat -f -c %t /sys/fs/resctrl 2>/dev/null)" != 7655821 ] || skip "needs a host without resctrl"
	edit_config "$BUNDLE" '.linux.intelRdt = {l3CacheSchema: "L3:0=f"}'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error ".linux.intelRdt: no resctrl file system is mounted on '/sys/fs/resctrl'"
	assert_has "$stderr" 'hint: as root: mount -t resctrl resctrl /sys/fs/resctrl'
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}
