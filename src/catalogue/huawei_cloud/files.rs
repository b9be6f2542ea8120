//! The files that Huawei Cloud's tools read.

use serde::Serialize;
use zeroize::Zeroizing;

use crate::catalogue::{Opened, Undeliverable};
use crate::secret::Secret;

/// `~/.huaweicloud/credentials` of the SDKs, or wherever `HUAWEICLOUD_SDK_CREDENTIALS_FILE` says. Clients of regional
/// services read the first section, clients of global ones the second. The SDKs' readers take `%` for the start of a
/// reference, and `%%` for the character.
pub(super) fn credentials(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let key = [
        ("ak", Some(opened.needed("access_key")?)),
        ("sk", Some(opened.needed("secret_key")?)),
        ("security_token", opened.text("security_token")?),
    ];
    let sections = [
        ("basic", ("project_id", opened.text("project_id")?)),
        ("global", ("domain_id", opened.text("domain_id")?)),
    ];
    let size: usize = key.iter().filter_map(|(_, value)| *value).map(str::len).sum();
    // Room for every character to be doubled, so that growing leaves no copy behind in freed memory.
    let mut out = Zeroizing::new(Vec::with_capacity(4 * size + 1024));
    for (number, (section, of)) in sections.into_iter().enumerate() {
        if number > 0 {
            out.push(b'\n');
        }
        out.extend_from_slice(format!("[{section}]\n").as_bytes());
        for (name, value) in key.into_iter().chain([of]) {
            let Some(value) = value else { continue };
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b" = ");
            for byte in value.bytes() {
                out.extend_from_slice(if byte == b'%' { b"%%" } else { std::slice::from_ref(&byte) });
            }
            out.push(b'\n');
        }
    }
    Ok(Secret::new(std::mem::take(&mut *out)))
}

/// `~/.hcloud/config.json` of KooCLI (`hcloud`), which Terraform's provider reads as well when `HW_SHARED_CONFIG_FILE`
/// names it. KooCLI writes flags as text, and keys as they are only when `authEncrypt` is off; the numbers are its own.
pub(super) fn hcloud_config(opened: &Opened) -> Result<Secret<Vec<u8>>, Undeliverable> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Config<'o> {
        current: &'o str,
        auth_encrypt: &'o str,
        profiles: [Profile<'o>; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Profile<'o> {
        name: &'o str,
        mode: &'o str,
        access_key_id: &'o str,
        secret_access_key: &'o str,
        security_token: &'o str,
        region: &'o str,
        project_id: &'o str,
        domain_id: &'o str,
        skip_secure_verify: &'o str,
        read_timeout: u8,
        connect_timeout: u8,
        retry_count: u8,
    }
    let profile = Profile {
        name: "default",
        mode: "AKSK",
        access_key_id: opened.needed("access_key")?,
        secret_access_key: opened.needed("secret_key")?,
        security_token: opened.text("security_token")?.unwrap_or_default(),
        region: opened.text("region")?.unwrap_or_default(),
        project_id: opened.text("project_id")?.unwrap_or_default(),
        domain_id: opened.text("domain_id")?.unwrap_or_default(),
        skip_secure_verify: "false",
        read_timeout: 10,
        connect_timeout: 5,
        retry_count: 0,
    };
    let config = Config { current: "default", auth_encrypt: "false", profiles: [profile] };
    serde_json::to_vec_pretty(&config).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}

#[cfg(test)]
mod tests {
    use super::super::TYPE;
    use super::*;
    use crate::catalogue::Submitted;

    fn opened(plain: &[(&str, &str)], secret: &[(&str, &str)]) -> Opened {
        let Submitted { variant, plain, secret, .. } = Submitted::sample("default", plain, secret);
        Opened { credential_type: &TYPE, variant, plain, secret }
    }

    #[test]
    fn the_sdks_credentials_have_both_sections_and_percent_signs_doubled() {
        let text = |opened: Opened| String::from_utf8(credentials(&opened).ok().unwrap().expose().clone());
        assert_eq!(
            text(opened(&[("access_key", "AK")], &[("secret_key", "a%b%%=[c];#")])).unwrap(),
            "[basic]\nak = AK\nsk = a%%b%%%%=[c];#\n\n[global]\nak = AK\nsk = a%%b%%%%=[c];#\n"
        );
        let plain = [("access_key", "AK"), ("region", "r"), ("project_id", "p"), ("domain_id", "d")];
        assert_eq!(
            text(opened(&plain, &[("secret_key", "SK"), ("security_token", "t==")])).unwrap(),
            "[basic]\nak = AK\nsk = SK\nsecurity_token = t==\nproject_id = p\n\n\
             [global]\nak = AK\nsk = SK\nsecurity_token = t==\ndomain_id = d\n"
        );
        assert_eq!(credentials(&opened(&plain, &[])).err(), Some(Undeliverable::Unfit));
    }

    #[test]
    fn the_command_lines_profile_is_in_clear_and_current() {
        let json = |opened: Opened| {
            let file = hcloud_config(&opened).ok().unwrap();
            serde_json::from_slice::<serde_json::Value>(file.expose()).unwrap()
        };
        let plain = [("access_key", "AK"), ("region", "cn-north-4"), ("project_id", "p"), ("domain_id", "d")];
        assert_eq!(
            json(opened(&plain, &[("secret_key", "S\"K"), ("security_token", "t")])),
            serde_json::json!({"current": "default", "authEncrypt": "false", "profiles": [{
                "name": "default", "mode": "AKSK", "accessKeyId": "AK", "secretAccessKey": "S\"K",
                "securityToken": "t", "region": "cn-north-4", "projectId": "p", "domainId": "d",
                "skipSecureVerify": "false", "readTimeout": 10, "connectTimeout": 5, "retryCount": 0}]})
        );
        let bare = json(opened(&[("access_key", "AK")], &[("secret_key", "SK")]));
        assert_eq!(bare["profiles"][0]["region"], "");
        assert_eq!(hcloud_config(&opened(&plain, &[])).err(), Some(Undeliverable::Unfit));
    }
}
