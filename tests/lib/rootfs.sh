#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A root file system of one static busybox and links to it, without any
# download. usage: rootfs.sh DIR
set -eu
LC_ALL=C
dir=$1

find_busybox() {
	local b
	for b in "${BUSYBOX:-}" "$(command -v busybox.static || :)" "$(command -v busybox || :)" \
		/usr/lib/busybox/busybox-static /usr/libexec/busybox; do
		[ -n "$b" ] && [ -x "$b" ] || continue
		# Static means that the program names no interpreter.
		if ! readelf -lW "$b" 2>/dev/null | grep -q INTERP; then
			echo "$b"
			return 0
		fi
	done
	echo "no static busybox found: install busybox-static (or set BUSYBOX)" >&2
	return 1
}

busybox=$(find_busybox)
mkdir -p "$dir"/{bin,dev,etc,home,proc,root,run,sys,tmp,usr/bin,var}
cp "$busybox" "$dir/bin/busybox"
chmod 0755 "$dir/bin/busybox"
# The list contains busybox itself: a link of that name would be a loop.
"$busybox" --list | while read -r applet; do
	case $applet in busybox | linuxrc) continue ;; esac
	ln -sf busybox "$dir/bin/$applet"
done
chmod 1777 "$dir/tmp"
cat >"$dir/etc/passwd" <<'PASSWD'
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/:/bin/false
user:x:1000:1000:user:/home:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
PASSWD
cat >"$dir/etc/group" <<'GROUP'
root:x:0:
daemon:x:1:
tty:x:5:
user:x:1000:
nogroup:x:65534:
GROUP
