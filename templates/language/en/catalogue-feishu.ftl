# feishu: names, fields, guidance, and what a check says of it.

type-feishu = Feishu
type-feishu-help = A bot of a group chat, or an application, that tells people how a pipeline went. Lark works too.
variant-feishu-bot = Group chat bot
variant-feishu-application = Application
field-feishu-webhook_url = Webhook URL
field-feishu-webhook_url-help = Whoever knows it can post to the group, so it is kept as a secret.
field-feishu-sign_secret = Signing key
field-feishu-sign_secret-help = Only if “Signature verification” is turned on in the bot’s security settings.
field-feishu-host = Service
field-feishu-app_id = App ID
field-feishu-app_id-help = Not a secret. Usually starts with cli_.
field-feishu-app_secret = App secret
field-feishu-app_secret-help = On the same page as the App ID.
field-feishu-site = Site
field-feishu-site-help = Where the application was created.
choice-feishu-site-feishu = Feishu (open.feishu.cn)
choice-feishu-site-lark = Lark (open.larksuite.com)

guidance-feishu-1 = In the group chat, open Settings → Bots → Add bot → Custom bot. Feishu then shows the webhook URL; for a bot that exists already, open it in the same list.
guidance-feishu-2 = We recommend turning on “Signature verification” in the bot’s security settings. Copy the key shown there into “Signing key”; without it, a leaked URL is enough to post.
guidance-feishu-3 = If you turn on custom keywords or an IP allow-list instead, Feishu refuses messages without a keyword, and those from runners outside of the list.
guidance-feishu-4 = In the Feishu developer console, open your application → Credentials & Basic Info. App ID and App Secret are at the top. The application needs the bot capability and must be released before it can send messages.

check-feishu-webhook = A bot’s webhook URL looks like https://open.feishu.cn/open-apis/bot/v2/hook/…, or the same on open.larksuite.com.
unusual-feishu-webhook = The end of a webhook URL usually has 36 characters. Please make sure that all of it was copied.
unusual-feishu-app-id = App IDs usually start with cli_ followed by at least 16 letters and digits.
unusual-feishu-app-secret = App secrets usually have 32 letters and digits. Please make sure that all of it was copied.
