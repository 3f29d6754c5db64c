//! Every table with its columns and what each holds: for what goes over all of them, a backup's counts and a copy.
//!
//! In an order in which each table comes after those that its foreign keys lead to. A test holds the list against the
//! real schema of each database.

/// What a column holds, the same on every database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Id,
    Number,
    Flag,
    Text,
    Bytes,
}

#[derive(Clone, Copy, Debug)]
pub struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [Column],
}

const fn id(name: &'static str) -> Column {
    Column { name, kind: Kind::Id }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

const fn flag(name: &'static str) -> Column {
    Column { name, kind: Kind::Flag }
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn bytes(name: &'static str) -> Column {
    Column { name, kind: Kind::Bytes }
}

/// All but the record of migrations and their lease, which belong to the schema and not to what is in it.
pub const TABLES: &[Table] = &[
    Table {
        name: "users",
        columns: &[
            id("id"),
            text("email"),
            text("email_key"),
            text("username"),
            text("username_key"),
            text("hashed_password"),
            flag("active"),
            number("created_at"),
            number("updated_at"),
            number("last_login"),
            bytes("mfa_secret"),
            flag("mfa_enabled"),
            number("mfa_last_step"),
            text("metadata"),
            text("display_name"),
            number("email_verified_at"),
            number("auth_epoch"),
            number("claims_version"),
            number("password_changed_at"),
            flag("must_change_password"),
            number("locked_at"),
            number("guard"),
            id("mfa_last_step_by"),
        ],
    },
    Table { name: "roles", columns: &[id("id"), text("name"), text("description"), flag("built_in"), number("guard")] },
    Table { name: "role_permissions", columns: &[id("role_id"), text("permission")] },
    Table { name: "user_roles", columns: &[id("user_id"), id("role_id"), number("granted_at"), id("granted_by")] },
    Table { name: "mac_keys", columns: &[id("id"), bytes("sealed_key"), number("created_at"), number("retired_at")] },
    Table {
        name: "signing_keys",
        columns: &[
            text("id"),
            text("algorithm"),
            bytes("private_key"),
            text("public_jwk"),
            number("created_at"),
            number("active_from"),
            number("retired_at"),
        ],
    },
    Table {
        name: "sessions",
        columns: &[
            id("id"),
            id("user_id"),
            number("created_at"),
            number("expires_at"),
            number("auth_time"),
            number("auth_epoch"),
            text("amr"),
            text("ip"),
            text("user_agent"),
            number("revoked_at"),
            text("revoke_reason"),
        ],
    },
    Table {
        name: "refresh_tokens",
        columns: &[
            id("id"),
            id("session_id"),
            id("user_id"),
            id("client_id"),
            id("mac_key_id"),
            number("generation"),
            number("rotated_at"),
            id("rotated_by"),
            number("expires_at"),
            flag("revoked"),
            number("created_at"),
        ],
    },
    Table {
        name: "revocations",
        columns: &[
            id("id"),
            number("at"),
            text("kind"),
            id("session_id"),
            id("user_id"),
            number("epoch"),
            id("except_session_id"),
            number("version"),
            text("reason"),
            number("expires_at"),
        ],
    },
    Table {
        name: "service_clients",
        columns: &[
            id("id"),
            text("name"),
            bytes("secret_hash"),
            text("permissions"),
            flag("active"),
            number("created_at"),
            number("last_used_at"),
        ],
    },
    Table { name: "leases", columns: &[text("name"), id("holder"), number("fence"), number("expires_at")] },
    Table {
        name: "one_time_tokens",
        columns: &[
            id("id"),
            text("kind"),
            bytes("token_hash"),
            id("user_id"),
            bytes("payload"),
            number("attempts"),
            number("expires_at"),
            number("spent_at"),
            id("spent_by"),
            number("created_at"),
        ],
    },
    Table {
        name: "recovery_codes",
        columns: &[id("id"), id("user_id"), bytes("code_hash"), number("spent_at"), id("spent_by")],
    },
    Table {
        name: "password_history",
        columns: &[id("id"), id("user_id"), text("hashed_password"), number("created_at")],
    },
    Table {
        name: "throttles",
        columns: &[
            bytes("key_hash"),
            text("kind"),
            number("failures"),
            number("first_failure_at"),
            number("blocked_until"),
        ],
    },
    Table {
        name: "outbox",
        columns: &[
            id("id"),
            text("kind"),
            text("recipient"),
            bytes("payload"),
            number("attempts"),
            number("next_attempt_at"),
            number("sent_at"),
            number("created_at"),
        ],
    },
    Table {
        name: "identities",
        columns: &[
            id("id"),
            id("user_id"),
            text("provider"),
            text("issuer"),
            text("subject"),
            text("email"),
            number("linked_at"),
        ],
    },
    Table {
        name: "audit_events",
        columns: &[
            id("id"),
            number("at"),
            id("node"),
            text("actor_kind"),
            id("actor_id"),
            text("action"),
            id("subject_id"),
            id("session_id"),
            text("outcome"),
            text("request_id"),
            text("detail"),
            bytes("personal_digest"),
            number("seal"),
            number("place"),
            bytes("link"),
        ],
    },
    Table {
        name: "audit_personal",
        columns: &[id("event_id"), id("person_id"), bytes("salt"), text("ip"), text("user_agent"), text("identifier")],
    },
    Table {
        name: "audit_seals",
        columns: &[
            number("seq"),
            number("count"),
            bytes("root"),
            bytes("previous_root"),
            number("sealed_at"),
            bytes("signature"),
        ],
    },
];
