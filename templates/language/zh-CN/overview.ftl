# 需要处理的事项。

nav-overview = 概览
overview-title = 概览
overview-lead = 您能看到的凭证中需要处理的事项。
overview-all = 查看全部
overview-list = 在列表中查看
overview-nothing = 没有需要处理的事项
    .hint = 一旦出现需要处理的凭证，就会列在这里。
overview-expired = 已过期
    .about = 流水线已无法获取这些凭证。请轮换、延长有效期或删除。
    .none = 没有凭证过期。
overview-expiring = 30 天内到期
    .about = 请在流水线无法获取之前轮换。
    .none = 没有凭证将在 30 天内到期。
overview-refused = 被对方系统拒绝
    .about = 最近一次验证失败，对方系统不接受当前内容。请轮换，或联系该系统的负责人。
    .none = 没有凭证被对方系统拒绝。
overview-responsible = 无人负责
    .about = 责任人已停用。流水线不受影响，请将这些凭证移交给他人。
    .none = 每个凭证都有责任人。
overview-unused = 90 天未使用
    .about = 无人需要的凭证最好删除，30 天内可恢复。
    .none = 没有超过 90 天未使用的凭证。
attention-unused-only = 仅显示创建超过 90 天且此后未被使用的凭证
