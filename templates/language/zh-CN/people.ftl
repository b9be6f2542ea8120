# 登录、退出与开发用身份提供方。

people-sign-in-title = 登录
people-sign-in-lead = Voucher 统一保管流水线所需的凭证。请使用企业账号登录。
people-sign-in-button = 登录
people-sign-in-again = 重新登录
people-go-on = 继续
people-signed-in-already = 你已登录。

people-signed-out-title = 你已退出登录
people-signed-out-lead = 你在此处的会话已结束。
people-signed-out-provider = 正在同时退出你的企业账号。
people-signed-out-provider-link = 继续

people-attempt-used = 本次登录已失效
    .hint = 每次登录只能使用一次，须在十分钟内于发起登录的浏览器中完成。请重新登录。
people-denied = 登录未完成
    .hint = 登录在企业登录页面上被取消或拒绝。
people-provider-down = 暂时无法登录
    .hint = 目前无法连接企业登录页面，流水线不受影响。请一分钟后再试。
people-provider-refused = 登录未完成
    .hint = 企业登录页面未能完成登录。请重试；若仍然失败，请联系管理员。
people-distrusted = 登录未完成
    .hint = 企业登录页面返回的结果不可信。请重试；若仍然失败，请联系管理员。
people-not-a-member = 你还不是这里任何企业的成员
    .hint = 请联系管理员添加你，或使用其他账号登录。
people-disabled = 你的成员身份已停用
    .hint = 如有疑问请联系管理员，或使用其他账号登录。

people-dev-tag = 开发用身份提供方
people-dev-title = 你想以谁的身份登录？
people-dev-lead = 本页面代替企业登录页面，不需要密码，仅在本机运行。登录后将返回
people-dev-unknown-client = 该请求并非来自此身份提供方所属的控制台。
people-dev-signed-out = 你已退出登录。
