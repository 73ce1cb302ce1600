//! Who may do what: every operation of the document, tried by everybody who may come along.

mod callers;
mod renewal;
mod swaps;

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;

use tokio::task::JoinSet;

use crate::support::{Access, Answer, Row, Scene, Stranger, inventory};
use callers::{Caller, Worth, callers};

/// What one cell of the matrix must come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// This problem; nothing is told and nothing is done.
    Refused(u16, &'static str),
    /// This status, and nothing is done.
    Ignored(u16),
    Answered(u16),
}

fn outcome(row: &Row, worth: Worth) -> Outcome {
    use Outcome::{Answered, Ignored, Refused};
    let answered = Answered(row.status);
    let to_stranger = match row.stranger {
        Stranger::Same => answered,
        Stranger::Ignored => Ignored(row.status),
        Stranger::NotFound => Refused(404, "not-found"),
        Stranger::Forbidden => Refused(403, "forbidden"),
        Stranger::NotWatched => Refused(403, "not-watched"),
    };
    match (row.access, worth) {
        (Access::Public | Access::Optional, Worth::Parameter) => Refused(422, "validation"),
        (Access::Public, _) | (Access::Optional, Worth::Nothing) => answered,
        (_, Worth::Nothing | Worth::Parameter) => Refused(401, "unauthorized"),
        (_, Worth::Invalid) => Refused(401, "invalid-token"),
        (Access::Optional, _) | (Access::Admin, Worth::Admin | Worth::OwnerAndAdmin) => answered,
        (Access::Admin, _) => Refused(403, "forbidden"),
        (Access::User, Worth::Owner | Worth::OwnerAndAdmin) => answered,
        // An administrator may take a review away, whoever wrote it.
        (Access::User, Worth::Admin) if row.operation == "DELETE /api/v1/reviews/{id}" => answered,
        (Access::User, Worth::Stranger | Worth::Admin | Worth::FormerStranger) => to_stranger,
    }
}

/// Sends the request of one cell and checks what came back, and what became of it.
async fn check(scene: &Scene, row: &Row, caller: &Caller) {
    let expected = outcome(row, caller.worth);
    let what = format!("{}, {}", row.operation, caller.name);
    let request = row.request(scene);
    let path = match caller.worth {
        Worth::Parameter => format!("{}?access_token={}", request.path, scene.admin.token()),
        _ => request.path,
    };
    let client = caller.client(scene, row);
    let before = scene.written();
    let answer = client.send(row.method(), &path, request.body.as_ref()).await;
    match expected {
        Outcome::Refused(status, problem) => {
            assert_refusal(&answer, status, problem, scene, &what);
            assert!(before == scene.written(), "{what}: it was refused and did something");
        }
        Outcome::Ignored(status) => {
            assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text());
            assert!(answer.body.is_empty(), "{what}: {}", answer.text());
            assert!(before == scene.written(), "{what}: it did something");
        }
        Outcome::Answered(status) => {
            assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.text());
            assert!(
                row.writes() || before == scene.written(),
                "{what}: reading wrote something"
            );
            if matches!(caller.worth, Worth::Stranger | Worth::Admin | Worth::FormerStranger) {
                assert_own(&answer, row, scene, &what);
            }
        }
    }
    scene.spent(&answer);
}

/// The problem and nothing else: no data, no tag of it, no address.
fn assert_refusal(answer: &Answer, status: u16, problem: &str, scene: &Scene, what: &str) {
    let text = answer.text();
    assert_eq!(answer.status.as_u16(), status, "{what}: {text}");
    let body = answer.json();
    assert_eq!(body["type"], format!("urn:milo:problem:{problem}"), "{what}: {text}");
    let members: BTreeSet<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    let mut known = BTreeSet::from(["type", "title", "status", "detail", "instance"]);
    if problem == "validation" {
        known.insert("errors");
    }
    assert_eq!(members, known, "{what}: {text}");
    for name in ["etag", "location", "set-cookie", "last-modified", "idempotent-replayed"] {
        assert_eq!(answer.header(name), None, "{what}: {name}");
    }
    for secret in scene.secrets() {
        assert!(!text.contains(secret), "{what}: tells {secret}: {text}");
    }
}

/// What another person is answered holds nothing of Ann's that is not public.
fn assert_own(answer: &Answer, row: &Row, scene: &Scene, what: &str) {
    if row.access != Access::User {
        return;
    }
    let text = answer.text();
    let own = [&scene.hold, &scene.reservation, &scene.review];
    for id in own {
        // A review that was taken away is gone, and its id was in the request.
        assert!(!text.contains(id.as_str()), "{what}: tells of {id}: {text}");
    }
    assert!(!text.contains("ann@example.org"), "{what}: {text}");
}

/// All cells of one operation. Whatever changes something comes last, each in a scene of its own.
async fn check_row(row: Row) -> usize {
    let scene = Scene::open().await;
    let changes = |caller: &&Caller| {
        let is_answered = matches!(outcome(&row, caller.worth), Outcome::Answered(_));
        // What anybody may do is taken again and again.
        is_answered && row.writes() && row.access != Access::Public
    };
    let (changing, others): (Vec<_>, Vec<_>) = callers().iter().partition(changes);
    for caller in &others {
        check(&scene, &row, caller).await;
    }
    scene.world.close().await;
    for caller in &changing {
        let scene = Scene::open().await;
        check(&scene, &row, caller).await;
        scene.world.close().await;
    }
    others.len() + changing.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_gets_exactly_what_is_his_from_every_operation() {
    let inventory = inventory();
    let names: BTreeSet<&str> = callers().iter().map(|caller| caller.name.as_str()).collect();
    assert_eq!(names.len(), callers().len(), "two callers have one name");
    let mut rows = JoinSet::new();
    let turns = Arc::new(tokio::sync::Semaphore::new(4));
    for (row, _) in inventory {
        let turns = Arc::clone(&turns);
        rows.spawn(async move {
            let _turn = turns.acquire_owned().await.unwrap();
            check_row(*row).await
        });
    }
    let cells: usize = rows.join_all().await.into_iter().sum();
    assert_eq!(cells, inventory.len() * callers().len(), "a cell was left out");
    // Past the test harness, which shows nothing of a test that passes.
    let line = format!(
        "authorization: {cells} cells, {} operations by {} callers\n",
        inventory.len(),
        callers().len()
    );
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}

#[test]
fn the_table_says_of_every_operation_what_the_document_says() {
    for (row, operation) in inventory() {
        let what = row.operation;
        let security = operation.document["security"].as_array().map_or(0, Vec::len);
        let expected = match row.access {
            Access::Public => 0,
            Access::User | Access::Admin => 1,
            // With a token or without.
            Access::Optional => 2,
        };
        assert_eq!(security, expected, "{what}");
        let forbidden = operation.document["responses"]["403"]["description"].as_str();
        let is_documented = forbidden.is_some_and(|text| text.contains("`forbidden`"));
        let is_expected = row.access == Access::Admin || row.stranger == Stranger::Forbidden;
        assert_eq!(is_documented, is_expected, "{what}");
        let status = row.status.to_string();
        assert!(operation.document["responses"][&status].is_object(), "{what}: {status}");
    }
}
