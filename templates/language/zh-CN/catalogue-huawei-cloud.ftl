# huawei-cloud: names, fields, guidance, and what a check says of it.

type-huawei-cloud = 华为云
type-huawei-cloud-help = IAM 用户的访问密钥（AK/SK），供流水线操作云服务器等云资源。
field-huawei-cloud-access_key = Access Key ID（AK）
field-huawei-cloud-access_key-help = 不属于机密。一般为 20 位大写字母和数字。
field-huawei-cloud-secret_key = Secret Access Key（SK）
field-huawei-cloud-secret_key-help = 在创建密钥时下载的文件中，华为云只提供一次下载。
field-huawei-cloud-security_token = 安全令牌（SecurityToken）
field-huawei-cloud-security_token-help = 只有临时访问密钥才需要填写。
field-huawei-cloud-region = 区域
field-huawei-cloud-region-help = 工具使用的默认区域，如 cn-north-4。由流水线自行指定时可不填。
field-huawei-cloud-project_id = 项目 ID
field-huawei-cloud-project_id-help = 工具在该区域使用的项目，见“我的凭证 → API 凭证”。可不填。
field-huawei-cloud-domain_id = 账号 ID
field-huawei-cloud-domain_id-help = 访问 IAM 等全局服务的工具会用到，工具中称为 domain ID。可不填。

guidance-huawei-cloud-1 = 请在统一身份认证（IAM）控制台为流水线单独创建用户，访问方式只选“编程访问”，凭证类型选“访问密钥”。不要使用账号本身的访问密钥。创建后可下载 credentials.csv，仅此一次；已有的用户可在其“安全设置”中新增访问密钥。
guidance-huawei-cloud-2 = credentials.csv 中的“Access Key Id”即 AK，“Secret Access Key”即 SK。每个用户最多有两个访问密钥，更换时可先启用新密钥，确认可用后再删除旧密钥。
guidance-huawei-cloud-3 = 请将该用户加入只具有流水线所需权限的用户组。例如，以下自定义策略只允许查询和重启弹性云服务器。在“权限管理 → 权限”中创建自定义策略，选择 JSON 视图：
guidance-huawei-cloud-4 = 验证时只查询密钥属于谁，不需要任何权限；授予 iam:users:getUser 后可以显示账号名称。
guidance-huawei-cloud-5 = 交付的文件中，huaweicloud-credentials 供 SDK 使用；hcloud-config 供 KooCLI 使用，也可通过 HW_SHARED_CONFIG_FILE 供 Terraform 使用。KooCLI 首次运行会询问是否同意隐私政策声明，在流水线中可执行“hcloud configure set --cli-agree-privacy-statement=true”。

check-huawei-access-key = Access Key ID（AK）应为 10 至 128 位字母和数字。
check-huawei-id = ID 只能包含字母、数字、连字符和下划线。
unusual-huawei-access-key = Access Key ID 一般为 20 位大写字母和数字，请确认是否复制完整。
unusual-huawei-secret-key = Secret Access Key 一般为 40 位字母和数字，请确认是否复制完整。
unusual-huawei-id = ID 一般为 32 位十六进制数字，请确认填写的是 ID 而不是名称。
unusual-huawei-temporary = 只有临时访问密钥才带有安全令牌。临时密钥一天之内就会失效，届时流水线将无法使用。
remark-huawei-no-identity = 华为云接受了该密钥，但没有说明它属于谁。授予用户 iam:users:getUser 权限，或选择提供 STS 的区域，即可显示。
remark-huawei-other-account = 填写的账号 ID 不是该密钥所属的账号，访问全局服务的工具会被拒绝。
