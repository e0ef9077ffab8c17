//! Makes the numbers of examples from columns of numbers and of categories.

/// Lists the columns that the numbers of an example are made of, in their order.
pub(super) type Columns = Vec<Column>;

/// A column of a table whose classes, categories and means are known.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Column {
    /// A number, and what a missing one is replaced by, if it may be missing.
    Number { name: String, missing: Option<f32> },
    /// A number for each category: 1 for that of the line, 0 for the others.
    OneHot { name: String, categories: Vec<String> },
}

impl Column {
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Number { name, .. } | Self::OneHot { name, .. } => name,
        }
    }
}

/// Returns the name of each number of an example.
pub(super) fn names(columns: &[Column]) -> Vec<String> {
    let mut names = Vec::new();
    for column in columns {
        match column {
            Column::Number { name, .. } => names.push(name.clone()),
            Column::OneHot { name, categories } => {
                names.extend(categories.iter().map(|category| format!("{name}={category}")));
            }
        }
    }
    names
}

/// The content of one column, line by line.
pub(super) enum Content {
    /// Numbers; NaN where one is missing.
    Numbers(Vec<f32>),
    /// Positions in the column's categories.
    Categories(Vec<usize>),
}

/// Appends the numbers of all examples, one example after another.
pub(super) fn encode(columns: &[Column], contents: &[Content], lines: usize, numbers: &mut Vec<f32>) {
    for line in 0..lines {
        for (column, content) in columns.iter().zip(contents) {
            match (column, content) {
                (Column::Number { missing, .. }, Content::Numbers(values)) => {
                    let value = values[line];
                    numbers.push(if value.is_nan() { missing.unwrap_or(value) } else { value });
                }
                (Column::OneHot { categories, .. }, Content::Categories(places)) => {
                    let is_it = |place| f32::from(u8::from(place == places[line]));
                    numbers.extend((0..categories.len()).map(is_it));
                }
                _ => unreachable!("a column of numbers has numbers, and one of categories has categories"),
            }
        }
    }
}

/// Returns the mean of the numbers that are not missing, or `None` if all are.
pub(super) fn mean(values: &[f32]) -> Option<f32> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values.iter().filter(|value| !value.is_nan()) {
        sum += f64::from(*value);
        count += 1;
    }
    (count > 0).then(|| (sum / count as f64) as f32)
}

/// Returns true if a cell says that a number is missing.
pub(super) fn is_missing(cell: &str) -> bool {
    ["", "NA", "N/A", "NaN", "null", "?"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}
