#!/bin/sh
# Measure urun's network against slirp4netns, pasta and plain loopback.
#
# usage: net.sh [URUN_BINARY|BUILD_FOLDER]      needs root   (default: ../../urun)
#
# Makes a throw-away user with sub-ids and namespaces with a /dev/net/tun for it
# (net_world.sh), and removes both again. Writes its own section of RESULTS.md
# beside this script, or of $OUT, and leaves the rest of that file alone.
#
#   ROUNDS=5       rounds, all networks interleaved; of `run` five times as many
#   DURATION=2     seconds of each transfer
#   CHURN=30000    connections after which memory is looked at
#   CONGESTION=reno  congestion control in all network namespaces
#   SUITES=sid     Debian suites to take a newer pasta from ("" for none)
#   ONLY=NAME|NAME measure these networks only
#   SAMPLES=FILE   keep the raw samples there
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
URUN=${1:-${URUN:-$HERE/../../urun}}
ROUNDS=${ROUNDS:-5}
DURATION=${DURATION:-2}
CHURN=${CHURN:-30000}
CONGESTION=${CONGESTION:-reno}
SUITES=${SUITES-sid}
OUT=${OUT:-$HERE/RESULTS.md}
SAMPLES=${SAMPLES:-}
COMMAND="ROUNDS=$ROUNDS DURATION=$DURATION CHURN=$CHURN CONGESTION=$CONGESTION SUITES=\"$SUITES\""
COMMAND="$COMMAND${ONLY:+ ONLY=\"$ONLY\"} tests/bench/net.sh $URUN"

. "$HERE/common.sh"

[ "$(id -u)" = 0 ] || die "the network's benchmark needs root, for /dev/net/tun of its user"
[ -d /dev/net ] || die "there is no /dev/net: the kernel has no tun (modprobe tun)"
for tool in unshare nsenter setpriv ip; do
	command -v "$tool" >/dev/null || die "$tool is needed"
done
[ ! -d "$URUN" ] || URUN=$URUN/urun

# The programs, where the user can read them; the helper lies beside urun.
take_urun() {
	if [ ! -x "$URUN" ]; then
		echo "urun: no such program: $URUN" >>"$WORK/missing"
		return
	fi
	mkdir "$WORK/bin"
	install -m 755 "$URUN" "$WORK/bin/urun"
	if [ -x "$(dirname "$URUN")/urun-slirp" ]; then
		install -m 755 "$(dirname "$URUN")/urun-slirp" "$WORK/bin/urun-slirp"
	fi
	echo "urun=$WORK/bin/urun"
}

find_tools() {
	take_urun
	for name in slirp4netns pasta; do
		if path=$(command -v "$name"); then
			echo "$name=$path"
		else
			echo "$name: not installed" >>"$WORK/missing"
		fi
	done
	[ -n "$SUITES" ] || return 0
	# passt is pasta when it is called so.
	# shellcheck disable=SC2086
	PEERS=passt "$HERE/peers.sh" $SUITES 2>>"$WORK/missing" | while read -r name path; do
		ln -s "$path" "$WORK/pasta-${name#passt-}"
		echo "pasta-${name#passt-}=$WORK/pasta-${name#passt-}"
	done
}

begin_work
make_user
compile net_load net_load.c
compile payload payload.c
make_rootfs
# shellcheck disable=SC2086
"$PYTHON" "$HERE/bundle.py" a "$WORK/a" "$WORK/rootfs" $IDS
mkdir -m 700 "$WORK/xdg"
chown -R "$IDS_UID:$IDS_GID" "$WORK/rootfs" "$WORK/a" "$WORK/xdg"
TOOLS=$(find_tools)
: >"$WORK/samples"
cut -d' ' -f1 /proc/loadavg >"$WORK/load"
export CONGESTION WORK IDS_UID IDS_GID TOOLS PYTHON ROUNDS DURATION CHURN ONLY
# In the background, so that a signal is answered at once.
unshare -m -n -p --fork --kill-child --mount-proc --propagation private \
	"$HERE/net_world.sh" <"$WORK/empty" &
CHILD=$!
wait "$CHILD" || die "the measurement failed: $(tail -n 1 "$WORK/log")"
CHILD=
cut -d' ' -f1 /proc/loadavg >>"$WORK/load"
[ -z "$SAMPLES" ] || cp "$WORK/samples" "$SAMPLES"
: >"$WORK/report"
[ ! -f "$OUT" ] || sed '/^# Network$/,$d' "$OUT" >"$WORK/report"
[ ! -s "$WORK/report" ] || [ -z "$(tail -n 1 "$WORK/report")" ] || echo >>"$WORK/report"
# shellcheck disable=SC2086
"$PYTHON" -B "$HERE/net_report.py" "$WORK" "$COMMAND" $TOOLS >>"$WORK/report"
mv "$WORK/report" "$OUT"
say "wrote the network's section of $OUT"
