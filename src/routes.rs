//! Every route, in one table.
//!
//! What is not here cannot be reached. A test walks [`ROUTES`] and tries each with every kind of caller; a route
//! without a row there fails it. A known path with another method is answered 405 with `Allow`.

use std::collections::BTreeMap;

use actix_web::{Route, web};

use crate::provisioning::api;
use crate::{
    audit_log, calendar, credentials, directory, openapi, people, picker, pipelines, provisioning, reminders,
    resolve, web as shell,
};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Console and resolver.
    All,
    /// The console: it seals and cannot open.
    Console,
    /// The resolve line: it has no pages.
    Resolver,
}

/// Which role serves a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Every role.
    Any,
    /// The console.
    Console,
    /// The resolver.
    Resolver,
}

/// Who may use a route, as the table test expects it of each kind of caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody at all.
    Public,
    /// Whoever is signed in; what they see depends on who they are.
    SignedIn,
    /// Whoever is a member of the enterprise that the path names.
    BelongsThere,
    /// Whoever the sign-in that the path names is one of.
    OwnsSignIn,
    /// Administrators and auditors of the enterprise of the member that the path names.
    SeesSignIns,
    /// Administrators of the enterprise of the member that the path names.
    EndsSignIns,
    /// Whoever may see the credential that the path names.
    SeesCredential,
    /// Whoever may edit the credential that the path names.
    EditsCredential,
    /// Whoever may dispose of the credential that the path names.
    DisposesOfCredential,
    /// Whoever typed the candidate that the path names.
    OwnsCandidate,
    /// Whoever may give some credential to somebody else: administrators, and those who answer for one.
    NamesPeople,
    /// Whoever may create credentials somewhere.
    CreatesCredentials,
    /// Whoever manages a project or a repository, and auditors, who only look.
    SeesAccess,
    /// Whoever manages the access keys of a project or a repository.
    ManagesAccess,
    /// Whoever works in the project that the path names, or in one of its repositories, and who sees everything.
    SeesProject,
    /// Whoever works in the project that the path names, and who sees everything.
    SeesInsideProject,
    /// Whoever manages the project that the path names.
    ManagesProject,
    /// Whoever may rename and delete the project that the path names: administrators.
    RulesProject,
    /// Whoever works in the repository that the path names, or in its project, and who sees everything.
    SeesRepository,
    /// Whoever manages the project of the repository that the path names.
    ManagesRepository,
    /// Whoever manages the repository that the path names, or its project.
    ManagesRepositoryMembers,
    /// Administrators.
    RulesDirectory,
    /// The administrator who uploaded the import that the path names.
    OwnsImport,
    /// Administrators, and auditors, who only look.
    SeesMembers,
    /// Whoever may read what happens to the credential that the path names.
    AuditsCredential,
    /// Whoever may read the audit record that the path names.
    ReadsRecord,
    /// A pipeline with an access key.
    Caller,
    /// A program with a provisioning key.
    Provisions,
    /// A program with a provisioning key that may manage access keys.
    ProvisionsAccess,
}

/// A route.
pub struct Entry {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`; `HEAD` goes with `GET`.
    pub method: &'static str,
    /// The path, as actix matches it.
    pub path: &'static str,
    /// Which role serves it.
    pub part: Part,
    /// Who may use it.
    pub access: Access,
    handler: fn() -> Route,
}

macro_rules! routes {
    ($($method:ident $path:literal $part:ident $access:ident => $handler:path;)+) => {
        /// Every route there is.
        pub static ROUTES: &[Entry] = &[$(
            Entry {
                method: routes!(@name $method),
                path: $path,
                part: Part::$part,
                access: Access::$access,
                handler: || routes!(@route $method).to($handler),
            },
        )+];
    };
    (@name get) => { "GET" };
    (@name post) => { "POST" };
    (@name put) => { "PUT" };
    (@name patch) => { "PATCH" };
    (@name delete) => { "DELETE" };
    (@route get) => { web::get() };
    (@route post) => { web::post() };
    (@route put) => { web::put() };
    (@route patch) => { web::patch() };
    (@route delete) => { web::delete() };
}

routes! {
    get  "/ping"                              Any      Public               => shell::ping;
    get  "/healthz"                           Any      Public               => shell::healthz;
    get  "/openapi.json"                      Any      Public               => openapi::pages::document;
    get  "/api"                               Console  Public               => openapi::pages::show;
    get  "/healthz/sign-in"                   Console  Public               => people::pages::health;
    get  "/static/{hash}/{name}"              Console  Public               => shell::asset;
    post "/preferences"                       Console  Public               => shell::preferences;
    get  "/sign-in"                           Console  Public               => people::pages::sign_in_page;
    get  "/sign-in/start"                     Console  Public               => people::pages::start;
    get  "/auth/callback"                     Console  Public               => people::pages::callback;
    post "/auth/backchannel-logout"           Console  Public               => people::pages::backchannel_logout;
    post "/sign-out"                          Console  Public               => people::pages::sign_out;
    get  "/signed-out"                        Console  Public               => people::pages::signed_out;
    get  "/enterprises"                       Console  SignedIn             => people::pages::enterprises;
    post "/enterprises/{id}/enter"            Console  BelongsThere         => people::pages::enter;
    get  "/sign-ins"                          Console  SignedIn             => people::pages::own_sign_ins;
    post "/sign-ins/end-others"               Console  SignedIn             => people::pages::end_other_sign_ins;
    post "/sign-ins/{id}/end"                 Console  OwnsSignIn           => people::pages::end_own_sign_in;
    get  "/members/{id}/sign-ins"             Console  SeesSignIns          => people::pages::sign_ins_of_member;
    post "/members/{id}/sign-ins/end-all"     Console  EndsSignIns          => people::pages::end_sign_ins_of_member;
    post "/members/{id}/sign-ins/{sign_in}/end" Console EndsSignIns         => people::pages::end_sign_in_of_member;
    get  "/"                                  Console  SignedIn             => credentials::pages::home;
    get  "/overview"                          Console  SignedIn             => credentials::pages::overview::show;
    get  "/calendar"                          Console  SignedIn             => calendar::pages::show;
    post "/calendar"                          Console  SignedIn             => calendar::pages::subscribe;
    post "/calendar/revoke"                   Console  SignedIn             => calendar::pages::revoke;
    get  "/calendar/{secret}.ics"             Console  Public               => calendar::pages::fetch;
    get  "/reminders"                         Console  RulesDirectory       => reminders::pages::show;
    post "/reminders"                         Console  RulesDirectory       => reminders::pages::save;
    get  "/reminders/choices"                 Console  RulesDirectory       => reminders::pages::search;
    post "/reminders/test"                    Console  RulesDirectory       => reminders::pages::test;
    post "/reminders/stop"                    Console  RulesDirectory       => reminders::pages::stop;
    get  "/credentials"                       Console  SignedIn             => credentials::pages::list;
    get  "/credentials/new"                   Console  CreatesCredentials   => credentials::pages::choose_type;
    get  "/credentials/new/{type}"            Console  CreatesCredentials   => credentials::pages::new;
    post "/credentials/new/{type}"            Console  CreatesCredentials   => credentials::pages::create;
    get  "/credentials/choices/projects"      Console  SignedIn             => credentials::pages::search_projects;
    get  "/credentials/choices/repositories"  Console  SignedIn             => credentials::pages::search_repositories;
    get  "/credentials/choices/people"        Console  NamesPeople          => credentials::pages::search_people;
    get  "/credentials/bulk"                  Console  SignedIn             => credentials::pages::preview_bulk;
    post "/credentials/bulk"                  Console  SignedIn             => credentials::pages::carry_out_bulk;
    post "/credentials/export"                Console  SignedIn             => credentials::pages::export;
    get  "/credentials/{id}"                  Console  SeesCredential       => credentials::pages::show;
    get  "/credentials/{id}/edit"             Console  EditsCredential      => credentials::pages::edit;
    post "/credentials/{id}/edit"             Console  EditsCredential      => credentials::pages::save;
    get  "/credentials/{id}/rotate"           Console  EditsCredential      => credentials::pages::rotation;
    post "/credentials/{id}/rotate"           Console  EditsCredential      => credentials::pages::rotate;
    get  "/credentials/{id}/versions/{number}/roll-back"  Console EditsCredential => credentials::pages::rolling_back;
    post "/credentials/{id}/versions/{number}/roll-back"  Console EditsCredential => credentials::pages::roll_back;
    get  "/credentials/{id}/conditions"       Console  SeesCredential       => credentials::pages::conditions::show;
    post "/credentials/{id}/conditions"       Console  EditsCredential      => credentials::pages::conditions::set;
    post "/credentials/{id}/conditions/trial" Console  EditsCredential      => credentials::pages::conditions::end_trial;
    get  "/credentials/{id}/usage"            Console  SeesCredential       => credentials::pages::usage;
    get  "/credentials/{id}/disable"          Console  EditsCredential      => credentials::pages::disabling;
    post "/credentials/{id}/disable"          Console  EditsCredential      => credentials::pages::disable;
    post "/credentials/{id}/enable"           Console  EditsCredential      => credentials::pages::enable;
    post "/credentials/{id}/verify"           Console  EditsCredential      => credentials::pages::verify;
    get  "/credentials/{id}/health"           Console  SeesCredential       => credentials::pages::health;
    get  "/credentials/{id}/users"            Console  AuditsCredential     => credentials::pages::users;
    get  "/credentials/{id}/repositories"     Console  AuditsCredential     => credentials::pages::repositories;
    post "/credentials/candidates/{id}/save"  Console  OwnsCandidate        => credentials::pages::save_candidate;
    get  "/credentials/{id}/delete"           Console  DisposesOfCredential => credentials::pages::deletion;
    post "/credentials/{id}/delete"           Console  DisposesOfCredential => credentials::pages::delete;
    post "/credentials/{id}/restore"          Console  DisposesOfCredential => credentials::pages::restore;
    get  "/audit"                             Console  SignedIn             => audit_log::pages::list;
    post "/audit/export"                      Console  SignedIn             => audit_log::pages::export;
    get  "/audit/{id}"                        Console  ReadsRecord          => audit_log::pages::record;
    get  "/access"                            Console  SeesAccess           => pipelines::pages::list;
    get  "/access/new"                        Console  ManagesAccess        => pipelines::pages::new;
    get  "/access/choices"                    Console  ManagesAccess        => pipelines::pages::search_places;
    post "/access/new"                        Console  ManagesAccess        => pipelines::pages::create;
    get  "/access/{id}"                       Console  SeesAccess           => pipelines::pages::show;
    get  "/access/{id}/edit"                  Console  ManagesAccess        => pipelines::pages::editing;
    post "/access/{id}/edit"                  Console  ManagesAccess        => pipelines::pages::save;
    get  "/access/{id}/rotate"                Console  ManagesAccess        => pipelines::pages::rotation;
    post "/access/{id}/rotate"                Console  ManagesAccess        => pipelines::pages::rotate;
    get  "/access/{id}/end-old"               Console  ManagesAccess        => pipelines::pages::ending;
    post "/access/{id}/end-old"               Console  ManagesAccess        => pipelines::pages::end_old;
    get  "/access/{id}/revoke"                Console  ManagesAccess        => pipelines::pages::revocation;
    post "/access/{id}/revoke"                Console  ManagesAccess        => pipelines::pages::revoke;
    get  "/access/issuers"                    Console  SeesAccess           => pipelines::issuers::pages::list;
    get  "/access/issuers/new"                Console  RulesDirectory       => pipelines::issuers::pages::new;
    post "/access/issuers/new"                Console  RulesDirectory       => pipelines::issuers::pages::create;
    get  "/access/issuers/try"                Console  SeesAccess           => pipelines::issuers::pages::try_form;
    post "/access/issuers/try"                Console  SeesAccess           => pipelines::issuers::pages::try_token;
    get  "/access/issuers/{id}"               Console  SeesAccess           => pipelines::issuers::pages::show;
    get  "/access/issuers/{id}/keys"          Console  RulesDirectory       => pipelines::issuers::pages::keys;
    post "/access/issuers/{id}/keys"          Console  RulesDirectory       => pipelines::issuers::pages::set_keys;
    get  "/access/issuers/{id}/disable"       Console  RulesDirectory       => pipelines::issuers::pages::ask_disable;
    post "/access/issuers/{id}/disable"       Console  RulesDirectory       => pipelines::issuers::pages::disable;
    post "/access/issuers/{id}/enable"        Console  RulesDirectory       => pipelines::issuers::pages::enable;
    get  "/access/issuers/{id}/remove"        Console  RulesDirectory       => pipelines::issuers::pages::ask_remove;
    post "/access/issuers/{id}/remove"        Console  RulesDirectory       => pipelines::issuers::pages::remove;
    get  "/access/issuers/{id}/rules/new"     Console  ManagesAccess        => pipelines::issuers::pages::new_rule;
    post "/access/issuers/{id}/rules/new"     Console  ManagesAccess        => pipelines::issuers::pages::add_rule;
    get  "/access/issuers/{id}/rules/{rule}/remove" Console ManagesAccess   => pipelines::issuers::pages::ask_remove_rule;
    post "/access/issuers/{id}/rules/{rule}/remove" Console ManagesAccess   => pipelines::issuers::pages::remove_rule;
    get  "/access/provisioning"               Console  SeesMembers          => provisioning::pages::list;
    get  "/access/provisioning/new"           Console  RulesDirectory       => provisioning::pages::new;
    post "/access/provisioning/new"           Console  RulesDirectory       => provisioning::pages::create;
    get  "/access/provisioning/{id}/revoke"   Console  RulesDirectory       => provisioning::pages::revocation;
    post "/access/provisioning/{id}/revoke"   Console  RulesDirectory       => provisioning::pages::revoke;
    get  "/projects"                          Console  SignedIn             => directory::pages::projects;
    get  "/projects/new"                      Console  RulesDirectory       => directory::pages::new_project;
    post "/projects/new"                      Console  RulesDirectory       => directory::pages::create_project;
    get  "/projects/{id}"                     Console  SeesProject          => directory::pages::show_project;
    get  "/projects/{id}/credentials"         Console  SeesInsideProject    => directory::pages::usable_in_project;
    get  "/projects/{id}/members"             Console  SeesInsideProject    => directory::pages::members_of_project;
    post "/projects/{id}/members"             Console  ManagesProject       => directory::pages::set_in_project;
    get  "/projects/{id}/members/add"         Console  ManagesProject       => directory::pages::add_to_project;
    get  "/projects/{id}/repositories/new"    Console  ManagesProject       => directory::pages::new_repository;
    post "/projects/{id}/repositories/new"    Console  ManagesProject       => directory::pages::create_repository;
    get  "/projects/{id}/rename"              Console  RulesProject         => directory::pages::renaming_of_project;
    post "/projects/{id}/rename"              Console  RulesProject         => directory::pages::rename_project;
    get  "/projects/{id}/delete"              Console  RulesProject         => directory::pages::deletion_of_project;
    post "/projects/{id}/delete"              Console  RulesProject         => directory::pages::delete_project;
    get  "/repositories/{id}/credentials"     Console  SeesRepository       => directory::pages::usable_in_repository;
    get  "/repositories/{id}/tasks"           Console  SeesRepository       => pipelines::tasks::pages::list;
    get  "/repositories/{id}/tasks/{task}"    Console  SeesRepository       => pipelines::tasks::pages::show;
    get  "/picker"                            Console  SignedIn             => picker::pages::fragment;
    get  "/picker/embed"                      Console  SignedIn             => picker::pages::embed;
    get  "/api/v1/picker"                     Console  SignedIn             => picker::api::pick;
    get  "/repositories/{id}"                 Console  SeesRepository       => directory::pages::show_repository;
    post "/repositories/{id}/members"         Console  ManagesRepositoryMembers => directory::pages::set_in_repository;
    get  "/repositories/{id}/members/add"     Console  ManagesRepositoryMembers => directory::pages::add_to_repository;
    get  "/repositories/{id}/rename"          Console  ManagesRepository    => directory::pages::renaming_of_repository;
    post "/repositories/{id}/rename"          Console  ManagesRepository    => directory::pages::rename_repository;
    get  "/repositories/{id}/move"            Console  ManagesRepository    => directory::pages::moving;
    post "/repositories/{id}/move"            Console  ManagesRepository    => directory::pages::move_repository;
    get  "/repositories/{id}/delete"          Console  ManagesRepository    => directory::pages::deletion_of_repository;
    post "/repositories/{id}/delete"          Console  ManagesRepository    => directory::pages::delete_repository;
    get  "/members"                           Console  SeesMembers          => directory::pages::members;
    get  "/members/{id}"                      Console  SeesMembers          => directory::pages::show_member;
    get  "/members/{id}/uses"                 Console  SeesMembers          => directory::pages::uses_of_member;
    post "/members/{id}/role"                 Console  RulesDirectory       => directory::pages::set_role;
    get  "/members/{id}/disable"              Console  RulesDirectory       => directory::pages::disabling;
    post "/members/{id}/disable"              Console  RulesDirectory       => directory::pages::disable;
    post "/members/{id}/enable"               Console  RulesDirectory       => directory::pages::enable;
    get  "/members/{id}/hand-over"            Console  RulesDirectory       => directory::pages::choose_hand_over;
    post "/members/{id}/hand-over"            Console  RulesDirectory       => directory::pages::hand_over;
    get  "/import"                            Console  RulesDirectory       => directory::pages::new_import;
    post "/import"                            Console  RulesDirectory       => directory::pages::upload_import;
    get  "/import/sample.csv"                 Console  RulesDirectory       => directory::pages::sample_import;
    get  "/import/directory.csv"              Console  RulesDirectory       => directory::pages::export_directory;
    get  "/import/{id}"                       Console  OwnsImport           => directory::pages::show_import;
    post "/import/{id}/apply"                 Console  OwnsImport           => directory::pages::apply_import;
    get  "/import/{id}/progress"              Console  OwnsImport           => directory::pages::progress_of_import;
    get  "/api/v1/projects"                   Console  Provisions           => api::projects::list;
    post "/api/v1/projects"                   Console  Provisions           => api::projects::create;
    get  "/api/v1/projects/{id}"              Console  Provisions           => api::projects::show;
    patch "/api/v1/projects/{id}"             Console  Provisions           => api::projects::rename;
    get  "/api/v1/projects/{id}/members"      Console  Provisions           => api::memberships::of_project;
    put  "/api/v1/projects/{id}/members/{member}" Console Provisions        => api::memberships::set_in_project;
    delete "/api/v1/projects/{id}/members/{member}" Console Provisions      => api::memberships::remove_from_project;
    get  "/api/v1/repositories"               Console  Provisions           => api::repositories::list;
    post "/api/v1/repositories"               Console  Provisions           => api::repositories::create;
    get  "/api/v1/repositories/{id}"          Console  Provisions           => api::repositories::show;
    patch "/api/v1/repositories/{id}"         Console  Provisions           => api::repositories::change;
    get  "/api/v1/repositories/{id}/members"  Console  Provisions           => api::memberships::of_repository;
    put  "/api/v1/repositories/{id}/members/{member}" Console Provisions    => api::memberships::set_in_repository;
    delete "/api/v1/repositories/{id}/members/{member}" Console Provisions  => api::memberships::remove_from_repository;
    delete "/api/v1/repositories/{id}"        Console  Provisions           => api::repositories::delete;
    delete "/api/v1/projects/{id}"            Console  Provisions           => api::projects::delete;
    get  "/api/v1/access-keys"                Console  ProvisionsAccess     => api::access_keys::list;
    post "/api/v1/access-keys"                Console  ProvisionsAccess     => api::access_keys::create;
    get  "/api/v1/access-keys/{id}"           Console  ProvisionsAccess     => api::access_keys::show;
    patch "/api/v1/access-keys/{id}"          Console  ProvisionsAccess     => api::access_keys::change;
    post "/api/v1/access-keys/{id}/rotate"    Console  ProvisionsAccess     => api::access_keys::rotate;
    post "/api/v1/access-keys/{id}/end-old"   Console  ProvisionsAccess     => api::access_keys::end_old;
    post "/api/v1/access-keys/{id}/revoke"    Console  ProvisionsAccess     => api::access_keys::revoke;
    get  "/api/v1/members"                    Console  Provisions           => api::members::list;
    post "/api/v1/members"                    Console  Provisions           => api::members::create;
    get  "/api/v1/members/{id}"               Console  Provisions           => api::members::show;
    patch "/api/v1/members/{id}"              Console  Provisions           => api::members::change;
    get  "/api/v1/members/{id}/memberships"   Console  Provisions           => api::memberships::of_member;
    post "/oauth/token"                       Resolver Public               => resolve::exchange::api::exchange;
    post "/api/v1/resolve"                    Resolver Caller               => resolve::api::resolve;
    get  "/api/v1/credentials/{token}/{format}" Resolver Caller             => resolve::api::file;
}

impl Part {
    fn served_by(self, role: Role) -> bool {
        matches!(
            (self, role),
            (Self::Any, _)
                | (_, Role::All)
                | (Self::Console, Role::Console)
                | (Self::Resolver, Role::Resolver)
        )
    }
}

/// Adds the routes of a role.
pub fn configure(config: &mut web::ServiceConfig, role: Role) {
    let mut by_path: BTreeMap<&'static str, Vec<&'static Entry>> = BTreeMap::new();
    for entry in ROUTES.iter().filter(|entry| entry.part.served_by(role)) {
        by_path.entry(entry.path).or_default().push(entry);
    }
    // One after the other is tried. Fixed paths are compared, variable ones matched, which takes far longer: those
    // come behind, and among them fixed segments before variable ones, as `{` sorts behind every letter.
    let (fixed, variable): (Vec<_>, Vec<_>) = by_path.into_iter().partition(|(path, _)| !path.contains('{'));
    for (path, entries) in fixed.into_iter().chain(variable) {
        let mut resource = web::resource(path);
        for entry in &entries {
            resource = resource.route((entry.handler)());
            if entry.method == "GET" && !entry.acts() {
                resource = resource.route((entry.handler)().method(actix_web::http::Method::HEAD));
            }
        }
        config.service(resource.default_service(shell::not_allowed(allow(&entries))));
    }
}

impl Entry {
    /// The two steps of a sign-in are reached by links and redirects, so by `GET`, though they change something. A
    /// `HEAD`, which some programs send to look first, must not take them.
    fn acts(&self) -> bool {
        matches!(self.path, "/sign-in/start" | "/auth/callback")
    }
}

/// The methods of a path, as the `Allow` header lists them.
fn allow(entries: &[&Entry]) -> &'static str {
    let has = |method: &str| entries.iter().any(|entry| entry.method == method);
    match (has("GET"), has("POST")) {
        (true, false) if has("PATCH") && has("DELETE") => "GET, HEAD, PATCH, DELETE",
        (true, false) if has("PATCH") => "GET, HEAD, PATCH",
        (false, false) => "PUT, DELETE",
        (true, _) if entries.iter().any(|entry| entry.acts()) => "GET",
        (true, true) => "GET, HEAD, POST",
        (true, false) => "GET, HEAD",
        (false, true) => "POST",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Entry, ROUTES, allow};

    #[test]
    fn the_methods_of_a_path_are_all_listed() {
        let mut by_path: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
        for entry in ROUTES {
            by_path.entry(entry.path).or_default().push(entry);
        }
        for (path, entries) in by_path {
            let mut methods: BTreeSet<&str> = entries.iter().map(|entry| entry.method).collect();
            if methods.contains("GET") && !entries.iter().any(|entry| entry.acts()) {
                methods.insert("HEAD");
            }
            assert_eq!(allow(&entries).split(", ").collect::<BTreeSet<_>>(), methods, "{path}");
        }
    }

    #[test]
    fn no_route_is_there_twice_and_reading_changes_nothing_by_name() {
        let mut seen = BTreeSet::new();
        for entry in ROUTES {
            assert!(seen.insert((entry.method, entry.path)), "{} {}", entry.method, entry.path);
            assert!(entry.path.starts_with('/'));
        }
    }
}
