//! Describes how people write the ten digits: several variants of each, as pen strokes.

/// A point of the unit square in which a digit is described: x to the right, y down.
pub(super) type Point = [f32; 2];

/// One movement of the pen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stroke {
    /// Straight lines from point to point.
    Line(&'static [Point]),
    /// A smooth curve through all points.
    Curve(&'static [Point]),
    /// A smooth curve through all points and back to the first.
    Loop(&'static [Point]),
}

use Stroke::{Curve, Line, Loop};

impl Stroke {
    /// The number of steps in which the piece between two points is drawn: with 28 pixels a side, about two pixels
    /// each.
    const STEPS: u8 = 6;

    /// Calls `point` with points along the stroke that are close enough to be joined by straight lines.
    ///
    /// Curves are uniform Catmull-Rom splines (Catmull and Rom 1974).
    pub(super) fn trace(&self, mut point: impl FnMut(Point)) {
        let (Line(points) | Curve(points) | Loop(points)) = *self;
        let count = points.len();
        let pieces = if matches!(self, Loop(_)) { count } else { count - 1 };
        for piece in 0..pieces {
            let [p0, p1, p2, p3] = match self {
                Line(_) => {
                    let [a, b] = [points[piece], points[piece + 1]];
                    [reflect(b, a), a, b, reflect(a, b)]
                }
                Curve(_) => {
                    let [a, b] = [points[piece], points[piece + 1]];
                    let before = if piece == 0 { reflect(b, a) } else { points[piece - 1] };
                    let after = points.get(piece + 2).copied().unwrap_or(reflect(a, b));
                    [before, a, b, after]
                }
                Loop(_) => [count - 1, 0, 1, 2].map(|offset| points[(piece + offset) % count]),
            };
            let first = u8::from(piece > 0);
            for step in first..=Self::STEPS {
                let t = f32::from(step) / f32::from(Self::STEPS);
                point([0, 1].map(|axis| catmull_rom([p0[axis], p1[axis], p2[axis], p3[axis]], t)));
            }
        }
    }
}

/// Returns the reflection of `a` in `b`.
fn reflect(a: Point, b: Point) -> Point {
    [2.0 * b[0] - a[0], 2.0 * b[1] - a[1]]
}

/// Evaluates the spline between the second and the third of four numbers.
fn catmull_rom([p0, p1, p2, p3]: [f32; 4], t: f32) -> f32 {
    let linear = p2 - p0;
    let quadratic = 2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3;
    let cubic = 3.0 * (p1 - p2) + p3 - p0;
    p1 + 0.5 * t * (linear + t * (quadratic + t * cubic))
}

/// The variants of each digit.
pub(super) const VARIANTS: [&[&[Stroke]]; 10] = [ZERO, ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN, EIGHT, NINE];

const ZERO: &[&[Stroke]] = &[
    // a round oval
    &[Loop(&[
        [0.50, 0.00],
        [0.22, 0.14],
        [0.12, 0.50],
        [0.22, 0.86],
        [0.50, 1.00],
        [0.78, 0.86],
        [0.88, 0.50],
        [0.78, 0.14],
    ])],
    // a narrow one
    &[Loop(&[[0.52, 0.00], [0.32, 0.20], [0.28, 0.62], [0.46, 1.00], [0.68, 0.80], [0.72, 0.36]])],
    // the ends cross at the top
    &[Curve(&[
        [0.66, 0.06],
        [0.36, 0.05],
        [0.15, 0.34],
        [0.16, 0.72],
        [0.42, 0.98],
        [0.72, 0.88],
        [0.86, 0.52],
        [0.76, 0.20],
        [0.56, 0.04],
        [0.42, 0.14],
    ])],
];

const ONE: &[&[Stroke]] = &[
    // a stroke
    &[Line(&[[0.50, 0.00], [0.50, 1.00]])],
    // bent
    &[Curve(&[[0.58, 0.00], [0.50, 0.50], [0.48, 1.00]])],
    // a stroke with a flag
    &[Line(&[[0.26, 0.26], [0.52, 0.00], [0.52, 1.00]])],
    // a stroke with a flag and a base
    &[Line(&[[0.28, 0.22], [0.52, 0.00], [0.52, 1.00]]), Line(&[[0.26, 1.00], [0.78, 1.00]])],
];

const TWO: &[&[Stroke]] = &[
    // a round neck on a straight base
    &[
        Curve(&[
            [0.14, 0.26],
            [0.30, 0.04],
            [0.60, 0.02],
            [0.80, 0.22],
            [0.70, 0.50],
            [0.42, 0.76],
            [0.12, 0.98],
        ]),
        Line(&[[0.12, 0.98], [0.88, 0.98]]),
    ],
    // a loop at the foot
    &[Curve(&[
        [0.15, 0.22],
        [0.36, 0.02],
        [0.68, 0.06],
        [0.76, 0.32],
        [0.58, 0.62],
        [0.32, 0.92],
        [0.13, 0.94],
        [0.14, 0.78],
        [0.34, 0.78],
        [0.62, 0.96],
        [0.92, 0.90],
    ])],
    // a swung base
    &[
        Curve(&[[0.16, 0.12], [0.46, 0.00], [0.76, 0.12], [0.68, 0.44], [0.15, 0.98]]),
        Curve(&[[0.15, 0.98], [0.36, 0.90], [0.62, 0.98], [0.90, 0.94]]),
    ],
];

const THREE: &[&[Stroke]] = &[
    // two bowls
    &[
        Curve(&[[0.18, 0.14], [0.46, 0.00], [0.76, 0.12], [0.70, 0.36], [0.40, 0.47]]),
        Curve(&[[0.40, 0.47], [0.74, 0.54], [0.85, 0.76], [0.62, 0.98], [0.32, 0.99], [0.12, 0.84]]),
    ],
    // a straight top
    &[
        Line(&[[0.18, 0.02], [0.80, 0.02], [0.44, 0.42]]),
        Curve(&[[0.44, 0.42], [0.74, 0.48], [0.86, 0.74], [0.64, 0.97], [0.34, 0.99], [0.12, 0.86]]),
    ],
    // a small loop between the bowls
    &[Curve(&[
        [0.18, 0.16],
        [0.48, 0.00],
        [0.76, 0.14],
        [0.66, 0.38],
        [0.42, 0.50],
        [0.34, 0.44],
        [0.50, 0.43],
        [0.78, 0.58],
        [0.80, 0.82],
        [0.52, 1.00],
        [0.14, 0.88],
    ])],
];

const FOUR: &[&[Stroke]] = &[
    // open, angular
    &[Line(&[[0.24, 0.02], [0.14, 0.58], [0.88, 0.56]]), Line(&[[0.70, 0.10], [0.66, 1.00]])],
    // open, round
    &[
        Curve(&[[0.24, 0.00], [0.14, 0.30], [0.22, 0.52], [0.50, 0.55], [0.76, 0.46]]),
        Line(&[[0.80, 0.02], [0.72, 1.00]]),
    ],
    // closed
    &[Line(&[[0.66, 1.00], [0.66, 0.00], [0.10, 0.68], [0.92, 0.68]])],
    // closed by a short stem
    &[Line(&[[0.58, 0.00], [0.12, 0.62], [0.92, 0.60]]), Line(&[[0.68, 0.32], [0.62, 1.00]])],
];

const FIVE: &[&[Stroke]] = &[
    // angular
    &[
        Line(&[[0.84, 0.02], [0.30, 0.02], [0.24, 0.44]]),
        Curve(&[
            [0.24, 0.44],
            [0.52, 0.36],
            [0.80, 0.50],
            [0.82, 0.78],
            [0.56, 0.98],
            [0.30, 0.98],
            [0.12, 0.86],
        ]),
    ],
    // in one swing
    &[Curve(&[
        [0.86, 0.06],
        [0.52, 0.02],
        [0.28, 0.20],
        [0.40, 0.42],
        [0.70, 0.53],
        [0.80, 0.76],
        [0.54, 0.98],
        [0.14, 0.92],
    ])],
    // with a separate top stroke
    &[
        Line(&[[0.30, 0.10], [0.26, 0.46]]),
        Curve(&[[0.26, 0.46], [0.54, 0.40], [0.78, 0.56], [0.76, 0.84], [0.48, 1.00], [0.14, 0.94]]),
        Line(&[[0.32, 0.06], [0.90, 0.00]]),
    ],
];

const SIX: &[&[Stroke]] = &[
    // a bent stem
    &[Curve(&[
        [0.68, 0.00],
        [0.38, 0.20],
        [0.18, 0.55],
        [0.22, 0.85],
        [0.50, 1.00],
        [0.78, 0.86],
        [0.80, 0.64],
        [0.58, 0.50],
        [0.32, 0.58],
        [0.20, 0.76],
    ])],
    // hooked at the top
    &[Curve(&[
        [0.82, 0.12],
        [0.60, 0.00],
        [0.32, 0.14],
        [0.16, 0.50],
        [0.20, 0.84],
        [0.48, 1.00],
        [0.78, 0.88],
        [0.82, 0.64],
        [0.56, 0.48],
        [0.20, 0.62],
    ])],
    // a nearly straight stem and a small bowl
    &[Curve(&[
        [0.50, 0.00],
        [0.30, 0.35],
        [0.20, 0.72],
        [0.36, 0.98],
        [0.66, 0.95],
        [0.76, 0.76],
        [0.58, 0.60],
        [0.30, 0.68],
        [0.22, 0.82],
    ])],
];

const SEVEN: &[&[Stroke]] = &[
    // plain
    &[Line(&[[0.12, 0.03], [0.86, 0.03], [0.40, 1.00]])],
    // crossed
    &[Line(&[[0.12, 0.03], [0.86, 0.03], [0.40, 1.00]]), Line(&[[0.30, 0.52], [0.84, 0.48]])],
    // a serif and a bent stem
    &[
        Line(&[[0.13, 0.22], [0.16, 0.04], [0.84, 0.04]]),
        Curve(&[[0.84, 0.04], [0.60, 0.40], [0.48, 0.70], [0.45, 1.00]]),
    ],
    // a bent top, crossed
    &[
        Curve(&[[0.12, 0.10], [0.34, 0.04], [0.58, 0.08], [0.86, 0.00]]),
        Curve(&[[0.86, 0.00], [0.62, 0.42], [0.46, 1.00]]),
        Line(&[[0.34, 0.50], [0.82, 0.50]]),
    ],
];

const EIGHT: &[&[Stroke]] = &[
    // in one swing, closed
    &[Loop(&[
        [0.74, 0.14],
        [0.48, 0.00],
        [0.24, 0.18],
        [0.50, 0.45],
        [0.80, 0.70],
        [0.74, 0.93],
        [0.50, 1.00],
        [0.22, 0.92],
        [0.20, 0.70],
        [0.50, 0.45],
        [0.76, 0.28],
    ])],
    // one ring on another
    &[
        Loop(&[[0.50, 0.00], [0.28, 0.10], [0.30, 0.36], [0.52, 0.45], [0.74, 0.34], [0.74, 0.10]]),
        Loop(&[[0.52, 0.45], [0.22, 0.58], [0.20, 0.88], [0.50, 1.00], [0.80, 0.88], [0.80, 0.58]]),
    ],
    // in one swing, the ends apart
    &[Curve(&[
        [0.76, 0.12],
        [0.50, 0.00],
        [0.24, 0.16],
        [0.48, 0.44],
        [0.80, 0.72],
        [0.54, 1.00],
        [0.20, 0.80],
        [0.46, 0.48],
        [0.84, 0.06],
    ])],
];

const NINE: &[&[Stroke]] = &[
    // a straight stem
    &[
        Curve(&[
            [0.80, 0.14],
            [0.56, 0.00],
            [0.28, 0.10],
            [0.20, 0.34],
            [0.44, 0.54],
            [0.72, 0.40],
            [0.80, 0.14],
        ]),
        Line(&[[0.80, 0.14], [0.74, 1.00]]),
    ],
    // a hooked tail
    &[
        Loop(&[[0.78, 0.26], [0.66, 0.04], [0.36, 0.04], [0.22, 0.28], [0.38, 0.52], [0.66, 0.48]]),
        Curve(&[[0.78, 0.26], [0.80, 0.60], [0.62, 0.94], [0.22, 0.96]]),
    ],
    // a leaning stem
    &[
        Loop(&[[0.76, 0.20], [0.58, 0.02], [0.34, 0.08], [0.24, 0.30], [0.42, 0.48], [0.66, 0.40]]),
        Curve(&[[0.76, 0.20], [0.70, 0.60], [0.50, 1.00]]),
    ],
];

#[cfg(test)]
mod tests {
    use super::*;

    fn traced(stroke: Stroke) -> Vec<Point> {
        let mut points = Vec::new();
        stroke.trace(|point| points.push(point));
        points
    }

    #[test]
    fn traces_pass_through_all_points_in_small_steps() {
        for (digit, variants) in VARIANTS.iter().enumerate() {
            for stroke in variants.iter().copied().flatten() {
                let points = traced(*stroke);
                let (Line(through) | Curve(through) | Loop(through)) = *stroke;
                let closed = matches!(stroke, Loop(_));
                let step = usize::from(Stroke::STEPS);
                assert_eq!(points.len(), (through.len() - usize::from(!closed)) * step + 1);
                for (i, point) in through.iter().enumerate() {
                    let [x, y] = points[i * step];
                    assert!((x - point[0]).abs() < 1e-6 && (y - point[1]).abs() < 1e-6, "{digit}");
                }
                if closed {
                    let ([x0, y0], [x1, y1]) = (points[0], points[points.len() - 1]);
                    assert!((x0 - x1).abs() < 1e-6 && (y0 - y1).abs() < 1e-6, "{digit}: not closed");
                }
                for ends in points.windows(2) {
                    let [dx, dy] = [ends[1][0] - ends[0][0], ends[1][1] - ends[0][1]];
                    assert!(dx.abs().max(dy.abs()) < 0.2, "{digit}: a step of {dx}, {dy}");
                }
                assert!(points.iter().flatten().all(|x| (-0.06..=1.06).contains(x)), "{digit}: {points:?}");
            }
        }
    }

    #[test]
    fn lines_are_straight_and_even() {
        let points = traced(Line(&[[0.0, 1.0], [0.6, 0.4]]));
        for (step, [x, y]) in points.iter().enumerate() {
            let expected = 0.1 * step as f32;
            assert!((x - expected).abs() < 1e-6 && (y - 1.0 + expected).abs() < 1e-6);
        }
    }
}
