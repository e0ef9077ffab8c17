//! Sums how well predicted classes overlap with those of the targets.

use super::largest;
use plywood_kernel::Scalar;

/// The number of sums for each class.
pub(crate) const PER_CLASS: usize = 3;

/// The sums of several classes, from which their mean intersection over union follows.
///
/// For each class, three numbers: how many items of the class were taken for it (the intersection), how many were taken
/// for it, and how many are of it. An item is an example or a pixel.
pub(crate) struct Overlap<'a>(pub(crate) &'a mut [f64]);

impl Overlap<'_> {
    /// Adds items to the sums: the scores of all classes for each, and its class.
    ///
    /// An item without a class does not count. One with a NaN among its scores is taken for no class, and one of a class
    /// outside the `classes` is wrong.
    pub(crate) fn add<T: Scalar>(
        &mut self,
        scores: &[T],
        classes: usize,
        targets: impl Iterator<Item = Option<usize>>,
    ) {
        let (sums, _) = self.0.as_chunks_mut::<PER_CLASS>();
        for (scores, actual) in scores.chunks_exact(classes).zip(targets) {
            let Some(actual) = actual else { continue };
            let predicted = largest(scores);
            if let Some([.., actual]) = sums.get_mut(actual) {
                *actual += 1.0;
            }
            if let Some((predicted, [both, all, _])) =
                predicted.and_then(|class| Some((class, sums.get_mut(class)?)))
            {
                *all += 1.0;
                *both += if predicted == actual { 1.0 } else { 0.0 };
            }
        }
    }

    /// Returns the mean over the classes of intersection over union, or `None` if nothing was counted.
    ///
    /// A class without items for which none was taken has no union and does not count (Everingham et al. 2015, section
    /// 3.3).
    pub(crate) fn mean(sums: &[f64]) -> Option<f64> {
        let (sums, _) = sums.as_chunks::<PER_CLASS>();
        let (mut total, mut classes) = (0.0, 0.0);
        for [intersection, predicted, actual] in sums {
            let union = predicted + actual - intersection;
            if union > 0.0 {
                total += intersection / union;
                classes += 1.0;
            }
        }
        (classes > 0.0).then(|| total / classes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_overlap_is_that_by_hand() {
        let mut sums = [0.0; 4 * PER_CLASS];
        let one = |class: usize| {
            let mut scores = [0.0; 4];
            scores[class] = 1.0;
            scores
        };
        // (actual, predicted): class 0 has an intersection of 2 and a union of 4, class 1 of 1 and 3
        let items = [(0, 0), (0, 0), (0, 1), (1, 0), (1, 1)];
        for chunk in items.chunks(2) {
            let scores: Vec<f64> = chunk.iter().flat_map(|&(_, predicted)| one(predicted)).collect();
            Overlap(&mut sums).add(&scores, 4, chunk.iter().map(|&(actual, _)| Some(actual)));
        }
        assert_eq!(Overlap::mean(&sums), Some(f64::midpoint(2.0 / 4.0, 1.0 / 3.0)));
        // a NaN is taken for no class: only the union of class 2 grows
        Overlap(&mut sums).add(&[0.0, f64::NAN, 0.0, 1.0], 4, [Some(2)].into_iter());
        assert_eq!(Overlap::mean(&sums), Some((2.0 / 4.0 + 1.0 / 3.0) / 3.0));
        // what is not labeled does not count
        Overlap(&mut sums).add(&one(3), 4, [None].into_iter());
        assert_eq!(Overlap::mean(&sums), Some((2.0 / 4.0 + 1.0 / 3.0) / 3.0));
        assert_eq!(Overlap::mean(&[0.0; 4 * PER_CLASS]), None);
    }
}
