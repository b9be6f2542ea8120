# 外壳：导航、偏好、问题，以及各页面共用的词语。

product = Voucher
footer = Voucher 让密钥远离流水线。
skip-to-content = 跳到正文

nav-label = 主导航
nav-enterprise-settings = 企业设置
nav-credentials = 凭证管理
nav-access = 访问密钥

role-owner = 拥有者
role-administrator = 管理员
role-auditor = 审计员
role-member = 成员

preferences = 偏好设置
language = 语言
theme = 外观
theme-auto = 跟随系统
theme-light = 浅色
theme-dark = 深色
sign-in = 登录
sign-out = 退出登录

## 问题：说明情况，.hint 说明该怎么做

problem-home = 返回首页
problem-request-id = 请求编号
problem-unreachable = 无法连接服务器。请检查网络后重试，未做任何更改。
problem-not-found = 这里什么也没有
    .hint = 地址可能有误，内容可能已不存在，或者您无权查看。
problem-forbidden = 您无权执行此操作
    .hint = 请联系企业管理员或责任人。
problem-confirmation-needed = 请确认是您本人操作
    .hint = 该操作会改变人员或程序的权限，而您登录已有一段时间。目前未作任何更改。请前往企业登录页面确认身份，完成后会回到原页面，即可继续操作。
problem-confirm = 确认是我本人
problem-cross-site = 该请求来自其他网站
    .hint = 为了您的安全，请求未被执行。请在本站打开页面后重试。
problem-sign-in-needed = 请先登录
    .hint = 您尚未登录，或登录已失效。
problem-method-not-allowed = 该地址不支持这种用法
    .hint = 请返回并使用页面上的按钮。
problem-conflict = 内容已被他人更改
    .hint = 请重新加载页面查看最新内容，然后再次修改。
problem-gone = 该内容已不存在
    .hint = 它已被删除，管理员或许可以恢复。
problem-invalid = 无法理解该请求
    .hint = 请返回并重新加载页面，然后再次操作。
problem-too-large = 内容过大
    .hint = 表单和文档最大为 2 MiB。
problem-unsupported-media-type = 此处不接受该类型的文档
    .hint = 调用接口请使用 application/json，表单请从对应页面提交。
problem-too-many-requests = 请求过于频繁
    .hint = 请稍等片刻再试。
problem-unavailable = 服务繁忙或正在维护
    .hint = 未做任何更改，请几秒后重试。
problem-internal = 服务出错了
    .hint = 据我们所知未做任何更改。若再次发生，请将请求编号告知管理员。

## 各页面共用的词语

date-not-a-date = 这不是有效的日期。
date-past = 该日期已过。
form-wrong = 有 { $count } 处需要您处理
optional = 选填
cancel = 取消
save = 保存
copy = 复制
copied = 已复制
dismiss = 关闭
never = 从未
all = 全部
none = 无
more = 更多
filter-list = 筛选列表
choices-search = 搜索此列表
choices-find = 搜索
choices-none-found = 没有找到匹配项，已选中的保持不变。
choices-more = 还有更多，请输入名称的一部分进行查找。
choices-project = 项目
choices-repository = 仓库

## 发放与拒绝的统计图

chart-delivered = 已发放
chart-refused = 已拒绝
chart-when = 日期（UTC）
chart-as-table = 以表格查看数据
chart-column = { $label }：发放 { $delivered } 次
chart-column-refused = { $label }：发放 { $delivered } 次，拒绝 { $refused } 次
chart-summary = { $from } 至 { $until }：共发放 { $delivered } 次，拒绝 { $refused } 次；{ $busiest } 发放最多，为 { $most } 次。
chart-nothing = 这段时间内没有发放，也没有拒绝。
chart-quiet = 另有 { $count } 天没有任何记录。
