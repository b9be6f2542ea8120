# Importing projects, repositories, members and memberships.

import-title = Import
import-lead = Add and change many projects, repositories, members and memberships at once, from a table.
import-open = Import
import-file = Table (CSV)
    .help = UTF-8, at most { $mebibytes } MiB and { $lines } lines. Commas, semicolons or tabulators between the cells.
import-text = Or paste the table
import-look = See what would change
    .help = Nothing is changed yet.
import-table = How the table looks
    .lead = The first line names the columns, in any order; leave out those that you do not need. Start from the sample, or from what is there already.
import-sample = Download a sample
import-export = Download the directory
import-columns = Column
import-meaning = Meaning
import-column-kind = What the line is about: project, repository, member or membership.
import-column-project = The path of a project: of the one that is added, of the one that a repository belongs to, or of the one that somebody becomes a member of.
import-column-repository = The path of a repository: of the one that is added, or of the one that somebody becomes a member of.
import-column-subject = What the identity provider calls the person (its “sub” claim). It never changes, unlike names and e-mail addresses.
import-column-issuer = The address of the identity provider. It may stay empty while all members come from one.
import-column-email = The e-mail address, for showing. In a membership it can stand in for the subject of somebody who is a member already.
import-column-name = The name for people. Left empty, what is there stays; something new is called by its path or subject.
import-column-role = Of a member: owner, administrator, auditor or member. In a project or repository: manager or member. Left empty, what is there stays; what is new becomes a member.
import-rule-keeps = An import adds and changes. It deletes and disables nothing; what is not in the table stays as it is.
import-rule-all = All lines are applied, or none. A repository whose line names another project is moved there.
import-rule-people = A person is a member once they are in the table, and signs in when they like. Whoever the identity provider calls by that subject is that member, whatever their e-mail address.
import-rule-email = An e-mail address makes nobody a member. In a membership it finds somebody who is here already, if nobody else has the same.
import-rule-names = The names and e-mail addresses of members come from the identity provider at every sign-in; those in the table count until the first one.
import-rule-one-kind = Without the column “kind”, all lines are about one thing: members when there is a subject or an e-mail address, memberships when there is a place as well, otherwise repositories or projects.

import-name-kind = Kind
import-name-project = Project
import-name-repository = Repository
import-name-subject = Name at the identity provider
import-name-issuer = Identity provider
import-name-email = E-mail
import-name-name = Name
import-name-role = Role
import-kind-project = Project
import-kind-repository = Repository
import-kind-member = Member
import-kind-membership = Membership in

## What is wrong with a file

import-file-empty = There is nothing in it. Choose a file, or paste a table with a header and at least one line.
import-file-too-large = It is larger than { $mebibytes } MiB. Split it and import the parts one after the other: projects and repositories first, then members, then memberships.
import-file-not-utf8 = It is not text in UTF-8. Save it as “CSV UTF-8” in your spreadsheet program, and choose it again.
import-file-too-many-lines = It has more than { $lines } lines. Split it and import the parts one after the other.
import-file-unknown-column = There is no column “{ $column }”. Correct its name, or remove it.
import-file-unnamed-column = A column between the others has no name. Give it one, or remove it.
import-file-column-twice = The column “{ $column }” is there twice. Remove one.
import-file-no-header = The first line does not say what the columns are. Begin with the names of the columns, as in the sample.
import-file-no-lines = There is only a header. Add a line for each thing to import.

## What a table would do

import-preview-title = What would change
import-applied-title = What changed
import-all = All
import-outcome-added = New
import-outcome-changed = Changed
import-outcome-unchanged = As it is
import-outcome-wrong = Wrong
import-lines = Lines of the table
import-line = Line
import-about = About
import-outcome = What happens
import-details = Details
import-no-such-lines = There are no such lines.
import-wrong = { $count ->
    [one] 1 line is wrong.
   *[other] { $count } lines are wrong.
 }
    .todo = Nothing can be applied until they are right. Correct the table and choose it again.
import-nothing = All of it is so already. There is nothing to do.
import-would = { $added ->
    [one] 1 line adds something
   *[other] { $added } lines add something
 }, { $changed ->
    [one] 1 changes something.
   *[other] { $changed } change something.
 }
    .all = All of them are applied, or none.
import-apply = Apply
import-other = Choose another table
import-applying = The table is being applied …
    .leave = You may leave this page: it goes on. Until it is done, nothing of it can be seen.
import-look-again = Look again
import-applied = Applied: { $added } new, { $changed } changed.
import-trouble-moved = The directory was changed meanwhile, so the table would do something else than what you saw. Nothing was applied. This is what it would do now.
import-trouble-failed = It could not be applied, and nothing was changed. Try again; when that does not help, sign in anew or ask whoever runs Voucher.
import-trouble-interrupted = Applying it was interrupted, and nothing was changed. Apply it again.

## What is wrong with a line

import-fault-in = { $column }: { $sentence }
import-fault-too-many-cells = There are more cells than columns. Put quotation marks around a cell that has a comma in it. { $value }
import-fault-line-break = The cell goes on over several lines. A quotation mark may be missing.
import-fault-unknown-kind = “{ $value }” is none. Write project, repository, member or membership.
import-fault-needed = It must be filled.
import-fault-not-here = It must be empty in a line of this kind; there is “{ $value }”.
import-fault-bad-path = “{ $value }” is no path. A path has segments of ASCII letters, digits, “_”, “.” and “-”, separated by “/”, at most 128 characters.
import-fault-bad-name = “{ $value }” is no name. A name has at most 64 characters, all of which can be shown.
import-fault-bad-subject = “{ $value }” is not what an identity provider calls anybody: at most 255 characters, all of which can be shown.
import-fault-bad-email = “{ $value }” is no e-mail address.
import-fault-unknown-role = “{ $value }” is no role here. A member of the enterprise is owner, administrator, auditor or member; a member of a project or repository is manager or member.
import-fault-one-place = Fill either the project or the repository, and leave the other empty.
import-fault-project-needed = The repository is new, so it needs a project. Fill in its path.
import-fault-unknown-project = There is no project “{ $value }”, and no line adds one. Correct the path, or add a line for it.
import-fault-unknown-repository = There is no repository “{ $value }”, and no line adds one. Correct the path, or add a line for it.
import-fault-unknown-member = Nobody here is called “{ $value }” by the identity provider, and no line adds them. Correct it, or add a line of the kind member.
import-fault-unknown-email = Nobody here has the e-mail address “{ $value }”. Write their subject instead.
import-fault-shared-email = Several members have the e-mail address “{ $value }”. Write the subject of the one who is meant.
import-fault-issuer-needed = Members come from several identity providers. Write which one.
import-fault-unknown-issuer = Nobody here comes from “{ $value }”. Compare it letter by letter with the one that the pages of members show.
import-fault-disabled = { $value } was disabled. Enable them first, or remove the line.
import-fault-owners-only = Only an owner makes or unmakes owners.
import-fault-last-owner = The enterprise would be left without an owner. Leave somebody who signs in the role of owner.
import-fault-said-otherwise = Line { $value } says something else about the same. Remove one of them.
