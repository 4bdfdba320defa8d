#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# exec: a further process in a real container (features.md E01-E18).

load ../lib/common

setup() {
	setup_bundle sleep 1000
	edit_config "$BUNDLE" '.root.readonly = false'
}

teardown() {
	common_teardown
}

# Starts the container; its stdio is a file, so that no pipe of bats stays open.
up() {
	urun run -d -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&- || {
		cat "$T/container.out"
		return 1
	}
}

# As run_urun exec, but by pipes alone: where the process is another user's, its
# stdio becomes his, and bats could not read its own files any more.
exec_piped() {
	stderr=
	status=0
	output=$(set -o pipefail && urun exec "$@" 2>&1 3>&- | cat) || status=$?
}

# in_container SCRIPT: its output.
in_container() {
	urun exec "$ID" sh -c "$1"
}

engine() {
	"$URUN_TEST_DIR/tests/lib/engine" "$@"
}

has_ended() {
	! kill -0 "$1" 2>/dev/null
}

parent_of() {
	awk '/^PPid:/ { print $2 }' "/proc/$1/status"
}

# ---- E01 the process and its end

@test "E01 the exit status is the process's, from 0 to 255" {
	up
	for code in 0 1 2 63 126 127 128 137 200 254 255; do
		status=0
		urun exec "$ID" sh -c "exit $code" 2>"$T/err" || status=$?
		assert_eq "$status" "$code"
		assert_eq "$(cat "$T/err")" ''
	done
}

@test "E01 a process killed by signal N gives 128+N" {
	up
	for sig in 1 2 6 9 15; do
		run_urun exec "$ID" sh -c "kill -$sig \$\$"
		assert_failure $((128 + sig))
		assert_eq "$stderr" ''
	done
}

@test "E01 stdin, stdout and stderr are the caller's" {
	up
	run --separate-stderr urun_stdin exec "$ID" sh -c 'cat; echo err >&2' <<<"a line"
	assert_success
	assert_output 'a line'
	assert_eq "$stderr" err
}

@test "E01 a megabyte goes through stdin and stdout unchanged" {
	up
	head -c 1048576 /dev/urandom >"$T/in"
	# Through pipes: a file could be handed over as it is.
	cat "$T/in" | urun_stdin exec "$ID" cat | cat >"$T/out"
	cmp "$T/in" "$T/out"
}

@test "E01 it is in all namespaces of the container" {
	up
	for ns in cgroup ipc mnt net pid user uts; do
		assert_eq "$(urun exec "$ID" readlink "/proc/self/ns/$ns")" \
			"$(urun exec "$ID" readlink "/proc/1/ns/$ns")"
		[ "$ns" = cgroup ] ||
			[ "$(urun exec "$ID" readlink "/proc/self/ns/$ns")" != "$(readlink "/proc/self/ns/$ns")" ]
	done
}

@test "E01 it leads its own session and process group" {
	up
	# pid, process group and session of /proc/PID/stat
	run_urun exec "$ID" sh -c 'set -- $(cat /proc/$$/stat); echo $(($1 == $5)) $(($1 == $6))'
	assert_output '1 1'
}

@test "E01 E09 the container's environment with the caller's additions, and nothing else" {
	edit_config "$BUNDLE" '.process.env = ["PATH=/bin", "A=one", "B=two", "HOME=/h"]'
	up
	SECRET=x run_urun exec -e B=other --env C=three -e=D= -e E=a=b "$ID" env
	assert_success
	assert_eq "$(sort <<<"$output")" $'A=one\nB=other\nC=three\nD=\nE=a=b\nHOME=/h\nPATH=/bin'
}

@test "E09 the last of several values counts" {
	up
	run_urun exec -e X=1 -e X=2 -e "Y=a b" "$ID" sh -c 'echo "$X $Y"'
	assert_output '2 a b'
}

@test "E01 HOME comes from the container's passwd, after the user" {
	up
	assert_eq "$(in_container 'echo $HOME')" /root
	assert_eq "$(urun exec -u 1000 "$ID" sh -c 'echo $HOME')" /home
	assert_eq "$(urun exec -u 4242 "$ID" sh -c 'echo $HOME')" /
	assert_eq "$(urun exec -e HOME=/mine "$ID" sh -c 'echo $HOME')" /mine
}

@test "E01 a signal to urun reaches the process" {
	up
	background "$URUN" --root "$ROOT" exec "$ID" sh -c 'trap "exit 42" TERM; : >/tmp/ready; while :; do sleep 0.02; done' \
		>"$T/out" 2>&1 3>&- < <(:)
	wait_until 5 test -e "$BUNDLE/rootfs/tmp/ready"
	kill -TERM $!
	status=0
	wait $! || status=$?
	assert_eq "$status" 42
}

@test "E01 in a created container, before start" {
	urun create -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
	run_urun exec "$ID" sh -c 'echo here; exit 3'
	assert_failure 3
	assert_output here
	assert_eq "$(state_of "$ID")" created
	urun start "$ID"
	assert_eq "$(state_of "$ID")" running
}

@test "E01 a stopped container: container not running, 255, no pid file" {
	set_args "$BUNDLE" true
	up
	wait_status "$ID" stopped
	for form in '' -d; do
		run_urun exec $form --pid-file "$T/pid" "$ID" true
		assert_failure 255
		assert_one_line_error 'cannot exec in a stopped container'
		assert_has "$stderr" 'container not running'
		assert_no_engine_words
		[ ! -e "$T/pid" ]
	done
}

@test "E01 exec while the container's init dies: it runs, or says one line" {
	set_args "$BUNDLE" sleep 0.25
	up
	for _ in $(seq 60); do
		run_urun exec --pid-file "$T/pid" "$ID" true
		[ "$status" = 0 ] || [ "$status" = 137 ] || break
	done
	assert_failure 255
	assert_one_line_error 'container not running'
	assert_no_engine_words
}

@test "E01 init dies while a process runs: 137, and nothing stays" {
	up
	background urun_stdin exec "$ID" sh -c ': >/tmp/ready; sleep 1000' >"$T/out" 2>&1 3>&- < <(:)
	wait_until 5 test -e "$BUNDLE/rootfs/tmp/ready"
	urun kill "$ID" KILL
	status=0
	wait $! || status=$?
	assert_eq "$status" 137
	assert_eq "$(cat "$T/out")" ''
}

@test "E01 many at the same time" {
	up
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		urun exec "$ID" sh -c "exit $i" 3>&- &
		pids+=($!)
	done
	for i in 1 2 3 4 5 6 7 8; do
		status=0
		wait "${pids[i - 1]}" || status=$?
		assert_eq "$status" "$i"
	done
}

# ---- what cannot be started

@test "E01 ER04 a command that is not there: 255 and the text engines look for" {
	up
	for form in '' -d; do
		run_urun exec $form --pid-file "$T/pid" "$ID" nope
		assert_failure 255
		assert_one_line_error 'exec: "nope": executable file not found in $PATH'
		run_urun exec $form --pid-file "$T/pid" "$ID" /nope
		assert_failure 255
		assert_one_line_error 'exec: "/nope": stat /nope: no such file or directory'
		[ ! -e "$T/pid" ]
	done
}

@test "E01 a command that is no program: permission denied" {
	up
	run_urun exec "$ID" /etc
	assert_failure 255
	assert_one_line_error 'exec: "/etc": is a directory: permission denied'
	run_urun exec -d --pid-file "$T/pid" "$ID" /etc/passwd
	assert_failure 255
	assert_one_line_error 'exec: "/etc/passwd": permission denied'
	[ ! -e "$T/pid" ]
}

@test "E01 a program in no known format fails at execve, without a pid file" {
	printf '\177ELFnonsense' >"$BUNDLE/rootfs/bin/broken"
	chmod 755 "$BUNDLE/rootfs/bin/broken"
	up
	for form in '' -d; do
		run_urun exec $form --pid-file "$T/pid" "$ID" broken
		assert_failure 255
		assert_one_line_error 'exec: "/bin/broken": exec format error'
		[ ! -e "$T/pid" ]
	done
}

@test "E01 PATH of the container counts, also when -e changes it" {
	mkdir "$BUNDLE/rootfs/opt"
	printf '#!/bin/sh\necho found\n' >"$BUNDLE/rootfs/opt/tool"
	chmod 755 "$BUNDLE/rootfs/opt/tool"
	up
	run_urun exec "$ID" tool
	assert_failure 255
	run_urun exec -e PATH=/opt:/bin "$ID" tool
	assert_success
	assert_output found
}

# ---- E02 --process

process_file() {
	jq -n '{args: $ARGS.positional, cwd: "/", env: ["PATH=/bin", "P=file"],
		user: {uid: 0, gid: 0}}' --args -- "$@"
}

@test "E02 the process object from a file" {
	up
	process_file sh -c 'echo $P $HOME $(pwd) $#; exit 5' x y |
		jq '.cwd = "/tmp"' >"$T/p.json"
	run_urun exec --process "$T/p.json" "$ID"
	assert_failure 5
	assert_output 'file /root /tmp 1'
	run_urun exec -p "$T/p.json" "$ID"
	assert_failure 5
}

@test "E02 the process object from stdin; the process sees its end" {
	up
	run --separate-stderr urun_stdin exec -p - "$ID" < <(process_file sh -c 'cat; echo $P')
	assert_success
	assert_output file
}

@test "E02 the file may be gone as soon as exec has returned" {
	up
	process_file sh -c 'sleep 0.1; echo $P >/tmp/said' >"$T/p.json"
	urun exec -d -p "$T/p.json" --pid-file "$T/pid" "$ID" >"$T/out" 2>&1 3>&-
	rm "$T/p.json"
	wait_until 5 grep -qx file "$BUNDLE/rootfs/tmp/said"
	assert_eq "$(cat "$T/out")" ''
}

@test "E02 user, umask, rlimits and capabilities are the object's own" {
	up
	process_file sh -c 'id -u; id -g; umask; ulimit -n; grep -E "^Cap(Prm|Bnd)" /proc/self/status' |
		jq '.user = {uid: 1000, gid: 1001, umask: 63} |
			.rlimits = [{type: "RLIMIT_NOFILE", soft: 77, hard: 78}] |
			.capabilities = {bounding: ["CAP_KILL"]}' >"$T/p.json"
	exec_piped -p "$T/p.json" "$ID"
	assert_success
	assert_eq "$output" "1000
1001
0077
77
CapPrm:	0000000000000000
CapBnd:	0000000000000020"
}

@test "E02 broken process objects are named, with the path in them" {
	up
	echo '{' >"$T/p.json"
	run_urun exec -p "$T/p.json" --pid-file "$T/pid" "$ID"
	assert_failure 255
	assert_one_line_error "$T/p.json"
	echo '{"args":[],"cwd":"/"}' >"$T/p.json"
	run_urun exec -p "$T/p.json" "$ID"
	assert_failure 255
	assert_one_line_error 'args'
	echo '{"args":["true"],"cwd":"tmp"}' >"$T/p.json"
	run_urun exec -p "$T/p.json" "$ID"
	assert_failure 255
	assert_one_line_error 'cwd'
	run_urun exec -p "$T/none.json" "$ID"
	assert_failure 255
	assert_one_line_error "$T/none.json"
	assert_no_engine_words
	[ ! -e "$T/pid" ]
}

# ---- E03 --cap

caps_of() {
	urun exec "$@" "$ID" grep -E '^Cap' /proc/self/status | awk '{ printf "%s%s ", $1, $2 }'
}

@test "E03 --cap adds to what the container has, and never to inheritable or ambient" {
	edit_config "$BUNDLE" '.process.capabilities = {
		bounding: ["CAP_KILL"], permitted: ["CAP_KILL"], effective: ["CAP_KILL"]}'
	up
	assert_eq "$(caps_of)" "CapInh:0000000000000000 CapPrm:0000000000000020 CapEff:0000000000000020 \
CapBnd:0000000000000020 CapAmb:0000000000000000 "
	assert_eq "$(caps_of -c CAP_CHOWN --cap CAP_NET_RAW)" \
		"CapInh:0000000000000000 CapPrm:0000000000002021 CapEff:0000000000002021 \
CapBnd:0000000000002021 CapAmb:0000000000000000 "
	# It was for that process alone.
	assert_has "$(caps_of)" 'CapPrm:0000000000000020'
}

@test "E03 --cap-replace: the given ones and no other; without --cap none" {
	edit_config "$BUNDLE" '.process.capabilities = {bounding: ["CAP_KILL", "CAP_CHOWN"],
		permitted: ["CAP_KILL", "CAP_CHOWN"], effective: ["CAP_KILL"], inheritable: ["CAP_KILL"],
		ambient: ["CAP_KILL"]}'
	up
	assert_eq "$(caps_of --cap-replace -c CAP_NET_RAW)" \
		"CapInh:0000000000000000 CapPrm:0000000000002000 CapEff:0000000000002000 \
CapBnd:0000000000002000 CapAmb:0000000000000000 "
	assert_eq "$(caps_of --cap-replace)" \
		"CapInh:0000000000000000 CapPrm:0000000000000000 CapEff:0000000000000000 \
CapBnd:0000000000000000 CapAmb:0000000000000000 "
	# Without it they are added, as ever.
	assert_has "$(caps_of -c CAP_NET_RAW)" 'CapBnd:0000000000002021'
}

@test "E03 a capability that nobody knows is refused by name" {
	up
	run_urun exec -c CAP_NOPE "$ID" true
	assert_failure 255
	assert_one_line_error "--cap: 'CAP_NOPE' is no capability"
}

# ---- E04 E05 labels, cgroup

@test "E04 an AppArmor profile or SELinux label where there is none is refused by name" {
	[ ! -e /sys/kernel/security/apparmor/profiles ] || skip "needs a host without AppArmor"
	up
	run_urun exec --apparmor someprofile --pid-file "$T/pid" "$ID" true
	assert_failure 255
	assert_one_line_error 'someprofile'
	[ ! -e /sys/fs/selinux/enforce ] || skip "needs a host without SELinux"
	run_urun exec --process-label some:label --pid-file "$T/pid" "$ID" true
	assert_failure 255
	assert_one_line_error 'some:label'
	[ ! -e "$T/pid" ]
}

@test "E05 --cgroup is refused while containers have none" {
	up
	for cgroup in /sub ../x x; do
		run_urun exec --cgroup "$cgroup" "$ID" true
		assert_failure 255
		assert_one_line_error "$cgroup"
	done
}

# ---- E07 --cwd

@test "E07 the cwd is the container's, or the caller's choice" {
	edit_config "$BUNDLE" '.process.cwd = "/usr"'
	up
	assert_eq "$(urun exec "$ID" pwd)" /usr
	assert_eq "$(urun exec --cwd /usr/bin "$ID" pwd)" /usr/bin
	assert_eq "$(urun exec --cwd=/tmp "$ID" pwd)" /tmp
}

@test "E07 a cwd that is missing is an error, and is not made" {
	up
	for form in '' -d; do
		run_urun exec $form --cwd /none/such --pid-file "$T/pid" "$ID" true
		assert_failure 255
		assert_one_line_error "chdir to cwd ('/none/such') set in config.json failed: no such file or directory"
		[ ! -e "$BUNDLE/rootfs/none" ]
		[ ! -e "$T/pid" ]
	done
}

@test "E07 a cwd that is a file, relative, or out through /proc" {
	up
	run_urun exec --cwd /etc/passwd "$ID" true
	assert_failure 255
	assert_one_line_error "chdir to cwd ('/etc/passwd')"
	run_urun exec --cwd tmp "$ID" true
	assert_failure 255
	assert_one_line_error 'cwd'
	for fd in 3 4 5 6 7 8 9; do
		run_urun exec --cwd "/proc/self/fd/$fd" "$ID" pwd
		assert_failure 255
		assert_one_line_error
	done
}

@test "E07 a cwd that only root may enter: root's exec may, another's is as chdir says" {
	mkdir -m 0700 "$BUNDLE/rootfs/closed"
	up
	assert_eq "$(urun exec --cwd /closed "$ID" pwd)" /closed
	# Entered before the ids change, as runc does.
	exec_piped -u 1000 --cwd /closed "$ID" true
	assert_success
}

# ---- E08 E12 --detach, --pid-file

@test "E08 E12 --detach returns once it runs; the pid file is the pid and nothing else" {
	up
	urun exec -d --pid-file "$T/pid" "$ID" sleep 1000 >"$T/out" 2>&1 3>&-
	assert_eq "$(cat "$T/out")" ''
	assert_eq "$(wc -l <"$T/pid")" 0
	assert_match "$(cat "$T/pid")" '^[0-9]+$'
	pid=$(cat "$T/pid")
	assert_eq "$(tr '\0' ' ' <"/proc/$pid/cmdline")" 'sleep 1000 '
	assert_eq "$(readlink "/proc/$pid/ns/pid")" "$(readlink "/proc/$(pid_of "$ID")/ns/pid")"
	# Nothing of urun's is left beside it.
	[ "$(tr '\0' ' ' <"/proc/$(parent_of "$pid")/cmdline" | grep -c "$URUN")" = 0 ]
}

@test "E12 --pid-file in the foreground holds the pid while it runs" {
	up
	background urun_stdin exec --pid-file "$T/pid" "$ID" sleep 1000 >"$T/out" 2>&1 3>&- < <(:)
	urun_pid=$!
	wait_until 5 test -e "$T/pid"
	assert_eq "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" 'sleep 1000 '
	kill -KILL "$(cat "$T/pid")" 2>/dev/null || urun kill --all "$ID" KILL
	status=0
	wait "$urun_pid" || status=$?
	assert_eq "$status" 137
}

@test "E12 a pid file that cannot be written: the process does not stay" {
	up
	run_urun exec -d --pid-file "$T/none/pid" "$ID" sleep 77
	assert_failure 255
	assert_one_line_error "$T/none/pid"
	assert_no_engine_words
	assert_lacks "$(urun exec "$ID" ps)" 'sleep 77'
}

@test "E08 the detached one gets the caller's stdio, and urun keeps none of it" {
	up
	# EOF comes when the process has ended: nobody else holds the pipe.
	output=$(urun exec -d "$ID" sh -c 'sleep 0.05; echo late' 3>&-)
	assert_output late
}

# ---- E10 E18 what is inherited

@test "E10 no_new_privs is set on demand, and the container's cannot be unset" {
	edit_config "$BUNDLE" '.process.noNewPrivileges = false'
	up
	nnp() { urun exec "$@" "$ID" grep NoNewPrivs /proc/self/status | cut -f 2; }
	assert_eq "$(nnp)" 0
	assert_eq "$(nnp --no-new-privs)" 1
	urun delete --force "$ID"
	edit_config "$BUNDLE" '.process.noNewPrivileges = true'
	up
	assert_eq "$(nnp)" 1
	process_file grep NoNewPrivs /proc/self/status | jq '.noNewPrivileges = false' >"$T/p.json"
	run_urun exec -p "$T/p.json" "$ID"
	assert_output 'NoNewPrivs:	1'
}

@test "E18 user, umask and rlimits are the container's where nothing else is said" {
	edit_config "$BUNDLE" '.process.user = {uid: 1000, gid: 1001, umask: 39, additionalGids: [5, 7]} |
		.process.rlimits = [{type: "RLIMIT_NOFILE", soft: 99, hard: 100}]'
	up
	exec_piped "$ID" sh -c 'id -u; id -g; echo $(id -G); umask; ulimit -n'
	assert_success
	assert_output '1000
1001
1001 5 7
0047
99'
}

@test "E01 seccomp of the container applies" {
	need_seccomp
	edit_config "$BUNDLE" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", syscalls: [
		{names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 13}]}'
	up
	run_urun exec "$ID" mkdir /tmp/x
	assert_failure 1
	assert_has "$stderr" 'Permission denied'
	run_urun exec "$ID" grep Seccomp: /proc/self/status
	assert_output 'Seccomp:	2'
}

@test "E01 oom_score_adj of the container applies" {
	edit_config "$BUNDLE" '.process.oomScoreAdj = 321'
	up
	assert_eq "$(urun exec "$ID" cat /proc/self/oom_score_adj)" 321
}

@test "E01 signals are reset: nothing ignored, nothing blocked" {
	up
	run_urun exec "$ID" true
	output=$(trap '' PIPE USR1 TERM INT; urun exec "$ID" grep -E '^Sig(Blk|Ign)' /proc/self/status)
	assert_output 'SigBlk:	0000000000000000
SigIgn:	0000000000000000'
}

# ---- E11 fds

@test "E01 no fd above 2 comes in, whatever the caller has left open" {
	up
	# The directory's own fd is 3.
	output=$(urun exec "$ID" ls /proc/self/fd 7</ 8<"$T" 9>"$T/x" 41</etc)
	assert_eq "$(xargs <<<"$output")" '0 1 2 3'
}

@test "E11 --preserve-fds passes 3 to 2+N and no more" {
	up
	echo three >"$T/3"
	echo four >"$T/4"
	output=$(urun exec --preserve-fds 2 "$ID" sh -c 'cat <&3; cat <&4; [ ! -e /proc/self/fd/5 ]' \
		3<"$T/3" 4<"$T/4" 5<"$T/3" 9</)
	assert_output $'three\nfour'
}

@test "E11 LISTEN_FDS adds to them and is told to the process" {
	up
	echo three >"$T/3"
	output=$(LISTEN_FDS=1 LISTEN_FDNAMES=web urun exec "$ID" \
		sh -c 'cat <&3; echo $LISTEN_FDS $LISTEN_FDNAMES ${LISTEN_PID:+pid}' 3<"$T/3")
	assert_output $'three\n1 web pid'
}

@test "E11 N20 --pass-fd passes single ones by their numbers, beside --preserve-fds" {
	up
	for n in 3 5 7 9; do
		echo "file $n" >"$T/$n"
	done
	output=$(urun exec --pass-fd 9 --pass-fd=7 --pass-fd 7 "$ID" \
		sh -c 'cat <&7; cat <&9; ls /proc/self/fd | xargs' 3<"$T/3" 5<"$T/5" 7<"$T/7" 8</ 9<"$T/9" 10</)
	assert_output $'file 7\nfile 9\n0 1 2 3 7 9'
	output=$(urun exec --preserve-fds 1 --pass-fd 5 "$ID" \
		sh -c 'cat <&3; cat <&5; [ ! -e /proc/self/fd/4 ]' 3<"$T/3" 4</ 5<"$T/5")
	assert_output $'file 3\nfile 5'
}

# ---- E14 E15 user and groups

@test "E14 -u UID keeps the container's gid, UID:GID sets both" {
	edit_config "$BUNDLE" '.process.user.gid = 7'
	up
	assert_eq "$(urun exec -u 1000 "$ID" sh -c 'id -u; id -g' | xargs)" '1000 7'
	assert_eq "$(urun exec --user 1000:1001 "$ID" sh -c 'id -u; id -g' | xargs)" '1000 1001'
	assert_eq "$(urun exec -u 0:0 "$ID" sh -c 'id -u; id -g' | xargs)" '0 0'
	assert_eq "$(urun exec -u 1 "$ID" sh -c 'id -u; id -g' | xargs)" '1 7'
}

@test "E14 another user has no capabilities but those that are his" {
	up
	assert_has "$(caps_of -u 1000)" 'CapEff:0000000000000000'
}

@test "E14 a uid that is not mapped is named" {
	up
	run_urun exec -u 4000000 --pid-file "$T/pid" "$ID" true
	assert_failure 255
	assert_one_line_error 4000000
	assert_no_engine_words
	[ ! -e "$T/pid" ]
}

@test "E15 -g adds groups, beside the container's own" {
	edit_config "$BUNDLE" '.process.user.additionalGids = [5]'
	up
	assert_eq "$(urun exec -g 7 --additional-gids 8 "$ID" id -G)" '0 5 7 8'
}

# The container's own files; its root is writable here.
set_users() {
	printf '%s\n' root:x:0:0:root:/root:/bin/sh toor:x:0:0::/tmp:/bin/sh \
		bob:x:1000:1001:Bob:/home/bob:/bin/sh bob:x:0:0::/root:/bin/sh \
		rel:x:1002:1002::relative: big:x:4294967295:1::/: far:x:4000000:1::/: \
		>"$BUNDLE/rootfs/etc/passwd"
	printf '%s\n' root:x:0: wheel:x:10:root,bob video:x:44:bobby,alice audio:x:63:bob \
		>"$BUNDLE/rootfs/etc/group"
}

@test "E14 -u NAME is looked up in the container: ids, groups and HOME of the entry" {
	set_users
	edit_config "$BUNDLE" '.process.user.additionalGids = [5]'
	up
	show='echo $(id -u) $(id -g) $(id -G) $HOME'
	assert_eq "$(urun exec -u bob "$ID" sh -c "$show")" '1000 1001 1001 10 63 /home/bob'
	assert_eq "$(urun exec -u bob -g 7 "$ID" sh -c "$show")" '1000 1001 1001 7 10 63 /home/bob'
	assert_eq "$(urun exec --user=toor "$ID" sh -c "$show")" '0 0 0 /tmp'
	assert_eq "$(urun exec -u rel "$ID" sh -c 'echo $HOME')" /
	assert_eq "$(urun exec -u bob -e HOME=/mine "$ID" sh -c 'echo $HOME')" /mine
	# By number nothing is looked up: as runc does it.
	assert_eq "$(urun exec -u 1000 "$ID" sh -c 'echo $(id -u) $(id -g) $(id -G)')" '1000 0 0 5'
}

@test "E14 -u with a group: that one alone, by name or number" {
	set_users
	edit_config "$BUNDLE" '.process.user.additionalGids = [5]'
	up
	show='echo $(id -u) $(id -g) $(id -G)'
	assert_eq "$(urun exec -u bob:video "$ID" sh -c "$show")" '1000 44 44'
	assert_eq "$(urun exec -u bob:7 "$ID" sh -c "$show")" '1000 7 7'
	assert_eq "$(urun exec -u bob:7 -g 8 "$ID" sh -c "$show")" '1000 7 7 8'
	assert_eq "$(urun exec -u 1000:video "$ID" sh -c "$show")" '1000 44 44 5'
}

@test "E14 a name that the container does not know is named, and never uid 0" {
	set_users
	up
	for user in nobody alice 1a 0x0 big root2 bob:nope 5:nope; do
		run_urun exec -u "$user" --pid-file "$T/pid" "$ID" true
		assert_failure 255
		assert_one_line_error "--user '$user': no "
		assert_has "$stderr" 'digits'
		assert_no_engine_words
		[ ! -e "$T/pid" ]
	done
	run_urun exec -u far "$ID" true
	assert_failure 255
	assert_one_line_error 4000000
}

@test "E14 no passwd, a FIFO, a folder, a link to a FIFO, too long: said at once" {
	up
	passwd=$BUNDLE/rootfs/etc/passwd
	rm "$passwd"
	run_urun exec -u bob "$ID" true
	assert_failure 255
	assert_one_line_error "the container has no '/etc/passwd'"
	assert_no_engine_words
	mkfifo "$BUNDLE/rootfs/etc/fifo"
	for make in 'mkfifo' 'mkdir' 'ln -s fifo'; do
		$make "$passwd"
		SECONDS=0
		run_urun exec -u bob "$ID" true
		assert_failure 255
		assert_one_line_error 'no regular file'
		[ "$SECONDS" -lt 3 ]
		rm -r "$passwd"
	done
	head -c 1048577 /dev/zero >"$passwd"
	run_urun exec -u bob "$ID" true
	assert_one_line_error 'larger than 1 MiB'
	set_users
	rm "$BUNDLE/rootfs/etc/group"
	assert_eq "$(urun exec -u bob "$ID" id -G)" 1001
	run_urun exec -u bob:wheel "$ID" true
	assert_failure 255
	assert_one_line_error "the container has no '/etc/group'"
	mkfifo "$BUNDLE/rootfs/etc/group"
	run_urun exec -u bob "$ID" true
	assert_failure 255
	assert_one_line_error "'/etc/group' of the container is no regular file"
}

@test "E14 a passwd that is a link out of the root stays in it" {
	up
	rm "$BUNDLE/rootfs/etc/passwd"
	echo 'mallory:x:0:0::/:' >"$T/host-passwd"
	for target in "$T/host-passwd" "../../../../../../../..$T/host-passwd" /proc/1/root/etc/passwd; do
		ln -s "$target" "$BUNDLE/rootfs/etc/passwd"
		run_urun exec -u mallory "$ID" true
		assert_failure 255
		assert_one_line_error mallory
		rm "$BUNDLE/rootfs/etc/passwd"
	done
	# Absolute links are the container's own.
	echo 'inside:x:3:4::/:' >"$BUNDLE/rootfs/tmp/passwd"
	ln -s /tmp/passwd "$BUNDLE/rootfs/etc/passwd"
	assert_eq "$(urun exec -u inside "$ID" sh -c 'echo $(id -u) $(id -g)')" '3 4'
}

@test "E14 -u NAME in a created container" {
	set_users
	urun create -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
	assert_eq "$(urun exec -u bob "$ID" id -u)" 1000
}

# ---- E16 E17

@test "E16 --ignore-paused changes nothing for a container that is not paused" {
	up
	run_urun exec --ignore-paused "$ID" echo yes
	assert_success
	assert_output yes
}

@test "E17 --pidfd-socket gets one pidfd of the process" {
	up
	engine pidfd "$T/sock" >"$T/got" 3>&- &
	receiver=$!
	wait_until 5 test -S "$T/sock"
	urun exec -d --pidfd-socket "$T/sock" --pid-file "$T/pid" "$ID" sleep 1000 >"$T/out" 2>&1 3>&-
	wait "$receiver"
	assert_eq "$(cat "$T/got")" "$(cat "$T/pid")"
}

@test "E17 a pidfd socket that is not there is named, and nothing runs" {
	up
	run_urun exec -d --pidfd-socket "$T/none" --pid-file "$T/pid" "$ID" sleep 77
	assert_failure 255
	assert_one_line_error "$T/none"
	assert_no_engine_words
	[ ! -e "$T/pid" ]
	assert_lacks "$(urun exec "$ID" ps)" 'sleep 77'
}

# ---- other shapes of container

@test "E01 a container without a user namespace's other ids: the single id" {
	edit_config "$BUNDLE" '.linux.uidMappings = [{containerID: 0, hostID: $u, size: 1}] |
		.linux.gidMappings = [{containerID: 0, hostID: $g, size: 1}]' \
		--argjson u "$(id -u)" --argjson g "$(id -g)"
	up
	run_urun exec "$ID" sh -c 'id -u; id -g; exit 4'
	assert_failure 4
	assert_output $'0\n0'
}

@test "E01 a container that shares the host's network and ipc" {
	edit_config "$BUNDLE" '.linux.namespaces |= map(select(.type != "network" and .type != "ipc")) |
		.mounts |= map(select(.type != "sysfs" and .type != "mqueue"))'
	up
	assert_eq "$(urun exec "$ID" readlink /proc/self/ns/net)" "$(readlink /proc/self/ns/net)"
}

@test "E01 a container whose config has no process: --process alone can start one" {
	edit_config "$BUNDLE" 'del(.process)'
	urun create -b "$BUNDLE" "$ID" >"$T/container.out" 2>&1 3>&-
	run_urun exec "$ID" true
	assert_failure 255
	assert_one_line_error 'process'
	run_urun exec -p <(process_file sh -c 'echo $P') "$ID"
	assert_success
	assert_output file
}

@test "E01 edits of the bundle after create have no effect" {
	up
	edit_config "$BUNDLE" '.process.user.uid = 5 | .process.env = ["X=later"]'
	assert_eq "$(in_container 'echo $(id -u) $X')" 0
	rm "$BUNDLE/config.json"
	assert_eq "$(in_container 'id -u')" 0
}

# ---- C33 CPUs

cpus() {
	sed -n 's/^Cpus_allowed_list:[ \t]*//p'
}

@test "C33 execCPUAffinity: the final list counts in the end, without one the initial" {
	allowed=$(cpus </proc/self/status)
	first=${allowed%%[-,]*} last=${allowed##*[-,]}
	[ "$first" != "$last" ] || skip "needs two CPUs"
	edit_config "$BUNDLE" '.process.execCPUAffinity = {initial: $a, final: $b} |
		.process.args = ["sh", "-c", "cat /proc/self/status; exec sleep 1000"]' \
		--arg a "$first" --arg b " $last"
	urun create -b "$BUNDLE" "$ID" >"$T/own" 2>&1 3>&-
	urun start "$ID"
	run_urun exec "$ID" cat /proc/self/status
	assert_quiet
	assert_eq "$(cpus <<<"$output")" "$last"
	# Only exec is concerned (runtime-spec: execCPUAffinity).
	wait_until 5 grep -q Cpus_allowed_list "$T/own"
	assert_eq "$(cpus <"$T/own")" "$allowed"
	echo "{\"args\": [\"cat\", \"/proc/self/status\"], \"cwd\": \"/\",
		\"execCPUAffinity\": {\"initial\": \"$first\"}}" >"$T/process"
	run_urun exec -p "$T/process" "$ID"
	assert_quiet
	assert_eq "$(cpus <<<"$output")" "$first"
}

@test "C33 CPUs that are not there, and what is no list, are named" {
	up
	for key in initial final; do
		echo "{\"args\": [\"true\"], \"cwd\": \"/\", \"execCPUAffinity\": {\"$key\": \"8000\"}}" >"$T/process"
		run_urun exec -p "$T/process" "$ID"
		assert_failure 255
		assert_one_line_error ".process.execCPUAffinity.$key: set the CPU affinity"
		for list in 1- 3-1 9000 , '0,,1'; do
			echo "{\"args\": [\"true\"], \"cwd\": \"/\", \"execCPUAffinity\": {\"$key\": \"$list\"}}" >"$T/process"
			run_urun exec -p "$T/process" "$ID"
			assert_failure 255
			assert_one_line_error ".process.execCPUAffinity.$key: '$list' is no list of CPUs"
		done
	done
}

# ---- E09 --env-file

@test "E09 --env-file: files in their order, --env wins; a name alone is the caller's" {
	edit_config "$BUNDLE" '.process.env += ["FROM_CONFIG=config", "KEPT=kept"]'
	up
	printf 'A=one\r\n\n  # no\nB= two = "x" # \nFROM_CONFIG=file\n  MINE\nUNSET_HERE\nEMPTY=' >"$T/first"
	printf 'A=second\nC=c\n' >"$T/second"
	export MINE='of the caller'
	unset UNSET_HERE
	show='for v in A B C FROM_CONFIG KEPT MINE UNSET_HERE EMPTY; do eval "echo \"\$v=\${$v-none}\""; done'
	run_urun exec --env-file "$T/first" --env-file "$T/second" -e C=option "$ID" sh -c "$show"
	assert_quiet
	assert_output 'A=second
B= two = "x" # 
C=option
FROM_CONFIG=file
KEPT=kept
MINE=of the caller
UNSET_HERE=none
EMPTY='
	output=$(printf 'A=stdin' | urun_stdin exec --env-file - "$ID" sh -c 'echo $A')
	assert_output stdin
}

# ---- G18 N22 --exit-codes=distinct

@test "G18 N22 --exit-codes=distinct: 127 not found, 126 not executable, else the process's" {
	printf 'no script' >"$BUNDLE/rootfs/noexec"
	: >"$BUNDLE/rootfs/empty"
	printf '#!/none\n' >"$BUNDLE/rootfs/script"
	chmod +x "$BUNDLE/rootfs/empty" "$BUNDLE/rootfs/script"
	up
	for pair in nosuchprogram:127 /nosuchprogram:127 /script:127 /noexec:126 /etc:126 /empty:126; do
		run_urun --exit-codes=distinct exec "$ID" "${pair%:*}"
		assert_failure "${pair#*:}"
		assert_one_line_error
	done
	run_urun --exit-codes=distinct exec -e x "$ID" true
	assert_failure 125
	run_urun --exit-codes=distinct exec "$ID" sh -c 'exit 3'
	assert_failure 3
	assert_eq "$stderr" ''
	for pair in nosuchprogram:127 /etc:126; do
		set_args "$BUNDLE" "${pair%:*}"
		run_urun --exit-codes=distinct run -b "$BUNDLE" "$ID.x"
		assert_failure "${pair#*:}"
		urun create -b "$BUNDLE" "$ID.y" || continue
		run_urun --exit-codes=distinct start "$ID.y"
		assert_failure "${pair#*:}"
		urun delete -f "$ID.y"
	done
}
