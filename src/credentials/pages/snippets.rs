//! Text to copy into pipelines: how a credential's token is used where. The same in every language.

use crate::catalogue::CredentialType;

/// A piece of text to copy.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    /// The message id of its title.
    pub(super) title: &'static str,
    pub(super) text: String,
    /// Its id on the page.
    pub(super) id: &'static str,
}

/// The ways to use a credential of that type and token.
pub(super) fn snippets(of: &CredentialType, token: &str, url: &str) -> Vec<Snippet> {
    let file = of.files.first();
    let format = file.map_or("dotenv", |file| file.name);
    let exec = match file {
        Some(file)
            if of.variants.iter().all(|variant| variant.fields.iter().all(|field| field.env.is_empty())) =>
        {
            let variable = file.name.to_uppercase().replace('-', "_");
            format!("voucher exec --file {variable}={token} -- ./deploy.sh")
        }
        _ => format!("voucher exec --env {token} -- ./deploy.sh"),
    };
    vec![
        Snippet {
            title: "snippet-curl",
            text: format!(
                "curl -fsS -H \"Authorization: Bearer $VOUCHER_ACCESS_KEY\" \\\n  {url}/api/v1/credentials/{token}/{format}"
            ),
            id: "snippet-curl",
        },
        Snippet {
            title: "snippet-exec",
            text: format!("export VOUCHER_URL={url}\n{exec}"),
            id: "snippet-exec",
        },
        Snippet {
            title: "snippet-gitee-go",
            text: format!("- step: deploy\n  name: deploy\n  certificate: {token}"),
            id: "snippet-gitee-go",
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    #[test]
    fn every_type_can_be_copied_from_and_names_its_token() {
        for of in catalogue::all() {
            for snippet in snippets(of, "the-token", "https://voucher.example") {
                assert!(snippet.text.contains("the-token"), "{} {}", of.id, snippet.id);
            }
        }
        let kubernetes = snippets(catalogue::find("kubernetes").unwrap(), "k8s", "https://v");
        assert!(kubernetes[0].text.ends_with("https://v/api/v1/credentials/k8s/kubeconfig"));
        assert!(kubernetes[1].text.contains("--file KUBECONFIG=k8s"), "{}", kubernetes[1].text);
    }
}
