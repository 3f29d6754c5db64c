//! What the pages say when it does not work, and that they let go on where that makes sense.

use serde_json::{Value, json};

use crate::{TOKEN, Visit, visit};

const PAGES: [&str; 2] = ["reset-password", "verify-email"];

/// Opens the page, and presses its button.
async fn press_the_button(visit: &Visit, page: &str, more: &str) {
    visit.open(&format!("/pages/{page}#token={TOKEN}{more}")).await;
    if page == "reset-password" {
        visit.browser.type_into("#password", "correct horse battery staple").await;
    }
    visit.browser.click("#go").await;
}

#[actix_web::test]
async fn who_is_too_fast_or_unlucky_may_try_again() {
    let problem = json!({ "code": "internal_error", "request_id": "a-request" });
    let cases = [
        (Some(429), json!({ "Retry-After": "90" }), json!({}), "Please try again in 2 minutes."),
        (
            Some(503),
            json!({ "Retry-After": "2" }),
            json!({}),
            "too much to do right now. Please try again in 2 seconds.",
        ),
        (Some(500), json!({}), problem, "can find it as a-request"),
        // From something between that speaks no JSON.
        (Some(502), json!({}), Value::Null, "Something went wrong"),
        (None, json!({}), Value::Null, "No answer came back. Check your connection"),
    ];
    visit(&[], async |visit| {
        for (status, headers, body, words) in cases {
            visit.answer_all(status, &headers, &body).await;
            for page in PAGES {
                press_the_button(visit, page, "").await;
                visit.browser.until_it_says(words).await;
                let button =
                    "const go = document.getElementById('go'); return [go.disabled, document.activeElement.id]";
                assert_eq!(visit.browser.run(button).await, json!([false, "go"]));
            }
        }
        // The last answer was lost, and what it told of may have happened.
        visit.browser.run("window.fetch = async () => new Response('{}', { status: 410 })").await;
        visit.browser.click("#go").await;
        visit.browser.until_it_says("Your last try may have worked").await;
    })
    .await;
}

#[actix_web::test]
async fn the_button_rests_while_its_request_is_under_way() {
    visit(&[], async |visit| {
        visit.open(&format!("/pages/verify-email#token={TOKEN}")).await;
        let hold = "window.asked = 0; window.fetch = () => { asked += 1; return new Promise((answer) => { window.answer = answer; }); }";
        visit.browser.run(hold).await;
        visit.browser.click("#go").await;
        visit.browser.until_it_says("One moment").await;
        visit.browser.run("document.getElementById('go').click(); document.getElementById('form').requestSubmit();").await;
        assert_eq!(visit.browser.run("return [asked, document.getElementById('go').disabled]").await, json!([1, true]));
        visit.browser.run("answer(new Response(null, { status: 204 }))").await;
        visit.browser.until_it_says("Your address is confirmed").await;
    })
    .await;
}

#[actix_web::test]
async fn a_taken_address_and_a_taken_name_are_told_apart() {
    visit(&[], async |visit| {
        for (code, words) in [("email_taken", "belongs to another account"), ("username_taken", "the same username")] {
            visit.answer_all(Some(409), &json!({}), &json!({ "code": code })).await;
            press_the_button(visit, "verify-email", "&purpose=change").await;
            visit.browser.until_it_says(words).await;
            assert_eq!(visit.browser.run("return asked").await, json!(["../v1/email/change/confirm"]));
        }
    })
    .await;
}

#[actix_web::test]
async fn a_page_without_a_token_says_so() {
    visit(&[], async |visit| {
        for page in PAGES {
            for fragment in ["", "#", "#token=", "#purpose=change", "#tok"] {
                visit.open(&format!("/pages/{page}{fragment}")).await;
                visit.browser.until_it_says("Open the link from your mail").await;
            }
        }
        // A whole link, pasted into the same tab.
        visit.browser.open(&visit.app.url(&format!("/pages/verify-email#token={TOKEN}"))).await;
        visit.browser.until_it_says("Confirm your address").await;
    })
    .await;
}
