# Signing in and out, and the development issuer.

people-sign-in-title = Sign in
people-sign-in-lead = Voucher keeps the credentials that your pipelines need. You sign in with your organisation's account.
people-sign-in-button = Sign in
people-sign-in-again = Sign in again
people-go-on = Go on
people-signed-in-already = You are signed in.

people-signed-out-title = You are signed out
people-signed-out-lead = Your session here has ended.
people-signed-out-provider = You are now being signed out of your organisation's account as well.
people-signed-out-provider-link = Continue

people-attempt-used = This sign-in cannot be used any more
    .hint = Each sign-in works once, within ten minutes and in the browser that began it. Please sign in again.
people-denied = You were not signed in
    .hint = The sign-in was cancelled or refused at your organisation's sign-in page.
people-provider-down = Signing in is not possible at the moment
    .hint = Your organisation's sign-in page cannot be reached from here. Pipelines are not affected. Please try again in a minute.
people-provider-refused = You were not signed in
    .hint = Your organisation's sign-in page did not complete the sign-in. Please try again; if it keeps failing, tell your administrator.
people-distrusted = You were not signed in
    .hint = The answer of your organisation's sign-in page could not be trusted. Please try again; if it keeps failing, tell your administrator.
people-not-a-member = You are not a member of an enterprise here
    .hint = Ask an administrator to add you, or sign in with another account.
people-disabled = Your membership has ended
    .hint = Ask an administrator if you think that this is a mistake, or sign in with another account.

people-sign-ins = Sign-ins
people-sign-ins-of = Sign-ins of { $name }
people-sign-ins-lead = Browsers that are signed in now. A sign-in ends by itself 30 minutes after its last request, and in any case after 12 hours.
people-sign-ins-ending = One that you end is over at once: whoever uses that browser has to sign in again, and loses what they have not saved.
people-sign-ins-none = Not signed in anywhere
people-sign-ins-none-hint = Sign-ins appear here as soon as this member signs in. Earlier ones are in the audit log.
people-browser = Browser
people-browser-on = , { $system }
people-browser-unknown = Unknown browser
people-browser-wecom = WeCom
people-browser-wechat = WeChat
people-browser-dingtalk = DingTalk
people-browser-feishu = Feishu
people-browser-qq = QQ Browser
people-browser-uc = UC Browser
people-browser-edge = Edge
people-browser-opera = Opera
people-browser-firefox = Firefox
people-browser-chrome = Chrome
people-browser-safari = Safari
people-address = Address
people-address-unknown = unknown
people-since = Since
people-last-seen = Last seen
people-actions = Actions
people-this-one = This browser
people-end = End
people-end-all = End all
people-end-others = End all others
flash-sign-in-ended = The sign-in has ended.
flash-sign-ins-ended = The sign-ins have ended.

people-dev-tag = Development issuer
people-dev-title = Who do you want to be?
people-dev-lead = This page stands in for your organisation's sign-in page. It asks for no password and runs on this machine only. You go back to
people-dev-unknown-client = This request does not come from the console that this issuer belongs to.
people-dev-signed-out = You are signed out.
