// SPDX-License-Identifier: MIT

//! The same program in C, Go, Python and Rust: docs/names.md.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The library has no wait with a time limit: it is asked again and again.
fn wait_until(child: &mut Child, limit: Duration) -> io::Result<(ExitStatus, bool)> {
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, false));
        }
        if Instant::now() >= end {
            child.kill()?;
            return Ok((child.wait()?, true));
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn run_one(argv: &[&str], limit: Duration) -> io::Result<()> {
    let mut child = Command::new(argv[0])
        .args(&argv[1..])
        .current_dir("/usr")
        .env("PWD", "/usr")
        .env("GREETING", "hello")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    // A pipe is closed when what holds it goes; each takes a thread. A closed one is no failure here.
    let feed = thread::spawn(move || drop(stdin.write_all(b"world\n")));
    let capture = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    let show = thread::spawn(move || {
        for line in stderr.lines().map_while(Result::ok) {
            println!("  stderr: {line}");
        }
    });
    let (status, late) = wait_until(&mut child, limit)?;
    feed.join().unwrap();
    show.join().unwrap();
    let text = capture.join().unwrap()?;
    if late {
        println!("  stopped at its time limit");
        return Ok(());
    }
    print!("  stdout: {text}");
    match (status.code(), status.signal()) {
        (Some(0), _) => println!("  went well"),
        (Some(code), _) => println!("  exit code {code}"),
        (None, Some(signal)) => println!("  killed by signal {signal}"),
        (None, None) => println!("  {status}"),
    }
    Ok(())
}

fn run(argv: &[&str], limit: Duration) {
    println!("{}", argv[0]);
    match run_one(argv, limit) {
        Ok(()) => (),
        Err(error) if error.kind() == ErrorKind::NotFound => println!("  not found"),
        Err(error) => println!("  {error}"),
    }
}

fn main() {
    let script = "read name; echo one >&2; echo $GREETING $name, $1, in $PWD; echo two >&2; exit 3";
    let limit = Duration::from_secs(10);
    run(&["sh", "-c", script, "sh", "first argument"], limit);
    run(&["cat"], limit);
    run(&["sh", "-c", "echo going; kill -9 $$"], limit);
    run(&["sleep", "60"], Duration::from_millis(100));
    run(&["no-such-program"], limit);
}
