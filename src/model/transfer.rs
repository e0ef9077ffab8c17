//! Takes tensors from another model or from a file: which ones, and what was taken.

use std::collections::{HashMap, HashSet};
use std::fmt;

use crate::core::outline::{Kind, Outline, Tensor, sides};
use crate::core::{Layer, Part};
use crate::error::{Error, Result};
use crate::layers::Labels;
use crate::model::{Handle, Model};
use crate::spelling::{LONGEST, nearest};
use plywood_kernel::Scalar;

/// The number of names that a message or a [`Taken`] lists at most.
const LISTED: usize = 12;

/// Says which tensors a model takes, from another model ([`Model::take_layers`]) or from a file
/// ([`Model::load_layers`](crate::Model#method.load_layers)).
///
/// | made by | takes |
/// |---|---|
/// | [`matching`](Self::matching) | each tensor that both have with the same name and sides |
/// | [`labels`](Self::labels), a string, a list of strings, or `Net::trunk()` | the layers and blocks of these names, whole |
/// | [`renamed`](Self::renamed), or a list of pairs | layers and blocks that have other names there |
/// | [`renamed_by`](Self::renamed_by) | each tensor for which a function returns its name here |
///
/// With `matching`, tensors that differ keep their values. Otherwise the tensors that are selected must have the same
/// sides in both, and layers and blocks must be whole, except with `renamed_by`, whose function decides for each tensor:
/// if not, nothing is taken, and the error names the first tensor that differs.
///
/// # Names
///
/// A tensor's name is the path of its layer and its own name, `trunk.conv1.weight`
/// ([`Model::tensors`](crate::Model::tensors) lists them). A label selects a tensor of that name and all tensors whose
/// names begin with the label and a dot. So it can be a label that the network declares (`trunk`), one within a block
/// (`trunk.conv1`), a name that the library gave (`dense2`), or a single tensor (`trunk.conv1.weight`).
///
/// ```
/// use plywood::transfer::Selection;
///
/// let all = Selection::matching();
/// let block = Selection::from("trunk");
/// let layers = Selection::from(["trunk.conv1", "trunk.conv2"]);
/// let foreign = Selection::from([("features.0", "trunk.conv1"), ("features.3", "trunk.conv2")]);
/// let cut = Selection::renamed_by(|name| name.strip_prefix("module.").map(str::to_owned));
/// # let _ = (all, block, layers, foreign, cut);
/// ```
pub struct Selection<'a> {
    rule: Rule<'a>,
    /// The part that the selection was made from.
    part: Option<Part>,
}

/// Returns the name here of a tensor there, if it is to be taken.
type Rename<'a> = dyn Fn(&str) -> Option<String> + 'a;

enum Rule<'a> {
    Matching,
    Labels(Vec<String>),
    /// Pairs of prefixes: there and here.
    Renamed(Vec<(String, String)>),
    RenamedBy(Box<Rename<'a>>),
}

impl<'a> Selection<'a> {
    /// Selects each tensor that both sides have with the same name and the same sides.
    ///
    /// Tensors of the same name with other sides, such as those of a head for another number of classes, keep their
    /// values, and the report lists them. If no tensor fits, it is an error.
    ///
    /// A layer without a label has a name by its place in the network, such as `dense2`, which may be that of a
    /// different layer on the other side. Label layers that are to be taken.
    #[must_use]
    pub fn matching() -> Self {
        Self { rule: Rule::Matching, part: None }
    }

    /// Selects the layers, blocks and tensors of the given [names](Self#names), which are the same on both sides.
    #[must_use]
    pub fn labels(labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { rule: Rule::Labels(labels.into_iter().map(Into::into).collect()), part: None }
    }

    /// Selects layers, blocks and tensors by pairs of [names](Self#names): the name there, and the name here.
    ///
    /// An empty name stands for the whole network: `("", "trunk")` takes all of another model as the block `trunk`,
    /// and `("trunk", "")` takes a block as the whole model. If several names fit a tensor, the longest one decides, so
    /// a pair for a single tensor can stand beside one for its layer.
    #[must_use]
    pub fn renamed(names: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        let names = names.into_iter().map(|(there, here)| (there.into(), here.into()));
        Self { rule: Rule::Renamed(names.collect()), part: None }
    }

    /// Selects each tensor for whose name there a function returns its name here. It returns `None` for tensors that
    /// are not to be taken.
    #[must_use]
    pub fn renamed_by(rename: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { rule: Rule::RenamedBy(Box::new(rename)), part: None }
    }

    /// Returns the name here of a tensor there, if the tensor is selected.
    fn name_here(&self, name: &str) -> Option<String> {
        match &self.rule {
            Rule::Matching => Some(name.to_owned()),
            Rule::Labels(labels) => labels.iter().any(|label| belongs(name, label)).then(|| name.to_owned()),
            Rule::Renamed(names) => {
                let fitting = names.iter().filter(|(there, _)| belongs(name, there));
                let (there, here) = fitting.max_by_key(|(there, _)| there.len())?;
                let own = name[there.len()..].trim_start_matches('.');
                let parts = [here.as_str(), own].into_iter().filter(|part| !part.is_empty());
                Some(parts.collect::<Vec<_>>().join("."))
            }
            Rule::RenamedBy(rename) => rename(name),
        }
    }

    /// Returns true if a tensor here must be taken.
    fn requires(&self, name: &str) -> bool {
        match &self.rule {
            Rule::Matching | Rule::RenamedBy(_) => false,
            Rule::Labels(labels) => labels.iter().any(|label| belongs(name, label)),
            Rule::Renamed(names) => names.iter().any(|(_, here)| belongs(name, here)),
        }
    }
}

impl fmt::Debug for Selection<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Rule::Matching => f.write_str("matching"),
            Rule::Labels(labels) => f.debug_tuple("labels").field(labels).finish(),
            Rule::Renamed(names) => f.debug_tuple("renamed").field(names).finish(),
            Rule::RenamedBy(_) => f.write_str("renamed_by(..)"),
        }
    }
}

impl From<&str> for Selection<'_> {
    /// Selects a layer, a block or a tensor, as [`labels`](Self::labels) does.
    fn from(label: &str) -> Self {
        Self::labels([label])
    }
}

impl<N: Layer + Labels, L: Layer> From<Handle<N, L>> for Selection<'_> {
    /// Selects the labeled layer or block of a network, `Net::trunk()`, by its label, whichever side the network is.
    fn from(at: Handle<N, L>) -> Self {
        Self::from(Part::from(at))
    }
}

impl From<Part> for Selection<'_> {
    /// Selects the labeled layer or block of a network by its label, whichever side the network is.
    fn from(part: Part) -> Self {
        Self { part: Some(part.clone()), ..Self::labels([part.label()]) }
    }
}

impl<const N: usize> From<[&str; N]> for Selection<'_> {
    /// Selects by [`labels`](Self::labels).
    fn from(labels: [&str; N]) -> Self {
        Self::labels(labels)
    }
}

impl From<Vec<String>> for Selection<'_> {
    /// Selects by [`labels`](Self::labels).
    fn from(labels: Vec<String>) -> Self {
        Self::labels(labels)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Selection<'_> {
    /// Selects by pairs of names, there and here: [`renamed`](Self::renamed).
    fn from(names: [(&str, &str); N]) -> Self {
        Self::renamed(names)
    }
}

/// Reports which tensors a model took, and which it did not. `Display` shows it as up to three lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Taken {
    /// The tensors that were taken, in the order of the model.
    pub tensors: Vec<TakenTensor>,
    /// The names of the model's tensors that kept their values.
    pub kept: Vec<String>,
    /// The names of the other side's tensors that were not used.
    pub unused: Vec<String>,
    /// Those of the kept tensors whose names the other side has too, but with other sides.
    pub mismatched: Vec<Mismatched>,
    /// The count of numbers that were taken.
    pub numbers: usize,
    /// The count of numbers of the whole model: parameters and running statistics.
    pub of_numbers: usize,
}

/// A tensor that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenTensor {
    /// The name here, in the model.
    pub name: String,
    /// The name there, in the other model or the file.
    pub from: String,
}

/// A tensor that has other sides there than here, and so was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mismatched {
    /// The name on both sides.
    pub name: String,
    /// The sides there, in the other model or the file.
    pub found: Vec<usize>,
    /// The sides here, in the model.
    pub expected: Vec<usize>,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let taken = self.tensors.iter().map(|TakenTensor { name, from }| {
            if name == from { name.clone() } else { format!("{name} (there {from})") }
        });
        let kept =
            self.kept.iter().map(|name| match self.mismatched.iter().find(|other| other.name == *name) {
                Some(other) => format!("{name} ({}, there {})", sides(&other.expected), sides(&other.found)),
                None => name.clone(),
            });
        let all = self.tensors.len() + self.kept.len();
        write!(
            f,
            "took {} of {all} tensors, {} of {} numbers: ",
            taken.len(),
            self.numbers,
            self.of_numbers
        )?;
        list(f, taken)?;
        if !self.kept.is_empty() {
            write!(f, "\nkept {}: ", kept.len())?;
            list(f, kept)?;
        }
        if !self.unused.is_empty() {
            write!(f, "\nnot used: ")?;
            list(f, self.unused.iter().cloned())?;
        }
        Ok(())
    }
}

/// Writes the first of some names, and how many more there are.
fn list(f: &mut impl fmt::Write, mut names: impl ExactSizeIterator<Item = String>) -> fmt::Result {
    let listed: Vec<String> = names.by_ref().take(LISTED).collect();
    f.write_str(&listed.join(", "))?;
    match names.len() {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

/// A tensor that another model or a file offers.
pub(crate) struct Offer<'a> {
    pub(crate) name: &'a str,
    pub(crate) dims: &'a [usize],
    /// True if its numbers are of a kind that a model can hold. Other programs also save counters.
    pub(crate) is_real: bool,
}

/// What is to be taken: pairs of indices of tensors, here and there; and the report.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) pairs: Vec<[usize; 2]>,
    pub(crate) taken: Taken,
}

/// A reason why nothing can be taken.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The selection itself does not fit.
    Selection(Error),
    /// A selected tensor here that is missing there, and the name that may stand for it.
    Missing { here: usize, near: Option<String> },
    /// A selected tensor that has other sides there than here.
    Sides { here: usize, there: usize },
    /// A selected tensor there that is missing here, with its name here.
    Extra { there: usize, name: String, near: Option<String> },
}

impl Problem {
    fn selection(found: impl fmt::Display, expected: impl Into<String>) -> Self {
        Self::Selection(Error::argument("layers to take", found, expected))
    }
}

/// Decides which tensors a model takes. It is compiled once instead of for each network.
///
/// `network` and `source` name this model's network and where the offers are from.
pub(crate) fn plan(
    selection: &Selection<'_>,
    [network, source]: [&str; 2],
    outline: &Outline,
    offers: &[Offer<'_>],
) -> Result<Plan, Problem> {
    check_names(&selection.rule, [network, source], outline, offers)?;
    let tensors = &outline.tensors;
    let here: HashMap<&str, usize> = tensors.iter().map(|tensor| tensor.name.as_str()).zip(0..).collect();
    let is_matching = matches!(selection.rule, Rule::Matching);
    let mut from: Vec<Option<usize>> = vec![None; tensors.len()];
    let (mut extra, mut mismatched) = (None, Vec::new());
    for (there, offer) in offers.iter().enumerate() {
        let Some(name) = selection.name_here(offer.name) else { continue };
        let Some(&index) = here.get(name.as_str()) else {
            if offer.is_real && !is_matching {
                extra.get_or_insert((there, name));
            }
            continue;
        };
        let expected = &tensors[index].dims;
        if is_matching && expected != offer.dims {
            let (found, expected) = (offer.dims.to_vec(), expected.clone());
            mismatched.push((index, Mismatched { name, found, expected }));
            continue;
        }
        if let Some(before) = from[index].replace(there) {
            let [before, after] = [before, there].map(|there| offers[there].name);
            return Err(Problem::selection(
                format!("`{before}` and `{after}`, both for `{name}`"),
                "one tensor for each",
            ));
        }
    }
    for (index, tensor) in tensors.iter().enumerate() {
        match from[index] {
            Some(there) if tensor.dims != offers[there].dims => {
                return Err(Problem::Sides { here: index, there });
            }
            None if selection.requires(&tensor.name) => {
                let unused = (0..).zip(offers).filter(|(there, _)| !from.contains(&Some(*there)));
                let near = nearest(&tensor.name, unused.map(|(_, offer)| offer.name)).map(str::to_owned);
                return Err(Problem::Missing { here: index, near });
            }
            _ => {}
        }
    }
    if let Some((there, name)) = extra {
        let free = tensors.iter().zip(&from).filter(|(_, from)| from.is_none());
        let near = nearest(&name, free.map(|(tensor, _)| tensor.name.as_str())).map(str::to_owned);
        return Err(Problem::Extra { there, name, near });
    }
    let pairs: Vec<[usize; 2]> =
        from.iter().enumerate().filter_map(|(here, there)| there.map(|there| [here, there])).collect();
    if pairs.is_empty() {
        let found = if is_matching {
            format!("no tensor of {source} with the name and the sides of one of {network}")
        } else {
            format!("no tensor of {source}")
        };
        return Err(Problem::selection(found, "at least one"));
    }
    mismatched.sort_by_key(|(index, _)| *index);
    let used: Vec<bool> = pairs.iter().fold(vec![false; offers.len()], |mut used, [_, there]| {
        used[*there] = true;
        used
    });
    let name = |index: usize| tensors[index].name.clone();
    let taken = pairs
        .iter()
        .map(|&[here, there]| TakenTensor { name: name(here), from: offers[there].name.to_owned() });
    let taken = Taken {
        tensors: taken.collect(),
        kept: (0..tensors.len()).filter(|&here| from[here].is_none()).map(name).collect(),
        unused: offers
            .iter()
            .zip(used)
            .filter(|(_, used)| !used)
            .map(|(offer, _)| offer.name.to_owned())
            .collect(),
        mismatched: mismatched.into_iter().map(|(_, mismatched)| mismatched).collect(),
        numbers: pairs.iter().map(|&[here, _]| tensors[here].len()).sum(),
        of_numbers: tensors.iter().map(Tensor::len).sum(),
    };
    Ok(Plan { pairs, taken })
}

/// Checks that each name of a selection stands for tensors, on the side where it is looked for.
fn check_names(
    rule: &Rule<'_>,
    [network, source]: [&str; 2],
    outline: &Outline,
    offers: &[Offer<'_>],
) -> Result<(), Problem> {
    let tensors: Vec<&str> = outline.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let offered: Vec<&str> = offers.iter().map(|offer| offer.name).collect();
    let (there, here): (Vec<&str>, Vec<&str>) = match rule {
        Rule::Matching | Rule::RenamedBy(_) => return Ok(()),
        Rule::Labels(labels) => (Vec::new(), labels.iter().map(String::as_str).collect()),
        Rule::Renamed(names) => names.iter().map(|(there, here)| (there.as_str(), here.as_str())).unzip(),
    };
    if here.is_empty() {
        return Err(Problem::selection("none", "the name of at least one layer, block or tensor"));
    }
    let is_whole = |name: &str| name.is_empty() && matches!(rule, Rule::Renamed(_));
    for (names, of, tensors) in [(there, source, &offered), (here, network, &tensors)] {
        for name in names {
            if is_whole(name) || !name.is_empty() && tensors.iter().any(|tensor| belongs(tensor, name)) {
                continue;
            }
            let is_empty = outline.entries.iter().any(|entry| entry.path == name);
            if is_empty && of == network {
                return Err(Problem::selection(
                    format!("`{name}`, which has no tensors"),
                    "a layer or block with numbers",
                ));
            }
            return Err(Problem::selection(
                format!("`{name}`"),
                format!("a layer, block or tensor of {of}{}", suggestion(name, tensors)),
            ));
        }
    }
    Ok(())
}

/// Returns the end of a sentence that says what a name may stand for, or which names there are.
fn suggestion(name: &str, tensors: &[&str]) -> String {
    let (mut paths, mut known) = (Vec::new(), HashSet::new());
    for tensor in tensors {
        // each part that ends before a dot, and the whole; names come from files too, and may be of any length
        let ends = tensor.match_indices('.').map(|(end, _)| end).chain([tensor.len()]);
        for end in ends.take_while(|&end| end <= LONGEST).filter(|&end| end > 0) {
            if known.insert(&tensor[..end]) {
                paths.push(&tensor[..end]);
            }
        }
    }
    if let Some(near) = nearest(name, paths.iter().copied()) {
        return format!(": did you mean `{near}`?");
    }
    let outermost: Vec<String> =
        paths.iter().filter(|path| !path.contains('.')).map(|path| format!("`{path}`")).collect();
    let mut text = String::from(": ");
    // writing to a string cannot fail
    let _ = list(&mut text, outermost.into_iter());
    text
}

/// Returns true if a tensor has a name, or lies in the layer or block of that name. The empty name is that of all.
fn belongs(tensor: &str, name: &str) -> bool {
    let rest = tensor.strip_prefix(name);
    rest.is_some_and(|rest| name.is_empty() || rest.is_empty() || rest.starts_with('.'))
}

/// Returns the end of a sentence that names what may be meant.
pub(crate) fn perhaps(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(": did you mean `{near}`?"))
}

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Takes layers from another model, for example a trained trunk for a network with another head: parameters and
    /// running statistics.
    ///
    /// The [selection](Selection) says which: a label, a list of labels, pairs of labels, or [`Selection::matching`]
    /// for all that have the same name and the same sides in both. Names of classes and scales of targets are not
    /// taken.
    ///
    /// [`load_layers`](crate::Model#method.load_layers) does the same with a file.
    ///
    /// # Examples
    /// ```
    /// use plywood::transfer::Selection;
    /// use plywood::{Model, network};
    ///
    /// network! {
    ///     Digits: Image<28, 28, 1> => Flat<10> { flatten, trunk: dense(64), relu, head: dense(10) }
    ///     Parity: Image<28, 28, 1> => Flat<2> { flatten, trunk: dense(64), relu, head: dense(2) }
    /// }
    ///
    /// let digits = Model::<Digits>::new(1);
    /// let mut parity = Model::<Parity>::new(2);
    /// let taken = parity.take_layers(&digits, Selection::matching())?;
    /// assert_eq!(taken.mismatched.len(), 2);
    /// assert_eq!(
    ///     taken.to_string(),
    ///     "took 2 of 4 tensors, 50240 of 50370 numbers: trunk.weight, trunk.bias\n\
    ///      kept 2: head.weight (64×2, there 64×10), head.bias (2, there 10)\n\
    ///      not used: head.weight, head.bias"
    /// );
    /// // with labels, what is asked for must fit
    /// parity.take_layers(&digits, "trunk")?;
    /// parity.take_layers(&digits, Parity::trunk())?;
    /// let error = parity.take_layers(&digits, "head").unwrap_err().to_string();
    /// assert_eq!(error, "tensor head.weight: found 64×10 in Digits, expected 64×2, as in Parity");
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The model stays as it was after an error.
    ///
    /// - [`Error::Argument`] for a name that stands for no tensor, for a part of a third network, and if nothing would be
    ///   taken.
    /// - [`Error::Data`] for the first selected tensor that only one of both has or that has other sides, and if the
    ///   outline of a layer gives two tensors one name.
    pub fn take_layers<'a, Old: Layer>(
        &mut self,
        from: &Model<Old, T>,
        selection: impl Into<Selection<'a>>,
    ) -> Result<Taken> {
        let selection = selection.into();
        if let Some(part) = selection.part.as_ref().filter(|part| !part.is_of::<N>() && !part.is_of::<Old>())
        {
            let expected = format!("a label of the network `{}` or `{}`", N::NAME, Old::NAME);
            return Err(Error::argument("layers to take", part.with_network(), expected));
        }
        let (outline, old) = (Outline::of::<N>(), Outline::of::<Old>());
        let Plan { pairs, taken } = plan_of_models(&selection, [N::NAME, Old::NAME], &outline, &old)?;
        for [here, there] in pairs {
            let (to, start) = (&outline.tensors[here], &old.tensors[there]);
            self.numbers_mut(to).copy_from_slice(from.numbers(start));
        }
        Ok(taken)
    }

    /// Returns the numbers of a tensor.
    pub(crate) fn numbers(&self, tensor: &Tensor) -> &[T] {
        match tensor.kind {
            Kind::Buffer => &self.buffers()[tensor.range()],
            _ => &self.params()[tensor.range()],
        }
    }

    /// Returns the numbers of a tensor, mutably.
    pub(crate) fn numbers_mut(&mut self, tensor: &Tensor) -> &mut [T] {
        match tensor.kind {
            Kind::Buffer => &mut self.buffers_mut()[tensor.range()],
            _ => &mut self.params_mut()[tensor.range()],
        }
    }
}

/// Decides which tensors a model takes from another. It is compiled once instead of for each pair of networks.
fn plan_of_models(
    selection: &Selection<'_>,
    [network, source]: [&str; 2],
    outline: &Outline,
    old: &Outline,
) -> Result<Plan> {
    for (outline, network) in [(outline, network), (old, source)] {
        if let Some(name) = outline.name_twice() {
            return Err(Error::data(
                format!("tensor {name}"),
                format!("two tensors of this name in the outline of {network}"),
                "a name of its own for each, see `Layer::outline`",
            ));
        }
    }
    let offers =
        old.tensors.iter().map(|tensor| Offer { name: &tensor.name, dims: &tensor.dims, is_real: true });
    let offers: Vec<Offer<'_>> = offers.collect();
    plan(selection, [network, source], outline, &offers).map_err(|problem| match problem {
        Problem::Selection(error) => error,
        Problem::Missing { here, near } => {
            let Tensor { name, dims, .. } = &outline.tensors[here];
            let found = format!("none in {source}{}", instead(near.as_deref(), name));
            Error::data(format!("tensor {name}"), found, format!("{}, as in {network}", sides(dims)))
        }
        Problem::Sides { here, there } => {
            let Tensor { name, dims, .. } = &outline.tensors[here];
            let found =
                format!("{} in {source}{}", sides(offers[there].dims), renamed(offers[there].name, name));
            Error::data(format!("tensor {name}"), found, format!("{}, as in {network}", sides(dims)))
        }
        Problem::Extra { there, name, near } => {
            let found =
                format!("{} in {source}{}", sides(offers[there].dims), renamed(offers[there].name, &name));
            let expected = format!("none of that name in {network}{}", perhaps(near.as_deref()));
            Error::data(format!("tensor {name}"), found, expected)
        }
    })
}

/// Returns what is there in place of a tensor that is missing.
pub(crate) fn instead(near: Option<&str>, name: &str) -> String {
    match near {
        None => String::new(),
        Some(near) if near == name => " among the tensors that are selected".to_owned(),
        Some(near) => format!(", but `{near}`"),
    }
}

/// Returns the name of a tensor there, if it has another one here.
pub(crate) fn renamed(there: &str, here: &str) -> String {
    if there == here { String::new() } else { format!(" (`{there}`)") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::Dense;

    #[test]
    fn a_name_without_end_is_an_error_like_any_other() {
        let outline = Outline::of::<(Dense<2, 3>, Dense<3, 1>)>();
        for long in [".".repeat(1 << 20), "a.".repeat(1 << 19), "a".repeat(1 << 20)] {
            let offers = [Offer { name: &long, dims: &[2, 3], is_real: true }];
            let problem =
                |selection| plan(&selection, ["Net", "the file"], &outline, &offers).expect_err("misfit");
            assert!(matches!(
                problem(Selection::from([("trunk", "dense1")])),
                Problem::Selection(Error::Argument { .. })
            ));
            assert!(matches!(problem(Selection::from("dense1")), Problem::Missing { here: 0, near: None }));
            let same = Selection::renamed_by(|name| Some(name.to_owned()));
            assert!(matches!(problem(same), Problem::Extra { there: 0, near: None, .. }));
        }
    }
    #[test]
    fn a_part_of_a_third_network_is_refused() {
        type Old = (Dense<2, 3>, Dense<3, 4>);
        type New = (Dense<2, 3>, Dense<3, 1>);
        let (old, mut new) = (Model::<Old>::new(1), Model::<New>::new(2));
        for part in [Part::new::<Old>("dense1", 0, 0..9), Part::new::<New>("dense1", 0, 0..9)] {
            assert_eq!(new.take_layers(&old, part).expect("a layer").tensors.len(), 2);
        }
        let third = Part::new::<Dense<2, 3>>("dense1", 0, 0..9);
        let error = new.take_layers(&old, third).expect_err("a third network").to_string();
        assert!(error.starts_with("layers to take: found `dense1` of the network `"), "{error}");
    }
}
