use std::process::Command;

use milo_adapters::demo::{Accounts, Demo, banner, seed};
use milo_adapters::memory::SeededIds;

use super::{empty, somebody, time};

async fn greeting() -> (String, Accounts, Demo) {
    let now = time("2026-11-23T15:00:00Z");
    let milo = empty(now);
    let demo = seed(&milo, somebody(), now).await.unwrap();
    let accounts = Accounts::random(&SeededIds::new(5));
    let text = banner("http://127.0.0.1:8080", &accounts, &demo, false);
    (text, accounts, demo)
}

#[tokio::test]
async fn it_says_what_a_newcomer_must_know() {
    let (text, accounts, _) = greeting().await;
    for needed in [
        "http://127.0.0.1:8080/docs",
        "EVERYTHING LIVES IN MEMORY",
        accounts.admin.email.as_str(),
        accounts.admin.password.expose(),
        accounts.customer.email.as_str(),
        accounts.customer.password.expose(),
    ] {
        assert!(text.contains(needed), "{needed} is missing in {text}");
    }
}

/// Answers as the API does, checks what it is sent, and says which call it was.
const FAKE_CURL: &str = r#"
curl() {
    case "$*" in
    *"/auth/login"*'"email":"ann@milo.example"'*)
        echo '{"access_token":"eyJ.a-b_c.d","token_type":"Bearer","expires_in":600,"refresh_token":"ff00"}' ;;
    *"/showtimes/"*"/holds"*"Authorization: Bearer eyJ.a-b_c.d"*'"seat_ids"'*)
        echo '{"id":"hold-1","showtime_id":"show-1","seats":[{"id":"seat-1","row":"H"},{"id":"seat-2","row":"H"}],"total":{"amount":1,"currency":"USD"}}' ;;
    *"/reservations"*"Authorization: Bearer eyJ.a-b_c.d"*'{"hold_id":"hold-1",'*'"token":"tok_ok"'*)
        echo "reserved" ;;
    *)
        echo "an unexpected call: $*" ;;
    esac
}
"#;

#[tokio::test]
async fn its_three_lines_book_when_they_are_pasted() {
    let (text, _, demo) = greeting().await;
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("curl")).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[1].contains(&demo.sample.showtime.to_string()));
    for seat in demo.sample.seats {
        assert!(lines[1].contains(&seat.to_string()));
    }
    let script = format!("{FAKE_CURL}\n{}", lines.join("\n"));
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "reserved\n");
}
