#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# Codes of errors: one JSON object on failure, with a code that keeps its meaning, and
# `explain` (features.md ER01-ER05, C50).

load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle true
}

teardown() {
	common_teardown
}

# fails_with CODE ARGS...: the log has one object with that code, the message of stderr,
# an errno, and the three keys that engines read.
fails_with() {
	local code=$1
	shift
	rm -f "$T/log"
	run_urun --log "$T/log" --log-format json "$@"
	[ "$status" != 0 ] || fail "expected a failure: $*"
	assert_eq "$(jq -s length "$T/log")" 1
	assert_eq "$(jq -r '"\(.level) \(.code)"' "$T/log")" "error URUN-E$code"
	assert_match "$(jq -r .errno "$T/log")" '^E[A-Z0-9]+$'
	assert_match "$(jq -r .time "$T/log")" '^[0-9]{4}-'
	assert_one_line_error
	assert_has "$stderr" "$(jq -r .msg "$T/log")"
	run -0 "$URUN" explain "URUN-E$code"
}

# As above of run with this change to the config.
run_fails_with() {
	local code=$1
	shift
	edit_config "$BUNDLE" "$@"
	fails_with "$code" run -b "$BUNDLE" "$ID"
}

@test "ER05 explain says what a code means, in any spelling, and lists them" {
	for form in URUN-E301 E301 301 urun-e301; do
		run_urun explain "$form"
		assert_quiet
		assert_match "$output" '^URUN-E301: '
		assert_has "$output" 'What to do:'
		assert_has "$output" '--add-subuids'
	done
	run_urun explain
	assert_quiet
	assert_match "$output" $'(^|\n)URUN-E201  [a-z]'
	for code in E999 nonsense '' E; do
		run_urun explain "$code"
		assert_failure 1
		assert_one_line_error "'$code'"
	done
}

@test "ER05 E002 the command line" {
	fails_with 002 nosuchcommand
	fails_with 002 create --bogus "$ID"
	fails_with 002 exec -u a:b:c "$ID" true
	fails_with 002 explain nonsense
	fails_with 002 create --console-socket "$T/s" -b "$BUNDLE" "$ID"
}

@test "ER05 C50 E101-E104 the config" {
	fails_with 101 create -b "$T/none" "$ID"
	fails_with 101 create -b "$BUNDLE" -f "$T/none" "$ID"
	echo '{' >"$T/broken"
	fails_with 102 create -b "$BUNDLE" -f "$T/broken" "$ID"
	jq '.process.user.uid = "0"' "$BUNDLE/config.json" >"$T/type"
	fails_with 102 create -b "$BUNDLE" -f "$T/type" "$ID"
	assert_has "$(jq -r .msg "$T/log")" '.process.user.uid'
	jq '.process.cwd = "tmp"' "$BUNDLE/config.json" >"$T/value"
	fails_with 103 create -b "$BUNDLE" -f "$T/value" "$ID"
	assert_has "$(jq -r .msg "$T/log")" '.process.cwd'
	jq '.annotations["run.oci.handler"] = "krun"' "$BUNDLE/config.json" >"$T/later"
	fails_with 104 create -b "$BUNDLE" -f "$T/later" "$ID"
}

@test "ER05 E105 E106 a plan that cannot be carried out" {
	jq '.linux.sysctl["vm.swappiness"] = "1"' "$BUNDLE/config.json" >"$T/plan"
	fails_with 105 create -b "$BUNDLE" -f "$T/plan" "$ID"
	map_subids "$BUNDLE"
	run_fails_with 106 '.process.user.uid = 4000000'
}

@test "ER05 E201-E205 containers" {
	fails_with 201 state "$ID"
	fails_with 201 kill "$ID"
	fails_with 203 state a/b
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	fails_with 202 create -b "$BUNDLE" "$ID"
	urun kill "$ID" KILL
	wait_status "$ID" stopped
	fails_with 204 kill "$ID"
	fails_with 204 start "$ID"
	fails_with 204 exec "$ID" true
	urun delete "$ID"
	set_args "$BUNDLE" sleep 1000
	urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	fails_with 205 delete "$ID"
	fails_with 205 start "$ID"
}

@test "ER05 E207 a state directory that others can write to" {
	mkdir -p -m 0777 "$T/open"
	chmod 777 "$T/open"
	rm -f "$T/log"
	run --separate-stderr "$URUN" --root "$T/open" --log "$T/log" --log-format json list
	assert_failure 1
	assert_eq "$(jq -r .code "$T/log")" URUN-E207
	assert_has "$(jq -r .hint "$T/log")" --root
}

@test "ER05 ER04 E4nn what fails in init reaches the log with its kind" {
	cp "$BUNDLE/config.json" "$T/good"
	run_fails_with 401 '.root.path = "nosuchfolder"'
	cp "$T/good" "$BUNDLE/config.json"
	run_fails_with 402 '.mounts += [{destination: "/x", type: "bind", source: "/nosuchsource"}]'
	cp "$T/good" "$BUNDLE/config.json"
	run_fails_with 403 '.mounts += [{destination: "/x", type: "nosuchfs", source: "x"}]'
	cp "$T/good" "$BUNDLE/config.json"
	run_fails_with 405 '.linux.namespaces |= map(if .type == "ipc" then .path = "/proc/1/comm" else . end)'
	cp "$T/good" "$BUNDLE/config.json"
	for kind in createRuntime createContainer startContainer; do
		run_fails_with 406 ".hooks.$kind = [{path: \"/bin/false\"}]"
		cp "$T/good" "$BUNDLE/config.json"
	done
	fails_with 409 run --pid-file "$T/none/pid" -b "$BUNDLE" "$ID"
	fails_with 409 create --pidfd-socket "$T/none" -b "$BUNDLE" "$ID"
}

@test "ER05 E5nn the program" {
	set_args "$BUNDLE" nosuchprogram
	fails_with 501 run -b "$BUNDLE" "$ID"
	set_args "$BUNDLE" /etc
	fails_with 502 create -b "$BUNDLE" "$ID"
	set_args "$BUNDLE" true
	run_fails_with 504 '.process.cwd = "/etc/passwd"'
	edit_config "$BUNDLE" '.process.cwd = "/"'
	set_args "$BUNDLE" sleep 1000
	urun run -d -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	fails_with 505 exec -u nosuchuser "$ID" true
	fails_with 501 exec "$ID" nosuchprogram
}

@test "ER03 ER05 E503 an error after create is told by start, with its kind" {
	printf '\177ELFnonsense' >"$BUNDLE/rootfs/bin/broken"
	chmod 755 "$BUNDLE/rootfs/bin/broken"
	set_args "$BUNDLE" broken
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
	fails_with 503 start "$ID"
}

@test "ER03 an error after create is on the container's stderr, and stays in last-error" {
	printf '\177ELFnonsense' >"$BUNDLE/rootfs/bin/broken"
	chmod 755 "$BUNDLE/rootfs/bin/broken"
	set_args "$BUNDLE" broken
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" 3>&-
	[ ! -e "$ROOT/$ID/last-error" ]
	fails_with 503 start "$ID"
	assert_eq "$(cat "$T/err")" "$stderr"
	assert_eq "$(cat "$T/out")" ''
	wait_status "$ID" stopped
	assert_eq "$(jq -c 'del(.time)' "$ROOT/$ID/last-error")" "$(jq -c 'del(.time)' "$T/log")"
	assert_eq "$(stat -c %a "$ROOT/$ID/last-error")" 600
	urun delete "$ID"
	[ ! -e "$ROOT/$ID" ]
}

@test "ER03 a hook in the container that fails after create: the same" {
	edit_config "$BUNDLE" '.hooks.startContainer = [{path: "/bin/false"}]'
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/err" 3>&-
	fails_with 406 start "$ID"
	assert_eq "$(cat "$T/err")" "$stderr"
	assert_eq "$(jq -r .code "$ROOT/$ID/last-error")" URUN-E406
}

@test "ER03 a stderr that nobody reads, or that is closed, holds nothing up" {
	printf '\177ELFnonsense' >"$BUNDLE/rootfs/bin/broken"
	chmod 755 "$BUNDLE/rootfs/bin/broken"
	set_args "$BUNDLE" broken
	mkfifo "$T/pipe"
	sleep 60 3<>"$T/pipe" &
	STARTED_PIDS+=($!)
	# Full: a write to it would wait for ever.
	timeout 1 cat /dev/zero >"$T/pipe" || :
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>"$T/pipe" 3>&-
	SECONDS=0
	fails_with 503 start "$ID"
	[ "$SECONDS" -le 5 ]
	urun delete "$ID"
	urun create -b "$BUNDLE" "$ID" 2> >(:) >"$T/out" 3>&-
	fails_with 503 start "$ID"
}

@test "ER05 P02 E3nn the host: also on stderr, with what to type" {
	need_command setpriv
	uid=$(id -u)
	map_subids "$BUNDLE"
	rm -f "$T/log"
	run --separate-stderr setpriv --no-new-privs "$URUN" --root "$ROOT" --log "$T/log" \
		--log-format json run -b "$BUNDLE" "$ID"
	[ "$status" != 0 ] || skip "newuidmap is not needed here"
	assert_eq "$(jq -s length "$T/log")" 1
	assert_eq "$(jq -r .code "$T/log")" URUN-E308
	assert_has "$(jq -r .hint "$T/log")" NoNewPrivileges
	assert_one_line_error '[URUN-E308]'
	edit_config "$BUNDLE" ".linux.uidMappings = [{containerID: 0, hostID: $((uid + 1)), size: 1}]"
	fails_with 303 run -b "$BUNDLE" "$ID"
	assert_has "$stderr" '[URUN-E303]'
}

@test "ER01 success says nothing on stderr and writes nothing into the log" {
	run_urun --log "$T/log" --log-format json run -b "$BUNDLE" "$ID"
	assert_quiet
	[ ! -s "$T/log" ]
}

@test "ER01 what a config says stays one line, and tells the terminal and the log nothing" {
	edit_config "$BUNDLE" \
		'.annotations."run.oci.seccomp.receiver" = "a\nurun: b\u001b[31mc\u009b1m\u007f\td"'
	run_urun create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_one_line_error '\x0aurun: b\x1b[31mc\xc2\x9b1m\x7f\x09d'
	run_urun --log "$T/log" create -b "$BUNDLE" "$ID"
	assert_failure 1
	assert_eq "$(wc -l <"$T/log")" 1
	run_urun --log "$T/json" --log-format json create -b "$BUNDLE" "$ID"
	assert_eq "$(jq -rs '.[0].msg' "$T/json")" "$(cat "$T/log")"
}
