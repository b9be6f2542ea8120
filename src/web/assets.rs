//! The files that pages are made of, compiled in: style, scripts, symbols.
//!
//! Each is served under a path that holds the hash of its content, so that a browser may keep it for ever, and is
//! compressed once, when it is first asked for.

use std::collections::HashMap;
use std::io::Write;
use std::sync::LazyLock;

use actix_web::http::header::{self, ContentEncoding};
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::Embed;

use super::{Answer, Problem};

#[derive(Embed)]
#[folder = "static/"]
struct Files;

struct Asset {
    path: String,
    etag: String,
    content_type: &'static str,
    plain: web::Bytes,
    gzip: web::Bytes,
}

/// By name. Made at the first request for any.
static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    Files::iter().filter_map(|name| Some((name.to_string(), Asset::load(&name)?))).collect()
});

impl Asset {
    fn load(name: &str) -> Option<Self> {
        let file = Files::get(name)?;
        let hash =
            file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Some(Self {
            path: format!("/static/{hash}/{name}"),
            etag: format!("\"{hash}\""),
            content_type: content_type(name)?,
            gzip: gzip(&file.data, flate2::Compression::best())?,
            plain: web::Bytes::from(file.data.into_owned()),
        })
    }
}

/// Where an asset is served. One that does not exist gets a path that is answered 404; the tests of the templates
/// look for it.
pub fn asset_path(name: &str) -> String {
    ASSETS.get(name).map_or_else(|| format!("/static/missing/{name}"), |asset| asset.path.clone())
}

/// `GET /static/{hash}/{name}`. The hash of another build is answered with the present file, not to be kept: a page
/// from before an update still gets its style.
pub async fn asset(req: HttpRequest, path: web::Path<(String, String)>) -> Answer {
    let (_, name) = path.into_inner();
    let asset = ASSETS.get(&name).ok_or_else(Problem::not_found)?;
    let header = |name| req.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut response = HttpResponse::Ok();
    let kept = if req.path() == asset.path { "public, max-age=31536000, immutable" } else { "no-cache" };
    response
        .insert_header((header::CACHE_CONTROL, kept))
        .insert_header((header::ETAG, asset.etag.as_str()))
        .insert_header((header::VARY, "Accept-Encoding"));
    if header(header::IF_NONE_MATCH) == asset.etag {
        return Ok(response.status(actix_web::http::StatusCode::NOT_MODIFIED).finish());
    }
    response.content_type(asset.content_type);
    if takes_gzip(&req) {
        return Ok(response.insert_header(ContentEncoding::Gzip).body(asset.gzip.clone()));
    }
    Ok(response.body(asset.plain.clone()))
}

/// `None` for what lies beside the assets without being one, such as licences.
fn content_type(name: &str) -> Option<&'static str> {
    match name.rsplit('.').next()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml"),
        _ => None,
    }
}

/// Whether whoever asks can take a compressed answer.
pub(super) fn takes_gzip(req: &HttpRequest) -> bool {
    let codings =
        req.headers().get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    codings.split(',').map(str::trim).any(|coding| coding.starts_with("gzip") && !coding.ends_with(";q=0"))
}

pub(super) fn gzip(plain: &[u8], level: flate2::Compression) -> Option<web::Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
    encoder.write_all(plain).ok()?;
    encoder.finish().ok().map(web::Bytes::from)
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test as server};

    use super::*;

    async fn ask(path: &str, headers: &[(&str, &str)]) -> (u16, header::HeaderMap, usize) {
        let app = server::init_service(App::new().route("/static/{hash}/{name}", web::get().to(asset))).await;
        let mut request = server::TestRequest::get().uri(path);
        for header in headers {
            request = request.insert_header(*header);
        }
        let response = server::call_service(&app, request.to_request()).await;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        (status, headers, server::read_body(response).await.len())
    }

    #[actix_web::test]
    async fn an_asset_is_kept_for_ever_and_sent_compressed() {
        let path = asset_path("tabler-1.6.1.min.css");
        let (status, headers, plain) = ask(&path, &[]).await;
        assert_eq!((status, headers.get("content-encoding")), (200, None));
        assert_eq!(headers.get("cache-control").unwrap(), "public, max-age=31536000, immutable");
        let (_, headers, gzip) = ask(&path, &[("accept-encoding", "br, gzip;q=0.5")]).await;
        assert_eq!(headers.get("content-encoding").unwrap(), "gzip");
        assert!(gzip * 5 < plain, "{gzip} of {plain}");
        let etag = headers.get("etag").unwrap().to_str().unwrap().to_owned();
        let (status, _, size) = ask(&path, &[("if-none-match", &etag)]).await;
        assert_eq!((status, size), (304, 0));
    }

    #[actix_web::test]
    async fn the_file_of_another_build_is_not_kept_and_a_licence_is_no_asset() {
        let (status, headers, _) = ask("/static/0000/app.css", &[]).await;
        assert_eq!((status, headers.get("cache-control").unwrap().to_str().unwrap()), (200, "no-cache"));
        assert_eq!(ask("/static/0000/htmx-4.0.1.LICENSE.txt", &[]).await.0, 404);
        assert_eq!(ask("/static/0000/..%2Fapp.css", &[]).await.0, 404);
    }

    #[test]
    fn the_first_page_weighs_little() {
        let weight: usize = ASSETS.values().map(|asset| asset.gzip.len()).sum();
        assert!(weight < 130_000, "{weight} bytes, and the page itself comes on top");
    }
}
