plywood::network! {
    Net: Image<4, 4, 2> => Image<4, 4, 2> {
        relu,
        spatial_dropout(0.5),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
