# The versions of a credential, and rolling back to one.

roll-back = Roll back
roll-back-that = Roll { $name } back to version { $version }
roll-back-made = Made
roll-back-lead = Pipelines that write { $token } get the content of that version again. It becomes version { $next }: no version is lost, and you can go back and forth.
roll-back-failed = The other system refused this version the last time it was asked
roll-back-ended = The content of this version ended on { $day }.
roll-back-changes = What changes
roll-back-field = Field
roll-back-now = Now
roll-back-then = After rolling back
roll-back-since = As it is since
roll-back-secret-now = stored, sealed
roll-back-secret-then = another value, sealed
roll-back-same = Nothing: the content is the same as that of version { $version }, which is current.
roll-back-runs = Runs under way
roll-back-runs-none = No run under way keeps an older version.
roll-back-conflict =
    .help = What is listed below is what changes from that version on. Rolling back now goes on top of it.
roll-back-nothing-new = Nothing would change: what is current is the same already.
roll-back-not-as-signed = What is stored of this version is not what was signed: it was damaged or changed in the database, so it cannot come back. Rotate and enter the content, and tell your administrator.
version-number = Version { $version }
problem-version-current = This version is current already
    .hint = Choose an older one in the list of versions.
flash-credential-rolled-back = The older content is current again, as a new version. Pipelines get it from now on; the token is the same.
action-credential-roll-back = rolled it back

## A new credential like one that there is

duplicate = Duplicate
copy-of = { $name } (copy)
alike = Filled in like { $name }
    .help = Enter the secrets: they are not copied. The token is a new one.
    .conditions = Its conditions are not copied either. Set them on the page of the new credential before a pipeline uses it.
