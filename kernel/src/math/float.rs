//! Defines the properties of a scalar that the functions of [`exponential`](crate::math::exponential),
//! [`logarithm`](crate::math::logarithm) and [`normal_distribution`](crate::math::normal_distribution) need: its bits
//! and its polynomials.
//!
//! The polynomials interpolate at Chebyshev nodes, computed to 40 digits; beside each is the largest relative error
//! that it adds to the result. A few more terms would not help, since rounding errs by 2⁻²⁴ and 2⁻⁵³.

use simba::scalar::RealField;

/// Access to a scalar's bits. Public only as a hidden supertrait of [`Scalar`](crate::Scalar).
pub trait Float: RealField + Copy {
    /// The polynomial (eʳ − 1 − r) / r² for |r| ≤ ½ log 2, highest power first.
    const EXPONENTIAL: &'static [Self];
    /// The polynomial (log((1 + s) / (1 − s)) / s − 2) / s² as a function of s², for (1 + s) / (1 − s) from √½ to √2.
    const LOGARITHM: &'static [Self];
    /// The polynomial Φ(−a) exp(a²/2) (1 + a/4) as a function of a / (4 + a) − ¼. Of the offsets −½, −¼ and 0, this one
    /// leaves the smallest errors at both ends, 6 units in the last place instead of 13 and 7.
    const TAIL: &'static [Self];
    /// The smallest a for which exp(−a²/2) rounds to zero, and Φ(−a) with it.
    const TAIL_END: Self;
    /// The number log 2 in two parts, the first with so few digits that its product with an exponent is exact.
    const LN_2: [Self; 2];
    /// The number from which on adding 1 changes the last digit: adding it rounds to a whole number, which remains in
    /// the lowest bits.
    const ROUNDER: Self;
    /// The smallest x for which eˣ is infinite.
    const LARGEST: Self;
    /// The number below which eˣ rounds to zero.
    const VANISHING: Self;
    /// The number below which eˣ − 1 rounds to −1, and e⁻ˣ − 1 is so large that adding 2 to it changes nothing: at this
    /// number it ends in a zero bit.
    const NEGLIGIBLE: Self;
    /// The number 1 / √(2π).
    const PEAK: Self;
    /// The number +∞.
    const INFINITE: Self;
    /// A NaN.
    const UNDEFINED: Self;
    /// The smallest normal number.
    const MIN_NORMAL: Self;
    /// A power of two that makes the smallest number normal, and its exponent.
    const RAISE: [Self; 2];

    /// Returns `self * b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// Returns 2ᵏ from k + `ROUNDER`, for k that are exponents of normal numbers.
    fn power_of_two(rounded: Self) -> Self;
    /// Returns two powers of two whose product is 2ᵏ, from k + `ROUNDER`, for k up to twice as far from 0.
    fn powers_of_two(rounded: Self) -> [Self; 2];
    /// Returns k, m and 2⁻ᵏ such that the number is 2ᵏ m and √½ ≤ m < √2, for positive normal numbers.
    fn mantissa(self) -> [Self; 3];
    /// Returns the number cut to the first half of its digits, so that its square is exact.
    fn first_half(self) -> Self;
}

macro_rules! float {
    ($float:ident, $bits:ident, $coefficients:tt) => {
        impl Float for $float {
            float!(coefficients $coefficients);
            const ROUNDER: Self = 1.5 / $float::EPSILON;
            const INFINITE: Self = $float::INFINITY;
            const UNDEFINED: Self = $float::NAN;
            const MIN_NORMAL: Self = $float::MIN_POSITIVE;

            #[inline(always)]
            fn fused(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
            #[inline(always)]
            fn power_of_two(rounded: Self) -> Self {
                const ONE: $bits = (1.0 as $float).to_bits();
                Self::from_bits((rounded.to_bits() << ($float::MANTISSA_DIGITS - 1)).wrapping_add(ONE))
            }
            #[inline(always)]
            fn powers_of_two(rounded: Self) -> [Self; 2] {
                const DIGITS: u32 = $float::MANTISSA_DIGITS - 1;
                const BIAS: $bits = ($float::MAX_EXP - 1) as $bits;
                let sum = rounded.to_bits().wrapping_sub(Self::ROUNDER.to_bits()).wrapping_add(2 * BIAS);
                [Self::from_bits((sum >> 1) << DIGITS), Self::from_bits((sum - (sum >> 1)) << DIGITS)]
            }
            #[inline(always)]
            fn mantissa(self) -> [Self; 3] {
                const DIGITS: u32 = $float::MANTISSA_DIGITS - 1;
                const BIAS: $bits = ($float::MAX_EXP - 1) as $bits;
                /// The number from which on numbers are 1 apart; those below the next power of two have its bits.
                const WHOLE: $float = 1.0 / $float::EPSILON;
                const LOWEST: $bits = (std::f64::consts::FRAC_1_SQRT_2 as $float).to_bits();
                let above = self.to_bits().wrapping_sub(LOWEST).wrapping_add(BIAS << DIGITS);
                let exponent = above >> DIGITS;
                let m = self.to_bits().wrapping_sub(exponent << DIGITS).wrapping_add(BIAS << DIGITS);
                let k = Self::from_bits(WHOLE.to_bits() | exponent) - (WHOLE + BIAS as $float);
                // 0 for the largest numbers, where it would be less than the smallest normal number
                let inverse = (2 * BIAS).saturating_sub(exponent) << DIGITS;
                [k, Self::from_bits(m), Self::from_bits(inverse)]
            }
            #[inline(always)]
            fn first_half(self) -> Self {
                const REST: $bits = (1 << $float::MANTISSA_DIGITS.div_ceil(2)) - 1;
                Self::from_bits(self.to_bits() & !REST)
            }
        }
    };
    (coefficients { $($item:item)* }) => { $($item)* };
}

float!(f32, u32, {
    // 2⁻²⁵·⁴ of eʳ − 1
    const EXPONENTIAL: &'static [f32] = &[0.001_392_625, 0.008_363_233, 0.041_666_552, 0.166_665_76, 0.5];
    // 2⁻²⁷·⁴
    const LOGARITHM: &'static [f32] = &[0.295_809_86, 0.399_887_6, 0.666_666_87];
    // 2⁻²⁷·⁶
    const TAIL: &'static [f32] = &[
        -0.015_672_58,
        0.047_809_783,
        -0.010_120_575,
        -0.101_771_4,
        0.071_599_826,
        0.241_927_15,
        -0.628_828_9,
        0.762_726_5,
        -0.583_332_6,
        0.295_819_3,
    ];
    const TAIL_END: f32 = 14.5;
    const PEAK: f32 = 0.398_942_3;
    // 355/512
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const LARGEST: f32 = 89.0;
    const VANISHING: f32 = -104.0;
    const NEGLIGIBLE: f32 = -18.0;
    const RAISE: [f32; 2] = [16_777_216.0, 24.0];
});

float!(f64, u64, {
    // 2⁻⁶⁰·⁸ of eʳ − 1
    const EXPONENTIAL: &'static [f64] = &[
        2.091_475_532_589_32e-9,
        2.510_531_272_962_210_3e-8,
        2.755_727_347_871_858e-7,
        2.755_725_517_000_089e-6,
        2.480_158_732_567_746e-5,
        1.984_126_987_500_228e-4,
        0.001_388_888_888_888_371_1,
        0.008_333_333_333_326_084,
        0.041_666_666_666_666_67,
        0.166_666_666_666_666_7,
        0.5,
    ];
    // 2⁻⁵⁶·⁶
    const LOGARITHM: &'static [f64] = &[
        0.146_178_071_534_173_25,
        0.153_316_117_220_550_08,
        0.181_828_924_325_368_7,
        0.222_222_110_893_794_96,
        0.285_714_286_262_538_36,
        0.399_999_999_998_988_9,
        0.666_666_666_666_667,
    ];
    // 2⁻⁵⁶·⁶
    const TAIL: &'static [f64] = &[
        -0.001_001_222_964_440_589_2,
        0.005_558_543_086_247_565,
        -0.011_081_137_378_873_606,
        0.008_441_794_924_525_972,
        -4.208_721_151_823_219_4e-4,
        -2.007_069_309_711_368e-4,
        -0.001_117_763_586_677_013_3,
        -0.003_359_874_304_063_708,
        1.968_498_740_105_901e-5,
        0.006_177_991_584_374_898,
        0.005_217_600_010_079_336,
        -0.008_119_144_536_910_79,
        -0.016_261_669_114_973_832,
        0.008_403_232_322_164_684,
        0.039_917_729_225_183_5,
        -0.011_856_878_277_156_398,
        -0.100_561_342_211_808_49,
        0.071_573_344_445_863_52,
        0.241_873_301_237_920_92,
        -0.628_825_633_094_531_2,
        0.762_727_319_875_788_9,
        -0.583_332_642_190_716,
        0.295_819_323_437_046,
    ];
    const TAIL_END: f64 = 38.7;
    const PEAK: f64 = 0.398_942_280_401_432_7;
    const LN_2: [f64; 2] = [0.693_147_180_601_954_5, -4.200_915_072_681_084_6e-11];
    const LARGEST: f64 = 710.0;
    const VANISHING: f64 = -746.0;
    const NEGLIGIBLE: f64 = -39.0;
    const RAISE: [f64; 2] = [9_007_199_254_740_992.0, 53.0];
});

/// Returns `a * b + c`, rounded once if `FUSED`. Use `FUSED` only for instruction sets with fused multiply-adds:
/// elsewhere, it is a slow call.
#[inline(always)]
pub(crate) fn multiply_add<const FUSED: bool, T: Float>(a: T, b: T, c: T) -> T {
    if FUSED { a.fused(b, c) } else { a * b + c }
}

/// Evaluates a polynomial by Horner's rule, with the coefficient of the highest power first.
#[inline(always)]
pub(crate) fn polynomial<const FUSED: bool, T: Float>(coefficients: &[T], x: T) -> T {
    let (&first, rest) = coefficients.split_first().expect("a coefficient");
    let mut sum = first;
    for &coefficient in rest {
        sum = multiply_add::<FUSED, T>(sum, x, coefficient);
    }
    sum
}
