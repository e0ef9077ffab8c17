//! Lists the layers and tensors of a network as values, for summaries, gradient checks and files.

use std::any::TypeId;
use std::collections::HashSet;

use crate::core::visitor::{Composite, Encloses};
use crate::core::{Declared, Dims, Layer, Shape, Visitor};

/// The purpose of a tensor. The L2 penalty applies to weights only, and files need the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A matrix or filter, which multiplies an input.
    Weight,
    /// A vector that is added, with one number for each output or channel.
    Bias,
    /// A factor that multiplies a normalized activation.
    Scale,
    /// A running statistic, which has no gradient.
    Buffer,
}

/// A named range of a model's parameters (or of its buffers, for [`Kind::Buffer`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    /// The path of its layer, followed by its own name: `fc1.weight`, `residual3.conv1.weight`.
    pub name: String,
    /// The purpose of the tensor.
    pub kind: Kind,
    /// The sides; the last is contiguous.
    pub dims: Vec<usize>,
    /// The index of its first number in the parameters or buffers.
    pub offset: usize,
}

impl Tensor {
    /// Returns the count of numbers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    /// Returns true if the tensor has no numbers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the range of the tensor in the parameters or buffers.
    #[must_use]
    pub fn range(&self) -> std::ops::Range<usize> {
        self.offset..self.offset + self.len()
    }
}

/// Formats the sides of a tensor: `5×5×6×16`.
pub(crate) fn sides(dims: &[usize]) -> String {
    let sides: Vec<_> = dims.iter().map(usize::to_string).collect();
    if sides.is_empty() { "a single number".to_owned() } else { sides.join("×") }
}

/// One layer of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path, such as `fc1` or `residual3.conv1`.
    pub path: String,
    /// The keyword of `network!`.
    pub name: &'static str,
    /// The number of blocks around the layer; 0 for a layer of the network itself.
    pub depth: usize,
    /// The input shape.
    pub input: Dims,
    /// The output shape.
    pub output: Dims,
    /// The number of trainable parameters.
    pub params: usize,
    /// The floating-point operations of a forward pass of one example.
    pub flops: usize,
    /// The smallest minibatch from which the layer learns: [`Cost::min_batch`](crate::layer::Cost::min_batch).
    pub min_batch: usize,
}

/// The layers and tensors of a network in order, built by [`Layer::outline`].
#[derive(Debug, Clone, Default)]
pub struct Outline {
    /// The layers; a block precedes the layers inside it.
    pub entries: Vec<Entry>,
    /// The tensors.
    pub tensors: Vec<Tensor>,
    path: Vec<String>,
    /// The open blocks, from the network itself to the innermost.
    blocks: Vec<Block>,
    label: Option<&'static str>,
    /// The number of the branch that the next layer begins, if it begins one.
    branch: Option<usize>,
    /// The type whose outline this is.
    root: Option<TypeId>,
    params: usize,
    buffers: usize,
}

/// A block whose layers are being added.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    /// The number of its last layer, counted from 1.
    number: usize,
    /// The number of the copy that is being added, counted from 1, if the layers are repeated.
    copy: Option<usize>,
    /// The name of the layer that the block is; empty for a part of one.
    name: &'static str,
}

impl Outline {
    /// Returns the outline of a layer or network.
    #[must_use]
    pub fn of<L: Layer>() -> Self {
        Self::within_root::<L>(TypeId::of::<L>())
    }

    /// Returns the outline of a layer as it appears in that of a network.
    pub(crate) fn within_root<L: Layer>(root: TypeId) -> Self {
        let mut outline = Self { blocks: vec![Block::default()], root: Some(root), ..Self::default() };
        L::outline(&mut outline);
        outline
    }

    /// Adds the tensors of a layer with the given numbers of parameters and buffers. It is compiled once instead of for
    /// each layer.
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

    /// Adds a tensor after the existing ones.
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

    /// Adds a layer and returns its path. It is compiled once instead of for each layer.
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

    /// Adds the layer that `inside` adds, under the name of a branch if it begins one.
    fn add(&mut self, inside: impl FnOnce(&mut Self)) {
        match self.branch.take() {
            Some(number) => self.within(&format!("branch{number}"), inside),
            None => inside(self),
        }
    }

    /// Returns the name of the first tensor that shares it with an earlier one. A file could not hold both.
    ///
    /// A network declared with `network!` has no such tensors. The [`outline`](Layer::outline) of a custom layer may
    /// describe two tensors with the same name.
    #[must_use]
    pub fn name_twice(&self) -> Option<&str> {
        let mut names = HashSet::new();
        self.tensors.iter().map(|tensor| &*tensor.name).find(|name| !names.insert(*name))
    }

    /// Returns the first of the innermost layers that need the largest minibatch in training, if any needs more than
    /// one example.
    ///
    /// It reads the layers themselves, so the result also holds for blocks that do not declare their
    /// [`min_batch`](crate::layer::Cost::min_batch).
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
        // a block precedes the layers inside it
        self.entries.iter().rev().filter(|entry| entry.min_batch == most).max_by_key(|entry| entry.depth)
    }

    /// Returns the ranges of the parameters that are weights, to which an L2 penalty applies.
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
            outline.blocks.push(Block { name: L::NAME, ..Block::default() });
            inside(outline);
            outline.blocks.pop();
            outline.path.pop();
        });
    }

    fn composite<L: Composite>(&mut self, inside: impl FnOnce(&mut Self)) {
        let around = self.blocks.last().map_or("", |block| block.name);
        if L::OF_BRANCHES && self.branch.is_some() && around == L::NAME {
            // the numbering of branches continues inside
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
            // paths need not all begin with the network's name
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

    /// Continues the numbers from copy to copy, and adds the number of the copy to a label, as in
    /// `repeat1.fc.2.weight`, so that no two layers have the same path.
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
