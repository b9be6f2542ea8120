# The credential types: names, fields, guidance, and what a check says. Ids follow src/catalogue/messages.rs.

group-cloud-service = Cloud Service
group-im-communication = IM Communication
group-others = Others

## Alibaba Cloud

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

guidance-alibaba-cloud-1 = Create a RAM user just for pipelines and use its access key, never that of the root account. These six permissions are all that host deployment needs:
guidance-alibaba-cloud-2 = Read ECS instances, to list the machines to choose from (ecs:DescribeInstances).
guidance-alibaba-cloud-3 = Read Cloud Assistant status, to see which machines can take commands (ecs:DescribeCloudAssistantStatus).
guidance-alibaba-cloud-4 = Read command results, to show logs and to know whether the deployment succeeded (ecs:DescribeInvocations, ecs:DescribeInvocationResults).
guidance-alibaba-cloud-5 = Install Cloud Assistant on machines that lack it (ecs:InstallCloudAssistant).
guidance-alibaba-cloud-6 = Restart instances, which some images need after installing Cloud Assistant (ecs:RebootInstance, ecs:RebootInstances).
guidance-alibaba-cloud-7 = Run commands: the deployment itself (ecs:RunCommand, and ecs:InvokeCommand for commands that are stored there).
guidance-alibaba-cloud-8 = In the RAM console, create a custom policy from this JSON and attach it to that user:
guidance-alibaba-cloud-9 = Commands run as root unless you say otherwise. To narrow the policy, name instances in place of instance/*, or add a condition on acs:ResourceTag or ecs:CommandRunAs. Drop ecs:InvokeCommand if you keep no commands there.

## Feishu

type-feishu = Feishu
type-feishu-help = A bot of a group chat, or an application, that tells people how a pipeline went. Lark works too.
variant-feishu-bot = Group chat bot
variant-feishu-application = Application
field-feishu-webhook_url = Webhook URL
field-feishu-webhook_url-help = Whoever knows it can post to the group, so it is kept as a secret.
field-feishu-sign_secret = Signing key
field-feishu-sign_secret-help = Only if “Signature verification” is turned on in the bot’s security settings.
field-feishu-host = Service
field-feishu-app_id = App ID
field-feishu-app_id-help = Not a secret. Usually starts with cli_.
field-feishu-app_secret = App secret
field-feishu-app_secret-help = On the same page as the App ID.
field-feishu-site = Site
field-feishu-site-help = Where the application was created.
choice-feishu-site-feishu = Feishu (open.feishu.cn)
choice-feishu-site-lark = Lark (open.larksuite.com)

guidance-feishu-1 = In the group chat, open Settings → Bots → Add bot → Custom bot. Feishu then shows the webhook URL; for a bot that exists already, open it in the same list.
guidance-feishu-2 = We recommend turning on “Signature verification” in the bot’s security settings. Copy the key shown there into “Signing key”; without it, a leaked URL is enough to post.
guidance-feishu-3 = If you turn on custom keywords or an IP allow-list instead, Feishu refuses messages without a keyword, and those from runners outside of the list.
guidance-feishu-4 = In the Feishu developer console, open your application → Credentials & Basic Info. App ID and App Secret are at the top. The application needs the bot capability and must be released before it can send messages.

## Kubernetes

type-kubernetes = Kubernetes
type-kubernetes-help = Access to a cluster, for deployments with kubectl or Helm.
variant-kubernetes-kubeconfig = Kubeconfig
variant-kubernetes-token = Service account token
variant-kubernetes-certificate = Client certificate
field-kubernetes-kubeconfig = Kubeconfig
field-kubernetes-kubeconfig-help = The whole file, with certificates and tokens inline. It is kept byte for byte.
field-kubernetes-server = API server
field-kubernetes-server-help = The https address of the cluster, as runners reach it.
field-kubernetes-context = Context
field-kubernetes-namespace = Namespace
field-kubernetes-namespace-help = Used by commands that name none. Leave it empty for “default”.
field-kubernetes-user = User
field-kubernetes-certificate_authority = CA certificate
field-kubernetes-certificate_authority-help = In PEM, or the base64 found in kubeconfig files. Leave it empty if the server’s certificate is from a public authority.
field-kubernetes-token = Token
field-kubernetes-token-help = The bearer token of a service account.
field-kubernetes-client_certificate = Client certificate
field-kubernetes-client_certificate-help = In PEM, or the base64 found in kubeconfig files.
field-kubernetes-client_key = Private key
field-kubernetes-client_key-help = The certificate’s key, without a passphrase.

guidance-kubernetes-1 = Give pipelines a service account of their own rather than an administrator’s kubeconfig: it can be limited to a namespace, and it does not leave with a person.
guidance-kubernetes-2 = Create one with kubectl apply. This one may change what runs in the namespace “default”, and nothing else:
guidance-kubernetes-3 = Then make a kubeconfig for it, as someone who may read its token:
guidance-kubernetes-4 = A file that runs a program to sign in (exec), as many cloud providers hand out, that names other files, or that keeps a password cannot be used here: it only works on the machine where it was made.
guidance-kubernetes-5 = Then print the server, the CA certificate and the token, as someone who may read it:
guidance-kubernetes-6 = Clusters cannot revoke client certificates. If you have the choice, use a service account token, or a certificate that expires soon.

## Username and password

type-username-password = Username and password
type-username-password-help = For anything that has no type of its own.
field-username-password-username = Username
field-username-password-username-help = Not a secret: it is shown in lists.
field-username-password-password = Password
field-username-password-password-help = Or an access token that takes its place.
field-username-password-check_url = Address to verify with
field-username-password-check_url-help = An address that answers only after signing in with HTTP basic authentication. Leave it empty if there is none.

guidance-username-password-1 = Pipelines get the two as VOUCHER_USERNAME and VOUCHER_PASSWORD. Prefer an account that was made for pipelines over a person’s own.

## What a check refuses

check-required = Please fill this in.
check-too-long = This is too long: at most { $max } bytes fit.
check-nul = This contains a NUL character, which nothing here can carry.
check-not-text = This is not UTF-8 text.
check-one-line = This has to be a single line without control characters.
check-outer-white-space = There is white space before or after the value, as often happens when copying. Should it be stripped?
check-choice = Please choose one of the options.
check-variant = Please choose one of the kinds that this type offers.
check-unknown-field = The submission has a field that this credential type does not have.
check-other-variant = This belongs to another kind than the one you chose. Clear it, or choose that kind.
check-address = This is not a complete http or https address without a username in it.
check-access-key-id = An access key ID has 10 to 128 letters, digits, dots, hyphens or underscores.
check-key-characters = Keys have only visible ASCII characters, without blanks.
check-region = A region has only letters, digits and hyphens, such as cn-hangzhou.
check-alibaba-endpoint = The endpoint has to be a host name under aliyuncs.com, without https:// and path.
check-alibaba-security-token = Keys that start with STS. only work together with their security token.
check-feishu-webhook = A bot’s webhook URL looks like https://open.feishu.cn/open-apis/bot/v2/hook/…, or the same on open.larksuite.com.
check-server = The server has to be a complete https address, without a username, query or fragment in it.
check-namespace = A namespace has at most 63 lower-case letters, digits and hyphens, with no hyphen at either end.
check-bearer = A token has only visible ASCII characters, without blanks.
check-authority = The CA certificate cannot be read. It has to be PEM, or the base64 of PEM.
check-certificate = The client certificate cannot be read. It has to be PEM, or the base64 of PEM.
check-certificate-expired = The client certificate has expired.
check-certificate-not-for-clients = The certificate is not meant for clients (its extended key usage lacks “client authentication”), so servers will refuse it.
check-private-key = The private key cannot be read. It has to be PEM, or the base64 of PEM.
check-private-key-encrypted = The private key is protected by a passphrase. Pipelines cannot type one: please remove it first.
check-private-key-of-another = The private key does not belong to this certificate.
check-yaml = This cannot be read as YAML.
check-yaml-at-line = This cannot be read as YAML; see line { $line }.
check-yaml-too-complex = This YAML is nested too deeply, repeats itself too much, or has several documents, so it is no configuration file for one tool.
check-kubeconfig = This is not a kubeconfig: it needs “apiVersion: v1”, “kind: Config” and named clusters, users and contexts.
check-kubeconfig-exec = A user signs in by running a program (exec). That program is not there when a pipeline runs; please use a service account token.
check-kubeconfig-auth-provider = A user signs in through an auth-provider, which kubectl no longer supports. Please use a service account token.
check-kubeconfig-token-file = A user’s token is in another file (tokenFile). Please put the token itself here.
check-kubeconfig-file-path = The file names other files (certificate-authority, client-certificate or client-key). “kubectl config view --flatten --raw” prints it with their content inline.
check-kubeconfig-proxy = A cluster is reached through a proxy (proxy-url), which could read along. Please remove it.
check-kubeconfig-password = A user signs in with a username and password, which Kubernetes has not accepted since 1.19.
check-kubeconfig-insecure = A cluster turns the check of the server’s certificate off (insecure-skip-tls-verify). Please give its CA certificate instead.
check-kubeconfig-impersonation = A user acts as somebody else (as, as-groups …). Please use an account that has the permissions itself.
check-kubeconfig-unknown-entry = A cluster, user or context has an entry that is not known here. It may be misspelt; please remove it.
check-kubeconfig-no-server = A cluster has no server.
check-kubeconfig-no-context = There is no context.
check-kubeconfig-none-current = No context is current. Add a line “current-context:” with the context’s name.
check-kubeconfig-several-none-current = There are several contexts and none is current, so it is not clear which cluster is meant. Add a line “current-context:” with the name of one.
check-kubeconfig-current-unknown = The current context does not exist in this file.
check-kubeconfig-context-dangling = The current context names a cluster or a user that does not exist in this file.
check-kubeconfig-duplicate-name = Two clusters, users or contexts have the same name.
check-kubeconfig-no-credential = The current context’s user has neither a token nor a client certificate.
check-kubeconfig-half-pair = A user has a client certificate without its key, or a key without its certificate.

## What a check warns about

unusual-outer-white-space = There is white space before or after the value. It is kept as part of it.
unusual-expired = By its own account this expired at { $at }.
unusual-expires-soon = This expires soon, at { $at }.
unusual-http = The address is not https: the password would cross the network in the clear.
unusual-colon = Basic authentication cannot carry a username with a colon, so this cannot be verified at that address.
unusual-new-id-old-secret = The ID is new and the secret is still the old one. Is that right?
unusual-alibaba-access-key-id = AccessKey IDs usually start with LTAI followed by 12 to 26 letters and digits. Please make sure that all of it was copied.
unusual-alibaba-access-key-secret = AccessKey secrets usually have 30 letters and digits. Please make sure that all of it was copied.
unusual-alibaba-temporary = This is a temporary key. It stops working within hours, and pipelines with it.
unusual-alibaba-security-token = Only keys that start with STS. come with a security token.
unusual-feishu-webhook = The end of a webhook URL usually has 36 characters. Please make sure that all of it was copied.
unusual-feishu-app-id = App IDs usually start with cli_ followed by at least 16 letters and digits.
unusual-feishu-app-secret = App secrets usually have 32 letters and digits. Please make sure that all of it was copied.
unusual-server-loopback = The server’s address means “this machine”. Runners will look for the cluster on themselves.
unusual-authority-expired = A CA certificate has expired.
unusual-certificate-not-yet-valid = The client certificate is not valid yet.
unusual-kubeconfig-entry = The file has an entry that kubeconfig files usually do not have. It is kept and ignored.
