plywood::network! {
    Net: Flat<4> => Flat<2> {
        blk: residual { dense(9) },
        relu,
        fc: dense(2),
    }
}

fn main() {
    let model = plywood::Model::<Net>::new(1);
    let _ = (model.layer(Net::blk()), model.layer(Net::fc()).weight());
}
