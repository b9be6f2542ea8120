# docker-registry: names, fields, guidance, and what a check or a verification says of it.

type-docker-registry = Docker Registry
type-docker-registry-help = A login to a registry of container images, to push and pull with docker, podman, skopeo, kaniko and others.
variant-docker-registry-password = Username and password
variant-docker-registry-identity-token = Identity token
field-docker-registry-registry = Registry
field-docker-registry-registry-help = What stands before the first slash of image names: a host, with its port if it has one. docker.io for Docker Hub.
field-docker-registry-username = Username
field-docker-registry-username-help = Not a secret: it is shown in lists.
field-docker-registry-password = Password or access token
field-docker-registry-password-help = What you would type at “docker login”.
field-docker-registry-identity_token = Identity token
field-docker-registry-identity_token-help = It takes the place of a password. Only registries that have a token service know it.
field-docker-registry-token_service = Token service
field-docker-registry-token_service-help = Rarely needed: the host that verification may send the password to, if the registry has people sign in somewhere else, as a GitLab of your own does.

guidance-docker-registry-1 = Give pipelines an account or a token of their own rather than a person’s password, with permission to pull and push in the namespaces that they build, and no more. Where to find one:
guidance-docker-registry-2 = Alibaba Cloud ACR: Container Registry console → your instance → Access Credential → Set Password. The page also shows the username. For a RAM user, attach a policy for its namespaces first.
guidance-docker-registry-3 = Tencent Cloud TCR: Tencent Container Registry console → Access Credential → create a long-term one. The username comes with it.
guidance-docker-registry-4 = Huawei Cloud SWR: SWR console → Overview → Login Command → long-term. The username is what follows -u (region@access key), the password what follows -p.
guidance-docker-registry-5 = Harbor: your project → Robot Accounts → New Robot Account. Copy its name in full, prefix included (robot$…), and the secret, which is shown once.
guidance-docker-registry-6 = GitLab: project or group → Settings → Repository → Deploy tokens, with read_registry and write_registry.
guidance-docker-registry-7 = Docker Hub: Account settings → Personal access tokens → Generate new token, “Read & Write”. The username is your Docker ID.
guidance-docker-registry-8 = An identity token is what “docker login” leaves as identitytoken in ~/.docker/config.json, and what “az acr login --expose-token” prints for an Azure registry. Copy it without the quotes. They expire, so prefer an access token where the registry offers one.
guidance-docker-registry-9 = Pipelines get it as config.json. Put that file into a folder and name the folder in DOCKER_CONFIG, or name the file in REGISTRY_AUTH_FILE for podman, buildah and skopeo.

check-docker-registry = A registry is a host, with a port if it has one, such as registry.example.com or registry.example.com:5000, without a path or a username.
check-docker-token-service = The token service is a host, with a port if it has one, such as gitlab.example.com, without a path.
unusual-docker-loopback = The registry’s address means “this machine”. Runners will look for the registry on themselves.

remark-docker-open = The registry lets everybody in, so whether it knows this username and password could not be seen.
remark-docker-no-api = There is a server at this address, but no container registry.
remark-docker-not-https = The registry does not speak https. Nothing was sent to it, because the password would cross the network in the clear.
remark-docker-token-service = The registry has people sign in at another host, which is given below. It was not sent the password. If it is the right one, enter it as “Token service”.
remark-docker-passwords-only = The registry takes a username and password, and no identity tokens.
remark-docker-unknown-sign-in = The registry asks to sign in, but in no way that is known here.
remark-docker-unchecked = The registry also lets in a made-up user, so whether it knows this one could not be seen.
