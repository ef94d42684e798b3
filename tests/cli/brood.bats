#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The program itself: tools, options, help.
bats_require_minimum_version 1.5.0

@test "--help shows the tools and the options" {
	for word in --help -h help; do
		run -0 --separate-stderr "$BROOD" "$word"
		[ -z "$stderr" ]
		[[ "$output" = "Usage: brood "* ]]
		[[ "$output" = *$'\n  run  '* ]]
		[[ "$output" = *--version* ]]
	done
}

@test "--version shows the version" {
	run -0 "$BROOD" --version
	[[ "${lines[0]}" =~ ^"brood "[0-9]+\.[0-9]+\.[0-9]+$ ]]
	for line in "${lines[@]:1}"; do
		[[ $line = "Built without "* ]]
	done
	version=$output
	run -0 "$BROOD" -V
	[ "$output" = "$version" ]
}

@test "help of a tool" {
	run -0 "$BROOD" run --help
	[[ "$output" = "Usage: brood run "* ]]
	help=$output
	run -0 "$BROOD" help run
	[ "$output" = "$help" ]
	run -0 "$BROOD" run -h
	[ "$output" = "$help" ]
	run -0 "$BROOD" run --help --no-such-option
	[ "$output" = "$help" ]
	run -125 --separate-stderr "$BROOD" help rum
	[ "$stderr" = "brood: rum is no tool; did you mean brood run?" ]
}

@test "help fits into 80 columns" {
	run -0 "$BROOD" --help
	[ "$(wc -L <<<"$output")" -le 80 ]
	run -0 "$BROOD" run --help
	[ "$(wc -L <<<"$output")" -le 80 ]
}

@test "without a tool it fails" {
	run -125 --separate-stderr "$BROOD"
	[ -z "$output" ]
	[ "$stderr" = "brood: no tool was named (brood --help lists them)" ]
	run -125 --separate-stderr "$BROOD" --
	[ "$stderr" = "brood: no tool was named (brood --help lists them)" ]
}

@test "an unknown tool is an error that names the nearest" {
	run -125 --separate-stderr "$BROOD" rnu true
	[ "$stderr" = "brood: rnu is no tool; did you mean brood run?" ]
	run -125 --separate-stderr "$BROOD" hlep
	[ "$stderr" = "brood: hlep is no tool; did you mean brood help?" ]
	run -125 --separate-stderr "$BROOD" frobnicate
	[ "$stderr" = "brood: frobnicate is no tool (brood --help lists them)" ]
	run -125 --separate-stderr "$BROOD" ''
}

@test "an unknown option is an error that names the nearest" {
	run -125 --separate-stderr "$BROOD" --versoin
	[ "$stderr" = "brood: unknown option --versoin; did you mean --version?" ]
	run -125 --separate-stderr "$BROOD" run --timout=5 true
	[ "$stderr" = "brood: run: unknown option --timout; did you mean --timeout?" ]
	run -125 --separate-stderr "$BROOD" run --frobnicate true
	[ "$stderr" = "brood: run: unknown option --frobnicate (brood run --help lists them)" ]
	run -125 --separate-stderr "$BROOD" run -qx true
	[ "$stderr" = "brood: run: unknown option -x (brood run --help lists them)" ]
	run -125 --separate-stderr "$BROOD" run $'--\e[31m' true
	[ "$stderr" = 'brood: run: unknown option --\x1b[31m (brood run --help lists them)' ]
}

@test "a beginning of an option is not the option" {
	run -125 --separate-stderr "$BROOD" run --time 5 true
	[ "$stderr" = "brood: run: unknown option --time; did you mean --timeout?" ]
}

@test "values follow behind = or as the next word, and short options cluster" {
	for words in "-t 1m" "-t1m" "--timeout 1m" "--timeout=1m" "-qt1m" "-vqt 1m"; do
		# shellcheck disable=SC2086
		run -0 "$BROOD" run $words true
	done
	run -125 --separate-stderr "$BROOD" run -t
	[ "$stderr" = "brood: run: -t needs a value: TIME" ]
	run -125 --separate-stderr "$BROOD" run --output
	[ "$stderr" = "brood: run: --output needs a value: FILE" ]
	run -125 --separate-stderr "$BROOD" run --tee=yes true
	[ "$stderr" = "brood: run: --tee takes no value" ]
	run -125 --separate-stderr "$BROOD" run --color=blue true
	[ "$stderr" = "brood: run: --color: 'blue' is not auto, always or never" ]
}

@test "a single dash is a word like any other" {
	run -127 --separate-stderr "$BROOD" run - x
	[ "$stderr" = "brood: -: not found on PATH" ]
}

@test "no command is an error" {
	for words in "" "--" "-q" "A=1"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr "$BROOD" run $words
		[ "$stderr" = "brood: run: no command was given (brood run --help)" ]
	done
}

@test "every line of every help fits 80 columns" {
	cd "$BATS_TEST_TMPDIR"
	"$BROOD" --help >helps
	for tool in run pipe filter mailbox; do
		"$BROOD" "$tool" --help >help
		cat help >>helps
		actions=$(sed -n '/^Actions:/,/^$/s/^  \([a-z]*\) .*/\1/p' help)
		for action in $actions; do
			"$BROOD" "$tool" "$action" --help >>helps
		done
	done
	[ "$(grep -c '^Usage:' helps)" -eq 20 ]
	[ "$(wc -L <helps)" -le 80 ]
}
