//! Who may know whom: the table that `tidy` holds the modules to.

/// Which modules a module may name with `crate::`. What is not listed here is not a module of this house.
pub(crate) const ARROWS: &[(&str, &str)] = &[
    ("clock", ""),
    ("network", ""),
    ("secret", ""),
    ("schema", ""),
    ("jws", ""),
    ("ids", "seal"),
    ("db", "schema"),
    ("seal", "clock ids secret"),
    ("config", "audit db secret"),
    ("outbound", "clock network seal secret"),
    ("catalogue", "clock ids outbound secret"),
    ("permission", "audit credentials ids seal"),
    (
        "directory",
        "audit clock credentials db ids people permission picker pipelines provisioning schema seal usage web",
    ),
    ("audit", "clock db ids schema seal usage"),
    (
        "calendar",
        "audit catalogue clock credentials db directory ids people permission pipelines provisioning resolve schema seal web",
    ),
    ("audit_log", "audit clock db ids people permission web"),
    ("usage", "audit clock db ids schema"),
    ("people", "audit clock config db directory ids jws permission schema seal secret web"),
    (
        "credentials",
        "audit catalogue clock db directory ids people permission reminders schema seal secret usage verify web",
    ),
    ("verify", "audit catalogue clock credentials db ids outbound permission resolve schema seal"),
    ("picker", "catalogue clock credentials db directory ids people permission verify web"),
    (
        "pipelines",
        "audit catalogue clock credentials db directory ids jws network outbound people permission picker schema seal secret usage web",
    ),
    ("provisioning", "audit clock credentials db directory ids people permission pipelines schema seal web"),
    (
        "resolve",
        "audit catalogue clock credentials db directory ids jws pipelines schema seal secret usage web",
    ),
    (
        "reminders",
        "audit catalogue clock credentials db directory ids people permission schema seal verify web",
    ),
    ("openapi", "people picker provisioning resolve routes web"),
    ("web", "audit clock config db ids network people permission seal secret"),
    ("app", ALL),
    ("routes", ALL),
    ("cli", ALL),
    ("lib", ALL),
    ("main", ALL),
];

/// Everybody is known to these.
pub(crate) const ALL: &str = "everybody";
