// SPDX-License-Identifier: MIT

// Go's os/exec: peer [--fds N] spawn|capture|lines PROGRAM [ARGUMENT...]
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"
	"os/exec"
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
		log.Fatal("usage: peer [--fds N] spawn|capture|lines PROGRAM [ARGUMENT...]")
	}
	work := map[string]func([]string) int64{"spawn": spawn, "capture": capture, "lines": lines}[args[0]]
	requests := bufio.NewScanner(os.Stdin)
	for requests.Scan() {
		n, err := strconv.Atoi(strings.TrimSpace(requests.Text()))
		if err != nil {
			log.Fatal(err)
		}
		var check int64
		begin := time.Now()
		for i := 0; i < n; i++ {
			check += work(args[1:])
		}
		fmt.Println(time.Since(begin).Nanoseconds(), check)
	}
}
