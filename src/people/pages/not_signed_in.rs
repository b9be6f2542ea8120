//! Why somebody is not signed in, said to them in our own words.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use crate::people::ReturnTo;
use crate::permission::Viewer;
use crate::web::{Answer, Shell};

#[derive(Template)]
#[template(path = "people/not_signed_in.html")]
struct NotSignedInPage<'a> {
    shell: &'a Shell,
    sentence: &'static str,
    hint: String,
    /// Where to go on, when somebody is signed in all the same.
    onward: Option<&'a str>,
    start: String,
}

/// Why somebody stands before the door and not behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSignedIn {
    Used,
    Denied,
    ProviderDown,
    ProviderRefused,
    Distrusted,
    /// Was asked to confirm that it is them, and the provider does not say that they did.
    NotConfirmed,
    NotAMember,
    Disabled,
    /// Signed in, but not for where they want to go.
    ProveAgain,
}

impl NotSignedIn {
    fn status(self) -> StatusCode {
        match self {
            Self::Used => StatusCode::BAD_REQUEST,
            Self::Denied
            | Self::Distrusted
            | Self::NotConfirmed
            | Self::NotAMember
            | Self::Disabled
            | Self::ProveAgain => StatusCode::FORBIDDEN,
            Self::ProviderDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::ProviderRefused => StatusCode::BAD_GATEWAY,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Used => "people-attempt-used",
            Self::Denied => "people-denied",
            Self::ProviderDown => "people-provider-down",
            Self::ProviderRefused => "people-provider-refused",
            Self::Distrusted => "people-distrusted",
            Self::NotConfirmed => "people-not-confirmed",
            Self::NotAMember => "people-not-a-member",
            Self::Disabled => "people-disabled",
            Self::ProveAgain => "people-prove-again",
        }
    }

    /// The stable code in audit records.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Used => "attempt_used",
            Self::Denied => "denied",
            Self::ProviderDown => "provider_unavailable",
            Self::ProviderRefused => "provider_refused",
            Self::Distrusted => "provider_not_trusted",
            Self::NotConfirmed => "not_confirmed",
            Self::NotAMember => "not_a_member",
            Self::Disabled => "member_disabled",
            Self::ProveAgain => "signed_out_since",
        }
    }

    /// The page that says so; `wanted` is the slug of the enterprise that they want to come into.
    pub(super) fn page(self, request: &HttpRequest, viewer: Option<&Viewer>, wanted: Option<&str>) -> Answer {
        self.page_of(request, viewer, wanted, &[])
    }

    /// The page for somebody who was asked to confirm that it is them and to go on at `return_to`.
    pub(super) fn page_of_confirmation(
        self,
        request: &HttpRequest,
        viewer: Option<&Viewer>,
        (wanted, return_to): (Option<&str>, &ReturnTo),
    ) -> Answer {
        self.page_of(request, viewer, wanted, &[("confirm", "true"), ("return_to", return_to.as_str())])
    }

    fn page_of(
        self,
        request: &HttpRequest,
        viewer: Option<&Viewer>,
        wanted: Option<&str>,
        more: &[(&str, &str)],
    ) -> Answer {
        let shell = Shell::of(request, viewer);
        let again = matches!(self, Self::NotAMember | Self::Disabled | Self::ProveAgain);
        let place = "/sign-in/start?";
        let mut start = url::form_urlencoded::Serializer::for_suffix(place.to_owned(), place.len());
        start.extend_pairs(again.then_some(("again", "true")));
        start.extend_pairs(more);
        start.extend_pairs(wanted.map(|wanted| ("enterprise", wanted)));
        let page = NotSignedInPage {
            shell: &shell,
            sentence: self.sentence(),
            hint: format!("{}.hint", self.sentence()),
            onward: viewer.map(|_| "/"),
            start: start.finish(),
        };
        shell.answer(self.status(), &page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::look;

    #[test]
    fn every_reason_can_be_shown() {
        use NotSignedIn::*;
        for reason in [
            Used,
            Denied,
            ProviderDown,
            ProviderRefused,
            Distrusted,
            NotConfirmed,
            NotAMember,
            Disabled,
            ProveAgain,
        ] {
            for onward in [None, Some("/")] {
                look::in_every_shell(|shell| {
                    let hint = format!("{}.hint", reason.sentence());
                    NotSignedInPage {
                        shell,
                        sentence: reason.sentence(),
                        hint,
                        onward,
                        start: "/sign-in/start?enterprise=\"x".into(),
                    }
                    .render()
                });
            }
        }
    }
}
