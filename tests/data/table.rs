//! Tables: what is read, and what each mistake is called.

use plywood::Result;
use plywood::data::table::{self, Table};

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
    assert_eq!((table.examples.labels(), &table.class[..]), (&[1, 0, 1][..], "kind;"));
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
    let delimiter = "expected a comma between cells, and a point in numbers: save the table so";
    let utf_8 = "expected text in UTF-8: save the table as that";
    let comma = "expected a comma or the end of the line; quotes within quotes are doubled";
    let closing = "quotes that are not closed, expected closing quotes before the end of the file";
    let cases: Vec<(Vec<u8>, String)> = [
        ("", "header: found [], expected a column `kind` among them".into()),
        ("a,b\n1,2\n", "header: found [a, b], expected a column `kind` among them".into()),
        (
            "a,kind\n1,2\n",
            "columns beside `kind`: found 1, expected 2, the numbers of an example of shape 2".into(),
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
        ("a,b,kind\n1,2,x\n1,,x\n", format!("line 3, column `b`: found ``, {number}")),
        ("a,b,kind\r\n1,,x\r\n", format!("line 2, column `b`: found ``, {number}")),
        ("a,b,kind\r1,2,x\r1,,x\r", format!("line 3, column `b`: found ``, {number}")),
        ("a,b,kind\n1,inf,x\n", format!("line 2, column `b`: found `inf`, {number}")),
        ("a,b,kind\n1,1e39,x\n", format!("line 2, column `b`: found `1e39`, {number}")),
        ("a,b,kind\n1,NaN,x\n", format!("line 2, column `b`: found `NaN`, {number}")),
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
            (&test.classes, &test.columns, &test.class),
            (&train.classes, &train.columns, &train.class)
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
            "table: line 3, column `kind`: found `elm`, expected one of the classes lily, oak, rose",
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
