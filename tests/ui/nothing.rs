plywood::network! {

}

fn main() {}
