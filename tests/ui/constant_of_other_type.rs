const BIAS: usize = 1;
const KERNEL: u32 = 3;

plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> { conv(8, kernel = 3, bias = BIAS), global_avg_pool }
    Other: Image<8, 8, 1> => Flat<8> { conv(8, kernel = KERNEL), global_avg_pool }
}

fn main() {}
