//! The page in a real browser: it is laid out at every width, its pictures load, and nothing is complained of.

use std::path::Path;
use std::process::Command;

use super::*;

/// A Chromium, if there is one.
fn browser() -> Option<String> {
    let named = std::env::var("CHROMIUM").into_iter();
    let usual = ["chromium", "chromium-browser", "google-chrome", "chrome"].map(str::to_owned);
    named
        .chain(usual)
        .find(|name| Command::new(name).arg("--version").output().is_ok_and(|out| out.status.success()))
}

/// Without a screen, and without what a browser asks of the network by itself.
const QUIET: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
];

fn chromium(browser: &str, width: usize, arguments: &[&str], page: &Path) -> (String, String) {
    let profile = folder("chromium-profile");
    let _ = std::fs::remove_dir_all(&profile);
    let output = Command::new(browser)
        .args(QUIET)
        .args(["--hide-scrollbars", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--window-size={width},2400"))
        .args(arguments)
        .arg(format!("file://{}", page.display()))
        .output()
        .expect("a browser");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(output.stdout), text(output.stderr))
}

#[test]
fn a_browser_shows_the_page() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium here; set CHROMIUM to one");
        return;
    };
    let (train, validation) = data(400, 200);
    let trainer = Trainer::new().epochs(3).batch_size(32).learning_rate(0.02);
    let (_, _) = run::<Perceptron>("browser", &trainer, &train, &validation);
    let page = folder("browser").join("report.html");

    // what the page looks like from inside is left in its title
    let measured = folder("browser").join("measured.html");
    let probe = "<script>addEventListener('load', () => {\
        const images = [...document.images];\
        const legends = new Set([...document.querySelectorAll('.legend path')].map(p => getComputedStyle(p).stroke));\
        document.title = JSON.stringify({\
            fits: document.documentElement.scrollWidth <= innerWidth,\
            images: images.length, loaded: images.filter(i => i.naturalWidth > 0).length,\
            charts: document.querySelectorAll('.chart > svg').length,\
            drawn: [...document.querySelectorAll('.chart > svg')].filter(s => s.getBoundingClientRect().width > 200).length,\
            colors: legends.size});\
    })</script></body>";
    let text = std::fs::read_to_string(&page).expect("the page");
    std::fs::write(&measured, text.replace("</body>", probe)).expect("a file");
    for width in [600, 1280] {
        let (dom, complaints) = chromium(&browser, width, &["--dump-dom"], &measured);
        let title =
            dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).expect("a title");
        println!("{width}: {title}");
        for part in ["\"fits\":true", "\"charts\":6,\"drawn\":6", "\"colors\":2"] {
            assert!(title.contains(part), "{width}: {title}, expected {part}");
        }
        let images = |name: &str| {
            title
                .split(&format!("\"{name}\":"))
                .nth(1)
                .and_then(|rest| rest.split(',').next())
                .map(str::to_owned)
        };
        assert_eq!(images("images"), images("loaded"));
        assert!(!complaints.contains("CONSOLE"), "{complaints}");
    }

    let screenshot = folder("browser").join("page.png");
    let _ = std::fs::remove_file(&screenshot);
    let (_, complaints) =
        chromium(&browser, 1280, &[&format!("--screenshot={}", screenshot.display())], &page);
    assert!(!complaints.contains("CONSOLE"), "{complaints}");
    let size = std::fs::metadata(&screenshot).expect("a picture").len();
    assert!(size > 50_000, "a picture of {size} bytes is empty");
}
