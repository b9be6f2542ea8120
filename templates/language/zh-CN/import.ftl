# 导入项目、仓库、成员及其成员关系。

import-title = 导入
import-lead = 通过表格一次性添加和修改大量项目、仓库、成员及成员关系。
import-open = 导入
import-file = 表格（CSV）
    .help = UTF-8 编码，最大 { $mebibytes } MiB、{ $lines } 行。单元格以逗号、分号或制表符分隔。
import-text = 或者粘贴表格内容
import-look = 预览变更
    .help = 此时不会做任何修改。
import-table = 表格格式
    .lead = 第一行是列名，顺序不限，不需要的列可以省略。可以从示例开始，也可以从现有数据开始。
import-sample = 下载示例
import-export = 下载现有数据
import-columns = 列
import-meaning = 含义
import-column-kind = 该行描述的对象：项目、仓库、成员、成员关系。
import-column-project = 项目路径：要添加的项目、仓库所属的项目，或成员加入的项目。
import-column-repository = 仓库路径：要添加的仓库，或成员加入的仓库。
import-column-subject = 身份提供方对该人员的唯一标识（sub 声明）。它不像姓名和邮箱那样会变化。
import-column-issuer = 身份提供方的地址。所有成员都来自同一提供方时可以留空。
import-column-email = 邮箱，仅用于显示。在成员关系中，可代替登录标识来指定已有成员。
import-column-name = 显示名称。留空则保留现有名称；新增对象以路径或登录标识命名。
import-column-role = 企业成员：拥有者、管理员、审计员、成员。项目或仓库中：负责人、成员。留空则保留现有角色；新增的默认为成员。
import-rule-keeps = 导入只做添加和修改，不删除也不停用；表格中没有的内容保持不变。
import-rule-all = 所有行要么全部生效，要么全部不生效。若某行为已有仓库指定了另一个项目，该仓库会被移动过去。
import-rule-people = 人员列入表格后即成为成员，随时可以登录。身份提供方以该标识认证的人就是该成员，与邮箱无关。
import-rule-email = 仅凭邮箱不会成为成员。在成员关系中，邮箱只用于查找已有成员，且不能有其他成员使用相同邮箱。
import-rule-names = 成员的姓名和邮箱在每次登录时由身份提供方更新；表格中的姓名和邮箱只在首次登录前有效。
import-rule-one-kind = 没有“类型”列时，所有行描述同一类对象：有登录标识或邮箱的是成员，若还有项目或仓库则是成员关系，否则是仓库或项目。

import-name-kind = 类型
import-name-project = 项目
import-name-repository = 仓库
import-name-subject = 登录标识
import-name-issuer = 身份提供方
import-name-email = 邮箱
import-name-name = 名称
import-name-role = 角色
import-kind-project = 项目
import-kind-repository = 仓库
import-kind-member = 成员
import-kind-membership = 成员关系

## 文件有什么问题

import-file-empty = 没有内容。请选择文件，或粘贴包含列名和至少一行数据的表格。
import-file-too-large = 文件超过 { $mebibytes } MiB。请拆分后依次导入：先导入项目和仓库，再导入成员，最后导入成员关系。
import-file-not-utf8 = 文件不是 UTF-8 编码的文本。请在表格软件中另存为“CSV UTF-8（逗号分隔）”后重新选择。
import-file-too-many-lines = 文件超过 { $lines } 行。请拆分后依次导入。
import-file-unknown-column = 没有名为“{ $column }”的列。请更正列名，或删除该列。
import-file-unnamed-column = 中间有一列没有列名。请填写列名，或删除该列。
import-file-column-twice = “{ $column }”列出现了两次，请删除其中一列。
import-file-no-header = 第一行没有说明各列的含义。请参照示例，以列名开头。
import-file-no-lines = 只有列名，没有数据。请为每个要导入的对象添加一行。

## 表格会带来什么变更

import-preview-title = 变更预览
import-applied-title = 变更结果
import-all = 全部
import-outcome-added = 新增
import-outcome-changed = 修改
import-outcome-unchanged = 不变
import-outcome-wrong = 有误
import-lines = 表格各行
import-line = 行
import-about = 对象
import-outcome = 结果
import-details = 详情
import-no-such-lines = 没有这样的行。
import-wrong = { $count } 行有误。
    .todo = 全部更正后才能导入。请修改表格后重新选择。
import-nothing = 表格内容与现有数据一致，无需变更。
import-would = 将新增 { $added } 行，修改 { $changed } 行。
    .all = 要么全部生效，要么全部不生效。
import-apply = 确认导入
import-other = 重新选择表格
import-applying = 正在导入……
    .leave = 您可以离开此页面，导入会继续进行。完成之前看不到任何变更。
import-look-again = 刷新进度
import-applied = 导入完成：新增 { $added } 行，修改 { $changed } 行。
import-trouble-moved = 在此期间数据已被他人修改，导入结果会与您刚才看到的不同，因此没有做任何变更。以下是现在的预览。
import-trouble-failed = 导入失败，没有做任何变更。请重试；若仍然失败，请重新登录，或联系 Voucher 的运维人员。
import-trouble-interrupted = 导入被中断，没有做任何变更。请重新确认导入。

## 行有什么问题

import-fault-in = { $column }：{ $sentence }
import-fault-too-many-cells = 单元格多于列数。请用英文双引号把含有逗号的单元格括起来。{ $value }
import-fault-line-break = 单元格内容跨了多行，可能缺少一个双引号。
import-fault-unknown-kind = 没有“{ $value }”这种类型。请填写：项目、仓库、成员或成员关系。
import-fault-needed = 必须填写。
import-fault-not-here = 此类型的行不能填写该列，现为“{ $value }”。
import-fault-bad-path = “{ $value }”不是有效路径。路径由英文字母、数字、“_”、“.”和“-”组成，以“/”分段，最多 128 个字符。
import-fault-bad-name = “{ $value }”不是有效名称。名称最多 64 个可显示的字符。
import-fault-bad-subject = “{ $value }”不是有效的登录标识，最多 255 个可显示的字符。
import-fault-bad-email = “{ $value }”不是有效的邮箱。
import-fault-unknown-role = 此处没有“{ $value }”这个角色。企业成员的角色：拥有者、管理员、审计员、成员；项目或仓库中的角色：负责人、成员。
import-fault-one-place = 项目和仓库只能填写其中一个。
import-fault-project-needed = 新仓库必须属于一个项目，请填写项目路径。
import-fault-unknown-project = 没有路径为“{ $value }”的项目，表格中也没有添加它的行。请更正路径，或添加该项目。
import-fault-unknown-repository = 没有路径为“{ $value }”的仓库，表格中也没有添加它的行。请更正路径，或添加该仓库。
import-fault-unknown-member = 没有登录标识为“{ $value }”的成员，表格中也没有添加此人的行。请更正，或添加一行“成员”。
import-fault-unknown-email = 没有成员使用邮箱“{ $value }”。请改填登录标识。
import-fault-shared-email = 有多名成员使用邮箱“{ $value }”。请填写所指成员的登录标识。
import-fault-issuer-needed = 成员来自多个身份提供方，请填写是哪一个。
import-fault-unknown-issuer = 没有成员来自“{ $value }”。请与成员页面显示的身份提供方逐字核对。
import-fault-disabled = { $value } 已停用。请先启用该成员，或删除此行。
import-fault-owners-only = 只有拥有者才能授予或撤销拥有者角色。
import-fault-last-owner = 企业将失去拥有者。请至少保留一名可以登录的拥有者。
import-fault-said-otherwise = 第 { $value } 行对同一对象有不同的描述，请删除其中一行。
