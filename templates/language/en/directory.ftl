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
member-last-owner = The enterprise needs an owner
    .hint = This is its last owner who can sign in. Make somebody else an owner first.
flash-member-added = The member was added.
flash-member-role = The role was changed.
flash-member-removed = The member was removed from here.
