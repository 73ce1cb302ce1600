//! What was found, for people and for programs.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program that reports")]

use milo_model::Outcome;

pub(crate) fn error(text: &str) {
    eprintln!("error: {text}");
}

pub(crate) fn progress(states: usize, depth: usize) {
    eprintln!("{states} states, depth {depth}");
}

pub(crate) fn json(outcome: &Outcome) {
    match serde_json::to_string_pretty(outcome) {
        Ok(text) => println!("{text}"),
        Err(flaw) => error(&flaw.to_string()),
    }
}

pub(crate) fn text(outcome: &Outcome) {
    let end = if outcome.exhausted {
        "every state was visited"
    } else {
        "not every state was visited"
    };
    println!(
        "{} states, {} steps, depth {}, {:.1} s: {end}",
        outcome.states, outcome.steps, outcome.depth, outcome.seconds
    );
    println!(
        "{} promises asked for in every state, {} broken",
        outcome.promises,
        outcome.broken.len()
    );
    for finding in &outcome.broken {
        println!("\nbroken: {}", finding.promise);
        for (at, words) in finding.path.iter().enumerate() {
            println!("  {:2}. {words}", at + 1);
        }
    }
    println!(
        "\nseen: {} of {}",
        outcome.seen.len(),
        outcome.seen.len() + outcome.unseen.len()
    );
    for name in &outcome.unseen {
        println!("  not seen: {name}");
    }
    println!("\nhow often each kind of act was taken:");
    for (kind, count) in &outcome.acts {
        println!("  {count:12} {kind}");
    }
}
