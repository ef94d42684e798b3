// SPDX-License-Identifier: MIT

// The other side of test_go_peer.c: answers questions about environments and look-ups as Go's
// os/exec does. Questions come on standard input, answers go to standard output, both as strings
// that end with a NUL, in lists that begin with their length.
//
//	environ, given ("1": the list is the environment; "0": it becomes ours), dir, list -> list
//	lookup, name, PATH -> outcome (found, dot, missing, failed), path
package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

var in = bufio.NewReader(os.Stdin)
var out = bufio.NewWriter(os.Stdout)

func next() string {
	text, err := in.ReadString(0)
	if err == io.EOF && text == "" {
		out.Flush()
		os.Exit(0)
	}
	if err != nil {
		os.Exit(2)
	}
	return text[:len(text)-1]
}

func nextList() []string {
	n, err := strconv.Atoi(next())
	if err != nil {
		os.Exit(2)
	}
	list := make([]string, n)
	for i := range list {
		list[i] = next()
	}
	return list
}

func say(text string) {
	out.WriteString(text)
	out.WriteByte(0)
}

func environ(given bool, dir string, list []string) {
	cmd := &exec.Cmd{Path: "/bin/true", Dir: dir}
	if given {
		cmd.Env = list
	} else {
		os.Clearenv()
		for _, entry := range list {
			name, value, _ := strings.Cut(entry, "=")
			os.Setenv(name, value)
		}
	}
	answer := cmd.Environ()
	say(strconv.Itoa(len(answer)))
	for _, entry := range answer {
		say(entry)
	}
}

func lookup(name, path string) {
	os.Setenv("PATH", path)
	hit, err := exec.LookPath(name)
	switch {
	case err == nil:
		say("found")
	case errors.Is(err, exec.ErrDot):
		say("dot")
	case errors.Is(err, exec.ErrNotFound):
		say("missing")
	default:
		say("failed")
	}
	say(hit)
}

func main() {
	for {
		switch next() {
		case "environ":
			given := next() == "1"
			dir := next()
			environ(given, dir, nextList())
		case "lookup":
			name := next()
			lookup(name, next())
		default:
			os.Exit(2)
		}
	}
}
