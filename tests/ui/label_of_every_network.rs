use plywood::Network;

plywood::network! {
    Net: Flat<8> => Flat<4> {
        summary: dense(8), relu,
        new: dense(4),
    }
}

fn main() {
    println!("{}", Net::summary());
}
