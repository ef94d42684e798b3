#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the example parallel; run.sh compares what this prints.
#
#   parallel.sh PARALLEL [WRAPPER...]
set -eu

program=$1
shift
code=0

echo "one at a time, in order:"
printf 'a\nb c\n' | "$@" "$program" 1 printf '<%s>\n'

echo "each line once:"
seq 200 | "$@" "$program" 4 | sort -n | uniq | wc -l

# The first ones wait for each other: fewer than three at once would wait for ever.
echo "three at once and no more:"
mkdir running
# shellcheck disable=SC2016 # for the other shell
script='mkdir "running/$1"; n=$(ls running | wc -l); [ "$n" -lt 3 ] || : >three
until [ -e three ]; do sleep 0.01; done; echo "$n"; rmdir "running/$1"'
seq 30 | "$@" "$program" 3 sh -c "$script" sh | sort -n | tail -n 1

echo "one that failed:"
# shellcheck disable=SC2016
printf '0\n7\n0\n' | "$@" "$program" 2 sh -c 'echo ran; exit "$1"' sh || code=$?
echo "exit code $code"

echo "one that is not there:"
code=0
echo x | "$@" "$program" 2 no-such-program 2>&1 || code=$?
echo "exit code $code"
