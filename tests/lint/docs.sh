#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manual names every command and option that --help names, and no other;
# the checked-in completions are what `urun completion` writes.
. "$(dirname "$0")/lint.sh.inc"

urun=${URUN_BUILDDIR:-.}/urun
[ -x "$urun" ] || { echo "no urun is built in '${URUN_BUILDDIR:-.}'"; exit 77; }
urun=$(realpath "$urun")

status=0
complain() {
	echo "$@"
	status=1
}

options_of() {
	sed -nE 's/^  (-[A-Za-z], |    )--([a-z0-9-]+).*/--\2/p' | sort -u
}

manual=$(sed -e 's/\\-/-/g; s/\\f[BIRP]//g; s/\\&//g' man/urun.1)
global=$("$urun" --help) || complain "urun --help fails"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$global")
[ -n "$commands" ] || complain "urun --help lists no commands"

seen=$(options_of <<<"$global")
for command in $commands; do
	grep -qE "(^|[^a-z])urun $command([^a-z]|$)|^\.S[HS] \"?$command\b" <<<"$manual" ||
		complain "man/urun.1: lacks the command '$command'"
	seen+=$'\n'$("$urun" "$command" --help | options_of)
done
seen=$(sort -u <<<"$seen")
for option in $seen; do
	grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" <<<"$manual" ||
		complain "man/urun.1: lacks the option '$option'"
done
# Only those at the head of a paragraph: the text may name other programs'.
# What is accepted for compatibility alone stands in a table, not in --help.
while read -r option; do
	grep -qxF -- "$option" <<<"$seen" || grep -qF "\"${option#--}\"" src/cli/*.c ||
		complain "man/urun.1: '$option' is no option of urun"
done < <(grep -E '^(\.B|\.BR|\.BI|\.TP|\.IP)[^"]*--[a-z]' <<<"$manual" |
	grep -oE -- '--[a-z][a-z0-9-]*' | sort -u)

# The table of src/base/error_codes.c and the section ERROR CODES say the same.
codes=$("$urun" explain) || complain "urun explain fails"
[ -n "$codes" ] || complain "urun explain lists nothing"
diff <(sed 's/  /\n/' <<<"$codes") \
	<(sed -n '/^\.SH ERROR CODES/,/^\.SH ENV/p' <<<"$manual" |
		sed -n '/^\.B URUN-E/{s/^\.B //;p;n;p}') ||
	complain "man/urun.1: ERROR CODES is not what 'urun explain' lists"

# Every kind has its row, every row a place that gives it.
while read -r kind number; do
	grep -q "^URUN-E$(printf %03d "$number") " <<<"$codes" ||
		complain "src/base/error_codes.c: lacks $kind"
	# What nobody gives a kind has the first.
	[ "$number" = 1 ] || grep -rqw "$kind" --include='*.c' --exclude=error_codes.c src userns cgroup netns ||
		complain "src/base/error_codes.h: nobody gives $kind"
done < <(sed -n 's/^\t\(KIND_[A-Z_]*\) = \([1-9][0-9]*\),.*/\1 \2/p' src/base/error_codes.h)

for pair in bash:urun.bash zsh:_urun fish:urun.fish; do
	"$urun" completion "${pair%%:*}" | diff -u "completions/${pair#*:}" - >/dev/null ||
		complain "completions/${pair#*:}: not what 'urun completion ${pair%%:*}' writes"
done
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning man/urun.1 || complain "man/urun.1: mandoc complains"
fi
exit $status
