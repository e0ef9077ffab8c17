//! What other libraries call things, so that their names lead to ours.

/// A word without capitals and what joins its parts: `MaxPooling2D` and `max_pooling_2d` are one.
fn letters(word: &str) -> String {
    word.to_lowercase().replace('_', "")
}

/// A layer's keyword: `Linear` and `linear` are `dense`.
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
        _ => return None,
    };
    Some(found)
}

/// What does the work of a pool whose output's sides are given, where they are not 1.
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

/// An option.
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

/// What a budget limits.
pub(crate) fn limit(word: &str) -> Option<&'static str> {
    match word {
        "parameters" | "weights" | "param_count" => Some("params"),
        "operations" | "ops" => Some("flops"),
        "mem" | "ram" | "bytes" => Some("memory"),
        _ => None,
    }
}
