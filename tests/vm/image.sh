#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The machine of `make check-vm`: prints the path of a folder with disk.img (a
# Debian with systemd and the engines), vmlinuz and initrd.img. Nothing writes to
# them afterwards. Exit status 77, and one line that says why, where they cannot
# be made.
#
# usage: image.sh
# URUN_VM_CACHE: where it is kept, default ${XDG_CACHE_HOME:-/var/cache}/urun-vm
# URUN_ENGINES_MIRROR: another mirror than deb.debian.org.
set -u
LC_ALL=C
export LC_ALL

here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/debian.sh"

suite=trixie
mirror=${URUN_ENGINES_MIRROR:-http://deb.debian.org/debian}
packages=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,udev,kmod,login
packages+=,podman,buildah,crun,runc,conmon,catatonit,uidmap,slirp4netns,passt,fuse-overlayfs
packages+=,netavark,aardvark-dns,nftables,bats,jq,python3-minimal,busybox-static,procps
packages+=,iproute2,attr,strace,util-linux,libyajl2,libseccomp2
recipe=("$suite" --variant=apt "--include=$packages"
	--aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*'
	--dpkgopt='path-exclude=/usr/share/locale/*')
megabytes=1536
cache=${URUN_VM_CACHE:-${XDG_CACHE_HOME:-/var/cache}/urun-vm}

make_disk() {
	mke2fs -q -F -t ext4 -E lazy_itable_init=0,root_owner=0:0 -O ^has_journal \
		-d "$folder.new/root" "$folder.new/disk.img" "${megabytes}M" >>"$log" 2>&1
}

# A busybox, and the one module that the root file system's disk needs.
make_initrd() {
	local dir=$folder.new/initrd
	mkdir -p "$dir/bin" "$dir/dev" "$dir/proc" "$dir/root" &&
		cp "$folder.new/root/usr/bin/busybox" "$dir/bin/busybox" &&
		find "$folder.new/root/usr/lib/modules" -name virtio_blk.ko -exec cp {} "$dir/" \; &&
		[ -e "$dir/virtio_blk.ko" ] &&
		cp "$here/init.sh" "$dir/init" && chmod 0755 "$dir/init" &&
		(cd "$dir" && find . | "$dir/bin/busybox" cpio -o -H newc) \
			>"$folder.new/initrd.img" 2>>"$log"
}

cache_open "$cache" "${recipe[@]}" "$megabytes" "$(cat "$0" "$here/customize.sh" "$here/init.sh")" || {
	command -v mke2fs >/dev/null || lack "needs mke2fs to make a disk image"
	rm -rf --one-file-system "$folder.new"
	mkdir "$folder.new" || lack "cannot create the folder '$folder.new'"
	debian_bootstrap 600 "$suite" "$folder.new/root" "$mirror" "${recipe[@]:1}" \
		--customize-hook="$here/customize.sh"
	mv "$folder.new"/root/boot/vmlinuz-* "$folder.new/vmlinuz" &&
		make_initrd && make_disk || lack "cannot make the disk image: see $log"
	rm -rf --one-file-system "$folder.new/root" "$folder.new/initrd"
	cache_close
}
echo "$folder"
