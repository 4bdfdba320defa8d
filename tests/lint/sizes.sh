#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A file over 600 lines is two modules, a function over 80 a step or a table, a
# line over 100 columns hard to read (but messages are not broken: one must find
# them by grep). sizes.allow: "FILE file|FUNCTION reason".
. "$(dirname "$0")/lint.sh.inc"

status=0
while read -r file what size; do
	allowed "$file" "$what" && continue
	case $what in
	file) echo "$file: $size lines, 600 are allowed" ;;
	line:*) echo "$file:${what#line:}: $size columns, 100 are allowed" ;;
	*) echo "$file: $what() has $size lines, 80 are allowed" ;;
	esac
	status=1
done < <(all_c | xargs awk '
	function width(s, i, w) {
		for (i = 1; i <= length(s); i++)
			w = substr(s, i, 1) == "\t" ? w + 8 - w % 8 : w + 1
		return w
	}
	FNR == 1 { if (file != "" && lines > 600) print file, "file", lines; file = FILENAME; name = "" }
	{ lines = FNR }
	!/"/ && length($0) > 50 && width($0) > 100 {
		print FILENAME, "line:" FNR, width($0)
	}
	/^[A-Za-z_].*[A-Za-z0-9_]\(/ { name = $0; sub(/\(.*/, "", name); sub(/.*[^A-Za-z0-9_]/, "", name) }
	/^{/ { start = FNR }
	/^}/ { if (start && FNR - start - 1 > 80) print FILENAME, name, FNR - start - 1; start = 0 }
	END { if (lines > 600) print file, "file", lines }')
exit $status
