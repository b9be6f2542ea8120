# Projects, repositories and their members.

nav-projects = Projects and repositories
search = Search
create = Create
rename = Rename
rename-that = Rename { $name }
move = Move
remove = Remove
you = you
nothing-found = Nothing found
    .search = Nothing matches “{ $words }”.
    .clear = Clear the search
pages-start = Start
pages-further = Further
column-project = Project
column-repository = Repository
column-members = Members
column-own-members = Members of its own
column-own-role = Your role
column-member = Member
column-local-role = Role here
members = Members
members-of = Members of { $name }
local-role-manager = Manager
local-role-member = Member
member-state-disabled = Disabled

## Projects

projects-lead = Where pipelines live. Credentials are made usable in projects and repositories, and access keys stand for them.
projects-search = Search name or path
projects-count = { $projects ->
    [one] 1 project
   *[other] { $projects } projects
 }, { $repositories ->
    [one] 1 repository
   *[other] { $repositories } repositories
 }
projects-empty = No projects yet
    .one = Make a project for each group of repositories that share credentials.
    .two = Put its repositories into it, and add the people who work there.
    .three = Make an access key for it, so that its pipelines can resolve credentials.
    .ask = You are a member of no project and no repository. Ask an administrator, or the manager of a project, to add you.
project-new = New project
project-lists = Lists of the project
project-own-repositories = Your repositories in this project
repositories-search = Search name or path
repositories-empty = No repositories yet
    .one = Add the repositories whose pipelines need credentials.
    .two = Add members, who may then use its credentials in pipelines.
    .three = Or make an access key for the whole project: it works for every pipeline in it.
    .ask = Ask a manager of the project to add some.
repository-new = New repository
repository-new-in = New repository in { $name }
place-name = Name
    .help = For people. Up to 64 characters, any script.
place-path = Path
    .help = As your CI system writes it, such as storefront or storefront/web. Letters, digits, “_”, “.” and “-”, in segments.
place-path-empty = Please enter a path.
place-path-too-long = The path is too long: at most 128 characters fit.
place-path-not-a-path = A path has segments of ASCII letters, digits, “_”, “.” and “-”, separated by “/”.
place-path-taken = This path is taken
    .hint = Another one of the enterprise has it. Choose another path.
    .field = Another one of the enterprise has this path. Please choose another.
place-project-gone = The project is not there any more
    .hint = Go back, load the page again and choose another.
rename-lead = Everything stays as it is: scopes, members, access keys and pipelines go on.
flash-project-created = The project was made. Add its repositories and members.
flash-repository-created = The repository was made. Credentials whose scope includes it can be used by its pipelines.
flash-place-renamed = It has another name now. Nothing else changed.
flash-repository-moved = The repository was moved. Its pipelines get the credentials of the new project from now on.
flash-project-deleted = The project was deleted.
flash-repository-deleted = The repository was deleted.

## Deleting and moving

place-delete-project = The project goes with { $repositories ->
    [0] no repository
    [one] its repository
   *[other] its { $repositories } repositories
 }, its members' roles in it and its access keys. The people and the credentials stay.
place-delete-repository = The repository goes with its members' roles in it and its access keys. The people and the credentials stay.
place-delete-keys = { $keys ->
    [0] No access key stands for it.
    [one] 1 access key stops working at once.
   *[other] { $keys } access keys stop working at once.
 }
place-delete-used = { $pipelines ->
    [0] None of them fetched one of the credentials below in the last 30 days.
    [one] 1 of them fetched credentials below in the last 30 days.
   *[other] { $pipelines } of them fetched credentials below in the last 30 days.
 }
place-delete-credentials = { $credentials ->
    [0] No credential names it in its scope.
    [one] 1 credential names it in its scope and loses it:
   *[other] { $credentials } credentials name it in their scope and lose it:
 }
place-delete-pipelines = { $pipelines ->
    [0] fetched by none of its pipelines in 30 days
    [one] fetched by 1 of its access keys in 30 days
   *[other] fetched by { $pipelines } of its access keys in 30 days
 }
place-delete-more = and { $count } more
place-delete-forever = This cannot be taken back.
place-delete-type-path = To go on, type the path:
place-delete-differs = That is not its path.
moving-title = Move { $name }
moving-lead = The repository keeps its members, its access keys and its own lines in scopes. What its pipelines get through the project changes.
moving-nowhere = There is no other project that you manage.
moving-to = To the project
moving-look = See what changes
moving-choose-one = Choose a project that you manage.
moving-effect = What changes in { $project }
moving-lost = Its pipelines lose:
    .nothing = Its pipelines lose nothing.
moving-gained = Its pipelines get in addition:
    .nothing = Its pipelines get nothing in addition.
moving-keeps = It takes effect with the very next resolve.

## Members of a place

members-search = Search name or e-mail
member-add = Add members
make-manager = Make manager
make-member = Make member
add-as-member = Add as member
add-as-manager = Add as manager
place-members-empty = Nobody is a member yet
    .project = Members of the project may use the credentials of its scope in pipeline forms. Managers also look after its repositories, members and access keys.
    .repository = Members of the repository may use in pipeline forms what its pipelines may. Members of the project may, too, without being listed here.
adding-title = Add members to { $name }
adding-lead = A member uses its credentials in pipeline forms. A manager also says who belongs here and makes access keys.
adding-done = Done
adding-nobody = There is nobody left to add
    .hint = Everybody in the enterprise is a member already.
member-gone = This person is not an active member of the enterprise
    .hint = They may have left. Load the page again to see who is there.
member-already = This person is a member already
    .hint = The members page finds them by their name at the identity provider.
member-issuer-unknown = Nobody here comes from this identity provider
    .hint = Compare its address letter by letter with the one that the pages of members show.
member-issuer-needed = The identity provider is missing
    .hint = Members come from several. Say which one.
member-last-owner = The enterprise needs an owner
    .hint = This is its last owner who can sign in. Make somebody else an owner first.
flash-member-added = The member was added.
flash-member-role = The role was changed.
flash-member-removed = The member was removed from here.

## Who can use it

section-who = Who can use it and why
column-why = Why
who-own = You can use it in pipeline forms:
who-own-not = You see it and cannot use it: you are not a member where it may be used.
who-people = People
    .nobody = Nobody can use it.
who-people-of = People who can use { $name }
who-all-people = All { $count } people
who-repositories = Repositories
    .none = No repository's pipelines can use it.
who-repositories-of = Repositories whose pipelines can use { $name }
who-all-repositories = All { $count } repositories
way-owner = Owner of the enterprise
way-administrator = Administrator of the enterprise
way-responsible = Answers for it
way-project = Member of the project { $project }, which is in the scope
way-project-all = Member of the project { $project }; all projects are in the scope
way-repository = Member of the repository { $repository }, which is in the scope
way-repository-all = Member of the repository { $repository }; all repositories are in the scope
way-inside = Member of the repository { $repository }; its project { $project } is in the scope
way-inside-all = Member of the repository { $repository } in { $project }; all projects are in the scope
way-more = and { $count } more
way-pipeline-repository = The repository is in the scope
way-pipeline-all-repositories = All repositories are in the scope
way-pipeline-project = Its project { $project } is in the scope
way-pipeline-all-projects = All projects are in the scope

## Members of the enterprise

nav-members = Members
members-lead = Everybody who may sign in, and those who left. What they may use follows from their projects and repositories.
members-count = { $count ->
    [one] 1 member
   *[other] { $count } members
 }
members-search-all = Search name, e-mail or sign-in name
members-any-role = Any role
members-any-state = Any state
column-role = Role
column-answers-for = Answers for
member-state-active = Active
member-is-disabled = This member cannot sign in. What they answer for goes on working.
member-hand-over-those = { $count ->
    [one] Hand over 1 credential
   *[other] Hand over { $count } credentials
 }
member-uses = What they can use, and why
    .nothing = They can use no credential.
    .disabled = Nothing while they are disabled.
member-uses-all = All { $count } credentials
member-uses-of = What { $name } can use
member-answers-for = What they answer for
    .nothing = They answer for no credential.
member-role = Role in the enterprise
    .help = Owners and administrators may do everything, auditors read everything but content, members what their projects and repositories allow.
    .by-claim = The identity provider gives this member a role, too, at every sign-in; the stronger one counts.
member-places = Projects and repositories
    .nowhere = They are a member of no project and no repository.
member-issuer = Identity provider
member-subject = Name there
member-since = Member since
flash-member-enabled = The member may sign in again.
flash-member-disabled = The member is disabled and signed out everywhere. Hand over what they answer for.

## Leaving

disable-that = Disable { $name }?
disable-sign-ins = They are signed out everywhere at once and cannot sign in again.
disable-own = This is you.
disable-credentials = { $count ->
    [0] They answer for no credential.
    [one] They answer for 1 credential. It goes on working and is listed as needing attention until it is handed over.
   *[other] They answer for { $count } credentials. These go on working and are listed as needing attention until they are handed over.
 }
disable-pipelines = Pipelines notice nothing. Access keys that they made go on working.
disable-undo = They can be enabled again at any time.
hand-over = Hand over
hand-over-of = Hand over the credentials of { $name }
hand-over-lead = Somebody else answers for them from then on. Tokens, contents and scopes stay as they are; pipelines notice nothing.
hand-over-nothing = { $name } answers for no credential.
hand-over-to-whom = { $count ->
    [one] Who takes over the credential?
   *[other] Who takes over the { $count } credentials?
 }
hand-over-taker = { $name } takes over.
hand-over-other = Choose somebody else
hand-over-which = Which credentials
hand-over-all = { $count ->
    [one] All: 1 credential
   *[other] All: { $count } credentials
}
hand-over-chosen = Chosen ones
hand-over-choose = Choose at least one credential.
hand-over-to-nobody = Choose who takes over.
choose = Choose
hand-over-known = What they may still know
    .nothing = { $name } entered no content that is in use, and made no access key that works.
hand-over-entered = { $name } entered the present content of these credentials and could have kept a copy. Rotate them where the secret was theirs to see:
hand-over-more-entered = There are more. They appear here as you rotate.
hand-over-keys = { $name } made these keys for pipelines and programs and saw their text. Make new ones where they matter, then revoke them:
flash-handed-over = The credentials were handed over. Pipelines go on as before.
action-credential-transfer = handed it over
action-credential-scope-lost = deleted a project or repository of its scope
attention-responsible = { $count ->
    [one] 1 credential has a responsible person who was disabled.
   *[other] { $count } credentials have a responsible person who was disabled.
 }
attention-responsible-see = See and hand over
attention-responsible-only = Only credentials whose responsible person was disabled
attention-responsible-all = See all
