#!/bin/bash
# The measurements of net.sh, in namespaces of their own: the first process there.
#
# usage: by net.sh alone
#
# The host of this world has 192.0.2.1 as an address that is not loopback, and a
# default route that leads nowhere. Whatever is up here ends with this script.
# Writes lines of tab-separated fields to $WORK/samples:
#   c2h|h2c NETWORK ROUND BYTES NS TICKS     one transfer, and what the helper used
#   crr NETWORK ROUND RUN DONE NS FAILED     connections, one after the other
#   idle|churned NETWORK ROUND RSS PSS COUNT kB, after so many connections
#   gone NETWORK ROUND NS                    from the container's death; "-": it stays
#   run|setup NETWORK ROUND NS
#   maps NETWORK COUNT                       of libslirp and glib in the process
#   fail NETWORK WHAT REASON
set -u

HOST=192.0.2.1
HOST_PORT=90
MS=$(awk -v s="$DURATION" 'BEGIN { printf "%d", s * 1000 }')
CRR_MS=$((MS < 1000 ? MS : 1000))
MTU_PLAIN=65520
declare -A TOOL INIT HELPER PORT SETUP FAILED
port=100
id=0

note() { printf '%s\n' "$*" | tr ' ' '\t' >>"$WORK/samples"; }
last_error() { grep -v '^ *$' "$WORK/error" | tail -n 1 | tr '\t' ' '; }
load() { "$WORK/net_load" "$@"; }

fail() { # NETWORK WHAT [REASON]
	printf 'fail\t%s\t%s\t%s\n' "$1" "$2" "${3:-$(last_error)}" >>"$WORK/samples"
	cat "$WORK/error" >>"$WORK/log"
}

user=(setpriv --reuid "$IDS_UID" --regid "$IDS_GID" --clear-groups --inh-caps=-all
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$WORK/xdg" XDG_RUNTIME_DIR="$WORK/xdg")
as_user() { "${user[@]}" "$@" 2>"$WORK/error"; }

inside() { # NETWORK COMMAND...: in the namespaces of its container
	local init=${INIT[$1]}
	shift
	if [ "$init" = 0 ]; then
		as_user "$@"
	else
		as_user nsenter -t "$init" -U -n --preserve-credentials "$@"
	fi
}

urun() { as_user "${TOOL[urun]}" --cgroup-manager=disabled "$@"; }

# No port twice in a row: what listened on it may not be gone yet.
next_port() { port=$((port < 1000 ? port + 1 : 101)); }

make_world() {
	mount -t tmpfs -o mode=755 tmpfs /dev/net
	mknod -m 666 /dev/net/tun c 10 200
	ip link set lo up
	ip address add $HOST/32 dev lo
	# pasta takes its addresses from the interface of the default route.
	ip link add v0 type veth peer name v1
	ip link set v0 up
	ip link set v1 up
	ip address add 198.51.100.2/24 dev v0
	ip route add default via 198.51.100.1
	# The ports of servers are below those of clients.
	echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
	tune
}

# Of this network namespace. A new one has the congestion control of the machine's first, so
# that it is set: one and the same for all, whatever the machine has.
tune() {
	echo '1024 65535' >/proc/sys/net/ipv4/ip_local_port_range
	echo "$CONGESTION" >/proc/sys/net/ipv4/tcp_congestion_control
}

# ---- networks: each brings up a container's ----

new_netns() { # NETWORK
	local pid i
	"${user[@]}" unshare --user --map-root-user --net sleep 1000 >/dev/null 2>"$WORK/error" &
	pid=$!
	disown
	for ((i = 0; i < 500; i++)); do
		if [ "$(cat "/proc/$pid/comm")" = sleep ]; then
			INIT[$1]=$pid
			return
		fi
		sleep 0.01
	done
	return 1
}

add_hostfwd() { # SOCKET PORT
	"$PYTHON" - "$@" 2>"$WORK/error" <<-'END'
		import json, socket, sys
		s = socket.socket(socket.AF_UNIX)
		s.connect(sys.argv[1])
		s.sendall(json.dumps({"execute": "add_hostfwd", "arguments": {
		    "proto": "tcp", "host_addr": "127.0.0.1", "host_port": int(sys.argv[2]),
		    "guest_port": int(sys.argv[2])}}).encode())
		s.shutdown(socket.SHUT_WR)
		answer = json.loads(s.recv(4096))
		if "error" in answer:
		    sys.exit(str(answer["error"]))
	END
}

up_slirp4netns() { # NETWORK PROGRAM MTU
	local out socket=$WORK/xdg/s.$((++id))
	new_netns "$1" || return
	out=$(as_user "$WORK/net_load" start "$2" -c -m "$3" -a "$socket" -r 3 \
		"${INIT[$1]}" tap0) || return
	read -r "HELPER[$1]" "SETUP[$1]" <<<"$out"
	add_hostfwd "$socket" "${PORT[$1]}"
}

up_pasta() { # NETWORK PROGRAM
	local out file=$WORK/xdg/p.$((++id))
	new_netns "$1" || return
	# It comes back when it has put itself in the background.
	out=$(as_user "$WORK/net_load" start "$2" -q --config-net -P "$file" \
		-t "127.0.0.1/${PORT[$1]}" -u none -T none -U none "${INIT[$1]}") || return
	read -r _ "SETUP[$1]" <<<"$out"
	read -r "HELPER[$1]" <"$file"
}

up_urun() { # NETWORK NETWORK-OPTION
	local name=n$((++id)) out
	urun create --network "$2" -p "127.0.0.1:${PORT[$1]}:${PORT[$1]}" -b "$WORK/a/sleep" \
		"$name" >/dev/null <"$WORK/empty" || return
	urun start "$name" >/dev/null || return
	out=$(urun state "$name" | "$PYTHON" -c 'import json, sys
state = json.load(sys.stdin)
print(state["pid"], state["net"]["helper"]["pid"])' 2>>"$WORK/error") || return
	read -r "INIT[$1]" "HELPER[$1]" <<<"$out"
}

up() { # NETWORK
	local net=$1
	down "$net"
	next_port
	PORT[$net]=$port
	case $net in
	native) INIT[$net]=0 ;;
	slirp4netns-1500) up_slirp4netns "$net" "${TOOL[slirp4netns]}" 1500 ;;
	slirp4netns) up_slirp4netns "$net" "${TOOL[$net]}" $MTU_PLAIN ;;
	pasta*) up_pasta "$net" "${TOOL[$net]}" ;;
	urun-1500) up_urun "$net" slirp:mtu=1500 ;;
	urun-redirect) up_urun "$net" slirp:egress=redirect ;;
	urun) up_urun "$net" slirp ;;
	esac || { FAILED[$net]=1; fail "$net" up; return 1; }
	[ "$net" = native ] || inside "$net" bash -c "CONGESTION=$CONGESTION; $(declare -f tune); tune" ||
		cat "$WORK/error" >>"$WORK/log"
	inside "$net" "$WORK/net_load" serve 0.0.0.0 "$port" || { fail "$net" server; return 1; }
}

down() { # NETWORK: its processes, each by its id; a container is then deleted as a dead one
	local pid
	for pid in "${HELPER[$1]:-}" "${INIT[$1]:-}"; do
		[ "${pid:-0}" = 0 ] || kill -KILL "$pid" 2>/dev/null
	done
	unset "HELPER[$1]" "INIT[$1]"
}

# rotated ROUND NAME...: in another order each round; without what has failed to come up.
rotated() {
	local round=$1 i name all
	shift
	all=("$@")
	for ((i = 0; i < $#; i++)); do
		name=${all[(i + round) % $#]}
		[ -n "${FAILED[$name]:-}" ] || echo "$name"
	done
}

# ---- what is measured ----

ticks() { # PID: of all its threads
	[ -n "$1" ] || { echo 0; return; }
	sed 's/.*) //' "/proc/$1/stat" | awk '{ print $12 + $13 }'
}

transfer() { # c2h|h2c NETWORK ROUND
	local net=$2 helper=${HELPER[$2]:-} before out
	before=$(ticks "$helper")
	if [ "$1" = c2h ]; then
		out=$(inside "$net" "$WORK/net_load" push $HOST $HOST_PORT "$MS")
	else
		out=$(as_user "$WORK/net_load" push 127.0.0.1 "${PORT[$net]}" "$MS")
	fi || { fail "$net" "$1"; return; }
	note "$1 $net $3 $out $(($(ticks "$helper") - before))"
}

memory() { # idle|churned NETWORK ROUND COUNT
	local helper=${HELPER[$2]:-}
	[ -n "$helper" ] || return 0
	note "$1 $2 $3 $(awk '/^Rss:/ { r = $2 } /^Pss:/ { p = $2 } END { print r, p }' \
		"/proc/$helper/smaps_rollup") $4"
}

throughput() {
	local r net
	for net in "${networks[@]}"; do
		up "$net"
	done
	for ((r = 1; r <= ROUNDS; r++)); do
		for net in $(rotated $r "${networks[@]}"); do
			case $net in
			native) ;;
			*) transfer c2h "$net" $r ;;
			esac
			case $net in
			*-1500 | *-redirect) ;;
			*) transfer h2c "$net" $r ;;
			esac
		done
	done
	for net in "${networks[@]}"; do
		down "$net"
	done
}

# Another address for each run: TIME_WAIT of the client's is not what is measured.
connections() { # NETWORK ROUND
	local net=$1 run out done_ last sum=0
	memory idle "$net" "$2" 0
	for run in 1 2 3; do
		out=$(as_user "$WORK/net_load" crr 127.0.0.1 "${PORT[$net]}" "127.0.0.$((run + 1))" \
			"$CRR_MS" 1000000) || { fail "$net" crr; return; }
		note "crr $net $2 $run $out"
		read -r done_ _ <<<"$out"
		sum=$((sum + done_))
	done
	[ "$net" != native ] || return 0
	# The peers are not waited for: theirs is no goal.
	[[ $net = urun* ]] && last=9 || last=5
	for ((run = 4; run <= last && sum < CHURN; run++)); do
		out=$(as_user "$WORK/net_load" crr 127.0.0.1 "${PORT[$net]}" "127.0.0.$((run + 1))" \
			"$CRR_MS" $((CHURN - sum))) || { fail "$net" churn; return; }
		read -r done_ _ <<<"$out"
		sum=$((sum + done_))
	done
	memory churned "$net" "$2" $sum
}

library_count() { grep -cE 'lib(slirp|glib)' "/proc/$1/maps"; }

life() { # of a helper: a fresh one each round, as they get slower
	local r net
	for ((r = 1; r <= ROUNDS; r++)); do
		for net in $(rotated $r "${forwarders[@]}"); do
			up "$net" || continue
			[ "$net$r" != urun1 ] || note "maps helper $(library_count "${HELPER[urun]}")"
			connections "$net" $r
			if [ "$net" != native ]; then
				note "gone $net $r $(load gone "${INIT[$net]}" "${HELPER[$net]}" 1000 \
					2>>"$WORK/log" || echo -)"
			fi
			down "$net"
		done
	done
}

run_once() { # NAME ROUND [OPTION...]
	local name=$1 out
	out=$(as_user "$WORK/net_load" time "${TOOL[urun]}" --cgroup-manager=disabled run \
		-b "$WORK/a" "${@:3}" "r$((++id))") || { FAILED[run-$name]=1; fail "$name" run; return; }
	note "run $name $2 $out"
}

start_up() {
	local r net first
	for ((r = 1; r <= ROUNDS * 5; r++)); do
		for net in $(rotated $r run-plain run-net slirp4netns pasta pasta-sid); do
			next_port
			first=$port
			next_port
			sleep 0.02 # for the last one's aftermath
			case $net in
			run-plain) [ -z "${TOOL[urun]:-}" ] || run_once plain $r ;;
			run-net) [ -z "${TOOL[urun]:-}" ] || run_once net $r --network slirp \
				-p "127.0.0.1:$first:$first" -p "127.0.0.1:$port:$port" ;;
			*)
				[[ " ${networks[*]} " = *" $net "* ]] || continue
				up "$net" && note "setup $net $r ${SETUP[$net]}"
				down "$net"
				;;
			esac
		done
	done
}

runtime_maps() { # a runtime that waits for a container without network
	local pid i
	[ -n "${TOOL[urun]:-}" ] || return 0
	"${user[@]}" "${TOOL[urun]}" --cgroup-manager=disabled run -b "$WORK/a/sleep" plain \
		>/dev/null 2>"$WORK/error" &
	pid=$!
	for ((i = 0; i < 500; i++)); do
		if urun state plain 2>/dev/null | grep -q '"running"'; then
			note "maps runtime $(library_count "$pid")"
			break
		fi
		sleep 0.01
	done
	urun delete --force plain
}

cd /
for tool in $TOOLS; do
	TOOL[${tool%%=*}]=${tool#*=}
done
networks=(native)
forwarders=(native)
for net in slirp4netns slirp4netns-1500 pasta pasta-sid urun urun-1500 urun-redirect; do
	tool=${net%-1500}
	[ -n "${TOOL[${tool%-redirect}]:-}" ] || continue
	case "|${ONLY:-$net}|" in
	*"|$net|"*) ;;
	*) continue ;;
	esac
	networks+=("$net")
	case $net in
	*-1500 | *-redirect) ;;
	*) forwarders+=("$net") ;;
	esac
done
make_world 2>>"$WORK/log" || exit 1
as_user "$WORK/net_load" serve $HOST $HOST_PORT || exit 1
throughput
life
runtime_maps
start_up
