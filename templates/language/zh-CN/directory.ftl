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
member-last-owner = 企业必须有拥有者
    .hint = 这是最后一位可以登录的拥有者。请先将其他人设为拥有者。
flash-member-added = 成员已添加。
flash-member-role = 角色已更改。
flash-member-removed = 成员已从此处移除。
