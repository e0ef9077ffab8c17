//! Formats numbers for people.

/// Formats a number with three digits: `0.0123`, `2.30`, `125`; far from 1 with an exponent, `1.00e-7`.
pub(crate) fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        size @ 1e-4..1e6 => {
            let digits = (2.0 - size.log10().floor()).max(0.0) as usize;
            format!("{x:.digits$}")
        }
        _ if x.is_finite() => format!("{x:.2e}"),
        _ => x.to_string(),
    }
}

/// Formats a share in percent: `8.2 %`, small ones with two digits, `0.04 %`.
pub(crate) fn percent(share: f64) -> String {
    match 100.0 * share {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => format!("{percent:.2} %"),
        percent => format!("{percent:.1} %"),
    }
}

/// Formats a time: `0.31 s`, `25 s`, `3 min 05 s`, `2 h 07 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        0..10 => format!("{seconds:.2} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let numbers = [0.0, 0.012_345, 2.304_2, 125.4, 99_999.0, 1e-7, f64::NAN].map(number);
        assert_eq!(numbers, ["0", "0.0123", "2.30", "125", "99999", "1.00e-7", "NaN"]);
        assert_eq!([0.0, 0.000_4, 0.001, 0.082].map(percent), ["0 %", "0.04 %", "0.1 %", "8.2 %"]);
        assert_eq!(
            [0.314, 25.2, 185.0, 7650.0].map(duration),
            ["0.31 s", "25 s", "3 min 05 s", "2 h 07 min"]
        );
    }
}
