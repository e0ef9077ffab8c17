//! Prints to a reader that may go away, as `head` does: `println!` would panic, and the trained model would be lost.

// an example uses one or both of these
#![allow(unused_macros)]

/// Prints a line to standard output, as `println!` does, unless its reader has gone away.
macro_rules! say {
    ($($arguments:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($arguments)*);
    }};
}

/// Prints a line to standard error, as `eprintln!` does, unless its reader has gone away.
macro_rules! say_error {
    ($($arguments:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($arguments)*);
    }};
}
