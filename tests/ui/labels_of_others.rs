plywood::network! {
    Net: Flat<784> => Flat<10> {
        let fc1: dense(30),
        let mut fc2 = dense(20),
        self.fc3 = dense(10),
    }
}

fn main() {}
