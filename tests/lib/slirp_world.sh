#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A host of its own for a test of urun-slirp: namespaces in which /dev/net/tun is
# there for everybody, /etc has a resolv.conf that the test may change, and the
# loopback belongs to nobody else. The script runs as the user, and all that it
# started ends with it. Nothing of the true host is touched.
#
# usage: slirp_world.sh USER SCRIPT     needs root
# By the environment: $SLIRP, the program; TUN=0600 or `none`, the node; RESOLV=link,
# resolv.conf is a symlink to $T/real; NO_LIBSLIRP=1; SMALL=64k, a file system of that size
# in $T/small. For SCRIPT there are $T, a folder of the user's,
# and the functions below.
set -eu
if [ "$1" != --inside ]; then
	exec unshare -m -n -p -u --fork --kill-child --mount-proc --propagation private \
		"$0" --inside "$@"
fi
user=$2 T=/mnt script=$3
ids=(--reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups)

mount -t tmpfs -o mode=0755,dev tmpfs "$T"
mkdir "$T/etc" "$T/real" "$T/dev"
cp -a /etc/passwd /etc/group /etc/subuid /etc/subgid /etc/ld.so.cache "$T/etc/" 2>/dev/null || :
cp -a /etc/alternatives "$T/etc/" 2>/dev/null || :
echo 'nameserver 127.0.0.53' >"$T/real/resolv.conf"
if [ "${RESOLV-}" = link ]; then
	ln -s "$T/real/resolv.conf" "$T/etc/resolv.conf"
else
	mv "$T/real/resolv.conf" "$T/etc/resolv.conf"
fi
chmod -R a+rX "$T"
chown "$(id -u "$user")" "$T" "$T/etc" "$T/real" "$T/etc/resolv.conf"
[ -z "${SMALL-}" ] || {
	mkdir "$T/small"
	mount -t tmpfs -o "size=$SMALL,mode=0700,uid=$(id -u "$user")" tmpfs "$T/small"
}
mkdir "$T/net"
[ "${TUN-0666}" = none ] || mknod -m "${TUN-0666}" "$T/net/tun" c 10 200
mount -t tmpfs -o mode=0755,dev tmpfs "$T/dev"
for node in null zero full random urandom tty; do
	: >"$T/dev/$node"
	mount --bind "/dev/$node" "$T/dev/$node"
done
mkdir "$T/dev/net"
mount --bind "$T/net" "$T/dev/net"
ln -s /proc/self/fd "$T/dev/fd"
mount --rbind "$T/dev" /dev
mount --bind "$T/etc" /etc
ip link set lo up
[ -z "${NO_LIBSLIRP-}" ] ||
	for lib in /usr/lib/*/libslirp.so.0; do mount --bind /dev/null "$lib"; done
# DNS is asked on port 53 only; ICMP echo is for those who may.
echo "${PORT_START-0}" >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo '0 2147483647' >/proc/sys/net/ipv4/ping_group_range
# What is not loopback: two addresses of this host.
ip address add 192.0.2.1/32 dev lo
ip address add 192.0.2.2/32 dev lo

cat >"$T/script" <<SCRIPT
set -eu
py() { python3 "$URUN_TEST_DIR/tests/lib/slirp.py" "\$@"; }
# new_netns: \$INIT is a process in new user and network namespaces.
new_netns() {
	unshare --user --map-root-user --net sleep 300 >/dev/null 2>&1 &
	INIT=\$!
	disown \$INIT
	while [ "\$(readlink /proc/\$INIT/ns/net)" = "\$(readlink /proc/self/ns/net)" ] ||
		! grep -q '^ *0' /proc/\$INIT/uid_map || [ "\$(cat /proc/\$INIT/comm)" != sleep ]; do
		sleep 0.01
	done
}
# start KEY=VALUE...: the network of \$INIT; its pid is \$HELPER, its word \$WORD, its
# socket in \$SOCKET_DIR.
start() {
	SOCKET_DIR=$T/run.\$((++runs))
	mkdir "\$SOCKET_DIR"
	read -r HELPER WORD < <(py start "$SLIRP" \$INIT "dir=\$SOCKET_DIR" "\$@")
	[ "\${WORD:0:1}" = R ] || { echo "no network: \$HELPER \$WORD"; return 1; }
}
inside() { nsenter -t \$INIT -U -n --preserve-credentials "\$@"; }
inpy() { inside python3 "$URUN_TEST_DIR/tests/lib/slirp.py" "\$@"; }
# server COMMAND...: one of slirp.py's; returns when it listens. \$OUT is what it says.
server() {
	OUT=$T/server.\$((++servers))
	: >"\$OUT"
	\${in_it-} python3 "$URUN_TEST_DIR/tests/lib/slirp.py" "\$@" >"\$OUT" 2>&1 &
	until grep -q listening "\$OUT"; do
		sleep 0.01
		kill -0 \$! || { cat "\$OUT"; return 1; }
	done
}
# With \$URUN, containers: bundle SCRIPT makes \$T/b, whose program is sh -c SCRIPT; urun is
# called from there. container ID OPTION...: one that sleeps.
urun() { (cd $T/b && exec "$URUN" --root $T/state "\$@"); }
bundle() {
	[ -d $T/b ] || "$URUN_TEST_DIR/tests/lib/rootfs.sh" $T/b/rootfs
	rm -f $T/b/config.json
	urun spec --arg sh --arg -c --arg "\$1"
	sed -i 's/"terminal": true/"terminal": false/; /"readonly": true/s/true/false/' $T/b/config.json
}
# edit CODE: python on the config c.
edit() {
	python3 -c "import json; p='$T/b/config.json'; c=json.load(open(p))
\$1
json.dump(c, open(p, 'w'))"
}
container() {
	bundle 'exec sleep 1000'
	urun run -d "\${@:2}" \$1 </dev/null >/dev/null
}
# up ID OPTION...: the same, and \$INIT is its first process.
up() {
	container "\$@"
	INIT=\$(urun state \$1 | python3 -c 'import json,sys; print(json.load(sys.stdin)["pid"])')
}
# server and fetch in the container.
inserver() { in_it=inside server "\$@"; }
api() { python3 "$URUN_TEST_DIR/tests/lib/slirp4netns_client.py" "\$(net \$1 api)" "\${@:2}"; }
# net ID KEY: a member of the state's.
net() {
	urun state \$1 | python3 -c "import json,sys; d=json.load(sys.stdin)['net']
for k in sys.argv[1].split('.'): d = d.get(k)
print(d)" \$2
}
# Nothing of ours is left: processes, sockets, folders.
nothing_left() {
	sleep 0.1
	ps ax -o args | grep '^urun' || :
	ls $T/state
}
T=$T SLIRP=$SLIRP servers=0 runs=0
$script
SCRIPT
cd /
# The first process here: what is left behind is its child, and ends with it.
setpriv "${ids[@]}" --inh-caps=-all bash "$T/script"
