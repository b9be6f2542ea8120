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

remark-login-without-address = Without an address to verify with there is nobody to ask.
remark-login-colon = Basic authentication cannot carry a username with a colon, so nothing was sent.
remark-login-open = The address lets everybody in, so whether it knows this username and password could not be seen. Please name one that refuses strangers.
remark-login-other-way = The address wants people to sign in in another way than with HTTP basic authentication.
remark-login-proxy = A proxy on the way asks to sign in itself. Whoever runs the network there can tell why.
