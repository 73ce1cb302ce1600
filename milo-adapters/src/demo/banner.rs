use super::{Accounts, Demo};

/// What is printed when an embedded Milo starts: what it is, who can sign in, and three lines that book two seats.
///
/// `base_url` is where the server can be reached, such as `http://127.0.0.1:8080`. The text shows the passwords, so it
/// belongs on a terminal and never in a log. With `is_kept`, the demo outlives the process.
pub fn banner(base_url: &str, accounts: &Accounts, demo: &Demo, is_kept: bool) -> String {
    let base_url = base_url.trim_end_matches('/');
    let fate = if is_kept {
        "THE DEMO IS KEPT IN THE DATABASE, and its passwords are shown this once."
    } else {
        "EVERYTHING LIVES IN MEMORY: nothing is kept when this process ends."
    };
    let (admin, customer) = (&accounts.admin, &accounts.customer);
    let (sample, [left, right]) = (&demo.sample, demo.sample.seats);
    let api = format!("{base_url}/api/v1");
    let json = "-H 'Content-Type: application/json'";
    let bearer = r#"-H "Authorization: Bearer $TOKEN""#;
    format!(
        r#"
  Milo is running at {base_url}
  The API is documented at {base_url}/docs

  {fate}
  Payments go to a simulated gateway; no money moves.

  On sale: {films} films in {theaters} theaters with {screens} screens, {showtimes} showtimes.
  Sign in as  {admin_email}  with  {admin_password}  (keeps the catalogue)
          or  {ann_email}    with  {ann_password}  (buys tickets)

  Book two seats for {film}, {when}: paste these three lines.

TOKEN=$(curl -sS {api}/auth/login {json} -d '{{"email":"{ann_email}","password":"{ann_password}"}}' | sed -E 's/.*"access_token": *"([^"]+)".*/\1/')
HOLD=$(curl -sS {api}/showtimes/{showtime}/holds {bearer} {json} -d '{{"seat_ids":["{left}","{right}"]}}' | sed -E 's/^\{{"id": *"([^"]+)".*/\1/')
curl -sS {api}/reservations {bearer} {json} -d '{{"hold_id":"'"$HOLD"'","payment_method":{{"kind":"credit_card","token":"tok_ok"}}}}'

"#,
        films = demo.films,
        theaters = demo.theaters,
        screens = demo.screens,
        showtimes = demo.showtimes,
        admin_email = admin.email,
        admin_password = admin.password.expose(),
        ann_email = customer.email,
        ann_password = customer.password.expose(),
        film = sample.film,
        when = sample.starts_at.strftime("%A %-d %B %H:%M %Z"),
        showtime = sample.showtime,
    )
}

/// What is printed when the demo, or another catalogue, is there already.
pub fn reminder(base_url: &str) -> String {
    let base_url = base_url.trim_end_matches('/');
    format!(
        r#"
  Milo is running at {base_url}
  The API is documented at {base_url}/docs

  There is a catalogue already, so no demo was made. If it is a demo's, its passwords were shown when it was made.
  Payments go to a simulated gateway; no money moves.

"#
    )
}
