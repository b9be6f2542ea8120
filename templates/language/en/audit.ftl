# The audit log: the list, one record, what happened in words.

nav-audit = Audit log
audit-lead = Every change and every delivery, with who and why. Nobody can edit it.
audit-lead-own = What happened to the credentials that you answer for. Nobody can edit it.
audit-export = Export JSON lines
audit-who = Person or caller
    .help = Part of a name or an e-mail address, or an id.
audit-token =
    .help = Its token, as pipelines write it.
audit-outcome = Outcome
audit-outcome-allowed = Done
audit-outcome-refused = Refused
audit-outcome-failed = Failed
audit-from = From (UTC)
audit-until = Until (UTC)
audit-clear = Clear filters
audit-none = Nothing happened yet
    .help = What is done here, and what pipelines get, is written down on this page.
audit-none-match = Nothing matches
    .help = No record fits all of the filters. Take one away, or clear them.
audit-about = About
audit-newest = Newest
audit-older = Older
audit-anonymous = Somebody unknown
audit-actor-access-key = Access key
audit-actor-provisioning-key = Provisioning key
audit-actor-system = Voucher itself
audit-chains = Chains
    .help = Each node links its records into a chain: each holds the hash of the one before, and the end is signed now and then. “voucher audit verify” checks all of it.
audit-chain = Chain
audit-head = Last record
audit-signed = Signed up to
audit-open = Not signed yet
audit-not-signed = Nothing yet
    .help = Not yet. A signature comes after every 1,000 records and every hour.
audit-signed-by = Covered by the signature at record { $number },
audit-reason = Reason
audit-address = Address
audit-request = Request
audit-place = Place in the chain
audit-number = Number
audit-hash = Hash
audit-of-credential = Everything in the audit log

## Kinds of actions

audit-kind-credential-resolve = Deliveries to pipelines
audit-kind-credential-create = Credentials created
audit-kind-credential-edit = Credentials changed
audit-kind-credential-rotate = Rotations
audit-kind-credential-disable = Credentials disabled
audit-kind-credential-delete = Credentials deleted
audit-kind-credential-transfer = Hand-overs
audit-kind-credential = Everything about credentials
audit-kind-access-key = Access keys
audit-kind-sign-in = Sign-ins
audit-kind-member = Members
audit-kind-project = Projects

## What happened

did-credential-create = Credential created
did-credential-edit = Credential changed
did-credential-rotate = Credential rotated
did-credential-disable = Credential disabled
did-credential-enable = Credential enabled
did-credential-delete = Credential deleted
did-credential-restore = Credential restored
did-credential-purge = Credential removed for good
did-credential-transfer = Credential handed over
did-credential-scope-lost = Place of a scope deleted
did-credential-resolve = Credential delivered to a pipeline
did-credential-open = Content could not be read
did-credential-verify = Verification asked for
did-credential-verified = Verification finished
did-credential-messaged = Message sent by a bot
did-credential-export = List of credentials downloaded
did-credential-roll-back = Credential rolled back
did-access-key-create = Access key created
did-access-key-revoke = Access key revoked
did-access-key-delete = Access key deleted
did-provisioning-key-create = Provisioning key created
did-provisioning-key-revoke = Provisioning key revoked
did-calendar-subscribe = Calendar address made
did-calendar-revoke = Calendar address revoked
did-caller-limit = Too many requests
did-caller-prove = Caller proved itself
did-keys-reseal = Content moved to a new key
did-member-add = Member added
did-member-change = Member changed
did-member-disable = Member disabled
did-member-enable = Member enabled
did-member-role = Role given
did-project-create = Project created
did-project-delete = Project deleted
did-project-join = Joined a project
did-project-leave = Left a project
did-project-rename = Project renamed
did-repository-create = Repository created
did-repository-delete = Repository deleted
did-repository-join = Joined a repository
did-repository-leave = Left a repository
did-repository-move = Repository moved
did-repository-rename = Repository renamed
did-directory-import = Directory imported
did-sign-in-begin = Signed in
did-sign-in-end = Signed out
did-audit-export = Audit log downloaded

## Why it was refused

why-unknown = There is no such credential
why-deleted = The credential is deleted
why-out-of-scope = Not in its scope
why-disabled = The credential is disabled
why-expired = The credential has expired
why-sealed-unreadable = What is stored is not what was signed
