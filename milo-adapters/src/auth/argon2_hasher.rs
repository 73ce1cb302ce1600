//! Argon2id in PHC string form, on a bounded pool of blocking threads.

use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use milo_core::domain::{Password, PasswordHash};
use milo_core::ports::{PasswordHasher, PortError, Verdict};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::fresh_memory::FreshMemory;

const PORT: &str = "password_hasher";

/// How much work one hash is. The default is OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Params {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, computed one after another.
    pub lanes: u32,
}

impl Argon2Params {
    /// The most memory of one hash, in KiB; a stored hash that asks for more is taken for corrupt.
    pub const MEMORY_KIB_MAX: u32 = 1024 * 1024;
    /// The most passes of one hash; a stored hash that asks for more is taken for corrupt.
    pub const PASSES_MAX: u32 = 64;
}

impl Default for Argon2Params {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
        }
    }
}

/// Hashes passwords with Argon2id, version 0x13.
///
/// One hash is tens of milliseconds of one core, so the work runs on tokio's blocking threads, at most as many at once
/// as there are cores, and at most [`WAITING_MAX`](Self::WAITING_MAX) calls wait for their turn: one more fails as
/// transient at once. A caller that goes away gives its place up; work that has begun is finished, and counted until
/// it is.
///
/// Needs a tokio runtime. Proven by [`milo_core::conformance`]'s suite of the port.
#[derive(Debug)]
pub struct Argon2Hasher {
    argon2: Argon2<'static>,
    /// Places for calls that run or wait.
    places: Arc<Semaphore>,
    /// Places for calls that run.
    workers: Arc<Semaphore>,
    /// The hash of a password that nobody knows, for [`PasswordHasher::verify_nothing`].
    nobody: PasswordHash,
}

impl Argon2Hasher {
    /// The most calls that wait for their turn.
    pub const WAITING_MAX: usize = 1024;

    /// A hasher that works as hard as `params` say, on as many threads as there are cores.
    ///
    /// Makes one hash at once, so it takes as long as one.
    ///
    /// # Errors
    /// [`Refused`](milo_core::ports::Failure::Refused) when Argon2 does not allow the parameters.
    pub fn new(params: Argon2Params) -> Result<Self, PortError> {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::with_pool(params, cores, Self::WAITING_MAX)
    }

    fn with_pool(params: Argon2Params, workers: usize, waiting_max: usize) -> Result<Self, PortError> {
        if params.memory_kib > Argon2Params::MEMORY_KIB_MAX || params.passes > Argon2Params::PASSES_MAX {
            return Err(PortError::refused(PORT, "the parameters are above the limits"));
        }
        let refused =
            |error: argon2::Error| PortError::refused(PORT, "the parameters are not allowed").caused_by(error);
        let params = Params::new(
            params.memory_kib,
            params.passes,
            params.lanes,
            Some(Params::DEFAULT_OUTPUT_LEN),
        )
        .map_err(refused)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &rand::random::<[u8; 32]>())?;
        Ok(Self {
            argon2,
            places: Arc::new(Semaphore::new(workers + waiting_max)),
            workers: Arc::new(Semaphore::new(workers)),
            nobody,
        })
    }

    /// Runs slow work when it is its turn.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Argon2<'static>) -> Result<T, PortError> + Send + 'static,
    ) -> Result<T, PortError> {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| PortError::transient(PORT, "too many passwords wait to be hashed"))?;
        let closed = |_| PortError::refused(PORT, "the pool is closed");
        let worker = Arc::clone(&self.workers).acquire_owned().await.map_err(closed)?;
        let argon2 = self.argon2.clone();
        let done = spawn_blocking(move || {
            // The permits go along: they are given back when the work ends, not when its caller goes away.
            let _permits = (place, worker);
            work(&argon2)
        });
        done.await.map_err(|error| {
            if error.is_cancelled() {
                PortError::transient(PORT, "the runtime is shutting down")
            } else {
                // Not the panic's own text: it could repeat what was hashed.
                PortError::refused(PORT, "hashing panicked")
            }
        })?
    }
}

fn hash(argon2: &Argon2<'static>, password: &[u8]) -> Result<PasswordHash, PortError> {
    FreshMemory(argon2)
        .hash_password(password)
        .map(|hash| PasswordHash::new(hash.to_string()))
        .map_err(|error| PortError::transient(PORT, "the password could not be hashed").caused_by(error))
}

fn verify(argon2: &Argon2<'static>, password: &[u8], hash: &PasswordHash) -> Result<Verdict, PortError> {
    // The parser's own errors are left out: no part of a stored hash may be logged.
    let corrupt = || PortError::corrupt(PORT, "a stored password hash is not one of Argon2");
    let parsed = phc::PasswordHash::new(hash.expose()).map_err(|_| corrupt())?;
    let params = Params::try_from(&parsed).map_err(|_| corrupt())?;
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str()).map_err(|_| corrupt())?;
    if params.m_cost() > Argon2Params::MEMORY_KIB_MAX || params.t_cost() > Argon2Params::PASSES_MAX {
        return Err(PortError::corrupt(
            PORT,
            "a stored password hash asks for too much work",
        ));
    }
    match FreshMemory(argon2).verify_password(password, &parsed) {
        Ok(()) => {
            let today = argon2.params();
            let weak = algorithm != Algorithm::Argon2id
                || parsed.version != Some(Version::V0x13.into())
                || params.m_cost() < today.m_cost()
                || params.t_cost() < today.t_cost()
                || params.output_len() < today.output_len();
            Ok(if weak { Verdict::RightButWeak } else { Verdict::Right })
        }
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(Verdict::Wrong),
        Err(_) => Err(corrupt()),
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &Password) -> Result<PasswordHash, PortError> {
        let password = password.clone();
        self.run(move |argon2| hash(argon2, password.expose().as_bytes())).await
    }

    async fn verify(&self, password: &Password, hash: &PasswordHash) -> Result<Verdict, PortError> {
        let (password, hash) = (password.clone(), hash.clone());
        self.run(move |argon2| verify(argon2, password.expose().as_bytes(), &hash))
            .await
    }

    async fn verify_nothing(&self, password: &Password) -> Result<(), PortError> {
        self.verify(password, &self.nobody).await.map(|_verdict| ())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use milo_core::ports::Failure;

    use super::*;

    const CHEAP: Argon2Params = Argon2Params {
        memory_kib: 64,
        passes: 2,
        lanes: 1,
    };

    fn password(text: &str) -> Password {
        Password::parse(text).unwrap()
    }

    fn hasher() -> Argon2Hasher {
        Argon2Hasher::with_pool(CHEAP, 2, 8).unwrap()
    }

    #[tokio::test]
    async fn a_hash_names_argon2id_and_today_s_parameters() {
        let hash = Argon2Hasher::new(Argon2Params::default())
            .unwrap()
            .hash(&password("correct horse"))
            .await
            .unwrap();

        assert!(hash.expose().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    #[tokio::test]
    async fn the_right_password_is_right_and_another_is_wrong() {
        let hasher = hasher();
        let hash = hasher.hash(&password("correct horse")).await.unwrap();

        assert_eq!(
            hasher.verify(&password("correct horse"), &hash).await.unwrap(),
            Verdict::Right
        );
        assert_eq!(
            hasher.verify(&password("correct horsf"), &hash).await.unwrap(),
            Verdict::Wrong
        );
    }

    #[tokio::test]
    async fn hashing_twice_gives_two_hashes() {
        let hasher = hasher();

        let first = hasher.hash(&password("correct horse")).await.unwrap();
        let second = hasher.hash(&password("correct horse")).await.unwrap();

        assert_ne!(first, second);
    }

    #[tokio::test]
    async fn nothing_is_cut_off_a_long_password() {
        let hasher = hasher();
        let long = "x".repeat(127);
        let hash = hasher.hash(&password(&format!("{long}a"))).await.unwrap();

        let verdict = hasher.verify(&password(&format!("{long}b")), &hash).await.unwrap();

        assert_eq!(verdict, Verdict::Wrong);
    }

    /// From the test suite of the reference implementation.
    #[tokio::test]
    async fn the_reference_implementation_s_hash_is_understood() {
        let hash = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

        let verdict = hasher()
            .verify(&password("password"), &PasswordHash::new(hash.to_owned()))
            .await
            .unwrap();

        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn a_hash_made_with_weaker_parameters_is_right_but_weak() {
        let today = hasher();
        let less_memory = Argon2Params {
            memory_kib: 32,
            ..CHEAP
        };
        let fewer_passes = Argon2Params { passes: 1, ..CHEAP };
        for weaker in [less_memory, fewer_passes] {
            let before = Argon2Hasher::with_pool(weaker, 1, 1).unwrap();
            let hash = before.hash(&password("correct horse")).await.unwrap();

            let right = today.verify(&password("correct horse"), &hash).await.unwrap();
            let wrong = today.verify(&password("wrong horse"), &hash).await.unwrap();

            assert_eq!((right, wrong), (Verdict::RightButWeak, Verdict::Wrong), "{weaker:?}");
        }
    }

    #[tokio::test]
    async fn a_hash_made_with_stronger_parameters_is_not_weak() {
        let stronger = Argon2Params {
            memory_kib: 128,
            ..CHEAP
        };
        let hash = Argon2Hasher::with_pool(stronger, 1, 1)
            .unwrap()
            .hash(&password("correct horse"))
            .await
            .unwrap();

        let verdict = hasher().verify(&password("correct horse"), &hash).await.unwrap();

        assert_eq!(verdict, Verdict::Right);
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_corrupt_and_is_not_repeated() {
        let greedy = "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
        let foreign = "$2b$12$WApznUPhDubN0oeveSXHp.Rk0rMXHTvXhJ0c7Yx5vYgn1w6cYxWQ2";
        for stored in ["", "plaintext-canary", "$argon2id$v=19$canary", foreign, greedy] {
            let error = hasher()
                .verify(&password("correct horse"), &PasswordHash::new(stored.to_owned()))
                .await
                .unwrap_err();

            assert_eq!(error.failure, Failure::Corrupt, "{stored}");
            assert!(error.source.is_none(), "{stored}");
            assert!(stored.is_empty() || !format!("{error:?}").contains(stored));
        }
    }

    #[tokio::test]
    async fn verifying_nothing_does_the_work_of_one_verify_at_today_s_parameters() {
        let hasher = hasher();
        let dummy = phc::PasswordHash::new(hasher.nobody.expose()).unwrap();

        assert_eq!(Params::try_from(&dummy).unwrap(), *hasher.argon2.params());
        hasher.verify_nothing(&password("correct horse")).await.unwrap();
    }

    #[tokio::test]
    async fn one_call_more_than_may_wait_fails_at_once_and_the_others_are_served() {
        let hasher = Argon2Hasher::with_pool(CHEAP, 1, 2).unwrap();
        let secret = password("correct horse");
        let busy = Arc::clone(&hasher.workers).acquire_owned().await.unwrap();
        // One place more than may wait is for the call that runs.
        let mut waiting: Vec<_> = (0..3).map(|_| hasher.hash(&secret)).collect();
        for call in &mut waiting {
            assert!(call.now_or_never().is_none());
        }

        let refused = hasher.hash(&secret).now_or_never().expect("fails at once").unwrap_err();

        assert_eq!(refused.failure, Failure::Transient);
        drop(busy);
        for call in waiting {
            call.await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_gives_its_place_up() {
        let hasher = Argon2Hasher::with_pool(CHEAP, 1, 0).unwrap();
        let secret = password("correct horse");
        let busy = Arc::clone(&hasher.workers).acquire_owned().await.unwrap();
        let mut gone = hasher.hash(&secret);
        assert!((&mut gone).now_or_never().is_none());
        drop((gone, busy));

        hasher.hash(&secret).await.expect("the place is free again");
    }

    #[test]
    fn parameters_that_argon2_does_not_allow_are_refused() {
        let none = Argon2Params { memory_kib: 0, ..CHEAP };
        let greedy = Argon2Params {
            memory_kib: u32::MAX,
            ..CHEAP
        };
        for wrong in [none, greedy] {
            assert_eq!(Argon2Hasher::new(wrong).unwrap_err().failure, Failure::Refused);
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let hasher = hasher();

        assert!(!format!("{hasher:?}").contains(hasher.nobody.expose()));
    }
}
