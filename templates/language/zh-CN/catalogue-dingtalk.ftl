# dingtalk: names, fields, guidance, and what a check says of it.

type-dingtalk = 钉钉
type-dingtalk-help = 群聊机器人或应用，用于通知流水线的执行结果。
variant-dingtalk-bot = 群机器人
variant-dingtalk-application = 应用
field-dingtalk-webhook_url = Webhook 地址
field-dingtalk-webhook_url-help = 请填写含 access_token 的完整地址。知道该地址即可向群内发送消息，因此按机密保存。
field-dingtalk-sign_secret = 加签密钥
field-dingtalk-sign_secret-help = 机器人的安全设置中勾选了“加签”时才需要填写，一般以 SEC 开头。
field-dingtalk-host = 所属服务
field-dingtalk-app_key = Client ID（原 AppKey）
field-dingtalk-app_key-help = 不属于机密。一般以 ding 开头。
field-dingtalk-app_secret = Client Secret（原 AppSecret）
field-dingtalk-app_secret-help = 与 Client ID 在同一页面。
field-dingtalk-agent_id = AgentId
field-dingtalk-agent_id-help = 仅发送工作通知的工具需要。
field-dingtalk-corp_id = CorpId
field-dingtalk-corp_id-help = 企业的 ID，供需要它的工具使用。

guidance-dingtalk-1 = 在群聊中打开“群设置 → 机器人 → 添加机器人 → 自定义”，并填写机器人名字。
guidance-dingtalk-2 = 在“安全设置”中勾选“加签”，将显示的密钥（以 SEC 开头）填入“加签密钥”。
guidance-dingtalk-3 = 点击“完成”后即可看到 Webhook，将其完整复制到“Webhook 地址”。已有的机器人可在同一列表中点开，两项内容都在其设置页面。
guidance-dingtalk-4 = 如果勾选的是“自定义关键词”或“IP 地址（段）”，不含关键词的消息，以及来自地址段之外的执行机的消息，会被钉钉拒绝；未勾选“加签”时，地址一旦泄露，他人即可发送消息。
guidance-dingtalk-5 = 每个机器人每分钟最多发送 20 条消息。
guidance-dingtalk-6 = 在钉钉开发者后台打开“应用开发”，进入企业内部应用。
guidance-dingtalk-7 = 打开“凭证与基础信息”，复制 Client ID 和 Client Secret；AgentId 也在该页面。
guidance-dingtalk-8 = CorpId 显示在开发者后台首页的顶部。
guidance-dingtalk-9 = 请为流水线单独创建应用，只授予发送消息的权限，可使用范围只包含需要接收通知的人员。

check-dingtalk-webhook = 机器人的 Webhook 地址形如 https://oapi.dingtalk.com/robot/send?access_token=…，access_token 之后不能再有其他内容。
unusual-dingtalk-webhook = Webhook 地址中的 access_token 一般为 64 位，由数字和 a 至 f 组成，请确认是否复制完整。
unusual-dingtalk-sign-secret = 加签密钥一般为 SEC 加 64 位数字和 a 至 f 的字母，请确认是否复制完整。
unusual-dingtalk-app-key = Client ID 一般为 ding 加 12 至 20 位小写字母和数字。
unusual-dingtalk-corp-id = CorpId 一般以 ding 开头。
