#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Seccomp filters that real programs meet (features.md 1.17: X01-X08, X11).

load ../lib/common
load ../lib/process

setup() {
	setup_bundle
	need_seccomp
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

# profile JQ: the rest is allowed.
profile() {
	edit_config "$BUNDLE" ".linux.seccomp = ({defaultAction: \"SCMP_ACT_ALLOW\"} + ($1))"
}

# deny NAMES [RULE]: these calls, in JSON, get EPERM or what RULE says.
deny() {
	profile "{syscalls: [{names: $1, action: \"SCMP_ACT_ERRNO\"} + (${2:-{\}})]}"
}

mkdirs='["mkdir", "mkdirat"]'

# ---- X01: actions

@test "X01 ERRNO: the call fails with EPERM, the process goes on" {
	deny "$mkdirs"
	in_both 'mkdir /tmp/d 2>&1; echo $?; ls -d /tmp'
	assert_has "$output" 'Operation not permitted'
	assert_has "$output" $'1\n/tmp'
}

@test "X01 KILL_PROCESS, KILL and KILL_THREAD end the process by SIGSYS" {
	local a
	for a in SCMP_ACT_KILL_PROCESS SCMP_ACT_KILL SCMP_ACT_KILL_THREAD; do
		deny "$mkdirs" "{action: \"$a\"}"
		run_script 'mkdir /tmp/d; echo $?'
		assert_success
		assert_output 159 || return 1
	done
}

@test "X01 TRAP sends SIGSYS" {
	deny "$mkdirs" '{action: "SCMP_ACT_TRAP"}'
	run_script 'trap "echo trapped" SYS; mkdir /tmp/d; echo $?'
	assert_success
	assert_output 159
}

@test "X01 LOG and TRACE are taken; TRACE without a tracer is ENOSYS" {
	deny "$mkdirs" '{action: "SCMP_ACT_LOG"}'
	run_script 'mkdir /tmp/d && echo made'
	assert_output made
	deny "$mkdirs" '{action: "SCMP_ACT_TRACE"}'
	run_script 'mkdir /tmp/e 2>&1'
	assert_has "$output" 'not implemented'
}

@test "X01 a killed first process is a status of 128 + SIGSYS" {
	deny "$mkdirs" '{action: "SCMP_ACT_KILL_PROCESS"}'
	set_args "$BUNDLE" mkdir /tmp/d
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 159
}

@test "X01 a default action that denies, with a list of what is allowed" {
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 13, syscalls: [
		{names: $n, action: "SCMP_ACT_ALLOW"}]}' --argjson n "$(allowed_names)"
	in_both 'mkdir /tmp/d 2>&1; echo $?'
	assert_has "$output" 'Permission denied'
	assert_has "$output" 1
}

# What a shell and mkdir need, but mkdir itself.
allowed_names() {
	cat <<-'END'
	["read", "write", "open", "openat", "close", "stat", "fstat", "lstat", "newfstatat", "statx",
	"mmap", "mprotect", "munmap", "brk", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "ioctl",
	"access", "faccessat", "faccessat2", "dup", "dup2", "dup3", "fcntl", "getpid", "getppid", "getuid",
	"geteuid", "getgid", "getegid", "clone", "clone3", "fork", "vfork", "execve", "execveat", "exit",
	"exit_group", "wait4", "waitid", "arch_prctl", "set_tid_address", "set_robust_list", "rseq",
	"prlimit64", "getrandom", "readlink", "readlinkat", "uname", "getcwd", "umask", "futex", "poll",
	"ppoll", "pipe", "pipe2", "lseek", "getdents64", "prctl", "sigaltstack", "getpgrp", "setpgid",
	"getpgid", "nanosleep", "clock_nanosleep", "tgkill", "kill", "chdir", "madvise", "sched_getaffinity", "getsid"]
	END
}

@test "X01 the program that runs is not itself stopped by a tight list" {
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_KILL_PROCESS", syscalls: [
		{names: $n, action: "SCMP_ACT_ALLOW"}]}' --argjson n "$(allowed_names)"
	in_both 'echo alive'
	assert_output alive
}

@test "X01 unknown and missing actions are refused by key" {
	deny "$mkdirs" '{action: "SCMP_ACT_EXPLODE"}'
	run_script true
	assert_one_line_error SCMP_ACT_EXPLODE
	[ ! -e "$ROOT/$ID" ]
	edit_config "$BUNDLE" '.linux.seccomp = {syscalls: []}'
	run_script true
	assert_one_line_error defaultAction
}

# ---- X02: operators

# personality NUMBER: busybox's linux32 and linux64 call personality(8) and (0).
@test "X02 EQ, NE, LT, LE, GT, GE on one argument" {
	local row op value small large
	while read -r op value small large; do
		deny '["personality"]' "{args: [{index: 0, value: $value, op: \"SCMP_CMP_$op\"}]}"
		run_script 'linux64 true 2>/dev/null; a=$?; linux32 true 2>/dev/null; echo $a $?'
		assert_success || return 1
		assert_eq "$op $(echo "$output" | sed 's/[1-9][0-9]*/x/g')" "$op $small $large" || return 1
	done <<-END
	EQ 8 0 x
	NE 8 x 0
	LT 8 x 0
	LE 7 x 0
	GT 7 0 x
	GE 8 0 x
	END
}

@test "X02 MASKED_EQ: no setuid bits by chmod" {
	profile '{syscalls: [
		{names: ["chmod"], action: "SCMP_ACT_ERRNO",
			args: [{index: 1, value: 2048, valueTwo: 2048, op: "SCMP_CMP_MASKED_EQ"}]},
		{names: ["fchmodat", "fchmodat2"], action: "SCMP_ACT_ERRNO",
			args: [{index: 2, value: 2048, valueTwo: 2048, op: "SCMP_CMP_MASKED_EQ"}]}]}'
	run_script 'echo >/tmp/f; chmod 0755 /tmp/f; echo $?; chmod 4755 /tmp/f 2>/dev/null; echo $?; stat -c %a /tmp/f'
	assert_output $'0\n1\n755'
}

@test "X02 the same argument twice means either" {
	deny '["personality"]' '{args: [{index: 0, value: 8, op: "SCMP_CMP_EQ"},
		{index: 0, value: 0, op: "SCMP_CMP_EQ"}]}'
	run_script 'linux64 true 2>/dev/null; a=$?; linux32 true 2>/dev/null; echo $a $?'
	assert_eq "$(echo "$output" | sed 's/[1-9][0-9]*/x/g')" 'x x'
}

@test "X02 an unknown operator and an argument 6 are refused" {
	deny '["mkdir"]' '{args: [{index: 0, value: 8, op: "SCMP_CMP_LIKE"}]}'
	run_script true
	assert_one_line_error SCMP_CMP_LIKE
	deny '["mkdir"]' '{args: [{index: 6, value: 8, op: "SCMP_CMP_EQ"}]}'
	run_script true
	assert_one_line_error args
}

# ---- X03: errno

@test "X03 errnoRet is what the program gets" {
	deny "$mkdirs" '{errnoRet: 38}'
	run_script 'mkdir /tmp/d 2>&1'
	assert_has "$output" 'not implemented'
	deny "$mkdirs" '{errnoRet: 28}'
	run_script 'mkdir /tmp/d 2>&1'
	assert_has "$output" 'No space left'
}

@test "X03 errnoRet with an action that has none, or out of range, is refused" {
	deny "$mkdirs" '{action: "SCMP_ACT_KILL", errnoRet: 5}'
	run_script true
	assert_one_line_error errnoRet
	deny "$mkdirs" '{errnoRet: 5000}'
	run_script true
	assert_one_line_error 5000
}

# ---- X04: flags

@test "X04 flags are taken: TSYNC, LOG, SPEC_ALLOW" {
	local f
	for f in SECCOMP_FILTER_FLAG_TSYNC SECCOMP_FILTER_FLAG_LOG SECCOMP_FILTER_FLAG_SPEC_ALLOW; do
		deny "$mkdirs"
		edit_config "$BUNDLE" '.linux.seccomp.flags = [$f]' --arg f $f
		run_script 'mkdir /tmp/d 2>/dev/null; echo $?'
		assert_quiet || return 1
		assert_output 1 || return 1
	done
}

@test "X04 none listed: no speculation mitigation is switched on" {
	local want
	want=$(awk '/^Speculation_Store_Bypass/ { $1 = ""; print }' /proc/self/status)
	deny "$mkdirs"
	run_script "awk '/^Speculation_Store_Bypass/ { \$1 = \"\"; print }' /proc/self/status"
	assert_output "$want"
}

@test "X04 an unknown flag is refused" {
	deny "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.flags = ["SECCOMP_FILTER_FLAG_X"]'
	run_script true
	assert_one_line_error SECCOMP_FILTER_FLAG_X
}

# ---- X05, X06: architectures and unknown names

@test "X05 architectures of the machine, and an unknown one" {
	deny "$mkdirs"
	edit_config "$BUNDLE" '.linux.seccomp.architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86",
		"SCMP_ARCH_X32", "SCMP_ARCH_AARCH64"]'
	run_script 'mkdir /tmp/d 2>/dev/null; echo $?'
	assert_success
	assert_output 1
	edit_config "$BUNDLE" '.linux.seccomp.architectures = ["SCMP_ARCH_PDP11"]'
	run_script true
	assert_one_line_error SCMP_ARCH_PDP11
}

@test "X06 a call that nobody knows is left out with a warning, where it may be" {
	profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"},
		{names: ["teleport"], action: "SCMP_ACT_ALLOW"}]}'
	run_loud 'mkdir /tmp/d 2>/dev/null; echo $?'
	assert_success
	assert_output 1
	assert_has "$stderr" "unknown syscall 'teleport'"
}

@test "A04 X06 run.oci.seccomp_fail_unknown_syscall makes it an error" {
	profile '{syscalls: [{names: ["teleport"], action: "SCMP_ACT_ALLOW"}]}'
	edit_config "$BUNDLE" '.annotations["run.oci.seccomp_fail_unknown_syscall"] = "1"'
	run_script true
	assert_one_line_error teleport
}

@test "X06 a call newer than the profile is ENOSYS, not the default's errno" {
	need_command perl
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ERRNO", syscalls: [
		{names: $n, action: "SCMP_ACT_ALLOW"}]} |
		.mounts += [$d[] | {destination: ., source: ., type: "bind", options: ["rbind", "ro"]}]' \
		--argjson n "$(host_calls)" \
		--argjson d "$(for d in /usr /lib /lib64; do [ -e $d ] && echo "$d"; done | jq -Rn '[inputs]')"
	run_script "/usr/bin/perl -e 'syscall(9999); print \$!+0, qq(\n); syscall(165, 0, 0, 0, 0, 0); print \$!+0, qq(\n)'"
	assert_success
	assert_eq "${lines[0]}" 38
	[ "$(uname -m)" != x86_64 ] || assert_eq "${lines[1]}" 1
}

# What perl needs besides.
host_calls() {
	allowed_names | jq -c '. + ["pread64", "getuid", "getresuid", "getresgid", "sysinfo", "times",
		"clock_gettime", "gettimeofday", "getgroups", "rt_sigpending", "fadvise64", "getpriority",
		"select", "pselect6", "mremap", "ftruncate", "gettid", "writev", "readv", "socket", "connect"]'
}

# ---- X08: the cache

# compiled: was the filter compiled in this run (seen in the debug log)?
compiled() {
	set_script "$BUNDLE" "$1"
	run_urun --debug run -b "$BUNDLE" "$ID"
	assert_success || return 1
	printf '%s\n' "$stderr" | grep -q 'step compile-filter'
}

cached() {
	ls "$ROOT/.cache/"
}

probe='mkdir /tmp/d 2>&1 || true'

@test "X08 the second run takes the filter from the cache, and it works" {
	deny "$mkdirs"
	compiled "$probe"
	assert_has "$output" 'not permitted'
	assert_eq "$(cached | wc -l)" 1
	! compiled "$probe" || fail "compiled again"
	assert_has "$output" 'not permitted'
}

@test "X08 a changed errnoRet takes effect at once (crun's did not)" {
	deny "$mkdirs" '{errnoRet: 1}'
	compiled "$probe"
	deny "$mkdirs" '{errnoRet: 38}'
	compiled "$probe"
	assert_has "$output" 'not implemented'
	deny "$mkdirs" '{errnoRet: 1}'
	! compiled "$probe" || fail "compiled again"
	assert_has "$output" 'not permitted'
}

@test "X08 names that run into each other are other profiles" {
	profile '{syscalls: [{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO"}]}'
	compiled "$probe"
	profile '{syscalls: [{names: ["mkdirmkdirat"], action: "SCMP_ACT_ALLOW"}]}'
	compiled "$probe"
	assert_lacks "$output" 'not permitted'
}

@test "X08 a corrupt file is compiled anew" {
	local f
	deny "$mkdirs"
	compiled "$probe"
	f=$ROOT/.cache/$(cached)
	printf 'X' | dd of="$f" bs=1 seek=100 conv=notrunc 2>/dev/null
	compiled "$probe"
	assert_has "$output" 'not permitted'
	! compiled "$probe" || fail "was not mended"
	: >"$f"
	compiled "$probe"
	assert_has "$output" 'not permitted'
}

@test "X08 a file or a folder that others may write is not used" {
	deny "$mkdirs"
	compiled "$probe"
	chmod 0666 "$ROOT/.cache/$(cached)"
	compiled "$probe"
	assert_has "$output" 'not permitted'
	chmod 0777 "$ROOT/.cache"
	compiled "$probe"
	assert_has "$output" 'not permitted'
}

@test "X08 a file of another owner is not used" {
	need_subids
	deny "$mkdirs"
	compiled "$probe"
	unshare --user --map-auto --map-root-user chown 1 "$ROOT/.cache/$(cached)"
	compiled "$probe"
	assert_has "$output" 'not permitted'
}

@test "X08 a link in the cache's place is not followed" {
	deny "$mkdirs"
	compiled "$probe"
	mv "$ROOT/.cache" "$T/elsewhere"
	ln -s "$T/elsewhere" "$ROOT/.cache"
	compiled "$probe"
	assert_has "$output" 'not permitted'
	rm "$ROOT/.cache"
}

@test "X08 without a writable cache it still runs" {
	deny "$mkdirs"
	mkdir -p -m 0700 "$ROOT"
	mkdir -m 0500 "$ROOT/.cache"
	compiled "$probe"
	assert_has "$output" 'not permitted'
}

@test "X08 what another libseccomp compiled is compiled anew" {
	mkdir "$T/lib"
	cp "$(library_path libseccomp.so.2)" "$T/lib/libseccomp.so.2"
	deny "$mkdirs"
	with_library compiled "$probe"
	! with_library compiled "$probe" || fail "compiled again"
	cp "$T/lib/libseccomp.so.2" "$T/lib/new"
	mv "$T/lib/new" "$T/lib/libseccomp.so.2"
	with_library compiled "$probe"
	assert_has "$output" 'not permitted'
	rm "$T/lib/libseccomp.so.2"
	compiled "$probe"
	assert_has "$output" 'not permitted'
}

@test "X08 libseccomp is loaded to compile alone; one that cannot be loaded is named" {
	deny "$mkdirs"
	compiled "$probe"
	mkdir "$T/lib"
	echo nonsense >"$T/lib/libseccomp.so.2"
	! with_library compiled "$probe" || fail "compiled again"
	assert_has "$output" 'not permitted'
	rm -r "$ROOT/.cache"
	with_library run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error libseccomp.so.2
	assert_has "$stderr" 'hint: '
}

@test "X08 list does not take the cache for a container" {
	deny "$mkdirs"
	compiled "$probe"
	run_urun list -q
	assert_quiet
	assert_output ''
}

# ---- X11, C47: with and without no_new_privs; inheritance

@test "X11 C47 without noNewPrivileges, as root and as another user" {
	deny "$mkdirs"
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	in_both 'mkdir /tmp/d 2>/dev/null; echo $?; grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_output $'1\nNoNewPrivs:\t0\nSeccomp:\t2'
	urun delete --force "$ID"
	need_subids
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1000}'
	in_both 'mkdir /tmp/d 2>/dev/null; echo $?; grep -E "^Seccomp:|^CapEff" /proc/self/status'
	assert_output $'1\nCapEff:\t0000000000000000\nSeccomp:\t2'
}

# Without no_new_privs one capset() follows the filter: it must be allowed then.
@test "X11 a filter that forbids what a runtime calls last (setuid, chdir, capset)" {
	local calls='"setresuid", "setresgid", "setgroups", "keyctl", "chdir", "fchdir"'
	set_args "$BUNDLE" uname
	deny "[$calls, \"capset\"]" '{action: "SCMP_ACT_KILL_PROCESS"}'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output Linux
	deny "[$calls]" '{action: "SCMP_ACT_KILL_PROCESS"}'
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output Linux
}

@test "X11 exec has the container's filter and no_new_privs" {
	deny "$mkdirs"
	start_container
	exec_script 'mkdir /tmp/d 2>&1; grep -E "^(Seccomp|NoNewPrivs):" /proc/self/status'
	assert_has "$output" 'not permitted'
	assert_has "$output" $'NoNewPrivs:\t1\nSeccomp:\t2'
	assert_eq "$(field Seccomp "$(cat "/proc/$(pid_of "$ID")/status")")" 2
}

@test "X07 start of a created container is filtered, too" {
	deny "$mkdirs"
	set_script "$BUNDLE" 'mkdir /tmp/d 2>/dev/null; echo $? >/tmp/result; exec sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start "$ID"
	wait_until 10 test -s "$BUNDLE/rootfs/tmp/result"
	assert_eq "$(cat "$BUNDLE/rootfs/tmp/result")" 1
}

@test "X01 docker's and podman's profile of a sample runs a shell" {
	local s
	for s in docker-run podman-rootless-run; do
		edit_config "$BUNDLE" '.linux.seccomp = $s[0].linux.seccomp' \
			--slurpfile s "$URUN_TEST_DIR/tests/samples/$s.json"
		run_script 'echo hello; unshare -n true 2>/dev/null || echo refused'
		assert_quiet || return 1
		assert_output $'hello\nrefused' || return 1
	done
}

# ---- A05: a filter that is ready

# bpf CODE:JT:JF:K...: these instructions as base64 (on a machine of little endian).
bpf() {
	local i code jt jf k hex=
	for i; do
		IFS=: read -r code jt jf k <<<"$i"
		hex+=$(printf '%02x%02x%02x%02x%02x%02x%02x%02x' $((code & 255)) $((code >> 8)) "$jt" "$jf" \
			$((k & 255)) $((k >> 8 & 255)) $((k >> 16 & 255)) $((k >> 24 & 255)))
	done
	# shellcheck disable=SC2059
	printf "$(sed 's/../\\x&/g' <<<"$hex")" | base64 -w 0
}

# raw TEXT: the annotation, and no profile.
raw() {
	edit_config "$BUNDLE" 'del(.linux.seccomp) | .annotations["run.oci.seccomp_bpf_data"] = $b' --arg b "$1"
}

# mkdir and mkdirat of x86_64 are errno 28, all else goes on.
no_mkdir() {
	bpf 0x20:0:0:4 0x15:0:4:0xc000003e 0x20:0:0:0 0x15:1:0:83 0x15:0:1:258 0x06:0:0:0x5001c 0x06:0:0:0x7fff0000
}

need_x86_64() {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers in this test are x86_64's"
}

@test "A05 run.oci.seccomp_bpf_data is the filter, without a profile and in place of one" {
	need_x86_64
	raw "$(no_mkdir)"
	in_both 'mkdir /tmp/d 2>&1; grep ^Seccomp: /proc/self/status'
	assert_has "$output" 'No space left'
	assert_has "$output" $'Seccomp:\t2'
	[ ! -e "$ROOT/.cache" ]
	urun delete --force "$ID"
	deny '["getcwd"]'
	run_script 'mkdir /tmp/d 2>&1; pwd'
	assert_has "$output" $'No space left on device\n/'
}

@test "A05 what is no base64, no program or none that the kernel takes is refused by its place" {
	local row text want
	while IFS='|' read -r text want; do
		raw "$text"
		run_script true
		assert_one_line_error "run.oci.seccomp_bpf_data" || return 1
		assert_has "$stderr" "$want" || return 1
		[ ! -e "$ROOT/$ID" ] || return 1
	done <<-END
	|0 instructions are not in 1..4096
	AAA|not base64
	AA==AAAA|not base64
	AAAA AAA|not base64
	AAAAAAAAAA_=|not base64
	AB==|not base64
	AAAA|3 bytes are not a number of instructions of 8
	$(bpf 0x20:0:0:64 6:0:0:0)|instruction 0 loads from outside of seccomp_data
	$(bpf 0x15:0:1:0 6:0:0:0)|instruction 0 jumps out of the program
	$(bpf 0x05:0:0:0xffffffff 6:0:0:0)|instruction 0 jumps out of the program
	$(bpf 0x28:0:0:0 6:0:0:0)|instruction 0 is unknown to seccomp
	$(bpf 0x34:0:0:0 6:0:0:0)|instruction 0 divides by zero
	$(bpf 0x60:0:0:1 6:0:0:0)|instruction 0 reads memory that may not be written
	$(bpf 6:0:0:0 0:0:0:0)|instruction 1 is the last and no return
	END
}

@test "A05 X09 a ready filter that asks is refused where nobody answers" {
	raw "$(bpf 6:0:0:0x7fc00000)"
	run_script true
	assert_one_line_error 'run.oci.seccomp_bpf_data"]: it answers SECCOMP_RET_USER_NOTIF'
}
