//! Invents a table of houses, so that nothing has to be downloaded.
//!
//! It has the columns of the California housing data (Pace and Barry 1997, "Sparse Spatial Autoregressions", Statistics
//! and Probability Letters 33) as textbooks use them: a line for each district. Prices depend on income, on the
//! distances from the sea and from four cities, and on how crowded the houses are. None of it is linear.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;

/// The share of districts near a city, its latitude and longitude, and the logarithm of what living there adds to a
/// price.
const CITIES: [[f64; 4]; 4] = [
    [0.4, 34.05, -118.25, 0.5],
    [0.25, 37.77, -122.42, 0.8],
    [0.1, 32.72, -117.16, 0.4],
    [0.1, 38.58, -121.49, 0.2],
];

/// Returns a table with a header and a line for each of `count` districts, which follow from a seed.
pub(crate) fn table(count: usize, seed: u64) -> String {
    let mut random = Random(Xoshiro256PlusPlus::seed_from_u64(seed));
    let header = "longitude,latitude,housing_median_age,total_rooms,total_bedrooms,population,households,median_income,\
                  ocean_proximity,median_house_value\n";
    (0..count).fold(header.to_owned(), |table, _| table + &random.district())
}

/// Returns the longitude of the coast at a latitude.
fn coast(latitude: f64) -> f64 {
    match latitude {
        ..34.0 => -117.1 - 0.93 * (latitude - 32.5),
        ..34.5 => -118.5 - 4.0 * (latitude - 34.0),
        ..38.0 => -120.5 - 0.7 * (latitude - 34.5),
        _ => -122.95 - 0.3 * (latitude - 38.0),
    }
}

struct Random(Xoshiro256PlusPlus);

impl Random {
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        self.0.random_range(low..high)
    }

    fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let normal: f64 = self.0.sample(StandardNormal);
        mean + deviation * normal
    }

    /// Draws a latitude and a longitude on land, near a city or anywhere.
    fn place(&mut self) -> (f64, f64) {
        let mut rest = self.uniform(0.0, 1.0);
        let city = CITIES.iter().find(|[share, ..]| {
            rest -= share;
            rest < 0.0
        });
        loop {
            let (latitude, longitude) = if let Some(&[_, latitude, longitude, _]) = city {
                (self.normal(latitude, 0.3), self.normal(longitude, 0.35))
            } else {
                let latitude = self.uniform(32.6, 41.9);
                (latitude, coast(latitude) + self.uniform(0.0, 5.0))
            };
            if longitude > coast(latitude) {
                return (latitude, longitude);
            }
        }
    }

    /// Draws a line of the table.
    fn district(&mut self) -> String {
        let (latitude, longitude) = self.place();
        // in degrees
        let sea = longitude - coast(latitude);
        let near = |city: &[f64; 4]| ((latitude - city[1]).powi(2) + (longitude - city[2]).powi(2)).sqrt();
        let ocean = match () {
            () if self.uniform(0.0, 1.0) < 0.002 => "ISLAND",
            () if near(&CITIES[1]) < 0.7 => "NEAR BAY",
            () if sea < 0.15 => "NEAR OCEAN",
            () if sea < 0.9 => "<1H OCEAN",
            () => "INLAND",
        };

        let income = self.normal(if ocean == "INLAND" { 1.05 } else { 1.3 }, 0.45).exp().clamp(0.5, 15.0);
        let age = self.uniform(1.0, 52.0).round();
        let households = self.normal(6.0, 0.6).exp().round();
        let rooms = (self.normal(4.2, 0.7) + 0.35 * income).max(2.0);
        let bedrooms = (rooms * self.normal(0.2, 0.02)).max(0.8);
        let people = self.normal(1.05, 0.25).exp();

        let cities: f64 = CITIES.iter().map(|city| city[3] * (-(near(city) / 0.6).powi(2)).exp()).sum();
        let price = 10.9
            + 0.9 * (0.35 * income).tanh()
            + 0.04 * income
            + cities
            + 0.45 * (-sea / 0.25).exp() * (0.5 + (0.3 * income).tanh())
            + 0.004 * (age - 25.0) * (cities - 0.2)
            - 0.25 * (people - 2.8).tanh()
            + 0.5 * (rooms / people - 1.9).tanh() * 0.3
            + if ocean == "ISLAND" { 0.5 } else { 0.0 };
        // nobody wrote down a higher price
        let price = self.normal(price, 0.17).exp().min(500_001.0);
        // and some did not count the bedrooms
        let counted = self.uniform(0.0, 1.0) > 0.01;
        let bedrooms = if counted { format!("{:.0}", bedrooms * households) } else { String::new() };
        format!(
            "{longitude:.2},{latitude:.2},{age},{:.0},{bedrooms},{:.0},{households},{income:.4},{ocean},{price:.0}\n",
            rooms * households,
            people * households,
        )
    }
}
