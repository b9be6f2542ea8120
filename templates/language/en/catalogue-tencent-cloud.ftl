# tencent-cloud: names, fields, guidance, and what a check says of it.

type-tencent-cloud = Tencent Cloud
type-tencent-cloud-help = An API key of a sub-user, for pipelines that work with servers and other cloud resources.
field-tencent-cloud-secret_id = SecretId
field-tencent-cloud-secret_id-help = Not a secret. Usually starts with AKID, or with IKID on the international site.
field-tencent-cloud-secret_key = SecretKey
field-tencent-cloud-secret_key-help = Tencent Cloud shows it only once, when the key is created.
field-tencent-cloud-token = Token
field-tencent-cloud-token-help = Only for temporary keys of a role.
field-tencent-cloud-region = Region
field-tencent-cloud-region-help = The default region for tools, such as ap-guangzhou. Leave it empty if pipelines choose their own.

guidance-tencent-cloud-1 = In the CAM console, create a sub-user just for pipelines, with programmatic access only. Never use a key of the root account: it may do everything, and that cannot be restricted.
guidance-tencent-cloud-2 = Open that user under Users → User List, choose the tab API Key, and create a key. Copy SecretId and SecretKey at once: the SecretKey cannot be shown again.
guidance-tencent-cloud-3 = These permissions are all that host deployment through Automation Tools (TAT) needs:
guidance-tencent-cloud-4 = Read CVM instances, to list the machines to choose from (cvm:DescribeInstances).
guidance-tencent-cloud-5 = Read the status of the TAT agent, to see which machines can take commands (tat:DescribeAutomationAgentStatus).
guidance-tencent-cloud-6 = Read command results, to show logs and to know whether the deployment succeeded (tat:DescribeInvocations, tat:DescribeInvocationTasks).
guidance-tencent-cloud-7 = Run commands: the deployment itself (tat:RunCommand).
guidance-tencent-cloud-8 = In the CAM console, under Policies, create a custom policy by policy syntax from this JSON and attach it to that user:
guidance-tencent-cloud-9 = Commands run as root unless you say otherwise. To narrow the policy, name instances in place of the * of tat:RunCommand, such as qcs::cvm:ap-guangzhou::instance/ins-12345678, and add qcs::tat:::command/* for the command itself.

check-tencent-secret-id = A SecretId has 10 to 128 letters, digits, hyphens or underscores.
unusual-tencent-secret-id = SecretIds usually start with AKID or IKID followed by 32 letters and digits. Please make sure that all of it was copied.
unusual-tencent-secret-key = SecretKeys usually have 32 letters and digits. Please make sure that all of it was copied.
unusual-tencent-temporary = Only temporary keys come with a token. They stop working within hours, and pipelines with them.
remark-tencent-root = This is a key of the root account, which may do everything and cannot be restricted. Please replace it by the key of a sub-user that has only the permissions it needs, and then delete it.
