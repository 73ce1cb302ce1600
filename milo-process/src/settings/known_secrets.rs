//! Secrets that everybody knows: those that images, manuals and examples come with.

/// Lower case letters and digits only: `Change-Me` is `changeme`.
const KNOWN: [&str; 36] = [
    "12345678",
    "123456",
    "123456789",
    "abc123",
    "admin",
    "administrator",
    "bitnami",
    "changeit",
    "changeme",
    "default",
    "defaultpassword",
    "defaultsecret",
    "demo",
    "dev",
    "development",
    "example",
    "foobared",
    "guest",
    "hunter2",
    "letmein",
    "milo",
    "mysecretpassword",
    "pass",
    "passw0rd",
    "password",
    "password1",
    "password123",
    "postgres",
    "qwerty",
    "rabbitmq",
    "redis",
    "root",
    "secret",
    "supersecret",
    "test",
    "user",
];

/// Whether everybody knows this secret, however its letters and signs are varied.
pub fn is_known_secret(secret: &str) -> bool {
    KNOWN.contains(&plain(secret).as_str())
}

/// The letters and digits of a secret, in lower case.
pub(super) fn plain(secret: &str) -> String {
    let letters = secret.chars().filter(|letter| letter.is_ascii_alphanumeric());
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_is_spelt() {
        for secret in [
            "guest",
            "Guest",
            "change-me",
            "CHANGE_ME!",
            "defaultSecret",
            "Milo",
            "123456",
        ] {
            assert!(is_known_secret(secret), "{secret}");
        }
        for secret in ["", "correct horse battery", "guest-9f2c", "pZ7vQ1xw"] {
            assert!(!is_known_secret(secret), "{secret}");
        }
    }
}
