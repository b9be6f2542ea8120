# jenkins: names, fields, guidance, and what a check or a verification says of it.

type-jenkins = Jenkins Master
type-jenkins-help = Jenkins 控制器的用户，供流水线触发 Jenkins 任务并等待其完成。
field-jenkins-url = Jenkins 地址
field-jenkins-url-help = Jenkins 首页的地址，有路径的带上路径，如 https://ci.example.com/jenkins/。
field-jenkins-username = 用户 ID
field-jenkins-username-help = 该用户登录时使用的 ID，可能与全名不同。
field-jenkins-api_token = API Token
field-jenkins-api_token-help = 由该用户在 Jenkins 中生成，步骤见旁边的说明。Jenkins 只显示一次。

guidance-jenkins-1 = 请使用 API Token，不要使用密码：API Token 可以单独撤销，不能用来登录网页，修改密码后也继续有效。生成步骤：
guidance-jenkins-2 = 以流水线专用的用户登录 Jenkins。
guidance-jenkins-3 = 点击右上角的用户名 → Security（旧版为“设置”）→ API Token → 添加新 Token。页面地址以 /me/security 或 /me/configure 结尾。
guidance-jenkins-4 = 名称填写“Voucher”，点击“生成”并立即复制。API Token 共 34 位，以 11 开头。
guidance-jenkins-5 = 触发任务并查看结果，需要 Overall/Read、Job/Read 和 Job/Build 权限，建议只在这些任务所在的文件夹上授予；需要由流水线中止任务时再加上 Job/Cancel。不需要管理员权限。

check-jenkins-url = 请填写完整的 http 或 https 首页地址，地址中不能带有用户名、查询参数或片段。
unusual-jenkins-page = 这看起来是 Jenkins 中的某个页面，工具需要的是首页地址。
unusual-jenkins-api-token = API Token 为 34 位十六进制字符，以 11 开头（旧版为 32 位）。如果填写的是密码，请改用 API Token。

remark-jenkins-none = 该地址有响应，但不像是 Jenkins。请检查路径是否正确，以及 Jenkins 前面是否有其他系统要求登录。
remark-jenkins-another = Jenkins 识别出的用户与此处填写的不同，请检查用户 ID。
remark-jenkins-open = 该 Jenkins 无需登录即可访问，因此无法判断 API Token 是否正确。
