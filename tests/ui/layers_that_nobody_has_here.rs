plywood::network! {
    Recurrent: Flat<8> => Flat<8> { LSTM(8) }
    Attentive: Flat<8> => Flat<8> { nn.MultiheadAttention(8, 2) }
    Words: Flat<8> => Flat<8> { embedding(100, 8) }
    Sequence: Flat<8> => Flat<8> { Conv1D(8, 3) }
    Chained: Flat<8> => Flat<8> { nn.Sequential(nn.Linear(8, 8), nn.ReLU()) }
    Skipping: Flat<8> => Flat<8> { SkipConnection(dense(8)) }
    Padded: Image<8, 8, 1> => Image<8, 8, 1> { ZeroPadding2D(1), conv(1, 3) }
    Unheard: Flat<8> => Flat<8> { nn.Frobnicate(8) }
}

fn main() {}
