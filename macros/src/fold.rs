//! A sequence as a balanced tree of pairs.

/// Folds a sequence so that the depth is the logarithm of its length: a network of a thousand layers needs no
/// `recursion_limit`, and the compiler checks it faster than a list. `None` for an empty one.
pub(crate) fn balanced<T: Clone>(items: &[T], pair: &impl Fn(T, T) -> T) -> Option<T> {
    match items {
        [] => None,
        [one] => Some(one.clone()),
        _ => {
            let (front, back) = items.split_at(items.len() / 2);
            Some(pair(balanced(front, pair)?, balanced(back, pair)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_stays_shallow() {
        for n in 1..=70_u32 {
            let leaves: Vec<(Vec<u32>, u32)> = (0..n).map(|i| (vec![i], 0)).collect();
            let (order, depth) =
                balanced(&leaves, &|(a, depth_a), (b, depth_b)| ([a, b].concat(), depth_a.max(depth_b) + 1))
                    .unwrap();
            assert_eq!(order, (0..n).collect::<Vec<_>>());
            assert_eq!(depth, n.next_power_of_two().ilog2(), "{n} layers");
        }
        assert_eq!(balanced::<u32>(&[], &|a, _| a), None);
    }
}
