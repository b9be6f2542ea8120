# How a credential is used, and what a change to it would break.

usage-of = Use of { $name }
usage-chart = Use in the last { $count } days
usage-see = By pipeline
usage-by-pipeline = By pipeline
usage-none = No pipeline asked for it in the last 90 days
    .help = A pipeline gets it by writing the token. Once the first one has asked, it stands here with how often and when.
usage-none-of-yours = None of your pipelines asked for it in the last 90 days
usage-how = How to use it
usage-more = { $count ->
    [one] One more used it less.
   *[other] { $count } more used it less.
 }
usage-others = { $count ->
    [one] One pipeline of a project or repository that is not yours asked for it too.
   *[other] { $count } pipelines of projects and repositories that are not yours asked for it too.
 }

pipeline = Pipeline
pipeline-place = Project or repository
pipeline-recent = Uses in 30 days
pipeline-uses = Uses in 90 days
pipeline-refused = Refused in 90 days
pipeline-key = access key
pipeline-rule = identity from { $issuer }
pipeline-gone = removed since
pipeline-ended = cannot ask any more
pipeline-nowhere = not known

breaks = What breaks
    .help = { $count ->
    [one] One pipeline got it in the last 90 days and would be refused:
   *[other] { $count } pipelines got it in the last 90 days and would be refused:
 }
breaks-nothing = No pipeline that could ask again got it in the last 90 days.
disable-credential = Disable { $name }
    .lead = The very next pipeline that asks for { $token } is refused.
    .undo = Nothing is lost: enable it again, and pipelines get it as before.

edit-plan = Before { $name } is saved
    .lead = Nothing is saved yet. This is what the change does to others.
edit-plan-answers = Who answers for it
    .to = From now on { $to } answers for it, and may change it.
    .from = { $from } no longer does, and may change it only as an administrator.
edit-plan-unnoticed = Pipelines notice nothing.
edit-plan-save = Save all the same
edit-plan-back = Change something
conditions-plan = Before these conditions are in force
    .lead = Nothing is in force yet. An access key proves nothing of a run, so every pipeline that uses one would be refused.
conditions-plan-others = { $count ->
    [one] One more pipeline proves who it is with a signed identity. Whether it meets the conditions depends on its run: put them on trial to find out.
   *[other] { $count } more pipelines prove who they are with a signed identity. Whether they meet the conditions depends on their runs: put them on trial to find out.
 }
conditions-plan-save = Put them in force all the same
bulk-heir = { $count ->
    [one] From now on { $to } answers for one credential
   *[other] From now on { $to } answers for { $count } credentials
 }
bulk-heir-from = { $count ->
    [one] { $from } no longer answers for 1 of them, and may change it only as an administrator.
   *[other] { $from } no longer answers for { $count } of them, and may change those only as an administrator.
 }
bulk-heir-back = Choose somebody else
