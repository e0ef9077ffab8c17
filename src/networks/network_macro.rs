//! Defines the macro `network!` as users call it.

#[doc = include_str!("../../docs/network.md")]
#[macro_export]
macro_rules! network {
    ($($networks:tt)*) => {
        // the calling crate may have renamed this crate; `$crate` is always right
        $crate::declare_networks! { [$crate::expansion] $($networks)* }
    };
}
