#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs an example and compares what it prints with what it should print.
#
#   run.sh PROGRAM EXPECTED [WRAPPER...]      WRAPPER: valgrind and its options, say
#
# The example runs with nothing to read, in an empty folder, and must exit with 0; with 77 it is
# skipped. Words on standard error are a failure too. If show_NAME.sh lies beside NAME.expected, that
# is run instead, with the program and the wrapper as its arguments.
set -eu

program=$(realpath "$1") expected=$2
shift 2
name=$(basename "$expected" .expected)
script=$(dirname "$expected")/show_$name.sh
if [ -e "$script" ]; then
	set -- "$(realpath "$script")" "$program" "$@"
else
	set -- "$@" "$program"
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/empty"

code=0
(cd "$folder/empty" && LC_ALL=C exec "$@") </dev/null >"$folder/out" 2>"$folder/err" || code=$?
[ "$code" -ne 77 ] || exit 77

bad=0
diff -u "$expected" "$folder/out" || bad=1
if [ "$code" -ne 0 ]; then
	echo "exit code $code"
	bad=1
fi
if [ -s "$folder/err" ]; then
	echo "on standard error:"
	cat "$folder/err"
	bad=1
fi
exit "$bad"
