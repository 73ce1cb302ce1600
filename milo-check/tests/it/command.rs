//! The command: its answers and exit codes.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::books::Became::Confirmed;
use crate::books::Books;
use crate::tale::Tale;

/// Files of one test.
struct Files(PathBuf);

impl Files {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("milo-check-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn milo_check(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_milo-check"))
        .args(arguments)
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn sale() -> Tale {
    Tale::new()
        .buy((1, 2), "ann", "r1", &["A1"])
        .read((3, 4), "ann", "r1", "confirmed")
}

#[test]
fn yes_is_0() {
    let files = Files::new("yes");
    let books = Books::new().with("r1", "ann", "direct", &["A1"], Confirmed);
    let history = files.file("history.jsonl", &sale().lines());
    let dump = files.file("dump.json", &books.dump.to_string());
    let ledger = files.file("ledger.json", &books.ledger.to_string());
    let output = milo_check(&["--history", &history, "--dump", &dump, "--ledger", &ledger]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(
        said(&output).ends_with("accepted work lost: 0\nyes: every promise was kept\n"),
        "{}",
        said(&output)
    );
}

#[test]
fn no_is_1_and_names_the_promise() {
    let files = Files::new("no");
    let history = files.file("history.jsonl", &sale().buy((5, 6), "bob", "r2", &["A1"]).lines());
    let output = milo_check(&["--history", &history]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("I15, two sales of a seat have a release between them: not so for seat A1"));
    assert!(
        said(&output).ends_with("no: a promise was broken\n"),
        "{}",
        said(&output)
    );
}

#[test]
fn json_is_for_programs() {
    let files = Files::new("json");
    let history = files.file("history.jsonl", &sale().buy((5, 6), "bob", "r2", &["A1"]).lines());
    let output = milo_check(&["--history", &history, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["violations"][0]["invariant"], "I15");
    assert_eq!(report["violations"][0]["evidence"].as_array().unwrap().len(), 6);
    assert_eq!(report["counts"]["calls"], 3);
}

#[test]
fn what_cannot_be_read_is_2() {
    let files = Files::new("unread");
    let twice = "{\"type\":\"invoke\",\"process\":1,\"time_us\":1,\"op\":\"read\",\"reservation\":\"r1\"}\n".repeat(2);
    let odd = [
        ("not-json", "hello".to_owned()),
        ("no-event", "{\"type\":\"greeting\"}".to_owned()),
        (
            "no-question",
            "{\"type\":\"ok\",\"process\":1,\"time_us\":1}".to_owned(),
        ),
        ("two-questions", twice),
        (
            "typo",
            "{\"type\":\"invoke\",\"process\":1,\"time_us\":1,\"op\":\"read\",\"reservaton\":\"r1\"}".to_owned(),
        ),
        (
            "no-seats",
            "{\"type\":\"invoke\",\"process\":1,\"time_us\":1,\"op\":\"hold\",\"showtime\":\"s\"}".to_owned(),
        ),
        (
            "back-in-time",
            "{\"type\":\"fault\",\"fault\":\"holds_lost\",\"from_us\":2,\"to_us\":1}".to_owned(),
        ),
    ];
    for (name, text) in odd {
        let path = files.file(name, &text);
        let output = milo_check(&["--history", &path]);
        assert_eq!(output.status.code(), Some(2), "{name}: {}", said(&output));
        assert!(said(&output).contains("history line"), "{name}: {}", said(&output));
    }
    let dump = files.file("dump", "{\"reservations\": [{}]}");
    assert_eq!(milo_check(&["--dump", &dump]).status.code(), Some(2));
    assert_eq!(milo_check(&["--history", "/no/such/file"]).status.code(), Some(2));
    assert_eq!(milo_check(&[]).status.code(), Some(2));
}
