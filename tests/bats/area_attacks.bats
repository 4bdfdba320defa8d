# SPDX-License-Identifier: Apache-2.0
# What hostile images, configs and containers have done to other runtimes. The
# names in capitals after the rows are those of the CVE or of the check.
load ../lib/common
load ../lib/rootfs

setup() {
	setup_bundle
	R=$BUNDLE/rootfs
	# What must stay as it is.
	HOST=$T/host
	mkdir "$HOST"
	echo host >"$HOST/file"
}
teardown() { common_teardown; }

# Neither made nor changed: the host's folder is as at set-up.
host_is_whole() {
	assert_eq "$(cd "$HOST" && ls -A && cat file)" $'file\nhost'
}

# Without a /dev mount the image's own /dev is used.
image_dev() {
	edit_config "$BUNDLE" '.mounts |= map(select(.destination | startswith("/dev") | not))
		| .root.readonly = false'
}

all_caps() {
	edit_config "$BUNDLE" '.process.capabilities |= map_values(. + ["CAP_SYS_ADMIN",
		"CAP_SYS_PTRACE", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_SETUID",
		"CAP_SETGID", "CAP_FOWNER", "CAP_CHOWN"])'
}

tty_run() {
	run --separate-stderr "$URUN_TEST_DIR/tests/lib/tty" run "$URUN" --root "$ROOT" run \
		-b "$BUNDLE" "$ID"
}

start_background() {
	background urun run --detach -b "$BUNDLE" "$ID"
	wait_status "$ID" running
}

# ---- /dev

@test "M3 DEV_SYMLINK CVE-2026-41579: /dev is a symlink to a folder of the host" {
	rmdir "$R/dev"
	ln -s "$HOST" "$R/dev"
	image_dev
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error
	host_is_whole
}

@test "M3 DEV_SYMLINK_REL: /dev is a relative symlink out of the root" {
	rmdir "$R/dev"
	ln -s ../../host "$R/dev"
	image_dev
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error
	host_is_whole
}

@test "M3 /dev is a symlink and a tmpfs is mounted there: it stays inside" {
	rmdir "$R/dev"
	ln -s ../../host "$R/dev"
	edit_config "$BUNDLE" '.root.readonly = false'
	run_urun run -b "$BUNDLE" "$ID"
	host_is_whole
}

@test "T1 DEV_CONSOLE_SYMLINK CVE-2026-88264: /dev/console leads to a file of the host" {
	ln -s "$HOST/new" "$R/dev/console"
	image_dev
	add_mount /dev/pts devpts devpts newinstance ptmxmode=0666 mode=0620
	edit_config "$BUNDLE" '.process.terminal = true'
	tty_run
	assert_failure
	host_is_whole
	rm "$R/dev/console"
	ln -s "$HOST/file" "$R/dev/console"
	ID=$ID-2 tty_run
	host_is_whole
}

@test "M4 DEV_NULL_STDIO_BIND CVE-2026-88265: a fake /dev/null does not get stdout" {
	echo secret >"$R/etc/target"
	rm -f "$R/dev/null"
	: >"$R/dev/null"
	image_dev
	add_mount /dev/null bind "$R/etc/target" bind
	set_args "$BUNDLE" echo overwritten
	[ "$(id -u)" != 0 ] || skip "not with root: the owner of the host's node is at stake"
	urun_stdin run -b "$BUNDLE" "$ID" </dev/null >/dev/null 2>&1 || :
	assert_eq "$(cat "$R/etc/target")" secret
}

@test "M4 DEV_NULL_STDIO: stdout on a pipe is not taken for a regular /dev/null" {
	echo secret >"$R/dev/null"
	image_dev
	add_mount /dev bind "$R/dev" bind
	set_args "$BUNDLE" echo through
	run_urun run -b "$BUNDLE" "$ID"
	assert_output through
	assert_eq "$(cat "$R/dev/null")" secret
}

@test "M4 MASKED_NULL_SYMLINK CVE-2025-31133: /dev/null of the image leads elsewhere" {
	ln -s /proc/sys/kernel/core_pattern "$R/dev/null"
	mkdir "$T/dev"
	ln -s /etc/other "$T/dev/null"
	echo other >"$R/etc/other"
	echo secret >"$R/etc/secret"
	edit_config "$BUNDLE" '.linux.maskedPaths += ["/etc/secret"]
		| .mounts |= map(select(.destination | startswith("/dev") | not))'
	add_mount /dev bind "$T/dev" bind
	set_script "$BUNDLE" 'cat /etc/secret; stat -c %t:%T /etc/secret'
	run_urun run -b "$BUNDLE" "$ID"
	assert_success
	assert_output 1:3
}

@test "M4 MASKED_NULL_REGULAR: /dev/null of the image is a file" {
	mkdir "$T/dev"
	echo content >"$T/dev/null"
	echo secret >"$R/etc/secret"
	edit_config "$BUNDLE" '.linux.maskedPaths += ["/etc/secret"]
		| .mounts |= map(select(.destination | startswith("/dev") | not))'
	add_mount /dev bind "$T/dev" bind
	set_script "$BUNDLE" 'cat /etc/secret; stat -c %t:%T /etc/secret'
	run_urun run -b "$BUNDLE" "$ID"
	assert_output 1:3
}

# ---- masks and targets

@test "M4 MASK_DEST_SYMLINK: a masked path that is a symlink masks what it leads to" {
	mkdir "$R/etc/a"
	echo secret >"$R/etc/a/secret"
	ln -s ../a/secret "$R/tmp/one"
	ln -s /etc/a/secret "$R/tmp/two"
	rm "$R/tmp/one" && ln -s ../etc/a/secret "$R/tmp/one"
	for link in /tmp/one /tmp/two; do
		edit_config "$BUNDLE" '.linux.maskedPaths = [$p]' --arg p "$link"
		ID=$ID-x runs 'cat /etc/a/secret /tmp/one /tmp/two'
		assert_output ''
	done
}

@test "M4 MASK_DEST_SYMLINK: one that leads to the host masks nothing there" {
	ln -s "$HOST/file" "$R/tmp/link"
	edit_config "$BUNDLE" '.linux.maskedPaths = ["/tmp/link"]'
	runs true
	host_is_whole
}

@test "L04 P3 MOUNT_DEST_SYMLINK: absolute and relative symlinks stay inside" {
	ln -s "$HOST" "$R/abs"
	ln -s ../../host "$R/rel"
	edit_config "$BUNDLE" '.root.readonly = false'
	add_mount /abs/dir tmpfs tmpfs
	run_urun run -b "$BUNDLE" "$ID"
	host_is_whole
	drop_mount /abs/dir
	add_mount /rel/file bind "$T/host/file" bind
	run_urun run -b "$BUNDLE" "$ID-2"
	host_is_whole
}

@test "L04 P3 a dangling symlink as target is not created through" {
	ln -s "$HOST/new" "$R/link"
	edit_config "$BUNDLE" '.root.readonly = false'
	add_mount /link bind "$HOST/file" bind
	refuses "'/link'"
	host_is_whole
	[ ! -e "$R$HOST/new" ]
}

@test "P3 ROOT a root that is a symlink in the bundle is the caller's own" {
	mv "$R" "$T/elsewhere"
	ln -s ../elsewhere "$R"
	set_args "$BUNDLE" cat /etc/passwd
	run_urun run -b "$BUNDLE" "$ID"
	assert_quiet
}

# Exchanges a folder and a symlink to the host for as long as it lives.
exchange() {
	local dir=$1
	while mv -T "$dir/x" "$dir/y" && mv -T "$dir/link" "$dir/x" &&
		mv -T "$dir/x" "$dir/link" && mv -T "$dir/y" "$dir/x"; do
		:
	done 2>/dev/null
}

@test "L04 P3 MOUNT_RACE CVE-2024-45310: a folder and a symlink exchanged, 50 runs" {
	local i
	mkdir "$R/vol" "$R/vol/x"
	ln -s "$HOST" "$R/vol/link"
	edit_config "$BUNDLE" '.root.readonly = false'
	add_mount /vol/x/a/b tmpfs tmpfs
	add_mount /vol/x/c bind "$URUN_TEST_ROOTFS/etc/passwd" bind
	edit_config "$BUNDLE" '.linux.maskedPaths = ["/vol/x/file"]
		| .linux.devices = [{path: "/vol/x/d", type: "p"}]
		| .process.cwd = "/vol/x/cwd"'
	set_args "$BUNDLE" true
	background exchange "$R/vol"
	for i in {1..50}; do
		rm -rf "$R/vol/x/a" "$R/vol/x/c" "$R/vol/x/d" 2>/dev/null || :
		urun run -b "$BUNDLE" "$ID-$i" >/dev/null 2>"$T/err" || :
		[ "$(ls -A "$HOST")" = file ] || break
	done
	host_is_whole
}

# ---- the working directory and file descriptors

@test "O5 CWD_PROCFD_RUN CVE-2024-21626: cwd /proc/self/fd/N" {
	local n
	for n in 3 4 5 6 7 8 9 10 11 12; do
		edit_config "$BUNDLE" '.process.cwd = $p' --arg p "/proc/self/fd/$n"
		set_script "$BUNDLE" 'cat ../../../../etc/hostname; pwd'
		run_urun run -b "$BUNDLE" "$ID-$n" 9<"$HOST"
		assert_failure
	done
}

@test "O5 CWD_SYMLINK_RUN: cwd is a symlink to /proc/self/fd/N" {
	local n
	for n in 3 5 7 9; do
		ln -sfT "/proc/self/fd/$n" "$R/tmp/cwd"
		edit_config "$BUNDLE" '.process.cwd = "/tmp/cwd"'
		set_args "$BUNDLE" pwd
		run_urun run -b "$BUNDLE" "$ID-$n" 9<"$HOST"
		assert_failure
	done
}

@test "O5 CWD_PROCFD_EXEC: exec --cwd, plain and by a symlink" {
	local n
	set_args "$BUNDLE" sleep 30
	for n in 3 5 7 9; do
		ln -sfT "/proc/self/fd/$n" "$R/tmp/cwd$n"
	done
	start_background
	for n in 3 5 7 9; do
		run_urun exec --cwd "/proc/self/fd/$n" "$ID" pwd 9<"$HOST"
		assert_failure
		run_urun exec --cwd "/tmp/cwd$n" "$ID" pwd 9<"$HOST"
		assert_failure
	done
}

@test "O5 a cwd that leads out by .. ends at the root" {
	edit_config "$BUNDLE" '.process.cwd = "/../../.."'
	runs pwd
	assert_output /
}

@test "P5 FD_LEAK_RUN: a process has stdio alone" {
	set_script "$BUNDLE" 'for f in /proc/self/fd/*; do readlink $f; done | grep -v "^pipe:\|/dev/null\|/.stderr$"
		ls /proc/self/fd | tr "\n" " "'
	run_urun run -b "$BUNDLE" "$ID" 7<"$HOST" 9<"$HOST/file"
	assert_success
	assert_lacks "$output" "$T"
	assert_match "$output" $'0 1 2 3 $'
}

@test "P5 FD_LEAK_RUN: also after create and start" {
	set_script "$BUNDLE" 'ls /proc/$$/fd | tr "\n" " " >/fds'
	edit_config "$BUNDLE" '.root.readonly = false'
	urun create -b "$BUNDLE" "$ID" 7<"$HOST"
	urun start "$ID"
	wait_status "$ID" stopped
	assert_match "$(cat "$R/fds")" '^0 1 2 (10 )?$'
}

@test "P5 FD_LEAK_EXEC: nor has an exec" {
	set_args "$BUNDLE" sleep 30
	start_background
	run_urun exec "$ID" ls /proc/self/fd 7<"$HOST" 9<"$HOST/file"
	assert_output $'0\n1\n2\n3'
}

@test "P5 OLD_ROOT: the host's tree cannot be reached" {
	all_caps
	runs "ls $T 2>/dev/null; ls /proc/1/root$T 2>/dev/null; cd /..; pwd; ls -d /../$HOST 2>/dev/null
		umount / 2>/dev/null; umount -l / 2>/dev/null; ls $HOST 2>/dev/null; echo end"
	assert_output $'/\nend'
}

@test "P5 OLD_ROOT: init's mountinfo names nothing of the host but the root and its binds" {
	runs 'awk "{ print \$5 }" /proc/1/mountinfo | grep -v "^/\$\|^/proc\|^/dev\|^/sys" || echo none'
	assert_output none
}

# ---- /proc

@test "M5 PROC_SYMLINK CVE-2019-19921: /proc of the image is a symlink" {
	rmdir "$R/proc"
	mkdir "$R/fake"
	ln -s fake "$R/proc"
	refuses "'/proc'"
	assert_eq "$(ls -A "$R/fake")" ''
}

@test "M5 PROC_SYMLINK CVE-2023-27561: to the host" {
	rmdir "$R/proc"
	ln -s "$HOST" "$R/proc"
	refuses "'/proc'"
	host_is_whole
}

@test "M5 PROC_BIND_VOLUME CVE-2019-16884: a volume on /proc" {
	mkdir -p "$T/volume/self/attr"
	drop_mount /proc
	add_mount /proc bind "$T/volume" bind
	refuses "'/proc'" procfs
}

@test "M5 PROC_BIND_VOLUME: a volume over part of /proc" {
	mkdir "$T/volume"
	add_mount /proc/sys bind "$T/volume" bind
	refuses "'/proc/sys'" procfs
	drop_mount /proc/sys
	add_mount /proc/self/attr tmpfs tmpfs
	refuses "procfs"
}

@test "M5 PROC_BIND_VOLUME: by a symlink that leads into /proc" {
	ln -s /proc "$R/p"
	mkdir "$T/volume"
	add_mount /p/sys bind "$T/volume" bind
	refuses "'/p/sys'" procfs
}

@test "M5 what lxcfs replaces in /proc can be replaced" {
	echo 'MemTotal: 7 kB' >"$T/meminfo"
	add_mount /proc/meminfo bind "$T/meminfo" bind ro
	runs 'cat /proc/meminfo'
	assert_output 'MemTotal: 7 kB'
}

@test "M5 a procfs bound to /proc is one" {
	drop_mount /proc
	drop_namespace pid
	add_mount /proc bind /proc rbind
	runs 'cat /proc/self/comm'
	assert_output cat
}

@test "P4 PROC_FIFO_PASSWD: a FIFO as /etc/passwd does not hang the look-up of HOME" {
	rm "$R/etc/passwd"
	mkfifo "$R/etc/passwd"
	edit_config "$BUNDLE" '.process.env |= map(select(startswith("HOME=") | not))'
	set_script "$BUNDLE" 'echo $HOME'
	run --separate-stderr timeout 10 "$URUN" --root "$ROOT" run -b "$BUNDLE" "$ID" < <(:)
	assert_quiet
	assert_output /
}

@test "P4 PASSWD: a symlink to the host, a huge one, a device" {
	edit_config "$BUNDLE" '.process.env |= map(select(startswith("HOME=") | not))'
	echo "root:x:0:0::/leaked:/bin/sh" >"$HOST/passwd"
	ln -sf "$HOST/passwd" "$R/etc/passwd"
	runs 'echo $HOME'
	assert_output /
	rm "$R/etc/passwd"
	truncate -s 1G "$R/etc/passwd"
	ID=$ID-2 runs 'echo $HOME'
	assert_output /
	rm "$HOST/passwd"
}

# ---- ids and capabilities

@test "O6 CVE-2016-3697 a numeric user is not looked up as a name" {
	need_subids
	echo '1000:x:0:0::/:/bin/sh' >"$R/etc/passwd"
	edit_config "$BUNDLE" '.process.user.uid = 1000'
	runs 'id -u'
	assert_output 1000
}

@test "O6 EXEC_USER_PARSE: -u takes ids, and names that the container knows, and nothing between" {
	local bad
	need_subids
	set_args "$BUNDLE" sleep 30
	start_background
	run_urun exec -u 1 "$ID" id -u
	assert_output 1
	run_urun exec -u 1:2 "$ID" sh -c 'id -u; id -g'
	assert_output $'1\n2'
	for bad in -1 '' 1: :1 1:2:3 4294967296 4294967295 1x ' 1' '1 ' +1 0x1 toor 1:-1 root:1x; do
		run_urun exec "--user=$bad" "$ID" id -u
		assert_failure
		assert_eq "$output" ''
	done
}

@test "O4 INHERITABLE_CAPS CVE-2022-29162: run and exec --cap leave the inheritable set empty" {
	set_script "$BUNDLE" 'grep -E "Cap(Inh|Amb)" /proc/self/status; sleep 30'
	edit_config "$BUNDLE" '.process.capabilities |= (del(.inheritable) | del(.ambient))'
	start_background
	run_urun exec --cap CAP_NET_ADMIN --cap CAP_KILL "$ID" grep -E 'Cap(Inh|Amb)' /proc/self/status
	assert_output $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
	urun delete -f "$ID"
	edit_config "$BUNDLE" '.process.args = ["grep", "-E", "Cap(Inh|Amb)", "/proc/self/status"]'
	run_urun run -b "$BUNDLE" "$ID-2"
	assert_output $'CapInh:\t0000000000000000\nCapAmb:\t0000000000000000'
}

@test "O4 CVE-2016-8867: no ambient capabilities for a user other than root" {
	need_subids
	edit_config "$BUNDLE" '.process.user.uid = 1000
		| .process.capabilities |= (del(.ambient) | del(.inheritable))'
	runs 'grep -E "Cap(Prm|Eff|Amb)" /proc/self/status | cut -f 2 | sort -u'
	assert_output 0000000000000000
}

@test "O2 GROUPS: the caller's supplementary groups are dropped" {
	need_subids
	[ "$(id -G | wc -w)" -gt 1 ] || skip "the user has no supplementary group"
	runs 'grep Groups: /proc/self/status'
	assert_match "$output" $'^Groups:[\t ]*$'
}

@test "O1 ENV_LEAK: the environment is the config's" {
	edit_config "$BUNDLE" '.process.env = ["PATH=/bin", "HOME=/x"]'
	set_args "$BUNDLE" /bin/busybox env
	SECRET=leaked run_urun run -b "$BUNDLE" "$ID"
	assert_output $'PATH=/bin\nHOME=/x'
}

@test "O1 ENV_LEAK: nor in /proc/1/environ, nor in an exec's" {
	set_args "$BUNDLE" sleep 30
	export SECRET_OF_HOST=leaked
	start_background
	run_urun exec "$ID" sh -c 'cat /proc/1/environ /proc/self/environ | tr "\0" "\n"'
	assert_lacks "$output" leaked
}

@test "O1 TIOCSTI: the process has a session of its own" {
	runs 'awk "{ print \$6 == \$1, \$7 }" /proc/1/stat'
	assert_output '1 0'
}

# ---- other processes of the runtime

@test "O6 EXEC_PROCESS_PEEK CVE-2016-9962: nothing of an exec in progress can be read" {
	local i
	all_caps
	# Looks for what the host has open: this folder, by its marker, but for
	# the stdio that an exec was given.
	set_script "$BUNDLE" 'echo 0 >/tmp/n
		while :; do
			for p in /proc/[0-9]*; do
				[ $p = /proc/1 ] && continue
				for f in $p/fd/* $p/cwd $p/root $p/exe; do
					l=$(readlink $f 2>/dev/null) || continue
					case $l in */.stdout | */.stderr) ;; *'"${T##*/}"'*) echo "$f $l" >>/tmp/found ;; esac
					[ -e $f/file ] && echo "$f file" >>/tmp/found
				done
				grep -q SECRET_OF_HOST $p/environ 2>/dev/null && echo "$p env" >>/tmp/found
			done
			echo x >>/tmp/n
		done 2>/dev/null'
	add_mount /tmp tmpfs tmpfs
	export SECRET_OF_HOST=leaked
	start_background
	for i in {1..12}; do
		(cd "$HOST" && urun exec "$ID" /bin/true 9<"$HOST")
	done
	run_urun exec "$ID" sh -c 'cat /tmp/found 2>/dev/null; wc -l </tmp/n'
	assert_match "$output" $'^[0-9]+$'
}

# own_binary: as a runtime in $HOME is: its owner is the container's root.
own_binary() {
	mkdir "$T/bin"
	cp "$URUN" "$T/bin/urun"
	chmod 0755 "$T/bin/urun"
	OWN_SUM=$(sha256sum <"$T/bin/urun")
	URUN=$T/bin/urun
}

@test "G16 O1 SELF_EXE CVE-2019-5736: a container cannot write the runtime through /proc/1/exe" {
	own_binary
	all_caps
	set_args "$BUNDLE" sleep 30
	urun create -b "$BUNDLE" "$ID"
	run_urun exec "$ID" sh -c '(echo x >>/proc/1/exe) 2>/dev/null && echo wrote
		(: >/proc/1/exe) 2>/dev/null && echo wrote; ls -l /proc/1/fd 2>/dev/null | wc -l'
	assert_lacks "$output" wrote
	assert_eq "$(sha256sum <"$T/bin/urun")" "$OWN_SUM"
	URUN=${URUN_TEST_DIR}/urun
}

@test "G16 O1 SELF_EXE: a script of the image that names /proc/self/exe reaches no file of the host" {
	own_binary
	all_caps
	printf '#!/proc/self/exe --version\n' >"$R/evil"
	chmod 0755 "$R/evil"
	set_args "$BUNDLE" /evil
	run_urun run -b "$BUNDLE" "$ID"
	assert_failure
	# The program that init is, held open before it is replaced.
	set_script "$BUNDLE" 'cp /bin/busybox /bin/victim 2>/dev/null
		exec 8</proc/1/exe; (echo x >/proc/self/fd/8) 2>/dev/null && echo wrote; :'
	run_urun run -b "$BUNDLE" "$ID-2"
	assert_lacks "$output" wrote
	assert_eq "$(sha256sum <"$T/bin/urun")" "$OWN_SUM"
	URUN=${URUN_TEST_DIR}/urun
}

@test "G16 O1 SELF_EXE: execs of the container's shell while init looks for the runtime" {
	local i
	own_binary
	all_caps
	set_script "$BUNDLE" 'while :; do for p in /proc/[0-9]*; do
			case $(readlink $p/exe) in */busybox | "") continue ;; esac
			(echo x >>$p/exe) && echo $p >>/tmp/wrote
		done; done 2>/dev/null'
	add_mount /tmp tmpfs tmpfs
	start_background
	for i in {1..8}; do
		urun exec "$ID" /bin/true
	done
	run_urun exec "$ID" cat /tmp/wrote
	assert_output ''
	assert_eq "$(sha256sum <"$T/bin/urun")" "$OWN_SUM"
	URUN=${URUN_TEST_DIR}/urun
}

# ---- state

@test "S1 DUMPABLE_STATE_PERMS CVE-2021-41103: the state is the caller's alone" {
	umask 0
	urun create -b "$BUNDLE" "$ID"
	assert_eq "$(stat -c %a "$ROOT" "$ROOT/$ID")" $'700\n700'
	assert_eq "$(find "$ROOT" -type f -perm /077)" ''
}

@test "S1 a state root that others may write is not trusted" {
	mkdir -p "$ROOT"
	chmod 0777 "$ROOT"
	run_urun run -b "$BUNDLE" "$ID"
	if [ "$status" = 0 ]; then
		assert_eq "$(stat -c %a "$ROOT")" 700
	fi
	chmod 0700 "$ROOT"
}

@test "I1 CVE-2021-43784 BYTEMSG_OVERFLOW: a namespace path of 66 KB" {
	edit_config "$BUNDLE" '.linux.namespaces |= map(if .type == "network"
		then .path = "/" + ("x" * 66000) else . end)'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error
}

@test "I1 options of a mount that are no list are refused, not ignored" {
	edit_config "$BUNDLE" '.mounts += [{destination: "/mnt", type: "bind", source: "/tmp",
		options: "ro"}]'
	run_urun run -b "$BUNDLE" "$ID"
	assert_one_line_error ".mounts[7].options"
}
