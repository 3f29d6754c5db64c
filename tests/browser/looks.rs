//! On a telephone and on a desk, by day and by night, with fingers, with keys and without scripts.

use std::path::Path;

use serde_json::json;

use crate::{TOKEN, Visit, visit};

const WIDTHS: [u32; 2] = [360, 1280];
/// WCAG 2.2: contrast of text (1.4.3, level AA), and of what is pressed, the size in CSS pixels (2.5.5, level AAA).
const CONTRAST: f64 = 4.5;
const TOUCH_PX: f64 = 44.0;

/// Every section of a page, and in it what is longer than a line.
const SECTIONS: &str = "return [...document.querySelectorAll('section')].map((section) => section.id)";
const SHOW: &str = "
    for (const section of document.querySelectorAll('section')) section.hidden = section.id !== SECTION;
    document.getElementById('host').textContent = 'accounts.a-rather-long-name.example.com';
    document.getElementById('message').textContent = 'A message. ' + 'm'.repeat(200);
    document.getElementById('perhaps').hidden = false;";

/// The lowest contrast between words and what is drawn behind them, and whose it is.
const LOWEST_CONTRAST: &str = "
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => channels(color).slice(0, 3).map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return channels(color)[3] !== 0 || !element.parentElement ? color : behind(element.parentElement);
    };
    let lowest = [21, 'nothing'];
    for (const element of document.querySelectorAll('h1, p, label, span, input, button, li')) {
        if (!element.offsetParent || !(element.textContent.trim() || element.value)) continue;
        const two = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
        const contrast = (two[0] + 0.05) / (two[1] + 0.05);
        if (contrast < lowest[0]) lowest = [contrast, element.outerHTML.slice(0, 80)];
    }
    return lowest";

/// Opens the section alone, and measures it.
async fn measure(visit: &Visit, width: u32, section: &str, what: &str) {
    let browser = &visit.browser;
    browser.run(&SHOW.replace("SECTION", &format!("'{section}'"))).await;
    let page = "const page = document.documentElement; return [page.scrollWidth - page.clientWidth, innerWidth]";
    assert_eq!(browser.run(page).await, json!([0, width]), "{what}: it is wider than the window");
    let lowest = browser.run(LOWEST_CONTRAST).await;
    assert!(lowest[0].as_f64().unwrap() >= CONTRAST, "{what}: {lowest}");
    let small = browser
        .run(
            "return Math.min(...[...document.querySelectorAll('input, button')]
            .filter((it) => it.offsetParent).map((it) => it.offsetHeight), 99)",
        )
        .await;
    assert!(small.as_f64().unwrap() >= TOUCH_PX, "{what}: {small} px are hard to hit");
    keep_picture(visit, what).await;
}

/// For people to look at, where `SCREENSHOTS` names a folder.
#[expect(clippy::disallowed_methods, reason = "whether anybody wants to look is said where the tests are run")]
async fn keep_picture(visit: &Visit, name: &str) {
    if let Some(folder) = std::env::var_os("SCREENSHOTS") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), visit.browser.screenshot().await).unwrap();
    }
}

async fn every_section(page: &str) {
    visit(&[], async |visit| {
        let fields = json!({ "reasons": [{ "detail": "x".repeat(300) }, { "detail": "it is in a list" }] });
        visit.answer_all(Some(200), &json!({}), &fields).await;
        for dark in [false, true] {
            for width in WIDTHS {
                visit.browser.resize(width, dark).await;
                visit.open(&format!("/pages/{page}#token={TOKEN}")).await;
                if page == "reset-password" {
                    visit.browser.type_into("#password", "password").await;
                    visit.browser.until_it_says("in a list").await;
                }
                let sections = visit.browser.run(SECTIONS).await;
                for section in sections.as_array().unwrap().iter().map(|section| section.as_str().unwrap()) {
                    let scheme = if dark { "dark" } else { "light" };
                    measure(visit, width, section, &format!("{page}-{section}-{width}-{scheme}")).await;
                }
            }
        }
    })
    .await;
}

#[actix_web::test]
async fn the_reset_page_fits_and_can_be_read_and_hit() {
    every_section("reset-password").await;
}

#[actix_web::test]
async fn the_verify_page_fits_and_can_be_read_and_hit() {
    every_section("verify-email").await;
}

#[actix_web::test]
async fn a_keyboard_is_enough_and_password_managers_are_welcome() {
    visit(&[], async |visit| {
        visit.answer_all(Some(204), &json!({}), &json!(null)).await;
        visit.open(&format!("/pages/reset-password#token={TOKEN}")).await;
        let field = visit.browser.run("const f = document.activeElement; return [f.id, f.type, f.autocomplete, f.labels[0].innerText]").await;
        assert_eq!(field, json!(["password", "password", "new-password", "New password"]));
        // To the button beside it, which shows what was typed, back, and Enter.
        visit.browser.press("correct horse\u{e004} ").await;
        let shown = visit.browser.run("const f = document.getElementById('password'); return [f.type, f.value, document.activeElement.innerText]").await;
        assert_eq!(shown, json!(["text", "correct horse", "Hide"]));
        visit.browser.press("\u{e004}").await;
        assert_eq!(visit.browser.run("return document.activeElement.id").await, "go");
        visit.browser.press("\u{e007}").await;
        visit.browser.until_it_says("Your password is changed").await;
        // What is new is read out, and the form is gone: that is how managers know that the password was accepted.
        let after = visit.browser.run("return [document.activeElement.innerText, document.querySelector('input')]").await;
        assert_eq!(after, json!(["Your password is changed", null]));
    })
    .await;
}

#[actix_web::test]
async fn without_scripts_a_sentence_says_so() {
    visit(&[], async |visit| {
        visit.browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": true })).await;
        for page in ["reset-password", "verify-email"] {
            visit.open(&format!("/pages/{page}#token={TOKEN}")).await;
            let read = visit.browser.devtools("Accessibility.getFullAXTree", &json!({})).await.to_string();
            assert!(read.contains("This page needs JavaScript") && !read.contains("\"button\""), "{read}");
        }
        visit.browser.devtools("Emulation.setScriptExecutionDisabled", &json!({ "value": false })).await;
    })
    .await;
}
