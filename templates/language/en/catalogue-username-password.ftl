# username-password: names, fields, guidance, and what a check says of it.

type-username-password = Username and password
type-username-password-help = For anything that has no type of its own.
field-username-password-username = Username
field-username-password-username-help = Not a secret: it is shown in lists.
field-username-password-password = Password
field-username-password-password-help = Or an access token that takes its place.
field-username-password-check_url = Address to verify with
field-username-password-check_url-help = An address that answers only after signing in with HTTP basic authentication. Leave it empty if there is none.

guidance-username-password-1 = Pipelines get the two as VOUCHER_USERNAME and VOUCHER_PASSWORD. Prefer an account that was made for pipelines over a person’s own.
