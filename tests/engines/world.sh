#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Pid 1 of the world that engines run in: mount, pid, network, ipc and cgroup
# namespaces of its own, the bootstrapped folder as its root with a tmpfs over
# it, and nodes, users and state of its own in that. Its end is the end of all
# that was started there. Says "ready" on fd 4 when it is. Started by
# engines.bash, which has put it into a cgroup of its own.
#
# usage: world.sh DEBIAN WORKDIR URUN USER IMAGE.tar
set -eu
LC_ALL=C
debian=$1 work=$2 urun=$3 user=$4 image=$5
uid=$(id -u "$user") gid=$(id -g "$user")
new=$work/root

mount -t tmpfs -o mode=0755 tmpfs "$work"
mkdir "$work/upper" "$work/work" "$new"
mount -t overlay -o "lowerdir=$debian,upperdir=$work/upper,workdir=$work/work" overlay "$new"

mount -t proc proc "$new/proc"
mount -t sysfs sysfs "$new/sys"
mount -t cgroup2 cgroup2 "$new/sys/fs/cgroup"
mkdir "$new/sys/fs/cgroup/leaf"
echo 0 >"$new/sys/fs/cgroup/leaf/cgroup.procs"

# A runtime that root started may change the owner of a node: none is the host's.
mount -t tmpfs -o mode=0755 tmpfs "$new/dev"
while read -r node major minor; do
	mknod -m 0666 "$new/dev/$node" c "$major" "$minor"
done <<'NODES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
fuse 10 229
NODES
mkdir "$new/dev/pts" "$new/dev/shm" "$new/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$new/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$new/dev/shm"
mount -t mqueue mqueue "$new/dev/mqueue"
ln -s pts/ptmx "$new/dev/ptmx"
ln -s /proc/self/fd "$new/dev/fd"
ln -s fd/0 "$new/dev/stdin"
ln -s fd/1 "$new/dev/stdout"
ln -s fd/2 "$new/dev/stderr"

# Storage wants a file system that can be an overlay's upper layer.
for dir in run tmp var/tmp var/lib home; do
	mount -t tmpfs -o mode=0755 tmpfs "$new/$dir"
done
chmod 1777 "$new/tmp" "$new/var/tmp"
mkdir -p "$new/home/user" "$new/run/user/$uid" "$new/opt/urun" "$new/var/lib/containers"

# The suite's throw-away user, under its own number and with its own sub-ids.
echo "$user:x:$uid:$gid::/home/user:/bin/bash" >>"$new/etc/passwd"
getent group | awk -F: -v user="$user" -v gid="$gid" \
	'$3 == gid || $4 ~ "(^|,)" user "(,|$)"' >>"$new/etc/group"
grep "^$user:" /etc/subuid >"$new/etc/subuid"
grep "^$user:" /etc/subgid >"$new/etc/subgid"
# podman's own name for the ranges of root's --userns=auto.
echo "containers:2147483647:65536" | tee -a "$new/etc/subuid" >>"$new/etc/subgid"
chown "$uid:$gid" "$new/home/user" "$new/run/user/$uid"
chmod 0700 "$new/home/user" "$new/run/user/$uid"
echo "urun-engines" >"$new/etc/hostname"
echo "127.0.0.1 localhost" >"$new/etc/hosts"
: >"$new/etc/resolv.conf"

cp "$urun" "$new/opt/urun/urun"
cp "$image" "$new/opt/urun/busybox.tar"
tar -C "$new/opt/urun" --strip-components=2 -xf "$image" ./bin/busybox
chmod 0755 "$new/opt/urun" "$new/opt/urun/urun"
chmod 0644 "$new/opt/urun/busybox.tar"

cd "$new"
mkdir -p mnt
pivot_root . mnt
exec chroot . /bin/bash -c '/opt/urun/busybox umount -l /mnt && echo ready >&4 && exec 4>&- && exec sleep infinity' \
	2>&1
