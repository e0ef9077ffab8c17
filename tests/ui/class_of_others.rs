plywood::network! {
    class Net(nn.Module): Flat<784> => Flat<10> { dense(10) }
    Other(Layer): Flat<784> => Flat<10> { dense(10) }
}

fn main() {}
