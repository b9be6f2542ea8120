//! The tasks. A new one is added here, with its words in both languages.
//!
//! Names of steps and fields are Gitee Go's own: help.gitee.com, "Gitee Go", the plugins for building, images, deploying
//! and scripts.

use super::{Field, Input, Rule, Task};

/// Text to type in, which stands under its own name.
const fn line(name: &'static str, rule: Rule, default: &'static str) -> Field {
    Field { name, at: name, says: name, input: Input::Line, rule, required: true, default, when: None }
}

const fn list(name: &'static str, rule: Rule, default: &'static str) -> Field {
    Field { input: Input::List, ..line(name, rule, default) }
}

const fn flag(name: &'static str) -> Field {
    Field { input: Input::Flag, required: false, ..line(name, Rule::Any, "") }
}

const NAMESPACE: Field = line("namespace", Rule::Label, "default");
const PARAMETERS: Field = Field { input: Input::Pairs, required: false, ..line("parameters", Rule::Any, "") };
const AT_ALL: Field = flag("atAll");
const CONTENT: Field = Field { input: Input::Text, ..line("content", Rule::Any, "") };
const SUBJECT: Field = line("title", Rule::Any, "");

/// Every task, in the order in which the console shows them.
pub static ALL: &[Task] = &[
    Task {
        id: "k8s-deploy",
        step: "deploy@k8s",
        name: "deploy_k8s",
        icon: "steering-wheel",
        types: &["kubernetes"],
        needs_credential: true,
        constants: &[],
        fields: &[
            Field { says: "kubectl", ..line("version", Rule::Version, "v1.16.4") },
            NAMESPACE,
            line("yaml", Rule::Path, "./deployment.yaml"),
            flag("isReplace"),
        ],
    },
    Task {
        id: "helm-deploy",
        step: "deploy@helm",
        name: "deploy_helm",
        icon: "steering-wheel",
        types: &["kubernetes"],
        needs_credential: true,
        constants: &[],
        fields: &[
            Field {
                says: "helm",
                input: Input::Choice(&["3.4.0", "2.17.0"]),
                ..line("version", Rule::Version, "3.4.0")
            },
            NAMESPACE,
            line("appName", Rule::Label, ""),
            line("chartPath", Rule::Path, "./"),
            line("valuesPath", Rule::Path, "./values.yml"),
        ],
    },
    Task {
        id: "image-build",
        step: "build@docker",
        name: "build_docker",
        icon: "boxes",
        types: &["docker-registry"],
        needs_credential: true,
        constants: &[("type", "cert")],
        fields: &[
            line("repository", Rule::Word, ""),
            line("tag", Rule::Word, "v1.${GITEE_PIPELINE_BUILD_NUMBER}"),
            line("dockerfile", Rule::Path, "./Dockerfile"),
            Field { required: false, ..line("context", Rule::Path, "") },
            Field { required: false, says: "upstream", ..list("artifacts", Rule::Word, "") },
            Field { says: "build-args", at: "parameter", ..PARAMETERS },
            flag("isCache"),
        ],
    },
    Task {
        id: "image-script",
        step: "shell@docker",
        name: "execute_in_image",
        icon: "boxes",
        types: &["docker-registry"],
        needs_credential: false,
        constants: &[],
        fields: &[
            line("image", Rule::Word, "docker.io/bash:latest"),
            list("commands", Rule::Any, "echo 'Hello Gitee!'"),
        ],
    },
    Task {
        id: "maven-build",
        step: "build@maven",
        name: "build_maven",
        icon: "jar",
        types: &["maven-settings"],
        needs_credential: false,
        constants: &[],
        fields: &[
            Field {
                input: Input::Suggested(&["8", "11", "17", "21", "6", "7", "9", "10", "13"]),
                ..line("jdkVersion", Rule::Version, "8")
            },
            Field {
                input: Input::Suggested(&["3.3.9", "3.6.3", "3.6.1", "3.5.4", "3.8.8", "3.2.5", "2.2.1"]),
                ..line("mavenVersion", Rule::Version, "3.3.9")
            },
            list("commands", Rule::Any, "mvn -B clean package -Dmaven.test.skip=true"),
            Field { at: "artifacts[].name", ..line("artifactName", Rule::Word, "BUILD_ARTIFACT") },
            Field { at: "artifacts[].path", ..list("artifactPath", Rule::Path, "./target") },
        ],
    },
    Task {
        id: "host-deploy",
        step: "deploy@agent",
        name: "deploy_agent",
        icon: "cloud-server",
        types: &["username-password", "alibaba-cloud", "tencent-cloud", "huawei-cloud"],
        needs_credential: false,
        constants: &[],
        fields: &[
            Field { at: "hostGroupID.ID", ..line("hostGroup", Rule::Any, "") },
            Field { at: "hostGroupID.hostID", required: false, ..list("hosts", Rule::Word, "") },
            Field {
                at: "deployArtifact[].source",
                input: Input::Choice(&["build", "artifact"]),
                ..line("source", Rule::Any, "build")
            },
            Field {
                at: "deployArtifact[].name",
                says: "packageName",
                ..line("packageName", Rule::Word, "output")
            },
            Field { at: "deployArtifact[].target", ..line("target", Rule::Any, "~/gitee_go/deploy") },
            Field {
                at: "deployArtifact[].dependArtifact",
                when: Some(("source", "build")),
                ..line("dependArtifact", Rule::Word, "BUILD_ARTIFACT")
            },
            Field {
                at: "deployArtifact[].artifactRepository",
                when: Some(("source", "artifact")),
                ..line("artifactRepository", Rule::Word, "release")
            },
            Field {
                at: "deployArtifact[].artifactName",
                says: "repositoryArtifact",
                when: Some(("source", "artifact")),
                ..line("artifactName", Rule::Word, "output")
            },
            Field {
                at: "deployArtifact[].artifactVersion",
                when: Some(("source", "artifact")),
                ..line("artifactVersion", Rule::Word, "latest")
            },
            list("script", Rule::Any, "tar -zxvf ~/gitee_go/deploy/output.tar.gz"),
        ],
    },
    Task {
        id: "jenkins-job",
        step: "build@jenkins",
        name: "build_jenkins",
        icon: "tasks",
        types: &["jenkins"],
        needs_credential: true,
        constants: &[],
        fields: &[line("jobName", Rule::Any, ""), PARAMETERS],
    },
    Task {
        id: "feishu-message",
        step: "message@feishu",
        name: "message_feishu",
        icon: "messages",
        types: &["feishu"],
        needs_credential: true,
        constants: &[],
        fields: &[
            SUBJECT,
            CONTENT,
            AT_ALL,
            Field { required: false, says: "atFeishu", ..list("atUsers", Rule::Word, "") },
        ],
    },
    Task {
        id: "dingtalk-message",
        step: "message@dingtalk",
        name: "message_dingtalk",
        icon: "message-notice",
        types: &["dingtalk"],
        needs_credential: true,
        constants: &[],
        fields: &[SUBJECT, CONTENT, AT_ALL, Field { required: false, ..list("atMobiles", Rule::Phone, "") }],
    },
    Task {
        id: "wechat-work-message",
        step: "message@wechatwork",
        name: "message_wechat_work",
        icon: "message-chatbot",
        types: &["wechat-work"],
        needs_credential: true,
        constants: &[],
        fields: &[
            SUBJECT,
            CONTENT,
            AT_ALL,
            Field { required: false, says: "atWechat", ..list("atUsers", Rule::Word, "") },
            Field { required: false, ..list("atMobiles", Rule::Phone, "") },
        ],
    },
];
