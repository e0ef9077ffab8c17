//! Provides well-known networks, ready to use and to read.
//!
//! ```
//! use plywood::zoo::{LeNet5, ResNet20};
//! use plywood::{Layer, Model, summary};
//!
//! assert_eq!(LeNet5::PARAMS, 61_706);
//! println!("{}", summary::<ResNet20>());
//! let model = Model::<LeNet5>::new(1);
//! let scores: [f32; 10] = model.infer(&[[[0.0]; 28]; 28]);
//! # let _ = scores;
//! ```
//!
//! A network is its declaration: you may copy the source of this module and change it.

use crate::network;

network! {
    /// `LeNet-5` as it is trained today: rectified units and max pooling in place of the scaled tanh and averages of
    /// `LeCun` et al. 1998.
    pub LeNet5: Image<28, 28, 1> => Flat<10> {
        conv1: conv(6, kernel = 5, pad = 2), relu, max_pool(2),
        conv2: conv(16, kernel = 5), relu, max_pool(2),
        flatten,
        fc1: dense(120), relu,
        fc2: dense(84), relu,
        fc3: dense(10),
    }

    /// ResNet-20 for CIFAR-10 (He et al. 2015, section 4.2, with projection shortcuts), with the activation after the
    /// sum.
    pub ResNet20: Image<32, 32, 3> => Flat<10> {
        conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
        repeat(3) {
            residual {
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        residual {
            conv(32, kernel = 3, stride = 2, pad = 1, bias = false), batch_norm, relu,
            conv(32, kernel = 3, pad = 1, bias = false), batch_norm,
        } shortcut {
            conv(32, kernel = 1, stride = 2, bias = false), batch_norm,
        },
        relu,
        repeat(2) {
            residual {
                conv(32, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(32, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        residual {
            conv(64, kernel = 3, stride = 2, pad = 1, bias = false), batch_norm, relu,
            conv(64, kernel = 3, pad = 1, bias = false), batch_norm,
        } shortcut {
            conv(64, kernel = 1, stride = 2, bias = false), batch_norm,
        },
        relu,
        repeat(2) {
            residual {
                conv(64, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(64, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        global_avg_pool,
        dense(10),
    }

    /// ResNet-110 for CIFAR-10 (He et al. 2015, section 4.2), with 18 blocks in each stage.
    pub ResNet110: Image<32, 32, 3> => Flat<10> {
        conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
        repeat(18) {
            residual {
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(16, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        residual {
            conv(32, kernel = 3, stride = 2, pad = 1, bias = false), batch_norm, relu,
            conv(32, kernel = 3, pad = 1, bias = false), batch_norm,
        } shortcut {
            conv(32, kernel = 1, stride = 2, bias = false), batch_norm,
        },
        relu,
        repeat(17) {
            residual {
                conv(32, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(32, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        residual {
            conv(64, kernel = 3, stride = 2, pad = 1, bias = false), batch_norm, relu,
            conv(64, kernel = 3, pad = 1, bias = false), batch_norm,
        } shortcut {
            conv(64, kernel = 1, stride = 2, bias = false), batch_norm,
        },
        relu,
        repeat(17) {
            residual {
                conv(64, kernel = 3, pad = 1, bias = false), batch_norm, relu,
                conv(64, kernel = 3, pad = 1, bias = false), batch_norm,
            },
            relu,
        },
        global_avg_pool,
        dense(10),
    }

    /// The 1,001-layer network of He et al. 2016 (Identity mappings in deep residual networks).
    ///
    /// It has bottleneck blocks with the activation before each convolution: 111 blocks of three convolutions in each
    /// stage. During training, each block keeps only its input and recomputes the rest.
    pub ResNet1001: Image<32, 32, 3> => Flat<10> {
        conv(16, kernel = 3, pad = 1, bias = false),
        checkpoint {
            residual {
                batch_norm, relu, conv(16, kernel = 1, bias = false),
                batch_norm, relu, conv(16, kernel = 3, pad = 1, bias = false),
                batch_norm, relu, conv(64, kernel = 1, bias = false),
            } shortcut {
                conv(64, kernel = 1, bias = false),
            },
        },
        repeat(110) {
            checkpoint {
                residual {
                    batch_norm, relu, conv(16, kernel = 1, bias = false),
                    batch_norm, relu, conv(16, kernel = 3, pad = 1, bias = false),
                    batch_norm, relu, conv(64, kernel = 1, bias = false),
                },
            },
        },
        checkpoint {
            residual {
                batch_norm, relu, conv(32, kernel = 1, stride = 2, bias = false),
                batch_norm, relu, conv(32, kernel = 3, pad = 1, bias = false),
                batch_norm, relu, conv(128, kernel = 1, bias = false),
            } shortcut {
                conv(128, kernel = 1, stride = 2, bias = false),
            },
        },
        repeat(110) {
            checkpoint {
                residual {
                    batch_norm, relu, conv(32, kernel = 1, bias = false),
                    batch_norm, relu, conv(32, kernel = 3, pad = 1, bias = false),
                    batch_norm, relu, conv(128, kernel = 1, bias = false),
                },
            },
        },
        checkpoint {
            residual {
                batch_norm, relu, conv(64, kernel = 1, stride = 2, bias = false),
                batch_norm, relu, conv(64, kernel = 3, pad = 1, bias = false),
                batch_norm, relu, conv(256, kernel = 1, bias = false),
            } shortcut {
                conv(256, kernel = 1, stride = 2, bias = false),
            },
        },
        repeat(110) {
            checkpoint {
                residual {
                    batch_norm, relu, conv(64, kernel = 1, bias = false),
                    batch_norm, relu, conv(64, kernel = 3, pad = 1, bias = false),
                    batch_norm, relu, conv(256, kernel = 1, bias = false),
                },
            },
        },
        batch_norm, relu,
        global_avg_pool,
        dense(10),
    } budget { training_memory <= 2 GiB at 16 }
}
