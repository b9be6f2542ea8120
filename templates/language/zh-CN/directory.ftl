# 项目、仓库及其成员。

nav-projects = 项目与仓库
search = 搜索
create = 创建
rename = 重命名
rename-that = 重命名 { $name }
move = 移动
remove = 移除
you = 您
nothing-found = 没有找到
    .search = 没有与“{ $words }”匹配的内容。
    .clear = 清除搜索
pages-start = 首页
pages-further = 下一页
column-project = 项目
column-repository = 仓库
column-members = 成员
column-own-members = 仓库成员
column-own-role = 您的角色
column-member = 成员
column-local-role = 在此的角色
members = 成员
members-of = { $name } 的成员
local-role-manager = 负责人
local-role-member = 成员
member-state-disabled = 已停用

## 项目

projects-lead = 流水线所在之处。凭证授权给项目和仓库使用，访问密钥也代表项目或仓库。
projects-search = 搜索名称或路径
projects-count = { $projects } 个项目，{ $repositories } 个仓库
projects-empty = 还没有项目
    .one = 为每组共用凭证的仓库创建一个项目。
    .two = 添加仓库，以及在其中工作的人员。
    .three = 为项目创建访问密钥，流水线即可解析凭证。
    .ask = 您还没有加入任何项目或仓库。请联系管理员或项目负责人添加您。
project-new = 新建项目
project-lists = 项目内容
project-own-repositories = 您在该项目中的仓库
repositories-search = 搜索名称或路径
repositories-empty = 还没有仓库
    .one = 添加流水线需要使用凭证的仓库。
    .two = 添加成员，成员可在流水线中使用凭证。
    .three = 也可以为整个项目创建访问密钥，项目中的所有流水线都能使用。
    .ask = 请联系项目负责人添加。
repository-new = 新建仓库
repository-new-in = 在 { $name } 中新建仓库
place-name = 名称
    .help = 给人看的名字，最多 64 个字符。
place-path = 路径
    .help = 与 CI 系统中的写法一致，例如 storefront 或 storefront/web。可用英文字母、数字、“_”、“.”和“-”，以“/”分段。
place-path-empty = 请填写路径。
place-path-too-long = 路径过长，最多 128 个字符。
place-path-not-a-path = 路径由英文字母、数字、“_”、“.”和“-”组成，以“/”分段。
place-path-taken = 该路径已被占用
    .hint = 企业内已有相同路径，请换一个。
    .field = 企业内已有相同路径，请换一个。
place-project-gone = 该项目已不存在
    .hint = 请返回并刷新页面，重新选择。
rename-lead = 只改名称和路径：授权范围、成员、访问密钥和流水线都不受影响。
flash-project-created = 项目已创建，请添加仓库和成员。
flash-repository-created = 仓库已创建。授权范围包含它的凭证即可在其流水线中使用。
flash-place-renamed = 已重命名，其他内容不变。
flash-repository-moved = 仓库已移动，其流水线从现在起使用新项目的凭证。
flash-project-deleted = 项目已删除。
flash-repository-deleted = 仓库已删除。

## 删除与移动

place-delete-project = 将删除该项目{ $repositories ->
    [0] { "" }
   *[other] 及其 { $repositories } 个仓库
 }、成员在其中的角色和访问密钥。人员和凭证不会被删除。
place-delete-repository = 将删除该仓库、成员在其中的角色和访问密钥。人员和凭证不会被删除。
place-delete-keys = { $keys ->
    [0] 没有属于它的访问密钥。
   *[other] { $keys } 个访问密钥将立即失效。
 }
place-delete-used = { $pipelines ->
    [0] 近 30 天内，它们都没有取用过下列凭证。
   *[other] 其中 { $pipelines } 个在近 30 天内取用过下列凭证。
 }
place-delete-credentials = { $credentials ->
    [0] 没有凭证的授权范围指定了它。
   *[other] 有 { $credentials } 个凭证的授权范围指定了它，删除后将不再包含：
 }
place-delete-pipelines = { $pipelines ->
    [0] 近 30 天未被其访问密钥取用
   *[other] 近 30 天被其 { $pipelines } 个访问密钥取用
 }
place-delete-more = 以及另外 { $count } 个
place-delete-forever = 删除后无法恢复。
place-delete-type-path = 请输入路径以继续：
place-delete-differs = 路径不一致。
moving-title = 移动 { $name }
moving-lead = 仓库保留其成员、访问密钥以及直接授权给它的凭证，变化的是通过项目获得的凭证。
moving-nowhere = 没有其他由您负责的项目。
moving-to = 目标项目
moving-look = 查看影响
moving-choose-one = 请选择一个由您负责的项目。
moving-effect = 移动到 { $project } 后的变化
moving-lost = 流水线将不能再使用：
    .nothing = 流水线不会失去任何凭证。
moving-gained = 流水线将可以使用：
    .nothing = 流水线不会新增可用凭证。
moving-keeps = 移动后立即生效。

## 项目或仓库的成员

members-search = 搜索姓名或邮箱
member-add = 添加成员
make-manager = 设为负责人
make-member = 设为成员
add-as-member = 添加为成员
add-as-manager = 添加为负责人
place-members-empty = 还没有成员
    .project = 项目成员可在流水线中使用授权给该项目的凭证。负责人还可管理仓库、成员和访问密钥。
    .repository = 仓库成员可在流水线中使用该仓库可用的凭证。项目成员同样可以使用，不在此列出。
adding-title = 向 { $name } 添加成员
adding-lead = 成员可在流水线中使用凭证；负责人还可管理成员和访问密钥。
adding-done = 完成
adding-nobody = 没有可添加的人员
    .hint = 企业中的所有人都已是成员。
member-gone = 此人不是企业的在职成员
    .hint = 可能已离开，请刷新页面查看。
member-already = 此人已是成员
    .hint = 可在成员页面按登录标识查找。
member-issuer-unknown = 没有成员来自该身份提供方
    .hint = 请与成员页面显示的身份提供方地址逐字核对。
member-issuer-needed = 缺少身份提供方
    .hint = 成员来自多个身份提供方，请指定其中一个。
member-last-owner = 企业必须有拥有者
    .hint = 这是最后一位可以登录的拥有者。请先将其他人设为拥有者。
flash-member-added = 成员已添加。
flash-member-role = 角色已更改。
flash-member-removed = 成员已从此处移除。

## 谁可以使用

section-who = 谁可以使用，为什么
column-why = 原因
who-own = 您可以在流水线中使用：
who-own-not = 您可以查看但不能使用：您不是授权范围内的成员。
who-people = 人员
    .nobody = 没有人可以使用。
who-people-of = 可以使用 { $name } 的人员
who-all-people = 全部 { $count } 人
who-repositories = 仓库
    .none = 没有仓库的流水线可以使用。
who-repositories-of = 流水线可以使用 { $name } 的仓库
who-all-repositories = 全部 { $count } 个仓库
way-owner = 企业拥有者
way-administrator = 企业管理员
way-responsible = 该凭证的责任人
way-project = 项目 { $project } 的成员，该项目在授权范围内
way-project-all = 项目 { $project } 的成员，凭证授权给全部项目
way-repository = 仓库 { $repository } 的成员，该仓库在授权范围内
way-repository-all = 仓库 { $repository } 的成员，凭证授权给全部仓库
way-inside = 仓库 { $repository } 的成员，其所属项目 { $project } 在授权范围内
way-inside-all = 项目 { $project } 中仓库 { $repository } 的成员，凭证授权给全部项目
way-more = 以及另外 { $count } 条
way-pipeline-repository = 该仓库在授权范围内
way-pipeline-all-repositories = 凭证授权给全部仓库
way-pipeline-project = 所属项目 { $project } 在授权范围内
way-pipeline-all-projects = 凭证授权给全部项目

## 企业成员

nav-members = 成员管理
members-lead = 可以登录的人员，以及已离开的人员。可用的凭证取决于其所在的项目和仓库。
members-count = { $count } 位成员
members-search-all = 搜索姓名、邮箱或登录名
members-any-role = 全部角色
members-any-state = 全部状态
column-role = 角色
column-answers-for = 负责的凭证
member-state-active = 正常
member-is-disabled = 该成员已不能登录，其负责的凭证仍可继续使用。
member-hand-over-those = 移交 { $count } 个凭证
member-uses = 可以使用的凭证及原因
    .nothing = 没有可以使用的凭证。
    .disabled = 停用期间不能使用任何凭证。
member-uses-all = 全部 { $count } 个凭证
member-uses-of = { $name } 可以使用的凭证
member-answers-for = 负责的凭证
    .nothing = 没有负责的凭证。
member-role = 企业角色
    .help = 拥有者和管理员拥有全部权限；审计员可查看除内容以外的一切；成员的权限取决于其项目和仓库。
    .by-claim = 身份提供方在每次登录时也会授予该成员角色，以权限较高者为准。
member-places = 项目与仓库
    .nowhere = 没有加入任何项目或仓库。
member-issuer = 身份提供方
member-subject = 登录标识
member-since = 加入时间
flash-member-enabled = 该成员可以重新登录了。
flash-member-disabled = 该成员已停用，所有登录均已结束。请移交其负责的凭证。

## 离开与移交

disable-that = 停用 { $name }？
disable-sign-ins = 其所有登录立即结束，且不能再次登录。
disable-own = 这是您自己。
disable-credentials = { $count ->
    [0] 该成员没有负责的凭证。
   *[other] 该成员负责 { $count } 个凭证。凭证仍可继续使用，移交之前会列为需要关注。
 }
disable-pipelines = 流水线不受影响，其创建的访问密钥继续有效。
disable-undo = 可以随时重新启用。
hand-over = 移交
hand-over-of = 移交 { $name } 负责的凭证
hand-over-lead = 移交后由他人负责。令牌、内容和授权范围不变，流水线不受影响。
hand-over-nothing = { $name } 没有负责的凭证。
hand-over-to-whom = 将 { $count } 个凭证移交给谁？
hand-over-taker = 由 { $name } 接手。
hand-over-other = 换一个人
hand-over-which = 移交哪些凭证
hand-over-all = 全部 { $count } 个
hand-over-chosen = 指定凭证
hand-over-choose = 请至少选择一个凭证。
hand-over-to-nobody = 请选择由谁接手。
choose = 选择
hand-over-known = 可能仍掌握的信息
    .nothing = { $name } 没有录入过正在使用的内容，也没有创建过有效的访问密钥。
hand-over-entered = 下列凭证的当前内容由 { $name } 录入，可能留有副本。如其见过密钥，请进行轮换：
hand-over-more-entered = 还有更多，轮换后会继续显示。
hand-over-keys = 下列供流水线或程序使用的密钥由 { $name } 创建，其见过密钥内容。必要时请新建密钥并吊销旧密钥：
flash-handed-over = 凭证已移交，流水线不受影响。
action-credential-transfer = 移交
action-credential-scope-lost = 删除了授权范围中的项目或仓库
attention-responsible = 有 { $count } 个凭证的责任人已停用。
attention-responsible-see = 查看并移交
attention-responsible-only = 仅显示责任人已停用的凭证
attention-responsible-all = 查看全部
