plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> {
        conv(2, 3, pad = Same),
        conv(2, 3, pad = "SAME"),
        conv(2, 3, pad = Padding::Same, mode = PaddingMode::Reflect),
        conv(2, 3, pad = same, bias = False),
        max_pool(2, edge = Ceil),
        flatten,
        dense(8, "relu"),
        dense(8, activation = "tanh"),
        dense(8, activation = nn.ReLU()),
        dense(8, activation = "softmax"),
    }
}

fn main() {}
