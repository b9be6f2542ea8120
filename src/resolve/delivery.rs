//! Opened content → the shape in which a tool takes it.
//!
//! Used by the resolve endpoint once the decision is made and recorded. Pure: knows neither callers nor requests.

pub use crate::catalogue::{Opened, Undeliverable};

use zeroize::Zeroizing;

use super::{mask, quote};
use crate::catalogue;
use crate::secret::Secret;

/// A form of delivery.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// All fields that were typed in, as a JSON object.
    Fields,
    /// Environment variables, as a JSON object.
    Env,
    /// Environment variables, as a dotenv file.
    Dotenv,
    /// Environment variables, as lines for a shell to evaluate.
    Shell,
    /// A file that the type's tools read, by name.
    File(&'static str),
}

/// One credential in one format.
pub struct Delivered {
    /// The bytes.
    pub body: Secret<Vec<u8>>,
    /// Their media type.
    pub media_type: &'static str,
    /// A name to save them under.
    pub file_name: &'static str,
}

/// Files by the names of their formats.
pub type Files = Vec<(&'static str, Secret<Vec<u8>>)>;

/// Names of the formats that cannot be made, and why.
pub type LeftOut = Vec<(&'static str, Undeliverable)>;

/// Names with their values, in the order of the fields.
pub type Pairs = Vec<(&'static str, Secret<String>)>;

impl Format {
    /// Reads a format's name; files are known by the catalogue.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "fields" => Some(Self::Fields),
            "env" => Some(Self::Env),
            "dotenv" => Some(Self::Dotenv),
            "shell" => Some(Self::Shell),
            _ => catalogue::all()
                .iter()
                .flat_map(|known| known.files)
                .find(|file| file.name == text)
                .map(|file| Self::File(file.name)),
        }
    }

    /// The name in requests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Env => "env",
            Self::Dotenv => "dotenv",
            Self::Shell => "shell",
            Self::File(name) => name,
        }
    }
}

/// The content in that format.
pub fn deliver(opened: &Opened, format: Format) -> Result<Delivered, Undeliverable> {
    const JSON: &str = "application/json";
    const TEXT: &str = "text/plain; charset=utf-8";
    match format {
        Format::Fields => {
            Ok(Delivered { body: json(&fields(opened)?)?, media_type: JSON, file_name: "fields.json" })
        }
        Format::Env => Ok(Delivered { body: json(&env(opened)?)?, media_type: JSON, file_name: "env.json" }),
        Format::Dotenv => {
            let body = lines(opened, quote::dotenv, Undeliverable::NotQuotable { instead: "shell" })?;
            Ok(Delivered { body, media_type: TEXT, file_name: ".env" })
        }
        Format::Shell => {
            let body = lines(opened, quote::shell, Undeliverable::Unfit)?;
            Ok(Delivered { body, media_type: TEXT, file_name: "env.sh" })
        }
        Format::File(name) => {
            let file = opened.credential_type.file(name).ok_or(Undeliverable::NotOfThisType)?;
            Ok(Delivered {
                body: (file.write)(opened)?,
                media_type: file.media_type,
                file_name: file.file_name,
            })
        }
    }
}

/// The fields that were typed in, secret ones included, derived facts left out.
pub fn fields(opened: &Opened) -> Result<Pairs, Undeliverable> {
    let mut pairs = Vec::new();
    for field in opened.kind()?.fields.iter().filter(|field| field.is_input()) {
        if let Some(value) = opened.text(field.name)? {
            pairs.push((field.name, Secret::new(value.to_owned())));
        }
    }
    Ok(pairs)
}

/// The environment variables. Types whose tools read files have none.
pub fn env(opened: &Opened) -> Result<Pairs, Undeliverable> {
    let mut pairs = Vec::new();
    for field in opened.kind()?.fields {
        let Some(value) = opened.text(field.name)? else { continue };
        pairs.extend(field.env.iter().map(|name| (*name, Secret::new(value.to_owned()))));
        for (name, part) in field.env_parts {
            let part = part(value).ok_or(Undeliverable::Unfit)?;
            pairs.push((*name, Secret::new(part.to_owned())));
        }
    }
    Ok(pairs)
}

/// The wanted files of the type, and those that cannot be made of this content: one that lacks a field, or whose tool
/// would change a value, does not keep the others back.
pub fn files(opened: &Opened, wanted: impl Fn(&str) -> bool) -> Result<(Files, LeftOut), Undeliverable> {
    let (mut files, mut left_out) = (Files::new(), LeftOut::new());
    for file in opened.credential_type.files.iter().filter(|file| wanted(file.name)) {
        match (file.write)(opened) {
            Ok(body) => files.push((file.name, body)),
            Err(Undeliverable::Unfit) => return Err(Undeliverable::Unfit),
            Err(undeliverable) => left_out.push((file.name, undeliverable)),
        }
    }
    Ok((files, left_out))
}

/// The exact strings that a runner must hide: every secret field and every secret inside of one.
pub fn masks(opened: &Opened) -> Vec<Secret<String>> {
    let inner = (opened.credential_type.inner)(opened);
    mask::masks(opened.secret.values().chain(inner.iter()))
}

type Quote = fn(&mut Vec<u8>, &str, &str) -> Option<()>;

/// An empty file would make `eval` succeed and the build fail later, so a type without variables is refused.
fn lines(opened: &Opened, quote: Quote, refused: Undeliverable) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let pairs = env(opened)?;
    if pairs.is_empty() {
        let instead = opened.credential_type.files.first().map_or("fields", |file| file.name);
        return Err(Undeliverable::NoEnvironment { instead });
    }
    // Room for every quote to become four bytes, so that growing leaves no copy behind in freed memory.
    let room = pairs.iter().map(|(name, value)| name.len() + 4 * value.expose().len() + 16).sum();
    let mut out = Zeroizing::new(Vec::with_capacity(room));
    for (name, value) in &pairs {
        quote(&mut out, name, value.expose()).ok_or(refused)?;
    }
    Ok(Secret::new(std::mem::take(&mut *out)))
}

fn json(pairs: &Pairs) -> Result<Secret<Vec<u8>>, Undeliverable> {
    let map: std::collections::BTreeMap<&str, &str> =
        pairs.iter().map(|(name, value)| (*name, value.expose().as_str())).collect();
    serde_json::to_vec(&map).map(Secret::new).map_err(|_| Undeliverable::Unfit)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn opened(id: &str, variant: &str) -> Opened {
        let credential_type = catalogue::find(id).unwrap();
        let sample = credential_type.sample(variant);
        Opened { credential_type, variant: variant.to_owned(), plain: sample.plain, secret: sample.secret }
    }

    fn text(opened: &Opened, format: Format) -> Result<String, Undeliverable> {
        deliver(opened, format).map(|delivered| String::from_utf8(delivered.body.expose().clone()).unwrap())
    }

    #[test]
    fn the_environment_of_each_type_has_the_names_that_its_tools_read() {
        let with = |mut opened: Opened, token: &str| {
            opened.secret.insert(token.into(), Secret::new(b"CAIS".to_vec()));
            opened
        };
        for (opened, wanted) in [
            (
                with(opened("alibaba-cloud", "default"), "security_token"),
                &[
                    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAI5tSampleOfVoucher001"),
                    ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "SampleSecretThatOpensNothing01"),
                    ("ALIBABA_CLOUD_SECURITY_TOKEN", "CAIS"),
                    ("ALICLOUD_SECURITY_TOKEN", "CAIS"),
                    ("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou"),
                    ("ALIBABA_CLOUD_REGION", "cn-hangzhou"),
                ][..],
            ),
            (
                with(opened("tencent-cloud", "default"), "token"),
                &[
                    ("TENCENTCLOUD_SECRET_ID", "AKIDsampleOfVoucherThatOpensNothing0"),
                    ("TENCENTCLOUD_SECRET_KEY", "SampleSecretKeyThatOpensNothing0"),
                    ("TENCENTCLOUD_TOKEN", "CAIS"),
                    ("TENCENTCLOUD_SECURITY_TOKEN", "CAIS"),
                    ("TENCENTCLOUD_REGION", "ap-guangzhou"),
                ],
            ),
            (
                with(opened("huawei-cloud", "default"), "security_token"),
                &[
                    ("HW_ACCESS_KEY", "VOUCHERSAMPLEKEY0001"),
                    ("HUAWEICLOUD_SDK_AK", "VOUCHERSAMPLEKEY0001"),
                    ("HW_SECRET_KEY", "SampleSecretAccessKeyThatOpensNothing001"),
                    ("HUAWEICLOUD_SDK_SK", "SampleSecretAccessKeyThatOpensNothing001"),
                    ("HW_SECURITY_TOKEN", "CAIS"),
                    ("HUAWEICLOUD_SDK_SECURITY_TOKEN", "CAIS"),
                    ("HW_REGION_NAME", "cn-north-4"),
                ],
            ),
            (
                opened("feishu", "bot"),
                &[
                    (
                        "FEISHU_WEBHOOK_URL",
                        "https://open.feishu.cn/open-apis/bot/v2/hook/00000000-5a3b-4e00-8000-0000005a3b1e",
                    ),
                    ("FEISHU_SECRET", "SampleSignKey00000001"),
                ],
            ),
            (
                opened("feishu", "application"),
                &[
                    ("LARK_APP_ID", "cli_a1sampleofvoucher01"),
                    ("LARK_APP_SECRET", "SampleSecretThatOpensNothing0001"),
                ],
            ),
            (
                opened("dingtalk", "bot"),
                &[
                    (
                        "DINGTALK_WEBHOOK",
                        "https://oapi.dingtalk.com/robot/send?access_token=00000000000000000000000000000000000000000000000000000000005a3b1e",
                    ),
                    (
                        "DINGTALK_SECRET",
                        "SEC0000000000000000000000000000000000000000000000000000000000000001",
                    ),
                ],
            ),
            (
                opened("dingtalk", "application"),
                &[
                    ("DINGTALK_APP_KEY", "dingsampleofvoucher1"),
                    ("DINGTALK_CLIENT_ID", "dingsampleofvoucher1"),
                    ("DINGTALK_APP_SECRET", "SampleSecretThatOpensNothing-DingTalk-0001"),
                    ("DINGTALK_CLIENT_SECRET", "SampleSecretThatOpensNothing-DingTalk-0001"),
                    ("DINGTALK_AGENT_ID", "1000000001"),
                    ("DINGTALK_CORP_ID", "dingsample"),
                ],
            ),
            (
                opened("wechat-work", "bot"),
                &[
                    (
                        "WECOM_WEBHOOK_URL",
                        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-5a3b-4e00-8000-0000005a3b1e",
                    ),
                    ("WECOM_WEBHOOK_KEY", "00000000-5a3b-4e00-8000-0000005a3b1e"),
                ],
            ),
            (
                opened("wechat-work", "application"),
                &[
                    ("WECOM_CORP_ID", "wwsampleofvoucher1"),
                    ("WECOM_AGENT_ID", "1000002"),
                    ("WECOM_CORP_SECRET", "SampleSecretThatOpensNothing_00000000000001"),
                ],
            ),
            (
                opened("username-password", "default"),
                &[
                    ("VOUCHER_USERNAME", "builder"),
                    ("VOUCHER_PASSWORD", "sample-password-that-opens-nothing"),
                ],
            ),
            (
                opened("docker-registry", "password"),
                &[
                    ("DOCKER_REGISTRY", "registry.example.com"),
                    ("DOCKER_USERNAME", "builder"),
                    ("DOCKER_REGISTRY_USER", "builder"),
                    ("DOCKER_PASSWORD", "sample-password-that-opens-nothing"),
                    ("DOCKER_REGISTRY_PASS", "sample-password-that-opens-nothing"),
                ],
            ),
            (
                opened("jenkins", "default"),
                &[
                    ("JENKINS_URL", "https://jenkins.example.com/"),
                    ("JENKINS_USER_ID", "pipeline"),
                    ("JENKINS_API_TOKEN", "11000000000000000000000000005a3b1e"),
                ],
            ),
            (opened("kubernetes", "kubeconfig"), &[]),
            (opened("kubernetes", "token"), &[]),
        ] {
            let pairs = env(&opened).ok().unwrap();
            let pairs: Vec<(&str, &str)> =
                pairs.iter().map(|(name, value)| (*name, value.expose().as_str())).collect();
            assert_eq!(pairs, wanted);
        }
    }

    #[test]
    fn every_sample_is_delivered_in_every_format_of_its_type() {
        for known in catalogue::all() {
            for variant in known.variants {
                let opened = opened(known.id, variant.id);
                let at = format!("{} {}", known.id, variant.id);
                let fields: BTreeMap<String, String> =
                    serde_json::from_str(&text(&opened, Format::Fields).unwrap()).unwrap();
                assert!(opened.secret.keys().all(|name| fields.contains_key(name)), "{at}");
                let given: BTreeMap<String, String> =
                    serde_json::from_str(&text(&opened, Format::Env).unwrap()).unwrap();
                assert_eq!(given.len(), env(&opened).ok().unwrap().len(), "{at}");
                for file in known.files {
                    assert_eq!(Format::parse(file.name), Some(Format::File(file.name)));
                    assert!(deliver(&opened, Format::File(file.name)).is_ok(), "{at} {}", file.name);
                }
                let (made, left_out) = files(&opened, |_| true).ok().unwrap();
                assert_eq!((made.len(), left_out), (known.files.len(), Vec::new()), "{at}");
                // A type without either would be of no use to a runner.
                assert!(!given.is_empty() || !known.files.is_empty(), "{at}");
                for format in [Format::Dotenv, Format::Shell] {
                    assert_eq!(text(&opened, format).is_ok(), !given.is_empty(), "{at} {format:?}");
                }
            }
        }
    }

    #[test]
    fn a_file_that_needs_an_empty_field_is_left_out_and_keeps_no_other_back() {
        let mut opened = opened("tencent-cloud", "default");
        opened.plain.remove("region");
        let (made, left_out) = files(&opened, |_| true).ok().unwrap();
        assert_eq!(made.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["tccli-credential"]);
        assert_eq!(left_out, [("tccli-configure", Undeliverable::Lacks { field: "region" })]);
        let (made, left_out) = files(&opened, |name| name == "tccli-credential").ok().unwrap();
        assert_eq!((made.len(), left_out.len()), (1, 0), "nobody asked for the other");
        let refused = text(&opened, Format::File("tccli-configure")).unwrap_err();
        assert_eq!((refused.code(), refused.instead()), ("field_empty", None));
        assert!(refused.to_string().contains("`region`"), "{refused}");
        opened.secret.clear();
        assert_eq!(files(&opened, |_| true).err(), Some(Undeliverable::Unfit));
    }

    #[test]
    fn fields_are_what_was_typed_in() {
        let mut opened = opened("kubernetes", "kubeconfig");
        opened.plain.insert("server".into(), "derived".into());
        let fields: BTreeMap<String, String> =
            serde_json::from_str(&text(&opened, Format::Fields).unwrap()).unwrap();
        assert_eq!(fields.keys().collect::<Vec<_>>(), ["kubeconfig"]);
        assert_eq!(fields["kubeconfig"], text(&opened, Format::File("kubeconfig")).unwrap());
    }

    #[test]
    fn a_refusal_names_the_format_that_can_carry_the_value() {
        let mut opened = opened("username-password", "default");
        opened.secret.insert("password".into(), Secret::new(b"it's".to_vec()));
        assert_eq!(text(&opened, Format::Dotenv), Err(Undeliverable::NotQuotable { instead: "shell" }));
        assert_eq!(
            text(&opened, Format::Shell).unwrap(),
            "export VOUCHER_USERNAME='builder'\nexport VOUCHER_PASSWORD='it'\\''s'\n"
        );
        let kubernetes = super::tests::opened("kubernetes", "kubeconfig");
        for format in [Format::Dotenv, Format::Shell] {
            let refused = Undeliverable::NoEnvironment { instead: "kubeconfig" };
            assert_eq!(text(&kubernetes, format), Err(refused));
            assert_eq!((refused.code(), refused.instead()), ("no_environment", Some("kubeconfig")));
        }
        assert_eq!(text(&kubernetes, Format::File("aliyun-config")), Err(Undeliverable::NotOfThisType));
    }

    #[test]
    fn content_that_is_not_what_the_type_says_is_refused() {
        let broken = |change: fn(&mut Opened)| {
            let mut opened = opened("alibaba-cloud", "default");
            change(&mut opened);
            [Format::Fields, Format::Env, Format::File("aliyun-config")]
                .map(|format| text(&opened, format).err())
        };
        let unfit = Some(Undeliverable::Unfit);
        assert_eq!(broken(|opened| opened.variant = "gone".into())[..2], [unfit, unfit]);
        let binary = |opened: &mut Opened| {
            opened.secret.insert("access_key_secret".into(), Secret::new(vec![0xff]));
        };
        assert_eq!(broken(binary), [unfit, unfit, unfit]);
        assert_eq!(broken(|opened| opened.secret.clear()), [None, None, unfit]);
    }

    #[test]
    fn formats_are_read_by_their_names() {
        for name in ["fields", "env", "dotenv", "shell", "kubeconfig", "aliyun-config"] {
            assert_eq!(Format::parse(name).map(Format::as_str), Some(name));
        }
        for name in ["", "Fields", "json", "kubeconfig ", "../env"] {
            assert_eq!(Format::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_token_inside_of_a_kubeconfig_is_hidden_on_its_own() {
        let masks = masks(&opened("kubernetes", "kubeconfig"));
        assert!(masks.iter().any(|mask| mask.expose() == "sample-token-that-opens-nothing"));
        let plain = opened("alibaba-cloud", "default").plain;
        assert!(masks.iter().all(|mask| !plain.values().any(|value| value == mask.expose())));
    }
}
