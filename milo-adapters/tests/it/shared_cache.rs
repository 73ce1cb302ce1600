//! The catalogue as several instances cache it, in Redis before Postgres.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use milo_adapters::layers::{CachedCatalog, Layered};
use milo_adapters::redis::RedisCache;
use milo_adapters::system::{SystemClock, SystemIds};
use milo_core::conformance::samples::{self, Hall};
use milo_core::domain::{MovieId, PageRequest, ScreenId, ShowtimeFilter};
use milo_core::ports::{Catalog, Clock};

use crate::postgres::PgEngine;
use crate::redis::RedisEngine;
use crate::stage::Counting;

/// Three instances over one store and one cache.
struct Instances {
    each: [Arc<dyn Catalog>; 3],
    loads: Counting,
    hall: Hall,
    _engines: (PgEngine, RedisEngine),
}

impl Instances {
    async fn open() -> Self {
        let (postgres, redis) = tokio::join!(PgEngine::new(), RedisEngine::node());
        let loads = Counting::default();
        let counted: Arc<dyn Catalog> = Arc::new(Layered::<dyn Catalog, _>::new(postgres.store.clone(), loads.clone()));
        let each = [(); 3].map(|()| {
            let cache = Arc::new(RedisCache::new(redis.connections.clone()));
            Arc::new(CachedCatalog::new(counted.clone(), cache, Arc::new(SystemIds))) as Arc<dyn Catalog>
        });
        let starts_at = SystemClock.now().checked_add(SignedDuration::from_hours(24)).unwrap();
        Self {
            // Past the caches: they know nothing yet.
            hall: Hall::open(&*postgres.store, starts_at).await,
            each,
            loads,
            _engines: (postgres, redis),
        }
    }

    fn loads(&self) -> usize {
        self.loads.calls()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_instance_has_read_another_finds_in_the_cache() {
    let instances = Instances::open().await;
    let movie = instances.hall.movie.id;
    instances.each[0].movie(movie).await.unwrap().unwrap();
    assert_eq!(instances.loads(), 1);
    for instance in &instances.each {
        instance.movie(movie).await.unwrap().unwrap();
    }
    assert_eq!(instances.loads(), 1, "every later read is a hit");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_readers_of_a_cold_key_are_one_load() {
    let instances = Instances::open().await;
    let (catalog, movie) = (&instances.each[0], instances.hall.movie.id);
    let readers = (0..1000).map(|_| {
        let catalog = catalog.clone();
        tokio::spawn(async move { catalog.movie(movie).await.unwrap().is_some() })
    });
    for reader in readers.collect::<Vec<_>>() {
        assert!(reader.await.unwrap());
    }
    assert_eq!(instances.loads(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o11_a_showtime_that_changes_on_one_instance_is_evicted_on_the_others() {
    let instances = Instances::open().await;
    let before = instances.hall.showtime.clone();
    for instance in &instances.each {
        instance.showtime(before.id).await.unwrap().unwrap();
    }
    let after = samples::repriced(&before, 1999);
    instances.each[0].change_showtime(&after, before.version).await.unwrap();
    for instance in &instances.each {
        let within = tokio::time::timeout(Duration::from_secs(10), async {
            while *instance.showtime(before.id).await.unwrap().unwrap() != after {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        within
            .await
            .expect("the other instances show the change within seconds");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn o11_a_film_and_a_screen_with_the_same_id_are_not_mixed_up() {
    let instances = Instances::open().await;
    let (catalog, hall, page) = (&instances.each[0], &instances.hall, PageRequest::first());
    let of_movie = ShowtimeFilter {
        movie: Some(hall.movie.id),
        ..ShowtimeFilter::default()
    };
    let of_screen_with_its_id = ShowtimeFilter {
        screen: Some(ScreenId(hall.movie.id.0)),
        ..ShowtimeFilter::default()
    };
    let of_movie_with_screens_id = ShowtimeFilter {
        movie: Some(MovieId(hall.screen.id.0)),
        ..ShowtimeFilter::default()
    };
    for _ in 0..2 {
        assert_eq!(catalog.showtimes(&of_movie, &page).await.unwrap().items.len(), 1);
        assert_eq!(
            catalog
                .showtimes(&of_screen_with_its_id, &page)
                .await
                .unwrap()
                .items
                .len(),
            0
        );
        assert_eq!(
            catalog
                .showtimes(&of_movie_with_screens_id, &page)
                .await
                .unwrap()
                .items
                .len(),
            0
        );
    }
}
