#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood run: the command's environment.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || exit
	export KEPT=kept OTHER=other
}

# The environment of the command, sorted, without what bats and the loader put there.
environment() {
	"$BROOD" run "$@" "$HELPERS/show_env" | tr '\0' '\n' | grep -E '^(KEPT|OTHER|A|B|C|a\.b)(=|$)' | sort | tr '\n' ';'
}

@test "it is inherited" {
	[ "$(environment)" = "KEPT=kept;OTHER=other;" ]
}

@test "-e sets, and the last one counts" {
	[ "$(environment -e A=1 --env=B=x=y -e A=2 -eC=)" = "A=2;B=x=y;C=;KEPT=kept;OTHER=other;" ]
	[ "$(environment -e KEPT=new)" = "KEPT=new;OTHER=other;" ]
}

@test "words before the command set, after all options" {
	[ "$(environment -e A=1 A=2 B=3)" = "A=2;B=3;KEPT=kept;OTHER=other;" ]
	[ "$(environment -- A=2)" = "A=2;KEPT=kept;OTHER=other;" ]
	run -127 --separate-stderr "$BROOD" run ./a=b
	[ "$stderr" = "brood: ./a=b: No such file or directory" ]
	run -127 --separate-stderr "$BROOD" run =b
	[ "$stderr" = "brood: =b: not found on PATH" ]
	run -125 "$BROOD" run A=1
}

@test "--unset takes away" {
	[ "$(environment --unset KEPT --unset NEVER_SET)" = "OTHER=other;" ]
	[ "$(environment --unset KEPT -e KEPT=again)" = "KEPT=again;OTHER=other;" ]
	run -125 --separate-stderr "$BROOD" run --unset A=1 true
	[ "$stderr" = "brood: run: --unset: 'A=1' is not the name of a variable" ]
}

@test "--clear-env empties, -e NAME keeps" {
	run -0 "$BROOD" run --clear-env "$HELPERS/show_env"
	[ -z "$output" ]
	[ "$(environment --clear-env -e KEPT -e NEVER_SET -e A=1)" = "A=1;KEPT=kept;" ]
	[ "$(environment --unset KEPT -e KEPT)" = "KEPT=kept;OTHER=other;" ]
	run -125 --separate-stderr "$BROOD" run -e =x true
	[ "$stderr" = "brood: run: -e: '=x' has no name (accepted: NAME=value, NAME)" ]
}

@test "the command is looked for on the PATH that it gets" {
	mkdir bin
	printf '#!/bin/sh\necho mine\n' >bin/my-tool
	chmod +x bin/my-tool
	run -0 "$BROOD" run -e PATH="$PWD/bin" my-tool
	[ "$output" = mine ]
	run -127 "$BROOD" run PATH=/nowhere true
	run -0 "$BROOD" run --clear-env true
	run -0 env -i "$BROOD" run true
	run -0 "$BROOD" run PATH="bin:$PATH" my-tool
	[ "$output" = mine ]
}

@test "--env-file sets the variables of a file" {
	printf '# comment\nA=1\nexport B="two words" # why\n\nC=%s\nKEPT\n' "'x" >>env
	run -125 "$BROOD" run --env-file env true
	printf "A=1\nexport B=\"two\\\\twords\" # why\n\nC='x # y'\nKEPT\n" >env
	[ "$(environment --clear-env --env-file env)" = $'A=1;B=two\twords;C=x # y;KEPT=kept;' ]
	[ "$(environment --clear-env --env-file env -e A=2)" = $'A=2;B=two\twords;C=x # y;KEPT=kept;' ]
	[ "$(environment --clear-env -e A=2 --env-file=env)" = $'A=1;B=two\twords;C=x # y;KEPT=kept;' ]
}

@test "errors in it name file, line and column" {
	printf 'A=1\n  B C=2\n' >env
	run -125 --separate-stderr "$BROOD" run --env-file env touch here
	[ "$stderr" = "brood: env:2:5: a name is followed by = or by nothing (--env-file)" ]
	[ ! -e here ]
	printf 'A="1\n' >env
	run -125 --separate-stderr "$BROOD" run --env-file env true
	[ "$stderr" = "brood: env:1:3: this quote is never closed (--env-file)" ]
	run -125 --separate-stderr "$BROOD" run --env-file no/such true
	[ "$stderr" = "brood: no/such: No such file or directory (--env-file)" ]
	run -125 --separate-stderr "$BROOD" run --env-file / true
	[ "$stderr" = "brood: /: Is a directory (--env-file)" ]
}
