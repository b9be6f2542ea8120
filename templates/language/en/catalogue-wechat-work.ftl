# wechat-work: names, fields, guidance, and what a check says of it.

type-wechat-work = WeChat Work
type-wechat-work-help = A bot of a group chat, or an application, that tells people how a pipeline went. Also called WeCom.
variant-wechat-work-bot = Group chat bot
variant-wechat-work-application = Application
field-wechat-work-webhook_url = Webhook URL
field-wechat-work-webhook_url-help = All of it, with the key. Whoever knows it can post to the group, so it is kept as a secret.
field-wechat-work-host = Service
field-wechat-work-corp_id = Company ID (CorpID)
field-wechat-work-corp_id-help = Not a secret. Usually starts with ww.
field-wechat-work-agent_id = AgentId
field-wechat-work-agent_id-help = The application’s number, such as 1000002. Needed by tools that send messages as the application.
field-wechat-work-corp_secret = Secret
field-wechat-work-corp_secret-help = On the application’s page, beside the AgentId.

guidance-wechat-work-1 = In the group chat, open the menu at the top right → Add Group Bot → New Bot, and give it a name.
guidance-wechat-work-2 = WeChat Work then shows the webhook; copy all of it into “Webhook URL”. For a bot that exists already, open it in the list of the group’s bots.
guidance-wechat-work-3 = WeChat Work’s bots have no signature, so a leaked URL is enough to post. If that happens, remove the bot from the group, add a new one, and rotate this credential.
guidance-wechat-work-4 = A bot takes at most 20 messages a minute.
guidance-wechat-work-5 = In the WeChat Work admin console, open My Company → Company Information. The company ID is at the bottom.
guidance-wechat-work-6 = Open App Management → Self-built and your application there. AgentId and Secret are at the top; the secret is sent to your WeChat Work client when you click View.
guidance-wechat-work-7 = Add the addresses of your runners to the application’s trusted IPs; from others, WeChat Work refuses to send messages.
guidance-wechat-work-8 = Use an application of the pipelines’ own, visible only to the people whom it has to reach. Its secret opens only what the application may do; never use the secret of the address book.

check-wechat-work-webhook = A bot’s webhook URL looks like https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…, with nothing behind the key.
unusual-wechat-work-webhook = The key of a webhook URL usually has 36 characters: five groups of digits and letters from a to f. Please make sure that all of it was copied.
unusual-wechat-work-corp-id = Company IDs usually start with ww followed by 16 lower-case letters and digits.
unusual-wechat-work-corp-secret = Secrets usually have 43 letters, digits, hyphens and underscores. Please make sure that all of it was copied.
