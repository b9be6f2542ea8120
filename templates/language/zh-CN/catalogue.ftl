# 凭证类型：名称、字段、填写说明和校验提示。编号规则见 src/catalogue/messages.rs。

group-cloud-service = 云服务
group-im-communication = 即时通讯
group-others = 其他

## 校验未通过

check-required = 请填写此项。
check-too-long = 内容过长，最多 { $max } 字节。
check-nul = 内容含有 NUL 字符，无法使用。
check-not-text = 内容不是 UTF-8 文本。
check-one-line = 只能填写一行，且不能含有控制字符。
check-outer-white-space = 内容首尾有空白字符，通常是复制时带入的。是否去除？
check-choice = 请选择列出的选项之一。
check-variant = 请选择该类型提供的方式之一。
check-unknown-field = 提交的内容中有该凭证类型没有的字段。
check-other-variant = 此项不属于所选的方式。请清空，或改选对应的方式。
check-kept-at-new-address = 地址已更换，请重新输入密钥：已保存的密钥不会发送到其他系统。
check-address = 请填写完整的 http 或 https 地址，且地址中不能带有用户名。
check-username-colon = 用户名不能含有冒号，否则冒号之后的内容会被当作密码。
check-access-key-id = AccessKey ID 应为 10 至 128 位，只能包含字母、数字、点、连字符和下划线。
check-key-characters = 密钥只能包含可见的 ASCII 字符，不能有空格。
check-region = 地域只能包含字母、数字和连字符，如 cn-hangzhou。
check-agent-id = AgentId 只能包含数字。

## 校验提醒

unusual-outer-white-space = 内容首尾有空白字符，将作为内容的一部分保留。
unusual-expired = 按其自身记载，该内容已于 { $at } 过期。
unusual-expires-soon = 该内容即将过期，过期时间为 { $at }。
unusual-http = 该地址不是 https，密码会在网络上明文传输。
unusual-colon = HTTP Basic 认证不支持含冒号的用户名，因此无法通过该地址验证。
unusual-new-id-old-secret = 更换了 ID，密钥仍是原来的。请确认是否无误。
unusual-new-webhook-old-key = 更换了 Webhook 地址，签名密钥仍是原来的。每个机器人的密钥各不相同，请确认是否无误。

## 验证说明

remark-bot-address-only = 仅检查了 Webhook 地址，未向群内发送消息。发送一条测试消息，即可确认签名、关键词和 IP 白名单等设置是否有效。
remark-bot-keyword = 该机器人只接受含有自定义关键词的消息，因此测试消息不会出现在群内。流水线发送的内容须包含其中一个关键词。
remark-bot-signing-key-missing = 该机器人要求签名校验，但此处没有保存签名密钥。请在机器人的安全设置中复制并填写。
remark-redirect = 该地址跳转到了其他地址。为避免凭证被发送到别处，没有跟随跳转。
