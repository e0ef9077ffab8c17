//! Nothing that an expansion introduces meets a name of the user's: written by `macros/src/tests/hygiene.rs`.
#![allow(nonstandard_style, dead_code, unused, clippy::all)]

mod of_const {
    pub(crate) const MY_SIDE: ::core::primitive::usize = 8;
    pub(crate) const MY_CHANNELS: ::core::primitive::usize = 8;
    pub(crate) const MY_COPIES: ::core::primitive::usize = 2;
    pub(crate) const MY_TABLE: [::core::primitive::usize; 3] = [2, 0, 1];
    pub(crate) const Adapt: () = ();
    pub(crate) const Add: () = ();
    pub(crate) const AvgPool2d: () = ();
    pub(crate) const Axis: () = ();
    pub(crate) const BUFFERS: () = ();
    pub(crate) const Backward: () = ();
    pub(crate) const BatchNorm: () = ();
    pub(crate) const COST: () = ();
    pub(crate) const Checkpoint: () = ();
    pub(crate) const Clone: () = ();
    pub(crate) const Concat: () = ();
    pub(crate) const Conv2d: () = ();
    pub(crate) const ConvTranspose2d: () = ();
    pub(crate) const Copy: () = ();
    pub(crate) const Cost: () = ();
    pub(crate) const Debug: () = ();
    pub(crate) const Declared: () = ();
    pub(crate) const Dense: () = ();
    pub(crate) const Difference: () = ();
    pub(crate) const Dropout: () = ();
    pub(crate) const Elu: () = ();
    pub(crate) const FLOPS: () = ();
    pub(crate) const FUSION: () = ();
    pub(crate) const First: () = ();
    pub(crate) const Flat: () = ();
    pub(crate) const Flatten: () = ();
    pub(crate) const Formatter: () = ();
    pub(crate) const Forward: () = ();
    pub(crate) const Fusion: () = ();
    pub(crate) const Gelu: () = ();
    pub(crate) const GlobalAvgPool: () = ();
    pub(crate) const GroupNorm: () = ();
    pub(crate) const Handle: () = ();
    pub(crate) const HardSigmoid: () = ();
    pub(crate) const HardSwish: () = ();
    pub(crate) const HardTanh: () = ();
    pub(crate) const Heads: () = ();
    pub(crate) const INPUTS: () = ();
    pub(crate) const Identity: () = ();
    pub(crate) const Image: () = ();
    pub(crate) const In: () = ();
    pub(crate) const Infer: () = ();
    pub(crate) const Init: () = ();
    pub(crate) const Join: () = ();
    pub(crate) const L2Normalize: () = ();
    pub(crate) const LABELS: () = ();
    pub(crate) const LEN: () = ();
    pub(crate) const Labeled: () = ();
    pub(crate) const Labels: () = ();
    pub(crate) const LargeAxis: () = ();
    pub(crate) const Layer: () = ();
    pub(crate) const LayerNorm: () = ();
    pub(crate) const Layers: () = ();
    pub(crate) const LeakyRelu: () = ();
    pub(crate) const MEMORY: () = ();
    pub(crate) const MaxPool2d: () = ();
    pub(crate) const Memory: () = ();
    pub(crate) const Multiply: () = ();
    pub(crate) const NAME: () = ();
    pub(crate) const NamedLayer: () = ();
    pub(crate) const Network: () = ();
    pub(crate) const Out: () = ();
    pub(crate) const PARAMS: () = ();
    pub(crate) const Pair: () = ();
    pub(crate) const PairShape: () = ();
    pub(crate) const Pairwise: () = ();
    pub(crate) const Pass: () = ();
    pub(crate) const Reflect: () = ();
    pub(crate) const Relu: () = ();
    pub(crate) const Repeat: () = ();
    pub(crate) const Replicate: () = ();
    pub(crate) const Reshape: () = ();
    pub(crate) const Residual: () = ();
    pub(crate) const Result: () = ();
    pub(crate) const Scalar: () = ();
    pub(crate) const Scale: () = ();
    pub(crate) const Second: () = ();
    pub(crate) const Select: () = ();
    pub(crate) const Shape: () = ();
    pub(crate) const Shared: () = ();
    pub(crate) const Sigmoid: () = ();
    pub(crate) const Silu: () = ();
    pub(crate) const Softplus: () = ();
    pub(crate) const SpatialDropout: () = ();
    pub(crate) const Table: () = ();
    pub(crate) const Tanh: () = ();
    pub(crate) const Upsample: () = ();
    pub(crate) const Visitor: () = ();
    pub(crate) const Workspace: () = ();
    pub(crate) const Zero: () = ();
    pub(crate) const absorb: () = ();
    pub(crate) const all_but_training: () = ();
    pub(crate) const allow: () = ();
    pub(crate) const backward: () = ();
    pub(crate) const cfg: () = ();
    pub(crate) const clear: () = ();
    pub(crate) const clone: () = ();
    pub(crate) const core: () = ();
    pub(crate) const countable: () = ();
    pub(crate) const dead_code: () = ();
    pub(crate) const delegate_layer: () = ();
    pub(crate) const deprecated: () = ();
    pub(crate) const derive: () = ();
    pub(crate) const divides: () = ();
    pub(crate) const dividing_groups: () = ();
    pub(crate) const doc: () = ();
    pub(crate) const entries: () = ();
    pub(crate) const equally_many: () = ();
    pub(crate) const expansion: () = ();
    pub(crate) const expr: () = ();
    pub(crate) const f: () = ();
    pub(crate) const fitting_kernel: () = ();
    pub(crate) const fitting_side: () = ();
    pub(crate) const flops: () = ();
    pub(crate) const fmt: () = ();
    pub(crate) const fold: () = ();
    pub(crate) const forward: () = ();
    pub(crate) const has_variance: () = ();
    pub(crate) const hidden: () = ();
    pub(crate) const infer: () = ();
    pub(crate) const init: () = ();
    pub(crate) const inline: () = ();
    pub(crate) const input: () = ();
    pub(crate) const kept: () = ();
    pub(crate) const layer: () = ();
    pub(crate) const layers: () = ();
    pub(crate) const marker: () = ();
    pub(crate) const memory: () = ();
    pub(crate) const must_use: () = ();
    pub(crate) const name: () = ();
    pub(crate) const network: () = ();
    pub(crate) const new: () = ();
    pub(crate) const non_upper_case_globals: () = ();
    pub(crate) const other: () = ();
    pub(crate) const outline: () = ();
    pub(crate) const output: () = ();
    pub(crate) const params: () = ();
    pub(crate) const plywood: () = ();
    pub(crate) const primitive: () = ();
    pub(crate) const proof: () = ();
    pub(crate) const reflects: () = ();
    pub(crate) const rounded_up: () = ();
    pub(crate) const rust_analyzer: () = ();
    pub(crate) const same: () = ();
    pub(crate) const shape: () = ();
    pub(crate) const size: () = ();
    pub(crate) const state: () = ();
    pub(crate) const str: () = ();
    pub(crate) const table: () = ();
    pub(crate) const the_size_1: () = ();
    pub(crate) const the_size_14: () = ();
    pub(crate) const the_size_15: () = ();
    pub(crate) const the_size_4: () = ();
    pub(crate) const trained: () = ();
    pub(crate) const training_memory: () = ();
    pub(crate) const transposed: () = ();
    pub(crate) const transposed_output: () = ();
    pub(crate) const ty: () = ();
    pub(crate) const unexpected_cfgs: () = ();
    pub(crate) const unreachable_pub: () = ();
    pub(crate) const unused_braces: () = ();
    pub(crate) const unused_imports: () = ();
    pub(crate) const unused_parens: () = ();
    pub(crate) const unused_qualifications: () = ();
    pub(crate) const usable: () = ();
    pub(crate) const usize: () = ();
    pub(crate) const window: () = ();
    pub(crate) const window_output: () = ();
    pub(crate) const write_str: () = ();

    ::plywood::network! {
    /// Has everything.
    pub MyNet: Image<MY_SIDE, 8, 3> => Flat<4> {
        my_conv: conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm, relu,
        conv(MY_CHANNELS, kernel = 3, pad = same, mode = reflect, groups = 2), group_norm(2), leaky_relu,
        max_pool(2, edge = ceil), elu, spatial_dropout(0.1), conv_transpose(4, kernel = 3, stride = 2), silu,
        select(MY_TABLE), avg_pool(2), upsample({ MY_CHANNELS / 4 }), hard_swish, layer_norm, l2_normalize, gelu,
        my_block: residual { conv(4, kernel = 1), tanh } shortcut { conv(4, kernel = 1) }, scale,
        repeat(MY_COPIES) { checkpoint { residual { conv(4, kernel = 1), softplus } } },
        concat { identity } { conv(2, kernel = 1) } { conv(MY_CHANNELS, kernel = 1), sigmoid },
        global_avg_pool, reshape(2, 7, 1), flatten, dropout(0.5),
        my_last: dense(6), hard_tanh, MyInner, my_inner: MyInner, hard_sigmoid, dense(4),
    }
    budget { params <= 100_000, flops <= 10_000_000, memory <= 1 MiB, training_memory <= 1 GiB at 32 }

    pub MyInner: Flat<6> => Flat<6> { dense(MY_SIDE), relu, dense(6) }

    /// Has pairs of shapes.
    pub MyPairs: (Image<MY_SIDE, 8, 3>, (Flat<4>, Flat<MY_SIDE>)) => (Flat<2>, Flat<2>) {
        pairwise { my_part: global_avg_pool } { dense(3) } { dense(3) }, tanh,
        pairwise { dense(6) } { join },
        multiply, heads { dense(2) } { MyGives }, pairwise { identity } { shared { dense(2) }, difference },
        relu, shared { dense(2) }, MyKeeps, pairwise { identity } { relu },
    }
    pub MyGives: Flat<6> => (Flat<3>, Flat<3>) { heads { dense(3) } { dense(3) } }
    pub MyKeeps: (Flat<2>, Flat<2>) => (Flat<2>, Flat<2>) { add, heads { identity } { identity } }

    /// Has parameters.
    MyWide<const MY_H: usize, const MY_W: usize>: Flat<MY_H> => Flat<MY_W> { my_first: dense(MY_H), dense(MY_W) }
    budget { params <= 100_000 }
}
}

mod of_static {
    pub(crate) const MY_SIDE: ::core::primitive::usize = 8;
    pub(crate) const MY_CHANNELS: ::core::primitive::usize = 8;
    pub(crate) const MY_COPIES: ::core::primitive::usize = 2;
    pub(crate) const MY_TABLE: [::core::primitive::usize; 3] = [2, 0, 1];
    pub(crate) static Adapt: () = ();
    pub(crate) static Add: () = ();
    pub(crate) static AvgPool2d: () = ();
    pub(crate) static Axis: () = ();
    pub(crate) static BUFFERS: () = ();
    pub(crate) static Backward: () = ();
    pub(crate) static BatchNorm: () = ();
    pub(crate) static COST: () = ();
    pub(crate) static Checkpoint: () = ();
    pub(crate) static Clone: () = ();
    pub(crate) static Concat: () = ();
    pub(crate) static Conv2d: () = ();
    pub(crate) static ConvTranspose2d: () = ();
    pub(crate) static Copy: () = ();
    pub(crate) static Cost: () = ();
    pub(crate) static Debug: () = ();
    pub(crate) static Declared: () = ();
    pub(crate) static Dense: () = ();
    pub(crate) static Difference: () = ();
    pub(crate) static Dropout: () = ();
    pub(crate) static Elu: () = ();
    pub(crate) static FLOPS: () = ();
    pub(crate) static FUSION: () = ();
    pub(crate) static First: () = ();
    pub(crate) static Flat: () = ();
    pub(crate) static Flatten: () = ();
    pub(crate) static Formatter: () = ();
    pub(crate) static Forward: () = ();
    pub(crate) static Fusion: () = ();
    pub(crate) static Gelu: () = ();
    pub(crate) static GlobalAvgPool: () = ();
    pub(crate) static GroupNorm: () = ();
    pub(crate) static Handle: () = ();
    pub(crate) static HardSigmoid: () = ();
    pub(crate) static HardSwish: () = ();
    pub(crate) static HardTanh: () = ();
    pub(crate) static Heads: () = ();
    pub(crate) static INPUTS: () = ();
    pub(crate) static Identity: () = ();
    pub(crate) static Image: () = ();
    pub(crate) static In: () = ();
    pub(crate) static Infer: () = ();
    pub(crate) static Init: () = ();
    pub(crate) static Join: () = ();
    pub(crate) static L2Normalize: () = ();
    pub(crate) static LABELS: () = ();
    pub(crate) static LEN: () = ();
    pub(crate) static Labeled: () = ();
    pub(crate) static Labels: () = ();
    pub(crate) static LargeAxis: () = ();
    pub(crate) static Layer: () = ();
    pub(crate) static LayerNorm: () = ();
    pub(crate) static Layers: () = ();
    pub(crate) static LeakyRelu: () = ();
    pub(crate) static MEMORY: () = ();
    pub(crate) static MaxPool2d: () = ();
    pub(crate) static Memory: () = ();
    pub(crate) static Multiply: () = ();
    pub(crate) static NAME: () = ();
    pub(crate) static NamedLayer: () = ();
    pub(crate) static Network: () = ();
    pub(crate) static Out: () = ();
    pub(crate) static PARAMS: () = ();
    pub(crate) static Pair: () = ();
    pub(crate) static PairShape: () = ();
    pub(crate) static Pairwise: () = ();
    pub(crate) static Pass: () = ();
    pub(crate) static Reflect: () = ();
    pub(crate) static Relu: () = ();
    pub(crate) static Repeat: () = ();
    pub(crate) static Replicate: () = ();
    pub(crate) static Reshape: () = ();
    pub(crate) static Residual: () = ();
    pub(crate) static Result: () = ();
    pub(crate) static Scalar: () = ();
    pub(crate) static Scale: () = ();
    pub(crate) static Second: () = ();
    pub(crate) static Select: () = ();
    pub(crate) static Shape: () = ();
    pub(crate) static Shared: () = ();
    pub(crate) static Sigmoid: () = ();
    pub(crate) static Silu: () = ();
    pub(crate) static Softplus: () = ();
    pub(crate) static SpatialDropout: () = ();
    pub(crate) static Table: () = ();
    pub(crate) static Tanh: () = ();
    pub(crate) static Upsample: () = ();
    pub(crate) static Visitor: () = ();
    pub(crate) static Workspace: () = ();
    pub(crate) static Zero: () = ();
    pub(crate) static absorb: () = ();
    pub(crate) static all_but_training: () = ();
    pub(crate) static allow: () = ();
    pub(crate) static backward: () = ();
    pub(crate) static cfg: () = ();
    pub(crate) static clear: () = ();
    pub(crate) static clone: () = ();
    pub(crate) static core: () = ();
    pub(crate) static countable: () = ();
    pub(crate) static dead_code: () = ();
    pub(crate) static delegate_layer: () = ();
    pub(crate) static deprecated: () = ();
    pub(crate) static derive: () = ();
    pub(crate) static divides: () = ();
    pub(crate) static dividing_groups: () = ();
    pub(crate) static doc: () = ();
    pub(crate) static entries: () = ();
    pub(crate) static equally_many: () = ();
    pub(crate) static expansion: () = ();
    pub(crate) static expr: () = ();
    pub(crate) static f: () = ();
    pub(crate) static fitting_kernel: () = ();
    pub(crate) static fitting_side: () = ();
    pub(crate) static flops: () = ();
    pub(crate) static fmt: () = ();
    pub(crate) static fold: () = ();
    pub(crate) static forward: () = ();
    pub(crate) static has_variance: () = ();
    pub(crate) static hidden: () = ();
    pub(crate) static infer: () = ();
    pub(crate) static init: () = ();
    pub(crate) static inline: () = ();
    pub(crate) static input: () = ();
    pub(crate) static kept: () = ();
    pub(crate) static layer: () = ();
    pub(crate) static layers: () = ();
    pub(crate) static marker: () = ();
    pub(crate) static memory: () = ();
    pub(crate) static must_use: () = ();
    pub(crate) static name: () = ();
    pub(crate) static network: () = ();
    pub(crate) static new: () = ();
    pub(crate) static non_upper_case_globals: () = ();
    pub(crate) static other: () = ();
    pub(crate) static outline: () = ();
    pub(crate) static output: () = ();
    pub(crate) static params: () = ();
    pub(crate) static plywood: () = ();
    pub(crate) static primitive: () = ();
    pub(crate) static proof: () = ();
    pub(crate) static reflects: () = ();
    pub(crate) static rounded_up: () = ();
    pub(crate) static rust_analyzer: () = ();
    pub(crate) static same: () = ();
    pub(crate) static shape: () = ();
    pub(crate) static size: () = ();
    pub(crate) static state: () = ();
    pub(crate) static str: () = ();
    pub(crate) static table: () = ();
    pub(crate) static the_size_1: () = ();
    pub(crate) static the_size_14: () = ();
    pub(crate) static the_size_15: () = ();
    pub(crate) static the_size_4: () = ();
    pub(crate) static trained: () = ();
    pub(crate) static training_memory: () = ();
    pub(crate) static transposed: () = ();
    pub(crate) static transposed_output: () = ();
    pub(crate) static ty: () = ();
    pub(crate) static unexpected_cfgs: () = ();
    pub(crate) static unreachable_pub: () = ();
    pub(crate) static unused_braces: () = ();
    pub(crate) static unused_imports: () = ();
    pub(crate) static unused_parens: () = ();
    pub(crate) static unused_qualifications: () = ();
    pub(crate) static usable: () = ();
    pub(crate) static usize: () = ();
    pub(crate) static window: () = ();
    pub(crate) static window_output: () = ();
    pub(crate) static write_str: () = ();

    ::plywood::network! {
    /// Has everything.
    pub MyNet: Image<MY_SIDE, 8, 3> => Flat<4> {
        my_conv: conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm, relu,
        conv(MY_CHANNELS, kernel = 3, pad = same, mode = reflect, groups = 2), group_norm(2), leaky_relu,
        max_pool(2, edge = ceil), elu, spatial_dropout(0.1), conv_transpose(4, kernel = 3, stride = 2), silu,
        select(MY_TABLE), avg_pool(2), upsample({ MY_CHANNELS / 4 }), hard_swish, layer_norm, l2_normalize, gelu,
        my_block: residual { conv(4, kernel = 1), tanh } shortcut { conv(4, kernel = 1) }, scale,
        repeat(MY_COPIES) { checkpoint { residual { conv(4, kernel = 1), softplus } } },
        concat { identity } { conv(2, kernel = 1) } { conv(MY_CHANNELS, kernel = 1), sigmoid },
        global_avg_pool, reshape(2, 7, 1), flatten, dropout(0.5),
        my_last: dense(6), hard_tanh, MyInner, my_inner: MyInner, hard_sigmoid, dense(4),
    }
    budget { params <= 100_000, flops <= 10_000_000, memory <= 1 MiB, training_memory <= 1 GiB at 32 }

    pub MyInner: Flat<6> => Flat<6> { dense(MY_SIDE), relu, dense(6) }

    /// Has pairs of shapes.
    pub MyPairs: (Image<MY_SIDE, 8, 3>, (Flat<4>, Flat<MY_SIDE>)) => (Flat<2>, Flat<2>) {
        pairwise { my_part: global_avg_pool } { dense(3) } { dense(3) }, tanh,
        pairwise { dense(6) } { join },
        multiply, heads { dense(2) } { MyGives }, pairwise { identity } { shared { dense(2) }, difference },
        relu, shared { dense(2) }, MyKeeps, pairwise { identity } { relu },
    }
    pub MyGives: Flat<6> => (Flat<3>, Flat<3>) { heads { dense(3) } { dense(3) } }
    pub MyKeeps: (Flat<2>, Flat<2>) => (Flat<2>, Flat<2>) { add, heads { identity } { identity } }

    /// Has parameters.
    MyWide<const MY_H: usize, const MY_W: usize>: Flat<MY_H> => Flat<MY_W> { my_first: dense(MY_H), dense(MY_W) }
    budget { params <= 100_000 }
}
}

mod of_struct {
    pub(crate) const MY_SIDE: ::core::primitive::usize = 8;
    pub(crate) const MY_CHANNELS: ::core::primitive::usize = 8;
    pub(crate) const MY_COPIES: ::core::primitive::usize = 2;
    pub(crate) const MY_TABLE: [::core::primitive::usize; 3] = [2, 0, 1];
    pub(crate) struct Adapt;
    pub(crate) struct Add;
    pub(crate) struct AvgPool2d;
    pub(crate) struct Axis;
    pub(crate) struct BUFFERS;
    pub(crate) struct Backward;
    pub(crate) struct BatchNorm;
    pub(crate) struct COST;
    pub(crate) struct Checkpoint;
    pub(crate) struct Clone;
    pub(crate) struct Concat;
    pub(crate) struct Conv2d;
    pub(crate) struct ConvTranspose2d;
    pub(crate) struct Copy;
    pub(crate) struct Cost;
    pub(crate) struct Debug;
    pub(crate) struct Declared;
    pub(crate) struct Dense;
    pub(crate) struct Difference;
    pub(crate) struct Dropout;
    pub(crate) struct Elu;
    pub(crate) struct FLOPS;
    pub(crate) struct FUSION;
    pub(crate) struct First;
    pub(crate) struct Flat;
    pub(crate) struct Flatten;
    pub(crate) struct Formatter;
    pub(crate) struct Forward;
    pub(crate) struct Fusion;
    pub(crate) struct Gelu;
    pub(crate) struct GlobalAvgPool;
    pub(crate) struct GroupNorm;
    pub(crate) struct Handle;
    pub(crate) struct HardSigmoid;
    pub(crate) struct HardSwish;
    pub(crate) struct HardTanh;
    pub(crate) struct Heads;
    pub(crate) struct INPUTS;
    pub(crate) struct Identity;
    pub(crate) struct Image;
    pub(crate) struct In;
    pub(crate) struct Infer;
    pub(crate) struct Init;
    pub(crate) struct Join;
    pub(crate) struct L2Normalize;
    pub(crate) struct LABELS;
    pub(crate) struct LEN;
    pub(crate) struct Labeled;
    pub(crate) struct Labels;
    pub(crate) struct LargeAxis;
    pub(crate) struct Layer;
    pub(crate) struct LayerNorm;
    pub(crate) struct Layers;
    pub(crate) struct LeakyRelu;
    pub(crate) struct MEMORY;
    pub(crate) struct MaxPool2d;
    pub(crate) struct Memory;
    pub(crate) struct Multiply;
    pub(crate) struct NAME;
    pub(crate) struct NamedLayer;
    pub(crate) struct Network;
    pub(crate) struct Out;
    pub(crate) struct PARAMS;
    pub(crate) struct Pair;
    pub(crate) struct PairShape;
    pub(crate) struct Pairwise;
    pub(crate) struct Pass;
    pub(crate) struct Reflect;
    pub(crate) struct Relu;
    pub(crate) struct Repeat;
    pub(crate) struct Replicate;
    pub(crate) struct Reshape;
    pub(crate) struct Residual;
    pub(crate) struct Result;
    pub(crate) struct Scalar;
    pub(crate) struct Scale;
    pub(crate) struct Second;
    pub(crate) struct Select;
    pub(crate) struct Shape;
    pub(crate) struct Shared;
    pub(crate) struct Sigmoid;
    pub(crate) struct Silu;
    pub(crate) struct Softplus;
    pub(crate) struct SpatialDropout;
    pub(crate) struct Table;
    pub(crate) struct Tanh;
    pub(crate) struct Upsample;
    pub(crate) struct Visitor;
    pub(crate) struct Workspace;
    pub(crate) struct Zero;
    pub(crate) struct absorb;
    pub(crate) struct all_but_training;
    pub(crate) struct allow;
    pub(crate) struct backward;
    pub(crate) struct cfg;
    pub(crate) struct clear;
    pub(crate) struct clone;
    pub(crate) struct core;
    pub(crate) struct countable;
    pub(crate) struct dead_code;
    pub(crate) struct delegate_layer;
    pub(crate) struct deprecated;
    pub(crate) struct derive;
    pub(crate) struct divides;
    pub(crate) struct dividing_groups;
    pub(crate) struct doc;
    pub(crate) struct entries;
    pub(crate) struct equally_many;
    pub(crate) struct expansion;
    pub(crate) struct expr;
    pub(crate) struct f;
    pub(crate) struct fitting_kernel;
    pub(crate) struct fitting_side;
    pub(crate) struct flops;
    pub(crate) struct fmt;
    pub(crate) struct fold;
    pub(crate) struct forward;
    pub(crate) struct has_variance;
    pub(crate) struct hidden;
    pub(crate) struct infer;
    pub(crate) struct init;
    pub(crate) struct inline;
    pub(crate) struct input;
    pub(crate) struct kept;
    pub(crate) struct layer;
    pub(crate) struct layers;
    pub(crate) struct marker;
    pub(crate) struct memory;
    pub(crate) struct must_use;
    pub(crate) struct name;
    pub(crate) struct network;
    pub(crate) struct new;
    pub(crate) struct non_upper_case_globals;
    pub(crate) struct other;
    pub(crate) struct outline;
    pub(crate) struct output;
    pub(crate) struct params;
    pub(crate) struct plywood;
    pub(crate) struct primitive;
    pub(crate) struct proof;
    pub(crate) struct reflects;
    pub(crate) struct rounded_up;
    pub(crate) struct rust_analyzer;
    pub(crate) struct same;
    pub(crate) struct shape;
    pub(crate) struct size;
    pub(crate) struct state;
    pub(crate) struct str;
    pub(crate) struct table;
    pub(crate) struct the_size_1;
    pub(crate) struct the_size_14;
    pub(crate) struct the_size_15;
    pub(crate) struct the_size_4;
    pub(crate) struct trained;
    pub(crate) struct training_memory;
    pub(crate) struct transposed;
    pub(crate) struct transposed_output;
    pub(crate) struct ty;
    pub(crate) struct unexpected_cfgs;
    pub(crate) struct unreachable_pub;
    pub(crate) struct unused_braces;
    pub(crate) struct unused_imports;
    pub(crate) struct unused_parens;
    pub(crate) struct unused_qualifications;
    pub(crate) struct usable;
    pub(crate) struct usize;
    pub(crate) struct window;
    pub(crate) struct window_output;
    pub(crate) struct write_str;

    ::plywood::network! {
    /// Has everything.
    pub MyNet: Image<MY_SIDE, 8, 3> => Flat<4> {
        my_conv: conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm, relu,
        conv(MY_CHANNELS, kernel = 3, pad = same, mode = reflect, groups = 2), group_norm(2), leaky_relu,
        max_pool(2, edge = ceil), elu, spatial_dropout(0.1), conv_transpose(4, kernel = 3, stride = 2), silu,
        select(MY_TABLE), avg_pool(2), upsample({ MY_CHANNELS / 4 }), hard_swish, layer_norm, l2_normalize, gelu,
        my_block: residual { conv(4, kernel = 1), tanh } shortcut { conv(4, kernel = 1) }, scale,
        repeat(MY_COPIES) { checkpoint { residual { conv(4, kernel = 1), softplus } } },
        concat { identity } { conv(2, kernel = 1) } { conv(MY_CHANNELS, kernel = 1), sigmoid },
        global_avg_pool, reshape(2, 7, 1), flatten, dropout(0.5),
        my_last: dense(6), hard_tanh, MyInner, my_inner: MyInner, hard_sigmoid, dense(4),
    }
    budget { params <= 100_000, flops <= 10_000_000, memory <= 1 MiB, training_memory <= 1 GiB at 32 }

    pub MyInner: Flat<6> => Flat<6> { dense(MY_SIDE), relu, dense(6) }

    /// Has pairs of shapes.
    pub MyPairs: (Image<MY_SIDE, 8, 3>, (Flat<4>, Flat<MY_SIDE>)) => (Flat<2>, Flat<2>) {
        pairwise { my_part: global_avg_pool } { dense(3) } { dense(3) }, tanh,
        pairwise { dense(6) } { join },
        multiply, heads { dense(2) } { MyGives }, pairwise { identity } { shared { dense(2) }, difference },
        relu, shared { dense(2) }, MyKeeps, pairwise { identity } { relu },
    }
    pub MyGives: Flat<6> => (Flat<3>, Flat<3>) { heads { dense(3) } { dense(3) } }
    pub MyKeeps: (Flat<2>, Flat<2>) => (Flat<2>, Flat<2>) { add, heads { identity } { identity } }

    /// Has parameters.
    MyWide<const MY_H: usize, const MY_W: usize>: Flat<MY_H> => Flat<MY_W> { my_first: dense(MY_H), dense(MY_W) }
    budget { params <= 100_000 }
}
}

mod of_network {
    pub(crate) const MY_SIDE: ::core::primitive::usize = 8;
    pub(crate) const MY_CHANNELS: ::core::primitive::usize = 8;
    pub(crate) const MY_COPIES: ::core::primitive::usize = 2;
    pub(crate) const MY_TABLE: [::core::primitive::usize; 3] = [2, 0, 1];

    ::plywood::network! {
    /// Has everything.
    pub MyNet: Image<MY_SIDE, 8, 3> => Flat<4> {
        my_conv: conv(8, kernel = (3, 5), stride = (2, 1), pad = (1, 2), mode = replicate, bias = false),
        batch_norm, relu,
        conv(MY_CHANNELS, kernel = 3, pad = same, mode = reflect, groups = 2), group_norm(2), leaky_relu,
        max_pool(2, edge = ceil), elu, spatial_dropout(0.1), conv_transpose(4, kernel = 3, stride = 2), silu,
        select(MY_TABLE), avg_pool(2), upsample({ MY_CHANNELS / 4 }), hard_swish, layer_norm, l2_normalize, gelu,
        my_block: residual { conv(4, kernel = 1), tanh } shortcut { conv(4, kernel = 1) }, scale,
        repeat(MY_COPIES) { checkpoint { residual { conv(4, kernel = 1), softplus } } },
        concat { identity } { conv(2, kernel = 1) } { conv(MY_CHANNELS, kernel = 1), sigmoid },
        global_avg_pool, reshape(2, 7, 1), flatten, dropout(0.5),
        my_last: dense(6), hard_tanh, MyInner, my_inner: MyInner, hard_sigmoid, dense(4),
    }
    budget { params <= 100_000, flops <= 10_000_000, memory <= 1 MiB, training_memory <= 1 GiB at 32 }

    pub MyInner: Flat<6> => Flat<6> { dense(MY_SIDE), relu, dense(6) }

    /// Has pairs of shapes.
    pub MyPairs: (Image<MY_SIDE, 8, 3>, (Flat<4>, Flat<MY_SIDE>)) => (Flat<2>, Flat<2>) {
        pairwise { my_part: global_avg_pool } { dense(3) } { dense(3) }, tanh,
        pairwise { dense(6) } { join },
        multiply, heads { dense(2) } { MyGives }, pairwise { identity } { shared { dense(2) }, difference },
        relu, shared { dense(2) }, MyKeeps, pairwise { identity } { relu },
    }
    pub MyGives: Flat<6> => (Flat<3>, Flat<3>) { heads { dense(3) } { dense(3) } }
    pub MyKeeps: (Flat<2>, Flat<2>) => (Flat<2>, Flat<2>) { add, heads { identity } { identity } }

    /// Has parameters.
    MyWide<const MY_H: usize, const MY_W: usize>: Flat<MY_H> => Flat<MY_W> { my_first: dense(MY_H), dense(MY_W) }
    budget { params <= 100_000 }

    pub Adapt: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Add: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub AvgPool2d: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Axis: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub BUFFERS: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Backward: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub BatchNorm: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub COST: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Checkpoint: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Clone: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Concat: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Conv2d: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub ConvTranspose2d: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Copy: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Cost: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Debug: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Declared: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Dense: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Difference: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Dropout: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Elu: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub FLOPS: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub FUSION: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub First: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Flat: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Flatten: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Formatter: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Forward: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Fusion: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Gelu: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub GlobalAvgPool: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub GroupNorm: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Handle: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub HardSigmoid: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub HardSwish: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub HardTanh: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Heads: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub INPUTS: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Identity: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Image: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub In: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Infer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Init: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Join: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub L2Normalize: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub LABELS: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub LEN: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Labeled: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Labels: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub LargeAxis: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Layer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub LayerNorm: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Layers: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub LeakyRelu: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub MEMORY: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub MaxPool2d: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Memory: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Multiply: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub NAME: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub NamedLayer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Network: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Out: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub PARAMS: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Pair: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub PairShape: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Pairwise: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Pass: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Reflect: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Relu: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Repeat: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Replicate: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Reshape: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Residual: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Result: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Scalar: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Scale: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Second: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Select: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Shape: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Shared: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Sigmoid: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Silu: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Softplus: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub SpatialDropout: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Table: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Tanh: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Upsample: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Visitor: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Workspace: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub Zero: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub absorb: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub all_but_training: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub allow: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub backward: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub cfg: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub clear: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub clone: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub core: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub countable: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub dead_code: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub delegate_layer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub deprecated: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub derive: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub divides: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub dividing_groups: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub doc: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub entries: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub equally_many: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub expansion: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub expr: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub f: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub fitting_kernel: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub fitting_side: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub flops: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub fmt: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub fold: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub forward: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub has_variance: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub hidden: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub infer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub init: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub inline: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub input: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub kept: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub layer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub layers: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub marker: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub memory: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub must_use: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub name: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub network: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub new: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub non_upper_case_globals: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub other: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub outline: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub output: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub params: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub plywood: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub primitive: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub proof: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub reflects: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub rounded_up: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub rust_analyzer: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub same: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub shape: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub size: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub state: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub str: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub table: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub the_size_1: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub the_size_14: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub the_size_15: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub the_size_4: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub trained: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub training_memory: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub transposed: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub transposed_output: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub ty: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unexpected_cfgs: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unreachable_pub: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unused_braces: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unused_imports: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unused_parens: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub unused_qualifications: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub usable: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub usize: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub window: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub window_output: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    pub write_str: Flat<4> => Flat<2> { my_first: dense(3), relu, dense(2) }
    }
}

mod of_parameter {
    ::plywood::network! {
        MyNet<
            const Adapt: usize,
            const Add: usize,
            const AvgPool2d: usize,
            const Axis: usize,
            const BUFFERS: usize,
            const Backward: usize,
            const BatchNorm: usize,
            const COST: usize,
            const Checkpoint: usize,
            const Clone: usize,
            const Concat: usize,
            const Conv2d: usize,
            const ConvTranspose2d: usize,
            const Copy: usize,
            const Cost: usize,
            const Debug: usize,
            const Declared: usize,
            const Dense: usize,
            const Difference: usize,
            const Dropout: usize,
            const Elu: usize,
            const FLOPS: usize,
            const FUSION: usize,
            const First: usize,
            const Flat: usize,
            const Flatten: usize,
            const Formatter: usize,
            const Forward: usize,
            const Fusion: usize,
            const Gelu: usize,
            const GlobalAvgPool: usize,
            const GroupNorm: usize,
            const Handle: usize,
            const HardSigmoid: usize,
            const HardSwish: usize,
            const HardTanh: usize,
            const Heads: usize,
            const INPUTS: usize,
            const Identity: usize,
            const Image: usize,
            const In: usize,
            const Infer: usize,
            const Init: usize,
            const Join: usize,
            const L2Normalize: usize,
            const LABELS: usize,
            const LEN: usize,
            const Labeled: usize,
            const Labels: usize,
            const LargeAxis: usize,
            const Layer: usize,
            const LayerNorm: usize,
            const Layers: usize,
            const LeakyRelu: usize,
            const MEMORY: usize,
            const MaxPool2d: usize,
            const Memory: usize,
            const Multiply: usize,
            const NAME: usize,
            const NamedLayer: usize,
            const Network: usize,
            const Out: usize,
            const PARAMS: usize,
            const Pair: usize,
            const PairShape: usize,
            const Pairwise: usize,
            const Pass: usize,
            const Reflect: usize,
            const Relu: usize,
            const Repeat: usize,
            const Replicate: usize,
            const Reshape: usize,
            const Residual: usize,
            const Result: usize,
            const Scalar: usize,
            const Scale: usize,
            const Second: usize,
            const Select: usize,
            const Shape: usize,
            const Shared: usize,
            const Sigmoid: usize,
            const Silu: usize,
            const Softplus: usize,
            const SpatialDropout: usize,
            const Table: usize,
            const Tanh: usize,
            const Upsample: usize,
            const Visitor: usize,
            const Workspace: usize,
            const Zero: usize,
            const absorb: usize,
            const all_but_training: usize,
            const allow: usize,
            const backward: usize,
            const cfg: usize,
            const clear: usize,
            const clone: usize,
            const core: usize,
            const countable: usize,
            const dead_code: usize,
            const delegate_layer: usize,
            const deprecated: usize,
            const derive: usize,
            const divides: usize,
            const dividing_groups: usize,
            const doc: usize,
            const entries: usize,
            const equally_many: usize,
            const expansion: usize,
            const expr: usize,
            const f: usize,
            const fitting_kernel: usize,
            const fitting_side: usize,
            const flops: usize,
            const fmt: usize,
            const fold: usize,
            const forward: usize,
            const has_variance: usize,
            const hidden: usize,
            const infer: usize,
            const init: usize,
            const inline: usize,
            const input: usize,
            const kept: usize,
            const layer: usize,
            const layers: usize,
            const marker: usize,
            const memory: usize,
            const must_use: usize,
            const name: usize,
            const network: usize,
            const new: usize,
            const non_upper_case_globals: usize,
            const other: usize,
            const outline: usize,
            const output: usize,
            const params: usize,
            const plywood: usize,
            const primitive: usize,
            const proof: usize,
            const reflects: usize,
            const rounded_up: usize,
            const rust_analyzer: usize,
            const same: usize,
            const shape: usize,
            const size: usize,
            const state: usize,
            const str: usize,
            const table: usize,
            const the_size_1: usize,
            const the_size_14: usize,
            const the_size_15: usize,
            const the_size_4: usize,
            const trained: usize,
            const training_memory: usize,
            const transposed: usize,
            const transposed_output: usize,
            const ty: usize,
            const unexpected_cfgs: usize,
            const unreachable_pub: usize,
            const unused_braces: usize,
            const unused_imports: usize,
            const unused_parens: usize,
            const unused_qualifications: usize,
            const usable: usize,
            const usize: usize,
            const window: usize,
            const window_output: usize,
            const write_str: usize,
        >: Flat<4> => Flat<2> {
            dense(Adapt), dense(Add), dense(AvgPool2d), dense(Axis), dense(BUFFERS), dense(Backward), dense(BatchNorm), dense(COST), dense(Checkpoint), dense(Clone), dense(Concat), dense(Conv2d), dense(ConvTranspose2d), dense(Copy), dense(Cost), dense(Debug), dense(Declared), dense(Dense), dense(Difference), dense(Dropout), dense(Elu), dense(FLOPS), dense(FUSION), dense(First), dense(Flat), dense(Flatten), dense(Formatter), dense(Forward), dense(Fusion), dense(Gelu), dense(GlobalAvgPool), dense(GroupNorm), dense(Handle), dense(HardSigmoid), dense(HardSwish), dense(HardTanh), dense(Heads), dense(INPUTS), dense(Identity), dense(Image), dense(In), dense(Infer), dense(Init), dense(Join), dense(L2Normalize), dense(LABELS), dense(LEN), dense(Labeled), dense(Labels), dense(LargeAxis), dense(Layer), dense(LayerNorm), dense(Layers), dense(LeakyRelu), dense(MEMORY), dense(MaxPool2d), dense(Memory), dense(Multiply), dense(NAME), dense(NamedLayer), dense(Network), dense(Out), dense(PARAMS), dense(Pair), dense(PairShape), dense(Pairwise), dense(Pass), dense(Reflect), dense(Relu), dense(Repeat), dense(Replicate), dense(Reshape), dense(Residual), dense(Result), dense(Scalar), dense(Scale), dense(Second), dense(Select), dense(Shape), dense(Shared), dense(Sigmoid), dense(Silu), dense(Softplus), dense(SpatialDropout), dense(Table), dense(Tanh), dense(Upsample), dense(Visitor), dense(Workspace), dense(Zero), dense(absorb), dense(all_but_training), dense(allow), dense(backward), dense(cfg), dense(clear), dense(clone), dense(core), dense(countable), dense(dead_code), dense(delegate_layer), dense(deprecated), dense(derive), dense(divides), dense(dividing_groups), dense(doc), dense(entries), dense(equally_many), dense(expansion), dense(expr), dense(f), dense(fitting_kernel), dense(fitting_side), dense(flops), dense(fmt), dense(fold), dense(forward), dense(has_variance), dense(hidden), dense(infer), dense(init), dense(inline), dense(input), dense(kept), dense(layer), dense(layers), dense(marker), dense(memory), dense(must_use), dense(name), dense(network), dense(new), dense(non_upper_case_globals), dense(other), dense(outline), dense(output), dense(params), dense(plywood), dense(primitive), dense(proof), dense(reflects), dense(rounded_up), dense(rust_analyzer), dense(same), dense(shape), dense(size), dense(state), dense(str), dense(table), dense(the_size_1), dense(the_size_14), dense(the_size_15), dense(the_size_4), dense(trained), dense(training_memory), dense(transposed), dense(transposed_output), dense(ty), dense(unexpected_cfgs), dense(unreachable_pub), dense(unused_braces), dense(unused_imports), dense(unused_parens), dense(unused_qualifications), dense(usable), dense(usize), dense(window), dense(window_output), dense(write_str), dense(2)
        }
    }
}

mod of_label {
    ::plywood::network! {
        MyNet: Flat<4> => Flat<2> {
            Adapt: dense(2),
            Add: dense(2),
            AvgPool2d: dense(2),
            Axis: dense(2),
            Backward: dense(2),
            BatchNorm: dense(2),
            Checkpoint: dense(2),
            Clone: dense(2),
            Concat: dense(2),
            Conv2d: dense(2),
            ConvTranspose2d: dense(2),
            Copy: dense(2),
            Cost: dense(2),
            Debug: dense(2),
            Declared: dense(2),
            Dense: dense(2),
            Difference: dense(2),
            Dropout: dense(2),
            Elu: dense(2),
            First: dense(2),
            Flat: dense(2),
            Flatten: dense(2),
            Formatter: dense(2),
            Forward: dense(2),
            Fusion: dense(2),
            Gelu: dense(2),
            GlobalAvgPool: dense(2),
            GroupNorm: dense(2),
            Handle: dense(2),
            HardSigmoid: dense(2),
            HardSwish: dense(2),
            HardTanh: dense(2),
            Heads: dense(2),
            INPUTS: dense(2),
            Identity: dense(2),
            Image: dense(2),
            In: dense(2),
            Infer: dense(2),
            Init: dense(2),
            Join: dense(2),
            L2Normalize: dense(2),
            LEN: dense(2),
            Labeled: dense(2),
            Labels: dense(2),
            LargeAxis: dense(2),
            Layer: dense(2),
            LayerNorm: dense(2),
            Layers: dense(2),
            LeakyRelu: dense(2),
            MaxPool2d: dense(2),
            Memory: dense(2),
            Multiply: dense(2),
            NamedLayer: dense(2),
            Network: dense(2),
            Out: dense(2),
            Pair: dense(2),
            PairShape: dense(2),
            Pairwise: dense(2),
            Pass: dense(2),
            Reflect: dense(2),
            Relu: dense(2),
            Repeat: dense(2),
            Replicate: dense(2),
            Reshape: dense(2),
            Residual: dense(2),
            Result: dense(2),
            Scalar: dense(2),
            Scale: dense(2),
            Second: dense(2),
            Select: dense(2),
            Shape: dense(2),
            Shared: dense(2),
            Sigmoid: dense(2),
            Silu: dense(2),
            Softplus: dense(2),
            SpatialDropout: dense(2),
            Table: dense(2),
            Tanh: dense(2),
            Upsample: dense(2),
            Visitor: dense(2),
            Workspace: dense(2),
            Zero: dense(2),
            all_but_training: dense(2),
            allow: dense(2),
            cfg: dense(2),
            core: dense(2),
            countable: dense(2),
            dead_code: dense(2),
            delegate_layer: dense(2),
            deprecated: dense(2),
            derive: dense(2),
            divides: dense(2),
            dividing_groups: dense(2),
            doc: dense(2),
            entries: dense(2),
            equally_many: dense(2),
            expansion: dense(2),
            expr: dense(2),
            f: dense(2),
            fitting_kernel: dense(2),
            fitting_side: dense(2),
            flops: dense(2),
            has_variance: dense(2),
            hidden: dense(2),
            inline: dense(2),
            input: dense(2),
            kept: dense(2),
            layer: dense(2),
            layers: dense(2),
            marker: dense(2),
            memory: dense(2),
            must_use: dense(2),
            name: dense(2),
            network: dense(2),
            non_upper_case_globals: dense(2),
            other: dense(2),
            output: dense(2),
            params: dense(2),
            plywood: dense(2),
            primitive: dense(2),
            proof: dense(2),
            reflects: dense(2),
            rounded_up: dense(2),
            rust_analyzer: dense(2),
            same: dense(2),
            shape: dense(2),
            size: dense(2),
            state: dense(2),
            str: dense(2),
            table: dense(2),
            the_size_1: dense(2),
            the_size_14: dense(2),
            the_size_15: dense(2),
            the_size_4: dense(2),
            trained: dense(2),
            transposed: dense(2),
            transposed_output: dense(2),
            ty: dense(2),
            unexpected_cfgs: dense(2),
            unreachable_pub: dense(2),
            unused_braces: dense(2),
            unused_imports: dense(2),
            unused_parens: dense(2),
            unused_qualifications: dense(2),
            usable: dense(2),
            usize: dense(2),
            window: dense(2),
            window_output: dense(2),
            write_str: dense(2),
            dense(2)
        }
    }
}

fn main() {}
