//! What a network consists of, as values: the list of its layers and of its tensors, for summaries, gradient
//! checks and files.

use std::any::TypeId;
use std::collections::HashSet;

use crate::core::visitor::{Composite, Encloses};
use crate::core::{Declared, Dims, Layer, Shape, Visitor};

/// What a tensor is for: the L2 penalty falls on weights only, a file needs the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Multiplies an input: matrices and filters.
    Weight,
    /// Is added: one for each output or channel.
    Bias,
    /// Multiplies a normalized activation.
    Scale,
    /// A running statistic: no gradient.
    Buffer,
}

/// A named window of a model's parameters (or of its buffers, for [`Kind::Buffer`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// Path of its layer and its own name: `fc1.weight`, `residual3.conv1.weight`.
    pub name: String,
    /// What it is for.
    pub kind: Kind,
    /// Sides, the last contiguous.
    pub dims: Vec<usize>,
    /// Where it begins.
    pub offset: usize,
}

impl Tensor {
    /// How many numbers it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The window.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// One layer of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path: `fc1`, `residual3.conv1`.
    pub path: String,
    /// Its keyword.
    pub name: &'static str,
    /// How deep in blocks it lies; 0 for a layer of the network itself.
    pub depth: usize,
    /// What it takes.
    pub input: Dims,
    /// What it gives.
    pub output: Dims,
    /// Trainable numbers.
    pub params: usize,
    /// Floating-point operations for one example.
    pub flops: usize,
    /// The least number of examples that a minibatch of training must have: [`Cost::min_batch`](crate::layer::Cost::min_batch).
    pub min_batch: usize,
}

/// The layers and tensors of a network in order, built by [`Layer::outline`].
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// The layers; blocks stand before the layers that they consist of.
    pub entries: Vec<Entry>,
    /// The tensors.
    pub tensors: Vec<Tensor>,
    path: Vec<String>,
    /// The open blocks, from the network itself to the innermost.
    blocks: Vec<Block>,
    label: Option<&'static str>,
    /// The number of the branch that the next layer is.
    branch: Option<usize>,
    /// What the outline is of.
    root: Option<TypeId>,
    params: usize,
    buffers: usize,
}

/// A block whose layers are being added.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// Number of its last layer, from 1.
    number: usize,
    /// The copy of its layers that is being added, from 1, where they are repeated.
    copy: Option<usize>,
}

impl Outline {
    /// Returns the outline of a layer or network.
    #[must_use]
    pub fn of<L: Layer>() -> Self {
        Self::within_root::<L>(TypeId::of::<L>())
    }

    /// Returns the outline of a layer as it is in that of a network.
    pub(crate) fn within_root<L: Layer>(root: TypeId) -> Self {
        let mut outline = Self { blocks: vec![Block::default()], root: Some(root), ..Self::default() };
        L::outline(&mut outline);
        outline
    }

    /// Adds the tensors of a layer with these numbers of parameters and buffers. It is compiled once, not for each layer.
    fn describe(&mut self, path: &str, [params, buffers]: [usize; 2], tensors: &[(&str, Kind, &[usize])]) {
        for &(name, kind, dims) in tensors {
            self.tensor(format!("{path}.{name}"), kind, dims);
        }
        let described = |buffers| {
            let of = tensors.iter().filter(|(_, kind, _)| (*kind == Kind::Buffer) == buffers);
            of.map(|(.., dims)| dims.iter().product::<usize>()).sum::<usize>()
        };
        for (kind, has, described) in
            [(Kind::Bias, params, described(false)), (Kind::Buffer, buffers, described(true))]
        {
            assert!(described <= has, "{path}: {described} numbers are described, but there are {has}");
            if described < has {
                self.tensor(format!("{path}.rest"), kind, &[has - described]);
            }
        }
    }

    /// Adds a tensor behind those that are there.
    fn tensor(&mut self, name: String, kind: Kind, dims: &[usize]) {
        let end = if kind == Kind::Buffer { &mut self.buffers } else { &mut self.params };
        let tensor = Tensor { name, kind, dims: dims.to_vec(), offset: *end };
        *end += tensor.len();
        self.tensors.push(tensor);
    }

    fn enter<L: Layer>(&mut self) -> String {
        self.add_entry(Entry {
            path: String::new(),
            name: L::NAME,
            depth: self.path.len(),
            input: <L::In as Shape>::DIMS,
            output: <L::Out as Shape>::DIMS,
            params: L::PARAMS,
            flops: L::FLOPS,
            min_batch: L::MIN_BATCH,
        })
    }

    /// Adds a layer by the path that it gets: compiled once, and not for each layer.
    fn add_entry(&mut self, mut entry: Entry) -> String {
        let block = self.blocks.last_mut().map_or_else(Block::default, |block| {
            block.number += 1;
            *block
        });
        let own = match (self.label.take(), block.copy) {
            // `Net1` as layer 2 is not `Net` as layer 12
            (None, _) if entry.name.ends_with(|letter: char| letter.is_ascii_digit()) => {
                format!("{}_{}", entry.name, block.number)
            }
            (None, _) => format!("{}{}", entry.name, block.number),
            (Some(label), None) => label.to_owned(),
            (Some(label), Some(copy)) => format!("{label}.{copy}"),
        };
        let path = match self.path.last() {
            Some(block) => format!("{block}.{own}"),
            None => own,
        };
        entry.path.clone_from(&path);
        self.entries.push(entry);
        path
    }

    /// Adds the layer that `inside` adds: under the name of a branch, if it is one.
    fn add(&mut self, inside: impl FnOnce(&mut Self)) {
        match self.branch.take() {
            Some(number) => self.within(&format!("branch{number}"), inside),
            None => inside(self),
        }
    }

    /// Returns the first tensor whose name another one has already, which a file could not hold.
    ///
    /// A network declared with `network!` has none; the [`outline`](Layer::outline) of a layer of one's own may describe
    /// two tensors of one name.
    #[must_use]
    pub fn name_twice(&self) -> Option<&str> {
        let mut names = HashSet::new();
        self.tensors.iter().map(|tensor| &*tensor.name).find(|name| !names.insert(*name))
    }

    /// Returns the first of the innermost layers that need the largest minibatch in training, if any needs more than one
    /// example. Reads the layers themselves, so that it holds for blocks that say nothing of
    /// [`MIN_BATCH`](crate::layer::Cost::min_batch).
    ///
    /// ```
    /// use plywood::layers::{BatchNorm, Dense};
    /// use plywood::{Flat, Outline};
    ///
    /// let outline = Outline::of::<(Dense<4, 8>, BatchNorm<Flat<8>>)>();
    /// let needs = outline.needs_batch().map(|layer| (&*layer.path, layer.min_batch));
    /// assert_eq!(needs, Some(("batch_norm2", 2)));
    /// ```
    #[must_use]
    pub fn needs_batch(&self) -> Option<&Entry> {
        let most = self.entries.iter().map(|entry| entry.min_batch).max().filter(|&most| most > 1)?;
        // a block stands before the layers that it consists of
        self.entries.iter().rev().filter(|entry| entry.min_batch == most).max_by_key(|entry| entry.depth)
    }

    /// The windows of the parameters that are weights: where an L2 penalty falls.
    pub fn weights(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.tensors.iter().filter(|tensor| tensor.kind == Kind::Weight).map(Tensor::range)
    }
}

impl Visitor for Outline {
    fn leaf<L: Layer>(&mut self, tensors: &[(&str, Kind, &[usize])]) {
        self.add(|outline| {
            let path = outline.enter::<L>();
            outline.describe(&path, [L::PARAMS, L::BUFFERS], tensors);
        });
    }

    fn block<L: Layer>(&mut self, inside: impl FnOnce(&mut Self)) {
        self.add(|outline| {
            let path = outline.enter::<L>();
            outline.path.push(path);
            outline.blocks.push(Block::default());
            inside(outline);
            outline.blocks.pop();
            outline.path.pop();
        });
    }

    fn composite<L: Composite>(&mut self, inside: impl FnOnce(&mut Self)) {
        if L::OF_BRANCHES && self.branch.is_some() {
            // branches inside are numbered on
            inside(self);
        } else {
            self.block::<L>(inside);
        }
    }

    fn sequence<A: Layer, B: Layer>(&mut self)
    where
        (A, B): Layer,
    {
        self.add(|outline| {
            A::outline(outline);
            B::outline(outline);
        });
    }

    fn alias<L: Layer, F: Layer>(&mut self) {
        self.add(F::outline);
    }

    fn labeled<L: Layer, F: Layer>(&mut self, label: &'static str) {
        self.add(|outline| {
            outline.label = Some(label);
            F::outline(outline);
            outline.label = None;
        });
    }

    fn network<N: Encloses>(&mut self) {
        if self.root == Some(TypeId::of::<N>()) {
            // paths do not all begin with the network's name
            self.add(N::Inside::outline);
        } else {
            self.block::<N>(N::Inside::outline);
        }
    }

    fn within(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        let path = match self.path.last() {
            Some(block) => format!("{block}.{name}"),
            None => name.to_owned(),
        };
        self.path.push(path);
        self.blocks.push(Block::default());
        inside(self);
        self.blocks.pop();
        self.path.pop();
    }

    /// Numbers go on from copy to copy, and a label is followed by the number of its copy, as in `repeat1.fc.2.weight`, so
    /// that no two layers have one path.
    fn copies(&mut self, copies: usize, inside: impl Fn(&mut Self)) {
        for copy in 1..=copies {
            if let Some(block) = self.blocks.last_mut() {
                block.copy = Some(copy);
            }
            inside(self);
        }
        if let Some(block) = self.blocks.last_mut() {
            block.copy = None;
        }
    }

    fn branches<A: Layer, B: Layer>(&mut self) {
        let number = self.branch.take().unwrap_or(1);
        self.within(&format!("branch{number}"), A::outline);
        self.branch = Some(number + 1);
        B::outline(self);
        self.branch = None;
    }
}
