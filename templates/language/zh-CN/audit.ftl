# 审计日志：列表、单条记录、事件描述。

nav-audit = 审计日志
audit-lead = 每一次变更和交付，由谁、因何，都有记录，且无人可以修改。
audit-lead-own = 您负责的凭证发生过的全部事件，无人可以修改。
audit-export = 导出 JSON Lines
audit-who = 人员或调用方
    .help = 姓名、邮箱或密钥名称的一部分，也可以填写标识。
audit-token =
    .help = 填写令牌，与流水线中的写法一致。
audit-outcome = 结果
audit-outcome-allowed = 成功
audit-outcome-refused = 被拒绝
audit-outcome-failed = 失败
audit-from = 起始日期（UTC）
audit-until = 截止日期（UTC）
audit-clear = 清除筛选
audit-none = 还没有记录
    .help = 在这里的操作以及流水线的每次取用，都会记录在本页。
audit-none-match = 没有匹配的记录
    .help = 没有记录同时符合所有筛选条件。请去掉部分条件，或全部清除。
audit-about = 对象
audit-newest = 最新
audit-older = 更早
audit-anonymous = 未知身份
audit-actor-access-key = 访问密钥
audit-actor-provisioning-key = 目录管理密钥
audit-actor-system = 系统自身
audit-chains = 记录链
    .help = 每个节点把记录连成一条链：每条记录都含有前一条的哈希值，链尾定期签名。可用“voucher audit verify”校验全部记录。
audit-chain = 记录链名称
audit-head = 最后一条
audit-signed = 已签名至
audit-open = 尚未签名
audit-not-signed = 尚无
    .help = 尚未签名。每 1,000 条记录和每小时签名一次。
audit-signed-by = 由第 { $number } 条处的签名覆盖，
audit-reason = 原因
audit-address = 来源地址
audit-request = 请求编号
audit-place = 在记录链中的位置
audit-number = 序号
audit-hash = 哈希值
audit-of-credential = 在审计日志中查看全部

## 操作类别

audit-kind-credential-resolve = 向流水线交付
audit-kind-credential-create = 创建凭证
audit-kind-credential-edit = 修改凭证
audit-kind-credential-rotate = 轮换
audit-kind-credential-disable = 停用凭证
audit-kind-credential-delete = 删除凭证
audit-kind-credential-transfer = 移交
audit-kind-credential = 凭证相关的全部操作
audit-kind-access-key = 访问密钥
audit-kind-sign-in = 登录与退出
audit-kind-member = 成员
audit-kind-project = 项目

## 事件

did-credential-create = 创建凭证
did-credential-edit = 修改凭证
did-credential-rotate = 轮换凭证
did-credential-disable = 停用凭证
did-credential-enable = 启用凭证
did-credential-delete = 删除凭证
did-credential-restore = 恢复凭证
did-credential-purge = 彻底清除凭证
did-credential-transfer = 移交凭证
did-credential-scope-lost = 授权范围内的项目或仓库被删除
did-credential-resolve = 向流水线交付凭证
did-credential-open = 内容无法读取
did-credential-verify = 发起验证
did-credential-verified = 验证完成
did-credential-messaged = 机器人发送消息
did-credential-export = 下载凭证清单
did-credential-roll-back = 回退凭证版本
did-access-key-create = 创建访问密钥
did-access-key-revoke = 吊销访问密钥
did-access-key-delete = 删除访问密钥
did-provisioning-key-create = 创建目录管理密钥
did-provisioning-key-revoke = 吊销目录管理密钥
did-calendar-subscribe = 生成日历订阅地址
did-calendar-revoke = 吊销日历订阅地址
did-caller-limit = 请求过于频繁
did-caller-prove = 调用方身份校验
did-keys-reseal = 内容改用新密钥封存
did-member-add = 添加成员
did-member-change = 修改成员
did-member-disable = 停用成员
did-member-enable = 启用成员
did-member-role = 变更角色
did-project-create = 创建项目
did-project-delete = 删除项目
did-project-join = 加入项目
did-project-leave = 退出项目
did-project-rename = 重命名项目
did-repository-create = 创建仓库
did-repository-delete = 删除仓库
did-repository-join = 加入仓库
did-repository-leave = 退出仓库
did-repository-move = 移动仓库
did-repository-rename = 重命名仓库
did-directory-import = 导入组织目录
did-sign-in-begin = 登录
did-sign-in-end = 退出登录
did-audit-export = 下载审计日志

## 拒绝原因

why-unknown = 没有这个凭证
why-deleted = 凭证已删除
why-out-of-scope = 不在授权范围内
why-disabled = 凭证已停用
why-expired = 凭证已过期
why-sealed-unreadable = 存储内容与签名不符
