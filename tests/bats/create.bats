#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# create: what it makes, what it refuses, what the container's process gets
# from the caller and what not (engine-contracts.md section 0).

load ../lib/common

setup() {
	setup_bundle
	edit_config "$BUNDLE" '.root.readonly = false'
	set_script "$BUNDLE" 'exec sleep 60'
}

teardown() {
	common_teardown
}

# refuse_create TEXT ARGS...: one line with TEXT, and nothing is left behind.
refuse_create() {
	local text=$1
	shift
	run_urun create "$@"
	assert_failure 1
	assert_output ''
	assert_one_line_error "$text"
	assert_no_engine_words
	[ ! -e "$ROOT/$ID" ] || fail "the state of $ID is left"
	[ -z "$(test_processes)" ] || fail "a process is left"
}

# What /proc says of the container's process: a field of its status file.
status_field() {
	awk -v f="$2:" '$1 == f { print $2; exit }' "/proc/$1/status"
}

@test "C01 create is silent, returns 0, and the container is created" {
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	assert_output ''
	assert_eq "$(state_of "$ID")" created
}

@test "C01 the program does not run before start" {
	set_script "$BUNDLE" 'echo ran > /ran'
	urun create -b "$BUNDLE" "$ID"
	sleep 0.1
	[ ! -e "$BUNDLE/rootfs/ran" ]
	urun start "$ID"
	wait_status "$ID" stopped
	assert_eq "$(cat "$BUNDLE/rootfs/ran")" ran
}

@test "C01 options may stand behind the id" {
	run_urun create "$ID" -b "$BUNDLE" --pid-file "$T/pid"
	assert_quiet
	assert_eq "$(cat "$T/pid")" "$(pid_of "$ID")"
}

@test "C01 create with --detach is the same" {
	run_urun create -d --bundle="$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" created
}

@test "C03 the bundle is the current directory without -b" {
	cd "$BUNDLE"
	run_urun create "$ID"
	assert_quiet
	assert_eq "$(urun state "$ID" | jq -r .bundle)" "$(realpath "$BUNDLE")"
}

@test "C03 a relative bundle and one behind a symlink become absolute" {
	cd "$T"
	ln -s bundle link
	run_urun create -b link "$ID"
	assert_quiet
	assert_eq "$(urun state "$ID" | jq -r .bundle)" "$(realpath "$BUNDLE")"
	assert_eq "$(urun state "$ID" | jq -r .rootfs)" "$(realpath "$BUNDLE/rootfs")"
}

@test "C03 a missing bundle is named" {
	refuse_create "'$T/none'" -b "$T/none" "$ID"
}

@test "C03 a bundle that is a file is named" {
	: >"$T/file"
	refuse_create "'$T/file'" -b "$T/file" "$ID"
}

@test "C03 a bundle without config.json is named" {
	mkdir "$T/empty"
	refuse_create "'config.json' of bundle '$T/empty'" -b "$T/empty" "$ID"
}

@test "C03 a bundle without rootfs is refused" {
	mv "$BUNDLE/rootfs" "$BUNDLE/other"
	refuse_create rootfs -b "$BUNDLE" "$ID"
}

@test "C04 -f is meant from the caller's directory, not from the bundle" {
	mkdir "$T/here"
	jq '.annotations.from = "here"' "$BUNDLE/config.json" >"$T/here/my.json"
	rm "$BUNDLE/config.json"
	cd "$T/here"
	run_urun create -b "$BUNDLE" -f my.json "$ID"
	assert_quiet
	assert_eq "$(urun state "$ID" | jq -r .annotations.from)" here
}

@test "C04 -f - reads the config from stdin" {
	mv "$BUNDLE/config.json" "$T/c.json"
	urun_stdin create -b "$BUNDLE" --config=- "$ID" <"$T/c.json"
	assert_eq "$(state_of "$ID")" created
}

@test "C04 -f - reads it from a pipe in pieces" {
	{ head -c 100 "$BUNDLE/config.json"; sleep 0.1; tail -c +101 "$BUNDLE/config.json"; } |
		"$URUN" --root "$ROOT" create -b "$BUNDLE" -f - "$ID"
	assert_eq "$(state_of "$ID")" created
}

@test "C04 -f takes a substituted pipe" {
	urun create -b "$BUNDLE" -f <(cat "$BUNDLE/config.json") "$ID"
	assert_eq "$(state_of "$ID")" created
}

@test "C04 a missing -f file is named" {
	refuse_create "'$T/nope.json'" -b "$BUNDLE" -f "$T/nope.json" "$ID"
}

@test "C19 a config.json that is a FIFO is refused at once" {
	rm "$BUNDLE/config.json"
	mkfifo "$BUNDLE/config.json"
	SECONDS=0
	refuse_create config.json -b "$BUNDLE" "$ID"
	[ "$SECONDS" -lt 3 ]
}

@test "C19 a config.json that is a directory, a device or a socket is refused" {
	rm "$BUNDLE/config.json"
	mkdir "$BUNDLE/config.json"
	refuse_create config.json -b "$BUNDLE" "$ID"
	rmdir "$BUNDLE/config.json"
	ln -s /dev/zero "$BUNDLE/config.json"
	refuse_create config.json -b "$BUNDLE" "$ID"
}

@test "C19 a config.json of 17 MiB is refused" {
	truncate -s 17M "$BUNDLE/config.json"
	refuse_create config.json -b "$BUNDLE" "$ID"
}

@test "C19 an unreadable config.json is named, without the engines' words" {
	[ "$(id -u)" != 0 ] || skip "root reads everything"
	chmod 0 "$BUNDLE/config.json"
	refuse_create "'config.json'" -b "$BUNDLE" "$ID"
}

@test "C19 empty, truncated and garbage configs are refused" {
	for text in '' '{' '[]' 'null' 'x'; do
		printf '%s' "$text" >"$BUNDLE/config.json"
		refuse_create config.json -b "$BUNDLE" "$ID"
	done
}

@test "C19 a command that is missing: one line, nothing left, no pid file" {
	set_args "$BUNDLE" nope
	run_urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_failure 1
	assert_one_line_error 'executable file not found in $PATH'
	[ ! -e "$ROOT/$ID" ]
	[ ! -e "$T/pid" ]
}

@test "C19 a failing mount: one line, nothing left" {
	edit_config "$BUNDLE" '.mounts += [{destination: "/x", type: "bind", source: "/nonexistent/y",
		options: ["rbind"]}]'
	refuse_create /nonexistent/y -b "$BUNDLE" "$ID"
}

@test "C19 after a failed create the id is free" {
	mv "$BUNDLE/rootfs" "$BUNDLE/other"
	refuse_create rootfs -b "$BUNDLE" "$ID"
	mv "$BUNDLE/other" "$BUNDLE/rootfs"
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
}

@test "C09 the pid file holds the pid and nothing else" {
	run_urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_quiet
	assert_eq "$(wc -c <"$T/pid")" "$(printf %s "$(pid_of "$ID")" | wc -c)"
	assert_match "$(cat "$T/pid")" '^[1-9][0-9]*$'
	assert_eq "$(stat -c %a "$T/pid")" 644
	assert_eq "$(echo "$T"/pid*)" "$T/pid"
}

@test "C09 a relative pid file is the caller's, an old one is replaced" {
	cd "$T"
	echo old-and-much-longer-than-a-pid >pid
	run_urun create -b "$BUNDLE" --pid-file pid "$ID"
	assert_quiet
	assert_eq "$(cat pid)" "$(pid_of "$ID")"
}

@test "C09 a pid file that cannot be written is an error and nothing is left" {
	refuse_create "'$T/no/pid'" -b "$BUNDLE" --pid-file "$T/no/pid" "$ID"
}

@test "C09 a umask of the caller's does not close the pid file" {
	umask 077
	urun create -b "$BUNDLE" --pid-file "$T/pid" "$ID"
	assert_eq "$(stat -c %a "$T/pid")" 644
}

@test "C17 exec.fifo is there until start" {
	urun create -b "$BUNDLE" "$ID"
	[ -p "$ROOT/$ID/exec.fifo" ]
	assert_eq "$(stat -c %a "$ROOT/$ID/exec.fifo")" 600
	urun start "$ID"
	[ ! -e "$ROOT/$ID/exec.fifo" ]
	assert_eq "$(state_of "$ID")" running
}

@test "C17 a created container whose init is killed is stopped" {
	urun create -b "$BUNDLE" "$ID"
	kill -KILL "$(pid_of "$ID")"
	wait_status "$ID" stopped
}

@test "C18 a second create of the same id says so and leaves the first alone" {
	urun create -b "$BUNDLE" "$ID"
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error "container \`$ID\` already exists"
	assert_eq "$(state_of "$ID")" created
	urun start "$ID"
}

@test "C18 the id of a stopped container is taken until delete" {
	set_args "$BUNDLE" true
	urun run --keep -b "$BUNDLE" "$ID"
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error already
	urun delete "$ID"
	urun create -b "$BUNDLE" "$ID"
}

@test "C49 without process create works and start cannot" {
	edit_config "$BUNDLE" 'del(.process)'
	run_urun create -b "$BUNDLE" "$ID"
	assert_quiet
	assert_eq "$(state_of "$ID")" created
	run_urun start "$ID"
	assert_failure 1
	assert_one_line_error '.process'
	urun delete "$ID"
}

@test "C49 without args create works or names them" {
	edit_config "$BUNDLE" 'del(.process.args)'
	run_urun create -b "$BUNDLE" "$ID"
	if [ "$status" = 0 ]; then
		run_urun start "$ID"
	fi
	assert_failure 1
	assert_match "$stderr" 'process'
	assert_one_line_error
	urun delete --force "$ID"
}

@test "C52 editing the bundle's config after create has no effect" {
	set_script "$BUNDLE" 'echo first > /who'
	urun create -b "$BUNDLE" "$ID"
	set_script "$BUNDLE" 'echo second > /who'
	edit_config "$BUNDLE" '.annotations.late = "1"'
	urun start "$ID"
	wait_status "$ID" stopped
	assert_eq "$(cat "$BUNDLE/rootfs/who")" first
	assert_eq "$(urun state "$ID" | jq -r .annotations.late)" null
}

@test "C52 the config may be gone after create" {
	urun create -b "$BUNDLE" "$ID"
	rm "$BUNDLE/config.json"
	urun start "$ID"
	urun delete --force "$ID"
}

# ---- what goes in: fds, signals, session, limits

@test "C07 foreign fds do not get in, stdio does" {
	set_script "$BUNDLE" 'ls /proc/self/fd > /fds'
	{ "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" 7<"$T" 8>"$T/eight" 9<&0 < <(:); }
	urun start "$ID"
	wait_status "$ID" stopped
	# ls itself has the directory open.
	assert_eq "$(tr '\n' ' ' <"$BUNDLE/rootfs/fds")" '0 1 2 3 '
}

@test "C07 a created container waits without the caller's fds" {
	: | "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" 7<"$T" 8>"$T/eight"
	pid=$(pid_of "$ID")
	run ls -l "/proc/$pid/fd"
	assert_lacks "$output" "$T/eight"
	assert_lacks "$output" "$T/bundle"
}

@test "C07 --preserve-fds passes exactly these" {
	set_script "$BUNDLE" 'cat <&3; cat <&4; for f in 5 6; do [ -e /proc/self/fd/$f ] && echo has $f; done; :'
	echo three >"$T/3"
	echo four >"$T/4"
	run --separate-stderr urun run -b "$BUNDLE" --preserve-fds 2 "$ID" 3<"$T/3" 4<"$T/4" 5<"$T/3" 6<"$T/4"
	assert_success
	assert_output $'three\nfour'
}

@test "C07 N20 --pass-fd passes single fds by their numbers, through create and run" {
	set_script "$BUNDLE" 'exec >/out; cat <&7; cat <&11; ls /proc/self/fd | sort -n | xargs'
	echo seven >"$T/7"
	echo eleven >"$T/11"
	: | "$URUN" --root "$ROOT" create -b "$BUNDLE" --pass-fd 11 --pass-fd 7 "$ID" \
		3<"$T/7" 7<"$T/7" 8>"$T/eight" 11<"$T/11"
	urun start "$ID"
	wait_status "$ID" stopped
	assert_eq "$(cat "$BUNDLE/rootfs/out")" $'seven\neleven\n0 1 2 3 7 11'
	run --separate-stderr urun run -b "$BUNDLE" --preserve-fds 1 --pass-fd 11 --pass-fd=7 "$ID.2" \
		3<"$T/7" 4</ 7<"$T/7" 11<"$T/11"
	assert_success
	assert_eq "$(cat "$BUNDLE/rootfs/out")" $'seven\neleven\n0 1 2 3 4 7 11'
	run_urun run --dry-run -b "$BUNDLE" --pass-fd 8 --pass-fd 5 --pass-fd 8 "$ID.3" 5</ 8</
	assert_has "$output" $'\npass-fds 5 8\n'
}

@test "C07 --preserve-fds with a closed fd is an error or nothing, never another file" {
	set_script "$BUNDLE" 'ls -l /proc/self/fd/3 2>/dev/null; :'
	run --separate-stderr urun run -b "$BUNDLE" --preserve-fds 1 "$ID" 3<&-
	assert_lacks "$output" "$T"
	assert_lacks "$output" anon_inode
	assert_lacks "$output" socket
}

@test "C08 LISTEN_FDS adds to the fds and comes with LISTEN_PID=1" {
	set_script "$BUNDLE" 'echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; cat <&3; cat <&4'
	echo three >"$T/3"
	echo four >"$T/4"
	LISTEN_FDS=1 LISTEN_FDNAMES=web run --separate-stderr urun run -b "$BUNDLE" \
		--preserve-fds 1 "$ID" 3<"$T/3" 4<"$T/4"
	assert_success
	assert_output $'1 1 web\nthree\nfour'
}

@test "C08 a LISTEN_PID of another process switches it off" {
	set_script "$BUNDLE" 'echo "[$LISTEN_FDS]"; [ -e /proc/self/fd/3 ] && echo has 3; :'
	LISTEN_FDS=1 LISTEN_PID=1 run --separate-stderr urun run -b "$BUNDLE" "$ID" 3<"$T"
	assert_success
	assert_output '[]'
}

@test "C08 LISTEN_FDS that is no number is refused" {
	LISTEN_FDS=x run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error LISTEN_FDS
}

@test "C01 the container's process has a session of its own" {
	urun create -b "$BUNDLE" "$ID"
	pid=$(pid_of "$ID")
	assert_eq "$(awk '{ print $6 }' "/proc/$pid/stat")" "$pid"
	assert_eq "$(awk '{ print $5 }' "/proc/$pid/stat")" "$pid"
}

@test "C01 SIGPIPE ignored and signals blocked by the caller are default inside" {
	need_command python3
	python3 - "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" <<-'END' >"$T/out"
		import signal, subprocess, sys
		signal.signal(signal.SIGPIPE, signal.SIG_IGN)
		signal.signal(signal.SIGHUP, signal.SIG_IGN)
		signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM, signal.SIGCHLD})
		sys.exit(subprocess.run(sys.argv[1:], restore_signals=False, stdin=subprocess.PIPE).returncode)
	END
	urun start "$ID"
	pid=$(pid_of "$ID")
	assert_eq "$(status_field "$pid" SigBlk)" 0000000000000000
	assert_eq "$(status_field "$pid" SigIgn)" 0000000000000000
}

@test "C01 CPU affinity of the caller survives" {
	need_command taskset
	: | taskset -c 0 "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID"
	assert_eq "$(status_field "$(pid_of "$ID")" Cpus_allowed_list)" 0
	urun start "$ID"
	assert_eq "$(status_field "$(pid_of "$ID")" Cpus_allowed_list)" 0
}

@test "C01 a caller with few fds gets a container or one clean line" {
	need_command prlimit
	for n in 3 4 5 6 8 10 12 16 20 24; do
		: | prlimit --nofile="$n:$n" "$URUN" --root "$ROOT" create -b "$BUNDLE" "$ID" \
			>"$T/out" 2>"$T/err" && status=0 || status=$?
		stderr=$(cat "$T/err")
		if [ "$status" = 0 ]; then
			[ -z "$stderr" ] || fail "nofile $n"
			urun delete "$ID"
		elif [[ $stderr == urun:* ]]; then
			# Else the loader said that it cannot even open libc.
			assert_one_line_error || fail "nofile $n"
			assert_no_engine_words
		fi
		[ ! -e "$ROOT/$ID" ] || fail "state left with nofile $n: $stderr"
	done
	assert_eq "$status" 0
}

@test "S03 each of stdin, stdout and stderr may be closed" {
	set_args "$BUNDLE" true
	urun_stdin run -b "$BUNDLE" "$ID" <&-
	: | urun_stdin run -b "$BUNDLE" "$ID" >&-
	: | urun_stdin run -b "$BUNDLE" "$ID" 2>&-
	urun_stdin run -b "$BUNDLE" "$ID" <&- >&- 2>&-
	urun_stdin create -b "$BUNDLE" "$ID" <&- >&- 2>&-
	urun_stdin start "$ID" <&- >&- 2>&-
	urun_stdin delete --force "$ID" <&- >&- 2>&-
	[ ! -e "$ROOT/$ID" ]
}

@test "S03 a fd closed by the caller does not become a file of the runtime's" {
	set_script "$BUNDLE" 'for f in 0 1 2; do readlink /proc/self/fd/$f; done > /links'
	urun_stdin run -b "$BUNDLE" "$ID" <&- >&- 2>&-
	assert_lacks "$(cat "$BUNDLE/rootfs/links")" "$T"
	assert_lacks "$(cat "$BUNDLE/rootfs/links")" memfd
}

@test "C19 create without an id, with a bad id, with two ids" {
	run_urun create -b "$BUNDLE"
	assert_failure 1
	for id in '' . .. .a a/b 'a b' ../x "$(printf 'a%.0s' {1..256})"; do
		run_urun create -b "$BUNDLE" "$id"
		assert_failure 1
		assert_one_line_error
	done
	run_urun create -b "$BUNDLE" a b
	assert_failure 1
}

@test "C01 ids with dots, dashes and 255 characters (Slurm)" {
	long=$(printf 'n%.0s' {1..255})
	for id in node-1.alice.123.4294967294.0 a+b_c "$long"; do
		run_urun create -b "$BUNDLE" "$id"
		assert_quiet
		assert_eq "$(state_of "$id")" created
		urun delete --force "$id"
	done
}
