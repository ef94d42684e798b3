#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood completion: what shells offer.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	mkdir folder
	touch file
	PATH=$(dirname "$BROOD"):$PATH
}

# What bash offers for the last of the words, which it splits at =.
offers() {
	bash --norc -c 'source <("$BROOD" completion bash)
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_brood brood "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
		echo "${COMPREPLY[@]}"' bash "$@"
}

# What fish offers for a command line.
fish_offers() {
	fish --no-config -c 'brood completion fish | source
		complete -C $argv[1] | string replace -r "\t.*" ""' "$1" | sort | xargs
}

@test "tools, options and their values are offered" {
	[ "$(offers brood '')" = "pipe run help completion" ]
	[ "$(offers brood -)" = "--help -h --version -V" ]
	[ "$(offers brood help r)" = run ]
	[ "$(offers brood completion '')" = "bash fish zsh" ]
	[ "$(offers brood run --or)" = --orphans ]
	[ "$(offers brood run --orphans '')" = "kill wait leave" ]
	[ "$(offers brood run --color = n)" = never ]
	[ "$(offers brood run --color =)" = "auto always never" ]
	[ "$(offers brood run -s SIGTE)" = SIGTERM ]
	[ "$(offers brood run --lock f)" = "file folder" ]
	[ "$(offers brood run -C f)" = folder ]
	[ "$(offers brood run --stdin n)" = null ]
	[ "$(offers brood run --stdin "fi")" = file ]
}

@test "commands are offered where a command stands, and what is theirs behind it" {
	[ "$(offers brood run -t 5s brood)" = brood ]
	[ "$(offers brood run -q --ts LANG = C brood)" = brood ]
	[ "$(offers brood run -- brood)" = brood ]
	[ "$(offers brood run cat "fi")" = file ]
	[ "$(offers brood run cat --orp)" = "" ]
}

@test "every option of the help is offered" {
	"$BROOD" run --help | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort >help
	offers brood run - | tr ' ' '\n' | grep -E '^--' | sort >offered
	[ "$(wc -l <help)" -gt 30 ]
	cmp help offered
}

@test "fish offers the same" {
	command -v fish >/dev/null || skip "no fish"
	[ "$(fish_offers 'brood ')" = "completion help pipe run" ]
	[ "$(fish_offers 'brood run --or')" = --orphans ]
	[ "$(fish_offers 'brood run --orphans ')" = "kill leave wait" ]
	[ "$(fish_offers 'brood run -q cat fi')" = file ]
	[ "$(fish_offers 'brood run -C f')" = folder/ ]
}

@test "zsh can read it" {
	command -v zsh >/dev/null || skip "no zsh"
	"$BROOD" completion zsh >_brood
	zsh -n _brood
	[ "$(head -n 1 _brood)" = "#compdef brood" ]
	# One line for each option.
	[ "$(grep -c "^		'\*'.*--.*\[.*\]" _brood)" -ge "$("$BROOD" run --help | grep -cE '^ +(-., )?--[a-z]')" ]
}

@test "another shell is refused" {
	run -125 --separate-stderr "$BROOD" completion csh
	[ "$stderr" = "brood: completion: no such shell (accepted: bash, fish, zsh)" ]
	run -125 --separate-stderr "$BROOD" completion
	[ "$stderr" = "brood: completion: which shell? (accepted: bash, fish, zsh)" ]
}
