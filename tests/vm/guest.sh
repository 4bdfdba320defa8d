#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Inside the VM: runs the files of tests/vm, each where and as whom it wants,
# and writes what they say to the host, by one virtio port per stream:
#   service   the user, below user@1000.service
#   session   the user, in a login's session-N.scope
#   plain     the user without sub-ids, in a login's session-N.scope
#   root      root, in a system service
# A stream is lines of TAP between `@begin FILE` and `@end FILE STATUS`; streams
# run side by side. See tests/vm/run, which has written /opt/suite/vm.conf.
#
# usage: guest.sh               by the system's systemd
#        guest.sh STREAM        as the user of it, where it stands
set -u
LC_ALL=C
export LC_ALL
suite=/opt/suite
vm_filter='' vm_rounds='' vm_file_seconds=300 vm_strict=0 vm_verbose=0
. "$suite/vm.conf"

# files STREAM: the bats files with tests for it, from vm.conf's list.
files() {
	sed -n "s/^$1 //p" "$suite/vm.files"
}

# ---- a stream, as its user

run_file() {
	local file=$1 who=$2 status
	echo "@begin $file"
	if [ "$file" = bench ]; then
		: | "$suite/bench/bench" -r "$vm_rounds" -w 2 -p 1000000 "$suite/bench/plan" 2>&1
		echo "@end $file $?"
		return
	fi
	: | env -i "PATH=$PATH:/usr/sbin:/sbin" "HOME=$HOME" "TMPDIR=$HOME/tmp" "USER=$(id -un)" \
		LC_ALL=C TERM=dumb ${XDG_RUNTIME_DIR+"XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR"} \
		${DBUS_SESSION_BUS_ADDRESS+"DBUS_SESSION_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS"} \
		"URUN=$suite/urun" "URUN_TEST_DIR=$suite" "URUN_TEST_WHO=$who" \
		"URUN_TEST_ROOTFS=$HOME/rootfs" URUN_TEST_USERS=own URUN_TEST_SUBIDS_USER=user \
		URUN_TEST_NOSUBIDS_USER=plain "URUN_TEST_STRICT=$vm_strict" \
		"URUN_VM_STREAM=$stream" \
		timeout -k 10 "$vm_file_seconds" bats --tap ${vm_filter:+-f "$vm_filter"} \
		"$suite/tests/$file" 2>&1
	status=$?
	echo "@end $file $status"
}

run_stream() {
	local file who=subids
	case $stream in
	plain) who=nosubids ;;
	root) who=root ;;
	esac
	while read -r file; do
		run_file "$file" "$who"
	done < <(files "$stream")
	echo "@done"
}

# ---- the machine

# port NAME: the device of the virtio port.
port() {
	local dir
	for dir in /sys/class/virtio-ports/*/; do
		[ "$(cat "$dir/name" 2>/dev/null)" != "urun.$1" ] || echo "/dev/$(basename "$dir")"
	done
}

set_up() {
	local controller dir
	modprobe -a overlay dummy tun zram
	ip link set lo up
	ip link add eth0 type dummy && ip addr add 192.0.2.10/24 dev eth0 && ip link set eth0 up &&
		ip route add default via 192.0.2.1
	# A resolver that knows one answer. It ends with the machine: nobody waits for it.
	rm -f /etc/resolv.conf
	echo 'nameserver 127.0.0.53' >/etc/resolv.conf
	(python3 "$suite/tests/lib/slirp.py" dns 127.0.0.53 192.0.2.7 >/dev/null 2>&1 < <(:) &)
	# So that limits of swap and of huge pages can be felt.
	echo 16 >/proc/sys/vm/nr_hugepages
	echo 128M >/sys/block/zram0/disksize && mkswap /dev/zram0 >/dev/null && swapon /dev/zram0
	# What systemd does not know, it does not give.
	for dir in '' user.slice user.slice/user-1000.slice; do
		for controller in hugetlb rdma misc; do
			echo "+$controller" >"/sys/fs/cgroup/$dir/cgroup.subtree_control"
		done
	done
}

# make_home USER STREAM...: the root file system of its containers and a TMPDIR, if
# there is anything for one of the streams. By the user, so that all of it is its.
make_home() {
	local user=$1 name
	shift
	for name; do
		[ -z "$(files "$name")" ] || break
	done
	[ -n "$(files "$name")" ] || return 0
	setpriv --reuid "$user" --regid "$user" --clear-groups sh -c \
		'mkdir -p "$1/tmp" && cp -R "$2" "$1/rootfs"' sh \
		"$(getent passwd "$user" | cut -d: -f6)" "$suite/rootfs"
}

# stream NAME COMMAND...: in the background, if there is anything for it.
stream() {
	local name=$1 device
	shift
	[ -n "$(files "$name")" ] || return 0
	device=$(port "$name")
	if [ -z "$device" ]; then
		echo "urun-vm: no port for the stream $name"
		return 1
	fi
	"$@" >"$device" 2>&1 < <(:) &
}

# Below user@1000.service, by its own manager.
as_unit() {
	setpriv --reuid user --regid user --init-groups --inh-caps=-all \
		env -i "PATH=$PATH" HOME=/home/user XDG_RUNTIME_DIR=/run/user/1000 \
		systemd-run --user --pipe --wait --quiet --collect --unit=urun-caller \
		"$suite/tests/vm/guest.sh" service
}

if [ $# -gt 0 ]; then
	stream=$1
	cd "$HOME" || exit 1
	run_stream
	exit
fi
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
read -r up _ </proc/uptime
set_up
make_home user service session
make_home plain plain
make_home root root
read -r ready _ </proc/uptime
echo "urun-vm: the tests begin, $up s after the kernel, $ready s with all set up"
stream service as_unit
stream session su - user -c "$suite/tests/vm/guest.sh session"
wait
stream plain su - plain -c "$suite/tests/vm/guest.sh plain"
stream root env HOME=/root "$suite/tests/vm/guest.sh" root
wait
if [ "$vm_verbose" = 1 ]; then
	systemd-analyze --no-pager blame | head -n 20
	systemctl --failed --no-pager --no-legend
fi
read -r up _ </proc/uptime
echo "urun-vm: done, $up s after the kernel"
