//! How a node says that it is used.

use super::administrator;
use crate::app::TestApp;
use crate::databases::TestDatabase;

on_each_database! {
    every_actor_tells_what_stood_at_its_door,
}

async fn every_actor_tells_what_stood_at_its_door(database: &TestDatabase) {
    let app = TestApp::spawn(&database.url, &[]).await;
    let token = administrator(&app).await.access();
    let load = app.get("/v1/admin/load", Some(&token)).await.expect(200).json();
    let actors = load["actors"].as_array().unwrap();
    let names: Vec<_> = actors.iter().map(|actor| actor["name"].as_str().unwrap()).collect();
    assert_eq!(names[..7], ["database", "hasher", "issuer", "revocations", "sweeper", "notary", "mailer"]);
    for actor in actors {
        let count = |field: &str| actor[field].as_u64().unwrap_or_else(|| panic!("{field} of {actor}"));
        let refused: u64 = ["busy", "late", "closed"].map(|why| actor["refused"][why].as_u64().unwrap()).iter().sum();
        assert!(count("places") > 0 && count("places_in_use") <= count("places"), "{actor}");
        assert!(count("handled") + count("panicked") + refused <= count("asked"), "{actor}");
        assert_eq!((refused, count("panicked")), (0, 0), "{actor}");
    }
    for actor in &actors[..3] {
        assert!(actor["handled"].as_u64() > Some(0), "{actor}");
        assert!(
            actor["p50_ms"].as_f64() > Some(0.0) && actor["p99_ms"].as_f64() >= actor["p50_ms"].as_f64(),
            "{actor}"
        );
    }
    // One password was hashed and one verified, at least.
    assert!(load["hasher"]["computed"].as_u64() >= Some(2) && load["hasher"]["hashes_per_second"].as_f64() > Some(1.0));
    let connections = &load["database"]["connections"];
    assert!(connections["open"].as_u64() >= Some(1) && connections["open"].as_u64() <= connections["most"].as_u64());
    let writer = &load["database"]["writer"];
    assert_eq!(writer.is_object(), database.url.starts_with("sqlite"), "{writer}");
    if writer.is_object() {
        assert!(
            writer["units"].as_u64() >= writer["transactions"].as_u64() && writer["units"].as_u64() > Some(3),
            "{writer}"
        );
    }
    assert_eq!(load["sweeper_lag_s"], 0);
    assert!(load["outbox_lag_s"].as_u64() < Some(60), "{load}");
    app.node.stop().await;
}
