# The credential types: names, fields, guidance, and what a check says. Ids follow src/catalogue/messages.rs.

group-cloud-service = Cloud Service
group-im-communication = IM Communication
group-others = Others

## What a check refuses

check-required = Please fill this in.
check-too-long = This is too long: at most { $max } bytes fit.
check-nul = This contains a NUL character, which nothing here can carry.
check-not-text = This is not UTF-8 text.
check-one-line = This has to be a single line without control characters.
check-outer-white-space = There is white space before or after the value, as often happens when copying. Should it be stripped?
check-choice = Please choose one of the options.
check-variant = Please choose one of the kinds that this type offers.
check-unknown-field = The submission has a field that this credential type does not have.
check-other-variant = This belongs to another kind than the one you chose. Clear it, or choose that kind.
check-kept-at-new-address = The address is another one than before, so please type the secret in again: a stored secret is never sent to another system than the one it was stored for.
check-address = This is not a complete http or https address without a username in it.
check-username-colon = A username cannot contain a colon: the other system would take what follows for the password.
check-access-key-id = An access key ID has 10 to 128 letters, digits, dots, hyphens or underscores.
check-key-characters = Keys have only visible ASCII characters, without blanks.
check-region = A region has only letters, digits and hyphens, such as cn-hangzhou.
check-agent-id = An AgentId has only digits.

## What a check warns about

unusual-outer-white-space = There is white space before or after the value. It is kept as part of it.
unusual-expired = By its own account this expired at { $at }.
unusual-expires-soon = This expires soon, at { $at }.
unusual-http = The address is not https: the password would cross the network in the clear.
unusual-colon = Basic authentication cannot carry a username with a colon, so this cannot be verified at that address.
unusual-new-id-old-secret = The ID is new and the secret is still the old one. Is that right?
unusual-new-webhook-old-key = The webhook URL was replaced and the signing key is still the old one. Every bot has a key of its own. Is that right?

## What a verification remarks

remark-bot-address-only = Only the webhook URL was checked, and nothing was posted. A test message shows the rest: signature, keywords and IP allow-list.
remark-bot-keyword = The bot only takes messages that contain one of its keywords, so a test message does not appear in the group. What your pipelines send needs a keyword.
remark-bot-signing-key-missing = The bot demands a signature, but no signing key is stored here. Copy it from the bot’s security settings.
remark-redirect = The address leads on to another one, which was not followed: the credential could end up anywhere.
