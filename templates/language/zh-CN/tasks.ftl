# 凭证选择器、可用凭证列表与流水线任务表单。

picker-search = 搜索名称、令牌、描述
picker-empty = 暂无可选凭证。
picker-more = 还有更多，请输入名称或令牌的一部分进行查找。
picker-none = 不使用凭证
picker-ends = 有效期至 { $day }
picker-conditional = 仅限满足使用条件的运行
picker-not-in-scope = 此仓库无法使用：不在该凭证的授权范围内。
picker-disabled = 已停用：重新启用之前，流水线无法获取。
picker-expired = 已过期：延长或取消有效期之前，流水线无法获取。
picker-failing = 最近一次验证时被对方系统拒绝，使用它的步骤很可能失败。
picker-invalid = 选择器收到了无法识别的参数
    .hint = 请用 ID 或路径指定仓库，用英文逗号分隔多个凭证类型 ID，并将返回的 next 原样作为 after 传回。

embed-title = 选择凭证
embed-legend = { $name } 的凭证
embed-choose = 选择
embed-token = 写入流水线的令牌
embed-window = 在新窗口中打开
embed-signed-out = 您尚未登录 Voucher。
    .hint = 如果已经登录仍看到此提示，是因为外层页面属于其他站点，浏览器不允许在此读取登录状态。
embed-sign-in = 在新窗口中登录
embed-again = 重试
embed-nothing = 外层页面指定的仓库不存在，或您无权查看。

## 可用凭证

usable-here = 可用凭证
usable-in = { $name } 的可用凭证
usable-empty = 这里还没有可用的凭证
    .lead = 授权范围包含这里的凭证，此处的流水线才能使用。凭证负责人和管理员可以将这里加入某个凭证的授权范围，也可以新建一个凭证。
repository-lists = 仓库内容

## 任务

tasks = 流水线任务
tasks-of = { $name } 的流水线任务
tasks-open = 打开
tasks-lead = 填写任务、选择所需凭证，再将生成的步骤复制到流水线文件中。文件里只写令牌，绝不包含凭证内容。
task-make = 生成步骤
task-settings = 任务配置
task-step = 生成的步骤
    .lead = 将它放到流水线文件中某个阶段的 steps 下。
    .after = 本页地址会保留填写的内容，可以收藏，也可以发给维护流水线的同事。
task-how = 使用方法
    .one = 选择凭证。这里只列出您有权使用的凭证，运行流水线的人看不到凭证内容。
    .two = 填写任务配置，生成步骤。
    .three = 将步骤复制到流水线文件。以后更换凭证内容时，步骤无需修改。
task-add = 新建：{ $type }
    .help = 此处已填写的内容会保留。
task-none-here = 此仓库还没有这种类型的可用凭证。
task-none-here-add = 此仓库还没有这种类型的可用凭证，可在此新建或请他人协助。
task-ask = 可以联系：{ $people }。
task-ask-administrators = 可以联系企业管理员。
task-ask-and = 、
task-credential-needed = 请选择凭证。
task-credential-unknown = 没有您可以使用的对应凭证，请重新选择。
task-required = 请填写此项。
task-too-long = 内容过长。
task-invisible = 含有不可见字符，请手动重新输入。
task-bad-name = 只能使用小写字母、数字、“-”和“_”。
task-bad-label = 只能使用小写字母、数字和“-”，最多 63 个字符，且首尾必须是字母或数字。
task-bad-version = 版本号由数字和点组成，例如 3.4.0。
task-bad-path = 请填写仓库内的路径，不能以“/”开头，也不能包含“..”。
task-bad-word = 不能包含空格。
task-bad-phone = 手机号只能包含数字，以及必要的“+”和“-”，每行一个。
task-bad-choice = 请从列表中选择。
task-bad-pair = 请按“名称=值”填写，每行一个，名称中不能有空格。
task-pair-twice = 存在重复的名称。

## 各类任务

task-k8s-deploy = K8S 部署
    .help = 使用 kubectl 将仓库中的清单部署到集群。
task-helm-deploy = Helm Chart 部署
    .help = 将仓库中的 Chart 安装或升级到集群。
task-image-build = 镜像构建
    .help = 根据 Dockerfile 构建镜像并推送到镜像仓库。
task-image-script = 基于镜像的脚本执行
    .help = 在指定镜像中执行命令，支持私有镜像。
task-maven-build = Maven 构建
    .help = 使用 Maven 构建，可通过 Maven 配置凭证访问私有仓库。
task-host-deploy = 主机部署
    .help = 将制品下发到主机组并执行脚本。
task-jenkins-job = Jenkins 任务
    .help = 触发自有 Jenkins 上的任务并等待结果。
task-feishu-message = 飞书通知
    .help = 通过飞书机器人向群聊发送消息。
task-dingtalk-message = 钉钉通知
    .help = 通过钉钉机器人向群聊发送消息。
task-wechat-work-message = 企业微信通知
    .help = 通过企业微信机器人向群聊发送消息。

## 任务字段

task-field-displayName = 任务名称
    .help = 显示在流水线中，最多 128 个字符。
task-field-name = 任务标识
    .help = 同一阶段内唯一，其他步骤通过 dependsOn 引用。
task-field-certificate = 凭证
    .help = 步骤中只写凭证的令牌。这里列出您可以使用的凭证，不会显示凭证内容。
task-field-kubectl = kubectl 版本
    .help = 请选择与集群兼容的版本，例如 v1.16.4。
task-field-helm = Helm 版本
    .help = apiVersion 为 v2 的 Chart 需要 Helm 3。
task-field-namespace = 命名空间
    .help = 集群中的命名空间。此处及其他字段均可使用 { "${" }NAMESPACE{ "}" } 这样的流水线参数。
task-field-yaml = YAML 路径
    .help = 仓库内的文件或目录，例如 ./deployment.yaml 或 manifests。
task-field-isReplace = 使用 replace 模式代替 apply
task-field-appName = 应用名称
    .help = Helm Release 的名称。
task-field-chartPath = Chart 目录
    .help = 仓库内的相对路径。
task-field-valuesPath = values 文件路径
    .help = 相对于 Chart 目录。
task-field-repository = 镜像仓库地址
    .help = 镜像推送的位置，例如 registry.example.com/team/app。
task-field-tag = 镜像 Tag
    .help = 例如 v1.{ "${" }GITEE_PIPELINE_BUILD_NUMBER{ "}" }，支持流水线参数。
task-field-dockerfile = Dockerfile 路径
    .help = 仓库内的相对路径。
task-field-context = 构建上下文
    .help = 仓库内的目录，留空表示仓库根目录。
task-field-upstream = 上游产物
    .help = 每行一个，例如 { "${" }BUILD_ARTIFACT{ "}" }。
task-field-build-args = 构建参数
    .help = 按“名称=值”填写，每行一个。请勿填写敏感信息，它们会出现在流水线文件和镜像中。
task-field-isCache = 使用缓存层
task-field-image = 镜像地址
    .help = 请带上仓库域名，例如 docker.io/bash:latest。私有镜像需要 Docker Registry 凭证。
task-field-commands = 执行命令
    .help = 每行一条，在代码库根目录依次执行。
task-field-jdkVersion = JDK 版本
    .help = 例如 8、11 或 17。
task-field-mavenVersion = Maven 版本
    .help = 例如 3.3.9 或 3.6.3。
task-field-artifactName = 产物名称
    .help = 后续步骤通过此名称引用构建产物。
task-field-artifactPath = 产物路径
    .help = 文件或目录，每行一个。
task-field-hostGroup = 主机组
    .help = Gitee Go 中主机组的标识。
task-field-hosts = 主机
    .help = 主机组内主机的 ID，每行一个，留空表示全部主机。
task-field-source = 部署包来源
    .help = build 表示来自本流水线的上游步骤，artifact 表示来自制品库。
task-field-packageName = 部署包名称
    .help = 下载到主机后的文件名，不含 .tar.gz。
task-field-target = 主机上的目录
    .help = 部署包存放的位置。
task-field-dependArtifact = 上游产物名称
    .help = 仅在来源为 build 时生效。
task-field-artifactRepository = 制品库
    .help = 仅在来源为 artifact 时生效。
task-field-repositoryArtifact = 制品名称
    .help = 仅在来源为 artifact 时生效。
task-field-artifactVersion = 制品版本
    .help = 仅在来源为 artifact 时生效，latest 表示最新版本。
task-field-script = 部署脚本
    .help = 每行一条命令，在每台主机上执行。
task-field-jobName = Job 名称
    .help = 请包含所在文件夹，例如 team/app/deploy。
task-field-parameters = 参数
    .help = 按“名称=值”填写，每行一个。请勿填写敏感信息，它们会出现在流水线文件中。
task-field-title = 消息标题
    .help = 支持流水线参数。
task-field-content = 消息内容
    .help = 发送到群聊的文本。设置了关键词的机器人只发送包含关键词的消息。
task-field-atAll = @所有人
task-field-atFeishu = @指定成员
    .help = 飞书的 Open ID 或 User ID，每行一个。
task-field-atWechat = @指定成员
    .help = 企业微信的 UserID，每行一个。
task-field-atMobiles = 按手机号@成员
    .help = 每行一个手机号。
