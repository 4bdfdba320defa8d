#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions that have a safe twin in base, among them those that change ids by
# signalling all threads of the process (base/syscalls.h); the environment outside of
# urun_ctx_new(); headers that break the build elsewhere, and variables that would be
# freed before they are set. banned.allow: "FILE FUNCTION reason".
. "$(dirname "$0")/lint.sh.inc"

calls='strtol|strtoul|strtoll|strtoull|atoi|atol|atoll|sscanf|sprintf|vsprintf|strcpy|stpcpy|strcat'
calls+='|alloca|gets|tmpnam|tempnam|mktemp|system|popen|strtok|getwd|setlocale|getopt|getopt_long'
calls+='|setuid|setgid|seteuid|setegid|setreuid|setregid|setresuid|setresgid|setgroups|initgroups'
calls+='|getenv|secure_getenv'
calls+='|getpwnam|getpwuid|getgrnam|getgrgid|localtime|gmtime|ctime|asctime|strerror|ttyname|ptsname'

status=0
while IFS=: read -r file line text; do
	rest=$text
	while [[ $rest =~ (^|[^A-Za-z0-9_.\>])($calls)[[:space:]]*\((.*)$ ]]; do
		name=${BASH_REMATCH[2]} rest=${BASH_REMATCH[3]}
		allowed "$file" "$name" && continue
		echo "$file:$line: $name(): see base/parse.h, base/strbuf.h, base/spawn.h, base/syscalls.h, base/error.h, liburun.h"
		status=1
	done
	if [[ $text =~ include[[:space:]]*\<sys/mount\.h\> ]]; then
		echo "$file:$line: <sys/mount.h> conflicts with <linux/mount.h>: use base/syscalls.h"
		status=1
	fi
	if [[ $text =~ ^[[:space:]]+cleanup_[a-z]+[[:space:]][^=]*\;$ ]]; then
		echo "$file:$line: a cleanup_ variable without a value: an early return frees garbage"
		status=1
	fi
done < <(code $(product_c) | grep -E "($calls)[[:space:]]*\\(|sys/mount\.h|:[[:space:]]+cleanup_")
exit $status
