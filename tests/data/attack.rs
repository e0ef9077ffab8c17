//! Good files, changed at random.

use plywood::data::Random;

/// Files of each format to read: as many as `PLYWOOD_FUZZ` says, or else `usual`.
fn count(usual: usize) -> usize {
    std::env::var("PLYWOOD_FUZZ").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// A good file with a few changes: bytes replaced, cut out, repeated, put in, or the end cut off.
fn mutate(seed: &[u8], random: &mut Random) -> Vec<u8> {
    const TELLING: [u8; 12] = [0, 1, 0x7f, 0x80, 0xff, b'\n', b'"', b',', b'\'', b'(', b'9', b'-'];

    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let len = random.below(9).min(bytes.len() - at);
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] = random.below(256) as u8,
            1 if at < bytes.len() => bytes[at] = TELLING[random.below(TELLING.len())],
            2 => drop(bytes.drain(at..at + len)),
            3 => bytes.extend_from_within(at..at + len),
            4 if random.chance(0.3) => bytes.truncate(at),
            _ => bytes.insert(at, TELLING[random.below(TELLING.len())]),
        }
    }
    bytes
}

/// Reads changed files; `read` says whether one was good. Of few changes, some leave a file good, or else the changes
/// never get past its beginning.
pub(crate) fn attack(name: &str, usual: usize, seeds: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) {
    let count = count(usual);
    assert!(seeds.iter().all(|seed| read(seed)), "{name}: a seed is not good");
    let mut random = Random::new(1);
    let good = (0..count).filter(|_| {
        let seed = &seeds[random.below(seeds.len())];
        read(&mutate(seed, &mut random))
    });
    let good = good.count();
    println!("{name}: {good} of {count} changed files are good");
    assert!(good > 0 && good < count, "{name}: {good} good");
}
