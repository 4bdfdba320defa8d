#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Hooks of all six kinds, as programs that note what they see (features.md
# H01-H05).

load ../lib/common

setup() {
	setup_bundle true
	edit_config "$BUNDLE" '.root.readonly = false'
	N=$T/notes
	mkdir "$N"
}

teardown() {
	common_teardown
}

# hook KIND SCRIPT [JQ]: appends a hook of the host that runs SCRIPT; JQ changes it.
hook() {
	edit_config "$BUNDLE" ".hooks.$1 += [{path: \"/bin/sh\", args: [\"sh\", \"-c\", \$s, \$k],
		env: [\"PATH=/usr/bin:/bin\"]} | ${3:-.}]" --arg s "$2" --arg k "$1"
}

# A static shell for startContainer hooks: theirs is the container's own.
all_hooks() {
	local kind
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "$1"
	done
}

# Every kind writes there: the host's folder is bound into the container.
share_notes() {
	edit_config "$BUNDLE" '.mounts += [{destination: $n, source: $n, type: "bind",
		options: ["bind", "rw"]}]' --arg n "$N"
}

note() {
	cat "$N/$1"
}

# ---- H01 order

@test "H01 all six kinds, in order, around the container's program" {
	share_notes
	all_hooks "echo \$0 >>$N/order"
	set_script "$BUNDLE" "echo program >>$N/order; sleep 1000"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	assert_eq "$(xargs <"$N/order")" 'prestart createRuntime createContainer'
	urun start "$ID"
	wait_until 5 grep -q program "$N/order"
	wait_until 5 grep -q poststart "$N/order"
	assert_eq "$(head -n 4 "$N/order" | xargs)" \
		'prestart createRuntime createContainer startContainer'
	assert_eq "$(sort "$N/order" | xargs)" \
		'createContainer createRuntime poststart prestart program startContainer'
	urun delete --force "$ID"
	assert_eq "$(tail -n 1 "$N/order")" poststop
	assert_eq "$(wc -l <"$N/order")" 7
}

@test "H01 several of a kind run one after the other" {
	for i in 1 2 3; do
		hook createRuntime "echo begin$i >>$N/order; sleep 0.05; echo end$i >>$N/order"
	done
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(xargs <"$N/order")" 'begin1 end1 begin2 end2 begin3 end3'
}

@test "H01 run calls all of them, too; poststop with the container gone" {
	share_notes
	all_hooks "echo \$0 >>$N/order"
	hook poststop "cat >$N/state"
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(sort "$N/order" | xargs)" \
		'createContainer createRuntime poststart poststop prestart startContainer'
	assert_eq "$(jq -r .status "$N/state")" stopped
}

@test "H01 H06 createRuntime sees the mounts made, in the runtime's namespaces" {
	for ns in mnt pid user net; do
		hook createRuntime "readlink /proc/self/ns/$ns >>$N/ns"
	done
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(xargs <"$N/ns")" "$(for ns in mnt pid user net; do
		readlink "/proc/self/ns/$ns"; done | xargs)"
}

@test "H01 createRuntime and prestart can look into init's namespaces (pasta, slirp4netns, CNI)" {
	for kind in prestart createRuntime; do
		hook "$kind" "pid=\$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); readlink /proc/\$pid/ns/net >$N/\$0"
	done
	set_script "$BUNDLE" 'readlink /proc/self/ns/net'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(note prestart)" "$output"
	assert_eq "$(note createRuntime)" "$output"
}

@test "H01 createContainer runs in the container's namespaces, before the root is left" {
	hook createContainer "readlink /proc/self/ns/mnt >$N/mnt; readlink /proc/self/ns/net >$N/net
		ls -d $BUNDLE/rootfs/bin/busybox >$N/host; id -u >$N/uid"
	set_script "$BUNDLE" 'readlink /proc/self/ns/mnt; readlink /proc/self/ns/net'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(cat "$N/mnt" "$N/net")" "$output"
	assert_eq "$(note host)" "$BUNDLE/rootfs/bin/busybox"
	assert_eq "$(note uid)" 0
}

@test "H01 createContainer can mount into the container's root" {
	echo content >"$T/file"
	: >"$BUNDLE/rootfs/target"
	hook createContainer "mount --bind $T/file $BUNDLE/rootfs/target"
	set_script "$BUNDLE" 'cat /target'
	run_urun run -b "$BUNDLE" "$ID"
	assert_success
	assert_output content
	assert_eq "$(cat "$BUNDLE/rootfs/target")" ''
}

@test "H01 startContainer is a program of the container, in the container" {
	printf '#!/bin/sh\nls / | xargs >/seen; pwd >>/seen; echo $$ >>/seen\n' >"$BUNDLE/rootfs/bin/in-image"
	chmod 755 "$BUNDLE/rootfs/bin/in-image"
	edit_config "$BUNDLE" '.hooks.startContainer = [{path: "/bin/in-image", env: ["PATH=/bin"]}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_has "$(head -n 1 "$BUNDLE/rootfs/seen")" 'bin dev etc'
	assert_lacks "$(head -n 1 "$BUNDLE/rootfs/seen")" boot
	[ "$(tail -n 1 "$BUNDLE/rootfs/seen")" -gt 1 ]
}

@test "H01 startContainer runs at start, not at create" {
	edit_config "$BUNDLE" '.hooks.startContainer = [{path: "/bin/touch", args: ["touch", "/started"]}]'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	[ ! -e "$BUNDLE/rootfs/started" ]
	urun start "$ID"
	[ -e "$BUNDLE/rootfs/started" ]
}

@test "H01 a container that is killed before start has its poststop, and no poststart" {
	all_hooks "echo \$0 >>$N/order"
	edit_config "$BUNDLE" 'del(.hooks.createContainer, .hooks.startContainer)'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun delete "$ID"
	assert_eq "$(xargs <"$N/order")" 'prestart createRuntime poststop'
}

@test "H01 hooks of the config at create, whatever the bundle becomes later" {
	hook poststop "echo old >>$N/order"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	edit_config "$BUNDLE" '.hooks = {}'
	urun delete "$ID"
	assert_eq "$(note order)" old
}

# ---- H02 the state

@test "H02 the state on stdin: compact JSON, status and pid as each kind should see it" {
	share_notes
	all_hooks "cat >$N/\$0"
	edit_config "$BUNDLE" '.annotations = {"org.example/key": "a/value"}'
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	pid=$(pid_of "$ID")
	urun start "$ID"
	urun delete --force "$ID"
	state_is() { # KIND STATUS PID
		jq -e --arg id "$ID" --arg b "$BUNDLE" --arg s "$2" --argjson p "$3" '.ociVersion != null and
			.id == $id and .bundle == $b and .status == $s and .pid == $p and
			.annotations["org.example/key"] == "a/value"' "$N/$1" || fail "$1: $(cat "$N/$1")"
		assert_eq "$(wc -l <"$N/$1")" 0
		assert_has "$(cat "$N/$1")" 'a/value'
	}
	state_is prestart creating "$pid"
	state_is createRuntime creating "$pid"
	state_is createContainer creating 1
	state_is startContainer created 1
	state_is poststart running "$pid"
	state_is poststop stopped 0
}

@test "H02 without a pid namespace of its own the pid inside is the host's" {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "pid")) |
		.mounts |= map(if .destination == "/proc" then
			{destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]} else . end) |
		.linux.maskedPaths = [] | .linux.readonlyPaths = []'
	hook createContainer "cat >$N/state"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	assert_eq "$(jq .pid "$N/state")" "$(pid_of "$ID")"
}

@test "H02 a state larger than a pipe holds reaches a slow reader whole" {
	edit_config "$BUNDLE" '.annotations = {big: ("x" * 200000)}'
	hook createRuntime "sleep 0.05; cat >$N/state"
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(jq -r '.annotations.big | length' "$N/state")" 200000
}

@test "H02 H05 a hook that does not read its stdin is no failure" {
	edit_config "$BUNDLE" '.annotations = {big: ("x" * 200000)} |
		.hooks.createRuntime = [{path: "/bin/true"}] |
		.hooks.createContainer = [{path: "/bin/true"}] | .hooks.poststop = [{path: "/bin/true"}]'
	hook createRuntime 'exec <&-; exit 0'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
}

# ---- H03 cwd, environment, arguments

@test "H03 the cwd is the bundle" {
	for kind in prestart createRuntime createContainer poststart poststop; do
		hook "$kind" "pwd >$N/\$0"
	done
	cd /
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	for kind in prestart createRuntime createContainer poststart poststop; do
		assert_eq "$(note "$kind")" "$BUNDLE"
	done
}

@test "H03 the environment is the hook's, exactly" {
	edit_config "$BUNDLE" '.hooks.createRuntime = [
		{path: "/usr/bin/env", args: ["env"], env: ["A=1", "B=two words"]}]'
	SECRET=x run_urun --debug run -b "$BUNDLE" "$ID"
	hook createRuntime 'exit 1'
	edit_config "$BUNDLE" '.hooks.createRuntime[0] = {path: "/bin/sh",
		args: ["sh", "-c", $s], env: ["A=1", "B=two words"]}' \
		--arg s "tr '\\0' '\\n' </proc/self/environ >$N/env"
	edit_config "$BUNDLE" '.hooks.createRuntime |= .[:1]'
	SECRET=x run_urun run -b "$BUNDLE" "$ID"
	assert_success
	assert_eq "$(note env)" $'A=1\nB=two words'
}

@test "H03 without an environment the hook has none" {
	for kind in createRuntime createContainer poststop; do
		hook "$kind" "/usr/bin/tr '\\0' '\\n' </proc/self/environ >$N/\$0" 'del(.env)'
	done
	SECRET=x run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	for kind in createRuntime createContainer poststop; do
		assert_eq "$(note "$kind")" ''
	done
}

@test "H03 the arguments are the config's, argv[0] included; without any it is the path" {
	printf '#!/bin/sh\necho "$0" >%s/bare\n' "$N" >"$T/bare"
	chmod 755 "$T/bare"
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: $p}]' --arg p "$T/bare"
	hook createRuntime "echo \$0 \$# \$1 >$N/args; tr '\\0' ' ' </proc/\$\$/cmdline >$N/cmdline" \
		'.args += ["one two", ""]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(note bare)" "$T/bare"
	assert_eq "$(note args)" 'createRuntime 2 one two'
	assert_match "$(note cmdline)" '^sh -c '
}

@test "H03 no fd but stdio, no ignored or blocked signal, a process group of its own" {
	for kind in createRuntime createContainer poststop; do
		hook "$kind" "ls /proc/self/fd | xargs >$N/\$0.fds; grep -E 'Sig(Ign|Blk)' /proc/self/status >$N/\$0.sig
			read -r pid comm state parent group rest </proc/self/stat
			echo \$((pid == group)) >$N/\$0.pgrp"
	done
	(trap '' PIPE INT; run_urun run -b "$BUNDLE" "$ID" 7</ 9>"$T/x"; assert_quiet)
	for kind in createRuntime createContainer poststop; do
		assert_eq "$(note "$kind.fds")" '0 1 2 3'
		assert_eq "$(note "$kind.pgrp")" 1
		assert_eq "$(awk '{ print $2 }' "$N/$kind.sig" | sort -u)" 0000000000000000
	done
}

# ---- H04 timeout

@test "H04 a hook that takes longer than its timeout is killed, with its children" {
	hook createRuntime "sleep 7771 & echo \$! >$N/child; sleep 7772" '.timeout = 1'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[0]'
	assert_has "$stderr" 'timed out'
	wait_until 2 gone_or_zombie "$(note child)"
	[ ! -e "$ROOT/$ID" ]
}

gone_or_zombie() {
	[ ! -e "/proc/$1" ] || grep -q '^State:	Z' "/proc/$1/status"
}

@test "H04 a hook within its timeout is left alone" {
	hook createRuntime "sleep 0.1; echo done >$N/done" '.timeout = 20'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(note done)" 'done'
}

@test "H04 a timeout below 0 is refused by name; 0 is none, as with crun" {
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: "/bin/true", timeout: -1}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'hooks.createRuntime[0].timeout'
	edit_config "$BUNDLE" '.hooks.createRuntime = []'
	hook createRuntime 'sleep 0.05' '.timeout = 0'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "H04 a timeout for createContainer and startContainer hooks, in the container" {
	hook createContainer 'sleep 7773' '.timeout = 1'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createContainer[0]'
	assert_has "$stderr" 'timed out'
	[ ! -e "$ROOT/$ID" ]
}

# ---- H05 failure

@test "H05 a failing hook: its name, status and last words in one line; nothing stays" {
	hook poststop "echo \$0 >>$N/order"
	for kind in prestart createRuntime createContainer; do
		edit_config "$BUNDLE" 'del(.hooks.prestart, .hooks.createRuntime, .hooks.createContainer)'
		hook "$kind" 'exit 0'
		hook "$kind" 'echo said on stdout; echo "first line" >&2; echo "the reason" >&2; exit 3'
		hook "$kind" "echo later >$N/later"
		run_urun create --pid-file "$T/pid" -b "$BUNDLE" "$ID"
		assert_failure 1
		assert_one_line_error ".hooks.$kind[1]: '/bin/sh' exit status 3"
		assert_has "$stderr" 'the reason'
		assert_lacks "$stderr" $'reason\n'
		[ ! -e "$ROOT/$ID" ]
		[ ! -e "$T/pid" ]
		[ ! -e "$N/later" ]
	done
}

@test "H05 the same for run" {
	hook createRuntime 'echo why >&2; exit 1'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'why'
	[ ! -e "$ROOT/$ID" ]
}

@test "H05 a failing startContainer hook: start fails with its words, the program does not run" {
	edit_config "$BUNDLE" '.hooks.startContainer = [{path: "/bin/sh",
		args: ["sh", "-c", "echo inner reason >&2; exit 4"]}]'
	set_script "$BUNDLE" ': >/ran'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error ".hooks.startContainer[0]: '/bin/sh' exit status 4: inner reason"
	[ ! -e "$BUNDLE/rootfs/ran" ]
	wait_status "$ID" stopped || [ ! -e "$ROOT/$ID" ]
	urun delete --force "$ID"
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'inner reason'
	[ ! -e "$BUNDLE/rootfs/ran" ]
	[ ! -e "$ROOT/$ID" ]
}

@test "H05 a failing poststart hook: start fails, the container does not go on, poststop runs" {
	hook poststart 'echo no >&2; exit 1'
	hook poststop "echo ran >$N/poststop"
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.poststart[0]'
	run_urun state "$ID"
	[ "$status" != 0 ] || assert_eq "$(jq -r .status <<<"$output")" stopped
	urun delete --force "$ID"
	assert_eq "$(note poststop)" ran
}

@test "H05 a failing poststop hook warns, the others run, delete succeeds" {
	hook poststop 'echo poststop words >&2; exit 5'
	hook poststop "echo second >$N/second"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun --log-level warning delete "$ID"
	assert_success
	assert_has "$stderr" '.hooks.poststop[0]'
	assert_has "$stderr" 'poststop words'
	assert_eq "$(note second)" second
	[ ! -e "$ROOT/$ID" ]
	# By default engines hear nothing.
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	run_urun delete "$ID"
	assert_quiet
}

@test "H05 a hook killed by a signal, one that is missing, one that is no program" {
	hook createRuntime 'kill -9 $$'
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "killed by signal 9"
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: "/no/such/hook"}]'
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "'/no/such/hook'"
	assert_no_engine_words
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: "/etc/passwd"}]'
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "'/etc/passwd'"
	assert_no_engine_words
	edit_config "$BUNDLE" '.hooks.createContainer = [{path: "/no/such/hook"}] | del(.hooks.createRuntime)'
	run_urun create -b "$BUNDLE" "$ID"
	assert_one_line_error "'/no/such/hook'"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ]
}

@test "H05 a hook's own words do not make podman think of the user's command" {
	hook createRuntime 'echo "cat: /x: No such file or directory" >&2; exit 1'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[0]'
	# It is the hook's text, and it is shown as it is.
	assert_has "$stderr" 'cat: /x'
}

@test "H05 control characters of a hook's words do not reach the terminal or break the JSON" {
	hook createRuntime 'printf "a\033[31m\001b\n\n\377c\n" >&2; exit 1'
	run_urun --log "$T/log" --log-format json create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[0]'
	assert_lacks "$stderr" $'\033'
	assert_eq "$(jq -s length "$T/log")" 1
}

@test "H05 a megabyte of a hook's output blocks nothing, and success says nothing" {
	for kind in createRuntime createContainer poststop; do
		hook "$kind" "head -c 1048576 /dev/zero | tr '\\0' x; echo through >$N/\$0"
	done
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output ''
	for kind in createRuntime createContainer poststop; do
		assert_eq "$(note "$kind")" through
	done
}

@test "H05 of long words the last are shown" {
	hook createRuntime 'head -c 100000 /dev/zero | tr "\0" x; echo the very end; exit 1'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'the very end'
	[ "${#stderr}" -lt 8000 ]
}

@test "H05 a hook that leaves a daemon behind is not waited for" {
	hook createRuntime "sleep 30 & echo \$! >$N/daemon; exit 0"
	start=$(date +%s)
	run_urun create -b "$BUNDLE" "$ID"
	kill "$(note daemon)"
	assert_success
	[ $(($(date +%s) - start)) -lt 20 ]
}

@test "H05 a daemon that a hook left with its output open does not get SIGPIPE from us at once" {
	hook createRuntime "(sleep 0.2; echo alive >$N/alive) & exit 0"
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	wait_until 5 test -e "$N/alive"
}

@test "H05 poststop runs after a failed createRuntime as after any destroy, and errors stay the first" {
	hook createRuntime 'echo first >&2; exit 1'
	hook poststop 'echo second >&2; exit 1'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'first'
	assert_lacks "$stderr" second
}

@test "H01 hooks may use urun on the container: state during createRuntime is creating" {
	hook createRuntime "$URUN --root $ROOT state $ID >$N/state"
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(jq -r .status "$N/state")" creating
	hook poststart "$URUN --root $ROOT state $ID >$N/state2"
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start "$ID"
	assert_eq "$(jq -r .status "$N/state2")" running
}

@test "H01 relative hook paths are refused by name" {
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: "bin/true"}]'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error 'hooks.createRuntime[0].path'
}

@test "H01 hooks with a terminal, and with a container in the background" {
	hook createRuntime "echo \$0 >>$N/order"
	hook poststart "echo \$0 >>$N/order"
	set_args "$BUNDLE" sleep 1000
	urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	assert_eq "$(xargs <"$N/order")" 'createRuntime poststart'
}

# ---- H06 hooks as root of the container's user namespace

# in_userns VALUE: the annotation
in_userns() {
	edit_config "$BUNDLE" '.annotations["urun.hooks.userns"] = $v' --arg v "$1"
}

# Who a hook is; the pid of init is in its stdin.
WHO='id -u; id -g; cat /proc/self/uid_map; readlink /proc/self/ns/user
	readlink /proc/self/ns/mnt; readlink /proc/self/ns/pid'

# What WHO says of the container's root, with the caller's other namespaces.
who_in_there() {
	printf '%s\n' 0 0 "$1" "$2" "$(readlink /proc/self/ns/mnt)" "$(readlink /proc/self/ns/pid)"
}

@test "H06 urun.hooks.userns: prestart, createRuntime and poststart are root of the container's user namespace alone" {
	local kind user map
	need_subids
	map_subids "$BUNDLE"
	in_userns 1
	for kind in prestart createRuntime poststart; do
		hook "$kind" "($WHO) >$N/\$0; grep CapEff /proc/self/status >$N/\$0.caps"
	done
	set_script "$BUNDLE" 'cat /proc/self/uid_map >/map; readlink /proc/self/ns/user >/user; exec sleep 1000'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start "$ID"
	wait_until 5 test -s "$BUNDLE/rootfs/user"
	map=$(<"$BUNDLE/rootfs/map") user=$(<"$BUNDLE/rootfs/user")
	assert_eq "$(wc -l <<<"$map")" 2
	[ "$user" != "$(readlink /proc/self/ns/user)" ] || fail "no user namespace"
	for kind in prestart createRuntime poststart; do
		assert_eq "$(note "$kind")" "$(who_in_there "$map" "$user")"
		assert_lacks "$(note "$kind.caps")" 0000000000000000
	done
	urun delete --force "$ID"
	urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	assert_eq "$(sed -n 1p "$N/poststart")" 0
}

@test "H06 with a sub-id as the container's root, a hook's time limit and its words are as ever" {
	need_subids
	output "$T/hooks.out" "$T/hooks.err"
	in_userns 1
	hook createRuntime 'id -u; cat /proc/self/uid_map'
	set_script "$BUNDLE" 'id -u; cat /proc/self/uid_map'
	run_urun run --userns=nomap -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(<"$T/hooks.out")" "$output"
	assert_match "${lines[0]}" '^0$'
	[ "$(awk 'NR == 2 { print $2 }' "$T/hooks.out")" != "$(id -u)" ] || fail 'root is the caller'
	edit_config "$BUNDLE" 'del(.annotations["run.oci.hooks.stdout", "run.oci.hooks.stderr"])'
	hook createRuntime "echo in vain >&2; sleep 7774 & sleep 7774" '.timeout = 1'
	run_urun run --userns=nomap -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[1]'
	assert_has "$stderr" 'timed out'
	assert_has "$stderr" 'in vain'
	[ ! -e "$ROOT/$ID" ]
	# What only the caller may run is not for that root.
	printf '#!/bin/sh\n' >"$T/own"
	chmod 0700 "$T/own"
	edit_config "$BUNDLE" '.hooks.createRuntime = [{path: $p}]' --arg p "$T/own"
	run_urun run --userns=nomap -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error ".hooks.createRuntime[0]: run '$T/own' as root of the container's user namespace"
}

@test "H06 a hook of it mounts into the container by the pid of the state, before and after the start" {
	local enter
	need_command nsenter
	mkdir "$BUNDLE/rootfs/before" "$BUNDLE/rootfs/after"
	in_userns true
	# shellcheck disable=SC2016
	enter='pid=$(sed "s/.*\"pid\":\([0-9]*\).*/\1/"); exec nsenter -m -t $pid mount -t tmpfs'
	hook createRuntime "$enter made-before $BUNDLE/rootfs/before"
	hook poststart "$enter made-after /after"
	set_script "$BUNDLE" 'grep -o " /before .*" /proc/self/mounts
		while ! grep -o " /after .*" /proc/self/mounts; do sleep 0.05; done'
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_match "$output" '^ /before tmpfs'
	assert_match "${lines[1]}" '^ /after tmpfs'
	# Without it the host's mount needs a power that the caller lacks.
	in_userns 0
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[0]'
}

@test "H06 off with the value 0 or without it; poststop and hooks of a container that has ended are outside" {
	in_userns 0
	for kind in prestart createRuntime poststart poststop; do
		hook "$kind" "readlink /proc/self/ns/user >$N/\$0; id -u >>$N/\$0"
	done
	outside=$(readlink /proc/self/ns/user; id -u)
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	for kind in prestart createRuntime poststart poststop; do
		assert_eq "$(note "$kind")" "$outside"
	done
	in_userns ''
	rm "$N"/*
	hook poststart "echo ran >$N/ran"
	set_args "$BUNDLE" true
	for i in 1 2 3 4 5; do
		run_urun run -b "$BUNDLE" "$ID"
		assert_quiet
	done
	assert_eq "$(note ran)" ran
	assert_eq "$(sed -n 2p "$N/createRuntime")" 0
	assert_eq "$(note poststop)" "$outside"
}

@test "H06 a user namespace without an id 0 has no root to be; without a group 0 the hook keeps its own" {
	in_userns 1
	hook createRuntime "id -u >$N/uid; id -g >$N/gid"
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] |
		.linux.gidMappings = [{containerID: 1000, hostID: $g, size: 1}] |
		.process.user = {uid: 0, gid: 1000}' --argjson u "$(id -u)" --argjson g "$(id -g)"
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(note uid) $(note gid)" '0 1000'
	rm "$N"/*
	edit_config "$BUNDLE" '.linux.uidMappings[0].containerID = 1000 | .process.user.uid = 1000'
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '.annotations["urun.hooks.userns"]: no id is mapped to 0'
	[ ! -e "$N/uid" ]
	[ ! -e "$ROOT/$ID" ]
}

@test "H06 without a user namespace of the container's own it is refused by name, with or without hooks" {
	local i
	in_userns 1
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "user")) |
		del(.linux.uidMappings, .linux.gidMappings)'
	for i in 1 2; do
		status=0
		stderr=$(urun unshare "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 2>&1) || status=$?
		assert_failure 1
		assert_one_line_error '.annotations["urun.hooks.userns"]: the container has no user namespace'
		[ ! -e "$ROOT/$ID" ]
		hook createRuntime "echo ran >$N/ran"
	done
	# The one it joins may be the one that we are in.
	edit_config "$BUNDLE" '.linux.namespaces += [{type: "user", path: "/proc/self/ns/user"}]'
	status=0
	stderr=$(urun unshare "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" 2>&1) || status=$?
	assert_failure 1
	assert_one_line_error '.hooks.createRuntime[0]: .annotations["urun.hooks.userns"]: the container'
	assert_has "$stderr" 'the one you are in'
	[ ! -e "$N/ran" ]
	[ ! -e "$ROOT/$ID" ]
}

# ---- A11 files for what hooks say

# output STDOUT STDERR
output() {
	edit_config "$BUNDLE" '.annotations["run.oci.hooks.stdout"] = $o |
		.annotations["run.oci.hooks.stderr"] = $e' --arg o "$1" --arg e "$2"
}

@test "A11 hooks of all kinds write to the files of the annotations, mode 0600" {
	output "$T/hooks.out" "$T/hooks.err"
	all_hooks 'echo $0; echo $0 failed not >&2'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	urun start "$ID"
	wait_status "$ID" stopped
	urun delete "$ID"
	assert_eq "$(xargs <"$T/hooks.out")" \
		'prestart createRuntime createContainer startContainer poststart poststop'
	assert_eq "$(grep -c 'failed not' "$T/hooks.err")" 6
	assert_eq "$(stat -c %a "$T/hooks.out" "$T/hooks.err" | xargs)" '600 600'
	assert_eq "$(cat "$T/out")" ''
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(wc -l <"$T/hooks.out")" 12
}

@test "A11 H05 the error of a failing hook says where its words are" {
	output "$T/hooks.out" "$T/hooks.err"
	hook createRuntime 'echo why >&2; exit 5'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error "exit status 5 (its stderr is in '$T/hooks.err')"
	assert_eq "$(cat "$T/hooks.err")" why
}

@test "A11 a link, a fifo, a relative path are no files for it" {
	hook createRuntime 'exit 0'
	ln -s "$T/elsewhere" "$T/link"
	mkfifo "$T/fifo"
	for path in "$T/link" "$T/fifo" hooks.out "$T/none/file" "$T"; do
		output /dev/null "$path"
		run_urun run -b "$BUNDLE" "$ID"
		assert_one_line_error ".annotations[\"run.oci.hooks.stderr\"]: "
		assert_has "$stderr" "'$path'"
		[ ! -e "$ROOT/$ID" ]
	done
	[ ! -e "$T/elsewhere" ]
}

@test "A18 annotations are in the state, and in what every hook reads" {
	edit_config "$BUNDLE" '.annotations = {"org.example.a": "1", "b/c": "with \"quotes\" and \u00fc"}'
	share_notes
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		hook "$kind" "cat >$N/\$0"
	done
	set_args "$BUNDLE" sleep 1000
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	want=$(jq -cS .annotations "$BUNDLE/config.json")
	assert_eq "$(urun state "$ID" | jq -cS .annotations)" "$want"
	urun start "$ID"
	urun delete --force "$ID"
	for kind in prestart createRuntime createContainer startContainer poststart poststop; do
		assert_eq "$(jq -cS .annotations "$N/$kind")" "$want"
	done
}
