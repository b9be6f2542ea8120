# feishu: names, fields, guidance, and what a check says of it.

type-feishu = 飞书
type-feishu-help = 群聊机器人或应用，用于通知流水线的执行结果。也支持 Lark。
variant-feishu-bot = 群机器人
variant-feishu-application = 应用
field-feishu-webhook_url = Webhook 地址
field-feishu-webhook_url-help = 知道该地址即可向群内发送消息，因此按机密保存。
field-feishu-sign_secret = 签名密钥
field-feishu-sign_secret-help = 机器人的安全设置中启用了“签名校验”时才需要填写。
field-feishu-host = 所属服务
field-feishu-app_id = App ID
field-feishu-app_id-help = 不属于机密。一般以 cli_ 开头。
field-feishu-app_secret = App Secret
field-feishu-app_secret-help = 与 App ID 在同一页面。
field-feishu-site = 站点
field-feishu-site-help = 创建该应用的站点。
choice-feishu-site-feishu = 飞书（open.feishu.cn）
choice-feishu-site-lark = Lark（open.larksuite.com）

guidance-feishu-1 = 在群聊中打开“设置 → 群机器人 → 添加机器人 → 自定义机器人”，添加后即可看到 Webhook 地址；已有的机器人可在同一列表中点开查看。
guidance-feishu-2 = 建议在机器人的安全设置中启用“签名校验”，并将其中的密钥填入“签名密钥”。未启用时，地址一旦泄露，他人即可发送消息。
guidance-feishu-3 = 如果启用的是“自定义关键词”或“IP 白名单”，不含关键词的消息，以及来自名单之外的执行机的消息，会被飞书拒绝。
guidance-feishu-4 = 在飞书开发者后台打开应用，进入“凭证与基础信息”，页面顶部即为 App ID 和 App Secret。应用需要启用机器人能力并发布后才能发送消息。

check-feishu-webhook = 机器人的 Webhook 地址形如 https://open.feishu.cn/open-apis/bot/v2/hook/…，或 open.larksuite.com 下的同样地址。
unusual-feishu-webhook = Webhook 地址的末段一般为 36 位，请确认是否复制完整。
unusual-feishu-app-id = App ID 一般为 cli_ 加至少 16 位字母和数字。
unusual-feishu-app-secret = App Secret 一般为 32 位字母和数字，请确认是否复制完整。
