# 登录、退出与开发用身份提供方。

people-sign-in-title = 登录
people-sign-in-lead = Voucher 统一保管流水线所需的凭证。请使用企业账号登录。
people-sign-in-button = 登录
people-sign-in-again = 重新登录
people-go-on = 继续
people-signed-in-already = 您已登录。

people-signed-out-title = 您已退出登录
people-signed-out-lead = 您在此处的会话已结束。
people-signed-out-provider = 正在同时退出您的企业账号。
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
people-not-a-member = 您还不是这里任何企业的成员
    .hint = 请联系管理员添加您，或使用其他账号登录。
people-disabled = 您的成员身份已停用
    .hint = 如有疑问请联系管理员，或使用其他账号登录。

people-sign-ins = 登录会话
people-sign-ins-of = { $name } 的登录会话
people-sign-ins-lead = 当前处于登录状态的浏览器。最后一次请求后 30 分钟会话自动结束，最长不超过 12 小时。
people-sign-ins-ending = 结束会话立即生效：该浏览器需要重新登录，尚未保存的内容将丢失。
people-sign-ins-none = 当前没有登录会话
people-sign-ins-none-hint = 该成员登录后会显示在这里。以往的登录请查看审计日志。
people-browser = 浏览器
people-browser-on = （{ $system }）
people-browser-unknown = 未知浏览器
people-browser-wecom = 企业微信
people-browser-wechat = 微信
people-browser-dingtalk = 钉钉
people-browser-feishu = 飞书
people-browser-qq = QQ 浏览器
people-browser-uc = UC 浏览器
people-browser-edge = Edge
people-browser-opera = Opera
people-browser-firefox = Firefox
people-browser-chrome = Chrome
people-browser-safari = Safari
people-address = 地址
people-address-unknown = 未知
people-since = 登录时间
people-last-seen = 最近活动
people-actions = 操作
people-this-one = 当前浏览器
people-end = 结束
people-end-all = 全部结束
people-end-others = 结束其他会话
flash-sign-in-ended = 登录会话已结束。
flash-sign-ins-ended = 登录会话已全部结束。

people-dev-tag = 开发用身份提供方
people-dev-title = 您想以谁的身份登录？
people-dev-lead = 本页面代替企业登录页面，不需要密码，仅在本机运行。登录后将返回
people-dev-unknown-client = 该请求并非来自此身份提供方所属的控制台。
people-dev-signed-out = 您已退出登录。
