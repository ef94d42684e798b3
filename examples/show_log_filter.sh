#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the example log_filter, and brood filter in its place; run.sh compares what this prints.
#
#   show_log_filter.sh LOG_FILTER [WRAPPER...]
set -eu

program=$1
shift

echo "the errors, as they come:"
"$@" "$program"

echo "brood filter in place of the filter, and two loggers, one after the other:"
"$BROOD" filter --fifo box -m 4 '^ERROR:' &
until [ -p box ]; do :; done
"$@" "$program" write box
# The last line of all would find nobody any more.
printf 'ERROR: one\nERROR: two\n' >box
wait
[ ! -e box ] || echo "the FIFO is still there"

echo "one log, two filters, three files:"
mkfifo log
"$program" write log &
"$BROOD" pipe 'cat log' --tee "$BROOD filter --level error > errors" \
	--tee "$BROOD filter -v ^ERROR > rest" 'cat > all'
wait
wc -l all errors rest | awk '{ print $1, $2 }'
