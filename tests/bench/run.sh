#!/bin/sh
# Measure urun against every peer found, rootless, in one interleaved run.
#
# usage: run.sh [URUN_BINARY]           (default: ../../urun)
#
# As root: makes a throw-away user with sub-ids and a private mount namespace,
# and removes both again.  As a plain user with sub-ids: measures as that user,
# without the ptrace counts.  Writes RESULTS.md beside this script, or $OUT.
#
#   ROUNDS=50 WARMUP=3   measured rounds, and rounds thrown away before them
#   PAUSE_US=5000        rest before each job, for the last one's aftermath
#   SUITES="sid bookworm"  Debian suites to take peers from ("" for none)
#   ONLY=NAME|NAME       measure these runtimes only
#   FILTER=FILE          compiled seccomp filter for the floor program, else the
#                        one that crun caches
#   SAMPLES=FILE         keep the raw samples there
#   SCOPE_ROUNDS=30      rounds of what a scope adds (as root, where a user
#                        manager can be started; 0: leave it out)
#   VM_ROUNDS=0          the same in the machine of tests/vm: minutes
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
URUN=${1:-${top_builddir:-$HERE/../..}/urun}
ROUNDS=${ROUNDS:-50}
WARMUP=${WARMUP:-3}
PAUSE_US=${PAUSE_US:-5000}
SUITES=${SUITES-sid bookworm}
OUT=${OUT:-$HERE/RESULTS.md}
SAMPLES=${SAMPLES:-}
SCOPE_ROUNDS=${SCOPE_ROUNDS:-30}
VM_ROUNDS=${VM_ROUNDS:-0}
COMMAND="ROUNDS=$ROUNDS WARMUP=$WARMUP PAUSE_US=$PAUSE_US SUITES=\"$SUITES\""
COMMAND="$COMMAND${FILTER:+ FILTER=$FILTER}${ONLY:+ ONLY=\"$ONLY\"} $0${1:+ $1}"

. "$HERE/common.sh"

# ---- inside the private mount namespace ----

# Hybrid hosts: crun wants a cgroup v2 tree at /sys/fs/cgroup.
show_unified_cgroup() {
	if [ "$(id -u)" = 0 ] && [ -d /sys/fs/cgroup/unified ] &&
	   [ ! -e /sys/fs/cgroup/cgroup.controllers ]; then
		mount --bind /sys/fs/cgroup/unified /sys/fs/cgroup
	fi
}

as_user() {
	# shellcheck disable=SC2086 # $steady is empty or a prefix of words
	if [ -n "$BENCH_USER" ]; then
		$steady setpriv --reuid "$IDS_UID" --regid "$IDS_GID" --clear-groups \
			env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
	else
		$steady env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
	fi
}

# The compiled filter some crun caches; it serves the floor program.
find_filter() {
	if [ -n "${FILTER:-}" ]; then
		install -m 644 "$FILTER" "$WORK/filter"
		echo "$WORK/filter"
		return
	fi
	printf '%s\n' "$RUNTIMES" | grep crun | while IFS="=" read -r _ path; do
		xdg=$WORK/xdg/filter
		as_user mkdir -p -m 700 "$xdg"
		as_user XDG_RUNTIME_DIR="$xdg" "$path" \
			--cgroup-manager=disabled run -b "$WORK/b" filter \
			<"$WORK/empty" >>"$WORK/log" 2>&1 || continue
		found=$(find "$xdg/crun/.cache/seccomp" -type f 2>/dev/null)
		if [ -n "$found" ]; then
			cp "$found" "$WORK/filter"
			chmod 644 "$WORK/filter"
			echo "$WORK/filter"
			break
		fi
	done
}

measure() {
	steady=
	show_unified_cgroup
	if [ "$(id -u)" = 0 ]; then
		mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$WORK/xdg"
		chown "$IDS_UID:$IDS_GID" "$WORK/xdg"
	fi
	filter=$(find_filter)
	[ -n "$filter" ] || say "no compiled filter: the floor goes without"
	# shellcheck disable=SC2086 # one word each
	"$PYTHON" "$HERE/plan.py" "$WORK" $IDS "${filter:--}" $RUNTIMES \
		>"$WORK/plan"
	if chrt -f 1 true 2>/dev/null; then
		steady="chrt -f 1"
	fi
	echo "${steady:-none}" >"$WORK/steady"
	as_user "$WORK/bench" -r "$ROUNDS" -w "$WARMUP" \
		-p "$PAUSE_US" "$WORK/plan" >"$WORK/samples"
	: >"$WORK/counts"
	if [ "$(id -u)" = 0 ] && [ -n "$BENCH_USER" ]; then
		find "$WORK/xdg" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
		setpriv --pdeathsig KILL "$WORK/bench" -t "$IDS_UID:$IDS_GID" "$WORK/plan" \
			>"$WORK/counts"
	fi
}

if [ "${1:-}" = --measure ]; then
	measure
	exit
fi

# ---- outside ----

sample_config() {
	for dir in "$HERE/../samples" "$HERE"; do
		if [ -f "$dir/podman-rootless-run.json" ]; then
			echo "$dir/podman-rootless-run.json"
			return
		fi
	done
	die "no podman-rootless-run.json"
}

wanted() {
	case "|${ONLY:-$1}|" in
	*"|$1|"*) return 0 ;;
	esac
	return 1
}

# NAME=PATH lines: urun, then the peers of Debian, then those in PATH.
find_runtimes() {
	if [ -x "$URUN" ]; then
		install -m 755 "$URUN" "$WORK/urun"
		echo "urun=$WORK/urun"
	else
		say "no $URUN: measuring the peers alone"
		echo "urun: no such program: $URUN" >>"$WORK/missing"
	fi
	if [ -n "$SUITES" ]; then
		# shellcheck disable=SC2086
		"$HERE/peers.sh" $SUITES 2>>"$WORK/missing" | sed 's/\t/=/'
		cat "$WORK/missing" >&2
	fi
	for name in crun runc youki; do
		if path=$(command -v "$name"); then
			echo "$name-host=$path"
		fi
	done
}

# ---- what a scope adds ----

# scope_plan XDG_RUNTIME_DIR DIR ROOTFS IDS NAME=PATH...: the bundles in DIR, and the plan.
scope_plan() {
	xdg=$1 dir=$2 rootfs=$3 ids=$4
	shift 4
	# shellcheck disable=SC2086
	"$PYTHON" "$HERE/bundle.py" a "$dir/a" "$rootfs" $ids || return 1
	mkdir -p "$dir/limited"
	"$PYTHON" - "$dir" "$LIMITS" <<-'END' || return 1
		import json, sys
		with open(sys.argv[1] + "/a/config.json", encoding="utf-8") as file:
		    config = json.load(file)
		config["linux"]["resources"] = json.loads(sys.argv[2])
		with open(sys.argv[1] + "/limited/config.json", "w", encoding="utf-8") as file:
		    json.dump(config, file)
	END
	"$PYTHON" "$HERE/scope.py" plan "$xdg" "${SCOPE_DIR:-$dir}/a" "${SCOPE_DIR:-$dir}/limited" "$@" \
		>"$dir/plan"
}

# By a user manager of our own, on this host.
measure_scope() {
	lib=$HERE/../lib
	if [ "$SCOPE_ROUNDS" = 0 ] || [ ! -x "$lib/user_manager.sh" ] ||
	   lack=$("$lib/user_manager.sh" lack); then
		echo "what a scope adds: ${lack:-not asked for}" >>"$WORK/missing"
		return
	fi
	mkdir -p "$WORK/scope" "$WORK/home"
	# The one controller that this kind of machine may have in cgroup2.
	LIMITS='{"hugepageLimits": [{"pageSize": "2MB", "limit": 4194304}]}'
	# shellcheck disable=SC2046 # a word each
	scope_plan "/run/user/$IDS_UID" "$WORK/scope" "$WORK/rootfs" "$IDS" \
		$(printf '%s\n' "$RUNTIMES" | grep -e '^urun=' -e '^crun') || return
	chown -R "$IDS_UID:$IDS_GID" "$WORK/scope" "$WORK/home"
	"$lib/user_manager.sh" unified "$BENCH_USER" "$WORK/home" "$WORK/bench" -r "$SCOPE_ROUNDS" \
		-w "$WARMUP" -p 50000 "$WORK/scope/plan" <"$WORK/empty" >"$WORK/scope.this-host" ||
		echo "what a scope adds: the driver failed" >>"$WORK/missing"
}

# In the emulated machine, where all controllers are.
measure_vm() {
	[ "$VM_ROUNDS" != 0 ] || return 0
	mkdir -p "$WORK/vm"
	LIMITS='{"memory": {"limit": 67108864}, "pids": {"limit": 50}, "cpu": {"quota": 50000, "period": 100000}}'
	SCOPE_DIR=/opt/suite/bench
	scope_plan /run/user/1000 "$WORK/vm" /home/user/rootfs "1000 1000 100000 100000 65536" \
		urun=/opt/suite/urun crun-trixie=/usr/bin/crun || return
	cp "$WORK/bench" "$WORK/vm/"
	"$HERE/../vm/run" --builddir "$(dirname "$URUN")" --bench "$WORK/vm" "$VM_ROUNDS" \
		>"$WORK/scope.emulated-machine" <"$WORK/empty" ||
		echo "what a scope adds in the emulated machine: it failed" >>"$WORK/missing"
}

begin_work
make_user
compile bench bench.c trace.c
compile floor floor.c
compile payload payload.c
make_rootfs
for kind in a b; do
	# shellcheck disable=SC2086
	"$PYTHON" "$HERE/bundle.py" "$kind" "$WORK/$kind" "$WORK/rootfs" \
		$IDS "$(sample_config)"
done
mkdir "$WORK/xdg"
chown -R "$IDS_UID:$IDS_GID" "$WORK/rootfs" "$WORK/a" "$WORK/b" "$WORK/xdg"
RUNTIMES=$(find_runtimes | while IFS='=' read -r name path; do
	! wanted "$name" || echo "$name=$path"
done)
export WORK BENCH_USER IDS IDS_UID IDS_GID RUNTIMES PYTHON
export ROUNDS WARMUP PAUSE_US
# In the background, so that a signal is answered at once.
if [ "$(id -u)" = 0 ]; then
	unshare -m --propagation private "$0" --measure <"$WORK/empty" &
else
	"$0" --measure <"$WORK/empty" &
fi
CHILD=$!
wait "$CHILD"
CHILD=
[ "$(id -u)" != 0 ] || measure_scope
measure_vm
[ -z "$SAMPLES" ] || cp "$WORK/samples" "$SAMPLES"
# shellcheck disable=SC2086
"$PYTHON" "$HERE/report.py" "$WORK" "$COMMAND" $RUNTIMES >"$WORK/report"
# The network's section is net.sh's.
if grep -q '^# Network$' "$OUT" 2>/dev/null; then
	echo >>"$WORK/report"
	sed -n '/^# Network$/,$p' "$OUT" >>"$WORK/report"
fi
mv "$WORK/report" "$OUT"
say "wrote $OUT"
