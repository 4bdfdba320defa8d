# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What is bootstrapped from Debian, for engines/root.sh and vm/image.sh: made
# once, kept outside the tree in a folder whose name is a hash of the recipe, so
# that a changed recipe makes a new one. Exit status 77, and one line that says
# why, where it cannot be made.
#
#   cache_open CACHE RECIPE... || { make "$folder.new"; cache_close; }
#   echo "$folder"

# A folder that no suite has used for so many days is of an old recipe.
stale_days=30

lack() {
	echo "$*"
	exit 77
}

# cache_open CACHE RECIPE...: sets $folder and $log, and fails where the folder
# must be made; then nobody else is making it.
cache_open() {
	local cache=$1 old
	shift
	folder=$cache/$(printf '%s\n' "$@" "$(uname -m)" | sha256sum | cut -c1-16)
	log=$folder.log
	if [ -e "$folder/.complete" ]; then
		touch "$folder/.complete" 2>/dev/null
		return 0
	fi
	[ "$(id -u)" = 0 ] || lack "needs root to bootstrap a Debian folder"
	command -v mmdebstrap >/dev/null || lack "needs mmdebstrap to bootstrap a Debian folder"
	mkdir -p "$cache" 2>/dev/null || lack "cannot create the folder '$cache'"
	chmod 0755 "$cache"
	# One suite at a time; the second one finds the work done.
	exec 9>"$cache/.lock"
	flock 9 || lack "cannot lock '$cache/.lock'"
	[ ! -e "$folder/.complete" ] || return 0
	for old in "$cache"/*/; do
		[ -z "$(find "$old.complete" -mtime "-$stale_days" 2>/dev/null)" ] || continue
		rm -rf --one-file-system "$old"
	done
	return 1
}

cache_close() {
	touch "$folder.new/.complete"
	mv "$folder.new" "$folder" || lack "cannot rename '$folder.new'"
}

# debian_bootstrap SECONDS SUITE TARGET MIRROR OPTION...: longer than a slow
# mirror needs, shorter than a suite may wait.
debian_bootstrap() {
	local seconds=$1 suite=$2 target=$3 mirror=$4 why
	shift 4
	timeout -k 10 "$seconds" mmdebstrap --mode=root --aptopt='Acquire::http::Timeout "20"' \
		--aptopt='Acquire::Retries "1"' "$@" "$suite" "$target" "$mirror" \
		>"$log" 2>&1 9>&- < <(:) && return 0
	rm -rf --one-file-system "$folder.new"
	why=$(grep -E -A1 '^(E:|Err:)' "$log" | head -n 2 | tr -s '\n ' ' ')
	why=${why:-see $log}
	lack "cannot bootstrap $suite from $mirror: ${why% }"
}
