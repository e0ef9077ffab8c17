plywood::network! {
    Net<const C: usize>: Image<8, 8, 3> => Flat<10> { conv(C, 3), flatten, dense(10) }
    Dense<const C: usize>: Image<8, 8, 3> => Flat<10> { conv(C, 3), dense(10) }
}

fn main() {}
