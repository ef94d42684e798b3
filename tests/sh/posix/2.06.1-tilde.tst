# XCU 2.6.1 Tilde Expansion

=== ~ alone is HOME
HOME=/a/b
echo ~ ~/ ~/c
--- out
/a/b /a/b/ /a/b/c

=== ~ with a login name is that user's directory
echo ~root ~root/x
--- out
/root /root/x

=== ~ with an unknown name stays
echo ~no_such_user_here/x
--- out
~no_such_user_here/x

=== a quoted ~ stays
HOME=/a
echo \~ '~' "~" \~/b '~/b' "~"/b
--- out
~ ~ ~ ~/b ~/b ~/b

=== a ~ whose login name has quotes stays
echo ~\root ~'root' ~"root" ~r\oot/x
--- out
~root ~root ~root ~root/x

=== a quote behind the slash changes nothing
HOME=/a
echo ~/'b c' ~/"d"
--- out
/a/b c /a/d

=== a quoted slash ends no login name
HOME=/a
echo ~\/b ~'/b'
--- out
~/b ~/b

=== a ~ that is not first stays
HOME=/a
echo a~ a/~ :~ a:~/b =~ a=~
--- out
a~ a/~ :~ a:~/b =~ a=~

=== a ~ in front of an expansion is not expanded
HOME=/a x=root
echo ~$x ~${x} ~$(echo root)
--- out
~root ~root ~root

=== a ~ that comes from an expansion stays
HOME=/a x='~' 
echo $x ${x} $(echo '~')/b
--- out
~ ~ ~/b

=== in an assignment ~ is expanded behind = and :
HOME=/a
x=~ y=~/b z=~:~/c:d~:~ w=x:~
echo $x $y $z $w
--- out
/a /a/b /a:/a/c:d~:/a x:/a

=== in an assignment a quoted ~ or : is none
HOME=/a
x=\~ y=b:\~ z=b\:~ w="c:"~ v='~':~
echo $x $y $z $w $v
--- out
~ b:~ b:~ c:~ ~:/a

=== in an assignment in front of a command
HOME=/a
x=~:~/b sh -c 'echo $x'
--- out
/a:/a/b

=== in an assignment a login name ends at a colon
x=~root:~root/a
echo $x
--- out
/root:/root/a

=== export and readonly expand as in an assignment
HOME=/a
export x=~:~/b
readonly y=~/c
command export z=~
echo $x $y $z
--- out
/a:/a/b /a/c /a

=== what ~ gives is not split
HOME='/a  b'
set -- ~ ~/c
echo "$#" "$1" "$2"
--- out
2 /a  b /a  b/c

=== what ~ gives matches no files
mkdir x
HOME='/*'
echo ~
--- out
/*

=== an empty HOME gives an empty field
HOME=
set -- ~
echo "$# <$1>"
--- out
1 <>
--- differs dash: no field

=== a HOME that ends in a slash does not make two
HOME=/
echo ~/a
HOME=/b/
echo ~/c
--- out
/a
/b/c
--- differs dash: makes two slashes
--- differs bash: makes two slashes

=== in the word of a parameter expansion
HOME=/a
echo ${x-~} ${x-~/b} ${x:=~/c} "$x"
--- out
/a /a/b /a/c /a/c

=== within "${...}" ~ is quoted
HOME=/a
echo "${x-~}" "${x-~/b}"
--- out
~ ~/b

=== in a pattern of ${x#...}
HOME=/a x=/a/b
echo ${x#~} ${x%~/b}. "${x#~/}"
--- out
/b . b

=== in the word of a redirection
mkdir d
HOME=$PWD/d
echo x >~/f
cat d/f
--- out
x

=== in the words of for, and in the word and patterns of case
HOME=/a
for x in ~ ~/b; do echo $x; done
case ~ in /a) echo yes;; esac
case /a/b in ~/b) echo yes;; esac
case '~' in ~) echo no;; '~') echo quoted;; esac
--- out
/a
/a/b
yes
yes
quoted

=== HOME of the same line's assignment counts
HOME=/a
HOME=/b x=~
echo $x
--- out
/b

=== a here-document expands no ~
HOME=/a
cat <<x
~ ~/b
x
--- out
~ ~/b

=== in the name of a command
HOME=$PWD
printf 'echo ran\n' >cmd
chmod +x cmd
~/cmd
--- out
ran

=== behind a colon only an assignment has one
HOME=/h
echo a:~ :~/x ~/x:~
x=a:~ y=:~/x
echo "$x" "$y"
--- out
a:~ :~/x /h/x:~
a:/h :/h/x
