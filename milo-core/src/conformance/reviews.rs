//! The suite of [`Reviews`](crate::ports::Reviews).

use crate::domain::{DisplayName, PageRequest, Review, ReviewSummary, ReviewText, Stars, Version};
use crate::ports::{AddReviewError, ChangeReviewError};

use super::stamp::assert_is;
use super::store_fixture::{Scene, StoreFixture};
use super::{BRIEF, Spawn, TICK, at_once, earlier, later, samples};

/// The film's summary is what its reviews say.
async fn assert_summary(scene: &Scene, stars: &[u8]) {
    let movie = scene.catalog.movie(scene.hall.movie.id).await.unwrap().unwrap();
    let expected = ReviewSummary {
        count: u32::try_from(stars.len()).unwrap(),
        stars: stars.iter().copied().map(u64::from).sum(),
    };
    assert_eq!(movie.reviews, expected);
    assert_eq!(
        movie.version, scene.hall.movie.version,
        "reviews do not count as changes of the film"
    );
}

async fn reviewed(scene: &Scene, stars: u8) -> Review {
    let review = samples::review(&scene.hall, scene.ann, stars);
    scene.reviews.add(&review).await.unwrap();
    review
}

fn changed(review: &Review, stars: u8) -> Review {
    Review {
        version: review.version.next(),
        stars: Stars::parse(stars).unwrap(),
        text: ReviewText::parse("On second thoughts …").unwrap(),
        updated_at: later(review.updated_at, BRIEF),
        ..review.clone()
    }
}

/// A review is kept as it was given, and the film's summary counts it.
pub async fn a_review_is_kept_and_counted(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    assert_summary(&scene, &[]).await;
    let review = reviewed(&scene, 4).await;
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), Some(review));
    assert_eq!(scene.reviews.review(samples::id()).await.unwrap(), None);
    scene
        .reviews
        .add(&samples::review(&scene.hall, scene.bob, 1))
        .await
        .unwrap();
    assert_summary(&scene, &[4, 1]).await;
}

/// The second review of a person for a film is refused with the first one.
pub async fn a_film_is_reviewed_once_by_each_person(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = reviewed(&scene, 4).await;
    let second = samples::review(&scene.hall, scene.ann, 1);
    for again in [&first, &second] {
        let refused = scene.reviews.add(again).await;
        assert_is!(refused, Err(AddReviewError::AlreadyReviewed(known)) if *known == first);
    }
    assert_eq!(scene.reviews.review(second.id).await.unwrap(), None);
    assert_summary(&scene, &[4]).await;
}

/// A person may review several films.
pub async fn a_person_reviews_several_films(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let other = samples::Hall::open(&*scene.catalog, scene.hall.showtime.starts_at).await;
    reviewed(&scene, 4).await;
    scene.reviews.add(&samples::review(&other, scene.ann, 2)).await.unwrap();
    assert_summary(&scene, &[4]).await;
}

/// A film that nobody knows cannot be reviewed.
pub async fn an_unknown_film_cannot_be_reviewed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let review = Review {
        movie: samples::id(),
        ..samples::review(&scene.hall, scene.ann, 3)
    };
    assert_is!(scene.reviews.add(&review).await, Err(AddReviewError::NoSuchMovie));
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), None);
}

/// A change replaces what was said, and the summary follows.
pub async fn a_review_is_changed(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let review = reviewed(&scene, 5).await;
    let changed = changed(&review, 2);
    scene.reviews.change(&changed, review.version).await.unwrap();
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), Some(changed));
    assert_summary(&scene, &[2]).await;
}

/// A change or a removal that was decided on an older version is refused, and nothing happens.
pub async fn a_stale_change_of_a_review_is_refused(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let first = reviewed(&scene, 5).await;
    let second = changed(&first, 2);
    scene.reviews.change(&second, first.version).await.unwrap();
    let stale = scene.reviews.change(&changed(&first, 1), first.version).await;
    assert_is!(stale, Err(ChangeReviewError::Stale));
    assert_is!(
        scene.reviews.remove(first.id, first.version).await,
        Err(ChangeReviewError::Stale)
    );
    assert_is!(
        scene.reviews.remove(first.id, Version(99)).await,
        Err(ChangeReviewError::Stale)
    );
    assert_eq!(scene.reviews.review(first.id).await.unwrap(), Some(second));
    assert_summary(&scene, &[2]).await;
}

/// What is not there can be neither changed nor removed.
pub async fn an_unknown_review_is_not_found(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    reviewed(&scene, 5).await;
    let unknown = changed(&samples::review(&scene.hall, scene.bob, 1), 1);
    let missing = scene.reviews.change(&unknown, Version::FIRST).await;
    assert_is!(missing, Err(ChangeReviewError::NotFound));
    let missing = scene.reviews.remove(unknown.id, Version::FIRST).await;
    assert_is!(missing, Err(ChangeReviewError::NotFound));
    assert_summary(&scene, &[5]).await;
}

/// A removed review is gone from the film, and its author may write another.
pub async fn a_removed_review_is_gone(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let review = reviewed(&scene, 5).await;
    scene.reviews.remove(review.id, review.version).await.unwrap();
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), None);
    assert_summary(&scene, &[]).await;
    assert_is!(
        scene.reviews.remove(review.id, review.version).await,
        Err(ChangeReviewError::NotFound)
    );
    reviewed(&scene, 3).await;
    assert_summary(&scene, &[3]).await;
}

/// Newest first, ties by id, page by page, of one film only.
pub async fn reviews_of_a_film_are_listed_newest_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let other = samples::Hall::open(&*scene.catalog, scene.hall.showtime.starts_at).await;
    let mut expected = Vec::new();
    for (place, author) in samples::people(&*scene.accounts, 5).await.into_iter().enumerate() {
        let mut review = samples::review(&scene.hall, author, 3);
        // The first two are of one moment; the last is the oldest.
        review.created_at = if place < 2 {
            review.created_at
        } else {
            earlier(review.created_at, BRIEF * place as u32)
        };
        review.author_name = DisplayName::parse(&format!("Author {place}")).unwrap();
        scene.reviews.add(&review).await.unwrap();
        scene.reviews.add(&samples::review(&other, author, 1)).await.unwrap();
        expected.push(review);
    }
    expected.swap(0, 1);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest::parse(2, after).unwrap();
        let page = scene.reviews.of_movie(scene.hall.movie.id, &request).await.unwrap();
        assert!(!page.items.is_empty() && page.items.len() <= 2);
        seen.extend(page.items);
        let Some(next) = page.next else { break };
        let last = &seen[seen.len() - 1];
        let sort_key = format!("{:.6}", last.created_at);
        assert_eq!((&next.key, next.id), (&sort_key, last.id.0));
        after = Some(next);
    }
    assert_eq!(seen, expected);
}

/// A person's own reviews, in the same order.
pub async fn reviews_of_a_person_are_listed_newest_first(fixture: &impl StoreFixture) {
    let scene = Scene::new(fixture).await;
    let mut expected = Vec::new();
    for place in 0..3 {
        let starts_at = later(scene.hall.showtime.starts_at, BRIEF * place);
        let hall = samples::Hall::open(&*scene.catalog, starts_at).await;
        let mut review = samples::review(&hall, scene.ann, 3);
        review.created_at = later(review.created_at, TICK * place);
        scene.reviews.add(&review).await.unwrap();
        scene.reviews.add(&samples::review(&hall, scene.bob, 1)).await.unwrap();
        expected.insert(0, review);
    }
    let first = scene
        .reviews
        .of_author(scene.ann, &PageRequest::parse(2, None).unwrap())
        .await
        .unwrap();
    assert_eq!(first.items, expected[..2]);
    let rest = scene
        .reviews
        .of_author(scene.ann, &PageRequest::parse(2, first.next).unwrap())
        .await
        .unwrap();
    assert_eq!((rest.items.as_slice(), &rest.next), (&expected[2..], &None));
    let nobody = scene
        .reviews
        .of_author(samples::id(), &PageRequest::first())
        .await
        .unwrap();
    assert_eq!(nobody.items, []);
}

/// Many reviews at once: the summary misses none.
pub async fn the_summary_counts_reviews_at_once(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let people = samples::people(&*scene.accounts, 30).await;
    at_once(
        spawn,
        people.iter().map(|author| {
            let (reviews, review) = (scene.reviews.clone(), samples::review(&scene.hall, *author, 4));
            async move { reviews.add(&review).await.unwrap() }
        }),
    )
    .await;
    assert_summary(&scene, &[4; 30]).await;
}

/// One person, many reviews at once: one is kept, and the others are told which.
pub async fn one_of_many_reviews_of_a_person_is_kept(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let results = at_once(
        spawn,
        (0..20).map(|_| {
            let (reviews, review) = (scene.reviews.clone(), samples::review(&scene.hall, scene.ann, 4));
            async move { reviews.add(&review).await.map(|()| review) }
        }),
    )
    .await;
    let winner = results
        .iter()
        .find_map(|result| result.as_ref().ok())
        .expect("one is kept")
        .clone();
    let told = |result: &&Result<_, AddReviewError>| matches!(result, Err(AddReviewError::AlreadyReviewed(known)) if **known == winner);
    assert_eq!(results.iter().filter(told).count(), 19, "{results:?}");
    assert_summary(&scene, &[4]).await;
}

/// Many changes at once from one version: one wins, and the summary is its.
pub async fn one_of_many_changes_of_a_review_wins(fixture: &impl StoreFixture, spawn: &dyn Spawn) {
    let scene = Scene::new(fixture).await;
    let review = reviewed(&scene, 5).await;
    let results = at_once(
        spawn,
        (0..20_u8).map(|turn| {
            let (reviews, changed, before) = (scene.reviews.clone(), changed(&review, 1 + turn % 5), review.version);
            async move { reviews.change(&changed, before).await.map(|()| changed) }
        }),
    )
    .await;
    let stale = results
        .iter()
        .filter(|result| matches!(result, Err(ChangeReviewError::Stale)))
        .count();
    assert_eq!(stale, 19, "{results:?}");
    let winner = results.into_iter().find_map(Result::ok).unwrap();
    assert_summary(&scene, &[winner.stars.get()]).await;
    assert_eq!(scene.reviews.review(review.id).await.unwrap(), Some(winner));
}

/// Stamps the suite of the reviews; takes a future that makes a [`StoreFixture`](crate::conformance::StoreFixture).
#[macro_export]
macro_rules! reviews_conformance {
    ($fixture:expr) => {
        $crate::conformance_cases!(
            reviews,
            $fixture,
            cases: [
                a_review_is_kept_and_counted,
                a_film_is_reviewed_once_by_each_person,
                a_person_reviews_several_films,
                an_unknown_film_cannot_be_reviewed,
                a_review_is_changed,
                a_stale_change_of_a_review_is_refused,
                an_unknown_review_is_not_found,
                a_removed_review_is_gone,
                reviews_of_a_film_are_listed_newest_first,
                reviews_of_a_person_are_listed_newest_first,
            ],
            at_once: [
                the_summary_counts_reviews_at_once,
                one_of_many_reviews_of_a_person_is_kept,
                one_of_many_changes_of_a_review_wins,
            ],
        );
    };
}
