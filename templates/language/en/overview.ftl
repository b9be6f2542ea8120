# What needs attention.

nav-overview = Overview
overview-title = Overview
overview-lead = What needs attention among the credentials that you may see.
overview-all = See all
overview-list = See them in the list
overview-nothing = Nothing needs attention
    .hint = This page names what does as soon as there is something.
overview-expired = Expired
    .about = Pipelines do not get these any more. Rotate them, give them a later expiry, or delete them.
    .none = No credential has expired.
overview-expiring = Expire within 30 days
    .about = Rotate them before pipelines stop getting them.
    .none = No credential expires within 30 days.
overview-refused = Refused by the other system
    .about = The last verification failed: the system refuses the current content. Rotate it, or ask whoever looks after that system.
    .none = No verification was refused.
overview-responsible = Nobody answers for them
    .about = The responsible person was disabled. Pipelines go on; hand the credentials over to somebody.
    .none = Every credential has somebody who answers for it.
overview-unused = Not used for 90 days
    .about = What nobody needs is better deleted: it can be restored for 30 days.
    .none = No credential has been unused for 90 days.
attention-unused-only = Only credentials that were made more than 90 days ago and not used since
