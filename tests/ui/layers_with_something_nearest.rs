plywood::network! {
    Scores: Flat<8> => Flat<8> { dense(8), Softmax(1) }
    Probabilities: Flat<8> => Flat<8> { dense(8), nn.LogSoftmax(dim=1) }
    Trained: Flat<8> => Flat<8> { dense(8), prelu }
    Smooth: Flat<8> => Flat<8> { dense(8), nn.Mish() }
    Normed: Flat<8> => Flat<8> { RMSNorm(8), dense(8) }
    Lossy: Flat<8> => Flat<8> { dense(8), nn.CrossEntropyLoss() }
}

fn main() {}
