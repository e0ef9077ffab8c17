use plywood::{Network, network};

network! { Net: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let _ = Net::new();
}
