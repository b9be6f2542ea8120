#!/usr/bin/env bash
# Every address for programs, asked all that its description allows and much that it does not: no server error, no
# answer that the description does not have, nobody let in without a key, nothing taken that is not as described.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
served=$(curl -fsS "$VOUCHER_URL/openapi.json")
printed=$("$VOUCHER" openapi | "$PYTHON" -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True))')
same "what is printed and what is served" \
  "$("$PYTHON" -c 'import json, sys; print(json.dumps(json.load(sys.stdin), sort_keys=True))' <<<"$served")" "$printed"

provisioning_key=$(person provision "schema tests" --access-keys)
# The credentials of the examples, so that the examples are answered and not only refused.
same "a cluster's credential" saved "$(person store kubernetes k8s-main --variant token server=https://k8s.example.com token=opens-nothing)"
same "a login" saved "$(person store username-password aliyun-prod username=builder password=opens-nothing)"
checks=not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance
checks+=,response_schema_conformance,unsupported_method,allow_header_conformance,ignored_auth,negative_data_rejection

# The same questions in the same order each time.
ask() { # HEADER EXAMPLES ARGUMENT…
  local header=$1 examples=$2
  shift 2
  "$PYTHON" -m schemathesis.cli run "$VOUCHER_URL/openapi.json" --no-color --phases examples,coverage,fuzzing \
    --checks "$checks" --max-examples "$examples" --seed 20261123 --generation-deterministic \
    --no-shrink --workers 1 --request-timeout 20 -H "$header" "$@" >"$scratch/said.out" 2>&1 ||
    { cat "$scratch/said.out"; fail "schemathesis $*"; }
  tail -n 12 "$scratch/said.out"
}

cd "$scratch"
example=$VOUCHER_URL/api/v1/credentials/k8s-main/kubeconfig
same "the example" 200 "$(curl -s -o example -w '%{http_code}' -H "Authorization: Bearer $VOUCHER_ACCESS_KEY" "$example")"
ask "Authorization: Bearer $VOUCHER_ACCESS_KEY" 40 --include-tag resolve --include-tag health
ask "Authorization: Bearer $provisioning_key" 25 --include-tag projects --include-tag repositories --include-tag members --include-tag access-keys
ask "Cookie: $(person cookie)" 25 --include-tag picker
lacks "the server's own words" "$(cat "$scratch/dev.err" "$scratch/dev.out")" panicked
