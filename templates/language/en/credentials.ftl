# Credential Management: the list, the forms, one credential.

## The list

credentials-lead = Authentication information for pipelines. Pipelines write the token; they get the content only while they run.
credentials-banner = A token is a name, not a secret: write it into pipeline files as it is. Replace the content here, and every pipeline follows without an edit.
    .label = How tokens work
    .dismiss = Do not show this again
credentials-deleted = Deleted credentials
    .help = They can be restored for 30 days, then they are gone with their content.
credentials-back = Back to the list
credentials-groups = Groups of credentials
credentials-search = Search name, token, description, plain fields
    .do = Search
credentials-none-found = No credential here
    .search = Nothing matches “{ $words }”.
credentials-none-match = Nothing matches
    .help = No credential fits all of the filters. Take one away, or clear them.
filters = Filters and order
filter-any = All
filter-any-state = All but deleted ones
filter-place = Project or repository
    .help = Its path: what its pipelines may use.
    .unknown = There is no project or repository of this path that you can see.
filter-person =
    .help = Part of a name or an e-mail address.
filter-apply = Apply
filter-clear = Clear search and filters
sort = Order
sort-created-down = Newest first
sort-created-up = Oldest first
sort-name-up = Name, from A
sort-name-down = Name, from Z
sort-used-down = Last used first
sort-used-up = Longest unused first
sort-ends-up = Ends first
sort-ends-down = Ends last
page-sizes = On a page
page-size = { $count } credentials
column-created = Responsible, created
credentials-empty = No credentials yet
    .one = Store an access key, a webhook, a kubeconfig or a login. It is sealed at once; nobody can read it here again.
    .two = Choose the projects and repositories whose pipelines may use it.
    .three = Write its token into the pipeline. The content arrives when the pipeline runs.
    .ask = You have none in your projects and repositories. Ask an administrator to create one or to share one with you.
column-credential = Credential
column-type = Type
column-projects = Projects
column-repositories = Repositories
column-responsible = Responsible
column-used = Last used
column-state = State
column-state-health = State, health
column-actions = Actions
uses-in-30-days = { $count ->
    [one] 1 use in 30 days
   *[other] { $count } uses in 30 days
 }
until-day = until { $day }
state-active = Active
state-expiring = Expires soon
state-expired = Expired
state-disabled = Disabled
state-deleted = Deleted
pages-label = Pages
crumbs = Where you are
copy-token = Copy the token { $token }

## Actions

credential-new = New credential
credential-new-back = Made for the pipeline task that you were filling in. After saving you are back there, with this credential chosen and everything you typed.
credential-new-of = New credential: { $type }
choose-type-lead = What should pipelines sign in to?
edit = Edit
edit-that = Edit { $name }
rotate = Rotate
rotate-that = Rotate { $name }
enable = Enable
disable = Disable
delete = Delete
delete-that = Delete { $name }
restore = Restore

flash-credential-created = The credential was created. Its content is sealed.
flash-credential-saved = The changes were saved.
flash-credential-rotated = The new version is current. Pipelines get it from now on; the token is the same.
flash-credential-disabled = The credential is disabled. The next pipeline that asks is refused.
flash-credential-enabled = The credential can be used again.
flash-credential-deleted = The credential was deleted. It can be restored for 30 days.
flash-credential-restored = The credential was restored. It is disabled: enable it when pipelines should get it again.

## Forms

section-content = Content
section-scope = Where it may be used
    .help = A pipeline may use it when its project or its repository is chosen. With nothing chosen, no pipeline may.
section-more = More
credential-name = Name
    .help = For people. Up to 64 characters, any script.
credential-token = Token
    .help = For pipeline files, such as aliyun-prod. It never changes. Leave it empty to have one made.
credential-description = Description
    .help = What it is for, and where to get a new one. Do not write secrets here.
credential-expires = Last day of use
    .help = From the next day (UTC) on, pipelines are refused.
credential-responsible = Responsible person
    .help = Answers for it. It keeps working when they leave.
credential-variant = Kind
credential-created = Created
credential-updated = Last changed
credential-last-used = Last used:
reach-project = Projects
reach-project-all = All projects, also future ones
reach-project-chosen = Chosen projects
reach-project-nowhere = There is no project that you could choose.
reach-repository = Repositories
reach-repository-all = All repositories, also future ones
reach-repository-chosen = Chosen repositories
reach-repository-nowhere = There is no repository that you could choose.
field-kept = Unchanged
field-stored = Stored, not shown
field-drop = Remove the stored value
guidance-title = What you need
form-strip = Strip white space before and after single-line values. Please enter the secret again.
form-stale = This form is too old or was not made here. Please load the page again.
form-token-taken = This token is taken, perhaps by a deleted credential. Please choose another.
form-unknown-place = One of the chosen places does not exist any more.
form-unknown-responsible = This person cannot be responsible: they are not an active member.
fact-name-empty = Please give it a name that can be seen.
fact-name-too-long = The name is too long: at most 64 characters fit.
fact-name-bad-character = The name has an invisible or control character.
fact-token-empty = Please enter a token.
fact-token-too-long = The token is too long: at most 64 characters fit.
fact-token-bad-character = A token has only ASCII letters, digits, “_”, “.” and “-”, and starts with a letter or a digit.
fact-description-empty = Please enter a description.
fact-description-too-long = The description is too long: at most 1,000 characters fit.
fact-description-bad-character = The description has a control character.

edit-lead = The token { $token } and the type stay. To replace the content, rotate.
edit-conflict = Somebody else changed this credential in the meantime
    .help = What you typed is still here. Saving now replaces their changes.
    .see = See how it is now
rotate-lead = New content for { $token }. Fields left empty keep their value from version { $version }.
rotate-conflict = Version { $version } is current by now: somebody else rotated in the meantime
    .help = Plain values are still here; see whether the secrets are, too. Rotating now goes on top of theirs.
rotate-nothing-new = Nothing is new: enter at least one value that differs.
rotate-not-as-signed = What is stored is not what was signed: it was damaged or changed in the database, so no field of it can be kept. Enter every secret again, and tell your administrator.

delete-lead = The very next pipeline that asks for it is refused.
delete-all-projects = It may be used in all projects and
delete-projects = { $count ->
    [one] It may be used in 1 project and
   *[other] It may be used in { $count } projects and
 }
delete-all-repositories = in all repositories.
delete-repositories = { $count ->
    [one] in 1 repository.
   *[other] in { $count } repositories.
 }
delete-restorable = It can be restored for 30 days. After that it is gone, with its content.
delete-type-token = To go on, type the token:
delete-token-differs = That is not the token of this credential.

## One credential

section-use = Use it
    .help = The token may stand in any pipeline file. An access key says which project or repository is asking.
section-versions = Versions
section-activity = Activity
recipe-exec = voucher exec
recipe-kubectl = kubectl
recipe-helm = Helm
recipe-docker = Docker
recipe-maven = Maven
recipe-curl = curl
recipe-gitee-go = Gitee Go
recipe-gitlab = GitLab CI, without a stored key
recipe-github = GitHub Actions, without a stored key
recipe-jenkins = Jenkinsfile
recipe-systemd = systemd service
column-version = Version
column-made = Made
column-by = By
column-content-expires = Content ends
column-when = When
column-who = Who
column-what = What
version-current = current
activity-none = Nothing happened yet.
activity-refused = refused
credential-is-deleted = This credential was deleted. It can be restored until { $day }.
credential-is-disabled = This credential is disabled: pipelines are refused.
scope-nowhere = No pipeline may use it. Choose projects or repositories under “Edit”.
action-credential-create = created it
action-credential-edit = changed it
action-credential-rotate = rotated it
action-credential-disable = disabled it
action-credential-enable = enabled it
action-credential-delete = deleted it
action-credential-restore = restored it
action-credential-resolve = resolved it
action-credential-open = content could not be read

problem-credential-state = The credential is not in a state that allows this
    .hint = Somebody may have changed it already. Open it again to see how it is now.
problem-credential-deleted = This credential is deleted
    .hint = Restore it first.

## Conditions

conditions = Conditions
conditions-also-tried = Others are on trial.
yes = Yes
conditions-of = Conditions of { $name }
conditions-lead = What a run has to prove before it gets the content, beyond belonging where the credential may be used.
conditions-in-force = In force
conditions-none = Nothing: every run in scope gets it.
conditions-change = Change them
conditions-proof = Only what the CI system signs counts: a pipeline exchanges its ID token by a trusted issuer. What a request says of itself proves nothing.
conditions-access-keys = An access key says nothing about a run. Pipelines that use one are refused by every condition; try it first to see which.
conditions-trial = On trial
conditions-since = Counted since
conditions-would-refuse = { $count ->
    [one] delivery would have been refused
   *[other] deliveries would have been refused
 }
conditions-put-in-force = Put in force
conditions-discard = Discard
conditions-how = When
conditions-how-trial = Try first: refuse nobody, and count whom it would refuse
conditions-how-in-force = In force at once: the very next run that does not prove it is refused
conditions-change-link = Change
conditions-see-link = See
condition-refs = Branches and tags
    .help = One a line, such as main, release/* or refs/tags/v*. A name without refs/ is a branch; * stands for anything but a slash.
condition-protected = Only protected branches and tags
condition-events = Events
    .help = One a line, as the CI system calls what started the run: push, schedule, web.
condition-pipelines = Pipelines
    .help = One a line: the path of the workflow or of the CI configuration, such as .gitlab-ci.yml or .github/workflows/deploy-*.yml.
condition-too-many = Too many: at most 20 fit.
condition-too-long = One of them is too long: at most 255 characters fit.
condition-strange = One of them has a space or a character in it that no ref and no path has.
condition-nothing-to-try = Nothing is asked for, so there is nothing to try. Enter a condition, or choose “In force at once” to take away what is in force.
flash-conditions-set = The conditions are in force.
flash-conditions-tried = The conditions are on trial: nobody is refused, and whom they would refuse is counted.
flash-conditions-discarded = The trial was discarded.
column-caller = Caller
column-unmet = Does not prove
column-times = Times
column-last-time = Last time
unmet-condition-run = anything about its run: it uses an access key
unmet-condition-ref = a branch or tag that is asked for
unmet-condition-protected = that its branch or tag is protected
unmet-condition-event = an event that is asked for
unmet-condition-pipeline = a pipeline that is asked for
action-credential-condition = changed its conditions
action-credential-condition-try = put conditions on trial
action-credential-condition-discard = discarded conditions on trial
rotate-runs-follow = Runs under way take the new content too
    .help = A run that names itself goes on with what it began with, for at most a day. Tick this when the old content may have leaked or is refused already.
runs-behind = { $runs ->
    [one] 1 run is still on version { $version }.
   *[other] { $runs } runs are still on version { $version }.
 }

## One thing done to many

credentials-export = Export CSV
bulk-pick = Choose { $name }
bulk-with-chosen = With the chosen:
bulk-every = all that match, not only the chosen
bulk-disable = Disable credentials
    .help = The next pipeline that asks for one of them is refused. They can be enabled again.
    .do = Disable them
bulk-enable = Enable credentials
    .help = Pipelines get them again from now on.
    .do = Enable them
bulk-transfer = Give credentials to another person
    .help = Somebody else answers for them from now on. Pipelines notice nothing.
    .do = Hand over
bulk-delete = Delete credentials
    .help = Pipelines are refused at once. They can be restored for 30 days, then they are gone with their content.
    .do = Delete them
bulk-ready = { $count ->
    [0] There is nothing to do
    [one] It will be done to one credential
   *[other] It will be done to { $count } credentials
 }
bulk-and-more = and { $count } more
bulk-left = These stay as they are
bulk-left-done = is so already
bulk-left-not-allowed = is not yours to change like this
bulk-left-deleted = is deleted: restore it first
bulk-breaks =
    .help = { $count ->
    [one] One pipeline got one of them in the last 90 days and will be refused:
   *[other] { $count } times a pipeline and one of them belong together in the last 90 days. These pipelines will be refused:
 }
bulk-breaks-nothing = No pipeline got any of them in the last 90 days.
bulk-type-count = To go on, type how many are deleted: { $count }
bulk-count-differs = Type { $count }, as many as are deleted.
bulk-too-many = More than { $count } match. Narrow the list and do it in several steps.
bulk-changed-meanwhile = Something changed in the meantime, and none was changed. This is how they stand now.
flash-bulk-disabled = The credentials are disabled. The next pipeline that asks is refused.
flash-bulk-enabled = The credentials can be used again.
flash-bulk-deleted = The credentials were deleted. They can be restored for 30 days.
flash-bulk-transferred = The credentials were handed over.
unusual-nothing-chosen = Choose credentials in the list first.
column-group = Group
column-created-day = Created
column-last-used = Last used
column-uses = Uses in 30 days
column-id = Id
