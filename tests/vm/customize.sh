#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What image.sh does to the bootstrapped folder: the kernel, two users, what of
# systemd a machine like this does without, and the unit that runs the tests.
#
# usage: customize.sh ROOT
set -eu
LC_ALL=C
root=$1

# ---- the kernel: its package wants an initramfs-tools, we have an initrd of our own

package=$(chroot "$root" apt-cache depends linux-image-cloud-amd64 |
	sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p')
chroot "$root" sh -c 'cd /tmp && apt-get download "$1"' sh "$package"
chroot "$root" sh -c 'dpkg-deb -x /tmp/linux-image-*.deb /tmp/kernel && rm /tmp/linux-image-*.deb'
mv "$root"/tmp/kernel/boot/vmlinuz-* "$root/boot/"
mkdir -p "$root/usr/lib/modules"
cp -a "$root"/tmp/kernel/usr/lib/modules/* "$root/usr/lib/modules/"
rm -rf "$root/tmp/kernel"
modules=$(echo "$root"/usr/lib/modules/*)
# Of the drivers, those of a machine without hardware.
find "$modules/kernel/drivers" -mindepth 1 -maxdepth 1 ! -name block ! -name net -exec rm -rf {} +
find "$modules/kernel/drivers/net" -mindepth 1 -maxdepth 1 -type d -exec rm -rf {} +
# Unpacking them is slow where it is emulated.
find "$modules" -name '*.ko.xz' -print0 | xargs -0 -r -n 32 -P 2 xz -d
chroot "$root" depmod "${modules##*/}"

# ---- users: one with sub-ids, another group and a manager that lingers, one with none

chroot "$root" groupadd --gid 1005 extra
chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash --groups extra user
chroot "$root" useradd --uid 1001 --create-home --shell /bin/bash plain
echo user:100000:65536 >"$root/etc/subuid"
echo user:100000:65536 >"$root/etc/subgid"
mkdir -p "$root/var/lib/systemd/linger"
: >"$root/var/lib/systemd/linger/user"
mkdir -p "$root/etc/systemd/system/user@.service.d"
cat >"$root/etc/systemd/system/user@.service.d/delegate.conf" <<'UNIT'
[Service]
Delegate=cpu cpuset io memory pids
UNIT

# ---- podman: judges what a runtime can by its name

mkdir -p "$root/etc/containers/containers.conf.d"
cat >"$root/etc/containers/containers.conf.d/urun.conf" <<'CONF'
[engine]
runtime_supports_json = ["crun", "runc", "urun"]
runtime_supports_nocgroup = ["crun", "urun"]
[engine.runtimes]
urun = ["/opt/suite/urun"]
CONF

# ---- systemd

echo urun-vm >"$root/etc/hostname"
echo "127.0.0.1 localhost urun-vm" >"$root/etc/hosts"
echo 2f5e0a1c2d3b4c5d8e9f0a1b2c3d4e5f >"$root/etc/machine-id"
: >"$root/etc/fstab"
mkdir -p "$root/opt/suite"
for unit in systemd-udev-trigger.service systemd-tpm2-setup.service systemd-tpm2-setup-early.service \
	systemd-pcrmachine.service systemd-pcrphase.service systemd-pcrphase-sysinit.service \
	systemd-pcrextend.socket systemd-pcrlock.socket systemd-creds.socket systemd-hwdb-update.service \
	systemd-firstboot.service systemd-journal-catalog-update.service systemd-update-done.service \
	systemd-pstore.service systemd-binfmt.service systemd-machine-id-commit.service ldconfig.service \
	systemd-sysusers.service systemd-random-seed.service systemd-hibernate-clear.service \
	systemd-update-utmp.service systemd-sysext.socket systemd-hostnamed.socket \
	sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
	sys-fs-fuse-connections.mount getty.target netavark-dhcp-proxy.socket netavark-dhcp-proxy.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer fstrim.timer \
	systemd-tmpfiles-clean.timer e2scrub_all.timer e2scrub_reap.service \
	serial-getty@ttyS0.service modprobe@.service systemd-journal-flush.service; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
mkdir -p "$root/etc/systemd/journald.conf.d"
printf '[Journal]\nStorage=volatile\n' >"$root/etc/systemd/journald.conf.d/urun.conf"
cat >"$root/etc/systemd/system/urun-tests.service" <<'UNIT'
[Unit]
Description=The tests in /opt/suite
Wants=user@1000.service
After=user@1000.service systemd-logind.service systemd-user-sessions.service dbus.service
SuccessAction=poweroff-immediate
FailureAction=poweroff-immediate

[Service]
Type=oneshot
ExecStart=/opt/suite/tests/vm/guest.sh
StandardOutput=journal+console
StandardError=journal+console
TimeoutStartSec=infinity
UNIT
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -sf ../urun-tests.service "$root/etc/systemd/system/multi-user.target.wants/urun-tests.service"
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
