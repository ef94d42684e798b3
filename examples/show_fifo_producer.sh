#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows fifo_producer.c and fifo_consumer.py, each of them started first once.
#
#   show_fifo_producer.sh PROGRAM [WRAPPER...]
set -eu

program=$1
shift
consumer=$(dirname "$0")/fifo_consumer.py
command -v python3 >/dev/null || exit 77

echo "the consumer first:"
python3 "$consumer" box &
"$@" "$program" box one three 'twenty one'
wait $!

echo "the producer first:"
"$@" "$program" other box eleven &
python3 "$consumer" other
wait $!
