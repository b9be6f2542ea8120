# The shell: navigation, preferences, problems, and words that many pages share.

product = Voucher
footer = Voucher keeps secrets out of pipelines.
skip-to-content = Skip to content

nav-label = Main
nav-enterprise-settings = Enterprise Settings
nav-credentials = Credential Management
nav-access = Access

role-owner = Owner
role-administrator = Administrator
role-auditor = Auditor
role-member = Member

preferences = Preferences
language = Language
theme = Colours
theme-auto = Automatic
theme-light = Light
theme-dark = Dark
sign-in = Sign in
sign-out = Sign out

## Problems: what to say, and as .hint what to do

problem-home = Go to the first page
problem-request-id = Request
problem-unreachable = The server could not be reached. Check your connection and try again; nothing was changed.
problem-not-found = There is nothing here
    .hint = The address may be wrong, the thing may be gone, or it may not be yours to see.
problem-forbidden = You may not do this
    .hint = Ask an administrator of your enterprise, or the responsible person.
problem-confirmation-needed = Please confirm that it is you
    .hint = What you are about to do changes what people and programs may do, and you signed in some time ago. Nothing has been changed. Confirm at your organisation’s sign-in page; you come back to where you were and can do it then.
problem-confirm = Confirm that it is me
problem-cross-site = This request came from another site
    .hint = For your safety it was not carried out. Open the page here and try again.
problem-sign-in-needed = Please sign in
    .hint = Your sign-in has ended, or you have not signed in yet.
problem-method-not-allowed = This address cannot be used like that
    .hint = Go back and use the buttons on the page.
problem-conflict = Something else changed in the meantime
    .hint = Load the page again to see how it is now, then repeat your change.
problem-gone = This is not there any more
    .hint = It was deleted. An administrator may be able to restore it.
problem-invalid = The request could not be understood
    .hint = Go back, load the page again and repeat what you did.
problem-too-large = That is too large
    .hint = Forms and documents may have up to 2 MiB.
problem-unsupported-media-type = The type of this document is not accepted here
    .hint = Send application/json to the API, and forms from their own pages.
problem-too-many-requests = Too many requests
    .hint = Wait a moment and try again.
problem-unavailable = The service is busy or under maintenance
    .hint = Nothing was changed. Try again in a few seconds.
problem-internal = Something went wrong on our side
    .hint = Nothing was changed that we know of. If it happens again, give the request id to your administrator.

## Words that many pages share

date-not-a-date = This is not a date.
date-past = This day is over already.
form-wrong = { $count ->
    [one] One thing needs your attention
   *[other] { $count } things need your attention
 }
optional = optional
cancel = Cancel
save = Save
copy = Copy
copied = Copied
dismiss = Dismiss
never = never
all = All
none = None
more = More
filter-list = Filter this list
choices-search = Search this list
choices-find = Search
choices-none-found = Nothing is called that. What is chosen stays chosen.
choices-more = There are more. Type part of a name to find them.
choices-project = Project
choices-repository = Repository

## Charts of what was delivered and refused

chart-delivered = Delivered
chart-refused = Refused
chart-when = Day (UTC)
chart-as-table = The numbers as a table
chart-column = { $label }: { $delivered } delivered
chart-column-refused = { $label }: { $delivered } delivered, { $refused } refused
chart-summary = From { $from } to { $until }: { $delivered } delivered, { $refused } refused. Most were delivered on { $busiest }: { $most }.
chart-nothing = Nothing was delivered and nothing refused in this time.
chart-quiet = { $count ->
    [one] On 1 more day nothing happened.
   *[other] On { $count } more days nothing happened.
 }
