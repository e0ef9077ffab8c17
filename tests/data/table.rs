//! Tables: what is read, and what each mistake is called.

use std::fmt::Write;

use plywood::data::table::{self, Reader, Table};
use plywood::{Dataset, Result};
use proptest::prelude::*;

fn read(text: impl AsRef<[u8]>) -> Result<Table<2>> {
    table::read(text.as_ref(), "kind")
}

fn message<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("expected an error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn tables_are_read_by_the_names_of_their_columns() {
    let text = "kind;,a,b\n\"x, y\", 1 ,-2.5e1\r\nw,3,4\n\"x, y\",0,0\n";
    let table = table::read::<2>(text.as_bytes(), "kind;").expect("a table");
    assert_eq!(
        (&table.classes[..], &table.columns[..]),
        (&["w", "x, y"].map(String::from)[..], &["a", "b"].map(String::from)[..])
    );
    assert_eq!((table.examples.labels(), &table.targets[..]), (&[1, 0, 1][..], &["kind;".to_owned()][..]));
    assert_eq!(table.examples.example(0), [1.0, -25.0]);

    let numbers = table::read::<1>(&b"digit,x\n10,0\n9,0\n2,0\n007,0\n7,0"[..], "digit").expect("a table");
    assert_eq!(numbers.classes, ["2", "007", "7", "9", "10"]);
    assert_eq!(numbers.examples.labels(), [4, 3, 0, 1, 2]);
}

#[test]
fn quotes_and_blanks_make_no_other_cell() {
    let expected = read("a,b,kind\n1.5,2,\"rose, red\"\n3,4,lily\n").expect("a table");
    for text in [
        "a, b, kind\n1.5, 2, \"rose, red\"\n3, 4, \"lily\"\n",
        "a,b,kind\n1.5,2,\t\"rose, red\"\n3,4,\u{a0}\"lily\"\n",
        "a,b,kind\n1.5,2,\"rose, red\" \n3,4,\" lily \" \n",
        "\"a\", \"b\", \"kind\"\n\"1.5\", \" 2\", \"rose, red\"\n3,4,lily",
        "kind, a, b\n\"rose, red\", 1.5, 2\n \"lily\", 3, 4\n",
        "\u{feff}kind,a,b\r\n\"rose, red\",1.5,2\r\nlily,3,4\r\n",
        "\u{feff}\"kind\",\"a\",\"b\"\r\"rose, red\",1.5,2\r\rlily,3,4\r",
        "sep=,\r\na,b,kind\r\n1.5,2,\"rose, red\"\r\n3,4,lily\r\n\u{1a}",
        "\n   \na,b,kind\n\n1.5,2,\"rose, red\"\n \n3,4,lily\n\n",
    ] {
        let table = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(table.classes, ["lily", "rose, red"], "{text:?}");
        assert_eq!(table.columns, ["a", "b"], "{text:?}");
        assert!(table.examples == expected.examples, "{text:?}");
    }
    let odd = read("a,b,kind\n1,2,\"a \"\"b\"\" c\"\n3,4,5\" pipe\n5,6,\"two\nlines\"\n").expect("a table");
    assert_eq!(odd.classes, ["5\" pipe", "a \"b\" c", "two\nlines"]);
}

#[test]
fn each_mistake_in_a_table_has_its_error() {
    let utf_16: Vec<u8> = "\u{feff}kind,a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let without_mark: Vec<u8> = "kind,a,b\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let name = "expected the name of a class";
    let number = "expected a finite number";
    let missing = "expected a finite number; help: `fill_with_means` of `table::Reader` fills missing cells with the \
                   column's mean";
    let delimiter = "expected a comma between cells, and a point in numbers: save the table so";
    let utf_8 = "expected text in UTF-8: save the table as that";
    let comma = "expected a comma or the end of the line; quotes within quotes are doubled";
    let closing = "quotes that are not closed, expected closing quotes before the end of the file";
    let cases: Vec<(Vec<u8>, String)> = [
        ("", "header: found [], expected a column `kind` among them".into()),
        ("a,b\n1,2\n", "header: found [a, b], expected a column `kind` among them".into()),
        (
            "a,kind\n1,2\n",
            "columns other than `kind`: found 1, [a], expected 2, the numbers of an example of shape 2"
                .into(),
        ),
        (
            "kind,a,kind\nrose,1,lily\n",
            "header: found [kind, a, kind], expected a single column `kind`".into(),
        ),
        (
            "a,a,kind\n1,2,rose\n",
            "header: found the column `a` twice, expected a name of its own for each column".into(),
        ),
        ("a,b,kind\n", "lines after the header: found 0, expected at least 1".into()),
        // numbers
        ("a,b,kind\n1,2,x\n1,,x\n", format!("line 3, column `b`: found ``, {missing}")),
        ("a,b,kind\r\n1,,x\r\n", format!("line 2, column `b`: found ``, {missing}")),
        ("a,b,kind\r1,2,x\r1,,x\r", format!("line 3, column `b`: found ``, {missing}")),
        ("a,b,kind\n1,inf,x\n", format!("line 2, column `b`: found `inf`, {number}")),
        ("a,b,kind\n1,1e39,x\n", format!("line 2, column `b`: found `1e39`, {number}")),
        ("a,b,kind\n1,NaN,x\n", format!("line 2, column `b`: found `NaN`, {missing}")),
        ("kind,a,b\nrose,\"1,5\",2\n", format!("line 2, column `a`: found `1,5`, {number}")),
        ("kind,a,b\n\"x\ny\",1,2\nz,oops,3\n", format!("line 4, column `a`: found `oops`, {number}")),
        ("kind,a,b\r\n\"x\r\ny\",1,2\r\nz,oops,3\r\n", format!("line 4, column `a`: found `oops`, {number}")),
        // labels
        ("a,b,kind\n1,2,rose\n3,4,\n5,6,lily\n", format!("line 3, column `kind`: found ``, {name}")),
        ("a,b,kind\n1,2,rose\n3,4,\"\"\n", format!("line 3, column `kind`: found ``, {name}")),
        ("a,b,kind\n1,2,rose\n3,4,  ", format!("line 3, column `kind`: found ``, {name}")),
        ("a,b,kind\n1,2,rose\n3,4,\" \"\n", format!("line 3, column `kind`: found ``, {name}")),
        // cells
        ("a,b,kind\n1,2,x\n\n\r\n\n1,x\n", "line 6: found 2 cells, expected 3, one for each column".into()),
        ("a,b,kind\n1,2,x\n1,2\n", "line 3: found 2 cells, expected 3, one for each column".into()),
        ("a,b,kind\n1,2,x,\n", "line 2: found 4 cells, expected 3, one for each column".into()),
        ("a,b,kind\n1,2,x,,\"4\",\n", "line 2: found 6 cells, expected 3, one for each column".into()),
        // quotes
        ("a,b,kind\n1,2,\"rose\n3,4,lily\n5,6,oak\n", format!("line 2: found {closing}")),
        ("a,b,\"kind\n1,2,x\n", format!("line 1: found {closing}")),
        ("a,b,kind\n1,2,\"\"\"\n", format!("line 2: found {closing}")),
        ("a,b,kind\n1,2,\"rose\n3,4,\"lily\"\n", format!("line 3: found `l` after closing quotes, {comma}")),
        ("a,b,kind\n1,2,\"rose\" red\n", format!("line 2: found `r` after closing quotes, {comma}")),
        // delimiters
        ("kind;a;b\r\nrose;1,5;2,5\r\n", format!("delimiter: found `;`, {delimiter}")),
        ("a;\"kind\";b\r\n1,5;rose;2,5\r\n", format!("delimiter: found `;`, {delimiter}")),
        ("kind\ta\tb\nrose\t1\t2\n", format!("delimiter: found a tab, {delimiter}")),
        ("a|b|kind\n1|2|rose\n", format!("delimiter: found `|`, {delimiter}")),
        ("a b kind\n1 2 rose\n", format!("delimiter: found a blank, {delimiter}")),
        ("sep=;\r\nkind;a;b\r\n", format!("delimiter: found `;`, {delimiter}")),
        ("\u{feff}\"sep=\t\"\r\nkind\ta\tb\r\n", format!("delimiter: found a tab, {delimiter}")),
    ]
    .map(|(text, error)| (text.as_bytes().to_vec(), error))
    .into_iter()
    .chain([
        (b"a,b,kind\n1,2,\xff\n".to_vec(), format!("line 2: found bytes that are not UTF-8, {utf_8}")),
        (utf_16, "encoding: found UTF-16, expected UTF-8: save the table as that".into()),
        (without_mark, format!("line 1: found a byte of 0, as UTF-16 has between letters, {utf_8}")),
    ])
    .collect();
    for (text, expected) in cases {
        let shown = String::from_utf8_lossy(&text).into_owned();
        assert_eq!(message(read(text)), format!("table: {expected}"), "{shown:?}");
    }
}

#[test]
fn a_header_that_nobody_would_read_is_cut_off() {
    let found = message(read(",".repeat(1_000_000)));
    assert!(
        found.len() < 1000 && found.contains(", …], 1000001 columns, expected a column `kind`"),
        "{found}"
    );
    let found = message(read("ä".repeat(1_000_000)));
    let expected =
        format!("table: header: found [{}…], expected a column `kind` among them", "ä".repeat(100));
    assert_eq!(found, expected);
}

#[test]
fn classes_that_nobody_would_read_are_cut_off() {
    let classes: Vec<String> = (0..100_000).map(|class| format!("class {class}")).collect();
    let text = "a,b,kind\n1,2,other\n";
    let found = message(table::read_with(text.as_bytes(), "kind", &["a", "b"], &classes));
    let start =
        "table: line 2, column `kind`: found `other`, expected one of the classes `class 0`, `class 1`, ";
    assert!(
        found.len() < 1000 && found.starts_with(start) && found.ends_with("`, …, 100000 in all"),
        "{found}"
    );
}

#[test]
fn a_second_table_is_read_by_the_columns_and_classes_of_the_first() {
    let train = read("a,b,kind\n1,2,lily\n3,4,oak\n5,6,rose\n").expect("a table");
    // without lilies, and the columns elsewhere
    let text = "b,kind,a\n20,oak,10\n40,rose,30\n";
    let columns = ["a", "b"];
    for test in [
        train.read_like(text.as_bytes()).expect("a table"),
        table::read_with(text.as_bytes(), "kind", &columns, &["lily", "oak", "rose"]).expect("a table"),
    ] {
        assert_eq!(
            (&test.classes, &test.columns, &test.targets),
            (&train.classes, &train.columns, &train.targets)
        );
        assert_eq!(test.examples.labels(), [1, 2]);
        assert_eq!((test.examples.example(0), test.examples.example(1)), ([10.0, 20.0], [30.0, 40.0]));
    }
    // in the order that is given, whatever it is
    let turned =
        table::read_with(text.as_bytes(), "kind", &["b", "a"], &["rose", "lily", "oak"]).expect("a table");
    assert_eq!((turned.examples.labels(), turned.examples.example(0)), (&[2, 0][..], [20.0, 10.0]));

    let cases = [
        (
            "a,b,kind\n1,2,oak\n1,2,elm\n",
            "table: line 3, column `kind`: found `elm`, expected one of the classes `lily`, `oak`, `rose`",
        ),
        ("a,c,kind\n1,2,oak\n", "table: header: found [a, c, kind], expected a column `b` among them"),
        (
            "a,a,kind\n1,2,oak\n",
            "table: header: found the column `a` twice, expected a name of its own for each column",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(message(train.read_like(text.as_bytes())), expected);
    }
    let twice = message(table::read_with(text.as_bytes(), "kind", &columns, &["oak", "rose", "oak"]));
    assert_eq!(twice, "classes: found `oak` twice, expected each name once");
    let twice = message(table::read_with(text.as_bytes(), "kind", &["a", "a"], &["oak"]));
    assert_eq!(twice, "columns: found `a` twice, expected each name once");
}

/// Houses as tables of them are: a name, missing numbers, and a place.
const HOUSES: &str = "\
id,rooms,\"near, or not\",age,price
1,3,\"NEAR, BAY\",10,300000
2,,INLAND,20,1.2e5
3,5,INLAND,NA,180000
";

fn houses() -> Reader<[f32; 1]> {
    Reader::target("price").without(["id"]).one_hot(["near, or not"]).fill_with_means()
}

#[test]
fn numbers_are_targets_and_categories_are_encoded() {
    let table = houses().read::<4>(HOUSES.as_bytes()).expect("a table");
    assert_eq!(table.columns, ["rooms", "near, or not=INLAND", "near, or not=NEAR, BAY", "age"]);
    assert_eq!((&table.targets[..], table.classes.len()), (&["price".to_owned()][..], 0));
    assert_eq!(table.examples.targets(), [[300_000.0], [120_000.0], [180_000.0]]);
    let expected = [[3.0, 0.0, 1.0, 10.0], [4.0, 1.0, 0.0, 20.0], [5.0, 1.0, 0.0, 15.0]];
    assert_eq!([0, 1, 2].map(|index| table.examples.example(index)), expected);
    assert_eq!(table.examples.class_names(), None);

    let places = Reader::targets(["price", "rooms"]).without(["id", "age"]).one_hot(["near, or not"]);
    let text = HOUSES.replace("2,,", "2,1,");
    let places = places.read::<2>(text.as_bytes()).expect("a table");
    assert_eq!(places.examples.targets(), [[300_000.0, 3.0], [120_000.0, 1.0], [180_000.0, 5.0]]);

    // classes beside categories; whole numbers are sorted by value
    let text = "kind,floor\nb,10\na,9\nb,-1\n";
    let floors = Reader::class("kind").one_hot(["floor"]).read::<3>(text.as_bytes()).expect("a table");
    assert_eq!(floors.columns, ["floor=9", "floor=10", "floor=-1"]);
    assert_eq!((floors.examples.labels(), floors.examples.example(0)), (&[1, 0, 1][..], [0.0, 1.0, 0.0]));
    assert_eq!(floors.examples.class_names(), Some(&["a".to_owned(), "b".to_owned()][..]));
}

#[test]
fn a_second_table_is_encoded_and_filled_as_the_first() {
    let train = houses().read::<4>(HOUSES.as_bytes()).expect("a table");
    // without an id, with another column, in another order, without houses at the bay
    let text = "price,age,other,\"near, or not\",rooms\n7,,x,INLAND,?\n";
    let test = train.read_like(text.as_bytes()).expect("a table");
    assert_eq!((test.examples.example(0), test.examples.target(0)), ([4.0, 1.0, 0.0, 15.0], [7.0]));
    assert_eq!(test.columns, train.columns);
    // also by a table that was itself read like another
    let again = test.read_like(text.as_bytes()).expect("a table");
    assert!(again.examples == test.examples);

    let header = "price,age,\"near, or not\",rooms";
    let cases = [
        (
            format!("{header}\n7,1,ISLAND,2"),
            "table: line 2, column `near, or not`: found `ISLAND`, expected one of the categories `INLAND`, `NEAR, BAY`",
        ),
        (
            "price,age,rooms\n7,1,2".to_owned(),
            "table: header: found [price, age, rooms], expected a column `near, or not` among them",
        ),
        (
            format!("{header}\n,1,INLAND,2"),
            "table: line 2, column `price`: found ``, expected a finite number, since the column is a target",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(message(train.read_like(text.as_bytes())), expected);
    }
}

#[test]
fn each_mistake_of_a_reader_has_its_error() {
    fn of<const N: usize, Y: table::Target>(reader: &Reader<Y>, text: &str) -> String {
        message(reader.read::<N>(text.as_bytes()))
    }
    let filled = "a,price\n?,1\nNA,2\n";
    let (price, kind) = (Reader::target("price"), Reader::class("price"));
    let many = |last: &str| -> String {
        (0..20).fold("a,price\n".to_owned(), |text, line| format!("{text}1,{line}.5\n")) + "1," + last
    };
    let no_use = "expected columns with no other use";
    let cases = [
        (of::<1, _>(&Reader::targets([""; 0]), HOUSES), "targets: found none, expected at least one column".to_owned()),
        (
            of::<1, _>(&Reader::targets(["a", "a"]), HOUSES),
            "targets: found `a` twice, expected each name once".to_owned(),
        ),
        (
            of::<1, _>(&price.clone().without(["a", "price"]), HOUSES),
            format!("without: found `price`, which is a target, {no_use}"),
        ),
        (
            of::<1, _>(&price.clone().one_hot(["price"]), HOUSES),
            format!("one_hot: found `price`, which is a target, {no_use}"),
        ),
        (
            of::<1, _>(&price.clone().without(["a"]).one_hot(["a"]), HOUSES),
            format!("one_hot: found `a`, which is left out, {no_use}"),
        ),
        (
            of::<1, _>(&price.clone().without(["di"]), HOUSES),
            "table: header: found [id, rooms, near, or not, age, price], expected a column `di` among them".to_owned(),
        ),
        (
            of::<1, _>(&price.clone().one_hot(["ocean"]), HOUSES),
            "table: header: found [id, rooms, near, or not, age, price], expected a column `ocean` among them"
                .to_owned(),
        ),
        // sizes
        (
            of::<3, _>(&houses(), HOUSES),
            "table: columns other than `price`, `id`: found 4, [rooms, near, or not=INLAND, near, or not=NEAR, BAY, age], \
             expected 3, the numbers of an example of shape 3"
                .to_owned(),
        ),
        (
            of::<1, _>(&price, "price\n1\n"),
            "table: columns other than `price`: found none, expected 1, the numbers of an example of shape 1".to_owned(),
        ),
        // cells
        (
            of::<1, _>(&price, filled),
            "table: line 2, column `a`: found `?`, expected a finite number; help: `fill_with_means` of \
             `table::Reader` fills missing cells with the column's mean"
                .to_owned(),
        ),
        (
            of::<1, _>(&price.clone().fill_with_means(), filled),
            "table: column `a`: found no number, expected at least 1, to fill the missing ones with the mean"
                .to_owned(),
        ),
        (
            of::<1, _>(&price.clone().fill_with_means(), "a,price\n1,1\nnone,2\n"),
            "table: line 3, column `a`: found `none`, expected a finite number".to_owned(),
        ),
        (
            of::<1, _>(&price.clone().fill_with_means(), "a,price\n1,1\n1,NA\n"),
            "table: line 3, column `price`: found `NA`, expected a finite number, since the column is a target"
                .to_owned(),
        ),
        (
            of::<1, _>(&price.clone().fill_with_means().one_hot(["a"]), "a,price\nx,1\n\"\",2\n"),
            "table: line 3, column `a`: found ``, expected the name of a category".to_owned(),
        ),
        // numbers taken for classes
        (
            of::<1, _>(&kind, &many("-7")),
            "table: column `price`: found a different number in each of 21 lines, expected classes, which several \
             lines share; help: for a number to predict write `table::Reader::target(\"price\")`, and for classes \
             all the same name them to `table::load_with` or `read_with`"
                .to_owned(),
        ),
        // two numbers with one name
        (
            of::<3, _>(&price.clone().one_hot(["a"]), "a=b,a,price\n1,b,2\n1,c,3\n"),
            "table: numbers of an example: found two named `a=b`: the column `a=b`, and the category `b` of the \
             column `a`, expected a name of its own for each"
                .to_owned(),
        ),
        (
            of::<2, _>(&price.clone().one_hot(["a", "a=b"]), "a,a=b,price\nb=c,c,2\n"),
            "table: numbers of an example: found two named `a=b=c`: the category `b=c` of the column `a`, and the \
             category `c` of the column `a=b`, expected a name of its own for each"
                .to_owned(),
        ),
    ];
    for (found, expected) in cases {
        assert_eq!(found, expected);
    }
    // who names the classes means classes
    let classes: Vec<String> = (0..20).map(|line| format!("{line}.5")).chain(["-7".to_owned()]).collect();
    let table = table::read_with(many("-7").as_bytes(), "price", &["a"], &classes).expect("a table");
    assert_eq!(table.examples.label(20), 20);
    // a class twice, a name, or few lines: these may be classes
    for text in [many("0.5"), many("a name"), many("").trim_end_matches("1,").to_owned()] {
        assert!(kind.read::<1>(text.as_bytes()).is_ok(), "{text}");
    }
}

/// A cell in quotes, as programs write it.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_table_is_read_as_it_was_written(
        rows in proptest::collection::vec(
            (proptest::option::of(-1e6..1e6_f32), "[ -~é\n]{0,5}[!-~]", any::<bool>(), -1e9..1e9_f32),
            1..30,
        ),
        names in ("[ -~é\n]{0,5}[!-~]x", "[ -~é\n]{0,5}[!-~]y", "[ -~é\n]{0,5}[!-~]z"),
    ) {
        let name = [names.0.trim(), names.1.trim(), names.2.trim()];
        let mut text = name.map(quoted).join(",");
        for (number, category, plain, target) in &rows {
            let number = number.map_or_else(String::new, |number| format!("{number:?}"));
            let simple = *plain && !category.contains([',', '"', '\n']);
            let category = if simple { category.clone() } else { quoted(category) };
            write!(text, "\n{number}, {category} ,{target:?}").expect("a string");
        }
        let known: Vec<f32> = rows.iter().filter_map(|row| row.0).collect();
        prop_assume!(!known.is_empty());
        let mean = (known.iter().map(|&x| f64::from(x)).sum::<f64>() / known.len() as f64) as f32;

        let reader = Reader::target(name[2]).without([name[1]]).fill_with_means();
        let numbers = reader.read::<1>(text.as_bytes()).expect("a table");
        let same = numbers.read_like(text.as_bytes()).expect("a table");
        prop_assert!(same.examples == numbers.examples);
        // the same categories, as classes
        let classes = Reader::class(name[1]).without([name[2]]).fill_with_means();
        let classes = classes.read::<1>(text.as_bytes()).expect("a table");
        for (index, (number, category, _, target)) in rows.iter().enumerate() {
            prop_assert_eq!(numbers.examples.example(index), [number.unwrap_or(mean)]);
            prop_assert_eq!(numbers.examples.target(index), [*target]);
            prop_assert_eq!(&classes.classes[classes.examples.label(index)], category.trim());
        }
        // as many numbers as there are categories, of which the right one is 1
        let one_hot = Reader::target(name[2]).without([name[0]]).one_hot([name[1]]);
        macro_rules! check {
            ($($count:literal)*) => {
                match classes.classes.len() {
                    $($count => {
                        let table = one_hot.read::<$count>(text.as_bytes()).expect("a table");
                        for (column, class) in table.columns.iter().zip(&classes.classes) {
                            prop_assert_eq!(column, &format!("{}={}", name[1], class));
                        }
                        for index in 0..rows.len() {
                            let mut expected = [0.0; $count];
                            expected[classes.examples.label(index)] = 1.0;
                            prop_assert_eq!(table.examples.example(index), expected);
                        }
                    })*
                    _ => {}
                }
            };
        }
        check!(1 2 3 4 5 6 7 8);
    }
}
