#!/usr/bin/env bash
# A job without any stored key: its CI system signs who it is, in a file, in a variable, or while the job runs. What
# the command says when a token is not taken; and that nobody in between gets an answer sealed to their own key.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
unset VOUCHER_ACCESS_KEY
token=$(ready tokens kubernetes)
server=$VOUCHER_URL
ci=https://gitlab.example.com
ci() { "$PYTHON" "$here/ci.py" "$@"; }

ci keys "$scratch" >"$scratch/jwks.json"
audience=$(person trust "$ci" "$scratch/jwks.json" 42 Storefront)
contains "the audience" "$audience" "$server/"

ci token "$scratch" "$ci" "$audience" >"$scratch/id-token"
VOUCHER_ID_TOKEN_FILE=$scratch/id-token "$VOUCHER" resolve "$token" --format kubeconfig >"$scratch/kubeconfig"
contains "what the token in a file gets" "$(cat "$scratch/kubeconfig")" "kind: Config"
# The variables with the token are not the command's.
VOUCHER_ID_TOKEN=$(ci token "$scratch" "$ci" "$audience") \
  "$VOUCHER" exec --file "K=$token:kubeconfig" --env "$(ready tokens alibaba-cloud)" -- \
  sh -c 'cp "$K" "$1"; env' sh "$scratch/copy" >"$scratch/environment"
same "what the token in a variable gets" "$(cat "$scratch/kubeconfig")" "$(cat "$scratch/copy")"
contains "the command's variables" "$(cat "$scratch/environment")" ALIBABA_CLOUD_ACCESS_KEY_ID=
lacks "the command's variables" "$(cat "$scratch/environment")" VOUCHER_ID_TOKEN

export VOUCHER_ID_TOKEN_FILE=$scratch/id-token
refused 4 "$VOUCHER" resolve "$token" --format kubeconfig
contains "of a token that was used" "$said" "used before"
for wrong in "aud=$server/umbrella" project_id=43 exp=1700000000; do
  ci token "$scratch" "$ci" "$audience" "$wrong" >"$scratch/id-token"
  refused 4 "$VOUCHER" resolve "$token" --format kubeconfig
  contains "of a token with $wrong" "$said" "does not accept the signed token"
done
ci token "$scratch" "$ci" "$audience" >"$scratch/id-token"
refused 4 "$VOUCHER" resolve nobody
contains "of a credential that is not there" "$said" not_found
echo hello >"$scratch/id-token"
refused 3 "$VOUCHER" resolve "$token"
contains "of a file without a token" "$said" "three parts"
VOUCHER_ID_TOKEN_FILE=$scratch/nothing refused 3 "$VOUCHER" resolve "$token"
unset VOUCHER_ID_TOKEN_FILE

# A system that signs for the audience that the job asks for.
VOUCHER_AUDIENCE=$audience refused 3 "$VOUCHER" resolve "$token"
contains "without anybody who signs" "$said" "id-token: write"
beside system "$PYTHON" "$here/ci.py" serve "$scratch" "$ci" a-job
until_true "the CI system" test -s "$scratch/system.out"
ACTIONS_ID_TOKEN_REQUEST_URL=$(cat "$scratch/system.out")
export ACTIONS_ID_TOKEN_REQUEST_URL ACTIONS_ID_TOKEN_REQUEST_TOKEN=a-job
refused 3 "$VOUCHER" resolve "$token"
contains "without an audience" "$said" VOUCHER_AUDIENCE
export VOUCHER_AUDIENCE=$audience
for _ in 1 2; do # as often as it likes: each call has a token of its own
  same "what a token of the job's choice gets" "$(cat "$scratch/kubeconfig")" \
    "$("$VOUCHER" resolve "$token" --format kubeconfig)"
done
ACTIONS_ID_TOKEN_REQUEST_TOKEN=another refused 5 "$VOUCHER" resolve "$token"
contains "of a system that does not know the job" "$said" 401
ACTIONS_ID_TOKEN_REQUEST_URL=http://192.0.2.1/token refused 3 "$VOUCHER" resolve "$token"

# Whoever changes requests on the way asks for answers to a key of their own, and gets none.
own=$("$PYTHON" -c 'import base64; from nacl.public import PrivateKey; print(base64.b64encode(bytes(PrivateKey.generate().public_key)).decode())')
beside thief "$PYTHON" "$here/relay.py" "${server#http://}" "$scratch/thief.log" --seal-to "$own"
until_true "the relay" test -s "$scratch/thief.out"
VOUCHER_URL=$(cat "$scratch/thief.out") refused 4 "$VOUCHER" resolve "$token" --format kubeconfig
contains "of a changed request" "$said" sealing_key_mismatch
same "the answers that went to the other key" 0 "$(grep -aic 'content-type: application/vnd.voucher.sealed' "$scratch/thief.log")"
# With a token that names no key they do get one, which is why a job should choose its audience.
ci token "$scratch" "$ci" "$audience" >"$scratch/id-token"
VOUCHER_URL=$(cat "$scratch/thief.out") VOUCHER_ID_TOKEN_FILE=$scratch/id-token \
  refused 5 "$VOUCHER" resolve "$token" --format kubeconfig
same "the answers that went to the other key" 1 "$(grep -aic 'content-type: application/vnd.voucher.sealed' "$scratch/thief.log")"

# An issuer of which no other tokens are taken.
other=https://ci.example.com
bound=$(person trust "$other" "$scratch/jwks.json" 42 Storefront --bound)
ci token "$scratch" "$other" "$bound" >"$scratch/id-token"
VOUCHER_ID_TOKEN_FILE=$scratch/id-token refused 4 "$VOUCHER" resolve "$token" --format kubeconfig
contains "of a token that names no key" "$said" "does not accept the signed token"
