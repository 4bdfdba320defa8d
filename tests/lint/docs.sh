#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Each command has a page with the options that its --help shows, and no other; the
# pages are installed, render without a warning, and name every annotation; the
# checked-in completions are what `urun completion` writes.
. "$(dirname "$0")/lint.sh.inc"

urun=${URUN_BUILDDIR:-.}/urun
[ -x "$urun" ] || { echo "no urun is built in '${URUN_BUILDDIR:-.}'"; exit 77; }
urun=$(realpath "$urun")

status=0
complain() {
	echo "$@"
	status=1
}

# page FILE: its lines without the escapes and fonts of roff.
page() {
	sed -e 's/\\-/-/g; s/\\f[BIRP]//g; s/\\[&e]//g; s/\\ / /g' "$1"
}

# The words ("-b", "--bundle") of the options that a --help on stdin shows.
options_of() {
	sed -nE 's/^  (-([A-Za-z]), |    )--([a-z0-9-]+).*/-\2 --\3/p' | sed 's/^- //' | tr ' ' '\n' | sort -u
}

# The same of a page: those at the head of a paragraph. The text may name others.
heads_of() {
	page "$1" | sed -nE '/^\.TP/{n;s/^\.[A-Z]+ //;s/["[]//g;p}' |
		tr ' ,' '\n\n' | sed -n 's/=.*//;/^-/p' | sort -u
}

# options COMMAND PAGE: what --help shows stands in the page, and the page has no
# other option that the parser does not know. COMMAND is empty for the global ones.
options() {
	local word want have
	want=$("$urun" $1 --help | options_of)
	[ -n "$want" ] || complain "urun $1 --help shows no options"
	have=$(heads_of "$2")
	for word in $(comm -23 <(echo "$want") <(echo "$have")); do
		complain "$2: lacks the option '$word'"
	done
	for word in $(comm -13 <(echo "$want") <(echo "$have")); do
		case $word in
		-h | -\? | --help | --usage) continue ;; # the parser's own
		esac
		# Accepted without being shown? With a value, and nothing is done.
		"$urun" $1 "$word=true" --help 2>&1 | grep -q 'unknown option' &&
			complain "$2: '$word' is no option of 'urun $1'"
	done
}

manual=$(page man/urun.1)
global=$("$urun" --help) || complain "urun --help fails"
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$global")
[ -n "$commands" ] || complain "urun --help lists no commands"

options '' man/urun.1
for command in $commands; do
	[ -f "man/urun-$command.1" ] || { complain "man: no page for the command '$command'"; continue; }
	options "$command" "man/urun-$command.1"
	sed -n '/^\.SH COMMANDS/,/^\.SH EXIT/p' <<<"$manual" | grep -qx "\.BR urun-$command (1)" ||
		complain "man/urun.1: COMMANDS lacks urun-$command(1)"
done
for file in man/urun-*.1; do
	command=${file#man/urun-}
	grep -qx "${command%.1}" <<<"$commands" || complain "$file: there is no such command"
done

# What create and run share is written twice, and the same.
shared='/^\.\\" The options that create and run share/,/^\.\\" End of what is shared/p'
grep -q '^\.TP' <(sed -n "$shared" man/urun-create.1) || complain "man/urun-create.1: marks no shared options"
diff <(sed -n "$shared" man/urun-create.1) <(sed -n "$shared" man/urun-run.1) ||
	complain "man/urun-run.1: other words than in man/urun-create.1 for the same options"

# Each page is installed, has its own name, and leads to pages that exist.
installed=$(sed -n '/^dist_man/,/[^\\]$/p' man/Makemodule.am)
for file in man/*.[1-8]; do
	name=$(basename "$file")
	section=${name##*.}
	sed -n "/^dist_man${section}_MANS/,/[^\\\\]\$/p" <<<"$installed" | grep -qwF "$file" ||
		complain "man/Makemodule.am: dist_man${section}_MANS lacks $file"
	title=${name%.*}
	page "$file" | grep -q "^\.TH ${title^^} $section 20" || complain "$file: .TH is not '${title^^} $section'"
	for other in $(page "$file" | grep -oE 'urun(-[a-z]+)? ?\([1-8]\)' | tr -d ' )' | tr '(' '.'); do
		[ -f "man/$other" ] || complain "$file: leads to $other, which does not exist"
	done
done
for file in $(grep -o 'man/[a-z.-]*[1-8]' <<<"$installed"); do
	[ -f "$file" ] || complain "man/Makemodule.am: $file does not exist"
done

# Every annotation that the code names or 'features' calls unsafe, and no other; what
# is read from a config is unsafe by a name of that list or by its beginning.
# io.bfq.weight is a cgroup's file.
annotations_in() {
	# A path is none, whatever its last part is called.
	grep -hoE '"([^"\\]|\\.)*"' "$@" | grep -v '^"/' | sed 's/\\"/ /g' |
		grep -oE '\b(urun|run|io|org|com|dev)\.[a-z0-9]+\.[A-Za-z0-9._/-]*' |
		grep -v '^org\.freedesktop\.\|^io\.bfq\.weight$' | sort -u
}
mapfile -t read_by < <(product_c | grep -v '/oci/features\.')
keys=$(annotations_in "${read_by[@]}" src/oci/features.c)
unsafe=$("$urun" features | sed -n '/"potentiallyUnsafeConfigAnnotations"/,/]/s/^ *"\([^"]*\)",\{0,1\}$/\1/p')
[ -n "$keys" ] && [ -n "$unsafe" ] || complain "no annotations are found in src or features"
heads=$(page man/urun-annotations.5 | sed -nE '/^\.T[PQ]/{n;s/^\.B //p}')
for key in $keys $unsafe; do
	grep -qxF -- "$key" <<<"$heads" || complain "man/urun-annotations.5: lacks '$key'"
done
for key in $(grep -F . <<<"$heads"); do
	grep -qxF -- "$key" <<<"$keys"$'\n'"$unsafe" ||
		complain "man/urun-annotations.5: '$key' is not named in src"
done
for key in $(annotations_in "${read_by[@]}"); do
	for name in $unsafe; do
		[[ $key == "$name" || ($name == *. && $key == "$name"*) ]] && continue 2
	done
	complain "features: potentiallyUnsafeConfigAnnotations lacks '$key'"
done

# The table of src/base/error_codes.c and the section ERROR CODES say the same.
codes=$("$urun" explain) || complain "urun explain fails"
[ -n "$codes" ] || complain "urun explain lists nothing"
diff <(sed 's/  /\n/' <<<"$codes") \
	<(sed -n '/^\.SH ERROR CODES/,/^\.SH ENV/p' <<<"$manual" |
		sed -n '/^\.B URUN-E/{s/^\.B //;p;n;p}') ||
	complain "man/urun.1: ERROR CODES is not what 'urun explain' lists"

# urun-rootless(7) tells how to mend what the codes E3xx say of the host, in the words
# of the messages: what is between "..." in its quotations stands in the code.
for code in $(grep -o '^URUN-E3[0-9]*' <<<"$codes"); do
	page man/urun-rootless.7 | grep -qx "\.B $code" || complain "man/urun-rootless.7: lacks $code"
done
literals=$(find src userns cgroup netns -name '*.c' -exec cat {} + | tr '\n\t' '  ' | sed 's/" *"//g')
while read -r words; do
	grep -qF -- "$words" <<<"$literals" || complain "man/urun-rootless.7: no message has '$words'"
done < <(page man/urun-rootless.7 | sed -nE 's/^\.RB \\\(lq "(.*)" \\\(rq.*/\1/p' | sed 's/ *\.\.\. */\n/g' | grep .)

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
# Whichever of these is there.
for file in man/*.[1-8]; do
	if command -v mandoc >/dev/null; then
		mandoc -T lint -W warning "$file" || complain "$file: mandoc complains"
	fi
	if command -v groff >/dev/null; then
		warnings=$(groff -man -Tutf8 -ww -z "$file" 2>&1)
		[ -z "$warnings" ] || complain "$file: groff complains: $warnings"
	fi
done
exit $status
