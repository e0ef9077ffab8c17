//! `network!`, as it is called.

#[doc = include_str!("../docs/network.md")]
#[macro_export]
macro_rules! network {
    ($($networks:tt)*) => {
        // the calling crate may know this one by another name: `$crate` is right for all
        $crate::declare_networks! { [$crate::expansion] $($networks)* }
    };
}
