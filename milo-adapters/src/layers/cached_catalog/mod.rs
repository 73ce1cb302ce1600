//! Cached reads of the catalogue.

mod near;
mod query;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt;
use milo_core::domain::{
    Movie, MovieFilter, MovieId, Page, PageRequest, Screen, ScreenId, SeatLayout, Showtime, ShowtimeFilter, ShowtimeId,
    Theater, TheaterFilter, TheaterId, Version,
};
use milo_core::ports::{AddError, Cache, Catalog, ChangeError, Failure, IdSource, PortError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use uuid::Uuid;

use self::near::{Answer, Generation, Near};
use self::query::{Query, Scope, is_common};
use super::PortFailure;

const PORT: &str = "catalog";

/// A catalogue whose reads are answered from a cache, and whose writes make the cache forget.
///
/// Single records, layouts and the first pages of lists are cached; searches and later pages are not. Seat maps are not
/// part of the catalogue, so a booking makes nothing old.
///
/// **How it stays true.** Each part of the catalogue has a generation: a random id in the cache. The name of an answer
/// holds the generations of all that it shows, read before the answer was loaded; a write that was committed, or may have
/// been, replaces the generations that it touches. So an answer that was loaded too early lies under a name that nobody
/// asks for any more, and need not be found to be thrown away. (Counted generations would not do: a counter that the
/// cache lost begins again, and brings old names back to life.)
///
/// **How old an answer may be.** A process sees its own writes at once. It trusts a generation for
/// [`TRUST`](Self::TRUST) after reading it, so it sees the writes of others one second later at the latest. If the cache
/// is down just when a write is committed, or the process dies between the commit and the cache, others see the write
/// when the answers' lifetime is over.
///
/// **What it costs.** A hot answer is decoded once and given again without asking anybody; once a second a generation is
/// read again. Of many readers of one cold answer in one process, one loads; the others wait for it, and if it goes away,
/// another takes over. A cache that fails is passed by.
///
/// Writes run in a task of their own: they end, and make the cache forget, even if the caller goes away.
#[derive(Debug)]
pub struct CachedCatalog {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    catalog: Arc<dyn Catalog>,
    cache: Arc<dyn Cache>,
    ids: Arc<dyn IdSource>,
    lifetime: Duration,
    near: Near,
}

impl CachedCatalog {
    /// How long an answer lives in the cache, unless [`with_lifetime`](Self::with_lifetime) says otherwise. Each lives
    /// up to a tenth shorter, by chance, so that not all of them end at once.
    pub const LIFETIME: Duration = Duration::from_mins(1);
    /// How long "there is no such record" lives in the cache, at most.
    pub const NEGATIVE_LIFETIME: Duration = Duration::from_secs(5);
    /// How long a generation is trusted after it was read.
    pub const TRUST: Duration = Duration::from_secs(1);
    /// How long a decoded answer is kept in the process, at most.
    const DECODED_LIFETIME: Duration = Duration::from_secs(10);
    /// How long a generation lives in the cache after the last write; losing one only costs a load.
    const GENERATION_LIFETIME: Duration = Duration::from_hours(24);
    /// How often the cache is asked to take note of a write.
    const NOTE_TRIES: usize = 3;

    /// A cache in front of `catalog`.
    pub fn new(catalog: Arc<dyn Catalog>, cache: Arc<dyn Cache>, ids: Arc<dyn IdSource>) -> Self {
        Self::with_lifetime(catalog, cache, ids, Self::LIFETIME)
    }

    /// As [`new`](Self::new), with another lifetime of answers.
    pub fn with_lifetime(
        catalog: Arc<dyn Catalog>,
        cache: Arc<dyn Cache>,
        ids: Arc<dyn IdSource>,
        lifetime: Duration,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                catalog,
                cache,
                ids,
                lifetime,
                near: Near::default(),
            }),
        }
    }

    /// Runs a write to its end, then makes the cache forget, unless the write certainly did not happen.
    async fn write<E, Write>(&self, scopes: Vec<Scope>, write: impl FnOnce(Arc<dyn Catalog>) -> Write) -> Result<(), E>
    where
        E: PortFailure + 'static,
        Write: Future<Output = Result<(), E>> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        let write = write(Arc::clone(&shared.catalog));
        let task = tokio::spawn(async move {
            let unknown = |_| Err(PortError::outcome_unknown(PORT, "the write panicked").into());
            let written = AssertUnwindSafe(write).catch_unwind().await.unwrap_or_else(unknown);
            if may_have_happened(&written) {
                shared.forget(&scopes).await;
            }
            written
        });
        task.await
            .unwrap_or_else(|_| Err(PortError::outcome_unknown(PORT, "the write's task ended early").into()))
    }
}

fn may_have_happened<E: PortFailure>(written: &Result<(), E>) -> bool {
    match written {
        Ok(()) => true,
        Err(error) => error
            .port_error()
            .is_some_and(|error| error.failure == Failure::OutcomeUnknown),
    }
}

/// An answer that can be cached.
trait Cacheable: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Whether it says that there is nothing.
    fn is_nothing(&self) -> bool;
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Cacheable for Option<Arc<T>> {
    fn is_nothing(&self) -> bool {
        self.is_none()
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Cacheable for Page<Arc<T>> {
    fn is_nothing(&self) -> bool {
        false
    }
}

/// Where an answer belongs.
struct Place {
    name: String,
    /// False when the cache failed to say which generations are in force: the answer is not given to it.
    is_shared: bool,
}

impl Shared {
    /// The answer to `query` from this process, the cache, or `load`.
    async fn read<T, Load>(
        &self,
        query: Query<'_>,
        limit: usize,
        load: impl Fn() -> Load + Send + Sync,
    ) -> Result<T, PortError>
    where
        T: Cacheable,
        Load: Future<Output = Result<T, PortError>> + Send,
    {
        let place = self.place(query, limit).await;
        if let Some(answer) = self.near.answer(&place.name)
            && let Some(answer) = answer.downcast_ref::<T>()
        {
            return Ok(answer.clone());
        }
        let answer = self.once(&place.name, || self.fetch(&place, &load)).await?;
        match answer.downcast_ref::<T>() {
            Some(answer) => Ok(answer.clone()),
            // Never so, because a name says the kind of its answer; but if it were, the store would know.
            None => load().await,
        }
    }

    /// Runs `work` once for all that ask under one name at the same time.
    async fn once<Work>(&self, name: &str, work: impl Fn() -> Work) -> Result<Answer, PortError>
    where
        Work: Future<Output = Result<Answer, PortError>>,
    {
        let flight = self.near.flight(name);
        let landed = flight.get_or_init(|| async { work().await.map_err(Arc::new) }).await;
        self.near.land(name, &flight);
        match landed {
            Ok(answer) => Ok(Arc::clone(answer)),
            Err(error) => {
                Err(PortError::new(error.port, error.failure, error.message.clone()).caused_by(Arc::clone(error)))
            }
        }
    }

    /// The answer from the cache, or from the store and then into the cache.
    async fn fetch<T, Load>(&self, place: &Place, load: impl Fn() -> Load) -> Result<Answer, PortError>
    where
        T: Cacheable,
        Load: Future<Output = Result<T, PortError>>,
    {
        if !place.is_shared {
            return load().await.map(|answer| Arc::new(answer) as Answer);
        }
        if let Ok(Some(bytes)) = self.cache.get(&place.name).await
            && let Ok(answer) = serde_json::from_slice::<T>(&bytes)
        {
            return Ok(self.keep(place, answer));
        }
        let answer = load().await?;
        if let Ok(bytes) = serde_json::to_vec(&answer) {
            let lifetime = self.lifetime_of(&answer);
            let spread = u64::try_from(lifetime.as_millis() / 10).unwrap_or(u64::MAX);
            let shorter = Duration::from_millis(self.ids.random() % spread.saturating_add(1));
            let put = self
                .cache
                .put(&place.name, bytes.into(), lifetime.saturating_sub(shorter));
            // Without the cache, the next reader loads again: slower, but just as true.
            if let Err(error) = put.await {
                tracing::debug!(%error, "an answer was not cached");
            }
        }
        Ok(self.keep(place, answer))
    }

    fn keep<T: Cacheable>(&self, place: &Place, answer: T) -> Answer {
        let lifetime = self.lifetime_of(&answer).min(CachedCatalog::DECODED_LIFETIME);
        let answer: Answer = Arc::new(answer);
        self.near.keep(&place.name, &answer, lifetime);
        answer
    }

    fn lifetime_of(&self, answer: &impl Cacheable) -> Duration {
        if answer.is_nothing() {
            self.lifetime.min(CachedCatalog::NEGATIVE_LIFETIME)
        } else {
            self.lifetime
        }
    }

    /// The name of an answer as of now.
    async fn place(&self, query: Query<'_>, limit: usize) -> Place {
        // Read first: an answer that is loaded while this process writes must not be shared with later readers.
        let writes = self.near.writes();
        let mut name = query.name(limit);
        let mut is_shared = true;
        for scope in query.scopes() {
            match self.generation(scope).await {
                Some(generation) => name.push_str(&format!(":{}", generation.simple())),
                None => is_shared = false,
            }
        }
        if !is_shared {
            name.push_str(&format!(":alone:{writes}"));
        }
        Place { name, is_shared }
    }

    /// The generation of `scope` as of now, or a new one; none if the cache fails.
    async fn generation(&self, scope: Scope) -> Generation {
        if let Some(generation) = self.near.generation(scope) {
            return generation;
        }
        let writes = self.near.writes();
        let asking = format!("{}@{writes}", scope.name());
        let asked = self.once(&asking, || async {
            let asked_at = Instant::now();
            let generation = self.ask_generation(scope).await.ok();
            if generation.is_some() {
                let fresh_until = asked_at + CachedCatalog::TRUST;
                self.near.learn(scope, generation, fresh_until, writes);
            }
            Ok(Arc::new(generation) as Answer)
        });
        let answer = asked.await.ok()?;
        answer.downcast_ref::<Generation>().copied().flatten()
    }

    async fn ask_generation(&self, scope: Scope) -> Result<Uuid, PortError> {
        let kept = self.cache.get(&scope.name()).await?;
        if let Some(generation) = kept.and_then(|bytes| Uuid::from_slice(&bytes).ok()) {
            return Ok(generation);
        }
        // Kept before anything is loaded under it. If a write comes in between, its generation is overwritten by one
        // that nobody has used yet, which is as good.
        self.begin_generation(scope).await
    }

    async fn begin_generation(&self, scope: Scope) -> Result<Uuid, PortError> {
        let generation = self.ids.next_id();
        let bytes = generation.as_bytes().as_slice().into();
        self.cache
            .put(&scope.name(), bytes, CachedCatalog::GENERATION_LIFETIME)
            .await?;
        Ok(generation)
    }

    /// Makes everything that shows the scopes old, first for all, then for this process: whoever asks this process from
    /// here on asks the cache again.
    async fn forget(&self, scopes: &[Scope]) {
        let mut noted = Vec::with_capacity(scopes.len());
        for scope in scopes {
            noted.push((*scope, self.note(*scope).await));
        }
        self.near.wrote(noted, Instant::now() + self.lifetime);
    }

    async fn note(&self, scope: Scope) -> bool {
        for attempt in 1..=CachedCatalog::NOTE_TRIES {
            match self.begin_generation(scope).await {
                Ok(_) => return true,
                Err(error) if attempt == CachedCatalog::NOTE_TRIES => {
                    tracing::warn!(%scope, %error, "the cache did not take note of a change; others see it late");
                }
                Err(_) => {}
            }
        }
        false
    }
}

/// A write of one record that a reference shows.
macro_rules! written {
    ($self:ident, [$($scope:expr),+], $method:ident($record:ident $(, $expected:ident)?)) => {{
        let record = $record.clone();
        $self
            .write(vec![$($scope),+], |catalog| async move { catalog.$method(&record $(, $expected)?).await })
            .await
    }};
}

/// A removal: it may take other records along.
macro_rules! removed {
    ($self:ident, $method:ident($id:ident, $expected:ident)) => {
        $self
            .write(vec![Scope::Everything], move |catalog| async move {
                catalog.$method($id, $expected).await
            })
            .await
    };
}

#[async_trait]
impl Catalog for CachedCatalog {
    async fn add_movie(&self, movie: &Movie) -> Result<(), AddError> {
        written!(self, [Scope::Movie(movie.id), Scope::Movies], add_movie(movie))
    }

    async fn change_movie(&self, movie: &Movie, expected: Version) -> Result<(), ChangeError> {
        written!(
            self,
            [Scope::Movie(movie.id), Scope::Movies],
            change_movie(movie, expected)
        )
    }

    async fn remove_movie(&self, movie: MovieId, expected: Version) -> Result<(), ChangeError> {
        removed!(self, remove_movie(movie, expected))
    }

    async fn movie(&self, movie: MovieId) -> Result<Option<Arc<Movie>>, PortError> {
        self.shared
            .read(Query::Movie(movie), 1, || self.shared.catalog.movie(movie))
            .await
    }

    async fn movies(&self, filter: &MovieFilter, page: &PageRequest) -> Result<Page<Arc<Movie>>, PortError> {
        if filter.search.is_some() || !is_common(page) {
            return self.shared.catalog.movies(filter, page).await;
        }
        self.shared
            .read(Query::Movies(filter), page.limit(), || {
                self.shared.catalog.movies(filter, page)
            })
            .await
    }

    async fn add_theater(&self, theater: &Theater) -> Result<(), AddError> {
        written!(
            self,
            [Scope::Theater(theater.id), Scope::Theaters],
            add_theater(theater)
        )
    }

    async fn change_theater(&self, theater: &Theater, expected: Version) -> Result<(), ChangeError> {
        written!(
            self,
            [Scope::Theater(theater.id), Scope::Theaters],
            change_theater(theater, expected)
        )
    }

    async fn remove_theater(&self, theater: TheaterId, expected: Version) -> Result<(), ChangeError> {
        removed!(self, remove_theater(theater, expected))
    }

    async fn theater(&self, theater: TheaterId) -> Result<Option<Arc<Theater>>, PortError> {
        self.shared
            .read(Query::Theater(theater), 1, || self.shared.catalog.theater(theater))
            .await
    }

    async fn theaters(&self, filter: &TheaterFilter, page: &PageRequest) -> Result<Page<Arc<Theater>>, PortError> {
        if !is_common(page) {
            return self.shared.catalog.theaters(filter, page).await;
        }
        self.shared
            .read(Query::Theaters(filter), page.limit(), || {
                self.shared.catalog.theaters(filter, page)
            })
            .await
    }

    async fn add_screen(&self, screen: &Screen) -> Result<(), AddError> {
        written!(self, [Scope::Screen(screen.id), Scope::Screens], add_screen(screen))
    }

    async fn change_screen(&self, screen: &Screen, expected: Version) -> Result<(), ChangeError> {
        written!(
            self,
            [Scope::Screen(screen.id), Scope::Screens],
            change_screen(screen, expected)
        )
    }

    async fn remove_screen(&self, screen: ScreenId, expected: Version) -> Result<(), ChangeError> {
        removed!(self, remove_screen(screen, expected))
    }

    async fn screen(&self, screen: ScreenId) -> Result<Option<Arc<Screen>>, PortError> {
        self.shared
            .read(Query::Screen(screen), 1, || self.shared.catalog.screen(screen))
            .await
    }

    async fn screens(&self, theater: TheaterId, page: &PageRequest) -> Result<Page<Arc<Screen>>, PortError> {
        if !is_common(page) {
            return self.shared.catalog.screens(theater, page).await;
        }
        self.shared
            .read(Query::Screens(theater), page.limit(), || {
                self.shared.catalog.screens(theater, page)
            })
            .await
    }

    async fn change_layout(&self, layout: &SeatLayout, expected: Version) -> Result<(), ChangeError> {
        written!(
            self,
            [Scope::Screen(layout.screen), Scope::Screens],
            change_layout(layout, expected)
        )
    }

    async fn layout(&self, screen: ScreenId) -> Result<Option<Arc<SeatLayout>>, PortError> {
        self.shared
            .read(Query::Layout(screen), 1, || self.shared.catalog.layout(screen))
            .await
    }

    async fn add_showtime(&self, showtime: &Showtime) -> Result<(), AddError> {
        written!(
            self,
            [Scope::Showtime(showtime.id), Scope::Showtimes],
            add_showtime(showtime)
        )
    }

    async fn change_showtime(&self, showtime: &Showtime, expected: Version) -> Result<(), ChangeError> {
        written!(
            self,
            [Scope::Showtime(showtime.id), Scope::Showtimes],
            change_showtime(showtime, expected)
        )
    }

    async fn showtime(&self, showtime: ShowtimeId) -> Result<Option<Arc<Showtime>>, PortError> {
        self.shared
            .read(Query::Showtime(showtime), 1, || self.shared.catalog.showtime(showtime))
            .await
    }

    async fn showtimes(&self, filter: &ShowtimeFilter, page: &PageRequest) -> Result<Page<Arc<Showtime>>, PortError> {
        if !is_common(page) {
            return self.shared.catalog.showtimes(filter, page).await;
        }
        self.shared
            .read(Query::Showtimes(filter), page.limit(), || {
                self.shared.catalog.showtimes(filter, page)
            })
            .await
    }

    async fn forget_movie(&self, movie: MovieId) {
        self.shared.catalog.forget_movie(movie).await;
        self.shared.forget(&[Scope::Movie(movie), Scope::Movies]).await;
    }
}

#[cfg(test)]
mod tests;
