//! How these addresses are described: the bounds are the constants that the code checks by, and the ways of refusing
//! are named by what an address does.

use std::collections::BTreeMap;

use serde_json::json;
use utoipa::IntoResponses;
use utoipa::openapi::schema::{KnownFormat, OneOfBuilder, SchemaFormat};
use utoipa::openapi::{Object, ObjectBuilder, RefOr, Response, Type};

use super::access_keys::{ALL, ANYWHERE, NEVER};
use super::{MOST, USUAL};
use crate::credentials::Name;
use crate::directory::{MemberState, Slug};
use crate::permission::{EnterpriseRole, LocalRole};
use crate::pipelines::{KeyState, MOST_LISTED, Overlap};
use crate::web::described::{list_of, saying, such_as, text, text_or_null, word_or, words, words_or_null};
use crate::web::refusals;

macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident: $(($status:literal, $code:literal)),+;)+) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl IntoResponses for $name {
            fn responses() -> BTreeMap<String, RefOr<Response>> {
                refusals(&[$(($status, &[$code])),+])
            }
        }
    )+};
}

ways! {
    /// Whoever asks anything.
    Any: (401, "unauthenticated"), (500, "internal"), (503, "unavailable");
    /// Whoever names something in the address.
    Named: (404, "not_found");
    /// Whoever asks for a stretch of a list.
    Stretch: (400, "invalid_request"), (422, "invalid_request");
    /// Whoever sends a document.
    Document: (400, "invalid_request"), (413, "too_large"), (422, "invalid_request");
    /// Whoever wants what something else stands against.
    Clash: (409, "conflict");
    /// Whoever asks for what is a right of its own.
    Right: (403, "forbidden");
    /// Whoever would touch an owner.
    Owners: (403, "forbidden");
}

/// How many lines of a list.
pub(super) fn limit() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(MOST))
        .default(Some(USUAL.into()))
        .build()
}

/// What [`Slug`] reads, but for segments of dots.
const PATH: &str = "^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$";

/// The path of a place that is made.
pub(super) fn path() -> Object {
    let sentence = "What CI systems call it, unique in the enterprise.";
    saying(such_as(text((1, Slug::MAX), Some(PATH)), "storefront/web"), sentence)
}

/// The path of a place that is changed.
pub(super) fn path_or_null() -> Object {
    saying(such_as(text_or_null((1, Slug::MAX), Some(PATH)), "storefront/web"), "The new path.")
}

/// The name of what is made, which may be left out or be empty.
pub(super) fn name_or_nothing() -> Object {
    let sentence = "What people call it. Left out, a place is called by its path, and a member by their address or subject.";
    saying(such_as(text_or_null((0, Name::MAX), None), "Storefront 商城"), sentence)
}

/// The name of what is changed.
pub(super) fn name_or_null() -> Object {
    saying(such_as(text_or_null((1, Name::MAX), None), "Storefront 商城"), "The new name.")
}

/// The address of who is added, which may be left out or be empty.
pub(super) fn email_or_nothing() -> Object {
    let pattern = Some("^(\\S+@[^\\s@]+)?$");
    saying(
        such_as(text_or_null((0, 254), pattern), "li.na@example.com"),
        "An e-mail address, for showing only.",
    )
}

/// A role in the enterprise.
pub(super) fn role() -> Object {
    saying(words(EnterpriseRole::ALL.map(EnterpriseRole::as_str)), "A role in the enterprise.")
}

/// The same where it may be left out.
pub(super) fn role_or_null() -> Object {
    let sentence = "A role in the enterprise; new members are `member` when it is left out. Programs make nobody an owner.";
    saying(words_or_null(EnterpriseRole::ALL.map(EnterpriseRole::as_str)), sentence)
}

/// A role in a place.
pub(super) fn local_role() -> Object {
    saying(
        words([LocalRole::Manager, LocalRole::Member].map(LocalRole::as_str)),
        "A role in the project or repository.",
    )
}

/// Whether a member may sign in.
pub(super) fn state() -> Object {
    saying(words(STATES.map(MemberState::as_str)), "Whether they may sign in.")
}

/// The same where it may be left out.
pub(super) fn state_or_null() -> Object {
    let sentence = "`disabled` ends all their sign-ins at once; what they answer for goes on.";
    saying(words_or_null(STATES.map(MemberState::as_str)), sentence)
}

/// All of them.
pub(super) const STATES: [MemberState; 2] = [MemberState::Active, MemberState::Disabled];

/// What an access key is called.
pub(super) fn key_name() -> Object {
    saying(such_as(text((1, Name::MAX), None), "nightly builds"), "What people call it.")
}

/// How an access key stands.
pub(super) fn key_state() -> Object {
    let sentence = "How it stands: `expiring` works, and ends within two weeks.";
    saying(words(KeyState::ALL.map(KeyState::as_str)), sentence)
}

/// How long the secret before works on.
pub(super) fn key_overlap() -> Object {
    let sentence = "How long the secret before works on: not at all, an hour, a day or seven days.";
    saying(such_as(words(Overlap::ALL.map(Overlap::as_str)), Overlap::Day.as_str()), sentence)
}

/// When an access key ends.
pub(super) fn key_end() -> OneOfBuilder {
    let moment = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .build();
    let sentence = "When it ends, in the future; or `never`.";
    word_or(NEVER, moment, sentence).examples(["2030-12-31T00:00:00Z"])
}

/// From where an access key works.
pub(super) fn key_sources() -> OneOfBuilder {
    let network = text((2, 43), Some("^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$"));
    let sentence = "From where it works: `anywhere`, or networks and single addresses of IPv4 and IPv6.";
    word_or(ANYWHERE, list_of(network, (1, MOST_LISTED)), sentence)
        .examples([json!(["10.20.0.0/16", "2001:db8::/32"])])
}

/// What a credential's token looks like, but for its length.
const TOKEN: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]*$";

/// What an access key may ask for.
pub(super) fn key_tokens() -> OneOfBuilder {
    let sentence = "What it may ask for: `all` that its place may use, or of that these tokens only.";
    word_or(ALL, list_of(text((1, 64), Some(TOKEN)), (1, MOST_LISTED)), sentence)
        .examples([json!(["aliyun-prod"])])
}
