#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh clone to a running container in one command:
#   ./quickstart.sh         installs what the build needs, builds, runs a busybox
#                           container as an unprivileged user and shows it from inside
#   ./quickstart.sh check   installs what the tests need too and runs the whole suite
# Packages are installed by root or with sudo; where they are there already,
# a plain user needs neither.
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"
top=$(pwd)

say() {
	printf '\n== %s\n' "$*"
}

die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# ---- packages

has_static_busybox() {
	for b in "${BUSYBOX:-}" "$(command -v busybox.static || :)" "$(command -v busybox || :)" \
		/usr/lib/busybox/busybox-static; do
		if [ -n "$b" ] && [ -x "$b" ] && ! readelf -lW "$b" 2>/dev/null | grep -q INTERP; then
			return 0
		fi
	done
	return 1
}

has_library() {
	pkg-config --exists "$1" 2>/dev/null
}

# Its pkg-config file asks for glib's, which urun does without.
has_slirp() {
	[ -e /usr/include/slirp/libslirp.h ] || has_library slirp
}

# Names what is missing, by program or library.
missing() {
	command -v gcc >/dev/null || command -v clang >/dev/null || command -v cc >/dev/null ||
		echo gcc
	for tool in make autoconf automake pkg-config readelf newuidmap setpriv unshare; do
		command -v $tool >/dev/null || echo $tool
	done
	has_library yajl || echo yajl
	has_library libseccomp || echo libseccomp
	# Alpine has none; urun is built without then.
	has_library libsystemd || command -v apk >/dev/null || echo libsystemd
	has_static_busybox || echo busybox-static
	[ "$1" = check ] || return 0
	for tool in bats jq git find awk; do
		command -v $tool >/dev/null || echo $tool
	done
	if [ "$(id -u)" = 0 ]; then
		command -v useradd >/dev/null || echo useradd
	fi
}

# urun is built without the network slirp where its library is not to be had. The rest
# is what the lints and a few tests use; the suite skips what it does not find.
missing_optional() {
	has_slirp || echo libslirp
	[ "$1" = check ] || return 0
	for tool in shellcheck clang-format-14 clang python3 ip iperf3 capsh setcap mmdebstrap systemd-run \
		dbus-daemon qemu-system-x86_64 mke2fs xz; do
		command -v $tool >/dev/null || echo $tool
	done
}

# Sets install (the command), packages, network, test_packages and optional.
choose_packages() {
	if command -v apt-get >/dev/null; then
		install='apt-get install -y --no-install-recommends'
		packages='gcc libc6-dev make autoconf automake pkg-config binutils libyajl-dev
			libseccomp-dev libsystemd-dev busybox-static uidmap util-linux'
		network=libslirp-dev
		test_packages='bats jq git findutils gawk passwd procps'
		optional='shellcheck clang clang-format-14 python3 libcap2-bin mmdebstrap iproute2 iperf3
			systemd dbus-daemon qemu-system-x86 e2fsprogs xz-utils'
	elif command -v dnf >/dev/null; then
		install='dnf install -y'
		packages='gcc make autoconf automake pkgconf-pkg-config binutils yajl-devel
			libseccomp-devel systemd-devel busybox shadow-utils util-linux'
		network=libslirp-devel
		test_packages='bats jq git findutils gawk procps-ng'
		optional='ShellCheck clang python3 libcap iproute iperf3 systemd dbus-daemon'
	elif command -v apk >/dev/null; then
		install='apk add'
		packages='gcc musl-dev linux-headers make autoconf automake pkgconf binutils
			yajl-dev libseccomp-dev busybox-static shadow-uidmap util-linux bash'
		network=libslirp-dev
		test_packages='bats jq git findutils gawk shadow procps coreutils'
		optional='shellcheck clang python3 libcap-utils iproute2 iperf3'
	elif command -v pacman >/dev/null; then
		install='pacman -S --needed --noconfirm'
		packages='gcc make autoconf automake pkgconf binutils yajl libseccomp systemd-libs busybox
			shadow util-linux'
		network=libslirp
		test_packages='bats jq git findutils gawk procps-ng'
		optional='shellcheck clang python libcap iproute2 iperf3 systemd dbus'
	elif command -v zypper >/dev/null; then
		install='zypper --non-interactive install'
		packages='gcc make autoconf automake pkg-config binutils libyajl-devel
			libseccomp-devel systemd-devel busybox-static shadow util-linux'
		network=libslirp-devel
		test_packages='bats jq git findutils gawk procps'
		optional='ShellCheck clang python3 libcap-progs iproute2 iperf systemd dbus-1-daemon'
	else
		die "missing: $(missing "$mode" | tr '\n' ' ')(none of apt, dnf, apk, pacman, zypper found)"
	fi
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

install_packages() {
	lack=$(missing "$mode" | tr '\n' ' ')
	lack_optional=$(missing_optional "$mode" | tr '\n' ' ')
	if [ -z "$lack" ]; then
		# What urun and its suite can do without is not worth a failure or a password.
		[ -n "$lack_optional" ] && [ "$(id -u)" = 0 ] || return 0
	fi
	choose_packages
	wanted=$packages
	[ "$mode" != check ] || wanted="$packages $test_packages"
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		die "missing: ${lack}- install as root: $install $(echo $wanted)"
	fi
	say "installing what is missing: $lack$lack_optional"
	DEBIAN_FRONTEND=noninteractive
	export DEBIAN_FRONTEND
	if command -v apt-get >/dev/null; then
		as_root apt-get update -qq || :
	fi
	if [ -n "$lack" ]; then
		# shellcheck disable=SC2086
		as_root $install $wanted || die "cannot install: $(echo $wanted)"
	fi
	has_slirp || as_root $install "$network" >/dev/null 2>&1 ||
		say "$network cannot be installed: urun is built without the network slirp"
	if [ "$mode" = check ]; then
		for package in $optional; do
			as_root $install "$package" >/dev/null 2>&1 || :
		done
	fi
	lack=$(missing "$mode" | tr '\n' ' ')
	[ -z "$lack" ] || die "still missing after the installation: $lack"
}

# ---- build

build() {
	say "building urun"
	[ -x configure ] || ./autogen.sh
	# A tree that was configured in place goes on being built in place.
	if [ -e config.status ]; then
		builddir=$top
	else
		builddir=$top/build
		mkdir -p "$builddir"
	fi
	cd "$builddir"
	[ -e config.status ] || "$top/configure" --quiet
	make --silent -j"$(nproc 2>/dev/null || echo 2)"
	cd "$top"
	"$builddir/urun" --version
}

# ---- the container

demo_user=
demo_dir=

clean_up() {
	trap - EXIT
	[ -z "$demo_dir" ] || rm -rf "$demo_dir"
	if [ -n "$demo_user" ]; then
		userdel "$demo_user" 2>/dev/null || :
	fi
}

make_demo_user() {
	command -v useradd >/dev/null || die "useradd is missing: run ./quickstart.sh as a plain user"
	demo_user=urun-demo$$
	useradd --no-create-home --home-dir "$demo_dir" --shell /bin/sh -K SUB_UID_COUNT=0 \
		-K SUB_GID_COUNT=0 "$demo_user"
	first=$(awk -F: 'BEGIN { top = 100000 } $2 + $3 > top { top = $2 + $3 }
		END { printf "%d\n", top }' /etc/subuid /etc/subgid 2>/dev/null || echo 100000)
	touch /etc/subuid /etc/subgid
	usermod --add-subuids "$first-$((first + 65535))" \
		--add-subgids "$first-$((first + 65535))" "$demo_user"
}

as_demo_user() {
	if [ -n "$demo_user" ]; then
		setpriv --reuid "$demo_user" --regid "$demo_user" --init-groups --inh-caps=-all \
			env -i "PATH=$PATH" "HOME=$demo_dir" "XDG_RUNTIME_DIR=$demo_dir/xdg" "$@"
	else
		XDG_RUNTIME_DIR=$demo_dir/xdg "$@"
	fi
}

make_bundle() {
	bash tests/lib/rootfs.sh "$demo_dir/bundle/rootfs"
	cat >"$demo_dir/bundle/rootfs/demo.sh" <<'DEMO'
echo "-- id";                 id
echo "-- /proc/self/uid_map"; cat /proc/self/uid_map
echo "-- hostname";           hostname
echo "-- ps";                 ps
DEMO
	cp "$builddir/urun" "$demo_dir/urun"
	mkdir "$demo_dir/xdg"
	chmod 0700 "$demo_dir/xdg"
	[ -z "$demo_user" ] || chown -R "$demo_user:$demo_user" "$demo_dir"
	(cd "$demo_dir/bundle" && as_demo_user "$demo_dir/urun" spec)
	# The default config runs a shell on a terminal: ours runs the script.
	config=$demo_dir/bundle/config.json
	sed -e 's/"terminal": *true/"terminal": false/' -e 's|"sh"|"/bin/sh", "/demo.sh"|' \
		"$config" >"$config.new"
	cat "$config.new" >"$config"
	rm -f "$config.new"
}

demo() {
	demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/urun-demo.XXXXXX")
	chmod 0755 "$demo_dir"
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$demo_dir/bundle"
	[ "$(id -u)" != 0 ] || make_demo_user
	make_bundle
	say "urun run demo, as user '${demo_user:-$(id -un)}' (uid $(id -u ${demo_user:+"$demo_user"}))"
	cd "$demo_dir/bundle"
	: | as_demo_user "$demo_dir/urun" run demo
	cd "$top"
}

mode=${1:-run}
case $mode in
run)
	install_packages
	build
	demo
	say "done. The program: $builddir/urun   The whole suite: ./quickstart.sh check"
	;;
check)
	install_packages
	build
	say "running the suite"
	# The suite's own last line is ours: make's echo would come behind it.
	make --silent -C "$builddir" check-programs
	exec "$top/tests/run" --builddir "$builddir"
	;;
*)
	echo "usage: ./quickstart.sh [check]" >&2
	exit 1
	;;
esac
