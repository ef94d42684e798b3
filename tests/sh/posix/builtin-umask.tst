# XCU umask

=== an octal mask is set and shown
umask 027
umask
umask -S
--- out
0027
u=rwx,g=rx,o=

=== symbolic masks
umask 022
umask g=rwx; umask -S
umask u-x,o+w; umask -S
umask a=r; umask -S
umask =; umask
umask g=u; umask -S
--- out
u=rwx,g=rwx,o=rx
u=rw,g=rwx,o=rwx
u=r,g=r,o=r
0777
u=,g=,o=
--- differs bash: g=u is refused

=== a subshell's mask is its own
umask 022
(umask 077; umask)
umask
--- out
0077
0022

=== what is no mode is an error
umask 9
test $? -gt 0 && echo error
umask u=q
test $? -gt 0 && echo error
umask
--- out
error
error
0022
--- err any

=== bits that are no permissions do not count
umask 1027
umask
--- out
0027

=== files are made by it
umask 077
: >f
ls -l f | cut -c 1-10
--- out
-rw-------
