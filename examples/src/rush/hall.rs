//! One hall with one showtime.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use milo_core::Milo;
use milo_core::catalog::ScheduleShowtime;
use milo_core::domain::{
    Address, Admin, City, Currency, Description, Genre, Genres, Language, LayoutPlan, Money, MovieDetails, PlaceName,
    PostalCode, Prices, Region, RowLabel, RowPattern, RunningTime, ScreenDetails, ScreenKind, SeatKind, ShowtimeId,
    TheaterDetails, Title, UserId, ZoneName,
};

const SEATS_IN_A_ROW: usize = 20;

pub(super) async fn open(milo: &Milo, seats: u16) -> anyhow::Result<ShowtimeId> {
    let (catalog, now) = (milo.catalog(), milo.ports().clock.now());
    let admin = Admin::trusted(UserId(milo.ports().ids.next_id()));
    let zone = ZoneName::parse("Europe/Vienna")?;
    let film = MovieDetails {
        title: Title::parse("The Rush")?,
        description: Description::parse("Everybody wants to see it.")?,
        genres: Genres::parse(vec![Genre::parse("Thriller")?])?,
        duration: RunningTime::parse(100)?,
        rating: None,
        language: Language::parse("English")?,
        release_date: now.to_zoned(zone.rules()).date(),
        end_date: None,
        poster_url: None,
        backdrop_url: None,
        trailer_url: None,
    };
    let theater = TheaterDetails {
        name: PlaceName::parse("Gartenbau")?,
        address: Address::parse("Parkring 12")?,
        city: City::parse("Vienna")?,
        state: Region::parse("Vienna")?,
        postal_code: PostalCode::parse("1010")?,
        time_zone: zone,
        is_active: true,
    };
    let screen = ScreenDetails {
        name: PlaceName::parse("The hall")?,
        kind: ScreenKind::Regular,
        is_active: true,
    };
    let movie = catalog.add_movie(admin, film, None).await?;
    let theater = catalog.add_theater(admin, theater, None).await?;
    let screen = catalog.add_screen(admin, theater.id, screen, None).await?;
    catalog
        .change_layout(admin, screen.id, &plan(usize::from(seats))?, None)
        .await?;
    let price = Money::parse(1250, Currency::USD)?;
    let showtime = ScheduleShowtime {
        movie: movie.id,
        screen: screen.id,
        starts_at: now.checked_add(SignedDuration::from_hours(24))?,
        prices: Prices::parse(BTreeMap::from([(SeatKind::Regular, price)]))?,
    };
    Ok(catalog.add_showtime(admin, showtime, None).await?.showtime.id)
}

fn plan(seats: usize) -> anyhow::Result<LayoutPlan> {
    let rows = (0..seats.div_ceil(SEATS_IN_A_ROW)).map(|row| {
        let in_row = SEATS_IN_A_ROW.min(seats - row * SEATS_IN_A_ROW);
        let label = RowLabel::parse(&(row + 1).to_string())?;
        Ok((label, RowPattern::parse(&"R".repeat(in_row))?))
    });
    Ok(LayoutPlan::parse(rows.collect::<anyhow::Result<_>>()?)?)
}
