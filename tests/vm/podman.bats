# SPDX-License-Identifier: Apache-2.0
# urun-test-position: session
#
# podman with urun as its runtime, from a login session.
load vm

setup() { vm_setup; }

teardown() {
	local status=0
	[ -z "${ID-}" ] || podman rm --force --time 0 "$ID" >/dev/null 2>&1 || :
	vm_teardown || status=1
	return $status
}

urun_podman() {
	podman --runtime urun "$@"
}

# podman's scope of the container, as a folder
scope_of() {
	local dir
	dir=$(cgroup_of "$(podman inspect --format '{{.State.Pid}}' "$1")")
	echo "${dir%%.scope*}.scope"
}

@test "machine: crun and runc are there, podman runs a container by crun" {
	need_command crun runc buildah conmon
	with_image
	run podman --runtime crun run --rm --network none bb sh -c 'echo out; id -u'
	assert_success
	assert_output "$(printf 'out\n0')"
}

@test "V01 V07 V12 D06 U01 podman's limits, pause, stats, exec, update, kill and rm go through urun" {
	local dir
	with_image
	run urun_podman run -d --name "$ID" --network none --memory 64m --pids-limit 5 --cpus 0.5 bb \
		sleep 1000
	assert_success
	dir=$(scope_of "$ID")
	assert_match "$dir" "^$USER_CGROUP/.*/libpod-[0-9a-f]*\.scope$"
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max") $(<"$dir/cpu.max")" '67108864 5 50000 100000'
	assert_eq "$(unit_property "${dir##*/}" MemoryMax) $(unit_property "${dir##*/}" TasksMax)" \
		'67108864 5'
	run podman exec "$ID" sh -c 'cd /sys/fs/cgroup && cat memory.max pids.max cpu.max
		for i in 1 2 3 4 5 6; do sleep 100 & done; echo all'
	assert_failure 2
	assert_has "$output" $'67108864\n5\n50000 100000'
	assert_has "$output" "can't fork"
	assert_lacks "$output" all

	podman pause "$ID" >/dev/null
	assert_eq "$(podman inspect --format '{{.State.Status}}' "$ID")" paused
	assert_eq "$(key "$dir/cgroup.events" frozen)$(key "$dir/container/cgroup.events" frozen)" 11
	podman unpause "$ID" >/dev/null
	assert_eq "$(key "$dir/cgroup.events" frozen)" 0
	run podman stats --no-stream --no-reset --format '{{.MemUsage}} {{.PIDS}}' "$ID"
	assert_success
	assert_match "$output" '/ 67\.11MB [1-5]$'

	run urun_podman update --memory 96m --pids-limit 6 --cpus 0.25 "$ID"
	assert_success
	assert_eq "$(<"$dir/memory.max") $(<"$dir/pids.max") $(<"$dir/cpu.max")" '100663296 6 25000 100000'
	assert_eq "$(unit_property "${dir##*/}" MemoryMax)" 100663296

	podman kill --signal KILL "$ID" >/dev/null
	assert_eq "$(podman wait "$ID")" 137
	podman rm "$ID" >/dev/null
	wait_until 30 test ! -d "$dir"
}

# A root file system with this machine's own systemd and one service.
systemd_root() {
	local dir=$1 name
	mkdir -p "$dir"/{dev,proc,sys,run,tmp,usr,var/log/journal,root,etc/systemd/system}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$dir/$name"
	done
	cp "$URUN_TEST_ROOTFS"/etc/{passwd,group} "$dir/etc/"
	: >"$dir/etc/machine-id"
	printf '[Unit]\nWants=there.service\nAfter=there.service\n' \
		>"$dir/etc/systemd/system/default.target"
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep infinity\nMemoryMax=8M\n' \
		>"$dir/etc/systemd/system/there.service"
}

inner() {
	podman exec "$ID" systemctl "$@" 2>&1
}

inner_runs() {
	[ "$(inner is-system-running)" = running ]
}

@test "M20 D08 A09 systemd as pid 1 of podman's container runs in the cgroup that is its own" {
	local dir
	systemd_root "$T/root"
	run urun_podman run -d --name "$ID" --network none --systemd=always -v /usr:/usr:ro \
		--rootfs "$T/root" /usr/lib/systemd/systemd
	assert_success
	wait_until 120 inner_runs
	assert_eq "$(inner is-active there.service)" active
	dir=$(scope_of "$ID")
	# What it made is below the container's own: with its limit, and not the scope's.
	assert_eq "$(<"$dir/container/system.slice/there.service/memory.max")" 8388608
	[ -n "$(<"$dir/container/init.scope/cgroup.procs")" ]
	assert_eq "$(podman exec "$ID" cat /proc/1/cgroup)" 0::/init.scope
	assert_eq "$(stat -c %u "$dir" "$dir/container/cgroup.procs" "$dir/container/memory.max" |
		sort -u)" 1000
	podman stop --time 30 "$ID" >/dev/null
	podman rm "$ID" >/dev/null
	wait_until 30 test ! -d "$dir"
}

# Other tests of the user's run beside this one, and have helpers of their own.
podmans_helpers() {
	local pid
	for pid in $(pgrep -x urun-slirp -u user); do
		! grep -q /libpod-conmon- "/proc/$pid/cgroup" 2>/dev/null || echo "$pid"
	done
}

@test "N01 V01 podman's container has the built-in network by annotation, and others join it" {
	local helper
	with_image
	run urun_podman run -d --name "$ID" --network none --annotation run.urun.net=slirp \
		--annotation run.urun.net.dns=write --annotation run.urun.net.publish=8300:80 bb \
		sh -c "mkdir /www && echo 'the page of $ID' >/www/index.html && exec httpd -f -p 80 -h /www"
	assert_success
	helper=$(podmans_helpers)
	wait_until 60 busybox wget -q -O "$T/page" http://127.0.0.1:8300/
	assert_eq "$(<"$T/page")" "the page of $ID"
	run podman exec "$ID" nslookup example.org
	assert_success
	assert_has "$output" 'Address: 192.0.2.7'

	run urun_podman run --rm --network "container:$ID" bb \
		sh -c 'ip -o addr show dev tap0; wget -q -O - http://127.0.0.1/'
	assert_success
	assert_has "$output" 'inet 10.0.2.100/24'
	assert_has "$output" "the page of $ID"
	# conmon's cgroup, not the container's; one, and the one that was there.
	assert_match "$(</proc/"$helper"/cgroup)" '/libpod-conmon-[0-9a-f]*\.scope$'
	assert_eq "$(podmans_helpers)" "$helper"
	podman rm --force --time 0 "$ID" >/dev/null
	wait_until 30 test ! -d "/proc/$helper"
}
