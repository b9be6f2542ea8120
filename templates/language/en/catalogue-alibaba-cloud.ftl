# alibaba-cloud: names, fields, guidance, and what a check says of it.

type-alibaba-cloud = Alibaba Cloud
type-alibaba-cloud-help = An access key of a RAM user, for pipelines that work with servers and other cloud resources.
field-alibaba-cloud-access_key_id = AccessKey ID
field-alibaba-cloud-access_key_id-help = Not a secret. Usually starts with LTAI, or with STS. if it is temporary.
field-alibaba-cloud-access_key_secret = AccessKey secret
field-alibaba-cloud-access_key_secret-help = Alibaba Cloud shows it only once, when the key is created.
field-alibaba-cloud-security_token = Security token
field-alibaba-cloud-security_token-help = Only for temporary keys, whose ID starts with STS.
field-alibaba-cloud-region = Region
field-alibaba-cloud-region-help = The default region for tools, such as cn-hangzhou. Leave it empty if pipelines choose their own.
field-alibaba-cloud-endpoint = Endpoint
field-alibaba-cloud-endpoint-help = Where to verify the key, if the usual STS endpoint cannot be reached from here. A host name under aliyuncs.com.

guidance-alibaba-cloud-1 = In the RAM console, under Identities → Users, create a user just for pipelines, without console access. Open it, and on its Authentication tab create an AccessKey. Copy both halves at once: the secret cannot be shown again. Never use an AccessKey of the root account.
guidance-alibaba-cloud-2 = These six permissions are all that host deployment needs:
guidance-alibaba-cloud-3 = Read ECS instances, to list the machines to choose from (ecs:DescribeInstances).
guidance-alibaba-cloud-4 = Read Cloud Assistant status, to see which machines can take commands (ecs:DescribeCloudAssistantStatus).
guidance-alibaba-cloud-5 = Read command results, to show logs and to know whether the deployment succeeded (ecs:DescribeInvocations, ecs:DescribeInvocationResults).
guidance-alibaba-cloud-6 = Install Cloud Assistant on machines that lack it (ecs:InstallCloudAssistant).
guidance-alibaba-cloud-7 = Restart instances, which some images need after installing Cloud Assistant (ecs:RebootInstance, ecs:RebootInstances).
guidance-alibaba-cloud-8 = Run commands: the deployment itself (ecs:RunCommand, and ecs:InvokeCommand for commands that are stored there).
guidance-alibaba-cloud-9 = In the RAM console, create a custom policy from this JSON and attach it to that user:
guidance-alibaba-cloud-10 = Commands run as root unless you say otherwise. To narrow the policy, name instances in place of instance/*, or add a condition on acs:ResourceTag or ecs:CommandRunAs. Drop ecs:InvokeCommand if you keep no commands there.

check-alibaba-endpoint = The endpoint has to be a host name under aliyuncs.com, without https:// and path.
check-alibaba-security-token = Keys that start with STS. only work together with their security token.
unusual-alibaba-access-key-id = AccessKey IDs usually start with LTAI followed by 12 to 26 letters and digits. Please make sure that all of it was copied.
unusual-alibaba-access-key-secret = AccessKey secrets usually have 30 letters and digits. Please make sure that all of it was copied.
unusual-alibaba-temporary = This is a temporary key. It stops working within hours, and pipelines with it.
unusual-alibaba-security-token = Only keys that start with STS. come with a security token.
remark-alibaba-root = This is a key of the root account, which may do everything and cannot be restricted. Please replace it by the key of a RAM user that has only the permissions it needs, and then delete it.
