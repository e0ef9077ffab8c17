//! Maps names of other libraries to those of this one, and lists layers of theirs that are missing here.

use crate::report::Mend;

/// Returns a word without capitals and joining signs: `MaxPooling2D` and `max_pooling_2d` are the same.
fn letters(word: &str) -> String {
    word.to_lowercase().replace('_', "")
}

/// Returns the keyword of a layer by another library's name: `Linear` and `linear` are `dense`.
pub(crate) fn layer(word: &str) -> Option<&'static str> {
    let found = match &*letters(word) {
        "linear" | "fc" | "fullyconnected" | "affine" | "denselayer" => "dense",
        "conv2d" | "convolution" | "convolution2d" => "conv",
        "convtranspose2d" | "conv2dtranspose" | "deconv" | "deconvolution" | "convtranspose" => {
            "conv_transpose"
        }
        "maxpool" | "maxpool2d" | "maxpooling2d" | "maxpooling" => "max_pool",
        "avgpool" | "avgpool2d" | "averagepooling2d" | "averagepool" | "meanpool" | "avgpooling" => {
            "avg_pool"
        }
        "globalaveragepool"
        | "globalaveragepooling2d"
        | "globalavgpool2d"
        | "globalmeanpool"
        | "adaptiveavgpool2d"
        | "adaptivemeanpool"
        | "avgpoolglobal" => "global_avg_pool",
        "globalmaxpooling2d" | "globalmaxpool2d" | "adaptivemaxpool2d" | "adaptivemaxpool"
        | "maxpoolglobal" => "global_max_pool",
        "batchnorm" | "batchnorm1d" | "batchnorm2d" | "batchnormalization" | "bn" => "batch_norm",
        "layernormalization" => "layer_norm",
        "groupnormalization" => "group_norm",
        "l2norm" | "l2normalization" | "normalize" | "unitnorm" | "unitnormalization" => "l2_normalize",
        "swish" => "silu",
        "logistic" => "sigmoid",
        "hardsilu" => "hard_swish",
        "lrelu" => "leaky_relu",
        "dropout1d" => "dropout",
        "dropout2d" | "spatialdropout2d" | "featuredropout" => "spatial_dropout",
        "upsampling2d" | "upsample2d" | "upsamplenearest" | "upsamplingnearest2d" | "interpolate" => {
            "upsample"
        }
        "view" | "unflatten" => "reshape",
        "flattenlayer" | "flatten2d" => "flatten",
        "noop" | "passthrough" => "identity",
        "skip" | "resblock" | "residualblock" | "skipconnection" => "residual",
        "parallel" | "branches" | "concatenate" => "concat",
        "addition" => "add",
        "subtract" | "subtraction" | "sub" => "difference",
        "mul" | "product" | "multiplication" => "multiply",
        "siamese" => "shared",
        _ => return None,
    };
    Some(found)
}

/// Returns the layers that do the work of a pool with a given output size, where that is not 1.
pub(crate) fn adaptive(word: &str) -> Option<&'static str> {
    match &*letters(word) {
        "adaptiveavgpool2d" | "adaptivemeanpool" => {
            Some("it is `avg_pool` with the kernel that gives that side")
        }
        "adaptivemaxpool2d" | "adaptivemaxpool" => {
            Some("it is `max_pool` with the kernel that gives that side")
        }
        _ => None,
    }
}

/// Returns the option with this name in another library.
pub(crate) fn option(word: &str) -> Option<&'static str> {
    match word {
        "units" | "features" | "out_features" | "size" | "neurons" => Some("outputs"),
        "filters" | "out_channels" | "features_out" | "nout" => Some("channels"),
        "kernel_size" | "window" | "pool_size" => Some("kernel"),
        "strides" | "step" => Some("stride"),
        "padding" => Some("pad"),
        "padding_mode" => Some("mode"),
        "use_bias" => Some("bias"),
        "dilation_rate" => Some("dilation"),
        "num_groups" => Some("groups"),
        "epsilon" => Some("eps"),
        "mom" => Some("momentum"),
        "rate" | "prob" | "probability" => Some("p"),
        "negative_slope" | "alpha" => Some("slope"),
        "slope" => Some("alpha"),
        "scale" | "scale_factor" => Some("factor"),
        _ => None,
    }
}

/// Returns the limit of a budget with this name in another library.
pub(crate) fn limit(word: &str) -> Option<&'static str> {
    match word {
        "parameters" | "weights" | "param_count" => Some("params"),
        "operations" | "ops" => Some("flops"),
        "mem" | "ram" | "bytes" => Some("memory"),
        _ => None,
    }
}

/// Returns the word of this library that one of another library may mean: `Padding::Same`, `"SAME"`, `SamePad()`.
pub(crate) fn meant_by(found: &str) -> String {
    let bare = found.trim_matches('"').trim_end_matches("()");
    let last = bare.rsplit([':', '.']).next().unwrap_or(bare).to_lowercase();
    match &*last {
        "zeros" | "constant" => "zero".to_owned(),
        "edge" | "nearest" => "replicate".to_owned(),
        last => last.trim_end_matches("pad").to_owned(),
    }
}

/// Returns help for a layer of other libraries that plywood lacks.
#[allow(clippy::too_many_lines, reason = "a table")]
pub(crate) fn absent(word: &str) -> Option<String> {
    let write = |keyword: &str, why: &str| format!("{}, {why}", Mend::Write(keyword));
    let note = |text: &str| format!("\nnote: {text}");
    let found = match &*word.to_lowercase().replace('_', "") {
        "softmax" | "logsoftmax" | "logsoftmax2d" | "softmax2d" | "softmin" => format!(
            "{}{}",
            Mend::Remove,
            note(
                "the loss `SoftmaxCrossEntropy` takes scores, and `plywood::softmax` makes them probabilities"
            )
        ),
        "crossentropyloss" | "crossentropy" | "nllloss" | "mseloss" | "bceloss" | "bcewithlogitsloss"
        | "l1loss" | "smoothl1loss" | "huberloss" => {
            format!(
                "{}{}",
                Mend::Remove,
                note("a loss is no layer: `Trainer::loss` takes one of `plywood::loss`")
            )
        }
        "sequential" | "chain" | "seq" | "modulelist" => {
            note("layers are written one after the other: `dense(20), relu`")
        }
        "activation" => note("an activation is a layer by its own name: `relu`, `tanh`, …"),
        "input" | "inputlayer" => {
            note("what a network takes is declared before its layers: `Name: Flat<IN> => Flat<OUT> { … }`")
        }
        "lstm" | "gru" | "rnn" | "simplernn" | "bilstm" | "lstmcell" | "grucell" | "rnncell"
        | "bidirectional" | "convlstm2d" | "timedistributed" => note(
            "there are no recurrent layers; a sequence of LENGTH steps is an `Image<LENGTH, 1, CHANNELS>`, over which \
             `conv` moves a kernel of `(STEPS, 1)`",
        ),
        "attention"
        | "selfattention"
        | "multiheadattention"
        | "additiveattention"
        | "mha"
        | "transformer"
        | "transformerencoder"
        | "transformerdecoder"
        | "transformerencoderlayer"
        | "transformerdecoderlayer" => {
            note("there is no attention; `dense` sees all of its input at once, `conv` a neighborhood")
        }
        "embedding" | "embed" | "embeddingbag" => note(
            "there are no layers of indices; a word given as a vector with a single 1 finds its row in \
             `dense(n, bias = false)`",
        ),
        "positionalencoding" | "positionembedding" => {
            note("there is no encoding of positions; it can be part of the data, as further channels")
        }
        "conv1d"
        | "convolution1d"
        | "maxpool1d"
        | "maxpooling1d"
        | "avgpool1d"
        | "averagepooling1d"
        | "convtranspose1d"
        | "conv1dtranspose"
        | "globalaveragepooling1d"
        | "globalmaxpooling1d" => note(
            "a sequence is an `Image<LENGTH, 1, CHANNELS>`, and its layers are those of images: \
             `conv(8, kernel = (3, 1))`, `max_pool((2, 1))`",
        ),
        "conv3d" | "convolution3d" | "maxpool3d" | "maxpooling3d" | "avgpool3d" | "averagepooling3d"
        | "batchnorm3d" | "convtranspose3d" | "dropout3d" => {
            note("there are no 3-D layers; slices can be the channels of an image")
        }
        "depthwiseconv2d" | "depthwiseconv" | "depthwiseconv2" => note(
            "it is a convolution with a group for each channel: `conv(CHANNELS, kernel = 3, groups = CHANNELS)`",
        ),
        "separableconv2d" => {
            note("it is two convolutions: `conv(IN, kernel = 3, groups = IN), conv(OUT, kernel = 1)`")
        }
        "bilinear" | "maxout" | "glu" | "swiglu" | "geglu" => note(
            "there is no layer that multiplies numbers of its input; one of your own is named by its type",
        ),
        "prelu" | "rrelu" => write("leaky_relu", "whose slope is given and not trained"),
        "selu" | "celu" => write("elu", "which is the nearest"),
        "mish" => write("silu", "which is the nearest"),
        "relu6" | "threshold" | "thresholdedrelu" => write("relu", "which is the nearest"),
        "softsign" | "tanhshrink" => write("tanh", "which is the nearest"),
        "logsigmoid" => note("the loss `BinaryCrossEntropy` takes scores, without a sigmoid before it"),
        "instancenorm" | "instancenorm2d" | "instancenormalization" => {
            note("it is a group norm with a group for each channel: `group_norm(CHANNELS)`")
        }
        "rmsnorm" | "rmsnormalization" => write("layer_norm", "which is the nearest"),
        "localresponsenorm" | "lrn" | "lrnorm" => write("batch_norm", "which has taken its place"),
        "spectralnorm" | "weightnorm" => note(
            "weights are not normalized; numbers between layers are, by `batch_norm`, `layer_norm` or `group_norm`",
        ),
        "alphadropout" => note("the nearest is `dropout(p)`"),
        "gaussiannoise" | "gaussiandropout" => {
            note("noise is added to data, by `plywood::augment`; within a network there is `dropout(p)`")
        }
        "rescaling" | "normalization" => note("data is scaled before the network, by `plywood::preprocess`"),
        "randomflip" | "randomcrop" | "randomrotation" | "randomzoom" => {
            note("data is varied before the network, by `plywood::augment`")
        }
        "zeropadding2d" | "zeropad2d" | "reflectionpad2d" | "replicationpad2d" | "constantpad2d" => {
            note("padding belongs to the layer after it: `conv(8, kernel = 3, pad = 1, mode = reflect)`")
        }
        "dot" => note("`multiply` multiplies both parts of a pair number by number"),
        "pixelshuffle" | "depthtospace" => note("what enlarges images is `upsample` and `conv_transpose`"),
        "permute" | "transpose" => {
            note("an image is `Image<HEIGHT, WIDTH, CHANNELS>`; `reshape` keeps the order")
        }
        "lambda" | "wrappedfunction" => note("a layer of your own is a type: `MyLayer<64>`"),
        _ => return None,
    };
    Some(found)
}
