# dingtalk: names, fields, guidance, and what a check says of it.

type-dingtalk = DingTalk
type-dingtalk-help = A bot of a group chat, or an application, that tells people how a pipeline went.
variant-dingtalk-bot = Group chat bot
variant-dingtalk-application = Application
field-dingtalk-webhook_url = Webhook URL
field-dingtalk-webhook_url-help = All of it, with the access_token. Whoever knows it can post to the group, so it is kept as a secret.
field-dingtalk-sign_secret = Signing key
field-dingtalk-sign_secret-help = Only if “Additional signature” (加签) is chosen in the bot’s security settings. Usually starts with SEC.
field-dingtalk-host = Service
field-dingtalk-app_key = Client ID (formerly AppKey)
field-dingtalk-app_key-help = Not a secret. Usually starts with ding.
field-dingtalk-app_secret = Client Secret (formerly AppSecret)
field-dingtalk-app_secret-help = On the same page as the Client ID.
field-dingtalk-agent_id = AgentId
field-dingtalk-agent_id-help = Needed only by tools that send work notifications.
field-dingtalk-corp_id = CorpId
field-dingtalk-corp_id-help = The enterprise’s ID, for tools that ask for it.

guidance-dingtalk-1 = In the group chat, open Group Settings → Bots → Add Robot → Custom. Give the bot a name.
guidance-dingtalk-2 = Under Security Settings choose “Additional signature” (加签). Copy the key shown there, which starts with SEC, into “Signing key”.
guidance-dingtalk-3 = Finish. DingTalk now shows the webhook; copy all of it into “Webhook URL”. For a bot that exists already, open it in the same list: both values are on its page.
guidance-dingtalk-4 = If you choose custom keywords or an IP address range instead, DingTalk refuses messages without a keyword, and those from runners outside of the range. A leaked webhook is then enough to post.
guidance-dingtalk-5 = A bot takes at most 20 messages a minute.
guidance-dingtalk-6 = In the DingTalk developer console, open Application Development → your enterprise’s internal application.
guidance-dingtalk-7 = Open “Credentials & Basic Info” and copy Client ID and Client Secret. The AgentId is on the same page.
guidance-dingtalk-8 = The CorpId stands at the top of the developer console’s home page.
guidance-dingtalk-9 = Use an application of the pipelines’ own. Grant it only the permission to send messages, and show it only to the people whom it has to reach.

check-dingtalk-webhook = A bot’s webhook URL looks like https://oapi.dingtalk.com/robot/send?access_token=…, with nothing behind the token.
unusual-dingtalk-webhook = The access_token of a webhook URL usually has 64 digits and letters from a to f. Please make sure that all of it was copied.
unusual-dingtalk-sign-secret = Signing keys usually start with SEC followed by 64 digits and letters from a to f. Please make sure that all of it was copied.
unusual-dingtalk-app-key = Client IDs usually start with ding followed by 12 to 20 lower-case letters and digits.
unusual-dingtalk-corp-id = CorpIds usually start with ding.
