//! For tests: how the database goes about the statements of a query, instead of what they give.

use super::conn::Conn;
use super::query::{Access, Query};

pub struct Explained<Q>(pub Q);

impl<Q: Query> Query for Explained<Q> {
    const ACCESS: Access = Q::ACCESS;
    /// One plan for each statement that gives rows: lines of words, on MySQL a JSON document.
    type Output = Vec<String>;

    async fn run(&self, conn: &mut Conn<'_>) -> sqlx::Result<Vec<String>> {
        conn.keep_plans();
        self.0.run(conn).await?;
        Ok(conn.take_plans())
    }
}
