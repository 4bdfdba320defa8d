#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
#
# completion with containers to complete (features.md G15); what it knows of commands and
# options is cli.bats' affair.

load ../lib/common

setup() {
	setup_bundle sleep 1000
	PATH=${URUN%/*}:$PATH
	urun create -b "$BUNDLE" "$ID" >"$T/out" 2>&1 3>&-
}

teardown() {
	common_teardown
}

# complete_bash WORD...: what bash offers for the last word.
complete_bash() {
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMPREPLY=()
	_urun
	echo "${COMPREPLY[*]}"
}

# complete_fish LINE
complete_fish() {
	HOME=$T fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$T/urun.fish" "$1" |
		cut -f1 | xargs
}

@test "G15 bash completes ids below the --root of the line" {
	eval "$("$URUN" completion bash)"
	compopt() { :; }
	for command in start exec state ps kill delete; do
		assert_eq "$(complete_bash urun --root "$ROOT" "$command" '')" "$ID"
		assert_eq "$(complete_bash urun --debug --root = "$ROOT" "$command" "${ID:0:1}")" "$ID"
	done
	assert_eq "$(complete_bash urun --root "$ROOT" delete --force '')" "$ID"
	assert_eq "$(complete_bash urun --root "$T/none" kill '')" ''
	# Not twice, and not where a new one is due.
	for form in "state $ID" create run list "delete $ID"; do
		assert_eq "$(complete_bash urun --root "$ROOT" $form '')" ''
	done
}

@test "G15 bash completes signals, codes, shells, commands, and values behind options" {
	eval "$("$URUN" completion bash)"
	compopt() { :; }
	assert_eq "$(complete_bash urun kill "$ID" SIGKI)" SIGKILL
	assert_eq "$(complete_bash urun explain URUN-E20)" \
		"$("$URUN" explain | sed -n 's/^\(URUN-E20[0-9]\) .*/\1/p' | xargs)"
	assert_eq "$(complete_bash urun completion z)" zsh
	assert_eq "$(complete_bash urun help unsh)" unshare
	assert_eq "$(complete_bash urun --rootless list --for)" --format=
	assert_eq "$(complete_bash urun --log-format json list --format t)" table
	assert_eq "$(complete_bash urun spec --home '')" 'private ro rw'
	# What belongs to the command of exec and unshare is not ours.
	assert_eq "$(complete_bash urun exec "$ID" ls --ti)" ''
	assert_eq "$(complete_bash urun exec --user 0 --tt)" --tty
	assert_has " $(complete_bash urun unshare ech) " ' echo '
	touch "$T/file"
	assert_eq "$(complete_bash urun unshare cat "$T/fi")" "$T/file"
}

@test "G15 fish completes ids, signals, codes and options" {
	need_command fish
	"$URUN" completion fish >"$T/urun.fish"
	assert_eq "$(complete_fish "urun --root $ROOT kill ")" "$ID"
	assert_eq "$(complete_fish "urun --root=$ROOT exec -u 0 ")" "$ID"
	assert_eq "$(complete_fish "urun --root $T/none kill ")" ''
	assert_eq "$(complete_fish "urun --root $ROOT state $ID ")" ''
	assert_has "$(complete_fish "urun kill x SIGKI") $(complete_fish "urun kill x KI")" KILL
	assert_has "$(complete_fish 'urun explain URUN-E2')" URUN-E201
	assert_has "$(complete_fish 'urun spec --host-')" --host-rootfs
	assert_eq "$(complete_fish 'urun list --format ')" 'json table'
	assert_eq "$(complete_fish "urun exec $ID ls --tt")" ''
	assert_eq "$(complete_fish 'urun unsh')" unshare
}

@test "G15 zsh takes its completion" {
	need_command zsh
	"$URUN" completion zsh >"$T/_urun"
	zsh -n "$T/_urun"
	# The functions, run with the completion system's own replaced by a record of calls.
	run zsh -f -c 'compadd() { print -r -- compadd "$@" "${(@P)@[-1]}"; }
		_arguments() { :; }; source $1; _urun_root=(--root $2); _urun_ids' zsh "$T/_urun" "$ROOT"
	assert_has "$output" "$ID"
	run zsh -f -c '_describe() { print -rl -- "${(@P)2}"; }; _arguments() { :; }
		source $1; _urun_codes' zsh "$T/_urun"
	assert_match "$output" $'(^|\n)URUN-E201:[a-z]'
}
