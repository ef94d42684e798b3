# XCU pwd

=== pwd tells the directory
cd /
pwd
cd /usr/bin/..
pwd
--- out
/
/usr

=== -L tells it with links, -P without, the last one counts
mkdir real
ln -s real link
cd link
for o in -L -P '-L -P' '-P -L' ''; do basename "$(pwd $o)"; done
--- out
link
real
real
link
link

=== pwd does not believe a PWD that is wrong
PWD=/nowhere
[ "$(pwd -P)" = "$HOME" ] || [ "$(pwd -P)" = "$(cd "$HOME"; pwd -P)" ] && echo yes
--- out
yes

=== a full device is noticed
pwd >/dev/full
[ $? -ne 0 ] && echo failed
--- err any
--- out
failed
