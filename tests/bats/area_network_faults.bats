# SPDX-License-Identifier: Apache-2.0
# urun-test-user: root
# As area_faults.bats, for the steps of the built-in network: each fails, and urun or init is
# killed there. No helper, no janitor and no socket stays.
load ../lib/common
load ../lib/slirp

# faults VAR CHECK: in a world; runs create with a fault at each of the steps, then CHECK, and says
# what is left.
faults() {
	FAULTY=$URUN_TEST_DIR/tests/lib/urun-test
	[ -x "$FAULTY" ] || fail "tests/lib/urun-test is not built"
	export FAULTY
	good_world '
		bundle true; mkdir $T/bin; cp $FAULTY $T/bin/urun; ln -s $SLIRP $T/bin/urun-slirp
		steps=$(URUN_TEST_STEPS=list $FAULTY | grep -E "^(create|init):.*-network$" | sort -u)
		echo "$steps" | wc -l
		for step in $steps create:serve-init create:write-pid-file; do
			{ (cd $T/b; env '"$1"'=$step URUN_TEST_SEEN=$T/seen $T/bin/urun --root $T/state \
				create --network slirp:api=$T/my.sock -p 8080:80 c) >$T/said 2>&1 &&
				echo "$step: made" || :; } 2>/dev/null
			'"$2"'
			sleep 0.15
			urun delete -f c
			pgrep "^urun-slirp" || :
			ls -A $T/state | grep -v libslirp || :; ls $T/my.sock 2>/dev/null || :
			py try 127.0.0.1 8080 | grep -v ECONNREFUSED || :
		done'
	assert_eq "$output" 5
}

@test "C19 N01 every step of the network fails once: create says so, nothing is left" {
	faults URUN_TEST_FAIL_AT '
		[ $(wc -l <$T/said) = 1 ] || cat $T/said
		grep -qx $step $T/seen || echo "$step: not reached"; rm $T/seen
		ls $T/state'
}

@test "S4 N01 urun is killed at every step of the network" {
	# Or init is, at its own.
	faults URUN_TEST_DIE_AT 'grep -v "container.s init ended" $T/said || :'
}

@test "N01 S4 a state root that is full: one line says so, nothing is left" {
	SMALL=64k good_world '
		bundle true; rm -rf $T/state; ln -s small $T/state
		urun run --network slirp -p 8080:80 c 2>/dev/null
		rm -f $T/state/c
		for free in 0 1 2 3 4 5 6 7 8 9 10 11 12; do
			used=$(du -sk $T/small | cut -f1)
			head -c $(((64 - used - free * 4) * 1024)) /dev/zero >$T/small/fill
			if urun run --network slirp -p 8080:80 c >$T/said 2>&1; then
				[ ! -s $T/said ] || cat $T/said
				echo made >>$T/results
			else
				grep -q ENOSPC $T/said && [ $(wc -l <$T/said) = 1 ] || cat $T/said
				echo refused >>$T/results
			fi
			rm $T/small/fill
			ls -A $T/small | grep -vE "^\.libslirp|^seccomp|^\.seccomp" || :
			sleep 0.1; pgrep "^urun-slirp" || :
		done
		uniq $T/results'
	assert_eq "$output" $'refused\nmade'
}

@test "C19 N01 the child of create with a network allocates nothing" {
	! grep -aq __asan_init "$URUN_TEST_DIR/tests/lib/urun-test" || skip "AddressSanitizer has the heap for itself"
	FAULTY=$URUN_TEST_DIR/tests/lib/urun-test
	export FAULTY
	good_world '
		bundle true; mkdir $T/bin; cp $FAULTY $T/bin/urun; ln -s $SLIRP $T/bin/urun-slirp
		cd $T/b; URUN_TEST_NO_HEAP=1 $T/bin/urun --root $T/state create --network slirp c </dev/null
		urun start c; urun delete -f c; nothing_left'
	assert_eq "$output" ''
}
