//! The list of credentials, filtered in the database to what the viewer may see.
//!
//! Nothing here may read as many rows as an enterprise has, whatever is asked for. So a list is tried in three ways:
//!
//! 1. What is rare is found by the index of one of its conditions, the one that leaves fewest, when those are few enough
//!    to look at each.
//! 2. What is frequent is found by a walk along the index of the wanted order, a bounded way.
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

/// How far the index of an order is walked before another way is tried, when each row has to be looked at.
const WALKED: i64 = 400;

/// The same when the index itself says what fits.
const WALKED_INDEX: i64 = 10_000;

/// As many are looked at one by one where the index of the order would do.
const AT_ONCE: usize = 300;

/// When it was last used, as the index has it.
const USED: &str = "COALESCE(credentials.last_used_at, 0)";

/// What a query finds, in the order of a list.
macro_rules! in_order {
    ($query:expr, $order:expr, $conn:expr) => {{
        let Order { by, down } = $order;
        match (by, down) {
            (Sort::Created, true) => $query.order((c::created_at.desc(), c::id.desc())).load($conn),
            (Sort::Created, false) => $query.order((c::created_at.asc(), c::id.asc())).load($conn),
            (Sort::Name, true) => $query.order((c::sort_name.desc(), c::id.desc())).load($conn),
            (Sort::Name, false) => $query.order((c::sort_name.asc(), c::id.asc())).load($conn),
            (Sort::Used, true) => $query.order((sql::<BigInt>(USED).desc(), c::id.desc())).load($conn),
            (Sort::Used, false) => $query.order((sql::<BigInt>(USED).asc(), c::id.asc())).load($conn),
            (Sort::Ends, true) => $query.order((sql::<BigInt>(ENDS).desc(), c::id.desc())).load($conn),
            (Sort::Ends, false) => $query.order((sql::<BigInt>(ENDS).asc(), c::id.asc())).load($conn),
        }
    }};
}

impl Ask<'_> {
    /// Whether the filter asks for nothing but what an index counts by.
    fn is_plain(&self) -> bool {
        self.is_in_index() && matches!(self.filter.stands, None | Some((Stands::Disabled, _)))
    }

    /// Whether the filter asks for a stretch of the index of ends, and of the rest for what that holds.
    fn is_of_an_end(&self) -> bool {
        self.is_in_index() && matches!(self.filter.stands, Some((Stands::Expiring | Stands::Expired, _)))
    }

    /// Whether everything but how it stands is in the index of every order.
    fn is_in_index(&self) -> bool {
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

    /// How many of each group there are in the whole enterprise.
    fn tallies(&self, conn: &mut Conn) -> Result<[Tally; 3], StoreError> {
        let mut query = c::table
            .group_by(c::credential_type)
            .select((c::credential_type, count_star()))
            .into_boxed::<MultiBackend>();
        for condition in self.conditions(By::Order, None) {
            query = query.filter(condition);
        }
        let rows: Vec<(String, i64)> = query.load(conn)?;
        Ok(Group::ALL.map(|group| {
            let counted = rows.iter().filter(|(id, _)| group_of(id) == Some(group));
            Tally::Exactly(counted.map(|(_, number)| number).sum())
        }))
    }

    /// A page of those of `ids` that fit, and how many of each group do. Each is looked at once, and only the lines of the
    /// page are read whole.
    fn among(
        &self,
        conn: &mut Conn,
        page: &Page,
        ids: Vec<String>,
    ) -> Result<(Vec<Row>, [Tally; 3]), StoreError> {
        let Order { by, down } = page.order;
        let behind: Side = match &page.after {
            Some(after) => beside(by, if down { "<" } else { ">" }, after),
            None => Box::new(sql::<Bool>("TRUE")),
        };
        let mut query = c::table.select((c::id, c::credential_type, behind)).into_boxed::<MultiBackend>();
        for condition in self.conditions(By::Id, None) {
            query = query.filter(condition);
        }
        let fitting: Vec<(String, String, bool)> =
            in_order!(query.filter(c::id.eq_any(ids)), page.order, conn)?;
        let tallies = Group::ALL.map(|group| {
            let counted = fitting.iter().filter(|(_, of, _)| group_of(of) == Some(group)).count();
            Tally::Exactly(i64::try_from(counted).unwrap_or(i64::MAX))
        });
        let wanted = |of: &str| self.filter.group.is_none_or(|group| group_of(of) == Some(group));
        let ids: Vec<String> = fitting
            .into_iter()
            .filter(|(_, of, behind)| *behind && wanted(of))
            .map(|(id, ..)| id)
            .take(usize::try_from(page.size.saturating_add(1)).unwrap_or(usize::MAX))
            .collect();
        let rows = c::table.select(Row::as_select()).filter(c::id.eq_any(ids.clone())).load::<Row>(conn)?;
        let mut rows: HashMap<String, Row> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        Ok((ids.iter().filter_map(|id| rows.remove(id)).collect(), tallies))
    }

    /// A stretch of the list, found along the index of its order: of everything, or up to a line and with it.
    fn along(&self, conn: &mut Conn, page: &Page, until: Option<&Cursor>) -> Result<Vec<Row>, StoreError> {
        let mut query = c::table.select(Row::as_select()).into_boxed::<MultiBackend>();
        for condition in self.conditions(By::Order, self.filter.group) {
            query = query.filter(condition);
        }
        let Order { by, down } = page.order;
        if let Some(after) = &page.after {
            query = query.filter(beside(by, if down { "<" } else { ">" }, after));
        }
        if let Some(last) = until {
            query = query.filter(beside(by, if down { ">=" } else { "<=" }, last));
        }
        Ok(in_order!(query.limit(page.size.saturating_add(1)), page.order, conn)?)
    }

    /// The line that is so many lines behind where a page begins, whatever it is; `None` when there are not so many.
    fn far(&self, conn: &mut Conn, page: &Page, lines: i64) -> Result<Option<Cursor>, StoreError> {
        let Order { by, down } = page.order;
        let mut query = c::table
            .filter(c::enterprise_id.eq(self.viewer.enterprise.to_string()))
            .offset(lines)
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

fn group_of(credential_type: &str) -> Option<Group> {
    catalogue::find(credential_type).map(|of| of.group)
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
    let plain = ask.is_plain();
    let few = ask.few(conn)?;
    if page.order.by == Sort::Ends && ask.is_of_an_end() {
        let tallies = if few.is_some() { ask.tallies(conn)? } else { [Tally::Unknown; 3] };
        let rows = ask.along(conn, page, None)?;
        return finish(conn, viewer, (rows, wanted), tallies);
    }
    // The index of the order says what is plain more quickly than each of many rows.
    if let Some(ids) = few.as_ref().filter(|ids| !plain || ids.len() <= AT_ONCE) {
        let (rows, tallies) = ask.among(conn, page, ids.clone())?;
        return finish(conn, viewer, (rows, wanted), tallies);
    }
    let far = ask.far(conn, page, if plain { WALKED_INDEX } else { WALKED })?;
    let mut rows = ask.along(conn, page, far.as_ref())?;
    let mut tallies = match (&far, &page.after) {
        _ if plain => ask.plain_tallies(conn)?,
        (None, None) => ask.tallies(conn)?,
        (Some(_), _) | (_, Some(_)) => [Tally::Unknown; 3],
    };
    if far.is_some() && rows.len() <= wanted {
        // A word that fills a page at once is too frequent to be looked up.
        let few = match few {
            Some(few) => Some(few),
            None => ask.few_found(conn)?,
        };
        match few {
            Some(ids) => (rows, tallies) = ask.among(conn, page, ids)?,
            None => match ask.few_of_group(conn)? {
                // How many there are of the other groups is not known.
                Some(ids) => rows = ask.among(conn, page, ids)?.0,
                None => rows = ask.along(conn, page, None)?,
            },
        }
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

/// How the credentials that a viewer may see were used on each of these days, all together. Of those who do not see
/// everything only when it is of few.
pub(in crate::credentials) fn used_by_day(
    conn: &mut Conn,
    viewer: &Viewer,
    days: (i32, u16),
) -> Result<Option<Vec<Day>>, StoreError> {
    let filter = Filter::default();
    if let Sight::Everything = Sight::of(viewer, &filter) {
        return Ok(Some(usage::daily_of_enterprise(conn, &viewer.enterprise, days)?));
    }
    let ask = Ask::new(conn, viewer, &filter)?;
    let Some(ids) = ask.few(conn)? else { return Ok(None) };
    let mut query = c::table.select(c::id).filter(c::id.eq_any(ids)).into_boxed::<MultiBackend>();
    for condition in ask.conditions(By::Id, None) {
        query = query.filter(condition);
    }
    let ids: Vec<String> = query.load(conn)?;
    usage::daily_of(conn, &ids, days)
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
        match group_of(&credential_type) {
            Some(Group::CloudService) => counts.cloud_service += number,
            Some(Group::ImCommunication) => counts.im_communication += number,
            Some(Group::Others) | None => counts.others += number,
        }
    }
    Ok(counts)
}
