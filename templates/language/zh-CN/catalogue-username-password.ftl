# username-password: names, fields, guidance, and what a check says of it.

type-username-password = 用户名和密码
type-username-password-help = 用于没有专门类型的系统。
field-username-password-username = 用户名
field-username-password-username-help = 不属于机密，会显示在列表中。
field-username-password-password = 密码
field-username-password-password-help = 也可以填写用来代替密码的访问令牌。
field-username-password-check_url = 验证地址
field-username-password-check_url-help = 需通过 HTTP Basic 认证才能访问的地址。没有可不填。

guidance-username-password-1 = 流水线通过 VOUCHER_USERNAME 和 VOUCHER_PASSWORD 两个变量取得用户名和密码。建议使用流水线专用账号，而不是个人账号。

remark-login-without-address = 没有填写验证地址，因此无从验证。
remark-login-colon = HTTP Basic 认证不支持含冒号的用户名，因此没有发送任何内容。
remark-login-open = 该地址无需登录即可访问，因此无法判断用户名和密码是否正确。请填写需要登录才能访问的地址。
remark-login-other-way = 该地址要求的登录方式不是 HTTP Basic 认证。
remark-login-proxy = 途经的代理要求登录，请联系所在网络的管理人员。
