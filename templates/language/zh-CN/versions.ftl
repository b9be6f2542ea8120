# 凭证的版本与回滚。

roll-back = 回滚
roll-back-that = 将 { $name } 回滚到版本 { $version }
roll-back-made = 创建于
roll-back-lead = 写入 { $token } 的流水线将重新取得该版本的内容。它会成为版本 { $next }：任何版本都不会丢失，之后仍可换回。
roll-back-failed = 上次验证时，对方系统拒绝了此版本
roll-back-ended = 此版本的内容已于 { $day } 到期。
roll-back-changes = 变化
roll-back-field = 字段
roll-back-now = 当前
roll-back-then = 回滚后
roll-back-since = 当前值来自
roll-back-secret-now = 已加密保存
roll-back-secret-then = 另一个值，已加密保存
roll-back-same = 没有变化：内容与当前的版本 { $version } 相同。
roll-back-runs = 正在进行的运行
roll-back-runs-none = 没有正在进行的运行在使用旧版本。
roll-back-conflict =
    .help = 下面列出的是相对于该版本的变化。现在回滚将在其之上生成新版本。
roll-back-nothing-new = 没有变化：当前内容已与该版本相同。
roll-back-not-as-signed = 此版本已存的内容与签名不符：数据库中的内容已损坏或被改动，因此无法恢复。请通过轮换重新输入内容，并告知管理员。
version-number = 版本 { $version }
problem-version-current = 此版本已是当前版本
    .hint = 请在版本列表中选择较早的版本。
flash-credential-rolled-back = 旧内容已作为新版本生效，流水线从现在起取得该内容，令牌不变。
action-credential-roll-back = 回滚

## 以现有凭证为模板新建

duplicate = 复制
copy-of = { $name }（副本）
alike = 已按 { $name } 填写
    .help = 密钥不会复制，请重新输入。令牌是新的。
    .conditions = 使用条件也不会复制。请在流水线使用之前，到新凭证的页面上设置。
