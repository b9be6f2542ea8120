# huawei-cloud: names, fields, guidance, and what a check says of it.

type-huawei-cloud = Huawei Cloud
type-huawei-cloud-help = An access key of an IAM user, for pipelines that work with servers and other cloud resources.
field-huawei-cloud-access_key = Access Key ID (AK)
field-huawei-cloud-access_key-help = Not a secret. Usually 20 capital letters and digits.
field-huawei-cloud-secret_key = Secret Access Key (SK)
field-huawei-cloud-secret_key-help = In the file that Huawei Cloud lets you download once, when the key is created.
field-huawei-cloud-security_token = Security token
field-huawei-cloud-security_token-help = Only for temporary access keys.
field-huawei-cloud-region = Region
field-huawei-cloud-region-help = The default region for tools, such as cn-north-4. Leave it empty if pipelines choose their own.
field-huawei-cloud-project_id = Project ID
field-huawei-cloud-project_id-help = The project in that region that tools work in. Under My Credentials → API Credentials. May stay empty.
field-huawei-cloud-domain_id = Account ID
field-huawei-cloud-domain_id-help = Tools for global services such as IAM ask for it; they call it domain ID. May stay empty.

guidance-huawei-cloud-1 = In the IAM console, create a user just for pipelines with programmatic access only, and choose “Access key” as its credential type. Never use an access key of the account itself. IAM then offers the file credentials.csv for download, once; for a user that exists already, add an access key under Security Settings.
guidance-huawei-cloud-2 = In credentials.csv, “Access Key Id” is the AK and “Secret Access Key” is the SK. A user may have two access keys, so that a new one can be tried before the old one is deleted.
guidance-huawei-cloud-3 = Put the user into a group that may do what the pipeline does and nothing else. As an example, this custom policy lets it find ECS servers and restart them. Under Permissions → Policies/Roles, create a custom policy in the JSON view:
guidance-huawei-cloud-4 = Verification only asks who the key belongs to. It needs no permission, but with iam:users:getUser it can name the account.
guidance-huawei-cloud-5 = Of the files, huaweicloud-credentials is for the SDKs, and hcloud-config for KooCLI and, named by HW_SHARED_CONFIG_FILE, for Terraform. KooCLI asks once whether you agree to its privacy statement; in a pipeline, “hcloud configure set --cli-agree-privacy-statement=true” answers it.

check-huawei-access-key = An access key ID (AK) has 10 to 128 letters and digits.
check-huawei-id = An ID has only letters, digits, hyphens and underscores.
unusual-huawei-access-key = Access key IDs usually have 20 capital letters and digits. Please make sure that all of it was copied.
unusual-huawei-secret-key = Secret access keys usually have 40 letters and digits. Please make sure that all of it was copied.
unusual-huawei-id = IDs usually have 32 hexadecimal digits. Please make sure that this is the ID and not the name.
unusual-huawei-temporary = Only temporary access keys come with a security token. They stop working within a day, and pipelines with them.
remark-huawei-no-identity = Huawei Cloud let the key in but did not tell whose it is. Grant the user iam:users:getUser, or choose a region that has STS, to see it.
remark-huawei-other-account = The account ID in the form is not that of the key, so tools for global services will be refused.
