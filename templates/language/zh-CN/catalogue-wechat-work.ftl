# wechat-work: names, fields, guidance, and what a check says of it.

type-wechat-work = 企业微信
type-wechat-work-help = 群聊机器人或应用，用于通知流水线的执行结果。
variant-wechat-work-bot = 群机器人
variant-wechat-work-application = 应用
field-wechat-work-webhook_url = 群机器人 Webhook 地址
field-wechat-work-webhook_url-help = 请填写含 key 的完整地址。知道该地址即可向群内发送消息，因此按机密保存。
field-wechat-work-host = 所属服务
field-wechat-work-corp_id = 企业 ID（CorpID）
field-wechat-work-corp_id-help = 不属于机密。一般以 ww 开头。
field-wechat-work-agent_id = AgentId
field-wechat-work-agent_id-help = 应用的编号，如 1000002。以应用身份发送消息的工具需要填写。
field-wechat-work-corp_secret = Secret
field-wechat-work-corp_secret-help = 在应用详情页，与 AgentId 相邻。

guidance-wechat-work-1 = 在群聊中点击右上角的菜单，选择“添加群机器人 → 新创建一个机器人”，并填写名称。
guidance-wechat-work-2 = 添加后即可看到 Webhook 地址，将其完整复制到“群机器人 Webhook 地址”。已有的机器人可在群机器人列表中点开查看。
guidance-wechat-work-3 = 企业微信的群机器人没有签名校验，地址一旦泄露，他人即可发送消息。如已泄露，请将机器人移出群聊，重新添加后轮换此凭证。
guidance-wechat-work-4 = 每个机器人每分钟最多发送 20 条消息。
guidance-wechat-work-5 = 在企业微信管理后台打开“我的企业 → 企业信息”，页面底部即为企业 ID。
guidance-wechat-work-6 = 打开“应用管理 → 自建”，进入该应用，即可看到 AgentId 和 Secret；点击“查看”后，Secret 会发送到您的企业微信。
guidance-wechat-work-7 = 将执行机的出口 IP 加入该应用的“企业可信 IP”；来自其他 IP 的发送请求会被企业微信拒绝。
guidance-wechat-work-8 = 请为流水线单独创建应用，可见范围只包含需要接收通知的人员。应用的 Secret 只能行使该应用的权限；请勿使用通讯录同步的 Secret。

check-wechat-work-webhook = 群机器人的 Webhook 地址形如 https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…，key 之后不能再有其他内容。
unusual-wechat-work-webhook = Webhook 地址中的 key 一般为 36 位，分为五组，由数字和 a 至 f 组成，请确认是否复制完整。
unusual-wechat-work-corp-id = 企业 ID 一般为 ww 加 16 位小写字母和数字。
unusual-wechat-work-corp-secret = Secret 一般为 43 位，由字母、数字、连字符和下划线组成，请确认是否复制完整。
