//! The directory as a table that can be imported again, and the sample that shows how one looks.

use super::store::{self, Everything};
use super::{Column, table};
use crate::db::{Conn, StoreError};
use crate::ids::EnterpriseId;

/// The directory of an enterprise as a table: importing it changes nothing.
pub fn export(conn: &mut Conn, enterprise: &EnterpriseId) -> Result<String, StoreError> {
    let all = store::everything(conn, enterprise)?;
    Ok(written(&all))
}

fn written(all: &Everything) -> String {
    let mut lines = vec![Column::ALL.map(Column::as_str)];
    for (path, name) in &all.projects {
        lines.push(["project", path, "", "", "", "", name, ""]);
    }
    for (project, path, name) in &all.repositories {
        lines.push(["repository", project, path, "", "", "", name, ""]);
    }
    for (subject, issuer, email, name, role) in &all.members {
        let email = email.as_deref().unwrap_or_default();
        lines.push(["member", "", "", subject, issuer, email, name, role]);
    }
    for (path, (subject, issuer), role) in &all.of_projects {
        lines.push(["membership", path, "", subject, issuer, "", "", role]);
    }
    for (path, (subject, issuer), role) in &all.of_repositories {
        lines.push(["membership", "", path, subject, issuer, "", "", role]);
    }
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        // Memory takes everything.
        let _ = writer.write_record(line.map(table::guarded));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    // The mark tells spreadsheets that it is UTF-8.
    format!("\u{FEFF}{}", String::from_utf8(bytes).unwrap_or_default())
}

/// A table that shows every kind of line, in English.
pub const SAMPLE: &str = "kind,project,repository,subject,issuer,email,name,role\r\n\
    project,storefront,,,,,Storefront,\r\n\
    repository,storefront,storefront/web,,,,Web shop,\r\n\
    member,,,li.na,,li.na@example.com,Li Na,member\r\n\
    member,,,wang.wei,,wang.wei@example.com,Wang Wei,auditor\r\n\
    membership,storefront,,li.na,,,,manager\r\n\
    membership,,storefront/web,wang.wei,,,,member\r\n";

/// The same in Chinese, with the mark by which spreadsheets know UTF-8.
pub const SAMPLE_IN_CHINESE: &str = "\u{FEFF}类型,项目,仓库,登录标识,身份提供方,邮箱,名称,角色\r\n\
    项目,storefront,,,,,商城,\r\n\
    仓库,storefront,storefront/web,,,,网店,\r\n\
    成员,,,li.na,,li.na@example.com,李娜,成员\r\n\
    成员,,,wang.wei,,wang.wei@example.com,王伟,审计员\r\n\
    成员关系,storefront,,li.na,,,,负责人\r\n\
    成员关系,,storefront/web,wang.wei,,,,成员\r\n";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::import::entry;

    #[test]
    fn both_samples_say_the_same_and_nothing_wrong() {
        let read = |text: &str| entry::read(&super::super::read(text.as_bytes()).unwrap());
        let (english, chinese) = (read(SAMPLE), read(SAMPLE_IN_CHINESE));
        assert_eq!(english.len(), 6);
        for (one, other) in english.iter().zip(&chinese) {
            assert!(one.says.is_ok(), "{one:?}");
            assert!(other.says.is_ok(), "{other:?}");
            assert_eq!((one.line, one.kind, &one.what), (other.line, other.kind, &other.what));
        }
    }

    #[test]
    fn what_is_written_can_be_read_and_is_no_formula() {
        let all = Everything {
            projects: vec![("shop".into(), "=cmd|' /C calc'!A0".into()), ("-plat".into(), "a, \"b\"".into())],
            repositories: vec![("shop".into(), "shop/web".into(), "@商城".into())],
            members: vec![("+li".into(), "https://id.example".into(), None, "'Li".into(), "member".into())],
            of_projects: vec![("shop".into(), ("+li".into(), "https://id.example".into()), "manager".into())],
            of_repositories: Vec::new(),
        };
        let text = written(&all);
        for cell in text.split([',', '\n', '"']) {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
        }
        let table = super::super::read(text.as_bytes()).unwrap();
        let names: Vec<&str> = table.lines.iter().map(|line| table.cell(line, Column::Name)).collect();
        assert_eq!(names, ["=cmd|' /C calc'!A0", "a, \"b\"", "@商城", "'Li", ""]);
        assert!(entry::read(&table).iter().all(|entry| entry.says.is_ok()));
    }
}
