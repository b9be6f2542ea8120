#!/usr/bin/env bash
# What is delivered to the command comes sealed to it: a proxy in between reads nothing. Another implementation opens
# an answer. A server that is busy is asked again, and not for ever.
source "$(dirname "$0")/../support/scenario.sh"

start_dev "$scratch/data"
token=$(ready tokens kubernetes)
server=$VOUCHER_URL

# From here on the command asks through a relay, whose log is $scratch/NAME.log.
through() { # NAME ARGUMENT…
  local name=$1
  shift
  beside "$name" "$PYTHON" "$here/relay.py" "${server#http://}" "$scratch/$name.log" "$@"
  until_true "the relay" test -s "$scratch/$name.out"
  VOUCHER_URL=$(cat "$scratch/$name.out")
}
asked() { # NAME: how many requests passed
  grep -ac '^GET ' "$scratch/$1.log"
}

plain=$(curl -sf -H "Authorization: Bearer $VOUCHER_ACCESS_KEY" "$server/api/v1/credentials/$token/kubeconfig")
through relay
same "a file through the relay" "$plain" "$("$VOUCHER" resolve "$token" --format kubeconfig)"
# shellcheck disable=SC2016 # the child's variable
"$VOUCHER" exec --file "K=$token:kubeconfig" -- sh -c 'cp "$K" "$1"' sh "$scratch/copy"
same "a batch through the relay" "$plain" "$(cat "$scratch/copy")"
same "the requests that the relay saw" 2 "$(grep -acE '^(GET|POST) ' "$scratch/relay.log")"
encoded=$(printf %s "$plain" | base64 -w0)
for word in apiVersion current-context server: "${encoded:0:40}"; do
  if grep -aqF -- "$word" "$scratch/relay.log"; then fail "the relay has read \"$word\""; fi
done
same "the sealed answers" 2 "$(grep -aic 'content-type: application/vnd.voucher.sealed' "$scratch/relay.log")"

# PyNaCl makes the pair, asks, and opens.
opened=$("$PYTHON" - "$server/api/v1/credentials/$token/kubeconfig" <<'END'
import base64, os, sys, urllib.request
from nacl.public import PrivateKey, SealedBox
pair = PrivateKey.generate()
headers = {
    "Authorization": "Bearer " + os.environ["VOUCHER_ACCESS_KEY"],
    "Voucher-Seal-To": base64.b64encode(bytes(pair.public_key)).decode(),
}
with urllib.request.urlopen(urllib.request.Request(sys.argv[1], headers=headers)) as answer:
    assert answer.headers["Content-Type"] == "application/vnd.voucher.sealed", answer.headers
    print(SealedBox(pair).decrypt(answer.read()).decode(), end="")
END
)
same "what PyNaCl opened" "$plain" "$opened"

refused 4 "$VOUCHER" resolve nobody
same "how often it asks for what it may not have" 1 "$(($(asked relay) - 1))"

through busy --busy 2
same "from a server that was busy twice" "$plain" "$("$VOUCHER" resolve "$token" --format kubeconfig)"
same "how often it was asked" 3 "$(asked busy)"
through never --busy 99
refused 5 "$VOUCHER" resolve "$token"
contains "from a server that stays busy" "$said" unavailable
same "how often it was asked" 5 "$(asked never)"

VOUCHER_URL=$server
stop_dev
