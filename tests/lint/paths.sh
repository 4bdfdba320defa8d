#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# No path from a config reaches a path-taking system call but through
# src/base/path.c (security.md P1). Calls on a descriptor alone (an empty path
# with AT_EMPTY_PATH, or "." of an entered directory) are no path calls.
# paths.allow: "FILE FUNCTION reason".
. "$(dirname "$0")/lint.sh.inc"

calls='open|open64|openat|creat|fopen|fopen64|freopen|opendir|stat|lstat|fstatat|statx|stat64|lstat64'
calls+='|mkdir|mkdirat|mknod|mknodat|mkfifo|mkfifoat|symlink|symlinkat|link|linkat|unlink|unlinkat'
calls+='|rename|renameat|renameat2|rmdir|remove|chown|lchown|fchownat|chmod|fchmodat|access|faccessat'
calls+='|euidaccess|eaccess|realpath|canonicalize_file_name|readlink|readlinkat|truncate|statfs|statvfs'
calls+='|utime|utimes|utimensat|mount|umount|umount2|chdir|chroot|pivot_root|mkstemp|mkostemp|mkdtemp'
calls+='|nftw|ftw|fts_open|glob|scandir|setxattr|lsetxattr|getxattr|lgetxattr|name_to_handle_at'
calls+='|inotify_add_watch|fanotify_mark|acct|swapon|sys_openat2|sys_open_tree|sys_move_mount'
calls+='|sys_mount_setattr|sys_umount2|sys_pivot_root'

status=0
while IFS=: read -r file line text; do
	[ "$file" = src/base/path.c ] || [ "$file" = src/base/syscalls.h ] && continue
	rest=$text
	while [[ $rest =~ (^|[^A-Za-z0-9_.\>])($calls)[[:space:]]*\((.*)$ ]]; do
		name=${BASH_REMATCH[2]} rest=${BASH_REMATCH[3]}
		# Only empty or "." strings in the call: it works on descriptors.
		if [[ $rest == *'""'* || $rest == '"."'* ]] && [[ $rest != *'"s"'* ]]; then
			continue
		fi
		# A declaration or definition of our own, not a call.
		[[ $text =~ ^[a-z].*[[:space:]*]${name}[[:space:]]*\( && $text != *';'* ]] && continue
		allowed "$file" "$name" && continue
		echo "$file:$line: $name() takes a path: use base/path.h"
		status=1
	done
done < <(code $(product_c) | grep -E "($calls)[[:space:]]*\(")
exit $status
