//! The films of the demo: none of them exists.

use jiff::ToSpan;
use jiff::civil::Date;
use milo_core::domain::{Description, Genre, Genres, Language, MovieDetails, Rating, RunningTime, Title, WebAddress};

use super::known;

pub(super) struct Film {
    pub(super) title: &'static str,
    pub(super) minutes: u32,
    slug: &'static str,
    rating: &'static str,
    language: &'static str,
    genres: &'static [&'static str],
    /// The first day, counted from the day of the seeding.
    opens_in_days: i64,
    /// For how long it is planned to run.
    runs_for_days: Option<i64>,
    description: &'static str,
}

impl Film {
    pub(super) fn by_title(title: &str) -> &'static Self {
        FILMS
            .iter()
            .find(|film| film.title == title)
            .unwrap_or_else(|| panic!("the demo has no film {title}"))
    }

    pub(super) fn details(&self, today: Date) -> MovieDetails {
        let picture = |name: &str| {
            known(WebAddress::parse(&format!(
                "https://images.milo.example/{}/{name}",
                self.slug
            )))
        };
        let release_date = today.saturating_add(self.opens_in_days.days());
        let genres = self.genres.iter().map(|genre| known(Genre::parse(genre))).collect();
        MovieDetails {
            title: known(Title::parse(self.title)),
            description: known(Description::parse(self.description)),
            genres: known(Genres::parse(genres)),
            duration: known(RunningTime::parse(self.minutes)),
            rating: Some(known(Rating::parse(self.rating))),
            language: known(Language::parse(self.language)),
            release_date,
            end_date: self.runs_for_days.map(|days| release_date.saturating_add(days.days())),
            poster_url: Some(picture("poster.jpg")),
            backdrop_url: Some(picture("backdrop.jpg")),
            trailer_url: Some(picture("trailer.mp4")),
        }
    }
}

pub(super) const FILMS: [Film; 10] = [
    Film {
        title: "Orbital Winter",
        slug: "orbital-winter",
        minutes: 141,
        rating: "PG-13",
        language: "English",
        genres: &["Science Fiction", "Thriller"],
        opens_in_days: -9,
        runs_for_days: Some(60),
        description: "The last supply ship is eleven months late, and somebody on Station Halley has begun to grow \
            tomatoes nobody planted. A botanist and a retired radio engineer have one polar night to find out who \
            else is breathing their air.",
    },
    Film {
        title: "Cartographers of the Deep",
        slug: "cartographers-of-the-deep",
        minutes: 132,
        rating: "PG",
        language: "English",
        genres: &["Adventure", "Science Fiction"],
        opens_in_days: -16,
        runs_for_days: Some(70),
        description: "Two rival expeditions race to draw the first true map of a trench that is not where it was \
            last year. Shot in three dimensions, nine kilometres down, and best seen from the middle of the hall.",
    },
    Film {
        title: "Paper Lanterns",
        slug: "paper-lanterns",
        minutes: 96,
        rating: "G",
        language: "Japanese",
        genres: &["Animation", "Family"],
        opens_in_days: -23,
        runs_for_days: Some(80),
        description: "Each summer Hana folds one lantern for every person who has moved away from the island. This \
            year one of them comes back lit. Hand-drawn over seven years; with English subtitles.",
    },
    Film {
        title: "Goblin Tax",
        slug: "goblin-tax",
        minutes: 101,
        rating: "PG",
        language: "English",
        genres: &["Fantasy", "Comedy", "Family"],
        opens_in_days: -2,
        runs_for_days: Some(45),
        description: "When the kingdom runs out of gold, a very junior clerk is sent under the hill to collect four \
            hundred years of unpaid taxes. The goblins have kept every receipt.",
    },
    Film {
        title: "Ninety Seconds to Tulsa",
        slug: "ninety-seconds-to-tulsa",
        minutes: 109,
        rating: "R",
        language: "English",
        genres: &["Action", "Crime"],
        opens_in_days: -5,
        runs_for_days: Some(40),
        description: "A getaway driver with a perfect memory for roads wakes up without one. Everybody in the car is \
            sure that she knows where the money is, and the train is already moving.",
    },
    Film {
        title: "The Lighthouse Ledger",
        slug: "the-lighthouse-ledger",
        minutes: 118,
        rating: "PG-13",
        language: "English",
        genres: &["Drama", "Mystery"],
        opens_in_days: -12,
        runs_for_days: Some(50),
        description: "An accountant inherits a lighthouse and its ledger, in which her grandfather entered every ship \
            that passed for forty years, and three that never existed.",
    },
    Film {
        title: "La última función",
        slug: "la-ultima-funcion",
        minutes: 104,
        rating: "PG-13",
        language: "Spanish",
        genres: &["Comedy", "Drama"],
        opens_in_days: -19,
        runs_for_days: None,
        description: "The projectionist, the usher and the ghost of a village cinema have one night to persuade the \
            new owner not to turn it into a car park. With English subtitles.",
    },
    Film {
        title: "Saltwater Hymns",
        slug: "saltwater-hymns",
        minutes: 124,
        rating: "PG-13",
        language: "Portuguese",
        genres: &["Drama", "Music"],
        opens_in_days: -6,
        runs_for_days: Some(35),
        description: "Four sisters from a fishing town enter a choir contest under their late mother's name. The \
            songs are new, the boat is real, and nobody in the family has spoken since the funeral.",
    },
    Film {
        title: "The Beekeeper's Parliament",
        slug: "the-beekeepers-parliament",
        minutes: 88,
        rating: "PG",
        language: "English",
        genres: &["Documentary"],
        opens_in_days: -30,
        runs_for_days: None,
        description: "Sixty thousand voters, one queen and no secrets: three years inside a single hive in the \
            Pyrenees, told by the woman who was stung for it two hundred and eleven times.",
    },
    Film {
        title: "The Quiet Hour Before Rain",
        slug: "the-quiet-hour-before-rain",
        minutes: 113,
        rating: "PG",
        language: "French",
        genres: &["Romance"],
        opens_in_days: 24,
        runs_for_days: Some(42),
        description: "A weather forecaster who has never been wrong falls in love with a man who has never carried an \
            umbrella. Opens next month.",
    },
];
