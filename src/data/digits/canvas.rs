//! Draws pen strokes with smooth edges on a small gray image.

use crate::data::digits::strokes::Point;

/// The number of pixels along each side.
pub(super) const SIDE: usize = 28;

/// The ink on the paper, from 0 to 1 in each pixel. Pixel (x, y) covers the square from (x, y) to (x + 1, y + 1).
#[derive(Debug, Clone)]
pub(super) struct Canvas {
    pub(super) ink: [[f32; SIDE]; SIDE],
}

impl Canvas {
    pub(super) const fn blank() -> Self {
        Self { ink: [[0.0; SIDE]; SIDE] }
    }

    /// Draws a line with round ends, whose radius changes linearly from one end to the other.
    ///
    /// A pixel's ink is the part of it that the line covers, approximated from the distance between the pixel's center
    /// and the line. Where lines cross, the larger value counts, so that joints do not show.
    pub(super) fn line(&mut self, [from, to]: [Point; 2], [radius_from, radius_to]: [f32; 2]) {
        let along = [to[0] - from[0], to[1] - from[1]];
        let length_squared = along[0] * along[0] + along[1] * along[1];
        let reach = radius_from.max(radius_to) + 0.5;
        let columns = pixels(from[0].min(to[0]) - reach, from[0].max(to[0]) + reach);
        for y in pixels(from[1].min(to[1]) - reach, from[1].max(to[1]) + reach) {
            for x in columns.clone() {
                let to_center = [x as f32 + 0.5 - from[0], y as f32 + 0.5 - from[1]];
                let dot = to_center[0] * along[0] + to_center[1] * along[1];
                let t = if length_squared > 0.0 { (dot / length_squared).clamp(0.0, 1.0) } else { 0.0 };
                let [dx, dy] = [to_center[0] - t * along[0], to_center[1] - t * along[1]];
                let distance = (dx * dx + dy * dy).sqrt();
                let radius = radius_from + t * (radius_to - radius_from);
                let cover = (radius + 0.5 - distance).clamp(0.0, 1.0);
                let ink = &mut self.ink[y][x];
                *ink = ink.max(cover);
            }
        }
    }

    /// Moves the given share of each pixel's ink to each neighbor in its row, then in its column.
    pub(super) fn blur(&mut self, share: f32) {
        for row in &mut self.ink {
            let mut before = 0.0;
            for x in 0..SIDE {
                let here = row[x];
                let after = row.get(x + 1).copied().unwrap_or(0.0);
                row[x] = here + share * (before + after - 2.0 * here);
                before = here;
            }
        }
        let mut before = [0.0; SIDE];
        for y in 0..SIDE {
            let here = self.ink[y];
            let after = self.ink.get(y + 1).copied().unwrap_or([0.0; SIDE]);
            for x in 0..SIDE {
                self.ink[y][x] = here[x] + share * (before[x] + after[x] - 2.0 * here[x]);
            }
            before = here;
        }
    }
}

/// Returns the range of pixels in a row or column whose squares touch an interval.
#[expect(clippy::cast_sign_loss, reason = "both ends are clamped to the canvas")]
fn pixels(from: f32, to: f32) -> std::ops::Range<usize> {
    let side = SIDE as f32;
    from.floor().clamp(0.0, side) as usize..to.ceil().clamp(0.0, side) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_covers_its_area() {
        let mut canvas = Canvas::blank();
        canvas.line([[6.3, 10.2], [20.3, 17.4]], [2.0, 2.0]);
        let ink: f32 = canvas.ink.as_flattened().iter().sum();
        let length = (14.0_f32 * 14.0 + 7.2 * 7.2).sqrt();
        let area = 2.0 * 2.0 * length + std::f32::consts::PI * 4.0;
        assert!((ink / area - 1.0).abs() < 0.01, "ink {ink}, area {area}");
    }

    #[test]
    fn a_line_may_leave_the_canvas_and_be_a_point() {
        let mut canvas = Canvas::blank();
        canvas.line([[-40.0, -40.0], [-30.0, 90.0]], [1.0, 2.0]);
        assert!(canvas.ink.as_flattened().iter().all(|&ink| ink == 0.0));
        canvas.line([[14.5, 14.5], [14.5, 14.5]], [1.5, 1.5]);
        assert!(canvas.ink[14][14] > 0.99);
    }

    #[test]
    fn blur_keeps_the_ink() {
        let mut canvas = Canvas::blank();
        canvas.line([[9.0, 9.0], [18.0, 12.0]], [1.0, 2.0]);
        let before: f32 = canvas.ink.as_flattened().iter().sum();
        let sharpest = canvas.ink[10][14];
        canvas.blur(0.2);
        let after: f32 = canvas.ink.as_flattened().iter().sum();
        assert!((after / before - 1.0).abs() < 1e-5, "{before} before, {after} after");
        assert!(canvas.ink[10][14] < sharpest);
    }
}
