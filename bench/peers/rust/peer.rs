// SPDX-License-Identifier: MIT

//! Rust's std::process: peer spawn|capture|lines PROGRAM [ARGUMENT...]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

fn command(args: &[String]) -> Command {
    let mut command = Command::new(&args[0]);
    command.args(&args[1..]).stdin(Stdio::null());
    command
}

fn spawn(args: &[String]) -> i64 {
    assert!(command(args).status().expect("status").success());
    1
}

fn capture(args: &[String]) -> i64 {
    let output = command(args).output().expect("output");
    assert!(output.status.success());
    output.stdout.len() as i64 + (output.stdout.last() == Some(&b'x')) as i64
}

fn lines(args: &[String]) -> i64 {
    let mut child = command(args).stdout(Stdio::piped()).spawn().expect("spawn");
    let mut reader = BufReader::new(child.stdout.take().expect("stdout"));
    let mut line = Vec::new();
    let mut check = 0i64;
    while reader.read_until(b'\n', &mut line).expect("read_until") > 0 {
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        check += line.len() as i64 + line.first().map_or(0, |&byte| byte as i64);
        line.clear();
    }
    assert!(child.wait().expect("wait").success());
    check
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let work = match args[0].as_str() {
        "spawn" => spawn,
        "capture" => capture,
        _ => lines,
    };
    for request in std::io::stdin().lock().lines() {
        let n: u64 = request.expect("request").trim().parse().expect("a number");
        let begin = Instant::now();
        let check: i64 = (0..n).map(|_| work(&args[1..])).sum();
        println!("{} {}", begin.elapsed().as_nanos(), check);
        std::io::stdout().flush().expect("flush");
    }
}
