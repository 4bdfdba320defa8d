#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Which test shows which row of the goal table: reads the rows (coverage.rows)
# and the ids in the tests' names, and prints coverage.md.
#   tests/coverage.sh            prints it
#   tests/coverage.sh --write    writes tests/coverage.md
#   tests/coverage.sh --check    exits 1 where the file is not what the tests say
set -eu
LC_ALL=C
export LC_ALL
cd "$(dirname "$0")"

# "ID FILE" for each id that a test's name begins with; M01-M03 is all three.
ids() {
	{
		grep -HoE '^@test "([A-Z]{1,2}[0-9]{2}(-[A-Z]{1,2}[0-9]{2})?[, ]+)+' bats/*.bats engines/*.bats vm/*.bats || :
		grep -HoE '"([A-Z]{1,2}[0-9]{2}(-[A-Z]{1,2}[0-9]{2})?[, ]+)+' \
			$(find unit -name 'test_*.c' | sort) $(find ../python -name 'test_*.py' | sort) || :
	} 2>/dev/null | sed 's/:@test "/:"/; s/:"/ /' | awk '{
		for (i = 2; i <= NF; i++) {
			gsub(/,/, "", $i)
			n = split($i, ends, "-")
			prefix = ends[1]; sub(/[0-9]+$/, "", prefix)
			first = ends[1]; sub(/^[A-Z]+/, "", first)
			last = ends[n]; sub(/^[A-Z]+/, "", last)
			for (k = first + 0; k <= last + 0; k++)
				printf "%s%02d %s\n", prefix, k, $1
		}
	}' | sort -u
}

document() {
	cat <<-'END'
		# Coverage of the goal table

		Written by `tests/coverage.sh --write` from the names of the tests; do not edit. What no test shows is `n/a` with the
		reason, `waiting` for the named work, or `open`: see `coverage.rows`.

	END
	ids | awk -F '\t' '
		BEGIN { while ((getline line < "/dev/stdin") > 0) {
			split(line, w, " "); f = w[2]; sub(/^(bats|unit|engines)\//, "", f); sub(/^..\//, "", f)
			tests[w[1]] = tests[w[1]] (tests[w[1]] ? ", " : "") "`" f "`"
		} }
		/^# / { next }
		/^## / { print "\n" $0 "\n\n| row | feature | state | by |\n|---|---|---|---|"; next }
		{
			gsub(/\|/, "\\|", $2)
			if ($1 in tests) { state = "tested"; by = tests[$1] }
			else { split($3, s, ": "); state = $3 ? s[1] : "open"; by = substr($3, length(s[1]) + 3) }
			count[state]++
			printf "| %s | %s | %s | %s |\n", $1, $2, state, by
		}
		END {
			printf "\n%d tested, %d not applicable, %d waiting, %d open\n", count["tested"],
				count["n/a"], count["waiting"], count["open"]
		}' coverage.rows
}

case ${1-} in
--write) document | cat -s >coverage.md ;;
--check)
	document | cat -s | diff -u coverage.md - || {
		echo "tests/coverage.md is stale: run tests/coverage.sh --write"
		exit 1
	} ;;
*) document | cat -s ;;
esac
