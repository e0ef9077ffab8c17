plywood::network! {
    Net: Image<8, 8, 4> => Image<8, 8, 4> {
        concat[{ conv(2, kernel = 1) }, { conv(2, kernel = 1) }],
        relu,
    }
}

fn main() {}
