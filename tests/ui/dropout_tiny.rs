plywood::network! {
    Net: Flat<784> => Flat<10> {
        dropout(0.0005),
        dense(20), leaky_relu(0.0002),
        batch_norm(momentum = 0.00005),
        dense(10),
    }
}

fn main() {}
