#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every C file opens with its licence and a paragraph that says why it is there.
. "$(dirname "$0")/lint.sh.inc"

status=0
while read -r file; do
	if [ "$(head -n 1 "$file")" != '/* SPDX-License-Identifier: Apache-2.0 */' ]; then
		echo "$file: the first line is not the SPDX line"
		status=1
	elif ! sed -n 2p "$file" | grep -q '^/\*'; then
		echo "$file: no paragraph in front that says why"
		status=1
	fi
done < <(all_c)
exit $status
