use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use futures_util::FutureExt;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use milo_core::domain::*;
use milo_core::ports::*;
use proptest::prelude::*;
use tokio::sync::Semaphore;

use super::*;
use crate::layers::{Fault, FaultAt, FaultOdds, FaultPlan, Faulty, Layer, Layered, Operation};
use crate::memory::{ManualClock, MemoryStore, SeededIds};

/// The bytes, when they end, and how long they were to live.
type Kept = (Arc<[u8]>, Instant, Duration);

/// A cache that remembers how long each answer was to live.
#[derive(Debug, Default)]
struct TestCache(Mutex<HashMap<String, Kept>>);

#[async_trait]
impl Cache for TestCache {
    async fn get(&self, name: &str) -> Result<Option<Arc<[u8]>>, PortError> {
        let kept = self.0.lock().unwrap();
        Ok(kept
            .get(name)
            .filter(|(_, until, _)| Instant::now() < *until)
            .map(|(bytes, ..)| Arc::clone(bytes)))
    }
    async fn put(&self, name: &str, bytes: Arc<[u8]>, ttl: Duration) -> Result<(), PortError> {
        let until = Instant::now() + ttl;
        self.0.lock().unwrap().insert(name.to_owned(), (bytes, until, ttl));
        Ok(())
    }
}

/// Lets one operation of a port answer only when the test says so.
#[derive(Debug)]
struct Gate {
    operation: &'static str,
    reached: Semaphore,
    open: Semaphore,
}

impl Gate {
    fn at(operation: &'static str) -> Arc<Self> {
        Arc::new(Self {
            operation,
            reached: Semaphore::new(0),
            open: Semaphore::new(0),
        })
    }
}

impl Layer for Arc<Gate> {
    async fn around<T, E, Run, Answer>(&self, operation: Operation, run: Run) -> Result<T, E>
    where
        T: Send,
        E: PortFailure,
        Run: Fn() -> Answer + Send + Sync,
        Answer: Future<Output = Result<T, E>> + Send,
    {
        let answer = run().await;
        if operation.name == self.operation {
            self.reached.add_permits(1);
            self.open.acquire().await.unwrap().forget();
        }
        answer
    }
}

/// A store, what it was asked, a cache, and one process in front of both.
struct World {
    store: Arc<MemoryStore>,
    asked: Arc<FaultPlan>,
    cache: Arc<TestCache>,
    cached: CachedCatalog,
}

impl World {
    fn new() -> Self {
        Self::with(FaultPlan::quiet(), FaultPlan::quiet())
    }

    fn with(store_faults: Arc<FaultPlan>, cache_faults: Arc<FaultPlan>) -> Self {
        let store = Arc::new(MemoryStore::new(Arc::new(ManualClock::default())));
        let catalog: Arc<Faulty<dyn Catalog>> = Arc::new(Faulty::new(store.clone(), store_faults.clone()));
        let cache = Arc::new(TestCache::default());
        let shaky: Arc<Faulty<dyn Cache>> = Arc::new(Faulty::new(cache.clone(), cache_faults));
        Self {
            store,
            asked: store_faults,
            cache,
            cached: CachedCatalog::new(catalog, shaky, Arc::new(SeededIds::new(1))),
        }
    }

    /// Another process in front of the same store and cache, with something around the store.
    fn neighbour(&self, catalog: Arc<dyn Catalog>) -> CachedCatalog {
        CachedCatalog::new(catalog, self.cache.clone(), Arc::new(SeededIds::new(2)))
    }

    /// How often the store was asked for `operation`.
    fn loads(&self, operation: &str) -> usize {
        self.asked.calls().iter().filter(|(_, name)| *name == operation).count()
    }

    async fn title(&self) -> String {
        title_in(&self.cached).await
    }
}

async fn title_in(catalog: &CachedCatalog) -> String {
    let movie = catalog.movie(MovieId(id(1))).await.unwrap().unwrap();
    movie.details.title.as_str().to_owned()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn movie(n: u128, version: u32, title: &str) -> Movie {
    Movie {
        id: MovieId(id(n)),
        version: Version(version),
        details: MovieDetails {
            title: Title::parse(title).unwrap(),
            description: Description::parse("").unwrap(),
            genres: Genres::parse(vec![Genre::parse("Drama").unwrap()]).unwrap(),
            duration: RunningTime::parse(90).unwrap(),
            rating: None,
            language: Language::parse("English").unwrap(),
            release_date: date(2026, 1, 1),
            end_date: None,
            poster_url: None,
            backdrop_url: None,
            trailer_url: None,
        },
        reviews: ReviewSummary::default(),
    }
}

fn theater(n: u128, version: u32, zone: &str) -> Theater {
    Theater {
        id: TheaterId(id(n)),
        version: Version(version),
        details: TheaterDetails {
            name: PlaceName::parse(&format!("Theater {n} {version}")).unwrap(),
            address: Address::parse("1 Main Street").unwrap(),
            city: City::parse("Springfield").unwrap(),
            state: Region::parse("Oregon").unwrap(),
            postal_code: PostalCode::parse("97477").unwrap(),
            time_zone: ZoneName::parse(zone).unwrap(),
            is_active: true,
        },
    }
}

fn screen(n: u128, theater: u128, version: u32) -> Screen {
    Screen {
        id: ScreenId(id(n)),
        theater: TheaterId(id(theater)),
        version: Version(version),
        details: ScreenDetails {
            name: PlaceName::parse(&format!("Screen {n} {version}")).unwrap(),
            kind: ScreenKind::Regular,
            is_active: true,
        },
        capacity: 0,
    }
}

fn layout(screen: u128, seats: usize) -> SeatLayout {
    let row = (
        RowLabel::parse("A").unwrap(),
        RowPattern::parse(&"R".repeat(seats)).unwrap(),
    );
    let mut next = 0;
    LayoutPlan::parse(vec![row])
        .unwrap()
        .lay_out(ScreenId(id(screen)), None, || {
            next += 1;
            SeatId(id(screen * 1000 + next))
        })
}

fn showtime(n: u128, place: (u128, u128, u128), version: u32, hours: i64) -> Showtime {
    let (movie, screen, theater) = place;
    // 2026-02-01 at midnight, UTC.
    let starts_at = Timestamp::from_second(1_769_904_000).unwrap() + SignedDuration::from_hours(hours);
    let price = Money::parse(1000 + i64::from(version), Currency::USD).unwrap();
    Showtime {
        id: ShowtimeId(id(n)),
        version: Version(version),
        movie: MovieId(id(movie)),
        screen: ScreenId(id(screen)),
        theater: TheaterId(id(theater)),
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(110),
        status: ShowtimeStatus::Scheduled,
        prices: Prices::parse(BTreeMap::from([(SeatKind::Regular, price)])).unwrap(),
        price_version: Version(version),
    }
}

mod names {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn o11_one_id_of_a_movie_a_screen_a_theater_and_a_showtime_never_collides() {
        let world = World::new();
        let cached = &world.cached;
        cached.add_movie(&movie(7, 1, "Seven")).await.unwrap();
        cached.add_theater(&theater(7, 1, "UTC")).await.unwrap();
        cached.add_screen(&screen(7, 7, 1)).await.unwrap();
        cached.change_layout(&layout(7, 3), Version(1)).await.unwrap();
        cached.add_showtime(&showtime(7, (7, 7, 7), 1, 0)).await.unwrap();
        // Once from the store, once decoded, once from the cache by another process.
        let other = world.neighbour(world.store.clone());
        for catalog in [cached, cached, &other] {
            let title = catalog.movie(MovieId(id(7))).await.unwrap().unwrap();
            assert_eq!(title.details.title.as_str(), "Seven");
            let theater = catalog.theater(TheaterId(id(7))).await.unwrap().unwrap();
            assert_eq!(theater.id, TheaterId(id(7)));
            let screen = catalog.screen(ScreenId(id(7))).await.unwrap().unwrap();
            assert_eq!(screen.capacity, 3);
            let layout = catalog.layout(ScreenId(id(7))).await.unwrap().unwrap();
            assert_eq!(layout.capacity(), 3);
            let showtime = catalog.showtime(ShowtimeId(id(7))).await.unwrap().unwrap();
            assert_eq!(showtime.movie, MovieId(id(7)));
            let screens = catalog.screens(TheaterId(id(7)), &PageRequest::first()).await.unwrap();
            assert_eq!(screens.items.len(), 1);
            for filter in [
                ShowtimeFilter {
                    movie: Some(MovieId(id(7))),
                    ..ShowtimeFilter::default()
                },
                ShowtimeFilter {
                    screen: Some(ScreenId(id(7))),
                    ..ShowtimeFilter::default()
                },
                ShowtimeFilter {
                    theater: Some(TheaterId(id(8))),
                    ..ShowtimeFilter::default()
                },
            ] {
                let found = catalog.showtimes(&filter, &PageRequest::first()).await.unwrap();
                assert_eq!(found.items.len(), usize::from(filter.theater.is_none()), "{filter:?}");
            }
        }
    }

    #[test]
    fn different_questions_have_different_names() {
        let seven = id(7);
        let genre = |text| MovieFilter {
            genre: Some(Genre::parse(text).unwrap()),
            ..MovieFilter::default()
        };
        let language = MovieFilter {
            language: Some(Language::parse("Drama").unwrap()),
            ..MovieFilter::default()
        };
        let of_movie = ShowtimeFilter {
            movie: Some(MovieId(seven)),
            ..ShowtimeFilter::default()
        };
        let of_screen = ShowtimeFilter {
            screen: Some(ScreenId(seven)),
            ..ShowtimeFilter::default()
        };
        let of_theater = ShowtimeFilter {
            theater: Some(TheaterId(seven)),
            ..ShowtimeFilter::default()
        };
        let everywhere = TheaterFilter::default();
        let mut names = vec![
            Query::Movie(MovieId(seven)).name(1),
            Query::Theater(TheaterId(seven)).name(1),
            Query::Screen(ScreenId(seven)).name(1),
            Query::Layout(ScreenId(seven)).name(1),
            Query::Showtime(ShowtimeId(seven)).name(1),
            Query::Screens(TheaterId(seven)).name(1),
            Query::Screens(TheaterId(seven)).name(2),
            Query::Theaters(&everywhere).name(1),
            Query::Movies(&MovieFilter::default()).name(1),
            Query::Movies(&genre("Drama")).name(1),
            Query::Movies(&genre("Drama\", language: \"x")).name(1),
            Query::Movies(&language).name(1),
            Query::Showtimes(&ShowtimeFilter::default()).name(1),
            Query::Showtimes(&of_movie).name(1),
            Query::Showtimes(&of_screen).name(1),
            Query::Showtimes(&of_theater).name(1),
        ];
        let count = names.len();
        names.sort_unstable();
        names.dedup();

        assert_eq!(names.len(), count);
    }
}

mod cost {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_hot_answer_is_given_again_without_asking_anybody() {
        let cache_calls = FaultPlan::quiet();
        let world = World::with(FaultPlan::quiet(), cache_calls.clone());
        world.store.add_movie(&movie(1, 1, "One")).await.unwrap();
        let first = world.cached.movie(MovieId(id(1))).await.unwrap().unwrap();
        let before = cache_calls.calls().len();

        let again = world.cached.movie(MovieId(id(1))).await.unwrap().unwrap();

        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(world.loads("movie"), 1);
        assert_eq!(cache_calls.calls().len(), before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_thousand_readers_of_a_cold_answer_are_one_load() {
        let world = World::new();
        let gate = Gate::at("layout");
        let slow: Arc<Layered<dyn Catalog, Arc<Gate>>> = Arc::new(Layered::new(
            Arc::new(Faulty::new(
                world.store.clone() as Arc<dyn Catalog>,
                world.asked.clone(),
            )),
            gate.clone(),
        ));
        world.store.add_theater(&theater(1, 1, "UTC")).await.unwrap();
        world.store.add_screen(&screen(1, 1, 1)).await.unwrap();
        world.store.change_layout(&layout(1, 9), Version(1)).await.unwrap();
        let cached = world.neighbour(slow);

        let readers = futures_util::future::join_all((0..1000).map(|_| cached.layout(ScreenId(id(1)))));
        let opener = async {
            gate.reached.acquire().await.unwrap().forget();
            gate.open.add_permits(1000);
        };
        let (answers, ()) = tokio::join!(readers, opener);

        assert!(
            answers
                .iter()
                .all(|answer| answer.as_ref().unwrap().as_ref().unwrap().capacity() == 9)
        );
        assert_eq!(world.loads("layout"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_reader_that_loads_goes_away_another_takes_over() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "One")).await.unwrap();
        let gate = Gate::at("movie");
        let cached = world.neighbour(Arc::new(Layered::<dyn Catalog, _>::new(
            world.store.clone(),
            gate.clone(),
        )));
        let mut leader = cached.movie(MovieId(id(1)));
        let mut follower = cached.movie(MovieId(id(1)));
        assert!((&mut leader).now_or_never().is_none());
        assert!((&mut follower).now_or_never().is_none());
        assert_eq!(gate.reached.available_permits(), 1);

        drop(leader);
        gate.open.add_permits(1);

        assert!(follower.await.unwrap().is_some());
        assert_eq!(gate.reached.available_permits(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn that_there_is_nothing_is_remembered_briefly() {
        let world = World::new();
        for _ in 0..2 {
            assert!(world.cached.movie(MovieId(id(1))).await.unwrap().is_none());
        }
        assert_eq!(world.loads("movie"), 1);

        tokio::time::advance(CachedCatalog::NEGATIVE_LIFETIME).await;

        assert!(world.cached.movie(MovieId(id(1))).await.unwrap().is_none());
        assert_eq!(world.loads("movie"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn searches_and_later_pages_are_not_kept() {
        let world = World::new();
        let search = MovieFilter {
            search: Some(SearchText::parse("one").unwrap()),
            ..MovieFilter::default()
        };
        let after = Cursor {
            key: "A".to_owned(),
            id: id(1),
        };
        let later = PageRequest::parse(10, Some(after)).unwrap();
        for _ in 0..2 {
            world.cached.movies(&search, &PageRequest::first()).await.unwrap();
            world.cached.movies(&MovieFilter::default(), &later).await.unwrap();
        }

        assert_eq!(world.loads("movies"), 4);
        assert!(world.cache.0.lock().unwrap().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn answers_do_not_all_end_at_once() {
        let world = World::new();
        for n in 0..50 {
            world.store.add_movie(&movie(n, 1, "Film")).await.unwrap();
            world.cached.movie(MovieId(id(n))).await.unwrap();
        }

        let kept = world.cache.0.lock().unwrap();
        let lifetimes: std::collections::BTreeSet<Duration> = kept
            .iter()
            .filter(|(name, _)| name.starts_with("catalog:v1:movie:"))
            .map(|(_, (_, _, ttl))| *ttl)
            .collect();
        assert!(lifetimes.len() > 10);
        let tenth = CachedCatalog::LIFETIME / 10;
        assert!(
            lifetimes
                .iter()
                .all(|ttl| (CachedCatalog::LIFETIME - tenth..=CachedCatalog::LIFETIME).contains(ttl))
        );
    }
}

mod truth {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_was_loaded_before_a_write_is_not_given_after_it() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        let gate = Gate::at("movie");
        let slow = world.neighbour(Arc::new(Layered::<dyn Catalog, _>::new(
            world.store.clone(),
            gate.clone(),
        )));
        let mut reader = slow.movie(MovieId(id(1)));
        assert!((&mut reader).now_or_never().is_none());

        world
            .cached
            .change_movie(&movie(1, 2, "New"), Version(1))
            .await
            .unwrap();
        gate.open.add_permits(9);
        assert_eq!(reader.await.unwrap().unwrap().details.title.as_str(), "Old");

        assert_eq!(world.title().await, "New");
        tokio::time::advance(CachedCatalog::TRUST).await;
        assert_eq!(title_in(&slow).await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_holds_within_one_process() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        let gate = Gate::at("movie");
        let cached = world.neighbour(Arc::new(Layered::<dyn Catalog, _>::new(
            world.store.clone(),
            gate.clone(),
        )));
        let mut reader = cached.movie(MovieId(id(1)));
        assert!((&mut reader).now_or_never().is_none());

        cached.change_movie(&movie(1, 2, "New"), Version(1)).await.unwrap();
        gate.open.add_permits(9);

        assert_eq!(title_in(&cached).await, "New");
        assert_eq!(reader.await.unwrap().unwrap().details.title.as_str(), "Old");
        assert_eq!(title_in(&cached).await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn a_generation_that_was_read_before_a_write_is_not_trusted_after_it() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        let gate = Gate::at("get");
        let slow: Arc<Layered<dyn Cache, Arc<Gate>>> = Arc::new(Layered::new(world.cache.clone(), gate.clone()));
        let cached = CachedCatalog::new(world.store.clone(), slow, Arc::new(SeededIds::new(2)));
        gate.open.add_permits(3);
        assert_eq!(title_in(&cached).await, "Old");
        tokio::time::advance(CachedCatalog::TRUST).await;
        // The first generation is let through; the film's own is read, but held back on its way.
        gate.open.add_permits(1);
        let mut reader = cached.movie(MovieId(id(1)));
        assert!((&mut reader).now_or_never().is_none());

        cached.change_movie(&movie(1, 2, "New"), Version(1)).await.unwrap();
        gate.open.add_permits(9);
        reader.await.unwrap();

        assert_eq!(title_in(&cached).await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_cache_a_reader_does_not_wait_for_a_load_from_before_a_write() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        let gate = Gate::at("movie");
        let down = FaultOdds {
            transient: 1000,
            ..FaultOdds::default()
        };
        let broken: Arc<Faulty<dyn Cache>> = Arc::new(Faulty::new(world.cache.clone(), FaultPlan::seeded(1, down)));
        let slow = Arc::new(Layered::<dyn Catalog, _>::new(world.store.clone(), gate.clone()));
        let cached = CachedCatalog::new(slow, broken, Arc::new(SeededIds::new(2)));
        let mut before = cached.movie(MovieId(id(1)));
        assert!((&mut before).now_or_never().is_none());
        cached.change_movie(&movie(1, 2, "New"), Version(1)).await.unwrap();
        let mut after = Box::pin(title_in(&cached));
        assert!((&mut after).now_or_never().is_none());

        gate.open.add_permits(9);
        let (before, after) = tokio::join!(before, after);

        assert_eq!(before.unwrap().unwrap().details.title.as_str(), "Old");
        assert_eq!(after, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn another_process_sees_a_write_after_a_second() {
        let world = World::new();
        let other = world.neighbour(world.store.clone());
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        assert_eq!(
            (world.title().await, title_in(&other).await),
            ("Old".into(), "Old".into())
        );

        world
            .cached
            .change_movie(&movie(1, 2, "New"), Version(1))
            .await
            .unwrap();
        assert_eq!(world.title().await, "New");
        tokio::time::advance(CachedCatalog::TRUST).await;

        assert_eq!(title_in(&other).await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_whose_answer_was_lost_is_seen() {
        let at = FaultAt::Call {
            port: "catalog",
            operation: "change_movie",
            nth: 0,
        };
        let world = World::with(FaultPlan::scripted([(at, Fault::LostAnswer)]), FaultPlan::quiet());
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        assert_eq!(world.title().await, "Old");

        world
            .cached
            .change_movie(&movie(1, 2, "New"), Version(1))
            .await
            .unwrap_err();

        assert_eq!(world.title().await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_whose_caller_went_away_is_seen() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        let gate = Gate::at("change_movie");
        let cached = world.neighbour(Arc::new(Layered::<dyn Catalog, _>::new(
            world.store.clone(),
            gate.clone(),
        )));
        assert_eq!(title_in(&cached).await, "Old");
        let change = movie(1, 2, "New");
        let mut write = cached.change_movie(&change, Version(1));
        assert!((&mut write).now_or_never().is_none());
        gate.reached.acquire().await.unwrap().forget();

        drop(write);
        gate.open.add_permits(1);
        let writes = cached.shared.near.writes();
        while cached.shared.near.writes() == writes {
            tokio::task::yield_now().await;
        }

        assert_eq!(title_in(&cached).await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_is_stale_forgets_what_it_was_decided_on() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        world.title().await;
        // Somebody else was faster, and this process does not know it yet.
        world.store.change_movie(&movie(1, 2, "New"), Version(1)).await.unwrap();

        let stale = world.cached.change_movie(&movie(1, 2, "Mine"), Version(1)).await;

        assert!(matches!(stale, Err(ChangeError::Stale)));
        assert_eq!(world.title().await, "New", "the next decision is made on what is there");
    }

    #[tokio::test(start_paused = true)]
    async fn a_write_that_certainly_failed_forgets_nothing() {
        let fault = (
            FaultAt::Call {
                port: "catalog",
                operation: "change_movie",
                nth: 0,
            },
            Fault::Transient,
        );
        let world = World::with(FaultPlan::scripted([fault]), FaultPlan::quiet());
        world.store.add_movie(&movie(1, 1, "Old")).await.unwrap();
        world.title().await;

        let failed = world.cached.change_movie(&movie(1, 2, "New"), Version(1)).await;

        assert!(matches!(failed, Err(ChangeError::Port(_))));
        assert_eq!(world.title().await, "Old");
        assert_eq!(world.loads("movie"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cache_that_is_down_is_passed_by() {
        let down = FaultOdds {
            transient: 1000,
            ..FaultOdds::default()
        };
        let world = World::with(FaultPlan::quiet(), FaultPlan::seeded(1, down));
        world.cached.add_movie(&movie(1, 1, "Old")).await.unwrap();
        assert_eq!(world.title().await, "Old");

        world
            .cached
            .change_movie(&movie(1, 2, "New"), Version(1))
            .await
            .unwrap();

        assert_eq!(world.title().await, "New");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_of_the_store_is_told_and_not_kept() {
        let world = World::with(
            FaultPlan::scripted([(FaultAt::Step(0), Fault::Transient)]),
            FaultPlan::quiet(),
        );
        world.store.add_movie(&movie(1, 1, "One")).await.unwrap();

        let error = world.cached.movie(MovieId(id(1))).await.unwrap_err();

        assert_eq!((error.port, error.failure), ("catalog", Failure::Transient));
        assert_eq!(world.title().await, "One");
    }

    #[tokio::test(start_paused = true)]
    async fn bytes_that_mean_nothing_are_loaded_again() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "One")).await.unwrap();
        world.title().await;
        for (name, kept) in world.cache.0.lock().unwrap().iter_mut() {
            if !name.contains("generation") {
                kept.0 = Arc::from(&b"{\"garbage\":"[..]);
            }
        }

        assert_eq!(title_in(&world.neighbour(world.store.clone())).await, "One");
    }

    #[tokio::test(start_paused = true)]
    async fn a_review_makes_the_film_and_the_lists_new() {
        let world = World::new();
        world.store.add_movie(&movie(1, 1, "One")).await.unwrap();
        let counts = async || {
            let film = world.cached.movie(MovieId(id(1))).await.unwrap().unwrap();
            let list = world
                .cached
                .movies(&MovieFilter::default(), &PageRequest::first())
                .await
                .unwrap();
            (film.reviews.count, list.items[0].reviews.count)
        };
        assert_eq!(counts().await, (0, 0));
        let now = ManualClock::default().now();
        let review = Review {
            id: ReviewId(id(5)),
            version: Version::FIRST,
            movie: MovieId(id(1)),
            author: UserId(id(6)),
            author_name: DisplayName::parse("Ann").unwrap(),
            stars: Stars::parse(5).unwrap(),
            text: ReviewText::parse("Good").unwrap(),
            created_at: now,
            updated_at: now,
        };
        world.store.add(&review).await.unwrap();

        world.cached.forget_movie(MovieId(id(1))).await;

        assert_eq!(counts().await, (1, 1));
    }
}

/// A write of the property test; versions are looked up when it is made.
#[derive(Clone, Copy, Debug)]
enum Act {
    AddMovie,
    ChangeMovie,
    RemoveMovie,
    AddTheater,
    ChangeTheater,
    RemoveTheater,
    AddScreen,
    ChangeScreen,
    RemoveScreen,
    ChangeLayout,
    AddShowtime,
    ChangeShowtime,
    Wait,
}

const ACTS: [Act; 13] = [
    Act::AddMovie,
    Act::ChangeMovie,
    Act::RemoveMovie,
    Act::AddTheater,
    Act::ChangeTheater,
    Act::RemoveTheater,
    Act::AddScreen,
    Act::ChangeScreen,
    Act::RemoveScreen,
    Act::ChangeLayout,
    Act::AddShowtime,
    Act::ChangeShowtime,
    Act::Wait,
];

/// Makes one write through the cache, on records 1 and 2 of each kind. Refusals are part of the game.
async fn act(world: &World, act: Act, n: u128, salt: u32) {
    let (store, cached) = (&world.store, &world.cached);
    let place = (n, 1 + u128::from(salt % 2), 1);
    let zone = if salt.is_multiple_of(2) {
        "UTC"
    } else {
        "Pacific/Auckland"
    };
    let movie_at = store
        .movie(MovieId(id(n)))
        .await
        .unwrap()
        .map_or(Version(1), |found| found.version);
    let theater_at = store
        .theater(TheaterId(id(n)))
        .await
        .unwrap()
        .map_or(Version(1), |found| found.version);
    let screen_at = store
        .screen(ScreenId(id(n)))
        .await
        .unwrap()
        .map_or(Version(1), |found| found.version);
    let showtime_at = store.showtime(ShowtimeId(id(n))).await.unwrap();
    let _refusals_are_fine = match act {
        Act::AddMovie => cached.add_movie(&movie(n, 1, &format!("Film {salt}"))).await.is_ok(),
        Act::ChangeMovie => {
            let changed = movie(n, movie_at.next().0, &format!("Film {salt}"));
            cached.change_movie(&changed, movie_at).await.is_ok()
        }
        Act::RemoveMovie => cached.remove_movie(MovieId(id(n)), movie_at).await.is_ok(),
        Act::AddTheater => cached.add_theater(&theater(n, 1, zone)).await.is_ok(),
        Act::ChangeTheater => {
            let changed = theater(n, theater_at.next().0, zone);
            cached.change_theater(&changed, theater_at).await.is_ok()
        }
        Act::RemoveTheater => cached.remove_theater(TheaterId(id(n)), theater_at).await.is_ok(),
        Act::AddScreen => cached.add_screen(&screen(n, 1, 1)).await.is_ok(),
        Act::ChangeScreen => {
            let changed = screen(n, 1, screen_at.next().0);
            cached.change_screen(&changed, screen_at).await.is_ok()
        }
        Act::RemoveScreen => cached.remove_screen(ScreenId(id(n)), screen_at).await.is_ok(),
        Act::ChangeLayout => {
            let changed = layout(n, 1 + salt as usize % 9);
            cached.change_layout(&changed, screen_at).await.is_ok()
        }
        Act::AddShowtime => {
            let added = showtime(n, place, 1, i64::from(salt % 50));
            cached.add_showtime(&added).await.is_ok()
        }
        Act::ChangeShowtime => match showtime_at {
            None => false,
            Some(before) => {
                let place = (
                    before.movie.0.as_u128(),
                    before.screen.0.as_u128(),
                    before.theater.0.as_u128(),
                );
                let changed = showtime(n, place, before.version.next().0, i64::from(salt % 50));
                cached.change_showtime(&changed, before.version).await.is_ok()
            }
        },
        Act::Wait => {
            tokio::time::advance(Duration::from_millis(u64::from(salt) * 37)).await;
            true
        }
    };
}

/// Everything that can be asked about records 1 and 2, as one text.
async fn everything(catalog: &dyn Catalog) -> String {
    let first = PageRequest::first();
    let mut said = Vec::new();
    for n in [1, 2] {
        said.push(format!("{:?}", catalog.movie(MovieId(id(n))).await.unwrap()));
        said.push(format!("{:?}", catalog.theater(TheaterId(id(n))).await.unwrap()));
        said.push(format!("{:?}", catalog.screen(ScreenId(id(n))).await.unwrap()));
        said.push(format!("{:?}", catalog.layout(ScreenId(id(n))).await.unwrap()));
        said.push(format!("{:?}", catalog.showtime(ShowtimeId(id(n))).await.unwrap()));
        said.push(format!(
            "{:?}",
            catalog.screens(TheaterId(id(n)), &first).await.unwrap()
        ));
        let of_movie = ShowtimeFilter {
            movie: Some(MovieId(id(n))),
            ..ShowtimeFilter::default()
        };
        said.push(format!("{:?}", catalog.showtimes(&of_movie, &first).await.unwrap()));
        let showing = MovieFilter {
            showing_on: Some(date(2026, 2, n as i8)),
            ..MovieFilter::default()
        };
        said.push(format!("{:?}", catalog.movies(&showing, &first).await.unwrap()));
    }
    said.push(format!(
        "{:?}",
        catalog.movies(&MovieFilter::default(), &first).await.unwrap()
    ));
    said.push(format!(
        "{:?}",
        catalog.theaters(&TheaterFilter::default(), &first).await.unwrap()
    ));
    said.push(format!(
        "{:?}",
        catalog.showtimes(&ShowtimeFilter::default(), &first).await.unwrap()
    ));
    said.join("\n")
}

fn run(acts: &[(Act, u128, u32)], cache_faults: Arc<FaultPlan>) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::with(FaultPlan::quiet(), cache_faults);
        for &(next, n, salt) in acts {
            act(&world, next, n, salt).await;
            prop_assert_eq!(
                everything(&world.cached).await,
                everything(&*world.store).await,
                "after {:?}",
                next
            );
        }
        Ok(())
    })
}

fn acts() -> impl Strategy<Value = Vec<(Act, u128, u32)>> {
    // Most histories begin with something to change.
    let begin = [
        Act::AddMovie,
        Act::AddTheater,
        Act::AddScreen,
        Act::ChangeLayout,
        Act::AddShowtime,
    ];
    let any = (prop::sample::select(&ACTS[..]), 1_u128..=2, 0_u32..100);
    prop::collection::vec(any, 1..30)
        .prop_map(move |rest| begin.into_iter().map(|act| (act, 1, 0)).chain(rest).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_history_of_writes_every_read_is_the_store_s_answer(acts in acts()) {
        run(&acts, FaultPlan::quiet())?;
    }

    #[test]
    fn the_same_holds_however_the_cache_fails(acts in acts(), seed in any::<u64>()) {
        let odds = FaultOdds { refused: 50, transient: 200, lost_answer: 100, repeat: 50 };
        run(&acts, FaultPlan::seeded(seed, odds))?;
    }
}
