#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A Debian folder with the engines in it: prints its path. Nothing writes to it
# afterwards (world.sh lays a tmpfs over it). Exit status 77, and one line that
# says why, where it cannot be made.
#
# usage: root.sh [CACHE]    default ${XDG_CACHE_HOME:-/var/cache}/urun-engines
# URUN_ENGINES_MIRROR: another mirror than deb.debian.org.
set -u
LC_ALL=C
export LC_ALL

. "$(dirname "$0")/../lib/debian.sh"

suite=trixie
mirror=${URUN_ENGINES_MIRROR:-http://deb.debian.org/debian}
# uidmap for rootless podman, catatonit for pods and --init; the libraries are
# those that urun is linked with.
packages=podman,buildah,conmon,crun,catatonit,containerd,uidmap
packages+=,libyajl2,libseccomp2,ca-certificates,procps,util-linux
recipe=("$suite" --variant=apt "--include=$packages"
	--aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io)
cache=${1:-${XDG_CACHE_HOME:-/var/cache}/urun-engines}

[ "$(id -u)" = 0 ] || lack "needs root to bootstrap a Debian folder"
cache_open "$cache" "${recipe[@]}" || {
	debian_bootstrap 420 "$suite" "$folder.new" "$mirror" "${recipe[@]:1}"
	cache_close
}
echo "$folder"
