plywood::network! {
    Keras: Image<28, 28, 1> => Flat<10> {
        layers.Conv2D(6, (5, 5), padding="same"), ReLU,
        MaxPooling2D(2),
        BatchNormalization(),
        tf.keras.layers.Flatten(),
        model.add(Dense(10)),
    }
    PyTorch: Image<28, 28, 1> => Flat<10> {
        first: nn.Conv2d(1, 6, kernel_size=5, padding=2, bias=False), nn.BatchNorm2d(6), F.relu,
        torch.flatten(x, 1),
        nn.Linear(4704, 10),
    }
    Rust: Image<28, 28, 1> => Flat<10> {
        nn::conv2d(vs, 1, 6, 5, Default::default()),
        LeakyReLU(0.1),
        Flatten(),
        LinearConfig::new(3456, 20).init(&device),
        nn::Linear(20, 10),
        dense::<10>(),
    }
}

fn main() {}
