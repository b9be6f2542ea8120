# alibaba-cloud: names, fields, guidance, and what a check says of it.

type-alibaba-cloud = 阿里云
type-alibaba-cloud-help = RAM 用户的 AccessKey，供流水线操作云服务器等云资源。
field-alibaba-cloud-access_key_id = AccessKey ID
field-alibaba-cloud-access_key_id-help = 不属于机密。一般以 LTAI 开头，临时密钥以 STS. 开头。
field-alibaba-cloud-access_key_secret = AccessKey Secret
field-alibaba-cloud-access_key_secret-help = 阿里云只在创建密钥时显示一次。
field-alibaba-cloud-security_token = 安全令牌（SecurityToken）
field-alibaba-cloud-security_token-help = 只有以 STS. 开头的临时密钥才需要填写。
field-alibaba-cloud-region = 地域
field-alibaba-cloud-region-help = 工具使用的默认地域，如 cn-hangzhou。由流水线自行指定时可不填。
field-alibaba-cloud-endpoint = 接入地址
field-alibaba-cloud-endpoint-help = 无法访问默认的 STS 地址时，改用此地址验证密钥。须为 aliyuncs.com 下的域名。

guidance-alibaba-cloud-1 = 请在 RAM 控制台的“身份管理 → 用户”中为流水线单独创建用户，不开启控制台访问。打开该用户，在“认证管理”页签中创建 AccessKey，并立即复制 AccessKey ID 和 AccessKey Secret：AccessKey Secret 之后无法再次查看。不要使用主账号的 AccessKey。
guidance-alibaba-cloud-2 = 主机部署只需要以下六项权限：
guidance-alibaba-cloud-3 = 查询 ECS 实例：列出可供选择的主机（ecs:DescribeInstances）。
guidance-alibaba-cloud-4 = 查询云助手状态：判断哪些主机可以接收命令（ecs:DescribeCloudAssistantStatus）。
guidance-alibaba-cloud-5 = 查询命令执行结果：展示日志，判断部署是否成功（ecs:DescribeInvocations、ecs:DescribeInvocationResults）。
guidance-alibaba-cloud-6 = 安装云助手：为尚未安装的主机安装（ecs:InstallCloudAssistant）。
guidance-alibaba-cloud-7 = 重启实例：部分镜像安装云助手后需要重启（ecs:RebootInstance、ecs:RebootInstances）。
guidance-alibaba-cloud-8 = 执行命令：即部署本身（ecs:RunCommand；执行云端已保存的命令用 ecs:InvokeCommand）。
guidance-alibaba-cloud-9 = 在 RAM 控制台用以下 JSON 新建自定义权限策略，并授权给该用户：
guidance-alibaba-cloud-10 = 命令默认以 root 身份执行。如需收紧，可将 instance/* 改为具体实例，或增加 acs:ResourceTag、ecs:CommandRunAs 条件。云端没有保存命令的，可去掉 ecs:InvokeCommand。

check-alibaba-endpoint = 接入地址须为 aliyuncs.com 下的域名，不带 https:// 和路径。
check-alibaba-security-token = 以 STS. 开头的密钥必须与其安全令牌一起使用。
unusual-alibaba-access-key-id = AccessKey ID 一般为 LTAI 加 12 至 26 位字母和数字，请确认是否复制完整。
unusual-alibaba-access-key-secret = AccessKey Secret 一般为 30 位字母和数字，请确认是否复制完整。
unusual-alibaba-temporary = 这是临时密钥，几小时内就会失效，届时流水线将无法使用。
unusual-alibaba-security-token = 只有以 STS. 开头的密钥才有安全令牌。
remark-alibaba-root = 这是主账号的密钥，拥有全部权限且无法限制。请改用只具有所需权限的 RAM 用户的密钥，然后删除该密钥。
