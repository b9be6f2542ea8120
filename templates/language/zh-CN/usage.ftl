# 凭证的使用情况，以及更改会影响什么。

usage-of = { $name } 的使用情况
usage-chart = 近 { $count } 天的使用情况
usage-see = 按流水线查看
usage-by-pipeline = 按流水线统计
usage-none = 近 90 天没有流水线请求过该凭证
    .help = 在流水线中写入令牌即可使用。首次请求之后，这里会列出使用次数和时间。
usage-none-of-yours = 近 90 天您的流水线没有请求过该凭证
usage-how = 查看使用方法
usage-more = 另有 { $count } 条使用较少的流水线。
usage-others = 另有 { $count } 条流水线也请求过该凭证，它们属于您无权查看的项目或仓库。

pipeline = 流水线
pipeline-place = 项目或仓库
pipeline-recent = 近 30 天使用
pipeline-uses = 近 90 天使用
pipeline-refused = 近 90 天被拒
pipeline-key = 访问密钥
pipeline-rule = 来自 { $issuer } 的身份
pipeline-gone = 已移除
pipeline-ended = 已无法请求
pipeline-nowhere = 未知

breaks = 受影响的流水线
    .help = 近 90 天内有 { $count } 条流水线取用过该凭证，之后将被拒绝：
breaks-nothing = 近 90 天内，没有仍可请求的流水线取用过该凭证。
disable-credential = 停用 { $name }
    .lead = 停用后，下一条请求 { $token } 的流水线将立即被拒绝。
    .undo = 内容不会丢失：重新启用后，流水线即可照常取用。

edit-plan = 保存 { $name } 之前
    .lead = 尚未保存。以下是此更改对他人的影响。
edit-plan-answers = 负责人
    .to = 从现在起由 { $to } 负责并可修改该凭证。
    .from = { $from } 不再负责，除非是管理员，否则不能再修改它。
edit-plan-unnoticed = 流水线不受影响。
edit-plan-save = 仍然保存
edit-plan-back = 返回修改
conditions-plan = 条件生效之前
    .lead = 条件尚未生效。访问密钥无法证明运行的任何信息，使用访问密钥的流水线都将被拒绝。
conditions-plan-others = 另有 { $count } 条流水线使用签名身份。它们是否满足条件取决于具体运行，可先试运行了解。
conditions-plan-save = 仍然生效
bulk-heir = 从现在起由 { $to } 负责 { $count } 个凭证
bulk-heir-from = { $from } 不再负责其中 { $count } 个，除非是管理员，否则不能再修改它们。
bulk-heir-back = 选择其他人
