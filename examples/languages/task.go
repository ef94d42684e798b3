// SPDX-License-Identifier: MIT

// The same program in C, Go, Python and Rust: docs/names.md.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func run(limit time.Duration, argv ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = "/usr"
	cmd.Env = append(os.Environ(), "PWD=/usr", "GREETING=hello")
	cmd.Stdin = strings.NewReader("world\n")
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()

	fmt.Println(argv[0])
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		// Wait closes the pipe: all of it has to be read before.
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			fmt.Printf("  stderr: %s\n", lines.Text())
		}
		err = cmd.Wait()
	}
	var exit *exec.ExitError
	late := ctx.Err() == context.DeadlineExceeded
	if !late && (err == nil || errors.As(err, &exit)) {
		fmt.Printf("  stdout: %s", stdout.String())
	}
	switch {
	case late:
		fmt.Println("  stopped at its time limit")
	case err == nil:
		fmt.Println("  went well")
	case exit != nil && exit.Exited():
		fmt.Printf("  exit code %d\n", exit.ExitCode())
	case exit != nil:
		fmt.Printf("  killed by signal %d\n", exit.Sys().(syscall.WaitStatus).Signal())
	case errors.Is(err, exec.ErrNotFound):
		fmt.Println("  not found")
	default:
		fmt.Printf("  %v\n", err)
	}
}

func main() {
	script := "read name; echo one >&2; echo $GREETING $name, $1, in $PWD; " +
		"echo two >&2; exit 3"
	run(10*time.Second, "sh", "-c", script, "sh", "first argument")
	run(10*time.Second, "cat")
	run(10*time.Second, "sh", "-c", "echo going; kill -9 $$")
	run(time.Second/10, "sleep", "60")
	run(10*time.Second, "no-such-program")
}
