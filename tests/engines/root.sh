#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A Debian folder with the engines in it, made once and kept outside the tree:
# prints its path. The name is a hash of this recipe, so that a changed recipe
# makes a new one. Nothing writes to it afterwards (world.sh lays a tmpfs over
# it). Exit status 77, and one line that says why, where it cannot be made.
#
# usage: root.sh [CACHE]    default ${XDG_CACHE_HOME:-/var/cache}/urun-engines
# URUN_ENGINES_MIRROR: another mirror than deb.debian.org.
set -u
LC_ALL=C
export LC_ALL

suite=trixie
mirror=${URUN_ENGINES_MIRROR:-http://deb.debian.org/debian}
# uidmap for rootless podman, catatonit for pods and --init; the libraries are
# those that urun is linked with.
packages=podman,buildah,conmon,crun,catatonit,containerd,uidmap
packages+=,libyajl2,libseccomp2,ca-certificates,procps,util-linux
recipe=("$suite" --variant=apt "--include=$packages"
	--aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io)
# Longer than a slow mirror needs, shorter than a suite may wait.
patience=420
cache=${1:-${XDG_CACHE_HOME:-/var/cache}/urun-engines}
# A folder that no suite has used for so many days is of an old recipe.
stale_days=30

lack() {
	echo "$*"
	exit 77
}

hash=$(printf '%s\n' "${recipe[@]}" "$(uname -m)" | sha256sum | cut -c1-16)
folder=$cache/$hash

[ "$(id -u)" = 0 ] || lack "needs root to bootstrap a Debian folder"
if [ -e "$folder/.complete" ]; then
	touch "$folder/.complete"
	echo "$folder"
	exit 0
fi
command -v mmdebstrap >/dev/null || lack "needs mmdebstrap to bootstrap a Debian folder"
mkdir -p "$cache" 2>/dev/null || lack "cannot create the folder '$cache'"
chmod 0755 "$cache"

# One suite at a time; the second one finds the work done.
exec 9>"$cache/.lock"
flock 9 || lack "cannot lock '$cache/.lock'"
if [ -e "$folder/.complete" ]; then
	echo "$folder"
	exit 0
fi
for old in "$cache"/*/; do
	[ -z "$(find "$old.complete" -mtime "-$stale_days" 2>/dev/null)" ] || continue
	rm -rf --one-file-system "$old"
done

log=$cache/$hash.log
if ! timeout -k 10 $patience mmdebstrap --mode=root --aptopt='Acquire::http::Timeout "20"' \
	--aptopt='Acquire::Retries "1"' "${recipe[@]:1}" "$suite" "$folder.new" "$mirror" \
	>"$log" 2>&1 9>&- < <(:); then
	rm -rf --one-file-system "$folder.new"
	why=$(grep -E -A1 '^(E:|Err:)' "$log" | head -n 2 | tr -s '\n ' ' ')
	why=${why:-see $log}
	lack "cannot bootstrap $suite from $mirror: ${why% }"
fi
touch "$folder.new/.complete"
mv "$folder.new" "$folder" || lack "cannot rename '$folder.new'"
echo "$folder"
