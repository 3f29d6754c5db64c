//! `GET /v1/admin/users`

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use super::user_json::UserJson;
use crate::domain::clock::Timestamp;
use crate::domain::email::EmailPrefix;
use crate::domain::user_list::{NoSuchSearch, UserCursor, UserFilters, UserOrder, UserSearch};
use crate::domain::username::UsernamePrefix;
use crate::flows::Context;
use crate::flows::admin::users::list_users;
use crate::http::allowed::{Allowed, UsersRead};
use crate::http::paging::{PageJson, page_request};
use crate::http::problem::{FieldError, Problem};
use crate::http::query::Query;

#[derive(Deserialize)]
pub struct UserListQuery {
    limit: Option<u64>,
    cursor: Option<String>,
    sort: Option<String>,
    email: Option<String>,
    username: Option<String>,
    role: Option<String>,
    active: Option<bool>,
    created_after: Option<String>,
    created_before: Option<String>,
}

pub async fn get(
    leave: Allowed<UsersRead>,
    context: web::Data<Context>,
    query: Query<UserListQuery>,
) -> Result<HttpResponse, Problem> {
    let page = list_users(&context, &leave.visit, search(query.0)?).await?;
    let next = page.next.map(|cursor| cursor.to_text());
    Ok(HttpResponse::Ok().json(PageJson::of(page.items.into_iter().map(UserJson::from).collect(), next)))
}

fn search(query: UserListQuery) -> Result<UserSearch, Problem> {
    let filters = UserFilters {
        email: read("?email", "no address begins so", query.email, EmailPrefix::parse)?,
        username: read("?username", "no username begins so", query.username, UsernamePrefix::parse)?,
        role: query.role,
        active: query.active,
        created_after: moment("?created_after", query.created_after)?,
        created_before: moment("?created_before", query.created_before)?,
    };
    let order = match query.sort {
        None => None,
        Some(word) => {
            let one_of = || invalid("?sort", format!("one of {}", UserOrder::WORDS));
            Some(UserOrder::parse(&word).ok_or_else(one_of)?)
        }
    };
    let after = read("?cursor", "not a cursor of this list", query.cursor, UserCursor::parse)?;
    UserSearch::new(filters, order, after, page_request(query.limit, None)?).map_err(|error| {
        let parameter = match error {
            NoSuchSearch::OtherName | NoSuchSearch::NotWithFilters => "?sort",
            NoSuchSearch::Cursor => "?cursor",
        };
        invalid(parameter, error.to_string())
    })
}

fn moment(parameter: &'static str, text: Option<String>) -> Result<Option<Timestamp>, Problem> {
    read(parameter, "a time as in RFC 3339", text, Timestamp::parse_rfc3339)
}

fn read<T>(
    parameter: &'static str,
    expected: &'static str,
    text: Option<String>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    text.map(|text| parse(&text).ok_or_else(|| invalid(parameter, expected.to_owned()))).transpose()
}

fn invalid(parameter: &'static str, detail: String) -> Problem {
    Problem::invalid_field(FieldError::new(parameter, "invalid_value", detail))
}
