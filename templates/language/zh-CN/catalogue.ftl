# 凭证类型：名称、字段、填写说明和校验提示。编号规则见 src/catalogue/messages.rs。

group-cloud-service = 云服务
group-im-communication = 即时通讯
group-others = 其他

## 阿里云

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

guidance-alibaba-cloud-1 = 请为流水线单独创建 RAM 用户并使用该用户的 AccessKey，不要使用主账号的。主机部署只需要以下六项权限：
guidance-alibaba-cloud-2 = 查询 ECS 实例：列出可供选择的主机（ecs:DescribeInstances）。
guidance-alibaba-cloud-3 = 查询云助手状态：判断哪些主机可以接收命令（ecs:DescribeCloudAssistantStatus）。
guidance-alibaba-cloud-4 = 查询命令执行结果：展示日志，判断部署是否成功（ecs:DescribeInvocations、ecs:DescribeInvocationResults）。
guidance-alibaba-cloud-5 = 安装云助手：为尚未安装的主机安装（ecs:InstallCloudAssistant）。
guidance-alibaba-cloud-6 = 重启实例：部分镜像安装云助手后需要重启（ecs:RebootInstance、ecs:RebootInstances）。
guidance-alibaba-cloud-7 = 执行命令：即部署本身（ecs:RunCommand；执行云端已保存的命令用 ecs:InvokeCommand）。
guidance-alibaba-cloud-8 = 在 RAM 控制台用以下 JSON 新建自定义权限策略，并授权给该用户：
guidance-alibaba-cloud-9 = 命令默认以 root 身份执行。如需收紧，可将 instance/* 改为具体实例，或增加 acs:ResourceTag、ecs:CommandRunAs 条件。云端没有保存命令的，可去掉 ecs:InvokeCommand。

## 飞书

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

## Kubernetes

type-kubernetes = Kubernetes
type-kubernetes-help = 集群的访问凭证，用于 kubectl 或 Helm 部署。
variant-kubernetes-kubeconfig = kubeconfig 文件
variant-kubernetes-token = 服务账号令牌
variant-kubernetes-certificate = 客户端证书
field-kubernetes-kubeconfig = kubeconfig
field-kubernetes-kubeconfig-help = 完整的文件内容，证书和令牌须内嵌其中。内容将原样保存。
field-kubernetes-server = API Server 地址
field-kubernetes-server-help = 集群的 https 地址，须能从执行机访问。
field-kubernetes-context = 上下文
field-kubernetes-namespace = 命名空间
field-kubernetes-namespace-help = 命令未指定命名空间时使用。不填则为 default。
field-kubernetes-user = 用户
field-kubernetes-certificate_authority = CA 证书
field-kubernetes-certificate_authority-help = PEM 格式，或 kubeconfig 中的 base64 内容。服务器使用公共机构签发的证书时可不填。
field-kubernetes-token = 令牌
field-kubernetes-token-help = 服务账号的 Bearer Token。
field-kubernetes-client_certificate = 客户端证书
field-kubernetes-client_certificate-help = PEM 格式，或 kubeconfig 中的 base64 内容。
field-kubernetes-client_key = 私钥
field-kubernetes-client_key-help = 与证书配对的私钥，不能设有密码。

guidance-kubernetes-1 = 请为流水线创建专用的服务账号，不要使用管理员的 kubeconfig：服务账号可以限定在某个命名空间内，也不会因人员离职而失效。
guidance-kubernetes-2 = 用 kubectl apply 创建服务账号。下例只能变更 default 命名空间中运行的资源，没有其他权限：
guidance-kubernetes-3 = 然后由有权读取其令牌的人员生成 kubeconfig：
guidance-kubernetes-4 = 以下 kubeconfig 无法使用，因为它们只在生成它们的机器上有效：通过运行程序登录（exec，许多云厂商提供的即是此类）、引用其他文件，或使用用户名密码登录。
guidance-kubernetes-5 = 然后由有权读取的人员依次输出 API Server 地址、CA 证书和令牌：
guidance-kubernetes-6 = 集群无法吊销客户端证书。条件允许时，请改用服务账号令牌，或使用有效期较短的证书。

## 用户名和密码

type-username-password = 用户名和密码
type-username-password-help = 用于没有专门类型的系统。
field-username-password-username = 用户名
field-username-password-username-help = 不属于机密，会显示在列表中。
field-username-password-password = 密码
field-username-password-password-help = 也可以填写用来代替密码的访问令牌。
field-username-password-check_url = 验证地址
field-username-password-check_url-help = 需通过 HTTP Basic 认证才能访问的地址。没有可不填。

guidance-username-password-1 = 流水线通过 VOUCHER_USERNAME 和 VOUCHER_PASSWORD 两个变量取得用户名和密码。建议使用流水线专用账号，而不是个人账号。

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
check-address = 请填写完整的 http 或 https 地址，且地址中不能带有用户名。
check-access-key-id = AccessKey ID 应为 10 至 128 位，只能包含字母、数字、点、连字符和下划线。
check-key-characters = 密钥只能包含可见的 ASCII 字符，不能有空格。
check-region = 地域只能包含字母、数字和连字符，如 cn-hangzhou。
check-alibaba-endpoint = 接入地址须为 aliyuncs.com 下的域名，不带 https:// 和路径。
check-alibaba-security-token = 以 STS. 开头的密钥必须与其安全令牌一起使用。
check-feishu-webhook = 机器人的 Webhook 地址形如 https://open.feishu.cn/open-apis/bot/v2/hook/…，或 open.larksuite.com 下的同样地址。
check-server = 请填写完整的 https 地址，地址中不能带有用户名、查询参数或片段。
check-namespace = 命名空间最多 63 位，只能包含小写字母、数字和连字符，且首尾不能是连字符。
check-bearer = 令牌只能包含可见的 ASCII 字符，不能有空格。
check-authority = 无法读取 CA 证书。须为 PEM 格式，或 PEM 的 base64 编码。
check-certificate = 无法读取客户端证书。须为 PEM 格式，或 PEM 的 base64 编码。
check-certificate-expired = 客户端证书已过期。
check-certificate-not-for-clients = 该证书不能用于客户端（扩展密钥用法中没有“客户端身份验证”），服务器会拒绝。
check-private-key = 无法读取私钥。须为 PEM 格式，或 PEM 的 base64 编码。
check-private-key-encrypted = 私钥设有密码，而流水线无法输入密码，请先去除。
check-private-key-of-another = 私钥与该证书不匹配。
check-yaml = 内容不是有效的 YAML。
check-yaml-at-line = 内容不是有效的 YAML，请检查第 { $line } 行。
check-yaml-too-complex = YAML 嵌套过深、重复过多，或含有多个文档，不像是单个配置文件。
check-kubeconfig = 内容不是 kubeconfig：须有“apiVersion: v1”、“kind: Config”，以及带名称的集群、用户和上下文。
check-kubeconfig-exec = 有用户通过运行程序登录（exec），流水线执行时没有该程序。请改用服务账号令牌。
check-kubeconfig-auth-provider = 有用户通过 auth-provider 登录，kubectl 已不再支持。请改用服务账号令牌。
check-kubeconfig-token-file = 有用户的令牌保存在其他文件中（tokenFile）。请直接填入令牌。
check-kubeconfig-file-path = 内容引用了其他文件（certificate-authority、client-certificate 或 client-key）。执行“kubectl config view --flatten --raw”可以得到内嵌这些文件的版本。
check-kubeconfig-proxy = 有集群通过代理访问（proxy-url），代理可能窥探通信内容。请删除该项。
check-kubeconfig-password = 有用户通过用户名和密码登录，Kubernetes 自 1.19 起已不支持。
check-kubeconfig-insecure = 有集群关闭了服务器证书校验（insecure-skip-tls-verify）。请改为填写其 CA 证书。
check-kubeconfig-impersonation = 有用户模拟了他人身份（as、as-groups 等）。请使用本身具有权限的账号。
check-kubeconfig-unknown-entry = 集群、用户或上下文中有无法识别的项，可能是拼写错误，请删除。
check-kubeconfig-no-server = 有集群没有填写 server。
check-kubeconfig-no-context = 没有上下文。
check-kubeconfig-none-current = 没有指定当前上下文。请加上一行“current-context:”，值为上下文的名称。
check-kubeconfig-several-none-current = 有多个上下文，但没有指定当前上下文，无法确定使用哪个集群。请加上一行“current-context:”，值为其中一个的名称。
check-kubeconfig-current-unknown = 当前上下文在文件中不存在。
check-kubeconfig-context-dangling = 当前上下文所指的集群或用户在文件中不存在。
check-kubeconfig-duplicate-name = 有重名的集群、用户或上下文。
check-kubeconfig-no-credential = 当前上下文的用户既没有令牌，也没有客户端证书。
check-kubeconfig-half-pair = 有用户只有客户端证书而没有私钥，或只有私钥而没有证书。

## 校验提醒

unusual-outer-white-space = 内容首尾有空白字符，将作为内容的一部分保留。
unusual-expired = 按其自身记载，该内容已于 { $at } 过期。
unusual-expires-soon = 该内容即将过期，过期时间为 { $at }。
unusual-http = 该地址不是 https，密码会在网络上明文传输。
unusual-colon = HTTP Basic 认证不支持含冒号的用户名，因此无法通过该地址验证。
unusual-new-id-old-secret = 更换了 ID，密钥仍是原来的。请确认是否无误。
unusual-alibaba-access-key-id = AccessKey ID 一般为 LTAI 加 12 至 26 位字母和数字，请确认是否复制完整。
unusual-alibaba-access-key-secret = AccessKey Secret 一般为 30 位字母和数字，请确认是否复制完整。
unusual-alibaba-temporary = 这是临时密钥，几小时内就会失效，届时流水线将无法使用。
unusual-alibaba-security-token = 只有以 STS. 开头的密钥才有安全令牌。
unusual-feishu-webhook = Webhook 地址的末段一般为 36 位，请确认是否复制完整。
unusual-feishu-app-id = App ID 一般为 cli_ 加至少 16 位字母和数字。
unusual-feishu-app-secret = App Secret 一般为 32 位字母和数字，请确认是否复制完整。
unusual-server-loopback = 服务器地址指向“本机”，执行机会在自己身上寻找集群。
unusual-authority-expired = 有 CA 证书已过期。
unusual-certificate-not-yet-valid = 客户端证书尚未生效。
unusual-kubeconfig-entry = 文件中有 kubeconfig 一般没有的项，将原样保留，不起作用。
