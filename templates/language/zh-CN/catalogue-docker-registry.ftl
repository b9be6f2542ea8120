# docker-registry: names, fields, guidance, and what a check or a verification says of it.

type-docker-registry = Docker 镜像仓库
type-docker-registry-help = 容器镜像仓库的登录凭证，供 docker、podman、skopeo、kaniko 等工具推送和拉取镜像。
variant-docker-registry-password = 用户名和密码
variant-docker-registry-identity-token = 身份令牌（identity token）
field-docker-registry-registry = 镜像仓库地址
field-docker-registry-registry-help = 镜像名称中第一个斜杠之前的部分，即域名，有端口的带上端口。Docker Hub 请填 docker.io。
field-docker-registry-username = 用户名
field-docker-registry-username-help = 不属于机密，会显示在列表中。
field-docker-registry-password = 密码或访问令牌
field-docker-registry-password-help = 执行 docker login 时输入的密码。
field-docker-registry-identity_token = 身份令牌
field-docker-registry-identity_token-help = 用来代替密码。只有带令牌服务的镜像仓库才支持。
field-docker-registry-token_service = 令牌服务地址
field-docker-registry-token_service-help = 一般不需要填写。镜像仓库要求到其他域名登录时（如自建 GitLab），填写验证时可以向其发送密码的域名。

guidance-docker-registry-1 = 请为流水线使用专用的账号或令牌，不要使用个人密码；只授予所构建命名空间的拉取和推送权限。获取方式：
guidance-docker-registry-2 = 阿里云 ACR：容器镜像服务控制台 → 实例 → 访问凭证 → 设置固定密码，用户名显示在同一页面。使用 RAM 用户时，请先为其授予相应命名空间的权限。
guidance-docker-registry-3 = 腾讯云 TCR：容器镜像服务控制台 → 访问凭证 → 新建长期访问凭证，用户名随凭证一并给出。
guidance-docker-registry-4 = 华为云 SWR：容器镜像服务控制台 → 总览 → 登录指令 → 长期登录指令。-u 之后是用户名（区域@访问密钥），-p 之后是密码。
guidance-docker-registry-5 = Harbor：项目 → 机器人账户 → 添加机器人账户。名称须连同前缀一起复制（robot$…），令牌只显示一次。
guidance-docker-registry-6 = GitLab：项目或群组 → 设置 → 仓库 → 部署令牌，勾选 read_registry 和 write_registry。
guidance-docker-registry-7 = Docker Hub：Account settings → Personal access tokens → Generate new token，权限选择“Read & Write”。用户名为 Docker ID。
guidance-docker-registry-8 = 身份令牌是执行 docker login 后 ~/.docker/config.json 中 identitytoken 的值；Azure 镜像仓库可用“az acr login --expose-token”输出。复制时不要带引号。身份令牌会过期，镜像仓库提供访问令牌时，建议改用访问令牌。
guidance-docker-registry-9 = 流水线取得的是 config.json。可将其放入某个目录，并把 DOCKER_CONFIG 设为该目录；podman、buildah、skopeo 也可以把 REGISTRY_AUTH_FILE 设为该文件。

check-docker-registry = 请填写镜像仓库的域名，有端口的带上端口，如 registry.example.com 或 registry.example.com:5000，不带路径和用户名。
check-docker-token-service = 请填写令牌服务的域名，有端口的带上端口，如 gitlab.example.com，不带路径。
unusual-docker-loopback = 镜像仓库地址指向“本机”，执行机会在自己身上寻找镜像仓库。

remark-docker-open = 该镜像仓库无需登录即可访问，因此无法判断用户名和密码是否正确。
remark-docker-no-api = 该地址上有服务器，但不是容器镜像仓库。
remark-docker-not-https = 该镜像仓库不支持 https。为避免密码明文传输，没有向其发送任何内容。
remark-docker-token-service = 该镜像仓库要求到其他域名登录（见下方），密码没有发送到该域名。如果确认无误，请将其填入“令牌服务地址”。
remark-docker-passwords-only = 该镜像仓库只接受用户名和密码，不接受身份令牌。
remark-docker-unknown-sign-in = 该镜像仓库要求登录，但登录方式无法识别。
remark-docker-unchecked = 该镜像仓库对虚构的用户同样放行，因此无法判断用户名和密码是否正确。
