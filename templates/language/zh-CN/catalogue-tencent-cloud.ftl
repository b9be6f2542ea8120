# tencent-cloud: names, fields, guidance, and what a check says of it.

type-tencent-cloud = 腾讯云
type-tencent-cloud-help = 子用户的 API 密钥，供流水线操作云服务器等云资源。
field-tencent-cloud-secret_id = SecretId
field-tencent-cloud-secret_id-help = 不属于机密。一般以 AKID 开头，国际站以 IKID 开头。
field-tencent-cloud-secret_key = SecretKey
field-tencent-cloud-secret_key-help = 腾讯云只在创建密钥时显示一次。
field-tencent-cloud-token = Token
field-tencent-cloud-token-help = 只有角色的临时密钥才需要填写。
field-tencent-cloud-region = 地域
field-tencent-cloud-region-help = 工具使用的默认地域，如 ap-guangzhou。由流水线自行指定时可不填。

guidance-tencent-cloud-1 = 请在访问管理控制台为流水线单独创建子用户，访问方式只选“编程访问”。不要使用主账号的密钥：主账号拥有全部权限，且无法限制。
guidance-tencent-cloud-2 = 在“用户 → 用户列表”中打开该用户，在“API 密钥”页签中新建密钥，并立即复制 SecretId 和 SecretKey：SecretKey 之后无法再次查看。
guidance-tencent-cloud-3 = 通过自动化助手（TAT）部署主机只需要以下权限：
guidance-tencent-cloud-4 = 查询 CVM 实例：列出可供选择的主机（cvm:DescribeInstances）。
guidance-tencent-cloud-5 = 查询自动化助手客户端状态：判断哪些主机可以接收命令（tat:DescribeAutomationAgentStatus）。
guidance-tencent-cloud-6 = 查询命令执行结果：展示日志，判断部署是否成功（tat:DescribeInvocations、tat:DescribeInvocationTasks）。
guidance-tencent-cloud-7 = 执行命令：即部署本身（tat:RunCommand）。
guidance-tencent-cloud-8 = 在访问管理控制台的“策略”中，选择“按策略语法创建”，用以下 JSON 新建自定义策略，并授权给该用户：
guidance-tencent-cloud-9 = 命令默认以 root 身份执行。如需收紧，可将 tat:RunCommand 的 * 改为具体实例，如 qcs::cvm:ap-guangzhou::instance/ins-12345678，并加上命令本身的 qcs::tat:::command/*。

check-tencent-secret-id = SecretId 应为 10 至 128 位，只能包含字母、数字、连字符和下划线。
unusual-tencent-secret-id = SecretId 一般为 AKID 或 IKID 加 32 位字母和数字，请确认是否复制完整。
unusual-tencent-secret-key = SecretKey 一般为 32 位字母和数字，请确认是否复制完整。
unusual-tencent-temporary = 只有临时密钥才带有 Token。临时密钥几小时内就会失效，届时流水线将无法使用。
remark-tencent-root = 这是主账号的密钥，拥有全部权限且无法限制。请改用只具有所需权限的子用户的密钥，然后删除该密钥。
