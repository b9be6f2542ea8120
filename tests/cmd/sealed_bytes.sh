#!/usr/bin/env bash
# Another implementation opens what the running system has sealed, with the resolver's key file and not with the
# console's: who has the database and the console has no secret.
source "$(dirname "$0")/../support/scenario.sh"

"$PYTHON" "$here/check_vectors.py"

start_dev "$scratch/data"
token=$(ready tokens kubernetes)
delivered=$("$VOUCHER" resolve "$token" --format kubeconfig)
stop_dev

row=$(sql "$scratch/data/voucher.db" "SELECT c.enterprise_id, c.id, c.credential_type, s.field, hex(s.envelope)
  FROM credentials c JOIN sealed_fields s ON s.credential_id = c.id AND s.number = c.current_version
  WHERE c.token = '$token' AND s.field = 'kubeconfig' LIMIT 1")
IFS='|' read -r enterprise credential type field hex <<<"$row"
[ -n "$hex" ] || fail "no envelope of $token in the database"
envelope=$("$PYTHON" -c 'import base64, sys; print(base64.b64encode(bytes.fromhex(sys.argv[1])).decode())' "$hex")
open_with() { # KEYFILE [CREDENTIAL]
  "$PYTHON" "$here/open_envelope.py" --keys "$scratch/data/$1" --enterprise "$enterprise" \
    --credential "${2:-$credential}" --type "$type" --field "$field" "$envelope"
}
same "what PyNaCl opened" "$delivered" "$(open_with resolver.key)"
if open_with console.key 2>/dev/null; then fail "the console's key file opened it"; fi
if open_with resolver.key "${credential%?}0" 2>/dev/null && [ "${credential: -1}" != 0 ]; then fail "it opened as another credential's"; fi
