//! The list of credentials, filtered in the database to what the viewer may see.
//!
//! Nothing here may read as many rows as an enterprise has, whatever is asked for. So a list is tried in three ways:
//!
//! 1. Walk the index of the wanted order, a bounded way, and take what fits. That finds what is frequent at once.
//! 2. What is too rare for that is found by the index of one of its conditions, when that leaves few enough to sort.
//! 3. Only what many rows fit one by one and few together is walked to the end for. The index holds what filters look
//!    at most.

mod ask;
mod few;

use std::collections::HashMap;

use diesel::dsl::{count_star, sql};
use diesel::expression::is_aggregate::Never;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text};

use self::ask::{Ask, By, ENDS};
use super::Row;
use crate::catalogue::{self, Group};
use crate::credentials::list::{COUNTED, Sight, Sort};
use crate::credentials::{
    Counts, Cursor, Filter, Listed, Order, Page, Places, Scope, Stands, Stretch, Tally,
};
use crate::db::{Conn, MultiBackend, StoreError};
use crate::ids::CredentialId;
use crate::permission::{Action, Viewer, may};
use crate::schema::{credential_projects as cp, credential_repositories as cr, credentials as c};
use crate::usage::{self, Day};

/// How far the index of an order is walked before another way is tried.
const WALKED: i64 = 1000;

/// When it was last used, as the index has it.
const USED: &str = "COALESCE(credentials.last_used_at, 0)";

impl Ask<'_> {
    /// Whether the filter asks for nothing but what an index counts by.
    fn is_plain(&self) -> bool {
        let filter = self.filter;
        matches!(Sight::of(self.viewer, filter), Sight::Everything)
            && filter.search.is_none()
            && filter.health.is_none()
            && filter.place.is_none()
            && filter.outside.is_none()
            && filter.token.is_none()
            && filter.responsible.is_none()
            && filter.answered_by.is_none()
            && !filter.orphaned
            && filter.unused_since.is_none()
            && matches!(filter.stands, None | Some((Stands::Disabled, _)))
    }

    /// How many of each group there are, without looking at more than [`COUNTED`] of each.
    fn plain_tallies(&self, conn: &mut Conn) -> Result<[Tally; 3], StoreError> {
        let mut tallies = [Tally::Unknown; 3];
        for (tally, group) in tallies.iter_mut().zip(Group::ALL) {
            let mut query =
                c::table.select(sql::<Integer>("1")).limit(COUNTED + 1).into_boxed::<MultiBackend>();
            for condition in self.conditions(By::Any, Some(group)) {
                query = query.filter(condition);
            }
            let found = i64::try_from(query.load::<i32>(conn)?.len()).unwrap_or(i64::MAX);
            *tally = if found > COUNTED { Tally::MoreThan(COUNTED) } else { Tally::Exactly(found) };
        }
        Ok(tallies)
    }

    /// How many of each group there are among `ids`, or in the whole enterprise.
    fn tallies(&self, conn: &mut Conn, ids: Option<&[String]>) -> Result<[Tally; 3], StoreError> {
        let mut query = c::table
            .group_by(c::credential_type)
            .select((c::credential_type, count_star()))
            .into_boxed::<MultiBackend>();
        let by = if ids.is_some() { By::Id } else { By::Order };
        for condition in self.conditions(by, None) {
            query = query.filter(condition);
        }
        if let Some(ids) = ids {
            query = query.filter(c::id.eq_any(ids.to_vec()));
        }
        let rows: Vec<(String, i64)> = query.load(conn)?;
        Ok(Group::ALL.map(|group| {
            let of = |id: &str| catalogue::find(id).is_some_and(|of| of.group == group);
            Tally::Exactly(rows.iter().filter(|(id, _)| of(id)).map(|(_, number)| number).sum())
        }))
    }

    /// A stretch of the list: of all that fits, of what is between two lines, or of `ids`.
    fn rows(&self, conn: &mut Conn, page: &Page, within: &Within) -> Result<Vec<Row>, StoreError> {
        let road = if matches!(within, Within::Ids(_)) { By::Id } else { By::Order };
        let mut query = c::table.select(Row::as_select()).into_boxed::<MultiBackend>();
        for condition in self.conditions(road, self.filter.group) {
            query = query.filter(condition);
        }
        let Order { by, down } = page.order;
        if let Some(after) = &page.after {
            query = query.filter(beside(by, if down { "<" } else { ">" }, after));
        }
        query = match within {
            Within::Everything => query,
            Within::Until(last) => query.filter(beside(by, if down { ">=" } else { "<=" }, last)),
            Within::Ids(ids) => query.filter(c::id.eq_any(ids.clone())),
        };
        let query = query.limit(page.size.saturating_add(1));
        Ok(match (by, down) {
            (Sort::Created, true) => query.order((c::created_at.desc(), c::id.desc())).load(conn),
            (Sort::Created, false) => query.order((c::created_at.asc(), c::id.asc())).load(conn),
            (Sort::Name, true) => query.order((c::sort_name.desc(), c::id.desc())).load(conn),
            (Sort::Name, false) => query.order((c::sort_name.asc(), c::id.asc())).load(conn),
            (Sort::Used, true) => query.order((sql::<BigInt>(USED).desc(), c::id.desc())).load(conn),
            (Sort::Used, false) => query.order((sql::<BigInt>(USED).asc(), c::id.asc())).load(conn),
            (Sort::Ends, true) => query.order((sql::<BigInt>(ENDS).desc(), c::id.desc())).load(conn),
            (Sort::Ends, false) => query.order((sql::<BigInt>(ENDS).asc(), c::id.asc())).load(conn),
        }?)
    }

    /// The line that is [`WALKED`] lines behind where a page begins, whatever it is; `None` when there are not so many.
    fn far(&self, conn: &mut Conn, page: &Page) -> Result<Option<Cursor>, StoreError> {
        let Order { by, down } = page.order;
        let mut query = c::table
            .filter(c::enterprise_id.eq(self.viewer.enterprise.to_string()))
            .offset(WALKED)
            .limit(1)
            .into_boxed::<MultiBackend>();
        if let Some(after) = &page.after {
            query = query.filter(beside(by, if down { "<" } else { ">" }, after));
        }
        let number = |found: Option<(i64, String)>| found.map(|(key, id)| (key.to_string(), id));
        let found = match (by, down) {
            (Sort::Name, true) => query
                .select((c::sort_name, c::id))
                .order((c::sort_name.desc(), c::id.desc()))
                .first(conn)
                .optional()?,
            (Sort::Name, false) => query
                .select((c::sort_name, c::id))
                .order((c::sort_name.asc(), c::id.asc()))
                .first(conn)
                .optional()?,
            (_, true) => {
                let key = sql::<BigInt>(key(by));
                let query = query.select((key.clone(), c::id)).order((key.desc(), c::id.desc()));
                number(query.first(conn).optional()?)
            }
            (_, false) => {
                let key = sql::<BigInt>(key(by));
                let query = query.select((key.clone(), c::id)).order((key.asc(), c::id.asc()));
                number(query.first(conn).optional()?)
            }
        };
        found
            .map(|(key, id)| {
                let id = CredentialId::parse(&id).ok_or_else(|| StoreError::Corrupt("id".to_owned()))?;
                Ok(Cursor { key, id })
            })
            .transpose()
    }
}

/// Among what a stretch of a list is looked for.
enum Within {
    Everything,
    /// Up to this line, and with it.
    Until(Cursor),
    Ids(Vec<String>),
}

/// What an order goes by, as its index has it.
fn key(by: Sort) -> &'static str {
    match by {
        Sort::Created => "credentials.created_at",
        Sort::Name => "credentials.sort_name",
        Sort::Used => USED,
        Sort::Ends => ENDS,
    }
}

/// Whether a line is on that side of another. Compared as a pair, which an index can begin with.
type Side = Box<dyn BoxableExpression<c::table, MultiBackend, (), Never, SqlType = Bool>>;

fn beside(by: Sort, sign: &str, at: &Cursor) -> Side {
    let pair = sql::<Bool>(&format!("({}, credentials.id) {sign} (", key(by)));
    let id = at.id.to_string();
    if by == Sort::Name {
        Box::new(pair.bind::<Text, _>(at.key.clone()).sql(", ").bind::<Text, _>(id).sql(")"))
    } else {
        Box::new(pair.bind::<BigInt, _>(at.number()).sql(", ").bind::<Text, _>(id).sql(")"))
    }
}

pub(in crate::credentials) fn list(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
    page: &Page,
) -> Result<Stretch, StoreError> {
    let ask = Ask::new(conn, viewer, filter)?;
    let wanted = usize::try_from(page.size).unwrap_or(usize::MAX);
    let far = ask.far(conn, page)?;
    let near = far.clone().map_or(Within::Everything, Within::Until);
    let mut rows = ask.rows(conn, page, &near)?;
    let filled = far.is_none() || rows.len() > wanted;
    let mut few = None;
    let tallies = if ask.is_plain() {
        if !filled {
            few = ask.few(conn, true)?;
        }
        ask.plain_tallies(conn)?
    } else if far.is_none() && page.after.is_none() {
        ask.tallies(conn, None)?
    } else {
        // A word that fills a page at once is too frequent to be counted.
        few = ask.few(conn, !filled)?;
        match &few {
            Some(ids) => ask.tallies(conn, Some(ids))?,
            None => [Tally::Unknown; 3],
        }
    };
    if !filled {
        let few = if few.is_some() { few } else { ask.few_of_group(conn)? };
        rows = ask.rows(conn, page, &few.map_or(Within::Everything, Within::Ids))?;
    }
    finish(conn, viewer, (rows, wanted), tallies)
}

/// Makes lines of rows, of which there may be one more than wanted.
fn finish(
    conn: &mut Conn,
    viewer: &Viewer,
    (mut rows, wanted): (Vec<Row>, usize),
    tallies: [Tally; 3],
) -> Result<Stretch, StoreError> {
    let more = rows.len() > wanted;
    rows.truncate(wanted);
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let projects: HashMap<String, i64> = cp::table
        .filter(cp::credential_id.eq_any(ids.clone()))
        .group_by(cp::credential_id)
        .select((cp::credential_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let repositories: HashMap<String, i64> = cr::table
        .filter(cr::credential_id.eq_any(ids))
        .group_by(cr::credential_id)
        .select((cr::credential_id, count_star()))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect();
    let places = |scope: &str, chosen: Option<&i64>| match scope {
        "all" => Places::All,
        _ => Places::Chosen(chosen.copied().unwrap_or(0)),
    };
    let listed = rows.into_iter().map(|row| {
        let projects = places(&row.project_scope, projects.get(&row.id));
        let repositories = places(&row.repository_scope, repositories.get(&row.id));
        let sort_name = row.sort_name.clone();
        let credential = row.with_scope(Scope::none())?;
        // Editing hangs on the role and on being responsible alone, so the scope need not be read.
        let may_edit = may(viewer.role, Action::Edit, credential.standing(viewer));
        Ok(Listed { credential, projects, repositories, may_edit, sort_name })
    });
    Ok(Stretch { listed: listed.collect::<Result<_, StoreError>>()?, more, tallies })
}

/// How the credentials that a viewer may see were used on each of these days, all together.
pub(in crate::credentials) fn used_by_day(
    conn: &mut Conn,
    viewer: &Viewer,
    days: (i32, u16),
) -> Result<Option<Vec<Day>>, StoreError> {
    let filter = Filter::default();
    let ask = Ask::new(conn, viewer, &filter)?;
    let seen = || {
        let mut query = c::table.select(c::id).into_boxed::<MultiBackend>();
        for condition in ask.conditions(By::Any, None) {
            query = query.filter(condition);
        }
        query
    };
    usage::daily_of(conn, seen, days)
}

pub(in crate::credentials) fn counts(
    conn: &mut Conn,
    viewer: &Viewer,
    filter: &Filter,
) -> Result<Counts, StoreError> {
    let ask = Ask::new(conn, viewer, filter)?;
    let mut query = c::table
        .group_by(c::credential_type)
        .select((c::credential_type, count_star()))
        .into_boxed::<MultiBackend>();
    for condition in ask.conditions(By::Any, None) {
        query = query.filter(condition);
    }
    let rows: Vec<(String, i64)> = query.load(conn)?;
    let mut counts = Counts::default();
    for (credential_type, number) in rows {
        counts.all += number;
        match catalogue::find(&credential_type).map(|of| of.group) {
            Some(Group::CloudService) => counts.cloud_service += number,
            Some(Group::ImCommunication) => counts.im_communication += number,
            Some(Group::Others) | None => counts.others += number,
        }
    }
    Ok(counts)
}
