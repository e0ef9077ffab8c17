//! What other libraries call things, so that their names lead to ours.

/// A layer's keyword.
pub(crate) fn layer(word: &str) -> Option<&'static str> {
    match word {
        "linear" | "fc" | "fully_connected" | "affine" => Some("dense"),
        "conv2d" | "convolution" => Some("conv"),
        "conv_transpose2d" | "convtranspose2d" | "deconv" => Some("conv_transpose"),
        "maxpool" | "max_pool2d" | "maxpool2d" => Some("max_pool"),
        "avgpool" | "avg_pool2d" | "avgpool2d" | "average_pool" | "mean_pool" => Some("avg_pool"),
        "global_average_pool" => Some("global_avg_pool"),
        "batchnorm" | "batch_norm2d" | "batchnorm2d" | "bn" => Some("batch_norm"),
        "swish" => Some("silu"),
        "skip" | "res_block" | "residual_block" => Some("residual"),
        "parallel" | "branches" => Some("concat"),
        _ => None,
    }
}

/// Whether a word names a layer of other libraries that there is none of here, however near the name of one is.
pub(crate) fn is_absent(word: &str) -> bool {
    matches!(word, "celu" | "glu" | "mish" | "prelu" | "rrelu" | "selu" | "lstm" | "gru")
}

/// An option.
pub(crate) fn option(word: &str) -> Option<&'static str> {
    match word {
        "units" | "features" | "out_features" | "size" | "neurons" => Some("outputs"),
        "filters" | "out_channels" | "features_out" => Some("channels"),
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
