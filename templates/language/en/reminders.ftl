# Reminders of what expires, said to a group chat.

reminders-title = Reminders
reminders-lead = A group bot says in time which credentials are about to expire, so that nobody has to look.
reminders-link = Reminders
reminders-bot = Bot
    .help = A Feishu, DingTalk or WeChat Work bot that is stored here. Voucher itself posts by it; each use is in the audit log. If the bot wants keywords, add “Voucher” to them.
reminders-bot-icon = Group bot
reminders-bot-none = Choose a group bot that is active and has not expired.
reminders-no-bots = There is no group bot yet
    .hint = Store the bot of a Feishu, DingTalk or WeChat Work group as a credential. Then it can be chosen here.
reminders-store-bot = Store a bot
reminders-leads = Days before the last day
    .help = Up to eight numbers, such as “30, 14, 7, 1”. Each credential is reminded of once for each; a later expiry begins anew.
reminders-leads-none = Give at least one number of days.
reminders-leads-not-days = Give whole numbers of days from 1 to 366, with commas between.
reminders-leads-too-many = Give no more than eight numbers.
reminders-leads-twice = A number is there twice.
reminders-language = Language of the message
reminders-language-none = Choose a language.
reminders-save = Save
reminders-standing = What was said
reminders-next = The next look is at
reminders-nothing-said = Nothing yet. A message is sent as soon as a credential comes close enough to its end; what is close already follows within a minute.
reminders-when = Handed over
reminders-about = About
reminders-credentials =
    { $count ->
        [one] { $count } credential
       *[other] { $count } credentials
    }
reminders-became = What became of it
reminders-under-way = Under way
reminders-said = Posted
reminders-test = Send a test message now
reminders-stop = Stop reminding
reminders-since = Since
reminders-gave-up = It failed too often, so Voucher has stopped trying. When this is mended, save the form again or send a test message; what was missed follows.
reminders-cannot-test = No bot is set that can say something
    .hint = Choose a bot and save the form first.
flash-reminders-set = Saved. What is close to its end already is said within a minute.
flash-reminders-stopped = Nobody is reminded any more.
flash-reminders-testing = The test message is on its way. The bot’s page will show what became of it.
unusual-reminders-test = The test message was not posted. The bot’s page shows why, under “Health”.

reminders-trouble-gone = The bot was deleted
    .todo = Choose another bot, or restore this one within 30 days of its deletion.
reminders-trouble-disabled = The bot is disabled
    .todo = Enable it, or choose another. What was missed follows.
reminders-trouble-expired = The bot itself has expired
    .todo = Give it a later expiry, or choose another. What was missed follows.
reminders-trouble-no-bot = What was chosen is no group bot any more
    .todo = Its content was replaced by that of an application, which cannot post. Choose a group bot.
reminders-trouble-keyword = The group posted nothing, because the bot wants one of its keywords
    .todo = Add “Voucher” to the keywords in the bot’s security settings. It is tried again by itself.
reminders-trouble-refused = The chat system refused the bot
    .todo = It was removed from the group, its address or signing key was changed, or this server’s address is not permitted. Rotate the bot’s credential, or choose another. It is tried again by itself.
reminders-trouble-unreachable = The chat system could not be reached
    .todo = Check that this server may reach it. It is tried again by itself.
reminders-trouble-unclear = The chat system gave an answer that is not known here
    .todo = Send a test message and look at the bot’s page, under “Health”. It is tried again by itself.
reminders-trouble-nobody-sends = No part of Voucher has sent the message
    .todo = A node with the resolver role posts messages, and none is running. Ask whoever runs Voucher.
reminders-trouble-unknown = Nobody knows whether the last message arrived
    .todo = A node stopped while it was posting. So that nobody reads it twice, it is not repeated: look at the credentials that expire soon yourself.

reminder-title = Voucher · { $enterprise }: { $count ->
        [one] { $count } credential is about to expire
       *[other] { $count } credentials are about to expire
    }
reminder-line = { $name } ({ $type }): { $days ->
        [one] { $days } day left
       *[other] { $days } days left
    }, last day { $day } (UTC), responsible: { $responsible }
reminder-more = { $count ->
        [one] And { $count } more:
       *[other] And { $count } more:
    }

overview-reminders = Nobody is reminded of what expires
    .about = The bot that does it cannot post.
    .link = See what to do
actor-reminders = Reminders
did-credential-remind = Reminder handed to a bot
did-reminders-set = Reminders set
did-reminders-stop = Reminders stopped
action-credential-remind = used it to remind of what expires
breaks-reminders = Reminders of what expires are posted by this bot, and stop until another one is chosen or it works again.
