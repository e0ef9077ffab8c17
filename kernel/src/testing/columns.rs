use super::{on_threads, whole};
use crate::math::columns::{columns, gather, interleave, scatter};

#[test]
fn channels_are_moved_to_where_they_belong() {
    for rows in [0, 1, 2, 7, 40] {
        for (a_width, b_width) in [(1, 1), (1, 8), (7, 9), (16, 17), (33, 2)] {
            let width = a_width + b_width;
            let (a, b) = (whole::<f32>(rows * a_width, 1), whole::<f32>(rows * b_width, 2));
            // every column once, then some again, in no order
            let table: Vec<_> = (0..width + width / 2).map(|j| (5 * j + 3) % width).collect();
            on_threads(|| {
                let mut both = vec![f32::NAN; rows * width];
                interleave(&a, &b, &mut both, a_width, b_width);
                for (i, &found) in both.iter().enumerate() {
                    let (row, column) = (i / width, i % width);
                    let expected = match column.checked_sub(a_width) {
                        None => a[row * a_width + column],
                        Some(column) => b[row * b_width + column],
                    };
                    assert!(
                        found == expected,
                        "interleaved {rows}×({a_width} + {b_width}) at {row}, {column}"
                    );
                }
                let mut part = vec![f32::NAN; b.len()];
                columns(&both, width, a_width, &mut part, b_width);
                assert_eq!(part, b, "the last {b_width} of {width}");

                let mut gathered = vec![f32::NAN; rows * table.len()];
                gather(&both, width, &mut gathered, &table);
                let mut expected = vec![0.0; both.len()];
                for (i, &found) in gathered.iter().enumerate() {
                    let from = i / table.len() * width + table[i % table.len()];
                    assert!(found == both[from], "gathered {rows}×{width}, number {i}");
                    expected[from] += found;
                }
                let mut scattered = vec![f32::NAN; both.len()];
                scatter(&gathered, &mut scattered, width, &table);
                assert_eq!(scattered, expected, "scattered {rows}×{width}");
            });
        }
    }
}
