// SPDX-License-Identifier: MIT

// Go's os/exec: peer [--fds N] spawn|capture|lines PROGRAM [ARGUMENT...]
//
//	peer feed|crowd N PROGRAM [ARGUMENT...]
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func spawn(args []string) int64 {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
	return 1
}

func capture(args []string) int64 {
	out, err := exec.Command(args[0], args[1:]...).Output()
	if err != nil {
		log.Fatal(err)
	}
	check := int64(len(out))
	if len(out) > 0 && out[len(out)-1] == 'x' {
		check++
	}
	return check
}

func lines(args []string) int64 {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		log.Fatal(err)
	}
	var check int64
	scanner := bufio.NewScanner(pipe)
	for scanner.Scan() {
		line := scanner.Bytes()
		check += int64(len(line))
		if len(line) > 0 {
			check += int64(line[0])
		}
	}
	if err := scanner.Err(); err != nil {
		log.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		log.Fatal(err)
	}
	return check
}

var input []byte

// The buffer of the output grows by itself, as in Output.
func feed(args []string) int64 {
	cmd := exec.Command(args[1], args[2:]...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		log.Fatal(err)
	}
	check := int64(len(out))
	if len(out) > 0 && out[len(out)-1] == 'x' {
		check++
	}
	return check
}

// What ../../crowd.h describes. A goroutine waits for each child, and each of these needs a thread.
func numberIn(path, word string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "\n"+word)
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		log.Fatal(err)
	}
	return n
}

func look() [3]int {
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		log.Fatal(err)
	}
	return [3]int{numberIn("/proc/self/smaps_rollup", "Rss:"), len(fds),
		numberIn("/proc/self/status", "Threads:")}
}

func crowd(n int, args []string) {
	read, write, err := os.Pipe()
	if err != nil {
		log.Fatal(err)
	}
	before := look()
	ended := make(chan error, n)
	begin := time.Now()
	for i := 0; i < n; i++ {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = read, os.Stdout, os.Stderr
		if os.Getenv("CAPTURE") != "" {
			cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
		}
		if err := cmd.Start(); err != nil {
			log.Fatal(err)
		}
		go func() { ended <- cmd.Wait() }()
	}
	start := time.Since(begin)
	held := look()
	begin = time.Now()
	read.Close()
	write.Close()
	for i := 0; i < n; i++ {
		if err := <-ended; err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println((start + time.Since(begin)).Nanoseconds(), n, start.Nanoseconds(),
		held[0]-before[0], held[1]-before[1], held[2]-before[2], -1)
}

func holdFds(count string) {
	var limit syscall.Rlimit
	n, err := strconv.Atoi(count)
	if err == nil {
		err = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	limit.Cur = limit.Max
	if err == nil {
		err = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
	}
	for i := 0; i < n && err == nil; i++ {
		_, err = syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	}
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	args := os.Args[1:]
	if len(args) > 1 && args[0] == "--fds" {
		holdFds(args[1])
		args = args[2:]
	}
	if len(args) < 2 {
		log.Fatal("usage: peer [--fds N] spawn|capture|lines|feed|crowd [N] PROGRAM [ARGUMENT...]")
	}
	n := 0
	if args[0] == "feed" || args[0] == "crowd" {
		n, _ = strconv.Atoi(args[1])
	}
	if args[0] == "feed" {
		input = bytes.Repeat([]byte{'x'}, n)
	}
	// It lets a program have 10 000 threads, unless asked for more.
	debug.SetMaxThreads(n + 10000)
	work := map[string]func([]string) int64{"spawn": spawn, "capture": capture, "lines": lines,
		"feed": feed}[args[0]]
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		repeat, err := strconv.Atoi(strings.TrimSpace(requests.Text()))
		if err != nil {
			log.Fatal(err)
		}
		if args[0] == "crowd" {
			crowd(n, args[2:])
			continue
		}
		var check int64
		begin := time.Now()
		for i := 0; i < repeat; i++ {
			check += work(args[1:])
		}
		fmt.Println(time.Since(begin).Nanoseconds(), check)
	}
}
