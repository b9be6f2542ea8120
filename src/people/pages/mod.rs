//! Signing in and out, as people see it.
//!
//! `GET /sign-in` offers it; `/sign-in/start` is a plain link, so that no form leads to another site; the provider
//! sends people back to `/auth/callback`. Whatever goes wrong on the way is a page of ours with a sentence of ours: a
//! provider's texts are never shown.

mod backchannel;
mod callback;
mod cookies;
mod enterprises;
mod hint;
mod not_signed_in;
mod sign_ins;
mod sign_out;
mod start;

use actix_web::{HttpRequest, HttpResponse};

use crate::web::{origin, see_other};

pub(crate) use self::backchannel::backchannel_logout;
pub(crate) use self::callback::callback;
pub(crate) use self::enterprises::{enter, enterprises};
pub(crate) use self::sign_ins::{
    end_other_sign_ins, end_own_sign_in, end_sign_in_of_member, end_sign_ins_of_member, own_sign_ins,
    sign_ins_of_member,
};
pub(crate) use self::sign_out::{sign_out, signed_out};
pub(crate) use self::start::{health, sign_in_page, start};

/// Leads to another page or site. htmx would fetch the place and swap it in; it is told to go there instead.
fn lead_away(request: &HttpRequest, to: &str) -> HttpResponse {
    if request.headers().contains_key("hx-request") {
        return HttpResponse::NoContent().insert_header(("HX-Redirect", to)).finish();
    }
    see_other(to)
}
