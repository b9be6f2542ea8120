# 凭证管理：列表、表单与单个凭证。

## 列表

credentials-lead = 供流水线使用的认证信息。流水线里只写令牌，运行时才取得内容。
credentials-banner = 令牌只是名字，不是密钥，可以直接写进流水线文件。在这里更换内容，所有流水线随之生效，无需修改。
    .label = 令牌的工作方式
    .dismiss = 不再显示
credentials-deleted = 已删除的凭证
    .help = 删除后 30 天内可以恢复，之后连同内容一并清除。
credentials-back = 返回列表
credentials-groups = 凭证分组
credentials-search = 搜索名称、令牌、描述、非机密字段
    .do = 搜索
credentials-none-found = 这里没有凭证
    .search = 没有与“{ $words }”匹配的凭证。
credentials-none-match = 没有匹配的凭证
    .help = 没有凭证同时符合所有筛选条件。请去掉部分条件，或全部清除。
filters = 筛选与排序
filter-any = 全部
filter-any-state = 全部（不含已删除）
filter-place = 项目或仓库
    .help = 填写路径，列出其流水线可用的凭证。
    .unknown = 没有您可见的项目或仓库使用该路径。
filter-person =
    .help = 姓名或邮箱的一部分。
filter-apply = 应用
filter-clear = 清除搜索和筛选
sort = 排序
sort-created-down = 最新创建在前
sort-created-up = 最早创建在前
sort-name-up = 名称升序
sort-name-down = 名称降序
sort-used-down = 最近使用在前
sort-used-up = 最久未用在前
sort-ends-up = 最早到期在前
sort-ends-down = 最晚到期在前
page-sizes = 每页
page-size = { $count } 个凭证
column-created = 责任人与创建时间
credentials-empty = 还没有凭证
    .one = 保存访问密钥、Webhook、kubeconfig 或登录信息。内容会立即加密封存，此后任何人都无法在这里读取。
    .two = 选择哪些项目和仓库的流水线可以使用它。
    .three = 把令牌写进流水线，运行时内容自动送达。
    .ask = 您的项目和仓库中还没有凭证。请联系管理员创建，或共享给您。
column-credential = 凭证
column-type = 类型
column-projects = 授权项目
column-repositories = 授权仓库
column-responsible = 责任人
column-used = 最近使用
column-state = 状态
column-actions = 操作
uses-in-30-days = 近 30 天使用 { $count } 次
uses-label = { $count ->
   *[other] 次（近 30 天使用次数）
 }
until-day = 有效至 { $day }
state-active = 可用
state-expiring = 即将到期
state-expired = 已过期
state-disabled = 已停用
state-deleted = 已删除
pages-label = 分页
crumbs = 当前位置
copy-token = 复制令牌 { $token }

## 操作

credential-new = 新建凭证
credential-new-of = 新建凭证：{ $type }
choose-type-lead = 流水线要登录到哪里？
edit = 编辑
edit-that = 编辑 { $name }
rotate = 轮换
rotate-that = 轮换 { $name }
enable = 启用
disable = 停用
delete = 删除
delete-that = 删除 { $name }
restore = 恢复

flash-credential-created = 凭证已创建，内容已加密封存。
flash-credential-saved = 修改已保存。
flash-credential-rotated = 新版本已生效，流水线从现在起取得新内容，令牌不变。
flash-credential-disabled = 凭证已停用，下一条请求它的流水线将被拒绝。
flash-credential-enabled = 凭证已恢复使用。
flash-credential-deleted = 凭证已删除，30 天内可以恢复。
flash-credential-restored = 凭证已恢复，目前为停用状态。需要时请启用。

## 表单

section-content = 内容
section-scope = 授权范围
    .help = 流水线所在的项目或仓库被选中即可使用。什么都不选，则任何流水线都不能使用。
section-more = 其他
credential-name = 名称
    .help = 给人看的名字，最多 64 个字符。
credential-token = 令牌
    .help = 写在流水线文件里，例如 aliyun-prod，创建后不可更改。留空则自动生成。
credential-description = 描述
    .help = 说明用途以及如何重新获取。请勿在此填写密钥。
credential-expires = 最后可用日期
    .help = 次日（UTC）起，流水线将被拒绝。
credential-responsible = 责任人
    .help = 对该凭证负责。其离职后凭证仍可继续使用。
credential-variant = 种类
credential-created = 创建
credential-updated = 最近修改
credential-last-used = 最近使用：
reach-project = 项目
reach-project-all = 全部项目，包括以后新增的
reach-project-chosen = 指定项目
reach-project-nowhere = 没有您可以选择的项目。
reach-repository = 仓库
reach-repository-all = 全部仓库，包括以后新增的
reach-repository-chosen = 指定仓库
reach-repository-nowhere = 没有您可以选择的仓库。
field-kept = 保持不变
field-stored = 已保存，不予显示
field-drop = 移除已保存的值
guidance-title = 填写说明
form-strip = 去除单行内容首尾的空白。请重新输入密钥。
form-stale = 该表单已过期，或不是从本站打开的。请重新加载页面。
form-token-taken = 该令牌已被占用（可能属于已删除的凭证），请换一个。
form-unknown-place = 所选的某个项目或仓库已不存在。
form-unknown-responsible = 此人不能作为责任人：不是在职成员。
fact-name-empty = 请填写可见的名称。
fact-name-too-long = 名称过长，最多 64 个字符。
fact-name-bad-character = 名称含有不可见字符或控制字符。
fact-token-empty = 请填写令牌。
fact-token-too-long = 令牌过长，最多 64 个字符。
fact-token-bad-character = 令牌只能包含英文字母、数字、“_”、“.”和“-”，并以字母或数字开头。
fact-description-empty = 请填写描述。
fact-description-too-long = 描述过长，最多 1000 个字符。
fact-description-bad-character = 描述含有控制字符。

edit-lead = 令牌 { $token } 和类型不可更改。要更换内容，请使用“轮换”。
edit-conflict = 期间有人修改了该凭证
    .help = 您填写的内容仍在。现在保存将覆盖对方的修改。
    .see = 查看当前内容
rotate-lead = 更换 { $token } 的内容。留空的字段沿用版本 { $version } 的值。
rotate-conflict = 当前已是版本 { $version }：期间有人进行了轮换
    .help = 您填写的普通内容仍在，请确认密钥是否还在。现在轮换将在对方的版本之上生成新版本。
rotate-nothing-new = 没有变化：请至少填写一个不同的值。
rotate-not-as-signed = 已存内容与签名不符：数据库中的内容已损坏或被改动，任何字段都不能沿用。请重新输入所有密钥，并告知管理员。

delete-lead = 删除后，使用它的流水线将立即被拒绝。
delete-used = 近 30 天被 { $callers } 个访问密钥使用了 { $uses } 次。
delete-last-used = 最近使用：
delete-unused = 近 30 天未被使用。
delete-all-projects = 授权给全部项目，
delete-projects = 授权给 { $count } 个项目，
delete-all-repositories = 以及全部仓库。
delete-repositories = 以及 { $count } 个仓库。
delete-restorable = 30 天内可以恢复，之后连同内容一并清除。
delete-type-token = 请输入令牌以继续：
delete-token-differs = 这不是该凭证的令牌。

## 单个凭证

section-use = 使用方法
    .help = 令牌可以写在任何流水线文件里。访问密钥说明请求来自哪个项目或仓库。
section-versions = 版本
section-activity = 动态
section-usage = 使用情况
recipe-exec = voucher exec
recipe-kubectl = kubectl
recipe-helm = Helm
recipe-docker = Docker
recipe-maven = Maven
recipe-curl = curl
recipe-gitee-go = Gitee Go
recipe-gitlab = GitLab CI（无需保存密钥）
recipe-github = GitHub Actions（无需保存密钥）
recipe-jenkins = Jenkinsfile
recipe-systemd = systemd 服务
column-version = 版本
column-made = 时间
column-by = 操作人
column-content-expires = 内容到期
column-when = 时间
column-who = 操作人
column-what = 操作
version-current = 当前
activity-none = 还没有动态。
activity-refused = 已拒绝
credential-is-deleted = 该凭证已删除，可在 { $day } 之前恢复。
credential-is-disabled = 该凭证已停用，流水线将被拒绝。
scope-nowhere = 目前没有流水线可以使用它。请在“编辑”中选择项目或仓库。
action-credential-create = 创建
action-credential-edit = 修改
action-credential-rotate = 轮换
action-credential-disable = 停用
action-credential-enable = 启用
action-credential-delete = 删除
action-credential-restore = 恢复
action-credential-resolve = 取用
action-credential-open = 内容无法读取

problem-credential-state = 凭证当前的状态不允许此操作
    .hint = 可能已有人更改。请重新打开查看。
problem-credential-deleted = 该凭证已删除
    .hint = 请先恢复。

## 使用条件

conditions = 使用条件
conditions-also-tried = 另有条件正在试运行。
yes = 是
conditions-of = { $name } 的使用条件
conditions-lead = 除属于使用范围外，流水线运行还须证明以下条件，才能取得凭证内容。
conditions-in-force = 已生效
conditions-none = 无：使用范围内的所有运行都能取得。
conditions-change = 修改条件
conditions-proof = 只认 CI 系统签名的内容：流水线须通过受信任的签发方换取令牌。请求自行声明的内容不作为证明。
conditions-access-keys = 访问密钥无法说明运行的任何信息，使用访问密钥的流水线会被任何条件拒绝。请先试运行，查看哪些流水线会受影响。
conditions-trial = 试运行中
conditions-since = 开始统计于
conditions-would-refuse = { $count ->
   *[other] 次取用本会被拒绝
 }
conditions-put-in-force = 正式生效
conditions-discard = 放弃
conditions-how = 生效方式
conditions-how-trial = 先试运行：不拒绝任何请求，只统计本会被拒绝的请求
conditions-how-in-force = 立即生效：此后无法证明的运行一律拒绝
conditions-change-link = 修改
conditions-see-link = 查看
condition-refs = 分支与标签
    .help = 每行一个，例如 main、release/* 或 refs/tags/v*。不以 refs/ 开头的视为分支；* 可匹配除斜杠外的任意字符。
condition-protected = 仅限受保护的分支与标签
condition-events = 触发事件
    .help = 每行一个，按 CI 系统的叫法填写，例如 push、schedule、web。
condition-pipelines = 流水线
    .help = 每行一个：工作流或 CI 配置文件的路径，例如 .gitlab-ci.yml 或 .github/workflows/deploy-*.yml。
condition-too-many = 条目过多，最多 20 个。
condition-too-long = 其中一个过长，最多 255 个字符。
condition-strange = 其中一个含有空格，或含有引用名与路径中不会出现的字符。
condition-nothing-to-try = 未填写任何条件，无从试运行。请填写条件；若要取消已生效的条件，请选择“立即生效”。
flash-conditions-set = 使用条件已生效。
flash-conditions-tried = 使用条件已开始试运行：不会拒绝任何请求，只统计本会被拒绝的请求。
flash-conditions-discarded = 已放弃试运行的条件。
column-caller = 调用方
column-unmet = 未能证明
column-times = 次数
column-last-time = 最近一次
unmet-condition-run = 运行的任何信息（使用访问密钥）
unmet-condition-ref = 要求的分支或标签
unmet-condition-protected = 分支或标签受保护
unmet-condition-event = 要求的触发事件
unmet-condition-pipeline = 要求的流水线
action-credential-condition = 修改了使用条件
action-credential-condition-try = 开始试运行使用条件
action-credential-condition-discard = 放弃了试运行的使用条件
rotate-runs-follow = 正在运行的流水线也立即使用新内容
    .help = 声明了运行标识的流水线会继续使用开始时的版本，最长一天。如果旧内容可能已泄露或已失效，请勾选此项。
runs-behind = 仍有 { $runs } 次运行在使用版本 { $version }。

## 批量操作

credentials-export = 导出 CSV
bulk-pick = 选择 { $name }
bulk-with-chosen = 对所选凭证：
bulk-every = 对全部匹配的凭证，而不仅是所选
bulk-disable = 批量停用凭证
    .help = 之后请求这些凭证的流水线都会被拒绝。停用后可以重新启用。
    .do = 停用
bulk-enable = 批量启用凭证
    .help = 流水线从现在起又可以取得它们。
    .do = 启用
bulk-transfer = 批量移交凭证
    .help = 从现在起由另一位成员负责，流水线不受影响。
    .do = 移交
bulk-delete = 批量删除凭证
    .help = 流水线会立即被拒绝。30 天内可以恢复，之后连同内容一并清除。
    .do = 删除
bulk-ready = { $count ->
    [0] 没有可执行的凭证
   *[other] 将对 { $count } 个凭证执行
 }
bulk-and-more = 另有 { $count } 项
bulk-left = 以下凭证保持不变
bulk-left-done = 已是该状态
bulk-left-not-allowed = 您无权执行此操作
bulk-left-deleted = 已删除，请先恢复
bulk-breaks = 受影响的流水线
    .help = 近 90 天内共有 { $count } 项取用记录，以下流水线将被拒绝：
bulk-breaks-nothing = 近 90 天内没有流水线取用过它们。
bulk-pipeline = 流水线
bulk-uses = 近 90 天使用次数
bulk-type-count = 要继续，请输入将删除的凭证数量：{ $count }
bulk-count-differs = 请输入 { $count }，即将删除的凭证数量。
bulk-too-many = 匹配的凭证超过 { $count } 个。请缩小范围，分几次执行。
bulk-changed-meanwhile = 期间情况有变，未做任何更改。下面是目前的状态。
flash-bulk-disabled = 所选凭证已停用，之后请求它们的流水线将被拒绝。
flash-bulk-enabled = 所选凭证已恢复使用。
flash-bulk-deleted = 所选凭证已删除，30 天内可以恢复。
flash-bulk-transferred = 所选凭证已移交。
unusual-nothing-chosen = 请先在列表中选择凭证。
column-group = 分组
column-created-day = 创建时间
column-last-used = 最近使用
column-uses = 近 30 天使用次数
column-id = 标识
