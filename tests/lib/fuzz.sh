#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs each fuzz target for a time, from the seeds of tests/fuzz/make_seeds.sh. A finding
# is left as crash-* in the corpus folder and ends the run.
# usage: fuzz.sh SECONDS TARGET...   (in the build folder)
set -eu
seconds=$1
shift
top=$(cd "$(dirname "$0")/../.." && pwd)

[ $# -gt 0 ] || { echo "fuzz: no target was built" >&2; exit 1; }
for target; do
	name=$(basename "$target")
	corpus=$PWD/fuzz-corpus/$name
	mkdir -p "$corpus"
	# Small configs that reach one part of the tables each, and what engines wrote.
	seeds=$PWD/fuzz-corpus/seeds
	[ -d "$seeds" ] || "$top/tests/fuzz/make_seeds.sh" "$seeds"
	options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
		-artifact_prefix="$corpus/" -verbosity=0)
	# Those without words of their own read configs, too.
	dict=$top/tests/fuzz/$name.dict
	[ -e "$dict" ] || dict=$top/tests/fuzz/fuzz_config.dict
	options+=(-dict="$dict")
	echo "== $name: $seconds seconds"
	"./$target" "${options[@]}" "$corpus" "$seeds"
	echo "== $name: nothing found"
done
