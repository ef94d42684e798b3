#!/bin/sh
# SPDX-License-Identifier: MIT
# Shows the example reexec: the program is replaced while it runs; run.sh compares what this prints.
#
#   show_reexec.sh REEXEC [WRAPPER...]      what a wrapper runs cannot be replaced: it is left out
set -eu

cp "$1" launcher
mkfifo said
"$PWD/launcher" >said &
pid=$!
trap 'kill -9 "$pid" 2>/dev/null || :' EXIT
exec 3<said
read -r line <&3
echo "$line"
[ "$(cat launcher.pid)" -eq "$pid" ] && echo "its PID is in the file"

# What is no program is refused, and the old one stays.
echo "half a download" >launcher.new
chmod +x launcher.new
mv launcher.new launcher
kill -HUP "$pid"
read -r line <&3
echo "$line"

# The new version, put there in one step.
sed 's/version 1/version 2/' "$1" >launcher.new
chmod +x launcher.new
mv launcher.new launcher
kill -HUP "$pid"
read -r line <&3
echo "$line"
[ "$(cat launcher.pid)" -eq "$pid" ] && echo "the same PID is in the file"

# A second one finds that the file is held.
if ./launcher 2>/dev/null; then
	echo "a second one runs"
else
	echo "a second one is refused"
fi
kill -TERM "$pid"
read -r line <&3
echo "$line"
wait "$pid"
[ -e launcher.pid ] || echo "the file is gone"
