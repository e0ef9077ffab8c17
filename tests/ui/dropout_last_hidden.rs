plywood::network! {
    Repeated: Flat<8> => Flat<8> { repeat(2) { dense(8), dropout(0.5) } }
    Added: Flat<8> => Flat<8> { residual { dense(8), dropout(0.5) } }
    Shortcut: Flat<8> => Flat<8> { residual { dense(8) } shortcut { dense(8), dropout(0.5) } }
    Joined: Flat<8> => Flat<16> { concat { dense(8) } { dense(8), dropout(0.5) } }
    Checkpointed: Flat<8> => Flat<8> { checkpoint { dense(8), dropout(0.5) } }
    Nested: Flat<8> => Flat<8> { checkpoint { residual { repeat(2) { dense(8), dropout(0.5) } } } }
    Before: Image<2, 2, 2> => Flat<8> { spatial_dropout(0.5), flatten, identity, reshape(8) }
    BeforeBlock: Flat<8> => Flat<8> { dropout(0.5), checkpoint { identity } }
    BeforeBranch: Flat<8> => Flat<16> { dropout(0.5), concat { dense(8) } { identity } }
    Scaled: Flat<8> => Flat<8> { dense(8), dropout(0.5), relu, scale }
    ByPath: Flat<8> => Flat<8> { dense(8), plywood::layers::Dropout<plywood::Flat<8>, 500_000> }
}

fn main() {}
