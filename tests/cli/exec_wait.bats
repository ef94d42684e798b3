#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# brood exec --wait: what is there, what is not, until when, and how it ends.
bats_require_minimum_version 1.5.0

setup() {
	load kill_ours
	cd "$BATS_TEST_TMPDIR" || exit
	unset "${!BROOD_EXEC_@}"
	cat >server.py <<-'END'
		# server.py KIND ADDRESS [WORDS]: listens, writes its port to the file "port", and answers each
		# connection: tcp, unix: closes it; http: with a status line; mute: not at all.
		import os, socket, sys
		kind, address, words = sys.argv[1], sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else ""
		if kind in ("unix", "seqpacket", "dgram"):
		    server = socket.socket(socket.AF_UNIX, {"unix": socket.SOCK_STREAM, "seqpacket": socket.SOCK_SEQPACKET,
		                                            "dgram": socket.SOCK_DGRAM}[kind])
		    server.bind("\0" + address[1:] if address[0] == "@" else address)
		else:
		    server = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
		    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    server.bind((address, int(os.environ.get("PORT", "0"))))
		if kind != "dgram":
		    server.listen()
		with open("port.new", "w") as file:
		    file.write(str(server.getsockname()[1] if kind in ("tcp", "http", "mute") else 0))
		os.rename("port.new", "port")
		if kind == "dgram":
		    server.recv(1)
		kept = []
		while True:
		    connection, _ = server.accept()
		    if kind == "http":
		        request = connection.recv(65536)
		        with open("request", "wb") as file:
		            file.write(request)
		        connection.sendall(words.encode().decode("unicode_escape").encode())
		    if kind == "mute":
		        kept.append(connection)
		    else:
		        connection.close()
	END
}

teardown() {
	# shellcheck disable=SC2046
	kill_ours $(cat pids 2>/dev/null)
}

# Starts it and waits until it listens; $port is its port.
serve() {
	rm -f port
	python3 server.py "$@" 3>&- &
	echo $! >>pids
	until [ -e port ]; do sleep 0.02; done
	port=$(cat port)
}

# A port at which nobody listens.
free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# What is missing ends it with 124; the last words of the message are given.
missing() {
	run -124 --separate-stderr "$BROOD" exec --wait-timeout "${patience:-150ms}" --wait "$1" touch started
	[ "$stderr" = "brood: exec: wait: $1 is not there after ${patience:-150ms}: $2" ]
	[ ! -e started ]
}

@test "exec: a server that accepts connections is there" {
	serve tcp 127.0.0.1
	run -0 "$BROOD" exec --wait "tcp:127.0.0.1:$port" echo yes
	[ "$output" = yes ]
	run -0 "$BROOD" exec --wait "tcp:localhost:$port" true
	missing "tcp:127.0.0.1:$(free_port)" "Connection refused"
	missing "tcp:no-such-host.invalid:80" "there is no host of that name" ||
		missing "tcp:no-such-host.invalid:80" "no name server has answered" ||
		missing "tcp:no-such-host.invalid:80" "its address is looked up"
}

@test "exec: IPv6 addresses are known" {
	[ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6 || skip "no IPv6 here"
	serve tcp ::1
	run -0 "$BROOD" exec --wait "tcp:[::1]:$port" true
}

@test "exec: nobody is not there because both ends of a connection are ours" {
	# A network whose only free port is the one that is waited for: the kernel joins it to itself.
	cat >alone.py <<-'END'
		import fcntl, os, socket, struct, sys
		with socket.socket() as some:
		    fcntl.ioctl(some, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
		with open("/proc/sys/net/ipv4/ip_local_port_range", "w") as file:
		    file.write("40000 40000")
		os.execvp(sys.argv[1], sys.argv[1:])
	END
	alone=(unshare --user --map-root-user --net python3 alone.py)
	[ "$(id -u)" -ne 0 ] || alone=(unshare --net python3 alone.py)
	"${alone[@]}" true || skip "no network can be made here"
	run -0 "${alone[@]}" python3 -c 'import socket; socket.create_connection(("127.0.0.1", 40000))'
	run -124 "${alone[@]}" "$BROOD" exec --wait tcp:127.0.0.1:40000 --wait-timeout 300ms touch started
	[ ! -e started ]
}

@test "exec: sockets in the file system are there when somebody listens" {
	serve unix sock
	run -0 "$BROOD" exec --wait unix:sock true
	serve seqpacket seq
	run -0 "$BROOD" exec --wait "unix:$PWD/seq" true
	serve dgram datagrams
	run -0 "$BROOD" exec --wait unix:datagrams true
	serve unix "@brood-$$-$BATS_TEST_NUMBER"
	run -0 "$BROOD" exec --wait "unix:@brood-$$-$BATS_TEST_NUMBER" true
	missing unix:nowhere "No such file or directory"
	# shellcheck disable=SC2046
	kill_ours $(cat pids)
	missing unix:sock "Connection refused"
}

@test "exec: a URL is there when it answers with 2xx or 3xx" {
	serve http 127.0.0.1 'HTTP/1.1 204 No Content\r\n\r\n'
	run -0 "$BROOD" exec --wait "http://127.0.0.1:$port/a/b?c=d#e" true
	[ "$(head -n 2 request | tr -d '\r')" = "$(printf 'GET /a/b?c=d HTTP/1.1\nHost: 127.0.0.1:%s' "$port")" ]
	serve http 127.0.0.1 'HTTP/1.0 301 Moved\r\n\r\n'
	run -0 "$BROOD" exec --wait "http://127.0.0.1:$port" true
	patience=1s # for the server to answer
	serve http 127.0.0.1 'HTTP/1.1 503 Not Yet\r\n\r\n'
	missing "http://127.0.0.1:$port/" "HTTP status 503"
	serve http 127.0.0.1 'HTTP/1.1 404 Not Found\r\n\r\n'
	missing "http://127.0.0.1:$port/" "HTTP status 404"
	serve http 127.0.0.1 'HTTP/1.1 102 Processing\r\n\r\n'
	missing "http://127.0.0.1:$port/" "HTTP status 102"
	serve http 127.0.0.1 'SSH-2.0-OpenSSH_9.2p1\r\n'
	missing "http://127.0.0.1:$port/" "its answer is not HTTP"
	serve http 127.0.0.1 ''
	missing "http://127.0.0.1:$port/" "it closes the connection without an answer"
	serve mute 127.0.0.1
	missing "http://127.0.0.1:$port/" "it accepts connections, but does not answer"
	run -125 --separate-stderr "$BROOD" exec --wait https://x/ true
	[[ $stderr == "brood: exec: --wait: 'https://x/': https needs a TLS library, which brood has not: use exec:curl -fsS URL "* ]]
}

@test "exec: files and commands are waited for" {
	touch file
	run -0 "$BROOD" exec --wait file:file --wait file:. --wait "exec:test -e file" true
	missing file:nowhere "No such file or directory"
	missing exec:false "exit code 1"
	missing "exec:sh -c 'echo one; echo two >&2; exit 3'" "exit code 3: two"
	missing exec:no-such-program "no-such-program: not found" ||
		[[ $stderr == *"no-such-program"* ]]
	missing "exec:sleep 100" "it took too long"
	run -0 "$BROOD" exec -e A=1 --wait "exec:sh -c 'test \$A = 1'" true
}

@test "exec: an attempt that hangs is given up, with all that it has started" {
	run -124 --separate-stderr "$BROOD" exec --wait-timeout 1s --wait-attempt 100ms \
		--wait "exec:sh -c 'echo x >>tries; setsid sleep 1000 & echo \$! >>pids; wait'" true
	[[ $stderr == *": it took too long" ]]
	[ "$(wc -l <tries)" -ge 2 ]
	while read -r pid; do
		[ ! -e "/proc/$pid" ] || grep -q ' Z ' "/proc/$pid/stat"
	done <pids
}

@test "exec: all are waited for at once, until one deadline, and each that is missing is named" {
	touch there
	start=$(date +%s%N)
	run -124 --separate-stderr "$BROOD" exec --wait-timeout 500ms --wait file:a --wait file:there \
		--wait "exec:sleep 100" --wait file:b touch started
	[ $(($(date +%s%N) - start)) -lt 1500000000 ]
	[ "$stderr" = "brood: exec: wait: file:a is not there after 500ms: No such file or directory
brood: exec: wait: exec:sleep 100 is not there after 500ms: it took too long
brood: exec: wait: file:b is not there after 500ms: No such file or directory" ]
	[ ! -e started ]
}

@test "exec: a name server that never answers does not hold it up" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare --mount true 2>/dev/null || skip "no mount namespace can be made here"
	python3 - 3>&- <<-'END' &
		import os, socket, sys, time
		server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		try:
		    server.bind(("127.0.0.77", 53))
		except OSError:
		    open("refused", "w").close()
		    sys.exit()
		open("bound", "w").close()
		while True:
		    server.recv(512)
		    open("asked", "w").close()
	END
	echo $! >>pids
	until [ -e bound ] || [ -e refused ]; do sleep 0.02; done
	[ -e bound ] || skip "port 53 is not to be had"
	echo 'nameserver 127.0.0.77' >resolv.conf
	start=$(date +%s%N)
	run -124 --separate-stderr unshare --mount sh -c 'mount --bind resolv.conf /etc/resolv.conf && exec "$@"' sh \
		"$BROOD" exec --wait-timeout 700ms --wait tcp:some.host.example:80 --wait file:x touch started
	[ $(($(date +%s%N) - start)) -lt 2500000000 ]
	[ "${stderr_lines[0]}" = "brood: exec: wait: tcp:some.host.example:80 is not there after 700ms: its address is looked up" ]
	[ -e asked ] && [ ! -e started ]
}

@test "exec: names come from /etc/hosts, then from the DNS, by the domains that are searched" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare --mount true 2>/dev/null || skip "no mount namespace can be made here"
	# Knows db.inner.example, which is 127.0.0.1, and nothing else.
	python3 - 3>&- <<-'END' &
		import socket, sys
		server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		try:
		    server.bind(("127.0.0.78", 53))
		except OSError:
		    open("refused", "w").close()
		    sys.exit()
		open("bound", "w").close()
		while True:
		    query, client = server.recvfrom(512)
		    end = query.index(b"\0", 12) + 5
		    name, kind = query[12:end - 4], query[end - 4:end - 2]
		    is_known = name.lower() == b"\2db\5inner\7example\0"
		    answers = is_known and kind == b"\0\1"
		    head = query[:2] + (b"\x81\x80" if is_known else b"\x81\x83") + b"\0\1" + (b"\0\1" if answers else b"\0\0") + b"\0\0\0\0"
		    record = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\1" if answers else b""
		    server.sendto(head + query[12:end] + record, client)
	END
	echo $! >>pids
	until [ -e bound ] || [ -e refused ]; do sleep 0.02; done
	[ -e bound ] || skip "port 53 is not to be had"
	printf 'nameserver 127.0.0.78\nsearch outer.example inner.example\n' >resolv.conf
	printf '# not.this 127.0.0.9\n127.0.0.1 other Own.Name # comment\n' >hosts
	serve tcp 127.0.0.1
	inside() {
		unshare --mount sh -c 'mount --bind resolv.conf /etc/resolv.conf && mount --bind hosts /etc/hosts && exec "$@"' sh \
			"$BROOD" exec --wait-timeout 10s --wait "tcp:$1:$port" echo there
	}
	for name in db db.inner.example other own.name localhost; do
		[ "$(inside "$name")" = there ]
	done
	run -124 --separate-stderr unshare --mount sh -c 'mount --bind resolv.conf /etc/resolv.conf && exec "$@"' sh \
		"$BROOD" exec --wait-timeout 300ms --wait tcp:unknown:80 true
	[[ $stderr == *": there is no host of that name" ]]
}

@test "exec: what comes later is waited for" {
	PORT=$(free_port)
	export PORT
	"$BROOD" exec --wait "tcp:127.0.0.1:$PORT" --wait file:late touch started 3>&- &
	brood=$!
	serve tcp 127.0.0.1
	[ ! -e started ]
	touch late
	wait "$brood"
	[ -e started ]
}

@test "exec: a port that comes and goes is waited for until it stays" {
	# Each look finds the next line: it is there, and is not; then it stays.
	printf 'exit 0\nexit 1\nexit 0\nexit 0\nexit 1\nexit 0\nexit 0\nexit 0\n' >script
	cat >look <<-'END'
		#!/bin/sh
		echo x >>looks
		eval "$(sed -n "$(wc -l <looks)p" script)"
	END
	chmod +x look
	run -0 "$BROOD" exec --wait exec:./look --wait-successes 3 --wait-interval 5ms -v true
	[ "$(wc -l <looks)" -eq 8 ]
}

@test "exec: a server that flaps is found when it is there" {
	PORT=$(free_port)
	export PORT
	# It is there for 20 ms, and then not for 80 ms.
	python3 - 3>&- <<-'END' &
		import os, socket, time
		while True:
		    with socket.socket() as server:
		        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		        server.bind(("127.0.0.1", int(os.environ["PORT"])))
		        server.listen()
		        time.sleep(0.02)
		    time.sleep(0.08)
	END
	echo $! >>pids
	run -0 "$BROOD" exec --wait "tcp:127.0.0.1:$PORT" --wait-interval 10ms --wait-timeout 30s echo found
	[ "$output" = found ]
}

@test "exec: it says who is missing when it takes long" {
	"$BROOD" exec --wait-timeout 20s --wait file:late --wait exec:true touch started 2>err 3>&- &
	brood=$!
	until [ -s err ]; do sleep 0.1; done
	[ "$(cat err)" = "brood: exec: waiting for file:late (No such file or directory) since 5s" ]
	touch late
	wait "$brood"
	[ -e started ]
}

@test "exec: signals end the waiting at once" {
	for signal in TERM INT HUP QUIT; do
		# What the one before has said is not to be taken for its words.
		rm -f err
		# A shell starts what runs in the background with INT and QUIT ignored.
		env --default-signal "$BROOD" exec -v --wait file:"now" --wait file:late --wait "exec:sleep 100" \
			touch started 2>err 3>&- &
		brood=$!
		touch now
		until grep -qs 'file:now is there' err; do sleep 0.02; done
		kill "-$signal" "$brood"
		code=0
		wait "$brood" || code=$?
		[ "$code" -eq $((128 + $(kill -l "$signal"))) ]
		[ "$(tail -n 1 err)" = "brood: exec: wait: ended by SIG$signal" ]
	done
	[ ! -e started ]
}

@test "exec: a signal that comes between two steps is not lost" {
	mkfifo tpl
	env --default-signal "$BROOD" exec --wait exec:true --render tpl:out touch started 2>err 3>&- &
	brood=$!
	# Returns when brood, behind its waiting, reads the template.
	exec 4>tpl
	kill "$brood"
	echo text >&4
	exec 4>&-
	code=0
	wait "$brood" || code=$?
	[ "$code" -eq 143 ]
	[ "$(tail -n 1 err)" = "brood: exec: ended by SIGTERM" ]
	[ "$(cat out)" = text ] && [ ! -e started ]
}

@test "exec: an ignored signal does not end the waiting" {
	(trap '' HUP && exec "$BROOD" exec -v --wait file:"now" --wait file:late touch started 2>err 3>&-) &
	brood=$!
	touch now
	until grep -qs 'file:now is there' err; do sleep 0.02; done
	kill -HUP "$brood"
	touch late
	wait "$brood"
	[ -e started ]
}

@test "exec: waiting takes no processor time to speak of" {
	run -124 "$BROOD" exec --wait-timeout 2s --wait file:a --wait tcp:127.0.0.1:1 true
	ticks=$(bash -c '"$0" exec --wait-timeout 2s --wait file:a --wait tcp:127.0.0.1:1 true 2>/dev/null
		read -r line <<<"$(cut -d" " -f 16-17 /proc/$$/stat)"; echo $((${line/ /+}))' "$BROOD")
	[ "$ticks" -lt 20 ]
}

@test "exec: times that make no sense are refused" {
	run -125 --separate-stderr "$BROOD" exec --wait-interval 0 true
	[ "$stderr" = "brood: exec: --wait-interval: '0' is too short a time (accepted: 1ms or more)" ]
	run -125 --separate-stderr "$BROOD" exec --wait-attempt off true
	[ "$stderr" = "brood: exec: --wait-attempt: 'off' is too short a time (accepted: 1ms or more)" ]
	run -125 --separate-stderr "$BROOD" exec --wait-successes 0 true
	[ "$stderr" = "brood: exec: --wait-successes: '0' is not a number of attempts (accepted: 1 to 1000)" ]
}
