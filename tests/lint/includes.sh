#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The may-include table of src/README.md: who sees whom. A folder always sees
# itself; what is not in its row it does not see.
. "$(dirname "$0")/lint.sh.inc"

may_include() {
	case $1 in
	src/base) ;;
	src/json) echo 'base/*' ;;
	userns | netns | cgroup) echo 'base/*' ;;
	netns/slirp) echo 'base/* json/* netns/+([!/]) netns/slirp/*' ;;
	src/oci) echo 'base/* json/* userns/idmap.h cgroup/limits.h cgroup/stat.h netns/net_+([!/])' ;;
	src/plan) echo 'base/* oci/* userns/idmap.h cgroup/limits.h cgroup/request.h netns/net_+([!/])' ;;
	src/rootfs | src/process | src/ext) echo 'base/* plan/plan.h' ;;
	# The state file is JSON of its own, and state.json has the config's annotations.
	src/state) echo 'base/* json/* oci/config.h plan/plan.h cgroup/request.h' ;;
	# `list` is an array of state documents: the one document liburun itself makes.
	src) echo 'json/write.h '"$(may_include src/run)" ;;
	src/run) echo 'base/* oci/* plan/* rootfs/* process/* state/* ext/* run/* userns/* netns/+([!/]) netns/slirp/slirp_config.h cgroup/* urun.h' ;;
	src/cli) echo 'base/* urun.h' ;;
	esac
}

status=0
while IFS=: read -r file line text; do
	header=$(sed -n 's/^[ \t]*#[ \t]*include[ \t]*"\([^"]*\)".*/\1/p' <<<"$text")
	[ -n "$header" ] || continue
	case $header in config.h | git-version.h) continue ;; esac
	dir=$(dirname "$file")
	ok=0
	# shellcheck disable=SC2046
	set -f
	for pattern in "${dir#src/}/*" $(may_include "$dir"); do
		# shellcheck disable=SC2053
		[[ $header == $pattern ]] && ok=1
	done
	set +f
	# liburun's own files stand in src itself.
	case $dir/$header in src/*/*) ;; src/*) ok=1 ;; esac
	if [ $ok = 0 ]; then
		echo "$file:$line: $dir must not include \"$header\""
		status=1
	elif [ ! -e "src/$header" ] && [ ! -e "$header" ]; then
		echo "$file:$line: \"$header\" is not found from the top or from src"
		status=1
	fi
done < <(grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $(product_c))
exit $status
