//! `voucher openapi`: the description of what programs can ask, as `/openapi.json` serves it.

use std::process::ExitCode;

use super::{Code, Error};
use crate::openapi;

pub(super) fn run() -> Result<ExitCode, Error> {
    let document = openapi::pretty().map_err(|error| {
        Error::new(Code::Failed, format!("the document cannot be written: {error}"), "Report this.")
    })?;
    println!("{document}");
    Ok(ExitCode::SUCCESS)
}
