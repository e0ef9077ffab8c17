//! Networks that take or give several things: all blocks of pairs, and outputs for all losses of pairs.

plywood::network! {
    /// A picture and a row of a table; scores, and a class for each pixel.
    pub(crate) Two: (Image<6, 6, 2>, Flat<4>) => (Flat<5>, Image<3, 3, 2>) {
        pairwise {
            conv(4, kernel = 3, pad = same), batch_norm, relu, max_pool(2),
        } {
            dense(18), tanh, reshape(3, 3, 2),
        },
        dropout(0.2), join, batch_norm,
        heads { global_avg_pool, dense(5) } { conv(2, kernel = 3, pad = same) },
    }
    /// The vectors of two pictures.
    pub(crate) Siamese: (Image<8, 8, 1>, Image<8, 8, 1>) => (Flat<4>, Flat<4>) {
        shared { conv(4, kernel = 3, pad = same), batch_norm, relu, max_pool(2), dropout(0.2), flatten, dense(4) },
    }
    /// The vectors of an anchor, a positive and a negative.
    pub(crate) Anchored: (Flat<6>, Flat<6>, Flat<6>) => (Flat<3>, Flat<3>, Flat<3>) {
        pairwise { dense(8), tanh, dense(3) } { shared { dense(8), tanh, dense(3) } },
    }
    /// One of two in each way that there is.
    pub(crate) Merged: Flat<12> => Flat<3> {
        heads { dense(8), relu } { dense(8) }, add,
        heads { dense(8) } { identity }, multiply,
        heads { dense(8), sigmoid } { checkpoint { dense(8), tanh } }, difference,
        heads { dense(4) } { residual { dense(8), relu } }, relu, join,
        dense(3),
    }
}
