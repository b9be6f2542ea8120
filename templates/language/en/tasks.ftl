# The credential picker, what is usable somewhere, and the forms of pipeline tasks.

picker-search = Search name, token, description
picker-empty = Nothing to choose yet.
picker-more = There are more. Type part of a name or token to find them.
picker-none = No credential
picker-ends = until { $day }
picker-conditional = only for runs that meet its conditions
picker-not-in-scope = Not usable in this repository: its scope leaves it out.
picker-disabled = Disabled: pipelines do not get it until somebody enables it.
picker-expired = Expired: pipelines do not get it until its expiry is moved or removed.
picker-failing = The system refused it when it was last verified; steps that use it will probably fail.
picker-invalid = The picker was asked for something that it does not know
    .hint = Name a repository by its id or path, types by their ids with commas between them, and give “after” back as “next” said it.

embed-title = Choose a credential
embed-legend = Credentials for { $name }
embed-choose = Choose
embed-token = The token to write into the pipeline
embed-window = opens a new window
embed-signed-out = Nobody is signed in to Voucher here.
    .hint = If you are signed in and still see this, your browser does not let this page see it: the page around is of another site.
embed-sign-in = Sign in in a new window
embed-again = Try again
embed-nothing = The page around asks for a repository that does not exist here, or that you may not see.

## Usable here

usable-here = Usable credentials
usable-in = Credentials usable in { $name }
usable-empty = Nothing can be used here yet
    .lead = Pipelines here get the credentials whose scope names this place. Put it into the scope of one, or make a new one; people who answer for a credential and administrators can.
repository-lists = Parts of the repository

## Tasks

tasks = Pipeline tasks
tasks-of = Pipeline tasks of { $name }
tasks-open = Open
tasks-lead = Fill in a task, choose the credential it needs, and copy the step into your pipeline file. Only the token stands there, never the content.
task-make = Make the step
task-settings = Settings
task-step = The step
    .lead = Put it under “steps:” of a stage in your pipeline file.
    .after = The address of this page keeps what you typed: bookmark it, or send it to whoever works on the pipeline.
task-how = How it works
    .one = Choose a credential. You see only those you may use; whoever runs the pipeline never sees its content.
    .two = Fill in the settings and make the step.
    .three = Copy the step into the pipeline file. When the content is replaced later, the step stays as it is.
task-add = New: { $type }
    .help = What you typed here is kept.
task-none-here = There is no such credential for this repository yet.
task-none-here-add = There is no such credential for this repository yet. Make one here, or ask.
task-ask = People who can help: { $people }.
task-ask-administrators = An administrator of the enterprise can help.
task-ask-and = , { "" }
task-credential-needed = Choose a credential.
task-credential-unknown = There is no credential with this token that you may use. Choose another one.
task-required = Please fill this in.
task-too-long = This is too long.
task-invisible = There is a character in it that cannot be seen. Type it again, without copying.
task-bad-name = Lower-case letters, digits, “-” and “_” only.
task-bad-label = Lower-case letters, digits and “-” only, up to 63, with a letter or digit at both ends.
task-bad-version = A version is numbers with dots between them, such as 3.4.0.
task-bad-path = A path inside the repository neither begins with “/” nor contains “..”.
task-bad-word = There must be no spaces in it.
task-bad-phone = A telephone number has digits only, with “+” and “-” where needed; one number a line.
task-bad-choice = Choose one of the values in the list.
task-bad-pair = Write NAME=value, one a line, without spaces in the name.
task-pair-twice = The same name is there twice.

## Each task

task-k8s-deploy = K8S deployment
    .help = Applies manifests of the repository to a cluster with kubectl.
task-helm-deploy = Helm chart deployment
    .help = Installs or upgrades a chart of the repository in a cluster.
task-image-build = Image build
    .help = Builds a Dockerfile and pushes the image to a registry.
task-image-script = Image-based script
    .help = Runs commands in an image of your choice, which may be private.
task-maven-build = Maven build
    .help = Builds with Maven; a settings credential opens private repositories.
task-host-deploy = Host deployment
    .help = Brings an artifact to a group of hosts and runs a script there.
task-jenkins-job = Jenkins job
    .help = Starts a job on your own Jenkins and waits for it.
task-feishu-message = Feishu notification
    .help = Posts a message to a group chat through a Feishu bot.
task-dingtalk-message = DingTalk notification
    .help = Posts a message to a group chat through a DingTalk bot.
task-wechat-work-message = WeChat Work notification
    .help = Posts a message to a group chat through a WeChat Work bot.

## Their fields

task-field-displayName = Title
    .help = What people read in the pipeline. Up to 128 characters.
task-field-name = Identifier
    .help = Unique in its stage; other steps refer to it by “dependsOn”.
task-field-certificate = Credential
    .help = The step names it by its token. You may use what is listed; content is never shown.
task-field-kubectl = kubectl version
    .help = One that fits the cluster, such as v1.16.4.
task-field-helm = Helm version
    .help = Charts of apiVersion v2 need 3.
task-field-namespace = Namespace
    .help = Of the cluster. A parameter such as { "${" }NAMESPACE{ "}" } is fine, here and in the other fields.
task-field-yaml = Manifest
    .help = File or folder in the repository, such as ./deployment.yaml or manifests.
task-field-isReplace = Replace instead of apply
task-field-appName = Application
    .help = The name of the release.
task-field-chartPath = Chart folder
    .help = In the repository.
task-field-valuesPath = Values file
    .help = Relative to the chart folder.
task-field-repository = Image repository
    .help = Where the image is pushed, such as registry.example.com/team/app.
task-field-tag = Image tag
    .help = Such as v1.{ "${" }GITEE_PIPELINE_BUILD_NUMBER{ "}" }; parameters of the pipeline are replaced.
task-field-dockerfile = Dockerfile
    .help = In the repository.
task-field-context = Build context
    .help = Folder in the repository; empty means its root.
task-field-upstream = Artifacts of earlier steps
    .help = One a line, such as { "${" }BUILD_ARTIFACT{ "}" }.
task-field-build-args = Build arguments
    .help = NAME=value, one a line. Not for secrets: they stand in the pipeline file and in the image.
task-field-isCache = Reuse cached layers
task-field-image = Image
    .help = With its registry, such as docker.io/bash:latest. A private one needs a Docker Registry credential.
task-field-commands = Commands
    .help = One a line, run in order in the root of the repository.
task-field-jdkVersion = JDK version
    .help = Such as 8, 11 or 17.
task-field-mavenVersion = Maven version
    .help = Such as 3.3.9 or 3.6.3.
task-field-artifactName = Artifact
    .help = The name by which later steps find what was built.
task-field-artifactPath = What to keep
    .help = Files and folders, one a line.
task-field-hostGroup = Host group
    .help = The identifier of the group in Gitee Go.
task-field-hosts = Hosts
    .help = Identifiers of single hosts of the group, one a line; empty means all of them.
task-field-source = Where the package comes from
    .help = “build”: an earlier step of this pipeline; “artifact”: the artifact repository.
task-field-packageName = Package name
    .help = What the file is called on the host, without .tar.gz.
task-field-target = Folder on the host
    .help = Where the package is put.
task-field-dependArtifact = Artifact of the earlier step
    .help = Counts only for “build”.
task-field-artifactRepository = Artifact repository
    .help = Counts only for “artifact”.
task-field-repositoryArtifact = Artifact in the repository
    .help = Counts only for “artifact”.
task-field-artifactVersion = Artifact version
    .help = Counts only for “artifact”; “latest” is the newest.
task-field-script = Script
    .help = One command a line, run on each host.
task-field-jobName = Job
    .help = With its folders, such as team/app/deploy.
task-field-parameters = Parameters
    .help = NAME=value, one a line. Not for secrets: they stand in the pipeline file.
task-field-title = Message title
    .help = Parameters of the pipeline are replaced.
task-field-content = Message
    .help = Text for the group. A bot with keywords posts it only when one of them is in it.
task-field-atAll = Mention everybody
task-field-atFeishu = Mention people
    .help = Open IDs or user IDs of Feishu, one a line.
task-field-atWechat = Mention people
    .help = User IDs of WeChat Work, one a line.
task-field-atMobiles = Mention by phone number
    .help = One number a line.
