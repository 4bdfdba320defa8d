# shellcheck shell=sh
# What run.sh and net.sh share: a throw-away user, a folder, and their end.

say() { echo "bench: $*" >&2; }
die() { say "$*"; exit 1; }

clean_up() {
	status=$?
	trap - EXIT INT TERM
	[ -z "$CHILD" ] || kill -KILL "$CHILD" 2>/dev/null || :
	if [ -n "$BENCH_USER" ]; then
		for _ in 1 2 3; do # what still forks may escape a round
			ps -o pid= -u "$BENCH_USER" | while read -r pid; do
				kill -KILL "$pid" 2>/dev/null || :
			done
		done
		userdel "$BENCH_USER" 2>/dev/null || :
	fi
	if [ -n "$WORK" ]; then
		rm -rf --one-file-system "$WORK"
	fi
	exit "$status"
}

begin_work() { # sets WORK and PYTHON; from here on all is removed at the end
	BENCH_USER=
	CHILD=
	WORK=
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	PYTHON=$(command -v python3) || die "python3 is needed"
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/urun-bench.XXXXXX")
	chmod 755 "$WORK"
	: >"$WORK/missing"
	: >"$WORK/log"
	: >"$WORK/empty"
}

make_user() { # sets BENCH_USER, and IDS: uid gid subuid subgid count
	if [ "$(id -u)" = 0 ]; then
		name=urbench$$
		useradd --no-create-home --user-group --shell /bin/false "$name"
		BENCH_USER=$name
	else
		name=$(id -un)
	fi
	subuid=$(awk -F: -v u="$name" '$1 == u { print $2; exit }' /etc/subuid)
	subgid=$(awk -F: -v u="$name" '$1 == u { print $2; exit }' /etc/subgid)
	if [ -z "$subuid" ] || [ -z "$subgid" ]; then
		die "$name has no sub-ids"
	fi
	IDS_UID=$(id -u "$name")
	IDS_GID=$(id -g "$name")
	IDS="$IDS_UID $IDS_GID $subuid $subgid 65536"
}

compile() { # PROGRAM SOURCE...: static, to keep its own cost small
	prog=$1
	shift
	(cd "$HERE" && ${CC:-cc} -O2 -std=gnu11 -static -o "$WORK/$prog" "$@") ||
		die "cannot compile $prog"
}

make_rootfs() { # of the compiled payload alone
	for dir in bin dev proc sys etc run tmp; do
		mkdir -p "$WORK/rootfs/$dir"
	done
	cp "$WORK/payload" "$WORK/rootfs/bin/true"
	cp "$WORK/payload" "$WORK/rootfs/bin/sleep"
}
