plywood::network! {
    Net: Image<8, 8, 16> => Image<8, 8, 32> {
        concat {
            relu,
        } {
            tanh,
        } {
            flatten,
            relu,
        },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
