//! The tables, the same on SQLite and PostgreSQL. Times are milliseconds since 1970 in `BigInt`, ids and JSON are
//! `Text`, bytes are `Binary`. Only `store.rs` files and the audit and usage modules name them.

#![allow(missing_docs, reason = "a column says what it is in the migration that made it")]

diesel::table! {
    enterprises (id) {
        id -> Text,
        slug -> Text,
        name -> Text,
        policy_epoch -> BigInt,
        created_at -> BigInt,
    }
}
diesel::table! {
    projects (id) {
        id -> Text,
        enterprise_id -> Text,
        slug -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}
diesel::table! {
    repositories (id) {
        id -> Text,
        enterprise_id -> Text,
        project_id -> Text,
        slug -> Text,
        name -> Text,
        created_at -> BigInt,
    }
}
diesel::table! {
    members (id) {
        id -> Text,
        enterprise_id -> Text,
        issuer -> Text,
        subject -> Text,
        name -> Text,
        email -> Nullable<Text>,
        role -> Text,
        state -> Text,
        created_at -> BigInt,
        by_hand -> Nullable<Text>,
        by_claim -> Nullable<Text>,
        proof_since -> BigInt,
    }
}
diesel::table! {
    project_members (project_id, member_id) {
        project_id -> Text,
        member_id -> Text,
        role -> Text,
        by_hand -> Nullable<Text>,
        by_claim -> Nullable<Text>,
    }
}
diesel::table! {
    repository_members (repository_id, member_id) {
        repository_id -> Text,
        member_id -> Text,
        role -> Text,
        by_hand -> Nullable<Text>,
        by_claim -> Nullable<Text>,
    }
}
diesel::table! {
    sessions (id_hash) {
        id_hash -> Binary,
        state -> Text,
        expires_at -> BigInt,
    }
}
diesel::table! {
    sign_ins (id) {
        id -> Text,
        secret_hash -> Binary,
        member_id -> Text,
        issuer -> Text,
        subject -> Text,
        sid -> Nullable<Text>,
        created_at -> BigInt,
        last_seen_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        address -> Text,
        user_agent -> Text,
        authenticated_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    logout_tokens (token_hash) {
        token_hash -> Binary,
        expires_at -> BigInt,
    }
}
diesel::table! {
    sign_in_attempts (state_hash) {
        state_hash -> Binary,
        browser_hash -> Binary,
        issuer -> Text,
        nonce -> Text,
        verifier -> Text,
        return_to -> Text,
        created_at -> BigInt,
        enterprise -> Nullable<Text>,
        used_at -> Nullable<BigInt>,
        fresh -> Bool,
    }
}
diesel::table! {
    credentials (id) {
        id -> Text,
        enterprise_id -> Text,
        credential_type -> Text,
        name -> Text,
        token -> Text,
        description -> Text,
        responsible_id -> Text,
        state -> Text,
        state_changed_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        current_version -> Integer,
        project_scope -> Text,
        repository_scope -> Text,
        summary -> Text,
        revision -> BigInt,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        sort_name -> Text,
    }
}
diesel::table! {
    credential_texts (number) {
        number -> BigInt,
        credential_id -> Text,
        folded -> Text,
    }
}
diesel::table! {
    credential_projects (credential_id, project_id) {
        credential_id -> Text,
        project_id -> Text,
    }
}
diesel::table! {
    credential_repositories (credential_id, repository_id) {
        credential_id -> Text,
        repository_id -> Text,
    }
}
diesel::table! {
    credential_versions (credential_id, number) {
        credential_id -> Text,
        number -> Integer,
        variant -> Text,
        plain -> Text,
        content_expires_at -> Nullable<BigInt>,
        signing_key_id -> Binary,
        signature -> Binary,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}
diesel::table! {
    sealed_fields (credential_id, number, field) {
        credential_id -> Text,
        number -> Integer,
        field -> Text,
        key_id -> Binary,
        envelope -> Binary,
        fingerprint -> Binary,
    }
}
diesel::table! {
    needed_keys (key_id) {
        key_id -> Binary,
        purpose -> Text,
        first_used_at -> BigInt,
    }
}
diesel::table! {
    access_keys (id) {
        id -> Text,
        enterprise_id -> Text,
        public_id -> Text,
        name -> Text,
        project_id -> Nullable<Text>,
        repository_id -> Nullable<Text>,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        source_scope -> Text,
        sources -> Text,
        token_scope -> Text,
        tokens -> Text,
        last_used_address -> Nullable<Text>,
        made_with -> Nullable<Text>,
    }
}
diesel::table! {
    access_key_secrets (key_id, number) {
        key_id -> Text,
        number -> Integer,
        hash -> Binary,
        made_by -> Text,
        since -> BigInt,
        ends_at -> Nullable<BigInt>,
        last_used_at -> Nullable<BigInt>,
        made_with -> Nullable<Text>,
    }
}
diesel::table! {
    run_pins (credential_id, caller_id, run) {
        credential_id -> Text,
        caller_id -> Text,
        run -> Text,
        version -> Integer,
        since -> BigInt,
    }
}
diesel::table! {
    audit_chains (chain) {
        chain -> Text,
        seq -> BigInt,
        hash -> Binary,
    }
}
diesel::table! {
    audit_records (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        at -> BigInt,
        enterprise_id -> Nullable<Text>,
        actor_type -> Text,
        actor_id -> Nullable<Text>,
        actor_name -> Text,
        action -> Text,
        object_type -> Nullable<Text>,
        object_id -> Nullable<Text>,
        object_name -> Nullable<Text>,
        outcome -> Text,
        reason -> Nullable<Text>,
        address -> Nullable<Text>,
        request_id -> Nullable<Text>,
        detail -> Text,
        hash -> Binary,
    }
}
diesel::table! {
    audit_checkpoints (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        hash -> Binary,
        at -> BigInt,
        key_id -> Binary,
        signature -> Binary,
    }
}
diesel::table! {
    credential_conditions (credential_id, standing) {
        credential_id -> Text,
        standing -> Text,
        conditions -> Text,
        since -> BigInt,
    }
}
diesel::table! {
    condition_trials (credential_id, caller_id, unmet, chain) {
        credential_id -> Text,
        caller_id -> Text,
        unmet -> Text,
        chain -> Text,
        caller_name -> Text,
        times -> BigInt,
        last_at -> BigInt,
    }
}
diesel::table! {
    usage_daily (credential_id, day, caller_id, chain) {
        credential_id -> Text,
        day -> Integer,
        caller_id -> Text,
        chain -> Text,
        uses -> BigInt,
        refused -> BigInt,
    }
}
diesel::table! {
    enterprise_usage_daily (enterprise_id, day, chain) {
        enterprise_id -> Text,
        day -> Integer,
        chain -> Text,
        uses -> BigInt,
        refused -> BigInt,
    }
}
diesel::table! {
    candidates (id) {
        id -> Text,
        enterprise_id -> Text,
        member_id -> Text,
        credential_id -> Text,
        credential_type -> Text,
        number -> Integer,
        submission -> Text,
        plan -> Text,
        content -> Text,
        created_at -> BigInt,
        saved_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    verifications (id) {
        id -> Text,
        enterprise_id -> Text,
        credential_id -> Text,
        candidate_id -> Nullable<Text>,
        cause -> Text,
        asked_by -> Nullable<Text>,
        asked_at -> BigInt,
        taken_by -> Nullable<Text>,
        taken_until -> Nullable<BigInt>,
        attempts -> Integer,
        finished_at -> Nullable<BigInt>,
        finding -> Nullable<Text>,
        message -> Nullable<Text>,
    }
}
diesel::table! {
    health (credential_id) {
        credential_id -> Text,
        version -> Nullable<Integer>,
        outcome -> Nullable<Text>,
        identity_key -> Nullable<Text>,
        identity_label -> Nullable<Text>,
        identity_version -> Nullable<Integer>,
        finding -> Nullable<Text>,
        checked_at -> Nullable<BigInt>,
        since -> Nullable<BigInt>,
        due_at -> BigInt,
    }
}
diesel::table! {
    imports (id) {
        id -> Text,
        enterprise_id -> Text,
        member_id -> Text,
        state -> Text,
        trouble -> Nullable<Text>,
        content -> Text,
        digest -> Binary,
        added -> BigInt,
        changed -> BigInt,
        unchanged -> BigInt,
        wrong -> BigInt,
        created_at -> BigInt,
        taken_until -> Nullable<BigInt>,
        applied_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    import_lines (import_id, line) {
        import_id -> Text,
        line -> BigInt,
        outcome -> Text,
        verdict -> Text,
    }
}
diesel::table! {
    reminder_settings (enterprise_id) {
        enterprise_id -> Text, bot_id -> Text, leads -> Text, language -> Text, due_at -> BigInt,
        failures -> Integer, trouble -> Nullable<Text>, trouble_since -> Nullable<BigInt>,
    }
}
diesel::table! {
    reminder_messages (id) {
        id -> Text, enterprise_id -> Text, credentials -> Integer, at -> BigInt,
        ended_at -> Nullable<BigInt>, trouble -> Nullable<Text>,
    }
}
diesel::table! {
    reminded (credential_id, expires_at, lead) {
        credential_id -> Text, expires_at -> BigInt, lead -> Integer, message_id -> Text,
    }
}
diesel::table! {
    calendar_feeds (member_id) {
        member_id -> Text, public_id -> Text, secret_hash -> Binary, language -> Text, submission -> Text,
        created_at -> BigInt, last_fetched_at -> Nullable<BigInt>,
    }
}
diesel::table! {
    provisioning_keys (id) {
        id -> Text,
        enterprise_id -> Text,
        public_id -> Text,
        name -> Text,
        secret_hash -> Binary,
        expires_at -> Nullable<BigInt>,
        revoked_at -> Nullable<BigInt>,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        manages_access -> Bool,
    }
}
diesel::table! {
    trusted_issuers (id) {
        id -> Text,
        enterprise_id -> Text,
        name -> Text,
        preset -> Text,
        url -> Text,
        audience -> Text,
        bound_claim -> Nullable<Text>,
        algorithms -> Text,
        key_set -> Nullable<Text>,
        token_minutes -> Integer,
        key_bound -> Bool,
        disabled_at -> Nullable<BigInt>,
        revision -> Integer,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}
diesel::table! {
    identity_rules (id) {
        id -> Text,
        issuer_id -> Text,
        name -> Text,
        project_id -> Nullable<Text>,
        repository_id -> Nullable<Text>,
        demands -> Text,
        submission -> Text,
        created_by -> Text,
        created_at -> BigInt,
    }
}
diesel::table! {
    used_identities (digest) {
        digest -> Binary,
        expires_at -> BigInt,
    }
}
diesel::table! {
    exchanged_tokens (public_id) {
        public_id -> Text,
        secret_hash -> Binary,
        rule_id -> Text,
        issuer_revision -> Integer,
        run -> Text,
        sealing_key -> Nullable<Binary>,
        expires_at -> BigInt,
        created_at -> BigInt,
    }
}

diesel::joinable!(repositories -> projects (project_id));
diesel::joinable!(project_members -> projects (project_id));
diesel::joinable!(project_members -> members (member_id));
diesel::joinable!(repository_members -> repositories (repository_id));
diesel::joinable!(repository_members -> members (member_id));
diesel::joinable!(sign_ins -> members (member_id));
diesel::joinable!(members -> enterprises (enterprise_id));
diesel::joinable!(credentials -> members (responsible_id));
diesel::joinable!(credential_texts -> credentials (credential_id));
diesel::joinable!(credential_projects -> credentials (credential_id));
diesel::joinable!(credential_projects -> projects (project_id));
diesel::joinable!(credential_repositories -> credentials (credential_id));
diesel::joinable!(credential_repositories -> repositories (repository_id));
diesel::joinable!(credential_versions -> credentials (credential_id));
diesel::joinable!(health -> credentials (credential_id));
diesel::joinable!(identity_rules -> trusted_issuers (issuer_id));
diesel::joinable!(exchanged_tokens -> identity_rules (rule_id));

diesel::allow_tables_to_appear_in_same_query! {
    enterprises, projects, repositories, members, project_members, repository_members, sessions, sign_ins,
    sign_in_attempts, logout_tokens, credentials, credential_projects, credential_repositories,
    credential_texts, credential_versions, sealed_fields, needed_keys, access_keys, access_key_secrets,
    run_pins, audit_chains, audit_records, audit_checkpoints, usage_daily, enterprise_usage_daily, candidates,
    verifications, health, imports, import_lines, provisioning_keys, calendar_feeds, reminder_settings, reminder_messages,
    reminded, trusted_issuers, identity_rules, used_identities, exchanged_tokens,
}
