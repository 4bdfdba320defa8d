# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# What tests/run and tests/vm/run share: counting, and the suite's folder. They
# set $top, $builddir, $suite, $strict, $verbose and $filters.

passed=0
failed=0
skipped=0
failures=()

# tap NAME STATUS FILE: adds up one TAP stream and shows what matters of it.
tap() {
	local name=$1 status=$2 file=$3 p f s own
	# `own` are the runner's lines in it: they carry no number and are in no plan.
	read -r p f s own < <(awk '
		/^ok [0-9]+.*# (SKIP|skip)/ { s++; next }
		/^not ok [0-9]+.*# (TODO|todo)/ { s++; next }
		/^ok [0-9]+/ { p++ }
		/^not ok/ { f++; own += !/^not ok [0-9]/ }
		END { print p + 0, f + 0, s + 0, own + 0 }' "$file")
	# A crash after good results, or a test that ran nothing, is a failure too.
	if [ "$f" = 0 ] && { [ "$status" != 0 ] || [ $((p + s)) = 0 ]; } ; then
		f=1
		echo "not ok - $name ended with status $status after $((p + s)) results" >>"$file"
	elif ! awk -v seen=$((p + f + s - own)) '/^1\.\.[0-9]+/ { sub(/^1\.\./, ""); plan = $1 + 0 }
			END { exit !(plan == seen || plan == "") }' "$file"; then
		f=$((f + 1))
		echo "not ok - $name: the plan promised another number of results" >>"$file"
	fi
	if [ "$strict" = 1 ] && [ "$s" -gt 0 ]; then
		f=$((f + s))
		s=0
	fi
	passed=$((passed + p))
	failed=$((failed + f))
	skipped=$((skipped + s))
	printf '%-40s %4d passed %3d failed %3d skipped\n' "$name" "$p" "$f" "$s"
	if [ "$verbose" = 1 ]; then
		cat "$file"
	elif [ "$f" -gt 0 ]; then
		# The failing tests with all they said; of the good ones nothing.
		awk '/^ok / { on = 0; if (/# (SKIP|skip)/) print "   " $0; next }
			/^not ok/ { on = 1 }
			/^1\.\.[0-9]+$/ { next }
			on || !/^#/ { print "   " $0 }' "$file"
	elif [ "$s" -gt 0 ]; then
		grep -i '# skip' "$file" | sed 's/^/   /'
	fi
	if [ "$f" -gt 0 ]; then
		failures+=("$name")
	fi
}

# tap_of_skips NUMBER WHY: the TAP of so many tests that cannot run here.
tap_of_skips() {
	awk -v n="$1" -v why="$2" 'BEGIN {
		for (i = 1; i <= n; i++) print "ok " i " # SKIP " why
		print "1.." n }'
}

# wanted NAME: is it one of $filters?
wanted() {
	local f
	[ ${#filters[@]} = 0 ] && return 0
	for f in "${filters[@]}"; do
		f=${f#tests/}
		case $1 in *"$f"*) return 0 ;; esac
		case ${f%.c} in *"$1"*) return 0 ;; esac
	done
	return 1
}

# The tests and what is built of them and for them, for other users to read.
copy_build() {
	local t
	# Modes as for anybody: the tree may come from under a strict umask.
	cp -R "$top/tests" "$suite/tests" || return 1
	if [ -x "$builddir/urun" ]; then
		cp "$builddir/urun" "$suite/urun"
	fi
	if [ -x "$builddir/urun-slirp" ]; then
		cp "$builddir/urun-slirp" "$suite/urun-slirp"
	fi
	# The library under the name that programs ask for, and its bindings.
	if [ -e "$builddir/liburun.so.0" ]; then
		cp "$builddir/liburun.so.0" "$suite/liburun.so.0"
	fi
	mkdir "$suite/python" && cp -R "$top"/python/[a-z]* "$suite/python" || return 1
	for t in unit lib; do
		[ -d "$builddir/tests/$t" ] || continue
		(cd "$builddir/tests/$t" && find . -type f -perm -u+x) | while read -r f; do
			mkdir -p "$suite/tests/$t/${f%/*}"
			cp "$builddir/tests/$t/$f" "$suite/tests/$t/$f"
		done
	done
	if [ -d "$top/../shared/spec" ]; then
		cp -RL "$top/../shared/spec" "$suite/spec"
	fi
	chmod -R a+rX,go-w,u+w "$suite/tests" "$suite"
}

# summary: the last lines; fails if anything did, or nothing ran.
summary() {
	echo
	if [ ${#failures[@]} -gt 0 ]; then
		printf 'failed: %s\n' "${failures[@]}"
	fi
	[ $((passed + failed)) = 0 ] && echo "nothing ran"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
}
