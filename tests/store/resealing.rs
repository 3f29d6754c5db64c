//! Sealed values of every column: found page by page, and replaced where they still stand.

use keystead::store::keys::{AddMacKey, AddSigningKey, MacKeyRow, SigningKeyRow};
use keystead::store::resealing::{FindSealed, ReplaceSealed, Replacement, SealedColumn, SealedKey, SealedRow};
use uuid::Uuid;

use crate::ground::{Ground, START};

on_each_database! {
    pages_go_by_the_key_and_end,
    a_value_is_replaced_where_it_still_stands_and_a_repetition_is_the_same_deed,
    every_column_can_be_read_and_written,
}

async fn add_mac_key(ground: &Ground, sealed_key: &[u8]) -> Uuid {
    let id = Uuid::now_v7();
    let row = MacKeyRow { id, sealed_key: sealed_key.to_vec(), created_at: START, retired_at: None };
    assert_eq!(ground.run(AddMacKey(row)).await, 1);
    id
}

async fn page(ground: &Ground, column: SealedColumn, after: SealedKey, limit: u16) -> Vec<SealedRow> {
    ground.run(FindSealed { column, after, limit }).await
}

async fn pages_go_by_the_key_and_end(ground: &Ground) {
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(add_mac_key(ground, &[number; 40]).await);
    }
    let (mut after, mut seen) = (SealedColumn::MacKeys.before_all(), Vec::new());
    loop {
        let rows = page(ground, SealedColumn::MacKeys, after.clone(), 2).await;
        assert!(rows.len() <= 2);
        let Some(last) = rows.last() else { break };
        after = last.key.clone();
        seen.extend(rows);
    }
    assert_eq!(
        seen.iter().map(|row| row.key.clone()).collect::<Vec<_>>(),
        ids.into_iter().map(SealedKey::Id).collect::<Vec<_>>()
    );
    assert_eq!(seen[3].sealed.as_deref(), Some(&[3; 40][..]));
}

async fn a_value_is_replaced_where_it_still_stands_and_a_repetition_is_the_same_deed(ground: &Ground) {
    let column = SealedColumn::MacKeys;
    let (first, second) = (add_mac_key(ground, &[1; 40]).await, add_mac_key(ground, &[2; 40]).await);
    let value = |id, old: u8, new: u8| Replacement { key: SealedKey::Id(id), old: vec![old; 40], new: vec![new; 40] };
    // Of the second something else was read.
    let values = vec![value(first, 1, 11), value(second, 9, 12), value(Uuid::now_v7(), 1, 13)];
    for _ in 0..2 {
        assert_eq!(ground.run(ReplaceSealed { column, values: values.clone() }).await, 1);
        let rows = page(ground, column, column.before_all(), 10).await;
        let found: Vec<_> = rows.into_iter().map(|row| row.sealed.unwrap()[0]).collect();
        assert_eq!(found, [11, 2]);
    }
}

async fn every_column_can_be_read_and_written(ground: &Ground) {
    let row = SigningKeyRow {
        id: "a-kid".to_owned(),
        algorithm: "EdDSA".to_owned(),
        sealed_private_key: vec![7; 2_600],
        public_jwk: "{}".to_owned(),
        created_at: START,
        active_from: START,
        retired_at: None,
    };
    assert_eq!(ground.run(AddSigningKey(row)).await, 1);
    add_mac_key(ground, &[1; 40]).await;
    for column in SealedColumn::ALL {
        let rows = page(ground, column, column.before_all(), 10).await;
        let values = rows
            .iter()
            .filter_map(|row| Some(Replacement { key: row.key.clone(), old: row.sealed.clone()?, new: vec![8; 50] }));
        let values: Vec<_> = values.collect();
        let expected = values.len() as u64;
        assert_eq!(ground.run(ReplaceSealed { column, values }).await, expected, "{column:?}");
        assert_eq!(expected, u64::from(matches!(column, SealedColumn::MacKeys | SealedColumn::SigningKeys)));
    }
}
