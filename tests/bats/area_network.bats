# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# The built-in network as a user of urun has it: an unprivileged one, on a host that root
# has made for the test (lib/slirp_world.sh).
load ../lib/common
load ../lib/slirp

@test "N01 run --network slirp: addresses, a name, a page of the host, and nothing is left" {
	good_world '
		bundle "ip -o addr; ip route; nslookup example.org; nc 192.0.2.1 8000"
		server dns 127.0.0.53 192.0.2.7; server serve 192.0.2.1 8000
		urun run --network slirp c; nothing_left'
	assert_has "$output" 'tap0    inet 10.0.2.100/24'
	assert_has "$output" 'tap0    inet6 fd00::100/64'
	assert_has "$output" 'default via 10.0.2.2'
	assert_has "$output" 'Address: 192.0.2.7'
	assert_has "$output" 'hello 192.0.2'
	assert_eq "${lines[-1]:0:5}" hello
}

@test "N01 spec --network slirp and -p: serves a page, resolves a name, downloads a gigabyte" {
	good_world '
		bundle true; rm $T/b/config.json
		mkdir -p $T/b/rootfs/www; echo a page >$T/b/rootfs/www/index.html
		urun spec --network slirp --arg sh --arg -c \
			--arg "httpd -p 10.0.2.100:80 -h /www; nslookup example.org; nc 192.0.2.1 9001 | md5sum; read -r _"
		sed -i "s/\"terminal\": true/\"terminal\": false/" $T/b/config.json
		server dns 127.0.0.53 192.0.2.7
		server source 192.0.2.1 9001 1073741824 md5; sent=$OUT
		mkfifo $T/wait; exec 9<>$T/wait; : >$T/web
		urun run -p 8080:80 web <&9 >$T/web 2>&1 &
		until grep -qE "^[0-9a-f]{32} " $T/web; do sleep 0.1; kill -0 $!; done
		wget -qO- http://127.0.0.1:8080/
		grep -o "Address: 192.*" $T/web | head -1
		[ "$(grep -oE "^[0-9a-f]{32}" $T/web)" = "$(sed -n "s/^sum //p" $sent)" ] && echo same
		echo >&9; wait $!; nothing_left'
	assert_eq "$output" $'a page\nAddress: 192.0.2.7\nsame'
}

@test "N01 annotations ask for the same, and the command line overrides them" {
	good_world '
		bundle "ip -o addr show dev eth7; cat /sys/class/net/eth7/mtu /sys/class/net/eth7/address"
		edit "c[\"annotations\"] = {\"run.urun.net\": \"slirp\", \"run.urun.net.ifname\": \"eth7\",
			\"run.urun.net.cidr\": \"10.9.0.0/16\", \"run.urun.net.mtu\": \"1500\",
			\"run.urun.net.mac\": \"02:00:00:00:00:09\", \"run.urun.net.ipv6\": \"false\"}"
		urun run c; urun run --network slirp:mtu=9000 c; urun run --network none c || echo gone'
	assert_has "$output" 'eth7    inet 10.9.0.100/16'
	assert_lacks "$output" 'inet6 fd00'
	assert_has "$output" $'1500\n02:00:00:00:00:09'
	assert_has "$output" $'9000\n02:00:00:00:00:09'
	assert_eq "${lines[-1]}" gone
}

@test "N01 podman's names of slirp4netns' options are taken" {
	good_world '
		bundle "ip -o addr show dev tap0; cat /sys/class/net/tap0/mtu; nc 10.0.2.2 8000"
		server serve 127.0.0.1 8000
		urun run --network slirp4netns:cidr=10.0.2.0/24,mtu=1400,enable_ipv6=false,allow_host_loopback=true,port_handler=rootlesskit c'
	assert_has "$output" $'\n1400\nhello 127.0.0.1'
	assert_lacks "$output" fd00
}

@test "N01 what is not known or makes no sense is refused by its name, and nothing is made" {
	world '
		bundle true
		for a in net.colour=x net.mtu=1 net=bridge net.api=relative; do
			edit "c[\"annotations\"] = {\"run.urun.net\": \"slirp\", \"run.urun.${a%%=*}\": \"${a#*=}\"}"
			urun run c || :
		done
		edit "del c[\"annotations\"]"
		urun run -p 80:80 c || :; urun run --network slirp:mtu=0 c || :
		urun run --network slirp --publish 80 c || :
		edit "c[\"annotations\"] = {\"run.urun.net.mtu\": \"1500\"}"
		urun run c || :; ls $T/state 2>/dev/null'
	assert_has "$output" '.annotations["run.urun.net.colour"]'
	assert_has "$output" '.annotations["run.urun.net.mtu"]'
	assert_has "$output" "'bridge'"
	assert_has "$output" '.annotations["run.urun.net.api"]'
	assert_has "$output" "'publish': needs the network 'slirp'"
	assert_has "$output" "--network mtu: '0'"
	assert_has "$output" "--publish"
	assert_eq "${#lines[@]}" 8
}

@test "N01 a config without it is untouched: lo alone, and no helper" {
	good_world '
		bundle "ip -o link; cat /etc/resolv.conf"
		urun run c || :
		container d; pgrep -x urun-slirp || echo none
		urun state d | grep -c "\"net\"" || :; urun list | grep -c NETWORK || :'
	assert_has "$output" lo:
	assert_lacks "$output" tap0
	assert_has "$output" "can't open '/etc/resolv.conf'"
	assert_has "$output" $'none\n0\n0'
}

@test "N01 urun maps neither libslirp nor glib, its helper does" {
	WHO=root good_world '
		bundle "exec sleep 1000"; : >$T/b/rootfs/etc/resolv.conf
		for net in none slirp; do
			(cd $T/b; exec "$URUN" --root $T/state --cgroup-manager disabled run --network $net $net </dev/null) &
			urun=$!
			until urun state $net 2>/dev/null | grep -q running; do sleep 0.01; done
			[ "$(cat /proc/$urun/comm)" != bash ] && grep -cE "libslirp|libglib" /proc/$urun/maps || :
		done
		grep -oE "libslirp|libglib" /proc/$(net slirp helper.pid)/maps | sort -u
		urun delete -f none; urun delete -f slirp'
	assert_has "$output" $'0\n0\nlibglib\nlibslirp'
}

@test "N01 resolv.conf: an image's symlink is not followed, its own file not written" {
	good_world '
		bundle "cat /etc/resolv.conf; ls -l /etc/resolv.conf"
		ln -s ../../../../../../$T/victim $T/b/rootfs/etc/resolv.conf; echo mine >$T/victim
		urun run --network slirp c; cat $T/victim
		ln -sf /run/nowhere/resolv.conf $T/b/rootfs/etc/resolv.conf
		urun run --network slirp c; ls $T/b/rootfs/run
		rm $T/b/rootfs/etc/resolv.conf; echo image >$T/b/rootfs/etc/resolv.conf
		urun run --network slirp c; cat $T/b/rootfs/etc/resolv.conf'
	[ "$(grep -c '^nameserver 10.0.2.3' <<<"$output")" = 3 ] || { echo "$output"; return 1; }
	assert_has "$output" mine
	assert_eq "${lines[-1]}" image
}

@test "N01 dns=keep, none, an address; and a mount of the config's own wins over the default" {
	good_world '
		bundle "cat /etc/resolv.conf"; echo image >$T/b/rootfs/etc/resolv.conf
		echo "search example.org" >>$T/etc/resolv.conf
		urun run --network slirp:dns=keep c; urun run --network slirp:dns=none c
		urun run --network slirp:dns=192.0.2.53 c
		echo "of the config" >$T/own
		edit "c[\"mounts\"].append({\"destination\": \"/etc/resolv.conf\", \"source\": \"$T/own\",
			\"type\": \"bind\", \"options\": [\"bind\"]})"
		urun run --network slirp c; urun run --network slirp:dns=write c; cat $T/own'
	assert_eq "$output" "image
image
search example.org
nameserver 192.0.2.53
of the config
search example.org
nameserver 10.0.2.3
of the config"
}

@test "N01 the MAC address is the same after each start, and another container's another" {
	good_world '
		bundle "cat /sys/class/net/tap0/address"
		for id in a a b; do urun run --network slirp $id; done'
	assert_eq "${lines[0]}" "${lines[1]}"
	[ "${lines[1]}" != "${lines[2]}" ]
}

@test "N01 state and list show the network; without its helper the container goes on" {
	good_world '
		container c --network slirp:mtu=1500
		helper=$(net c helper.pid)
		[ "$(cat /proc/$helper/comm)" = urun-slirp ] && echo helper
		for k in mode interface mtu address gateway address6 dns helper.running; do net c $k; done
		urun list; [ -S $(net c api) ] && echo socket
		kill -KILL $helper; sleep 0.1
		net c helper.running; urun list; urun exec c echo goes on; [ -e $(net c api) ] || echo no socket
		urun delete -f c; nothing_left'
	assert_has "$output" $'helper\nslirp\ntap0\n1500\n10.0.2.100/24\n10.0.2.2\nfd00::100/64\n10.0.2.3\nTrue'
	assert_has "$output" NETWORK
	grep -qE 'slirp *$' <<<"$output"
	assert_has "$output" socket
	assert_has "$output" $'False\n'
	assert_has "$output" 'slirp (dead)'
	assert_eq "${lines[-2]}" 'goes on'
	assert_eq "${lines[-1]}" 'no socket'
}

@test "N01 the helper is gone with the container within 100 ms, however that ends" {
	good_world '
		for how in kill delete stop; do
			container c --network slirp
			helper=$(net c helper.pid) init=$(urun state c | grep -o "\"pid\": [0-9]*" | head -1)
			case $how in
			kill) urun kill c KILL ;;
			delete) urun delete -f c ;;
			stop) kill -STOP $helper; urun delete -f c ;;
			esac
			py gone $helper; urun delete -f c
		done; nothing_left'
	for line in "${lines[@]}"; do [ "$line" -le 100 ] || { echo "$output"; return 1; }; done
	assert_eq "${#lines[@]}" 3
}

@test "N01 exec is in the network; a member that joins gets no helper of its own" {
	good_world '
		container c --network slirp
		urun exec c ip -o addr show dev tap0
		pid=$(urun state c | grep -o "\"pid\": [0-9]*" | head -1 | grep -o "[0-9]*")
		bundle "ip -o addr show dev tap0; nc 192.0.2.1 8000"
		server serve 192.0.2.1 8000
		edit "
for n in c[\"linux\"][\"namespaces\"]:
	if n[\"type\"] in (\"network\", \"user\"): n[\"path\"] = \"/proc/$pid/ns/\" + n[\"type\"].replace(\"network\", \"net\")
c[\"annotations\"] = {\"run.urun.net\": \"slirp\"}"
		urun --log-level warning run d; echo; pgrep -cx urun-slirp
		urun run --network slirp -p 80:80 d || :
		urun run --network none d || :; urun delete -f c'
	[ "$(grep -c 'inet 10.0.2.100/24' <<<"$output")" = 2 ] || { echo "$output"; return 1; }
	assert_has "$output" 'hello 192.0.2'
	assert_has "$output" 'the network namespace is joined'
	assert_has "$output" $'\n1\n'
	assert_has "$output" "'publish': .linux.namespaces joins the network namespace"
	assert_has "$output" "the network 'none' is asked for"
}

@test "N01 --network host and none, with and without a namespace in the config" {
	good_world '
		bundle "ip -o addr | grep -c 192.0.2.1 || :; ip -o link | wc -l"
		urun run --network host c; urun run --network none c
		edit "c[\"linux\"][\"namespaces\"] = [n for n in c[\"linux\"][\"namespaces\"] if n[\"type\"] != \"network\"]"
		urun run --network none c; urun run c; urun run --network slirp c'
	assert_eq "$output" $'1\n1\n0\n1\n0\n1\n1\n1\n0\n2'
}

@test "N01 with other id maps: keep-id, nomap, host-root" {
	need_command newuidmap
	good_world '
		bundle "nc 192.0.2.1 8000"; server serve 192.0.2.1 8000
		for m in keep-id nomap host-root; do urun run --userns $m --network slirp c; echo; done; nothing_left'
	[ "$(grep -c '^hello 192.0.2' <<<"$output")" = 3 ] || { echo "$output"; return 1; }
	assert_eq "${#lines[@]}" 3
}

@test "N01 what the host lacks fails create with a fix to type, and leaves nothing" {
	TUN=none world 'bundle true; urun run --network slirp c || nothing_left'
	assert_eq "${#lines[@]}" 1
	assert_has "$output" "'/dev/net/tun': missing"
	assert_has "$output" 'modprobe tun'
	TUN=0600 world 'bundle true; urun run --network slirp c || nothing_left'
	assert_has "$output" 'chmod 0666 /dev/net/tun'
	NO_LIBSLIRP=1 world 'bundle true; urun run --network slirp c || nothing_left'
	assert_has "$output" "the network 'slirp' needs libslirp"
	assert_has "$output" 'apt-get install libslirp0'
}

@test "N01 without urun-slirp the error names where it should be" {
	good_world '
		bundle true; mkdir $T/bin; cp $URUN $T/bin/urun
		URUN=$T/bin/urun
		(cd $T/b; $T/bin/urun --root $T/state run --network slirp c) || nothing_left'
	assert_has "$output" "needs the program '"
	assert_has "$output" 'libexec/urun/urun-slirp'
}

@test "N01 a create that fails or is killed leaves no helper and no socket" {
	good_world '
		bundle true
		edit "c[\"hooks\"] = {\"createRuntime\": [{\"path\": \"/bin/false\"}]}"
		urun run --network slirp c || nothing_left
		edit "c[\"hooks\"] = {\"createRuntime\": [{\"path\": \"/bin/sleep\", \"args\": [\"sleep\", \"5\"]}]}"
		(cd $T/b; exec "$URUN" --root $T/state create --network slirp:api=$T/my.sock k) & create=$!
		until pgrep -x sleep >/dev/null; do sleep 0.01; done
		pgrep -cx urun-slirp; ls $T/my.sock
		kill -KILL $create; sleep 0.3; pgrep -cx urun-slirp || :; ls $T/my.sock || :
		urun delete -f k; ls $T/state'
	assert_has "$output" "hook"
	assert_match "$output" $'1\n/mnt/my.sock\n.*Killed.*\n0\n'
	assert_has "$output" "cannot access '/mnt/my.sock'"
}

@test "N01 api=PATH: the socket is there, and gone with the container; one that exists is named" {
	good_world '
		container c --network slirp:api=$T/my.sock; ls -l $T/my.sock | cut -c1-10; net c api
		bundle true; urun run --network slirp:api=$T/my.sock d || :
		urun kill c KILL; sleep 0.1; ls $T/my.sock 2>&1 || :
		urun delete c; urun run --network slirp:api=/nowhere/s d || :; nothing_left'
	assert_has "$output" $'srwx------\n/mnt/my.sock'
	assert_has "$output" "make the socket '/mnt/my.sock': it exists"
	assert_has "$output" 'No such file'
	assert_has "$output" "open the folder '/nowhere'"
}

@test "N01 an old libslirp is warned of once" {
	good_world '
		bundle true
		urun --log-level warning run --network slirp c; echo; urun --log-level warning run --network slirp c'
	case $(cat "$URUN_TEST_DIR"/tests/../urun-slirp >/dev/null; "$SLIRP" --version) in
	"libslirp 4.9."[5-9]*) skip "this libslirp is new enough" ;;
	esac
	[ "$(grep -c 'has known faults' <<<"$output")" = 1 ] || { echo "$output"; return 1; }
}

@test "N01 spec --network writes the annotations, features names the library" {
	good_world '
		bundle true; rm $T/b/config.json
		urun spec --network slirp:mtu=1500,publish=8080:80,publish=53:53/udp
		python3 -c "import json; print(json.load(open(\"$T/b/config.json\"))[\"annotations\"])"
		urun spec --network slirp:mtu=1 - || :
		"$URUN" features | grep -o "run.oci.urun.*"'
	assert_has "$output" "'run.urun.net': 'slirp', 'run.urun.net.mtu': '1500', 'run.urun.net.publish': '8080:80,53:53/udp'"
	assert_has "$output" "--network mtu: '1'"
	assert_has "$output" 'run.oci.urun.networks": "slirp,none,host"'
	assert_match "$output" 'run.oci.urun.slirp": "4\.'
	assert_has "$output" 'run.oci.urun.slirp.ping": "true"'
}
