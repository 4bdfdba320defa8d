#!/bin/busybox sh
# shellcheck shell=dash
# SPDX-License-Identifier: Apache-2.0
#
# Pid 1 of the VM until its disk is there: the root file system and, below
# /opt/suite, the disk with the tree under test.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
$b insmod /virtio_blk.ko
for i in 1 2 3 4 5 6 7 8 9 10; do
	[ -b /dev/vda ] && [ -b /dev/vdb ] && break
	$b sleep 0.2
done
$b mount -t ext4 -o noatime /dev/vda /root &&
	$b mount -t ext4 -o ro /dev/vdb /root/opt/suite &&
	$b mount -o move /dev /root/dev &&
	exec $b switch_root /root /sbin/init
echo "urun-vm: the disks cannot be mounted"
$b poweroff -f
